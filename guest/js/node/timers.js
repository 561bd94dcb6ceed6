import '../web/timers.js';

import promises from './timers-promises.js';

const timers = { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate, promises };
const set = timers;
export { promises, set as timers };
const { setTimeout: a, setInterval: b, setImmediate: c, clearTimeout: d, clearInterval: e, clearImmediate: f } = timers;
export { a as setTimeout, b as setInterval, c as setImmediate, d as clearTimeout, e as clearInterval, f as clearImmediate };
export default timers;
