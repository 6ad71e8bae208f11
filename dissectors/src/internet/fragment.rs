//! What IPv4 and IPv6 fragments have in common: RFC 791, section 3.2; RFC 8200, section 4.5.

use crate::{
    Base, ByteRange, Fragment, Layer, Next, Outcome, Part, Selector, Severity, Value,
};

/// The field names of one IP version.
pub struct Names {
    reassembled_in: &'static str,
    fragments: &'static str,
    fragment: &'static str,
    overlap: &'static str,
    conflict: &'static str,
    count: &'static str,
    length: &'static str,
    data: &'static str,
}

/// IPv4.
pub const IPV4: Names = Names {
    reassembled_in: "ip.reassembled_in",
    fragments: "ip.fragments",
    fragment: "ip.fragment",
    overlap: "ip.fragment.overlap",
    conflict: "ip.fragment.overlap.conflict",
    count: "ip.fragment.count",
    length: "ip.reassembled.length",
    data: "ip.reassembled.data",
};

/// IPv6.
pub const IPV6: Names = Names {
    reassembled_in: "ipv6.reassembled.in",
    fragments: "ipv6.fragments",
    fragment: "ipv6.fragment",
    overlap: "ipv6.fragment.overlap",
    conflict: "ipv6.fragment.overlap.conflict",
    count: "ipv6.fragment.count",
    length: "ipv6.reassembled.length",
    data: "ipv6.reassembled.data",
};

/// Goes on in the datagram that this fragment completes; else says where it is completed, and hands the fragment
/// over to whoever puts datagrams together.
pub fn show(ip: &mut Layer, fragment: Fragment, names: &Names) -> Outcome {
    if let Some(whole) = ip.next_reassembled() {
        if ip.shows() {
            show_parts(ip, &whole.bytes, &whole.parts, names);
        }
        ip.enter(whole);
        return Ok(Next::Select(Selector::IpProtocol(fragment.protocol)));
    }
    if !ip.is_quoted() {
        ip.facts.fragment = Some(fragment);
    }
    if let Some(number) = ip.context.reassembled_in {
        ip.computed(names.reassembled_in, "Reassembled in packet", || number);
    }
    let reassembled_in = ip.context.reassembled_in;
    ip.info(|| {
        let protocol = Value::from(super::ipv4::IpProtocol(fragment.protocol));
        let place = match reassembled_in {
            Some(number) => format!(" [Reassembled in #{number}]"),
            None => String::new(),
        };
        format!(
            "Fragmented IP protocol (proto={protocol}, off={}, ID={:04x}){place}",
            fragment.offset, fragment.id
        )
    });
    // The first fragment of a quoted packet still begins with its transport header.
    if fragment.offset == 0 && ip.is_quoted() {
        return Ok(Next::Select(Selector::IpProtocol(fragment.protocol)));
    }
    Ok(Next::Data)
}

fn show_parts(ip: &mut Layer, bytes: &[u8], parts: &[Part], names: &Names) {
    let source = ip.so_far().source + 1;
    let range = |start: u32, end: u32| ByteRange { source, start, end };
    let whole = range(0, bytes.len() as u32);
    ip.over(names.fragments, "Fragments", whole, || Value::Bytes(bytes.to_vec()));
    ip.text(|| {
        let list: Vec<_> =
            parts.iter().map(|part| format!("#{} ({})", part.packet, part.length)).collect();
        format!("{} ({} bytes): {}", parts.len(), bytes.len(), list.join(", "))
    });
    ip.below(|ip| {
        for part in parts {
            let bytes = range(part.start, part.start + part.length);
            ip.over(names.fragment, "Fragment", bytes, || Value::Number(part.packet, Base::Dec));
            ip.text(|| {
                format!(
                    "packet {}, bytes {} to {}",
                    part.packet,
                    part.start,
                    (part.start + part.length).saturating_sub(1)
                )
            });
            ip.below(|ip| {
                if part.overlap {
                    ip.over(names.overlap, "Overlap", range(0, 0), || true.into());
                    ip.note(Severity::Warning, || "overlaps another fragment".to_owned());
                }
                if part.conflict {
                    ip.over(names.conflict, "Overlap with other data", range(0, 0), || true.into());
                    ip.note(Severity::Error, || "overlaps with other data".to_owned());
                }
            });
        }
        ip.over(names.count, "Fragment count", range(0, 0), || (parts.len() as u64).into());
        ip.over(names.length, "Reassembled length", range(0, 0), || (bytes.len() as u64).into());
        ip.over(names.data, "Reassembled data", whole, || Value::Bytes(bytes.to_vec()));
    });
}
