//! Where passwords stand in what browsers send.

use crate::Layer;
use std::borrow::Cow;

/// Whether a form's field of this name holds a password.
pub fn is_password(name: &[u8]) -> bool {
    let begins = |word: &[u8]| {
        let mut windows = name.windows(word.len());
        windows.any(|part| part.eq_ignore_ascii_case(word))
    };
    begins(b"passw") || begins(b"pwd") || name.eq_ignore_ascii_case(b"pass")
}

/// Whether a value of Authorization can be used by who reads it. Answers to a challenge (Digest, NTLM) cannot.
pub fn is_credential(value: &[u8]) -> bool {
    let scheme = super::token(value).0;
    scheme.eq_ignore_ascii_case(b"basic") || scheme.eq_ignore_ascii_case(b"bearer")
}

/// Whether a query or a form holds a password.
pub fn in_form(form: &[u8]) -> bool {
    pairs(form).any(|(name, value)| is_password(name) && !value.is_empty())
}

/// Whether the query of a URI holds one.
pub fn in_uri(uri: &[u8]) -> bool {
    let query = uri.iter().position(|&byte| byte == b'?');
    query.is_some_and(|at| in_form(uri.get(at + 1..).unwrap_or_default()))
}

/// Says that the passwords of a form that stands in the source that is read are secrets.
pub fn hide_in_form(layer: &mut Layer, form: &[u8]) {
    for (name, value) in pairs(form) {
        if is_password(name) {
            layer.secret(layer.place(value));
        }
    }
}

/// The same for those in the query of a URI.
pub fn hide_in_uri(layer: &mut Layer, uri: &[u8]) {
    if let Some(at) = uri.iter().position(|&byte| byte == b'?') {
        hide_in_form(layer, uri.get(at + 1..).unwrap_or_default());
    }
}

/// Names and values of a form, as they were sent: WHATWG URL Standard, section 5.1. Without an equals sign there is a
/// name alone.
pub fn pairs(form: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    form.split(|&byte| byte == b'&').map(|pair| {
        let equals = pair.iter().position(|&byte| byte == b'=');
        let (name, value) = pair.split_at(equals.unwrap_or(pair.len()));
        (name, value.get(1..).unwrap_or_default())
    })
}

/// A URI without the passwords that stand in its query.
pub fn masked(uri: &str) -> Cow<'_, str> {
    if !in_uri(uri.as_bytes()) {
        return Cow::Borrowed(uri);
    }
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    let parts = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, value)) if is_password(name.as_bytes()) => {
            format!("{name}={}", "*".repeat(value.len()))
        }
        _ => pair.to_owned(),
    });
    Cow::Owned(format!("{path}?{}", parts.collect::<Vec<_>>().join("&")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_in_forms() {
        assert!(in_form(b"user=a&Password=b"));
        assert!(in_form(b"login_pwd=b"));
        assert!(in_uri(b"/login?user=a&pass=b"));
        for none in ["", "&&=", "user=a&password=", "passport=1", "compass=n"] {
            assert!(!in_form(none.as_bytes()), "{none}");
        }
        assert_eq!(masked("/?a=b&password=cde&f"), "/?a=b&password=***&f");
        assert_eq!(masked("/?a=b"), "/?a=b");
    }

    #[test]
    fn credentials() {
        assert!(is_credential(b"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
        assert!(is_credential(b"bearer mF_9.B5f-4.1JqM"));
        assert!(!is_credential(b"Digest username=\"Mufasa\""));
        assert!(!is_credential(b""));
    }
}
