//! A summary of a hello, for following the connection.

use super::reading::{TLS13, is_13};
use nom::{
    Parser,
    bytes::take,
    error::Error,
    multi::length_data,
    number::{be_u8, be_u16},
};

/// The number of random bytes in a hello.
pub const RANDOM: usize = 32;

/// The properties of the connection that a hello begins.
#[derive(Clone, Copy, Debug, Default)]
pub struct HelloSummary<'a> {
    /// The highest version in it: a client's highest offer, a server's choice.
    pub version: u16,
    /// The session that it begins or resumes.
    pub session: &'a [u8],
    /// The cipher suite that a server chose.
    pub suite: Option<u16>,
    /// The server resumes an earlier session, in the way of TLS 1.3.
    pub resumed: bool,
    /// The server that the client wants to reach.
    pub name: Option<&'a [u8]>,
    /// The protocol inside that a server chose, or the first that a client offers.
    pub protocol: Option<&'a [u8]>,
    /// The list of signature algorithms with its length.
    pub algorithms: &'a [u8],
}

impl<'a> HelloSummary<'a> {
    /// Reads a hello without the message's header.
    pub fn of(bytes: &'a [u8], client: bool) -> Option<Self> {
        let start = (
            be_u16::<_, Error<&[u8]>>(),
            take(RANDOM),
            length_data(be_u8()),
        );
        let (rest, (version, _, session)) = { start }.parse_complete(bytes).ok()?;
        let mut summary = HelloSummary {
            version,
            session,
            ..HelloSummary::default()
        };
        let rest = match client {
            true => {
                let lists = (
                    length_data(be_u16::<_, Error<&[u8]>>()),
                    length_data(be_u8()),
                );
                { lists }.parse_complete(rest).ok()?.0
            }
            false => {
                let chosen = (be_u16::<_, Error<&[u8]>>(), be_u8());
                let (rest, (suite, _)) = { chosen }.parse_complete(rest).ok()?;
                summary.suite = Some(suite);
                rest
            }
        };
        let mut extensions = rest.get(2..).unwrap_or_default();
        while !extensions.is_empty() {
            let one = (be_u16::<_, Error<&[u8]>>(), length_data(be_u16()));
            let Ok((behind, (number, data))) = { one }.parse_complete(extensions) else {
                break;
            };
            extensions = behind;
            summary.extension(number, data, client);
        }
        Some(summary)
    }

    fn extension(&mut self, number: u16, data: &'a [u8], client: bool) {
        const SERVER_NAME: u16 = 0;
        const PROTOCOLS: u16 = 16;
        const SIGNATURE_ALGORITHMS: u16 = 13;
        const PRE_SHARED_KEY: u16 = 41;
        const SUPPORTED_VERSIONS: u16 = 43;
        match number {
            SIGNATURE_ALGORITHMS => self.algorithms = data,
            PRE_SHARED_KEY => self.resumed = !client,
            SERVER_NAME if client => {
                let name = (take(3_usize), length_data(be_u16::<_, Error<&[u8]>>()));
                self.name = { name }
                    .parse_complete(data)
                    .ok()
                    .map(|(_, (_, name))| name);
            }
            PROTOCOLS => {
                let name = (take(2_usize), length_data(be_u8::<_, Error<&[u8]>>()));
                self.protocol = { name }
                    .parse_complete(data)
                    .ok()
                    .map(|(_, (_, name))| name);
            }
            SUPPORTED_VERSIONS => {
                let data = data.get(usize::from(client)..).unwrap_or_default();
                let (pairs, _) = data.as_chunks::<2>();
                let versions = pairs.iter().map(|&pair| u16::from_be_bytes(pair));
                // The drafts' numbers are higher than the final version's.
                let newer = versions.clone().find(|&version| is_13(version));
                let highest = || versions.filter(|version| *version <= TLS13).max();
                if let Some(version) = newer.or_else(highest) {
                    self.version = version;
                }
            }
            _ => {}
        }
    }
}
