//! Network Time Protocol: RFC 5905, and its versions before, which share the packet.

use crate::{
    Base, Dissector, Hex, Layer, Next, OsiLayer, Outcome, Selector, Stop, Value, field::named,
};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16, be_u32},
};
use std::net::Ipv4Addr;

/// Network Time Protocol.
pub const DISSECTOR: Dissector = Dissector {
    name: "ntp",
    label: "Network Time Protocol",
    column: "NTP",
    layer: OsiLayer::Application,
    selectors: &[Selector::UdpPort(123)],
    dissect,
};

named! {
    /// RFC 5905, figure 9.
    Leap(u8, Dec) {
        NONE = 0 => "no warning",
        LONG = 1 => "the day's last minute has 61 seconds",
        SHORT = 2 => "the day's last minute has 59 seconds",
        UNKNOWN = 3 => "unknown, the clock is not synchronized",
    }
    /// RFC 5905, figure 10.
    Mode(u8, Dec) {
        RESERVED = 0 => "reserved",
        ACTIVE = 1 => "symmetric active",
        PASSIVE = 2 => "symmetric passive",
        CLIENT = 3 => "client",
        SERVER = 4 => "server",
        BROADCAST = 5 => "broadcast",
        CONTROL = 6 => "control",
        PRIVATE = 7 => "private",
    }
    /// IANA "NTP Extension Field Types".
    ExtensionType(u16, Hex(4)) {
        NO_OPERATION = 0x0002 => "No-operation request",
        ASSOCIATION = 0x0102 => "Association request",
        UNIQUE = 0x0104 => "Unique identifier",
        CERTIFICATE = 0x0202 => "Certificate request",
        NTS_COOKIE = 0x0204 => "NTS cookie",
        COOKIE = 0x0302 => "Cookie request",
        NTS_PLACEHOLDER = 0x0304 => "NTS cookie placeholder",
        AUTOKEY = 0x0402 => "Autokey request",
        NTS_AUTHENTICATOR = 0x0404 => "NTS authenticator",
        LEAP_SECONDS = 0x0502 => "Leap seconds request",
        SIGN = 0x0602 => "Sign request",
        IFF = 0x0702 => "IFF identity request",
        GQ = 0x0802 => "GQ identity request",
        MV = 0x0902 => "MV identity request",
        CHECKSUM = 0x2005 => "Checksum complement",
        NO_OPERATION_REPLY = 0x8002 => "No-operation response",
        ASSOCIATION_REPLY = 0x8102 => "Association response",
        CERTIFICATE_REPLY = 0x8202 => "Certificate response",
        COOKIE_REPLY = 0x8302 => "Cookie response",
        AUTOKEY_REPLY = 0x8402 => "Autokey response",
        LEAP_SECONDS_REPLY = 0x8502 => "Leap seconds response",
        SIGN_REPLY = 0x8602 => "Sign response",
        IFF_REPLY = 0x8702 => "IFF identity response",
        GQ_REPLY = 0x8802 => "GQ identity response",
        MV_REPLY = 0x8902 => "MV identity response",
    }
    /// RFC 9327, section 2, and what NTP's own implementation adds.
    Opcode(u8, Dec) {
        RESERVED = 0 => "reserved",
        READ_STATUS = 1 => "read status",
        READ_VARIABLES = 2 => "read variables",
        WRITE_VARIABLES = 3 => "write variables",
        READ_CLOCK = 4 => "read clock variables",
        WRITE_CLOCK = 5 => "write clock variables",
        SET_TRAP = 6 => "set trap",
        TRAP = 7 => "trap",
        CONFIGURE = 8 => "configure",
        SAVE = 9 => "save the configuration",
        READ_MRU = 10 => "read most recently used",
        READ_LIST = 11 => "read ordered list",
        NONCE = 12 => "request nonce",
        UNSET_TRAP = 31 => "unset trap",
    }
    /// RFC 9327, section 3.4.
    ControlError(u16, Dec) {
        UNSPECIFIED = 0 => "unspecified",
        AUTHENTICATION = 1 => "authentication failure",
        FORMAT = 2 => "invalid length or format",
        OPCODE = 3 => "invalid opcode",
        ASSOCIATION = 4 => "unknown association",
        NAME = 5 => "unknown variable",
        VALUE = 6 => "invalid value",
        PROHIBITED = 7 => "prohibited",
    }
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

fn dissect(ntp: &mut Layer) -> Outcome {
    if !ntp.tells() {
        return Ok(Next::Nothing);
    }
    let first = ntp.peek("ntp.flags", be_u8())?;
    let (version, mode) = (first >> 3 & 7, Mode(first & 7));
    let said = match version {
        1..=4 => format!("NTP Version {version}, {}", mode.name().unwrap_or_default()),
        _ => format!("reserved, {}", mode.name().unwrap_or_default()),
    };
    ntp.title(|| said.clone());
    ntp.info(|| said.clone());
    ntp.flags("ntp.flags", "Flags", Base::Hex(2), be_u8(), |bits| {
        if mode == Mode::PRIVATE {
            bits.value("ntp.priv.flags.r", "Response", 0x80, |bit| bit);
            bits.value("ntp.priv.flags.more", "More follows", 0x40, |bit| bit);
        } else {
            bits.value("ntp.flags.li", "Leap", 0xc0, |leap| Leap(leap as u8));
        }
        bits.number("ntp.flags.vn", "Version", 0x38);
        bits.value("ntp.flags.mode", "Mode", 0x07, |mode| Mode(mode as u8));
    })?;
    match mode {
        Mode::CONTROL => control(ntp)?,
        Mode::PRIVATE => private(ntp, &said, first & 0x80 != 0)?,
        _ => time(ntp)?,
    }
    Ok(Next::Nothing)
}

/// RFC 5905, section 7.3.
fn time(ntp: &mut Layer) -> Result<(), Stop> {
    let stratum = ntp.field_shown("ntp.stratum", "Stratum", be_u8(), |stratum| {
        let name = match stratum {
            0 => "unspecified",
            1 => "primary",
            2..=15 => "secondary",
            16 => "not synchronized",
            _ => "reserved",
        };
        Value::Named(stratum.into(), Base::Dec, name)
    })?;
    for (name, label) in [
        ("ntp.ppoll", "Poll interval"),
        ("ntp.precision", "Precision"),
    ] {
        let exponent = ntp.field(name, label, be_u8())?;
        ntp.text(|| {
            let seconds = 2_f64.powi((exponent as i8).into());
            format!("{seconds} s (2 to the power of {})", exponent as i8)
        });
    }
    for (name, label) in [
        ("ntp.rootdelay", "Root delay"),
        ("ntp.rootdispersion", "Root dispersion"),
    ] {
        let span = ntp.field(name, label, be_u32())?;
        ntp.text(|| format!("{:.6} s", f64::from(span) / 65536.0));
    }
    let reference: &[u8] = ntp.field("ntp.refid", "Reference", take(4_usize))?;
    ntp.text(|| reference_words(stratum, reference));
    for (name, label) in [
        ("ntp.reftime", "Reference time"),
        ("ntp.org", "Origin time"),
        ("ntp.rec", "Receive time"),
        ("ntp.xmt", "Transmit time"),
    ] {
        ntp.field_shown(name, label, (be_u32(), be_u32()), timestamp)?;
    }
    while let Some(length) = extension_length(ntp) {
        ntp.group("ntp.ext", "Extension", |ntp| {
            let kind = ntp.field("ntp.ext.type", "Type", be_u16().map(ExtensionType))?;
            ntp.title(|| Value::from(kind).to_string());
            ntp.field("ntp.ext.length", "Length", be_u16())?;
            ntp.field("ntp.ext.value", "Value", take(length - 4))
                .map(drop)
        })?;
    }
    authenticator(ntp)
}

/// A clock's name, or the address of the server above.
fn reference_words(stratum: u8, reference: &[u8]) -> String {
    match (stratum, reference) {
        (0 | 1, _) => {
            let text = reference
                .split(|&byte| byte == 0)
                .next()
                .unwrap_or_default();
            String::from_utf8_lossy(text).into_owned()
        }
        (_, &[a, b, c, d]) => Ipv4Addr::new(a, b, c, d).to_string(),
        _ => String::new(),
    }
}

/// RFC 5905, section 6: seconds since 1900 and a fraction. Those from 2036 on begin at 0 again.
fn timestamp((seconds, fraction): (u32, u32)) -> Value {
    const UNIX: i64 = 2_208_988_800;
    if (seconds, fraction) == (0, 0) {
        return Value::Static("NULL");
    }
    let era = if seconds & 1 << 31 == 0 {
        1_i64 << 32
    } else {
        0
    };
    let seconds = i64::from(seconds) + era - UNIX;
    let nanoseconds = ((u64::from(fraction) * 1_000_000_000) >> 32) as i64;
    Value::Time(seconds * 1_000_000_000 + nanoseconds)
}

/// An extension says how long it is; what does not is a key and its code: RFC 7822, section 3.
fn extension_length(ntp: &Layer) -> Option<usize> {
    let [_, _, high, low, ..] = *ntp.rest() else {
        return None;
    };
    let length = usize::from(u16::from_be_bytes([high, low]));
    (length >= 16 && length.is_multiple_of(4) && length <= ntp.reported()).then_some(length)
}

fn authenticator(ntp: &mut Layer) -> Result<(), Stop> {
    if ntp.reported() == 0 {
        return Ok(());
    }
    ntp.field("ntp.keyid", "Key", take(4_usize))?;
    match ntp.reported() {
        0 => Ok(()),
        left => ntp
            .field("ntp.mac", "Authentication code", take(left))
            .map(drop),
    }
}

/// RFC 9327, section 2.
fn control(ntp: &mut Layer) -> Result<(), Stop> {
    let flags = ntp.flags(
        "ntp.ctrl.flags2",
        "Operation",
        Base::Hex(2),
        be_u8(),
        |bits| {
            bits.value("ntp.ctrl.flags2.r", "Response", 0x80, |bit| bit);
            bits.value("ntp.ctrl.flags2.error", "Error", 0x40, |bit| bit);
            bits.value("ntp.ctrl.flags2.more", "More follows", 0x20, |bit| bit);
            bits.value("ntp.ctrl.flags2.opcode", "Opcode", 0x1f, |code| {
                Opcode(code as u8)
            });
        },
    )?;
    let opcode = Opcode(flags & 0x1f);
    ntp.field("ntp.ctrl.sequence", "Sequence", be_u16())?;
    let (_, association) = ntp.peek("ntp.ctrl.status", (be_u16(), be_u16()))?;
    if flags & 0x80 == 0 {
        ntp.field("ntp.ctrl.status", "Status", be_u16().map(Hex))?;
    } else if flags & 0x40 != 0 {
        ntp.flags(
            "ntp.ctrl.status",
            "Status",
            Base::Hex(4),
            be_u16(),
            |bits| {
                bits.value("ntp.ctrl.err_status", "Error", 0xff00, |code| {
                    ControlError(code as u16)
                });
            },
        )?;
    } else {
        status(ntp, opcode, association)?;
    }
    ntp.field("ntp.ctrl.associd", "Association", be_u16())?;
    ntp.field("ntp.ctrl.offset", "Offset", be_u16())?;
    let length = usize::from(ntp.field("ntp.ctrl.count", "Count", be_u16())?);
    if length > 0 {
        ntp.group("ntp.ctrl.data", "Data", |ntp| {
            ntp.within(length, |ntp| control_data(ntp, opcode, association))
        })?;
    }
    // The data is filled up to a multiple of four, and of eight where a key follows.
    let filled = (4 - length % 4) % 4;
    if ntp.reported() > filled && filled > 0 {
        ntp.field("ntp.padding", "Padding", take(filled))?;
    }
    match ntp.reported() {
        0..4 => Ok(()),
        _ => authenticator(ntp),
    }
}

fn control_data(ntp: &mut Layer, opcode: Opcode, association: u16) -> Result<(), Stop> {
    let left = ntp.reported();
    let name = match opcode {
        Opcode::READ_STATUS if association == 0 => {
            while ntp.reported() > 0 {
                ntp.group("ntp.ctrl.item", "Item", |ntp| {
                    ntp.field("ntp.ctrl.associd", "Association", be_u16())?;
                    status(ntp, Opcode::READ_STATUS, 1)
                })?;
            }
            return Ok(());
        }
        Opcode::TRAP => "ntp.ctrl.trapmsg",
        Opcode::CONFIGURE | Opcode::SAVE => "ntp.ctrl.configuration",
        Opcode::READ_MRU => "ntp.ctrl.mru",
        Opcode::READ_LIST => "ntp.ctrl.ordlist",
        Opcode::NONCE => "ntp.ctrl.nonce",
        _ => "",
    };
    ntp.field_shown(name, "Text", take(left), |text: &[u8]| {
        Value::Text(String::from_utf8_lossy(text).into_owned())
    })
    .map(drop)
}

/// RFC 9327, section 3: of the system, of a peer, of a clock.
fn status(ntp: &mut Layer, opcode: Opcode, association: u16) -> Result<(), Stop> {
    let name = "ntp.ctrl.status";
    ntp.flags(name, "Status", Base::Hex(4), be_u16(), |bits| {
        match (opcode, association) {
            (
                Opcode::READ_STATUS
                | Opcode::READ_VARIABLES
                | Opcode::WRITE_VARIABLES
                | Opcode::TRAP,
                0,
            ) => {
                let leap = |leap| Leap(leap as u8);
                bits.value("ntp.ctrl.sys_status.li", "Leap", 0xc000, leap);
                bits.number("ntp.ctrl.sys_status.clksrc", "Clock source", 0x3f00);
                bits.number("ntp.ctrl.sys_status.count", "Events", 0x00f0);
                bits.number("ntp.ctrl.sys_status.code", "Last event", 0x000f);
            }
            (
                Opcode::READ_STATUS
                | Opcode::READ_VARIABLES
                | Opcode::WRITE_VARIABLES
                | Opcode::TRAP,
                _,
            ) => {
                bits.flag("ntp.ctrl.peer_status.config", "Configured", 0x8000);
                bits.flag(
                    "ntp.ctrl.peer_status.authenable",
                    "Authentication wanted",
                    0x4000,
                );
                bits.flag("ntp.ctrl.peer_status.authentic", "Authentic", 0x2000);
                bits.flag("ntp.ctrl.peer_status.reach", "Reachable", 0x1000);
                bits.flag("ntp.ctrl.peer_status.bcast", "Broadcast", 0x0800);
                bits.number("ntp.ctrl.peer_status.selection", "Selection", 0x0700);
                bits.number("ntp.ctrl.peer_status.count", "Events", 0x00f0);
                bits.number("ntp.ctrl.peer_status.code", "Last event", 0x000f);
            }
            (Opcode::READ_CLOCK | Opcode::WRITE_CLOCK, _) => {
                bits.number("ntp.ctrl.clock_status.status", "Clock status", 0xff00);
                bits.number("ntp.ctrl.clock_status.code", "Last event", 0x00ff);
            }
            _ => {}
        }
    })
    .map(drop)
}

/// What ntpdc speaks. Its list of clients was an amplifier for attacks: it is read, the other items are bytes.
fn private(ntp: &mut Layer, said: &str, response: bool) -> Result<(), Stop> {
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
        let ipv6 = ntp.field("ntp.priv.monlist.ipv6", "Over IPv6", be_u32().map(Hex))?;
        ntp.field("ntp.priv.monlist.unused", "Unused", be_u32().map(Hex))?;
        if ipv6.0 != 0 {
            let address = crate::internet::address::ipv6;
            ntp.field("ntp.priv.monlist.addr1_6", "Remote address", address())?;
            ntp.field("ntp.priv.monlist.addr2_6", "Local address", address())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{cut, info, layer};

    const CLIENT: &str = "4500004c 00000000 40110000 0a000001 0a000002 007b007b 00380000 \
                          23 02 06 ec 00000d0b 00000af6 11fd0cfd \
                          d97a 62bc bfe5d123 0000000000000000 d97a62bc 00000001 d97a62bc ffffffff";

    #[test]
    fn asks_for_the_time() {
        assert_eq!(
            layer("ntp", 228, CLIENT),
            "\
             Network Time Protocol: NTP Version 4, client [28..76]\n\
             \x20 Flags: 0x23 [28..29]\n\
             \x20   Leap: no warning (0) [28..29]\n\
             \x20   Version: 4 [28..29]\n\
             \x20   Mode: client (3) [28..29]\n\
             \x20 Stratum: secondary (2) [29..30]\n\
             \x20 Poll interval: 64 s (2 to the power of 6) [30..31]\n\
             \x20 Precision: 0.00000095367431640625 s (2 to the power of -20) [31..32]\n\
             \x20 Root delay: 0.050949 s [32..36]\n\
             \x20 Root dispersion: 0.042816 s [36..40]\n\
             \x20 Reference: 17.253.12.253 [40..44]\n\
             \x20 Reference time: Aug 16, 2015 01:15:40.749600478 UTC [44..52]\n\
             \x20 Origin time: NULL [52..60]\n\
             \x20 Receive time: Aug 16, 2015 01:15:40.000000000 UTC [60..68]\n\
             \x20 Transmit time: Aug 16, 2015 01:15:40.999999999 UTC [68..76]\n"
        );
        assert_eq!(info(228, CLIENT), "NTP: NTP Version 4, client");
    }

    /// RFC 5905, figure 4: the first day of this era, and of the next.
    #[test]
    fn moments() {
        let shown = |seconds, fraction| timestamp((seconds, fraction)).to_string();
        assert_eq!(
            shown(2_208_988_800, 0),
            "Jan  1, 1970 00:00:00.000000000 UTC"
        );
        assert_eq!(shown(0, 1 << 31), "Feb  7, 2036 06:28:16.500000000 UTC");
        assert_eq!(shown(0, 0), "NULL");
    }

    #[test]
    fn who_asked_is_told() {
        let hex = "4500002c 00000000 40110000 0a000001 0a000002 007b007b 00180000 \
                   17 00 03 2a 0000 0000 0000000000000000";
        assert_eq!(
            layer("ntp", 228, hex),
            "\
             Network Time Protocol: NTP Version 2, private [28..36]\n\
             \x20 Flags: 0x17 [28..29]\n\
             \x20   Response: 0 [28..29]\n\
             \x20   More follows: 0 [28..29]\n\
             \x20   Version: 2 [28..29]\n\
             \x20   Mode: private (7) [28..29]\n\
             \x20 Sequence: 0 [29..30]\n\
             \x20   Authenticated: 0 [29..30]\n\
             \x20   Number: 0 [29..30]\n\
             \x20 Implementation: ntpd (3) [30..31]\n\
             \x20 Request: MON_GETLIST_1 (42) [31..32]\n\
             \x20 Error: none (0x00) [32..34]\n\
             \x20 Items: 0 [32..34]\n\
             \x20 Reserved: 0x00 [34..36]\n\
             \x20 Item's size: 0 [34..36]\n"
        );
        assert_eq!(
            info(228, hex),
            "NTP: NTP Version 2, private, Request, MON_GETLIST_1"
        );
    }

    #[test]
    fn control_reads_variables() {
        let hex = "4500002c 00000000 40110000 0a000001 0a000002 007b007b 00180000 \
                   16 82 0001 0615 0000 0000 0003 783d3100";
        assert_eq!(
            layer("ntp", 228, hex),
            "\
             Network Time Protocol: NTP Version 2, control [28..43]\n\
             \x20 Flags: 0x16 [28..29]\n\
             \x20   Leap: no warning (0) [28..29]\n\
             \x20   Version: 2 [28..29]\n\
             \x20   Mode: control (6) [28..29]\n\
             \x20 Operation: 0x82 [29..30]\n\
             \x20   Response: 1 [29..30]\n\
             \x20   Error: 0 [29..30]\n\
             \x20   More follows: 0 [29..30]\n\
             \x20   Opcode: read variables (2) [29..30]\n\
             \x20 Sequence: 1 [30..32]\n\
             \x20 Status: 0x0615 [32..34]\n\
             \x20   Leap: no warning (0) [32..34]\n\
             \x20   Clock source: 6 [32..34]\n\
             \x20   Events: 1 [32..34]\n\
             \x20   Last event: 5 [32..34]\n\
             \x20 Association: 0 [34..36]\n\
             \x20 Offset: 0 [36..38]\n\
             \x20 Count: 3 [38..40]\n\
             \x20 Data [40..43]\n\
             \x20   Text: x=1 [40..43]\n"
        );
    }

    #[test]
    fn cut_inside_the_reference() {
        let (hex, _) = CLIENT.split_once("0cfd").unwrap_or_default();
        assert_eq!(
            cut("ntp", 228, hex, 76),
            "\
             Network Time Protocol: NTP Version 4, client [28..40]\n\
             \x20 Flags: 0x23 [28..29]\n\
             \x20   Leap: no warning (0) [28..29]\n\
             \x20   Version: 4 [28..29]\n\
             \x20   Mode: client (3) [28..29]\n\
             \x20 Stratum: secondary (2) [29..30]\n\
             \x20 Poll interval: 64 s (2 to the power of 6) [30..31]\n\
             \x20 Precision: 0.00000095367431640625 s (2 to the power of -20) [31..32]\n\
             \x20 Root delay: 0.050949 s [32..36]\n\
             \x20 Root dispersion: 0.042816 s [36..40]\n\
             \x20 Note: cut by the capture's size limit inside ntp.refid\n"
        );
    }
}
