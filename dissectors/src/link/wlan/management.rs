//! Management frames: IEEE 802.11-2020, sections 9.3.3 and 9.4.

use super::control::starting_sequence;
use crate::{
    Base, FieldDef, Hex, Layer, Next, Outcome, Stop, Value,
    link::mac::{mac, oui},
    value::named,
};
use nom::{
    Parser,
    bytes::take,
    number::{be_i8, be_u8, be_u24, be_u32, le_u16, le_u64},
};

pub(super) const FIELDS: &[FieldDef] = &[
    FieldDef::none("wlan.fixed.all"),
    FieldDef::u64("wlan.fixed.timestamp"),
    FieldDef::u32("wlan.fixed.beacon"),
    FieldDef::hex16("wlan.fixed.capabilities"),
    FieldDef::flag("wlan.fixed.capabilities.ess")
        .means("Transmitter is an AP", "Transmitter is a STA"),
    FieldDef::flag("wlan.fixed.capabilities.ibss").means(
        "Transmitter belongs to an IBSS",
        "Transmitter belongs to a BSS",
    ),
    FieldDef::u16("wlan.fixed.capabilities.reserved1"),
    FieldDef::u16("wlan.fixed.capabilities.reserved2"),
    FieldDef::flag("wlan.fixed.capabilities.privacy").means(
        "Data confidentiality required",
        "Data confidentiality not required",
    ),
    FieldDef::flag("wlan.fixed.capabilities.short_preamble").means("Allowed", "Not Allowed"),
    FieldDef::u16("wlan.fixed.capabilities.reserved3"),
    FieldDef::u16("wlan.fixed.capabilities.reserved4"),
    FieldDef::flag("wlan.fixed.capabilities.spec_man").means(YES, NO),
    FieldDef::flag("wlan.fixed.capabilities.qos").means(YES, NO),
    FieldDef::flag("wlan.fixed.capabilities.short_slot_time").means("In use", "Not in use"),
    FieldDef::flag("wlan.fixed.capabilities.apsd").means(YES, NO),
    FieldDef::flag("wlan.fixed.capabilities.radio_measurement").means(YES, NO),
    FieldDef::flag("wlan.fixed.capabilities.epd").means(YES, NO),
    FieldDef::u16("wlan.fixed.capabilities.reserved5"),
    FieldDef::u16("wlan.fixed.capabilities.reserved6"),
    FieldDef::u16("wlan.fixed.auth.alg").names(&[Algorithm::NAMES]),
    FieldDef::hex16("wlan.fixed.auth_seq"),
    FieldDef::hex16("wlan.fixed.status_code").names(&[Status::NAMES]),
    FieldDef::hex16("wlan.fixed.listen_ival"),
    FieldDef::hex16("wlan.fixed.aid"),
    FieldDef::mac("wlan.fixed.current_ap"),
    FieldDef::hex16("wlan.fixed.reason_code").names(&[Reason::NAMES]),
    FieldDef::u16("wlan.fixed.category_code").names(&[Category::NAMES]),
    FieldDef::u8("wlan.fixed.action_code"),
    FieldDef::hex8("wlan.fixed.dialog_token"),
    FieldDef::hex16("wlan.fixed.baparams"),
    FieldDef::flag("wlan.fixed.baparams.amsdu")
        .means("Permitted in QoS Data MPDUs", "Not Permitted"),
    FieldDef::flag("wlan.fixed.baparams.policy").means("Immediate Block Ack", "Delayed Block Ack"),
    FieldDef::hex16("wlan.fixed.baparams.tid"),
    FieldDef::u16("wlan.fixed.baparams.buffersize"),
    FieldDef::hex16("wlan.fixed.batimeout"),
    FieldDef::none("wlan.tagged.all"),
    FieldDef::none("wlan.tag"),
    FieldDef::u8("wlan.tag.number").names(&[Element::NAMES]),
    FieldDef::u32("wlan.tag.length"),
    FieldDef::bytes("wlan.ssid"),
    FieldDef::hex8("wlan.supported_rates"),
    FieldDef::hex8("wlan.extended_supported_rates"),
    FieldDef::u8("wlan.ds.current_channel"),
    FieldDef::u8("wlan.tim.dtim_count"),
    FieldDef::u8("wlan.tim.dtim_period"),
    FieldDef::hex8("wlan.tim.bmapctl"),
    FieldDef::flag("wlan.tim.bmapctl.multicast").means("True", "False"),
    FieldDef::hex8("wlan.tim.bmapctl.offset"),
    FieldDef::bytes("wlan.tim.partial_virtual_bitmap"),
    FieldDef::hex8("wlan.erp_info"),
    FieldDef::flag("wlan.erp_info.erp_present"),
    FieldDef::flag("wlan.erp_info.use_protection"),
    FieldDef::flag("wlan.erp_info.barker_preamble_mode"),
    FieldDef::hex8("wlan.erp_info.reserved"),
    FieldDef::string("wlan.country_info.code"),
    FieldDef::u8("wlan.country_info.environment"),
    FieldDef::none("wlan.country_info.fnm"),
    FieldDef::u8("wlan.country_info.fnm.fcn"),
    FieldDef::u8("wlan.country_info.fnm.nc"),
    FieldDef::i8("wlan.country_info.fnm.mtpl"),
    FieldDef::u16("wlan.rsn.version"),
    FieldDef::u32("wlan.rsn.gcs"),
    FieldDef::u24("wlan.rsn.gcs.oui"),
    FieldDef::u8("wlan.rsn.gcs.type").names(&[Cipher::NAMES]),
    FieldDef::u16("wlan.rsn.pcs.count"),
    FieldDef::none("wlan.rsn.pcs.list"),
    FieldDef::u32("wlan.rsn.pcs"),
    FieldDef::u24("wlan.rsn.pcs.oui"),
    FieldDef::u8("wlan.rsn.pcs.type").names(&[Cipher::NAMES]),
    FieldDef::u16("wlan.rsn.akms.count"),
    FieldDef::none("wlan.rsn.akms.list"),
    FieldDef::u32("wlan.rsn.akms"),
    FieldDef::u24("wlan.rsn.akms.oui"),
    FieldDef::u8("wlan.rsn.akms.type").names(&[KeyManagement::NAMES]),
    FieldDef::hex16("wlan.rsn.capabilities"),
    FieldDef::flag("wlan.rsn.capabilities.preauth").means(PREAUTH.0, PREAUTH.1),
    FieldDef::flag("wlan.rsn.capabilities.no_pairwise").means(NO_PAIRWISE.0, NO_PAIRWISE.1),
    FieldDef::hex16("wlan.rsn.capabilities.ptksa_replay_counter").names(&[Replay::NAMES]),
    FieldDef::hex16("wlan.rsn.capabilities.gtksa_replay_counter").names(&[Replay::NAMES]),
    FieldDef::flag("wlan.rsn.capabilities.jmr").means("True", "False"),
    FieldDef::flag("wlan.rsn.capabilities.peerkey").means("True", "False"),
    FieldDef::flag("wlan.rsn.capabilities.extended_key_id_iaf").means("Supported", "Not supported"),
    FieldDef::flag("wlan.rsn.capabilities.mfpr").means("True", "False"),
    FieldDef::flag("wlan.rsn.capabilities.mfpc").means("True", "False"),
    FieldDef::u8("wlan.powercon.local"),
    FieldDef::u24("wlan.tag.oui"),
    FieldDef::u8("wlan.tag.vendor.oui.type"),
    FieldDef::bytes("wlan.tag.vendor.data"),
    FieldDef::bytes("wlan.tag.challenge_text"),
    FieldDef::bytes("wlan.tag.data"),
];

const PREAUTH: (&str, &str) = (
    "Transmitter supports pre-authentication",
    "Transmitter does not support pre-authentication",
);
const NO_PAIRWISE: (&str, &str) = (
    "Transmitter cannot support WEP default key 0 simultaneously with Pairwise key",
    "Transmitter can support WEP default key 0 simultaneously with Pairwise key",
);
const YES: &str = "Implemented";
const NO: &str = "Not Implemented";

named! {
    /// Section 9.4.1.1.
    Algorithm(u16, Dec) {
        OPEN = 0 => "Open System",
        SHARED = 1 => "Shared key",
        FT = 2 => "Fast BSS Transition",
        SAE = 3 => "Simultaneous Authentication of Equals (SAE)",
        FILS = 4 => "FILS Shared Key authentication without PFS",
        FILS_PFS = 5 => "FILS Shared Key authentication with PFS",
        FILS_PUBLIC = 6 => "FILS Public Key authentication",
        PASN = 7 => "Pre-Association Security Negotiation (PASN)",
        NETWORK_EAP = 128 => "Network EAP",
    }
    /// Section 9.4.1.9, table 9-50: those that are frequent.
    Status(u16, Hex(4)) {
        SUCCESS = 0 => "Successful",
        UNSPECIFIED = 1 => "Unspecified failure",
        CAPABILITIES = 10 => "Cannot support all requested capabilities in the Capability Information field",
        NOT_CONFIRMED = 11 => "Reassociation denied due to inability to confirm that association exists",
        OUTSIDE = 12 => "Association denied due to reason outside the scope of this standard",
        ALGORITHM = 13 => "Responding STA does not support the specified authentication algorithm",
        CHALLENGE = 15 => "Authentication rejected because of challenge failure",
        TIMEOUT = 16 => "Authentication rejected due to timeout waiting for next frame in sequence",
        TOO_MANY = 17 => "Association denied because AP is unable to handle additional associated STAs",
        TRY_LATER = 30 => "Association request rejected temporarily; try again later",
        POLICY = 31 => "Robust management frame policy violation",
        DECLINED = 37 => "The request has been declined",
        GROUP_CIPHER = 41 => "Invalid group cipher",
        PAIRWISE_CIPHER = 42 => "Invalid pairwise cipher",
        AKMP = 43 => "Invalid AKMP",
        CIPHER_REJECTED = 46 => "Cipher suite rejected because of security policy",
        PMKID = 53 => "Invalid pairwise master key identifier (PMKID)",
        TOKEN = 76 => "Authentication is rejected because an anti-clogging token is required",
        GROUP = 77 => "Authentication is rejected because the offered finite cyclic group is not supported",
        HASH_TO_ELEMENT = 126 => "SAE authentication uses direct hashing, instead of looping, to obtain the PWE",
    }
    /// Section 9.4.1.7, table 9-49: those that are frequent.
    Reason(u16, Hex(4)) {
        UNSPECIFIED = 1 => "Unspecified reason",
        AUTHENTICATION = 2 => "Previous authentication no longer valid",
        LEAVING = 3 => "Deauthenticated because sending STA is leaving (or has left) the BSS",
        INACTIVITY = 4 => "Disassociated due to inactivity",
        TOO_MANY = 5 => "Disassociated because AP is unable to handle all currently associated STAs",
        CLASS_2 = 6 => "Class 2 frame received from nonauthenticated STA",
        CLASS_3 = 7 => "Class 3 frame received from nonassociated STA",
        LEFT = 8 => "Disassociated because sending STA is leaving (or has left) BSS",
        NOT_AUTHENTICATED = 9 => "STA requesting (re)association is not authenticated with responding STA",
        TRANSITION = 12 => "Disassociated due to BSS transition management",
        ELEMENT = 13 => "Invalid information element",
        MIC = 14 => "Message integrity code (MIC) failure",
        HANDSHAKE = 15 => "4-way handshake timeout",
        GROUP_HANDSHAKE = 16 => "Group key handshake timeout",
        GROUP_CIPHER = 18 => "Invalid group cipher",
        PAIRWISE_CIPHER = 19 => "Invalid pairwise cipher",
        AKMP = 20 => "Invalid AKMP",
        DOT1X = 23 => "IEEE 802.1X authentication failed",
        CIPHER_REJECTED = 24 => "Cipher suite rejected because of the security policy",
    }
    /// Section 9.4.1.11, table 9-51.
    Category(u16, Dec) {
        SPECTRUM = 0 => "Spectrum Management (SM)",
        QOS = 1 => "Quality of Service (QoS)",
        BLOCK_ACK = 3 => "Block Ack",
        PUBLIC = 4 => "Public Action",
        RADIO = 5 => "Radio Measurement",
        FT = 6 => "Fast BSS Transition",
        HT = 7 => "High Throughput",
        SA_QUERY = 8 => "SA Query",
        PROTECTED_PUBLIC = 9 => "Protected Dual of Public Action",
        WNM = 10 => "WNM",
        UNPROTECTED_WNM = 11 => "Unprotected WNM",
        TDLS = 12 => "TDLS",
        MESH = 13 => "MESH",
        MULTIHOP = 14 => "Multihop",
        SELF_PROTECTED = 15 => "Self-protected",
        DMG = 16 => "DMG",
        NOTIFICATION = 17 => "Management Notification",
        VHT = 21 => "VHT",
        HE = 30 => "HE",
        PROTECTED_HE = 31 => "Protected HE",
        VENDOR_PROTECTED = 126 => "Vendor-specific Protected",
        VENDOR = 127 => "Vendor Specific",
    }
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

/// Reads what follows the header. `name` is that of the frame.
pub(super) fn body(wlan: &mut Layer, subtype: u8, name: &'static str) -> Outcome {
    let words = match subtype {
        0 | 2 => fixed(wlan, |wlan| {
            capabilities(wlan)?;
            let name = "wlan.fixed.listen_ival";
            wlan.field(name, "Listen interval", le_u16().map(Hex))?;
            if subtype == 2 {
                wlan.field("wlan.fixed.current_ap", "Current AP", mac())?;
            }
            Ok(String::new())
        })?,
        1 | 3 => fixed(wlan, |wlan| {
            capabilities(wlan)?;
            let status = status(wlan)?;
            wlan.word("wlan.fixed.aid", le_u16(), |bits| {
                bits.value("wlan.fixed.aid", "Association", 0x3fff, |v| Hex(v as u16));
            })?;
            Ok(status)
        })?,
        5 | 8 => fixed(wlan, |wlan| {
            wlan.field("wlan.fixed.timestamp", "Time stamp, µs", le_u64())?;
            let name = "wlan.fixed.beacon";
            let interval = wlan.field(name, "Beacon interval", le_u16())?;
            // Time units: section 3.1.
            wlan.text(|| format!("{interval} ({} µs)", u32::from(interval) * 1024));
            capabilities(wlan)?;
            Ok(String::new())
        })?,
        10 | 12 => fixed(wlan, |wlan| {
            let reason = wlan.field("wlan.fixed.reason_code", "Reason", le_u16().map(Reason))?;
            Ok(format!(", {}", Value::from(reason)))
        })?,
        11 => fixed(wlan, |wlan| {
            let name = "wlan.fixed.auth.alg";
            let algorithm = wlan.field(name, "Algorithm", le_u16().map(Algorithm))?;
            let number = wlan.field("wlan.fixed.auth_seq", "Step", le_u16().map(Hex))?;
            let status = status(wlan)?;
            // SAE's values are no elements: section 9.3.3.11.
            if algorithm == Algorithm::SAE {
                let length = wlan.reported();
                wlan.field("", "SAE", take(length))?;
            }
            let algorithm = algorithm.name().unwrap_or("unknown algorithm");
            Ok(format!(", {algorithm}, step {}{status}", number.0))
        })?,
        13 | 14 => {
            let words = action(wlan)?;
            wlan.title_more(|| words.clone());
            wlan.info(|| format!("{name}{words}"));
            return Ok(Next::Nothing);
        }
        4 => String::new(),
        _ => return Ok(Next::Data),
    };
    wlan.title_more(|| words.clone());
    wlan.info(|| format!("{name}{words}"));
    if wlan.reported() > 0 {
        let network = wlan.group("wlan.tagged.all", "Elements", elements)?;
        if let Some(network) = network {
            wlan.title_more(|| format!(", SSID: {network}"));
            wlan.info(|| format!("{name}{words}, SSID: {network}"));
        }
    }
    Ok(Next::Nothing)
}

/// Reads the part before the elements.
fn fixed(
    wlan: &mut Layer,
    read: impl FnOnce(&mut Layer) -> Result<String, Stop>,
) -> Result<String, Stop> {
    wlan.group("wlan.fixed.all", "Fixed part", read)
}

/// Returns what it adds to the line of the list.
fn status(wlan: &mut Layer) -> Result<String, Stop> {
    let status = wlan.field("wlan.fixed.status_code", "Status", le_u16().map(Status))?;
    Ok(match status {
        Status::SUCCESS => String::new(),
        status => format!(", {}", Value::from(status)),
    })
}

/// Section 9.4.1.4.
fn capabilities(wlan: &mut Layer) -> Result<(), Stop> {
    let name = "wlan.fixed.capabilities";
    wlan.flags(name, "Capabilities", Base::Hex(4), le_u16(), |bits| {
        bits.flag_meaning(
            "wlan.fixed.capabilities.ess",
            "ESS",
            0x0001,
            "Transmitter is an AP",
            "Transmitter is a STA",
        );
        bits.flag_meaning(
            "wlan.fixed.capabilities.ibss",
            "IBSS",
            0x0002,
            "Transmitter belongs to an IBSS",
            "Transmitter belongs to a BSS",
        );
        bits.number("wlan.fixed.capabilities.reserved1", "Reserved 1", 0x0004);
        bits.number("wlan.fixed.capabilities.reserved2", "Reserved 2", 0x0008);
        bits.flag_meaning(
            "wlan.fixed.capabilities.privacy",
            "Privacy",
            0x0010,
            "Data confidentiality required",
            "Data confidentiality not required",
        );
        bits.flag_meaning(
            "wlan.fixed.capabilities.short_preamble",
            "Short preamble",
            0x0020,
            "Allowed",
            "Not Allowed",
        );
        bits.number("wlan.fixed.capabilities.reserved3", "Reserved 3", 0x0040);
        bits.number("wlan.fixed.capabilities.reserved4", "Reserved 4", 0x0080);
        for (name, label, mask) in [
            (
                "wlan.fixed.capabilities.spec_man",
                "Spectrum management",
                0x0100,
            ),
            ("wlan.fixed.capabilities.qos", "QoS", 0x0200),
        ] {
            bits.flag_meaning(name, label, mask, YES, NO);
        }
        bits.flag_meaning(
            "wlan.fixed.capabilities.short_slot_time",
            "Short slot time",
            0x0400,
            "In use",
            "Not in use",
        );
        for (name, label, mask) in [
            ("wlan.fixed.capabilities.apsd", "APSD", 0x0800),
            (
                "wlan.fixed.capabilities.radio_measurement",
                "Radio measurement",
                0x1000,
            ),
            ("wlan.fixed.capabilities.epd", "EPD", 0x2000),
        ] {
            bits.flag_meaning(name, label, mask, YES, NO);
        }
        bits.number("wlan.fixed.capabilities.reserved5", "Reserved 5", 0x4000);
        bits.number("wlan.fixed.capabilities.reserved6", "Reserved 6", 0x8000);
    })?;
    Ok(())
}

/// Section 9.6: its category, and its number in that; of block acknowledgments, the beginning.
fn action(wlan: &mut Layer) -> Result<String, Stop> {
    wlan.group("", "Fixed part", |wlan| {
        let category = wlan.field(
            "wlan.fixed.category_code",
            "Category",
            be_u8().map(|code: u8| Category(code.into())),
        )?;
        let words = format!(", {}", category.name().unwrap_or("unknown category"));
        if category == Category::BLOCK_ACK {
            let name = "wlan.fixed.action_code";
            let number: u8 = wlan.field(name, "Action", be_u8())?;
            // Section 9.6.4.2: a request.
            if number == 0 {
                let name = "wlan.fixed.dialog_token";
                wlan.field(name, "Dialog", be_u8().map(Hex))?;
                let name = "wlan.fixed.baparams";
                wlan.flags(name, "Parameters", Base::Hex(4), le_u16(), |bits| {
                    let name = "wlan.fixed.baparams.amsdu";
                    let meaning = "Permitted in QoS Data MPDUs";
                    bits.flag_meaning(name, "A-MSDU", 0x0001, meaning, "Not Permitted");
                    let (yes, no) = ("Immediate Block Ack", "Delayed Block Ack");
                    bits.flag_meaning("wlan.fixed.baparams.policy", "Policy", 0x0002, yes, no);
                    let name = "wlan.fixed.baparams.tid";
                    bits.value(name, "Traffic identifier", 0x003c, |v| Hex(v as u16));
                    bits.number("wlan.fixed.baparams.buffersize", "Buffers", 0xffc0);
                })?;
                wlan.field("wlan.fixed.batimeout", "Timeout", le_u16().map(Hex))?;
                starting_sequence(wlan)?;
            }
        }
        let length = wlan.reported();
        if length > 0 {
            wlan.field("", "Contents", take(length))?;
        }
        Ok(words)
    })
}

/// Section 9.4.2.1: each has at least two bytes. Returns the network's name.
fn elements(wlan: &mut Layer) -> Result<Option<String>, Stop> {
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

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn a_beacon() {
        assert_eq!(
            layer(
                "wlan",
                105,
                "8000 0000 ffffffffffff 020000000002 020000000002 3000 0102030405060708 6400 3104 0004 686f6d65 0103 82840c 0301 06 0504 00010000 2a01 00 0706 4b5220 010d14 3014 0100 000fac04 0100 000fac04 0100 000fac02 0c00 dd05 0050f2 02 00"
            ),
            "\
             IEEE 802.11: Beacon frame, SSID: \"home\" [0..96]\n\
             \x20 Type and subtype: Beacon frame (0x0008) [0..1]\n\
             \x20 Frame control: 0x8000 [0..2]\n\
             \x20   Version: 0 [0..1]\n\
             \x20   Type: Management frame (0) [0..1]\n\
             \x20   Subtype: 8 [0..1]\n\
             \x20   Flags: 0x00 [1..2]\n\
             \x20     Distribution system: Not leaving DS or network is operating in AD-HOC mode (To DS: 0 From DS: 0) (0x00) [1..2]\n\
             \x20     To DS: Frame is not entering DS [1..2]\n\
             \x20     From DS: Frame is not exiting DS [1..2]\n\
             \x20     More fragments: This is the last fragment [1..2]\n\
             \x20     Retry: Frame is not being retransmitted [1..2]\n\
             \x20     Power management: STA will stay up [1..2]\n\
             \x20     More data: No data buffered [1..2]\n\
             \x20     Protected: Data is not protected [1..2]\n\
             \x20     HTC or order: Not strictly ordered [1..2]\n\
             \x20 Duration, µs: 0 [2..4]\n\
             \x20 Receiver: ff:ff:ff:ff:ff:ff [4..10]\n\
             \x20   Address: ff:ff:ff:ff:ff:ff [4..10]\n\
             \x20 Destination: ff:ff:ff:ff:ff:ff [4..10]\n\
             \x20 Transmitter: 02:00:00:00:00:02 [10..16]\n\
             \x20   Address: 02:00:00:00:00:02 [10..16]\n\
             \x20 Source: 02:00:00:00:00:02 [10..16]\n\
             \x20 BSSID: 02:00:00:00:00:02 [16..22]\n\
             \x20   Address: 02:00:00:00:00:02 [16..22]\n\
             \x20 Fragment: 0 [22..24]\n\
             \x20 Sequence number: 3 [22..24]\n\
             \x20 Fixed part [24..36]\n\
             \x20   Time stamp, µs: 578437695752307201 [24..32]\n\
             \x20   Beacon interval: 100 (102400 µs) [32..34]\n\
             \x20   Capabilities: 0x0431 [34..36]\n\
             \x20     ESS: Transmitter is an AP [34..36]\n\
             \x20     IBSS: Transmitter belongs to a BSS [34..36]\n\
             \x20     Reserved 1: 0 [34..36]\n\
             \x20     Reserved 2: 0 [34..36]\n\
             \x20     Privacy: Data confidentiality required [34..36]\n\
             \x20     Short preamble: Allowed [34..36]\n\
             \x20     Reserved 3: 0 [34..36]\n\
             \x20     Reserved 4: 0 [34..36]\n\
             \x20     Spectrum management: Not Implemented [34..36]\n\
             \x20     QoS: Not Implemented [34..36]\n\
             \x20     Short slot time: In use [34..36]\n\
             \x20     APSD: Not Implemented [34..36]\n\
             \x20     Radio measurement: Not Implemented [34..36]\n\
             \x20     EPD: Not Implemented [34..36]\n\
             \x20     Reserved 5: 0 [34..36]\n\
             \x20     Reserved 6: 0 [34..36]\n\
             \x20 Elements [36..96]\n\
             \x20   Element: SSID parameter set [36..42]\n\
             \x20     Number: SSID parameter set (0) [36..37]\n\
             \x20     Length: 4 [37..38]\n\
             \x20     SSID: \"home\" [38..42]\n\
             \x20   Element: Supported Rates [42..47]\n\
             \x20     Number: Supported Rates (1) [42..43]\n\
             \x20     Length: 3 [43..44]\n\
             \x20     Rate: 1 Mbit/s, required [44..45]\n\
             \x20     Rate: 2 Mbit/s, required [45..46]\n\
             \x20     Rate: 6 Mbit/s [46..47]\n\
             \x20   Element: DS Parameter set [47..50]\n\
             \x20     Number: DS Parameter set (3) [47..48]\n\
             \x20     Length: 1 [48..49]\n\
             \x20     Channel: 6 [49..50]\n\
             \x20   Element: Traffic Indication Map (TIM) [50..56]\n\
             \x20     Number: Traffic Indication Map (TIM) (5) [50..51]\n\
             \x20     Length: 4 [51..52]\n\
             \x20     DTIM count: 0 [52..53]\n\
             \x20     DTIM period: 1 [53..54]\n\
             \x20     Bitmap control: 0x00 [54..55]\n\
             \x20       Multicast: False [54..55]\n\
             \x20       Offset: 0x00 [54..55]\n\
             \x20     Bitmap: 00 [55..56]\n\
             \x20   Element: ERP Information [56..59]\n\
             \x20     Number: ERP Information (42) [56..57]\n\
             \x20     Length: 1 [57..58]\n\
             \x20     ERP: 0x00 [58..59]\n\
             \x20       Others present: Not set [58..59]\n\
             \x20       Use protection: Not set [58..59]\n\
             \x20       Barker preamble: Not set [58..59]\n\
             \x20       Reserved: 0x00 [58..59]\n\
             \x20   Element: Country Information [59..67]\n\
             \x20     Number: Country Information (7) [59..60]\n\
             \x20     Length: 6 [60..61]\n\
             \x20     Country: KR [61..63]\n\
             \x20     Environment: 32 [63..64]\n\
             \x20     Channels [64..67]\n\
             \x20       First: 1 [64..65]\n\
             \x20       Number: 13 [65..66]\n\
             \x20       Power, dBm: 20 [66..67]\n\
             \x20   Element: RSN Information [67..89]\n\
             \x20     Number: RSN Information (48) [67..68]\n\
             \x20     Length: 20 [68..69]\n\
             \x20     Version: 1 [69..71]\n\
             \x20     Group cipher: AES (CCM) (4) [71..75]\n\
             \x20       Organization: 4012 [71..74]\n\
             \x20       Type: AES (CCM) (4) [74..75]\n\
             \x20     Number of suites: 1 [75..77]\n\
             \x20     Suites [77..81]\n\
             \x20       Pairwise cipher: AES (CCM) (4) [77..81]\n\
             \x20         Organization: 4012 [77..80]\n\
             \x20         Type: AES (CCM) (4) [80..81]\n\
             \x20     Number of suites: 1 [81..83]\n\
             \x20     Suites [83..87]\n\
             \x20       Key management: PSK (2) [83..87]\n\
             \x20         Organization: 4012 [83..86]\n\
             \x20         Type: PSK (2) [86..87]\n\
             \x20     Capabilities: 0x000c [87..89]\n\
             \x20       Pre-authentication: Transmitter does not support pre-authentication [87..89]\n\
             \x20       No pairwise: Transmitter can support WEP default key 0 simultaneously with Pairwise key [87..89]\n\
             \x20       PTKSA replay counters: 16 replay counters per PTKSA/GTKSA/STAKeySA (0x0003) [87..89]\n\
             \x20       GTKSA replay counters: 1 replay counter per PTKSA/GTKSA/STAKeySA (0x0000) [87..89]\n\
             \x20       Protection required: False [87..89]\n\
             \x20       Protection possible: False [87..89]\n\
             \x20       Joint multi-band RSNA: False [87..89]\n\
             \x20       PeerKey: False [87..89]\n\
             \x20       Extended key: Not supported [87..89]\n\
             \x20   Element: Vendor Specific [89..96]\n\
             \x20     Number: Vendor Specific (221) [89..90]\n\
             \x20     Length: 5 [90..91]\n\
             \x20     Organization: 00:50:f2 [91..94]\n\
             \x20     Type: 2 [94..95]\n\
             \x20     Data: 00 [95..96]\n"
        );
    }

    #[test]
    fn asks_for_any_network() {
        assert_eq!(
            layer(
                "wlan",
                105,
                "4000 0000 ffffffffffff 020000000002 ffffffffffff 3200 0000"
            ),
            "\
             IEEE 802.11: Probe Request, SSID: any [0..26]\n\
             \x20 Type and subtype: Probe Request (0x0004) [0..1]\n\
             \x20 Frame control: 0x4000 [0..2]\n\
             \x20   Version: 0 [0..1]\n\
             \x20   Type: Management frame (0) [0..1]\n\
             \x20   Subtype: 4 [0..1]\n\
             \x20   Flags: 0x00 [1..2]\n\
             \x20     Distribution system: Not leaving DS or network is operating in AD-HOC mode (To DS: 0 From DS: 0) (0x00) [1..2]\n\
             \x20     To DS: Frame is not entering DS [1..2]\n\
             \x20     From DS: Frame is not exiting DS [1..2]\n\
             \x20     More fragments: This is the last fragment [1..2]\n\
             \x20     Retry: Frame is not being retransmitted [1..2]\n\
             \x20     Power management: STA will stay up [1..2]\n\
             \x20     More data: No data buffered [1..2]\n\
             \x20     Protected: Data is not protected [1..2]\n\
             \x20     HTC or order: Not strictly ordered [1..2]\n\
             \x20 Duration, µs: 0 [2..4]\n\
             \x20 Receiver: ff:ff:ff:ff:ff:ff [4..10]\n\
             \x20   Address: ff:ff:ff:ff:ff:ff [4..10]\n\
             \x20 Destination: ff:ff:ff:ff:ff:ff [4..10]\n\
             \x20 Transmitter: 02:00:00:00:00:02 [10..16]\n\
             \x20   Address: 02:00:00:00:00:02 [10..16]\n\
             \x20 Source: 02:00:00:00:00:02 [10..16]\n\
             \x20 BSSID: ff:ff:ff:ff:ff:ff [16..22]\n\
             \x20   Address: ff:ff:ff:ff:ff:ff [16..22]\n\
             \x20 Fragment: 2 [22..24]\n\
             \x20 Sequence number: 3 [22..24]\n\
             \x20 Elements [24..26]\n\
             \x20   Element: SSID parameter set [24..26]\n\
             \x20     Number: SSID parameter set (0) [24..25]\n\
             \x20     Length: 0 [25..26]\n\
             \x20     SSID: any [26..26]\n"
        );
    }

    #[test]
    fn asks_for_membership() {
        assert_eq!(
            layer(
                "wlan",
                105,
                "2000 0000 020000000001 020000000002 020000000001 3700 3104 0a00 0200000000aa 0004 686f6d65"
            ),
            "\
             IEEE 802.11: Reassociation Request, SSID: \"home\" [0..40]\n\
             \x20 Type and subtype: Reassociation Request (0x0002) [0..1]\n\
             \x20 Frame control: 0x2000 [0..2]\n\
             \x20   Version: 0 [0..1]\n\
             \x20   Type: Management frame (0) [0..1]\n\
             \x20   Subtype: 2 [0..1]\n\
             \x20   Flags: 0x00 [1..2]\n\
             \x20     Distribution system: Not leaving DS or network is operating in AD-HOC mode (To DS: 0 From DS: 0) (0x00) [1..2]\n\
             \x20     To DS: Frame is not entering DS [1..2]\n\
             \x20     From DS: Frame is not exiting DS [1..2]\n\
             \x20     More fragments: This is the last fragment [1..2]\n\
             \x20     Retry: Frame is not being retransmitted [1..2]\n\
             \x20     Power management: STA will stay up [1..2]\n\
             \x20     More data: No data buffered [1..2]\n\
             \x20     Protected: Data is not protected [1..2]\n\
             \x20     HTC or order: Not strictly ordered [1..2]\n\
             \x20 Duration, µs: 0 [2..4]\n\
             \x20 Receiver: 02:00:00:00:00:01 [4..10]\n\
             \x20   Address: 02:00:00:00:00:01 [4..10]\n\
             \x20 Destination: 02:00:00:00:00:01 [4..10]\n\
             \x20 Transmitter: 02:00:00:00:00:02 [10..16]\n\
             \x20   Address: 02:00:00:00:00:02 [10..16]\n\
             \x20 Source: 02:00:00:00:00:02 [10..16]\n\
             \x20 BSSID: 02:00:00:00:00:01 [16..22]\n\
             \x20   Address: 02:00:00:00:00:01 [16..22]\n\
             \x20 Fragment: 7 [22..24]\n\
             \x20 Sequence number: 3 [22..24]\n\
             \x20 Fixed part [24..34]\n\
             \x20   Capabilities: 0x0431 [24..26]\n\
             \x20     ESS: Transmitter is an AP [24..26]\n\
             \x20     IBSS: Transmitter belongs to a BSS [24..26]\n\
             \x20     Reserved 1: 0 [24..26]\n\
             \x20     Reserved 2: 0 [24..26]\n\
             \x20     Privacy: Data confidentiality required [24..26]\n\
             \x20     Short preamble: Allowed [24..26]\n\
             \x20     Reserved 3: 0 [24..26]\n\
             \x20     Reserved 4: 0 [24..26]\n\
             \x20     Spectrum management: Not Implemented [24..26]\n\
             \x20     QoS: Not Implemented [24..26]\n\
             \x20     Short slot time: In use [24..26]\n\
             \x20     APSD: Not Implemented [24..26]\n\
             \x20     Radio measurement: Not Implemented [24..26]\n\
             \x20     EPD: Not Implemented [24..26]\n\
             \x20     Reserved 5: 0 [24..26]\n\
             \x20     Reserved 6: 0 [24..26]\n\
             \x20   Listen interval: 0x000a [26..28]\n\
             \x20   Current AP: 02:00:00:00:00:aa [28..34]\n\
             \x20 Elements [34..40]\n\
             \x20   Element: SSID parameter set [34..40]\n\
             \x20     Number: SSID parameter set (0) [34..35]\n\
             \x20     Length: 4 [35..36]\n\
             \x20     SSID: \"home\" [36..40]\n"
        );
    }

    #[test]
    fn is_refused() {
        assert_eq!(
            layer(
                "wlan",
                105,
                "1000 0000 020000000002 020000000001 020000000001 3600 3104 1100 01c0"
            ),
            "\
             IEEE 802.11: Association Response, Association denied because AP is unable to handle additional associated STAs (0x0011) [0..30]\n\
             \x20 Type and subtype: Association Response (0x0001) [0..1]\n\
             \x20 Frame control: 0x1000 [0..2]\n\
             \x20   Version: 0 [0..1]\n\
             \x20   Type: Management frame (0) [0..1]\n\
             \x20   Subtype: 1 [0..1]\n\
             \x20   Flags: 0x00 [1..2]\n\
             \x20     Distribution system: Not leaving DS or network is operating in AD-HOC mode (To DS: 0 From DS: 0) (0x00) [1..2]\n\
             \x20     To DS: Frame is not entering DS [1..2]\n\
             \x20     From DS: Frame is not exiting DS [1..2]\n\
             \x20     More fragments: This is the last fragment [1..2]\n\
             \x20     Retry: Frame is not being retransmitted [1..2]\n\
             \x20     Power management: STA will stay up [1..2]\n\
             \x20     More data: No data buffered [1..2]\n\
             \x20     Protected: Data is not protected [1..2]\n\
             \x20     HTC or order: Not strictly ordered [1..2]\n\
             \x20 Duration, µs: 0 [2..4]\n\
             \x20 Receiver: 02:00:00:00:00:02 [4..10]\n\
             \x20   Address: 02:00:00:00:00:02 [4..10]\n\
             \x20 Destination: 02:00:00:00:00:02 [4..10]\n\
             \x20 Transmitter: 02:00:00:00:00:01 [10..16]\n\
             \x20   Address: 02:00:00:00:00:01 [10..16]\n\
             \x20 Source: 02:00:00:00:00:01 [10..16]\n\
             \x20 BSSID: 02:00:00:00:00:01 [16..22]\n\
             \x20   Address: 02:00:00:00:00:01 [16..22]\n\
             \x20 Fragment: 6 [22..24]\n\
             \x20 Sequence number: 3 [22..24]\n\
             \x20 Fixed part [24..30]\n\
             \x20   Capabilities: 0x0431 [24..26]\n\
             \x20     ESS: Transmitter is an AP [24..26]\n\
             \x20     IBSS: Transmitter belongs to a BSS [24..26]\n\
             \x20     Reserved 1: 0 [24..26]\n\
             \x20     Reserved 2: 0 [24..26]\n\
             \x20     Privacy: Data confidentiality required [24..26]\n\
             \x20     Short preamble: Allowed [24..26]\n\
             \x20     Reserved 3: 0 [24..26]\n\
             \x20     Reserved 4: 0 [24..26]\n\
             \x20     Spectrum management: Not Implemented [24..26]\n\
             \x20     QoS: Not Implemented [24..26]\n\
             \x20     Short slot time: In use [24..26]\n\
             \x20     APSD: Not Implemented [24..26]\n\
             \x20     Radio measurement: Not Implemented [24..26]\n\
             \x20     EPD: Not Implemented [24..26]\n\
             \x20     Reserved 5: 0 [24..26]\n\
             \x20     Reserved 6: 0 [24..26]\n\
             \x20   Status: Association denied because AP is unable to handle additional associated STAs (0x0011) [26..28]\n\
             \x20   Association: 0x0001 [28..30]\n"
        );
    }

    #[test]
    fn authenticates() {
        assert_eq!(
            layer(
                "wlan",
                105,
                "b000 0000 020000000001 020000000002 020000000001 3400 0100 0300 0000 1002 0102"
            ),
            "\
             IEEE 802.11: Authentication, Shared key, step 3 [0..34]\n\
             \x20 Type and subtype: Authentication (0x000b) [0..1]\n\
             \x20 Frame control: 0xb000 [0..2]\n\
             \x20   Version: 0 [0..1]\n\
             \x20   Type: Management frame (0) [0..1]\n\
             \x20   Subtype: 11 [0..1]\n\
             \x20   Flags: 0x00 [1..2]\n\
             \x20     Distribution system: Not leaving DS or network is operating in AD-HOC mode (To DS: 0 From DS: 0) (0x00) [1..2]\n\
             \x20     To DS: Frame is not entering DS [1..2]\n\
             \x20     From DS: Frame is not exiting DS [1..2]\n\
             \x20     More fragments: This is the last fragment [1..2]\n\
             \x20     Retry: Frame is not being retransmitted [1..2]\n\
             \x20     Power management: STA will stay up [1..2]\n\
             \x20     More data: No data buffered [1..2]\n\
             \x20     Protected: Data is not protected [1..2]\n\
             \x20     HTC or order: Not strictly ordered [1..2]\n\
             \x20 Duration, µs: 0 [2..4]\n\
             \x20 Receiver: 02:00:00:00:00:01 [4..10]\n\
             \x20   Address: 02:00:00:00:00:01 [4..10]\n\
             \x20 Destination: 02:00:00:00:00:01 [4..10]\n\
             \x20 Transmitter: 02:00:00:00:00:02 [10..16]\n\
             \x20   Address: 02:00:00:00:00:02 [10..16]\n\
             \x20 Source: 02:00:00:00:00:02 [10..16]\n\
             \x20 BSSID: 02:00:00:00:00:01 [16..22]\n\
             \x20   Address: 02:00:00:00:00:01 [16..22]\n\
             \x20 Fragment: 4 [22..24]\n\
             \x20 Sequence number: 3 [22..24]\n\
             \x20 Fixed part [24..30]\n\
             \x20   Algorithm: Shared key (1) [24..26]\n\
             \x20   Step: 0x0003 [26..28]\n\
             \x20   Status: Successful (0x0000) [28..30]\n\
             \x20 Elements [30..34]\n\
             \x20   Element: Challenge text [30..34]\n\
             \x20     Number: Challenge text (16) [30..31]\n\
             \x20     Length: 2 [31..32]\n\
             \x20     Challenge: 0102 [32..34]\n"
        );
    }

    #[test]
    fn leaves() {
        assert_eq!(
            layer(
                "wlan",
                105,
                "c000 0000 020000000001 020000000002 020000000001 3800 0700"
            ),
            "\
             IEEE 802.11: Deauthentication, Class 3 frame received from nonassociated STA (0x0007) [0..26]\n\
             \x20 Type and subtype: Deauthentication (0x000c) [0..1]\n\
             \x20 Frame control: 0xc000 [0..2]\n\
             \x20   Version: 0 [0..1]\n\
             \x20   Type: Management frame (0) [0..1]\n\
             \x20   Subtype: 12 [0..1]\n\
             \x20   Flags: 0x00 [1..2]\n\
             \x20     Distribution system: Not leaving DS or network is operating in AD-HOC mode (To DS: 0 From DS: 0) (0x00) [1..2]\n\
             \x20     To DS: Frame is not entering DS [1..2]\n\
             \x20     From DS: Frame is not exiting DS [1..2]\n\
             \x20     More fragments: This is the last fragment [1..2]\n\
             \x20     Retry: Frame is not being retransmitted [1..2]\n\
             \x20     Power management: STA will stay up [1..2]\n\
             \x20     More data: No data buffered [1..2]\n\
             \x20     Protected: Data is not protected [1..2]\n\
             \x20     HTC or order: Not strictly ordered [1..2]\n\
             \x20 Duration, µs: 0 [2..4]\n\
             \x20 Receiver: 02:00:00:00:00:01 [4..10]\n\
             \x20   Address: 02:00:00:00:00:01 [4..10]\n\
             \x20 Destination: 02:00:00:00:00:01 [4..10]\n\
             \x20 Transmitter: 02:00:00:00:00:02 [10..16]\n\
             \x20   Address: 02:00:00:00:00:02 [10..16]\n\
             \x20 Source: 02:00:00:00:00:02 [10..16]\n\
             \x20 BSSID: 02:00:00:00:00:01 [16..22]\n\
             \x20   Address: 02:00:00:00:00:01 [16..22]\n\
             \x20 Fragment: 8 [22..24]\n\
             \x20 Sequence number: 3 [22..24]\n\
             \x20 Fixed part [24..26]\n\
             \x20   Reason: Class 3 frame received from nonassociated STA (0x0007) [24..26]\n"
        );
    }

    #[test]
    fn asks_for_block_acknowledgments() {
        assert_eq!(
            layer(
                "wlan",
                105,
                "d000 0000 020000000001 020000000002 020000000001 3b00 0300 01 0210 0000 1000"
            ),
            "\
             IEEE 802.11: Action, Block Ack [0..33]\n\
             \x20 Type and subtype: Action (0x000d) [0..1]\n\
             \x20 Frame control: 0xd000 [0..2]\n\
             \x20   Version: 0 [0..1]\n\
             \x20   Type: Management frame (0) [0..1]\n\
             \x20   Subtype: 13 [0..1]\n\
             \x20   Flags: 0x00 [1..2]\n\
             \x20     Distribution system: Not leaving DS or network is operating in AD-HOC mode (To DS: 0 From DS: 0) (0x00) [1..2]\n\
             \x20     To DS: Frame is not entering DS [1..2]\n\
             \x20     From DS: Frame is not exiting DS [1..2]\n\
             \x20     More fragments: This is the last fragment [1..2]\n\
             \x20     Retry: Frame is not being retransmitted [1..2]\n\
             \x20     Power management: STA will stay up [1..2]\n\
             \x20     More data: No data buffered [1..2]\n\
             \x20     Protected: Data is not protected [1..2]\n\
             \x20     HTC or order: Not strictly ordered [1..2]\n\
             \x20 Duration, µs: 0 [2..4]\n\
             \x20 Receiver: 02:00:00:00:00:01 [4..10]\n\
             \x20   Address: 02:00:00:00:00:01 [4..10]\n\
             \x20 Destination: 02:00:00:00:00:01 [4..10]\n\
             \x20 Transmitter: 02:00:00:00:00:02 [10..16]\n\
             \x20   Address: 02:00:00:00:00:02 [10..16]\n\
             \x20 Source: 02:00:00:00:00:02 [10..16]\n\
             \x20 BSSID: 02:00:00:00:00:01 [16..22]\n\
             \x20   Address: 02:00:00:00:00:01 [16..22]\n\
             \x20 Fragment: 11 [22..24]\n\
             \x20 Sequence number: 3 [22..24]\n\
             \x20 Fixed part [24..33]\n\
             \x20   Category: Block Ack (3) [24..25]\n\
             \x20   Action: 0 [25..26]\n\
             \x20   Dialog: 0x01 [26..27]\n\
             \x20   Parameters: 0x1002 [27..29]\n\
             \x20     A-MSDU: Not Permitted [27..29]\n\
             \x20     Policy: Immediate Block Ack [27..29]\n\
             \x20     Traffic identifier: 0x0000 [27..29]\n\
             \x20     Buffers: 64 [27..29]\n\
             \x20   Timeout: 0x0000 [29..31]\n\
             \x20   Starting sequence: 0x0010 [31..33]\n\
             \x20     Fragment: 0 [31..33]\n\
             \x20     Sequence number: 1 [31..33]\n"
        );
    }

    #[test]
    fn an_encrypted_one() {
        assert_eq!(
            layer(
                "wlan",
                105,
                "c040 0000 020000000001 020000000002 020000000001 3a00 01000020 01000000 0001"
            ),
            "\
             IEEE 802.11: Deauthentication, encrypted (CCMP or GCMP) [0..32]\n\
             \x20 Type and subtype: Deauthentication (0x000c) [0..1]\n\
             \x20 Frame control: 0xc040 [0..2]\n\
             \x20   Version: 0 [0..1]\n\
             \x20   Type: Management frame (0) [0..1]\n\
             \x20   Subtype: 12 [0..1]\n\
             \x20   Flags: 0x40 [1..2]\n\
             \x20     Distribution system: Not leaving DS or network is operating in AD-HOC mode (To DS: 0 From DS: 0) (0x00) [1..2]\n\
             \x20     To DS: Frame is not entering DS [1..2]\n\
             \x20     From DS: Frame is not exiting DS [1..2]\n\
             \x20     More fragments: This is the last fragment [1..2]\n\
             \x20     Retry: Frame is not being retransmitted [1..2]\n\
             \x20     Power management: STA will stay up [1..2]\n\
             \x20     More data: No data buffered [1..2]\n\
             \x20     Protected: Data is protected [1..2]\n\
             \x20     HTC or order: Not strictly ordered [1..2]\n\
             \x20 Duration, µs: 0 [2..4]\n\
             \x20 Receiver: 02:00:00:00:00:01 [4..10]\n\
             \x20   Address: 02:00:00:00:00:01 [4..10]\n\
             \x20 Destination: 02:00:00:00:00:01 [4..10]\n\
             \x20 Transmitter: 02:00:00:00:00:02 [10..16]\n\
             \x20   Address: 02:00:00:00:00:02 [10..16]\n\
             \x20 Source: 02:00:00:00:00:02 [10..16]\n\
             \x20 BSSID: 02:00:00:00:00:01 [16..22]\n\
             \x20   Address: 02:00:00:00:00:01 [16..22]\n\
             \x20 Fragment: 10 [22..24]\n\
             \x20 Sequence number: 3 [22..24]\n\
             \x20 Encryption: CCMP or GCMP [24..32]\n\
             \x20   Packet number: 0x000000010001 [24..32]\n\
             \x20   Key: 0 [27..28]\n\
             \x20   Note: encrypted with CCMP or GCMP: the contents cannot be read without the key\n"
        );
    }

    #[test]
    fn an_element_longer_than_the_frame() {
        assert_eq!(
            layer(
                "wlan",
                105,
                "8000 0000 ffffffffffff 020000000002 020000000002 3000 0102030405060708 6400 3104 0009 686f"
            ),
            "\
             IEEE 802.11: Beacon frame [0..38]\n\
             \x20 Type and subtype: Beacon frame (0x0008) [0..1]\n\
             \x20 Frame control: 0x8000 [0..2]\n\
             \x20   Version: 0 [0..1]\n\
             \x20   Type: Management frame (0) [0..1]\n\
             \x20   Subtype: 8 [0..1]\n\
             \x20   Flags: 0x00 [1..2]\n\
             \x20     Distribution system: Not leaving DS or network is operating in AD-HOC mode (To DS: 0 From DS: 0) (0x00) [1..2]\n\
             \x20     To DS: Frame is not entering DS [1..2]\n\
             \x20     From DS: Frame is not exiting DS [1..2]\n\
             \x20     More fragments: This is the last fragment [1..2]\n\
             \x20     Retry: Frame is not being retransmitted [1..2]\n\
             \x20     Power management: STA will stay up [1..2]\n\
             \x20     More data: No data buffered [1..2]\n\
             \x20     Protected: Data is not protected [1..2]\n\
             \x20     HTC or order: Not strictly ordered [1..2]\n\
             \x20 Duration, µs: 0 [2..4]\n\
             \x20 Receiver: ff:ff:ff:ff:ff:ff [4..10]\n\
             \x20   Address: ff:ff:ff:ff:ff:ff [4..10]\n\
             \x20 Destination: ff:ff:ff:ff:ff:ff [4..10]\n\
             \x20 Transmitter: 02:00:00:00:00:02 [10..16]\n\
             \x20   Address: 02:00:00:00:00:02 [10..16]\n\
             \x20 Source: 02:00:00:00:00:02 [10..16]\n\
             \x20 BSSID: 02:00:00:00:00:02 [16..22]\n\
             \x20   Address: 02:00:00:00:00:02 [16..22]\n\
             \x20 Fragment: 0 [22..24]\n\
             \x20 Sequence number: 3 [22..24]\n\
             \x20 Fixed part [24..36]\n\
             \x20   Time stamp, µs: 578437695752307201 [24..32]\n\
             \x20   Beacon interval: 100 (102400 µs) [32..34]\n\
             \x20   Capabilities: 0x0431 [34..36]\n\
             \x20     ESS: Transmitter is an AP [34..36]\n\
             \x20     IBSS: Transmitter belongs to a BSS [34..36]\n\
             \x20     Reserved 1: 0 [34..36]\n\
             \x20     Reserved 2: 0 [34..36]\n\
             \x20     Privacy: Data confidentiality required [34..36]\n\
             \x20     Short preamble: Allowed [34..36]\n\
             \x20     Reserved 3: 0 [34..36]\n\
             \x20     Reserved 4: 0 [34..36]\n\
             \x20     Spectrum management: Not Implemented [34..36]\n\
             \x20     QoS: Not Implemented [34..36]\n\
             \x20     Short slot time: In use [34..36]\n\
             \x20     APSD: Not Implemented [34..36]\n\
             \x20     Radio measurement: Not Implemented [34..36]\n\
             \x20     EPD: Not Implemented [34..36]\n\
             \x20     Reserved 5: 0 [34..36]\n\
             \x20     Reserved 6: 0 [34..36]\n\
             \x20 Elements [36..38]\n\
             \x20   Element: SSID parameter set [36..38]\n\
             \x20     Number: SSID parameter set (0) [36..37]\n\
             \x20     Length: 9 [37..38]\n\
             \x20 Note: malformed: wlan.tag.length does not fit\n"
        );
    }

    #[test]
    fn ends_in_an_element() {
        assert_eq!(
            cut(
                "wlan",
                105,
                "8000 0000 ffffffffffff 020000000002 020000000002 3000 0102030405060708 6400 3104 0004 686f",
                64
            ),
            "\
             IEEE 802.11: Beacon frame [0..40]\n\
             \x20 Type and subtype: Beacon frame (0x0008) [0..1]\n\
             \x20 Frame control: 0x8000 [0..2]\n\
             \x20   Version: 0 [0..1]\n\
             \x20   Type: Management frame (0) [0..1]\n\
             \x20   Subtype: 8 [0..1]\n\
             \x20   Flags: 0x00 [1..2]\n\
             \x20     Distribution system: Not leaving DS or network is operating in AD-HOC mode (To DS: 0 From DS: 0) (0x00) [1..2]\n\
             \x20     To DS: Frame is not entering DS [1..2]\n\
             \x20     From DS: Frame is not exiting DS [1..2]\n\
             \x20     More fragments: This is the last fragment [1..2]\n\
             \x20     Retry: Frame is not being retransmitted [1..2]\n\
             \x20     Power management: STA will stay up [1..2]\n\
             \x20     More data: No data buffered [1..2]\n\
             \x20     Protected: Data is not protected [1..2]\n\
             \x20     HTC or order: Not strictly ordered [1..2]\n\
             \x20 Duration, µs: 0 [2..4]\n\
             \x20 Receiver: ff:ff:ff:ff:ff:ff [4..10]\n\
             \x20   Address: ff:ff:ff:ff:ff:ff [4..10]\n\
             \x20 Destination: ff:ff:ff:ff:ff:ff [4..10]\n\
             \x20 Transmitter: 02:00:00:00:00:02 [10..16]\n\
             \x20   Address: 02:00:00:00:00:02 [10..16]\n\
             \x20 Source: 02:00:00:00:00:02 [10..16]\n\
             \x20 BSSID: 02:00:00:00:00:02 [16..22]\n\
             \x20   Address: 02:00:00:00:00:02 [16..22]\n\
             \x20 Fragment: 0 [22..24]\n\
             \x20 Sequence number: 3 [22..24]\n\
             \x20 Fixed part [24..36]\n\
             \x20   Time stamp, µs: 578437695752307201 [24..32]\n\
             \x20   Beacon interval: 100 (102400 µs) [32..34]\n\
             \x20   Capabilities: 0x0431 [34..36]\n\
             \x20     ESS: Transmitter is an AP [34..36]\n\
             \x20     IBSS: Transmitter belongs to a BSS [34..36]\n\
             \x20     Reserved 1: 0 [34..36]\n\
             \x20     Reserved 2: 0 [34..36]\n\
             \x20     Privacy: Data confidentiality required [34..36]\n\
             \x20     Short preamble: Allowed [34..36]\n\
             \x20     Reserved 3: 0 [34..36]\n\
             \x20     Reserved 4: 0 [34..36]\n\
             \x20     Spectrum management: Not Implemented [34..36]\n\
             \x20     QoS: Not Implemented [34..36]\n\
             \x20     Short slot time: In use [34..36]\n\
             \x20     APSD: Not Implemented [34..36]\n\
             \x20     Radio measurement: Not Implemented [34..36]\n\
             \x20     EPD: Not Implemented [34..36]\n\
             \x20     Reserved 5: 0 [34..36]\n\
             \x20     Reserved 6: 0 [34..36]\n\
             \x20 Elements [36..40]\n\
             \x20   Element: SSID parameter set [36..40]\n\
             \x20     Number: SSID parameter set (0) [36..37]\n\
             \x20     Length: 4 [37..38]\n\
             \x20 Note: cut by the capture's size limit inside wlan.ssid\n"
        );
    }
}
