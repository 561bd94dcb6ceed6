// ECDH and X25519 of crypto.subtle: in a component only if its code names them.

import { agreed, isOfOneCurve } from './agreements.js';
import { fault, keysOf } from './subtle-keys.js';
import { CryptoKey, heldBy, schemes } from './subtle.js';

const HALVES = { ofPrivate: ['deriveKey', 'deriveBits'], ofPublic: [] };

/** As many of the first bits as are asked for. */
function cut(bytes, length) {
  if (length === null || length === undefined) return bytes;
  const size = Math.ceil(length / 8);
  if (!Number.isInteger(length) || length < 0 || size > bytes.length) {
    throw fault(`the length is not there: the keys agree on ${bytes.length * 8} bits`, 'OperationError');
  }
  const made = bytes.slice(0, size);
  if (length % 8 !== 0) made[size - 1] &= 0xff << (8 - (length % 8));
  return made;
}

function scheme(name, kind) {
  return {
    ...keysOf(name, kind, HALVES),

    derive({ public: other }, key, held, length) {
      const theirs = other instanceof CryptoKey && other.type === 'public' && other.algorithm.name === name ? heldBy(other) : undefined;
      if (key.type !== 'private' || !theirs || !isOfOneCurve(held, theirs)) {
        throw fault(`"public" is the public key of ${name} to agree with, on the same curve`, 'InvalidAccessError');
      }
      let all;
      try {
        all = agreed(held, theirs);
      } catch {
        throw fault('the public key is one that nothing can be agreed on with', 'OperationError');
      }
      return cut(all, length);
    },
  };
}

schemes.set('ECDH', scheme('ECDH', 'ec'));
schemes.set('X25519', scheme('X25519', 'x25519'));
