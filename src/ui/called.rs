//! What the two ends of a conversation are called on the screen.

use super::{app::Shared, text};
use crate::{
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
    if let Some(Name { text, reason }) = contents.tracker.names.of(id, conversation, direction) {
        let name = printable(text);
        return Some(Called { name, reason });
    }
    let address = conversation.endpoint(direction).address;
    let name = printable(&shared.lookups.as_ref()?.name(address)?);
    let reason = Reason::LookedUp;
    Some(Called { name, reason })
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
        let called = Called {
            name: "static.www.example.kr".to_owned(),
            reason: Reason::File,
        };
        let end = |room| end(endpoint, Some(&called), room);
        assert_eq!(end(40), "static.www.example.kr:443");
        assert_eq!(end(25), "static.www.example.kr:443");
        assert_eq!(end(18), "…ww.example.kr:443");
        assert_eq!(end(11), "192.0.2.1:443");
        assert_eq!(super::end(endpoint, None, 40), "192.0.2.1:443");
    }
}
