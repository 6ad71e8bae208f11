//! The syntax tree of a filter: not before and, and before xor, xor before or.

use super::{
    Wrong,
    lexer::{Op, Part, Placed, Relation, Token},
};
use crate::lang::text;
use std::ops::Range;

/// What holds or does not.
#[derive(Debug)]
pub enum Logic {
    Or(Vec<Logic>),
    Xor(Vec<Logic>),
    And(Vec<Logic>),
    Not(Box<Logic>),
    /// Comparisons in a row, as in `1 < tcp.len < 100`: each of them holds.
    Compare {
        quantifier: Option<Quantifier>,
        first: Operand,
        rest: Vec<(Relation, Range<usize>, Operand)>,
    },
    /// One of the values, or within one of the ranges.
    In {
        quantifier: Option<Quantifier>,
        operand: Operand,
        set: Vec<(Operand, Option<Operand>)>,
    },
    /// There is such a value.
    Exists(Operand),
}

/// How many occurrences of a field must compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantifier {
    Any,
    All,
}

/// A value, and its place in the filter.
#[derive(Debug)]
pub struct Operand {
    pub term: Term,
    pub place: Range<usize>,
}

#[derive(Debug)]
pub enum Term {
    /// A field or a literal value.
    Word(String),
    Text(Vec<u8>),
    Char(u8),
    /// A field in some of its layers, or its bytes.
    Field {
        name: String,
        layers: Option<Vec<Part>>,
        raw: bool,
        /// The field of the chosen packet, not of the packet that is tested.
        reference: bool,
    },
    Slice(Box<Operand>, Vec<Part>),
    Call(String, Vec<Operand>),
    Arithmetic(Arithmetic, Box<Operand>, Box<Operand>),
    Negative(Box<Operand>),
}

/// An operation with numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    And,
}

/// More brackets and operators within each other are refused.
const MAX_DEPTH: usize = 100;

/// Returns the syntax tree; none for an empty filter, which holds for every packet.
pub fn parse(tokens: &[Placed], end: usize) -> Result<Option<Logic>, Wrong> {
    if tokens.is_empty() {
        return Ok(None);
    }
    let mut parser = Parser {
        tokens,
        at: 0,
        end,
        depth: 0,
    };
    let logic = parser.or()?;
    match parser.tokens.get(parser.at) {
        None => Ok(Some(logic)),
        Some(token) => Err(unexpected(token)),
    }
}

fn unexpected((token, place): &Placed) -> Wrong {
    let what = match token {
        Token::Word(word) => crate::format::printable(word),
        _ => String::new(),
    };
    let reason = match what.is_empty() {
        true => text!("filter-unexpected-here").to_owned(),
        false => text!("filter-unexpected", what),
    };
    Wrong::new(reason, place.clone())
}

struct Parser<'a> {
    tokens: &'a [Placed],
    at: usize,
    end: usize,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    fn is(&self, op: Op) -> bool {
        self.peek() == Some(&Token::Op(op))
    }

    fn take(&mut self, op: Op) -> bool {
        let is = self.is(op);
        self.at += usize::from(is);
        is
    }

    /// Returns the place of the last token that was taken.
    fn last(&self) -> Range<usize> {
        let last = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        last.map_or(0..0, |(_, place)| place.clone())
    }

    /// Returns the error that the next token is not what is expected.
    fn wrong(&self) -> Wrong {
        match self.tokens.get(self.at) {
            Some(token) => unexpected(token),
            None => Wrong::incomplete(self.end),
        }
    }

    fn expect(&mut self, op: Op) -> Result<(), Wrong> {
        match self.take(op) {
            true => Ok(()),
            false => Err(self.wrong()),
        }
    }

    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T, Wrong>) -> Result<T, Wrong> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let place = self.tokens.get(self.at).map(|(_, place)| place.clone());
            let place = place.unwrap_or_else(|| self.last());
            return Err(Wrong::new(text!("filter-too-deep"), place));
        }
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn list(
        &mut self,
        op: Op,
        next: fn(&mut Self) -> Result<Logic, Wrong>,
        join: fn(Vec<Logic>) -> Logic,
    ) -> Result<Logic, Wrong> {
        let first = next(self)?;
        if !self.is(op) {
            return Ok(first);
        }
        let mut all = vec![first];
        while self.take(op) {
            all.push(next(self)?);
        }
        Ok(join(all))
    }

    fn or(&mut self) -> Result<Logic, Wrong> {
        self.list(Op::Or, Self::xor, Logic::Or)
    }

    fn xor(&mut self) -> Result<Logic, Wrong> {
        self.list(Op::Xor, Self::and, Logic::Xor)
    }

    fn and(&mut self) -> Result<Logic, Wrong> {
        self.list(Op::And, Self::not, Logic::And)
    }

    fn not(&mut self) -> Result<Logic, Wrong> {
        if self.take(Op::Not) {
            let inside = self.deeper(Self::not)?;
            return Ok(Logic::Not(Box::new(inside)));
        }
        if self.take(Op::Open) {
            let open = self.last();
            let inside = self.deeper(Self::or)?;
            if self.at == self.tokens.len() {
                return Err(Wrong {
                    is_incomplete: true,
                    ..Wrong::new(text!("filter-bracket-missing"), open)
                });
            }
            self.expect(Op::Close)?;
            return Ok(inside);
        }
        self.relation()
    }

    fn relation(&mut self) -> Result<Logic, Wrong> {
        let quantifier = match self.peek() {
            Some(Token::Op(Op::Any)) => Some(Quantifier::Any),
            Some(Token::Op(Op::All)) => Some(Quantifier::All),
            _ => None,
        };
        self.at += usize::from(quantifier.is_some());
        let first = self.operand()?;
        let negated = self.is(Op::Not)
            && self.tokens.get(self.at + 1).map(|(token, _)| token) == Some(&Token::Op(Op::In));
        self.at += usize::from(negated);
        if self.take(Op::In) {
            let set = self.set()?;
            let member = Logic::In {
                quantifier,
                operand: first,
                set,
            };
            return Ok(match negated {
                true => Logic::Not(Box::new(member)),
                false => member,
            });
        }
        let mut rest = Vec::new();
        while let Some(Token::Op(Op::Compare(relation))) = self.peek().cloned() {
            self.at += 1;
            let place = self.last();
            rest.push((relation, place, self.operand()?));
            if matches!(relation, Relation::Contains | Relation::Matches) {
                break;
            }
        }
        match (rest.is_empty(), quantifier) {
            (true, None) => Ok(Logic::Exists(first)),
            (true, Some(_)) => Err(self.wrong()),
            (false, _) => Ok(Logic::Compare {
                quantifier,
                first,
                rest,
            }),
        }
    }

    fn set(&mut self) -> Result<Vec<(Operand, Option<Operand>)>, Wrong> {
        self.expect(Op::OpenBrace)?;
        let mut set = Vec::new();
        loop {
            let from = self.operand()?;
            let to = match self.take(Op::To) {
                true => Some(self.operand()?),
                false => None,
            };
            set.push((from, to));
            if self.take(Op::CloseBrace) {
                return Ok(set);
            }
            // Older filters have spaces instead of commas.
            if !self.take(Op::Comma) && matches!(self.peek(), None | Some(Token::Op(_))) {
                return Err(self.wrong());
            }
        }
    }

    fn binary(
        &mut self,
        next: fn(&mut Self) -> Result<Operand, Wrong>,
        op: fn(Op) -> Option<Arithmetic>,
    ) -> Result<Operand, Wrong> {
        let mut left = next(self)?;
        let mut count = 0;
        while let Some(Token::Op(sign)) = self.peek()
            && let Some(op) = op(*sign)
        {
            self.at += 1;
            count += 1;
            if count > MAX_DEPTH {
                return Err(Wrong::new(text!("filter-too-deep"), self.last()));
            }
            let right = next(self)?;
            let place = left.place.start..right.place.end;
            left = Operand {
                term: Term::Arithmetic(op, Box::new(left), Box::new(right)),
                place,
            };
        }
        Ok(left)
    }

    fn operand(&mut self) -> Result<Operand, Wrong> {
        self.binary(Self::sum, |op| {
            (op == Op::BitAnd).then_some(Arithmetic::And)
        })
    }

    fn sum(&mut self) -> Result<Operand, Wrong> {
        self.binary(Self::product, |op| match op {
            Op::Plus => Some(Arithmetic::Add),
            Op::Minus => Some(Arithmetic::Subtract),
            _ => None,
        })
    }

    fn product(&mut self) -> Result<Operand, Wrong> {
        self.binary(Self::signed, |op| match op {
            Op::Times => Some(Arithmetic::Multiply),
            Op::Divide => Some(Arithmetic::Divide),
            Op::Modulo => Some(Arithmetic::Modulo),
            _ => None,
        })
    }

    fn signed(&mut self) -> Result<Operand, Wrong> {
        if self.take(Op::Plus) {
            return self.deeper(Self::signed);
        }
        if self.take(Op::Minus) {
            let start = self.last().start;
            let inside = self.deeper(Self::signed)?;
            let place = start..inside.place.end;
            return Ok(Operand {
                term: Term::Negative(Box::new(inside)),
                place,
            });
        }
        let mut operand = self.primary()?;
        let mut count = 0;
        while let Some(Token::Parts(parts)) = self.peek().cloned() {
            self.at += 1;
            count += 1;
            if count > MAX_DEPTH {
                return Err(Wrong::new(text!("filter-too-deep"), self.last()));
            }
            let place = operand.place.start..self.last().end;
            operand = Operand {
                term: Term::Slice(Box::new(operand), parts),
                place,
            };
        }
        Ok(operand)
    }

    fn primary(&mut self) -> Result<Operand, Wrong> {
        let Some((token, place)) = self.tokens.get(self.at).cloned() else {
            return Err(self.wrong());
        };
        self.at += 1;
        let term = match token {
            Token::Text(text) => Term::Text(text),
            Token::Char(byte) => Term::Char(byte),
            Token::Op(Op::OpenBrace) => {
                let inside = self.deeper(Self::operand)?;
                self.expect(Op::CloseBrace)?;
                return Ok(inside);
            }
            Token::Op(Op::At) => return self.field(place.start, true, false),
            Token::Op(Op::Dollar) => return self.reference(place.start, false),
            Token::Op(Op::Reference) => return self.reference(place.start, true),
            Token::Word(word) if self.is(Op::Open) => {
                self.at += 1;
                let mut arguments = Vec::new();
                while !self.take(Op::Close) {
                    if !arguments.is_empty() {
                        self.expect(Op::Comma)?;
                    }
                    arguments.push(self.deeper(Self::operand)?);
                }
                let place = place.start..self.last().end;
                return Ok(Operand {
                    term: Term::Call(word, arguments),
                    place,
                });
            }
            Token::Word(_) if self.is(Op::Hash) => {
                self.at -= 1;
                return self.field(place.start, false, false);
            }
            Token::Word(word) => Term::Word(word),
            _ => {
                self.at -= 1;
                return Err(self.wrong());
            }
        };
        Ok(Operand { term, place })
    }

    fn reference(&mut self, start: usize, braced: bool) -> Result<Operand, Wrong> {
        let raw = self.take(Op::At);
        let field = self.field(start, raw, true)?;
        if braced {
            self.expect(Op::CloseBrace)?;
        }
        let place = start..self.last().end;
        Ok(Operand { place, ..field })
    }

    /// A field that is named with certainty, and its layers.
    fn field(&mut self, start: usize, raw: bool, reference: bool) -> Result<Operand, Wrong> {
        let Some(Token::Word(name)) = self.peek().cloned() else {
            return Err(self.wrong());
        };
        self.at += 1;
        let mut layers = None;
        if self.take(Op::Hash) {
            let one = |number| {
                vec![Part {
                    from: number,
                    end: super::lexer::End::Length(1),
                }]
            };
            layers = Some(match self.peek().cloned() {
                Some(Token::Parts(parts)) => parts,
                Some(Token::Word(word)) if let Ok(number) = word.parse() => one(number),
                Some(_) => {
                    let place = self.tokens.get(self.at).map(|(_, place)| place.clone());
                    return Err(Wrong::new(
                        text!("filter-bad-layer"),
                        place.unwrap_or_default(),
                    ));
                }
                None => return Err(Wrong::incomplete(self.end)),
            });
            self.at += 1;
        }
        Ok(Operand {
            term: Term::Field {
                name,
                layers,
                raw,
                reference,
            },
            place: start..self.last().end,
        })
    }
}
