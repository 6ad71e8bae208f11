//! Virtual eXtensible Local Area Network, RFC 7348, with the group policy extension.

use crate::{Base, Dissector, Hex, Layer, Next, OsiLayer, Outcome, Selector, link::ethernet};
use nom::number::{be_u8, be_u16, be_u24};

/// Virtual eXtensible Local Area Network.
pub const DISSECTOR: Dissector = Dissector {
    name: "vxlan",
    label: "Virtual eXtensible Local Area Network",
    column: "VxLAN",
    layer: OsiLayer::DataLink,
    selectors: &[Selector::UdpPort(4789)],
    dissect,
};

fn dissect(vxlan: &mut Layer) -> Outcome {
    vxlan.flags("vxlan.flags", "Flags", Base::Hex(4), be_u16(), |bits| {
        bits.flag_meaning("vxlan.flag_g", "Group policy", 0x8000, "Defined", "Not defined");
        bits.flag("vxlan.flag_i", "Network identifier", 0x0800);
        bits.flag("vxlan.flag_d", "Don't learn", 0x0040);
        bits.flag("vxlan.flag_a", "Policy applied", 0x0008);
        // Its bits lie apart, so they keep their places.
        bits.value_in_place("vxlan.flags_reserved", "Reserved", 0x77b7, |flags| Hex(flags as u16));
    })?;
    vxlan.field("vxlan.gbp", "Group policy", be_u16())?;
    let network = vxlan.field("vxlan.vni", "Network identifier", be_u24())?;
    vxlan.title(|| format!("network {network}"));
    vxlan.info(|| format!("VXLAN network {network}"));
    vxlan.field("vxlan.reserved8", "Reserved", be_u8())?;
    Ok(Next::Select(ethernet::INSIDE))
}
