//! The display filters of a row in a list: of its conversation, its addresses and ports, its protocol, and the fields in
//! its columns.

use crate::{
    columns::chosen::{Chosen, ListColumn},
    filter::{Filter, known},
    services,
    store::Contents,
    track::{Conversation, ConversationId, Protocol},
    ui::panes::packets::PacketLine,
};
use dissectors::FieldType;
use std::net::IpAddr;

/// Returns the filters of a packet, the most likely first.
pub fn of_packet<C: ListColumn>(
    contents: &Contents,
    number: u32,
    line: Option<&PacketLine>,
    columns: &[Chosen<C>],
) -> Vec<String> {
    let record = contents.packets.get(number);
    let id = record.and_then(|record| record.conversation());
    let conversation = id.and_then(|(id, _)| contents.tracker.get(id));
    let mut all: Vec<String> = conversation.and_then(stream).into_iter().collect();
    if let Some(line) = line {
        let ends = [address(&line.source), address(&line.destination)];
        if let [Some(one), Some(other)] = &ends {
            all.extend([one.clone(), other.clone(), format!("{one} and {other}")]);
            all.push(one.replacen(".addr", ".src", 1));
            all.push(other.replacen(".addr", ".dst", 1));
        } else {
            all.extend(ends.into_iter().flatten());
        }
        all.extend(conversation.map(port));
        all.extend(protocol(line.protocol));
        all.extend(values(columns, &line.fields));
    }
    all.push(format!("frame.number == {number}"));
    valid(all)
}

/// Returns the filters of a conversation, the most likely first, and then `more` that belong to the row.
pub fn of_conversation(
    contents: &Contents,
    id: ConversationId,
    more: impl IntoIterator<Item = String>,
) -> Vec<String> {
    let Some(conversation) = contents.tracker.get(id) else {
        return Vec::new();
    };
    let ends = [conversation.client, conversation.server];
    let [client, server] = ends.map(|end| address(&end.address.to_string()));
    let mut all: Vec<String> = stream(conversation).into_iter().collect();
    all.extend(server);
    all.push(port(conversation));
    all.extend(client);
    let application = services::filter_name(conversation);
    all.extend(protocol(&application));
    if !application.is_empty() {
        all.push(format!("conversation.application == \"{application}\""));
    }
    all.extend(more);
    valid(all)
}

/// Keeps what is a display filter, once.
fn valid(all: Vec<String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for filter in all {
        if !kept.contains(&filter) && filter.parse::<Filter>().is_ok() {
            kept.push(filter);
        }
    }
    kept
}

fn transport(conversation: Conversation) -> &'static str {
    match conversation.protocol {
        Protocol::Tcp => "tcp",
        Protocol::Udp => "udp",
    }
}

fn stream(conversation: Conversation) -> Option<String> {
    let stream = conversation.stream()?;
    Some(format!("{}.stream == {stream}", transport(conversation)))
}

fn port(conversation: Conversation) -> String {
    format!(
        "{}.port == {}",
        transport(conversation),
        conversation.server.port
    )
}

/// Returns the filter of an IP or MAC address.
pub fn address(text: &str) -> Option<String> {
    Some(match text.parse() {
        Ok(IpAddr::V4(address)) => format!("ip.addr == {address}"),
        Ok(IpAddr::V6(address)) => format!("ipv6.addr == {address}"),
        Err(_) => format!("eth.addr == {text}")
            .parse::<Filter>()
            .ok()?
            .to_string(),
    })
}

/// Returns the filter of a protocol by its name in the list.
fn protocol(name: &str) -> Option<String> {
    let words = [name.to_lowercase(), name.to_lowercase().replace(' ', "-")];
    let versions = words
        .iter()
        .map(|name| name.split(['v', '/']).next().unwrap_or(name).trim());
    let mut names = words.iter().map(String::as_str).chain(versions);
    names.find(|name| known(name).is_some()).map(str::to_owned)
}

/// Returns the filters of the values in columns of fields.
pub fn values<C: ListColumn>(columns: &[Chosen<C>], texts: &[String]) -> Vec<String> {
    let filters = columns.iter().filter_map(Chosen::filter);
    let pairs = filters.zip(texts).filter(|(_, text)| !text.is_empty());
    pairs
        .map(|(filter, text)| value(&filter.to_string(), text))
        .collect()
}

/// Returns the filter of a field with this value, or of the field if that cannot be written.
fn value(name: &str, text: &str) -> String {
    let first = text.split(',').next().unwrap_or(text);
    let literal = literal(name, text).or_else(|| literal(name, first));
    literal.map_or_else(|| name.to_owned(), |value| format!("{name} == {value}"))
}

/// Returns a value of a field as a filter writes it; nothing if it cannot.
pub fn literal(name: &str, text: &str) -> Option<String> {
    let kind = known(name)?.kind;
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    let mut forms = [text.to_owned(), format!("\"{escaped}\"")];
    if kind == FieldType::String {
        forms.reverse();
    }
    let is_value = |value: &String| format!("{name} == {value}").parse::<Filter>().is_ok();
    forms.into_iter().find(is_value)
}
