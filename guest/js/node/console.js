const { assert, debug, dir, error, info, log, table, time, timeEnd, trace, warn } = console;
export { assert, debug, dir, error, info, log, table, time, timeEnd, trace, warn };
export const Console = function () {
  return console;
};
export default console;
