//! Transmission Control Protocol, RFC 9293.

use crate::{
    Base, Dissector, Flow, FlowContext, Layer, Next, OsiLayer, Outcome, Segment, SegmentOptions, Selector,
    Severity, Stop, TcpFlags, Transport, Value, WindowScale,
    checksum::{self, Names, Status},
    transport::tcp_options,
};
use nom::number::{be_u16, be_u32};
use std::fmt::Write;

/// Transmission Control Protocol.
pub const DISSECTOR: Dissector = Dissector {
    name: "tcp",
    label: "Transmission Control Protocol",
    column: "TCP",
    layer: OsiLayer::Transport,
    selectors: &[Selector::IpProtocol(6)],
    dissect,
};

const HEADER: usize = 20;

fn dissect(tcp: &mut Layer) -> Outcome {
    let reported = tcp.reported();
    let source = tcp.field("tcp.srcport", "Source port", be_u16())?;
    let destination = tcp.field("tcp.dstport", "Destination port", be_u16())?;
    tcp.title(|| format!("Src port: {source}, Dst port: {destination}"));
    let flow = tcp.next_flow();
    if let Some(flow) = flow {
        tcp.computed("tcp.stream", "Stream index", || flow.stream);
        tcp.computed("tcp.completeness", "Conversation completeness", || u64::from(flow.completeness));
        tcp.text(|| completeness(flow.completeness));
    }

    // Fields that stand further back are needed for those in front: what is there is looked at first.
    let header = tcp.rest().get(8).map(|byte| usize::from(byte >> 4) * 4);
    let payload_length = header.map_or(0, |header| reported.saturating_sub(header));
    let flags = TcpFlags(tcp.rest().get(8..10).map_or(0, |b| {
        u16::from_be_bytes(b.try_into().unwrap_or_default()) & 0x01ff
    }));
    if header.is_some_and(|header| header >= HEADER) && !tcp.is_quoted() {
        tcp.computed("tcp.len", "Segment length", || payload_length as u64);
    }

    let relative = flow.filter(|_| !tcp.context.absolute_seq);
    let base_seq = relative.and_then(|flow| flow.base_seq);
    let base_ack = relative.and_then(|flow| flow.base_ack);
    let seq_bytes = tcp.ahead(4);
    let seq = read_number(tcp, "tcp.seq_raw")?;
    let seq_shown = seq.wrapping_sub(base_seq.unwrap_or(0));
    tcp.over("tcp.seq", "Sequence number", seq_bytes, || seq_shown.into());
    if base_seq.is_some() {
        tcp.text(|| format!("{seq_shown} (relative)"));
    }
    tcp.over("tcp.seq_raw", "Sequence number (raw)", seq_bytes, || seq.into());
    let counted = payload_length as u32 + u32::from(flags.syn()) + u32::from(flags.fin());
    if flow.is_some() {
        let next = seq_shown.wrapping_add(counted);
        tcp.computed("tcp.nxtseq", "Next sequence number", || next);
    }

    let ack_bytes = tcp.ahead(4);
    let ack = read_number(tcp, "tcp.ack_raw")?;
    let ack_shown = match flags.ack() {
        true => ack.wrapping_sub(base_ack.unwrap_or(0)),
        false => ack,
    };
    tcp.over("tcp.ack", "Acknowledgment number", ack_bytes, || ack_shown.into());
    if base_ack.is_some() && flags.ack() {
        tcp.text(|| format!("{ack_shown} (relative)"));
    }
    tcp.over("tcp.ack_raw", "Acknowledgment number (raw)", ack_bytes, || ack.into());
    if !flags.ack() && ack != 0 {
        tcp.note(Severity::Note, || "not zero although the ACK flag is not set".to_owned());
    }

    let at = tcp.ahead(1);
    let header = header.unwrap_or(0);
    if tcp.rest().is_empty() {
        tcp.field("tcp.hdr_len", "Header length", be_u16())?;
    }
    tcp.over("tcp.hdr_len", "Header length", at, || (header as u64).into());
    tcp.text(|| format!("{header} bytes ({})", header / 4));
    if header < HEADER {
        tcp.note(Severity::Error, || "the header length must be at least 20 bytes".to_owned());
        return tcp.malformed("tcp.hdr_len");
    }
    read_flags(tcp)?;
    tcp.text_of("tcp.flags", || format!("0x{:03x} ({})", flags.0, names(flags, ", ")));
    let window_bytes = tcp.ahead(2);
    let window = tcp.field("tcp.window_size_value", "Window", be_u16())?;
    show_window(tcp, flow.map(|flow| flow.window_scale), flags, window, window_bytes);

    let sum = Names { field: "tcp.checksum", status: "tcp.checksum.status" };
    checksum::read(
        tcp,
        sum,
        |tcp, found| match (tcp.network(), tcp.layer_bytes().get(..reported)) {
            (Some(network), Some(bytes)) if !tcp.is_quoted() => {
                checksum::verify(&[&checksum::pseudo_header(network, 6, reported), bytes], found)
            }
            _ => Status::CannotSay("not all bytes were captured"),
        },
        |tcp| Some(checksum::sum(&[&checksum::pseudo_header(tcp.network()?, 6, reported)])),
    )?;
    let urgent = tcp.field("tcp.urgent_pointer", "Urgent pointer", be_u16())?;
    if urgent != 0 && !flags.any(TcpFlags::URG) {
        tcp.note(Severity::Note, || "not zero although the URG flag is not set".to_owned());
    }

    let mut options = SegmentOptions::default();
    let mut words = String::new();
    let tells = tcp.tells();
    if header > HEADER {
        let listed = tells.then_some(&mut words);
        tcp_options::read(tcp, header - HEADER, &flags, &mut options, listed)?;
    }
    if let Some(flow) = flow {
        show_times(tcp, flow);
    }
    if !tcp.is_quoted()
        && let Some((from, to)) = tcp.network()
    {
        let payload = tcp.ahead(usize::MAX);
        tcp.facts.push_flow(Flow {
            source: from,
            destination: to,
            source_port: source,
            destination_port: destination,
            transport: Transport::Tcp(Segment { seq, ack, flags, window, options }),
            payload,
            payload_length: payload_length as u32,
        });
    }
    let scaled = scaled_window(flow.map(|flow| flow.window_scale), flags, window);
    tcp.info(|| {
        let mut text = format!("{source} → {destination} [{}] Seq={seq_shown}", names(flags, ", "));
        if flags.ack() {
            let _ = write!(text, " Ack={ack_shown}");
        }
        let _ = write!(text, " Win={scaled} Len={payload_length}{words}");
        text
    });
    tcp.title(|| {
        let mut text = format!("Src port: {source}, Dst port: {destination}, Seq: {seq_shown}");
        if flags.ack() {
            let _ = write!(text, ", Ack: {ack_shown}");
        }
        let _ = write!(text, ", Len: {payload_length}");
        text
    });
    tcp.show_rest("tcp.payload", "Payload");
    if payload_length == 0 {
        return Ok(Next::Nothing);
    }
    Ok(Next::Either(
        Selector::TcpPort(source.min(destination)),
        Selector::TcpPort(source.max(destination)),
    ))
}

fn read_number(tcp: &mut Layer, name: &'static str) -> Result<u32, Stop> {
    tcp.word(name, be_u32(), |_| {})
}

fn read_flags(tcp: &mut Layer) -> Result<u16, Stop> {
    tcp.word("tcp.flags", be_u16(), |bits| {
        bits.group("tcp.flags", "Flags", 0x0fff, Base::Hex(4), |bits| {
            bits.narrow();
            bits.value("tcp.flags.res", "Reserved", 0x0e00, |v| Value::Number(v, Base::Dec));
            bits.flag("tcp.flags.ae", "Accurate ECN", 0x0100);
            bits.flag("tcp.flags.cwr", "Congestion window reduced", 0x0080);
            bits.flag("tcp.flags.ece", "ECN echo", 0x0040);
            bits.flag("tcp.flags.urg", "Urgent", 0x0020);
            bits.flag("tcp.flags.ack", "Acknowledgment", 0x0010);
            bits.flag("tcp.flags.push", "Push", 0x0008);
            bits.flag("tcp.flags.reset", "Reset", 0x0004);
            bits.flag("tcp.flags.syn", "Syn", 0x0002);
            bits.flag("tcp.flags.fin", "Fin", 0x0001);
            bits.wide();
            bits.value("tcp.flags.str", "Flag letters", 0x0fff, |v| letters(v as u16));
        });
    })
}

/// The flags' names as Wireshark lists them.
pub fn names(flags: TcpFlags, between: &str) -> String {
    let mut text = String::new();
    for (bit, name) in [
        (TcpFlags::FIN, "FIN"),
        (TcpFlags::SYN, "SYN"),
        (TcpFlags::RST, "RST"),
        (TcpFlags::PSH, "PSH"),
        (TcpFlags::ACK, "ACK"),
        (TcpFlags::URG, "URG"),
        (TcpFlags::ECE, "ECE"),
        (TcpFlags::CWR, "CWR"),
        (TcpFlags::AE, "AE"),
    ] {
        if flags.any(bit) {
            if !text.is_empty() {
                text.push_str(between);
            }
            text.push_str(name);
        }
    }
    if text.is_empty() {
        text.push_str("<None>");
    }
    text
}

/// One letter a flag, a dot where it is not set.
fn letters(flags: u16) -> String {
    "RRRACEUAPRSF"
        .chars()
        .enumerate()
        .map(|(at, letter)| if flags & (0x800 >> at) != 0 { letter } else { '·' })
        .collect()
}

fn scaled_window(scale: Option<WindowScale>, flags: TcpFlags, window: u16) -> u32 {
    match scale {
        Some(WindowScale::Shift(shift)) if !flags.syn() => u32::from(window) << shift.min(14),
        _ => window.into(),
    }
}

fn show_window(
    tcp: &mut Layer,
    scale: Option<WindowScale>,
    flags: TcpFlags,
    window: u16,
    bytes: crate::ByteRange,
) {
    let Some(scale) = scale else { return };
    let size = scaled_window(Some(scale), flags, window);
    tcp.over("tcp.window_size", "Calculated window size", bytes, || size.into());
    if flags.syn() {
        return;
    }
    let (factor, words) = match scale {
        WindowScale::Unknown => (-1, "unknown: the handshake was not captured".to_owned()),
        WindowScale::Off => (-2, "no scaling: not both sides offered it".to_owned()),
        WindowScale::Shift(shift) => {
            let factor = 1_i64 << shift.min(14);
            (factor, factor.to_string())
        }
    };
    tcp.over("tcp.window_size_scalefactor", "Window scaling factor", bytes, || factor.into());
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

/// Wireshark's completeness in words: 1 SYN, 2 SYN-ACK, 4 ACK, 8 data, 16 FIN, 32 RST.
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
