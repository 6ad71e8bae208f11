//! The five messages of OSPF: RFC 2328, section A.3; RFC 5340, section A.3.

use super::{
    Behind, Header, Message, Version, lsa, lsa_v3,
    options::{options_v2, options_v3},
};
use crate::{Base, Layer, Stop, internet::address};
use nom::{
    bytes::take,
    number::{be_u8, be_u16, be_u32},
};

/// Reads what follows the header.
pub fn read(ospf: &mut Layer, header: &Header) -> Result<Behind, Stop> {
    let version = header.version;
    match header.message {
        Message::HELLO => return ospf.group("ospf.hello", "Hello", |ospf| hello(ospf, version)),
        Message::DESCRIPTION => {
            let behind = ospf.group("", "Database description", |ospf| {
                description(ospf, version)
            })?;
            lsa_headers(ospf, version)?;
            return Ok(behind);
        }
        Message::REQUEST => {
            while ospf.reported() > 0 {
                ospf.group("", "Link state request", |ospf| request(ospf, version))?;
            }
        }
        Message::UPDATE => ospf.group("", "Link state update", |ospf| {
            let count = ospf.field("ospf.ls.number_of_lsas", "Advertisements", be_u32())?;
            ospf.title(|| match count {
                1 => "1 advertisement".to_owned(),
                _ => format!("{count} advertisements"),
            });
            for _ in 0..count {
                match version {
                    Version::V2 => lsa::read(ospf, true)?,
                    Version::V3 { ipv4 } => lsa_v3::read(ospf, Some(ipv4))?,
                }
            }
            Ok(())
        })?,
        Message::ACKNOWLEDGE => lsa_headers(ospf, version)?,
        _ => {}
    }
    Ok(Behind::default())
}

fn lsa_headers(ospf: &mut Layer, version: Version) -> Result<(), Stop> {
    while ospf.reported() > 0 {
        match version {
            Version::V2 => lsa::read(ospf, false)?,
            Version::V3 { .. } => lsa_v3::read(ospf, None)?,
        }
    }
    Ok(())
}

fn hello(ospf: &mut Layer, version: Version) -> Result<Behind, Stop> {
    let priority = ("ospf.hello.router_priority", "Router priority");
    let interval = ("ospf.hello.hello_interval", "Hello interval");
    let dead = ("ospf.hello.router_dead_interval", "Router dead interval");
    let behind = match version {
        Version::V2 => {
            ospf.field("ospf.hello.network_mask", "Network mask", address::ipv4())?;
            let seconds = ospf.field(interval.0, interval.1, be_u16())?;
            ospf.text(|| format!("{seconds} s"));
            let options = options_v2(ospf, false)?;
            ospf.field(priority.0, priority.1, be_u8())?;
            let seconds = ospf.field(dead.0, dead.1, be_u32())?;
            ospf.text(|| format!("{seconds} s"));
            options
        }
        Version::V3 { .. } => {
            ospf.field("ospf.hello.interface_id", "Interface ID", be_u32())?;
            ospf.field(priority.0, priority.1, be_u8())?;
            let options = options_v3(ospf)?;
            for (name, label) in [interval, dead] {
                let seconds = ospf.field(name, label, be_u16())?;
                ospf.text(|| format!("{seconds} s"));
            }
            options
        }
    };
    let name = "ospf.hello.designated_router";
    ospf.field(name, "Designated router", address::ipv4())?;
    let name = "ospf.hello.backup_designated_router";
    ospf.field(name, "Backup designated router", address::ipv4())?;
    while ospf.reported() > 0 {
        ospf.field("ospf.hello.active_neighbor", "Neighbor", address::ipv4())?;
    }
    Ok(behind)
}

fn description(ospf: &mut Layer, version: Version) -> Result<Behind, Stop> {
    let mtu = ("ospf.db.interface_mtu", "Interface MTU");
    let behind = match version {
        Version::V2 => {
            ospf.field(mtu.0, mtu.1, be_u16())?;
            options_v2(ospf, false)?
        }
        Version::V3 { .. } => {
            ospf.field("ospf.reserved", "Reserved", take(1_usize))?;
            let behind = options_v3(ospf)?;
            ospf.field(mtu.0, mtu.1, be_u16())?;
            ospf.field("ospf.reserved", "Reserved", take(1_usize))?;
            behind
        }
    };
    ospf.flags("ospf.dbd", "Flags", Base::Hex(2), be_u8(), |bits| {
        bits.flag("ospf.dbd.r", "Resynchronization", 0x08);
        bits.flag("ospf.dbd.i", "First packet", 0x04);
        bits.flag("ospf.dbd.m", "More follow", 0x02);
        bits.flag_meaning("ospf.dbd.ms", "Sender", 0x01, "Master", "Slave");
    })?;
    let sequence = ospf.field("ospf.db.dd_sequence", "Sequence number", be_u32())?;
    ospf.title(|| format!("sequence number {sequence}"));
    Ok(behind)
}

/// RFC 2328, section A.3.4; RFC 5340, section A.3.4.
fn request(ospf: &mut Layer, version: Version) -> Result<(), Stop> {
    let kind = match version {
        Version::V2 => lsa::requested(ospf)?,
        Version::V3 { .. } => {
            ospf.field("ospf.reserved", "Reserved", take(2_usize))?;
            lsa_v3::kind(ospf)?
        }
    };
    let id = ospf.field("ospf.link_state_id", "Link state ID", address::ipv4())?;
    let router = ospf.field("ospf.advrouter", "Advertising router", address::ipv4())?;
    ospf.title(|| format!("{kind}, {id} of {router}"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn requests() {
        let hex = "45000044 00010000 0159cf5a 0a000001 e0000005 02030030 01010101 00000000
             eeae0000 00000000 00000000 00000001 01010101 02020202 0000000a 01000005
             03030303";
        assert_eq!(
            layer("ospf", 228, hex),
            "\
Open Shortest Path First [20..68]
  Header: version 2, LS Request, router 1.1.1.1, area 0.0.0.0 [20..44]
    Version: 2 [20..21]
    Message type: LS Request (3) [21..22]
    Packet length: 48 [22..24]
    Source router: 1.1.1.1 [24..28]
    Area ID: 0.0.0.0, the backbone [28..32]
    Checksum: 0xeeae, good [32..34]
    Authentication: Null (0) [34..36]
    Authentication data: 0000000000000000 [36..44]
  Link state request: Router-LSA, 1.1.1.1 of 2.2.2.2 [44..56]
    Type: Router-LSA (1) [44..48]
    Link state ID: 1.1.1.1 [48..52]
    Advertising router: 2.2.2.2 [52..56]
  Link state request: Opaque LSA, Area-local scope, 1.0.0.5 of 3.3.3.3 [56..68]
    Type: Opaque LSA, Area-local scope (10) [56..60]
    Link state ID: 1.0.0.5 [60..64]
    Advertising router: 3.3.3.3 [64..68]
"
        );
    }

    #[test]
    fn a_description_of_version_3() {
        let hex = "60000000 00305901 fe800000 00000000 00000000 00000001 ff020000 00000000
             00000000 00000005 03020030 02020202 00000001 21c20000 00000113 05dc0007
             00000009 80052001 00000005 03030303 80000001 abcd0014";
        assert_eq!(
            layer("ospf", 229, hex),
            "\
Open Shortest Path First [40..88]
  Header: version 3, DB Description, router 2.2.2.2, area 0.0.0.1 [40..56]
    Version: 3 [40..41]
    Message type: DB Description (2) [41..42]
    Packet length: 48 [42..44]
    Source router: 2.2.2.2 [44..48]
    Area ID: 0.0.0.1 [48..52]
    Checksum: 0x21c2, good [52..54]
    Instance ID: IPv6 unicast (0) [54..55]
    Reserved: 00 [55..56]
  Database description: sequence number 9 [56..68]
    Reserved: 00 [56..57]
    Options: 0x000113 [57..60]
      Authentication trailer: Not set [57..60]
      Link-local signaling: Not set [57..60]
      Address families: Set [57..60]
      Demand circuits: Not set [57..60]
      Router: Set [57..60]
      NSSA: Not set [57..60]
      Multicast: Not set [57..60]
      External routing: Set [57..60]
      IPv6 routing: Set [57..60]
    Interface MTU: 1500 [60..62]
    Reserved: 00 [62..63]
    Flags: 0x07 [63..64]
      Resynchronization: Not set [63..64]
      First packet: Set [63..64]
      More follow: Set [63..64]
      Sender: Master [63..64]
    Sequence number: 9 [64..68]
  Advertisement: Router-LSA, 0.0.0.5 of 3.3.3.3 [68..88]
    Age: 5 s [68..70]
    Do not age: Set [68..70]
    Type: Router-LSA (0x2001) [70..72]
      Handling: Keep it on the link if it is not known [70..72]
      Scope: Area (0x0001) [70..72]
      Function: Router-LSA (1) [70..72]
    Link state ID: 0.0.0.5 [72..76]
    Advertising router: 3.3.3.3 [76..80]
    Sequence number: 0x80000001 [80..84]
    Checksum: 0xabcd [84..86]
    Length: 20 [86..88]
"
        );
    }

    #[test]
    fn cut_in_a_request() {
        let hex = "45000038 00010000 0159cf66 0a000001 e0000005 02030024 01010101 00000000
             f5cf0000 00000000 00000000 00000001 0101";
        assert_eq!(
            cut("ospf", 228, hex, 56),
            "\
Open Shortest Path First [20..50]
  Header: version 2, LS Request, router 1.1.1.1, area 0.0.0.0 [20..44]
    Version: 2 [20..21]
    Message type: LS Request (3) [21..22]
    Packet length: 36 [22..24]
    Source router: 1.1.1.1 [24..28]
    Area ID: 0.0.0.0, the backbone [28..32]
    Checksum: 0xf5cf, cannot say: not all bytes were captured [32..34]
    Authentication: Null (0) [34..36]
    Authentication data: 0000000000000000 [36..44]
  Link state request [44..48]
    Type: Router-LSA (1) [44..48]
  Note: cut by the capture's size limit inside ospf.link_state_id
"
        );
    }
}
