//! Chunks, the parts of an SCTP packet: RFC 9260, section 3.

use super::{
    chunk_type::{Chunk, Hmac, rest},
    parameter::{causes, parameters},
};
use crate::{Base, Bits, Hex, Layer, Severity, Stop, Value, layer::Position, value::named};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16, be_u32},
};
use std::fmt::Write;

named! {
    /// IANA, SCTP Payload Protocol Identifiers.
    Payload(u32, Dec) {
        UNSPECIFIED = 0 => "not specified",
        IUA = 1 => "IUA",
        M2UA = 2 => "M2UA",
        M3UA = 3 => "M3UA",
        SUA = 4 => "SUA",
        M2PA = 5 => "M2PA",
        V5UA = 6 => "V5UA",
        H248 = 7 => "H.248",
        BICC = 8 => "BICC",
        TALI = 9 => "TALI",
        DUA = 10 => "DUA",
        ASAP = 11 => "ASAP",
        ENRP = 12 => "ENRP",
        H323 = 13 => "H.323",
        QIPC = 14 => "Q.IPC",
        SIMCO = 15 => "SIMCO",
        DDP_SEGMENT = 16 => "DDP Segment Chunk",
        DDP_STREAM = 17 => "DDP Stream Session Control",
        S1AP = 18 => "S1 Application Protocol",
        RUA = 19 => "RUA",
        HNBAP = 20 => "HNBAP",
        SBCAP = 24 => "SBc-AP",
        NBAP = 25 => "NBAP",
        X2AP = 27 => "X2AP",
        LCSAP = 29 => "LCS-AP",
        DIAMETER = 46 => "DIAMETER",
        DIAMETER_DTLS = 47 => "DIAMETER over DTLS",
        WEBRTC_CONTROL = 50 => "WebRTC Control",
        WEBRTC_STRING = 51 => "WebRTC String",
        WEBRTC_BINARY = 53 => "WebRTC Binary",
        WEBRTC_STRING_EMPTY = 56 => "WebRTC String Empty",
        WEBRTC_BINARY_EMPTY = 57 => "WebRTC Binary Empty",
        NGAP = 60 => "NG Application Protocol",
        XNAP = 61 => "Xn Application Protocol",
        F1AP = 62 => "F1 Application Protocol",
        E1AP = 64 => "E1 Application Protocol",
    }

}

/// The type, the flags and the length.
const HEADER: usize = 4;
/// The flags of data: its first and its last part.
const FIRST: u8 = 0x02;
const LAST: u8 = 0x01;

/// More messages of a packet than these are not read.
const MAX_MESSAGES: usize = 32;

/// What the chunks of a packet hold.
#[derive(Default)]
pub struct Chunks<'a> {
    /// A summary of them.
    pub said: String,
    /// The whole messages of a protocol that their ports name.
    pub messages: Vec<Position<'a>>,
}

/// Reads a chunk.
pub fn read<'a>(sctp: &mut Layer<'a, '_>, chunks: &mut Chunks<'a>) -> Result<(), Stop> {
    let kind = sctp.flags("sctp.chunk_type", "Type", Base::Dec, be_u8(), |bits| {
        let name = "sctp.chunk_bit_1";
        bits.flag_meaning(
            name,
            "Whoever does not know it",
            0x80,
            "Skips it",
            "Stops here",
        );
        let name = "sctp.chunk_bit_2";
        bits.flag_meaning(name, "And", 0x40, "Reports it", "Keeps silent");
    })?;
    let kind = Chunk(kind);
    let name = kind.name().unwrap_or("RESERVED");
    sctp.text_of("sctp.chunk_type", || Value::from(kind).to_string());
    sctp.title(|| name.to_owned());
    chunks.said.push_str(name);
    let flags = sctp.flags("sctp.chunk_flags", "Flags", Base::Hex(2), be_u8(), |bits| {
        flags(bits, kind);
    })?;
    let length = usize::from(sctp.field("sctp.chunk_length", "Length", be_u16())?);
    if length < HEADER {
        return sctp.malformed("sctp.chunk_length");
    }
    let left = sctp.reported() + HEADER;
    if length > left {
        sctp.note(Severity::Error, || {
            format!("{length} bytes, but only {left} are left")
        });
    }
    sctp.within(length - HEADER, |sctp| body(sctp, kind, flags, chunks))?;
    chunks.said.push(' ');
    let padding = (length.next_multiple_of(4) - length).min(sctp.rest().len());
    if padding > 0 {
        sctp.field("sctp.chunk_padding", "Padding", take(padding))?;
    }
    Ok(())
}

fn flags(bits: &mut Bits, kind: Chunk) {
    match kind {
        Chunk::DATA | Chunk::I_DATA => {
            bits.flag("sctp.data_i_bit", "Acknowledge at once", 0x08);
            bits.flag("sctp.data_u_bit", "Unordered", 0x04);
            bits.flag("sctp.data_b_bit", "First part", FIRST.into());
            bits.flag("sctp.data_e_bit", "Last part", LAST.into());
        }
        Chunk::SACK => bits.number("sctp.sack_nounce_sum", "Nonce sum", 0x01),
        Chunk::NR_SACK => bits.number("sctp.nr_sack_nounce_sum", "Nonce sum", 0x01),
        Chunk::ABORT => bits.flag("sctp.abort_t_bit", "Tag reflected", 0x01),
        Chunk::SHUTDOWN_COMPLETE => {
            bits.flag("sctp.shutdown_complete_t_bit", "Tag reflected", 0x01);
        }
        Chunk::PACKET_DROP => {
            bits.flag("sctp.pckdrop_m_bit", "From a middlebox", 0x01);
            bits.flag("sctp.pckdrop_b_bit", "Bad checksum", 0x02);
            bits.flag("sctp.pckdrop_t_bit", "Truncated", 0x04);
        }
        _ => {}
    }
}

fn body<'a>(
    sctp: &mut Layer<'a, '_>,
    kind: Chunk,
    flags: u8,
    chunks: &mut Chunks<'a>,
) -> Result<(), Stop> {
    let tsn = |sctp: &mut Layer, name| {
        let tsn = sctp.field(name, "Transmission sequence number", be_u32())?;
        sctp.title_more(|| format!(", TSN {tsn}"));
        Ok(())
    };
    match kind {
        Chunk::DATA | Chunk::I_DATA => data(sctp, kind, flags, chunks),
        Chunk::INIT => {
            let names = [
                "sctp.init_initiate_tag",
                "sctp.init_credit",
                "sctp.init_nr_out_streams",
                "sctp.init_nr_in_streams",
                "sctp.init_initial_tsn",
            ];
            init(sctp, names)
        }
        Chunk::INIT_ACK => {
            let names = [
                "sctp.initack_initiate_tag",
                "sctp.initack_credit",
                "sctp.initack_nr_out_streams",
                "sctp.initack_nr_in_streams",
                "sctp.initack_initial_tsn",
            ];
            init(sctp, names)
        }
        Chunk::SACK => sack(sctp, &mut chunks.said),
        Chunk::NR_SACK => nr_sack(sctp),
        Chunk::HEARTBEAT | Chunk::HEARTBEAT_ACK | Chunk::RE_CONFIG => parameters(sctp),
        Chunk::ABORT | Chunk::ERROR => causes(sctp),
        Chunk::SHUTDOWN => tsn(sctp, "sctp.shutdown_cumulative_tsn_ack"),
        Chunk::ECNE => tsn(sctp, "sctp.ecne_lowest_tsn"),
        Chunk::CWR => tsn(sctp, "sctp.cwr_lowest_tsn"),
        Chunk::SHUTDOWN_ACK | Chunk::COOKIE_ACK | Chunk::SHUTDOWN_COMPLETE => Ok(()),
        Chunk::COOKIE_ECHO => rest(sctp, "sctp.cookie", "Cookie"),
        Chunk::PAD => rest(sctp, "sctp.padding_data", "Padding"),
        Chunk::AUTH => {
            sctp.field("sctp.shared_key_id", "Shared key", be_u16())?;
            sctp.field("sctp.hmac_id", "Digest's algorithm", be_u16().map(Hmac))?;
            rest(sctp, "sctp.hmac", "Digest")
        }
        Chunk::ASCONF => {
            let name = "sctp.asconf_seq_nr_number";
            sctp.field(name, "Sequence number", be_u32().map(Hex))?;
            parameters(sctp)
        }
        Chunk::ASCONF_ACK => {
            let name = "sctp.asconf_ack_seq_nr_number";
            sctp.field(name, "Sequence number", be_u32().map(Hex))?;
            parameters(sctp)
        }
        Chunk::FORWARD_TSN => {
            tsn(sctp, "sctp.forward_tsn_tsn")?;
            while sctp.reported() > 0 {
                sctp.field("sctp.forward_tsn_sid", "Stream", be_u16())?;
                sctp.field("sctp.forward_tsn_ssn", "Stream sequence number", be_u16())?;
            }
            Ok(())
        }
        Chunk::I_FORWARD_TSN => {
            tsn(sctp, "sctp.i_forward_tsn_tsn")?;
            while sctp.reported() > 0 {
                sctp.field("sctp.i_forward_tsn_sid", "Stream", be_u16())?;
                let name = "sctp.i_forward_tsn_flags";
                sctp.flags(name, "Flags", Base::Hex(4), be_u16(), |bits| {
                    bits.number("sctp.i_forward_tsn_res", "Reserved", 0xfffe);
                    bits.flag("sctp.i_forward_tsn_u_bit", "Unordered", 0x0001);
                })?;
                sctp.field("sctp.forward_tsn_mid", "Message", be_u32())?;
            }
            Ok(())
        }
        Chunk::PACKET_DROP => {
            sctp.field("sctp.pktdrop_bandwidth", "Bandwidth", be_u32())?;
            sctp.field("sctp.pktdrop_queuesize", "Queue size", be_u32())?;
            sctp.field(
                "sctp.pktdrop_truncated_length",
                "Truncated length",
                be_u16(),
            )?;
            sctp.field("sctp.pktdrop_reserved", "Reserved", be_u16())?;
            rest(sctp, "sctp.pktdrop_datafield", "Dropped packet")
        }
        _ => rest(sctp, "sctp.chunk_value", "Value"),
    }
}

/// RFC 9260, section 3.3.1; RFC 8260, section 2.1.
fn data<'a>(
    sctp: &mut Layer<'a, '_>,
    kind: Chunk,
    flags: u8,
    chunks: &mut Chunks<'a>,
) -> Result<(), Stop> {
    let said = &mut chunks.said;
    let name = "sctp.data_tsn_raw";
    let tsn = sctp.field(name, "Transmission sequence number", be_u32())?;
    let _ = write!(said, " (TSN={tsn})");
    let whole = flags & FIRST != 0 && flags & LAST != 0;
    if !whole {
        said.push_str(" (Message Fragment)");
    }
    let stream = sctp.field("sctp.data_sid", "Stream", be_u16().map(Hex))?.0;
    let payload = ("sctp.data_payload_proto_id", "Payload protocol");
    let mut protocol = None;
    if kind == Chunk::DATA {
        sctp.field("sctp.data_ssn", "Stream sequence number", be_u16())?;
        protocol = Some(sctp.field(payload.0, payload.1, be_u32().map(Payload))?);
    } else {
        sctp.field("sctp.data_reserved", "Reserved", be_u16())?;
        sctp.field("sctp.data_mid", "Message", be_u32())?;
        match flags & FIRST != 0 {
            true => protocol = Some(sctp.field(payload.0, payload.1, be_u32().map(Payload))?),
            false => drop(sctp.field("sctp.data_fsn", "Part", be_u32())?),
        }
    }
    let is_read = whole
        && protocol == Some(Payload::UNSPECIFIED)
        && sctp.missing() == 0
        && chunks.messages.len() < MAX_MESSAGES;
    let length = sctp.reported();
    sctp.title_more(|| {
        let part = if whole { "" } else { ", a part of a message" };
        format!(", TSN {tsn}, stream {stream}, {length} bytes{part}")
    });
    match is_read {
        true => chunks.messages.push(sctp.position()),
        false => sctp.show_rest("", "Payload"),
    }
    sctp.skip(length);
    match sctp.missing() {
        0 => Ok(()),
        _ => Err(Stop::Truncated {
            field: "the data",
            bytes: sctp.ahead(0),
        }),
    }
}

/// RFC 9260, sections 3.3.2 and 3.3.3.
fn init(sctp: &mut Layer, [tag, credit, out, into, tsn]: [&'static str; 5]) -> Result<(), Stop> {
    sctp.field(tag, "Initiate tag", be_u32().map(Hex))?;
    sctp.field(credit, "Receiver window", be_u32())?;
    let out = sctp.field(out, "Outbound streams", be_u16())?;
    let into = sctp.field(into, "Inbound streams", be_u16())?;
    sctp.field(tsn, "Initial sequence number", be_u32())?;
    sctp.title_more(|| format!(", {out} streams out, {into} in"));
    parameters(sctp)
}

/// The field names of a block of acknowledged data.
struct Gap {
    start: &'static str,
    start_tsn: &'static str,
    end: &'static str,
    end_tsn: &'static str,
    sum: &'static str,
}

/// Reads blocks of data that arrived although earlier data did not. Returns the end of the last one.
fn gaps(sctp: &mut Layer, names: &Gap, count: u16, tsn: u32) -> Result<u16, Stop> {
    let mut last = 0;
    let mut sum: u32 = 0;
    for _ in 0..count {
        sctp.group("", "Received", |sctp| {
            let start = sctp.field(names.start, "Start", be_u16())?;
            let first = tsn.wrapping_add(start.into());
            sctp.below(|sctp| sctp.computed(names.start_tsn, "Sequence number", || first));
            last = sctp.field(names.end, "End", be_u16())?;
            let end = tsn.wrapping_add(last.into());
            sctp.below(|sctp| sctp.computed(names.end_tsn, "Sequence number", || end));
            sctp.title(|| format!("TSN {first} to {end}"));
            sum = sum.saturating_add(u32::from(last.saturating_sub(start)) + 1);
            Ok(())
        })?;
    }
    if count > 0 {
        sctp.computed(names.sum, "Received out of order", || sum);
    }
    Ok(last)
}

/// RFC 9260, section 3.3.4.
fn sack(sctp: &mut Layer, said: &mut String) -> Result<(), Stop> {
    const GAP: Gap = Gap {
        start: "sctp.sack_gap_block_start",
        start_tsn: "sctp.sack_gap_block_start_tsn",
        end: "sctp.sack_gap_block_end",
        end_tsn: "sctp.sack_gap_block_end_tsn",
        sum: "sctp.sack_number_of_tsns_gap_acked",
    };
    let name = "sctp.sack_cumulative_tsn_ack_raw";
    let tsn = sctp.field(name, "Acknowledged up to", be_u32())?;
    let window = sctp.field("sctp.sack_a_rwnd", "Receiver window", be_u32())?;
    let blocks = sctp.field("sctp.sack_number_of_gap_blocks", "Gap blocks", be_u16())?;
    let name = "sctp.sack_number_of_duplicated_tsns";
    let duplicates = sctp.field(name, "Duplicates", be_u16())?;
    sctp.title_more(|| format!(", TSN {tsn}, window {window}"));
    let last = gaps(sctp, &GAP, blocks, tsn)?;
    let beyond = if last > 0 {
        format!("+{last}")
    } else {
        String::new()
    };
    let _ = write!(said, " (Ack={tsn}{beyond}, Arwnd={window})");
    for _ in 0..duplicates {
        sctp.field("sctp.sack_duplicate_tsn", "Duplicate", be_u32())?;
    }
    Ok(())
}

/// draft-tuexen-tsvwg-sctp-multipath: as `sack`, with blocks that will not be given up again.
fn nr_sack(sctp: &mut Layer) -> Result<(), Stop> {
    const GAP: Gap = Gap {
        start: "sctp.nr_sack_gap_block_start",
        start_tsn: "sctp.nr_sack_gap_block_start_tsn",
        end: "sctp.nr_sack_gap_block_end",
        end_tsn: "sctp.nr_sack_gap_block_end_tsn",
        sum: "sctp.nr_sack_number_of_tsns_gap_acked",
    };
    const NR_GAP: Gap = Gap {
        start: "sctp.nr_sack_nr_gap_block_start",
        start_tsn: "sctp.nr_sack_nr_gap_block_start_tsn",
        end: "sctp.nr_sack_nr_gap_block_end",
        end_tsn: "sctp.nr_sack_nr_gap_block_end_tsn",
        sum: "sctp.nr_sack_number_of_tsns_nr_gap_acked",
    };
    let name = "sctp.nr_sack_cumulative_tsn_ack";
    let tsn = sctp.field(name, "Acknowledged up to", be_u32())?;
    let window = sctp.field("sctp.nr_sack_a_rwnd", "Receiver window", be_u32())?;
    sctp.title_more(|| format!(", TSN {tsn}, window {window}"));
    let blocks = sctp.field("sctp.nr_sack_number_of_gap_blocks", "Gap blocks", be_u16())?;
    let name = "sctp.nr_sack_number_of_nr_gap_blocks";
    let kept = sctp.field(name, "Gap blocks that stay", be_u16())?;
    let name = "sctp.nr_sack_number_of_duplicated_tsns";
    let duplicates = sctp.field(name, "Duplicates", be_u16())?;
    sctp.field("sctp.nr_sack_reserved", "Reserved", be_u16().map(Hex))?;
    gaps(sctp, &GAP, blocks, tsn)?;
    gaps(sctp, &NR_GAP, kept, tsn)?;
    for _ in 0..duplicates {
        sctp.field("sctp.nr_sack_duplicate_tsn", "Duplicate", be_u32())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::test_support::layer;

    #[test]
    fn a_part_of_a_message() {
        let hex = "45000038 00010000 0184cf3b 0a000001 e0000005 13881770 deadbeef b620c534
             40010018 00000112 00010000 00000001 00000003 70617274";
        assert_eq!(
            layer("sctp", 228, hex),
            "\
Stream Control Transmission Protocol: Src port: 5000, Dst port: 6000 [20..56]
  Source port: 5000 [20..22]
  Destination port: 6000 [22..24]
  Verification tag: 0xdeadbeef [24..28]
  Checksum: 0xb620c534 [28..32]
  Checksum status: Good (1) [28..28]
  Chunk: I_DATA, TSN 274, stream 1, 4 bytes, a part of a message [32..56]
    Type: I_DATA (64) [32..33]
      Whoever does not know it: Stops here [32..33]
      And: Reports it [32..33]
    Flags: 0x01 [33..34]
      Acknowledge at once: Not set [33..34]
      Unordered: Not set [33..34]
      First part: Not set [33..34]
      Last part: Set [33..34]
    Length: 24 [34..36]
    Transmission sequence number: 274 [36..40]
    Stream: 0x0001 [40..42]
    Reserved: 0 [42..44]
    Message: 1 [44..48]
    Part: 3 [48..52]
    Payload: 70617274 [52..56]
"
        );
    }

    #[test]
    fn streams_that_were_given_up() {
        let hex = "45000030 00010000 0184cf43 0a000001 e0000005 13881770 deadbeef d7ade118
             c000000c 00000110 00010002 0e010004";
        assert_eq!(
            layer("sctp", 228, hex),
            "\
Stream Control Transmission Protocol: Src port: 5000, Dst port: 6000 [20..48]
  Source port: 5000 [20..22]
  Destination port: 6000 [22..24]
  Verification tag: 0xdeadbeef [24..28]
  Checksum: 0xd7ade118 [28..32]
  Checksum status: Good (1) [28..28]
  Chunk: FORWARD_TSN, TSN 272 [32..44]
    Type: FORWARD_TSN (192) [32..33]
      Whoever does not know it: Skips it [32..33]
      And: Reports it [32..33]
    Flags: 0x00 [33..34]
    Length: 12 [34..36]
    Transmission sequence number: 272 [36..40]
    Stream: 1 [40..42]
    Stream sequence number: 2 [42..44]
  Chunk: SHUTDOWN_COMPLETE [44..48]
    Type: SHUTDOWN_COMPLETE (14) [44..45]
      Whoever does not know it: Stops here [44..45]
      And: Keeps silent [44..45]
    Flags: 0x01 [45..46]
      Tag reflected: Set [45..46]
    Length: 4 [46..48]
"
        );
    }

    #[test]
    fn an_unknown_chunk() {
        let hex = "4500002c 00010000 0184cf47 0a000001 e0000005 13881770 deadbeef 600bc0b8
             77050009 61626364 65000000";
        assert_eq!(
            layer("sctp", 228, hex),
            "\
Stream Control Transmission Protocol: Src port: 5000, Dst port: 6000 [20..44]
  Source port: 5000 [20..22]
  Destination port: 6000 [22..24]
  Verification tag: 0xdeadbeef [24..28]
  Checksum: 0x600bc0b8 [28..32]
  Checksum status: Good (1) [28..28]
  Chunk: RESERVED [32..44]
    Type: 119 [32..33]
      Whoever does not know it: Stops here [32..33]
      And: Reports it [32..33]
    Flags: 0x05 [33..34]
    Length: 9 [34..36]
    Value: 6162636465 [36..41]
    Padding: 000000 [41..44]
"
        );
    }

    #[test]
    fn shorter_than_its_header() {
        let hex = "45000028 00010000 0184cf4b 0a000001 e0000005 13881770 deadbeef 6d109218
             01000003 61620000";
        assert_eq!(
            layer("sctp", 228, hex),
            "\
Stream Control Transmission Protocol: Src port: 5000, Dst port: 6000 [20..36]
  Source port: 5000 [20..22]
  Destination port: 6000 [22..24]
  Verification tag: 0xdeadbeef [24..28]
  Checksum: 0x6d109218 [28..32]
  Checksum status: Good (1) [28..28]
  Chunk: INIT [32..36]
    Type: INIT (1) [32..33]
      Whoever does not know it: Stops here [32..33]
      And: Keeps silent [32..33]
    Flags: 0x00 [33..34]
    Length: 3 [34..36]
  Note: malformed: sctp.chunk_length does not fit
"
        );
    }
}
