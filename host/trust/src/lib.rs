//! Whom to trust of servers that are called over TLS: one rule for whatever is called, another server or a store.
//!
//! ```
//! use doverb_trust::Trusted;
//!
//! let roots = Trusted::of_the_system().roots();
//! ```

#![warn(missing_docs)]

use tokio_rustls::rustls::RootCertStore;
use tokio_rustls::rustls::pki_types::CertificateDer;

/// Who signs certificates that count.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Trusted {
    /// Those of these certificates, which can all be read; nobody where there are none.
    These(Vec<CertificateDer<'static>>),
    /// Those whom Mozilla trusts.
    Mozilla,
}

impl Trusted {
    /// Whom the system trusts, or who is named by `SSL_CERT_FILE` and `SSL_CERT_DIR` in its place; where there is nothing, whom
    /// Mozilla trusts.
    #[must_use]
    pub fn of_the_system() -> Trusted {
        // A file that can't be read, or holds no certificate, leaves the others as they are.
        let found = rustls_native_certs::load_native_certs().certs;
        // Somebody has said whom to trust: then nobody else is trusted, also where that is nobody.
        let is_told = ["SSL_CERT_FILE", "SSL_CERT_DIR"].iter().any(|name| std::env::var_os(name).is_some());
        Trusted::chosen(found, is_told)
    }

    fn chosen(found: Vec<CertificateDer<'static>>, is_told: bool) -> Trusted {
        let can_be_read = |one: &CertificateDer<'_>| RootCertStore::empty().add(one.clone()).is_ok();
        let these: Vec<_> = found.into_iter().filter(can_be_read).collect();
        if these.is_empty() && !is_told { Trusted::Mozilla } else { Trusted::These(these) }
    }

    /// The same, for a client's configuration.
    #[must_use]
    pub fn roots(self) -> RootCertStore {
        match self {
            Trusted::These(these) => {
                let mut roots = RootCertStore::empty();
                roots.add_parsable_certificates(these);
                roots
            }
            Trusted::Mozilla => RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mozilla_is_asked_only_where_there_is_nothing_and_nobody_is_named() {
        assert!(matches!(Trusted::chosen(vec![], false), Trusted::Mozilla));
        assert!(!Trusted::chosen(vec![], false).roots().is_empty());
        assert!(Trusted::chosen(vec![], true).roots().is_empty());
        // What is no certificate is nothing.
        let spoilt = || vec![CertificateDer::from(vec![0x30, 0x03, 1, 2, 3])];
        assert!(matches!(Trusted::chosen(spoilt(), false), Trusted::Mozilla));
        assert!(Trusted::chosen(spoilt(), true).roots().is_empty());
    }
}
