import '../web/timers.js';

const timers = { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate };
const set = timers;
export { set as timers };
const { setTimeout: a, setInterval: b, setImmediate: c, clearTimeout: d, clearInterval: e, clearImmediate: f } = timers;
export { a as setTimeout, b as setInterval, c as setImmediate, d as clearTimeout, e as clearInterval, f as clearImmediate };
export default timers;
