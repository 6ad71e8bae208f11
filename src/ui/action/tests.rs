//! The table of bindings.

use super::*;

#[test]
fn no_key_means_two_things_in_one_place() {
    for scope in Scope::EVERY {
        let mut seen = Vec::new();
        for binding in BINDINGS
            .iter()
            .filter(|binding| binding.scopes.contains(&scope))
        {
            for key in binding.keys {
                assert!(!seen.contains(key), "{key} is bound twice in {scope:?}");
                seen.push(key);
            }
        }
    }
}

#[test]
fn the_key_of_the_help_is_always_among_the_hints() {
    for scope in Scope::EVERY {
        for columns in [12, 40, 80, 120, 140, 300] {
            let hints = hints_within(scope, columns, |_| true);
            assert_eq!(hints.last().unwrap().action, Action::Help);
            let used: usize = hints.iter().map(Hint::width).sum();
            assert!(used <= columns, "{scope:?} {columns}");
        }
    }
    assert!(hints_within(Conversations, 5, |_| true).is_empty());
}

#[test]
fn keys_are_found() {
    let key = |code, modifiers| KeyEvent::new(code, modifiers);
    let none = KeyModifiers::NONE;
    assert_eq!(
        action(key(KeyCode::Char('j'), none), Conversations),
        Some(Action::Down)
    );
    assert_eq!(
        action(key(KeyCode::Char('S'), KeyModifiers::SHIFT), Conversations),
        Some(Action::SortReverse)
    );
    assert_eq!(
        action(key(KeyCode::Char('d'), KeyModifiers::CONTROL), Details),
        Some(Action::HalfPageDown)
    );
    assert_eq!(action(key(KeyCode::Char('s'), none), Ladder), None);
}

/// The keys in docs/manual.md are those of the table. On a difference this prints the correct text.
#[test]
fn the_manual_lists_the_keys() {
    let mut table = String::from("| Where | Keys | What they do |\n|---|---|---|\n");
    for scope in Scope::EVERY {
        for binding in BINDINGS
            .iter()
            .filter(|binding| binding.scopes.first() == Some(&scope))
        {
            let places: Vec<_> = binding
                .scopes
                .iter()
                .map(|scope| scope.name().to_lowercase())
                .collect();
            let key = |key: &&str| format!("`{}`", key.replace('|', "\\|"));
            let keys: Vec<_> = binding.keys.iter().map(key).collect();
            table += &format!(
                "| {} | {} | {} |\n",
                places.join(", "),
                keys.join(" "),
                binding.help.text()
            );
        }
    }
    let manual = include_str!("../../../docs/manual.md");
    assert!(
        manual.contains(&table),
        "docs/manual.md must contain:\n{table}"
    );
}
