//! Routing Information Protocol: version 1 RFC 1058, version 2 RFC 2453, its authentication RFC 2082 and RFC 4822.

use crate::{
    Dissector, FieldDef, Layer, Next, OsiLayer, Outcome, Selector, Severity, Stop, Value,
    internet::address, value::named,
};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16, be_u32},
};

/// Routing Information Protocol.
pub const DISSECTOR: Dissector = Dissector {
    name: "rip",
    label: "Routing Information Protocol",
    column: "RIP",
    layer: OsiLayer::Application,
    selectors: &[Selector::UdpPort(520)],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::u8("rip.command").names(&[Command::NAMES]),
    FieldDef::u8("rip.version").names(&[Version::NAMES]),
    FieldDef::u16("rip.family").names(&[Family::NAMES]),
    FieldDef::u16("rip.route_tag"),
    FieldDef::ipv4("rip.ip"),
    FieldDef::ipv4("rip.netmask"),
    FieldDef::ipv4("rip.next_hop"),
    FieldDef::u32("rip.metric"),
    FieldDef::u16("rip.auth.type").names(&[Authentication::NAMES]),
    FieldDef::string("rip.auth.passwd"),
    FieldDef::u16("rip.digest_offset"),
    FieldDef::u8("rip.key_id"),
    FieldDef::u8("rip.auth_data_len"),
    FieldDef::u32("rip.seq_num"),
    FieldDef::string("rip.zero_padding"),
    FieldDef::bytes("rip.authentication_data"),
];

named! {
    /// RFC 1058, section 3.1.
    Command(u8, Dec) {
        REQUEST = 1 => "Request",
        RESPONSE = 2 => "Response",
        TRACE_ON = 3 => "Traceon",
        TRACE_OFF = 4 => "Traceoff",
        SUN = 5 => "Vendor specific (Sun)",
    }

    /// RFC 2453, section 4.
    Version(u8, Dec) {
        V1 = 1 => "RIPv1",
        V2 = 2 => "RIPv2",
    }

    /// RFC 2453, section 3.6, with the mark of an authentication entry.
    Family(u16, Dec) {
        ANY = 0 => "Unspecified",
        IP = 2 => "IP",
        AUTHENTICATION = 0xffff => "Authentication",
    }

    /// RFC 2453, section 4.1; RFC 2082, section 3.2.
    Authentication(u16, Dec) {
        DATA = 1 => "IP Route",
        PASSWORD = 2 => "Simple Password",
        DIGEST = 3 => "Keyed Message Digest",
    }
}

/// The length of a route or another entry, bytes.
const ENTRY: usize = 20;

/// The metric of an unreachable network: RFC 2453, section 3.6.
const INFINITY: u32 = 16;

fn dissect(rip: &mut Layer) -> Outcome {
    let command = rip.field("rip.command", "Command", be_u8().map(Command))?;
    let said = || match command.name() {
        Some(name) => name.to_owned(),
        None => format!("Unknown command ({})", command.0),
    };
    rip.info(said);
    let version = rip.field("rip.version", "Version", be_u8().map(Version))?;
    if let Some(name) = version.name() {
        rip.column(name);
    }
    rip.title(|| {
        format!(
            "{}, {}",
            version.name().unwrap_or("unknown version"),
            said()
        )
    });
    rip.skip(2);
    let mut first = true;
    let mut trailer = 0;
    while rip.reported() > trailer {
        let family = peek(rip)?;
        match family {
            Family::ANY | Family::IP => {
                rip.group("", "Route", |rip| route(rip, family, version))?;
            }
            Family::AUTHENTICATION if first => trailer = authentication(rip)?,
            // The digest that the first entry announced; it was shown with that.
            Family::AUTHENTICATION if trailer > 0 && rip.reported() == ENTRY => rip.skip(ENTRY),
            _ => {
                rip.group("", "Unknown entry", |rip| {
                    rip.title(|| format!("address family {}", family.0));
                    rip.skip(ENTRY);
                    Ok(())
                })?;
                rip.note(Severity::Warning, || {
                    format!("address family {} is not known", family.0)
                });
            }
        }
        first = false;
    }
    rip.skip(trailer);
    Ok(Next::Nothing)
}

/// Returns the address family of the next entry, without reading it.
fn peek(rip: &mut Layer) -> Result<Family, Stop> {
    rip.aside(|rip| rip.word("rip.family", be_u16(), |_| {}))
        .map(Family)
}

/// RFC 2453, section 4. Version 1 has zeros where version 2 has further fields.
fn route(rip: &mut Layer, family: Family, version: Version) -> Result<(), Stop> {
    rip.field("rip.family", "Address family", be_u16().map(Family))?;
    let v2 = version == Version::V2;
    match v2 {
        true => drop(rip.field("rip.route_tag", "Route tag", be_u16())?),
        false => rip.skip(2),
    };
    let to = match family {
        Family::IP => Some(rip.field("rip.ip", "IP address", address::ipv4())?),
        _ => {
            rip.skip(4);
            None
        }
    };
    if v2 {
        rip.field("rip.netmask", "Netmask", address::ipv4())?;
        rip.field("rip.next_hop", "Next hop", address::ipv4())?;
    } else {
        rip.skip(8);
    }
    let metric = rip.field("rip.metric", "Metric", be_u32())?;
    if metric == INFINITY && to.is_some() {
        rip.text(|| format!("{INFINITY}, unreachable"));
    }
    rip.title(|| match to {
        Some(to) => format!("{to}, metric {metric}"),
        None if metric == INFINITY => "all routes are asked for".to_owned(),
        None => format!("no address, metric {metric}"),
    });
    Ok(())
}

/// Reads the entry that authenticates all others. Returns the length of the digest after them.
fn authentication(rip: &mut Layer) -> Result<usize, Stop> {
    rip.group("", "Authentication", |rip| {
        rip.skip(2);
        let name = "rip.auth.type";
        let kind = rip.field(name, "Authentication type", be_u16().map(Authentication))?;
        rip.title(|| Value::from(kind).to_string());
        match kind {
            Authentication::PASSWORD => {
                rip.field_shown("rip.auth.passwd", "Password", take(16_usize), text)?;
                rip.note(Severity::Warning, || "a password in clear text".to_owned());
                Ok(0)
            }
            Authentication::DIGEST => digest(rip),
            _ => {
                rip.skip(ENTRY - 4);
                Ok(0)
            }
        }
    })
}

/// RFC 2082, section 3.2.1. The digest itself follows the routes, section 3.2.2.
fn digest(rip: &mut Layer) -> Result<usize, Stop> {
    let offset = rip.field("rip.digest_offset", "Digest offset", be_u16())?;
    rip.field("rip.key_id", "Key ID", be_u8())?;
    let length = rip.field("rip.auth_data_len", "Authentication data length", be_u8())?;
    rip.field("rip.seq_num", "Sequence number", be_u32())?;
    rip.field_shown("rip.zero_padding", "Zero padding", take(8_usize), text)?;
    let behind = (rip.layer_start() + u32::from(offset)).checked_sub(rip.offset());
    let Some(behind) = behind else {
        rip.note(Severity::Error, || {
            format!("the digest cannot stand at {offset}")
        });
        return Ok(length.into());
    };
    rip.aside(|rip| {
        rip.skip(behind as usize);
        rip.group("", "Authentication trailer", |rip| {
            rip.skip(4);
            let left = rip.reported();
            rip.field("rip.authentication_data", "Digest", take(left.max(1)))
        })
    })?;
    Ok(length.into())
}

/// Text up to the first zero.
fn text(bytes: &[u8]) -> Value {
    let bytes = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
    Value::Text(String::from_utf8_lossy(bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, info, layer};

    const RESPONSE: &str = "45000048 00000000 40110000 0a000001 e0000009 02080208 00340000
        02020000 ffff0002 73657372 65740000 00000000 00000000
        00020007 0a000000 ff000000 01020304 00000003";

    #[test]
    fn a_route_behind_a_password() {
        assert_eq!(info(228, RESPONSE), "RIPv2: Response");
        assert_eq!(
            layer("rip", 228, RESPONSE),
            "\
Routing Information Protocol: RIPv2, Response [28..72]
  Command: Response (2) [28..29]
  Version: RIPv2 (2) [29..30]
  Authentication: Simple Password (2) [32..52]
    Authentication type: Simple Password (2) [34..36]
    Password: sesret [36..52]
      Note: a password in clear text
  Route: 10.0.0.0, metric 3 [52..72]
    Address family: IP (2) [52..54]
    Route tag: 7 [54..56]
    IP address: 10.0.0.0 [56..60]
    Netmask: 255.0.0.0 [60..64]
    Next hop: 1.2.3.4 [64..68]
    Metric: 3 [68..72]
"
        );
    }

    /// RFC 2082, section 3.2.1.
    #[test]
    fn a_digest_behind_the_routes() {
        let hex = "4500005c 00000000 40110000 0a000001 e0000009 02080208 00480000
            02020000 ffff0003 002c0114 00000005 00000000 00000000
            00020000 0a000000 ff000000 00000000 00000010
            ffff0001 00112233 44556677 8899aabb ccddeeff";
        assert_eq!(
            layer("rip", 228, hex),
            "\
Routing Information Protocol: RIPv2, Response [28..92]
  Command: Response (2) [28..29]
  Version: RIPv2 (2) [29..30]
  Authentication: Keyed Message Digest (3) [32..52]
    Authentication type: Keyed Message Digest (3) [34..36]
    Digest offset: 44 [36..38]
    Key ID: 1 [38..39]
    Authentication data length: 20 [39..40]
    Sequence number: 5 [40..44]
    Zero padding [44..52]
    Authentication trailer [72..92]
      Digest: 00112233445566778899aabbccddeeff [76..92]
  Route: 10.0.0.0, metric 16 [52..72]
    Address family: IP (2) [52..54]
    Route tag: 0 [54..56]
    IP address: 10.0.0.0 [56..60]
    Netmask: 255.0.0.0 [60..64]
    Next hop: 0.0.0.0 [64..68]
    Metric: 16, unreachable [68..72]
"
        );
    }

    #[test]
    fn version_1_asks_for_all_routes() {
        let hex = "45000034 00000000 40110000 0a000001 ffffffff 02080208 00200000
            01010000 00000000 00000000 00000000 00000000 00000010";
        assert_eq!(info(228, hex), "RIPv1: Request");
        assert_eq!(
            layer("rip", 228, hex),
            "\
Routing Information Protocol: RIPv1, Request [28..52]
  Command: Request (1) [28..29]
  Version: RIPv1 (1) [29..30]
  Route: all routes are asked for [32..52]
    Address family: Unspecified (0) [32..34]
    Metric: 16 [48..52]
"
        );
    }

    #[test]
    fn cut_inside_a_route() {
        let hex = &RESPONSE[..RESPONSE.len() - 36];
        let shown = cut("rip", 228, hex, 72);
        assert!(
            shown.ends_with(
                "    Address family: IP (2) [52..54]\n    Route tag: 7 [54..56]\n  \
             Note: cut by the capture's size limit inside rip.ip\n"
            ),
            "{shown}"
        );
    }
}
