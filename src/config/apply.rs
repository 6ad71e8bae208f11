//! Applies the settings where the command line does not say otherwise.

use super::Config;
use crate::{
    cli::{Capture, Cli, Command, Decoding, Judging},
    columns::chosen::{AnyList, ColumnList},
    lang::Language,
    ui::{
        action::Binding,
        color_rules::{ColorRule, LineKind},
        keys,
        theme::{ColorDepth, Look},
    },
};
use ratatui::style::Style;
use std::sync::Arc;

impl Config {
    /// Returns the language.
    pub fn language(&self) -> Option<Language> {
        self.language
    }

    /// Returns the bindings of keys, if some are set.
    pub fn bindings(&self) -> Option<Vec<Binding>> {
        (!self.keys.is_empty()).then(|| keys::bind(&self.keys).0)
    }

    /// Returns the colours that replace those of a theme.
    pub fn colors(&self) -> Arc<[(&'static str, Style)]> {
        let colors = self.colors.iter();
        colors.map(|(name, style)| (*name, *style)).collect()
    }

    /// Returns the rules of colours, if they are set, in colours that the terminal shows.
    pub fn shown_color_rules(&self, look: Look, depth: ColorDepth) -> Option<Vec<ColorRule>> {
        let shown = |color| depth.shown(color).filter(|_| look != Look::Plain);
        let rules = self.color_rules.as_ref()?.iter().map(|rule| {
            let kind = match rule.kind {
                LineKind::Own(style) => LineKind::Own(Style {
                    fg: style.fg.and_then(shown),
                    bg: style.bg.and_then(shown),
                    ..style
                }),
                kind => kind,
            };
            ColorRule {
                kind,
                filter: rule.filter.clone(),
            }
        });
        Some(rules.collect())
    }

    /// Sets the options that the command line leaves open.
    pub fn apply(&self, cli: &mut Cli) {
        let glyphs = &mut cli.writing.glyphs;
        *glyphs = glyphs.or(self.glyphs);
        match &mut cli.command {
            None => self.apply_to_screen(cli),
            Some(command) => self.apply_to_command(command),
        }
    }

    fn apply_to_screen(&self, cli: &mut Cli) {
        self.apply_to_reading(&mut cli.reading);
        self.apply_to_judging(&mut cli.judging);
        self.apply_to_capture(&mut cli.capture);
        cli.theme = cli.theme.or(self.theme);
        if !cli.addresses && !cli.resolve {
            cli.addresses = self.names == Some(false);
            cli.resolve = self.resolve == Some(true) && !cli.addresses;
        }
        cli.time = cli.time.or(self.time);
        cli.absolute_seq |= self.absolute_seq == Some(true);
        cli.no_color_rules |= self.use_color_rules == Some(false);
        if cli.select.ports.is_empty() {
            cli.select.ports.extend(self.ports.clone());
        }
        let filter = &mut cli.select.display_filter;
        *filter = filter.take().or_else(|| self.filter.clone());
        let packets = self.packets.clone();
        let packets = packets.map(|ColumnList(columns)| AnyList::Packets(columns));
        let conversations = self.conversations.clone();
        let conversations =
            conversations.map(|ColumnList(columns)| AnyList::Conversations(Some(columns)));
        // Of two lists of one kind the later one applies.
        let lists = packets.into_iter().chain(conversations);
        cli.columns.splice(..0, lists);
    }

    fn apply_to_command(&self, command: &mut Command) {
        match command {
            Command::Conversations(args) => {
                self.apply_to_reading(&mut args.reading);
                self.apply_to_judging(&mut args.judging);
                self.apply_to_capture(&mut args.capture);
            }
            Command::Packets(args) => {
                self.apply_to_reading(&mut args.reading);
                self.apply_to_capture(&mut args.capture);
            }
            Command::Findings(args) => {
                self.apply_to_reading(&mut args.reading);
                self.apply_to_judging(&mut args.judging);
                self.apply_to_capture(&mut args.capture);
            }
            Command::Stats(args) => {
                self.apply_to_reading(&mut args.reading);
                self.apply_to_capture(&mut args.capture);
            }
            Command::Explain(args) => self.apply_to_reading(&mut args.reading),
            Command::Follow(args) => self.apply_to_reading(&mut args.reading),
            Command::Objects(args) => self.apply_to_reading(&mut args.reading),
            Command::Har(args) => self.apply_to_reading(&mut args.reading),
            Command::Export(args) => {
                self.apply_to_reading(&mut args.reading);
                self.apply_to_judging(&mut args.judging);
            }
            Command::Info(_)
            | Command::Save(_)
            | Command::Fields(_)
            | Command::Config(_)
            | Command::Man(_)
            | Command::Completions(_) => {}
        }
    }

    fn apply_to_reading(&self, reading: &mut Decoding) {
        reading.keep = reading.keep.or(self.keep);
        reading.memory = reading.memory.or(self.memory);
        reading.threads = reading.threads.or(self.threads);
        // Of two rules for one port the later one applies.
        reading
            .decode_as
            .splice(..0, self.decode_as.iter().cloned());
    }

    fn apply_to_judging(&self, judging: &mut Judging) {
        judging
            .thresholds
            .splice(..0, self.thresholds.values().copied());
        if judging.ignored.is_empty() {
            judging.ignored.clone_from(&self.ignore);
        }
    }

    fn apply_to_capture(&self, capture: &mut Capture) {
        if !capture.is_live() {
            return;
        }
        capture.snaplen = capture.snaplen.or(self.snapshot_length);
        capture.buffer = capture.buffer.or(self.buffer_size);
        capture.no_promiscuous |= self.promiscuous == Some(false);
    }
}
