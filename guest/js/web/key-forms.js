// Keys of two halves, and the forms in which they are written: SPKI, PKCS #8, PKCS #1, SEC 1, JWK, and within a certificate.
//
// Such a key is { kind: 'rsa', n, e } or { kind: 'ec', curve, point } or { kind: 'ed25519', point }, and a private one has d and its primes,
// or a secret. Whatever is wrong with one that is read is an Error.

import { CURVES, curve, curveOf, ed25519, oidOf, sizeOf } from './curves.js';
import {
  NULL, OCTETS, OID, SEQUENCE, bits, content, integer, number, octets, parts, sequence, tagged, written, writtenBits, writtenInteger,
} from './der.js';
import { bytesToHex as hex, hexToBytes as unhex } from '../vendor/noble-curves/utils.js';

const OF_RSA = '2a864886f70d010101';
const OF_EC = '2a8648ce3d0201';
const OF_ED25519 = '2b6570';
const LEAST_BITS = 1024;
/** The time of a verification grows with the square of it. */
const MOST_BITS = 8192;
const MOST_OF_EXPONENT = 1n << 33n;
const URL_SAFE = { alphabet: 'base64url', omitPadding: true };
/** What a part of a JWK has at most: a number of so many bits, in base64. */
const MOST_OF_TEXT = Math.ceil(MOST_BITS / 6) + 1;
const JWK_OF_RSA = ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'];

function fail(what) {
  throw new Error(what);
}

const version = (value) => writtenInteger(BigInt(value));

export const isPrivate = (key) => key.d !== undefined || key.secret !== undefined;

/** The half that may be shown. */
export function publicHalf(key) {
  if (key.kind === 'rsa') return { kind: 'rsa', n: key.n, e: key.e };
  const { kind, point } = key;
  return kind === 'ec' ? { kind, curve: key.curve, point } : { kind, point };
}

export function isSame(one, other) {
  const form = isPrivate(one) ? pkcs8 : spki;
  return isPrivate(one) === isPrivate(other) && hex(form(one)) === hex(form(other));
}

function rsa(numbers) {
  const { n, e, d, p, q } = numbers;
  const size = n.toString(2).length;
  if (size < LEAST_BITS || size > MOST_BITS) fail(`a key of RSA has ${LEAST_BITS} to ${MOST_BITS} bits here`);
  if (e < 3n || e >= MOST_OF_EXPONENT || e % 2n === 0n || n % 2n === 0n) fail('the numbers are not those of a key of RSA');
  if (d === undefined) return { kind: 'rsa', n, e };
  if (p === undefined || q === undefined) fail('a private key of RSA has its primes here');
  if (p < 3n || q < 3n || p * q !== n || d >= n || d < 1n || numbers.qi >= n) fail('the numbers are not those of a key of RSA');
  return { kind: 'rsa', n, e, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: numbers.qi };
}

/** A key on a curve, whose point may have to be found. */
function ec(name, secret, point) {
  if (!CURVES.includes(name)) fail('the curve is not there: P-256, P-384 and P-521 are');
  const { Point, utils, getPublicKey } = curve(name);
  // What is written as it is or in short is given as it is.
  const given = point && Point.fromBytes(Uint8Array.from(point)).toBytes(false);
  if (!secret) return { kind: 'ec', curve: name, point: given };
  const own = Uint8Array.from(secret);
  if (!utils.isValidSecretKey(own)) fail('the secret is none of this curve');
  let found = given;
  return {
    kind: 'ec', curve: name, secret: own,
    get point() {
      return (found ??= getPublicKey(own, false));
    },
  };
}

function ed(secret, point) {
  if ((secret ?? point).length !== 32 || (point && point.length !== 32)) fail('a key of Ed25519 has 32 bytes');
  if (!secret) {
    const given = Uint8Array.from(point);
    ed25519.Point.fromBytes(given);
    return { kind: 'ed25519', point: given };
  }
  const own = Uint8Array.from(secret);
  let found;
  return {
    kind: 'ed25519', secret: own,
    get point() {
      return (found ??= ed25519.getPublicKey(own));
    },
  };
}

/** A public key that is its point alone. */
export const fromRaw = (kind, name, point) => (kind === 'ec' ? ec(name, undefined, point) : ed(undefined, point));

/** A new key. */
export function generated(kind, name) {
  return kind === 'ec' ? ec(name, curve(name).utils.randomSecretKey()) : ed(ed25519.utils.randomSecretKey());
}

/** What the identifier of an algorithm says: its own, and that of a curve. */
function algorithm(part) {
  const [called, parameters, ...more] = sequence(part.whole);
  if (more.length > 0) fail('the algorithm of the key is not there');
  const name = hex(content(called, OID));
  if (name !== OF_EC) return { name };
  return { name, curve: curveOf(hex(content(parameters, OID))) };
}

const unknown = () => fail('keys are of RSA, ECDSA and Ed25519 here');

export function fromSpki(bytes) {
  const [called, key, ...more] = sequence(bytes);
  if (!called || more.length > 0) unknown();
  const { name, curve: named } = algorithm(called);
  if (name === OF_RSA) return fromPkcs1Public(bits(key));
  if (name === OF_EC) return ec(named, undefined, bits(key));
  return name === OF_ED25519 ? ed(undefined, bits(key)) : unknown();
}

export function fromPkcs8(bytes) {
  const [number, called, key] = sequence(bytes);
  if (!called || integer(number) > 1n) unknown();
  const { name, curve: named } = algorithm(called);
  const inner = content(key, OCTETS);
  if (name === OF_RSA) return fromPkcs1(inner);
  if (name === OF_EC) return fromSec1(inner, named);
  return name === OF_ED25519 ? ed(content(parts(inner)[0], OCTETS)) : unknown();
}

export function fromPkcs1Public(bytes) {
  const [n, e, ...more] = sequence(bytes);
  return more.length === 0 ? rsa({ n: integer(n), e: integer(e) }) : unknown();
}

export function fromPkcs1(bytes) {
  const [first, n, e, d, p, q, , , qi, ...more] = sequence(bytes);
  if (integer(first) !== 0n || more.length > 0) unknown();
  return rsa({ n: integer(n), e: integer(e), d: integer(d), p: integer(p), q: integer(q), qi: integer(qi) });
}

export function fromSec1(bytes, named) {
  const [first, secret, ...more] = sequence(bytes);
  if (integer(first) !== 1n) unknown();
  const inner = (at) => more.find(({ tag }) => tag === tagged(at))?.content;
  const [parameters, point] = [inner(0), inner(1)];
  const name = named ?? (parameters && curveOf(hex(content(parts(parameters)[0], OID))));
  return ec(name, content(secret, OCTETS), point && bits(parts(point)[0]));
}

/** The key that a certificate speaks for. */
export function fromCertificate(bytes) {
  const [signed] = sequence(bytes);
  const fields = sequence(signed.whole).filter(({ tag }) => tag !== tagged(0));
  return fromSpki(fields[5]?.whole ?? fail('it is no certificate'));
}

export function fromJwk(jwk) {
  const part = (name) => {
    const text = jwk[name];
    if (text === undefined) return undefined;
    if (typeof text !== 'string' || text.length > MOST_OF_TEXT) fail(`"${name}" of the JWK is no text of a key`);
    return Uint8Array.fromBase64(text, URL_SAFE);
  };
  if (jwk.kty === 'RSA') {
    const numbers = JWK_OF_RSA.map((name) => [name, part(name)]).filter(([, bytes]) => bytes);
    if (numbers.length !== 2 && numbers.length !== JWK_OF_RSA.length) fail('the JWK lacks numbers of its key');
    return rsa(Object.fromEntries(numbers.map(([name, bytes]) => [name, number(bytes)])));
  }
  if (jwk.kty === 'EC' && CURVES.includes(jwk.crv)) {
    const [x, y, d] = [part('x'), part('y'), part('d')];
    const size = sizeOf(jwk.crv);
    if (x?.length !== size || y?.length !== size || (d && d.length !== size)) fail('the JWK lacks numbers of its key');
    return ec(jwk.crv, d, Uint8Array.of(4, ...x, ...y));
  }
  if (jwk.kty === 'OKP' && jwk.crv === 'Ed25519') return ed(part('d'), part('x') ?? fail('the JWK lacks numbers of its key'));
  return unknown();
}

const identified = (name, parameters) => written(SEQUENCE, written(OID, unhex(name)), parameters);
const nothing = new Uint8Array(0);
const identifier = (key) => {
  if (key.kind === 'rsa') return identified(OF_RSA, written(NULL));
  return key.kind === 'ec' ? identified(OF_EC, written(OID, unhex(oidOf(key.curve)))) : identified(OF_ED25519, nothing);
};

export const pkcs1Public = ({ n, e }) => written(SEQUENCE, writtenInteger(n), writtenInteger(e));
export const pkcs1 = ({ n, e, d, p, q, dp, dq, qi }) => written(SEQUENCE, version(0), ...[n, e, d, p, q, dp, dq, qi].map(writtenInteger));

/** An EC key by itself, or within PKCS #8, where the curve has been said. */
export function sec1({ curve: name, secret, point }, isWithin = false) {
  const parameters = isWithin ? nothing : written(tagged(0), written(OID, unhex(oidOf(name))));
  return written(SEQUENCE, version(1), written(OCTETS, secret), parameters, written(tagged(1), writtenBits(point)));
}

export function spki(key) {
  return written(SEQUENCE, identifier(key), writtenBits(key.kind === 'rsa' ? pkcs1Public(key) : key.point));
}

export function pkcs8(key) {
  const inner = { rsa: pkcs1, ec: (given) => sec1(given, true), ed25519: ({ secret }) => written(OCTETS, secret) }[key.kind](key);
  return written(SEQUENCE, version(0), identifier(key), written(OCTETS, inner));
}

export function jwk(key) {
  const text = (bytes) => bytes.toBase64(URL_SAFE);
  if (key.kind === 'rsa') {
    const numbers = JWK_OF_RSA.filter((name) => key[name] !== undefined);
    return { kty: 'RSA', ...Object.fromEntries(numbers.map((name) => [name, text(octets(key[name]))])) };
  }
  const d = key.secret ? { d: text(key.secret) } : {};
  if (key.kind === 'ed25519') return { crv: 'Ed25519', ...d, x: text(key.point), kty: 'OKP' };
  const size = sizeOf(key.curve);
  return { kty: 'EC', x: text(key.point.subarray(1, 1 + size)), y: text(key.point.subarray(1 + size)), crv: key.curve, ...d };
}
