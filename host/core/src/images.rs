//! What the memories of a component's instances begin with, which the engine keeps in a sealed file in memory.

use std::io;

/// The kernel seals no page that somebody else holds. It waits for 150 ms itself, and gives up.
const TRIES: u32 = 10;

/// Makes them now rather than with the first instance, so that what hinders it is told when the component is loaded and not by
/// an answer of 500.
///
/// On a busy machine the kernel may hold a page for a moment that was written just now (`EBUSY` of `F_ADD_SEALS`). That says
/// nothing against the component.
///
/// # Errors
///
/// When there is no memory or no descriptor for them.
#[doc(hidden)]
pub fn make_images(component: &wasmtime::component::Component) -> wasmtime::Result<()> {
    patiently(|| component.initialize_copy_on_write_image())
}

fn patiently(mut make: impl FnMut() -> wasmtime::Result<()>) -> wasmtime::Result<()> {
    for _ in 1..TRIES {
        match make() {
            Err(error) if is_busy(&error) => {}
            made => return made,
        }
    }
    make()
}

fn is_busy(error: &wasmtime::Error) -> bool {
    let cause = error.root_cause().downcast_ref::<io::Error>();
    cause.is_some_and(|cause| cause.kind() == io::ErrorKind::ResourceBusy)
}

#[cfg(test)]
mod tests {
    use rustix::io::Errno;

    use super::*;

    fn failed(cause: Errno) -> wasmtime::Error {
        wasmtime::Error::from(io::Error::from(cause)).context("cannot add seals to the memfd")
    }

    /// How often they are tried to be made where the first tries end so.
    fn tries(first: &[Errno]) -> (u32, bool) {
        let mut tries = 0;
        let mut first = first.iter();
        let made = patiently(|| {
            tries += 1;
            first.next().map_or(Ok(()), |cause| Err(failed(*cause)))
        });
        (tries, made.is_ok())
    }

    #[test]
    fn pages_that_the_kernel_holds_for_a_moment_are_waited_for() {
        assert_eq!(tries(&[]), (1, true));
        assert_eq!(tries(&[Errno::BUSY, Errno::BUSY]), (3, true));
    }

    #[test]
    fn pages_that_are_held_for_ever_are_not() {
        assert_eq!(tries(&[Errno::BUSY; 20]), (TRIES, false));
    }

    #[test]
    fn what_lacks_is_told_at_once() {
        assert_eq!(tries(&[Errno::MFILE]), (1, false));
    }
}
