//! The names under which the ends of a conversation, or of a packet, are shown on the screen.

use super::{app::Shared, text};
use crate::{
    format::printable,
    names,
    store::Contents,
    track::{ConversationId, Endpoint, Name, NameReason, Side},
};
use std::net::IpAddr;

/// The fewest columns in which a name is shown: a shorter piece of it cannot be recognised.
const FEW: usize = 8;

/// A name that is fit for the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisplayName {
    /// The name.
    pub name: String,
    /// The name as it was sent, where that is not in letters.
    pub sent: Option<String>,
    /// The source of the name.
    pub reason: NameReason,
}

/// The name of one end of a conversation, if it is known and names are switched on. Where it is not known and lookups
/// are allowed, this starts one.
pub fn of_end(
    contents: &Contents,
    shared: &Shared,
    id: ConversationId,
    direction: Side,
) -> Option<DisplayName> {
    if !shared.settings.names {
        return None;
    }
    let conversation = contents.tracker.get(id)?;
    if let Some(Name { text, reason }) = contents
        .tracker
        .application
        .names
        .of(conversation, direction)
    {
        return Some(DisplayName::new(text, reason));
    }
    let address = conversation.endpoint(direction).address;
    let other = conversation.endpoint(direction.other()).address;
    guessed(contents, shared, address, other, conversation.first_packet)
}

/// The name of an address in a packet that it exchanges with another address.
fn of_address(
    contents: &Contents,
    shared: &Shared,
    address: IpAddr,
    other: IpAddr,
    packet: u32,
) -> Option<DisplayName> {
    match contents
        .tracker
        .application
        .names
        .of_address(address, other, packet)
    {
        Some(Name { text, reason }) => Some(DisplayName::new(text, reason)),
        None => guessed(contents, shared, address, other, packet),
    }
}

/// The name of an address for which the capture holds none that belongs to this exchange: from other exchanges, or
/// from a lookup.
fn guessed(
    contents: &Contents,
    shared: &Shared,
    address: IpAddr,
    other: IpAddr,
    packet: u32,
) -> Option<DisplayName> {
    if let Some((text, reason)) = contents
        .tracker
        .name_in_other_conversations(address, other, packet)
    {
        return Some(DisplayName::new(&text, reason));
    }
    let name = shared.lookups.as_ref()?.name(address)?;
    Some(DisplayName::new(&name, NameReason::LookedUp))
}

/// The names of a packet's sender and receiver, by the addresses that its line shows: those of its conversation, if it
/// has one between these two.
pub fn of_packet(
    contents: &Contents,
    shared: &Shared,
    number: u32,
    [source, destination]: [&str; 2],
) -> [Option<DisplayName>; 2] {
    if !are_shown(contents, shared) {
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
        return [direction, direction.other()].map(|side| of_end(contents, shared, id, side));
    }
    [
        of_address(contents, shared, source, destination, number),
        of_address(contents, shared, destination, source, number),
    ]
}

impl DisplayName {
    fn new(text: &str, reason: NameReason) -> Self {
        let letters = names::in_letters(text);
        DisplayName {
            name: printable(letters.as_deref().unwrap_or(text)),
            sent: letters.map(|_| printable(text)),
            reason,
        }
    }

    /// The source of the name, and how it was sent.
    pub fn words(&self) -> String {
        match &self.sent {
            Some(sent) => format!("({sent} {})", self.reason.words()),
            None => format!("({})", self.reason.words()),
        }
    }
}

/// Whether there may be names to show.
pub fn are_shown(contents: &Contents, shared: &Shared) -> bool {
    shared.settings.names
        && (!contents.tracker.application.names.is_empty() || shared.lookups.is_some())
}

/// Returns an endpoint in at most `room` columns: its name where there is room for it, else its address, and its port.
/// A name that is too long loses its beginning, which is less informative than its end.
pub fn endpoint(endpoint: Endpoint, name: Option<&DisplayName>, room: usize) -> String {
    let port = format!(":{}", endpoint.port);
    let left = room.saturating_sub(port.len());
    match name {
        Some(name) if left >= FEW => format!("{}{port}", text::cut_front(&name.name, left)),
        _ => endpoint.to_string(),
    }
}

/// Returns an address in at most `room` columns: its name where there is room for it, else the address, without its
/// middle where it is too long.
pub fn address(address: &str, name: Option<&DisplayName>, room: usize) -> String {
    match name {
        Some(name) if room >= FEW => text::cut_front(&name.name, room),
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
        let name = DisplayName::new("static.www.example.kr", NameReason::File);
        assert_eq!(name.words(), "(from the capture file)");
        let end = |room| super::endpoint(endpoint, Some(&name), room);
        assert_eq!(end(40), "static.www.example.kr:443");
        assert_eq!(end(25), "static.www.example.kr:443");
        assert_eq!(end(18), "…ww.example.kr:443");
        assert_eq!(end(11), "192.0.2.1:443");
        assert_eq!(super::endpoint(endpoint, None, 40), "192.0.2.1:443");
        let words = |room| address("2001:db8::dead:beef", Some(&name), room);
        assert_eq!(words(40), "static.www.example.kr");
        assert_eq!(words(15), "…www.example.kr");
        assert_eq!(words(7), "200…eef");
        assert_eq!(address("192.0.2.1", None, 40), "192.0.2.1");
        let name = DisplayName::new("xn--3e0b707e.kr", NameReason::File);
        assert_eq!(name.name, "한국.kr");
        assert_eq!(name.words(), "(xn--3e0b707e.kr from the capture file)");
    }
}
