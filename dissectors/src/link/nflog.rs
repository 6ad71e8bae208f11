//! Packets that Linux's firewall logs, LINKTYPE_NFLOG: tcpdump.org/linktypes/LINKTYPE_NFLOG.html, and Linux's
//! include/uapi/linux/netfilter/nfnetlink_log.h.

use crate::{
    Dissector, FieldDef, Layer, LinkType, Next, OsiLayer, Outcome, Selector, Stop, Value,
    link::mac::EtherType, value::named,
};
use nom::{
    Parser,
    bytes::take,
    number::{Endianness, be_i32, be_u8, be_u16, be_u32, be_u64, u16},
};

/// Linux netfilter log.
pub const DISSECTOR: Dissector = Dissector {
    name: "nflog",
    label: "Linux netfilter log",
    column: "NFLOG",
    layer: OsiLayer::DataLink,
    selectors: &[Selector::LinkType(LinkType::NFLOG)],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::u8("nflog.family").names(&[Family::NAMES]),
    FieldDef::u8("nflog.version"),
    FieldDef::u16("nflog.res_id"),
    FieldDef::bytes("nflog.tlv"),
    FieldDef::u16("nflog.tlv_length"),
    FieldDef::u16("nflog.tlv_type").names(&[Kind::NAMES]),
    FieldDef::hex16("nflog.protocol").names(&[EtherType::NAMES]),
    FieldDef::u8("nflog.hook").names(&[Hook::NAMES]),
    FieldDef::u32("nflog.ifindex_indev"),
    FieldDef::u32("nflog.ifindex_outdev"),
    FieldDef::u32("nflog.ifindex_physindev"),
    FieldDef::u32("nflog.ifindex_physoutdev"),
    FieldDef::string("nflog.prefix"),
    FieldDef::i32("nflog.uid"),
    FieldDef::i32("nflog.gid"),
    FieldDef::time("nflog.timestamp"),
    FieldDef::bytes("nflog.tlv_value"),
];

named! {
    /// Netfilter's families.
    Family(u8, Dec) {
        UNSPECIFIED = 0 => "Unspecified",
        INET = 1 => "IPv4/IPv6",
        IPV4 = 2 => "IPv4",
        ARP = 3 => "ARP",
        NETDEV = 5 => "Netdev",
        BRIDGE = 7 => "Bridge",
        IPV6 = 10 => "IPv6",
    }
    /// Where in the kernel the rule is.
    Hook(u8, Dec) {
        PRE_ROUTING = 0 => "Pre-routing",
        LOCAL_IN = 1 => "Local in",
        FORWARD = 2 => "Forward",
        LOCAL_OUT = 3 => "Local out",
        POST_ROUTING = 4 => "Post-routing",
    }
    /// The kinds of attributes.
    Kind(u16, Dec) {
        PACKET_HDR = 1 => "NFULA_PACKET_HDR",
        MARK = 2 => "NFULA_MARK",
        TIMESTAMP = 3 => "NFULA_TIMESTAMP",
        IFINDEX_INDEV = 4 => "NFULA_IFINDEX_INDEV",
        IFINDEX_OUTDEV = 5 => "NFULA_IFINDEX_OUTDEV",
        IFINDEX_PHYSINDEV = 6 => "NFULA_IFINDEX_PHYSINDEV",
        IFINDEX_PHYSOUTDEV = 7 => "NFULA_IFINDEX_PHYSOUTDEV",
        HWADDR = 8 => "NFULA_HWADDR",
        PAYLOAD = 9 => "NFULA_PAYLOAD",
        PREFIX = 10 => "NFULA_PREFIX",
        UID = 11 => "NFULA_UID",
        SEQ = 12 => "NFULA_SEQ",
        SEQ_GLOBAL = 13 => "NFULA_SEQ_GLOBAL",
        GID = 14 => "NFULA_GID",
        HWTYPE = 15 => "NFULA_HWTYPE",
        HWHEADER = 16 => "NFULA_HWHEADER",
        HWLEN = 17 => "NFULA_HWLEN",
    }
}

/// An attribute's length and type.
const HEADER: usize = 4;

fn dissect(nflog: &mut Layer) -> Outcome {
    let family = nflog.field("nflog.family", "Family", be_u8().map(Family))?;
    nflog.field("nflog.version", "Version", be_u8())?;
    let group = nflog.field("nflog.res_id", "Group", be_u16())?;
    let words = || format!("{}, group {group}", family.name().unwrap_or("Unknown"));
    nflog.title(words);
    nflog.info(|| format!("NFLOG, {}", words()));
    let order = byte_order(nflog);
    let mut protocol = None;
    // Each attribute takes at least four bytes.
    while nflog.reported() > 0 {
        let (length, kind) = nflog.peek("nflog.tlv_length", (u16(order), u16(order)))?;
        let length = usize::from(length);
        if length < HEADER {
            return nflog.malformed("nflog.tlv_length");
        }
        let kind = Kind(kind & 0x7fff);
        if kind == Kind::PAYLOAD {
            // The kernel puts the packet last.
            let bytes = nflog.ahead(length);
            let rest = nflog.rest();
            nflog.over("nflog.tlv", "Attribute", bytes, || {
                Value::Bytes(rest.get(..bytes.len()).unwrap_or_default().to_vec())
            });
            nflog.text(|| Value::from(kind).to_string());
            let mut end = Ok(());
            match nflog.shows() {
                true => nflog.below(|nflog| end = header(nflog, order)),
                false => end = header(nflog, order),
            }
            end?;
            nflog.limit(length - HEADER);
            return Ok(match (family, protocol) {
                (Family::IPV4, _) => Next::Select(Selector::EtherType(0x0800)),
                (Family::IPV6, _) => Next::Select(Selector::EtherType(0x86dd)),
                (_, Some(protocol)) => Next::Select(Selector::EtherType(protocol)),
                _ => Next::Data,
            });
        }
        nflog.group_with_bytes("nflog.tlv", "Attribute", |nflog| {
            nflog.title(|| Value::from(kind).to_string());
            header(nflog, order)?;
            nflog.within(length - HEADER, |nflog| {
                value(nflog, kind, length - HEADER, &mut protocol)
            })
        })?;
        // They are aligned to four bytes.
        nflog.skip((4 - length % 4) % 4);
    }
    Ok(Next::Nothing)
}

/// The attributes' headers are in the byte order of the host that captured: the one in which their lengths reach the
/// end.
fn byte_order(nflog: &Layer) -> Endianness {
    let reaches = |order: fn([u8; 2]) -> u16| {
        let mut rest = nflog.rest();
        while let Some((&[a, b, ..], _)) = rest.split_first_chunk::<HEADER>() {
            let length = usize::from(order([a, b]));
            if length < HEADER || length > rest.len() + nflog.missing() {
                return false;
            }
            rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        }
        true
    };
    match !reaches(u16::from_le_bytes) && reaches(u16::from_be_bytes) {
        true => Endianness::Big,
        false => Endianness::Little,
    }
}

fn header(nflog: &mut Layer, order: Endianness) -> Result<(), Stop> {
    nflog.field("nflog.tlv_length", "Length", u16(order))?;
    nflog.word("nflog.tlv_type", u16(order), |bits| {
        bits.value("nflog.tlv_type", "Type", 0x7fff, |v| Kind(v as u16));
    })?;
    Ok(())
}

fn value(
    nflog: &mut Layer,
    kind: Kind,
    length: usize,
    protocol: &mut Option<u16>,
) -> Result<(), Stop> {
    match (kind, length) {
        (Kind::PACKET_HDR, 4) => {
            let number = nflog.field("nflog.protocol", "Protocol", be_u16().map(EtherType))?;
            *protocol = Some(number.0);
            nflog.field("nflog.hook", "Hook", be_u8().map(Hook))?;
        }
        (Kind::IFINDEX_INDEV, 4) => {
            nflog.field("nflog.ifindex_indev", "Input interface", be_u32())?;
        }
        (Kind::IFINDEX_OUTDEV, 4) => {
            nflog.field("nflog.ifindex_outdev", "Output interface", be_u32())?;
        }
        (Kind::IFINDEX_PHYSINDEV, 4) => {
            nflog.field("nflog.ifindex_physindev", "Physical input", be_u32())?;
        }
        (Kind::IFINDEX_PHYSOUTDEV, 4) => {
            nflog.field("nflog.ifindex_physoutdev", "Physical output", be_u32())?;
        }
        (Kind::PREFIX, _) => {
            nflog.field_shown("nflog.prefix", "Prefix", take(length), |bytes: &[u8]| {
                let end = bytes.iter().position(|&byte| byte == 0);
                let text = bytes.get(..end.unwrap_or(length)).unwrap_or_default();
                Value::Text(String::from_utf8_lossy(text).into_owned())
            })?;
        }
        (Kind::UID, 4) => _ = nflog.field("nflog.uid", "User", be_i32())?,
        (Kind::GID, 4) => _ = nflog.field("nflog.gid", "Group", be_i32())?,
        (Kind::TIMESTAMP, 16) => {
            nflog.field_shown(
                "nflog.timestamp",
                "Time stamp",
                (be_u64(), be_u64()),
                |(seconds, micros): (u64, u64)| {
                    let nanos = (seconds as i64).saturating_mul(1_000_000_000);
                    Value::Time(nanos.saturating_add((micros as i64).saturating_mul(1000)))
                },
            )?;
        }
        _ => _ = nflog.field("nflog.tlv_value", "Value", take(length))?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn a_packet_of_a_rule() {
        assert_eq!(
            layer(
                "nflog",
                239,
                "02 00 0001 0800 0100 0800 03 00 0700 0a00 707265 00 0800 0b00 000003e8 1400 0300 000000006553f100 00000000000001f4 0500 0800 ff 000000 1800 0900 45000014 00010000 40fd0000 0a000001 0a000002"
            ),
            "\
             Linux netfilter log: IPv4, group 1 [0..60]\n\
             \x20 Family: IPv4 (2) [0..1]\n\
             \x20 Version: 0 [1..2]\n\
             \x20 Group: 1 [2..4]\n\
             \x20 Attribute: NFULA_PACKET_HDR (1) [4..12]\n\
             \x20   Length: 8 [4..6]\n\
             \x20   Type: NFULA_PACKET_HDR (1) [6..8]\n\
             \x20   Protocol: IPv4 (0x0800) [8..10]\n\
             \x20   Hook: Local out (3) [10..11]\n\
             \x20 Attribute: NFULA_PREFIX (10) [12..19]\n\
             \x20   Length: 7 [12..14]\n\
             \x20   Type: NFULA_PREFIX (10) [14..16]\n\
             \x20   Prefix: pre [16..19]\n\
             \x20 Attribute: NFULA_UID (11) [20..28]\n\
             \x20   Length: 8 [20..22]\n\
             \x20   Type: NFULA_UID (11) [22..24]\n\
             \x20   User: 1000 [24..28]\n\
             \x20 Attribute: NFULA_TIMESTAMP (3) [28..48]\n\
             \x20   Length: 20 [28..30]\n\
             \x20   Type: NFULA_TIMESTAMP (3) [30..32]\n\
             \x20   Time stamp: Nov 14, 2023 22:13:20.000500000 UTC [32..48]\n\
             \x20 Attribute: NFULA_HWADDR (8) [48..53]\n\
             \x20   Length: 5 [48..50]\n\
             \x20   Type: NFULA_HWADDR (8) [50..52]\n\
             \x20   Value: ff [52..53]\n\
             \x20 Attribute: NFULA_PAYLOAD (9) [56..80]\n\
             \x20   Length: 24 [56..58]\n\
             \x20   Type: NFULA_PAYLOAD (9) [58..60]\n"
        );
    }

    #[test]
    fn in_the_byte_order_of_its_host() {
        assert_eq!(
            layer(
                "nflog",
                239,
                "0a 00 0001 0008 0005 00000002 0008 0002 00000001"
            ),
            "\
             Linux netfilter log: IPv6, group 1 [0..20]\n\
             \x20 Family: IPv6 (10) [0..1]\n\
             \x20 Version: 0 [1..2]\n\
             \x20 Group: 1 [2..4]\n\
             \x20 Attribute: NFULA_IFINDEX_OUTDEV (5) [4..12]\n\
             \x20   Length: 8 [4..6]\n\
             \x20   Type: NFULA_IFINDEX_OUTDEV (5) [6..8]\n\
             \x20   Output interface: 2 [8..12]\n\
             \x20 Attribute: NFULA_MARK (2) [12..20]\n\
             \x20   Length: 8 [12..14]\n\
             \x20   Type: NFULA_MARK (2) [14..16]\n\
             \x20   Value: 00000001 [16..20]\n"
        );
    }

    #[test]
    fn an_attribute_that_is_too_short() {
        assert_eq!(
            layer("nflog", 239, "02 00 0001 0300 0a00"),
            "\
             Linux netfilter log: IPv4, group 1 [0..4]\n\
             \x20 Family: IPv4 (2) [0..1]\n\
             \x20 Version: 0 [1..2]\n\
             \x20 Group: 1 [2..4]\n\
             \x20 Note: malformed: nflog.tlv_length does not fit\n"
        );
    }

    #[test]
    fn ends_in_an_attribute() {
        assert_eq!(
            cut("nflog", 239, "02 00 0001 0800 0100 0800", 64),
            "\
             Linux netfilter log: IPv4, group 1 [0..10]\n\
             \x20 Family: IPv4 (2) [0..1]\n\
             \x20 Version: 0 [1..2]\n\
             \x20 Group: 1 [2..4]\n\
             \x20 Attribute: NFULA_PACKET_HDR (1) [4..10]\n\
             \x20   Length: 8 [4..6]\n\
             \x20   Type: NFULA_PACKET_HDR (1) [6..8]\n\
             \x20   Protocol: IPv4 (0x0800) [8..10]\n\
             \x20 Note: cut by the capture's size limit inside nflog.hook\n"
        );
    }
}
