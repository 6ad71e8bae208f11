//! One packet: two bytes of link type, two for the number of bytes cut off, then the captured bytes.

#![no_main]

use dissectors::{LinkType, Packet, invariants};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some(([a, b, c, d], bytes)) = data.split_first_chunk() else {
        return;
    };
    let missing = u16::from_be_bytes([*c, *d]);
    let packet = Packet::new(
        LinkType(u16::from_be_bytes([*a, *b])),
        bytes,
        bytes.len() as u32 + u32::from(missing),
    );
    if let Err(broken) = invariants::check(packet) {
        panic!("{broken}");
    }
});
