//! `wiretalk findings`.

use super::{
    Selection,
    json::{List, Object},
};
use crate::{
    findings::{Finding, Findings, Kind, Severity},
    format::printable,
    store::{Contents, Store},
};
use std::io::{self, Write};

/// Which findings are written.
#[derive(Clone, Debug, Default)]
pub struct FindingOptions {
    /// How they are written: as text or JSON.
    pub json: bool,
    /// Only these kinds; all if there are none.
    pub kinds: Vec<Kind>,
    /// The least severity; all if there is none.
    pub min_severity: Option<Severity>,
    /// The conversations that are selected. Findings about hosts and the capture are always.
    pub selection: Selection,
}

impl FindingOptions {
    fn wants(&self, severity: Severity, kind: Kind) -> bool {
        self.min_severity.is_none_or(|least| severity >= least)
            && (self.kinds.is_empty() || self.kinds.contains(&kind))
    }
}

/// Findings of at least this severity are reported by the exit status, unless another one was asked for.
const REPORTED: Severity = Severity::Warning;

/// Writes the findings of a capture, the worst first. Returns whether there were any of the severity that the exit
/// status reports.
///
/// # Errors
///
/// Those of the output.
pub fn findings(store: &Store, options: &FindingOptions, out: &mut impl Write) -> io::Result<bool> {
    let contents = store.read();
    let findings = Findings::of(&contents, &contents.judging);
    let least = options.min_severity.unwrap_or(REPORTED);
    let mut is_reported = false;
    let mut line = String::new();
    for row in findings.rows() {
        if !options.wants(row.severity(), row.kind()) {
            continue;
        }
        let Some(finding) = row.finding(&contents, &contents.judging) else {
            continue;
        };
        let id = finding.conversation;
        if id.is_some_and(|id| !options.selection.has(&contents, id)) {
            continue;
        }
        is_reported |= finding.severity >= least;
        line.clear();
        match options.json {
            true => write_json(&mut line, &contents, &finding),
            false => write_text(&mut line, &contents, &finding),
        }
        line.push('\n');
        out.write_all(line.as_bytes())?;
    }
    Ok(is_reported)
}

/// The width of the widest name of a kind.
const KIND: usize = 21;

fn write_text(line: &mut String, contents: &Contents, finding: &Finding) {
    use std::fmt::Write;
    let (sign, kind) = (finding.severity.sign(), finding.kind.name());
    let _ = write!(line, "{sign} {kind:<KIND$} ");
    match finding.conversation.and_then(|id| contents.tracker.get(id)) {
        Some(conversation) => {
            let (client, server) = (conversation.client, conversation.server);
            let _ = write!(line, "{}  {client} → {server}  ", conversation.id());
        }
        None => {
            let hosts: Vec<String> = finding
                .hosts
                .iter()
                .take(2)
                .map(ToString::to_string)
                .collect();
            if !hosts.is_empty() {
                let _ = write!(line, "{}  ", hosts.join(" → "));
            }
        }
    }
    line.push_str(&printable(&finding.text));
    if !finding.packets.is_empty() {
        let packets: Vec<String> = finding
            .packets
            .iter()
            .map(|packet| format!("#{packet}"))
            .collect();
        let _ = write!(line, "  [{}]", packets.join(" "));
    }
}

fn write_json(line: &mut String, contents: &Contents, finding: &Finding) {
    let conversation = finding.conversation.and_then(|id| contents.tracker.get(id));
    let mut object = Object::open(line);
    object
        .text("kind", finding.kind.name())
        .text("severity", finding.severity.name());
    match conversation {
        Some(conversation) => object.text("conversation", &conversation.id()),
        None => object.plain("conversation", "null"),
    };
    object
        .with("hosts", |text| {
            let mut list = List::open(text);
            for host in &finding.hosts {
                super::json::string(list.element(), &host.to_string());
            }
            list.close();
        })
        .with("packets", |text| {
            let mut list = List::open(text);
            for packet in &finding.packets {
                list.element().push_str(&packet.to_string());
            }
            list.close();
        })
        .plain("count", finding.count)
        .text("text", &finding.text)
        .with("figures", |text| {
            let mut figures = Object::open(text);
            for (name, figure) in &finding.figures {
                figures.plain(name, figure);
            }
            figures.close();
        })
        .close();
}
