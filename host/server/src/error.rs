//! Why a server can't serve.

use std::io;
use std::path::PathBuf;

use crate::certificate::TlsError;
use crate::listen::Listen;

/// Why a server can't serve.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// It can't be listened at.
    #[error("{listen}: {source}")]
    Bind {
        /// What was asked for.
        listen: Listen,
        /// What the system says.
        source: io::Error,
    },
    /// Another server listens at this unix socket.
    #[error("{}: another server answers at this socket", path.display())]
    SocketInUse {
        /// The socket's path.
        path: PathBuf,
    },
    /// A unix socket can't be made where there is another kind of file.
    #[error("{}: there is a file that is no socket", path.display())]
    NotASocket {
        /// The file's path.
        path: PathBuf,
    },
    /// There is no certificate to speak TLS with.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The system gives no thread or no event queue.
    #[error("a thread of the server cannot start: {0}")]
    Thread(#[from] io::Error),
}
