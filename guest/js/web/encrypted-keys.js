// Keys of Node's crypto that are encrypted with a passphrase: PKCS #8 by PBES2 of RFC 8018, and in lines of PEM as OpenSSL once wrote them.
// In a component only if its code reads or writes keys and speaks of a passphrase.

import { cbc } from '../vendor/noble-ciphers/aes.js';
import { md5, sha1 } from '../vendor/noble-hashes/legacy.js';
import { pbkdf2 } from '../vendor/noble-hashes/pbkdf2.js';
import { sha224, sha256, sha384, sha512 } from '../vendor/noble-hashes/sha2.js';
import { bytesToHex as hex, concatBytes, hexToBytes as unhex, randomBytes } from '../vendor/noble-hashes/utils.js';
import { INTEGER, NULL, OCTETS, OID, SEQUENCE, content, integer, sequence, written, writtenInteger } from './der.js';
import { fail, sealing } from './node-keys.js';

const PBES2 = '2a864886f70d01050d';
const PBKDF2 = '2a864886f70d01050c';
const HMAC_SHA256 = '2a864886f70d0209';
/** Hashes of HMAC by their identifiers: first that of who names none. */
const HASHES = { '2a864886f70d0207': sha1, '2a864886f70d0208': sha224, [HMAC_SHA256]: sha256, '2a864886f70d020a': sha384, '2a864886f70d020b': sha512 };
/** The bytes of keys of AES in CBC, by what it is called in DER and elsewhere. */
const AES = { '608648016503040102': 16, '608648016503040116': 24, '60864801650304012a': 32 };
const AES_OF_NAMES = { 'aes-128-cbc': 16, 'aes-192-cbc': 24, 'aes-256-cbc': 32 };
/** What is known by name alone. */
const ABSENT = { '2b06010401da47040b': 'scrypt', '2a864886f70d0307': 'DES-EDE3-CBC' };
const BLOCK = 16;
/** A key says how often its passphrase is hashed. It takes some tenths of a millisecond each time, and no key in use asks for as much. */
const MOST_ITERATIONS = 2_000_000;
/** As often as OpenSSL does. */
const ITERATIONS = 2048;
const SALT = 16;
const MOST_SALT = 1024;
const MOST_PASSPHRASE = 1024;
const IN_LINES = /^DEK-Info: ([A-Z0-9-]{1,32}),([0-9A-Fa-f]{2,64})\s*$/m;
const OLD_SALT = 8;

const bad = () => fail('bad decrypt: the passphrase is another one, or the key is damaged', 'ERR_OSSL_BAD_DECRYPT');

function absent(what) {
  fail(`the key is encrypted by ${what}, which is not there: write it anew with openssl pkcs8 -topk8 -v2 aes-256-cbc`);
}

function fitted(passphrase) {
  return passphrase.length <= MOST_PASSPHRASE ? passphrase : fail(`a passphrase has at most ${MOST_PASSPHRASE} bytes`, 'ERR_OUT_OF_RANGE', RangeError);
}

/** The key that was encrypted. With another passphrase comes what is no key, or nothing. */
function decrypted(key, iv, data) {
  let plain;
  try {
    plain = cbc(key, iv).decrypt(data);
    if (sequence(plain)[0]?.tag !== INTEGER) plain = undefined;
  } catch {
    plain = undefined;
  }
  return plain ?? bad();
}

const called = (part) => hex(content(part, OID));

/** What PBKDF2 takes, and how long a key it makes. */
function derivation(part) {
  const [name, given] = sequence(part.whole);
  if (called(name) !== PBKDF2) absent(ABSENT[called(name)] ?? 'a function other than PBKDF2');
  const [salt, iterations, ...more] = sequence(given.whole);
  const count = integer(iterations);
  if (count < 1n || count > BigInt(MOST_ITERATIONS)) fail(`the key asks for ${count} iterations: at most ${MOST_ITERATIONS} are made here`);
  if (content(salt, OCTETS).length > MOST_SALT) fail(`a salt has at most ${MOST_SALT} bytes`);
  const size = more[0]?.tag === INTEGER ? integer(more.shift()) : undefined;
  const hashed = more.length > 0 ? called(sequence(more[0].whole)[0]) : Object.keys(HASHES)[0];
  const hash = HASHES[hashed] ?? absent('a hash other than SHA-1 and SHA-2');
  return { salt: content(salt, OCTETS), count: Number(count), size, hash };
}

function opened(der, passphrase) {
  const [how, data] = sequence(der);
  const [scheme, given] = sequence(how.whole);
  if (called(scheme) !== PBES2) absent('a scheme other than PBES2');
  const [function_, cipher] = sequence(given.whole);
  const [name, iv] = sequence(cipher.whole);
  const size = AES[called(name)] ?? absent(ABSENT[called(name)] ?? 'a cipher other than AES in CBC');
  const { salt, count, size: said, hash } = derivation(function_);
  if ((said !== undefined && said !== BigInt(size)) || content(iv, OCTETS).length !== BLOCK) fail('the numbers of its encryption are wrong');
  return decrypted(pbkdf2(hash, fitted(passphrase), salt, { c: count, dkLen: size }), iv.content, content(data, OCTETS));
}

/** OpenSSL's EVP_BytesToKey, of MD5 and one round. */
function oldKey(passphrase, salt, size) {
  let made = new Uint8Array(0);
  let last = made;
  while (made.length < size) {
    last = md5(concatBytes(last, passphrase, salt));
    made = concatBytes(made, last);
  }
  return made.subarray(0, size);
}

/** A key that lines before it say of how it is encrypted. */
function openedInLines(lines, data, passphrase) {
  const [, name, iv] = IN_LINES.exec(lines) ?? fail('the line DEK-Info of the key is wrong');
  const lower = name.toLowerCase();
  const size = Object.hasOwn(AES_OF_NAMES, lower) ? AES_OF_NAMES[lower] : absent(name);
  if (iv.length !== 2 * BLOCK) fail('the line DEK-Info of the key is wrong');
  const start = unhex(iv);
  return decrypted(oldKey(fitted(passphrase), start.subarray(0, OLD_SALT), size), start, Uint8Array.from(data));
}

const sequenced = (...all) => written(SEQUENCE, ...all);
const identified = (name, ...rest) => sequenced(written(OID, unhex(name)), ...rest);

/** PKCS #8 in DER, encrypted with a passphrase. */
function sealed(der, cipher, passphrase) {
  const lower = String(cipher).toLowerCase();
  const size = Object.hasOwn(AES_OF_NAMES, lower) ? AES_OF_NAMES[lower] : fail(`keys are encrypted by AES in CBC here, as aes-256-cbc, and not by ${String(cipher)}`, 'ERR_CRYPTO_UNKNOWN_CIPHER');
  const [salt, iv] = [randomBytes(SALT), randomBytes(BLOCK)];
  const key = pbkdf2(sha256, fitted(passphrase), salt, { c: ITERATIONS, dkLen: size });
  const parameters = sequenced(written(OCTETS, salt), writtenInteger(BigInt(ITERATIONS)), identified(HMAC_SHA256, written(NULL)));
  const [ofCipher] = Object.keys(AES).filter((name) => AES[name] === size);
  const how = sequenced(identified(PBKDF2, parameters), identified(ofCipher, written(OCTETS, iv)));
  return sequenced(identified(PBES2, how), written(OCTETS, cbc(key, iv).encrypt(der)));
}

Object.assign(sealing, { opened, openedInLines, sealed });
