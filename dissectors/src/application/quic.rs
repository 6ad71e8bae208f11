//! QUIC, RFC 8999, 9000 and 9369: the parts that are not encrypted.

use crate::{
    Base, Confidence, Dissector, FieldDef, Framing, Layer, MessageInfo, Next, OsiLayer, Outcome,
    PerSide, Place, Selector, Session, Setting, Side, Stop, Value, dissector::Protocol, tail::Tail,
    value::named,
};
use nom::{
    IResult, Parser,
    bytes::take,
    number::{be_u8, be_u32},
};

/// QUIC.
pub const DISSECTOR: Dissector = Dissector {
    name: "quic",
    label: "QUIC",
    column: "QUIC",
    layer: OsiLayer::Application,
    selectors: &[Selector::UdpPort(443)],
    fields: &[FIELDS],
    ..Dissector::of::<Quic>()
};

const FIELDS: &[FieldDef] = &[
    FieldDef::u8("quic.header_form").means("Long", "Short"),
    FieldDef::hex32("quic.version").names(&[Version::NAMES]),
    FieldDef::u32("quic.packet_length"),
    FieldDef::hex8("quic.vn.unused"),
    FieldDef::flag("quic.fixed_bit"),
    FieldDef::u8("quic.long.packet_type_v2").names(&[PacketTypeTwo::NAMES]),
    FieldDef::u8("quic.long.packet_type").names(&[PacketType::NAMES]),
    FieldDef::u8("quic.dcil"),
    FieldDef::bytes("quic.dcid"),
    FieldDef::u8("quic.scil"),
    FieldDef::bytes("quic.scid"),
    FieldDef::hex32("quic.supported_version").names(&[Version::NAMES]),
    FieldDef::bytes("quic.retry_token"),
    FieldDef::bytes("quic.retry_integrity_tag"),
    FieldDef::u64("quic.token_length"),
    FieldDef::bytes("quic.token"),
    FieldDef::u64("quic.length"),
    FieldDef::bytes("quic.remaining_payload"),
    FieldDef::none("quic.short"),
    FieldDef::flag("quic.spin_bit"),
];

struct Quic;

impl Protocol for Quic {
    type Session = Connection;

    fn looks_like(bytes: &[u8], _: Side) -> Confidence {
        match long_header(bytes) {
            Some((version, ..)) if version.is_known() => Confidence::Certain,
            // A short header is hardly recognizable.
            _ => Confidence::Impossible,
        }
    }

    fn begin(setting: &Setting) -> Connection {
        Connection {
            keeps: setting.keeps,
            ..Connection::default()
        }
    }

    /// Reads a packet. Each packet of a datagram is a separate layer.
    fn dissect(quic: &mut Layer, id_length: Option<&u8>) -> Outcome {
        if quic.peek("quic.header_form", be_u8())? & LONG == 0 {
            short(quic, id_length.copied().unwrap_or_default())?;
            return Ok(Next::Nothing);
        }
        long(quic)?;
        match quic.rest().first() {
            // Another packet follows in the datagram, or padding.
            Some(first) if first & (LONG | FIXED) != 0 => Ok(Next::Dissector(&DISSECTOR)),
            Some(_) => {
                let length = quic.rest().len();
                quic.field("", "Filled up with", take(length))?;
                Ok(Next::Nothing)
            }
            None => Ok(Next::Nothing),
        }
    }
}

named! {
    /// RFC 9000, section 17.2.
    PacketType(u8, Dec) {
        INITIAL = 0 => "Initial",
        ZERO_RTT = 1 => "0-RTT",
        HANDSHAKE = 2 => "Handshake",
        RETRY = 3 => "Retry",
    }
    /// RFC 9369, section 3.2.
    PacketTypeTwo(u8, Dec) {
        RETRY = 0 => "Retry",
        INITIAL = 1 => "Initial",
        ZERO_RTT = 2 => "0-RTT",
        HANDSHAKE = 3 => "Handshake",
    }
    /// IANA "QUIC Versions".
    Version(u32, Hex(8)) {
        NEGOTIATION = 0x0000_0000 => "Version Negotiation",
        ONE = 0x0000_0001 => "1",
        TWO = 0x6b33_43cf => "2",
        TWO_DRAFT = 0x709a_50c4 => "draft-ietf-quic-v2",
        MVFST_27 = 0xface_b002 => "Facebook mvfst (draft-27)",
        MVFST = 0xface_b00e => "Facebook mvfst (Experimental)",
    }
}

impl Version {
    /// Returns the number of its draft. Drafts before number 22 have other headers.
    fn draft(self) -> Option<u32> {
        let number = self.0.checked_sub(0xff00_0000)?;
        (22..256).contains(&number).then_some(number)
    }

    fn is_known(self) -> bool {
        self != Version::NEGOTIATION && (self.name().is_some() || self.draft().is_some())
    }

    fn words(self) -> String {
        match self.draft() {
            Some(draft) => format!("draft-{draft} ({:#010x})", self.0),
            None => Value::from(self).to_string(),
        }
    }
}

const LONG: u8 = 0x80;
const FIXED: u8 = 0x40;

/// RFC 9000, section 17.2: the length of the longest connection id.
const MAX_ID: u8 = 20;

/// Version, and the lengths of the destination's and the source's connection ids.
fn long_header(bytes: &[u8]) -> Option<(Version, u8, u8)> {
    let &[first, a, b, c, d, destination, ref rest @ ..] = bytes else {
        return None;
    };
    let version = Version(u32::from_be_bytes([a, b, c, d]));
    let source = *rest.get(usize::from(destination))?;
    let fits = first & LONG != 0 && destination <= MAX_ID && source <= MAX_ID;
    fits.then_some((version, destination, source))
}

/// The lengths of both sides' connection ids: short headers do not contain them.
#[derive(Clone, Default)]
struct Connection {
    keeps: bool,
    /// The length of each side's connection ids.
    lengths: PerSide<u8>,
    /// The length of the connection id of the present datagram's receiver.
    now: u8,
    version: Option<Version>,
    datagrams: Tail<u8>,
}

impl Session for Connection {
    type Context = u8;

    fn frame(&mut self, place: &Place, bytes: &[u8]) -> Framing {
        let long = bytes.first().is_some_and(|first| first & LONG != 0);
        let header = long_header(bytes);
        if long && header.is_none() {
            return Framing::NotRecognized;
        }
        if let Some((version, _, source)) = header {
            self.lengths[place.side] = source;
            if version.is_known() {
                self.version = Some(version);
            }
        }
        self.now = self.lengths[place.side.other()];
        Framing::Complete(bytes.len() as u64)
    }

    fn on_message(&mut self, _: &MessageInfo, _: &mut Vec<crate::Event>) {
        if self.keeps {
            self.datagrams.push_constant(self.now);
        }
    }

    fn context(&self, number: usize) -> Option<u8> {
        self.datagrams.get(number).copied()
    }

    fn evict(&mut self, before: usize) {
        self.datagrams.evict(before);
    }

    fn summary(&self) -> String {
        match self.version {
            Some(version) => format!("QUIC version {}", version.words()),
            None => "QUIC".to_owned(),
        }
    }
}

/// RFC 9000, section 17.2.
fn long(quic: &mut Layer) -> Result<(), Stop> {
    let Some((version, to, from)) = long_header(quic.rest()) else {
        return quic.malformed("quic.version");
    };
    let first = quic.peek("quic.header_form", be_u8())?;
    let kind = match version {
        Version::TWO | Version::TWO_DRAFT => PacketType((first >> 4 & 3).wrapping_sub(1) & 3),
        _ => PacketType(first >> 4 & 3),
    };
    let whole = length(quic.rest(), version, kind, to, from);
    quic.computed("quic.packet_length", "Packet length", || {
        Value::from(whole as u64)
    });
    let negotiates = version == Version::NEGOTIATION;
    quic.word("quic.header_form", be_u8(), |bits| {
        bits.flag_meaning("quic.header_form", "Header", LONG.into(), "Long", "Short");
        if negotiates {
            let unused = |value| Value::Number(value, Base::Hex(2));
            bits.value("quic.vn.unused", "Unused", 0x7f, unused);
            return;
        }
        if kind != PacketType::RETRY {
            bits.flag("quic.fixed_bit", "Fixed bit", FIXED.into());
        }
        match version {
            Version::TWO | Version::TWO_DRAFT => {
                let kind = |value| PacketTypeTwo(value as u8);
                bits.value("quic.long.packet_type_v2", "Packet type", 0x30, kind);
            }
            _ => bits.value("quic.long.packet_type", "Packet type", 0x30, |_| kind),
        }
    })?;
    quic.field_shown("quic.version", "Version", be_u32(), |version| {
        Version(version).into()
    })?;
    quic.text(|| version.words());
    let name = match negotiates {
        true => "Version Negotiation",
        false => kind.name().unwrap_or_default(),
    };
    quic.title(|| name.to_owned());
    quic.field("quic.dcil", "Length of the destination's id", be_u8())?;
    let to = id(quic, "quic.dcid", "Destination's connection id", to)?;
    quic.field("quic.scil", "Length of the source's id", be_u8())?;
    let from = id(quic, "quic.scid", "Source's connection id", from)?;
    quic.info_listed(", ", || {
        let mut words = name.to_owned();
        for (word, id) in [(", DCID=", to), (", SCID=", from)] {
            if !id.is_empty() {
                words.push_str(word);
                words.push_str(&Value::from(id).to_string());
            }
        }
        words
    });
    let behind = quic
        .rest()
        .len()
        .min(whole.saturating_sub(7 + to.len() + from.len()));
    quic.within(behind, |quic| match (negotiates, kind) {
        (true, _) => versions(quic),
        (_, PacketType::RETRY) => retry(quic),
        _ => protected(quic, kind),
    })
}

/// Returns the length of the packet at the beginning of these bytes.
fn length(bytes: &[u8], version: Version, kind: PacketType, to: u8, from: u8) -> usize {
    let all = bytes.len();
    if version == Version::NEGOTIATION || kind == PacketType::RETRY {
        return all;
    }
    let header = 7 + usize::from(to) + usize::from(from);
    let Some(mut rest) = bytes.get(header..) else {
        return all;
    };
    if kind == PacketType::INITIAL {
        let token = number(rest).ok().and_then(|(rest, length)| {
            let length = usize::try_from(length).ok()?;
            rest.get(length..)
        });
        rest = token.unwrap_or_default();
    }
    match number(rest) {
        Ok((rest, length)) if length <= rest.len() as u64 => all - rest.len() + length as usize,
        _ => all,
    }
}

/// Reads a number that contains its own length: RFC 9000, section 16.
fn number(bytes: &[u8]) -> IResult<&[u8], u64> {
    let (_, first) = be_u8().parse_complete(bytes)?;
    let length = 1_usize << (first >> 6);
    let (rest, bytes) = take(length).parse_complete(bytes)?;
    let whole = bytes
        .iter()
        .fold(0, |whole, &byte| whole << 8 | u64::from(byte));
    Ok((rest, whole & !0 >> (64 - (8 * length as u32 - 2))))
}

fn id<'a>(
    quic: &mut Layer<'a, '_>,
    name: &'static str,
    label: &'static str,
    length: u8,
) -> Result<&'a [u8], Stop> {
    match length {
        0 => Ok(&[]),
        _ => quic.field(name, label, take(usize::from(length))),
    }
}

/// RFC 9000, section 17.2.1.
fn versions(quic: &mut Layer) -> Result<(), Stop> {
    while !quic.rest().is_empty() {
        let version =
            quic.field_shown("quic.supported_version", "Speaks", be_u32(), |version| {
                Version(version).into()
            })?;
        quic.text(|| match version & 0x0f0f_0f0f {
            0x0a0a_0a0a => format!("no version, so that others are put up with ({version:#010x})"),
            _ => Version(version).words(),
        });
    }
    Ok(())
}

/// RFC 9000, section 17.2.5.
fn retry(quic: &mut Layer) -> Result<(), Stop> {
    const TAG: usize = 16;
    let length = quic.rest().len().saturating_sub(TAG);
    if length > 0 {
        quic.field("quic.retry_token", "Token", take(length))?;
    }
    let name = "quic.retry_integrity_tag";
    quic.field(name, "Integrity tag", take(TAG)).map(drop)
}

/// Reads the fields before the encrypted part, and that.
fn protected(quic: &mut Layer, kind: PacketType) -> Result<(), Stop> {
    if kind == PacketType::INITIAL {
        let length = quic.field("quic.token_length", "Token length", number)?;
        if length > 0 {
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            quic.field("quic.token", "Token", take(length))?;
        }
    }
    quic.field("quic.length", "Length", number)?;
    encrypted(quic)
}

fn encrypted(quic: &mut Layer) -> Result<(), Stop> {
    let length = quic.rest().len();
    match length {
        0 => Ok(()),
        _ => quic
            .field("quic.remaining_payload", "Encrypted", take(length))
            .map(drop),
    }
}

/// RFC 9000, section 17.3.
fn short(quic: &mut Layer, id_length: u8) -> Result<(), Stop> {
    let length = quic.rest().len();
    let id_length = usize::from(id_length).min(length.saturating_sub(1));
    quic.computed("quic.packet_length", "Packet length", || {
        Value::from(length as u64)
    });
    let (_, id) = quic.peek("quic.dcid", (be_u8(), take(id_length)))?;
    quic.info_listed(", ", || match id.is_empty() {
        true => "Protected Payload".to_owned(),
        false => format!("Protected Payload, DCID={}", Value::from(id)),
    });
    quic.group("quic.short", "Short header", |quic| {
        quic.word("quic.header_form", be_u8(), |bits| {
            bits.flag_meaning("quic.header_form", "Header", LONG.into(), "Long", "Short");
            bits.flag("quic.fixed_bit", "Fixed bit", FIXED.into());
            bits.flag("quic.spin_bit", "Spin bit", 0x20);
        })?;
        if id_length > 0 {
            let name = "quic.dcid";
            quic.field(name, "Destination's connection id", take(id_length))?;
        }
        Ok(())
    })?;
    encrypted(quic)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        MessageContext, Side,
        test_session::Script,
        test_support::{bytes, said, words},
    };

    #[test]
    fn numbers() {
        let value = |hex: &str| number(&bytes(hex)).ok().map(|(_, value)| value);
        // RFC 9000, appendix A.1.
        assert_eq!(value("c2197c5eff14e88c"), Some(151_288_809_941_952_652));
        assert_eq!(value("9d7f3e7d"), Some(494_878_333));
        assert_eq!(value("7bbd"), Some(15_293));
        assert_eq!(value("25"), Some(37));
        assert_eq!(value("c219"), None);
        assert_eq!(value(""), None);
    }

    /// RFC 9000, section 5.1: the length of a connection id is chosen by the endpoint that issues it.
    #[test]
    fn lengths_of_ids() {
        let mut script = Script::new(&DISSECTOR, 443);
        for (side, hex) in [
            (Side::Client, "c1 00000001 01 09 02 0102 00 01 aa"),
            (Side::Server, "c1 00000001 02 0102 03 010203 00 01 aa"),
            (Side::Client, "40 010203 aa"),
            (Side::Server, "40 0102 aa"),
        ] {
            script.datagram(side, 0, &bytes(hex));
        }
        let lengths = script.all_known::<u8>();
        assert_eq!(lengths, [Some(0), Some(2), Some(3), Some(2)]);
    }

    #[test]
    fn two_packets_in_a_datagram() {
        let datagram = bytes(
            "c1 00000001 00 08 f067a5502a4262b5 00 04 aabbccdd
             e0 ff00001d 01 07 00 02 eeff",
        );
        let said = said("quic", Side::Server, &datagram, None);
        assert_eq!(
            said.info,
            "Initial, SCID=f067a5502a4262b5, Handshake, DCID=07"
        );
        for row in [
            "Version: 1 (0x00000001)",
            "Version: draft-29 (0xff00001d)",
            "Packet length: 21",
            "Token length: 0",
            "Encrypted: aabbccdd",
            "Encrypted: eeff",
            "Packet type: Handshake (2)",
        ] {
            assert!(words(&said.tree, row), "{row}\n{}", said.tree);
        }
    }

    #[test]
    fn version_2_numbers_its_types_anew() {
        let datagram = bytes("d3 6b3343cf 00 00 01 55 02 aabb");
        let said = said("quic", Side::Client, &datagram, None);
        assert_eq!(said.info, "Initial");
        assert!(words(&said.tree, "Token: 55"), "{}", said.tree);
        assert!(
            words(&said.tree, "Packet type: Initial (1)"),
            "{}",
            said.tree
        );
    }

    #[test]
    fn negotiation_and_short_headers() {
        let shown = said(
            "quic",
            Side::Server,
            &bytes("80 00000000 00 00 00000001 1a2a3a4a"),
            None,
        );
        assert!(
            words(&shown.tree, "Speaks: 1 (0x00000001)"),
            "{}",
            shown.tree
        );
        let known = MessageContext::new(2_u8);
        let shown = said("quic", Side::Client, &bytes("60 0102 aabb"), Some(known));
        assert_eq!(shown.info, "Protected Payload, DCID=0102");
        assert!(words(&shown.tree, "Spin bit: Set"), "{}", shown.tree);
    }

    #[test]
    fn lengths_that_lie() {
        for hex in [
            "c1 00000001 00 00 00 7fff aa",
            "c1 00000001 00 00 bfffffff aa",
            "c1 00000001 00 00",
        ] {
            let said = said("quic", Side::Client, &bytes(hex), None);
            assert!(said.tree.contains("QUIC"), "{hex}");
        }
        assert_eq!(long_header(&bytes("c1 00000001 15")), None);
        assert_eq!(long_header(&bytes("c1 00000001 02 01")), None);
    }
}
