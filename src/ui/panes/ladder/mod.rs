//! A conversation as a ladder: client left, server right, each packet an arrow with its meaning.
//!
//! ```text
//!    agreed: MSS 1460 · window scale 7/10 · SACK · timestamps · ECN off
//!               client 10.0.0.2:51234                    10.0.0.1:80 server
//!       0.000000  ├─ SYN  seq 0 ──────────────────────────────────▶│  ① 1/3
//!                 │   ISN 834471725 · win 64240 · MSS 1460         │
//!      +0.012034  │◀──────────────────────── SYN ACK  seq 0 ack 1 ─┤  ② 2/3
//!                 │   ISN 16854226                                 │
//!                 │   ack 834471726 = client ISN 834471725 + 1 ✓   │
//!      +0.021087  │◀═══════════════ 200 OK  34 segments  17 ACKs ══╡  ▸ 45.6 kB
//!    ──────────────────────────────────────────────────────────────────────────────
//!    #1 SYN. The client 10.0.0.2 asks to open a connection …     L4 transport · TCP
//! ```

mod arrow;
mod draw;
mod head;
mod model;
#[cfg(test)]
mod tests;
mod time_bar;
mod work;

pub(super) use self::head::heading;

use self::{model::LadderModel, work::LadderWork};
use crate::{
    lang::TextId,
    save::Choice,
    track::ConversationId,
    ui::{
        Action, Scope, Shared,
        display_filter::Combine,
        finding::{Find, Targets},
        layout::Layout,
        list::Following,
        pane::{Pane, PaneArea, Reply, Sought},
        panes::filter_menu::FilterMenu,
        reader::{MadeFor, Reader, WorkHandle},
        row_filters,
    },
};
use parking_lot::Mutex;
use ratatui::{Frame, layout::Position, text::Line};
use std::sync::Arc;

/// The message for a conversation that was evicted.
pub(super) const EVICTED: TextId = TextId("ladder-conversation-evicted");

/// A conversation. It is read by the reader's thread.
pub struct LadderPane {
    id: ConversationId,
    model: Arc<Mutex<LadderModel>>,
    work: WorkHandle,
}

impl LadderPane {
    /// Opens a conversation.
    pub fn new(id: ConversationId, reader: &Reader) -> Self {
        let model = Arc::new(Mutex::new(LadderModel::new(id)));
        let work = reader.begin(Box::new(LadderWork::new(id, Arc::clone(&model))));
        LadderPane { id, model, work }
    }

    /// Makes the work read everything up to a packet.
    pub(crate) fn read_up_to(&self, limit: u32, made_for: MadeFor) {
        self.model.lock().set(limit, made_for);
        self.work.wake();
    }
}

impl Pane for LadderPane {
    fn scope(&self) -> Scope {
        Scope::Ladder
    }

    fn layout(&self) -> Layout {
        Layout::WithPacket {
            on_demand: false,
            beside: true,
            min_height: 30,
        }
    }

    /// Returns the endpoints, and the verdict.
    fn title(&self, shared: &Shared, width: u16) -> Option<Line<'static>> {
        let model = self.model.lock();
        Some(model.title(&shared.store.read(), shared, width))
    }

    /// Draws it, and requests what it lacks.
    fn draw(&mut self, shared: &Shared, frame: &mut Frame, place: PaneArea) {
        let mut model = self.model.lock();
        let contents = shared.store.read();
        model.draw(&contents, shared, frame, place.area, place.focused);
        if model.lacks {
            self.work.wake();
        }
    }

    fn sync(&mut self, shared: &Shared) {
        let (limit, finished) = {
            let contents = shared.store.read();
            (shared.rates.limit(&contents), contents.finished)
        };
        self.read_up_to(limit, MadeFor::new(&shared.settings, finished));
    }

    fn act(&mut self, action: Action, shared: &Shared) -> Reply {
        match action {
            Action::SwitchLadder => self.packet(shared).map_or(Reply::Done, Reply::ListPacket),
            _ if let Some(how) = Combine::of(action) => {
                let packet = self.packet(shared);
                let packet = packet.map(|number| format!("frame.number == {number}"));
                let contents = shared.store.read();
                let offers = row_filters::of_conversation(&contents, self.id, packet);
                Reply::Push(Box::new(FilterMenu::new(Scope::Ladder, how, offers)))
            }
            _ => self.model.lock().act(action),
        }
    }

    /// The packets of the conversation.
    fn find(&mut self, find: Option<&Find>, _forward: bool, shared: &Shared) -> Sought {
        match find {
            Some(_) => {
                let packets = Choice::Conversation(self.id);
                Sought::In(Targets::Packets(packets, self.packet(shared)))
            }
            None => Sought::Nowhere,
        }
    }

    /// Handles a click: on a row it chooses it; on the chosen row it opens.
    fn click(&mut self, at: Position, _shared: &Shared) -> Reply {
        self.model.lock().click(at)
    }

    fn scroll(&mut self, rows: isize, _part: Scope) {
        self.model.lock().scroll(rows);
    }

    fn tail(&self) -> Option<Following> {
        Some(self.model.lock().tail())
    }

    fn packet(&self, _shared: &Shared) -> Option<u32> {
        self.model.lock().packet()
    }

    /// A row of several packets represents the one that completes its message, which must be read first.
    fn is_packet_known(&self) -> bool {
        self.model.lock().knows_packet()
    }

    fn conversation(&self) -> Option<ConversationId> {
        Some(self.id)
    }

    /// Unfolds the run of the packet.
    fn go_to(&mut self, packet: u32) {
        self.model.lock().go_to(packet);
    }

    fn forget(&mut self) {
        self.model.lock().forget();
    }
}
