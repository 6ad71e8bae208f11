//! Options of single makers and users: the space agencies' SCPS (CCSDS 714.0-B-2) and Riverbed's accelerators.

use super::Options;
use crate::{Base, Layer, Stop, value::named};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16, be_u32},
};
use std::net::Ipv4Addr;

/// CCSDS 714.0-B-2, section 3.2.3; longer ones carry extended capabilities of a connection that has SCPS already.
pub fn scps(tcp: &mut Layer, length: usize, options: &mut Options) -> Result<(), Stop> {
    if length != 4 {
        if !options.scps {
            tcp.title(|| "Extended capabilities without capabilities".to_owned());
            return Ok(());
        }
        tcp.title(|| "Extended capabilities".to_owned());
        while !tcp.rest().is_empty() {
            extended(tcp, options)?;
        }
        return Ok(());
    }
    options.scps = true;
    let name = "tcp.options.scps.vector";
    let vector = tcp.flags(name, "Capabilities", Base::Hex(2), be_u8(), |bits| {
        bits.flag(
            "tcp.options.scpsflags.bets",
            "Partial reliability (BETS)",
            0x80,
        );
        bits.flag("tcp.options.scpsflags.snack1", "Short SNACK", 0x40);
        bits.flag("tcp.options.scpsflags.snack2", "Long SNACK", 0x20);
        bits.flag("tcp.options.scpsflags.compress", "Header compression", 0x10);
        bits.flag(
            "tcp.options.scpsflags.nlts",
            "Network layer timestamps",
            0x08,
        );
        bits.number("tcp.options.scpsflags.reserved", "Reserved", 0x07);
    })?;
    let id = tcp.field("tcp.options.scps.binding", "Connection id", be_u8())?;
    if options.words.is_some() {
        let names = [
            (0x80, "BETS"),
            (0x40, "SNACK1"),
            (0x20, "SNACK2"),
            (0x10, "COMP"),
            (0x08, "NLTS"),
        ];
        let mut set: Vec<_> = names
            .iter()
            .filter(|(bit, _)| vector & bit != 0)
            .map(|(_, name)| *name)
            .collect();
        if vector & 0x07 != 0 {
            set.push("RESERVED");
        }
        options.say(format_args!(" SCPS[{}]", set.join(", ")));
        if id != 0 {
            options.say(format_args!(" Connection ID={id}"));
        }
    }
    Ok(())
}

fn extended(tcp: &mut Layer, options: &mut Options) -> Result<(), Stop> {
    let id = tcp.field("tcp.options.scps.binding.id", "Binding space", be_u8())?;
    options.say(format_args!(" EXCAP={id}"));
    let length = tcp.word("tcp.options.scps.binding.len", be_u8(), |bits| {
        bits.value("tcp.options.scps.binding.len", "Length", 0xf0, |words| {
            2 * words
        });
    })?;
    tcp.field(
        "tcp.options.scps.binding.data",
        "Data",
        take(usize::from(length >> 4) * 2),
    )?;
    Ok(())
}

/// Reads a selective negative acknowledgment: the missing segments after the acknowledged byte.
pub fn snack(tcp: &mut Layer) -> Result<(), Stop> {
    tcp.field("tcp.options.snack.offset", "Offset", be_u16())?;
    tcp.field("tcp.options.snack.size", "Size", be_u16())?;
    Ok(())
}

named! {
    /// The purpose of a Riverbed probe.
    Probe(u8, Dec) {
        QUERY = 0 => "Probe query",
        RESPONSE = 1 => "Probe response",
        INTERNAL = 2 => "Internal",
        TRACE = 3 => "Trace",
        QUERY_SH = 4 => "Query a steelhead",
        RESPONSE_SH = 5 => "Response of a steelhead",
        INFO = 6 => "Info",
        INFO_ACK = 7 => "Info acknowledgment",
        INFO_CLIENT = 8 => "Info on the client",
        INFO_STORE = 9 => "Info on the store",
        INFO_10 = 10 => "Info",
    }
}

/// In the second version the lowest bit is clear and the type is in the other seven.
pub fn riverbed_probe(tcp: &mut Layer, options: &mut Options) -> Result<(), Stop> {
    let first = tcp.rest().first().copied().unwrap_or_default();
    let old = first & 1 != 0;
    let kind = Probe(if old { first >> 4 } else { first >> 1 });
    if kind.name().is_none() {
        return Ok(());
    }
    tcp.word("tcp.options.rvbd.probe.type1", be_u8(), |bits| {
        if old {
            bits.value("tcp.options.rvbd.probe.type1", "Type", 0xf0, |v| {
                Probe(v as u8)
            });
            bits.number("tcp.options.rvbd.probe.version", "Version", 0x0f);
        } else {
            bits.value("tcp.options.rvbd.probe.type2", "Type", 0xfe, |v| {
                Probe(v as u8)
            });
            bits.number("tcp.options.rvbd.probe.version_raw", "Version", 0x01);
        }
    })?;
    match old {
        true => first_version(tcp, kind, options),
        false => second_version(tcp, kind),
    }
}

fn address(tcp: &mut Layer, name: &'static str, label: &'static str) -> Result<Ipv4Addr, Stop> {
    tcp.field(name, label, be_u32().map(Ipv4Addr::from))
}

fn first_version(tcp: &mut Layer, kind: Probe, options: &mut Options) -> Result<(), Stop> {
    options.prefix = match kind {
        Probe::INTERNAL => return Ok(()),
        Probe::QUERY | Probe::QUERY_SH => "S+, ",
        Probe::RESPONSE => "SA+, ",
        Probe::TRACE => "S#, ",
        _ => "",
    };
    tcp.field(
        "tcp.options.rvbd.probe.reserved",
        "Reserved",
        be_u8().map(crate::Hex),
    )?;
    address(tcp, "tcp.options.rvbd.probe.prober", "Prober")?;
    match kind {
        Probe::QUERY | Probe::TRACE | Probe::QUERY_SH => {
            tcp.field(
                "tcp.options.rvbd.probe.appli_ver",
                "Application version",
                be_u16(),
            )?;
        }
        Probe::RESPONSE | Probe::RESPONSE_SH => {
            if kind == Probe::RESPONSE_SH {
                address(tcp, "tcp.options.rvbd.probe.client.ip", "Client")?;
            }
            address(tcp, "tcp.options.rvbd.probe.proxy.ip", "Proxy")?;
            tcp.field(
                "tcp.options.rvbd.probe.proxy.port",
                "Proxy's port",
                be_u16(),
            )?;
        }
        _ => {}
    }
    Ok(())
}

fn second_version(tcp: &mut Layer, kind: Probe) -> Result<(), Stop> {
    if kind.0 < Probe::INFO.0 {
        return Ok(());
    }
    tcp.flags(
        "tcp.options.rvbd.probe.flags",
        "Flags",
        Base::Hex(2),
        be_u8(),
        |bits| match kind {
            Probe::INFO | Probe::INFO_CLIENT | Probe::INFO_STORE => {
                bits.flag(
                    "tcp.options.rvbd.probe.flags.notcfe",
                    "Not the client's end",
                    0x04,
                );
                bits.flag(
                    "tcp.options.rvbd.probe.flags.last",
                    "Last notification",
                    0x01,
                );
            }
            Probe::INFO_ACK => {
                bits.flag(
                    "tcp.options.rvbd.probe.flags.probe",
                    "Do not cache probes",
                    0x10,
                );
                bits.flag("tcp.options.rvbd.probe.flags.ssl", "TLS", 0x02);
                bits.flag(
                    "tcp.options.rvbd.probe.flags.server",
                    "Connected to the server",
                    0x01,
                );
            }
            _ => {}
        },
    )?;
    match kind {
        Probe::INFO_CLIENT => {
            address(tcp, "tcp.options.rvbd.probe.client.ip", "Client")?;
        }
        Probe::INFO_STORE => {
            tcp.field("tcp.options.rvbd.probe.storeid", "Store id", be_u32())?;
        }
        _ => {}
    }
    Ok(())
}

/// Reads the original ends of an accelerated connection.
pub fn riverbed_transparency(tcp: &mut Layer, options: &mut Options) -> Result<(), Stop> {
    options.prefix = "TRPY, ";
    let name = "tcp.options.rvbd.trpy.flags";
    let flags = tcp.flags(name, "Flags", Base::Hex(4), be_u16(), |bits| {
        bits.flag(
            "tcp.options.rvbd.trpy.flags.fw_rst_probe",
            "Firewall traversal",
            0x0400,
        );
        bits.flag(
            "tcp.options.rvbd.trpy.flags.fw_rst_inner",
            "Inner firewall on all",
            0x0200,
        );
        bits.flag(
            "tcp.options.rvbd.trpy.flags.fw_rst",
            "Transparent firewall on all",
            0x0100,
        );
        bits.flag("tcp.options.rvbd.trpy.flags.chksum", "Reserved", 0x0004);
        bits.flag(
            "tcp.options.rvbd.trpy.flags.oob",
            "Out of band connection",
            0x0002,
        );
        bits.flag(
            "tcp.options.rvbd.trpy.flags.mode",
            "Transparency mode",
            0x0001,
        );
    })?;
    address(tcp, "tcp.options.rvbd.trpy.src.ip", "Source")?;
    address(tcp, "tcp.options.rvbd.trpy.dst.ip", "Destination")?;
    tcp.field("tcp.options.rvbd.trpy.src.port", "Source port", be_u16())?;
    tcp.field(
        "tcp.options.rvbd.trpy.dst.port",
        "Destination port",
        be_u16(),
    )?;
    if flags & 0x0002 != 0 && tcp.rest().len() >= 2 {
        tcp.field(
            "tcp.options.rvbd.trpy.client.port",
            "Client's port",
            be_u16(),
        )?;
    }
    Ok(())
}
