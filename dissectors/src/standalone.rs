//! Cuts the payload of a packet into messages where its conversation is not known: as if the conversation began and
//! ended with this packet. Where it is known, its messages come with the packet, in [`crate::Context::spoken`].

use crate::{
    AnySession, ByteRange, Confidence, DATA, Dissector, Event, Framing, HeaderSecrets, Layer,
    MessageContext, MessageInfo, Place, Ports, Secrets, Selector, Setting, Side, Transport, knows,
    layer::Gathered, recognise,
};
use std::{
    net::{IpAddr, Ipv4Addr},
    ops::Range,
};

/// A packet of 64 KiB of real messages has fewer; the bytes after them are shown as data.
const MAX_MESSAGES: usize = 1 << 10;

/// Protocols that one packet can change through.
const MAX_STAGES: usize = 8;

/// How often bytes of a packet are examined for a protocol.
const MAX_TRIES: usize = 6;

/// A message of a packet.
pub(crate) struct Cut {
    /// The dissector that reads it.
    pub dissector: &'static Dissector,
    /// The side that sent it.
    pub side: Side,
    /// Its range in the payload.
    pub bytes: Range<usize>,
    /// How many bytes that follow belong to it but were not kept by the capture.
    pub missing: usize,
    /// It ends in this packet.
    pub complete: bool,
    /// The index of its protocol among the packet's, and its number there; none for bytes of no known protocol.
    place: Option<(usize, usize)>,
}

/// One protocol of a packet.
struct Stage {
    dissector: &'static Dissector,
    session: Box<dyn AnySession>,
    /// The number of its messages.
    count: usize,
}

/// The messages of a packet.
pub(crate) struct Standalone<'a> {
    payload: &'a [u8],
    /// How many bytes after the payload the capture did not keep.
    missing: usize,
    /// The stream of this side ends with the packet.
    ends: bool,
    ports: Ports,
    /// Its protocol, whatever it looks like.
    forced: Option<&'static Dissector>,
    setting: Setting,
    place: Place,
    stages: Vec<Stage>,
    /// The secrets in the payload.
    secrets: Secrets,
    tries: usize,
    /// The protocol of what comes next is to be determined anew.
    unrecognised: bool,
    pub messages: Vec<Cut>,
    /// The additions to sources that sessions opened: the protocol, the number of the source, the range in the payload.
    made: Vec<(usize, u64, Range<usize>)>,
}

impl<'a> Standalone<'a> {
    /// Cuts the rest of a transport layer.
    pub fn of(layer: &Layer<'a, '_>, ports: &Ports) -> Self {
        let Ports { selector, from, to } = *ports;
        let (low, high) = (from.min(to), from.max(to));
        let server = match knows(selector(high)) && !knows(selector(low)) {
            true => high,
            false => low,
        };
        let nowhere = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        let (source, destination) = layer.network().unwrap_or((nowhere, nowhere));
        let ends = [(source, from), (destination, to)];
        let (side, [client, server]) = match to == server {
            true => (Side::Client, ends),
            false => (Side::Server, [(destination, to), (source, from)]),
        };
        let fin = layer.facts.flows().last().is_some_and(
            |flow| matches!(flow.transport, Transport::Tcp(segment) if segment.flags.fin()),
        );
        let mut standalone = Standalone {
            payload: layer.rest(),
            missing: layer.missing(),
            ends: fin && !layer.is_quoted(),
            ports: *ports,
            forced: layer.flow().and_then(|flow| flow.application),
            setting: Setting {
                client,
                server,
                keeps: true,
                exchanges: crate::Exchanges::None,
                undeclared: layer.context.undeclared,
            },
            place: Place {
                side,
                packet: layer.context.number,
                time_ns: layer.context.time_ns,
                seen: 0,
            },
            stages: Vec::new(),
            secrets: Secrets::default(),
            tries: 0,
            unrecognised: false,
            messages: Vec::new(),
            made: Vec::new(),
        };
        match selector(0) {
            Selector::UdpPort(_) | Selector::SctpPort(_) => standalone.datagram(),
            _ => standalone.segment(),
        }
        standalone
    }

    /// Masks the secrets, unless they are to be shown, before the messages are read.
    pub fn mask(&mut self, layer: &mut Layer<'a, '_>) {
        if layer.context.show_secrets {
            return;
        }
        let whole = layer.ahead(usize::MAX);
        let secrets = self.secrets.between(0..whole.len() as u64);
        let secrets: Vec<ByteRange> = secrets
            .map(|secret| whole.part(secret.start as u32, secret.end as u32))
            .collect();
        layer.mask(&secrets);
        self.payload = layer.rest();
    }

    /// Returns the context for the dissector of a message.
    pub fn context(&self, cut: &Cut) -> Option<MessageContext> {
        let (stage, number) = cut.place?;
        self.stages.get(stage)?.session.context(number)
    }

    /// Returns the bytes of the source that a message completes.
    pub fn gathered(&self, layer: &Layer<'a, '_>, cut: &Cut) -> Option<Gathered<'a>> {
        let (stage, number) = cut.place?;
        let source = self.stages.get(stage)?.session.completes(number)?;
        let parts = || {
            let made = self.made.iter();
            let own = made.filter(|(of, number, _)| (*of, *number) == (stage, source));
            own.map(|(.., bytes)| bytes.clone())
        };
        let whole = parts().next()?.start..parts().next_back()?.end;
        let bytes = match parts().map(|part| part.len()).sum::<usize>() == whole.len() {
            true => self.payload.get(whole)?,
            false => layer.keep(
                parts()
                    .filter_map(|part| self.payload.get(part))
                    .flatten()
                    .copied()
                    .collect(),
            )?,
        };
        Some(Gathered { bytes, parts: &[] })
    }

    /// Takes a datagram as one message.
    fn datagram(&mut self) {
        let all = 0..self.payload.len();
        let mine = self.begin_stage(self.payload)
            && self
                .frame(0, self.payload)
                .is_some_and(|framing| framing != Framing::NotRecognized);
        if mine {
            self.take(0, self.payload);
        }
        if mine || !all.is_empty() {
            self.finish(all, self.missing, mine, true);
        }
    }

    /// Cuts a part of a stream.
    fn segment(&mut self) {
        let length = self.payload.len();
        let reported = length as u64 + self.missing as u64;
        // The offset at which the message to be cut begins, and the offset that `frame` examines next.
        let (mut begin, mut at) = (0, 0);
        while at < length {
            let rest = self.payload.get(at..).unwrap_or_default();
            let unknown = self.stages.is_empty() || self.unrecognised;
            if self.messages.len() >= MAX_MESSAGES || unknown && !self.begin_stage(rest) {
                return self.finish(begin..length, self.missing, false, true);
            }
            let Some(framing) = self.frame(at, rest) else {
                return;
            };
            let (taken, ends) = match framing {
                Framing::NeedMore => break,
                Framing::Partial(taken @ 1..) => (taken, false),
                Framing::Complete(taken @ 1..) => (taken, true),
                Framing::UntilEnd => {
                    self.take(at, rest);
                    return self.finish(begin..length, self.missing, true, self.ends);
                }
                _ if begin == at && self.is_another(rest) => continue,
                _ => return self.finish(begin..length, self.missing, false, true),
            };
            let end = taken.saturating_add(at as u64);
            let from = at;
            at = usize::try_from(end).unwrap_or(length).min(length);
            self.take(from, self.payload.get(from..at).unwrap_or_default());
            if ends && end <= reported {
                let missing = (end - at as u64) as usize;
                self.finish(begin..at, missing, true, true);
                begin = at;
            }
        }
        if begin < length {
            self.finish(begin..length, self.missing, true, false);
        }
    }

    /// Frames bytes, the first of which is at offset `at`, by the present protocol.
    fn frame(&mut self, at: usize, bytes: &[u8]) -> Option<Framing> {
        let stage = self.stages.last_mut()?;
        let session = &mut *stage.session;
        Some(self.secrets.frame(session, &self.place, at as u64, bytes))
    }

    /// Passes these bytes of a message to the present session.
    fn take(&mut self, at: usize, bytes: &[u8]) {
        if let Some(stage) = self.stages.last_mut() {
            let (session, side) = (&mut *stage.session, self.place.side);
            self.secrets.take(session, side, at as u64, bytes);
        }
    }

    /// Returns whether another protocol was found for bytes that should begin a message but are not of the present one.
    fn is_another(&mut self, bytes: &[u8]) -> bool {
        match self.stages.as_slice() {
            // A guess that is not confirmed yet may have been wrong.
            [Stage { count: 0, .. }] if self.forced.is_none() => {
                self.stages.clear();
                self.recognise([0, 0], bytes)
            }
            // As in the conversation, which may return to the previous protocol.
            [.., before, _] => {
                let dissector = before.dissector;
                dissector.looks_like(bytes, self.place.side) == Confidence::Certain
                    && self.push_stage(dissector)
            }
            _ => false,
        }
    }

    fn begin_stage(&mut self, bytes: &[u8]) -> bool {
        let ports = [self.ports.from, self.ports.to];
        match self.forced {
            Some(forced) => self.push_stage(forced),
            None => self.recognise(ports, bytes),
        }
    }

    fn recognise(&mut self, ports: [u16; 2], bytes: &[u8]) -> bool {
        self.tries += 1;
        self.tries <= MAX_TRIES
            && recognise(self.ports.selector, ports, self.place.side, bytes)
                .is_some_and(|found| self.push_stage(found))
    }

    fn push_stage(&mut self, dissector: &'static Dissector) -> bool {
        if self.stages.len() >= MAX_STAGES {
            return false;
        }
        self.unrecognised = false;
        self.stages.push(Stage {
            dissector,
            session: dissector.begin(&self.setting),
            count: 0,
        });
        true
    }

    /// Ends a message, or what there is of it.
    fn finish(&mut self, bytes: Range<usize>, missing: usize, mine: bool, complete: bool) {
        if !mine {
            let unknown = self.payload.get(bytes.clone()).unwrap_or_default();
            let at = bytes.start as u64;
            self.secrets
                .search(&mut HeaderSecrets::other(), at, unknown);
        }
        let Place {
            side,
            packet,
            time_ns,
            ..
        } = self.place;
        let stage = self.stages.len().wrapping_sub(1);
        let (begin, end) = (bytes.start, bytes.end);
        let mut cut = Cut {
            dissector: DATA,
            side,
            bytes,
            missing,
            complete,
            place: None,
        };
        let mut events = Vec::new();
        if let Some(Stage {
            dissector,
            session,
            count,
        }) = self.stages.last_mut()
            && mine
        {
            cut.dissector = dissector;
            cut.place = Some((stage, *count));
            session.on_message(
                &MessageInfo {
                    number: *count,
                    side,
                    first_packet: packet,
                    first_ns: time_ns,
                    packet,
                    time_ns,
                    length: cut.bytes.len() as u64,
                    missing: missing as u64,
                    complete,
                },
                &mut events,
            );
            *count += 1;
        }
        self.messages.push(cut);
        for event in events {
            match event {
                Event::HandOver(dissector) => {
                    self.push_stage(dissector);
                }
                Event::Recognise => {
                    self.unrecognised = true;
                    self.tries = 0;
                }
                Event::Append {
                    source, from, to, ..
                } => {
                    let within = |at: u64| {
                        usize::try_from(at).map_or(end, |at| end.min(begin.saturating_add(at)))
                    };
                    self.made.push((stage, source, within(from)..within(to)));
                }
                _ => {}
            }
        }
    }
}
