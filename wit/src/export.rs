//! The exports that the host looks for.

/// A function that a handler may export.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Export {
    /// Its name.
    pub name: &'static str,
    /// Its parameters, each with its name and its type as WIT has it.
    pub params: &'static [(&'static str, &'static str)],
    /// The type of its result, if it has one.
    pub result: Option<&'static str>,
}

/// All of them besides `do-*`, in the order of `world.wit`.
pub const EXPORTS: &[Export] = &[
    new("setup", &[], None),
    new("finish", &[], None),
    new("switch-connection", &[("id", "u64")], None),
    new("handle-expect-100", &[], Some("bool")),
    new("send-error", &[("code", "u16"), ("message", "option<string>"), ("explain", "option<string>")], None),
    new("log-request", &[("code", "option<u16>"), ("size", "option<u64>")], None),
    new("log-error", &[("message", "string")], None),
    new("log-message", &[("message", "string")], None),
    new("version-string", &[], Some("string")),
    new("date-time-string", &[("timestamp", "option<u64>")], Some("string")),
    new("log-date-time-string", &[], Some("string")),
    new("address-string", &[], Some("string")),
];

/// What serves a method.
const METHOD: Export = new("do-*", &[], None);

/// What `do-*` and `setup` may take: the connection that the call is for.
const CONNECTION: &[(&str, &str)] = &[("connection", "u64")];

const fn new(
    name: &'static str,
    params: &'static [(&'static str, &'static str)],
    result: Option<&'static str>,
) -> Export {
    Export { name, params, result }
}

/// The export of this name; none when the contract knows no such export. All `do-*` are the same one.
///
/// ```
/// let export = doverb_wit::export("log-request").unwrap();
/// assert_eq!(export.signature(), "func(option<u16>, option<u64>)");
/// assert_eq!(export.wit(), "func(code: option<u16>, size: option<u64>)");
/// assert_eq!(doverb_wit::export("do-GET").unwrap().wit(), "func()");
/// assert!(doverb_wit::export("log").is_none());
/// ```
pub fn export(name: &str) -> Option<&'static Export> {
    if name.starts_with("do-") {
        return Some(&METHOD);
    }
    EXPORTS.iter().find(|export| export.name == name)
}

impl Export {
    /// The same, told whose turn it is by the call itself, so that no `switch-connection` comes before. `do-*` and `setup` can be.
    ///
    /// ```
    /// let export = doverb_wit::export("do-GET").unwrap().of_connection().unwrap();
    /// assert_eq!(export.wit(), "func(connection: u64)");
    /// assert!(doverb_wit::export("finish").unwrap().of_connection().is_none());
    /// ```
    pub fn of_connection(&self) -> Option<Export> {
        let can_be = *self == METHOD || self.name == "setup";
        can_be.then(|| new(self.name, CONNECTION, None))
    }

    /// Its type without the names of its parameters: `func(option<u16>, option<u64>)`. Components agree in
    /// those whatever they call them.
    pub fn signature(&self) -> String {
        self.with_params(self.params.iter().map(|(_, ty)| (*ty).to_owned()).collect())
    }

    /// Its type as `world.wit` has it: `func(code: option<u16>, size: option<u64>)`.
    pub fn wit(&self) -> String {
        self.with_params(self.params.iter().map(|(name, ty)| format!("{name}: {ty}")).collect())
    }

    fn with_params(&self, params: Vec<String>) -> String {
        let result = self.result.map(|ty| format!(" -> {ty}")).unwrap_or_default();
        format!("func({}){result}", params.join(", "))
    }

    /// Its name as Python, and languages with names like Python's, have it: `log_request`.
    pub fn python_name(&self) -> String {
        self.name.replace('-', "_")
    }
}
