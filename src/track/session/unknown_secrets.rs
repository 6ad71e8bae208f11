//! Searches the bytes of no known protocol for secrets, across its messages.

use dissectors::{HeaderSecrets, Secrets, Side, may_begin_head};

/// The search in the stream of one side.
#[derive(Clone)]
pub struct UnknownSecrets {
    /// Has searched all messages.
    lines: HeaderSecrets,
    /// Searches the bytes that are held back behind them.
    held: Option<Box<HeldSearch>>,
}

/// The search in bytes that may show a known protocol when more of them have come.
#[derive(Clone)]
struct HeldSearch {
    /// The offset of the first of them.
    at: u64,
    lines: HeaderSecrets,
    /// Searches them as a head of HTTP, while they may be one.
    head: Option<HeaderSecrets>,
}

impl Default for UnknownSecrets {
    fn default() -> Self {
        UnknownSecrets {
            lines: HeaderSecrets::other(),
            held: None,
        }
    }
}

impl UnknownSecrets {
    /// Searches a message, or the next part of one, which begins at offset `at`, and notes the places of its secrets if
    /// they are asked for. Returns whether there was a secret by now.
    pub fn search(&mut self, places: Option<&mut Secrets>, at: u64, bytes: &[u8]) -> bool {
        self.end_held();
        match places {
            Some(places) => places.search(&mut self.lines, at, bytes),
            None => {
                self.lines.find(bytes, &mut Vec::new());
                self.lines.shift(bytes.len());
            }
        }
        self.lines.has_found()
    }

    /// Searches all the bytes that are held back by now, of which those that came before were searched.
    pub fn search_held(
        &mut self,
        side: Side,
        places: Option<&mut Secrets>,
        at: u64,
        bytes: &[u8],
    ) -> bool {
        let held = match &mut self.held {
            Some(held) if held.at == at => held,
            held => held.insert(Box::new(HeldSearch {
                at,
                lines: self.lines.clone(),
                head: places.is_some().then(HeaderSecrets::head),
            })),
        };
        match places {
            Some(places) => {
                held.head.take_if(|_| !may_begin_head(side, bytes));
                if let Some(head) = &mut held.head {
                    places.search_held(head, at, bytes);
                }
                places.search_held(&mut held.lines, at, bytes);
            }
            None => {
                held.lines.find(bytes, &mut Vec::new());
            }
        }
        held.lines.has_found()
    }

    /// Ends the search in bytes that are no longer held back.
    pub fn end_held(&mut self) {
        self.held = None;
    }

    /// Returns whether the next bytes may be part of a login that its messages began.
    pub fn is_in_login(&self) -> bool {
        self.lines.is_in_login()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(places: &Secrets) -> Vec<(u64, u64)> {
        let all = places.between(0..u64::MAX);
        all.map(|place| (place.start, place.end)).collect()
    }

    #[test]
    fn the_search_in_held_bytes_goes_on_from_the_messages_before_them() {
        let (mut search, mut places) = (UnknownSecrets::default(), Secrets::default());
        assert!(!search.search(Some(&mut places), 0, b"AUTH LOGIN\r\n"));
        assert!(search.is_in_login());
        // The user name, byte by byte, and then as a message.
        let name = b"YW5uYQ==\r\n";
        for length in 1..=name.len() {
            let held = &name[..length];
            assert!(search.search_held(Side::Client, Some(&mut places), 12, held));
            assert_eq!(noted(&places), [(12, 12 + length.min(8) as u64)]);
        }
        search.search(Some(&mut places), 12, name);
        assert!(search.is_in_login());
        search.search_held(Side::Client, Some(&mut places), 22, b"aHVzaA==");
        search.search(Some(&mut places), 22, b"aHVzaA==\r\n");
        assert!(!search.is_in_login());
        search.search_held(Side::Client, Some(&mut places), 32, b"NOOP");
        assert_eq!(noted(&places), [(12, 20), (22, 30)]);
    }

    #[test]
    fn the_index_finds_the_same_without_places() {
        let mut search = UnknownSecrets::default();
        assert!(!search.search_held(Side::Client, None, 0, b"PASS"));
        assert!(!search.search_held(Side::Client, None, 0, b"PASS "));
        assert!(search.search_held(Side::Client, None, 0, b"PASS x"));
        assert!(!search.is_in_login());
        assert!(!UnknownSecrets::default().search_held(Side::Client, None, 0, b"PASTE x"));
    }
}
