//! What `#[handler]` turns an `impl` block into.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::{Error, ImplItem, ImplItemFn, ItemImpl};

use crate::exports::{self, Export, Kind};

/// The constants that are applied when an instance begins, and the functions that do it.
const ATTRIBUTES: [(&str, &str); 6] = [
    ("PROTOCOL_VERSION", "set_protocol_version"),
    ("SERVER_VERSION", "set_server_version"),
    ("SYS_VERSION", "set_sys_version"),
    ("ERROR_MESSAGE_FORMAT", "set_error_message_format"),
    ("ERROR_CONTENT_TYPE", "set_error_content_type"),
    ("TIMEOUT", "set_timeout"),
];

pub(crate) fn handler(arguments: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    if !arguments.is_empty() {
        return Err(Error::new_spanned(arguments, "#[handler] takes no arguments"));
    }
    let block: ItemImpl = syn::parse2(item).map_err(|error| {
        Error::new(error.span(), "#[handler] stands before an impl block: `impl Hello { .. }`")
    })?;
    if let Some((_, path, _)) = &block.trait_ {
        let text = "#[handler] stands before `impl Hello { .. }`, not before an impl of a trait";
        return Err(Error::new_spanned(path, text));
    }
    if !block.generics.params.is_empty() {
        return Err(Error::new_spanned(&block.generics, "a handler can't be generic: the host makes it"));
    }
    let methods = || block.items.iter().filter_map(method);
    let mut exports = exports::find(methods())?;
    if !exports.iter().any(|export| export.signature.kind == Kind::Do) {
        let text =
            "a handler needs a method for each HTTP method it serves: `fn do_GET(&mut self) -> Result`";
        return Err(Error::new_spanned(&block.self_ty, text));
    }
    let attributes = attributes(&block);
    if !attributes.is_empty() && !exports.iter().any(|export| export.label == "setup") {
        // The host must know protocol_version before the first request is judged by it.
        let signature = exports::setup();
        exports.push(Export { method: format_ident!("__doverb_setup"), label: "setup".into(), signature });
    }
    Ok(component(&block, methods(), &exports, &attributes))
}

fn method(item: &ImplItem) -> Option<&ImplItemFn> {
    match item {
        ImplItem::Fn(method) => Some(method),
        _ => None,
    }
}

fn attributes(block: &ItemImpl) -> Vec<TokenStream> {
    let constants = block.items.iter().filter_map(|item| match item {
        ImplItem::Const(constant) => Some(&constant.ident),
        _ => None,
    });
    constants
        .filter_map(|name| {
            let (_, setter) = ATTRIBUTES.iter().find(|(attribute, _)| name == attribute)?;
            let setter = format_ident!("{setter}");
            let text = name.to_string();
            Some(quote! {
                ::doverb_guest::__private::apply(
                    #text,
                    ::doverb_guest::Attributes::#setter(&mut handler, super::Handler::#name),
                );
            })
        })
        .collect()
}

fn component<'a>(
    block: &ItemImpl,
    mut methods: impl Iterator<Item = &'a ImplItemFn>,
    exports: &[Export],
    attributes: &[TokenStream],
) -> TokenStream {
    let handler = &block.self_ty;
    let has_new = methods.any(|method| method.sig.ident == "new" && method.sig.inputs.is_empty());
    let new = if has_new {
        quote!(super::Handler::new())
    } else {
        quote!(<super::Handler as ::core::default::Default>::default())
    };
    let world: String = exports
        .iter()
        .map(|export| format!("export {}: {};\n", export.label, export.signature.wit))
        .collect();
    // Called only where connections share an instance; each keeps a handler of its own there.
    let world = format!("{world}export switch-connection: func(id: u64);\n");
    let inline = format!("package doverb:sdk;\nworld handler {{\n{world}}}\n");
    let functions = exports.iter().map(function);
    // Constants of attributes may stay unused in the author's own code.
    quote! {
        #[allow(non_snake_case, dead_code)]
        #block

        impl ::doverb_guest::BaseHTTPRequestHandler for #handler {}

        #[doc(hidden)]
        mod __doverb {
            type Handler = super::#handler;

            mod component {
                ::doverb_guest::__private::wit_bindgen::generate!({
                    inline: #inline,
                    runtime_path: "::doverb_guest::__private::wit_bindgen::rt",
                });

                ::std::thread_local! {
                    static HANDLER: ::doverb_guest::__private::Cell<super::Handler> =
                        const { ::doverb_guest::__private::Cell::new(::doverb_guest::__private::Handlers::new()) };
                }

                fn new() -> super::Handler {
                    #[allow(unused_mut)]
                    let mut handler = #new;
                    #(#attributes)*
                    handler
                }

                struct Component;

                #[allow(unused_variables)]
                impl Guest for Component {
                    #(#functions)*

                    fn switch_connection(id: u64) {
                        ::doverb_guest::__private::switch(&HANDLER, id);
                    }
                }

                export!(Component);
            }
        }
    }
}

fn function(export: &Export) -> TokenStream {
    let name = format_ident!("{}", export.label.to_lowercase().replace('-', "_"));
    let method = &export.method;
    let (parameters, arguments) = match export.label.as_str() {
        "send-error" => (
            quote!(code: u16, message: ::core::option::Option<::std::string::String>, explain: ::core::option::Option<::std::string::String>),
            quote!(code, message.as_deref(), explain.as_deref()),
        ),
        "log-request" => {
            (quote!(code: ::core::option::Option<u16>, size: ::core::option::Option<u64>), quote!(code, size))
        }
        "log-error" | "log-message" => (quote!(message: ::std::string::String), quote!(&message)),
        "date-time-string" => (quote!(timestamp: ::core::option::Option<u64>), quote!(timestamp)),
        _ => (quote!(), quote!()),
    };
    let call = if method == "__doverb_setup" {
        quote!(())
    } else {
        quote!(super::Handler::#method(handler, #arguments))
    };
    let enter = quote!(::doverb_guest::__private::enter(&HANDLER, new, |handler| #call));
    // A wrong return type is reported where the method stands.
    let at = method.span();
    let conclude = quote_spanned!(at=> ::doverb_guest::__private::conclude(#enter));
    let end_request = quote_spanned!(at=> ::doverb_guest::__private::end_request(#enter));
    let may_be_connect = matches!(export.label.as_str(), "do-CONNECT" | "do-ANY");
    let begin = format_ident!("{}", if may_be_connect { "begin_any_request" } else { "begin_request" });
    let decide = quote_spanned!(at=> ::doverb_guest::__private::decide(#enter));
    let text = quote_spanned!(at=> ::core::convert::Into::<::std::string::String>::into(#enter));
    match export.signature.kind {
        Kind::Do => quote! {
            fn #name() {
                ::doverb_guest::__private::#begin();
                #end_request;
            }
        },
        Kind::Outcome => quote! {
            fn #name(#parameters) {
                #conclude;
            }
        },
        Kind::Verdict => quote! {
            fn #name() -> bool {
                #decide
            }
        },
        Kind::Text => quote! {
            fn #name(#parameters) -> ::std::string::String {
                #text
            }
        },
    }
}
