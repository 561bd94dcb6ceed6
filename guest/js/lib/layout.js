// How util.inspect lays out what it shows: on one line if that is short, else each item on its own, and many short ones in columns.

const WIDTH = 80;
/** How many levels may be on one line. */
const COMPACT = 3;
const MANY = 6;
const MOST_ITEMS = 100;
const SEPARATOR = 2;

export function layout(context, output, base, open, close, level, list) {
  const before = base === '' ? '' : `${base} `;
  const count = output.length;
  let rows = output;
  if (list !== undefined && count > MANY) rows = columns(context, output, list);
  if (context.current - level < COMPACT && rows.length === count) {
    const start = rows.length + context.indent + open.length + base.length + 10;
    if (isShort(rows, start, base)) {
      const joined = rows.join(', ');
      if (!joined.includes('\n')) return `${before}${open} ${joined} ${close}`;
    }
  }
  const indent = `\n${' '.repeat(context.indent)}`;
  return `${before}${open}${indent}  ${rows.join(`,${indent}  `)}${indent}${close}`;
}

function isShort(rows, start, base) {
  let length = rows.length + start;
  if (length + rows.length > WIDTH) return false;
  for (const row of rows) {
    length += row.length;
    if (length > WIDTH) return false;
  }
  return base === '' || !base.includes('\n');
}

function columns(context, output, list) {
  const isCut = list.length > MOST_ITEMS;
  const count = isCut ? output.length - 1 : output.length;
  const widths = output.slice(0, count).map((item) => item.length);
  const total = widths.reduce((sum, width) => sum + width + SEPARATOR, 0);
  const longest = Math.max(...widths);
  const most = longest + SEPARATOR;
  if (!(most * 3 + context.indent < WIDTH && (total / most > 5 || longest <= 6))) return output;
  const biased = Math.max(most - 3 - Math.sqrt(most - total / output.length), 1);
  const wanted = Math.min(
    Math.round(Math.sqrt(2.5 * biased * count) / biased),
    Math.floor((WIDTH - context.indent) / most),
    COMPACT * 4,
    15,
  );
  if (wanted <= 1) return output;
  const lines = Array.from({ length: wanted }, (_, column) => {
    let width = 0;
    for (let at = column; at < count; at += wanted) width = Math.max(width, widths[at]);
    return width + SEPARATOR;
  });
  const isNumeric = output.every((_, at) => typeof list[at] === 'number' || typeof list[at] === 'bigint');
  const rows = [];
  for (let start = 0; start < count; start += wanted) {
    const end = Math.min(start + wanted, count);
    let row = '';
    for (let at = start; at < end; at++) {
      const isLast = at === end - 1;
      const item = isLast ? output[at] : `${output[at]}, `;
      const width = lines[at - start] - (isLast ? SEPARATOR : 0);
      row += isNumeric ? item.padStart(width) : isLast ? item : item.padEnd(width);
    }
    rows.push(row);
  }
  if (isCut) rows.push(output[count]);
  return rows;
}
