//! TLS to a Redis: whom to trust.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use redis::{Client, TlsCertificates};
use tokio_rustls::rustls::crypto::ring;

/// Bytes of a file with certificates: that of a whole system has a few hundred thousand.
const MAX_FILE: u64 = 4 << 20;

/// Who connects to a Redis; over TLS where its URL says so. Its certificate must lead to one in the file of an `authority`, or else
/// to one that the system trusts.
pub(super) fn client(url: &str, authority: Option<&Path>) -> Result<Client, String> {
    let told = |error: redis::RedisError| error.to_string();
    // What the library speaks TLS with, unless whoever embeds this has chosen.
    let _ = ring::default_provider().install_default();
    let Some(path) = authority else { return Client::open(url).map_err(told) };
    let pem = read(path).map_err(|why| format!("{}: {why}", path.display()))?;
    Client::build_with_tls(url, TlsCertificates { client_tls: None, root_cert: Some(pem) })
        .map_err(|error| format!("{}: {error}", path.display()))
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let mut pem = Vec::new();
    let file = File::open(path).map_err(|error| error.to_string())?;
    file.take(MAX_FILE + 1).read_to_end(&mut pem).map_err(|error| error.to_string())?;
    let mark = b"-----BEGIN CERTIFICATE-----";
    match pem.windows(mark.len()).any(|window| window == mark) {
        _ if pem.len() as u64 > MAX_FILE => Err(format!("it has more than {MAX_FILE} bytes")),
        true => Ok(pem),
        false => Err("it holds no certificate in PEM".to_owned()),
    }
}
