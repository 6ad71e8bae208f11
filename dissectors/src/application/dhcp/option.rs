//! Options of DHCP: RFC 2132, and the RFCs named with each.

use crate::{
    ByteRange, Layer, Severity, Stop, Value,
    application::{
        dhcp::{
            agent, client,
            known::{Holds, Holds::*, known},
            message::{Ahead, MessageType, text},
            special, vendor,
        },
        dns::{moment, seconds},
    },
};
use nom::{
    Parser,
    bytes::take,
    number::{be_i32, be_u8, be_u16, be_u32},
};
use std::net::Ipv4Addr;

#[allow(
    clippy::indexing_slicing,
    reason = "the compiler runs it, and would refuse a place that is not there"
)]
/// Reads options, and returns whether they have an end. `names` are the two fields that may hold options too.
pub fn read(dhcp: &mut Layer, ahead: &Ahead, names: Option<ByteRange>) -> Result<bool, Stop> {
    while dhcp.reported() > 0 {
        match dhcp.peek("dhcp.option.type", be_u8())? {
            0 => {
                let zeros = dhcp.rest().iter().take_while(|&&byte| byte == 0).count();
                dhcp.group("dhcp.option.type", "Option", |dhcp| {
                    dhcp.value_of("dhcp.option.type", || 0_u8.into());
                    dhcp.title(|| "Padding (0)".to_owned());
                    dhcp.field("dhcp.option.padding", "Padding", take(zeros))
                        .map(drop)
                })?;
            }
            255 => {
                dhcp.group("dhcp.option.type", "Option", |dhcp| {
                    // This is Wireshark's value.
                    dhcp.value_of("dhcp.option.type", || 0_u8.into());
                    dhcp.title(|| "End (255)".to_owned());
                    dhcp.field("dhcp.option.end", "End", be_u8()).map(drop)
                })?;
                let left = dhcp.rest().len();
                if left > 0 {
                    let name = if names.is_some() {
                        "dhcp.option.padding"
                    } else {
                        ""
                    };
                    dhcp.field(name, "Padding", take(left))?;
                }
                return Ok(true);
            }
            code => {
                dhcp.group("dhcp.option.type", "Option", |dhcp| {
                    option(dhcp, code, ahead, names)
                })?;
            }
        }
    }
    Ok(false)
}

fn option(dhcp: &mut Layer, code: u8, ahead: &Ahead, names: Option<ByteRange>) -> Result<(), Stop> {
    let (label, holds) = known(code);
    dhcp.value_of("dhcp.option.type", || code.into());
    dhcp.title(|| format!("{label} ({code})"));
    dhcp.skip(1);
    let length = usize::from(dhcp.field("dhcp.option.length", "Length", be_u8())?);
    if length == 0 {
        let here = dhcp.ahead(0);
        dhcp.over("dhcp.option.value", "Value", here, || {
            Value::Bytes(Vec::new())
        });
    }
    dhcp.peek("dhcp.option.value", take(length))?;
    dhcp.within(length, |dhcp| {
        match holds {
            Special => match code {
                52 => overload(dhcp, ahead, names)?,
                53 => {
                    let kind =
                        dhcp.field("dhcp.option.dhcp", "Message", be_u8().map(MessageType))?;
                    dhcp.title_more(|| format!(" {}", kind.brief()));
                }
                43 => vendor::specific(dhcp, ahead.vendor_class)?,
                61 => client::identifier(dhcp)?,
                81 => client::full_name(dhcp)?,
                82 => agent::read(dhcp)?,
                124 | 125 => vendor::identified(dhcp, code)?,
                _ => special::read(dhcp, code)?,
            },
            _ => value(dhcp, holds, label)?,
        }
        Ok(())
    })
}

/// Reads a value; one of a wrong length is shown as bytes.
fn value(dhcp: &mut Layer, holds: Holds, label: &'static str) -> Result<(), Stop> {
    let left = dhcp.rest().len();
    let address = || be_u32().map(Ipv4Addr::from);
    match (holds, left) {
        (Address(name), 4) => {
            let address = dhcp.field(name, label, address())?;
            dhcp.title_more(|| format!(" {address}"));
        }
        (Addresses(name), 4..) => {
            for _ in 0..left / 4 {
                let address = dhcp.field(name, label, address())?;
                dhcp.title_more(|| format!(" {address}"));
            }
        }
        (Pairs(first, second), _) => {
            for _ in 0..left / 8 {
                dhcp.field(first, "Destination", address())?;
                dhcp.field(second, label, address())?;
            }
        }
        (Text(name), _) => {
            let bytes = dhcp.field_shown(name, label, take(left), text)?;
            dhcp.title_more(|| format!(" {}", text(bytes)));
        }
        (Bool(name), 1) => _ = dhcp.field_shown(name, label, be_u8(), |byte| (byte != 0).into())?,
        (Byte(name), 1) => _ = dhcp.field(name, label, be_u8())?,
        (Short(name), 2) => _ = dhcp.field(name, label, be_u16())?,
        (Long(name), 4) => _ = dhcp.field(name, label, be_u32())?,
        (Signed(name), 4) => _ = dhcp.field(name, label, be_i32())?,
        (Seconds(name), 4) => {
            let seconds = seconds(dhcp, name, label)?;
            dhcp.title_more(|| format!(" {seconds} s"));
        }
        (Time(name), 4) => {
            dhcp.field_shown(name, label, be_u32(), |seconds| moment(seconds.into()))?;
        }
        (Shorts(name), 2..) => {
            for _ in 0..left / 2 {
                dhcp.field(name, label, be_u16())?;
            }
        }
        (Bytes(name), 1..) => {
            for _ in 0..left {
                dhcp.field(name, label, be_u8())?;
            }
        }
        (_, 0) => {}
        (Opaque, _) => _ = dhcp.field("dhcp.option.value", "Value", take(left))?,
        _ => {
            dhcp.field("dhcp.option.value", "Value", take(left))?;
            dhcp.note(Severity::Warning, || {
                format!("{left} bytes are no such value")
            });
        }
    }
    Ok(())
}

/// RFC 2132, section 9.3: the fields for two names, which precede the options, hold options too.
fn overload(dhcp: &mut Layer, ahead: &Ahead, names: Option<ByteRange>) -> Result<(), Stop> {
    let overload = dhcp.field("dhcp.option.option_overload", "Overload", be_u8())?;
    dhcp.text(|| match overload {
        1 => "1: the boot file's name".to_owned(),
        2 => "2: the server's name".to_owned(),
        3 => "3: both names".to_owned(),
        _ => overload.to_string(),
    });
    // Not again from inside one of them.
    let Some(names) = names.filter(|_| overload <= 3) else {
        return Ok(());
    };
    for (bit, label, at, length) in [
        (2, "Options in the server's name", 0, 64),
        (1, "Options in the boot file's name", 64, 128),
    ] {
        if overload & bit != 0 {
            dhcp.elsewhere(names.start + at, length, |dhcp| {
                dhcp.group("", label, |dhcp| read(dhcp, ahead, None))
                    .map(drop)
            })?;
        }
    }
    Ok(())
}
