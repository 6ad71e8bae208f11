//! Internet Protocol version 4, RFC 791.

use crate::{
    Base, Dissector, Fragment, Hex, Layer, Next, OsiLayer, Outcome, Selector, Severity, Value,
    checksum::{self, Names, Status},
    field::named,
    internet::fragment,
};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16, be_u32},
};
use std::net::Ipv4Addr;

/// Internet Protocol version 4.
pub const DISSECTOR: Dissector = Dissector {
    name: "ip",
    label: "Internet Protocol version 4",
    column: "IPv4",
    layer: OsiLayer::Network,
    selectors: &[Selector::EtherType(0x0800), Selector::LinkType(228), Selector::IpProtocol(4)],
    dissect,
};

named! {
    /// IANA "Assigned Internet Protocol Numbers".
    IpProtocol(u8, Dec) {
        HOPOPT = 0 => "IPv6 hop-by-hop options",
        ICMP = 1 => "ICMP",
        IGMP = 2 => "IGMP",
        IPIP = 4 => "IPv4",
        TCP = 6 => "TCP",
        UDP = 17 => "UDP",
        IPV6 = 41 => "IPv6",
        IPV6_ROUTE = 43 => "IPv6 routing header",
        IPV6_FRAG = 44 => "IPv6 fragment header",
        GRE = 47 => "GRE",
        ESP = 50 => "ESP",
        AH = 51 => "AH",
        ICMPV6 = 58 => "ICMPv6",
        IPV6_NO_NEXT = 59 => "IPv6 no next header",
        IPV6_OPTS = 60 => "IPv6 destination options",
        EIGRP = 88 => "EIGRP",
        OSPF = 89 => "OSPF",
        PIM = 103 => "PIM",
        VRRP = 112 => "VRRP",
        L2TP = 115 => "L2TP",
        SCTP = 132 => "SCTP",
        UDPLITE = 136 => "UDP-Lite",
        MPLS = 137 => "MPLS in IP",
    }

    /// RFC 3168, section 5.
    Ecn(u8, Dec) {
        NOT_ECT = 0 => "Not ECN-capable transport",
        ECT_1 = 1 => "ECN-capable transport, ECT(1)",
        ECT_0 = 2 => "ECN-capable transport, ECT(0)",
        CE = 3 => "Congestion experienced",
    }

    /// RFC 2474, 2597, 3246, 5865, 8622.
    Dscp(u8, Dec) {
        DEFAULT = 0 => "Default",
        LE = 1 => "Lower effort",
        CS1 = 8 => "Class selector 1",
        AF11 = 10 => "Assured forwarding 11",
        AF12 = 12 => "Assured forwarding 12",
        AF13 = 14 => "Assured forwarding 13",
        CS2 = 16 => "Class selector 2",
        AF21 = 18 => "Assured forwarding 21",
        AF22 = 20 => "Assured forwarding 22",
        AF23 = 22 => "Assured forwarding 23",
        CS3 = 24 => "Class selector 3",
        AF31 = 26 => "Assured forwarding 31",
        AF32 = 28 => "Assured forwarding 32",
        AF33 = 30 => "Assured forwarding 33",
        CS4 = 32 => "Class selector 4",
        AF41 = 34 => "Assured forwarding 41",
        AF42 = 36 => "Assured forwarding 42",
        AF43 = 38 => "Assured forwarding 43",
        CS5 = 40 => "Class selector 5",
        VOICE_ADMIT = 44 => "Voice admit",
        EF = 46 => "Expedited forwarding",
        CS6 = 48 => "Class selector 6",
        CS7 = 56 => "Class selector 7",
    }
}

fn dissect(ip: &mut Layer) -> Outcome {
    let first = ip.word("ip.version", be_u8(), |bits| {
        bits.number("ip.version", "Version", 0xf0);
        bits.worded("ip.hdr_len", "Header length", 0x0f, |words| Value::Number(4 * words, Base::Dec), |words| {
            format!("{} bytes ({words})", 4 * words)
        });
    })?;
    let header = 4 * usize::from(first & 0x0f);
    if header < 20 {
        ip.note(Severity::Error, || format!("the header length must be at least 20 bytes, it is {header}"));
        return ip.malformed("ip.hdr_len");
    }
    ip.flags("ip.dsfield", "Differentiated services", Base::Hex(2), be_u8(), |bits| {
        bits.value("ip.dsfield.dscp", "Codepoint", 0xfc, |v| Dscp(v as u8));
        bits.value("ip.dsfield.ecn", "Explicit congestion notification", 0x03, |v| Ecn(v as u8));
    })?;
    let total = usize::from(ip.field("ip.len", "Total length", be_u16())?);
    // A segment that the network card has yet to cut up says 0: the length is then that of the frame.
    let total = match total {
        0 => ip.reported() + 4,
        total if total < header => {
            ip.note(Severity::Error, || "shorter than the header".to_owned());
            return ip.malformed("ip.len");
        }
        total => total,
    };
    if total > ip.reported() + 4 {
        let frame = ip.reported() + 4;
        ip.note(Severity::Error, || format!("longer than what the frame holds ({frame} bytes)"));
    }
    ip.limit(total - 4);
    let id = ip.field("ip.id", "Identification", be_u16().map(Hex))?.0;
    let flags = ip.word("ip.flags", be_u16(), |bits| {
        bits.narrow();
        bits.group("ip.flags", "Flags", 0xe000, Base::Hex(2), |bits| {
            bits.flag("ip.flags.rb", "Reserved bit", 0x8000);
            bits.flag("ip.flags.df", "Don't fragment", 0x4000);
            bits.flag("ip.flags.mf", "More fragments", 0x2000);
        });
        bits.wide();
        bits.worded("ip.frag_offset", "Fragment offset", 0x1fff, |v| Value::Number(v, Base::Dec), |v| {
            format!("{} bytes ({v} units of 8)", 8 * v)
        });
    })?;
    ip.field("ip.ttl", "Time to live", be_u8())?;
    let protocol = ip.field("ip.proto", "Protocol", be_u8().map(IpProtocol))?;
    let names = Names { field: "ip.checksum", status: "ip.checksum.status" };
    checksum::read(
        ip,
        names,
        |ip, found| match ip.layer_bytes().get(..header) {
            Some(bytes) => checksum::verify(&[bytes], found),
            None => Status::CannotSay("the header is cut short"),
        },
        |_| Some(0),
    )?;
    let source = ip.field("ip.src", "Source address", be_u32().map(Ipv4Addr::from))?;
    let destination = ip.field("ip.dst", "Destination address", be_u32().map(Ipv4Addr::from))?;
    ip.title(|| format!("Src: {source}, Dst: {destination}"));
    ip.set_network(source.into(), destination.into());
    if header > 20 {
        ip.field("ip.options", "Options", take(header - 20))?;
    }
    ip.info(|| Value::from(protocol).to_string());

    let offset = u32::from(flags & 0x1fff) * 8;
    let more = flags & 0x2000 != 0;
    if offset == 0 && !more {
        return Ok(Next::Select(Selector::IpProtocol(protocol.0)));
    }
    let fragment = Fragment {
        source: source.into(),
        destination: destination.into(),
        id: id.into(),
        protocol: protocol.0,
        offset,
        more,
        data: ip.ahead(usize::MAX),
        length: ip.reported() as u32,
    };
    fragment::show(ip, fragment, &fragment::IPV4)
}
