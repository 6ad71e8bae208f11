//! Information from a relay agent: RFC 3046, and the RFCs named with each.

use crate::{Hex, Layer, Stop, application::dhcp::message::text, link::mac::mac, value::named};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u32},
};
use std::net::Ipv4Addr;

named! {
    /// IANA "DHCP Relay Agent Sub-Option Codes".
    Suboption(u8, Dec) {
        CIRCUIT_ID = 1 => "Circuit id",
        REMOTE_ID = 2 => "Remote id",
        DOCSIS_DEVICE_CLASS = 4 => "DOCSIS device class",
        LINK_SELECTION = 5 => "Link selection",
        SUBSCRIBER_ID = 6 => "Subscriber id",
        RADIUS_ATTRIBUTES = 7 => "RADIUS attributes",
        AUTHENTICATION = 8 => "Authentication",
        VENDOR_SPECIFIC_INFORMATION = 9 => "Vendor-specific information",
        FLAGS = 10 => "Flags",
        SERVER_IDENTIFIER_OVERRIDE = 11 => "Server identifier override",
        RELAY_AGENT_IDENTIFIER = 12 => "Relay agent identifier",
        ACCESS_TECHNOLOGY = 13 => "Access technology",
        ACCESS_NETWORK_NAME = 14 => "Access network name",
        ACCESS_POINT_NAME = 15 => "Access point name",
        ACCESS_POINT_BSSID = 16 => "Access point BSSID",
        OPERATOR_IDENTIFIER = 17 => "Operator identifier",
        OPERATOR_REALM = 18 => "Operator realm",
        SOURCE_PORT = 19 => "Source port",
        LINK_SELECTION_CISCO = 150 => "Link selection (Cisco)",
        VIRTUAL_NETWORK = 151 => "Virtual network",
        SERVER_IDENTIFIER_OVERRIDE_CISCO = 152 => "Server identifier override (Cisco)",
        0..=255 => "Unknown",
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

/// Reads a suboption and returns whether it fits.
fn suboption(dhcp: &mut Layer) -> Result<bool, Stop> {
    let suboption = "dhcp.option.agent_information_option.suboption";
    let code = dhcp.peek(suboption, be_u8())?;
    dhcp.value_of(suboption, || Suboption(code).into());
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
    let label = Suboption(code).name().unwrap_or_default();
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
