//! JSON in JavaScript: what the engine's own reader and writer make of it is compared with what the engine has else, and with
//! what Node answers.

use doverb_tests::javascript::answer;

/// What JSON.parse and JSON.stringify give, and what they give for a function that changes nothing: it has the engine's own ways.
const COMPARED: &str = r#"
let seed = 7;
const below = (most) => { seed = (Math.imul(seed, 1103515245) + 12345) >>> 0; return Math.floor((seed / 4294967296) * most); };
const pick = (list) => list[below(list.length)];
const same = (key, value) => value;
const TEXTS = ['', 'a', 'plain', 'a text that is longer than sixteen characters', 'caf\u00e9', '\u20ac and \ud83d\ude00', '"quoted"', 'back\\slash', 'a\nb\tc\u0001\u001f\b\f\r', '\u007f\u0080\u00ff',
  'x'.repeat(40) + '"', '\ud800', 'a\udc00b', '__proto__', 'toString', '0', '12', '-1', '4294967295', '01', 'length'];
const NUMBERS = [0, -0, 1, -1, 12, 2147483647, 2147483648, -2147483648, -2147483649, 9007199254740991, 0.5, -1.25, 1e21, 1e-7, 123456789.125, 5e-324, 1.7976931348623157e308, 0.1, 51.50001];

function value(depth) {
  const kind = below(depth > 0 ? 9 : 6);
  if (kind === 0) return pick(NUMBERS);
  if (kind === 1) return pick(TEXTS);
  if (kind === 2) return pick([true, false, null]);
  if (kind < 6) return below(1e9) / pick([1, 10, 1000, 7]);
  if (kind === 6) return Array.from({ length: below(below(25) ? pick([3, 8]) : 700) }, () => value(depth - 2));
  const record = {};
  for (let count = below(below(25) ? pick([3, 6]) : 90); count > 0; count--) record[pick(TEXTS) + (below(3) ? '' : below(60))] = value(depth - 1);
  return record;
}

/** Records of the same keys, or nearly. */
const records = () => Array.from({ length: 1 + below(20) }, (_, at) => {
  const record = { id: at, name: pick(TEXTS) };
  if (below(4) === 0) record.extra = value(1);
  record.place = { lat: below(900) / 10, lon: -below(900) / 16 };
  if (below(5) > 0) record.tags = [pick(TEXTS), pick(TEXTS)];
  if (below(9) === 0) record.place.id = 1;
  return record;
});

const outcome = (work) => { try { return work(); } catch (error) { return `${error.name}: ${error.message}`; } };
/** As text, in which what JSON does not tell apart is. */
const shown = (data) => JSON.stringify(data, (key, value) => (Object.is(value, -0) ? '-0' : value));
"#;

#[test]
fn json_is_read_as_the_engines_own_parser_reads_it() {
    let code = format!(
        "{COMPARED}{}",
        r#"
const spaced = (text) => text.replace(/[,:\[\]{}]/g, (sign) => pick(['', ' ', '\n', '\t', ' \r\n ']) + sign + pick(['', ' ', '\n']));
const escaped = (text) => text.replace(/[a-z\u00e9]/g, (letter) => (below(20) ? letter : `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`));
const number = () => pick(['', '-']) + pick(['0', '7', '123', '2147483648', '12345678901234567890', '1'.repeat(30), '01', '']) + pick(['', '', '.5', '.25e3', '.', '.123456789012345678901', 'e5', 'E+2', 'e-400', 'e400', 'e', '.0', 'e00000000001', 'e99999999999']);
function spoilt(text) {
  const at = below(text.length + 1);
  const rest = text.slice(at + below(3));
  return text.slice(0, at) + pick(['', '"', '\\', '\\u12', '\\ud83d', ',', '}', ']', '{', '[', ':', 'nul', '-', '1e', '\n', '\u0001', '\u20ac', 'true', ' ']) + rest;
}
function answer() {
  const differ = [];
  let good = 0;
  for (let round = 0; round < 1500; round++) {
    let text = JSON.stringify(round % 3 ? value(4) : records());
    if (below(2)) text = spaced(text);
    if (below(3) === 0) text = escaped(text);
    if (round % 4 === 0) text = spoilt(text);
    if (round % 7 === 0) text = `[${number()},${number()}]`;
    if (below(5) === 0) text = ` ${text}\u20ac`.slice(0, -1);
    const parsed = outcome(() => JSON.parse(text));
    const [ours, engine] = [shown(parsed), shown(outcome(() => JSON.parse(text, same)))];
    if (ours !== engine) differ.push(text, ours, engine);
    if (typeof parsed === 'object') good++;
  }
  return [differ.slice(0, 3), good > 400 || good];
}
"#
    );
    assert_eq!(answer("app.js", &code, &[]), "[[],true]");
}

#[test]
fn json_is_written_as_the_engines_own_writer_writes_it() {
    let code = format!(
        "{COMPARED}{}",
        r#"
class Named { constructor(name) { this.name = name; } get upper() { return this.name.toUpperCase(); } }
class Told extends Named { toJSON(key) { return { key, name: this.name }; } }
const odd = () => pick([
  () => undefined, () => same, () => Symbol('s'), () => new Date(86400000), () => new Map([[1, 2]]), () => new Named(pick(TEXTS)), () => new Told(pick(TEXTS)),
  () => Object(pick(TEXTS)), () => Object(5), () => Object(false), () => NaN, () => -Infinity, () => [, 1, , undefined, same], () => Object.create(null, { a: { value: 1, enumerable: true } }),
  () => ({ b: 1, 2: 'two', a: 3, 1: 'one', [Symbol.iterator]: 4 }), () => { const made = { a: 1, b: 2, c: 3 }; delete made.b; return made; }, () => ({ get later() { return pick(TEXTS); }, x: 1 }),
  () => Object.defineProperty({ seen: 1 }, 'hidden', { value: 2 }), () => new Proxy({ p: 1, q: [2] }, {}), () => new Proxy([1, 2], {}), () => Uint8Array.of(1, 2), () => Object.freeze([1, { f: 2 }]),
  () => Object.assign([1], { more: 2 }), () => 'a' + pick(TEXTS).repeat(9) + pick(TEXTS), () => ({ toJSON: 5, a: undefined, b: same }), () => 5n, () => JSON.rawJSON('1e1000'),
])();
function mixed(depth) {
  if (below(3) === 0) return odd();
  if (depth === 0) return value(0);
  if (below(2)) return Array.from({ length: below(5) }, () => mixed(depth - 1));
  return Object.fromEntries(Array.from({ length: below(6) }, () => [pick(TEXTS), mixed(depth - 1)]));
}
function changing() {
  const list = [1, 2, { toJSON() { list.push('late'); list[3] = 'new'; list.length = 5; return 'told'; } }, 4];
  const record = { a: 1, b: { toJSON() { delete record.c; record.d = 'changed'; record.z = 1; return 2; } }, c: 3, d: 4 };
  const one = { get a() { one.b = [1]; return 'a'; }, b: 2 };
  return { list, record, one };
}
function answer() {
  const differ = [];
  for (let round = 0; round < 2000; round++) {
    const before = seed;
    const gap = pick([undefined, 2, '\t', '\u20ac', 12]);
    const data = round % 4 ? mixed(4) : records();
    const drawn = seed;
    const ours = outcome(() => JSON.stringify(data, undefined, gap));
    seed = drawn;
    const engine = outcome(() => JSON.stringify(data, same, gap));
    if (ours !== engine) differ.push(ours, engine);
  }
  const round = { a: [] };
  round.a.push({ round });
  const loops = [outcome(() => JSON.stringify(round)), outcome(() => JSON.stringify([new Proxy(round, {})])), outcome(() => JSON.stringify({ twice: [round.b, round.b] }))];
  let deep = [];
  for (let depth = 0; depth < 100000; depth++) deep = depth % 2 ? [deep] : { deep };
  const [list, other] = [JSON.stringify(changing()), JSON.stringify(changing(), same)];
  Object.prototype.toJSON = () => 'all';
  const all = JSON.stringify({ a: [1], b: {} });
  delete Object.prototype.toJSON;
  return [differ.slice(0, 2), loops, outcome(() => JSON.stringify(deep)), list === other || [list, other], list, all, JSON.stringify({ a: -0, b: 1e21, c: 'a\u2028\ud800\ud83d\ude00', d: [] }, null, 1)];
}
"#
    );
    let told = r#"{\"list\":[1,2,\"told\",\"new\"],\"record\":{\"a\":1,\"b\":2,\"d\":\"changed\"},\"one\":{\"a\":\"a\",\"b\":[1]}}"#;
    let expected = format!(
        r#"[[],["TypeError: circular reference","TypeError: circular reference","{{\"twice\":[null,null]}}"],"RangeError: Maximum call stack size exceeded",true,"{told}","\"all\"",{}]"#,
        r#""{\n \"a\": 0,\n \"b\": 1e+21,\n \"c\": \"a \\ud800😀\",\n \"d\": []\n}""#
            .replace("a ", "a\u{2028}")
    );
    assert_eq!(answer("app.js", &code, &[]), expected);
}

#[test]
fn records_of_one_shape_are_written_as_each_is_then_and_texts_of_parts_whole() {
    let code = r#"
function answer() {
  const part = 'a text that is made of parts, '.repeat(300);
  const wide = `${part}\u20ac${part}`;
  const escaped = `${part}"${part}\n`;
  const texts = [part + part, wide + part, escaped + wide].map((text) => JSON.stringify({ text, again: [text] }) === `{"text":${JSON.stringify(text.split('').join(''))},"again":[${JSON.stringify(text.slice())}]}`);
  const lengths = Array.from({ length: 70 }, (_, at) => JSON.stringify(['x'.repeat(at), `${'y'.repeat(at)}"`, `"${'z'.repeat(at)}`])).map((text, at) => text === `["${'x'.repeat(at)}","${'y'.repeat(at)}\\"","\\"${'z'.repeat(at)}"]`);
  // The second has a say only when the first has been asked.
  const told = { toJSON() { Object.prototype.toJSON = function () { return Array.isArray(this) ? this.length : 'plain'; }; return 'first'; } };
  const before = [{ a: 1, b: { c: 2 } }, [3]];
  const later = [before, told, { a: 1, b: { c: 2 } }, [3, 4]];
  const changed = JSON.stringify(later);
  delete Object.prototype.toJSON;
  const shapes = Array.from({ length: 60 }, (_, at) => ({ [`k${at}`]: { id: at, [`in${at % 7}`]: [{ id: at }], last: undefined, 'caf\u00e9 "q"': at }, f() {} }));
  const same = (key, value) => value;
  const twice = [...shapes, ...shapes];
  return [texts.every(Boolean), lengths.every(Boolean), changed, JSON.stringify(twice) === JSON.stringify(twice, same), JSON.stringify([{ a: undefined, b: 1 }, { a: 2, b: same }, { '\u20ac': 1 }])];
}
"#;
    let expected = r#"[true,true,"[[{\"a\":1,\"b\":{\"c\":2}},[3]],\"first\",\"plain\",2]",true,"[{\"b\":1},{\"a\":2},{\"€\":1}]"]"#;
    assert_eq!(answer("app.js", code, &[]), expected);
}

#[test]
fn hostile_json_is_read_as_node_reads_it() {
    let expected = r#"[["[{a:1,b:[1,2]},0]","{a:1,b:[1]}"],1,"[{0:2,a:1,length2:3},[4],[{0:6,a:5,length2:7}]]","[{toString:1},[2]]"]"#;
    assert_eq!(answer("app.js", include_str!("javascript_json/read.js"), &[]), expected);
}

#[test]
fn values_that_change_or_refuse_while_they_are_written_are_written_as_in_node() {
    let proxied = r#""{\"in\":{\"a\":1,\"b\":[2]},\"list\":[1]}""#;
    let asked = "get toJSON,ownKeys,getOwnPropertyDescriptor a,getOwnPropertyDescriptor b,get a,get b,get toJSON,get length,get 0";
    let changed = r#""{\"a\":[1,{\"b\":\"x\"}],\"c\":5}",3,"{\"a\":2,\"b\":\"c\",\"d\":\"5n\",\"e\":{\"f\":0}}","[\"theirs\",1]","{\"a\":[1]}""#;
    let expected = format!(r#"[[],{proxied},"{asked}",{changed}]"#);
    assert_eq!(answer("app.js", include_str!("javascript_json/write.js"), &[]), expected);
}
