//! Several frames in one of wireless LAN (A-MSDU): IEEE 802.11-2020, section 9.3.2.2.

use crate::{
    Dissector, FieldDef, Layer, Next, OsiLayer, Outcome,
    link::{llc, mac::mac},
};
use nom::number::be_u16;

/// One frame of an aggregate; the driver comes back for the next.
pub const DISSECTOR: Dissector = Dissector {
    name: "wlan_aggregate",
    label: "IEEE 802.11 aggregate",
    column: "802.11",
    layer: OsiLayer::DataLink,
    selectors: &[],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::none("wlan_aggregate.a_mdsu.subframe"),
    FieldDef::u16("wlan_aggregate.a_mdsu.length"),
];

fn dissect(frame: &mut Layer) -> Outcome {
    let name = "wlan_aggregate.a_mdsu.subframe";
    let (to, from, length) = frame.group(name, "Frame", |frame| {
        let to = frame.field("wlan.da", "Destination", mac())?;
        let from = frame.field("wlan.sa", "Source", mac())?;
        let length = frame.field("wlan_aggregate.a_mdsu.length", "Length", be_u16())?;
        Ok((to, from, usize::from(length)))
    })?;
    frame.title(|| format!("Src: {from}, Dst: {to}"));
    frame.endpoints(|| (from.to_string(), to.to_string()));
    // All but the last are filled up to four bytes, counted from the addresses.
    const HEADER: usize = 14;
    let padding = (HEADER + length).next_multiple_of(4) - (HEADER + length);
    frame.continues_after(length, padding, &DISSECTOR);
    Ok(match length {
        0 => Next::Nothing,
        _ => Next::Select(llc::INSIDE),
    })
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn two_frames() {
        assert_eq!(
            layer(
                "wlan_aggregate",
                105,
                "8802 2c00 020000000001 020000000002 0200000000aa 7000 8000 020000000001 0200000000aa 000a aaaa03000000 9000 0000 020000000001 0200000000bb 000a aaaa03000000 9000 0000"
            ),
            "\
             IEEE 802.11 aggregate: Src: 02:00:00:00:00:aa, Dst: 02:00:00:00:00:01 [26..40]\n\
             \x20 Frame [26..40]\n\
             \x20   Destination: 02:00:00:00:00:01 [26..32]\n\
             \x20   Source: 02:00:00:00:00:aa [32..38]\n\
             \x20   Length: 10 [38..40]\n\
             IEEE 802.11 aggregate: Src: 02:00:00:00:00:bb, Dst: 02:00:00:00:00:01 [50..64]\n\
             \x20 Frame [50..64]\n\
             \x20   Destination: 02:00:00:00:00:01 [50..56]\n\
             \x20   Source: 02:00:00:00:00:bb [56..62]\n\
             \x20   Length: 10 [62..64]\n"
        );
    }

    #[test]
    fn ends_in_the_length() {
        assert_eq!(
            cut(
                "wlan_aggregate",
                105,
                "8802 2c00 020000000001 020000000002 0200000000aa 7000 8000 020000000001 0200000000aa 00",
                64
            ),
            "\
             IEEE 802.11 aggregate [26..38]\n\
             \x20 Frame [26..38]\n\
             \x20   Destination: 02:00:00:00:00:01 [26..32]\n\
             \x20   Source: 02:00:00:00:00:aa [32..38]\n\
             \x20 Note: cut by the capture's size limit inside wlan_aggregate.a_mdsu.length\n"
        );
    }
}
