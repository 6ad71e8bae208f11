//! The options of tshark's formats: `-T`, `-e`, `-E`.

use super::columns;
use crate::{
    filter::{known, unknown},
    lang::text,
};
use std::str::FromStr;

/// A format of `-T`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A line for each packet.
    Text,
    /// The same with tabs between columns.
    Tabs,
    /// The same in XML.
    Psml,
    /// The tree in XML.
    Pdml,
    /// The tree in JSON.
    Json,
    /// The tree in JSON for Elasticsearch.
    Ek,
    /// The values of chosen fields.
    Fields,
}

impl FromStr for Form {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "text" => Form::Text,
            "tabs" => Form::Tabs,
            "psml" => Form::Psml,
            "pdml" => Form::Pdml,
            "json" => Form::Json,
            "ek" => Form::Ek,
            "fields" => Form::Fields,
            _ => return Err(text!("tshark-not-a-format", text)),
        })
    }
}

/// A field or a column that is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its name as it was given.
    pub(super) spelled: String,
    pub(super) choice: Choice,
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// A field.
    Field(&'static str),
    /// A column of the list, by its position.
    Column(usize),
}

/// Fields that are in trees, and that filters do not know.
const ONLY_SHOWN: [&str; 1] = ["text"];

impl FromStr for Wanted {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let column = name.strip_prefix("_ws.col.").and_then(columns::position);
        let field = || known(name).map(|known| known.name);
        let shown = || ONLY_SHOWN.into_iter().find(|shown| *shown == name);
        let choice = match column {
            Some(position) => Choice::Column(position),
            None => Choice::Field(field().or_else(shown).ok_or_else(|| unknown(name))?),
        };
        Ok(Wanted {
            spelled: name.to_owned(),
            choice,
        })
    }
}

/// Which occurrences of a field are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Occurrence {
    First,
    Last,
    #[default]
    All,
}

/// How `-T fields` is written: a rule of `-E` after another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    pub(super) bom: bool,
    pub(super) header: bool,
    pub(super) separator: char,
    pub(super) occurrence: Occurrence,
    pub(super) aggregator: char,
    pub(super) quote: Option<char>,
}

impl Default for Layout {
    fn default() -> Self {
        Layout {
            bom: false,
            header: false,
            separator: '\t',
            occurrence: Occurrence::All,
            aggregator: ',',
            quote: None,
        }
    }
}

impl Layout {
    /// Applies a rule such as `header=y`.
    ///
    /// # Errors
    ///
    /// Fails if it is none.
    pub fn set(&mut self, rule: &str) -> Result<(), String> {
        let wrong = || text!("tshark-not-a-rule", rule);
        let (name, value) = rule.split_once('=').ok_or_else(wrong)?;
        let switch = || match value {
            "y" | "Y" => Ok(true),
            "n" | "N" => Ok(false),
            _ => Err(wrong()),
        };
        let character = || {
            let mut letters = value.chars();
            match (value, letters.next(), letters.next()) {
                ("/t", ..) => Ok('\t'),
                ("/s", ..) => Ok(' '),
                (_, Some(letter), None) => Ok(letter),
                _ => Err(wrong()),
            }
        };
        match name {
            "bom" => self.bom = switch()?,
            "header" => self.header = switch()?,
            "separator" => self.separator = character()?,
            "aggregator" => self.aggregator = character()?,
            "occurrence" => {
                self.occurrence = match value {
                    "f" => Occurrence::First,
                    "l" => Occurrence::Last,
                    "a" => Occurrence::All,
                    _ => return Err(wrong()),
                };
            }
            "quote" => {
                self.quote = match value {
                    "d" => Some('"'),
                    "s" => Some('\''),
                    "n" => None,
                    _ => return Err(wrong()),
                };
            }
            _ => return Err(wrong()),
        }
        Ok(())
    }
}

/// The options of tshark's formats.
#[derive(Clone, Debug)]
pub struct TsharkOptions {
    /// The format.
    pub form: Form,
    /// The fields; those of the whole tree if there is none.
    pub fields: Vec<Wanted>,
    /// How fields are written.
    pub layout: Layout,
    /// The layers that are written; all if there is none.
    pub layers: Vec<String>,
    /// Whether equal keys of JSON are merged.
    pub merges_keys: bool,
    /// Whether the output is a terminal, where control characters are shown.
    pub to_terminal: bool,
}

impl TsharkOptions {
    /// Whether fields of packets are needed, not just their lines.
    pub(super) fn needs_tree(&self) -> bool {
        match self.form {
            Form::Text | Form::Tabs | Form::Psml => false,
            Form::Pdml | Form::Json | Form::Ek | Form::Fields => {
                let is_line = |wanted: &Wanted| matches!(wanted.choice, Choice::Column(_));
                self.fields.is_empty() || !self.fields.iter().all(is_line)
            }
        }
    }

    /// Whether a layer is written.
    pub(super) fn shows(&self, layer: &str) -> bool {
        self.layers.is_empty() || self.layers.iter().any(|shown| shown == layer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_those_of_tshark() {
        let mut layout = Layout::default();
        for rule in [
            "header=y",
            "separator=/s",
            "occurrence=l",
            "aggregator=;",
            "quote=d",
            "bom=y",
        ] {
            layout.set(rule).unwrap();
        }
        let expected = Layout {
            bom: true,
            header: true,
            separator: ' ',
            occurrence: Occurrence::Last,
            aggregator: ';',
            quote: Some('"'),
        };
        assert_eq!(layout, expected);
        for wrong in [
            "header",
            "header=maybe",
            "separator=",
            "separator=ab",
            "quote=x",
            "x=y",
        ] {
            assert!(layout.set(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn fields_are_known() {
        let choice = |name: &str| name.parse::<Wanted>().map(|wanted| wanted.choice);
        assert_eq!(choice("ip.addr"), Ok(Choice::Field("ip.addr")));
        assert_eq!(choice("_ws.col.Info"), Ok(Choice::Column(6)));
        assert_eq!(choice("_ws.col.def_src"), Ok(Choice::Column(2)));
        assert!(choice("ip.adr").unwrap_err().contains("ip.addr"));
    }
}
