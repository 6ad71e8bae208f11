//! A selection of ports: `80`, `80,443`, `8000-8100`, `!22`.

use crate::{
    lang::text,
    track::{ConversationId, Tracker},
};
use std::{fmt, str::FromStr};

/// A selection of ports. A conversation is selected if either of its ports is, and neither is excluded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ports {
    wanted: Vec<(u16, u16)>,
    excluded: Vec<(u16, u16)>,
}

impl Ports {
    /// Whether everything is selected.
    pub fn is_empty(&self) -> bool {
        self.wanted.is_empty() && self.excluded.is_empty()
    }

    /// Adds the ports of another selection.
    pub fn extend(&mut self, other: &Ports) {
        self.wanted.extend(&other.wanted);
        self.excluded.extend(&other.excluded);
    }

    /// Returns the display filter that selects the same packets, but for connections that were announced
    /// ([`Ports::announced`]).
    pub fn display_filter(&self) -> String {
        let of = |field: &str, ranges: &[(u16, u16)]| {
            let range = |(low, high): &(u16, u16)| match low == high {
                true => low.to_string(),
                false => format!("{low}..{high}"),
            };
            match ranges {
                [(low, high)] if low == high => format!("{field} == {low}"),
                ranges => {
                    let ranges: Vec<_> = ranges.iter().map(range).collect();
                    format!("{field} in {{{}}}", ranges.join(", "))
                }
            }
        };
        let both = |ranges| format!("{} or {}", of("tcp.port", ranges), of("udp.port", ranges));
        match (self.wanted.is_empty(), self.excluded.is_empty()) {
            (true, true) => String::new(),
            (false, true) => both(&self.wanted),
            // What has no ports is not selected.
            (true, false) => {
                let any = ["tcp", "udp"].join(" or ");
                let excluded = format!("not ({})", both(&self.excluded));
                format!("({any}) and {excluded}")
            }
            (false, false) => {
                let (wanted, excluded) = (both(&self.wanted), both(&self.excluded));
                let excluded = format!("not ({excluded})");
                format!("({wanted}) and {excluded}")
            }
        }
    }

    /// Whether a conversation is selected. One that another conversation announced, such as a data connection of FTP, is
    /// selected with that one, and excluded with it.
    pub fn select(&self, tracker: &Tracker, id: ConversationId) -> bool {
        if self.is_empty() {
            return true;
        }
        let ports_of = |id| {
            let conversation = tracker.get(id)?;
            Some([conversation.client.port, conversation.server.port])
        };
        let Some(own) = ports_of(id) else {
            return false;
        };
        let announced_by = tracker.parent_of(id).and_then(ports_of);
        self.select_any(own.into_iter().chain(announced_by.into_iter().flatten()))
    }

    /// Returns what is to be said beside the display filter: that connections which others announced are selected with
    /// these, if that makes a difference.
    pub fn announced(&self, tracker: &Tracker) -> Option<&'static str> {
        let differs = |id: &ConversationId| {
            let ports = tracker.get(*id).map(|it| [it.client.port, it.server.port]);
            let is_selected = ports.is_some_and(|ports| self.select_any(ports.into_iter()));
            is_selected != self.select(tracker, *id)
        };
        let mut announced = tracker.application.expectations.fulfilled();
        let makes_a_difference = announced.any(|id| differs(&id));
        makes_a_difference.then(|| text!("filter-ports-announced"))
    }

    /// Whether one of these ports is selected, and none is excluded.
    fn select_any(&self, ports: impl Iterator<Item = u16> + Clone) -> bool {
        let within = |ranges: &[(u16, u16)]| {
            let is_in = |port: u16| {
                ranges
                    .iter()
                    .any(|(low, high)| (*low..=*high).contains(&port))
            };
            ports.clone().any(is_in)
        };
        (self.wanted.is_empty() || within(&self.wanted)) && !within(&self.excluded)
    }

    /// Whether a conversation between these ports is selected.
    #[cfg(test)]
    pub fn matches(&self, a: u16, b: u16) -> bool {
        self.select_any([a, b].into_iter())
    }
}

impl FromStr for Ports {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut ports = Ports::default();
        for word in text.split([',', ' ']).filter(|word| !word.is_empty()) {
            let (excluded, range) = match word.strip_prefix('!') {
                Some(range) => (true, range),
                None => (false, word),
            };
            let port = |text: &str| {
                let port = text.parse::<u16>();
                port.map_err(|_| text!("ports-no-port", text))
            };
            let (low, high) = match range.split_once('-') {
                Some((low, high)) => (port(low)?, port(high)?),
                None => (port(range)?, port(range)?),
            };
            if low > high {
                return Err(text!("ports-backwards", range));
            }
            let list = if excluded {
                &mut ports.excluded
            } else {
                &mut ports.wanted
            };
            list.push((low, high));
        }
        Ok(ports)
    }
}

impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let wanted = self.wanted.iter().map(|range| ("", range));
        let excluded = self.excluded.iter().map(|range| ("!", range));
        for (at, (sign, (low, high))) in wanted.chain(excluded).enumerate() {
            let comma = if at > 0 { ", " } else { "" };
            write!(f, "{comma}{sign}{low}")?;
            if low != high {
                write!(f, "-{high}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_either_end_exactly() {
        let ports: Ports = "80, 8000-8100".parse().unwrap();
        assert!(ports.matches(51234, 80));
        assert!(ports.matches(8050, 51234));
        assert!(!ports.matches(51234, 8101));
        assert!(!ports.matches(180, 800));
        assert_eq!(ports.to_string(), "80, 8000-8100");
    }

    #[test]
    fn excludes() {
        let ports: Ports = "!22".parse().unwrap();
        assert!(ports.matches(51234, 80));
        assert!(!ports.matches(51234, 22));
        let both: Ports = "1-1023,!22".parse().unwrap();
        assert!(both.matches(51234, 80));
        assert!(!both.matches(22, 80));
    }

    #[test]
    fn makes_a_display_filter() {
        for (ports, filter) in [
            ("80", "tcp.port == 80 or udp.port == 80"),
            (
                "80,8000-8100",
                "tcp.port in {80, 8000..8100} or udp.port in {80, 8000..8100}",
            ),
            (
                "!22",
                "(tcp or udp) and not (tcp.port == 22 or udp.port == 22)",
            ),
            (
                "1-1023,!22",
                "(tcp.port in {1..1023} or udp.port in {1..1023}) and not (tcp.port == 22 or udp.port == 22)",
            ),
        ] {
            let ports: Ports = ports.parse().unwrap();
            assert_eq!(ports.display_filter(), filter);
            assert!(filter.parse::<crate::filter::Filter>().is_ok());
        }
    }

    #[test]
    fn says_what_is_wrong() {
        assert!(
            "http"
                .parse::<Ports>()
                .unwrap_err()
                .contains("'http' is no port")
        );
        assert!("70000".parse::<Ports>().is_err());
        assert!("9-1".parse::<Ports>().unwrap_err().contains("ends before"));
        assert!("".parse::<Ports>().unwrap().is_empty());
    }
}
