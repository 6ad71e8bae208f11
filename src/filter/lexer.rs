//! Splits a filter into words, strings and operators.

use super::{MAX_LENGTH, Wrong, macros};
use crate::lang::text;
use nom::{
    IResult, Parser,
    branch::alt,
    bytes::complete::{tag, take_while},
    combinator::{map, map_opt, opt, recognize, value},
    multi::separated_list1,
};
use std::ops::Range;

/// A word, a string or an operator.
#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    /// A field, a function, or a literal value.
    Word(String),
    /// Text in double quotes, with its escapes resolved.
    Text(Vec<u8>),
    /// A character in single quotes.
    Char(u8),
    /// An operator or a bracket.
    Op(Op),
    /// Parts of bytes or layers: what is between square brackets.
    Parts(Vec<Part>),
}

/// An operator or a bracket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    Open,
    Close,
    OpenBrace,
    CloseBrace,
    /// `${`
    Reference,
    /// `$`
    Dollar,
    Comma,
    To,
    Hash,
    At,
    Not,
    And,
    Or,
    Xor,
    In,
    Any,
    All,
    Compare(Relation),
    BitAnd,
    Plus,
    Minus,
    Times,
    Divide,
    Modulo,
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// `==`: any pair is equal.
    AnyEqual,
    /// `===`: all pairs are equal.
    AllEqual,
    /// `!=`: all pairs differ.
    AllUnequal,
    /// `!==`: any pair differs.
    AnyUnequal,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Contains,
    Matches,
}

/// A part of bytes, of text, or of the layers of a packet. Negative offsets count from the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The first one.
    pub from: i64,
    /// Where it ends.
    pub end: End,
}

/// The end of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// So many.
    Length(i64),
    /// The last one.
    At(i64),
    /// The end of everything.
    Open,
}

/// A token and its place.
pub type Placed = (Token, Range<usize>);

/// Returns the tokens of a filter.
pub fn tokens(text: &str) -> Result<Vec<Placed>, Wrong> {
    let mut scanner = Scanner::default();
    scanner.scan(text, None)?;
    Ok(scanner.tokens)
}

#[derive(Default)]
struct Scanner {
    tokens: Vec<Placed>,
    /// How many macros the text is in, and how long the texts of all of them were.
    depth: usize,
    expanded: usize,
}

impl Scanner {
    /// Adds the tokens of a text: of the filter, or of a macro that is used in this place.
    fn scan(&mut self, text: &str, place: Option<&Range<usize>>) -> Result<(), Wrong> {
        let within = |wrong: Wrong| match place {
            Some(place) => Wrong::new(wrong.reason, place.clone()),
            None => wrong,
        };
        let mut at = 0;
        loop {
            let rest = text.get(at..).unwrap_or_default();
            let rest = rest.trim_start();
            at = text.len() - rest.len();
            if rest.is_empty() {
                return Ok(());
            }
            if let Some((meaning, length)) = macros::expansion(rest, at).map_err(within)? {
                let place = place.cloned().unwrap_or(at..at + length);
                self.expand(&meaning, &place)?;
                at += length;
                continue;
            }
            let (token, length) = token(rest, at).map_err(within)?;
            let own = at..at + length;
            self.tokens.push((token, place.cloned().unwrap_or(own)));
            at += length;
        }
    }

    fn expand(&mut self, meaning: &str, place: &Range<usize>) -> Result<(), Wrong> {
        self.depth += 1;
        self.expanded += meaning.len();
        if self.depth > macros::MAX_DEPTH || self.expanded > MAX_LENGTH {
            return Err(Wrong::new(text!("filter-macro-too-deep"), place.clone()));
        }
        self.scan(meaning, Some(place))?;
        self.depth -= 1;
        Ok(())
    }
}

/// Returns the first token of a text, and its length.
fn token(text: &str, at: usize) -> Result<(Token, usize), Wrong> {
    let first = text.chars().next().unwrap_or_default();
    match first {
        '"' | '\u{201c}' => string(text, at, first),
        'r' | 'R' if text.get(1..2) == Some("\"") => raw_string(text, at),
        '\'' => character(text, at),
        '[' => parts(text, at),
        _ => match operator(text) {
            Ok((behind, op)) => Ok((Token::Op(op), text.len() - behind.len())),
            Err(_) => word(text, at, first),
        },
    }
}

fn operator(text: &str) -> IResult<&str, Op> {
    use Relation::*;
    alt((
        alt((
            value(Op::Compare(AllEqual), tag("===")),
            value(Op::Compare(AnyUnequal), tag("!==")),
            value(Op::Compare(AnyEqual), tag("==")),
            value(Op::Compare(AllUnequal), tag("!=")),
            value(Op::Compare(GreaterOrEqual), tag(">=")),
            value(Op::Compare(LessOrEqual), tag("<=")),
            value(Op::Compare(Greater), tag(">")),
            value(Op::Compare(Less), tag("<")),
            value(Op::Compare(Matches), tag("~")),
            value(Op::Not, tag("!")),
            value(Op::And, tag("&&")),
            value(Op::Or, tag("||")),
            value(Op::Xor, tag("^^")),
        )),
        alt((
            value(Op::BitAnd, tag("&")),
            value(Op::To, tag("..")),
            value(Op::Reference, tag("${")),
            value(Op::Dollar, tag("$")),
            value(Op::Open, tag("(")),
            value(Op::Close, tag(")")),
            value(Op::OpenBrace, tag("{")),
            value(Op::CloseBrace, tag("}")),
            value(Op::Comma, tag(",")),
            value(Op::Hash, tag("#")),
            value(Op::At, tag("@")),
            value(Op::Plus, tag("+")),
            value(Op::Minus, tag("-")),
            value(Op::Times, tag("*")),
            value(Op::Divide, tag("/")),
            value(Op::Modulo, tag("%")),
        )),
    ))
    .parse(text)
}

/// The operators that are words, in any case.
fn named(word: &str) -> Option<Op> {
    use Relation::*;
    Some(match word.to_ascii_lowercase().as_str() {
        "and" => Op::And,
        "or" => Op::Or,
        "xor" => Op::Xor,
        "not" => Op::Not,
        "in" => Op::In,
        "any" => Op::Any,
        "all" => Op::All,
        "eq" | "any_eq" => Op::Compare(AnyEqual),
        "ne" | "all_ne" => Op::Compare(AllUnequal),
        "all_eq" => Op::Compare(AllEqual),
        "any_ne" => Op::Compare(AnyUnequal),
        "gt" => Op::Compare(Greater),
        "ge" => Op::Compare(GreaterOrEqual),
        "lt" => Op::Compare(Less),
        "le" => Op::Compare(LessOrEqual),
        "contains" => Op::Compare(Contains),
        "matches" => Op::Compare(Matches),
        "bitand" | "bitwise_and" => Op::BitAnd,
        _ => return None,
    })
}

/// A field or a literal value: letters, digits, `_`, and signs that stand within numbers and addresses.
fn word(text: &str, at: usize, first: char) -> Result<(Token, usize), Wrong> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let mut length = 0;
    let mut before = None;
    for (place, letter) in text.char_indices() {
        let next = text.get(place + 1..).and_then(|rest| rest.chars().next());
        let goes_on = match letter {
            ':' => true,
            '.' => next != Some('.'),
            '-' => before.is_some_and(is_part) && next.is_some_and(is_part),
            // The length of a prefix.
            '/' => {
                let word = text.get(..place).unwrap_or_default();
                let is_address = word.contains(':') || word.matches('.').count() == 3;
                is_address && next.is_some_and(|next| next.is_ascii_digit())
            }
            letter => is_part(letter),
        };
        if !goes_on {
            break;
        }
        before = Some(letter);
        length = place + letter.len_utf8();
    }
    if first == '=' {
        return Err(Wrong {
            // Another one may follow.
            is_incomplete: text.len() == 1,
            ..Wrong::new(text!("filter-one-equals-sign"), at..at + 1)
        });
    }
    if length == 0 {
        let sign = first.to_string();
        return Err(Wrong::new(
            text!("filter-unexpected", what = crate::format::printable(&sign)),
            at..at + first.len_utf8(),
        ));
    }
    let word = text.get(..length).unwrap_or_default();
    Ok(match named(word) {
        Some(op) => (Token::Op(op), length),
        None => (Token::Word(word.to_owned()), length),
    })
}

/// Text in double quotes, or in typographic ones.
fn string(text: &str, at: usize, quote: char) -> Result<(Token, usize), Wrong> {
    let end = match quote {
        '"' => '"',
        _ => '\u{201d}',
    };
    let mut bytes = Vec::new();
    let mut rest = text.get(quote.len_utf8()..).unwrap_or_default();
    loop {
        let place = text.len() - rest.len();
        let Some(letter) = rest.chars().next() else {
            return Err(Wrong {
                is_incomplete: true,
                ..Wrong::new(text!("filter-quote-missing"), at..at + text.len())
            });
        };
        rest = rest.get(letter.len_utf8()..).unwrap_or_default();
        match letter {
            _ if letter == end => return Ok((Token::Text(bytes), text.len() - rest.len())),
            '\\' => match escape(rest) {
                Ok((behind, escaped)) => {
                    bytes.extend(escaped);
                    rest = behind;
                }
                Err(_) => {
                    let sign = rest.chars().next().map_or(0, char::len_utf8);
                    let wrong = at + place..at + place + 1 + sign;
                    return Err(Wrong::new(text!("filter-bad-escape"), wrong));
                }
            },
            _ => bytes.extend(letter.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

/// Text in which only a quote may be escaped; the backslash stays.
fn raw_string(text: &str, at: usize) -> Result<(Token, usize), Wrong> {
    let mut is_escaped = false;
    for (place, letter) in text.char_indices().skip(2) {
        match letter {
            '"' if !is_escaped => {
                let inside = text.get(2..place).unwrap_or_default();
                return Ok((Token::Text(inside.as_bytes().to_vec()), place + 1));
            }
            _ => is_escaped = letter == '\\' && !is_escaped,
        }
    }
    Err(Wrong {
        is_incomplete: true,
        ..Wrong::new(text!("filter-quote-missing"), at..at + text.len())
    })
}

/// What follows a backslash.
fn escape(text: &str) -> IResult<&str, Vec<u8>> {
    let simple = |sign: &'static str, byte: u8| value(vec![byte], tag(sign));
    alt((
        simple("'", b'\''),
        simple("\"", b'"'),
        simple("\\", b'\\'),
        simple("a", 7),
        simple("b", 8),
        simple("f", 12),
        simple("n", b'\n'),
        simple("r", b'\r'),
        simple("t", b'\t'),
        simple("v", 11),
        map_opt((tag("x"), digits(16, 1, 2)), |(_, number)| {
            Some(vec![u8::try_from(number).ok()?])
        }),
        map_opt((tag("u"), digits(16, 4, 4)), |(_, number)| scalar(number)),
        map_opt((tag("U"), digits(16, 8, 8)), |(_, number)| scalar(number)),
        map_opt(digits(8, 1, 3), |number| {
            Some(vec![u8::try_from(number).ok()?])
        }),
    ))
    .parse(text)
}

fn scalar(number: u32) -> Option<Vec<u8>> {
    Some(char::from_u32(number)?.to_string().into_bytes())
}

/// A number of `least` to `most` digits.
fn digits<'a>(
    base: u32,
    least: usize,
    most: usize,
) -> impl Parser<&'a str, Output = u32, Error = nom::error::Error<&'a str>> {
    map_opt(
        nom::bytes::complete::take_while_m_n(least, most, move |digit: char| digit.is_digit(base)),
        move |digits: &str| u32::from_str_radix(digits, base).ok(),
    )
}

/// A character in single quotes.
fn character(text: &str, at: usize) -> Result<(Token, usize), Wrong> {
    let inside = alt((
        map((tag("\\"), escape), |(_, bytes): (&str, Vec<u8>)| bytes),
        map(
            nom::character::complete::satisfy(|letter| letter != '\'' && letter != '\\'),
            |letter| letter.to_string().into_bytes(),
        ),
    ));
    let whole: IResult<&str, (&str, Vec<u8>, &str)> = (tag("'"), inside, tag("'")).parse(text);
    match whole {
        Ok((behind, (_, bytes, _))) if let [byte] = *bytes => {
            Ok((Token::Char(byte), text.len() - behind.len()))
        }
        _ => {
            let end = text.char_indices().skip(1).find(|(_, sign)| *sign == '\'');
            let length = end.map_or(text.len(), |(place, _)| place + 1);
            Err(Wrong {
                is_incomplete: end.is_none(),
                ..Wrong::new(text!("filter-bad-character"), at..at + length)
            })
        }
    }
}

/// Parts between square brackets: `[1,3-5,9:]`.
fn parts(text: &str, at: usize) -> Result<(Token, usize), Wrong> {
    let Some(close) = text.find(']') else {
        return Err(Wrong {
            is_incomplete: true,
            ..Wrong::new(text!("filter-bracket-missing"), at..at + text.len())
        });
    };
    let inside = text.get(1..close).unwrap_or_default();
    let separator = (space, tag(","), space);
    let parsed: IResult<&str, _> = (space, separated_list1(separator, part), space).parse(inside);
    match parsed {
        Ok(("", (_, parts, _))) => Ok((Token::Parts(parts), close + 1)),
        _ => Err(Wrong::new(text!("filter-bad-slice"), at..at + close + 1)),
    }
}

fn space(text: &str) -> IResult<&str, &str> {
    take_while(char::is_whitespace).parse(text)
}

fn part(text: &str) -> IResult<&str, Part> {
    let length = |from, length| Part {
        from,
        end: End::Length(length),
    };
    alt((
        map((number, space, tag(":"), space, number), |it| {
            length(it.0, it.4)
        }),
        map((number, space, tag(":")), |(from, ..)| Part {
            from,
            end: End::Open,
        }),
        map((tag(":"), space, number), |it| length(0, it.2)),
        map((number, space, tag("-"), space, number), |it| Part {
            from: it.0,
            end: End::At(it.4),
        }),
        map(number, |from| length(from, 1)),
    ))
    .parse(text)
}

fn number(text: &str) -> IResult<&str, i64> {
    let hex = map_opt(
        (
            opt(tag("-")),
            tag("0x"),
            take_while(|digit: char| digit.is_ascii_hexdigit()),
        ),
        |(sign, _, digits): (Option<&str>, &str, &str)| {
            let number = i64::from_str_radix(digits, 16).ok()?;
            Some(if sign.is_some() { -number } else { number })
        },
    );
    let decimal = map_opt(
        recognize((opt(tag("-")), nom::character::complete::digit1)),
        |digits: &str| digits.parse().ok(),
    );
    alt((hex, decimal)).parse(text)
}
