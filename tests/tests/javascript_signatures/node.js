// What Node makes of the keys and signatures of keys.json, asked of the same calls: true where it is right.
import crypto, { generateKeyPairSync, sign } from 'node:crypto';
import { promisify } from 'node:util';
import keys from './keys.json';

const DATA = 'what is signed';
const { constants } = crypto;
const why = (work) => {
  try {
    return work();
  } catch (error) {
    return error.code;
  }
};

function streamed({ private: key, public: half, signature }, options = {}) {
  const made = crypto.createSign('RSA-SHA256').update(DATA.slice(0, 3)).update(DATA.slice(3)).sign({ key, ...options }, 'base64');
  const check = (given, text) => crypto.createVerify('sha256').update(text).verify({ key: half, ...options }, given, 'base64');
  return [check(made, DATA), check(signature, DATA), check(signature, `${DATA}.`), check(signature.replace(/../, 'AA'), DATA)];
}

function objects({ private: given, public: half, jwk }) {
  const key = crypto.createPrivateKey(given);
  const open = crypto.createPublicKey(key);
  const { kty, d, p, q, dp, dq, qi, ...shown } = jwk;
  return [
    key.type, open.type, key.asymmetricKeyType, Object.values(open.asymmetricKeyDetails).map(String).join(),
    key.export({ type: 'pkcs8', format: 'pem' }) === given, open.export({ type: 'spki', format: 'pem' }) === half,
    key.equals(crypto.createPrivateKey({ key: jwk, format: 'jwk' })), open.equals(crypto.createPublicKey({ key: { kty, ...shown }, format: 'jwk' })),
    open.equals(crypto.createPublicKey({ key: open.export({ type: 'spki', format: 'der' }), format: 'der', type: 'spki' })), open instanceof crypto.KeyObject,
  ];
}

const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
const data = Buffer.from(DATA);

export default {
  async fetch() {
    const { rsa, p256, ed25519 } = keys;
    const made = generateKeyPairSync('ec', { namedCurve: 'P-256', publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'sec1', format: 'pem' } });
    const later = await promisify(crypto.generateKeyPair)('ed25519', {});
    return Response.json({
      streamed: [rsa, p256, keys.p384, keys.p521].map((key) => streamed(key)),
      fixed: [sign('sha256', data, rsa.private).toString('base64') === rsa.signature, sign(null, data, ed25519.private).toString('base64') === ed25519.signature],
      pss: [crypto.verify('sha256', data, { key: rsa.public, ...pss }, Buffer.from(rsa.pss, 'base64')), ...streamed({ ...rsa, signature: rsa.pss }, pss)],
      compact: streamed({ ...p256, signature: p256.compact }, { dsaEncoding: 'ieee-p1363' }),
      objects: [rsa, p256, ed25519].map(objects),
      made: [crypto.verify('sha384', data, made.publicKey, sign('sha384', data, made.privateKey)), later.publicKey.asymmetricKeyType],
      refused: [
        why(() => crypto.createPrivateKey('secret') && 0), why(() => crypto.createPrivateKey(rsa.public) && 0), why(() => sign('sha256', data, ed25519.private) && 0),
        why(() => crypto.createHmac('sha256', crypto.createPublicKey(rsa.public)) && 0), why(() => crypto.createSign('rot13') && 0),
        why(() => generateKeyPairSync('dsa', { modulusLength: 2048 }) && 0), why(() => sign('sha256', data, 'x'.repeat(1 << 20)) && 0),
      ],
    });
  },
};
