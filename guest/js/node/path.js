export * from '../vendor/jspm-core/path.js';
export { default } from '../vendor/jspm-core/path.js';
