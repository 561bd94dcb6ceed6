// Whether requests are served, or the component is being made: then the module's top level runs, and no import
// of the host can be called.

export const state = { serving: false };
globalThis.__doverb = state;
