//! What a receiver tells of a packet, in fields of any kind: CACE's "Per-Packet Information Header Specification".

use crate::{
    Base, Dissector, FieldDef, Layer, LinkType, Next, OsiLayer, Outcome, Selector, Stop, Value,
    link::wlan, value::named,
};
use nom::{
    Parser,
    bytes::take,
    number::{be_i8, be_u8, le_u16, le_u24, le_u32, le_u64},
};

/// Per-packet information.
pub const DISSECTOR: Dissector = Dissector {
    name: "ppi",
    label: "Per-packet information",
    column: "PPI",
    layer: OsiLayer::DataLink,
    selectors: &[Selector::LinkType(LinkType::PPI)],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::u8("ppi.version"),
    FieldDef::hex8("ppi.flags"),
    FieldDef::flag("ppi.flags.alignment"),
    FieldDef::hex8("ppi.flags.reserved"),
    FieldDef::u16("ppi.length"),
    FieldDef::u32("ppi.dlt"),
    FieldDef::u16("ppi.field_type").names(&[Kind::NAMES]),
    FieldDef::u16("ppi.field_len"),
    FieldDef::u64("ppi.80211-common.tsft"),
    FieldDef::hex16("ppi.80211-common.flags"),
    FieldDef::flag("ppi.80211-common.flags.fcs"),
    FieldDef::flag("ppi.80211-common.flags.tsft").means("milliseconds", "microseconds"),
    FieldDef::flag("ppi.80211-common.flags.fcs-invalid").means("Invalid", "Valid"),
    FieldDef::flag("ppi.80211-common.flags.phy-err"),
    FieldDef::u16("ppi.80211-common.rate"),
    FieldDef::u16("ppi.80211-common.chan.freq"),
    FieldDef::hex16("ppi.80211-common.chan.flags"),
    FieldDef::flag("ppi.80211-common.chan.flags.turbo"),
    FieldDef::flag("ppi.80211-common.chan.flags.cck"),
    FieldDef::flag("ppi.80211-common.chan.flags.ofdm"),
    FieldDef::flag("ppi.80211-common.chan.flags.2ghz"),
    FieldDef::flag("ppi.80211-common.chan.flags.5ghz"),
    FieldDef::flag("ppi.80211-common.chan.flags.passive"),
    FieldDef::flag("ppi.80211-common.chan.flags.dynamic"),
    FieldDef::flag("ppi.80211-common.chan.flags.gfsk"),
    FieldDef::hex8("ppi.80211-common.fhss.hopset"),
    FieldDef::hex8("ppi.80211-common.fhss.pattern"),
    FieldDef::i8("ppi.80211-common.dbm.antsignal"),
    FieldDef::i8("ppi.80211-common.dbm.antnoise"),
    FieldDef::hex32("ppi.80211n-mac.flags"),
    FieldDef::flag("ppi.80211n-mac.flags.greenfield"),
    FieldDef::flag("ppi.80211n-mac.flags.ht20_40"),
    FieldDef::flag("ppi.80211n-mac.flags.rx.short_guard_interval"),
    FieldDef::flag("ppi.80211n-mac.flags.rx.duplicate"),
    FieldDef::flag("ppi.80211n-mac.flags.agg"),
    FieldDef::flag("ppi.80211n-mac.flags.more_agg"),
    FieldDef::flag("ppi.80211n-mac.flags.delim_crc_error_after"),
    FieldDef::hex32("ppi.80211n-mac.ampdu_id"),
    FieldDef::u8("ppi.80211n-mac.num_delimiters"),
    FieldDef::hex24("ppi.80211n-mac.reserved"),
    FieldDef::u8("ppi.80211n-mac-phy.mcs"),
    FieldDef::u8("ppi.80211n-mac-phy.num_streams"),
    FieldDef::u8("ppi.80211n-mac-phy.rssi.combined"),
    FieldDef::u8("ppi.80211n-mac-phy.rssi.ant0ctl"),
    FieldDef::u8("ppi.80211n-mac-phy.rssi.ant1ctl"),
    FieldDef::u8("ppi.80211n-mac-phy.rssi.ant2ctl"),
    FieldDef::u8("ppi.80211n-mac-phy.rssi.ant3ctl"),
    FieldDef::u8("ppi.80211n-mac-phy.rssi.ant0ext"),
    FieldDef::u8("ppi.80211n-mac-phy.rssi.ant1ext"),
    FieldDef::u8("ppi.80211n-mac-phy.rssi.ant2ext"),
    FieldDef::u8("ppi.80211n-mac-phy.rssi.ant3ext"),
    FieldDef::u16("ppi.80211-mac-phy.ext-chan.freq"),
    FieldDef::hex16("ppi.80211-mac-phy.ext-chan.flags"),
    FieldDef::flag("ppi.80211-mac-phy.ext-chan.flags.turbo"),
    FieldDef::flag("ppi.80211-mac-phy.ext-chan.flags.cck"),
    FieldDef::flag("ppi.80211-mac-phy.ext-chan.flags.ofdm"),
    FieldDef::flag("ppi.80211-mac-phy.ext-chan.flags.2ghz"),
    FieldDef::flag("ppi.80211-mac-phy.ext-chan.flags.5ghz"),
    FieldDef::flag("ppi.80211-mac-phy.ext-chan.flags.passive"),
    FieldDef::flag("ppi.80211-mac-phy.ext-chan.flags.dynamic"),
    FieldDef::flag("ppi.80211-mac-phy.ext-chan.flags.gfsk"),
    FieldDef::i8("ppi.80211n-mac-phy.dbmant0.signal"),
    FieldDef::i8("ppi.80211n-mac-phy.dbmant0.noise"),
    FieldDef::i8("ppi.80211n-mac-phy.dbmant1.signal"),
    FieldDef::i8("ppi.80211n-mac-phy.dbmant1.noise"),
    FieldDef::i8("ppi.80211n-mac-phy.dbmant2.signal"),
    FieldDef::i8("ppi.80211n-mac-phy.dbmant2.noise"),
    FieldDef::i8("ppi.80211n-mac-phy.dbmant3.signal"),
    FieldDef::i8("ppi.80211n-mac-phy.dbmant3.noise"),
    FieldDef::u32("ppi.80211n-mac-phy.evm0"),
    FieldDef::u32("ppi.80211n-mac-phy.evm1"),
    FieldDef::u32("ppi.80211n-mac-phy.evm2"),
    FieldDef::u32("ppi.80211n-mac-phy.evm3"),
];

named! {
    /// Section 4.1.
    Kind(u16, Dec) {
        COMMON = 2 => "802.11-Common",
        MAC = 3 => "802.11n MAC Extensions",
        MAC_PHY = 4 => "802.11n MAC+PHY Extensions",
        SPECTRUM = 5 => "Spectrum-Map",
        PROCESS = 6 => "Process-Info",
        CAPTURE = 7 => "Capture-Info",
        AGGREGATION = 8 => "Aggregation Extension",
        ETHERNET = 9 => "802.3 Extension",
        GPS = 30002 => "GPS Tagging",
        VECTOR = 30003 => "Vector Tagging",
        SENSOR = 30004 => "Sensor tagging",
        ANTENNA = 30005 => "Antenna Tagging",
    }
}

/// The length of the header without its fields, and that of a field without its data, bytes.
const HEADER: usize = 8;
const FIELD: usize = 4;

fn dissect(ppi: &mut Layer) -> Outcome {
    ppi.field("ppi.version", "Version", be_u8())?;
    let flags = ppi.flags("ppi.flags", "Flags", Base::Hex(2), be_u8(), |bits| {
        bits.flag("ppi.flags.alignment", "Aligned", 0x01);
        bits.value("ppi.flags.reserved", "Reserved", 0xfe, |v| {
            crate::Hex(v as u8)
        });
    })?;
    let length = usize::from(ppi.field("ppi.length", "Length", le_u16())?);
    let link = ppi.field("ppi.dlt", "Link type", le_u32())?;
    let link = LinkType(u16::try_from(link).unwrap_or(u16::MAX));
    ppi.text(|| Value::from(link).to_string());
    ppi.title(|| format!("{length} bytes"));
    ppi.info(|| "PPI".to_owned());
    let Some(inside) = length.checked_sub(HEADER) else {
        return ppi.malformed("ppi.length");
    };
    if inside > ppi.reported() {
        return ppi.malformed("ppi.length");
    }
    let mut fcs = false;
    ppi.within(inside, |ppi| {
        // Each field takes at least four bytes.
        while ppi.reported() >= FIELD {
            ppi.group("", "Field", |ppi| field(ppi, &mut fcs))?;
            if flags & 1 != 0 {
                let offset = (ppi.offset() - ppi.layer_start()) as usize;
                ppi.skip(offset.next_multiple_of(4) - offset);
            }
        }
        Ok(())
    })?;
    Ok(match link {
        LinkType::WIFI => wlan::inside(fcs, false),
        link => Next::Select(Selector::LinkType(link)),
    })
}

fn field(ppi: &mut Layer, fcs: &mut bool) -> Result<(), Stop> {
    let kind = ppi.field("ppi.field_type", "Type", le_u16().map(Kind))?;
    ppi.title(|| Value::from(kind).to_string());
    let length = usize::from(ppi.field("ppi.field_len", "Length", le_u16())?);
    if length > ppi.reported() {
        return ppi.malformed("ppi.field_len");
    }
    ppi.within(length, |ppi| {
        match (kind, length) {
            (Kind::COMMON, 20) => *fcs = common(ppi)?,
            (Kind::MAC, 12) => mac(ppi, true)?,
            (Kind::MAC_PHY, 48) => physical(ppi)?,
            _ => {}
        }
        let rest = ppi.reported();
        if rest > 0 {
            ppi.field("", "Data", take(rest))?;
        }
        Ok(())
    })
}

/// Section 4.1.2. Returns whether the frame ends with its check sequence.
fn common(ppi: &mut Layer) -> Result<bool, Stop> {
    ppi.field("ppi.80211-common.tsft", "Time", le_u64())?;
    let name = "ppi.80211-common.flags";
    let flags = ppi.flags(name, "Flags", Base::Hex(4), le_u16(), |bits| {
        bits.flag("ppi.80211-common.flags.fcs", "Check sequence", 0x0001);
        bits.flag_meaning(
            "ppi.80211-common.flags.tsft",
            "Time in",
            0x0002,
            "milliseconds",
            "microseconds",
        );
        bits.flag_meaning(
            "ppi.80211-common.flags.fcs-invalid",
            "Check sequence is",
            0x0004,
            "Invalid",
            "Valid",
        );
        bits.flag("ppi.80211-common.flags.phy-err", "PHY error", 0x0008);
    })?;
    // In units of 500 kbit/s.
    ppi.field(
        "ppi.80211-common.rate",
        "Rate, kbit/s",
        le_u16().map(|rate| rate.wrapping_mul(500)),
    )?;
    ppi.field("ppi.80211-common.chan.freq", "Frequency, MHz", le_u16())?;
    channel_flags(ppi, "ppi.80211-common.chan.flags", &COMMON_CHANNEL)?;
    for (name, label) in [
        ("ppi.80211-common.fhss.hopset", "Hop set"),
        ("ppi.80211-common.fhss.pattern", "Hop pattern"),
    ] {
        ppi.field(name, label, be_u8().map(crate::Hex))?;
    }
    ppi.field("ppi.80211-common.dbm.antsignal", "Signal, dBm", be_i8())?;
    ppi.field("ppi.80211-common.dbm.antnoise", "Noise, dBm", be_i8())?;
    Ok(flags & 1 != 0)
}

const COMMON_CHANNEL: [(&str, &str, u64); 8] = [
    ("ppi.80211-common.chan.flags.turbo", "Turbo", 0x0010),
    ("ppi.80211-common.chan.flags.cck", "CCK", 0x0020),
    ("ppi.80211-common.chan.flags.ofdm", "OFDM", 0x0040),
    ("ppi.80211-common.chan.flags.2ghz", "2 GHz", 0x0080),
    ("ppi.80211-common.chan.flags.5ghz", "5 GHz", 0x0100),
    ("ppi.80211-common.chan.flags.passive", "Passive", 0x0200),
    (
        "ppi.80211-common.chan.flags.dynamic",
        "Dynamic CCK and OFDM",
        0x0400,
    ),
    ("ppi.80211-common.chan.flags.gfsk", "GFSK", 0x0800),
];
const EXTENSION_CHANNEL: [(&str, &str, u64); 8] = [
    ("ppi.80211-mac-phy.ext-chan.flags.turbo", "Turbo", 0x0010),
    ("ppi.80211-mac-phy.ext-chan.flags.cck", "CCK", 0x0020),
    ("ppi.80211-mac-phy.ext-chan.flags.ofdm", "OFDM", 0x0040),
    ("ppi.80211-mac-phy.ext-chan.flags.2ghz", "2 GHz", 0x0080),
    ("ppi.80211-mac-phy.ext-chan.flags.5ghz", "5 GHz", 0x0100),
    (
        "ppi.80211-mac-phy.ext-chan.flags.passive",
        "Passive",
        0x0200,
    ),
    (
        "ppi.80211-mac-phy.ext-chan.flags.dynamic",
        "Dynamic CCK and OFDM",
        0x0400,
    ),
    ("ppi.80211-mac-phy.ext-chan.flags.gfsk", "GFSK", 0x0800),
];

fn channel_flags(
    ppi: &mut Layer,
    name: &'static str,
    flags: &[(&'static str, &'static str, u64)],
) -> Result<(), Stop> {
    ppi.flags(name, "Channel flags", Base::Hex(4), le_u16(), |bits| {
        for (name, label, mask) in flags {
            bits.flag(name, label, *mask);
        }
    })?;
    Ok(())
}

/// Section 4.1.3.
fn mac(ppi: &mut Layer, alone: bool) -> Result<(), Stop> {
    let name = "ppi.80211n-mac.flags";
    ppi.flags(name, "Flags", Base::Hex(8), le_u32(), |bits| {
        bits.flag("ppi.80211n-mac.flags.greenfield", "Greenfield", 0x01);
        bits.flag("ppi.80211n-mac.flags.ht20_40", "40 MHz", 0x02);
        bits.flag(
            "ppi.80211n-mac.flags.rx.short_guard_interval",
            "Short guard interval",
            0x04,
        );
        bits.flag("ppi.80211n-mac.flags.rx.duplicate", "Duplicate", 0x08);
        bits.flag("ppi.80211n-mac.flags.agg", "Aggregate", 0x10);
        bits.flag("ppi.80211n-mac.flags.more_agg", "More aggregates", 0x20);
        bits.flag(
            "ppi.80211n-mac.flags.delim_crc_error_after",
            "Check error after this frame",
            0x40,
        );
    })?;
    ppi.field(
        "ppi.80211n-mac.ampdu_id",
        "A-MPDU",
        le_u32().map(crate::Hex),
    )?;
    ppi.field("ppi.80211n-mac.num_delimiters", "Delimiters", be_u8())?;
    if alone {
        ppi.field_shown("ppi.80211n-mac.reserved", "Reserved", le_u24(), |v| {
            Value::Number(v.into(), Base::Hex(6))
        })?;
    }
    Ok(())
}

/// Section 4.1.4.
fn physical(ppi: &mut Layer) -> Result<(), Stop> {
    const NUMBERS: [(&str, &str); 11] = [
        ("ppi.80211n-mac-phy.mcs", "MCS"),
        ("ppi.80211n-mac-phy.num_streams", "Spatial streams"),
        ("ppi.80211n-mac-phy.rssi.combined", "RSSI combined"),
        (
            "ppi.80211n-mac-phy.rssi.ant0ctl",
            "RSSI of antenna 0, control",
        ),
        (
            "ppi.80211n-mac-phy.rssi.ant1ctl",
            "RSSI of antenna 1, control",
        ),
        (
            "ppi.80211n-mac-phy.rssi.ant2ctl",
            "RSSI of antenna 2, control",
        ),
        (
            "ppi.80211n-mac-phy.rssi.ant3ctl",
            "RSSI of antenna 3, control",
        ),
        (
            "ppi.80211n-mac-phy.rssi.ant0ext",
            "RSSI of antenna 0, extension",
        ),
        (
            "ppi.80211n-mac-phy.rssi.ant1ext",
            "RSSI of antenna 1, extension",
        ),
        (
            "ppi.80211n-mac-phy.rssi.ant2ext",
            "RSSI of antenna 2, extension",
        ),
        (
            "ppi.80211n-mac-phy.rssi.ant3ext",
            "RSSI of antenna 3, extension",
        ),
    ];
    const STRENGTHS: [(&str, &str); 8] = [
        (
            "ppi.80211n-mac-phy.dbmant0.signal",
            "Signal of antenna 0, dBm",
        ),
        (
            "ppi.80211n-mac-phy.dbmant0.noise",
            "Noise of antenna 0, dBm",
        ),
        (
            "ppi.80211n-mac-phy.dbmant1.signal",
            "Signal of antenna 1, dBm",
        ),
        (
            "ppi.80211n-mac-phy.dbmant1.noise",
            "Noise of antenna 1, dBm",
        ),
        (
            "ppi.80211n-mac-phy.dbmant2.signal",
            "Signal of antenna 2, dBm",
        ),
        (
            "ppi.80211n-mac-phy.dbmant2.noise",
            "Noise of antenna 2, dBm",
        ),
        (
            "ppi.80211n-mac-phy.dbmant3.signal",
            "Signal of antenna 3, dBm",
        ),
        (
            "ppi.80211n-mac-phy.dbmant3.noise",
            "Noise of antenna 3, dBm",
        ),
    ];
    const ERRORS: [(&str, &str); 4] = [
        ("ppi.80211n-mac-phy.evm0", "Error vector 0"),
        ("ppi.80211n-mac-phy.evm1", "Error vector 1"),
        ("ppi.80211n-mac-phy.evm2", "Error vector 2"),
        ("ppi.80211n-mac-phy.evm3", "Error vector 3"),
    ];
    mac(ppi, false)?;
    for (name, label) in NUMBERS {
        ppi.field(name, label, be_u8())?;
    }
    let name = "ppi.80211-mac-phy.ext-chan.freq";
    ppi.field(name, "Extension channel, MHz", le_u16())?;
    channel_flags(ppi, "ppi.80211-mac-phy.ext-chan.flags", &EXTENSION_CHANNEL)?;
    for (name, label) in STRENGTHS {
        ppi.field(name, label, be_i8())?;
    }
    for (name, label) in ERRORS {
        ppi.field(name, label, le_u32())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::test_support::layer;

    #[test]
    fn what_is_common() {
        assert_eq!(
            layer(
                "ppi",
                192,
                "00 00 2000 69000000 0200 1400 0102030405060708 0100 0c00 6c09 a000 01 02 d0 a0 d400 0000 020000000001 01020304"
            ),
            "\
             Per-packet information: 32 bytes [0..32]\n\
             \x20 Version: 0 [0..1]\n\
             \x20 Flags: 0x00 [1..2]\n\
             \x20   Aligned: Not set [1..2]\n\
             \x20   Reserved: 0x00 [1..2]\n\
             \x20 Length: 32 [2..4]\n\
             \x20 Link type: 802.11 (105) [4..8]\n\
             \x20 Field: 802.11-Common (2) [8..32]\n\
             \x20   Type: 802.11-Common (2) [8..10]\n\
             \x20   Length: 20 [10..12]\n\
             \x20   Time: 578437695752307201 [12..20]\n\
             \x20   Flags: 0x0001 [20..22]\n\
             \x20     Check sequence: Set [20..22]\n\
             \x20     Time in: microseconds [20..22]\n\
             \x20     Check sequence is: Valid [20..22]\n\
             \x20     PHY error: Not set [20..22]\n\
             \x20   Rate, kbit/s: 6000 [22..24]\n\
             \x20   Frequency, MHz: 2412 [24..26]\n\
             \x20   Channel flags: 0x00a0 [26..28]\n\
             \x20     Turbo: Not set [26..28]\n\
             \x20     CCK: Set [26..28]\n\
             \x20     OFDM: Not set [26..28]\n\
             \x20     2 GHz: Set [26..28]\n\
             \x20     5 GHz: Not set [26..28]\n\
             \x20     Passive: Not set [26..28]\n\
             \x20     Dynamic CCK and OFDM: Not set [26..28]\n\
             \x20     GFSK: Not set [26..28]\n\
             \x20   Hop set: 0x01 [28..29]\n\
             \x20   Hop pattern: 0x02 [29..30]\n\
             \x20   Signal, dBm: -48 [30..31]\n\
             \x20   Noise, dBm: -96 [31..32]\n"
        );
    }

    #[test]
    fn aligned_fields() {
        assert_eq!(
            layer(
                "ppi",
                192,
                "00 01 1000 01000000 3175 0200 0102 0000 020000000002 0200000000aa 9000 0000"
            ),
            "\
             Per-packet information: 16 bytes [0..16]\n\
             \x20 Version: 0 [0..1]\n\
             \x20 Flags: 0x01 [1..2]\n\
             \x20   Aligned: Set [1..2]\n\
             \x20   Reserved: 0x00 [1..2]\n\
             \x20 Length: 16 [2..4]\n\
             \x20 Link type: Ethernet (1) [4..8]\n\
             \x20 Field: 30001 [8..14]\n\
             \x20   Type: 30001 [8..10]\n\
             \x20   Length: 2 [10..12]\n\
             \x20   Data: 0102 [12..14]\n"
        );
    }

    #[test]
    fn of_a_fast_network() {
        assert_eq!(
            layer(
                "ppi",
                192,
                "00 00 1800 69000000 0300 0c00 13000000 05000000 02 000000 d400 0000 020000000001"
            ),
            "\
             Per-packet information: 24 bytes [0..24]\n\
             \x20 Version: 0 [0..1]\n\
             \x20 Flags: 0x00 [1..2]\n\
             \x20   Aligned: Not set [1..2]\n\
             \x20   Reserved: 0x00 [1..2]\n\
             \x20 Length: 24 [2..4]\n\
             \x20 Link type: 802.11 (105) [4..8]\n\
             \x20 Field: 802.11n MAC Extensions (3) [8..24]\n\
             \x20   Type: 802.11n MAC Extensions (3) [8..10]\n\
             \x20   Length: 12 [10..12]\n\
             \x20   Flags: 0x00000013 [12..16]\n\
             \x20     Greenfield: Set [12..16]\n\
             \x20     40 MHz: Set [12..16]\n\
             \x20     Short guard interval: Not set [12..16]\n\
             \x20     Duplicate: Not set [12..16]\n\
             \x20     Aggregate: Set [12..16]\n\
             \x20     More aggregates: Not set [12..16]\n\
             \x20     Check error after this frame: Not set [12..16]\n\
             \x20   A-MPDU: 0x00000005 [16..20]\n\
             \x20   Delimiters: 2 [20..21]\n\
             \x20   Reserved: 0x000000 [21..24]\n"
        );
    }

    #[test]
    fn a_field_longer_than_the_header() {
        assert_eq!(
            layer(
                "ppi",
                192,
                "00 00 0c00 69000000 0200 1400 d400 0000 020000000001"
            ),
            "\
             Per-packet information: 12 bytes [0..12]\n\
             \x20 Version: 0 [0..1]\n\
             \x20 Flags: 0x00 [1..2]\n\
             \x20   Aligned: Not set [1..2]\n\
             \x20   Reserved: 0x00 [1..2]\n\
             \x20 Length: 12 [2..4]\n\
             \x20 Link type: 802.11 (105) [4..8]\n\
             \x20 Field: 802.11-Common (2) [8..12]\n\
             \x20   Type: 802.11-Common (2) [8..10]\n\
             \x20   Length: 20 [10..12]\n\
             \x20 Note: malformed: ppi.field_len does not fit\n"
        );
    }

    #[test]
    fn a_header_that_is_too_short() {
        assert_eq!(
            layer("ppi", 192, "00 00 0700 69000000"),
            "\
             Per-packet information: 7 bytes [0..8]\n\
             \x20 Version: 0 [0..1]\n\
             \x20 Flags: 0x00 [1..2]\n\
             \x20   Aligned: Not set [1..2]\n\
             \x20   Reserved: 0x00 [1..2]\n\
             \x20 Length: 7 [2..4]\n\
             \x20 Link type: 802.11 (105) [4..8]\n\
             \x20 Note: malformed: ppi.length does not fit\n"
        );
    }
}
