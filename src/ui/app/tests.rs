//! The effect of keys on the whole screen.

mod commands;
mod filter;
mod find;
mod glyphs;
mod jumps;
mod live;

use super::*;
use crate::ui::{
    layout::Layout,
    pane::{Pane, PaneArea},
    panes::packets::tests::{sample, sample_with_index, screen},
    prompt::Question,
    text,
};
use crossterm::event::{KeyCode, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::{Frame, text::Line};
use std::{cell::RefCell, rc::Rc};

/// Returns the screen once nothing on it is pending.
fn drawn(app: &mut App) -> String {
    loop {
        let words = screen(150, 42, |frame| app.draw(frame));
        if !app.is_loading() && !app.has_changed() {
            return words;
        }
    }
}

fn press(app: &mut App, keys: &str) {
    for letter in keys.chars() {
        let code = match letter {
            '\n' => KeyCode::Enter,
            '\t' => KeyCode::Tab,
            '\x08' => KeyCode::Backspace,
            letter => KeyCode::Char(letter),
        };
        app.handle(Event::Key(KeyEvent::new(code, KeyModifiers::NONE)));
    }
}

#[test]
fn secrets_are_hidden_until_they_are_asked_for() {
    let mut app = App::new(sample("ftp-passive.pcap"));
    drawn(&mut app);
    press(&mut app, "\n");
    let hidden = drawn(&mut app);
    assert!(hidden.contains("PASS *****"), "{hidden}");
    press(&mut app, "*");
    let shown = drawn(&mut app);
    assert!(!shown.contains("PASS *****"), "{shown}");
    assert!(shown.contains("secrets shown"), "{shown}");
    assert!(shown.contains("Passwords and other secrets are shown."));
    press(&mut app, "*");
    assert!(drawn(&mut app).contains("PASS *****"));
    // In the list of packets, too.
    press(&mut app, "2");
    let list = drawn(&mut app);
    assert!(list.contains("USER student"), "{list}");
    assert!(!list.contains("secrets shown"), "{list}");
}

#[test]
fn what_a_port_speaks_can_be_said() {
    let mut app = App::new(sample("ftp-active.pcap"));
    let guessed = drawn(&mut app);
    assert!(guessed.contains("FTP-DATA"), "{guessed}");
    press(&mut app, "Dht");
    assert!(drawn(&mut app).contains("Decode TCP port 21 as: ht"));
    press(&mut app, "\n");
    let words = drawn(&mut app);
    assert!(
        words.contains("no protocol is called ht; known: http, "),
        "{words}"
    );
    press(&mut app, "\t\n");
    let said = drawn(&mut app);
    assert!(
        said.contains("TCP port 21 is decoded as HTTP: 1 conversation."),
        "{said}"
    );
    assert!(said.contains("10.0.0.2:21      HTTP"), "{said}");
    // Back to the recognised protocol.
    press(&mut app, "D\x08\x08\x08\x08\n");
    let back = drawn(&mut app);
    assert!(back.contains("10.0.0.2:21      FTP "), "{back}");
    assert!(back.contains("student: RETR"), "{back}");
}

/// Evicted packets are mentioned, and the others can be viewed.
#[test]
fn what_was_evicted_is_said() {
    let (shared, mut index) = sample_with_index("web-uploads.pcap");
    let store = shared.store.clone();
    let mut app = App::new(shared);
    drawn(&mut app);
    press(&mut app, "2");
    drawn(&mut app);
    press(&mut app, "jjjjjjjjjjjjjj");
    let chosen = app.chosen_packet().unwrap();
    index.evict_packets(5);
    let list = drawn(&mut app);
    assert!(list.contains(" · evicted: 5 packets before "), "{list}");
    assert_eq!(
        app.chosen_packet(),
        Some(chosen),
        "the cursor stays on its packet"
    );
    // Its conversation, with a row for the evicted packets.
    press(&mut app, "c");
    let ladder = drawn(&mut app);
    assert!(
        ladder.contains("3 packets before this were evicted"),
        "{ladder}"
    );
    index.evict_packets(10);
    let ladder = drawn(&mut app);
    assert!(
        ladder.contains("8 packets before this were evicted"),
        "{ladder}"
    );
    assert_eq!(app.chosen_packet(), Some(chosen));
    // Everything but the newest packet: the open pane shows it.
    let last = store.read().packets.len() as u32;
    index.evict_packets(last - 1);
    assert!(drawn(&mut app).contains("was evicted"));
    press(&mut app, "f");
    assert!(drawn(&mut app).contains("was evicted"));
}

#[test]
fn addresses_have_names_until_they_are_not_wanted() {
    let mut app = App::new(sample("everyday.pcapng"));
    assert!(drawn(&mut app).contains("www.example.kr:443 "));
    press(&mut app, "A");
    let words = drawn(&mut app);
    assert!(
        words.contains("Addresses are shown as they are."),
        "{words}"
    );
    assert!(!words.contains("www.example.kr:443 "), "{words}");
    // In a conversation the endpoints have names, with the addresses above them.
    press(&mut app, "Aj\n");
    let words = drawn(&mut app);
    assert!(words.contains("⇄ 198.51.100.20:80 "), "{words}");
    assert!(words.contains("www.example.kr:80 server"), "{words}");
}

/// Clears the line, and types a path.
fn type_path(app: &mut App, path: &std::path::Path) {
    app.handle(Event::Key(KeyEvent::new(
        KeyCode::Char('u'),
        KeyModifiers::CONTROL,
    )));
    press(app, path.to_str().unwrap());
}

#[test]
fn marked_packets_are_saved_and_no_file_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("marked.pcapng");
    let mut app = App::new(sample("everyday.pcapng"));
    drawn(&mut app);
    press(&mut app, "2 ");
    let marked = drawn(&mut app);
    assert!(marked.contains("Packet 1 is marked"), "{marked}");
    press(&mut app, "jj w");
    let asked = drawn(&mut app);
    assert_eq!(asked.matches(text::MARK).count(), 2, "{asked}");
    assert!(asked.contains("Save what is marked, 2 packets to: everyday-marked"));
    // All choices are listed.
    assert!(asked.contains("▌ what is marked, 2 packets"), "{asked}");
    assert!(asked.contains("  everything, 964 packets"), "{asked}");
    assert!(asked.contains("  udp/0, 2 packets"), "{asked}");
    // Around to it again.
    press(&mut app, "\t");
    assert!(drawn(&mut app).contains("Save everything, 964 packets to: everyday"));
    press(&mut app, "\t");
    assert!(drawn(&mut app).contains("Save udp/0, 2 packets to: everyday-udp-0"));
    press(&mut app, "\t");
    type_path(&mut app, &path);
    press(&mut app, "\n");
    let saved = drawn(&mut app);
    assert!(saved.contains("Saved 2 packets"), "{saved}");

    press(&mut app, "w");
    type_path(&mut app, &path);
    press(&mut app, "\n");
    let asked = drawn(&mut app);
    assert!(asked.contains("marked.pcapng is there: replace it? y/n"));
    press(&mut app, "n");
    assert!(drawn(&mut app).contains("Save what is marked"));
    press(&mut app, "\t\n");
    assert!(drawn(&mut app).contains("is there: replace it?"));
    press(&mut app, "y");
    let saved = drawn(&mut app);
    assert!(saved.contains("Saved 964 packets"), "{saved}");

    press(&mut app, "w");
    type_path(&mut app, &folder.path().join("none/a.pcap"));
    press(&mut app, "\n");
    assert!(drawn(&mut app).contains("none: there is no such directory"));
    app.handle(Event::Key(KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE)));
    press(&mut app, "M");
    let unmarked = drawn(&mut app);
    assert!(unmarked.contains("All marks are removed."));
    assert!(!unmarked.contains(text::MARK), "{unmarked}");
}

#[test]
fn a_file_is_left_without_a_question() {
    let mut app = App::new(sample("dns.pcap"));
    drawn(&mut app);
    app.act(Action::StopCapture);
    assert!(drawn(&mut app).contains("This is not a live capture."));
    assert_eq!(app.act(Action::Restart), Effect::None);
    assert!(drawn(&mut app).contains("Only a live capture can start again."));
    assert_eq!(app.act(Action::Quit), Effect::Leave(Leaving::Quit));
}

#[test]
fn what_would_be_lost_is_asked_about_and_a_second_time_left_at_once() {
    let mut app = App::new(sample("dns.pcap"));
    let control_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    app.prompt = Some(Prompt::ask(Question::Unsaved(1234)));
    let asked = drawn(&mut app);
    assert!(asked.contains("1,234 packets were not saved: s save, d discard and quit"));
    press(&mut app, "xqq");
    assert!(app.prompt.is_some());
    assert_eq!(
        app.handle(Event::Key(control_c)),
        Effect::Leave(Leaving::Quit)
    );
    app.prompt = Some(Prompt::ask(Question::Unsaved(1)));
    let escape = KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE);
    assert_eq!(app.handle(Event::Key(escape)), Effect::None);
    assert!(app.prompt.is_none());

    // After saving from the question the program ends.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("all.pcap");
    app.prompt = Some(Prompt::ask(Question::Unsaved(1)));
    press(&mut app, "s");
    assert!(!app.is_done());
    type_path(&mut app, &path);
    press(&mut app, "\n");
    drawn(&mut app);
    assert!(app.is_done() && path.is_file());

    app.prompt = Some(Prompt::ask(Question::Restart(2)));
    assert!(drawn(&mut app).contains("Discard 2 packets and start again? y/n"));
    // Quitting does not drop it.
    assert_eq!(app.handle(Event::Key(control_c)), Effect::None);
    app.prompt = Some(Prompt::ask(Question::Restart(2)));
    let yes = KeyEvent::new(KeyCode::Char('y'), KeyModifiers::NONE);
    assert_eq!(app.handle(Event::Key(yes)), Effect::Leave(Leaving::Restart));
}

#[test]
fn marked_conversations_show_it() {
    let mut app = App::new(sample("refused.pcap"));
    drawn(&mut app);
    press(&mut app, "j ");
    let marked = drawn(&mut app);
    assert!(
        marked.contains("All packets of tcp/1 are marked"),
        "{marked}"
    );
    press(&mut app, "kw");
    let asked = drawn(&mut app);
    assert_eq!(asked.matches(text::MARK).count(), 1, "{asked}");
    assert!(asked.contains("Save what is marked, 2 packets to: refused-marked"));
}

/// A minimal pane, and a question.
#[derive(Default)]
struct Note {
    answers: Rc<RefCell<Vec<String>>>,
    is_overlay: bool,
}

impl Pane for Note {
    fn scope(&self) -> Scope {
        Scope::All
    }

    fn layout(&self) -> Layout {
        match self.is_overlay {
            true => Layout::Overlay {
                width: 20,
                height: 3,
            },
            false => Layout::Whole,
        }
    }

    fn draw(&mut self, _shared: &Shared, frame: &mut Frame, place: PaneArea) {
        frame.render_widget(Line::raw("a note"), place.area);
    }

    fn act(&mut self, action: Action, _shared: &Shared) -> Reply {
        match action {
            Action::Save => Reply::Ask(Box::new(Prompt::save(String::new()))),
            _ => Reply::Ignored,
        }
    }

    fn answer(&mut self, asked: Action, answer: &str, _shared: &Shared) -> Result<Reply, String> {
        assert_eq!(asked, Action::Save);
        if answer.is_empty() {
            return Err("nothing was typed".to_owned());
        }
        self.answers.borrow_mut().push(answer.to_owned());
        Ok(Reply::Done)
    }
}

#[test]
fn a_pane_is_opened_asks_and_is_left() {
    let mut app = App::new(sample("dns.pcap"));
    drawn(&mut app);
    press(&mut app, "2j");
    let before = drawn(&mut app);
    let answers = Rc::default();
    app.reply(Reply::Push(Box::new(Note {
        answers: Rc::clone(&answers),
        ..Note::default()
    })));
    assert!(drawn(&mut app).contains("a note"));
    app.act(Action::Save);
    press(&mut app, "\n");
    assert!(drawn(&mut app).contains("nothing was typed"));
    press(&mut app, "words\n");
    assert_eq!(*answers.borrow(), ["words"]);
    // Actions that it ignores are performed by the screen.
    app.act(Action::Secrets);
    assert!(drawn(&mut app).contains("secrets shown"));
    press(&mut app, "*?");
    assert!(drawn(&mut app).contains(" Keys "));
    press(&mut app, "qq");
    assert_eq!(drawn(&mut app), before);
}

#[test]
fn back_closes_an_overlay_and_nothing_below_it() {
    let mut app = App::new(sample("dns.pcap"));
    drawn(&mut app);
    press(&mut app, "2\n");
    let below = drawn(&mut app);
    for back in [Action::Back, Action::BackOrQuit] {
        app.reply(Reply::Push(Box::new(Note {
            is_overlay: true,
            ..Note::default()
        })));
        assert!(drawn(&mut app).contains("a note"));
        assert_eq!(app.act(back), Effect::None);
        assert_eq!(drawn(&mut app), below);
    }
    // Another action that it ignores closes it, too, and is performed.
    app.reply(Reply::Push(Box::new(Note {
        is_overlay: true,
        ..Note::default()
    })));
    app.act(Action::Secrets);
    let shown = drawn(&mut app);
    assert!(shown.contains("secrets shown") && !shown.contains("a note"));
}

#[test]
fn back_returns_to_where_one_was() {
    let mut app = App::new(sample("everyday.pcapng"));
    drawn(&mut app);
    press(&mut app, "2jjjj\t\t");
    assert_eq!(app.panes.scope(), Scope::Bytes);
    let chosen = app.chosen_packet();
    press(&mut app, "f");
    drawn(&mut app);
    assert_eq!(app.panes.scope(), Scope::Follow);
    press(&mut app, "\n");
    assert_eq!(app.panes.scope(), Scope::Details);
    drawn(&mut app);
    press(&mut app, "q");
    assert_eq!(app.panes.scope(), Scope::Follow);
    press(&mut app, "q");
    assert_eq!(app.panes.scope(), Scope::Bytes);
    assert_eq!(app.chosen_packet(), chosen);
    // A list that is shown again has its cursor where it was.
    press(&mut app, "1");
    drawn(&mut app);
    press(&mut app, "\t");
    assert_eq!(app.panes.scope(), Scope::Packets);
    assert_eq!(app.chosen_packet(), chosen);
    press(&mut app, "q");
    assert_eq!(app.panes.scope(), Scope::Conversations);
}

#[test]
fn the_mouse_moves_the_focus_and_closes_the_help() {
    let mut app = App::new(sample("everyday.pcapng"));
    drawn(&mut app);
    press(&mut app, "2");
    drawn(&mut app);
    let mouse = |app: &mut App, kind, column, row| {
        let modifiers = KeyModifiers::NONE;
        app.handle(Event::Mouse(MouseEvent {
            kind,
            column,
            row,
            modifiers,
        }));
        drawn(app);
        app.panes.scope()
    };
    let click = MouseEventKind::Down(MouseButton::Left);
    assert_eq!(mouse(&mut app, click, 3, 32), Scope::Details);
    assert_eq!(mouse(&mut app, click, 140, 32), Scope::Bytes);
    // The wheel leaves it where it is.
    let wheel = MouseEventKind::ScrollDown;
    assert_eq!(mouse(&mut app, wheel, 3, 32), Scope::Bytes);
    assert_eq!(mouse(&mut app, click, 3, 8), Scope::Packets);
    press(&mut app, "?");
    assert!(drawn(&mut app).contains(" Keys "));
    assert_eq!(mouse(&mut app, click, 3, 32), Scope::Packets);
    assert!(!drawn(&mut app).contains(" Keys "));
    // The key to quit closes the help and quits; any other key only closes it.
    press(&mut app, "?");
    assert_eq!(app.act(Action::Suspend), Effect::Suspend);
    press(&mut app, "?z");
    let words = drawn(&mut app);
    let frame = format!("Frame {}:", app.chosen_packet().unwrap());
    assert!(
        !words.contains(" Keys ") && words.contains(&frame),
        "{words}"
    );
}

#[test]
fn an_unknown_key_says_so() {
    let mut app = App::new(sample("dns.pcap"));
    drawn(&mut app);
    press(&mut app, "x");
    let words = drawn(&mut app);
    assert!(words.contains("x does nothing here; ? shows the keys."));
    press(&mut app, "\u{202e}");
    let words = drawn(&mut app);
    assert!(words.contains("‹U+202E› does nothing here"), "{words}");
    press(&mut app, "j");
    assert!(!drawn(&mut app).contains("does nothing here"));
}

#[test]
fn keys_that_need_a_row_say_so_where_there_is_none() {
    let mut app = App::new(sample("dns.pcap"));
    app.set_ports("1".parse().unwrap());
    drawn(&mut app);
    for key in ["\n", "f", "y", " ", "D"] {
        press(&mut app, key);
        let words = drawn(&mut app);
        assert!(words.contains("No conversation is selected."), "{key}");
    }
    press(&mut app, "2");
    drawn(&mut app);
    for key in ["\n", "c", "y", "."] {
        press(&mut app, key);
        let words = drawn(&mut app);
        assert!(words.contains("No packet is selected."), "{key} {words}");
    }
}

#[test]
fn escape_on_the_first_screen_keeps_the_marks() {
    let mut app = App::new(sample("refused.pcap"));
    drawn(&mut app);
    press(&mut app, " ");
    let escape = KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE);
    assert_eq!(app.handle(Event::Key(escape)), Effect::None);
    let words = drawn(&mut app);
    assert!(words.contains("This is the first screen: q quits."));
    assert!(words.contains(text::MARK), "{words}");
}

#[test]
fn tabs_and_hints_answer_the_mouse() {
    let mut app = App::new(sample("everyday.pcapng"));
    let click = |app: &mut App, words: &str| {
        let shown = drawn(app);
        let found = shown.lines().enumerate().find_map(|(row, line)| {
            let at = line.find(words)?;
            // The test's terminal puts lines in quotation marks.
            Some((row, line[..at].chars().count() - 1))
        });
        let (row, column) = found.unwrap();
        app.handle(Event::Mouse(MouseEvent {
            kind: MouseEventKind::Down(MouseButton::Left),
            column: column as u16,
            row: row as u16,
            modifiers: KeyModifiers::NONE,
        }));
        drawn(app)
    };
    click(&mut app, "2 Packets");
    assert_eq!(app.panes.scope(), Scope::Packets);
    click(&mut app, "1 Conversations");
    assert_eq!(app.panes.scope(), Scope::Conversations);
    assert!(click(&mut app, "p port").contains("Ports (80,443"));
    press(&mut app, "80\n");
    assert!(click(&mut app, "? help").contains(" Keys "));
}

/// The packet that was chosen before is chosen again when the filter is cleared.
#[test]
fn a_filter_keeps_the_chosen_packet() {
    let mut app = App::new(sample("everyday.pcapng"));
    drawn(&mut app);
    press(&mut app, "2jj");
    drawn(&mut app);
    assert_eq!(app.chosen_packet(), Some(3));
    app.set_ports("443".parse().unwrap());
    drawn(&mut app);
    assert_ne!(app.chosen_packet(), Some(3));
    app.set_ports(Ports::default());
    drawn(&mut app);
    assert_eq!(app.chosen_packet(), Some(3));
}

/// The filter is that of all lists, and esc clears it on the first screen.
#[test]
fn hidden_udp_is_hidden_in_both_lists_until_esc() {
    let escape = || Event::Key(KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE));
    let mut app = App::new(sample("dns.pcap"));
    let shown = drawn(&mut app);
    assert!(shown.contains("udp/0") && !shown.contains("TCP only"));
    press(&mut app, "2");
    let all = drawn(&mut app);
    press(&mut app, "u");
    let shown = drawn(&mut app);
    assert!(shown.contains("TCP only"), "{shown}");
    // The first packet of a TCP connection.
    let first = shown.lines().nth(3).unwrap();
    assert!(first.contains(" 23 ") && first.contains(" TCP "), "{shown}");
    app.handle(escape());
    assert_eq!(drawn(&mut app).lines().next(), all.lines().next());
    assert!(drawn(&mut app).contains("   1   "));
    assert_eq!(app.panes.scope(), Scope::Packets);
    press(&mut app, "u1");
    assert!(drawn(&mut app).contains("TCP only"));
    app.handle(escape());
    assert!(drawn(&mut app).contains("udp/0"));
}

/// Only what goes wrong is left of the conversations, of the packets and of what is saved.
#[test]
fn only_conversations_with_findings_are_shown_until_esc() {
    let mut app = App::new(sample("everyday.pcapng"));
    let all = drawn(&mut app);
    assert!(all.contains(" 3 Findings 21"), "{all}");
    press(&mut app, "F");
    let shown = drawn(&mut app);
    assert!(shown.contains("with findings  "), "{shown}");
    assert!(shown.contains(" of 71 shown"), "{shown}");
    let only = app.shared.filter().only.unwrap();
    assert!(only.len() > 5 && only.len() < 71);
    assert!(shown.contains(&format!("with findings  {} of 71", only.len())));
    press(&mut app, "w");
    let saved = drawn(&mut app);
    assert!(saved.contains("▌ what is shown, "), "{saved}");
    app.handle(Event::Key(KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE)));
    press(&mut app, "2");
    let packets = drawn(&mut app);
    assert!(!packets.contains(" ARP "), "{packets}");
    press(&mut app, "1");
    app.handle(Event::Key(KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE)));
    let words = drawn(&mut app);
    assert!(!words.contains("with findings"), "{words}");
    assert_eq!(app.shared.filter(), Default::default());
}

/// From a finding to its packet in the ladder, and back to the list.
#[test]
fn a_finding_leads_to_the_ladder_and_back() {
    let mut app = App::new(sample("zero-window.pcap"));
    drawn(&mut app);
    press(&mut app, "3");
    let list = drawn(&mut app);
    assert!(list.contains("!     1  zero window"), "{list}");
    press(&mut app, "\n");
    let ladder = drawn(&mut app);
    assert!(
        ladder.contains("tcp/0") && ladder.contains("window █"),
        "{ladder}"
    );
    let chosen = ladder.lines().find(|line| line.starts_with("\"▌")).unwrap();
    assert!(chosen.contains("!├") || chosen.contains("!╞"), "{chosen}");
    app.handle(Event::Key(KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE)));
    assert_eq!(app.panes.scope(), Scope::Findings);
}

/// A key that would do nothing is not offered.
#[test]
fn hints_are_about_what_works_now() {
    let mut app = App::new(sample("dns.pcap"));
    let foot = |app: &mut App| drawn(app).lines().last().unwrap().to_owned();
    let first = foot(&mut app);
    assert!(!first.contains("esc back"), "{first}");
    assert!(first.contains("f follow"), "{first}");
    press(&mut app, "u");
    assert!(foot(&mut app).contains("esc back"));
    app.act(Action::Back);
    press(&mut app, "2");
    assert!(foot(&mut app).contains("esc back"));
    press(&mut app, "\t\t");
    let bytes = foot(&mut app);
    assert_eq!(app.panes.scope(), Scope::Bytes);
    assert!(!bytes.contains("s source"), "{bytes}");
    app.set_ports("1".parse().unwrap());
    app.act(Action::ShowConversations);
    let none = foot(&mut app);
    for hint in ["enter open", "f follow", "space mark"] {
        assert!(!none.contains(hint), "{none}");
    }
    assert!(
        none.contains("p port") && none.contains("esc back"),
        "{none}"
    );
}

/// What was chosen most clearly is offered first.
#[test]
fn the_selected_conversation_is_offered_before_everything() {
    let mut app = App::new(sample("everyday.pcapng"));
    drawn(&mut app);
    let escape = KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE);
    press(&mut app, "jw");
    assert!(drawn(&mut app).contains("Save tcp/0, "));
    app.handle(Event::Key(escape));
    app.set_ports("80".parse().unwrap());
    drawn(&mut app);
    press(&mut app, "w");
    assert!(drawn(&mut app).contains("Save what is shown, "));
    app.handle(Event::Key(escape));
    press(&mut app, "\nw");
    assert!(drawn(&mut app).contains("Save tcp/"));
}

/// From a list and from a ladder the focus goes to the explanation; its words lead to the glossary, and that to the keys.
#[test]
fn a_packet_is_explained_and_its_words_are_looked_up() {
    let mut app = App::new(sample("ftp-passive.pcap"));
    drawn(&mut app);
    press(&mut app, "2");
    press(&mut app, ":17\n");
    drawn(&mut app);
    press(&mut app, "x");
    let words = drawn(&mut app);
    assert_eq!(app.panes.scope(), Scope::Explanation);
    assert!(
        words.contains("L4 transport · transport layer · TCP"),
        "{words}"
    );
    // The next packets are explained while it has the focus.
    press(&mut app, "1\nx");
    let hidden = (0..60).find_map(|_| {
        press(&mut app, ".");
        let words = drawn(&mut app);
        words.contains("This says: Request: PASS").then_some(words)
    });
    let hidden = hidden.unwrap();
    assert!(hidden.contains("PASS *****"), "{hidden}");
    press(&mut app, "*");
    assert!(!drawn(&mut app).contains("PASS *****"));
    press(&mut app, "*");
    assert!(drawn(&mut app).contains("PASS *****"));
    press(&mut app, "l\n");
    let words = drawn(&mut app);
    assert!(words.contains(" Glossary "), "{words}");
    press(&mut app, "?");
    assert!(drawn(&mut app).contains(" Keys "));
    press(&mut app, "?");
    assert!(drawn(&mut app).contains(" Glossary "));
    press(&mut app, "q");
    assert!(!drawn(&mut app).contains(" Glossary "));
    assert_eq!(app.panes.scope(), Scope::Explanation);
    press(&mut app, "x");
    assert_eq!(app.panes.scope(), Scope::Details);
    // On a field that the glossary has a word for.
    press(&mut app, "?");
    assert!(drawn(&mut app).contains(" Keys "));
    press(&mut app, "?");
    assert!(drawn(&mut app).contains(" Glossary "));
}
