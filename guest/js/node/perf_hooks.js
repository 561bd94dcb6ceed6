// Node's perf_hooks: the time. A handler has no loop of events whose delay could be measured.

const own = globalThis.performance;
export const eventLoopUtilization = () => ({ idle: 0, active: 0, utilization: 0 });
own.eventLoopUtilization ??= eventLoopUtilization;
export { own as performance };
export const constants = {};
export class PerformanceObserver {
  observe() {}
  disconnect() {}
}
export const monitorEventLoopDelay = () => ({ enable() {}, disable() {}, min: 0, max: 0, mean: 0, stddev: 0, percentile: () => 0 });
/** Entries of a timeline, which a handler has none of. */
export class PerformanceEntry {}
export class PerformanceMark extends PerformanceEntry {}
export class PerformanceMeasure extends PerformanceEntry {}
export class PerformanceObserverEntryList {
  getEntries() {
    return [];
  }
}
export const createHistogram = () => ({ ...monitorEventLoopDelay(), count: 0, record() {}, recordDelta() {}, reset() {} });
export default {
  performance: own, constants, PerformanceEntry, PerformanceMark, PerformanceMeasure, PerformanceObserver, PerformanceObserverEntryList,
  createHistogram, eventLoopUtilization, monitorEventLoopDelay,
};
