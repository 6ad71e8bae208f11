//! Communities, which group routes: RFC 1997, RFC 4360 and RFC 8092.

use crate::{Base, Hex, Layer, Stop, Value, internet::address, value::named};
use nom::{
    Parser,
    number::{be_u8, be_u16, be_u32},
};

named! {
    /// IANA "BGP Well-known Communities".
    WellKnown(u32, Hex(8)) {
        GRACEFUL_SHUTDOWN = 0xffff0000 => "GRACEFUL_SHUTDOWN",
        ACCEPT_OWN = 0xffff0001 => "ACCEPT_OWN",
        BLACKHOLE = 0xffff029a => "BLACKHOLE",
        NO_EXPORT = 0xffffff01 => "NO_EXPORT",
        NO_ADVERTISE = 0xffffff02 => "NO_ADVERTISE",
        NO_EXPORT_SUBCONFED = 0xffffff03 => "NO_EXPORT_SUBCONFED",
        NO_PEER = 0xffffff04 => "NOPEER",
    }
    /// IANA "Transitive Two-Octet AS-Specific Extended Community Sub-Types" and their like.
    ExtendedSubtype(u8, Hex(2)) {
        ROUTE_TARGET = 0x02 => "Route target",
        ROUTE_ORIGIN = 0x03 => "Route origin",
        DOMAIN = 0x05 => "OSPF domain identifier",
        COLLECTION = 0x08 => "BGP data collection",
        SOURCE_AS = 0x09 => "Source AS",
        VPLS = 0x0a => "L2VPN identifier",
        IMPORT = 0x0b => "VRF route import",
    }
}

/// RFC 1997.
pub fn list(bgp: &mut Layer) -> Result<(), Stop> {
    bgp.group(
        "bgp.update.path_attribute.communities",
        "Communities",
        |bgp| {
            while bgp.reported() > 0 {
                bgp.group(
                    "bgp.update.path_attribute.community",
                    "Community",
                    community,
                )?;
            }
            Ok(())
        },
    )
}

fn community(bgp: &mut Layer) -> Result<(), Stop> {
    let number = bgp.peek("bgp.update.path_attribute.community", be_u32())?;
    let known = WellKnown(number);
    if let Some(name) = known.name() {
        bgp.title(|| name.to_owned());
        let name = "bgp.update.path_attribute.community_wellknown";
        return bgp
            .field(name, "Well-known", be_u32().map(WellKnown))
            .map(drop);
    }
    let name = "bgp.update.path_attribute.community_as";
    let number = bgp.field(name, "AS", be_u16())?;
    let name = "bgp.update.path_attribute.community_value";
    let value = bgp.field(name, "Value", be_u16())?;
    bgp.title(|| format!("{number}:{value}"));
    Ok(())
}

/// RFC 8092, section 3.
pub fn large(bgp: &mut Layer) -> Result<(), Stop> {
    while bgp.reported() > 0 {
        let name = "bgp.large_communities";
        let (ga, one, two) = bgp.peek(name, (be_u32(), be_u32(), be_u32()))?;
        bgp.group(name, "Large community", |bgp| {
            bgp.field("bgp.large_communities.ga", "Global administrator", be_u32())?;
            bgp.field("bgp.large_communities.ldp1", "Local data 1", be_u32())?;
            bgp.field("bgp.large_communities.ldp2", "Local data 2", be_u32())
        })?;
        bgp.value_of(name, || Value::Text(format!("{ga}:{one}:{two}")));
    }
    Ok(())
}

/// RFC 4360, section 2.
pub fn extended(bgp: &mut Layer) -> Result<(), Stop> {
    bgp.group("bgp.ext_communities", "Extended communities", |bgp| {
        while bgp.reported() > 0 {
            bgp.within(8, |bgp| {
                bgp.group("bgp.ext_community", "Extended community", extended_one)
            })?;
        }
        Ok(())
    })
}

fn extended_one(bgp: &mut Layer) -> Result<(), Stop> {
    let kind = bgp.flags("bgp.ext_com.type", "Type", Base::Hex(2), be_u8(), |bits| {
        let (yes, no) = ("experimental", "assigned by IANA");
        bits.flag_meaning("bgp.ext_com.type.auth", "Authority", 0x80, yes, no);
        let (yes, no) = ("not transitive", "transitive");
        bits.flag_meaning("bgp.ext_com.type.tran", "Across ASes", 0x40, yes, no);
    })?;
    let subtype = be_u8().map(ExtendedSubtype);
    match kind {
        0x00 => {
            bgp.field("bgp.ext_com.stype_tr_as2", "Subtype", subtype)?;
            let number = bgp.field("bgp.ext_com.value_as2", "AS", be_u16())?;
            let value = bgp.field("bgp.ext_com.value_an4", "Number", be_u32())?;
            bgp.title(|| format!("{number}:{value}"));
        }
        0x40 => {
            bgp.field("bgp.ext_com.stype_ntr_as2", "Subtype", subtype)?;
            let number = bgp.field("bgp.ext_com.value_as2", "AS", be_u16())?;
            let value = bgp.field("bgp.ext_com.value_an4", "Number", be_u32())?;
            bgp.title(|| format!("{number}:{value}"));
        }
        0x01 => {
            bgp.field("bgp.ext_com.stype_tr_IP4", "Subtype", subtype)?;
            let address = bgp.field("bgp.ext_com.value_IP4", "Address", address::ipv4())?;
            let value = bgp.field("bgp.ext_com.value_an2", "Number", be_u16())?;
            bgp.title(|| format!("{address}:{value}"));
        }
        0x02 => {
            bgp.field("bgp.ext_com.stype_tr_as4", "Subtype", subtype)?;
            let number = bgp.field("bgp.ext_com.value_as4", "AS", be_u32())?;
            let value = bgp.field("bgp.ext_com.value_an2", "Number", be_u16())?;
            bgp.title(|| format!("{number}:{value}"));
        }
        0x41 => {
            bgp.field("bgp.ext_com.stype_ntr_IP4", "Subtype", subtype)?;
            let address = bgp.field("bgp.ext_com.value_IP4", "Address", address::ipv4())?;
            let value = bgp.field("bgp.ext_com.value_an2", "Number", be_u16())?;
            bgp.title(|| format!("{address}:{value}"));
        }
        0x42 => {
            bgp.field("bgp.ext_com.stype_ntr_as4", "Subtype", subtype)?;
            let number = bgp.field("bgp.ext_com.value_as4", "AS", be_u32())?;
            let value = bgp.field("bgp.ext_com.value_an2", "Number", be_u16())?;
            bgp.title(|| format!("{number}:{value}"));
        }
        _ => {
            let name = match kind {
                0x03 => "bgp.ext_com.stype_tr_opaque",
                0x06 => "bgp.ext_com.stype_tr_evpn",
                0x43 => "bgp.ext_com.stype_ntr_opaque",
                0x80 => "bgp.ext_com.stype_tr_exp",
                0x81 => "bgp.ext_com.stype_tr_exp_2",
                0x82 => "bgp.ext_com.stype_tr_exp_3",
                _ => "bgp.ext_com.stype_unknown",
            };
            bgp.field(name, "Subtype", be_u8().map(Hex))?;
            opaque(bgp)?;
        }
    }
    Ok(())
}

/// Reads a value as a whole, without its parts.
fn opaque(bgp: &mut Layer) -> Result<(), Stop> {
    let value = (be_u16(), be_u32()).map(|(high, low)| u64::from(high) << 32 | u64::from(low));
    let show = |value| Value::Number(value, Base::Hex(12));
    bgp.field_shown("bgp.ext_com.value_raw", "Value", value, show)
        .map(drop)
}
