use super::*;
use crate::ui::{Action, action::BINDINGS, commands::complete::Known, panes::help::help_of};

fn offered(line: &str) -> Vec<String> {
    let (_, offers) = offers(line, line.chars().count(), &Known::default());
    offers.into_iter().map(|offer| offer.text).collect()
}

#[test]
fn names_are_unique() {
    let names = COMMANDS
        .iter()
        .flat_map(|command| std::iter::once(&command.name).chain(command.aliases));
    let mut seen = Vec::new();
    for name in names {
        assert!(!seen.contains(name), "{name}");
        seen.push(*name);
    }
}

/// What a key does a command does, too: all but moving the cursor, and what belongs to a choice of columns or to a
/// search in one pane.
#[test]
fn each_key_has_a_command() {
    const WITHOUT: &[Action] = &[
        Action::Up,
        Action::Down,
        Action::HalfPageUp,
        Action::HalfPageDown,
        Action::PageUp,
        Action::PageDown,
        Action::Top,
        Action::Bottom,
        Action::Left,
        Action::Right,
        Action::BackOrQuit,
        Action::PreviousPane,
        Action::PreviousView,
        Action::SortPrevious,
        Action::PreviousCharset,
        Action::NextTurn,
        Action::PreviousTurn,
        Action::Save,
        Action::SetMark,
        Action::GoToMark,
        Action::CommandLine,
        Action::AddColumn,
        Action::EditColumn,
        Action::RemoveColumn,
        Action::ResetColumns,
        Action::MoveUp,
        Action::MoveDown,
        // `:quit` does the same.
        Action::Quit,
    ];
    for binding in BINDINGS {
        let action = binding.action;
        let has_one = COMMANDS.iter().any(|it| it.action == Some(action));
        assert!(has_one != WITHOUT.contains(&action), "{action:?}");
    }
}

#[test]
fn a_command_is_found_by_its_beginning() {
    let command = |line| parse(line).unwrap().unwrap().command.name;
    assert_eq!(command("w a.pcap"), "write");
    assert_eq!(command("x"), "wq");
    assert_eq!(command(":q!"), "quit");
    assert_eq!(command("statis"), "statistics");
    assert_eq!(command("sort to-client"), "sort");
    assert_eq!(parse("42").unwrap().unwrap().argument, "42");
    assert_eq!(parse("1,204").unwrap().unwrap().argument, "1,204");
    assert_eq!(command("$"), "goto");
    assert_eq!(parse("  ").unwrap(), None);
    let typed = parse("w! my file.pcap").unwrap().unwrap();
    assert_eq!((typed.argument, typed.forced), ("my file.pcap", true));
}

#[test]
fn what_is_wrong_with_a_command_is_said() {
    for (line, why) in [
        (
            "filtre x",
            "there is no command filtre; did you mean filter?",
        ),
        ("xyzzyx", "there is no command xyzzyx; :help lists them"),
        ("next-", "usage"),
        ("stop now", ":stop takes no argument"),
        ("follow!", ":follow takes no !"),
        ("theme", "usage: :theme dark|light|high-contrast"),
        ("st", "st may be stop, statistics"),
        ("/", "there is no command"),
    ] {
        let said = parse(line);
        match line {
            // The beginning of only one.
            "next-" => assert_eq!(said.unwrap().unwrap().command.name, "next-marked"),
            _ => assert!(said.clone().unwrap_err().contains(why), "{line}: {said:?}"),
        }
    }
    let long = "a".repeat(10_000);
    assert!(parse(&long).unwrap_err().len() < 100);
}

#[test]
fn arguments_are_completed() {
    assert_eq!(offered("fil"), ["filter"]);
    assert_eq!(offered("w")[0], "write");
    assert_eq!(offered("theme l"), ["light"]);
    assert_eq!(offered("lang "), ["en", "ko"]);
    assert_eq!(offered("help foll"), ["follow"]);
    assert_eq!(offered("decode htt"), ["http", "http2"]);
    assert_eq!(offered("sort to-"), ["to-server", "to-client"]);
    let fields = offered("filter tcp.port == 80 and http.request.meth");
    assert_eq!(fields, ["http.request.method"]);
    assert!(offered("nothing x").is_empty());
    // Names of files, only in the directory that is typed.
    let folder = tempfile::tempdir().unwrap();
    for name in ["one.pcap", "once.pcap", ".hidden"] {
        std::fs::write(folder.path().join(name), "").unwrap();
    }
    let place = folder.path().to_str().unwrap();
    let files = offered(&format!("w {place}/"));
    assert_eq!(
        files,
        [format!("{place}/once.pcap"), format!("{place}/one.pcap")]
    );
    assert_eq!(
        offered(&format!("w! {place}/.h")),
        [format!("{place}/.hidden")]
    );
}

#[test]
fn the_palette_finds_letters_in_their_order() {
    let first = |typed| matching(typed).first().map(|command| command.name);
    assert_eq!(first("flw"), Some("follow"));
    assert_eq!(first("nm"), Some("next-marked"));
    assert_eq!(first("stat"), Some("statistics"));
    assert_eq!(first("w"), Some("write"));
    assert_eq!(first("glossary"), Some("keys"), "in its help");
    assert_eq!(first("qqqq"), None);
    assert_eq!(matching("").len(), COMMANDS.len());
}

/// The commands in docs/manual.md are those of the table. On a difference this prints the correct text.
#[test]
fn the_manual_lists_the_commands() {
    let mut table = String::from("| Command | What it does |\n|---|---|\n");
    for command in COMMANDS {
        let (usage, help) = help_of(command);
        let escaped = |words: &str| words.replace('|', "\\|");
        table += &format!("| `{}` | {} |\n", escaped(&usage), escaped(&help));
    }
    let manual = include_str!("../../../docs/manual.md");
    assert!(
        manual.contains(&table),
        "docs/manual.md must contain:\n{table}"
    );
}
