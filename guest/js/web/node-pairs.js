// Keys of two halves in Node's crypto, and their signatures: in a component only if its code names what needs them.

import { curveOf, nodeNameOf } from './curves.js';
import { hash } from './hashes.js';
import {
  fromCertificate, fromJwk, fromPkcs1, fromPkcs1Public, fromPkcs8, fromSec1, fromSpki, generated, isPrivate, isSame, jwk, pkcs1, pkcs1Public,
  pkcs8, publicHalf, sec1, spki,
} from './key-forms.js';
import { ANY_SALT, isSigned, signed } from './signatures.js';
import { Buffer } from '../node/buffer.js';
import { KeyObject, bytes, constants, encoded, pairs } from '../node/crypto.js';
import stream from '../node/stream.js';

/** What is read of a text, in characters. */
const MOST = 256 * 1024;
const PEM = /-----BEGIN ([A-Z0-9 ]{1,40})-----([^-]*)-----END \1-----/;
const OF_LABELS = {
  'PRIVATE KEY': fromPkcs8, 'RSA PRIVATE KEY': fromPkcs1, 'EC PRIVATE KEY': fromSec1,
  'PUBLIC KEY': fromSpki, 'RSA PUBLIC KEY': fromPkcs1Public, CERTIFICATE: fromCertificate,
};
/** Kinds of keys that are not encoded in PEM: of private ones, and of public ones. */
const OF_TYPES = [{ pkcs8: fromPkcs8, pkcs1: fromPkcs1, sec1: fromSec1 }, { spki: fromSpki, pkcs1: fromPkcs1Public }];
const WRITERS = [
  { pkcs8: [pkcs8, 'PRIVATE KEY'], pkcs1: [pkcs1, 'RSA PRIVATE KEY', 'rsa'], sec1: [sec1, 'EC PRIVATE KEY', 'ec'] },
  { spki: [spki, 'PUBLIC KEY'], pkcs1: [pkcs1Public, 'RSA PUBLIC KEY', 'rsa'] },
];
const LINE = /.{1,64}/g;

function fail(message, code = 'ERR_OSSL_UNSUPPORTED', Kind = Error) {
  throw Object.assign(new Kind(message), { code });
}

class PairKey extends KeyObject {
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
    if (options.cipher || options.passphrase) fail('keys are not encrypted here', 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM');
    const [write, label, kind = key.kind] = WRITERS[this.type === 'private' ? 0 : 1][options.type] ?? [];
    if (!write || kind !== key.kind) fail(`The property 'options.type' is invalid: ${options.type}`, 'ERR_INVALID_ARG_VALUE', TypeError);
    const made = Buffer.from(write(key));
    return options.format === 'der' ? made : `-----BEGIN ${label}-----\n${made.toString('base64').match(LINE).join('\n')}\n-----END ${label}-----\n`;
  }

  equals(other) {
    return other instanceof PairKey && isSame(held.get(this), held.get(other));
  }
}

const held = new WeakMap();

/** The key that is given in one of Node's ways. */
function read(given, isForPrivate) {
  if (given instanceof PairKey) return held.get(given);
  if (given instanceof KeyObject) fail('Invalid key object type secret, expected one of two halves', 'ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE', TypeError);
  const isText = typeof given === 'string' || ArrayBuffer.isView(given) || given instanceof ArrayBuffer;
  const { key, format = 'pem', type, encoding } = isText ? { key: given } : (given ?? {});
  if (key instanceof KeyObject) return read(key, isForPrivate);
  if (format === 'jwk') return told(() => fromJwk(key));
  if (key === undefined || key === null || (typeof key === 'object' && !ArrayBuffer.isView(key) && !(key instanceof ArrayBuffer))) bytes(key);
  if (key.length > MOST) fail('the key is too long');
  if (format === 'der') {
    const reader = OF_TYPES[isForPrivate ? 0 : 1][type] ?? (isForPrivate ? undefined : OF_TYPES[0][type]);
    return reader ? told(() => reader(bytes(key, encoding))) : fail(`The property 'key.type' is invalid: ${type}`, 'ERR_INVALID_ARG_VALUE', TypeError);
  }
  const [, label, text] = PEM.exec(Buffer.from(bytes(key, encoding)).toString('latin1')) ?? fail('the key is not written in PEM');
  if (label.startsWith('ENCRYPTED') || text.includes('ENCRYPTED')) fail('the key is encrypted, which is not there: write it without a passphrase');
  if (!Object.hasOwn(OF_LABELS, label)) fail(`a key is no ${label}`);
  return told(() => OF_LABELS[label](Buffer.from(text, 'base64')));
}

function told(work) {
  try {
    return work();
  } catch (error) {
    fail(`the key cannot be read: ${error.message}`);
  }
}

const privateKey = (given) => {
  const key = read(given, true);
  return isPrivate(key) ? key : fail('the key is not a private one');
};
const publicKey = (given) => publicHalf(read(given, false));

function hashOf(name) {
  const found = hash(String(name ?? 'sha256').replace(/withrsaencryption$/i, ''));
  return found ?? fail('Invalid digest', 'ERR_CRYPTO_INVALID_DIGEST', TypeError);
}

/** How it is to be signed: as the options say that may be beside the key. */
function way(algorithm, key, { padding = constants.RSA_PKCS1_PADDING, saltLength, dsaEncoding = 'der' } = {}) {
  if (key.kind === 'ed25519') return algorithm ? fail('invalid digest', 'ERR_OSSL_INVALID_DIGEST') : {};
  const found = hashOf(algorithm);
  if (key.kind === 'ec') return { hash: found, isDer: dsaEncoding === 'der' };
  if (padding === constants.RSA_PKCS1_PADDING) return { hash: found };
  if (padding !== constants.RSA_PKCS1_PSS_PADDING) fail('illegal or unsupported padding mode', 'ERR_OSSL_RSA_ILLEGAL_OR_UNSUPPORTED_PADDING_MODE');
  if (saltLength === constants.RSA_PSS_SALTLEN_DIGEST) return { hash: found, salt: found.outputLen };
  return { hash: found, salt: saltLength >= 0 ? saltLength : ANY_SALT };
}

const options = (given) => (given instanceof KeyObject || ArrayBuffer.isView(given) || typeof given !== 'object' ? {} : given);

function sign(algorithm, data, given, callback) {
  const key = privateKey(given);
  return answered(callback, () => Buffer.from(signed(key, way(algorithm, key, options(given)), Uint8Array.from(bytes(data)))));
}

function verify(algorithm, data, given, signature, callback) {
  const key = publicKey(given);
  return answered(callback, () => isSigned(key, way(algorithm, key, options(given)), Uint8Array.from(bytes(signature)), Uint8Array.from(bytes(data))));
}

function answered(callback, work) {
  if (!callback) return work();
  let made;
  try {
    made = [null, work()];
  } catch (error) {
    made = [error];
  }
  queueMicrotask(() => callback(...made));
}

/** Signs, or checks, what is written to it. */
class Written extends stream.Writable {
  #parts = [];
  #name;

  constructor(name, ...rest) {
    super(...rest);
    hashOf(name);
    this.#name = name;
  }

  update(data, encoding) {
    this.#parts.push(Buffer.from(bytes(data, encoding)));
    return this;
  }

  _write(chunk, encoding, done) {
    this.update(chunk, encoding);
    done();
  }

  all() {
    return [this.#name, Buffer.concat(this.#parts)];
  }
}

class Sign extends Written {
  sign(key, encoding) {
    const [name, data] = this.all();
    return encoded(sign(name, data, key), encoding);
  }
}

class Verify extends Written {
  verify(key, signature, encoding) {
    const [name, data] = this.all();
    return verify(name, data, key, bytes(signature, encoding));
  }
}

function generateKeyPairSync(type, { namedCurve, publicKeyEncoding, privateKeyEncoding } = {}) {
  if (type !== 'ec' && type !== 'ed25519') fail(`making keys of the type ${type} is not there: those of ec and ed25519 are`, 'ERR_INVALID_ARG_VALUE', TypeError);
  const name = curveOf(namedCurve);
  if (type === 'ec' && !name) fail('Invalid EC curve name', 'ERR_CRYPTO_INVALID_CURVE', TypeError);
  const key = generated(type, name);
  const given = (made, encoding) => (encoding ? made.export(encoding) : made);
  return { publicKey: given(new PairKey(publicHalf(key)), publicKeyEncoding), privateKey: given(new PairKey(key), privateKeyEncoding) };
}

function generateKeyPair(type, given, callback) {
  answered((error, made) => (error ? callback(error) : callback(null, made.publicKey, made.privateKey)), () => generateKeyPairSync(type, given));
}

Object.assign(pairs, {
  createPrivateKey: (given) => new PairKey(privateKey(given)),
  createPublicKey: (given) => new PairKey(publicKey(given)),
  createSign: (...args) => new Sign(...args),
  createVerify: (...args) => new Verify(...args),
  generateKeyPair, generateKeyPairSync, sign, verify,
});
