//! Brings a program to the base: runs it in an instance, up to where it would serve, and says what is other in its memory
//! afterwards.

use std::path::{Path, PathBuf};
use std::thread;

use doverb_core::engine::compiler_config;
use doverb_core::granted_folders;
use doverb_core::handler::DirGrant;
use doverb_core::snapshot::{BEGIN, Snapshot};
use doverb_core::{make_images, one_line};
use serde::{Deserialize, Serialize};
use wasmtime::component::{Component, Instance, Linker, WasmList};
use wasmtime::{Engine, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder};

use super::accessors::{PEEK, SEAL, SIZE};
use super::answer::Answer;
use super::output::Output;
use crate::build_time::{Host, fail_calls};

/// Differences that are so near to each other are one, in bytes.
const GAP: usize = 32;
const PAGE: usize = 64 * 1024;

/// What is to be run, for the process that runs it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Job {
    /// The folders that the program sees.
    pub(super) folders: Vec<Folder>,
    /// What its environment has.
    pub(super) env: Vec<(String, String)>,
    /// For the SDK.
    pub(super) plan: Plan,
}

/// A folder that the program sees while it is run.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Folder {
    /// Where it is.
    pub(super) host: PathBuf,
    /// Where the program sees it.
    pub(super) guest: String,
    pub(super) read_only: bool,
}

/// What the SDK is told.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Plan {
    /// The program's file, below its folder.
    pub(super) file: String,
    /// Where below that folder it is started.
    pub(super) start: String,
    /// The package that it is in.
    pub(super) package: String,
    /// The class that was asked for.
    pub(super) wanted: Option<String>,
    /// What it is run with.
    pub(super) arguments: Vec<String>,
}

/// What came of it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Outcome {
    /// What the SDK says.
    pub(super) answer: Answer,
    /// What the program has printed.
    pub(super) printed: String,
}

/// Runs a job on the base, whose native code this is. Returns the outcome, and the snapshot's section unless it failed.
///
/// # Safety
///
/// `code` runs as it is: it must be what [`doverb_compile::Wasm::native_code`] gave.
pub(super) unsafe fn run(code: &[u8], job: &Job) -> wasmtime::Result<(Outcome, Option<Vec<u8>>)> {
    let engine = Engine::new(&compiler_config())?;
    // SAFETY: the caller's duty is the same.
    let component = unsafe { Component::deserialize(&engine, code) }?;
    make_images(&component)?;
    let mut linker = Linker::new(&engine);
    wasmtime_wasi::p2::add_to_linker_sync(&mut linker)?;
    let says = |interface: &str, name: &str| {
        format!("{interface}#{name} is called while the program is built: there is no server yet")
    };
    fail_calls(&mut linker, &component, &[], says)?;
    let output = Output::default();
    let mut store = Host::store(&engine, wasi(job, &output)?);
    // Nobody advances it: the process has limits of its own.
    store.set_epoch_deadline(1);
    let instance = linker.instantiate(&mut store, &component)?;
    let mut running = Running { store, instance };
    let before = running.memory()?;
    let prepare = running
        .instance
        .get_typed_func::<(&str,), (Result<String, String>,)>(&mut running.store, "prepare")?;
    let plan = serde_json::to_string(&job.plan)?;
    let prepared = prepare.call(&mut running.store, (&plan,));
    let printed = output.printed();
    let (prepared,) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => return Ok((Outcome { answer: Answer::died(&error, &printed), printed }, None)),
    };
    let answer: Answer = serde_json::from_str(match &prepared {
        Ok(answer) | Err(answer) => answer,
    })?;
    let Answer::Made { exports, .. } = &answer else { return Ok((Outcome { answer, printed }, None)) };
    running.call::<(), ()>(SEAL, ())?;
    let after = running.memory()?;
    let section = Snapshot::write(exports, true, (after.len() / PAGE) as u32, changes(&before, &after));
    Ok((Outcome { answer, printed }, Some(section)))
}

fn wasi(job: &Job, output: &Output) -> wasmtime::Result<WasiCtx> {
    let mut wasi = WasiCtxBuilder::new();
    wasi.stdout(output.clone()).stderr(output.clone()).envs(&job.env);
    // One that is not there is told when the handler is to be served with it.
    let folders = job.folders.iter().filter(|folder| folder.host.is_dir()).map(|folder| DirGrant {
        host: folder.host.clone(),
        guest: folder.guest.clone(),
        read_only: folder.read_only,
    });
    let folders: Vec<_> = folders.collect();
    granted_folders::note(&folders);
    granted_folders::grant(&folders, &mut wasi)
        .map_err(|(path, why)| wasmtime::Error::msg(format!("{}: {why}", path.display())))?;
    Ok(wasi.build())
}

/// An instance of the base.
struct Running {
    store: Store<Host>,
    instance: Instance,
}

impl Running {
    fn call<P, R>(&mut self, name: &str, params: P) -> wasmtime::Result<R>
    where
        P: wasmtime::component::ComponentNamedList + wasmtime::component::Lower,
        R: wasmtime::component::ComponentNamedList + wasmtime::component::Lift,
    {
        self.instance.get_typed_func::<P, R>(&mut self.store, name)?.call(&mut self.store, params)
    }

    /// What is in the memory. What is behind it afterwards is no part of the snapshot.
    fn memory(&mut self) -> wasmtime::Result<Vec<u8>> {
        let (pages,): (u32,) = self.call(SIZE, ())?;
        self.call::<(u32,), ()>(BEGIN, (pages,))?;
        let mut memory = Vec::with_capacity(pages as usize * PAGE);
        for page in 0..pages {
            let (list,): (WasmList<u8>,) = self.call(PEEK, (page * PAGE as u32, PAGE as u32))?;
            memory.extend_from_slice(list.as_le_slice(&self.store));
        }
        Ok(memory)
    }
}

/// What is other in `after`, where all that `before` has not is 0.
fn changes<'a>(before: &[u8], after: &'a [u8]) -> Vec<(u32, &'a [u8])> {
    let mut changes: Vec<(usize, usize)> = Vec::new();
    let mut note = |at: usize| match changes.last_mut() {
        Some((_, end)) if at - *end < GAP => *end = at + 1,
        _ => changes.push((at, at + 1)),
    };
    const STEP: usize = 4096;
    for start in (0..after.len()).step_by(STEP) {
        let here = &after[start..(start + STEP).min(after.len())];
        let there = before.get(start..start + here.len()).unwrap_or(&[0; STEP][..here.len()]);
        if here != there {
            let differ = here.iter().zip(there).enumerate().filter(|(_, (one, other))| one != other);
            differ.for_each(|(at, _)| note(start + at));
        }
    }
    changes.into_iter().map(|(start, end)| (start as u32, &after[start..end])).collect()
}

/// Where a job is put for the process that runs it.
pub(super) const JOB: &str = "job.json";

/// What a build's child process does: runs the job in `folder` on the base whose native code `code` is. What it returns is
/// for the process that asked.
///
/// # Safety
///
/// `code` runs as it is: it must be what [`doverb_compile::Wasm::native_code`] gave.
///
/// # Errors
///
/// When there is no job, or the base cannot be run.
pub unsafe fn in_child(folder: &Path, code: &[u8]) -> Result<Vec<u8>, String> {
    let read = || -> std::io::Result<Job> {
        serde_json::from_slice(&std::fs::read(folder.join(JOB))?).map_err(std::io::Error::other)
    };
    let job = read().map_err(|error| format!("{}: {error}", folder.join(JOB).display()))?;
    // SAFETY: the caller's duty is the same.
    unsafe { alone(code, &job) }
}

/// Runs a job on a thread of its own: an embedder may be inside of a runtime, where WASI's cannot be waited for.
///
/// # Safety
///
/// As [`run`].
pub(super) unsafe fn alone(code: &[u8], job: &Job) -> Result<Vec<u8>, String> {
    // SAFETY: the caller's duty is the same.
    let work = || unsafe { run(code, job) };
    let ran =
        thread::scope(|scope| scope.spawn(work).join()).map_err(|_| "the interpreter failed".to_owned())?;
    let (outcome, section) = ran.map_err(|error| one_line(&error))?;
    let outcome = serde_json::to_vec(&outcome).map_err(|error| error.to_string())?;
    let mut made = (outcome.len() as u64).to_le_bytes().to_vec();
    made.extend(outcome);
    made.extend(section.unwrap_or_default());
    Ok(made)
}

/// Takes apart what [`alone`] has put together.
pub(super) fn read(made: &[u8]) -> Option<(Outcome, &[u8])> {
    let (length, rest) = made.split_first_chunk::<8>()?;
    let (outcome, section) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
    Some((serde_json::from_slice(outcome).ok()?, section))
}
