//! A filter and a packet.

use super::{
    Filter,
    check::{self, Field as FieldTerm, Function, Term, Test},
    fields::Derived,
    lexer::{Part, Relation},
    syntax::Quantifier,
    value::{Datum, range, slice},
};
use crate::view::Details;
use dissectors::{FieldKind, OsiLayer, Value};
use std::borrow::Cow;

/// What a packet's record says, besides its bytes.
#[derive(Clone, Debug, Default)]
pub struct FrameData {
    /// The fields whose names begin with `frame.` or `conversation`, with their values.
    pub fields: Vec<(&'static str, Value)>,
}

/// One occurrence of a field.
struct Occurrence<'a> {
    value: Datum<'a>,
    /// Its value as it was dissected, for its text.
    text: Option<&'a Value>,
    /// How many layers of its protocol come before it, and this one.
    layer: u16,
    bytes: Option<&'a [u8]>,
}

/// The values in a packet of the fields that a filter needs.
pub struct Occurrences<'a> {
    /// In the order of [`Filter::needs`].
    fields: Vec<Vec<Occurrence<'a>>>,
}

/// A protocol's layer while the fields of a packet are gathered.
#[derive(Clone, Copy)]
struct Layer {
    name: &'static str,
    source: u16,
    start: usize,
    /// How many layers of this protocol there are, including this one.
    number: u16,
}

impl<'a> Occurrences<'a> {
    /// Returns none of `count` fields.
    pub(super) fn empty(count: usize) -> Self {
        Occurrences {
            fields: (0..count).map(|_| Vec::new()).collect(),
        }
    }

    /// Adds an occurrence of a field in the first layer of its protocol.
    pub(super) fn add(&mut self, at: usize, value: Datum<'a>) {
        if let Some(list) = self.fields.get_mut(at) {
            list.push(Occurrence {
                value,
                text: None,
                layer: 1,
                bytes: None,
            });
        }
    }

    /// Gathers them from a packet and its record.
    pub fn of(filter: &Filter, details: &'a Details, frame: &'a FrameData) -> Self {
        let sources = &details.sources;
        let mut found = Occurrences {
            fields: filter.needs.iter().map(|_| Vec::new()).collect(),
        };
        let place = |name: &str| filter.needs.iter().position(|needed| *needed == name);
        let bytes_of = |source: u16| {
            let source = sources.get(usize::from(source));
            source.map_or(&[][..], |source| &source.bytes)
        };
        for (name, value) in &frame.fields {
            if let Some(at) = place(name)
                && let Some(list) = found.fields.get_mut(at)
            {
                list.push(Occurrence {
                    value: datum(value),
                    text: Some(value),
                    layer: 1,
                    bytes: None,
                });
            }
        }
        if let Some(at) = place("frame")
            && let Some(list) = found.fields.get_mut(at)
        {
            list.push(Occurrence {
                value: Datum::Bytes(Cow::Borrowed(bytes_of(0))),
                text: None,
                layer: 1,
                bytes: Some(bytes_of(0)),
            });
        }
        let flags = details.analysis.map(|analysis| analysis.flags);
        for name in flags.iter().flat_map(|flags| flags.fields()) {
            if let Some(list) = place(name).and_then(|at| found.fields.get_mut(at)) {
                list.push(Occurrence {
                    value: Datum::Nothing,
                    text: None,
                    layer: 1,
                    bytes: None,
                });
            }
        }
        let mut layers: Vec<Layer> = Vec::new();
        // Where the innermost network layer ends in the packet: what follows is padding.
        let mut end = bytes_of(0).len();
        for row in &details.tree.fields {
            if let FieldKind::Layer(info) = row.kind {
                let before = layers.iter().rev().find(|layer| layer.name == info.name);
                layers.push(Layer {
                    name: info.name,
                    source: row.bytes.source,
                    start: row.bytes.start as usize,
                    number: before.map_or(1, |before| before.number.saturating_add(1)),
                });
            }
            let layer = layers.last();
            if row.bytes.source == 0
                && let Some(layer) = layer
                && let Value::Number(length, _) = row.value
                && let Some(ends) = ends(row.name, layer.start, length)
            {
                end = ends.min(bytes_of(0).len());
            }
            let Some(list) = place(row.name).and_then(|at| found.fields.get_mut(at)) else {
                continue;
            };
            let value = match (row.kind, layer) {
                (FieldKind::Layer(info), Some(layer)) => {
                    let all = bytes_of(layer.source);
                    // As in Wireshark everything that the protocol carries belongs to it, except for slices.
                    let is_link = matches!(info.osi, OsiLayer::DataLink);
                    let to = match layer.source {
                        0 if !is_link => end,
                        _ => all.len(),
                    };
                    Datum::Bytes(Cow::Borrowed(all.get(layer.start..to).unwrap_or_default()))
                }
                _ => datum(&row.value),
            };
            list.push(Occurrence {
                value,
                text: Some(&row.value),
                layer: layer.map_or(1, |layer| layer.number),
                bytes: row.bytes.of(bytes_of(row.bytes.source)),
            });
        }
        found
    }
}

/// Returns where a network layer ends that says its length with this field.
fn ends(name: &str, start: usize, length: u64) -> Option<usize> {
    const IPV6_HEADER: usize = 40;
    let length = usize::try_from(length).ok().filter(|length| *length > 0)?;
    match name {
        "ip.len" => start.checked_add(length),
        "ipv6.plen" => start.checked_add(IPV6_HEADER)?.checked_add(length),
        _ => None,
    }
}

fn datum(value: &Value) -> Datum<'_> {
    match value {
        Value::None => Datum::Nothing,
        Value::Number(number, _) | Value::Named(number, ..) => Datum::Integer((*number).into()),
        Value::Signed(number) => Datum::Integer((*number).into()),
        Value::Flag(set, ..) => Datum::Integer((*set).into()),
        Value::Mac(address) => Datum::Bytes(Cow::Borrowed(address)),
        Value::Ipv4(address) => Datum::Ipv4(*address, 32),
        Value::Ipv6(address) => Datum::Ipv6(*address, 128),
        Value::Bytes(bytes) => Datum::Bytes(Cow::Borrowed(bytes)),
        Value::Text(text) => Datum::Text(Cow::Borrowed(text)),
        Value::Static(text) => Datum::Text(Cow::Borrowed(text)),
        Value::Duration(ns) => Datum::Span((*ns).into()),
        Value::Time(ns) => Datum::Time((*ns).into()),
        Value::Float(number) => Datum::Float(*number),
        Value::Single(number) => Datum::Float((*number).into()),
    }
}

impl Occurrences<'_> {
    /// Returns the texts of a field, as `tshark -T fields` writes them.
    pub(super) fn texts(&self, field: &FieldTerm) -> Vec<String> {
        let context = Context {
            packet: self,
            chosen: None,
        };
        let text = |occurrence: &Occurrence| match field.how {
            Derived::Same => {
                let shown = occurrence.text.and_then(Value::show);
                Some(shown.unwrap_or_else(|| "1".to_owned()))
            }
            how => match derived(occurrence, how)? {
                Datum::Text(text) => Some(text.into_owned()),
                Datum::Integer(number) => Some(number.to_string()),
                _ => None,
            },
        };
        let all = context.occurrences(field);
        all.filter_map(text)
            .filter(|text| !text.is_empty())
            .collect()
    }
}

impl Filter {
    /// Whether it holds for a packet. `chosen` are the values of the packet that `${…}` refers to.
    pub fn holds(&self, packet: &Occurrences, chosen: Option<&Occurrences>) -> bool {
        let context = Context { packet, chosen };
        self.test.as_ref().is_none_or(|test| context.test(test))
    }
}

struct Context<'a> {
    packet: &'a Occurrences<'a>,
    chosen: Option<&'a Occurrences<'a>>,
}

impl<'a> Context<'a> {
    fn test(&self, test: &Test) -> bool {
        match test {
            Test::Or(list) => list.iter().any(|test| self.test(test)),
            Test::And(list) => list.iter().all(|test| self.test(test)),
            Test::Xor(list) => list.iter().fold(false, |odd, test| odd ^ self.test(test)),
            Test::Not(inside) => !self.test(inside),
            Test::Exists(Term::Field(field)) => self.occurrences(field).next().is_some(),
            Test::Exists(term) => !self.values(term).is_empty(),
            Test::Nonzero(term) => self.values(term).iter().any(Datum::is_nonzero),
            Test::Compare {
                relation,
                quantifier,
                left,
                right,
            } => {
                let (left, right) = (self.values(left), self.values(right));
                let all = match quantifier {
                    Some(quantifier) => *quantifier == Quantifier::All,
                    None => matches!(relation, Relation::AllEqual | Relation::AllUnequal),
                };
                let holds = |a: &Datum| {
                    let mut pairs = right.iter().map(|b| a.compares(*relation, b));
                    match all {
                        true => pairs.all(|holds| holds),
                        false => pairs.any(|holds| holds),
                    }
                };
                !left.is_empty()
                    && !right.is_empty()
                    && match all {
                        true => left.iter().all(holds),
                        false => left.iter().any(holds),
                    }
            }
            Test::Matches {
                quantifier,
                left,
                regex,
            } => {
                let matches = |value: &Datum| value.bytes().is_some_and(|it| regex.is_match(&it));
                quantified(*quantifier, &self.values(left), matches)
            }
            Test::In {
                quantifier,
                value,
                set,
            } => {
                let set: Vec<_> = set
                    .iter()
                    .map(|(from, to)| (self.values(from), to.as_ref().map(|to| self.values(to))))
                    .collect();
                let is_member = |value: &Datum| {
                    set.iter().any(|(from, to)| match to {
                        None => from.iter().any(|it| value.compares(Relation::AnyEqual, it)),
                        Some(to) => {
                            let mut from = from.iter();
                            from.any(|it| value.compares(Relation::GreaterOrEqual, it))
                                && to
                                    .iter()
                                    .any(|it| value.compares(Relation::LessOrEqual, it))
                        }
                    })
                };
                quantified(*quantifier, &self.values(value), is_member)
            }
        }
    }

    fn occurrences(&self, field: &'a FieldTerm) -> impl Iterator<Item = &'a Occurrence<'a>> {
        let packet = match field.reference {
            true => self.chosen,
            false => Some(self.packet),
        };
        let all = field
            .at
            .iter()
            .filter_map(move |at| packet?.fields.get(*at));
        let last = all.clone().flatten().map(|it| it.layer).max().unwrap_or(0);
        all.flatten().filter(move |occurrence| match &field.layers {
            None => true,
            Some(parts) => parts
                .iter()
                .any(|part| is_in(*part, occurrence.layer, last)),
        })
    }

    fn values(&self, term: &'a Term) -> Vec<Datum<'a>> {
        match term {
            Term::Constant(value) => vec![value.clone()],
            Term::Field(field) if field.how == Derived::Whether => {
                let of = |at: usize| field.at.get(at).and_then(|at| self.packet.fields.get(*at));
                let is_there = |at: usize| of(at).is_some_and(|list| !list.is_empty());
                let there = (1..field.at.len()).any(is_there);
                match is_there(0) {
                    true => vec![Datum::Integer(there.into())],
                    false => Vec::new(),
                }
            }
            Term::Field(field) => {
                let values = self.occurrences(field).filter_map(|it| {
                    if field.raw {
                        return it.bytes.map(|bytes| Datum::Bytes(Cow::Borrowed(bytes)));
                    }
                    derived(it, field.how)
                });
                values.collect()
            }
            Term::Slice(inside, parts) => {
                let values = self.values(inside).into_iter();
                values.filter_map(|value| slice(value, parts)).collect()
            }
            Term::Negative(inside) => {
                let values = self.values(inside).into_iter();
                values.filter_map(check::negative).collect()
            }
            Term::Arithmetic(op, left, right) => {
                let (left, right) = (self.values(left), self.values(right));
                let pairs = left.iter().flat_map(|a| {
                    let right = right.iter();
                    right.filter_map(|b| check::arithmetic(*op, a, b))
                });
                pairs.collect()
            }
            Term::Call(function, arguments) => self.call(*function, arguments),
        }
    }

    fn call(&self, function: Function, arguments: &'a [Term]) -> Vec<Datum<'a>> {
        if let (Function::String | Function::Len, Some(Term::Field(field))) =
            (function, arguments.first())
            && !field.raw
            && field.how == Derived::Same
        {
            let values = self.occurrences(field);
            return match function {
                Function::String => values.filter_map(|it| Some(shown(it.text?))).collect(),
                _ => values.map(|it| length(&it.value, it.bytes)).collect(),
            };
        }
        let mut values: Vec<Datum> = arguments.iter().flat_map(|it| self.values(it)).collect();
        match function {
            Function::Count if values.is_empty() => Vec::new(),
            Function::Count => vec![Datum::Integer(values.len() as i128)],
            Function::Len => values.iter().map(|value| length(value, None)).collect(),
            Function::Upper => map_text(values, str::to_uppercase),
            Function::Lower => map_text(values, str::to_lowercase),
            Function::String => values,
            Function::Abs => {
                let values = values.into_iter().filter_map(|value| match value {
                    Datum::Integer(number) if number < 0 => check::negative(Datum::Integer(number)),
                    Datum::Float(number) => Some(Datum::Float(number.abs())),
                    Datum::Span(ns) if ns < 0 => check::negative(Datum::Span(ns)),
                    value => Some(value),
                });
                values.collect()
            }
            Function::Max | Function::Min => {
                let relation = match function {
                    Function::Max => Relation::Greater,
                    _ => Relation::Less,
                };
                let mut best = 0;
                for at in 1..values.len() {
                    if let (Some(value), Some(other)) = (values.get(at), values.get(best))
                        && value.compares(relation, other)
                    {
                        best = at;
                    }
                }
                match values.is_empty() {
                    true => values,
                    false => vec![values.swap_remove(best)],
                }
            }
        }
    }
}

/// Returns a value that follows from an occurrence.
fn derived<'a>(occurrence: &Occurrence<'a>, how: Derived) -> Option<Datum<'a>> {
    Some(match how {
        Derived::Same => occurrence.value.clone(),
        Derived::Text => Datum::Text(Cow::Owned(occurrence.text?.to_string())),
        Derived::Present | Derived::Whether => Datum::Integer(1),
        Derived::Vendor => match occurrence.value.bytes()?.as_ref() {
            [a, b, c, ..] => Datum::Integer(u32::from_be_bytes([0, *a, *b, *c]).into()),
            _ => return None,
        },
    })
}

fn quantified(
    quantifier: Option<Quantifier>,
    values: &[Datum],
    holds: impl FnMut(&Datum) -> bool,
) -> bool {
    match quantifier {
        Some(Quantifier::All) => !values.is_empty() && values.iter().all(holds),
        _ => values.iter().any(holds),
    }
}

/// Whether a layer, numbered from 1, is in a part of all of them.
fn is_in(part: Part, layer: u16, last: u16) -> bool {
    // The first layer has number 1; the last one has -1.
    let part = match part.from {
        1.. => Part {
            from: part.from - 1,
            end: match part.end {
                super::lexer::End::At(last @ 1..) => super::lexer::End::At(last - 1),
                end => end,
            },
        },
        _ => part,
    };
    let within = range(part, usize::from(last));
    let at = usize::from(layer.saturating_sub(1));
    within.is_some_and(|within| within.contains(&at))
}

fn map_text<'a>(values: Vec<Datum<'a>>, change: fn(&str) -> String) -> Vec<Datum<'a>> {
    let values = values.into_iter().map(|value| match value {
        Datum::Text(text) => Datum::Text(Cow::Owned(change(&text))),
        other => other,
    });
    values.collect()
}

/// Returns the text of a value as Wireshark shows it.
fn shown(value: &Value) -> Datum<'_> {
    let text = value.show().unwrap_or_default();
    Datum::Text(Cow::Owned(text))
}

/// Returns the length of a value, bytes; that of a number is the length that it was read from.
fn length<'a>(value: &Datum, read: Option<&[u8]>) -> Datum<'a> {
    let length = match value {
        Datum::Text(text) => text.len(),
        Datum::Bytes(bytes) => bytes.len(),
        _ => read.map_or(0, <[u8]>::len),
    };
    Datum::Integer(length as i128)
}
