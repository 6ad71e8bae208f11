//! NTP's control messages: RFC 9327.

use crate::{
    Base, Hex, Layer, Stop, Value,
    application::ntp::{Leap, authenticator},
    value::named,
};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16},
};

named! {
    /// RFC 9327, section 2, and the additions of NTP's own implementation.
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
}

/// RFC 9327, section 2.
pub fn read(ntp: &mut Layer) -> Result<(), Stop> {
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
    // The data is padded to a multiple of four, and of eight where a key follows.
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
