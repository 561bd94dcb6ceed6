// structuredClone, of what the HTML standard lets be cloned and this engine has.

const ERRORS = { EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

export function structuredClone(value) {
  return clone(value, new Map());
}

function clone(value, seen) {
  if (typeof value === 'function' || typeof value === 'symbol') {
    throw new DOMException(`${String(value)} could not be cloned.`, 'DataCloneError');
  }
  if (value === null || typeof value !== 'object') return value;
  if (seen.has(value)) return seen.get(value);
  const copy = shell(value, seen);
  seen.set(value, copy);
  fill(copy, value, (item) => clone(item, seen));
  return copy;
}

/** The copy without what it holds, which may be the value itself. */
function shell(value, seen) {
  if (value instanceof Date) return new Date(value.getTime());
  if (value instanceof RegExp) return new RegExp(value.source, value.flags);
  if (value instanceof Map) return new Map();
  if (value instanceof Set) return new Set();
  if (value instanceof ArrayBuffer) return value.slice(0);
  if (value instanceof DataView) return new DataView(clone(value.buffer, seen), value.byteOffset, value.byteLength);
  if (ArrayBuffer.isView(value)) return new value.constructor(clone(value.buffer, seen), value.byteOffset, value.length);
  if (value instanceof Boolean || value instanceof Number || value instanceof String || value instanceof BigInt) {
    return Object(value.valueOf());
  }
  if (value instanceof Error) return Object.create((ERRORS[value.name] ?? Error).prototype);
  if (value instanceof WeakMap || value instanceof WeakSet || value instanceof WeakRef || value instanceof Promise) {
    throw new DOMException(`${Object.prototype.toString.call(value)} could not be cloned.`, 'DataCloneError');
  }
  return Array.isArray(value) ? new Array(value.length) : {};
}

function fill(copy, value, inner) {
  if (value instanceof Map) {
    for (const [key, item] of value) copy.set(inner(key), inner(item));
  } else if (value instanceof Set) {
    for (const item of value) copy.add(inner(item));
  } else if (value instanceof Error) {
    for (const name of ['message', 'stack', 'cause']) {
      if (!Object.hasOwn(value, name)) continue;
      Object.defineProperty(copy, name, { value: inner(value[name]), writable: true, configurable: true });
    }
  } else if (Array.isArray(value) || Object.getPrototypeOf(copy) === Object.prototype) {
    for (const key of Object.keys(value)) copy[key] = inner(value[key]);
  }
}
