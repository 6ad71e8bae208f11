//! Dynamic Host Configuration Protocol: RFC 2131, in the packets of BOOTP, RFC 951.

pub mod agent;
pub mod client;
mod fields;
mod known;
pub mod message;
pub mod option;
pub mod session;
pub mod special;
pub mod vendor;

use crate::{
    Base, ByteRange, Dissector, Hex, Layer, Next, OsiLayer, Outcome, Selector, Setting, Severity,
    Stop, Value, dissector::Protocol, link::mac::mac,
};
use message::{Ahead, COOKIE, HardwareType, Operation, look_ahead};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16, be_u32},
};
use std::net::Ipv4Addr;

/// Dynamic Host Configuration Protocol.
pub const DISSECTOR: Dissector = Dissector {
    name: "dhcp",
    label: "Dynamic Host Configuration Protocol",
    column: "BOOTP",
    layer: OsiLayer::Application,
    selectors: &[Selector::UdpPort(67), Selector::UdpPort(68)],
    fields: &[fields::FIELDS],
    ..Dissector::of::<Dhcp>()
};

struct Dhcp;

impl Protocol for Dhcp {
    type Session = session::Dhcp;

    fn begin(_: &Setting) -> session::Dhcp {
        session::Dhcp::default()
    }

    fn dissect(dhcp: &mut Layer, _: Option<&()>) -> Outcome {
        message(dhcp)
    }
}

fn message(dhcp: &mut Layer) -> Outcome {
    dhcp.info(String::new);
    let operation = dhcp.field("dhcp.type", "Message type", be_u8().map(Operation))?;
    let kind = dhcp.field("dhcp.hw.type", "Hardware type", be_u8().map(HardwareType))?;
    let length = dhcp.field("dhcp.hw.len", "Hardware address length", be_u8())?;
    dhcp.field("dhcp.hops", "Hops", be_u8())?;
    let id = dhcp.field("dhcp.id", "Transaction id", be_u32().map(Hex))?;
    // Some clients send this number in their own byte order.
    let seconds = be_u16().map(|seconds: u16| match seconds {
        256.. if seconds & 0xff == 0 => (seconds.swap_bytes(), true),
        _ => (seconds, false),
    });
    let (_, swapped) =
        dhcp.field_shown("dhcp.secs", "Seconds elapsed", seconds, |(seconds, _)| {
            seconds.into()
        })?;
    if swapped {
        dhcp.note(Severity::Note, || {
            "its bytes stand in the wrong order".to_owned()
        });
    }
    dhcp.flags("dhcp.flags", "Flags", Base::Hex(4), be_u16(), |bits| {
        bits.flag_meaning("dhcp.flags.bc", "Answer by", 0x8000, "broadcast", "unicast");
        let rest = |rest| Value::Number(rest, Base::Hex(4));
        bits.value("dhcp.flags.reserved", "Reserved", 0x7fff, rest);
    })?;
    for (name, label) in [
        ("dhcp.ip.client", "Client's address"),
        ("dhcp.ip.your", "Your address"),
        ("dhcp.ip.server", "Next server's address"),
        ("dhcp.ip.relay", "Relay agent's address"),
    ] {
        dhcp.field(name, label, be_u32().map(Ipv4Addr::from))?;
    }
    let address = hardware_address(dhcp, kind, length)?;
    dhcp.info(|| match operation {
        Operation::REQUEST => format!("Boot Request from {address}"),
        Operation::REPLY => "Boot Reply".to_owned(),
        _ => format!("Unknown BOOTP message type ({})", operation.0),
    });
    let names = dhcp.ahead(192);
    let options = dhcp.rest().get(192..).unwrap_or_default();
    let ahead = match options.split_first_chunk::<4>() {
        Some((cookie, options)) if *cookie == COOKIE => look_ahead(options),
        _ => Ahead::default(),
    };
    if let Some(message) = ahead.message {
        let brief = message.brief();
        dhcp.title(|| brief.clone());
        dhcp.column("DHCP");
        dhcp.info(|| format!("DHCP {brief:<8} - Transaction ID 0x{:x}", id.0));
    }
    for (name, label, length, bit) in [
        ("dhcp.server", "Server's host name", 64_usize, 2),
        ("dhcp.file", "Boot file name", 128, 1),
    ] {
        match ahead.overload & 3 & bit {
            0 => {
                let text = dhcp.field_shown(name, label, take(length), message::text)?;
                if text.first().is_some_and(|&first| first == 0) {
                    dhcp.text(|| "not given".to_owned());
                }
            }
            _ => _ = dhcp.field("", "Holds options", take(length))?,
        }
    }
    if dhcp.rest().first_chunk() != Some(&COOKIE) {
        let name = "dhcp.vendor_specific_options";
        dhcp.field(name, "Vendor's area", take(64_usize))?;
        return Ok(Next::Nothing);
    }
    dhcp.field("dhcp.cookie", "Magic cookie", be_u32().map(Ipv4Addr::from))?;
    dhcp.text(|| "DHCP".to_owned());
    let ended = option::read(dhcp, &ahead, Some(names))?;
    if !ended {
        dhcp.note(Severity::Note, || "the options do not end".to_owned());
    }
    Ok(Next::Nothing)
}

/// Reads 16 bytes that hold an address, and returns its text.
fn hardware_address(dhcp: &mut Layer, kind: HardwareType, length: u8) -> Result<String, Stop> {
    const ROOM: usize = 16;
    let ethernet = matches!(kind, HardwareType::ETHERNET | HardwareType::IEEE_802);
    match length {
        6 if ethernet => {
            let address = dhcp.field("dhcp.hw.mac_addr", "Client's MAC address", mac())?;
            let said = format!("{address} ({address})");
            dhcp.info(|| format!("Boot Request from {said}"));
            dhcp.field("dhcp.hw.addr_padding", "Padding", take(ROOM - 6))?;
            Ok(said)
        }
        1..=16 => {
            let start = dhcp.ahead(ROOM);
            let bytes: &[u8] = dhcp.field("dhcp.hw.addr", "Client's address", take(ROOM))?;
            let (used, padding) = bytes
                .split_at_checked(length.into())
                .unwrap_or((bytes, &[]));
            if !padding.is_empty() {
                let start = start.start + u32::from(length);
                let at = ByteRange {
                    start,
                    ..dhcp.ahead(0)
                };
                let at = ByteRange {
                    end: dhcp.offset(),
                    ..at
                };
                dhcp.over("dhcp.hw.addr_padding", "Padding", at, || padding.into());
            }
            Ok(used.iter().map(|byte| format!("{byte:02x}")).collect())
        }
        _ => {
            let bytes: &[u8] = dhcp.field("", "No client's address", take(ROOM))?;
            let all: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            Ok(if length == 0 {
                "<No address>".to_owned()
            } else {
                all
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, info, layer};

    /// The header, followed by `tail` instead of options.
    fn packet(tail: &str) -> String {
        let udp = 8 + 236 + crate::test_support::bytes(tail).len();
        format!(
            "4500{:04x} 00000000 40110000 00000000 ffffffff 00440043 {udp:04x}0000 \
             01 01 06 00 00003d1d 0000 8000 00000000 00000000 00000000 00000000 \
             000b8201fc42 {} {} {tail}",
            20 + udp,
            "00".repeat(10),
            "00".repeat(192)
        )
    }

    #[test]
    fn discover() {
        let hex =
            packet("63825363 35 01 01 3d 07 01 000b8201fc42 0c 04 686f7374 37 03 01 03 06 ff 0000");
        assert_eq!(
            layer("dhcp", 228, &hex),
            "\
             Dynamic Host Configuration Protocol: Discover [28..294]\n\
             \x20 Message type: Boot request (1) [28..29]\n\
             \x20 Hardware type: Ethernet (0x01) [29..30]\n\
             \x20 Hardware address length: 6 [30..31]\n\
             \x20 Hops: 0 [31..32]\n\
             \x20 Transaction id: 0x00003d1d [32..36]\n\
             \x20 Seconds elapsed: 0 [36..38]\n\
             \x20 Flags: 0x8000 [38..40]\n\
             \x20   Answer by: broadcast [38..40]\n\
             \x20   Reserved: 0x0000 [38..40]\n\
             \x20 Client's address: 0.0.0.0 [40..44]\n\
             \x20 Your address: 0.0.0.0 [44..48]\n\
             \x20 Next server's address: 0.0.0.0 [48..52]\n\
             \x20 Relay agent's address: 0.0.0.0 [52..56]\n\
             \x20 Client's MAC address: 00:0b:82:01:fc:42 [56..62]\n\
             \x20 Padding: 00000000000000000000 [62..72]\n\
             \x20 Server's host name: not given [72..136]\n\
             \x20 Boot file name: not given [136..264]\n\
             \x20 Magic cookie: DHCP [264..268]\n\
             \x20 Option: Message type (53) Discover [268..271]\n\
             \x20   Length: 1 [269..270]\n\
             \x20   Message: Discover (1) [270..271]\n\
             \x20 Option: Client identifier (61) 00:0b:82:01:fc:42 [271..280]\n\
             \x20   Length: 7 [272..273]\n\
             \x20   Hardware type: Ethernet (0x01) [273..274]\n\
             \x20   MAC address: 00:0b:82:01:fc:42 [274..280]\n\
             \x20 Option: Host name (12) host [280..286]\n\
             \x20   Length: 4 [281..282]\n\
             \x20   Host name: host [282..286]\n\
             \x20 Option: Parameter request list (55) [286..291]\n\
             \x20   Length: 3 [287..288]\n\
             \x20   Wants: Subnet mask (1) [288..289]\n\
             \x20   Wants: Router (3) [289..290]\n\
             \x20   Wants: Domain name server (6) [290..291]\n\
             \x20 Option: End (255) [291..292]\n\
             \x20   End: 255 [291..292]\n\
             \x20 Padding: 0000 [292..294]\n"
        );
        assert_eq!(
            info(228, &hex),
            "DHCP: DHCP Discover - Transaction ID 0x3d1d"
        );
    }

    #[test]
    fn before_there_was_dhcp() {
        let hex = packet(&"00".repeat(64));
        assert_eq!(
            info(228, &hex),
            "BOOTP: Boot Request from 00:0b:82:01:fc:42 (00:0b:82:01:fc:42)"
        );
    }

    #[test]
    fn a_relay_agents_options() {
        let hex = packet("63825363 52 0c 01 04 00040001 05 04 0a000001 ff");
        let tree = layer("dhcp", 228, &hex);
        let (_, tree) = tree.split_once("Magic").unwrap_or_default();
        assert_eq!(
            tree,
            "\
             \x20cookie: DHCP [264..268]\n\
             \x20 Option: Relay agent information (82) [268..282]\n\
             \x20   Length: 12 [269..270]\n\
             \x20   Suboption: Circuit id (1) [270..276]\n\
             \x20     Length: 4 [271..272]\n\
             \x20     Circuit id: 00040001 [272..276]\n\
             \x20   Suboption: Link selection (5) [276..282]\n\
             \x20     Length: 4 [277..278]\n\
             \x20     Link selection: 10.0.0.1 [278..282]\n\
             \x20 Option: End (255) [282..283]\n\
             \x20   End: 255 [282..283]\n"
        );
    }

    #[test]
    fn routes_without_classes() {
        let hex = packet("63825363 79 0d 18 0a0102 0a000001 00 0a000002 ff");
        let tree = layer("dhcp", 228, &hex);
        let (_, tree) = tree.split_once("Magic").unwrap_or_default();
        assert_eq!(
            tree,
            "\
             \x20cookie: DHCP [264..268]\n\
             \x20 Option: Classless static route (121) [268..283]\n\
             \x20   Length: 13 [269..270]\n\
             \x20   Route: 10.1.2.0/24 by 10.0.0.1 [270..278]\n\
             \x20   Route: 0.0.0.0/0 by 10.0.0.2 [278..283]\n\
             \x20 Option: End (255) [283..284]\n\
             \x20   End: 255 [283..284]\n"
        );
    }

    #[test]
    fn cut_inside_an_option() {
        let whole = packet("63825363 35 01 01 0c 04 686f7374 ff");
        let (hex, _) = whole.split_once("7374 ff").unwrap_or_default();
        let tree = cut("dhcp", 228, hex, 281);
        let (_, tree) = tree.split_once("Magic").unwrap_or_default();
        assert_eq!(
            tree,
            "\
             \x20cookie: DHCP [264..268]\n\
             \x20 Option: Message type (53) Discover [268..271]\n\
             \x20   Length: 1 [269..270]\n\
             \x20   Message: Discover (1) [270..271]\n\
             \x20 Option: Host name (12) [271..273]\n\
             \x20   Length: 4 [272..273]\n\
             \x20 Note: cut by the capture's size limit inside dhcp.option.value\n"
        );
    }
}
