//! What a receiver tells of a frame of wireless LAN: AbsoluteValue Systems' capture header,
//! tcpdump.org/linktypes/LINKTYPE_IEEE802_11_AVS.html.

use crate::{
    Dissector, FieldDef, Hex, Layer, LinkType, OsiLayer, Outcome, Selector, Value,
    link::{mac::mac, wlan},
    value::named,
};
use nom::{
    Parser,
    bytes::take,
    number::{be_i32, be_u8, be_u32, be_u64},
};

/// AVS capture header.
pub const DISSECTOR: Dissector = Dissector {
    name: "wlancap",
    label: "AVS capture header",
    column: "WLANCAP",
    layer: OsiLayer::DataLink,
    selectors: &[Selector::LinkType(LinkType::WIFI_AVS)],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::hex32("wlancap.magic"),
    FieldDef::u32("wlancap.version"),
    FieldDef::u32("wlancap.length"),
    FieldDef::u64("wlancap.mactime"),
    FieldDef::u64("wlancap.hosttime"),
    FieldDef::u32("wlancap.phytype").names(&[Phy::NAMES]),
    FieldDef::hex8("wlancap.fhss.hop_set"),
    FieldDef::hex8("wlancap.fhss.hop_pattern"),
    FieldDef::hex8("wlancap.fhss.hop_index"),
    FieldDef::u8("wlancap.channel"),
    FieldDef::u32("wlancap.channel_frequency"),
    FieldDef::u64("wlancap.data_rate"),
    FieldDef::u32("wlancap.antenna"),
    FieldDef::u32("wlancap.priority"),
    FieldDef::u32("wlancap.ssi_type").names(&[Strength::NAMES]),
    FieldDef::u32("wlancap.normrssi_antsignal"),
    FieldDef::i32("wlancap.dbm_antsignal"),
    FieldDef::u32("wlancap.rawrssi_antsignal"),
    FieldDef::u32("wlancap.normrssi_antnoise"),
    FieldDef::i32("wlancap.dbm_antnoise"),
    FieldDef::u32("wlancap.rawrssi_antnoise"),
    FieldDef::u32("wlancap.preamble").names(&[Preamble::NAMES]),
    FieldDef::u32("wlancap.encoding").names(&[Encoding::NAMES]),
    FieldDef::u32("wlancap.sequence"),
    FieldDef::u32("wlancap.drops"),
    FieldDef::mac("wlancap.receiver_addr"),
    FieldDef::bytes("wlancap.padding"),
];

named! {
    /// The kind of radio.
    Phy(u32, Dec) {
        UNKNOWN = 0 => "Unknown",
        FHSS = 1 => "FHSS 802.11 '97",
        DSSS = 2 => "DSSS 802.11 '97",
        INFRARED = 3 => "IR Baseband",
        DSSS_B = 4 => "DSSS 802.11b",
        PBCC_B = 5 => "PBCC 802.11b",
        OFDM_G = 6 => "OFDM 802.11g",
        PBCC_G = 7 => "PBCC 802.11g",
        OFDM_A = 8 => "OFDM 802.11a",
    }
    /// What the signal strength is measured in.
    Strength(u32, Dec) {
        NONE = 0 => "None",
        NORMALIZED = 1 => "Normalized RSSI",
        DBM = 2 => "dBm",
        RAW = 3 => "Raw RSSI",
    }
    /// The preamble.
    Preamble(u32, Dec) {
        UNKNOWN = 0 => "Unknown",
        SHORT = 1 => "Short",
        LONG = 2 => "Long",
    }
    /// The modulation.
    Encoding(u32, Dec) {
        UNKNOWN = 0 => "Unknown",
        CCK = 1 => "CCK",
        PBCC = 2 => "PBCC",
        OFDM = 3 => "OFDM",
        DSS_OFDM = 4 => "DSS-OFDM",
        BPSK = 5 => "BPSK",
        QPSK = 6 => "QPSK",
        QAM_16 = 7 => "16QAM",
        QAM_64 = 8 => "64QAM",
    }
}

/// The first word but for the version.
pub const MAGIC: u32 = 0x8021_1000;
/// The bits of the first word that are not the version.
pub const MASK: u32 = 0xffff_fff0;

/// The length of the first version, bytes.
const LEAST: u32 = 64;

fn dissect(header: &mut Layer) -> Outcome {
    let at = header.ahead(4);
    let first = header.peek("wlancap.magic", be_u32())?;
    // Wireshark shows the number without the version.
    header.over("wlancap.magic", "Magic", at, || Hex(first >> 4).into());
    header.word("wlancap.version", be_u32(), |bits| {
        bits.number("wlancap.version", "Version", 0xf);
    })?;
    let length = header.field("wlancap.length", "Length", be_u32())?;
    if first & MASK != MAGIC {
        return header.malformed("wlancap.magic");
    }
    if length < LEAST || length as usize > header.reported() + 8 {
        return header.malformed("wlancap.length");
    }
    header.title(|| format!("{length} bytes"));
    header.info(|| "AVS".to_owned());
    header.field("wlancap.mactime", "Time", be_u64())?;
    header.field("wlancap.hosttime", "Time of the host", be_u64())?;
    let phy = header.field("wlancap.phytype", "Radio", be_u32().map(Phy))?;
    if phy == Phy::FHSS {
        for (name, label) in [
            ("wlancap.fhss.hop_set", "Hop set"),
            ("wlancap.fhss.hop_pattern", "Hop pattern"),
            ("wlancap.fhss.hop_index", "Hop index"),
        ] {
            header.field(name, label, be_u8().map(Hex))?;
        }
        header.skip(1);
    } else {
        let channel = header.peek("wlancap.channel", be_u32())?;
        let name = match channel {
            // Wireshark's: a channel is a byte, everything else a frequency.
            0..256 => "wlancap.channel",
            _ => "wlancap.channel_frequency",
        };
        header.field(name, "Channel", be_u32())?;
    }
    // In units of 100 kbit/s, or in bit/s.
    header.field_shown("wlancap.data_rate", "Rate, bit/s", be_u32(), |rate: u32| {
        Value::from(match rate {
            0..100_000 => u64::from(rate) * 100_000,
            rate => u64::from(rate),
        })
    })?;
    header.field("wlancap.antenna", "Antenna", be_u32())?;
    header.field("wlancap.priority", "Priority", be_u32())?;
    let kind = header.field("wlancap.ssi_type", "Signal in", be_u32().map(Strength))?;
    for (label, [normalized, dbm, raw]) in [
        (
            "Signal",
            [
                "wlancap.normrssi_antsignal",
                "wlancap.dbm_antsignal",
                "wlancap.rawrssi_antsignal",
            ],
        ),
        (
            "Noise",
            [
                "wlancap.normrssi_antnoise",
                "wlancap.dbm_antnoise",
                "wlancap.rawrssi_antnoise",
            ],
        ),
    ] {
        match kind {
            Strength::NORMALIZED => _ = header.field(normalized, label, be_u32())?,
            Strength::DBM => _ = header.field(dbm, label, be_i32())?,
            Strength::RAW => _ = header.field(raw, label, be_u32())?,
            _ => _ = header.field("", label, be_u32())?,
        }
    }
    header.field("wlancap.preamble", "Preamble", be_u32().map(Preamble))?;
    header.field("wlancap.encoding", "Encoding", be_u32().map(Encoding))?;
    let mut more = (length - LEAST) as usize;
    if more >= 16 {
        header.field("wlancap.sequence", "Sequence number", be_u32())?;
        header.field("wlancap.drops", "Dropped", be_u32())?;
        header.field("wlancap.receiver_addr", "Receiver", mac())?;
        header.field("wlancap.padding", "Padding", take(2_usize))?;
        more -= 16;
    }
    if more > 0 {
        header.field("", "Further fields", take(more))?;
    }
    Ok(wlan::inside(false, false))
}

#[cfg(test)]
mod tests {
    use crate::test_support::layer;

    #[test]
    fn version_1() {
        assert_eq!(
            layer(
                "wlancap",
                163,
                "80211001 00000040 0000000000000001 0000000000000002 00000004 00000006 0000006e 00000000 00000000 00000002 ffffffd8 ffffffa6 00000001 00000002d400 0000 020000000001"
            ),
            "\
             AVS capture header: 64 bytes [0..64]\n\
             \x20 Magic: 0x08021100 [0..4]\n\
             \x20 Version: 1 [0..4]\n\
             \x20 Length: 64 [4..8]\n\
             \x20 Time: 1 [8..16]\n\
             \x20 Time of the host: 2 [16..24]\n\
             \x20 Radio: DSSS 802.11b (4) [24..28]\n\
             \x20 Channel: 6 [28..32]\n\
             \x20 Rate, bit/s: 11000000 [32..36]\n\
             \x20 Antenna: 0 [36..40]\n\
             \x20 Priority: 0 [40..44]\n\
             \x20 Signal in: dBm (2) [44..48]\n\
             \x20 Signal: -40 [48..52]\n\
             \x20 Noise: -90 [52..56]\n\
             \x20 Preamble: Short (1) [56..60]\n\
             \x20 Encoding: PBCC (2) [60..64]\n"
        );
    }

    #[test]
    fn version_2() {
        assert_eq!(
            layer(
                "wlancap",
                163,
                "80211002 00000050 0000000000000001 0000000000000002 00000004 00000006 0000006e 00000000 00000000 00000002 ffffffd8 ffffffa6 00000001 00000002 00000005 00000006 020000000001 0000d400 0000 020000000001"
            ),
            "\
             AVS capture header: 80 bytes [0..80]\n\
             \x20 Magic: 0x08021100 [0..4]\n\
             \x20 Version: 2 [0..4]\n\
             \x20 Length: 80 [4..8]\n\
             \x20 Time: 1 [8..16]\n\
             \x20 Time of the host: 2 [16..24]\n\
             \x20 Radio: DSSS 802.11b (4) [24..28]\n\
             \x20 Channel: 6 [28..32]\n\
             \x20 Rate, bit/s: 11000000 [32..36]\n\
             \x20 Antenna: 0 [36..40]\n\
             \x20 Priority: 0 [40..44]\n\
             \x20 Signal in: dBm (2) [44..48]\n\
             \x20 Signal: -40 [48..52]\n\
             \x20 Noise: -90 [52..56]\n\
             \x20 Preamble: Short (1) [56..60]\n\
             \x20 Encoding: PBCC (2) [60..64]\n\
             \x20 Sequence number: 5 [64..68]\n\
             \x20 Dropped: 6 [68..72]\n\
             \x20 Receiver: 02:00:00:00:00:01 [72..78]\n\
             \x20 Padding: 0000 [78..80]\n"
        );
    }

    #[test]
    fn a_length_that_is_too_small() {
        assert_eq!(
            layer("wlancap", 163, "80211001 0000003f 00"),
            "\
             AVS capture header [0..8]\n\
             \x20 Magic: 0x08021100 [0..4]\n\
             \x20 Version: 1 [0..4]\n\
             \x20 Length: 63 [4..8]\n\
             \x20 Note: malformed: wlancap.length does not fit\n"
        );
    }
}
