//! The data connection of the File Transfer Protocol, RFC 959, section 3.2.

use crate::{
    Dissector, FieldDef, Framing, HeapSize, Layer, Media, Next, OsiLayer, Outcome, Place,
    Properties, Selector, Session, Setting, Undeclared, Value,
    application::{ascii::bytes, ftp::set_up::SetUp},
    dissector::Protocol,
};

/// FTP's data connection.
pub const DISSECTOR: Dissector = Dissector {
    name: "ftp-data",
    label: "FTP data",
    column: "FTP-DATA",
    layer: OsiLayer::Application,
    selectors: &[Selector::TcpPort(20)],
    fields: &[FIELDS],
    ..Dissector::of::<FtpData>()
};

const FIELDS: &[FieldDef] = &[
    FieldDef::frame("ftp-data.setup-frame"),
    FieldDef::string("ftp-data.setup-method"),
    FieldDef::string("ftp-data.command"),
    FieldDef::frame("ftp-data.command-frame"),
    FieldDef::string("ftp-data.current-working-directory"),
];

struct FtpData;

impl Protocol for FtpData {
    type Session = DataConnection;

    const PROPERTIES: Properties = Properties {
        carries_file: true,
        ..Properties::NONE
    };

    fn begin(_: &Setting) -> DataConnection {
        DataConnection
    }

    fn dissect(data: &mut Layer, set_up: Option<&SetUp>) -> Outcome {
        segment(data, set_up)
    }
}

/// A data connection. Its segments are independent of each other; their context is the control connection's.
#[derive(Clone)]
struct DataConnection;

impl HeapSize for SetUp {}

impl Session for DataConnection {
    type Context = SetUp;

    fn frame(&mut self, _: &Place, bytes: &[u8]) -> Framing {
        Framing::Complete(bytes.len() as u64)
    }
}

fn segment(data: &mut Layer, set_up: Option<&SetUp>) -> Outcome {
    let length = data.reported();
    let size = bytes(length as u64);
    data.title(|| size.clone());
    data.info(|| format!("FTP Data: {size}"));
    if let Some(set_up) = set_up {
        show_set_up(data, set_up);
        let asked = set_up.used_for.as_ref();
        let command = asked.map_or(String::new(), |asked| format!(" ({})", asked.text));
        let method = set_up.method.name();
        data.info(|| format!("FTP Data: {size} ({method}){command}"));
    }
    if looks_like_text(data.rest()) {
        let control = set_up.map_or(Undeclared::default(), |set_up| set_up.undeclared);
        let undeclared = data.undeclared().or(control);
        let media = match undeclared.of(data.rest()).name() {
            "UTF-8" => "text/plain".to_owned(),
            charset => format!("text/plain; charset={charset}"),
        };
        data.media = Some(Box::new(Media::parse(&media)));
        data.covers_rest();
        return Ok(Next::Media);
    }
    data.skip(data.rest().len());
    Ok(Next::Nothing)
}

/// Shows how the control connection set up this one.
fn show_set_up(data: &mut Layer, set_up: &SetUp) {
    let method = set_up.method.name();
    let packet = set_up.packet;
    if !set_up.method.has_fields() {
        data.computed("", "Set up", || format!("by {method} in packet {packet}"));
        if let Some(asked) = &set_up.used_for {
            data.computed("", "Used for", || {
                format!("{} in packet {}", asked.text, asked.packet)
            });
        }
        return;
    }
    data.computed("ftp-data.setup-frame", "Set up in packet", || {
        Value::from(packet)
    });
    data.computed("ftp-data.setup-method", "Set up by", || {
        Value::Text(method.to_owned())
    });
    if let Some(asked) = &set_up.used_for {
        data.computed("ftp-data.command", "Used for", || asked.text.clone());
        data.computed("ftp-data.command-frame", "Asked for in packet", || {
            Value::from(asked.packet)
        });
        let name = "ftp-data.current-working-directory";
        data.computed(name, "Working directory", || set_up.directory.to_string());
        if set_up.directory.is_empty() {
            data.text(|| "not known".to_owned());
        }
    }
}

/// Returns whether the bytes are text, such as a listing.
fn looks_like_text(bytes: &[u8]) -> bool {
    const ENOUGH: usize = 10;
    let text = |byte: &u8| matches!(byte, b' '..=b'~' | b'\r' | b'\n');
    !bytes.is_empty() && bytes.iter().take(ENOUGH).all(text)
}

#[cfg(test)]
mod tests {
    use crate::test_support::{info, layer};

    const HEX: &str = "4500002d00010000400600000a0000020a000001 0014c350 00000001 00000000 5018ffff00000000 68656c6c6f";

    #[test]
    fn a_piece_of_a_file() {
        assert_eq!(layer("ftp-data", 228, HEX), "FTP data: 5 bytes [40..45]\n");
        assert_eq!(info(228, HEX), "FTP-DATA: FTP Data: 5 bytes");
    }

    #[test]
    fn text_is_printable() {
        assert!(super::looks_like_text(b"-rw-r--r-- 1 \xff"));
        assert!(!super::looks_like_text(b"\r\n\t==="));
        assert!(!super::looks_like_text(b""));
    }
}
