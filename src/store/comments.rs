//! Comments on packets and conversations. pcapng has comments on packets only, so that on a conversation is one on its
//! first packet that begins with the endpoints: `Conversation 192.0.2.1:49152 to 192.0.2.2:80: it is slow here`.

use super::Contents;
use crate::{
    format::printable,
    track::{Conversation, Endpoint},
};

impl Contents {
    /// Adds a comment on a packet.
    pub(crate) fn add_comment(&mut self, number: u32, text: String) {
        self.comments_length += weight(&text);
        self.comments.entry(number).or_default().push(text);
    }

    /// Puts a comment of a packet in the place of the one at `at`, or behind the others; removes that one if the text is
    /// empty.
    pub(crate) fn set_comment(&mut self, number: u32, at: usize, text: String) {
        let comments = self.comments.entry(number).or_default();
        if at < comments.len() {
            self.comments_length -= weight(&comments.remove(at));
        }
        if !text.is_empty() {
            self.comments_length += weight(&text);
            comments.insert(at.min(comments.len()), text);
        } else if comments.is_empty() {
            self.comments.remove(&number);
        }
    }

    /// Returns the comments on a conversation, with their places among those of its first packet.
    pub fn comments_on(&self, conversation: Conversation) -> impl Iterator<Item = (usize, &str)> {
        let [client, server] = [conversation.client, conversation.server];
        // Who is the client may look different in a part of the capture.
        let begins = [begin(client, server), begin(server, client)];
        let comments = self.comments.get(&conversation.first_packet);
        let comments = comments.into_iter().flatten().enumerate();
        comments.filter_map(move |(at, comment)| {
            let found = begins.iter().find_map(|begin| comment.strip_prefix(begin));
            Some((at, found?))
        })
    }

    /// Returns the comments on a conversation, fit for the screen; empty if there are none.
    pub fn comment_line(&self, conversation: Conversation) -> String {
        let comments = self.comments_on(conversation);
        let shown: Vec<_> = comments
            .map(|(_, text)| printable(text.trim_end()))
            .collect();
        shown.join(" · ")
    }
}

/// Returns how much memory a comment takes.
pub(super) fn weight(text: &String) -> usize {
    text.len() + size_of_val(text)
}

/// Returns the text of a comment on a conversation, as one on its first packet.
pub fn of_conversation(conversation: Conversation, text: &str) -> String {
    begin(conversation.client, conversation.server) + text
}

/// Returns its beginning, which is the same in every language.
fn begin(client: Endpoint, server: Endpoint) -> String {
    format!("Conversation {client} to {server}: ")
}
