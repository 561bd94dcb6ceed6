const {
  assert, clear, count, countReset, debug, dir, dirxml, error, group, groupCollapsed, groupEnd, info, log, table, time, timeEnd, timeLog,
  timeStamp, trace, warn,
} = console;
export {
  assert, clear, count, countReset, debug, dir, dirxml, error, group, groupCollapsed, groupEnd, info, log, table, time, timeEnd, timeLog,
  timeStamp, trace, warn,
};
export const Console = function () {
  return console;
};
export default Object.assign(console, { Console });
