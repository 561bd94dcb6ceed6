//! TLS to servers that are called: whom to trust.

use std::io;
use std::sync::Arc;

use doverb_trust::Trusted;
use tokio_rustls::rustls::{self, ClientConfig};
use wasmtime_wasi_http::Error;

/// Trusts whom the system trusts.
pub(crate) fn config() -> Arc<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring has ciphers for both versions")
        .with_root_certificates(Trusted::of_the_system().roots());
    let mut config = config.with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Arc::new(config)
}

/// Whether a server speaks none of the protocols that it was offered: its alert is `no_application_protocol` (RFC 7301).
pub(crate) fn has_no_protocol(error: &io::Error) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    matches!(inner, Some(rustls::Error::AlertReceived(alert)) if u8::from(*alert) == 120)
}

/// Why a handshake has failed: for the guest, and for the operator where it is a matter of trust.
pub(crate) fn failure(error: &io::Error) -> (Error, Option<String>) {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(why @ (rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented)) => {
            (Error::TlsCertificateError, Some(why.to_string()))
        }
        Some(rustls::Error::AlertReceived(alert)) => {
            let (alert_id, alert_message) = (Some(u8::from(*alert)), Some(format!("{alert:?}")));
            (Error::TlsAlertReceived { alert_id, alert_message }, None)
        }
        Some(_) => (Error::TlsProtocolError, None),
        None if error.kind() == io::ErrorKind::UnexpectedEof => (Error::TlsProtocolError, None),
        None => (Error::ConnectionTerminated, None),
    }
}
