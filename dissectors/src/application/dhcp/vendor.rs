//! Vendors' options: RFC 3925, and Intel's "Preboot Execution Environment" 2.1, section 2.2.

use crate::{Base, Layer, Stop, application::dhcp::message::text, value::named};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16, be_u32},
};
use std::net::Ipv4Addr;

named! {
    /// Intel's "Preboot Execution Environment" 2.1, table 2-1.
    PrebootOption(u8, Dec) {
        MULTICAST_TFTP_ADDRESS = 1 => "Multicast TFTP address",
        MULTICAST_TFTP_CLIENT_PORT = 2 => "Multicast TFTP client port",
        MULTICAST_TFTP_SERVER_PORT = 3 => "Multicast TFTP server port",
        MULTICAST_TFTP_TIMEOUT = 4 => "Multicast TFTP timeout",
        MULTICAST_TFTP_DELAY = 5 => "Multicast TFTP delay",
        DISCOVERY_CONTROL = 6 => "Discovery control",
        DISCOVERY_MULTICAST_ADDRESS = 7 => "Discovery multicast address",
        BOOT_SERVERS = 8 => "Boot servers",
        BOOT_MENU = 9 => "Boot menu",
        MENU_PROMPT = 10 => "Menu prompt",
        MULTICAST_ADDRESS_ALLOCATION = 11 => "Multicast address allocation",
        CREDENTIAL_TYPES = 12 => "Credential types",
        BOOT_ITEM = 71 => "Boot item",
        0..=255 => "Unknown",
    }
}

/// RFC 2132, section 8.4. The format depends on the vendor's class.
pub fn specific(dhcp: &mut Layer, class: &[u8]) -> Result<(), Stop> {
    let left = dhcp.rest().len();
    if !class.starts_with(b"PXEClient") {
        return match left {
            0 => Ok(()),
            _ => dhcp
                .field("dhcp.option.vendor.value", "Value", take(left))
                .map(drop),
        };
    }
    while let Some(&code) = dhcp.rest().first() {
        match code {
            0 => _ = dhcp.field("dhcp.option.vendor.pxeclient.padding", "Padding", be_u8())?,
            255 => {
                return dhcp
                    .field("dhcp.option.vendor.pxeclient.end", "End", be_u8())
                    .map(drop);
            }
            _ => {
                let name = "dhcp.option.vendor.pxeclient.suboption";
                let more = dhcp.group(name, "PXE option", preboot)?;
                if !more {
                    break;
                }
            }
        }
    }
    Ok(())
}

/// Reads a suboption and returns whether it fits.
fn preboot(dhcp: &mut Layer) -> Result<bool, Stop> {
    let name = "dhcp.option.vendor.pxeclient.suboption";
    let code = dhcp.peek(name, be_u8())?;
    dhcp.value_of(name, || PrebootOption(code).into());
    dhcp.skip(1);
    let length = usize::from(dhcp.field("dhcp.option.suboption_length", "Length", be_u8())?);
    if length > dhcp.rest().len() {
        return Ok(false);
    }
    dhcp.within(length, |dhcp| preboot_value(dhcp, code))?;
    Ok(true)
}

fn preboot_value(dhcp: &mut Layer, code: u8) -> Result<(), Stop> {
    let label = PrebootOption(code).name().unwrap_or_default();
    let left = dhcp.rest().len();
    match (code, left) {
        (_, 0) => {}
        (1 | 7, 4) => {
            let name = match code {
                1 => "dhcp.option.vendor.pxeclient.mtftp_ip",
                _ => "dhcp.option.vendor.pxeclient.multicast_address",
            };
            dhcp.field(name, label, be_u32().map(Ipv4Addr::from))?;
        }
        (2, 2) => {
            _ = dhcp.field(
                "dhcp.option.vendor.pxeclient.mtftp_client_port",
                label,
                be_u16(),
            )?
        }
        (3, 2) => {
            _ = dhcp.field(
                "dhcp.option.vendor.pxeclient.mtftp_server_port",
                label,
                be_u16(),
            )?
        }
        (4, 1) => _ = dhcp.field("dhcp.option.vendor.pxeclient.mtftp_timeout", label, be_u8())?,
        (5, 1) => _ = dhcp.field("dhcp.option.vendor.pxeclient.mtftp_delay", label, be_u8())?,
        (6, 1) => {
            let name = "dhcp.option.vendor.pxeclient.discovery_control";
            dhcp.flags(name, label, Base::Hex(2), be_u8(), |bits| {
                let name = "dhcp.option.vendor.pxeclient.discovery_control.broadcast";
                bits.flag(name, "No broadcast", 1);
                let name = "dhcp.option.vendor.pxeclient.discovery_control.multicast";
                bits.flag(name, "No multicast", 2);
                let name = "dhcp.option.vendor.pxeclient.discovery_control.serverlist";
                bits.flag(name, "Only listed servers", 4);
                let name = "dhcp.option.vendor.pxeclient.discovery_control.bstrap";
                bits.flag(name, "No menu", 8);
            })?;
        }
        (8, _) => {
            dhcp.group_with_bytes("dhcp.option.vendor.pxeclient.boot_servers", label, |dhcp| {
                while !dhcp.rest().is_empty() {
                    let name = "dhcp.option.vendor.pxeclient.boot_servers.type";
                    dhcp.field(name, "Type", be_u16())?;
                    let name = "dhcp.option.vendor.pxeclient.boot_servers.count";
                    let count = dhcp.field(name, "Addresses", be_u8())?;
                    for _ in 0..count {
                        let name = "dhcp.option.vendor.pxeclient.boot_servers.ip";
                        dhcp.field(name, "Address", be_u32().map(Ipv4Addr::from))?;
                    }
                }
                Ok(())
            })?;
        }
        (9, _) => {
            dhcp.group_with_bytes("dhcp.option.vendor.pxeclient.boot_menu", label, |dhcp| {
                while !dhcp.rest().is_empty() {
                    let name = "dhcp.option.vendor.pxeclient.boot_menu.type";
                    dhcp.field(name, "Type", be_u16())?;
                    let name = "dhcp.option.vendor.pxeclient.boot_menu.length";
                    let length = dhcp.field(name, "Length", be_u8())?;
                    let name = "dhcp.option.vendor.pxeclient.boot_menu.desc";
                    dhcp.field_shown(name, "Description", take(length), text)?;
                }
                Ok(())
            })?;
        }
        (10, _) => {
            dhcp.group_with_bytes("dhcp.option.vendor.pxeclient.menu_prompt", label, |dhcp| {
                let name = "dhcp.option.vendor.pxeclient.menu_prompt.timeout";
                dhcp.field(name, "Timeout", be_u8())?;
                let left = dhcp.rest().len();
                let name = "dhcp.option.vendor.pxeclient.menu_prompt.prompt";
                dhcp.field_shown(name, "Prompt", take(left), text).map(drop)
            })?;
        }
        (71, 4) => {
            dhcp.group_with_bytes("dhcp.option.vendor.pxeclient.boot_item", label, |dhcp| {
                let name = "dhcp.option.vendor.pxeclient.boot_item.type";
                dhcp.field(name, "Type", be_u16())?;
                let name = "dhcp.option.vendor.pxeclient.boot_item.layer";
                dhcp.field(name, "Layer", take(2_usize)).map(drop)
            })?;
        }
        _ => {
            let name = match code {
                11 => "dhcp.option.vendor.pxeclient.multicast_address_alloc",
                12 => "dhcp.option.vendor.pxeclient.credential_types",
                _ => "dhcp.option.vendor.value",
            };
            dhcp.field(name, label, take(left))?;
        }
    }
    Ok(())
}

/// RFC 3925: each part begins with the number of an enterprise.
pub fn identified(dhcp: &mut Layer, code: u8) -> Result<(), Stop> {
    while dhcp.rest().len() >= 5 {
        let (name, length) = match code {
            124 => (
                "dhcp.option.vi_class.enterprise",
                "dhcp.option.vi_class.length",
            ),
            _ => ("dhcp.option.vi.enterprise", "dhcp.option.vi.length"),
        };
        let enterprise = dhcp.field(name, "Enterprise", be_u32())?;
        let length = usize::from(dhcp.field(length, "Length", be_u8())?);
        if code == 125 {
            dhcp.within(length, |dhcp| parts(dhcp, enterprise))?;
        } else if length <= dhcp.rest().len() {
            let name = "dhcp.option.vi_class.data";
            dhcp.field_shown(name, "Data", take(length), text)?;
        } else {
            return Ok(());
        }
    }
    Ok(())
}

/// The Broadband Forum gave its parts names: TR-069, annex F.2.5.
fn parts(dhcp: &mut Layer, enterprise: u32) -> Result<(), Stop> {
    const BROADBAND_FORUM: u32 = 3561;
    while dhcp.rest().len() >= 2 {
        let name = match enterprise {
            BROADBAND_FORUM => "dhcp.option.vi.tr111.suboption",
            _ => "dhcp.vendor.suboption",
        };
        let code = dhcp.field(name, "Part", be_u8())?;
        let length = dhcp.field("dhcp.option.suboption_length", "Length", be_u8())?;
        if usize::from(length) > dhcp.rest().len() {
            return Ok(());
        }
        let name = match (enterprise, code) {
            (BROADBAND_FORUM, 2) => "dhcp.option.vi.tr111.device_serial_number",
            (BROADBAND_FORUM, 3) => "dhcp.option.vi.tr111.device_product_class",
            (BROADBAND_FORUM, 4) => "dhcp.option.vi.tr111.gateway_manufacturer_oui",
            (BROADBAND_FORUM, 5) => "dhcp.option.vi.tr111.gateway_serial_number",
            (BROADBAND_FORUM, 6) => "dhcp.option.vi.tr111.gateway_product_class",
            (BROADBAND_FORUM, _) => "",
            _ => {
                dhcp.field("dhcp.vendor.data", "Data", take(length))?;
                continue;
            }
        };
        dhcp.field_shown(name, "Value", take(length), text)?;
    }
    Ok(())
}
