//! Routes: prefixes of as many bytes as their length needs, RFC 4271, section 4.3, and the alternatives of RFC 4760.

use super::{
    distinguisher,
    family::{Family, Safi},
    rest,
};
use crate::{Layer, Stop, Value};
use nom::{
    bytes::take,
    number::{be_u8, be_u24},
};
use std::net::{Ipv4Addr, Ipv6Addr};

/// Reads routes to IPv4 networks to the end.
pub fn list(bgp: &mut Layer, name: &'static str) -> Result<(), Stop> {
    while bgp.reported() > 0 {
        bgp.group("", "Route", |bgp| {
            let bits = bgp.field("bgp.prefix_length", "Prefix length", be_u8())?;
            let network = v4(bgp, name, bits)?;
            bgp.title(|| format!("{network}/{bits}"));
            Ok(())
        })?;
    }
    Ok(())
}

/// Reads routes of a family to the end. They are announced as reachable, or withdrawn.
pub fn list_of(bgp: &mut Layer, family: Family, safi: Safi, reachable: bool) -> Result<(), Stop> {
    let name = match (family, reachable) {
        (Family::IPV4, true) => "bgp.mp_reach_nlri_ipv4_prefix",
        (Family::IPV4, false) => "bgp.mp_unreach_nlri_ipv4_prefix",
        (Family::IPV6, true) => "bgp.mp_reach_nlri_ipv6_prefix",
        (Family::IPV6, false) => "bgp.mp_unreach_nlri_ipv6_prefix",
        _ => return rest(bgp, "", "Routes"),
    };
    let (labeled, distinguished) = match safi {
        Safi::UNICAST | Safi::MULTICAST | Safi::BOTH => (false, false),
        Safi::LABELED => (true, false),
        Safi::VPN_UNICAST | Safi::VPN_MULTICAST => (true, true),
        _ => return rest(bgp, "", "Routes"),
    };
    while bgp.reported() > 0 {
        bgp.group("", "Route", |bgp| {
            let length = bgp.field("bgp.prefix_length", "Prefix length", be_u8())?;
            let mut bits = length;
            if labeled {
                bits = labels(bgp, bits, reachable)?;
            }
            if distinguished {
                bgp.field("bgp.rd", "Route distinguisher", distinguisher())?;
                bits = bits.saturating_sub(64);
            }
            match family {
                Family::IPV4 => {
                    let network = v4(bgp, name, bits)?;
                    bgp.title(|| format!("{network}/{bits}"));
                }
                _ => {
                    let network = v6(bgp, name, bits)?;
                    bgp.title(|| format!("{network}/{bits}"));
                }
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// RFC 8277, section 2. Returns how many bits are left for the prefix.
fn labels(bgp: &mut Layer, mut bits: u8, reachable: bool) -> Result<u8, Stop> {
    /// The values for any label when a route is withdrawn: RFC 8277, section 2.4.
    const WITHDRAWN: [u32; 2] = [0x80_0000, 0];
    let mut said = String::new();
    let mut length = 0_usize;
    bgp.aside(|bgp| {
        loop {
            let label = bgp.word("bgp.label_stack", be_u24(), |_| {})?;
            length += 3;
            bits = bits.saturating_sub(24);
            if !said.is_empty() {
                said.push(',');
            }
            let withdrawn = !reachable && WITHDRAWN.contains(&label);
            said += &match withdrawn {
                true => "0 (withdrawn)".to_owned(),
                false => (label >> 4).to_string(),
            };
            if withdrawn || bits < 24 {
                break;
            }
            if label & 1 == 1 {
                said += " (bottom)";
                break;
            }
        }
        Ok(())
    })?;
    bgp.field_shown("bgp.label_stack", "Labels", take(length), |_: &[u8]| {
        Value::Text(said)
    })?;
    Ok(bits)
}

fn v4(bgp: &mut Layer, name: &'static str, bits: u8) -> Result<Ipv4Addr, Stop> {
    if bits > 32 {
        return bgp.malformed("bgp.prefix_length");
    }
    let bytes = bgp.field_shown(
        name,
        "Prefix",
        take(usize::from(bits).div_ceil(8)),
        |bytes: &[u8]| Ipv4Addr::from(padded(bytes)).into(),
    )?;
    Ok(Ipv4Addr::from(padded::<4>(bytes)))
}

fn v6(bgp: &mut Layer, name: &'static str, bits: u8) -> Result<Ipv6Addr, Stop> {
    if bits > 128 {
        return bgp.malformed("bgp.prefix_length");
    }
    let bytes = bgp.field_shown(
        name,
        "Prefix",
        take(usize::from(bits).div_ceil(8)),
        |bytes: &[u8]| Ipv6Addr::from(padded(bytes)).into(),
    )?;
    Ok(Ipv6Addr::from(padded::<16>(bytes)))
}

/// Fills up an address of which only the first bytes were sent.
fn padded<const LENGTH: usize>(bytes: &[u8]) -> [u8; LENGTH] {
    let mut address = [0; LENGTH];
    address
        .iter_mut()
        .zip(bytes)
        .for_each(|(to, from)| *to = *from);
    address
}
