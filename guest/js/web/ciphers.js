// AES of crypto.subtle, by @noble/ciphers: in a component only if its code names it.

import { aeskw, cbc, ctr, gcm } from '../vendor/noble-ciphers/aes.js';
import { ciphers } from './subtle.js';

const TAG = 128;
const none = new Uint8Array(0);

function bytes(data) {
  return ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data);
}

function withTag(algorithm, key) {
  if ((algorithm.tagLength ?? TAG) !== TAG) throw new DOMException('a tag has 128 bits here', 'NotSupportedError');
  return gcm(key, bytes(algorithm.iv), bytes(algorithm.additionalData ?? none));
}

ciphers.set('AES-GCM', withTag);
ciphers.set('AES-CBC', (algorithm, key) => cbc(key, bytes(algorithm.iv)));
ciphers.set('AES-CTR', (algorithm, key) => ctr(key, bytes(algorithm.counter)));
ciphers.set('AES-KW', (algorithm, key) => aeskw(key));
