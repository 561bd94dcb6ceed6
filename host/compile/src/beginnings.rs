//! How much data an instance copies as it begins. Between two of its parts nobody else goes on: there is no instruction at which it could
//! be interrupted.

use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentInstance, ComponentOuterAliasKind, DataKind, Encoding,
    Instance, Parser, Payload,
};

use super::bounds::MAX_WASM;

/// The most that it may copy, in bytes. A component whose modules are each instantiated once is never over it.
pub(super) const MAX_COPIED: u64 = MAX_WASM;

/// What a part copies when it is instantiated. None where that is given from elsewhere.
type Copied = Option<u64>;

/// A component that is being read.
#[derive(Default)]
struct Component {
    modules: Vec<Copied>,
    components: Vec<Copied>,
    /// What its own instances copy.
    copied: u64,
}

/// What is being read, the outermost first.
#[derive(Default)]
struct Reading {
    components: Vec<Component>,
    /// A module within the last of them.
    module: Option<u64>,
    /// The most that any module and any component copies: what stands for one that is given from elsewhere.
    worst_module: u64,
    worst_component: u64,
}

/// Bytes that an instance of the component copies as it begins, as far as the component can be read: the compiler refuses the rest.
pub(super) fn copied(component: &[u8]) -> u64 {
    let mut reading = Reading::default();
    for payload in Parser::new(0).parse_all(component) {
        let Ok(payload) = payload else { break };
        if let Some(copied) = reading.take(payload) {
            return copied;
        }
    }
    reading.components.first().map_or(0, |outermost| outermost.copied)
}

impl Reading {
    /// The sum, at the end.
    fn take(&mut self, payload: Payload<'_>) -> Option<u64> {
        match payload {
            Payload::Version { encoding: Encoding::Module, .. } => self.module = Some(0),
            Payload::Version { encoding: Encoding::Component, .. } => {
                self.components.push(Component::default())
            }
            Payload::DataSection(data) => {
                let active =
                    data.into_iter().flatten().filter(|data| matches!(data.kind, DataKind::Active { .. }));
                let bytes: u64 = active.map(|data| data.data.len() as u64).sum();
                self.module = self.module.map(|before| before.saturating_add(bytes));
            }
            Payload::InstanceSection(instances) => {
                for instance in instances.into_iter().flatten() {
                    if let Instance::Instantiate { module_index, .. } = instance {
                        self.instantiate(
                            |own| own.modules.get(module_index as usize).copied(),
                            |all| all.worst_module,
                        );
                    }
                }
            }
            Payload::ComponentInstanceSection(instances) => {
                for instance in instances.into_iter().flatten() {
                    if let ComponentInstance::Instantiate { component_index, .. } = instance {
                        let index = component_index as usize;
                        self.instantiate(|own| own.components.get(index).copied(), |all| all.worst_component);
                    }
                }
            }
            Payload::ComponentImportSection(imports) => {
                imports.into_iter().flatten().for_each(|import| self.add(import.ty.kind()));
            }
            Payload::ComponentExportSection(exports) => {
                exports.into_iter().flatten().for_each(|export| self.add(export.kind));
            }
            Payload::ComponentAliasSection(aliases) => {
                aliases.into_iter().flatten().for_each(|alias| self.alias(&alias));
            }
            Payload::End(_) => return self.end(),
            _ => {}
        }
        None
    }

    fn instantiate(&mut self, find: impl Fn(&Component) -> Option<Copied>, worst: impl Fn(&Reading) -> u64) {
        let found = self.components.last().and_then(find).flatten();
        let bytes = found.unwrap_or_else(|| worst(self));
        if let Some(own) = self.components.last_mut() {
            own.copied = own.copied.saturating_add(bytes);
        }
    }

    /// One more of a kind, which is given from elsewhere.
    fn add(&mut self, kind: ComponentExternalKind) {
        match kind {
            ComponentExternalKind::Module => self.add_module(None),
            ComponentExternalKind::Component => self.add_component(None),
            _ => {}
        }
    }

    fn add_module(&mut self, copied: Copied) {
        self.worst_module = self.worst_module.max(copied.unwrap_or(0));
        self.components.last_mut().into_iter().for_each(|own| own.modules.push(copied));
    }

    fn add_component(&mut self, copied: Copied) {
        self.worst_component = self.worst_component.max(copied.unwrap_or(0));
        self.components.last_mut().into_iter().for_each(|own| own.components.push(copied));
    }

    fn alias(&mut self, alias: &ComponentAlias<'_>) {
        match *alias {
            ComponentAlias::InstanceExport { kind, .. } => self.add(kind),
            ComponentAlias::Outer { kind, count, index } => {
                let depth = self.components.len().checked_sub(1 + count as usize);
                let outer = depth.and_then(|depth| self.components.get(depth));
                match kind {
                    ComponentOuterAliasKind::CoreModule => {
                        let copied =
                            outer.and_then(|outer| outer.modules.get(index as usize).copied().flatten());
                        self.add_module(copied);
                    }
                    ComponentOuterAliasKind::Component => {
                        let copied =
                            outer.and_then(|outer| outer.components.get(index as usize).copied().flatten());
                        self.add_component(copied);
                    }
                    _ => {}
                }
            }
            ComponentAlias::CoreInstanceExport { .. } => {}
        }
    }

    fn end(&mut self) -> Option<u64> {
        if let Some(copied) = self.module.take() {
            self.add_module(Some(copied));
            return None;
        }
        let copied = self.components.pop()?.copied;
        if self.components.is_empty() {
            return Some(copied);
        }
        self.add_component(Some(copied));
        None
    }
}

#[cfg(test)]
mod tests {
    use super::copied;

    const MODULE: &str = r#"(core module $m (memory 1) (data (i32.const 0) "12345") (data "passive")
        (data (i32.const 9) "678"))"#;

    fn of(text: &str) -> u64 {
        copied(&wat::parse_str(format!("(component {text})")).expect("a component"))
    }

    #[test]
    fn each_instance_copies_what_is_active() {
        assert_eq!(of(MODULE), 0, "there is no instance of it");
        assert_eq!(
            of(&format!("{MODULE} (core instance (instantiate $m)) (core instance (instantiate $m))")),
            16
        );
        assert_eq!(copied(b"nothing"), 0);
    }

    #[test]
    fn components_within_it_count_as_often_as_they_are_instantiated() {
        let inner = format!("(component $c {MODULE} (core instance (instantiate $m)))");
        assert_eq!(of(&inner), 0);
        assert_eq!(of(&format!("{inner} (instance (instantiate $c)) (instance (instantiate $c))")), 16);
        let outer = format!(
            "{MODULE} (component $c (alias outer 1 $m (core module $n)) (core instance (instantiate $n)))"
        );
        assert_eq!(of(&format!("{outer} (instance (instantiate $c))")), 8);
    }

    #[test]
    fn what_is_given_from_elsewhere_counts_as_the_worst() {
        let text = format!(
            r#"{MODULE} (component $c (import "n" (core module $n)) (core instance (instantiate $n)))
               (instance (instantiate $c (with "n" (core module $m))))"#
        );
        assert_eq!(of(&text), 8);
    }
}
