// Texts for JSON.parse, and what comes of them; Node answers the same.

/** What a value is, with all that JSON does not tell apart. */
function told(value) {
  if (Object.is(value, -0)) return '-0';
  if (typeof value === 'string') return `'${value.replace(/[\ud800-\udfff]/g, (half) => half.charCodeAt(0).toString(16))}'`;
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return `[${Array.from(value, told)}]${Object.getPrototypeOf(value) === Array.prototype ? '' : '!'}`;
  const fields = Object.entries(Object.getOwnPropertyDescriptors(value));
  const isPlain = Object.getPrototypeOf(value) === Object.prototype && fields.every(([, of]) => of.writable && of.enumerable && of.configurable);
  return `{${fields.map(([name, of]) => `${name}:${told(of.value)}`)}}${isPlain ? '' : '!'}`;
}
const read = (text) => { try { return told(JSON.parse(text)); } catch (error) { return error.name; } };
const LONG = 'k'.repeat(1500);
const GOOD = [
  ['-0', '-0'], ['[-0,-0.0,0e5,-0e1,-0E-7]', '[-0,-0,0,-0,-0]'], ['1e400', 'Infinity'], ['-1e400', '-Infinity'], ['1e-400', '0'], ['-1e-400', '-0'],
  ['1'.repeat(400), 'Infinity'], [`0.${'0'.repeat(400)}1`, '0'], [`0.${'0'.repeat(400)}1e401`, '1'], [`1${'0'.repeat(400)}e-400`, '1'], [`1e${'0'.repeat(99)}2`, '100'],
  [`1e${'9'.repeat(99)}`, 'Infinity'], [`1e-${'9'.repeat(99)}`, '0'], [`0e${'9'.repeat(99)}`, '0'], ['1e-0', '1'], ['1e4294967297', 'Infinity'], ['1e-2147483648', '0'],
  ['9007199254740993', '9007199254740992'], ['123456789012345678', '123456789012345680'], ['-1234567890123456789', '-1234567890123456800'], ['18446744073709551617', '18446744073709552000'],
  ['[2147483647,2147483648,-2147483648,-2147483649]', '[2147483647,2147483648,-2147483648,-2147483649]'], ['9007199254740992.5', '9007199254740992'], ['1e22', '1e+22'], ['1e23', '1e+23'], ['8.5e22', '8.5e+22'],
  ['2.4703282292062327e-324', '0'], ['2.4703282292062328e-324', '5e-324'], ['1.7976931348623158e308', '1.7976931348623157e+308'], ['1.7976931348623159e308', 'Infinity'],
  ['{"a":1,"b":2,"a":3}', '{a:3,b:2}'], ['[{"a":1,"a":2},{"a":1,"a":2},{"a":1,"b":2},{"a":1,"b":2,"a":[]}]', '[{a:2},{a:2},{a:1,b:2},{a:[],b:2}]'],
  ['[{"__proto__":{"x":1}},{"__proto__":null,"a":1},{"a":1,"__proto__":5},{"a":1,"__proto__":6}]', '[{__proto__:{x:1}},{__proto__:null,a:1},{a:1,__proto__:5},{a:1,__proto__:6}]'],
  ['{"b":1,"2":2,"a":3,"1":4,"-1":5,"01":6,"4294967295":7,"4294967294":8,"2147483648":9}', '{1:4,2:2,2147483648:9,4294967294:8,b:1,a:3,-1:5,01:6,4294967295:7}'],
  ['[{"a":1,"0":2},{"a":1,"0":3},{"0":1,"a":2},{"0":1}]', '[{0:2,a:1},{0:3,a:1},{0:1,a:2},{0:1}]'], ['[{"":1},{"":2,"b":3},{"":4}]', '[{:1},{:2,b:3},{:4}]'],
  ['[{"\\u0061":1,"a":2},{"a":3},{"\\u0061":4},{"a":5,"\\u0062":6},{"a":7,"b":8}]', '[{a:2},{a:3},{a:4},{a:5,b:6},{a:7,b:8}]'],
  ['[{"a":1,"b":2,"c":3},{"a":1,"b":2},{"a":1,"c":2},{"a":1,"b":2,"d":4},{"a":1,"b":2,"c":3}]', '[{a:1,b:2,c:3},{a:1,b:2},{a:1,c:2},{a:1,b:2,d:4},{a:1,b:2,c:3}]'],
  ['[{"\u20ac":1,"\u00e9":2},{"\u20ac":3,"\u00e9":4},{"\u00e9":5}]', '[{\u20ac:1,\u00e9:2},{\u20ac:3,\u00e9:4},{\u00e9:5}]'], ['[{"ab":1},{"abc":2},{"a":3}]', '[{ab:1},{abc:2},{a:3}]'],
  [`[{"${LONG}":1,"a":2},{"${LONG}":3,"a":4}]`, `[{${LONG}:1,a:2},{${LONG}:3,a:4}]`], [`[{"a":1,"${LONG}":2},{"a":3,"${LONG}":4},"\u20ac"]`, `[{a:1,${LONG}:2},{a:3,${LONG}:4},'\u20ac']`],
  ['"\ud800"', "'d800'"], ['"\\ud800"', "'d800'"], ['"\\udc00\\ud83d"', "'dc00d83d'"], ['"\\ud83d\\ude00" ', "'d83dde00'"], ['"\\u0000\\u001f\\/\\b"', "'\0\x1f/\b'"], ['"\u007f\u2028\\u00e9\u00e9"', "'\u007f\u2028\u00e9\u00e9'"],
  [' \t\r\n[ ] \n', '[]'], ['{ }', '{}'], ['[[],[[]],{}]', '[[],[[]],{}]'], ['[true,false,null]', '[true,false,null]'], [`"${'a'.repeat(99)}\\n${'\u00e9'.repeat(99)}\\u20ac"`, `'${'a'.repeat(99)}\n${'\u00e9'.repeat(99)}\u20ac'`],
];
const BAD = [
  '', ' ', '[', '{', '{"a"', '{"a":', '{"a":1', '{"a":1,', '{"a":1,}', '[1,]', '"', '"a', '"\\', '"\\"', '"\\u', '"\\u12', '"\\u123', '"\\u12g4"', '"\\x41"', '"\\U0041"', 'tru', 'truee', 'True', 'nul', '-', '--1', '+1', '.5', '1.', '1.e5', '1e', '1e+', '01', '-01', '00', '0x10', '1n',
  'Infinity', '-Infinity', 'NaN', 'undefined', "'a'", '[1 2]', '{"a" 1}', '{a:1}', '{1:1}', '1 1', '1,', '"\n"', '"\t"', '"\0"', '"\x1f\u20ac"', '/**/1', '{,}', '[,]', '[1}', '{"a":1]', ']', '}', '\ufeff1', '\u00a01', '1\v', '\f1', '\u20281', '1\0', '\0', '1_0', '[1,\u20ac]', '\u20ac',
  '[{"a":1},{"a"}]', '[{"a":1,"b":2},{"a":1,"b"}]', '[{"a":1,"b":2},{"a":1,"b":]}]', '[{"a":1},{"a', '[{"\u20ac":1},{"\u20ac', '[1,2,3', `[${'1,'.repeat(600)}`, `[${'{"a":[1,"x"]},'.repeat(600)}`,
];
function answer() {
  // An engine may have this as a part of the longer one.
  const parts = { [(`<${LONG}>`).slice(1, -1)]: 1 };
  const wrong = GOOD.map(([text, is]) => [text, read(text), is]).filter(([, was, is]) => was !== is);
  for (const [text, is] of GOOD) if (read(`[${text},"\u20ac"]`) !== `[${is},'\u20ac']`) wrong.push(['wide', text]);
  for (const text of BAD) if (read(text) !== 'SyntaxError' || (text && read(`${text}\u20ac`) !== 'SyntaxError')) wrong.push([text, read(text)]);
  // Whoever changes one of those that look alike changes no other.
  const alike = JSON.parse(`[${'{"a":1,"b":[1]},'.repeat(6)}0]`);
  delete alike[0].a; alike[1].c = 1; Object.freeze(alike[2]); Object.setPrototypeOf(alike[3], null); Object.defineProperty(alike[4], 'a', { get: () => 2 }); alike[5].b.push(2); alike[1].b[9] = 9;
  const [again] = JSON.parse('[{"a":1,"b":[1]}]');
  wrong.push(told(alike[1].a) === '1' && told(alike.slice(5)), told(again));
  // Nothing that others have put into the prototypes is called.
  const trap = { configurable: true, set() { wrong.push('it was set'); }, get: () => 'theirs' };
  for (const of of [Object.prototype, Array.prototype]) for (const name of ['0', 'a', 'length2']) Object.defineProperty(of, name, trap);
  const own = told(JSON.parse('[{"a":1,"0":2,"length2":3},[4],[{"a":5,"0":6,"length2":7}]]'));
  for (const of of [Object.prototype, Array.prototype]) for (const name of ['0', 'a', 'length2']) delete of[name];
  Object.freeze(Array.prototype);
  const frozen = told(JSON.parse('[{"toString":1},[2]]'));
  return [wrong, Object.keys(parts).length, own, frozen];
}
