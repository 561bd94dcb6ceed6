// New keys of RSA, by FIPS 186-5, A.1.3.

import { gcd, invert } from '../vendor/micro-rsa/utils.js';
import { LEAST_BITS, MOST_OF_EXPONENT, rsa } from './key-forms.js';
import { prime } from './primes.js';

/** The time grows with the fourth power of it. */
const MOST_BITS = 4096;
const MOST_TRIES = 8;
/** How many of their first bits the primes must not have in common. */
const FIRST_BITS = 100n;

function fail(what) {
  throw Object.assign(new RangeError(what), { code: 'ERR_OUT_OF_RANGE' });
}

function checked(size, e) {
  if (!Number.isInteger(size) || size < LEAST_BITS || size > MOST_BITS) {
    fail(`keys of RSA with ${String(size)} bits are not made here: ask for ${LEAST_BITS} to ${MOST_BITS}, or read a key that openssl genpkey has made`);
  }
  if (e < 3n || e >= MOST_OF_EXPONENT || e % 2n === 0n) fail(`the public exponent is not there: it is an odd number from 3 to ${MOST_OF_EXPONENT - 1n}`);
}

/** A new key whose modulus has `size` bits. */
export function generatedRsa(size, e = 65537n) {
  checked(size, e);
  const isFit = (number) => gcd(e, number - 1n) === 1n;
  const apart = BigInt(size) / 2n - FIRST_BITS;
  for (let tried = 0; tried < MOST_TRIES; tried++) {
    const [one, other] = [prime(Math.ceil(size / 2), isFit), prime(Math.floor(size / 2), isFit)];
    const [p, q] = one > other ? [one, other] : [other, one];
    const [n, before, within] = [p * q, p - 1n, q - 1n];
    const d = invert(e, (before / gcd(before, within)) * within);
    // Neither comes about but by a fault of the source of random numbers.
    if (p - q <= 1n << apart || d <= 1n << (BigInt(size) / 2n)) continue;
    return rsa({ n, e, d, p, q, qi: invert(q, p) });
  }
  throw new Error('no key of RSA was found: ask again');
}
