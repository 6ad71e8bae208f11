//! Extensions of ICMP and ICMPv6 messages: RFC 4884, and the RFCs named with each object.

use crate::{
    Base, FieldDef, Layer, Severity, Stop, Value,
    checksum::{self, ChecksumFields, Status},
    internet::{address, ipv4_options::text},
    value::named,
};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16, be_u32},
};

/// The fields that this file reads.
pub const FIELDS: &[FieldDef] = &[
    FieldDef::none("icmp.ext"),
    FieldDef::u8("icmp.ext.version"),
    FieldDef::hex16("icmp.ext.res"),
    FieldDef::hex16("icmp.ext.checksum"),
    FieldDef::u8("icmp.ext.checksum.status").names(&[checksum::Verdict::NAMES]),
    FieldDef::u16("icmp.ext.length"),
    FieldDef::u8("icmp.ext.class").names(&[Class::NAMES]),
    FieldDef::u8("icmp.ext.ctype"),
    FieldDef::bytes("icmp.ext.data"),
    FieldDef::u24("icmp.mpls.label"),
    FieldDef::u24("icmp.mpls.exp"),
    FieldDef::flag("icmp.mpls.s"),
    FieldDef::u8("icmp.mpls.ttl"),
    FieldDef::u8("icmp.int_info.role").names(&[Role::NAMES]),
    FieldDef::u8("icmp.int_info.reserved"),
    FieldDef::flag("icmp.int_info.ifindex"),
    FieldDef::flag("icmp.int_info.ipaddr"),
    FieldDef::flag("icmp.int_info.name_present"),
    FieldDef::flag("icmp.int_info.mtu_present"),
    FieldDef::u32("icmp.int_info.index"),
    FieldDef::u16("icmp.int_info.afi"),
    FieldDef::bytes("icmp.reserved"),
    FieldDef::ipv4("icmp.int_info.ipv4"),
    FieldDef::ipv6("icmp.int_info.ipv6"),
    FieldDef::u8("icmp.int_info.name_length"),
    FieldDef::string("icmp.int_info.name"),
    FieldDef::u32("icmp.int_info.mtu"),
    FieldDef::string("icmp.int_ident.name"),
    FieldDef::u32("icmp.int_ident.index"),
    FieldDef::u16("icmp.int_ident.afi"),
    FieldDef::u8("icmp.int_ident.addr_length"),
    FieldDef::bytes("icmp.int_ident.reserved"),
    FieldDef::ipv4("icmp.int_ident.ipv4"),
    FieldDef::ipv6("icmp.int_ident.ipv6"),
    FieldDef::bytes("icmp.int_ident.address"),
    FieldDef::u8("icmp.ext.echo.seq"),
    FieldDef::hex8("icmp.ext.echo.req.res"),
    FieldDef::flag("icmp.ext.echo.req.local"),
    FieldDef::u8("icmp.ext.echo.rsp.state"),
    FieldDef::hex8("icmp.ext.echo.rsp.res"),
    FieldDef::flag("icmp.ext.echo.rsp.active"),
    FieldDef::flag("icmp.ext.echo.rsp.ipv4"),
    FieldDef::flag("icmp.ext.echo.rsp.ipv6"),
];

named! {
    /// IANA "ICMP Extension Object Classes".
    Class(u8, Dec) {
        MPLS = 1 => "MPLS label stack",
        INTERFACE = 2 => "Interface information",
        IDENTIFICATION = 3 => "Interface identification",
        EXTENDED = 4 => "Extended information",
        REVERSE = 5 => "Reverse traceroute",
    }

    /// RFC 5837, section 4.1.
    Role(u8, Dec) {
        ARRIVED = 0 => "Interface that the packet arrived on",
        ARRIVED_SUB = 1 => "Part of the interface that the packet arrived on",
        FORWARDING = 2 => "Interface that the packet would have left by",
        NEXT_HOP = 3 => "Next hop of the packet",
    }

    /// RFC 8335, section 2.1.
    IdentifiedBy(u8, Dec) {
        NAME = 1 => "Interface by name",
        INDEX = 2 => "Interface by index",
        ADDRESS = 3 => "Interface by address",
    }
}

const HEADER: usize = 4;

/// Reads an extension structure, which extends to the end of the message.
pub fn read(icmp: &mut Layer) -> Result<(), Stop> {
    let structure = icmp.rest();
    icmp.group("icmp.ext", "Extensions", |icmp| {
        let word = icmp.word("icmp.ext.version", be_u16(), |bits| {
            bits.narrow();
            bits.number("icmp.ext.version", "Version", 0xf000);
            bits.wide();
            bits.value("icmp.ext.res", "Reserved", 0x0fff, |v| {
                Value::Number(v, Base::Hex(4))
            });
        })?;
        let names = ChecksumFields {
            field: "icmp.ext.checksum",
            status: "icmp.ext.checksum.status",
        };
        checksum::read(
            icmp,
            names,
            |icmp, found| match found {
                0 => Status::CannotSay("the sender left it out"),
                _ if icmp.missing() > 0 => Status::CannotSay("not all bytes were captured"),
                _ => checksum::verify(&[structure], found),
            },
            |_| None,
        )?;
        if word >> 12 != 2 {
            icmp.note(Severity::Note, || {
                "not version 2: what it holds is not known".to_owned()
            });
            return Ok(());
        }
        while icmp.rest().len() >= HEADER {
            icmp.group("", "Object", object)?;
        }
        Ok(())
    })
}

fn object(icmp: &mut Layer) -> Result<(), Stop> {
    let length = usize::from(icmp.field("icmp.ext.length", "Length", be_u16())?);
    let class = icmp.field("icmp.ext.class", "Class", be_u8().map(Class))?;
    icmp.title(|| Value::from(class).to_string());
    if class == Class::INTERFACE {
        return interface(icmp, length);
    }
    let kind = icmp.field("icmp.ext.ctype", "Type in class", be_u8())?;
    check(icmp, length)?;
    icmp.within(length - HEADER, |icmp| match class {
        Class::MPLS if kind == 1 => labels(icmp),
        Class::IDENTIFICATION => identification(icmp, IdentifiedBy(kind)),
        _ => match icmp.rest().len() {
            0 => Ok(()),
            left => icmp.field("icmp.ext.data", "Data", take(left)).map(drop),
        },
    })
}

fn check(icmp: &mut Layer, length: usize) -> Result<(), Stop> {
    match length {
        HEADER.. => Ok(()),
        _ => {
            icmp.note(Severity::Error, || {
                format!("must be at least {HEADER} bytes")
            });
            icmp.malformed("icmp.ext.length")
        }
    }
}

/// RFC 4950, section 3.
fn labels(icmp: &mut Layer) -> Result<(), Stop> {
    while icmp.rest().len() >= 4 {
        icmp.group("", "Label stack entry", |icmp| {
            let word = icmp.word("icmp.mpls.label", be_u32(), |bits| {
                bits.narrow();
                bits.number("icmp.mpls.label", "Label", 0xffff_f000);
                bits.number("icmp.mpls.exp", "Traffic class", 0x0e00);
                bits.flag("icmp.mpls.s", "Bottom of stack", 0x0100);
                bits.number("icmp.mpls.ttl", "Time to live", 0x00ff);
            })?;
            icmp.title(|| format!("label {}, TTL {}", word >> 12, word & 0xff));
            Ok(())
        })?;
    }
    Ok(())
}

/// RFC 5837, section 4.
fn interface(icmp: &mut Layer, length: usize) -> Result<(), Stop> {
    let kind = icmp.flags(
        "icmp.ext.ctype",
        "Type in class",
        Base::Dec,
        be_u8(),
        |bits| {
            bits.value("icmp.int_info.role", "Role", 0xc0, |v| Role(v as u8));
            bits.number("icmp.int_info.reserved", "Reserved", 0x30);
            bits.flag("icmp.int_info.ifindex", "Index", 0x08);
            bits.flag("icmp.int_info.ipaddr", "Address", 0x04);
            bits.flag("icmp.int_info.name_present", "Name", 0x02);
            bits.flag("icmp.int_info.mtu_present", "MTU", 0x01);
        },
    )?;
    check(icmp, length)?;
    icmp.within(length - HEADER, |icmp| {
        if kind & 0x08 != 0 {
            icmp.field("icmp.int_info.index", "Index", be_u32())?;
        }
        if kind & 0x04 != 0 {
            icmp.group("", "Address", |icmp| {
                let family = icmp.field("icmp.int_info.afi", "Family", be_u16())?;
                icmp.field("icmp.reserved", "Reserved", take(2_usize))?;
                match family {
                    1 => icmp
                        .field("icmp.int_info.ipv4", "Address", address::ipv4())
                        .map(drop),
                    2 => icmp
                        .field("icmp.int_info.ipv6", "Address", address::ipv6())
                        .map(drop),
                    _ => icmp.malformed("icmp.int_info.afi"),
                }
            })?;
        }
        if kind & 0x02 != 0 {
            icmp.group("", "Name", |icmp| {
                let name = "icmp.int_info.name_length";
                let length = icmp.field(name, "Name length", be_u8())?;
                let length = usize::from(length).saturating_sub(1);
                icmp.field_shown("icmp.int_info.name", "Name", take(length), text)
                    .map(drop)
            })?;
        }
        if kind & 0x01 != 0 {
            icmp.field("icmp.int_info.mtu", "MTU", be_u32())?;
        }
        Ok(())
    })
}

/// RFC 8335, section 2.1.
fn identification(icmp: &mut Layer, kind: IdentifiedBy) -> Result<(), Stop> {
    let left = icmp.rest().len();
    match kind {
        IdentifiedBy::NAME => icmp
            .field_shown("icmp.int_ident.name", "Name", take(left), text)
            .map(drop),
        IdentifiedBy::INDEX => icmp
            .field("icmp.int_ident.index", "Index", be_u32())
            .map(drop),
        IdentifiedBy::ADDRESS => {
            let family = icmp.field("icmp.int_ident.afi", "Family", be_u16())?;
            let name = "icmp.int_ident.addr_length";
            let length = icmp.field(name, "Address length", be_u8())?;
            icmp.field("icmp.int_ident.reserved", "Reserved", take(1_usize))?;
            match family {
                1 => icmp
                    .field("icmp.int_ident.ipv4", "Address", address::ipv4())
                    .map(drop),
                2 => icmp
                    .field("icmp.int_ident.ipv6", "Address", address::ipv6())
                    .map(drop),
                _ => icmp
                    .field("icmp.int_ident.address", "Address", take(length))
                    .map(drop),
            }
        }
        _ => match left {
            0 => Ok(()),
            _ => icmp.field("icmp.ext.data", "Data", take(left)).map(drop),
        },
    }
}

/// The field names of extended echoes in one ICMP version.
pub struct EchoNames {
    seq: &'static str,
    request_reserved: &'static str,
    local: &'static str,
    state: &'static str,
    reply_reserved: &'static str,
    active: &'static str,
    ipv4: &'static str,
    ipv6: &'static str,
}

/// ICMP.
pub const ICMP: EchoNames = EchoNames {
    seq: "icmp.ext.echo.seq",
    request_reserved: "icmp.ext.echo.req.res",
    local: "icmp.ext.echo.req.local",
    state: "icmp.ext.echo.rsp.state",
    reply_reserved: "icmp.ext.echo.rsp.res",
    active: "icmp.ext.echo.rsp.active",
    ipv4: "icmp.ext.echo.rsp.ipv4",
    ipv6: "icmp.ext.echo.rsp.ipv6",
};

/// ICMPv6.
pub const ICMPV6: EchoNames = EchoNames {
    seq: "icmpv6.ext.echo.seq",
    request_reserved: "icmpv6.ext.echo.req.res",
    local: "icmpv6.ext.echo.req.local",
    state: "icmpv6.ext.echo.rsp.state",
    reply_reserved: "icmpv6.ext.echo.rsp.res",
    active: "icmpv6.ext.echo.rsp.active",
    ipv4: "icmpv6.ext.echo.rsp.ipv4",
    ipv6: "icmpv6.ext.echo.rsp.ipv6",
};

/// Reads the rest of an extended echo request, from the sequence number on: RFC 8335, section 2.
pub fn echo_request(icmp: &mut Layer, names: &EchoNames) -> Result<(), Stop> {
    icmp.field(names.seq, "Sequence number", be_u8())?;
    icmp.word(names.request_reserved, be_u8(), |bits| {
        bits.value(names.request_reserved, "Reserved", 0xfe, |v| {
            Value::Number(v, Base::Hex(2))
        });
        bits.flag(names.local, "Interface of the proxy itself", 0x01);
    })?;
    match icmp.rest().len() {
        HEADER.. => read(icmp),
        _ => Ok(()),
    }
}

/// Reads the rest of an extended echo reply, from the sequence number on: RFC 8335, section 3.
pub fn echo_reply(icmp: &mut Layer, names: &EchoNames) -> Result<(), Stop> {
    icmp.field(names.seq, "Sequence number", be_u8())?;
    icmp.word(names.state, be_u8(), |bits| {
        bits.number(names.state, "State", 0xe0);
        bits.value(names.reply_reserved, "Reserved", 0x18, |v| {
            Value::Number(v, Base::Hex(2))
        });
        bits.flag(names.active, "Active", 0x04);
        bits.flag(names.ipv4, "Runs IPv4", 0x02);
        bits.flag(names.ipv6, "Runs IPv6", 0x01);
    })
    .map(drop)
}

#[cfg(test)]
mod tests {
    use crate::test_support::layer;

    /// Returns the rows that this file reads.
    fn behind_header(text: &str) -> &str {
        text.find("Extensions [")
            .and_then(|at| text.get(at..))
            .unwrap_or_default()
    }

    #[test]
    fn a_label() {
        let hex = "4500 00a8 0001 0000 4001 6652 0a00 0001
             0a00 0002 0b00 efd0 0020 0000 4500 001c
             004d 0000 4011 6682 0a00 0001 0a00 0002
             04d2 0035 0008 0000 0000 0000 0000 0000
             0000 0000 0000 0000 0000 0000 0000 0000
             0000 0000 0000 0000 0000 0000 0000 0000
             0000 0000 0000 0000 0000 0000 0000 0000
             0000 0000 0000 0000 0000 0000 0000 0000
             0000 0000 0000 0000 0000 0000 0000 0000
             0000 0000 0000 0000 0000 0000 2000 bdda
             0008 0101 05dc 1b40";
        let text = layer("icmp", 228, hex);
        assert_eq!(
            behind_header(&text),
            "\
  Extensions [156..168]
    Version: 2 [156..157]
    Reserved: 0x0000 [156..158]
    Checksum: 0xbdda [158..160]
    Checksum status: Good (1) [158..158]
    Object: MPLS label stack (1) [160..168]
      Length: 8 [160..162]
      Class: MPLS label stack (1) [162..163]
      Type in class: 1 [163..164]
      Label stack entry: label 24001, TTL 64 [164..168]
        Label: 24001 [164..167]
        Traffic class: 5 [166..167]
        Bottom of stack: Set [166..167]
        Time to live: 64 [167..168]
"
        );
    }

    #[test]
    fn an_interface() {
        let hex = "4500 00bc 0001 0000 4001 663e 0a00 0001
             0a00 0002 0303 f7cd 0020 0000 4500 001c
             004d 0000 4011 6682 0a00 0001 0a00 0002
             04d2 0035 0008 0000 0000 0000 0000 0000
             0000 0000 0000 0000 0000 0000 0000 0000
             0000 0000 0000 0000 0000 0000 0000 0000
             0000 0000 0000 0000 0000 0000 0000 0000
             0000 0000 0000 0000 0000 0000 0000 0000
             0000 0000 0000 0000 0000 0000 0000 0000
             0000 0000 0000 0000 0000 0000 2000 2119
             001c 020f 0000 0007 0001 0000 0a09 0001
             0865 7468 3000 0000 0000 05dc";
        let text = layer("icmp", 228, hex);
        assert_eq!(
            behind_header(&text),
            "\
  Extensions [156..188]
    Version: 2 [156..157]
    Reserved: 0x0000 [156..158]
    Checksum: 0x2119 [158..160]
    Checksum status: Good (1) [158..158]
    Object: Interface information (2) [160..188]
      Length: 28 [160..162]
      Class: Interface information (2) [162..163]
      Type in class: 15 [163..164]
        Role: Interface that the packet arrived on (0) [163..164]
        Reserved: 0 [163..164]
        Index: Set [163..164]
        Address: Set [163..164]
        Name: Set [163..164]
        MTU: Set [163..164]
      Index: 7 [164..168]
      Address [168..176]
        Family: 1 [168..170]
        Reserved: 0000 [170..172]
        Address: 10.9.0.1 [172..176]
      Name [176..184]
        Name length: 8 [176..177]
        Name: eth0 [177..184]
      MTU: 1500 [184..188]
"
        );
    }

    #[test]
    fn an_object_without_a_header() {
        let hex = "4500 00a4 0001 0000 4001 6656 0a00 0001
             0a00 0002 0b00 10f3 0020 0000 4500 001c
             004d 0000 4011 6682 0a00 0001 0a00 0002
             04d2 0035 0008 0000 0000 0000 0000 0000
             0000 0000 0000 0000 0000 0000 0000 0000
             0000 0000 0000 0000 0000 0000 0000 0000
             0000 0000 0000 0000 0000 0000 0000 0000
             0000 0000 0000 0000 0000 0000 0000 0000
             0000 0000 0000 0000 0000 0000 0000 0000
             0000 0000 0000 0000 0000 0000 2000 bdda
             0002 0101";
        let text = layer("icmp", 228, hex);
        assert_eq!(
            behind_header(&text),
            "\
  Extensions [156..164]
    Version: 2 [156..157]
    Reserved: 0x0000 [156..158]
    Checksum: 0xbdda [158..160]
    Checksum status: bad [158..158]
      Note: bad checksum: 0xbdda, the bytes add up to 0xdefc
    Object: MPLS label stack (1) [160..164]
      Length: 2 [160..162]
      Class: MPLS label stack (1) [162..163]
      Type in class: 1 [163..164]
        Note: must be at least 4 bytes
    Note: the extensions do not fit
"
        );
    }
}
