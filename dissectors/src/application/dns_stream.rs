//! Domain Name System over TCP, RFC 7766: every message is preceded by its length.

use crate::{
    Dissector, Layer, OsiLayer, Outcome, Selector, Setting,
    application::dns::{self, Dialect, session},
    dissector::Protocol,
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
    ..Dissector::of::<DnsStream>()
};

struct DnsStream;

impl Protocol for DnsStream {
    type Session = session::Dns;

    fn begin(setting: &Setting) -> session::Dns {
        session::Dns::new(setting, true)
    }

    fn dissect(dns: &mut Layer, role: Option<&session::Role>) -> Outcome {
        dns.field("dns.length", "Length", be_u16())?;
        dns::message(dns, Dialect::Unicast, role)
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, info, layer};

    /// Two questions of the same connection, as RFC 7766, section 6.2.1, allows, and the beginning of a third.
    const QUESTIONS: &str = "45000064 00000000 40060000 0a000001 0a000002
        d4310035 00000001 00000001 50180400 00000000
        0013 0001 0100 0001 0000 0000 0000 016100 0001 0001
        0013 0002 0100 0001 0000 0000 0000 016200 001c 0001
        0013 0003 0100 0001 0000 0000 0000 0163";

    #[test]
    fn two_questions_in_a_segment_and_the_beginning_of_a_third() {
        assert_eq!(
            info(228, QUESTIONS),
            "DNS: Standard query 0x0003 (unfinished)"
        );
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
  Queries [75..82]
Domain Name System: query [82..96]
  Length: 19 [82..84]
  Transaction id: 0x0003 [84..86]
  Flags: 0x0100 [86..88]
  Questions: 1 [88..90]
  Answer records: 0 [90..92]
  Authority records: 0 [92..94]
  Additional records: 0 [94..96]
  Queries [96..96]
  Note: unfinished: its end is not in this packet"
        );
    }

    #[test]
    fn cut_inside_the_header() {
        let hex = "4500003d 00000000 40060000 0a000001 0a000002
            d4310035 00000001 00000001 50180400 00000000 0013 0001 01";
        let shown = cut("dns", 228, hex, 61);
        assert_eq!(
            shown,
            "\
Domain Name System [40..44]
  Length: 19 [40..42]
  Transaction id: 0x0001 [42..44]
  Note: cut by the capture's size limit inside dns.flags
"
        );
    }
}
