// Whether requests are served, or the component is being made: then the module's top level runs, and no import
// of the host can be called. `argv` names the module that the program begins with, as Node does.

export const state = { serving: false, argv: ['/doverb', '/handler'] };
globalThis.__doverb = state;
