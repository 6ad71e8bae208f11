//! The display filter and the columns of the lists.

use super::App;
use crate::{
    columns::{
        chosen::{self, AnyList, Chosen},
        packets::PacketColumn,
    },
    filter::Filter as PacketFilter,
    format::printable,
    lang::text,
    store::Contents,
    ui::{display_filter::Combine, field_values::FieldValues, filter_line::Known, prompt::Prompt},
};

impl App {
    /// Lists packets again whose results of the display filter have changed.
    pub(super) fn sync_display_filter(&mut self) {
        let now = self.matched_by_now();
        let before = std::mem::replace(&mut self.matched, now);
        let revision = self.shared.display.revision();
        // A packet that is found shows the earlier ones of its conversation.
        let shows_more = self.shared.display.whole && before != self.matched;
        if std::mem::replace(&mut self.revision, revision) < revision || shows_more {
            self.panes.refilter();
        }
    }

    pub(super) fn matched_by_now(&self) -> (u64, bool) {
        let display = &self.shared.display;
        let is_searching = display.is_searching(&self.shared.store.read());
        (display.version(), !is_searching)
    }

    /// Applies a display filter, or shows everything. `${…}` refers to the packet that is chosen now.
    pub(super) fn set_display_filter(&mut self, filter: Option<PacketFilter>) {
        let text = |filter: Option<&PacketFilter>| filter.map(ToString::to_string);
        let words = text(filter.as_ref());
        let refers = filter.as_ref().is_some_and(PacketFilter::has_references);
        if text(self.shared.display.filter()) != words || refers {
            let chosen = self.referred_packet();
            self.shared.display.set(filter, chosen);
            if let Some(words) = words {
                self.shared.kept.add(&words);
            }
            self.search();
        }
    }

    /// Returns the packet that `${…}` refers to: the chosen one, or the first one of the chosen conversation.
    fn referred_packet(&self) -> Option<u32> {
        let first = |id| self.shared.store.read().first_of(id);
        let chosen = self.chosen_packet();
        chosen.or_else(|| first(self.chosen_conversation()?))
    }

    /// Tells the line of the display filter what became of a change of the filters that have a name.
    pub(super) fn filters_kept(&mut self, done: Result<String, String>) {
        let line = self.prompt.as_mut().and_then(Prompt::filter_line);
        if let Some(line) = line {
            let (Ok(words) | Err(words)) = done;
            line.take_named(&self.shared.kept, words);
        }
    }

    /// Searches the values of the field that is being completed, and offers those that were found.
    pub(super) fn sync_filter_line(&mut self) {
        let line = self.prompt.as_mut().and_then(Prompt::filter_line);
        let field = line.as_ref().and_then(|line| line.field());
        let before = self.values.as_ref().map(|values| &*values.field);
        if field != before {
            let shared = &self.shared;
            let show_secrets = shared.settings.show_secrets;
            let search =
                |field| FieldValues::search(&shared.reader, &shared.store, field, show_secrets);
            self.values = field.and_then(search);
        }
        if let (Some(line), Some(values)) = (line, &self.values) {
            line.take_values(values);
        }
    }

    /// Applies the display filter from the first packet on.
    pub(super) fn search(&mut self) {
        let shared = &mut self.shared;
        shared.display.search(&shared.reader, &shared.store);
        self.revision = 0;
        self.panes.refilter();
    }

    /// Asks for a display filter.
    pub(super) fn ask_display_filter(&mut self) {
        let display = &self.shared.display;
        let now = display.filter().map_or(String::new(), ToString::to_string);
        let known = Known {
            used: self.shared.kept.used().to_vec(),
            named: self.shared.kept.named().to_vec(),
            protocols: protocols(&self.shared.store.read()),
            chosen: self.referred_packet(),
        };
        self.prompt = Some(Prompt::filter(now, known));
    }

    /// Applies the filter of a field or of a row.
    pub(super) fn filter_by(&mut self, filter: &str, how: Combine) {
        let before = self.shared.display.filter().map(ToString::to_string);
        let words = how.apply(before.as_deref(), filter);
        self.message = Some(match words.parse::<PacketFilter>() {
            Ok(parsed) => {
                self.set_display_filter(Some(parsed));
                text!("message-filtered", filter = printable(&words))
            }
            Err(_) => text!("message-no-filter", field = printable(filter)),
        });
    }

    /// Adds a column of a field to the list of packets, before the summary; or removes it.
    pub(super) fn switch_column(&mut self, name: &str) {
        let Some(filter) = chosen::field(name) else {
            self.message = Some(text!("message-no-column", field = printable(name)));
            return;
        };
        let mut columns = self.shared.columns.packets().to_vec();
        let before = columns.len();
        columns.retain(|column| column.filter().is_none() || column.name() != name);
        let field = printable(name);
        self.message = Some(match columns.len() < before {
            true => text!("message-column-removed", field),
            false => {
                let info = columns
                    .iter()
                    .position(|one| one.own() == Some(PacketColumn::Info));
                columns.insert(info.unwrap_or(before), Chosen::field(filter));
                text!("message-column-added", field)
            }
        });
        self.set_columns(AnyList::Packets(columns));
    }

    /// Changes the columns of a list, also for the next run.
    pub(super) fn set_columns(&mut self, list: AnyList) {
        let kept = self.shared.kept_columns.keep(&list);
        self.shared.columns.set(list);
        if let Err(why) = kept {
            self.message = Some(why);
        }
    }

    /// Shows all packets of the conversations that the display filter finds, or only those for which it holds.
    pub(super) fn switch_whole(&mut self) {
        let whole = &mut self.shared.display.whole;
        *whole = !*whole;
        self.message = Some(match *whole {
            true => text!("message-whole-conversations").to_owned(),
            false => text!("message-packets-only").to_owned(),
        });
        self.panes.refilter();
    }
}

/// Returns the names of the protocols that packets have.
pub(super) fn protocols(contents: &Contents) -> Vec<&'static str> {
    let rows = contents.statistics.hierarchy.rows();
    rows.into_iter().map(|row| row.name).collect()
}
