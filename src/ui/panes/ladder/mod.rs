//! A conversation as a ladder: client left, server right, each packet an arrow with what it means.
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
mod work;

pub(super) use self::head::heading;

use self::{model::LadderModel, work::LadderWork};
use crate::{
    track::ConversationId,
    ui::{
        Action,
        app::{Reply, Shared},
        list::Tail,
        reader::{MadeFor, Reader, WorkHandle},
    },
};
use parking_lot::Mutex;
use ratatui::{
    Frame,
    layout::{Position, Rect},
    text::Line,
};
use std::sync::Arc;

/// What is said of a conversation that is not there any more.
pub(super) const LET_GO: &str = " This conversation was let go: esc leaves it";

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

    /// Which conversation it is.
    pub fn id(&self) -> ConversationId {
        self.id
    }

    /// Has everything up to a packet read.
    pub fn sync(&self, limit: u32, made_for: MadeFor) {
        self.model.lock().set(limit, made_for);
        self.work.wake();
    }

    /// Whether it stays at its end while more comes.
    pub fn tail(&self) -> Tail {
        self.model.lock().tail()
    }

    /// The packet that the cursor is on.
    pub fn packet(&self) -> Option<u32> {
        self.model.lock().packet()
    }

    /// Whether that is certain: a row of several packets stands for the one that completes its message.
    pub fn knows_packet(&self) -> bool {
        self.model.lock().knows_packet()
    }

    /// All of it is read again: something that it was made of has changed.
    pub fn forget(&self) {
        self.model.lock().forget();
    }

    /// Puts the cursor on a packet, unfolding what it is in.
    pub fn go_to(&self, number: u32) {
        self.model.lock().go_to(number);
    }

    /// Does what a key says.
    pub fn act(&self, action: Action) -> Reply {
        self.model.lock().act(action)
    }

    /// A click on a row chooses it; on the chosen row it opens.
    pub fn click(&self, at: Position) -> Reply {
        self.model.lock().click(at)
    }

    /// The mouse wheel.
    pub fn scroll(&self, rows: isize) {
        self.model.lock().scroll(rows);
    }

    /// The line above it: who, and what became of it.
    pub fn title(&self, shared: &Shared, width: u16) -> Line<'static> {
        let model = self.model.lock();
        model.title(&shared.store.read(), shared, width)
    }

    /// Draws it, and has read what it lacks.
    pub fn draw(&self, shared: &Shared, frame: &mut Frame, area: Rect, focused: bool) {
        let mut model = self.model.lock();
        model.draw(&shared.store.read(), shared, frame, area, focused);
        if model.lacks {
            self.work.wake();
        }
    }
}
