//! Threads that make way for others.

use crate::time_slice;

/// The system prefers others to the calling thread from now on, by so much more than until now. Where it refuses, it is a thread as
/// others.
///
/// ```
/// std::thread::spawn(|| doverb_core::niceness::stand_back(10)).join().unwrap();
/// ```
pub fn stand_back(by: i32) {
    // Of the thread alone, on Linux; elsewhere it would be of the whole process.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(by);
    #[cfg(not(target_os = "linux"))]
    let _ = by;
    // Nor does it go before them as the thread that has begun it may.
    time_slice::restore();
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::thread;

    use super::stand_back;
    use crate::time_slice::{of_this_thread, shorten};

    #[test]
    fn who_stands_back_has_the_usual_time() {
        let usual = of_this_thread();
        let began = || {
            shorten();
            stand_back(5);
            (of_this_thread(), rustix::process::nice(0).expect("it has one"))
        };
        let (slice, niceness) = thread::spawn(began).join().expect("it ends");
        assert_eq!(slice, usual);
        assert!(niceness >= 5, "{niceness}");
    }
}
