//! The settings: one table, from which files are read and written.

use super::{
    Config,
    values::{
        AUTO, Outcome, all, array, choice, entry, number, parsed, string, switch, table, unless,
        wrong,
    },
};
use crate::{
    cli::buffer_size,
    columns::{
        Column,
        chosen::{ColumnList, ListColumn},
        packets::PacketColumn,
    },
    findings::{Kind, Threshold, default_thresholds},
    lang::{TextId, text},
    times::TimeStyle,
    ui::{
        action::BINDINGS,
        color_rules::{self, ColorRule},
        keys::{self, KeySetting},
        settings::TimeFormat,
        theme::{Look, Theme, parse_style, style_words},
    },
};
use toml::de::DeValue;

/// A part of a file; the first one has no heading.
pub(super) struct Section {
    /// Its heading.
    pub name: &'static str,
    /// What it is about.
    pub help: TextId,
    /// Its settings.
    pub settings: fn() -> Vec<Setting>,
    /// Sets one of them.
    pub set: fn(&mut Config, &'static str, &DeValue) -> Outcome<()>,
}

/// A setting.
pub(super) struct Setting {
    /// Its name.
    pub name: &'static str,
    /// Its default as it is written in a file.
    pub default: String,
    /// What it does, if it is not said for the whole section.
    pub help: Option<TextId>,
}

/// The sections, in the order of the file.
pub(super) const SECTIONS: [Section; 6] = [
    Section {
        name: "",
        help: TextId("config-about"),
        settings: || GENERAL.iter().map(General::setting).collect(),
        set: |config, name, value| {
            let known = GENERAL.iter().find(|setting| setting.name == name);
            known.map_or(Ok(()), |setting| (setting.set)(config, value))
        },
    },
    Section {
        name: "columns",
        help: TextId("config-columns"),
        settings: || {
            vec![
                Setting {
                    name: "packets",
                    default: quoted(&names(PacketColumn::DEFAULT)),
                    help: None,
                },
                Setting {
                    name: "conversations",
                    default: quoted(AUTO),
                    help: None,
                },
            ]
        },
        set: columns,
    },
    Section {
        name: "thresholds",
        help: TextId("config-thresholds"),
        settings: || {
            let all = default_thresholds();
            all.map(|(kind, value)| Setting {
                name: kind.name(),
                default: quoted(&value.to_string()),
                help: None,
            })
            .collect()
        },
        set: threshold,
    },
    Section {
        name: "colors",
        help: TextId("config-colors"),
        settings: || {
            let mut dark = Theme::new(Look::Dark);
            let mut style = |name| dark.style_mut(name).map(|style| style_words(*style));
            let all = Theme::NAMES.map(|name| (name, style(name).unwrap_or_default()));
            all.map(|(name, default)| Setting {
                name,
                default: quoted(&default),
                help: None,
            })
            .into()
        },
        set: |config, name, value| {
            let words = string(value)?;
            let style = parse_style(words).map_err(|why| wrong(words, &why))?;
            config.colors.insert(name, style);
            Ok(())
        },
    },
    Section {
        name: "keys",
        help: TextId("config-keys"),
        settings: key_settings,
        set: key,
    },
    Section {
        name: "capture",
        help: TextId("config-capture"),
        settings: || {
            let all = [
                ("snapshot-length", "262144", TextId("arg-snapshot-length")),
                ("buffer-size", "\"64MiB\"", TextId("arg-buffer-size")),
                ("promiscuous", "true", TextId("config-promiscuous")),
            ];
            all.map(|(name, default, help)| Setting {
                name,
                default: default.to_owned(),
                help: Some(help),
            })
            .into()
        },
        set: |config, name, value| {
            match name {
                "snapshot-length" => config.snapshot_length = Some(number(value)?),
                "buffer-size" => {
                    let size = string(value)?;
                    let bytes = buffer_size(size).map_err(|why| wrong(size, &why))?;
                    config.buffer_size = Some(bytes);
                }
                _ => config.promiscuous = Some(switch(value)?),
            }
            Ok(())
        },
    },
];

/// A setting without a heading.
struct General {
    name: &'static str,
    default: &'static str,
    help: TextId,
    set: fn(&mut Config, &DeValue) -> Outcome<()>,
}

impl General {
    fn setting(&self) -> Setting {
        let default = match self.name {
            "color-rules" => color_rule_words(),
            _ => self.default.to_owned(),
        };
        Setting {
            name: self.name,
            default,
            help: Some(self.help),
        }
    }
}

const GENERAL: [General; 17] = [
    General {
        name: "language",
        default: "\"auto\"",
        help: TextId("config-language"),
        set: |config, value| choice(value).map(|it| config.language = it),
    },
    General {
        name: "theme",
        default: "\"auto\"",
        help: TextId("config-theme"),
        set: |config, value| choice(value).map(|it| config.theme = it),
    },
    General {
        name: "glyphs",
        default: "\"auto\"",
        help: TextId("arg-glyphs"),
        set: |config, value| choice(value).map(|it| config.glyphs = it),
    },
    General {
        name: "remember",
        default: "true",
        help: TextId("config-remember"),
        set: |config, value| switch(value).map(|it| config.remember = Some(it)),
    },
    General {
        name: "keep",
        default: "\"auto\"",
        help: TextId("config-keep"),
        set: |config, value| unless(AUTO, value).map(|it| config.keep = it),
    },
    General {
        name: "memory",
        default: "\"auto\"",
        help: TextId("config-memory"),
        set: |config, value| unless(AUTO, value).map(|it| config.memory = it),
    },
    General {
        name: "threads",
        default: "0",
        help: TextId("arg-threads"),
        set: |config, value| number(value).map(|it| config.threads = Some(it)),
    },
    General {
        name: "decode-as",
        default: "[]",
        help: TextId("config-decode-as"),
        set: |config, value| all(value).map(|it| config.decode_as = it),
    },
    General {
        name: "ignore",
        default: "[]",
        help: TextId("config-ignore"),
        set: |config, value| all(value).map(|it| config.ignore = it),
    },
    General {
        name: "ports",
        default: "\"\"",
        help: TextId("config-ports"),
        set: |config, value| unless("", value).map(|it| config.ports = it),
    },
    General {
        name: "filter",
        default: "\"\"",
        help: TextId("config-filter"),
        set: |config, value| unless("", value).map(|it| config.filter = it),
    },
    General {
        name: "names",
        default: "true",
        help: TextId("config-names"),
        set: |config, value| switch(value).map(|it| config.names = Some(it)),
    },
    General {
        name: "resolve",
        default: "false",
        help: TextId("config-resolve"),
        set: |config, value| switch(value).map(|it| config.resolve = Some(it)),
    },
    General {
        name: "time",
        default: "\"r\"",
        help: TextId("config-time"),
        set: time,
    },
    General {
        name: "absolute-seq",
        default: "false",
        help: TextId("config-absolute-seq"),
        set: |config, value| switch(value).map(|it| config.absolute_seq = Some(it)),
    },
    General {
        name: "use-color-rules",
        default: "true",
        help: TextId("config-use-color-rules"),
        set: |config, value| switch(value).map(|it| config.use_color_rules = Some(it)),
    },
    General {
        name: "color-rules",
        default: "",
        help: TextId("config-color-rules"),
        set: color_rules,
    },
];

fn time(config: &mut Config, value: &DeValue) -> Outcome<()> {
    let style: TimeStyle = parsed(value)?;
    if TimeFormat::of(style).is_none() {
        return Err(text!("cli-time-of-screen").to_owned());
    }
    config.time = Some(style);
    Ok(())
}

fn columns(config: &mut Config, name: &'static str, value: &DeValue) -> Outcome<()> {
    match name {
        "packets" => config.packets = unless(AUTO, value)?,
        _ => config.conversations = unless::<ColumnList<Column>>(AUTO, value)?,
    }
    Ok(())
}

fn threshold(config: &mut Config, name: &'static str, value: &DeValue) -> Outcome<()> {
    let words = match value.as_integer() {
        Some(number) => number.as_str(),
        None => string(value)?,
    };
    let threshold: Threshold = format!("{name}={words}").parse()?;
    let kind: Kind = name.parse()?;
    config.thresholds.insert(kind, threshold);
    Ok(())
}

fn color_rules(config: &mut Config, value: &DeValue) -> Outcome<()> {
    let mut rules = Vec::new();
    for rule in array(value)? {
        let rule = table(rule.get_ref())?;
        let filter = string(entry(rule, "filter")?.get_ref())?;
        let color = string(entry(rule, "color")?.get_ref())?;
        let rule = ColorRule::parse(color, filter).map_err(|why| wrong(filter, &why))?;
        rules.push(rule);
    }
    config.color_rules = Some(rules);
    Ok(())
}

/// Returns the names of the keys' rows, each once, with their keys.
fn key_settings() -> Vec<Setting> {
    let mut settings: Vec<Setting> = Vec::new();
    for row in BINDINGS {
        let name = keys::name(row);
        if settings.iter().all(|known| known.name != name) {
            let keys: Vec<_> = row.keys.iter().map(|key| quoted(key)).collect();
            settings.push(Setting {
                name,
                default: format!("[{}]", keys.join(", ")),
                help: Some(row.help),
            });
        }
    }
    settings
}

fn key(config: &mut Config, name: &'static str, value: &DeValue) -> Outcome<()> {
    let written = match value.as_str() {
        Some(key) => vec![key],
        None => {
            let keys = array(value)?.iter();
            keys.map(|key| string(key.get_ref()))
                .collect::<Result<_, _>>()?
        }
    };
    let keys = written.into_iter().map(keys::parse);
    let keys = keys.collect::<Result<Vec<_>, _>>()?;
    if name != "quit" && keys.iter().any(|key| key == keys::QUITS) {
        return Err(text!("config-quits", key = keys::QUITS));
    }
    config.keys.retain(|known| known.name != name);
    config.keys.push(KeySetting { name, keys });
    Ok(())
}

fn names<C: ListColumn>(columns: &[C]) -> String {
    let names: Vec<_> = columns.iter().map(|column| column.name()).collect();
    names.join(",")
}

fn color_rule_words() -> String {
    let rules = color_rules::defaults().map(|(color, filter)| {
        let (filter, color) = (quoted(filter), quoted(color));
        format!("  {{ filter = {filter}, color = {color} }},\n")
    });
    format!("[\n{}]", rules.collect::<String>())
}

/// Returns a text in the notation of TOML.
fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}
