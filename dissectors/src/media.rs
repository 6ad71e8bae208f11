//! The type of what a message carries.

/// A media type and its parameters, RFC 2045, section 5.1, and RFC 9110, section 8.3.1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Media {
    /// The type in small letters: `text/html`.
    pub name: String,
    /// Its parameters, their names in small letters.
    pub parameters: Vec<(String, String)>,
    /// The character set of fields beside this one that are not encoded.
    pub raw_charset: Option<&'static str>,
}

/// Parameters beyond this number are ignored.
const MAX_PARAMETERS: usize = 32;

impl Media {
    /// Reads the value of a Content-Type or Content-Disposition field.
    pub fn parse(field: &str) -> Media {
        let (name, mut rest) = field.split_once(';').unwrap_or((field, ""));
        let mut parameters = Vec::new();
        while parameters.len() < MAX_PARAMETERS && !rest.trim().is_empty() {
            let Some(at) = rest.find([';', '=']) else {
                break;
            };
            let (name, behind) = rest.split_at(at);
            rest = match behind.strip_prefix('=') {
                Some(behind) => {
                    let (value, behind) = value(behind.trim_start());
                    parameters.push((name.trim().to_ascii_lowercase(), value));
                    behind
                }
                // A parameter without a value.
                None => behind.get(1..).unwrap_or_default(),
            };
        }
        Media {
            name: name.trim().to_ascii_lowercase(),
            parameters,
            raw_charset: None,
        }
    }

    /// Returns a parameter, by its name in small letters.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// Returns a parameter's value, quoted or not, and what follows it.
fn value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, rest) = text.split_once(';').unwrap_or((text, ""));
        return (value.trim().to_owned(), rest);
    };
    let mut value = String::new();
    let mut letters = quoted.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => break,
            '\\' => value.extend(letters.next()),
            _ => value.push(letter),
        }
    }
    let rest = letters.as_str();
    (value, rest.split_once(';').map_or("", |(_, rest)| rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters() {
        let media = Media::parse("Multipart/Form-Data; boundary=\"a;b\\\"c\" ; Charset = UTF-8;x");
        assert_eq!(media.name, "multipart/form-data");
        assert_eq!(media.parameter("boundary"), Some("a;b\"c"));
        assert_eq!(media.parameter("charset"), Some("UTF-8"));
        assert_eq!(media.parameters.len(), 2);
        assert_eq!(Media::parse("text/plain").name, "text/plain");
        let flowed = Media::parse("text/plain; flowed; charset=euc-kr; x;; y=z");
        assert_eq!(flowed.parameter("charset"), Some("euc-kr"));
        assert_eq!(flowed.parameter("y"), Some("z"));
        assert_eq!(Media::parse("; = ; =").parameters.len(), 2);
    }
}
