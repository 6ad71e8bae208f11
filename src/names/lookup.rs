//! Queries the system's resolver for names of addresses, if the user enabled it: others may see the queries.

use parking_lot::Mutex;
use std::{
    collections::HashMap,
    io,
    net::IpAddr,
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

/// The number of simultaneous queries: one for an address without an answer takes many seconds.
const AT_ONCE: usize = 4;

/// The maximum number of addresses that wait for a query: some screens full. Beyond it an address is queried when it is
/// shown again.
const MAX_WAITING: usize = 256;

/// The maximum number of addresses that are remembered, including those without a name. More are not queried.
const MAX_KNOWN: usize = 1 << 16;

type Answers = Mutex<HashMap<IpAddr, Option<Arc<str>>>>;

/// Addresses that were queried, and the results.
#[derive(Clone)]
pub struct Lookups {
    questions: SyncSender<IpAddr>,
    answers: Arc<Answers>,
}

impl Lookups {
    /// Creates lookups by the system's resolver, which reads its files and queries the network.
    ///
    /// # Errors
    ///
    /// Fails if the system has no threads left.
    pub fn of_system() -> io::Result<Self> {
        Self::of(|address| dns_lookup::lookup_addr(&address).ok())
    }

    /// Creates lookups by this function.
    fn of(ask: impl Fn(IpAddr) -> Option<String> + Clone + Send + 'static) -> io::Result<Self> {
        let (questions, waiting) = sync_channel(MAX_WAITING);
        let waiting = Arc::new(Mutex::new(waiting));
        let answers = Arc::new(Answers::default());
        for _ in 0..AT_ONCE {
            let (waiting, answers, ask) = (waiting.clone(), answers.clone(), ask.clone());
            thread::Builder::new()
                .name("lookup".to_owned())
                .spawn(move || work(&waiting, &answers, ask))?;
        }
        Ok(Lookups { questions, answers })
    }

    /// Returns the name of an address, if it is known by now; else it is queried.
    pub fn name(&self, address: IpAddr) -> Option<Arc<str>> {
        if !is_somebody(address) {
            return None;
        }
        let mut answers = self.answers.lock();
        if let Some(known) = answers.get(&address) {
            return known.clone();
        }
        if answers.len() < MAX_KNOWN && self.questions.try_send(address).is_ok() {
            answers.insert(address, None);
        }
        None
    }
}

/// Queries addresses until there are none left.
fn work(
    waiting: &Mutex<Receiver<IpAddr>>,
    answers: &Answers,
    ask: impl Fn(IpAddr) -> Option<String>,
) {
    loop {
        let next = waiting.lock().recv();
        let Ok(address) = next else { return };
        if let Some(name) = ask(address) {
            answers.lock().insert(address, Some(name.into()));
        }
    }
}

/// Whether a single machine may have this address.
fn is_somebody(address: IpAddr) -> bool {
    let everybody = address == IpAddr::V4(std::net::Ipv4Addr::BROADCAST);
    !(everybody || address.is_multicast() || address.is_unspecified())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        sync::atomic::{AtomicUsize, Ordering},
        time::{Duration, Instant},
    };

    fn address(last: u32) -> IpAddr {
        IpAddr::V4((0x0a00_0000 + last).into())
    }

    /// Waits for threads that do not block.
    fn soon(mut done: impl FnMut() -> bool) {
        let until = Instant::now() + Duration::from_secs(20);
        while !done() {
            assert!(Instant::now() < until);
            thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn each_address_is_asked_for_once() {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let lookups = Lookups::of(move |address| {
            count.fetch_add(1, Ordering::Relaxed);
            (address != self::address(2)).then(|| format!("host-{address}"))
        })
        .unwrap();
        soon(|| lookups.name(address(1)).as_deref() == Some("host-10.0.0.1"));
        for _ in 0..100 {
            assert_eq!(lookups.name(address(2)), None);
        }
        soon(|| asked.load(Ordering::Relaxed) == 2);
        for nobody in ["255.255.255.255", "224.0.0.251", "0.0.0.0", "ff02::1", "::"] {
            assert_eq!(lookups.name(nobody.parse().unwrap()), None);
        }
        assert_eq!(lookups.answers.lock().len(), 2);
    }

    /// A resolver that never answers blocks no caller, and its queue stays short.
    #[test]
    fn nobody_waits_for_the_resolver() {
        let (keep, gate) = sync_channel::<()>(0);
        let gate = Arc::new(Mutex::new(gate));
        let lookups = Lookups::of(move |_| {
            let _ = gate.lock().recv();
            None
        })
        .unwrap();
        for last in 0..10_000 {
            assert_eq!(lookups.name(address(last)), None);
        }
        assert!(lookups.answers.lock().len() <= MAX_WAITING + AT_ONCE);
        drop(keep);
    }
}
