import { unknown } from '../lib/commonjs.js';

export const builtinModules = [];
export const isBuiltin = () => false;
/** A function that has no modules: those whose names are written out are found when the component is built. */
export function createRequire(from) {
  return Object.assign((name) => unknown(name, from), { resolve: (name) => unknown(name, from), cache: {} });
}
export default { builtinModules, createRequire, isBuiltin };
