//! Runs dissectors: the next layer, or one inside another.

use super::{Layer, Stop};
use crate::{
    ByteRange, Dissector, FieldKind, Group, LayerInfo, MessageContext, Next, Outcome, Severity,
    Value,
};

/// A position among the bytes of a packet.
#[derive(Clone, Copy)]
pub(crate) struct Position<'a> {
    bytes: &'a [u8],
    rest: &'a [u8],
    missing: usize,
    source: u16,
}

/// Messages inside messages, such as mail forwarded in mail; deeper ones are an attack.
const MAX_NESTING: u8 = 12;

impl<'a> Layer<'a, '_> {
    /// Returns the present position.
    pub(crate) fn position(&self) -> Position<'a> {
        Position {
            bytes: self.bytes,
            rest: self.rest,
            missing: self.missing,
            source: self.source,
        }
    }

    /// Goes back to a position: its rest is read again.
    pub(crate) fn go_back(&mut self, position: Position<'a>) {
        let Position {
            bytes,
            rest,
            missing,
            source,
        } = position;
        (self.bytes, self.rest, self.missing, self.source) = (bytes, rest, missing, source);
    }
}

impl Layer<'_, '_> {
    /// Reads the remaining bytes as rows below the present one, and comes back. What is nested too deep is not read.
    pub(crate) fn nested(&mut self, read: impl FnOnce(&mut Self)) {
        if self.nesting >= MAX_NESTING {
            self.note(Severity::Warning, || {
                "nested too deep to be read".to_owned()
            });
            return;
        }
        if !self.details() {
            return;
        }
        // The line of the packet list describes the outer message.
        let summary = self.summary.take();
        let place = (self.bytes, self.rest, self.missing, self.source, self.start);
        let (heading, media) = (self.heading, self.media.clone());
        self.nesting += 1;
        read(self);
        self.nesting -= 1;
        (self.bytes, self.rest, self.missing, self.source, self.start) = place;
        (self.heading, self.media, self.summary) = (heading, media, summary);
    }

    /// Runs a dissector as the next layer, with its context where it reads a message.
    #[inline]
    pub(crate) fn run(
        &mut self,
        dissector: &'static Dissector,
        known: Option<&MessageContext>,
    ) -> Outcome {
        if self.tree.is_some() {
            return self.run_shown(dissector, known);
        }
        self.start = self.offset();
        let before = self.name_protocol(dissector);
        let rest = self.rest;
        let outcome = dissector.read(self, known);
        if matches!(outcome, Ok(Next::Declined | Next::Instead(_))) {
            self.rest = rest;
            self.unname_protocol(before);
        }
        outcome
    }

    /// Sets the protocol in the packet list, and returns the previous one.
    #[inline]
    fn name_protocol(&mut self, dissector: &'static Dissector) -> Option<&'static str> {
        match &mut self.summary {
            Some(summary) if !self.quoted && !dissector.column.is_empty() => {
                Some(std::mem::replace(&mut summary.protocol, dissector.column))
            }
            _ => None,
        }
    }

    fn unname_protocol(&mut self, before: Option<&'static str>) {
        if let (Some(summary), Some(before)) = (&mut self.summary, before) {
            summary.protocol = before;
        }
    }

    #[cold]
    fn run_shown(
        &mut self,
        dissector: &'static Dissector,
        known: Option<&MessageContext>,
    ) -> Outcome {
        self.start = self.offset();
        let before = self.name_protocol(dissector);
        let rest = self.rest;
        let kind = FieldKind::Layer(LayerInfo {
            name: dissector.name,
            column: dissector.column,
            osi: dissector.layer,
            quoted: self.quoted,
            is_partial: self.is_partial() && !matches!(dissector.name, "ssh" | "tls"),
        });
        let at = self.here();
        let row = self.push(dissector.name, dissector.label, Value::None, at, kind);
        self.heading = row;
        let (source, start) = (self.source, self.start);
        let outcome = self.deeper(|layer| dissector.read(layer, known));
        let covered = std::mem::take(&mut self.covered);
        let end = match self.source == source {
            true => self.offset().max(covered),
            false if self.left.0 == source => self.left.1.max(start),
            false => start,
        };
        self.heading = None;
        if matches!(outcome, Ok(Next::Declined | Next::Instead(_))) {
            self.rest = rest;
            self.unname_protocol(before);
            if let (Some(tree), Some(row)) = (&mut self.tree, row) {
                tree.fields.truncate(row);
            }
            return outcome;
        }
        if self.trailer.is_some_and(|owner| owner.holder != row) {
            self.trailer = None;
        }
        if let (Some(tree), Some(row)) = (&mut self.tree, row)
            && let Some(field) = tree.fields.get_mut(row)
        {
            field.bytes = ByteRange { source, start, end };
        }
        outcome
    }

    /// Shows the tunnel of the message that is read next as a layer without bytes of its own. The packet list names the
    /// message's protocol.
    pub(crate) fn show_tunnel(&mut self, dissector: &'static Dissector, known: &MessageContext) {
        let before = self.summary.as_ref().map(|summary| summary.protocol);
        let rest = self.rest;
        let message = self.message.take();
        let _ = self.run(dissector, Some(known));
        self.rest = rest;
        self.message = message;
        self.unname_protocol(before);
    }

    /// Shows in the tree why reading ended.
    pub(crate) fn show_stop(&mut self, stop: Stop) {
        if self.tree.is_none() {
            return;
        }
        let (severity, group, words, bytes) = match stop {
            Stop::Truncated { field, bytes } => (
                Severity::Note,
                Group::Protocol,
                format!("cut by the capture's size limit inside {field}"),
                bytes,
            ),
            // The message as a whole has a note on this.
            Stop::Malformed { .. } if self.is_unfinished() && self.is_alone() => return,
            Stop::Malformed { field, bytes } if self.is_unfinished() => (
                Severity::Warning,
                Group::Reassemble,
                format!("broken off inside {field}"),
                bytes,
            ),
            Stop::Malformed { field, bytes } => (
                Severity::Error,
                Group::Malformed,
                format!("malformed: {field} does not fit"),
                bytes,
            ),
        };
        self.deeper(|layer| {
            layer.push(
                "_ws.expert",
                "Note",
                Value::Text(words),
                bytes,
                FieldKind::Note(severity, group),
            );
        });
    }

    /// Notes that a message that was cut from this packet alone continues in others.
    pub(crate) fn show_unfinished(&mut self) {
        if self.quoted {
            return;
        }
        if let Some(summary) = &mut self.summary {
            summary.info.push_str(" (unfinished)");
        }
        self.note_of(Group::Reassemble, Severity::Note, || {
            "unfinished: its end is not in this packet".to_owned()
        });
    }
}
