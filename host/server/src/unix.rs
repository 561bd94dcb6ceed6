//! The file of a unix socket: made when the server begins, removed when it ends.

use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use socket2::{Domain, SockAddr, Socket, Type};

use crate::error::ServerError;
use crate::listen::{BACKLOG, Listen};

/// The file that a socket of ours is reached by. Dropping it removes the file, unless another has taken its place.
pub(crate) struct SocketFile {
    path: PathBuf,
    id: Id,
}

/// A number of an inode is given again when it is free, so that it needs the time beside it.
#[derive(PartialEq, Eq)]
struct Id {
    device: u64,
    inode: u64,
    modified: (i64, i64),
}

impl Id {
    fn of(path: &Path) -> io::Result<Id> {
        let file = path.symlink_metadata()?;
        Ok(Id { device: file.dev(), inode: file.ino(), modified: (file.mtime(), file.mtime_nsec()) })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if Id::of(&self.path).is_ok_and(|id| id == self.id) {
            // What can't be removed is found stale by the next server.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Listens at a path. The umask decides who may connect.
pub(crate) fn open(path: &Path) -> Result<(UnixListener, SocketFile), ServerError> {
    let failed = |source| ServerError::Bind { listen: Listen::Unix(path.into()), source };
    make_room(path)?;
    let bound = || {
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        socket.bind(&SockAddr::unix(path)?)?;
        let file = SocketFile { path: path.into(), id: Id::of(path)? };
        socket.listen(BACKLOG)?;
        Ok((socket.into(), file))
    };
    bound().map_err(failed)
}

/// Removes the socket of a server that has ended without doing so itself. Everything else is left as it is.
fn make_room(path: &Path) -> Result<(), ServerError> {
    let failed = |source| ServerError::Bind { listen: Listen::Unix(path.into()), source };
    let file = match path.symlink_metadata() {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
    };
    if !file.file_type().is_socket() {
        return Err(ServerError::NotASocket { path: path.into() });
    }
    match connect(path) {
        // Somebody listens; he may only be too busy to accept.
        Ok(()) => Err(ServerError::SocketInUse { path: path.into() }),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
            Err(ServerError::SocketInUse { path: path.into() })
        }
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            std::fs::remove_file(path).map_err(failed)
        }
        // It went in this moment.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(failed(error)),
    }
}

fn connect(path: &Path) -> io::Result<()> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    socket.connect(&SockAddr::unix(path)?)
}
