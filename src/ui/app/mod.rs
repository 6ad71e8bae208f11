//! The state of the screen, and what keys, the mouse and the capture do to it.

mod draw;
mod mouse;
mod saving;
#[cfg(test)]
mod tests;

use super::{
    Action, Scope, action,
    list::Tail,
    panes::{
        conversations::ConversationsPane, follow::FollowPane, help::HelpPane, ladder::LadderPane,
        packet::PacketPane, packets::PacketsPane,
    },
    prompt::{Asked, Prompt, Speaker},
    rates::{LiveRates, is_live},
    reader::Reader,
    settings::Settings,
    theme::Theme,
};
use crate::{
    capture::live::Live,
    confine::Confinement,
    index::{Command, Handle},
    names::{Lookups, Vendors},
    ports::Ports,
    save::Marks,
    store::{Contents, Rereading, Store},
    track::ConversationId,
    words::{counted, grouped},
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

/// While a capture is made and nobody touches a key, what is new is drawn this often: nobody reads faster.
const LIVE_INTERVAL: Duration = Duration::from_millis(100);

/// For so long after a key somebody works with it.
const RECENT_INPUT: Duration = Duration::from_secs(1);

/// When nothing came for so long, it is looked for less often.
const QUIET: Duration = Duration::from_secs(2);

/// Marks go and rates fall this often, when nothing else has the screen drawn.
const RATES_INTERVAL: Duration = Duration::from_millis(500);

/// How long a key is waited for when nothing changes by itself; signals are looked for in between.
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
    /// Who captures, where that is live.
    pub live: Option<Arc<Live>>,
    /// Who makes network cards.
    pub vendors: Vendors,
    /// Asks for names that the capture does not say, where the user wants that.
    pub lookups: Option<Lookups>,
    /// What goes on while the capture is being made.
    pub rates: LiveRates,
}

/// What a pane answers to an action.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// It was for this pane.
    Done,
    /// It was not: the pane above may know what to do.
    Ignored,
    /// Open this conversation.
    OpenConversation(ConversationId),
    /// Look at this packet's fields.
    OpenPacket(u32),
    /// Copy this to the clipboard.
    Copy(String),
    /// Say this at the bottom.
    Say(String),
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

/// The two lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tab {
    Conversations,
    Packets,
}

/// The state of the screen.
pub struct App {
    /// What every pane may look at.
    pub shared: Shared,
    tab: Tab,
    conversations: ConversationsPane,
    packets: PacketsPane,
    /// The conversation that is open.
    ladder: Option<LadderPane>,
    /// What both sides of a conversation said, over the list or the ladder that it was called from.
    follow: Option<FollowPane>,
    /// Where that was.
    followed_from: Scope,
    packet: PacketPane,
    /// What was being read again when the screen was drawn last.
    rereading: Rereading,
    /// Where keys go.
    focus: Scope,
    prompt: Option<Prompt>,
    saving: Saving,
    help: Option<HelpPane>,
    message: Option<String>,
    /// The share of the list beside a packet, in hundredths.
    split: u16,
    /// One pane has the whole screen.
    zoomed: bool,
    /// Where the panes were drawn, for the mouse.
    places: Vec<(Scope, Rect)>,
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
            tab: Tab::Conversations,
            conversations: ConversationsPane::default(),
            packets: PacketsPane::default(),
            ladder: None,
            packet: PacketPane::default(),
            rereading: Rereading::default(),
            follow: None,
            followed_from: Scope::Conversations,
            focus: Scope::Conversations,
            prompt: None,
            saving: Saving::default(),
            help: None,
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
        self.packets.is_searching() || self.is_reread() || self.saving.is_at_work()
    }

    /// Whether the index reads conversations again, or is about to.
    fn is_reread(&self) -> bool {
        self.shared.index.is_pending() || self.shared.store.read().rereading.left > 0
    }

    /// How long to wait for keys before looking whether there is something new to be drawn. `touched` says how long ago
    /// somebody worked with it.
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
                Asked::Find(words) => {
                    self.prompt = None;
                    if let Some(follow) = &self.follow {
                        follow.find(&words);
                    }
                }
                Asked::Packets(offer, name, replace) => self.save(offer, &name, replace),
                Asked::Answer(question, answer) => return self.answered(question, answer),
                Asked::Save(name) => {
                    let confinement = &self.shared.confinement;
                    let follow = self.follow.as_ref();
                    match follow.map(|follow| follow.save(&name, confinement)) {
                        Some(Err(words)) => prompt.refuse(words),
                        _ => self.prompt = None,
                    }
                }
            }
            return Effect::None;
        }
        if key.code == KeyCode::Esc && self.saving.cancel() {
            return Effect::None;
        }
        match action::action(key, self.focus) {
            Some(action) => self.act(action),
            None => Effect::None,
        }
    }

    /// What is shown stands still, or goes on.
    fn pause(&mut self) {
        let contents = self.shared.store.read();
        let rates = &mut self.shared.rates;
        if contents.finished && !rates.is_paused() {
            self.message = Some("Nothing more comes: there is nothing to pause.".to_owned());
            return;
        }
        rates.pause(&contents);
        self.message = Some(match rates.is_paused() {
            true => "What is shown stands still; the capture goes on. P goes on too.".to_owned(),
            false => "What is shown goes on.".to_owned(),
        });
    }

    /// Whether what has the list's place follows what is new.
    fn tail(&self) -> Tail {
        match (&self.follow, &self.ladder, self.tab) {
            (Some(follow), ..) => follow.tail(),
            (None, Some(ladder), _) => ladder.tail(),
            (None, None, Tab::Packets) => self.packets.tail(),
            (None, None, Tab::Conversations) => self.conversations.tail(),
        }
    }

    /// Asks what the port of the chosen conversation's server speaks.
    fn ask_decode_as(&mut self) {
        let packet = self.chosen_packet();
        let store = self.shared.store.clone();
        let contents = store.read();
        let id = match (&self.ladder, self.tab) {
            (Some(ladder), _) => Some(ladder.id()),
            (None, Tab::Conversations) => self.conversations.selected(),
            (None, Tab::Packets) => packet
                .and_then(|number| contents.packets.get(number)?.conversation())
                .map(|(id, _)| id),
        };
        match id.and_then(|id| contents.tracker.get(id)) {
            Some(conversation) => {
                let port = (conversation.protocol, conversation.server.port);
                let now = contents.tracker.decode_as.find(conversation);
                self.prompt = Some(Prompt::decode_as(port, now));
            }
            None => self.message = Some("No conversation is chosen here.".to_owned()),
        }
    }

    fn decode_as(&mut self, (protocol, port): Speaker, dissector: Option<&'static Dissector>) {
        let command = Command::DecodeAs {
            protocol,
            port,
            dissector,
        };
        if !self.shared.index.send(command) {
            self.message = Some("The capture is not read any more: nothing changes.".to_owned());
            return;
        }
        let count = {
            let contents = self.shared.store.read();
            contents.tracker.with_port(protocol, port).len()
        };
        let conversations = counted(count as u64, "conversation");
        let transport = protocol.name().to_uppercase();
        self.message = Some(match dissector {
            Some(dissector) => format!(
                "{transport} port {port} speaks {}: {conversations}.",
                dissector.column
            ),
            None => {
                format!("{transport} port {port} speaks what it looks like: {conversations}.")
            }
        });
    }

    /// Looks whether the index has read conversations again: what panes know of them is void then.
    fn sync_rereading(&mut self, contents: &Contents) {
        let before = std::mem::replace(&mut self.rereading, contents.rereading);
        if self.rereading == before {
            return;
        }
        // As long as there is more to come, only the list follows: panes would begin anew with each frame.
        if self.rereading.changes > before.changes || self.rereading.left == 0 {
            self.forget_all();
        } else {
            self.conversations.refilter();
        }
    }

    /// Conversations speak something else than before: all that was read of them is read again.
    fn forget_all(&mut self) {
        self.shared.reader.forget();
        self.conversations.refilter();
        self.packets.forget();
        self.packet.forget();
        if let Some(ladder) = &self.ladder {
            ladder.forget();
        }
        if let Some(follow) = &self.follow {
            follow.forget();
        }
    }

    fn set_ports(&mut self, ports: Ports) {
        if self.shared.ports != ports {
            self.shared.ports = ports;
            self.conversations.refilter();
            self.packets.refilter();
        }
    }

    /// Does what a key stands for.
    pub fn act(&mut self, action: Action) -> Effect {
        if let Some(help) = &mut self.help {
            if matches!(action, Action::Quit | Action::Suspend) {
                self.help = None;
            } else if !help.act(action) {
                self.help = None;
                return Effect::None;
            } else {
                return Effect::None;
            }
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
            Action::Help => self.help = Some(HelpPane::new(self.focus, &self.shared.confinement)),
            Action::Back => return self.back(),
            Action::ShowConversations => self.show(Tab::Conversations),
            Action::ShowPackets => self.show(Tab::Packets),
            Action::FilterPorts => self.prompt = Some(Prompt::ports(&self.shared.ports)),
            Action::GoTo => self.prompt = Some(Prompt::go_to()),
            Action::TimeFormat => {
                self.shared.settings.time = self.shared.settings.time.next();
                self.message = Some(format!("Times: {}", self.shared.settings.time.words()));
            }
            Action::AbsoluteSeq => {
                let absolute = &mut self.shared.settings.absolute_seq;
                *absolute = !*absolute;
                let words = if *absolute {
                    "as they are on the wire"
                } else {
                    "relative"
                };
                self.message = Some(format!("Sequence numbers: {words}"));
            }
            Action::Secrets => {
                let shown = &mut self.shared.settings.show_secrets;
                *shown = !*shown;
                let words = if *shown { "shown" } else { "hidden" };
                self.message = Some(format!("Passwords and other secrets are {words}."));
            }
            Action::Names => {
                let names = &mut self.shared.settings.names;
                *names = !*names;
                let words = if *names {
                    "by their names, where those are known"
                } else {
                    "as they are"
                };
                self.message = Some(format!("Addresses are shown {words}."));
            }
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
            Action::SwitchLadder => self.switch_ladder(),
            Action::Follow => self.follow(),
            Action::Find => {
                let follow = self.follow.as_ref();
                self.prompt = follow.map(|follow| Prompt::find(follow.looks_for_bytes()));
            }
            Action::Save => {
                self.prompt = self.follow.as_ref().map(|f| Prompt::save(f.file_name()));
            }
            _ => {
                let reply = self.pane_act(action);
                return self.reply(reply);
            }
        }
        Effect::None
    }

    fn pane_act(&mut self, action: Action) -> Reply {
        let store = self.shared.store.clone();
        match self.focus {
            Scope::Conversations | Scope::All => self.conversations.act(action),
            Scope::Packets => self.packets.act(action, &store.read()),
            Scope::Ladder => match &self.ladder {
                Some(ladder) => ladder.act(action),
                None => Reply::Ignored,
            },
            Scope::Follow => match &self.follow {
                Some(follow) => follow.act(action),
                None => Reply::Ignored,
            },
            Scope::Details | Scope::Bytes => self.packet.act(action, self.focus),
        }
    }

    fn reply(&mut self, reply: Reply) -> Effect {
        match reply {
            Reply::Done | Reply::Ignored => {}
            Reply::OpenConversation(id) => self.open(id, None),
            Reply::OpenPacket(_) => self.focus = Scope::Details,
            Reply::Copy(text) => {
                self.message = Some("Copied.".to_owned());
                return Effect::Copy(text);
            }
            Reply::Say(words) => self.message = Some(words),
        }
        Effect::None
    }

    /// Opens a conversation, at a packet if one is given.
    pub fn open(&mut self, id: ConversationId, packet: Option<u32>) {
        let ladder = LadderPane::new(id, &self.shared.reader);
        if let Some(packet) = packet {
            ladder.go_to(packet);
        }
        self.ladder = Some(ladder);
        self.follow = None;
        self.focus = Scope::Ladder;
        self.zoomed = false;
    }

    /// Shows what both sides said of the conversation that is open or chosen.
    fn follow(&mut self) {
        let packet = self.chosen_packet();
        let store = self.shared.store.clone();
        let contents = store.read();
        let id = match (&self.follow, &self.ladder, packet) {
            (Some(_), ..) => {
                self.focus = Scope::Follow;
                return;
            }
            (None, Some(ladder), _) => Some(ladder.id()),
            (None, None, Some(packet)) => {
                let record = contents.packets.get(packet);
                record
                    .and_then(|record| record.conversation())
                    .map(|(id, _)| id)
            }
            (None, None, None) => self.conversations.selected(),
        };
        let Some(id) = id else {
            self.message =
                packet.map(|number| format!("Packet {number} belongs to no conversation."));
            return;
        };
        let follow = FollowPane::new(&contents, id, &self.shared.reader);
        if let Some(packet) = packet {
            follow.go_to(packet);
        }
        self.follow = Some(follow);
        self.followed_from = self.focus;
        self.focus = Scope::Follow;
        self.zoomed = false;
    }

    /// The list that packets are chosen from, or the conversations.
    fn list(&self) -> Scope {
        match (&self.follow, &self.ladder, self.tab) {
            (Some(_), ..) => Scope::Follow,
            (None, Some(_), _) => Scope::Ladder,
            (None, None, Tab::Packets) => Scope::Packets,
            (None, None, Tab::Conversations) => Scope::Conversations,
        }
    }

    fn show(&mut self, tab: Tab) {
        self.tab = tab;
        self.ladder = None;
        self.follow = None;
        self.zoomed = false;
        self.focus = self.list();
    }

    fn back(&mut self) -> Effect {
        match self.focus {
            Scope::Details | Scope::Bytes => {
                self.zoomed = false;
                self.focus = self.list();
            }
            Scope::Follow => {
                self.follow = None;
                self.zoomed = false;
                self.focus = self.followed_from;
            }
            Scope::Ladder => self.show(self.tab),
            _ if !self.shared.ports.is_empty() => self.set_ports(Ports::default()),
            Scope::Packets => self.show(Tab::Conversations),
            _ => return self.leave(),
        }
        Effect::None
    }

    fn resize(&mut self, by: i16) {
        let by = if matches!(self.focus, Scope::Details | Scope::Bytes) {
            -by
        } else {
            by
        };
        self.split = self.split.saturating_add_signed(by).clamp(20, 85);
    }

    fn next_pane(&mut self, step: isize) {
        let list = self.list();
        if list == Scope::Conversations {
            self.show(Tab::Packets);
            return;
        }
        let panes = [list, Scope::Details, Scope::Bytes];
        let at = panes
            .iter()
            .position(|pane| *pane == self.focus)
            .unwrap_or(0);
        let to = (at as isize + step).rem_euclid(panes.len() as isize) as usize;
        self.focus = panes[to];
    }

    /// The packet that the cursor is on.
    fn chosen_packet(&self) -> Option<u32> {
        match (&self.follow, &self.ladder, self.tab) {
            (Some(follow), ..) => follow.packet(),
            (None, Some(ladder), _) => ladder.packet(),
            (None, None, Tab::Packets) => self.packets.packet(&self.shared.store.read()),
            (None, None, Tab::Conversations) => None,
        }
    }

    /// To the next or previous packet of the conversation that the chosen packet belongs to.
    fn walk(&mut self, forward: bool) {
        let Some(number) = self.chosen_packet() else {
            return;
        };
        let store = self.shared.store.clone();
        let contents = store.read();
        let id = match (&self.follow, &self.ladder) {
            (Some(follow), _) => Some(follow.id()),
            (None, Some(ladder)) => Some(ladder.id()),
            (None, None) => {
                let record = contents.packets.get(number);
                record
                    .and_then(|record| record.conversation())
                    .map(|(id, _)| id)
            }
        };
        let Some(id) = id else {
            self.message = Some(format!("Packet {number} belongs to no conversation."));
            return;
        };
        let to = if forward {
            contents.next_in(id, number)
        } else {
            contents.previous_in(id, number)
        };
        match (to, &self.follow, &self.ladder) {
            (Some(to), Some(follow), _) => follow.go_to(to),
            (Some(to), None, Some(ladder)) => ladder.go_to(to),
            (Some(to), None, None) => self.packets.go_to(to),
            (None, ..) => {
                let let_go = contents.tracker.get(id).map_or(0, |c| c.let_go);
                self.message = Some(match (forward, let_go) {
                    (true, _) => "This is the last packet of the conversation.".to_owned(),
                    (false, 0) => "This is the first packet of the conversation.".to_owned(),
                    (false, more) => {
                        let more = counted(more.into(), "packet");
                        format!("{more} of the conversation before this one let go.")
                    }
                });
            }
        }
    }

    fn go_to(&mut self, number: u32) {
        let count = self.shared.store.read().packets.len();
        if number == 0 || number as usize > count {
            self.message = Some(format!("There are packets 1 to {}.", grouped(count as u64)));
            return;
        }
        let first = self.shared.store.read().packets.first();
        if number < first {
            self.message = Some(format!(
                "Packet {number} was let go; the first that is still there is {}.",
                grouped(first.into())
            ));
            return;
        }
        let open = match (&self.follow, &self.ladder) {
            (Some(follow), _) => Some(follow.id()),
            (None, ladder) => ladder.as_ref().map(LadderPane::id),
        };
        let held = open.is_some_and(|id| {
            let contents = self.shared.store.read();
            contents
                .packets
                .get(number)
                .is_some_and(|record| contents.belongs(number, record, id))
        });
        match (&self.follow, &self.ladder) {
            (Some(follow), _) if held => follow.go_to(number),
            (None, Some(ladder)) if held => ladder.go_to(number),
            _ => {
                self.show(Tab::Packets);
                self.packets.go_to(number);
                let nearest = self.packets.packet(&self.shared.store.read());
                if nearest.is_some_and(|nearest| nearest != number) {
                    self.message = Some(format!(
                        "Packet {number} has none of the wanted ports; this is the nearest that has."
                    ));
                }
            }
        }
    }

    fn switch_ladder(&mut self) {
        let Some(number) = self.chosen_packet() else {
            return;
        };
        if let Some(follow) = &self.follow {
            self.open(follow.id(), Some(number));
            return;
        }
        if self.ladder.is_some() {
            self.show(Tab::Packets);
            self.packets.go_to(number);
            return;
        }
        let record = self.shared.store.read().packets.get(number).copied();
        match record.and_then(|record| record.conversation()) {
            Some((id, _)) => self.open(id, Some(number)),
            None => self.message = Some(format!("Packet {number} belongs to no conversation.")),
        }
    }
}

type Stamp = (usize, usize, u64, bool, Rereading);

/// What changes when something on the screen does.
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
