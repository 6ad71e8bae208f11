//! Queries the system's resolver for names of addresses, if the user enabled it: others may see the queries.
//!
//! A process of its own does it, since the resolver needs the network: it reads addresses, one on each line, and writes
//! each of them with its name, or alone if it has none.

use crate::confine::{Rights, Role, Wanted, confine, set_process_name};
use parking_lot::Mutex;
use std::{
    collections::HashMap,
    io::{self, BufRead, BufReader, Read, Write},
    net::IpAddr,
    os::unix::process::CommandExt,
    process::{Child, Command, ExitCode, Stdio},
    sync::{
        Arc,
        mpsc::{Receiver, Sender, SyncSender, channel, sync_channel},
    },
    thread,
};

/// The name of the process that queries the resolver: its first argument.
pub const PROCESS: &str = "wiretalk-names";

/// The number of simultaneous queries: one for an address without an answer takes many seconds.
const AT_ONCE: usize = 4;

/// The maximum number of addresses that wait for a query: some screens full. Beyond it an address is queried when it is
/// shown again.
const MAX_WAITING: usize = 256;

/// The maximum number of addresses that are remembered, including those without a name. More are not queried.
const MAX_KNOWN: usize = 1 << 16;

/// The maximum length of a line: a name has at most 255 bytes (RFC 1035 section 2.3.4), an address 45.
const MAX_LINE: u64 = 1024;

type Answers = Mutex<HashMap<IpAddr, Option<Arc<str>>>>;

/// A started process that queries the resolver. It ends when this is dropped.
pub struct Resolver {
    process: Child,
}

impl Resolver {
    /// Starts the process.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn start(rights: &Rights) -> io::Result<Self> {
        let mut process = Command::new("/proc/self/exe")
            .arg0(PROCESS)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        if let Some(pipe) = &mut process.stdin {
            let mut line = serde_json::to_vec(rights)?;
            line.push(b'\n');
            pipe.write_all(&line)?;
        }
        Ok(Resolver { process })
    }
}

/// Queries the resolver for another process, until standard input ends.
pub fn serve() -> ExitCode {
    set_process_name(PROCESS);
    let mut questions = BufReader::new(io::stdin());
    let Ok(Some(rights)) = read_line(&mut questions) else {
        return ExitCode::FAILURE;
    };
    let Ok(rights) = serde_json::from_str(&rights) else {
        return ExitCode::FAILURE;
    };
    let wanted = Wanted {
        role: Role::Resolve,
        rights,
        ..Wanted::default()
    };
    if confine(&wanted).is_err() {
        return ExitCode::FAILURE;
    }
    let ask = |address| dns_lookup::lookup_addr(&address).ok();
    match answer(questions, io::stdout(), ask) {
        // Queries that go on end with the process.
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Reads a line without its end; None at the end.
fn read_line(from: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = String::new();
    from.take(MAX_LINE).read_line(&mut line)?;
    Ok((!line.is_empty()).then(|| line.trim_end().to_owned()))
}

/// Asks for the name of each address, several at once, and writes the answers as they come.
fn answer(
    mut questions: impl BufRead,
    answers: impl Write + Send + 'static,
    ask: impl Fn(IpAddr) -> Option<String> + Clone + Send + 'static,
) -> io::Result<()> {
    let (sender, waiting) = sync_channel::<IpAddr>(AT_ONCE);
    let waiting = Arc::new(Mutex::new(waiting));
    let answers = Arc::new(Mutex::new(answers));
    for _ in 0..AT_ONCE {
        let (waiting, answers, ask) = (waiting.clone(), answers.clone(), ask.clone());
        thread::Builder::new()
            .name("lookup".to_owned())
            .spawn(move || {
                loop {
                    let next = waiting.lock().recv();
                    let Ok(address) = next else { return };
                    let name = ask(address).unwrap_or_default();
                    let line = format!("{address} {}\n", name.replace(char::is_whitespace, ""));
                    let mut answers = answers.lock();
                    if answers.write_all(line.as_bytes()).is_err() || answers.flush().is_err() {
                        return;
                    }
                }
            })?;
    }
    while let Some(line) = read_line(&mut questions)? {
        let address = line.parse().map_err(io::Error::other)?;
        sender.send(address).map_err(io::Error::other)?;
    }
    Ok(())
}

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
    /// Fails if the system has no threads left, or the process has no pipes.
    pub fn by(mut resolver: Resolver) -> io::Result<Self> {
        let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
        let to = resolver.process.stdin.take().ok_or_else(gone)?;
        let from = resolver.process.stdout.take().ok_or_else(gone)?;
        Self::through(to, from)
    }

    /// Creates lookups through the pipes of a process.
    fn through(
        to: impl Write + Send + 'static,
        from: impl Read + Send + 'static,
    ) -> io::Result<Self> {
        let (questions, waiting) = sync_channel(MAX_WAITING);
        let answers = Arc::new(Answers::default());
        let (answered, done) = channel();
        let known = Arc::clone(&answers);
        thread::Builder::new()
            .name("lookup".to_owned())
            .spawn(move || pass_on(&waiting, to, &done))?;
        thread::Builder::new()
            .name("names".to_owned())
            .spawn(move || collect(BufReader::new(from), &known, &answered))?;
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

/// Writes addresses to the process, no more than it asks for at once: what is shown now should not wait behind what was
/// shown before.
fn pass_on(waiting: &Receiver<IpAddr>, mut to: impl Write, done: &Receiver<()>) {
    let mut asked = 0;
    for address in waiting {
        if asked == AT_ONCE {
            if done.recv().is_err() {
                return;
            }
            asked -= 1;
        }
        asked += 1;
        if writeln!(to, "{address}").and_then(|()| to.flush()).is_err() {
            return;
        }
    }
}

/// Reads the answers of the process.
fn collect(mut from: impl BufRead, answers: &Answers, answered: &Sender<()>) {
    while let Ok(Some(line)) = read_line(&mut from) {
        let (address, name) = line.split_once(' ').unwrap_or((&line, ""));
        let Ok(address) = address.parse() else { return };
        if !name.is_empty()
            && let Some(answer) = answers.lock().get_mut(&address)
        {
            *answer = Some(name.into());
        }
        if answered.send(()).is_err() {
            return;
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

    /// Creates lookups by a thread in place of the process.
    fn by(ask: impl Fn(IpAddr) -> Option<String> + Clone + Send + 'static) -> Lookups {
        let (questions, to) = io::pipe().unwrap();
        let (from, answers) = io::pipe().unwrap();
        thread::spawn(move || answer(BufReader::new(questions), answers, ask));
        Lookups::through(to, from).unwrap()
    }

    #[test]
    fn each_address_is_asked_for_once() {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let lookups = by(move |address| {
            count.fetch_add(1, Ordering::Relaxed);
            (address != self::address(2)).then(|| format!("host-{address}"))
        });
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
        let lookups = by(move |_| {
            let _ = gate.lock().recv();
            None
        });
        for last in 0..10_000 {
            assert_eq!(lookups.name(address(last)), None);
        }
        assert!(lookups.answers.lock().len() <= MAX_WAITING + 2 * AT_ONCE);
        drop(keep);
    }

    #[test]
    fn nonsense_from_the_process_is_no_name() {
        let (_questions, to) = io::pipe().unwrap();
        let (from, mut answers) = io::pipe().unwrap();
        let lookups = Lookups::through(to, from).unwrap();
        assert_eq!(lookups.name(address(1)), None);
        // The second address was not queried.
        answers
            .write_all(b"10.0.0.2 other\n10.0.0.1 one\nx\n10.0.0.1 late\n")
            .unwrap();
        soon(|| lookups.name(address(1)).is_some());
        drop(answers);
        assert_eq!(lookups.name(address(1)).as_deref(), Some("one"));
        assert!(!lookups.answers.lock().contains_key(&address(2)));
    }
}
