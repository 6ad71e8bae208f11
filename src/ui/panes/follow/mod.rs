//! The content of a conversation, of both sides, in the order in which it became readable.
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

use crate::{
    store::Contents,
    track::{ConversationId, Protocol},
    ui::{
        Action, Scope, Shared,
        finding::Find,
        layout::Layout,
        list::Following,
        pane::{Pane, PaneArea, Reply, Sought},
        prompt::Prompt,
        reader::{Reader, WorkHandle},
    },
};
use going::Wanted;
use model::FollowModel;
use parking_lot::Mutex;
use ratatui::{Frame, layout::Position, text::Line};
use std::sync::Arc;
use work::FollowWork;

/// The content of both sides. Long work is done by the reader's thread.
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

    /// Makes the work read, lay out, search and save everything up to a packet.
    fn read_up_to(&self, limit: u32, show_secrets: bool) {
        let mut model = self.model.lock();
        model.limit = limit;
        if model.show_secrets != show_secrets {
            model.show_secrets = show_secrets;
            model.forget();
        }
        drop(model);
        self.work.wake();
    }
}

impl Pane for FollowPane {
    fn scope(&self) -> Scope {
        Scope::Follow
    }

    /// The lines fill the screen, until one of their packets is shown.
    fn layout(&self) -> Layout {
        Layout::WithPacket {
            on_demand: true,
            beside: false,
            min_height: 18,
        }
    }

    /// Returns the endpoints, the position, and the work in progress.
    fn title(&self, shared: &Shared, width: u16) -> Option<Line<'static>> {
        let model = self.model.lock();
        Some(model.title(&shared.store.read(), shared, self.id, width))
    }

    /// Draws it, and requests what it lacks.
    fn draw(&mut self, shared: &Shared, frame: &mut Frame, place: PaneArea) {
        let mut model = self.model.lock();
        let contents = shared.store.read();
        model.draw(&contents, shared, frame, place, self.id);
        if model.lacks {
            self.work.wake();
        }
    }

    fn sync(&mut self, shared: &Shared) {
        let limit = shared.rates.limit(&shared.store.read());
        self.read_up_to(limit, shared.settings.show_secrets);
    }

    fn act(&mut self, action: Action, _shared: &Shared) -> Reply {
        let mut model = self.model.lock();
        match action {
            Action::Find => Reply::Ask(Box::new(Prompt::find(model.kind_to_find(), None))),
            Action::Save => Reply::Ask(Box::new(Prompt::save(model.file_name()))),
            Action::SwitchLadder => match model.packet() {
                Some(packet) => Reply::OpenConversation(self.id, Some(packet)),
                None => Reply::Done,
            },
            _ => model.act(action),
        }
    }

    /// Handles the file to save to.
    fn answer(&mut self, _asked: Action, answer: &str, shared: &Shared) -> Result<Reply, String> {
        let mut model = self.model.lock();
        model.save(answer.trim(), &shared.confinement)?;
        Ok(Reply::Done)
    }

    fn find(&mut self, find: Option<&Find>, forward: bool, _shared: &Shared) -> Sought {
        let mut model = self.model.lock();
        model.find(find.map(|find| &find.pattern), forward);
        Sought::Here(Reply::Done)
    }

    /// Handles a click: on a line it chooses it; on the chosen line it opens its packet.
    fn click(&mut self, at: Position, _shared: &Shared) -> Reply {
        self.model.lock().click(at)
    }

    fn scroll(&mut self, rows: isize, _part: Scope) {
        self.model.lock().scroll(rows);
    }

    fn tail(&self) -> Option<Following> {
        Some(self.model.lock().tail())
    }

    /// Returns the packet that carried the line at the cursor.
    fn packet(&self, _shared: &Shared) -> Option<u32> {
        self.model.lock().packet()
    }

    fn conversation(&self) -> Option<ConversationId> {
        Some(self.id)
    }

    /// Moves the cursor to the data of the packet.
    fn go_to(&mut self, packet: u32) {
        self.model.lock().wanted = Some(Wanted::Packet(packet));
    }

    fn forget(&mut self) {
        self.model.lock().forget();
    }

    fn take_message(&mut self) -> Option<String> {
        self.model.lock().message.take()
    }
}
