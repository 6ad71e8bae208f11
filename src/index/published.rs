//! The data of a capture besides its packets: interfaces, comments, names, errors.

use crate::{
    capture::{Problem, Reader},
    lang::{Count, text},
    store::{About, Contents},
};

/// How much of the reader's data besides packets is in the store.
#[derive(Default)]
pub(super) struct Published {
    position: u64,
    interfaces: usize,
    diagnostics: usize,
    names: usize,
}

impl Published {
    pub fn is_all_of(&self, reader: &Reader) -> bool {
        self.position == reader.position()
            && self.interfaces == reader.interfaces().len()
            && self.diagnostics == reader.diagnostics().len()
            && reader.packet_comments().is_empty()
            && self.names == reader.named().len()
    }

    /// Adds the comments found so far.
    #[inline]
    pub fn add_comments(reader: &mut Reader, contents: &mut Contents) {
        if !reader.packet_comments().is_empty() {
            for (number, text) in reader.take_packet_comments() {
                contents.add_comment(number as u32, text);
            }
        }
    }

    /// Adds the data found so far.
    pub fn go_on(&mut self, reader: &mut Reader, contents: &mut Contents) {
        Published::add_comments(reader, contents);
        self.position = reader.position();
        contents.read = self.position;
        // There may be one before each packet: only the new ones are copied.
        match reader.interfaces().get(contents.interfaces.len()..) {
            Some(new) => contents.interfaces.extend_from_slice(new),
            None => contents.interfaces = reader.interfaces().to_vec(),
        }
        self.interfaces = reader.interfaces().len();
        for diagnostic in reader.diagnostics().iter().skip(self.diagnostics) {
            self.diagnostics += 1;
            contents.problems.push(match diagnostic.kind {
                Problem::Odd => text!("problem-nothing-lost", problem = diagnostic),
                _ => diagnostic.to_string(),
            });
        }
        for address in reader.named().iter().skip(self.names) {
            self.names += 1;
            if let Some(name) = reader.names().get(address) {
                contents.tracker.names.in_file(*address, name);
            }
        }
    }

    /// Finishes after everything was read.
    pub fn end(&mut self, reader: &mut Reader, contents: &mut Contents) {
        self.go_on(reader, contents);
        contents.damaged = reader.damaged();
        contents.interfaces = reader.interfaces().to_vec();
        contents.about = About {
            sections: reader.sections().to_vec(),
            names: reader.names().clone(),
            secrets: reader.secrets().to_vec(),
        };
        if reader.more_diagnostics() > 0 {
            let more = reader.more_diagnostics();
            contents
                .problems
                .push(text!("problem-more", more = Count(more)));
        }
        contents.tracker.finish();
        contents.finished = true;
    }
}
