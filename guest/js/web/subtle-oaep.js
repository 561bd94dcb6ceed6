// RSA-OAEP of crypto.subtle: in a component only if its code names it.

import { decryptedOaep, encryptedOaep } from './rsa-ciphers.js';
import { fault, keysOf } from './subtle-keys.js';
import { bytes, ciphers, known, schemes } from './subtle.js';

const alg = ({ hash }) => (hash.name === 'SHA-1' ? 'RSA-OAEP' : `RSA-OAEP-${hash.name.slice(4)}`);

schemes.set('RSA-OAEP', keysOf('RSA-OAEP', 'rsa', { ofPrivate: ['decrypt', 'unwrapKey'], ofPublic: ['encrypt', 'wrapKey'], alg }));
ciphers.set('RSA-OAEP', ({ label }, held, key) => {
  const [hash, named] = [known(key.algorithm.hash), label === undefined ? new Uint8Array(0) : bytes(label)];
  return {
    encrypt(data) {
      try {
        return encryptedOaep(held, hash, named, data);
      } catch (error) {
        throw fault(error.message, 'OperationError');
      }
    },
    decrypt: (data) => decryptedOaep(held, hash, named, data),
  };
});
