//! The options of tshark's output: `-T`, `-e`, `-E`, and those that go with them.

use crate::{
    filter::Filter,
    lang::text,
    report::{Form, Layout, TsharkOptions, Wanted},
};
use clap::Args;

/// The options of tshark's output.
#[derive(Args, Debug, Default, Clone)]
#[command(next_help_heading = text!("help-heading-tshark"))]
pub struct Tshark {
    /// The format.
    #[arg(short = 'T', value_name = "FORMAT", conflicts_with_all = ["json", "csv"], help = text!("arg-tshark-format"))]
    pub form: Option<Form>,
    /// The fields that are written.
    #[arg(short = 'e', value_name = "FIELD", requires = "form", help = text!("arg-tshark-field"))]
    pub fields: Vec<Wanted>,
    /// How `-T fields` is written.
    #[arg(short = 'E', value_name = "RULE", requires = "form", value_delimiter = None, help = text!("arg-tshark-layout"))]
    pub rules: Vec<String>,
    /// The layers that are written.
    #[arg(short = 'J', value_name = "PROTOCOLS", requires = "form", help = text!("arg-tshark-layers"))]
    pub layers: Option<String>,
    /// Merges equal keys of JSON.
    #[arg(long, requires = "form", help = text!("arg-no-duplicate-keys"))]
    pub no_duplicate_keys: bool,
    /// Reads the capture before packets are written.
    #[arg(short = '2', help = text!("arg-two-passes"))]
    pub two_passes: bool,
    /// A filter before the display filter.
    #[arg(
        short = 'R',
        long = "read-filter",
        value_name = "FILTER",
        requires = "two_passes",
        allow_hyphen_values = true,
        help = text!("arg-read-filter")
    )]
    pub read_filter: Option<Filter>,
    /// Writes each packet at once.
    #[arg(short = 'l', help = text!("arg-line-buffered"))]
    pub line_buffered: bool,
}

impl Tshark {
    /// Returns the options of the output, if it is to be as tshark's.
    ///
    /// # Errors
    ///
    /// Fails with what is wrong.
    pub fn options(&self, to_terminal: bool) -> Result<Option<TsharkOptions>, String> {
        let Some(form) = self.form else {
            return Ok(None);
        };
        let takes_fields = matches!(form, Form::Fields | Form::Json | Form::Ek | Form::Pdml);
        match (form, self.fields.is_empty()) {
            (Form::Fields, true) => return Err(text!("tshark-no-fields").to_owned()),
            (_, false) if !takes_fields => return Err(text!("tshark-takes-no-fields").to_owned()),
            _ => {}
        }
        let mut layout = Layout::default();
        for rule in &self.rules {
            layout.set(rule)?;
        }
        let layers = self
            .layers
            .iter()
            .flat_map(|names| names.split_whitespace());
        Ok(Some(TsharkOptions {
            form,
            fields: self.fields.clone(),
            layout,
            layers: layers.map(str::to_owned).collect(),
            merges_keys: self.no_duplicate_keys,
            to_terminal,
        }))
    }
}
