//! Transmission Control Protocol, RFC 9293.

use crate::{
    Base, Bits, ByteRange, Dissector, Flow, FlowContext, Layer, Next, OsiLayer, Outcome, Ports,
    Segment, SegmentOptions, Selector, Severity, Stop, TcpFlags, Transport, Value, WindowScale,
    checksum::{self, ChecksumFields, Status},
    transport::tcp_options::{self, Options},
};
use nom::{
    Parser,
    bytes::take,
    error::Error,
    number::{be_u16, be_u32},
};
use std::fmt::Write;

pub mod analysis;
mod fields;
mod segments;

/// Transmission Control Protocol.
pub const DISSECTOR: Dissector = Dissector {
    name: "tcp",
    label: "Transmission Control Protocol",
    column: "TCP",
    layer: OsiLayer::Transport,
    selectors: &[Selector::IpProtocol(6)],
    fields: &[fields::FIELDS, tcp_options::fields::FIELDS],
    dissect,
    session: None,
};

const HEADER: usize = 20;
/// The bits next to the flags that have no meaning yet.
const RESERVED: u16 = 0x0e00;

/// The fields between the ports and the checksum. Earlier rows depend on later fields, so all are read before any is
/// shown.
#[derive(Clone, Copy)]
struct Fixed {
    seq: u32,
    ack: u32,
    word: u16,
    window: u16,
}

impl Fixed {
    /// Its length, bytes.
    const LENGTH: usize = 12;

    fn read(bytes: &[u8]) -> Option<Fixed> {
        let (seq, ack, word, window) = (be_u32::<_, Error<&[u8]>>(), be_u32(), be_u16(), be_u16())
            .parse_complete(bytes)
            .ok()?
            .1;
        Some(Fixed {
            seq,
            ack,
            word,
            window,
        })
    }

    /// Returns the flags with the reserved bits, which have no name.
    fn flags(self) -> TcpFlags {
        TcpFlags(self.word & 0x0fff)
    }

    /// Returns the header's length in bytes.
    fn header(self) -> usize {
        usize::from(self.word >> 12) * 4
    }
}

fn dissect(tcp: &mut Layer) -> Outcome {
    let reported = tcp.reported();
    if tcp.rest().len() < 4 {
        tcp.field("tcp.srcport", "Ports", take(4_usize))?;
    }
    let source = tcp.field("tcp.srcport", "Source port", be_u16())?;
    let destination = tcp.field("tcp.dstport", "Destination port", be_u16())?;
    tcp.title(|| format!("Src port: {source}, Dst port: {destination}"));
    tcp.info(|| format!("{source} → {destination}"));
    let Some(fixed) = Fixed::read(tcp.rest()) else {
        return cut_short(tcp);
    };
    let (flags, header) = (fixed.flags(), fixed.header());
    let short = reported < header;
    let payload_length = reported.saturating_sub(header);
    let flow = tcp.next_flow();
    let context = flow.copied().unwrap_or_default();
    let relative = !(tcp.is_quoted() || tcp.context.absolute_seq || short);
    let base_ack = context.base_ack.filter(|_| relative).unwrap_or(0);
    let numbers = Numbers {
        ports: [source, destination],
        seq: match context.base_seq.filter(|_| relative) {
            Some(base) => fixed.seq.wrapping_sub(base),
            None => fixed.seq,
        },
        ack: match flags.ack() {
            true => fixed.ack.wrapping_sub(base_ack),
            false => fixed.ack,
        },
        relative: relative && context.base_seq.is_some(),
        payload_length,
        // Wireshark leaves a quoted window as it is.
        window: match tcp.is_quoted() {
            true => fixed.window.into(),
            false => context.window_scale.apply(flags, fixed.window),
        },
    };
    let flow_number = tcp.facts.flows().len();
    keep(tcp, [source, destination], fixed, payload_length, short);
    if tcp.shows() {
        show_fixed(tcp, fixed, flow, &numbers, short);
    }
    tcp.skip(Fixed::LENGTH);
    if header < HEADER {
        return bogus_header(tcp, fixed, &numbers);
    }
    read_checksum(tcp, reported, short)?;
    let urgent = tcp.field("tcp.urgent_pointer", "Urgent pointer", be_u16())?;
    if urgent != 0 && !flags.any(TcpFlags::URG) {
        tcp.note(Severity::Note, || {
            "not zero although the URG flag is not set".to_owned()
        });
    }

    let mut options = Options {
        flags,
        ack: fixed.ack,
        base_ack,
        words: tcp.tells().then(String::new),
        ..Options::default()
    };
    let mut outcome = Ok(());
    if header > HEADER {
        outcome = tcp_options::read(tcp, header - HEADER, &mut options);
    }
    keep_options(tcp, flow_number, &options, outcome.is_ok());
    tcp.info(|| {
        let mut text = options.prefix.to_owned();
        text += &numbers.info(flags, context.accurate_ecn);
        if flags.any(TcpFlags::URG) {
            let _ = write!(text, " Urg={urgent}");
        }
        if !short {
            let _ = write!(text, " Len={payload_length}");
        }
        text + options.words.as_deref().unwrap_or_default()
    });
    if let Some(flow) = flow {
        show_times(tcp, flow);
        if let Some(analysis) = &flow.analysis {
            analysis::show(tcp, analysis);
        }
    }
    outcome?;
    if flags.rst() && !tcp.is_quoted() {
        return reset_cause(tcp);
    }
    carried(tcp, [source, destination], payload_length)
}

/// Reads a header without even a window.
fn cut_short(tcp: &mut Layer) -> Outcome {
    if tcp.is_quoted() {
        // RFC 792: an ICMP error need only quote 8 bytes.
        tcp.field("tcp.seq", "Sequence number", be_u32())?;
    }
    tcp.field("tcp.seq", "Header", take(Fixed::LENGTH))
        .map(|_| Next::Nothing)
}

/// Reads a header that claims to be shorter than possible.
#[cold]
fn bogus_header(tcp: &mut Layer, fixed: Fixed, numbers: &Numbers) -> Outcome {
    tcp.info(|| {
        let text = numbers.info(fixed.flags(), false);
        let header = fixed.header();
        format!("{text}, bogus TCP header length ({header}, must be at least {HEADER})")
    });
    tcp.malformed("tcp.hdr_len")
}

/// Keeps the segment as a fact of the packet.
#[inline]
fn keep(tcp: &mut Layer, ports: [u16; 2], fixed: Fixed, payload_length: usize, short: bool) {
    let Some((source, destination)) = tcp.network().filter(|_| !tcp.is_quoted()) else {
        return;
    };
    let [source_port, destination_port] = ports;
    let segment = Segment {
        seq: fixed.seq,
        ack: fixed.ack,
        flags: TcpFlags(fixed.word & TcpFlags::ALL),
        window: fixed.window,
        header: fixed.header() as u8,
        short,
        options: SegmentOptions::default(),
    };
    tcp.facts.carry_flow(Flow {
        source,
        destination,
        source_port,
        destination_port,
        transport: Transport::Tcp(segment),
        payload: tcp.ahead(0),
        payload_length: payload_length as u32,
        ecn: tcp.ecn(),
    });
}

/// Adds the options to the segment that was kept, and the payload's range if they came to their end.
#[inline]
fn keep_options(tcp: &mut Layer, flow: usize, options: &Options, ended: bool) {
    let payload = tcp.ahead(usize::MAX);
    if let Some(flow) = tcp.facts.flow_mut(flow) {
        if ended {
            flow.payload = payload;
        }
        if let Transport::Tcp(segment) = &mut flow.transport {
            segment.options = options.found;
        }
    }
}

/// RFC 9293, section 3.1.
#[inline]
fn read_checksum(tcp: &mut Layer, reported: usize, short: bool) -> Result<(), Stop> {
    let names = ChecksumFields {
        field: "tcp.checksum",
        status: "tcp.checksum.status",
    };
    checksum::read(
        tcp,
        names,
        |tcp, found| match (tcp.network(), tcp.layer_bytes().get(..reported)) {
            (Some(network), Some(bytes)) if !tcp.is_quoted() && !short => checksum::verify(
                &[&checksum::pseudo_header(network, 6, reported), bytes],
                found,
            ),
            _ => Status::CannotSay("not all bytes were captured"),
        },
        |tcp| {
            Some(checksum::sum(&[&checksum::pseudo_header(
                tcp.network()?,
                6,
                reported,
            )]))
        },
    )
    .map(drop)
}

/// RFC 9293, section 3.5.3: the text of a reset explains it.
fn reset_cause(tcp: &mut Layer) -> Outcome {
    tcp.mask_known();
    let left = tcp.rest().len();
    if left > 0 {
        tcp.field_shown(
            "tcp.reset_cause",
            "Reset cause",
            take(left),
            |cause: &[u8]| String::from_utf8_lossy(cause).into_owned().into(),
        )?;
    }
    Ok(Next::Nothing)
}

/// Shows the payload and returns what reads it.
#[inline]
fn carried(tcp: &mut Layer, ports: [u16; 2], length: usize) -> Outcome {
    tcp.show_rest("tcp.payload", "Payload");
    // What TCP carries adds nothing to the facts of the packet: its port need not be looked up.
    if length == 0 && !tcp.is_spoken() || !tcp.tells() {
        return Ok(Next::Nothing);
    }
    if tcp.is_spoken() {
        segments::show(tcp);
        tcp.begin_messages();
        return Ok(Next::Messages);
    }
    let [from, to] = ports;
    Ok(Next::Ports(Ports {
        selector: Selector::TcpPort,
        from,
        to,
    }))
}

/// The header's numbers as they are shown: relative, scaled.
struct Numbers {
    ports: [u16; 2],
    seq: u32,
    ack: u32,
    relative: bool,
    payload_length: usize,
    window: u32,
}

impl Numbers {
    /// Returns the packet list's text for every segment.
    fn info(&self, flags: TcpFlags, accurate_ecn: bool) -> String {
        let [source, destination] = self.ports;
        let letters = match accurate_ecn && !flags.syn() {
            true => format!("{}, ACE={}", names(flags.without_ace(), ", "), flags.ace()),
            false => names(flags, ", "),
        };
        let mut text = format!("{source} → {destination} [{letters}] Seq={}", self.seq);
        if flags.ack() {
            let _ = write!(text, " Ack={}", self.ack);
        }
        let _ = write!(text, " Win={}", self.window);
        text
    }
}

#[cold]
fn show_fixed(
    tcp: &mut Layer,
    fixed: Fixed,
    flow: Option<&FlowContext>,
    numbers: &Numbers,
    short: bool,
) {
    let (flags, header) = (fixed.flags(), fixed.header());
    let first = tcp.offset();
    let at = |start: u32, length: u32| ByteRange {
        start: first + start,
        end: first + start + length,
        ..tcp.ahead(0)
    };
    let [seq_at, ack_at, header_at, flags_at, window_at] =
        [at(0, 4), at(4, 4), at(8, 1), at(8, 2), at(10, 2)];
    let quoted = tcp.is_quoted();
    if let Some(flow) = flow
        && let Some(stream) = flow.stream
    {
        tcp.computed("tcp.stream", "Stream index", || stream);
        tcp.computed("tcp.completeness", "Conversation completeness", || {
            u64::from(flow.completeness)
        });
        tcp.text(|| completeness(flow.completeness));
    }
    let length = numbers.payload_length;
    match (short, quoted) {
        (false, false) => tcp.computed("tcp.len", "Segment length", || length as u64),
        (true, false) => tcp.note(Severity::Warning, || {
            "the packet ends inside the header".to_owned()
        }),
        _ => {}
    }
    let said = |number: u32| match numbers.relative {
        true => format!("{number} (relative)"),
        false => number.to_string(),
    };
    tcp.over("tcp.seq", "Sequence number", seq_at, || numbers.seq.into());
    tcp.text(|| said(numbers.seq));
    if !quoted {
        tcp.over("tcp.seq_raw", "Sequence number (raw)", seq_at, || {
            fixed.seq.into()
        });
    }
    if header < HEADER {
        tcp.over("tcp.hdr_len", "Header length", header_at, || {
            (header as u64).into()
        });
        tcp.note(Severity::Error, || {
            format!("must be at least {HEADER} bytes")
        });
        return;
    }
    if !short && !quoted {
        let counted = length as u32 + u32::from(flags.any(TcpFlags::SYN | TcpFlags::FIN));
        let next = numbers.seq.wrapping_add(counted);
        tcp.computed("tcp.nxtseq", "Next sequence number", || next);
        tcp.text(|| said(next));
    }
    tcp.over("tcp.ack", "Acknowledgment number", ack_at, || {
        numbers.ack.into()
    });
    if flags.ack() {
        tcp.text(|| said(numbers.ack));
    } else if fixed.ack != 0 {
        tcp.note(Severity::Note, || {
            "not zero although the ACK flag is not set".to_owned()
        });
    }
    tcp.over("tcp.ack_raw", "Acknowledgment number (raw)", ack_at, || {
        fixed.ack.into()
    });
    tcp.over("tcp.hdr_len", "Header length", header_at, || {
        (header as u64).into()
    });
    tcp.text(|| format!("{header} bytes ({})", header / 4));
    let ace = flow.is_some_and(|flow| flow.accurate_ecn) && !flags.syn();
    tcp.bits_at(flags_at, fixed.word.into(), |bits| {
        show_flags(bits, flags, ace)
    });
    tcp.text_of("tcp.flags", || {
        format!("0x{:03x} ({})", fixed.word & 0x0fff, names(flags, ", "))
    });
    tcp.over("tcp.window_size_value", "Window", window_at, || {
        fixed.window.into()
    });
    if let Some(flow) = flow {
        show_window(tcp, flow.window_scale, flags, numbers.window, window_at);
    }
    tcp.title_more(|| {
        let mut text = format!(", Seq: {}", numbers.seq);
        if flags.ack() {
            let _ = write!(text, ", Ack: {}", numbers.ack);
        }
        let _ = write!(text, ", Len: {length}");
        text
    });
}

fn show_flags(bits: &mut Bits, flags: TcpFlags, ace: bool) {
    bits.group("tcp.flags", "Flags", 0x0fff, Base::Hex(4), |bits| {
        bits.narrow();
        bits.flag("tcp.flags.res", "Reserved", RESERVED.into());
        if ace {
            bits.wide();
            bits.number("tcp.flags.ace", "Accurate ECN counter", 0x01c0);
            bits.narrow();
        } else {
            bits.flag("tcp.flags.ae", "Accurate ECN", 0x0100);
            bits.flag("tcp.flags.cwr", "Congestion window reduced", 0x0080);
            bits.flag("tcp.flags.ece", "ECN echo", 0x0040);
        }
        bits.flag("tcp.flags.urg", "Urgent", 0x0020);
        bits.flag("tcp.flags.ack", "Acknowledgment", 0x0010);
        bits.flag("tcp.flags.push", "Push", 0x0008);
        bits.flag("tcp.flags.reset", "Reset", 0x0004);
        bits.flag("tcp.flags.syn", "Syn", 0x0002);
        bits.flag("tcp.flags.fin", "Fin", 0x0001);
        bits.wide();
        bits.value("tcp.flags.str", "Flag letters", 0x0fff, |v| {
            letters(v as u16, ace.then(|| flags.ace()))
        });
    });
}

/// Returns the flags' names as Wireshark lists them.
pub fn names(flags: TcpFlags, between: &str) -> String {
    let reserved = flags.any(RESERVED).then_some("Reserved");
    let names: Vec<_> = flags.names().chain(reserved).collect();
    match names.is_empty() {
        true => "<None>".to_owned(),
        false => names.join(between),
    }
}

/// Returns one letter for each flag, a dot where it is not set. Where three of them are one counter, its number.
fn letters(flags: u16, ace: Option<u16>) -> String {
    let mut text: Vec<_> = "RRRACEUAPRSF"
        .chars()
        .enumerate()
        .map(|(at, letter)| {
            if flags & (0x800 >> at) != 0 {
                letter
            } else {
                '·'
            }
        })
        .collect();
    if let (Some(ace), Some(place)) = (ace, text.get_mut(3..6)) {
        place.copy_from_slice(&['-', char::from_digit(ace.into(), 10).unwrap_or('?'), '-']);
    }
    text.into_iter().collect()
}

fn show_window(tcp: &mut Layer, scale: WindowScale, flags: TcpFlags, size: u32, bytes: ByteRange) {
    tcp.over("tcp.window_size", "Calculated window size", bytes, || {
        size.into()
    });
    if flags.syn() {
        return;
    }
    let factor = scale.factor();
    let words = match scale {
        WindowScale::Unknown => "unknown: the handshake was not captured".to_owned(),
        WindowScale::Off => "no scaling: not both sides offered it".to_owned(),
        WindowScale::Shift(_) => factor.to_string(),
    };
    tcp.over(
        "tcp.window_size_scalefactor",
        "Window scaling factor",
        bytes,
        || factor.into(),
    );
    tcp.text(|| words);
}

fn show_times(tcp: &mut Layer, flow: &FlowContext) {
    let now = tcp.context.time_ns;
    tcp.heading("Timestamps", |tcp| {
        tcp.computed("tcp.time_relative", "Time since first packet", || {
            Value::Duration(now.saturating_sub(flow.first_ns))
        });
        tcp.computed("tcp.time_delta", "Time since previous packet", || {
            Value::Duration(now.saturating_sub(flow.previous_ns))
        });
    });
}

/// Writes Wireshark's completeness in words: 1 SYN, 2 SYN-ACK, 4 ACK, 8 data, 16 FIN, 32 RST.
pub fn completeness(bits: u8) -> String {
    let words = match bits {
        1 => "Incomplete, SYN_SENT",
        3 => "Incomplete, CLIENT_ESTABLISHED",
        7 => "Incomplete, ESTABLISHED",
        15 => "Incomplete, DATA",
        31 | 47 | 63 => "Complete, WITH_DATA",
        23 | 39 | 55 => "Complete, NO_DATA",
        _ => "Incomplete",
    };
    format!("{words} ({bits})")
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, info, layer};

    const IPV4: &str = "45000034 abcd0000 40060000 0a000001 0a000002";
    const SEGMENT: &str = "c001c351 00001000 00002000 80180200 abcd0000 0101080a 0000000100000002";

    #[test]
    fn segment() {
        let tree = layer("tcp", 228, &format!("{IPV4} {SEGMENT}"));
        assert!(tree.contains("Header length: 32 bytes (8) [32..33]"));
        assert!(tree.contains("Flag letters: ·······AP··· [32..34]"));
        assert!(tree.contains("Timestamps: TSval 1, TSecr 2 [42..52]"));
        assert_eq!(
            info(228, &format!("{IPV4} {SEGMENT}")),
            "TCP: 49153 → 50001 [PSH, ACK] Seq=4096 Ack=8192 Win=512 Len=0 TSval=1 TSecr=2"
        );
    }

    /// The first numbers of a header that the capture cut before them are not shown.
    #[test]
    fn cut_inside_the_header() {
        let tree = cut(
            "tcp",
            228,
            &format!("{IPV4} c001c351 00001000 00002000"),
            52,
        );
        assert_eq!(
            tree,
            "Transmission Control Protocol: Src port: 49153, Dst port: 50001 [20..24]\n  \
             Source port: 49153 [20..22]\n  Destination port: 50001 [22..24]\n  \
             Note: cut by the capture's size limit inside tcp.seq\n"
        );
    }

    /// RFC 9293, section 3.1: the data offset is at least 5.
    #[test]
    fn header_too_short() {
        let segment = SEGMENT.replace("8018", "3018");
        assert_eq!(
            info(228, &format!("{IPV4} {segment}")),
            "TCP: 49153 → 50001 [PSH, ACK] Seq=4096 Ack=8192 Win=512, bogus TCP header length (12, must be at least 20)"
        );
    }
}
