// What Node makes of sealed.json by the keys of keys.json, asked of the same calls: true where it is right.
import crypto from 'node:crypto';
import { promisify } from 'node:util';
import keys from './keys.json';
import sealed from './sealed.json';

const data = Buffer.from('what is signed');
const { passphrase } = sealed;
const why = (work) => {
  try {
    return work() && 0;
  } catch (error) {
    return error.code;
  }
};
const isData = (made) => made.equals(data);
const read = (text) => Buffer.from(text, 'base64');

async function made() {
  const { privateKey, publicKey } = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = { publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase } };
  const later = await promisify(crypto.generateKeyPair)('rsa', { modulusLength: 1024, ...pem });
  const again = crypto.createPrivateKey({ key: later.privateKey, passphrase });
  return [
    publicKey.asymmetricKeyDetails.modulusLength, crypto.verify('sha256', data, publicKey, crypto.sign('sha256', data, privateKey)),
    isData(crypto.privateDecrypt(privateKey, crypto.publicEncrypt(publicKey, data))), crypto.createPrivateKey(privateKey.export({ type: 'pkcs1', format: 'pem' })).equals(privateKey),
    crypto.createPublicKey(again).export(pem.publicKeyEncoding) === later.publicKey,
  ];
}

function opened({ private: secret, public: half }) {
  const labelled = { oaepHash: 'sha256', oaepLabel: Buffer.from('label') };
  const old = { key: secret, padding: crypto.constants.RSA_PKCS1_PADDING };
  const wrong = read(sealed.oaep);
  wrong[100] ^= 1;
  return [
    isData(crypto.privateDecrypt(secret, read(sealed.oaep))), isData(crypto.privateDecrypt({ key: secret, ...labelled }, read(sealed.labelled))),
    isData(crypto.privateDecrypt(old, read(sealed.old))), isData(crypto.publicDecrypt(half, read(sealed.sealed))), crypto.privateEncrypt(secret, data).equals(read(sealed.sealed)),
    isData(crypto.privateDecrypt(old, wrong)), why(() => crypto.privateDecrypt(secret, wrong)), why(() => crypto.privateDecrypt(secret, read(sealed.labelled))),
    why(() => crypto.publicEncrypt(half, Buffer.alloc(256))),
  ];
}

function agreed({ private: pem }) {
  const object = (key, of) => of({ key, format: 'jwk' });
  const privateKey = crypto.createPrivateKey(pem);
  const publicKey = object(sealed.peer, crypto.createPublicKey);
  const ecdh = crypto.createECDH('prime256v1').setPrivateKey(keys.p256.jwk.d, 'base64url');
  const point = `04${[sealed.peer.x, sealed.peer.y].map((part) => Buffer.from(part, 'base64url').toString('hex')).join('')}`;
  const { own, peer, secret } = sealed.x25519;
  return [
    crypto.diffieHellman({ privateKey, publicKey }).toString('base64') === sealed.secret, ecdh.computeSecret(point, 'hex', 'base64') === sealed.secret,
    ecdh.getPublicKey('hex', 'compressed').length,
    crypto.diffieHellman({ privateKey: object(own, crypto.createPrivateKey), publicKey: object(peer, crypto.createPublicKey) }).toString('base64') === secret,
    why(() => ecdh.computeSecret(point.replace(/..$/, '00'), 'hex')), why(() => crypto.createECDH('secp256k1')), why(() => crypto.createDiffieHellman(512)),
    crypto.generateKeyPairSync('x25519').publicKey.asymmetricKeyType,
  ];
}

function unlocked({ private: pem }) {
  const right = crypto.createPrivateKey(pem);
  const isRight = (key) => crypto.createPrivateKey({ key, passphrase }).equals(right);
  const again = right.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-128-cbc', passphrase });
  return [
    isRight(sealed.pkcs8), isRight(sealed.sec1), isRight(again), why(() => crypto.createPrivateKey(sealed.pkcs8)), why(() => crypto.createPrivateKey({ key: sealed.sec1, passphrase: 'x' })),
    crypto.verify('sha256', data, keys.p256.public, crypto.sign('sha256', data, { key: sealed.pkcs8, passphrase })),
  ];
}

export default {
  async fetch() {
    return Response.json({ made: await made(), opened: opened(keys.rsa), agreed: agreed(keys.p256), unlocked: unlocked(keys.p256) });
  },
};
