//! Lightweight User Datagram Protocol, RFC 3828: UDP with a checksum over the first bytes only.

use super::udp::{self, Cover};
use crate::{Dissector, Layer, OsiLayer, Outcome, Selector, Severity};
use nom::number::be_u16;

/// Lightweight User Datagram Protocol.
pub const DISSECTOR: Dissector = Dissector {
    name: "udplite",
    label: "Lightweight User Datagram Protocol",
    column: "UDPlite",
    layer: OsiLayer::Transport,
    selectors: &[Selector::IpProtocol(136)],
    fields: &[],
    dissect,
    session: None,
};

const HEADER: usize = 8;

fn dissect(udp: &mut Layer) -> Outcome {
    let length = udp.reported();
    let (source, destination) = udp::ports(udp)?;
    let at = udp.ahead(0);
    let coverage =
        usize::from(udp.field("udp.checksum_coverage", "Checksum coverage", be_u16())?);
    // Section 3.1: 0 is all of it.
    let covered = if coverage == 0 { length } else { coverage };
    let right = (HEADER..=length).contains(&covered);
    if !right {
        udp.note(Severity::Error, || {
            format!("{coverage} is not from {HEADER} to {length}")
        });
    }
    udp.over("udp.length", "Length", at, || (length as u64).into());
    let payload = length.saturating_sub(HEADER);
    udp.info(|| format!("{source} → {destination} Len={payload}"));
    let cover = Cover {
        protocol: 136,
        length,
        covered,
        optional: false,
    };
    udp::checksum(udp, &cover)?;
    udp::body(udp, source, destination, payload)
}
