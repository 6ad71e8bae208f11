//! Extended prefixes and links: RFC 7684, with the additions of RFC 8665, RFC 8379, RFC 9492 and RFC 7471.

use super::{
    opaque::{Algorithm, depths, element, elements, groups, next_kind, sid, unknown},
    options::Link,
};
use crate::{Base, Hex, Layer, Severity, Stop, Value, internet::address, value::named};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16, be_u24, be_u32},
};

named! {
    /// RFC 7684, section 2.1; RFC 8665, section 4.
    Prefix(u16, Dec) {
        PREFIX = 1 => "OSPFv2 Extended Prefix",
        RANGE = 2 => "OSPFv2 Extended Prefix Range",
    }

    /// RFC 8665, section 9.4.
    PrefixPart(u16, Dec) {
        LABEL = 1 => "SID/Label",
        SID = 2 => "Prefix SID",
    }

    /// RFC 7684, section 2.1.
    Route(u8, Dec) {
        UNSPECIFIED = 0 => "Unspecified",
        INTRA_AREA = 1 => "Intra-Area",
        INTER_AREA = 3 => "Inter-Area",
        EXTERNAL = 5 => "AS-External",
        NSSA = 7 => "NSSA-External",
    }

    /// RFC 7684, section 2.1.
    Family(u8, Dec) {
        IPV4 = 0 => "IPv4 Unicast",
    }

    /// RFC 7684, section 3.1.
    Extended(u16, Dec) {
        LINK = 1 => "OSPFv2 Extended Link",
    }

    /// IANA, OSPFv2 Extended Link TLV Sub-TLVs.
    LinkPart(u16, Dec) {
        LABEL = 1 => "SID/Label",
        ADJACENCY = 2 => "Adj-SID",
        LAN_ADJACENCY = 3 => "LAN Adj-SID",
        MSD = 6 => "Link MSD",
        SHUTDOWN = 7 => "Graceful Link Shutdown",
        REMOTE = 8 => "Remote IPv4 Address",
        INTERFACES = 9 => "Local/Remote Interface ID",
        APPLICATIONS = 10 => "Application-Specific Link Attributes",
        DELAY = 12 => "Unidirectional Link Delay",
        DELAY_RANGE = 13 => "Min/Max Unidirectional Link Delay",
        VARIATION = 14 => "Unidirectional Delay Variation",
        GROUP = 19 => "Administrative Group",
        GROUPS = 20 => "Extended Administrative Group",
        METRIC = 22 => "TE Metric",
    }
}

/// RFC 7684, section 2.
pub fn prefixes(ospf: &mut Layer) -> Result<(), Stop> {
    elements(ospf, |ospf| {
        let kind = next_kind(ospf)?;
        let name = match Prefix(kind) {
            Prefix::PREFIX | Prefix::RANGE => "ospf.tlv.extpfx.tlv_type",
            _ => "ospf.tlv_type.opaque",
        };
        element(ospf, name, Prefix, Prefix::name, |ospf, kind| match kind {
            Prefix::PREFIX => {
                let name = "ospf.tlv.extpfx.rotuetype";
                ospf.field(name, "Route type", be_u8().map(Route))?;
                let length = ospf.field("ospf.prefix_length", "Prefix length", be_u8())?;
                ospf.field("ospf.tlv.extpfx.af", "Address family", be_u8().map(Family))?;
                let name = "ospf.tlv.extpfx.flags";
                ospf.flags(name, "Flags", Base::Hex(2), be_u8(), |bits| {
                    bits.flag("ospf.tlv.extpfx.flags.a", "Attached", 0x80);
                    bits.flag("ospf.tlv.extpfx.flags.n", "Node", 0x40);
                })?;
                prefix(ospf, length)
            }
            Prefix::RANGE => {
                let length = ospf.field("ospf.prefix_length", "Prefix length", be_u8())?;
                ospf.field("ospf.tlv.extpfx.af", "Address family", be_u8().map(Family))?;
                ospf.field("ospf.tlv.range_size", "Range size", be_u16())?;
                let name = "ospf.tlv.extpfx_range.flags";
                ospf.flags(name, "Flags", Base::Hex(2), be_u8(), |bits| {
                    bits.flag("ospf.tlv.extpfx_range.flags.ia", "Inter-area", 0x80);
                })?;
                ospf.field("ospf.reserved", "Reserved", take(3_usize))?;
                prefix(ospf, length)
            }
            _ => unknown(ospf, "ospf.tlv.unknown"),
        })
    })
}

/// Reads the prefix itself, in as many words of 32 bits as it needs, and its attributes.
fn prefix(ospf: &mut Layer, length: u8) -> Result<(), Stop> {
    let name = "ospf.v3.address_prefix.ipv4";
    match length {
        0 => {}
        1..=32 => {
            let address = ospf.field(name, "Prefix", address::ipv4())?;
            ospf.text(|| format!("{address}/{length}"));
        }
        _ => {
            ospf.note(Severity::Error, || {
                format!("a prefix has at most 32 bits, not {length}")
            });
            return ospf.malformed(name);
        }
    }
    elements(ospf, |ospf| {
        let name = match PrefixPart(next_kind(ospf)?) {
            PrefixPart::SID => "ospf.tlv.extpfx.subtlv_type",
            _ => "",
        };
        element(
            ospf,
            name,
            PrefixPart,
            PrefixPart::name,
            |ospf, kind| match kind {
                PrefixPart::SID => {
                    let name = "ospf.tlv.pfxsid.flags";
                    ospf.flags(name, "Flags", Base::Hex(2), be_u8(), |bits| {
                        bits.flag("ospf.tlv.pfxsid.flags.np", "Keep the label", 0x40);
                        bits.flag("ospf.tlv.pfxsid.flags.m", "Mapping server", 0x20);
                        bits.flag("ospf.tlv.pfxsid.flags.e", "Explicit null", 0x10);
                        bits.flag_meaning("ospf.tlv.pfxsid.flags.v", "SID", 0x08, "Value", "Index");
                        bits.flag_meaning(
                            "ospf.tlv.pfxsid.flags.l",
                            "Meaning",
                            0x04,
                            "Local",
                            "Global",
                        );
                    })?;
                    ospf.field("ospf.reserved", "Reserved", take(1_usize))?;
                    ospf.field("ospf.tlv.extlink.mt_id", "Topology", be_u8())?;
                    ospf.field("ospf.lsa_sa", "Algorithm", be_u8().map(Algorithm))?;
                    sid(ospf)
                }
                _ => unknown(ospf, "ospf.tlv_value"),
            },
        )
    })
}

/// RFC 7684, section 3.
pub fn links(ospf: &mut Layer) -> Result<(), Stop> {
    elements(ospf, |ospf| {
        let kind = next_kind(ospf)?;
        let name = match Extended(kind) {
            Extended::LINK => "ospf.tlv.extlink.tlv_type",
            _ => "ospf.tlv_type.opaque",
        };
        element(
            ospf,
            name,
            Extended,
            Extended::name,
            |ospf, kind| match kind {
                Extended::LINK => {
                    ospf.field("ospf.lsa.router.linktype", "Link type", be_u8().map(Link))?;
                    ospf.field("ospf.reserved", "Reserved", take(3_usize))?;
                    ospf.field("ospf.lsa.router.linkid", "Link ID", address::ipv4())?;
                    ospf.field("ospf.lsa.router.linkdata", "Link data", address::ipv4())?;
                    elements(ospf, |ospf| {
                        let name = "ospf.tlv.extlink.subtlv_type";
                        element(ospf, name, LinkPart, LinkPart::name, link_part)
                    })
                }
                _ => unknown(ospf, "ospf.tlv.unknown"),
            },
        )
    })
}

fn link_part(ospf: &mut Layer, kind: LinkPart) -> Result<(), Stop> {
    match kind {
        LinkPart::ADJACENCY | LinkPart::LAN_ADJACENCY => {
            let name = "ospf.tlv.adjsid.flags";
            ospf.flags(name, "Flags", Base::Hex(2), be_u8(), |bits| {
                bits.flag("ospf.tlv.adjsid.flags.b", "Backup", 0x80);
                bits.flag_meaning("ospf.tlv.adjsid.flags.v", "SID", 0x40, "Value", "Index");
                // This is Wireshark's name for this bit too.
                let local = |set| Value::Flag(set != 0, "Set", "Not set");
                let words = |set| if set != 0 { "Local" } else { "Global" }.to_owned();
                bits.worded("ospf.tlv.adjsid.flags.b", "Meaning", 0x20, local, words);
                bits.flag("ospf.tlv.adjsid.flags.g", "Group", 0x10);
                bits.flag("ospf.tlv.adjsid.flags.p", "Persistent", 0x08);
            })?;
            ospf.field("ospf.reserved", "Reserved", take(1_usize))?;
            ospf.field("ospf.tlv.extlink.mt_id", "Topology", be_u8())?;
            ospf.field("ospf.tlv.extlink.weight", "Weight", be_u8())?;
            if kind == LinkPart::LAN_ADJACENCY {
                ospf.field("ospf.tlv.extlink.nbr", "Neighbor", address::ipv4())?;
            }
            sid(ospf)
        }
        LinkPart::MSD => depths(ospf),
        LinkPart::REMOTE => {
            let name = "ospf.tlv.remote_ipv4_address";
            ospf.field(name, "Remote address", address::ipv4())
                .map(drop)
        }
        LinkPart::INTERFACES => {
            ospf.field(
                "ospf.tlv.local_interface_id",
                "Local interface ID",
                be_u32(),
            )?;
            let name = "ospf.tlv.remote_interface_id";
            ospf.field(name, "Remote interface ID", be_u32()).map(drop)
        }
        LinkPart::APPLICATIONS => applications(ospf),
        _ => unknown(ospf, "ospf.tlv_value"),
    }
}

/// RFC 9492, section 2.
fn applications(ospf: &mut Layer) -> Result<(), Stop> {
    let name = "ospf.tlv.application.sabm.length";
    let standard = usize::from(ospf.field(name, "Standard mask length", be_u8())?);
    let name = "ospf.tlv.application.udabm.length";
    let own = usize::from(ospf.field(name, "User-defined mask length", be_u8())?);
    ospf.field("ospf.reserved", "Reserved", take(2_usize))?;
    if standard > 0 {
        ospf.within(standard, |ospf| {
            let name = "ospf.tlv.application.sabm.bits";
            ospf.flags(name, "Applications", Base::Hex(2), be_u8(), |bits| {
                bits.flag("ospf.tlv.application.sabm.bits.r", "RSVP-TE", 0x80);
                let name = "ospf.tlv.application.sabm.bits.s";
                bits.flag(name, "Segment routing policy", 0x40);
                let name = "ospf.tlv.application.sabm.bits.f";
                bits.flag(name, "Loop-free alternate", 0x20);
                let name = "ospf.tlv.application.sabm.bits.x";
                bits.flag(name, "Flexible algorithm", 0x10);
            })
        })?;
    }
    if own > 0 {
        let name = "ospf.tlv.application.udabm.bits";
        ospf.field(name, "User-defined applications", take(own))?;
    }
    elements(ospf, |ospf| {
        let name = "ospf.tlv.application.subtlv_type";
        element(ospf, name, LinkPart, LinkPart::name, attribute)
    })
}

/// RFC 7471, section 4; RFC 9492, section 5.
fn attribute(ospf: &mut Layer, kind: LinkPart) -> Result<(), Stop> {
    match kind {
        LinkPart::DELAY => {
            anomalous(ospf)?;
            delay(ospf, "ospf.tlv.unidirectional_link_delay", "Delay")
        }
        LinkPart::DELAY_RANGE => {
            anomalous(ospf)?;
            delay(
                ospf,
                "ospf.tlv.unidirectional_link_delay_min",
                "Least delay",
            )?;
            reserved(ospf)?;
            delay(
                ospf,
                "ospf.tlv.unidirectional_link_delay_max",
                "Greatest delay",
            )
        }
        LinkPart::VARIATION => {
            reserved(ospf)?;
            delay(
                ospf,
                "ospf.tlv.unidirectional_delay_variation",
                "Delay variation",
            )
        }
        LinkPart::GROUP => {
            let name = "ospf.tlv.admin_group";
            ospf.field(name, "Administrative group", be_u32().map(Hex))
                .map(drop)
        }
        LinkPart::GROUPS => groups(ospf),
        LinkPart::METRIC => ospf
            .field("ospf.mpls.te_metric", "Metric", be_u32())
            .map(drop),
        _ => unknown(ospf, "ospf.tlv_value"),
    }
}

fn anomalous(ospf: &mut Layer) -> Result<(), Stop> {
    let (name, base) = ("ospf.tlv.unidirectional_link_flags", Base::Hex(2));
    let flags = ospf.flags(name, "Flags", base, be_u8(), |bits| {
        bits.flag("ospf.tlv.unidirectional_link_flags.a", "Anomalous", 0x80);
        let name = "ospf.tlv.unidirectional_link_flags.reserved";
        bits.value(name, "Reserved", 0x7f, |bits| Hex(bits as u8));
    });
    flags.map(drop)
}

fn reserved(ospf: &mut Layer) -> Result<(), Stop> {
    let name = "ospf.tlv.unidirectional_link_reserved";
    ospf.field(name, "Reserved", be_u8().map(Hex)).map(drop)
}

fn delay(ospf: &mut Layer, name: &'static str, label: &'static str) -> Result<(), Stop> {
    let delay = ospf.field(name, label, be_u24())?;
    ospf.text(|| format!("{delay} µs"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::test_support::layer;

    #[test]
    fn a_prefix_and_its_segment() {
        let hex = "4500005c 00010000 0159cf42 0a000001 e0000005 02040048 01010101 00000000
             9cb60000 00000000 00000000 00000001 0005220a 07000005 03030303 80000001
             abcd002c 00010014 01200040 01010101 00020008 00000000 00000064";
        assert_eq!(
            layer("ospf", 228, hex),
            "\
Open Shortest Path First [20..92]
  Header: version 2, LS Update, router 1.1.1.1, area 0.0.0.0 [20..44]
    Version: 2 [20..21]
    Message type: LS Update (4) [21..22]
    Packet length: 72 [22..24]
    Source router: 1.1.1.1 [24..28]
    Area ID: 0.0.0.0, the backbone [28..32]
    Checksum: 0x9cb6, good [32..34]
    Authentication: Null (0) [34..36]
    Authentication data: 0000000000000000 [36..44]
  Link state update: 1 advertisement [44..92]
    Advertisements: 1 [44..48]
    Advertisement: OSPFv2 Extended Prefix Opaque LSA 5 of 3.3.3.3 [48..92]
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
      Type: Opaque LSA, Area-local scope (10) [51..52]
      Opaque type: OSPFv2 Extended Prefix Opaque LSA (7) [52..53]
      Opaque ID: 5 [53..56]
      Advertising router: 3.3.3.3 [56..60]
      Sequence number: 0x80000001 [60..64]
      Checksum: 0xabcd [64..66]
      Length: 44 [66..68]
      Extended prefixes [68..92]
        Element: OSPFv2 Extended Prefix [68..92]
          Type: OSPFv2 Extended Prefix (1) [68..70]
          Length: 20 [70..72]
          Route type: Intra-Area (1) [72..73]
          Prefix length: 32 [73..74]
          Address family: IPv4 Unicast (0) [74..75]
          Flags: 0x40 [75..76]
            Attached: Not set [75..76]
            Node: Set [75..76]
          Prefix: 1.1.1.1/32 [76..80]
          Element: Prefix SID [80..92]
            Type: Prefix SID (2) [80..82]
            Length: 8 [82..84]
            Flags: 0x00 [84..85]
              Keep the label: Not set [84..85]
              Mapping server: Not set [84..85]
              Explicit null: Not set [84..85]
              SID: Index [84..85]
              Meaning: Global [84..85]
            Reserved: 00 [85..86]
            Topology: 0 [86..87]
            Algorithm: Shortest Path First (0) [87..88]
            SID or label: 100 [88..92]
"
        );
    }

    #[test]
    fn a_link_and_its_segment() {
        let hex = "4500007c 00010000 0159cf22 0a000001 e0000005 02040068 01010101 00000000
             18810000 00000000 00000000 00000001 0005220a 08000005 03030303 80000001
             abcd004c 00010034 01000000 01010101 0a000001 0003000b 60000000 02020202
             003e8100 000a0014 04000000 10000000 000d0008 8000000a 00000014";
        assert_eq!(
            layer("ospf", 228, hex),
            "\
Open Shortest Path First [20..124]
  Header: version 2, LS Update, router 1.1.1.1, area 0.0.0.0 [20..44]
    Version: 2 [20..21]
    Message type: LS Update (4) [21..22]
    Packet length: 104 [22..24]
    Source router: 1.1.1.1 [24..28]
    Area ID: 0.0.0.0, the backbone [28..32]
    Checksum: 0x1881, good [32..34]
    Authentication: Null (0) [34..36]
    Authentication data: 0000000000000000 [36..44]
  Link state update: 1 advertisement [44..124]
    Advertisements: 1 [44..48]
    Advertisement: OSPFv2 Extended Link Opaque LSA 5 of 3.3.3.3 [48..124]
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
      Type: Opaque LSA, Area-local scope (10) [51..52]
      Opaque type: OSPFv2 Extended Link Opaque LSA (8) [52..53]
      Opaque ID: 5 [53..56]
      Advertising router: 3.3.3.3 [56..60]
      Sequence number: 0x80000001 [60..64]
      Checksum: 0xabcd [64..66]
      Length: 76 [66..68]
      Extended links [68..124]
        Element: OSPFv2 Extended Link [68..124]
          Type: OSPFv2 Extended Link (1) [68..70]
          Length: 52 [70..72]
          Link type: Point-to-point connection to another router (1) [72..73]
          Reserved: 000000 [73..76]
          Link ID: 1.1.1.1 [76..80]
          Link data: 10.0.0.1 [80..84]
          Element: LAN Adj-SID [84..99]
            Type: LAN Adj-SID (3) [84..86]
            Length: 11 [86..88]
            Flags: 0x60 [88..89]
              Backup: Not set [88..89]
              SID: Value [88..89]
              Meaning: Local [88..89]
              Group: Not set [88..89]
              Persistent: Not set [88..89]
            Reserved: 00 [89..90]
            Topology: 0 [90..91]
            Weight: 0 [91..92]
            Neighbor: 2.2.2.2 [92..96]
            SID or label: 16001 [96..99]
          Element: Application-Specific Link Attributes [100..124]
            Type: Application-Specific Link Attributes (10) [100..102]
            Length: 20 [102..104]
            Standard mask length: 4 [104..105]
            User-defined mask length: 0 [105..106]
            Reserved: 0000 [106..108]
            Applications: 0x10 [108..109]
              RSVP-TE: Not set [108..109]
              Segment routing policy: Not set [108..109]
              Loop-free alternate: Not set [108..109]
              Flexible algorithm: Set [108..109]
            Element: Min/Max Unidirectional Link Delay [112..124]
              Type: Min/Max Unidirectional Link Delay (13) [112..114]
              Length: 8 [114..116]
              Flags: 0x80 [116..117]
                Anomalous: Set [116..117]
                Reserved: 0x00 [116..117]
              Least delay: 10 µs [117..120]
              Reserved: 0x00 [120..121]
              Greatest delay: 20 µs [121..124]
"
        );
    }
}
