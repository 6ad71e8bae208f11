//! ICMP router advertisements, RFC 1256, and the additions of mobility agents, RFC 5944, section 2.1.

use crate::{Base, FieldDef, Layer, Stop, Value, internet::address, value::named};
use nom::{
    Parser,
    bytes::take,
    number::{be_i32, be_u8, be_u16},
};

/// The fields that this file reads.
pub const FIELDS: &[FieldDef] = &[
    FieldDef::u8("icmp.num_addrs"),
    FieldDef::u8("icmp.addr_entry_size"),
    FieldDef::u16("icmp.lifetime"),
    FieldDef::ipv4("icmp.router_address"),
    FieldDef::i32("icmp.pref_level"),
    FieldDef::u8("icmp.mip.type").names(&[Extension::NAMES]),
    FieldDef::u8("icmp.mip.length"),
    FieldDef::u8("icmp.mip.prefixlength"),
    FieldDef::bytes("icmp.mip.challenge"),
    FieldDef::u16("icmp.mip.seq"),
    FieldDef::u16("icmp.mip.life"),
    FieldDef::hex16("icmp.mip.flags"),
    FieldDef::flag("icmp.mip.r"),
    FieldDef::flag("icmp.mip.b"),
    FieldDef::flag("icmp.mip.h"),
    FieldDef::flag("icmp.mip.f"),
    FieldDef::flag("icmp.mip.m"),
    FieldDef::flag("icmp.mip.g"),
    FieldDef::flag("icmp.mip.v"),
    FieldDef::flag("icmp.mip.rt"),
    FieldDef::flag("icmp.mip.u"),
    FieldDef::flag("icmp.mip.x"),
    FieldDef::hex16("icmp.mip.reserved"),
    FieldDef::ipv4("icmp.mip.coa"),
];

named! {
    /// IANA "Extensions appearing in Mobile IP Agent Advertisement messages".
    Extension(u8, Dec) {
        PADDING = 0 => "One byte of padding",
        AGENT = 16 => "Mobility agent advertisement",
        PREFIXES = 19 => "Prefix lengths",
        CHALLENGE = 24 => "Challenge",
    }
}

/// Reads what follows the checksum.
pub fn read(icmp: &mut Layer) -> Result<(), Stop> {
    let count = icmp.field("icmp.num_addrs", "Addresses", be_u8())?;
    let words = icmp.field("icmp.addr_entry_size", "Entry size", be_u8())?;
    icmp.text(|| format!("{} bytes ({words})", 4 * u16::from(words)));
    let lifetime = icmp.field("icmp.lifetime", "Lifetime", be_u16())?;
    icmp.text(|| format!("{lifetime} s"));
    for _ in 0..count {
        icmp.within(4 * usize::from(words.max(2)), |icmp| {
            icmp.field("icmp.router_address", "Router address", address::ipv4())?;
            icmp.field("icmp.pref_level", "Preference level", be_i32())
                .map(drop)
        })?;
    }
    while !icmp.rest().is_empty() {
        icmp.group("", "Extension", extension)?;
    }
    Ok(())
}

fn extension(icmp: &mut Layer) -> Result<(), Stop> {
    let kind = icmp.field("icmp.mip.type", "Type", be_u8().map(Extension))?;
    icmp.title(|| Value::from(kind).to_string());
    if kind == Extension::PADDING {
        return Ok(());
    }
    let length = icmp.field("icmp.mip.length", "Length", be_u8())?;
    icmp.within(length.into(), |icmp| {
        let left = icmp.rest().len();
        match kind {
            Extension::AGENT => agent(icmp),
            Extension::PREFIXES => {
                while !icmp.rest().is_empty() {
                    icmp.field("icmp.mip.prefixlength", "Prefix length", be_u8())?;
                }
                Ok(())
            }
            Extension::CHALLENGE => icmp
                .field("icmp.mip.challenge", "Challenge", take(left))
                .map(drop),
            _ => Ok(()),
        }
    })
}

fn agent(icmp: &mut Layer) -> Result<(), Stop> {
    icmp.field("icmp.mip.seq", "Sequence number", be_u16())?;
    icmp.field("icmp.mip.life", "Registration lifetime", be_u16())?;
    icmp.flags("icmp.mip.flags", "Flags", Base::Hex(4), be_u16(), |bits| {
        bits.flag("icmp.mip.r", "Registration required", 0x8000);
        bits.flag("icmp.mip.b", "Busy", 0x4000);
        bits.flag("icmp.mip.h", "Home agent", 0x2000);
        bits.flag("icmp.mip.f", "Foreign agent", 0x1000);
        bits.flag("icmp.mip.m", "Minimal encapsulation", 0x0800);
        bits.flag("icmp.mip.g", "GRE", 0x0400);
        bits.flag("icmp.mip.v", "Van Jacobson compression", 0x0200);
        bits.flag("icmp.mip.rt", "Reverse tunneling", 0x0100);
        bits.flag("icmp.mip.u", "UDP tunneling", 0x0080);
        bits.flag("icmp.mip.x", "Revocation", 0x0040);
        bits.value("icmp.mip.reserved", "Reserved", 0x003f, |v| {
            Value::Number(v, Base::Hex(4))
        });
    })?;
    while icmp.rest().len() >= 4 {
        icmp.field("icmp.mip.coa", "Care-of address", address::ipv4())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn two_routers() {
        let hex = "4500 002c 0001 0000 4001 66ce 0a00 0001
             0a00 0002 0900 59ed 0202 0708 0a00 0001
             0000 0005 0a00 0002 8000 0000";
        assert_eq!(
            layer("icmp", 228, hex),
            "\
Internet Control Message Protocol: Router advertisement (9): Normal router advertisement [20..44]
  Type: Router advertisement (9) [20..21]
  Code: Normal router advertisement (0) [21..22]
  Checksum: 0x59ed [22..24]
  Checksum status: Good (1) [22..22]
  Addresses: 2 [24..25]
  Entry size: 8 bytes (2) [25..26]
  Lifetime: 1800 s [26..28]
  Router address: 10.0.0.1 [28..32]
  Preference level: 5 [32..36]
  Router address: 10.0.0.2 [36..40]
  Preference level: -2147483648 [40..44]
"
        );
    }

    #[test]
    fn ends_in_a_preference() {
        let hex = "4500 0024 0001 0000 4001 66d6 0a00 0001
             0a00 0002 0900 e4ef 0102 0708 0a00 0001
             0000";
        assert_eq!(
            cut("icmp", 228, hex, 36),
            "\
Internet Control Message Protocol: Router advertisement (9): Normal router advertisement [20..34]
  Type: Router advertisement (9) [20..21]
  Code: Normal router advertisement (0) [21..22]
  Checksum: 0xe4ef [22..24]
  Checksum status: cannot say: not all bytes are there [22..22]
  Addresses: 1 [24..25]
  Entry size: 8 bytes (2) [25..26]
  Lifetime: 1800 s [26..28]
  Router address: 10.0.0.1 [28..32]
  Note: cut by the capture's size limit inside icmp.pref_level
"
        );
    }
}
