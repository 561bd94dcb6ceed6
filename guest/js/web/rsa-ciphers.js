// Encryption by RSA: OAEP by micro-rsa-dsa-dh, and what is older. What cannot be decrypted is the one error that says nothing else.

import { OAEP, PKCS1_KEM, mgf1 } from '../vendor/micro-rsa/rsa.js';
import { pow } from '../vendor/micro-rsa/utils.js';
import { hmac } from '../vendor/noble-hashes/hmac.js';
import { sha256 } from '../vendor/noble-hashes/sha2.js';
import { concatBytes } from '../vendor/noble-hashes/utils.js';
import { number, octets } from './der.js';
import { RSASP1, bytesOf } from './rsa-private.js';

/** Bytes of what is before a message in PKCS #1 v1.5, at least. */
const LEAST_BEFORE = 11;

const wrong = () => new Error('it cannot be decrypted');

function tried(work) {
  try {
    return work();
  } catch {
    throw wrong();
  }
}

function fitted(key, message, most) {
  if (message.length > most) throw new RangeError(`a message has at most ${Math.max(0, most)} bytes with this key`);
}

export function encryptedOaep(key, hash, label, message) {
  fitted(key, message, bytesOf(key.n) - 2 * hash.outputLen - 2);
  return OAEP(hash, mgf1(hash), label).encrypt(key, message);
}

export const decryptedOaep = (key, hash, label, secret) => tried(() => OAEP(hash, mgf1(hash), label).decrypt(key, secret));

export function encryptedPkcs1(key, message) {
  fitted(key, message, bytesOf(key.n) - LEAST_BEFORE);
  return PKCS1_KEM.encrypt(key, message);
}

/** The number that bytes are, where one was raised: those of a key, and less than its own. */
function raised(key, bytes, power) {
  const size = bytesOf(key.n);
  if (bytes.length !== size) throw wrong();
  const value = number(bytes);
  if (value >= key.n) throw wrong();
  return octets(power(value), size);
}

const byPrivate = (key, bytes) => raised(key, bytes, (value) => RSASP1(key, value));
const byPublic = (key, bytes) => raised(key, bytes, (value) => pow(value, key.e, key.n));

/** Without anything before it: as many bytes as the key has. */
export const plain = { byPrivate: (key, bytes) => tried(() => byPrivate(key, bytes)), byPublic: (key, bytes) => tried(() => byPublic(key, bytes)) };

/** What is signed without a hash: PKCS #1 v1.5, block type 1. */
export function sealedPkcs1(key, message) {
  const size = bytesOf(key.n);
  fitted(key, message, size - LEAST_BEFORE);
  const before = new Uint8Array(size - message.length - 3).fill(0xff);
  return byPrivate(key, concatBytes(Uint8Array.of(0, 1), before, Uint8Array.of(0), message));
}

export function openedPkcs1(key, sealed) {
  const block = byPublic(key, sealed);
  const end = block.indexOf(0, 2);
  const isRight = block[0] === 0 && block[1] === 1 && end >= LEAST_BEFORE - 1 && block.subarray(2, end).every((byte) => byte === 0xff);
  if (!isRight) throw wrong();
  return block.slice(end + 1);
}

const short = (value) => Uint8Array.of(value >> 8, value & 0xff);

/** Bytes that only the key and the text that names them tell. */
function expanded(secret, name, size) {
  const made = [];
  for (let part = 0; part * sha256.outputLen < size; part++) {
    made.push(hmac(sha256, secret, concatBytes(short(part), new TextEncoder().encode(name), short(size * 8))));
  }
  return concatBytes(...made).subarray(0, size);
}

/** All bits where `one` is less than `other`, and none else; of numbers below 2^31. */
const isLess = (one, other) => (one - other) >> 31;
const chosen = (mask, one, other) => (one & mask) | (other & ~mask);

/** The length of the message that stands for one that cannot be decrypted: the last fit one of those that the key tells. */
function madeLength(secret, size) {
  const most = size - LEAST_BEFORE + 1;
  const lengths = expanded(secret, 'length', 256);
  const mask = 2 ** (32 - Math.clz32(most)) - 1;
  let length = 0;
  for (let at = 0; at < lengths.length; at += 2) {
    const candidate = ((lengths[at] << 8) | lengths[at + 1]) & mask;
    length = chosen(isLess(candidate, most), candidate, length);
  }
  return length;
}

/**
 * What was encrypted by PKCS #1 v1.5. Who could tell whether it was right could decrypt anything (Bleichenbacher), so that what is wrong is
 * a message, too, which the key and the text tell: OpenSSL's implicit rejection, by draft-irtf-cfrg-rsa-guidance.
 */
export function decryptedPkcs1(key, sealed) {
  const block = tried(() => byPrivate(key, sealed));
  const size = block.length;
  const secret = hmac(sha256, sha256(octets(key.d, size)), sealed);
  const made = expanded(secret, 'message', size);
  let isFound = 0;
  let start = 0;
  for (let at = 2; at < size; at++) {
    const isEnd = isLess(block[at], 1) & ~isFound;
    start = chosen(isEnd, at + 1, start);
    isFound |= isEnd;
  }
  const isRight = isLess(block[0] | (block[1] ^ 2), 1) & isFound & ~isLess(start, LEAST_BEFORE);
  const from = chosen(isRight, start, size - madeLength(secret, size));
  return block.map((byte, at) => chosen(isRight, byte, made[at])).slice(from);
}
