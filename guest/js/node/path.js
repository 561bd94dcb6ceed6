// Node's path: the polyfill's, and what is newer.

import path from '../vendor/jspm-core/path.js';

/** Paths of this kind have no other names. */
const toNamespacedPath = (name) => name;
Object.assign(path, { toNamespacedPath });

export * from '../vendor/jspm-core/path.js';
export { toNamespacedPath };
export default path;
