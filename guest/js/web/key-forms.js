// Keys of two halves, and the forms in which they are written: SPKI, PKCS #8, PKCS #1, SEC 1, JWK, and within a certificate.
//
// Such a key is { kind: 'rsa', n, e } or { kind: 'ec', curve, point } or { kind: 'ed25519', point } or the same of 'x25519', and a private one
// has d and its primes, or a secret. Whatever is wrong with one that is read is an Error.

import { CURVES, curve, curveOf, ed25519, oidOf, sizeOf, x25519 } from './curves.js';
import {
  NULL, OCTETS, OID, SEQUENCE, bits, content, integer, number, octets, parts, sequence, tagged, written, writtenBits, writtenInteger,
} from './der.js';
import { bytesToHex as hex, hexToBytes as unhex } from '../vendor/noble-curves/utils.js';

const OF_RSA = '2a864886f70d010101';
const OF_EC = '2a8648ce3d0201';
/** Keys that are 32 bytes, by their kinds: how they are called in DER and in a JWK, what computes with them, and what a point must be. */
const OKP = {
  ed25519: { oid: '2b6570', name: 'Ed25519', by: ed25519, check: (point) => ed25519.Point.fromBytes(point) },
  // Each 32 bytes are a point of X25519's; the few that agree on nothing are refused when something is to be agreed on.
  x25519: { oid: '2b656e', name: 'X25519', by: x25519, check: () => {} },
};
const OKP_BYTES = 32;
/** Keys that are known by name alone. */
const ABSENT = {
  '2b656f': 'X448', '2b6571': 'Ed448', '2a864886f70d01010a': 'RSA-PSS', '2a864886f70d010301': 'Diffie and Hellman', '2a8648ce380401': 'DSA',
  '2b8104000a': 'secp256k1',
};
export const LEAST_BITS = 1024;
/** The time of a verification grows with the square of it. */
const MOST_BITS = 8192;
export const MOST_OF_EXPONENT = 1n << 33n;
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

/** A key of RSA, of its numbers. */
export function rsa(numbers) {
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
  if (!CURVES.includes(name)) unknown(name);
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

function okp(kind, secret, point) {
  const { name, by, check } = OKP[kind];
  if ((secret ?? point).length !== OKP_BYTES || (point && point.length !== OKP_BYTES)) fail(`a key of ${name} has ${OKP_BYTES} bytes`);
  if (!secret) {
    const given = Uint8Array.from(point);
    check(given);
    return { kind, point: given };
  }
  const own = Uint8Array.from(secret);
  let found;
  return {
    kind, secret: own,
    get point() {
      return (found ??= by.getPublicKey(own));
    },
  };
}

/** A public key that is its point alone. */
export const fromRaw = (kind, name, point) => (kind === 'ec' ? ec(name, undefined, point) : okp(kind, undefined, point));

/** A private key that is a number of a curve's, or 32 bytes. */
export const fromSecret = (kind, name, secret) => (kind === 'ec' ? ec(name, secret) : okp(kind, secret));

/** A new key. */
export function generated(kind, name) {
  if (kind === 'ec' && !CURVES.includes(name)) unknown(name);
  return fromSecret(kind, name, (kind === 'ec' ? curve(name) : OKP[kind].by).utils.randomSecretKey());
}

/** What the identifier of an algorithm says: its own, and that of a curve. */
function algorithm(part) {
  const [called, parameters, ...more] = sequence(part.whole);
  if (more.length > 0) fail('the algorithm of the key is not there');
  const name = hex(content(called, OID));
  return name === OF_EC ? { name, curve: curveNamed(content(parameters, OID)) } : { name };
}

function curveNamed(oid) {
  return curveOf(hex(oid)) ?? unknown(ABSENT[hex(oid)]);
}

const THERE = 'keys are of RSA, P-256, P-384, P-521, Ed25519 and X25519 here';
const unknown = (name) => fail(name ? `${name} is not there: ${THERE}` : THERE);
const okpOf = (part, called) => Object.keys(OKP).find((kind) => OKP[kind][part] === called);

export function fromSpki(bytes) {
  const [called, key, ...more] = sequence(bytes);
  if (!called || more.length > 0) unknown();
  const { name, curve: named } = algorithm(called);
  if (name === OF_RSA) return fromPkcs1Public(bits(key));
  if (name === OF_EC) return ec(named, undefined, bits(key));
  const kind = okpOf('oid', name);
  return kind ? okp(kind, undefined, bits(key)) : unknown(ABSENT[name]);
}

export function fromPkcs8(bytes) {
  const [number, called, key] = sequence(bytes);
  if (!called || integer(number) > 1n) unknown();
  const { name, curve: named } = algorithm(called);
  const inner = content(key, OCTETS);
  if (name === OF_RSA) return fromPkcs1(inner);
  if (name === OF_EC) return fromEither(inner, named);
  const kind = okpOf('oid', name);
  return kind ? okp(kind, content(parts(inner)[0], OCTETS)) : unknown(ABSENT[name]);
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

/** An EC key by itself, or within PKCS #8, where the curve has been said. */
function fromEither(bytes, named) {
  const [first, secret, ...more] = sequence(bytes);
  if (integer(first) !== 1n) unknown();
  const inner = (at) => more.find(({ tag }) => tag === tagged(at))?.content;
  const [parameters, point] = [inner(0), inner(1)];
  const name = named ?? (parameters && curveNamed(content(parts(parameters)[0], OID)));
  return ec(name, content(secret, OCTETS), point && bits(parts(point)[0]));
}

export const fromSec1 = (bytes) => fromEither(bytes);

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
  const kind = jwk.kty === 'OKP' && okpOf('name', jwk.crv);
  if (kind) return okp(kind, part('d'), part('x') ?? fail('the JWK lacks numbers of its key'));
  return unknown(Object.values(ABSENT).find((name) => name === jwk.crv));
}

const identified = (name, parameters) => written(SEQUENCE, written(OID, unhex(name)), parameters);
const nothing = new Uint8Array(0);
const identifier = (key) => {
  if (key.kind === 'rsa') return identified(OF_RSA, written(NULL));
  return key.kind === 'ec' ? identified(OF_EC, written(OID, unhex(oidOf(key.curve)))) : identified(OKP[key.kind].oid, nothing);
};

export const pkcs1Public = ({ n, e }) => written(SEQUENCE, writtenInteger(n), writtenInteger(e));
export const pkcs1 = ({ n, e, d, p, q, dp, dq, qi }) => written(SEQUENCE, version(0), ...[n, e, d, p, q, dp, dq, qi].map(writtenInteger));

/** The same, written. */
export function sec1({ curve: name, secret, point }, isWithin = false) {
  const parameters = isWithin ? nothing : written(tagged(0), written(OID, unhex(oidOf(name))));
  return written(SEQUENCE, version(1), written(OCTETS, secret), parameters, written(tagged(1), writtenBits(point)));
}

export function spki(key) {
  return written(SEQUENCE, identifier(key), writtenBits(key.kind === 'rsa' ? pkcs1Public(key) : key.point));
}

export function pkcs8(key) {
  const writers = { rsa: pkcs1, ec: (given) => sec1(given, true) };
  const inner = Object.hasOwn(writers, key.kind) ? writers[key.kind](key) : written(OCTETS, key.secret);
  return written(SEQUENCE, version(0), identifier(key), written(OCTETS, inner));
}

export function jwk(key) {
  const text = (bytes) => bytes.toBase64(URL_SAFE);
  if (key.kind === 'rsa') {
    const numbers = JWK_OF_RSA.filter((name) => key[name] !== undefined);
    return { kty: 'RSA', ...Object.fromEntries(numbers.map((name) => [name, text(octets(key[name]))])) };
  }
  const d = key.secret ? { d: text(key.secret) } : {};
  if (key.kind !== 'ec') return { crv: OKP[key.kind].name, ...d, x: text(key.point), kty: 'OKP' };
  const size = sizeOf(key.curve);
  return { kty: 'EC', x: text(key.point.subarray(1, 1 + size)), y: text(key.point.subarray(1 + size)), crv: key.curve, ...d };
}
