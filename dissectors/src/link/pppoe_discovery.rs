//! PPP over Ethernet, RFC 2516: the beginning and the end of a session.

use crate::{
    Dissector, FieldDef, Layer, Next, OsiLayer, Outcome, Selector, Stop, Value,
    link::{
        ppp::text,
        pppoe::{header, rest},
    },
    value::named,
};
use nom::{
    Parser,
    number::{be_u8, be_u16, be_u32},
};

/// PPP over Ethernet, discovery.
pub const DISSECTOR: Dissector = Dissector {
    name: "pppoed",
    label: "PPP-over-Ethernet discovery",
    column: "PPPoED",
    layer: OsiLayer::DataLink,
    selectors: &[Selector::EtherType(0x8863)],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::none("pppoed.tags"),
    FieldDef::u16("pppoed.tag_length"),
    FieldDef::string("pppoed.tags.service_name"),
    FieldDef::string("pppoed.tags.ac_name"),
    FieldDef::string("pppoed.tags.service_name_error"),
    FieldDef::string("pppoed.tags.ac_system_error"),
    FieldDef::string("pppoed.tags.generic_error"),
    FieldDef::bytes("pppoed.tags.host_uniq"),
    FieldDef::bytes("pppoed.tags.ac_cookie"),
    FieldDef::bytes("pppoed.tags.relay_session_id"),
    FieldDef::bytes("pppoed.tags.hurl"),
    FieldDef::bytes("pppoed.tags.motm"),
    FieldDef::bytes("pppoed.tags.max_payload"),
    FieldDef::bytes("pppoed.tags.ip_route_add"),
    FieldDef::u16("pppoed.tags.credits.fcn"),
    FieldDef::u16("pppoed.tags.credits.bcn"),
    FieldDef::bytes("pppoed.tags.metrics"),
    FieldDef::flag("pppoed.tags.metrics.r"),
    FieldDef::hex16("pppoed.tags.metrics.cdr_units"),
    FieldDef::hex16("pppoed.tags.metrics.mdr_units"),
    FieldDef::u8("pppoed.tags.metrics.rlq"),
    FieldDef::u8("pppoed.tags.metrics.resource"),
    FieldDef::u16("pppoed.tags.metrics.latency"),
    FieldDef::u16("pppoed.tags.metrics.curr_drate"),
    FieldDef::u16("pppoed.tags.metrics.max_drate"),
    FieldDef::hex16("pppoed.tags.seq_num"),
    FieldDef::u16("pppoed.tags.credit_scale"),
    FieldDef::bytes("pppoed.tag.unknown_data"),
    FieldDef::bytes("pppoed.tags.vendor_unspecified"),
    FieldDef::u32("pppoed.tags.vendor_id"),
    FieldDef::string("pppoed.tags.circuit_id"),
    FieldDef::string("pppoed.tags.remote_id"),
    FieldDef::u32("pppoed.tags.act_data_rate_up"),
    FieldDef::u32("pppoed.tags.act_data_rate_down"),
    FieldDef::u32("pppoed.tags.min_data_rate_up"),
    FieldDef::u32("pppoed.tags.min_data_rate_down"),
    FieldDef::u32("pppoed.tags.attainable_data_rate_up"),
    FieldDef::u32("pppoed.tags.attainable_data_rate_down"),
    FieldDef::u32("pppoed.tags.max_data_rate_up"),
    FieldDef::u32("pppoed.tags.max_data_rate_down"),
    FieldDef::u32("pppoed.tags.min_data_rate_up_lp"),
    FieldDef::u32("pppoed.tags.min_data_rate_down_lp"),
    FieldDef::u32("pppoed.tags.max_int_delay_up"),
    FieldDef::u32("pppoed.tags.act_int_delay_up"),
    FieldDef::u32("pppoed.tags.max_int_delay_down"),
    FieldDef::u32("pppoed.tags.act_int_delay_down"),
];

named! {
    /// RFC 2516, appendix A; RFC 4638; RFC 5578.
    Tag(u16, Hex(4)) {
        END = 0x0000 => "End of list",
        SERVICE = 0x0101 => "Service name",
        CONCENTRATOR = 0x0102 => "Access concentrator",
        HOST = 0x0103 => "Host's own mark",
        COOKIE = 0x0104 => "Access concentrator's cookie",
        VENDOR = 0x0105 => "Vendor specific",
        CREDITS = 0x0106 => "Credits",
        METRICS = 0x0107 => "Metrics",
        SEQUENCE = 0x0108 => "Sequence number",
        CREDIT_SCALE = 0x0109 => "Credit scale factor",
        RELAY = 0x0110 => "Relay's session",
        HURL = 0x0111 => "HURL",
        MOTM = 0x0112 => "Message of the minute",
        MAX_PAYLOAD = 0x0120 => "Largest PPP payload",
        ROUTE = 0x0121 => "IP route to add",
        SERVICE_ERROR = 0x0201 => "Service name error",
        CONCENTRATOR_ERROR = 0x0202 => "Access concentrator system error",
        ERROR = 0x0203 => "Generic error",
    }
}

fn dissect(pppoe: &mut Layer) -> Outcome {
    header(pppoe)?;
    if pppoe.rest().is_empty() {
        return Ok(Next::Nothing);
    }
    let result = pppoe.group("pppoed.tags", "Tags", |pppoe| {
        let length = pppoe.reported();
        pppoe.within(length, tags)
    });
    pppoe.value_of("pppoed.tags", || Value::Static(""));
    result?;
    Ok(Next::Nothing)
}

fn tags(pppoe: &mut Layer) -> Result<(), Stop> {
    // Each takes at least four bytes.
    while !pppoe.rest().is_empty() {
        let tag = pppoe.field("", "Tag", be_u16().map(Tag))?;
        let length = usize::from(pppoe.field("", "Length", be_u16())?);
        if tag == Tag::END {
            break;
        }
        if length > pppoe.reported() {
            return pppoe.malformed("pppoed.tag_length");
        }
        if length > 0 {
            pppoe.within(length, |pppoe| value(pppoe, tag))?;
        }
    }
    Ok(())
}

fn value(pppoe: &mut Layer, tag: Tag) -> Result<(), Stop> {
    let length = pppoe.reported();
    let words = |pppoe: &mut Layer, name, label| text(pppoe, name, label, length).map(|_| ());
    match tag {
        Tag::SERVICE => words(pppoe, "pppoed.tags.service_name", "Service name"),
        Tag::CONCENTRATOR => words(pppoe, "pppoed.tags.ac_name", "Access concentrator"),
        Tag::SERVICE_ERROR => words(pppoe, "pppoed.tags.service_name_error", "Error"),
        Tag::CONCENTRATOR_ERROR => words(pppoe, "pppoed.tags.ac_system_error", "Error"),
        Tag::ERROR => words(pppoe, "pppoed.tags.generic_error", "Error"),
        Tag::HOST => rest(pppoe, "pppoed.tags.host_uniq", "Mark"),
        Tag::COOKIE => rest(pppoe, "pppoed.tags.ac_cookie", "Cookie"),
        Tag::RELAY => rest(pppoe, "pppoed.tags.relay_session_id", "Session"),
        Tag::HURL => rest(pppoe, "pppoed.tags.hurl", "HURL"),
        Tag::MOTM => rest(pppoe, "pppoed.tags.motm", "Message"),
        Tag::MAX_PAYLOAD => rest(pppoe, "pppoed.tags.max_payload", "Largest payload"),
        Tag::ROUTE => rest(pppoe, "pppoed.tags.ip_route_add", "Route"),
        Tag::VENDOR => vendor(pppoe),
        Tag::CREDITS if length == 4 => {
            pppoe.field("pppoed.tags.credits.fcn", "Forward credits", be_u16())?;
            pppoe.field("pppoed.tags.credits.bcn", "Backward credits", be_u16())?;
            Ok(())
        }
        Tag::METRICS if length >= 10 => {
            pppoe.word("pppoed.tags.metrics", be_u16(), |bits| {
                bits.flag("pppoed.tags.metrics.r", "Receive only", 0x0001);
                bits.value(
                    "pppoed.tags.metrics.cdr_units",
                    "Current rate's unit",
                    0x0006,
                    |unit| crate::Hex(unit as u16),
                );
                bits.value(
                    "pppoed.tags.metrics.mdr_units",
                    "Highest rate's unit",
                    0x0018,
                    |unit| crate::Hex(unit as u16),
                );
            })?;
            pppoe.field("pppoed.tags.metrics.rlq", "Relative link quality", be_u8())?;
            pppoe.field("pppoed.tags.metrics.resource", "Resource", be_u8())?;
            pppoe.field("pppoed.tags.metrics.latency", "Latency", be_u16())?;
            pppoe.field(
                "pppoed.tags.metrics.curr_drate",
                "Current data rate",
                be_u16(),
            )?;
            pppoe.field(
                "pppoed.tags.metrics.max_drate",
                "Highest data rate",
                be_u16(),
            )?;
            Ok(())
        }
        Tag::SEQUENCE if length == 2 => {
            pppoe.field(
                "pppoed.tags.seq_num",
                "Sequence number",
                be_u16().map(crate::Hex),
            )?;
            Ok(())
        }
        Tag::CREDIT_SCALE if length == 2 => {
            pppoe.field("pppoed.tags.credit_scale", "Scale factor", be_u16())?;
            Ok(())
        }
        _ => rest(pppoe, "pppoed.tag.unknown_data", "Data"),
    }
}

/// The vendor number of the Broadband Forum, TR-101.
const BROADBAND_FORUM: u32 = 3561;

fn vendor(pppoe: &mut Layer) -> Result<(), Stop> {
    if pppoe.reported() < 4 {
        return rest(pppoe, "pppoed.tags.vendor_unspecified", "Data");
    }
    let vendor = pppoe.field("pppoed.tags.vendor_id", "Vendor", be_u32())?;
    if vendor != BROADBAND_FORUM {
        return rest(pppoe, "pppoed.tags.vendor_unspecified", "Data");
    }
    // Each takes at least two bytes.
    while !pppoe.rest().is_empty() {
        let kind = pppoe.field("", "Type", be_u8())?;
        let length = usize::from(pppoe.field("", "Length", be_u8())?);
        pppoe.within(length, |pppoe| broadband(pppoe, kind))?;
    }
    Ok(())
}

/// TR-101, appendix B.
fn broadband(pppoe: &mut Layer, kind: u8) -> Result<(), Stop> {
    let length = pppoe.reported();
    let name = match kind {
        0x01 => {
            text(pppoe, "pppoed.tags.circuit_id", "Circuit", length)?;
            return Ok(());
        }
        0x02 => {
            text(pppoe, "pppoed.tags.remote_id", "Remote end", length)?;
            return Ok(());
        }
        0x81 => "pppoed.tags.act_data_rate_up",
        0x82 => "pppoed.tags.act_data_rate_down",
        0x83 => "pppoed.tags.min_data_rate_up",
        0x84 => "pppoed.tags.min_data_rate_down",
        0x85 => "pppoed.tags.attainable_data_rate_up",
        0x86 => "pppoed.tags.attainable_data_rate_down",
        0x87 => "pppoed.tags.max_data_rate_up",
        0x88 => "pppoed.tags.max_data_rate_down",
        0x89 => "pppoed.tags.min_data_rate_up_lp",
        0x8a => "pppoed.tags.min_data_rate_down_lp",
        0x8b => "pppoed.tags.max_int_delay_up",
        0x8c => "pppoed.tags.act_int_delay_up",
        0x8d => "pppoed.tags.max_int_delay_down",
        0x8e => "pppoed.tags.act_int_delay_down",
        _ => return rest(pppoe, "pppoed.tag.unknown_data", "Data"),
    };
    match length {
        4 => pppoe.field(name, "Line", be_u32()).map(|_| ()),
        _ => rest(pppoe, "pppoed.tag.unknown_data", "Data"),
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn an_offer() {
        assert_eq!(
            layer(
                "pppoed",
                1,
                "020000000002 0200000000aa 8863 11 07 0000 0012 0102 0004 61632d31 0104 0002 abcd 0000 0000"
            ),
            "\
             PPP-over-Ethernet discovery: Active Discovery Offer (PADO), session 0x0000 [14..38]\n\
             \x20 Version: 1 [14..15]\n\
             \x20 Type: 1 [14..15]\n\
             \x20 Code: Active Discovery Offer (PADO) (0x07) [15..16]\n\
             \x20 Session: 0x0000 [16..18]\n\
             \x20 Payload length: 18 [18..20]\n\
             \x20 Tags [20..38]\n\
             \x20   Tag: Access concentrator (0x0102) [20..22]\n\
             \x20   Length: 4 [22..24]\n\
             \x20   Access concentrator: ac-1 [24..28]\n\
             \x20   Tag: Access concentrator's cookie (0x0104) [28..30]\n\
             \x20   Length: 2 [30..32]\n\
             \x20   Cookie: abcd [32..34]\n\
             \x20   Tag: End of list (0x0000) [34..36]\n\
             \x20   Length: 0 [36..38]\n"
        );
    }

    #[test]
    fn a_tag_longer_than_what_is_left() {
        assert_eq!(
            layer(
                "pppoed",
                1,
                "020000000002 0200000000aa 8863 11 07 0000 0005 0102 0009 61"
            ),
            "\
             PPP-over-Ethernet discovery: Active Discovery Offer (PADO), session 0x0000 [14..25]\n\
             \x20 Version: 1 [14..15]\n\
             \x20 Type: 1 [14..15]\n\
             \x20 Code: Active Discovery Offer (PADO) (0x07) [15..16]\n\
             \x20 Session: 0x0000 [16..18]\n\
             \x20 Payload length: 5 [18..20]\n\
             \x20 Tags [20..25]\n\
             \x20   Tag: Access concentrator (0x0102) [20..22]\n\
             \x20   Length: 9 [22..24]\n\
             \x20 Note: malformed: pppoed.tag_length does not fit\n"
        );
    }

    #[test]
    fn ends_in_a_tag() {
        assert_eq!(
            cut(
                "pppoed",
                1,
                "020000000002 0200000000aa 8863 11 07 0000 0010 0102 0004 6163",
                64
            ),
            "\
             PPP-over-Ethernet discovery: Active Discovery Offer (PADO), session 0x0000 [14..26]\n\
             \x20 Version: 1 [14..15]\n\
             \x20 Type: 1 [14..15]\n\
             \x20 Code: Active Discovery Offer (PADO) (0x07) [15..16]\n\
             \x20 Session: 0x0000 [16..18]\n\
             \x20 Payload length: 16 [18..20]\n\
             \x20 Tags [20..26]\n\
             \x20   Tag: Access concentrator (0x0102) [20..22]\n\
             \x20   Length: 4 [22..24]\n\
             \x20 Note: cut by the capture's size limit inside pppoed.tags.ac_name\n"
        );
    }
}
