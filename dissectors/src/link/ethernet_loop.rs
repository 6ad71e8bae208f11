//! Ethernet's configuration testing protocol ("loopback"), Digital/Intel/Xerox Ethernet 2.0, section 8.

use crate::{
    Dissector, FieldDef, Layer, Next, OsiLayer, Outcome, Selector, link::mac::mac, value::named,
};
use nom::{Parser, bytes::take, number::le_u16};

/// Configuration testing protocol.
pub const DISSECTOR: Dissector = Dissector {
    name: "loop",
    label: "Configuration testing protocol (loopback)",
    column: "LOOP",
    layer: OsiLayer::DataLink,
    selectors: &[Selector::EtherType(0x9000)],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::u16("loop.skipcount"),
    FieldDef::u16("loop.relevant_function").names(&[Function::NAMES]),
    FieldDef::u16("loop.function").names(&[Function::NAMES]),
    FieldDef::u16("loop.receipt_number"),
    FieldDef::mac("loop.forwarding_address"),
];

named! {
    /// The function of a message.
    Function(u16, Dec) {
        REPLY = 1 => "Reply",
        FORWARD = 2 => "Forward Data",
    }
}

fn dissect(test: &mut Layer) -> Outcome {
    let skip = usize::from(test.field("loop.skipcount", "Bytes to skip", le_u16())?);
    if skip > test.rest().len() {
        return Ok(Next::Data);
    }
    if skip > 0 {
        test.field("", "Skipped", take(skip))?;
    }
    let mut relevant = true;
    // Each turn takes eight bytes or is the last.
    loop {
        let function = test
            .rest()
            .get(..2)
            .map(|b| Function(u16::from_le_bytes(b.try_into().unwrap_or_default())));
        if relevant && let Some(function) = function {
            let bytes = test.ahead(2);
            test.over(
                "loop.relevant_function",
                "Function that matters",
                bytes,
                || function.into(),
            );
            let name = function.name();
            test.title(|| name.unwrap_or("unknown function").to_owned());
            test.info(|| match name {
                Some(name) => name.to_owned(),
                None => format!("Unknown function ({})", function.0),
            });
            relevant = false;
        }
        match test.field("loop.function", "Function", le_u16().map(Function))? {
            Function::REPLY => {
                test.field("loop.receipt_number", "Receipt number", le_u16())?;
                break;
            }
            Function::FORWARD => {
                _ = test.field("loop.forwarding_address", "Forwarding address", mac())?
            }
            _ => break,
        }
    }
    Ok(Next::Data)
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn asks_to_forward_and_reply() {
        assert_eq!(
            layer(
                "loop",
                1,
                "020000000002 0200000000aa 9000 0000 0200 020000000003 0100 0700"
            ),
            "\
             Configuration testing protocol (loopback): Forward Data [14..28]\n\
             \x20 Bytes to skip: 0 [14..16]\n\
             \x20 Function that matters: Forward Data (2) [16..18]\n\
             \x20 Function: Forward Data (2) [16..18]\n\
             \x20 Forwarding address: 02:00:00:00:00:03 [18..24]\n\
             \x20 Function: Reply (1) [24..26]\n\
             \x20 Receipt number: 7 [26..28]\n"
        );
    }

    #[test]
    fn ends_in_the_address() {
        assert_eq!(
            cut(
                "loop",
                1,
                "020000000002 0200000000aa 9000 0000 0200 0200",
                64
            ),
            "\
             Configuration testing protocol (loopback): Forward Data [14..18]\n\
             \x20 Bytes to skip: 0 [14..16]\n\
             \x20 Function that matters: Forward Data (2) [16..18]\n\
             \x20 Function: Forward Data (2) [16..18]\n\
             \x20 Note: cut by the capture's size limit inside loop.forwarding_address\n"
        );
    }
}
