//! Border Gateway Protocol 4, RFC 4271.

pub mod attribute;
pub mod community;
pub mod family;
mod fields;
pub mod notification;
pub mod open;
pub mod route;

use crate::{
    Confidence, Dissector, Layer, Next, OsiLayer, Outcome, Selector, Setting, Side, Stop, Value,
    application::message::{Framed, Length},
    dissector::Protocol,
    value::named,
};
use family::{Family, Safi};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16, be_u32},
};

/// Border Gateway Protocol.
pub const DISSECTOR: Dissector = Dissector {
    name: "bgp",
    label: "Border Gateway Protocol",
    column: "BGP",
    layer: OsiLayer::Application,
    selectors: &[Selector::TcpPort(179)],
    fields: &[fields::FIELDS],
    ..Dissector::of::<Bgp>()
};

struct Bgp;

impl Protocol for Bgp {
    type Session = Framed;

    fn looks_like(bytes: &[u8], _: Side) -> Confidence {
        match bytes.get(..MARKER) {
            Some(marker) if marker.iter().all(|&byte| byte == 0xff) => Confidence::Certain,
            _ => Confidence::Impossible,
        }
    }

    fn begin(_: &Setting) -> Framed {
        Framed(message_length)
    }

    fn dissect(bgp: &mut Layer, _: Option<&()>) -> Outcome {
        message(bgp).map(|()| Next::Nothing)
    }
}

named! {
    /// IANA "BGP Message Types".
    MessageType(u8, Dec) {
        OPEN = 1 => "OPEN Message",
        UPDATE = 2 => "UPDATE Message",
        NOTIFICATION = 3 => "NOTIFICATION Message",
        KEEPALIVE = 4 => "KEEPALIVE Message",
        ROUTE_REFRESH = 5 => "ROUTE-REFRESH Message",
        CAPABILITY = 6 => "CAPABILITY Message",
        CISCO_ROUTE_REFRESH = 128 => "Cisco ROUTE-REFRESH Message",
    }
    /// RFC 7313, section 3.2.
    RefreshKind(u8, Dec) {
        REQUEST = 0 => "Request",
        BEGINNING = 1 => "Beginning of the refresh",
        END = 2 => "End of the refresh",
    }
}

const MARKER: usize = 16;
/// Marker, length and type.
const HEADER: usize = MARKER + 3;

/// Returns the length of the message at the beginning of these bytes.
fn message_length(bytes: &[u8]) -> Length {
    if bytes.iter().take(MARKER).any(|&byte| byte != 0xff) {
        return Length::NotMine;
    }
    let Some(&[high, low]) = bytes.get(MARKER..MARKER + 2) else {
        return Length::NeedMore;
    };
    match usize::from(u16::from_be_bytes([high, low])) {
        ..HEADER => Length::NotMine,
        length => Length::Complete(length),
    }
}

fn message(bgp: &mut Layer) -> Result<(), Stop> {
    bgp.field("bgp.marker", "Marker", take(MARKER))?;
    bgp.field("bgp.length", "Length", be_u16())?;
    let kind = bgp.field("bgp.type", "Type", be_u8().map(MessageType))?;
    let said = || match kind.name() {
        Some(name) => name.to_owned(),
        None => format!("Unknown message type {}", kind.0),
    };
    bgp.title(said);
    bgp.info_listed(", ", said);
    match kind {
        MessageType::OPEN => open::read(bgp),
        MessageType::UPDATE => update(bgp),
        MessageType::NOTIFICATION => notification::read(bgp),
        MessageType::ROUTE_REFRESH | MessageType::CISCO_ROUTE_REFRESH => route_refresh(bgp),
        MessageType::CAPABILITY => dynamic_capability(bgp),
        _ => Ok(()),
    }
}

/// RFC 4271, section 4.3.
fn update(bgp: &mut Layer) -> Result<(), Stop> {
    let name = "bgp.update.withdrawn_routes.length";
    let withdrawn = usize::from(bgp.field(name, "Withdrawn routes' length", be_u16())?);
    if withdrawn > 0 {
        bgp.within(withdrawn, |bgp| {
            bgp.group("bgp.update.withdrawn_routes", "Withdrawn routes", |bgp| {
                route::list(bgp, "bgp.withdrawn_prefix")
            })
        })?;
    }
    let name = "bgp.update.path_attributes.length";
    let attributes = usize::from(bgp.field(name, "Path attributes' length", be_u16())?);
    if attributes > 0 {
        bgp.within(attributes, |bgp| {
            bgp.group(
                "bgp.update.path_attributes",
                "Path attributes",
                attribute::list,
            )
        })?;
    }
    if bgp.reported() > 0 {
        bgp.group("bgp.update.nlri", "Reachable routes", |bgp| {
            route::list(bgp, "bgp.nlri_prefix")
        })?;
    }
    Ok(())
}

/// RFC 2918, section 3, and RFC 7313, section 3.2.
fn route_refresh(bgp: &mut Layer) -> Result<(), Stop> {
    bgp.field(
        "bgp.route_refresh.afi",
        "Address family",
        be_u16().map(Family),
    )?;
    let name = "bgp.route_refresh.subtype";
    bgp.field(name, "Subtype", be_u8().map(RefreshKind))?;
    let name = "bgp.route_refresh.safi";
    bgp.field(name, "Subsequent address family", be_u8().map(Safi))?;
    rest(bgp, "", "Route filters")
}

/// draft-ietf-idr-dynamic-cap.
fn dynamic_capability(bgp: &mut Layer) -> Result<(), Stop> {
    while bgp.reported() > 0 {
        bgp.field("bgp.cap.action", "Action", be_u8())?;
        open::capability(bgp)?;
    }
    Ok(())
}

/// Shows the rest, if there is any.
pub fn rest(bgp: &mut Layer, name: &'static str, label: &'static str) -> Result<(), Stop> {
    match bgp.reported() {
        0 => Ok(()),
        left => bgp.field(name, label, take(left)).map(drop),
    }
}

/// A route distinguisher: RFC 4364, section 4.2.
pub fn distinguisher<'a>()
-> impl Parser<&'a [u8], Output = Distinguisher, Error = nom::error::Error<&'a [u8]>> {
    (be_u16(), be_u16(), be_u32()).map(|(kind, high, low)| Distinguisher { kind, high, low })
}

/// A distinguisher separates equal addresses of different networks.
#[derive(Clone, Copy, Debug)]
pub struct Distinguisher {
    kind: u16,
    high: u16,
    low: u32,
}

impl From<Distinguisher> for Value {
    fn from(Distinguisher { kind, high, low }: Distinguisher) -> Value {
        Value::Text(match kind {
            0 => format!("{high}:{low}"),
            1 | 2 => {
                let whole = u32::from(high) << 16 | low >> 16;
                let (whole, number) = (whole, low & 0xffff);
                match kind {
                    1 => format!("{}:{number}", std::net::Ipv4Addr::from(whole)),
                    _ => format!("{whole}:{number}"),
                }
            }
            _ => format!("Unknown (0x{kind:04x}) RD type"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{bytes, cut, info, layer};

    const OPEN: &str = "04 fdea 00b4 0a000001 0e 02 0c 01 04 0001 00 01 41 04 0001 0002";
    const UPDATE: &str = "0000 0053
        40 01 01 00
        40 02 06 02 01 00010002
        c0 08 08 fde90064 ffffff01
        c0 10 08 0002 fdea 00000007
        80 0e 13 0001 80 00 00 68 000641 0000 0001 00000001 0a01
        c0 20 0c 00000001 00000002 00000003
        80 0f 08 0002 01 20 20010db8
        18 c00002";

    /// A segment to or from port 179 with these messages.
    fn segment(messages: &[(u8, &str)]) -> String {
        let mut body = String::new();
        for (kind, content) in messages {
            let length = 19 + bytes(content).len();
            body += &format!("{} {length:04x} {kind:02x} {content}", "ff".repeat(16));
        }
        let length = 40 + bytes(&body).len();
        format!(
            "4500{length:04x} 00000000 40060000 0a000001 0a000002
            00b3d431 00000001 00000001 50180400 00000000 {body}"
        )
    }

    #[test]
    fn two_messages_in_a_segment() {
        let hex = segment(&[(1, OPEN), (4, "")]);
        assert_eq!(info(228, &hex), "BGP: OPEN Message, KEEPALIVE Message");
        assert_eq!(
            layer("bgp", 228, &hex),
            "\
Border Gateway Protocol: OPEN Message [40..83]
  Marker: ffffffffffffffffffffffffffffffff [40..56]
  Length: 43 [56..58]
  Type: OPEN Message (1) [58..59]
  Version: 4 [59..60]
  My AS: 65002 [60..62]
  Hold time: 180 [62..64]
  BGP identifier: 10.0.0.1 [64..68]
  Optional parameters' length: 14 [68..69]
  Optional parameters [69..83]
    Optional parameter: Capability (2) [69..83]
      Type: Capability (2) [69..70]
      Length: 12 [70..71]
      Capability: Multiprotocol extensions (1) [71..77]
        Type: Multiprotocol extensions (1) [71..72]
        Length: 4 [72..73]
        Address family: IPv4 (1) [73..75]
        Reserved: 00 [75..76]
        Subsequent address family: Unicast (1) [76..77]
      Capability: Four-octet AS number (65) [77..83]
        Type: Four-octet AS number (65) [77..78]
        Length: 4 [78..79]
        AS number: 65538 [79..83]
Border Gateway Protocol: KEEPALIVE Message [83..102]
  Marker: ffffffffffffffffffffffffffffffff [83..99]
  Length: 19 [99..101]
  Type: KEEPALIVE Message (4) [101..102]
"
        );
    }

    /// The bits of an attribute's flags are omitted: they are the same everywhere.
    #[test]
    fn an_update() {
        let shown = layer("bgp", 228, &segment(&[(2, UPDATE)]));
        let shown: String = shown
            .split_inclusive('\n')
            .filter(|row| !row.contains("et [") && !row.contains("Unused: 0x00"))
            .collect();
        assert_eq!(
            shown,
            "\
Border Gateway Protocol: UPDATE Message [40..150]
  Marker: ffffffffffffffffffffffffffffffff [40..56]
  Length: 110 [56..58]
  Type: UPDATE Message (2) [58..59]
  Withdrawn routes' length: 0 [59..61]
  Path attributes' length: 83 [61..63]
  Path attributes [63..146]
    Path attribute: ORIGIN (1) [63..67]
      Flags: 0x40 [63..64]
      Type: ORIGIN (1) [64..65]
      Length: 1 [65..66]
      Origin: IGP (0) [66..67]
    Path attribute: AS_PATH (2) [67..76]
      Flags: 0x40 [67..68]
      Type: AS_PATH (2) [68..69]
      Length: 6 [69..70]
      AS path segment: 65538 [70..76]
        Type: AS_SEQUENCE (2) [70..71]
        Number of ASes: 1 [71..72]
        AS: 65538 [72..76]
    Path attribute: COMMUNITIES (8) [76..87]
      Flags: 0xc0 [76..77]
      Type: COMMUNITIES (8) [77..78]
      Length: 8 [78..79]
      Communities [79..87]
        Community: 65001:100 [79..83]
          AS: 65001 [79..81]
          Value: 100 [81..83]
        Community: NO_EXPORT [83..87]
          Well-known: NO_EXPORT (0xffffff01) [83..87]
    Path attribute: EXTENDED_COMMUNITIES (16) [87..98]
      Flags: 0xc0 [87..88]
      Type: EXTENDED_COMMUNITIES (16) [88..89]
      Length: 8 [89..90]
      Extended communities [90..98]
        Extended community: 65002:7 [90..98]
          Type: 0x00 [90..91]
            Authority: assigned by IANA [90..91]
            Across ASes: transitive [90..91]
          Subtype: Route target (0x02) [91..92]
          AS: 65002 [92..94]
          Number: 7 [94..98]
    Path attribute: MP_REACH_NLRI (14) [98..120]
      Flags: 0x80 [98..99]
      Type: MP_REACH_NLRI (14) [99..100]
      Length: 19 [100..101]
      Address family: IPv4 (1) [101..103]
      Subsequent address family: Labeled VPN unicast (128) [103..104]
      Next hop: 00 [104..105]
      Points of attachment: 0 [105..106]
      Reachable routes [106..120]
        Route: 10.1.0.0/16 [106..120]
          Prefix length: 104 [106..107]
          Labels: 100 (bottom) [107..110]
          Route distinguisher: 1:1 [110..118]
          Prefix: 10.1.0.0 [118..120]
    Path attribute: LARGE_COMMUNITY (32) [120..135]
      Flags: 0xc0 [120..121]
      Type: LARGE_COMMUNITY (32) [121..122]
      Length: 12 [122..123]
      Large community: 1:2:3 [123..135]
        Global administrator: 1 [123..127]
        Local data 1: 2 [127..131]
        Local data 2: 3 [131..135]
    Path attribute: MP_UNREACH_NLRI (15) [135..146]
      Flags: 0x80 [135..136]
      Type: MP_UNREACH_NLRI (15) [136..137]
      Length: 8 [137..138]
      Address family: IPv6 (2) [138..140]
      Subsequent address family: Unicast (1) [140..141]
      Withdrawn routes [141..146]
        Route: 2001:db8::/32 [141..146]
          Prefix length: 32 [141..142]
          Prefix: 2001:db8:: [142..146]
  Reachable routes [146..150]
    Route: 192.0.2.0/24 [146..150]
      Prefix length: 24 [146..147]
      Prefix: 192.0.2.0 [147..150]
"
        );
    }

    #[test]
    fn why_a_session_ends() {
        let hex = segment(&[(3, "06 02 04 62796521")]);
        assert_eq!(
            layer("bgp", 228, &hex),
            "\
Border Gateway Protocol: NOTIFICATION Message [40..66]
  Marker: ffffffffffffffffffffffffffffffff [40..56]
  Length: 26 [56..58]
  Type: NOTIFICATION Message (3) [58..59]
  Error: Cease (6) [59..60]
  Minor error: Administrative shutdown (2) [60..61]
  Message's length: 4 [61..62]
  Message: bye! [62..66]
"
        );
    }

    #[test]
    fn lengths() {
        let marker = "ff".repeat(16);
        for (hex, length) in [
            ("ffff".to_owned(), Length::NeedMore),
            ("fffe".to_owned(), Length::NotMine),
            (format!("{marker} 0013 04 ff"), Length::Complete(19)),
            (format!("{marker} 0012 04"), Length::NotMine),
            (format!("{marker} 0014 04"), Length::Complete(20)),
        ] {
            assert_eq!(message_length(&bytes(&hex)), length, "{hex}");
        }
    }

    #[test]
    fn cut_inside_an_attribute() {
        let hex = segment(&[(2, "0000 0007 40 03 04 0a000001")]);
        let digits = bytes(&hex).len() as u32;
        let shown = cut("bgp", 228, &hex[..hex.len() - 4], digits);
        assert_eq!(
            shown,
            "\
Border Gateway Protocol: UPDATE Message [40..68]
  Marker: ffffffffffffffffffffffffffffffff [40..56]
  Length: 30 [56..58]
  Type: UPDATE Message (2) [58..59]
  Withdrawn routes' length: 0 [59..61]
  Path attributes' length: 7 [61..63]
  Path attributes [63..68]
    Path attribute: NEXT_HOP (3) [63..68]
      Flags: 0x40 [63..64]
        Optional: Not set [63..64]
        Transitive: Set [63..64]
        Partial: Not set [63..64]
        Extended length: Not set [63..64]
        Unused: 0x00 [63..64]
      Type: NEXT_HOP (3) [64..65]
      Length: 4 [65..66]
  Note: cut by the capture's size limit inside bgp.update.path_attribute.next_hop
"
        );
    }
}
