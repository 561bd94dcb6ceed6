//! What JavaScript compresses with: Node's zlib, and the Web's streams.

use doverb_tests::Server;
use doverb_tests::javascript::answer;
use doverb_tests::sources::folder;

/// What `gzipSync('hello hello hello')` is, in base64, of Node's on Linux.
const PACKED: &str = "H4sIAAAAAAAAA8tIzcnJV8hAkACAiPnlEQAAAA==";

#[test]
fn zlib_packs_and_unpacks_as_in_node() {
    let code = format!(
        "import zlib, {{ crc32, gunzipSync }} from 'node:zlib';\n\
         const said = (work) => {{ try {{ return String(work()); }} catch (error) {{ return [error.message, error.code, error.errno]; }} }};\n\
         const text = 'hello hello hello';\n\
         const answer = () => [zlib.gzipSync(text).toString('base64') === '{PACKED}', String(gunzipSync(Buffer.from('{PACKED}', 'base64'))),\n  \
         zlib.deflateSync('', {{ level: 0 }}).toString('hex'), String(zlib.inflateRawSync(zlib.deflateRawSync(text))), String(zlib.unzipSync(zlib.deflateSync(text))),\n  \
         said(() => gunzipSync('xx')), said(() => gunzipSync(zlib.gzipSync(text).subarray(0, 15))), said(() => zlib.inflateSync(zlib.deflateSync(text), {{ maxOutputLength: 5 }})),\n  \
         said(() => zlib.gzipSync(5)), said(() => zlib.gzipSync('', {{ level: 10 }})), crc32('hello'), zlib.Z_BEST_SPEED, zlib.codes.Z_DATA_ERROR, 'brotliCompress' in zlib];"
    );
    let expected = "[true,\"hello hello hello\",\"7801010000ffff00000001\",\"hello hello hello\",\"hello hello hello\",\
        [\"incorrect header check\",\"Z_DATA_ERROR\",-3],[\"unexpected end of file\",\"Z_BUF_ERROR\",-5],\
        [\"Cannot create a Buffer larger than 5 bytes\",\"ERR_BUFFER_TOO_LARGE\",null],\
        [\"The \\\"buffer\\\" argument must be of type string or an instance of Buffer, TypedArray, DataView, or ArrayBuffer.\",\"ERR_INVALID_ARG_TYPE\",null],\
        [\"The value of \\\"options.level\\\" is out of range. It must be >= -1 and <= 9. Received 10\",\"ERR_OUT_OF_RANGE\",null],\
        907060870,1,-3,false]";
    assert_eq!(answer("app.js", &code, &[]), expected);
}

#[test]
fn zlibs_streams_and_the_webs_are_piped_flushed_and_broken() {
    let code = "import { Readable } from 'node:stream';\nimport { pipeline } from 'node:stream/promises';\nimport zlib from 'node:zlib';\n\
        const gathered = async (stream) => { const parts = []; for await (const part of stream) parts.push(part); return Buffer.concat(parts); };\n\
        const web = async (data, through) => gathered(new Blob([data]).stream().pipeThrough(through));\n\
        const text = 'hello hello hello '.repeat(5000);\n\
        export default { async fetch(request) {\n  \
        const packed = await gathered(Readable.from([text.slice(0, 7), text.slice(7)]).pipe(zlib.createGzip({ level: 9 })));\n  \
        const gunzip = zlib.createGunzip(); const parts = [];\n  \
        await pipeline(Readable.from([packed.subarray(0, 20), packed.subarray(20)]), gunzip, async function (parts_) { for await (const part of parts_) parts.push(part); });\n  \
        const flushed = await new Promise((done) => { const gzip = zlib.createGzip(); const seen = []; gzip.on('data', (part) => seen.push(part)); gzip.write('abc'); gzip.flush(() => done(Buffer.concat(seen))); });\n  \
        const broken = await gathered(Readable.from([Buffer.from('no')]).pipe(zlib.createInflate())).catch((error) => error.code);\n  \
        const later = await new Promise((done) => zlib.gzip('x', (error, data) => zlib.gunzip(data, (again, back) => done([error, again, String(back)]))));\n  \
        function Old() { zlib.Inflate.call(this); } Object.setPrototypeOf(Old.prototype, zlib.Inflate.prototype);\n  \
        const old = new Old()._processChunk(zlib.deflateSync('old'), zlib.constants.Z_FINISH);\n  \
        const unpacked = await web(await web(text, new CompressionStream('deflate-raw')), new DecompressionStream('deflate-raw'));\n  \
        const refused = await web('no', new DecompressionStream('gzip')).catch((error) => error.name);\n  \
        let unknown; try { new CompressionStream('br'); } catch (error) { unknown = error.name; }\n  \
        return Response.json([packed.length < 500, String(Buffer.concat(parts)) === text, gunzip.bytesWritten === packed.length,\n    \
        String(zlib.gunzipSync(flushed, { finishFlush: zlib.constants.Z_SYNC_FLUSH })), broken, later, String(old), String(unpacked) === text,\n    \
        String(zlib.inflateSync(await web('w', new CompressionStream('deflate')))), refused, unknown]);\n} };\n";
    let folder = folder(&[("app.js", code)]);
    let answer = Server::start(&folder.path().join("app.js"), &["--no-watch"]).connect().get("/");
    let expected =
        r#"[true,true,true,"abc","Z_DATA_ERROR",[null,null,"x"],"old",true,"w","TypeError","TypeError"]"#;
    assert_eq!(answer.text(), expected);
}

#[test]
fn what_compresses_by_brotli_is_told() {
    let code = "import zlib from 'zlib';\nexport default { fetch: () => new Response(zlib.brotliCompressSync('x')) };\n";
    let folder = folder(&[("app.js", code)]);
    let server = Server::start(&folder.path().join("app.js"), &["--no-watch"]);
    assert_eq!(server.connect().get("/").status, 500);
    server
        .wait_for_log("zlib.brotliCompressSync is not a function: Brotli is not there; gzip and deflate are");
}
