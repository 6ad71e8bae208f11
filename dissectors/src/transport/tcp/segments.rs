//! The relation of a segment's payload to the messages of its conversation.

use crate::{ByteRange, Layer, MessageBytes, Reassembled, Value};
use std::ops::Range;

/// Shows which messages this segment completes with others, and which it is a part of.
pub fn show(tcp: &mut Layer) {
    let context = tcp.context;
    let Some(spoken) = &context.spoken else {
        return;
    };
    let length = tcp.rest().len();
    // Where the messages end that are whole, and the one that earlier segments began.
    let (mut own_end, mut joined_end) = (0, 0);
    let mut is_broken_off = false;
    for message in spoken.messages {
        match &message.bytes {
            MessageBytes::Within(_, to) if message.complete => own_end = *to as usize,
            MessageBytes::Within(..) => is_broken_off = true,
            MessageBytes::Joined(whole) => {
                let mut parts = whole.parts.iter();
                let own = parts.find(|part| part.packet == context.number);
                joined_end = own.map_or(length, |part| part.length as usize);
            }
        }
    }
    if joined_end > 0 {
        segment_data(tcp, 0..joined_end, || {
            "the end of a message of several segments".to_owned()
        });
    }
    if let Some(Some(packet)) = spoken.part_of {
        tcp.computed("tcp.reassembled_in", "Message completed in packet", || {
            packet
        });
    }
    let behind = own_end.max(joined_end)..length;
    match spoken.part_of {
        Some(Some(packet)) => segment_data(tcp, behind, || {
            format!("part of the message completed in packet {packet}")
        }),
        Some(None) => segment_data(tcp, behind, || {
            "part of a message whose end was not captured".to_owned()
        }),
        None if is_broken_off => segment_data(tcp, behind, || {
            "a message whose end was not captured".to_owned()
        }),
        None if spoken.messages.is_empty() => {
            segment_data(tcp, behind, || "sent before".to_owned());
        }
        None => {}
    }
    let mut source = tcp.joined_source();
    for message in spoken.messages {
        if let MessageBytes::Joined(whole) = &message.bytes {
            parts(tcp, whole, source);
            source = source.saturating_add(1);
        }
    }
}

/// Shows a part of the segment's payload that is not a message of its own.
fn segment_data(tcp: &mut Layer, range: Range<usize>, text: impl FnOnce() -> String) {
    if range.is_empty() {
        return;
    }
    let _ = tcp.aside(|tcp| {
        tcp.skip(range.start);
        let length = range.len().min(tcp.rest().len());
        tcp.within(length, |tcp| {
            tcp.show_rest("tcp.segment_data", "Part of a message");
            tcp.text(text);
            Ok(())
        })
    });
}

fn parts(tcp: &mut Layer, whole: &Reassembled, source: u16) {
    let length = whole.bytes.len() as u32;
    let range = |start: u32, end: u32| ByteRange {
        source,
        start: start.min(length),
        end: end.min(length),
    };
    let all = range(0, length);
    tcp.over("tcp.segments", "Message of several segments", all, || {
        Value::Static("")
    });
    tcp.text(|| {
        let list: Vec<_> = whole
            .parts
            .iter()
            .take(LISTED)
            .map(|part| part.packet.to_string())
            .collect();
        let more = match whole.parts.len().checked_sub(LISTED) {
            Some(more @ 1..) => format!(" and {more} more"),
            _ => String::new(),
        };
        format!("{length} bytes from the packets {}{more}", list.join(", "))
    });
    tcp.below(|tcp| {
        for part in &whole.parts {
            let end = part.start.saturating_add(part.length);
            tcp.over("tcp.segment", "Packet", range(part.start, end), || {
                part.packet.into()
            });
            tcp.text(|| {
                let last = end.saturating_sub(1);
                format!("{}, bytes {} to {last}", part.packet, part.start)
            });
        }
        let here = range(0, 0);
        tcp.over("tcp.segment.count", "Segments", here, || {
            (whole.parts.len() as u64).into()
        });
        tcp.over("tcp.reassembled.length", "Length", here, || length.into());
        tcp.over("tcp.reassembled.data", "Data", all, || {
            Value::Bytes(whole.bytes.to_vec())
        });
    });
}

/// Packets that a row names; the rows below it name them all.
const LISTED: usize = 8;
