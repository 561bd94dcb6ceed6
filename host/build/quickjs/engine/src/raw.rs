//! Functions of the engine's own kind. One that is called for each request, or several times for one, costs a third of a closure's
//! call as such: the engine has its arguments where they are.

use std::ffi::{CStr, c_int};
use std::ptr::NonNull;

use rquickjs::{Ctx, Error, Exception, Object, Result, Value, qjs};

/// It gets the context that runs, what it is a method of, and how many arguments there are, of which the engine has as many as the function
/// was made for, at least.
pub(crate) type Called =
    unsafe extern "C" fn(*mut qjs::JSContext, qjs::JSValue, c_int, *mut qjs::JSValue) -> qjs::JSValue;

/// An object with such functions: their names, and for how many arguments they are made.
pub(crate) fn functions<'js>(ctx: &Ctx<'js>, all: &[(&CStr, c_int, Called)]) -> Result<Object<'js>> {
    let object = Object::new(ctx.clone())?;
    for (name, length, called) in all {
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

/// What such a function gives back.
pub(crate) fn given_back<'js>(ctx: &Ctx<'js>, result: Result<Value<'js>>) -> qjs::JSValue {
    match result {
        Ok(value) => {
            let raw = value.as_raw();
            // SAFETY: the engine takes what is given to it, and the value here is given up below.
            unsafe { qjs::JS_DupValue(ctx.as_raw().as_ptr(), raw) }
        }
        Err(Error::Exception) => qjs::JS_EXCEPTION,
        Err(error) => {
            // What is thrown is the context's now.
            let _ = Exception::throw_type(ctx, &error.to_string());
            qjs::JS_EXCEPTION
        }
    }
}

/// The context that such a function runs in.
///
/// # Safety
///
/// It is one, and runs.
pub(crate) unsafe fn running<'js>(ctx: *mut qjs::JSContext) -> Ctx<'js> {
    // SAFETY: the caller's.
    unsafe { Ctx::from_raw(NonNull::new_unchecked(ctx)) }
}
