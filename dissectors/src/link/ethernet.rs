//! Ethernet II and IEEE 802.3.

use crate::{
    ByteRange, Dissector, FieldDef, Hex, Layer, LinkType, Mac, Next, OsiLayer, Outcome, Selector,
    Severity, Stop, Value, ValueName, link::llc, value::named,
};
use nom::{
    Parser,
    bytes::take,
    error::Error,
    number::{be_u16, be_u24},
};

/// Ethernet.
pub const DISSECTOR: Dissector = Dissector {
    name: "eth",
    label: "Ethernet",
    column: "Ethernet",
    layer: OsiLayer::DataLink,
    selectors: &[
        Selector::LinkType(LinkType::ETHERNET),
        // Transparent Ethernet bridging: RFC 1701, RFC 7637.
        Selector::EtherType(0x6558),
        // ETHERIP: RFC 3378 puts two bytes in front, SRv6's "Ethernet" (143, RFC 8986) none.
        Selector::IpProtocol(143),
    ],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::hex16("eth.type").names(&[EtherType::NAMES]),
    FieldDef::bytes("eth.trailer"),
    FieldDef::hex16("eth.invalid_lentype"),
    FieldDef::u16("eth.len"),
    FieldDef::mac("eth.dst"),
    FieldDef::flag("eth.dst.lg").means("Locally administered address", "Globally unique address"),
    FieldDef::flag("eth.dst.ig").means(
        "Group address (multicast or broadcast)",
        "Individual address (unicast)",
    ),
    FieldDef::mac("eth.src"),
    FieldDef::flag("eth.src.lg").means("Locally administered address", "Globally unique address"),
    FieldDef::flag("eth.src.ig").means(
        "Group address (multicast or broadcast)",
        "Individual address (unicast)",
    ),
    FieldDef::mac("eth.addr"),
    FieldDef::bytes("eth.padding"),
    FieldDef::hex32("eth.fcs"),
    FieldDef::u8("eth.fcs.status").names(&[&[ValueName::one(2, "Not verified")]]),
];

/// How other layers name an Ethernet frame inside them.
pub const INSIDE: Selector = Selector::LinkType(LinkType::ETHERNET);

named! {
    /// What follows, IEEE 802 numbers.
    EtherType(u16, Hex(4)) {
        XNS_IDP = 0x0600 => "XNS Internet Datagram Protocol",
        IPV4 = 0x0800 => "IPv4",
        X25 = 0x0805 => "X.25 level 3",
        ARP = 0x0806 => "ARP",
        FR_ARP = 0x0808 => "Frame Relay ARP",
        WOL = 0x0842 => "Wake on LAN",
        VINES = 0x0bad => "Vines IP",
        TRILL = 0x22f3 => "TRILL",
        L2_ISIS = 0x22f4 => "Layer 2 IS-IS",
        SRP = 0x22ea => "Stream Reservation Protocol",
        ERSPAN_3 = 0x22eb => "ERSPAN type III",
        AVTP = 0x22f0 => "Audio Video Transport Protocol",
        DEC_MOP_DL = 0x6001 => "DEC MOP dump and load",
        DEC_MOP_RC = 0x6002 => "DEC MOP remote console",
        DEC_DNA = 0x6003 => "DEC DNA routing",
        DEC_LAT = 0x6004 => "DEC LAT",
        DEC_LAVC = 0x6007 => "DEC LAVC",
        TEB = 0x6558 => "Transparent Ethernet bridging",
        RARP = 0x8035 => "RARP",
        APPLETALK = 0x809b => "AppleTalk",
        AARP = 0x80f3 => "AppleTalk ARP",
        SNA = 0x80d5 => "IBM SNA",
        VLAN = 0x8100 => "802.1Q virtual LAN",
        IPX = 0x8137 => "Novell IPX",
        SNMP = 0x814c => "SNMP over Ethernet",
        WCP = 0x80ff => "Wellfleet compression",
        STP_IEEE = 0x8181 => "Spanning tree",
        IPV6 = 0x86dd => "IPv6",
        PPP = 0x880b => "PPP",
        GSMP = 0x880c => "General Switch Management Protocol",
        MAC_CONTROL = 0x8808 => "Ethernet flow control",
        SLOW = 0x8809 => "Slow protocols (LACP, OAM)",
        WCCP = 0x883e => "WCCP redirect",
        MPLS = 0x8847 => "MPLS",
        MPLS_UP = 0x8848 => "MPLS with upstream-assigned label",
        PPPOE_DISCOVERY = 0x8863 => "PPPoE discovery",
        PPPOE_SESSION = 0x8864 => "PPPoE session",
        ANCP = 0x886c => "Broadcom event",
        INTEL_ANS = 0x886d => "Intel advanced network services",
        JUMBO_LLC = 0x8870 => "LLC in a jumbo frame",
        HOMEPLUG = 0x887b => "HomePlug MME",
        CDMA_A10 = 0x8881 => "CDMA2000 A10 user data",
        EAPOL = 0x888e => "802.1X authentication",
        PROFINET = 0x8892 => "PROFINET",
        REALTEK = 0x8899 => "Realtek layer 2",
        HYPERSCSI = 0x889a => "HyperSCSI",
        ATA = 0x88a2 => "ATA over Ethernet",
        ETHERCAT = 0x88a4 => "EtherCAT",
        QINQ = 0x88a8 => "802.1ad provider bridge",
        POWERLINK = 0x88ab => "Ethernet Powerlink",
        OUI_EXTENDED = 0x88b7 => "802 OUI-extended EtherType",
        LOCAL_1 = 0x88b5 => "Local experimental 1",
        LOCAL_2 = 0x88b6 => "Local experimental 2",
        GOOSE = 0x88b8 => "IEC 61850 GOOSE",
        GSE = 0x88b9 => "IEC 61850 GSE",
        SV = 0x88ba => "IEC 61850 sampled values",
        LWAPP = 0x88bb => "LWAPP",
        ERSPAN = 0x88be => "ERSPAN",
        RSN_PREAUTH = 0x88c7 => "802.11i pre-authentication",
        TIPC = 0x88ca => "TIPC",
        LLDP = 0x88cc => "LLDP",
        SERCOS = 0x88cd => "SERCOS III",
        HOMEPLUG_AV = 0x88e1 => "HomePlug AV",
        MRP = 0x88e3 => "Media Redundancy Protocol",
        MACSEC = 0x88e5 => "802.1AE MACsec",
        PBB = 0x88e7 => "802.1ah provider backbone bridge",
        MVRP = 0x88f5 => "MVRP",
        MMRP = 0x88f6 => "MMRP",
        PTP = 0x88f7 => "Precision Time Protocol",
        NCSI = 0x88f8 => "NC-SI",
        PRP = 0x88fb => "Parallel Redundancy Protocol",
        CFM = 0x8902 => "802.1ag connectivity fault management",
        FCOE = 0x8906 => "Fibre Channel over Ethernet",
        FIP = 0x8914 => "FCoE initialization",
        ROCE = 0x8915 => "RDMA over converged Ethernet",
        MIH = 0x8917 => "Media independent handover",
        ELMI = 0x8918 => "E-LMI",
        TTE = 0x891d => "TTEthernet control frame",
        HSR = 0x892f => "High-availability Seamless Redundancy",
        WSMP = 0x88dc => "WAVE short messages",
        BATMAN = 0x4305 => "B.A.T.M.A.N.",
        NSH = 0x894f => "Network service header",
        LOOPBACK = 0x9000 => "Loopback",
        QINQ_OLD = 0x9100 => "802.1Q-in-Q (old)",
        QINQ_OLDER = 0x9200 => "802.1Q-in-Q (older)",
        RTNET = 0x9021 => "Real-time network data",
        CISCO_FABRIC = 0x8903 => "Cisco fabric path",
        VN_TAG = 0x8926 => "802.1Qbh VN-Tag",
        ECPRI = 0xaefe => "eCPRI",
    }
}

/// Up to here it is the length of an 802.3 frame: IEEE 802.3, section 3.2.6.
const MAX_LENGTH: u16 = 1500;

/// From here on it is a type. What lies between the two is neither.
const MIN_ETHERTYPE: u16 = 0x0600;

fn dissect(eth: &mut Layer) -> Outcome {
    let outermost = eth.offset() == 0;
    let destination = address(eth, &DESTINATION)?;
    let source = address(eth, &SOURCE)?;
    eth.endpoints(|| (source.to_string(), destination.to_string()));
    eth.title(|| format!("Src: {source}, Dst: {destination}"));
    let kind = eth.rest().get(..2).map_or(MIN_ETHERTYPE, |bytes| {
        u16::from_be_bytes(bytes.try_into().unwrap_or_default())
    });
    if kind == 0 || kind >= MIN_ETHERTYPE {
        let kind = eth.field("eth.type", "Type", be_u16().map(EtherType))?;
        // Only the frame that was captured can still have its check sequence, not one from a tunnel.
        eth.owns_trailer("eth.trailer", outermost);
        eth.info(|| format!("Ethernet II, type {}", Value::from(kind)));
        return Ok(match kind.0 {
            0 => Next::Data,
            kind => Next::Select(Selector::EtherType(kind)),
        });
    }
    if kind > MAX_LENGTH {
        eth.field(
            "eth.invalid_lentype",
            "Invalid length or type",
            be_u16().map(Hex),
        )?;
        eth.note(Severity::Warning, || {
            "too large for a length, too small for a type".to_owned()
        });
        eth.info(|| format!("Ethernet, invalid length or type 0x{kind:04x} ({kind})"));
        return Ok(Next::Data);
    }
    let length = usize::from(eth.field("eth.len", "Length", be_u16())?);
    eth.title(|| format!("IEEE 802.3, Src: {source}, Dst: {destination}"));
    let there = eth.reported();
    if length > there {
        eth.note(Severity::Error, || {
            format!("the frame ends after {there} bytes")
        });
    }
    eth.owns_trailer("eth.trailer", outermost);
    eth.limit(length);
    eth.info(|| "IEEE 802.3 Ethernet".to_owned());
    // IPX may come without an 802.2 header; it begins with a checksum that is never used.
    if eth.rest().starts_with(&[0xff, 0xff]) {
        eth.info(|| "IEEE 802.3 Ethernet without 802.2, IPX".to_owned());
        return Ok(Next::Data);
    }
    Ok(Next::Select(llc::INSIDE))
}

/// The names of an address and its parts.
struct AddressNames {
    field: &'static str,
    label: &'static str,
    lg: &'static str,
    ig: &'static str,
}

const DESTINATION: AddressNames = AddressNames {
    field: "eth.dst",
    label: "Destination",
    lg: "eth.dst.lg",
    ig: "eth.dst.ig",
};
const SOURCE: AddressNames = AddressNames {
    field: "eth.src",
    label: "Source",
    lg: "eth.src.lg",
    ig: "eth.src.ig",
};

fn address(eth: &mut Layer, names: &AddressNames) -> Result<Mac, Stop> {
    let bytes = eth.ahead(6);
    let address = eth.field(names.field, names.label, mac())?;
    eth.below(|eth| {
        eth.over("eth.addr", "Address", bytes, || address.into());
        let high = ByteRange {
            end: bytes.start + 3,
            ..bytes
        };
        let bit = |mask: u8| address.0.first().is_some_and(|first| first & mask != 0);
        eth.over(names.lg, "LG bit", high, || {
            Value::Flag(
                bit(2),
                "Locally administered address",
                "Globally unique address",
            )
        });
        eth.over(names.ig, "IG bit", high, || {
            Value::Flag(
                bit(1),
                "Group address (multicast or broadcast)",
                "Individual address (unicast)",
            )
        });
        if names.field == SOURCE.field && bit(1) {
            eth.note(Severity::Warning, || {
                "a sender cannot be a group (IEEE 802.3, section 3.2.3)".to_owned()
            });
        }
    });
    Ok(address)
}

/// A hardware address of six bytes.
pub fn mac<'a>() -> impl Parser<&'a [u8], Output = Mac, Error = Error<&'a [u8]>> {
    take(6_usize).map(|bytes: &[u8]| Mac(bytes.try_into().unwrap_or_default()))
}

/// An organization's number, the first three bytes of its addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Oui(pub u32);

impl From<Oui> for Value {
    fn from(oui: Oui) -> Self {
        Value::Number(oui.0.into(), crate::Base::Dec)
    }
}

/// The number of an organization, shown as the first bytes of an address are.
pub fn oui(layer: &mut Layer, name: &'static str) -> Result<u32, Stop> {
    let oui = layer.field(name, "Organization", be_u24().map(Oui))?.0;
    layer.text(|| {
        let [_, a, b, c] = oui.to_be_bytes();
        let name = match oui {
            0 => " (EtherType follows)",
            0x00_000c => " (Cisco)",
            0x00_00f8 => " (Cisco, EtherType follows)",
            0x00_80c2 => " (IEEE 802.1)",
            0x08_0007 => " (Apple)",
            0x00_e02b => " (Extreme Networks)",
            0x00_005e => " (IANA)",
            _ => "",
        };
        format!("{a:02x}:{b:02x}:{c:02x}{name}")
    });
    Ok(oui)
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn pads_to_the_least_length() {
        assert_eq!(
            layer(
                "eth",
                1,
                "020000000002 0200000000aa 0806 0001080006040001 0200000000aa 0a000001 000000000000 0a000002 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
            ),
            "\
             Ethernet: Src: 02:00:00:00:00:aa, Dst: 02:00:00:00:00:02 [0..14]\n\
             \x20 Destination: 02:00:00:00:00:02 [0..6]\n\
             \x20   Address: 02:00:00:00:00:02 [0..6]\n\
             \x20   LG bit: Locally administered address [0..3]\n\
             \x20   IG bit: Individual address (unicast) [0..3]\n\
             \x20 Source: 02:00:00:00:00:aa [6..12]\n\
             \x20   Address: 02:00:00:00:00:aa [6..12]\n\
             \x20   LG bit: Locally administered address [6..9]\n\
             \x20   IG bit: Individual address (unicast) [6..9]\n\
             \x20 Type: ARP (0x0806) [12..14]\n\
             \x20 Padding: 000000000000000000000000000000000000 [42..60]\n"
        );
    }

    #[test]
    fn a_length_names_llc_and_what_lies_behind_is_padding() {
        assert_eq!(
            layer(
                "eth",
                1,
                "020000000002 0200000000aa 0003 42 42 03 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
            ),
            "\
             Ethernet: IEEE 802.3, Src: 02:00:00:00:00:aa, Dst: 02:00:00:00:00:02 [0..14]\n\
             \x20 Destination: 02:00:00:00:00:02 [0..6]\n\
             \x20   Address: 02:00:00:00:00:02 [0..6]\n\
             \x20   LG bit: Locally administered address [0..3]\n\
             \x20   IG bit: Individual address (unicast) [0..3]\n\
             \x20 Source: 02:00:00:00:00:aa [6..12]\n\
             \x20   Address: 02:00:00:00:00:aa [6..12]\n\
             \x20   LG bit: Locally administered address [6..9]\n\
             \x20   IG bit: Individual address (unicast) [6..9]\n\
             \x20 Length: 3 [12..14]\n\
             \x20 Padding: 000000000000000000000000000000000000000000000000… [17..60]\n\
             \x20 Frame check sequence: 0x00000000 [60..64]\n\
             \x20 Frame check sequence status: not verified: these may be other bytes\n"
        );
    }

    #[test]
    fn four_bytes_behind_a_long_frame_are_a_check_sequence() {
        assert_eq!(
            layer(
                "eth",
                1,
                "020000000002 0200000000aa 0003 42 42 03 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01020304"
            ),
            "\
             Ethernet: IEEE 802.3, Src: 02:00:00:00:00:aa, Dst: 02:00:00:00:00:02 [0..14]\n\
             \x20 Destination: 02:00:00:00:00:02 [0..6]\n\
             \x20   Address: 02:00:00:00:00:02 [0..6]\n\
             \x20   LG bit: Locally administered address [0..3]\n\
             \x20   IG bit: Individual address (unicast) [0..3]\n\
             \x20 Source: 02:00:00:00:00:aa [6..12]\n\
             \x20   Address: 02:00:00:00:00:aa [6..12]\n\
             \x20   LG bit: Locally administered address [6..9]\n\
             \x20   IG bit: Individual address (unicast) [6..9]\n\
             \x20 Length: 3 [12..14]\n\
             \x20 Padding: 000000000000000000000000000000000000000000000000… [17..60]\n\
             \x20 Frame check sequence: 0x01020304 [60..64]\n\
             \x20 Frame check sequence status: not verified: these may be other bytes\n"
        );
    }

    #[test]
    fn neither_length_nor_type() {
        assert_eq!(
            layer("eth", 1, "020000000002 0200000000aa 05dd 616263"),
            "\
             Ethernet: Src: 02:00:00:00:00:aa, Dst: 02:00:00:00:00:02 [0..14]\n\
             \x20 Destination: 02:00:00:00:00:02 [0..6]\n\
             \x20   Address: 02:00:00:00:00:02 [0..6]\n\
             \x20   LG bit: Locally administered address [0..3]\n\
             \x20   IG bit: Individual address (unicast) [0..3]\n\
             \x20 Source: 02:00:00:00:00:aa [6..12]\n\
             \x20   Address: 02:00:00:00:00:aa [6..12]\n\
             \x20   LG bit: Locally administered address [6..9]\n\
             \x20   IG bit: Individual address (unicast) [6..9]\n\
             \x20 Invalid length or type: 0x05dd [12..14]\n\
             \x20   Note: too large for a length, too small for a type\n"
        );
    }

    #[test]
    fn ends_in_the_source() {
        assert_eq!(
            cut("eth", 1, "020000000002 0200", 64),
            "\
             Ethernet [0..6]\n\
             \x20 Destination: 02:00:00:00:00:02 [0..6]\n\
             \x20   Address: 02:00:00:00:00:02 [0..6]\n\
             \x20   LG bit: Locally administered address [0..3]\n\
             \x20   IG bit: Individual address (unicast) [0..3]\n\
             \x20 Note: cut by the capture's size limit inside eth.src\n"
        );
    }
}
