//! What the capture adds up to: protocols, endpoints, services, response times, throughput.
//!
//! ```text
//!   Protocols  Endpoints  Talkers  Services  Applications  Response times  Throughput
//!   Protocol                  Packets                  Share     Bytes
//! ▌ frame                         964  ████████████  100.0 %   345.3 k
//!     eth                         964  ████████████  100.0 %   345.3 k
//! ```
//!
//! Everything is added up by a thread ([`LiveStatistics`]); the pane draws the latest sums.

mod answers;
mod filters;
mod tables;
#[cfg(test)]
mod tests;
mod throughput;

use crate::{
    lang::text,
    ui::{
        Action, Scope, Shared,
        display_filter::Combine,
        list::Cursor,
        live_statistics::{LiveStatistics, Sums},
        pane::{Pane, PaneArea, Reply},
        panes::views::draw_names,
        text::cut,
    },
};
use ratatui::{
    Frame,
    layout::{Position, Rect},
    text::Line,
};
use std::sync::Arc;
use throughput::Throughput;

/// What is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum View {
    #[default]
    Protocols,
    Endpoints,
    Talkers,
    Services,
    Applications,
    Answers,
    Throughput,
}

impl View {
    const ALL: [View; 7] = [
        View::Protocols,
        View::Endpoints,
        View::Talkers,
        View::Services,
        View::Applications,
        View::Answers,
        View::Throughput,
    ];

    fn name(self) -> &'static str {
        match self {
            View::Protocols => text!("stats-view-protocols"),
            View::Endpoints => text!("stats-endpoints"),
            View::Talkers => text!("stats-talkers"),
            View::Services => text!("stats-view-services"),
            View::Applications => text!("stats-view-applications"),
            View::Answers => text!("stats-view-answers"),
            View::Throughput => text!("stats-throughput"),
        }
    }
}

/// The statistics.
#[derive(Default)]
pub struct StatsPane {
    live: LiveStatistics,
    view: View,
    /// The cursor of each view.
    cursors: [Cursor; View::ALL.len()],
    throughput: Throughput,
    /// Where the names of the views are, and the rows.
    names: Vec<(Rect, View)>,
    list: Rect,
}

impl StatsPane {
    fn cursor(&mut self) -> &mut Cursor {
        &mut self.cursors[self.view as usize]
    }

    fn sums(&self) -> Option<Arc<Sums>> {
        self.live.sums().map(Arc::clone)
    }

    /// Returns how many rows the view has.
    fn length(&self) -> usize {
        let Some(sums) = self.live.sums() else {
            return 0;
        };
        let overview = &sums.overview;
        match self.view {
            View::Protocols => overview.layers.len(),
            View::Endpoints => overview.endpoints.len(),
            View::Talkers => overview.pairs.len(),
            View::Services => overview.services.len(),
            View::Applications => overview.applications.len(),
            View::Answers => overview.answers.len(),
            View::Throughput => 0,
        }
    }

    /// Goes to another view.
    fn turn(&mut self, step: isize) {
        let count = View::ALL.len() as isize;
        let at = (self.view as isize + step).rem_euclid(count);
        self.view = View::ALL[at as usize];
    }

    /// Draws the names of the views.
    fn draw_names(&mut self, shared: &Shared, frame: &mut Frame, area: Rect) {
        let views = View::ALL.map(|view| (view, view.name()));
        self.names = draw_names(&views, self.view, &shared.theme, frame, area);
    }

    /// Draws a sentence instead of rows.
    fn draw_words(&self, words: &str, shared: &Shared, frame: &mut Frame, area: Rect) {
        let words = cut(&format!("  {words}"), area.width.into());
        let line = Line::styled(words, shared.theme.dim);
        frame.render_widget(line, Rect { height: 1, ..area });
    }
}

impl Pane for StatsPane {
    fn scope(&self) -> Scope {
        Scope::Statistics
    }

    fn totals(&self) -> Option<String> {
        let sums = self.live.sums()?;
        let evicted = sums.overview.evicted;
        if evicted > 0 {
            let packets = text!("count-packets", count = crate::lang::Count(evicted));
            return Some(format!(" {} ", text!("stats-with-evicted", packets)));
        }
        None
    }

    fn draw(&mut self, shared: &Shared, frame: &mut Frame, place: PaneArea) {
        let part = self.throughput.part(self.live.sums().map(|it| &**it));
        self.live.want(part);
        self.live.sync(&shared.store);
        let area = place.area;
        self.draw_names(shared, frame, area);
        let body = Rect {
            y: area.y + 1,
            height: area.height.saturating_sub(1),
            ..area
        };
        let Some(sums) = self.sums() else {
            return self.draw_words(text!("stats-adding-up"), shared, frame, body);
        };
        match self.view {
            View::Throughput => match self.throughput.draw(&sums, shared, frame, body) {
                Ok(()) => {}
                Err(error) => self.draw_words(&error.words(), shared, frame, body),
            },
            _ if self.length() == 0 => {
                let words = match self.view {
                    View::Answers => text!("stats-no-answers"),
                    _ => text!("stats-nothing"),
                };
                self.draw_words(words, shared, frame, body);
            }
            View::Answers => self.draw_answers(&sums, shared, frame, body),
            _ => self.draw_table(&sums, shared, frame, body),
        }
    }

    fn act(&mut self, action: Action, shared: &Shared) -> Reply {
        match action {
            Action::NextView => self.turn(1),
            Action::PreviousView => self.turn(-1),
            _ if self.view == View::Throughput => {
                let sums = self.sums();
                return self.throughput.act(action, sums.as_deref(), shared);
            }
            Action::Right => self.turn(1),
            Action::Left => self.turn(-1),
            _ if action == Action::Open || Combine::of(action).is_some() => {
                return match (self.row_filter(), Combine::of(action)) {
                    (Some(filter), Some(how)) => Reply::FilterBy(filter, how),
                    (Some(filter), None) => Reply::ListPacketsOf(filter),
                    (None, _) => Reply::Say(text!("stats-no-filter").to_owned()),
                };
            }
            _ => {
                let length = self.length();
                return match self.cursor().act(action, length) {
                    true => Reply::Done,
                    false => Reply::Ignored,
                };
            }
        }
        Reply::Done
    }

    /// Handles a click: on the name of a view it shows it, on a row it chooses it.
    fn click(&mut self, at: Position, _shared: &Shared) -> Reply {
        if let Some((_, view)) = self.names.iter().find(|(place, _)| place.contains(at)) {
            self.view = *view;
            return Reply::Done;
        }
        if self.view == View::Throughput {
            self.throughput.click(at);
            return Reply::Done;
        }
        let length = self.length();
        let line = at.y.checked_sub(self.list.y);
        let row = line.and_then(|line| self.cursor().row_at(line.into(), length));
        match row {
            Some(row) => {
                self.cursor().selected = row;
                Reply::Done
            }
            None => Reply::Ignored,
        }
    }

    fn scroll(&mut self, rows: isize, _part: Scope) {
        let length = self.length();
        self.cursor().scroll(rows, length);
    }

    /// Returns the first packet at the cursor of the throughput.
    fn packet(&self, _shared: &Shared) -> Option<u32> {
        match self.view {
            View::Throughput => self.throughput.packet(),
            _ => None,
        }
    }

    fn is_useful(&self, action: Action) -> bool {
        let is_of_chart = matches!(action, Action::Grow | Action::FindNext | Action::Mode);
        let is_of_row = Combine::of(action).is_some();
        match self.view {
            View::Throughput => !is_of_row,
            _ => !is_of_chart,
        }
    }

    fn is_busy(&self) -> bool {
        self.live.is_busy()
    }
}
