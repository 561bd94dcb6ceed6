// Whether requests are served, or the component is being made: then the module's top level runs, and no import
// of the host can be called. `argv` names the module that the program begins with, as Node does; `programs` are the
// servers of its own that it has made and that listen.

export const state = { serving: false, argv: ['/doverb', '/handler'], programs: [] };
globalThis.__doverb = state;
