//! The program in a terminal: the content of the screen, and the state in which the terminal is left.

use ptyprocess::{PtyProcess, Signal, WaitStatus};
use std::{
    fs::{self, File},
    io::{Read, Write},
    net::UdpSocket,
    num::NonZero,
    path::{Path, PathBuf},
    process::Command,
    sync::mpsc::{Receiver, channel},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};
use tempfile::TempDir;
use wiretalk::{capture::Reader, glyphs::GlyphSet};

/// The maximum time of a step, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

fn size(cells: u16) -> NonZero<u16> {
    NonZero::new(cells).unwrap()
}

/// The program and the terminal that it runs in.
struct Terminal {
    process: PtyProcess,
    keys: File,
    written: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    /// What the program keeps from run to run, unless the test keeps it elsewhere.
    _state: TempDir,
}

impl Terminal {
    fn open(rows: u16, columns: u16, words: &[&str]) -> Self {
        Self::open_in(Path::new("."), rows, columns, words)
    }

    /// Runs the program in a directory, where it can also save.
    fn open_in(folder: &Path, rows: u16, columns: u16, words: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wiretalk"));
        command
            .args(["--theme", "dark"])
            .args(words)
            .env_remove("NO_COLOR")
            .current_dir(folder);
        Self::run(rows, columns, command)
    }

    fn run(rows: u16, columns: u16, command: Command) -> Self {
        let state = TempDir::new().unwrap();
        // The terminal echoes keys before the program begins, as in a shell.
        let mut shell = Command::new("sh");
        shell
            .args(["-c", "stty echo; exec \"$0\" \"$@\""])
            .arg(command.get_program());
        shell
            .args(command.get_args())
            .env_remove("LC_CTYPE")
            .env("TERM", "xterm-256color")
            .env("LC_ALL", "C.UTF-8")
            .env("XDG_CONFIG_HOME", env!("CARGO_TARGET_TMPDIR"))
            .env("XDG_STATE_HOME", state.path());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        if let Some(folder) = command.get_current_dir() {
            shell.current_dir(folder);
        }
        let mut process = PtyProcess::spawn(shell).unwrap();
        process.set_window_size(columns, rows).unwrap();
        let keys = process.get_raw_handle().unwrap();
        let mut output = process.get_raw_handle().unwrap();
        let (sender, written) = channel();
        thread::spawn(move || {
            let mut bytes = [0; 1 << 16];
            // The read fails once the other side of the terminal is closed.
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                if sender.send(bytes[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Terminal {
            process,
            keys,
            written,
            screen: vt100::Parser::new(size(rows), size(columns), 0),
            _state: state,
        }
    }

    fn look(&mut self) -> String {
        while let Ok(bytes) = self.written.recv_timeout(Duration::from_millis(20)) {
            self.screen.process(&bytes);
        }
        self.screen.screen().contents()
    }

    #[track_caller]
    fn wait_for(&mut self, words: &str) {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if self.look().contains(words) {
                return;
            }
        }
        panic!(
            "'{words}' never came; this is what stands there:\n{}",
            self.look()
        );
    }

    #[track_caller]
    fn wait_until_gone(&mut self, words: &str) {
        let begun = Instant::now();
        while self.look().contains(words) {
            assert!(begun.elapsed() < PATIENCE, "'{words}' does not go away");
        }
    }

    /// Presses keys, and waits until the screen has changed, as it does unless the keys do nothing.
    fn press_and_see(&mut self, keys: &str) {
        let before = self.look();
        self.press(keys);
        let begun = Instant::now();
        while self.look() == before && begun.elapsed() < Duration::from_secs(1) {}
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    #[track_caller]
    fn wait_for_end(&mut self) -> WaitStatus {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            self.look();
            match self.process.status() {
                Ok(WaitStatus::StillAlive) => {}
                Ok(status) => {
                    // Its last output may still be on its way: it is complete once no process can write any more.
                    while let Ok(bytes) = self.written.recv_timeout(PATIENCE) {
                        self.screen.process(&bytes);
                    }
                    return status;
                }
                Err(error) => panic!("{error}"),
            }
        }
        panic!(
            "it did not end; this is what stands there:\n{}",
            self.look()
        );
    }

    /// The alternate screen was left, the cursor is visible, the mouse is released, keys are echoed.
    #[track_caller]
    fn assert_sane(&self) {
        let screen = self.screen.screen();
        assert!(
            !screen.alternate_screen(),
            "the alternate screen was not left"
        );
        assert!(!screen.hide_cursor(), "the cursor is hidden");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        if let Ok(echo) = self.process.get_echo() {
            assert!(echo, "keys are not echoed");
        }
    }
}

#[test]
fn conversations_then_a_ladder_then_out() {
    let mut terminal = Terminal::open(30, 120, &["samples/web-keepalive.pcap"]);
    terminal.wait_for("closed by server");
    terminal.press("\r");
    terminal.wait_for("client ISN");
    terminal.wait_for("✓");
    terminal.press("\x1b");
    terminal.wait_for("1 Conversations");
    terminal.press("p22\r");
    terminal.wait_for("None of the 4 conversations");
    terminal.press("\x1b");
    terminal.wait_for("closed by server");
    terminal.press("?");
    terminal.wait_for("Keys");
    terminal.press("qq");
    assert!(matches!(terminal.wait_for_end(), WaitStatus::Exited(_, 0)));
    terminal.assert_sane();
}

/// The tab says how much went wrong; a finding leads to its evidence.
#[test]
fn what_went_wrong_is_listed_with_its_evidence() {
    let mut terminal = Terminal::open(30, 120, &["samples/zero-window.pcap"]);
    terminal.wait_for("3 Findings 1");
    terminal.press("3");
    terminal.wait_for("did not read for");
    terminal.press("\r");
    terminal.wait_for("captured near the client");
    terminal.wait_for("!╞═ zero window");
    terminal.wait_for("window █");
    terminal.press("\x1b");
    terminal.wait_for("What happened");
    terminal.press("1F");
    terminal.wait_for("with findings  1 of 1 shown");
    terminal.press("\x03");
    assert!(matches!(terminal.wait_for_end(), WaitStatus::Exited(_, 0)));
    terminal.assert_sane();
}

#[test]
fn what_was_said_is_followed_found_and_saved() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("said.txt");
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/web-korean.pcap");
    let mut terminal = Terminal::open_in(folder.path(), 30, 120, &[sample]);
    terminal.wait_for("✓ closed");
    terminal.press("jf");
    terminal.wait_for("GET /korean-euckr.html");
    terminal.wait_for("안녕하세요");
    terminal.press("/페이지\r");
    terminal.wait_for("/페이지: 1 of 1");
    terminal.press("\r");
    terminal.wait_for("Hypertext Transfer Protocol");
    terminal.press("\x1b");
    terminal.wait_for("m mode");
    terminal.press("s\x15");
    terminal.press(&format!("{}\r", path.display()));
    terminal.wait_for("Saved");
    assert!(fs::read_to_string(&path).unwrap().contains("안녕하세요"));
    terminal.press("s\x15");
    terminal.press(&format!("{}\r", path.display()));
    terminal.wait_for("that file exists");
    terminal.press("\x1b");
    terminal.wait_for("m mode");
    terminal.press("h");
    terminal.wait_for("1 Conversations");
    terminal.press("q");
    assert!(matches!(terminal.wait_for_end(), WaitStatus::Exited(_, 0)));
    terminal.assert_sane();
}

#[test]
fn without_a_capture_the_samples_are_offered() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_wiretalk"));
    command.args(["--theme", "dark"]).current_dir(folder.path());
    let mut terminal = Terminal::run(24, 80, command);
    // A variable number of interfaces comes before them.
    for _ in 0..50 {
        if terminal.look().contains("▌  everyday.pcapng") {
            break;
        }
        terminal.press_and_see("j");
    }
    terminal.press("\r");
    terminal.wait_for("71 conversations");
    terminal.press("q");
    assert!(matches!(terminal.wait_for_end(), WaitStatus::Exited(_, 0)));
}

#[test]
fn korean_text_stands_in_its_columns() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("회의록.pcap");
    fs::copy("samples/refused.pcap", &path).unwrap();
    let mut terminal = Terminal::open(24, 80, &[path.to_str().unwrap()]);
    terminal.wait_for("회의록.pcap");
    terminal.wait_for("refused");
    terminal.press("q");
    terminal.wait_for_end();
}

/// Whatever the language, nothing is wider than the terminal.
#[test]
fn the_screen_is_korean_in_a_korean_locale() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wiretalk"));
    command
        .args(["--theme", "dark", "samples/everyday.pcapng"])
        .env("LC_ALL", "ko_KR.UTF-8");
    let mut terminal = Terminal::run(24, 80, command);
    terminal.wait_for("1 대화 목록");
    terminal.wait_for("? 도움말");
    terminal.press("j\r");
    terminal.wait_for("클라이언트 ISN");
    terminal.wait_for("포트 80으로 연결 수립을 요청합니다");
    terminal.press("?");
    terminal.wait_for("esc 닫기");
    terminal.press("\x1b");
    terminal.wait_for("▸ 71 B");
    terminal.press("3");
    terminal.wait_for("✗     1  연결 거부");
    terminal.press("\x03");
    assert!(matches!(terminal.wait_for_end(), WaitStatus::Exited(_, 0)));
    terminal.assert_sane();
}

impl Terminal {
    /// Answers requests for the position of the cursor, as a terminal does.
    #[track_caller]
    fn answer(&mut self, answers: &[&str]) {
        const REQUEST: &[u8] = b"\x1b[6n";
        let mut answers = answers.iter();
        while !answers.as_slice().is_empty() {
            let bytes = self.written.recv_timeout(PATIENCE).expect("a request");
            let found = bytes.windows(REQUEST.len()).filter(|part| *part == REQUEST);
            for answer in answers.by_ref().take(found.count()) {
                self.press(answer);
            }
            self.screen.process(&bytes);
        }
    }
}

#[test]
fn commands_are_typed() {
    let mut terminal = Terminal::open(30, 100, &["samples/everyday.pcapng"]);
    terminal.wait_for("Conversations");
    terminal.press(":lang ko\r");
    terminal.wait_for("대화");
    terminal.press(":lang en\r");
    terminal.wait_for("Conversations");
    // Another capture of the same directory, also with the privileges that are left.
    terminal.press(":open samples/dns.pcap\r");
    terminal.wait_for("dns.pcap");
    terminal.press(":theme light\r");
    terminal.press(":42\r");
    terminal.wait_for("Length");
    terminal.press(":frobnicate\r");
    terminal.wait_for("there is no command frobnicate");
    // The line is left, and another one begun.
    terminal.press("\x03:q\r");
    terminal.wait_for_end();
}

#[test]
fn captures_are_open_in_tabs() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut terminal = Terminal::open_in(&samples, 24, 80, &["dns.pcap"]);
    terminal.wait_for("dns.pcap");
    terminal.press(":2\r:comment kept for later\r");
    terminal.wait_for("The comment is on packet 2");
    terminal.press(":tabnew everyday.pcapng\r");
    terminal.wait_for("1 dns.pcap   2 everyday.pcapng");
    terminal.wait_for("964 packets");
    terminal.press("/dns\r");
    terminal.wait_for("filter: dns");
    terminal.press("gt");
    terminal.wait_for("✎");
    terminal.wait_until_gone("filter: dns");
    terminal.press("gT");
    terminal.wait_for("filter: dns");
    // What is not saved is asked about where it is, one after another.
    terminal.press(":comment lost\r");
    terminal.wait_for("The comment is on");
    terminal.press(":qa\r");
    terminal.wait_for("Comments on 1 packet");
    terminal.wait_until_gone("filter: dns");
    terminal.press("d");
    terminal.wait_until_gone("1 dns.pcap");
    terminal.wait_for("filter: dns");
    terminal.wait_for("Comments on 1 packet");
    terminal.press("d");
    let ended = terminal.wait_for_end();
    assert!(matches!(ended, WaitStatus::Exited(_, 0)), "{ended:?}");
    terminal.assert_sane();
}

#[test]
fn a_terminal_that_draws_signs_two_columns_wide_gets_ascii() {
    // Three signs were drawn: the cursor is in the seventh column, or in the fourth.
    let mut wide = Terminal::open(24, 80, &["samples/refused.pcap"]);
    wide.answer(&["\x1b[1;7R", "\x1b[1;7R"]);
    wide.wait_for("x refused");
    assert!(wide.look().is_ascii(), "{}", wide.look());
    // No answer is taken for a key.
    assert!(wide.look().contains("enter open"), "{}", wide.look());
    assert_leaves_at_once(&mut wide);
    let mut narrow = Terminal::open(24, 80, &["samples/refused.pcap"]);
    narrow.answer(&["\x1b[1;4R", "\x1b[1;4R"]);
    narrow.wait_for("✗ refused");
    assert_leaves_at_once(&mut narrow);
    // An answer that comes with a key: it is requested once more, and the key is kept.
    let mut busy = Terminal::open(24, 80, &["samples/refused.pcap"]);
    busy.answer(&["2\x1b[1;7R", "\x1b[1;7R", "\x1b[1;7R"]);
    busy.wait_for("Destination");
    assert!(busy.look().is_ascii(), "{}", busy.look());
    busy.press("1");
    assert_leaves_at_once(&mut busy);
}

#[test]
fn a_terminal_that_does_not_answer_loses_no_key() {
    let mut terminal = Terminal::open(24, 80, &["samples/refused.pcap"]);
    let asked = Instant::now();
    terminal.answer(&["2"]);
    terminal.wait_for("Destination");
    assert!(asked.elapsed() < Duration::from_secs(2), "it waited");
    terminal.wait_for("─");
    terminal.press("1");
    assert_leaves_at_once(&mut terminal);
    let mut asked = Terminal::open(24, 80, &["--glyphs", "ascii", "samples/refused.pcap"]);
    asked.wait_for("x refused");
    assert!(asked.look().is_ascii(), "{}", asked.look());
    assert_leaves_at_once(&mut asked);
}

/// Returns a named pipe, and its folder.
fn pipe() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    let made = Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    (folder, path)
}

/// Begins to write a capture to a pipe as soon as it has a reader; the pipe stays open.
fn write_to(path: &Path, bytes: &[u8]) -> JoinHandle<File> {
    let (path, bytes) = (path.to_owned(), bytes.to_owned());
    thread::spawn(move || {
        let mut pipe = File::options().write(true).open(path).unwrap();
        pipe.write_all(&bytes).unwrap();
        pipe
    })
}

#[track_caller]
fn assert_leaves_at_once(terminal: &mut Terminal) {
    let asked = Instant::now();
    terminal.press("q");
    assert!(matches!(terminal.wait_for_end(), WaitStatus::Exited(..)));
    let took = asked.elapsed();
    assert!(took < Duration::from_secs(5), "{took:?}");
    terminal.assert_sane();
}

#[test]
fn quitting_does_not_wait_for_the_end_of_the_capture() {
    let (_folder, path) = pipe();
    // A capture that has begun and never ends.
    let bytes = fs::read("samples/refused.pcap").unwrap();
    let writer = write_to(&path, &bytes[..bytes.len() / 2]);
    let mut terminal = Terminal::open(24, 80, &[path.to_str().unwrap()]);
    let open = writer.join().unwrap();
    terminal.wait_for("live");
    terminal.wait_for("refused");
    assert_leaves_at_once(&mut terminal);
    drop(open);
}

#[test]
fn a_pipe_that_nobody_writes_to_is_waited_for_and_left_at_once() {
    let (_folder, path) = pipe();
    let mut terminal = Terminal::open(24, 80, &[path.to_str().unwrap()]);
    terminal.wait_for("Waiting for pipe");
    assert_leaves_at_once(&mut terminal);
}

#[test]
fn a_capture_on_standard_input_is_followed_to_its_end() {
    let (_folder, path) = pipe();
    let mut shell = Command::new("sh");
    let program = env!("CARGO_BIN_EXE_wiretalk");
    let line = format!("cat {} | {program} --theme dark -", path.display());
    shell.args(["-c", &line]);
    let mut terminal = Terminal::run(24, 100, shell);
    terminal.wait_for("Waiting for standard input");
    let bytes = fs::read("samples/ftp-passive.pcap").unwrap();
    let half = bytes.len() / 2;
    let mut open = write_to(&path, &bytes[..half]).join().unwrap();
    terminal.wait_for("live");
    terminal.wait_for("following");
    // Keys come from the terminal, not from standard input.
    terminal.press("P");
    terminal.wait_for("paused");
    open.write_all(&bytes[half..bytes.len() - 5]).unwrap();
    terminal.wait_for("packets since");
    terminal.press("P");
    terminal.wait_for("following");
    terminal.press("g");
    terminal.wait_for("G follows");
    // It ends within a packet.
    drop(open);
    terminal.wait_for("The capture has ended.");
    terminal.wait_for("! ");
    terminal.press("q");
    let status = terminal.wait_for_end();
    assert!(matches!(status, WaitStatus::Exited(_, 1)), "{status:?}");
    terminal.assert_sane();
}

#[test]
fn what_comes_late_and_is_no_capture_is_refused() {
    let (_folder, path) = pipe();
    let mut terminal = Terminal::open(24, 80, &[path.to_str().unwrap()]);
    terminal.wait_for("Waiting for pipe");
    drop(write_to(&path, b"Good morning.\n").join());
    let status = terminal.wait_for_end();
    assert!(matches!(status, WaitStatus::Exited(_, 1)), "{status:?}");
    assert!(terminal.look().contains("is not a pcap or pcapng capture"));
    terminal.assert_sane();
}

#[test]
fn sigterm_leaves_the_terminal_sane() {
    let mut terminal = Terminal::open(24, 80, &["samples/refused.pcap"]);
    terminal.wait_for("refused");
    terminal.process.signal(Signal::SIGTERM).unwrap();
    assert!(matches!(terminal.wait_for_end(), WaitStatus::Exited(..)));
    terminal.assert_sane();
}

#[test]
fn suspending_and_coming_back() {
    let mut shell = Command::new("bash");
    shell
        .args(["--norc", "--noprofile", "-i"])
        .env("PS1", "ready$ ");
    let mut terminal = Terminal::run(24, 80, shell);
    terminal.wait_for("ready$");
    let program = env!("CARGO_BIN_EXE_wiretalk");
    terminal.press(&format!("{program} --theme dark samples/refused.pcap\r"));
    terminal.wait_for("1 Conversations");
    terminal.press("\x1a");
    terminal.wait_for("Stopped");
    terminal.wait_for("ready$");
    assert!(!terminal.screen.screen().alternate_screen());
    terminal.press("fg\r");
    terminal.wait_for("1 Conversations");
    assert!(terminal.screen.screen().alternate_screen());
    terminal.press("q");
    terminal.wait_for("ready$");
    terminal.press("exit\r");
    terminal.wait_for_end();
    assert!(!terminal.screen.screen().alternate_screen());
}

/// No key is pressed: the signal itself has to wake the confined program.
#[test]
fn a_confined_terminal_follows_its_window() {
    let mut terminal = Terminal::open(20, 80, &["samples/everyday.pcapng"]);
    terminal.wait_for("1 Conversations");
    for (columns, rows) in [(120, 40), (100, 30)] {
        terminal.process.set_window_size(columns, rows).unwrap();
        let new = terminal.screen.screen_mut();
        new.set_size(size(rows), size(columns));
        terminal.process.signal(Signal::SIGWINCH).unwrap();
        let begun = Instant::now();
        loop {
            let text = terminal.look();
            let last = text.lines().nth(usize::from(rows) - 1);
            if last.is_some_and(|line| !line.trim().is_empty()) {
                break;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "{text}");
            thread::sleep(Duration::from_millis(10));
        }
    }
    terminal.press("q");
    assert!(matches!(terminal.wait_for_end(), WaitStatus::Exited(_, 0)));
}

#[test]
fn a_window_of_any_size_is_drawn() {
    let mut terminal = Terminal::open(16, 60, &["samples/everyday.pcapng"]);
    terminal.wait_for("conversations");
    for (columns, rows) in [(20, 6), (250, 70), (1, 1), (80, 24)] {
        terminal.process.set_window_size(columns, rows).unwrap();
        terminal
            .screen
            .screen_mut()
            .set_size(size(rows), size(columns));
        terminal.process.signal(Signal::SIGWINCH).unwrap();
        terminal.press("\r");
        terminal.look();
    }
    terminal.wait_for("wiretalk");
    terminal.press("Q");
    assert!(matches!(terminal.wait_for_end(), WaitStatus::Exited(_, 0)));
}

/// Not a test of its own: run by `a_panic_leaves_the_terminal_sane`.
#[test]
fn panics_on_the_screen() {
    if std::env::var_os("WIRETALK_PANICS").is_some() {
        let _screen = wiretalk::ui::Screen::open(Some(GlyphSet::Unicode)).unwrap();
        panic!("this is what went wrong");
    }
}

#[test]
fn a_panic_leaves_the_terminal_sane() {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "panics_on_the_screen", "--nocapture"])
        .env("WIRETALK_PANICS", "1");
    let mut terminal = Terminal::run(24, 80, command);
    terminal.wait_for("this is what went wrong");
    terminal.wait_for_end();
    terminal.assert_sane();
}

/// Whether this user may capture; reports if not.
fn may_capture() -> bool {
    let may = rustix::process::geteuid().is_root();
    if !may {
        assert!(
            std::env::var_os("WIRETALK_TEST_ALL").is_none(),
            "capturing takes root"
        );
        eprintln!("SKIPPED: capturing takes root");
    }
    may
}

/// Captures the traffic to a port of this machine, and sends this many packets to it.
struct Talk {
    terminal: Terminal,
    socket: UdpSocket,
}

impl Talk {
    /// Begins in a directory, where the capture can be saved.
    fn begin_in(folder: &Path) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        let filter = format!("udp port {port}");
        let mut terminal = Terminal::open_in(folder, 24, 110, &["-i", "lo", "-f", &filter]);
        terminal.wait_for("0 packets");
        Talk { terminal, socket }
    }

    fn say(&self, packets: usize) {
        let to = self.socket.local_addr().unwrap();
        for _ in 0..packets {
            self.socket.send_to(b"hello", to).unwrap();
        }
    }
}

/// Sets up the interfaces of a network that only the program and its children see: `lo` and `wire`, whose other end
/// does not answer.
const NETWORK: &str = "sysctl -qw net.ipv6.conf.all.disable_ipv6=1 && ip link set lo up \
    && ip link add wire type veth peer name there && ip addr add 10.0.0.1/24 dev wire \
    && ip link set wire up && ip link set there up \
    && ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev wire";

#[test]
fn several_interfaces_are_chosen_on_the_start_screen() {
    if !may_capture() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("both.pcapng");
    let program = env!("CARGO_BIN_EXE_wiretalk");
    let mut command = Command::new("unshare");
    let line = format!("{NETWORK} && exec {program} --theme dark");
    command.args(["--net", "sh", "-c", &line]);
    command.current_dir(folder.path());
    let mut terminal = Terminal::run(24, 110, command);
    terminal.wait_for("space chooses several");
    for name in ["wire", "lo"] {
        terminal.press("g");
        // The others in between are skipped.
        let begun = Instant::now();
        while !terminal.look().contains(&format!("▌  {name} ")) {
            assert!(begun.elapsed() < PATIENCE, "{}", terminal.look());
            terminal.press("j");
        }
        terminal.press(" ");
        terminal.wait_for(&format!("+ {name} "));
    }
    terminal.wait_for("capture from wire, lo");
    terminal.press("\r");
    terminal.wait_for("0 packets");
    let namespace = terminal.process.pid().to_string();
    let say = |address: &str| {
        let line = format!("echo hello > /dev/udp/{address}/9");
        let mut command = Command::new("nsenter");
        command.args(["--net", "--target", &namespace, "bash", "-c", &line]);
        assert!(command.status().unwrap().success());
    };
    terminal.press("2");
    say("10.0.0.2");
    terminal.wait_for("10.0.0.2 ");
    say("127.0.0.1");
    terminal.wait_for("127.0.0.1 ");
    terminal.press("\x05");
    terminal.wait_for("Stopped: ");
    terminal.press("w");
    terminal.wait_for("Save everything");
    terminal.press(&format!("\x15{}\r", path.display()));
    terminal.wait_for("Saved ");
    terminal.press("Q");
    let ended = terminal.wait_for_end();
    assert!(matches!(ended, WaitStatus::Exited(_, 0)), "{ended:?}");
    terminal.assert_sane();

    let mut reader = Reader::open(&path).unwrap();
    let mut from = Vec::new();
    while let Some(packet) = reader.next() {
        from.push(packet.interface);
    }
    let names = reader.interfaces().iter().map(|one| one.name.as_deref());
    assert_eq!(names.collect::<Vec<_>>(), [Some("wire"), Some("lo")]);
    assert!(from.contains(&0) && from.contains(&1), "{from:?}");
}

#[test]
fn an_unsaved_capture_is_not_left_without_a_question() {
    if !may_capture() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("live.pcapng");
    let mut talk = Talk::begin_in(folder.path());
    talk.say(3);
    talk.terminal.wait_for("3 packets");
    talk.terminal.press("q");
    talk.terminal.wait_for("3 packets were not saved");
    talk.terminal.press("\x1b");
    talk.terminal.wait_until_gone("3 packets were not saved");
    talk.terminal.press("\x05");
    talk.terminal.wait_for("Stopped: 3 packets captured");
    talk.terminal.press("\x03");
    talk.terminal.wait_for("3 packets were not saved");
    talk.terminal.press("s");
    talk.terminal.wait_for("Save everything, 3 packets to: lo");
    talk.terminal.press(&format!("\x15{}\r", path.display()));
    let ended = talk.terminal.wait_for_end();
    assert!(matches!(ended, WaitStatus::Exited(_, 0)), "{ended:?}");
    talk.terminal.assert_sane();
    let output = Command::new(env!("CARGO_BIN_EXE_wiretalk"))
        .args(["packets", path.to_str().unwrap(), "--json"])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 3);
}

#[test]
fn a_capture_begins_anew_and_is_left_at_once() {
    if !may_capture() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut talk = Talk::begin_in(folder.path());
    talk.say(5);
    talk.terminal.wait_for("5 packets");
    talk.terminal.press("\x12");
    talk.terminal
        .wait_for("Discard 5 packets and start again? y/n");
    talk.terminal.press("y");
    talk.terminal.wait_for("0 packets");
    talk.say(2);
    talk.terminal.wait_for("2 packets");
    // Saved while it continues: only later packets would be lost.
    let path = folder.path().join("some.pcap");
    talk.terminal.press("w");
    talk.terminal.wait_for("everything, 2 packets");
    talk.terminal.press("\t");
    talk.terminal.wait_for("Save everything, 2 packets");
    talk.terminal.press(&format!("\x15{}\r", path.display()));
    talk.terminal.wait_for("Saved 2 packets");
    talk.say(4);
    talk.terminal.wait_for("6 packets");
    talk.terminal.press("\x03");
    talk.terminal.wait_for("4 packets were not saved");
    talk.terminal.press("\x03");
    let ended = talk.terminal.wait_for_end();
    assert!(matches!(ended, WaitStatus::Exited(_, 0)), "{ended:?}");
    talk.terminal.assert_sane();
}

#[test]
fn a_signal_asks_nothing() {
    if !may_capture() {
        return;
    }
    let mut talk = Talk::begin_in(Path::new("."));
    talk.say(1);
    talk.terminal.wait_for("1 packet");
    talk.terminal.process.signal(Signal::SIGTERM).unwrap();
    assert!(matches!(
        talk.terminal.wait_for_end(),
        WaitStatus::Exited(..)
    ));
    talk.terminal.assert_sane();
}

/// What was typed and named in one run is there in the next, confined or not.
#[test]
fn filters_are_kept_from_run_to_run() {
    let state = tempfile::tempdir().unwrap();
    let begin = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wiretalk"));
        command
            .args(["--theme", "dark", "samples/dns.pcap"])
            .env("XDG_STATE_HOME", state.path());
        let mut terminal = Terminal::run(24, 100, command);
        terminal.wait_for("1 Conversations");
        terminal
    };
    let leave = |mut terminal: Terminal| {
        terminal.press("\x03");
        assert!(matches!(terminal.wait_for_end(), WaitStatus::Exited(_, 0)));
    };
    let mut terminal = begin();
    terminal.press("/dns.flags.response == 1\x13");
    terminal.wait_for("Name of the filter:");
    terminal.press("answers\r");
    terminal.wait_for("saved as answers");
    terminal.press("\r");
    terminal.wait_for("filter: dns.flags.response == 1");
    leave(terminal);
    let kept = state.path().join("wiretalk/filter-history");
    assert_eq!(
        std::fs::read_to_string(&kept).unwrap(),
        "dns.flags.response == 1\n"
    );
    let mut terminal = begin();
    terminal.press("/\t");
    terminal.wait_for("dns.flags.response == 1   answers");
    terminal.press("\x15\x1b[A");
    terminal.wait_for("filter ▸ dns.flags.response == 1");
    terminal.press("\r");
    terminal.wait_for("filter: dns.flags.response == 1");
    leave(terminal);
    // A link is ignored, which is said.
    std::fs::remove_file(&kept).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", &kept).unwrap();
    let mut terminal = begin();
    terminal.wait_for("is ignored: it is a symbolic link");
    leave(terminal);
}

/// Columns come from the command line, and are changed on the screen.
#[test]
fn columns_are_chosen() {
    let mut terminal = Terminal::open(
        30,
        110,
        &[
            "--columns",
            "no,src,TTL=ip.ttl,info",
            "samples/everyday.pcapng",
        ],
    );
    terminal.wait_for("1 Conversations");
    terminal.press("2");
    terminal.wait_for("TTL");
    terminal.wait_for("  64  ");
    terminal.press("C");
    terminal.wait_for("Columns of the packets");
    terminal.press("atcp.window_size\r");
    terminal.wait_for("tcp.window_size");
    terminal.press("\x1b");
    terminal.wait_until_gone("Columns of the packets");
    terminal.wait_for("64240");
    terminal.press("\x03");
    assert!(matches!(terminal.wait_for_end(), WaitStatus::Exited(_, 0)));
}

/// A capture is opened again where it was left, and is offered on the start screen of another directory.
#[test]
fn a_capture_is_resumed_where_it_was_left() {
    let state = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let begin = |words: &[&str], folder: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wiretalk"));
        command
            .args(["--theme", "dark"])
            .args(words)
            .env("XDG_STATE_HOME", state.path())
            .current_dir(folder);
        Terminal::run(24, 100, command)
    };
    let leave = |mut terminal: Terminal| {
        terminal.press("\x03");
        assert!(matches!(terminal.wait_for_end(), WaitStatus::Exited(_, 0)));
    };
    let capture = fs::canonicalize("samples/dns.pcap").unwrap();
    let capture = capture.to_str().unwrap();
    let mut terminal = begin(
        &[capture, "-Y", "dns.flags.response == 1"],
        elsewhere.path(),
    );
    terminal.wait_for("1 Conversations");
    terminal.press("2");
    terminal.wait_for("Info");
    // A key at once would make the digit a count.
    thread::sleep(Duration::from_millis(400));
    terminal.press_and_see("j");
    leave(terminal);
    let kept = fs::read_to_string(state.path().join("wiretalk/recent")).unwrap();
    assert!(kept.contains("\"list\":\"packets\""), "{kept}");
    let mut terminal = begin(&["--resume"], elsewhere.path());
    terminal.wait_for("filter: dns.flags.response == 1");
    leave(terminal);
    let mut terminal = begin(&[], elsewhere.path());
    terminal.wait_for("Recent captures");
    terminal.wait_for("dns.pcap");
    leave(terminal);
    let mut terminal = begin(&["--resume", "--profile", "none"], elsewhere.path());
    terminal.wait_for("no profile 'none'");
}

/// Keys are those of the settings, in the hints, too; a mistake is said on the screen.
#[test]
fn keys_are_set() {
    let config = tempfile::tempdir().unwrap();
    fs::create_dir(config.path().join("wiretalk")).unwrap();
    let file = config.path().join("wiretalk/config.toml");
    let begin = |settings: &str| {
        fs::write(&file, settings).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_wiretalk"));
        command
            .args(["--theme", "dark", "samples/dns.pcap"])
            .env("XDG_CONFIG_HOME", config.path());
        Terminal::run(24, 100, command)
    };
    let mut terminal = begin("[keys]\nwrite = \"f6\"\nunmark = []\nquit = \"ctrl-q\"\n");
    terminal.wait_for("1 Conversations");
    terminal.press(" ");
    terminal.wait_for("f6 saves marked packets, :unmark removes all marks");
    terminal.press("\x11");
    assert!(matches!(terminal.wait_for_end(), WaitStatus::Exited(_, 0)));
    let mut terminal = begin("[keys]\nfilter = \"f3\"\nquit = \"ctrl-q\"\n");
    terminal.wait_for("f3 filter");
    terminal.press("\x1bOR");
    terminal.wait_for("filter ▸");
    // Both at once would be one key with alt.
    terminal.press("\x1b");
    terminal.wait_until_gone("filter ▸");
    terminal.press("\x11");
    assert!(matches!(terminal.wait_for_end(), WaitStatus::Exited(_, 0)));
    let mut terminal = begin("thme = \"dark\"\n");
    terminal.wait_for("config.toml:1:1: 'thme' is unknown, did you mean 'theme'?");
    terminal.press("\x03");
    assert!(matches!(terminal.wait_for_end(), WaitStatus::Exited(_, 0)));
}
