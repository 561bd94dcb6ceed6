// Node's assert: the polyfill's, and what is newer.

import assert from '../vendor/jspm-core/assert.js';

function looked(text, pattern, message, isWanted, words) {
  if (typeof text === 'string' && pattern.test(text) === isWanted) return;
  if (message instanceof Error) throw message;
  const told = typeof text === 'string' ? words : 'The "string" argument must be of type string';
  throw new assert.AssertionError({
    message: message ?? `${told} ${pattern}. Input: '${text}'`,
    actual: text,
    expected: pattern,
    operator: isWanted ? 'match' : 'doesNotMatch',
  });
}
function match(text, pattern, message) {
  looked(text, pattern, message, true, 'The input did not match the regular expression');
}
function doesNotMatch(text, pattern, message) {
  looked(text, pattern, message, false, 'The input was expected to not match the regular expression');
}

for (const known of [assert, assert.strict]) if (known) Object.assign(known, { doesNotMatch, match });

export * from '../vendor/jspm-core/assert.js';
export { doesNotMatch, match };
export default assert;
