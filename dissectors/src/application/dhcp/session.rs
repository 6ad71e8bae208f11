//! A conversation in DHCP: the names that machines give themselves, and their addresses.

use super::message::{COOKIE, MessageType};
use crate::{Event, Framing, MessageInfo, NameSource, Place, Session};
use std::net::Ipv4Addr;

/// A conversation in DHCP.
#[derive(Clone, Default)]
pub struct Dhcp {
    named: Option<Event>,
}

/// Returns the address that a machine has or requests, and its name: RFC 2131, sections 2 and 4.3, and RFC 2132,
/// section 3.14.
fn named(message: &[u8]) -> Option<(Ipv4Addr, &[u8])> {
    const HEADER: usize = 236;
    let (header, rest) = message.split_at_checked(HEADER)?;
    let (cookie, mut options) = rest.split_first_chunk::<4>()?;
    if *cookie != COOKIE {
        return None;
    }
    let (mut name, mut kind, mut requested) = (None, None, None);
    // Each option takes at least a byte.
    while let Some((&code, rest)) = options.split_first() {
        if code == 0 {
            options = rest;
            continue;
        }
        let (&length, rest) = match code {
            255 => break,
            _ => rest.split_first()?,
        };
        let (value, behind) = rest.split_at_checked(length.into())?;
        options = behind;
        match (code, value) {
            (12, value) => name = Some(value),
            (50, &[a, b, c, d]) => requested = Some(Ipv4Addr::new(a, b, c, d)),
            (53, &[what]) => kind = Some(what),
            _ => {}
        }
    }
    let at = |at: usize| {
        let bytes = header.get(at..)?.first_chunk::<4>()?;
        Some(Ipv4Addr::from(*bytes)).filter(|address| !address.is_unspecified())
    };
    let address = match MessageType(kind?) {
        MessageType::REQUEST => requested.or(at(12))?,
        MessageType::INFORM => at(12)?,
        MessageType::ACK => at(16)?,
        _ => return None,
    };
    Some((address, name?))
}

impl Session for Dhcp {
    type Context = ();

    fn frame(&mut self, _: &Place, bytes: &[u8]) -> Framing {
        self.named = named(bytes).map(|(address, name)| Event::Named {
            address: address.into(),
            name: String::from_utf8_lossy(name.trim_ascii()).into(),
            by: NameSource::Dhcp,
        });
        Framing::Complete(bytes.len() as u64)
    }

    fn on_message(&mut self, _: &MessageInfo, events: &mut Vec<Event>) {
        events.extend(self.named.take());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::dhcp::DISSECTOR;
    use crate::{Side, test_session::Script, test_support::bytes};

    fn told(client: &str, your: &str, options: &str) -> Vec<String> {
        let hex = format!(
            "01 01 06 00 00003d1d 0000 0000 {client} {your} 00000000 00000000 000b8201fc42 {} {options}",
            "00".repeat(10 + 192)
        );
        let mut dhcp = Script::new(&DISSECTOR, 67);
        dhcp.datagram(Side::Client, 0, &bytes(&hex));
        let told = dhcp.events.iter().map(|event| match event {
            Event::Named { address, name, by } => format!("{address} {name} {by:?}"),
            other => format!("{other:?}"),
        });
        told.collect()
    }

    #[test]
    fn whoever_asks_for_an_address_says_what_it_is_called() {
        let none = "00000000";
        let (request, ack) = ("63825363 35 01 03", "63825363 35 01 05");
        let asked = format!("{request} 32 04 0a000005 0c 04 686f7374 ff");
        assert_eq!(told(none, none, &asked), ["10.0.0.5 host Dhcp"]);
        let again = format!("{request} 00 0c 04 686f7374 ff");
        assert_eq!(told("0a000006", none, &again), ["10.0.0.6 host Dhcp"]);
        let given = format!("{ack} 0c 04 686f7374 ff");
        assert_eq!(told(none, "0a000007", &given), ["10.0.0.7 host Dhcp"]);
        // A discovery requests nothing yet, and an empty name is ignored.
        assert!(
            told(
                none,
                none,
                "63825363 35 01 01 32 04 0a000005 0c 04 686f7374 ff"
            )
            .is_empty()
        );
        assert!(told(none, "0a000007", &format!("{ack} ff")).is_empty());
        // Cut inside the option.
        assert!(told(none, "0a000007", &format!("{ack} 0c 04 6867")).is_empty());
        assert!(told(none, none, "").is_empty());
    }
}
