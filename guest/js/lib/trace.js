// What is said of an error: its text, and where in the user's own files it came from.

const DIGITS = new Map([...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].map((c, at) => [c, at]));
const DEEPEST_CAUSE = 5;

/** For each file that was translated, the mappings of its source map. */
let maps = {};

export function useMaps(found) {
  maps = found;
}

/** The lines that describe what was thrown. */
export function describe(error, depth = 0) {
  if (!(error instanceof Error)) return [`Thrown: ${typeof error === 'string' ? error : shown(error)}`];
  const lines = `${error.name}: ${error.message}`.split('\n');
  lines.push(...frames(error.stack));
  if (error.cause !== undefined && depth < DEEPEST_CAUSE) {
    const [first, ...rest] = describe(error.cause, depth + 1);
    lines.push(`Caused by ${first}`, ...rest);
  }
  return lines;
}

function shown(value) {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}

/** QuickJS has `    at name (/app/a.js:1:2)`, StarlingMonkey `name@modules/app/a.js:1:2`; both become the former. */
function frames(stack) {
  const found = [];
  for (const line of String(stack ?? '').split('\n')) {
    const [, name, location] = /^\s*at (?:(.*) \()?(.*?)\)?$/.exec(line) ?? /^(?:async\*)?(.*)@(.*)$/.exec(line) ?? [];
    const own = /^(?:modules)?\/(app|out)(\/.+?):(\d+)(?::(\d+))?$/.exec(location ?? '');
    if (own) found.push(`    at ${name || '<anonymous>'} (${place(...own)})`);
  }
  return found;
}

function place(_, root, file, line, column) {
  const name = root === 'app' ? file.slice(1) : file;
  const mappings = maps[`${root}${file}`];
  const found = mappings && original(mappings, Number(line), Number(column ?? 1));
  return found ? `${name}:${found.line}:${found.column}` : `${name}:${line}${column ? `:${column}` : ''}`;
}

/** The last mapping at or before a place in the translated file. */
function original(mappings, line, column) {
  let [sourceLine, sourceColumn, found] = [0, 0, undefined];
  let at = 0;
  for (const group of mappings.split(';')) {
    at += 1;
    let here = 0;
    for (const segment of group.split(',')) {
      const [columns, , lines, sources] = decode(segment);
      if (lines === undefined) continue;
      here += columns;
      sourceLine += lines;
      sourceColumn += sources;
      if (at > line || (at === line && here >= column)) return found;
      found = { line: sourceLine + 1, column: sourceColumn + 1 };
    }
  }
  return found;
}

/** The numbers of a segment, in VLQ. */
function decode(segment) {
  const numbers = [];
  let [value, shift] = [0, 0];
  for (const character of segment) {
    const digit = DIGITS.get(character);
    value += (digit & 31) << shift;
    if (digit & 32) {
      shift += 5;
      continue;
    }
    numbers.push(value & 1 ? -(value >> 1) : value >> 1);
    [value, shift] = [0, 0];
  }
  return numbers;
}
