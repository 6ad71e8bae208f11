//! One row: an arrow between the lifelines, with its gutter, its status and the notes below it.

use crate::{
    findings::Severity,
    ladder::{BESIDE_WORDS, LabelPart, Note, Role, RowLabel, Stroke},
    lang::text,
    track::Side,
    ui::{
        settings::TimeFormat,
        text::{self, MARK, cut, right, wrap},
        theme::Theme,
    },
};
use ratatui::{
    style::{Modifier, Style},
    text::{Line, Span},
};

/// Columns of the status, right of the lifelines.
const STATUS: usize = 13;

/// From this width on the gutter has both the time and the time since the previous row.
const WIDE: usize = 100;

/// Below this width the gutter shows times in short form.
const NARROW: usize = 72;

/// The maximum number of lines below an arrow.
const MAX_NOTES: usize = 6;

/// The times in a row's gutter.
#[derive(Default)]
pub struct Times {
    pub time: String,
    pub delta: String,
}

/// What is left of a row's lifelines.
pub struct Gutter<'t> {
    pub times: &'t Times,
    /// How bad the finding is that the row shows.
    pub severity: Option<Severity>,
    /// Whether the cursor is on the row.
    pub chosen: bool,
    /// Whether its first packet is marked.
    pub marked: bool,
}

/// The columns of a row's parts.
pub struct Columns {
    /// The time.
    pub time: usize,
    /// The time since the previous row; 0 if there is no room.
    pub delta: usize,
    /// Between the lifelines.
    pub between: usize,
    /// Whether times are in short form.
    pub short: bool,
}

impl Columns {
    pub fn new(format: TimeFormat, width: usize) -> Self {
        let short = width < NARROW;
        let time = match (format, short) {
            (TimeFormat::SinceFirst | TimeFormat::SincePrevious, true) => 9,
            (_, true) => 11,
            (TimeFormat::Utc | TimeFormat::Date, _) if width >= WIDE + 16 => 27,
            (TimeFormat::Utc | TimeFormat::Date, _) => 16,
            (TimeFormat::Epoch, _) => 17,
            (TimeFormat::TimeOfDay, _) => 15,
            _ => 11,
        };
        let delta = match format {
            TimeFormat::SincePrevious => 0,
            _ if width >= WIDE => 12,
            _ => 0,
        };
        // The cursor's sign, a gap, two lifelines, the status.
        let taken = 1 + time + delta + 1 + 2 + STATUS;
        Columns {
            time,
            delta,
            between: width.saturating_sub(taken),
            short,
        }
    }

    /// Returns the columns for the notes below an arrow.
    pub fn notes(&self) -> usize {
        self.between.saturating_sub(4).max(8)
    }

    pub fn gutter(&self) -> usize {
        1 + self.time + self.delta + 1
    }
}

pub fn role(theme: &Theme, role: Role, side: Style) -> Style {
    match role {
        Role::Strong => side.add_modifier(Modifier::BOLD),
        Role::Plain => theme.dim,
        Role::Good => theme.good,
        Role::Warning => theme.warning,
        Role::Bad => theme.bad,
        Role::Handshake => theme.handshake,
    }
}

/// Returns an arrow from one lifeline to the other, with its gutter and its status.
pub fn arrow(
    words: &RowLabel,
    beside: &Gutter,
    columns: &Columns,
    theme: &Theme,
    inside: bool,
) -> Line<'static> {
    let side = match words.from {
        Side::Client => theme.client,
        Side::Server => theme.server,
    };
    let pen = Pen::new(words, theme, side);
    let [left, right] = pen.lifelines(words, theme);
    let mut spans = gutter(beside, columns, theme);
    spans.push(left);
    spans.extend(between(words, &pen, columns, theme, side));
    spans.push(right);
    spans.push(status(words, theme, side, inside));
    Line::from(spans)
}

/// Returns the cursor's sign, the times, and the sign of the finding.
fn gutter(of: &Gutter, columns: &Columns, theme: &Theme) -> Vec<Span<'static>> {
    vec![
        match (of.marked, of.chosen) {
            (true, _) => Span::styled(MARK, theme.key),
            (false, true) => Span::raw("▌"),
            (false, false) => Span::raw(" "),
        },
        Span::styled(right(&of.times.time, columns.time), theme.dim),
        Span::styled(right(&of.times.delta, columns.delta), theme.dim),
        match of.severity {
            Some(severity) => Span::styled(severity.sign().to_string(), theme.severity(severity)),
            None => Span::raw(" "),
        },
    ]
}

/// The characters that an arrow is drawn with.
struct Pen {
    stroke: char,
    style: Style,
}

impl Pen {
    fn new(words: &RowLabel, theme: &Theme, side: Style) -> Self {
        let (stroke, style) = match words.stroke {
            Stroke::Many => ('═', side),
            Stroke::About | Stroke::Between => ('╌', theme.bad),
            Stroke::None => ('┈', theme.dim),
            Stroke::One => ('─', side),
        };
        Pen { stroke, style }
    }

    fn strokes(&self, count: usize) -> Span<'static> {
        Span::styled(self.stroke.to_string().repeat(count), self.style)
    }

    fn head(&self, head: &'static str) -> Span<'static> {
        Span::styled(head, self.style)
    }

    /// Returns both lifelines: the arrow begins at that of its sender.
    fn lifelines(&self, words: &RowLabel, theme: &Theme) -> [Span<'static>; 2] {
        let starts = match words.stroke {
            Stroke::Many => ["╞", "╡"],
            Stroke::Between | Stroke::None => ["│", "│"],
            _ => ["├", "┤"],
        };
        let signs = match words.from {
            Side::Client => [starts[0], "│"],
            Side::Server => ["│", starts[1]],
        };
        signs.map(|sign| match sign {
            "│" => Span::styled(sign, theme.line),
            _ => self.head(sign),
        })
    }
}

/// Returns the part between the lifelines: the text inside its arrow.
fn between(
    words: &RowLabel,
    pen: &Pen,
    columns: &Columns,
    theme: &Theme,
    side: Style,
) -> Vec<Span<'static>> {
    let (text, used) = text_of(words, columns, theme, side);
    let rest = columns.between.saturating_sub(used);
    let blank = || Span::raw(" ");
    let (before, after) = match (words.stroke, words.from) {
        (Stroke::None, _) => {
            let lead = rest.saturating_sub(2) / 2;
            let before = vec![pen.strokes(lead), blank()];
            let after = vec![blank(), pen.strokes(rest.saturating_sub(2 + lead))];
            (before, after)
        }
        // From a host in between: it reaches the client and begins at neither lifeline.
        (Stroke::Between, _) => {
            let room = rest.saturating_sub(2);
            let lead = room.min(6).max(room / 3).min(room);
            let strokes = pen.strokes(lead.saturating_sub(1));
            let fill = " ".repeat(rest.saturating_sub(lead + 1));
            (vec![pen.head("◀"), strokes, blank()], vec![Span::raw(fill)])
        }
        (_, Side::Client) => {
            let strokes = pen.strokes(rest.saturating_sub(4));
            let before = vec![pen.strokes(rest.min(1)), blank()];
            (before, vec![blank(), strokes, pen.head("▶")])
        }
        (_, Side::Server) => {
            let strokes = pen.strokes(rest.saturating_sub(4));
            let after = vec![blank(), pen.strokes(rest.min(1))];
            (vec![pen.head("◀"), strokes, blank()], after)
        }
    };
    [before, text, after].concat()
}

/// Returns the text of an arrow, as far as there is room for it, and its width.
fn text_of(
    words: &RowLabel,
    columns: &Columns,
    theme: &Theme,
    side: Style,
) -> (Vec<Span<'static>>, usize) {
    // The head of the arrow, and a stroke and a blank on either side.
    let room = columns.between.saturating_sub(6);
    let mut used = 0;
    let mut spans = Vec::new();
    for part in fitted(&words.parts, room) {
        if !spans.is_empty() {
            spans.push(Span::raw("  "));
            used += 2;
        }
        used += text::width(&part.text);
        spans.push(Span::styled(part.text, role(theme, part.role, side)));
    }
    (spans, used)
}

/// Returns the status, right of the lifelines.
fn status(words: &RowLabel, theme: &Theme, side: Style, inside: bool) -> Span<'static> {
    let (status, meaning) = &words.status;
    let lead = if inside { "   " } else { " " };
    let style = match meaning {
        Role::Plain => Style::new(),
        other => role(theme, *other, side),
    };
    Span::styled(cut(&format!("{lead}{status}"), STATUS), style)
}

/// Returns the parts that fit: dispensable ones are omitted first, then the first part is cut.
pub fn fitted(parts: &[LabelPart], room: usize) -> Vec<LabelPart> {
    let mut parts = parts.to_vec();
    let total = |parts: &[LabelPart]| {
        let gaps = parts.len().saturating_sub(1) * 2;
        parts
            .iter()
            .map(|part| text::width(&part.text))
            .sum::<usize>()
            + gaps
    };
    while total(&parts) > room
        && let Some(at) = parts.iter().rposition(|part| part.spare >= BESIDE_WORDS)
    {
        parts.remove(at);
    }
    let first = parts.first().map_or(0, |part| text::width(&part.text));
    while total(&parts) > room {
        // A long text is cut rather than pushing its neighbours out.
        let others = total(&parts).saturating_sub(first);
        if first > room / 2
            && room > others + 16
            && let Some(part) = parts.first_mut()
        {
            part.text = cut(&part.text, room - others);
            return parts;
        }
        let most = parts.iter().map(|part| part.spare).max().unwrap_or(0);
        if most == 0 {
            break;
        }
        if let Some(at) = parts.iter().rposition(|part| part.spare == most) {
            parts.remove(at);
        }
    }
    let over = total(&parts).saturating_sub(room);
    if over > 0
        && let Some(part) = parts.first_mut()
    {
        let width = text::width(&part.text).saturating_sub(over);
        part.text = cut(&part.text, width);
    }
    parts
}

/// A blank at which no line is broken.
const TIE: char = '\u{a0}';

/// Ties the parts of arithmetic to each other: `= client ISN 834471725 + 1 ✓` is broken before a `=` or a word only.
fn tied(text: &str) -> String {
    let mut text = text.to_owned();
    for sign in ["+", "✓", "✗"] {
        text = text.replace(&format!(" {sign}"), &format!("{TIE}{sign}"));
    }
    for sign in ["+", "=", "≠"] {
        text = text.replace(&format!("{sign} "), &format!("{sign}{TIE}"));
    }
    // A name and its number belong together, too.
    text.replace("ISN ", &format!("ISN{TIE}"))
}

/// Breaks notes into lines, between their pieces where possible.
pub fn broken(notes: &[Note], columns: usize) -> Vec<Note> {
    let mut lines: Vec<Note> = Vec::new();
    for note in notes {
        let mut line: Note = Vec::new();
        let mut used = 0;
        for (text, role) in note {
            let width = text::width(text);
            if !line.is_empty() && used + 3 + width > columns {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            if width > columns {
                let pieces = wrap(&tied(text), columns).into_iter();
                let pieces = pieces.map(|piece| piece.replace(TIE, " "));
                lines.extend(pieces.map(|piece| vec![(piece, *role)]));
                continue;
            }
            if !line.is_empty() {
                line.push((" · ".to_owned(), Role::Plain));
                used += 3;
            }
            line.push((text.clone(), *role));
            used += width;
        }
        if !line.is_empty() {
            lines.push(line);
        }
    }
    lines.truncate(MAX_NOTES);
    lines
}

/// Returns a line below an arrow.
pub fn annotation(note: &Note, columns: &Columns, theme: &Theme) -> Line<'static> {
    let room = columns.between;
    let mut spans = vec![
        Span::raw(" ".repeat(columns.gutter())),
        Span::styled("│", theme.line),
        Span::raw(" ".repeat(room.min(3))),
    ];
    let mut used = room.min(3);
    for (text, meaning) in note {
        let text = cut(text, room.saturating_sub(used));
        used += text::width(&text);
        spans.push(Span::styled(text, role(theme, *meaning, theme.dim)));
    }
    spans.push(Span::raw(" ".repeat(room.saturating_sub(used))));
    spans.push(Span::styled("│", theme.line));
    Line::from(spans)
}

/// Returns a row as text.
pub fn copied(words: &RowLabel, times: &Times) -> String {
    let arrow = match words.from {
        Side::Client => text!("ladder-to-server"),
        Side::Server => text!("ladder-to-client"),
    };
    let texts: Vec<&str> = words.parts.iter().map(|part| part.text.as_str()).collect();
    let mut copied = format!(
        "{} {}  {arrow}  {}  {}",
        times.time,
        times.delta,
        texts.join("  "),
        words.status.0.trim_start_matches(['▸', '▾', ' '])
    );
    for note in &words.notes {
        let texts: Vec<&str> = note.iter().map(|(text, _)| text.as_str()).collect();
        copied.push_str(&format!("\n    {}", texts.join(" · ")));
    }
    copied
}
