//! The host's functions as JavaScript calls them: functions of the engine's own kind, which know by a number which they are. A closure
//! for each would have its arguments in a list that is made for the call.

use std::ffi::c_int;
use std::ptr::NonNull;
use std::slice;

use rquickjs::{Ctx, Error, Function, Result, Value, qjs};
use wit_dylib_ffi::ImportFunction;

use crate::raw::{given_up, thrown};
use crate::result::{ResultBoundary, returned};
use crate::{CtxExt, Given, QjsCallContext};

type Imported =
    unsafe extern "C" fn(*mut qjs::JSContext, qjs::JSValue, c_int, *mut qjs::JSValue, c_int) -> qjs::JSValue;

/// A function of the host's.
pub(crate) fn function<'js>(ctx: &Ctx<'js>, index: usize) -> Result<Function<'js>> {
    engines(ctx, called::<false>, index)
}

/// One whose first argument is the object that it is called of.
pub(crate) fn method<'js>(ctx: &Ctx<'js>, index: usize) -> Result<Function<'js>> {
    engines(ctx, called::<true>, index)
}

fn engines<'js>(ctx: &Ctx<'js>, called: Imported, index: usize) -> Result<Function<'js>> {
    let index = i16::try_from(index).map_err(|_| Error::Unknown)?;
    // SAFETY: the engine calls what is of this kind with its number behind the arguments, whatever type it is given as.
    let function = unsafe {
        let called = std::mem::transmute::<Imported, unsafe extern "C" fn(_, _, _, _) -> _>(called);
        let kind = qjs::JSCFunctionEnum_JS_CFUNC_generic_magic;
        qjs::JS_NewCFunction2(ctx.as_raw().as_ptr(), Some(called), c"".as_ptr(), 0, kind, index.into())
    };
    // SAFETY: the value is the context's, and nobody else has it.
    unsafe { Value::from_raw(ctx.clone(), function) }.into_function().ok_or(Error::Exception)
}

unsafe extern "C" fn called<const OF_THIS: bool>(
    ctx: *mut qjs::JSContext,
    this: qjs::JSValue,
    count: c_int,
    arguments: *mut qjs::JSValue,
    index: c_int,
) -> qjs::JSValue {
    // SAFETY: it is the context that runs, and the engine has so many arguments there; what is kept of the call's values is counted.
    let (ctx, values) = unsafe {
        let ctx = Ctx::from_raw(NonNull::new_unchecked(ctx));
        let arguments = match usize::try_from(count) {
            Ok(count @ 1..) => slice::from_raw_parts(arguments, count),
            _ => &[],
        };
        let counted = |value: &qjs::JSValue| {
            Value::from_raw(ctx.clone(), qjs::JS_DupValue(ctx.as_raw().as_ptr(), *value))
        };
        let this = OF_THIS.then_some(&this);
        let values: smallvec::SmallVec<[Value<'_>; 8]> =
            this.into_iter().chain(arguments).map(counted).collect();
        (ctx.clone(), values)
    };
    let value = call(&ctx, index.unsigned_abs() as usize, values);
    value.map_or_else(|error| thrown(&ctx, error), |value| given_up(&value))
}

/// The number of a function of the host's.
pub(crate) fn number(ctx: &Ctx<'_>, interface: &str, name: &str) -> Option<usize> {
    ctx.wit().get_import(Some(interface), name).map(|function| function.index())
}

/// Calls a function of the host's with these values.
pub(crate) fn call<'js>(
    ctx: &Ctx<'js>,
    index: usize,
    values: impl IntoIterator<Item = Value<'js>, IntoIter: DoubleEndedIterator>,
) -> Result<Value<'js>> {
    let function = ctx.wit().import_func(index);
    let mut call = QjsCallContext::of_import(ResultBoundary::new(function.result()).result());
    for value in values.into_iter().rev() {
        call.push_value(ctx, value);
    }
    called_with(ctx, function, call)
}

/// The same with what the engine itself has.
pub(crate) fn call_given(
    ctx: &Ctx<'_>,
    index: usize,
    arguments: impl IntoIterator<Item = Given, IntoIter: DoubleEndedIterator>,
) -> Result<()> {
    let function = ctx.wit().import_func(index);
    let call = QjsCallContext::given(ResultBoundary::new(function.result()).result(), arguments);
    called_with(ctx, function, call).map(drop)
}

/// What a function of the host's without arguments returns, of bytes.
pub(crate) fn call_for_bytes(ctx: &Ctx<'_>, index: usize) -> Vec<u8> {
    let mut call = QjsCallContext::returning_bytes();
    ctx.wit().import_func(index).call_import_sync(&mut call);
    call.returned.take().unwrap_or_default()
}

fn called_with<'js>(
    ctx: &Ctx<'js>,
    function: ImportFunction,
    mut call: QjsCallContext,
) -> Result<Value<'js>> {
    function.call_import_sync(&mut call);
    let value = call.maybe_pop_value(ctx)?;
    returned(ctx, value, call.failed())
}
