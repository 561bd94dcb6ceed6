// crypto.subtle's keys of two halves, and their signatures: in a component only if its code names them.

import { octets } from './der.js';
import { fromJwk, fromPkcs8, fromRaw, fromSpki, generated, isPrivate, jwk, pkcs8, publicHalf, spki } from './key-forms.js';
import { isSigned, signed } from './signatures.js';
import { buffer, bytes, keyOf, known, named, schemes, unsupported } from './subtle.js';

const RSA = { 'RSASSA-PKCS1-v1_5': 'RS', 'RSA-PSS': 'PS' };
const MOST_SALT = 1024;
const READERS = {
  spki: (data) => fromSpki(bytes(data)),
  pkcs8: (data) => fromPkcs8(bytes(data)),
  jwk: fromJwk,
};

const fault = (message, name) => new DOMException(message, name);

/** What a key says of itself. */
function described(name, key, algorithm) {
  if (name === 'Ed25519') return { name };
  if (name === 'ECDSA') return { name, namedCurve: key.curve };
  const hash = named(algorithm.hash).name.toUpperCase();
  known(hash);
  return { name, modulusLength: key.n.toString(2).length, publicExponent: octets(key.e), hash: { name: hash } };
}

function checked(usages, right) {
  if (usages.some((usage) => usage !== right)) throw fault(`a key of that half is for ${right} alone`, 'SyntaxError');
}

function read(name, kind, format, data, algorithm) {
  const isRaw = format === 'raw' && kind !== 'rsa';
  if (!isRaw && !Object.hasOwn(READERS, format)) throw unsupported(`the key format ${format} of ${name}`);
  try {
    const key = isRaw ? fromRaw(kind, algorithm.namedCurve, bytes(data)) : READERS[format](data);
    const isRight = key.kind === kind && (kind !== 'ec' || key.curve === algorithm.namedCurve);
    if (isRight) return key;
  } catch (error) {
    throw fault(`the key cannot be read: ${error.message}`, 'DataError');
  }
  throw fault(`the key is not one of ${name}${kind === 'ec' ? ` on ${algorithm.namedCurve}` : ''}`, 'DataError');
}

/** The scheme of this name, for keys of that kind. */
function scheme(name, kind) {
  const way = (algorithm, key) => {
    if (kind === 'rsa') {
      const salt = name === 'RSA-PSS' ? algorithm.saltLength : undefined;
      const isSalt = name !== 'RSA-PSS' || (Number.isInteger(salt) && salt >= 0 && salt <= MOST_SALT);
      if (!isSalt) throw fault('saltLength is a number of bytes', 'OperationError');
      return { hash: known(key.algorithm.hash), salt };
    }
    return kind === 'ec' ? { hash: known(algorithm.hash) } : {};
  };
  return {
    importKey(format, data, algorithm, extractable, usages) {
      const key = read(name, kind, format, data, algorithm);
      checked(usages, isPrivate(key) ? 'sign' : 'verify');
      if (isPrivate(key) && usages.length === 0) throw fault('a private key is for something', 'SyntaxError');
      return keyOf(isPrivate(key) ? 'private' : 'public', key, described(name, key, algorithm), extractable, usages);
    },

    generateKey(algorithm, extractable, usages) {
      if (kind === 'rsa') throw unsupported('making keys of RSA');
      if (usages.some((usage) => usage !== 'sign' && usage !== 'verify') || !usages.includes('sign')) {
        throw fault('the keys are for sign and verify', 'SyntaxError');
      }
      let key;
      try {
        key = generated(kind, algorithm.namedCurve);
      } catch {
        throw unsupported(`the curve ${algorithm.namedCurve}`);
      }
      const about = () => described(name, key, algorithm);
      return {
        publicKey: keyOf('public', publicHalf(key), about(), true, usages.filter((usage) => usage === 'verify')),
        privateKey: keyOf('private', key, about(), extractable, ['sign']),
      };
    },

    exportKey(format, key, held) {
      const isRight = { raw: !isPrivate(held) && kind !== 'rsa', spki: !isPrivate(held), pkcs8: isPrivate(held), jwk: true }[format];
      if (isRight === undefined) throw unsupported(`the key format ${format}`);
      if (!isRight) throw fault(`a ${key.type} key is not written as ${format}`, 'InvalidAccessError');
      if (format === 'raw') return buffer(held.point);
      if (format !== 'jwk') return buffer(format === 'spki' ? spki(held) : pkcs8(held));
      const alg = { rsa: () => `${RSA[name]}${key.algorithm.hash.name.slice(4)}`, ec: () => undefined, ed25519: () => name }[kind]();
      return { key_ops: [...key.usages], ext: key.extractable, ...jwk(held), ...(alg && { alg }) };
    },

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

schemes.set('ECDSA', scheme('ECDSA', 'ec'));
schemes.set('ED25519', scheme('Ed25519', 'ed25519'));
for (const name of Object.keys(RSA)) schemes.set(name.toUpperCase(), scheme(name, 'rsa'));
