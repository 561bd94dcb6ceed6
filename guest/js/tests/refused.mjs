// What something is refused with.

import assert from 'node:assert/strict';

/** The code of the error, if there is one: it is told in a line, which holds none of these secrets. */
export function code(work, ...secrets) {
  try {
    return void work();
  } catch (error) {
    assert.ok(!['\n', ...secrets].some((text) => error.message.includes(text)));
    return error.code;
  }
}

/** The name of what a promise is rejected with. */
export const name = (promise) => promise.then(() => undefined, (error) => error.name);
