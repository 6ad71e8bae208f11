//! The user's settings: `config.toml` and profiles in the program's directory of settings (XDG Base Directory
//! Specification).
//!
//! They are read before anything else, while the program may still be root: only a plain file of the user who runs it, of
//! a bounded size. Whatever is wrong in a file is a [`Problem`] with its place; the rest of the file applies, and the
//! defaults where it says nothing.

mod apply;
mod problem;
mod read;
mod sections;
mod source;
#[cfg(test)]
mod tests;
mod values;
mod write;

pub use problem::Problem;
pub use source::{ProfileError, Sources, path};
pub use write::write;

use crate::{
    cli::Rule,
    columns::{Column, chosen::ColumnList, packets::PacketColumn},
    filter::Filter,
    findings::{Kind, Threshold},
    glyphs::Glyphs,
    lang::Language,
    ports::Ports,
    retention::{Keep, Memory},
    times::TimeStyle,
    ui::{color_rules::ColorRule, keys::KeySetting, theme::Look},
};
use ratatui::style::Style;
use std::collections::BTreeMap;

/// What the user has set. What is not set has its default, which is that of the option of this name.
#[derive(Clone, Debug, Default)]
pub struct Config {
    language: Option<Language>,
    /// The colours of the screen.
    pub theme: Option<Look>,
    glyphs: Option<Glyphs>,
    keep: Option<Keep>,
    memory: Option<Memory>,
    threads: Option<usize>,
    decode_as: Vec<Rule>,
    ignore: Vec<Kind>,
    thresholds: BTreeMap<Kind, Threshold>,
    ports: Option<Ports>,
    filter: Option<Filter>,
    names: Option<bool>,
    resolve: Option<bool>,
    absolute_seq: Option<bool>,
    time: Option<TimeStyle>,
    use_color_rules: Option<bool>,
    /// The rules that colour packets.
    pub color_rules: Option<Vec<ColorRule>>,
    packets: Option<ColumnList<PacketColumn>>,
    conversations: Option<ColumnList<Column>>,
    /// Styles that replace those of the theme.
    pub colors: BTreeMap<&'static str, Style>,
    keys: Vec<KeySetting>,
    /// Whether captures and sessions are kept from run to run.
    pub remember: Option<bool>,
    snapshot_length: Option<u32>,
    buffer_size: Option<u32>,
    promiscuous: Option<bool>,
    /// What was written for a setting: its section and its name.
    written: BTreeMap<(&'static str, &'static str), String>,
}
