// Primes for keys of RSA. Powers of large numbers are slow in QuickJS, so that next to all candidates are told composite without one.

import { millerRabin } from '../vendor/micro-rsa/primality.js';
import { randomBits } from '../vendor/micro-rsa/utils.js';

/** What candidates are divided by goes up to here: beyond, finding what remains costs less. */
const MOST_DIVISOR = 1 << 16;
/** How many odd numbers are looked at from a random one on. Of 2,048 bits, three of a thousand such rows have no prime. */
const SPAN = 1 << 12;
/** How many random numbers are begun at: that none leads to a prime comes about never. */
const MOST_BEGINNINGS = 50;
/** Bits of the exponent that are taken at once. */
const DIGIT = 5;

let known;

/** The odd primes below MOST_DIVISOR. */
function divisors() {
  if (known) return known;
  const isComposite = new Uint8Array(MOST_DIVISOR);
  known = [];
  for (let number = 3; number < MOST_DIVISOR; number += 2) {
    if (isComposite[number]) continue;
    known.push(number);
    for (let multiple = number * number; multiple < MOST_DIVISOR; multiple += 2 * number) isComposite[multiple] = 1;
  }
  return known;
}

/** Which of the odd numbers from `first` on have none of the divisors. */
function sieved(first) {
  const isOut = new Uint8Array(SPAN);
  for (const divisor of divisors()) {
    const rest = Number(first % BigInt(divisor));
    // The first that it divides: rest + 2 * at is a multiple of it.
    const missing = (divisor - rest) % divisor;
    for (let at = (missing % 2 === 0 ? missing : missing + divisor) / 2; at < SPAN; at += divisor) isOut[at] = 1;
  }
  return isOut;
}

/** Miller and Rabin's test to the base 2, which is raised by shifts. Hardly a composite number passes it. */
function mayBePrime(number) {
  let odd = number - 1n;
  let halved = 0;
  while ((odd & 1n) === 0n) {
    odd >>= 1n;
    halved += 1;
  }
  let power = 1n;
  for (const digit of odd.toString(1 << DIGIT)) {
    for (let squared = 1; squared < DIGIT; squared++) power = (power * power) % number;
    power = ((power * power) << BigInt(parseInt(digit, 1 << DIGIT))) % number;
  }
  if (power === 1n || power === number - 1n) return true;
  for (let squared = 1; squared < halved; squared++) {
    power = (power * power) % number;
    if (power === number - 1n) return true;
  }
  return false;
}

/** Rounds of tests to random bases, by FIPS 186-5, table B.1, and as many for shorter numbers that a composite one is as improbable. */
const rounds = (size) => (size >= 1536 ? 4 : size >= 1024 ? 5 : 8);

/** A random prime of so many bits, whose two first ones are set, so that two such make a number of all bits; and which `isFit`. */
export function prime(size, isFit) {
  for (let begun = 0; begun < MOST_BEGINNINGS; begun++) {
    const first = randomBits(size) | (3n << BigInt(size - 2)) | 1n;
    const isOut = sieved(first);
    for (let at = 0; at < SPAN; at++) {
      const number = first + 2n * BigInt(at);
      if (isOut[at] || number >> BigInt(size) !== 0n || !isFit(number)) continue;
      if (mayBePrime(number) && millerRabin(number, rounds(size))) return number;
    }
  }
  throw new Error('no prime was found: ask again');
}
