//! What drivers of Prism cards tell of a frame of wireless LAN: linux-wlan-ng's p80211msg.h.

use crate::{
    Dissector, FieldDef, Hex, Layer, LinkType, Next, OsiLayer, Outcome, Selector, Stop, Value,
    link::{wlan, wlancap},
    value::named,
};
use nom::{
    Parser,
    bytes::take,
    number::{Endianness, be_u32, i32, u16, u32},
};

/// Prism header.
pub const DISSECTOR: Dissector = Dissector {
    name: "prism",
    label: "Prism header",
    column: "Prism",
    layer: OsiLayer::DataLink,
    selectors: &[Selector::LinkType(LinkType::WIFI_PRISM)],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::hex32("prism.msgcode"),
    FieldDef::u32("prism.msglen"),
    FieldDef::string("prism.devname"),
    FieldDef::none("prism.did"),
    FieldDef::hex32("prism.did.type").names(&[Item::NAMES]),
    FieldDef::u16("prism.did.status").names(&[Status::NAMES]),
    FieldDef::u16("prism.did.length"),
    FieldDef::u32("prism.did.hosttime"),
    FieldDef::u32("prism.did.mactime"),
    FieldDef::u32("prism.did.channel"),
    FieldDef::i32("prism.did.rssi"),
    FieldDef::u32("prism.did.sq"),
    FieldDef::i32("prism.did.signal"),
    FieldDef::i32("prism.did.noise"),
    FieldDef::u32("prism.did.rate"),
    FieldDef::hex32("prism.did.istx"),
    FieldDef::u32("prism.did.frmlen"),
    FieldDef::hex32("prism.did.unknown"),
];

named! {
    /// The items, as some drivers number them and as others do.
    Item(u32, Hex(8)) {
        HOST_TIME = 0x0001_0044 => "Host Time",
        HOST_TIME_2 = 0x1041 => "Host Time",
        MAC_TIME = 0x0002_0044 => "Mac Time",
        MAC_TIME_2 = 0x2041 => "Mac Time",
        CHANNEL = 0x0003_0044 => "Channel",
        CHANNEL_2 = 0x3041 => "Channel",
        RSSI = 0x0004_0044 => "RSSI",
        RSSI_2 = 0x4041 => "RSSI",
        QUALITY = 0x0005_0044 => "SQ",
        QUALITY_2 = 0x5041 => "SQ",
        SIGNAL = 0x0006_0044 => "Signal",
        SIGNAL_2 = 0x6041 => "Signal",
        NOISE = 0x0007_0044 => "Noise",
        NOISE_2 = 0x7041 => "Noise",
        RATE = 0x0008_0044 => "Rate",
        RATE_2 = 0x8041 => "Rate",
        IS_TX = 0x0009_0044 => "Is Tx",
        IS_TX_2 = 0x9041 => "Is Tx",
        LENGTH = 0x000a_0044 => "Frame Length",
        LENGTH_2 = 0xa041 => "Frame Length",
    }
    /// Whether the driver gave the value.
    Status(u16, Dec) {
        SUPPLIED = 0 => "Supplied",
        NOT_SUPPLIED = 1 => "Not Supplied",
    }
}

/// The code, the length and the name of the device; and an item: bytes.
const HEADER: usize = 24;
const ITEM: usize = 12;

fn dissect(prism: &mut Layer) -> Outcome {
    let first = prism.peek("prism.msgcode", be_u32())?;
    // The same link type is used with the header that succeeded this one.
    if first & wlancap::MASK == wlancap::MAGIC {
        return Ok(Next::Instead(&wlancap::DISSECTOR));
    }
    // Numbers are in the byte order of the host, in which the code is small.
    let order = match first {
        0..0x1_0000 => Endianness::Big,
        _ => Endianness::Little,
    };
    prism.field("prism.msgcode", "Message", u32(order).map(Hex))?;
    let length = prism.field("prism.msglen", "Length", u32(order))? as usize;
    let device = |bytes: &[u8]| {
        let end = bytes.iter().position(|&byte| byte == 0);
        let name = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
        String::from_utf8_lossy(name).into_owned()
    };
    let name: &[u8] = prism.field_shown("prism.devname", "Device", take(16_usize), |bytes| {
        Value::Text(device(bytes))
    })?;
    prism.title(|| device(name));
    prism.info(|| format!("Prism, {}", device(name)));
    let Some(inside) = length.checked_sub(HEADER) else {
        return prism.malformed("prism.msglen");
    };
    if inside > prism.reported() {
        return prism.malformed("prism.msglen");
    }
    prism.within(inside, |prism| {
        while prism.reported() >= ITEM {
            prism.group("prism.did", "Item", |prism| item(prism, order))?;
        }
        Ok(())
    })?;
    Ok(wlan::inside(false, false))
}

fn item(prism: &mut Layer, order: Endianness) -> Result<(), Stop> {
    let kind = prism.field("prism.did.type", "Type", u32(order).map(Item))?;
    prism.title(|| Value::from(kind).to_string());
    let status = prism.field("prism.did.status", "Status", u16(order).map(Status))?;
    prism.field("prism.did.length", "Length", u16(order))?;
    if status != Status::SUPPLIED {
        prism.field("", "Value", take(4_usize))?;
        return Ok(());
    }
    let number = match kind {
        Item::HOST_TIME | Item::HOST_TIME_2 => "prism.did.hosttime",
        Item::MAC_TIME | Item::MAC_TIME_2 => "prism.did.mactime",
        Item::CHANNEL | Item::CHANNEL_2 => "prism.did.channel",
        Item::QUALITY | Item::QUALITY_2 => "prism.did.sq",
        Item::LENGTH | Item::LENGTH_2 => "prism.did.frmlen",
        Item::RATE | Item::RATE_2 => {
            let rate = prism.field("prism.did.rate", "Rate", u32(order))?;
            prism.text(|| format!("{} Mbit/s", f64::from(rate) / 2.0));
            return Ok(());
        }
        Item::RSSI | Item::RSSI_2 => return signed(prism, "prism.did.rssi", order),
        Item::SIGNAL | Item::SIGNAL_2 => return signed(prism, "prism.did.signal", order),
        Item::NOISE | Item::NOISE_2 => return signed(prism, "prism.did.noise", order),
        _ => {
            let name = match kind {
                Item::IS_TX | Item::IS_TX_2 => "prism.did.istx",
                _ => "prism.did.unknown",
            };
            prism.field(name, "Value", u32(order).map(Hex))?;
            return Ok(());
        }
    };
    prism.field(number, "Value", u32(order))?;
    Ok(())
}

fn signed(prism: &mut Layer, name: &'static str, order: Endianness) -> Result<(), Stop> {
    prism.field(name, "Value", i32(order))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::test_support::layer;

    #[test]
    fn a_signal() {
        assert_eq!(
            layer(
                "prism",
                119,
                "44000000 30000000 776c616e300000000000000000000000 44000600 0000 0400 c0ffffff 44000800 0100 0400 16000000 d400 0000 020000000001"
            ),
            "\
             Prism header: wlan0 [0..48]\n\
             \x20 Message: 0x00000044 [0..4]\n\
             \x20 Length: 48 [4..8]\n\
             \x20 Device: wlan0 [8..24]\n\
             \x20 Item: Signal (0x00060044) [24..36]\n\
             \x20   Type: Signal (0x00060044) [24..28]\n\
             \x20   Status: Supplied (0) [28..30]\n\
             \x20   Length: 4 [30..32]\n\
             \x20   Value: -64 [32..36]\n\
             \x20 Item: Rate (0x00080044) [36..48]\n\
             \x20   Type: Rate (0x00080044) [36..40]\n\
             \x20   Status: Not Supplied (1) [40..42]\n\
             \x20   Length: 4 [42..44]\n\
             \x20   Value: 16000000 [44..48]\n"
        );
    }

    #[test]
    fn in_the_other_byte_order() {
        assert_eq!(
            layer(
                "prism",
                119,
                "00000044 00000024 776c616e300000000000000000000000 00030044 0000 0004 00000006 d400 0000 020000000001"
            ),
            "\
             Prism header: wlan0 [0..36]\n\
             \x20 Message: 0x00000044 [0..4]\n\
             \x20 Length: 36 [4..8]\n\
             \x20 Device: wlan0 [8..24]\n\
             \x20 Item: Channel (0x00030044) [24..36]\n\
             \x20   Type: Channel (0x00030044) [24..28]\n\
             \x20   Status: Supplied (0) [28..30]\n\
             \x20   Length: 4 [30..32]\n\
             \x20   Value: 6 [32..36]\n"
        );
    }

    #[test]
    fn a_header_longer_than_the_packet() {
        assert_eq!(
            layer(
                "prism",
                119,
                "44000000 ff000000 776c616e300000000000000000000000 4400"
            ),
            "\
             Prism header: wlan0 [0..24]\n\
             \x20 Message: 0x00000044 [0..4]\n\
             \x20 Length: 255 [4..8]\n\
             \x20 Device: wlan0 [8..24]\n\
             \x20 Note: malformed: prism.msglen does not fit\n"
        );
    }
}
