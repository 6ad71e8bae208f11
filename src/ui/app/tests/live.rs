//! The screen while a capture grows.

use super::*;
use crate::{
    capture::Reader,
    index::Index,
    retention::Keep,
    track::DecodeAs,
    ui::{action::Action, panes::packets::tests::shared, settings::Settings},
};
use std::{path::Path, sync::mpsc::channel};

/// A capture that is being made from a sample's packets.
struct Growing {
    app: App,
    index: Index,
}

impl Growing {
    fn new(name: &str, packets: usize) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("samples")
            .join(name);
        let reader = Reader::open(&path).unwrap();
        let (_, segments) = channel();
        let (index, handle) = Index::of_live(reader, segments, &DecodeAs::default(), Keep::ALL);
        let store = index.store().clone();
        let shared = shared(store, handle, "standard input", Settings::default());
        let app = App::new(shared);
        let mut growing = Growing { app, index };
        growing.screen();
        growing.grow(packets);
        growing.screen();
        growing
    }

    fn grow(&mut self, packets: usize) {
        self.index.read_packets(packets);
    }

    fn end(&mut self) {
        self.index.end();
    }

    /// Returns the screen once nothing is left to do.
    fn screen(&mut self) -> String {
        loop {
            let words = screen(180, 42, |frame| self.app.draw(frame));
            let is_searching = self.app.shared.findings.is_searching();
            if !self.app.is_busy() && !is_searching && !self.app.has_changed() {
                return words;
            }
        }
    }

    fn title(&mut self) -> String {
        self.screen().lines().next().unwrap().to_owned()
    }

    /// Returns the line of the cursor, and its text after the numbers that grow.
    fn chosen(&mut self) -> (usize, String) {
        let words = self.screen();
        let found = words
            .lines()
            .enumerate()
            .find(|(_, line)| line.starts_with("\"▌"));
        let (at, line) = found.unwrap_or_else(|| panic!("no row is chosen:\n{words}"));
        (at, line.chars().skip(4).take(20).collect())
    }

    fn press(&mut self, keys: &str) {
        press(&mut self.app, keys);
    }
}

#[test]
fn the_list_follows_its_end_until_one_moves() {
    let mut growing = Growing::new("everyday.pcapng", 500);
    assert!(growing.title().contains(" following "));
    let (_, first) = growing.chosen();
    growing.grow(300);
    let (line, last) = growing.chosen();
    assert_ne!(first, last);
    growing.press("kkk");
    let chosen = growing.chosen();
    assert!(chosen.0 < line);
    growing.grow(100);
    assert!(growing.title().contains(" G follows "));
    assert_eq!(growing.chosen(), chosen);
    growing.press("G");
    growing.grow(10);
    assert!(growing.title().contains(" following "));
    // So does moving down past the end.
    growing.press("k");
    assert!(!growing.title().contains(" following "));
    growing.press("j");
    assert!(!growing.title().contains(" following "));
    growing.press("j");
    assert!(growing.title().contains(" following "));
    // It stays where it is when nothing more comes.
    let chosen = growing.chosen();
    growing.end();
    assert_eq!(growing.chosen().0, chosen.0);
}

#[test]
fn the_chosen_row_keeps_its_line_when_rows_are_sorted() {
    let mut growing = Growing::new("everyday.pcapng", 800);
    // In reverse order the first row is the latest.
    growing.press("S");
    assert!(growing.title().contains(" following "));
    growing.press("jjjjjjj");
    assert!(growing.title().contains(" g follows "));
    let chosen = growing.chosen();
    growing.grow(150);
    growing.app.panes.refilter();
    assert_eq!(growing.chosen(), chosen);
    for _ in 0..8 {
        growing.press("s");
        let (_, words) = growing.chosen();
        assert_eq!(words, chosen.1);
    }
}

#[test]
fn what_is_new_is_marked_and_counted() {
    let mut growing = Growing::new("refused.pcap", 3);
    let words = growing.screen();
    let row = |words: &str| words.lines().nth(3).unwrap().to_owned();
    // A host without an answer is not reported as dead at once.
    assert!(row(&words).starts_with("\"▌+"), "{words}");
    assert!(row(&words).contains("opening"), "{words}");
    growing.grow(1);
    let words = growing.screen();
    assert!(row(&words).starts_with("\"▌✗"), "{words}");
    assert!(row(&words).contains("refused"), "{words}");
    let title = growing.title();
    assert!(title.contains("live 0 packets/s · 0 B/s"), "{title}");
    growing.grow(2);
    growing.end();
    let words = growing.screen();
    assert!(words.contains("The capture has ended."), "{words}");
    assert!(growing.title().contains(" ended"), "{words}");
    assert!(!words.contains("Bytes/s"), "{words}");
    assert!(row(&words).starts_with("\"▌ "), "{words}");
}

#[test]
fn rates_are_said_and_can_be_sorted_by() {
    let mut growing = Growing::new("everyday.pcapng", 700);
    let title = growing.title();
    assert!(
        title.contains("live ") && !title.contains("live 0 "),
        "{title}"
    );
    growing.press("<<<<<<<<<");
    let words = growing.screen();
    assert!(words.contains("Bytes/s▾"), "{words}");
    let first = words.lines().nth(3).unwrap();
    assert!(first.starts_with("\"▌"), "{words}");
    assert!(growing.title().contains(" following "));
    // This order is no longer available after the end.
    growing.end();
    assert!(growing.screen().contains("#▾"));
    growing.press("<<<<<<<<");
    assert!(growing.screen().contains("← Bytes▾"));
}

#[test]
fn paused_it_stands_still() {
    let mut growing = Growing::new("everyday.pcapng", 400);
    growing.press("kk");
    let body = |words: &str| {
        let rows: Vec<_> = words.lines().skip(2).take(37).map(str::to_owned).collect();
        rows.join("\n")
    };
    growing.screen();
    growing.press("P");
    let before = body(&growing.screen());
    growing.grow(300);
    let words = growing.screen();
    assert_eq!(body(&words), before);
    let title = growing.title();
    assert!(title.contains(" paused · 300 packets since "), "{title}");
    assert!(title.contains(" 400 packets "), "{title}");
    // Everything can be viewed, as far as it goes.
    growing.press("2G");
    assert!(growing.screen().contains(" 400 "));
    assert!(!growing.screen().contains(" 401 "));
    growing.press("1");
    assert_eq!(body(&growing.screen()), before);
    growing.press("P2G");
    let words = growing.screen();
    assert!(words.contains(" 700 "), "{words}");
    growing.end();
    growing.screen();
    growing.press("P");
    assert!(growing.screen().contains("there is nothing to pause"));
}

/// No paused row is left, and nothing breaks because of it.
#[test]
fn what_is_paused_may_be_evicted() {
    let mut growing = Growing::new("everyday.pcapng", 400);
    growing.press("2");
    growing.screen();
    growing.press("P");
    growing.grow(300);
    growing.index.evict(u64::MAX);
    let words = growing.screen();
    assert!(words.contains(" 0 packets "), "{words}");
    growing.press("GgjkP");
    assert!(growing.screen().contains(" 700 "));
}

#[test]
fn a_conversation_that_goes_on_is_followed() {
    let mut growing = Growing::new("web-keepalive.pcap", 6);
    growing.press("\n");
    let before = growing.screen();
    assert!(growing.title().contains(" G follows "), "{before}");
    growing.press("G");
    assert!(growing.title().contains(" following "));
    growing.grow(20);
    let packet = growing.app.chosen_packet();
    growing.screen();
    assert!(growing.app.chosen_packet() > packet);
    // While paused it stays.
    growing.press("P");
    growing.screen();
    let packet = growing.app.chosen_packet();
    growing.grow(3);
    growing.screen();
    assert_eq!(growing.app.chosen_packet(), packet);
    growing.press("P");
    growing.press("f");
    growing.screen();
    growing.app.act(Action::Bottom);
    growing.screen();
    assert!(growing.title().contains(" following "));
}

#[test]
fn nothing_is_drawn_when_nothing_has_changed() {
    let mut growing = Growing::new("everyday.pcapng", 200);
    assert!(!growing.app.has_changed());
    growing.grow(1);
    assert!(growing.app.has_changed());
    growing.screen();
    assert_eq!(growing.app.poll_timeout(Duration::ZERO), FRAME_INTERVAL);
    assert_eq!(growing.app.poll_timeout(RECENT_INPUT), LIVE_INTERVAL);
    growing.end();
    growing.screen();
    assert!(!growing.app.has_changed());
    assert_eq!(growing.app.poll_timeout(Duration::ZERO), IDLE_INTERVAL);
}

/// What goes wrong while the capture is made is counted on the tab.
#[test]
fn findings_come_with_the_capture() {
    let mut growing = Growing::new("refused.pcap", 1);
    let before = growing.screen();
    assert!(before.contains(" 3 Findings 0"), "{before}");
    growing.grow(10);
    let begun = std::time::Instant::now();
    // A second passes between two searches.
    while growing.screen().contains(" 3 Findings 0") {
        assert!(begun.elapsed() < Duration::from_secs(30));
        std::thread::sleep(Duration::from_millis(20));
    }
    growing.press("3");
    let list = growing.screen();
    assert!(
        list.contains("▌✗ ") && list.contains("  refused "),
        "{list}"
    );
}

/// The search of a display filter goes on with what comes, and the list keeps it from the first match on.
#[test]
fn a_display_filter_is_extended_while_a_capture_grows() {
    let mut growing = Growing::new("everyday.pcapng", 300);
    growing.press("/tcp.flags.syn == 1 && tcp.flags.ack == 0\n2");
    let count = |growing: &mut Growing| {
        let until = Instant::now() + Duration::from_secs(30);
        loop {
            growing.screen();
            let found = growing.app.shared.display.count().unwrap();
            let last = growing.app.shared.store.read().packets.len() as u32;
            let words = growing.screen();
            // Evicted packets may leave between the two.
            let is_same = growing.app.shared.display.count().as_ref() == Some(&found);
            if found.examined == last && is_same {
                let first = growing.app.shared.store.read().packets.first();
                let counts = format!("{} of {} packets", found.packets, last + 1 - first);
                assert!(words.contains(&counts), "{words}");
                return found.packets;
            }
            assert!(Instant::now() < until, "{found:?}");
        }
    };
    let some = count(&mut growing);
    growing.grow(300);
    let more = count(&mut growing);
    growing.grow(1000);
    let all = count(&mut growing);
    assert!(0 < some && some < more && more < all, "{some} {more} {all}");
    let filter = growing.app.shared.display.filter().unwrap().clone();
    let store = growing.app.shared.store.clone();
    let expected = |first: u32| {
        let mut matcher = crate::filter::Matcher::new(&store, filter.clone());
        let last = store.read().packets.len() as u32;
        let numbers = (first..=last).filter(|number| matcher.holds(*number).unwrap());
        numbers.count() as u64
    };
    assert_eq!(all, expected(1));
    // Evicted packets are no longer counted.
    growing.index.evict_packets(400);
    let first = store.read().packets.first();
    let left = expected(first);
    assert!(first > 1 && left < all);
    let until = Instant::now() + Duration::from_secs(30);
    while count(&mut growing) != left {
        assert!(Instant::now() < until, "{}", growing.screen());
    }
    growing.end();
    assert_eq!(count(&mut growing), left);
}
