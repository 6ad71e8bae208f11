//! Comments on packets and conversations: they are in the capture until that is left, and in what is saved of it.

use super::App;
use crate::{
    format::printable,
    index::Command,
    lang::{Count, text},
    store::comments,
    track::ConversationId,
    ui::prompt::Prompt,
};

/// What is commented on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// The packet that has the comment.
    packet: u32,
    /// The conversation, if the comment is on that.
    conversation: Option<ConversationId>,
    /// The comment's place among those of the packet, if it is there already.
    at: Option<usize>,
}

impl App {
    /// Returns what a comment is on, with the last one that it has: the chosen packet, or the chosen conversation where
    /// no packet can be chosen.
    fn commented(&self) -> Result<(Target, String), String> {
        let contents = self.shared.store.read();
        if let Some(packet) = self.chosen_packet() {
            let comments = contents.comments.get(&packet).into_iter().flatten();
            let last = comments.enumerate().last();
            let target = Target {
                packet,
                conversation: None,
                at: last.map(|(at, _)| at),
            };
            return Ok((target, last.map_or(String::new(), |(_, text)| text.clone())));
        }
        let id = self.panes.main().selected();
        let id = id.ok_or_else(|| text!("message-nothing-to-comment").to_owned())?;
        let conversation = contents.tracker.get(id);
        let conversation =
            conversation.filter(|it| contents.packets.get(it.first_packet).is_some());
        let conversation =
            conversation.ok_or_else(|| text!("message-beginning-evicted").to_owned())?;
        let last = contents.comments_on(conversation).last();
        let target = Target {
            packet: conversation.first_packet,
            conversation: Some(id),
            at: last.map(|(at, _)| at),
        };
        Ok((
            target,
            last.map_or(String::new(), |(_, text)| text.to_owned()),
        ))
    }

    /// Adds a comment.
    pub(super) fn add_comment(&mut self, words: &str) -> Result<(), String> {
        let (target, _) = self.commented()?;
        self.set_comment(Target { at: None, ..target }, words)
    }

    /// Asks for a comment, or for what becomes of the one that is there.
    pub(super) fn ask_comment(&mut self) -> Result<(), String> {
        let (target, now) = self.commented()?;
        self.commented = Some(target);
        self.prompt = Some(Prompt::comment(self.name_of(target), now));
        Ok(())
    }

    /// Handles the answer to that.
    pub(super) fn answer_comment(&mut self, words: &str) -> Result<(), String> {
        self.prompt = None;
        match self.commented.take() {
            // Nothing was there, and nothing was typed.
            Some(target) if target.at.is_none() && words.is_empty() => Ok(()),
            Some(target) => self.set_comment(target, words),
            None => Ok(()),
        }
    }

    /// Returns the name of what a comment is on, for the user.
    fn name_of(&self, target: Target) -> String {
        let contents = self.shared.store.read();
        let conversation = target.conversation.and_then(|id| contents.tracker.get(id));
        match conversation {
            Some(conversation) => conversation.id(),
            None => text!("comment-packet", number = target.packet),
        }
    }

    fn set_comment(&mut self, target: Target, words: &str) -> Result<(), String> {
        let number = target.packet;
        let (at, text) = {
            let contents = self.shared.store.read();
            let conversation = target.conversation.and_then(|id| contents.tracker.get(id));
            let text = match conversation {
                Some(conversation) if !words.is_empty() => {
                    comments::of_conversation(conversation, words)
                }
                _ => words.to_owned(),
            };
            let count = contents.comments.get(&number).map_or(0, Vec::len);
            (target.at.unwrap_or(count), text)
        };
        let command = Command::Comment { number, at, text };
        if !self.shared.index.send(command) {
            return Err(text!("message-not-being-read").to_owned());
        }
        self.saving.comments.insert(number);
        self.is_commenting = true;
        let on = printable(&self.name_of(target));
        self.message = Some(match (target.at, words) {
            (_, "") => text!("message-uncommented", on),
            (Some(_), _) => text!("message-recommented", on),
            (None, _) => text!("message-commented", on),
        });
        Ok(())
    }

    /// Shows a comment once it is there, and says when comments that were not saved were evicted with their packets.
    pub(super) fn sync_comments(&mut self) {
        if !self.saving.comments.is_empty() {
            let first = self.shared.store.read().packets.first();
            let left = self.saving.comments.split_off(&first);
            let evicted = std::mem::replace(&mut self.saving.comments, left).len();
            if evicted > 0 {
                let count = Count(evicted as u64);
                self.message = Some(text!("message-comments-evicted", count));
            }
        }
        if self.is_commenting && !self.shared.index.is_pending() {
            self.is_commenting = false;
            self.shared.reader.forget();
            self.panes.forget();
            if self.shared.display.filter().is_some() {
                self.search();
            }
        }
    }
}
