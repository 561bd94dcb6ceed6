// The same for StarlingMonkey: a u64 is a BigInt, and the engine runs its own event loop until a promise is settled.

export const u64 = BigInt;
export const seesWaits = false;
export const settled = (promise) => promise;
export const finishJobs = () => {};
export const abandon = () => {};
