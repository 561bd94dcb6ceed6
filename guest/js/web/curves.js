// The curves of keys, by @noble/curves. Each is made when it is first used.

import { ed25519, x25519 } from '../vendor/noble-curves/ed25519.js';
import { ecdsa, weierstrass } from '../vendor/noble-curves/weierstrass.js';
import { sha256, sha384, sha512 } from '../vendor/noble-hashes/sha2.js';

export { ed25519, x25519 };

/** Those of FIPS 186-4, D.1.2, each with the hash that makes its nonces, the bytes of a number, and what Node and DER call it. */
const NAMED = {
  'P-256': {
    hash: sha256, size: 32, node: 'prime256v1', oid: '2a8648ce3d030107',
    p: 'ffffffff00000001000000000000000000000000ffffffffffffffffffffffff',
    n: 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551',
    b: '5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b',
    Gx: '6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296',
    Gy: '4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5',
  },
  'P-384': {
    hash: sha384, size: 48, node: 'secp384r1', oid: '2b81040022',
    p: 'fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff',
    n: 'ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973',
    b: 'b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef',
    Gx: 'aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7',
    Gy: '3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f',
  },
  'P-521': {
    hash: sha512, size: 66, node: 'secp521r1', oid: '2b81040023',
    p: `1${'f'.repeat(130)}`,
    n: `1${'f'.repeat(65)}a51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409`,
    b: '51953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00',
    Gx: 'c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66',
    Gy: '11839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650',
  },
};
/** Bits of the tables that a point is multiplied by: small ones, as an instance has few signatures to make in its life. */
const WINDOW = 4;

export const CURVES = Object.keys(NAMED);
export const sizeOf = (name) => NAMED[name].size;
export const oidOf = (name) => NAMED[name].oid;
export const nodeNameOf = (name) => NAMED[name].node;
/** The curve that has this name, DER's or Node's, or undefined. */
export const curveOf = (called) =>
  CURVES.find((name) => [name, NAMED[name].node, NAMED[name].oid].includes(called === 'secp256r1' ? 'prime256v1' : called));

const made = new Map();

/** ECDSA on a curve. */
export function curve(name) {
  if (!made.has(name)) {
    const [p, n, b, Gx, Gy] = ['p', 'n', 'b', 'Gx', 'Gy'].map((part) => BigInt(`0x${NAMED[name][part]}`));
    const point = weierstrass({ p, n, h: 1n, a: p - 3n, b, Gx, Gy });
    point.BASE.precompute(WINDOW);
    made.set(name, ecdsa(point, NAMED[name].hash));
  }
  return made.get(name);
}

ed25519.Point.BASE.precompute(WINDOW);
