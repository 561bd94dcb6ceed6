// AES of Node's crypto, by @noble/ciphers: in a component only if its code names what makes ciphers.

import { cbc, ctr, ecb, gcm } from '../vendor/noble-ciphers/aes.js';
import { ghash } from '../vendor/noble-ciphers/_polyval.js';
import { isEqual } from './hashes.js';
import { Buffer } from '../node/buffer.js';
import { bytes, ciphers, encoded } from '../node/crypto.js';
import stream from '../node/stream.js';

const BLOCK = 16;
const fail = (message, code, Kind = Error) => {
  throw Object.assign(new Kind(message), { code });
};

/** CBC and ECB: whole blocks, and what is missing of the last one. */
class Blocks {
  #rest = new Uint8Array(0);
  #run;
  #isPacking;
  isPadded = true;

  constructor(run, isPacking) {
    this.#run = run;
    this.#isPacking = isPacking;
  }

  push(data) {
    const all = Buffer.concat([this.#rest, data]);
    // The last block may be what was added.
    const isKept = !this.#isPacking && this.isPadded;
    const end = Math.max(0, Math.floor((all.length - (isKept ? 1 : 0)) / BLOCK) * BLOCK);
    this.#rest = all.subarray(end);
    return this.#run(all.subarray(0, end));
  }

  end() {
    const rest = this.#rest;
    if (!this.isPadded) return rest.length > 0 ? fail('wrong final block length', 'ERR_OSSL_WRONG_FINAL_BLOCK_LENGTH') : rest;
    if (this.#isPacking) {
      const added = BLOCK - (rest.length % BLOCK);
      return this.#run(Buffer.concat([rest, Buffer.alloc(added, added)]));
    }
    if (rest.length !== BLOCK) fail('wrong final block length', 'ERR_OSSL_WRONG_FINAL_BLOCK_LENGTH');
    const last = this.#run(rest);
    const added = last[BLOCK - 1];
    if (added === 0 || added > BLOCK || last.subarray(BLOCK - added).some((byte) => byte !== added)) fail('bad decrypt', 'ERR_OSSL_BAD_DECRYPT');
    return last.subarray(0, BLOCK - added);
  }
}

/** Bytes that are told apart by where they are. */
class Counted {
  #key;
  #start;
  #done = 0;

  constructor(key, start) {
    this.#key = key;
    this.#start = BigInt(`0x${Buffer.from(start).toString('hex')}`);
  }

  push(data) {
    const before = this.#done % BLOCK;
    const counter = (this.#start + BigInt((this.#done - before) / BLOCK)) % (1n << 128n);
    const at = Buffer.from(counter.toString(16).padStart(32, '0'), 'hex');
    this.#done += data.length;
    return ctr(this.#key, at).encrypt(Buffer.concat([Buffer.alloc(before), data])).subarray(before);
  }

  end() {
    return new Uint8Array(0);
  }
}

/** GCM: the same, and a tag of all of it. */
class Tagged {
  #key;
  #iv;
  #isPacking;
  #counted;
  #plain = [];
  aad = [];
  tag;

  constructor(key, iv, isPacking) {
    this.#key = key;
    this.#iv = iv;
    this.#isPacking = isPacking;
    const first = Buffer.from(iv.length === 12 ? Buffer.concat([iv, Uint8Array.of(0, 0, 0, 1)]) : this.#hashed());
    first.writeUInt32BE((first.readUInt32BE(12) + 1) >>> 0, 12);
    this.#counted = new Counted(key, first);
  }

  push(data) {
    const made = this.#counted.push(data);
    this.#plain.push(Uint8Array.from(this.#isPacking ? data : made));
    return made;
  }

  end() {
    const sealed = gcm(this.#key, this.#iv, Buffer.concat(this.aad)).encrypt(Buffer.concat(this.#plain));
    const tag = sealed.subarray(sealed.length - BLOCK);
    if (this.#isPacking) this.tag = Buffer.from(tag);
    else if (!this.tag || !isEqual(tag.subarray(0, this.tag.length), this.tag)) fail('Unsupported state or unable to authenticate data', undefined);
    return new Uint8Array(0);
  }

  /** Where the counter begins, of a nonce of another length. */
  #hashed() {
    const length = Buffer.alloc(BLOCK);
    length.writeBigUInt64BE(BigInt(this.#iv.length) * 8n, 8);
    const padding = Buffer.alloc((BLOCK - (this.#iv.length % BLOCK)) % BLOCK);
    const key = ecb(this.#key, { disablePadding: true }).encrypt(new Uint8Array(BLOCK));
    return ghash(Buffer.concat([this.#iv, padding, length]), key);
  }
}

/** Each block changes the next one. */
function chained(key, first, isPacking) {
  let iv = first;
  return new Blocks((data) => {
    if (data.length === 0) return data;
    const cipher = cbc(key, iv, { disablePadding: true });
    const made = isPacking ? cipher.encrypt(data) : cipher.decrypt(data);
    iv = Uint8Array.from((isPacking ? made : data).subarray(-BLOCK));
    return made;
  }, isPacking);
}

function apart(key, isPacking) {
  return new Blocks((data) => {
    if (data.length === 0) return data;
    // One of its ciphers packs once.
    const cipher = ecb(key, { disablePadding: true });
    return isPacking ? cipher.encrypt(data) : cipher.decrypt(data);
  }, isPacking);
}

const MODES = {
  cbc: { nonce: BLOCK, make: chained },
  ctr: { nonce: BLOCK, make: (key, iv) => new Counted(key, iv) },
  ecb: { nonce: 0, make: (key, iv, isPacking) => apart(key, isPacking) },
  gcm: { make: (key, iv, isPacking) => new Tagged(key, iv, isPacking) },
};

function made(name, key, iv, isPacking) {
  const [, bits, mode] = /^(?:id-)?aes-?(128|192|256)-?(cbc|ctr|ecb|gcm)$/i.exec(name) ?? fail('Unknown cipher', 'ERR_CRYPTO_UNKNOWN_CIPHER');
  const { nonce, make } = MODES[mode.toLowerCase()];
  const [secret, given] = [Uint8Array.from(bytes(key)), iv === null ? new Uint8Array(0) : Uint8Array.from(bytes(iv))];
  if (secret.length !== bits / 8) fail('Invalid key length', 'ERR_CRYPTO_INVALID_KEYLEN', RangeError);
  if (nonce === undefined ? given.length === 0 : given.length !== nonce) fail('Invalid initialization vector', 'ERR_CRYPTO_INVALID_IV', TypeError);
  return make(secret, given, isPacking);
}

class Cipher extends stream.Transform {
  #cipher;
  #tagLength;

  constructor(isPacking, name, key, iv, options = {}) {
    super(options);
    this.#cipher = made(name, key, iv, isPacking);
    this.#tagLength = options?.authTagLength ?? BLOCK;
  }

  update(data, from, to) {
    return encoded(Buffer.from(this.#cipher.push(bytes(data, from))), to);
  }

  final(to) {
    return encoded(Buffer.from(this.#cipher.end()), to);
  }

  setAutoPadding(isPadded = true) {
    this.#cipher.isPadded = isPadded;
    return this;
  }

  setAAD(data) {
    this.#cipher.aad.push(Uint8Array.from(bytes(data)));
    return this;
  }

  getAuthTag() {
    if (!this.#cipher.tag) fail('Invalid state for operation getAuthTag', 'ERR_CRYPTO_INVALID_STATE');
    return this.#cipher.tag.subarray(0, this.#tagLength);
  }

  setAuthTag(tag, encoding) {
    const given = Buffer.from(bytes(tag, encoding));
    if (given.length < 4 || given.length > BLOCK) fail(`Invalid authentication tag length: ${given.length}`, 'ERR_CRYPTO_INVALID_AUTH_TAG', TypeError);
    this.#cipher.tag = given;
    return this;
  }

  _transform(chunk, encoding, done) {
    this.#give(() => this.update(chunk, encoding), done);
  }

  _flush(done) {
    this.#give(() => this.final(), done);
  }

  #give(work, done) {
    try {
      this.push(work());
    } catch (error) {
      return done(error);
    }
    done();
  }
}

export class Cipheriv extends Cipher {
  constructor(...args) {
    super(true, ...args);
  }
}

export class Decipheriv extends Cipher {
  constructor(...args) {
    super(false, ...args);
  }
}

ciphers.Cipheriv = Cipheriv;
ciphers.Decipheriv = Decipheriv;
