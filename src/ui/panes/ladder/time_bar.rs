//! Where the time of a connection went, in one line with a bar for each share of it.
//!
//! ```text
//!  3.19 s  handshake ▏ 20.8 ms  server ▎ 60.1 ms  transfer ███▍ 412 ms  window █████████████▊ 1.71 s  idle ████████ 988 ms
//! ```

use crate::{
    format::duration,
    lang::TextId,
    track::{Conversation, Share},
    ui::{
        text::{left, width},
        theme::Theme,
    },
};
use ratatui::{
    style::Style,
    text::{Line, Span},
};

/// Shares of less than one part in this many are left out.
const LEAST: i64 = 100;

/// Columns of all bars together, at most.
const MAX_BARS: usize = 60;

/// Blank columns between two shares.
const GAP: usize = 2;

/// A bar of one column, from an eighth to a whole.
const EIGHTHS: [&str; 8] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"];

/// One share with its words.
struct Part {
    ns: i64,
    name: &'static str,
    time: String,
    style: Style,
}

impl Part {
    /// Returns how many columns it takes without its bar.
    fn width(&self) -> usize {
        width(self.name) + width(&self.time) + 2
    }
}

fn name(share: Share) -> TextId {
    match share {
        Share::Handshake => TextId("share-handshake"),
        Share::Client => TextId("share-client"),
        Share::Server => TextId("share-server"),
        Share::Transfer => TextId("share-transfer"),
        Share::Window => TextId("share-window"),
        Share::Retransmission => TextId("share-retransmission"),
        Share::Idle => TextId("share-idle"),
    }
}

fn style(share: Share, theme: &Theme) -> Style {
    match share {
        Share::Handshake => theme.handshake,
        Share::Client => theme.client,
        Share::Server => theme.server,
        Share::Transfer => theme.good,
        Share::Window => theme.warning,
        Share::Retransmission => theme.bad,
        Share::Idle => theme.dim,
    }
}

/// Returns a bar of so many eighths of a column.
fn bar(eighths: usize) -> String {
    let mut bar = EIGHTHS[7].repeat(eighths / 8);
    if let Some(rest) = (eighths % 8).checked_sub(1) {
        bar.push_str(EIGHTHS[rest]);
    }
    bar
}

/// Returns the line in at most `room` columns; none for a conversation without an analysis, or that took no time. Where
/// there is no room for all shares, the smallest are left out.
pub fn time_bar(conversation: Conversation, theme: &Theme, room: usize) -> Option<Line<'static>> {
    let analysis = conversation.analysis()?;
    let shares = analysis.time();
    let total = shares.total_ns();
    let parts = Share::ALL.into_iter().filter_map(|share| {
        let ns = shares.get(share);
        (ns > total / LEAST).then(|| Part {
            ns,
            name: name(share).text(),
            time: duration(ns),
            style: style(share, theme),
        })
    });
    line(parts.collect(), total, theme, room)
}

fn line(mut parts: Vec<Part>, total: i64, theme: &Theme, room: usize) -> Option<Line<'static>> {
    let all = duration(total);
    let mut is_cut = false;
    let needed = |parts: &[Part], is_cut: bool| {
        // Each has a bar of a column at least.
        let parts = parts.iter().map(|part| GAP + part.width() + 1);
        width(&all) + parts.sum::<usize>() + if is_cut { GAP + 1 } else { 0 }
    };
    while needed(&parts, is_cut) > room {
        let least = (0..parts.len()).min_by_key(|at| parts[*at].ns)?;
        parts.remove(least);
        is_cut = true;
    }
    if parts.is_empty() || total <= 0 {
        return None;
    }
    let spare = (room - needed(&parts, is_cut)).min(MAX_BARS);
    let mut spans = vec![Span::styled(all.clone(), theme.heading)];
    for part in parts {
        let part_of_all = part.ns as f64 / total as f64;
        let eighths = (part_of_all * spare as f64 * 8.0) as usize + 1;
        spans.push(Span::styled(
            format!("{}{} ", " ".repeat(GAP), part.name),
            theme.dim,
        ));
        spans.push(Span::styled(bar(eighths), part.style));
        spans.push(Span::raw(format!(" {}", part.time)));
    }
    if is_cut {
        spans.push(Span::styled(left("", GAP) + "…", theme.dim));
    }
    Some(Line::from(spans))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::theme::Look;

    fn shown(times_ms: &[(Share, i64)], room: usize) -> Option<String> {
        let theme = Theme::new(Look::Plain);
        let part = |(share, ms): &(Share, i64)| Part {
            ns: ms * 1_000_000,
            name: name(*share).text(),
            time: duration(ms * 1_000_000),
            style: style(*share, &theme),
        };
        let total: i64 = times_ms.iter().map(|(_, ms)| ms * 1_000_000).sum();
        let parts = times_ms.iter().map(part).collect();
        line(parts, total, &theme, room).map(|line| line.to_string())
    }

    #[test]
    fn bars_are_as_long_as_their_share() {
        let times = [(Share::Handshake, 20), (Share::Transfer, 980)];
        let words = shown(&times, 60).unwrap();
        assert!(
            words.starts_with("1.00 s  handshake ▍ 20.0 ms  "),
            "{words}"
        );
        let blocks = words.matches('█').count();
        assert!((10..=20).contains(&blocks), "{words}");
        assert_eq!(shown(&[], 80), None);
        assert_eq!(shown(&[(Share::Idle, 0)], 80), None);
    }

    #[test]
    fn it_fits_any_width() {
        let times = Share::ALL.map(|share| (share, 100 + share as i64));
        for room in 0..300 {
            let words = shown(&times, room).unwrap_or_default();
            assert!(width(&words) <= room, "{room}: {words}");
            let all = Share::ALL.iter().all(|it| words.contains(name(*it).text()));
            assert!(
                words.is_empty() || words.ends_with('…') != all,
                "{room}: {words}"
            );
        }
        // The largest shares are kept.
        let words = shown(&[(Share::Handshake, 10), (Share::Server, 990)], 30).unwrap();
        assert!(
            words.contains("server") && words.ends_with("  …"),
            "{words}"
        );
    }
}
