//! Runs dissectors in turn: layer by layer, and message by message inside a transport layer.

use crate::{
    Context, DATA, Dissector, Facts, Layer, MessageBytes, MessageContext, Next, Object, OsiLayer,
    Packet, Ports, Selector, Severity, Stop, Summary, Tree, Value, by_selector, fast_path, knows,
    registry::by_media_type, standalone::Standalone,
};

/// Nesting deeper than this is an attack, not a packet.
const MAX_LAYERS: usize = 32;

/// More frames in one than this are an attack: an aggregate of the smallest TCP segments has fewer.
const MAX_CONTINUATIONS: usize = 128;

/// What is to be made of a packet, besides its facts.
#[derive(Default)]
pub struct Output<'t> {
    /// All fields of all layers.
    pub tree: Option<&'t mut Tree>,
    /// The packet's line in the packet list.
    pub summary: Option<&'t mut Summary>,
    /// The files that the packet completes.
    pub objects: Option<&'t mut Vec<Object>>,
}

/// Dissects one packet. Without a tree and a summary it only gathers facts, which is all that the index needs; the
/// facts are the same either way.
pub fn dissect<'a, 't>(
    packet: Packet<'a>,
    context: &'a Context<'a>,
    facts: &'t mut Facts,
    output: Output<'t>,
) -> Option<Stop> {
    facts.clear();
    let wants_facts_alone =
        output.tree.is_none() && output.summary.is_none() && output.objects.is_none();
    if wants_facts_alone && fast_path::facts(packet, facts).is_some() {
        return None;
    }
    dissect_layers(packet, context, facts, output)
}

/// Dissects a packet layer by layer.
fn dissect_layers<'a, 't>(
    packet: Packet<'a>,
    context: &'a Context<'a>,
    facts: &'t mut Facts,
    output: Output<'t>,
) -> Option<Stop> {
    let missing = (packet.original as usize).saturating_sub(packet.bytes.len());
    let Output {
        tree,
        summary,
        objects,
    } = output;
    let mut layer = Layer::new(packet.bytes, missing, context, facts, tree, summary);
    layer.objects = objects;
    let link = packet.link_type;
    let unknown = !knows(Selector::LinkType(packet.link_type));
    if link.is_block() {
        layer.column("pcapng");
        layer.info(|| link.name().unwrap_or_default().to_owned());
    } else if unknown {
        layer.column(link.name().unwrap_or("Unknown"));
        layer.info(|| format!("Link type {}", Value::from(link)));
    }
    let first = Next::Select(Selector::LinkType(packet.link_type));
    let stop = run(&mut layer, first);
    let stop = each_continuation(&mut layer, stop);
    layer.show_known_masked();
    layer.finish();
    // An empty packet has no layer for a remark.
    if unknown && !packet.bytes.is_empty() {
        layer.note(Severity::Note, || match link.name() {
            Some(name) if link.is_block() => {
                format!("no packet: {name} of the capture file, counted as Wireshark counts it")
            }
            _ => format!("link type {} is shown as it is", Value::from(link)),
        });
    }
    stop
}

/// Reads the frames after the first one, where a layer holds several.
#[inline(never)]
fn each_continuation(layer: &mut Layer, mut stop: Option<Stop>) -> Option<Stop> {
    for _ in 0..MAX_CONTINUATIONS {
        let Some(dissector) = layer.next_continuation() else {
            return stop;
        };
        stop = stop.or(run(layer, Next::Dissector(dissector)));
    }
    stop
}

/// Runs one dissector after the other until no next one is named.
fn run(layer: &mut Layer, next: Next) -> Option<Stop> {
    layer.follows = false;
    let records = layer.is_top();
    run_from(layer, find(&next, layer)?, None, records)
}

/// As `run`, from a dissector that is already found, with the context that it needs if it reads a message. `records` is
/// whether the layers are those of the packet, not of a message.
fn run_from(
    layer: &mut Layer,
    first: &'static Dissector,
    mut known: Option<&MessageContext>,
    records: bool,
) -> Option<Stop> {
    let mut dissector = first;
    for _ in 0..MAX_LAYERS {
        // Application data adds nothing to the facts of a packet: without any output it is not read.
        let carries = dissector.layer.carries();
        let records = records && !layer.is_quoted();
        if let Some(stop) = nothing_captured(layer, dissector) {
            if !layer.is_quoted() {
                layer.show_stop(stop);
            }
            return (carries && !layer.is_quoted()).then_some(stop);
        }
        if records {
            let layers = layer.facts.layers_mut();
            match carries {
                // The extension headers of IPv6 are part of it: RFC 8200, section 4.
                true if layers.is_extension(dissector.name) => {}
                true => layers.push(dissector.name),
                false => layers.close(dissector.name),
            }
        }
        if !carries && !layer.tells() {
            return None;
        }
        if !carries && hides(layer) {
            return None;
        }
        let mut same = false;
        // Matched by reference: the result is too large to be copied for every layer.
        match &layer.run(dissector, known) {
            Ok(Next::Messages) => {
                messages(layer);
                return None;
            }
            Ok(Next::Ports(ports)) => match carrier(ports) {
                Some(found) => dissector = found,
                None => {
                    if layer.tells() {
                        messages_alone(layer, ports);
                    }
                    return None;
                }
            },
            Ok(Next::Dissector(next)) => {
                same = *next == dissector;
                dissector = next;
            }
            Ok(next) => {
                if records && matches!(next, Next::Declined | Next::Instead(_)) {
                    layer.facts.layers_mut().pop();
                }
                dissector = find(next, layer)?;
            }
            Err(stop) => {
                if !(layer.is_quoted() && layer.rest().len() < QUOTE_ENOUGH) {
                    layer.show_stop(*stop);
                }
                // The result is the same whether or not the layer was read.
                return (carries && !layer.is_quoted()).then_some(*stop);
            }
        }
        layer.follows = same;
        known = known.filter(|_| same);
    }
    None
}

/// Returns why a layer is not shown if the capture kept too little of it, as in Wireshark: nothing, or not both ports.
#[inline(always)]
fn nothing_captured(layer: &Layer, dissector: &'static Dissector) -> Option<Stop> {
    const PORTS: usize = 4;
    if layer.missing() == 0 || layer.rest().len() >= PORTS {
        return None;
    }
    let here = layer.ahead(0);
    let least = match dissector.name {
        "tcp" | "udp" => PORTS,
        "data" | "ipv6" => 0,
        _ if dissector.layer == OsiLayer::DataLink => 0,
        // The outermost layer is what the interface delivers.
        _ if (here.source, here.start) == (0, 0) => 0,
        _ => 1,
    };
    (layer.rest().len() < least).then(|| Stop::Truncated {
        field: dissector.name,
        bytes: layer.ahead(layer.rest().len()),
    })
}

impl Layer<'_, '_> {
    /// Reads the remaining bytes by their own dissectors as rows below the present one, and comes back. What is nested
    /// too deep is not read.
    pub fn embed(&mut self, next: Next) {
        self.nested(|layer| {
            run(layer, next);
        });
    }

    /// Reads the remaining bytes as messages between two ports, as rows below the present one, and comes back.
    pub(crate) fn embed_messages(&mut self, ports: &Ports) {
        self.nested(|layer| messages_alone(layer, ports));
    }
}

#[inline(always)]
fn find(next: &Next, layer: &Layer) -> Option<&'static Dissector> {
    let found = match *next {
        Next::Select(selector) => by_selector(selector),
        Next::Media if layer.rest().is_empty() => return None,
        Next::Media => by_media(layer),
        Next::Dissector(dissector) | Next::Instead(dissector) => Some(dissector),
        // A dissector that declines leaves no trace.
        Next::Data | Next::Declined => None,
        Next::Nothing | Next::Messages | Next::Ports(_) => return None,
    };
    match found {
        Some(found) => Some(found),
        None if layer.rest().is_empty() => None,
        None => Some(DATA),
    }
}

/// Returns the dissector of the media type that is to be read next.
#[cold]
#[inline(never)]
fn by_media(layer: &Layer) -> Option<&'static Dissector> {
    by_media_type(layer.media.as_ref().map_or("", |media| media.name.as_str()))
}

/// Returns the protocol that a transport layer carries if it carries others itself: a tunnel, which is no conversation.
#[inline(always)]
fn carrier(ports: &Ports) -> Option<&'static Dissector> {
    let Ports { selector, from, to } = *ports;
    let named = by_selector(selector(from.min(to))).or_else(|| by_selector(selector(from.max(to))));
    named.filter(|dissector| dissector.layer.carries())
}

/// Reads each message of a packet by its own dissector.
#[cold]
#[inline(never)]
fn messages(layer: &mut Layer) {
    let context = layer.context;
    let mut before = None;
    // Messages of one segment go through a tunnel together.
    let mut is_within = false;
    for message in context.spoken.iter().flat_map(|spoken| spoken.messages) {
        if layer.enter_message(message) {
            let follows = is_within;
            is_within = matches!(message.bytes, MessageBytes::Within(..));
            if let Some((dissector, known)) = message.tunnel.filter(|_| !(follows && is_within)) {
                layer.show_tunnel(dissector, known);
            }
            read_message(layer, message.dissector, message.context, &mut before);
        }
    }
}

/// As `messages`, where the conversation is not known: the messages are those of this packet alone.
#[cold]
#[inline(never)]
fn messages_alone(layer: &mut Layer, ports: &Ports) {
    if hides(layer) {
        return;
    }
    let length = layer.rest().len();
    layer.mask_known();
    let mut standalone = Standalone::of(layer, ports);
    standalone.mask(layer);
    if layer.rest().len() < length {
        return;
    }
    layer.begin_messages();
    let mut before = None;
    for cut in &standalone.messages {
        let gathered = standalone.gathered(layer, cut);
        let context = standalone.context(cut);
        layer.enter_cut(
            cut.bytes.clone(),
            cut.missing,
            cut.side,
            cut.complete,
            gathered,
        );
        read_message(layer, cut.dissector, context.as_ref(), &mut before);
        if !cut.complete && cut.missing == 0 {
            layer.show_unfinished();
        }
    }
}

fn read_message(
    layer: &mut Layer,
    dissector: &'static Dissector,
    known: Option<&MessageContext>,
    before: &mut Option<&'static Dissector>,
) {
    // The first of a kind begins the line of the packet list, and those directly after it continue it.
    layer.follows = before.replace(dissector) == Some(dissector);
    run_from(layer, dissector, known, false);
}

/// Returns whether the payload of a quoted packet is masked: its conversation holds a secret in the clear, at an
/// unknown offset in the quote.
#[cold]
#[inline(never)]
fn hides(layer: &mut Layer) -> bool {
    let hides = layer.is_quoted() && layer.context.hides_quote;
    if hides {
        layer.mask_rest();
    }
    hides
}

/// A quoted packet that ends within its last bytes was cut by its quoter (RFC 792: 8 bytes suffice).
const QUOTE_ENOUGH: usize = 64;

#[cfg(test)]
mod tests {
    use crate::test_support::{info, layer};

    #[test]
    fn an_unknown_link_is_named() {
        assert_eq!(info(6, "50 6162"), "Token Ring: Link type Token Ring (6)");
        assert_eq!(
            layer("data", 6, "50 6162"),
            "\
             Data: 3 bytes [0..3]\n\
             \x20 Data: 506162 [0..3]\n\
             \x20 Length: 3\n\
             \x20 Note: link type Token Ring (6) is shown as it is\n"
        );
        assert_eq!(layer("data", 6, ""), "");
    }

    #[test]
    fn a_block_without_a_packet_is_called_what_it_is() {
        assert_eq!(info(0xffff, "6162"), "pcapng: Custom block");
        assert_eq!(info(0xffff, ""), "pcapng: Custom block");
        assert_eq!(
            layer("data", 0xfffd, "6162"),
            "\
             Data: 2 bytes [0..2]\n\
             \x20 Data: 6162 [0..2]\n\
             \x20 Length: 2\n\
             \x20 Note: no packet: Sysdig event of the capture file, counted as Wireshark counts it\n"
        );
    }
}
