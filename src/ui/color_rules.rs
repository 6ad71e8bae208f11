//! The colours of rows in the list of packets: a table of display filters. The first rule that holds for a packet counts.
//! The reader's thread applies them, to the packets on the screen only.

use crate::{
    filter::{Examined, Filter},
    ui::theme::Theme,
    view::Details,
};
use ratatui::style::Style;
use std::sync::LazyLock;

/// What a rule says of a packet, which determines its colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LineKind {
    /// Nothing that stands out.
    #[default]
    Plain,
    /// It breaks a connection off, or is malformed.
    Bad,
    /// A host reports an error, or it is a retransmission, missing, or delayed.
    Report,
    /// It opens or closes a connection.
    Control,
    /// It only acknowledges.
    Acknowledgment,
    /// A page is requested or sent.
    Web,
    /// A name is resolved.
    Name,
    /// An address of the local network is resolved.
    Neighbor,
}

/// The rules, in order.
const RULES: &[(LineKind, &str)] = &[
    (LineKind::Bad, "tcp.flags.reset == 1 or _ws.malformed"),
    (
        LineKind::Report,
        "tcp.analysis.flags && !tcp.analysis.window_update && !tcp.analysis.keep_alive && \
         !tcp.analysis.keep_alive_ack",
    ),
    (
        LineKind::Report,
        "icmp.type in {3, 4, 5, 11, 12} || icmpv6.type in {1..4}",
    ),
    (
        LineKind::Report,
        "http.response.code >= 400 || ftp.response.code >= 400 || smtp.response.code >= 400",
    ),
    (LineKind::Report, "dns.flags.rcode > 0"),
    (
        LineKind::Control,
        "tcp.flags.syn == 1 or tcp.flags.fin == 1",
    ),
    (LineKind::Acknowledgment, "tcp.len == 0"),
    (LineKind::Web, "http"),
    (LineKind::Name, "dns || mdns || llmnr"),
    (LineKind::Neighbor, "arp"),
];

/// The rules with their filters; one that names an unknown field is left out, which a test finds.
static PARSED: LazyLock<Vec<(LineKind, Filter)>> = LazyLock::new(|| {
    let rules = RULES.iter();
    let parsed = rules.filter_map(|(kind, filter)| Some((*kind, filter.parse().ok()?)));
    parsed.collect()
});

/// Returns the filters of the rules.
pub fn filters<'a>() -> impl Iterator<Item = &'a Filter> {
    PARSED.iter().map(|(_, filter)| filter)
}

impl LineKind {
    /// Applies the rules to a packet, which was taken for their filters.
    pub fn of(packet: &Examined, details: &Details) -> Self {
        // The second copy of a frame is no retransmission of the network.
        let counts = |kind: LineKind| !(details.is_duplicate && kind == LineKind::Report);
        let mut rules = PARSED.iter().filter(|(kind, _)| counts(*kind));
        let first = rules.find(|(_, filter)| packet.holds(filter));
        first.map_or(LineKind::Plain, |(kind, _)| *kind)
    }

    /// Returns the colour of the protocol, and that of the whole summary: what only tells protocols apart colours no
    /// more than their names.
    pub fn styles(self, theme: &Theme) -> [Style; 2] {
        let whole = |style| [style, style];
        match self {
            LineKind::Plain => whole(Style::new()),
            LineKind::Bad => whole(theme.bad),
            LineKind::Report => whole(theme.warning),
            LineKind::Control => whole(theme.handshake),
            LineKind::Acknowledgment => whole(theme.dim),
            LineKind::Web => [theme.web, Style::new()],
            LineKind::Name => [theme.name, Style::new()],
            LineKind::Neighbor => [theme.neighbor, Style::new()],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_a_filter() {
        assert_eq!(PARSED.len(), RULES.len());
    }
}
