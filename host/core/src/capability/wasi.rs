//! WASI, the first capability: what it gives is decided by what the handler was granted, which is nothing by default.

use std::any::Any;
use std::sync::Arc;

use wasmtime::component::{Linker, ResourceTable};
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

use self::file_streams::Watcher;
use self::files::Opened;
use super::Capability;
use crate::descriptors::{Descriptors, OfInstance};
use crate::file_operations::{FileOperations, NoRoom};
use crate::granted_folders;
use crate::guest_output::GuestOutput;
use crate::handler_options::{HandlerError, HandlerOptions};
use crate::held::Held;
use crate::log::Log;
use crate::memory::Memory;
use crate::one_line::one_line;
use crate::scratch::{self, Scratch};
use crate::state::State;

mod file_streams;
mod files;
mod folders;
mod poll;
mod reproducible;
mod streams;

pub(crate) use poll::subscribe;

/// The interfaces of WASI 0.2, each as far as it is granted. Clones count what is done with files together.
#[derive(Clone, Default)]
pub struct Wasi {
    operations: Arc<FileOperations>,
}

/// Random bytes that one call gives. Making more takes longer than others should wait.
const MAX_RANDOM: u64 = 256 * 1024;

const ALWAYS: &str = "every engine has WASI, so every instance has its part of it";

/// Why a guest gets no descriptor.
const LACK: &str =
    "as guests have all descriptors that they may have. Raise the limit on open files (ulimit -n)";

/// An instance's part of it. The context is made when a guest first asks for any of WASI: many never do.
struct Part {
    options: HandlerOptions,
    log: Log,
    context: Option<WasiCtx>,
    operations: Arc<FileOperations>,
    /// What the guest has opened, and some that it has closed.
    opened: Vec<Opened>,
    /// Those that it has of the system's, granted folders included.
    descriptors: OfInstance,
    /// Its folder at `/tmp`, once the context is made.
    scratch: Option<Arc<Scratch>>,
    /// What its streams and folders have read and it has not taken yet.
    held: Held,
}

impl Capability for Wasi {
    fn packages(&self) -> &[&str] {
        &["wasi:cli/", "wasi:io/", "wasi:clocks/", "wasi:filesystem/", "wasi:random/", "wasi:sockets/"]
    }

    fn offers(&self, import: &str) -> bool {
        self.packages().iter().any(|package| import.starts_with(package)) && import.contains("@0.2.")
    }

    fn link(&self, linker: &mut Linker<State>) -> wasmtime::Result<()> {
        wasmtime_wasi::p2::add_to_linker_async(linker)?;
        linker.allow_shadowing(true);
        poll::link(linker)?;
        files::link(linker)?;
        streams::link(linker)?;
        linker.allow_shadowing(false);
        Ok(())
    }

    fn state(&self, options: &HandlerOptions, log: &Log) -> Option<Box<dyn Any + Send>> {
        Some(Box::new(Part {
            options: options.clone(),
            log: log.clone(),
            context: None,
            operations: Arc::clone(&self.operations),
            opened: Vec::new(),
            descriptors: OfInstance::new(Descriptors::of_process()),
            scratch: None,
            held: Held::default(),
        }))
    }
}

impl Part {
    fn and_table(state: &mut State) -> (&mut Part, &mut ResourceTable) {
        let (part, table) = state.part_and_table::<Part>();
        (part.expect(ALWAYS), table)
    }

    fn table_memory(state: &mut State) -> (&mut Part, &mut ResourceTable, &mut Memory) {
        let (part, table, memory) = state.part_table_memory::<Part>();
        (part.expect(ALWAYS), table, memory)
    }

    fn context(&mut self) -> &mut WasiCtx {
        if self.context.is_none() {
            self.context = Some(self.new_context());
        }
        self.context.as_mut().expect("made above")
    }

    /// One more descriptor for a file that is to be opened.
    fn take_descriptor(&mut self) -> bool {
        self.opened.retain(Opened::is_open);
        let folders = if self.context.is_some() { self.options.dirs().len() } else { 0 };
        self.descriptors.keep(folders + usize::from(self.scratch.is_some()) + self.opened.len());
        self.descriptors.take_for_file()
    }

    fn watcher(&self) -> Watcher {
        Watcher {
            operations: Arc::clone(&self.operations),
            of: self.options.operations().clone(),
            handler: self.options.name().to_owned(),
            log: self.log.clone(),
        }
    }

    fn tell_of_no_room(&self, no_room: &NoRoom) {
        self.watcher().tell(no_room);
    }

    fn new_context(&mut self) -> WasiCtx {
        let name = self.options.name();
        let mut wasi = WasiCtxBuilder::new();
        let output = |stream| GuestOutput::new(self.log.clone(), &self.options, stream);
        wasi.stdout(output("stdout")).stderr(output("stderr")).max_random_size(MAX_RANDOM);
        reproducible::set(&self.options, &mut wasi);
        let (descriptors, folders) = (&mut self.descriptors, self.options.dirs().len());
        if !(0..folders).all(|_| descriptors.take_for_folder()) {
            descriptors.keep(0);
            self.log.message(format_args!("{name}: an instance has none of its folders, {LACK}"));
        } else if let Err(error) = grant(&self.options, &mut wasi) {
            self.log.message(format_args!("{name}: {error}"));
        }
        if let Err(error) = self.give_scratch(&mut wasi) {
            self.log.message(format_args!(
                "{}: an instance has no {}, as no folder can be made for it: {error}",
                self.options.name(),
                scratch::PLACE
            ));
        }
        wasi.build()
    }

    fn give_scratch(&mut self, wasi: &mut WasiCtxBuilder) -> Result<(), String> {
        let Some(scratches) = self.options.scratches() else { return Ok(()) };
        let Some(scratch) = scratches.make().map_err(|error| error.to_string())? else { return Ok(()) };
        if !self.descriptors.take_for_folder() {
            return Err(LACK.into());
        }
        let given = wasi.preopened_dir(scratch.path(), scratch::PLACE, FsPerms::ReadWrite);
        given.map_err(|error| one_line(&error))?;
        self.scratch = Some(scratch);
        Ok(())
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let (part, table) = Part::and_table(self);
        WasiCtxView { ctx: part.context(), table }
    }
}

/// Whether the granted directories can be opened.
pub(crate) fn check_dirs(options: &HandlerOptions) -> Result<(), HandlerError> {
    granted_folders::note(options.dirs());
    grant(options, &mut WasiCtxBuilder::new())
}

fn grant(options: &HandlerOptions, wasi: &mut WasiCtxBuilder) -> Result<(), HandlerError> {
    granted_folders::grant(options.dirs(), wasi)
        .map_err(|(path, cause)| HandlerError::Directory { path, cause })?;
    wasi.envs(options.env());
    Ok(())
}
