// crypto.subtle's keys of two halves: how they are read, made and written. In a component only if its code names what needs them.

import { number, octets } from './der.js';
import { fromJwk, fromPkcs8, fromRaw, fromSpki, generated, isPrivate, jwk, pkcs8, publicHalf, spki } from './key-forms.js';
import { generatedRsa } from './rsa-keys.js';
import { buffer, bytes, keyOf, known, named, unsupported } from './subtle.js';

const READERS = {
  spki: (data) => fromSpki(bytes(data)),
  pkcs8: (data) => fromPkcs8(bytes(data)),
  jwk: fromJwk,
};
/** Bytes of a public exponent. */
const MOST_OF_EXPONENT = 8;

export const fault = (message, name) => new DOMException(message, name);

/** What a key says of itself. */
function described(name, key, algorithm) {
  if (key.kind === 'ec') return { name, namedCurve: key.curve };
  if (key.kind !== 'rsa') return { name };
  const hash = named(algorithm.hash).name.toUpperCase();
  known(hash);
  return { name, modulusLength: key.n.toString(2).length, publicExponent: octets(key.e), hash: { name: hash } };
}

function checked(usages, right) {
  if (usages.every((usage) => right.includes(usage))) return;
  throw fault(`a key of that half is for ${right.length > 0 ? `${right.join(' and ')} alone` : 'nothing by itself'}`, 'SyntaxError');
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

function made(kind, algorithm) {
  if (kind !== 'rsa') {
    try {
      return generated(kind, algorithm.namedCurve);
    } catch {
      throw unsupported(`the curve ${algorithm.namedCurve}`);
    }
  }
  known(algorithm.hash);
  const exponent = bytes(algorithm.publicExponent);
  try {
    return generatedRsa(algorithm.modulusLength, exponent.length > MOST_OF_EXPONENT ? -1n : number(exponent));
  } catch (error) {
    throw fault(error.message, 'OperationError');
  }
}

/** Keys of that kind for the algorithm of this name. What each half is for is listed; `alg` says what a JWK calls a key of RSA. */
export function keysOf(name, kind, { ofPrivate, ofPublic, alg }) {
  return {
    importKey(format, data, algorithm, extractable, usages) {
      const key = read(name, kind, format, data, algorithm);
      checked(usages, isPrivate(key) ? ofPrivate : ofPublic);
      if (isPrivate(key) && usages.length === 0) throw fault('a private key is for something', 'SyntaxError');
      return keyOf(isPrivate(key) ? 'private' : 'public', key, described(name, key, algorithm), extractable, usages);
    },

    generateKey(algorithm, extractable, usages) {
      const all = [...ofPrivate, ...ofPublic];
      if (usages.some((usage) => !all.includes(usage)) || !usages.some((usage) => ofPrivate.includes(usage))) {
        throw fault(`the keys are for ${all.join(' and ')}`, 'SyntaxError');
      }
      const key = made(kind, algorithm);
      const about = () => described(name, key, algorithm);
      const half = (right) => usages.filter((usage) => right.includes(usage));
      return {
        publicKey: keyOf('public', publicHalf(key), about(), true, half(ofPublic)),
        privateKey: keyOf('private', key, about(), extractable, half(ofPrivate)),
      };
    },

    exportKey(format, key, held) {
      const isRight = { raw: !isPrivate(held) && kind !== 'rsa', spki: !isPrivate(held), pkcs8: isPrivate(held), jwk: true }[format];
      if (isRight === undefined) throw unsupported(`the key format ${format}`);
      if (!isRight) throw fault(`a ${key.type} key is not written as ${format}`, 'InvalidAccessError');
      if (format === 'raw') return buffer(held.point);
      if (format !== 'jwk') return buffer(format === 'spki' ? spki(held) : pkcs8(held));
      const called = alg?.(key.algorithm);
      return { key_ops: [...key.usages], ext: key.extractable, ...jwk(held), ...(called && { alg: called }) };
    },
  };
}
