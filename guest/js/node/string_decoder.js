export * from '../vendor/jspm-core/string_decoder.js';
export { default } from '../vendor/jspm-core/string_decoder.js';
