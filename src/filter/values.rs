//! The values of chosen fields in packets, with their types, for tables. A packet is dissected only if its headers do not
//! show all of them; secrets are masked.

use super::{
    Filter, FrameData, Occurrences,
    headers::{Headers, HeadersRead, RecordRead},
    known,
    matcher::{COLUMN, ENDS, frame_data},
    value::Datum,
};
use crate::{
    store::{Store, Window},
    track::ConversationId,
    view::{Details, Viewer},
};
use dissectors::{FieldType, Tree};
use std::{collections::BTreeSet, io};

/// The first value of each field in a packet, in their order; none for one that it does not have.
pub type FirstValues = Vec<Option<Datum<'static>>>;

/// Reads the values of fields in packets, best in their order.
pub struct ValueReader {
    filter: Filter,
    needs: BTreeSet<&'static str>,
    headers: Headers,
    viewer: Viewer,
    details: Details,
    frame: FrameData,
    window: Window,
}

impl ValueReader {
    /// Returns a reader of these fields in the packets of a capture. None if one of them is not known.
    pub fn new(store: &Store, fields: &[&'static str]) -> Option<Self> {
        let filter: Filter = fields.join(" or ").parse().ok()?;
        let headers = Headers::of(&filter);
        let needs = filter.needs();
        // Nothing below messages is secret, but for bytes.
        let is_plain = |name: &&'static str| {
            let kind = known(name).map(|field| field.kind);
            !matches!(kind, None | Some(FieldType::Bytes))
        };
        let is_of_transport =
            !headers.need_above() && !headers.need_messages(&filter) && needs.iter().all(is_plain);
        let mut viewer = match is_of_transport {
            true => Viewer::of_transport(store.clone()),
            false => Viewer::new(store.clone()),
        };
        viewer.show_secrets = is_of_transport;
        viewer.reads_analysis = headers.need_analysis();
        let needs_line = needs.iter().any(|name| name.starts_with(COLUMN));
        let tree = match needs_line {
            true => Tree::default(),
            false => Tree::of_fields(needs.iter().copied().chain(ENDS)),
        };
        Some(ValueReader {
            details: Details {
                tree,
                ..Details::default()
            },
            filter,
            needs,
            headers,
            viewer,
            frame: FrameData::default(),
            window: Window::default(),
        })
    }

    /// Returns the values in a packet, if its headers show all of them.
    pub fn by_headers(&mut self, number: u32) -> Option<FirstValues> {
        let read = RecordRead::of(&self.viewer.store().read(), number, &self.headers)?;
        let packet = self
            .window
            .packet(self.viewer.store().bytes(), &read.record)?;
        let known = HeadersRead::new((&self.headers, &self.filter), &read, packet, None);
        self.filter.first_values(&known)
    }

    /// Returns the values in a packet that must be dissected.
    ///
    /// # Errors
    ///
    /// Fails if the packet can no longer be read.
    pub fn by_dissection(&mut self, number: u32) -> io::Result<FirstValues> {
        self.viewer.view(number, &mut self.details, true)?;
        let store = self.viewer.store().clone();
        self.frame = frame_data(&store.read(), number, &self.needs, &self.details);
        let found = Occurrences::of(&self.filter, &self.details, &self.frame);
        Ok(self.filter.first_values(&found).unwrap_or_default())
    }

    /// Forgets what it knows of a conversation, of which no packet follows.
    pub fn forget_conversation(&mut self, id: ConversationId) {
        self.viewer.forget_conversation(id);
    }
}
