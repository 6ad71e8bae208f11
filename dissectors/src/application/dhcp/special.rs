//! Options that are more than a value or a list of values, each with its RFC.

use crate::{
    Base, Hex, Layer, Stop, Value,
    application::dhcp::{client, known::known, message::text},
    internet::address::ipv6,
    value::named,
};
use nom::{
    Parser,
    bytes::take,
    error::Error,
    number::{be_u8, be_u16, be_u32, be_u64},
};
use std::net::Ipv4Addr;

named! {
    /// IANA "Processor Architecture Types".
    Architecture(u16, Dec) {
        X86_BIOS = 0 => "x86 BIOS",
        NEC_PC98 = 1 => "NEC/PC98",
        ITANIUM = 2 => "Itanium",
        DEC_ALPHA = 3 => "DEC Alpha",
        ARC_X86 = 4 => "Arc x86",
        INTEL_LEAN_CLIENT = 5 => "Intel Lean Client",
        X86_UEFI = 6 => "x86 UEFI",
        X64_UEFI = 7 => "x64 UEFI",
        EFI_XSCALE = 8 => "EFI Xscale",
        EBC = 9 => "EBC",
        ARM_32_BIT_UEFI = 10 => "ARM 32-bit UEFI",
        ARM_64_BIT_UEFI = 11 => "ARM 64-bit UEFI",
        POWERPC_OPEN_FIRMWARE = 12 => "PowerPC Open Firmware",
        POWERPC_EPAPR = 13 => "PowerPC ePAPR",
        POWER_OPAL_V3 = 14 => "POWER OPAL v3",
        X86_UEFI_BY_HTTP = 15 => "x86 UEFI by HTTP",
        X64_UEFI_BY_HTTP = 16 => "x64 UEFI by HTTP",
        EBC_BY_HTTP = 17 => "EBC by HTTP",
        ARM_32_BIT_UEFI_BY_HTTP = 18 => "ARM 32-bit UEFI by HTTP",
        ARM_64_BIT_UEFI_BY_HTTP = 19 => "ARM 64-bit UEFI by HTTP",
        X86_BIOS_BY_HTTP = 20 => "x86 BIOS by HTTP",
        ARM_32_BIT_U_BOOT = 21 => "ARM 32-bit U-Boot",
        ARM_64_BIT_U_BOOT = 22 => "ARM 64-bit U-Boot",
        ARM_32_BIT_U_BOOT_BY_HTTP = 23 => "ARM 32-bit U-Boot by HTTP",
        ARM_64_BIT_U_BOOT_BY_HTTP = 24 => "ARM 64-bit U-Boot by HTTP",
        RISC_V_32_BIT_UEFI = 25 => "RISC-V 32-bit UEFI",
        RISC_V_32_BIT_UEFI_BY_HTTP = 26 => "RISC-V 32-bit UEFI by HTTP",
        RISC_V_64_BIT_UEFI = 27 => "RISC-V 64-bit UEFI",
        RISC_V_64_BIT_UEFI_BY_HTTP = 28 => "RISC-V 64-bit UEFI by HTTP",
        RISC_V_128_BIT_UEFI = 29 => "RISC-V 128-bit UEFI",
        RISC_V_128_BIT_UEFI_BY_HTTP = 30 => "RISC-V 128-bit UEFI by HTTP",
        S390_BASIC = 31 => "s390 Basic",
        S390_EXTENDED = 32 => "s390 Extended",
        0..=65535 => "Unknown",
    }
}

/// Reads the value of an option.
pub fn read(dhcp: &mut Layer, code: u8) -> Result<(), Stop> {
    let left = dhcp.rest().len();
    match code {
        55 => requested(dhcp),
        63 => novell(dhcp),
        // RFC 3004, unless a client sends text without lengths.
        77 => user_class(dhcp),
        78 if left > 0 => directory_agents(dhcp),
        79 if left > 0 => service_scope(dhcp),
        // RFC 2241.
        85 if left >= 4 => (0..left / 4).try_for_each(|_| {
            dhcp.field("dhcp.option.novell_dss.ip", "Server", address())
                .map(drop)
        }),
        90 if left >= 11 => authentication(dhcp),
        // RFC 4578.
        93 => (0..left / 2).try_for_each(|_| {
            let name = "dhcp.option.client_system_architecture";
            dhcp.field(name, "Architecture", be_u16().map(Architecture))
                .map(drop)
        }),
        94 if left >= 3 && dhcp.rest().first() == Some(&1) => {
            dhcp.skip(1);
            dhcp.field("dhcp.client_network_id_major", "Major version", be_u8())?;
            dhcp.field("dhcp.client_network_id_minor", "Minor version", be_u8())
                .map(drop)
        }
        97 => client::machine(dhcp),
        99 if left >= 3 => civic(dhcp),
        117 => (0..left / 2).try_for_each(|_| name_service(dhcp)),
        119 => domain_search(dhcp),
        120 if left > 0 => sip_servers(dhcp),
        121 | 249 => routes(dhcp),
        151 if left > 0 => lease_query_status(dhcp),
        159 if left == 4 => port_parameters(dhcp),
        212 if left >= 22 => rapid_deployment(dhcp),
        _ if left == 0 => Ok(()),
        _ => dhcp.field("", "Value", take(left)).map(drop),
    }
}

fn address<'a>() -> impl Parser<&'a [u8], Output = Ipv4Addr, Error = Error<&'a [u8]>> {
    be_u32().map(Ipv4Addr::from)
}

/// RFC 2610, section 3.
fn directory_agents(dhcp: &mut Layer) -> Result<(), Stop> {
    let name = "dhcp.option.slp_directory_agent.value";
    dhcp.field(name, "Mandatory", be_u8())?;
    while dhcp.rest().len() >= 4 {
        let name = "dhcp.option.slp_directory_agent.slpda_address";
        dhcp.field(name, "Address", address())?;
    }
    Ok(())
}

/// RFC 2610, section 4.
fn service_scope(dhcp: &mut Layer) -> Result<(), Stop> {
    dhcp.field("dhcp.option.slp_service_scope.value", "Mandatory", be_u8())?;
    let name = "dhcp.option.slp_service_scope.string";
    let left = dhcp.rest().len();
    dhcp.field_shown(name, "Scope", take(left), text).map(drop)
}

/// RFC 2937.
fn name_service(dhcp: &mut Layer) -> Result<(), Stop> {
    let service = match dhcp.peek("", be_u16())? {
        0 => "Local naming information",
        6 => "Domain Name Server Option (6)",
        41 => "Network Information Servers Option (41)",
        44 => "NetBIOS over TCP/IP Name Server Option (44)",
        65 => "Network Information Service+ Servers Option (65)",
        _ => return dhcp.field("", "Unknown service", be_u16()).map(drop),
    };
    let name = "dhcp.option.dhcp_name_service_search_option";
    dhcp.field_shown(name, "Service", be_u16(), |_| Value::Static(service))
        .map(drop)
}

/// RFC 3397: pointers count from the option's value.
fn domain_search(dhcp: &mut Layer) -> Result<(), Stop> {
    let all = dhcp.rest();
    while !dhcp.rest().is_empty() {
        let field = "dhcp.option.dhcp_dns_domain_search_list_fqdn";
        if let Some(domain) = client::domain(dhcp, field, all)? {
            dhcp.title_more(|| format!(" {}", domain.text()));
        }
    }
    Ok(())
}

/// RFC 3361.
fn sip_servers(dhcp: &mut Layer) -> Result<(), Stop> {
    let all = dhcp.rest().get(1..).unwrap_or_default();
    let encoding = dhcp.field("dhcp.option.sip_server.encoding", "Encoding", be_u8())?;
    while encoding == 0 && !dhcp.rest().is_empty() {
        client::domain(dhcp, "dhcp.option.sip_server.name", all)?;
    }
    while encoding == 1 && dhcp.rest().len() >= 4 {
        dhcp.field("dhcp.option.sip_server.address", "Server", address())?;
    }
    Ok(())
}

/// RFC 6926, section 6.2.2.
fn lease_query_status(dhcp: &mut Layer) -> Result<(), Stop> {
    dhcp.field("dhcp.option.bulk_lease.status_code", "Status", be_u8())?;
    match dhcp.rest().len() {
        0 => Ok(()),
        left => {
            let name = "dhcp.option.bulk_lease.status_code_message";
            dhcp.field_shown(name, "Message", take(left), text)
                .map(drop)
        }
    }
}

/// RFC 7618.
fn port_parameters(dhcp: &mut Layer) -> Result<(), Stop> {
    dhcp.field("dhcp.option.portparams.offset", "Offset", be_u8())?;
    dhcp.field("dhcp.option.portparams.psid_length", "Length", be_u8())?;
    dhcp.field("dhcp.option.portparams.psid", "Port set", take(2_usize))
        .map(drop)
}

/// RFC 5969, section 7.1.1.
fn rapid_deployment(dhcp: &mut Layer) -> Result<(), Stop> {
    dhcp.field("dhcp.option.6RD.ipv4_mask_len", "IPv4 mask length", be_u8())?;
    dhcp.field("dhcp.option.6RD.prefix_len", "Prefix length", be_u8())?;
    dhcp.field("dhcp.option.6RD.prefix", "Prefix", ipv6())?;
    while dhcp.rest().len() >= 4 {
        let name = "dhcp.option.6RD.border_relay_ip";
        dhcp.field(name, "Border relay", address())?;
    }
    Ok(())
}

/// RFC 2242.
fn novell(dhcp: &mut Layer) -> Result<(), Stop> {
    while dhcp.rest().len() >= 2 {
        let fits = dhcp.group(
            "dhcp.option.novell_options.suboption",
            "Suboption",
            |dhcp| {
                let name = "dhcp.option.novell_options.suboption";
                let code = dhcp.peek(name, be_u8())?;
                dhcp.value_of(name, || code.into());
                dhcp.skip(1);
                let length = dhcp.field("dhcp.option.suboption_length", "Length", be_u8())?;
                if usize::from(length) > dhcp.rest().len() {
                    return Ok(false);
                }
                if (code, length) == (5, 1) {
                    let name = "dhcp.option.novell_options.broadcast";
                    dhcp.field_shown(name, "Broadcast", be_u8(), |byte| (byte != 0).into())?;
                } else if length > 0 {
                    dhcp.field("", "Value", take(length))?;
                }
                Ok(true)
            },
        )?;
        if !fits {
            break;
        }
    }
    Ok(())
}

fn user_class(dhcp: &mut Layer) -> Result<(), Stop> {
    let mut number = 0_u8;
    while let Some(&length) = dhcp.rest().first() {
        if usize::from(length) >= dhcp.rest().len() {
            let left = dhcp.rest().len();
            if left < 2 {
                return dhcp.field("", "Text", take(left)).map(drop);
            }
            let name = "dhcp.option.user_class.text";
            return dhcp.field_shown(name, "Text", take(left), text).map(drop);
        }
        dhcp.group("dhcp.option.user_class", "Class", |dhcp| {
            dhcp.value_of("dhcp.option.user_class", || number.into());
            let length = dhcp.field("dhcp.option.user_class.length", "Length", be_u8())?;
            match length {
                0 => Ok(()),
                _ => dhcp
                    .field("dhcp.option.user_class.data", "Data", take(length))
                    .map(drop),
            }
        })?;
        number = number.saturating_add(1);
    }
    Ok(())
}

/// RFC 3118.
fn authentication(dhcp: &mut Layer) -> Result<(), Stop> {
    let name = "dhcp.option.dhcp_authentication.protocol";
    let delayed = dhcp.field(name, "Protocol", be_u8())? == 1;
    let name = match delayed {
        true => "dhcp.option.dhcp_authentication.alg_delay",
        false => "dhcp.option.dhcp_authentication.algorithm",
    };
    dhcp.field(name, "Algorithm", be_u8())?;
    let name = "dhcp.option.dhcp_authentication.rdm";
    let method = dhcp.field(name, "Replay detection", be_u8())?;
    if method == 0 {
        let name = "dhcp.option.dhcp_authentication.rdm_replay_detection";
        dhcp.field(name, "Counter", be_u64().map(Hex))?;
    } else {
        let name = "dhcp.option.dhcp_authentication.rdm_rdv";
        dhcp.field_shown(name, "Value", take(8_usize), text)?;
    }
    match dhcp.rest().len() {
        0 => Ok(()),
        20.. if delayed => {
            let name = "dhcp.option.dhcp_authentication.secret_id";
            dhcp.field(name, "Secret", be_u32().map(Hex))?;
            let name = "dhcp.option.dhcp_authentication.hmac_md5_hash";
            dhcp.field(name, "Hash", take(16_usize)).map(drop)
        }
        left => {
            let name = "dhcp.option.dhcp_authentication.information";
            dhcp.field_shown(name, "Information", take(left), text)
                .map(drop)
        }
    }
}

/// RFC 4776.
fn civic(dhcp: &mut Layer) -> Result<(), Stop> {
    dhcp.field("dhcp.option.civic_location.what", "Of", be_u8())?;
    dhcp.field_shown(
        "dhcp.option.civic_location.country",
        "Country",
        take(2_usize),
        text,
    )?;
    while dhcp.rest().len() >= 2 {
        dhcp.field("dhcp.option.civic_location.ca_type", "Type", be_u8())?;
        let length = dhcp.field("dhcp.option.civic_location.ca_length", "Length", be_u8())?;
        if usize::from(length) > dhcp.rest().len() {
            break;
        }
        if length > 0 {
            let name = "dhcp.option.civic_location.ca_value";
            dhcp.field_shown(name, "Value", take(length), text)?;
        }
    }
    Ok(())
}

/// RFC 3442. Only the bytes of the destination that the mask needs are there.
fn routes(dhcp: &mut Layer) -> Result<(), Stop> {
    while let Some(&mask) = dhcp.rest().first() {
        let needed = usize::from(mask).div_ceil(8);
        if mask > 32 || dhcp.rest().len() < 1 + needed + 4 {
            break;
        }
        let name = "dhcp.option.classless_static_route";
        let route: &[u8] = dhcp.field(name, "Route", take(1 + needed + 4))?;
        dhcp.text(|| {
            let (destination, router) = route.split_at(1 + needed);
            let mut octets = [0; 4];
            for (to, from) in octets.iter_mut().zip(destination.iter().skip(1)) {
                *to = *from;
            }
            let router: [u8; 4] = router.try_into().unwrap_or_default();
            let (destination, router) = (Ipv4Addr::from(octets), Ipv4Addr::from(router));
            format!("{destination}/{mask} by {router}")
        });
    }
    Ok(())
}

/// Shows a list of option numbers by their names.
fn requested(dhcp: &mut Layer) -> Result<(), Stop> {
    while !dhcp.rest().is_empty() {
        let name = "dhcp.option.request_list_item";
        dhcp.field_shown(name, "Wants", be_u8(), |code| {
            Value::Named(code.into(), Base::Dec, known(code).0)
        })?;
    }
    Ok(())
}
