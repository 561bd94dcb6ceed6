//! The host's functions as JavaScript calls them: functions of the engine's own kind, which know by a number which they are. A closure
//! for each would have its arguments in a list that is made for the call.

use std::ffi::c_int;
use std::ptr::NonNull;
use std::slice;

use rquickjs::{Ctx, Error, Exception, Function, Result, Value, qjs};

use crate::result::{ResultBoundary, returned};
use crate::{CtxExt, QjsCallContext};

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
    match call(&ctx, index.unsigned_abs() as usize, values) {
        Ok(value) => {
            let raw = value.as_raw();
            // SAFETY: the engine takes what is given to it, and the value here is given up below.
            unsafe { qjs::JS_DupValue(ctx.as_raw().as_ptr(), raw) }
        }
        Err(Error::Exception) => qjs::JS_EXCEPTION,
        Err(error) => {
            // What is thrown is the context's now.
            let _ = Exception::throw_type(&ctx, &error.to_string());
            qjs::JS_EXCEPTION
        }
    }
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
    function.call_import_sync(&mut call);
    let value = call.maybe_pop_value(ctx)?;
    returned(ctx, value, call.failed())
}
