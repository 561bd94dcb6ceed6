// crypto.subtle with the keys and signatures of keys.json.
import keys from './keys.json';

const { subtle } = crypto;
const data = new TextEncoder().encode('what is signed');
const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
const der = (pem) => bytes(pem.replace(/-----[A-Z ]+-----|\n/g, ''));
const name = (error) => error.name;

async function checked(key, algorithm, signature, way = algorithm) {
  const { kty, d, p, q, dp, dq, qi, ...shown } = key.jwk;
  const open = await subtle.importKey('spki', der(key.public), algorithm, true, ['verify']);
  const own = await subtle.importKey('jwk', key.jwk, algorithm, true, ['sign']);
  const other = await subtle.importKey('jwk', { kty, ...shown }, algorithm, true, ['verify']);
  const made = await subtle.sign(way, own, data);
  const wrong = bytes(signature);
  wrong[9] ^= 4;
  return [
    await subtle.verify(way, open, bytes(signature), data), await subtle.verify(way, other, made, data), await subtle.verify(way, open, wrong, data),
    await subtle.verify(way, open, made, data.subarray(1)), new Uint8Array(await subtle.exportKey('spki', other)).join() === der(key.public).join(),
    new Uint8Array(await subtle.exportKey('pkcs8', own)).join() === der(key.private).join(), (await subtle.exportKey('jwk', own)).alg ?? '',
    await subtle.sign(way, open, data).catch(name), await subtle.exportKey('pkcs8', open).catch(name), open.type,
  ];
}

async function generated(algorithm, way) {
  const { privateKey, publicKey } = await subtle.generateKey(algorithm, false, ['sign', 'verify']);
  const raw = await subtle.exportKey('raw', publicKey);
  const again = await subtle.importKey('raw', raw, algorithm, true, ['verify']);
  return [await subtle.verify(way, again, await subtle.sign(way, privateKey, data), data), raw.byteLength, await subtle.exportKey('pkcs8', privateKey).catch(name)];
}

export default {
  async fetch() {
    const ec = (namedCurve) => ({ name: 'ECDSA', namedCurve });
    const way = { name: 'ECDSA', hash: 'SHA-256' };
    const { rsa, p256, p384, p521, ed25519 } = keys;
    return Response.json({
      rsa: await checked(rsa, { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, rsa.signature),
      pss: await checked(rsa, { name: 'RSA-PSS', hash: 'SHA-256' }, rsa.pss, { name: 'RSA-PSS', saltLength: 32 }),
      p256: await checked(p256, ec('P-256'), p256.compact, way),
      p384: await checked(p384, ec('P-384'), p384.compact, way),
      p521: await checked(p521, ec('P-521'), p521.compact, way),
      ed25519: await checked(ed25519, { name: 'Ed25519' }, ed25519.signature),
      generated: [await generated(ec('P-256'), way), await generated('Ed25519', 'Ed25519')],
      refused: [
        await subtle.importKey('spki', der(p256.public), ec('P-384'), true, ['verify']).catch(name),
        await subtle.importKey('spki', der(p256.public), ec('P-256'), true, ['sign']).catch(name),
        await subtle.importKey('spki', new Uint8Array(1 << 20), ec('P-256'), true, ['verify']).catch(name),
        await subtle.generateKey({ name: 'RSA-PSS', hash: 'SHA-256', modulusLength: 8192, publicExponent: Uint8Array.of(3) }, true, ['sign', 'verify']).catch(name),
        await subtle.generateKey({ name: 'Ed448' }, true, ['sign']).catch(name),
      ],
    });
  },
};
