//! The state of the screen, and what keys, the mouse and the capture do to it.

use super::{
    Action, Scope,
    action::{self, hints},
    panes::{
        conversations::ConversationsPane, follow::FollowPane, help::HelpPane, ladder::LadderPane,
        packet::PacketPane, packets::PacketsPane,
    },
    prompt::{Asked, Prompt},
    settings::Settings,
    text,
    theme::Theme,
};
use crate::{
    ports::Ports,
    store::{Contents, Store},
    track::ConversationId,
    words::{bytes, counted, grouped, seconds},
};
use crossterm::event::{Event, KeyEvent, KeyEventKind, MouseButton, MouseEvent, MouseEventKind};
use ratatui::{
    Frame,
    layout::{Position, Rect},
    style::Style,
    text::{Line, Span},
    widgets::{Clear, Widget},
};

/// What every pane may look at.
pub struct Shared {
    /// The capture.
    pub store: Store,
    /// The capture's name, fit for the screen.
    pub name: String,
    /// Colours by meaning.
    pub theme: Theme,
    /// What can be switched.
    pub settings: Settings,
    /// The filter.
    pub ports: Ports,
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
pub enum Then {
    /// Nothing.
    GoOn,
    /// Leave.
    Quit,
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

/// Columns from which a list and a packet stand side by side.
const SIDE_BY_SIDE: u16 = 116;

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
    /// Where keys go.
    focus: Scope,
    prompt: Option<Prompt>,
    help: Option<HelpPane>,
    message: Option<String>,
    /// The share of the list beside a packet, in hundredths.
    split: u16,
    /// One pane has the whole screen.
    zoomed: bool,
    /// Where the panes were drawn, for the mouse.
    places: Vec<(Scope, Rect)>,
}

impl App {
    /// Opens on the conversations.
    pub fn new(shared: Shared) -> Self {
        let packet = PacketPane::new(shared.store.bytes().clone());
        let packets = PacketsPane::new(shared.store.bytes().clone());
        App {
            shared,
            tab: Tab::Conversations,
            conversations: ConversationsPane::default(),
            packets,
            ladder: None,
            follow: None,
            followed_from: Scope::Conversations,
            packet,
            focus: Scope::Conversations,
            prompt: None,
            help: None,
            message: None,
            split: 60,
            zoomed: false,
            places: Vec::new(),
        }
    }

    /// Whether what is on the screen may still change by itself.
    pub fn is_loading(&self) -> bool {
        let reading = self.ladder.as_ref().is_some_and(LadderPane::is_reading);
        reading || self.packets.is_searching() || !self.shared.store.read().finished
    }

    /// Whether there is more to do than to wait, for keys or for the capture.
    pub fn is_working(&self) -> bool {
        self.follow.as_ref().is_some_and(FollowPane::is_working)
    }

    /// Takes an event of the terminal.
    pub fn handle(&mut self, event: Event) -> Then {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => self.key(key),
            Event::Mouse(mouse) => self.mouse(mouse),
            _ => Then::GoOn,
        }
    }

    fn key(&mut self, key: KeyEvent) -> Then {
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
                Asked::Find(words) => {
                    self.prompt = None;
                    if let Some(follow) = &mut self.follow {
                        follow.find(&words);
                    }
                }
                Asked::Save(name) => match self.follow.as_mut().map(|follow| follow.save(&name)) {
                    Some(Err(words)) => prompt.refuse(words),
                    _ => self.prompt = None,
                },
            }
            return Then::GoOn;
        }
        match action::action(key, self.focus) {
            Some(action) => self.act(action),
            None => Then::GoOn,
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
    pub fn act(&mut self, action: Action) -> Then {
        if let Some(help) = &mut self.help {
            if matches!(action, Action::Quit | Action::Suspend) {
                self.help = None;
            } else if !help.act(action) {
                self.help = None;
                return Then::GoOn;
            } else {
                return Then::GoOn;
            }
        }
        match action {
            Action::Quit => return Then::Quit,
            Action::Suspend => return Then::Suspend,
            Action::Redraw => return Then::Redraw,
            Action::Help => self.help = Some(HelpPane::new(self.focus)),
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
        Then::GoOn
    }

    fn pane_act(&mut self, action: Action) -> Reply {
        let store = self.shared.store.clone();
        let contents = store.read();
        match self.focus {
            Scope::Conversations | Scope::All => self.conversations.act(action),
            Scope::Packets => self.packets.act(action, &contents),
            Scope::Ladder => match &mut self.ladder {
                Some(ladder) => ladder.act(action, &contents, &self.shared),
                None => Reply::Ignored,
            },
            Scope::Follow => match &mut self.follow {
                Some(follow) => follow.act(action),
                None => Reply::Ignored,
            },
            Scope::Details | Scope::Bytes => self.packet.act(action, self.focus),
        }
    }

    fn reply(&mut self, reply: Reply) -> Then {
        match reply {
            Reply::Done | Reply::Ignored => {}
            Reply::OpenConversation(id) => self.open(id, None),
            Reply::OpenPacket(_) => self.focus = Scope::Details,
            Reply::Copy(text) => {
                self.message = Some("Copied.".to_owned());
                return Then::Copy(text);
            }
            Reply::Say(words) => self.message = Some(words),
        }
        Then::GoOn
    }

    /// Opens a conversation, at a packet if one is given.
    pub fn open(&mut self, id: ConversationId, packet: Option<u32>) {
        let mut ladder = LadderPane::new(id, self.shared.store.bytes().clone());
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
        let store = self.shared.store.clone();
        let contents = store.read();
        let packet = self.chosen_packet(&contents);
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
        let mut follow = FollowPane::new(&contents, id, store.bytes().clone());
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

    fn back(&mut self) -> Then {
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
            _ => return Then::Quit,
        }
        Then::GoOn
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
    fn chosen_packet(&self, contents: &Contents) -> Option<u32> {
        match (&self.follow, &self.ladder, self.tab) {
            (Some(follow), ..) => follow.packet(),
            (None, Some(ladder), _) => ladder.packet(),
            (None, None, Tab::Packets) => self.packets.packet(contents),
            (None, None, Tab::Conversations) => None,
        }
    }

    /// To the next or previous packet of the conversation that the chosen packet belongs to.
    fn walk(&mut self, forward: bool) {
        let store = self.shared.store.clone();
        let contents = store.read();
        let Some(number) = self.chosen_packet(&contents) else {
            return;
        };
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
        match (to, &mut self.follow, &mut self.ladder) {
            (Some(to), Some(follow), _) => follow.go_to(to),
            (Some(to), None, Some(ladder)) => ladder.go_to(to),
            (Some(to), None, None) => self.packets.go_to(to),
            (None, ..) => {
                let end = if forward { "last" } else { "first" };
                self.message = Some(format!("This is the {end} packet of the conversation."));
            }
        }
    }

    fn go_to(&mut self, number: u32) {
        let count = self.shared.store.read().packets.len();
        if number == 0 || number as usize > count {
            self.message = Some(format!("There are packets 1 to {}.", grouped(count as u64)));
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
        match (&mut self.follow, &mut self.ladder) {
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
        let store = self.shared.store.clone();
        let contents = store.read();
        let Some(number) = self.chosen_packet(&contents) else {
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
        match contents
            .packets
            .get(number)
            .and_then(|record| record.conversation())
        {
            Some((id, _)) => self.open(id, Some(number)),
            None => self.message = Some(format!("Packet {number} belongs to no conversation.")),
        }
    }

    fn mouse(&mut self, mouse: MouseEvent) -> Then {
        let at = Position::new(mouse.column, mouse.row);
        let hit = self
            .places
            .iter()
            .rev()
            .find(|(_, place)| place.contains(at))
            .copied();
        let Some((scope, _)) = hit else {
            return Then::GoOn;
        };
        let rows = match mouse.kind {
            MouseEventKind::ScrollDown => 3,
            MouseEventKind::ScrollUp => -3,
            MouseEventKind::Down(MouseButton::Left) => {
                self.message = None;
                if self.help.take().is_some() {
                    return Then::GoOn;
                }
                self.focus = scope;
                let store = self.shared.store.clone();
                let contents = store.read();
                let reply = match scope {
                    Scope::Conversations | Scope::All => self.conversations.click(at),
                    Scope::Packets => self.packets.click(at, &contents),
                    Scope::Ladder => match &mut self.ladder {
                        Some(ladder) => ladder.click(at, &contents, &self.shared),
                        None => Reply::Ignored,
                    },
                    Scope::Follow => match &mut self.follow {
                        Some(follow) => follow.click(at),
                        None => Reply::Ignored,
                    },
                    Scope::Details | Scope::Bytes => self.packet.click(at, scope),
                };
                drop(contents);
                return self.reply(reply);
            }
            _ => return Then::GoOn,
        };
        if let Some(help) = &mut self.help {
            help.scroll(rows);
            return Then::GoOn;
        }
        match scope {
            Scope::Conversations | Scope::All => self.conversations.scroll(rows),
            Scope::Packets => {
                let contents = self.shared.store.read();
                self.packets.scroll(rows, &contents);
            }
            Scope::Ladder => {
                if let Some(ladder) = &mut self.ladder {
                    ladder.scroll(rows);
                }
            }
            Scope::Follow => {
                if let Some(follow) = &mut self.follow {
                    follow.scroll(rows);
                }
            }
            Scope::Details | Scope::Bytes => self.packet.scroll(rows, scope),
        }
        Then::GoOn
    }

    /// Draws everything.
    pub fn draw(&mut self, frame: &mut Frame) {
        let store = self.shared.store.clone();
        let contents = store.read();
        let area = frame.area();
        self.places.clear();
        if area.width < 20 || area.height < 6 {
            frame.render_widget(Line::raw("too small"), area);
            return;
        }
        let line = |y: u16| Rect {
            y,
            height: 1,
            ..area
        };
        let body = Rect {
            y: area.y + 2,
            height: area.height - 3,
            ..area
        };
        self.conversations.sync(&contents, &self.shared);
        self.packets.sync(&contents, &self.shared);
        if let Some(ladder) = &mut self.ladder {
            ladder.sync(&contents, &self.shared);
        }
        if let Some(follow) = &mut self.follow {
            follow.sync(&contents, self.shared.settings.show_secrets);
            self.message = follow.take_message().or(self.message.take());
        }
        self.draw_title(&contents, frame, line(area.y));
        self.draw_tabs(&contents, frame, line(area.y + 1));
        match self.list() {
            Scope::Conversations => {
                self.places.push((Scope::Conversations, body));
                self.conversations
                    .draw(&contents, &self.shared, frame, body);
            }
            list => self.draw_with_packet(&contents, frame, body, list),
        }
        self.draw_foot(&contents, frame, line(area.bottom() - 1));
        if let Some(help) = &mut self.help {
            let place = help.place(area);
            Clear.render(place, frame.buffer_mut());
            help.draw(&self.shared, frame, place);
            self.places.push((Scope::All, place));
        }
    }

    /// A list of packets and, beside, below or instead of it, the chosen one.
    fn draw_with_packet(
        &mut self,
        contents: &Contents,
        frame: &mut Frame,
        area: Rect,
        list: Scope,
    ) {
        let ladder = list == Scope::Ladder;
        let in_packet = matches!(self.focus, Scope::Details | Scope::Bytes);
        // What was said has all of the screen, until a packet of it is looked at.
        let alone = list == Scope::Follow && !in_packet;
        if let Some(number) = self.chosen_packet(contents).filter(|_| !alone) {
            self.packet.show(contents, &self.shared, number);
        }
        let (list_area, packet_area) = if self.zoomed || alone {
            if in_packet {
                (None, Some(area))
            } else {
                (Some(area), None)
            }
        } else if ladder && area.width >= SIDE_BY_SIDE {
            let width = (u32::from(area.width) * u32::from(self.split) / 100) as u16;
            let rule = Rect {
                x: area.x + width,
                width: 1,
                ..area
            };
            for y in rule.top()..rule.bottom() {
                let place = Rect {
                    y,
                    height: 1,
                    ..rule
                };
                frame.render_widget(Line::styled("│", self.shared.theme.line), place);
            }
            let beside = Rect {
                x: rule.right(),
                width: area.width - width - 1,
                ..area
            };
            (Some(Rect { width, ..area }), Some(beside))
        } else if area.height >= 18 && !(ladder && area.height < 30) {
            let height = (u32::from(area.height) * u32::from(self.split) / 100) as u16;
            let rule = Rect {
                y: area.y + height,
                height: 1,
                ..area
            };
            let words = "─".repeat(area.width.into());
            frame.render_widget(Line::styled(words, self.shared.theme.line), rule);
            let below = Rect {
                y: rule.bottom(),
                height: area.height - height - 1,
                ..area
            };
            (Some(Rect { height, ..area }), Some(below))
        } else if in_packet {
            (None, Some(area))
        } else {
            (Some(area), None)
        };
        if let Some(place) = list_area {
            self.places.push((list, place));
            let focused = self.focus == list;
            match (&mut self.follow, &mut self.ladder) {
                (Some(follow), _) => follow.draw(contents, &self.shared, frame, place, focused),
                (None, Some(ladder)) => ladder.draw(contents, &self.shared, frame, place, focused),
                (None, None) => self
                    .packets
                    .draw(contents, &self.shared, frame, place, focused),
            }
        }
        if let Some(place) = packet_area {
            let only = self.zoomed.then_some(self.focus);
            let places = self
                .packet
                .draw(&self.shared, frame, place, self.focus, only);
            self.places.extend(places);
        }
    }

    /// What is open, how much is in it, and the filter.
    fn draw_title(&self, contents: &Contents, frame: &mut Frame, area: Rect) {
        let theme = &self.shared.theme;
        let count = contents.packets.len() as u64;
        let all = contents.tracker.conversations().len() as u64;
        let mut right = String::new();
        if !self.shared.ports.is_empty() {
            right = format!(
                " port: {}  {} of {} shown ",
                self.shared.ports,
                grouped(self.conversations.shown() as u64),
                grouped(all)
            );
        } else if self.conversations.hides_udp() {
            right = format!(
                " TCP only  {} of {} shown ",
                grouped(self.conversations.shown() as u64),
                grouped(all)
            );
        }
        let span = match (contents.packets.get(1), contents.packets.get(count as u32)) {
            (Some(first), Some(last)) => last.time_ns.saturating_sub(first.time_ns),
            _ => 0,
        };
        let mut facts = format!(
            "{} · {} · {} s",
            counted(count, "packet"),
            counted(all, "conversation"),
            seconds(span, 1)
        );
        if !contents.finished {
            facts = match contents.size.filter(|size| *size > 0) {
                Some(size) => format!("{facts} · reading {} %", contents.read * 100 / size),
                None => format!("{facts} · reading"),
            };
        }
        let room = usize::from(area.width).saturating_sub(text::width(&right));
        let parts = [
            (" wiretalk  ".to_owned(), theme.heading),
            (
                format!("{}  ", text::cut(&self.shared.name, room / 3)),
                theme.key,
            ),
            (facts, theme.dim),
        ];
        frame.render_widget(text::line(parts, room), area);
        let width = text::width(&right).min(area.width.into()) as u16;
        let place = Rect {
            x: area.right() - width,
            width,
            ..area
        };
        frame.render_widget(Line::styled(right, theme.filter), place);
    }

    fn draw_tabs(&self, contents: &Contents, frame: &mut Frame, area: Rect) {
        let theme = &self.shared.theme;
        if let Some(follow) = &self.follow {
            frame.render_widget(follow.title(contents, &self.shared, area.width), area);
            return;
        }
        if let Some(ladder) = &self.ladder {
            frame.render_widget(ladder.title(contents, &self.shared, area.width), area);
            return;
        }
        let tab = |tab: Tab, words: &str| {
            let style = if tab == self.tab {
                theme.heading.patch(theme.cursor_away)
            } else {
                theme.dim
            };
            Span::styled(format!(" {words} "), style)
        };
        let mut spans = vec![
            Span::raw(" "),
            tab(Tab::Conversations, "1 Conversations"),
            Span::raw(" "),
            tab(Tab::Packets, "2 Packets"),
        ];
        if !contents.problems.is_empty() {
            let problem = &contents.problems[contents.problems.len() - 1];
            spans.push(Span::styled(format!("   ! {problem}"), theme.warning));
        }
        frame.render_widget(Line::from(spans), area);
    }

    /// A question, a message, or the keys that help here.
    fn draw_foot(&mut self, _contents: &Contents, frame: &mut Frame, area: Rect) {
        let theme = &self.shared.theme;
        if let Some(prompt) = &self.prompt {
            prompt.draw(theme, frame, area);
            return;
        }
        if let Some(message) = &self.message {
            let line = Line::styled(format!(" {message}"), theme.heading);
            frame.render_widget(line, area);
            return;
        }
        let totals = if self.list() == Scope::Conversations {
            let (packets, octets) = self.conversations.totals();
            format!(
                " {} · {}B ",
                counted(packets, "packet"),
                spaced(&bytes(octets))
            )
        } else {
            String::new()
        };
        let room = usize::from(area.width).saturating_sub(text::width(&totals));
        let mut parts = vec![(" ".to_owned(), Style::new())];
        let mut used = 1;
        for (key, word) in hints(self.focus) {
            let length = text::width(key) + text::width(word) + 3;
            if used + length > room {
                break;
            }
            used += length;
            parts.push((format!("{key} "), theme.key));
            parts.push((format!("{word}  "), theme.dim));
        }
        frame.render_widget(text::line(parts, room), area);
        let width = text::width(&totals).min(area.width.into()) as u16;
        let place = Rect {
            x: area.right() - width,
            width,
            ..area
        };
        frame.render_widget(Line::styled(totals, theme.dim), place);
    }
}

/// `74 ` and `48.1 k`: a unit prefix stands next to its unit.
fn spaced(size: &str) -> String {
    if size.contains(' ') {
        size.to_owned()
    } else {
        format!("{size} ")
    }
}
