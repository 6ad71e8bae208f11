//! Link state advertisements of version 3: RFC 5340, section A.4.

use super::{opaque, options::options_v3};
use crate::{Base, Hex, Layer, Severity, Stop, Value, internet::address, value::named};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16, be_u24, be_u32},
};

named! {
    /// RFC 5340, section A.4.2.1.
    Function(u16, Dec) {
        ROUTER = 1 => "Router-LSA",
        NETWORK = 2 => "Network-LSA",
        INTER_AREA_PREFIX = 3 => "Inter-Area-Prefix-LSA",
        INTER_AREA_ROUTER = 4 => "Inter-Area-Router-LSA",
        EXTERNAL = 5 => "AS-External-LSA",
        MEMBERSHIP = 6 => "Group-Membership-LSA",
        NSSA = 7 => "NSSA-LSA",
        LINK = 8 => "Link-LSA",
        INTRA_AREA_PREFIX = 9 => "Intra-Area-Prefix-LSA",
        ROUTER_INFORMATION = 12 => "Router Information Opaque-LSA",
    }

    /// RFC 5340, section A.4.2.1.
    Scope(u16, Hex(4)) {
        LINK = 0 => "Link",
        AREA = 1 => "Area",
        AS = 2 => "Autonomous system",
        RESERVED = 3 => "Reserved",
    }

    /// RFC 5340, section A.4.3.
    Interface(u8, Dec) {
        POINT_TO_POINT = 1 => "Point-to-point connection to another router",
        TRANSIT = 2 => "Connection to a transit network",
        STUB = 3 => "Connection to a stub network",
        VIRTUAL = 4 => "Virtual link",
    }
}

/// The bits of a type that give its function.
const FUNCTION: u16 = 0x1fff;
/// RFC 5340, section A.4.2.
const HEADER: usize = 20;

/// Reads an advertisement whose prefixes are of IPv4 or of IPv6, or only its header.
pub fn read(ospf: &mut Layer, body_ipv4: Option<bool>) -> Result<(), Stop> {
    ospf.group("", "Advertisement", |ospf| {
        ospf.word("ospf.lsa.age", be_u16(), |bits| {
            bits.worded(
                "ospf.lsa.age",
                "Age",
                0x7fff,
                |age| age as u16,
                |age| format!("{age} s"),
            );
            bits.flag("ospf.v3.lsa.do_not_age", "Do not age", 0x8000);
        })?;
        let function = function(ospf)?;
        let id = ospf.field("ospf.link_state_id", "Link state ID", address::ipv4())?;
        let router = ospf.field("ospf.advrouter", "Advertising router", address::ipv4())?;
        ospf.title(|| format!("{}, {id} of {router}", function.name().unwrap_or("unknown")));
        ospf.field("ospf.lsa.seqnum", "Sequence number", be_u32().map(Hex))?;
        ospf.field("ospf.lsa.chksum", "Checksum", be_u16().map(Hex))?;
        let length = usize::from(ospf.field("ospf.lsa.length", "Length", be_u16())?);
        let Some(ipv4) = body_ipv4 else {
            return Ok(());
        };
        if length < HEADER {
            return ospf.malformed("ospf.lsa.length");
        }
        let left = ospf.reported() + HEADER;
        if length > left {
            ospf.note(Severity::Error, || {
                format!("{length} bytes, but only {left} are left")
            });
        }
        ospf.within(length - HEADER, |ospf| body(ospf, function, ipv4))
    })
}

/// Reads an advertisement's type and names it.
pub fn kind(ospf: &mut Layer) -> Result<&'static str, Stop> {
    Ok(function(ospf)?.name().unwrap_or("unknown"))
}

fn function(ospf: &mut Layer) -> Result<Function, Stop> {
    let kind = ospf.flags("ospf.v3.lsa", "Type", Base::Hex(4), be_u16(), |bits| {
        let (yes, no) = (
            "Flood it even if it is not known",
            "Keep it on the link if it is not known",
        );
        bits.flag_meaning("ospf.v3.lsa.u", "Handling", 0x8000, yes, no);
        bits.value("ospf.v3.lsa.s12", "Scope", 0x6000, |scope| {
            Scope(scope as u16)
        });
        bits.value("ospf.v3.lsa.fc", "Function", FUNCTION.into(), |number| {
            Function(number as u16)
        });
    })?;
    ospf.text_of("ospf.v3.lsa", || {
        let name = Function(kind & FUNCTION).name().unwrap_or("unknown");
        format!("{name} (0x{kind:04x})")
    });
    Ok(Function(kind & FUNCTION))
}

fn reserved(ospf: &mut Layer, length: usize) -> Result<(), Stop> {
    ospf.field("ospf.reserved", "Reserved", take(length))
        .map(drop)
}

fn body(ospf: &mut Layer, function: Function, ipv4: bool) -> Result<(), Stop> {
    match function {
        Function::ROUTER => router(ospf)?,
        Function::NETWORK => {
            reserved(ospf, 1)?;
            options_v3(ospf)?;
            while ospf.reported() > 0 {
                let name = "ospf.v3.lsa.attached_router";
                ospf.field(name, "Attached router", address::ipv4())?;
            }
        }
        Function::INTER_AREA_PREFIX => {
            reserved(ospf, 1)?;
            ospf.field("ospf.metric", "Metric", be_u24())?;
            let length = prefix_head(ospf)?;
            reserved(ospf, 2)?;
            prefix(ospf, length, ipv4)?;
        }
        Function::INTER_AREA_ROUTER => {
            reserved(ospf, 1)?;
            options_v3(ospf)?;
            reserved(ospf, 1)?;
            ospf.field("ospf.metric", "Metric", be_u24())?;
            let name = "ospf.v3.lsa.destination_router_id";
            ospf.field(name, "Destination router", address::ipv4())?;
        }
        Function::EXTERNAL | Function::NSSA => external(ospf, ipv4)?,
        Function::LINK => {
            ospf.field("ospf.v3.lsa.router_priority", "Router priority", be_u8())?;
            options_v3(ospf)?;
            let names = (
                "ospf.v3.lsa.link_local_interface_address.ipv4",
                "ospf.v3.lsa.link_local_interface_address.ipv6",
            );
            host(ospf, names, "Link-local address", ipv4)?;
            let count = ospf.field("ospf.v3.lsa.num_prefixes", "Prefixes", be_u32())?;
            for _ in 0..count {
                let length = prefix_head(ospf)?;
                reserved(ospf, 2)?;
                prefix(ospf, length, ipv4)?;
            }
        }
        Function::INTRA_AREA_PREFIX => {
            let count = ospf.field("ospf.v3.lsa.num_prefixes", "Prefixes", be_u16())?;
            referenced_type(ospf)?;
            referenced_id(ospf)?;
            let name = "ospf.v3.lsa.referenced_advertising_router";
            ospf.field(name, "Referenced router", address::ipv4())?;
            for _ in 0..count {
                let length = prefix_head(ospf)?;
                ospf.field("ospf.metric", "Metric", be_u16())?;
                prefix(ospf, length, ipv4)?;
            }
        }
        Function::ROUTER_INFORMATION => {
            ospf.group("", "Router information", opaque::router_information)?;
        }
        _ => {
            let left = ospf.rest().len();
            ospf.note(Severity::Warning, || {
                format!("{left} bytes that are not known")
            });
        }
    }
    Ok(())
}

/// RFC 5340, section A.4.3.
fn router(ospf: &mut Layer) -> Result<(), Stop> {
    let name = "ospf.v3.router.lsa.flags";
    ospf.flags(name, "Flags", Base::Hex(2), be_u8(), |bits| {
        bits.flag(
            "ospf.v3.router.lsa.flags.w",
            "Wild-card multicast receiver",
            0x08,
        );
        bits.flag("ospf.v3.router.lsa.flags.v", "Virtual link endpoint", 0x04);
        bits.flag("ospf.v3.router.lsa.flags.e", "AS boundary router", 0x02);
        bits.flag("ospf.v3.router.lsa.flags.b", "Area border router", 0x01);
    })?;
    options_v3(ospf)?;
    while ospf.reported() > 0 {
        ospf.group("", "Interface", |ospf| {
            let kind = ospf.field("ospf.v3.lsa.type", "Type", be_u8().map(Interface))?;
            reserved(ospf, 1)?;
            let metric = ospf.field("ospf.metric", "Metric", be_u16())?;
            ospf.field("ospf.v3.lsa.interface_id", "Interface ID", be_u32())?;
            let name = "ospf.v3.lsa.neighbor_interface_id";
            ospf.field(name, "Neighbor's interface ID", be_u32())?;
            let name = "ospf.v3.lsa.neighbor_router_id";
            let neighbor = ospf.field(name, "Neighbor", address::ipv4())?;
            ospf.title(|| {
                format!(
                    "{}, {neighbor}, metric {metric}",
                    kind.name().unwrap_or("unknown")
                )
            });
            Ok(())
        })?;
    }
    Ok(())
}

/// RFC 5340, section A.4.7.
fn external(ospf: &mut Layer, ipv4: bool) -> Result<(), Stop> {
    /// A forwarding address and a route tag are there.
    const FORWARDING: u8 = 0x02;
    const TAG: u8 = 0x01;
    let (name, base) = ("ospf.v3.as.external.flags", Base::Hex(2));
    let flags = ospf.flags(name, "Flags", base, be_u8(), |bits| {
        let name = "ospf.v3.as.external.flags.e";
        let (two, one) = (
            "2, beyond any internal metric",
            "1, like an internal metric",
        );
        bits.flag_meaning(name, "Metric type", 0x04, two, one);
        let name = "ospf.v3.as.external.flags.f";
        bits.flag(name, "Forwarding address", FORWARDING.into());
        bits.flag(
            "ospf.v3.as.external.flags.t",
            "External route tag",
            TAG.into(),
        );
    })?;
    ospf.field("ospf.metric", "Metric", be_u24())?;
    let length = prefix_head(ospf)?;
    let referenced = referenced_type(ospf)?;
    prefix(ospf, length, ipv4)?;
    if flags & FORWARDING != 0 {
        let names = (
            "ospf.v3.lsa.forwarding_address.ipv4",
            "ospf.v3.lsa.forwarding_address.ipv6",
        );
        host(ospf, names, "Forwarding address", ipv4)?;
    }
    if flags & TAG != 0 {
        let name = "ospf.v3.lsa.external_route_tag";
        ospf.field(name, "External route tag", be_u32())?;
    }
    if referenced != 0 {
        referenced_id(ospf)?;
    }
    Ok(())
}

fn referenced_type(ospf: &mut Layer) -> Result<u16, Stop> {
    let name = "ospf.v3.lsa.referenced_ls_type";
    let kind = ospf.field(name, "Referenced type", be_u16().map(Hex))?.0;
    if let Some(name) = Function(kind & FUNCTION).name() {
        ospf.text(|| format!("{name} (0x{kind:04x})"));
    }
    Ok(kind)
}

fn referenced_id(ospf: &mut Layer) -> Result<(), Stop> {
    let name = "ospf.v3.lsa.referenced_link_state_id";
    ospf.field(name, "Referenced link state ID", address::ipv4())
        .map(drop)
}

/// Reads an address in the space of an IPv6 address even where it is one of IPv4: RFC 5838, section 2.6.
fn host(
    ospf: &mut Layer,
    (ipv4_name, ipv6_name): (&'static str, &'static str),
    label: &'static str,
    ipv4: bool,
) -> Result<(), Stop> {
    match ipv4 {
        true => {
            ospf.field(ipv4_name, label, address::ipv4())?;
            ospf.skip(12);
        }
        false => drop(ospf.field(ipv6_name, label, address::ipv6())?),
    }
    Ok(())
}

/// Reads the length and the options of a prefix: RFC 5340, section A.4.1.
fn prefix_head(ospf: &mut Layer) -> Result<u8, Stop> {
    let length = ospf.field("ospf.prefix_length", "Prefix length", be_u8())?;
    let (name, base) = ("ospf.v3.prefix.options", Base::Hex(2));
    ospf.flags(name, "Prefix options", base, be_u8(), |bits| {
        bits.flag("ospf.v3.prefix.options.p", "Propagate", 0x08);
        bits.flag("ospf.v3.prefix.options.mc", "Multicast", 0x04);
        bits.flag("ospf.v3.prefix.options.la", "Local address", 0x02);
        bits.flag("ospf.v3.prefix.options.nu", "No unicast", 0x01);
    })?;
    Ok(length)
}

/// Reads a prefix in as many words of 32 bits as it needs.
fn prefix(ospf: &mut Layer, length: u8, ipv4: bool) -> Result<(), Stop> {
    let (name, longest) = match ipv4 {
        true => ("ospf.v3.address_prefix.ipv4", 32),
        false => ("ospf.v3.address_prefix.ipv6", 128),
    };
    if length > longest {
        ospf.note(Severity::Error, || {
            format!("a prefix has at most {longest} bits, not {length}")
        });
        return ospf.malformed(name);
    }
    let bytes = 4 * usize::from(length).div_ceil(32);
    let value = |bytes: &[u8]| match ipv4 {
        true => Value::Ipv4(filled::<4>(bytes).into()),
        false => Value::Ipv6(filled::<16>(bytes).into()),
    };
    let bytes = ospf.field_shown(name, "Prefix", take(bytes), value)?;
    ospf.text(|| format!("{}/{length}", value(bytes)));
    Ok(())
}

/// Fills the bytes up with zeros.
fn filled<const LENGTH: usize>(bytes: &[u8]) -> [u8; LENGTH] {
    let mut address = [0; LENGTH];
    for (to, from) in address.iter_mut().zip(bytes) {
        *to = *from;
    }
    address
}

#[cfg(test)]
mod tests {
    use crate::test_support::layer;

    #[test]
    fn a_router_and_its_prefixes() {
        let hex = "60000000 00885901 fe800000 00000000 00000000 00000001 ff020000 00000000
             00000000 00000005 03040088 02020202 00000001 556b0000 00000002 80052001
             00000005 03030303 80000001 abcd0028 01000013 0200000b 00000005 00000006
             01010102 80050008 00000005 03030303 80000001 abcd004c 01000033 fe800000
             00000000 00000000 00000001 00000002 40000000 20010db8 00000001 80020000
             20010db8 00000000 00000000 00000001";
        assert_eq!(
            layer("ospf", 229, hex),
            "\
Open Shortest Path First [40..176]
  Header: version 3, LS Update, router 2.2.2.2, area 0.0.0.1 [40..56]
    Version: 3 [40..41]
    Message type: LS Update (4) [41..42]
    Packet length: 136 [42..44]
    Source router: 2.2.2.2 [44..48]
    Area ID: 0.0.0.1 [48..52]
    Checksum: 0x556b, good [52..54]
    Instance ID: IPv6 unicast (0) [54..55]
    Reserved: 00 [55..56]
  Link state update: 2 advertisements [56..176]
    Advertisements: 2 [56..60]
    Advertisement: Router-LSA, 0.0.0.5 of 3.3.3.3 [60..100]
      Age: 5 s [60..62]
      Do not age: Set [60..62]
      Type: Router-LSA (0x2001) [62..64]
        Handling: Keep it on the link if it is not known [62..64]
        Scope: Area (0x0001) [62..64]
        Function: Router-LSA (1) [62..64]
      Link state ID: 0.0.0.5 [64..68]
      Advertising router: 3.3.3.3 [68..72]
      Sequence number: 0x80000001 [72..76]
      Checksum: 0xabcd [76..78]
      Length: 40 [78..80]
      Flags: 0x01 [80..81]
        Wild-card multicast receiver: Not set [80..81]
        Virtual link endpoint: Not set [80..81]
        AS boundary router: Not set [80..81]
        Area border router: Set [80..81]
      Options: 0x000013 [81..84]
        Authentication trailer: Not set [81..84]
        Link-local signaling: Not set [81..84]
        Address families: Not set [81..84]
        Demand circuits: Not set [81..84]
        Router: Set [81..84]
        NSSA: Not set [81..84]
        Multicast: Not set [81..84]
        External routing: Set [81..84]
        IPv6 routing: Set [81..84]
      Interface: Connection to a transit network, 1.1.1.2, metric 11 [84..100]
        Type: Connection to a transit network (2) [84..85]
        Reserved: 00 [85..86]
        Metric: 11 [86..88]
        Interface ID: 5 [88..92]
        Neighbor's interface ID: 6 [92..96]
        Neighbor: 1.1.1.2 [96..100]
    Advertisement: Link-LSA, 0.0.0.5 of 3.3.3.3 [100..176]
      Age: 5 s [100..102]
      Do not age: Set [100..102]
      Type: Link-LSA (0x0008) [102..104]
        Handling: Keep it on the link if it is not known [102..104]
        Scope: Link (0x0000) [102..104]
        Function: Link-LSA (8) [102..104]
      Link state ID: 0.0.0.5 [104..108]
      Advertising router: 3.3.3.3 [108..112]
      Sequence number: 0x80000001 [112..116]
      Checksum: 0xabcd [116..118]
      Length: 76 [118..120]
      Router priority: 1 [120..121]
      Options: 0x000033 [121..124]
        Authentication trailer: Not set [121..124]
        Link-local signaling: Not set [121..124]
        Address families: Not set [121..124]
        Demand circuits: Set [121..124]
        Router: Set [121..124]
        NSSA: Not set [121..124]
        Multicast: Not set [121..124]
        External routing: Set [121..124]
        IPv6 routing: Set [121..124]
      Link-local address: fe80::1 [124..140]
      Prefixes: 2 [140..144]
      Prefix length: 64 [144..145]
      Prefix options: 0x00 [145..146]
        Propagate: Not set [145..146]
        Multicast: Not set [145..146]
        Local address: Not set [145..146]
        No unicast: Not set [145..146]
      Reserved: 0000 [146..148]
      Prefix: 2001:db8:0:1::/64 [148..156]
      Prefix length: 128 [156..157]
      Prefix options: 0x02 [157..158]
        Propagate: Not set [157..158]
        Multicast: Not set [157..158]
        Local address: Set [157..158]
        No unicast: Not set [157..158]
      Reserved: 0000 [158..160]
      Prefix: 2001:db8::1/128 [160..176]
"
        );
    }

    #[test]
    fn an_external_route() {
        let hex = "60000000 00505901 fe800000 00000000 00000000 00000001 ff020000 00000000
             00000000 00000005 03040050 02020202 00000001 55660000 00000001 80054005
             00000005 03030303 80000001 abcd003c 0700000c 30002001 20010db8 00010000
             20010db8 00000000 00000000 00000001 00000063 00000007";
        assert_eq!(
            layer("ospf", 229, hex),
            "\
Open Shortest Path First [40..120]
  Header: version 3, LS Update, router 2.2.2.2, area 0.0.0.1 [40..56]
    Version: 3 [40..41]
    Message type: LS Update (4) [41..42]
    Packet length: 80 [42..44]
    Source router: 2.2.2.2 [44..48]
    Area ID: 0.0.0.1 [48..52]
    Checksum: 0x5566, good [52..54]
    Instance ID: IPv6 unicast (0) [54..55]
    Reserved: 00 [55..56]
  Link state update: 1 advertisement [56..120]
    Advertisements: 1 [56..60]
    Advertisement: AS-External-LSA, 0.0.0.5 of 3.3.3.3 [60..120]
      Age: 5 s [60..62]
      Do not age: Set [60..62]
      Type: AS-External-LSA (0x4005) [62..64]
        Handling: Keep it on the link if it is not known [62..64]
        Scope: Autonomous system (0x0002) [62..64]
        Function: AS-External-LSA (5) [62..64]
      Link state ID: 0.0.0.5 [64..68]
      Advertising router: 3.3.3.3 [68..72]
      Sequence number: 0x80000001 [72..76]
      Checksum: 0xabcd [76..78]
      Length: 60 [78..80]
      Flags: 0x07 [80..81]
        Metric type: 2, beyond any internal metric [80..81]
        Forwarding address: Set [80..81]
        External route tag: Set [80..81]
      Metric: 12 [81..84]
      Prefix length: 48 [84..85]
      Prefix options: 0x00 [85..86]
        Propagate: Not set [85..86]
        Multicast: Not set [85..86]
        Local address: Not set [85..86]
        No unicast: Not set [85..86]
      Referenced type: Router-LSA (0x2001) [86..88]
      Prefix: 2001:db8:1::/48 [88..96]
      Forwarding address: 2001:db8::1 [96..112]
      External route tag: 99 [112..116]
      Referenced link state ID: 0.0.0.7 [116..120]
"
        );
    }

    /// RFC 5838, section 2.1.
    #[test]
    fn prefixes_of_ipv4() {
        let hex = "60000000 005c5901 fe800000 00000000 00000000 00000001 ff020000 00000000
             00000000 00000005 0304005c 02020202 00000001 a72d4000 00000002 80052009
             00000005 03030303 80000001 abcd0028 00012001 00000000 01010101 1800000a
             0a000000 80052003 00000005 03030303 80000001 abcd0020 0000000a 21000000
             0a000000";
        assert_eq!(
            layer("ospf", 229, hex),
            "\
Open Shortest Path First [40..132]
  Header: version 3, LS Update, router 2.2.2.2, area 0.0.0.1 [40..56]
    Version: 3 [40..41]
    Message type: LS Update (4) [41..42]
    Packet length: 92 [42..44]
    Source router: 2.2.2.2 [44..48]
    Area ID: 0.0.0.1 [48..52]
    Checksum: 0xa72d, good [52..54]
    Instance ID: IPv4 unicast (64) [54..55]
    Reserved: 00 [55..56]
  Link state update: 2 advertisements [56..132]
    Advertisements: 2 [56..60]
    Advertisement: Intra-Area-Prefix-LSA, 0.0.0.5 of 3.3.3.3 [60..100]
      Age: 5 s [60..62]
      Do not age: Set [60..62]
      Type: Intra-Area-Prefix-LSA (0x2009) [62..64]
        Handling: Keep it on the link if it is not known [62..64]
        Scope: Area (0x0001) [62..64]
        Function: Intra-Area-Prefix-LSA (9) [62..64]
      Link state ID: 0.0.0.5 [64..68]
      Advertising router: 3.3.3.3 [68..72]
      Sequence number: 0x80000001 [72..76]
      Checksum: 0xabcd [76..78]
      Length: 40 [78..80]
      Prefixes: 1 [80..82]
      Referenced type: Router-LSA (0x2001) [82..84]
      Referenced link state ID: 0.0.0.0 [84..88]
      Referenced router: 1.1.1.1 [88..92]
      Prefix length: 24 [92..93]
      Prefix options: 0x00 [93..94]
        Propagate: Not set [93..94]
        Multicast: Not set [93..94]
        Local address: Not set [93..94]
        No unicast: Not set [93..94]
      Metric: 10 [94..96]
      Prefix: 10.0.0.0/24 [96..100]
    Advertisement: Inter-Area-Prefix-LSA, 0.0.0.5 of 3.3.3.3 [100..132]
      Age: 5 s [100..102]
      Do not age: Set [100..102]
      Type: Inter-Area-Prefix-LSA (0x2003) [102..104]
        Handling: Keep it on the link if it is not known [102..104]
        Scope: Area (0x0001) [102..104]
        Function: Inter-Area-Prefix-LSA (3) [102..104]
      Link state ID: 0.0.0.5 [104..108]
      Advertising router: 3.3.3.3 [108..112]
      Sequence number: 0x80000001 [112..116]
      Checksum: 0xabcd [116..118]
      Length: 32 [118..120]
      Reserved: 00 [120..121]
      Metric: 10 [121..124]
      Prefix length: 33 [124..125]
      Prefix options: 0x00 [125..126]
        Propagate: Not set [125..126]
        Multicast: Not set [125..126]
        Local address: Not set [125..126]
        No unicast: Not set [125..126]
      Reserved: 0000 [126..128]
        Note: a prefix has at most 32 bits, not 33
  Note: malformed: ospf.v3.address_prefix.ipv4 does not fit
"
        );
    }
}
