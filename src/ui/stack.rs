//! The panes that are open, as a stack: a list at the bottom, on it what was opened from there, and a packet beside it.

use super::{Scope, Shared, pane::Pane};
use ratatui::layout::Position;

/// The panes that are open.
///
/// The lists and the packet pane are never closed: a list that is shown again has its cursor where it was.
pub struct Stack {
    /// The lists, of which one is the bottom of the stack.
    lists: Vec<Box<dyn Pane>>,
    bottom: usize,
    /// What was opened on it, the topmost last.
    opened: Vec<Opened>,
    /// The fields and bytes of the packet that is chosen in the main pane.
    packet: Box<dyn Pane>,
    /// The packet pane has the focus, not the main pane.
    in_packet: bool,
}

/// A pane that was opened on others.
struct Opened {
    pane: Box<dyn Pane>,
    /// Where the focus was, and returns to.
    from: Scope,
}

/// The panes that are on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// The topmost pane that is no overlay.
    Main,
    /// The fields and bytes of its packet.
    Packet,
    /// What stands over both.
    Overlay,
}

impl Stack {
    /// Shows the first list.
    pub fn new(lists: Vec<Box<dyn Pane>>, packet: Box<dyn Pane>) -> Self {
        Stack {
            lists,
            bottom: 0,
            opened: Vec::new(),
            packet,
            in_packet: false,
        }
    }

    /// The lists, in the order of their tabs, and whether each is the bottom of the stack.
    pub fn lists(&self) -> impl Iterator<Item = (&dyn Pane, bool)> {
        let lists = self.lists.iter().enumerate();
        lists.map(|(at, list)| (&**list, at == self.bottom))
    }

    /// Where the main pane is among those that were opened; nothing where it is a list.
    fn main_at(&self) -> Option<usize> {
        let is_main = |opened: &Opened| !opened.pane.layout().is_overlay();
        self.opened.iter().rposition(is_main)
    }

    /// The topmost pane that is no overlay.
    pub fn main(&self) -> &dyn Pane {
        match self.main_at() {
            Some(at) => &*self.opened[at].pane,
            None => &*self.lists[self.bottom],
        }
    }

    /// The topmost pane that is no overlay.
    pub fn main_mut(&mut self) -> &mut dyn Pane {
        match self.main_at() {
            Some(at) => &mut *self.opened[at].pane,
            None => &mut *self.lists[self.bottom],
        }
    }

    /// The fields and bytes of a packet.
    pub fn packet_mut(&mut self) -> &mut dyn Pane {
        &mut *self.packet
    }

    /// The overlay, if there is one.
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

    /// The pane that keys go to.
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

    /// Which keys work.
    pub fn scope(&self) -> Scope {
        match self.opened.last() {
            Some(top) if top.pane.layout().is_overlay() => top.pane.scope(),
            _ if self.in_packet => self.packet.scope(),
            _ => self.main().scope(),
        }
    }

    /// The open pane in which these keys work.
    pub fn with_scope_mut(&mut self, scope: Scope) -> Option<&mut dyn Pane> {
        let pane = self.all_mut().find(|pane| pane.scope() == scope)?;
        Some(&mut **pane)
    }

    /// Gives the focus to a part of the packet pane, or to the main pane.
    pub fn focus(&mut self, part: Scope) {
        self.in_packet = self.packet.parts().contains(&part);
        match self.in_packet {
            true => self.packet.focus(part),
            false => self.main_mut().focus(part),
        }
    }

    /// Gives the focus to the main pane.
    pub fn focus_main(&mut self) {
        self.in_packet = false;
    }

    /// Gives the focus to the packet pane.
    pub fn focus_packet(&mut self) {
        if let Some(first) = self.packet.parts().first() {
            self.focus(*first);
        }
    }

    /// The part of a pane at a place of the screen.
    pub fn part_at(&self, layer: Layer, at: Position) -> Option<Scope> {
        match layer {
            Layer::Packet => self.packet.part_at(at),
            Layer::Main => self.main().part_at(at),
            Layer::Overlay => Some(self.scope()),
        }
    }

    /// Gives the focus to the part that is so many further on, of the main pane and of the packet's.
    pub fn next_part(&mut self, step: isize) {
        let mut parts = self.main().parts();
        parts.extend(self.packet.parts());
        let now = self.scope();
        let at = parts.iter().position(|part| *part == now).unwrap_or(0);
        let to = (at as isize + step).rem_euclid(parts.len() as isize) as usize;
        self.focus(parts[to]);
    }

    /// Opens a pane on top of the others.
    pub fn push(&mut self, pane: Box<dyn Pane>) {
        let from = self.scope();
        if !pane.layout().is_overlay() {
            self.in_packet = false;
        }
        self.opened.push(Opened { pane, from });
    }

    /// Closes the topmost pane that was opened, if there is one. The focus returns to where it was.
    pub fn pop(&mut self) -> bool {
        let Some(Opened { pane, from }) = self.opened.pop() else {
            return false;
        };
        if !pane.layout().is_overlay() {
            self.focus(from);
        }
        true
    }

    /// Closes everything that was opened on the list.
    pub fn close_all(&mut self) {
        self.opened.clear();
        self.in_packet = false;
    }

    /// Closes everything that was opened, and shows the list in which these keys work.
    pub fn show(&mut self, scope: Scope) {
        let found = self.lists.iter().position(|list| list.scope() == scope);
        self.bottom = found.unwrap_or(self.bottom);
        self.close_all();
    }

    /// Shows the list behind the one that is shown; whether a list is shown.
    pub fn show_next_list(&mut self) -> bool {
        if self.main_at().is_some() {
            return false;
        }
        self.bottom = (self.bottom + 1) % self.lists.len();
        self.close_all();
        true
    }

    /// Shows the first list; whether another one was shown.
    pub fn show_first_list(&mut self) -> bool {
        let was_other = self.bottom > 0;
        self.bottom = 0;
        self.close_all();
        was_other
    }

    /// Has the lists and the main pane take up what has come. What is covered waits.
    pub fn sync(&mut self, shared: &Shared) {
        for list in &mut self.lists {
            list.sync(shared);
        }
        if let Some(at) = self.main_at() {
            self.opened[at].pane.sync(shared);
        }
    }

    /// The filter has changed.
    pub fn refilter(&mut self) {
        self.all_mut().for_each(|pane| pane.refilter());
    }

    /// What was read is to be read again.
    pub fn forget(&mut self) {
        self.all_mut().for_each(|pane| pane.forget());
    }

    /// Whether a pane has work that goes on a little with every frame.
    pub fn is_busy(&self) -> bool {
        let opened = self.opened.iter().map(|opened| &opened.pane);
        let mut all = self.lists.iter().chain(opened);
        all.any(|pane| pane.is_busy())
    }

    /// Every pane, also those that are covered.
    fn all_mut(&mut self) -> impl Iterator<Item = &mut Box<dyn Pane>> {
        let opened = self.opened.iter_mut().rev().map(|opened| &mut opened.pane);
        opened
            .chain(std::iter::once(&mut self.packet))
            .chain(&mut self.lists)
    }
}
