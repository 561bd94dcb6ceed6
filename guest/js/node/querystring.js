export * from '../vendor/jspm-core/querystring.js';
export { default } from '../vendor/jspm-core/querystring.js';
