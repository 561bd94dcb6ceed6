//! A certificate and its key, from files to what TLS is spoken with.

use std::fs::{self, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::OFlags;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// What a client may choose: HTTP/2 is not spoken here.
const PROTOCOL: &[u8] = b"http/1.1";

/// The files that TLS needs, both in PEM. They are loaded again when they change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, followed by those that lead from it to one that clients know.
    pub cert: PathBuf,
    /// The certificate's private key.
    pub key: PathBuf,
}

/// Why a certificate can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file can't be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file holds no certificate.
    #[error("{}: it holds no certificate in PEM", path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// A file holds no private key.
    #[error("{}: it holds no private key in PEM", path.display())]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// A file is not in PEM.
    #[error("{}: it is broken PEM: {reason}", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Certificate and key are well-formed and can't be used, or not with each other.
    #[error("{} with the key {}: {reason}", cert.display(), key.display())]
    Unusable {
        /// The certificate's file.
        cert: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// Why.
        reason: String,
    },
}

impl TlsFiles {
    pub(crate) fn load(&self) -> Result<Arc<ServerConfig>, TlsError> {
        let TlsFiles { cert, key } = self;
        let chain: Vec<_> = CertificateDer::pem_slice_iter(&read(cert)?)
            .collect::<Result<_, _>>()
            .map_err(|error| bad_pem(cert, &error))?;
        if chain.is_empty() {
            return Err(TlsError::NoCertificate { path: cert.clone() });
        }
        let private = PrivateKeyDer::from_pem_slice(&read(key)?).map_err(|error| match error {
            pem::Error::NoItemsFound => TlsError::NoKey { path: key.clone() },
            error => bad_pem(key, &error),
        })?;
        let unusable = |error: tokio_rustls::rustls::Error| TlsError::Unusable {
            cert: cert.clone(),
            key: key.clone(),
            reason: error.to_string(),
        };
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(unusable)?
            .with_no_client_auth()
            .with_single_cert(chain, private)
            .map_err(unusable)?;
        config.alpn_protocols = vec![PROTOCOL.to_vec()];
        Ok(Arc::new(config))
    }

    /// What differs when either file is written or replaced.
    pub(crate) fn stamp(&self) -> Stamp {
        let of = |path: &Path| {
            let file = fs::metadata(path).ok()?;
            Some([file.ino(), file.size(), file.mtime().cast_unsigned(), file.mtime_nsec().cast_unsigned()])
        };
        [of(&self.cert), of(&self.key)]
    }
}

/// Of each file what tells its versions apart; none for one that is not there.
pub(crate) type Stamp = [Option<[u64; 4]>; 2];

/// Bytes of a certificate's file or a key's.
const MAX_FILE: u64 = 1 << 20;

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    let read = || {
        // A pipe in its place would hold up the thread that opens it, and a file without an end the one that reads it.
        let flags = OFlags::NONBLOCK.bits().cast_signed();
        let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
        }
        let mut content = Vec::new();
        file.take(MAX_FILE).read_to_end(&mut content)?;
        Ok(content)
    };
    read().map_err(|source| TlsError::Read { path: path.into(), source })
}

fn bad_pem(path: &Path, error: &pem::Error) -> TlsError {
    // What it quotes of the file may be a part of the key.
    let reason = match error {
        pem::Error::MissingSectionEnd { .. } => "a section has no end",
        pem::Error::IllegalSectionStart { .. } => "a section has a malformed first line",
        pem::Error::Base64Decode(_) => "a section is not in base64",
        _ => "a section cannot be read",
    };
    TlsError::Pem { path: path.into(), reason: reason.into() }
}
