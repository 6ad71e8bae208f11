//! The elements of management frames: IEEE 802.11-2020, section 9.4.2.

use crate::{Base, Hex, Layer, Stop, Value, link::mac::oui, value::named};
use nom::{
    Parser,
    bytes::take,
    number::{be_i8, be_u8, be_u24, be_u32, le_u16},
};

pub(super) const PREAUTH: (&str, &str) = (
    "Transmitter supports pre-authentication",
    "Transmitter does not support pre-authentication",
);
pub(super) const NO_PAIRWISE: (&str, &str) = (
    "Transmitter cannot support WEP default key 0 simultaneously with Pairwise key",
    "Transmitter can support WEP default key 0 simultaneously with Pairwise key",
);

named! {
    /// Section 9.4.2.1, table 9-92: those that are frequent.
    Element(u8, Dec) {
        SSID = 0 => "SSID parameter set",
        RATES = 1 => "Supported Rates",
        DS = 3 => "DS Parameter set",
        CF = 4 => "CF Parameter set",
        TIM = 5 => "Traffic Indication Map (TIM)",
        IBSS = 6 => "IBSS Parameter set",
        COUNTRY = 7 => "Country Information",
        REQUEST = 10 => "Request",
        LOAD = 11 => "QBSS Load Element",
        EDCA = 12 => "EDCA Parameter Set",
        CHALLENGE = 16 => "Challenge text",
        POWER_CONSTRAINT = 32 => "Power Constraint",
        POWER_CAPABILITY = 33 => "Power Capability",
        CHANNELS = 36 => "Supported Channels",
        CHANNEL_SWITCH = 37 => "Channel Switch Announcement",
        QUIET = 40 => "Quiet",
        ERP = 42 => "ERP Information",
        HT_CAPABILITIES = 45 => "HT Capabilities (802.11n D1.10)",
        QOS = 46 => "QoS Capability",
        RSN = 48 => "RSN Information",
        EXTENDED_RATES = 50 => "Extended Supported Rates",
        AP_CHANNELS = 51 => "AP Channel Report",
        NEIGHBOR = 52 => "Neighbor Report",
        MOBILITY = 54 => "Mobility Domain",
        FAST_TRANSITION = 55 => "Fast BSS Transition",
        HT_INFORMATION = 61 => "HT Information (802.11n D1.10)",
        RM_CAPABILITIES = 70 => "RM Enabled Capabilities",
        INTERWORKING = 107 => "Interworking",
        EXTENDED_CAPABILITIES = 127 => "Extended Capabilities",
        VHT_CAPABILITIES = 191 => "VHT Capabilities",
        VHT_OPERATION = 192 => "VHT Operation",
        VENDOR = 221 => "Vendor Specific",
        EXTENSION = 255 => "Element ID Extension",
    }
    /// Section 9.4.2.24.2, table 9-149.
    Cipher(u8, Dec) {
        NONE = 0 => "NONE",
        WEP_40 = 1 => "WEP (40-bit)",
        TKIP = 2 => "TKIP",
        OCB = 3 => "AES (OCB)",
        CCM = 4 => "AES (CCM)",
        WEP_104 = 5 => "WEP (104-bit)",
        BIP = 6 => "BIP (128)",
        NO_GROUP = 7 => "Group addressed traffic not allowed",
        GCMP = 8 => "GCMP (128)",
        GCMP_256 = 9 => "GCMP (256)",
        CCMP_256 = 10 => "CCMP (256)",
        BIP_GMAC = 11 => "BIP (GMAC-128)",
        BIP_GMAC_256 = 12 => "BIP (GMAC-256)",
        BIP_CMAC_256 = 13 => "BIP (CMAC-256)",
    }
    /// Section 9.4.2.24.4, table 9-152.
    Replay(u16, Hex(4)) {
        ONE = 0 => "1 replay counter per PTKSA/GTKSA/STAKeySA",
        TWO = 1 => "2 replay counters per PTKSA/GTKSA/STAKeySA",
        FOUR = 2 => "4 replay counters per PTKSA/GTKSA/STAKeySA",
        SIXTEEN = 3 => "16 replay counters per PTKSA/GTKSA/STAKeySA",
    }
    /// Section 9.4.2.24.3, table 9-151.
    KeyManagement(u8, Dec) {
        NONE = 0 => "NONE",
        WPA = 1 => "WPA",
        PSK = 2 => "PSK",
        FT = 3 => "FT over IEEE 802.1X",
        FT_PSK = 4 => "FT using PSK",
        WPA_SHA256 = 5 => "WPA (SHA256)",
        PSK_SHA256 = 6 => "PSK (SHA256)",
        TDLS = 7 => "TDLS / TPK Handshake (SHA256)",
        SAE = 8 => "SAE (SHA256)",
        FT_SAE = 9 => "FT using SAE (SHA256)",
        SUITE_B = 11 => "WPA (SHA256-SuiteB)",
        SUITE_B_384 = 12 => "WPA (SHA384-SuiteB)",
        OWE = 18 => "Opportunistic Wireless Encryption",
    }
}

/// Section 9.4.2.1: each has at least two bytes. Returns the network's name.
pub(super) fn elements(wlan: &mut Layer) -> Result<Option<String>, Stop> {
    let mut network = None;
    while wlan.reported() > 0 {
        wlan.group("wlan.tag", "Element", |wlan| {
            let kind = wlan.field("wlan.tag.number", "Number", be_u8().map(Element))?;
            wlan.title(|| match kind.name() {
                Some(name) => name.to_owned(),
                None => format!("number {}", kind.0),
            });
            let length = usize::from(wlan.field("wlan.tag.length", "Length", be_u8())?);
            if length > wlan.reported() {
                return wlan.malformed("wlan.tag.length");
            }
            wlan.within(length, |wlan| element(wlan, kind, length, &mut network))
        })?;
    }
    Ok(network)
}

fn element(
    wlan: &mut Layer,
    kind: Element,
    length: usize,
    network: &mut Option<String>,
) -> Result<(), Stop> {
    match kind {
        Element::SSID => {
            let name: &[u8] = wlan.field("wlan.ssid", "SSID", take(length))?;
            let words = || match name {
                [] => "any".to_owned(),
                name => format!("\"{}\"", String::from_utf8_lossy(name)),
            };
            wlan.text(words);
            if wlan.tells() {
                network.get_or_insert_with(words);
            }
        }
        Element::RATES => rates(wlan, "wlan.supported_rates")?,
        Element::EXTENDED_RATES => rates(wlan, "wlan.extended_supported_rates")?,
        Element::DS => _ = wlan.field("wlan.ds.current_channel", "Channel", be_u8())?,
        Element::TIM => traffic(wlan)?,
        Element::POWER_CONSTRAINT => {
            wlan.field("wlan.powercon.local", "Less power, dB", be_u8())?;
        }
        Element::COUNTRY => country(wlan)?,
        Element::ERP => {
            let name = "wlan.erp_info";
            wlan.flags(name, "ERP", Base::Hex(2), be_u8(), |bits| {
                bits.flag("wlan.erp_info.erp_present", "Others present", 0x01);
                bits.flag("wlan.erp_info.use_protection", "Use protection", 0x02);
                bits.flag(
                    "wlan.erp_info.barker_preamble_mode",
                    "Barker preamble",
                    0x04,
                );
                bits.value("wlan.erp_info.reserved", "Reserved", 0xf8, |v| Hex(v as u8));
            })?;
        }
        Element::RSN => security(wlan)?,
        Element::CHALLENGE => {
            wlan.field("wlan.tag.challenge_text", "Challenge", take(length))?;
        }
        Element::VENDOR => {
            oui(wlan, "wlan.tag.oui")?;
            wlan.field("wlan.tag.vendor.oui.type", "Type", be_u8())?;
        }
        _ => {}
    }
    let (name, rest) = match kind {
        Element::VENDOR => ("wlan.tag.vendor.data", wlan.reported()),
        _ => ("wlan.tag.data", wlan.reported()),
    };
    if rest > 0 {
        wlan.field(name, "Data", take(rest))?;
    }
    Ok(())
}

/// Section 9.4.2.3: in units of 500 kbit/s; the first bit tells whether all must support it.
fn rates(wlan: &mut Layer, name: &'static str) -> Result<(), Stop> {
    while wlan.reported() > 0 {
        let rate = wlan.field(name, "Rate", be_u8().map(Hex))?.0;
        wlan.text(|| {
            let basic = if rate & 0x80 != 0 { ", required" } else { "" };
            format!("{} Mbit/s{basic}", f32::from(rate & 0x7f) / 2.0)
        });
    }
    Ok(())
}

/// Section 9.4.2.5.
fn traffic(wlan: &mut Layer) -> Result<(), Stop> {
    wlan.field("wlan.tim.dtim_count", "DTIM count", be_u8())?;
    wlan.field("wlan.tim.dtim_period", "DTIM period", be_u8())?;
    let name = "wlan.tim.bmapctl";
    wlan.flags(name, "Bitmap control", Base::Hex(2), be_u8(), |bits| {
        bits.flag_meaning(
            "wlan.tim.bmapctl.multicast",
            "Multicast",
            0x01,
            "True",
            "False",
        );
        bits.value("wlan.tim.bmapctl.offset", "Offset", 0xfe, |v| Hex(v as u8));
    })?;
    let length = wlan.reported();
    wlan.field("wlan.tim.partial_virtual_bitmap", "Bitmap", take(length))?;
    Ok(())
}

/// Section 9.4.2.8.
fn country(wlan: &mut Layer) -> Result<(), Stop> {
    wlan.field_shown(
        "wlan.country_info.code",
        "Country",
        take(2_usize),
        |code: &[u8]| Value::Text(String::from_utf8_lossy(code).into_owned()),
    )?;
    wlan.field("wlan.country_info.environment", "Environment", be_u8())?;
    // A byte fills up to an even length.
    while wlan.reported() >= 3 {
        wlan.group("wlan.country_info.fnm", "Channels", |wlan| {
            wlan.field("wlan.country_info.fnm.fcn", "First", be_u8())?;
            wlan.field("wlan.country_info.fnm.nc", "Number", be_u8())?;
            wlan.field("wlan.country_info.fnm.mtpl", "Power, dBm", be_i8())?;
            Ok(())
        })?;
    }
    Ok(())
}

/// The names of a suite's fields.
struct Suite {
    whole: &'static str,
    oui: &'static str,
    kind: &'static str,
}

/// Section 9.4.2.24: each part after the version may be left out.
fn security(wlan: &mut Layer) -> Result<(), Stop> {
    const GROUP: Suite = Suite {
        whole: "wlan.rsn.gcs",
        oui: "wlan.rsn.gcs.oui",
        kind: "wlan.rsn.gcs.type",
    };
    const PAIRWISE: Suite = Suite {
        whole: "wlan.rsn.pcs",
        oui: "wlan.rsn.pcs.oui",
        kind: "wlan.rsn.pcs.type",
    };
    const KEYS: Suite = Suite {
        whole: "wlan.rsn.akms",
        oui: "wlan.rsn.akms.oui",
        kind: "wlan.rsn.akms.type",
    };
    let cipher = |kind: u8| Value::from(Cipher(kind));
    wlan.field("wlan.rsn.version", "Version", le_u16())?;
    if wlan.reported() == 0 {
        return Ok(());
    }
    suite(wlan, "Group cipher", &GROUP, cipher)?;
    for (count, list, names, of) in [
        ("wlan.rsn.pcs.count", "wlan.rsn.pcs.list", &PAIRWISE, true),
        ("wlan.rsn.akms.count", "wlan.rsn.akms.list", &KEYS, false),
    ] {
        if wlan.reported() == 0 {
            return Ok(());
        }
        let number = wlan.field(count, "Number of suites", le_u16())?;
        if usize::from(number) * 4 > wlan.reported() {
            return wlan.malformed(count);
        }
        wlan.group(list, "Suites", |wlan| {
            for _ in 0..number {
                match of {
                    true => suite(wlan, "Pairwise cipher", names, cipher)?,
                    false => suite(wlan, "Key management", names, |kind| {
                        KeyManagement(kind).into()
                    })?,
                }
            }
            Ok(())
        })?;
    }
    if wlan.reported() >= 2 {
        let name = "wlan.rsn.capabilities";
        wlan.flags(name, "Capabilities", Base::Hex(4), le_u16(), |bits| {
            let name = "wlan.rsn.capabilities.preauth";
            bits.flag_meaning(name, "Pre-authentication", 0x0001, PREAUTH.0, PREAUTH.1);
            let name = "wlan.rsn.capabilities.no_pairwise";
            bits.flag_meaning(name, "No pairwise", 0x0002, NO_PAIRWISE.0, NO_PAIRWISE.1);
            let name = "wlan.rsn.capabilities.ptksa_replay_counter";
            bits.value(name, "PTKSA replay counters", 0x000c, |v| Replay(v as u16));
            let name = "wlan.rsn.capabilities.gtksa_replay_counter";
            bits.value(name, "GTKSA replay counters", 0x0030, |v| Replay(v as u16));
            let name = "wlan.rsn.capabilities.mfpr";
            bits.flag_meaning(name, "Protection required", 0x0040, "True", "False");
            let name = "wlan.rsn.capabilities.mfpc";
            bits.flag_meaning(name, "Protection possible", 0x0080, "True", "False");
            let name = "wlan.rsn.capabilities.jmr";
            bits.flag_meaning(name, "Joint multi-band RSNA", 0x0100, "True", "False");
            let name = "wlan.rsn.capabilities.peerkey";
            bits.flag_meaning(name, "PeerKey", 0x0200, "True", "False");
            let name = "wlan.rsn.capabilities.extended_key_id_iaf";
            bits.flag_meaning(name, "Extended key", 0x2000, "Supported", "Not supported");
        })?;
    }
    Ok(())
}

fn suite(
    wlan: &mut Layer,
    label: &'static str,
    names: &Suite,
    name: impl FnOnce(u8) -> Value,
) -> Result<(), Stop> {
    let whole = wlan.peek(names.whole, be_u32())?;
    let kind = name(whole as u8);
    let words = kind.to_string();
    wlan.group(names.whole, label, |wlan| {
        wlan.field_shown(names.oui, "Organization", be_u24(), |oui| {
            Value::Number(oui.into(), Base::Dec)
        })?;
        wlan.field_shown(names.kind, "Type", be_u8(), |_| kind)?;
        Ok(())
    })?;
    wlan.value_of(names.whole, || whole.into());
    wlan.text_of(names.whole, || words);
    Ok(())
}
