//! A conversation: a byte that selects one of all protocols, then a script of packets.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wiretalk::harness;

fuzz_target!(|data: &[u8]| {
    if let Err(broken) = harness::check(data) {
        panic!("{broken}");
    }
});
