//! The exchanges of a session that have not ended.

use crate::{
    Class, Event, Exchange, Exchanges, HeapSize, MessageInfo, PacketTime, PerSide, Place, Purpose,
    Setting, Side, Transmission,
};
use std::{collections::VecDeque, net::IpAddr};

/// The length to which the texts of requests and answers are cut, bytes.
const MAX_TEXT: usize = 512;

/// Open exchanges of one session, at most; beyond that the oldest ends without an answer. Sessions let fewer requests
/// than this wait.
const MAX_OPEN: usize = 1024;

/// The open exchanges of a session. The session gets a number for each and passes it with every part of the request and
/// of the answer.
///
/// With [`Exchanges::None`] only numbers are given out: texts are closures, so that no string is made. The session
/// keeps what a summary needs itself, made from the same codes and texts. Requests to a multicast address are answered in
/// other conversations, if at all, and are not kept either.
#[derive(Clone, Debug, Default)]
pub(crate) struct ExchangeLog {
    /// How many have begun.
    begun: u32,
    kept: Option<Box<Kept>>,
}

#[derive(Clone, Debug)]
struct Kept {
    /// All exchanges are wanted.
    all: bool,
    /// One has failed.
    failed: bool,
    protocol: &'static str,
    /// In the order of their numbers.
    open: VecDeque<Open>,
    /// Ended in the present message, and whether each may be reported. Exchanges are boxed: a session keeps the memory of
    /// its lists, and most have one exchange at a time.
    ended: Vec<(Box<Exchange>, bool)>,
    /// Which exchanges each side's present message is part of.
    present: PerSide<Option<Present>>,
}

/// An exchange that has not ended.
#[derive(Clone, Debug)]
struct Open {
    exchange: Box<Exchange>,
    /// More of its request is to come.
    asking: bool,
    /// All of its answer came.
    answered: bool,
}

/// A message that has not ended.
#[derive(Clone, Copy, Debug)]
struct Present {
    /// It is part of answers, not of requests.
    answers: bool,
    /// The number of the exchange that its first line belongs to.
    first: u32,
    /// The number of the exchange that its last line belongs to.
    last: u32,
}

impl ExchangeLog {
    pub fn new(setting: &Setting, protocol: &'static str) -> Self {
        let multicast = match setting.server.0 {
            IpAddr::V4(address) => address.is_multicast() || address.is_broadcast(),
            IpAddr::V6(address) => address.is_multicast(),
        };
        let wanted = setting.exchanges != Exchanges::None;
        let kept = (wanted && !multicast).then(|| {
            Box::new(Kept {
                all: setting.exchanges == Exchanges::All,
                failed: false,
                protocol,
                open: VecDeque::new(),
                ended: Vec::new(),
                present: PerSide::default(),
            })
        });
        ExchangeLog { begun: 0, kept }
    }

    /// Returns whether no exchange has begun.
    pub fn is_new(&self) -> bool {
        self.begun == 0
    }

    /// Begins an exchange and returns its number.
    pub fn begin(&mut self, purpose: Purpose, request: impl FnOnce() -> String) -> u32 {
        let number = self.begun;
        self.begun = self.begun.saturating_add(1);
        if let Some(kept) = &mut self.kept {
            if kept.open.len() >= MAX_OPEN {
                let oldest = kept.open.pop_front();
                kept.ended.extend(oldest.map(|open| (open.exchange, true)));
            }
            let exchange = Box::new(Exchange {
                number,
                purpose,
                request: bounded(request()),
                ..Exchange::new(kept.protocol)
            });
            kept.open.push_back(Open {
                exchange,
                asking: false,
                answered: false,
            });
        }
        number
    }

    /// Begins an exchange with a whole request.
    pub fn ask(
        &mut self,
        place: &Place,
        bytes: usize,
        purpose: Purpose,
        request: impl FnOnce() -> String,
    ) -> u32 {
        let number = self.begin(purpose, request);
        self.request(number, place, bytes, true);
        number
    }

    /// Adds bytes of the request, which may end after them.
    pub fn request(&mut self, number: u32, place: &Place, bytes: usize, ends: bool) {
        if let Some(open) = self.part(number, place.side, false) {
            Transmission::extend(&mut open.exchange.asked, place, bytes, ends);
            open.asking = !ends;
        }
    }

    /// Adds bytes of the answer.
    pub fn response(&mut self, number: u32, place: &Place, bytes: usize) {
        if let Some(open) = self.part(number, place.side, true) {
            Transmission::extend(&mut open.exchange.answered, place, bytes, false);
        }
    }

    /// Notes a reply that is not the answer yet.
    pub fn preliminary(&mut self, number: u32, now: PacketTime) {
        if let Some(Open { exchange, .. }) = self.open(number) {
            let asked = exchange.asked.map_or(0, |asked| asked.last.packet);
            if exchange
                .preliminary
                .is_none_or(|known| known.packet <= asked)
            {
                exchange.preliminary = Some(now);
            }
        }
    }

    /// Sets the answer.
    pub fn answer(
        &mut self,
        number: u32,
        class: Class,
        code: Option<u32>,
        text: impl FnOnce() -> String,
    ) {
        let all = self.kept.as_ref().is_some_and(|kept| kept.all);
        if let Some(Open { exchange, .. }) = self.open(number) {
            exchange.class = class;
            exchange.code = code;
            if all || class != Class::Ok {
                exchange.answer = Some(bounded(text()));
            }
        }
    }

    /// Sets how the whole request was sent.
    pub fn asked(&mut self, number: u32, transmission: Transmission) {
        if let Some(open) = self.open(number) {
            open.exchange.asked = Some(transmission);
            open.asking = false;
            if open.answered {
                self.move_to_ended(number);
            }
        }
    }

    /// Sets how the whole answer was sent. The exchange ends with it, or with its request where that continues.
    pub fn answered(&mut self, number: u32, transmission: Transmission) {
        if let Some(open) = self.open(number) {
            open.exchange.answered = Some(transmission);
            open.answered = true;
            if !open.asking {
                self.move_to_ended(number);
            }
        }
    }

    /// Ends an exchange whose answer is complete.
    pub fn ended(&mut self, number: u32) {
        if let Some(Open { exchange, .. }) = self.open(number) {
            if let Some(answered) = &mut exchange.answered {
                answered.complete = true;
            }
            self.move_to_ended(number);
        }
    }

    /// Notes that the answer ended before the length that it announced.
    pub fn falls_short(&mut self, number: u32) {
        if let Some(Open { exchange, .. }) = self.open(number) {
            exchange.falls_short = true;
        }
    }

    /// Notes that the request was repeated.
    pub fn repeated(&mut self, number: u32) {
        if let Some(Open { exchange, .. }) = self.open(number) {
            exchange.repeats = exchange.repeats.saturating_add(1);
        }
    }

    /// Returns whether this is the request of an exchange, as far as that is known. Letters of either case are the same.
    pub fn is_request(&mut self, number: u32, text: &str) -> bool {
        let text = text.get(..text.floor_char_boundary(MAX_TEXT));
        self.open(number).is_none_or(|open| {
            let request = &open.exchange.request;
            text.is_some_and(|text| request.eq_ignore_ascii_case(text))
        })
    }

    /// Ends an exchange whose answer is not expected any more.
    pub fn give_up(&mut self, number: u32) {
        self.move_to_ended(number);
    }

    /// Notes that bytes of the conversation are missing.
    pub fn lost(&mut self) {
        for open in self.kept.iter_mut().flat_map(|kept| &mut kept.open) {
            open.exchange.lost = true;
        }
    }

    /// Adds to `events` the exchanges that ended in a message that has ended.
    #[inline]
    pub fn deliver(&mut self, ended: &MessageInfo, events: &mut Vec<Event>) {
        if let Some(kept) = &mut self.kept {
            kept.deliver(ended, events);
        }
    }

    /// Adds all exchanges to `events` at the end of the conversation, open ones as they are.
    pub fn end(&mut self, events: &mut Vec<Event>) {
        if let Some(kept) = &mut self.kept {
            let open = kept.open.drain(..).map(|open| (open.exchange, true));
            kept.ended.extend(open);
            kept.report(events);
        }
    }

    fn open(&mut self, number: u32) -> Option<&mut Open> {
        let kept = self.kept.as_mut()?;
        let place = kept.place(number)?;
        kept.open.get_mut(place)
    }

    /// As `open`, and notes that a side's present message is part of the exchange.
    fn part(&mut self, number: u32, side: Side, answers: bool) -> Option<&mut Open> {
        let present = &mut self.kept.as_mut()?.present[side];
        let present = present.get_or_insert(Present {
            answers,
            first: number,
            last: number,
        });
        present.last = number;
        self.open(number)
    }

    fn move_to_ended(&mut self, number: u32) {
        if let Some(kept) = &mut self.kept
            && let Some(place) = kept.place(number)
        {
            let Some(Open { exchange, .. }) = kept.open.remove(place) else {
                return;
            };
            kept.failed |= exchange.class.is_failure();
            // Nothing that comes with the rest of the message makes it conspicuous.
            let wanted = kept.wants(&exchange);
            kept.ended.push((exchange, wanted));
        }
    }
}

impl HeapSize for ExchangeLog {
    fn heap_size(&self) -> usize {
        self.kept.as_ref().map_or(0, |kept| {
            let open = kept.open.iter().map(|open| &open.exchange);
            let exchanges = open.chain(kept.ended.iter().map(|(exchange, _)| exchange));
            let exchanges = exchanges.map(|exchange| {
                size_of::<Exchange>() + exchange.request.heap_size() + exchange.answer.heap_size()
            });
            size_of::<Kept>()
                + kept.open.heap_size()
                + kept.ended.heap_size()
                + exchanges.sum::<usize>()
        })
    }
}

impl Kept {
    fn deliver(&mut self, ended: &MessageInfo, events: &mut Vec<Event>) {
        if let Some(present) = self.present[ended.side].take() {
            // A message may come in several packets; what follows its first line came in the last one.
            let whole = Transmission::from(ended);
            if let Some(part) = self.part(present.first, present.answers)
                && whole.first.packet < part.first.packet
            {
                part.first = whole.first;
            }
            if let Some(part) = self.part(present.last, present.answers)
                && whole.last.packet > part.last.packet
            {
                part.last = whole.last;
            }
        }
        self.report(events);
    }

    /// Whether an exchange that has ended is reported.
    fn wants(&self, exchange: &Exchange) -> bool {
        self.all || self.failed || exchange.purpose == Purpose::Login || exchange.is_conspicuous()
    }

    /// Adds the wanted ones of those that have ended to `events`.
    fn report(&mut self, events: &mut Vec<Event>) {
        if self.ended.is_empty() {
            return;
        }
        self.failed |= self.ended.iter().any(|(it, _)| it.class.is_failure());
        let mut ended = std::mem::take(&mut self.ended);
        for (exchange, wanted) in ended.drain(..) {
            if !self.all
                && !exchange.lost
                && let Some(ns) = exchange.first_byte_ns()
            {
                let protocol = self.protocol;
                events.push(Event::Answered { protocol, ns });
            }
            if wanted && self.wants(&exchange) {
                events.push(Event::Exchange(exchange));
            }
        }
        self.ended = ended;
    }

    fn place(&self, number: u32) -> Option<usize> {
        let known = |open: &Open| open.exchange.number;
        // Most have one that is open.
        match self.open.front() {
            Some(first) if known(first) == number => Some(0),
            _ => self.open.binary_search_by_key(&number, known).ok(),
        }
    }

    /// Returns the request or the answer of an exchange that is open or ended in the present message.
    fn part(&mut self, number: u32, answer: bool) -> Option<&mut Transmission> {
        let exchange = match self.place(number) {
            Some(place) => self.open.get_mut(place).map(|open| &mut *open.exchange),
            None => {
                let ended = self.ended.iter_mut().map(|(exchange, _)| &mut **exchange);
                ended.into_iter().find(|known| known.number == number)
            }
        }?;
        match answer {
            true => exchange.answered.as_mut(),
            false => exchange.asked.as_mut(),
        }
    }
}

fn bounded(mut text: String) -> Box<str> {
    text.truncate(text.floor_char_boundary(MAX_TEXT));
    text.into_boxed_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(server: [u8; 4], exchanges: bool) -> ExchangeLog {
        let setting = Setting {
            client: ([10, 0, 0, 1].into(), 50000),
            server: (server.into(), 80),
            keeps: exchanges,
            exchanges: match exchanges {
                true => Exchanges::All,
                false => Exchanges::None,
            },
            undeclared: crate::Undeclared::default(),
        };
        ExchangeLog::new(&setting, "data")
    }

    const PLACE: Place = Place {
        side: Side::Client,
        packet: 1,
        time_ns: 1,
        seen: 0,
    };

    fn requests(log: &mut ExchangeLog, count: usize) -> Vec<Exchange> {
        for _ in 0..count {
            log.ask(&PLACE, 1, Purpose::Other, || "한".repeat(MAX_TEXT));
        }
        let mut events = Vec::new();
        log.end(&mut events);
        let exchanges = events.into_iter().map(|event| match event {
            Event::Exchange(exchange) => *exchange,
            other => unreachable!("{other:?}"),
        });
        exchanges.collect()
    }

    /// Exchanges are kept neither by the index nor for a multicast address.
    #[test]
    fn what_is_kept_is_bounded() {
        let mut kept = log([10, 0, 0, 2], true);
        let all = requests(&mut kept, 2 * MAX_OPEN);
        let numbers: Vec<_> = all.iter().map(|exchange| exchange.number).collect();
        assert_eq!(numbers, (0..2 * MAX_OPEN as u32).collect::<Vec<_>>());
        let bound = |exchange: &Exchange| exchange.request.len() <= MAX_TEXT;
        assert!(all.iter().all(bound));
        for (server, keeps) in [
            ([10, 0, 0, 2], false),
            ([224, 0, 0, 251], true),
            ([255; 4], true),
        ] {
            let mut log = log(server, keeps);
            assert_eq!(requests(&mut log, 3).len(), 0);
            assert!(!log.is_new());
        }
    }

    /// Numbers of exchanges that are not open do no harm.
    #[test]
    fn exchanges_that_are_not_open() {
        let mut log = log([10, 0, 0, 2], true);
        log.request(7, &PLACE, 1, true);
        log.response(7, &PLACE, 1);
        log.answer(u32::MAX, Class::Ok, None, String::new);
        log.preliminary(7, PacketTime::default());
        log.answered(7, Transmission::default());
        log.ended(7);
        assert_eq!(requests(&mut log, 0).len(), 0);
    }
}
