//! Domain Name System over TCP, RFC 7766: a length stands in front of every message.

use crate::{
    Dissector, Layer, Next, OsiLayer, Outcome, Selector,
    application::{
        dns::{self, session::HEADER},
        message::Length,
    },
};
use nom::number::be_u16;

/// Domain Name System, as a stream carries it.
pub const DISSECTOR: Dissector = Dissector {
    name: "dns",
    label: "Domain Name System",
    column: "DNS",
    layer: OsiLayer::Application,
    selectors: &[Selector::TcpPort(53)],
    fields: &[],
    dissect,
    talk: Some(dns::session::STREAM),
};

/// How long the message at the beginning of these bytes is: RFC 1035, section 4.2.2.
fn message_length(bytes: &[u8]) -> Length {
    let [high, low, ..] = bytes else {
        return Length::NeedMore;
    };
    match usize::from(u16::from_be_bytes([*high, *low])) {
        ..HEADER => Length::NotMine,
        length => Length::Complete(length + 2),
    }
}

fn dissect(dns: &mut Layer) -> Outcome {
    let length = match message_length(dns.rest()) {
        _ if dns.is_message() => dns.rest().len(),
        Length::Complete(length) if length <= dns.reported() => length,
        _ => return Ok(Next::Declined),
    };
    if !dns.tells() {
        return Ok(Next::Nothing);
    }
    dns.within(length, |dns| {
        dns.field("dns.length", "Length", be_u16())?;
        dns::message(dns, dns::Dialect::Unicast)
    })?;
    Ok(match dns.reported() {
        0 => Next::Nothing,
        _ => Next::Again,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{bytes, cut, info, layer};

    /// Two questions of the same connection, as RFC 7766, section 6.2.1, allows, and the beginning of a third.
    const QUESTIONS: &str = "45000064 00000000 40060000 0a000001 0a000002
        d4310035 00000001 00000001 50180400 00000000
        0013 0001 0100 0001 0000 0000 0000 016100 0001 0001
        0013 0002 0100 0001 0000 0000 0000 016200 001c 0001
        0013 0003 0100 0001 0000 0000 0000 0163";

    #[test]
    fn two_questions_in_a_segment() {
        assert_eq!(info(228, QUESTIONS), "DNS: Standard query 0x0002 AAAA b");
        let shown = layer("dns", 228, QUESTIONS);
        let tops: Vec<_> = shown
            .lines()
            .filter(|row| !row.starts_with("   "))
            .collect();
        assert_eq!(
            tops.join("\n"),
            "\
Domain Name System: query [40..61]
  Length: 19 [40..42]
  Transaction id: 0x0001 [42..44]
  Flags: 0x0100 [44..46]
  Questions: 1 [46..48]
  Answer records: 0 [48..50]
  Authority records: 0 [50..52]
  Additional records: 0 [52..54]
  Queries [54..61]
Domain Name System: query [61..82]
  Length: 19 [61..63]
  Transaction id: 0x0002 [63..65]
  Flags: 0x0100 [65..67]
  Questions: 1 [67..69]
  Answer records: 0 [69..71]
  Authority records: 0 [71..73]
  Additional records: 0 [73..75]
  Queries [75..82]"
        );
    }

    #[test]
    fn lengths() {
        for (hex, length) in [
            ("00", Length::NeedMore),
            ("000c 0001 0100 0000 0000 0000", Length::Complete(14)),
            (
                "000c 0001 0100 0000 0000 0000 0000 ff",
                Length::Complete(14),
            ),
            ("000b 0001 0100 0000 0000 0000 0000", Length::NotMine),
        ] {
            assert_eq!(message_length(&bytes(hex)), length, "{hex}");
        }
    }

    #[test]
    fn cut_inside_the_header() {
        let hex = "4500003d 00000000 40060000 0a000001 0a000002
            d4310035 00000001 00000001 50180400 00000000 0013 0001 01";
        let shown = cut("dns", 228, hex, 61);
        assert_eq!(
            shown,
            "\
Domain Name System [40..45]
  Length: 19 [40..42]
  Transaction id: 0x0001 [42..44]
  Note: cut by the capture's size limit inside dns.flags
"
        );
    }
}
