//! Post Office Protocol, RFC 1939, with its extensions: RFC 2449, RFC 2595, RFC 5034.

use crate::{
    Dissector, Layer, Likeness, Next, OsiLayer, Outcome, Selector, Talk,
    application::line::{Line, is_plain, is_request, readable, row, show, word},
    application::message::{Framed, Length},
};

/// Post Office Protocol.
pub const DISSECTOR: Dissector = Dissector {
    name: "pop",
    label: "Post Office Protocol",
    column: "POP",
    layer: OsiLayer::Application,
    selectors: &[Selector::TcpPort(110)],
    dissect,
    talk: Some(Talk {
        looks_like: |_, _| Likeness::Perhaps,
        begin: |_| Box::new(Framed(message_length)),
    }),
};

/// Every segment stands for itself, whether or not its last line ends in it.
pub fn message_length(bytes: &[u8]) -> Length {
    match bytes {
        _ if !is_plain(bytes) => Length::NotMine,
        [] => Length::NeedMore,
        _ => Length::Complete(bytes.len()),
    }
}

fn dissect(pop: &mut Layer) -> Outcome {
    if !is_plain(pop.rest()) {
        return Ok(Next::Declined);
    }
    if !pop.tells() {
        return Ok(Next::Nothing);
    }
    let side = if is_request(pop) { &CLIENT } else { &SERVER };
    let first = Line::first(pop.rest());
    let text = first.text;
    // What is no reply continues one that began in an earlier segment: a listing or a mail.
    if side.letter == 'S' && !(text.starts_with(b"+OK") || text.starts_with(b"-ERR")) {
        let length = pop.reported();
        pop.title(|| format!("{length} bytes of data"));
        pop.info(|| format!("S: DATA fragment, {length} bytes"));
        while !pop.rest().is_empty() {
            row(pop, "Line", Line::first(pop.rest()), |_| ())?;
        }
        return Ok(Next::Nothing);
    }
    let words = || format!("{}: {}", side.letter, readable(text));
    pop.title(words);
    pop.info(words);
    line(pop, side.line, side.label, first, |pop| {
        let (command, argument) = word(text);
        show(pop, side.word.0, side.word.1, command);
        let argument = if command.is_empty() { text } else { argument };
        show(pop, side.rest.0, side.rest.1, argument);
    })?;
    while !pop.rest().is_empty() {
        line(pop, side.data, "Data", Line::first(pop.rest()), |_| ())?;
    }
    Ok(Next::Nothing)
}

/// What the fields of one side are called.
struct Side {
    letter: char,
    line: &'static str,
    label: &'static str,
    word: (&'static str, &'static str),
    rest: (&'static str, &'static str),
    data: &'static str,
}

const CLIENT: Side = Side {
    letter: 'C',
    line: "pop.request",
    label: "Request",
    word: ("pop.request.command", "Command"),
    rest: ("pop.request.parameter", "Argument"),
    data: "pop.request.data",
};

const SERVER: Side = Side {
    letter: 'S',
    line: "pop.response",
    label: "Response",
    word: ("pop.response.indicator", "Status"),
    rest: ("pop.response.description", "Description"),
    data: "pop.response.data",
};

/// A row that has a name but says the line in words only.
fn line<'a>(
    pop: &mut Layer<'a, '_>,
    name: &'static str,
    label: &'static str,
    line: Line<'a>,
    fill: impl FnOnce(&mut Layer<'a, '_>),
) -> Result<(), crate::Stop> {
    pop.group(name, label, |pop| {
        pop.title(|| readable(line.text).into_owned());
        fill(pop);
        pop.skip(line.whole.len());
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{info, layer, tcp};

    /// RFC 1939, section 10.
    #[test]
    fn a_command_and_a_listing() {
        assert_eq!(
            layer(
                "pop",
                228,
                &tcp(
                    50000,
                    110,
                    b"APOP mrose c4c9334bac560ecc979e58001b3e22fb\r\n"
                )
            ),
            "\
             Post Office Protocol: C: APOP mrose c4c9334bac560ecc979e58001b3e22fb [40..85]\n\
             \x20 Request: APOP mrose c4c9334bac560ecc979e58001b3e22fb [40..85]\n\
             \x20   Command: APOP [40..44]\n\
             \x20   Argument: mrose c4c9334bac560ecc979e58001b3e22fb [45..83]\n"
        );
        assert_eq!(
            layer(
                "pop",
                228,
                &tcp(110, 50000, b"+OK 2 messages\r\n1 120\r\n.\r\n")
            ),
            "\
             Post Office Protocol: S: +OK 2 messages [40..66]\n\
             \x20 Response: +OK 2 messages [40..56]\n\
             \x20   Status: +OK [40..43]\n\
             \x20   Description: 2 messages [44..54]\n\
             \x20 Data: 1 120 [56..63]\n\
             \x20 Data: . [63..66]\n"
        );
    }

    #[test]
    fn the_rest_of_a_mail() {
        let hex = tcp(110, 50000, b"body\r\n.\r\n");
        assert_eq!(info(228, &hex), "POP: S: DATA fragment, 9 bytes");
        assert_eq!(
            layer("pop", 228, &hex),
            "\
             Post Office Protocol: 9 bytes of data [40..49]\n\
             \x20 Line: body [40..46]\n\
             \x20 Line: . [46..49]\n"
        );
    }

    #[test]
    fn cut_short() {
        let hex = tcp(50000, 110, b"US");
        assert_eq!(info(228, &hex), "POP: C: US");
        assert_eq!(
            layer("pop", 228, &tcp(50000, 110, b"\x16\x03\x01\0\x02ab")),
            ""
        );
        assert_eq!(message_length(b"US"), Length::Complete(2));
    }
}
