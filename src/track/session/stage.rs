//! The protocols that a conversation goes through. A conversation changes its protocol at most a few times.

use super::{Made, MessageRecord, Messages, SourceId};
use dissectors::{
    AnySession, Confidence, DATA, Dissector, Event, Exchanges, MessageContext, Selector, Side,
    by_candidates, by_selector, recognise,
};
use std::ops::Range;

/// The maximum number of protocols of one conversation, such as PROXY, HTTP, WebSocket.
const MAX_STAGES: usize = 8;

/// One protocol of a conversation.
#[derive(Clone)]
pub struct Stage {
    pub dissector: &'static Dissector,
    pub session: Box<dyn AnySession>,
    pub messages: usize,
}

impl Messages {
    /// Begins the protocol that the bytes show, whatever the port.
    pub(super) fn begin_stage_surely(&mut self, side: Side, bytes: &[u8]) -> bool {
        self.tries += 1;
        recognise(self.selector, [0, 0], side, bytes).is_some_and(|found| self.push_stage(found))
    }

    /// Goes back to the protocol before the present one, as FTP does from TLS: RFC 4217, section 3.
    pub(super) fn resume_stage(&mut self, side: Side, bytes: &[u8]) -> bool {
        let before = self.stages.iter().rev().nth(1);
        let Some(dissector) = before.map(|stage| stage.dissector) else {
            return false;
        };
        dissector.looks_like(bytes, side) == Confidence::Certain && self.push_stage(dissector)
    }

    pub(super) fn push_stage(&mut self, dissector: &'static Dissector) -> bool {
        if self.stages.len() >= MAX_STAGES {
            return false;
        }
        let session = dissector.begin(&self.setting);
        self.stages.reserve_exact(1);
        self.stages.push(Stage {
            dissector,
            session,
            messages: 0,
        });
        self.unrecognised = false;
        if let Some(first) = self.first_bytes.take()
            && dissector.name == "tls"
        {
            self.before_tls = first.before_tls();
        }
        for stream in &mut self.streams {
            stream.lost = false;
            if let Some(search) = &mut stream.unknown_secrets {
                search.end_held();
            }
        }
        true
    }

    #[cold]
    pub(super) fn follow_events(&mut self, emit: &mut dyn FnMut(Event)) {
        let mut events = std::mem::take(&mut self.events);
        for event in events.drain(..) {
            match event {
                Event::HandOver(dissector) => {
                    self.push_stage(dissector);
                }
                Event::Recognise => {
                    self.unrecognised = true;
                    self.tries = 0;
                    self.turns = 0;
                    self.speaker = None;
                    self.unknown_bytes = 0;
                    for stream in &mut self.streams {
                        stream.recognised_from = stream.place;
                        stream.has_unknown = false;
                        stream.unknown_secrets = None;
                    }
                }
                Event::Append {
                    source,
                    side,
                    at,
                    from,
                    to,
                } => self.append(source, side, at, from..to),
                Event::Body { side, protocol } if self.counts => {
                    let dissector = protocol.and_then(by_candidates).unwrap_or(DATA);
                    self.note(side, dissector.name);
                }
                Event::Body { .. } => {}
                // Inside a tunnel, the host name is not that of the host that receives the bytes.
                Event::HostName { .. } if self.is_tunnelled() => {}
                other => emit(other),
            }
        }
        // Its memory serves for the next ones.
        if self.events.capacity() == 0 {
            self.events = events;
        }
    }

    /// Appends bytes of the message that has just ended to a source that a session opened.
    fn append(&mut self, number: u64, side: Side, at: u64, within: Range<u64>) {
        let Some(kept) = &mut self.kept else { return };
        let begin = self.streams[side].last_message;
        kept.add_made(Made {
            source: SourceId::Opened {
                side,
                stage: self.stages.len().wrapping_sub(1) as u16,
                number,
            },
            at,
            of: begin + within.start..begin + within.end,
        });
    }

    /// Ends the sessions of a conversation that is over: pending requests got no answer.
    #[cold]
    pub(super) fn end_sessions(&mut self, emit: &mut dyn FnMut(Event)) {
        if self.kept.is_some() || self.setting.exchanges != Exchanges::None {
            for stage in &mut self.stages {
                stage.session.end(&mut self.events);
            }
            self.follow_events(emit);
        }
    }

    /// Whether a proxy relays the current data.
    fn is_tunnelled(&self) -> bool {
        self.tunnelling().is_some()
    }

    /// Returns the protocol that its first bytes show in a tunnel alone, where the ports are those of the proxy.
    /// Elsewhere SSH is known by its port, as in Wireshark.
    pub(super) fn recognise_in_tunnel(&self, bytes: &[u8]) -> Option<&'static Dissector> {
        const BANNER: &[u8] = b"SSH-";
        const SSH: Selector = Selector::TcpPort(22);
        if !self.unrecognised || !bytes.starts_with(BANNER) {
            return None;
        }
        let mut stages = self.stages.iter();
        let is_tunnel = stages.any(|stage| stage.dissector.properties().tunnels);
        by_selector(SSH).filter(|_| is_tunnel)
    }

    /// Returns the protocol in whose tunnel the current data is sent.
    pub(super) fn tunnelling(&self) -> Option<&'static Dissector> {
        let (_, before) = self.stages.split_last()?;
        let mut before = before.iter().rev().map(|stage| stage.dissector);
        before.find(|dissector| dissector.properties().tunnels)
    }

    /// Returns the protocol in whose tunnel a message was sent, and what its dissector must know to show that.
    pub fn tunnel_of(
        &self,
        message: &MessageRecord,
    ) -> Option<(&'static Dissector, MessageContext)> {
        let before = message.stage().unwrap_or(self.stages.len());
        let before = self.stages.get(..before)?.iter().rev();
        let mut tunnels = before.filter(|stage| stage.dissector.properties().tunnels);
        tunnels.find_map(|stage| Some((stage.dissector, stage.session.tunnel()?)))
    }
}
