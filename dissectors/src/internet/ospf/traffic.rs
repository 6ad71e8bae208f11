//! Traffic engineering: RFC 3630, with the additions of RFC 4203 and RFC 4124.

use super::opaque::{element, elements, unknown};
use crate::{Base, Hex, Layer, Stop, Value, internet::address, value::named};
use nom::{
    Parser,
    number::{be_f32, be_u8, be_u16, be_u32},
};

named! {
    /// RFC 3630, section 2.4.
    Kind(u16, Dec) {
        ROUTER = 1 => "Router Address",
        LINK = 2 => "Link Information",
    }

    /// RFC 3630, section 2.5; RFC 4203, section 1; RFC 4124, section 5.1.
    Part(u16, Dec) {
        LINK_TYPE = 1 => "Link Type",
        LINK_ID = 2 => "Link ID",
        LOCAL = 3 => "Local Interface IP Address",
        REMOTE = 4 => "Remote Interface IP Address",
        METRIC = 5 => "Traffic Engineering Metric",
        MAXIMUM = 6 => "Maximum Bandwidth",
        RESERVABLE = 7 => "Maximum Reservable Bandwidth",
        UNRESERVED = 8 => "Unreserved Bandwidth",
        COLOR = 9 => "Resource Class/Color",
        IDENTIFIERS = 11 => "Link Local/Remote Identifier",
        PROTECTION = 14 => "Link Protection Type",
        SWITCHING = 15 => "Interface Switching Capability Descriptor",
        RISK_GROUPS = 16 => "Shared Risk Link Group",
        CONSTRAINTS = 17 => "Bandwidth Constraints",
    }

    /// RFC 3630, section 2.5.1.
    Link(u8, Dec) {
        POINT_TO_POINT = 1 => "Point-to-point",
        MULTI_ACCESS = 2 => "Multi-access",
    }

    /// RFC 4203, section 1.2.
    Protection(u8, Hex(2)) {
        EXTRA = 0x01 => "Extra Traffic",
        NONE = 0x02 => "Unprotected",
        SHARED = 0x04 => "Shared",
        ONE_TO_ONE = 0x08 => "Dedicated 1:1",
        ONE_PLUS_ONE = 0x10 => "Dedicated 1+1",
        ENHANCED = 0x20 => "Enhanced",
    }

    /// RFC 3471, section 3.1.1, and IANA's GMPLS registry.
    Switching(u8, Dec) {
        PSC_1 = 1 => "Packet-Switch Capable-1 (PSC-1)",
        PSC_2 = 2 => "Packet-Switch Capable-2 (PSC-2)",
        PSC_3 = 3 => "Packet-Switch Capable-3 (PSC-3)",
        PSC_4 = 4 => "Packet-Switch Capable-4 (PSC-4)",
        EVPL = 30 => "Ethernet Virtual Private Line (EVPL)",
        PBB_TE = 40 => "802.1 PBB-TE",
        L2SC = 51 => "Layer-2 Switch Capable (L2SC)",
        TDM = 100 => "Time-Division-Multiplex Capable (TDM)",
        DCSC = 125 => "Data Channel Switching Capable (DCSC)",
        LSC = 150 => "Lambda-Switch Capable (LSC)",
        WSON = 151 => "WSON-LSC",
        FLEXI_GRID = 152 => "Flexi-Grid-LSC",
        FSC = 200 => "Fiber-Switch Capable (FSC)",
    }

    /// RFC 3471, section 3.1.1.
    Encoding(u8, Dec) {
        PACKET = 1 => "Packet",
        ETHERNET = 2 => "Ethernet",
        PDH = 3 => "ANSI/ETSI PDH",
        SDH = 5 => "SDH ITU-T G.707 / SONET ANSI T1.105",
        DIGITAL_WRAPPER = 7 => "Digital Wrapper",
        LAMBDA = 8 => "Lambda (photonic)",
        FIBER = 9 => "Fiber",
        FIBER_CHANNEL = 11 => "FiberChannel",
        ODUK = 12 => "G.709 ODUk (Digital Path)",
        OPTICAL_CHANNEL = 13 => "G.709 Optical Channel",
        ETHERNET_LINE = 14 => "Ethernet Line (EPL Type 2)",
    }

    /// RFC 4124, section 5.1.
    Model(u8, Dec) {
        RUSSIAN_DOLLS = 0 => "Russian Dolls Model - RDM",
        MAXIMUM_ALLOCATION = 1 => "Maximum Allocation Model - MAM",
        RESERVATION = 2 => "Maximum Allocation with Reservation Model - MAR",
    }
}

/// The number of priorities for reserving bandwidth.
const PRIORITIES: usize = 8;

/// RFC 3630, section 2.3.
pub fn read(ospf: &mut Layer) -> Result<(), Stop> {
    elements(ospf, |ospf| {
        element(
            ospf,
            "ospf.tlv_type",
            Kind,
            Kind::name,
            |ospf, kind| match kind {
                Kind::ROUTER => ospf
                    .field("ospf.mpls.routerid", "Router", address::ipv4())
                    .map(drop),
                Kind::LINK => elements(ospf, |ospf| {
                    element(ospf, "ospf.tlv_type", Part, Part::name, part)
                }),
                _ => unknown(ospf, "ospf.tlv_value"),
            },
        )
    })
}

fn part(ospf: &mut Layer, kind: Part) -> Result<(), Stop> {
    match kind {
        Part::LINK_TYPE => {
            ospf.field("ospf.mpls.linktype", "Link type", be_u8().map(Link))?;
        }
        Part::LINK_ID => {
            ospf.field("ospf.mpls.linkid", "Link ID", address::ipv4())?;
        }
        Part::LOCAL => addresses(ospf, "ospf.mpls.local_addr", "Local address")?,
        Part::REMOTE => addresses(ospf, "ospf.mpls.remote_addr", "Remote address")?,
        Part::METRIC => {
            ospf.field("ospf.mpls.te_metric", "Metric", be_u32())?;
        }
        Part::MAXIMUM | Part::RESERVABLE => {
            bandwidth(ospf, "ospf.mpls.link_max_bw", "Bandwidth")?;
        }
        Part::UNRESERVED => priorities(ospf)?,
        Part::COLOR => color(ospf)?,
        Part::IDENTIFIERS => {
            ospf.field("ospf.mpls.local_id", "Local interface", be_u32())?;
            ospf.field("ospf.mpls.remote_id", "Remote interface", be_u32())?;
        }
        Part::PROTECTION => {
            let name = "ospf.mpls.protection_capability";
            ospf.field(name, "Protection", be_u8().map(Protection))?;
        }
        Part::SWITCHING => switching(ospf)?,
        Part::RISK_GROUPS => {
            while ospf.reported() > 0 {
                ospf.field("ospf.mpls.shared_risk_link_group", "Risk group", be_u32())?;
            }
        }
        Part::CONSTRAINTS => {
            ospf.field("ospf.mpls.bc.model_id", "Model", be_u8().map(Model))?;
            ospf.skip(3);
            while ospf.reported() > 0 {
                bandwidth(ospf, "ospf.mpls.bc", "Constraint")?;
            }
        }
        _ => unknown(ospf, "ospf.tlv_value")?,
    }
    Ok(())
}

fn addresses(ospf: &mut Layer, name: &'static str, label: &'static str) -> Result<(), Stop> {
    while ospf.reported() > 0 {
        ospf.field(name, label, address::ipv4())?;
    }
    Ok(())
}

/// Reads bytes a second, in IEEE 754: RFC 3630, section 2.3.2.
fn bandwidth(ospf: &mut Layer, name: &'static str, label: &'static str) -> Result<(), Stop> {
    let bytes = ospf.field_shown(name, label, be_f32(), Value::Single)?;
    ospf.text(|| format!("{bytes} bytes/s"));
    Ok(())
}

fn priorities(ospf: &mut Layer) -> Result<(), Stop> {
    for _ in 0..PRIORITIES {
        bandwidth(ospf, "ospf.mpls.pri", "Bandwidth")?;
    }
    Ok(())
}

/// Reads the groups that a link belongs to, one a bit.
fn color(ospf: &mut Layer) -> Result<(), Stop> {
    let (name, base) = ("ospf.mpls.linkcolor", Base::Hex(8));
    ospf.flags(name, "Groups", base, be_u32(), |bits| {
        for bit in 0..u32::BITS {
            let mask = 1 << bit;
            if bits.is_set(mask) {
                let group = |_| format!("{bit}");
                bits.worded(
                    "ospf.mpls.group",
                    "Group",
                    mask,
                    |_| Hex(mask as u32),
                    group,
                );
            }
        }
    })
    .map(drop)
}

/// RFC 4203, section 1.4.
fn switching(ospf: &mut Layer) -> Result<(), Stop> {
    let name = "ospf.mpls.switching_type";
    let kind = ospf.field(name, "Switching", be_u8().map(Switching))?;
    ospf.field("ospf.mpls.encoding", "Encoding", be_u8().map(Encoding))?;
    ospf.skip(2);
    priorities(ospf)?;
    let least = ("ospf.mpls.minimum_lsp_bandwidth", "Least bandwidth");
    match kind {
        Switching::PSC_1 | Switching::PSC_2 | Switching::PSC_3 | Switching::PSC_4 => {
            bandwidth(ospf, least.0, least.1)?;
            ospf.field("ospf.mpls.interface_mtu", "Interface MTU", be_u16())?;
        }
        Switching::TDM => {
            bandwidth(ospf, least.0, least.1)?;
            let flag = |byte: u8| Value::Flag(byte != 0, "Arbitrary", "Standard");
            ospf.field_shown("ospf.mpls.sonet.sdh", "SONET/SDH", be_u8(), flag)?;
        }
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::test_support::layer;

    const LINK: &str = "4500009c 00010000 0159cf02 0a000001 e0000005 02040088 01010101 00000000
         62590000 00000000 00000000 00000002 0005220a 01000005 03030303 80000001
         abcd001c 00010004 01020304 0005220a 01000005 03030303 80000001 abcd0050
         00020038 00010001 01000000 00020004 01020304 00050004 0000000a 00060004
         49989680 00090004 00000005 000e0004 01000000 00210004 01020304";

    const LINK_SHOWN: &str = "\
Open Shortest Path First [20..156]
  Header: version 2, LS Update, router 1.1.1.1, area 0.0.0.0 [20..44]
    Version: 2 [20..21]
    Message type: LS Update (4) [21..22]
    Packet length: 136 [22..24]
    Source router: 1.1.1.1 [24..28]
    Area ID: 0.0.0.0, the backbone [28..32]
    Checksum: 0x6259, good [32..34]
    Authentication: Null (0) [34..36]
    Authentication data: 0000000000000000 [36..44]
  Link state update: 2 advertisements [44..156]
    Advertisements: 2 [44..48]
    Advertisement: Traffic Engineering LSA 5 of 3.3.3.3 [48..76]
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
      Opaque type: Traffic Engineering LSA (1) [52..53]
      Reserved: 0 [53..54]
      Instance: 5 [54..56]
      Advertising router: 3.3.3.3 [56..60]
      Sequence number: 0x80000001 [60..64]
      Checksum: 0xabcd [64..66]
      Length: 28 [66..68]
      Traffic engineering [68..76]
        Element: Router Address [68..76]
          Type: Router Address (1) [68..70]
          Length: 4 [70..72]
          Router: 1.2.3.4 [72..76]
    Advertisement: Traffic Engineering LSA 5 of 3.3.3.3 [76..156]
      Age: 5 s [76..78]
      Do not age: 0 [76..78]
      Options: 0x22 [78..79]
        Down: Not set [78..79]
        Opaque advertisements: Not set [78..79]
        Demand circuits: Set [78..79]
        Link-local signaling: Not set [78..79]
        NSSA: Not set [78..79]
        Multicast: Not set [78..79]
        External routing: Set [78..79]
        Multi-topology routing: Not set [78..79]
      Type: Opaque LSA, Area-local scope (10) [79..80]
      Opaque type: Traffic Engineering LSA (1) [80..81]
      Reserved: 0 [81..82]
      Instance: 5 [82..84]
      Advertising router: 3.3.3.3 [84..88]
      Sequence number: 0x80000001 [88..92]
      Checksum: 0xabcd [92..94]
      Length: 80 [94..96]
      Traffic engineering [96..156]
        Element: Link Information [96..156]
          Type: Link Information (2) [96..98]
          Length: 56 [98..100]
          Element: Link Type [100..105]
            Type: Link Type (1) [100..102]
            Length: 1 [102..104]
            Link type: Point-to-point (1) [104..105]
          Element: Link ID [108..116]
            Type: Link ID (2) [108..110]
            Length: 4 [110..112]
            Link ID: 1.2.3.4 [112..116]
          Element: Traffic Engineering Metric [116..124]
            Type: Traffic Engineering Metric (5) [116..118]
            Length: 4 [118..120]
            Metric: 10 [120..124]
          Element: Maximum Bandwidth [124..132]
            Type: Maximum Bandwidth (6) [124..126]
            Length: 4 [126..128]
            Bandwidth: 1250000 bytes/s [128..132]
          Element: Resource Class/Color [132..140]
            Type: Resource Class/Color (9) [132..134]
            Length: 4 [134..136]
            Groups: 0x00000005 [136..140]
              Group: 0 [136..140]
              Group: 2 [136..140]
          Element: Link Protection Type [140..148]
            Type: Link Protection Type (14) [140..142]
            Length: 4 [142..144]
            Protection: Extra Traffic (0x01) [144..145]
          Element: unknown [148..156]
            Type: 33 [148..150]
            Length: 4 [150..152]
            Value: 01020304 [152..156]
";

    #[test]
    fn a_link_and_its_bandwidth() {
        assert_eq!(layer("ospf", 228, LINK), LINK_SHOWN);
    }
}
