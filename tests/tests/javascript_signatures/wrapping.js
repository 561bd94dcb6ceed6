// crypto.subtle with what sealed.json has of the keys of keys.json, and with keys of its own.
import keys from './keys.json';
import sealed from './sealed.json';

const { subtle } = crypto;
const data = new TextEncoder().encode('what is signed');
const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
const isSame = (one, other) => new Uint8Array(one).join() === new Uint8Array(other).join();
const name = (error) => error.name;

async function opened(hash, secret, label) {
  const key = await subtle.importKey('jwk', keys.rsa.jwk, { name: 'RSA-OAEP', hash }, true, ['decrypt', 'unwrapKey']);
  const way = { name: 'RSA-OAEP', ...(label && { label: new TextEncoder().encode(label) }) };
  return [isSame(await subtle.decrypt(way, key, bytes(secret)), data), await subtle.decrypt({ ...way, label: new Uint8Array(1) }, key, bytes(secret)).catch(name), (await subtle.exportKey('jwk', key)).alg];
}

async function wrapped() {
  const algorithm = { name: 'RSA-OAEP', hash: 'SHA-256', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) };
  const { privateKey, publicKey } = await subtle.generateKey(algorithm, false, ['wrapKey', 'unwrapKey']);
  const aes = await subtle.generateKey({ name: 'AES-GCM', length: 256 }, true, ['encrypt']);
  const packed = await subtle.wrapKey('raw', aes, publicKey, 'RSA-OAEP');
  const again = await subtle.unwrapKey('raw', packed, privateKey, 'RSA-OAEP', 'AES-GCM', true, ['encrypt']);
  return [isSame(await subtle.exportKey('raw', again), await subtle.exportKey('raw', aes)), packed.byteLength, await subtle.exportKey('pkcs8', privateKey).catch(name)];
}

async function agreed(algorithm, own, peer, secret) {
  const privateKey = await subtle.importKey('jwk', own, algorithm, true, ['deriveBits', 'deriveKey']);
  const open = await subtle.importKey('jwk', peer, algorithm, true, []);
  const way = { name: algorithm.name, public: open };
  const key = await subtle.deriveKey(way, privateKey, { name: 'AES-CBC', length: 128 }, true, ['encrypt']);
  const { privateKey: other } = await subtle.generateKey(algorithm, true, ['deriveBits']);
  return [
    isSame(await subtle.deriveBits(way, privateKey, null), bytes(secret)), isSame(await subtle.exportKey('raw', key), bytes(secret).slice(0, 16)),
    (await subtle.deriveBits(way, other, 8)).byteLength, await subtle.deriveBits({ ...way, public: privateKey }, other, 8).catch(name),
  ];
}

export default {
  async fetch() {
    const { d, ...shown } = sealed.x25519.own;
    return Response.json({
      opened: [await opened('SHA-1', sealed.oaep), await opened('SHA-256', sealed.labelled, 'label')],
      wrapped: await wrapped(),
      agreed: [
        await agreed({ name: 'ECDH', namedCurve: 'P-256' }, keys.p256.jwk, sealed.peer, sealed.secret),
        await agreed({ name: 'X25519' }, sealed.x25519.own, sealed.x25519.peer, sealed.x25519.secret),
      ],
      refused: [
        await subtle.importKey('raw', new Uint8Array(65).fill(4), { name: 'ECDH', namedCurve: 'P-256' }, true, []).catch(name),
        await subtle.importKey('jwk', shown, { name: 'X25519' }, true, ['deriveBits']).catch(name),
        await subtle.generateKey({ name: 'X448' }, true, ['deriveBits']).catch(name),
      ],
    });
  },
};
