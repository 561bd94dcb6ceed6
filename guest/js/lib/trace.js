// What is said of an error: its text, and where in the user's own files it came from.

const DIGITS = new Map([...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].map((c, at) => [c, at]));
const DEEPEST_CAUSE = 5;
const MOST_ERRORS = 10;

/** For each file that was translated, the mappings of its source map. */
let maps = {};
/** The text of the user's own files. */
let sources = {};

/** The stack as the engine has it: frames alone, or what the program has made of it. */
let rawStack = (error) => error.stack;

/** Where `stack` begins with the error, as in other engines, its frames have to be had in another way. */
export function useStacks(read) {
  rawStack = (error) => (Object.hasOwn(error, 'stack') ? error.stack : read.call(error));
}

export function useMaps(found, texts = {}) {
  maps = found;
  sources = texts;
}

/** An error as its stack shows it, in the user's own files, and no more of it. */
export function stackOf(error) {
  const isNameless = error.message === 'not a function';
  const message = isNameless ? withAdvice({ name: error.name, message: named(rawStack(error)) }) : withAdvice(error);
  const head = message ? `${error.name}: ${message}` : String(error.name);
  return [...head.split('\n'), ...frames(rawStack(error))];
}

/** What browsers and other runtimes have, and what to do without. */
const PAGE = 'a handler has no page; the package linkedom makes one of a text';
const STORAGE = "a handler keeps values in a store: import { store } from 'doverb/store'";
const ELSEWHERE = {
  document: PAGE,
  window: PAGE,
  localStorage: STORAGE,
  sessionStorage: STORAGE,
  XMLHttpRequest: 'fetch calls other servers',
  EventSource: 'fetch calls other servers',
  WebSocket: 'a handler calls other servers by fetch alone',
  Worker: 'a handler starts no threads',
  DOMMatrix: 'a handler has no canvas to draw on; the package unpdf reads PDFs without',
  WebAssembly: "QuickJS runs JavaScript alone; some packages have a file without it",
  Deno: 'a handler runs without it; process.env has what --env grants',
  Bun: 'a handler runs without it; process.env has what --env grants',
};

/** Node's modules that packages leave out where there is no Node, under the names that they are called by. */
const FILES = 'a handler has no files in JavaScript: import JSON or a text, or write what it holds into a module';
const LEFT_OUT = {
  fs: FILES,
  fsPromises: FILES,
  net: 'a handler opens no connections',
  tls: 'a handler opens no connections',
  dns: 'a handler opens no connections',
  child_process: 'a handler starts no processes',
  zlib: 'Brotli is not there; gzip and deflate are'
};

/** A name that is not there, with what its author can do. */
export function withAdvice({ name, message }) {
  const lacking = name === 'ReferenceError' ? /^'?(\w+)'? is not defined$/.exec(message)?.[1] : undefined;
  if (Object.hasOwn(ELSEWHERE, lacking ?? '')) return `${message}: ${ELSEWHERE[lacking]}`;
  const called = name === 'TypeError' ? /^_*(\w+?)_*\.\w+ is not a function$/.exec(message)?.[1] : undefined;
  return Object.hasOwn(LEFT_OUT, called ?? '') ? `${message}: ${LEFT_OUT[called]}` : message;
}

/** What is not a function, where the engine has not said it: at the top level. The place in the source does, if a call of a name is there. */
function named(stack) {
  const frame = located(String(stack ?? '').split('\n').find((line) => /^\s*at /.test(line)) ?? String(stack ?? '').split('\n')[0]);
  const line = frame?.source?.split('\n')[frame.line - 1] ?? '';
  const at = frame ? frame.column - 1 : 0;
  const after = /^[\w$]*(?=\s*(?:\?\.)?[(`])/u.exec(line.slice(at))?.[0];
  if (after === undefined) return 'not a function';
  const before = /[\w$.]*$/u.exec(line.slice(0, at))[0].replace(/^\./, '(...).');
  return before + after ? `${before}${after} is not a function` : 'not a function';
}

/** The lines that describe what was thrown. */
export function describe(error, depth = 0) {
  if (!(error instanceof Error)) return [`Thrown: ${typeof error === 'string' ? error : shown(error)}`];
  const lines = stackOf(error);
  if (depth === 0) lines.push(...excerpt(rawStack(error)));
  for (const inner of (Array.isArray(error.errors) ? error.errors : []).slice(0, MOST_ERRORS)) {
    if (depth < DEEPEST_CAUSE) lines.push(...describe(inner, depth + 1).map((line, at) => (at === 0 ? `  among them ${line}` : `  ${line}`)));
  }
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

/** QuickJS has `    at name (/app/a.js:1:2)`, StarlingMonkey `name@modules/app/a.js:1:2`. */
function located(line) {
  const [, name, location] = /^\s*at (?:(.*) \()?(.*?)\)?$/.exec(line) ?? /^(?:async\*)?(.*)@(.*)$/.exec(line) ?? [];
  const [, root, file, row, column] = /^(?:modules)?\/(app|out)(\/.+?):(\d+)(?::(\d+))?$/.exec(location ?? '') ?? [];
  if (!root) return undefined;
  const mappings = maps[`${root}${file}`];
  const found = mappings && original(mappings, Number(row), Number(column ?? 1));
  const place = { line: found?.line ?? Number(row), column: found?.column ?? (column && Number(column)) };
  return { name: name || '<anonymous>', file: root === 'app' ? file.slice(1) : file, source: sources[`${root}${file}`], ...place };
}

function frames(stack) {
  const found = [];
  for (const text of String(stack ?? '').split('\n')) {
    const frame = located(text);
    if (!frame) continue;
    found.push(`    at ${frame.name} (${frame.file}:${frame.line}${frame.column ? `:${frame.column}` : ''})`);
  }
  return found;
}

/** The lines around the first place in the user's own code. */
function excerpt(stack) {
  for (const text of String(stack ?? '').split('\n')) {
    const frame = located(text);
    if (frame?.source === undefined) continue;
    const lines = frame.source.split('\n');
    const first = Math.max(0, frame.line - 3);
    const shown = lines.slice(first, frame.line + 1).map((line, at) => {
      const number = first + at + 1;
      return `${number === frame.line ? '>' : ' '} ${String(number).padStart(4)} | ${line.slice(0, 200)}`;
    });
    return frame.line <= lines.length ? shown : [];
  }
  return [];
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
