//! What to do about what the system says.

use rustix::io::Errno;

/// How the standard library ends what the system says.
const NUMBER: &str = "(os error ";

/// The text of an error, and where it tells what the system said of a bound or of a lack, what to do about it.
///
/// ```
/// let error = std::io::Error::from_raw_os_error(27);
/// let told = doverb_core::advice::advised(&format!("it cannot be written: {error}"));
/// assert!(told.ends_with("(os error 27). The system bounds the size of files here: raise that (ulimit -f)"));
/// ```
#[must_use]
pub fn advised(text: &str) -> String {
    match number(text).and_then(advice) {
        Some(advice) if !text.contains(advice) => format!("{text}. {advice}"),
        _ => text.to_owned(),
    }
}

fn number(text: &str) -> Option<Errno> {
    let (_, rest) = text.rsplit_once(NUMBER)?;
    rest.split_once(')')?.0.parse().ok().map(Errno::from_raw_os_error)
}

fn advice(error: Errno) -> Option<&'static str> {
    Some(match error {
        Errno::FBIG => "The system bounds the size of files here: raise that (ulimit -f)",
        Errno::NOSPC => "The disk is full: make room",
        Errno::DQUOT => "The user's part of the disk is full: make room",
        Errno::MFILE => "The system bounds the open files of a process: raise that (ulimit -n)",
        Errno::NOMEM => {
            "Memory or address space is bounded here, of which instances reserve much and use little: raise that (ulimit -v, \
             ulimit -d), or lower --max-instances and --max-memory"
        }
        Errno::IO => "The disk, or what it is connected with, fails: look at the system's log",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::advised;

    #[test]
    fn what_the_system_says_comes_with_what_to_do_where_there_is_something() {
        let error = |number| std::io::Error::from_raw_os_error(number);
        for (number, hint) in [(27, "ulimit -f"), (28, "make room"), (24, "ulimit -n"), (12, "ulimit -v")] {
            let told = advised(&error(number).to_string());
            assert!(told.contains(hint), "{told}");
        }
        let once = advised(&error(27).to_string());
        assert_eq!(advised(&once), once);
        for text in ["it is damaged", &error(2).to_string(), "(os error ", "(os error x)"] {
            assert_eq!(advised(text), text);
        }
    }
}
