//! A display filter and a packet: the filter up to a zero byte, two bytes of link type, the packet.

#![no_main]

use dissectors::{LinkType, Packet};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let end = data.iter().position(|byte| *byte == 0);
    let (text, rest) = data.split_at(end.unwrap_or(data.len()));
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let (link, bytes) = match rest {
        [0, a, b, bytes @ ..] => (u16::from_be_bytes([*a, *b]), bytes),
        _ => (1, rest),
    };
    let packet = Packet::new(LinkType(link), bytes, bytes.len() as u32);
    if let Err(broken) = wiretalk::harness::filter(text, packet) {
        panic!("{broken}");
    }
});
