//! Forms as browsers send them: WHATWG URL Standard, section 5.

use super::{
    escape::percent,
    passwords::{self, Format},
};
use crate::{Dissector, FieldDef, Layer, Next, OsiLayer, Outcome, Selector, Stop, Value, charset};
use nom::bytes::take;

/// A form.
pub const DISSECTOR: Dissector = Dissector {
    name: "urlencoded-form",
    label: "HTML form",
    column: "",
    layer: OsiLayer::Application,
    selectors: &[Selector::media("application/x-www-form-urlencoded")],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::string("urlencoded-form.key"),
    FieldDef::string("urlencoded-form.value"),
];

fn dissect(form: &mut Layer) -> Outcome {
    let charset = form
        .media
        .as_ref()
        .and_then(|media| media.parameter("charset"));
    let charset = charset.map(str::to_owned);
    let undeclared = form.undeclared();
    let decode = |bytes: &[u8]| {
        let clear = percent(bytes, true);
        match &charset {
            Some(_) => charset::decode(charset.as_deref(), &clear).into_owned(),
            None => undeclared.read(&clear).into_owned(),
        }
    };
    passwords::mask(form, Format::Form);
    while !form.rest().is_empty() {
        let rest = form.rest();
        let length = rest.iter().position(|&byte| byte == b'&');
        let whole = length.map_or(rest.len(), |length| length + 1);
        let pair = rest.get(..length.unwrap_or(rest.len())).unwrap_or_default();
        form.within(whole, |form| item(form, pair, &decode))?;
    }
    Ok(Next::Nothing)
}

fn item(form: &mut Layer, pair: &[u8], decode: &dyn Fn(&[u8]) -> String) -> Result<(), Stop> {
    let equals = pair.iter().position(|&byte| byte == b'=');
    let (name, value) = pair.split_at(equals.unwrap_or(pair.len()));
    let value = value.get(1..).unwrap_or_default();
    form.group("", "Item", |form| {
        form.title(|| format!("{} = {}", decode(name), decode(value)));
        let show = |bytes: &[u8]| Value::Text(decode(bytes));
        form.field_shown("urlencoded-form.key", "Key", take(name.len()), show)?;
        form.skip(usize::from(equals.is_some()));
        form.field_shown("urlencoded-form.value", "Value", take(value.len()), show)?;
        form.skip(1);
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use crate::{
        Side,
        test_support::{said, words},
    };

    #[test]
    fn a_login() {
        let body = b"user=%EA%B0%80+b&password=s3cret%21&go";
        let head = b"POST /login HTTP/1.1\r\nHost: a.kr\r\n\
            Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 38\r\n\r\n";
        let said = said("http", Side::Client, &[&head[..], body].concat(), None);
        for row in [
            "Item: user = 가 b",
            "Value: 가 b",
            "Item: password = *********",
            "Item: go = ",
        ] {
            assert!(words(&said.tree, row), "{row}\n{}", said.tree);
        }
        assert!(!said.tree.contains("s3cret"), "{}", said.tree);
    }
}
