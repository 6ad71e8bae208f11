//! What is known of packets without dissecting them: the header fields of usual packets, which are TCP or UDP in IP in
//! Ethernet with nothing unusual in any header, and which application protocols they cannot have. That decides most
//! filters, for most packets, in a fraction of a microsecond.

mod layout;
mod names;
mod options;

use super::{
    Filter,
    eval::{FrameData, Given, Knowledge, Occurrence},
    reach::{Absent, Reach},
    value::Datum,
};
use crate::store::{Contents, PacketRecord};
use dissectors::{AnalysisFlags, LinkType, Value};
use layout::{FlowRead, Layout};
use names::{Header, header, is_lower, protocol};

/// How the fields of a filter are read from usual packets.
#[derive(Clone)]
pub(super) struct Headers {
    fields: Vec<Header>,
    pub reach: Reach,
    /// Whether the record of the conversation matters, and the marks of segments.
    need_flow: bool,
    need_marks: bool,
}

/// What the store knows of a packet.
#[derive(Clone, Copy)]
pub(super) struct RecordRead {
    number: u32,
    pub record: PacketRecord,
    /// When the capture began, and when the packet before this one came, nanoseconds since the epoch.
    began_ns: i64,
    previous_ns: i64,
    /// It is in Ethernet, without a frame check sequence.
    is_ethernet: bool,
    /// The application protocols that its conversation cannot show.
    absent: Absent,
    flow: Option<FlowRead>,
    marks: Option<AnalysisFlags>,
}

impl RecordRead {
    /// Returns none for a packet that was evicted.
    pub fn of(contents: &Contents, number: u32, headers: &Headers) -> Option<Self> {
        let record = *contents.packets.get(number)?;
        let interface = contents.interfaces.get(usize::from(record.interface()));
        let is_ethernet = interface.is_some_and(|interface| {
            LinkType(interface.link_type) == LinkType::ETHERNET && interface.fcs_length.is_none()
        });
        let previous = number.checked_sub(1);
        let previous = previous.and_then(|at| contents.packets.get(at));
        Some(RecordRead {
            number,
            record,
            began_ns: contents.began_ns(),
            previous_ns: previous.map_or(record.order_ns, PacketRecord::origin_ns),
            is_ethernet,
            absent: match is_ethernet {
                true => headers.reach.absent_in(contents, &record),
                false => Absent::NONE,
            },
            flow: match headers.need_flow && is_ethernet {
                true => FlowRead::of(contents, &record),
                false => None,
            },
            marks: match headers.need_marks && is_ethernet {
                true => marks(contents, number, &record),
                false => None,
            },
        })
    }
}

/// Returns the marks of a packet's segment, if none of its conversation was evicted: what is still there is analyzed by
/// itself.
fn marks(contents: &Contents, number: u32, record: &PacketRecord) -> Option<AnalysisFlags> {
    let (id, _) = record.conversation()?;
    let conversation = contents.tracker.get(id)?;
    let is_whole = conversation.first_packet >= contents.packets.first();
    is_whole.then(|| contents.marks_of(number))
}

impl Headers {
    pub fn of(filter: &Filter) -> Self {
        let mut reach = Reach::default();
        let fields = filter.needs.iter().map(|name| header(name, &mut reach));
        let fields: Vec<_> = fields.collect();
        let is_marked = |field: &Header| matches!(field, Header::Mark(..) | Header::OfMark(_));
        Headers {
            need_flow: fields.iter().any(|field| matches!(field, Header::Flow(_))),
            need_marks: fields.iter().any(is_marked),
            fields,
            reach,
        }
    }

    /// Whether the time of the packet that was displayed last matters.
    pub fn need_displayed(&self) -> bool {
        self.fields.contains(&Header::TimeSinceDisplayed)
    }

    /// Whether there are fields of application protocols.
    pub fn need_above(&self) -> bool {
        self.reach.is_needed()
    }

    /// Whether there are fields of the capture or the conversation.
    pub fn need_record(&self) -> bool {
        self.fields.contains(&Header::Recorded)
    }

    /// Whether there are fields of the analysis of segments.
    pub fn need_analysis(&self) -> bool {
        self.need_marks || self.fields.contains(&Header::Analysis)
    }

    /// Whether a field is needed that only messages show, besides those of application protocols.
    pub fn need_messages(&self, filter: &Filter) -> bool {
        let mut fields = self.fields.iter().zip(&filter.needs);
        fields.any(|(field, name)| {
            matches!(field, Header::Within(_) | Header::Other) && !is_below(name)
        })
    }
}

/// Whether a field is one of the layers down to the transport layer, and does not depend on messages.
fn is_below(name: &str) -> bool {
    const OF_MESSAGES: [&str; 3] = ["tcp.segment", "tcp.reassembled", "tcp.pdu"];
    let protocol = protocol(name);
    (protocol == "mptcp" || is_lower(protocol))
        && !OF_MESSAGES.iter().any(|part| name.starts_with(part))
}

/// A packet of which only this is known.
pub(super) struct HeadersRead<'a> {
    fields: &'a [Header],
    names: &'a [&'static str],
    read: &'a RecordRead,
    packet: &'a [u8],
    /// None for a packet that is not usual.
    layout: Option<Layout>,
    /// The application protocols that it cannot have.
    pub absent: Absent,
    /// Whether it is known to have no analysis.
    pub has_no_analysis: bool,
    /// When the packet that was displayed last came.
    displayed_ns: Option<i64>,
    /// The fields of the capture and of the conversation.
    pub recorded: Option<&'a FrameData>,
}

impl<'a> HeadersRead<'a> {
    pub fn new(
        (headers, filter): (&'a Headers, &'a Filter),
        read: &'a RecordRead,
        packet: &'a [u8],
        displayed_ns: Option<i64>,
    ) -> Self {
        let layout = match read.is_ethernet {
            true => Layout::of(&read.record, packet),
            false => None,
        };
        let absent = match &layout {
            None => Absent::NONE,
            Some(layout) if layout.is_tcp && layout.payload == 0 => Absent::ALL,
            Some(_) => read.absent,
        };
        HeadersRead {
            fields: &headers.fields,
            names: &filter.needs,
            read,
            packet,
            has_no_analysis: layout.as_ref().is_some_and(|layout| !layout.is_tcp),
            layout,
            absent,
            displayed_ns,
            recorded: None,
        }
    }

    /// Whether it is a usual packet.
    pub fn is_usual(&self) -> bool {
        self.layout.is_some()
    }

    /// Whether it is known not to have any of the fields of application protocols.
    pub fn has_none_above(&self) -> bool {
        let mut above = self.fields.iter().filter_map(|field| match field {
            Header::Above(number) => Some(*number),
            _ => None,
        });
        self.is_usual() && above.all(|number| self.absent.has(number))
    }

    /// Whether its analysis may decide.
    pub fn lacks_analysis(&self) -> bool {
        let is_analysis = |field: &Header| {
            matches!(
                field,
                Header::Analysis | Header::Mark(..) | Header::OfMark(_)
            )
        };
        self.is_usual() && !self.has_no_analysis && self.fields.iter().any(is_analysis)
    }

    /// Returns the values of a field of the capture or the conversation.
    fn recorded(&self, at: usize) -> impl Iterator<Item = &'a Value> {
        let name = self.names.get(at).copied().unwrap_or_default();
        let fields = self.recorded.map_or(&[][..], |recorded| &recorded.fields);
        let own = fields.iter().filter(move |(known, _)| *known == name);
        own.map(|(_, value)| value)
    }

    /// Returns a field's value; none if it does not have it, or that is not known.
    fn value(&self, field: Header) -> Option<Datum<'a>> {
        let record = &self.read.record;
        let since = |ns: i64| Datum::Span(record.order_ns.saturating_sub(ns).into());
        Some(match field {
            Header::FrameNumber => Datum::Integer(self.read.number.into()),
            Header::FrameLength => Datum::Integer(record.original.into()),
            Header::CapturedLength => Datum::Integer(record.captured.into()),
            Header::Time
            | Header::TimeOfEpoch
            | Header::TimeSinceFirst
            | Header::TimeSincePrevious
            | Header::TimeSinceDisplayed
                if record.time_ns().is_none() =>
            {
                return None;
            }
            Header::Time => Datum::Time(record.order_ns.into()),
            Header::TimeOfEpoch => Datum::Span(record.order_ns.into()),
            Header::TimeSinceFirst => since(self.read.began_ns),
            Header::TimeSincePrevious => since(self.read.previous_ns),
            Header::TimeSinceDisplayed => since(self.displayed_ns.unwrap_or(record.order_ns)),
            field => self.below(field)??,
        })
    }

    /// Returns the value of a field of a usual packet, if it has it; the outer none is for one that must be dissected.
    fn below(&self, field: Header) -> Option<Option<Datum<'a>>> {
        let layout = self.layout.as_ref()?;
        match field {
            Header::Flow(field) => {
                let flow = self.read.flow.as_ref()?;
                layout.flow_value(field, self.packet, &self.read.record, flow)
            }
            field => layout.value(field, self.packet),
        }
    }

    /// Returns the marks of its segment, if they are known.
    fn marks(&self) -> Option<AnalysisFlags> {
        match self.has_no_analysis {
            true => Some(AnalysisFlags::default()),
            false => self.read.marks.filter(|_| self.is_usual()),
        }
    }
}

impl Given for HeadersRead<'_> {
    fn knowledge(&self, at: usize) -> Knowledge {
        let Some(field) = self.fields.get(at) else {
            return Knowledge::Unknown;
        };
        let layout = self.layout.as_ref();
        match *field {
            Header::Other => Knowledge::Unknown,
            Header::Recorded if self.recorded.is_some() => Knowledge::All,
            Header::Recorded => Knowledge::Unknown,
            Header::Elsewhere if layout.is_some() => Knowledge::Absent,
            Header::Elsewhere => Knowledge::Unknown,
            Header::Within(layer) if layout.is_some_and(|layout| !layout.has(layer)) => {
                Knowledge::Absent
            }
            Header::Within(_) => Knowledge::Unknown,
            Header::Trailer if layout.is_some_and(|layout| !layout.has_more) => Knowledge::Absent,
            Header::Trailer => Knowledge::Unknown,
            Header::Above(number) if self.absent.has(number) => Knowledge::Absent,
            Header::Analysis if self.has_no_analysis => Knowledge::Absent,
            Header::Above(_) | Header::Analysis => Knowledge::Unknown,
            Header::Mark(marks, _) => match self.marks() {
                None => Knowledge::Unknown,
                Some(found) if found.any(marks) => Knowledge::Values,
                Some(_) => Knowledge::Absent,
            },
            Header::OfMark(marks) => match self.marks() {
                Some(found) if !found.any(marks) => Knowledge::Absent,
                _ => Knowledge::Unknown,
            },
            Header::FrameNumber
            | Header::FrameLength
            | Header::CapturedLength
            | Header::Time
            | Header::TimeOfEpoch
            | Header::TimeSinceFirst
            | Header::TimeSincePrevious
            | Header::TimeSinceDisplayed => Knowledge::Values,
            Header::MacBoth if layout.is_some() => Knowledge::Values,
            field => match self.below(field) {
                None => Knowledge::Unknown,
                Some(None) => Knowledge::Absent,
                Some(Some(_)) => Knowledge::Values,
            },
        }
    }

    fn any(&self, at: usize, holds: &mut dyn FnMut(&Occurrence) -> bool) -> bool {
        let Some(field) = self.fields.get(at) else {
            return false;
        };
        let mut holds = |occurrence: Occurrence| holds(&occurrence);
        if *field == Header::Recorded {
            return self.recorded(at).any(|value| holds(Occurrence::of(value)));
        }
        let mut holds = |value| holds(Occurrence::first(value));
        match field {
            Header::MacBoth => {
                let mut both = [Header::MacDestination, Header::MacSource].into_iter();
                both.any(|field| self.value(field).is_some_and(&mut holds))
            }
            Header::Mark(marks, times) => {
                let is_marked = self.marks().is_some_and(|found| found.any(*marks));
                is_marked && (0..*times).any(|_| holds(Datum::Nothing))
            }
            field => self.value(*field).is_some_and(holds),
        }
    }
}
