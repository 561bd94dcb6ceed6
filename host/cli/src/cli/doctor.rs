//! `doverb doctor`: which languages can be built here.

use clap::Args;
use doverb::limits::half_of_memory;
use doverb::log::escaped;
use doverb::source::doctor::{Diagnosis, examine};
use doverb::source::tend_tools;

use super::failure::Failure;
use super::progress::Terminal;
use super::signals::Signals;

/// Say which languages can be built here, and how to get those that can't.
#[derive(Args)]
pub(super) struct Doctor {}

impl Doctor {
    pub(super) fn run(self) -> Result<(), Failure> {
        let signals = Signals::install().map_err(|error| Failure::failed("signals", error))?;
        tend_tools(super::own_executable()?, half_of_memory(), None);
        let mut progress = Terminal::new(&signals);
        for Diagnosis { language, found } in examine(super::shipped().as_deref(), &mut progress) {
            let (mark, words) = match found {
                Ok(tools) => ("yes", tools),
                Err(missing) => ("no ", missing.to_string()),
            };
            super::print(&format!("{mark}  {language:<26} {}", escaped(&words)));
        }
        super::print("yes  components (.wasm files)   nothing is needed");
        Ok(())
    }
}
