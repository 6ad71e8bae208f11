//! A conversation in SSH: the algorithms of both sides, the negotiated ones, and the beginning of encryption.

use super::{
    KEXINIT, MAX_PACKET, NEWKEYS, Unit,
    agreed::{Agreed, text},
    exchange::Method,
};
use crate::{
    Event, Framing, HeapSize, MessageInfo, Place, Remarks, Session, Setting, Side,
    session::SHORT_TEXTS, tail::Tail,
};
use std::sync::Arc;

/// The length to which a banner and an algorithm's name are kept.
const MAX_TEXT: usize = 255;

/// Algorithms are negotiated within this many messages, or the capture lacks the negotiation.
const MAX_BEFORE: usize = 1000;

/// What the dissector of some packets must know besides their bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// The sender has changed to new keys before.
    pub encrypted: bool,
    /// The key exchange method, once both sides have sent their algorithms.
    pub method: Option<Method>,
    /// All negotiated algorithms.
    pub agreed: Option<Arc<Agreed>>,
}

/// One side.
#[derive(Clone, Default)]
struct Speaker {
    banner: Option<Box<[u8]>>,
    /// The lists of its algorithms, as it sent them.
    lists: Option<Arc<[u8]>>,
    encrypted: bool,
    /// It had changed to new keys when its message began.
    before: bool,
}

/// The longest message of a server that refuses to log in, bytes: the list of methods (RFC 4252, section 5.1), a question
/// (RFC 4256), a farewell. What follows a log-in is longer: OpenSSH sends all its host keys.
const MAX_REFUSAL: u64 = 300;

/// More attempts in one connection no server allows: RFC 4252, section 4, recommends 20.
const MAX_REFUSALS: u8 = 20;

/// What the lengths of a server's encrypted messages show of a log-in. The first one accepts the service (RFC 4253,
/// section 10). SSH_MSG_USERAUTH_SUCCESS alone is shorter than that: it has no content.
#[derive(Clone, Default)]
struct Login {
    accepted: u64,
    refusals: u8,
    is_other: bool,
}

impl Login {
    /// Adds an encrypted message of the server.
    fn add(&mut self, length: u64) {
        if self.accepted == 0 {
            self.accepted = length;
            return;
        }
        self.refusals = self.refusals.saturating_add(1);
        self.is_other |= length <= self.accepted || length > MAX_REFUSAL;
    }

    /// Returns how many refusals there are, if there is nothing else.
    fn refusals(&self) -> Option<u8> {
        let is_refused = !self.is_other && (1..=MAX_REFUSALS).contains(&self.refusals);
        is_refused.then_some(self.refusals)
    }
}

/// A conversation in SSH.
#[derive(Clone, Default)]
pub struct Ssh {
    keeps: bool,
    client: Speaker,
    server: Speaker,
    /// The negotiated algorithms, where contexts are kept.
    agreed: Option<Arc<Agreed>>,
    /// It is too late for a negotiation.
    too_late: bool,
    /// Whether each message began encrypted.
    messages: Tail<bool>,
    login: Login,
}

impl Ssh {
    /// Begins a conversation.
    pub fn new(setting: &Setting) -> Self {
        Ssh {
            keeps: setting.keeps,
            ..Ssh::default()
        }
    }

    fn speaker(&mut self, side: Side) -> &mut Speaker {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }

    fn agreed(&self) -> Option<Agreed> {
        let (client, server) = (self.client.lists.as_ref()?, self.server.lists.as_ref()?);
        Some(Agreed::upon(client, server))
    }
}

impl Speaker {
    fn banner(&mut self, line: &[u8]) {
        let line = line.trim_ascii_end();
        let (line, _) = line.split_at(line.len().min(MAX_TEXT));
        self.banner.get_or_insert_with(|| line.into());
    }

    /// Reads a packet that is not encrypted.
    fn packet(&mut self, packet: &[u8]) {
        /// Length, padding length and number of a packet, and the cookie before the lists.
        const COOKIE: usize = 4 + 1 + 1 + 16;
        match packet.get(5) {
            Some(&KEXINIT) => self.lists = packet.get(COOKIE..).map(Arc::from),
            Some(&NEWKEYS) => self.encrypted = true,
            _ => {}
        }
    }
}

impl HeapSize for Known {}

impl Session for Ssh {
    type Context = Known;

    /// The packets that are whole in one segment are one message; a packet that spans segments is a separate one.
    fn frame(&mut self, place: &Place, bytes: &[u8]) -> Framing {
        /// The length of a packet is in its first bytes.
        const LENGTH: usize = 4;
        let speaker = self.speaker(place.side);
        let mut whole = 0;
        loop {
            let rest = bytes.get(whole..).unwrap_or_default();
            let unit = match speaker.encrypted {
                _ if rest.is_empty() => return Framing::Complete(whole as u64),
                true => Unit::Encrypted,
                false => Unit::of(rest),
            };
            if whole == 0 {
                speaker.before = speaker.encrypted;
            }
            let length = match unit {
                Unit::Encrypted => return Framing::Complete(bytes.len() as u64),
                Unit::Banner(length) | Unit::Clear(length) if length <= rest.len() => length,
                _ if whole > 0 => return Framing::Complete(whole as u64),
                Unit::Begun if rest.len() > MAX_PACKET as usize => return Framing::NotRecognized,
                _ => return Framing::NeedMore,
            };
            let (said, _) = rest.split_at(length);
            match unit {
                Unit::Banner(_) => speaker.banner(said),
                _ => speaker.packet(said),
            }
            whole += length;
            if place.seen >= LENGTH {
                return Framing::Complete(whole as u64);
            }
        }
    }

    fn on_message(&mut self, ended: &MessageInfo, _: &mut Vec<Event>) {
        // Before the client asks for a service, the server may name its extensions: RFC 8308, section 2.4.
        if ended.side == Side::Server && self.server.before && self.client.encrypted {
            self.login.add(ended.length);
        }
        if self.keeps {
            if self.agreed.is_none() && !self.too_late {
                self.agreed = self.agreed().map(Arc::new);
                let encrypted = self.client.encrypted || self.server.encrypted;
                self.too_late = encrypted || self.messages.len() >= MAX_BEFORE;
            }
            let before = self.speaker(ended.side).before;
            self.messages.push_constant(before);
        }
    }

    fn context(&self, number: usize) -> Option<Known> {
        let agreed = self.agreed.clone();
        let exchange = agreed.as_deref().and_then(Agreed::exchange);
        Some(Known {
            encrypted: *self.messages.get(number)?,
            method: exchange.map(Method::by_name),
            agreed,
        })
    }

    fn settled(&self, read: usize) -> usize {
        match self.agreed.is_some() || self.too_late {
            true => read,
            false => 0,
        }
    }

    fn evict(&mut self, before: usize) {
        self.messages.evict(before);
    }

    fn allocated(&self) -> usize {
        let sides = [&self.client, &self.server].map(|side| {
            let banner = side.banner.as_ref().map_or(0, |banner| banner.len());
            banner + side.lists.as_ref().map_or(0, |lists| lists.len())
        });
        sides.iter().sum::<usize>() + self.messages.heap_size() + SHORT_TEXTS
    }

    fn remarks(&self) -> Remarks {
        Remarks {
            ssh_refusals: self.login.refusals(),
            ..Remarks::default()
        }
    }

    fn summary(&self) -> String {
        let software = |speaker: &Speaker| {
            let banner = speaker.banner.as_ref()?;
            // RFC 4253, section 4.2: version and software between dashes, then a space and a comment.
            let software = banner.splitn(3, |&byte| byte == b'-').nth(2)?;
            software.split(|&byte| byte == b' ').next().map(text)
        };
        let mut words = match (software(&self.server), software(&self.client)) {
            (Some(server), _) => format!("SSH {server}"),
            (None, Some(client)) => format!("SSH {client} as client"),
            (None, None) => "SSH, begun before the capture".to_owned(),
        };
        let agreed = self.agreed().unwrap_or_default();
        for name in [agreed.exchange(), agreed.cipher()].into_iter().flatten() {
            // The domain of an algorithm's inventor matters little here.
            let name = name.split('@').next().unwrap_or(name);
            words += &format!(", {name}");
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::ssh::DISSECTOR;
    use crate::test_session::Script;

    fn packet(payload: &[u8]) -> Vec<u8> {
        let padding = 16 - (5 + payload.len()) % 8;
        let length = (1 + payload.len() + padding) as u32;
        let padded = [payload, &vec![0; padding]].concat();
        [&length.to_be_bytes()[..], &[padding as u8], &padded].concat()
    }

    fn lists(names: [&str; 10]) -> Vec<u8> {
        let list = |name: &str| [&(name.len() as u32).to_be_bytes()[..], name.as_bytes()].concat();
        let lists = names.map(list).concat();
        packet(&[&[KEXINIT][..], &[7; 16], &lists, &[0; 5]].concat())
    }

    fn of_client() -> Vec<u8> {
        let (kex, cipher) = (
            "curve25519-sha256,ecdh-sha2-nistp256",
            "aes256-gcm@openssh.com",
        );
        lists([kex, "a,b", cipher, cipher, "m", "m", "none", "none", "", ""])
    }

    fn of_server() -> Vec<u8> {
        let (kex, cipher) = ("ecdh-sha2-nistp256", "aes128-ctr,aes256-gcm@openssh.com");
        lists([kex, "b,a", cipher, cipher, "n", "m", "none", "none", "", ""])
    }

    /// The result is the same wherever the segments end.
    #[test]
    fn what_both_sides_can_do() {
        let server = [b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", &of_server()[..]].concat();
        for at in 1..server.len() {
            let mut ssh = Script::new(&DISSECTOR, 22);
            ssh.segment(Side::Client, b"SSH-2.0-PuTTY_0.80\r\n");
            assert_eq!(ssh.summary(), "SSH PuTTY_0.80 as client");
            ssh.segment(Side::Client, &of_client());
            let (first, second) = server.split_at(at);
            ssh.segment(Side::Server, first);
            ssh.segment(Side::Server, second);
            let summary = "SSH OpenSSH_9.2p1, ecdh-sha2-nistp256, aes256-gcm";
            assert_eq!(ssh.summary(), summary, "{at}");
            let known = ssh.all_known::<Known>().into_iter().flatten().last();
            let known = known.unwrap_or_default();
            assert_eq!(known.method, Some(Method::Curve));
            let agreed = known.agreed.unwrap_or_default();
            let agreed = agreed
                .0
                .each_ref()
                .map(|name| name.as_deref().unwrap_or("-"));
            let cipher = "aes256-gcm@openssh.com";
            let expected = [
                "ecdh-sha2-nistp256",
                "a",
                cipher,
                cipher,
                "-",
                "m",
                "none",
                "none",
            ];
            assert_eq!(agreed, expected);
        }
    }

    #[test]
    fn what_is_encrypted() {
        let mut ssh = Script::new(&DISSECTOR, 22);
        ssh.segment(Side::Client, b"SSH-2.0-x\n");
        ssh.segment(Side::Client, &[&packet(&[NEWKEYS])[..], &[9; 20]].concat());
        // It looks like a packet by chance.
        ssh.segment(Side::Client, &packet(&[NEWKEYS]));
        let known = ssh.all_known::<Known>();
        let encrypted: Vec<_> = known.iter().flatten().map(|k| k.encrypted).collect();
        assert_eq!(encrypted, [false, false, true]);
        assert_eq!(ssh.lengths(), [10, 36, 16]);
    }

    #[test]
    fn lengths_of_refusals() {
        let refusals = |server: &[usize]| {
            let mut ssh = Script::new(&DISSECTOR, 22);
            for side in [Side::Client, Side::Server] {
                ssh.segment(side, b"SSH-2.0-x\r\n");
            }
            // The server's extensions come before the client changes its keys.
            ssh.segment(Side::Server, &packet(&[NEWKEYS]));
            ssh.segment(Side::Server, &[9; 180]);
            ssh.segment(Side::Client, &packet(&[NEWKEYS]));
            for length in server {
                ssh.segment(Side::Client, &[9; 64]);
                ssh.segment(Side::Server, &vec![9; *length]);
            }
            ssh.session.remarks().ssh_refusals
        };
        assert_eq!(refusals(&[44, 52, 52, 84]), Some(3));
        // Nothing was asked, the log-in succeeded, and what follows it.
        assert_eq!(refusals(&[44]), None);
        assert_eq!(refusals(&[44, 52, 28]), None);
        assert_eq!(refusals(&[44, 52, 600]), None);
        assert_eq!(refusals(&[44; 40]), None);
    }

    #[test]
    fn nonsense() {
        for said in [
            &lists(["", "", "", "", "", "", "", "", "", ""])[..],
            // Lists that are longer than the packet, and no lists at all.
            &packet(&[&[KEXINIT][..], &[255; 40]].concat()),
            &packet(&[KEXINIT]),
            &[0; 50],
            &[b'\n'; 50],
        ] {
            let mut ssh = Script::new(&DISSECTOR, 22);
            ssh.segment(Side::Client, said);
            ssh.segment(Side::Server, said);
            assert!(ssh.summary().starts_with("SSH"));
        }
    }
}
