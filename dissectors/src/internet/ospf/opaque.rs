//! Shared by opaque advertisements, graceful restart (RFC 3623) and a router's information about itself: RFC 7770, RFC
//! 5642, RFC 8665, RFC 8476, RFC 9350.

use crate::{Base, Hex, Layer, Stop, Value, internet::address, value::named};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16, be_u24, be_u32},
};

named! {
    /// RFC 3623, appendix B.
    Grace(u16, Dec) {
        PERIOD = 1 => "Grace period",
        REASON = 2 => "Restart reason",
        ADDRESS = 3 => "Interface address",
    }

    /// RFC 3623, appendix B.
    Reason(u8, Dec) {
        UNKNOWN = 0 => "Unknown",
        RESTART = 1 => "Software Restart",
        RELOAD = 2 => "Software Reload/Upgrade",
        SWITCH = 3 => "Processor Switchover",
    }

    /// IANA, OSPF Router Information TLVs.
    Information(u16, Dec) {
        CAPABILITIES = 1 => "Router Informational Capabilities",
        FUNCTIONS = 2 => "Router Functional Capabilities",
        MESH_IPV4 = 3 => "TE-MESH-GROUP TLV (IPv4)",
        MESH_IPV6 = 4 => "TE-MESH-GROUP TLV (IPv6)",
        NODE = 5 => "TE Node Capability Descriptor",
        PCED = 6 => "PCED",
        HOST_NAME = 7 => "OSPF Dynamic Hostname",
        ALGORITHMS = 8 => "SR-Algorithm",
        LABEL_RANGE = 9 => "SID/Label Range",
        ADMIN_TAG = 10 => "Node Admin Tag",
        SBFD = 11 => "S-BFD Discriminator",
        MSD = 12 => "Node MSD",
        LOCAL_BLOCK = 14 => "SR Local Block",
        PREFERENCE = 15 => "SRMS Preference",
        FLEXIBLE = 16 => "Flexible Algorithm Definition",
    }

    /// RFC 8665, section 3.1.
    Algorithm(u8, Dec) {
        SHORTEST = 0 => "Shortest Path First",
        STRICT = 1 => "Strict Shortest Path First",
    }

    /// RFC 8665, section 9.4.
    Sid(u16, Dec) {
        LABEL = 1 => "SID/Label",
        PREFIX = 2 => "Prefix SID",
    }

    /// RFC 8491, section 6.
    Depth(u8, Dec) {
        RESERVED = 0 => "Reserved",
        IMPOSITION = 1 => "Base MPLS Imposition",
        SEGMENTS_LEFT = 41 => "Maximum Segments Left",
        END_POP = 42 => "Maximum End Pop",
        INSERT = 43 => "Maximum T.Insert",
        ENCAPS = 44 => "Maximum T.Encaps",
        END_D = 45 => "Maximum End D",
    }

    /// RFC 9350, section 5.1.
    Metric(u8, Dec) {
        IGP = 0 => "IGP Metric",
        DELAY = 1 => "Min Unidirectional Link Delay",
        TRAFFIC = 2 => "Traffic Engineering Metric",
    }

    /// RFC 9350, section 6.
    Flexible(u16, Dec) {
        EXCLUDE = 1 => "Flexible Algorithm Exclude Admin Group",
        INCLUDE_ANY = 2 => "Flexible Algorithm Include-Any Admin Group",
        INCLUDE_ALL = 3 => "Flexible Algorithm Include-All Admin Group",
        FLAGS = 4 => "Flexible Algorithm Definition Flags",
        EXCLUDE_SRLG = 5 => "Flexible Algorithm Exclude SRLG",
    }
}

/// Reads elements to the end. Each is padded to words of 32 bits.
pub fn elements(
    ospf: &mut Layer,
    mut read: impl FnMut(&mut Layer) -> Result<(), Stop>,
) -> Result<(), Stop> {
    while ospf.reported() > 0 {
        let start = ospf.offset();
        read(ospf)?;
        let length = ospf.offset().saturating_sub(start) as usize;
        ospf.skip(length.next_multiple_of(4) - length);
    }
    Ok(())
}

/// Reads one element: its type, its length, and within that length its value.
pub fn element<T: Copy + Into<Value>>(
    ospf: &mut Layer,
    name: &'static str,
    kind: fn(u16) -> T,
    known: fn(T) -> Option<&'static str>,
    value: impl FnOnce(&mut Layer, T) -> Result<(), Stop>,
) -> Result<(), Stop> {
    ospf.group("", "Element", |ospf| {
        let kind = ospf.field(name, "Type", be_u16().map(kind))?;
        ospf.title(|| known(kind).unwrap_or("unknown").to_owned());
        let length = ospf.field("ospf.tlv_length", "Length", be_u16())?;
        ospf.within(length.into(), |ospf| value(ospf, kind))
    })
}

/// Returns the type of the next element. Some types have their own field in Wireshark, which has none for the others.
pub fn next_kind(ospf: &mut Layer) -> Result<u16, Stop> {
    ospf.aside(|ospf| ospf.word("ospf.tlv_type", be_u16(), |_| {}))
}

/// Shows an unknown element.
pub fn unknown(ospf: &mut Layer, name: &'static str) -> Result<(), Stop> {
    let left = ospf.reported();
    ospf.field(name, "Value", take(left)).map(drop)
}

/// Text up to the first zero.
pub fn text(bytes: &[u8]) -> Value {
    let bytes = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
    Value::Text(String::from_utf8_lossy(bytes).into_owned())
}

/// RFC 3623, appendix B.
pub fn grace(ospf: &mut Layer) -> Result<(), Stop> {
    while ospf.reported() > 0 {
        ospf.group("ospf.v2.grace", "Grace", |ospf| {
            let kind = ospf.field("ospf.tlv_type", "Type", be_u16().map(Grace))?;
            ospf.title(|| kind.name().unwrap_or("unknown").to_owned());
            let length = usize::from(ospf.field("ospf.tlv_length", "Length", be_u16())?);
            ospf.within(length, |ospf| {
                match kind {
                    Grace::PERIOD => {
                        let period = ospf.field("ospf.v2.grace.period", "Period", be_u32())?;
                        ospf.text(|| format!("{period} s"));
                    }
                    Grace::REASON => {
                        let name = "ospf.v2.grace.reason";
                        ospf.field(name, "Reason", be_u8().map(Reason))?;
                    }
                    Grace::ADDRESS => {
                        ospf.field("ospf.v2.grace.ip", "Address", address::ipv4())?;
                    }
                    _ => {}
                }
                Ok(())
            })?;
            let padding = (length.next_multiple_of(4) - length).min(ospf.reported());
            if padding > 0 {
                ospf.field("ospf.pad_bytes", "Padding", take(padding))?;
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// RFC 7770, section 2.3.
pub fn router_information(ospf: &mut Layer) -> Result<(), Stop> {
    elements(ospf, |ospf| {
        element(
            ospf,
            "ospf.tlv_type.opaque",
            Information,
            Information::name,
            information,
        )
    })
}

fn information(ospf: &mut Layer, kind: Information) -> Result<(), Stop> {
    match kind {
        Information::CAPABILITIES => {
            ospf.flags(
                "ospf.ri.options",
                "Options",
                Base::Hex(2),
                be_u8(),
                |bits| {
                    bits.flag("ospf.ri.options.grc", "Graceful restart", 0x80);
                    bits.flag("ospf.ri.options.grh", "Graceful restart helper", 0x40);
                    bits.flag("ospf.ri.options.srs", "Stub router", 0x20);
                    bits.flag("ospf.ri.options.tes", "Traffic engineering", 0x10);
                    bits.flag("ospf.ri.options.p2plan", "Point-to-point over LAN", 0x08);
                    bits.flag(
                        "ospf.ri.options.ete",
                        "Experimental traffic engineering",
                        0x04,
                    );
                    bits.flag("ospf.ri.options.host", "Host router", 0x01);
                },
            )?;
        }
        Information::HOST_NAME => {
            let left = ospf.reported();
            ospf.field_shown("ospf.dynhostname", "Host name", take(left), text)?;
        }
        Information::ALGORITHMS => {
            while ospf.reported() > 0 {
                ospf.field("ospf.lsa_sa", "Algorithm", be_u8().map(Algorithm))?;
            }
        }
        Information::LABEL_RANGE | Information::LOCAL_BLOCK => {
            ospf.field("ospf.tlv.range_size", "Range size", be_u24())?;
            ospf.field("ospf.reserved", "Reserved", take(1_usize))?;
            elements(ospf, |ospf| {
                let name = match Sid(next_kind(ospf)?) {
                    Sid::LABEL => "ospf.tlv.sidlabel_range.type",
                    _ => "",
                };
                element(ospf, name, Sid, Sid::name, |ospf, kind| match kind {
                    Sid::LABEL => sid(ospf),
                    _ => unknown(ospf, "ospf.tlv_value"),
                })
            })?;
        }
        Information::MSD => depths(ospf)?,
        Information::PREFERENCE => {
            ospf.field("ospf.tlv.preference", "Preference", be_u8())?;
            ospf.field("ospf.reserved", "Reserved", take(3_usize))?;
        }
        Information::FLEXIBLE => flexible(ospf)?,
        _ => unknown(ospf, "ospf.tlv.unknown")?,
    }
    Ok(())
}

/// Reads a label in three bytes or an index in four: RFC 8665, section 2.1.
pub fn sid(ospf: &mut Layer) -> Result<(), Stop> {
    let (name, label) = ("ospf.tlv.sid_label", "SID or label");
    match ospf.reported() {
        3 => ospf.field(name, label, be_u24()),
        _ => ospf.field(name, label, be_u32()),
    }
    .map(drop)
}

/// Reads how many labels a router supports: RFC 8476, section 2.
pub fn depths(ospf: &mut Layer) -> Result<(), Stop> {
    while ospf.reported() >= 2 {
        ospf.field("ospf.tlv.igp_msd_type", "Depth of", be_u8().map(Depth))?;
        ospf.field("ospf.tlv.igp_msd_value", "Depth", be_u8())?;
    }
    Ok(())
}

/// RFC 9350, section 5.1.
fn flexible(ospf: &mut Layer) -> Result<(), Stop> {
    ospf.field("ospf.tlv.fad.flex_algorithm", "Algorithm", be_u8())?;
    ospf.field("ospf.tlv.fad.metric_type", "Metric", be_u8().map(Metric))?;
    ospf.field(
        "ospf.tlv.fad.calc_type",
        "Calculation",
        be_u8().map(Algorithm),
    )?;
    ospf.field("ospf.tlv.fad.priority", "Priority", be_u8())?;
    elements(ospf, |ospf| {
        let name = "ospf.tlv.fad.subtlv_type";
        element(
            ospf,
            name,
            Flexible,
            Flexible::name,
            |ospf, kind| match kind {
                Flexible::EXCLUDE | Flexible::INCLUDE_ANY | Flexible::INCLUDE_ALL => groups(ospf),
                _ => unknown(ospf, "ospf.tlv_value"),
            },
        )
    })
}

/// RFC 7308, section 2.1.
pub fn groups(ospf: &mut Layer) -> Result<(), Stop> {
    while ospf.reported() >= 4 {
        let name = "ospf.tlv.extended_admin_group";
        ospf.field(name, "Administrative groups", be_u32().map(Hex))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::test_support::layer;

    #[test]
    fn a_graceful_restart() {
        let hex = "4500005c 00010000 0159cf42 0a000001 e0000005 02040048 01010101 00000000
             99140000 00000000 00000000 00000001 00052209 03000005 03030303 80000001
             abcd002c 00010004 00000078 00020001 01000000 00030004 0a000001";
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
    Checksum: 0x9914, good [32..34]
    Authentication: Null (0) [34..36]
    Authentication data: 0000000000000000 [36..44]
  Link state update: 1 advertisement [44..92]
    Advertisements: 1 [44..48]
    Advertisement: grace-LSA 5 of 3.3.3.3 [48..92]
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
      Type: Opaque LSA, Link-local scope (9) [51..52]
      Opaque type: grace-LSA (3) [52..53]
      Opaque ID: 5 [53..56]
      Advertising router: 3.3.3.3 [56..60]
      Sequence number: 0x80000001 [60..64]
      Checksum: 0xabcd [64..66]
      Length: 44 [66..68]
      Grace: Grace period [68..76]
        Type: Grace period (1) [68..70]
        Length: 4 [70..72]
        Period: 120 s [72..76]
      Grace: Restart reason [76..84]
        Type: Restart reason (2) [76..78]
        Length: 1 [78..80]
        Reason: Software Restart (1) [80..81]
        Padding: 000000 [81..84]
      Grace: Interface address [84..92]
        Type: Interface address (3) [84..86]
        Length: 4 [86..88]
        Address: 10.0.0.1 [88..92]
"
        );
    }

    #[test]
    fn what_a_router_can_do() {
        let hex = "45000090 00010000 0159cf0e 0a000001 e0000005 0204007c 01010101 00000000
             d3ab0000 00000000 00000000 00000001 0005220a 04000005 03030303 80000001
             abcd0060 00010004 60000000 00070007 726f7574 65723700 00080002 00010000
             0009000c 0003e800 00010003 003e8000 000c0002 010a0000 0010000c 80010064
             00010004 00000001 00140002 01020000";
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
    Checksum: 0xd3ab, good [32..34]
    Authentication: Null (0) [34..36]
    Authentication data: 0000000000000000 [36..44]
  Link state update: 1 advertisement [44..144]
    Advertisements: 1 [44..48]
    Advertisement: Router Information (RI) 5 of 3.3.3.3 [48..144]
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
      Opaque type: Router Information (RI) (4) [52..53]
      Opaque ID: 5 [53..56]
      Advertising router: 3.3.3.3 [56..60]
      Sequence number: 0x80000001 [60..64]
      Checksum: 0xabcd [64..66]
      Length: 96 [66..68]
      Router information [68..144]
        Element: Router Informational Capabilities [68..76]
          Type: Router Informational Capabilities (1) [68..70]
          Length: 4 [70..72]
          Options: 0x60 [72..73]
            Graceful restart: Not set [72..73]
            Graceful restart helper: Set [72..73]
            Stub router: Set [72..73]
            Traffic engineering: Not set [72..73]
            Point-to-point over LAN: Not set [72..73]
            Experimental traffic engineering: Not set [72..73]
            Host router: Not set [72..73]
        Element: OSPF Dynamic Hostname [76..87]
          Type: OSPF Dynamic Hostname (7) [76..78]
          Length: 7 [78..80]
          Host name: router7 [80..87]
        Element: SR-Algorithm [88..94]
          Type: SR-Algorithm (8) [88..90]
          Length: 2 [90..92]
          Algorithm: Shortest Path First (0) [92..93]
          Algorithm: Strict Shortest Path First (1) [93..94]
        Element: SID/Label Range [96..112]
          Type: SID/Label Range (9) [96..98]
          Length: 12 [98..100]
          Range size: 1000 [100..103]
          Reserved: 00 [103..104]
          Element: SID/Label [104..111]
            Type: SID/Label (1) [104..106]
            Length: 3 [106..108]
            SID or label: 16000 [108..111]
        Element: Node MSD [112..118]
          Type: Node MSD (12) [112..114]
          Length: 2 [114..116]
          Depth of: Base MPLS Imposition (1) [116..117]
          Depth: 10 [117..118]
        Element: Flexible Algorithm Definition [120..136]
          Type: Flexible Algorithm Definition (16) [120..122]
          Length: 12 [122..124]
          Algorithm: 128 [124..125]
          Metric: Min Unidirectional Link Delay (1) [125..126]
          Calculation: Shortest Path First (0) [126..127]
          Priority: 100 [127..128]
          Element: Flexible Algorithm Exclude Admin Group [128..136]
            Type: Flexible Algorithm Exclude Admin Group (1) [128..130]
            Length: 4 [130..132]
            Administrative groups: 0x00000001 [132..136]
        Element: unknown [136..142]
          Type: 20 [136..138]
          Length: 2 [138..140]
          Value: 0102 [140..142]
"
        );
    }
}
