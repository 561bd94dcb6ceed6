//! `wasi:config`: values and secrets that an operator configures a handler with.

use std::any::Any;

use wasmtime::component::{HasData, Linker};

use self::bindings::wasi::config::store::{self, Error};
use super::Capability;
use crate::handler_options::HandlerOptions;
use crate::log::Log;
use crate::state::State;

mod bindings {
    wasmtime::component::bindgen!({
        inline: "package doverb:host;
            world configured { import wasi:config/store@0.2.0-rc.1; }",
        path: "wit/config.wit",
        world: "doverb:host/configured",
        imports: { default: trappable },
    });
}

/// The values and secrets of each handler:
/// [`HandlerOptions::with_config_value`](crate::handler::HandlerOptions::with_config_value),
/// [`HandlerOptions::with_secret`](crate::handler::HandlerOptions::with_secret).
#[derive(Clone, Copy, Debug, Default)]
pub struct WasiConfig;

struct Part(HandlerOptions);

struct Values;

impl HasData for Values {
    type Data<'a> = Guest<'a>;
}

struct Guest<'a>(&'a mut State);

impl Capability for WasiConfig {
    fn packages(&self) -> &[&str] {
        &["wasi:config/store@0.2.0-rc.1"]
    }

    fn link(&self, linker: &mut Linker<State>) -> wasmtime::Result<()> {
        store::add_to_linker::<State, Values>(linker, |state| Guest(state))
    }

    fn state(&self, options: &HandlerOptions, _: &Log) -> Option<Box<dyn Any + Send>> {
        Some(Box::new(Part(options.clone())))
    }
}

impl Guest<'_> {
    fn options(&mut self) -> &HandlerOptions {
        let Part(options) = self.0.part().expect("an instance that imports it has its part of it");
        options
    }
}

impl store::Host for Guest<'_> {
    fn get(&mut self, name: String) -> wasmtime::Result<Result<Option<String>, Error>> {
        Ok(Ok(self.options().configuration().get(&name).map(str::to_owned)))
    }

    fn get_all(&mut self) -> wasmtime::Result<Result<Vec<(String, String)>, Error>> {
        let values = self.options().configuration().values();
        Ok(Ok(values.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()))
    }
}
