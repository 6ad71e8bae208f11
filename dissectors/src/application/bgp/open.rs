//! The first message of a session, RFC 4271, section 4.2, and its sender's capabilities in it, RFC 5492.

use super::{
    family::{Family, Safi},
    rest,
};
use crate::{Base, Hex, Layer, Stop, Value, internet::address, value::named};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16, be_u32},
};

named! {
    /// IANA "BGP OPEN Optional Parameter Types".
    ParameterType(u8, Dec) {
        AUTHENTICATION = 1 => "Authentication",
        CAPABILITY = 2 => "Capability",
    }
    /// IANA "Capability Codes".
    CapabilityType(u8, Dec) {
        RESERVED = 0 => "Reserved",
        MULTIPROTOCOL = 1 => "Multiprotocol extensions",
        ROUTE_REFRESH = 2 => "Route refresh",
        ROUTE_FILTERING = 3 => "Outbound route filtering",
        MULTIPLE_ROUTES = 4 => "Multiple routes to a destination",
        NEXT_HOP = 5 => "Extended next hop encoding",
        EXTENDED_MESSAGE = 6 => "Extended message",
        BGPSEC = 7 => "BGPsec",
        MULTIPLE_LABELS = 8 => "Multiple labels",
        ROLE = 9 => "BGP role",
        GRACEFUL_RESTART = 64 => "Graceful restart",
        FOUR_OCTET_AS = 65 => "Four-octet AS number",
        DYNAMIC_CISCO = 66 => "Dynamic capability (deprecated)",
        DYNAMIC = 67 => "Dynamic capability",
        MULTISESSION = 68 => "Multisession",
        ADDITIONAL_PATHS = 69 => "Additional paths",
        ENHANCED_REFRESH = 70 => "Enhanced route refresh",
        LONG_LIVED = 71 => "Long-lived graceful restart",
        PREFIX_FILTERING = 72 => "CP-ORF",
        FQDN = 73 => "FQDN",
        ROUTE_REFRESH_CISCO = 128 => "Route refresh (Cisco)",
        ROUTE_FILTERING_CISCO = 130 => "Outbound route filtering (Cisco)",
        MULTISESSION_CISCO = 131 => "Multisession (Cisco)",
    }
    /// RFC 5291, section 5, and RFC 7911, section 4.
    Direction(u8, Dec) {
        RECEIVE = 1 => "Receive",
        SEND = 2 => "Send",
        BOTH = 3 => "Both",
    }
}

/// Reads what follows the header.
pub fn read(bgp: &mut Layer) -> Result<(), Stop> {
    bgp.field("bgp.open.version", "Version", be_u8())?;
    bgp.field("bgp.open.myas", "My AS", be_u16())?;
    bgp.field("bgp.open.holdtime", "Hold time", be_u16())?;
    bgp.field("bgp.open.identifier", "BGP identifier", address::ipv4())?;
    let name = "bgp.open.opt.len";
    let length = usize::from(bgp.field(name, "Optional parameters' length", be_u8())?);
    if length == 0 {
        return Ok(());
    }
    bgp.within(length, |bgp| {
        bgp.group("bgp.open.opt", "Optional parameters", |bgp| {
            while bgp.reported() > 0 {
                bgp.group("bgp.open.opt.param", "Optional parameter", parameter)?;
            }
            Ok(())
        })
    })
}

fn parameter(bgp: &mut Layer) -> Result<(), Stop> {
    let name = "bgp.open.opt.param.type";
    let kind = bgp.field(name, "Type", be_u8().map(ParameterType))?;
    bgp.title(|| Value::from(kind).to_string());
    let length = usize::from(bgp.field("bgp.open.opt.param.len", "Length", be_u8())?);
    bgp.within(length, |bgp| match kind {
        ParameterType::CAPABILITY => {
            while bgp.reported() > 0 {
                capability(bgp)?;
            }
            Ok(())
        }
        ParameterType::AUTHENTICATION => {
            rest(bgp, "bgp.open.opt.param.auth", "Authentication data")
        }
        _ => rest(bgp, "bgp.open.opt.param.unknown", "Unknown"),
    })
}

/// RFC 5492, section 4.
pub fn capability(bgp: &mut Layer) -> Result<(), Stop> {
    bgp.group("bgp.cap", "Capability", |bgp| {
        let kind = bgp.field("bgp.cap.type", "Type", be_u8().map(CapabilityType))?;
        bgp.title(|| Value::from(kind).to_string());
        let length = usize::from(bgp.field("bgp.cap.length", "Length", be_u8())?);
        bgp.within(length, |bgp| {
            value(bgp, kind, length)?;
            rest(bgp, "bgp.cap.unknown", "Unknown")
        })
    })
}

fn value(bgp: &mut Layer, kind: CapabilityType, length: usize) -> Result<(), Stop> {
    match (kind, length) {
        // RFC 4760, section 8.
        (CapabilityType::MULTIPROTOCOL, 4) => {
            bgp.field("bgp.cap.mp.afi", "Address family", be_u16().map(Family))?;
            bgp.field("bgp.cap.reserved", "Reserved", take(1_usize))?;
            let name = "bgp.cap.mp.safi";
            bgp.field(name, "Subsequent address family", be_u8().map(Safi))?;
        }
        (CapabilityType::FOUR_OCTET_AS, 4) => {
            bgp.field("bgp.cap.4as", "AS number", be_u32())?;
        }
        (CapabilityType::GRACEFUL_RESTART, 2..) => graceful_restart(bgp)?,
        (CapabilityType::DYNAMIC | CapabilityType::DYNAMIC_CISCO, _) => {
            while bgp.reported() > 0 {
                bgp.field("bgp.cap.dc", "May change", be_u8().map(CapabilityType))?;
            }
        }
        // RFC 8950, section 4.
        (CapabilityType::NEXT_HOP, _) => {
            while bgp.reported() >= 6 {
                bgp.field("bgp.cap.enh.afi", "Address family", be_u16().map(Family))?;
                let safi = be_u16().map(u64::from);
                bgp.field("bgp.cap.enh.safi", "Subsequent address family", safi)?;
                bgp.field(
                    "bgp.cap.enh.nhafi",
                    "Next hop's family",
                    be_u16().map(Family),
                )?;
            }
        }
        // RFC 7911, section 4.
        (CapabilityType::ADDITIONAL_PATHS, _) => {
            while bgp.reported() >= 4 {
                bgp.field("bgp.cap.ap.afi", "Address family", be_u16().map(Family))?;
                let name = "bgp.cap.ap.safi";
                bgp.field(name, "Subsequent address family", be_u8().map(Safi))?;
                let name = "bgp.cap.ap.sendreceive";
                bgp.field(name, "Direction", be_u8().map(Direction))?;
            }
        }
        (CapabilityType::MULTISESSION | CapabilityType::MULTISESSION_CISCO, 1..) => {
            bgp.field("bgp.cap.multisession.flags", "Flags", be_u8().map(Hex))?;
        }
        (CapabilityType::ROUTE_FILTERING | CapabilityType::ROUTE_FILTERING_CISCO, 5..) => {
            route_filtering(bgp)?;
        }
        (CapabilityType::FQDN, 2..) => {
            let label = "Host name's length";
            let length = bgp.field("bgp.cap.orf.fqdn.hostname.len", label, be_u8())?;
            text(bgp, "bgp.cap.orf.fqdn.hostname", "Host name", length)?;
            let label = "Domain name's length";
            let length = bgp.field("bgp.cap.orf.fqdn.domain_name.len", label, be_u8())?;
            text(bgp, "bgp.cap.orf.fqdn.domain_name", "Domain name", length)?;
        }
        _ => {}
    }
    Ok(())
}

fn text(bgp: &mut Layer, name: &'static str, label: &'static str, length: u8) -> Result<(), Stop> {
    let show = |bytes: &[u8]| Value::Text(String::from_utf8_lossy(bytes).into_owned());
    bgp.field_shown(name, label, take(usize::from(length)), show)
        .map(drop)
}

/// RFC 4724, section 3, and RFC 8538, section 2.
fn graceful_restart(bgp: &mut Layer) -> Result<(), Stop> {
    bgp.flags(
        "bgp.cap.gr.timers",
        "Restart",
        Base::Hex(4),
        be_u16(),
        |bits| {
            bits.flag("bgp.cap.gr.timers.restart_flag", "Restarted", 0x8000);
            bits.flag(
                "bgp.cap.gr.timers.notification_flag",
                "Graceful notification",
                0x4000,
            );
            bits.number(
                "bgp.cap.gr.timers.restart_time",
                "Restart time in s",
                0x0fff,
            );
        },
    )?;
    while bgp.reported() >= 4 {
        bgp.field("bgp.cap.gr.afi", "Address family", be_u16().map(Family))?;
        let name = "bgp.cap.gr.safi";
        bgp.field(name, "Subsequent address family", be_u8().map(Safi))?;
        bgp.flags("bgp.cap.gr.flag", "Flags", Base::Hex(2), be_u8(), |bits| {
            bits.flag("bgp.cap.gr.flag.pfs", "Forwarding state kept", 0x80);
        })?;
    }
    Ok(())
}

/// RFC 5291, section 5.
fn route_filtering(bgp: &mut Layer) -> Result<(), Stop> {
    while bgp.reported() >= 5 {
        bgp.field("bgp.cap.orf.afi", "Address family", be_u16().map(Family))?;
        bgp.field("bgp.cap.reserved", "Reserved", take(1_usize))?;
        let name = "bgp.cap.orf.safi";
        bgp.field(name, "Subsequent address family", be_u8().map(Safi))?;
        let count = bgp.field("bgp.cap.orf.number", "Number of filters", be_u8())?;
        for _ in 0..count {
            bgp.field("bgp.cap.orf.type", "Filter type", be_u8())?;
            let name = "bgp.cap.orf.sendreceive";
            bgp.field(name, "Direction", be_u8().map(Direction))?;
        }
    }
    Ok(())
}
