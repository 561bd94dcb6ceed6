const own = globalThis.performance;
export { own as performance };
export const constants = {};
export class PerformanceObserver {
  observe() {}
  disconnect() {}
}
export const monitorEventLoopDelay = () => ({ enable() {}, disable() {}, min: 0, max: 0, mean: 0, stddev: 0, percentile: () => 0 });
export default { performance: own, constants, PerformanceObserver, monitorEventLoopDelay };
