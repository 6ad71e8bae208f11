//! `wiretalk follow`.

use crate::{
    follow::{
        Dialogue, Turn,
        charset::{Charset, Unit},
        conflicts,
        script::{Block, Capture, Script, blocks},
    },
    format::printable,
    lang::{Count, text},
    store::{Contents, Store},
    track::{ConversationId, PerSide, Protocol, Side},
    view::Viewer,
};
use std::{
    io::{self, Write},
    sync::Arc,
};

/// How content is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// Lines of text, with their sender before them.
    #[default]
    Ascii,
    /// Bytes in hexadecimal, with their sender before them.
    Hex,
    /// The bytes without formatting.
    Raw,
}

/// Finds `tcp/3`, `udp/0` or `icmp/0`.
pub fn find(contents: &Contents, name: &str) -> Result<ConversationId, String> {
    // The list on the screen calls them 5 and u31.
    let is_number = |text: &str| text.starts_with(|letter: char| letter.is_ascii_digit());
    let (protocol, stream) = match (name.split_once('/'), name.strip_prefix('u')) {
        (Some(parts), _) => parts,
        (None, Some(stream)) if is_number(stream) => ("udp", stream),
        (None, None) if is_number(name) => ("tcp", name),
        (None, _) => (name, ""),
    };
    if !["tcp", "udp", "icmp"].contains(&protocol) {
        return Err(text!("cli-not-a-conversation", name));
    }
    let stream: u32 = stream
        .parse()
        .map_err(|_| text!("cli-conversation-without-number", name))?;
    let wanted = format!("{protocol}/{stream}");
    let mut all = contents.tracker.conversations();
    let found = all.find(|(_, conversation)| conversation.id() == wanted);
    match found {
        Some((id, _)) => Ok(id),
        None if contents.evicted_by_now().conversations > 0 => {
            Err(text!("cli-no-conversation-or-evicted", name))
        }
        None => Err(text!("cli-no-conversation", name)),
    }
}

/// The options of `follow`.
#[derive(Clone, Copy, Debug, Default)]
pub struct FollowOptions {
    /// How it is written.
    pub style: Style,
    /// Only the data of this side.
    pub only: Option<Side>,
    /// Includes data that its receiver may not have read.
    pub all: bool,
    /// Shows passwords and other secrets. Unformatted bytes always have them.
    pub show_secrets: bool,
    /// The charset of text. Without one, that of each turn is guessed.
    pub charset: Option<Charset>,
}

/// Writes the content of a conversation, of both sides or of one. Returns how many bytes were left out because their
/// receiver is not known to have read them.
pub fn follow(
    store: &Store,
    id: ConversationId,
    options: FollowOptions,
    out: &mut impl Write,
) -> io::Result<u64> {
    let FollowOptions {
        style,
        only,
        all,
        show_secrets,
        charset,
    } = options;
    let mut viewer = Viewer::new(store.clone());
    viewer.show_secrets = show_secrets || style == Style::Raw;
    let mut dialogue = Dialogue::read(&mut viewer, id)?;
    let mut left_out = 0;
    // The offset of each side's first byte that was sent during the capture.
    let mut received = dialogue.streams.as_ref().map(|it| it.received.start);
    if !all {
        received = PerSide::default();
    }
    for from in Side::BOTH {
        let stream = &mut dialogue.streams[from];
        if !all {
            let dropped = stream.keep_received();
            left_out += if only.is_none_or(|only| only == from) {
                dropped
            } else {
                0
            };
        }
    }
    let datagrams = id_is_udp(store, id);
    let dialogue = Arc::new(dialogue);
    let mut script = Script::new(datagrams);
    script.read_as(charset);
    script.show_only(only);
    let shown = blocks(&dialogue, only, datagrams);
    script.adopt(dialogue.clone(), (only, shown), true);
    let mut block = 0;
    let mut bytes = Vec::new();
    let mut lines = Lines::default();
    for (_, turn) in dialogue.turns() {
        let (from, gap) = match turn {
            Turn::Said(from, _) => (from, 0),
            Turn::Missing(from, gap) => (from, gap),
        };
        if only.is_some_and(|only| only != from) {
            continue;
        }
        if style != Style::Ascii || lines.from != Some(from) || gap > 0 {
            lines.flush(out)?;
        }
        lines.from = Some(from);
        match (turn, style) {
            (Turn::Missing(..), Style::Raw) => {}
            (Turn::Missing(..), _) => {
                let missing = text!("cli-bytes-missing", count = Count(gap));
                writeln!(out, "{} [{missing}]", arrow(from))?;
            }
            (Turn::Said(_, piece), style) => {
                bytes.clear();
                let first = received[from];
                viewer.read_masked(id, from, first, &piece, &mut bytes)?;
                match style {
                    Style::Raw => out.write_all(&bytes)?,
                    Style::Hex => write_hex(out, from, piece.at, &bytes)?,
                    Style::Ascii => {
                        let holds = |block: &Block| {
                            let is_in = (block.at..block.end).contains(&piece.at);
                            block.from == from && !block.missing && is_in
                        };
                        let later = script.blocks().get(block..).unwrap_or_default();
                        block += later.iter().position(holds).unwrap_or(0);
                        let viewer = &mut viewer;
                        lines.charset = script.charset_of(&mut Capture { viewer, id }, block)?;
                        lines.add(out, &bytes)?;
                    }
                }
            }
        }
    }
    lines.flush(out)?;
    if style != Style::Raw {
        for stream in &dialogue.streams {
            for packet in conflicts(&mut viewer, stream)? {
                writeln!(out, "! {}", text!("cli-sent-other-bytes", packet))?;
            }
        }
    }
    Ok(left_out)
}

fn id_is_udp(store: &Store, id: ConversationId) -> bool {
    let contents = store.read();
    let conversation = contents.tracker.get(id);
    conversation.is_some_and(|conversation| conversation.protocol == Protocol::Udp)
}

fn arrow(from: Side) -> char {
    match from {
        Side::Client => '→',
        Side::Server => '←',
    }
}

/// Text whose line has not ended.
struct Lines {
    from: Option<Side>,
    charset: Charset,
    held: Vec<u8>,
}

impl Default for Lines {
    fn default() -> Self {
        Lines {
            from: None,
            charset: Charset::Utf8,
            held: Vec::new(),
        }
    }
}

/// A longer line is broken: a head has up to 64 KiB, and longer lines are of no use on a terminal.
const LONGEST_LINE: usize = 64 << 10;

impl Lines {
    fn add(&mut self, out: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            // Where a line is broken must not depend on the segments.
            let room = rest.len().min(LONGEST_LINE - self.held.len());
            let line_end = rest[..room].iter().position(|byte| *byte == b'\n');
            let (piece, behind) = rest.split_at(line_end.map_or(room, |at| at + 1));
            self.held.extend_from_slice(piece);
            rest = behind;
            if line_end.is_some() {
                self.flush(out)?;
            } else if self.held.len() == LONGEST_LINE {
                let letter = self.held.split_off(whole_letters(self.charset, &self.held));
                self.flush(out)?;
                self.held = letter;
            }
        }
        Ok(())
    }

    fn flush(&mut self, out: &mut impl Write) -> io::Result<()> {
        if let Some(from) = self.from
            && !self.held.is_empty()
        {
            let line = self.charset.decode(&self.held);
            let line = line.trim_end_matches('\n').trim_end_matches('\r');
            writeln!(out, "{} {}", arrow(from), printable(line))?;
        }
        self.held.clear();
        Ok(())
    }
}

/// Returns the length without an unfinished letter at the end.
fn whole_letters(charset: Charset, text: &[u8]) -> usize {
    let units = charset.units(text, false);
    let end = units.map(|(at, unit): (usize, Unit)| at + unit.length());
    end.last().unwrap_or(text.len())
}

fn write_hex(out: &mut impl Write, from: Side, at: u64, bytes: &[u8]) -> io::Result<()> {
    for (row, line) in bytes.chunks(16).enumerate() {
        let hex: Vec<String> = line.iter().map(|byte| format!("{byte:02x}")).collect();
        let text: String = line
            .iter()
            .map(|byte| {
                if byte.is_ascii_graphic() || *byte == b' ' {
                    char::from(*byte)
                } else {
                    '·'
                }
            })
            .collect();
        let offset = at + 16 * row as u64;
        writeln!(
            out,
            "{} {offset:08x}  {:<47}  {text}",
            arrow(from),
            hex.join(" ")
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_do_not_depend_on_the_segments() {
        let long = "가나😀".repeat(LONGEST_LINE / 8);
        let text = format!("{}\r\n\n{long}\nend", "x".repeat(9000));
        let written = |length: usize| {
            let mut lines = Lines {
                from: Some(Side::Client),
                ..Lines::default()
            };
            let mut out = Vec::new();
            for piece in text.as_bytes().chunks(length) {
                lines.add(&mut out, piece).unwrap();
            }
            lines.flush(&mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        let whole = written(text.len());
        assert_eq!(whole.lines().count(), 5);
        assert!(!whole.contains(char::REPLACEMENT_CHARACTER));
        for length in [1, 2, 3, 1000, 1460] {
            assert_eq!(written(length), whole, "{length}");
        }
    }
}
