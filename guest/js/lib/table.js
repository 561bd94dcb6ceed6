// What console.table shows.

import { inspect } from './inspect.js';

export const isObject = (value) => typeof value === 'object' && value !== null;

/** A table with a line for each entry, and a column for each key that these have. */
export function table(value, columns) {
  const isCounted = value instanceof Map || value instanceof Set;
  const entries = isCounted ? [...value].map((entry, at) => [at, entry]) : Object.entries(value);
  const cell = (item) => inspect(item, { depth: isObject(item) && !Array.isArray(item) && Object.keys(item).length > 2 ? -1 : 0 });
  const names = new Set(columns);
  const rows = entries.map(([index, entry]) => {
    if (value instanceof Map) return { index, cells: { Key: cell(entry[0]) }, plain: cell(entry[1]) };
    if (!isObject(entry)) return { index, cells: {}, plain: cell(entry) };
    const keys = Object.keys(entry).filter((key) => !columns || names.has(key));
    return { index, cells: Object.fromEntries(keys.map((key) => [key, cell(entry[key])])) };
  });
  for (const row of rows) for (const key of Object.keys(row.cells)) names.add(key);
  const head = [isCounted ? '(iteration index)' : '(index)', ...names];
  const hasPlain = rows.some((row) => row.plain !== undefined);
  if (hasPlain) head.push('Values');
  const lines = rows.map((row) => {
    const cells = [String(row.index), ...[...names].map((key) => (Object.hasOwn(row.cells, key) ? row.cells[key] : ''))];
    return hasPlain ? [...cells, row.plain ?? ''] : cells;
  });
  const width = (text) => [...text].length;
  const widths = head.map((name, at) => Math.max(...[head, ...lines].map((line) => width(line[at]))) + 2);
  const rule = (left, between, right) => left + widths.map((size) => '─'.repeat(size)).join(between) + right;
  const row = (cells) => `│${cells.map((text, at) => ` ${text}${' '.repeat(widths[at] - width(text) - 1)}`).join('│')}│`;
  return [rule('┌', '┬', '┐'), row(head), rule('├', '┼', '┤'), ...lines.map(row), rule('└', '┴', '┘')].join('\n');
}
