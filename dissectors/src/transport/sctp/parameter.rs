//! Parameters of chunks (RFC 9260, section 3.2.1), and the causes of errors (section 3.3.10).

use super::chunk_type::{Chunk, Hmac, rest};
use crate::{Base, Hex, Layer, Stop, Value, internet::address, value::named};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16, be_u32},
};

named! {
    /// IANA, SCTP chunk parameter types.
    Kind(u16, Hex(4)) {
        HEARTBEAT = 0x0001 => "Heartbeat info",
        IPV4 = 0x0005 => "IPv4 address",
        IPV6 = 0x0006 => "IPv6 address",
        COOKIE = 0x0007 => "State cookie",
        UNRECOGNIZED = 0x0008 => "Unrecognized parameter",
        PRESERVATIVE = 0x0009 => "Cookie preservative",
        HOST_NAME = 0x000b => "Hostname address",
        ADDRESS_TYPES = 0x000c => "Supported address types",
        RESET_OUT = 0x000d => "Outgoing SSN reset request",
        RESET_IN = 0x000e => "Incoming SSN reset request",
        RESET_TSN = 0x000f => "SSN/TSN reset request",
        RESPONSE = 0x0010 => "Re-configuration response",
        ADD_OUT = 0x0011 => "Add outgoing streams request",
        ADD_IN = 0x0012 => "Add incoming streams request",
        ECN = 0x8000 => "ECN",
        RANDOM = 0x8002 => "Random",
        AUTHENTICATED = 0x8003 => "Authenticated Chunk list",
        HMACS = 0x8004 => "Requested HMAC Algorithm",
        EXTENSIONS = 0x8008 => "Supported Extensions",
        FORWARD_TSN = 0xc000 => "Forward TSN supported",
        ADD_ADDRESS = 0xc001 => "Add IP address",
        DELETE_ADDRESS = 0xc002 => "Delete IP address",
        CAUSE = 0xc003 => "Error cause indication",
        PRIMARY = 0xc004 => "Set primary address",
        SUCCESS = 0xc005 => "Success report",
        ADAPTATION = 0xc006 => "Adaptation Layer Indication",
    }

    /// RFC 9260, section 3.3.2.1.6.
    AddressType(u16, Dec) {
        IPV4 = 5 => "IPv4 address",
        IPV6 = 6 => "IPv6 address",
        HOST_NAME = 11 => "Hostname address",
    }

    /// RFC 6525, section 4.4.
    Outcome(u32, Dec) {
        NOTHING = 0 => "Nothing to do",
        PERFORMED = 1 => "Performed",
        DENIED = 2 => "Denied",
        WRONG_SSN = 3 => "Error - Wrong SSN",
        IN_PROGRESS_ALREADY = 4 => "Error - Request already in progress",
        BAD_SEQUENCE = 5 => "Error - Bad sequence number",
        IN_PROGRESS = 6 => "In progress",
    }

    /// RFC 9260, section 3.3.10; RFC 5061, section 4.3; RFC 4895, section 4.
    Cause(u16, Hex(4)) {
        STREAM = 0x0001 => "Invalid stream identifier",
        MISSING = 0x0002 => "Missing mandatory parameter",
        STALE = 0x0003 => "Stale cookie error",
        RESOURCE = 0x0004 => "Out of resource",
        ADDRESS = 0x0005 => "Unresolvable address",
        CHUNK = 0x0006 => "Unrecognized chunk type",
        MANDATORY = 0x0007 => "Invalid mandatory parameter",
        PARAMETERS = 0x0008 => "Unrecognized parameters",
        NO_DATA = 0x0009 => "No user data",
        COOKIE = 0x000a => "Cookie received while shutting down",
        RESTART = 0x000b => "Restart of an association with new addresses",
        USER = 0x000c => "User initiated ABORT",
        VIOLATION = 0x000d => "Protocol violation",
        LAST_ADDRESS = 0x00a0 => "Request to delete last address",
        SHORTAGE = 0x00a1 => "Operation refused due to resource shortage",
        SOURCE = 0x00a2 => "Request to delete source address",
        ILLEGAL = 0x00a3 => "Association Aborted due to illegal ASCONF-ACK",
        REFUSED = 0x00a4 => "Request refused - no authorization",
        HMAC = 0x0105 => "Unsupported HMAC identifier",
    }
}

/// The type and the length.
const HEADER: usize = 4;

/// Parameters may be nested in parameters and causes; deeper than this is an attack.
const DEEPEST: usize = 4;

/// Reads parameters to the end.
pub fn parameters(sctp: &mut Layer) -> Result<(), Stop> {
    parameters_at(sctp, 0)
}

/// Reads causes to the end.
pub fn causes(sctp: &mut Layer) -> Result<(), Stop> {
    causes_at(sctp, 0)
}

fn parameters_at(sctp: &mut Layer, depth: usize) -> Result<(), Stop> {
    if depth > DEEPEST {
        return rest(sctp, "sctp.parameter_value", "Value");
    }
    while sctp.reported() > 0 {
        sctp.group("", "Parameter", |sctp| {
            let name = "sctp.parameter_type";
            let kind = sctp.flags(name, "Type", Base::Hex(4), be_u16(), |bits| {
                let name = "sctp.parameter_bit_1";
                let (yes, no) = ("Skips it", "Stops here");
                bits.flag_meaning(name, "Whoever does not know it", 0x8000, yes, no);
                let name = "sctp.parameter_bit_2";
                bits.flag_meaning(name, "And", 0x4000, "Reports it", "Keeps silent");
            })?;
            let kind = Kind(kind);
            sctp.text_of(name, || Value::from(kind).to_string());
            sctp.title(|| kind.name().unwrap_or("unknown").to_owned());
            let length = length(sctp, "sctp.parameter_length")?;
            sctp.within(length, |sctp| parameter(sctp, kind, depth))?;
            padding(sctp, "sctp.parameter_padding", length)
        })?;
    }
    Ok(())
}

/// Reads the length of a parameter's or a cause's value.
fn length(sctp: &mut Layer, name: &'static str) -> Result<usize, Stop> {
    let length = sctp.field(name, "Length", be_u16())?;
    match usize::from(length).checked_sub(HEADER) {
        Some(length) => Ok(length),
        None => sctp.malformed(name),
    }
}

fn padding(sctp: &mut Layer, name: &'static str, length: usize) -> Result<(), Stop> {
    match (length.next_multiple_of(4) - length).min(sctp.rest().len()) {
        0 => Ok(()),
        padding => sctp.field(name, "Padding", take(padding)).map(drop),
    }
}

fn parameter(sctp: &mut Layer, kind: Kind, depth: usize) -> Result<(), Stop> {
    match kind {
        Kind::HEARTBEAT => {
            rest(sctp, "sctp.parameter_heartbeat_information", "Information")?;
        }
        Kind::IPV4 => {
            let name = "sctp.parameter_ipv4_address";
            let address = sctp.field(name, "Address", address::ipv4())?;
            sctp.title_more(|| format!(", {address}"));
        }
        Kind::IPV6 => {
            let name = "sctp.parameter_ipv6_address";
            let address = sctp.field(name, "Address", address::ipv6())?;
            sctp.title_more(|| format!(", {address}"));
        }
        Kind::COOKIE => rest(sctp, "sctp.parameter_state_cookie", "Cookie")?,
        Kind::UNRECOGNIZED => parameters_at(sctp, depth + 1)?,
        Kind::PRESERVATIVE => {
            let name = "sctp.parameter_cookie_preservative_incr";
            let increment = sctp.field(name, "Longer life", be_u32())?;
            sctp.text(|| format!("{increment} ms"));
        }
        Kind::HOST_NAME => {
            let left = sctp.reported();
            let text = |bytes: &[u8]| {
                let name = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
                Value::Text(String::from_utf8_lossy(name).into_owned())
            };
            sctp.field_shown("sctp.parameter_hostname", "Host name", take(left), text)?;
        }
        Kind::ADDRESS_TYPES => {
            while sctp.reported() > 0 {
                let name = "sctp.parameter_supported_address_type";
                sctp.field(name, "Address type", be_u16().map(AddressType))?;
            }
        }
        Kind::RESET_OUT
        | Kind::RESET_IN
        | Kind::RESET_TSN
        | Kind::RESPONSE
        | Kind::ADD_OUT
        | Kind::ADD_IN => reconfiguration(sctp, kind)?,
        Kind::RANDOM => rest(sctp, "sctp.random_number", "Random number")?,
        Kind::AUTHENTICATED => chunks(sctp, "sctp.chunk_type_to_auth")?,
        Kind::EXTENSIONS => chunks(sctp, "sctp.supported_chunk_type")?,
        Kind::HMACS => {
            while sctp.reported() > 0 {
                sctp.field("sctp.hmac_id", "Digest's algorithm", be_u16().map(Hmac))?;
            }
        }
        Kind::ADD_ADDRESS | Kind::DELETE_ADDRESS | Kind::PRIMARY => {
            sctp.field("sctp.correlation_id", "Correlation ID", be_u32().map(Hex))?;
            parameters_at(sctp, depth + 1)?;
        }
        Kind::CAUSE => {
            sctp.field("sctp.correlation_id", "Correlation ID", be_u32().map(Hex))?;
            causes_at(sctp, depth + 1)?;
        }
        Kind::SUCCESS => {
            sctp.field("sctp.correlation_id", "Correlation ID", be_u32().map(Hex))?;
        }
        Kind::ADAPTATION => {
            let name = "sctp.adaptation_layer_indication";
            sctp.field(name, "Indication", be_u32().map(Hex))?;
        }
        Kind::ECN | Kind::FORWARD_TSN => {}
        _ => rest(sctp, "sctp.parameter_value", "Value")?,
    }
    Ok(())
}

/// RFC 6525, section 4.
fn reconfiguration(sctp: &mut Layer, kind: Kind) -> Result<(), Stop> {
    let request = ("sctp.parameter_reconfig_request_sequence_number", "Request");
    let response = (
        "sctp.parameter_reconfig_response_sequence_number",
        "Response",
    );
    match kind {
        Kind::RESET_OUT => {
            sctp.field(request.0, request.1, be_u32())?;
            sctp.field(response.0, response.1, be_u32())?;
            let name = "sctp.parameter_senders_last_assigned_tsn";
            sctp.field(name, "Last sequence number", be_u32())?;
            streams(sctp)?;
        }
        Kind::RESET_IN => {
            sctp.field(request.0, request.1, be_u32())?;
            streams(sctp)?;
        }
        Kind::RESET_TSN => {
            sctp.field(request.0, request.1, be_u32())?;
        }
        Kind::RESPONSE => {
            sctp.field(response.0, response.1, be_u32())?;
            let name = "sctp.parameter_reconfig_response_result";
            sctp.field(name, "Result", be_u32().map(Outcome))?;
            if sctp.reported() > 0 {
                let name = "sctp.parameter_senders_next_tsn";
                sctp.field(name, "Sender's next sequence number", be_u32())?;
                let name = "sctp.parameter_receivers_next_tsn";
                sctp.field(name, "Receiver's next sequence number", be_u32())?;
            }
        }
        Kind::ADD_OUT => {
            sctp.field(request.0, request.1, be_u32())?;
            let name = "sctp.parameter_add_outgoing_streams_number";
            sctp.field(name, "Streams", be_u16())?;
            let name = "sctp.parameter_add_outgoing_streams_reserved";
            sctp.field(name, "Reserved", be_u16())?;
        }
        Kind::ADD_IN => {
            sctp.field(request.0, request.1, be_u32())?;
            let name = "sctp.parameter_add_incoming_streams_number";
            sctp.field(name, "Streams", be_u16())?;
            let name = "sctp.parameter_add_incoming_streams_reserved";
            sctp.field(name, "Reserved", be_u16())?;
        }
        _ => {}
    }
    Ok(())
}

fn streams(sctp: &mut Layer) -> Result<(), Stop> {
    while sctp.reported() > 0 {
        sctp.field("sctp.parameter_reconfig_sid", "Stream", be_u16())?;
    }
    Ok(())
}

fn chunks(sctp: &mut Layer, name: &'static str) -> Result<(), Stop> {
    while sctp.reported() > 0 {
        sctp.field(name, "Chunk", be_u8().map(Chunk))?;
    }
    Ok(())
}

fn causes_at(sctp: &mut Layer, depth: usize) -> Result<(), Stop> {
    if depth > DEEPEST {
        return rest(sctp, "sctp.cause_information", "Information");
    }
    while sctp.reported() > 0 {
        sctp.group("", "Cause", |sctp| {
            let cause = sctp.field("sctp.cause_code", "Code", be_u16().map(Cause))?;
            sctp.title(|| cause.name().unwrap_or("unknown").to_owned());
            let length = length(sctp, "sctp.cause_length")?;
            sctp.within(length, |sctp| value(sctp, cause, depth))?;
            padding(sctp, "sctp.cause_padding", length)
        })?;
    }
    Ok(())
}

fn value(sctp: &mut Layer, cause: Cause, depth: usize) -> Result<(), Stop> {
    match cause {
        Cause::STREAM => {
            sctp.field("sctp.cause_stream_identifier", "Stream", be_u16())?;
            sctp.field("sctp.cause_reserved", "Reserved", be_u16())?;
        }
        Cause::MISSING => {
            let name = "sctp.cause_nr_of_missing_parameters";
            let count = sctp.field(name, "Missing parameters", be_u32())?;
            for _ in 0..count {
                let name = "sctp.cause_missing_parameter_type";
                sctp.field(name, "Missing parameter", be_u16().map(Kind))?;
            }
        }
        Cause::STALE => {
            let name = "sctp.cause_measure_of_staleness";
            let measure = sctp.field(name, "Too late by", be_u32())?;
            sctp.text(|| format!("{measure} µs"));
        }
        Cause::NO_DATA => {
            sctp.field("sctp.cause_tsn", "Sequence number", be_u32())?;
        }
        Cause::ADDRESS
        | Cause::PARAMETERS
        | Cause::RESTART
        | Cause::LAST_ADDRESS
        | Cause::SHORTAGE
        | Cause::SOURCE
        | Cause::REFUSED => parameters_at(sctp, depth + 1)?,
        Cause::RESOURCE | Cause::MANDATORY | Cause::COOKIE => {}
        Cause::CHUNK => rest(sctp, "", "Chunk")?,
        _ => rest(sctp, "sctp.cause_information", "Information")?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::test_support::layer;

    #[test]
    fn what_an_association_begins_with() {
        let hex = "45000050 00010000 0184cf23 0a000001 e0000005 13881770 deadbeef 3ced10a0
             01000030 11111111 00010000 000a000b 00000100 00050008 0a000001 000c0006
             00050000 c0000004 80080007 c0808100";
        assert_eq!(
            layer("sctp", 228, hex),
            "\
Stream Control Transmission Protocol: Src port: 5000, Dst port: 6000 [20..80]
  Source port: 5000 [20..22]
  Destination port: 6000 [22..24]
  Verification tag: 0xdeadbeef [24..28]
  Checksum: 0x3ced10a0 [28..32]
  Checksum status: Good (1) [28..28]
  Chunk: INIT, 10 streams out, 11 in [32..80]
    Type: INIT (1) [32..33]
      Whoever does not know it: Stops here [32..33]
      And: Keeps silent [32..33]
    Flags: 0x00 [33..34]
    Length: 48 [34..36]
    Initiate tag: 0x11111111 [36..40]
    Receiver window: 65536 [40..44]
    Outbound streams: 10 [44..46]
    Inbound streams: 11 [46..48]
    Initial sequence number: 256 [48..52]
    Parameter: IPv4 address, 10.0.0.1 [52..60]
      Type: IPv4 address (0x0005) [52..54]
        Whoever does not know it: Stops here [52..54]
        And: Keeps silent [52..54]
      Length: 8 [54..56]
      Address: 10.0.0.1 [56..60]
    Parameter: Supported address types [60..68]
      Type: Supported address types (0x000c) [60..62]
        Whoever does not know it: Stops here [60..62]
        And: Keeps silent [60..62]
      Length: 6 [62..64]
      Address type: IPv4 address (5) [64..66]
      Padding: 0000 [66..68]
    Parameter: Forward TSN supported [68..72]
      Type: Forward TSN supported (0xc000) [68..70]
        Whoever does not know it: Skips it [68..70]
        And: Reports it [68..70]
      Length: 4 [70..72]
    Parameter: Supported Extensions [72..80]
      Type: Supported Extensions (0x8008) [72..74]
        Whoever does not know it: Skips it [72..74]
        And: Keeps silent [72..74]
      Length: 7 [74..76]
      Chunk: FORWARD_TSN (192) [76..77]
      Chunk: ASCONF_ACK (128) [77..78]
      Chunk: PKTDROP (129) [78..79]
      Padding: 00 [79..80]
"
        );
    }

    #[test]
    fn an_address_that_is_added() {
        let hex = "45000038 00010000 0184cf3b 0a000001 e0000005 13881770 deadbeef 12f7da3d
             c1000018 00000007 c0010010 00000001 00050008 0a000002";
        assert_eq!(
            layer("sctp", 228, hex),
            "\
Stream Control Transmission Protocol: Src port: 5000, Dst port: 6000 [20..56]
  Source port: 5000 [20..22]
  Destination port: 6000 [22..24]
  Verification tag: 0xdeadbeef [24..28]
  Checksum: 0x12f7da3d [28..32]
  Checksum status: Good (1) [28..28]
  Chunk: ASCONF [32..56]
    Type: ASCONF (193) [32..33]
      Whoever does not know it: Skips it [32..33]
      And: Reports it [32..33]
    Flags: 0x00 [33..34]
    Length: 24 [34..36]
    Sequence number: 0x00000007 [36..40]
    Parameter: Add IP address [40..56]
      Type: Add IP address (0xc001) [40..42]
        Whoever does not know it: Skips it [40..42]
        And: Reports it [40..42]
      Length: 16 [42..44]
      Correlation ID: 0x00000001 [44..48]
      Parameter: IPv4 address, 10.0.0.2 [48..56]
        Type: IPv4 address (0x0005) [48..50]
          Whoever does not know it: Stops here [48..50]
          And: Keeps silent [48..50]
        Length: 8 [50..52]
        Address: 10.0.0.2 [52..56]
"
        );
    }

    #[test]
    fn why_it_ended() {
        let hex = "45000038 00010000 0184cf3b 0a000001 e0000005 13881770 deadbeef 99566aec
             06000018 000c0007 62796500 0002000c 00000002 00050006";
        assert_eq!(
            layer("sctp", 228, hex),
            "\
Stream Control Transmission Protocol: Src port: 5000, Dst port: 6000 [20..56]
  Source port: 5000 [20..22]
  Destination port: 6000 [22..24]
  Verification tag: 0xdeadbeef [24..28]
  Checksum: 0x99566aec [28..32]
  Checksum status: Good (1) [28..28]
  Chunk: ABORT [32..56]
    Type: ABORT (6) [32..33]
      Whoever does not know it: Stops here [32..33]
      And: Keeps silent [32..33]
    Flags: 0x00 [33..34]
      Tag reflected: Not set [33..34]
    Length: 24 [34..36]
    Cause: User initiated ABORT [36..44]
      Code: User initiated ABORT (0x000c) [36..38]
      Length: 7 [38..40]
      Information: 627965 [40..43]
      Padding: 00 [43..44]
    Cause: Missing mandatory parameter [44..56]
      Code: Missing mandatory parameter (0x0002) [44..46]
      Length: 12 [46..48]
      Missing parameters: 2 [48..52]
      Missing parameter: IPv4 address (0x0005) [52..54]
      Missing parameter: IPv6 address (0x0006) [54..56]
"
        );
    }
}
