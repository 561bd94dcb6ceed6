//! What a component exports of the contract, found once when it is loaded.

use wasmtime::component::types::{ComponentFunc, ComponentItem};
use wasmtime::component::{Component, ComponentExportIndex, Type};

use doverb_wit::Export;

use crate::handler_options::HandlerError;
use crate::snapshot::{self, Snapshot};

/// The `do-*` exports.
pub(crate) struct Methods {
    /// Each with its method's name.
    named: Vec<(Box<str>, Entry)>,
    any: Option<Entry>,
}

/// An export of which the contract has two types.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) export: ComponentExportIndex,
    /// Whether it takes the connection that the call is for.
    pub(crate) is_told: bool,
}

/// The exports that replace what the host would do itself.
#[derive(Clone, Copy, Default)]
pub(crate) struct Overrides {
    pub(crate) setup: Option<Entry>,
    pub(crate) finish: Option<ComponentExportIndex>,
    pub(crate) handle_expect_100: Option<ComponentExportIndex>,
    pub(crate) send_error: Option<ComponentExportIndex>,
    pub(crate) log_request: Option<ComponentExportIndex>,
    pub(crate) log_error: Option<ComponentExportIndex>,
    pub(crate) log_message: Option<ComponentExportIndex>,
    pub(crate) version_string: Option<ComponentExportIndex>,
    pub(crate) date_time_string: Option<ComponentExportIndex>,
    pub(crate) log_date_time_string: Option<ComponentExportIndex>,
    pub(crate) address_string: Option<ComponentExportIndex>,
    pub(crate) switch_connection: Option<ComponentExportIndex>,
}

impl Overrides {
    /// Whether the handler has a say in an answer that the host gives for it: `setup` may set any attribute.
    pub(crate) fn of_errors(&self) -> bool {
        self.setup.is_some()
            || self.send_error.is_some()
            || self.version_string.is_some()
            || self.date_time_string.is_some()
            || self.of_log()
    }

    /// Whether the end of a connection means anything to an instance that others use.
    pub(crate) fn of_the_end(&self) -> bool {
        self.finish.is_some() || self.switch_connection.is_some()
    }

    /// Whether it means no more to it than that what it keeps for the connection can go.
    pub(crate) fn only_lets_go(&self) -> bool {
        self.finish.is_none() && self.switch_connection.is_some()
    }

    /// Whether reports for the log must wait until the handler has returned.
    pub(crate) fn of_log(&self) -> bool {
        self.log_request.is_some()
            || self.log_error.is_some()
            || self.log_message.is_some()
            || self.log_date_time_string.is_some()
            || self.address_string.is_some()
    }

    /// Those that are there, by their names in the contract.
    pub(crate) fn names(mut self) -> Vec<&'static str> {
        let exports = doverb_wit::EXPORTS.iter().map(|export| export.name);
        let is_there = |name: &&str| match *name {
            "setup" => self.setup.is_some(),
            name => self.place(name).is_some_and(|place| place.is_some()),
        };
        exports.filter(is_there).collect()
    }

    fn place(&mut self, name: &str) -> Option<&mut Option<ComponentExportIndex>> {
        Some(match name {
            "finish" => &mut self.finish,
            "handle-expect-100" => &mut self.handle_expect_100,
            "send-error" => &mut self.send_error,
            "log-request" => &mut self.log_request,
            "log-error" => &mut self.log_error,
            "log-message" => &mut self.log_message,
            "version-string" => &mut self.version_string,
            "date-time-string" => &mut self.date_time_string,
            "log-date-time-string" => &mut self.log_date_time_string,
            "address-string" => &mut self.address_string,
            "switch-connection" => &mut self.switch_connection,
            _ => return None,
        })
    }
}

impl Methods {
    /// The place of a method's export, its index being the key of an instance's own table.
    pub(crate) fn find(&self, method: &[u8]) -> Option<usize> {
        let named = self.named.iter().position(|(name, _)| name.as_bytes() == method);
        named.or_else(|| self.any.is_some().then_some(self.named.len()))
    }

    pub(crate) fn entry(&self, place: usize) -> Option<Entry> {
        self.named.get(place).map(|(_, entry)| *entry).or(self.any)
    }

    pub(crate) fn count(&self) -> usize {
        self.named.len() + 1
    }

    /// Their names: `GET`, `POST`, `ANY`.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.named.iter().map(|(name, _)| &**name).chain(self.any.is_some().then_some("ANY"))
    }
}

/// The exports that put a snapshot into a new instance.
#[derive(Clone, Copy)]
pub(crate) struct Restoring {
    pub(crate) begin: ComponentExportIndex,
    pub(crate) restore: ComponentExportIndex,
}

impl Restoring {
    /// Finds them in a component that has a snapshot.
    pub(crate) fn find(component: &Component) -> Result<Restoring, HandlerError> {
        let find = |name: &'static str| {
            component.get_export_index(None, name).ok_or(HandlerError::NoRestoring { export: name })
        };
        Ok(Restoring { begin: find(snapshot::BEGIN)?, restore: find(snapshot::RESTORE)? })
    }
}

/// Finds a component's exports and checks their types. With a snapshot, those that it shows are all that there are.
pub(crate) fn find(
    component: &Component,
    snapshot: Option<&Snapshot>,
) -> Result<(Methods, Overrides), HandlerError> {
    let mut methods = Methods { named: Vec::new(), any: None };
    let mut overrides = Overrides::default();
    let mut others = Vec::new();
    for (name, item) in component.component_type().exports(component.engine()) {
        let Some(index) = component.get_export_index(None, name) else {
            continue;
        };
        if snapshot.is_some_and(|snapshot| !snapshot.shows(name)) {
            continue;
        }
        let Some(export) = doverb_wit::export(name) else {
            others.push(name.to_owned());
            continue;
        };
        let entry = Entry { export: index, is_told: check_type(name, &item.ty, export)? };
        match (name.strip_prefix("do-"), overrides.place(name)) {
            (Some("ANY"), _) => methods.any = Some(entry),
            (Some(method), _) => methods.named.push((method.into(), entry)),
            (None, Some(place)) => *place = Some(index),
            (None, None) => overrides.setup = Some(entry),
        }
    }
    if methods.named.is_empty() && methods.any.is_none() {
        return Err(HandlerError::NoMethods { exports: others });
    }
    Ok((methods, overrides))
}

/// Whether an export of the right type takes the connection that it is called for.
fn check_type(name: &str, item: &ComponentItem, export: &Export) -> Result<bool, HandlerError> {
    let (plain, told) = (export.signature(), export.of_connection().map(|told| told.signature()));
    if let ComponentItem::ComponentFunc(function) = item {
        let found = signature(function);
        if found == plain {
            return Ok(false);
        }
        if told.as_ref() == Some(&found) {
            return Ok(true);
        }
    }
    let expected = [Some(plain), told].into_iter().flatten().collect::<Vec<_>>().join(" or ");
    Err(HandlerError::ExportType { name: name.into(), expected })
}

fn signature(function: &ComponentFunc) -> String {
    let text = |ty: &Type| match ty {
        Type::Bool => "bool",
        Type::U16 => "u16",
        Type::U64 => "u64",
        Type::String => "string",
        Type::Option(option) => match option.ty() {
            Type::U16 => "option<u16>",
            Type::U64 => "option<u64>",
            Type::String => "option<string>",
            _ => "another type",
        },
        _ => "another type",
    };
    let params: Vec<_> = function.params().map(|(_, ty)| text(&ty)).collect();
    let results: Vec<_> = function.results().map(|ty| text(&ty)).collect();
    match results.as_slice() {
        [] => format!("func({})", params.join(", ")),
        results => format!("func({}) -> {}", params.join(", "), results.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use doverb_wit::EXPORTS;

    use super::*;

    #[test]
    fn every_export_of_the_contract_has_a_place() {
        for export in EXPORTS {
            let has_place = Overrides::default().place(export.name).is_some();
            assert!(has_place != (export.name == "setup"), "{}", export.name);
        }
    }
}
