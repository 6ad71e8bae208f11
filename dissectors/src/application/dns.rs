//! Domain Name System, RFC 1034 and RFC 1035, and the code that its two multicast dialects share with it.

pub mod data;
mod fields;
pub mod message;
pub mod name;
pub mod named;
pub mod option;
mod part;
pub mod record;
pub mod record_type;
pub mod security;
pub mod service;
pub mod session;
pub mod special;
pub mod stateful;

use crate::{
    Base, Dissector, Hex, Layer, Next, OsiLayer, Outcome, Selector, Setting, Severity, Stop, Value,
    dissector::Protocol, value::named,
};
pub use message::{Dialect, moment, seconds};
use message::{Message, Opcode, ResponseCode, TOP, flag};
use name::name;
use nom::{Parser, bytes::take, number::be_u16};
use record_type::{Class, RecordType};
use session::Role;

/// Domain Name System.
pub const DISSECTOR: Dissector = Dissector {
    name: "dns",
    label: "Domain Name System",
    column: "DNS",
    layer: OsiLayer::Application,
    selectors: &[Selector::UdpPort(53)],
    fields: &[fields::FIELDS],
    ..Dissector::of::<Dns>()
};

struct Dns;

impl Protocol for Dns {
    type Session = session::Dns;

    fn begin(setting: &Setting) -> session::Dns {
        session::Dns::new(setting, false)
    }

    fn dissect(dns: &mut Layer, role: Option<&Role>) -> Outcome {
        message(dns, Dialect::Unicast, role)
    }
}

/// Reads one message: a datagram, or the part of a stream that its length spans.
pub fn message(dns: &mut Layer, dialect: Dialect, role: Option<&Role>) -> Outcome {
    let line = String::new();
    let mut message = Message {
        bytes: dns.rest(),
        dialect,
        line,
    };
    let result = sections(dns, &mut message, role);
    if !message.line.is_empty() {
        dns.info(|| message.line);
    }
    result.map(|()| Next::Nothing)
}

fn sections<'a>(
    dns: &mut Layer<'a, '_>,
    message: &mut Message<'a>,
    role: Option<&Role>,
) -> Result<(), Stop> {
    let id = dns.field("dns.id", "Transaction id", be_u16().map(Hex))?;
    let flags = flags(dns, message.dialect)?;
    let response = flags & flag::RESPONSE != 0;
    let opcode = Opcode(((flags & flag::OPCODE) >> 11) as u8);
    let code = ResponseCode(flags & flag::CODE);
    let title = match opcode.name() {
        Some(name) => name.to_owned(),
        None => format!("Unknown operation ({})", opcode.0),
    };
    let kind = if response { " response" } else { "" };
    message.line = format!("{title}{kind} 0x{:04x}", id.0);
    if response && code != ResponseCode::NO_ERROR {
        match code.name() {
            Some(name) => message.line.push_str(&format!(" {name}")),
            None => message
                .line
                .push_str(&format!(" Unknown error ({})", code.0)),
        }
    }
    dns.title(|| if response { "response" } else { "query" }.to_owned());

    // RFC 2136, section 2.2: an update has the same four sections under other names.
    let update = opcode == Opcode::UPDATE;
    let names: [(&str, &str); 3] = match update {
        true => [
            ("dns.count.zones", "Zones"),
            ("dns.count.prerequisites", "Prerequisites"),
            ("dns.count.updates", "Updates"),
        ],
        false => [
            ("dns.count.queries", "Questions"),
            ("dns.count.answers", "Answer records"),
            ("dns.count.auth_rr", "Authority records"),
        ],
    };
    let mut counts = [0; 4];
    let names = names
        .into_iter()
        .chain([("dns.count.add_rr", "Additional records")]);
    for (count, (name, label)) in counts.iter_mut().zip(names) {
        *count = dns.field(name, label, be_u16())?;
    }
    let [questions, answers, authorities, additional] = counts;
    if opcode == Opcode::STATEFUL && counts == [0; 4] {
        return stateful::read(dns);
    }
    if questions > 0 {
        dns.group("", if update { "Zone" } else { "Queries" }, |dns| {
            (0..questions).try_for_each(|_| question(dns, message))
        })?;
    }
    let sections = [
        (answers, if update { "Prerequisites" } else { "Answers" }),
        (
            authorities,
            if update {
                "Updates"
            } else {
                "Authoritative name servers"
            },
        ),
        (additional, "Additional records"),
    ];
    for (count, label) in sections {
        if count > 0 {
            dns.group("", label, |dns| {
                (0..count).try_for_each(|_| record::read(dns, message))
            })?;
        }
    }
    match dns.rest().len() {
        0 => {}
        left => dns.group("", "Bytes behind the message", |dns| {
            dns.field("dns.extraneous.data", "Data", take(left))?;
            dns.computed("dns.extraneous.length", "Length", || left as i64);
            dns.note(Severity::Note, || "no record of this message".to_owned());
            Ok(())
        })?,
    }
    if let Some(role) = role.filter(|_| !dns.is_alone()) {
        pair(dns, *role);
    }
    Ok(())
}

/// Shows the messages of the conversation that belong to this one.
fn pair(dns: &mut Layer, role: Role) {
    match role {
        Role::Query(None) => {}
        Role::Query(Some(response)) => {
            dns.computed("dns.response_in", "Response in", || response);
        }
        Role::QueryAgain(query) => {
            dns.computed("dns.retransmission", "Said before", || true);
            dns.note(Severity::Warning, || {
                format!("the query of packet {query} repeated: it has no answer yet")
            });
            dns.computed("dns.retransmit_request_in", "First said in", || query);
        }
        Role::Response(query, query_ns) => {
            dns.computed("dns.response_to", "Response to", || query);
            let taken = dns.context.time_ns.saturating_sub(query_ns);
            dns.computed("dns.time", "Time since the query", || {
                Value::Duration(taken)
            });
        }
        Role::ResponseAgain(response) => {
            dns.computed("dns.retransmission", "Said before", || true);
            dns.note(Severity::Warning, || {
                format!("the response of packet {response} once more")
            });
            dns.computed("dns.retransmit_response_in", "First said in", || response);
        }
        Role::Unsolicited => {
            dns.computed("dns.unsolicited", "Nobody asked", || true);
        }
    }
}

fn flags(dns: &mut Layer, dialect: Dialect) -> Result<u16, Stop> {
    let flags = dns.flags("dns.flags", "Flags", Base::Hex(4), be_u16(), |bits| {
        let flags = |mask: u16| u64::from(mask);
        let response = bits.is_set(flags(flag::RESPONSE));
        let kind = "dns.flags.response";
        bits.flag_meaning(kind, "Response", flags(flag::RESPONSE), "response", "query");
        bits.value(
            "dns.flags.opcode",
            "Operation",
            flags(flag::OPCODE),
            |code| Opcode(code as u8),
        );
        if dialect == Dialect::LinkLocal {
            let (several, one) = ("the name may not be unique", "the name is unique");
            let mask = flags(flag::AUTHORITATIVE);
            bits.flag_meaning("dns.flags.conflict", "Conflict", mask, several, one);
        } else if response {
            let mask = flags(flag::AUTHORITATIVE);
            let (yes, no) = ("the server is an authority", "the server is no authority");
            bits.flag_meaning("dns.flags.authoritative", "Authoritative", mask, yes, no);
        }
        let mask = flags(flag::TRUNCATED);
        bits.flag_meaning(
            "dns.flags.truncated",
            "Truncated",
            mask,
            "more was to say",
            "no",
        );
        let mask = flags(flag::RECURSION_DESIRED);
        if dialect == Dialect::LinkLocal {
            bits.flag("dns.flags.tentative", "Tentative", mask);
        } else {
            bits.flag("dns.flags.recdesired", "Recursion desired", mask);
            if response {
                let mask = flags(flag::RECURSION_AVAILABLE);
                bits.flag("dns.flags.recavail", "Recursion available", mask);
            }
            bits.flag("dns.flags.z", "Reserved", flags(flag::ZERO));
            // In a query only a resolver that wants it in the answer sets it: RFC 6840, section 5.7.
            if response || bits.is_set(flags(flag::AUTHENTICATED)) {
                let mask = flags(flag::AUTHENTICATED);
                bits.flag("dns.flags.authenticated", "Authenticated data", mask);
            }
            let mask = flags(flag::UNCHECKED);
            let (yes, no) = ("unauthenticated data will do", "data must be authenticated");
            bits.flag_meaning("dns.flags.checkdisable", "Checking disabled", mask, yes, no);
        }
        if response {
            bits.value(
                "dns.flags.rcode",
                "Response code",
                flags(flag::CODE),
                |code| ResponseCode(code as u16),
            );
        }
    })?;
    Ok(flags)
}

/// RFC 1035, section 4.1.2.
fn question<'a>(dns: &mut Layer<'a, '_>, message: &mut Message<'a>) -> Result<(), Stop> {
    let whole = (name(message.bytes), be_u16().map(RecordType), be_u16());
    let (asked, kind, class) = dns.peek("dns.qry.name", whole)?;
    let multicast = message.dialect == Dialect::Multicast;
    let mut said = format!("{} {}", kind.brief(), asked.text());
    if multicast {
        said += if class & TOP != 0 {
            ", \"QU\" question"
        } else {
            ", \"QM\" question"
        };
    }
    message.say(&said);
    dns.group("", "Question", |dns| {
        dns.title(|| said);
        let start = dns.offset();
        dns.field("dns.qry.name", "Name", name(message.bytes))?;
        let bytes = crate::ByteRange {
            start,
            end: dns.offset(),
            ..dns.ahead(0)
        };
        let (length, labels) = asked.size();
        dns.over("dns.qry.name.len", "Name's length", bytes, || {
            (length as u64).into()
        });
        dns.over("dns.count.labels", "Labels", bytes, || {
            (labels as u64).into()
        });
        dns.field("dns.qry.type", "Type", be_u16().map(RecordType))?;
        if !multicast {
            return dns
                .field("dns.qry.class", "Class", be_u16().map(Class))
                .map(drop);
        }
        // RFC 6762, section 5.4.
        dns.word("dns.qry.class", be_u16(), |bits| {
            bits.value("dns.qry.class", "Class", (!TOP).into(), |class| {
                Class(class as u16)
            });
            let (yes, no) = ("unicast, please", "multicast, please");
            bits.flag_meaning("dns.qry.qu", "Answer by", TOP.into(), yes, no);
        })
        .map(drop)
    })
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, info, layer};

    const QUERY: &str = "4500002f 00000000 40110000 0a000001 0a000002 c0010035 001b0000 \
                         1234 0100 0001 0000 0000 0000 0161 00 0001 0001";

    /// An answer with a pointer to the question, and EDNS with a client subnet.
    const ANSWER: &str = "45000064 00000000 40110000 0a000002 0a000001 0035c001 00500000 \
                          1234 8183 0001 0001 0000 0001 03777777 076578616d706c65 00 000f 0001 \
                          c00c 000f 0001 00000e10 0009 000a 046d61696c c010 \
                          00 0029 04d0 00 00 8000 000b 0008 0007 0001 18 00 c00002";

    /// RFC 6762: a question for a unicast answer, and a record that replaces earlier ones.
    const MULTICAST: &str = "4500004b 00000000 ff110000 0a000002 e00000fb 14e914e9 00370000 \
                             0000 0000 0001 0001 0000 0000 \
                             036b6f72 056c6f63616c 00 00ff 8001 c00c 0001 8001 00000078 0004 0a000002";

    #[test]
    fn a_question() {
        assert_eq!(
            layer("dns", 228, QUERY),
            "\
             Domain Name System: query [28..47]\n\
             \x20 Transaction id: 0x1234 [28..30]\n\
             \x20 Flags: 0x0100 [30..32]\n\
             \x20   Response: query [30..32]\n\
             \x20   Operation: Standard query (0) [30..32]\n\
             \x20   Truncated: no [30..32]\n\
             \x20   Recursion desired: Set [30..32]\n\
             \x20   Reserved: Not set [30..32]\n\
             \x20   Checking disabled: data must be authenticated [30..32]\n\
             \x20 Questions: 1 [32..34]\n\
             \x20 Answer records: 0 [34..36]\n\
             \x20 Authority records: 0 [36..38]\n\
             \x20 Additional records: 0 [38..40]\n\
             \x20 Queries [40..47]\n\
             \x20   Question: A a [40..47]\n\
             \x20     Name: a [40..43]\n\
             \x20     Name's length: 0 [40..43]\n\
             \x20     Labels: 0 [40..43]\n\
             \x20     Type: A (1) [43..45]\n\
             \x20     Class: IN (0x0001) [45..47]\n"
        );
        assert_eq!(info(228, QUERY), "DNS: Standard query 0x1234 A a");
    }

    #[test]
    fn an_answer() {
        assert_eq!(
            layer("dns", 228, ANSWER),
            "\
             Domain Name System: response [28..100]\n\
             \x20 Transaction id: 0x1234 [28..30]\n\
             \x20 Flags: 0x8183 [30..32]\n\
             \x20   Response: response [30..32]\n\
             \x20   Operation: Standard query (0) [30..32]\n\
             \x20   Authoritative: the server is no authority [30..32]\n\
             \x20   Truncated: no [30..32]\n\
             \x20   Recursion desired: Set [30..32]\n\
             \x20   Recursion available: Set [30..32]\n\
             \x20   Reserved: Not set [30..32]\n\
             \x20   Authenticated data: Not set [30..32]\n\
             \x20   Checking disabled: data must be authenticated [30..32]\n\
             \x20   Response code: No such name (3) [30..32]\n\
             \x20 Questions: 1 [32..34]\n\
             \x20 Answer records: 1 [34..36]\n\
             \x20 Authority records: 0 [36..38]\n\
             \x20 Additional records: 1 [38..40]\n\
             \x20 Queries [40..57]\n\
             \x20   Question: MX www.example [40..57]\n\
             \x20     Name: www.example [40..53]\n\
             \x20     Name's length: 11 [40..53]\n\
             \x20     Labels: 2 [40..53]\n\
             \x20     Type: MX (15) [53..55]\n\
             \x20     Class: IN (0x0001) [55..57]\n\
             \x20 Answers [57..78]\n\
             \x20   Record: www.example MX 10 mail.example [57..78]\n\
             \x20     Name: www.example [57..59]\n\
             \x20     Type: MX (15) [59..61]\n\
             \x20     Class: IN (0x0001) [61..63]\n\
             \x20     Time to live: 3600 s (1 h) [63..67]\n\
             \x20     Data length: 9 [67..69]\n\
             \x20     Preference: 10 [69..71]\n\
             \x20     Mail exchange: mail.example [71..78]\n\
             \x20 Additional records [78..100]\n\
             \x20   Record: <Root> OPT [78..100]\n\
             \x20     Name: <Root> [78..79]\n\
             \x20     Type: OPT (41) [79..81]\n\
             \x20     UDP payload size: 1232 [81..83]\n\
             \x20     Upper bits of the response code: 0x00 [83..84]\n\
             \x20     EDNS version: 0 [84..85]\n\
             \x20     Flags: 0x8000 [85..87]\n\
             \x20       DNSSEC: wanted [85..87]\n\
             \x20       Reserved: 0x0000 [85..87]\n\
             \x20     Data length: 11 [87..89]\n\
             \x20     Option: Client subnet (8) [89..100]\n\
             \x20       Code: Client subnet (8) [89..91]\n\
             \x20       Length: 7 [91..93]\n\
             \x20       Data: 00011800c00002 [93..100]\n\
             \x20       Family: IPv4 (1) [93..95]\n\
             \x20       Source prefix length: 24 [95..96]\n\
             \x20       Scope prefix length: 0 [96..97]\n\
             \x20       Address: 192.0.2.0 [97..100]\n"
        );
        assert_eq!(
            info(228, ANSWER),
            "DNS: Standard query response 0x1234 No such name MX www.example MX 10 mail.example OPT"
        );
    }

    #[test]
    fn a_multicast_probe() {
        assert_eq!(
            layer("mdns", 228, MULTICAST),
            "\
             Multicast Domain Name System: query [28..71]\n\
             \x20 Transaction id: 0x0000 [28..30]\n\
             \x20 Flags: 0x0000 [30..32]\n\
             \x20   Response: query [30..32]\n\
             \x20   Operation: Standard query (0) [30..32]\n\
             \x20   Truncated: no [30..32]\n\
             \x20   Recursion desired: Not set [30..32]\n\
             \x20   Reserved: Not set [30..32]\n\
             \x20   Checking disabled: data must be authenticated [30..32]\n\
             \x20 Questions: 1 [32..34]\n\
             \x20 Answer records: 1 [34..36]\n\
             \x20 Authority records: 0 [36..38]\n\
             \x20 Additional records: 0 [38..40]\n\
             \x20 Queries [40..55]\n\
             \x20   Question: ANY kor.local, \"QU\" question [40..55]\n\
             \x20     Name: kor.local [40..51]\n\
             \x20     Name's length: 9 [40..51]\n\
             \x20     Labels: 2 [40..51]\n\
             \x20     Type: ANY (255) [51..53]\n\
             \x20     Class: IN (0x0001) [53..55]\n\
             \x20     Answer by: unicast, please [53..55]\n\
             \x20 Answers [55..71]\n\
             \x20   Record: kor.local A, cache flush 10.0.0.2 [55..71]\n\
             \x20     Name: kor.local [55..57]\n\
             \x20     Type: A (1) [57..59]\n\
             \x20     Class: IN (0x0001) [59..61]\n\
             \x20     Cache flush: Set [59..61]\n\
             \x20     Time to live: 120 s (2 min) [61..65]\n\
             \x20     Data length: 4 [65..67]\n\
             \x20     Address: 10.0.0.2 [67..71]\n"
        );
        assert_eq!(
            info(228, MULTICAST),
            "MDNS: Standard query 0x0000 ANY kor.local, \"QU\" question A, cache flush 10.0.0.2"
        );
    }

    #[test]
    fn a_link_local_answer_has_flags_of_its_own() {
        let hex = QUERY
            .replace("c0010035", "14ebc001")
            .replace("1234 0100", "1234 8500");
        assert_eq!(
            layer("llmnr", 228, &hex),
            "\
             Link-Local Multicast Name Resolution: response [28..47]\n\
             \x20 Transaction id: 0x1234 [28..30]\n\
             \x20 Flags: 0x8500 [30..32]\n\
             \x20   Response: response [30..32]\n\
             \x20   Operation: Standard query (0) [30..32]\n\
             \x20   Conflict: the name may not be unique [30..32]\n\
             \x20   Truncated: no [30..32]\n\
             \x20   Tentative: Set [30..32]\n\
             \x20   Response code: No error (0) [30..32]\n\
             \x20 Questions: 1 [32..34]\n\
             \x20 Answer records: 0 [34..36]\n\
             \x20 Authority records: 0 [36..38]\n\
             \x20 Additional records: 0 [38..40]\n\
             \x20 Queries [40..47]\n\
             \x20   Question: A a [40..47]\n\
             \x20     Name: a [40..43]\n\
             \x20     Name's length: 0 [40..43]\n\
             \x20     Labels: 0 [40..43]\n\
             \x20     Type: A (1) [43..45]\n\
             \x20     Class: IN (0x0001) [45..47]\n"
        );
    }

    #[test]
    fn a_record_longer_than_the_message_is_not_shown() {
        let hex = ANSWER.replace("0009 000a", "0109 000a");
        assert_eq!(
            info(228, &hex),
            "DNS: Standard query response 0x1234 No such name MX www.example MX"
        );
        let tree = layer("dns", 228, &hex);
        assert!(
            tree.ends_with("  Note: malformed: dns.resp.len does not fit\n"),
            "{tree}"
        );
        assert!(!tree.contains("Mail exchange"), "{tree}");
    }

    /// A session is kept alive: RFC 8490, section 7.1.
    #[test]
    fn a_stateful_message() {
        let hex = "45000034 00000000 40110000 0a000001 0a000002 c0010035 00200000 \
                   0001 3000 0000 0000 0000 0000 0001 0008 00003a98 00036ee8";
        assert_eq!(
            layer("dns", 228, hex),
            "\
             Domain Name System: query [28..52]\n\
             \x20 Transaction id: 0x0001 [28..30]\n\
             \x20 Flags: 0x3000 [30..32]\n\
             \x20   Response: query [30..32]\n\
             \x20   Operation: DNS Stateful operations (DSO) (6) [30..32]\n\
             \x20   Truncated: no [30..32]\n\
             \x20   Recursion desired: Not set [30..32]\n\
             \x20   Reserved: Not set [30..32]\n\
             \x20   Checking disabled: data must be authenticated [30..32]\n\
             \x20 Questions: 0 [32..34]\n\
             \x20 Answer records: 0 [34..36]\n\
             \x20 Authority records: 0 [36..38]\n\
             \x20 Additional records: 0 [38..40]\n\
             \x20 Stateful operation [40..52]\n\
             \x20   Unit: Keepalive [40..52]\n\
             \x20     Type: Keepalive (1) [40..42]\n\
             \x20     Length: 8 [42..44]\n\
             \x20     Inactivity timeout in ms: 15000 [44..48]\n\
             \x20     Keepalive interval in ms: 225000 [48..52]\n"
        );
    }

    #[test]
    fn cut_inside_the_counts() {
        let (hex, _) = QUERY.split_once("0000 0161").unwrap_or_default();
        assert_eq!(
            cut("dns", 228, hex, 47),
            "\
             Domain Name System: query [28..38]\n\
             \x20 Transaction id: 0x1234 [28..30]\n\
             \x20 Flags: 0x0100 [30..32]\n\
             \x20   Response: query [30..32]\n\
             \x20   Operation: Standard query (0) [30..32]\n\
             \x20   Truncated: no [30..32]\n\
             \x20   Recursion desired: Set [30..32]\n\
             \x20   Reserved: Not set [30..32]\n\
             \x20   Checking disabled: data must be authenticated [30..32]\n\
             \x20 Questions: 1 [32..34]\n\
             \x20 Answer records: 0 [34..36]\n\
             \x20 Authority records: 0 [36..38]\n\
             \x20 Note: cut by the capture's size limit inside dns.count.add_rr\n"
        );
    }
}
