//! The texts that the program shows. They are in `en.ftl` and `ko.ftl`, in the language of Project Fluent; the code only
//! names them: `text!("verdict-open", lasted)`. Names of fields, Info and notes of packets come from `dissectors` and are
//! English everywhere.
//!
//! A text is a whole sentence, or a clause that follows another one after a semicolon: only then can another language
//! order its words. The varying parts are variables. Counts are given as [`Count`], so that the text can choose between
//! singular and plural; everything else (ports, packet numbers, sequence numbers) is inserted as it is. A key that the user
//! may set is `{ KEY("mark") }`, by its name in the settings.

mod particle;
#[cfg(test)]
mod tests;

pub use crate::text;

use crate::{format::grouped, ui::keys};
use dissectors::{OsiLayer, Side};
use fluent_bundle::{
    FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle, types::FluentNumber,
};
use fluent_syntax::ast;
use std::{
    collections::HashMap,
    ffi::{OsStr, OsString},
    fmt::Display,
    sync::{
        LazyLock,
        atomic::{AtomicBool, Ordering},
    },
};

const ENGLISH: &str = include_str!("en.ftl");
const KOREAN: &str = include_str!("ko.ftl");

/// The language of the texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Language {
    /// English.
    #[default]
    #[value(help = "English")]
    En,
    /// Korean.
    #[value(help = "한국어")]
    Ko,
}

/// The variables of the environment that name the language of messages; the first one that is not empty decides.
const VARIABLES: [&str; 3] = ["LC_ALL", "LC_MESSAGES", "LANG"];

impl Language {
    /// Returns the language that the environment asks for.
    pub fn of_environment(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let mut values = VARIABLES.into_iter().filter_map(variable);
        let decides = values.find(|value| !value.is_empty());
        match decides.as_deref().and_then(OsStr::to_str) {
            Some(locale) if locale.starts_with("ko") => Language::Ko,
            _ => Language::En,
        }
    }

    /// Returns its name in locales, which is that of `--lang`.
    pub fn name(self) -> &'static str {
        match self {
            Language::En => "en",
            Language::Ko => "ko",
        }
    }
}

/// Whether the chosen language is Korean rather than English.
static IS_KOREAN: AtomicBool = AtomicBool::new(false);

/// Chooses the language of the texts from now on.
pub fn choose(language: Language) {
    IS_KOREAN.store(language == Language::Ko, Ordering::Relaxed);
}

/// Returns the chosen language.
pub fn chosen() -> Language {
    match IS_KOREAN.load(Ordering::Relaxed) {
        true => Language::Ko,
        false => Language::En,
    }
}

/// Returns a text of `en.ftl` by its name, with its variables: `text!("message-packet-marked", number)`, or
/// `number = step.packet` if the variable has another name. Without variables it is a `&'static str`, with them a
/// `String`.
#[macro_export]
macro_rules! text {
    ($id:literal) => {
        $crate::lang::fixed($id)
    };
    ($id:literal, $($name:ident $(= $value:expr)?),+ $(,)?) => {
        $crate::lang::formatted(
            $id,
            [$((stringify!($name), $crate::lang::variable($crate::text!(@value $name $(= $value)?)))),+],
        )
    };
    (@value $name:ident) => { &$name };
    (@value $name:ident = $value:expr) => { &$value };
}

/// The name of a text without variables, for tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextId(pub &'static str);

impl TextId {
    /// Returns the text itself.
    pub fn text(self) -> &'static str {
        fixed(self.0)
    }
}

/// A number of things: its text has a singular and a plural, and its thousands are separated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count(pub u64);

/// A value for a variable of a text.
pub trait Variable {
    /// Returns Fluent's value.
    fn value(&self) -> FluentValue<'static>;
}

impl Variable for Count {
    fn value(&self) -> FluentValue<'static> {
        FluentValue::from(self.0)
    }
}

impl<T: Display + ?Sized> Variable for T {
    fn value(&self) -> FluentValue<'static> {
        FluentValue::from(self.to_string())
    }
}

/// Used by [`text!`].
#[doc(hidden)]
pub fn variable(variable: &(impl Variable + ?Sized)) -> FluentValue<'static> {
    variable.value()
}

struct Texts {
    bundle: FluentBundle<FluentResource>,
    /// The texts without variables.
    fixed: HashMap<String, String>,
}

/// The texts of both languages: those of a language that was left stay, as they may still be shown.
static ENGLISH_TEXTS: LazyLock<Texts> = LazyLock::new(|| Texts::new(Language::En));
static KOREAN_TEXTS: LazyLock<Texts> = LazyLock::new(|| Texts::new(Language::Ko));

/// The same with the keys that the user has set, which are read after some texts were shown.
static ENGLISH_WITH_KEYS: LazyLock<Texts> = LazyLock::new(|| Texts::new(Language::En));
static KOREAN_WITH_KEYS: LazyLock<Texts> = LazyLock::new(|| Texts::new(Language::Ko));

/// Returns the texts of the chosen language.
fn chosen_texts() -> &'static Texts {
    match (chosen(), keys::are_chosen()) {
        (Language::En, false) => &ENGLISH_TEXTS,
        (Language::Ko, false) => &KOREAN_TEXTS,
        (Language::En, true) => &ENGLISH_WITH_KEYS,
        (Language::Ko, true) => &KOREAN_WITH_KEYS,
    }
}

impl Texts {
    /// Texts that cannot be parsed are left out; the tests check that there are none. A text that Korean lacks is
    /// English.
    fn new(language: Language) -> Texts {
        match language {
            Language::En => Self::of(language, &[ENGLISH]),
            Language::Ko => Self::of(language, &[ENGLISH, KOREAN]),
        }
    }

    /// A later source replaces texts of those before it.
    fn of(language: Language, sources: &[&str]) -> Texts {
        let locale = language.name().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![locale]);
        // The name is not taken.
        let _ = bundle.add_function("PARTICLE", |values, _| with_particle(values));
        let _ = bundle.add_function("KEY", |values, _| key(values));
        // A terminal would show the isolation marks around variables as boxes.
        bundle.set_use_isolating(false);
        bundle.set_formatter(Some(|value, _| match value {
            FluentValue::Number(FluentNumber { value, .. }) => Some(grouped(*value as u64)),
            _ => None,
        }));
        let mut names = Vec::new();
        for source in sources {
            let source = (*source).to_owned();
            let (Ok(resource) | Err((resource, _))) = FluentResource::try_new(source);
            names.extend(self::names(&resource));
            bundle.add_resource_overriding(resource);
        }
        let mut texts = Texts {
            bundle,
            fixed: HashMap::new(),
        };
        for name in names {
            // A variable is an error here.
            if let Some(text) = texts.formatted(&name, None) {
                texts.fixed.insert(name, text);
            }
        }
        texts
    }

    /// Returns a text; nothing if it does not exist, or a variable is missing.
    fn formatted(&self, name: &str, variables: Option<&FluentArgs>) -> Option<String> {
        let pattern = self.bundle.get_message(name)?.value()?;
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, variables, &mut errors);
        errors.is_empty().then(|| text.into_owned())
    }
}

/// The function `PARTICLE($name, "이/가")`: the form of a particle that follows the name.
fn with_particle<'a>(values: &[FluentValue<'a>]) -> FluentValue<'a> {
    let (word, forms) = match values {
        [FluentValue::String(word), FluentValue::String(forms)] => (word.to_string(), forms),
        [FluentValue::Number(number), FluentValue::String(forms)] => {
            (grouped(number.value as u64), forms)
        }
        _ => return FluentValue::Error,
    };
    particle::particle(&word, forms).map_or(FluentValue::Error, |form| form.to_owned().into())
}

/// The function `KEY("mark")`: the first key of the rows of this name in the table of keys.
fn key<'a>(values: &[FluentValue<'a>]) -> FluentValue<'a> {
    match values {
        [FluentValue::String(name)] => keys::shown(name).map_or(FluentValue::Error, Into::into),
        _ => FluentValue::Error,
    }
}

/// Returns the names of all texts of a file.
fn names(resource: &FluentResource) -> impl Iterator<Item = String> {
    resource.entries().filter_map(|entry| match entry {
        ast::Entry::Message(message) => Some(message.id.name.to_owned()),
        _ => None,
    })
}

/// Returns a text without variables; its name if it does not exist, which a test excludes.
pub fn fixed(name: &'static str) -> &'static str {
    chosen_texts().fixed.get(name).map_or(name, String::as_str)
}

/// Returns a text with variables; its name if it does not exist or a variable is missing, which a test excludes.
pub fn formatted<const N: usize>(
    name: &'static str,
    variables: [(&'static str, FluentValue<'static>); N],
) -> String {
    let variables = FluentArgs::from_iter(variables);
    chosen_texts()
        .formatted(name, Some(&variables))
        .unwrap_or_else(|| name.to_owned())
}

/// Returns a side, for the middle of a sentence: `client`.
pub fn side(side: Side) -> &'static str {
    match side {
        Side::Client => text!("client"),
        Side::Server => text!("server"),
    }
}

/// Returns the name of a layer of the OSI model.
pub fn osi_layer(layer: OsiLayer) -> &'static str {
    match layer {
        OsiLayer::DataLink => text!("layer-data-link"),
        OsiLayer::Network => text!("layer-network"),
        OsiLayer::Transport => text!("layer-transport"),
        OsiLayer::Session => text!("layer-session"),
        OsiLayer::Presentation => text!("layer-presentation"),
        OsiLayer::Application => text!("layer-application"),
    }
}

/// Returns the name of the layer of the TCP/IP model (RFC 1122, section 1.1.3) that a layer of the OSI model belongs to.
pub fn tcp_ip_layer(layer: OsiLayer) -> &'static str {
    match layer {
        OsiLayer::DataLink => text!("tcp-ip-link"),
        OsiLayer::Network => text!("tcp-ip-internet"),
        OsiLayer::Transport => text!("tcp-ip-transport"),
        OsiLayer::Session | OsiLayer::Presentation | OsiLayer::Application => {
            text!("tcp-ip-application")
        }
    }
}
