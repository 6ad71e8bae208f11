//! What a command may be completed to, and what the palette lists.

use super::{Argument, COMMANDS, CommandDef, find, named, split};
use crate::{
    columns::{COLUMNS, ON_SCREEN, chosen::ListColumn},
    confine::Confinement,
    services,
    ui::{
        filter_line::{self, offers::Expected},
        panes::copy_menu::CopyKind,
        prompt::typed_path,
    },
};
use std::{ops::Range, path::Path};

/// As many files are offered.
const MOST_FILES: usize = 200;

/// A directory with more entries is not read any further.
const MOST_ENTRIES: usize = 10_000;

/// What is known for completing arguments.
#[derive(Clone, Default)]
pub struct Known {
    /// The names of the protocols of the capture.
    pub protocols: Vec<&'static str>,
    /// Where files may be.
    pub confinement: Option<Confinement>,
}

/// What a word may become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// It.
    pub text: String,
    /// What is written beside it: a key and a meaning.
    pub note: String,
}

impl Offer {
    fn plain(text: impl Into<String>) -> Self {
        Offer {
            text: text.into(),
            note: String::new(),
        }
    }

    /// Returns a command, with its key and its meaning.
    pub fn command(command: &CommandDef) -> Self {
        Offer {
            text: command.name.to_owned(),
            note: format!("{:<9}  {}", command.key(), command.help.text()),
        }
    }
}

/// Returns where the word is that the cursor (in letters) ends, in bytes, and what it may become.
pub fn offers(line: &str, cursor: usize, known: &Known) -> (Range<usize>, Vec<Offer>) {
    let end = line.char_indices().nth(cursor);
    let end = end.map_or(line.len(), |(at, _)| at);
    let before = line.get(..end).unwrap_or(line);
    let (name, rest) = split(before);
    if rest.is_empty() {
        let begin = COMMANDS.iter().filter(|it| it.name.starts_with(name));
        let alias = find(name).filter(|it| !it.name.starts_with(name));
        return (
            0..end,
            alias.into_iter().chain(begin).map(Offer::command).collect(),
        );
    }
    let Ok(command) = named(name) else {
        return (end..end, Vec::new());
    };
    let behind = rest.trim_start_matches('!');
    let argument = behind.trim_start();
    if argument.len() == behind.len() {
        return (end..end, Vec::new());
    }
    let start = end - argument.len();
    if command.argument == Argument::Filter {
        return of_filter(argument, start, known);
    }
    (start..end, of_argument(command.argument, argument, known))
}

/// Returns what a part of a display filter may become.
fn of_filter(filter: &str, start: usize, known: &Known) -> (Range<usize>, Vec<Offer>) {
    let expected = Expected::at(filter, filter.chars().count());
    let known = filter_line::Known {
        protocols: known.protocols.clone(),
        ..filter_line::Known::default()
    };
    let offers = expected.offers(filter, &known, &[]);
    let offers = offers.into_iter().map(|offer| Offer {
        note: offer.note(),
        text: offer.text,
    });
    let word = start + expected.word.start..start + expected.word.end;
    (word, offers.collect())
}

fn of_argument(argument: Argument, typed: &str, known: &Known) -> Vec<Offer> {
    let lower = typed.to_lowercase();
    let beginning = |names: &[&'static str]| -> Vec<Offer> {
        let names = names.iter().filter(|name| name.starts_with(&lower));
        names.map(|name| Offer::plain(*name)).collect()
    };
    match argument {
        Argument::None | Argument::Number | Argument::Ports | Argument::Text => Vec::new(),
        Argument::Filter => Vec::new(),
        Argument::File => files(typed, known.confinement.as_ref()),
        Argument::Column => {
            let names: Vec<_> = COLUMNS[..ON_SCREEN]
                .iter()
                .map(|definition| definition.column.name())
                .collect();
            beginning(&names)
        }
        Argument::Protocol => beginning(&services::speakable()),
        Argument::Theme | Argument::Language => {
            let names: Vec<_> = argument.name().split('|').collect();
            beginning(&names)
        }
        Argument::Copy => {
            let names: Vec<_> = CopyKind::EVERY.iter().map(|kind| kind.name()).collect();
            beginning(&names)
        }
        Argument::Export => match typed.strip_prefix("har ") {
            Some(file) => {
                let files = files(file.trim_start(), known.confinement.as_ref());
                let whole = files
                    .into_iter()
                    .map(|it| Offer::plain(format!("har {}", it.text)));
                whole.collect()
            }
            None => beginning(&["har "]),
        },
        Argument::Command => {
            let begin = COMMANDS.iter().filter(|it| it.name.starts_with(&lower));
            begin.map(Offer::command).collect()
        }
    }
}

/// Returns the files and directories whose names begin with what was typed; those of a hidden name only if it begins
/// with a dot. None where the program may not read the directory.
fn files(typed: &str, confinement: Option<&Confinement>) -> Vec<Offer> {
    let (directory, name) = match typed.rfind('/') {
        Some(at) => typed.split_at_checked(at + 1).unwrap_or(("", typed)),
        None => ("", typed),
    };
    let path = match directory {
        "" => Path::new(".").to_owned(),
        directory => match confinement {
            Some(confinement) => typed_path(directory, confinement),
            None => Path::new(directory).to_owned(),
        },
    };
    let Ok(entries) = path.read_dir() else {
        return Vec::new();
    };
    let mut found: Vec<String> = entries
        .take(MOST_ENTRIES)
        .flatten()
        .filter_map(|entry| {
            let other = entry.file_name().into_string().ok()?;
            let is_shown =
                other.starts_with(name) && (name.starts_with('.') || !other.starts_with('.'));
            let slash = match entry.path().is_dir() {
                true => "/",
                false => "",
            };
            is_shown.then(|| format!("{directory}{other}{slash}"))
        })
        .collect();
    found.sort_unstable();
    found.truncate(MOST_FILES);
    found.into_iter().map(Offer::plain).collect()
}

/// Returns the commands in whose name, or in the words of whose help, the letters that were typed occur in this order;
/// those where they are closest together first.
pub fn matching(typed: &str) -> Vec<&'static CommandDef> {
    let typed = typed.trim().to_lowercase();
    let rank = |command: &'static CommandDef| {
        let aliases = command.aliases.iter().copied();
        let names = std::iter::once(command.name).chain(aliases);
        let in_name = names.filter_map(|name| spread(&typed, name)).min();
        let in_help = || spread(&typed, &command.help.text().to_lowercase());
        in_name.map(|spread| (0, spread)).or_else(|| {
            in_help()
                .filter(|spread| *spread <= LOOSE)
                .map(|spread| (1, spread))
        })
    };
    let mut found: Vec<_> = COMMANDS
        .iter()
        .filter_map(|command| Some((rank(command)?, command)))
        .collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, command)| command).collect()
}

/// In a sentence any letters occur: between those that were typed there are at most as many others.
const LOOSE: usize = 2;

/// Returns how many letters are left out before and between those that were typed, where they occur in this order; the
/// beginning of a word may follow anything.
fn spread(typed: &str, name: &str) -> Option<usize> {
    let letters: Vec<char> = name.chars().collect();
    let is_begin = |at: usize| at == 0 || matches!(letters.get(at - 1), Some(' ' | '-'));
    let starts = (0..letters.len().max(1)).filter_map(|start| {
        let mut at = start;
        let mut left_out = usize::from(!is_begin(start));
        for letter in typed.chars() {
            let step = letters.get(at..)?.iter().position(|one| *one == letter)?;
            left_out += if is_begin(at + step) { 0 } else { step };
            at += step + 1;
        }
        Some(left_out)
    });
    starts.min()
}
