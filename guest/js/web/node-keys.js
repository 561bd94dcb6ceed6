// Keys of two halves in Node's crypto: how they are read and written. In a component only if its code names what needs them.

import { curveOf, nodeNameOf } from './curves.js';
import {
  fromCertificate, fromJwk, fromPkcs1, fromPkcs1Public, fromPkcs8, fromSec1, fromSpki, isPrivate, isSame, jwk, pkcs1, pkcs1Public, pkcs8,
  publicHalf, sec1, spki,
} from './key-forms.js';
import { SEQUENCE, sequence } from './der.js';
import { Buffer } from '../node/buffer.js';
import { KeyObject, bytes } from '../node/crypto.js';

/** What opens and seals keys with a passphrase, if the code speaks of one. */
export const sealing = {};

/** What is read of a text, in characters. */
const MOST = 256 * 1024;
/** The old way to encrypt a key says how in lines before it. */
const PEM = /-----BEGIN ([A-Z0-9 ]{1,40})-----\s{0,4}((?:[A-Za-z-]{1,32}: [^\r\n]{0,256}\r?\n){0,8})([^-]*)-----END \1-----/;
const SEALED = 'ENCRYPTED PRIVATE KEY';
const OF_LABELS = {
  [SEALED]: opened, 'PRIVATE KEY': fromPkcs8, 'RSA PRIVATE KEY': fromPkcs1, 'EC PRIVATE KEY': fromSec1,
  'PUBLIC KEY': fromSpki, 'RSA PUBLIC KEY': fromPkcs1Public, CERTIFICATE: fromCertificate,
};
/** Kinds of keys that are not encoded in PEM: of private ones, and of public ones. */
const OF_TYPES = [{ pkcs8: opened, pkcs1: fromPkcs1, sec1: fromSec1 }, { spki: fromSpki, pkcs1: fromPkcs1Public }];
const WRITERS = [
  { pkcs8: [pkcs8, 'PRIVATE KEY'], pkcs1: [pkcs1, 'RSA PRIVATE KEY', 'rsa'], sec1: [sec1, 'EC PRIVATE KEY', 'ec'] },
  { spki: [spki, 'PUBLIC KEY'], pkcs1: [pkcs1Public, 'RSA PUBLIC KEY', 'rsa'] },
];
const LINE = /.{1,64}/g;

const pem = (label, der) => `-----BEGIN ${label}-----\n${Buffer.from(der).toString('base64').match(LINE).join('\n')}\n-----END ${label}-----\n`;

export function fail(message, code = 'ERR_OSSL_UNSUPPORTED', Kind = Error) {
  throw Object.assign(new Kind(message), { code });
}

/** The curve that Node calls so. */
export const named = (called) => curveOf(called) ?? fail(`Invalid EC curve name: ${String(called)} is not there, P-256, P-384 and P-521 are`, 'ERR_CRYPTO_INVALID_CURVE', TypeError);

export class PairKey extends KeyObject {
  constructor(key) {
    super(isPrivate(key) ? 'private' : 'public', key);
    held.set(this, key);
  }

  get asymmetricKeyType() {
    return held.get(this).kind;
  }

  get asymmetricKeyDetails() {
    const { kind, n, e, curve } = held.get(this);
    if (kind === 'rsa') return { modulusLength: n.toString(2).length, publicExponent: e };
    return kind === 'ec' ? { namedCurve: nodeNameOf(curve) } : {};
  }

  get symmetricKeySize() {
    return undefined;
  }

  export(options = {}) {
    const key = held.get(this);
    if (options.format === 'jwk') return jwk(key);
    const [write, label, kind = key.kind] = WRITERS[this.type === 'private' ? 0 : 1][options.type] ?? [];
    if (!write || kind !== key.kind) fail(`The property 'options.type' is invalid: ${options.type}`, 'ERR_INVALID_ARG_VALUE', TypeError);
    const isSealed = (options.cipher ?? options.passphrase ?? undefined) !== undefined;
    if (isSealed && write !== pkcs8) fail('keys are written with a passphrase as pkcs8 alone', 'ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS');
    const made = isSealed ? withSealing().sealed(write(key), options.cipher, secretOf(options)) : write(key);
    return options.format === 'der' ? Buffer.from(made) : pem(isSealed ? SEALED : label, made);
  }

  equals(other) {
    return other instanceof PairKey && isSame(held.get(this), held.get(other));
  }
}

const held = new WeakMap();

/** What a key holds. */
export const heldBy = (key) => held.get(key);

/** What keys are opened and sealed by, which is in a component whose code says `passphrase`. */
const withSealing = () => (sealing.opened ? sealing : fail('keys with a passphrase are read by code that names it: give { key, passphrase }'));

function secretOf({ passphrase, encoding }) {
  if (passphrase === undefined || passphrase === null) fail('Passphrase required for encrypted key', 'ERR_MISSING_PASSPHRASE', TypeError);
  return Uint8Array.from(bytes(passphrase, encoding));
}

/** PKCS #8 in DER, with a passphrase or without: what is sealed begins with how, and not with a number. */
function opened(der, given) {
  const isSealed = der[0] === SEQUENCE && sequence(der)[0]?.tag === SEQUENCE;
  return fromPkcs8(isSealed ? withSealing().opened(der, secretOf(given)) : der);
}

/** Whether a key is given by itself, and not with options beside it. */
const isAlone = (given) => typeof given === 'string' || given instanceof KeyObject || ArrayBuffer.isView(given) || given instanceof ArrayBuffer;

/** The options that may be beside a key. */
export const optionsOf = (given) => (isAlone(given) ? {} : given);

/** The key that is given in one of Node's ways. */
function read(given, isForPrivate) {
  if (given instanceof PairKey) return held.get(given);
  if (given instanceof KeyObject) fail('Invalid key object type secret, expected one of two halves', 'ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE', TypeError);
  const { key, format = 'pem', type, encoding } = isAlone(given) ? { key: given } : (given ?? {});
  if (key instanceof KeyObject) return read(key, isForPrivate);
  if (format === 'jwk') return told(() => fromJwk(key));
  if (key === undefined || key === null || (typeof key === 'object' && !ArrayBuffer.isView(key) && !(key instanceof ArrayBuffer))) bytes(key);
  if (key.length > MOST) fail('the key is too long');
  if (format === 'der') {
    const reader = OF_TYPES[isForPrivate ? 0 : 1][type] ?? (isForPrivate ? undefined : OF_TYPES[0][type]);
    return reader ? told(() => reader(bytes(key, encoding), given)) : fail(`The property 'key.type' is invalid: ${type}`, 'ERR_INVALID_ARG_VALUE', TypeError);
  }
  const [, label, lines, text] = PEM.exec(Buffer.from(bytes(key, encoding)).toString('latin1')) ?? fail('the key is not written in PEM');
  if (!Object.hasOwn(OF_LABELS, label)) fail(`a key is no ${label}`);
  const der = Buffer.from(text, 'base64');
  return told(() => OF_LABELS[label](lines.includes('ENCRYPTED') ? withSealing().openedInLines(lines, der, secretOf(given)) : der, given));
}

function told(work) {
  try {
    return work();
  } catch (error) {
    throw error.code ? error : Object.assign(new Error(`the key cannot be read: ${error.message}`), { code: 'ERR_OSSL_UNSUPPORTED' });
  }
}

export const privateKey = (given) => {
  const key = read(given, true);
  return isPrivate(key) ? key : fail('the key is not a private one');
};
export const publicKey = (given) => publicHalf(read(given, false));
