//! Tools that build sources run under a process of `doverb` that ends all that they have begun, and knows what they use.

use std::fmt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

/// How a line for us begins. No tool writes such a byte.
const MARK: &str = "\0doverb: ";

/// The tools of this process are run under this one.
static TENDING: RwLock<Option<Tending>> = RwLock::new(None);

/// How the tools that build sources are looked after.
#[derive(Clone, Debug)]
struct Tending {
    doverb: PathBuf,
    memory: u64,
    time: Option<Duration>,
}

/// Has the tools that build sources (Cargo, clang, Go, Node, pip) run under `doverb tend` from now on: when one has ended, or is to
/// end, or this process has, nothing that it has begun is left, and all of that has at most so many bytes of memory together.
/// Each has so much time, or what is usual for it: half an hour for Cargo, five to fifteen minutes for others.
///
/// `doverb` is its executable. By default tools are run as they are: what leaves their process group stays then.
pub fn tend_tools(doverb: impl Into<PathBuf>, memory: u64, time: Option<Duration>) {
    let tending = Tending { doverb: doverb.into(), memory, time };
    *TENDING.write().unwrap_or_else(PoisonError::into_inner) = Some(tending);
}

/// Why a tool under `doverb tend` did not come to its own end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tended {
    /// The system could not start it, for the reason of this number.
    NotStarted(i32),
    /// It had more memory than so many bytes.
    TooMuchMemory(u64),
    /// It had more processes than this.
    TooManyProcesses(u64),
}

/// How `doverb tend` says it, in a line.
#[must_use]
pub fn tended_line(tended: &Tended) -> String {
    let (word, number) = match tended {
        Tended::NotStarted(error) => ("error", i64::from(*error)),
        Tended::TooMuchMemory(bytes) => ("memory", i64::try_from(*bytes).unwrap_or(i64::MAX)),
        Tended::TooManyProcesses(count) => ("processes", i64::try_from(*count).unwrap_or(i64::MAX)),
    };
    format!("{MARK}{word} {number}")
}

impl Tended {
    /// What a line says, if it is such a line.
    pub(crate) fn parse(line: &str) -> Option<Tended> {
        let (word, number) = line.strip_prefix(MARK)?.split_once(' ')?;
        let number: i64 = number.parse().ok()?;
        match word {
            "error" => number.try_into().ok().map(Tended::NotStarted),
            "memory" => number.try_into().ok().map(Tended::TooMuchMemory),
            "processes" => number.try_into().ok().map(Tended::TooManyProcesses),
            _ => None,
        }
    }
}

/// Reads on from the name of the tool.
impl fmt::Display for Tended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Tended::NotStarted(error) => {
                write!(f, "cannot be run: {}", std::io::Error::from_raw_os_error(*error))
            }
            Tended::TooMuchMemory(bytes) => write!(
                f,
                "and what it has begun take more than {} MiB of memory, and were stopped. Allow more with --build-memory",
                bytes >> 20
            ),
            Tended::TooManyProcesses(count) => {
                write!(f, "has begun more than {count} processes, and was stopped with them")
            }
        }
    }
}

/// How long a tool may run where nobody has said it.
#[derive(Clone, Copy)]
pub(crate) enum Usual {
    /// It builds: what is said counts, be it less or more.
    Build(Duration),
    /// It answers a question, or is part of something that has bounds of its own: only less counts.
    Question(Duration),
}

/// How long a tool may run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bound {
    pub(crate) time: Duration,
    /// What to try when that is too short.
    pub(crate) advice: &'static str,
}

impl Usual {
    /// With what was said.
    pub(crate) fn bound(self) -> Bound {
        let tending = TENDING.read().unwrap_or_else(PoisonError::into_inner);
        self.or(tending.as_ref().and_then(|tending| tending.time))
    }

    fn or(self, said: Option<Duration>) -> Bound {
        let advice = ". Allow more with --build-time";
        match (self, said) {
            (Usual::Build(usual), said) => Bound { time: said.unwrap_or(usual), advice },
            (Usual::Question(usual), Some(less)) if less < usual => Bound { time: less, advice },
            (Usual::Question(usual), _) => Bound { time: usual, advice: "" },
        }
    }
}

/// The command that runs this one under `doverb tend`, where tools are looked after.
pub(crate) fn tended(command: Command) -> Command {
    let tending = TENDING.read().unwrap_or_else(PoisonError::into_inner).clone();
    match tending {
        Some(tending) => tending.around(&command),
        None => command,
    }
}

impl Tending {
    fn around(&self, command: &Command) -> Command {
        let mut tended = Command::new(&self.doverb);
        tended.arg("tend").arg("--memory").arg(self.memory.to_string()).arg("--");
        tended.arg(command.get_program()).args(command.get_args());
        command.get_current_dir().map(|folder| tended.current_dir(folder));
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => tended.env(name, value),
                None => tended.env_remove(name),
            };
        }
        tended
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::Duration;

    use super::{Tended, Tending, Usual, tended_line};

    #[test]
    fn a_line_says_what_it_was_made_of() {
        for tended in [Tended::NotStarted(2), Tended::TooMuchMemory(1 << 40), Tended::TooManyProcesses(9)] {
            assert_eq!(Tended::parse(&tended_line(&tended)), Some(tended));
        }
        for line in ["doverb: memory 1", "\0doverb: memory", "\0doverb: memory -1", "\0doverb: luck 1", ""] {
            assert_eq!(Tended::parse(line), None, "{line:?}");
        }
    }

    #[test]
    fn what_is_said_of_time_bounds_questions_and_is_the_time_of_builds() {
        let minutes = |count: u64| Duration::from_secs(60 * count);
        for (usual, said, expected, has_advice) in [
            (Usual::Build(minutes(15)), None, 15, true),
            (Usual::Build(minutes(15)), Some(5), 5, true),
            (Usual::Build(minutes(15)), Some(60), 60, true),
            (Usual::Question(minutes(2)), None, 2, false),
            (Usual::Question(minutes(2)), Some(1), 1, true),
            (Usual::Question(minutes(2)), Some(60), 2, false),
        ] {
            let bound = usual.or(said.map(minutes));
            assert_eq!(bound.time, minutes(expected));
            assert_eq!(!bound.advice.is_empty(), has_advice, "{bound:?}");
        }
    }

    #[test]
    fn a_command_is_the_same_under_another() {
        let mut command = Command::new("tool");
        command.args(["-a", "b c"]).current_dir("/tmp").env("SET", "x").env_remove("UNSET");
        let tended = Tending { doverb: "/bin/doverb".into(), memory: 1, time: None }.around(&command);
        assert_eq!(tended.get_program(), "/bin/doverb");
        let arguments: Vec<_> = tended.get_args().collect();
        assert_eq!(arguments, ["tend", "--memory", "1", "--", "tool", "-a", "b c"]);
        assert_eq!(tended.get_current_dir(), command.get_current_dir());
        assert!(tended.get_envs().eq(command.get_envs()));
    }
}
