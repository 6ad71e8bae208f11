//! Network Time Protocol: RFC 5905, and its earlier versions, which share the packet.

pub mod control;
mod fields;
pub mod private;
pub mod session;

use crate::{
    Base, Dissector, Layer, Next, OsiLayer, Outcome, Selector, Setting, Stop, Value,
    dissector::Protocol, value::named,
};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16, be_u32},
};
use session::Role;
use std::net::Ipv4Addr;

/// Network Time Protocol.
pub const DISSECTOR: Dissector = Dissector {
    name: "ntp",
    label: "Network Time Protocol",
    column: "NTP",
    layer: OsiLayer::Application,
    selectors: &[Selector::UdpPort(123)],
    fields: &[fields::FIELDS],
    ..Dissector::of::<Ntp>()
};

struct Ntp;

impl Protocol for Ntp {
    type Session = session::Ntp;

    fn begin(setting: &Setting) -> session::Ntp {
        session::Ntp::new(setting)
    }

    fn dissect(ntp: &mut Layer, role: Option<&Role>) -> Outcome {
        packet(ntp, role)
    }
}

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
    /// RFC 5905, figure 11.
    Stratum(u8, Dec) {
        UNSPECIFIED = 0 => "unspecified",
        PRIMARY = 1 => "primary",
        UNSYNCHRONIZED = 16 => "not synchronized",
        2..=15 => "secondary",
        17..=255 => "reserved",
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
}

fn packet(ntp: &mut Layer, role: Option<&Role>) -> Outcome {
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
        Mode::CONTROL => control::read(ntp)?,
        Mode::PRIVATE => private::read(ntp, &said, first & 0x80 != 0)?,
        _ => time(ntp)?,
    }
    match role.copied() {
        Some(Role::Request(Some(response))) => {
            ntp.computed("ntp.response_in", "Response in", || response);
        }
        Some(Role::Response(request, request_ns)) => {
            ntp.computed("ntp.request_in", "Response to", || request);
            let taken = ntp.context.time_ns.saturating_sub(request_ns);
            let name = "ntp.delta_time";
            ntp.computed(name, "Time since the request", || Value::Duration(taken));
        }
        _ => {}
    }
    Ok(Next::Nothing)
}

/// RFC 5905, section 7.3.
fn time(ntp: &mut Layer) -> Result<(), Stop> {
    let Stratum(stratum) = ntp.field("ntp.stratum", "Stratum", be_u8().map(Stratum))?;
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

/// Returns a clock's name, or the address of the server above.
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

/// Returns the length of an extension, which it contains; without one, a key and its code follow: RFC 7822, section 3.
fn extension_length(ntp: &Layer) -> Option<usize> {
    let [_, _, high, low, ..] = *ntp.rest() else {
        return None;
    };
    let length = usize::from(u16::from_be_bytes([high, low]));
    (length >= 16 && length.is_multiple_of(4) && length <= ntp.reported()).then_some(length)
}

/// Reads a key, and the authentication code for everything before it.
pub fn authenticator(ntp: &mut Layer) -> Result<(), Stop> {
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
