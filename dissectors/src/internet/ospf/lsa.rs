//! Link state advertisements of version 2: RFC 2328, section A.4; RFC 5250 for the opaque ones.

use super::{
    extended, opaque,
    options::{Link, options_v2},
    traffic,
};
use crate::{Base, Hex, Layer, Severity, Stop, internet::address, value::named};
use nom::{
    Parser,
    number::{be_u8, be_u16, be_u24, be_u32},
};

named! {
    /// RFC 2328, section A.4.1.
    Kind(u8, Dec) {
        ROUTER = 1 => "Router-LSA",
        NETWORK = 2 => "Network-LSA",
        SUMMARY = 3 => "Summary-LSA (IP network)",
        SUMMARY_ASBR = 4 => "Summary-LSA (ASBR)",
        EXTERNAL = 5 => "AS-External-LSA (ASBR)",
        MEMBERSHIP = 6 => "Group Membership LSA",
        NSSA = 7 => "NSSA AS-External-LSA",
        ATTRIBUTES = 8 => "External Attributes LSA",
        OPAQUE_LINK = 9 => "Opaque LSA, Link-local scope",
        OPAQUE_AREA = 10 => "Opaque LSA, Area-local scope",
        OPAQUE_AS = 11 => "Opaque LSA, AS-local scope",
    }

    /// The subject of an opaque advertisement.
    Opaque(u8, Dec) {
        TRAFFIC = 1 => "Traffic Engineering LSA",
        SYCAMORE = 2 => "Sycamore Optical Topology Descriptions",
        GRACE = 3 => "grace-LSA",
        ROUTER = 4 => "Router Information (RI)",
        L1VPN = 5 => "L1VPN LSA",
        INTER_AS = 6 => "Inter-AS-TE-v2 LSA",
        PREFIX = 7 => "OSPFv2 Extended Prefix Opaque LSA",
        LINK = 8 => "OSPFv2 Extended Link Opaque LSA",
        TTZ = 9 => "TTZ LSA",
    }

}

/// RFC 2328, section A.4.1.
const HEADER: usize = 20;
/// The offset of the type in the header.
const KIND_AT: usize = 3;

/// Reads an advertisement, or only its header.
pub fn read(ospf: &mut Layer, whole: bool) -> Result<(), Stop> {
    ospf.group("", "Advertisement", |ospf| {
        ospf.word("ospf.lsa.age", be_u16(), |bits| {
            bits.worded(
                "ospf.lsa.age",
                "Age",
                0x7fff,
                |age| age as u16,
                |age| format!("{age} s"),
            );
            bits.number("ospf.lsa.donotage", "Do not age", 0x8000);
        })?;
        let nssa = ospf.rest().get(KIND_AT - 2) == Some(&Kind::NSSA.0);
        options_v2(ospf, nssa)?;
        let kind = ospf.field("ospf.lsa", "Type", be_u8().map(Kind))?;
        let (id, opaque) = match kind {
            Kind::OPAQUE_LINK | Kind::OPAQUE_AREA | Kind::OPAQUE_AS => {
                let name = "ospf.lsid_opaque_type";
                let opaque = ospf.field(name, "Opaque type", be_u8().map(Opaque))?;
                let id = match opaque {
                    Opaque::TRAFFIC => {
                        ospf.field("ospf.lsid_te_lsa.reserved", "Reserved", be_u8())?;
                        ospf.field("ospf.lsid_te_lsa.instance", "Instance", be_u16())?
                            .into()
                    }
                    _ => ospf.field("ospf.lsid.opaque_id", "Opaque ID", be_u24())?,
                };
                (id, Some(opaque))
            }
            _ => (
                ospf.field("ospf.lsa.id", "Link state ID", address::ipv4())?
                    .into(),
                None,
            ),
        };
        let router = ospf.field("ospf.advrouter", "Advertising router", address::ipv4())?;
        ospf.title(|| match opaque {
            Some(opaque) => format!("{} {id} of {router}", opaque.name().unwrap_or("unknown")),
            None => {
                let id = std::net::Ipv4Addr::from(id);
                format!("{}, {id} of {router}", kind.name().unwrap_or("unknown"))
            }
        });
        ospf.field("ospf.lsa.seqnum", "Sequence number", be_u32().map(Hex))?;
        ospf.field("ospf.lsa.chksum", "Checksum", be_u16().map(Hex))?;
        let length = usize::from(ospf.field("ospf.lsa.length", "Length", be_u16())?);
        if !whole {
            return Ok(());
        }
        if length < HEADER {
            return ospf.malformed("ospf.lsa.length");
        }
        let left = ospf.reported() + HEADER;
        if length > left {
            ospf.note(Severity::Error, || {
                format!("{length} bytes, but only {left} are left")
            });
        }
        ospf.within(length - HEADER, |ospf| match opaque {
            Some(opaque) => read_opaque(ospf, opaque),
            None => body(ospf, kind),
        })
    })
}

/// Reads the subject of a request: RFC 2328, section A.3.4.
pub fn requested(ospf: &mut Layer) -> Result<&'static str, Stop> {
    let show = |kind: u32| match u8::try_from(kind) {
        Ok(kind) => Kind(kind).into(),
        Err(_) => kind.into(),
    };
    let kind = ospf.field_shown("ospf.lsa", "Type", be_u32(), show)?;
    let name = u8::try_from(kind).ok().and_then(|kind| Kind(kind).name());
    Ok(name.unwrap_or("unknown"))
}

fn body(ospf: &mut Layer, kind: Kind) -> Result<(), Stop> {
    match kind {
        Kind::ROUTER => router(ospf),
        Kind::NETWORK => {
            ospf.field("ospf.lsa.network.netmask", "Netmask", address::ipv4())?;
            while ospf.reported() > 0 {
                let name = "ospf.lsa.network.attchrtr";
                ospf.field(name, "Attached router", address::ipv4())?;
            }
            Ok(())
        }
        Kind::SUMMARY | Kind::SUMMARY_ASBR => {
            ospf.field("ospf.lsa.asbr.netmask", "Netmask", address::ipv4())?;
            while ospf.reported() > 0 {
                ospf.field("ospf.lsa.tos", "Type of service", be_u8())?;
                ospf.field("ospf.metric", "Metric", be_u24())?;
            }
            Ok(())
        }
        Kind::EXTERNAL | Kind::NSSA => external(ospf),
        _ => {
            let left = ospf.rest().len();
            ospf.note(Severity::Warning, || {
                format!("{left} bytes that are not known")
            });
            Ok(())
        }
    }
}

/// RFC 2328, section A.4.2.
fn router(ospf: &mut Layer) -> Result<(), Stop> {
    let name = "ospf.v2.router.lsa.flags";
    ospf.flags(name, "Flags", Base::Hex(2), be_u8(), |bits| {
        bits.flag("ospf.v2.router.lsa.flags.h", "Host router", 0x80);
        bits.flag("ospf.v2.router.lsa.flags.n", "NSSA translator", 0x10);
        bits.flag(
            "ospf.v2.router.lsa.flags.w",
            "Wild-card multicast receiver",
            0x08,
        );
        bits.flag("ospf.v2.router.lsa.flags.v", "Virtual link endpoint", 0x04);
        bits.flag("ospf.v2.router.lsa.flags.e", "AS boundary router", 0x02);
        bits.flag("ospf.v2.router.lsa.flags.b", "Area border router", 0x01);
    })?;
    ospf.skip(1);
    let count = ospf.field("ospf.lsa.number_of_links", "Links", be_u16())?;
    for _ in 0..count {
        ospf.group("", "Link", |ospf| {
            let id = ospf.field("ospf.lsa.router.linkid", "Link ID", address::ipv4())?;
            ospf.field("ospf.lsa.router.linkdata", "Link data", address::ipv4())?;
            let name = "ospf.lsa.router.linktype";
            let kind = ospf.field(name, "Link type", be_u8().map(Link))?;
            let more = ospf.field("ospf.lsa.router.nummetrics", "More metrics", be_u8())?;
            let metric = ospf.field("ospf.lsa.router.metric0", "Metric", be_u16())?;
            ospf.title(|| {
                format!(
                    "{}, {id}, metric {metric}",
                    kind.name().unwrap_or("unknown")
                )
            });
            for _ in 0..more {
                let name = "ospf.ls.metric";
                let metric = |word: u32| (word & 0xffff).into();
                let word = ospf.field_shown(name, "Metric", be_u32(), metric)?;
                ospf.text(|| format!("{} for type of service {}", word & 0xffff, word >> 24));
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// RFC 2328, section A.4.5; RFC 3101, section 2.4.
fn external(ospf: &mut Layer) -> Result<(), Stop> {
    ospf.field("ospf.lsa.asext.netmask", "Netmask", address::ipv4())?;
    while ospf.reported() > 0 {
        ospf.word("ospf.lsa.asext.type", be_u8(), |bits| {
            let name = "ospf.lsa.asext.type";
            let (two, one) = (
                "2, beyond any internal metric",
                "1, like an internal metric",
            );
            bits.flag_meaning(name, "Metric type", 0x80, two, one);
            bits.number("ospf.lsa.tos", "Type of service", 0x7f);
        })?;
        ospf.field("ospf.metric", "Metric", be_u24())?;
        let name = "ospf.lsa.asext.fwdaddr";
        ospf.field(name, "Forwarding address", address::ipv4())?;
        ospf.field("ospf.lsa.asext.extrttag", "External route tag", be_u32())?;
    }
    Ok(())
}

fn read_opaque(ospf: &mut Layer, kind: Opaque) -> Result<(), Stop> {
    match kind {
        Opaque::TRAFFIC => ospf.group("", "Traffic engineering", traffic::read),
        Opaque::GRACE => opaque::grace(ospf),
        Opaque::ROUTER => ospf.group("", "Router information", opaque::router_information),
        Opaque::PREFIX => ospf.group("", "Extended prefixes", extended::prefixes),
        Opaque::LINK => ospf.group("", "Extended links", extended::links),
        _ => {
            let left = ospf.rest().len();
            ospf.note(Severity::Warning, || {
                format!("{left} bytes that are not known")
            });
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::layer;

    #[test]
    fn a_router_and_its_links() {
        let hex = "45000064 00010000 0159cf3a 0a000001 e0000005 02040050 01010101 00000000
             7e7e0000 00000000 00000000 00000001 00052201 0a000001 03030303 80000001
             abcd0034 03000002 01010101 02020202 0200000a 0a000000 ffffff00 03010001
             08000005";
        assert_eq!(
            layer("ospf", 228, hex),
            "\
Open Shortest Path First [20..100]
  Header: version 2, LS Update, router 1.1.1.1, area 0.0.0.0 [20..44]
    Version: 2 [20..21]
    Message type: LS Update (4) [21..22]
    Packet length: 80 [22..24]
    Source router: 1.1.1.1 [24..28]
    Area ID: 0.0.0.0, the backbone [28..32]
    Checksum: 0x7e7e, good [32..34]
    Authentication: Null (0) [34..36]
    Authentication data: 0000000000000000 [36..44]
  Link state update: 1 advertisement [44..100]
    Advertisements: 1 [44..48]
    Advertisement: Router-LSA, 10.0.0.1 of 3.3.3.3 [48..100]
      Age: 5 s [48..50]
      Do not age: 0 [48..50]
      Options: 0x22 [50..51]
        Down: Not set [50..51]
        Opaque advertisements: Not set [50..51]
        Demand circuits: Set [50..51]
        Link-local signaling: Not set [50..51]
        NSSA: Not set [50..51]
        Multicast: Not set [50..51]
        External routing: Set [50..51]
        Multi-topology routing: Not set [50..51]
      Type: Router-LSA (1) [51..52]
      Link state ID: 10.0.0.1 [52..56]
      Advertising router: 3.3.3.3 [56..60]
      Sequence number: 0x80000001 [60..64]
      Checksum: 0xabcd [64..66]
      Length: 52 [66..68]
      Flags: 0x03 [68..69]
        Host router: Not set [68..69]
        NSSA translator: Not set [68..69]
        Wild-card multicast receiver: Not set [68..69]
        Virtual link endpoint: Not set [68..69]
        AS boundary router: Set [68..69]
        Area border router: Set [68..69]
      Links: 2 [70..72]
      Link: Connection to a transit network, 1.1.1.1, metric 10 [72..84]
        Link ID: 1.1.1.1 [72..76]
        Link data: 2.2.2.2 [76..80]
        Link type: Connection to a transit network (2) [80..81]
        More metrics: 0 [81..82]
        Metric: 10 [82..84]
      Link: Connection to a stub network, 10.0.0.0, metric 1 [84..100]
        Link ID: 10.0.0.0 [84..88]
        Link data: 255.255.255.0 [88..92]
        Link type: Connection to a stub network (3) [92..93]
        More metrics: 1 [93..94]
        Metric: 1 [94..96]
        Metric: 5 for type of service 8 [96..100]
"
        );
    }

    #[test]
    fn networks_inside_and_outside() {
        let hex = "45000090 00010000 0159cf0e 0a000001 e0000005 0204007c 01010101 00000000
             73e20000 00000000 00000000 00000003 00052202 0a000001 03030303 80000001
             abcd0020 ffffff00 01010101 02020202 00052203 0a000001 03030303 80000001
             abcd001c ffffff00 00000014 00050807 0a000001 03030303 80000001 abcd0024
             ffffff00 80000014 01020304 00000063";
        assert_eq!(
            layer("ospf", 228, hex),
            "\
Open Shortest Path First [20..144]
  Header: version 2, LS Update, router 1.1.1.1, area 0.0.0.0 [20..44]
    Version: 2 [20..21]
    Message type: LS Update (4) [21..22]
    Packet length: 124 [22..24]
    Source router: 1.1.1.1 [24..28]
    Area ID: 0.0.0.0, the backbone [28..32]
    Checksum: 0x73e2, good [32..34]
    Authentication: Null (0) [34..36]
    Authentication data: 0000000000000000 [36..44]
  Link state update: 3 advertisements [44..144]
    Advertisements: 3 [44..48]
    Advertisement: Network-LSA, 10.0.0.1 of 3.3.3.3 [48..80]
      Age: 5 s [48..50]
      Do not age: 0 [48..50]
      Options: 0x22 [50..51]
        Down: Not set [50..51]
        Opaque advertisements: Not set [50..51]
        Demand circuits: Set [50..51]
        Link-local signaling: Not set [50..51]
        NSSA: Not set [50..51]
        Multicast: Not set [50..51]
        External routing: Set [50..51]
        Multi-topology routing: Not set [50..51]
      Type: Network-LSA (2) [51..52]
      Link state ID: 10.0.0.1 [52..56]
      Advertising router: 3.3.3.3 [56..60]
      Sequence number: 0x80000001 [60..64]
      Checksum: 0xabcd [64..66]
      Length: 32 [66..68]
      Netmask: 255.255.255.0 [68..72]
      Attached router: 1.1.1.1 [72..76]
      Attached router: 2.2.2.2 [76..80]
    Advertisement: Summary-LSA (IP network), 10.0.0.1 of 3.3.3.3 [80..108]
      Age: 5 s [80..82]
      Do not age: 0 [80..82]
      Options: 0x22 [82..83]
        Down: Not set [82..83]
        Opaque advertisements: Not set [82..83]
        Demand circuits: Set [82..83]
        Link-local signaling: Not set [82..83]
        NSSA: Not set [82..83]
        Multicast: Not set [82..83]
        External routing: Set [82..83]
        Multi-topology routing: Not set [82..83]
      Type: Summary-LSA (IP network) (3) [83..84]
      Link state ID: 10.0.0.1 [84..88]
      Advertising router: 3.3.3.3 [88..92]
      Sequence number: 0x80000001 [92..96]
      Checksum: 0xabcd [96..98]
      Length: 28 [98..100]
      Netmask: 255.255.255.0 [100..104]
      Type of service: 0 [104..105]
      Metric: 20 [105..108]
    Advertisement: NSSA AS-External-LSA, 10.0.0.1 of 3.3.3.3 [108..144]
      Age: 5 s [108..110]
      Do not age: 0 [108..110]
      Options: 0x08 [110..111]
        Down: Not set [110..111]
        Opaque advertisements: Not set [110..111]
        Demand circuits: Not set [110..111]
        Link-local signaling: Not set [110..111]
        Propagate: Set [110..111]
        Multicast: Not set [110..111]
        External routing: Not set [110..111]
        Multi-topology routing: Not set [110..111]
      Type: NSSA AS-External-LSA (7) [111..112]
      Link state ID: 10.0.0.1 [112..116]
      Advertising router: 3.3.3.3 [116..120]
      Sequence number: 0x80000001 [120..124]
      Checksum: 0xabcd [124..126]
      Length: 36 [126..128]
      Netmask: 255.255.255.0 [128..132]
      Metric type: 2, beyond any internal metric [132..133]
      Type of service: 0 [132..133]
      Metric: 20 [133..136]
      Forwarding address: 1.2.3.4 [136..140]
      External route tag: 99 [140..144]
"
        );
    }

    #[test]
    fn an_unknown_one() {
        let hex = "45000048 00010000 0159cf56 0a000001 e0000005 02040034 01010101 00000000
             99bf0000 00000000 00000000 00000001 0005220c 0a000001 03030303 80000001
             abcd0018 01020304";
        assert_eq!(
            layer("ospf", 228, hex),
            "\
Open Shortest Path First [20..72]
  Header: version 2, LS Update, router 1.1.1.1, area 0.0.0.0 [20..44]
    Version: 2 [20..21]
    Message type: LS Update (4) [21..22]
    Packet length: 52 [22..24]
    Source router: 1.1.1.1 [24..28]
    Area ID: 0.0.0.0, the backbone [28..32]
    Checksum: 0x99bf, good [32..34]
    Authentication: Null (0) [34..36]
    Authentication data: 0000000000000000 [36..44]
  Link state update: 1 advertisement [44..72]
    Advertisements: 1 [44..48]
    Advertisement: unknown, 10.0.0.1 of 3.3.3.3 [48..72]
      Age: 5 s [48..50]
      Do not age: 0 [48..50]
      Options: 0x22 [50..51]
        Down: Not set [50..51]
        Opaque advertisements: Not set [50..51]
        Demand circuits: Set [50..51]
        Link-local signaling: Not set [50..51]
        NSSA: Not set [50..51]
        Multicast: Not set [50..51]
        External routing: Set [50..51]
        Multi-topology routing: Not set [50..51]
      Type: 12 [51..52]
      Link state ID: 10.0.0.1 [52..56]
      Advertising router: 3.3.3.3 [56..60]
      Sequence number: 0x80000001 [60..64]
      Checksum: 0xabcd [64..66]
      Length: 24 [66..68]
        Note: 4 bytes that are not known
"
        );
    }

    #[test]
    fn longer_than_the_packet() {
        let hex = "4500004c 00010000 0159cf52 0a000001 e0000005 02040038 01010101 00000000
             9cc00000 00000000 00000000 00000001 00052202 0a000001 03030303 80000001
             abcd0020 ffffff00 01010101";
        assert_eq!(
            layer("ospf", 228, hex),
            "\
Open Shortest Path First [20..76]
  Header: version 2, LS Update, router 1.1.1.1, area 0.0.0.0 [20..44]
    Version: 2 [20..21]
    Message type: LS Update (4) [21..22]
    Packet length: 56 [22..24]
    Source router: 1.1.1.1 [24..28]
    Area ID: 0.0.0.0, the backbone [28..32]
    Checksum: 0x9cc0, good [32..34]
    Authentication: Null (0) [34..36]
    Authentication data: 0000000000000000 [36..44]
  Link state update: 1 advertisement [44..76]
    Advertisements: 1 [44..48]
    Advertisement: Network-LSA, 10.0.0.1 of 3.3.3.3 [48..76]
      Age: 5 s [48..50]
      Do not age: 0 [48..50]
      Options: 0x22 [50..51]
        Down: Not set [50..51]
        Opaque advertisements: Not set [50..51]
        Demand circuits: Set [50..51]
        Link-local signaling: Not set [50..51]
        NSSA: Not set [50..51]
        Multicast: Not set [50..51]
        External routing: Set [50..51]
        Multi-topology routing: Not set [50..51]
      Type: Network-LSA (2) [51..52]
      Link state ID: 10.0.0.1 [52..56]
      Advertising router: 3.3.3.3 [56..60]
      Sequence number: 0x80000001 [60..64]
      Checksum: 0xabcd [64..66]
      Length: 32 [66..68]
        Note: 32 bytes, but only 28 are left
      Netmask: 255.255.255.0 [68..72]
      Attached router: 1.1.1.1 [72..76]
"
        );
    }
}
