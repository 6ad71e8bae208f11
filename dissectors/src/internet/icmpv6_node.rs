//! Node information queries and replies in ICMPv6, RFC 4620.

use crate::{
    Base, Layer, Stop, Value,
    field::named,
    internet::{address, icmpv6_options},
};
use nom::{
    Parser,
    number::{be_u16, be_u32, be_u64},
};

named! {
    /// What a query asks about: its code.
    Subject(u8, Dec) {
        IPV6 = 0 => "Query subject = IPv6 addresses",
        NAME = 1 => "Query subject = DNS name or empty",
        IPV4 = 2 => "Query subject = IPv4 addresses",
    }

    /// How a reply turned out: its code.
    Answer(u8, Dec) {
        SUCCESS = 0 => "Successful",
        REFUSED = 1 => "Refused",
        UNKNOWN = 2 => "Unknown query type",
    }

    /// What is asked for, section 5.
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
        bits.flag("icmpv6.ni.flag.c", "IPv4-compatible and mapped addresses", 0x0004);
        bits.flag("icmpv6.ni.flag.a", "All unicast addresses", 0x0002);
        bits.flag("icmpv6.ni.flag.t", "Truncated", 0x0001);
        bits.value("icmpv6.ni.flag.rsv", "Reserved", 0xffc0, |v| Value::Number(v, Base::Hex(4)));
    })?;
    icmp.field_shown("icmpv6.ni.nonce", "Nonce", be_u64(), |v| Value::Number(v, Base::Hex(16)))?;
    if icmp.rest().is_empty() {
        return Ok(());
    }
    if query {
        return match Subject(code) {
            Subject::IPV6 => {
                icmp.field("icmpv6.ni.query.subject_ipv6", "Subject", address::ipv6()).map(drop)
            }
            Subject::NAME => icmpv6_options::name(icmp, "icmpv6.ni.query.subject_fqdn", "Subject"),
            Subject::IPV4 => {
                icmp.field("icmpv6.ni.query.subject_ipv4", "Subject", address::ipv4()).map(drop)
            }
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
