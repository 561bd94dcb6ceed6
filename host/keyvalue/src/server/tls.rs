//! TLS to a Redis: whom to trust.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use doverb_trust::Trusted;
use pem::Pem;
use redis::{Client, ConnectionAddr, IntoConnectionInfo, TlsCertificates};
use rustix::fs::{Mode, OFlags};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;

/// Bytes of a file with certificates: that of a whole system has a few hundred thousand.
const MAX_FILE: u64 = 4 << 20;

/// Who connects to a Redis; over TLS where its URL says so. Its certificate must lead to one in the file of an `authority`, or else
/// to one that the system trusts now.
pub(super) fn client(url: &str, authority: Option<&Path>) -> Result<Client, String> {
    // What the library speaks TLS with, unless whoever embeds this has chosen.
    let _ = ring::default_provider().install_default();
    let known_by = |root_cert| {
        Client::build_with_tls(url, TlsCertificates { client_tls: None, root_cert })
            .map_err(|error| error.to_string())
    };
    match authority {
        Some(path) => {
            read(path).and_then(|pem| known_by(Some(pem))).map_err(|why| format!("{}: {why}", path.display()))
        }
        None if is_over_tls(url) => known_by(of_the_system()),
        None => Client::open(url).map_err(|error| error.to_string()),
    }
}

fn is_over_tls(url: &str) -> bool {
    url.into_connection_info().is_ok_and(|info| matches!(info.addr, ConnectionAddr::TcpTls { .. }))
}

/// Whom the system trusts, in PEM; nothing where that is whom Mozilla does, as the library then takes it to be.
fn of_the_system() -> Option<Vec<u8>> {
    match Trusted::of_the_system() {
        Trusted::These(these) => {
            let pem = |one: CertificateDer<'_>| pem::encode(&Pem::new("CERTIFICATE", one.as_ref()));
            Some(these.into_iter().map(pem).collect::<String>().into_bytes())
        }
        _ => None,
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let mut pem = Vec::new();
    // A pipe is waited for by nobody.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = rustix::fs::open(path, flags, Mode::empty()).map_err(|error| error.to_string())?;
    File::from(file).take(MAX_FILE + 1).read_to_end(&mut pem).map_err(|error| error.to_string())?;
    let mark = b"-----BEGIN CERTIFICATE-----";
    match pem.windows(mark.len()).any(|window| window == mark) {
        _ if pem.len() as u64 > MAX_FILE => Err(format!("it has more than {MAX_FILE} bytes")),
        true => Ok(pem),
        false => Err("it holds no certificate in PEM".to_owned()),
    }
}
