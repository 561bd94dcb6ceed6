//! The attribute macro `#[handler]` of `doverb-guest`. Use it through that crate.

mod expand;
mod exports;

use proc_macro::TokenStream;

/// Makes a component of an `impl` block: see the crate `doverb-guest`.
#[proc_macro_attribute]
pub fn handler(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::handler(arguments.into(), item.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}
