//! Stream Control Transmission Protocol, RFC 9260.

mod chunk;
mod chunk_type;
mod fields;
mod parameter;

use crate::{
    ByteRange, Dissector, Group, Hex, Layer, Next, OsiLayer, Outcome, Ports, Selector, Severity,
    Stop, checksum::Verdict,
};
use chunk::Chunks;
use nom::{
    Parser,
    number::{be_u16, be_u32},
};

/// Stream Control Transmission Protocol.
pub const DISSECTOR: Dissector = Dissector {
    name: "sctp",
    label: "Stream Control Transmission Protocol",
    column: "SCTP",
    layer: OsiLayer::Transport,
    selectors: &[Selector::IpProtocol(132)],
    fields: &[fields::FIELDS],
    dissect,
    session: None,
};

/// The position of the checksum in the header.
const CHECKSUM: std::ops::Range<usize> = 8..12;

fn dissect(sctp: &mut Layer) -> Outcome {
    if !sctp.tells() {
        return Ok(Next::Nothing);
    }
    let source = sctp.field("sctp.srcport", "Source port", be_u16())?;
    let destination = sctp.field("sctp.dstport", "Destination port", be_u16())?;
    sctp.title(|| format!("Src port: {source}, Dst port: {destination}"));
    sctp.info(|| format!("{source} → {destination}"));
    sctp.field(
        "sctp.verification_tag",
        "Verification tag",
        be_u32().map(Hex),
    )?;
    checksum(sctp)?;
    let mut chunks = Chunks::default();
    while sctp.reported() > 0 {
        sctp.group("", "Chunk", |sctp| chunk::read(sctp, &mut chunks))?;
        sctp.info(|| chunks.said.clone());
    }
    let ports = Ports {
        selector: Selector::SctpPort,
        from: source,
        to: destination,
    };
    let Some(last) = chunks.messages.pop() else {
        return Ok(Next::Nothing);
    };
    for message in chunks.messages {
        sctp.go_back(message);
        sctp.embed_messages(&ports);
    }
    sctp.go_back(last);
    Ok(Next::Ports(ports))
}

/// RFC 9260, section 6.8: the checksum counts as zeros in itself, and its bytes are in reverse order.
fn checksum(sctp: &mut Layer) -> Result<(), Stop> {
    let found = sctp
        .field("sctp.checksum", "Checksum", be_u32().map(Hex))?
        .0;
    if !sctp.shows() {
        return Ok(());
    }
    let bytes = sctp.layer_bytes();
    // Bytes after the packet, such as Ethernet padding, are not part of it.
    let length = (sctp.offset() - sctp.layer_start()) as usize + sctp.rest().len();
    let parts = (bytes.get(..CHECKSUM.start), bytes.get(CHECKSUM.end..length));
    let status = match parts {
        (Some(before), Some(behind)) if sctp.missing() == 0 && !sctp.is_quoted() => {
            let sum = crc32c(before.iter().chain(&[0; 4]).chain(behind));
            let expected = sum.swap_bytes();
            match expected == found {
                true => Ok(()),
                false => Err(Some(expected)),
            }
        }
        _ => Err(None),
    };
    let verdict = match status {
        Ok(()) => Verdict::GOOD,
        Err(Some(_)) => Verdict::BAD,
        Err(None) => Verdict::CANNOT_SAY,
    };
    let ByteRange { source, end, .. } = sctp.so_far();
    let at = ByteRange {
        source,
        start: end - 4,
        end: end - 4,
    };
    let name = "sctp.checksum.status";
    sctp.over(name, "Checksum status", at, || verdict.into());
    match status {
        Ok(()) => {}
        Err(Some(expected)) => {
            sctp.text(|| "bad".to_owned());
            sctp.note_of(Group::Checksum, Severity::Error, || {
                format!("bad checksum: 0x{found:08x}, the bytes make 0x{expected:08x}")
            });
        }
        Err(None) => sctp.text(|| "cannot say: not all bytes were captured".to_owned()),
    }
    Ok(())
}

/// RFC 9260, appendix A.
fn crc32c<'a>(bytes: impl Iterator<Item = &'a u8>) -> u32 {
    const POLYNOMIAL: u32 = 0x82f6_3b78;
    let mut sum = u32::MAX;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            let carry = sum & 1;
            sum >>= 1;
            if carry == 1 {
                sum ^= POLYNOMIAL;
            }
        }
    }
    !sum
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, info, layer};

    /// RFC 9260, appendix A: the checksum is good.
    #[test]
    fn data_and_its_acknowledgment() {
        let hex = "45000050 00010000 0184cf23 0a000001 e0000005 13881770 deadbeef 4330d7e5
             03000018 00000103 0000ffff 00010001 00020003 00000101 00030015 00000104
             00010002 0000003c 68656c6c 6f000000";
        assert_eq!(
            layer("sctp", 228, hex),
            "\
Stream Control Transmission Protocol: Src port: 5000, Dst port: 6000 [20..80]
  Source port: 5000 [20..22]
  Destination port: 6000 [22..24]
  Verification tag: 0xdeadbeef [24..28]
  Checksum: 0x4330d7e5 [28..32]
  Checksum status: Good (1) [28..28]
  Chunk: SACK, TSN 259, window 65535 [32..56]
    Type: SACK (3) [32..33]
      Whoever does not know it: Stops here [32..33]
      And: Keeps silent [32..33]
    Flags: 0x00 [33..34]
      Nonce sum: 0 [33..34]
    Length: 24 [34..36]
    Acknowledged up to: 259 [36..40]
    Receiver window: 65535 [40..44]
    Gap blocks: 1 [44..46]
    Duplicates: 1 [46..48]
    Received: TSN 261 to 262 [48..52]
      Start: 2 [48..50]
        Sequence number: 261
      End: 3 [50..52]
        Sequence number: 262
    Received out of order: 2
    Duplicate: 257 [52..56]
  Chunk: DATA, TSN 260, stream 1, 5 bytes [56..80]
    Type: DATA (0) [56..57]
      Whoever does not know it: Stops here [56..57]
      And: Keeps silent [56..57]
    Flags: 0x03 [57..58]
      Acknowledge at once: Not set [57..58]
      Unordered: Not set [57..58]
      First part: Set [57..58]
      Last part: Set [57..58]
    Length: 21 [58..60]
    Transmission sequence number: 260 [60..64]
    Stream: 0x0001 [64..66]
    Stream sequence number: 2 [66..68]
    Payload protocol: NG Application Protocol (60) [68..72]
    Payload: 68656c6c6f [72..77]
    Padding: 000000 [77..80]
"
        );
    }

    #[test]
    fn a_wrong_checksum() {
        let hex = "45000024 00010000 0184cf4f 0a000001 e0000005 13881770 deadbeef 01000000
             0b000004";
        assert_eq!(
            layer("sctp", 228, hex),
            "\
Stream Control Transmission Protocol: Src port: 5000, Dst port: 6000 [20..36]
  Source port: 5000 [20..22]
  Destination port: 6000 [22..24]
  Verification tag: 0xdeadbeef [24..28]
  Checksum: 0x01000000 [28..32]
  Checksum status: bad [28..28]
    Note: bad checksum: 0x01000000, the bytes make 0x72d579af
  Chunk: COOKIE_ACK [32..36]
    Type: COOKIE_ACK (11) [32..33]
      Whoever does not know it: Stops here [32..33]
      And: Keeps silent [32..33]
    Flags: 0x00 [33..34]
    Length: 4 [34..36]
"
        );
    }

    /// A whole message is read by the protocol of its port, though its body is in other messages.
    #[test]
    fn http() {
        let head: String = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
            .bytes()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let length = head.len() / 2;
        let packet = |flags: u8| {
            format!(
                "4500{:04x} 00010000 01840000 0a000001 e0000005 0050c350 deadbeef 00000000 00{flags:02x}{:04x}
                 00000101 00010000 00000000 {head}",
                20 + 12 + 16 + length,
                16 + length,
            )
        };
        assert_eq!(info(228, &packet(3)), "HTTP: HTTP/1.1 200 OK");
        let part = "SCTP: DATA (TSN=257) (Message Fragment) ";
        assert_eq!(info(228, &packet(2)), part);
        assert!(layer("http", 228, &packet(3)).contains("Status code: 200"));
    }

    #[test]
    fn cut_in_the_data() {
        let hex = "45000040 00010000 0184cf33 0a000001 e0000005 13881770 deadbeef 1b163318
             0003001f 00000101 00010000 00000000 68656c6c";
        assert_eq!(
            cut("sctp", 228, hex, 64),
            "\
Stream Control Transmission Protocol: Src port: 5000, Dst port: 6000 [20..52]
  Source port: 5000 [20..22]
  Destination port: 6000 [22..24]
  Verification tag: 0xdeadbeef [24..28]
  Checksum: 0x1b163318 [28..32]
  Checksum status: cannot say: not all bytes were captured [28..28]
  Chunk: DATA, TSN 257, stream 1, 15 bytes [32..52]
    Type: DATA (0) [32..33]
      Whoever does not know it: Stops here [32..33]
      And: Keeps silent [32..33]
    Flags: 0x03 [33..34]
      Acknowledge at once: Not set [33..34]
      Unordered: Not set [33..34]
      First part: Set [33..34]
      Last part: Set [33..34]
    Length: 31 [34..36]
    Transmission sequence number: 257 [36..40]
    Stream: 0x0001 [40..42]
    Stream sequence number: 0 [42..44]
    Payload protocol: not specified (0) [44..48]
    Payload: 68656c6c [48..52]
  Note: cut by the capture's size limit inside the data
"
        );
    }
}
