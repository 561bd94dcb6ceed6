// Values for JSON.stringify, and their texts; Node answers the same.

const write = (...of) => { try { return JSON.stringify(...of); } catch (error) { return error.name; } };
class Secret { #hidden = 1; shown = 2; [Symbol('s')] = 3; static later = 4; seen() { return this.#hidden; } }
class List extends Array {}
const logged = [];
const watched = (target) => new Proxy(target, Object.fromEntries(['get', 'ownKeys', 'getOwnPropertyDescriptor', 'has'].map((trap) => [trap, (...of) => { logged.push(`${trap} ${String(of[1]?.length > 0 ? of[1] : '')}`.trim()); return Reflect[trap](...of); }])));
const without = (record, key) => { delete record[key]; return record; };
function cases() {
  const slow = [1, 2, 3]; slow[1000] = 4; slow.length = 4;
  const shrinks = [{ toJSON() { shrinks.length = 1; return 'a'; } }, 2, 3];
  const grows = [{ toJSON() { grows.push(9); return 'a'; } }, 2];
  const turns = [{ toJSON() { turns[5000] = 1; delete turns[1]; Object.defineProperty(turns, 2, { get: () => 'late' }); return 'a'; } }, 2, 3];
  const changes = { a: { toJSON() { Object.defineProperty(changes, 'b', { get: () => 'late', enumerable: true }); Object.freeze(changes); return 1; } }, b: 2, c: 3 };
  const removes = { a: { toJSON() { delete removes.b; Object.setPrototypeOf(removes, { b: 'inherited' }); return 1; } }, b: 2, c: 3 };
  const swaps = { a: { toJSON() { swaps.b = swaps; return 1; } }, b: 2 };
  const replaced = { a: { toJSON() { replaced.b = { c: [replaced.b] }; return 1; } }, b: 2 };
  const twice = { n: 1 };
  const fails = { a: { get b() { throw new RangeError('x'); } } };
  const odd = new Proxy([1, 2], { get: (target, name) => (name === 'length' ? 3 : name === 'toJSON' ? undefined : `<${String(name)}>`) });
  return [
    [[, 1, , undefined], '[null,1,null,null]'], [slow, '[1,2,3,null]'], [shrinks, '["a",null,null]'], [grows, '["a",2]'], [turns, '["a",null,"late"]'], [changes, '{"a":1,"b":"late","c":3}'],
    [removes, '{"a":1,"b":"inherited","c":3}'], [swaps, 'TypeError'], [replaced, '{"a":1,"b":{"c":[2]}}'], [[twice, twice, { twice }], '[{"n":1},{"n":1},{"twice":{"n":1}}]'], [fails, 'RangeError'],
    [{ toJSON() { throw new SyntaxError('x'); } }, 'SyntaxError'], [[{ a: 1n }], 'TypeError'], [odd, '["<0>","<1>","<2>"]'], [new Secret(), '{"shown":2}'], [List.of(1, [2]), '[1,[2]]'],
    [Object.freeze([1, Object.freeze({ a: 1 })]), '[1,{"a":1}]'], [(function () { return arguments; })(1, 'a'), '{"0":1,"1":"a"}'], [Object.assign(Object.create({ no: 1 }), { yes: 2 }), '{"yes":2}'], [Object.create(null, { a: { value: 1, enumerable: true }, b: { value: 2 } }), '{"a":1}'],
    [Object.setPrototypeOf([1, 2], null), '[1,2]'], [Object.setPrototypeOf([1], { toJSON: () => 'mine' }), '"mine"'], [Object.setPrototypeOf({ a: 1 }, new Proxy({}, { get: (_, name) => (name === 'toJSON' ? () => 'trapped' : undefined) })), '"trapped"'],
    [Object.setPrototypeOf({ a: 1 }, [5]), '{"a":1}'], [without({ a: 1, b: 2, c: 3 }, 'b'), '{"a":1,"c":3}'], [{ b: 1, 1: 2, a: 3, 0: 4 }, '{"0":4,"1":2,"b":1,"a":3}'], [{ ['__proto__']: 1, ['a"\n\ud800\u20ac']: '\udc00' }, '{"__proto__":1,"a\\"\\n\\ud800\u20ac":"\\udc00"}'],
    [{ a: undefined, b() {}, c: Symbol('c') }, '{}'], [[undefined, () => 1, Symbol('c')], '[null,null,null]'], [undefined, undefined], [() => 1, undefined], [Symbol('a'), undefined], [5n, 'TypeError'], [new Date(NaN), 'null'], [Object('a'), '"a"'], [Object(-0), '0'], [Object(5n), 'TypeError'],
    [Object.assign(Object('ab'), { toString: () => 'told' }), '"told"'], [Object.assign(Object(1), { valueOf: () => 7 }), '7'], [[new Map([[1, 2]]), new Set([1]), /a/, new Error('x'), new Uint8Array(2)], '[{},{},{},{},{"0":0,"1":0}]'],
    [[-0, 1e21, 1e-7, -2147483648, 4294967296, 0.1 + 0.2, NaN, -Infinity, 123456789.25], '[0,1e+21,1e-7,-2147483648,4294967296,0.30000000000000004,null,null,123456789.25]'],
    ['\u007f\u2028"\\\b\f\n\r\t\0\x1f/', '"\u007f\u2028\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001f/"'], ['\ud800\ud83d\ude00\udc00', '"\\ud800\ud83d\ude00\\udc00"'], [`${'x'.repeat(15)}\ud83d`, `"${'x'.repeat(15)}\\ud83d"`], [`${'\u20ac'.repeat(7)}\ud83d\ude00${'\u20ac'.repeat(7)}\ude00`, `"${'\u20ac'.repeat(7)}\ud83d\ude00${'\u20ac'.repeat(7)}\\ude00"`],
    ['ab'.repeat(3000) + 'cd'.repeat(3000), `"${'ab'.repeat(3000)}${'cd'.repeat(3000)}"`],
  ];
}
function answer() {
  const wrong = [];
  for (const [at, [value, is]] of cases().entries()) if (write(value) !== is) wrong.push([at, write(value), is]);
  for (const [at, [value, is]] of cases().entries()) {
    const inner = is === undefined ? 'null' : is;
    if (write([value, 0]) !== (is?.endsWith('Error') ? is : `[${inner},0]`)) wrong.push(['in a list', at, write([value, 0])]);
  }
  for (const [at, [value, is]] of cases().entries()) if (write({ value }) !== (is?.endsWith('Error') ? is : is === undefined ? '{}' : `{"value":${is}}`)) wrong.push(['in a record', at]);
  const gaps = [[1, '{\n "a": [\n  1,\n  {}\n ]\n}'], [99, `{\n${' '.repeat(10)}"a": [\n${' '.repeat(20)}1,\n${' '.repeat(20)}{}\n${' '.repeat(10)}]\n}`], ['\u20ac-more-than-ten', '{\n\u20ac-more-tha"a": [\n\u20ac-more-tha\u20ac-more-tha1,\n\u20ac-more-tha\u20ac-more-tha{}\n\u20ac-more-tha]\n}'], [Object(1), '{\n "a": [\n  1,\n  {}\n ]\n}'], ['', '{"a":[1,{}]}'], [-1, '{"a":[1,{}]}'], [{}, '{"a":[1,{}]}']];
  for (const [gap, is] of gaps) if (write({ a: [1, {}] }, null, gap) !== is) wrong.push(['gap', gap, write({ a: [1, {}] }, null, gap)]);
  for (const [list, is] of [[['b', 'b', 1, Object('a'), Symbol('c'), {}], '{"b":2,"1":3,"a":1}'], [[], '{}']]) if (write({ a: 1, b: 2, 1: 3 }, list) !== is) wrong.push(['list', write({ a: 1, b: 2, 1: 3 }, list)]);
  const proxied = write({ in: watched({ a: 1, b: [2] }), list: watched([1]) });
  // Who puts something into the prototypes is heeded where the standard says so.
  let asked = 0;
  Object.defineProperty(Object.prototype, 'toJSON', { configurable: true, get() { asked++; } });
  const getter = write({ a: [1, { b: 'x' }], c: 5 });
  delete Object.prototype.toJSON;
  Array.prototype.toJSON = function () { return this.length; };
  String.prototype.toJSON = Number.prototype.toJSON = () => 'never';
  BigInt.prototype.toJSON = function () { return `${this}n`; };
  const lists = write({ a: [1, 2], b: 'c', d: 5n, e: { f: [] } });
  for (const of of [Array, String, Number, BigInt]) delete of.prototype.toJSON;
  Array.prototype[0] = 'theirs';
  const holes = write([, 1]);
  delete Array.prototype[0];
  Object.freeze(Array.prototype);
  return [wrong, proxied, logged.join(), getter, asked, lists, holes, write({ a: [1] })];
}
