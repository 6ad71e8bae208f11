//! What the two ends of a conversation are called on the screen.

use super::{app::Shared, text};
use crate::{
    names,
    store::Contents,
    track::{ConversationId, Direction, Endpoint, Name, Reason},
    words::printable,
};

/// Columns that a name must have: of a shorter piece nobody knows the rest.
const FEW: usize = 8;

/// A name that is fit for the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Called {
    /// The name.
    pub name: String,
    /// The name as it was sent, where that is not in letters.
    pub sent: Option<String>,
    /// Where it comes from.
    pub reason: Reason,
}

/// What one end of a conversation is called, if that is known and names are wanted. Where it is not known and may be
/// asked for, it is.
pub fn called(
    contents: &Contents,
    shared: &Shared,
    id: ConversationId,
    direction: Direction,
) -> Option<Called> {
    if !shared.settings.names {
        return None;
    }
    let conversation = contents.tracker.get(id)?;
    if let Some(Name { text, reason }) = contents.tracker.names.of(conversation, direction) {
        return Some(Called::new(text, reason));
    }
    if let Some((text, reason)) = contents.tracker.called_elsewhere(conversation, direction) {
        return Some(Called::new(&text, reason));
    }
    let address = conversation.endpoint(direction).address;
    let name = shared.lookups.as_ref()?.name(address)?;
    Some(Called::new(&name, Reason::LookedUp))
}

impl Called {
    fn new(text: &str, reason: Reason) -> Self {
        let letters = names::in_letters(text);
        Called {
            name: printable(letters.as_deref().unwrap_or(text)),
            sent: letters.map(|_| printable(text)),
            reason,
        }
    }

    /// Where it comes from, and how it was sent, for people.
    pub fn words(&self) -> String {
        match &self.sent {
            Some(sent) => format!("({sent} {})", self.reason.words()),
            None => format!("({})", self.reason.words()),
        }
    }
}

/// Whether there may be names to show.
pub fn any(contents: &Contents, shared: &Shared) -> bool {
    shared.settings.names && (!contents.tracker.names.is_empty() || shared.lookups.is_some())
}

/// An end in so many columns: its name where there is room for it, else its address, and its port. Of a name that is
/// too long the end is shown, which says more than its beginning.
pub fn end(endpoint: Endpoint, called: Option<&Called>, room: usize) -> String {
    let port = format!(":{}", endpoint.port);
    let left = room.saturating_sub(port.len());
    match called {
        Some(called) if left >= FEW => format!("{}{port}", text::cut_front(&called.name, left)),
        _ => endpoint.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_takes_the_room_there_is() {
        let endpoint = Endpoint {
            address: [192, 0, 2, 1].into(),
            port: 443,
        };
        let called = Called::new("static.www.example.kr", Reason::File);
        assert_eq!(called.words(), "(from the capture file)");
        let end = |room| end(endpoint, Some(&called), room);
        assert_eq!(end(40), "static.www.example.kr:443");
        assert_eq!(end(25), "static.www.example.kr:443");
        assert_eq!(end(18), "…ww.example.kr:443");
        assert_eq!(end(11), "192.0.2.1:443");
        assert_eq!(super::end(endpoint, None, 40), "192.0.2.1:443");
        let called = Called::new("xn--3e0b707e.kr", Reason::File);
        assert_eq!(called.name, "한국.kr");
        assert_eq!(called.words(), "(xn--3e0b707e.kr from the capture file)");
    }
}
