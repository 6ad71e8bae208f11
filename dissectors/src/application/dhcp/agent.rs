//! What a relay agent adds: RFC 3046, and the RFCs named with each.

use crate::{Base, Hex, Layer, Stop, Value, application::dhcp::option::text, link::ethernet::mac};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u32},
};
use std::net::Ipv4Addr;

/// IANA "DHCP Relay Agent Sub-Option Codes".
fn known(code: u8) -> &'static str {
    match code {
        1 => "Circuit id",
        2 => "Remote id",
        4 => "DOCSIS device class",
        5 => "Link selection",
        6 => "Subscriber id",
        7 => "RADIUS attributes",
        8 => "Authentication",
        9 => "Vendor-specific information",
        10 => "Flags",
        11 => "Server identifier override",
        12 => "Relay agent identifier",
        13 => "Access technology",
        14 => "Access network name",
        15 => "Access point name",
        16 => "Access point BSSID",
        17 => "Operator identifier",
        18 => "Operator realm",
        19 => "Source port",
        150 => "Link selection (Cisco)",
        151 => "Virtual network",
        152 => "Server identifier override (Cisco)",
        _ => "Unknown",
    }
}

/// Reads suboptions up to the option's end.
pub fn read(dhcp: &mut Layer) -> Result<(), Stop> {
    while dhcp.rest().len() >= 2 {
        let more = dhcp.group(
            "dhcp.option.agent_information_option.suboption",
            "Suboption",
            suboption,
        )?;
        if !more {
            break;
        }
    }
    Ok(())
}

/// Says whether it fits.
fn suboption(dhcp: &mut Layer) -> Result<bool, Stop> {
    let suboption = "dhcp.option.agent_information_option.suboption";
    let code = dhcp.peek(suboption, be_u8())?;
    dhcp.value_of(suboption, || {
        Value::Named(code.into(), Base::Dec, known(code))
    });
    dhcp.skip(1);
    let length = usize::from(dhcp.field("dhcp.option.suboption_length", "Length", be_u8())?);
    if length > dhcp.rest().len() {
        return Ok(false);
    }
    dhcp.within(length, |dhcp| value(dhcp, code))?;
    Ok(true)
}

fn value(dhcp: &mut Layer, code: u8) -> Result<(), Stop> {
    let left = dhcp.rest().len();
    let label = known(code);
    match (code, left) {
        (_, 0) => {}
        (4, 4) => {
            let name = "dhcp.option.agent_information_option.docsis_device_class";
            dhcp.field(name, label, be_u32().map(Hex))?;
        }
        (5 | 11 | 150 | 152, 4) => {
            let name = match code {
                5 => "dhcp.option.agent_information_option.link_selection",
                11 => "dhcp.option.agent_information_option.server_id_override",
                150 => "dhcp.option.agent_information_option.link_selection_cisco",
                _ => "dhcp.option.agent_information_option.server_id_override_cisco",
            };
            dhcp.field(name, label, be_u32().map(Ipv4Addr::from))?;
        }
        (6 | 14 | 15 | 18, _) => {
            let name = match code {
                6 => "dhcp.option.agent_information_option.subscriber_id",
                14 => "dhcp.option.agent_information_option.ani_network_name",
                15 => "dhcp.option.agent_information_option.ani_ap_name",
                _ => "dhcp.option.agent_information_option.ani_operator_realm",
            };
            dhcp.field_shown(name, label, take(left), text)?;
        }
        // RFC 4243.
        (9, 5..) => {
            let name = "dhcp.option.agent_information_option.vi.enterprise";
            dhcp.field(name, "Enterprise", be_u32())?;
            let name = "dhcp.option.agent_information_option.vi.data_length";
            dhcp.field(name, "Length", be_u8())?;
            let left = dhcp.rest().len();
            if left > 0 {
                let name = "dhcp.option.agent_information_option.value";
                dhcp.field(name, "Value", take(left))?;
            }
        }
        // RFC 5010.
        (10, 1) => {
            let name = "dhcp.option.agent_information_option.flags";
            dhcp.field(name, label, be_u8().map(Hex))?;
        }
        (16, 6) => {
            let name = "dhcp.option.agent_information_option.ani_ap_bssid";
            dhcp.field(name, label, mac())?;
        }
        (151, _) => virtual_network(dhcp, left)?,
        _ => {
            let name = match code {
                1 => "dhcp.option.agent_information_option.agent_circuit_id",
                2 => "dhcp.option.agent_information_option.agent_remote_id",
                7 => "dhcp.option.agent_information_option.radius_attributes",
                8 => "dhcp.option.agent_information_option.authentication",
                12 => "dhcp.option.agent_information_option.relay_agent_id",
                17 => "dhcp.option.agent_information_option.ani_operator_id",
                _ => "dhcp.option.agent_information_option.value",
            };
            dhcp.field(name, label, take(left))?;
        }
    }
    Ok(())
}

/// RFC 6607: a kind, and a name.
fn virtual_network(dhcp: &mut Layer, left: usize) -> Result<(), Stop> {
    let name = "dhcp.option.agent_information_option.vrf_name";
    dhcp.field_shown(name, "Name", take(left), text).map(drop)
}
