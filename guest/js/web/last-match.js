// What engines keep of the last match, as members of RegExp: `RegExp.$1`, which old packages read.

const { exec } = RegExp.prototype;
let last = [''];
last.index = 0;
last.input = '';

const PARTS = {
  input: () => last.input,
  lastMatch: () => last[0],
  lastParen: () => (last.length > 1 ? last.at(-1) ?? '' : ''),
  leftContext: () => last.input.slice(0, last.index),
  rightContext: () => last.input.slice(last.index + last[0].length),
};
const SHORT = { $_: 'input', '$&': 'lastMatch', '$+': 'lastParen', '$`': 'leftContext', "$'": 'rightContext' };

Object.defineProperty(RegExp.prototype, 'exec', {
  value: { exec(text) {
    const found = exec.call(this, text);
    if (found) last = found;
    return found;
  } }.exec,
  writable: true,
  configurable: true,
});
for (let at = 1; at < 10; at++) Object.defineProperty(RegExp, `$${at}`, { get: () => last[at] ?? '', configurable: true });
for (const [name, get] of Object.entries(PARTS)) Object.defineProperty(RegExp, name, { get, configurable: true });
for (const [name, long] of Object.entries(SHORT)) Object.defineProperty(RegExp, name, { get: PARTS[long], configurable: true });

export {};
