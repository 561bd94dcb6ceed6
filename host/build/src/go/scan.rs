//! Which methods a handler in Go has: what doverb exports for it.
//!
//! Comments and literals are skipped; for the rest, a method begins with `func (h *Hello) DoGET(`. The compiler checks
//! their types afterwards.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::error::SourceCause;

/// An override: the method's name, what is exported for it.
const OVERRIDES: [(&str, &str); 11] = [
    ("Setup", "//go:wasmexport setup\nfunc doverbSetup() { doverb.Serve(doverbHandlers.Get().Setup) }\n"),
    ("Finish", "//go:wasmexport finish\nfunc doverbFinish() { doverb.Serve(doverbHandlers.Get().Finish) }\n"),
    (
        "HandleExpect100",
        "//go:wasmexport handle-expect-100\n\
         func doverbHandleExpect100() uint32 { return doverb.Decide(doverbHandlers.Get().HandleExpect100) }\n",
    ),
    (
        "SendError",
        "//go:wasmexport send-error\n\
         func doverbSendError(code, hasMessage, message, messageLength, hasExplain, explain, explainLength uint32) {\n\
         \ttexts := []string{doverb.Text(hasMessage, message, messageLength), doverb.Text(hasExplain, explain, explainLength)}\n\
         \tdoverb.Serve(func() { doverbHandlers.Get().SendError(int(code), texts...) })\n}\n",
    ),
    (
        "LogRequest",
        "//go:wasmexport log-request\n\
         func doverbLogRequest(hasCode, code, hasSize uint32, size uint64) {\n\
         \tdoverb.Serve(func() { doverbHandlers.Get().LogRequest(int(doverb.Number(hasCode, uint64(code))), doverb.Number(hasSize, size)) })\n}\n",
    ),
    (
        "LogError",
        "//go:wasmexport log-error\n\
         func doverbLogError(data, length uint32) {\n\
         \ttext := doverb.Text(1, data, length)\n\
         \tdoverb.Serve(func() { doverbHandlers.Get().LogError(text) })\n}\n",
    ),
    (
        "LogMessage",
        "//go:wasmexport log-message\n\
         func doverbLogMessage(data, length uint32) {\n\
         \ttext := doverb.Text(1, data, length)\n\
         \tdoverb.Serve(func() { doverbHandlers.Get().LogMessage(text) })\n}\n",
    ),
    (
        "VersionString",
        "//go:wasmexport version-string\n\
         func doverbVersionString() unsafe.Pointer { return doverb.Tell(doverbHandlers.Get().VersionString) }\n",
    ),
    (
        "DateTimeString",
        "//go:wasmexport date-time-string\n\
         func doverbDateTimeString(given uint32, seconds uint64) unsafe.Pointer {\n\
         \treturn doverb.Tell(func() string { return doverbHandlers.Get().DateTimeString(doverb.Time(given, seconds)) })\n}\n",
    ),
    (
        "LogDateTimeString",
        "//go:wasmexport log-date-time-string\n\
         func doverbLogDateTimeString() unsafe.Pointer { return doverb.Tell(doverbHandlers.Get().LogDateTimeString) }\n",
    ),
    (
        "AddressString",
        "//go:wasmexport address-string\n\
         func doverbAddressString() unsafe.Pointer { return doverb.Tell(doverbHandlers.Get().AddressString) }\n",
    ),
];

/// The methods of a type, and where each is.
type Methods = BTreeMap<String, (PathBuf, usize)>;

/// What was found in the files of a package.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// Those of each type.
    methods: BTreeMap<String, Methods>,
    has_main: bool,
}

impl Scan {
    /// Takes up a file.
    pub(super) fn add(&mut self, file: &Path, source: &str) {
        let tokens = tokens(source);
        for (at, (_, line)) in tokens.iter().enumerate().filter(|(_, (word, _))| word == "func") {
            match &tokens[at + 1..] {
                [(name, _), (open, _), ..] if name == "main" && open == "(" => self.has_main = true,
                [(open, _), rest @ ..] if open == "(" => self.method(rest, file, *line),
                _ => {}
            }
        }
    }

    /// What follows `func (`: a receiver, and the method's name.
    fn method(&mut self, tokens: &[Token], file: &Path, line: usize) {
        let Some(close) = tokens.iter().position(|(token, _)| token == ")") else { return };
        let receiver = tokens[..close].iter().rev().find(|(token, _)| is_name(token));
        let (Some((receiver, _)), Some((name, _))) = (receiver, tokens.get(close + 1)) else { return };
        if tokens.get(close + 2).is_some_and(|(token, _)| token == "(") && is_name(name) {
            let methods = self.methods.entry(receiver.clone()).or_default();
            methods.insert(name.clone(), (file.to_owned(), line));
        }
    }

    /// The file with the exports of the handler: the only type with `Do` methods, or the one of that name.
    pub(super) fn exports(&self, class: Option<&str>) -> Result<String, SourceCause> {
        let handlers: Vec<_> =
            self.methods.iter().filter(|(_, names)| names.keys().any(|name| verb(name).is_some())).collect();
        let chosen = match (class, &handlers[..]) {
            (Some(class), handlers) => handlers.iter().find(|(name, _)| *name == class).ok_or_else(|| {
                let text = format!("it has no type {class} with methods like DoGET()");
                SourceCause::Refused(text)
            })?,
            (None, [handler]) => handler,
            (None, []) => {
                let text = "it serves no method: give a type that embeds doverb.BaseHTTPRequestHandler a method DoGET()";
                return Err(SourceCause::Refused(text.into()));
            }
            (None, several) => {
                let names: Vec<_> = several.iter().map(|(name, _)| name.as_str()).collect();
                let text = format!("it has several handlers: {}. Keep one in a package", names.join(", "));
                return Err(SourceCause::Refused(text));
            }
        };
        Ok(self.written(chosen.0, chosen.1))
    }

    fn written(&self, handler: &str, methods: &Methods) -> String {
        let overrides: String = OVERRIDES
            .iter()
            .filter_map(|(name, text)| Some(format!("\n{}{text}", placed(methods.get(*name)?))))
            .collect();
        let mut text =
            "// Code generated by doverb. DO NOT EDIT.\n\npackage main\n\nimport \"doverb\"\n".to_owned();
        if overrides.contains("unsafe.") {
            text.push_str("import \"unsafe\"\n");
        }
        text.push_str(&format!("\nvar doverbHandlers doverb.Handlers[{handler}]\n"));
        text.push_str(
            "\n//go:wasmexport switch-connection\nfunc doverbSwitch(id uint64) { doverbHandlers.Switch(id) }\n",
        );
        if !self.has_main {
            text.push_str("\nfunc main() {}\n");
        }
        for (name, place) in methods {
            let Some(verb) = verb(name) else { continue };
            let place = placed(place);
            text.push_str(&format!(
                "\n{place}//go:wasmexport do-{verb}\nfunc doverb{name}() {{ doverb.Serve(doverbHandlers.Get().{name}) }}\n"
            ));
        }
        text + &overrides
    }
}

/// Makes the compiler's errors about an export name the method: the line after the next is its.
fn placed((file, line): &(PathBuf, usize)) -> String {
    format!("//line {}:{}:1\n", file.display(), line.saturating_sub(1).max(1))
}

/// The HTTP method that a method of Go's serves: `DoGET` GET, `DoM_SEARCH` M-SEARCH.
fn verb(name: &str) -> Option<String> {
    let verb = name.strip_prefix("Do")?;
    // `Double` and `DoSomething` are methods like any other.
    let is_verb = verb.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    (is_verb && !verb.is_empty()).then(|| verb.replace('_', "-"))
}

fn is_name(token: &str) -> bool {
    token.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

/// A name or a sign, and the line that it is on.
type Token = (String, usize);

/// What is left without comments, strings, runes and white space.
fn tokens(source: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let (mut rest, mut line) = (source, 1);
    while let Some(first) = rest.chars().next() {
        let taken = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(comment) = rest.strip_prefix("/*") {
            comment.find("*/").map_or(rest.len(), |end| end + 4)
        } else if matches!(first, '"' | '\'') {
            quoted(rest, first)
        } else if first == '`' {
            rest[1..].find('`').map_or(rest.len(), |end| end + 2)
        } else if is_name(rest) {
            let end = rest.find(|sign: char| !sign.is_alphanumeric() && sign != '_').unwrap_or(rest.len());
            tokens.push((rest[..end].to_owned(), line));
            end
        } else {
            if !first.is_whitespace() {
                tokens.push((first.to_string(), line));
            }
            first.len_utf8()
        };
        line += rest[..taken].bytes().filter(|byte| *byte == b'\n').count();
        rest = &rest[taken..];
    }
    tokens
}

/// The length of a literal in quotes, which ends with its line at the latest.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, sign) in text.char_indices().skip(1) {
        match sign {
            '\n' => return at,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if sign == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{OVERRIDES, Scan, verb};

    /// `HandleExpect100` of `handle-expect-100`.
    fn go_name(label: &str) -> String {
        let capitalised = |word: &str| word[..1].to_uppercase() + &word[1..];
        label.split('-').map(capitalised).collect()
    }

    #[test]
    fn every_export_of_the_contract_is_an_override() {
        // What `written` exports for every handler.
        let of_the_contract = doverb_wit::EXPORTS.iter().filter(|export| export.name != "switch-connection");
        let expected: Vec<_> = of_the_contract.map(|export| (go_name(export.name), export.name)).collect();
        let known: Vec<_> = OVERRIDES
            .iter()
            .map(|(name, text)| {
                let line = text.lines().next().unwrap();
                ((*name).to_owned(), line.strip_prefix("//go:wasmexport ").unwrap())
            })
            .collect();
        assert_eq!(known, expected);
    }

    fn exports(source: &str) -> Result<String, String> {
        let mut scan = Scan::default();
        scan.add(Path::new("/h/hello.go"), source);
        scan.exports(None).map_err(|error| error.to_string())
    }

    #[test]
    fn the_methods_of_the_handler_are_exported() {
        let source = "package main\nfunc (h *Hello) DoGET() {}\nfunc (Hello) DoM_SEARCH() error { return nil }\n\
            func (h *Hello) Setup() {}\nfunc (o *Other) Setup() {}\nfunc (o *Other) Finish() {}\nfunc (h *Hello) Double() {}\n";
        let text = exports(source).unwrap();
        assert!(text.contains("var doverbHandlers doverb.Handlers[Hello]"), "{text}");
        for export in ["do-GET", "do-M-SEARCH", "setup", "switch-connection"] {
            assert!(text.contains(&format!("//go:wasmexport {export}\n")), "{export} in {text}");
        }
        assert!(!text.contains("finish") && !text.contains("Double"), "{text}");
        assert!(text.contains("func main() {}\n"));
        assert!(
            text.contains("//line /h/hello.go:2:1\n//go:wasmexport do-M-SEARCH\nfunc doverbDoM_SEARCH()"),
            "{text}"
        );
        assert!(!exports(&format!("{source}func main() {{}}")).unwrap().contains("func main"));
    }

    #[test]
    fn comments_and_literals_are_no_code() {
        let source = "package main\n// func (a *A) DoGET() {}\n/* func (b *B) DoGET() {} */\n\
            var c = \"func (c *C) \\\" DoGET() {}\" + `func (d *D) DoGET() {}` + string('\\'')\n\
            func (\n\te *E,\n) /* really */ DoPOST() {}\n";
        let text = exports(source).unwrap();
        assert!(text.contains("doverb.Handlers[E]") && text.contains("do-POST"), "{text}");
        assert!(!text.contains("do-GET"), "{text}");
    }

    #[test]
    fn there_must_be_one_handler() {
        assert!(exports("package main").unwrap_err().contains("it serves no method"));
        let two = "func (a *A) DoGET() {}\nfunc (b *B) DoGET() {}";
        assert!(exports(two).unwrap_err().contains("several handlers: A, B"));
        let mut scan = Scan::default();
        scan.add(Path::new("/h/hello.go"), two);
        assert!(scan.exports(Some("B")).unwrap().contains("doverb.Handlers[B]"));
        assert!(scan.exports(Some("C")).unwrap_err().to_string().contains("no type C"));
    }

    #[test]
    fn verbs_are_in_upper_case() {
        for (name, expected) in
            [("DoGET", Some("GET")), ("Do2FA", Some("2FA")), ("DoM_SEARCH", Some("M-SEARCH"))]
        {
            assert_eq!(verb(name).as_deref(), expected);
        }
        for name in ["Do", "Double", "DoSomething", "GET"] {
            assert_eq!(verb(name), None);
        }
    }
}
