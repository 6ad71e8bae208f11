//! A conversation in SSH: a byte that is not looked at, then a script of packets.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| wiretalk_fuzz::converse(&["ssh"], data));
