//! What both sides of a conversation said, in the order in which it could be read.
//!
//! ```text
//!  > client 1,975 bytes   < server 50,162 bytes                       [text] hex raw · both sides · auto: EUC-KR
//! ▌> GET /index.html HTTP/1.1
//!  > Host: www.example.kr
//!  >
//!  < HTTP/1.1 200 OK
//!  < a line that is longer than the pane is wide is
//!  <↪broken, and nothing of it is lost
//!  < … 1,234 bytes not captured …
//! ```

mod cell;
mod draw;
mod going;
mod head;
mod hex;
mod keys;
mod layout;
mod line;
mod model;
mod save;
mod search;
#[cfg(test)]
mod tests;
mod work;

pub use layout::Mode;
pub use save::expanded;

use crate::{
    confine::Confinement,
    store::Contents,
    track::{ConversationId, Protocol},
    ui::{
        Action,
        app::{Reply, Shared},
        list::Tail,
        reader::{Reader, WorkHandle},
    },
};
use going::Wanted;
use model::FollowModel;
use parking_lot::Mutex;
use ratatui::{
    Frame,
    layout::{Position, Rect},
    text::Line,
};
use std::sync::Arc;
use work::FollowWork;

/// What both sides said. What takes its time is done by the reader's thread.
pub struct FollowPane {
    id: ConversationId,
    model: Arc<Mutex<FollowModel>>,
    work: WorkHandle,
}

impl FollowPane {
    /// Opens a conversation.
    pub fn new(contents: &Contents, id: ConversationId, reader: &Reader) -> Self {
        let conversation = contents.tracker.get(id);
        let datagrams = conversation.is_some_and(|c| c.protocol == Protocol::Udp);
        let name = conversation.map_or(String::new(), |c| c.id().to_string());
        let model = Arc::new(Mutex::new(FollowModel::new(name, datagrams)));
        let work = reader.begin(Box::new(FollowWork::new(id, Arc::clone(&model))));
        FollowPane { id, model, work }
    }

    /// Which conversation it is.
    pub fn id(&self) -> ConversationId {
        self.id
    }

    /// Has everything up to a packet read, laid out, searched and saved.
    pub fn sync(&self, limit: u32, show_secrets: bool) {
        let mut model = self.model.lock();
        model.limit = limit;
        if model.show_secrets != show_secrets {
            model.show_secrets = show_secrets;
            model.forget();
        }
        drop(model);
        self.work.wake();
    }

    /// What came of something that took its time.
    pub fn take_message(&self) -> Option<String> {
        self.model.lock().message.take()
    }

    /// The packet that carried the line that the cursor is on.
    pub fn packet(&self) -> Option<u32> {
        self.model.lock().packet()
    }

    /// Whether it stays at its end while more comes.
    pub fn tail(&self) -> Tail {
        self.model.lock().tail()
    }

    /// Puts the cursor on what a packet carried.
    pub fn go_to(&self, packet: u32) {
        self.model.lock().wanted = Some(Wanted::Packet(packet));
    }

    /// What was heard is to be heard again: something else is now said of what it speaks.
    pub fn forget(&self) {
        self.model.lock().forget();
    }

    /// Does what a key says.
    pub fn act(&self, action: Action) -> Reply {
        self.model.lock().act(action)
    }

    /// Whether bytes are looked for rather than text.
    pub fn looks_for_bytes(&self) -> bool {
        self.model.lock().looks_for_bytes()
    }

    /// Looks for something; for nothing to end it.
    pub fn find(&self, words: &str) {
        self.model.lock().find(words);
    }

    /// The name that a file would have.
    pub fn file_name(&self) -> String {
        self.model.lock().file_name()
    }

    /// Saves what is shown, or says why it cannot.
    pub fn save(&self, name: &str, confinement: &Confinement) -> Result<(), String> {
        self.model.lock().save(name, confinement)
    }

    /// A click on a line chooses it; on the chosen line it opens its packet.
    pub fn click(&self, at: Position) -> Reply {
        self.model.lock().click(at)
    }

    /// The mouse wheel.
    pub fn scroll(&self, rows: isize) {
        self.model.lock().scroll(rows);
    }

    /// The line above it: who, where in it, and what is going on.
    pub fn title(&self, shared: &Shared, width: u16) -> Line<'static> {
        let model = self.model.lock();
        model.title(&shared.store.read(), shared, self.id, width)
    }

    /// Draws it, and has read what it lacks.
    pub fn draw(&self, shared: &Shared, frame: &mut Frame, area: Rect, focused: bool) {
        let mut model = self.model.lock();
        let contents = shared.store.read();
        model.draw(&contents, shared, frame, (area, focused), self.id);
        if model.lacks {
            self.work.wake();
        }
    }
}
