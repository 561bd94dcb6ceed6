//! Functions of the engine's own kind. One that is called for each request, or several times for one, costs a third of a closure's
//! call as such: the engine has its arguments where they are.

use std::ffi::{CStr, c_int};
use std::ptr::NonNull;

use rquickjs::{Ctx, Error, Exception, Object, Result, Value, qjs};

/// The context that such a function runs in.
#[derive(Clone, Copy)]
pub(crate) struct Running(*mut qjs::JSContext);

impl Running {
    /// As the engine has it.
    pub(crate) fn raw(self) -> *mut qjs::JSContext {
        self.0
    }

    /// Counted, which not every function needs.
    pub(crate) fn ctx<'js>(self) -> Ctx<'js> {
        // SAFETY: it is a context, and runs.
        unsafe { Ctx::from_raw(NonNull::new_unchecked(self.0)) }
    }

    /// An argument of the function's, counted.
    pub(crate) fn value<'js>(self, argument: qjs::JSValue) -> Value<'js> {
        // SAFETY: it is the context's, and what is kept of it is counted.
        unsafe { Value::from_raw(self.ctx(), qjs::JS_DupValue(self.0, argument)) }
    }
}

type Called =
    unsafe extern "C" fn(*mut qjs::JSContext, qjs::JSValue, c_int, *mut qjs::JSValue) -> qjs::JSValue;

/// Such a function, and for how many arguments it is made: the engine has as many there, at least.
pub(crate) struct Native {
    length: c_int,
    called: Called,
}

/// Makes one of a function with no state of its own, which gives up the value that it returns.
pub(crate) fn native<const N: usize, F>(_: F) -> Native
where
    F: Fn(Running, &[qjs::JSValue; N]) -> Result<qjs::JSValue> + Copy + 'static,
{
    const { assert!(size_of::<F>() == 0, "the engine keeps nothing for it") };
    Native { length: N as c_int, called: called::<N, F> }
}

unsafe extern "C" fn called<const N: usize, F>(
    ctx: *mut qjs::JSContext,
    _: qjs::JSValue,
    _: c_int,
    arguments: *mut qjs::JSValue,
) -> qjs::JSValue
where
    F: Fn(Running, &[qjs::JSValue; N]) -> Result<qjs::JSValue> + Copy + 'static,
{
    // SAFETY: the function has no size, and there is one, as `native` was given it; the engine has so many arguments there.
    let (function, arguments) = unsafe {
        let arguments = if N == 0 { NonNull::dangling() } else { NonNull::new_unchecked(arguments.cast()) };
        (NonNull::<F>::dangling().read(), arguments.as_ref())
    };
    let running = Running(ctx);
    function(running, arguments).unwrap_or_else(|error| thrown(&running.ctx(), error))
}

/// An object with such functions, by their names.
pub(crate) fn functions<'js>(ctx: &Ctx<'js>, all: &[(&CStr, Native)]) -> Result<Object<'js>> {
    let object = Object::new(ctx.clone())?;
    for (name, Native { length, called }) in all {
        // SAFETY: the context is the one that runs; the value is new.
        let function = unsafe {
            let kind = qjs::JSCFunctionEnum_JS_CFUNC_generic;
            let context = ctx.as_raw().as_ptr();
            let function = qjs::JS_NewCFunction2(context, Some(*called), name.as_ptr(), *length, kind, 0);
            Value::from_raw(ctx.clone(), function)
        };
        object.set(name.to_str()?, function.into_function().ok_or(Error::Exception)?)?;
    }
    Ok(object)
}

/// A value for the engine, which takes what is given to it.
pub(crate) fn given_up(value: &Value<'_>) -> qjs::JSValue {
    // SAFETY: the value is its context's, and is given up by whoever has it.
    unsafe { qjs::JS_DupValue(value.ctx().as_raw().as_ptr(), value.as_raw()) }
}

/// What a function gives back that has failed.
pub(crate) fn thrown(ctx: &Ctx<'_>, error: Error) -> qjs::JSValue {
    if !matches!(error, Error::Exception) {
        // What is thrown is the context's now.
        let _ = Exception::throw_type(ctx, &error.to_string());
    }
    qjs::JS_EXCEPTION
}
