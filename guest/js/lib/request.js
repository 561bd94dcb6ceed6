// The head of the request, as the engine has it (host/build/quickjs/engine/src/head.rs). `doverb build` puts request-web.js in this
// file's place for StarlingMonkey.

const native = globalThis.__cqjs.head;
native.connect('doverb:handler/request@0.1.0');

export const METHOD = 1;
export const PATH = 3;
export const VERSION = 5;
export const LINE = 7;

/**
 * `forget()` forgets the last request. `part(LINE)` is a part as text, `count()` how many fields there are, `find(name, from)` the first of that name
 * from one on, or -1.
 */
export const { count, find, forget, nameOf, part, valueOf } = native;
