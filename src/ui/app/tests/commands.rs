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
    // What is wrong is said, and the line is the latest of those that come back.
    let wrong = command(&mut app, "filter tcp.prot == 1");
    assert!(!wrong.contains(":filter tcp.prot == 1"), "{wrong}");
    assert!(wrong.contains("tcp.prot"), "{wrong}");
    press(&mut app, ":");
    app.handle(Event::Key(KeyEvent::from(KeyCode::Up)));
    let recalled = drawn(&mut app);
    assert!(recalled.contains(":filter tcp.prot == 1"), "{recalled}");
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
    assert!(drawn(&mut app).contains("usage: :theme dark|light|high-contrast"));
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
    assert_eq!(
        app.handle(Event::Key(enter)),
        Effect::Leave(Leaving::Open(path))
    );
    press(&mut app, ":q");
    assert_eq!(app.handle(Event::Key(enter)), Effect::Leave(Leaving::Quit));
    press(&mut app, ":wq");
    assert_eq!(app.handle(Event::Key(enter)), Effect::Leave(Leaving::Quit));
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

#[test]
fn what_is_copied_is_chosen() {
    let mut app = App::new(sample("web-uploads.pcap"));
    drawn(&mut app);
    press(&mut app, "2");
    drawn(&mut app);
    press(&mut app, ":13\n");
    drawn(&mut app);
    press(&mut app, "y");
    let menu = drawn(&mut app);
    for words in [
        "row",
        "display filter",
        "tcpdump expression",
        "ladder in Markdown",
        "curl",
    ] {
        assert!(menu.contains(words), "{words}: {menu}");
    }
    let key = |letter| Event::Key(KeyEvent::from(KeyCode::Char(letter)));
    let Effect::Copy(row) = app.handle(key('y')) else {
        panic!("nothing was copied");
    };
    assert!(row.starts_with("13\t"), "{row}");
    assert!(drawn(&mut app).contains("Copied: 13    "));
    let enter = Event::Key(KeyEvent::from(KeyCode::Enter));
    let mut by_name = |name: &str| {
        press(&mut app, &format!(":copy {name}"));
        if let Effect::Copy(text) = app.handle(enter.clone()) {
            return text;
        }
        loop {
            if let Some(text) = app.take_copied() {
                return text;
            }
            assert!(app.copying.is_some(), "{:?}", app.message);
        }
    };
    let filter = by_name("filter");
    assert!(filter.parse::<crate::filter::Filter>().is_ok(), "{filter}");
    assert!(by_name("tcpdump").starts_with("tcp and host "));
    let ladder = by_name("ladder");
    assert!(
        ladder.contains("|-- SYN") && ladder.contains(" --|"),
        "{ladder}"
    );
    let lines: Vec<&str> = ladder.lines().filter(|line| line.contains('>')).collect();
    assert!(
        lines.iter().all(|line| line.chars().count() >= 70),
        "{ladder}"
    );
    let markdown = by_name("markdown");
    assert!(markdown.starts_with("### tcp/0"), "{markdown}");
    assert!(markdown.contains("|--:|---|:-:|---|---|"), "{markdown}");
    let curl = by_name("curl");
    assert!(curl.starts_with("curl "), "{curl}");
    press(&mut app, ":copy nothing\n");
    assert!(drawn(&mut app).contains("nothing that can be copied is called nothing"));
    app.handle(Event::Key(KeyEvent::from(KeyCode::Esc)));
    press(&mut app, ":copy value\n");
    assert!(drawn(&mut app).contains("there is no value to copy here"));
}

#[test]
fn two_marked_rows_are_compared_and_files_are_listed() {
    let mut app = App::new(sample("everyday.pcapng"));
    drawn(&mut app);
    press(&mut app, "d");
    assert!(drawn(&mut app).contains("Mark two conversations"));
    press(&mut app, " jj d");
    assert_eq!(app.panes.scope(), Scope::Compare);
    let compared = drawn(&mut app);
    assert!(compared.contains("Comparison"), "{compared}");
    assert!(compared.contains("rows differ"), "{compared}");
    press(&mut app, "q2M jj d");
    let compared = drawn(&mut app);
    assert!(compared.contains("packet 1 "), "{compared}");
    press(&mut app, "qO");
    let files = drawn(&mut app);
    assert!(files.contains(" Files "), "{files}");
    assert!(files.contains("text/html"), "{files}");
    press(&mut app, "f");
    drawn(&mut app);
    assert_eq!(app.panes.scope(), Scope::Follow);
}

#[test]
fn http_is_exported_to_a_new_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("all.har");
    let mut app = App::new(sample("web-uploads.pcap"));
    drawn(&mut app);
    let line = format!("export har {}", path.display());
    let saved = command(&mut app, &line);
    assert!(
        saved.contains("requests, to ") || saved.contains("request, to "),
        "{saved}"
    );
    let text = std::fs::read_to_string(&path).unwrap();
    let archive: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert!(!archive["log"]["entries"].as_array().unwrap().is_empty());
    let again = command(&mut app, &line);
    assert!(again.contains("is there: :export! replaces it"), "{again}");
    app.handle(Event::Key(KeyEvent::from(KeyCode::Esc)));
    let replaced = command(&mut app, &format!("export! har {}", path.display()));
    assert!(replaced.contains(", to "), "{replaced}");
    assert!(command(&mut app, "export pdf x").contains("usage: :export har FILE"));
}

#[test]
fn a_comment_is_shown_found_and_saved() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("commented.pcapng");
    let mut app = App::new(sample("dns.pcap"));
    drawn(&mut app);
    press(&mut app, "2j");
    let said = command(&mut app, "comment 왜 여기서 느린가 ✎");
    assert!(said.contains("The comment is on packet 2"), "{said}");
    let shown = drawn(&mut app);
    assert!(shown.contains("✎ "), "{shown}");
    app.act(Action::NextPane);
    app.act(Action::FoldAll);
    let shown = drawn(&mut app);
    assert!(shown.contains("왜 여기서 느린가"), "{shown}");
    app.act(Action::Back);
    command(&mut app, "filter frame.comment contains \"느린가\"");
    assert_eq!(app.chosen_packet(), Some(2));
    app.act(Action::Back);
    // It is not lost without a question.
    assert_eq!(app.act(Action::Quit), Effect::None);
    let asked = drawn(&mut app);
    assert!(asked.contains("Comments on 1 packet not saved"), "{asked}");
    press(&mut app, "qqq");
    assert!(app.prompt.is_some());
    app.handle(Event::Key(KeyEvent::from(KeyCode::Esc)));
    let saved = command(&mut app, &format!("w {}", path.display()));
    assert!(saved.contains("Saved "), "{saved}");
    let bytes = std::fs::read(&path).unwrap();
    let words = "왜 여기서 느린가".as_bytes();
    assert!(bytes.windows(words.len()).any(|window| window == words));
    assert_eq!(app.act(Action::Quit), Effect::Leave(Leaving::Quit));
}

#[test]
fn a_comment_on_a_conversation_is_edited_saved_read_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("commented.pcapng");
    let mut app = App::new(sample("everyday.pcapng"));
    drawn(&mut app);
    let id = app.chosen_conversation().unwrap();
    let name = app.shared.store.read().tracker.get(id).unwrap().id();
    let said = command(&mut app, "comment too slow");
    assert!(
        said.contains(&format!("The comment is on {name}; w saves it.")),
        "{said}"
    );
    press(&mut app, ":comment\n");
    let asked = drawn(&mut app);
    assert!(
        asked.contains(&format!("Comment on {name}: too slow")),
        "{asked}"
    );
    press(&mut app, " here\n");
    let said = drawn(&mut app);
    assert!(said.contains("is changed; w saves it."), "{said}");
    let shown = drawn(&mut app);
    assert!(shown.contains("✎ too slow here"), "{shown}");
    app.act(Action::Open);
    let ladder = drawn(&mut app);
    assert!(ladder.contains("✎ too slow here"), "{ladder}");
    app.act(Action::Back);
    command(&mut app, &format!("w {}", path.display()));

    // Read again, it is on the conversation, and its words in the file name that.
    let mut again = App::new(sample(path.to_str().unwrap()));
    drawn(&mut again);
    let shown = drawn(&mut again);
    assert!(shown.contains("✎ too slow here"), "{shown}");
    {
        let contents = again.shared.store.read();
        let conversation = contents.tracker.get(id).unwrap();
        let comments = &contents.comments[&conversation.first_packet];
        let [client, server] = [conversation.client, conversation.server];
        let expected = format!("Conversation {client} to {server}: too slow here");
        assert_eq!(comments.last(), Some(&expected));
    }
    // An empty one is removed.
    press(&mut again, ":comment\n");
    for _ in 0.."too slow here".len() {
        press(&mut again, "\x08");
    }
    assert!(drawn(&mut again).contains("empty removes it"));
    press(&mut again, "\n");
    drawn(&mut again);
    let shown = drawn(&mut again);
    assert!(!shown.contains("too slow"), "{shown}");
}

#[test]
fn several_captures_have_a_line_of_names_and_g_waits_for_t() {
    let mut app = App::new(sample("everyday.pcapng"));
    drawn(&mut app);
    command(&mut app, "tabnext");
    assert!(drawn(&mut app).contains("No other capture is open: :tabnew FILE"));
    app.shared.tabs = Tabs {
        names: vec!["a.pcap".to_owned(), "everyday.pcapng".to_owned()],
        at: 1,
    };
    let shown = drawn(&mut app);
    assert!(shown.contains(" 1 a.pcap   2 everyday.pcapng "), "{shown}");
    command(&mut app, "42");
    let leaves = |tab| Effect::Leave(Leaving::Tab(tab));
    let key = |letter| Event::Key(KeyEvent::from(KeyCode::Char(letter)));
    press(&mut app, "g");
    assert_eq!(app.chosen_packet(), Some(42));
    assert_eq!(app.handle(key('t')), leaves(Tab::By(1)));
    press(&mut app, "g");
    assert_eq!(app.handle(key('T')), leaves(Tab::By(-1)));
    press(&mut app, "5");
    press(&mut app, "g");
    assert_eq!(app.handle(key('t')), leaves(Tab::Number(5)));
    assert_eq!(app.chosen_packet(), Some(42));
    // Another letter comes after the first row, and none leads there after a time.
    press(&mut app, "gj");
    assert_eq!(app.chosen_packet(), Some(2));
    press(&mut app, "gg");
    assert_eq!(app.chosen_packet(), Some(1));
    press(&mut app, "7gg");
    assert_eq!(app.chosen_packet(), Some(7));
    press(&mut app, "g");
    std::thread::sleep(Duration::from_millis(550));
    assert!(app.has_changed());
    drawn(&mut app);
    assert_eq!(app.chosen_packet(), Some(1));
    let click = MouseEvent {
        kind: MouseEventKind::Down(MouseButton::Left),
        column: 3,
        row: 0,
        modifiers: KeyModifiers::NONE,
    };
    assert_eq!(app.handle(Event::Mouse(click)), leaves(Tab::Number(1)));
    assert_eq!(app.act(Action::Quit), Effect::Leave(Leaving::QuitAll));
    assert_eq!(app.leave(), Effect::Leave(Leaving::Quit));
}

#[test]
fn another_theme_keeps_the_colours_that_are_set() {
    let mut app = App::new(sample("dns.pcap"));
    let own = Style::new().fg(ratatui::style::Color::Rgb(1, 2, 3));
    app.shared.colors = [("bad", own)].into();
    for (theme, color) in [
        ("light", own.fg),
        ("high-contrast", own.fg),
        ("plain", None),
    ] {
        command(&mut app, &format!("theme {theme}"));
        assert_eq!(app.shared.theme.bad.fg, color, "{theme}");
    }
}
