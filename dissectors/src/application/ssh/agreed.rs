//! The negotiated algorithms.

use nom::{Parser, error::Error, multi::length_data, number::be_u32};

/// The length to which an algorithm's name and a banner are kept.
const MAX_TEXT: usize = 255;

/// The negotiated algorithms, in the order of RFC 4253, section 7.1: key exchange, host key, then in pairs from the
/// client and from the server encryption, authentication code and compression.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agreed(pub [Option<String>; 8]);

impl Agreed {
    /// Returns the key exchange algorithm.
    pub fn exchange(&self) -> Option<&str> {
        self.0.first()?.as_deref()
    }

    /// Returns the encryption algorithm of the client's packets.
    pub fn cipher(&self) -> Option<&str> {
        self.0.get(2)?.as_deref()
    }

    /// Selects the first of the client's algorithms that the server supports too, list by list.
    pub fn upon(client: &[u8], server: &[u8]) -> Agreed {
        let mut agreed = Agreed::default();
        let (mut client, mut server) = (client, server);
        for slot in &mut agreed.0 {
            let list = || length_data(be_u32::<_, Error<&[u8]>>());
            let (Ok((behind, ours)), Ok((beyond, theirs))) =
                (list().parse_complete(client), list().parse_complete(server))
            else {
                break;
            };
            (client, server) = (behind, beyond);
            let both = ours.split(|&byte| byte == b',').find(|name| {
                theirs
                    .split(|&byte| byte == b',')
                    .any(|other| other == *name)
            });
            *slot = both.map(text);
        }
        agreed
    }
}

pub fn text(bytes: &[u8]) -> String {
    let (bytes, _) = bytes.split_at(bytes.len().min(MAX_TEXT));
    String::from_utf8_lossy(bytes).into_owned()
}
