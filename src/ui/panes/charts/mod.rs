//! The charts of a conversation: throughput, sequence numbers over time as tcptrace draws them, bytes in flight and
//! window, round trips.
//!
//! The reader's thread reads the packets; drawing only looks at what has been read.

mod draw;
#[cfg(test)]
mod tests;
mod work;

use crate::{
    lang::text,
    statistics::Trace,
    track::{ConversationId, Side},
    ui::{
        Action, Scope, Shared,
        pane::{Pane, PaneArea, Reply},
        panes::ladder::heading,
        plot::{TimeWindow, dots},
        reader::{MadeFor, Reader, WorkHandle},
        text::line,
    },
};
use parking_lot::Mutex;
use ratatui::{
    Frame,
    layout::{Position, Rect},
    text::Line,
};
use std::sync::Arc;
use work::ChartsWork;

/// A chart of a conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum View {
    #[default]
    Throughput,
    Sequence,
    InFlight,
    RoundTrips,
}

impl View {
    const ALL: [View; 4] = [
        View::Throughput,
        View::Sequence,
        View::InFlight,
        View::RoundTrips,
    ];

    fn name(self) -> &'static str {
        match self {
            View::Throughput => text!("stats-throughput"),
            View::Sequence => text!("charts-sequence"),
            View::InFlight => text!("charts-in-flight"),
            View::RoundTrips => text!("charts-round-trips"),
        }
    }
}

/// What was read of a conversation.
#[derive(Default)]
struct Model {
    trace: Trace,
    /// The last packet that may be read, and with which settings.
    limit: u32,
    /// The last packet that was read.
    read_to: u32,
    made_for: MadeFor,
    is_reading: bool,
    trouble: Option<String>,
}

/// The charts of a conversation.
pub struct ChartsPane {
    id: ConversationId,
    model: Arc<Mutex<Model>>,
    work: WorkHandle,
    view: View,
    /// The side whose data is shown, where that matters.
    side: Side,
    window: TimeWindow,
    /// Whether the side was chosen: by the user, or because it sent more.
    is_side_chosen: bool,
    /// Packets rather than bytes.
    counts_packets: bool,
    names: Vec<(Rect, View)>,
    area: Rect,
}

impl ChartsPane {
    /// Opens the charts of a conversation.
    pub fn new(id: ConversationId, reader: &Reader) -> Self {
        let model = Arc::new(Mutex::new(Model::default()));
        let work = reader.begin(Box::new(ChartsWork::new(id, Arc::clone(&model))));
        ChartsPane {
            id,
            model,
            work,
            view: View::default(),
            side: Side::Server,
            window: TimeWindow::default(),
            is_side_chosen: false,
            counts_packets: false,
            names: Vec::new(),
            area: Rect::default(),
        }
    }

    fn turn(&mut self, step: isize) {
        let count = View::ALL.len() as isize;
        let at = (self.view as isize + step).rem_euclid(count);
        self.view = View::ALL[at as usize];
    }

    /// Returns the packet at the cursor: the nearest one.
    fn packet_at_cursor(&self) -> Option<u32> {
        let cursor = self.window.cursor?;
        let model = self.model.lock();
        let points = model.trace.points().iter();
        let nearest = points.min_by_key(|point| point.since_ns.abs_diff(cursor))?;
        Some(nearest.packet)
    }

    /// Moves the cursor to the next packet with an error, or the previous one.
    fn go_to_error(&mut self, forward: bool) -> Reply {
        let cursor = self.window.cursor;
        let (found, whole) = {
            let model = self.model.lock();
            let marked = model.trace.points().iter().filter(|it| it.mark.is_some());
            let mut times = marked.map(|point| point.since_ns);
            let found = match (forward, cursor) {
                (true, None) => times.next(),
                (true, Some(at)) => times.find(|time| *time > at),
                (false, None) => times.next_back(),
                (false, Some(at)) => times.rfind(|time| *time < at),
            };
            (found, model.trace.span_ns())
        };
        match found {
            Some(at) => {
                self.window.set(at, whole);
                Reply::Done
            }
            None => Reply::Say(text!("stats-no-more-errors").to_owned()),
        }
    }
}

impl Pane for ChartsPane {
    fn scope(&self) -> Scope {
        Scope::Charts
    }

    fn title(&self, shared: &Shared, width: u16) -> Option<Line<'static>> {
        let contents = shared.store.read();
        let Some(conversation) = contents.tracker.get(self.id) else {
            let words = format!(" {}", text!("ladder-conversation-evicted"));
            return Some(Line::styled(words, shared.theme.warning));
        };
        let parts = heading(conversation, &shared.theme);
        Some(line(parts, width.into()))
    }

    fn draw(&mut self, shared: &Shared, frame: &mut Frame, place: PaneArea) {
        self.draw_all(shared, frame, place.area);
    }

    fn sync(&mut self, shared: &Shared) {
        let (limit, finished) = {
            let contents = shared.store.read();
            (shared.rates.limit(&contents), contents.finished)
        };
        let made_for = MadeFor::new(&shared.settings, finished);
        {
            let mut model = self.model.lock();
            (model.limit, model.made_for) = (limit, made_for);
        }
        self.work.wake();
    }

    fn act(&mut self, action: Action, _shared: &Shared) -> Reply {
        let whole = self.model.lock().trace.span_ns();
        let columns = dots(self.area) / 2;
        match action {
            Action::NextView | Action::Charts => self.turn(1),
            Action::PreviousView => self.turn(-1),
            Action::Left => self.window.step(-1, columns, whole),
            Action::Right => self.window.step(1, columns, whole),
            Action::PageUp => self.window.step(-10, columns, whole),
            Action::PageDown => self.window.step(10, columns, whole),
            Action::Top => self.window.set(0, whole),
            Action::Bottom => self.window.set(whole, whole),
            Action::Grow => self.window.zoom(true, whole),
            Action::Shrink => self.window.zoom(false, whole),
            Action::FindNext => return self.go_to_error(true),
            Action::FindPrevious => return self.go_to_error(false),
            Action::Mode => self.counts_packets = !self.counts_packets,
            Action::OneSide => {
                self.side = self.side.other();
                self.is_side_chosen = true;
            }
            Action::Open => {
                return match self.packet_at_cursor() {
                    Some(packet) => Reply::OpenConversation(self.id, Some(packet)),
                    None => Reply::Say(text!("stats-no-cursor").to_owned()),
                };
            }
            _ => return Reply::Ignored,
        }
        Reply::Done
    }

    /// Handles a click: on the name of a chart it shows it, inside the chart it moves the cursor.
    fn click(&mut self, at: Position, _shared: &Shared) -> Reply {
        if let Some((_, view)) = self.names.iter().find(|(place, _)| place.contains(at)) {
            self.view = *view;
            return Reply::Done;
        }
        let width = (dots(self.area) / 2) as i64;
        let left = i64::from(self.area.right()) - width;
        let column = i64::from(at.x) - left;
        if !self.area.contains(at) || column < 0 || width == 0 {
            return Reply::Ignored;
        }
        let whole = self.model.lock().trace.span_ns();
        let (from, to) = self.window.shown(whole);
        let span = to.saturating_sub(from);
        let since = (i128::from(span) * i128::from(column) / i128::from(width)) as i64;
        self.window.set(from.saturating_add(since), whole);
        Reply::Done
    }

    fn packet(&self, _shared: &Shared) -> Option<u32> {
        self.packet_at_cursor()
    }

    fn conversation(&self) -> Option<ConversationId> {
        Some(self.id)
    }

    fn is_useful(&self, action: Action) -> bool {
        match action {
            Action::Mode => self.view == View::Throughput,
            Action::OneSide => matches!(self.view, View::Sequence | View::InFlight),
            _ => true,
        }
    }

    fn go_to(&mut self, packet: u32) {
        let model = self.model.lock();
        let points = model.trace.points();
        let at = points.partition_point(|point| point.packet < packet);
        if let Some(point) = points.get(at) {
            let (since, whole) = (point.since_ns, model.trace.span_ns());
            drop(model);
            self.window.set(since, whole);
        }
    }

    fn forget(&mut self) {
        *self.model.lock() = Model::default();
    }
}
