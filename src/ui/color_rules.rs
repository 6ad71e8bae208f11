//! The colours of rows in the list of packets: a table of display filters. The first rule that holds for a packet counts.
//! The reader's thread applies them, to the packets on the screen only.

use crate::{
    filter::{Examined, Filter},
    lang::text,
    ui::theme::{Theme, parse_style},
    view::Details,
};
use ratatui::style::Style;
use std::sync::OnceLock;

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
    /// A rule of the user gives it a style.
    Own(Style),
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

/// A rule of colours.
#[derive(Clone, Debug)]
pub struct ColorRule {
    /// What it says of a packet.
    pub kind: LineKind,
    /// Which packets it holds for.
    pub filter: Filter,
}

impl ColorRule {
    /// Parses a rule: the name of a kind, or a style, and a filter.
    ///
    /// # Errors
    ///
    /// Fails with what is wrong.
    pub fn parse(color: &str, filter: &str) -> Result<Self, String> {
        let filter = filter
            .parse::<Filter>()
            .map_err(|error| error.to_string())?;
        let named = NAMES.iter().find(|(_, name)| *name == color);
        let kind = match named {
            Some((kind, _)) => *kind,
            None => parse_style(color).map(LineKind::Own).map_err(|why| {
                let names: Vec<_> = NAMES.iter().map(|(_, name)| *name).collect();
                text!("config-no-rule-color", names = names.join(", "), why)
            })?,
        };
        Ok(ColorRule { kind, filter })
    }
}

/// The names of kinds in the settings.
const NAMES: [(LineKind, &str); 8] = [
    (LineKind::Plain, "plain"),
    (LineKind::Bad, "bad"),
    (LineKind::Report, "warning"),
    (LineKind::Control, "handshake"),
    (LineKind::Acknowledgment, "dim"),
    (LineKind::Web, "web"),
    (LineKind::Name, "name"),
    (LineKind::Neighbor, "neighbor"),
];

/// Returns the usual rules: the name of a kind, and the filter.
pub fn defaults() -> impl Iterator<Item = (&'static str, &'static str)> {
    RULES.iter().filter_map(|(kind, filter)| {
        let (_, name) = NAMES.iter().find(|(known, _)| known == kind)?;
        Some((*name, *filter))
    })
}

/// The rules that were chosen; without a choice the usual ones. One that names an unknown field is left out, which a test
/// finds.
static CHOSEN: OnceLock<Vec<ColorRule>> = OnceLock::new();

/// Chooses the rules, before the first packet is shown. Later calls have no effect.
pub fn choose(rules: Vec<ColorRule>) {
    let _ = CHOSEN.set(rules);
}

fn rules() -> &'static [ColorRule] {
    CHOSEN.get_or_init(|| {
        let rules = RULES.iter();
        let parsed = rules.filter_map(|(kind, filter)| {
            let filter = filter.parse().ok()?;
            Some(ColorRule {
                kind: *kind,
                filter,
            })
        });
        parsed.collect()
    })
}

/// Returns the filters of the rules.
pub fn filters<'a>() -> impl Iterator<Item = &'a Filter> {
    rules().iter().map(|rule| &rule.filter)
}

impl LineKind {
    /// Applies the rules to a packet, which was taken for their filters.
    pub fn of(packet: &Examined, details: &Details) -> Self {
        // The second copy of a frame is no retransmission of the network.
        let counts = |kind: LineKind| !(details.is_duplicate && kind == LineKind::Report);
        let mut rules = rules().iter().filter(|rule| counts(rule.kind));
        let first = rules.find(|rule| packet.holds(&rule.filter));
        first.map_or(LineKind::Plain, |rule| rule.kind)
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
            LineKind::Own(style) => whole(style),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_a_filter() {
        assert_eq!(rules().len(), RULES.len());
        assert_eq!(defaults().count(), RULES.len());
    }
}
