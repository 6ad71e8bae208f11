//! A ladder as text, for the clipboard and for comparing conversations: its rows as they are when nothing is unfolded.

use super::{Ladder, LadderRow, RowDetail, RowLabel, StepKind, agreed};
use crate::{
    cell::{cut, left, width},
    findings::Judgement,
    format::{printable, seconds},
    lang::text,
    services,
    track::{ConversationId, Side},
    view::Viewer,
};

/// Packets that are read in one go.
const SLICE: usize = 256;

/// The width between the lifelines of a drawn ladder.
const BETWEEN: usize = 64;

/// A row of a ladder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedRow {
    /// The packet that it represents.
    pub packet: u32,
    /// When its first packet was captured, nanoseconds since the first row that has a time; none if the capture does not say.
    pub since_ns: Option<i64>,
    /// Its label.
    pub label: RowLabel,
}

impl ListedRow {
    /// Returns its time in seconds; nothing where it has none.
    fn time(&self) -> String {
        self.since_ns.map_or_else(String::new, |ns| seconds(ns, 6))
    }

    /// Returns what is at its arrow.
    pub fn words(&self) -> String {
        let texts: Vec<&str> = self
            .label
            .parts
            .iter()
            .map(|part| part.text.as_str())
            .collect();
        texts.join("  ")
    }

    /// Returns what is behind its arrow.
    pub fn status(&self) -> &str {
        self.label.status.0.trim_start_matches(['▸', '▾', ' '])
    }

    /// Returns the lines below its arrow.
    pub fn notes(&self) -> Vec<String> {
        let notes = self.label.notes.iter().map(|note| {
            let texts: Vec<&str> = note.iter().map(|(text, _)| text.as_str()).collect();
            texts.join(" · ")
        });
        notes.collect()
    }
}

/// The rows of a conversation, and what is above them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The conversation with its endpoints and its protocol.
    pub title: String,
    /// The endpoints.
    pub ends: [String; 2],
    /// How it went, and what both sides agreed on.
    pub head: Vec<String>,
    /// The rows.
    pub rows: Vec<ListedRow>,
    /// Whether there are more of them.
    pub is_cut: bool,
}

impl Ladder {
    /// Returns the summary of a packet above its transport layer, fit for the screen; nothing if there is none.
    pub fn info_of(&self, viewer: &mut Viewer, packet: u32) -> Option<String> {
        let inner = {
            let record = viewer.store().read().packets.get(packet).copied();
            let conversation = record.and_then(|record| record.conversation());
            conversation.is_some_and(|(id, _)| id == self.id())
        };
        let summary = viewer.summary(packet).ok();
        // The content of a tunnel is new information, whatever its protocol.
        summary
            .filter(|summary| !inner || !matches!(summary.protocol, "TCP" | "UDP" | ""))
            .map(|summary| printable(&summary.info))
            .filter(|info| !info.trim().is_empty())
    }
}

impl Listing {
    /// Reads a conversation, up to this many rows; nothing if there is no such conversation.
    pub fn read(viewer: &mut Viewer, id: ConversationId, most: usize) -> Option<Listing> {
        let mut ladder = Ladder::new(id);
        while ladder.read(viewer, SLICE) && ladder.len() < most {}
        let count = ladder.len().min(most);
        let rows = (0..count).filter_map(|at| {
            let row = ladder.row(at)?;
            listed(&ladder, viewer, row)
        });
        let mut rows: Vec<ListedRow> = rows.collect();
        let first = rows.iter().find_map(|row| row.since_ns).unwrap_or(0);
        for row in &mut rows {
            row.since_ns = row.since_ns.map(|time_ns| time_ns.saturating_sub(first));
        }
        let store = viewer.store().clone();
        let contents = store.read();
        let conversation = contents.tracker.get(id)?;
        let ends = [conversation.client, conversation.server].map(|end| end.to_string());
        let application = services::name(conversation);
        let judged = Judgement::of(&contents, id, &contents.judging);
        let verdict = judged.map(|judged| printable(&judged.sentence));
        Some(Listing {
            title: format!(
                "{}  {} ⇄ {}  {application}",
                conversation.id(),
                ends[0],
                ends[1]
            )
            .trim_end()
            .to_owned(),
            ends,
            head: verdict.into_iter().chain(agreed(conversation)).collect(),
            rows,
            is_cut: ladder.len() > count,
        })
    }

    /// Draws it with arrows of plain characters.
    pub fn plain(&self) -> String {
        let mut lines = vec![self.title.clone()];
        lines.extend(self.head.iter().cloned());
        lines.push(String::new());
        let [client, server] = &self.ends;
        let gap = (BETWEEN + 2)
            .saturating_sub(width(client) + width(server))
            .max(1);
        lines.push(format!("{:>12}  {client}{}{server}", "", " ".repeat(gap)));
        for row in &self.rows {
            let time = row.time();
            let words = cut(&row.words(), BETWEEN - 8);
            let rest = "-".repeat(BETWEEN - 5 - width(&words));
            let arrow = match row.label.from {
                Side::Client => format!("-- {words} {rest}>"),
                Side::Server => format!("<{rest} {words} --"),
            };
            lines.push(
                format!("{time:>12}  |{arrow}|  {}", row.status())
                    .trim_end()
                    .to_owned(),
            );
            for note in row.notes() {
                lines.push(format!(
                    "{:>12}  |  {}|",
                    "",
                    left(&cut(&note, BETWEEN - 2), BETWEEN - 2)
                ));
            }
        }
        self.end(&mut lines);
        lines.join("\n") + "\n"
    }

    /// Writes it as a table of Markdown.
    pub fn markdown(&self) -> String {
        let mut lines = vec![format!("### {}", escaped(&self.title)), String::new()];
        for words in &self.head {
            lines.extend([escaped(words), String::new()]);
        }
        let [client, server] = &self.ends;
        let heading = text!("listing-time");
        lines.push(format!("| {heading} | {client} | | {server} | |"));
        lines.push("|--:|---|:-:|---|---|".to_owned());
        for row in &self.rows {
            let words = escaped(&row.words());
            let (from_client, arrow, from_server) = match row.label.from {
                Side::Client => (&*words, "→", ""),
                Side::Server => ("", "←", &*words),
            };
            let behind: Vec<String> = std::iter::once(row.status().to_owned())
                .chain(row.notes())
                .filter(|words| !words.is_empty())
                .map(|words| escaped(&words))
                .collect();
            let time = row.time();
            let behind = behind.join("; ");
            lines.push(format!(
                "| {time} | {from_client} | {arrow} | {from_server} | {behind} |"
            ));
        }
        lines.push(String::new());
        self.end(&mut lines);
        lines.join("\n") + "\n"
    }

    fn end(&self, lines: &mut Vec<String>) {
        if self.is_cut {
            lines.push(text!("listing-cut").to_owned());
        }
    }
}

fn listed(ladder: &Ladder, viewer: &mut Viewer, row: LadderRow) -> Option<ListedRow> {
    let step = *ladder.first_of(row)?;
    let run = match row {
        LadderRow::Run(run) => Some(run),
        LadderRow::Step(_, true) => None,
        LadderRow::Step(step, false) => ladder.run_at(step),
    };
    let message = run.and_then(|run| ladder.message(viewer, run));
    let packet = ladder.packet_of(viewer, row)?;
    let completes = message.map_or(step.packet, |message| message.packet);
    let analysis = ladder.analysis(viewer, row).unwrap_or_default();
    let is_said = step.payload > 0 || step.kind == StepKind::Icmp;
    let info = if is_said {
        ladder.info_of(viewer, completes)
    } else {
        None
    };
    let detail = RowDetail {
        info: info.as_deref(),
        message,
        analysis,
    };
    let contents = viewer.store().read();
    let label = ladder.label(&contents, row, &detail, viewer.absolute_seq)?;
    let since_ns = contents.packets.get(step.packet)?.time_ns();
    Some(ListedRow {
        packet,
        since_ns,
        label,
    })
}

/// Escapes what Markdown would interpret: words come from the network.
fn escaped(words: &str) -> String {
    let mut text = String::with_capacity(words.len());
    for letter in words.chars() {
        if matches!(
            letter,
            '\\' | '`'
                | '*'
                | '_'
                | '{'
                | '}'
                | '['
                | ']'
                | '<'
                | '>'
                | '#'
                | '|'
                | '~'
                | '&'
                | '!'
        ) {
            text.push('\\');
        }
        text.push(letter);
    }
    text
}
