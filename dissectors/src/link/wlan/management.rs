//! Management frames: IEEE 802.11-2020, sections 9.3.3 and 9.4.

use super::{
    control::starting_sequence,
    elements::{Cipher, Element, KeyManagement, NO_PAIRWISE, PREAUTH, Replay, elements},
};
use crate::{Base, FieldDef, Hex, Layer, Next, Outcome, Stop, Value, link::mac::mac, value::named};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, le_u16, le_u64},
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

#[cfg(test)]
mod tests;
