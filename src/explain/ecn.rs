//! What a segment says about congestion: RFC 3168, and Accurate ECN (RFC 9768).

use super::segment::{Segment, Sentences};
use crate::{ladder::StepKind, lang::text};
use dissectors::TcpFlags;

const ECE: u16 = TcpFlags::ECE;
const CWR: u16 = TcpFlags::CWR;
const AE: u16 = TcpFlags::AE;

/// Returns the sentences about ECE, CWR and AE, and about the mark of a router.
pub fn ecn(segment: &Segment) -> Sentences {
    let flags = segment.step.flags;
    let mut sentences = Vec::new();
    if segment.step.is_ce() {
        let (from, to) = (segment.from, segment.to);
        let tcp = segment.at.conversation.tcp();
        let is_agreed = tcp.ecn() || tcp.accurate_ecn || !tcp.both_syns_seen();
        sentences.push(match is_agreed {
            true => text!("explain-ce", to),
            false => text!("explain-ce-not-agreed", from),
        });
    }
    let bits = flags.0 & (ECE | CWR | AE);
    sentences.extend(match (flags.syn(), flags.ack()) {
        (true, false) => offer(bits),
        (true, true) => answer(segment, bits),
        _ if is_accurate(segment) => Some(counter(segment)),
        _ => feedback(segment, bits),
    });
    sentences
}

/// Explains the flags of a SYN: RFC 3168, section 6.1.1, and RFC 9768, section 3.1.1.
fn offer(bits: u16) -> Option<String> {
    Some(match bits {
        0 => return None,
        bits if bits == ECE | CWR => text!("explain-ecn-offer").to_owned(),
        bits if bits == ECE | CWR | AE => text!("explain-ecn-offer-accurate").to_owned(),
        _ => text!("explain-ecn-offer-wrong").to_owned(),
    })
}

/// Returns the flags of the SYN that a SYN-ACK answers; none if it was not captured.
fn offered(segment: &Segment) -> Option<u16> {
    let step = segment.step;
    let syn = segment
        .at
        .earlier(|other| other.kind == StepKind::Syn && other.from != step.from)?;
    Some(syn.flags.0 & (ECE | CWR | AE))
}

/// Explains the flags of a SYN-ACK.
fn answer(segment: &Segment, bits: u16) -> Option<String> {
    let to = segment.to;
    let offered = offered(segment);
    let all = ECE | CWR | AE;
    Some(match (offered, bits) {
        (Some(0) | None, 0) => return None,
        (Some(_), 0) => text!("explain-ecn-declined", to),
        (None, _) => text!("explain-ecn-answer-to-unseen").to_owned(),
        (Some(0), _) => text!("explain-ecn-answer-to-none", to),
        (Some(offer), bits) if offer == all && accepts_accurate(bits) => {
            text!("explain-ecn-accepted-accurate", to)
        }
        (Some(_), ECE) => text!("explain-ecn-accepted", to),
        (Some(_), _) => text!("explain-ecn-answer-wrong", to),
    })
}

/// Whether the flags of a SYN-ACK accept Accurate ECN: RFC 9768, table 2.
fn accepts_accurate(bits: u16) -> bool {
    matches!(bits, CWR | AE) || bits == CWR | ECE || bits == AE | CWR
}

/// Whether both sides agreed on Accurate ECN, as far as the capture shows it.
fn is_accurate(segment: &Segment) -> bool {
    if segment.at.conversation.tcp().accurate_ecn {
        return true;
    }
    let syn = |kind: StepKind| segment.at.earlier(|other| other.kind == kind);
    let bits = |kind| syn(kind).map(|step| step.flags.0 & (ECE | CWR | AE));
    bits(StepKind::Syn) == Some(ECE | CWR | AE)
        && bits(StepKind::SynAck).is_some_and(accepts_accurate)
}

/// Explains the counter that the three flags are: RFC 9768, section 3.2.2.
fn counter(segment: &Segment) -> String {
    let (from, count) = (segment.from, segment.step.flags.ace());
    text!("explain-ecn-counter", from, count)
}

/// Explains ECE and CWR once the connection is open: RFC 3168, sections 6.1.2 and 6.1.3.
fn feedback(segment: &Segment, bits: u16) -> Option<String> {
    let (from, to) = (segment.from, segment.to);
    let step = segment.step;
    let is_agreed = segment.at.conversation.tcp().ecn();
    let is_unknown = !segment.at.conversation.tcp().both_syns_seen();
    if bits == 0 {
        return None;
    }
    if !is_agreed && !is_unknown {
        return Some(text!("explain-ecn-not-agreed").to_owned());
    }
    let mut sentences = Vec::new();
    if bits & ECE != 0 {
        let marked = segment
            .at
            .earlier(|other| other.from != step.from && other.is_ce());
        sentences.push(match marked {
            Some(marked) => {
                let packet = marked.packet;
                let ago = segment.at.between(packet, step.packet);
                text!("explain-ece-of", from, to, packet, ago)
            }
            None => text!("explain-ece", from, to),
        });
    }
    if bits & CWR != 0 {
        let echo = segment.at.earlier(|other| {
            let echoes = other.flags.any(ECE) && !other.flags.syn();
            other.from != step.from && echoes
        });
        sentences.push(match echo {
            Some(echo) => {
                let packet = echo.packet;
                text!("explain-cwr-of", from, to, packet)
            }
            None => text!("explain-cwr", from),
        });
    }
    Some(match sentences.is_empty() {
        true => text!("explain-ae-alone").to_owned(),
        false => sentences.join(" "),
    })
}
