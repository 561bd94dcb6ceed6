//! `wasi:filesystem/types`: as wasmtime-wasi has it, but what is done with files has bounds, so that one which never
//! comes back keeps no others from theirs.

use std::any::Any;
use std::fs::File;
use std::sync::{Arc, Weak};

use wasmtime::component::{HasData, Linker, Resource, ResourceTable};
use wasmtime_wasi::filesystem::{Descriptor, WasiFilesystemView};
use wasmtime_wasi::p2::bindings::filesystem::types::{
    self, Advice, DescriptorFlags, DescriptorStat, DescriptorType, DirectoryEntry, DirectoryEntryStream,
    ErrorCode, Filesize, Host, HostDescriptor, HostDirectoryEntryStream, MetadataHashValue, NewTimestamp,
    OpenFlags, PathFlags,
};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, FsError, FsResult};
use wasmtime_wasi::{WasiCtxView, WasiView};

use super::Part;
use super::file_streams::{self, Watch};
use super::folders::{self, Folder};
use crate::file_operations::{NoRoom, Operation};
use crate::limits::PIECE;
use crate::memory::Memory;
use crate::scratch::Scratch;
use crate::state::{State, held_too_much};

struct Granted;

impl HasData for Granted {
    type Data<'a> = FilesView<'a>;
}

/// An instance's files.
struct FilesView<'a> {
    part: &'a mut Part,
    table: &'a mut ResourceTable,
    memory: &'a mut Memory,
}

/// A file that a guest has opened, with the name that it gave. Files of one name are taken for one.
pub(super) struct Opened {
    file: Weak<File>,
    name: Arc<str>,
}

pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    types::add_to_linker::<State, Granted>(linker, |state| {
        let (part, table, memory) = Part::table_memory(state);
        FilesView { part, table, memory }
    })
}

impl WasiView for FilesView<'_> {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: self.part.context(), table: self.table }
    }
}

/// What the thread that works on it holds.
fn system(descriptor: &Descriptor) -> &Arc<File> {
    match descriptor {
        Descriptor::File(file) => &file.file,
        Descriptor::Dir(dir) => &dir.dir,
    }
}

/// What a name says without steps that lead nowhere.
fn plain(path: &str) -> Arc<str> {
    let steps: Vec<_> = path.split('/').filter(|step| !matches!(*step, "" | ".")).collect();
    steps.join("/").into()
}

impl Opened {
    pub(super) fn is_open(&self) -> bool {
        self.file.strong_count() > 0
    }
}

impl FilesView<'_> {
    /// Whether the instance may open one more, and one of the system's descriptors is left for it. The guest is told in
    /// words of its own language, where a full table would be its end.
    fn expect_room(&mut self) -> FsResult<()> {
        let place = self.table.push(()).map_err(|_| ErrorCode::Quota)?;
        self.table.delete(place)?;
        if self.part.take_descriptor() { Ok(()) } else { Err(ErrorCode::Quota.into()) }
    }

    fn file(&self, fd: &Resource<Descriptor>) -> wasmtime::Result<Arc<File>> {
        Ok(Arc::clone(system(self.table.get(fd)?)))
    }

    /// The name under which this file was opened; none of a folder that was granted.
    fn name(&self, file: &Arc<File>) -> Arc<str> {
        let is_it = |opened: &&Opened| std::ptr::eq(opened.file.as_ptr(), Arc::as_ptr(file));
        self.part.opened.iter().find(is_it).map_or_else(|| Arc::from(""), |opened| Arc::clone(&opened.name))
    }

    /// The scratch folder, if this is in it.
    fn scratch(&self, file: &Arc<File>) -> Option<Arc<Scratch>> {
        self.part.scratch.as_ref().filter(|scratch| scratch.has(file)).map(Arc::clone)
    }

    fn no_space(&self, scratch: &Scratch) -> FsError {
        self.part.watcher().tell_of_full(scratch);
        ErrorCode::InsufficientSpace.into()
    }

    /// Room for bytes in the scratch folder, if this is in it.
    fn take_bytes(&self, fd: &Resource<Descriptor>, bytes: u64) -> FsResult<()> {
        let file = self.file(fd).map_err(FsError::trap)?;
        match self.scratch(&file) {
            Some(scratch) => scratch.take_bytes(bytes).map_err(|_| self.no_space(&scratch)),
            None => Ok(()),
        }
    }

    /// The same for what gets a name there.
    fn takes_entry(&self, folder: &Resource<Descriptor>) -> FsResult<()> {
        let file = self.file(folder).map_err(FsError::trap)?;
        match self.scratch(&file) {
            Some(scratch) => scratch.take_entry().map_err(|_| self.no_space(&scratch)),
            None => Ok(()),
        }
    }

    /// Counts again before it says that the scratch folder is full.
    #[expect(clippy::unnecessary_wraps, reason = "as takes_entry has it")]
    fn loses(&self, _: &Resource<Descriptor>) -> FsResult<()> {
        self.part.scratch.iter().for_each(|scratch| scratch.may_have_lost());
        Ok(())
    }

    async fn begin(&mut self, fd: &Resource<Descriptor>) -> wasmtime::Result<Result<Operation, NoRoom>> {
        let file = self.file(fd)?;
        let name = self.name(&file);
        Ok(self.begin_at(&file, &name).await)
    }

    async fn begin_at(&mut self, file: &Arc<File>, name: &Arc<str>) -> Result<Operation, NoRoom> {
        let begun = self.part.operations.begin(self.part.options.operations(), name, file).await;
        begun.inspect_err(|no_room| self.part.tell_of_no_room(no_room))
    }

    /// What streams and folders read ahead is memory: one more does.
    fn reads_ahead(&mut self) -> wasmtime::Result<()> {
        if !self.part.held.grows(PIECE) {
            return Ok(());
        }
        let reads_ahead =
            |resource: &mut (dyn Any + Send)| resource.is::<DynInputStream>() || resource.is::<Folder>();
        let all = self.table.iter_mut().filter_map(|resource| reads_ahead(resource).then_some(PIECE)).sum();
        let (before, now) = self.part.held.counts(all);
        self.hold(before, now)
    }

    fn hold(&mut self, before: usize, now: usize) -> wasmtime::Result<()> {
        self.memory.hold(before, now).map_err(held_too_much)
    }

    fn watch(&self, fd: &Resource<Descriptor>) -> wasmtime::Result<Watch> {
        let file = self.file(fd)?;
        let name = self.name(&file);
        let scratch = self.scratch(&file);
        Ok(Watch::new(self.part.watcher(), file, name, scratch))
    }
}

/// Functions on a descriptor that are those of wasmtime-wasi, as soon as there is room for another.
macro_rules! when_there_is_room {
    ($($name:ident($($param:ident: $type:ty),*) -> $result:ty $(where it $first:ident)?;)*) => {$(
        async fn $name(&mut self, fd: Resource<Descriptor>, $($param: $type),*) -> FsResult<$result> {
            $(self.$first(&fd)?;)?
            let operation = self.begin(&fd).await.map_err(FsError::trap)?.map_err(|_| ErrorCode::Busy)?;
            let result = self.filesystem().$name(fd, $($param),*).await;
            operation.end();
            result
        }
    )*};
}

impl HostDescriptor for FilesView<'_> {
    when_there_is_room! {
        advise(offset: Filesize, len: Filesize, advice: Advice) -> ();
        sync_data() -> ();
        get_flags() -> DescriptorFlags;
        get_type() -> DescriptorType;
        set_size(size: Filesize) -> () where it loses;
        set_times(accessed: NewTimestamp, modified: NewTimestamp) -> ();
        read(len: Filesize, offset: Filesize) -> (Vec<u8>, bool);
        sync() -> ();
        create_directory_at(path: String) -> () where it takes_entry;
        stat() -> DescriptorStat;
        stat_at(flags: PathFlags, path: String) -> DescriptorStat;
        set_times_at(flags: PathFlags, path: String, accessed: NewTimestamp, modified: NewTimestamp) -> ();
        link_at(flags: PathFlags, path: String, other: Resource<Descriptor>, new: String) -> () where it takes_entry;
        readlink_at(path: String) -> String;
        remove_directory_at(path: String) -> () where it loses;
        rename_at(path: String, other: Resource<Descriptor>, new: String) -> () where it loses;
        symlink_at(target: String, path: String) -> () where it takes_entry;
        unlink_file_at(path: String) -> () where it loses;
        metadata_hash() -> MetadataHashValue;
        metadata_hash_at(flags: PathFlags, path: String) -> MetadataHashValue;
    }

    async fn write(
        &mut self,
        fd: Resource<Descriptor>,
        bytes: Vec<u8>,
        offset: Filesize,
    ) -> FsResult<Filesize> {
        self.take_bytes(&fd, bytes.len() as u64)?;
        // As long as it waits for the disk.
        let held = if bytes.len() < PIECE { 0 } else { bytes.len() };
        self.hold(0, held).map_err(FsError::trap)?;
        let result = match self.begin(&fd).await.map_err(FsError::trap)? {
            Ok(operation) => {
                let result = self.filesystem().write(fd, bytes, offset).await;
                operation.end();
                result
            }
            Err(_) => Err(ErrorCode::Busy.into()),
        };
        self.hold(held, 0).map_err(FsError::trap)?;
        result
    }

    async fn open_at(
        &mut self,
        fd: Resource<Descriptor>,
        path_flags: PathFlags,
        path: String,
        open_flags: OpenFlags,
        flags: DescriptorFlags,
    ) -> FsResult<Resource<Descriptor>> {
        self.expect_room()?;
        let folder = self.file(&fd).map_err(FsError::trap)?;
        let scratch = self.scratch(&folder);
        if scratch.is_some() && open_flags.contains(OpenFlags::CREATE) {
            self.takes_entry(&fd)?;
        }
        if scratch.is_some() && open_flags.contains(OpenFlags::TRUNCATE) {
            self.loses(&fd)?;
        }
        let name = plain(&path);
        let operation = self.begin_at(&folder, &name).await.map_err(|_| ErrorCode::Busy)?;
        // The thread has it now: who is left behind must not seem to be at work because of us.
        drop(folder);
        let opened = self.filesystem().open_at(fd, path_flags, path, open_flags, flags).await;
        operation.end();
        let opened = opened?;
        let file = self.file(&opened).map_err(FsError::trap)?;
        scratch.iter().for_each(|scratch| scratch.opens(&file));
        self.part.opened.push(Opened { file: Arc::downgrade(&file), name });
        Ok(opened)
    }

    async fn read_directory(&mut self, fd: Resource<Descriptor>) -> FsResult<Resource<DirectoryEntryStream>> {
        self.expect_room()?;
        let Descriptor::Dir(folder) = self.table.get(&fd)? else {
            return Err(ErrorCode::NotDirectory.into());
        };
        let folder = Arc::clone(&folder.dir);
        let name = self.name(&folder);
        let operation = self.begin_at(&folder, &name).await.map_err(|_| ErrorCode::Busy)?;
        let opened = folders::open(folder).await;
        operation.end();
        let file = Arc::new(opened?);
        self.part.opened.push(Opened { file: Arc::downgrade(&file), name });
        let folder = self.table.push(Folder::new(file))?;
        self.reads_ahead().map_err(FsError::trap)?;
        Ok(Resource::new_own(folder.rep()))
    }

    async fn is_same_object(
        &mut self,
        a: Resource<Descriptor>,
        b: Resource<Descriptor>,
    ) -> wasmtime::Result<bool> {
        let Ok(operation) = self.begin(&a).await? else {
            // It has no failure to say so with.
            return Ok(false);
        };
        let result = self.filesystem().is_same_object(a, b).await;
        operation.end();
        result
    }

    fn drop(&mut self, fd: Resource<Descriptor>) -> wasmtime::Result<()> {
        // It may have been the last of a file that has no name any more.
        self.part.scratch.iter().for_each(|scratch| scratch.may_have_lost());
        HostDescriptor::drop(&mut self.filesystem(), fd)
    }

    fn read_via_stream(
        &mut self,
        fd: Resource<Descriptor>,
        offset: Filesize,
    ) -> FsResult<Resource<DynInputStream>> {
        let watch = self.watch(&fd).map_err(FsError::trap)?;
        let stream = self.filesystem().read_via_stream(fd, offset)?;
        file_streams::watch_input(self.table, &stream, (watch, offset))?;
        self.reads_ahead().map_err(FsError::trap)?;
        Ok(stream)
    }

    fn write_via_stream(
        &mut self,
        fd: Resource<Descriptor>,
        offset: Filesize,
    ) -> FsResult<Resource<DynOutputStream>> {
        let watch = self.watch(&fd).map_err(FsError::trap)?;
        let stream = self.filesystem().write_via_stream(fd, offset)?;
        file_streams::watch_output(self.table, &stream, watch)?;
        Ok(stream)
    }

    fn append_via_stream(&mut self, fd: Resource<Descriptor>) -> FsResult<Resource<DynOutputStream>> {
        let watch = self.watch(&fd).map_err(FsError::trap)?;
        let stream = self.filesystem().append_via_stream(fd)?;
        file_streams::watch_output(self.table, &stream, watch)?;
        Ok(stream)
    }
}

impl HostDirectoryEntryStream for FilesView<'_> {
    async fn read_directory_entry(
        &mut self,
        stream: Resource<DirectoryEntryStream>,
    ) -> FsResult<Option<DirectoryEntry>> {
        let stream = marker(&stream);
        let folder = self.table.get_mut(&stream)?;
        let Some(file) = folder.lacks() else { return folder.next() };
        let name = self.name(&file);
        let operation = self.begin_at(&file, &name).await.map_err(|_| ErrorCode::Busy)?;
        let found = folders::read(file).await;
        operation.end();
        let folder = self.table.get_mut(&stream)?;
        folder.found(found?);
        folder.next()
    }

    fn drop(&mut self, stream: Resource<DirectoryEntryStream>) -> wasmtime::Result<()> {
        self.table.delete(marker(&stream))?;
        Ok(())
    }
}

/// What stands in the table where a stream of a folder's entries says.
fn marker(stream: &Resource<DirectoryEntryStream>) -> Resource<Folder> {
    Resource::new_own(stream.rep())
}

impl Host for FilesView<'_> {
    fn convert_error_code(&mut self, error: FsError) -> wasmtime::Result<ErrorCode> {
        self.filesystem().convert_error_code(error)
    }

    fn filesystem_error_code(
        &mut self,
        error: Resource<wasmtime::Error>,
    ) -> wasmtime::Result<Option<ErrorCode>> {
        self.filesystem().filesystem_error_code(error)
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_file_has_one_name_however_it_is_written() {
        for path in ["a/b", "./a/b", "a//b", "a/./b/", "././a/.//b"] {
            assert_eq!(&*plain(path), "a/b");
        }
        assert_ne!(plain("b"), plain("a/b"));
    }
}
