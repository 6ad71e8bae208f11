//! A conversation in SSH: what both sides can do, what they agree on, and from where on it is encrypted.

use super::{
    KEXINIT, MAX_PACKET, NEWKEYS, Unit,
    agreed::{Agreed, text},
    exchange::Method,
};
use crate::{Event, Framing, MessageInfo, Place, Session, Setting, Side, tail::Tail};
use std::sync::Arc;

/// How much of a banner and of an algorithm's name is kept.
const MAX_TEXT: usize = 255;

/// Algorithms are agreed on within so many messages, or the capture lacks it.
const MAX_BEFORE: usize = 1000;

/// What the dissector of some packets must know beside their bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// The sender has changed to new keys before.
    pub encrypted: bool,
    /// How keys are agreed on, once both sides have said what they can do.
    pub method: Option<Method>,
    /// All that was agreed on.
    pub agreed: Option<Arc<Agreed>>,
}

/// One side.
#[derive(Clone, Default)]
struct Speaker {
    banner: Option<Box<[u8]>>,
    /// The lists of what it can do, as it sent them.
    lists: Option<Arc<[u8]>>,
    encrypted: bool,
    /// It had changed to new keys when its message began.
    before: bool,
}

/// A conversation in SSH.
#[derive(Clone, Default)]
pub struct Ssh {
    keeps: bool,
    client: Speaker,
    server: Speaker,
    /// What was agreed on, where messages are kept.
    agreed: Option<Arc<Agreed>>,
    /// What was not agreed on by now will not be.
    too_late: bool,
    /// Whether each message began encrypted.
    messages: Tail<bool>,
}

impl Ssh {
    /// Begins one.
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

    /// Looks at a packet that is not encrypted.
    fn packet(&mut self, packet: &[u8]) {
        /// Length, padding length and number of a packet, and the cookie in front of the lists.
        const COOKIE: usize = 4 + 1 + 1 + 16;
        match packet.get(5) {
            Some(&KEXINIT) => self.lists = packet.get(COOKIE..).map(Arc::from),
            Some(&NEWKEYS) => self.encrypted = true,
            _ => {}
        }
    }
}

impl Session for Ssh {
    type Context = Known;

    /// What is whole in one segment is a message together; a packet that spans segments is one by itself.
    fn frame(&mut self, place: &Place, bytes: &[u8]) -> Framing {
        /// A packet says in its first bytes how long it is.
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

    fn summary(&self) -> String {
        let software = |speaker: &Speaker| {
            let banner = speaker.banner.as_ref()?;
            // RFC 4253, section 4.2: version and software between dashes, a comment behind a space.
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
            // Whose invention it is matters little here.
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

    /// Both sides come to the same wherever their segments end.
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
