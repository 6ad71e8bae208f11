//! What a receiver tells of a frame of wireless LAN: radiotap.org.

use crate::{
    Base, Dissector, FieldDef, Layer, LinkType, OsiLayer, Outcome, Selector, Severity, Stop, Value,
    link::wlan, value::named,
};
use nom::{
    bytes::take,
    number::{be_i8, be_u8, le_u16, le_u32, le_u64},
};

/// Radiotap.
pub const DISSECTOR: Dissector = Dissector {
    name: "radiotap",
    label: "Radiotap header",
    column: "Radiotap",
    layer: OsiLayer::DataLink,
    selectors: &[Selector::LinkType(LinkType::WIFI_RADIOTAP)],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::u8("radiotap.version"),
    FieldDef::u8("radiotap.pad"),
    FieldDef::u16("radiotap.length"),
    FieldDef::none("radiotap.present"),
    FieldDef::hex32("radiotap.present.word"),
    FieldDef::flag("radiotap.present.tsft"),
    FieldDef::flag("radiotap.present.flags"),
    FieldDef::flag("radiotap.present.rate"),
    FieldDef::flag("radiotap.present.channel"),
    FieldDef::flag("radiotap.present.fhss"),
    FieldDef::flag("radiotap.present.dbm_antsignal"),
    FieldDef::flag("radiotap.present.dbm_antnoise"),
    FieldDef::flag("radiotap.present.lock_quality"),
    FieldDef::flag("radiotap.present.tx_attenuation"),
    FieldDef::flag("radiotap.present.db_tx_attenuation"),
    FieldDef::flag("radiotap.present.dbm_tx_power"),
    FieldDef::flag("radiotap.present.antenna"),
    FieldDef::flag("radiotap.present.db_antsignal"),
    FieldDef::flag("radiotap.present.db_antnoise"),
    FieldDef::flag("radiotap.present.rxflags"),
    FieldDef::flag("radiotap.present.txflags"),
    FieldDef::flag("radiotap.present.data_retries"),
    FieldDef::flag("radiotap.present.xchannel"),
    FieldDef::flag("radiotap.present.mcs"),
    FieldDef::flag("radiotap.present.ampdu"),
    FieldDef::flag("radiotap.present.vht"),
    FieldDef::flag("radiotap.present.timestamp"),
    FieldDef::flag("radiotap.present.he"),
    FieldDef::flag("radiotap.present.he_mu"),
    FieldDef::flag("radiotap.present.0_length.psdu"),
    FieldDef::flag("radiotap.present.l_sig"),
    FieldDef::flag("radiotap.present.tlv"),
    FieldDef::flag("radiotap.present.rtap_ns"),
    FieldDef::flag("radiotap.present.vendor_ns"),
    FieldDef::flag("radiotap.present.ext"),
    FieldDef::u64("radiotap.mactime"),
    FieldDef::hex8("radiotap.flags"),
    FieldDef::flag("radiotap.flags.cfp"),
    FieldDef::flag("radiotap.flags.preamble").means("Short", "Long"),
    FieldDef::flag("radiotap.flags.wep"),
    FieldDef::flag("radiotap.flags.frag"),
    FieldDef::flag("radiotap.flags.fcs"),
    FieldDef::flag("radiotap.flags.datapad"),
    FieldDef::flag("radiotap.flags.badfcs"),
    FieldDef::flag("radiotap.flags.shortgi"),
    FieldDef::float("radiotap.datarate"),
    FieldDef::u32("radiotap.channel.freq"),
    FieldDef::hex16("radiotap.channel.flags"),
    FieldDef::flag("radiotap.channel.flags.700mhz"),
    FieldDef::flag("radiotap.channel.flags.800mhz"),
    FieldDef::flag("radiotap.channel.flags.900mhz"),
    FieldDef::flag("radiotap.channel.flags.turbo"),
    FieldDef::flag("radiotap.channel.flags.cck"),
    FieldDef::flag("radiotap.channel.flags.ofdm"),
    FieldDef::flag("radiotap.channel.flags.2ghz"),
    FieldDef::flag("radiotap.channel.flags.5ghz"),
    FieldDef::flag("radiotap.channel.flags.passive"),
    FieldDef::flag("radiotap.channel.flags.dynamic"),
    FieldDef::flag("radiotap.channel.flags.gfsk"),
    FieldDef::flag("radiotap.channel.flags.gsm"),
    FieldDef::flag("radiotap.channel.flags.sturbo"),
    FieldDef::flag("radiotap.channel.flags.half"),
    FieldDef::flag("radiotap.channel.flags.quarter"),
    FieldDef::u8("radiotap.fhss.hopset"),
    FieldDef::u8("radiotap.fhss.pattern"),
    FieldDef::i8("radiotap.dbm_antsignal"),
    FieldDef::i8("radiotap.dbm_antnoise"),
    FieldDef::u16("radiotap.quality"),
    FieldDef::u16("radiotap.txattenuation"),
    FieldDef::u16("radiotap.db_txattenuation"),
    FieldDef::i8("radiotap.txpower"),
    FieldDef::u32("radiotap.antenna"),
    FieldDef::u8("radiotap.db_antsignal"),
    FieldDef::u8("radiotap.db_antnoise"),
    FieldDef::hex16("radiotap.rxflags"),
    FieldDef::flag("radiotap.rxflags.badplcp"),
    FieldDef::hex16("radiotap.txflags"),
    FieldDef::flag("radiotap.rxflags.fail"),
    FieldDef::flag("radiotap.rxflags.cts"),
    FieldDef::flag("radiotap.rxflags.rts"),
    FieldDef::flag("radiotap.rxflags.noack"),
    FieldDef::flag("radiotap.rxflags.noseqno"),
    FieldDef::flag("radiotap.rxflags.order"),
    FieldDef::u8("radiotap.data_retries"),
    FieldDef::none("radiotap.mcs"),
    FieldDef::hex8("radiotap.mcs.known"),
    FieldDef::flag("radiotap.mcs.have_bw").means("Present", "Absent"),
    FieldDef::flag("radiotap.mcs.have_index").means("Present", "Absent"),
    FieldDef::flag("radiotap.mcs.have_gi").means("Present", "Absent"),
    FieldDef::flag("radiotap.mcs.have_format").means("Present", "Absent"),
    FieldDef::flag("radiotap.mcs.have_fec").means("Present", "Absent"),
    FieldDef::flag("radiotap.mcs.have_stbc").means("Present", "Absent"),
    FieldDef::flag("radiotap.mcs.have_ness").means("Present", "Absent"),
    FieldDef::u8("radiotap.mcs.bw").names(&[Bandwidth::NAMES]),
    FieldDef::u8("radiotap.mcs.gi").names(&[Guard::NAMES]),
    FieldDef::u8("radiotap.mcs.format").names(&[Format::NAMES]),
    FieldDef::u8("radiotap.mcs.fec").names(&[Correction::NAMES]),
    FieldDef::u8("radiotap.mcs.stbc"),
    FieldDef::u8("radiotap.mcs.index"),
    FieldDef::none("radiotap.ampdu"),
    FieldDef::u32("radiotap.ampdu.reference"),
    FieldDef::hex16("radiotap.ampdu.flags"),
    FieldDef::flag("radiotap.ampdu.flags.report_zerolen"),
    FieldDef::flag("radiotap.ampdu.flags.is_zerolen"),
    FieldDef::flag("radiotap.ampdu.flags.lastknown"),
    FieldDef::flag("radiotap.ampdu.flags.last"),
    FieldDef::flag("radiotap.ampdu.flags.delim_crc_error"),
    FieldDef::flag("radiotap.ampdu.flags.eof"),
    FieldDef::flag("radiotap.ampdu.flags.eof_known"),
    FieldDef::none("radiotap.timestamp"),
    FieldDef::u64("radiotap.timestamp.ts"),
    FieldDef::u16("radiotap.timestamp.accuracy"),
    FieldDef::u8("radiotap.timestamp.unit").names(&[Unit::NAMES]),
    FieldDef::u8("radiotap.timestamp.samplingpos").names(&[Position::NAMES]),
    FieldDef::flag("radiotap.timestamp.flags.32bit").means("Yes", "No"),
    FieldDef::flag("radiotap.timestamp.flags.accuracy").means("Present", "Absent"),
];

named! {
    /// The width of the channel.
    Bandwidth(u8, Dec) {
        W20 = 0 => "20 MHz",
        W40 = 1 => "40 MHz",
        LOWER = 2 => "20 MHz lower",
        UPPER = 3 => "20 MHz upper",
    }
    /// The guard interval.
    Guard(u8, Dec) {
        LONG = 0 => "long",
        SHORT = 1 => "short",
    }
    /// The format of the frame.
    Format(u8, Dec) {
        MIXED = 0 => "mixed",
        GREENFIELD = 1 => "greenfield",
    }
    /// The forward error correction.
    Correction(u8, Dec) {
        BCC = 0 => "BCC",
        LDPC = 1 => "LDPC",
    }
    /// The unit of a time stamp.
    Unit(u8, Dec) {
        MILLI = 0 => "msec",
        MICRO = 1 => "usec",
        NANO = 2 => "nsec",
    }
    /// When a time stamp was taken.
    Position(u8, Dec) {
        FIRST = 0 => "first MPDU bit/symbol",
        SIGNAL = 1 => "signal acquisition",
        END = 2 => "end of frame",
        UNDEFINED = 15 => "undefined",
    }
}

/// A bit of the words that tell which fields are there, in the order of the fields.
const PRESENT: [(&str, &str, u64); 30] = [
    ("radiotap.present.tsft", "Time", 1),
    ("radiotap.present.flags", "Flags", 1 << 1),
    ("radiotap.present.rate", "Rate", 1 << 2),
    ("radiotap.present.channel", "Channel", 1 << 3),
    ("radiotap.present.fhss", "FHSS", 1 << 4),
    ("radiotap.present.dbm_antsignal", "Signal, dBm", 1 << 5),
    ("radiotap.present.dbm_antnoise", "Noise, dBm", 1 << 6),
    ("radiotap.present.lock_quality", "Lock quality", 1 << 7),
    ("radiotap.present.tx_attenuation", "TX attenuation", 1 << 8),
    (
        "radiotap.present.db_tx_attenuation",
        "TX attenuation, dB",
        1 << 9,
    ),
    ("radiotap.present.dbm_tx_power", "TX power", 1 << 10),
    ("radiotap.present.antenna", "Antenna", 1 << 11),
    ("radiotap.present.db_antsignal", "Signal, dB", 1 << 12),
    ("radiotap.present.db_antnoise", "Noise, dB", 1 << 13),
    ("radiotap.present.rxflags", "RX flags", 1 << 14),
    ("radiotap.present.txflags", "TX flags", 1 << 15),
    ("radiotap.present.data_retries", "Retries", 1 << 17),
    ("radiotap.present.xchannel", "Extended channel", 1 << 18),
    ("radiotap.present.mcs", "MCS", 1 << 19),
    ("radiotap.present.ampdu", "A-MPDU", 1 << 20),
    ("radiotap.present.vht", "VHT", 1 << 21),
    ("radiotap.present.timestamp", "Time stamp", 1 << 22),
    ("radiotap.present.he", "HE", 1 << 23),
    ("radiotap.present.he_mu", "HE-MU", 1 << 24),
    ("radiotap.present.0_length.psdu", "No PSDU", 1 << 26),
    ("radiotap.present.l_sig", "L-SIG", 1 << 27),
    ("radiotap.present.tlv", "TLVs", 1 << 28),
    ("radiotap.present.rtap_ns", "Radiotap namespace", 1 << 29),
    ("radiotap.present.vendor_ns", "Vendor namespace", 1 << 30),
    ("radiotap.present.ext", "Another word", 1 << 31),
];

/// More words than this are an attack: each antenna has one.
const MAX_WORDS: usize = 16;

/// What the frame itself is read with.
#[derive(Clone, Copy, Default)]
struct Frame {
    fcs: bool,
    padded: bool,
}

fn dissect(radiotap: &mut Layer) -> Outcome {
    radiotap.field("radiotap.version", "Version", be_u8())?;
    radiotap.field("radiotap.pad", "Padding", be_u8())?;
    let length = usize::from(radiotap.field("radiotap.length", "Length", le_u16())?);
    radiotap.title(|| format!("{length} bytes"));
    radiotap.info(|| "Radiotap".to_owned());
    // The version, the padding, the length and one word.
    let Some(inside) = length.checked_sub(4).filter(|&inside| inside >= 4) else {
        return radiotap.malformed("radiotap.length");
    };
    if inside > radiotap.reported() {
        return radiotap.malformed("radiotap.length");
    }
    let mut frame = Frame::default();
    radiotap.within(inside, |radiotap| fields(radiotap, &mut frame))?;
    Ok(wlan::inside(frame.fcs, frame.padded))
}

fn fields(radiotap: &mut Layer, frame: &mut Frame) -> Result<(), Stop> {
    let mut words = [0; MAX_WORDS];
    let mut count = 0;
    radiotap.group("radiotap.present", "Present", |radiotap| {
        for slot in &mut words {
            let name = "radiotap.present.word";
            *slot = radiotap.flags(name, "Word", Base::Hex(8), le_u32(), |bits| {
                for (name, label, mask) in PRESENT {
                    bits.flag(name, label, mask);
                }
            })?;
            count += 1;
            if *slot >> 31 == 0 {
                break;
            }
        }
        Ok(())
    })?;
    let mut vendor = false;
    for word in words.into_iter().take(count) {
        for bit in 0..29 {
            if word >> bit & 1 == 0 {
                continue;
            }
            // What is not known has no known length.
            let Some((size, alignment)) = (!vendor).then(|| extent(bit)).flatten() else {
                return rest(radiotap);
            };
            align(radiotap, alignment);
            if size > radiotap.reported() {
                radiotap.note(Severity::Warning, || {
                    "the header ends inside a field that it names".to_owned()
                });
                return rest(radiotap);
            }
            radiotap.within(size, |radiotap| field(radiotap, bit, frame))?;
        }
        vendor = match word >> 29 & 3 {
            0 => vendor,
            1 => false,
            _ => true,
        };
    }
    rest(radiotap)
}

/// Shows what was not read.
fn rest(radiotap: &mut Layer) -> Result<(), Stop> {
    let length = radiotap.reported();
    if length > 0 {
        radiotap.field("", "Further fields", take(length))?;
    }
    Ok(())
}

/// Fields are aligned from the beginning of the header.
fn align(radiotap: &mut Layer, alignment: usize) {
    let offset = (radiotap.offset() - radiotap.layer_start()) as usize;
    radiotap.skip(offset.next_multiple_of(alignment) - offset);
}

/// Returns the length of a field, and what it is aligned to.
fn extent(bit: u32) -> Option<(usize, usize)> {
    Some(match bit {
        0 => (8, 8),
        1 | 2 | 5 | 6 | 10..=13 | 17 => (1, 1),
        3 => (4, 2),
        4 => (2, 1),
        7..=9 | 14 | 15 => (2, 2),
        18 => (8, 4),
        19 => (3, 1),
        20 => (8, 4),
        21 => (12, 2),
        22 => (12, 8),
        23 => (12, 2),
        24 => (12, 2),
        26 => (1, 1),
        27 => (4, 2),
        _ => return None,
    })
}

fn field(radiotap: &mut Layer, bit: u32, frame: &mut Frame) -> Result<(), Stop> {
    match bit {
        0 => _ = radiotap.field("radiotap.mactime", "Time, µs", le_u64())?,
        1 => flags(radiotap, frame)?,
        2 => {
            radiotap.field_shown("radiotap.datarate", "Rate, Mbit/s", be_u8(), |rate: u8| {
                Value::Single(f32::from(rate) / 2.0)
            })?;
        }
        3 => channel(radiotap)?,
        4 => {
            radiotap.field("radiotap.fhss.hopset", "Hop set", be_u8())?;
            radiotap.field("radiotap.fhss.pattern", "Hop pattern", be_u8())?;
        }
        5 => _ = radiotap.field("radiotap.dbm_antsignal", "Signal, dBm", be_i8())?,
        6 => _ = radiotap.field("radiotap.dbm_antnoise", "Noise, dBm", be_i8())?,
        7 => _ = radiotap.field("radiotap.quality", "Lock quality", le_u16())?,
        8 => _ = radiotap.field("radiotap.txattenuation", "TX attenuation", le_u16())?,
        9 => {
            let name = "radiotap.db_txattenuation";
            radiotap.field(name, "TX attenuation, dB", le_u16())?;
        }
        10 => _ = radiotap.field("radiotap.txpower", "TX power, dBm", be_i8())?,
        11 => _ = radiotap.field("radiotap.antenna", "Antenna", be_u8())?,
        12 => _ = radiotap.field("radiotap.db_antsignal", "Signal, dB", be_u8())?,
        13 => _ = radiotap.field("radiotap.db_antnoise", "Noise, dB", be_u8())?,
        14 => {
            let name = "radiotap.rxflags";
            radiotap.flags(name, "RX flags", Base::Hex(4), le_u16(), |bits| {
                bits.flag("radiotap.rxflags.badplcp", "Bad PLCP", 0x0002);
            })?;
        }
        15 => {
            let name = "radiotap.txflags";
            radiotap.flags(name, "TX flags", Base::Hex(4), le_u16(), |bits| {
                bits.flag("radiotap.rxflags.fail", "Failed", 0x0001);
                bits.flag("radiotap.rxflags.cts", "CTS", 0x0002);
                bits.flag("radiotap.rxflags.rts", "RTS", 0x0004);
                bits.flag("radiotap.rxflags.noack", "No acknowledgment", 0x0008);
                bits.flag("radiotap.rxflags.noseqno", "No sequence number", 0x0010);
                bits.flag("radiotap.rxflags.order", "Ordered", 0x0020);
            })?;
        }
        17 => _ = radiotap.field("radiotap.data_retries", "Retries", be_u8())?,
        19 => radiotap.group("radiotap.mcs", "MCS", |radiotap| modulation(radiotap))?,
        20 => radiotap.group("radiotap.ampdu", "A-MPDU", |radiotap| {
            radiotap.field("radiotap.ampdu.reference", "Reference", le_u32())?;
            let name = "radiotap.ampdu.flags";
            radiotap.flags(name, "Flags", Base::Hex(4), le_u16(), |bits| {
                bits.flag(
                    "radiotap.ampdu.flags.report_zerolen",
                    "Reports length 0",
                    0x0001,
                );
                bits.flag("radiotap.ampdu.flags.is_zerolen", "Length is 0", 0x0002);
                bits.flag("radiotap.ampdu.flags.lastknown", "Last is known", 0x0004);
                bits.flag("radiotap.ampdu.flags.last", "Last", 0x0008);
                bits.flag(
                    "radiotap.ampdu.flags.delim_crc_error",
                    "Delimiter CRC error",
                    0x0010,
                );
                bits.flag("radiotap.ampdu.flags.eof", "EOF", 0x0040);
                bits.flag("radiotap.ampdu.flags.eof_known", "EOF is known", 0x0080);
            })?;
            Ok(())
        })?,
        22 => radiotap.group("radiotap.timestamp", "Time stamp", |radiotap| {
            radiotap.field("radiotap.timestamp.ts", "Time", le_u64())?;
            radiotap.field("radiotap.timestamp.accuracy", "Accuracy", le_u16())?;
            radiotap.word("radiotap.timestamp.unit", be_u8(), |bits| {
                bits.value("radiotap.timestamp.unit", "Unit", 0x0f, |v| Unit(v as u8));
                let name = "radiotap.timestamp.samplingpos";
                bits.value(name, "Position", 0xf0, |v| Position(v as u8));
            })?;
            radiotap.word("radiotap.timestamp.flags.32bit", be_u8(), |bits| {
                let name = "radiotap.timestamp.flags.32bit";
                bits.flag_meaning(name, "32-bit counter", 0x01, "Yes", "No");
                let name = "radiotap.timestamp.flags.accuracy";
                bits.flag_meaning(name, "Accuracy is", 0x02, "Present", "Absent");
            })?;
            Ok(())
        })?,
        _ => rest(radiotap)?,
    }
    Ok(())
}

fn flags(radiotap: &mut Layer, frame: &mut Frame) -> Result<(), Stop> {
    let name = "radiotap.flags";
    let flags = radiotap.flags(name, "Flags", Base::Hex(2), be_u8(), |bits| {
        bits.flag("radiotap.flags.cfp", "Contention-free period", 0x01);
        bits.flag_meaning("radiotap.flags.preamble", "Preamble", 0x02, "Short", "Long");
        bits.flag("radiotap.flags.wep", "WEP", 0x04);
        bits.flag("radiotap.flags.frag", "Fragmentation", 0x08);
        bits.flag("radiotap.flags.fcs", "Check sequence at the end", 0x10);
        bits.flag("radiotap.flags.datapad", "Padded header", 0x20);
        bits.flag("radiotap.flags.badfcs", "Bad check sequence", 0x40);
        bits.flag("radiotap.flags.shortgi", "Short guard interval", 0x80);
    })?;
    frame.fcs = flags & 0x10 != 0;
    frame.padded = flags & 0x20 != 0;
    Ok(())
}

/// What is known of the modulation, and those parts that are.
fn modulation(radiotap: &mut Layer) -> Result<(), Stop> {
    let name = "radiotap.mcs.known";
    let known = radiotap.flags(name, "Known", Base::Hex(2), be_u8(), |bits| {
        for (name, label, mask) in [
            ("radiotap.mcs.have_bw", "Bandwidth", 0x01),
            ("radiotap.mcs.have_index", "Index", 0x02),
            ("radiotap.mcs.have_gi", "Guard interval", 0x04),
            ("radiotap.mcs.have_format", "Format", 0x08),
            ("radiotap.mcs.have_fec", "FEC", 0x10),
            ("radiotap.mcs.have_stbc", "STBC", 0x20),
            ("radiotap.mcs.have_ness", "Extension streams", 0x40),
        ] {
            bits.flag_meaning(name, label, mask, "Present", "Absent");
        }
    })?;
    radiotap.word("radiotap.mcs.bw", be_u8(), |bits| {
        if known & 0x01 != 0 {
            bits.value("radiotap.mcs.bw", "Bandwidth", 0x03, |v| Bandwidth(v as u8));
        }
        if known & 0x04 != 0 {
            bits.value("radiotap.mcs.gi", "Guard interval", 0x04, |v| {
                Guard(v as u8)
            });
        }
        if known & 0x08 != 0 {
            bits.value("radiotap.mcs.format", "Format", 0x08, |v| Format(v as u8));
        }
        if known & 0x10 != 0 {
            bits.value("radiotap.mcs.fec", "FEC", 0x10, |v| Correction(v as u8));
        }
        if known & 0x20 != 0 {
            bits.number("radiotap.mcs.stbc", "STBC streams", 0x60);
        }
    })?;
    match known & 0x02 {
        0 => radiotap.skip(1),
        _ => _ = radiotap.field("radiotap.mcs.index", "Index", be_u8())?,
    }
    Ok(())
}

fn channel(radiotap: &mut Layer) -> Result<(), Stop> {
    radiotap.field("radiotap.channel.freq", "Frequency, MHz", le_u16())?;
    let name = "radiotap.channel.flags";
    radiotap.flags(name, "Channel flags", Base::Hex(4), le_u16(), |bits| {
        bits.flag("radiotap.channel.flags.700mhz", "700 MHz", 0x0001);
        bits.flag("radiotap.channel.flags.800mhz", "800 MHz", 0x0002);
        bits.flag("radiotap.channel.flags.900mhz", "900 MHz", 0x0004);
        bits.flag("radiotap.channel.flags.turbo", "Turbo", 0x0010);
        bits.flag("radiotap.channel.flags.cck", "CCK", 0x0020);
        bits.flag("radiotap.channel.flags.ofdm", "OFDM", 0x0040);
        bits.flag("radiotap.channel.flags.2ghz", "2 GHz", 0x0080);
        bits.flag("radiotap.channel.flags.5ghz", "5 GHz", 0x0100);
        bits.flag("radiotap.channel.flags.passive", "Passive", 0x0200);
        bits.flag(
            "radiotap.channel.flags.dynamic",
            "Dynamic CCK and OFDM",
            0x0400,
        );
        bits.flag("radiotap.channel.flags.gfsk", "GFSK", 0x0800);
        bits.flag("radiotap.channel.flags.gsm", "GSM", 0x1000);
        bits.flag("radiotap.channel.flags.sturbo", "Static turbo", 0x2000);
        bits.flag("radiotap.channel.flags.half", "Half rate", 0x4000);
        bits.flag("radiotap.channel.flags.quarter", "Quarter rate", 0x8000);
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn what_is_usual() {
        assert_eq!(
            layer(
                "radiotap",
                127,
                "0000 1b00 2f480000 0102030405060708 10 0c 8509 a000 d8 a1 01 0000 d400 0000 020000000001 01020304"
            ),
            "\
             Radiotap header: 27 bytes [0..27]\n\
             \x20 Version: 0 [0..1]\n\
             \x20 Padding: 0 [1..2]\n\
             \x20 Length: 27 [2..4]\n\
             \x20 Present [4..8]\n\
             \x20   Word: 0x0000482f [4..8]\n\
             \x20     Time: Set [4..8]\n\
             \x20     Flags: Set [4..8]\n\
             \x20     Rate: Set [4..8]\n\
             \x20     Channel: Set [4..8]\n\
             \x20     FHSS: Not set [4..8]\n\
             \x20     Signal, dBm: Set [4..8]\n\
             \x20     Noise, dBm: Not set [4..8]\n\
             \x20     Lock quality: Not set [4..8]\n\
             \x20     TX attenuation: Not set [4..8]\n\
             \x20     TX attenuation, dB: Not set [4..8]\n\
             \x20     TX power: Not set [4..8]\n\
             \x20     Antenna: Set [4..8]\n\
             \x20     Signal, dB: Not set [4..8]\n\
             \x20     Noise, dB: Not set [4..8]\n\
             \x20     RX flags: Set [4..8]\n\
             \x20     TX flags: Not set [4..8]\n\
             \x20     Retries: Not set [4..8]\n\
             \x20     Extended channel: Not set [4..8]\n\
             \x20     MCS: Not set [4..8]\n\
             \x20     A-MPDU: Not set [4..8]\n\
             \x20     VHT: Not set [4..8]\n\
             \x20     Time stamp: Not set [4..8]\n\
             \x20     HE: Not set [4..8]\n\
             \x20     HE-MU: Not set [4..8]\n\
             \x20     No PSDU: Not set [4..8]\n\
             \x20     L-SIG: Not set [4..8]\n\
             \x20     TLVs: Not set [4..8]\n\
             \x20     Radiotap namespace: Not set [4..8]\n\
             \x20     Vendor namespace: Not set [4..8]\n\
             \x20     Another word: Not set [4..8]\n\
             \x20 Time, µs: 578437695752307201 [8..16]\n\
             \x20 Flags: 0x10 [16..17]\n\
             \x20   Contention-free period: Not set [16..17]\n\
             \x20   Preamble: Long [16..17]\n\
             \x20   WEP: Not set [16..17]\n\
             \x20   Fragmentation: Not set [16..17]\n\
             \x20   Check sequence at the end: Set [16..17]\n\
             \x20   Padded header: Not set [16..17]\n\
             \x20   Bad check sequence: Not set [16..17]\n\
             \x20   Short guard interval: Not set [16..17]\n\
             \x20 Rate, Mbit/s: 6 [17..18]\n\
             \x20 Frequency, MHz: 2437 [18..20]\n\
             \x20 Channel flags: 0x00a0 [20..22]\n\
             \x20   700 MHz: Not set [20..22]\n\
             \x20   800 MHz: Not set [20..22]\n\
             \x20   900 MHz: Not set [20..22]\n\
             \x20   Turbo: Not set [20..22]\n\
             \x20   CCK: Set [20..22]\n\
             \x20   OFDM: Not set [20..22]\n\
             \x20   2 GHz: Set [20..22]\n\
             \x20   5 GHz: Not set [20..22]\n\
             \x20   Passive: Not set [20..22]\n\
             \x20   Dynamic CCK and OFDM: Not set [20..22]\n\
             \x20   GFSK: Not set [20..22]\n\
             \x20   GSM: Not set [20..22]\n\
             \x20   Static turbo: Not set [20..22]\n\
             \x20   Half rate: Not set [20..22]\n\
             \x20   Quarter rate: Not set [20..22]\n\
             \x20 Signal, dBm: -40 [22..23]\n\
             \x20 Antenna: 161 [23..24]\n\
             \x20 RX flags: 0x0001 [24..26]\n\
             \x20   Bad PLCP: Not set [24..26]\n\
             \x20 Further fields: 00 [26..27]\n"
        );
    }

    #[test]
    fn several_words() {
        assert_eq!(
            layer(
                "radiotap",
                127,
                "0000 1200 20000080 20080000 d0 d1 01  0000 00 d400 0000 020000000001"
            ),
            "\
             Radiotap header: 18 bytes [0..18]\n\
             \x20 Version: 0 [0..1]\n\
             \x20 Padding: 0 [1..2]\n\
             \x20 Length: 18 [2..4]\n\
             \x20 Present [4..12]\n\
             \x20   Word: 0x80000020 [4..8]\n\
             \x20     Time: Not set [4..8]\n\
             \x20     Flags: Not set [4..8]\n\
             \x20     Rate: Not set [4..8]\n\
             \x20     Channel: Not set [4..8]\n\
             \x20     FHSS: Not set [4..8]\n\
             \x20     Signal, dBm: Set [4..8]\n\
             \x20     Noise, dBm: Not set [4..8]\n\
             \x20     Lock quality: Not set [4..8]\n\
             \x20     TX attenuation: Not set [4..8]\n\
             \x20     TX attenuation, dB: Not set [4..8]\n\
             \x20     TX power: Not set [4..8]\n\
             \x20     Antenna: Not set [4..8]\n\
             \x20     Signal, dB: Not set [4..8]\n\
             \x20     Noise, dB: Not set [4..8]\n\
             \x20     RX flags: Not set [4..8]\n\
             \x20     TX flags: Not set [4..8]\n\
             \x20     Retries: Not set [4..8]\n\
             \x20     Extended channel: Not set [4..8]\n\
             \x20     MCS: Not set [4..8]\n\
             \x20     A-MPDU: Not set [4..8]\n\
             \x20     VHT: Not set [4..8]\n\
             \x20     Time stamp: Not set [4..8]\n\
             \x20     HE: Not set [4..8]\n\
             \x20     HE-MU: Not set [4..8]\n\
             \x20     No PSDU: Not set [4..8]\n\
             \x20     L-SIG: Not set [4..8]\n\
             \x20     TLVs: Not set [4..8]\n\
             \x20     Radiotap namespace: Not set [4..8]\n\
             \x20     Vendor namespace: Not set [4..8]\n\
             \x20     Another word: Set [4..8]\n\
             \x20   Word: 0x00000820 [8..12]\n\
             \x20     Time: Not set [8..12]\n\
             \x20     Flags: Not set [8..12]\n\
             \x20     Rate: Not set [8..12]\n\
             \x20     Channel: Not set [8..12]\n\
             \x20     FHSS: Not set [8..12]\n\
             \x20     Signal, dBm: Set [8..12]\n\
             \x20     Noise, dBm: Not set [8..12]\n\
             \x20     Lock quality: Not set [8..12]\n\
             \x20     TX attenuation: Not set [8..12]\n\
             \x20     TX attenuation, dB: Not set [8..12]\n\
             \x20     TX power: Not set [8..12]\n\
             \x20     Antenna: Set [8..12]\n\
             \x20     Signal, dB: Not set [8..12]\n\
             \x20     Noise, dB: Not set [8..12]\n\
             \x20     RX flags: Not set [8..12]\n\
             \x20     TX flags: Not set [8..12]\n\
             \x20     Retries: Not set [8..12]\n\
             \x20     Extended channel: Not set [8..12]\n\
             \x20     MCS: Not set [8..12]\n\
             \x20     A-MPDU: Not set [8..12]\n\
             \x20     VHT: Not set [8..12]\n\
             \x20     Time stamp: Not set [8..12]\n\
             \x20     HE: Not set [8..12]\n\
             \x20     HE-MU: Not set [8..12]\n\
             \x20     No PSDU: Not set [8..12]\n\
             \x20     L-SIG: Not set [8..12]\n\
             \x20     TLVs: Not set [8..12]\n\
             \x20     Radiotap namespace: Not set [8..12]\n\
             \x20     Vendor namespace: Not set [8..12]\n\
             \x20     Another word: Not set [8..12]\n\
             \x20 Signal, dBm: -48 [12..13]\n\
             \x20 Signal, dBm: -47 [13..14]\n\
             \x20 Antenna: 1 [14..15]\n\
             \x20 Further fields: 000000 [15..18]\n"
        );
    }

    #[test]
    fn an_index_of_modulations_and_an_aggregate() {
        assert_eq!(
            layer(
                "radiotap",
                127,
                "0000 1400 00001800 1f0407 00 01000000 0500 00 00 d400 0000 020000000001"
            ),
            "\
             Radiotap header: 20 bytes [0..20]\n\
             \x20 Version: 0 [0..1]\n\
             \x20 Padding: 0 [1..2]\n\
             \x20 Length: 20 [2..4]\n\
             \x20 Present [4..8]\n\
             \x20   Word: 0x00180000 [4..8]\n\
             \x20     Time: Not set [4..8]\n\
             \x20     Flags: Not set [4..8]\n\
             \x20     Rate: Not set [4..8]\n\
             \x20     Channel: Not set [4..8]\n\
             \x20     FHSS: Not set [4..8]\n\
             \x20     Signal, dBm: Not set [4..8]\n\
             \x20     Noise, dBm: Not set [4..8]\n\
             \x20     Lock quality: Not set [4..8]\n\
             \x20     TX attenuation: Not set [4..8]\n\
             \x20     TX attenuation, dB: Not set [4..8]\n\
             \x20     TX power: Not set [4..8]\n\
             \x20     Antenna: Not set [4..8]\n\
             \x20     Signal, dB: Not set [4..8]\n\
             \x20     Noise, dB: Not set [4..8]\n\
             \x20     RX flags: Not set [4..8]\n\
             \x20     TX flags: Not set [4..8]\n\
             \x20     Retries: Not set [4..8]\n\
             \x20     Extended channel: Not set [4..8]\n\
             \x20     MCS: Set [4..8]\n\
             \x20     A-MPDU: Set [4..8]\n\
             \x20     VHT: Not set [4..8]\n\
             \x20     Time stamp: Not set [4..8]\n\
             \x20     HE: Not set [4..8]\n\
             \x20     HE-MU: Not set [4..8]\n\
             \x20     No PSDU: Not set [4..8]\n\
             \x20     L-SIG: Not set [4..8]\n\
             \x20     TLVs: Not set [4..8]\n\
             \x20     Radiotap namespace: Not set [4..8]\n\
             \x20     Vendor namespace: Not set [4..8]\n\
             \x20     Another word: Not set [4..8]\n\
             \x20 MCS [8..11]\n\
             \x20   Known: 0x1f [8..9]\n\
             \x20     Bandwidth: Present [8..9]\n\
             \x20     Index: Present [8..9]\n\
             \x20     Guard interval: Present [8..9]\n\
             \x20     Format: Present [8..9]\n\
             \x20     FEC: Present [8..9]\n\
             \x20     STBC: Absent [8..9]\n\
             \x20     Extension streams: Absent [8..9]\n\
             \x20   Bandwidth: 20 MHz (0) [9..10]\n\
             \x20   Guard interval: short (1) [9..10]\n\
             \x20   Format: mixed (0) [9..10]\n\
             \x20   FEC: BCC (0) [9..10]\n\
             \x20   Index: 7 [10..11]\n\
             \x20 A-MPDU [12..18]\n\
             \x20   Reference: 1 [12..16]\n\
             \x20   Flags: 0x0005 [16..18]\n\
             \x20     Reports length 0: Set [16..18]\n\
             \x20     Length is 0: Not set [16..18]\n\
             \x20     Last is known: Set [16..18]\n\
             \x20     Last: Not set [16..18]\n\
             \x20     Delimiter CRC error: Not set [16..18]\n\
             \x20     EOF: Not set [16..18]\n\
             \x20     EOF is known: Not set [16..18]\n"
        );
    }

    #[test]
    fn a_time_stamp() {
        assert_eq!(
            layer(
                "radiotap",
                127,
                "0000 1400 00004000 0102030405060708 0a00 21 03 d400 0000 020000000001"
            ),
            "\
             Radiotap header: 20 bytes [0..20]\n\
             \x20 Version: 0 [0..1]\n\
             \x20 Padding: 0 [1..2]\n\
             \x20 Length: 20 [2..4]\n\
             \x20 Present [4..8]\n\
             \x20   Word: 0x00400000 [4..8]\n\
             \x20     Time: Not set [4..8]\n\
             \x20     Flags: Not set [4..8]\n\
             \x20     Rate: Not set [4..8]\n\
             \x20     Channel: Not set [4..8]\n\
             \x20     FHSS: Not set [4..8]\n\
             \x20     Signal, dBm: Not set [4..8]\n\
             \x20     Noise, dBm: Not set [4..8]\n\
             \x20     Lock quality: Not set [4..8]\n\
             \x20     TX attenuation: Not set [4..8]\n\
             \x20     TX attenuation, dB: Not set [4..8]\n\
             \x20     TX power: Not set [4..8]\n\
             \x20     Antenna: Not set [4..8]\n\
             \x20     Signal, dB: Not set [4..8]\n\
             \x20     Noise, dB: Not set [4..8]\n\
             \x20     RX flags: Not set [4..8]\n\
             \x20     TX flags: Not set [4..8]\n\
             \x20     Retries: Not set [4..8]\n\
             \x20     Extended channel: Not set [4..8]\n\
             \x20     MCS: Not set [4..8]\n\
             \x20     A-MPDU: Not set [4..8]\n\
             \x20     VHT: Not set [4..8]\n\
             \x20     Time stamp: Set [4..8]\n\
             \x20     HE: Not set [4..8]\n\
             \x20     HE-MU: Not set [4..8]\n\
             \x20     No PSDU: Not set [4..8]\n\
             \x20     L-SIG: Not set [4..8]\n\
             \x20     TLVs: Not set [4..8]\n\
             \x20     Radiotap namespace: Not set [4..8]\n\
             \x20     Vendor namespace: Not set [4..8]\n\
             \x20     Another word: Not set [4..8]\n\
             \x20 Time stamp [8..20]\n\
             \x20   Time: 578437695752307201 [8..16]\n\
             \x20   Accuracy: 10 [16..18]\n\
             \x20   Unit: usec (1) [18..19]\n\
             \x20   Position: end of frame (2) [18..19]\n\
             \x20   32-bit counter: Yes [19..20]\n\
             \x20   Accuracy is: Present [19..20]\n"
        );
    }

    #[test]
    fn a_field_that_is_not_there() {
        assert_eq!(
            layer("radiotap", 127, "0000 0800 01000000 d400 0000 020000000001"),
            "\
             Radiotap header: 8 bytes [0..8]\n\
             \x20 Version: 0 [0..1]\n\
             \x20 Padding: 0 [1..2]\n\
             \x20 Length: 8 [2..4]\n\
             \x20 Present [4..8]\n\
             \x20   Word: 0x00000001 [4..8]\n\
             \x20     Time: Set [4..8]\n\
             \x20     Flags: Not set [4..8]\n\
             \x20     Rate: Not set [4..8]\n\
             \x20     Channel: Not set [4..8]\n\
             \x20     FHSS: Not set [4..8]\n\
             \x20     Signal, dBm: Not set [4..8]\n\
             \x20     Noise, dBm: Not set [4..8]\n\
             \x20     Lock quality: Not set [4..8]\n\
             \x20     TX attenuation: Not set [4..8]\n\
             \x20     TX attenuation, dB: Not set [4..8]\n\
             \x20     TX power: Not set [4..8]\n\
             \x20     Antenna: Not set [4..8]\n\
             \x20     Signal, dB: Not set [4..8]\n\
             \x20     Noise, dB: Not set [4..8]\n\
             \x20     RX flags: Not set [4..8]\n\
             \x20     TX flags: Not set [4..8]\n\
             \x20     Retries: Not set [4..8]\n\
             \x20     Extended channel: Not set [4..8]\n\
             \x20     MCS: Not set [4..8]\n\
             \x20     A-MPDU: Not set [4..8]\n\
             \x20     VHT: Not set [4..8]\n\
             \x20     Time stamp: Not set [4..8]\n\
             \x20     HE: Not set [4..8]\n\
             \x20     HE-MU: Not set [4..8]\n\
             \x20     No PSDU: Not set [4..8]\n\
             \x20     L-SIG: Not set [4..8]\n\
             \x20     TLVs: Not set [4..8]\n\
             \x20     Radiotap namespace: Not set [4..8]\n\
             \x20     Vendor namespace: Not set [4..8]\n\
             \x20     Another word: Not set [4..8]\n\
             \x20   Note: the header ends inside a field that it names\n"
        );
    }

    #[test]
    fn a_header_that_is_too_short() {
        assert_eq!(
            layer("radiotap", 127, "0000 0400"),
            "\
             Radiotap header: 4 bytes [0..4]\n\
             \x20 Version: 0 [0..1]\n\
             \x20 Padding: 0 [1..2]\n\
             \x20 Length: 4 [2..4]\n\
             \x20 Note: malformed: radiotap.length does not fit\n"
        );
    }

    #[test]
    fn ends_in_the_word() {
        assert_eq!(
            cut("radiotap", 127, "0000 0800 0100", 64),
            "\
             Radiotap header: 8 bytes [0..6]\n\
             \x20 Version: 0 [0..1]\n\
             \x20 Padding: 0 [1..2]\n\
             \x20 Length: 8 [2..4]\n\
             \x20 Present [4..4]\n\
             \x20 Note: cut by the capture's size limit inside radiotap.present.word\n"
        );
    }
}
