//! Secure Shell, as far as it can be read without its keys: RFC 4253.

use crate::{
    Base, Dissector, Layer, Next, OsiLayer, Outcome, Selector, Setting, Side, Stop, Value,
    dissector::Protocol, value::named,
};
use agreed::Agreed;
use nom::{
    Parser,
    bytes::take,
    error::Error,
    number::{be_u8, be_u32},
};
use session::Known;

mod agreed;
mod exchange;
mod fields;
mod session;

/// Secure Shell.
pub const DISSECTOR: Dissector = Dissector {
    name: "ssh",
    label: "Secure Shell",
    column: "SSH",
    layer: OsiLayer::Application,
    selectors: &[Selector::TcpPort(PORT)],
    fields: &[fields::FIELDS],
    ..Dissector::of::<Ssh>()
};

struct Ssh;

impl Protocol for Ssh {
    type Session = session::Ssh;

    fn begin(setting: &Setting) -> session::Ssh {
        session::Ssh::new(setting)
    }

    fn dissect(ssh: &mut Layer, known: Option<&Known>) -> Outcome {
        let mut reading = Reading {
            from_server: ssh.side() == Some(Side::Server),
            words: Vec::new(),
            version: None,
            method: known.and_then(|known| known.method),
            agreed: known.and_then(|known| known.agreed.as_deref()),
            encrypted: known.is_some_and(|known| known.encrypted),
        };
        let outcome = units(ssh, &mut reading);
        let from_server = reading.from_server;
        ssh.computed("ssh.direction", "Direction", || {
            Value::Flag(from_server, "server to client", "client to server")
        });
        if let Some(version) = reading.version {
            ssh.column(version);
        }
        ssh.info(|| {
            let side = if from_server { "Server" } else { "Client" };
            format!("{side}: {}", reading.words.join(", "))
        });
        outcome.map(|()| Next::Nothing)
    }
}

const PORT: u16 = 22;
/// RFC 4253, section 4.2: the beginning of both sides' first line.
const BANNER: &[u8] = b"SSH-";
/// RFC 4253, section 6: length, padding length and the message's number.
const HEAD: usize = 6;
/// RFC 4253, section 6.1: the greatest length that implementations must support.
const MAX_PACKET: u32 = 35_000;

const KEXINIT: u8 = 20;
const NEWKEYS: u8 = 21;

named! {
    /// IANA "SSH Message Numbers", without those whose meaning depends on the key exchange method.
    Message(u8, Dec) {
        DISCONNECT = 1 => "Disconnect",
        IGNORE = 2 => "Ignore",
        UNIMPLEMENTED = 3 => "Unimplemented",
        DEBUG = 4 => "Debug",
        SERVICE_REQUEST = 5 => "Service Request",
        SERVICE_ACCEPT = 6 => "Service Accept",
        KEXINIT = 20 => "Key Exchange Init",
        NEWKEYS = 21 => "New Keys",
    }
}

/// The unit at the beginning of some bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Unit {
    /// The line with the sender's version, of this length with its end.
    Banner(usize),
    /// A packet that is not encrypted.
    Clear(usize),
    /// Anything else.
    Encrypted,
    /// Too few bytes to decide.
    Begun,
}

impl Unit {
    fn of(bytes: &[u8]) -> Unit {
        let begun = BANNER.len().min(bytes.len());
        if bytes.is_empty() {
            return Unit::Begun;
        }
        if bytes.get(..begun) == BANNER.get(..begun) {
            return match bytes
                .iter()
                .take(MAX_PACKET as usize)
                .position(|&byte| byte == b'\n')
            {
                Some(end) => Unit::Banner(end + 1),
                None => Unit::Begun,
            };
        }
        match clear_length(bytes) {
            // At the beginning of a packet the first two bytes of the length are zero.
            _ if bytes.len() < HEAD && bytes.iter().take(2).all(|&byte| byte == 0) => Unit::Begun,
            Some(length) => Unit::Clear(length),
            None => Unit::Encrypted,
        }
    }
}

/// Returns the length of the packet at the beginning of these bytes, where it is not encrypted: encrypted ones have no
/// recognizable form.
fn clear_length(bytes: &[u8]) -> Option<usize> {
    /// RFC 4253, section 6: the least padding, and the unit of a packet's length.
    const LEAST_PADDING: u8 = 4;
    const BLOCK: u32 = 8;
    let header = (be_u32::<_, Error<&[u8]>>(), be_u8(), be_u8());
    let (_, (length, padding, message)) = { header }.parse_complete(bytes).ok()?;
    let known = matches!(message, 1..=6 | 20 | 21 | 30..=49);
    let fits = padding >= LEAST_PADDING && u32::from(padding) + 1 < length;
    let whole = length <= MAX_PACKET && (length + 4) % BLOCK == 0;
    (known && fits && whole).then_some(4 + length as usize)
}

/// What is known of the connection while some of its packets are read.
struct Reading<'a> {
    from_server: bool,
    words: Vec<String>,
    version: Option<&'static str>,
    /// The key exchange method, as far as it is known.
    method: Option<exchange::Method>,
    /// The negotiated algorithms, as far as they are known.
    agreed: Option<&'a Agreed>,
    /// The following packets are encrypted.
    encrypted: bool,
}

fn units(ssh: &mut Layer, reading: &mut Reading) -> Result<(), Stop> {
    while !ssh.rest().is_empty() {
        let unit = match reading.encrypted {
            true => Unit::Encrypted,
            false => Unit::of(ssh.rest()),
        };
        match unit {
            Unit::Banner(length) => banner(ssh, reading, length)?,
            Unit::Clear(length) => ssh.within(length, |ssh| {
                reading.version.get_or_insert("SSHv2");
                ssh.group("", "Packet", |ssh| packet(ssh, reading))
            })?,
            Unit::Encrypted => return encrypted(ssh, reading),
            Unit::Begun => {
                ssh.show_rest("", "Beginning of a packet");
                ssh.skip(ssh.rest().len());
            }
        }
    }
    Ok(())
}

/// RFC 4253, section 4.2.
fn banner(ssh: &mut Layer, reading: &mut Reading, length: usize) -> Result<(), Stop> {
    let line = ssh.rest().get(..length).unwrap_or_default();
    let said = line.trim_ascii_end();
    reading.version = Some(
        match said.starts_with(b"SSH-1.") && !said.starts_with(b"SSH-1.99") {
            true => "SSHv1",
            false => "SSHv2",
        },
    );
    let text = String::from_utf8_lossy(said).into_owned();
    reading.words.push(format!("Protocol ({text})"));
    let ended = length - said.len();
    ssh.field_shown(
        "ssh.protocol",
        "Protocol",
        take(said.len()),
        |_: &[u8]| Value::Text(text),
    )?;
    ssh.skip(ended);
    Ok(())
}

fn encrypted(ssh: &mut Layer, reading: &mut Reading) -> Result<(), Stop> {
    const LENGTH: usize = 4;
    let length = ssh.reported();
    reading
        .words
        .push(format!("Encrypted packet (len={length})"));
    ssh.group("", "Packet", |ssh| {
        ssh.title(|| "encrypted".to_owned());
        // Wireshark tries to decrypt what follows any other exchange, and without keys shows nothing of it.
        let names = match reading.method {
            Some(exchange::Method::Fixed | exchange::Method::Curve) => ("", ""),
            _ => ("ssh.packet_length_encrypted", "ssh.encrypted_packet"),
        };
        ssh.field(names.0, "Length (encrypted)", take(LENGTH.min(length)))?;
        let there = ssh.rest().len();
        if there > 0 {
            ssh.field(names.1, "Encrypted packet", take(there))?;
        }
        Ok(())
    })
}

/// RFC 4253, section 6.
fn packet(ssh: &mut Layer, reading: &mut Reading) -> Result<(), Stop> {
    let length = ssh.field("ssh.packet_length", "Length", be_u32())?;
    let padding = ssh.field("ssh.padding_length", "Padding length", be_u8())?;
    let content = (length as usize).saturating_sub(1 + usize::from(padding));
    let number = ssh.within(content, |ssh| {
        ssh.group("", "Message", |ssh| message(ssh, reading))
    })?;
    ssh.field("ssh.padding_string", "Padding", take(padding))?;
    ssh.computed("ssh.seq_num", "Sequence number", || number);
    Ok(())
}

/// Reads a message and returns Wireshark's count of it.
fn message(ssh: &mut Layer, reading: &mut Reading) -> Result<u32, Stop> {
    let message = Message(ssh.peek("ssh.message_code", be_u8())?);
    let agreed = reading.method.filter(|method| method.has(message.0));
    let method = agreed.or_else(|| exchange::Method::of(message.0, ssh.rest()));
    let name = match method {
        Some(method) => method.name(message.0),
        None => message.name(),
    };
    let shown = name.unwrap_or("Unknown");
    reading.words.push(shown.to_owned());
    ssh.title(|| shown.to_owned());
    ssh.field_shown(
        "ssh.message_code",
        "Message",
        be_u8(),
        |number| match name {
            Some(name) => Value::Named(number.into(), Base::Dec, name),
            None => number.into(),
        },
    )?;
    match (message, method) {
        (Message::KEXINIT, _) => {
            exchange::init(ssh, reading.from_server, reading.agreed)?;
            return Ok(0);
        }
        (Message::NEWKEYS, _) => {
            reading.encrypted = true;
            let group = reading.method == Some(exchange::Method::Group);
            return Ok(if group { 3 } else { 2 });
        }
        (_, Some(method)) => {
            reading.method.get_or_insert(method);
            exchange::read(ssh, method, message.0)?;
            return Ok(method.counted(message.0));
        }
        (Message::DISCONNECT, _) => {
            ssh.field_shown("ssh.disconnect_reason", "Reason", be_u32(), |reason| {
                Value::Number(reason.into(), Base::Hex(8))
            })?;
            let name = (
                "ssh.disconnect_description_length",
                "ssh.disconnect_description",
            );
            text(ssh, name, ("Description length", "Description"))?;
            language(ssh)?;
        }
        (Message::IGNORE, _) => {
            let name = ("ssh.ignore_data_length", "ssh.ignore_data");
            string(ssh, name, ("Data length", "Data"))?;
        }
        (Message::DEBUG, _) => {
            ssh.field_shown(
                "ssh.debug_always_display",
                "Always display",
                be_u8(),
                |always| (always != 0).into(),
            )?;
            let name = ("ssh.debug_name_length", "ssh.debug_name");
            text(ssh, name, ("Message length", "Message"))?;
            language(ssh)?;
        }
        (Message::SERVICE_REQUEST | Message::SERVICE_ACCEPT, _) => {
            let name = ("ssh.service_name_length", "ssh.service_name");
            text(ssh, name, ("Service length", "Service"))?;
        }
        _ => {
            let left = ssh.reported();
            if left > 0 {
                ssh.field("ssh.payload", "Payload", take(left))?;
            }
        }
    }
    Ok(0)
}

fn language(ssh: &mut Layer) -> Result<(), Stop> {
    let name = ("ssh.lang_tag_length", "ssh.lang_tag");
    text(ssh, name, ("Language length", "Language")).map(drop)
}

/// RFC 4251, section 5: a length and that many bytes.
fn string<'a>(
    ssh: &mut Layer<'a, '_>,
    (length_name, name): (&'static str, &'static str),
    (length_label, label): (&'static str, &'static str),
) -> Result<&'a [u8], Stop> {
    let length = ssh.field(length_name, length_label, be_u32())?;
    ssh.field(name, label, take(length))
}

/// As `string`, where the bytes are text.
fn text<'a>(
    ssh: &mut Layer<'a, '_>,
    (length_name, name): (&'static str, &'static str),
    (length_label, label): (&'static str, &'static str),
) -> Result<&'a [u8], Stop> {
    let length = ssh.field(length_name, length_label, be_u32())?;
    ssh.field_shown(name, label, take(length), |text: &[u8]| {
        Value::Text(String::from_utf8_lossy(text).into_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::Unit;
    use crate::test_support::{bytes, cut, info, layer};

    /// From the client's port to the server's.
    const TCP: &str = "45000000 abcd0000 40060000 0a000001 0a000002 \
                       c0010016 00001000 00002000 50180200 abcd0000";

    fn packet(payload: &str) -> String {
        let length = 40 + bytes(payload).len();
        TCP.replacen("45000000", &format!("4500{length:04x}"), 1) + payload
    }

    /// Lists of one letter each, the last two empty.
    const INIT: &str = "0000004c 05 14 000102030405060708090a0b0c0d0e0f \
        00000001 61 00000001 62 00000001 63 00000001 64 00000001 65 00000001 66 00000001 67 \
        00000001 68 00000000 00000000 00 00000000 0000000000";
    const CURVE: &str = "0000002c 06 1e 00000020 \
        000102030405060708090a0b0c0d0e0f 101112131415161718191a1b1c1d1e1f 000000000000";

    #[test]
    fn banner() {
        let banner = packet("5353482d322e302d4f70656e5353485f392e36 0d0a");
        assert_eq!(
            info(228, &banner),
            "SSHv2: Client: Protocol (SSH-2.0-OpenSSH_9.6)"
        );
        assert_eq!(
            layer("ssh", 228, &banner),
            "\
             Secure Shell [40..61]\n\
             \x20 Protocol: SSH-2.0-OpenSSH_9.6 [40..59]\n\
             \x20 Direction: client to server\n"
        );
    }

    #[test]
    fn lists() {
        assert_eq!(info(228, &packet(INIT)), "SSHv2: Client: Key Exchange Init");
        assert_eq!(
            layer("ssh", 228, &packet(INIT)),
            "\
             Secure Shell [40..120]\n\
             \x20 Packet [40..120]\n\
             \x20   Length: 76 [40..44]\n\
             \x20   Padding length: 5 [44..45]\n\
             \x20   Message: Key Exchange Init [45..115]\n\
             \x20     Message: Key Exchange Init (20) [45..46]\n\
             \x20     Algorithms [46..115]\n\
             \x20       Cookie: 000102030405060708090a0b0c0d0e0f [46..62]\n\
             \x20       Length: 1 [62..66]\n\
             \x20       Key exchange algorithms: a [66..67]\n\
             \x20       Length: 1 [67..71]\n\
             \x20       Host key algorithms: b [71..72]\n\
             \x20       Length: 1 [72..76]\n\
             \x20       Encryption, client to server: c [76..77]\n\
             \x20       Length: 1 [77..81]\n\
             \x20       Encryption, server to client: d [81..82]\n\
             \x20       Length: 1 [82..86]\n\
             \x20       Authentication codes, client to server: e [86..87]\n\
             \x20       Length: 1 [87..91]\n\
             \x20       Authentication codes, server to client: f [91..92]\n\
             \x20       Length: 1 [92..96]\n\
             \x20       Compression, client to server: g [96..97]\n\
             \x20       Length: 1 [97..101]\n\
             \x20       Compression, server to client: h [101..102]\n\
             \x20       Length: 0 [102..106]\n\
             \x20       Languages, client to server [106..106]\n\
             \x20       Length: 0 [106..110]\n\
             \x20       Languages, server to client [110..110]\n\
             \x20       First packet follows: 0 [110..111]\n\
             \x20       Reserved: 00000000 [111..115]\n\
             \x20       HASSH text: a;c;e;g\n\
             \x20       HASSH: 1dcec95d22563622775f87b354bc5ccc\n\
             \x20   Padding: 0000000000 [115..120]\n\
             \x20   Sequence number: 0\n\
             \x20 Direction: client to server\n"
        );
    }

    #[test]
    fn keys_and_what_is_encrypted_with_them() {
        let payload = format!("{CURVE} 0000000c 0a 15 00000000000000000000 8123456789abcdef");
        assert_eq!(
            info(228, &packet(&payload)),
            "SSHv2: Client: Elliptic Curve Diffie-Hellman Key Exchange Init, New Keys, \
             Encrypted packet (len=8)"
        );
        assert_eq!(
            layer("ssh", 228, &packet(&payload)),
            "\
             Secure Shell [40..112]\n\
             \x20 Packet [40..88]\n\
             \x20   Length: 44 [40..44]\n\
             \x20   Padding length: 6 [44..45]\n\
             \x20   Message: Elliptic Curve Diffie-Hellman Key Exchange Init [45..82]\n\
             \x20     Message: Elliptic Curve Diffie-Hellman Key Exchange Init (30) [45..46]\n\
             \x20     Key length: 32 [46..50]\n\
             \x20     Client's key: 000102030405060708090a0b0c0d0e0f1011121314151617… [50..82]\n\
             \x20   Padding: 000000000000 [82..88]\n\
             \x20   Sequence number: 1\n\
             \x20 Packet [88..104]\n\
             \x20   Length: 12 [88..92]\n\
             \x20   Padding length: 10 [92..93]\n\
             \x20   Message: New Keys [93..94]\n\
             \x20     Message: New Keys (21) [93..94]\n\
             \x20   Padding: 00000000000000000000 [94..104]\n\
             \x20   Sequence number: 2\n\
             \x20 Packet: encrypted [104..112]\n\
             \x20   Length (encrypted): 81234567 [104..108]\n\
             \x20   Encrypted packet: 89abcdef [108..112]\n\
             \x20 Direction: client to server\n"
        );
    }

    #[test]
    fn cut_short() {
        let whole = packet(CURVE);
        let sent = bytes(&whole).len() as u32;
        let captured: String = whole
            .chars()
            .filter(char::is_ascii_hexdigit)
            .take(120)
            .collect();
        assert_eq!(
            layer("ssh", 228, &packet(&CURVE[..60])),
            "\
             Secure Shell [40..67]\n\
             \x20 Packet [40..67]\n\
             \x20   Length: 44 [40..44]\n\
             \x20   Padding length: 6 [44..45]\n\
             \x20   Message: Elliptic Curve Diffie-Hellman Key Exchange Init [45..50]\n\
             \x20     Message: Elliptic Curve Diffie-Hellman Key Exchange Init (30) [45..46]\n\
             \x20     Key length: 32 [46..50]\n\
             \x20 Direction: client to server\n\
             \x20 Note: unfinished: its end is not in this packet\n"
        );
        assert_eq!(
            cut("ssh", 228, &captured, sent),
            "\
             Secure Shell [40..60]\n\
             \x20 Packet [40..60]\n\
             \x20   Length: 44 [40..44]\n\
             \x20   Padding length: 6 [44..45]\n\
             \x20   Message: Elliptic Curve Diffie-Hellman Key Exchange Init [45..50]\n\
             \x20     Message: Elliptic Curve Diffie-Hellman Key Exchange Init (30) [45..46]\n\
             \x20     Key length: 32 [46..50]\n\
             \x20 Direction: client to server\n\
             \x20 Note: cut by the capture's size limit inside ssh.ecdh.q_c\n"
        );
    }

    #[test]
    fn units() {
        let of = |hex| Unit::of(&bytes(hex));
        assert_eq!(of(CURVE), Unit::Clear(48));
        assert_eq!(of("5353"), Unit::Begun);
        assert_eq!(of("0000002c 06 1e 00000020"), Unit::Clear(48));
        assert_eq!(of("8123456789abcdef"), Unit::Encrypted);
    }
}
