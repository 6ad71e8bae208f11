//! Reads the packets of a conversation for its charts, a slice at a time.

use super::Model;
use crate::{
    statistics::MAX_POINTS,
    track::ConversationId,
    ui::reader::{Progress, Work},
    view::Viewer,
};
use parking_lot::Mutex;
use std::{sync::Arc, time::Instant};

/// Packets that are read before the pane may draw.
const SLICE: usize = 256;

/// Reads a conversation.
pub(super) struct ChartsWork {
    id: ConversationId,
    model: Arc<Mutex<Model>>,
}

impl ChartsWork {
    pub fn new(id: ConversationId, model: Arc<Mutex<Model>>) -> Self {
        ChartsWork { id, model }
    }

    /// Reads some packets; returns whether there were any, and whether there may be more.
    fn read(&self, viewer: &mut Viewer) -> (bool, bool) {
        let (behind, limit, count) = {
            let model = self.model.lock();
            let points = model.trace.points();
            let last = points.last().map_or(0, |point| point.packet);
            (last.max(model.read_to), model.limit, points.len())
        };
        if count >= MAX_POINTS && self.model.lock().trace.is_full() {
            return (false, false);
        }
        let read = viewer.entries(self.id, behind, limit, SLICE);
        let (entries, all) = match read {
            Ok(read) => read,
            Err(error) => {
                self.model.lock().trouble = Some(error.to_string());
                return (true, false);
            }
        };
        let contents = viewer.store().read();
        let Some(conversation) = contents.tracker.get(self.id) else {
            return (false, false);
        };
        let tcp = conversation.tcp();
        let mut model = self.model.lock();
        for entry in &entries {
            model.read_to = model.read_to.max(entry.packet);
            if let Some(record) = contents.packets.get(entry.packet) {
                let (time_ns, length) = (record.order_ns, record.original);
                model.trace.add(entry, time_ns, length, &tcp);
            }
        }
        (!entries.is_empty(), !all)
    }
}

impl Work for ChartsWork {
    fn advance(&mut self, viewer: &mut Viewer, until: Instant) -> Progress {
        let mut progress = Progress::default();
        loop {
            let (some, more) = self.read(viewer);
            progress.changed |= some;
            progress.more = more;
            if !more || Instant::now() >= until {
                break;
            }
        }
        let mut model = self.model.lock();
        progress.changed |= model.is_reading != progress.more;
        model.is_reading = progress.more;
        progress.grows = !model.made_for.finished && !model.trace.is_full();
        progress
    }

    fn fail(&mut self, reason: &str) {
        let mut model = self.model.lock();
        model.is_reading = false;
        model.trouble = Some(reason.to_owned());
    }
}
