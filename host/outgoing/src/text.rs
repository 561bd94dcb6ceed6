//! `doverb:outgoing/text`: fields and bodies that are given as text, each character a byte (ISO-8859-1). For guests whose
//! language never gives back the memory of lists that it passes on, as Python's components do not.

use std::borrow::Cow;

use doverb_core::latin1;
use doverb_core::state::State;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::p2::{DynOutputStream, StreamError};
use wasmtime_wasi_http::FieldMap;
use wasmtime_wasi_http::p2::bindings::http::types::{HeaderError, HostFields};

use crate::capability::view;
use crate::held;

/// The names of its imports begin with this.
pub(crate) const PACKAGE: &str = "doverb:outgoing/";
/// Bytes of fields that are looked at.
const MOST: usize = 128 * 1024;

type Told<T> = wasmtime::Result<(Result<T, String>,)>;

pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    let mut interface = linker.instance("doverb:outgoing/text@0.1.0")?;
    interface.func_wrap("make-fields", |mut store: StoreContextMut<'_, State>, (lines,): (String,)| {
        fields(store.data_mut(), &lines)
    })?;
    interface.func_wrap(
        "write",
        |mut store: StoreContextMut<'_, State>, (body, text): (Resource<DynOutputStream>, String)| {
            write(store.data_mut(), &body, &text)
        },
    )
}

/// Fields of lines `name: value`.
fn fields(state: &mut State, lines: &str) -> Told<Resource<FieldMap>> {
    if lines.len() > MOST {
        return Ok((Err("too many".into()),));
    }
    let mut entries = Vec::new();
    for line in lines.lines() {
        let entry = line.split_once(": ").and_then(|(name, value)| Some((name.to_owned(), bytes(value)?)));
        let Some(entry) = entry else { return Ok((Err(format!("{line}: not of the form NAME: VALUE")),)) };
        entries.push(entry);
    }
    let made = view(state).from_list(entries);
    held::grows(state, lines.len())?;
    let made = made.map_err(|error| {
        Ok(match error.downcast()? {
            HeaderError::Forbidden => "one of them is the connection's own".to_owned(),
            HeaderError::InvalidSyntax | HeaderError::Immutable => {
                "one has a name or a value that no field can have".to_owned()
            }
        })
    });
    told(made)
}

/// Writes text to a body, no more than its `check-write` has allowed.
fn write(state: &mut State, body: &Resource<DynOutputStream>, text: &str) -> Told<()> {
    let view = view(state);
    let body = view.table.get_mut(body)?;
    let Some(bytes) = bytes(text) else { return Ok((Err("a character above U+00FF".into()),)) };
    told(body.write(bytes.into()).map_err(|error| match error {
        StreamError::Closed => Ok("closed".to_owned()),
        StreamError::LastOperationFailed(error) => Ok(error.to_string()),
        StreamError::Trap(trap) => Err(trap),
    }))
}

/// What the guest is told, or the trap that it ends with.
fn told<T>(result: Result<T, wasmtime::Result<String>>) -> Told<T> {
    match result {
        Ok(value) => Ok((Ok(value),)),
        Err(why) => Ok((Err(why?),)),
    }
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    latin1::encode("text", text).ok().map(Cow::into_owned)
}
