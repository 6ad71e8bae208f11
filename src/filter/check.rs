//! The types of a filter: which values can be compared, and what is an error.

use super::{
    Wrong,
    fields::{self, Derived, Known},
    lexer::{Part, Relation},
    literal::{self, Written},
    syntax::{Arithmetic, Logic, Operand, Quantifier, Term as Syntax},
    value::{Class, Datum, class},
};
use crate::{findings::Kind, lang::text};
use dissectors::{FieldType, Values};
use regex::bytes::{Regex, RegexBuilder};
use std::{net::IpAddr, ops::Range};

/// What holds for a packet or does not.
#[derive(Clone, Debug)]
pub enum Test {
    Or(Vec<Test>),
    Xor(Vec<Test>),
    And(Vec<Test>),
    Not(Box<Test>),
    Compare {
        relation: Relation,
        quantifier: Option<Quantifier>,
        left: Term,
        right: Term,
    },
    Matches {
        quantifier: Option<Quantifier>,
        left: Term,
        regex: Regex,
    },
    In {
        quantifier: Option<Quantifier>,
        value: Term,
        set: Vec<(Term, Option<Term>)>,
    },
    Exists(Term),
    /// There is a value that is not 0.
    Nonzero(Term),
}

/// A value, or as many as a field has.
#[derive(Clone, Debug)]
pub enum Term {
    Constant(Datum<'static>),
    Field(Field),
    /// What no packet has.
    Never,
    Slice(Box<Term>, Vec<Part>),
    Call(Function, Vec<Term>),
    Arithmetic(Arithmetic, Box<Term>, Box<Term>),
    Negative(Box<Term>),
}

/// The occurrences of a field.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its places among what the filter needs: several where a name stands for several fields.
    pub at: Vec<usize>,
    /// Only those in these layers.
    pub layers: Option<Vec<Part>>,
    /// Its bytes instead of its value.
    pub raw: bool,
    /// How its values follow from those.
    pub how: Derived,
    /// That of the chosen packet.
    pub reference: bool,
}

/// A function of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    Len,
    Count,
    Upper,
    Lower,
    String,
    Max,
    Min,
    Abs,
    Float,
    Double,
    Vals,
}

/// The memory that a regular expression may take, bytes.
const MAX_REGEX: usize = 1 << 20;

/// A value whose type is known, or one that takes its type from the other side.
enum Side<'a> {
    Typed(Term, Known),
    Constant(&'a Operand),
}

#[derive(Default)]
pub struct Checker {
    /// The fields that are needed.
    pub needs: Vec<&'static str>,
    /// Whether some of them are those of the chosen packet.
    pub has_references: bool,
}

const NUMBER: Known = Known {
    name: "",
    kind: FieldType::Uint32,
    values: Values::None,
};

impl Checker {
    pub fn test(&mut self, logic: &Logic) -> Result<Test, Wrong> {
        Ok(match logic {
            Logic::Or(list) => Test::Or(self.tests(list)?),
            Logic::Xor(list) => Test::Xor(self.tests(list)?),
            Logic::And(list) => Test::And(self.tests(list)?),
            Logic::Not(inside) => Test::Not(Box::new(self.test(inside)?)),
            Logic::Exists(operand) => self.exists(operand)?,
            Logic::In {
                quantifier,
                operand,
                set,
            } => self.member(*quantifier, operand, set)?,
            Logic::Compare {
                quantifier,
                first,
                rest,
            } => {
                let mut left = first;
                let mut tests = Vec::new();
                for (relation, _, right) in rest {
                    tests.push(self.compare(*quantifier, *relation, left, right)?);
                    left = right;
                }
                match <[Test; 1]>::try_from(tests) {
                    Ok([test]) => test,
                    Err(tests) => Test::And(tests),
                }
            }
        })
    }

    fn tests(&mut self, list: &[Logic]) -> Result<Vec<Test>, Wrong> {
        list.iter().map(|logic| self.test(logic)).collect()
    }

    fn exists(&mut self, operand: &Operand) -> Result<Test, Wrong> {
        match (self.side(operand)?, &operand.term) {
            (Side::Typed(Term::Never, _), Syntax::Word(word)) => {
                let name = word.strip_prefix('.').unwrap_or(word);
                Err(not_a_field(name, &operand.place))
            }
            (
                Side::Typed(term, _),
                Syntax::Call(..) | Syntax::Arithmetic(..) | Syntax::Negative(_),
            ) => Ok(Test::Nonzero(term)),
            (Side::Typed(term, _), _) => Ok(Test::Exists(term)),
            (Side::Constant(_), Syntax::Word(word)) => Err(not_a_field(word, &operand.place)),
            (Side::Constant(_), _) => {
                Err(Wrong::new(text!("filter-constant"), operand.place.clone()))
            }
        }
    }

    fn compare(
        &mut self,
        quantifier: Option<Quantifier>,
        relation: Relation,
        left: &Operand,
        right: &Operand,
    ) -> Result<Test, Wrong> {
        if relation == Relation::Matches {
            return self.matches(quantifier, left, right);
        }
        if relation == Relation::Contains
            && let Side::Typed(term, known) = self.side(left)?
            && let Some((left, known)) = named(term, known)
        {
            return Ok(Test::Compare {
                relation,
                quantifier,
                left,
                right: self.typed(right, &known)?,
            });
        }
        if relation == Relation::Contains
            && let Side::Typed(_, known) = self.side(left)?
            && !matches!(class(known.kind), Class::Text | Class::Bytes)
        {
            let reason = text!("filter-cannot-contain", field = known.name);
            return Err(Wrong::new(reason, left.place.clone()));
        }
        let (left_term, right_term, known) = self.pair(left, right)?;
        let is_nan = |term: &Term| matches!(term, Term::Constant(Datum::Float(it)) if it.is_nan());
        let is_ordered = matches!(
            relation,
            Relation::Greater | Relation::GreaterOrEqual | Relation::Less | Relation::LessOrEqual
        );
        if is_ordered && (is_nan(&left_term) || is_nan(&right_term)) {
            let place = left.place.start..right.place.end;
            return Err(Wrong::new(text!("filter-unordered"), place));
        }
        if class(known.kind) == Class::Nothing {
            let reason = text!("filter-has-no-value", field = known.name);
            return Err(Wrong::new(reason, left.place.clone()));
        }
        if !is_ordered && relation != Relation::Contains {
            for (term, operand) in [(&left_term, left), (&right_term, right)] {
                is_finding(term, &known, operand)?;
            }
        }
        Ok(Test::Compare {
            relation,
            quantifier,
            left: left_term,
            right: right_term,
        })
    }

    fn matches(
        &mut self,
        quantifier: Option<Quantifier>,
        left: &Operand,
        right: &Operand,
    ) -> Result<Test, Wrong> {
        let Syntax::Text(pattern) = &right.term else {
            return Err(Wrong::new(
                text!("filter-matches-text"),
                right.place.clone(),
            ));
        };
        let Side::Typed(term, known) = self.side(left)? else {
            return Err(self.constant_alone(left));
        };
        let (term, known) = match named(term.clone(), known) {
            Some(named) => named,
            None => (term, known),
        };
        let is_text = matches!(
            known.kind,
            FieldType::String | FieldType::Bytes | FieldType::Protocol
        );
        if !is_text {
            let reason = text!("filter-cannot-match", field = known.name);
            return Err(Wrong::new(reason, left.place.clone()));
        }
        let regex = RegexBuilder::new(&plain_pattern(pattern))
            .case_insensitive(true)
            .unicode(false)
            .size_limit(MAX_REGEX)
            .dfa_size_limit(MAX_REGEX)
            .build();
        match regex {
            Ok(regex) => Ok(Test::Matches {
                quantifier,
                left: term,
                regex,
            }),
            Err(error) => {
                let error = error.to_string();
                let error = error.lines().last().unwrap_or_default();
                let error = crate::format::printable(error.trim_start_matches("error: "));
                Err(Wrong::new(
                    text!("filter-bad-regex", error),
                    right.place.clone(),
                ))
            }
        }
    }

    fn member(
        &mut self,
        quantifier: Option<Quantifier>,
        operand: &Operand,
        set: &[(Operand, Option<Operand>)],
    ) -> Result<Test, Wrong> {
        let Side::Typed(value, known) = self.side(operand)? else {
            return Err(Wrong::new(
                text!("filter-only-fields-in"),
                operand.place.clone(),
            ));
        };
        let mut members = Vec::new();
        for (from, to) in set {
            let place = from;
            let from = self.typed(from, &known)?;
            is_finding(&from, &known, place)?;
            let to = match to {
                Some(to) => Some(self.typed(to, &known)?),
                None => None,
            };
            members.push((from, to));
        }
        Ok(Test::In {
            quantifier,
            value,
            set: members,
        })
    }

    /// Returns both sides of a comparison or an operation, and their type.
    fn pair(&mut self, left: &Operand, right: &Operand) -> Result<(Term, Term, Known), Wrong> {
        let side = self.side(left)?;
        self.pair_with(side, left, right)
    }

    /// As `pair`, with the left side checked: it is checked once only, since it may be nested.
    fn pair_with(
        &mut self,
        side: Side,
        left: &Operand,
        right: &Operand,
    ) -> Result<(Term, Term, Known), Wrong> {
        match (side, self.side(right)?) {
            (Side::Typed(left, known), Side::Typed(right_term, other)) => {
                compatible(&known, &other, &right.place)?;
                Ok((left, right_term, known))
            }
            (Side::Typed(left, known), Side::Constant(right)) => {
                let right = constant(right, &known)?;
                Ok((left, Term::Constant(right), known))
            }
            (Side::Constant(left), Side::Typed(right, known)) => {
                let left = constant(left, &known)?;
                Ok((Term::Constant(left), right, known))
            }
            (Side::Constant(_), Side::Constant(_)) => Err(self.constant_alone(left)),
        }
    }

    fn constant_alone(&self, operand: &Operand) -> Wrong {
        match &operand.term {
            Syntax::Word(word) if literal::plain_integer(word).is_none() => {
                not_a_field(word, &operand.place)
            }
            _ => Wrong::new(text!("filter-constant"), operand.place.clone()),
        }
    }

    /// Returns a value of this type.
    fn typed(&mut self, operand: &Operand, known: &Known) -> Result<Term, Wrong> {
        let side = self.side(operand)?;
        typed(side, operand, known)
    }

    fn side<'a>(&mut self, operand: &'a Operand) -> Result<Side<'a>, Wrong> {
        Ok(match &operand.term {
            Syntax::Text(_) | Syntax::Char(_) => Side::Constant(operand),
            Syntax::Word(word) if fields::is_other_protocol(word) => {
                let kind = FieldType::Protocol;
                Side::Typed(
                    Term::Never,
                    Known {
                        name: "",
                        kind,
                        ..NUMBER
                    },
                )
            }
            Syntax::Word(word) => {
                let certain = word.strip_prefix('.');
                match (fields::known(certain.unwrap_or(word)), certain) {
                    (Some(known), _) => {
                        let field = self.field(&known, None, false, false);
                        Side::Typed(field, known)
                    }
                    (None, Some(name)) => return Err(not_a_field(name, &operand.place)),
                    (None, None) => Side::Constant(operand),
                }
            }
            Syntax::Field {
                name,
                layers,
                raw,
                reference,
            } => {
                let Some(known) = fields::known(name.strip_prefix('.').unwrap_or(name)) else {
                    return Err(not_a_field(name, &operand.place));
                };
                let field = self.field(&known, layers.clone(), *raw, *reference);
                let kind = if *raw { FieldType::Bytes } else { known.kind };
                Side::Typed(field, Known { kind, ..known })
            }
            Syntax::Slice(inside, parts) => {
                let Side::Typed(term, known) = self.side(inside)? else {
                    return Err(match &inside.term {
                        Syntax::Word(word) => not_a_field(word, &inside.place),
                        _ => Wrong::new(text!("filter-cannot-slice-value"), inside.place.clone()),
                    });
                };
                // Of a protocol it is a part of its header.
                let term = match (known.kind, term) {
                    (FieldType::Protocol, Term::Field(field)) if known.name != "frame" => {
                        Term::Field(Field { raw: true, ..field })
                    }
                    (_, term) => term,
                };
                let kind = match class(known.kind) {
                    Class::Text => FieldType::String,
                    Class::Bytes | Class::Ipv4 | Class::Ipv6 => FieldType::Bytes,
                    _ => {
                        let reason = text!("filter-cannot-slice", field = known.name);
                        return Err(Wrong::new(reason, inside.place.clone()));
                    }
                };
                let values = Values::None;
                let known = Known {
                    kind,
                    values,
                    ..known
                };
                Side::Typed(Term::Slice(Box::new(term), parts.clone()), known)
            }
            Syntax::Call(..) if is_constant(operand) => Side::Constant(operand),
            Syntax::Call(name, arguments) => {
                let (term, known) = self.call(name, arguments, &operand.place)?;
                Side::Typed(term, known)
            }
            Syntax::Negative(inside) => match self.side(inside)? {
                Side::Constant(_) => Side::Constant(operand),
                Side::Typed(term, known) => {
                    numeric(&known, &inside.place)?;
                    let values = Values::None;
                    Side::Typed(Term::Negative(Box::new(term)), Known { values, ..known })
                }
            },
            Syntax::Arithmetic(_, left, right) if is_constant(left) && is_constant(right) => {
                Side::Constant(operand)
            }
            Syntax::Arithmetic(op, left, right) => {
                let (term, known) = self.arithmetic(*op, left, right)?;
                Side::Typed(term, known)
            }
        })
    }

    /// Checks arithmetic of which one side at least is no constant.
    fn arithmetic(
        &mut self,
        op: Arithmetic,
        left: &Operand,
        right: &Operand,
    ) -> Result<(Term, Known), Wrong> {
        let (left_term, right_term, known) = match (op, self.side(left)?) {
            // A span of time is multiplied with a number.
            (Arithmetic::Multiply | Arithmetic::Divide, Side::Typed(term, known))
                if class(known.kind) == Class::Span && is_constant(right) =>
            {
                let kind = FieldType::Double;
                let number = constant(right, &Known { kind, ..NUMBER })?;
                (term, Term::Constant(number), known)
            }
            // To a point in time a span is added.
            (Arithmetic::Add | Arithmetic::Subtract, Side::Typed(term, known))
                if class(known.kind) == Class::Time && is_constant(right) =>
            {
                let kind = FieldType::RelativeTime;
                let span = constant(right, &Known { kind, ..known });
                let other = span.or_else(|_| constant(right, &known))?;
                (term, Term::Constant(other), known)
            }
            (_, side) => self.pair_with(side, left, right)?,
        };
        if op != Arithmetic::And {
            numeric(&known, &left.place)?;
        }
        let is_span = matches!(class(known.kind), Class::Span | Class::Time);
        let is_scaled = matches!(&right_term, Term::Constant(Datum::Float(_)));
        if is_span && !is_scaled && matches!(op, Arithmetic::Multiply | Arithmetic::Divide) {
            let reason = text!("filter-no-arithmetic", field = known.name);
            return Err(Wrong::new(reason, left.place.clone()));
        }
        let both = (Box::new(left_term), Box::new(right_term));
        let values = Values::None;
        let known = Known { values, ..known };
        Ok((Term::Arithmetic(op, both.0, both.1), known))
    }

    /// Notes that a field is needed.
    fn field(
        &mut self,
        known: &Known,
        layers: Option<Vec<Part>>,
        raw: bool,
        reference: bool,
    ) -> Term {
        let single = [known.name];
        let (how, names) = fields::derived(known.name).unwrap_or((Derived::Same, &single));
        self.has_references |= reference;
        let mut at = Vec::new();
        for name in names {
            let place = self.needs.iter().position(|needed| needed == name);
            at.push(place.unwrap_or_else(|| {
                self.needs
                    .push(fields::known(name).map_or("", |known| known.name));
                self.needs.len() - 1
            }));
        }
        Term::Field(Field {
            at,
            layers,
            raw,
            how,
            reference,
        })
    }

    fn call(
        &mut self,
        name: &str,
        arguments: &[Operand],
        place: &Range<usize>,
    ) -> Result<(Term, Known), Wrong> {
        let function = match name {
            "len" => Function::Len,
            "count" => Function::Count,
            "upper" => Function::Upper,
            "lower" => Function::Lower,
            "string" => Function::String,
            "max" => Function::Max,
            "min" => Function::Min,
            "abs" => Function::Abs,
            "float" => Function::Float,
            "double" => Function::Double,
            "vals" => Function::Vals,
            _ => {
                let function = crate::format::printable(name);
                return Err(Wrong::new(
                    text!("filter-no-function", function),
                    place.clone(),
                ));
            }
        };
        let is_list = matches!(function, Function::Max | Function::Min);
        if arguments.is_empty() || !is_list && arguments.len() != 1 {
            let reason = text!("filter-arguments", function = name);
            return Err(Wrong::new(reason, place.clone()));
        }
        // A constant takes the type of the other arguments.
        let mut sides = Vec::new();
        for argument in arguments {
            sides.push(self.side(argument)?);
        }
        let first = sides.iter().find_map(|side| match side {
            Side::Typed(_, known) => Some(*known),
            Side::Constant(_) => None,
        });
        let Some(known) = first else {
            let mut words = arguments
                .iter()
                .filter_map(|argument| match &argument.term {
                    Syntax::Word(word) if literal::plain_integer(word).is_none() => {
                        Some((word, &argument.place))
                    }
                    _ => None,
                });
            if let Some((word, place)) = words.next() {
                return Err(not_a_field(word, place));
            }
            let place = arguments.first().map_or(place, |argument| &argument.place);
            let reason = text!("filter-only-fields-to", function = name);
            return Err(Wrong::new(reason, place.clone()));
        };
        let mut terms = Vec::new();
        for (side, argument) in sides.into_iter().zip(arguments) {
            terms.push(typed(side, argument, &known)?);
        }
        let bad = |reason: String| Err(Wrong::new(reason, place.clone()));
        let field = known.name;
        let kind = match function {
            Function::Len | Function::Count => FieldType::Uint32,
            Function::Upper | Function::Lower => match class(known.kind) {
                Class::Text => FieldType::String,
                _ => return bad(text!("filter-only-text", function = name, field)),
            },
            Function::String => match (class(known.kind), known.kind) {
                (_, FieldType::Ether | FieldType::Eui64 | FieldType::Guid) => FieldType::String,
                (Class::Text | Class::Bytes | Class::Nothing, _) => {
                    return bad(text!("filter-no-string", field));
                }
                _ => FieldType::String,
            },
            Function::Max | Function::Min => known.kind,
            Function::Abs => {
                numeric(&known, place)?;
                known.kind
            }
            Function::Float | Function::Double => {
                numeric(&known, place)?;
                FieldType::Double
            }
            Function::Vals if known.values == Values::None => {
                return bad(text!("filter-no-names", field));
            }
            Function::Vals => FieldType::String,
        };
        if matches!(function, Function::Count | Function::Vals)
            && !matches!(terms.first(), Some(Term::Field(_)))
        {
            return bad(text!("filter-only-fields-to", function = name));
        }
        let known = Known {
            kind,
            values: Values::None,
            ..known
        };
        Ok((Term::Call(function, terms), known))
    }
}

fn not_a_field(word: &str, place: &Range<usize>) -> Wrong {
    if let Some(field) = field_of(word) {
        let value = crate::format::printable(word);
        return Wrong::new(text!("filter-value-alone", field, value), place.clone());
    }
    Wrong {
        // A beginning of a name may become one.
        is_incomplete: fields::names().any(|name| name.starts_with(word)),
        ..Wrong::new(fields::unknown(word), place.clone())
    }
}

/// Returns a field that may be meant where a value stands alone.
fn field_of(word: &str) -> Option<&'static str> {
    let (address, _) = word.split_once('/').unwrap_or((word, ""));
    match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(_)) => return Some("ip.addr"),
        Ok(IpAddr::V6(_)) => return Some("ipv6.addr"),
        Err(_) => {}
    }
    if word.parse::<u16>().is_ok() {
        return Some("tcp.port");
    }
    let is_mac = word.contains([':', '-']) && literal::bytes(word)?.len() == 6;
    is_mac.then_some("eth.addr")
}

/// Returns a value of this type.
fn typed(side: Side, operand: &Operand, known: &Known) -> Result<Term, Wrong> {
    match side {
        Side::Typed(term, other) => {
            compatible(known, &other, &operand.place)?;
            Ok(term)
        }
        Side::Constant(operand) => Ok(Term::Constant(constant(operand, known)?)),
    }
}

/// Refuses a value of `conversation.finding` that no finding has.
fn is_finding(term: &Term, known: &Known, operand: &Operand) -> Result<(), Wrong> {
    let Term::Constant(Datum::Text(name)) = term else {
        return Ok(());
    };
    if known.name != fields::FINDING || Kind::ALL.iter().any(|kind| kind.name() == name) {
        return Ok(());
    }
    // On the screen they have names in words.
    let same = |kind: &&Kind| kind.words().eq_ignore_ascii_case(name);
    let like = Kind::ALL.iter().find(same).map(|kind| kind.name());
    let names = Kind::ALL.iter().map(|kind| kind.name());
    let like = like.or_else(|| fields::most_like_of(name, names));
    let name = crate::format::printable(name);
    let reason = match like {
        Some(like) => text!("filter-no-finding-but", name, like),
        None => text!("filter-no-finding", name),
    };
    Err(Wrong::new(reason, operand.place.clone()))
}

/// Returns the names of a field's values instead of the values, which are numbers.
fn named(term: Term, known: Known) -> Option<(Term, Known)> {
    let has_names = matches!(term, Term::Field(_))
        && class(known.kind) == Class::Integer
        && known.values != Values::None;
    let names = Known {
        kind: FieldType::String,
        values: Values::None,
        ..known
    };
    has_names.then(|| (Term::Call(Function::Vals, vec![term]), names))
}

fn numeric(known: &Known, place: &Range<usize>) -> Result<(), Wrong> {
    match class(known.kind) {
        Class::Integer | Class::Float | Class::Span | Class::Time => Ok(()),
        _ => {
            let reason = text!("filter-no-arithmetic", field = known.name);
            Err(Wrong::new(reason, place.clone()))
        }
    }
}

fn compatible(one: &Known, other: &Known, place: &Range<usize>) -> Result<(), Wrong> {
    let (a, b) = (class(one.kind), class(other.kind));
    let is_time = |class| matches!(class, Class::Span | Class::Time);
    let is_number = |class| matches!(class, Class::Integer | Class::Float);
    match a == b || is_time(a) && is_time(b) || is_number(a) && is_number(b) {
        true => Ok(()),
        false => Err(Wrong::new(
            text!("filter-not-compatible", one = one.name, other = other.name),
            place.clone(),
        )),
    }
}

fn is_constant(operand: &Operand) -> bool {
    match &operand.term {
        Syntax::Text(_) | Syntax::Char(_) => true,
        Syntax::Word(word) => {
            let is_field = fields::known(word).is_some() || fields::is_other_protocol(word);
            !word.starts_with('.') && !is_field
        }
        Syntax::Field { .. } => false,
        Syntax::Call(name, arguments) => {
            let folds = matches!(name.as_str(), "abs" | "max" | "min");
            folds && !arguments.is_empty() && arguments.iter().all(is_constant)
        }
        Syntax::Slice(inside, _) | Syntax::Negative(inside) => is_constant(inside),
        Syntax::Arithmetic(_, left, right) => is_constant(left) && is_constant(right),
    }
}

/// Returns the value of a constant expression as one of this field.
fn constant(operand: &Operand, of: &Known) -> Result<Datum<'static>, Wrong> {
    let written = match &operand.term {
        Syntax::Word(word) => Written::Word(word.clone()),
        Syntax::Text(text) => Written::Text(text.clone()),
        Syntax::Char(byte) => Written::Char(*byte),
        Syntax::Negative(inside) => match &inside.term {
            Syntax::Word(word) => Written::Word(format!("-{word}")),
            _ => {
                let value = constant(inside, of)?;
                return negative(&value)
                    .ok_or_else(|| Wrong::new(text!("filter-constant"), operand.place.clone()));
            }
        },
        Syntax::Call(name, arguments) if is_constant(operand) => {
            let mut best: Option<Datum> = None;
            for argument in arguments {
                let value = constant(argument, of)?;
                let is_better = best.as_ref().is_none_or(|best| match name.as_str() {
                    "max" => value.compares(Relation::Greater, best),
                    _ => value.compares(Relation::Less, best),
                });
                best = if is_better { Some(value) } else { best };
            }
            let zero = Datum::Integer(0);
            let is_negative = |it: &Datum| match it {
                Datum::Integer(_) | Datum::Float(_) => it.compares(Relation::Less, &zero),
                _ => it.compares(Relation::Less, &Datum::Span(0)),
            };
            let best = best.and_then(|best| match name == "abs" && is_negative(&best) {
                true => negative(&best),
                false => Some(best),
            });
            return best.ok_or_else(|| Wrong::new(text!("filter-constant"), operand.place.clone()));
        }
        Syntax::Arithmetic(op, ..)
            if class(of.kind) == Class::Time
                && !matches!(op, Arithmetic::Add | Arithmetic::Subtract) =>
        {
            let reason = text!("filter-no-arithmetic", field = of.name);
            return Err(Wrong::new(reason, operand.place.clone()));
        }
        Syntax::Arithmetic(op, left, right) => {
            let (left, right) = (constant(left, of)?, constant(right, of)?);
            return arithmetic(*op, &left, &right)
                .ok_or_else(|| Wrong::new(text!("filter-constant"), operand.place.clone()));
        }
        _ => return Err(Wrong::new(text!("filter-constant"), operand.place.clone())),
    };
    literal::value(&written, of, &operand.place)
}

/// Returns a number with the other sign.
pub fn negative(value: &Datum) -> Option<Datum<'static>> {
    Some(match value {
        Datum::Integer(number) => Datum::Integer(number.checked_neg()?),
        Datum::Float(number) => Datum::Float(-*number),
        Datum::Span(ns) => Datum::Span(ns.checked_neg()?),
        _ => return None,
    })
}

/// Returns the result of an operation; none where there is none, as for a division by 0.
pub fn arithmetic(op: Arithmetic, left: &Datum, right: &Datum) -> Option<Datum<'static>> {
    let whole = |a: i128, b: i128| match op {
        Arithmetic::Add => a.checked_add(b),
        Arithmetic::Subtract => a.checked_sub(b),
        Arithmetic::Multiply => a.checked_mul(b),
        Arithmetic::Divide => a.checked_div(b),
        Arithmetic::Modulo => a.checked_rem(b),
        Arithmetic::And => Some(a & b),
    };
    let fraction = |a: f64, b: f64| match op {
        Arithmetic::Add => Some(a + b),
        Arithmetic::Subtract => Some(a - b),
        Arithmetic::Multiply => Some(a * b),
        Arithmetic::Divide => Some(a / b),
        Arithmetic::Modulo => Some(a % b),
        Arithmetic::And => None,
    };
    Some(match (left, right) {
        (Datum::Integer(a), Datum::Integer(b)) => Datum::Integer(whole(*a, *b)?),
        (Datum::Float(a), Datum::Float(b)) => Datum::Float(fraction(*a, *b)?),
        (Datum::Float(a), Datum::Integer(b)) => Datum::Float(fraction(*a, *b as f64)?),
        (Datum::Integer(a), Datum::Float(b)) => Datum::Float(fraction(*a as f64, *b)?),
        (Datum::Span(a), Datum::Float(b)) => {
            let ns = fraction(*a as f64, *b)?;
            Datum::Span(ns.is_finite().then_some(ns as i128)?)
        }
        (Datum::Span(a), Datum::Span(b)) => Datum::Span(whole(*a, *b)?),
        (Datum::Time(a), Datum::Span(b)) | (Datum::Span(a), Datum::Time(b)) => {
            Datum::Time(whole(*a, *b)?)
        }
        (Datum::Time(a), Datum::Time(b)) => Datum::Span(whole(*a, *b)?),
        _ if op == Arithmetic::And => {
            let (a, b) = (left.bytes()?, right.bytes()?);
            let both = a.iter().zip(b.iter()).map(|(a, b)| a & b);
            Datum::Bytes(both.collect::<Vec<u8>>().into())
        }
        _ => return None,
    })
}

/// Returns a pattern in which bytes beyond ASCII are escaped: it is compared with bytes.
fn plain_pattern(pattern: &[u8]) -> String {
    let mut plain = String::new();
    for byte in pattern {
        match byte.is_ascii() {
            true => plain.push(char::from(*byte)),
            false => plain.push_str(&format!("\\x{byte:02x}")),
        }
    }
    plain
}
