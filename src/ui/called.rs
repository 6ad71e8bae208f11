//! What the two ends of a conversation, or of a packet, are called on the screen.

use super::{app::Shared, text};
use crate::{
    names,
    store::Contents,
    track::{ConversationId, Endpoint, Name, Reason, Side},
    words::printable,
};
use std::net::IpAddr;

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
    direction: Side,
) -> Option<Called> {
    if !shared.settings.names {
        return None;
    }
    let conversation = contents.tracker.get(id)?;
    if let Some(Name { text, reason }) = contents.tracker.names.of(conversation, direction) {
        return Some(Called::new(text, reason));
    }
    let address = conversation.endpoint(direction).address;
    let other = conversation.endpoint(direction.other()).address;
    guessed(contents, shared, address, other, conversation.first_packet)
}

/// The same of an address in a packet that talks to another.
fn of_address(
    contents: &Contents,
    shared: &Shared,
    address: IpAddr,
    other: IpAddr,
    packet: u32,
) -> Option<Called> {
    match contents.tracker.names.of_address(address, other, packet) {
        Some(Name { text, reason }) => Some(Called::new(text, reason)),
        None => guessed(contents, shared, address, other, packet),
    }
}

/// What an address is called where nothing was said to who talks to it.
fn guessed(
    contents: &Contents,
    shared: &Shared,
    address: IpAddr,
    other: IpAddr,
    packet: u32,
) -> Option<Called> {
    if let Some((text, reason)) = contents.tracker.called_elsewhere(address, other, packet) {
        return Some(Called::new(&text, reason));
    }
    let name = shared.lookups.as_ref()?.name(address)?;
    Some(Called::new(&name, Reason::LookedUp))
}

/// What sender and receiver of a packet are called, by the addresses that its line shows: as in its conversation, if
/// it has one between these two.
pub fn of_packet(
    contents: &Contents,
    shared: &Shared,
    number: u32,
    [source, destination]: [&str; 2],
) -> [Option<Called>; 2] {
    if !any(contents, shared) {
        return [None, None];
    }
    let (Ok(source), Ok(destination)) = (source.parse::<IpAddr>(), destination.parse()) else {
        return [None, None];
    };
    let packet = contents.packets.get(number);
    if let Some((id, direction)) = packet.and_then(|packet| packet.conversation())
        && let Some(conversation) = contents.tracker.get(id)
        && conversation.endpoint(direction).address == source
        && conversation.endpoint(direction.other()).address == destination
    {
        return [direction, direction.other()].map(|side| called(contents, shared, id, side));
    }
    [
        of_address(contents, shared, source, destination, number),
        of_address(contents, shared, destination, source, number),
    ]
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

/// The same without a port; an address that is too long loses its middle.
pub fn address(address: &str, called: Option<&Called>, room: usize) -> String {
    match called {
        Some(called) if room >= FEW => text::cut_front(&called.name, room),
        _ => text::cut_middle(address, room),
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
        let words = |room| address("2001:db8::dead:beef", Some(&called), room);
        assert_eq!(words(40), "static.www.example.kr");
        assert_eq!(words(15), "…www.example.kr");
        assert_eq!(words(7), "200…eef");
        assert_eq!(address("192.0.2.1", None, 40), "192.0.2.1");
        let called = Called::new("xn--3e0b707e.kr", Reason::File);
        assert_eq!(called.name, "한국.kr");
        assert_eq!(called.words(), "(xn--3e0b707e.kr from the capture file)");
    }
}
