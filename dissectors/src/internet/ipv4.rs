//! Internet Protocol version 4, RFC 791.

use crate::{
    Base, Dissector, FieldDef, Fragment, Hex, Layer, LinkType, Next, OsiLayer, Outcome, Selector,
    Severity, Stop, Value,
    checksum::{self, ChecksumFields, Status},
    internet::{address, fragment, ipv4_options},
    value::named,
};
use nom::{
    Parser,
    number::{be_u8, be_u16},
};

/// Internet Protocol version 4.
pub const DISSECTOR: Dissector = Dissector {
    name: "ip",
    label: "Internet Protocol version 4",
    column: "IPv4",
    layer: OsiLayer::Network,
    selectors: &[
        Selector::EtherType(0x0800),
        Selector::LinkType(LinkType::IPV4),
        Selector::IpProtocol(4),
    ],
    fields: &[FIELDS, ipv4_options::FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::u8("ip.version"),
    FieldDef::u8("ip.hdr_len"),
    FieldDef::u32("ip.len"),
    FieldDef::hex16("ip.id"),
    FieldDef::hex8("ip.flags"),
    FieldDef::flag("ip.flags.rb"),
    FieldDef::flag("ip.flags.df"),
    FieldDef::flag("ip.flags.mf"),
    FieldDef::u16("ip.frag_offset"),
    FieldDef::u8("ip.ttl"),
    FieldDef::u8("ip.proto").names(&[IpProtocol::NAMES]),
    FieldDef::hex16("ip.checksum"),
    FieldDef::u8("ip.checksum.status").names(&[checksum::Verdict::NAMES]),
    FieldDef::ipv4("ip.src"),
    FieldDef::ipv4("ip.dst"),
    FieldDef::ipv4("ip.cur_rt"),
    FieldDef::hex8("ip.dsfield"),
    FieldDef::u8("ip.dsfield.dscp").names(&[Dscp::NAMES]),
    FieldDef::u8("ip.dsfield.ecn").names(&[Ecn::NAMES]),
    FieldDef::frame("ip.reassembled_in"),
    FieldDef::bytes("ip.fragments"),
    FieldDef::frame("ip.fragment"),
    FieldDef::frame("ip.fragment.error"),
    FieldDef::flag("ip.fragment.overlap").means("True", "False"),
    FieldDef::flag("ip.fragment.overlap.conflict").means("True", "False"),
    FieldDef::flag("ip.fragment.toolongfragment").means("True", "False"),
    FieldDef::u32("ip.fragment.count"),
    FieldDef::u32("ip.reassembled.length"),
    FieldDef::bytes("ip.reassembled.data"),
];

named! {
    /// IANA "Assigned Internet Protocol Numbers".
    IpProtocol(u8, Dec) {
        HOPOPT = 0 => "IPv6 hop-by-hop options",
        ICMP = 1 => "ICMP",
        IGMP = 2 => "IGMP",
        GGP = 3 => "GGP",
        IPIP = 4 => "IPv4",
        ST = 5 => "ST",
        TCP = 6 => "TCP",
        CBT = 7 => "CBT",
        EGP = 8 => "EGP",
        IGP = 9 => "IGP",
        BBN_RCC_MON = 10 => "BBN RCC monitoring",
        NVP_II = 11 => "NVP-II",
        PUP = 12 => "PUP",
        ARGUS = 13 => "ARGUS",
        EMCON = 14 => "EMCON",
        XNET = 15 => "XNET",
        CHAOS = 16 => "Chaos",
        UDP = 17 => "UDP",
        MUX = 18 => "MUX",
        DCN_MEAS = 19 => "DCN measurement",
        HMP = 20 => "HMP",
        PRM = 21 => "PRM",
        XNS_IDP = 22 => "XNS IDP",
        RDP = 27 => "RDP",
        IRTP = 28 => "IRTP",
        ISO_TP4 = 29 => "ISO TP4",
        NETBLT = 30 => "NETBLT",
        DCCP = 33 => "DCCP",
        IDPR = 35 => "IDPR",
        XTP = 36 => "XTP",
        DDP = 37 => "DDP",
        IL = 40 => "IL",
        IPV6 = 41 => "IPv6",
        SDRP = 42 => "SDRP",
        IPV6_ROUTE = 43 => "IPv6 routing header",
        IPV6_FRAG = 44 => "IPv6 fragment header",
        IDRP = 45 => "IDRP",
        RSVP = 46 => "RSVP",
        GRE = 47 => "GRE",
        DSR = 48 => "DSR",
        BNA = 49 => "BNA",
        ESP = 50 => "ESP",
        AH = 51 => "AH",
        I_NLSP = 52 => "I-NLSP",
        SWIPE = 53 => "SWIPE",
        NARP = 54 => "NARP",
        MOBILE = 55 => "IP mobility",
        TLSP = 56 => "TLSP",
        SKIP = 57 => "SKIP",
        ICMPV6 = 58 => "ICMPv6",
        IPV6_NO_NEXT = 59 => "IPv6 no next header",
        IPV6_OPTS = 60 => "IPv6 destination options",
        ISO_IP = 80 => "ISO IP",
        VMTP = 81 => "VMTP",
        TTP = 84 => "TTP",
        DGP = 86 => "DGP",
        TCF = 87 => "TCF",
        EIGRP = 88 => "EIGRP",
        OSPF = 89 => "OSPF",
        LARP = 91 => "LARP",
        MTP = 92 => "MTP",
        AX25 = 93 => "AX.25",
        IPIP_OLD = 94 => "IP in IP",
        ETHERIP = 97 => "Ethernet in IP",
        ENCAP = 98 => "ENCAP",
        PIM = 103 => "PIM",
        IPCOMP = 108 => "IPComp",
        IPX_IN_IP = 111 => "IPX in IP",
        VRRP = 112 => "VRRP",
        PGM = 113 => "PGM",
        L2TP = 115 => "L2TP",
        STP = 118 => "STP",
        SMP = 121 => "SMP",
        PTP = 123 => "PTP",
        ISIS = 124 => "IS-IS over IPv4",
        CRTP = 126 => "CRTP",
        CRUDP = 127 => "CRUDP",
        SCTP = 132 => "SCTP",
        FC = 133 => "Fibre Channel",
        RSVP_E2E = 134 => "RSVP end-to-end ignore",
        MOBILITY = 135 => "Mobile IPv6",
        UDPLITE = 136 => "UDP-Lite",
        MPLS = 137 => "MPLS in IP",
        MANET = 138 => "MANET",
        HIP = 139 => "HIP",
        SHIM6 = 140 => "Shim6",
        WESP = 141 => "WESP",
        ROHC = 142 => "ROHC",
        ETHERNET = 143 => "Ethernet",
        AGGFRAG = 144 => "AGGFRAG",
        NSH = 145 => "NSH",
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

/// The length of an IPv4 header without options.
const HEADER: usize = 20;

fn dissect(ip: &mut Layer) -> Outcome {
    let version = ip.rest().first().map_or(4, |first| first >> 4);
    if version != 4 {
        return another_version(ip, version);
    }
    let version = ip.word("ip.version", be_u8(), |bits| {
        bits.number("ip.version", "Version", 0xf0)
    })?;
    let header = 4 * usize::from(version & 0x0f);
    let at = ip.so_far();
    ip.over("ip.hdr_len", "Header length", at, || (header as u64).into());
    ip.text(|| format!("{header} bytes ({})", header / 4));
    if header < HEADER {
        ip.note(Severity::Error, || {
            format!("must be at least {HEADER} bytes")
        });
        ip.info(|| format!("Bogus IP header length ({header}, must be at least {HEADER})"));
        return ip.malformed("ip.hdr_len");
    }
    traffic_class(ip)?;
    let total = total_length(ip, header)?;
    ip.limit(total - 4);
    // Longer than the frame, or not all captured.
    let cut = total - 4 > ip.rest().len();
    let id = ip.field("ip.id", "Identification", be_u16().map(Hex))?.0;
    let flags = ip.word("ip.flags", be_u16(), |bits| {
        bits.narrow();
        bits.group("ip.flags", "Flags", 0xe000, Base::Hex(2), |bits| {
            bits.flag("ip.flags.rb", "Reserved bit", 0x8000);
            bits.flag("ip.flags.df", "Don't fragment", 0x4000);
            bits.flag("ip.flags.mf", "More fragments", 0x2000);
        });
        bits.wide();
        bits.worded(
            "ip.frag_offset",
            "Fragment offset",
            0x1fff,
            |v| Value::Number(v, Base::Dec),
            |v| format!("{} bytes ({v} units of 8)", 8 * v),
        );
    })?;
    let ttl = ip.field("ip.ttl", "Time to live", be_u8())?;
    ip.set_hop_limit(ttl);
    if ip.shows() {
        note_ttl(ip, ttl);
    }
    let protocol = ip.field("ip.proto", "Protocol", be_u8().map(IpProtocol))?;
    read_checksum(ip, header)?;
    let source = ip.field("ip.src", "Source address", address::ipv4())?;
    let options = match ip.rest().get(4..) {
        Some(bytes) if header > HEADER => bytes.get(..header - HEADER).unwrap_or(bytes),
        _ => &[],
    };
    let destination = match ipv4_options::final_destination(options) {
        None => ip.field("ip.dst", "Destination address", address::ipv4())?,
        Some(last) => {
            ip.field("ip.cur_rt", "Current route", address::ipv4())?;
            last
        }
    };
    ip.title(|| format!("Src: {source}, Dst: {destination}"));
    ip.set_network(source.into(), destination.into());
    if header > HEADER {
        ipv4_options::read(ip, header - HEADER)?;
    }
    ip.info(|| match protocol.name() {
        Some(name) => format!("{name} ({})", protocol.0),
        None => format!("Unknown ({})", protocol.0),
    });

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
    fragment::show(ip, fragment, cut, &fragment::IPV4)
}

/// Reads another version than 4, of which nothing is known here.
#[cold]
fn another_version(ip: &mut Layer, version: u8) -> Outcome {
    let at = ip.ahead(1);
    ip.over("ip.version", "Version", at, || version.into());
    ip.note(Severity::Error, || "not version 4".to_owned());
    ip.info(|| format!("Bogus IPv4 version ({version}, must be 4)"));
    match version {
        6 => Ok(Next::Select(Selector::EtherType(0x86dd))),
        _ => ip.malformed("ip.version"),
    }
}

/// Returns the length of the packet, with its header of this length.
#[inline]
fn total_length(ip: &mut Layer, header: usize) -> Result<usize, Stop> {
    let frame = ip.reported() + 2;
    // A segment that the network card has yet to split contains 0: the length is then that of the frame.
    let total = ip.field_shown("ip.len", "Total length", be_u16(), |total| match total {
        0 => (frame as u64).into(),
        total => total.into(),
    })?;
    let total = match usize::from(total) {
        0 => {
            ip.text(|| format!("{frame} (the header says 0, as before segmentation offload)"));
            frame
        }
        total => total,
    };
    if total < header {
        ip.note(Severity::Error, || {
            format!("less than the header's {header} bytes")
        });
        ip.info(|| format!("Bogus IP length ({total}, less than header length {header})"));
        return ip.malformed("ip.len");
    }
    if total > frame && !ip.is_quoted() {
        ip.note(Severity::Error, || {
            format!("more than what the frame holds ({frame} bytes)")
        });
    }
    Ok(total)
}

/// Reads the checksum, which covers the header alone.
#[inline]
fn read_checksum(ip: &mut Layer, header: usize) -> Result<(), Stop> {
    let names = ChecksumFields {
        field: "ip.checksum",
        status: "ip.checksum.status",
    };
    checksum::read(
        ip,
        names,
        |ip, found| match ip.layer_bytes().get(..header) {
            Some(bytes) => checksum::verify(&[bytes], found),
            None => Status::CannotSay("the header is cut short"),
        },
        |_| Some(0),
    )
    .map(drop)
}

/// RFC 2474, section 3, and RFC 3168, section 5.
fn traffic_class(ip: &mut Layer) -> Result<(), Stop> {
    let field = ip.flags(
        "ip.dsfield",
        "Differentiated services",
        Base::Hex(2),
        be_u8(),
        |bits| {
            bits.value("ip.dsfield.dscp", "Codepoint", 0xfc, |v| Dscp(v as u8));
            bits.value(
                "ip.dsfield.ecn",
                "Explicit congestion notification",
                0x03,
                |v| Ecn(v as u8),
            );
        },
    )?;
    ip.set_ecn(field & 0x03);
    Ok(())
}

/// A packet with fewer hops left hardly gets anywhere.
const FEW_HOPS: u8 = 5;

fn note_ttl(ip: &mut Layer, ttl: u8) {
    let Some(destination) = ip
        .rest()
        .get(7..)
        .and_then(|bytes| bytes.first_chunk::<4>())
    else {
        return;
    };
    match destination {
        // RFC 5771, section 4: the local network control block is never forwarded.
        [224, 0, 0, _] if ttl != 1 => {
            ip.note(Severity::Note, || {
                "goes to the local network, where 1 would do".to_owned()
            });
        }
        [224..=239, ..] => {}
        _ if ttl < FEW_HOPS => ip.note(Severity::Note, || format!("only {ttl}")),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn a_header() {
        let hex = "4500 0014 0001 4000 0306 63e1 0a00 0001
             0a00 0002";
        assert_eq!(
            layer("ip", 228, hex),
            "\
Internet Protocol version 4: Src: 10.0.0.1, Dst: 10.0.0.2 [0..20]
  Version: 4 [0..1]
  Header length: 20 bytes (5) [0..1]
  Differentiated services: 0x00 [1..2]
    Codepoint: Default (0) [1..2]
    Explicit congestion notification: Not ECN-capable transport (0) [1..2]
  Total length: 20 [2..4]
  Identification: 0x0001 [4..6]
  Flags: 0x02 [6..7]
    Reserved bit: Not set [6..7]
    Don't fragment: Set [6..7]
    More fragments: Not set [6..7]
  Fragment offset: 0 bytes (0 units of 8) [6..8]
  Time to live: 3 [8..9]
    Note: only 3
  Protocol: TCP (6) [9..10]
  Checksum: 0x63e1 [10..12]
  Checksum status: Good (1) [10..10]
  Source address: 10.0.0.1 [12..16]
  Destination address: 10.0.0.2 [16..20]
"
        );
    }

    #[test]
    fn wrong_checksum() {
        let hex = "4500 0014 0001 0000 4006 1234 0a00 0001
             0a00 0002";
        assert_eq!(
            layer("ip", 228, hex),
            "\
Internet Protocol version 4: Src: 10.0.0.1, Dst: 10.0.0.2 [0..20]
  Version: 4 [0..1]
  Header length: 20 bytes (5) [0..1]
  Differentiated services: 0x00 [1..2]
    Codepoint: Default (0) [1..2]
    Explicit congestion notification: Not ECN-capable transport (0) [1..2]
  Total length: 20 [2..4]
  Identification: 0x0001 [4..6]
  Flags: 0x00 [6..7]
    Reserved bit: Not set [6..7]
    Don't fragment: Not set [6..7]
    More fragments: Not set [6..7]
  Fragment offset: 0 bytes (0 units of 8) [6..8]
  Time to live: 64 [8..9]
  Protocol: TCP (6) [9..10]
  Checksum: 0x1234 [10..12]
  Checksum status: bad [10..10]
    Note: bad checksum: 0x1234, the bytes add up to 0x66e1
  Source address: 10.0.0.1 [12..16]
  Destination address: 10.0.0.2 [16..20]
"
        );
    }

    #[test]
    fn ends_in_the_source() {
        let hex = "4500 0014 0001 0000 4006 66e1 0a00";
        assert_eq!(
            cut("ip", 228, hex, 20),
            "\
Internet Protocol version 4 [0..12]
  Version: 4 [0..1]
  Header length: 20 bytes (5) [0..1]
  Differentiated services: 0x00 [1..2]
    Codepoint: Default (0) [1..2]
    Explicit congestion notification: Not ECN-capable transport (0) [1..2]
  Total length: 20 [2..4]
  Identification: 0x0001 [4..6]
  Flags: 0x00 [6..7]
    Reserved bit: Not set [6..7]
    Don't fragment: Not set [6..7]
    More fragments: Not set [6..7]
  Fragment offset: 0 bytes (0 units of 8) [6..8]
  Time to live: 64 [8..9]
  Protocol: TCP (6) [9..10]
  Checksum: 0x66e1 [10..12]
  Checksum status: cannot say: the header is cut short [10..10]
  Note: cut by the capture's size limit inside ip.src
"
        );
    }

    #[test]
    fn shorter_than_its_header() {
        let hex = "4500 000a 0001 0000 4006 66eb 0a00 0001
             0a00 0002";
        assert_eq!(
            layer("ip", 228, hex),
            "\
Internet Protocol version 4 [0..4]
  Version: 4 [0..1]
  Header length: 20 bytes (5) [0..1]
  Differentiated services: 0x00 [1..2]
    Codepoint: Default (0) [1..2]
    Explicit congestion notification: Not ECN-capable transport (0) [1..2]
  Total length: 10 [2..4]
    Note: less than the header's 20 bytes
  Note: malformed: ip.len does not fit
"
        );
    }
}
