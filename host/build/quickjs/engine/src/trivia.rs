use crate::CtxExt;

use heck::ToLowerCamelCase;

/// Convert a WIT function name to lower camel case, caching the result.
pub(crate) fn fn_lookup(ctx: &rquickjs::Ctx<'_>, name: &'static str) -> &'static str {
    let cache = ctx.fns();
    let mut map = cache.0.borrow_mut();

    map.entry(name).or_insert_with(|| Box::leak(name.to_lower_camel_case().into_boxed_str()))
}

/// Extract the short name from a WIT interface path and convert to lower camel case.
pub(crate) fn iface_lookup(ctx: &rquickjs::Ctx<'_>, full_name: &'static str) -> &'static str {
    let short = full_name.rsplit_once('/').map_or(full_name, |(_, short)| short);

    let short = short.split('@').next().unwrap_or(short);
    let cache = ctx.fns();
    let mut map = cache.0.borrow_mut();

    map.entry(full_name).or_insert_with(|| Box::leak(short.to_lower_camel_case().into_boxed_str()))
}
