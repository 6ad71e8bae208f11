//! Multipath TCP, RFC 8684 (and RFC 6824, its version 0).

use super::Options;
use crate::{Base, Bits, Hex, Layer, Stop, Value, value::named};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16, be_u32, be_u64, be_u128},
};
use std::net::{Ipv4Addr, Ipv6Addr};

named! {
    /// RFC 8684, section 8.2.
    Subtype(u8, Dec) {
        CAPABLE = 0 => "Multipath capable",
        JOIN = 1 => "Join connection",
        DSS = 2 => "Data sequence signal",
        ADD_ADDR = 3 => "Add address",
        REMOVE_ADDR = 4 => "Remove address",
        PRIORITY = 5 => "Change subflow priority",
        FAIL = 6 => "Fallback",
        FAST_CLOSE = 7 => "Fast close",
        RESET = 8 => "Subflow reset",
    }

    /// RFC 8684, section 8.3.
    ResetReason(u8, Hex(2)) {
        UNSPECIFIED = 0 => "Unspecified",
        MPTCP = 1 => "Multipath TCP specific",
        RESOURCES = 2 => "Lack of resources",
        PROHIBITED = 3 => "Administratively prohibited",
        OUTSTANDING = 4 => "Too much outstanding data",
        PERFORMANCE = 5 => "Unacceptable performance",
        MIDDLEBOX = 6 => "Middlebox interference",
    }
}

/// Reads an option of `length` bytes after its kind and length.
pub fn read(mptcp: &mut Layer, length: usize, options: &mut Options) -> Result<(), Stop> {
    options.found.mptcp = true;
    let first = mptcp.rest().first().copied().unwrap_or_default();
    let subtype = Subtype(first >> 4);
    mptcp.title(|| Value::from(subtype).to_string());
    match subtype {
        Subtype::CAPABLE => capable(mptcp, length),
        Subtype::JOIN => join(mptcp, length),
        Subtype::DSS => signal(mptcp),
        Subtype::ADD_ADDR => add_address(mptcp, length),
        Subtype::REMOVE_ADDR => {
            let count = length.saturating_sub(3);
            mptcp.word("tcp.options.mptcp.subtype", be_u8(), |bits| {
                show_subtype(bits);
                let count = Value::Number(count as u64, Base::Dec);
                bits.value("mptcp.rm_addr.count", "Addresses", 0, |_| count);
            })?;
            for _ in 0..count {
                address_id(mptcp)?;
            }
            Ok(())
        }
        Subtype::PRIORITY => {
            mptcp.word("tcp.options.mptcp.subtype", be_u8(), |bits| {
                show_subtype(bits);
                show_backup(bits);
            })?;
            if length >= 4 {
                address_id(mptcp)?;
            }
            Ok(())
        }
        Subtype::FAIL => {
            reserved(mptcp)?;
            mptcp.field(
                "tcp.options.mptcp.rawdataseqno",
                "Data sequence number",
                be_u64(),
            )?;
            Ok(())
        }
        Subtype::FAST_CLOSE => {
            reserved(mptcp)?;
            mptcp.field("tcp.options.mptcp.recvkey", "Receiver's key", be_u64())?;
            Ok(())
        }
        Subtype::RESET => {
            mptcp.word("tcp.options.mptcp.subtype", be_u8(), |bits| {
                show_subtype(bits);
                bits.group(
                    "tcp.options.mptcp.flags",
                    "Flags",
                    0xff,
                    Base::Hex(2),
                    |bits| {
                        bits.flag("tcp.options.mptcp.flag_U.flag", "U", 0x08);
                        bits.flag("tcp.options.mptcp.flag_V.flag", "V", 0x04);
                        bits.flag("tcp.options.mptcp.flag_W.flag", "W", 0x02);
                        bits.flag("tcp.options.mptcp.flag_T.flag", "Transient", 0x01);
                    },
                );
            })?;
            mptcp.field(
                "tcp.options.mptcp.rst_reason",
                "Reason",
                be_u8().map(ResetReason),
            )?;
            Ok(())
        }
        _ => mptcp
            .word("tcp.options.mptcp.subtype", be_u8(), show_subtype)
            .map(drop),
    }
}

fn show_subtype(bits: &mut Bits) {
    bits.value("tcp.options.mptcp.subtype", "Subtype", 0xf0, |v| {
        Subtype(v as u8)
    });
}

fn show_backup(bits: &mut Bits) {
    bits.group(
        "tcp.options.mptcp.flags",
        "Flags",
        0xff,
        Base::Hex(2),
        |bits| {
            bits.flag("tcp.options.mptcp.backup.flag", "Backup", 0x01);
        },
    );
}

fn address_id(mptcp: &mut Layer) -> Result<u8, Stop> {
    mptcp.field("tcp.options.mptcp.addrid", "Address id", be_u8())
}

/// Reads the subtype, and twelve bits without a meaning.
fn reserved(mptcp: &mut Layer) -> Result<(), Stop> {
    mptcp
        .word("tcp.options.mptcp.subtype", be_u16(), |bits| {
            bits.narrow();
            bits.value("tcp.options.mptcp.subtype", "Subtype", 0xf000, |v| {
                Subtype(v as u8)
            });
            bits.wide();
            bits.value("tcp.options.mptcp.reserved", "Reserved", 0x0fff, |v| {
                Hex(v as u16)
            });
        })
        .map(drop)
}

/// Section 3.1.
fn capable(mptcp: &mut Layer, length: usize) -> Result<(), Stop> {
    let version = 0x0f
        & mptcp.word("tcp.options.mptcp.version", be_u8(), |bits| {
            show_subtype(bits);
            bits.number("tcp.options.mptcp.version", "Version", 0x0f);
        })?;
    let unused = if version == 1 { 0x1e } else { 0x3e };
    mptcp.flags(
        "tcp.options.mptcp.flags",
        "Flags",
        Base::Hex(2),
        be_u8(),
        |bits| {
            bits.flag(
                "tcp.options.mptcp.checksumreq.flags",
                "Checksum required",
                0x80,
            );
            bits.flag(
                "tcp.options.mptcp.extensibility.flag",
                "Extensibility",
                0x40,
            );
            if version == 1 {
                bits.flag(
                    "tcp.options.mptcp.nomoresubflows.flag",
                    "No more subflows to this address",
                    0x20,
                );
                bits.flag("tcp.options.mptcp.sha256.flag", "HMAC-SHA256", 0x01);
            } else {
                bits.flag("tcp.options.mptcp.sha1.flag", "HMAC-SHA1", 0x01);
            }
            bits.value("tcp.options.mptcp.reserved.flag", "Reserved", unused, |v| {
                Hex(v as u8)
            });
        },
    )?;
    // Other lengths are not defined.
    if !matches!(length, 12 | 20 | 22 | 24) {
        return Ok(());
    }
    mptcp.field("tcp.options.mptcp.sendkey", "Sender's key", be_u64())?;
    if length >= 20 {
        mptcp.field("tcp.options.mptcp.recvkey", "Receiver's key", be_u64())?;
    }
    if length >= 22 {
        mptcp.field("tcp.options.mptcp.datalvllen", "Data length", be_u16())?;
    }
    if length >= 24 {
        mptcp.field("tcp.options.mptcp.checksum", "Checksum", be_u16().map(Hex))?;
    }
    Ok(())
}

/// Section 3.2: in the SYN, the SYN-ACK and the ACK that follows it, with different lengths.
fn join(mptcp: &mut Layer, length: usize) -> Result<(), Stop> {
    let opening = |mptcp: &mut Layer| {
        mptcp.word("tcp.options.mptcp.subtype", be_u8(), |bits| {
            show_subtype(bits);
            show_backup(bits);
        })?;
        address_id(mptcp)
    };
    let random = |mptcp: &mut Layer| {
        mptcp.field(
            "tcp.options.mptcp.sendrand",
            "Sender's random number",
            be_u32(),
        )
    };
    match length {
        12 => {
            opening(mptcp)?;
            mptcp.field("tcp.options.mptcp.recvtok", "Receiver's token", be_u32())?;
            random(mptcp)?;
        }
        16 => {
            opening(mptcp)?;
            mptcp.field(
                "tcp.options.mptcp.sendtrunchmac",
                "Sender's HMAC, truncated",
                be_u64(),
            )?;
            random(mptcp)?;
        }
        24 => {
            reserved(mptcp)?;
            mptcp.field(
                "tcp.options.mptcp.sendhmac",
                "Sender's HMAC",
                take(20_usize),
            )?;
        }
        _ => {
            mptcp.word("tcp.options.mptcp.subtype", be_u8(), show_subtype)?;
        }
    }
    Ok(())
}

/// Section 3.3.
fn signal(mptcp: &mut Layer) -> Result<(), Stop> {
    let start = mptcp.offset().saturating_sub(2);
    mptcp.word("tcp.options.mptcp.subtype", be_u8(), show_subtype)?;
    let flags = mptcp.flags(
        "tcp.options.mptcp.flags",
        "Flags",
        Base::Hex(2),
        be_u8(),
        |bits| {
            bits.flag("tcp.options.mptcp.datafin.flag", "DATA_FIN", 0x10);
            bits.flag(
                "tcp.options.mptcp.dseqn8.flag",
                "Data sequence number has 8 bytes",
                0x08,
            );
            bits.flag(
                "tcp.options.mptcp.dseqnpresent.flag",
                "Data sequence number present",
                0x04,
            );
            bits.flag(
                "tcp.options.mptcp.dataack8.flag",
                "Data ACK has 8 bytes",
                0x02,
            );
            bits.flag(
                "tcp.options.mptcp.dataackpresent.flag",
                "Data ACK present",
                0x01,
            );
        },
    )?;
    if flags & 0x01 != 0 {
        number(
            mptcp,
            "tcp.options.mptcp.rawdataack",
            "Data ACK",
            flags & 0x02 != 0,
        )?;
    }
    if flags & 0x04 != 0 {
        let long = flags & 0x08 != 0;
        let sequence = number(
            mptcp,
            "tcp.options.mptcp.rawdataseqno",
            "Data sequence number",
            long,
        )?;
        mptcp.field(
            "tcp.options.mptcp.subflowseqno",
            "Subflow sequence number",
            be_u32(),
        )?;
        mptcp.field("tcp.options.mptcp.datalvllen", "Data length", be_u16())?;
        if long {
            let at = crate::ByteRange {
                start,
                end: start,
                ..mptcp.ahead(0)
            };
            mptcp.over("mptcp.dss.dsn", "Data sequence number", at, || {
                sequence.into()
            });
        }
        // It is there only when the handshake requested it, and nothing else can be here.
        if mptcp.reported() >= 2 {
            let sum = mptcp.ahead(2);
            mptcp.over("", "Checksum", sum, || Value::None);
        }
    }
    Ok(())
}

fn number(
    mptcp: &mut Layer,
    name: &'static str,
    label: &'static str,
    long: bool,
) -> Result<u64, Stop> {
    match long {
        true => mptcp.field(name, label, be_u64()),
        false => mptcp.field(name, label, be_u32()).map(u64::from),
    }
}

/// Section 3.4.1. Version 0 has the IP version where version 1 has flags.
fn add_address(mptcp: &mut Layer, length: usize) -> Result<(), Stop> {
    let first = mptcp.rest().first().copied().unwrap_or_default();
    mptcp.word("tcp.options.mptcp.subtype", be_u8(), |bits| {
        show_subtype(bits);
        match first & 0x0f {
            4 | 6 => bits.number("tcp.options.mptcp.ipver", "IP version", 0x0f),
            _ => bits.flag("tcp.options.mptcp.echo", "Echo", 0x01),
        }
    })?;
    address_id(mptcp)?;
    let (v4, v6) = match first & 0x0f {
        4 => (true, false),
        6 => (false, true),
        _ => (
            matches!(length, 8 | 10 | 16 | 18),
            matches!(length, 20 | 22 | 28 | 30),
        ),
    };
    let behind = if v4 {
        mptcp.field(
            "tcp.options.mptcp.ipv4",
            "Address",
            be_u32().map(Ipv4Addr::from),
        )?;
        length.saturating_sub(8)
    } else if v6 {
        mptcp.field(
            "tcp.options.mptcp.ipv6",
            "Address",
            be_u128().map(Ipv6Addr::from),
        )?;
        length.saturating_sub(20)
    } else {
        return Ok(());
    };
    if matches!(behind, 2 | 10) {
        mptcp.field("tcp.options.mptcp.port", "Port", be_u16())?;
    }
    if matches!(behind, 8 | 10) {
        mptcp.field(
            "tcp.options.mptcp.addaddrtrunchmac",
            "HMAC, truncated",
            be_u64(),
        )?;
    }
    Ok(())
}
