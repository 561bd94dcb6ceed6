//! `hello` for `wasmtime serve`: the same answer over `wasi:http`.

use wasip2::exports::http::incoming_handler::Guest;
use wasip2::http::types::{Fields, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam};

struct Hello;

const BODY: &[u8] = b"Hello, World!";

impl Guest for Hello {
    fn handle(_: IncomingRequest, out: ResponseOutparam) {
        let fields = Fields::new();
        fields.append("content-type", b"text/plain").expect("a valid field");
        fields.append("content-length", b"13").expect("a valid field");
        let response = OutgoingResponse::new(fields);
        let body = response.body().expect("taken once");
        ResponseOutparam::set(out, Ok(response));
        let stream = body.write().expect("taken once");
        stream.blocking_write_and_flush(BODY).expect("the client is there");
        drop(stream);
        OutgoingBody::finish(body, None).expect("as long as announced");
    }
}

wasip2::http::proxy::export!(Hello);
