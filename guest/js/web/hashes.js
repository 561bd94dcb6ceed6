// Hashes by name, of @noble/hashes.

import { hmac } from '../vendor/noble-hashes/hmac.js';
import { md5, ripemd160, sha1 } from '../vendor/noble-hashes/legacy.js';
import { sha224, sha256, sha384, sha512, sha512_224, sha512_256 } from '../vendor/noble-hashes/sha2.js';
import { sha3_224, sha3_256, sha3_384, sha3_512 } from '../vendor/noble-hashes/sha3.js';

export const HASHES = {
  md5, ripemd160, sha1, sha224, sha256, sha384, sha512, 'sha512-224': sha512_224, 'sha512-256': sha512_256,
  'sha3-224': sha3_224, 'sha3-256': sha3_256, 'sha3-384': sha3_384, 'sha3-512': sha3_512,
};

/** The hash that Node or the Web calls so, or undefined. */
export function hash(name) {
  const plain = String(name).toLowerCase().replace(/^rsa-/, '');
  if (Object.hasOwn(HASHES, plain)) return HASHES[plain];
  const short = plain.replace(/^sha-/, 'sha').replace(/^rmd160$/, 'ripemd160');
  return Object.hasOwn(HASHES, short) ? HASHES[short] : undefined;
}

/** Whether two byte strings of one length are the same, in a time that does not depend on where they differ. */
export function isEqual(one, other) {
  let difference = one.length ^ other.length;
  for (let at = 0; at < one.length; at++) difference |= one[at] ^ other[at % (other.length || 1)];
  return difference === 0;
}

export { hmac };
