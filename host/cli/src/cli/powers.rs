//! Stored values, configuration, secrets, and what makes tests reproducible: what handlers are granted of them, and how it is
//! given.

use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use clap::Args;
use doverb::handler::HandlerOptions;
use doverb::keyvalue::DEFAULT_SIZE;
use doverb_keyvalue::{Place, Stores};
use rustix::fs::{Mode, OFlags};

use super::failure::Failure;
use super::values::{self, Size, parse_time_of_day};

/// What a secret is named by.
const EXPECTED: &str = "expected NAME=env:VARIABLE or NAME=file:PATH, and never the secret itself";
/// Bytes of a secret.
const MAX_SECRET: u64 = 64 << 10;
/// How long one is waited for that another program writes to a pipe, and how often that is looked at.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(10);
const NOTHING: &str = "nobody has written to it within 5 s";

/// Values that are kept, configuration and secrets.
#[derive(Args)]
#[command(next_help_heading = "Grants (nothing by default; may be repeated)")]
pub(super) struct PowerArgs {
    /// A store of values, as the handler calls it: a file (default=./data.redb), redis://HOST, or memory:. Its values are the
    /// mount's own, or, with #ANYTHING at the end, those of all that have the same there.
    #[arg(long, value_name = "NAME=STORE", value_parser = parse_keyvalue)]
    keyvalue: Vec<(String, Place)>,
    /// Bytes of the keys and values that each of its stores holds, of which each entry counts 128 more.
    #[arg(long, value_name = "SIZE", default_value_t = Size(DEFAULT_SIZE), value_parser = Size::parse)]
    keyvalue_size: Size,
    /// A value of its configuration.
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_config_value)]
    config_value: Vec<(String, String)>,
    /// A secret of its configuration, out of an environment variable or a file. It is shown nowhere.
    #[arg(long, value_name = "NAME=env:VARIABLE|file:PATH", value_parser = parse_secret)]
    secret: Vec<(String, SecretSource)>,
    /// For tests: its clock stands at this time (2026-01-31T12:00:00Z, or seconds since 1970). The server's own goes on.
    #[arg(long, value_name = "TIME", value_parser = parse_time_of_day)]
    frozen_clock: Option<SystemTime>,
    /// For tests: each instance gets the same random numbers.
    #[arg(long, value_name = "NUMBER", value_parser = values::number(0..=u64::MAX))]
    seed: Option<u64>,
}

/// What one mount is granted of all that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Powers {
    pub(super) stores: Vec<(String, Place)>,
    /// Where it is said.
    pub(super) store_size: Option<u64>,
    pub(super) config_values: Vec<(String, String)>,
    pub(super) secrets: Vec<(String, SecretSource)>,
    pub(super) frozen_clock: Option<SystemTime>,
    pub(super) seed: Option<u64>,
}

/// Where a secret comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SecretSource {
    Variable(String),
    File(PathBuf),
    /// What was written has neither form, and is forgotten: it may be the secret itself.
    Neither,
}

impl PowerArgs {
    pub(super) fn powers(&self) -> Powers {
        Powers {
            stores: self.keyvalue.clone(),
            store_size: Some(self.keyvalue_size.0),
            config_values: self.config_value.clone(),
            secrets: self.secret.clone(),
            frozen_clock: self.frozen_clock,
            seed: self.seed,
        }
    }

    /// Whether they go together.
    pub(super) fn check(&self) -> Result<(), Failure> {
        if let Some((name, _)) = self.secret.iter().find(|(_, source)| *source == SecretSource::Neither) {
            return Err(Failure::usage(format!("--secret {name}").trim_end(), EXPECTED));
        }
        let twice = |flag: &str, names: &[&str], what: &str| match again(names) {
            Some(name) => Err(Failure::failed(format!("{flag} {name}"), what)),
            None => Ok(()),
        };
        let stores: Vec<_> = self.keyvalue.iter().map(|(name, _)| &name[..]).collect();
        let values = self.config_value.iter().map(|(name, _)| &name[..]);
        let values: Vec<_> = values.chain(self.secret.iter().map(|(name, _)| &name[..])).collect();
        twice("--keyvalue", &stores, "two stores are granted under this name")?;
        twice("--config-value or --secret", &values, "two values have this name")
    }
}

/// The first that is there for the second time.
fn again<'a>(names: &[&'a str]) -> Option<&'a str> {
    names.iter().enumerate().find(|(place, name)| names[..*place].contains(name)).map(|(_, name)| *name)
}

impl Powers {
    /// The files that secrets are read from.
    pub(super) fn secret_files(&self) -> impl Iterator<Item = &Path> {
        self.secrets.iter().filter_map(|(_, source)| match source {
            SecretSource::File(path) => Some(&**path),
            _ => None,
        })
    }

    /// The options of a handler with all of it. `route` is where it is mounted, which tells its values from others' at the same
    /// place.
    pub(super) fn grant(
        &self,
        mut options: HandlerOptions,
        route: &str,
        stores: &Stores,
    ) -> Result<HandlerOptions, Failure> {
        let max = self.store_size.unwrap_or(DEFAULT_SIZE);
        for (name, place) in &self.stores {
            let store = stores.open(place, &format!("{route} {name}"), max);
            let store =
                store.map_err(|cause| Failure::failed(format!("--keyvalue {name}={place}"), cause))?;
            options = options.with_store(name, store);
        }
        for (name, value) in &self.config_values {
            options = options.with_config_value(name, value);
        }
        for (name, source) in &self.secrets {
            let value = source.read();
            let value = value
                .map_err(|cause| Failure::failed(format!("--secret {name}={}", source.shown()), cause))?;
            options = options.with_secret(name, value);
        }
        if let Some(time) = self.frozen_clock {
            options = options.with_frozen_clock(time);
        }
        if let Some(seed) = self.seed {
            options = options.with_seed(seed);
        }
        Ok(options)
    }
}

impl SecretSource {
    pub(super) fn parse(text: &str) -> Result<SecretSource, String> {
        match text.split_once(':') {
            Some(("env", name)) if !name.is_empty() && !name.contains(['=', '\0']) => {
                Ok(SecretSource::Variable(name.to_owned()))
            }
            Some(("file", path)) if !path.is_empty() => Ok(SecretSource::File(path.into())),
            _ => Err(EXPECTED.to_owned()),
        }
    }

    /// The same with its path relative to a folder.
    pub(super) fn beside(self, folder: &Path) -> SecretSource {
        match self {
            SecretSource::File(path) if !folder.as_os_str().is_empty() => {
                SecretSource::File(folder.join(path))
            }
            other => other,
        }
    }

    pub(super) fn shown(&self) -> String {
        match self {
            SecretSource::Variable(name) => format!("env:{name}"),
            SecretSource::File(path) => format!("file:{}", path.display()),
            SecretSource::Neither => "?".into(),
        }
    }

    /// The secret. The end of line that editors put behind a text is no part of it.
    fn read(&self) -> Result<String, String> {
        match self {
            SecretSource::Variable(name) => match std::env::var(name) {
                Ok(value) if value.len() as u64 > MAX_SECRET => Err(too_long()),
                Ok(value) => Ok(value),
                Err(std::env::VarError::NotPresent) => {
                    Err(format!("there is no variable {name} in the server's environment"))
                }
                Err(std::env::VarError::NotUnicode(_)) => Err("it is not in UTF-8".into()),
            },
            SecretSource::File(path) => {
                let content =
                    read_patiently(path, MAX_SECRET as usize + 3).map_err(|error| error.to_string())?;
                let text = String::from_utf8(content).map_err(|_| "it is not in UTF-8".to_owned())?;
                let text = text.strip_suffix('\n').unwrap_or(&text);
                let text = text.strip_suffix('\r').unwrap_or(text);
                if text.len() as u64 > MAX_SECRET { Err(too_long()) } else { Ok(text.to_owned()) }
            }
            SecretSource::Neither => Err(EXPECTED.to_owned()),
        }
    }
}

/// What a file begins with: at most so many bytes. It may be a pipe, to which another program writes the secret; whoever waits for that
/// waits a moment only.
fn read_patiently(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let mut file = fs::File::from(rustix::fs::open(path, flags, Mode::empty())?);
    let is_pipe = file.metadata()?.file_type().is_fifo();
    let deadline = Instant::now() + PATIENCE;
    let (mut content, mut piece) = (Vec::new(), [0; 4096]);
    while content.len() < most {
        match file.read(&mut piece) {
            // A pipe has an end, too, as long as nobody has opened it to write.
            Ok(0) if !is_pipe || !content.is_empty() || Instant::now() >= deadline => break,
            Ok(0) => thread::sleep(PAUSE),
            Ok(read) => content.extend_from_slice(&piece[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && Instant::now() < deadline => {
                thread::sleep(PAUSE);
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                return Err(io::Error::other(NOTHING));
            }
            Err(error) => return Err(error),
        }
    }
    if content.is_empty() && is_pipe {
        return Err(io::Error::other(NOTHING));
    }
    content.truncate(most);
    Ok(content)
}

fn too_long() -> String {
    format!("it has more than {MAX_SECRET} bytes")
}

fn named<'a>(text: &'a str, example: &str) -> Result<(String, &'a str), String> {
    match text.split_once('=') {
        Some((name, value)) if is_name(name) => Ok((name.to_owned(), value)),
        _ => Err(format!("expected {example}")),
    }
}

/// Whether a handler could ask for it.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= 256 && !name.contains(char::is_control)
}

fn parse_keyvalue(text: &str) -> Result<(String, Place), String> {
    let (name, place) = named(text, "NAME=STORE, such as default=./data.redb")?;
    Ok((name, place.parse::<Place>().map_err(|error| error.to_string())?))
}

fn parse_config_value(text: &str) -> Result<(String, String), String> {
    let (name, value) = named(text, "NAME=VALUE, such as title=Guests")?;
    Ok((name, value.to_owned()))
}

fn parse_secret(text: &str) -> Result<(String, SecretSource), String> {
    // Who parses arguments shows those that are wrong.
    let Ok((name, source)) = named(text, "") else { return Ok((String::new(), SecretSource::Neither)) };
    Ok((name, SecretSource::parse(source).unwrap_or(SecretSource::Neither)))
}

#[cfg(test)]
mod tests {
    use rustix::fs::{CWD, FileType, mknodat};

    use super::*;

    #[test]
    fn grants_are_read_as_they_are_written() {
        let (name, place) = parse_keyvalue("default=./a=b.redb").unwrap();
        assert_eq!((&name[..], place.to_string()), ("default", "./a=b.redb".to_owned()));
        for wrong in ["default", "=x", "a=", "a=http://x"] {
            assert!(parse_keyvalue(wrong).is_err(), "{wrong}");
        }
        assert_eq!(parse_config_value("a=b=c"), Ok(("a".into(), "b=c".into())));
        assert_eq!(parse_secret("t=env:T"), Ok(("t".into(), SecretSource::Variable("T".into()))));
        assert_eq!(parse_secret("t=hunter2"), Ok(("t".into(), SecretSource::Neither)));
        assert_eq!(parse_secret("hunter2"), Ok((String::new(), SecretSource::Neither)));
    }

    #[test]
    fn a_secret_of_a_file_is_its_text_without_the_end_of_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        for (text, secret) in [("a b\r\n", "a b"), ("x\n\n", "x\n"), ("x", "x"), ("", "")] {
            fs::write(&file, text).unwrap();
            assert_eq!(SecretSource::File(file.clone()).read().as_deref(), Ok(secret));
        }
        fs::write(&file, "x".repeat(70_000)).unwrap();
        assert!(SecretSource::File(file.clone()).read().unwrap_err().contains("more than"));
        fs::write(&file, [0xff]).unwrap();
        assert!(SecretSource::File(file.clone()).read().is_err());
        assert_eq!(SecretSource::File("/dev/null".into()).read().as_deref(), Ok(""));
        let missing = SecretSource::Variable("DOVERB_NO_SUCH_VARIABLE".into());
        assert!(missing.read().unwrap_err().contains("DOVERB_NO_SUCH_VARIABLE"));
    }

    #[test]
    fn a_secret_may_come_by_a_pipe_and_is_not_waited_for_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        mknodat(CWD, &pipe, FileType::Fifo, Mode::RWXU, 0).unwrap();
        let source = SecretSource::File(pipe.clone());
        assert!(source.read().unwrap_err().contains("nobody has written"));
        let writer = thread::spawn(move || fs::write(pipe, "hunter2\n"));
        assert_eq!(source.read().as_deref(), Ok("hunter2"));
        writer.join().unwrap().unwrap();
    }

    #[test]
    fn a_name_that_is_there_twice_is_found() {
        assert_eq!(again(&["a", "b", "a"]), Some("a"));
        assert_eq!(again(&["a", "b"]), None);
    }
}
