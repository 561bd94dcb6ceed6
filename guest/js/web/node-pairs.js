// Signatures with keys of two halves in Node's crypto, and such keys that are new: in a component only if its code names what needs them.

import { hash } from './hashes.js';
import { generated, publicHalf } from './key-forms.js';
import { PairKey, fail, named, optionsOf, privateKey, publicKey } from './node-keys.js';
import { generatedRsa } from './rsa-keys.js';
import { ANY_SALT, isSigned, signed } from './signatures.js';
import { Buffer } from '../node/buffer.js';
import { bytes, constants, encoded, pairs } from '../node/crypto.js';
import stream from '../node/stream.js';

function hashOf(name) {
  const found = hash(String(name ?? 'sha256').replace(/withrsaencryption$/i, ''));
  return found ?? fail('Invalid digest', 'ERR_CRYPTO_INVALID_DIGEST', TypeError);
}

/** How it is to be signed: as the options say that may be beside the key. */
function way(algorithm, key, { padding = constants.RSA_PKCS1_PADDING, saltLength, dsaEncoding = 'der' } = {}) {
  if (key.kind === 'ed25519') return algorithm ? fail('invalid digest', 'ERR_OSSL_INVALID_DIGEST') : {};
  if (key.kind === 'x25519') fail('operation not supported for this keytype', 'ERR_OSSL_EVP_OPERATION_NOT_SUPPORTED_FOR_THIS_KEYTYPE');
  const found = hashOf(algorithm);
  if (key.kind === 'ec') return { hash: found, isDer: dsaEncoding === 'der' };
  if (padding === constants.RSA_PKCS1_PADDING) return { hash: found };
  if (padding !== constants.RSA_PKCS1_PSS_PADDING) fail('illegal or unsupported padding mode', 'ERR_OSSL_RSA_ILLEGAL_OR_UNSUPPORTED_PADDING_MODE');
  if (saltLength === constants.RSA_PSS_SALTLEN_DIGEST) return { hash: found, salt: found.outputLen };
  return { hash: found, salt: saltLength >= 0 ? saltLength : ANY_SALT };
}

function sign(algorithm, data, given, callback) {
  const key = privateKey(given);
  return answered(callback, () => Buffer.from(signed(key, way(algorithm, key, optionsOf(given)), Uint8Array.from(bytes(data)))));
}

function verify(algorithm, data, given, signature, callback) {
  const key = publicKey(given);
  return answered(callback, () => isSigned(key, way(algorithm, key, optionsOf(given)), Uint8Array.from(bytes(signature)), Uint8Array.from(bytes(data))));
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

const exponentOf = (given = 65537) => BigInt(Number.isSafeInteger(given) ? given : -1);

function onCurve(type, called) {
  if (!['ec', 'ed25519', 'x25519'].includes(type)) {
    fail(`making keys of the type ${String(type)} is not there: those of rsa, ec, ed25519 and x25519 are`, 'ERR_INVALID_ARG_VALUE', TypeError);
  }
  return generated(type, type === 'ec' ? named(called) : undefined);
}

function generateKeyPairSync(type, { modulusLength, publicExponent, namedCurve, publicKeyEncoding, privateKeyEncoding } = {}) {
  const key = type === 'rsa' ? generatedRsa(modulusLength, exponentOf(publicExponent)) : onCurve(type, namedCurve);
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
