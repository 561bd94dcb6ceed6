// Encryption by RSA in Node's crypto: in a component only if its code names it.

import { hash } from './hashes.js';
import { fail, optionsOf, privateKey, publicKey } from './node-keys.js';
import { decryptedOaep, decryptedPkcs1, encryptedOaep, encryptedPkcs1, openedPkcs1, plain, sealedPkcs1 } from './rsa-ciphers.js';
import { Buffer } from '../node/buffer.js';
import { bytes, constants, pairs } from '../node/crypto.js';

const { RSA_NO_PADDING: NONE, RSA_PKCS1_OAEP_PADDING: OAEP, RSA_PKCS1_PADDING: PKCS1 } = constants;

/** How it is encrypted by the options that may be beside the key. */
function chosen(given, usual) {
  const { padding = usual, oaepHash = 'sha1', oaepLabel, encoding } = optionsOf(given);
  const found = hash(oaepHash) ?? fail('Invalid digest', 'ERR_OSSL_EVP_INVALID_DIGEST');
  return { padding, hash: found, label: oaepLabel === undefined ? new Uint8Array(0) : Uint8Array.from(bytes(oaepLabel, encoding)), encoding };
}

/** One of Node's four. `ways` has what is done by each padding; whatever goes wrong is said with its one code. */
function operation(keyed, usual, ways, code) {
  return (given, data) => {
    const key = keyed(given);
    if (key.kind !== 'rsa') fail('operation not supported for this keytype', 'ERR_OSSL_EVP_OPERATION_NOT_SUPPORTED_FOR_THIS_KEYTYPE');
    const options = chosen(given, usual);
    const way = ways.get(options.padding) ?? fail('illegal or unsupported padding mode', 'ERR_OSSL_RSA_ILLEGAL_OR_UNSUPPORTED_PADDING_MODE');
    const input = Uint8Array.from(bytes(data, options.encoding));
    let made;
    try {
      made = way(key, input, options);
    } catch (error) {
      fail(error.message, code);
    }
    return Buffer.from(made);
  };
}

const TOO_LARGE = 'ERR_OSSL_RSA_DATA_TOO_LARGE_FOR_KEY_SIZE';
const publicEncrypt = operation(publicKey, OAEP, new Map([
  [OAEP, (key, data, way) => encryptedOaep(key, way.hash, way.label, data)], [PKCS1, encryptedPkcs1], [NONE, plain.byPublic],
]), TOO_LARGE);
const privateDecrypt = operation(privateKey, OAEP, new Map([
  [OAEP, (key, data, way) => decryptedOaep(key, way.hash, way.label, data)], [PKCS1, decryptedPkcs1], [NONE, plain.byPrivate],
]), 'ERR_OSSL_RSA_OAEP_DECODING_ERROR');
const privateEncrypt = operation(privateKey, PKCS1, new Map([[PKCS1, sealedPkcs1], [NONE, plain.byPrivate]]), TOO_LARGE);
const publicDecrypt = operation(publicKey, PKCS1, new Map([[PKCS1, openedPkcs1], [NONE, plain.byPublic]]), 'ERR_OSSL_RSA_PADDING_CHECK_FAILED');

Object.assign(pairs, { privateDecrypt, privateEncrypt, publicDecrypt, publicEncrypt });
