// Not of @jspm/core: its other files find the handler's own `process` here.
export { process as p } from '../../node/process.js';
