//! Address Resolution Protocol, RFC 826, and its relatives: RARP (RFC 903), InARP (RFC 2390), probes and
//! announcements (RFC 5227).

use crate::{
    ArpClaim, Dissector, FieldDef, Layer, Mac, Next, OsiLayer, Outcome, Selector, Stop, Value,
    link::mac::EtherType, value::named,
};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16},
};
use std::{fmt::Write, net::Ipv4Addr};

/// Address Resolution Protocol.
pub const DISSECTOR: Dissector = Dissector {
    name: "arp",
    label: "Address Resolution Protocol",
    column: "ARP",
    layer: OsiLayer::Network,
    selectors: &[Selector::EtherType(0x0806), Selector::EtherType(0x8035)],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::u16("arp.hw.type").names(&[Hardware::NAMES]),
    FieldDef::hex16("arp.proto.type").names(&[EtherType::NAMES]),
    FieldDef::u8("arp.hw.size"),
    FieldDef::u8("arp.proto.size"),
    FieldDef::u16("arp.opcode").names(&[Opcode::NAMES]),
    FieldDef::flag("arp.isprobe").means("True", "False"),
    FieldDef::flag("arp.isgratuitous").means("True", "False"),
    FieldDef::flag("arp.isannouncement").means("True", "False"),
    FieldDef::mac("arp.src.hw_mac"),
    FieldDef::bytes("arp.src.hw"),
    FieldDef::ipv4("arp.src.proto_ipv4"),
    FieldDef::bytes("arp.src.proto"),
    FieldDef::mac("arp.dst.hw_mac"),
    FieldDef::bytes("arp.dst.hw"),
    FieldDef::ipv4("arp.dst.proto_ipv4"),
    FieldDef::bytes("arp.dst.proto"),
];

named! {
    /// IANA "Address Resolution Protocol Parameters".
    Hardware(u16, Dec) {
        NETROM = 0 => "NET/ROM pseudo",
        ETHERNET = 1 => "Ethernet",
        EXPERIMENTAL_ETHERNET = 2 => "Experimental Ethernet",
        AX25 = 3 => "AX.25",
        PRONET = 4 => "ProNET",
        CHAOS = 5 => "Chaos",
        IEEE802 = 6 => "IEEE 802",
        ARCNET = 7 => "ARCNET",
        HYPERCHANNEL = 8 => "Hyperchannel",
        LANSTAR = 9 => "Lanstar",
        AUTONET = 10 => "Autonet short address",
        LOCALTALK = 11 => "LocalTalk",
        LOCALNET = 12 => "LocalNet",
        ULTRA_LINK = 13 => "Ultra link",
        SMDS = 14 => "SMDS",
        FRAME_RELAY = 15 => "Frame Relay DLCI",
        ATM_1 = 16 => "ATM",
        HDLC = 17 => "HDLC",
        FIBRE_CHANNEL = 18 => "Fibre Channel",
        ATM = 19 => "ATM (RFC 2225)",
        SERIAL = 20 => "Serial line",
        ATM_3 = 21 => "ATM",
        METRICOM = 23 => "Metricom STRIP",
        IEEE1394 = 24 => "IEEE 1394",
        MAPOS = 25 => "MAPOS",
        TWINAXIAL = 26 => "Twinaxial",
        EUI64 = 27 => "EUI-64",
        HIPARP = 28 => "HIPARP",
        ISO7816 = 29 => "IP and ARP over ISO 7816-3",
        ARPSEC = 30 => "ARPSec",
        IPSEC = 31 => "IPsec tunnel",
        INFINIBAND = 32 => "InfiniBand",
    }

    /// IANA "Address Resolution Protocol Parameters".
    Opcode(u16, Dec) {
        REQUEST = 1 => "request",
        REPLY = 2 => "reply",
        REVERSE_REQUEST = 3 => "reverse request",
        REVERSE_REPLY = 4 => "reverse reply",
        DYNAMIC_REQUEST = 5 => "drarp request",
        DYNAMIC_REPLY = 6 => "drarp reply",
        DYNAMIC_ERROR = 7 => "drarp error",
        INVERSE_REQUEST = 8 => "inverse request",
        INVERSE_REPLY = 9 => "inverse reply",
        NAK = 10 => "arp nak",
        MARS_REQUEST = 11 => "mars request",
        MARS_MULTI = 12 => "mars multi",
        MARS_MSERV = 13 => "mars mserv",
        MARS_JOIN = 14 => "mars join",
        MARS_LEAVE = 15 => "mars leave",
        MARS_NAK = 16 => "mars nak",
        MARS_UNSERV = 17 => "mars unserv",
        MARS_SJOIN = 18 => "mars sjoin",
        MARS_SLEAVE = 19 => "mars sleave",
        MARS_GROUP_REQUEST = 20 => "mars grouplist request",
        MARS_GROUP_REPLY = 21 => "mars grouplist reply",
        MARS_REDIRECT = 22 => "mars redirect map",
        MAPOS_UNARP = 23 => "mapos unarp",
        EXPERIMENT_1 = 24 => "experimental 1",
        EXPERIMENT_2 = 25 => "experimental 2",
    }
}

fn dissect(arp: &mut Layer) -> Outcome {
    let hardware = arp.field("arp.hw.type", "Hardware type", be_u16().map(Hardware))?;
    let protocol = arp.field("arp.proto.type", "Protocol type", be_u16().map(EtherType))?;
    let hardware_size = usize::from(arp.field("arp.hw.size", "Hardware size", be_u8())?);
    let protocol_size = usize::from(arp.field("arp.proto.size", "Protocol size", be_u8())?);
    let opcode = arp.field("arp.opcode", "Operation", be_u16().map(Opcode))?;
    arp.limit(2 * (hardware_size + protocol_size));
    arp.title(|| opcode.name().unwrap_or("unknown operation").to_owned());
    arp.column(match opcode {
        Opcode::REVERSE_REQUEST | Opcode::REVERSE_REPLY => "RARP",
        Opcode::DYNAMIC_REQUEST | Opcode::DYNAMIC_REPLY | Opcode::DYNAMIC_ERROR => "DRARP",
        Opcode::INVERSE_REQUEST | Opcode::INVERSE_REPLY => "Inverse ARP",
        Opcode(11..=22) => "MARS",
        Opcode::MAPOS_UNARP => "MAPOS",
        _ => "ARP",
    });

    let kinds = Kinds {
        mac: matches!(hardware, Hardware::ETHERNET | Hardware::IEEE802) && hardware_size == 6,
        ipv4: protocol == EtherType::IPV4 && protocol_size == 4,
    };
    // The kind of request is shown before the addresses that determine it.
    let addresses = Addresses::cut(arp.rest(), hardware_size, protocol_size);
    arp.facts.arp = addresses.and_then(|addresses| addresses.claim(opcode, kinds));
    let purpose = addresses.map_or(Purpose::Plain, |addresses| addresses.purpose(opcode));
    match purpose {
        Purpose::Plain => {}
        Purpose::Probe => arp.computed("arp.isprobe", "Is a probe", || true),
        Purpose::Gratuitous | Purpose::Announcement => {
            arp.computed("arp.isgratuitous", "Is gratuitous", || true);
            if purpose == Purpose::Announcement {
                arp.computed("arp.isannouncement", "Is an announcement", || true);
            }
        }
    }
    arp.info(|| match addresses {
        Some(addresses) => addresses.words(opcode, purpose, kinds),
        None => format!("ARP {}", Value::from(opcode)),
    });

    hardware_address(arp, kinds, hardware_size, SENDER_MAC, SENDER_HARDWARE)?;
    protocol_address(arp, kinds, protocol_size, SENDER_IPV4, SENDER_PROTOCOL)?;
    hardware_address(arp, kinds, hardware_size, TARGET_MAC, TARGET_HARDWARE)?;
    protocol_address(arp, kinds, protocol_size, TARGET_IPV4, TARGET_PROTOCOL)?;
    Ok(Next::Nothing)
}

type NameAndLabel = (&'static str, &'static str);
const SENDER_MAC: NameAndLabel = ("arp.src.hw_mac", "Sender hardware address");
const SENDER_HARDWARE: NameAndLabel = ("arp.src.hw", "Sender hardware address");
const SENDER_IPV4: NameAndLabel = ("arp.src.proto_ipv4", "Sender IP address");
const SENDER_PROTOCOL: NameAndLabel = ("arp.src.proto", "Sender protocol address");
const TARGET_MAC: NameAndLabel = ("arp.dst.hw_mac", "Target hardware address");
const TARGET_HARDWARE: NameAndLabel = ("arp.dst.hw", "Target hardware address");
const TARGET_IPV4: NameAndLabel = ("arp.dst.proto_ipv4", "Target IP address");
const TARGET_PROTOCOL: NameAndLabel = ("arp.dst.proto", "Target protocol address");

/// The kinds of addresses.
#[derive(Clone, Copy)]
struct Kinds {
    mac: bool,
    ipv4: bool,
}

fn hardware_address(
    arp: &mut Layer,
    kinds: Kinds,
    size: usize,
    mac: NameAndLabel,
    other: NameAndLabel,
) -> Result<(), Stop> {
    let (name, label) = if kinds.mac { mac } else { other };
    if size > 0 {
        arp.field_shown(name, label, take(size), |bytes| {
            hardware_value(bytes, kinds)
        })?;
    }
    Ok(())
}

fn protocol_address(
    arp: &mut Layer,
    kinds: Kinds,
    size: usize,
    ipv4: NameAndLabel,
    other: NameAndLabel,
) -> Result<(), Stop> {
    let (name, label) = if kinds.ipv4 { ipv4 } else { other };
    if size > 0 {
        arp.field_shown(name, label, take(size), |bytes| {
            protocol_value(bytes, kinds)
        })?;
    }
    Ok(())
}

fn hardware_value(bytes: &[u8], kinds: Kinds) -> Value {
    match bytes.try_into() {
        Ok(mac) if kinds.mac => Mac(mac).into(),
        _ => bytes.into(),
    }
}

fn protocol_value(bytes: &[u8], kinds: Kinds) -> Value {
    match <[u8; 4]>::try_from(bytes) {
        Ok(address) if kinds.ipv4 => Ipv4Addr::from(address).into(),
        _ => bytes.into(),
    }
}

/// The purpose of a request or reply, where the addresses show it.
#[derive(Clone, Copy, PartialEq)]
enum Purpose {
    Plain,
    /// RFC 5227, section 1.1: asks whether an address is in use, without claiming it.
    Probe,
    /// Announces one's own address without a request.
    Gratuitous,
    /// RFC 5227, section 1.1: a gratuitous request that claims an address.
    Announcement,
}

#[derive(Clone, Copy)]
struct Addresses<'a> {
    sender_hardware: &'a [u8],
    sender: &'a [u8],
    target_hardware: &'a [u8],
    target: &'a [u8],
}

impl<'a> Addresses<'a> {
    fn cut(bytes: &'a [u8], hardware: usize, protocol: usize) -> Option<Self> {
        let (sender_hardware, rest) = bytes.split_at_checked(hardware)?;
        let (sender, rest) = rest.split_at_checked(protocol)?;
        let (target_hardware, rest) = rest.split_at_checked(hardware)?;
        let (target, _) = rest.split_at_checked(protocol)?;
        Some(Addresses {
            sender_hardware,
            sender,
            target_hardware,
            target,
        })
    }

    /// Returns what the sender claims. A probe claims nothing.
    fn claim(&self, opcode: Opcode, kinds: Kinds) -> Option<ArpClaim> {
        let is_arp = matches!(opcode, Opcode::REQUEST | Opcode::REPLY);
        let address = Ipv4Addr::from(<[u8; 4]>::try_from(self.sender).ok()?);
        let mac = Mac(self.sender_hardware.try_into().ok()?);
        let is_claim = is_arp && kinds.ipv4 && kinds.mac && !address.is_unspecified();
        is_claim.then_some(ArpClaim {
            address: address.into(),
            mac,
        })
    }

    fn purpose(&self, opcode: Opcode) -> Purpose {
        let zero = |bytes: &[u8]| bytes.iter().all(|&byte| byte == 0);
        let request = opcode == Opcode::REQUEST;
        if self.sender.is_empty() || !(request || opcode == Opcode::REPLY) {
            Purpose::Plain
        } else if self.sender == self.target {
            match request && zero(self.target_hardware) {
                true => Purpose::Announcement,
                false => Purpose::Gratuitous,
            }
        } else if request && zero(self.sender) && zero(self.target_hardware) {
            Purpose::Probe
        } else {
            Purpose::Plain
        }
    }

    fn words(&self, opcode: Opcode, purpose: Purpose, kinds: Kinds) -> String {
        let hardware = |bytes: &[u8]| match hardware_value(bytes, kinds) {
            Value::Bytes(bytes) => hex(&bytes),
            mac => mac.to_string(),
        };
        let protocol = |bytes: &[u8]| match protocol_value(bytes, kinds) {
            Value::Bytes(bytes) => hex(&bytes),
            ip => ip.to_string(),
        };
        let sender = protocol(self.sender);
        let target = protocol(self.target);
        match (opcode, purpose) {
            (_, Purpose::Announcement) => format!("ARP Announcement for {target}"),
            (_, Purpose::Probe) => format!("Who has {target}? (ARP Probe)"),
            (Opcode::REQUEST, Purpose::Gratuitous) => {
                format!("Gratuitous ARP for {target} (Request)")
            }
            (_, Purpose::Gratuitous) => format!("Gratuitous ARP for {sender} (Reply)"),
            (Opcode::REQUEST, _) => format!("Who has {target}? Tell {sender}"),
            (Opcode::REPLY, _) => format!("{sender} is at {}", hardware(self.sender_hardware)),
            (Opcode::REVERSE_REQUEST | Opcode::DYNAMIC_REQUEST | Opcode::INVERSE_REQUEST, _) => {
                let target = hardware(self.target_hardware);
                format!("Who is {target}? Tell {}", hardware(self.sender_hardware))
            }
            (Opcode::REVERSE_REPLY | Opcode::DYNAMIC_REPLY, _) => {
                format!("{} is at {target}", hardware(self.target_hardware))
            }
            (Opcode::INVERSE_REPLY, _) => {
                format!("{} is at {sender}", hardware(self.sender_hardware))
            }
            (Opcode::DYNAMIC_ERROR, _) => "DRARP Error".to_owned(),
            (Opcode::NAK, _) => "ARP NAK".to_owned(),
            (Opcode(11..=23), _) => format!(
                "{} from {} at {sender}",
                match opcode {
                    Opcode::MAPOS_UNARP => "MAPOS UNARP request",
                    opcode => opcode.name().unwrap_or("MARS"),
                },
                hardware(self.sender_hardware)
            ),
            (Opcode(0 | 65535), _) => format!("Reserved opcode {}", opcode.0),
            _ => format!("Unknown ARP opcode 0x{:04x}", opcode.0),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "<No address>".to_owned();
    }
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, info, layer};

    #[test]
    fn who_has() {
        assert_eq!(
            layer(
                "arp",
                1,
                "020000000002 0200000000aa 0806 0001080006040001 0200000000aa 0a000001 000000000000 0a000002"
            ),
            "\
             Address Resolution Protocol: request [14..42]\n\
             \x20 Hardware type: Ethernet (1) [14..16]\n\
             \x20 Protocol type: IPv4 (0x0800) [16..18]\n\
             \x20 Hardware size: 6 [18..19]\n\
             \x20 Protocol size: 4 [19..20]\n\
             \x20 Operation: request (1) [20..22]\n\
             \x20 Sender hardware address: 02:00:00:00:00:aa [22..28]\n\
             \x20 Sender IP address: 10.0.0.1 [28..32]\n\
             \x20 Target hardware address: 00:00:00:00:00:00 [32..38]\n\
             \x20 Target IP address: 10.0.0.2 [38..42]\n"
        );
    }

    #[test]
    fn an_announcement() {
        assert_eq!(
            layer(
                "arp",
                1,
                "020000000002 0200000000aa 0806 0001080006040001 0200000000aa 0a000001 000000000000 0a000001"
            ),
            "\
             Address Resolution Protocol: request [14..42]\n\
             \x20 Hardware type: Ethernet (1) [14..16]\n\
             \x20 Protocol type: IPv4 (0x0800) [16..18]\n\
             \x20 Hardware size: 6 [18..19]\n\
             \x20 Protocol size: 4 [19..20]\n\
             \x20 Operation: request (1) [20..22]\n\
             \x20 Is gratuitous: True\n\
             \x20 Is an announcement: True\n\
             \x20 Sender hardware address: 02:00:00:00:00:aa [22..28]\n\
             \x20 Sender IP address: 10.0.0.1 [28..32]\n\
             \x20 Target hardware address: 00:00:00:00:00:00 [32..38]\n\
             \x20 Target IP address: 10.0.0.1 [38..42]\n"
        );
    }

    #[test]
    fn other_sizes() {
        assert_eq!(
            layer(
                "arp",
                1,
                "020000000002 0200000000aa 0806 0018080002040002 0102 0a000001 0304 0a000002"
            ),
            "\
             Address Resolution Protocol: reply [14..34]\n\
             \x20 Hardware type: IEEE 1394 (24) [14..16]\n\
             \x20 Protocol type: IPv4 (0x0800) [16..18]\n\
             \x20 Hardware size: 2 [18..19]\n\
             \x20 Protocol size: 4 [19..20]\n\
             \x20 Operation: reply (2) [20..22]\n\
             \x20 Sender hardware address: 0102 [22..24]\n\
             \x20 Sender IP address: 10.0.0.1 [24..28]\n\
             \x20 Target hardware address: 0304 [28..30]\n\
             \x20 Target IP address: 10.0.0.2 [30..34]\n"
        );
    }

    #[test]
    fn ends_in_an_address() {
        assert_eq!(
            cut(
                "arp",
                1,
                "020000000002 0200000000aa 0806 0001080006040001 0200000000aa 0a00",
                64
            ),
            "\
             Address Resolution Protocol: request [14..28]\n\
             \x20 Hardware type: Ethernet (1) [14..16]\n\
             \x20 Protocol type: IPv4 (0x0800) [16..18]\n\
             \x20 Hardware size: 6 [18..19]\n\
             \x20 Protocol size: 4 [19..20]\n\
             \x20 Operation: request (1) [20..22]\n\
             \x20 Sender hardware address: 02:00:00:00:00:aa [22..28]\n\
             \x20 Note: cut by the capture's size limit inside arp.src.proto_ipv4\n"
        );
    }

    /// The texts of the packet list are Wireshark's.
    #[test]
    fn says_what_it_is_for() {
        assert_eq!(
            info(
                1,
                "020000000002 0200000000aa 0806 0001080006040001 0200000000aa 0a000001 000000000000 0a000002"
            ),
            "ARP: Who has 10.0.0.2? Tell 10.0.0.1"
        );
        assert_eq!(
            info(
                1,
                "020000000002 0200000000aa 0806 0001080006040002 0200000000aa 0a000001 000000000000 0a000002"
            ),
            "ARP: 10.0.0.1 is at 02:00:00:00:00:aa"
        );
        assert_eq!(
            info(
                1,
                "020000000002 0200000000aa 0806 0001080006040001 0200000000aa 00000000 000000000000 0a000002"
            ),
            "ARP: Who has 10.0.0.2? (ARP Probe)"
        );
        assert_eq!(
            info(
                1,
                "020000000002 0200000000aa 0806 0001080006040001 0200000000aa 0a000001 000000000000 0a000001"
            ),
            "ARP: ARP Announcement for 10.0.0.1"
        );
        assert_eq!(
            info(
                1,
                "020000000002 0200000000aa 0806 0001080006040001 0200000000aa 0a000001 ffffffffffff 0a000001"
            ),
            "ARP: Gratuitous ARP for 10.0.0.1 (Request)"
        );
        assert_eq!(
            info(
                1,
                "020000000002 0200000000aa 0806 0001080006040002 0200000000aa 0a000001 000000000000 0a000001"
            ),
            "ARP: Gratuitous ARP for 10.0.0.1 (Reply)"
        );
        assert_eq!(
            info(
                1,
                "020000000002 0200000000aa 0806 0001080006040003 0200000000aa 00000000 0200000000aa 00000000"
            ),
            "RARP: Who is 02:00:00:00:00:aa? Tell 02:00:00:00:00:aa"
        );
        assert_eq!(
            info(
                1,
                "020000000002 0200000000aa 0806 0001080006040004 0200000000aa 00000000 0200000000aa 0a000002"
            ),
            "RARP: 02:00:00:00:00:aa is at 10.0.0.2"
        );
    }
}
