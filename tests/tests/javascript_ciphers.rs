//! AES in JavaScript: Node's, and the Web's.

use doverb_tests::Server;
use doverb_tests::javascript::answer;
use doverb_tests::sources::folder;

#[test]
fn nodes_ciphers_make_the_bytes_that_node_makes() {
    let code = "import crypto from 'node:crypto';\nconst key = Buffer.alloc(32, 1);\n\
        const said = (work) => { try { return work(); } catch (error) { return [error.message, error.code]; } };\n\
        function both(name, iv) {\n  const cipher = crypto.createCipheriv(name, key, iv);\n  \
        const made = cipher.update('hello ', 'utf8', 'hex') + cipher.update('world, and more than a block', 'utf8', 'hex') + cipher.final('hex');\n  \
        const back = crypto.createDecipheriv(name, key, iv);\n  if (name.endsWith('gcm')) back.setAuthTag(cipher.getAuthTag());\n  \
        const text = [made.slice(0, 10), made.slice(10, 12), made.slice(12)].map((part) => back.update(part, 'hex', 'utf8')).join('') + back.final('utf8');\n  \
        return [made, cipher.getAuthTag && name.endsWith('gcm') ? cipher.getAuthTag().toString('hex') : '', text === 'hello world, and more than a block'];\n}\n\
        const answer = () => [both('aes-256-cbc', Buffer.alloc(16, 2)), both('aes-256-gcm', Buffer.alloc(12, 2)), both('aes-256-gcm', Buffer.alloc(16, 2)),\n  \
        both('AES-256-CTR', Buffer.alloc(16, 255)), both('aes-256-ecb', null),\n  \
        said(() => crypto.createCipheriv('aes-128-cbc', key, Buffer.alloc(16))), said(() => crypto.createCipheriv('aes-256-cbc', key, 'short')), said(() => crypto.createCipheriv('rot-13', key, null)),\n  \
        said(() => crypto.createDecipheriv('aes-256-cbc', key, Buffer.alloc(16)).final()),\n  \
        said(() => { const back = crypto.createDecipheriv('aes-256-gcm', key, Buffer.alloc(12)); back.setAuthTag(Buffer.alloc(16)); back.update('x'); return back.final(); }),\n  \
        crypto.getCiphers().includes('aes-256-gcm')];";
    let expected = "[[\"ed0084ddb248fcbe800a5ff71d348c8129505bfe162df36158aee998f180ddbdcf82eef84c6e1f07822c183aea81276a\",\"\",true],\
        [\"6fb3a5252577b692a1a0d8e47cc6acd682d8be9d8e91f919bce9c09a589918101414\",\"f01ae3d39cb6aebcb1c1b5811e605fbf\",true],\
        [\"1853fb26b0e1587bac401630853bbd4ed6d4f65aeaafe60e64db25b6a7c7163c8469\",\"9e21869b4b07a53113c8fe8ef935da54\",true],\
        [\"6436e1096675f0a83bba0f9e302f548752f5a5d700236ac5a7a003b31ec40f17cdc3\",\"\",true],\
        [\"1c6835d12c8c2bc6a470e5721910cbc546276996ddcd6061b378e619cb8f7593ae106bbfe21bdf83fe1b95cddb66066c\",\"\",true],\
        [\"Invalid key length\",\"ERR_CRYPTO_INVALID_KEYLEN\"],[\"Invalid initialization vector\",\"ERR_CRYPTO_INVALID_IV\"],[\"Unknown cipher\",\"ERR_CRYPTO_UNKNOWN_CIPHER\"],\
        [\"wrong final block length\",\"ERR_OSSL_WRONG_FINAL_BLOCK_LENGTH\"],[\"Unsupported state or unable to authenticate data\",null],true]";
    assert_eq!(answer("app.js", code, &[]), expected);
}

#[test]
fn the_webs_ciphers_seal_open_and_wrap() {
    let code = "const raw = new Uint8Array(32).fill(1);\nconst hex = (data) => Buffer.from(data).toString('hex');\nconst { subtle } = crypto;\n\
        export default { async fetch() {\n  const key = await subtle.importKey('raw', raw, 'AES-GCM', true, ['encrypt', 'decrypt']);\n  \
        const gcm = { name: 'AES-GCM', iv: new Uint8Array(12).fill(2), additionalData: new TextEncoder().encode('a') };\n  \
        const sealed = await subtle.encrypt(gcm, key, new TextEncoder().encode('hello'));\n  \
        const said = [hex(sealed), new TextDecoder().decode(await subtle.decrypt(gcm, key, sealed)), key.algorithm, (await subtle.exportKey('jwk', key)).alg];\n  \
        new Uint8Array(sealed)[0] ^= 1;\n  said.push(await subtle.decrypt(gcm, key, sealed).catch((error) => error.name));\n  \
        said.push(await subtle.importKey('raw', raw.subarray(1), 'AES-GCM', true, []).catch((error) => error.name));\n  \
        const wrapping = await subtle.importKey('raw', raw, 'AES-KW', true, ['wrapKey', 'unwrapKey']);\n  \
        const mac = await subtle.importKey('raw', new Uint8Array(16).fill(3), { name: 'HMAC', hash: 'SHA-256' }, true, ['sign']);\n  \
        const wrapped = await subtle.wrapKey('raw', mac, wrapping, 'AES-KW');\n  \
        const found = await subtle.unwrapKey('raw', wrapped, wrapping, 'AES-KW', { name: 'HMAC', hash: 'SHA-256' }, true, ['sign']);\n  \
        said.push(hex(wrapped), hex(await subtle.exportKey('raw', found)));\n  \
        const made = await subtle.generateKey({ name: 'AES-CBC', length: 128 }, true, ['encrypt', 'decrypt']);\n  \
        const cbc = { name: 'AES-CBC', iv: new Uint8Array(16) };\n  \
        said.push(made.algorithm.length, hex(await subtle.decrypt(cbc, made, await subtle.encrypt(cbc, made, raw))) === hex(raw));\n  \
        const base = await subtle.importKey('raw', raw, 'PBKDF2', false, ['deriveKey']);\n  \
        const derived = await subtle.deriveKey({ name: 'PBKDF2', salt: raw, iterations: 2, hash: 'SHA-256' }, base, { name: 'AES-CTR', length: 256 }, true, ['encrypt']);\n  \
        said.push((await subtle.encrypt({ name: 'AES-CTR', counter: new Uint8Array(16), length: 64 }, derived, raw)).byteLength);\n  \
        return Response.json(said);\n} };\n";
    let folder = folder(&[("app.js", code)]);
    let answer = Server::start(&folder.path().join("app.js"), &["--no-watch"]).connect().get("/");
    let expected = "[\"6fb3a5252555e4e6d02ff14ff24c23573d1297ec41\",\"hello\",{\"name\":\"AES-GCM\",\"length\":256},\"A256GCM\",\"OperationError\",\"DataError\",\
        \"78d1bba02523c3b0fb38fea4270946b9985186aa1ba8f987\",\"03030303030303030303030303030303\",128,true,32]";
    assert_eq!(answer.text(), expected);
}
