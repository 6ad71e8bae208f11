//! Shared by messages and advertisements: options, and types of links.

use super::Behind;
use crate::{Base, Layer, Stop, value::named};
use nom::number::{be_u8, be_u24};

named! {
    /// RFC 2328, section A.4.2.
    Link(u8, Dec) {
        POINT_TO_POINT = 1 => "Point-to-point connection to another router",
        TRANSIT = 2 => "Connection to a transit network",
        STUB = 3 => "Connection to a stub network",
        VIRTUAL = 4 => "Virtual link",
    }
}

/// The options of version 2 and 3 that announce blocks after a packet.
const SIGNALING_V2: u8 = 0x10;
const SIGNALING_V3: u32 = 0x200;
const TRAILER_V3: u32 = 0x400;

/// RFC 2328, section A.2. One bit has two meanings: NSSA capability, or in an NSSA's advertisement that it is to be
/// propagated (RFC 3101, section 2.4).
pub fn options_v2(ospf: &mut Layer, nssa: bool) -> Result<Behind, Stop> {
    let options = ospf.flags(
        "ospf.v2.options",
        "Options",
        Base::Hex(2),
        be_u8(),
        |bits| {
            bits.flag("ospf.v2.options.dn", "Down", 0x80);
            bits.flag("ospf.v2.options.o", "Opaque advertisements", 0x40);
            bits.flag("ospf.v2.options.dc", "Demand circuits", 0x20);
            let name = "ospf.v2.options.l";
            bits.flag(name, "Link-local signaling", SIGNALING_V2.into());
            match nssa {
                true => bits.flag("ospf.v2.options.p", "Propagate", 0x08),
                false => bits.flag("ospf.v2.options.n", "NSSA", 0x08),
            }
            bits.flag("ospf.v2.options.mc", "Multicast", 0x04);
            bits.flag("ospf.v2.options.e", "External routing", 0x02);
            bits.flag("ospf.v2.options.mt", "Multi-topology routing", 0x01);
        },
    )?;
    Ok(Behind {
        signaling: options & SIGNALING_V2 != 0,
        trailer: false,
    })
}

/// RFC 5340, section A.2.
pub fn options_v3(ospf: &mut Layer) -> Result<Behind, Stop> {
    let options = ospf.flags(
        "ospf.v3.options",
        "Options",
        Base::Hex(6),
        be_u24(),
        |bits| {
            let name = "ospf.v3.options.at";
            bits.flag(name, "Authentication trailer", TRAILER_V3.into());
            let name = "ospf.v3.options.l";
            bits.flag(name, "Link-local signaling", SIGNALING_V3.into());
            bits.flag("ospf.v3.options.af", "Address families", 0x100);
            bits.flag("ospf.v3.options.dc", "Demand circuits", 0x20);
            bits.flag("ospf.v3.options.r", "Router", 0x10);
            bits.flag("ospf.v3.options.n", "NSSA", 0x08);
            bits.flag("ospf.v3.options.mc", "Multicast", 0x04);
            bits.flag("ospf.v3.options.e", "External routing", 0x02);
            bits.flag("ospf.v3.options.v6", "IPv6 routing", 0x01);
        },
    )?;
    Ok(Behind {
        signaling: options & SIGNALING_V3 != 0,
        trailer: options & TRAILER_V3 != 0,
    })
}
