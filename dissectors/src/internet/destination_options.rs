//! IPv6 destination options header, RFC 8200, section 4.6.

use crate::{
    Dissector, FieldDef, Layer, OsiLayer, Outcome, Selector,
    internet::ipv4,
    internet::{
        ipv6,
        ipv6_options::{self, OptionFields},
    },
};

/// Options for the receiver of the packet.
pub const DISSECTOR: Dissector = Dissector {
    name: "ipv6.dstopts",
    label: "IPv6 destination options",
    column: "",
    layer: OsiLayer::Network,
    selectors: &[Selector::IpProtocol(60)],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::u8("ipv6.dstopts.nxt").names(&[ipv4::IpProtocol::NAMES]),
    FieldDef::u8("ipv6.dstopts.len"),
    FieldDef::u16("ipv6.dstopts.len_oct"),
];

const NAMES: OptionFields = OptionFields {
    next: "ipv6.dstopts.nxt",
    length: "ipv6.dstopts.len",
    bytes: "ipv6.dstopts.len_oct",
};

fn dissect(ip: &mut Layer) -> Outcome {
    let found = ipv6_options::read(ip, &NAMES)?;
    Ok(ipv6::next_header(ip, found.next))
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn home_address() {
        let hex = "6000 0000 0020 3c40 2001 0db8 0000 0000
             0000 0000 0000 0001 2001 0db8 0000 0000
             0000 0000 0000 0002 3b03 c910 2001 0db8
             0000 0000 0000 0000 0000 0099 0104 0000
             0000 0000 0000 0000";
        assert_eq!(
            layer("ipv6.dstopts", 229, hex),
            "\
IPv6 destination options [40..72]
  Next header: IPv6 no next header (59) [40..41]
  Length: 3 [41..42]
  Length in bytes: 32 [41..42]
  Option: Home address [42..60]
    Type: Home address (0xc9) [42..43]
      When unknown: Discard and report, unless sent to a group (3) [42..43]
      May change: No [42..43]
      Low-order bits: 0x09 [42..43]
    Length: 16 [43..44]
    Home address: 2001:db8::99 [44..60]
  Option: PadN [60..66]
    Type: PadN (0x01) [60..61]
      When unknown: Skip and continue (0) [60..61]
      May change: No [60..61]
      Low-order bits: 0x01 [60..61]
    Length: 4 [61..62]
    PadN: 00000000 [62..66]
  Option: Pad1 [66..67]
    Type: Pad1 (0x00) [66..67]
    Pad1 [66..67]
  Option: Pad1 [67..68]
    Type: Pad1 (0x00) [67..68]
    Pad1 [67..68]
  Option: Pad1 [68..69]
    Type: Pad1 (0x00) [68..69]
    Pad1 [68..69]
  Option: Pad1 [69..70]
    Type: Pad1 (0x00) [69..70]
    Pad1 [69..70]
  Option: Pad1 [70..71]
    Type: Pad1 (0x00) [70..71]
    Pad1 [70..71]
  Option: Pad1 [71..72]
    Type: Pad1 (0x00) [71..72]
    Pad1 [71..72]
"
        );
    }

    #[test]
    fn ends_in_the_address() {
        let hex = "6000 0000 0020 3c40 2001 0db8 0000 0000
             0000 0000 0000 0001 2001 0db8 0000 0000
             0000 0000 0000 0002 3b03 c910 2001 0db8
             0000";
        assert_eq!(
            cut("ipv6.dstopts", 229, hex, 64),
            "\
IPv6 destination options [40..50]
  Next header: IPv6 no next header (59) [40..41]
  Length: 3 [41..42]
  Length in bytes: 32 [41..42]
  Option: Home address [42..50]
    Type: Home address (0xc9) [42..43]
      When unknown: Discard and report, unless sent to a group (3) [42..43]
      May change: No [42..43]
      Low-order bits: 0x09 [42..43]
    Length: 16 [43..44]
  Note: cut by the capture's size limit inside ipv6.opt.mipv6.home_address
"
        );
    }
}
