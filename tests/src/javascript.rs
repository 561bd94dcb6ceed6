//! What the tests of JavaScript share.

use crate::Server;
use crate::sources::folder;

/// A handler in JavaScript that answers with what its function `answer` gives.
pub const HANDLER: &str = "import { BaseHTTPRequestHandler } from 'doverb';\n\
    export default class extends BaseHTTPRequestHandler {\n  \
    do_GET() { const value = JSON.stringify(answer()); this.send_response(200); this.end_headers(); this.wfile.write(value); }\n}\n";

/// What a handler in JavaScript or TypeScript answers whose function `answer` is in `code`, beside these files.
#[must_use]
pub fn answer(name: &str, code: &str, files: &[(&str, &str)]) -> String {
    let handler = format!("{HANDLER}{code}\n");
    let folder = folder(&[&[(name, &handler[..])], files].concat());
    Server::start(&folder.path().join(name), &["--no-watch"]).connect().get("/").text()
}
