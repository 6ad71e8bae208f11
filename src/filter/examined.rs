//! Several filters and one packet that was read: rules of colours, and fields as columns.

use super::{
    Filter, FrameData, Occurrences,
    check::{Term, Test},
    matcher::frame_data,
};
use crate::{store::Contents, view::Details};
use std::collections::BTreeSet;

/// The maximum length of a column's text, bytes: more fits on no screen.
const MAX_TEXT: usize = 400;

/// A packet that was read with its fields, and what its record says.
pub struct Examined<'a> {
    details: &'a Details,
    frame: FrameData,
}

impl<'a> Examined<'a> {
    /// Takes a packet for these filters.
    pub fn new<'f>(
        contents: &Contents,
        number: u32,
        details: &'a Details,
        filters: impl IntoIterator<Item = &'f Filter>,
    ) -> Self {
        let needs: BTreeSet<_> = filters.into_iter().flat_map(Filter::needs).collect();
        Examined {
            details,
            frame: frame_data(contents, number, &needs, details),
        }
    }

    /// Whether a filter holds for it.
    pub fn holds(&self, filter: &Filter) -> bool {
        filter.holds(&self.found(filter), None)
    }

    /// Returns the values of the field that a filter names, as `tshark -T fields` writes them: separated by commas. Of
    /// several fields it is the first that the packet has; a field that is only there or not is `1`.
    pub fn text(&self, filter: &Filter) -> String {
        let mut text = String::new();
        for value in self.values(filter) {
            if text.len() > MAX_TEXT {
                break;
            }
            if !text.is_empty() {
                text.push(',');
            }
            text.push_str(&value);
        }
        text
    }

    /// Returns each of these values.
    pub fn values(&self, filter: &Filter) -> Vec<String> {
        let found = self.found(filter);
        let test = filter.test.as_ref();
        test.map_or(Vec::new(), |test| values(test, &found))
    }

    fn found(&self, filter: &Filter) -> Occurrences<'_> {
        Occurrences::of(filter, self.details, &self.frame)
    }
}

fn values(test: &Test, found: &Occurrences) -> Vec<String> {
    match test {
        Test::Exists(Term::Field(field)) => found.texts(field),
        Test::Or(list) => {
            let all = list.iter().map(|test| values(test, found));
            all.into_iter()
                .find(|it| !it.is_empty())
                .unwrap_or_default()
        }
        _ => Vec::new(),
    }
}
