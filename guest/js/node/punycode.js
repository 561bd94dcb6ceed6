export * from '../vendor/jspm-core/punycode.js';
export { default } from '../vendor/jspm-core/punycode.js';
