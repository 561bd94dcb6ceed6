export * from '../vendor/jspm-core/events.js';
export { default } from '../vendor/jspm-core/events.js';
