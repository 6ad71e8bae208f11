//! Shared by IPv4 and IPv6 fragments: RFC 791, section 3.2; RFC 8200, section 4.5.

use crate::{
    Base, ByteRange, Fragment, Layer, Next, Outcome, Part, Reassembled, Selector, Severity, Value,
};

/// The field names of one IP version.
pub struct FragmentFields {
    /// IPv6, else IPv4.
    v6: bool,
    reassembled_in: &'static str,
    fragments: &'static str,
    fragment: &'static str,
    error: &'static str,
    overlap: &'static str,
    conflict: &'static str,
    too_long: &'static str,
    count: &'static str,
    length: &'static str,
    data: &'static str,
}

/// IPv4.
pub const IPV4: FragmentFields = FragmentFields {
    v6: false,
    reassembled_in: "ip.reassembled_in",
    fragments: "ip.fragments",
    fragment: "ip.fragment",
    error: "ip.fragment.error",
    overlap: "ip.fragment.overlap",
    conflict: "ip.fragment.overlap.conflict",
    too_long: "ip.fragment.toolongfragment",
    count: "ip.fragment.count",
    length: "ip.reassembled.length",
    data: "ip.reassembled.data",
};

/// IPv6.
pub const IPV6: FragmentFields = FragmentFields {
    v6: true,
    reassembled_in: "ipv6.reassembled.in",
    fragments: "ipv6.fragments",
    fragment: "ipv6.fragment",
    error: "ipv6.fragment.error",
    overlap: "ipv6.fragment.overlap",
    conflict: "ipv6.fragment.overlap.conflict",
    too_long: "ipv6.fragment.toolongfragment",
    count: "ipv6.fragment.count",
    length: "ipv6.reassembled.length",
    data: "ipv6.reassembled.data",
};

/// Continues in the datagram that this fragment completes; else shows which packet completes it, and keeps the fragment
/// as a fact for reassembly. A fragment that was `cut` short cannot be reassembled: the available part of the first one
/// is read as it is.
pub fn show(ip: &mut Layer, fragment: Fragment, cut: bool, names: &FragmentFields) -> Outcome {
    ip.info(|| describe(&fragment, names));
    let inside = Next::Select(Selector::IpProtocol(fragment.protocol));
    if cut {
        return Ok(if fragment.offset == 0 {
            inside
        } else {
            Next::Data
        });
    }
    if ip.is_quoted() {
        return Ok(Next::Data);
    }
    if let Some(whole) = ip.next_reassembled() {
        if ip.shows() {
            show_parts(ip, whole, names);
        }
        ip.enter(whole);
        return Ok(inside);
    }
    ip.facts.fragment = Some(fragment);
    if let Some(number) = ip.context.reassembled_in {
        ip.computed(names.reassembled_in, "Reassembled in packet", || number);
        if !names.v6 {
            ip.info(|| format!("{} [Reassembled in #{number}]", describe(&fragment, names)));
        }
    }
    Ok(Next::Data)
}

fn describe(fragment: &Fragment, names: &FragmentFields) -> String {
    let Fragment {
        offset,
        id,
        protocol,
        more,
        ..
    } = fragment;
    if names.v6 {
        let more = if *more { 'y' } else { 'n' };
        return format!("IPv6 fragment (off={offset} more={more} ident=0x{id:08x} nxt={protocol})");
    }
    let name = super::ipv4::IpProtocol(*protocol)
        .name()
        .unwrap_or("Unknown");
    format!("Fragmented IP protocol (proto={name} {protocol}, off={offset}, ID={id:04x})")
}

fn show_parts(ip: &mut Layer, whole: &Reassembled, names: &FragmentFields) {
    let Reassembled { bytes, parts } = whole;
    let length = bytes.len() as u32;
    let source = ip.so_far().source + 1;
    let range = |start: u32, end: u32| ByteRange {
        source,
        start: start.min(length),
        end: end.min(length),
    };
    ip.over(
        names.fragments,
        "Fragments",
        range(0, length),
        || match names.v6 {
            true => Value::Static(""),
            false => Value::Bytes(bytes.to_vec()),
        },
    );
    ip.text(|| {
        let list: Vec<_> = parts
            .iter()
            .map(|part| format!("#{} ({})", part.packet, part.length))
            .collect();
        format!("{} ({length} bytes): {}", parts.len(), list.join(", "))
    });
    ip.below(|ip| {
        for part in parts {
            show_part(ip, part, length, &range, names);
        }
        ip.over(names.count, "Fragment count", range(0, 0), || {
            (parts.len() as u64).into()
        });
        ip.over(names.length, "Reassembled length", range(0, 0), || {
            length.into()
        });
        ip.over(names.data, "Reassembled data", range(0, length), || {
            Value::Bytes(bytes.to_vec())
        });
    });
}

fn show_part(
    ip: &mut Layer,
    part: &Part,
    length: u32,
    range: &impl Fn(u32, u32) -> ByteRange,
    names: &FragmentFields,
) {
    let end = part.start.saturating_add(part.length);
    let too_long = end > length;
    let name = if part.conflict || too_long {
        names.error
    } else {
        names.fragment
    };
    ip.over(name, "Fragment", range(part.start, end), || {
        Value::Number(part.packet, Base::Dec)
    });
    ip.text(|| {
        format!(
            "packet {}, bytes {} to {}",
            part.packet,
            part.start,
            end.saturating_sub(1)
        )
    });
    let here = range(part.start, part.start);
    ip.below(|ip| {
        if part.overlap {
            ip.over(names.overlap, "Overlap", here, || true.into());
            ip.note(Severity::Warning, || "overlaps another fragment".to_owned());
        }
        if part.conflict {
            ip.over(names.conflict, "Overlap with other data", here, || {
                true.into()
            });
            ip.note(Severity::Error, || "overlaps with other data".to_owned());
        }
        if too_long {
            ip.over(names.too_long, "Too long", here, || true.into());
            ip.note(Severity::Error, || {
                "reaches past the datagram's end".to_owned()
            });
        }
    });
}

#[cfg(test)]
mod tests {
    use crate::{
        Context, Facts, LinkType, Output, Packet, Part, Reassembled, Tree, dissect,
        test_support::bytes,
    };
    use std::borrow::Cow;

    /// The second of two fragments; eight bytes of UDP header are in the first.
    const LAST: &str = "4500 0019 0009 0001 4011 0000 0a00 0001 0a00 0002 68656c6c6f";

    fn parts(conflict: bool) -> Vec<Part> {
        let part = |packet, start, length| Part {
            packet,
            start,
            length,
            overlap: conflict,
            conflict,
        };
        vec![part(1, 0, 8), part(2, 8, 5)]
    }

    fn tree(context: &Context, facts: &mut Facts) -> String {
        let bytes = bytes(LAST);
        let mut tree = Tree::default();
        let packet = Packet::new(LinkType::IPV4, &bytes, bytes.len() as u32);
        let output = Output {
            tree: Some(&mut tree),
            summary: None,
            objects: None,
        };
        dissect(packet, context, facts, output);
        tree.to_string()
    }

    #[test]
    fn goes_on_in_the_whole_datagram() {
        let whole = Reassembled {
            bytes: Cow::Owned(bytes("03e8 07d0 000d 0000 68656c6c6f")),
            parts: parts(false),
        };
        let context = Context {
            reassembled: &[whole],
            ..Context::default()
        };
        let mut facts = Facts::default();
        let text = tree(&context, &mut facts);
        let rows = "\
  Fragments: 2 (13 bytes): #1 (8), #2 (5) [0..13]
    Fragment: packet 1, bytes 0 to 7 [0..8]
    Fragment: packet 2, bytes 8 to 12 [8..13]
    Fragment count: 2 [0..0]
    Reassembled length: 13 [0..0]
    Reassembled data: 03e807d0000d000068656c6c6f [0..13]
User Datagram Protocol: Src port: 1000, Dst port: 2000 [0..8]
";
        assert!(text.contains(rows), "{text}");
        assert_eq!(facts.fragment, None);
        assert_eq!(facts.flows().len(), 1);
    }

    #[test]
    fn says_what_is_wrong_with_a_part() {
        let whole = Reassembled {
            bytes: Cow::Owned(bytes("03e8 07d0 000d 0000 6865")),
            parts: parts(true),
        };
        let context = Context {
            reassembled: &[whole],
            ..Context::default()
        };
        let text = tree(&context, &mut Facts::default());
        let rows = "\
    Fragment: packet 2, bytes 8 to 12 [8..10]
      Overlap: True [8..8]
        Note: overlaps another fragment
      Overlap with other data: True [8..8]
        Note: overlaps with other data
      Too long: True [8..8]
        Note: reaches past the datagram's end
";
        assert!(text.contains(rows), "{text}");
    }

    #[test]
    fn hands_over_what_is_not_whole_yet() {
        let context = Context {
            reassembled_in: Some(7),
            ..Context::default()
        };
        let mut facts = Facts::default();
        let text = tree(&context, &mut facts);
        assert!(text.contains("Reassembled in packet: 7"), "{text}");
        let fragment = facts.fragment.map(|f| (f.id, f.offset, f.more, f.length));
        assert_eq!(fragment, Some((9, 8, false, 5)));
    }
}
