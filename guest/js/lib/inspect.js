// Values as console shows them, on one line or a few.

import { describe } from './trace.js';

const DEEPEST = 4;
const MOST_ITEMS = 100;
const WIDTH = 100;

export function inspect(value, depth = 0, above = []) {
  if (typeof value === 'string') return `'${value.replace(/[\\']/g, '\\$&').replaceAll('\n', '\\n')}'`;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'symbol') return value.toString();
  if (Object.is(value, -0)) return '-0';
  if (typeof value === 'function') return inspectFunction(value);
  if (value === null || typeof value !== 'object') return String(value);
  if (above.includes(value)) return '[Circular]';
  if (value instanceof Error) return describe(value).join('\n');
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof RegExp) return String(value);
  return inspectObject(value, depth, [...above, value]);
}

function inspectFunction(value) {
  const kind = /^class\b/.test(Function.prototype.toString.call(value)) ? 'class' : 'Function:';
  return `[${kind} ${value.name || '(anonymous)'}]`;
}

function inspectObject(value, depth, above) {
  const name = value.constructor?.name ?? '[Object: null prototype]';
  if (depth > DEEPEST) return Array.isArray(value) ? '[Array]' : `[${name}]`;
  const inner = (item) => inspect(item, depth + 1, above);
  if (Array.isArray(value)) return whole('', '[', few(value, inner), ']');
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return whole(`${name}(${value.length}) `, '[', few(value, inner), ']');
  }
  if (value instanceof Map) {
    return whole(`Map(${value.size}) `, '{', few(value, ([key, item]) => `${inner(key)} => ${inner(item)}`), '}');
  }
  if (value instanceof Set) return whole(`Set(${value.size}) `, '{', few(value, inner), '}');
  const key = (key) => (/^[A-Za-z_$][\w$]*$/.test(key) ? key : inspect(key));
  const fields = few(Object.entries(value), ([field, item]) => `${key(field)}: ${inner(item)}`);
  return whole(name === 'Object' ? '' : `${name} `, '{', fields, '}');
}

function few(items, show) {
  const shown = [];
  for (const item of items) {
    if (shown.length === MOST_ITEMS) return [...shown, '...'];
    shown.push(show(item));
  }
  return shown;
}

function whole(prefix, open, items, close) {
  if (items.length === 0) return `${prefix}${open}${close}`;
  const line = items.join(', ');
  if (line.length <= WIDTH && !line.includes('\n')) return open === '[' ? `${prefix}[${line}]` : `${prefix}{ ${line} }`;
  return `${prefix}${open}\n${items.map((item) => `  ${item.replaceAll('\n', '\n  ')}`).join(',\n')}\n${close}`;
}
