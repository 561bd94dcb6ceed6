//! Code that is nested deeper than a stack goes. The translator calls itself for each level, so that a file of brackets would be the
//! end of the process that translates it: where that may be, a child process tries it first.

use std::collections::HashSet;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use super::translate::{Manner, Origin, Promises, translate};
use crate::confined::{self, What};
use crate::error::SourceCause;
use doverb_compile::{Digest, Silent};

/// The stack on which files are translated. Only what is used of it is taken from the system.
const STACK: usize = 256 << 20;
/// The stack on which they are tried: what fits on it fits on the other in whatever manner it is translated.
const STACK_OF_TRIAL: usize = STACK / 2;
/// What a level takes of it at most, divided by the tokens that make one: an `async a =>` takes 7 KiB, most take less than one.
const A_TOKEN: usize = 6 * 1024;

const WHAT: What = What("its code");

/// Which files may be translated in this process.
#[derive(Debug)]
pub(super) struct Depth<'a> {
    /// Who tries them; none where all sources are trusted.
    pub(super) builder: Option<&'a Path>,
    /// Those that were tried.
    pub(super) fit: &'a mut HashSet<Digest>,
}

impl Depth<'_> {
    /// Whether a file may be translated here; why not, if not.
    pub(super) fn check(&mut self, path: &Path, text: &str) -> Result<(), String> {
        let Some(builder) = self.builder.filter(|_| tokens(text) > STACK_OF_TRIAL / A_TOKEN) else {
            return Ok(());
        };
        let name = path.file_name().unwrap_or_default();
        let digest = Digest::of(&[name.as_encoded_bytes(), b"\0", text.as_bytes()].concat());
        if self.fit.contains(&digest) {
            return Ok(());
        }
        let arguments = [Path::new("--translate"), Path::new("--"), Path::new(name)];
        match confined::run(builder, &arguments, Arc::from(text.as_bytes()), WHAT, &mut Silent) {
            Ok(Ok(_)) => {
                self.fit.insert(digest);
                Ok(())
            }
            Ok(Err(told)) => Err(told),
            Err(SourceCause::Limit(why)) if why.contains("overflowed its stack") => {
                Err("its code is nested too deeply to be translated".into())
            }
            Err(cause) => Err(cause.to_string()),
        }
    }
}

/// No level of nesting has less than a token, so that there are not more of these. What is in texts and comments counts as well.
fn tokens(text: &str) -> usize {
    let (mut count, mut in_word) = (0, false);
    for byte in text.bytes() {
        let is_word = byte.is_ascii_alphanumeric() || byte >= 0x80 || b"_$".contains(&byte);
        let begins = if is_word { !in_word } else { !byte.is_ascii_whitespace() };
        count += usize::from(begins);
        in_word = is_word;
    }
    count
}

/// Runs what translates files where they have room.
pub(super) fn with_room<T: Send>(work: impl FnOnce() -> T + Send) -> io::Result<T> {
    on_stack(STACK, work)
}

fn on_stack<T: Send>(bytes: usize, work: impl FnOnce() -> T + Send) -> io::Result<T> {
    thread::scope(|scope| {
        let running = thread::Builder::new().stack_size(bytes).spawn_scoped(scope, work)?;
        running.join().map_err(|_| io::Error::other("the translator failed"))
    })
}

/// Translates a file and throws away what comes of it: in a child process, which may be ended by it.
///
/// # Errors
///
/// When there is no thread for it.
pub fn try_in_child(path: &Path, text: &str) -> Result<(), String> {
    let work = || {
        for promises in [Promises::Ours, Promises::Engine] {
            // What is wrong with it is told where it counts.
            let _ = translate(path, text, &Manner::new(Origin::Own, promises));
        }
    };
    on_stack(STACK_OF_TRIAL, work).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_level_has_a_token() {
        for (text, count) in [
            ("", 0),
            ("((1))", 5),
            ("async a => a", 5),
            ("!!x", 3),
            ("a.b?.c", 6),
            ("\u{e4}b c_$1\n", 2),
            ("`${`${1}`}`", 11),
        ] {
            assert_eq!(tokens(text), count, "{text}");
        }
    }

    #[test]
    fn what_needs_no_trial_fits_on_the_stack_of_one() {
        let levels = |part: &str| STACK_OF_TRIAL / A_TOKEN / tokens(part);
        let nested = |begin: &str, end: &str| {
            let count = levels(&format!("{begin}{end}"));
            format!("const x = {}1{};", begin.repeat(count), end.repeat(count))
        };
        for text in [
            nested("(", ")"),
            nested("[", "]"),
            nested("!", ""),
            nested("a=>", ""),
            nested("async a=>", ""),
            nested("async a=>{await ", "}"),
            nested("{a:", "}"),
            nested("`${", "}`"),
            nested("function(){return ", "}"),
            nested("class{static{", "}}"),
            nested("class{@f(", ") a}"),
            nested("a?b:", ""),
            nested("1+", ""),
            nested("a=", ""),
        ] {
            try_in_child(Path::new("a.js"), &text).unwrap();
        }
        for text in [nested("<a>", "</a>"), nested("<b c={", "}/>"), nested("<T>(a: ", ") => 1")] {
            try_in_child(Path::new("a.tsx"), &text).unwrap();
        }
        let types = nested("1 as A<", ">");
        try_in_child(Path::new("a.ts"), &types).unwrap();
    }
}
