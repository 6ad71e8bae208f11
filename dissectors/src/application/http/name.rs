//! The name of a transferred file: RFC 6266.

use super::{header::Head, length::Start};
use crate::{Media, Undeclared, application::escape::percent, charset};

/// Returns whether a body is a file, and its name, if it has one.
pub fn of_file(head: &Head, charset: Undeclared) -> Option<Option<String>> {
    let disposition = head.disposition.as_deref().map(Media::parse);
    let called = disposition.and_then(|disposition| of_disposition(&disposition));
    let uploads = head.line.starts_with(b"PUT ");
    match head.start {
        Some(Start::Response) => {}
        _ if uploads || called.is_some() => {}
        _ => return None,
    }
    Some(called.or_else(|| of_uri(&head.uri, charset)))
}

/// Returns the name in Content-Disposition. Of two names the one with a character set is preferred: RFC 6266, section
/// 4.3.
fn of_disposition(disposition: &Media) -> Option<String> {
    let extended = disposition.parameter("filename*").and_then(extended);
    let plain = disposition.parameter("filename").map(str::to_owned);
    extended.or(plain).filter(|name| !name.is_empty())
}

/// RFC 8187, section 3.2.1: `UTF-8'en'%e2%82%ac`.
fn extended(value: &str) -> Option<String> {
    let (charset, rest) = value.split_once('\'')?;
    let (_, name) = rest.split_once('\'')?;
    Some(charset::decode(Some(charset), &percent(name.as_bytes(), false)).into_owned())
}

/// Returns the last segment of a URI's path.
fn of_uri(uri: &str, charset: Undeclared) -> Option<String> {
    let path = uri.split(['?', '#']).next()?;
    let path = match path.split_once("://") {
        Some((_, behind)) => behind.split_once('/')?.1,
        None => path,
    };
    let last = path.rsplit('/').next().filter(|name| !name.is_empty())?;
    let bytes = percent(last.as_bytes(), false);
    Some(charset.read(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(
            of_uri("http://a.kr/b/c%20d.gif?e=/f", Undeclared::default()).as_deref(),
            Some("c d.gif")
        );
        assert_eq!(
            of_uri("/%EA%B0%80.txt", Undeclared::default()).as_deref(),
            Some("가.txt")
        );
        for none in ["/", "http://a.kr", "http://a.kr/b/", ""] {
            assert_eq!(of_uri(none, Undeclared::default()), None, "{none}");
        }
        let named = |value| of_disposition(&Media::parse(value));
        assert_eq!(
            named("attachment; filename=\"f.txt\"").as_deref(),
            Some("f.txt")
        );
        let both = "attachment; filename=\"EURO\"; filename*=UTF-8''%e2%82%ac%20rates";
        assert_eq!(named(both).as_deref(), Some("€ rates"));
        assert_eq!(
            named("attachment; filename*=euc-kr''%B0%A1").as_deref(),
            Some("가")
        );
        assert_eq!(named("inline"), None);
    }

    #[test]
    fn percent_signs() {
        assert_eq!(percent(b"a%41%4z%", false), b"aA%4z%");
        assert_eq!(percent(b"a+b%2B", true), b"a b+");
    }
}
