//! The state of the screen, and how keys, the mouse and the capture change it. The panes on the screen are in a
//! [`Stack`]; this module knows them only by [`super::pane::Pane`].

mod commanding;
mod commenting;
mod common;
mod copying;
mod draw;
mod filtering;
mod finding;
mod jumps;
mod mouse;
mod navigate;
mod open;
mod resume;
mod saving;
#[cfg(test)]
mod tests;
mod title;
mod typed;

pub use common::{Common, Shown, Tab, Tabs};

use super::{
    Action, Leaving, Scope, action,
    command_line::History,
    display_filter::{Combine, DisplayFilter},
    field_values::FieldValues,
    kept_columns::KeptColumns,
    kept_filters::KeptFilters,
    live_findings::LiveFindings,
    pane::Reply,
    prompt::{Asked, Prompt, Speaker},
    rates::{LiveRates, is_live},
    reader::Reader,
    recent::Session,
    settings::Settings,
    stack::{PaneSlot, Stack},
    theme::{ColorDepth, Look, Theme},
};
use crate::{
    capture::live::Live,
    columns::chosen::Columns,
    confine::Confinement,
    format::printable,
    index::{Command, Handle},
    lang::{Count, text},
    names::{Lookups, Vendors},
    ports::Ports,
    save::{Filter, Marks},
    store::{Contents, Rereading, Store},
};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind};
use dissectors::Dissector;
use finding::Finder;
use jumps::Jumps;
use ratatui::{layout::Rect, style::Style};
use saving::Saving;
use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};
use typed::Typed;

/// The minimum interval between frames: 60 per second, which is as often as most terminals show them.
pub(super) const FRAME_INTERVAL: Duration = Duration::from_millis(16);

/// While a file loads, its progress is drawn this often.
const LOADING_INTERVAL: Duration = Duration::from_millis(33);

/// While a capture is made and no key is pressed, new packets are drawn at this interval: no reader is faster.
const LIVE_INTERVAL: Duration = Duration::from_millis(100);

/// How long after a key or the mouse the screen is drawn without delay.
const RECENT_INPUT: Duration = Duration::from_secs(1);

/// When no packet came for this long, the store is checked less often.
const QUIET: Duration = Duration::from_secs(2);

/// How often the screen is drawn only because marks expire and rates fall.
const RATES_INTERVAL: Duration = Duration::from_millis(500);

/// How long the event loop waits for a key when nothing changes by itself; it checks for signals in between.
const IDLE_INTERVAL: Duration = Duration::from_millis(250);

/// The data that every pane may read.
pub struct Shared {
    /// The capture.
    pub store: Store,
    /// Reads the store's packets.
    pub reader: Reader,
    /// Sends commands to the index of the capture.
    pub index: Handle,
    /// The capture's name, fit for the screen.
    pub name: String,
    /// The captures that are open.
    pub tabs: Tabs,
    /// Colours by meaning.
    pub theme: Theme,
    /// What that was made of.
    pub look: Look,
    /// The colours that the terminal shows.
    pub depth: ColorDepth,
    /// The colours that replace those of every theme.
    pub colors: Arc<[(&'static str, Style)]>,
    /// The user's settings.
    pub settings: Settings,
    /// The columns of the lists.
    pub columns: Columns,
    /// The ports that are shown.
    pub ports: Ports,
    /// The display filter.
    pub display: DisplayFilter,
    /// The display filters that are kept from run to run.
    pub kept: KeptFilters,
    /// Columns that are kept from run to run.
    pub kept_columns: KeptColumns,
    /// Whether only TCP is shown.
    pub tcp_only: bool,
    /// Whether only conversations with findings of warning or above are shown.
    pub with_findings: bool,
    /// The privileges that the program has dropped.
    pub confinement: Confinement,
    /// The marked packets and conversations.
    pub marks: Marks,
    /// The packets from which time is counted.
    pub references: Arc<BTreeSet<u32>>,
    /// The live capture, if it is one.
    pub live: Option<Arc<Live>>,
    /// The manufacturers of network cards.
    pub vendors: Vendors,
    /// Looks up names that the capture does not contain, if the user enabled it.
    pub lookups: Option<Lookups>,
    /// Rates, and which conversations have just changed, while the capture is being made.
    pub rates: LiveRates,
    /// What went wrong so far.
    pub findings: LiveFindings,
}

impl Shared {
    /// Returns the packet from which the time of a packet is counted.
    pub fn reference_of(&self, number: u32) -> u32 {
        let reference = self.references.range(..=number).next_back();
        reference.copied().unwrap_or(1)
    }

    /// Returns which packets and conversations are shown.
    pub fn filter(&self) -> Filter {
        let found = || {
            let found = self.findings.found()?;
            Some(Arc::clone(found.findings.conversations()))
        };
        Filter {
            ports: self.ports.clone(),
            without_udp: self.tcp_only,
            only: self.with_findings.then(|| found().unwrap_or_default()),
            matches: self.display.matches(),
            whole: self.display.whole,
        }
    }
}

/// The effect of an event besides drawing.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Nothing.
    None,
    /// Leave the capture.
    Leave(Leaving),
    /// Stop until `fg`.
    Suspend,
    /// Redraw the whole screen.
    Redraw,
    /// Copy this to the clipboard.
    Copy(String),
}

/// The state of the screen.
pub struct App {
    /// The data that every pane may read.
    pub shared: Shared,
    panes: Stack,
    /// The state of reading again when the screen was drawn last.
    rereading: Rereading,
    /// The revision of the display filter's results when the screen was drawn last.
    revision: u64,
    /// What the panes knew of its results then: the version, and whether the search had ended.
    matched: (u64, bool),
    prompt: Option<Prompt>,
    /// The scope of the pane that asked the question, if a pane did.
    asked_by: Scope,
    saving: Saving,
    /// The comment that is being edited, and whether one is being changed.
    commented: Option<commenting::Target>,
    is_commenting: bool,
    /// The question is whether to leave all captures that are open.
    leaves_all: bool,
    /// What is made to be copied.
    copying: Option<copying::Copying>,
    finder: Finder,
    jumps: Jumps,
    typed: Typed,
    /// The commands that were typed before.
    commands: History,
    /// The values of the field that is being completed.
    values: Option<FieldValues>,
    message: Option<String>,
    /// Where the capture was left, until that has been read.
    resumed: Option<Session>,
    /// The share of the list beside a packet, in percent.
    split: u16,
    /// One pane has the whole screen.
    zoomed: bool,
    /// Where the panes were drawn, for the mouse; and the tabs and the hints, with what a click on them does.
    places: Vec<(PaneSlot, Rect)>,
    buttons: Vec<(Rect, Action)>,
    /// Where the names of the captures that are open were drawn.
    tab_places: Vec<Rect>,
    /// The state when the screen was drawn last.
    drawn: Drawn,
}

/// The state when the screen was drawn last.
struct Drawn {
    at: Instant,
    of: Stamp,
    /// How much the reader had read, as it counts that.
    read: u64,
    /// When something new was there.
    news: Instant,
}

impl App {
    /// Creates the app with the list of conversations open.
    pub fn new(mut shared: Shared) -> Self {
        shared.display.search(&shared.reader, &shared.store);
        if let Some(filter) = shared.display.filter() {
            shared.kept.add(&filter.to_string());
        }
        App {
            shared,
            panes: open::first_panes(),
            rereading: Rereading::default(),
            revision: 0,
            matched: (0, true),
            prompt: None,
            asked_by: Scope::All,
            saving: Saving::default(),
            commented: None,
            is_commenting: false,
            leaves_all: false,
            copying: None,
            finder: Finder::default(),
            jumps: Jumps::default(),
            typed: Typed::default(),
            commands: History::default(),
            values: None,
            message: None,
            resumed: None,
            split: 60,
            zoomed: false,
            places: Vec::new(),
            buttons: Vec::new(),
            tab_places: Vec::new(),
            drawn: Drawn {
                at: Instant::now(),
                of: Default::default(),
                read: 0,
                news: Instant::now(),
            },
        }
    }

    /// Shows a message, if there is one.
    pub fn say(&mut self, message: Option<String>) {
        self.message = message.or(self.message.take());
    }

    /// Whether the screen may still change by itself.
    pub fn is_loading(&self) -> bool {
        self.is_busy() || self.shared.findings.is_searching() || !self.shared.store.read().finished
    }

    /// Whether an answer is pending that is not waited for.
    fn is_busy(&self) -> bool {
        self.shared.reader.is_busy() || self.is_at_work()
    }

    /// Whether there is work that proceeds with every frame.
    fn is_at_work(&self) -> bool {
        self.panes.is_busy()
            || self.is_reread()
            || self.is_commenting
            || self.copying.is_some()
            || self.saving.is_at_work()
            || self.is_jumping()
    }

    /// Whether the index reads conversations again, or is about to.
    fn is_reread(&self) -> bool {
        self.shared.index.is_pending() || self.shared.store.read().rereading.left > 0
    }

    /// Returns how long to wait for keys before [`App::has_changed`] is called again. `touched` is the time since the
    /// last key.
    pub fn poll_timeout(&self, touched: Duration) -> Duration {
        if self.is_busy() {
            return FRAME_INTERVAL;
        }
        let contents = self.shared.store.read();
        match is_live(&contents) {
            _ if contents.finished && self.shared.findings.is_searching() => LIVE_INTERVAL,
            _ if contents.finished => IDLE_INTERVAL,
            false => LOADING_INTERVAL,
            true if touched < RECENT_INPUT => FRAME_INTERVAL,
            true if self.drawn.news.elapsed() < QUIET => LIVE_INTERVAL,
            true => IDLE_INTERVAL,
        }
    }

    /// Whether something has changed by itself since the screen was drawn.
    pub fn has_changed(&mut self) -> bool {
        let is_resumed = self.sync_resumed();
        let is_found = self.sync_findings();
        let is_matched = self.matched_by_now() != self.matched;
        if is_resumed
            || is_found
            || is_matched
            || self.is_at_work()
            || self.finder.is_ready()
            || self.typed.is_overdue()
            || self.shared.reader.news() != self.drawn.read
        {
            return true;
        }
        let store = self.shared.store.clone();
        let news = stamp(&store.read()) != self.drawn.of;
        if news {
            self.drawn.news = Instant::now();
        }
        news || (self.shared.rates.is_decaying() && self.drawn.at.elapsed() >= RATES_INTERVAL)
    }

    /// Handles an event of the terminal.
    pub fn handle(&mut self, event: Event) -> Effect {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => self.key(key),
            Event::Mouse(mouse) => self.mouse(mouse),
            _ => Effect::None,
        }
    }

    fn key(&mut self, key: KeyEvent) -> Effect {
        self.message = None;
        self.resumed = None;
        if let Some(prompt) = &mut self.prompt {
            match prompt.key(key) {
                Asked::Still => {}
                Asked::Cancelled => {
                    let before = prompt.before();
                    self.prompt = None;
                    self.set_ports(before);
                }
                Asked::Ports(ports) => self.set_ports(ports),
                Asked::Filter(filter) => {
                    self.prompt = None;
                    self.set_display_filter(filter.map(|filter| *filter));
                }
                Asked::NameFilter(name, filter) => {
                    let done = self.shared.kept.name(&name, &filter);
                    let name = printable(&name);
                    self.filters_kept(done.map(|()| text!("kept-named", name)));
                }
                Asked::ForgetFilter(name) => {
                    let done = self.shared.kept.remove(&name);
                    let name = printable(&name);
                    self.filters_kept(done.map(|()| text!("kept-removed", name)));
                }
                Asked::Find(words, kind, in_lines) => self.answer_find(&words, kind, in_lines),
                Asked::Done(Some(number)) => {
                    self.prompt = None;
                    self.jump(number);
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
                        Some(Ok(reply)) => {
                            self.prompt = None;
                            return self.reply(reply);
                        }
                        None => self.prompt = None,
                    }
                }
                Asked::Packets(offer, name, replace) => self.save(offer, &name, replace),
                Asked::Answer(question, answer) => return self.answered(question, answer),
                Asked::Comment(words) => {
                    if let Err(why) = self.answer_comment(&words) {
                        self.message = Some(why);
                    }
                }
                Asked::Command(line) => return self.answer_command(&line),
            }
            return Effect::None;
        }
        if key.code == KeyCode::Esc && self.saving.cancel() {
            return Effect::None;
        }
        if key.code == KeyCode::Esc && self.finder.cancel() {
            self.message = Some(text!("find-cancelled").to_owned());
            return Effect::None;
        }
        if let Some(effect) = self.continue_keys(key) {
            return effect;
        }
        self.panes.forget_before();
        match action::action(key, self.panes.scope()) {
            Some(action) => self.act(action),
            None => {
                self.message = action::name(key).map(|key| {
                    let key = printable(&key);
                    text!("message-unknown-key", key)
                });
                Effect::None
            }
        }
    }

    /// Pauses the display, or resumes it.
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

    /// Asks for the protocol of the port of the chosen conversation's server.
    fn ask_decode_as(&mut self) {
        let id = self.chosen_conversation();
        let store = self.shared.store.clone();
        let contents = store.read();
        match id.and_then(|id| contents.tracker.get(id)) {
            Some(conversation) => {
                let port = (conversation.protocol, conversation.server.port);
                let now = contents
                    .tracker
                    .application
                    .decode_as
                    .find(&conversation.ends());
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

    /// Resets the panes whose conversations the index has read again.
    fn sync_rereading(&mut self, contents: &Contents) {
        let before = std::mem::replace(&mut self.rereading, contents.rereading);
        if self.rereading == before {
            return;
        }
        // While there is more to come panes wait: otherwise they would start again with each frame.
        if self.rereading.changes > before.changes || self.rereading.left == 0 {
            self.shared.reader.forget();
            self.panes.forget();
            if self.shared.display.filter().is_some() {
                self.search();
            }
        }
    }

    fn set_ports(&mut self, ports: Ports) {
        if self.shared.ports != ports {
            self.shared.ports = ports;
            self.panes.refilter();
        }
    }

    /// Takes over the findings of a search that has ended. Returns whether the screen changes.
    fn sync_findings(&mut self) -> bool {
        let before = self.shared.filter().only;
        let progress = self.shared.findings.progress();
        let is_new = self.shared.findings.sync(&self.shared.store);
        if is_new && self.shared.filter().only != before {
            self.panes.refilter();
        }
        is_new || self.shared.findings.progress() != progress
    }

    /// Shows only conversations with findings, or all.
    fn set_with_findings(&mut self, with_findings: bool) {
        if self.shared.with_findings != with_findings {
            self.shared.with_findings = with_findings;
            self.panes.refilter();
        }
    }

    /// Shows or hides UDP.
    fn set_tcp_only(&mut self, tcp_only: bool) {
        if self.shared.tcp_only != tcp_only {
            self.shared.tcp_only = tcp_only;
            self.panes.refilter();
        }
    }

    /// Performs an action.
    pub fn act(&mut self, action: Action) -> Effect {
        let has_overlay = self.panes.has_overlay();
        let reply = match self.panes.focused_mut().act(action, &self.shared) {
            Reply::Copy(row) if !has_overlay => self.copy_menu(row),
            reply => reply,
        };
        if !matches!(reply, Reply::Ignored) {
            return self.reply(reply);
        }
        // An overlay is closed by an action that it ignores. Going back is done with that; other actions are then
        // performed below it.
        if self.panes.has_overlay() {
            self.close();
            if matches!(action, Action::Back | Action::BackOrQuit) {
                return Effect::None;
            }
        }
        if let Some(reply) = self.open_by(action) {
            return self.reply(reply);
        }
        match action {
            Action::Quit => return self.leave_all(),
            Action::NextTab => return self.show_tab(Tab::By(1)),
            Action::PreviousTab => return self.show_tab(Tab::By(-1)),
            Action::Restart => return self.restart(),
            Action::StopCapture => self.stop_capture(),
            Action::SavePackets => self.ask_to_save(),
            Action::Mark => self.mark(),
            Action::UnmarkAll => self.unmark_all(),
            Action::NextMarked | Action::PreviousMarked => {
                self.message = Some(text!("message-nothing-marked").to_owned());
            }
            Action::Counterpart => self.ask_counterpart(),
            Action::JumpBack => self.jump_back(),
            Action::TimeReference => self.switch_reference(),
            Action::Suspend => return Effect::Suspend,
            Action::Redraw => return Effect::Redraw,
            Action::Back => self.back(),
            Action::BackOrQuit => return self.back_or_quit(),
            Action::ShowConversations => self.show(Scope::Conversations),
            Action::ShowPackets => self.show(Scope::Packets),
            Action::ShowFindings => self.show(Scope::Findings),
            Action::ShowStatistics => self.show(Scope::Statistics),
            Action::Filter => self.ask_display_filter(),
            Action::FilterPorts => self.prompt = Some(Prompt::ports(&self.shared.ports)),
            Action::WholeConversations => self.switch_whole(),
            Action::ToggleUdp => self.set_tcp_only(!self.shared.tcp_only),
            Action::WithFindings => self.set_with_findings(!self.shared.with_findings),
            Action::Find => self.ask_find(),
            Action::FindNext => self.find_next(true),
            Action::FindPrevious => self.find_next(false),
            Action::CommandLine => self.ask_command(false),
            Action::Palette => self.ask_command(true),
            Action::GoTo => self.prompt = Some(Prompt::go_to()),
            Action::DecodeAs => self.ask_decode_as(),
            Action::Explain => self.panes.explain(&self.shared),
            Action::Pause => self.pause(),
            Action::Zoom => self.zoomed = !self.zoomed,
            Action::Grow => self.resize(5),
            Action::Shrink => self.resize(-5),
            Action::NextPane => self.next_pane(1),
            Action::PreviousPane => self.next_pane(-1),
            Action::NextInConversation | Action::PreviousInConversation => {
                self.walk(action == Action::NextInConversation);
            }
            // Only movements that no pane has handled are left.
            _ => {
                if let Some(words) = self.shared.settings.switch(action) {
                    self.message = Some(words.to_owned());
                }
            }
        }
        Effect::None
    }

    /// Handles the reply of a pane.
    fn reply(&mut self, reply: Reply) -> Effect {
        match reply {
            Reply::Done | Reply::Ignored => {}
            Reply::Close => self.close(),
            Reply::Push(pane) => self.push(pane),
            Reply::OpenConversation(id, packet) => self.open_conversation(id, packet),
            Reply::OpenPacket(_) => self.panes.focus_packet(),
            Reply::JumpTo(number) => self.jump(number),
            Reply::ListPacket(number) => {
                self.show(Scope::Packets);
                self.panes.main_mut().go_to(number);
            }
            Reply::ListPacketsOf(filter) => {
                self.filter_by(&filter, Combine::Only);
                self.show(Scope::Packets);
            }
            Reply::Ask(prompt) => {
                self.asked_by = self.panes.scope();
                self.prompt = Some(*prompt);
            }
            Reply::FilterBy(filter, how) => {
                // The menu that it was chosen from.
                if self.panes.has_overlay() {
                    self.close();
                }
                self.filter_by(&filter, how);
            }
            Reply::SetColumns(list) => self.set_columns(list),
            Reply::SwitchColumn(field) => self.switch_column(&field),
            Reply::Copy(text) => return self.copy_text(text),
            Reply::CopyAs(offer) => {
                // The menu that it was chosen from.
                self.close();
                return self.copy_as(offer);
            }
            Reply::Say(words) => self.message = Some(words),
        }
        Effect::None
    }
}

type Stamp = (usize, usize, u64, bool, Rereading);

/// Returns a summary of the store that differs whenever something on the screen does.
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
