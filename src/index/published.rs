//! The data of a capture besides its packets: interfaces, comments, names, errors.

use crate::{
    capture::{Interface, Problem, Reader},
    lang::{Count, text},
    store::{About, Contents},
    track::ApplicationTracker,
};
use std::{collections::VecDeque, net::IpAddr};

/// How much of the reader's data besides packets was handed over.
#[derive(Default)]
pub(super) struct Published {
    position: u64,
    interfaces: usize,
    diagnostics: usize,
    names: usize,
}

/// Data besides packets that the reader found, in the order in which the store is given it.
#[derive(Default)]
pub(super) struct News {
    position: u64,
    /// The interfaces from this index on.
    interfaces: (usize, Vec<Interface>),
    /// Comments on packets, with their numbers, ascending.
    comments: VecDeque<(u64, String)>,
    problems: Vec<String>,
    names: Vec<(IpAddr, String)>,
}

impl News {
    /// Adds the comments found so far: those on the packets up to the last one.
    #[inline(always)]
    pub fn add_comments(&mut self, reader: &mut Reader) {
        if !reader.packet_comments().is_empty() {
            self.comments.extend(reader.take_packet_comments());
        }
    }

    /// Puts the interfaces into the store, before the packets that name them.
    pub fn interfaces_to(&mut self, contents: &mut Contents) {
        let (from, new) = &mut self.interfaces;
        if !new.is_empty() {
            contents.interfaces.truncate(*from);
            contents.interfaces.append(new);
        }
    }

    /// Puts the comments on the packets up to the last one into the store.
    #[inline]
    pub fn comments_to(&mut self, contents: &mut Contents) {
        if !self.comments.is_empty() {
            self.some_comments_to(contents);
        }
    }

    #[cold]
    fn some_comments_to(&mut self, contents: &mut Contents) {
        let last = contents.packets.len() as u64;
        while let Some((number, _)) = self.comments.front()
            && *number <= last
            && let Some((number, text)) = self.comments.pop_front()
        {
            contents.add_comment(number as u32, text);
        }
    }

    /// Puts everything else into the store but the names.
    pub fn rest_to(&mut self, contents: &mut Contents) {
        for (number, text) in self.comments.drain(..) {
            contents.add_comment(number as u32, text);
        }
        contents.read = self.position;
        contents.problems.append(&mut self.problems);
    }

    /// Adds the names of addresses.
    pub fn names_to(&mut self, application: &mut ApplicationTracker) {
        for (address, name) in self.names.drain(..) {
            application.names.in_file(address, &name);
        }
    }
}

impl Published {
    /// Whether the reader found nothing since [`Published::gather`].
    pub fn is_all_of(&self, reader: &Reader) -> bool {
        self.position == reader.position()
            && self.interfaces == reader.interfaces().len()
            && self.diagnostics == reader.diagnostics().len()
            && reader.packet_comments().is_empty()
            && self.names == reader.named().len()
    }

    /// Adds what was found since the last time to `news`.
    pub fn gather(&mut self, reader: &mut Reader, news: &mut News) {
        news.add_comments(reader);
        self.position = reader.position();
        news.position = self.position;
        // There may be one before each packet: only the new ones are copied.
        let interfaces = reader.interfaces();
        if self.interfaces != interfaces.len() {
            let from = match interfaces.len() < self.interfaces {
                true => 0,
                false => self.interfaces,
            };
            news.interfaces = (from, interfaces.get(from..).unwrap_or_default().to_vec());
            self.interfaces = interfaces.len();
        }
        for diagnostic in reader.diagnostics().iter().skip(self.diagnostics) {
            self.diagnostics += 1;
            news.problems.push(match diagnostic.kind {
                Problem::Odd => text!("problem-nothing-lost", problem = diagnostic),
                _ => diagnostic.to_string(),
            });
        }
        for address in reader.named().iter().skip(self.names) {
            self.names += 1;
            if let Some(name) = reader.names().get(address) {
                news.names.push((*address, name.clone()));
            }
        }
    }

    /// Goes on with another file of a live capture, whose interfaces are those of the file before it.
    pub fn begin(&mut self) {
        *self = Published {
            interfaces: self.interfaces,
            ..Published::default()
        };
    }

    /// Finishes after everything was read.
    pub fn end(reader: &Reader, contents: &mut Contents) {
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
