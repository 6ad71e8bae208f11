//! A filter and a packet.

use super::{
    Filter,
    check::{self, Field as FieldTerm, Function, Term, Test},
    fields::{Derived, group_number, severity_number},
    lexer::{End, Part, Relation},
    syntax::Quantifier,
    value::{Datum, slice},
};
use crate::view::Details;
use dissectors::{FieldKind, Group, OsiLayer, Severity, Value};
use std::{borrow::Cow, cell::Cell};

/// What a packet's record says, besides its bytes.
#[derive(Clone, Debug, Default)]
pub struct FrameData {
    /// The fields whose names begin with `frame.` or `conversation`, with their values.
    pub fields: Vec<(&'static str, Value)>,
}

/// One occurrence of a field.
pub(super) struct Occurrence<'a> {
    pub value: Datum<'a>,
    /// Its value as it was dissected, for its text.
    pub text: Option<&'a Value>,
    /// How many layers of its protocol come before it, and this one.
    pub layer: u16,
    pub bytes: Option<&'a [u8]>,
    /// What a remark is.
    pub note: Option<(Severity, Group)>,
}

impl<'a> Occurrence<'a> {
    /// Returns one with a value of the packet's record.
    pub fn of(value: &'a Value) -> Self {
        Occurrence {
            text: Some(value),
            ..Occurrence::first(datum(value))
        }
    }

    /// Returns one in the first layer of its protocol.
    pub fn first(value: Datum<'a>) -> Self {
        Occurrence {
            value,
            text: None,
            layer: 1,
            bytes: None,
            note: None,
        }
    }
}

/// What is known of a field of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Knowledge {
    /// Nothing.
    Unknown,
    /// The packet does not have it.
    Absent,
    /// Its values, but not their texts, bytes and layers.
    Values,
    All,
}

/// What is known of a packet.
pub(super) trait Given {
    /// Returns what is known of a field, by its place among what the filter needs.
    fn knowledge(&self, at: usize) -> Knowledge;

    /// Returns whether this holds for any occurrence of a field.
    fn any(&self, at: usize, holds: &mut dyn FnMut(&Occurrence) -> bool) -> bool;
}

/// The values in a packet of the fields that a filter needs.
pub struct Occurrences<'a> {
    /// In the order of [`Filter::needs`].
    fields: Vec<Vec<Occurrence<'a>>>,
}

impl Given for Occurrences<'_> {
    fn knowledge(&self, _at: usize) -> Knowledge {
        Knowledge::All
    }

    fn any(&self, at: usize, holds: &mut dyn FnMut(&Occurrence) -> bool) -> bool {
        let list = self.fields.get(at);
        list.is_some_and(|list| list.iter().any(holds))
    }
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
                list.push(Occurrence::of(value));
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
                note: None,
            });
        }
        let flags = details.analysis.map(|analysis| analysis.flags);
        for name in flags.iter().flat_map(|flags| flags.fields()) {
            if let Some(list) = place(name).and_then(|at| found.fields.get_mut(at)) {
                list.push(Occurrence::first(Datum::Nothing));
            }
        }
        let mut layers: Vec<Layer> = Vec::new();
        // Where the innermost network layer ends in the packet: what follows is padding.
        let mut end = bytes_of(0).len();
        for row in &details.tree.fields {
            if let FieldKind::Layer(info) = row.kind {
                if info.is_partial {
                    continue;
                }
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
                note: match row.kind {
                    FieldKind::Note(severity, group) => Some((severity, group)),
                    _ => None,
                },
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
            steps: Cell::new(0),
        };
        let text = |occurrence: &Occurrence| match field.how {
            Derived::Same | Derived::Signed => {
                let shown = occurrence.text.and_then(Value::show);
                Some(shown.unwrap_or_else(|| "1".to_owned()))
            }
            how => match derived(occurrence, how)? {
                Datum::Text(text) => Some(text.into_owned()),
                Datum::Integer(number) => Some(number.to_string()),
                _ => None,
            },
        };
        let mut texts = Vec::new();
        context.occurrences(field, &mut |occurrence| {
            texts.extend(text(occurrence).filter(|text| !text.is_empty()));
            false
        });
        texts
    }
}

impl Filter {
    /// Whether it holds for a packet. `chosen` are the values of the packet that `${…}` refers to.
    pub fn holds(&self, packet: &Occurrences, chosen: Option<&Occurrences>) -> bool {
        self.decides(packet, chosen) == Some(true)
    }

    /// Whether it holds for a packet of which only some is known; none if that does not suffice.
    pub(super) fn decides(&self, packet: &dyn Given, chosen: Option<&Occurrences>) -> Option<bool> {
        let context = Context {
            packet,
            chosen,
            steps: Cell::new(0),
        };
        match &self.test {
            Some(test) => context.test(test),
            None => Some(true),
        }
    }
}

/// The first value of each field; none for one that a packet does not have.
type FirstValues = Vec<Option<Datum<'static>>>;

impl Filter {
    /// Returns the first value of each field that a filter of fields alone names, in their order; none if one of them is
    /// not known.
    pub(super) fn first_values(&self, packet: &dyn Given) -> Option<FirstValues> {
        let context = Context {
            packet,
            chosen: None,
            steps: Cell::new(0),
        };
        let tests = match &self.test {
            Some(Test::Or(tests)) => &**tests,
            Some(test) => std::slice::from_ref(test),
            None => &[],
        };
        let terms = tests.iter().filter_map(|test| match test {
            Test::Exists(term) => Some(term),
            _ => None,
        });
        let first = |term: &Term| {
            let mut first = None;
            let found = context.any(term, &mut |value| {
                first = Some(value.to_owned());
                true
            });
            first.filter(|_| found)
        };
        let values = terms.map(|term| context.knows(term, false).then(|| first(term)));
        values.collect()
    }
}

struct Context<'a> {
    packet: &'a dyn Given,
    chosen: Option<&'a Occurrences<'a>>,
    /// How many values were looked at.
    steps: Cell<u32>,
}

/// After this many values of a packet no more are looked at: a sum of fields has as many values as their occurrences
/// multiplied.
const MAX_STEPS: u32 = 1 << 16;

/// A predicate of values.
type Holds<'a> = &'a mut dyn FnMut(&Datum) -> bool;

impl Context<'_> {
    /// Three-valued logic, after Kleene: none if it depends on what is not known.
    fn test(&self, test: &Test) -> Option<bool> {
        match test {
            Test::Or(list) => self.settles(list, true),
            Test::And(list) => self.settles(list, false),
            Test::Xor(list) => {
                let mut tests = list.iter().map(|test| self.test(test));
                tests.try_fold(false, |odd, test| Some(odd ^ test?))
            }
            Test::Not(inside) => self.test(inside).map(|holds| !holds),
            Test::Exists(term) => self.knows(term, false).then(|| self.exists(term)),
            Test::Nonzero(term) => {
                let is_known = self.knows(term, false);
                is_known.then(|| self.any(term, &mut |value| value.is_nonzero()))
            }
            Test::Compare {
                relation,
                quantifier,
                left,
                right,
            } => {
                let is_known = self.knows(left, false) && self.knows(right, false);
                is_known.then(|| self.compare(*relation, *quantifier, left, right))
            }
            Test::Matches {
                quantifier,
                left,
                regex,
            } => self.knows(left, false).then(|| {
                self.quantified(*quantifier, left, &mut |value| {
                    value.bytes().is_some_and(|bytes| regex.is_match(&bytes))
                })
            }),
            Test::In {
                quantifier,
                value,
                set,
            } => {
                let mut all = set.iter();
                let is_known = self.knows(value, false)
                    && all.all(|(from, to)| {
                        let to = to.as_ref();
                        self.knows(from, false) && to.is_none_or(|to| self.knows(to, false))
                    });
                is_known.then(|| {
                    self.quantified(*quantifier, value, &mut |value| self.is_in(value, set))
                })
            }
        }
    }

    /// Returns the result of tests of which one with this result suffices.
    fn settles(&self, list: &[Test], decisive: bool) -> Option<bool> {
        let mut all_known = true;
        for test in list {
            match self.test(test) {
                Some(result) if result == decisive => return Some(decisive),
                Some(_) => {}
                None => all_known = false,
            }
        }
        all_known.then_some(!decisive)
    }

    fn compare(
        &self,
        relation: Relation,
        quantifier: Option<Quantifier>,
        left: &Term,
        right: &Term,
    ) -> bool {
        let all = match quantifier {
            Some(quantifier) => quantifier == Quantifier::All,
            None => matches!(relation, Relation::AllEqual | Relation::AllUnequal),
        };
        let differs = |holds: bool| {
            self.any(left, &mut |a| {
                self.any(right, &mut |b| a.compares(relation, b) == holds)
            })
        };
        match all {
            true => self.exists(left) && self.exists(right) && !differs(false),
            false => differs(true),
        }
    }

    fn is_in(&self, value: &Datum, set: &[(Term, Option<Term>)]) -> bool {
        set.iter().any(|(from, to)| match to {
            None => self.any(from, &mut |it| value.compares(Relation::AnyEqual, it)),
            Some(to) => {
                self.any(from, &mut |it| value.compares(Relation::GreaterOrEqual, it))
                    && self.any(to, &mut |it| value.compares(Relation::LessOrEqual, it))
            }
        })
    }

    fn quantified(&self, quantifier: Option<Quantifier>, term: &Term, holds: Holds) -> bool {
        match quantifier {
            Some(Quantifier::All) => {
                self.exists(term) && !self.any(term, &mut |value| !holds(value))
            }
            _ => self.any(term, holds),
        }
    }

    /// Whether all values of a term are known, and their texts and bytes if `more`.
    fn knows(&self, term: &Term, more: bool) -> bool {
        match term {
            Term::Constant(_) | Term::Never => true,
            Term::Field(field) if field.reference => true,
            Term::Field(field) => {
                let is_of_row = matches!(
                    field.how,
                    Derived::Text | Derived::Message | Derived::Severity | Derived::Group
                );
                let more = more || field.raw || field.layers.is_some() || is_of_row;
                field.at.iter().all(|at| match self.packet.knowledge(*at) {
                    Knowledge::Unknown => false,
                    Knowledge::Values => !more,
                    Knowledge::Absent | Knowledge::All => true,
                })
            }
            Term::Slice(inside, _) | Term::Negative(inside) => self.knows(inside, more),
            Term::Arithmetic(_, left, right) => self.knows(left, more) && self.knows(right, more),
            Term::Call(function, arguments) => {
                let is_of_text =
                    matches!(function, Function::String | Function::Len | Function::Vals);
                let more = more || is_of_text;
                arguments.iter().all(|it| self.knows(it, more))
            }
        }
    }

    /// Returns whether this holds for any occurrence of a field.
    fn occurrences(&self, field: &FieldTerm, holds: &mut dyn FnMut(&Occurrence) -> bool) -> bool {
        let chosen = self.chosen.map(|chosen| chosen as &dyn Given);
        let packet = match field.reference {
            true => chosen,
            false => Some(self.packet),
        };
        let Some(packet) = packet else { return false };
        let each = |holds: &mut dyn FnMut(&Occurrence) -> bool| {
            let mut counted = |it: &Occurrence| self.step() && holds(it);
            field.at.iter().any(|at| packet.any(*at, &mut counted))
        };
        let Some(parts) = &field.layers else {
            return each(holds);
        };
        let mut last = 0;
        each(&mut |it| {
            last = last.max(it.layer);
            false
        });
        each(&mut |it| parts.iter().any(|part| is_in(*part, it.layer, last)) && holds(it))
    }

    /// Whether a term has a value.
    fn exists(&self, term: &Term) -> bool {
        match term {
            Term::Field(field) if field.how != Derived::Whether => {
                self.occurrences(field, &mut |_| true)
            }
            term => self.any(term, &mut |_| true),
        }
    }

    /// Counts a value; returns whether it may be looked at.
    fn step(&self) -> bool {
        let steps = self.steps.get();
        self.steps.set(steps.saturating_add(1));
        steps < MAX_STEPS
    }

    /// Returns whether this holds for any value of a term.
    fn any(&self, term: &Term, holds: Holds) -> bool {
        if !self.step() {
            return false;
        }
        match term {
            Term::Constant(value) => holds(value),
            Term::Never => false,
            Term::Field(field) if field.how == Derived::Whether => {
                let is_there = |at: usize| {
                    let at = field.at.get(at);
                    at.is_some_and(|at| self.packet.any(*at, &mut |_| true))
                };
                is_there(0) && holds(&Datum::Integer(is_there(1).into()))
            }
            Term::Field(field) => self.occurrences(field, &mut |it| match (field.raw, field.how) {
                (true, _) => it
                    .bytes
                    .is_some_and(|bytes| holds(&Datum::Bytes(Cow::Borrowed(bytes)))),
                (false, Derived::Same) => holds(&it.value),
                (false, how) => derived(it, how).is_some_and(|value| holds(&value)),
            }),
            Term::Slice(inside, parts) => self.any(inside, &mut |value| {
                slice(value, parts).is_some_and(|part| holds(&part))
            }),
            Term::Negative(inside) => self.any(inside, &mut |value| {
                check::negative(value).is_some_and(|value| holds(&value))
            }),
            Term::Arithmetic(op, left, right) => self.any(left, &mut |a| {
                self.any(right, &mut |b| {
                    check::arithmetic(*op, a, b).is_some_and(|value| holds(&value))
                })
            }),
            Term::Call(function, arguments) => self.call(*function, arguments, holds),
        }
    }

    fn call(&self, function: Function, arguments: &[Term], holds: Holds) -> bool {
        if let (Function::String | Function::Len | Function::Vals, Some(Term::Field(field))) =
            (function, arguments.first())
            && !field.raw
            && field.how == Derived::Same
        {
            return self.occurrences(field, &mut |it| match function {
                Function::String => it.text.is_some_and(|text| holds(&shown(text))),
                Function::Vals => it.text.and_then(name).is_some_and(|name| holds(&name)),
                _ => holds(&length(&it.value, it.bytes)),
            });
        }
        let each = |holds: Holds| arguments.iter().any(|it| self.any(it, holds));
        match function {
            Function::Count => {
                let mut count = 0;
                each(&mut |_| {
                    count += 1;
                    false
                });
                count > 0 && holds(&Datum::Integer(count))
            }
            Function::Len => each(&mut |value| holds(&length(value, None))),
            Function::Upper => each(&mut |value| holds(&changed(value, str::to_uppercase))),
            Function::Lower => each(&mut |value| holds(&changed(value, str::to_lowercase))),
            Function::String => each(holds),
            Function::Vals => false,
            Function::Float => each(&mut |value| {
                let number = fraction(value).map(|number| f64::from(number as f32));
                number.is_some_and(|number| holds(&Datum::Float(number)))
            }),
            Function::Double => each(&mut |value| {
                fraction(value).is_some_and(|number| holds(&Datum::Float(number)))
            }),
            Function::Abs => each(&mut |value| match value {
                Datum::Integer(..0) | Datum::Span(..0) => {
                    check::negative(value).is_some_and(|value| holds(&value))
                }
                Datum::Float(number) => holds(&Datum::Float(number.abs())),
                value => holds(value),
            }),
            Function::Max | Function::Min => {
                let relation = match function {
                    Function::Max => Relation::Greater,
                    _ => Relation::Less,
                };
                let mut best: Option<Datum<'static>> = None;
                each(&mut |value| {
                    if best
                        .as_ref()
                        .is_none_or(|best| value.compares(relation, best))
                    {
                        best = Some(value.to_owned());
                    }
                    false
                });
                best.is_some_and(|best| holds(&best))
            }
        }
    }
}

/// Returns a value that follows from an occurrence.
fn derived(occurrence: &Occurrence, how: Derived) -> Option<Datum<'static>> {
    Some(match how {
        Derived::Same => occurrence.value.to_owned(),
        Derived::Text | Derived::Message => Datum::Text(Cow::Owned(occurrence.text?.to_string())),
        Derived::Signed => match occurrence.value {
            Datum::Integer(byte) => Datum::Integer((byte as i8).into()),
            _ => return None,
        },
        Derived::Severity => Datum::Integer(severity_number(occurrence.note?.0).into()),
        Derived::Group => Datum::Integer(group_number(occurrence.note?.1).into()),
        Derived::Present | Derived::Whether => Datum::Integer(1),
        Derived::Vendor => match occurrence.value.bytes()?.as_ref() {
            [a, b, c, ..] => Datum::Integer(u32::from_be_bytes([0, *a, *b, *c]).into()),
            _ => return None,
        },
    })
}

/// Whether a layer, numbered from 1, is in a part of all of them, of which there may be fewer. The last one has -1.
fn is_in(part: Part, layer: u16, last: u16) -> bool {
    let from_start = |at: i64| match at {
        ..0 => at.saturating_add(i64::from(last) + 1),
        _ => at,
    };
    let from = from_start(part.from);
    let end = match part.end {
        End::Length(length) => from.saturating_add(length.saturating_sub(1)),
        End::At(at) => from_start(at),
        End::Open => i64::MAX,
    };
    (from..=end).contains(&i64::from(layer))
}

fn changed<'a>(value: &'a Datum, change: fn(&str) -> String) -> Datum<'a> {
    match value {
        Datum::Text(text) => Datum::Text(Cow::Owned(change(text))),
        other => other.borrowed(),
    }
}

/// Returns the text of a value as Wireshark's function has it: numbers are decimal.
fn shown(value: &Value) -> Datum<'_> {
    let text = match value {
        Value::Number(number, _) | Value::Named(number, ..) => number.to_string(),
        value => value.show().unwrap_or_default(),
    };
    Datum::Text(Cow::Owned(text))
}

/// Returns the name of a value.
fn name(value: &Value) -> Option<Datum<'_>> {
    let name = match value {
        Value::Named(_, _, name) => name,
        Value::Flag(true, yes, _) => yes,
        Value::Flag(false, _, no) => no,
        _ => return None,
    };
    Some(Datum::Text(Cow::Borrowed(name)))
}

/// Returns a number, or a span in seconds, as a fraction.
fn fraction(value: &Datum) -> Option<f64> {
    const NS_PER_SECOND: f64 = 1e9;
    Some(match value {
        Datum::Integer(number) => *number as f64,
        Datum::Float(number) => *number,
        Datum::Span(ns) | Datum::Time(ns) => *ns as f64 / NS_PER_SECOND,
        _ => return None,
    })
}

/// Returns the length of a value, bytes; that of a number is the length that it was read from.
fn length(value: &Datum, read: Option<&[u8]>) -> Datum<'static> {
    let length = match value {
        Datum::Text(text) => text.len(),
        Datum::Bytes(bytes) => bytes.len(),
        _ => read.map_or(0, <[u8]>::len),
    };
    Datum::Integer(length as i128)
}
