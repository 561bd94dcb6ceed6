//! Texts in JavaScript, between bytes and the engine's strings. What the engine has of its own for them is compared with Rust's
//! library here, and tried in a handler.

use doverb_tests::javascript::answer;
use doverb_tests::sources::folder;
use doverb_tests::{LATER, Server};

#[path = "../../host/build/quickjs/engine/src/encodings.rs"]
mod encodings;
#[path = "../../host/build/quickjs/engine/src/lanes.rs"]
mod lanes;
#[path = "../../host/build/quickjs/engine/src/number.rs"]
mod number;
#[path = "../../host/build/quickjs/engine/src/packing.rs"]
mod packing;
#[path = "../../host/build/quickjs/engine/src/utf8.rs"]
mod utf8;
#[path = "../../host/build/quickjs/engine/src/utf8_write.rs"]
mod utf8_write;

use std::mem::MaybeUninit;

use encodings::{Table, Utf16};
use utf8::{Extent, Target, Unit, lossy_units, whole};
use utf8_write::{encode, encode_into, encode_latin1};

/// The characters that `write` writes to room for so many; what it leaves is 0.
fn written<T: Unit + Default>(length: usize, write: impl FnOnce(&mut Target<'_, T>)) -> Vec<T> {
    let mut units = vec![T::default(); length];
    // SAFETY: what is initialised is no less so for those who may not read it, and a target writes nothing but values.
    let places =
        unsafe { std::slice::from_raw_parts_mut(units.as_mut_ptr().cast::<MaybeUninit<T>>(), length) };
    let mut target = Target::new(places);
    write(&mut target);
    target.fill();
    units
}

/// Bytes that are often, but not always, UTF-8, of any length.
fn some_bytes(random: &mut fastrand::Rng) -> Vec<u8> {
    const PIECES: [&[u8]; 16] = [
        b"A",
        b"plain text, long enough for a block of sixteen",
        b"\xc3\xa9",
        b"\xe2\x82\xac",
        b"\xf0\x9f\x98\x80",
        b"\xef\xbb\xbf",
        b"\xc0",
        b"\xff",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xe0\x80\x80",
        b"\x80",
        b" ",
        b"\xd0\x9f\xd1\x80",
        b"\xf4\x8f\xbf\xbf",
        b"\xc2\x80",
    ];
    let cuts = random.u8(0..4) == 0;
    let valid = random.u8(0..3) > 0;
    let mut bytes = Vec::new();
    for _ in 0..random.usize(0..40) {
        let piece = PIECES[random.usize(0..PIECES.len())];
        if !valid || std::str::from_utf8(piece).is_ok() {
            let length = if cuts { random.usize(0..=piece.len()) } else { piece.len() };
            bytes.extend_from_slice(&piece[..length]);
        }
    }
    bytes
}

/// The same bytes in pieces.
fn in_pieces<'a>(random: &mut fastrand::Rng, mut bytes: &'a [u8]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    while !bytes.is_empty() {
        let most = if random.bool() { 20 } else { 200 };
        let (piece, rest) = bytes.split_at(random.usize(0..=bytes.len().min(most)));
        pieces.push(piece);
        bytes = rest;
    }
    pieces
}

#[test]
fn bytes_in_pieces_are_the_text_that_they_are_in_one() {
    let mut random = fastrand::Rng::with_seed(1);
    for _ in 0..20_000 {
        let bytes = some_bytes(&mut random);
        let pieces = in_pieces(&mut random, &bytes);
        let text: Vec<u16> = String::from_utf8_lossy(&bytes).encode_utf16().collect();
        let mut extent = Extent::default();
        whole(&pieces, |part| extent.add(part));
        assert_eq!(extent.has_more, !bytes.is_ascii(), "{bytes:x?}");
        assert_eq!(extent.is_valid, std::str::from_utf8(&bytes).is_ok(), "{bytes:x?}");

        let mut units = 0;
        whole(&pieces, |part| units += lossy_units(part));
        assert_eq!(units, text.len(), "{bytes:x?}");
        let lossy = written::<u16>(units, |target| whole(&pieces, |part| target.put_lossy(part)));
        assert_eq!(lossy, text, "{bytes:x?}");

        if extent.is_valid {
            let strict = written::<u16>(extent.units, |target| whole(&pieces, |part| target.put_utf8(part)));
            assert_eq!(strict, text, "{bytes:x?}");
            assert_eq!(written::<u16>(text.len(), |target| target.put_utf8(&bytes)), text, "{bytes:x?}");
            assert_eq!(extent.is_wide, text.iter().any(|unit| *unit > 0xff), "{bytes:x?}");
            if !extent.is_wide {
                let narrow =
                    written::<u8>(extent.units, |target| whole(&pieces, |part| target.put_utf8(part)));
                assert!(narrow.iter().map(|unit| u16::from(*unit)).eq(text.iter().copied()), "{bytes:x?}");
                assert_eq!(written::<u8>(extent.units, |target| target.put_utf8(&bytes)), narrow);
            }
        }
    }
}

#[test]
fn texts_become_the_bytes_of_rusts_and_as_many_as_fit() {
    let mut random = fastrand::Rng::with_seed(2);
    for _ in 0..20_000 {
        let mut text: Vec<u16> = String::from_utf8_lossy(&some_bytes(&mut random)).encode_utf16().collect();
        for _ in 0..random.usize(0..3) {
            text.insert(random.usize(0..=text.len()), random.u16(0xd7ff..0xe001));
        }
        let bytes = String::from_utf16_lossy(&text).into_bytes();
        assert_eq!(encode(&text), Ok(bytes.clone()), "{text:x?}");

        let room = random.usize(0..=bytes.len() + 2);
        let mut target = vec![0xaa; room];
        let (read, count) = encode_into(&text, &mut target);
        let all = String::from_utf16_lossy(&text[..read]).into_bytes();
        assert_eq!((&target[..count], count), (&all[..], all.len()), "{text:x?}");
        assert!(target[count..].iter().all(|byte| *byte == 0xaa), "nothing else is written: {text:x?}");
        // The next would not fit.
        let next = char::decode_utf16(text[read..].iter().copied()).next();
        let length = next.map(|next| next.unwrap_or(char::REPLACEMENT_CHARACTER).len_utf8());
        assert!(length.is_none_or(|length| count + length > room), "{text:x?} in {room}");

        let narrow: Vec<u8> = text.iter().map(|unit| *unit as u8).collect();
        let latin1: String = narrow.iter().map(|byte| char::from(*byte)).collect();
        assert_eq!(encode(&narrow), Ok(latin1.into_bytes()));
        assert_eq!(encode_latin1(&text), Ok(narrow.clone()));
        assert_eq!(encode_latin1(&narrow), Ok(narrow));
    }
}

#[test]
fn other_encodings_are_read_by_their_tables_and_in_either_order_of_bytes() {
    let table = Table::new(&"€é\u{fffd}".encode_utf16().collect::<Vec<_>>());
    let bytes = [b'a', 0x80, 0x81, 0x82, 0x83, 0xff];
    assert!(table.is_wide(&bytes) && !table.is_wide(&bytes[4..]));
    let text = written::<u16>(bytes.len(), |target| table.write(&bytes, target));
    assert_eq!(String::from_utf16_lossy(&text), "a€é\u{fffd}\u{83}\u{ff}");

    let mut random = fastrand::Rng::with_seed(3);
    for _ in 0..20_000 {
        let units: Vec<u16> = (0..random.usize(0..20))
            .map(|_| [0x41, 0xe9, 0x20ac, 0xd83d, 0xde00][random.usize(0..5)])
            .collect();
        let is_big = random.bool();
        let is_odd = random.u8(0..8) == 0;
        let mut bytes: Vec<u8> = units
            .iter()
            .flat_map(|unit| if is_big { unit.to_be_bytes() } else { unit.to_le_bytes() })
            .collect();
        if is_odd {
            bytes.push(0);
        }
        let mut expected = String::from_utf16_lossy(&units);
        assert_eq!(Utf16::new(&bytes, is_big).is_whole(), String::from_utf16(&units).is_ok() && !is_odd);
        if is_odd {
            expected.push('\u{fffd}');
        }
        let text = Utf16::new(&bytes, is_big);
        let read = written::<u16>(text.length(), |target| text.write(target));
        assert_eq!(String::from_utf16_lossy(&read), expected);
        assert_eq!(text.is_wide(), expected.chars().any(|character| character > '\u{ff}'));
        // As characters of ISO-8859-1.
        let characters: Vec<u16> = bytes.iter().map(|byte| u16::from(*byte)).collect();
        assert_eq!(written::<u16>(bytes.len(), |target| target.put_bytes(&bytes)), characters);
        assert_eq!(written::<u8>(bytes.len(), |target| target.put_bytes(&bytes)), bytes);
    }
}

fn text_of(number: f64) -> String {
    let (bytes, length) = number::text_of(number);
    String::from_utf8(bytes[..length].to_vec()).expect("it is ASCII")
}

#[test]
fn numbers_have_the_shortest_text_that_means_them() {
    for (number, text) in [
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (-1.5, "-1.5"),
        (0.1, "0.1"),
        (123456.789, "123456.789"),
        (1e21, "1e+21"),
        (1e20, "100000000000000000000"),
        (123e18, "123000000000000000000"),
        (1.5e300, "1.5e+300"),
        (0.000001, "0.000001"),
        (1.25e-6, "0.00000125"),
        (1e-7, "1e-7"),
        (5e-324, "5e-324"),
        (f64::MAX, "1.7976931348623157e+308"),
        (-f64::MIN_POSITIVE, "-2.2250738585072014e-308"),
        (0.1 + 0.2, "0.30000000000000004"),
        (100.0, "100"),
        (9007199254740993.0, "9007199254740992"),
        (1e15, "1000000000000000"),
        (999999999999999.9, "999999999999999.9"),
        (1901546919325895.0 + 0.25, "1901546919325895.2"),
        (27021597764222976.0, "27021597764222976"),
        (123456789012345680000.0, "123456789012345680000"),
        (4.35, "4.35"),
        (0.001, "0.001"),
        (0.0009, "0.0009"),
        (-1234.5678901, "-1234.5678901"),
        (f64::NAN, "NaN"),
        (f64::NEG_INFINITY, "-Infinity"),
        (-0.0000012345678901234567, "-0.0000012345678901234567"),
    ] {
        assert_eq!(text_of(number), text);
    }
    let mut random = fastrand::Rng::with_seed(4);
    for round in 0..200_000 {
        let number = match round % 3 {
            0 => f64::from_bits(random.u64(..)),
            1 => random.i64(-1_000_000_000..1_000_000_000) as f64 / 10_f64.powi(random.i32(0..10)),
            _ => random.f64() * 1000.0,
        };
        if number.is_finite() {
            let text = text_of(number);
            assert_eq!(text.parse(), Ok(number), "{text}");
            // Rust's shortest has as many digits. Of two that are equally near ECMAScript has the even one.
            let digits = |text: &str| {
                let text: String =
                    text.split('e').next().unwrap_or_default().chars().filter(char::is_ascii_digit).collect();
                text.trim_matches('0').to_owned()
            };
            let (ours, rusts) = (digits(&text), digits(&format!("{number:e}")));
            assert!(
                ours == rusts || ours.len() == rusts.len() && ours.ends_with(['2', '4', '6', '8']),
                "{text} and {number:e}"
            );
        }
    }
}

#[test]
fn texts_go_to_bytes_and_back_in_a_handler() {
    let code = r#"
let seed = 3;
const below = (most) => { seed = (Math.imul(seed, 1103515245) + 12345) >>> 0; return Math.floor((seed / 4294967296) * most); };
const PARTS = ['plain text of more than sixteen', 'a', ' ', '\u00e9', '\u20ac', '\u2028', '\ud83d\ude00', '\u041f\u0440\u0438\u0432\u0435\u0442', '\u0080', '\u07ff', '\uffff'];
function bytesOf(text) {
  const bytes = [];
  for (const character of text) {
    const code = character.codePointAt(0);
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
  }
  return bytes;
}
function answer() {
  const wrong = [];
  for (let round = 0; round < 1000; round++) {
    const most = 1 + below(PARTS.length);
    const text = Array.from({ length: below(30) }, () => PARTS[below(most)]).join('');
    const bytes = new TextEncoder().encode(text);
    if (`${bytes}` !== `${bytesOf(text)}`) wrong.push(['encode', text]);
    if (new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) !== text) wrong.push(['decode', text]);
    const stream = new TextDecoder();
    let joined = '';
    for (let at = 0; at < bytes.length; at += 5) joined += stream.decode(bytes.subarray(at, at + 5), { stream: true });
    if (joined + stream.decode() !== text) wrong.push(['stream', text]);
    const room = below(bytes.length + 2);
    const target = new Uint8Array(room);
    const { read, written } = new TextEncoder().encodeInto(text, target);
    if (`${target.subarray(0, written)}` !== `${bytesOf(text.slice(0, read))}` || (read < text.length && room - written > 3)) wrong.push(['into', text]);
    const units = new Uint16Array(text.length).map((_, at) => text.charCodeAt(at));
    if (new TextDecoder('utf-16le').decode(units) !== text) wrong.push(['utf-16', text]);
  }
  const lone = new TextEncoder().encode('\ud800a\udc00');
  const all = Uint8Array.from({ length: 256 }, (_, at) => at);
  const latin1 = new TextDecoder('latin1').decode(all);
  return [wrong.slice(0, 3), [...lone], latin1.length, latin1[0x80], latin1[0xff], new TextDecoder('koi8-r').decode(all)[0xf0], new TextDecoder().decode(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))];
}
"#;
    assert_eq!(answer("app.js", code, &[]), r#"[[],[239,191,189,97,239,191,189],256,"€","ÿ","П","a"]"#);
}

#[test]
fn long_texts_are_searched_and_base64_is_read_a_block_at_a_time() {
    let code = r#"
function answer() {
  const wrong = [];
  for (let length = 0; length < 70; length++) {
    for (const filler of ['x', '\u20ac']) {
      const text = filler.repeat(length);
      for (const [what, at] of [['needle', length], ['n', length], [filler + 'n', length - 1]]) {
        const all = `${text}needle${text}`;
        if (length > 0 && (all.indexOf(what) !== at || !all.includes(what) || all.indexOf(what, at + 1) !== -1 || all.split(what).length !== 2)) wrong.push([length, what]);
      }
    }
    const bytes = Uint8Array.from({ length }, (_, at) => (at * 37 + length) & 255);
    for (const alphabet of ['base64', 'base64url']) {
      const text = bytes.toBase64({ alphabet });
      if (`${Uint8Array.fromBase64(text, { alphabet })}` !== `${bytes}`) wrong.push(text);
      // What is behind stays as it is.
      const target = new Uint8Array(length + 5).fill(7);
      const { written } = target.setFromBase64(text, { alphabet });
      if (written !== length || `${target.subarray(0, length)}` !== `${bytes}` || target.subarray(length).some((byte) => byte !== 7)) wrong.push(['set', text]);
    }
    const latin1 = String.fromCharCode(...bytes);
    if (atob(btoa(latin1)) !== latin1 || atob(`${btoa(latin1)}\n`) !== latin1) wrong.push(['atob', length]);
    try { atob(`${btoa('x'.repeat(3 * length))}*AAAAAAAAAAAAAAAAAAAA`); wrong.push(length); } catch {}
  }
  return [wrong.slice(0, 5), ''.indexOf(''), 'abc'.indexOf('', 9), 'abc'.includes('', 3), 'a'.includes('ab'), 'aab'.indexOf('ab'), 'abcabc'.lastIndexOf('b')];
}
"#;
    assert_eq!(answer("app.js", code, &[]), "[[],0,3,true,false,1,4]");
}

#[test]
fn a_body_is_one_text_whatever_it_came_in_and_needs_no_more_than_three_times_its_size() {
    let source = "import { BaseHTTPRequestHandler } from 'doverb';\nexport default class extends BaseHTTPRequestHandler {
  static protocol_version = 'HTTP/1.1';
  do_POST() {
    const text = this.query.get('json') ? JSON.stringify(this.rfile.json()) : this.rfile.text();
    const body = `${text.length} ${text.isWellFormed()} ${text.slice(0, 2)} ${text.slice(-1)}`;
    this.send_response(200); this.end_headers(); this.wfile.write(body); this.close_connection = true;
  }
}\n";
    let folder = folder(&[("app.js", source)]);
    // Three times 20 million, and 20 for the handler itself.
    let server = Server::start(
        &folder.path().join("app.js"),
        &["--no-watch", "--max-memory", "80M", "--max-body", "30M"],
    );
    let post = |path: &str, body: &[u8]| server.connect().post(path, body).text();
    let repeated = |text: &str| text.repeat(20_000_000 / text.len());
    for (text, units) in [("plain text ", 19_999_991), ("é€😀x", 10_000_000)] {
        let body = repeated(text);
        let length = body.encode_utf16().count();
        assert_eq!(length, units, "{text}");
        let begins: String = text.chars().take(2).collect();
        let ends: String = text.chars().next_back().into_iter().collect();
        assert_eq!(post("/", body.as_bytes()), format!("{length} true {begins} {ends}"));
    }
    assert_eq!(post("/", b"\xef\xbb\xbfabc"), "3 true ab c");
    assert_eq!(post("/", b"\xffabc\xc3"), "5 true \u{fffd}a \u{fffd}");
    assert_eq!(post("/", b""), "0 true  ");
    assert_eq!(post("/?json=1", b"\xef\xbb\xbf [1, 2.50]"), "7 true [1 ]");
    let pieces = "Transfer-Encoding: chunked\r\nConnection: close\r\n";
    let head = format!("POST / HTTP/1.1\r\nHost: h\r\n{pieces}\r\n");
    let chunks = b"2\r\n\xef\xbb\r\n3\r\n\xbfa\xf0\r\n1\r\n\x9f\r\n2\r\n\x98\x80\r\n0\r\n\r\n";
    let answer = server.connect().call([head.as_bytes(), chunks].concat()).text();
    assert_eq!(answer, "3 true a\u{fffd} \u{fffd}");
}

#[test]
fn what_finds_no_memory_is_an_error_that_can_be_caught() {
    let source = r#"import { BaseHTTPRequestHandler } from 'doverb';
const kinds = {
  encode: () => new TextEncoder().encode('\u20ac'.repeat(14e6)),
  latin1: () => Buffer.from('x'.repeat(40e6), 'latin1'),
  decode: () => new TextDecoder().decode(new Uint8Array(35e6).fill(0xff)),
  utf16: () => new TextDecoder('utf-16be').decode(new Uint8Array(36e6).fill(0x20)),
  base64: () => Uint8Array.fromBase64('A'.repeat(48e6)),
  stringify: () => JSON.stringify(['\u20ac'.repeat(14e6)]),
  parse: () => JSON.parse(`[${'[],'.repeat(9e6)}0]`),
  parseEscaped: () => JSON.parse(`"\\u20ac${'x'.repeat(25e6)}"`),
};
export default class extends BaseHTTPRequestHandler {
  static protocol_version = 'HTTP/1.1';
  do_GET() {
    const kind = this.query.get('kind');
    let said = Object.keys(kinds).join();
    try { if (kind) said = kinds[kind]().length; } catch (error) { said = error.message; }
    this.send_response(200); this.end_headers(); this.wfile.write(String(said));
  }
}
"#;
    let folder = folder(&[("app.js", source)]);
    let server = Server::start(
        &folder.path().join("app.js"),
        &["--no-watch", "--max-memory", "64M", "--cpu-time", "60s"],
    );
    let mut client = server.connect().with_patience(LATER);
    let kinds = client.get("/").text();
    assert_eq!(kinds.split(',').count(), 8, "{kinds}");
    for kind in kinds.split(',') {
        assert_eq!(client.get(&format!("/?kind={kind}")).text(), "out of memory", "{kind}");
    }
}
