//! Internet Protocol version 6, RFC 8200.

use crate::{
    Base, ByteRange, Dissector, FieldDef, Layer, LinkType, Mac, Next, OsiLayer, Outcome, Selector,
    Severity, Value,
    internet::{
        address,
        ipv4::{Dscp, Ecn, IpProtocol},
        ipv6_options,
    },
};
use nom::{
    Parser,
    number::{be_u8, be_u16, be_u32},
};
use std::net::{Ipv4Addr, Ipv6Addr};

/// Internet Protocol version 6.
pub const DISSECTOR: Dissector = Dissector {
    name: "ipv6",
    label: "Internet Protocol version 6",
    column: "IPv6",
    layer: OsiLayer::Network,
    selectors: &[
        Selector::EtherType(0x86dd),
        Selector::LinkType(LinkType::IPV6),
        Selector::IpProtocol(41),
    ],
    fields: &[FIELDS, ipv6_options::FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::u8("ipv6.version"),
    FieldDef::hex32("ipv6.tclass"),
    FieldDef::u32("ipv6.tclass.dscp").names(&[Dscp::NAMES]),
    FieldDef::u32("ipv6.tclass.ecn").names(&[Ecn::NAMES]),
    FieldDef::hex24("ipv6.flow"),
    FieldDef::u16("ipv6.plen"),
    FieldDef::u8("ipv6.nxt").names(&[IpProtocol::NAMES]),
    FieldDef::u8("ipv6.hlim"),
    FieldDef::ipv6("ipv6.src"),
    FieldDef::ipv6("ipv6.dst"),
    FieldDef::ipv4("ipv6.src_6to4_gw_ipv4"),
    FieldDef::u16("ipv6.src_6to4_sla_id"),
    FieldDef::ipv4("ipv6.src_ts_ipv4"),
    FieldDef::u16("ipv6.src_tc_port"),
    FieldDef::ipv4("ipv6.src_tc_ipv4"),
    FieldDef::ipv4("ipv6.src_isatap_ipv4"),
    FieldDef::mac("ipv6.src_slaac_mac"),
    FieldDef::ipv4("ipv6.src_embed_ipv4"),
    FieldDef::ipv4("ipv6.dst_6to4_gw_ipv4"),
    FieldDef::u16("ipv6.dst_6to4_sla_id"),
    FieldDef::ipv4("ipv6.dst_ts_ipv4"),
    FieldDef::u16("ipv6.dst_tc_port"),
    FieldDef::ipv4("ipv6.dst_tc_ipv4"),
    FieldDef::ipv4("ipv6.dst_isatap_ipv4"),
    FieldDef::mac("ipv6.dst_slaac_mac"),
    FieldDef::ipv4("ipv6.dst_embed_ipv4"),
    FieldDef::bytes("ipv6.embed_ipv4_prefix"),
    FieldDef::ipv4("ipv6.embed_ipv4"),
    FieldDef::frame("ipv6.reassembled.in"),
    FieldDef::none("ipv6.fragments"),
    FieldDef::frame("ipv6.fragment"),
    FieldDef::frame("ipv6.fragment.error"),
    FieldDef::flag("ipv6.fragment.overlap").means("True", "False"),
    FieldDef::flag("ipv6.fragment.overlap.conflict").means("True", "False"),
    FieldDef::flag("ipv6.fragment.toolongfragment").means("True", "False"),
    FieldDef::u32("ipv6.fragment.count"),
    FieldDef::u32("ipv6.reassembled.length"),
    FieldDef::bytes("ipv6.reassembled.data"),
];

fn dissect(ip: &mut Layer) -> Outcome {
    let version = ip.rest().first().map_or(6, |first| first >> 4);
    if version != 6 {
        ip.word("ipv6.version", be_u8(), |bits| {
            bits.number("ipv6.version", "Version", 0xf0)
        })?;
        ip.note(Severity::Error, || "not version 6".to_owned());
        ip.info(|| format!("Bogus IPv6 version ({version}, must be 6)"));
        return ip.malformed("ipv6.version");
    }
    let word = ip.word("ipv6.version", be_u32(), |bits| {
        bits.narrow();
        bits.number("ipv6.version", "Version", 0xf000_0000);
        bits.wide();
        bits.group(
            "ipv6.tclass",
            "Traffic class",
            0x0ff0_0000,
            Base::Hex(8),
            |bits| {
                bits.value("ipv6.tclass.dscp", "Codepoint", 0x0fc0_0000, |v| {
                    Dscp(v as u8)
                });
                let label = "Explicit congestion notification";
                bits.value("ipv6.tclass.ecn", label, 0x0030_0000, |v| Ecn(v as u8));
            },
        );
        bits.narrow();
        bits.value("ipv6.flow", "Flow label", 0x000f_ffff, |v| {
            Value::Number(v, Base::Hex(6))
        });
    })?;
    ip.set_ecn((word >> 20 & 0x03) as u8);
    let length = usize::from(ip.field("ipv6.plen", "Payload length", be_u16())?);
    let frame = ip.reported().saturating_sub(34);
    let next = IpProtocol(ip.rest().first().copied().unwrap_or_default());
    // RFC 2675: a jumbogram has 0 here, and its length in its hop-by-hop options. A segment that the network card has
    // yet to split has 0 too.
    let unknown = length == 0 && matches!(next, IpProtocol::HOPOPT | IpProtocol::TCP) && frame > 0;
    if unknown {
        ip.note(Severity::Chat, || {
            "0: a jumbogram, or not yet segmented".to_owned()
        });
    } else {
        if length > frame && !ip.is_quoted() {
            ip.note(Severity::Warning, || {
                format!("more than what the frame holds ({frame} bytes)")
            });
        }
        ip.limit(length.saturating_add(34));
    }
    let next = ip.field("ipv6.nxt", "Next header", be_u8().map(IpProtocol))?;
    let hops = ip.field("ipv6.hlim", "Hop limit", be_u8())?;
    ip.set_hop_limit(hops);
    let at = ip.ahead(16);
    let source = ip.field("ipv6.src", "Source address", address::ipv6())?;
    ip.below(|ip| inside_address(ip, source, at, &SOURCE));
    let at = ip.ahead(16);
    let destination = ip.field("ipv6.dst", "Destination address", address::ipv6())?;
    ip.below(|ip| inside_address(ip, destination, at, &DESTINATION));
    ip.title(|| format!("Src: {source}, Dst: {destination}"));
    ip.set_network(source.into(), destination.into());
    Ok(next_header(ip, next))
}

/// Returns what reads the protocol of a next header field.
pub fn next_header(ip: &mut Layer, next: IpProtocol) -> Next {
    ip.info(|| match next.name() {
        Some(name) => name.to_owned(),
        None => format!("Unknown IP protocol ({})", next.0),
    });
    match next {
        IpProtocol::IPV6_NO_NEXT => Next::Data,
        next => Next::Select(Selector::IpProtocol(next.0)),
    }
}

/// The field names of one address.
struct AddressFields {
    gateway: &'static str,
    sla_id: &'static str,
    teredo_server: &'static str,
    teredo_port: &'static str,
    teredo_client: &'static str,
    isatap: &'static str,
    slaac: &'static str,
    embedded: &'static str,
}

const SOURCE: AddressFields = AddressFields {
    gateway: "ipv6.src_6to4_gw_ipv4",
    sla_id: "ipv6.src_6to4_sla_id",
    teredo_server: "ipv6.src_ts_ipv4",
    teredo_port: "ipv6.src_tc_port",
    teredo_client: "ipv6.src_tc_ipv4",
    isatap: "ipv6.src_isatap_ipv4",
    slaac: "ipv6.src_slaac_mac",
    embedded: "ipv6.src_embed_ipv4",
};

const DESTINATION: AddressFields = AddressFields {
    gateway: "ipv6.dst_6to4_gw_ipv4",
    sla_id: "ipv6.dst_6to4_sla_id",
    teredo_server: "ipv6.dst_ts_ipv4",
    teredo_port: "ipv6.dst_tc_port",
    teredo_client: "ipv6.dst_tc_ipv4",
    isatap: "ipv6.dst_isatap_ipv4",
    slaac: "ipv6.dst_slaac_mac",
    embedded: "ipv6.dst_embed_ipv4",
};

/// Shows the other addresses that an IPv6 address contains.
fn inside_address(ip: &mut Layer, address: Ipv6Addr, at: ByteRange, names: &AddressFields) {
    let part = |start: u32, length: u32| ByteRange {
        start: at.start + start,
        end: at.start + start + length,
        ..at
    };
    let [a, b, c, d, _, f, g, h] = address.segments();
    let ipv4 = |high: u16, low: u16| Value::Ipv4((u32::from(high) << 16 | u32::from(low)).into());
    match (a, b) {
        // RFC 3056, section 2.
        (0x2002, _) => {
            ip.over(names.gateway, "6to4 gateway", part(2, 4), || ipv4(b, c));
            ip.over(names.sla_id, "6to4 SLA ID", part(6, 2), || d.into());
        }
        // RFC 4380, section 4; the client's address and port are inverted.
        (0x2001, 0) => {
            ip.over(names.teredo_server, "Teredo server", part(4, 4), || {
                ipv4(c, d)
            });
            ip.over(names.teredo_port, "Teredo port", part(10, 2), || {
                (!f).into()
            });
            ip.over(names.teredo_client, "Teredo client", part(12, 4), || {
                ipv4(!g, !h)
            });
        }
        // RFC 6052, section 2.1.
        (0x0064, 0xff9b) if address.octets().get(4..12) == Some(&[0; 8]) => {
            ip.over(
                "ipv6.embed_ipv4_prefix",
                "Embedded IPv4 prefix",
                part(0, 12),
                || Value::Bytes(address.octets().get(..12).unwrap_or_default().to_vec()),
            );
            ip.over(names.embedded, "Embedded IPv4", part(12, 4), || ipv4(g, h));
            ip.over("ipv6.embed_ipv4", "Embedded IPv4", part(12, 4), || {
                ipv4(g, h)
            });
        }
        _ => {}
    }
    match address.octets() {
        // RFC 5214, section 6.1.
        [.., 0 | 2, 0, 0x5e, 0xfe, a, b, c, d] => {
            ip.over(names.isatap, "ISATAP IPv4", part(12, 4), || {
                Ipv4Addr::new(a, b, c, d).into()
            });
        }
        // RFC 4291, appendix A.
        [.., a, b, c, 0xff, 0xfe, d, e, f] if a & 2 != 0 => {
            ip.over(names.slaac, "Hardware address", part(8, 8), || {
                Mac([a ^ 2, b, c, d, e, f]).into()
            });
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn an_address_made_of_a_mac() {
        let hex = "6b9a bcde 0000 3b40 fe80 0000 0000 0000
             0211 22ff fe33 4455 2002 c000 0204 0000
             0000 0000 0000 0001";
        assert_eq!(
            layer("ipv6", 229, hex),
            "\
Internet Protocol version 6: Src: fe80::211:22ff:fe33:4455, Dst: 2002:c000:204::1 [0..40]
  Version: 6 [0..1]
  Traffic class: 0x000000b9 [0..4]
    Codepoint: Expedited forwarding (46) [0..4]
    Explicit congestion notification: ECN-capable transport, ECT(1) (1) [0..4]
  Flow label: 0x0abcde [1..4]
  Payload length: 0 [4..6]
  Next header: IPv6 no next header (59) [6..7]
  Hop limit: 64 [7..8]
  Source address: fe80::211:22ff:fe33:4455 [8..24]
    Hardware address: 00:11:22:33:44:55 [16..24]
  Destination address: 2002:c000:204::1 [24..40]
    6to4 gateway: 192.0.2.4 [26..30]
    6to4 SLA ID: 0 [30..32]
"
        );
    }

    #[test]
    fn ends_in_the_source() {
        let hex = "6000 0000 0000 3b40 2001 0db8 0000 0000
             0000 0000";
        assert_eq!(
            cut("ipv6", 229, hex, 40),
            "\
Internet Protocol version 6 [0..8]
  Version: 6 [0..1]
  Traffic class: 0x00000000 [0..4]
    Codepoint: Default (0) [0..4]
    Explicit congestion notification: Not ECN-capable transport (0) [0..4]
  Flow label: 0x000000 [1..4]
  Payload length: 0 [4..6]
  Next header: IPv6 no next header (59) [6..7]
  Hop limit: 64 [7..8]
  Note: cut by the capture's size limit inside ipv6.src
"
        );
    }
}
