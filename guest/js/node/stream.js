// Node's stream: the polyfill's, with the names that only its default export has. The whole is the constructor of streams of old, as in
// Node, and not that of those to read from: packages inherit from it.

import stream from '../vendor/jspm-core/stream.js';

const { _isUint8Array, _uint8ArrayToBuffer, addAbortSignal, compose, destroy, isDisturbed, isErrored, isReadable } = stream;
const isWritable = (it) => it?.writable === true && !it.writableEnded && !it.destroyed;
const most = { bytes: 65536, objects: 16 };
const getDefaultHighWaterMark = (isOfObjects) => (isOfObjects ? most.objects : most.bytes);
function setDefaultHighWaterMark(isOfObjects, value) {
  most[isOfObjects ? 'objects' : 'bytes'] = value;
}
const whole = Object.assign(stream.Stream, { getDefaultHighWaterMark, isWritable, setDefaultHighWaterMark });

export * from '../vendor/jspm-core/stream.js';
export {
  _isUint8Array, _uint8ArrayToBuffer, addAbortSignal, compose, destroy, getDefaultHighWaterMark, isDisturbed, isErrored, isReadable,
  isWritable, setDefaultHighWaterMark,
};
export default whole;
