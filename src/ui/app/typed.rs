//! Keys of several letters, as in vim: counts before movements, `gg`, `ZZ`, and the letters of marks.

use super::{App, Effect, Tab};
use crate::{
    lang::text,
    ui::{Action, Scope, action},
};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::time::{Duration, Instant};

/// `1` to `4` show lists. They are the beginning of a count if its rest comes this soon, and then the list is left again.
const SOON: Duration = if cfg!(test) {
    Duration::ZERO
} else {
    Duration::from_millis(250)
};

/// How long `g` waits for `t` while several captures are open.
const FOR_TAB: Duration = Duration::from_millis(500);

/// A larger count moves no further.
const MAX_COUNT: u32 = 9_999_999;

/// Movements of a cursor are repeated at most this often.
const MAX_REPEATED: u32 = 100_000;

/// What was typed of a key of several letters.
pub(super) struct Typed {
    /// The count; 0 for none.
    count: u32,
    /// A digit that showed a list, and when; where it was typed.
    list: Option<(u32, Instant)>,
    from: Scope,
    /// The key that waits for a letter, and since when.
    waits: Option<Waiting>,
    since: Option<Instant>,
    /// How soon the rest of a count comes.
    pub soon: Duration,
}

impl Default for Typed {
    fn default() -> Self {
        Typed {
            count: 0,
            list: None,
            from: Scope::All,
            waits: None,
            since: None,
            soon: SOON,
        }
    }
}

impl Typed {
    /// Whether `g` has waited long enough for `t`.
    pub fn is_overdue(&self) -> bool {
        let is_tab = matches!(self.waits, Some(Waiting::Tab(_)));
        is_tab && self.since.is_some_and(|since| since.elapsed() >= FOR_TAB)
    }
}

/// What waits for a letter.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Waiting {
    /// `m`, which gives the packet this letter.
    SetMark,
    /// `'`, which goes to the packet of this letter.
    GoToMark,
    /// `Z`, which quits with another one.
    Quit,
    /// `g` with a count: another one changes nothing.
    Top,
    /// `g`, with a count or 0, while several captures are open: `t` and `T` show another one.
    Tab(u32),
}

impl App {
    /// Handles a key that continues others, or is continued by others; nothing if it is a key of its own.
    pub(super) fn continue_keys(&mut self, key: KeyEvent) -> Option<Effect> {
        let list = self.typed.list.take();
        let list = list.filter(|(_, at)| at.elapsed() < self.typed.soon);
        let waits = self.typed.waits.take();
        let is_plain = !key
            .modifiers
            .intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
        let letter = match key.code {
            KeyCode::Char(letter) if is_plain => Some(letter),
            _ => None,
        };
        match (waits, letter) {
            (Some(Waiting::SetMark | Waiting::GoToMark), None) => return Some(Effect::None),
            (Some(Waiting::SetMark), Some(letter)) if letter.is_alphanumeric() => {
                self.set_mark(letter);
                return Some(Effect::None);
            }
            (Some(Waiting::SetMark), Some(_)) => {
                self.message = Some(text!("message-mark-letters").to_owned());
                return Some(Effect::None);
            }
            (Some(Waiting::GoToMark), Some(letter)) => {
                self.go_to_mark(letter);
                return Some(Effect::None);
            }
            (Some(Waiting::Quit), Some('Z')) => return Some(self.leave()),
            (Some(Waiting::Top), Some('g')) => return Some(Effect::None),
            (Some(Waiting::Tab(count)), Some('t')) => {
                return Some(self.show_tab(match count {
                    0 => Tab::By(1),
                    number => Tab::Number(number as usize),
                }));
            }
            (Some(Waiting::Tab(count)), Some('T')) => {
                return Some(self.show_tab(Tab::By(-(count.max(1) as isize))));
            }
            (Some(Waiting::Tab(count)), letter) => {
                self.go_to_top(count);
                self.typed.waits = None;
                if letter == Some('g') {
                    return Some(Effect::None);
                }
            }
            _ => {}
        }
        let action = action::action(key, self.panes.scope());
        if let Some(digit) = letter.and_then(|letter| letter.to_digit(10)) {
            return self.digit(digit, list, action);
        }
        let count = match (self.typed.count, list) {
            (0, None) => return self.begin_keys(action, letter),
            (0, Some((digit, _))) => digit,
            (count, _) => count,
        };
        // Behind a digit that showed a list it is a key of the pane where the digit was typed.
        let from = list.and_then(|_| action::action(key, self.typed.from));
        let action = from.filter(|action| is_repeated(*action)).or(action);
        let had_count = std::mem::take(&mut self.typed.count) > 0;
        if had_count && key.code == KeyCode::Esc {
            return Some(Effect::None);
        }
        if action == Some(Action::Top) && self.waits_for_tab(letter, count) {
            if !had_count {
                self.panes.unshow();
            }
            return Some(Effect::None);
        }
        match action.filter(|action| is_repeated(*action)) {
            Some(action) => {
                if !had_count {
                    self.panes.unshow();
                }
                self.repeat(action, count);
                Some(Effect::None)
            }
            None => self.begin_keys(action, letter),
        }
    }

    /// Handles a digit: it shows a list, or belongs to a count.
    fn digit(
        &mut self,
        digit: u32,
        list: Option<(u32, Instant)>,
        action: Option<Action>,
    ) -> Option<Effect> {
        let before = match (self.typed.count, list) {
            (0, Some((first, _))) => {
                self.panes.unshow();
                first
            }
            (0, None) if digit == 0 => return None,
            (0, None) => {
                if let Some(action) = action {
                    self.typed.list = Some((digit, Instant::now()));
                    self.typed.from = self.panes.scope();
                    self.panes.forget_before();
                    return Some(self.act(action));
                }
                0
            }
            (count, _) => count,
        };
        self.typed.count = (before * 10 + digit).min(MAX_COUNT);
        self.message = Some(text!("message-count", count = self.typed.count));
        Some(Effect::None)
    }

    /// Lets `g` wait for `t` if several captures are open. Returns whether it does.
    fn waits_for_tab(&mut self, letter: Option<char>, count: u32) -> bool {
        let waits = letter == Some('g') && self.shared.tabs.names.len() > 1;
        if waits {
            self.typed.waits = Some(Waiting::Tab(count));
            self.typed.since = Some(Instant::now());
            self.message = Some(text!("message-tab-which").to_owned());
        }
        waits
    }

    /// Does what `g` does alone, if no other letter comes.
    pub(super) fn finish_keys(&mut self) {
        if self.typed.is_overdue()
            && let Some(Waiting::Tab(count)) = self.typed.waits.take()
        {
            self.message = None;
            self.go_to_top(count);
        }
    }

    fn go_to_top(&mut self, count: u32) {
        match count {
            0 => {
                self.act(Action::Top);
            }
            count => self.repeat(Action::Top, count),
        }
    }

    fn begin_keys(&mut self, action: Option<Action>, letter: Option<char>) -> Option<Effect> {
        if action == Some(Action::Top) && self.waits_for_tab(letter, 0) {
            return Some(Effect::None);
        }
        let (waits, words) = match (action, letter) {
            (Some(Action::SetMark), _) => (Waiting::SetMark, text!("message-mark-which")),
            (Some(Action::GoToMark), _) => (Waiting::GoToMark, text!("message-go-to-mark-which")),
            (None, Some('Z')) => (Waiting::Quit, text!("message-quit-with-z")),
            _ => return None,
        };
        self.typed.waits = Some(waits);
        self.message = Some(words.to_owned());
        Some(Effect::None)
    }

    /// Performs a movement several times, or goes to a packet, or to a row, of this number.
    fn repeat(&mut self, action: Action, count: u32) {
        let scope = self.panes.scope();
        match action {
            Action::Top | Action::Bottom => {
                if action == Action::Top {
                    self.typed.waits = Some(Waiting::Top);
                }
                if matches!(scope, Scope::Packets | Scope::Ladder) {
                    self.jump(count);
                    return;
                }
                self.act(Action::Top);
                self.repeat(Action::Down, count - 1);
            }
            Action::FindNext | Action::FindPrevious => {
                self.find_several(action == Action::FindNext, count.min(MAX_REPEATED));
            }
            _ => {
                for _ in 0..count.min(MAX_REPEATED) {
                    self.act(action);
                }
            }
        }
    }
}

/// Whether a count may be before the key of an action.
fn is_repeated(action: Action) -> bool {
    matches!(
        action,
        Action::Up
            | Action::Down
            | Action::Left
            | Action::Right
            | Action::HalfPageUp
            | Action::HalfPageDown
            | Action::PageUp
            | Action::PageDown
            | Action::Top
            | Action::Bottom
            | Action::NextInConversation
            | Action::PreviousInConversation
            | Action::NextMarked
            | Action::PreviousMarked
            | Action::FindNext
            | Action::FindPrevious
    )
}
