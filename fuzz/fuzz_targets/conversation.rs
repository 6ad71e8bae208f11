//! A conversation: a byte that chooses its protocol among all, then a script of packets.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wiretalk::harness;

fuzz_target!(|data: &[u8]| {
    if let Err(broken) = harness::check(data) {
        panic!("{broken}");
    }
});
