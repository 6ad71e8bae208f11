//! Quick-Start, an option of IPv4 and IPv6: RFC 4782, section 3.

use crate::{Base, Layer, Stop, Value, value::named};
use nom::number::{be_u8, be_u32};

named! {
    /// The function of the option.
    Function(u8, Dec) {
        REQUEST = 0 => "Rate request",
        REPORT = 8 => "Rate report",
    }
}

/// The field names of one IP version.
pub struct QuickStartFields {
    function: &'static str,
    rate: &'static str,
    ttl: &'static str,
    ttl_diff: &'static str,
    unused: &'static str,
    nonce: &'static str,
    reserved: &'static str,
}

/// IPv4.
pub const IPV4: QuickStartFields = QuickStartFields {
    function: "ip.opt.qs_func",
    rate: "ip.opt.qs_rate",
    ttl: "ip.opt.qs_ttl",
    ttl_diff: "ip.opt.qs_ttl_diff",
    unused: "ip.opt.qs_unused",
    nonce: "ip.opt.qs_nonce",
    reserved: "ip.opt.qs_reserved",
};

/// IPv6.
pub const IPV6: QuickStartFields = QuickStartFields {
    function: "ipv6.opt.qs_func",
    rate: "ipv6.opt.qs_rate",
    ttl: "ipv6.opt.qs_ttl",
    ttl_diff: "ipv6.opt.qs_ttl_diff",
    unused: "ipv6.opt.qs_unused",
    nonce: "ipv6.opt.qs_nonce",
    reserved: "ipv6.opt.qs_reserved",
};

/// Reads what follows the option's length.
pub fn read(ip: &mut Layer, names: &QuickStartFields) -> Result<(), Stop> {
    let Some(&first) = ip.rest().first() else {
        return Ok(());
    };
    let function = Function(first >> 4);
    let known = function.name().is_some();
    ip.word(names.function, be_u8(), |bits| {
        bits.value(names.function, "Function", 0xf0, |v| Function(v as u8));
        if known {
            bits.worded(
                names.rate,
                "Rate",
                0x0f,
                |v| Value::Number(v, Base::Dec),
                rate,
            );
        }
    })?;
    match function {
        Function::REQUEST => {
            let bytes = ip.ahead(1);
            let ttl = ip.field(names.ttl, "QS TTL", be_u8())?;
            let diff = ip.hop_limit().wrapping_sub(ttl);
            ip.over(names.ttl_diff, "TTL difference", bytes, || diff.into());
        }
        Function::REPORT => {
            ip.field(names.unused, "Not used", be_u8())?;
        }
        _ => return Ok(()),
    }
    ip.word(names.nonce, be_u32(), |bits| {
        bits.value(names.nonce, "Nonce", 0xffff_fffc, |v| {
            Value::Number(v, Base::Hex(8))
        });
        bits.value(names.reserved, "Reserved", 0x3, |v| {
            Value::Number(v, Base::Hex(8))
        });
    })
    .map(drop)
}

/// Rates double from 80 kbit/s on: RFC 4782, section 3.1.
fn rate(code: u64) -> String {
    match code {
        0 => "0 bit/s (0)".to_owned(),
        code => format!("{} kbit/s ({code})", 40_u64 << code.min(15)),
    }
}
