//! Commands, as they are typed.

use super::*;

fn command(app: &mut App, line: &str) -> String {
    press(app, &format!(":{line}\n"));
    drawn(app)
}

#[test]
fn a_number_goes_to_a_packet_and_a_filter_is_applied() {
    let mut app = App::new(sample("everyday.pcapng"));
    drawn(&mut app);
    command(&mut app, "42");
    assert_eq!(app.chosen_packet(), Some(42));
    assert_eq!(app.panes.scope(), Scope::Packets);
    command(&mut app, "$");
    assert_eq!(app.chosen_packet(), Some(964));
    let filtered = command(&mut app, "fil dns");
    assert!(filtered.contains("dns"), "{filtered}");
    assert!(app.shared.display.filter().is_some());
    // What is wrong is said, and the line stays.
    let wrong = command(&mut app, "filter tcp.prot == 1");
    assert!(wrong.contains(":filter tcp.prot == 1"), "{wrong}");
    assert!(wrong.contains("tcp.prot"), "{wrong}");
    app.handle(Event::Key(KeyEvent::from(KeyCode::Esc)));
    command(&mut app, "port 53");
    assert_eq!(app.shared.ports.to_string(), "53");
    let sorted = command(&mut app, "sort server");
    assert!(sorted.contains("Sorted by Server"), "{sorted}");
    assert_eq!(app.panes.scope(), Scope::Conversations);
    let unknown = command(&mut app, "folow");
    let near = "there is no command folow; did you mean follow?";
    assert!(unknown.contains(near), "{unknown}");
}

#[test]
fn tab_completes_and_earlier_commands_come_back() {
    let mut app = App::new(sample("dns.pcap"));
    drawn(&mut app);
    press(&mut app, ":stati");
    assert!(drawn(&mut app).contains("statistics: the statistics"));
    press(&mut app, "\t\n");
    assert_eq!(app.panes.scope(), Scope::Statistics);
    press(&mut app, ":f\t");
    let listed = drawn(&mut app);
    assert!(listed.contains(" follow "), "{listed}");
    assert!(listed.contains(" findings "), "{listed}");
    app.handle(Event::Key(KeyEvent::from(KeyCode::Esc)));
    app.handle(Event::Key(KeyEvent::from(KeyCode::Esc)));
    press(&mut app, ":");
    app.handle(Event::Key(KeyEvent::from(KeyCode::Up)));
    assert!(drawn(&mut app).contains(" :statistics"));
    app.handle(Event::Key(KeyEvent::from(KeyCode::Down)));
    assert!(!drawn(&mut app).contains(" :statistics"));
    // Nothing is left to remove.
    press(&mut app, "\x08");
    assert!(app.prompt.is_none());
}

#[test]
fn the_palette_narrows_and_runs() {
    let mut app = App::new(sample("dns.pcap"));
    drawn(&mut app);
    app.act(Action::Palette);
    let all = drawn(&mut app);
    assert!(all.contains("▌ help"), "{all}");
    press(&mut app, "shst");
    let narrow = drawn(&mut app);
    assert!(!narrow.contains(" follow "), "{narrow}");
    press(&mut app, "\x08\x08\x08\x08statistics\n");
    assert_eq!(app.panes.scope(), Scope::Statistics);
    // What a command needs is typed after it.
    app.act(Action::Palette);
    press(&mut app, "theme\n");
    assert!(drawn(&mut app).contains(" :theme "));
    press(&mut app, "x\n");
    assert!(drawn(&mut app).contains("usage: :theme dark|light|plain"));
}

#[test]
fn packets_are_saved_and_the_program_is_left_by_a_command() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("all.pcapng");
    let mut app = App::new(sample("dns.pcap"));
    drawn(&mut app);
    let saved = command(&mut app, &format!("w {}", path.display()));
    assert!(saved.contains("Saved "), "{saved}");
    let length = path.metadata().unwrap().len();
    assert!(length > 100);
    let asked = command(&mut app, &format!("w {}", path.display()));
    assert!(asked.contains("is there: replace it?"), "{asked}");
    press(&mut app, "n");
    app.handle(Event::Key(KeyEvent::from(KeyCode::Esc)));
    let saved = command(&mut app, &format!("w! {}", path.display()));
    assert!(saved.contains("Saved "), "{saved}");
    assert!(command(&mut app, "lang de").contains("usage: :lang en|ko"));
    app.handle(Event::Key(KeyEvent::from(KeyCode::Esc)));
    press(&mut app, ":help wq");
    let enter = KeyEvent::from(KeyCode::Enter);
    app.handle(Event::Key(enter));
    assert!(drawn(&mut app).contains("also :x :xit :wqa"));
    press(&mut app, "q:open /nowhere/a.pcap\n");
    assert!(drawn(&mut app).contains("cannot be opened"));
    app.handle(Event::Key(KeyEvent::from(KeyCode::Esc)));
    press(&mut app, ":open ");
    press(&mut app, path.to_str().unwrap());
    assert_eq!(app.handle(Event::Key(enter)), Effect::Open(path));
    press(&mut app, ":q");
    assert_eq!(app.handle(Event::Key(enter)), Effect::Quit);
    press(&mut app, ":wq");
    assert_eq!(app.handle(Event::Key(enter)), Effect::Quit);
}

#[test]
fn info_is_scrolled() {
    let mut app = App::new(sample("everyday.pcapng"));
    drawn(&mut app);
    press(&mut app, "2");
    let narrow = |app: &mut App| loop {
        let words = screen(80, 24, |frame| app.draw(frame));
        if !app.is_loading() && !app.has_changed() {
            return words;
        }
    };
    let before = narrow(&mut app);
    press(&mut app, "l");
    let scrolled = narrow(&mut app);
    assert_ne!(before, scrolled);
    press(&mut app, "llllllllllllllllllllllllllllllh");
    assert_ne!(narrow(&mut app), before);
    press(&mut app, "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh");
    assert_eq!(narrow(&mut app), before);
}
