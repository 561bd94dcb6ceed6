//! What is in force for the handlers of one mount.

use std::sync::{Arc, LazyLock};

use crate::access::Access;
use crate::attributes::{Attributes, Protocol};
use crate::failure::Failure;
use crate::gate::Gate;
use crate::labour::Labour;
use crate::limits::Limits;
use crate::peer::Address;
use crate::shares::Share;

/// What is in force for the handlers of one mount: where it is, the limits, and what attributes begin with.
///
/// ```
/// use doverb_core::attributes::Protocol;
/// use doverb_core::{limits::Limits, terms::Terms};
///
/// let terms = Terms::new(Limits::default()).with_path("/shop/").with_protocol(Protocol::Http11);
/// assert_eq!(terms.path(), "/shop/");
/// ```
#[derive(Clone, Debug)]
pub struct Terms {
    path: Arc<str>,
    /// What observers call the mount, where that is not its path.
    name: Option<Arc<str>>,
    limits: Limits,
    /// What those of each instance begin with.
    attributes: Attributes,
    share: Option<Share>,
    gate: Option<Gate>,
    access: Option<Access>,
    labour: Labour,
}

impl Default for Terms {
    fn default() -> Terms {
        Terms::new(Limits::default())
    }
}

impl Terms {
    /// Terms for every path, with these limits, whose `protocol_version` begins as HTTP/1.0.
    pub fn new(limits: Limits) -> Terms {
        let attributes = Attributes::new(Protocol::default(), limits.client_timeout);
        Terms {
            path: Arc::clone(&ROOT),
            name: None,
            limits,
            attributes,
            share: None,
            gate: None,
            access: None,
            labour: Labour::default(),
        }
    }

    /// What handlers see as `server.mount`.
    #[must_use]
    pub fn with_path(mut self, path: &str) -> Terms {
        self.path = Arc::from(path);
        self
    }

    /// What observers call the mount, such as its path after its host. Without it they call it by its path.
    #[must_use]
    pub fn with_name(mut self, name: &str) -> Terms {
        self.name = Some(Arc::from(name));
        self
    }

    /// The bounds on clients and handlers. Those on connections, on what is read before it is known which mount a request is
    /// for, and on all instances together are the site's.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Terms {
        self.attributes.timeout = limits.client_timeout;
        self.limits = limits;
        self
    }

    /// The version that `protocol_version` begins with.
    #[must_use]
    pub fn with_protocol(mut self, protocol: Protocol) -> Terms {
        self.attributes.choose_protocol(protocol);
        self
    }

    /// The same, but for programs that were written for Python, which begin with HTTP/1.0 as they do there.
    #[must_use]
    pub fn with_usual_protocol(mut self, protocol: Protocol) -> Terms {
        self.attributes.begin_usually_with(protocol);
        self
    }

    /// What `server_version` begins with.
    ///
    /// # Errors
    ///
    /// When it can't be in the Server field.
    pub fn with_server_version(mut self, version: &str) -> Result<Terms, Failure> {
        self.attributes.set_server_version(version.to_owned())?;
        Ok(self)
    }

    /// What `sys_version` begins with, which is empty otherwise.
    ///
    /// # Errors
    ///
    /// When it can't be in the Server field.
    pub fn with_sys_version(mut self, version: &str) -> Result<Terms, Failure> {
        self.attributes.set_sys_version(version.to_owned())?;
        Ok(self)
    }

    /// What `error_message_format` begins with, and `error_content_type`.
    ///
    /// # Errors
    ///
    /// When it is no such format, or the type can't be in a field.
    pub fn with_error_page(mut self, format: &str, content_type: &str) -> Result<Terms, Failure> {
        self.attributes.set_error_format(format)?;
        self.attributes.set_error_content_type(content_type.to_owned())?;
        Ok(self)
    }

    /// What the mount has of what all of the site's share. Without it nothing is kept for it, and nothing for others.
    #[must_use]
    pub fn with_share(mut self, share: Share) -> Terms {
        self.share = Some(share);
        self
    }

    /// Requests that are served at a time, raw connections among them; one more is answered 503. Without it there is no such
    /// bound.
    #[must_use]
    pub fn with_max_requests(mut self, count: usize) -> Terms {
        self.gate = Some(Gate::new(count));
        self
    }

    /// Which clients are served; others get a 403. Without it all are.
    #[must_use]
    pub fn with_access(mut self, access: Access) -> Terms {
        self.access = Some(access);
        self
    }

    /// What handlers see as `server.mount`: `/`, or `/shop/`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What observers call the mount: `/shop/`, or `shop.example.com/`.
    pub fn name(&self) -> &str {
        self.name.as_ref().unwrap_or(&self.path)
    }

    /// The bounds on clients and handlers.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What the mount has of what all share.
    pub(crate) fn share(&self) -> Option<&Share> {
        self.share.as_ref()
    }

    /// What bounds the requests that are served at a time.
    pub(crate) fn gate(&self) -> Option<&Gate> {
        self.gate.as_ref()
    }

    /// Whether a client is served.
    pub(crate) fn admits(&self, client: &Address) -> bool {
        self.access.as_ref().is_none_or(|access| access.admits(client.host()))
    }

    /// Whether its handlers compute for long.
    pub(crate) fn labour(&self) -> &Labour {
        &self.labour
    }

    /// What the attributes of a handler begin with.
    pub(crate) fn attributes(&self) -> Attributes {
        self.attributes.clone()
    }

    /// The version that `protocol_version` begins with.
    pub fn protocol(&self) -> Protocol {
        self.attributes.protocol
    }
}

/// The path of a server's only handler.
static ROOT: LazyLock<Arc<str>> = LazyLock::new(|| Arc::from("/"));
