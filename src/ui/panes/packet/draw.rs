//! Draws the fields and the bytes of a packet, side by side or below each other.

use super::{
    PacketPane,
    bytes::{BytesView, Scene},
    fields,
};
use crate::{
    format::printable,
    lang::{Count, osi_layer, tcp_ip_layer, text},
    ui::{Scope, Shared, display_name::DisplayName, pane::PaneArea, text, theme::Theme},
};
use dissectors::{ByteRange, Field, FieldKind, LayerInfo, Severity, Value};
use ratatui::{
    Frame,
    layout::Rect,
    style::{Modifier, Style},
    text::Line,
};

/// The minimum number of columns for fields and bytes side by side.
const SIDE_BY_SIDE: u16 = 110;

/// With fewer lines than this they are side by side even in a narrow window, if there is room for eight bytes per line.
const LOW: u16 = 12;
const SIDE_BY_SIDE_LOW: u16 = 76;

impl PacketPane {
    /// Draws the fields and the bytes, or only the part that has the focus.
    pub(super) fn draw_all(&mut self, shared: &Shared, frame: &mut Frame, place: PaneArea) {
        let PaneArea {
            area,
            focused,
            zoomed,
        } = place;
        let in_second = focused && self.in_second;
        self.places.clear();
        let theme = &shared.theme;
        if let Some(error) = &self.error {
            let place = Rect {
                height: area.height.min(1),
                ..area
            };
            frame.render_widget(Line::styled(format!(" {error}"), theme.bad), place);
            self.places.push((Scope::Details, area));
            return;
        }
        let length = self
            .details
            .sources
            .iter()
            .map(|s| s.bytes.len())
            .max()
            .unwrap_or(0);
        let wanted = Second {
            focused: in_second,
            explains: self.explains,
            length,
        };
        let places = divide(area, wanted, zoomed);
        if let Some(rule) = places.rule {
            let sign = if rule.width == 1 { "│" } else { "─" };
            for y in rule.top()..rule.bottom() {
                let words = sign.repeat(rule.width.into());
                let place = Rect {
                    y,
                    height: 1,
                    ..rule
                };
                frame.render_widget(Line::styled(words, theme.line), place);
            }
        }
        if let Some(place) = places.fields {
            self.draw_fields(shared, frame, place, focused && !in_second);
            self.places.push((Scope::Details, place));
        }
        if let Some(place) = places.second {
            match self.explains {
                true => self.explanation.draw(theme, frame, place, in_second),
                false => self.draw_bytes(shared, frame, place, in_second),
            }
            self.places.push((self.second(), place));
        }
    }

    /// Draws the bytes, with those of the chosen field and of its layer marked.
    fn draw_bytes(&mut self, shared: &Shared, frame: &mut Frame, area: Rect, focused: bool) {
        let (field, layer) = match self.fields.chosen() {
            Some(row) if !self.fields.is_frame(row) => {
                let bytes = |row| {
                    let field: Option<&Field> = self.fields.field(row);
                    field.map_or(ByteRange::default(), |field| field.bytes)
                };
                let layer = self.fields.layer_of(row);
                // A layer has many bytes: they are marked subtly.
                let field = if layer == row {
                    ByteRange::default()
                } else {
                    bytes(row)
                };
                (field, bytes(layer))
            }
            _ => Default::default(),
        };
        let scene = Scene {
            sources: &self.details.sources,
            missing: self.missing,
            field,
            layer,
            focused,
        };
        self.bytes.draw(&scene, &shared.theme, frame, area);
    }

    fn draw_fields(&mut self, shared: &Shared, frame: &mut Frame, area: Rect, focused: bool) {
        let theme = &shared.theme;
        let foot = u16::from(area.height >= 4);
        self.place = Rect {
            height: area.height - foot,
            ..area
        };
        let shown = self.fields.fit(self.place.height.into());
        for (line, at) in shown.enumerate() {
            let Some(row) = self.fields.visible().get(at).copied() else {
                continue;
            };
            let place = Rect {
                y: area.y + line as u16,
                height: 1,
                ..area
            };
            let words = self.row(shared, row, area.width);
            frame.render_widget(words, place);
            if at == self.fields.cursor.selected {
                let style = if focused {
                    theme.cursor
                } else {
                    theme.cursor_away
                };
                frame.buffer_mut().set_style(place, style);
            }
        }
        if foot > 0 {
            let place = Rect {
                y: area.bottom() - 1,
                height: 1,
                ..area
            };
            let style = if focused { theme.key } else { theme.dim };
            let words = text::cut(&format!(" {}", self.place_words()), area.width.into());
            frame.render_widget(Line::styled(words, style), place);
        }
    }

    /// Returns a row of the tree.
    fn row<'t>(&self, shared: &Shared, row: usize, width: u16) -> Line<'t> {
        let theme = &shared.theme;
        let Some(field) = self.fields.field(row) else {
            return Line::default();
        };
        let width = usize::from(width);
        let fold = match self.fields.fold(row) {
            Some(true) => "▾ ",
            Some(false) => "▸ ",
            None => "  ",
        };
        // Normal trees are not deep; in others deep rows must remain visible.
        let indent = " ".repeat((2 * usize::from(field.depth)).min(width / 3));
        let remark = match self.fields.hidden_remark(row) {
            Some(severity @ (Severity::Warning | Severity::Error)) => {
                (format!("{} ", sign(severity)), tone(theme, severity))
            }
            _ => (String::new(), Style::new()),
        };
        let lead = [(indent, Style::new()), (fold.to_owned(), theme.dim), remark];
        let used: usize = lead.iter().map(|(words, _)| text::width(words)).sum();
        let room = width.saturating_sub(used + 1);
        let parts = match field.kind {
            FieldKind::Layer(layer) => {
                let tag = self.layer_tag(row, layer, room);
                let room = room.saturating_sub(text::width(&tag));
                let heading = (
                    text::left(field.label, text::width(field.label).min(room)),
                    theme.heading,
                );
                let rest = room.saturating_sub(text::width(&heading.0));
                let title = match &field.text {
                    Some(text) if !text.is_empty() => printable(&format!(", {text}")),
                    _ => String::new(),
                };
                vec![
                    heading,
                    (text::left(&title, rest), Style::new()),
                    (tag, theme.dim),
                ]
            }
            FieldKind::Note(severity, _) => {
                let words = printable(&field.shown());
                let words = format!("{} {words}", sign(severity));
                vec![(text::cut(&words, room), tone(theme, severity))]
            }
            _ if row == 0 => {
                let heading = format!("{} ", field.label);
                let rest = room.saturating_sub(text::width(&heading));
                vec![
                    (heading, theme.heading),
                    (text::cut(&field.shown(), rest), Style::new()),
                ]
            }
            FieldKind::Computed => {
                let words = printable(&words(field));
                vec![
                    ("[".to_owned(), theme.dim),
                    (text::cut(&words, room.saturating_sub(2)), Style::new()),
                    ("]".to_owned(), theme.dim),
                ]
            }
            FieldKind::Field => {
                let mut parts = Vec::new();
                if self.fields.fold(row).is_none()
                    && let Some(bits) = fields::bits(field)
                    && text::width(&bits) + 20 <= room
                {
                    parts.push((format!("{bits} = "), theme.dim));
                }
                let used: usize = parts.iter().map(|(words, _)| text::width(words)).sum();
                let words = printable(&words(field));
                parts.push((text::cut(&words, room.saturating_sub(used)), Style::new()));
                if let Value::Mac(mac) = field.value
                    && shared.settings.names
                    && let Some(maker) = shared.vendors.of(mac)
                {
                    parts.push((format!(" ({})", printable(maker)), theme.dim));
                }
                if let Some(name) = self.name_of(&field.value) {
                    parts.push((format!(" {}", name.name), Style::new()));
                    parts.push((format!(" {}", name.words()), theme.dim));
                }
                parts
            }
        };
        text::line(lead.into_iter().chain(parts), width)
    }

    /// Returns the name of an address of the packet's line.
    fn name_of(&self, value: &Value) -> Option<&DisplayName> {
        let address = match value {
            Value::Ipv4(address) => address.to_string(),
            Value::Ipv6(address) => address.to_string(),
            _ => return None,
        };
        let summary = &self.details.summary;
        let ends = [&summary.source, &summary.destination];
        let mut ends = ends.into_iter().zip(&self.names);
        ends.find_map(|(end, name)| name.as_ref().filter(|_| *end == address))
    }

    /// Returns the tag of a layer: `L4 transport`.
    fn layer_tag(&self, row: usize, layer: LayerInfo, room: usize) -> String {
        let number = layer.osi.number();
        let name = osi_layer(layer.osi);
        match (layer.quoted, room) {
            (true, 50..) => {
                let quoted = text!("packet-quoted-by", quoter = self.fields.quoter(row));
                format!("  {quoted} · L{number} {name}")
            }
            (true, _) => format!("  {} · L{number}", text!("packet-quoted")),
            (false, 44..) => format!("  L{number} {name}"),
            (false, _) => format!("  L{number}"),
        }
    }

    /// Returns the chosen field's name and the position of its bytes.
    fn place_words(&self) -> String {
        let Some(row) = self.fields.chosen() else {
            return String::new();
        };
        let Some(field) = self.fields.field(row) else {
            return String::new();
        };
        let mut parts = Vec::new();
        if !field.name.is_empty() {
            parts.push(field.name.to_owned());
        }
        let range = field.bytes;
        if self.fields.is_frame(row) {
            parts.push(text!("place-capture-file").to_owned());
        } else if range.is_empty() && matches!(field.kind, FieldKind::Layer(_)) {
            parts.push(text!("place-no-bytes").to_owned());
        } else if matches!(field.kind, FieldKind::Computed) || range.is_empty() {
            parts.push(text!("place-computed").to_owned());
        } else {
            let mut place = match range.len() {
                1 => text!("place-byte", at = range.start),
                _ => text!("place-bytes", first = range.start, last = range.end - 1),
            };
            let mask = format!("0x{:02x}", field.mask);
            match field.mask.count_ones() {
                0 => {}
                1 => place = text!("place-bit", place, mask),
                _ => place = text!("place-bits", place, mask),
            }
            if let Some(source) = self.details.sources.get(usize::from(range.source))
                && range.source > 0
            {
                place = text!("place-in-source", place, source = source.name);
            }
            parts.push(place);
            parts.push(text!("count-bytes", count = Count(range.len() as u64)));
        }
        if let FieldKind::Layer(layer) = field.kind {
            let osi = layer.osi;
            parts.push(format!("OSI {} {}", osi.number(), osi_layer(osi)));
            parts.push(format!("TCP/IP {}", tcp_ip_layer(osi)));
        }
        parts.join(" · ")
    }
}

/// Returns a field as text: `Source port: 34496`.
pub(super) fn words(field: &Field) -> String {
    let shown = field.shown();
    match (field.label.is_empty(), shown.is_empty()) {
        (_, true) => field.label.to_owned(),
        (true, _) => shown.into_owned(),
        _ => format!("{}: {shown}", field.label),
    }
}

fn sign(severity: Severity) -> &'static str {
    match severity {
        Severity::Chat => "·",
        Severity::Note => "i",
        Severity::Warning => "!",
        Severity::Error => "✗",
    }
}

fn tone(theme: &Theme, severity: Severity) -> Style {
    match severity {
        Severity::Chat => theme.dim,
        Severity::Note => theme.handshake.add_modifier(Modifier::ITALIC),
        Severity::Warning => theme.warning,
        Severity::Error => theme.bad,
    }
}

/// What is shown besides the fields.
#[derive(Clone, Copy, Debug)]
struct Second {
    /// It has the focus.
    focused: bool,
    /// It is the explanation, rather than the bytes.
    explains: bool,
    /// How many bytes there are.
    length: usize,
}

/// The areas of both, and the line between them.
#[derive(Debug, Default, PartialEq)]
struct Places {
    fields: Option<Rect>,
    second: Option<Rect>,
    rule: Option<Rect>,
}

/// Divides the area: side by side, below each other, or `only` one, as in an area without room for both. Then it is the
/// one that has the focus.
fn divide(area: Rect, second: Second, only: bool) -> Places {
    let alone = Places {
        fields: (!second.focused).then_some(area),
        second: second.focused.then_some(area),
        rule: None,
    };
    // Sentences need more room than bytes.
    let is_low = second.explains && second.focused && area.height < LOW;
    if only || is_low {
        return alone;
    }
    let beside =
        area.width >= SIDE_BY_SIDE || (area.height < LOW && area.width >= SIDE_BY_SIDE_LOW);
    if beside && area.height >= 2 {
        // The fields get about half of it, or more.
        let room = usize::from(area.width) / 2 + 2;
        let per_line = [16, 8]
            .into_iter()
            .find(|per_line| BytesView::width(*per_line, second.length) <= room)
            .unwrap_or(8);
        let width = match second.explains {
            true => room,
            false => BytesView::width(per_line, second.length).min(room),
        } as u16;
        let left = area.width - width - 1;
        return Places {
            fields: Some(Rect {
                width: left,
                ..area
            }),
            rule: Some(Rect {
                x: area.x + left,
                width: 1,
                ..area
            }),
            second: Some(Rect {
                x: area.x + left + 1,
                width,
                ..area
            }),
        };
    }
    if area.height >= LOW {
        let height = match second.explains {
            true => area.height * 2 / 5,
            false => area.height * 3 / 5,
        };
        return Places {
            fields: Some(Rect { height, ..area }),
            rule: Some(Rect {
                y: area.y + height,
                height: 1,
                ..area
            }),
            second: Some(Rect {
                y: area.y + height + 1,
                height: area.height - height - 1,
                ..area
            }),
        };
    }
    alone
}
