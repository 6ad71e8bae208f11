//! A packet's line in the list.

use crate::{
    format::printable,
    lang::text,
    ui::theme::Theme,
    view::{Details, Viewer},
};
use dissectors::{AnalysisFlags, Facts, Stop, Transport};
use ratatui::style::Style;

/// A packet's line, fit for the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PacketLine {
    /// Its sender.
    pub source: String,
    /// Its receiver.
    pub destination: String,
    /// Its innermost protocol.
    pub protocol: &'static str,
    /// Its summary.
    pub info: String,
    /// The kind that determines its colour.
    pub kind: LineKind,
    /// Its conversation was not read to its end so far: the line may change.
    pub provisional: bool,
}

impl PacketLine {
    /// Reads a packet, until the viewer's deadline.
    pub fn read(viewer: &mut Viewer, details: &mut Details, number: u32) -> Self {
        match viewer.view(number, details, false) {
            Ok(()) => {
                let summary = &details.summary;
                PacketLine {
                    source: printable(&summary.source),
                    destination: printable(&summary.destination),
                    protocol: summary.protocol,
                    info: printable(&summary.info),
                    kind: LineKind::of(viewer.last_facts(), details),
                    provisional: viewer.is_unheard(),
                }
            }
            Err(error) => Self::unreadable(&error.to_string()),
        }
    }

    /// Returns the line of a packet that cannot be read.
    pub fn unreadable(reason: &str) -> Self {
        PacketLine {
            source: String::new(),
            destination: String::new(),
            protocol: "",
            info: printable(&text!("packet-unreadable", reason)),
            kind: LineKind::Bad,
            provisional: false,
        }
    }
}

/// The kind of a line, which determines its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// It carries data.
    Data,
    /// It opens or closes a connection.
    Control,
    /// It only acknowledges.
    Acknowledgment,
    /// A host reports an error, or it is a retransmission, missing, or delayed.
    Report,
    /// It breaks a connection off, or is malformed.
    Bad,
}

impl LineKind {
    pub(super) fn of(facts: &Facts, details: &Details) -> Self {
        let transport = facts.flows().last().map(|flow| &flow.transport);
        let resets = matches!(transport, Some(Transport::Tcp(segment)) if segment.flags.rst());
        if resets || matches!(details.stop, Some(Stop::Malformed { .. })) {
            return LineKind::Bad;
        }
        let flags = details.analysis.map(|analysis| analysis.flags);
        let trouble = flags.is_some_and(|flags| flags.any(!AnalysisFlags::NO_TROUBLE));
        if facts.quoted.is_some() || trouble && !details.is_duplicate {
            return LineKind::Report;
        }
        match facts.flows().last().map(|flow| (flow, &flow.transport)) {
            Some((_, Transport::Tcp(segment))) if segment.flags.syn() || segment.flags.fin() => {
                LineKind::Control
            }
            Some((flow, Transport::Tcp(_))) if flow.payload_length == 0 => LineKind::Acknowledgment,
            _ => LineKind::Data,
        }
    }

    /// Returns its colour.
    pub fn style(self, theme: &Theme) -> Style {
        match self {
            LineKind::Data => Style::new(),
            LineKind::Control => theme.handshake,
            LineKind::Acknowledgment => theme.dim,
            LineKind::Report => theme.warning,
            LineKind::Bad => theme.bad,
        }
    }
}
