//! The attributes of a route: RFC 4271, section 4.3, and RFC 4760.

use super::{
    community, distinguisher,
    family::{Family, Safi},
    rest, route,
};
use crate::{Base, Layer, Stop, Value, internet::address, value::named};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16, be_u32},
};

named! {
    /// IANA "BGP Path Attributes".
    Attribute(u8, Dec) {
        ORIGIN = 1 => "ORIGIN",
        AS_PATH = 2 => "AS_PATH",
        NEXT_HOP = 3 => "NEXT_HOP",
        MULTI_EXIT_DISC = 4 => "MULTI_EXIT_DISC",
        LOCAL_PREF = 5 => "LOCAL_PREF",
        ATOMIC_AGGREGATE = 6 => "ATOMIC_AGGREGATE",
        AGGREGATOR = 7 => "AGGREGATOR",
        COMMUNITIES = 8 => "COMMUNITIES",
        ORIGINATOR_ID = 9 => "ORIGINATOR_ID",
        CLUSTER_LIST = 10 => "CLUSTER_LIST",
        DPA = 11 => "DPA",
        ADVERTISER = 12 => "ADVERTISER",
        RCID_PATH = 13 => "RCID_PATH / CLUSTER_ID",
        MP_REACH_NLRI = 14 => "MP_REACH_NLRI",
        MP_UNREACH_NLRI = 15 => "MP_UNREACH_NLRI",
        EXTENDED_COMMUNITIES = 16 => "EXTENDED_COMMUNITIES",
        AS4_PATH = 17 => "AS4_PATH",
        AS4_AGGREGATOR = 18 => "AS4_AGGREGATOR",
        CONNECTOR = 20 => "Connector",
        AS_PATHLIMIT = 21 => "AS_PATHLIMIT",
        PMSI_TUNNEL = 22 => "PMSI_TUNNEL",
        TUNNEL_ENCAPSULATION = 23 => "Tunnel encapsulation",
        TRAFFIC_ENGINEERING = 24 => "Traffic engineering",
        IPV6_COMMUNITIES = 25 => "IPv6 address specific extended community",
        AIGP = 26 => "AIGP",
        PE_LABELS = 27 => "PE distinguisher labels",
        ENTROPY = 28 => "Entropy label capability",
        LINK_STATE = 29 => "BGP-LS",
        LARGE_COMMUNITY = 32 => "LARGE_COMMUNITY",
        BGPSEC_PATH = 33 => "BGPsec_PATH",
        ONLY_TO_CUSTOMER = 35 => "Only to customer",
        D_PATH = 36 => "D_PATH",
        PREFIX_SID = 40 => "Prefix-SID",
        ATTR_SET = 128 => "ATTR_SET",
    }
    /// RFC 4271, section 5.1.1.
    Origin(u8, Dec) {
        IGP = 0 => "IGP",
        EGP = 1 => "EGP",
        INCOMPLETE = 2 => "INCOMPLETE",
    }
    /// RFC 4271, section 4.3, and RFC 5065, section 3.
    Segment(u8, Dec) {
        SET = 1 => "AS_SET",
        SEQUENCE = 2 => "AS_SEQUENCE",
        CONFED_SEQUENCE = 3 => "AS_CONFED_SEQUENCE",
        CONFED_SET = 4 => "AS_CONFED_SET",
    }
}

const EXTENDED_LENGTH: u8 = 0x10;

/// Reads attributes to the end.
pub fn list(bgp: &mut Layer) -> Result<(), Stop> {
    while bgp.reported() > 0 {
        bgp.group("bgp.update.path_attribute", "Path attribute", |bgp| {
            one(bgp)
        })?;
    }
    Ok(())
}

fn one(bgp: &mut Layer) -> Result<(), Stop> {
    let name = "bgp.update.path_attribute.flags";
    let flags = bgp.flags(name, "Flags", Base::Hex(2), be_u8(), |bits| {
        bits.flag("bgp.update.path_attribute.flags.optional", "Optional", 0x80);
        bits.flag(
            "bgp.update.path_attribute.flags.transitive",
            "Transitive",
            0x40,
        );
        bits.flag("bgp.update.path_attribute.flags.partial", "Partial", 0x20);
        let extended = u64::from(EXTENDED_LENGTH);
        bits.flag(
            "bgp.update.path_attribute.flags.extended_length",
            "Extended length",
            extended,
        );
        bits.value(
            "bgp.update.path_attribute.flags.unused",
            "Unused",
            0x0f,
            |bits| Value::Number(bits, Base::Hex(2)),
        );
    })?;
    let name = "bgp.update.path_attribute.type_code";
    let kind = bgp.field(name, "Type", be_u8().map(Attribute))?;
    bgp.title(|| Value::from(kind).to_string());
    let name = "bgp.update.path_attribute.length";
    let length = match flags & EXTENDED_LENGTH != 0 {
        true => bgp.field(name, "Length", be_u16())?,
        false => bgp.field(name, "Length", be_u8())?.into(),
    };
    bgp.within(length.into(), |bgp| {
        value(bgp, kind, length)?;
        rest(bgp, "", "Value")
    })
}

fn value(bgp: &mut Layer, kind: Attribute, length: u16) -> Result<(), Stop> {
    match (kind, length) {
        (Attribute::ORIGIN, 1) => {
            let name = "bgp.update.path_attribute.origin";
            bgp.field(name, "Origin", be_u8().map(Origin))?;
        }
        (Attribute::AS_PATH, _) => {
            let wide = !is_narrow(bgp.rest());
            path(bgp, wide)?;
        }
        // RFC 6793, section 3.
        (Attribute::AS4_PATH, _) => path(bgp, true)?,
        (Attribute::NEXT_HOP, 4) => {
            let name = "bgp.update.path_attribute.next_hop";
            bgp.field(name, "Next hop", address::ipv4())?;
        }
        (Attribute::MULTI_EXIT_DISC, 4) => {
            let name = "bgp.update.path_attribute.multi_exit_disc";
            bgp.field(name, "Multiple exit discriminator", be_u32())?;
        }
        (Attribute::LOCAL_PREF, 4) => {
            let name = "bgp.update.path_attribute.local_pref";
            bgp.field(name, "Local preference", be_u32())?;
        }
        (Attribute::AGGREGATOR | Attribute::AS4_AGGREGATOR, 6 | 8) => {
            let name = "bgp.update.path_attribute.aggregator_as";
            match length {
                6 => drop(bgp.field(name, "Aggregator's AS", be_u16())?),
                _ => drop(bgp.field(name, "Aggregator's AS", be_u32())?),
            }
            let name = "bgp.update.path_attribute.aggregator_origin";
            bgp.field(name, "Aggregator", address::ipv4())?;
        }
        (Attribute::COMMUNITIES, 4..) => community::list(bgp)?,
        (Attribute::EXTENDED_COMMUNITIES, 8..) => community::extended(bgp)?,
        (Attribute::LARGE_COMMUNITY, 12..) => community::large(bgp)?,
        // RFC 4456, section 8.
        (Attribute::ORIGINATOR_ID, 4) => {
            let name = "bgp.update.path_attribute.originator_id";
            bgp.field(name, "Originator", address::ipv4())?;
        }
        (Attribute::CLUSTER_LIST, 4..) => {
            bgp.group("bgp.path_attribute.cluster_list", "Cluster list", |bgp| {
                while bgp.reported() > 0 {
                    bgp.field("bgp.path_attribute.cluster_id", "Cluster", address::ipv4())?;
                }
                Ok(())
            })?;
        }
        (Attribute::MP_REACH_NLRI, 5..) => reachable(bgp)?,
        (Attribute::MP_UNREACH_NLRI, 3..) => {
            let name = "bgp.update.path_attribute.mp_unreach_nlri.afi";
            let family = bgp.field(name, "Address family", be_u16().map(Family))?;
            let name = "bgp.update.path_attribute.mp_unreach_nlri.safi";
            let safi = bgp.field(name, "Subsequent address family", be_u8().map(Safi))?;
            if bgp.reported() > 0 {
                let name = "bgp.update.path_attribute.mp_unreach_nlri";
                bgp.group(name, "Withdrawn routes", |bgp| {
                    route::list_of(bgp, family, safi, false)
                })?;
            }
        }
        // RFC 6368, section 5.
        (Attribute::ATTR_SET, 4..) => {
            let name = "bgp.update.path_attribute.attr_set.origin_as";
            bgp.field(name, "Origin AS", be_u32())?;
        }
        _ => {}
    }
    Ok(())
}

/// Returns whether the numbers of this path have two bytes: the session's negotiation may not have been captured. No AS
/// has the number 0, which the upper half of most long numbers would be.
fn is_narrow(mut path: &[u8]) -> bool {
    while let [kind, count, behind @ ..] = path {
        let Some((numbers, rest)) = behind.split_at_checked(usize::from(*count) * 2) else {
            return false;
        };
        let (pairs, _) = numbers.as_chunks::<2>();
        if !(1..=4).contains(kind) || *count == 0 || pairs.contains(&[0, 0]) {
            return false;
        }
        path = rest;
    }
    path.is_empty()
}

/// RFC 4271, section 4.3.
fn path(bgp: &mut Layer, wide: bool) -> Result<(), Stop> {
    while bgp.reported() > 0 {
        let name = "bgp.update.path_attribute.as_path_segment";
        bgp.group(name, "AS path segment", |bgp| {
            let name = "bgp.update.path_attribute.as_path_segment.type";
            bgp.field(name, "Type", be_u8().map(Segment))?;
            let name = "bgp.update.path_attribute.as_path_segment.length";
            let count = bgp.field(name, "Number of ASes", be_u8())?;
            for at in 0..count {
                let number = match wide {
                    true => {
                        let name = "bgp.update.path_attribute.as_path_segment.as4";
                        bgp.field(name, "AS", be_u32())?
                    }
                    false => {
                        let name = "bgp.update.path_attribute.as_path_segment.as2";
                        bgp.field(name, "AS", be_u16())?.into()
                    }
                };
                let between = if at == 0 { "" } else { " " };
                bgp.title_more(|| format!("{between}{number}"));
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// RFC 4760, section 3.
fn reachable(bgp: &mut Layer) -> Result<(), Stop> {
    let name = "bgp.update.path_attribute.mp_reach_nlri.afi";
    let family = bgp.field(name, "Address family", be_u16().map(Family))?;
    let name = "bgp.update.path_attribute.mp_reach_nlri.safi";
    let safi = bgp.field(name, "Subsequent address family", be_u8().map(Safi))?;
    let name = "bgp.update.path_attribute.mp_reach_nlri.next_hop";
    bgp.group_with_bytes(name, "Next hop", |bgp| {
        let length = bgp.word(name, be_u8(), |_| {})?;
        bgp.within(length.into(), |bgp| next_hop(bgp, safi, length))
    })?;
    let name = "bgp.update.path_attribute.mp_reach_nlri.nbr_snpa";
    let count = bgp.field(name, "Points of attachment", be_u8())?;
    for _ in 0..count {
        let name = "bgp.update.path_attribute.mp_reach_nlri.snpa_length";
        let length = bgp.field(name, "Point's length", be_u8())?;
        let name = "bgp.update.path_attribute.mp_reach_nlri.snpa";
        bgp.field(name, "Point of attachment", take(usize::from(length)))?;
    }
    if bgp.reported() > 0 {
        let name = "bgp.update.path_attribute.mp_reach_nlri";
        bgp.group(name, "Reachable routes", |bgp| {
            route::list_of(bgp, family, safi, true)
        })?;
    }
    Ok(())
}

/// RFC 4760, section 3; RFC 2545, section 3; RFC 4364, section 4.3.2; RFC 8950, section 3.
fn next_hop(bgp: &mut Layer, safi: Safi, length: u8) -> Result<(), Stop> {
    let distinguished = matches!(safi, Safi::VPN_UNICAST | Safi::VPN_MULTICAST);
    let rd = |bgp: &mut Layer| match distinguished {
        true => {
            let name = "bgp.update.path_attribute.mp_reach_nlri.next_hop.rd";
            bgp.field(name, "Route distinguisher", distinguisher())
                .map(drop)
        }
        false => Ok(()),
    };
    let single = if distinguished {
        [12, 24, 48]
    } else {
        [4, 16, 32]
    };
    if single.contains(&length) {
        rd(bgp)?;
        if single.first() == Some(&length) {
            let name = "bgp.update.path_attribute.mp_reach_nlri.next_hop.ipv4";
            let hop = bgp.field(name, "IPv4 address", address::ipv4())?;
            bgp.title(|| hop.to_string());
        } else {
            let name = "bgp.update.path_attribute.mp_reach_nlri.next_hop.ipv6";
            let hop = bgp.field(name, "IPv6 address", address::ipv6())?;
            bgp.title(|| hop.to_string());
        }
        if single.last() == Some(&length) {
            rd(bgp)?;
            let name = "bgp.update.path_attribute.mp_reach_nlri.next_hop.ipv6.link_local";
            bgp.field(name, "Link-local address", address::ipv6())?;
        }
    }
    rest(bgp, "", "Address")
}
