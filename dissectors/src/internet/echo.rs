//! The other half of an ICMP or ICMPv6 echo.

use crate::{Echo, Layer, Severity, Value};

/// The field names of one ICMP version.
pub struct EchoFields {
    /// ICMPv6, else ICMP.
    pub v6: bool,
    /// The packet with the answer.
    pub response_in: &'static str,
    /// The packet with the request.
    pub response_to: &'static str,
    /// The time to the answer.
    pub response_time: &'static str,
    /// The absence of an answer.
    pub no_response: &'static str,
}

/// Shows the other half, keeps the echo as a fact for matching, and sets the packet list's line.
pub fn show(icmp: &mut Layer, names: &EchoFields, request: bool, id: u16, seq: u16) {
    if icmp.is_quoted() {
        return;
    }
    if let Some((source, destination)) = icmp.network() {
        let v6 = names.v6;
        icmp.facts.echo = Some(Echo {
            request,
            v6,
            source,
            destination,
            id,
            seq,
        });
    }
    let pair = icmp.context.echo;
    let unanswered = request && pair.is_none() && icmp.context.complete;
    let hops = icmp.hop_limit();
    icmp.info(|| {
        let (kind, name) = match (names.v6, request) {
            (false, true) => ("request ", "ttl"),
            (false, false) => ("reply   ", "ttl"),
            (true, true) => ("request", "hop limit"),
            (true, false) => ("reply", "hop limit"),
        };
        let swapped = if names.v6 {
            String::new()
        } else {
            format!("/{}", seq.swap_bytes())
        };
        let other = match pair {
            Some(pair) if request => format!(" (reply in {})", pair.number),
            Some(pair) => format!(" (request in {})", pair.number),
            None if unanswered => " (no response found!)".to_owned(),
            None => String::new(),
        };
        format!("Echo (ping) {kind} id=0x{id:04x}, seq={seq}{swapped}, {name}={hops}{other}")
    });
    match pair {
        Some(pair) if request => {
            icmp.computed(names.response_in, "Reply in packet", || pair.number);
        }
        Some(pair) => {
            icmp.computed(names.response_to, "Request in packet", || pair.number);
            let time = icmp.context.time_ns.saturating_sub(pair.time_ns) as f64 / 1e6;
            icmp.computed(names.response_time, "Time until the reply", || {
                Value::Float(time)
            });
            icmp.text(|| format!("{time} ms"));
        }
        None if unanswered => {
            icmp.computed(names.no_response, "No reply seen", || Value::Static(""));
            icmp.note(Severity::Warning, || "this request has no reply".to_owned());
        }
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        Context, EchoPair, Facts, LinkType, Output, Packet, Summary, Tree, dissect,
        test_support::bytes,
    };

    const REQUEST: &str = "4500 001c 0001 0000 4001 66de 0a000001 0a000002 0800 f7f7 0007 0001";

    fn told(context: &Context) -> (String, String) {
        let bytes = bytes(REQUEST);
        let (mut tree, mut summary) = (Tree::default(), Summary::default());
        let packet = Packet::new(LinkType::IPV4, &bytes, bytes.len() as u32);
        let output = Output {
            tree: Some(&mut tree),
            summary: Some(&mut summary),
            objects: None,
        };
        let mut facts = Facts::default();
        dissect(packet, context, &mut facts, output);
        assert_eq!(
            facts.echo.map(|echo| (echo.request, echo.id, echo.seq)),
            Some((true, 7, 1))
        );
        (
            format!("{}: {}", summary.protocol, summary.info),
            tree.to_string(),
        )
    }

    #[test]
    fn answered() {
        let context = Context {
            echo: Some(EchoPair {
                number: 2,
                time_ns: 0,
            }),
            ..Context::default()
        };
        let (info, tree) = told(&context);
        assert_eq!(
            info,
            "ICMP: Echo (ping) request  id=0x0007, seq=1/256, ttl=64 (reply in 2)"
        );
        assert!(tree.contains("Reply in packet: 2"), "{tree}");
    }

    #[test]
    fn not_answered() {
        let context = Context {
            complete: true,
            ..Context::default()
        };
        let (info, tree) = told(&context);
        assert!(info.ends_with("ttl=64 (no response found!)"), "{info}");
        assert!(tree.contains("has no reply"), "{tree}");
    }
}
