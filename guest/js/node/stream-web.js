export * from '../vendor/web-streams/ponyfill.js';
export { TextDecoderStream, TextEncoderStream } from '../web/text-streams.js';
