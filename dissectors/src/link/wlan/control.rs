//! Control frames: IEEE 802.11-2020, section 9.3.1.

use super::{address, duration, receiver, transmitter};
use crate::{Base, FieldDef, Hex, Layer, Next, Outcome, Stop, value::named};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, le_u16},
};

pub(super) const FIELDS: &[FieldDef] = &[
    FieldDef::hex16("wlan.ba.control"),
    FieldDef::flag("wlan.ba.control.ackpolicy").means(
        "Sender Does Not Require Immediate Acknowledgement",
        "Immediate Acknowledgement Required",
    ),
    FieldDef::hex16("wlan.ba.control.ba_type").names(&[BlockAck::NAMES]),
    FieldDef::hex16("wlan.ba.control.reserved"),
    FieldDef::hex16("wlan.ba.basic.tidinfo"),
    FieldDef::bytes("wlan.ba.bm"),
    FieldDef::hex16("wlan.fixed.ssc"),
    FieldDef::u16("wlan.fixed.ssc.fragment"),
    FieldDef::u16("wlan.fixed.ssc.sequence"),
    FieldDef::hex8("wlan.vht_ndp.token"),
    FieldDef::hex8("wlan.beamform.feedback_seg_retrans_bitmap"),
];

named! {
    /// Section 9.3.1.7, table 9-24.
    BlockAck(u16, Hex(4)) {
        BASIC = 0 => "Basic BlockAck",
        EXTENDED = 1 => "Extended Compressed BlockAck",
        COMPRESSED = 2 => "Compressed BlockAck",
        MULTI_TID = 3 => "Multi-TID BlockAck",
        GCR = 6 => "GCR BlockAck",
        GLK_GCR = 10 => "GLK-GCR BlockAck",
        MULTI_STA = 11 => "Multi-STA BlockAck",
    }
}

pub(super) fn dissect(wlan: &mut Layer, subtype: u8) -> Outcome {
    // Section 9.2.4.2: instead of the duration, the number of the association.
    if subtype == 10 {
        wlan.word("wlan.aid", le_u16(), |bits| {
            bits.number("wlan.aid", "Association", 0x3fff);
        })?;
    } else {
        duration(wlan)?;
    }
    let to = receiver(wlan)?;
    wlan.endpoints(|| (String::new(), to.0.to_string()));
    match subtype {
        // These end with the receiver.
        12 | 13 => return Ok(Next::Nothing),
        7 => return Ok(Next::Data),
        _ => {}
    }
    if subtype == 10 {
        to.also(wlan, "wlan.bssid", "BSSID");
    }
    let from = match subtype {
        14 => address(wlan, "wlan.bssid", "BSSID")?,
        _ => transmitter(wlan)?,
    };
    wlan.endpoints(|| (from.0.to_string(), to.0.to_string()));
    match subtype {
        8 => block_ack(wlan, false)?,
        9 => block_ack(wlan, true)?,
        5 => _ = wlan.field("wlan.vht_ndp.token", "Token", be_u8().map(Hex))?,
        4 => {
            let name = "wlan.beamform.feedback_seg_retrans_bitmap";
            wlan.field(name, "Segments", be_u8().map(Hex))?;
        }
        _ => {}
    }
    Ok(match wlan.reported() {
        0 => Next::Nothing,
        _ => Next::Data,
    })
}

/// Sections 9.3.1.7 and 9.3.1.8: those that name one traffic identifier; of the others the control field.
fn block_ack(wlan: &mut Layer, answers: bool) -> Result<(), Stop> {
    let name = "wlan.ba.control";
    let control = wlan.flags(name, "Block ack control", Base::Hex(4), le_u16(), |bits| {
        bits.flag_meaning(
            "wlan.ba.control.ackpolicy",
            "Acknowledgment policy",
            0x0001,
            "Sender Does Not Require Immediate Acknowledgement",
            "Immediate Acknowledgement Required",
        );
        bits.value("wlan.ba.control.ba_type", "Type", 0x001e, |v| {
            BlockAck(v as u16)
        });
        bits.value("wlan.ba.control.reserved", "Reserved", 0x0fe0, |v| {
            Hex(v as u16)
        });
        bits.value("wlan.ba.basic.tidinfo", "Traffic identifier", 0xf000, |v| {
            Hex(v as u16)
        });
    })?;
    let bitmap = match BlockAck(control >> 1 & 0x0f) {
        BlockAck::BASIC => 128,
        // As long as what is left: HE has longer ones.
        BlockAck::COMPRESSED => wlan.reported().saturating_sub(2),
        _ => return Ok(()),
    };
    starting_sequence(wlan)?;
    if answers {
        wlan.field("wlan.ba.bm", "Bitmap", take(bitmap))?;
    }
    Ok(())
}

/// Section 9.3.1.7.2.
pub(super) fn starting_sequence(wlan: &mut Layer) -> Result<(), Stop> {
    let name = "wlan.fixed.ssc";
    wlan.flags(name, "Starting sequence", Base::Hex(4), le_u16(), |bits| {
        bits.number("wlan.fixed.ssc.fragment", "Fragment", 0x000f);
        bits.number("wlan.fixed.ssc.sequence", "Sequence number", 0xfff0);
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn an_acknowledgment() {
        assert_eq!(
            layer("wlan", 105, "d400 0000 020000000001"),
            "\
             IEEE 802.11: Acknowledgement [0..10]\n\
             \x20 Type and subtype: Acknowledgement (0x001d) [0..1]\n\
             \x20 Frame control: 0xd400 [0..2]\n\
             \x20   Version: 0 [0..1]\n\
             \x20   Type: Control frame (1) [0..1]\n\
             \x20   Subtype: 13 [0..1]\n\
             \x20   Flags: 0x00 [1..2]\n\
             \x20     Distribution system: Not leaving DS or network is operating in AD-HOC mode (To DS: 0 From DS: 0) (0x00) [1..2]\n\
             \x20     To DS: Frame is not entering DS [1..2]\n\
             \x20     From DS: Frame is not exiting DS [1..2]\n\
             \x20     More fragments: This is the last fragment [1..2]\n\
             \x20     Retry: Frame is not being retransmitted [1..2]\n\
             \x20     Power management: STA will stay up [1..2]\n\
             \x20     More data: No data buffered [1..2]\n\
             \x20     Protected: Data is not protected [1..2]\n\
             \x20     HTC or order: Not strictly ordered [1..2]\n\
             \x20 Duration, µs: 0 [2..4]\n\
             \x20 Receiver: 02:00:00:00:00:01 [4..10]\n\
             \x20   Address: 02:00:00:00:00:01 [4..10]\n"
        );
    }

    #[test]
    fn a_poll() {
        assert_eq!(
            layer("wlan", 105, "a410 01c0 020000000001 020000000002"),
            "\
             IEEE 802.11: Power-Save poll [0..16]\n\
             \x20 Type and subtype: Power-Save poll (0x001a) [0..1]\n\
             \x20 Frame control: 0xa410 [0..2]\n\
             \x20   Version: 0 [0..1]\n\
             \x20   Type: Control frame (1) [0..1]\n\
             \x20   Subtype: 10 [0..1]\n\
             \x20   Flags: 0x10 [1..2]\n\
             \x20     Distribution system: Not leaving DS or network is operating in AD-HOC mode (To DS: 0 From DS: 0) (0x00) [1..2]\n\
             \x20     To DS: Frame is not entering DS [1..2]\n\
             \x20     From DS: Frame is not exiting DS [1..2]\n\
             \x20     More fragments: This is the last fragment [1..2]\n\
             \x20     Retry: Frame is not being retransmitted [1..2]\n\
             \x20     Power management: STA will go to sleep [1..2]\n\
             \x20     More data: No data buffered [1..2]\n\
             \x20     Protected: Data is not protected [1..2]\n\
             \x20     HTC or order: Not strictly ordered [1..2]\n\
             \x20 Association: 1 [2..4]\n\
             \x20 Receiver: 02:00:00:00:00:01 [4..10]\n\
             \x20   Address: 02:00:00:00:00:01 [4..10]\n\
             \x20 BSSID: 02:00:00:00:00:01 [4..10]\n\
             \x20 Transmitter: 02:00:00:00:00:02 [10..16]\n\
             \x20   Address: 02:00:00:00:00:02 [10..16]\n"
        );
    }

    #[test]
    fn the_end_of_a_period() {
        assert_eq!(
            layer("wlan", 105, "e400 0000 020000000001 020000000002"),
            "\
             IEEE 802.11: CF-End (Control-frame) [0..16]\n\
             \x20 Type and subtype: CF-End (Control-frame) (0x001e) [0..1]\n\
             \x20 Frame control: 0xe400 [0..2]\n\
             \x20   Version: 0 [0..1]\n\
             \x20   Type: Control frame (1) [0..1]\n\
             \x20   Subtype: 14 [0..1]\n\
             \x20   Flags: 0x00 [1..2]\n\
             \x20     Distribution system: Not leaving DS or network is operating in AD-HOC mode (To DS: 0 From DS: 0) (0x00) [1..2]\n\
             \x20     To DS: Frame is not entering DS [1..2]\n\
             \x20     From DS: Frame is not exiting DS [1..2]\n\
             \x20     More fragments: This is the last fragment [1..2]\n\
             \x20     Retry: Frame is not being retransmitted [1..2]\n\
             \x20     Power management: STA will stay up [1..2]\n\
             \x20     More data: No data buffered [1..2]\n\
             \x20     Protected: Data is not protected [1..2]\n\
             \x20     HTC or order: Not strictly ordered [1..2]\n\
             \x20 Duration, µs: 0 [2..4]\n\
             \x20 Receiver: 02:00:00:00:00:01 [4..10]\n\
             \x20   Address: 02:00:00:00:00:01 [4..10]\n\
             \x20 BSSID: 02:00:00:00:00:02 [10..16]\n\
             \x20   Address: 02:00:00:00:00:02 [10..16]\n"
        );
    }

    #[test]
    fn acknowledges_several() {
        assert_eq!(
            layer(
                "wlan",
                105,
                "9400 0000 020000000001 020000000002 0550 1000 0102030405060708"
            ),
            "\
             IEEE 802.11: 802.11 Block Ack [0..28]\n\
             \x20 Type and subtype: 802.11 Block Ack (0x0019) [0..1]\n\
             \x20 Frame control: 0x9400 [0..2]\n\
             \x20   Version: 0 [0..1]\n\
             \x20   Type: Control frame (1) [0..1]\n\
             \x20   Subtype: 9 [0..1]\n\
             \x20   Flags: 0x00 [1..2]\n\
             \x20     Distribution system: Not leaving DS or network is operating in AD-HOC mode (To DS: 0 From DS: 0) (0x00) [1..2]\n\
             \x20     To DS: Frame is not entering DS [1..2]\n\
             \x20     From DS: Frame is not exiting DS [1..2]\n\
             \x20     More fragments: This is the last fragment [1..2]\n\
             \x20     Retry: Frame is not being retransmitted [1..2]\n\
             \x20     Power management: STA will stay up [1..2]\n\
             \x20     More data: No data buffered [1..2]\n\
             \x20     Protected: Data is not protected [1..2]\n\
             \x20     HTC or order: Not strictly ordered [1..2]\n\
             \x20 Duration, µs: 0 [2..4]\n\
             \x20 Receiver: 02:00:00:00:00:01 [4..10]\n\
             \x20   Address: 02:00:00:00:00:01 [4..10]\n\
             \x20 Transmitter: 02:00:00:00:00:02 [10..16]\n\
             \x20   Address: 02:00:00:00:00:02 [10..16]\n\
             \x20 Block ack control: 0x5005 [16..18]\n\
             \x20   Acknowledgment policy: Sender Does Not Require Immediate Acknowledgement [16..18]\n\
             \x20   Type: Compressed BlockAck (0x0002) [16..18]\n\
             \x20   Reserved: 0x0000 [16..18]\n\
             \x20   Traffic identifier: 0x0005 [16..18]\n\
             \x20 Starting sequence: 0x0010 [18..20]\n\
             \x20   Fragment: 0 [18..20]\n\
             \x20   Sequence number: 1 [18..20]\n\
             \x20 Bitmap: 0102030405060708 [20..28]\n"
        );
    }

    #[test]
    fn ends_in_the_bitmap() {
        assert_eq!(
            cut(
                "wlan",
                105,
                "9400 0000 020000000001 020000000002 0550 1000 0102",
                64
            ),
            "\
             IEEE 802.11: 802.11 Block Ack [0..20]\n\
             \x20 Type and subtype: 802.11 Block Ack (0x0019) [0..1]\n\
             \x20 Frame control: 0x9400 [0..2]\n\
             \x20   Version: 0 [0..1]\n\
             \x20   Type: Control frame (1) [0..1]\n\
             \x20   Subtype: 9 [0..1]\n\
             \x20   Flags: 0x00 [1..2]\n\
             \x20     Distribution system: Not leaving DS or network is operating in AD-HOC mode (To DS: 0 From DS: 0) (0x00) [1..2]\n\
             \x20     To DS: Frame is not entering DS [1..2]\n\
             \x20     From DS: Frame is not exiting DS [1..2]\n\
             \x20     More fragments: This is the last fragment [1..2]\n\
             \x20     Retry: Frame is not being retransmitted [1..2]\n\
             \x20     Power management: STA will stay up [1..2]\n\
             \x20     More data: No data buffered [1..2]\n\
             \x20     Protected: Data is not protected [1..2]\n\
             \x20     HTC or order: Not strictly ordered [1..2]\n\
             \x20 Duration, µs: 0 [2..4]\n\
             \x20 Receiver: 02:00:00:00:00:01 [4..10]\n\
             \x20   Address: 02:00:00:00:00:01 [4..10]\n\
             \x20 Transmitter: 02:00:00:00:00:02 [10..16]\n\
             \x20   Address: 02:00:00:00:00:02 [10..16]\n\
             \x20 Block ack control: 0x5005 [16..18]\n\
             \x20   Acknowledgment policy: Sender Does Not Require Immediate Acknowledgement [16..18]\n\
             \x20   Type: Compressed BlockAck (0x0002) [16..18]\n\
             \x20   Reserved: 0x0000 [16..18]\n\
             \x20   Traffic identifier: 0x0005 [16..18]\n\
             \x20 Starting sequence: 0x0010 [18..20]\n\
             \x20   Fragment: 0 [18..20]\n\
             \x20   Sequence number: 1 [18..20]\n\
             \x20 Note: cut by the capture's size limit inside wlan.ba.bm\n"
        );
    }
}
