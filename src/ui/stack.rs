//! The open panes, as a stack: a list at the bottom, the panes opened from it above, and a packet beside it.

use super::{Action, Scope, Shared, pane::Pane};
use crate::glossary::Term;
use ratatui::layout::Position;

/// The open panes.
///
/// The lists and the packet pane are never closed: a list that is shown again has its cursor where it was.
pub struct Stack {
    /// The lists, one of which is the bottom of the stack.
    lists: Vec<Box<dyn Pane>>,
    bottom: usize,
    /// The panes opened on it, the topmost last.
    opened: Vec<Opened>,
    /// The fields and bytes of the packet chosen in the main pane.
    packet: Box<dyn Pane>,
    /// Whether the packet pane has the focus, rather than the main pane.
    in_packet: bool,
    /// What was shown before the list.
    before: Option<Before>,
}

/// What was on the screen.
struct Before {
    bottom: usize,
    opened: Vec<Opened>,
    in_packet: bool,
}

/// A pane that was opened on others.
struct Opened {
    pane: Box<dyn Pane>,
    /// The previous focus, to which it returns.
    from: Scope,
}

/// The panes that are on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaneSlot {
    /// The topmost pane that is not an overlay.
    Main,
    /// The fields and bytes of its packet.
    Packet,
    /// The pane over both.
    Overlay,
}

impl Stack {
    /// Returns a stack that shows the first list.
    pub fn new(lists: Vec<Box<dyn Pane>>, packet: Box<dyn Pane>) -> Self {
        Stack {
            lists,
            bottom: 0,
            opened: Vec::new(),
            packet,
            in_packet: false,
            before: None,
        }
    }

    /// Returns the lists, in the order of their tabs, and whether each is the bottom of the stack.
    pub fn lists(&self) -> impl Iterator<Item = (&dyn Pane, bool)> {
        let lists = self.lists.iter().enumerate();
        lists.map(|(at, list)| (&**list, at == self.bottom))
    }

    /// Returns the index of the main pane among the opened panes; nothing if it is a list.
    fn main_at(&self) -> Option<usize> {
        let is_main = |opened: &Opened| !opened.pane.layout().is_overlay();
        self.opened.iter().rposition(is_main)
    }

    /// Returns the topmost pane that is not an overlay.
    pub fn main(&self) -> &dyn Pane {
        match self.main_at() {
            Some(at) => &*self.opened[at].pane,
            None => &*self.lists[self.bottom],
        }
    }

    /// Returns the topmost pane that is not an overlay, mutably.
    pub fn main_mut(&mut self) -> &mut dyn Pane {
        match self.main_at() {
            Some(at) => &mut *self.opened[at].pane,
            None => &mut *self.lists[self.bottom],
        }
    }

    /// Returns the packet pane.
    pub fn packet_mut(&mut self) -> &mut dyn Pane {
        &mut *self.packet
    }

    /// Returns the overlay, if there is one.
    pub fn overlay_mut(&mut self) -> Option<&mut dyn Pane> {
        let top = self.opened.last_mut()?;
        let is_overlay = top.pane.layout().is_overlay();
        match is_overlay {
            true => Some(&mut *top.pane),
            false => None,
        }
    }

    /// Whether there is an overlay.
    pub fn has_overlay(&self) -> bool {
        let top = self.opened.last();
        top.is_some_and(|top| top.pane.layout().is_overlay())
    }

    /// Whether the packet pane has the focus.
    pub fn is_in_packet(&self) -> bool {
        self.in_packet
    }

    /// Whether a pane is open on the first list, or another list is shown.
    pub fn has_opened(&self) -> bool {
        !self.opened.is_empty() || self.bottom > 0
    }

    /// Whether the packet has more bytes than its own.
    pub fn has_several_sources(&self) -> bool {
        self.packet.has_several_sources()
    }

    /// Returns the term of the glossary that the cursor is on.
    pub fn term(&self) -> Option<&'static Term> {
        match self.in_packet && !self.has_overlay() {
            true => self.packet.term(),
            false => None,
        }
    }

    /// Explains the chosen packet, and moves the focus to that.
    pub fn explain(&mut self, shared: &Shared) {
        if !self.packet.parts().contains(&Scope::Explanation) {
            self.packet.act(Action::Explain, shared);
        }
        self.focus(Scope::Explanation);
    }

    /// Returns the pane that has the focus.
    pub fn focused_mut(&mut self) -> &mut dyn Pane {
        if self.has_overlay() {
            let top = self.opened.len() - 1;
            return &mut *self.opened[top].pane;
        }
        match self.in_packet {
            true => &mut *self.packet,
            false => self.main_mut(),
        }
    }

    /// Returns the scope of the keys.
    pub fn scope(&self) -> Scope {
        match self.opened.last() {
            Some(top) if top.pane.layout().is_overlay() => top.pane.scope(),
            _ if self.in_packet => self.packet.scope(),
            _ => self.main().scope(),
        }
    }

    /// Returns the open pane with this scope.
    pub fn with_scope_mut(&mut self, scope: Scope) -> Option<&mut dyn Pane> {
        let pane = self.all_mut().find(|pane| pane.scope() == scope)?;
        Some(&mut **pane)
    }

    /// Moves the focus to a part of the packet pane, or to the main pane.
    pub fn focus(&mut self, part: Scope) {
        self.in_packet = self.packet.parts().contains(&part);
        match self.in_packet {
            true => self.packet.focus(part),
            false => self.main_mut().focus(part),
        }
    }

    /// Moves the focus to the main pane.
    pub fn focus_main(&mut self) {
        self.in_packet = false;
    }

    /// Moves the focus to the packet pane.
    pub fn focus_packet(&mut self) {
        if let Some(first) = self.packet.parts().first() {
            self.focus(*first);
        }
    }

    /// Returns the part of a pane at a position on the screen.
    pub fn part_at(&self, layer: PaneSlot, at: Position) -> Option<Scope> {
        match layer {
            PaneSlot::Packet => self.packet.part_at(at),
            PaneSlot::Main => self.main().part_at(at),
            PaneSlot::Overlay => Some(self.scope()),
        }
    }

    /// Moves the focus by `step` parts, over those of the main pane and of the packet pane.
    pub fn next_part(&mut self, step: isize) {
        let mut parts = self.main().parts();
        parts.extend(self.packet.parts());
        let now = self.scope();
        let at = parts.iter().position(|part| *part == now).unwrap_or(0);
        let to = (at as isize + step).rem_euclid(parts.len() as isize) as usize;
        self.focus(parts[to]);
    }

    /// Pushes a pane onto the others.
    pub fn push(&mut self, pane: Box<dyn Pane>) {
        let from = self.scope();
        if !pane.layout().is_overlay() {
            self.in_packet = false;
        }
        self.opened.push(Opened { pane, from });
    }

    /// Closes the topmost opened pane, if there is one. The focus returns to where it was.
    pub fn pop(&mut self) -> bool {
        let Some(Opened { pane, from }) = self.opened.pop() else {
            return false;
        };
        if !pane.layout().is_overlay() {
            self.focus(from);
        }
        true
    }

    /// Closes all panes opened on the list.
    pub fn close_all(&mut self) {
        self.opened.clear();
        self.in_packet = false;
    }

    /// Closes all opened panes, and shows the list with this scope.
    pub fn show(&mut self, scope: Scope) {
        let found = self.lists.iter().position(|list| list.scope() == scope);
        self.before = Some(Before {
            bottom: self.bottom,
            opened: std::mem::take(&mut self.opened),
            in_packet: self.in_packet,
        });
        self.bottom = found.unwrap_or(self.bottom);
        self.close_all();
    }

    /// Shows again what was shown before the list, unless something else was done since.
    pub fn unshow(&mut self) {
        if let Some(before) = self.before.take() {
            self.bottom = before.bottom;
            self.opened = before.opened;
            self.in_packet = before.in_packet;
        }
    }

    /// Forgets what was shown before the list.
    pub fn forget_before(&mut self) {
        self.before = None;
    }

    /// Shows the next list; returns whether a list was shown before.
    pub fn show_next_list(&mut self) -> bool {
        if self.main_at().is_some() {
            return false;
        }
        self.bottom = (self.bottom + 1) % self.lists.len();
        self.close_all();
        true
    }

    /// Shows the first list; returns whether another one was shown before.
    pub fn show_first_list(&mut self) -> bool {
        let was_other = self.bottom > 0;
        self.bottom = 0;
        self.close_all();
        was_other
    }

    /// Updates the lists and the main pane with what has come. Covered panes wait.
    pub fn sync(&mut self, shared: &Shared) {
        for list in &mut self.lists {
            list.sync(shared);
        }
        if let Some(at) = self.main_at() {
            self.opened[at].pane.sync(shared);
        }
    }

    /// Applies a changed filter to all panes.
    pub fn refilter(&mut self) {
        self.all_mut().for_each(|pane| pane.refilter());
    }

    /// Drops what was read by all panes.
    pub fn forget(&mut self) {
        self.all_mut().for_each(|pane| pane.forget());
    }

    /// Whether a pane has work that proceeds with every frame.
    pub fn is_busy(&self) -> bool {
        let opened = self.opened.iter().map(|opened| &opened.pane);
        let mut all = self.lists.iter().chain(opened);
        all.any(|pane| pane.is_busy())
    }

    /// Returns every pane, including those that are covered.
    pub fn all_mut(&mut self) -> impl Iterator<Item = &mut Box<dyn Pane>> {
        let opened = self.opened.iter_mut().rev().map(|opened| &mut opened.pane);
        opened
            .chain(std::iter::once(&mut self.packet))
            .chain(&mut self.lists)
    }
}
