//! The files that were transferred: pages, downloads, uploads, mails and their attachments.
//!
//! ```text
//!    Name                 Type          Size     From     Packet
//!  ▌ index.html           text/html     45.6 kB  tcp/0        12
//!    report.pdf                          1.1 MB  tcp/4       340
//!    minutes.docx         incomplete    91.0 kB  tcp/5       388
//! ```

use crate::{
    format::{grouped, printable, size},
    lang::{Count, TextId, text},
    report::{Transferred, transferred},
    save::{Destination, put},
    store::Contents,
    track::ConversationId,
    ui::{
        Action, Scope, Shared,
        list::Cursor,
        pane::{Pane, PaneArea, Reply},
        panes::ladder::LadderPane,
        prompt::{Prompt, typed_path},
        text::{self, left, right, width},
    },
};
use ratatui::{
    Frame,
    layout::{Position, Rect},
    style::Style,
    text::Line,
};
use std::{
    io::{self, BufWriter, Write},
    sync::mpsc::{Receiver, TryRecvError, sync_channel},
    thread::JoinHandle,
};

/// More files are not listed.
const MOST: usize = 100_000;

/// Files that wait to be listed.
const WAITING: usize = 1_000;

/// Widths of the columns: the type, the size, the conversation, the packet.
const WIDTHS: [usize; 4] = [24, 9, 9, 9];

/// The list.
pub struct ObjectsPane {
    rows: Vec<Transferred>,
    /// Files as they are found; dropping it ends the search.
    comes: Option<Receiver<Transferred>>,
    saving: Option<JoinHandle<Result<String, String>>>,
    message: Option<String>,
    cursor: Cursor,
    place: Rect,
}

impl ObjectsPane {
    /// Begins to search for files in the conversations that are shown.
    ///
    /// # Errors
    ///
    /// Fails if the thread cannot be created.
    pub fn new(shared: &Shared) -> io::Result<Self> {
        let (sender, comes) = sync_channel(WAITING);
        let store = shared.store.clone();
        let filter = shared.filter();
        let thread = std::thread::Builder::new().name("objects".to_owned());
        thread.spawn(move || {
            let is_selected = |contents: &Contents, id| filter.shows(contents, id);
            let mut count = 0;
            // What could be read so far is listed.
            let _ = transferred(&store, is_selected, |one| {
                count += 1;
                count <= MOST && sender.send(one).is_ok()
            });
        })?;
        Ok(ObjectsPane {
            rows: Vec::new(),
            comes: Some(comes),
            saving: None,
            message: None,
            cursor: Cursor::default(),
            place: Rect::default(),
        })
    }

    fn chosen(&self) -> Option<&Transferred> {
        self.rows.get(self.cursor.selected)
    }
}

impl Pane for ObjectsPane {
    fn scope(&self) -> Scope {
        Scope::Objects
    }

    fn title(&self, shared: &Shared, width: u16) -> Option<Line<'static>> {
        let count = Count(self.rows.len() as u64);
        let words = match self.comes.is_some() {
            true => text!("objects-searching", count),
            false => text!("objects-count", count),
        };
        let parts = [
            (
                format!(" {}  ", text!("objects-title")),
                shared.theme.heading,
            ),
            (words, shared.theme.dim),
        ];
        Some(text::line(parts, width.into()))
    }

    fn sync(&mut self, _shared: &Shared) {
        while let Some(comes) = &self.comes {
            match comes.try_recv() {
                Ok(one) => self.rows.push(one),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => self.comes = None,
            }
        }
        if let Some(thread) = self.saving.take_if(|thread| thread.is_finished()) {
            let said = thread.join();
            let said = said.unwrap_or_else(|_| Err(text!("save-broken-down").to_owned()));
            let (Ok(words) | Err(words)) = said;
            self.message = Some(words);
        }
    }

    fn is_busy(&self) -> bool {
        self.comes.is_some() || self.saving.is_some()
    }

    fn take_message(&mut self) -> Option<String> {
        self.message.take()
    }

    fn packet(&self, _shared: &Shared) -> Option<u32> {
        self.chosen().map(|one| one.packet)
    }

    fn selected(&self) -> Option<ConversationId> {
        self.chosen().map(|one| one.id)
    }

    fn draw(&mut self, shared: &Shared, frame: &mut Frame, place: PaneArea) {
        let theme = &shared.theme;
        let area = place.area;
        let room = usize::from(area.width);
        let [media, of_size, conversation, packet] = match room {
            0..100 => [24, WIDTHS[1], WIDTHS[2], 7],
            _ => WIDTHS,
        };
        // Short types leave their room to the names.
        let kinds = self.rows.iter().map(|one| width(&kind(one)));
        let media = kinds.max().unwrap_or(0).clamp(6, media);
        let rest = media + of_size + conversation + packet + 10;
        let names = self.rows.iter().map(|one| width(&one.name)).max();
        let names = names.unwrap_or(0).max(12).min(room.saturating_sub(rest));
        let line = |cells: [&str; 5]| {
            format!(
                " {}  {}  {}  {}  {}",
                left(cells[0], names),
                left(cells[1], media),
                right(cells[2], of_size),
                left(cells[3], conversation),
                right(cells[4], packet),
            )
        };
        let heading = line([
            text!("objects-name"),
            text!("objects-type"),
            text!("objects-size"),
            text!("objects-from"),
            text!("objects-packet"),
        ]);
        if area.height == 0 {
            return;
        }
        let top = Rect { height: 1, ..area };
        frame.render_widget(Line::styled(text::cut(&heading, room), theme.dim), top);
        self.place = Rect {
            y: area.y + 1,
            height: area.height - 1,
            ..area
        };
        if self.rows.is_empty() && self.comes.is_none() && self.place.height > 1 {
            let words = format!("   {}", text!("objects-none"));
            let place = Rect {
                y: self.place.y + 1,
                height: 1,
                ..area
            };
            frame.render_widget(Line::styled(text::cut(&words, room), theme.dim), place);
        }
        let shown = self.cursor.fit(self.rows.len(), self.place.height.into());
        for (at, y) in shown.zip(self.place.y..) {
            let Some(one) = self.rows.get(at) else { break };
            let kind = kind(one);
            let words = line([
                &printable(&one.name),
                &kind,
                &size(one.size),
                &one.conversation,
                &grouped(one.packet.into()),
            ]);
            let place = Rect {
                y,
                height: 1,
                ..self.place
            };
            let style = if one.complete {
                Style::new()
            } else {
                theme.warning
            };
            frame.render_widget(Line::styled(left(&words, room), style), place);
            if at == self.cursor.selected {
                frame.buffer_mut().set_style(place, theme.cursor);
            }
        }
    }

    fn act(&mut self, action: Action, shared: &Shared) -> Reply {
        if self.cursor.act(action, self.rows.len()) {
            return Reply::Done;
        }
        match (action, self.chosen()) {
            (Action::Open, Some(one)) => {
                let mut ladder = LadderPane::new(one.id, &shared.reader);
                ladder.go_to(one.packet);
                Reply::Push(Box::new(ladder))
            }
            (Action::Copy, Some(one)) => Reply::Copy(format!(
                "{}\t{}\t{}\t{}\t{}",
                one.name, one.media, one.size, one.conversation, one.packet
            )),
            (Action::Save, Some(_)) if self.saving.is_some() => {
                Reply::Say(text!("message-still-saving").to_owned())
            }
            (Action::Save, Some(one)) => Reply::Ask(Box::new(Prompt::line(
                Action::Save,
                &[TextId("prompt-save-new"), TextId("prompt-save")],
                TextId("prompt-enter-saves"),
                one.name.clone(),
            ))),
            _ => Reply::Ignored,
        }
    }

    fn answer(&mut self, _asked: Action, answer: &str, shared: &Shared) -> Result<Reply, String> {
        let Some(one) = self.chosen().cloned() else {
            return Ok(Reply::Done);
        };
        let place = Destination {
            path: typed_path(answer, &shared.confinement),
            replace: false,
        };
        if answer.is_empty() || answer.ends_with('/') || place.path.is_dir() {
            return Err(text!("follow-save-directory").to_owned());
        }
        place.check().map_err(|error| error.to_string())?;
        let store = shared.store.clone();
        let to = printable(answer);
        let thread = std::thread::Builder::new().name("save".to_owned());
        let thread = thread.spawn(move || {
            let written = put(&place, |file, path| {
                let mut out = BufWriter::new(file);
                let written = one.write(&store, &mut out).and_then(|()| out.flush());
                written.map_err(|error| crate::save::SaveError::of(path, error))
            });
            match written {
                Ok((_, length)) => Ok(text!("follow-saved", count = Count(length), to)),
                Err(error) => Err(text!("message-not-saved", why = error)),
            }
        });
        self.saving = Some(thread.map_err(|error| error.to_string())?);
        Ok(Reply::Done)
    }

    fn click(&mut self, at: Position, shared: &Shared) -> Reply {
        let line = usize::from(at.y.saturating_sub(self.place.y));
        match self.cursor.row_at(line, self.rows.len()) {
            Some(row) if row == self.cursor.selected => self.act(Action::Open, shared),
            Some(row) => {
                self.cursor.selected = row;
                Reply::Done
            }
            None => Reply::Ignored,
        }
    }

    fn scroll(&mut self, rows: isize, _part: Scope) {
        self.cursor.scroll(rows, self.rows.len());
    }
}

/// Returns the type of a file, or why it is none.
fn kind(one: &Transferred) -> String {
    match (one.complete, one.is_part) {
        (false, _) => text!("objects-incomplete").to_owned(),
        (true, true) => text!("objects-part").to_owned(),
        (true, false) => printable(&one.media),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::panes::packets::tests::{sample, screen};

    fn drawn(pane: &mut ObjectsPane, shared: &Shared) -> String {
        loop {
            pane.sync(shared);
            if !pane.is_busy() {
                return screen(110, 20, |frame| {
                    pane.draw(shared, frame, PaneArea::focused(frame.area()));
                });
            }
        }
    }

    #[test]
    fn files_are_listed_and_saved() {
        let shared = sample("everyday.pcapng");
        let mut pane = ObjectsPane::new(&shared).unwrap();
        let words = drawn(&mut pane, &shared);
        assert!(words.contains("text/html"), "{words}");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("one");
        let name = path.to_str().unwrap();
        assert!(matches!(pane.act(Action::Save, &shared), Reply::Ask(_)));
        pane.answer(Action::Save, name, &shared).unwrap();
        drawn(&mut pane, &shared);
        let said = pane.take_message().unwrap();
        assert!(said.contains("one"), "{said}");
        let length = path.metadata().unwrap().len();
        assert_eq!(length, pane.chosen().unwrap().size);
        // Nothing is overwritten.
        let again = pane.answer(Action::Save, name, &shared);
        assert!(again.is_err());
        assert!(pane.answer(Action::Save, "", &shared).is_err());
    }

    #[test]
    fn a_capture_without_files_says_so() {
        let shared = sample("dns.pcap");
        let mut pane = ObjectsPane::new(&shared).unwrap();
        let words = drawn(&mut pane, &shared);
        assert!(words.contains("no file"), "{words}");
        assert!(matches!(pane.act(Action::Save, &shared), Reply::Ignored));
    }
}
