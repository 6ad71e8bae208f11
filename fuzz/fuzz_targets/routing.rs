//! A conversation in one of RIP, RIPNG, BGP: a byte that chooses which, then a script of packets.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| wiretalk_fuzz::converse(&["rip", "ripng", "bgp"], data));
