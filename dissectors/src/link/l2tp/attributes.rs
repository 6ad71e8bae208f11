//! The attributes (AVPs) of control messages: RFC 2661, section 4.4, and RFC 3931, section 5.4.

use crate::{FieldDef, Layer, Severity, Stop, Value, value::named};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16, be_u32, be_u64},
};

pub(super) const FIELDS: &[FieldDef] = &[
    FieldDef::flag("l2tp.avp.mandatory"),
    FieldDef::flag("l2tp.avp.hidden"),
    FieldDef::u16("l2tp.avp.length"),
    FieldDef::u16("l2tp.avp.vendor_id"),
    FieldDef::u16("l2tp.avp.type").names(&[Attribute::NAMES]),
    FieldDef::u16("l2tp.avp.ciscotype"),
    FieldDef::u16("l2tp.avp.message_type").names(&[Message::NAMES]),
    FieldDef::u16("l2tp.result_code").names(&[Stopped::NAMES, Disconnected::NAMES]),
    FieldDef::u16("l2tp.avp.error_code"),
    FieldDef::string("l2tp.avp.error_message"),
    FieldDef::u8("l2tp.avp.protocol_version"),
    FieldDef::u8("l2tp.avp.protocol_revision"),
    FieldDef::flag("l2tp.avp.async_framing_supported"),
    FieldDef::flag("l2tp.avp.sync_framing_supported"),
    FieldDef::flag("l2tp.avp.analog_access_supported"),
    FieldDef::flag("l2tp.avp.digital_access_supported"),
    FieldDef::hex64("l2tp.tie_breaker"),
    FieldDef::u16("l2tp.avp.firmware_revision"),
    FieldDef::string("l2tp.avp.host_name"),
    FieldDef::string("l2tp.avp.vendor_name"),
    FieldDef::u16("l2tp.avp.assigned_tunnel_id"),
    FieldDef::u16("l2tp.avp.receive_window_size"),
    FieldDef::bytes("l2tp.avp.chap_challenge"),
    FieldDef::u16("l2tp.avp.cause_code"),
    FieldDef::u8("l2tp.avp.cause_msg"),
    FieldDef::string("l2tp.avp.advisory_msg"),
    FieldDef::bytes("l2tp.avp.chap_challenge_response"),
    FieldDef::u16("l2tp.avp.assigned_session_id"),
    FieldDef::u32("l2tp.avp.call_serial_number"),
    FieldDef::u32("l2tp.avp.minimum_bps"),
    FieldDef::u32("l2tp.avp.maximum_bps"),
    FieldDef::flag("l2tp.avp.analog_bearer_type"),
    FieldDef::flag("l2tp.avp.digital_bearer_type"),
    FieldDef::flag("l2tp.avp.async_framing_type"),
    FieldDef::flag("l2tp.avp.sync_framing_type"),
    FieldDef::string("l2tp.avp.called_number"),
    FieldDef::string("l2tp.avp.calling_number"),
    FieldDef::string("l2tp.avp.sub_address"),
    FieldDef::u32("l2tp.avp.connect_speed"),
    FieldDef::u32("l2tp.avp.physical_channel"),
    FieldDef::bytes("l2tp.avp.initial_received_lcp_confreq"),
    FieldDef::bytes("l2tp.avp.last_sent_lcp_confreq"),
    FieldDef::bytes("l2tp.avp.last_received_lcp_confreq"),
    FieldDef::u16("l2tp.avp.proxy_authen_type").names(&[Authentication::NAMES]),
    FieldDef::string("l2tp.avp.proxy_authen_name"),
    FieldDef::bytes("l2tp.avp.proxy_authen_challenge"),
    FieldDef::u8("l2tp.avp.proxy_authen_id"),
    FieldDef::bytes("l2tp.avp.proxy_authen_response"),
    FieldDef::u32("l2tp.avp.crc_errors"),
    FieldDef::u32("l2tp.avp.framing_errors"),
    FieldDef::u32("l2tp.avp.hardware_overruns"),
    FieldDef::u32("l2tp.avp.buffer_overruns"),
    FieldDef::u32("l2tp.avp.time_out_errors"),
    FieldDef::u32("l2tp.avp.alignment_errors"),
    FieldDef::u32("l2tp.avp.send_accm"),
    FieldDef::u32("l2tp.avp.receive_accm"),
    FieldDef::bytes("l2tp.avp.random_vector"),
    FieldDef::bytes("l2tp.avp.private_group_id"),
    FieldDef::u32("l2tp.avp.rx_connect_speed"),
    FieldDef::u32("l2tp.avp.router_id"),
    FieldDef::u32("l2tp.avp.assigned_control_conn_id"),
    FieldDef::u32("l2tp.avp.local_session_id"),
    FieldDef::u32("l2tp.avp.remote_session_id"),
    FieldDef::bytes("l2tp.avp.assigned_cookie"),
];

named! {
    /// RFC 2661, section 3.2, and RFC 3931, section 3.1.
    Message(u16, Dec) {
        SCCRQ = 1 => "Start_Control_Request",
        SCCRP = 2 => "Start_Control_Reply",
        SCCCN = 3 => "Start_Control_Connected",
        STOP_CCN = 4 => "Stop_Control_Notification",
        HELLO = 6 => "Hello",
        OCRQ = 7 => "Outgoing_Call_Request",
        OCRP = 8 => "Outgoing_Call_Reply",
        OCCN = 9 => "Outgoing_Call_Connected",
        ICRQ = 10 => "Incoming_Call_Request",
        ICRP = 11 => "Incoming_Call_Reply",
        ICCN = 12 => "Incoming_Call_Connected",
        CDN = 14 => "Call_Disconnect_Notification",
        WEN = 15 => "WAN_Error_Notify",
        SLI = 16 => "Set_Link_Info",
        ACK = 20 => "Explicit_Acknowledgement",
    }
    /// IANA "Control Message Attribute Value Pairs": those of RFC 2661 and RFC 3931.
    Attribute(u16, Dec) {
        MESSAGE = 0 => "Control Message",
        RESULT = 1 => "Result-Error Code",
        VERSION = 2 => "Protocol Version",
        FRAMING_CAPABILITIES = 3 => "Framing Capabilities",
        BEARER_CAPABILITIES = 4 => "Bearer Capabilities",
        TIE_BREAKER = 5 => "Tie Breaker",
        FIRMWARE = 6 => "Firmware Revision",
        HOST_NAME = 7 => "Host Name",
        VENDOR_NAME = 8 => "Vendor Name",
        TUNNEL = 9 => "Assigned Tunnel ID",
        WINDOW = 10 => "Receive Window Size",
        CHALLENGE = 11 => "Challenge",
        CAUSE = 12 => "Cause Code",
        RESPONSE = 13 => "Challenge Response",
        SESSION = 14 => "Assigned Session",
        SERIAL = 15 => "Call Serial Number",
        MINIMUM_BPS = 16 => "Minimum BPS",
        MAXIMUM_BPS = 17 => "Maximum BPS",
        BEARER_TYPE = 18 => "Bearer Type",
        FRAMING_TYPE = 19 => "Framing Type",
        CALLED = 21 => "Called Number",
        CALLING = 22 => "Calling Number",
        SUB_ADDRESS = 23 => "Sub-Address",
        CONNECT_SPEED = 24 => "Connect Speed",
        CHANNEL = 25 => "Physical Channel",
        INITIAL_LCP = 26 => "Initial Received LCP CONFREQ",
        SENT_LCP = 27 => "Last Sent LCP CONFREQ",
        RECEIVED_LCP = 28 => "Last Received LCP CONFREQ",
        PROXY_TYPE = 29 => "Proxy Authen Type",
        PROXY_NAME = 30 => "Proxy Authen Name",
        PROXY_CHALLENGE = 31 => "Proxy Authen Challenge",
        PROXY_ID = 32 => "Proxy Authen ID",
        PROXY_RESPONSE = 33 => "Proxy Authen Response",
        CALL_ERRORS = 34 => "Call status AVPs",
        ACCM = 35 => "ACCM",
        RANDOM_VECTOR = 36 => "Random Vector",
        PRIVATE_GROUP = 37 => "Private group ID",
        RX_SPEED = 38 => "RxConnect Speed",
        SEQUENCING = 39 => "Sequencing Required",
        DISCONNECT = 46 => "PPP Disconnect Cause Code",
        EXTENDED_VENDOR = 58 => "Extended Vendor ID",
        DIGEST = 59 => "Message Digest",
        ROUTER = 60 => "Router ID",
        CONTROL_CONNECTION = 61 => "Assigned Control Connection ID",
        PSEUDOWIRES = 62 => "Pseudowire Capability List",
        LOCAL_SESSION = 63 => "Local Session ID",
        REMOTE_SESSION = 64 => "Remote Session ID",
        COOKIE = 65 => "Assigned Cookie",
        REMOTE_END = 66 => "Remote End ID",
        PSEUDOWIRE = 68 => "Pseudowire Type",
        SUBLAYER = 69 => "Layer2 Specific Sublayer",
        DATA_SEQUENCING = 70 => "Data Sequencing",
        CIRCUIT_STATUS = 71 => "Circuit Status",
        LANGUAGE = 72 => "Preferred Language",
        NONCE = 73 => "Control Message Authentication Nonce",
        TX_SPEED_3 = 74 => "Tx Connect Speed Version 3",
        RX_SPEED_3 = 75 => "Rx Connect Speed Version 3",
    }
    /// RFC 2661, section 4.4.2: why a control connection ends.
    Stopped(u16, Dec) {
        CLEAR = 1 => "General request to clear control connection",
        ERROR = 2 => "General error, Error Code indicates the problem",
        EXISTS = 3 => "Control connection already exists",
        NOT_AUTHORIZED = 4 => "Requester is not authorized to establish a control connection",
        BAD_VERSION = 5 => "The protocol version of the requester is not supported",
        SHUTDOWN = 6 => "Requester is being shut down",
        STATE = 7 => "Finite state machine error or timeout",
    }
    /// RFC 2661, section 4.4.2: why a call ends.
    Disconnected(u16, Dec) {
        CARRIER = 1 => "Session disconnected due to loss of carrier or circuit disconnect",
        ERROR = 2 => "Session disconnected for the reason indicated in Error Code",
        ADMINISTRATIVE = 3 => "Session disconnected for administrative reasons",
        TEMPORARY = 4 => "Appropriate facilities unavailable (temporary condition)",
        PERMANENT = 5 => "Appropriate facilities unavailable (permanent condition)",
        DESTINATION = 6 => "Invalid destination",
        NO_CARRIER = 7 => "Call failed due to no carrier detected",
        BUSY = 8 => "Call failed due to detection of a busy signal",
        NO_DIAL_TONE = 9 => "Call failed due to lack of a dial tone",
        TIMEOUT = 10 => "Call was not established within time allotted by LAC",
        NO_FRAMING = 11 => "Call was connected but no appropriate framing was detected",
    }
    /// RFC 2661, section 4.4.5.
    Authentication(u16, Dec) {
        TEXT = 1 => "Textual username/password exchange",
        CHAP = 2 => "PPP CHAP",
        PAP = 3 => "PPP PAP",
        NONE = 4 => "No Authentication",
        MSCHAP = 5 => "Microsoft CHAP Version 1",
    }
}

/// An attribute's flags, length, vendor and type.
const HEADER: usize = 6;

/// Reads all of them. Each takes at least six bytes.
pub(super) fn attributes(l2tp: &mut Layer, message: Message) -> Result<(), Stop> {
    while l2tp.reported() > 0 {
        let word = l2tp.peek("l2tp.avp.length", be_u16())?;
        let length = usize::from(word & 0x03ff);
        if length < HEADER {
            return l2tp.malformed("l2tp.avp.length");
        }
        l2tp.group("", "Attribute", |l2tp| {
            l2tp.within(length, |l2tp| attribute(l2tp, message))
        })?;
    }
    Ok(())
}

fn attribute(l2tp: &mut Layer, message: Message) -> Result<(), Stop> {
    let word = l2tp.word("l2tp.avp.length", be_u16(), |bits| {
        bits.flag("l2tp.avp.mandatory", "Mandatory", 0x8000);
        bits.flag("l2tp.avp.hidden", "Hidden", 0x4000);
        bits.number("l2tp.avp.length", "Length", 0x03ff);
    })?;
    let hidden = word & 0x4000 != 0;
    let vendor = l2tp.field("l2tp.avp.vendor_id", "Vendor", be_u16())?;
    if vendor != 0 {
        /// IANA "Private Enterprise Numbers".
        const CISCO: u16 = 9;
        let name = if vendor == CISCO {
            "l2tp.avp.ciscotype"
        } else {
            ""
        };
        let kind = l2tp.field(name, "Type", be_u16())?;
        l2tp.title(|| format!("vendor {vendor}, type {kind}"));
        return data(l2tp, "Data");
    }
    let kind = l2tp.field("l2tp.avp.type", "Type", be_u16().map(Attribute))?;
    l2tp.title(|| match kind.name() {
        Some(name) => name.to_owned(),
        None => format!("type {}", kind.0),
    });
    if hidden {
        return data(l2tp, "Hidden value");
    }
    value(l2tp, kind, message)?;
    match l2tp.reported() {
        0 => Ok(()),
        _ => data(l2tp, "Data"),
    }
}

/// Shows bytes without a meaning.
fn data(l2tp: &mut Layer, label: &'static str) -> Result<(), Stop> {
    let length = l2tp.reported();
    if length > 0 {
        l2tp.field("", label, take(length))?;
    }
    Ok(())
}

/// How a value is read.
enum Form {
    U16,
    U32,
    Text,
    Bytes,
}

fn value(l2tp: &mut Layer, kind: Attribute, message: Message) -> Result<(), Stop> {
    let (name, form) = match kind {
        Attribute::MESSAGE => {
            l2tp.field("l2tp.avp.message_type", "Message", be_u16().map(Message))?;
            return Ok(());
        }
        Attribute::RESULT => return result(l2tp, message),
        Attribute::VERSION => {
            l2tp.field("l2tp.avp.protocol_version", "Version", be_u8())?;
            l2tp.field("l2tp.avp.protocol_revision", "Revision", be_u8())?;
            return Ok(());
        }
        Attribute::FRAMING_CAPABILITIES => {
            return two(
                l2tp,
                ("l2tp.avp.async_framing_supported", "Asynchronous framing"),
                ("l2tp.avp.sync_framing_supported", "Synchronous framing"),
            );
        }
        Attribute::BEARER_CAPABILITIES => {
            return two(
                l2tp,
                ("l2tp.avp.analog_access_supported", "Analog access"),
                ("l2tp.avp.digital_access_supported", "Digital access"),
            );
        }
        Attribute::BEARER_TYPE => {
            return two(
                l2tp,
                ("l2tp.avp.analog_bearer_type", "Analog bearer"),
                ("l2tp.avp.digital_bearer_type", "Digital bearer"),
            );
        }
        Attribute::FRAMING_TYPE => {
            return two(
                l2tp,
                ("l2tp.avp.async_framing_type", "Asynchronous framing"),
                ("l2tp.avp.sync_framing_type", "Synchronous framing"),
            );
        }
        Attribute::TIE_BREAKER => {
            l2tp.field("l2tp.tie_breaker", "Tie breaker", be_u64().map(crate::Hex))?;
            return Ok(());
        }
        Attribute::CAUSE => {
            l2tp.field("l2tp.avp.cause_code", "Cause", be_u16())?;
            l2tp.field("l2tp.avp.cause_msg", "Message", be_u8())?;
            ("l2tp.avp.advisory_msg", Form::Text)
        }
        Attribute::PROXY_TYPE => {
            let name = "l2tp.avp.proxy_authen_type";
            l2tp.field(name, "Authentication", be_u16().map(Authentication))?;
            return Ok(());
        }
        Attribute::PROXY_ID => {
            l2tp.field("", "Reserved", be_u8())?;
            l2tp.field("l2tp.avp.proxy_authen_id", "Identifier", be_u8())?;
            return Ok(());
        }
        Attribute::CALL_ERRORS => return call_errors(l2tp),
        Attribute::ACCM => {
            l2tp.field("", "Reserved", be_u16())?;
            l2tp.field("l2tp.avp.send_accm", "Send ACCM", be_u32())?;
            l2tp.field("l2tp.avp.receive_accm", "Receive ACCM", be_u32())?;
            return Ok(());
        }
        Attribute::FIRMWARE => ("l2tp.avp.firmware_revision", Form::U16),
        Attribute::HOST_NAME => ("l2tp.avp.host_name", Form::Text),
        Attribute::VENDOR_NAME => ("l2tp.avp.vendor_name", Form::Text),
        Attribute::TUNNEL => ("l2tp.avp.assigned_tunnel_id", Form::U16),
        Attribute::WINDOW => ("l2tp.avp.receive_window_size", Form::U16),
        Attribute::CHALLENGE => ("l2tp.avp.chap_challenge", Form::Bytes),
        Attribute::RESPONSE => ("l2tp.avp.chap_challenge_response", Form::Bytes),
        Attribute::SESSION => ("l2tp.avp.assigned_session_id", Form::U16),
        Attribute::SERIAL => ("l2tp.avp.call_serial_number", Form::U32),
        Attribute::MINIMUM_BPS => ("l2tp.avp.minimum_bps", Form::U32),
        Attribute::MAXIMUM_BPS => ("l2tp.avp.maximum_bps", Form::U32),
        Attribute::CALLED => ("l2tp.avp.called_number", Form::Text),
        Attribute::CALLING => ("l2tp.avp.calling_number", Form::Text),
        Attribute::SUB_ADDRESS => ("l2tp.avp.sub_address", Form::Text),
        Attribute::CONNECT_SPEED => ("l2tp.avp.connect_speed", Form::U32),
        Attribute::CHANNEL => ("l2tp.avp.physical_channel", Form::U32),
        Attribute::INITIAL_LCP => ("l2tp.avp.initial_received_lcp_confreq", Form::Bytes),
        Attribute::SENT_LCP => ("l2tp.avp.last_sent_lcp_confreq", Form::Bytes),
        Attribute::RECEIVED_LCP => ("l2tp.avp.last_received_lcp_confreq", Form::Bytes),
        Attribute::PROXY_NAME => ("l2tp.avp.proxy_authen_name", Form::Text),
        Attribute::PROXY_CHALLENGE => ("l2tp.avp.proxy_authen_challenge", Form::Bytes),
        Attribute::PROXY_RESPONSE => ("l2tp.avp.proxy_authen_response", Form::Bytes),
        Attribute::RANDOM_VECTOR => ("l2tp.avp.random_vector", Form::Bytes),
        Attribute::PRIVATE_GROUP => ("l2tp.avp.private_group_id", Form::Bytes),
        Attribute::RX_SPEED => ("l2tp.avp.rx_connect_speed", Form::U32),
        Attribute::ROUTER => ("l2tp.avp.router_id", Form::U32),
        Attribute::CONTROL_CONNECTION => ("l2tp.avp.assigned_control_conn_id", Form::U32),
        Attribute::LOCAL_SESSION => ("l2tp.avp.local_session_id", Form::U32),
        Attribute::REMOTE_SESSION => ("l2tp.avp.remote_session_id", Form::U32),
        Attribute::COOKIE => ("l2tp.avp.assigned_cookie", Form::Bytes),
        _ => return Ok(()),
    };
    let length = l2tp.reported();
    match form {
        Form::U16 => _ = l2tp.field(name, "Value", be_u16())?,
        Form::U32 => _ = l2tp.field(name, "Value", be_u32())?,
        Form::Text => text(l2tp, name, length)?,
        Form::Bytes => _ = l2tp.field(name, "Value", take(length))?,
    }
    if kind == Attribute::PROXY_RESPONSE {
        l2tp.note(Severity::Note, || {
            "the user's password, if the authentication is PAP".to_owned()
        });
    }
    Ok(())
}

fn text(l2tp: &mut Layer, name: &'static str, length: usize) -> Result<(), Stop> {
    l2tp.field_shown(name, "Value", take(length), |bytes: &[u8]| {
        Value::Text(String::from_utf8_lossy(bytes).into_owned())
    })?;
    Ok(())
}

/// Two bits of a word.
fn two(
    l2tp: &mut Layer,
    (second, second_label): (&'static str, &'static str),
    (first, first_label): (&'static str, &'static str),
) -> Result<(), Stop> {
    l2tp.word(first, be_u32(), |bits| {
        bits.flag(second, second_label, 2);
        bits.flag(first, first_label, 1);
    })?;
    Ok(())
}

/// RFC 2661, section 4.4.2. The error and its message may be left out.
fn result(l2tp: &mut Layer, message: Message) -> Result<(), Stop> {
    l2tp.field_shown(
        "l2tp.result_code",
        "Result",
        be_u16(),
        |code: u16| match message {
            Message::CDN => Disconnected(code).into(),
            _ => Stopped(code).into(),
        },
    )?;
    if l2tp.reported() > 0 {
        l2tp.field("l2tp.avp.error_code", "Error", be_u16())?;
    }
    match l2tp.reported() {
        0 => Ok(()),
        length => text(l2tp, "l2tp.avp.error_message", length),
    }
}

/// RFC 2661, section 4.4.6.
fn call_errors(l2tp: &mut Layer) -> Result<(), Stop> {
    const COUNTS: [(&str, &str); 6] = [
        ("l2tp.avp.crc_errors", "CRC errors"),
        ("l2tp.avp.framing_errors", "Framing errors"),
        ("l2tp.avp.hardware_overruns", "Hardware overruns"),
        ("l2tp.avp.buffer_overruns", "Buffer overruns"),
        ("l2tp.avp.time_out_errors", "Timeouts"),
        ("l2tp.avp.alignment_errors", "Alignment errors"),
    ];
    l2tp.field("", "Reserved", be_u16())?;
    for (name, label) in COUNTS {
        l2tp.field(name, label, be_u32())?;
    }
    Ok(())
}
