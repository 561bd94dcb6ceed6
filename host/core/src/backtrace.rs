//! Where a guest trapped, for the log.
//!
//! The names in it are the guest's. They are cut before anything is done with them, and only Rust's are made readable: how
//! C++ shortens its names makes 240 bytes of them hundreds of megabytes of text.

use std::fmt::{self, Write};

use wasmtime::{FrameInfo, WasmBacktrace};

/// Frames that are logged.
const MAX_FRAMES: usize = 20;
/// Bytes of a name that are logged.
const MAX_NAME: usize = 256;

/// A line a frame, the innermost first.
pub(crate) fn lines(backtrace: &WasmBacktrace) -> impl Iterator<Item = String> {
    backtrace.frames().iter().take(MAX_FRAMES).enumerate().map(|(number, frame)| line(number, frame))
}

fn line(number: usize, frame: &FrameInfo) -> String {
    let mut line = Cut(format!("{number}: "), MAX_NAME);
    // A name that does not fit ends the line.
    let _ = describe(&mut line, frame);
    line.0
}

fn describe(line: &mut Cut, frame: &FrameInfo) -> fmt::Result {
    if let Some(offset) = frame.module_offset() {
        write!(line, "{offset:#x} - ")?;
    }
    let module = frame.module().name().unwrap_or("<unknown>");
    write!(line, "{}!", cut(module, MAX_NAME / 4))?;
    match frame.func_name() {
        Some(name) => write_name(line, name),
        None => write!(line, "<wasm function {}>", frame.func_index()),
    }
}

fn write_name(line: &mut Cut, name: &str) -> fmt::Result {
    // A Rust name that is longer is not worth its reading.
    match rustc_demangle::try_demangle(cut(name, 4 * MAX_NAME)) {
        Ok(readable) => write!(line, "{readable:#}"),
        Err(_) => line.write_str(name),
    }
}

/// The beginning of a text, in whole characters.
fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// A text that takes so many bytes, and then no more: whatever writes to it stops there.
struct Cut(String, usize);

impl Write for Cut {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = self.1.saturating_sub(self.0.len());
        let fits = cut(text, room);
        self.0.push_str(fits);
        if fits.len() == text.len() {
            return Ok(());
        }
        self.0.push_str("...");
        self.1 = 0;
        Err(fmt::Error)
    }
}

#[cfg(test)]
mod tests {
    use super::{Cut, MAX_NAME, write_name};

    fn written(name: &str) -> String {
        let mut line = Cut(String::new(), MAX_NAME);
        let _ = write_name(&mut line, name);
        line.0
    }

    #[test]
    fn rusts_names_are_readable_and_others_are_as_they_are() {
        assert_eq!(written("_ZN4core9panicking5panic17h0123456789abcdefE"), "core::panicking::panic");
        assert_eq!(written("_RNvC5hello6do_get"), "hello::do_get");
        assert_eq!(written("_Z1fi"), "_Z1fi");
        assert_eq!(written("main.main"), "main.main");
    }

    #[test]
    fn a_name_costs_no_more_than_what_is_logged_of_it() {
        // As C++ reads it each parameter doubles the text; 22 of them are 71 million characters.
        let mut name = "_Z1f1tIiiE".to_owned();
        for number in 0..60 {
            name += &format!("S{number}_IS{number}_S{number}_E");
        }
        for hostile in [name, "\u{e9}".repeat(1 << 20), format!("_R{}", "NvC1a".repeat(1 << 18))] {
            let written = written(&hostile);
            assert!(written.len() <= MAX_NAME + 3 && written.ends_with("..."), "{}", written.len());
        }
    }

    #[test]
    fn backreferences_of_rusts_own_are_bounded_as_well() {
        // Each tuple holds the one before it twice.
        let mut name = "_RINvC1a1b".to_owned();
        for _ in 0..40 {
            name += "TB8_B8_E";
        }
        assert!(written(&(name + "E")).len() <= MAX_NAME + 3);
    }
}
