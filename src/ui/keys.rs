//! The keys as the user has set them: the table of bindings with other keys in it.
//!
//! A row is named by its text in the help without `key-`: `filter`, `find-next`. Rows of one name are set together.

use super::{
    Action, Scope,
    action::{BINDINGS, Binding},
};
use crate::{format::printable, lang::text};
use std::sync::OnceLock;

/// The key that quits, whatever is set.
pub const QUITS: &str = "ctrl-c";

/// The bindings that were chosen.
static CHOSEN: OnceLock<Vec<Binding>> = OnceLock::new();

/// Chooses the bindings, before the first key is pressed. Later calls have no effect.
pub fn choose(bindings: Vec<Binding>) {
    let _ = CHOSEN.set(bindings);
}

/// Whether bindings were chosen.
pub fn are_chosen() -> bool {
    CHOSEN.get().is_some()
}

/// Returns the first key of the rows of a name for a text, or the command of this name if they have none; nothing if there
/// is no such row.
pub fn shown(wanted: &str) -> Option<String> {
    let mut rows = bindings().iter().filter(|row| name(row) == wanted);
    let row = rows.next()?;
    Some(match row.keys.first() {
        Some(key) => (*key).to_owned(),
        None => format!(":{wanted}"),
    })
}

/// Returns the bindings.
pub fn bindings() -> &'static [Binding] {
    CHOSEN.get().map_or(BINDINGS, Vec::as_slice)
}

/// Returns the first key of an action in a part of the screen.
pub fn key_of(action: Action, scope: Scope) -> &'static str {
    let has = |scope: Scope| {
        let mut rows = bindings().iter();
        rows.find(|row| row.action == action && row.scopes.contains(&scope))
    };
    let row = has(scope).or_else(|| has(Scope::All));
    row.and_then(|row| row.keys.first()).unwrap_or(&"")
}

/// Returns the name of a row in the settings.
pub fn name(binding: &Binding) -> &'static str {
    let id = binding.help.0;
    id.strip_prefix("key-").unwrap_or(id)
}

/// Keys that the user sets for the rows of a name.
#[derive(Clone, Debug, PartialEq)]
pub struct KeySetting {
    /// The name of the rows.
    pub name: &'static str,
    /// The keys, in the notation of the table.
    pub keys: Vec<String>,
}

/// Two rows had one key in one place; the row that lost it, and the setting because of which it did. Or both were set, one
/// of them for everywhere: the other one hides it where that works.
#[derive(Clone, Debug, PartialEq)]
pub struct Clash {
    /// The setting.
    pub setting: usize,
    /// The key.
    pub key: &'static str,
    /// The name of the row that has no longer this key.
    pub loser: &'static str,
    /// Whether it has the key still, in other places.
    pub is_hidden: bool,
}

/// Returns the table with these keys, and the clashes. What the user has set takes a key from what the user has not, but
/// one key always quits.
pub fn bind(settings: &[KeySetting]) -> (Vec<Binding>, Vec<Clash>) {
    let mut rows = BINDINGS.to_vec();
    let mut set_by = vec![None; rows.len()];
    for (at, setting) in settings.iter().enumerate() {
        let mut keys: Vec<&'static str> = setting.keys.iter().map(|key| kept(key)).collect();
        if setting.name == "quit" && !keys.contains(&QUITS) {
            keys.push(QUITS);
        }
        let keys: &'static [&'static str] = keys.leak();
        for (row, by) in rows.iter_mut().zip(&mut set_by) {
            if name(row) == setting.name {
                row.keys = keys;
                *by = Some(at);
            }
        }
    }
    let mut clashes = Vec::new();
    for first in 0..rows.len() {
        let Some(setting) = set_by[first] else {
            continue;
        };
        for other in 0..rows.len() {
            // Of two that are set the earlier one in the table keeps the key.
            let keeps = match set_by[other] {
                Some(_) => other <= first,
                None => false,
            };
            if set_by[other].is_some() {
                let hidden = hidden(&rows, first, other);
                clashes.extend(hidden.map(|key| Clash {
                    setting,
                    key,
                    loser: name(&rows[other]),
                    is_hidden: true,
                }));
            }
            if keeps || rows[other].action == rows[first].action {
                continue;
            }
            // A key of one place may hide one of everywhere, as in the table.
            let both_set = set_by[other].is_some();
            let overlaps = rows[first].scopes.iter().any(|scope| {
                rows[other].scopes.contains(scope) || (*scope == Scope::All && !both_set)
            });
            let shared = |key: &&&'static str| overlaps && rows[first].keys.contains(*key);
            let lost: Vec<&'static str> = rows[other].keys.iter().filter(shared).copied().collect();
            if lost.is_empty() {
                continue;
            }
            let left = rows[other].keys.iter().filter(|key| !lost.contains(*key));
            let left: Vec<&'static str> = left.copied().collect();
            let loser = name(&rows[other]);
            clashes.extend(lost.into_iter().map(|key| Clash {
                setting,
                key,
                loser,
                is_hidden: false,
            }));
            rows[other].keys = left.leak();
        }
    }
    (rows, clashes)
}

/// Returns the keys of a row that hide those of one that works everywhere, unless they do so in the table, too.
fn hidden(rows: &[Binding], first: usize, other: usize) -> impl Iterator<Item = &'static str> {
    let [here, there] = [&rows[first], &rows[other]];
    let hides = !here.scopes.contains(&Scope::All)
        && there.scopes.contains(&Scope::All)
        && here.action != there.action;
    let is_new = move |key: &&'static str| {
        !(BINDINGS[first].keys.contains(key) && BINDINGS[other].keys.contains(key))
    };
    let keys = here.keys.iter().copied();
    let there = there.keys;
    keys.filter(move |key| hides && there.contains(key) && is_new(key))
}

/// Returns a key that lasts as long as the program, as those of the table do.
fn kept(key: &str) -> &'static str {
    let known = BINDINGS
        .iter()
        .flat_map(|row| row.keys)
        .find(|it| **it == key);
    known.copied().unwrap_or_else(|| key.to_owned().leak())
}

/// The names of keys that are no letters: as they are written, and in the notation of the table.
const NAMED: [(&str, &str); 27] = [
    ("space", "space"),
    ("enter", "enter"),
    ("return", "enter"),
    ("esc", "esc"),
    ("escape", "esc"),
    ("tab", "tab"),
    ("shift-tab", "shift-tab"),
    ("up", "↑"),
    ("down", "↓"),
    ("left", "←"),
    ("right", "→"),
    ("↑", "↑"),
    ("↓", "↓"),
    ("←", "←"),
    ("→", "→"),
    ("home", "home"),
    ("end", "end"),
    ("page up", "page up"),
    ("page-up", "page up"),
    ("page down", "page down"),
    ("page-down", "page down"),
    ("ctrl-page up", "ctrl-page up"),
    ("ctrl-page-up", "ctrl-page up"),
    ("ctrl-page down", "ctrl-page down"),
    ("ctrl-page-down", "ctrl-page down"),
    ("insert", "insert"),
    ("delete", "delete"),
];

/// Keys that a terminal cannot tell from tab, enter and esc.
const SAME: [char; 3] = ['i', 'm', '['];

/// Parses a key as it is written in the settings.
///
/// # Errors
///
/// Fails with what is allowed.
pub fn parse(key: &str) -> Result<String, String> {
    let lower = key.to_lowercase();
    if let Some((_, name)) = NAMED.iter().find(|(written, _)| *written == lower) {
        return Ok((*name).to_owned());
    }
    let mut letters = key.chars();
    let is_key = |letter: char| !letter.is_control() && !letter.is_whitespace();
    let found = match (letters.next(), letters.next()) {
        (Some(letter), None) if is_key(letter) => Some(key.to_owned()),
        _ => None,
    };
    let control = || {
        let mut letters = lower.strip_prefix("ctrl-")?.chars();
        let letter = letters.next().filter(|letter| is_key(*letter))?;
        let is_one = letters.next().is_none() && !SAME.contains(&letter);
        is_one.then(|| lower.clone())
    };
    let function = || {
        let number: u8 = lower.strip_prefix('f')?.parse().ok()?;
        (1..=12).contains(&number).then(|| format!("f{number}"))
    };
    let found = found.or_else(control).or_else(function);
    found.ok_or_else(|| {
        let names = NAMED.iter().map(|(written, _)| *written);
        let names: Vec<_> = names.filter(|name| name.is_ascii()).collect();
        text!(
            "config-no-key",
            key = printable(key),
            names = names.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(name: &'static str, keys: &[&str]) -> KeySetting {
        KeySetting {
            name,
            keys: keys.iter().map(|key| parse(key).unwrap()).collect(),
        }
    }

    fn keys(rows: &[Binding], wanted: &str) -> Vec<&'static str> {
        let row = rows.iter().find(|row| name(row) == wanted).unwrap();
        row.keys.to_vec()
    }

    #[test]
    fn keys_are_written_as_people_write_them() {
        for (written, key) in [
            ("/", "/"),
            ("Ctrl-F", "ctrl-f"),
            ("F3", "f3"),
            ("down", "↓"),
            ("Page-Up", "page up"),
            ("G", "G"),
            ("한", "한"),
        ] {
            assert_eq!(parse(written).as_deref(), Ok(key), "{written}");
        }
        for wrong in [
            "", "ab", "ctrl-", "ctrl-i", "f13", "f0", "\u{1b}", "alt-x", "ctrl-ab",
        ] {
            let why = parse(wrong).unwrap_err();
            assert!(why.contains("shift-tab"), "{why}");
        }
    }

    /// The defaults are written in the settings, too.
    #[test]
    fn every_key_of_the_table_can_be_written() {
        for row in BINDINGS {
            for key in row.keys {
                assert_eq!(parse(key).as_deref(), Ok(*key));
            }
        }
    }

    #[test]
    fn a_key_that_is_set_is_taken_from_others() {
        let (rows, clashes) = bind(&[set("filter", &["f3"])]);
        assert_eq!((keys(&rows, "filter"), clashes), (vec!["f3"], Vec::new()));
        let (rows, clashes) = bind(&[set("filter", &["n", "/"])]);
        assert_eq!(keys(&rows, "filter"), ["n", "/"]);
        assert_eq!(clashes.len(), 1, "{clashes:?}");
        assert_eq!((clashes[0].key, clashes[0].loser), ("n", "find-next"));
        // Everywhere means everywhere.
        let (rows, clashes) = bind(&[set("quit", &["x"])]);
        assert_eq!(keys(&rows, "quit"), ["x", "ctrl-c"]);
        assert!(
            clashes.iter().any(|clash| clash.loser == "explain"),
            "{clashes:?}"
        );
        // Of two that are set one hides the other where it works.
        let (rows, clashes) = bind(&[set("quit", &["x"]), set("explain", &["x"])]);
        assert_eq!(keys(&rows, "quit"), ["x", "ctrl-c"]);
        assert_eq!(keys(&rows, "explain"), ["x"]);
        let hidden = clashes.iter().filter(|clash| clash.is_hidden);
        let hidden: Vec<_> = hidden.map(|it| (it.setting, it.key, it.loser)).collect();
        assert_eq!(hidden, [(1, "x", "quit")]);
        // Of two that are set in one place one loses.
        let (rows, clashes) = bind(&[set("sort", &["f9"]), set("reverse", &["f9"])]);
        let both = [keys(&rows, "sort"), keys(&rows, "reverse")];
        assert_eq!(both.iter().flatten().count(), 1);
        assert_eq!(clashes.len(), 1);
    }
}
