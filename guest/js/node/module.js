import { unknown } from '../lib/commonjs.js';

export const builtinModules = [];
export const isBuiltin = () => false;
/** A function that has no modules: those whose names are written out are found when the component is built. */
export function createRequire(from) {
  return Object.assign((name) => unknown(name, from), { resolve: (name) => unknown(name, from), cache: {} });
}
/** What Node's loader is; those who change how it loads find a place to say so, and nothing is loaded here. */
export function Module(id = '') {
  Object.assign(this, { id, exports: {}, children: [], loaded: false, paths: [] });
}
export const [_cache, _extensions, _pathCache, globalPaths] = [Object.create(null), Object.create(null), Object.create(null), []];
export const _load = (name) => unknown(name, 'a module');
export const _resolveFilename = _load;
export const _nodeModulePaths = () => [];
export const [findSourceMap, register, syncBuiltinESMExports] = [() => undefined, () => {}, () => {}];
Module.wrap = (code) => `(function (exports, require, module, __filename, __dirname) { ${code}\n});`;
Object.assign(Module, {
  Module, _cache, _extensions, _load, _nodeModulePaths, _pathCache, _resolveFilename, builtinModules, createRequire, findSourceMap,
  globalPaths, isBuiltin, register, syncBuiltinESMExports,
});
export default Module;
