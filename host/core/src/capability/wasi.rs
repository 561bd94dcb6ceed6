//! WASI, the first capability: what it gives is decided by what the handler was granted, which is nothing by default.

use std::any::Any;

use wasmtime::component::Linker;
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

use super::Capability;
use crate::guest_output::GuestOutput;
use crate::handler_options::{HandlerError, HandlerOptions};
use crate::log::Log;
use crate::one_line::one_line;
use crate::state::State;

mod poll;

pub(crate) use poll::subscribe;

/// The interfaces of WASI 0.2, each as far as it is granted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wasi;

/// Random bytes that one call gives. Making more takes longer than others should wait.
const MAX_RANDOM: u64 = 256 * 1024;

/// An instance's part of it. The context is made when a guest first asks for any of WASI: many never do.
struct Part {
    options: HandlerOptions,
    log: Log,
    context: Option<WasiCtx>,
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
        linker.allow_shadowing(false);
        Ok(())
    }

    fn state(&self, options: &HandlerOptions, log: &Log) -> Option<Box<dyn Any + Send>> {
        Some(Box::new(Part { options: options.clone(), log: log.clone(), context: None }))
    }
}

impl Part {
    fn new_context(&self) -> WasiCtx {
        let name = self.options.name();
        let mut wasi = WasiCtxBuilder::new();
        let output = |stream| GuestOutput::new(self.log.clone(), &self.options, stream);
        wasi.stdout(output("stdout")).stderr(output("stderr")).max_random_size(MAX_RANDOM);
        if let Err(error) = grant(&self.options, &mut wasi) {
            self.log.message(format_args!("{name}: {error}"));
        }
        wasi.build()
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let (part, table) = self.part_and_table::<Part>();
        let part = part.expect("every engine has WASI, so every instance has its part of it");
        if part.context.is_none() {
            part.context = Some(part.new_context());
        }
        let ctx = part.context.as_mut().expect("made above");
        WasiCtxView { ctx, table }
    }
}

/// Whether the granted directories can be opened.
pub(crate) fn check_dirs(options: &HandlerOptions) -> Result<(), HandlerError> {
    grant(options, &mut WasiCtxBuilder::new())
}

fn grant(options: &HandlerOptions, wasi: &mut WasiCtxBuilder) -> Result<(), HandlerError> {
    for dir in options.dirs() {
        let perms = if dir.read_only { FsPerms::ReadOnly } else { FsPerms::ReadWrite };
        wasi.preopened_dir(&dir.host, &dir.guest, perms)
            .map_err(|error| HandlerError::Directory { path: dir.host.clone(), cause: one_line(&error) })?;
    }
    wasi.envs(options.env());
    Ok(())
}
