//! The captures that are open on the screen, each in a tab.

use crate::reading::Reading;
use std::{
    io,
    mem::ManuallyDrop,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use wiretalk::{
    capture::live::Live,
    store::Store,
    ui::{
        App, Common, Shared, Shown, Tab as Wanted, Tabs as Names,
        live_findings::LiveFindings,
        rates::LiveRates,
        reader::Reader as PacketReader,
        recent::{Recent, Session},
    },
};

/// A capture that is open.
pub struct Tab {
    /// What reads it.
    pub reading: Reading,
    /// Its path, if it is a file.
    pub path: Option<PathBuf>,
    /// Stops reading it.
    pub stop: Arc<AtomicBool>,
    /// What is shown of it.
    pub app: App,
}

impl Tab {
    /// Shows a capture that is being read.
    pub fn new(
        (reading, path, stop): (Reading, Option<PathBuf>, Arc<AtomicBool>),
        common: Common,
        shown: Shown,
    ) -> io::Result<Self> {
        let app = app(&reading, common, shown)?;
        Ok(Tab {
            reading,
            path,
            stop,
            app,
        })
    }

    /// Shows the capture that takes its place.
    pub fn replace(
        &mut self,
        (reading, path, stop): (Reading, Option<PathBuf>, Arc<AtomicBool>),
    ) -> io::Result<()> {
        let shown = self.app.shown();
        let tab = Tab::new((reading, path, stop), self.app.common(), shown)?;
        std::mem::replace(self, tab).close();
        Ok(())
    }

    /// Shows the live capture that has begun again.
    pub fn restart(&mut self, reading: Reading) -> io::Result<()> {
        let shown = self.app.shown();
        self.app = app(&reading, self.app.common(), shown)?;
        // The dropped capture ends by itself: no more files are sent to it.
        forget(std::mem::replace(&mut self.reading, reading));
        Ok(())
    }

    /// Keeps where it was left.
    pub fn keep(&self, recent: &mut Recent, state: Option<&Path>) {
        if let Some(path) = &self.path {
            recent.keep(self.app.session(Session::of(path)), state);
        }
    }

    /// Ends it, while others continue.
    fn close(self) {
        self.stop.store(true, Ordering::Relaxed);
        drop(self.app);
        if let Some(live) = &self.reading.live {
            live.stop();
        }
        forget(self.reading);
    }
}

/// Frees the memory of a capture, which is not done at the end of the program.
fn forget(reading: Reading) {
    drop(ManuallyDrop::into_inner(reading.store));
}

fn app(reading: &Reading, common: Common, shown: Shown) -> io::Result<App> {
    let store = Store::clone(&reading.store);
    let mut app = App::new(Shared {
        reader: PacketReader::start(store.clone())?,
        store,
        index: reading.commands.clone(),
        name: reading.name.clone(),
        tabs: Names::default(),
        theme: common.theme,
        look: common.look,
        depth: common.depth,
        colors: common.colors,
        settings: common.settings,
        columns: common.columns,
        ports: shown.ports,
        display: shown.display,
        kept: common.kept,
        kept_columns: common.kept_columns,
        tcp_only: shown.tcp_only,
        with_findings: shown.with_findings,
        marks: Default::default(),
        references: Arc::default(),
        live: reading.live.clone(),
        vendors: common.vendors,
        lookups: common.lookups,
        rates: LiveRates::default(),
        findings: LiveFindings::default(),
        confinement: reading.confinement.clone(),
    });
    app.set_history(common.commands);
    Ok(app)
}

/// All of them.
pub struct Tabs {
    tabs: Vec<Tab>,
    at: usize,
}

impl Tabs {
    /// Returns the first one.
    pub fn new(first: Tab) -> Self {
        Tabs {
            tabs: vec![first],
            at: 0,
        }
    }

    /// Returns the one that is shown.
    pub fn current(&mut self) -> &mut Tab {
        let names = self.tabs.iter().map(|tab| tab.reading.name.clone());
        let names = Names {
            names: names.collect(),
            at: self.at,
        };
        let tab = &mut self.tabs[self.at];
        tab.app.shared.tabs = names;
        tab
    }

    /// Shows a new one behind the one that is shown.
    pub fn open(&mut self, tab: Tab) {
        self.at += 1;
        self.tabs.insert(self.at, tab);
    }

    /// Shows another one.
    pub fn show(&mut self, wanted: Wanted) {
        let count = self.tabs.len();
        let at = match wanted {
            Wanted::By(steps) => (self.at as isize + steps).rem_euclid(count as isize) as usize,
            Wanted::Number(number) => number.clamp(1, count) - 1,
        };
        self.go(at);
    }

    fn go(&mut self, at: usize) {
        if at != self.at {
            let common = self.tabs[self.at].app.common();
            self.at = at;
            self.tabs[at].app.set_common(common);
        }
    }

    /// Closes the one that is shown, unless it is the only one: returns false then.
    pub fn close(&mut self) -> bool {
        if self.tabs.len() == 1 {
            return false;
        }
        let tab = self.tabs.remove(self.at);
        self.at = self.at.min(self.tabs.len() - 1);
        self.tabs[self.at].app.set_common(tab.app.common());
        tab.close();
        true
    }

    /// Shows the first one that would lose something if the program ended, and lets it ask; returns false if there is
    /// none.
    pub fn ask(&mut self) -> bool {
        let Some(at) = self.tabs.iter().position(|tab| tab.app.is_unsaved()) else {
            return false;
        };
        self.go(at);
        self.tabs[at].app.ask_of_all();
        true
    }

    /// Keeps where all of them were left.
    pub fn keep(&self, recent: &mut Recent, state: Option<&Path>) {
        // The one that is shown is the last one opened.
        let (before, after) = self.tabs.split_at(self.at);
        let all = before
            .iter()
            .chain(after.iter().skip(1))
            .chain(after.first());
        all.for_each(|tab| tab.keep(recent, state));
    }

    /// Ends all of them.
    pub fn end(mut self) -> anyhow::Result<ExitCode> {
        let last = self.tabs.remove(self.at);
        for tab in &self.tabs {
            tab.stop.store(true, Ordering::Relaxed);
            tab.reading.live.as_deref().map(Live::stop);
        }
        for tab in self.tabs {
            drop(tab.app);
            // What was captured is written to its end.
            if tab.reading.live.is_some() {
                tab.reading.end()?;
            }
        }
        last.stop.store(true, Ordering::Relaxed);
        // The index ends when its last handle is dropped.
        drop(last.app);
        last.reading.end()
    }
}
