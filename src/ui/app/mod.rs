//! The state of the screen, and what keys, the mouse and the capture do to it. What is on the screen are the panes of a
//! [`Stack`]; this module knows them only by [`super::pane::Pane`].

mod draw;
mod mouse;
mod navigate;
mod open;
mod saving;
#[cfg(test)]
mod tests;
mod title;

use super::{
    Action, Scope, action,
    pane::Reply,
    prompt::{Asked, Prompt, Speaker},
    rates::{LiveRates, is_live},
    reader::Reader,
    settings::Settings,
    stack::{Layer, Stack},
    theme::Theme,
};
use crate::{
    capture::live::Live,
    confine::Confinement,
    index::{Command, Handle},
    lang::{Count, text},
    names::{Lookups, Vendors},
    ports::Ports,
    save::Marks,
    store::{Contents, Rereading, Store},
};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind};
use dissectors::Dissector;
use ratatui::layout::Rect;
use saving::Saving;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// At most this often the screen is drawn: 60 times a second, which is as often as most terminals show it.
pub(super) const FRAME_INTERVAL: Duration = Duration::from_millis(16);

/// While a file loads, its progress is drawn this often.
const LOADING_INTERVAL: Duration = Duration::from_millis(33);

/// While a capture is made and no key is pressed, new packets are drawn this often: nobody reads faster.
const LIVE_INTERVAL: Duration = Duration::from_millis(100);

/// After a key or the mouse the screen is drawn without delay for so long.
const RECENT_INPUT: Duration = Duration::from_secs(1);

/// When no packet came for so long, the store is looked at less often.
const QUIET: Duration = Duration::from_secs(2);

/// How often the screen is drawn only because marks expire and rates fall.
const RATES_INTERVAL: Duration = Duration::from_millis(500);

/// How long the event loop waits for a key when nothing changes by itself; it checks for signals in between.
const IDLE_INTERVAL: Duration = Duration::from_millis(250);

/// What every pane may look at.
pub struct Shared {
    /// The capture.
    pub store: Store,
    /// Reads its packets.
    pub reader: Reader,
    /// Commands for the index, which reads it.
    pub index: Handle,
    /// The capture's name, fit for the screen.
    pub name: String,
    /// Colours by meaning.
    pub theme: Theme,
    /// What can be switched.
    pub settings: Settings,
    /// The filter.
    pub ports: Ports,
    /// What the program has given up.
    pub confinement: Confinement,
    /// What is marked.
    pub marks: Marks,
    /// The live capture, if it is one.
    pub live: Option<Arc<Live>>,
    /// The makers of network cards.
    pub vendors: Vendors,
    /// Asks for names that the capture does not say, where the user wants that.
    pub lookups: Option<Lookups>,
    /// Rates, and which conversations have just changed, while the capture is being made.
    pub rates: LiveRates,
}

/// What the event loop has to do besides drawing.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Nothing.
    None,
    /// Leave.
    Quit,
    /// Have the live capture begin anew.
    Restart,
    /// Stop until `fg`.
    Suspend,
    /// Draw all of the screen anew.
    Redraw,
    /// Copy this to the clipboard.
    Copy(String),
}

/// The state of the screen.
pub struct App {
    /// What every pane may look at.
    pub shared: Shared,
    panes: Stack,
    /// What was being read again when the screen was drawn last.
    rereading: Rereading,
    prompt: Option<Prompt>,
    /// The scope of the pane that asked it, where a pane did.
    asked_by: Scope,
    saving: Saving,
    message: Option<String>,
    /// The share of the list beside a packet, in hundredths.
    split: u16,
    /// One pane has the whole screen.
    zoomed: bool,
    /// Where the panes were drawn, for the mouse.
    places: Vec<(Layer, Rect)>,
    /// What was there when the screen was drawn last.
    drawn: Drawn,
}

/// What was there when the screen was drawn last.
struct Drawn {
    at: Instant,
    of: Stamp,
    /// What the reader had read, as it counts that.
    read: u64,
    /// When something was there that had not been there before.
    news: Instant,
}

impl App {
    /// Opens on the conversations.
    pub fn new(shared: Shared) -> Self {
        App {
            shared,
            panes: open::first_panes(),
            rereading: Rereading::default(),
            prompt: None,
            asked_by: Scope::All,
            saving: Saving::default(),
            message: None,
            split: 60,
            zoomed: false,
            places: Vec::new(),
            drawn: Drawn {
                at: Instant::now(),
                of: Default::default(),
                read: 0,
                news: Instant::now(),
            },
        }
    }

    /// Whether what is on the screen may still change by itself.
    pub fn is_loading(&self) -> bool {
        self.is_busy() || !self.shared.store.read().finished
    }

    /// Whether there is something to come that is not waited for.
    fn is_busy(&self) -> bool {
        self.shared.reader.is_busy() || self.is_at_work()
    }

    /// Whether there is work that goes on a little with every frame.
    fn is_at_work(&self) -> bool {
        self.panes.is_busy() || self.is_reread() || self.saving.is_at_work()
    }

    /// Whether the index reads conversations again, or is about to.
    fn is_reread(&self) -> bool {
        self.shared.index.is_pending() || self.shared.store.read().rereading.left > 0
    }

    /// How long to wait for keys before [`App::has_changed`] is asked again. `touched` is the time since the last key.
    pub fn poll_timeout(&self, touched: Duration) -> Duration {
        if self.is_busy() {
            return FRAME_INTERVAL;
        }
        let contents = self.shared.store.read();
        match is_live(&contents) {
            _ if contents.finished => IDLE_INTERVAL,
            false => LOADING_INTERVAL,
            true if touched < RECENT_INPUT => FRAME_INTERVAL,
            true if self.drawn.news.elapsed() < QUIET => LIVE_INTERVAL,
            true => IDLE_INTERVAL,
        }
    }

    /// Whether something has changed by itself since the screen was drawn.
    pub fn has_changed(&mut self) -> bool {
        if self.is_at_work() || self.shared.reader.news() != self.drawn.read {
            return true;
        }
        let store = self.shared.store.clone();
        let news = stamp(&store.read()) != self.drawn.of;
        if news {
            self.drawn.news = Instant::now();
        }
        news || (self.shared.rates.is_decaying() && self.drawn.at.elapsed() >= RATES_INTERVAL)
    }

    /// Takes an event of the terminal.
    pub fn handle(&mut self, event: Event) -> Effect {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => self.key(key),
            Event::Mouse(mouse) => self.mouse(mouse),
            _ => Effect::None,
        }
    }

    fn key(&mut self, key: KeyEvent) -> Effect {
        self.message = None;
        if let Some(prompt) = &mut self.prompt {
            match prompt.key(key) {
                Asked::Still => {}
                Asked::Cancelled => {
                    let before = prompt.before();
                    self.prompt = None;
                    self.set_ports(before);
                }
                Asked::Ports(ports) => self.set_ports(ports),
                Asked::Done(Some(number)) => {
                    self.prompt = None;
                    self.go_to(number);
                }
                Asked::Done(None) => self.prompt = None,
                Asked::Speaks(port, dissector) => {
                    self.prompt = None;
                    self.decode_as(port, dissector);
                }
                Asked::Line(asked, answer) => {
                    let pane = self.panes.with_scope_mut(self.asked_by);
                    match pane.map(|pane| pane.answer(asked, &answer, &self.shared)) {
                        Some(Err(words)) => prompt.refuse(words),
                        _ => self.prompt = None,
                    }
                }
                Asked::Packets(offer, name, replace) => self.save(offer, &name, replace),
                Asked::Answer(question, answer) => return self.answered(question, answer),
            }
            return Effect::None;
        }
        if key.code == KeyCode::Esc && self.saving.cancel() {
            return Effect::None;
        }
        match action::action(key, self.panes.scope()) {
            Some(action) => self.act(action),
            None => Effect::None,
        }
    }

    /// Stops what is shown where it is, or lets it go on.
    fn pause(&mut self) {
        let contents = self.shared.store.read();
        let rates = &mut self.shared.rates;
        if contents.finished && !rates.is_paused() {
            self.message = Some(text!("message-nothing-to-pause").to_owned());
            return;
        }
        rates.pause(&contents);
        let said = match rates.is_paused() {
            true => text!("message-paused"),
            false => text!("message-resumed"),
        };
        self.message = Some(said.to_owned());
    }

    /// Asks what the port of the chosen conversation's server speaks.
    fn ask_decode_as(&mut self) {
        let id = self.chosen_conversation();
        let store = self.shared.store.clone();
        let contents = store.read();
        match id.and_then(|id| contents.tracker.get(id)) {
            Some(conversation) => {
                let port = (conversation.protocol, conversation.server.port);
                let now = contents.tracker.decode_as.find(conversation);
                self.prompt = Some(Prompt::decode_as(port, now));
            }
            None => self.message = Some(text!("message-no-conversation-selected").to_owned()),
        }
    }

    fn decode_as(&mut self, (protocol, port): Speaker, dissector: Option<&'static Dissector>) {
        let command = Command::DecodeAs {
            protocol,
            port,
            dissector,
        };
        if !self.shared.index.send(command) {
            self.message = Some(text!("message-not-being-read").to_owned());
            return;
        }
        let count = {
            let contents = self.shared.store.read();
            contents.tracker.with_port(protocol, port).len()
        };
        let conversations = text!("count-conversations", count = Count(count as u64));
        let transport = protocol.name().to_uppercase();
        self.message = Some(match dissector {
            Some(dissector) => {
                let name = dissector.column;
                text!("message-decoded-as", transport, port, name, conversations)
            }
            None => text!("message-recognized", transport, port, conversations),
        });
    }

    /// Has panes read again what the index has read again.
    fn sync_rereading(&mut self, contents: &Contents) {
        let before = std::mem::replace(&mut self.rereading, contents.rereading);
        if self.rereading == before {
            return;
        }
        // As long as there is more to come panes wait: they would begin anew with each frame.
        if self.rereading.changes > before.changes || self.rereading.left == 0 {
            self.shared.reader.forget();
            self.panes.forget();
        }
    }

    fn set_ports(&mut self, ports: Ports) {
        if self.shared.ports != ports {
            self.shared.ports = ports;
            self.panes.refilter();
        }
    }

    /// Does what a key stands for.
    pub fn act(&mut self, action: Action) -> Effect {
        let reply = self.panes.focused_mut().act(action, &self.shared);
        if !matches!(reply, Reply::Ignored) {
            return self.reply(reply);
        }
        // What an overlay ignores closes it, and is done below it.
        if self.panes.has_overlay() {
            self.panes.pop();
        }
        if let Some(reply) = self.open_by(action) {
            return self.reply(reply);
        }
        match action {
            Action::Quit => return self.leave(),
            Action::Restart => return self.restart(),
            Action::StopCapture => self.stop_capture(),
            Action::SavePackets => self.ask_to_save(),
            Action::Mark => self.mark(),
            Action::Unmark => self.unmark(),
            Action::Suspend => return Effect::Suspend,
            Action::Redraw => return Effect::Redraw,
            Action::Back => self.back(),
            Action::BackOrQuit => return self.back_or_quit(),
            Action::ShowConversations => self.show(Scope::Conversations),
            Action::ShowPackets => self.show(Scope::Packets),
            Action::FilterPorts => self.prompt = Some(Prompt::ports(&self.shared.ports)),
            Action::GoTo => self.prompt = Some(Prompt::go_to()),
            Action::DecodeAs => self.ask_decode_as(),
            Action::Pause => self.pause(),
            Action::Zoom => self.zoomed = !self.zoomed,
            Action::Grow => self.resize(5),
            Action::Shrink => self.resize(-5),
            Action::NextPane => self.next_pane(1),
            Action::PreviousPane => self.next_pane(-1),
            Action::NextInConversation | Action::PreviousInConversation => {
                self.walk(action == Action::NextInConversation);
            }
            // Movements that no pane has taken are left.
            _ => {
                if let Some(words) = self.shared.settings.switch(action) {
                    self.message = Some(words.to_owned());
                }
            }
        }
        Effect::None
    }

    /// Does what a pane replied.
    fn reply(&mut self, reply: Reply) -> Effect {
        match reply {
            Reply::Done | Reply::Ignored => {}
            Reply::Close => self.close(),
            Reply::Push(pane) => self.push(pane),
            Reply::OpenConversation(id, packet) => self.open_conversation(id, packet),
            Reply::OpenPacket(_) => self.panes.focus_packet(),
            Reply::ListPacket(number) => {
                self.show(Scope::Packets);
                self.panes.main_mut().go_to(number);
            }
            Reply::Ask(prompt) => {
                self.asked_by = self.panes.scope();
                self.prompt = Some(*prompt);
            }
            Reply::Copy(text) => {
                self.message = Some("Copied.".to_owned());
                return Effect::Copy(text);
            }
            Reply::Say(words) => self.message = Some(words),
        }
        Effect::None
    }
}

type Stamp = (usize, usize, u64, bool, Rereading);

/// A summary of the store that differs whenever something on the screen does.
fn stamp(contents: &Contents) -> Stamp {
    let read = if is_live(contents) { 0 } else { contents.read };
    (
        contents.packets.len(),
        contents.problems.len(),
        read,
        contents.finished,
        contents.rereading,
    )
}
