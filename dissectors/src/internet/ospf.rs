//! Open Shortest Path First: version 2 RFC 2328, version 3 RFC 5340.

mod extended;
mod fields;
mod lls;
mod lsa;
mod lsa_v3;
mod message;
mod opaque;
mod options;
mod traffic;

use crate::{
    Dissector, Group, Hex, Layer, Next, OsiLayer, Outcome, Selector, Severity, Stop, Value,
    checksum::{self, Status},
    internet::address,
    value::named,
};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16, be_u32, be_u64},
};

/// Open Shortest Path First.
pub const DISSECTOR: Dissector = Dissector {
    name: "ospf",
    label: "Open Shortest Path First",
    column: "OSPF",
    layer: OsiLayer::Network,
    selectors: &[Selector::IpProtocol(PROTOCOL)],
    fields: &[fields::FIELDS],
    dissect,
    session: None,
};

const PROTOCOL: u8 = 89;

named! {
    /// RFC 2328, section A.3.1.
    Message(u8, Dec) {
        HELLO = 1 => "Hello Packet",
        DESCRIPTION = 2 => "DB Description",
        REQUEST = 3 => "LS Request",
        UPDATE = 4 => "LS Update",
        ACKNOWLEDGE = 5 => "LS Acknowledge",
    }

    /// RFC 2328, appendix D.
    Authentication(u16, Dec) {
        NONE = 0 => "Null",
        PASSWORD = 1 => "Simple password",
        DIGEST = 2 => "Cryptographic",
    }

    /// RFC 7166, section 4.1.
    Trailer(u16, Dec) {
        RESERVED = 0 => "Reserved",
        HMAC = 1 => "HMAC Cryptographic Authentication",
    }
}

/// The version of OSPF, on which nearly every format depends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    /// Version 2, for IPv4.
    V2,
    /// Version 3, and whether its prefixes are of IPv4: RFC 5838.
    V3 { ipv4: bool },
}

/// The length of the header: in version 2 with the authentication, which the checksum leaves out.
const HEADER_V2: usize = 24;
const HEADER_V3: usize = 16;
/// The position of the authentication in the header of version 2.
const AUTHENTICATION: std::ops::Range<usize> = 16..24;

/// What the header determines for the rest.
struct Header {
    version: Version,
    message: Message,
    /// Without a digest, a link-local signaling block or an authentication trailer.
    length: usize,
    /// The length of the digest after the packet.
    digest: usize,
}

/// The blocks after the packet, as its options announce them.
#[derive(Clone, Copy, Default)]
struct Behind {
    /// A block of link-local signaling: RFC 5613.
    signaling: bool,
    /// An authentication trailer: RFC 7166.
    trailer: bool,
}

fn dissect(ospf: &mut Layer) -> Outcome {
    if !ospf.tells() {
        return Ok(Next::Nothing);
    }
    let Some(header) = ospf.group("ospf.header", "Header", header)? else {
        return Ok(Next::Nothing);
    };
    let body = header.length.saturating_sub(match header.version {
        Version::V2 => HEADER_V2,
        Version::V3 { .. } => HEADER_V3,
    });
    let behind = ospf.within(body, |ospf| message::read(ospf, &header))?;
    ospf.skip(header.digest);
    if behind.signaling {
        lls::read(ospf, header.version)?;
    }
    if behind.trailer {
        trailer(ospf)?;
    }
    Ok(Next::Nothing)
}

/// Returns nothing where the version is not known.
fn header(ospf: &mut Layer) -> Result<Option<Header>, Stop> {
    let version = ospf.field("ospf.version", "Version", be_u8())?;
    let message = ospf.field("ospf.msg", "Message type", be_u8().map(Message))?;
    let said = move || match message.name() {
        Some(name) => name.to_owned(),
        None => format!("Unknown ({})", message.0),
    };
    ospf.info(said);
    let length = usize::from(ospf.field("ospf.packet_length", "Packet length", be_u16())?);
    let router = ospf.field("ospf.srcrouter", "Source router", address::ipv4())?;
    let area = ospf.field("ospf.area_id", "Area ID", address::ipv4())?;
    if area.is_unspecified() {
        ospf.text(|| format!("{area}, the backbone"));
    }
    ospf.title(|| {
        format!(
            "version {version}, {}, router {router}, area {area}",
            said()
        )
    });
    let sum = ospf
        .field("ospf.checksum", "Checksum", be_u16().map(Hex))?
        .0;
    let mut digest = 0;
    let version = match version {
        2 => {
            let name = "ospf.auth.type";
            let kind = ospf.aside(|ospf| ospf.word(name, be_u16(), |_| {}))?;
            if Authentication(kind) != Authentication::DIGEST {
                verify_v2(ospf, length, sum);
            }
            digest = authentication(ospf, length)?;
            Version::V2
        }
        3 => {
            verify_v3(ospf, length, sum);
            let instance = ospf.field("ospf.instance_id", "Instance ID", be_u8())?;
            ospf.text(|| format!("{} ({instance})", family(instance)));
            ospf.field("ospf.reserved", "Reserved", take(1_usize))?;
            Version::V3 {
                ipv4: (64..128).contains(&instance),
            }
        }
        _ => {
            ospf.note(Severity::Warning, || {
                format!("version {version} is not known")
            });
            return Ok(None);
        }
    };
    Ok(Some(Header {
        version,
        message,
        length,
        digest,
    }))
}

/// RFC 5838, section 2.1.
fn family(instance: u8) -> &'static str {
    match instance {
        0..32 => "IPv6 unicast",
        32..64 => "IPv6 multicast",
        64..96 => "IPv4 unicast",
        96..128 => "IPv4 multicast",
        128.. => "Reserved",
    }
}

/// RFC 2328, section D.4: the sum leaves out the authentication.
fn verify_v2(ospf: &mut Layer, length: usize, sum: u16) {
    say(ospf, sum, |ospf| {
        let bytes = ospf.layer_bytes().get(..length)?;
        let parts = [
            bytes.get(..AUTHENTICATION.start)?,
            bytes.get(AUTHENTICATION.end..)?,
        ];
        Some(checksum::verify(&parts, sum))
    });
}

/// RFC 5340, section A.3.1.
fn verify_v3(ospf: &mut Layer, length: usize, sum: u16) {
    say(ospf, sum, |ospf| {
        let bytes = ospf.layer_bytes().get(..length)?;
        let pseudo = checksum::pseudo_header(ospf.network()?, PROTOCOL, length);
        Some(checksum::verify(&[&pseudo, bytes], sum))
    });
}

/// Shows after the checksum whether it is right.
fn say(ospf: &mut Layer, sum: u16, verify: impl FnOnce(&Layer) -> Option<Status>) {
    if !ospf.shows() || ospf.is_quoted() {
        return;
    }
    match verify(ospf) {
        Some(Status::Good) => ospf.text(|| format!("0x{sum:04x}, good")),
        Some(Status::Bad(expected)) => ospf.note_of(Group::Checksum, Severity::Error, || {
            format!("bad checksum: 0x{sum:04x}, the bytes add up to 0x{expected:04x}")
        }),
        _ => ospf.text(|| format!("0x{sum:04x}, cannot say: not all bytes were captured")),
    }
}

/// RFC 2328, appendix D. Returns the length of the digest after the packet.
fn authentication(ospf: &mut Layer, length: usize) -> Result<usize, Stop> {
    let kind = ospf.field(
        "ospf.auth.type",
        "Authentication",
        be_u16().map(Authentication),
    )?;
    match kind {
        Authentication::NONE => {
            ospf.field("ospf.auth.none", "Authentication data", take(8_usize))?;
        }
        Authentication::PASSWORD => {
            ospf.field_shown("ospf.auth.simple", "Password", take(8_usize), opaque::text)?;
            ospf.note(Severity::Warning, || "a password in clear text".to_owned());
        }
        Authentication::DIGEST => {
            ospf.skip(2);
            ospf.field("ospf.auth.crypt.key_id", "Key ID", be_u8())?;
            let name = "ospf.auth.crypt.data_length";
            let digest = usize::from(ospf.field(name, "Digest length", be_u8())?);
            ospf.field("ospf.auth.crypt.seq_nbr", "Sequence number", be_u32())?;
            if digest > 0 {
                ospf.aside(|ospf| {
                    ospf.skip(length.saturating_sub(HEADER_V2));
                    ospf.field("ospf.auth.crypt.data", "Digest", take(digest))
                })?;
            }
            return Ok(digest);
        }
        _ => {
            ospf.field("ospf.auth.unknown", "Authentication data", take(8_usize))?;
        }
    }
    Ok(0)
}

/// RFC 7166, section 4.1.
fn trailer(ospf: &mut Layer) -> Result<(), Stop> {
    /// The length up to the digest.
    const FIXED: usize = 16;
    ospf.group("ospf.at", "Authentication trailer", |ospf| {
        let name = "ospf.at.auth_type";
        let kind = ospf.field(name, "Authentication type", be_u16().map(Trailer))?;
        ospf.title(|| Value::from(kind).to_string());
        let length = usize::from(ospf.field("ospf.at.auth_data_len", "Length", be_u16())?);
        ospf.field("ospf.at.reserved", "Reserved", be_u16().map(Hex))?;
        ospf.field("ospf.at.sa_id", "Security association", be_u16().map(Hex))?;
        ospf.field("ospf.at.crypto_seq_nbr", "Sequence number", be_u64())?;
        if length < FIXED {
            return ospf.malformed("ospf.at.auth_data_len");
        }
        ospf.field("ospf.at.auth_data", "Digest", take(length - FIXED))?;
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn a_hello_with_a_password() {
        let hex = "45000040 00010000 0159cf5e 0a000001 e0000005 0201002c 01010101 00000000
             e6980001 70617373 77640000 ffffff00 000a0201 00000028 0a000001 0a000002";
        assert_eq!(
            layer("ospf", 228, hex),
            "\
Open Shortest Path First [20..64]
  Header: version 2, Hello Packet, router 1.1.1.1, area 0.0.0.0 [20..44]
    Version: 2 [20..21]
    Message type: Hello Packet (1) [21..22]
    Packet length: 44 [22..24]
    Source router: 1.1.1.1 [24..28]
    Area ID: 0.0.0.0, the backbone [28..32]
    Checksum: 0xe698, good [32..34]
    Authentication: Simple password (1) [34..36]
    Password: passwd [36..44]
      Note: a password in clear text
  Hello [44..64]
    Network mask: 255.255.255.0 [44..48]
    Hello interval: 10 s [48..50]
    Options: 0x02 [50..51]
      Down: Not set [50..51]
      Opaque advertisements: Not set [50..51]
      Demand circuits: Not set [50..51]
      Link-local signaling: Not set [50..51]
      NSSA: Not set [50..51]
      Multicast: Not set [50..51]
      External routing: Set [50..51]
      Multi-topology routing: Not set [50..51]
    Router priority: 1 [51..52]
    Router dead interval: 40 s [52..56]
    Designated router: 10.0.0.1 [56..60]
    Backup designated router: 10.0.0.2 [60..64]
"
        );
    }

    /// RFC 2328, section D.4.3.
    #[test]
    fn a_digest_behind_a_hello() {
        let hex = "45000050 00010000 0159cf4e 0a000001 e0000005 0201002c 01010101 00000000
             00000002 00000710 00000123 ffffff00 000a0201 00000028 0a000001 0a000002
             00112233 44556677 8899aabb ccddeeff";
        assert_eq!(
            layer("ospf", 228, hex),
            "\
Open Shortest Path First [20..80]
  Header: version 2, Hello Packet, router 1.1.1.1, area 0.0.0.0 [20..44]
    Version: 2 [20..21]
    Message type: Hello Packet (1) [21..22]
    Packet length: 44 [22..24]
    Source router: 1.1.1.1 [24..28]
    Area ID: 0.0.0.0, the backbone [28..32]
    Checksum: 0x0000 [32..34]
    Authentication: Cryptographic (2) [34..36]
    Key ID: 7 [38..39]
    Digest length: 16 [39..40]
    Sequence number: 291 [40..44]
    Digest: 00112233445566778899aabbccddeeff [64..80]
  Hello [44..64]
    Network mask: 255.255.255.0 [44..48]
    Hello interval: 10 s [48..50]
    Options: 0x02 [50..51]
      Down: Not set [50..51]
      Opaque advertisements: Not set [50..51]
      Demand circuits: Not set [50..51]
      Link-local signaling: Not set [50..51]
      NSSA: Not set [50..51]
      Multicast: Not set [50..51]
      External routing: Set [50..51]
      Multi-topology routing: Not set [50..51]
    Router priority: 1 [51..52]
    Router dead interval: 40 s [52..56]
    Designated router: 10.0.0.1 [56..60]
    Backup designated router: 10.0.0.2 [60..64]
"
        );
    }

    /// RFC 7166, section 4.1.
    #[test]
    fn an_authentication_trailer() {
        let hex = "60000000 004c5901 fe800000 00000000 00000000 00000001 ff020000 00000000
             00000000 00000005 03010028 02020202 00000001 e9700000 00000005 01000413
             000a0028 01010101 02020202 03030303 00010024 00000005 00000000 00000007
             bbbbbbbb bbbbbbbb bbbbbbbb bbbbbbbb bbbbbbbb";
        assert_eq!(
            layer("ospf", 229, hex),
            "\
Open Shortest Path First [40..116]
  Header: version 3, Hello Packet, router 2.2.2.2, area 0.0.0.1 [40..56]
    Version: 3 [40..41]
    Message type: Hello Packet (1) [41..42]
    Packet length: 40 [42..44]
    Source router: 2.2.2.2 [44..48]
    Area ID: 0.0.0.1 [48..52]
    Checksum: 0xe970, good [52..54]
    Instance ID: IPv6 unicast (0) [54..55]
    Reserved: 00 [55..56]
  Hello [56..80]
    Interface ID: 5 [56..60]
    Router priority: 1 [60..61]
    Options: 0x000413 [61..64]
      Authentication trailer: Set [61..64]
      Link-local signaling: Not set [61..64]
      Address families: Not set [61..64]
      Demand circuits: Not set [61..64]
      Router: Set [61..64]
      NSSA: Not set [61..64]
      Multicast: Not set [61..64]
      External routing: Set [61..64]
      IPv6 routing: Set [61..64]
    Hello interval: 10 s [64..66]
    Router dead interval: 40 s [66..68]
    Designated router: 1.1.1.1 [68..72]
    Backup designated router: 2.2.2.2 [72..76]
    Neighbor: 3.3.3.3 [76..80]
  Authentication trailer: HMAC Cryptographic Authentication (1) [80..116]
    Authentication type: HMAC Cryptographic Authentication (1) [80..82]
    Length: 36 [82..84]
    Reserved: 0x0000 [84..86]
    Security association: 0x0005 [86..88]
    Sequence number: 7 [88..96]
    Digest: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb [96..116]
"
        );
    }

    #[test]
    fn an_unknown_version() {
        let hex = "45000024 00010000 0159cf7a 0a000001 e0000005 0401002c 01010101 00000000
             00000000";
        assert_eq!(
            layer("ospf", 228, hex),
            "\
Open Shortest Path First [20..34]
  Header: version 4, Hello Packet, router 1.1.1.1, area 0.0.0.0 [20..34]
    Version: 4 [20..21]
    Message type: Hello Packet (1) [21..22]
    Packet length: 44 [22..24]
    Source router: 1.1.1.1 [24..28]
    Area ID: 0.0.0.0, the backbone [28..32]
    Checksum: 0x0000 [32..34]
      Note: version 4 is not known
"
        );
    }

    #[test]
    fn cut_in_the_header() {
        let hex = "45000040 00010000 0159cf5e 0a000001 e0000005 0201002c 01010101 00000000
             e6990000 00000000";
        assert_eq!(
            cut("ospf", 228, hex, 64),
            "\
Open Shortest Path First [20..36]
  Header: version 2, Hello Packet, router 1.1.1.1, area 0.0.0.0 [20..36]
    Version: 2 [20..21]
    Message type: Hello Packet (1) [21..22]
    Packet length: 44 [22..24]
    Source router: 1.1.1.1 [24..28]
    Area ID: 0.0.0.0, the backbone [28..32]
    Checksum: 0xe699, cannot say: not all bytes were captured [32..34]
    Authentication: Null (0) [34..36]
  Note: cut by the capture's size limit inside ospf.auth.none
"
        );
    }
}
