//! Questions with an answer of one key.

use crate::{
    lang::{Count, text},
    ui::{Action, Scope, action},
};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A question with an answer of one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Drop this many packets, and start the capture again?
    Restart(u64),
    /// Quit, although this many packets were not saved?
    Unsaved(u64),
    /// Quit, although the comments on this many packets were not saved?
    Comments(u64),
    /// Quit, although packets are being saved?
    Saving,
}

/// An answer to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Do so.
    Yes,
    /// Leave everything as it is.
    No,
    /// Save first.
    Save,
}

impl Question {
    /// Returns its text, in full and shorter.
    pub(super) fn words(self) -> [String; 2] {
        match self {
            Question::Restart(count) => [
                text!("prompt-restart", count = Count(count)),
                text!("prompt-restart-short", count = Count(count)),
            ],
            Question::Unsaved(count) => [
                text!("prompt-unsaved", count = Count(count)),
                text!("prompt-unsaved-short", count = Count(count)),
            ],
            Question::Comments(count) => [
                text!("prompt-comments", count = Count(count)),
                text!("prompt-comments-short", count = Count(count)),
            ],
            Question::Saving => [
                text!("prompt-saving").to_owned(),
                text!("prompt-saving-short").to_owned(),
            ],
        }
    }

    /// Returns the answer of a key; nothing for other keys. The letters of the question are fixed, and so is esc; the keys
    /// that are set for going back and for quitting work besides.
    pub(super) fn answer(self, key: KeyEvent) -> Option<Answer> {
        self.own_answer(key)
            .or_else(|| match (self, action::action(key, Scope::All)?) {
                (_, Action::Back) | (Question::Restart(_), Action::Quit) => Some(Answer::No),
                // Pressing it twice quits at once; the key that leaves one pane after another discards nothing.
                (_, Action::Quit) => Some(Answer::Yes),
                _ => None,
            })
    }

    fn own_answer(self, key: KeyEvent) -> Option<Answer> {
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            return None;
        }
        match (self, key.code) {
            (_, KeyCode::Esc) => Some(Answer::No),
            (Question::Restart(_), KeyCode::Char('y' | 'Y')) => Some(Answer::Yes),
            (Question::Restart(_), KeyCode::Char('n' | 'N')) => Some(Answer::No),
            (Question::Unsaved(_) | Question::Comments(_), KeyCode::Char('s' | 'S')) => {
                Some(Answer::Save)
            }
            (Question::Unsaved(_) | Question::Comments(_), KeyCode::Char('d' | 'D'))
            | (Question::Saving, KeyCode::Char('q' | 'Q')) => Some(Answer::Yes),
            _ => None,
        }
    }
}
