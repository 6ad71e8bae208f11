//! Searches for the next match, from pane to pane.

use super::App;
use crate::{
    columns::chosen,
    find::{Kind, Pattern},
    format::printable,
    lang::text,
    ui::{
        Action, Scope,
        finding::{Find, Finding, Match, Outcome},
        pane::{Pane, Reply, Sought},
        panes::packets::Extras,
        prompt::Prompt,
        reader::MadeFor,
    },
};

/// What was searched for last, and the search that is running.
#[derive(Default)]
pub(super) struct Finder {
    last: Option<Find>,
    running: Option<Running>,
}

struct Running {
    finding: Finding,
    /// The scope of the pane that is searched.
    scope: Scope,
    /// What is searched for, and whether the search goes on towards the end.
    find: Find,
    forward: bool,
    /// How many more matches are gone to.
    more: u32,
}

impl Finder {
    /// Ends the search; returns whether one was running.
    pub fn cancel(&mut self) -> bool {
        self.running.take().is_some()
    }

    /// Whether the search has ended.
    pub fn is_ready(&self) -> bool {
        let running = self.running.as_ref();
        running.is_some_and(|running| running.finding.is_ready())
    }

    /// Returns how far the search is.
    pub fn words(&self) -> Option<String> {
        let running = self.running.as_ref()?;
        let words = printable(&running.find.pattern.words);
        Some(match running.finding.progress() {
            (percent, false) => text!("find-progress", words, percent),
            (percent, true) => text!("find-progress-lines", words, percent),
        })
    }
}

impl App {
    /// Asks what is to be found in the pane that has the focus.
    pub(super) fn ask_find(&mut self) {
        let scope = self.panes.scope();
        let has_choice = matches!(scope, Scope::Packets | Scope::Ladder);
        let last = self.finder.last.as_ref();
        let kind = last.map_or(Kind::Text, |last| last.pattern.kind);
        let in_lines = last.is_some_and(|last| last.in_lines);
        self.asked_by = scope;
        self.prompt = Some(Prompt::find(kind, has_choice.then_some(in_lines)));
    }

    /// Begins what was asked for; without words it is what was searched for before.
    pub(super) fn answer_find(&mut self, words: &str, kind: Kind, in_lines: Option<bool>) {
        if words.is_empty() && self.asked_by == Scope::Follow {
            self.prompt = None;
            self.panes.focused_mut().find(None, true, &self.shared);
            return;
        }
        if words.is_empty() && self.finder.last.is_some() {
            self.prompt = None;
            self.find_next(true);
            return;
        }
        match Pattern::new(words, kind) {
            Err(reason) => {
                if let Some(prompt) = &mut self.prompt {
                    prompt.refuse(reason);
                }
            }
            Ok(pattern) => {
                self.prompt = None;
                let before = self.finder.last.as_ref();
                let before = before.is_some_and(|last| last.in_lines);
                let in_lines = in_lines.unwrap_or(before);
                self.finder.last = Some(Find { pattern, in_lines });
                self.find_next(true);
            }
        }
    }

    /// Searches for the next match in the pane that has the focus, or for the previous one.
    pub(super) fn find_next(&mut self, forward: bool) {
        self.leave_place();
        self.find_one(forward, 0);
    }

    /// Searches for the match of this number from here on.
    pub(super) fn find_several(&mut self, forward: bool, count: u32) {
        self.leave_place();
        let action = match forward {
            true => Action::FindNext,
            false => Action::FindPrevious,
        };
        for done in 1..=count {
            match self.panes.focused_mut().act(action, &self.shared) {
                Reply::Ignored => self.find_one(forward, count - done),
                Reply::Say(words) => self.message = Some(words),
                _ => {}
            }
            // The search goes on by itself, or there is nothing to search.
            if self.finder.running.is_some() || self.finder.last.is_none() {
                return;
            }
        }
    }

    fn find_one(&mut self, forward: bool, more: u32) {
        let Some(find) = self.finder.last.clone() else {
            self.message = Some(text!("find-no-search").to_owned());
            return;
        };
        let scope = self.panes.scope();
        self.finder.cancel();
        match self
            .panes
            .focused_mut()
            .find(Some(&find), forward, &self.shared)
        {
            Sought::Nowhere => self.message = Some(text!("find-not-here").to_owned()),
            Sought::Here(reply) => {
                if let Reply::Say(words) = reply {
                    self.message = Some(words);
                }
            }
            Sought::In(targets) => {
                let shared = &self.shared;
                let finished = shared.store.read().finished;
                let made_for = MadeFor::new(&shared.settings, finished);
                let extras = Extras {
                    fields: chosen::filters(shared.columns.packets()),
                    colors: false,
                };
                let how = (forward, made_for, extras);
                let finding = Finding::begin(&shared.reader, &shared.store, &find, targets, how);
                self.finder.running = Some(Running {
                    finding,
                    scope,
                    find,
                    forward,
                    more,
                });
            }
        }
    }

    /// Goes to what was found, once there is something.
    pub(super) fn sync_finding(&mut self) {
        let outcome = self
            .finder
            .running
            .as_ref()
            .and_then(|it| it.finding.take());
        let Some(outcome) = outcome else { return };
        if let Some(running) = self.finder.running.take() {
            self.show_outcome(outcome, &running);
        }
    }

    fn show_outcome(&mut self, outcome: Outcome, running: &Running) {
        let words = printable(&running.find.pattern.words);
        let Outcome {
            found,
            wrapped,
            in_lines,
            failure,
        } = outcome;
        let Some(found) = found else {
            self.message = Some(failure.unwrap_or_else(|| text!("find-nowhere", words)));
            return;
        };
        let pane: Option<&mut dyn Pane> = self.panes.with_scope_mut(running.scope);
        if let Some(pane) = pane {
            pane.found(&found);
        }
        if let Match::Packet(number) = found {
            match in_lines {
                // The next search is where this one was successful.
                true => {
                    if let Some(last) = &mut self.finder.last {
                        last.in_lines = true;
                    }
                }
                false => {
                    let pattern = &running.find.pattern;
                    self.panes.packet_mut().show_match(number, pattern);
                }
            }
        }
        if running.more > 0 {
            self.find_one(running.forward, running.more - 1);
            return;
        }
        let fell_back = in_lines && !running.find.in_lines;
        self.message = match (wrapped, running.forward) {
            _ if fell_back => Some(text!("find-only-in-lines", words)),
            (true, true) => Some(text!("follow-from-beginning").to_owned()),
            (true, false) => Some(text!("follow-from-end").to_owned()),
            (false, _) => self.message.take(),
        };
    }
}
