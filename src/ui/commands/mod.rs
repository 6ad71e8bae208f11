//! The commands of the command line, as one table: what is typed after `:`, its completion, the palette, the help and
//! the manual's list are made from it.

mod complete;
#[cfg(test)]
mod tests;

pub use complete::{Known, Offer, matching, offers};

use super::{Action, action};
use crate::{
    filter::distance,
    lang::{TextId, text},
};

/// What may follow the name of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// Nothing.
    None,
    /// The number of a packet.
    Number,
    /// The name of a file.
    File,
    /// A display filter.
    Filter,
    /// Ports.
    Ports,
    /// A column of the conversations.
    Column,
    /// A protocol.
    Protocol,
    /// The name of a theme.
    Theme,
    /// A language.
    Language,
    /// A command.
    Command,
    /// What is copied.
    Copy,
    /// A format, and a file.
    Export,
    /// Any text.
    Text,
}

impl Argument {
    /// Returns its name in the help; nothing if there is none.
    pub fn name(self) -> &'static str {
        match self {
            Argument::None => "",
            Argument::Number => "N",
            Argument::File => "FILE",
            Argument::Filter => "FILTER",
            Argument::Ports => "PORTS",
            Argument::Column => "COLUMN",
            Argument::Protocol => "PROTOCOL",
            Argument::Theme => "dark|light|high-contrast|color-blind|plain",
            Argument::Language => "en|ko",
            Argument::Command => "COMMAND",
            Argument::Copy => "WHAT",
            Argument::Export => "har FILE",
            Argument::Text => "TEXT",
        }
    }
}

/// What a command does that no key does: with an argument, or at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Save packets to a file.
    Write,
    /// Save them, and quit.
    WriteQuit,
    /// Quit.
    Quit,
    /// Go to a packet.
    GoTo,
    /// Apply a display filter.
    Filter,
    /// Show only some ports.
    Ports,
    /// Sort by a column.
    Sort,
    /// Decode a port as a protocol.
    Decode,
    /// Search for a text.
    Find,
    /// Choose the colours.
    Theme,
    /// Choose the language.
    Language,
    /// Show the commands, or what one of them does.
    Help,
    /// Open another capture in the place of this one.
    Open,
    /// Open another capture beside this one.
    OpenTab,
    /// Show another capture that is open.
    ShowTab,
    /// Leave all captures.
    QuitAll,
    /// Copy something.
    Copy,
    /// Write an archive.
    Export,
    /// Comment on a packet.
    Comment,
}

/// A command.
#[derive(Debug, PartialEq, Eq)]
pub struct CommandDef {
    /// Its name.
    pub name: &'static str,
    /// Other names.
    pub aliases: &'static [&'static str],
    /// What may follow.
    pub argument: Argument,
    /// What it does without an argument: what a key does.
    pub action: Option<Action>,
    /// What it does with an argument; without one too, if there is no action.
    pub verb: Option<Verb>,
    /// What it does.
    pub help: TextId,
}

const fn act(name: &'static str, action: Action, help: TextId) -> CommandDef {
    CommandDef {
        name,
        aliases: &[],
        argument: Argument::None,
        action: Some(action),
        verb: None,
        help,
    }
}

const fn verb(
    name: &'static str,
    argument: Argument,
    verb: Verb,
    action: Option<Action>,
    help: TextId,
) -> CommandDef {
    CommandDef {
        name,
        aliases: &[],
        argument,
        action,
        verb: Some(verb),
        help,
    }
}

impl CommandDef {
    const fn or(self, aliases: &'static [&'static str]) -> Self {
        CommandDef { aliases, ..self }
    }

    /// Returns it as the help writes it: `write [FILE]`.
    pub fn usage(&self) -> String {
        match (
            self.argument,
            self.action.is_some() || !self.needs_argument(),
        ) {
            (Argument::None, _) => self.name.to_owned(),
            (argument, true) => format!("{} [{}]", self.name, argument.name()),
            (argument, false) => format!("{} {}", self.name, argument.name()),
        }
    }

    /// Whether it does nothing without an argument.
    pub fn needs_argument(&self) -> bool {
        let alone = matches!(
            self.verb,
            Some(Verb::Help | Verb::WriteQuit | Verb::Comment)
        );
        self.action.is_none() && self.argument != Argument::None && !alone
    }

    /// Returns the first key that does the same without an argument.
    pub fn key(&self) -> &'static str {
        self.action.and_then(action::key_of).unwrap_or_default()
    }
}

/// All commands, in the order of the help.
pub const COMMANDS: &[CommandDef] = &[
    verb(
        "help",
        Argument::Command,
        Verb::Help,
        None,
        TextId("command-line-help"),
    )
    .or(&["h"]),
    act("keys", Action::Help, TextId("key-keys")),
    act("palette", Action::Palette, TextId("key-palette")),
    verb(
        "quit",
        Argument::None,
        Verb::Quit,
        None,
        TextId("command-line-quit"),
    )
    .or(&["q", "close", "tabclose"]),
    verb(
        "quitall",
        Argument::None,
        Verb::QuitAll,
        None,
        TextId("command-line-quitall"),
    )
    .or(&["qa", "qall"]),
    verb(
        "write",
        Argument::File,
        Verb::Write,
        Some(Action::SavePackets),
        TextId("command-line-write"),
    )
    .or(&["w", "save"]),
    verb(
        "wq",
        Argument::File,
        Verb::WriteQuit,
        None,
        TextId("command-line-wq"),
    )
    .or(&["x", "xit", "wqa"]),
    verb(
        "open",
        Argument::File,
        Verb::Open,
        None,
        TextId("command-line-open"),
    )
    .or(&["e", "edit"]),
    verb(
        "tabnew",
        Argument::File,
        Verb::OpenTab,
        None,
        TextId("command-line-tabnew"),
    )
    .or(&["tabe", "tabedit"]),
    verb(
        "tabnext",
        Argument::Number,
        Verb::ShowTab,
        Some(Action::NextTab),
        TextId("key-tabnext"),
    )
    .or(&["tabn"]),
    act(
        "tabprevious",
        Action::PreviousTab,
        TextId("key-tabprevious"),
    )
    .or(&["tabp", "tabprev"]),
    act("stop", Action::StopCapture, TextId("key-stop")),
    act("restart", Action::Restart, TextId("key-restart")).or(&["capture"]),
    act("pause", Action::Pause, TextId("key-pause")),
    act("back", Action::Back, TextId("key-back")),
    act(
        "conversations",
        Action::ShowConversations,
        TextId("key-conversations"),
    ),
    act("packets", Action::ShowPackets, TextId("key-packets")).or(&["ls"]),
    act("findings", Action::ShowFindings, TextId("key-findings")),
    act(
        "statistics",
        Action::ShowStatistics,
        TextId("key-statistics"),
    ),
    act("enter", Action::Open, TextId("key-enter")),
    act("follow", Action::Follow, TextId("key-follow")),
    act("ladder", Action::SwitchLadder, TextId("key-ladder")),
    act("charts", Action::Charts, TextId("key-charts")),
    act("explain", Action::Explain, TextId("key-explain")),
    verb(
        "goto",
        Argument::Number,
        Verb::GoTo,
        Some(Action::GoTo),
        TextId("key-goto"),
    ),
    act("next", Action::NextInConversation, TextId("key-next")),
    act(
        "previous",
        Action::PreviousInConversation,
        TextId("key-previous"),
    ),
    act("answer", Action::Counterpart, TextId("key-answer")),
    act("jump-back", Action::JumpBack, TextId("key-jump-back")),
    act("mark", Action::Mark, TextId("key-mark")),
    act("unmark", Action::UnmarkAll, TextId("key-unmark")).or(&["delmarks"]),
    act("next-marked", Action::NextMarked, TextId("key-next-marked")),
    act(
        "previous-marked",
        Action::PreviousMarked,
        TextId("key-previous-marked"),
    ),
    verb(
        "find",
        Argument::Text,
        Verb::Find,
        Some(Action::Find),
        TextId("key-find"),
    ),
    act("find-next", Action::FindNext, TextId("key-find-next")),
    act(
        "find-previous",
        Action::FindPrevious,
        TextId("key-find-previous"),
    ),
    verb(
        "filter",
        Argument::Filter,
        Verb::Filter,
        Some(Action::Filter),
        TextId("key-filter"),
    ),
    act("only", Action::FilterBy, TextId("key-only")),
    act("and", Action::FilterAnd, TextId("key-and")),
    act("or", Action::FilterOr, TextId("key-or")),
    act("not", Action::FilterNot, TextId("key-not")),
    verb(
        "port",
        Argument::Ports,
        Verb::Ports,
        Some(Action::FilterPorts),
        TextId("key-port"),
    )
    .or(&["ports"]),
    act("udp", Action::ToggleUdp, TextId("key-udp")),
    act(
        "with-findings",
        Action::WithFindings,
        TextId("key-with-findings"),
    ),
    act("whole", Action::WholeConversations, TextId("key-whole")),
    verb(
        "sort",
        Argument::Column,
        Verb::Sort,
        Some(Action::SortNext),
        TextId("command-line-sort"),
    ),
    act("reverse", Action::SortReverse, TextId("key-reverse")),
    act("columns", Action::Columns, TextId("key-columns")),
    verb(
        "decode",
        Argument::Protocol,
        Verb::Decode,
        Some(Action::DecodeAs),
        TextId("key-decode"),
    ),
    act("time", Action::TimeFormat, TextId("key-time")),
    act("reference", Action::TimeReference, TextId("key-reference")),
    act("sequence", Action::AbsoluteSeq, TextId("key-sequence")),
    act("names", Action::Names, TextId("key-names")),
    act("secrets", Action::Secrets, TextId("key-secrets")),
    act("colors", Action::Colors, TextId("key-colors")).or(&["colours"]),
    verb(
        "theme",
        Argument::Theme,
        Verb::Theme,
        None,
        TextId("command-line-theme"),
    ),
    verb(
        "lang",
        Argument::Language,
        Verb::Language,
        None,
        TextId("command-line-lang"),
    ),
    verb(
        "copy",
        Argument::Copy,
        Verb::Copy,
        Some(Action::Copy),
        TextId("key-copy"),
    )
    .or(&["yank"]),
    verb(
        "export",
        Argument::Export,
        Verb::Export,
        None,
        TextId("command-line-export"),
    ),
    verb(
        "comment",
        Argument::Text,
        Verb::Comment,
        None,
        TextId("command-line-comment"),
    ),
    act("compare", Action::Compare, TextId("key-compare")).or(&["diff"]),
    act("objects", Action::Objects, TextId("key-objects")).or(&["files"]),
    act("unfold", Action::FoldAll, TextId("key-unfold")),
    act("source", Action::NextSource, TextId("key-source")),
    act("mode", Action::Mode, TextId("key-mode")),
    act("side", Action::OneSide, TextId("key-side")),
    act("charset", Action::Charset, TextId("key-charset")),
    act("view", Action::NextView, TextId("key-view")),
    act("pane", Action::NextPane, TextId("key-pane")),
    act("zoom", Action::Zoom, TextId("key-zoom")),
    act("larger", Action::Grow, TextId("key-larger")),
    act("smaller", Action::Shrink, TextId("key-smaller")),
    act("redraw", Action::Redraw, TextId("key-redraw")),
    act("suspend", Action::Suspend, TextId("key-suspend")),
];

/// A command that was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Typed<'l> {
    /// The command.
    pub command: &'static CommandDef,
    /// What follows it, without blanks around it.
    pub argument: &'l str,
    /// Whether `!` is behind its name.
    pub forced: bool,
}

/// Returns the command of a line, without the `:` before it; nothing for an empty one.
///
/// # Errors
///
/// What is wrong with it, for the user.
pub fn parse(line: &str) -> Result<Option<Typed<'_>>, String> {
    let line = line.trim().trim_start_matches(':').trim_start();
    if line.is_empty() {
        return Ok(None);
    }
    if let Some(goto) = find("goto").filter(|_| line == "$" || is_number(line)) {
        return Ok(Some(Typed {
            command: goto,
            argument: line,
            forced: false,
        }));
    }
    let (name, rest) = split(line);
    let (rest, forced) = match rest.strip_prefix('!') {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    let command = named(name)?;
    let argument = rest.trim();
    if forced
        && !matches!(
            command.verb,
            Some(Verb::Quit | Verb::QuitAll | Verb::Write | Verb::WriteQuit | Verb::Export)
        )
    {
        return Err(text!("command-line-no-bang", name = command.name));
    }
    if command.argument == Argument::None && !argument.is_empty() {
        return Err(text!("command-line-no-argument", name = command.name));
    }
    if argument.is_empty() && command.needs_argument() {
        return Err(text!("command-line-usage", usage = command.usage()));
    }
    Ok(Some(Typed {
        command,
        argument,
        forced,
    }))
}

/// Whether this is the number of a packet, perhaps with separated thousands.
fn is_number(line: &str) -> bool {
    let is_part = |letter: char| letter.is_ascii_digit() || letter == ',';
    line.starts_with(|letter: char| letter.is_ascii_digit()) && line.chars().all(is_part)
}

/// Splits a line behind the name of its command.
fn split(line: &str) -> (&str, &str) {
    let is_of_name = |letter: char| letter.is_alphanumeric() || letter == '-';
    let end = line
        .find(|letter| !is_of_name(letter))
        .unwrap_or(line.len());
    line.split_at_checked(end).unwrap_or((line, ""))
}

/// Returns the command of exactly this name.
pub fn find(name: &str) -> Option<&'static CommandDef> {
    let is_it = |command: &&CommandDef| command.name == name || command.aliases.contains(&name);
    COMMANDS.iter().find(is_it)
}

/// Returns the command of a name, or of the beginning of only one.
///
/// # Errors
///
/// That there is none or several, for the user.
pub fn named(name: &str) -> Result<&'static CommandDef, String> {
    if let Some(command) = find(name) {
        return Ok(command);
    }
    let begins = |command: &&CommandDef| !name.is_empty() && command.name.starts_with(name);
    let mut found = COMMANDS.iter().filter(begins);
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only),
        (Some(first), Some(second)) => {
            let all = [first, second].into_iter().chain(found);
            let names: Vec<_> = all.map(|command| command.name).collect();
            let names = names.join(", ");
            Err(text!("command-line-ambiguous", name, names))
        }
        (None, _) => {
            let shown: String = name.chars().take(LONGEST).collect();
            Err(match nearest(name) {
                Some(near) => text!("command-line-unknown-near", name = shown, near),
                None => text!("command-line-unknown", name = shown),
            })
        }
    }
}

/// A longer name is cut in a message, and resembles no other.
const LONGEST: usize = 32;

/// Returns the name that differs in the fewest letters, if those are few.
fn nearest(name: &str) -> Option<&'static str> {
    if name.len() > LONGEST {
        return None;
    }
    let names = COMMANDS
        .iter()
        .flat_map(|command| std::iter::once(&command.name).chain(command.aliases));
    let far = |other: &&str| distance(name.as_bytes(), other.as_bytes());
    let most = (name.len() / 3).max(1);
    let near = names.copied().min_by_key(far)?;
    (far(&near) <= most).then_some(near)
}
