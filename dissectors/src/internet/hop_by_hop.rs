//! IPv6 hop-by-hop options header, RFC 8200, section 4.3.

use crate::{
    Dissector, FieldDef, Layer, OsiLayer, Outcome, Selector,
    internet::ipv4,
    internet::{
        ipv6,
        ipv6_options::{self, OptionFields},
    },
};

/// Options for every router on the way.
pub const DISSECTOR: Dissector = Dissector {
    name: "ipv6.hopopts",
    label: "IPv6 hop-by-hop options",
    column: "",
    layer: OsiLayer::Network,
    selectors: &[Selector::IpProtocol(0)],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::u8("ipv6.hopopts.nxt").names(&[ipv4::IpProtocol::NAMES]),
    FieldDef::u8("ipv6.hopopts.len"),
    FieldDef::u16("ipv6.hopopts.len_oct"),
];

const NAMES: OptionFields = OptionFields {
    next: "ipv6.hopopts.nxt",
    length: "ipv6.hopopts.len",
    bytes: "ipv6.hopopts.len_oct",
};

fn dissect(ip: &mut Layer) -> Outcome {
    let found = ipv6_options::read(ip, &NAMES)?;
    if let Some(jumbo) = found.jumbo {
        ip.limit((jumbo as usize).saturating_sub(found.length));
    }
    Ok(ipv6::next_header(ip, found.next))
}

#[cfg(test)]
mod tests {
    use crate::test_support::layer;

    #[test]
    fn router_alert() {
        let hex = "6000 0000 0008 0040 2001 0db8 0000 0000
             0000 0000 0000 0001 2001 0db8 0000 0000
             0000 0000 0000 0002 3b00 0502 0000 0100";
        assert_eq!(
            layer("ipv6.hopopts", 229, hex),
            "\
IPv6 hop-by-hop options [40..48]
  Next header: IPv6 no next header (59) [40..41]
  Length: 0 [41..42]
  Length in bytes: 8 [41..42]
  Option: Router alert [42..46]
    Type: Router alert (0x05) [42..43]
      When unknown: Skip and continue (0) [42..43]
      May change: No [42..43]
      Low-order bits: 0x05 [42..43]
    Length: 2 [43..44]
    Router alert: MLD (0) [44..46]
  Option: PadN [46..48]
    Type: PadN (0x01) [46..47]
      When unknown: Skip and continue (0) [46..47]
      May change: No [46..47]
      Low-order bits: 0x01 [46..47]
    Length: 0 [47..48]
    PadN [48..48]
"
        );
    }

    #[test]
    fn option_longer_than_the_header() {
        let hex = "6000 0000 0008 0040 2001 0db8 0000 0000
             0000 0000 0000 0001 2001 0db8 0000 0000
             0000 0000 0000 0002 3b00 0509 0000 0000";
        assert_eq!(
            layer("ipv6.hopopts", 229, hex),
            "\
IPv6 hop-by-hop options [40..48]
  Next header: IPv6 no next header (59) [40..41]
  Length: 0 [41..42]
  Length in bytes: 8 [41..42]
  Option: Router alert [42..48]
    Type: Router alert (0x05) [42..43]
      When unknown: Skip and continue (0) [42..43]
      May change: No [42..43]
      Low-order bits: 0x05 [42..43]
    Length: 9 [43..44]
      Note: 9 bytes, but 4 are left
    Router alert: MLD (0) [44..46]
"
        );
    }
}
