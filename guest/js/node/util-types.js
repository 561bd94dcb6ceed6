import util from './util.js';

export const {
  isAnyArrayBuffer, isArrayBuffer, isArrayBufferView, isArgumentsObject, isAsyncFunction, isBigInt64Array, isBigUint64Array,
  isBooleanObject, isBoxedPrimitive, isDataView, isDate, isGeneratorFunction, isGeneratorObject, isMap, isMapIterator,
  isNativeError, isNumberObject, isPromise, isProxy, isRegExp, isSet, isSetIterator, isStringObject, isSymbolObject,
  isTypedArray, isUint8Array, isWeakMap, isWeakSet,
} = util.types;
export default util.types;
