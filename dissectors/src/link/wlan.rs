//! Wireless LAN: IEEE 802.11-2020, section 9.

mod control;
mod elements;
mod management;
mod names;

use crate::{
    Base, ByteRange, Dissector, Hex, Layer, LinkType, Mac, Next, OsiLayer, Outcome, Selector,
    Severity, Stop, Value,
    link::{llc, mac::mac, wlan_aggregate},
};
use names::*;
use nom::{
    Parser,
    number::{be_u8, be_u16, be_u24, le_u16, le_u32},
};

/// Wireless LAN without a check sequence.
pub const DISSECTOR: Dissector = Dissector {
    name: "wlan",
    label: "IEEE 802.11",
    column: "802.11",
    layer: OsiLayer::DataLink,
    selectors: &[Selector::LinkType(LinkType::WIFI)],
    fields: &[names::FIELDS, management::FIELDS, control::FIELDS],
    dissect: |wlan| dissect(wlan, false, false),
    session: None,
};

/// Wireless LAN behind a header that tells whether the frame ends with its check sequence, and whether the header of
/// data frames is padded to four bytes.
pub fn inside(fcs: bool, padded: bool) -> Next {
    const FCS: Dissector = Dissector {
        dissect: |wlan| dissect(wlan, true, false),
        ..DISSECTOR
    };
    const PADDED: Dissector = Dissector {
        dissect: |wlan| dissect(wlan, false, true),
        ..DISSECTOR
    };
    const BOTH: Dissector = Dissector {
        dissect: |wlan| dissect(wlan, true, true),
        ..DISSECTOR
    };
    Next::Dissector(match (fcs, padded) {
        (false, false) => &DISSECTOR,
        (true, false) => &FCS,
        (false, true) => &PADDED,
        (true, true) => &BOTH,
    })
}

/// The frame control field: section 9.2.4.1.
#[derive(Clone, Copy)]
struct Control {
    kind: u8,
    subtype: u8,
    flags: u8,
}

impl Control {
    const TO_DS: u8 = 0x01;
    const FROM_DS: u8 = 0x02;
    const MORE_FRAGMENTS: u8 = 0x04;
    const PROTECTED: u8 = 0x40;
    const ORDER: u8 = 0x80;

    fn has(self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// The number of its type in Wireshark.
    fn number(self) -> FrameType {
        FrameType(u16::from(self.kind) << 4 | u16::from(self.subtype))
    }

    fn name(self) -> &'static str {
        self.number().name().unwrap_or("Reserved frame")
    }

    fn is_qos(self) -> bool {
        self.kind == 2 && self.subtype & 8 != 0
    }

    fn has_data(self) -> bool {
        self.kind == 2 && self.subtype & 4 == 0
    }
}

fn dissect(wlan: &mut Layer, fcs: bool, padded: bool) -> Outcome {
    let frame = frame_control(wlan)?;
    wlan.title(|| frame.name().to_owned());
    wlan.info(|| frame.name().to_owned());
    let check = if fcs { check_sequence(wlan) } else { None };
    let outcome = match frame.kind {
        0 => management(wlan, frame),
        1 => control::dissect(wlan, frame.subtype),
        2 => data(wlan, frame, padded),
        _ => Ok(Next::Data),
    };
    if let Some((bytes, value)) = check
        && outcome.is_ok()
    {
        wlan.over("wlan.fcs", "Frame check sequence", bytes, || value.into());
        wlan.computed("wlan.fcs.status", "Frame check sequence status", || {
            Value::Named(2, Base::Dec, "Unverified")
        });
    }
    outcome
}

/// Takes the check sequence from the end of the frame, if it was captured.
fn check_sequence(wlan: &mut Layer) -> Option<(ByteRange, Hex<u32>)> {
    const LENGTH: usize = 4;
    let inside = wlan.reported().checked_sub(LENGTH)?;
    let found = wlan.rest().get(inside..).and_then(|end| end.first_chunk());
    let start = wlan.offset() + inside as u32;
    let bytes = ByteRange {
        start,
        end: start + LENGTH as u32,
        ..wlan.ahead(0)
    };
    let found = found.map(|found| (bytes, Hex(u32::from_le_bytes(*found))));
    wlan.shorten(inside);
    found
}

fn frame_control(wlan: &mut Layer) -> Result<Control, Stop> {
    let at = wlan.ahead(2);
    let word = wlan.peek("wlan.fc", be_u16())?;
    let [first, flags] = word.to_be_bytes();
    let frame = Control {
        kind: first >> 2 & 3,
        subtype: first >> 4,
        flags,
    };
    let low = ByteRange {
        end: at.start + 1,
        ..at
    };
    wlan.over("wlan.fc.type_subtype", "Type and subtype", low, || {
        frame.number().into()
    });
    wlan.group("wlan.fc", "Frame control", |wlan| {
        wlan.word("wlan.fc.version", be_u8(), |bits| {
            bits.number("wlan.fc.version", "Version", 0x03);
            bits.value("wlan.fc.type", "Type", 0x0c, |v| Kind(v as u8));
            bits.number("wlan.fc.subtype", "Subtype", 0xf0);
        })?;
        wlan.flags("wlan.flags", "Flags", Base::Hex(2), be_u8(), |bits| {
            bits.value("wlan.fc.ds", "Distribution system", 0x03, |v| Ds(v as u8));
            for flag in FLAGS {
                bits.flag_meaning(flag.name, flag.label, flag.mask, flag.yes, flag.no);
            }
        })
    })?;
    wlan.value_of("wlan.fc", || Hex(word).into());
    Ok(frame)
}

fn duration(wlan: &mut Layer) -> Result<(), Stop> {
    wlan.word("wlan.duration", le_u16(), |bits| {
        bits.number("wlan.duration", "Duration, µs", 0x7fff);
    })?;
    Ok(())
}

/// An address that was read, and its bytes.
#[derive(Clone, Copy)]
struct Address(Mac, ByteRange);

impl Address {
    /// Shows it in one more role.
    fn also(self, wlan: &mut Layer, name: &'static str, label: &'static str) {
        wlan.over(name, label, self.1, || self.0.into());
    }
}

fn address(wlan: &mut Layer, name: &'static str, label: &'static str) -> Result<Address, Stop> {
    let bytes = wlan.ahead(6);
    let address = wlan.field(name, label, mac())?;
    wlan.below(|wlan| wlan.over("wlan.addr", "Address", bytes, || address.into()));
    Ok(Address(address, bytes))
}

fn receiver(wlan: &mut Layer) -> Result<Address, Stop> {
    address(wlan, "wlan.ra", "Receiver")
}

fn transmitter(wlan: &mut Layer) -> Result<Address, Stop> {
    address(wlan, "wlan.ta", "Transmitter")
}

/// Section 9.2.4.4: the number of the fragment and that of the frame.
fn sequence(wlan: &mut Layer) -> Result<u16, Stop> {
    wlan.word("wlan.seq", le_u16(), |bits| {
        bits.number("wlan.frag", "Fragment", 0x000f);
        bits.number("wlan.seq", "Sequence number", 0xfff0);
    })
}

/// Section 9.2.4.6.
fn high_throughput(wlan: &mut Layer) -> Result<(), Stop> {
    wlan.flags("wlan.htc", "HT control", Base::Hex(8), le_u32(), |bits| {
        bits.flag_meaning("wlan.htc.vht", "VHT", 0x1, "True", "False");
        if bits.is_set(0x1) {
            bits.flag_meaning("wlan.htc.he", "HE", 0x2, "True", "False");
        }
    })?;
    Ok(())
}

/// Section 9.3.3.1.
fn management(wlan: &mut Layer, frame: Control) -> Outcome {
    duration(wlan)?;
    let to = receiver(wlan)?;
    to.also(wlan, "wlan.da", "Destination");
    let from = transmitter(wlan)?;
    from.also(wlan, "wlan.sa", "Source");
    wlan.endpoints(|| (from.0.to_string(), to.0.to_string()));
    address(wlan, "wlan.bssid", "BSSID")?;
    sequence(wlan)?;
    if frame.has(Control::ORDER) {
        high_throughput(wlan)?;
    }
    if frame.has(Control::PROTECTED) {
        return encrypted(wlan, frame);
    }
    management::body(wlan, frame.subtype, frame.name())
}

/// Section 9.3.2.1: which address is whose depends on the direction.
fn data(wlan: &mut Layer, frame: Control, padded: bool) -> Outcome {
    let start = wlan.offset();
    duration(wlan)?;
    let first = receiver(wlan)?;
    let second = transmitter(wlan)?;
    let (to, from) = (frame.has(Control::TO_DS), frame.has(Control::FROM_DS));
    // The frames in an aggregate have addresses of their own.
    let aggregate = frame.is_qos() && frame.has_data() && {
        // Behind the third address and the sequence number, and the fourth address if there is one.
        let at = if to && from { 14 } else { 8 };
        wlan.rest()
            .get(at..)
            .and_then(|qos| qos.first())
            .is_some_and(|qos| qos & 0x80 != 0)
    };
    let (destination, source);
    match (to, from) {
        (false, false) => {
            (destination, source) = (Some(first), Some(second));
            address(wlan, "wlan.bssid", "BSSID")?;
        }
        (true, false) => {
            source = Some(second);
            destination = third(wlan, aggregate, "wlan.da", "Destination")?;
            first.also(wlan, "wlan.bssid", "BSSID");
            second.also(wlan, "wlan.staa", "Station");
        }
        (false, true) => {
            destination = Some(first);
            source = third(wlan, aggregate, "wlan.sa", "Source")?;
            second.also(wlan, "wlan.bssid", "BSSID");
            first.also(wlan, "wlan.staa", "Station");
        }
        (true, true) => {
            destination = third(wlan, aggregate, "wlan.da", "Destination")?;
            source = None;
        }
    }
    if let Some(first) = destination.filter(|_| !to) {
        first.also(wlan, "wlan.da", "Destination");
    }
    if let Some(second) = source.filter(|_| !from) {
        second.also(wlan, "wlan.sa", "Source");
    }
    let sequence = sequence(wlan)?;
    let source = match to && from {
        true => third(wlan, aggregate, "wlan.sa", "Source")?,
        false => source,
    };
    wlan.endpoints(|| {
        let word = |address: Option<Address>, or: Address| address.unwrap_or(or).0.to_string();
        (word(source, second), word(destination, first))
    });
    if frame.is_qos() {
        quality(wlan, frame)?;
        if frame.has(Control::ORDER) {
            high_throughput(wlan)?;
        }
    }
    if padded {
        // Counted from the beginning of the frame, two bytes before.
        let header = (wlan.offset() - start) as usize + 2;
        wlan.skip(header.next_multiple_of(4) - header);
    }
    if !frame.has_data() {
        return Ok(Next::Nothing);
    }
    if frame.has(Control::PROTECTED) {
        return encrypted(wlan, frame);
    }
    let fragment = sequence & 0x000f;
    if fragment != 0 || frame.has(Control::MORE_FRAGMENTS) {
        wlan.title_more(|| format!(", fragment {fragment}"));
        wlan.info(|| format!("{}, fragment {fragment}", frame.name()));
        return Ok(Next::Data);
    }
    Ok(match (aggregate, wlan.rest()) {
        (_, []) => Next::Nothing,
        (true, _) => Next::Dissector(&wlan_aggregate::DISSECTOR),
        // IPX without an 802.2 header, as in Ethernet.
        (false, [0xff, 0xff, ..]) => Next::Data,
        _ => Next::Select(llc::INSIDE),
    })
}

/// Reads the third or fourth address. In an aggregate it is that of the network, which another address is too.
fn third(
    wlan: &mut Layer,
    aggregate: bool,
    name: &'static str,
    label: &'static str,
) -> Result<Option<Address>, Stop> {
    if aggregate {
        wlan.field("", "Address of the network", mac())?;
        return Ok(None);
    }
    address(wlan, name, label).map(Some)
}

/// Section 9.2.4.5.
fn quality(wlan: &mut Layer, frame: Control) -> Result<(), Stop> {
    wlan.flags("wlan.qos", "QoS control", Base::Hex(4), le_u16(), |bits| {
        let from_ap = frame.has(Control::FROM_DS);
        bits.number("wlan.qos.tid", "Traffic identifier", 0x000f);
        bits.value("wlan.qos.priority", "Priority", 0x0007, |v| {
            Priority(v as u16)
        });
        match from_ap {
            true => bits.flag_meaning("wlan.qos.eosp", "EOSP", 0x0010, EOSP.0, EOSP.1),
            false => bits.flag_meaning("wlan.qos.bit4", "Bit 4", 0x0010, BIT_4.0, BIT_4.1),
        }
        bits.value("wlan.qos.ack", "Acknowledgment", 0x0060, |v| {
            Acknowledgment(v as u16)
        });
        if frame.has_data() {
            bits.flag_meaning("wlan.qos.amsdupresent", "Payload", 0x0080, "A-MSDU", "MSDU");
        }
        match (from_ap, bits.is_set(0x0010)) {
            (true, _) if frame.subtype & 2 != 0 => {
                bits.number("wlan.qos.txop_limit", "TXOP limit", 0xff00);
            }
            (true, _) => bits.group(
                "wlan.qos.ps_buf_state",
                "Buffer state",
                0xff00,
                Base::Hex(4),
                |bits| {
                    let name = "wlan.qos.buf_state_indicated";
                    bits.flag_meaning(name, "Indicated", 0x0200, "Yes", "No");
                    if bits.is_set(0x0200) {
                        let name = "wlan.qos.highest_pri_buf_ac";
                        bits.value(name, "Highest priority", 0x0c00, |v| Category(v as u16));
                        bits.number("wlan.qos.qap_buf_load", "Load", 0xf000);
                    }
                },
            ),
            (false, true) => bits.number("wlan.qos.queue_size", "Queue size", 0xff00),
            (false, false) => bits.number("wlan.qos.txop_dur_req", "TXOP requested", 0xff00),
        }
    })?;
    Ok(())
}

/// Section 12.5: the parameters of the encryption, which tell what it is; nothing inside can be read.
fn encrypted(wlan: &mut Layer, frame: Control) -> Outcome {
    let &[first, second, third, flags, ref rest @ ..] = wlan.rest() else {
        return wlan.malformed("wlan.wep.key");
    };
    // Section 12.5.2.2: set except in WEP.
    let extended = flags & 0x20 != 0;
    let high = match rest {
        &[a, b, c, d, ..] => u32::from_le_bytes([a, b, c, d]),
        _ => 0,
    };
    let kind = match extended {
        false => "WEP",
        true if second == (first | 0x20) & 0x7f => "TKIP",
        true if third == 0 => "CCMP or GCMP",
        true => "TKIP or CCMP",
    };
    let iv = wlan.ahead(8);
    wlan.group("", "Encryption", |wlan| {
        wlan.title(|| kind.to_owned());
        match kind {
            "WEP" => {
                wlan.field_shown("wlan.wep.iv", "Initialization vector", be_u24(), |iv| {
                    Value::Number(iv.into(), Base::Hex(6))
                })?;
            }
            _ => {
                let number = |low: [u8; 2]| {
                    move || Value::Text(format!("0x{high:08X}{:02X}{:02X}", low[0], low[1]))
                };
                match kind {
                    "TKIP" => wlan.over("wlan.tkip.extiv", "Counter", iv, number([first, third])),
                    "CCMP or GCMP" => wlan.over(
                        "wlan.ccmp.extiv",
                        "Packet number",
                        iv,
                        number([second, first]),
                    ),
                    _ => {}
                }
                wlan.skip(3);
            }
        }
        wlan.field("wlan.wep.key", "Key", be_u8().map(|flags: u8| flags >> 6))?;
        if extended {
            // The rest of the counter is shown with its beginning.
            wlan.peek("wlan.ccmp.extiv", le_u32())?;
            wlan.skip(4);
        }
        Ok(())
    })?;
    if kind == "WEP"
        && let Some(inside) = wlan.reported().checked_sub(4)
        && let Some(icv) = wlan.rest().get(inside..).and_then(|end| end.first_chunk())
    {
        let start = wlan.offset() + inside as u32;
        let bytes = ByteRange {
            start,
            end: start + 4,
            ..wlan.ahead(0)
        };
        let icv = Hex(u32::from_be_bytes(*icv));
        wlan.over("wlan.wep.icv", "Check value", bytes, || icv.into());
        wlan.shorten(inside);
    }
    wlan.note(Severity::Note, || {
        format!("encrypted with {kind}: the contents cannot be read without the key")
    });
    wlan.title_more(|| format!(", encrypted ({kind})"));
    wlan.info(|| format!("{}, encrypted ({kind})", frame.name()));
    Ok(Next::Data)
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn to_an_access_point() {
        assert_eq!(
            layer(
                "wlan",
                105,
                "0801 2c00 020000000001 020000000002 0200000000aa 1000 aaaa03000000 9000 0000"
            ),
            "\
             IEEE 802.11: Data [0..24]\n\
             \x20 Type and subtype: Data (0x0020) [0..1]\n\
             \x20 Frame control: 0x0801 [0..2]\n\
             \x20   Version: 0 [0..1]\n\
             \x20   Type: Data frame (2) [0..1]\n\
             \x20   Subtype: 0 [0..1]\n\
             \x20   Flags: 0x01 [1..2]\n\
             \x20     Distribution system: Frame from STA to DS via an AP (To DS: 1 From DS: 0) (0x01) [1..2]\n\
             \x20     To DS: Frame is entering DS [1..2]\n\
             \x20     From DS: Frame is not exiting DS [1..2]\n\
             \x20     More fragments: This is the last fragment [1..2]\n\
             \x20     Retry: Frame is not being retransmitted [1..2]\n\
             \x20     Power management: STA will stay up [1..2]\n\
             \x20     More data: No data buffered [1..2]\n\
             \x20     Protected: Data is not protected [1..2]\n\
             \x20     HTC or order: Not strictly ordered [1..2]\n\
             \x20 Duration, µs: 44 [2..4]\n\
             \x20 Receiver: 02:00:00:00:00:01 [4..10]\n\
             \x20   Address: 02:00:00:00:00:01 [4..10]\n\
             \x20 Transmitter: 02:00:00:00:00:02 [10..16]\n\
             \x20   Address: 02:00:00:00:00:02 [10..16]\n\
             \x20 Destination: 02:00:00:00:00:aa [16..22]\n\
             \x20   Address: 02:00:00:00:00:aa [16..22]\n\
             \x20 BSSID: 02:00:00:00:00:01 [4..10]\n\
             \x20 Station: 02:00:00:00:00:02 [10..16]\n\
             \x20 Source: 02:00:00:00:00:02 [10..16]\n\
             \x20 Fragment: 0 [22..24]\n\
             \x20 Sequence number: 1 [22..24]\n"
        );
    }

    #[test]
    fn from_an_access_point_with_quality_of_service() {
        assert_eq!(
            layer(
                "wlan",
                105,
                "8802 2c00 020000000001 020000000002 0200000000aa 1000 1607 aaaa03000000 9000 0000"
            ),
            "\
             IEEE 802.11: QoS Data [0..26]\n\
             \x20 Type and subtype: QoS Data (0x0028) [0..1]\n\
             \x20 Frame control: 0x8802 [0..2]\n\
             \x20   Version: 0 [0..1]\n\
             \x20   Type: Data frame (2) [0..1]\n\
             \x20   Subtype: 8 [0..1]\n\
             \x20   Flags: 0x02 [1..2]\n\
             \x20     Distribution system: Frame from DS to a STA via AP(To DS: 0 From DS: 1) (0x02) [1..2]\n\
             \x20     To DS: Frame is not entering DS [1..2]\n\
             \x20     From DS: Frame is exiting DS [1..2]\n\
             \x20     More fragments: This is the last fragment [1..2]\n\
             \x20     Retry: Frame is not being retransmitted [1..2]\n\
             \x20     Power management: STA will stay up [1..2]\n\
             \x20     More data: No data buffered [1..2]\n\
             \x20     Protected: Data is not protected [1..2]\n\
             \x20     HTC or order: Not strictly ordered [1..2]\n\
             \x20 Duration, µs: 44 [2..4]\n\
             \x20 Receiver: 02:00:00:00:00:01 [4..10]\n\
             \x20   Address: 02:00:00:00:00:01 [4..10]\n\
             \x20 Transmitter: 02:00:00:00:00:02 [10..16]\n\
             \x20   Address: 02:00:00:00:00:02 [10..16]\n\
             \x20 Source: 02:00:00:00:00:aa [16..22]\n\
             \x20   Address: 02:00:00:00:00:aa [16..22]\n\
             \x20 BSSID: 02:00:00:00:00:02 [10..16]\n\
             \x20 Station: 02:00:00:00:00:01 [4..10]\n\
             \x20 Destination: 02:00:00:00:00:01 [4..10]\n\
             \x20 Fragment: 0 [22..24]\n\
             \x20 Sequence number: 1 [22..24]\n\
             \x20 QoS control: 0x0716 [24..26]\n\
             \x20   Traffic identifier: 6 [24..26]\n\
             \x20   Priority: Voice (Voice) (6) [24..26]\n\
             \x20   EOSP: End of service period [24..26]\n\
             \x20   Acknowledgment: Normal Ack (0x0000) [24..26]\n\
             \x20   Payload: MSDU [24..26]\n\
             \x20   Buffer state: 0x0007 [24..26]\n\
             \x20     Indicated: Yes [24..26]\n\
             \x20     Highest priority: Background (1) [24..26]\n\
             \x20     Load: 0 [24..26]\n"
        );
    }

    #[test]
    fn between_access_points() {
        assert_eq!(
            layer(
                "wlan",
                105,
                "8883 2c00 020000000001 020000000002 0200000000aa 1000 0200000000bb 0600 01000000 aaaa03000000 9000 0000"
            ),
            "\
             IEEE 802.11: QoS Data [0..36]\n\
             \x20 Type and subtype: QoS Data (0x0028) [0..1]\n\
             \x20 Frame control: 0x8883 [0..2]\n\
             \x20   Version: 0 [0..1]\n\
             \x20   Type: Data frame (2) [0..1]\n\
             \x20   Subtype: 8 [0..1]\n\
             \x20   Flags: 0x83 [1..2]\n\
             \x20     Distribution system: WDS (AP to AP) or Mesh (MP to MP) Frame (To DS: 1 From DS: 1) (0x03) [1..2]\n\
             \x20     To DS: Frame is entering DS [1..2]\n\
             \x20     From DS: Frame is exiting DS [1..2]\n\
             \x20     More fragments: This is the last fragment [1..2]\n\
             \x20     Retry: Frame is not being retransmitted [1..2]\n\
             \x20     Power management: STA will stay up [1..2]\n\
             \x20     More data: No data buffered [1..2]\n\
             \x20     Protected: Data is not protected [1..2]\n\
             \x20     HTC or order: Strictly ordered [1..2]\n\
             \x20 Duration, µs: 44 [2..4]\n\
             \x20 Receiver: 02:00:00:00:00:01 [4..10]\n\
             \x20   Address: 02:00:00:00:00:01 [4..10]\n\
             \x20 Transmitter: 02:00:00:00:00:02 [10..16]\n\
             \x20   Address: 02:00:00:00:00:02 [10..16]\n\
             \x20 Destination: 02:00:00:00:00:aa [16..22]\n\
             \x20   Address: 02:00:00:00:00:aa [16..22]\n\
             \x20 Fragment: 0 [22..24]\n\
             \x20 Sequence number: 1 [22..24]\n\
             \x20 Source: 02:00:00:00:00:bb [24..30]\n\
             \x20   Address: 02:00:00:00:00:bb [24..30]\n\
             \x20 QoS control: 0x0006 [30..32]\n\
             \x20   Traffic identifier: 6 [30..32]\n\
             \x20   Priority: Voice (Voice) (6) [30..32]\n\
             \x20   EOSP: Service period [30..32]\n\
             \x20   Acknowledgment: Normal Ack (0x0000) [30..32]\n\
             \x20   Payload: MSDU [30..32]\n\
             \x20   Buffer state: 0x0000 [30..32]\n\
             \x20     Indicated: No [30..32]\n\
             \x20 HT control: 0x00000001 [32..36]\n\
             \x20   VHT: True [32..36]\n\
             \x20   HE: False [32..36]\n"
        );
    }

    #[test]
    fn encrypted_with_ccmp() {
        assert_eq!(
            layer(
                "wlan",
                105,
                "0842 2c00 020000000001 020000000002 0200000000aa 9000 01000020 01000000 00010203"
            ),
            "\
             IEEE 802.11: Data, encrypted (CCMP or GCMP) [0..32]\n\
             \x20 Type and subtype: Data (0x0020) [0..1]\n\
             \x20 Frame control: 0x0842 [0..2]\n\
             \x20   Version: 0 [0..1]\n\
             \x20   Type: Data frame (2) [0..1]\n\
             \x20   Subtype: 0 [0..1]\n\
             \x20   Flags: 0x42 [1..2]\n\
             \x20     Distribution system: Frame from DS to a STA via AP(To DS: 0 From DS: 1) (0x02) [1..2]\n\
             \x20     To DS: Frame is not entering DS [1..2]\n\
             \x20     From DS: Frame is exiting DS [1..2]\n\
             \x20     More fragments: This is the last fragment [1..2]\n\
             \x20     Retry: Frame is not being retransmitted [1..2]\n\
             \x20     Power management: STA will stay up [1..2]\n\
             \x20     More data: No data buffered [1..2]\n\
             \x20     Protected: Data is protected [1..2]\n\
             \x20     HTC or order: Not strictly ordered [1..2]\n\
             \x20 Duration, µs: 44 [2..4]\n\
             \x20 Receiver: 02:00:00:00:00:01 [4..10]\n\
             \x20   Address: 02:00:00:00:00:01 [4..10]\n\
             \x20 Transmitter: 02:00:00:00:00:02 [10..16]\n\
             \x20   Address: 02:00:00:00:00:02 [10..16]\n\
             \x20 Source: 02:00:00:00:00:aa [16..22]\n\
             \x20   Address: 02:00:00:00:00:aa [16..22]\n\
             \x20 BSSID: 02:00:00:00:00:02 [10..16]\n\
             \x20 Station: 02:00:00:00:00:01 [4..10]\n\
             \x20 Destination: 02:00:00:00:00:01 [4..10]\n\
             \x20 Fragment: 0 [22..24]\n\
             \x20 Sequence number: 9 [22..24]\n\
             \x20 Encryption: CCMP or GCMP [24..32]\n\
             \x20   Packet number: 0x000000010001 [24..32]\n\
             \x20   Key: 0 [27..28]\n\
             \x20   Note: encrypted with CCMP or GCMP: the contents cannot be read without the key\n"
        );
    }

    #[test]
    fn encrypted_with_tkip() {
        assert_eq!(
            layer(
                "wlan",
                105,
                "0842 2c00 020000000001 020000000002 0200000000aa 9000 00202060 01000000 00010203"
            ),
            "\
             IEEE 802.11: Data, encrypted (TKIP) [0..32]\n\
             \x20 Type and subtype: Data (0x0020) [0..1]\n\
             \x20 Frame control: 0x0842 [0..2]\n\
             \x20   Version: 0 [0..1]\n\
             \x20   Type: Data frame (2) [0..1]\n\
             \x20   Subtype: 0 [0..1]\n\
             \x20   Flags: 0x42 [1..2]\n\
             \x20     Distribution system: Frame from DS to a STA via AP(To DS: 0 From DS: 1) (0x02) [1..2]\n\
             \x20     To DS: Frame is not entering DS [1..2]\n\
             \x20     From DS: Frame is exiting DS [1..2]\n\
             \x20     More fragments: This is the last fragment [1..2]\n\
             \x20     Retry: Frame is not being retransmitted [1..2]\n\
             \x20     Power management: STA will stay up [1..2]\n\
             \x20     More data: No data buffered [1..2]\n\
             \x20     Protected: Data is protected [1..2]\n\
             \x20     HTC or order: Not strictly ordered [1..2]\n\
             \x20 Duration, µs: 44 [2..4]\n\
             \x20 Receiver: 02:00:00:00:00:01 [4..10]\n\
             \x20   Address: 02:00:00:00:00:01 [4..10]\n\
             \x20 Transmitter: 02:00:00:00:00:02 [10..16]\n\
             \x20   Address: 02:00:00:00:00:02 [10..16]\n\
             \x20 Source: 02:00:00:00:00:aa [16..22]\n\
             \x20   Address: 02:00:00:00:00:aa [16..22]\n\
             \x20 BSSID: 02:00:00:00:00:02 [10..16]\n\
             \x20 Station: 02:00:00:00:00:01 [4..10]\n\
             \x20 Destination: 02:00:00:00:00:01 [4..10]\n\
             \x20 Fragment: 0 [22..24]\n\
             \x20 Sequence number: 9 [22..24]\n\
             \x20 Encryption: TKIP [24..32]\n\
             \x20   Counter: 0x000000010020 [24..32]\n\
             \x20   Key: 1 [27..28]\n\
             \x20   Note: encrypted with TKIP: the contents cannot be read without the key\n"
        );
    }

    #[test]
    fn encrypted_with_wep() {
        assert_eq!(
            layer(
                "wlan",
                105,
                "0842 2c00 020000000001 020000000002 0200000000aa 9000 01020340 0001 aabbccdd"
            ),
            "\
             IEEE 802.11: Data, encrypted (WEP) [0..28]\n\
             \x20 Type and subtype: Data (0x0020) [0..1]\n\
             \x20 Frame control: 0x0842 [0..2]\n\
             \x20   Version: 0 [0..1]\n\
             \x20   Type: Data frame (2) [0..1]\n\
             \x20   Subtype: 0 [0..1]\n\
             \x20   Flags: 0x42 [1..2]\n\
             \x20     Distribution system: Frame from DS to a STA via AP(To DS: 0 From DS: 1) (0x02) [1..2]\n\
             \x20     To DS: Frame is not entering DS [1..2]\n\
             \x20     From DS: Frame is exiting DS [1..2]\n\
             \x20     More fragments: This is the last fragment [1..2]\n\
             \x20     Retry: Frame is not being retransmitted [1..2]\n\
             \x20     Power management: STA will stay up [1..2]\n\
             \x20     More data: No data buffered [1..2]\n\
             \x20     Protected: Data is protected [1..2]\n\
             \x20     HTC or order: Not strictly ordered [1..2]\n\
             \x20 Duration, µs: 44 [2..4]\n\
             \x20 Receiver: 02:00:00:00:00:01 [4..10]\n\
             \x20   Address: 02:00:00:00:00:01 [4..10]\n\
             \x20 Transmitter: 02:00:00:00:00:02 [10..16]\n\
             \x20   Address: 02:00:00:00:00:02 [10..16]\n\
             \x20 Source: 02:00:00:00:00:aa [16..22]\n\
             \x20   Address: 02:00:00:00:00:aa [16..22]\n\
             \x20 BSSID: 02:00:00:00:00:02 [10..16]\n\
             \x20 Station: 02:00:00:00:00:01 [4..10]\n\
             \x20 Destination: 02:00:00:00:00:01 [4..10]\n\
             \x20 Fragment: 0 [22..24]\n\
             \x20 Sequence number: 9 [22..24]\n\
             \x20 Encryption: WEP [24..28]\n\
             \x20   Initialization vector: 0x010203 [24..27]\n\
             \x20   Key: 1 [27..28]\n\
             \x20 Check value: 0xaabbccdd [30..34]\n\
             \x20   Note: encrypted with WEP: the contents cannot be read without the key\n"
        );
    }

    #[test]
    fn a_fragment() {
        assert_eq!(
            layer(
                "wlan",
                105,
                "0806 2c00 020000000001 020000000002 0200000000aa 2100 0102"
            ),
            "\
             IEEE 802.11: Data, fragment 1 [0..24]\n\
             \x20 Type and subtype: Data (0x0020) [0..1]\n\
             \x20 Frame control: 0x0806 [0..2]\n\
             \x20   Version: 0 [0..1]\n\
             \x20   Type: Data frame (2) [0..1]\n\
             \x20   Subtype: 0 [0..1]\n\
             \x20   Flags: 0x06 [1..2]\n\
             \x20     Distribution system: Frame from DS to a STA via AP(To DS: 0 From DS: 1) (0x02) [1..2]\n\
             \x20     To DS: Frame is not entering DS [1..2]\n\
             \x20     From DS: Frame is exiting DS [1..2]\n\
             \x20     More fragments: More fragments follow [1..2]\n\
             \x20     Retry: Frame is not being retransmitted [1..2]\n\
             \x20     Power management: STA will stay up [1..2]\n\
             \x20     More data: No data buffered [1..2]\n\
             \x20     Protected: Data is not protected [1..2]\n\
             \x20     HTC or order: Not strictly ordered [1..2]\n\
             \x20 Duration, µs: 44 [2..4]\n\
             \x20 Receiver: 02:00:00:00:00:01 [4..10]\n\
             \x20   Address: 02:00:00:00:00:01 [4..10]\n\
             \x20 Transmitter: 02:00:00:00:00:02 [10..16]\n\
             \x20   Address: 02:00:00:00:00:02 [10..16]\n\
             \x20 Source: 02:00:00:00:00:aa [16..22]\n\
             \x20   Address: 02:00:00:00:00:aa [16..22]\n\
             \x20 BSSID: 02:00:00:00:00:02 [10..16]\n\
             \x20 Station: 02:00:00:00:00:01 [4..10]\n\
             \x20 Destination: 02:00:00:00:00:01 [4..10]\n\
             \x20 Fragment: 1 [22..24]\n\
             \x20 Sequence number: 2 [22..24]\n"
        );
    }

    #[test]
    fn without_data() {
        assert_eq!(
            layer(
                "wlan",
                105,
                "4811 2c00 020000000001 020000000002 0200000000aa 2000"
            ),
            "\
             IEEE 802.11: Null function (No data) [0..24]\n\
             \x20 Type and subtype: Null function (No data) (0x0024) [0..1]\n\
             \x20 Frame control: 0x4811 [0..2]\n\
             \x20   Version: 0 [0..1]\n\
             \x20   Type: Data frame (2) [0..1]\n\
             \x20   Subtype: 4 [0..1]\n\
             \x20   Flags: 0x11 [1..2]\n\
             \x20     Distribution system: Frame from STA to DS via an AP (To DS: 1 From DS: 0) (0x01) [1..2]\n\
             \x20     To DS: Frame is entering DS [1..2]\n\
             \x20     From DS: Frame is not exiting DS [1..2]\n\
             \x20     More fragments: This is the last fragment [1..2]\n\
             \x20     Retry: Frame is not being retransmitted [1..2]\n\
             \x20     Power management: STA will go to sleep [1..2]\n\
             \x20     More data: No data buffered [1..2]\n\
             \x20     Protected: Data is not protected [1..2]\n\
             \x20     HTC or order: Not strictly ordered [1..2]\n\
             \x20 Duration, µs: 44 [2..4]\n\
             \x20 Receiver: 02:00:00:00:00:01 [4..10]\n\
             \x20   Address: 02:00:00:00:00:01 [4..10]\n\
             \x20 Transmitter: 02:00:00:00:00:02 [10..16]\n\
             \x20   Address: 02:00:00:00:00:02 [10..16]\n\
             \x20 Destination: 02:00:00:00:00:aa [16..22]\n\
             \x20   Address: 02:00:00:00:00:aa [16..22]\n\
             \x20 BSSID: 02:00:00:00:00:01 [4..10]\n\
             \x20 Station: 02:00:00:00:00:02 [10..16]\n\
             \x20 Source: 02:00:00:00:00:02 [10..16]\n\
             \x20 Fragment: 0 [22..24]\n\
             \x20 Sequence number: 2 [22..24]\n"
        );
    }

    #[test]
    fn ends_in_the_source() {
        assert_eq!(
            cut("wlan", 105, "0801 2c00 020000000001 0200", 64),
            "\
             IEEE 802.11: Data [0..10]\n\
             \x20 Type and subtype: Data (0x0020) [0..1]\n\
             \x20 Frame control: 0x0801 [0..2]\n\
             \x20   Version: 0 [0..1]\n\
             \x20   Type: Data frame (2) [0..1]\n\
             \x20   Subtype: 0 [0..1]\n\
             \x20   Flags: 0x01 [1..2]\n\
             \x20     Distribution system: Frame from STA to DS via an AP (To DS: 1 From DS: 0) (0x01) [1..2]\n\
             \x20     To DS: Frame is entering DS [1..2]\n\
             \x20     From DS: Frame is not exiting DS [1..2]\n\
             \x20     More fragments: This is the last fragment [1..2]\n\
             \x20     Retry: Frame is not being retransmitted [1..2]\n\
             \x20     Power management: STA will stay up [1..2]\n\
             \x20     More data: No data buffered [1..2]\n\
             \x20     Protected: Data is not protected [1..2]\n\
             \x20     HTC or order: Not strictly ordered [1..2]\n\
             \x20 Duration, µs: 44 [2..4]\n\
             \x20 Receiver: 02:00:00:00:00:01 [4..10]\n\
             \x20   Address: 02:00:00:00:00:01 [4..10]\n\
             \x20 Note: cut by the capture's size limit inside wlan.ta\n"
        );
    }

    #[test]
    fn ends_before_the_encryption() {
        assert_eq!(
            cut(
                "wlan",
                105,
                "0842 2c00 020000000001 020000000002 0200000000aa 9000 0100",
                64
            ),
            "\
             IEEE 802.11: Data [0..24]\n\
             \x20 Type and subtype: Data (0x0020) [0..1]\n\
             \x20 Frame control: 0x0842 [0..2]\n\
             \x20   Version: 0 [0..1]\n\
             \x20   Type: Data frame (2) [0..1]\n\
             \x20   Subtype: 0 [0..1]\n\
             \x20   Flags: 0x42 [1..2]\n\
             \x20     Distribution system: Frame from DS to a STA via AP(To DS: 0 From DS: 1) (0x02) [1..2]\n\
             \x20     To DS: Frame is not entering DS [1..2]\n\
             \x20     From DS: Frame is exiting DS [1..2]\n\
             \x20     More fragments: This is the last fragment [1..2]\n\
             \x20     Retry: Frame is not being retransmitted [1..2]\n\
             \x20     Power management: STA will stay up [1..2]\n\
             \x20     More data: No data buffered [1..2]\n\
             \x20     Protected: Data is protected [1..2]\n\
             \x20     HTC or order: Not strictly ordered [1..2]\n\
             \x20 Duration, µs: 44 [2..4]\n\
             \x20 Receiver: 02:00:00:00:00:01 [4..10]\n\
             \x20   Address: 02:00:00:00:00:01 [4..10]\n\
             \x20 Transmitter: 02:00:00:00:00:02 [10..16]\n\
             \x20   Address: 02:00:00:00:00:02 [10..16]\n\
             \x20 Source: 02:00:00:00:00:aa [16..22]\n\
             \x20   Address: 02:00:00:00:00:aa [16..22]\n\
             \x20 BSSID: 02:00:00:00:00:02 [10..16]\n\
             \x20 Station: 02:00:00:00:00:01 [4..10]\n\
             \x20 Destination: 02:00:00:00:00:01 [4..10]\n\
             \x20 Fragment: 0 [22..24]\n\
             \x20 Sequence number: 9 [22..24]\n\
             \x20 Note: malformed: wlan.wep.key does not fit\n"
        );
    }
}
