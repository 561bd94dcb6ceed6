// console, to the server's log.

import { logError, logMessage } from 'doverb:handler/log@0.1.0';

import { inspect } from './inspect.js';
import { state } from './state.js';
import { isObject, table } from './table.js';
import { line } from './values.js';

/** How many lines are kept. */
const LAST = 10;

let indent = '';
const counts = new Map();
const timers = new Map();

function writer(log) {
  return (...values) => {
    // While the component is made there is no log; the last lines are for who ends the program then.
    if (!state.serving) {
      state.said = [...(state.said ?? []), ...formatted(values).split('\n')].slice(-LAST);
      return;
    }
    for (const one of formatted(values).split('\n')) log(line(indent + one));
  };
}

/** A first text's `%s`, `%d`, `%i`, `%f`, `%j`, `%o` and `%O` take the values that follow. */
export function formatted(all) {
  if (all.length === 0) return '';
  const [first, ...values] = all;
  let head = typeof first === 'string' ? first : inspect(first);
  if (typeof first === 'string' && values.length > 0) {
    head = head.replace(/%([sdifjoOc%])/g, (found, kind) => {
      if (kind === '%') return '%';
      if (values.length === 0) return found;
      const value = values.shift();
      if (kind === 'd') return typeof value === 'bigint' ? `${value}n` : typeof value === 'object' ? 'NaN' : number(Number(value));
      if (kind === 'f') return typeof value === 'symbol' ? 'NaN' : number(parseFloat(value));
      if (kind === 'i') return typeof value === 'bigint' ? `${value}n` : typeof value === 'object' ? 'NaN' : number(parseInt(value, 10));
      if (kind === 'j') return JSON.stringify(value);
      if (kind === 'c') return '';
      if (kind === 'o') return inspect(value, { depth: 4, showHidden: true });
      if (kind === 'O') return inspect(value);
      if (typeof value === 'bigint' || Object.is(value, -0)) return inspect(value);
      return typeof value !== 'object' || value === null ? String(value) : inspect(value, { depth: 0 });
    });
  }
  return [head, ...values.map((value) => (typeof value === 'string' ? value : inspect(value)))].join(' ');
}

const number = (value) => (Object.is(value, -0) ? '-0' : String(value));

const message = writer(logMessage);
const error = writer(logError);

export const console = {
  log: message,
  info: message,
  debug: message,
  warn: error,
  error,
  trace: (...values) => message(...values, `\n${new Error().stack.replace(/^Error\n/, '')}`),
  dir: (value, options) => message(inspect(value, options ?? undefined)),
  table: (value, columns) => message(isObject(value) ? table(value, columns) : value),
  assert(condition, first, ...values) {
    if (condition) return;
    const begins = first === undefined && values.length === 0 ? ['Assertion failed'] : ['Assertion failed', first];
    if (typeof first === 'string') error(`Assertion failed: ${first}`, ...values);
    else error(...begins, ...values);
  },
  group(...values) {
    if (values.length > 0) message(...values);
    indent += '  ';
  },
  clear() {},
  dirxml: message,
  timeStamp() {},
  groupCollapsed: (...values) => console.group(...values),
  groupEnd() {
    indent = indent.slice(2);
  },
  count(label = 'default') {
    counts.set(label, (counts.get(label) ?? 0) + 1);
    message(`${label}: ${counts.get(label)}`);
  },
  countReset: (label = 'default') => counts.delete(label),
  time: (label = 'default') => timers.set(label, Date.now()),
  timeLog: (label = 'default', ...values) => message(`${label}: ${Date.now() - timers.get(label)} ms`, ...values),
  timeEnd(label = 'default') {
    console.timeLog(label);
    timers.delete(label);
  },
};
