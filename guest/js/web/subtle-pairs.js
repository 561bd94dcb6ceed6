// crypto.subtle's signatures with keys of two halves: in a component only if its code names them.

import { isSigned, signed } from './signatures.js';
import { fault, keysOf } from './subtle-keys.js';
import { known, schemes } from './subtle.js';

const MOST_SALT = 1024;
const HALVES = { ofPrivate: ['sign'], ofPublic: ['verify'] };

function saltOf({ saltLength }) {
  if (Number.isInteger(saltLength) && saltLength >= 0 && saltLength <= MOST_SALT) return saltLength;
  throw fault('saltLength is a number of bytes', 'OperationError');
}

/** The scheme of this name, for keys of that kind. `way` says how it is signed. */
function scheme(name, kind, way, alg) {
  return {
    ...keysOf(name, kind, { ...HALVES, alg }),

    sign(algorithm, key, held, data) {
      try {
        return signed(held, way(algorithm, key), data);
      } catch (error) {
        throw error instanceof DOMException ? error : fault(`it cannot be signed: ${error.message}`, 'OperationError');
      }
    },

    verify: (algorithm, key, held, signature, data) => isSigned(held, way(algorithm, key), signature, data),
  };
}

const hashed = (short) => ({ hash }) => `${short}${hash.name.slice(4)}`;
const ofKey = (algorithm, key) => ({ hash: known(key.algorithm.hash) });

schemes.set('ECDSA', scheme('ECDSA', 'ec', (algorithm) => ({ hash: known(algorithm.hash) })));
schemes.set('ED25519', scheme('Ed25519', 'ed25519', () => ({}), () => 'Ed25519'));
schemes.set('RSASSA-PKCS1-V1_5', scheme('RSASSA-PKCS1-v1_5', 'rsa', ofKey, hashed('RS')));
schemes.set('RSA-PSS', scheme('RSA-PSS', 'rsa', (algorithm, key) => ({ ...ofKey(algorithm, key), salt: saltOf(algorithm) }), hashed('PS')));
