//! The keys, from the one table of them, the signs of the pane, and the privileges that the program has dropped.
//!
//! ```text
//!  ╭ Keys ───────────────────────────────────────────────────────────────────╮
//!  │ Conversations                                                           │
//!  │   enter     open the conversation or the packet, or unfold the row      │
//!  │   s  >      sort by the next column                                     │
//!  │                                                                         │
//!  │ Signs                                                                   │
//!  │   ✓         it ended, or was answered, as it should be                  │
//!  │                                                                         │
//!  │ Everywhere                                                              │
//!  │   esc       go back; on the first screen, clear the port filter         │
//!  ╰──────────────────────────────────────── ↓ more   ? glossary   esc closes ╯
//! ```

mod glossary;

pub use glossary::GlossaryPane;

use crate::{
    confine::Confinement,
    lang::text,
    ui::{
        Action, Scope, Shared,
        action::Binding,
        commands::{COMMANDS, CommandDef},
        keys,
        layout::Layout,
        legend::legend,
        list::Cursor,
        pane::{Pane, PaneArea, Reply},
        start,
        text::{self, left},
        theme::Theme,
    },
};
use ratatui::{
    Frame,
    layout::{Position, Rect},
    style::Style,
    text::Line,
    widgets::{Block, BorderType},
};

/// Columns before the keys, and between them and what they do.
const INDENT: usize = 3;
const GAP: usize = 2;

/// Columns of a line about the privileges, if there is room for them.
const SENTENCE: usize = 100;

/// Columns of the help of one command, which is broken into lines.
const NARROW: usize = 76;

/// The text of the help.
pub struct HelpText {
    /// The scopes with their keys; the scope that it was opened from comes first, then its signs.
    sections: Vec<(&'static str, Vec<(String, String)>)>,
    /// How the program is confined.
    sentences: Vec<String>,
    /// How it is confined, in a few words.
    status: String,
    title: &'static str,
    /// How many columns it takes at most.
    most: usize,
    /// Whether the glossary can be opened from it.
    has_glossary: bool,
}

/// A line of the help.
enum HelpLine {
    Heading(String),
    Key(String, String),
    Sentence(String),
}

impl HelpText {
    /// Returns the keys and the signs of this scope, then all other keys; at the end, how the program is confined.
    pub fn new(here: Scope, confinement: Option<&Confinement>) -> Self {
        let mut scopes = Scope::EVERY;
        scopes.sort_by_key(|scope| *scope != here);
        let is_start = here == Scope::Start;
        let scopes = scopes.into_iter().filter(|scope| match scope {
            Scope::Start | Scope::All => is_start || *scope == Scope::All,
            _ => !is_start,
        });
        let works = |binding: &&Binding, scope| {
            binding.scopes.contains(&scope) && (!is_start || start::handles(binding.action))
        };
        let sections = scopes.map(|scope| {
            let bindings = keys::bindings().iter();
            let bindings =
                bindings.filter(|binding| !binding.keys.is_empty() && works(binding, scope));
            let keys =
                bindings.map(|binding| (binding.keys.join("  "), binding.help.text().to_owned()));
            (scope.name(), keys.collect())
        });
        let mut sections: Vec<(_, Vec<_>)> = sections.collect();
        let signs = legend(here).iter();
        let signs: Vec<_> = signs
            .map(|(sign, meaning)| ((*sign).to_owned(), meaning.text().to_owned()))
            .collect();
        if !signs.is_empty() {
            sections.insert(1, (text!("help-signs"), signs));
        }
        if !is_start {
            sections.push(commands());
        }
        HelpText {
            sections,
            title: text!("help-title"),
            most: usize::MAX,
            sentences: confinement.map_or(Vec::new(), Confinement::sentences),
            status: confinement.map_or(String::new(), Confinement::status),
            has_glossary: !is_start,
        }
    }

    /// Returns all commands, or what one of them does.
    fn of_commands(command: Option<&CommandDef>) -> Self {
        let section = match command {
            Some(command) => (command.name, vec![help_of(command)]),
            None => commands(),
        };
        HelpText {
            sections: vec![section],
            title: text!("help-commands"),
            most: match command {
                Some(_) => NARROW,
                None => usize::MAX,
            },
            sentences: Vec::new(),
            status: String::new(),
            has_glossary: false,
        }
    }

    fn keys(&self) -> impl Iterator<Item = &(String, String)> {
        self.sections.iter().flat_map(|(_, keys)| keys)
    }

    /// Returns how many columns the keys take.
    fn key_columns(&self) -> usize {
        let widths = self.keys().map(|(keys, _)| text::width(keys));
        widths.max().unwrap_or(0)
    }

    /// Returns how many columns it takes if no line of the keys is broken.
    fn columns(&self) -> usize {
        let help = self.keys().map(|(_, help)| text::width(help)).max();
        let keys = INDENT + self.key_columns() + GAP + help.unwrap_or(0) + 1;
        let columns = match self.sentences.is_empty() {
            true => keys,
            false => keys.max(SENTENCE),
        };
        columns.min(self.most)
    }

    /// Returns its lines in this many columns.
    fn lines(&self, columns: usize) -> Vec<HelpLine> {
        let mut lines = Vec::new();
        let of_keys = self.key_columns().min(columns / 2);
        let of_help = columns.saturating_sub(INDENT + of_keys + GAP + 1);
        for (name, keys) in &self.sections {
            if !lines.is_empty() {
                lines.push(HelpLine::Sentence(String::new()));
            }
            lines.push(HelpLine::Heading((*name).to_owned()));
            for (keys, help) in keys {
                let mut keys = text::wrap(keys, of_keys).into_iter();
                let mut help = text::wrap(help, of_help).into_iter();
                loop {
                    let (keys, help) = (keys.next(), help.next());
                    if keys.is_none() && help.is_none() {
                        break;
                    }
                    let keys = left(&keys.unwrap_or_default(), of_keys + GAP);
                    lines.push(HelpLine::Key(keys, help.unwrap_or_default()));
                }
            }
        }
        if !self.sentences.is_empty() {
            lines.push(HelpLine::Sentence(String::new()));
            lines.push(HelpLine::Heading(text!("help-confinement").to_owned()));
        }
        for sentence in &self.sentences {
            let wrapped = text::wrap(sentence, columns.saturating_sub(INDENT + 1));
            lines.extend(wrapped.into_iter().map(HelpLine::Sentence));
        }
        lines
    }

    /// Returns its layout: as wide and as high as it needs.
    pub fn layout(&self) -> Layout {
        let columns = self.columns();
        let [width, height] = [columns, self.lines(columns).len()]
            .map(|size| u16::try_from(size + 2).unwrap_or(u16::MAX));
        Layout::Overlay { width, height }
    }

    /// Draws it in a frame; the cursor is the line at its top.
    pub fn draw(&self, theme: &Theme, frame: &mut Frame, area: Rect, cursor: &mut Cursor) {
        let title = format!(" {} ", self.title);
        let mut block = Block::bordered()
            .border_type(BorderType::Rounded)
            .border_style(theme.line);
        let status = format!(" {} ", self.status);
        let room = usize::from(area.width).saturating_sub(text::width(&title) + 4);
        if !self.status.is_empty() && text::width(&status) <= room {
            block = block.title_top(Line::styled(status, theme.dim).right_aligned());
        }
        block = block.title_top(title);
        let inner = block.inner(area);
        let lines = self.lines(inner.width.into());
        let hints = [
            (lines.len() > inner.height.into()).then(|| text!("help-more")),
            self.has_glossary.then(|| text!("help-glossary")),
            Some(text!("help-closes")),
        ];
        let hints: Vec<_> = hints.into_iter().flatten().collect();
        let hint = Line::styled(format!(" {} ", hints.join("   ")), theme.dim);
        frame.render_widget(block.title_bottom(hint.right_aligned()), area);
        let shown = cursor.fit(lines.len(), inner.height.into());
        let indent = " ".repeat(INDENT);
        for (line, y) in lines[shown].iter().zip(inner.y..) {
            let place = Rect {
                y,
                height: 1,
                ..inner
            };
            let line = match line {
                HelpLine::Heading(words) => Line::styled(format!(" {words}"), theme.heading),
                HelpLine::Sentence(words) => Line::raw(format!("{indent}{words}")),
                HelpLine::Key(keys, help) => text::line(
                    [
                        (format!("{indent}{keys}"), theme.key),
                        (help.clone(), Style::new()),
                    ],
                    inner.width.into(),
                ),
            };
            frame.render_widget(line, place);
        }
    }
}

/// Returns the commands of the command line.
fn commands() -> (&'static str, Vec<(String, String)>) {
    (
        text!("help-commands"),
        COMMANDS.iter().map(help_of).collect(),
    )
}

/// Returns how a command is typed, and what it does, with its other names and its key.
pub fn help_of(command: &CommandDef) -> (String, String) {
    let mut words = vec![command.help.text().to_owned()];
    let aliases: Vec<_> = command
        .aliases
        .iter()
        .map(|name| format!(":{name}"))
        .collect();
    if !aliases.is_empty() {
        words.push(text!("help-command-aliases", names = aliases.join(" ")));
    }
    if !command.key().is_empty() {
        words.push(text!("help-command-key", key = command.key()));
    }
    (format!(":{}", command.usage()), words.join("; "))
}

/// Returns by how many lines an action scrolls the help; nothing for other actions.
pub fn scrolls_by(action: Action) -> Option<isize> {
    Some(match action {
        Action::Up => -1,
        Action::Down => 1,
        Action::PageUp | Action::HalfPageUp => -10,
        Action::PageDown | Action::HalfPageDown => 10,
        Action::Top => isize::MIN / 2,
        Action::Bottom => isize::MAX / 2,
        _ => return None,
    })
}

/// The help.
pub struct HelpPane {
    /// The scope of the pane that it was opened from.
    here: Scope,
    /// Whether it was opened from the glossary, to which it returns, or lists only commands.
    from_glossary: bool,
    text: HelpText,
    cursor: Cursor,
    /// How many lines there were when it was drawn.
    lines: usize,
}

impl HelpPane {
    /// Creates the help, opened from a pane with this scope.
    pub fn new(here: Scope, confinement: &Confinement) -> Self {
        HelpPane {
            here,
            from_glossary: false,
            text: HelpText::new(here, Some(confinement)),
            cursor: Cursor::default(),
            lines: 0,
        }
    }
}

impl HelpPane {
    /// Creates the help of all commands, or of one of them.
    pub fn of_commands(here: Scope, command: Option<&CommandDef>) -> Self {
        HelpPane {
            here,
            from_glossary: true,
            text: HelpText::of_commands(command),
            cursor: Cursor::default(),
            lines: 0,
        }
    }

    /// Creates the help, opened from the glossary.
    pub fn from_glossary(here: Scope, confinement: &Confinement) -> Self {
        HelpPane {
            from_glossary: true,
            ..HelpPane::new(here, confinement)
        }
    }
}

impl Pane for HelpPane {
    /// Keys have the scope of the pane below.
    fn scope(&self) -> Scope {
        self.here
    }

    fn layout(&self) -> Layout {
        self.text.layout()
    }

    fn draw(&mut self, shared: &Shared, frame: &mut Frame, place: PaneArea) {
        self.lines = self
            .text
            .lines(place.area.width.saturating_sub(2).into())
            .len();
        let theme = &shared.theme;
        self.text.draw(theme, frame, place.area, &mut self.cursor);
    }

    /// Scrolls; any other action closes it. Quitting is handled below it.
    fn act(&mut self, action: Action, _shared: &Shared) -> Reply {
        match (scrolls_by(action), action) {
            (Some(rows), _) => self.scroll(rows, self.here),
            (None, Action::Help) if !self.from_glossary => {
                return Reply::Push(Box::new(GlossaryPane::from_keys(self.here)));
            }
            (None, Action::Quit | Action::Suspend) => return Reply::Ignored,
            (None, _) => return Reply::Close,
        }
        Reply::Done
    }

    fn click(&mut self, _at: Position, _shared: &Shared) -> Reply {
        Reply::Close
    }

    fn scroll(&mut self, rows: isize, _part: Scope) {
        self.cursor.scroll(rows, self.lines);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::{
        panes::packets::tests::{sample, screen},
        theme::Look,
    };

    /// Returns the whole help in a window of this width.
    fn help(here: Scope, columns: u16) -> String {
        let confinement = sample("dns.pcap").confinement;
        let text = HelpText::new(here, Some(&confinement));
        let theme = Theme::new(Look::Plain);
        screen(columns, 400, |frame| {
            let area = text.layout().overlay(frame.area()).unwrap();
            text.draw(&theme, frame, area, &mut Cursor::default());
        })
    }

    #[test]
    fn the_pane_that_it_was_opened_from_comes_first() {
        for here in Scope::EVERY {
            let words = help(here, 160);
            let first = words.lines().find(|line| line.contains('│'));
            assert!(first.unwrap().contains(here.name()), "{words}");
        }
    }

    /// Only the signs of the pane that it was opened from are listed, behind its keys.
    #[test]
    fn it_explains_the_signs_of_the_pane() {
        for (here, sign, meaning) in [
            (Scope::Conversations, "●●●", "SYN, SYN-ACK and ACK"),
            (Scope::Ladder, "╌", "ICMP"),
            (Scope::Follow, "↪", "continues"),
            (Scope::Packets, "┊", "another conversation"),
            (Scope::Details, "!  ✗", "warning"),
        ] {
            let words = help(here, 160);
            let is_explained = |line: &str| line.contains(sign) && line.contains(meaning);
            assert!(words.lines().any(is_explained), "{words}");
            let at = |heading: &str| words.lines().position(|line| line.contains(heading));
            assert!(at(" Signs ") < at(" Everywhere "), "{words}");
            assert_eq!(words.matches(" Signs ").count(), 1, "{words}");
        }
        assert!(!help(Scope::Start, 160).contains(" Signs "));
    }

    #[test]
    fn nothing_of_it_is_cut() {
        for columns in [40, 60, 80, 100, 160, 250] {
            let words = help(Scope::Follow, columns);
            assert!(!words.contains('…'), "{words}");
            let last_of_line = if columns < 160 {
                "1970"
            } else {
                "UTC, since 1970"
            };
            assert!(words.contains(last_of_line), "{columns}: {words}");
            assert!(words.contains("esc closes"), "{words}");
        }
    }

    #[test]
    fn the_start_screen_has_only_its_own_keys() {
        let words = help(Scope::Start, 160);
        assert!(words.contains("choose the interface"), "{words}");
        assert!(!words.contains("decode as"), "{words}");
    }
}
