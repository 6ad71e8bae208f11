//! The fields of every frame, and the names of their values: IEEE 802.11-2020, sections 9.2 and 9.3.

use crate::{FieldDef, ValueName, value::named};

pub(super) const FIELDS: &[FieldDef] = &[
    FieldDef::hex16("wlan.fc.type_subtype").names(&[FrameType::NAMES]),
    FieldDef::hex16("wlan.fc"),
    FieldDef::u8("wlan.fc.version"),
    FieldDef::u8("wlan.fc.type").names(&[Kind::NAMES]),
    FieldDef::u8("wlan.fc.subtype"),
    FieldDef::hex8("wlan.flags"),
    FieldDef::hex8("wlan.fc.ds").names(&[Ds::NAMES]),
    FLAGS[0].field(),
    FLAGS[1].field(),
    FLAGS[2].field(),
    FLAGS[3].field(),
    FLAGS[4].field(),
    FLAGS[5].field(),
    FLAGS[6].field(),
    FLAGS[7].field(),
    FieldDef::u16("wlan.duration"),
    FieldDef::u16("wlan.aid"),
    FieldDef::mac("wlan.ra"),
    FieldDef::mac("wlan.ta"),
    FieldDef::mac("wlan.da"),
    FieldDef::mac("wlan.sa"),
    FieldDef::mac("wlan.bssid"),
    FieldDef::mac("wlan.staa"),
    FieldDef::mac("wlan.addr"),
    FieldDef::u16("wlan.frag"),
    FieldDef::u16("wlan.seq"),
    FieldDef::hex16("wlan.qos"),
    FieldDef::u16("wlan.qos.tid"),
    FieldDef::u16("wlan.qos.priority").names(&[Priority::NAMES]),
    FieldDef::flag("wlan.qos.bit4").means(BIT_4.0, BIT_4.1),
    FieldDef::flag("wlan.qos.eosp").means(EOSP.0, EOSP.1),
    FieldDef::hex16("wlan.qos.ack").names(&[Acknowledgment::NAMES]),
    FieldDef::flag("wlan.qos.amsdupresent").means("A-MSDU", "MSDU"),
    FieldDef::u16("wlan.qos.txop_dur_req"),
    FieldDef::u16("wlan.qos.queue_size"),
    FieldDef::u16("wlan.qos.txop_limit"),
    FieldDef::hex16("wlan.qos.ps_buf_state"),
    FieldDef::flag("wlan.qos.buf_state_indicated").means("Yes", "No"),
    FieldDef::u16("wlan.qos.highest_pri_buf_ac").names(&[Category::NAMES]),
    FieldDef::u16("wlan.qos.qap_buf_load"),
    FieldDef::hex32("wlan.htc"),
    FieldDef::flag("wlan.htc.vht").means("True", "False"),
    FieldDef::flag("wlan.htc.he").means("True", "False"),
    FieldDef::hex24("wlan.wep.iv"),
    FieldDef::u8("wlan.wep.key"),
    FieldDef::hex32("wlan.wep.icv"),
    FieldDef::string("wlan.tkip.extiv"),
    FieldDef::string("wlan.ccmp.extiv"),
    FieldDef::hex32("wlan.fcs"),
    FieldDef::u8("wlan.fcs.status").names(&[&[ValueName::one(2, "Unverified")]]),
];

/// A flag of the frame control field: section 9.2.4.1.
pub(super) struct Flag {
    pub name: &'static str,
    pub label: &'static str,
    pub mask: u64,
    pub yes: &'static str,
    pub no: &'static str,
}

impl Flag {
    const fn field(&self) -> FieldDef {
        FieldDef::flag(self.name).means(self.yes, self.no)
    }
}

const fn flag(
    name: &'static str,
    label: &'static str,
    mask: u64,
    yes: &'static str,
    no: &'static str,
) -> Flag {
    Flag {
        name,
        label,
        mask,
        yes,
        no,
    }
}

pub(super) const FLAGS: [Flag; 8] = [
    flag(
        "wlan.fc.tods",
        "To DS",
        0x01,
        "Frame is entering DS",
        "Frame is not entering DS",
    ),
    flag(
        "wlan.fc.fromds",
        "From DS",
        0x02,
        "Frame is exiting DS",
        "Frame is not exiting DS",
    ),
    flag(
        "wlan.fc.frag",
        "More fragments",
        0x04,
        "More fragments follow",
        "This is the last fragment",
    ),
    flag(
        "wlan.fc.retry",
        "Retry",
        0x08,
        "Frame is being retransmitted",
        "Frame is not being retransmitted",
    ),
    flag(
        "wlan.fc.pwrmgt",
        "Power management",
        0x10,
        "STA will go to sleep",
        "STA will stay up",
    ),
    flag(
        "wlan.fc.moredata",
        "More data",
        0x20,
        "Data is buffered for STA at AP",
        "No data buffered",
    ),
    flag(
        "wlan.fc.protected",
        "Protected",
        0x40,
        "Data is protected",
        "Data is not protected",
    ),
    flag(
        "wlan.fc.order",
        "HTC or order",
        0x80,
        "Strictly ordered",
        "Not strictly ordered",
    ),
];

pub(super) const BIT_4: (&str, &str) = (
    "Bits 8-15 of QoS Control field are Queue Size",
    "Bits 8-15 of QoS Control field are TXOP Duration Requested",
);
pub(super) const EOSP: (&str, &str) = ("End of service period", "Service period");

named! {
    /// Section 9.2.4.1.3: type and subtype.
    FrameType(u16, Hex(4)) {
        ASSOCIATION_REQUEST = 0 => "Association Request",
        ASSOCIATION_RESPONSE = 1 => "Association Response",
        REASSOCIATION_REQUEST = 2 => "Reassociation Request",
        REASSOCIATION_RESPONSE = 3 => "Reassociation Response",
        PROBE_REQUEST = 4 => "Probe Request",
        PROBE_RESPONSE = 5 => "Probe Response",
        MEASUREMENT_PILOT = 6 => "Measurement Pilot",
        BEACON = 8 => "Beacon frame",
        ATIM = 9 => "ATIM",
        DISASSOCIATE = 10 => "Disassociate",
        AUTHENTICATION = 11 => "Authentication",
        DEAUTHENTICATION = 12 => "Deauthentication",
        ACTION = 13 => "Action",
        ACTION_NO_ACK = 14 => "Action No Ack",
        TRIGGER = 18 => "Trigger",
        BEAMFORMING_POLL = 20 => "Beamforming Report Poll",
        NDP_ANNOUNCEMENT = 21 => "VHT/HE NDP Announcement",
        WRAPPER = 23 => "Control Wrapper",
        BLOCK_ACK_REQUEST = 24 => "802.11 Block Ack Req",
        BLOCK_ACK = 25 => "802.11 Block Ack",
        PS_POLL = 26 => "Power-Save poll",
        RTS = 27 => "Request-to-send",
        CTS = 28 => "Clear-to-send",
        ACK = 29 => "Acknowledgement",
        CF_END = 30 => "CF-End (Control-frame)",
        CF_END_ACK = 31 => "CF-End + CF-Ack (Control-frame)",
        DATA = 32 => "Data",
        DATA_ACK = 33 => "Data + CF-Ack",
        DATA_POLL = 34 => "Data + CF-Poll",
        DATA_ACK_POLL = 35 => "Data + CF-Ack + CF-Poll",
        NULL = 36 => "Null function (No data)",
        NULL_ACK = 37 => "Acknowledgement (No data)",
        NULL_POLL = 38 => "CF-Poll (No data)",
        NULL_ACK_POLL = 39 => "CF-Ack/Poll (No data)",
        QOS_DATA = 40 => "QoS Data",
        QOS_DATA_ACK = 41 => "QoS Data + CF-Acknowledgment",
        QOS_DATA_POLL = 42 => "QoS Data + CF-Poll",
        QOS_DATA_ACK_POLL = 43 => "QoS Data + CF-Ack + CF-Poll",
        QOS_NULL = 44 => "QoS Null function (No data)",
        QOS_POLL = 46 => "QoS CF-Poll (No Data)",
        QOS_ACK_POLL = 47 => "QoS CF-Ack + CF-Poll (No data)",
        DMG_BEACON = 48 => "DMG Beacon",
        S1G_BEACON = 49 => "S1G Beacon",
    }
    /// Section 9.2.4.1.3.
    Kind(u8, Dec) {
        MANAGEMENT = 0 => "Management frame",
        CONTROL = 1 => "Control frame",
        DATA = 2 => "Data frame",
        EXTENSION = 3 => "Extension frame",
    }
    /// Section 9.2.4.1.4: how it crosses the distribution system.
    Ds(u8, Hex(2)) {
        NEITHER = 0 => "Not leaving DS or network is operating in AD-HOC mode (To DS: 0 From DS: 0)",
        TO = 1 => "Frame from STA to DS via an AP (To DS: 1 From DS: 0)",
        FROM = 2 => "Frame from DS to a STA via AP(To DS: 0 From DS: 1)",
        BOTH = 3 => "WDS (AP to AP) or Mesh (MP to MP) Frame (To DS: 1 From DS: 1)",
    }
    /// Table 10-1: user priorities and their access categories.
    Priority(u16, Dec) {
        BEST_EFFORT = 0 => "Best Effort (Best Effort)",
        BACKGROUND = 1 => "Background (Background)",
        SPARE = 2 => "Spare (Background)",
        EXCELLENT = 3 => "Excellent Effort (Best Effort)",
        CONTROLLED = 4 => "Controlled Load (Video)",
        VIDEO = 5 => "Video (Video)",
        VOICE = 6 => "Voice (Voice)",
        NETWORK = 7 => "Network Control (Voice)",
    }
    /// Section 9.2.4.5.4.
    Acknowledgment(u16, Hex(4)) {
        NORMAL = 0 => "Normal Ack",
        NONE = 1 => "No Ack",
        NOT_EXPLICIT = 2 => "No explicit acknowledgment",
        BLOCK = 3 => "Block Ack",
    }
    /// Access categories.
    Category(u16, Dec) {
        BEST_EFFORT = 0 => "Best Effort",
        BACKGROUND = 1 => "Background",
        VIDEO = 2 => "Video",
        VOICE = 3 => "Voice",
    }
}
