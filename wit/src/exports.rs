//! The one table of optional exports.

/// A function that a handler may export beside its `do-*`, whose types it takes from the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Export {
    /// Its label: `send-error`.
    pub name: &'static str,
    /// The types of its parameters, as WIT writes them.
    pub params: &'static [&'static str],
    /// The type of its result, if it has one.
    pub result: Option<&'static str>,
}

impl Export {
    /// Its type as text: `func(u16, option<string>)` or `func() -> string`.
    ///
    /// ```
    /// let export = doverb_wit::EXPORTS.iter().find(|export| export.name == "date-time-string").unwrap();
    /// assert_eq!(export.signature(), "func(option<u64>) -> string");
    /// ```
    pub fn signature(&self) -> String {
        let params = self.params.join(", ");
        match self.result {
            None => format!("func({params})"),
            Some(result) => format!("func({params}) -> {result}"),
        }
    }
}

const fn export(name: &'static str, params: &'static [&'static str], result: Option<&'static str>) -> Export {
    Export { name, params, result }
}

/// All of them; `do-*` apart. A test holds it against `world.wit`.
pub const EXPORTS: &[Export] = &[
    export("setup", &[], None),
    export("finish", &[], None),
    export("handle-expect-100", &[], Some("bool")),
    export("send-error", &["u16", "option<string>", "option<string>"], None),
    export("log-request", &["option<u16>", "option<u64>"], None),
    export("log-error", &["string"], None),
    export("log-message", &["string"], None),
    export("version-string", &[], Some("string")),
    export("date-time-string", &["option<u64>"], Some("string")),
    export("log-date-time-string", &[], Some("string")),
    export("address-string", &[], Some("string")),
    export("switch-connection", &["u64"], None),
];
