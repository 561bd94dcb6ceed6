// RSA's private operation. How long it takes must not tell of the key, so that what is raised is blinded and the exponents are; and one
// wrong result would give the primes away, so that none leaves.

import { invert, mod, pow, randomBits } from '../vendor/micro-rsa/utils.js';

/** How many bytes a key's number has, and so all that is signed and encrypted with it. */
export const bytesOf = (n) => Math.ceil(n.toString(2).length / 8);

/** How much longer exponents are made. */
const BLINDING = 64;

function raised(base, exponent, prime) {
  return pow(base % prime, exponent + randomBits(BLINDING) * (prime - 1n), prime);
}

/** RSASP1 of RFC 8017, of a key with its primes. */
export function RSASP1({ n, e, p, q, dp, dq, qi }, message) {
  if (message < 0n || message >= n) throw new Error('message representative out of range');
  const factor = randomBits(n.toString(2).length) % n;
  const blinded = (message * pow(factor, e, n)) % n;
  const [first, second] = [raised(blinded, dp, p), raised(blinded, dq, q)];
  const made = second + q * mod(qi * (first - second), p);
  if (pow(made, e, n) !== blinded) throw new Error('the parts of the private key do not belong together');
  return (made * invert(factor, n)) % n;
}
