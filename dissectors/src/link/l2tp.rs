//! Layer Two Tunneling Protocol: version 2, RFC 2661, and version 3, RFC 3931.

mod attributes;

use crate::{
    Base, Dissector, FieldDef, Hex, Layer, Next, OsiLayer, Outcome, Selector, Stop, Value,
    link::{ethernet, mpls::looks_like_ethernet, ppp},
    value::named,
};
use attributes::{Message, attributes};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16, be_u24, be_u32},
};

/// Layer Two Tunneling Protocol.
pub const DISSECTOR: Dissector = Dissector {
    name: "l2tp",
    label: "Layer Two Tunneling Protocol",
    column: "L2TP",
    layer: OsiLayer::DataLink,
    selectors: &[Selector::UdpPort(1701)],
    fields: &[FIELDS, attributes::FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::hex16("l2tp.flags"),
    FieldDef::u16("l2tp.type").names(&[Type::NAMES]),
    FieldDef::flag("l2tp.length_bit")
        .means("Length field is present", "Length field is not present"),
    FieldDef::flag("l2tp.seq_bit").means(
        "Ns and Nr fields are present",
        "Ns and Nr fields are not present",
    ),
    FieldDef::flag("l2tp.offset_bit").means(
        "Offset size field is present",
        "Offset size field is not present",
    ),
    FieldDef::flag("l2tp.priority").means("This data message has priority", "No priority"),
    FieldDef::u16("l2tp.version"),
    FieldDef::u16("l2tp.length"),
    FieldDef::u16("l2tp.tunnel"),
    FieldDef::u16("l2tp.session"),
    FieldDef::u16("l2tp.Ns"),
    FieldDef::u16("l2tp.Nr"),
    FieldDef::u16("l2tp.offset"),
    FieldDef::none("l2tp.offset_padding"),
    FieldDef::none("l2tp.zero_length_body_message"),
    FieldDef::hex16("l2tp.res"),
    FieldDef::hex32("l2tp.sid"),
    FieldDef::hex32("l2tp.ccid"),
    FieldDef::bytes("l2tp.cookie"),
    FieldDef::none("l2tp.l2_spec_def"),
    FieldDef::flag("l2tp.l2_spec_s"),
    FieldDef::u24("l2tp.l2_spec_sequence"),
];

named! {
    /// RFC 2661, section 3.1.
    Type(u16, Dec) {
        DATA = 0 => "Data Message",
        CONTROL = 1 => "Control Message",
    }
}

/// RFC 2661, section 3.1.
const CONTROL: u16 = 0x8000;
const LENGTH: u16 = 0x4000;
const SEQUENCE: u16 = 0x0800;
const OFFSET: u16 = 0x0200;

fn dissect(l2tp: &mut Layer) -> Outcome {
    match l2tp.peek("l2tp.flags", be_u16())? & 0x000f {
        2 => second(l2tp),
        3 => third(l2tp),
        _ => Ok(Next::Declined),
    }
}

fn flags(l2tp: &mut Layer) -> Result<u16, Stop> {
    l2tp.flags("l2tp.flags", "Flags", Base::Hex(4), be_u16(), |bits| {
        bits.value("l2tp.type", "Type", CONTROL.into(), |v| Type(v as u16));
        bits.flag_meaning(
            "l2tp.length_bit",
            "Length",
            LENGTH.into(),
            "Length field is present",
            "Length field is not present",
        );
        bits.flag_meaning(
            "l2tp.seq_bit",
            "Sequence",
            SEQUENCE.into(),
            "Ns and Nr fields are present",
            "Ns and Nr fields are not present",
        );
        // Version 3 has neither.
        if bits.part(0x000f) == 2 {
            bits.flag_meaning(
                "l2tp.offset_bit",
                "Offset",
                OFFSET.into(),
                "Offset size field is present",
                "Offset size field is not present",
            );
            bits.flag_meaning(
                "l2tp.priority",
                "Priority",
                0x0100,
                "This data message has priority",
                "No priority",
            );
        }
        bits.number("l2tp.version", "Version", 0x000f);
    })
}

/// RFC 2661, section 3.1.
fn second(l2tp: &mut Layer) -> Outcome {
    let start = l2tp.reported();
    let flags = flags(l2tp)?;
    if flags & LENGTH != 0 {
        length(l2tp, start)?;
    }
    let tunnel = l2tp.field("l2tp.tunnel", "Tunnel", be_u16())?;
    let session = l2tp.field("l2tp.session", "Session", be_u16())?;
    l2tp.title(|| format!("tunnel {tunnel}, session {session}"));
    if flags & SEQUENCE != 0 {
        l2tp.field("l2tp.Ns", "Ns", be_u16())?;
        l2tp.field("l2tp.Nr", "Nr", be_u16())?;
    }
    if flags & OFFSET != 0 {
        let offset = l2tp.field("l2tp.offset", "Offset", be_u16())?;
        if offset > 0 {
            l2tp.field_shown(
                "l2tp.offset_padding",
                "Offset padding",
                take(usize::from(offset)),
                |_: &[u8]| Value::Static(""),
            )?;
        }
    }
    if flags & CONTROL != 0 {
        return control(l2tp, &|| format!("tunnel {tunnel}, session {session}"));
    }
    l2tp.info(|| format!("L2TP data, tunnel {tunnel}, session {session}"));
    Ok(match l2tp.reported() {
        0 => Next::Nothing,
        _ => Next::Select(ppp::INSIDE),
    })
}

/// Reads the length of the message, which counts from its first byte; what follows it belongs to no message.
fn length(l2tp: &mut Layer, start: usize) -> Result<(), Stop> {
    let length = l2tp.field("l2tp.length", "Length", be_u16())?;
    match usize::from(length).checked_sub(start - l2tp.reported()) {
        Some(rest) => l2tp.limit(rest),
        None => return l2tp.malformed("l2tp.length"),
    }
    Ok(())
}

/// RFC 3931, section 4.1.2: in UDP.
fn third(l2tp: &mut Layer) -> Outcome {
    let start = l2tp.reported();
    let control = l2tp.peek("l2tp.flags", be_u16())? & CONTROL != 0;
    flags(l2tp)?;
    if control {
        return third_control(l2tp, start);
    }
    l2tp.field("l2tp.res", "Reserved", be_u16().map(Hex))?;
    let session = l2tp.field("l2tp.sid", "Session", be_u32().map(Hex))?;
    third_data(l2tp, session)
}

/// RFC 3931, section 4.1.1: in IP a session that is 0 is the control connection.
pub fn in_ip(l2tp: &mut Layer) -> Outcome {
    let session = l2tp.field("l2tp.sid", "Session", be_u32().map(Hex))?;
    if session.0 != 0 {
        return third_data(l2tp, session);
    }
    let start = l2tp.reported();
    flags(l2tp)?;
    third_control(l2tp, start)
}

fn third_control(l2tp: &mut Layer, start: usize) -> Outcome {
    length(l2tp, start)?;
    let connection = l2tp.field("l2tp.ccid", "Control connection", be_u32().map(Hex))?;
    l2tp.field("l2tp.Ns", "Ns", be_u16())?;
    l2tp.field("l2tp.Nr", "Nr", be_u16())?;
    let words = || format!("version 3, control connection 0x{:08x}", connection.0);
    l2tp.title(words);
    control(l2tp, &words)
}

/// What precedes the frame was agreed on in the control connection (RFC 3931, section 4.1): a cookie of 0, 4 or 8 bytes
/// and a sublayer of 0 or 4. Ethernet is looked for behind them; nothing is said of other pseudowires.
fn third_data(l2tp: &mut Layer, session: Hex<u32>) -> Outcome {
    l2tp.title(|| format!("version 3, session 0x{:08x}", session.0));
    l2tp.info(|| format!("L2TPv3 data, session 0x{:08x}", session.0));
    let rest = l2tp.rest();
    let is_frame = |at: usize| rest.get(at..).is_some_and(looks_like_ethernet);
    let Some(at) = [0, 4, 8, 12].into_iter().find(|&at| is_frame(at)) else {
        return Ok(Next::Data);
    };
    // Only the sequence bit and the number of the default sublayer (section 4.6) have a meaning.
    let has_sublayer = at == 12 || at == 4 && matches!(rest.first(), Some(0 | 0x40));
    let cookie = if has_sublayer { at - 4 } else { at };
    if cookie > 0 {
        l2tp.field("l2tp.cookie", "Cookie", take(cookie))?;
    }
    if has_sublayer {
        l2tp.group("l2tp.l2_spec_def", "Default sublayer", |l2tp| {
            l2tp.word("l2tp.l2_spec_s", be_u8(), |bits| {
                bits.flag("l2tp.l2_spec_s", "Sequence", 0x40);
            })?;
            l2tp.field_shown("l2tp.l2_spec_sequence", "Number", be_u24(), |number| {
                Value::Number(number.into(), Base::Dec)
            })
        })?;
    }
    Ok(Next::Select(ethernet::INSIDE))
}

/// A control message: its first attribute names it, and without any it only acknowledges.
fn control(l2tp: &mut Layer, of: &dyn Fn() -> String) -> Outcome {
    if l2tp.reported() == 0 {
        l2tp.computed("l2tp.zero_length_body_message", "Only acknowledges", || {
            Value::Static("")
        });
        l2tp.title_more(|| ", only acknowledges".to_owned());
        l2tp.info(|| format!("L2TP acknowledgment, {}", of()));
        return Ok(Next::Nothing);
    }
    let message = match l2tp.rest() {
        [_, _, 0, 0, 0, 0, a, b, ..] => Message(u16::from_be_bytes([*a, *b])),
        _ => Message(0),
    };
    let name = || message.name().unwrap_or("unknown message").to_owned();
    l2tp.title_more(|| format!(", {}", name()));
    l2tp.info(|| format!("L2TP {}, {}", name(), of()));
    attributes(l2tp, message)?;
    Ok(Next::Nothing)
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn data() {
        assert_eq!(
            layer(
                "l2tp",
                228,
                "4500003200010000 40110000 0a000001 0a000002 c35006a5001e0000 4b02 0016 0001 0002 0005 0006 0002 aabb ff03 0021 4500"
            ),
            "\
             Layer Two Tunneling Protocol: tunnel 1, session 2 [28..44]\n\
             \x20 Flags: 0x4b02 [28..30]\n\
             \x20   Type: Data Message (0) [28..30]\n\
             \x20   Length: Length field is present [28..30]\n\
             \x20   Sequence: Ns and Nr fields are present [28..30]\n\
             \x20   Offset: Offset size field is present [28..30]\n\
             \x20   Priority: This data message has priority [28..30]\n\
             \x20   Version: 2 [28..30]\n\
             \x20 Length: 22 [30..32]\n\
             \x20 Tunnel: 1 [32..34]\n\
             \x20 Session: 2 [34..36]\n\
             \x20 Ns: 5 [36..38]\n\
             \x20 Nr: 6 [38..40]\n\
             \x20 Offset: 2 [40..42]\n\
             \x20 Offset padding [42..44]\n"
        );
    }

    #[test]
    fn a_request() {
        assert_eq!(
            layer(
                "l2tp",
                228,
                "4500005300010000 40110000 0a000001 0a000002 c35006a5003f0000 c802 0037 0000 0000 0000 0000 8008 0000 0000 0001 8008 0000 0002 0100 800a 0000 0003 00000003 8009 0000 0007 6c6163 8008 0000 0009 0007"
            ),
            "\
             Layer Two Tunneling Protocol: tunnel 0, session 0, Start_Control_Request [28..83]\n\
             \x20 Flags: 0xc802 [28..30]\n\
             \x20   Type: Control Message (1) [28..30]\n\
             \x20   Length: Length field is present [28..30]\n\
             \x20   Sequence: Ns and Nr fields are present [28..30]\n\
             \x20   Offset: Offset size field is not present [28..30]\n\
             \x20   Priority: No priority [28..30]\n\
             \x20   Version: 2 [28..30]\n\
             \x20 Length: 55 [30..32]\n\
             \x20 Tunnel: 0 [32..34]\n\
             \x20 Session: 0 [34..36]\n\
             \x20 Ns: 0 [36..38]\n\
             \x20 Nr: 0 [38..40]\n\
             \x20 Attribute: Control Message [40..48]\n\
             \x20   Mandatory: Set [40..42]\n\
             \x20   Hidden: Not set [40..42]\n\
             \x20   Length: 8 [40..42]\n\
             \x20   Vendor: 0 [42..44]\n\
             \x20   Type: Control Message (0) [44..46]\n\
             \x20   Message: Start_Control_Request (1) [46..48]\n\
             \x20 Attribute: Protocol Version [48..56]\n\
             \x20   Mandatory: Set [48..50]\n\
             \x20   Hidden: Not set [48..50]\n\
             \x20   Length: 8 [48..50]\n\
             \x20   Vendor: 0 [50..52]\n\
             \x20   Type: Protocol Version (2) [52..54]\n\
             \x20   Version: 1 [54..55]\n\
             \x20   Revision: 0 [55..56]\n\
             \x20 Attribute: Framing Capabilities [56..66]\n\
             \x20   Mandatory: Set [56..58]\n\
             \x20   Hidden: Not set [56..58]\n\
             \x20   Length: 10 [56..58]\n\
             \x20   Vendor: 0 [58..60]\n\
             \x20   Type: Framing Capabilities (3) [60..62]\n\
             \x20   Asynchronous framing: Set [62..66]\n\
             \x20   Synchronous framing: Set [62..66]\n\
             \x20 Attribute: Host Name [66..75]\n\
             \x20   Mandatory: Set [66..68]\n\
             \x20   Hidden: Not set [66..68]\n\
             \x20   Length: 9 [66..68]\n\
             \x20   Vendor: 0 [68..70]\n\
             \x20   Type: Host Name (7) [70..72]\n\
             \x20   Value: lac [72..75]\n\
             \x20 Attribute: Assigned Tunnel ID [75..83]\n\
             \x20   Mandatory: Set [75..77]\n\
             \x20   Hidden: Not set [75..77]\n\
             \x20   Length: 8 [75..77]\n\
             \x20   Vendor: 0 [77..79]\n\
             \x20   Type: Assigned Tunnel ID (9) [79..81]\n\
             \x20   Value: 7 [81..83]\n"
        );
    }

    #[test]
    fn an_end() {
        assert_eq!(
            layer(
                "l2tp",
                228,
                "4500003d00010000 40110000 0a000001 0a000002 c35006a500290000 c802 0021 0007 0000 0000 0000 8008 0000 0000 000e 800d 0000 0001 0003 0000 627965"
            ),
            "\
             Layer Two Tunneling Protocol: tunnel 7, session 0, Call_Disconnect_Notification [28..61]\n\
             \x20 Flags: 0xc802 [28..30]\n\
             \x20   Type: Control Message (1) [28..30]\n\
             \x20   Length: Length field is present [28..30]\n\
             \x20   Sequence: Ns and Nr fields are present [28..30]\n\
             \x20   Offset: Offset size field is not present [28..30]\n\
             \x20   Priority: No priority [28..30]\n\
             \x20   Version: 2 [28..30]\n\
             \x20 Length: 33 [30..32]\n\
             \x20 Tunnel: 7 [32..34]\n\
             \x20 Session: 0 [34..36]\n\
             \x20 Ns: 0 [36..38]\n\
             \x20 Nr: 0 [38..40]\n\
             \x20 Attribute: Control Message [40..48]\n\
             \x20   Mandatory: Set [40..42]\n\
             \x20   Hidden: Not set [40..42]\n\
             \x20   Length: 8 [40..42]\n\
             \x20   Vendor: 0 [42..44]\n\
             \x20   Type: Control Message (0) [44..46]\n\
             \x20   Message: Call_Disconnect_Notification (14) [46..48]\n\
             \x20 Attribute: Result-Error Code [48..61]\n\
             \x20   Mandatory: Set [48..50]\n\
             \x20   Hidden: Not set [48..50]\n\
             \x20   Length: 13 [48..50]\n\
             \x20   Vendor: 0 [50..52]\n\
             \x20   Type: Result-Error Code (1) [52..54]\n\
             \x20   Result: Session disconnected for administrative reasons (3) [54..56]\n\
             \x20   Error: 0 [56..58]\n\
             \x20   Value: bye [58..61]\n"
        );
    }

    #[test]
    fn a_hidden_attribute_and_one_of_a_vendor() {
        assert_eq!(
            layer(
                "l2tp",
                228,
                "4500003f00010000 40110000 0a000001 0a000002 c35006a5002b0000 c802 0023 0000 0000 0000 0000 8008 0000 0000 000a c008 0000 0015 abcd 0007 0009 0001 ff"
            ),
            "\
             Layer Two Tunneling Protocol: tunnel 0, session 0, Incoming_Call_Request [28..63]\n\
             \x20 Flags: 0xc802 [28..30]\n\
             \x20   Type: Control Message (1) [28..30]\n\
             \x20   Length: Length field is present [28..30]\n\
             \x20   Sequence: Ns and Nr fields are present [28..30]\n\
             \x20   Offset: Offset size field is not present [28..30]\n\
             \x20   Priority: No priority [28..30]\n\
             \x20   Version: 2 [28..30]\n\
             \x20 Length: 35 [30..32]\n\
             \x20 Tunnel: 0 [32..34]\n\
             \x20 Session: 0 [34..36]\n\
             \x20 Ns: 0 [36..38]\n\
             \x20 Nr: 0 [38..40]\n\
             \x20 Attribute: Control Message [40..48]\n\
             \x20   Mandatory: Set [40..42]\n\
             \x20   Hidden: Not set [40..42]\n\
             \x20   Length: 8 [40..42]\n\
             \x20   Vendor: 0 [42..44]\n\
             \x20   Type: Control Message (0) [44..46]\n\
             \x20   Message: Incoming_Call_Request (10) [46..48]\n\
             \x20 Attribute: Called Number [48..56]\n\
             \x20   Mandatory: Set [48..50]\n\
             \x20   Hidden: Set [48..50]\n\
             \x20   Length: 8 [48..50]\n\
             \x20   Vendor: 0 [50..52]\n\
             \x20   Type: Called Number (21) [52..54]\n\
             \x20   Hidden value: abcd [54..56]\n\
             \x20 Attribute: vendor 9, type 1 [56..63]\n\
             \x20   Mandatory: Not set [56..58]\n\
             \x20   Hidden: Not set [56..58]\n\
             \x20   Length: 7 [56..58]\n\
             \x20   Vendor: 9 [58..60]\n\
             \x20   Type: 1 [60..62]\n\
             \x20   Data: ff [62..63]\n"
        );
    }

    #[test]
    fn only_an_acknowledgment() {
        assert_eq!(
            layer(
                "l2tp",
                228,
                "4500002800010000 40110000 0a000001 0a000002 c35006a500140000 c802 000c 0000 0000 0000 0000 "
            ),
            "\
             Layer Two Tunneling Protocol: tunnel 0, session 0, only acknowledges [28..40]\n\
             \x20 Flags: 0xc802 [28..30]\n\
             \x20   Type: Control Message (1) [28..30]\n\
             \x20   Length: Length field is present [28..30]\n\
             \x20   Sequence: Ns and Nr fields are present [28..30]\n\
             \x20   Offset: Offset size field is not present [28..30]\n\
             \x20   Priority: No priority [28..30]\n\
             \x20   Version: 2 [28..30]\n\
             \x20 Length: 12 [30..32]\n\
             \x20 Tunnel: 0 [32..34]\n\
             \x20 Session: 0 [34..36]\n\
             \x20 Ns: 0 [36..38]\n\
             \x20 Nr: 0 [38..40]\n\
             \x20 Only acknowledges\n"
        );
    }

    #[test]
    fn an_attribute_that_is_too_short() {
        assert_eq!(
            layer(
                "l2tp",
                228,
                "4500002e00010000 40110000 0a000001 0a000002 c35006a5001a0000 c802 0012 0000 0000 0000 0000 8003 0000 0000"
            ),
            "\
             Layer Two Tunneling Protocol: tunnel 0, session 0, unknown message [28..40]\n\
             \x20 Flags: 0xc802 [28..30]\n\
             \x20   Type: Control Message (1) [28..30]\n\
             \x20   Length: Length field is present [28..30]\n\
             \x20   Sequence: Ns and Nr fields are present [28..30]\n\
             \x20   Offset: Offset size field is not present [28..30]\n\
             \x20   Priority: No priority [28..30]\n\
             \x20   Version: 2 [28..30]\n\
             \x20 Length: 18 [30..32]\n\
             \x20 Tunnel: 0 [32..34]\n\
             \x20 Session: 0 [34..36]\n\
             \x20 Ns: 0 [36..38]\n\
             \x20 Nr: 0 [38..40]\n\
             \x20 Note: malformed: l2tp.avp.length does not fit\n"
        );
    }

    #[test]
    fn version_3_behind_a_cookie() {
        assert_eq!(
            layer(
                "l2tp",
                228,
                "4500003c00010000 40110000 0a000001 0a000002 c35006a500280000 0003 0000 0000000a 11223344 55667788 020000000002 0200000000aa 9000 0000"
            ),
            "\
             Layer Two Tunneling Protocol: version 3, session 0x0000000a [28..44]\n\
             \x20 Flags: 0x0003 [28..30]\n\
             \x20   Type: Data Message (0) [28..30]\n\
             \x20   Length: Length field is not present [28..30]\n\
             \x20   Sequence: Ns and Nr fields are not present [28..30]\n\
             \x20   Version: 3 [28..30]\n\
             \x20 Reserved: 0x0000 [30..32]\n\
             \x20 Session: 0x0000000a [32..36]\n\
             \x20 Cookie: 1122334455667788 [36..44]\n"
        );
    }

    #[test]
    fn version_3_in_ip() {
        assert_eq!(
            layer(
                "l2tp",
                228,
                "4500002c00010000 40730000 0a000001 0a000002 0000000a 40000005 020000000002 0200000000aa 9000 0000"
            ),
            "\
             Layer Two Tunneling Protocol: version 3, session 0x0000000a [20..28]\n\
             \x20 Session: 0x0000000a [20..24]\n\
             \x20 Default sublayer [24..28]\n\
             \x20   Sequence: Set [24..25]\n\
             \x20   Number: 5 [25..28]\n"
        );
    }

    #[test]
    fn control_of_version_3_in_ip() {
        assert_eq!(
            layer(
                "l2tp",
                228,
                "4500002c00010000 40730000 0a000001 0a000002 00000000 c803 0014 00000001 0000 0000 8008 0000 0000 0006"
            ),
            "\
             Layer Two Tunneling Protocol: version 3, control connection 0x00000001, Hello [20..44]\n\
             \x20 Session: 0x00000000 [20..24]\n\
             \x20 Flags: 0xc803 [24..26]\n\
             \x20   Type: Control Message (1) [24..26]\n\
             \x20   Length: Length field is present [24..26]\n\
             \x20   Sequence: Ns and Nr fields are present [24..26]\n\
             \x20   Version: 3 [24..26]\n\
             \x20 Length: 20 [26..28]\n\
             \x20 Control connection: 0x00000001 [28..32]\n\
             \x20 Ns: 0 [32..34]\n\
             \x20 Nr: 0 [34..36]\n\
             \x20 Attribute: Control Message [36..44]\n\
             \x20   Mandatory: Set [36..38]\n\
             \x20   Hidden: Not set [36..38]\n\
             \x20   Length: 8 [36..38]\n\
             \x20   Vendor: 0 [38..40]\n\
             \x20   Type: Control Message (0) [40..42]\n\
             \x20   Message: Hello (6) [42..44]\n"
        );
    }

    #[test]
    fn ends_in_the_session() {
        assert_eq!(
            cut(
                "l2tp",
                228,
                "4500002100010000 40110000 0a000001 0a000002 c35006a5000d0000 0002 0001 00",
                90
            ),
            "\
             Layer Two Tunneling Protocol [28..32]\n\
             \x20 Flags: 0x0002 [28..30]\n\
             \x20   Type: Data Message (0) [28..30]\n\
             \x20   Length: Length field is not present [28..30]\n\
             \x20   Sequence: Ns and Nr fields are not present [28..30]\n\
             \x20   Offset: Offset size field is not present [28..30]\n\
             \x20   Priority: No priority [28..30]\n\
             \x20   Version: 2 [28..30]\n\
             \x20 Tunnel: 1 [30..32]\n\
             \x20 Note: malformed: l2tp.session does not fit\n"
        );
    }
}
