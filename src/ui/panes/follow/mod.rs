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
mod hex;
mod layout;
mod save;
mod search;

pub use layout::Mode;
pub use save::expanded;

use crate::{
    capture::Bytes,
    confine::Confinement,
    follow::{
        Dialogue, Reading,
        charset::{Charset, Unit},
        is_conflict,
        script::{Block, Capture, Change, Script},
    },
    store::Contents,
    track::{Conversation, ConversationId, Direction, Protocol},
    ui::{
        Action,
        app::{Reply, Shared},
        list::{Cursor, Tail},
        panes::ladder,
        text,
        theme::Theme,
    },
    view::Viewer,
    words::{bytes, counted, grouped, printable},
};
use layout::{Conflict, Kind, Layout, Row, Rows};
use ratatui::{
    Frame,
    layout::{Position, Rect},
    style::{Modifier, Style},
    text::{Line, Span},
};
use save::Saving;
use search::Search;
use std::{
    io,
    time::{Duration, Instant},
};

/// How long one frame may spend on reading packets, or else on what is made of them.
const WORKING: Duration = Duration::from_millis(10);

/// How long the first lines may take: there is no screen without them.
const FIRST_LINES: Duration = Duration::from_millis(3);

/// The same while the capture loads: the index waits while we read.
const WORKING_BESIDE_INDEX: Duration = Duration::from_millis(4);

/// Packets that are read before the clock is looked at again.
const SLICE: u32 = 256;

/// While a conversation grows, what is new is taken up no more often than this.
const INTERVAL: Duration = Duration::from_millis(200);

/// The cursor's sign, the side's mark and the sign of a broken line.
const GUTTER: u16 = 3;

/// A place that the cursor is to go to, as soon as its line has been made.
#[derive(Clone, Copy, Debug)]
enum Wanted {
    /// The first byte that a packet carried.
    Packet(u32),
    /// A byte of a side, in what this packet made readable, so many lines below the top of the screen.
    Place {
        from: Direction,
        at: u64,
        packet: u32,
        line: usize,
    },
    /// The last line, also while more come.
    End,
    /// The next hit behind a byte, or the one before it.
    Hit {
        forward: bool,
        block: usize,
        at: u64,
    },
}

/// What both sides said.
pub struct FollowPane {
    id: ConversationId,
    name: String,
    viewer: Viewer,
    /// Packets are still read, or may still come.
    reading: Option<Reading>,
    /// There are packets that have not been read.
    behind: bool,
    /// Packets that the script was made of, and when that was.
    adopted: Option<(u64, Instant)>,
    script: Script,
    /// What came again with other bytes, and how many of the overlaps have been looked at.
    conflicts: [Vec<Conflict>; 2],
    compared: [usize; 2],
    mode: Mode,
    layout: Option<Layout>,
    columns: usize,
    cursor: Cursor,
    wanted: Option<Wanted>,
    /// The packet that the cursor was sent to, and the line where that is: others may begin in it.
    sent_to: Option<(usize, u32)>,
    search: Option<Search>,
    /// The hit that the cursor was sent to.
    hit: Option<(usize, u64)>,
    saving: Option<Saving>,
    message: Option<String>,
    /// Why the capture can no longer be read.
    trouble: Option<String>,
    /// Where the lines were drawn, for the mouse.
    area: Rect,
    /// The chosen line, for the clipboard.
    chosen: String,
}

impl FollowPane {
    /// Opens a conversation.
    pub fn new(contents: &Contents, id: ConversationId, bytes: Bytes) -> Self {
        let conversation = contents.tracker.get(id);
        let datagrams = conversation.is_some_and(|c| c.protocol == Protocol::Udp);
        FollowPane {
            id,
            name: conversation.map_or(String::new(), |c| c.id().to_string()),
            viewer: Viewer::new(bytes),
            reading: Some(Reading::new(id)),
            behind: true,
            adopted: None,
            script: Script::new(datagrams),
            conflicts: Default::default(),
            compared: [0; 2],
            mode: Mode::default(),
            layout: None,
            columns: 0,
            cursor: Cursor::default(),
            wanted: None,
            sent_to: None,
            search: None,
            hit: None,
            saving: None,
            message: None,
            trouble: None,
            area: Rect::default(),
            chosen: String::new(),
        }
    }

    /// Which conversation it is.
    pub fn id(&self) -> ConversationId {
        self.id
    }

    /// Whether there is something left to do that waits for nobody.
    pub fn is_working(&self) -> bool {
        let laying = self.layout.as_ref().is_some_and(|layout| !layout.is_done());
        let searching = self.search.as_ref().is_some_and(|search| !search.is_done());
        self.trouble.is_none() && (self.behind || laying || searching || self.saving.is_some())
    }

    /// What came of something that took its time.
    pub fn take_message(&mut self) -> Option<String> {
        self.message.take()
    }

    fn rows(&self) -> &Rows {
        self.layout.as_ref().map_or(Rows::NONE, Layout::rows)
    }

    fn block(&self, row: &Row) -> Option<&Block> {
        self.script.blocks().get(row.block as usize)
    }

    /// The packet that carried the line that the cursor is on.
    pub fn packet(&self) -> Option<u32> {
        if let Some(Wanted::Packet(packet)) = self.wanted {
            return Some(packet);
        }
        if let Some((row, packet)) = self.sent_to
            && row == self.cursor.selected
        {
            return Some(packet);
        }
        let row = self.rows().get(self.cursor.selected)?;
        self.packet_of(row)
    }

    fn packet_of(&self, row: &Row) -> Option<u32> {
        let block = self.block(row)?;
        if row.kind == Kind::Conflict {
            let conflict = self.layout.as_ref()?.conflict(block.from, row.length)?;
            return Some(conflict.packet);
        }
        // A letter that began before the other side spoke is shown where it ends.
        let carried = self.script.packet_of(block.from, row.at.max(block.at));
        Some(carried.unwrap_or(block.packet))
    }

    /// Whether it stays at its end while more comes.
    pub fn tail(&self) -> Tail {
        Tail::at_end(matches!(self.wanted, Some(Wanted::End)))
    }

    /// Nothing behind this packet is shown from now on.
    pub fn read_no_further_than(&mut self, limit: u32) {
        if let Some(reading) = &mut self.reading {
            reading.read_no_further_than(limit);
        }
    }

    /// Puts the cursor on what a packet carried.
    pub fn go_to(&mut self, packet: u32) {
        self.wanted = Some(Wanted::Packet(packet));
    }

    /// What was heard is to be heard again: something else is now said of what it speaks.
    pub fn forget(&mut self) {
        self.viewer.forget();
        self.script.forget();
    }

    /// Reads on, makes lines, searches and saves for a few milliseconds.
    pub fn sync(&mut self, contents: &Contents, show_secrets: bool) {
        if self.viewer.show_secrets != show_secrets {
            self.viewer.show_secrets = show_secrets;
            self.script.forget();
        }
        if self.trouble.is_some() {
            return;
        }
        if let Err(error) = self.work(contents) {
            self.trouble = Some(error.to_string());
            self.behind = false;
            self.saving = None;
        }
    }

    fn work(&mut self, contents: &Contents) -> io::Result<()> {
        // What was heard of it is counted from another place than what was read of it: both begin again.
        if self.viewer.renew(contents) && self.reading.is_some() {
            self.reading = Some(Reading::new(self.id));
            self.adopted = None;
            self.compared = [0; 2];
        }
        let most = match contents.finished {
            true => WORKING,
            false => WORKING_BESIDE_INDEX,
        };
        self.read(contents, Instant::now() + most)?;
        let most = if self.behind { most / 3 } else { most };
        let until = Instant::now() + most;
        if !self.compare(contents, until)? {
            return Ok(());
        }
        self.lay_out(contents, until)?;
        let mut capture = Capture {
            contents,
            viewer: &mut self.viewer,
            id: self.id,
        };
        if let Some(search) = &mut self.search {
            search.work(&mut self.script, &mut capture, until)?;
            if search.is_done()
                && search.hits().is_empty()
                && matches!(self.wanted, Some(Wanted::Hit { .. }))
            {
                self.message = Some(nowhere(search));
                self.wanted = None;
            }
        }
        if let Some(mut saving) = self.saving.take() {
            match saving.work(&mut capture, until) {
                Ok(true) => self.saving = Some(saving),
                Ok(false) => self.message = Some(saving.finish()),
                Err(error) => self.message = Some(format!("Not saved: {error}")),
            }
        }
        self.go();
        Ok(())
    }

    fn lay_out(&mut self, contents: &Contents, until: Instant) -> io::Result<()> {
        if self.columns == 0 {
            return Ok(());
        }
        let layout = self
            .layout
            .get_or_insert_with(|| Layout::new(self.mode, self.columns, self.conflicts.clone()));
        let mut capture = Capture {
            contents,
            viewer: &mut self.viewer,
            id: self.id,
        };
        layout.work(&mut self.script, &mut capture, until)
    }

    fn read(&mut self, contents: &Contents, until: Instant) -> io::Result<()> {
        let Some(reading) = &mut self.reading else {
            return Ok(());
        };
        loop {
            self.behind = reading.read(contents, &mut self.viewer, SLICE)?;
            if !self.behind || Instant::now() >= until {
                break;
            }
        }
        let count = reading.count();
        let ended = contents.finished && reading.is_at_end(contents);
        let due = match self.adopted {
            None => true,
            // What is seen first may change until all has been read, but not for every packet.
            Some((packets, _)) if self.behind => count >= 2 * packets.max(1),
            Some((packets, at)) => {
                let news = count > packets || reading.has_let_go();
                ended || (news && at.elapsed() >= INTERVAL)
            }
        };
        if !due {
            return Ok(());
        }
        let dialogue = reading.dialogue();
        self.adopted = Some((count, Instant::now()));
        if ended {
            self.reading = None;
        }
        self.adopt(contents, dialogue, ended)
    }

    fn adopt(&mut self, contents: &Contents, dialogue: Dialogue, ended: bool) -> io::Result<()> {
        let change = self.script.adopt(dialogue, ended);
        let mut capture = Capture {
            contents,
            viewer: &mut self.viewer,
            id: self.id,
        };
        // A letter that was waited for does not come any more; or what was read as one thing is another.
        let waiting = self.layout.as_ref().is_some_and(Layout::is_waiting);
        let anew = (ended && waiting) || self.script.is_other_charset(&mut capture)?;
        match (change, &mut self.layout) {
            (Change::None, _) if !anew => {}
            (Change::Grown, Some(layout)) if !anew => {
                layout.resume(&self.script);
                self.restart_search();
            }
            _ => self.lay_out_anew(),
        }
        Ok(())
    }

    /// Compares what came more than once; whether all has been compared.
    fn compare(&mut self, contents: &Contents, until: Instant) -> io::Result<bool> {
        let mut news = false;
        for from in [Direction::FromClient, Direction::FromServer] {
            let side = from as usize;
            let overlaps = &self.script.stream(from).overlaps;
            while let Some(overlap) = overlaps.get(self.compared[side]) {
                if Instant::now() >= until {
                    return Ok(false);
                }
                self.compared[side] += 1;
                if is_conflict(contents, &mut self.viewer, overlap)? {
                    let conflict = Conflict {
                        at: overlap.first.at,
                        packet: overlap.again.packet,
                    };
                    let conflicts = &mut self.conflicts[side];
                    let place = conflicts.partition_point(|other| other.at <= conflict.at);
                    let known = conflicts
                        .iter()
                        .any(|other| other.packet == conflict.packet);
                    if !known {
                        conflicts.insert(place, conflict);
                        news = true;
                    }
                }
            }
        }
        if news {
            self.lay_out_anew();
        }
        Ok(true)
    }

    /// All lines are made again, and the cursor stays on what it was on.
    fn lay_out_anew(&mut self) {
        self.stay();
        self.layout = None;
        self.restart_search();
    }

    fn restart_search(&mut self) {
        if let Some(search) = &mut self.search {
            search.restart();
        }
    }

    /// Has the cursor return to what it is on, wherever its line will be.
    fn stay(&mut self) {
        self.sent_to = None;
        let row = self.rows().get(self.cursor.selected).copied();
        if self.wanted.is_none()
            && self.cursor.selected > 0
            && let Some(row) = row
            && let Some(block) = self.block(&row)
        {
            self.wanted = Some(Wanted::Place {
                from: block.from,
                at: row.at,
                packet: block.packet,
                line: self.cursor.selected - self.cursor.top.min(self.cursor.selected),
            });
        }
    }

    /// Goes to what is wanted, once it is there.
    fn go(&mut self) {
        let Some(layout) = &self.layout else {
            return;
        };
        let blocks = self.script.blocks();
        let last = layout.rows().len().saturating_sub(1);
        let by_packet = |packet: u32| {
            let block = blocks.partition_point(|block| block.packet < packet);
            let block = block.min(blocks.len().saturating_sub(1));
            (block, blocks.get(block).map_or(0, |block| block.at))
        };
        let by_place = |from: Direction, at: u64| {
            let inside = |block: &Block| block.from == from && (block.at..block.end).contains(&at);
            Some((blocks.iter().position(inside)?, at))
        };
        let ((block, at), line) = match self.wanted {
            None => return,
            Some(Wanted::End) => {
                self.cursor.selected = last;
                if layout.is_done() && self.reading.is_none() {
                    self.wanted = None;
                }
                return;
            }
            Some(Wanted::Packet(packet)) => {
                let carried = [Direction::FromClient, Direction::FromServer]
                    .into_iter()
                    .find_map(|from| {
                        let mut pieces = self.script.stream(from).pieces.iter();
                        let piece = pieces.find(|piece| piece.packet == packet)?;
                        by_place(from, piece.at)
                    });
                if carried.is_none() && self.behind {
                    return;
                }
                (carried.unwrap_or_else(|| by_packet(packet)), None)
            }
            Some(Wanted::Place {
                from,
                at,
                packet,
                line,
            }) => {
                let place = by_place(from, at).unwrap_or_else(|| by_packet(packet));
                (place, Some(line))
            }
            Some(Wanted::Hit { forward, block, at }) => match self.next_hit(forward, (block, at)) {
                Some(place) => {
                    self.hit = Some(place);
                    (place, None)
                }
                None => return,
            },
        };
        match layout.find(block, at) {
            Some(row) => {
                self.cursor.selected = row;
                if let Some(Wanted::Packet(packet)) = self.wanted {
                    self.sent_to = Some((row, packet));
                }
                if let Some(line) = line {
                    self.cursor.top = row.saturating_sub(line);
                }
                self.wanted = None;
            }
            None if layout.is_done() => self.wanted = None,
            None => {}
        }
    }

    /// The next hit behind a place, or the one before it; round the end where there is none. Nothing while it may still
    /// be found.
    fn next_hit(&self, forward: bool, from: (usize, u64)) -> Option<(usize, u64)> {
        let search = self.search.as_ref()?;
        let place = |hit: &search::Hit| (hit.block as usize, hit.at);
        let hits = search.hits();
        let found = match forward {
            true => hits.get(hits.partition_point(|hit| place(hit) < from)),
            false => hits
                .partition_point(|hit| place(hit) < from)
                .checked_sub(1)
                .and_then(|last| hits.get(last)),
        };
        let reached = (search.blocks(), search.reached().unwrap_or(0)) >= from;
        match found {
            Some(hit) if forward || search.is_done() || reached => Some(place(hit)),
            Some(_) => None,
            None if !search.is_done() => None,
            None if forward => hits.first().map(place),
            None => hits.last().map(place),
        }
    }

    /// Does what a key says.
    pub fn act(&mut self, action: Action) -> Reply {
        let rows = self.rows().len();
        let before = self.cursor.selected;
        if self.cursor.act(action, rows) {
            self.wanted = Tail::is_called(action, before, rows).then_some(Wanted::End);
            return Reply::Done;
        }
        match action {
            Action::Open => return self.packet().map_or(Reply::Done, Reply::OpenPacket),
            Action::Mode => {
                self.stay();
                self.mode = next(&Mode::ALL, self.mode, 1);
                self.layout = None;
            }
            Action::OneSide => {
                let sides = [
                    None,
                    Some(Direction::FromClient),
                    Some(Direction::FromServer),
                ];
                self.stay();
                self.layout = None;
                self.script.show_only(next(&sides, self.script.only(), 1));
                self.restart_search();
            }
            Action::Charset | Action::PreviousCharset => {
                let mut charsets = vec![None];
                charsets.extend(Charset::ALL.map(Some));
                let step = match action {
                    Action::Charset => 1,
                    _ => charsets.len() - 1,
                };
                let charset = next(&charsets, self.script.charset(), step);
                self.script.read_as(charset);
                if self.mode == Mode::Text {
                    self.stay();
                    self.layout = None;
                }
                self.restart_search();
                let words = match charset {
                    None => "what each turn seems to be".to_owned(),
                    Some(charset) => charset.name().to_owned(),
                };
                return Reply::Say(format!("Text is read as {words}."));
            }
            Action::FindNext | Action::FindPrevious => {
                if self.search.is_none() {
                    return Reply::Say("Nothing is looked for yet: / asks what.".to_owned());
                }
                return self.walk_hits(action == Action::FindNext);
            }
            Action::NextTurn | Action::PreviousTurn => self.turn(action == Action::NextTurn),
            Action::Copy => return Reply::Copy(self.chosen.clone()),
            _ => return Reply::Ignored,
        }
        Reply::Done
    }

    /// To the first line of the next turn, or of this one, or of the one before.
    fn turn(&mut self, forward: bool) {
        let rows = self.rows();
        let selected = self.cursor.selected;
        let Some(block) = rows.get(selected).map(|row| row.block) else {
            return;
        };
        let first = |block: u32| rows.partition_point(|row| row.block < block);
        let to = match forward {
            true => first(block + 1),
            false if first(block) < selected => first(block),
            false => first(block.saturating_sub(1)),
        };
        if to < rows.len() {
            self.cursor.selected = to;
            self.wanted = None;
        }
    }

    /// Whether bytes are looked for rather than text.
    pub fn looks_for_bytes(&self) -> bool {
        self.mode != Mode::Text
    }

    /// Looks for something; for nothing to end it.
    pub fn find(&mut self, words: &str) {
        (self.search, self.hit) = (None, None);
        if words.is_empty() {
            return;
        }
        self.search = Some(Search::new(words, self.looks_for_bytes()));
        let row = self.rows().get(self.cursor.selected).copied();
        self.wanted = Some(Wanted::Hit {
            forward: true,
            block: row.map_or(0, |row| row.block as usize),
            at: row.map_or(0, |row| row.at),
        });
    }

    fn walk_hits(&mut self, forward: bool) -> Reply {
        let (Some(search), Some(row)) = (&self.search, self.rows().get(self.cursor.selected))
        else {
            return Reply::Done;
        };
        if search.is_done() && search.hits().is_empty() {
            return Reply::Say(nowhere(search));
        }
        let block = row.block as usize;
        let place = |hit: &search::Hit| (hit.block as usize, hit.at);
        // From the hit in this line that the cursor was sent to; else from the line.
        let here = search.hits_in(row).iter().map(place);
        let at = match here.into_iter().find(|hit| Some(*hit) == self.hit) {
            Some((_, at)) if forward => at + 1,
            Some((_, at)) => at,
            None => row.at,
        };
        let from = (block, at);
        let round = search.is_done()
            && match forward {
                true => search.hits().last().is_some_and(|hit| place(hit) < from),
                false => search.hits().first().is_some_and(|hit| place(hit) >= from),
            };
        self.wanted = Some(Wanted::Hit { forward, block, at });
        match (round, forward) {
            (true, true) => Reply::Say("From the beginning again.".to_owned()),
            (true, false) => Reply::Say("From the end again.".to_owned()),
            _ => Reply::Done,
        }
    }

    /// The name that a file would have.
    pub fn file_name(&self) -> String {
        save::name(&self.name, self.mode, self.script.only())
    }

    /// Saves what is shown, or says why it cannot.
    pub fn save(&mut self, name: &str, confinement: &Confinement) -> Result<(), String> {
        let saving = Saving::new(self.script.clone(), self.mode, name, confinement)?;
        self.saving = Some(saving);
        Ok(())
    }

    /// A click on a line chooses it; on the chosen line it opens its packet.
    pub fn click(&mut self, at: Position) -> Reply {
        let line = usize::from(at.y.saturating_sub(self.area.y));
        let row = match at.y >= self.area.y {
            true => self.cursor.row_at(line, self.rows().len()),
            false => None,
        };
        match row {
            Some(row) if row == self.cursor.selected => self.act(Action::Open),
            Some(row) => {
                self.cursor.selected = row;
                self.wanted = None;
                Reply::Done
            }
            None => Reply::Ignored,
        }
    }

    /// The mouse wheel.
    pub fn scroll(&mut self, rows: isize) {
        self.cursor.scroll(rows, self.rows().len());
        self.wanted = None;
    }

    /// The line above it: who, where in it, and what is going on.
    pub fn title(&self, contents: &Contents, shared: &Shared, width: u16) -> Line<'static> {
        let theme = &shared.theme;
        let Some(conversation) = contents.tracker.get(self.id) else {
            return Line::styled(ladder::LET_GO, theme.warning);
        };
        let mut parts = Vec::new();
        if let Some(search) = &self.search {
            parts.push((self.hits(search), theme.key));
        }
        let rows = self.rows().len() as u64;
        let laid = self.layout.as_ref().is_some_and(Layout::is_done) && !self.behind;
        if rows > 0 {
            let line = grouped(self.cursor.selected as u64 + 1);
            let more = if laid { "" } else { "+" };
            parts.push((format!("line {line} of {}{more}", grouped(rows)), theme.dim));
        }
        if conversation.let_go > 0 {
            let count = counted(conversation.let_go.into(), "packet");
            parts.push((format!("{count} before this let go"), theme.warning));
        }
        parts.extend(
            self.progress(contents)
                .map(|words| (words, theme.handshake)),
        );
        let width = usize::from(width);
        let mut right: Vec<(String, Style)> = Vec::new();
        let mut used = 0;
        for (words, style) in parts {
            let wide = text::width(&words) + 2;
            if used + wide < width {
                used += wide;
                right.push((format!("{words}  "), style));
            }
        }
        let mut all = ladder::heading(conversation, theme);
        let heading: usize = all.iter().map(|(words, _)| text::width(words)).sum();
        match width.checked_sub(heading + used) {
            Some(gap) => all.push((" ".repeat(gap), Style::new())),
            None => {
                all = vec![(format!(" {}  ", self.name), theme.heading)];
                let gap = width.saturating_sub(text::width(&all[0].0) + used);
                all.push((" ".repeat(gap), Style::new()));
            }
        }
        all.extend(right);
        text::line(all, width)
    }

    fn hits(&self, search: &Search) -> String {
        let count = search.hits().len();
        let more = if search.is_done() { "" } else { " …" };
        let words = text::cut(&printable(&search.words), 24);
        if count == 0 {
            let words = format!("/{words}: ");
            return match search.is_done() {
                true => format!("{words}nowhere"),
                false => format!("{words}…"),
            };
        }
        let row = self.rows().get(self.cursor.selected);
        let inside = row.map_or(&[][..], |row| search.hits_in(row));
        let place = |hit: &search::Hit| (hit.block as usize, hit.at);
        let here = inside.iter().find(|hit| Some(place(hit)) == self.hit);
        let here = here.or(inside.first()).map(place);
        let at = here.map(|here| search.hits().partition_point(|hit| place(hit) < here));
        match at {
            Some(at) => format!(
                "/{words}: {} of {}{more}",
                grouped(at as u64 + 1),
                grouped(count as u64)
            ),
            None => format!("/{words}: {}{more}", counted(count as u64, "time")),
        }
    }

    /// What takes its time, and how far it is.
    fn progress(&self, contents: &Contents) -> Option<String> {
        if let Some(saving) = &self.saving {
            return Some(format!("saving {} %", saving.progress()));
        }
        let blocks = self.script.blocks();
        let all: u64 = blocks.iter().map(|block| block.end - block.at).sum();
        if let Some(reading) = self.reading.as_ref().filter(|_| self.behind) {
            let conversation = contents.tracker.get(self.id)?;
            let let_go = conversation.let_go.into();
            let packets = conversation.packets().saturating_sub(let_go).max(1);
            let percent = (reading.count() * 100 / packets).min(99);
            return Some(format!("reading {percent} %"));
        }
        if let Some(layout) = self.layout.as_ref().filter(|layout| !layout.is_done()) {
            let done = done(blocks, layout.blocks(), layout.reached());
            return Some(format!("lines {} %", done * 100 / all.max(1)));
        }
        if let Some(search) = self.search.as_ref().filter(|search| !search.is_done()) {
            let done = done(blocks, search.blocks(), search.reached());
            return Some(format!("looking {} %", done * 100 / all.max(1)));
        }
        None
    }

    /// Draws it.
    pub fn draw(
        &mut self,
        contents: &Contents,
        shared: &Shared,
        frame: &mut Frame,
        area: Rect,
        focused: bool,
    ) {
        self.chosen.clear();
        if area.height < 2 || area.width <= GUTTER {
            return;
        }
        let theme = &shared.theme;
        let list = Rect {
            y: area.y + 1,
            height: area.height - 1,
            ..area
        };
        self.area = list;
        let columns = usize::from(area.width - GUTTER);
        if self.columns != columns {
            self.columns = columns;
            self.stay();
            self.layout = None;
        }
        if self.layout.is_none() && self.trouble.is_none() {
            let made = self.lay_out(contents, Instant::now() + FIRST_LINES);
            self.trouble = made.err().map(|error| error.to_string());
            self.go();
        }
        // Rather nothing for a moment than lines rushing by.
        let on_the_way = matches!(self.wanted, Some(Wanted::Place { .. } | Wanted::Packet(_)))
            && self.is_working();
        let rows = self.cursor.fit(self.rows().len(), list.height.into());
        let shown: Vec<Row> = match on_the_way {
            true => Vec::new(),
            false => rows
                .clone()
                .filter_map(|row| self.rows().get(row).copied())
                .collect(),
        };
        for (line, row) in shown.iter().enumerate() {
            let place = Rect {
                y: list.y + line as u16,
                height: 1,
                ..list
            };
            let chosen = rows.start + line == self.cursor.selected;
            let before = (rows.start + line)
                .checked_sub(1)
                .and_then(|before| self.rows().get(before));
            let opens = before.is_none_or(|before| before.block != row.block);
            if chosen {
                let style = match focused {
                    true => theme.cursor,
                    false => theme.cursor_away,
                };
                frame.buffer_mut().set_style(place, style);
            }
            match self.line(contents, shared, row, chosen, opens) {
                Ok(line) => frame.render_widget(line, place),
                Err(error) => {
                    self.trouble.get_or_insert(error.to_string());
                }
            }
        }
        frame.render_widget(
            self.legend(contents, theme, area.width.into()),
            Rect { height: 1, ..area },
        );
        if shown.is_empty() || self.trouble.is_some() {
            let (words, style) = match &self.trouble {
                Some(trouble) => (format!("  {trouble}"), theme.bad),
                None if self.is_working() || !contents.finished => {
                    ("  Reading …".to_owned(), theme.dim)
                }
                None if self.script.only().is_some() => (
                    "  This side said nothing; d shows the other.".to_owned(),
                    theme.dim,
                ),
                None => (
                    "  Nothing was said: no packet of it carries data.".to_owned(),
                    theme.dim,
                ),
            };
            frame.render_widget(Line::styled(words, style), Rect { height: 1, ..list });
        }
    }

    /// Who is who, and how it is shown.
    fn legend(&mut self, contents: &Contents, theme: &Theme, width: usize) -> Line<'static> {
        let mut right = Vec::new();
        for mode in Mode::ALL {
            let (words, style) = match mode == self.mode {
                true => (format!("[{}]", mode.name()), theme.heading),
                false => (format!(" {} ", mode.name()), theme.dim),
            };
            right.push((words, style));
        }
        let sides = match self.script.only() {
            None => "both sides",
            Some(Direction::FromClient) => "client only",
            Some(Direction::FromServer) => "server only",
        };
        right.push((format!(" · {sides}"), theme.dim));
        if self.mode == Mode::Text {
            right.push((format!(" · {}", self.charset(contents)), theme.dim));
        }
        right.push((" ".to_owned(), Style::new()));
        let wide = |parts: &[(String, Style)]| -> usize {
            parts.iter().map(|(words, _)| text::width(words)).sum()
        };
        // Where there is no room, the numbers go first, then the names.
        let mut left = Vec::new();
        for words in (0..4).rev() {
            left = self.sides(theme, words);
            if wide(&left) + wide(&right) <= width {
                break;
            }
        }
        let gap = width.saturating_sub(wide(&left) + wide(&right));
        left.push((" ".repeat(gap), Style::new()));
        left.extend(right);
        text::line(left, width)
    }

    /// The signs of the sides that are shown, with so many words each: what they are called, what they said.
    fn sides(&self, theme: &Theme, words: usize) -> Vec<(String, Style)> {
        let mut parts = vec![(" ".to_owned(), Style::new())];
        for (from, style) in [
            (Direction::FromClient, theme.client),
            (Direction::FromServer, theme.server),
        ] {
            if words == 0 || self.script.only().is_some_and(|only| only != from) {
                continue;
            }
            let pieces = &self.script.stream(from).pieces;
            let said = sized(pieces.iter().map(|piece| u64::from(piece.length)).sum());
            let all = [mark(from), from.name(), &said];
            let shown = all[..words].join(" ");
            parts.push((shown, style.add_modifier(Modifier::BOLD)));
            parts.push(("   ".to_owned(), Style::new()));
        }
        parts
    }

    /// The charset, or what the chosen turn's seems to be.
    fn charset(&mut self, contents: &Contents) -> String {
        if let Some(charset) = self.script.charset() {
            return charset.name().to_owned();
        }
        let row = self.rows().get(self.cursor.selected).copied();
        let mut capture = Capture {
            contents,
            viewer: &mut self.viewer,
            id: self.id,
        };
        let block = row.map_or(0, |row| row.block as usize);
        match self.script.charset_of(&mut capture, block) {
            Ok(charset) if row.is_some() => format!("auto: {}", charset.name()),
            _ => "auto".to_owned(),
        }
    }

    /// A line.
    fn line(
        &mut self,
        contents: &Contents,
        shared: &Shared,
        row: &Row,
        chosen: bool,
        opens: bool,
    ) -> io::Result<Line<'static>> {
        let theme = &shared.theme;
        let Some(block) = self.block(row).copied() else {
            return Ok(Line::default());
        };
        let side = match block.from {
            Direction::FromClient => theme.client,
            Direction::FromServer => theme.server,
        };
        let cursor = if chosen { "▌" } else { " " };
        let broken = if row.kind == Kind::Wrapped {
            "↪"
        } else {
            " "
        };
        let mut spans = vec![
            Span::raw(cursor),
            Span::styled(mark(block.from), side.add_modifier(Modifier::BOLD)),
            Span::styled(broken, theme.dim),
        ];
        let parts = match row.kind {
            Kind::Missing => {
                let gone = |c: &Conversation| c.let_go > 0 && block.at == 0;
                let gone = contents.tracker.get(self.id).is_some_and(gone);
                vec![(gap(&block, gone), theme.warning)]
            }
            Kind::Conflict => {
                let packet = self.packet_of(row).unwrap_or(0);
                let words = format!("! packet {packet} sent other bytes over these");
                vec![(words, theme.bad)]
            }
            Kind::Said | Kind::Wrapped => self.said(contents, theme, row, block.from, side)?,
        };
        let used: usize = parts.iter().map(|(words, _)| text::width(words)).sum();
        if chosen {
            self.chosen = parts.iter().map(|(words, _)| words.as_str()).collect();
        }
        spans.extend(
            parts
                .into_iter()
                .map(|(words, style)| Span::styled(words, style)),
        );
        // When it was said, where there is room for it.
        if opens && row.kind == Kind::Said {
            let time = self.time(contents, shared, row);
            let room = self.columns.saturating_sub(used + text::width(&time));
            if room >= 3 {
                spans.push(Span::raw(" ".repeat(room)));
                spans.push(Span::styled(time, theme.dim));
            }
        }
        Ok(Line::from(spans))
    }

    fn time(&self, contents: &Contents, shared: &Shared, row: &Row) -> String {
        let Some(packet) = self.packet_of(row) else {
            return String::new();
        };
        let of = |packet| {
            contents
                .packets
                .get(packet)
                .map_or(0, |record| record.time_ns)
        };
        let before = (row.block as usize).checked_sub(1);
        let before = before.and_then(|before| self.script.blocks().get(before));
        let before = before.map_or(packet, |block| block.packet);
        let time = shared
            .settings
            .time(of(packet), contents.began_ns(), of(before));
        format!("#{packet}  {time}")
    }

    /// What was said in a line, with what is looked for marked.
    fn said(
        &mut self,
        contents: &Contents,
        theme: &Theme,
        row: &Row,
        from: Direction,
        side: Style,
    ) -> io::Result<Vec<(String, Style)>> {
        let mut capture = Capture {
            contents,
            viewer: &mut self.viewer,
            id: self.id,
        };
        let in_row = self.layout.as_ref().map_or(hex::WIDE, Layout::bytes_in_row);
        let charset = self.script.charset_of(&mut capture, row.block as usize)?;
        let bytes = self
            .script
            .bytes(&mut capture, from, row.at, row.length.into())?;
        let hits = self.search.as_ref().map_or(&[][..], |s| s.hits_in(row));
        let is_hit = |byte: usize| {
            let at = row.at + byte as u64;
            hits.iter()
                .any(|hit| (hit.at..hit.at + u64::from(hit.length)).contains(&at))
        };
        let found = theme
            .marked
            .add_modifier(Modifier::BOLD | Modifier::UNDERLINED);
        let style = |byte: usize, other: bool| match (is_hit(byte), other) {
            (true, _) => found,
            (false, true) => theme.dim,
            (false, false) => side,
        };
        let mut parts = Parts::default();
        match self.mode {
            Mode::Raw => {
                for (index, byte) in bytes.iter().enumerate() {
                    parts.add(&format!("{byte:02x}"), style(index, false));
                }
            }
            Mode::Hex => {
                let line = hex::line(row.at, bytes, in_row);
                let mut styles = vec![theme.dim; line.len()];
                for index in 0..bytes.len() {
                    let (digits, letter) = hex::columns(index, in_row);
                    for column in [digits, digits + 1, letter] {
                        if let Some(known) = styles.get_mut(column) {
                            *known = style(index, false);
                        }
                    }
                    // What stands between two bytes that were found is found too.
                    if is_hit(index) && index > 0 && is_hit(index - 1) {
                        let (before, _) = hex::columns(index - 1, in_row);
                        styles[before + 2..digits].fill(found);
                    }
                }
                for (letter, style) in line.chars().zip(styles) {
                    parts.add(letter.encode_utf8(&mut [0; 4]), style);
                }
            }
            Mode::Text => {
                let text = bytes
                    .strip_suffix(b"\n")
                    .map_or(bytes, |text| text.strip_suffix(b"\r").unwrap_or(text));
                let mut column = 0;
                for (at, unit) in charset.units(text, true) {
                    // Of a run of ASCII some may be found and some not.
                    let singles = match unit {
                        Unit::Ascii(run) if !hits.is_empty() => run.len(),
                        _ => 1,
                    };
                    for single in 0..singles {
                        let unit = match unit {
                            Unit::Ascii(run) if singles > 1 => {
                                Unit::Ascii(&run[single..single + 1])
                            }
                            unit => unit,
                        };
                        let mut shown = String::new();
                        let (end, other) = cell::show(unit, charset, column, &mut shown);
                        column = end;
                        parts.add(&shown, style(at + single, other));
                    }
                }
            }
        }
        Ok(parts.0)
    }
}

/// Texts with their styles, where the same style follows joined.
#[derive(Default)]
struct Parts(Vec<(String, Style)>);

impl Parts {
    fn add(&mut self, words: &str, style: Style) {
        match self.0.last_mut() {
            Some((last, same)) if *same == style => last.push_str(words),
            _ => self.0.push((words.to_owned(), style)),
        }
    }
}

fn nowhere(search: &Search) -> String {
    format!("'{}' is nowhere in it.", printable(&search.words))
}

/// The sign of a side: colour alone would not do.
fn mark(from: Direction) -> &'static str {
    match from {
        Direction::FromClient => ">",
        Direction::FromServer => "<",
    }
}

/// `74 B` and `48.1 kB`.
fn sized(count: u64) -> String {
    let size = bytes(count);
    let gap = if size.contains(' ') { "" } else { " " };
    format!("{size}{gap}B")
}

fn gap(block: &Block, let_go: bool) -> String {
    let count = counted(block.end - block.at, "byte");
    match let_go {
        true => format!("… {count} let go …"),
        false => format!("… {count} not captured …"),
    }
}

/// How many bytes there are in front of a place.
fn done(blocks: &[Block], block: usize, at: Option<u64>) -> u64 {
    let before = blocks.iter().take(block).map(|b| b.end - b.at).sum::<u64>();
    let inside = at.zip(blocks.get(block));
    before + inside.map_or(0, |(at, block)| at.saturating_sub(block.at))
}

fn next<T: Copy + PartialEq>(all: &[T], now: T, step: usize) -> T {
    let at = all.iter().position(|one| *one == now).unwrap_or(0);
    all[(at + step) % all.len()]
}

#[cfg(test)]
mod tests;
