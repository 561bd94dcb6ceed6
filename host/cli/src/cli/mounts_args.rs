//! Handlers as arguments: `HANDLER`, or `PREFIX=HANDLER`.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use doverb::routes::Route;

use super::failure::Failure;
use super::values::parse_port;

/// A handler, and where it goes if that is said. What is there under the whole name is a handler, whatever signs are in it.
pub(super) fn parse(argument: &OsStr) -> Result<(Option<Route>, PathBuf), Failure> {
    let bytes = argument.as_bytes();
    let Some(sign) = bytes.iter().position(|&byte| byte == b'=') else {
        return Ok((None, argument.into()));
    };
    if Path::new(argument).exists() {
        return Ok((None, argument.into()));
    }
    let shown = argument.to_string_lossy().into_owned();
    if !bytes.starts_with(b"/") {
        let is_handler = Path::new(OsStr::from_bytes(&bytes[sign + 1..])).exists();
        return match is_handler {
            true => Err(Failure::usage(&shown, format!("a prefix begins with a slash: /{shown}"))),
            false => Ok((None, argument.into())),
        };
    }
    let prefix = String::from_utf8_lossy(&bytes[..sign]).into_owned();
    let route = Route::new(&prefix).map_err(|error| Failure::usage(&shown, error))?;
    let path = OsStr::from_bytes(&bytes[sign + 1..]);
    if path.is_empty() {
        return Err(Failure::usage(
            shown,
            "no handler is named. Expected PREFIX=HANDLER, such as /shop=shop.py",
        ));
    }
    Ok((Some(route), path.into()))
}

/// Takes a port off the end, as `python -m http.server` has it there: a number behind a handler, where no file is called so.
pub(super) fn take_port(arguments: &mut Vec<OsString>) -> Result<Option<u16>, Failure> {
    let last = arguments.get(1..).and_then(|behind| behind.last()).and_then(|last| last.to_str());
    let is_number = |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let Some(text) = last.filter(is_number).filter(|text| !Path::new(text).exists()) else { return Ok(None) };
    let port = parse_port(text).map_err(|why| Failure::usage(text, why))?;
    arguments.pop();
    Ok(Some(port))
}

/// Several, each with its place.
pub(super) fn parse_several(arguments: &[OsString]) -> Result<Vec<(Route, PathBuf)>, Failure> {
    let mut all: Vec<(Route, PathBuf)> = Vec::new();
    for argument in arguments {
        let (route, path) = parse(argument)?;
        let Some(route) = route else {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            return Err(Failure::usage(
                path.display(),
                format!(
                    "of several handlers each needs a place. Write PREFIX=HANDLER: /{name}={}",
                    path.display()
                ),
            ));
        };
        if let Some((_, other)) = all.iter().find(|(taken, _)| *taken == route) {
            return Err(Failure::usage(
                format!("{} and {}", other.display(), path.display()),
                format!("both would be served at {route}. Give one of them another place"),
            ));
        }
        all.push((route, path));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(argument: &str) -> Result<(String, String), String> {
        match parse(OsStr::new(argument)) {
            Ok((route, path)) => {
                Ok((route.map_or_else(String::new, |route| route.to_string()), path.display().to_string()))
            }
            Err(Failure::Usage(line)) => Err(line),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_place_begins_with_a_slash_and_ends_before_the_first_sign() {
        let good = |route: &str, path: &str| Ok((route.to_owned(), path.to_owned()));
        assert_eq!(one("/shop=a=b.py"), good("/shop/", "a=b.py"));
        assert_eq!(one("/=x.wasm"), good("/", "x.wasm"));
        assert_eq!(one("a=b.wasm"), good("", "a=b.wasm"));
        assert_eq!(one("/srv/x.wasm"), good("", "/srv/x.wasm"));
        assert!(one("a=Cargo.toml").unwrap_err().ends_with("begins with a slash: /a=Cargo.toml"));
        assert!(one("/a b=x").unwrap_err().contains("no path to mount at"));
        assert!(one("/a=").unwrap_err().contains("PREFIX=HANDLER"));
    }

    #[test]
    fn a_number_behind_a_handler_is_a_port() {
        let take = |all: &[&str]| {
            let mut all: Vec<OsString> = all.iter().map(OsString::from).collect();
            (take_port(&mut all).map_err(|error| format!("{error:?}")), all.len())
        };
        let (none, some) = (Ok(None), |port| Ok(Some(port)));
        assert_eq!(take(&["app.py", "9000"]), (some(9000), 1));
        assert_eq!(take(&["/a=a.py", "/b=b.py", "0"]), (some(0), 2));
        assert_eq!(take(&["9000"]), (none.clone(), 1));
        assert_eq!(take(&["app.py", "9000x"]), (none.clone(), 2));
        assert_eq!(take(&[]), (none, 0));
        let (line, _) = take(&["app.py", "99999"]);
        assert!(line.is_err_and(|line| line.contains("99999: expected a port from 0 to 65535")));
    }

    #[test]
    fn several_need_a_place_each_and_not_the_same() {
        let several = |all: &[&str]| {
            let all: Vec<OsString> = all.iter().map(OsString::from).collect();
            match parse_several(&all) {
                Err(Failure::Usage(line)) => line,
                other => panic!("{other:?}"),
            }
        };
        assert!(several(&["/a=one.py", "two.py"]).contains("/two=two.py"));
        let line = several(&["/a=one.py", "/a/=two.py"]);
        assert!(line.contains("one.py and two.py") && line.contains("/a/"), "{line}");
    }
}
