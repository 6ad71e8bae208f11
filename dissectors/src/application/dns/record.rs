//! Resource records: RFC 1035, section 4.1.3.

use crate::{
    Layer, Severity, Stop, Value,
    application::dns::{
        data,
        message::{Dialect, Message, TOP, seconds},
        name::name,
        option,
        part::Data,
        record_type::{Class, RecordType},
    },
};
use nom::{
    Parser,
    bytes::take,
    combinator::consumed,
    number::{be_u16, be_u32},
};

/// Reads one record. Nothing of it is shown unless it is complete.
pub fn read<'a>(dns: &mut Layer<'a, '_>, message: &mut Message<'a>) -> Result<(), Stop> {
    let header = (name(message.bytes), be_u16().map(RecordType), be_u16());
    let header = (header, be_u32(), be_u16());
    let ((owner, kind, class), _, length) = dns.peek("dns.resp.name", header)?;
    let length = usize::from(length);
    let multicast = message.dialect == Dialect::Multicast;
    let mut said = kind.brief();
    if multicast && class & TOP != 0 {
        said += ", cache flush";
    }
    message.say(&said);
    let whole = (
        name(message.bytes),
        take(8_usize),
        take(2_usize),
        take(length),
    );
    dns.peek("dns.resp.len", whole)?;
    let owner = owner.text();
    dns.group("", "Record", |dns| {
        dns.title(|| format!("{owner} {said}"));
        owner_name(dns, message, kind, &owner)?;
        dns.field("dns.resp.type", "Type", be_u16().map(RecordType))?;
        if kind == RecordType::OPT {
            return option::read(dns, message);
        }
        match multicast {
            // RFC 6762, section 10.2.
            true => {
                dns.word("dns.resp.class", be_u16(), |bits| {
                    let class = |class| Class(class as u16);
                    bits.value("dns.resp.class", "Class", (!TOP).into(), class);
                    bits.flag("dns.resp.cache_flush", "Cache flush", TOP.into());
                })?;
            }
            false => _ = dns.field("dns.resp.class", "Class", be_u16().map(Class))?,
        }
        let lifetime = seconds(dns, "dns.resp.ttl", "Time to live")?;
        if lifetime > i32::MAX as u32 {
            // RFC 2181, section 8.
            dns.note(Severity::Warning, || {
                "its highest bit must not be set".to_owned()
            });
        }
        dns.field("dns.resp.len", "Data length", be_u16())?;
        if length == 0 {
            return Ok(());
        }
        let end = dns.offset() + length as u32;
        let mut content = Data {
            message,
            end,
            words: Vec::new(),
            wanted: wanted(kind),
        };
        if content.wanted == 0 && names_owner(kind) {
            content.words.push(owner);
        }
        // A record whose parts are longer than its length reads into the bytes after it; the next record begins at its
        // end.
        let (result, last) = dns.aside(|dns| {
            let result = data::read(dns, &mut content, kind);
            Ok((result, dns.offset()))
        })?;
        let words = content.words.join(" ");
        if !words.is_empty() {
            message.say(&words);
            dns.title_more(|| format!(" {words}"));
        }
        result?;
        if last > end {
            dns.note(Severity::Warning, || {
                format!("its parts are {} bytes longer", last - end)
            });
        }
        dns.skip(length);
        Ok(())
    })
}

/// Shows the owner of a record; for a service it names the service, the protocol and the domain: RFC 2782.
fn owner_name<'a>(
    dns: &mut Layer<'a, '_>,
    message: &Message<'a>,
    kind: RecordType,
    owner: &str,
) -> Result<(), Stop> {
    if kind != RecordType::SRV {
        return dns
            .field("dns.resp.name", "Name", name(message.bytes))
            .map(drop);
    }
    let (bytes, _) = dns.peek("dns.resp.name", consumed(name(message.bytes)))?;
    let length = bytes.len();
    let bytes = dns.ahead(length);
    let names = [
        ("dns.srv.service", "Service"),
        ("dns.srv.proto", "Protocol"),
        ("dns.srv.name", "Name"),
    ];
    for (part, (name, label)) in owner.splitn(3, '.').zip(names) {
        dns.over(name, label, bytes, || Value::Text(part.to_owned()));
    }
    dns.skip(length);
    Ok(())
}

/// Returns how many of a record's parts are shown in its line.
fn wanted(kind: RecordType) -> usize {
    match kind {
        RecordType::A | RecordType::AAAA | RecordType::NS | RecordType::CNAME => 1,
        RecordType::PTR | RecordType::DNAME | RecordType::NSEC | RecordType::NXT => 1,
        RecordType::SOA | RecordType::WKS | RecordType::WINS_R => 1,
        RecordType::MX | RecordType::KX | RecordType::HINFO => 2,
        RecordType::NAPTR | RecordType::A6 => 3,
        RecordType::SRV => 4,
        _ => 0,
    }
}

/// Returns whether the line of this type shows the owner again, as it has nothing better.
fn names_owner(kind: RecordType) -> bool {
    matches!(
        kind.0,
        3 | 4 | 7 | 8 | 9 | 10 | 14 | 17..=23 | 26 | 27 | 42 | 49 | 51 | 52 | 55
    )
}
