//! NTP's private mode, which ntpdc used. No RFC describes it.

use crate::{Base, Hex, Layer, Stop, Value, internet::address::ipv6, value::named};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16, be_u32},
};
use std::net::Ipv4Addr;

named! {
    /// Of the private mode.
    Implementation(u8, Dec) {
        UNIVERSAL = 0 => "universal",
        OLD = 2 => "ntpd, before IPv6",
        NTPD = 3 => "ntpd",
    }
    /// Of the private mode.
    PrivateError(u8, Hex(2)) {
        NONE = 0 => "none",
        IMPLEMENTATION = 1 => "another implementation",
        REQUEST = 2 => "unknown request",
        FORMAT = 3 => "format",
        NO_DATA = 4 => "no data",
        AUTHENTICATION = 7 => "authentication failure",
    }
    /// Requests of the private mode. The names are those of ntpdc's sources.
    Request(u8, Dec) {
        PEER_LIST = 0 => "PEER_LIST",
        PEER_LIST_SUM = 1 => "PEER_LIST_SUM",
        PEER_INFO = 2 => "PEER_INFO",
        PEER_STATS = 3 => "PEER_STATS",
        SYS_INFO = 4 => "SYS_INFO",
        SYS_STATS = 5 => "SYS_STATS",
        IO_STATS = 6 => "IO_STATS",
        MEM_STATS = 7 => "MEM_STATS",
        LOOP_INFO = 8 => "LOOP_INFO",
        TIMER_STATS = 9 => "TIMER_STATS",
        CONFIG = 10 => "CONFIG",
        UNCONFIG = 11 => "UNCONFIG",
        SET_SYS_FLAG = 12 => "SET_SYS_FLAG",
        CLR_SYS_FLAG = 13 => "CLR_SYS_FLAG",
        MONITOR = 14 => "MONITOR",
        NOMONITOR = 15 => "NOMONITOR",
        GET_RESTRICT = 16 => "GET_RESTRICT",
        RESADDFLAGS = 17 => "RESADDFLAGS",
        RESSUBFLAGS = 18 => "RESSUBFLAGS",
        UNRESTRICT = 19 => "UNRESTRICT",
        MON_GETLIST = 20 => "MON_GETLIST",
        RESET_STATS = 21 => "RESET_STATS",
        RESET_PEER = 22 => "RESET_PEER",
        REREAD_KEYS = 23 => "REREAD_KEYS",
        DO_DIRTY_HACK = 24 => "DO_DIRTY_HACK",
        DONT_DIRTY_HACK = 25 => "DONT_DIRTY_HACK",
        TRUSTKEY = 26 => "TRUSTKEY",
        UNTRUSTKEY = 27 => "UNTRUSTKEY",
        AUTHINFO = 28 => "AUTHINFO",
        TRAPS = 29 => "TRAPS",
        ADD_TRAP = 30 => "ADD_TRAP",
        CLR_TRAP = 31 => "CLR_TRAP",
        REQUEST_KEY = 32 => "REQUEST_KEY",
        CONTROL_KEY = 33 => "CONTROL_KEY",
        GET_CTLSTATS = 34 => "GET_CTLSTATS",
        GET_LEAPINFO = 35 => "GET_LEAPINFO",
        GET_CLOCKINFO = 36 => "GET_CLOCKINFO",
        SET_CLKFUDGE = 37 => "SET_CLKFUDGE",
        GET_KERNEL = 38 => "GET_KERNEL",
        GET_CLKBUGINFO = 39 => "GET_CLKBUGINFO",
        SET_PRECISION = 41 => "SET_PRECISION",
        MON_GETLIST_1 = 42 => "MON_GETLIST_1",
        HOSTNAME_ASSOCID = 43 => "HOSTNAME_ASSOCID",
        IF_STATS = 44 => "IF_STATS",
        IF_RELOAD = 45 => "IF_RELOAD",
    }
}

/// Reads a message of ntpdc. Its list of clients was an amplifier for attacks: it is read, the other items are bytes.
pub fn read(ntp: &mut Layer, said: &str, response: bool) -> Result<(), Stop> {
    ntp.flags(
        "ntp.priv.auth_seq",
        "Sequence",
        Base::Dec,
        be_u8(),
        |bits| {
            bits.value("ntp.priv.auth", "Authenticated", 0x80, |bit| bit);
            bits.number("ntp.priv.seq", "Number", 0x7f);
        },
    )?;
    ntp.field(
        "ntp.priv.impl",
        "Implementation",
        be_u8().map(Implementation),
    )?;
    let request = ntp.field("ntp.priv.reqcode", "Request", be_u8().map(Request))?;
    let kind = if response { "Response" } else { "Request" };
    ntp.info(|| match request.name() {
        Some(name) => format!("{said}, {kind}, {name}"),
        None => format!("{said}, {kind}, Unknown ({})", request.0),
    });
    let count = ntp.word("ntp.priv.err", be_u16(), |bits| {
        bits.value("ntp.priv.err", "Error", 0xf000, |code| {
            PrivateError(code as u8)
        });
        bits.number("ntp.priv.numitems", "Items", 0x0fff);
    })?;
    let size = ntp.word("ntp.priv.reserved", be_u16(), |bits| {
        bits.value("ntp.priv.reserved", "Reserved", 0xf000, |rest| {
            Hex(rest as u8)
        });
        bits.number("ntp.priv.itemsize", "Item's size", 0x0fff);
    })?;
    let (count, size) = (usize::from(count & 0xfff), usize::from(size & 0xfff));
    for _ in 0..count {
        if size == 0 || ntp.reported() < size {
            break;
        }
        match request {
            Request::MON_GETLIST_1 if response && size >= 32 => {
                ntp.group("ntp.priv.mode7.item", "Client", |ntp| {
                    ntp.value_of("ntp.priv.mode7.item", || Value::Static("Monlist Item"));
                    ntp.within(size, client)
                })?;
            }
            _ => {
                ntp.field("", "Item", take(size))?;
            }
        }
    }
    Ok(())
}

fn client(ntp: &mut Layer) -> Result<(), Stop> {
    ntp.field("ntp.priv.monlist.avgint", "Average interval", be_u32())?;
    ntp.field("ntp.priv.monlist.lsint", "Since the last packet", be_u32())?;
    ntp.field("ntp.priv.monlist.restr", "Restrictions", be_u32().map(Hex))?;
    ntp.field("ntp.priv.monlist.count", "Packets", be_u32())?;
    let address = || be_u32().map(Ipv4Addr::from);
    ntp.field(
        "ntp.priv.monlist.remote_address",
        "Remote address",
        address(),
    )?;
    ntp.field("ntp.priv.monlist.local_address", "Local address", address())?;
    ntp.field("ntp.priv.monlist.flags", "Flags", be_u32().map(Hex))?;
    ntp.field("ntp.priv.monlist.port", "Port", be_u16())?;
    ntp.field("ntp.priv.monlist.mode", "Mode", be_u8())?;
    ntp.field("ntp.priv.monlist.version", "Version", be_u8())?;
    if ntp.reported() >= 8 {
        let over_ipv6 = ntp.field("ntp.priv.monlist.ipv6", "Over IPv6", be_u32().map(Hex))?;
        ntp.field("ntp.priv.monlist.unused", "Unused", be_u32().map(Hex))?;
        if over_ipv6.0 != 0 {
            ntp.field("ntp.priv.monlist.addr6", "Remote address", ipv6())?;
            ntp.field("ntp.priv.monlist.daddr6", "Local address", ipv6())?;
        }
    }
    Ok(())
}
