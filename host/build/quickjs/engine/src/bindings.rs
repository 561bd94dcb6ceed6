//! WIT to/from JS binding registration.
use heck::{ToLowerCamelCase, ToUpperCamelCase};
use rquickjs::Persistent;
use rquickjs::function::{Constructor, Rest, This};
use rquickjs::{Ctx, Function, Object, Value};
use wit_dylib_ffi::{Resource, Wit};

use crate::CtxExt;
use crate::imported;
use crate::resources::take_handle;
use crate::wit_imports::{FuncKind, WitInterface, classify, find_resource};
use crate::{DetHashSet, DetIndexMap};

/// Register all wit bindings on the js global scope.
pub(crate) fn register(ctx: &rquickjs::Ctx<'_>, wit_def: Wit) -> rquickjs::Result<()> {
    register_resource_classes(ctx, wit_def)?;
    register_root_imports(ctx)?;
    crate::native::register(ctx)
}

/// Build a JS "class" (constructor + prototype) for every imported resource.
fn register_resource_classes<'js>(ctx: &Ctx<'js>, wit: Wit) -> rquickjs::Result<()> {
    struct Group {
        resource: Resource,
        ctor: Option<usize>,
        methods: Vec<(&'static str, usize)>,
        statics: Vec<(&'static str, usize)>,
    }

    let mut groups: DetIndexMap<usize, Group> = DetIndexMap::default();

    for func in wit.iter_import_funcs() {
        let kind = classify(func.name());
        let resource_name = match kind {
            FuncKind::Freestanding => continue,
            FuncKind::Constructor { resource }
            | FuncKind::Method { resource, .. }
            | FuncKind::Static { resource, .. } => resource,
        };

        let Some(resource) = find_resource(wit, func.interface(), resource_name) else {
            continue;
        };

        // Only imported resources get host-backed classes; exported (JS-backed)
        // resources have a `rep` and are handled on the export side.
        if resource.rep().is_some() {
            continue;
        }

        let group = groups.entry(resource.index()).or_insert_with(|| Group {
            resource,
            ctor: None,
            methods: Vec::new(),
            statics: Vec::new(),
        });

        match kind {
            FuncKind::Constructor { .. } => group.ctor = Some(func.index()),
            FuncKind::Method { method, .. } => group.methods.push((method, func.index())),
            FuncKind::Static { method, .. } => group.statics.push((method, func.index())),
            FuncKind::Freestanding => unreachable!(),
        }
    }

    let mut built: Vec<(usize, Persistent<Value<'static>>, Persistent<Value<'static>>)> = Vec::new();

    for (index, group) in groups {
        let prototype = Object::new(ctx.clone())?;
        for (method, func_index) in group.methods {
            prototype.set(method.to_lower_camel_case(), imported::method(ctx, func_index)?)?;
        }

        let dispose: Value = ctx.globals().get::<_, Object>("Symbol")?.get("dispose")?;
        let drop_handle = group.resource.drop();
        let give_back = Function::new(ctx.clone(), move |this: This<Value<'js>>| {
            if let Some(handle) = take_handle(&this.0) {
                // SAFETY: the handle was the wrapper's own, and the wrapper has lost it.
                unsafe { drop_handle(handle) };
            }
        })?;
        prototype.set(dispose, give_back)?;

        let class: Constructor = match group.ctor {
            Some(func_index) => Constructor::new_prototype(
                ctx,
                prototype.clone(),
                move |ctx: Ctx<'js>, args: Rest<Value<'js>>| imported::call(&ctx, func_index, args.0),
            )?,
            None => {
                let resource_name = group.resource.name();
                Constructor::new_prototype(
                    ctx,
                    prototype.clone(),
                    move |ctx: Ctx<'js>, _args: Rest<Value<'js>>| -> rquickjs::Result<Value<'js>> {
                        Err(rquickjs::Exception::throw_type(
                            &ctx,
                            &format!("{resource_name} has no constructor"),
                        ))
                    },
                )?
            }
        };

        for (method, func_index) in group.statics {
            class.set(method.to_lower_camel_case(), imported::function(ctx, func_index)?)?;
        }

        built.push((
            index,
            Persistent::save(ctx, class.into_value()),
            Persistent::save(ctx, prototype.into_value()),
        ));
    }

    let registry = ctx.resource_classes();
    for (index, class, prototype) in built {
        registry.insert(index, class, prototype);
    }

    Ok(())
}

/// Create a js object containing all functions, flags, enums, and variants
/// for a single wit interface.
pub(crate) fn interface_to_js<'js>(
    ctx: &rquickjs::Ctx<'js>,
    iface: &WitInterface,
) -> rquickjs::Result<rquickjs::Object<'js>> {
    let obj = rquickjs::Object::new(ctx.clone())?;

    let mut seen_resources: DetHashSet<usize> = DetHashSet::default();
    for func in &iface.funcs {
        match classify(func.name()) {
            FuncKind::Freestanding => {
                let func_name = func.name().to_lower_camel_case();
                obj.set(func_name, imported::function(ctx, func.index())?)?;
            }
            FuncKind::Constructor { resource }
            | FuncKind::Method { resource, .. }
            | FuncKind::Static { resource, .. } => {
                let Some(res) = find_resource(ctx.wit(), func.interface(), resource) else {
                    continue;
                };
                if !seen_resources.insert(res.index()) {
                    continue;
                }
                if let Some(class) = ctx.resource_classes().class(res.index()) {
                    obj.set(resource.to_upper_camel_case(), class.restore(ctx)?)?;
                }
            }
        }
    }

    Ok(obj)
}

fn register_root_imports(ctx: &rquickjs::Ctx<'_>) -> rquickjs::Result<()> {
    let globals = ctx.globals();
    let imports = ctx.wit_import_registry();
    let obj = interface_to_js(ctx, imports.root())?;

    for key in obj.keys::<String>() {
        let key = key?;
        let val: Value = obj.get(&key)?;
        globals.set(key, val)?;
    }

    Ok(())
}
