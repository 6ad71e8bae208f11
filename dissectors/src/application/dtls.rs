//! Datagram Transport Layer Security: the records of RFC 9147, section 4, and RFC 6347, section 4.1.

use crate::{
    Confidence, Dissector, FieldDef, Layer, Next, OsiLayer, Outcome, Selector, Setting, Side, Stop,
    application::{
        message::{Framed, Length},
        tls::names::ContentType,
    },
    dissector::Protocol,
    value::named,
};
use nom::{
    Parser,
    bytes::take,
    combinator::map,
    error::Error,
    number::{be_u8, be_u16, be_u32},
};

/// Datagram Transport Layer Security.
pub const DISSECTOR: Dissector = Dissector {
    name: "dtls",
    label: "Datagram Transport Layer Security",
    column: "DTLS",
    layer: OsiLayer::Presentation,
    selectors: &[
        Selector::UdpPort(443),
        Selector::UdpPort(853),
        Selector::UdpPort(4433),
        Selector::UdpPort(4740),
        Selector::UdpPort(5061),
        Selector::UdpPort(5349),
        Selector::UdpPort(5684),
        Selector::UdpPort(8883),
        Selector::UdpPort(10161),
        Selector::UdpPort(10162),
    ],
    fields: &[FIELDS],
    ..Dissector::of::<Dtls>()
};

const FIELDS: &[FieldDef] = &[
    FieldDef::none("dtls.record"),
    FieldDef::u8("dtls.record.content_type").names(&[ContentType::NAMES]),
    FieldDef::hex16("dtls.record.version").names(&[Version::NAMES]),
    FieldDef::u16("dtls.record.epoch"),
    FieldDef::u64("dtls.record.sequence_number"),
    FieldDef::u16("dtls.record.length"),
];

struct Dtls;

impl Protocol for Dtls {
    type Session = Framed;

    /// A record that is followed by nothing or by another record is certain.
    fn looks_like(bytes: &[u8], _: Side) -> Confidence {
        match record_length(bytes) {
            Some(length) if length == bytes.len() => Confidence::Certain,
            Some(length) if record_length(bytes.get(length..).unwrap_or_default()).is_some() => {
                Confidence::Certain
            }
            Some(_) => Confidence::Possible,
            None => Confidence::Impossible,
        }
    }

    /// Other protocols may use the same ports (RFC 7983).
    fn begin(_: &Setting) -> Framed {
        Framed(|datagram| match record_length(datagram) {
            Some(_) => Length::Complete(datagram.len()),
            None => Length::NotMine,
        })
    }

    fn dissect(dtls: &mut Layer, _: Option<&()>) -> Outcome {
        let mut words = Vec::new();
        while record_length(dtls.rest()).is_some() {
            dtls.group("dtls.record", "Record", |dtls| record(dtls, &mut words))?;
        }
        dtls.info(|| words.join(", "));
        Ok(Next::Nothing)
    }
}

named! {
    /// DTLS has its own version numbers, which count downwards.
    Version(u16, Hex(4)) {
        OLD_OPENSSL = 0x0100 => "DTLS 1.0 (OpenSSL pre 0.9.8f)",
        DTLS_1_0 = 0xfeff => "DTLS 1.0",
        DTLS_1_2 = 0xfefd => "DTLS 1.2",
        DTLS_1_3 = 0xfefc => "DTLS 1.3",
    }
}

/// Type, version, epoch, sequence number and length.
const HEADER: usize = 13;

const HANDSHAKE: u8 = 22;

/// Returns the length of the record at the beginning of these bytes, with its header.
fn record_length(bytes: &[u8]) -> Option<usize> {
    let header = (
        be_u8::<_, Error<&[u8]>>(),
        be_u16(),
        take(8_usize),
        be_u16(),
    );
    let (_, (kind, version, _, length)) = { header }.parse_complete(bytes).ok()?;
    let known = (20..=26).contains(&kind) && matches!(version, 0x0100 | 0xfeff | 0xfefd | 0xfefc);
    known.then_some(HEADER + usize::from(length))
}

fn record(dtls: &mut Layer, words: &mut Vec<&'static str>) -> Result<(), Stop> {
    let kind = dtls.field_shown(
        "dtls.record.content_type",
        "Content type",
        be_u8(),
        |kind| ContentType(kind).into(),
    )?;
    let name = "dtls.record.version";
    let version = dtls.field_shown(name, "Version", be_u16(), |version| Version(version).into())?;
    let epoch = dtls.field("dtls.record.epoch", "Epoch", be_u16())?;
    let sequence = map((be_u16(), be_u32()), |(high, low)| {
        u64::from(high) << 32 | u64::from(low)
    });
    let name = "dtls.record.sequence_number";
    dtls.field(name, "Sequence number", sequence)?;
    let length = dtls.field("dtls.record.length", "Length", be_u16())?;
    dtls.column(match version {
        0xfeff | 0x0100 => "DTLSv1.0",
        0xfefd => "DTLSv1.2",
        0xfefc => "DTLSv1.3",
        _ => "DTLS",
    });
    let kind = match (kind, epoch) {
        (HANDSHAKE, 1..) => "Encrypted Handshake Message",
        _ => ContentType(kind).name().unwrap_or("Unknown"),
    };
    words.push(kind);
    dtls.title(|| kind.to_owned());
    // Records do not span datagrams: missing bytes were cut by the capture.
    dtls.skip(length.into());
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::test_support::{info, layer};

    /// From port 40000 to 4433: two records of which the second is encrypted.
    const RECORDS: &str = "45000041 00000000 40110000 0a000001 0a000002 9c401151 002d0000
        14 fefd 0000 000000000007 0001 01
        16 fefd 0001 000000000000 0009 000102030405060708";

    #[test]
    fn two_records() {
        assert_eq!(
            layer("dtls", 228, RECORDS),
            "\
             Datagram Transport Layer Security [28..64]\n\
             \x20 Record: Change Cipher Spec [28..42]\n\
             \x20   Content type: Change Cipher Spec (20) [28..29]\n\
             \x20   Version: DTLS 1.2 (0xfefd) [29..31]\n\
             \x20   Epoch: 0 [31..33]\n\
             \x20   Sequence number: 7 [33..39]\n\
             \x20   Length: 1 [39..41]\n\
             \x20 Record: Encrypted Handshake Message [42..64]\n\
             \x20   Content type: Handshake (22) [42..43]\n\
             \x20   Version: DTLS 1.2 (0xfefd) [43..45]\n\
             \x20   Epoch: 1 [45..47]\n\
             \x20   Sequence number: 0 [47..53]\n\
             \x20   Length: 9 [53..55]\n"
        );
        let said = "DTLSv1.2: Change Cipher Spec, Encrypted Handshake Message";
        assert_eq!(info(228, RECORDS), said);
    }
}
