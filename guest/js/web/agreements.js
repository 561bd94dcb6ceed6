// What two agree on by a secret of the one and a point of the other: ECDH, and X25519.

import { curve, x25519 } from './curves.js';

/** Whether keys are of one curve. */
export const isOfOneCurve = (one, other) => one.kind === other.kind && one.curve === other.curve;

/**
 * The bytes that they agree on: of ECDH those of the common point's first coordinate. The point was looked at when its key was read; X25519's
 * are refused here of which nothing but zeros would come.
 */
export function agreed({ kind, curve: name, secret }, { point }) {
  return kind === 'ec' ? curve(name).getSharedSecret(secret, point, true).slice(1) : x25519.getSharedSecret(secret, point);
}
