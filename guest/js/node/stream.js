export * from '../vendor/jspm-core/stream.js';
export { default } from '../vendor/jspm-core/stream.js';
