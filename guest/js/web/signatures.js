// Signatures of keys of two halves: RSA by micro-rsa-dsa-dh, ECDSA and Ed25519 by @noble/curves.

import { PKCS1_SHA1, PKCS1_SHA224, PKCS1_SHA256, PKCS1_SHA384, PKCS1_SHA512, PSS, mgf1 } from '../vendor/micro-rsa/rsa.js';
import { pow } from '../vendor/micro-rsa/utils.js';
import { sha1 } from '../vendor/noble-hashes/legacy.js';
import { sha224, sha256, sha384, sha512 } from '../vendor/noble-hashes/sha2.js';
import { curve, ed25519, sizeOf } from './curves.js';
import { number, octets } from './der.js';
import { bytesOf } from './rsa-private.js';

const PKCS1 = new Map([[sha1, PKCS1_SHA1], [sha224, PKCS1_SHA224], [sha256, PKCS1_SHA256], [sha384, PKCS1_SHA384], [sha512, PKCS1_SHA512]]);
/** A salt of as many bytes as there can be, or as the signature has. */
export const ANY_SALT = 'any';

function scheme(key, { hash, salt }) {
  if (salt === undefined) return PKCS1.get(hash) ?? fail('RSA signs the hashes SHA-1 and SHA-2 here');
  return PSS(hash, mgf1(hash), salt === ANY_SALT ? mostSalt(key, hash) : salt);
}

function fail(what) {
  throw new Error(what);
}

const mostSalt = ({ n }, hash) => Math.ceil((n.toString(2).length - 1) / 8) - hash.outputLen - 2;

/** How long the salt in a signature is, which need not be right. */
function saltOf({ n, e }, hash, signature) {
  const size = Math.ceil((n.toString(2).length - 1) / 8);
  const value = pow(number(signature) % n, e, n);
  if (value >= 1n << BigInt(size * 8)) return 0;
  const end = size - hash.outputLen - 1;
  const message = octets(value, size);
  const mask = mgf1(hash)(message.subarray(end, size - 1), { dkLen: end });
  const unmasked = message.subarray(0, end).map((byte, at) => byte ^ mask[at]);
  unmasked[0] &= 0xff >> (size * 8 - (n.toString(2).length - 1));
  return Math.max(0, end - 1 - unmasked.indexOf(1));
}

const OF_EC = { lowS: false, prehash: false, extraEntropy: true };

/**
 * The signature of bytes. `way` has the hash, which Ed25519 does without; `salt` for RSA-PSS: how many bytes, or ANY_SALT; and for ECDSA
 * whether it is written in DER (`isDer`).
 */
export function signed(key, way, bytes) {
  if (key.kind === 'ed25519') return ed25519.sign(bytes, key.secret);
  if (key.kind === 'ec') return curve(key.curve).sign(way.hash(bytes), key.secret, { ...OF_EC, format: way.isDer ? 'der' : 'compact' });
  const made = scheme(key, way).sign(key, bytes);
  // It has as many bytes as the key, also where its number has fewer.
  return made.length < bytesOf(key.n) ? octets(number(made), bytesOf(key.n)) : made;
}

/** Whether a signature is that of these bytes. What is no signature at all is not. */
export function isSigned(key, way, signature, bytes) {
  if (key.kind === 'rsa') {
    if (signature.length !== bytesOf(key.n)) return false;
    const salt = way.salt === ANY_SALT ? saltOf(key, way.hash, signature) : way.salt;
    const { verify } = scheme(key, { ...way, salt });
    return isRight(() => verify(key, bytes, signature));
  }
  if (key.kind === 'ed25519') {
    return signature.length === 64 && isRight(() => ed25519.verify(signature, bytes, key.point, { zip215: false }));
  }
  if (!way.isDer && signature.length !== 2 * sizeOf(key.curve)) return false;
  const digest = way.hash(bytes);
  const options = { lowS: false, prehash: false, format: way.isDer ? 'der' : 'compact' };
  return isRight(() => curve(key.curve).verify(signature, digest, key.point, options));
}

/** The libraries throw errors about signatures that cannot be any. */
function isRight(check) {
  try {
    return check();
  } catch {
    return false;
  }
}
