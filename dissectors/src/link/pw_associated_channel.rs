//! The associated channel of a pseudowire, RFC 4385, section 5, and of a label-switched path, RFC 5586.

use crate::{
    Dissector, FieldDef, Hex, Layer, Next, OsiLayer, Outcome, Selector, Severity, Unnumbered,
    Value, value::named,
};
use nom::{
    Parser,
    number::{be_u8, be_u16},
};

/// Pseudowire associated channel.
pub const DISSECTOR: Dissector = Dissector {
    name: "pwach",
    label: "Pseudowire associated channel",
    column: "PW ACH",
    layer: OsiLayer::DataLink,
    selectors: &[INSIDE],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::u8("pwach.ver"),
    FieldDef::hex8("pwach.res"),
    FieldDef::hex16("pwach.channel_type").names(&[Channel::NAMES]),
];

/// Its selector in MPLS.
pub const INSIDE: Selector = Selector::Unnumbered(Unnumbered::PwAssociatedChannel);

named! {
    /// IANA "MPLS Generalized Associated Channel Types".
    Channel(u16, Hex(4)) {
        MCC = 0x0001 => "Management communication",
        SCC = 0x0002 => "Signaling communication",
        BFD = 0x0007 => "BFD control without IP",
        DIRECT_LOSS = 0x000a => "Direct loss measurement",
        INFERRED_LOSS = 0x000b => "Inferred loss measurement",
        DELAY = 0x000c => "Delay measurement",
        IPV4 = 0x0021 => "IPv4",
        CC = 0x0022 => "Continuity check",
        CV = 0x0023 => "Connectivity verification",
        PSC = 0x0024 => "Protection state coordination",
        ON_DEMAND = 0x0025 => "On-demand connectivity verification",
        LOCK = 0x0026 => "Lock instruct",
        IPV6 = 0x0057 => "IPv6",
        FAULT = 0x0058 => "Fault OAM",
        Y1731 = 0x8902 => "Y.1731 OAM",
    }
}

fn dissect(channel: &mut Layer) -> Outcome {
    channel.word("pwach.ver", be_u8(), |bits| {
        bits.number("", "Kind", 0xf0);
        bits.number("pwach.ver", "Version", 0x0f);
    })?;
    let reserved = channel.field("pwach.res", "Reserved", be_u8().map(Hex))?;
    if reserved.0 != 0 {
        channel.note(Severity::Warning, || "must be zero".to_owned());
    }
    let kind = channel.field("pwach.channel_type", "Channel type", be_u16().map(Channel))?;
    channel.title(|| Value::from(kind).to_string());
    channel.info(|| Value::from(kind).to_string());
    Ok(match kind {
        Channel::IPV4 => Next::Select(Selector::EtherType(0x0800)),
        Channel::IPV6 => Next::Select(Selector::EtherType(0x86dd)),
        _ => Next::Data,
    })
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn continuity_check() {
        assert_eq!(
            layer(
                "pwach",
                1,
                "020000000002 0200000000aa 8847 00064140 10000022 6162"
            ),
            "\
             Pseudowire associated channel: Continuity check (0x0022) [18..22]\n\
             \x20 Kind: 1 [18..19]\n\
             \x20 Version: 0 [18..19]\n\
             \x20 Reserved: 0x00 [19..20]\n\
             \x20 Channel type: Continuity check (0x0022) [20..22]\n"
        );
    }

    #[test]
    fn ends_in_the_type() {
        assert_eq!(
            cut(
                "pwach",
                1,
                "020000000002 0200000000aa 8847 00064140 1000",
                64
            ),
            "\
             Pseudowire associated channel [18..20]\n\
             \x20 Kind: 1 [18..19]\n\
             \x20 Version: 0 [18..19]\n\
             \x20 Reserved: 0x00 [19..20]\n\
             \x20 Note: cut by the capture's size limit inside pwach.channel_type\n"
        );
    }
}
