//! The values of settings: what they may be, and what is said of others.

use super::problem::not_among;
use crate::{format::printable, lang::text};
use clap::ValueEnum;
use std::{fmt::Display, str::FromStr};
use toml::{
    Spanned,
    de::{DeArray, DeTable, DeValue},
};

/// What is wrong with a value.
pub(super) type Outcome<T> = Result<T, String>;

/// What leaves a choice to the program.
pub(super) const AUTO: &str = "auto";

fn wanted(what: &'static str, value: &DeValue) -> String {
    text!("config-wrong-type", what, found = value.type_str())
}

pub(super) fn string<'v>(value: &'v DeValue) -> Outcome<&'v str> {
    value
        .as_str()
        .ok_or_else(|| wanted(text!("config-type-text"), value))
}

pub(super) fn array<'v, 'i>(value: &'v DeValue<'i>) -> Outcome<&'v DeArray<'i>> {
    value
        .as_array()
        .ok_or_else(|| wanted(text!("config-type-array"), value))
}

pub(super) fn table<'v, 'i>(value: &'v DeValue<'i>) -> Outcome<&'v DeTable<'i>> {
    value
        .as_table()
        .ok_or_else(|| wanted(text!("config-type-table"), value))
}

pub(super) fn switch(value: &DeValue) -> Outcome<bool> {
    value
        .as_bool()
        .ok_or_else(|| wanted(text!("config-type-switch"), value))
}

/// Returns a whole number from 0 on.
pub(super) fn number<T: FromStr>(value: &DeValue) -> Outcome<T> {
    let number = value.as_integer().filter(|number| number.radix() == 10);
    let number = number.and_then(|number| number.as_str().parse().ok());
    number.ok_or_else(|| wanted(text!("config-type-number"), value))
}

/// Returns what an option of the command line makes of a text.
pub(super) fn parsed<T: FromStr<Err: Display>>(value: &DeValue) -> Outcome<T> {
    let word = string(value)?;
    word.parse().map_err(|error: T::Err| wrong(word, &error))
}

/// Returns a sentence about a value that an option would refuse.
pub(super) fn wrong(word: &str, error: &dyn Display) -> String {
    text!(
        "config-wrong-value",
        value = printable(word),
        error = error.to_string()
    )
}

/// Returns what an option makes of a text, or none for one that leaves it to the program.
pub(super) fn unless<T: FromStr<Err: Display>>(none: &str, value: &DeValue) -> Outcome<Option<T>> {
    match string(value)? == none {
        true => Ok(None),
        false => parsed(value).map(Some),
    }
}

/// Returns one of the values of an option; none for `auto`.
pub(super) fn choice<T: ValueEnum>(value: &DeValue) -> Outcome<Option<T>> {
    let word = string(value)?;
    if let Ok(known) = T::from_str(word, false) {
        return Ok(Some(known));
    }
    if word == AUTO {
        return Ok(None);
    }
    let known = T::value_variants().iter().filter_map(T::to_possible_value);
    let names = known.map(|value| value.get_name().to_owned().leak() as &'static str);
    let mut names: Vec<_> = names.collect();
    if !names.contains(&AUTO) {
        names.insert(0, AUTO);
    }
    Err(not_among(word, &names))
}

/// Returns the texts of an array, each of which an option would take.
pub(super) fn all<T: FromStr<Err: Display>>(value: &DeValue) -> Outcome<Vec<T>> {
    let values = array(value)?.iter();
    values.map(|value| parsed(value.get_ref())).collect()
}

/// Returns a key of a table by its name.
pub(super) fn entry<'v, 'i>(
    table: &'v DeTable<'i>,
    name: &'static str,
) -> Outcome<&'v Spanned<DeValue<'i>>> {
    table.get(name).ok_or_else(|| text!("config-lacks", name))
}
