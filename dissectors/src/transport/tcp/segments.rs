//! The relation of a segment's payload to the messages of its conversation.

use crate::{ByteRange, Layer, MessageBytes, Reassembled, Value};

/// Shows which messages this segment completes with others, and which it is a part of.
pub fn show(tcp: &mut Layer) {
    let context = tcp.context;
    let Some(spoken) = &context.spoken else {
        return;
    };
    let mut own_end = 0;
    let mut joins = false;
    for message in spoken.messages {
        match message.bytes {
            MessageBytes::Within(_, to) => own_end = to,
            MessageBytes::Joined(_) => joins = true,
        }
    }
    if let Some(Some(packet)) = spoken.part_of {
        tcp.computed("tcp.reassembled_in", "Message completed in packet", || {
            packet
        });
    }
    if joins || spoken.part_of.is_some() {
        let _ = tcp.aside(|tcp| {
            tcp.skip(if joins { 0 } else { own_end as usize });
            tcp.show_rest("tcp.segment_data", "Part of a message");
            tcp.text(|| match spoken.part_of {
                Some(Some(packet)) => format!("part of the message completed in packet {packet}"),
                Some(None) => "part of a message whose end was not captured".to_owned(),
                None => "the end of a message of several segments".to_owned(),
            });
            Ok(())
        });
    }
    let mut source = tcp.joined_source();
    for message in spoken.messages {
        if let MessageBytes::Joined(whole) = &message.bytes {
            parts(tcp, whole, source);
            source = source.saturating_add(1);
        }
    }
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
