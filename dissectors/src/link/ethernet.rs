//! Ethernet II and IEEE 802.3.

use crate::{Dissector, Layer, Mac, Next, OsiLayer, Outcome, Selector, Stop, field::named};
use nom::{
    Parser,
    bytes::take,
    error::Error,
    number::be_u16,
};

/// Ethernet.
pub const DISSECTOR: Dissector = Dissector {
    name: "eth",
    label: "Ethernet II",
    column: "Ethernet",
    layer: OsiLayer::DataLink,
    selectors: &[Selector::LinkType(1)],
    dissect,
};

named! {
    /// What follows, IEEE 802 numbers.
    EtherType(u16, Hex(4)) {
        IPV4 = 0x0800 => "IPv4",
        ARP = 0x0806 => "ARP",
        VLAN = 0x8100 => "802.1Q Virtual LAN",
        IPV6 = 0x86dd => "IPv6",
    }
}

/// Values below this are the length of an 802.3 frame: IEEE 802.3, section 3.2.6.
const MIN_ETHERTYPE: u16 = 0x0600;

fn dissect(eth: &mut Layer) -> Outcome {
    let destination = address(eth, &DESTINATION)?;
    let source = address(eth, &SOURCE)?;
    eth.endpoints(|| (source.to_string(), destination.to_string()));
    eth.title(|| format!("Src: {source}, Dst: {destination}"));
    eth.owns_trailer("eth.padding", "eth.trailer");
    let kind = eth.field("eth.type", "Type", be_u16().map(EtherType))?;
    if kind.0 < MIN_ETHERTYPE {
        return Ok(Next::Data);
    }
    eth.info(|| format!("Ethernet II, type {}", crate::Value::from(kind)));
    Ok(Next::Select(Selector::EtherType(kind.0)))
}

/// The names of an address and its parts.
struct AddressNames {
    field: &'static str,
    label: &'static str,
    lg: &'static str,
    ig: &'static str,
}

const DESTINATION: AddressNames =
    AddressNames { field: "eth.dst", label: "Destination", lg: "eth.dst.lg", ig: "eth.dst.ig" };
const SOURCE: AddressNames =
    AddressNames { field: "eth.src", label: "Source", lg: "eth.src.lg", ig: "eth.src.ig" };

fn address(eth: &mut Layer, names: &AddressNames) -> Result<Mac, Stop> {
    let bytes = eth.ahead(6);
    let address = eth.field(names.field, names.label, mac())?;
    eth.below(|eth| {
        eth.over("eth.addr", "Address", bytes, || address.into());
        let high = crate::ByteRange { end: bytes.start + 3, ..bytes };
        let bit = |mask: u8| address.0.first().is_some_and(|first| first & mask != 0);
        eth.over(names.lg, "LG bit", high, || {
            crate::Value::Flag(bit(2), "Locally administered address", "Globally unique address")
        });
        eth.over(names.ig, "IG bit", high, || {
            crate::Value::Flag(bit(1), "Group address (multicast or broadcast)", "Individual address (unicast)")
        });
    });
    Ok(address)
}

/// A hardware address of six bytes.
pub fn mac<'a>() -> impl Parser<&'a [u8], Output = Mac, Error = Error<&'a [u8]>> {
    take(6_usize).map(|bytes: &[u8]| Mac(bytes.try_into().unwrap_or_default()))
}

