//! Link-local signaling after OSPF packets, RFC 5613, and its extensions: RFC 5614 and RFC 4811.

use super::{
    Version,
    opaque::{elements, next_kind},
};
use crate::{Base, Hex, Layer, Stop, internet::address, value::named};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16, be_u32},
};

named! {
    /// RFC 5613, section 2.4; RFC 5820, section 3.
    Kind(u16, Dec) {
        OPTIONS = 1 => "Extended options",
        AUTHENTICATION = 2 => "Cryptographic authentication",
        STATE = 3 => "State check sequence",
        DROP = 4 => "Neighbor drop",
        REQUEST_FROM = 5 => "Request from",
        FULL_STATE_FOR = 6 => "Full state for",
        RELAYS = 7 => "Active overlapping relays",
        WILLINGNESS = 8 => "Willingness",
    }
}

/// Reads the block: RFC 5613, section 2.1.
pub fn read(ospf: &mut Layer, version: Version) -> Result<(), Stop> {
    /// The checksum and the length.
    const FIXED: usize = 4;
    ospf.group("", "Link-local signaling", |ospf| {
        ospf.field("ospf.lls.checksum", "Checksum", be_u16().map(Hex))?;
        let words = |words: u16| (4 * u64::from(words)).into();
        let length = ospf.field_shown("ospf.lls.data_length", "Length", be_u16(), words)?;
        let length = 4 * usize::from(length);
        ospf.text(|| format!("{length} bytes"));
        if length < FIXED {
            return ospf.malformed("ospf.lls.data_length");
        }
        ospf.within(length - FIXED, |ospf| match version {
            Version::V2 => elements(ospf, element_v2),
            Version::V3 { .. } => elements(ospf, element_v3),
        })
    })
}

fn head(ospf: &mut Layer) -> Result<(Kind, usize), Stop> {
    let kind = ospf.field("ospf.tlv_type", "Type", be_u16().map(Kind))?;
    let length = ospf.field("ospf.tlv_length", "Length", be_u16())?;
    ospf.title(|| kind.name().unwrap_or("unknown").to_owned());
    Ok((kind, length.into()))
}

fn element_v2(ospf: &mut Layer) -> Result<(), Stop> {
    ospf.group("", "Element", |ospf| {
        let (kind, length) = head(ospf)?;
        ospf.within(length, |ospf| match kind {
            Kind::OPTIONS => {
                let (name, base) = ("ospf.lls.ext.options", Base::Hex(8));
                ospf.flags(name, "Options", base, be_u32(), |bits| {
                    bits.flag("ospf.lls.ext.options.rs", "Restart", 0x02);
                    bits.flag("ospf.lls.ext.options.lr", "Resynchronization", 0x01);
                })?;
                Ok(())
            }
            Kind::AUTHENTICATION => {
                let name = "ospf.v2.lls.sequence_number";
                ospf.field(name, "Sequence number", be_u32().map(Hex))?;
                let left = ospf.reported();
                ospf.field("ospf.v2.lls.auth_data", "Digest", take(left))?;
                Ok(())
            }
            _ => Ok(()),
        })
    })
}

fn element_v3(ospf: &mut Layer) -> Result<(), Stop> {
    let kind = next_kind(ospf);
    let name = match kind.map(Kind)? {
        Kind::OPTIONS => "ospf.v3.lls.ext.options.tlv",
        Kind::STATE => "ospf.v3.lls.state.tlv",
        Kind::DROP => "ospf.v3.lls.drop.tlv",
        Kind::REQUEST_FROM => "ospf.v3.lls.rf.tlv",
        Kind::FULL_STATE_FOR => "ospf.v3.lls.fsf.tlv",
        Kind::RELAYS => "ospf.v3.lls.relay.tlv",
        Kind::WILLINGNESS => "ospf.v3.lls.willingness.tlv",
        _ => "",
    };
    ospf.group(name, "Element", |ospf| {
        let (kind, length) = head(ospf)?;
        ospf.within(length, |ospf| value_v3(ospf, kind))
    })
}

fn value_v3(ospf: &mut Layer, kind: Kind) -> Result<(), Stop> {
    match kind {
        Kind::OPTIONS => {
            let (name, base) = ("ospf.v3.lls.ext.options", Base::Hex(8));
            ospf.flags(name, "Options", base, be_u32(), |bits| {
                bits.flag("ospf.v3.lls.ext.options.lr", "Resynchronization", 0x01);
                bits.flag("ospf.v3.lls.ext.options.rs", "Restart", 0x02);
            })?;
        }
        Kind::STATE => {
            ospf.field("ospf.v3.lls.state.scs", "Sequence number", be_u16())?;
            let (name, base) = ("ospf.v3.lls.state.options", Base::Hex(2));
            ospf.flags(name, "Options", base, be_u8(), |bits| {
                bits.flag("ospf.v3.lls.state.options.r", "Request", 0x80);
                bits.flag("ospf.v3.lls.state.options.a", "Answer", 0x40);
                bits.flag("ospf.v3.lls.state.options.n", "Incomplete", 0x20);
            })?;
        }
        Kind::DROP => routers(ospf, "ospf.v3.lls.dropped_neighbor", "Dropped neighbor")?,
        Kind::REQUEST_FROM => routers(ospf, "ospf.v3.lls.request_from", "Request from")?,
        Kind::FULL_STATE_FOR => routers(ospf, "ospf.v3.lls.full_state_for", "Full state for")?,
        Kind::RELAYS => {
            ospf.field("ospf.v3.lls.relay.added", "Relays added", be_u8())?;
            let (name, base) = ("ospf.v3.lls.relay.options", Base::Hex(2));
            ospf.flags(name, "Options", base, be_u8(), |bits| {
                bits.flag("ospf.v3.lls.relay.options.a", "Always", 0x80);
                bits.flag("ospf.v3.lls.relay.options.n", "Never", 0x40);
            })?;
            ospf.skip(2);
            routers(ospf, "ospf.v3.lls.neighbor", "Relay")?;
        }
        Kind::WILLINGNESS => {
            ospf.field("ospf.v3.lls.willingness", "Willingness", be_u8())?;
        }
        _ => {}
    }
    Ok(())
}

fn routers(ospf: &mut Layer, name: &'static str, label: &'static str) -> Result<(), Stop> {
    while ospf.reported() > 0 {
        ospf.field(name, label, address::ipv4())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::test_support::layer;

    #[test]
    fn a_hello_that_is_signed() {
        let hex = "4500006c 00010000 0159cf32 0a000001 e0000005 02010034 01010101 00000000
             c8830000 00000000 00000000 ffffff00 000a1201 00000028 0a000001 0a000002
             03030303 04040404 fff60009 00010004 00000003 00020014 00000009 aaaaaaaa
             aaaaaaaa aaaaaaaa aaaaaaaa";
        assert_eq!(
            layer("ospf", 228, hex),
            "\
Open Shortest Path First [20..108]
  Header: version 2, Hello Packet, router 1.1.1.1, area 0.0.0.0 [20..44]
    Version: 2 [20..21]
    Message type: Hello Packet (1) [21..22]
    Packet length: 52 [22..24]
    Source router: 1.1.1.1 [24..28]
    Area ID: 0.0.0.0, the backbone [28..32]
    Checksum: 0xc883, good [32..34]
    Authentication: Null (0) [34..36]
    Authentication data: 0000000000000000 [36..44]
  Hello [44..72]
    Network mask: 255.255.255.0 [44..48]
    Hello interval: 10 s [48..50]
    Options: 0x12 [50..51]
      Down: Not set [50..51]
      Opaque advertisements: Not set [50..51]
      Demand circuits: Not set [50..51]
      Link-local signaling: Set [50..51]
      NSSA: Not set [50..51]
      Multicast: Not set [50..51]
      External routing: Set [50..51]
      Multi-topology routing: Not set [50..51]
    Router priority: 1 [51..52]
    Router dead interval: 40 s [52..56]
    Designated router: 10.0.0.1 [56..60]
    Backup designated router: 10.0.0.2 [60..64]
    Neighbor: 3.3.3.3 [64..68]
    Neighbor: 4.4.4.4 [68..72]
  Link-local signaling [72..108]
    Checksum: 0xfff6 [72..74]
    Length: 36 bytes [74..76]
    Element: Extended options [76..84]
      Type: Extended options (1) [76..78]
      Length: 4 [78..80]
      Options: 0x00000003 [80..84]
        Restart: Set [80..84]
        Resynchronization: Set [80..84]
    Element: Cryptographic authentication [84..108]
      Type: Cryptographic authentication (2) [84..86]
      Length: 20 [86..88]
      Sequence number: 0x00000009 [88..92]
      Digest: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa [92..108]
"
        );
    }

    #[test]
    fn elements_of_version_3() {
        let hex = "60000000 00585901 fe800000 00000000 00000000 00000001 ff020000 00000000
             00000000 00000005 03010028 02020202 00000001 eb700000 00000005 01000213
             000a0028 01010101 02020202 03030303 fff6000c 00030004 0005e000 00040004
             01010101 00070008 02c00000 03030303 00080004 05000000 004d0004 01020304";
        assert_eq!(
            layer("ospf", 229, hex),
            "\
Open Shortest Path First [40..128]
  Header: version 3, Hello Packet, router 2.2.2.2, area 0.0.0.1 [40..56]
    Version: 3 [40..41]
    Message type: Hello Packet (1) [41..42]
    Packet length: 40 [42..44]
    Source router: 2.2.2.2 [44..48]
    Area ID: 0.0.0.1 [48..52]
    Checksum: 0xeb70, good [52..54]
    Instance ID: IPv6 unicast (0) [54..55]
    Reserved: 00 [55..56]
  Hello [56..80]
    Interface ID: 5 [56..60]
    Router priority: 1 [60..61]
    Options: 0x000213 [61..64]
      Authentication trailer: Not set [61..64]
      Link-local signaling: Set [61..64]
      Address families: Not set [61..64]
      Demand circuits: Not set [61..64]
      Router: Set [61..64]
      NSSA: Not set [61..64]
      Multicast: Not set [61..64]
      External routing: Set [61..64]
      IPv6 routing: Set [61..64]
    Hello interval: 10 s [64..66]
    Router dead interval: 40 s [66..68]
    Designated router: 1.1.1.1 [68..72]
    Backup designated router: 2.2.2.2 [72..76]
    Neighbor: 3.3.3.3 [76..80]
  Link-local signaling [80..128]
    Checksum: 0xfff6 [80..82]
    Length: 48 bytes [82..84]
    Element: State check sequence [84..92]
      Type: State check sequence (3) [84..86]
      Length: 4 [86..88]
      Sequence number: 5 [88..90]
      Options: 0xe0 [90..91]
        Request: Set [90..91]
        Answer: Set [90..91]
        Incomplete: Set [90..91]
    Element: Neighbor drop [92..100]
      Type: Neighbor drop (4) [92..94]
      Length: 4 [94..96]
      Dropped neighbor: 1.1.1.1 [96..100]
    Element: Active overlapping relays [100..112]
      Type: Active overlapping relays (7) [100..102]
      Length: 8 [102..104]
      Relays added: 2 [104..105]
      Options: 0xc0 [105..106]
        Always: Set [105..106]
        Never: Set [105..106]
      Relay: 3.3.3.3 [108..112]
    Element: Willingness [112..120]
      Type: Willingness (8) [112..114]
      Length: 4 [114..116]
      Willingness: 5 [116..117]
    Element: unknown [120..128]
      Type: 77 [120..122]
      Length: 4 [122..124]
"
        );
    }
}
