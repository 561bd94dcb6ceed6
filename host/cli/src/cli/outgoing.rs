//! Outgoing HTTP: what is granted of it, and what the log tells the operator to do about a request that was refused.

use doverb::handler::HandlerOptions;
use doverb::outgoing::{Allowed, HttpGrant, HttpLimits, OutgoingHttp, Refusal, Rule};

/// Which servers a handler may call, and within which bounds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct HttpSettings {
    pub(super) rules: Vec<Rule>,
    pub(super) limits: HttpLimits,
}

impl HttpSettings {
    /// Grants it to a handler, and to its later versions.
    pub(super) fn grant(&self, options: HandlerOptions) -> HandlerOptions {
        if self.rules.is_empty() {
            return options;
        }
        options.with_grant(HttpGrant::with(Allowed::new(self.rules.clone()), self.limits.clone()))
    }
}

/// The capability, with the words of this command.
pub(super) fn capability() -> OutgoingHttp {
    OutgoingHttp::advising(|refusal| match refusal {
        Refusal::NotGranted { to } => Some(format!("--allow-http {to} allows it")),
        Refusal::Address { to, address, .. } if address.is_ipv6() => {
            Some(format!("--allow-http '[{address}]:{}' allows it", to.port))
        }
        Refusal::Address { to, address, .. } => Some(format!("--allow-http {address}:{} allows it", to.port)),
        Refusal::Certificate { .. } => {
            Some("SSL_CERT_FILE names a file with certificates of those to trust".to_owned())
        }
        _ => None,
    })
}
