//! User Datagram Protocol, RFC 768, and the code that UDP-Lite shares with it.

use crate::{
    ByteRange, Dissector, FieldDef, Flow, Layer, Next, OsiLayer, Outcome, Ports, Selector,
    Severity, Stop, Transport, Value,
    checksum::{self, ChecksumFields, Status},
};
use nom::{bytes::take, number::be_u16};

/// User Datagram Protocol.
pub const DISSECTOR: Dissector = Dissector {
    name: "udp",
    label: "User Datagram Protocol",
    column: "UDP",
    layer: OsiLayer::Transport,
    selectors: &[Selector::IpProtocol(17)],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::u16("udp.length"),
    FieldDef::u16("udp.srcport"),
    FieldDef::u16("udp.dstport"),
    FieldDef::hex16("udp.checksum"),
    FieldDef::u8("udp.checksum.status").names(&[checksum::Verdict::NAMES]),
    FieldDef::u32("udp.stream"),
    FieldDef::duration("udp.time_relative"),
    FieldDef::duration("udp.time_delta"),
    FieldDef::bytes("udp.payload"),
    FieldDef::u16("udp.checksum_coverage"),
];

const HEADER: usize = 8;

fn dissect(udp: &mut Layer) -> Outcome {
    let reported = udp.reported();
    let (source, destination) = ports(udp)?;
    let length = usize::from(udp.field("udp.length", "Length", be_u16())?);
    // RFC 2675, section 4: 0 in a jumbogram.
    let jumbo = length == 0 && reported > usize::from(u16::MAX);
    let length = if jumbo { reported } else { length };
    if length < HEADER {
        udp.note(Severity::Error, || {
            format!("{length} is less than the header's {HEADER} bytes")
        });
        udp.info(|| format!("{source} → {destination} [BAD UDP LENGTH {length} < {HEADER}]"));
        return udp.malformed("udp.length");
    }
    let payload = length - HEADER;
    if length > reported && !udp.is_quoted() {
        udp.note(Severity::Error, || {
            format!("{length} bytes, but IP carries {reported}")
        });
        udp.info(|| {
            let bad = format!("[BAD UDP LENGTH {length} > IP PAYLOAD LENGTH]");
            format!("{source} → {destination} {bad} Len={payload}")
        });
    } else {
        udp.info(|| format!("{source} → {destination} Len={payload}"));
    }
    let cover = Cover {
        protocol: 17,
        length,
        covered: length,
        optional: true,
    };
    checksum(udp, &cover)?;
    body(udp, source, destination, payload)
}

/// Reads the ports at the beginning of UDP and UDP-Lite.
pub fn ports(udp: &mut Layer) -> Result<(u16, u16), Stop> {
    if udp.rest().len() < 4 {
        udp.field("udp.srcport", "Ports", take(4_usize))?;
    }
    let source = udp.field("udp.srcport", "Source port", be_u16())?;
    let destination = udp.field("udp.dstport", "Destination port", be_u16())?;
    udp.title(|| format!("Src port: {source}, Dst port: {destination}"));
    udp.info(|| format!("{source} → {destination}"));
    Ok((source, destination))
}

/// The input of a checksum.
pub struct Cover {
    /// IP protocol, for the pseudo-header.
    pub protocol: u8,
    /// The datagram's length, for the pseudo-header.
    pub length: usize,
    /// How many of its bytes the sum covers.
    pub covered: usize,
    /// 0 means that the sender left it out.
    pub optional: bool,
}

/// Reads the checksum.
pub fn checksum(udp: &mut Layer, cover: &Cover) -> Result<(), Stop> {
    let names = ChecksumFields {
        field: "udp.checksum",
        status: "udp.checksum.status",
    };
    let Cover {
        protocol,
        length,
        covered,
        optional,
    } = *cover;
    let verify = |udp: &Layer, found| match (found, udp.network(), udp.layer_bytes().get(..covered))
    {
        (0, ..) if optional => Status::CannotSay("the sender left it out"),
        (_, Some(network), Some(bytes)) if !udp.is_quoted() => {
            let pseudo = checksum::pseudo_header(network, protocol, length);
            checksum::verify(&[&pseudo, bytes], found)
        }
        _ => Status::CannotSay("not all bytes were captured"),
    };
    let offload = |udp: &Layer| {
        Some(checksum::sum(&[&checksum::pseudo_header(
            udp.network()?,
            protocol,
            length,
        )]))
    };
    checksum::read(udp, names, verify, offload).map(drop)
}

/// Shows what is known of the conversation, and continues in the payload.
pub fn body(udp: &mut Layer, source: u16, destination: u16, length: usize) -> Outcome {
    if let Some(flow) = udp.next_flow() {
        let here: ByteRange = udp.ahead(0);
        if let Some(stream) = flow.stream {
            udp.over("udp.stream", "Stream index", here, || stream.into());
        }
        let now = udp.context.time_ns;
        if length > 0 && !udp.is_quoted() {
            udp.heading("Timestamps", |udp| {
                udp.computed("udp.time_relative", "Time since first packet", || {
                    Value::Duration(now.saturating_sub(flow.first_ns))
                });
                udp.computed("udp.time_delta", "Time since previous packet", || {
                    Value::Duration(now.saturating_sub(flow.previous_ns))
                });
            });
        }
    }
    if length > 0 {
        udp.show_rest("udp.payload", "Payload");
    }
    udp.limit(length);
    if !udp.is_quoted()
        && let Some((from, to)) = udp.network()
    {
        let payload = udp.ahead(usize::MAX);
        let payload_length = udp.reported() as u32;
        udp.facts.carry_flow(Flow {
            source: from,
            destination: to,
            source_port: source,
            destination_port: destination,
            transport: Transport::Udp,
            payload,
            payload_length,
            ecn: udp.ecn(),
        });
    }
    if udp.is_spoken() {
        udp.begin_messages();
        return Ok(Next::Messages);
    }
    if udp.reported() == 0 {
        return Ok(Next::Nothing);
    }
    Ok(Next::Ports(Ports {
        selector: Selector::UdpPort,
        from: source,
        to: destination,
    }))
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, info, layer};

    #[test]
    fn datagram() {
        let hex = "45000021 abcd0000 40110000 0a000001 0a000002 c001c351 000d0000 68656c6c6f";
        assert_eq!(
            layer("udp", 228, hex),
            "User Datagram Protocol: Src port: 49153, Dst port: 50001 [20..28]\n  \
             Source port: 49153 [20..22]\n  Destination port: 50001 [22..24]\n  Length: 13 [24..26]\n  \
             Checksum: 0x0000 [26..28]\n  Checksum status: cannot say: the sender left it out [26..26]\n  Payload: 68656c6c6f [28..33]\n"
        );
    }

    #[test]
    fn length_is_wrong() {
        let hex = "45000021 abcd0000 40110000 0a000001 0a000002 c001c351 00070000 68656c6c6f";
        assert_eq!(info(228, hex), "UDP: 49153 → 50001 [BAD UDP LENGTH 7 < 8]");
    }

    #[test]
    fn cut_inside_the_ports() {
        let hex = "45000021 abcd0000 40110000 0a000001 0a000002 c001";
        assert_eq!(cut("udp", 228, hex, 33), "");
        let note = "Note: cut by the capture's size limit inside udp\n";
        assert!(cut("ip", 228, hex, 33).ends_with(note));
    }
}
