//! RIPng, RFC 2080: the Routing Information Protocol for IPv6.

use crate::{
    Dissector, FieldDef, Hex, Layer, Next, OsiLayer, Outcome, Selector, Stop, internet::address,
    value::named,
};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16},
};

/// Routing Information Protocol for IPv6.
pub const DISSECTOR: Dissector = Dissector {
    name: "ripng",
    label: "Routing Information Protocol for IPv6",
    column: "RIPng",
    layer: OsiLayer::Application,
    selectors: &[Selector::UdpPort(521)],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::u8("ripng.cmd").names(&[Command::NAMES]),
    FieldDef::u8("ripng.version"),
    FieldDef::bytes("ripng.reserved"),
    FieldDef::none("ripng.rte"),
    FieldDef::ipv6("ripng.rte.ipv6_prefix"),
    FieldDef::hex16("ripng.rte.route_tag"),
    FieldDef::u8("ripng.rte.prefix_length"),
    FieldDef::u8("ripng.rte.metric"),
];

named! {
    /// RFC 2080, section 2.1.
    Command(u8, Dec) {
        REQUEST = 1 => "Request",
        RESPONSE = 2 => "Response",
    }
}

/// The metric of an unreachable network: RFC 2080, section 2.1.
const INFINITY: u8 = 16;
/// The metric of a next hop for the routes after it: RFC 2080, section 2.1.1.
const NEXT_HOP: u8 = 255;

fn dissect(ripng: &mut Layer) -> Outcome {
    let command = ripng.field("ripng.cmd", "Command", be_u8().map(Command))?;
    let version = ripng.field("ripng.version", "Version", be_u8())?;
    let said = || match command.name() {
        Some(name) => name.to_owned(),
        None => format!("Unknown ({})", command.0),
    };
    ripng.title(said);
    ripng.info(|| format!("Command {}, Version {version}", said()));
    ripng.field("ripng.reserved", "Reserved", take(2_usize))?;
    while ripng.reported() > 0 {
        ripng.group("ripng.rte", "Route", route)?;
    }
    Ok(Next::Nothing)
}

fn route(ripng: &mut Layer) -> Result<(), Stop> {
    let prefix = ripng.field("ripng.rte.ipv6_prefix", "Prefix", address::ipv6())?;
    ripng.field("ripng.rte.route_tag", "Route tag", be_u16().map(Hex))?;
    let length = ripng.field("ripng.rte.prefix_length", "Prefix length", be_u8())?;
    let metric = ripng.field("ripng.rte.metric", "Metric", be_u8())?;
    match metric {
        NEXT_HOP => ripng.text(|| format!("{NEXT_HOP}, marks a next hop")),
        INFINITY if length > 0 => ripng.text(|| format!("{INFINITY}, unreachable")),
        _ => {}
    }
    ripng.title(|| match metric {
        NEXT_HOP => format!("next hop {prefix}"),
        _ => format!("{prefix}/{length}, metric {metric}"),
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, info, layer};

    const RESPONSE: &str = "60000000 0034 11 ff fe80 0000 0000 0000 0000 0000 0000 0001
        ff02 0000 0000 0000 0000 0000 0000 0009 02090209 00340000
        02010000 fe80 0000 0000 0000 0000 0000 0000 0002 0000 00 ff
        2001 0db8 0001 0000 0000 0000 0000 0000 0001 30 05";

    #[test]
    fn a_next_hop_and_its_route() {
        assert_eq!(info(229, RESPONSE), "RIPng: Command Response, Version 1");
        assert_eq!(
            layer("ripng", 229, RESPONSE),
            "\
Routing Information Protocol for IPv6: Response [48..92]
  Command: Response (2) [48..49]
  Version: 1 [49..50]
  Reserved: 0000 [50..52]
  Route: next hop fe80::2 [52..72]
    Prefix: fe80::2 [52..68]
    Route tag: 0x0000 [68..70]
    Prefix length: 0 [70..71]
    Metric: 255, marks a next hop [71..72]
  Route: 2001:db8:1::/48, metric 5 [72..92]
    Prefix: 2001:db8:1:: [72..88]
    Route tag: 0x0001 [88..90]
    Prefix length: 48 [90..91]
    Metric: 5 [91..92]
"
        );
    }

    #[test]
    fn cut_inside_a_route() {
        let hex = &RESPONSE[..RESPONSE.len() - 6];
        let shown = cut("ripng", 229, hex, 92);
        assert!(
            shown.ends_with(
                "    Prefix: 2001:db8:1:: [72..88]\n    Route tag: 0x0001 [88..90]\n  \
             Note: cut by the capture's size limit inside ripng.rte.prefix_length\n"
            ),
            "{shown}"
        );
    }
}
