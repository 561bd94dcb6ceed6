// Values as Node's console shows them: util.inspect with its defaults.

import { layout } from './layout.js';
import { stackOf } from './trace.js';

const DEEPEST = 2;
const MOST_ITEMS = 100;
const MOST_TEXT = 10000;
const WIDTH = 80;
const PLAIN_KEY = /^[A-Za-z_$][\w$]*$/;
const ESCAPES = { '\n': '\\n', '\t': '\\t', '\r': '\\r', '\b': '\\b', '\f': '\\f', '\v': '\\v', '\\': '\\\\' };
const CUSTOM = Symbol.for('nodejs.util.inspect.custom');

export function inspect(value, { depth = DEEPEST, showHidden = false } = {}) {
  return shown({ depth: depth ?? Infinity, showHidden, indent: 0, current: 0, above: [], circular: new Map() }, value, 0);
}

/** A text in quotes of the kind that it does not hold itself. */
function quoted(text) {
  const mark = !text.includes("'") ? "'" : !text.includes('"') ? '"' : !text.includes('`') && !text.includes('${') ? '`' : "'";
  // eslint-disable-next-line no-control-regex
  const inner = text.replace(/[\0-\x1f\\\x7f-\x9f]/g, (found) => ESCAPES[found] ?? `\\x${found.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
  return `${mark}${mark === "'" ? inner.replaceAll("'", "\\'") : inner}${mark}`;
}

function text(context, value) {
  const more = value.length - MOST_TEXT;
  if (more > 0) return `${quoted(value.slice(0, MOST_TEXT))}... ${more} more character${more > 1 ? 's' : ''}`;
  if (value.length > 16 && value.length > WIDTH - context.indent - 4) {
    return value.split(/(?<=\n)/).map(quoted).join(` +\n${' '.repeat(context.indent + 2)}`);
  }
  return quoted(value);
}

function shown(context, value, level) {
  if (typeof value === 'string') return text(context, value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'symbol') return value.toString();
  if (Object.is(value, -0)) return '-0';
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return String(value);
  const custom = value[CUSTOM];
  if (typeof custom === 'function') {
    const made = custom.call(value, context.depth - level, { depth: context.depth }, inspect);
    if (made !== value) return typeof made === 'string' ? made : shown(context, made, level);
  }
  if (context.above.includes(value)) {
    if (!context.circular.has(value)) context.circular.set(value, context.circular.size + 1);
    return `[Circular *${context.circular.get(value)}]`;
  }
  return object(context, value, level);
}

/** Whether it is one of these: a class's prototype is none. */
function isOf(value, made) {
  try {
    return value instanceof made;
  } catch {
    return false;
  }
}

function nameOf(value) {
  for (let it = value; it !== null; it = Object.getPrototypeOf(it)) {
    const made = Object.getOwnPropertyDescriptor(it, 'constructor')?.value;
    if (typeof made === 'function' && made.name !== '' && isOf(value, made)) return made.name;
  }
  return null;
}

/** What is before the brace: `Shop `, `Map(2) `, `[Object: null prototype] `. */
function prefix(value, fallback, size = '') {
  const name = nameOf(value);
  const tag = value[Symbol.toStringTag];
  const tagged = typeof tag === 'string' && tag !== '' && tag !== name ? `[${tag}] ` : '';
  return name === null ? `[${fallback}${size}: null prototype] ${tagged}` : `${name}${size} ${tagged}`;
}

function object(context, value, level) {
  const kind = classify(value);
  const keys = ownKeys(value, kind, context.showHidden);
  if (keys.length === 0) {
    if (kind.base !== undefined) return kind.base;
    // What is empty is shown as that at any depth.
    if (!kind.items || (value.length === 0 && !(context.showHidden && kind.isView)) || value.size === 0) return kind.braces.join('');
  }
  if (level > context.depth) return `[${kind.isArray ? 'Array' : (nameOf(value) ?? 'Object: null prototype')}]`;
  context.current = level;
  context.above.push(value);
  const items = kind.items?.(context, level) ?? [];
  if (context.showHidden && kind.isView) items.push(...viewed(value));
  const fields = keys.map((key) => field(context, value, key, level));
  context.above.pop();
  const [open, close] = kind.braces;
  const output = [...items, ...fields];
  const mark = context.circular.has(value) ? `<ref *${context.circular.get(value)}> ` : '';
  if (output.length === 0) return `${mark}${kind.base ?? `${open}${close}`}`;
  return mark + layout(context, output, kind.base ?? '', open, close, level, kind.isArray ? value : undefined);
}

function ownKeys(value, kind, showHidden) {
  const symbols = Object.getOwnPropertySymbols(value).filter((key) => showHidden || Object.prototype.propertyIsEnumerable.call(value, key));
  const keys = (showHidden ? Object.getOwnPropertyNames(value) : Object.keys(value)).filter((key) => !kind.isIndexed || !/^\d+$/.test(key));
  return [...keys, ...(kind.more ?? []).filter((key) => !keys.includes(key)), ...symbols];
}

function field(context, value, key, level) {
  const { get, set, value: inner, enumerable } = Object.getOwnPropertyDescriptor(value, key) ?? { value: value[key], enumerable: true };
  const name = typeof key === 'symbol' ? `[${key.toString()}]` : !enumerable ? `[${key}]` : PLAIN_KEY.test(key) ? key : quoted(key);
  if (get || set) return `${name}: [${get && set ? 'Getter/Setter' : get ? 'Getter' : 'Setter'}]`;
  context.indent += 2;
  const item = shown(context, inner, level + 1);
  context.indent -= 2;
  return `${name}: ${item}`;
}

const few = (context, level, values, show) => {
  const output = [];
  const left = values.length - MOST_ITEMS;
  context.indent += 2;
  for (let at = 0; at < Math.min(values.length, MOST_ITEMS); at++) output.push(show(values[at], at));
  context.indent -= 2;
  if (left > 0) output.push(`... ${left} more item${left > 1 ? 's' : ''}`);
  return output;
};

/** How a value of its kind is shown: what stands for it whole, its braces, and its items besides its fields. */
function classify(value) {
  const list = (values, show) => (context, level) =>
    few(context, level, values, show ?? ((item) => shown(context, item, level + 1)));
  if (Array.isArray(value)) {
    const name = nameOf(value);
    const before = name === 'Array' ? '' : prefix(value, 'Array', `(${value.length})`);
    return { isArray: true, isIndexed: true, braces: [`${before}[`, ']'], items: sparse(value) };
  }
  if (value instanceof Map) {
    const items = (context, level) =>
      few(context, level, [...value], ([key, item]) => `${shown(context, key, level + 1)} => ${shown(context, item, level + 1)}`);
    return { braces: [`${prefix(value, 'Map', `(${value.size})`)}{`, '}'], items };
  }
  if (value instanceof Set) return { braces: [`${prefix(value, 'Set', `(${value.size})`)}{`, '}'], items: list([...value]) };
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return { isArray: true, isView: true, isIndexed: true, braces: [`${prefix(value, 'TypedArray', `(${value.length})`)}[`, ']'], items: list(value) };
  }
  if (typeof value === 'function') return { base: functionBase(value), braces: ['{', '}'] };
  if (value instanceof RegExp) return { base: String(value), braces: ['{', '}'] };
  if (value instanceof Date) return { base: Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString(), braces: ['{', '}'] };
  if (value instanceof Error) return errorKind(value);
  if (value instanceof ArrayBuffer) {
    const bytes = [...new Uint8Array(value).subarray(0, 50)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    return { braces: ['ArrayBuffer {', '}'], items: () => [`[Uint8Contents]: <${bytes}>`, `byteLength: ${value.byteLength}`] };
  }
  if (value instanceof DataView) {
    const parts = { byteLength: value.byteLength, byteOffset: value.byteOffset, buffer: value.buffer };
    return { braces: ['DataView {', '}'], items: (context, level) => Object.entries(parts).map(([name, part]) => `${name}: ${shown(context, part, level + 1)}`) };
  }
  if (value instanceof Promise) return { braces: ['Promise {', '}'], items: () => [promiseState(value)] };
  if (value instanceof WeakMap || value instanceof WeakSet) return { braces: [`${nameOf(value)} {`, '}'], items: () => ['<items unknown>'] };
  if (value instanceof URL) return urlKind(value);
  if (value instanceof URLSearchParams || value instanceof Headers) {
    const show = (context, level) => few(context, level, [...value], ([key, item]) => `${PLAIN_KEY.test(key) && value instanceof Headers ? key : quoted(key)}${value instanceof Headers ? ':' : ' =>'} ${quoted(item)}`);
    return { braces: [`${nameOf(value)} {`, '}'], items: show };
  }
  for (const Type of [Number, String, Boolean, Symbol, BigInt]) {
    if (!(value instanceof Type)) continue;
    const inner = value.valueOf();
    return { base: `[${Type.name}: ${typeof inner === 'string' ? quoted(inner) : typeof inner === 'bigint' ? `${inner}n` : String(inner)}]`, isIndexed: Type === String, braces: ['{', '}'] };
  }
  // Node shows them as the object that they are.
  const isArguments = value[Symbol.toStringTag] === undefined && Object.prototype.toString.call(value) === '[object Arguments]';
  const before = isArguments ? '[Arguments] ' : prefix(value, 'Object');
  return { braces: [before === 'Object ' ? '{' : `${before}{`, '}'] };
}

/** What an array of numbers has that is hidden. */
const viewed = (value) =>
  ['BYTES_PER_ELEMENT', 'length', 'byteLength', 'byteOffset'].map((name) => `[${name}]: ${value[name]}`)
    .concat(`[buffer]: ${nameOf(value.buffer)} { byteLength: ${value.buffer.byteLength} }`);

/** Places that hold nothing are counted. */
function sparse(value) {
  return (context, level) => {
    const entries = [];
    let [empty, at] = [0, 0];
    const flush = () => {
      if (empty > 0) entries.push({ empty });
      empty = 0;
    };
    for (; at < value.length && entries.length < MOST_ITEMS; at++) {
      if (Object.hasOwn(value, at)) {
        flush();
        entries.push({ item: value[at] });
      } else empty++;
    }
    flush();
    const left = value.length - at;
    const output = few(context, level, entries, ({ empty: gap, item }) =>
      gap ? `<${gap} empty item${gap > 1 ? 's' : ''}>` : shown(context, item, level + 1));
    if (left > 0) output.push(`... ${left} more item${left > 1 ? 's' : ''}`);
    return output;
  };
}

function functionBase(value) {
  const source = Function.prototype.toString.call(value);
  if (/^class\b/.test(source)) {
    const parent = Object.getPrototypeOf(value);
    return `[class ${value.name || '(anonymous)'}${typeof parent === 'function' && parent.name ? ` extends ${parent.name}` : ''}]`;
  }
  // One that was made of a generator has the tag of what it was.
  const tag = value[Symbol.toStringTag];
  const isMade = tag === 'AsyncFunction' || tag === 'AsyncGeneratorFunction';
  const kind = isMade ? tag : /^async\s*function\*|^async\s*\*/.test(source) ? 'AsyncGeneratorFunction' : /^function\*|^\*/.test(source) ? 'GeneratorFunction' : /^async\b/.test(source) ? 'AsyncFunction' : 'Function';
  return value.name ? `[${kind}: ${value.name}]` : `[${kind} (anonymous)]`;
}

function errorKind(value) {
  const more = ['cause', 'errors'].filter((key) => Object.hasOwn(value, key));
  return { base: stackOf(value).join('\n'), braces: ['{', '}'], more };
}

function promiseState({ _state: state, _value: value }) {
  if (state === 0) return '<pending>';
  return state === 1 ? inspect(value) : `<rejected> ${inspect(value)}`;
}

function urlKind(value) {
  const names = ['href', 'origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'searchParams', 'hash'];
  const items = (context, level) => few(context, level, names, (name) => `${name}: ${shown(context, value[name], level + 1)}`);
  return { braces: ['URL {', '}'], items };
}
