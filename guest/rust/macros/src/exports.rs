//! Which methods of an `impl` block are exports, and whether their signatures fit.

use std::collections::HashMap;

use syn::spanned::Spanned;
use syn::{Error, FnArg, ImplItemFn, ReturnType, Type};

/// A method that the host calls.
pub(crate) struct Export {
    /// Its name in Rust.
    pub(crate) method: syn::Ident,
    /// Its name and type in WIT.
    pub(crate) label: String,
    pub(crate) signature: &'static Signature,
}

/// What an overridable method must look like.
pub(crate) struct Signature {
    name: &'static str,
    /// Its parameters and result in WIT.
    pub(crate) wit: &'static str,
    /// Its parameters in Rust, `self` aside.
    parameters: &'static [&'static str],
    /// How it is written, for error messages.
    form: &'static str,
    pub(crate) kind: Kind,
}

/// What becomes of the result.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `do_*`: begins a request.
    Do,
    /// Nothing but success or failure.
    Outcome,
    /// Whether to go on.
    Verdict,
    Text,
}

const DO: Signature = Signature {
    name: "",
    wit: "func()",
    parameters: &[],
    form: "fn {name}(&mut self) -> Result",
    kind: Kind::Do,
};

const OVERRIDES: [Signature; 11] = [
    plain("setup", "fn setup(&mut self) -> Result"),
    plain("finish", "fn finish(&mut self) -> Result"),
    Signature {
        name: "handle_expect_100",
        wit: "func() -> bool",
        parameters: &[],
        form: "fn handle_expect_100(&mut self) -> Result<bool>",
        kind: Kind::Verdict,
    },
    Signature {
        name: "send_error",
        wit: "func(code: u16, message: option<string>, explain: option<string>)",
        parameters: &["u16", "Option<&str>", "Option<&str>"],
        form: "fn send_error(&mut self, code: u16, message: Option<&str>, explain: Option<&str>) -> Result",
        kind: Kind::Outcome,
    },
    Signature {
        name: "log_request",
        wit: "func(code: option<u16>, size: option<u64>)",
        parameters: &["Option<u16>", "Option<u64>"],
        form: "fn log_request(&mut self, code: Option<u16>, size: Option<u64>)",
        kind: Kind::Outcome,
    },
    logging("log_error", "fn log_error(&mut self, message: &str)"),
    logging("log_message", "fn log_message(&mut self, message: &str)"),
    text("version_string", "func() -> string", &[], "fn version_string(&mut self) -> String"),
    text(
        "date_time_string",
        "func(timestamp: option<u64>) -> string",
        &["Option<u64>"],
        "fn date_time_string(&mut self, timestamp: Option<u64>) -> String",
    ),
    text("log_date_time_string", "func() -> string", &[], "fn log_date_time_string(&mut self) -> String"),
    text("address_string", "func() -> string", &[], "fn address_string(&mut self) -> String"),
];

const fn plain(name: &'static str, form: &'static str) -> Signature {
    Signature { name, wit: "func()", parameters: &[], form, kind: Kind::Outcome }
}

const fn logging(name: &'static str, form: &'static str) -> Signature {
    Signature { name, wit: "func(message: string)", parameters: &["&str"], form, kind: Kind::Outcome }
}

const fn text(
    name: &'static str,
    wit: &'static str,
    parameters: &'static [&'static str],
    form: &'static str,
) -> Signature {
    Signature { name, wit, parameters, form, kind: Kind::Text }
}

/// The export that `setup` is when the handler has none of its own.
pub(crate) fn setup() -> &'static Signature {
    &OVERRIDES[0]
}

/// All exports of a block, in order.
pub(crate) fn find<'a>(methods: impl Iterator<Item = &'a ImplItemFn>) -> syn::Result<Vec<Export>> {
    let mut exports = Vec::new();
    let mut labels: HashMap<String, String> = HashMap::new();
    for method in methods {
        let name = method.sig.ident.to_string();
        let (label, signature) = if let Some(verb) = name.strip_prefix("do_") {
            (label(verb, method)?, &DO)
        } else if let Some(signature) = OVERRIDES.iter().find(|signature| signature.name == name) {
            (name.replace('_', "-"), signature)
        } else {
            continue;
        };
        check(method, signature)?;
        if let Some(other) = labels.insert(label.to_lowercase(), name.clone()) {
            let text = format!(
                "{name} and {other} differ only in upper and lower case; a component can't have both"
            );
            return Err(Error::new(method.sig.ident.span(), text));
        }
        exports.push(Export { method: method.sig.ident.clone(), label, signature });
    }
    Ok(exports)
}

/// `M_SEARCH` is `do-M-SEARCH`. Each word of a WIT name is in upper case or in lower case; only its first, `do`, must
/// begin with a letter.
fn label(verb: &str, method: &ImplItemFn) -> syn::Result<String> {
    let fits = |word: &str| {
        !word.is_empty()
            && (word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
                || word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()))
    };
    if verb.split('_').all(fits) {
        return Ok(format!("do-{}", verb.replace('_', "-")));
    }
    let text = format!(
        "do_{verb}: a method is words of letters and digits with one underscore between them (it stands for a hyphen), \
         each word all in upper case or all in lower case: do_GET, do_M_SEARCH. Others can be served by do_ANY"
    );
    Err(Error::new(method.sig.ident.span(), text))
}

fn check(method: &ImplItemFn, signature: &Signature) -> syn::Result<()> {
    let name = method.sig.ident.to_string();
    let form = signature.form.replace("{name}", &name);
    let wrong = |span, what: &str| Err(Error::new(span, format!("{name} {what}; expected `{form}`")));
    let sig = &method.sig;
    if let Some(asyncness) = sig.asyncness {
        return wrong(asyncness.span(), "can't be async: calls that wait suspend only this handler");
    }
    if !sig.generics.params.is_empty() {
        return wrong(sig.generics.span(), "can't be generic");
    }
    let mut inputs = sig.inputs.iter();
    match inputs.next() {
        Some(FnArg::Receiver(receiver)) if receiver.reference.is_some() => {}
        Some(other) => return wrong(other.span(), "must take `&mut self`"),
        None => return wrong(sig.paren_token.span.join(), "must take `&mut self`"),
    }
    let given: Vec<_> = inputs.collect();
    let fits = given.len() == signature.parameters.len()
        && given.iter().zip(signature.parameters).all(|(given, expected)| is_type(given, expected));
    if !fits {
        let takes = match signature.parameters {
            [] => "takes `&mut self` and nothing else".to_owned(),
            types => format!("takes `&mut self` and ({})", types.join(", ")),
        };
        return wrong(sig.inputs.span(), &takes);
    }
    if matches!(signature.kind, Kind::Text | Kind::Verdict) && matches!(sig.output, ReturnType::Default) {
        return wrong(sig.ident.span(), "must return a value");
    }
    Ok(())
}

/// Compared by spelling, the path before the last name and blanks aside.
fn is_type(given: &FnArg, expected: &str) -> bool {
    let FnArg::Typed(given) = given else { return false };
    let ty: &Type = &given.ty;
    let text = quote::quote!(#ty).to_string().replace(' ', "");
    let text = text
        .trim_start_matches("::")
        .trim_start_matches("std::option::")
        .trim_start_matches("core::option::");
    text == expected.replace(' ', "")
}

#[cfg(test)]
mod tests {
    use super::OVERRIDES;

    #[test]
    fn every_export_of_the_contract_is_an_override() {
        // What `#[handler]` exports for every handler.
        let of_the_contract = doverb_wit::EXPORTS.iter().filter(|export| export.name != "switch-connection");
        let expected: Vec<_> = of_the_contract.map(|export| (export.python_name(), export.wit())).collect();
        let known: Vec<_> =
            OVERRIDES.iter().map(|signature| (signature.name.to_owned(), signature.wit.to_owned())).collect();
        assert_eq!(known, expected);
        let switch = include_str!("expand.rs");
        let wit = doverb_wit::export("switch-connection").unwrap().wit();
        assert!(switch.contains(&format!("export switch-connection: {wit};")));
    }
}
