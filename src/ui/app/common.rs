//! What is handed from capture to capture, if several are open or one is opened after another.

use super::{App, Effect};
use crate::{
    columns::chosen::Columns,
    lang::text,
    names::{Lookups, Vendors},
    ports::Ports,
    ui::{
        Leaving,
        command_line::History,
        display_filter::DisplayFilter,
        kept_columns::KeptColumns,
        kept_filters::KeptFilters,
        settings::Settings,
        theme::{ColorDepth, Look, Theme},
    },
};
use ratatui::style::Style;
use std::sync::Arc;

/// What holds for every capture that is open.
#[derive(Clone)]
pub struct Common {
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
    /// Columns that are kept from run to run.
    pub kept_columns: KeptColumns,
    /// The display filters that are kept from run to run.
    pub kept: KeptFilters,
    /// The commands that were typed.
    pub commands: History,
    /// The manufacturers of network cards.
    pub vendors: Vendors,
    /// Looks up names, if the user enabled it.
    pub lookups: Option<Lookups>,
}

/// Which part of a capture is shown.
#[derive(Default)]
pub struct Shown {
    /// The ports.
    pub ports: Ports,
    /// The display filter.
    pub display: DisplayFilter,
    /// Whether only TCP is shown.
    pub tcp_only: bool,
    /// Whether only conversations with findings are shown.
    pub with_findings: bool,
}

/// The captures that are open.
#[derive(Clone, Debug, Default)]
pub struct Tabs {
    /// Their names, fit for the screen.
    pub names: Vec<String>,
    /// The index of the one that is shown.
    pub at: usize,
}

/// Which of the captures that are open is to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// The one this many behind it, or before it; behind the last one is the first.
    By(isize),
    /// The one of this number, from 1.
    Number(usize),
}

impl App {
    /// Returns what holds for every capture.
    pub fn common(&self) -> Common {
        let shared = &self.shared;
        Common {
            theme: shared.theme,
            look: shared.look,
            depth: shared.depth,
            colors: Arc::clone(&shared.colors),
            settings: shared.settings,
            columns: shared.columns.clone(),
            kept_columns: shared.kept_columns.clone(),
            kept: shared.kept.clone(),
            commands: self.commands.clone(),
            vendors: shared.vendors.clone(),
            lookups: shared.lookups.clone(),
        }
    }

    /// Takes over what another capture was shown with.
    pub fn set_common(&mut self, common: Common) {
        let shared = &mut self.shared;
        shared.theme = common.theme;
        shared.look = common.look;
        shared.settings = common.settings;
        shared.columns = common.columns;
        shared.kept_columns = common.kept_columns;
        shared.kept = common.kept;
        self.commands = common.commands;
        // The language may have changed, too.
        shared.reader.forget();
        self.panes.forget();
    }

    /// Takes over the commands that were typed.
    pub fn set_history(&mut self, commands: History) {
        self.commands = commands;
    }

    /// Shows another capture that is open.
    pub(super) fn show_tab(&mut self, tab: Tab) -> Effect {
        if self.shared.tabs.names.len() > 1 {
            return Effect::Leave(Leaving::Tab(tab));
        }
        self.message = Some(text!("message-no-other-tab").to_owned());
        Effect::None
    }

    /// Ends the program, unless a capture would lose something that was not saved.
    pub(super) fn leave_all(&mut self) -> Effect {
        match self.shared.tabs.names.len() {
            0 | 1 => self.leave(),
            _ => Effect::Leave(Leaving::QuitAll),
        }
    }

    /// Returns which part of the capture is shown, for the one that takes its place.
    pub fn shown(&mut self) -> Shown {
        Shown {
            ports: self.shared.ports.clone(),
            display: self.shared.display.stopped(),
            tcp_only: self.shared.tcp_only,
            with_findings: self.shared.with_findings,
        }
    }
}
