//! Node information queries and replies in ICMPv6, RFC 4620.

use crate::{
    Base, FieldDef, Layer, Stop, Value,
    internet::{address, icmpv6_options},
    value::named,
};
use nom::{
    Parser,
    number::{be_u16, be_u32, be_u64},
};

/// The fields that this file reads.
pub const FIELDS: &[FieldDef] = &[
    FieldDef::u16("icmpv6.ni.qtype").names(&[Question::NAMES]),
    FieldDef::hex16("icmpv6.ni.flag"),
    FieldDef::flag("icmpv6.ni.flag.g"),
    FieldDef::flag("icmpv6.ni.flag.s"),
    FieldDef::flag("icmpv6.ni.flag.l"),
    FieldDef::flag("icmpv6.ni.flag.c"),
    FieldDef::flag("icmpv6.ni.flag.a"),
    FieldDef::flag("icmpv6.ni.flag.t"),
    FieldDef::hex16("icmpv6.ni.flag.rsv"),
    FieldDef::hex64("icmpv6.ni.nonce"),
    FieldDef::ipv6("icmpv6.ni.query.subject_ipv6"),
    FieldDef::string("icmpv6.ni.query.subject_fqdn"),
    FieldDef::ipv4("icmpv6.ni.query.subject_ipv4"),
    FieldDef::u32("icmpv6.ni.reply.node_ttl"),
    FieldDef::string("icmpv6.ni.reply.node_name"),
    FieldDef::ipv6("icmpv6.ni.reply.node_address"),
    FieldDef::ipv4("icmpv6.ni.reply.ipv4_address"),
];

named! {
    /// The subject of a query: its code.
    Subject(u8, Dec) {
        IPV6 = 0 => "Query subject = IPv6 addresses",
        NAME = 1 => "Query subject = DNS name or empty",
        IPV4 = 2 => "Query subject = IPv4 addresses",
    }

    /// The result in a reply: its code.
    Answer(u8, Dec) {
        SUCCESS = 0 => "Successful",
        REFUSED = 1 => "Refused",
        UNKNOWN = 2 => "Unknown query type",
    }

    /// The requested information, section 5.
    Question(u16, Dec) {
        NOOP = 0 => "Nothing",
        NAME = 2 => "Node name",
        IPV6 = 3 => "Node addresses",
        IPV4 = 4 => "IPv4 addresses",
    }
}

/// Reads what follows the checksum.
pub fn read(icmp: &mut Layer, query: bool, code: u8) -> Result<(), Stop> {
    let question = icmp.field("icmpv6.ni.qtype", "Question", be_u16().map(Question))?;
    icmp.flags("icmpv6.ni.flag", "Flags", Base::Hex(4), be_u16(), |bits| {
        bits.flag("icmpv6.ni.flag.g", "Global addresses", 0x0020);
        bits.flag("icmpv6.ni.flag.s", "Site-local addresses", 0x0010);
        bits.flag("icmpv6.ni.flag.l", "Link-local addresses", 0x0008);
        bits.flag(
            "icmpv6.ni.flag.c",
            "IPv4-compatible and mapped addresses",
            0x0004,
        );
        bits.flag("icmpv6.ni.flag.a", "All unicast addresses", 0x0002);
        bits.flag("icmpv6.ni.flag.t", "Truncated", 0x0001);
        bits.value("icmpv6.ni.flag.rsv", "Reserved", 0xffc0, |v| {
            Value::Number(v, Base::Hex(4))
        });
    })?;
    icmp.field_shown("icmpv6.ni.nonce", "Nonce", be_u64(), |v| {
        Value::Number(v, Base::Hex(16))
    })?;
    if icmp.rest().is_empty() {
        return Ok(());
    }
    if query {
        return match Subject(code) {
            Subject::IPV6 => icmp
                .field("icmpv6.ni.query.subject_ipv6", "Subject", address::ipv6())
                .map(drop),
            Subject::NAME => icmpv6_options::name(icmp, "icmpv6.ni.query.subject_fqdn", "Subject"),
            Subject::IPV4 => icmp
                .field("icmpv6.ni.query.subject_ipv4", "Subject", address::ipv4())
                .map(drop),
            _ => Ok(()),
        };
    }
    match question {
        Question::NAME => {
            icmp.field("icmpv6.ni.reply.node_ttl", "TTL", be_u32())?;
            while icmp.rest().first().is_some_and(|&length| length != 0) {
                icmpv6_options::name(icmp, "icmpv6.ni.reply.node_name", "Name")?;
            }
            Ok(())
        }
        Question::IPV6 | Question::IPV4 => {
            while !icmp.rest().is_empty() {
                icmp.field("icmpv6.ni.reply.node_ttl", "TTL", be_u32())?;
                if question == Question::IPV6 {
                    let name = "icmpv6.ni.reply.node_address";
                    icmp.field(name, "Address", address::ipv6())?;
                } else {
                    let name = "icmpv6.ni.reply.ipv4_address";
                    icmp.field(name, "Address", address::ipv4())?;
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn asks_for_a_name() {
        let hex = "6000 0000 0020 3a40 2001 0db8 0000 0000
             0000 0000 0000 0001 2001 0db8 0000 0000
             0000 0000 0000 0002 8b00 773b 0002 0000
             6e6f 6e63 6531 3233 2001 0db8 0000 0000
             0000 0000 0000 0002";
        assert_eq!(
            layer("icmpv6", 229, hex),
            "\
Internet Control Message Protocol v6: Node Information Query (Query subject = IPv6 addresses) [40..72]
  Type: Node Information Query (139) [40..41]
  Code: Query subject = IPv6 addresses (0) [41..42]
  Checksum: 0x773b [42..44]
  Checksum status: Good (1) [42..42]
  Question: Node name (2) [44..46]
  Flags: 0x0000 [46..48]
    Global addresses: Not set [46..48]
    Site-local addresses: Not set [46..48]
    Link-local addresses: Not set [46..48]
    IPv4-compatible and mapped addresses: Not set [46..48]
    All unicast addresses: Not set [46..48]
    Truncated: Not set [46..48]
    Reserved: 0x0000 [46..48]
  Nonce: 0x6e6f6e6365313233 [48..56]
  Subject: 2001:db8::2 [56..72]
"
        );
    }

    #[test]
    fn ends_in_the_nonce() {
        let hex = "6000 0000 0020 3a40 2001 0db8 0000 0000
             0000 0000 0000 0001 2001 0db8 0000 0000
             0000 0000 0000 0002 8b00 773b 0002 0000
             6e6f 6e63";
        assert_eq!(
            cut("icmpv6", 229, hex, 72),
            "\
Internet Control Message Protocol v6: Node Information Query (Query subject = IPv6 addresses) [40..48]
  Type: Node Information Query (139) [40..41]
  Code: Query subject = IPv6 addresses (0) [41..42]
  Checksum: 0x773b [42..44]
  Checksum status: cannot say: not all bytes are there [42..42]
  Question: Node name (2) [44..46]
  Flags: 0x0000 [46..48]
    Global addresses: Not set [46..48]
    Site-local addresses: Not set [46..48]
    Link-local addresses: Not set [46..48]
    IPv4-compatible and mapped addresses: Not set [46..48]
    All unicast addresses: Not set [46..48]
    Truncated: Not set [46..48]
    Reserved: 0x0000 [46..48]
  Note: cut by the capture's size limit inside icmpv6.ni.nonce
"
        );
    }
}
