//! User Datagram Protocol, RFC 768.

use crate::{
    Dissector, Flow, Layer, Next, OsiLayer, Outcome, Selector, Severity, Transport, Value,
    checksum::{self, Names, Status},
};
use nom::number::be_u16;

/// User Datagram Protocol.
pub const DISSECTOR: Dissector = Dissector {
    name: "udp",
    label: "User Datagram Protocol",
    column: "UDP",
    layer: OsiLayer::Transport,
    selectors: &[Selector::IpProtocol(17)],
    dissect,
};

const HEADER: usize = 8;

fn dissect(udp: &mut Layer) -> Outcome {
    let reported = udp.reported();
    let source = udp.field("udp.srcport", "Source port", be_u16())?;
    let destination = udp.field("udp.dstport", "Destination port", be_u16())?;
    udp.title(|| format!("Src port: {source}, Dst port: {destination}"));
    let length = usize::from(udp.field("udp.length", "Length", be_u16())?);
    // RFC 2675, section 4: 0 in a jumbogram.
    let length = if length == 0 { reported } else { length };
    if length < HEADER || length > reported {
        udp.note(Severity::Error, || format!("{length} bytes, but IP carries {reported}"));
    }
    let names = Names { field: "udp.checksum", status: "udp.checksum.status" };
    checksum::read(
        udp,
        names,
        |udp, found| match (found, udp.network(), udp.layer_bytes().get(..length)) {
            (0, ..) => Status::CannotSay("the sender left it out"),
            (_, Some(network), Some(bytes)) if !udp.is_quoted() => {
                checksum::verify(&[&checksum::pseudo_header(network, 17, length), bytes], found)
            }
            _ => Status::CannotSay("not all bytes were captured"),
        },
        |udp| Some(checksum::sum(&[&checksum::pseudo_header(udp.network()?, 17, length)])),
    )?;
    udp.limit(length.saturating_sub(HEADER));
    let flow = udp.next_flow();
    if let Some(flow) = flow {
        udp.computed("udp.stream", "Stream index", || flow.stream);
        let now = udp.context.time_ns;
        udp.heading("Timestamps", |udp| {
            udp.computed("udp.time_relative", "Time since first packet", || {
                Value::Duration(now.saturating_sub(flow.first_ns))
            });
            udp.computed("udp.time_delta", "Time since previous packet", || {
                Value::Duration(now.saturating_sub(flow.previous_ns))
            });
        });
    }
    if !udp.is_quoted()
        && let Some((from, to)) = udp.network()
    {
        let payload = udp.ahead(usize::MAX);
        let payload_length = udp.reported() as u32;
        udp.facts.push_flow(Flow {
            source: from,
            destination: to,
            source_port: source,
            destination_port: destination,
            transport: Transport::Udp,
            payload,
            payload_length,
        });
    }
    let payload = udp.reported();
    udp.info(|| format!("{source} → {destination} Len={payload}"));
    udp.show_rest("udp.payload", "Payload");
    if udp.reported() == 0 {
        return Ok(Next::Nothing);
    }
    Ok(Next::Either(
        Selector::UdpPort(source.min(destination)),
        Selector::UdpPort(source.max(destination)),
    ))
}
