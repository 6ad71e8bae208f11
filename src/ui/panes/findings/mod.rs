//! The list of findings: what went wrong, the worst first, with its evidence.
//!
//! ```text
//!      #  Kind             Client → server                  What happened                        Conv.   Packets
//!  ✗ ▸ 2  no answer        2 clients → 203.0.113.9:443      4 SYNs over 15 s, nothing came back  tcp/2   #40–#52
//!  !   1  zero window      10.0.0.2 → 10.0.0.1:80           the client did not read for 1.71 s   tcp/0   #19–#31
//!  ·   1  STARTTLS unused  10.0.0.2 → 10.0.0.1:25           offered, the mail went in the clear  tcp/6   #61
//! ```
//!
//! Findings of one kind about one server are one row that can be opened. Any other row goes to its evidence: to the
//! ladder of its conversation, or to the list of packets. Below the list is the whole sentence of the chosen row.

mod draw;
mod groups;
#[cfg(test)]
mod tests;

use crate::{
    findings::{Finding, Kind, Severity, of_conversation},
    format::{grouped, printable},
    lang::{Count, text},
    save::Filter,
    store::Contents,
    track::ConversationId,
    ui::{
        Action, Scope, Shared,
        display_filter::Combine,
        list::Cursor,
        live_findings::Found,
        pane::{Pane, PaneArea, Reply},
        panes::filter_menu::FilterMenu,
        row_filters,
    },
};
use groups::{About, Group, GroupKey, Groups, group};
use ratatui::{
    Frame,
    layout::{Position, Rect},
};
use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc,
        mpsc::{Receiver, TryRecvError, sync_channel},
    },
};

/// More findings than these are grouped by a thread of its own, since that would delay keys.
const LONG: u64 = 20_000;

/// At most so many findings are kept with their sentences.
const MAX_KNOWN: usize = 4096;

/// A row of the list: a group, or one of several findings of an opened group; by their indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ListRow {
    Group(usize),
    Member(usize, usize),
}

/// What identifies a row after findings have come or were withdrawn.
type RowKey = (GroupKey, Option<ConversationId>);

/// The list.
#[derive(Default)]
pub struct FindingsPane {
    groups: Vec<Group>,
    /// How many findings of each severity are listed.
    counts: [u64; Severity::ALL.len()],
    opened: HashSet<GroupKey>,
    rows: Vec<ListRow>,
    cursor: Cursor,
    /// Whether the cursor was moved away from the first row, where it stays otherwise: what is worst is there.
    moved: bool,
    /// The version of the findings that were grouped last, and for which filter.
    made_of: Option<(u64, Filter)>,
    /// The groups that a thread is making.
    making: Option<Receiver<Groups>>,
    /// The findings of the rows that were drawn.
    known: HashMap<(Kind, ConversationId), Option<Finding>>,
    /// How many findings there are, listed or not; none before the first search has ended.
    all: Option<u64>,
    /// The widest ends so far, so that columns do not move while the list scrolls.
    widest: usize,
    /// The width that it was measured for.
    widest_for: u16,
    area: Rect,
}

impl FindingsPane {
    /// Takes over what was found, as far as the filter shows it.
    fn update(&mut self, shared: &Shared) {
        if let Some(making) = &self.making {
            match making.try_recv() {
                Ok(made) => {
                    self.making = None;
                    self.install(made);
                }
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => self.making = None,
            }
        }
        let Some(found) = shared.findings.found() else {
            return;
        };
        let wanted = (shared.findings.version(), shared.filter());
        if self.made_of.as_ref() == Some(&wanted) {
            return;
        }
        let filter = wanted.1.clone();
        self.made_of = Some(wanted);
        let all = Severity::ALL.map(|severity| found.count(severity));
        let all = all.iter().sum();
        self.all = Some(all);
        if all <= LONG {
            self.install(group(found, &filter, &shared.store));
            return;
        }
        let (sender, made) = sync_channel(1);
        let (found, store) = (Arc::clone(found), shared.store.clone());
        let thread = std::thread::Builder::new().name("group".to_owned());
        let begun = thread.spawn(move || {
            // A pane that is gone needs no groups.
            let _ = sender.send(group(&found, &filter, &store));
        });
        self.making = begun.is_ok().then_some(made);
    }

    fn install(&mut self, made: Groups) {
        let chosen = self.key_of(self.cursor.selected);
        let line = self.cursor.selected.saturating_sub(self.cursor.top);
        self.groups = made.groups;
        self.counts = made.counts;
        self.known.clear();
        self.widest = 0;
        self.list();
        // The cursor stays on its row, and that on its line of the screen.
        if !self.moved {
            self.cursor.selected = 0;
        } else if let Some(chosen) = chosen
            && let Some(row) = self.row_of(&chosen)
        {
            self.cursor.selected = row;
            self.cursor.top = row.saturating_sub(line);
        }
    }

    /// Makes the rows of the groups.
    fn list(&mut self) {
        self.rows.clear();
        for (at, group) in self.groups.iter().enumerate() {
            self.rows.push(ListRow::Group(at));
            if group.len() > 1 && self.opened.contains(&group.key) {
                let members = 0..group.members.len();
                self.rows
                    .extend(members.map(|member| ListRow::Member(at, member)));
            }
        }
        let last = self.rows.len().saturating_sub(1);
        self.cursor.selected = self.cursor.selected.min(last);
    }

    fn key_of(&self, row: usize) -> Option<RowKey> {
        Some(match *self.rows.get(row)? {
            ListRow::Group(group) => (self.groups.get(group)?.key.clone(), None),
            ListRow::Member(group, member) => {
                let group = self.groups.get(group)?;
                (group.key.clone(), group.members.get(member).copied())
            }
        })
    }

    /// Returns the row with this key, or that of its group.
    fn row_of(&self, (key, member): &RowKey) -> Option<usize> {
        let mut groups = self.groups.iter();
        let group = groups.position(|group| group.key == *key)?;
        let member = member.and_then(|id| self.groups[group].members.binary_search(&id).ok());
        let row = |wanted| self.rows.iter().position(|row| *row == wanted);
        member
            .and_then(|member| row(ListRow::Member(group, member)))
            .or_else(|| row(ListRow::Group(group)))
    }

    /// Returns the group of a row, and the conversation of its finding: of a closed group, the first one.
    fn at(&self, row: usize) -> Option<(&Group, Option<ConversationId>)> {
        let (group, member) = match *self.rows.get(row)? {
            ListRow::Group(group) => (group, 0),
            ListRow::Member(group, member) => (group, member),
        };
        let group = self.groups.get(group)?;
        Some((group, group.members.get(member).copied()))
    }

    /// Returns the display filters of the chosen row: of what was found, and of its conversation or its hosts.
    fn row_filters(&self, contents: &Contents) -> Vec<String> {
        let Some((group, member)) = self.at(self.cursor.selected) else {
            return Vec::new();
        };
        let finding = format!("conversation.finding == \"{}\"", group.key.kind.name());
        match (member, &group.key.about) {
            (Some(id), _) => {
                let mut all = row_filters::of_conversation(contents, id, []);
                all.insert(0, finding);
                all
            }
            (None, About::Hosts(hosts, _)) => hosts
                .iter()
                .filter_map(|host| row_filters::address(&host.to_string()))
                .collect(),
            (None, About::Server(..)) => vec![finding],
        }
    }

    /// Returns the finding of a row. None if it does not hold any more.
    fn finding(&mut self, contents: &Contents, row: usize) -> Option<Finding> {
        let (group, id) = self.at(row)?;
        let (kind, Some(id)) = (group.key.kind, id) else {
            return group.finding.clone();
        };
        if self.known.len() > MAX_KNOWN {
            self.known.clear();
        }
        let known = self.known.entry((kind, id));
        let known = known.or_insert_with(|| {
            let found = of_conversation(contents, id, &contents.judging);
            found.into_iter().find(|finding| finding.kind == kind)
        });
        known.clone()
    }

    /// Opens or closes the group at the cursor. Returns whether there is one with several findings.
    fn open(&mut self, opens: Option<bool>) -> bool {
        let Some(ListRow::Group(at)) = self.rows.get(self.cursor.selected).copied() else {
            return false;
        };
        let Some(group) = self.groups.get(at).filter(|group| group.len() > 1) else {
            return false;
        };
        let key = group.key.clone();
        let opens = opens.unwrap_or(!self.opened.contains(&key));
        match opens {
            true => self.opened.insert(key),
            false => self.opened.remove(&key),
        };
        self.list();
        let row = self.rows.iter().position(|row| *row == ListRow::Group(at));
        self.cursor.selected = row.unwrap_or(self.cursor.selected);
        true
    }

    /// Closes the group that the cursor is in.
    fn close(&mut self) {
        if let Some(ListRow::Member(group, _)) = self.rows.get(self.cursor.selected) {
            let group = ListRow::Group(*group);
            let row = self.rows.iter().position(|row| *row == group);
            self.cursor.selected = row.unwrap_or(0);
        }
        self.open(Some(false));
    }

    /// Goes to the evidence of the chosen row.
    fn evidence(&mut self, shared: &Shared) -> Reply {
        let finding = self.finding(&shared.store.read(), self.cursor.selected);
        match (self.at(self.cursor.selected), finding) {
            (None, _) => nothing_selected(),
            (Some((_, Some(id))), finding) => {
                let first = finding.and_then(|finding| finding.packets.first().copied());
                Reply::OpenConversation(id, first)
            }
            (Some(_), finding) => {
                match finding.and_then(|finding| finding.packets.first().copied()) {
                    Some(packet) => Reply::ListPacket(packet),
                    None => Reply::Say(text!("findings-no-evidence").to_owned()),
                }
            }
        }
    }
}

impl Pane for FindingsPane {
    fn scope(&self) -> Scope {
        Scope::Findings
    }

    fn tab(&self, shared: &Shared) -> String {
        let name = self.scope().name();
        match shared.findings.found() {
            Some(found) => format!("{name} {}", grouped(found.problems())),
            None => format!("{name} …"),
        }
    }

    fn totals(&self) -> Option<String> {
        let [notes, warnings, errors] = self.counts;
        let listed = notes + warnings + errors;
        Some(match self.all {
            None => String::new(),
            Some(all) if listed < all => {
                let shown = grouped(listed);
                format!(" {} ", text!("findings-shown", shown, count = Count(all)))
            }
            Some(_) => {
                let errors = text!("count-errors", count = Count(errors));
                let warnings = text!("count-warnings", count = Count(warnings));
                let notes = text!("count-notes", count = Count(notes));
                format!(" {errors} · {warnings} · {notes} ")
            }
        })
    }

    fn draw(&mut self, shared: &Shared, frame: &mut Frame, place: PaneArea) {
        self.draw_all(&shared.store.read(), shared, frame, place.area);
    }

    fn sync(&mut self, shared: &Shared) {
        self.update(shared);
    }

    fn act(&mut self, action: Action, shared: &Shared) -> Reply {
        if self.cursor.act(action, self.rows.len()) {
            self.moved = self.cursor.selected > 0;
            return Reply::Done;
        }
        match action {
            Action::Open if self.open(None) => Reply::Done,
            Action::Open => self.evidence(shared),
            Action::Right => {
                self.open(Some(true));
                Reply::Done
            }
            Action::Left => {
                self.close();
                Reply::Done
            }
            Action::Copy => {
                let finding = self.finding(&shared.store.read(), self.cursor.selected);
                match finding {
                    Some(finding) => Reply::Copy(printable(&finding.text)),
                    None => nothing_selected(),
                }
            }
            _ if let Some(how) = Combine::of(action) => {
                let offers = self.row_filters(&shared.store.read());
                match offers.is_empty() {
                    true => nothing_selected(),
                    false => Reply::Push(Box::new(FilterMenu::new(Scope::Findings, how, offers))),
                }
            }
            _ => Reply::Ignored,
        }
    }

    /// Handles a click: on a row it chooses it; on the chosen row it opens.
    fn click(&mut self, at: Position, shared: &Shared) -> Reply {
        let Some(line) = at.y.checked_sub(self.area.y + 1) else {
            return Reply::Ignored;
        };
        match self.cursor.row_at(line.into(), self.rows.len()) {
            Some(row) if row == self.cursor.selected => self.act(Action::Open, shared),
            Some(row) => {
                self.cursor.selected = row;
                self.moved = row > 0;
                Reply::Done
            }
            None => Reply::Ignored,
        }
    }

    fn scroll(&mut self, rows: isize, _part: Scope) {
        self.cursor.scroll(rows, self.rows.len());
        self.moved = self.cursor.selected > 0;
    }

    /// Returns the first packet of a finding about hosts or the capture.
    fn packet(&self, _shared: &Shared) -> Option<u32> {
        let (group, _) = self.at(self.cursor.selected)?;
        group.finding.as_ref()?.packets.first().copied()
    }

    fn selected(&self) -> Option<ConversationId> {
        self.at(self.cursor.selected)?.1
    }

    fn refilter(&mut self) {
        self.made_of = None;
    }

    fn forget(&mut self) {
        self.known.clear();
    }

    fn is_busy(&self) -> bool {
        self.making.is_some()
    }
}

/// Returns the message for an action that needs a row, in a list without any.
fn nothing_selected() -> Reply {
    Reply::Say(text!("findings-none-selected").to_owned())
}

/// Returns the line above the list if nothing is wrong.
fn nothing_wrong(found: &Found) -> Option<String> {
    let notes = found.count(Severity::Note);
    match (found.problems(), notes) {
        (1.., _) => None,
        (0, 0) => Some(text!("findings-nothing").to_owned()),
        (0, _) => Some(text!("findings-only-notes", count = Count(notes))),
    }
}
