//! A folder whose content is run, so that nobody else may write to it.

use std::fs::{self, DirBuilder, Metadata};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::Path;

/// Why a folder's content must not be run. Each reads on from its path.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// It cannot be made or looked at.
    #[error("{0}")]
    System(#[from] io::Error),
    /// Something else is in its place.
    #[error("it is not a folder")]
    NotAFolder,
    /// It is another user's.
    #[error("it belongs to somebody else")]
    SomebodyElses,
    /// Its group or everybody may write to it.
    #[error("others may write to it (chmod go-w would cure that)")]
    Open,
}

/// Makes the folder `folder` if it is missing, so that nobody else may look into it.
///
/// # Errors
///
/// When it cannot be made, or must not be trusted.
pub fn own_folder(folder: &Path) -> Result<(), FolderError> {
    if let Some(parent) = folder.parent() {
        fs::create_dir_all(parent)?;
    }
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error.into()),
        _ => {}
    }
    let metadata = fs::metadata(folder)?;
    if !metadata.is_dir() {
        return Err(FolderError::NotAFolder);
    }
    if !is_ours(&metadata) {
        return Err(FolderError::SomebodyElses);
    }
    if ours_alone(&metadata) { Ok(()) } else { Err(FolderError::Open) }
}

/// Whether a file or folder is ours, and nobody else may write to it.
pub(super) fn ours_alone(metadata: &Metadata) -> bool {
    is_ours(metadata) && metadata.mode() & 0o022 == 0
}

fn is_ours(metadata: &Metadata) -> bool {
    metadata.uid() == rustix::process::geteuid().as_raw()
}
