export * from '../vendor/jspm-core/assert.js';
export { default } from '../vendor/jspm-core/assert.js';
