import util from './util.js';

export const {
  isAnyArrayBuffer, isArrayBuffer, isArrayBufferView, isArgumentsObject, isAsyncFunction, isBigInt64Array, isBigUint64Array,
  isBooleanObject, isBoxedPrimitive, isDataView, isDate, isGeneratorFunction, isGeneratorObject, isMap, isMapIterator,
  isNativeError, isNumberObject, isPromise, isProxy, isRegExp, isSet, isSetIterator, isStringObject, isSymbolObject,
  isTypedArray, isUint8Array, isWeakMap, isWeakSet, isBigIntObject, isCryptoKey, isExternal, isFloat32Array, isFloat64Array,
  isInt8Array, isInt16Array, isInt32Array, isKeyObject, isModuleNamespaceObject, isSharedArrayBuffer, isUint16Array,
  isUint32Array, isUint8ClampedArray,
} = util.types;
export default util.types;
