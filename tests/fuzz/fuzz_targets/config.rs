#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| doverb_fuzz::config::check(data));
