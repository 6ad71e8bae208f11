//! Internet Control Message Protocol for IPv6, RFC 4443, and the messages that other RFCs add to it.

use crate::{
    Base, Dissector, FieldDef, Layer, Next, OsiLayer, Outcome, Selector, Severity, Stop, Value,
    checksum::{self, ChecksumFields, Status},
    internet::{
        address, echo, icmp_extension, icmpv6_node,
        icmpv6_options::{self, Found, Preference, unused},
        mld, quote,
    },
    value::named,
};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16, be_u32},
};

/// Internet Control Message Protocol for IPv6.
pub const DISSECTOR: Dissector = Dissector {
    name: "icmpv6",
    label: "Internet Control Message Protocol v6",
    column: "ICMPv6",
    layer: OsiLayer::Network,
    selectors: &[Selector::IpProtocol(58)],
    fields: &[
        FIELDS,
        icmpv6_node::FIELDS,
        icmpv6_options::FIELDS,
        mld::FIELDS,
    ],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::frame("icmpv6.resp_in"),
    FieldDef::frame("icmpv6.resp_to"),
    FieldDef::double("icmpv6.resptime"),
    FieldDef::none("icmpv6.no_resp"),
    FieldDef::u8("icmpv6.type").names(&[Type::NAMES]),
    FieldDef::u8("icmpv6.code"),
    FieldDef::hex16("icmpv6.echo.identifier"),
    FieldDef::u16("icmpv6.echo.sequence_number"),
    FieldDef::ipv6("icmpv6.nd.ns.target_address"),
    FieldDef::hex16("icmpv6.checksum"),
    FieldDef::u8("icmpv6.checksum.status").names(&[checksum::Verdict::NAMES]),
    FieldDef::bytes("icmpv6.reserved"),
    FieldDef::u32("icmpv6.mtu"),
    FieldDef::u32("icmpv6.pointer"),
    FieldDef::u8("icmpv6.length"),
    FieldDef::u8("icmpv6.nd.ra.cur_hop_limit"),
    FieldDef::hex8("icmpv6.nd.ra.flag"),
    FieldDef::flag("icmpv6.nd.ra.flag.m"),
    FieldDef::flag("icmpv6.nd.ra.flag.o"),
    FieldDef::flag("icmpv6.nd.ra.flag.h"),
    FieldDef::u8("icmpv6.nd.ra.flag.prf").names(&[Preference::NAMES]),
    FieldDef::flag("icmpv6.nd.ra.flag.p"),
    FieldDef::u8("icmpv6.nd.ra.flag.rsv"),
    FieldDef::u16("icmpv6.nd.ra.router_lifetime"),
    FieldDef::u32("icmpv6.nd.ra.reachable_time"),
    FieldDef::u32("icmpv6.nd.ra.retrans_timer"),
    FieldDef::hex32("icmpv6.nd.na.flag"),
    FieldDef::flag("icmpv6.nd.na.flag.r"),
    FieldDef::flag("icmpv6.nd.na.flag.s"),
    FieldDef::flag("icmpv6.nd.na.flag.o"),
    FieldDef::u32("icmpv6.nd.na.flag.rsv"),
    FieldDef::ipv6("icmpv6.nd.na.target_address"),
    FieldDef::ipv6("icmpv6.nd.rd.target_address"),
    FieldDef::ipv6("icmpv6.rd.na.destination_address"),
    FieldDef::u32("icmpv6.rr.sequence_number"),
    FieldDef::u8("icmpv6.rr.segment_number"),
    FieldDef::hex8("icmpv6.rr.flag"),
    FieldDef::flag("icmpv6.rr.flag.t"),
    FieldDef::flag("icmpv6.rr.flag.r"),
    FieldDef::flag("icmpv6.rr.flag.a"),
    FieldDef::flag("icmpv6.rr.flag.s"),
    FieldDef::flag("icmpv6.rr.flag.p"),
    FieldDef::u8("icmpv6.rr.flag.rsv"),
    FieldDef::u16("icmpv6.rr.maxdelay"),
    FieldDef::u16("icmpv6.mip6.identifier"),
    FieldDef::ipv6("icmpv6.mip6.home_agent_address"),
    FieldDef::hex16("icmpv6.mip6.flag"),
    FieldDef::flag("icmpv6.mip6.flag.m"),
    FieldDef::flag("icmpv6.mip6.flag.o"),
    FieldDef::u16("icmpv6.mip6.flag.rsv"),
    FieldDef::u16("icmpv6.send.identifier"),
    FieldDef::u16("icmpv6.send.component"),
    FieldDef::u16("icmpv6.send.all_components"),
    FieldDef::u16("icmpv6.mcast_ra.query_interval"),
    FieldDef::u16("icmpv6.mcast_ra.robustness_variable"),
    FieldDef::u8("icmpv6.6lowpannd.da.status"),
    FieldDef::u8("icmpv6.6lowpannd.da.rsv"),
    FieldDef::u16("icmpv6.6lowpannd.da.lifetime"),
    FieldDef::eui64("icmpv6.6lowpannd.da.eui64"),
    FieldDef::ipv6("icmpv6.6lowpannd.da.reg_addr"),
    FieldDef::u8("icmpv6.fmip6.subtype"),
    FieldDef::u16("icmpv6.fmip6.identifier"),
    FieldDef::bytes("icmpv6.data"),
    FieldDef::u8("icmpv6.ext.echo.seq"),
    FieldDef::hex8("icmpv6.ext.echo.req.res"),
    FieldDef::flag("icmpv6.ext.echo.req.local"),
    FieldDef::u8("icmpv6.ext.echo.rsp.state"),
    FieldDef::hex8("icmpv6.ext.echo.rsp.res"),
    FieldDef::flag("icmpv6.ext.echo.rsp.active"),
    FieldDef::flag("icmpv6.ext.echo.rsp.ipv4"),
    FieldDef::flag("icmpv6.ext.echo.rsp.ipv6"),
];

named! {
    /// IANA "ICMPv6 type Numbers".
    Type(u8, Dec) {
        UNREACHABLE = 1 => "Destination Unreachable",
        TOO_BIG = 2 => "Packet Too Big",
        TIME_EXCEEDED = 3 => "Time Exceeded",
        PARAMETER = 4 => "Parameter Problem",
        PRIVATE_100 = 100 => "Private experimentation",
        PRIVATE_101 = 101 => "Private experimentation",
        RESERVED_127 = 127 => "Reserved for more error messages",
        ECHO = 128 => "Echo (ping) request",
        ECHO_REPLY = 129 => "Echo (ping) reply",
        MLD_QUERY = 130 => "Multicast Listener Query",
        MLD_REPORT = 131 => "Multicast Listener Report",
        MLD_DONE = 132 => "Multicast Listener Done",
        ROUTER_SOLICITATION = 133 => "Router Solicitation",
        ROUTER_ADVERTISEMENT = 134 => "Router Advertisement",
        NEIGHBOR_SOLICITATION = 135 => "Neighbor Solicitation",
        NEIGHBOR_ADVERTISEMENT = 136 => "Neighbor Advertisement",
        REDIRECT = 137 => "Redirect",
        RENUMBERING = 138 => "Router Renumbering",
        NODE_QUERY = 139 => "Node Information Query",
        NODE_REPLY = 140 => "Node Information Reply",
        INVERSE_SOLICITATION = 141 => "Inverse Neighbor Discovery Solicitation",
        INVERSE_ADVERTISEMENT = 142 => "Inverse Neighbor Discovery Advertisement",
        MLD_REPORT_V2 = 143 => "Multicast Listener Report Message v2",
        HOME_AGENT_REQUEST = 144 => "Home Agent Address Discovery Request",
        HOME_AGENT_REPLY = 145 => "Home Agent Address Discovery Reply",
        PREFIX_SOLICITATION = 146 => "Mobile Prefix Solicitation",
        PREFIX_ADVERTISEMENT = 147 => "Mobile Prefix Advertisement",
        PATH_SOLICITATION = 148 => "Certification Path Solicitation",
        PATH_ADVERTISEMENT = 149 => "Certification Path Advertisement",
        MOBILITY = 150 => "Experimental Mobility",
        MRD_ADVERTISEMENT = 151 => "Multicast Router Advertisement",
        MRD_SOLICITATION = 152 => "Multicast Router Solicitation",
        MRD_TERMINATION = 153 => "Multicast Router Termination",
        FMIPV6 = 154 => "FMIPv6",
        RPL = 155 => "RPL Control",
        LOCATOR = 156 => "Locator Update",
        DUPLICATE_REQUEST = 157 => "Duplicate Address Request",
        DUPLICATE_CONFIRMATION = 158 => "Duplicate Address Confirmation",
        MPL = 159 => "MPL Control Message",
        EXTENDED_ECHO = 160 => "Extended Echo request",
        EXTENDED_ECHO_REPLY = 161 => "Extended Echo reply",
        PRIVATE_200 = 200 => "Private experimentation",
        PRIVATE_201 = 201 => "Private experimentation",
        RESERVED_255 = 255 => "Reserved for more informational messages",
    }

    /// RFC 4443, section 3.1, RFC 7084, RFC 8883.
    Unreachable(u8, Dec) {
        NO_ROUTE = 0 => "no route to destination",
        PROHIBITED = 1 => "Administratively prohibited",
        SCOPE = 2 => "Beyond scope of source address",
        ADDRESS = 3 => "Address unreachable",
        PORT = 4 => "Port unreachable",
        POLICY = 5 => "Source address failed ingress/egress policy",
        REJECT = 6 => "Reject route to destination",
        SOURCE_ROUTE = 7 => "Error in Source Routing Header",
    }

    /// RFC 4443, section 3.3.
    Exceeded(u8, Dec) {
        TRANSIT = 0 => "hop limit exceeded in transit",
        REASSEMBLY = 1 => "fragment reassembly time exceeded",
    }

    /// RFC 4443, section 3.4, RFC 7112.
    Parameter(u8, Dec) {
        FIELD = 0 => "erroneous header field encountered",
        NEXT_HEADER = 1 => "unrecognized Next Header type encountered",
        OPTION = 2 => "unrecognized IPv6 option encountered",
        CHAIN = 3 => "IPv6 First Fragment has incomplete IPv6 Header Chain",
    }

    /// RFC 2894, section 3.1.
    Renumbering(u8, Dec) {
        COMMAND = 0 => "Command",
        RESULT = 1 => "Result",
        RESET = 255 => "Sequence number reset",
    }
}

/// Returns the name of an ICMPv6 (RFC 4443) message: that of its code, else that of its type.
pub fn message_name(kind: u8, code: u8) -> Option<&'static str> {
    let kind = Type(kind);
    kind.code(code).flatten().or_else(|| kind.name())
}

impl Type {
    /// Returns whether its codes have names, and the name of this one.
    fn code(self, code: u8) -> Option<Option<&'static str>> {
        Some(match self {
            Type::UNREACHABLE => Unreachable(code).name(),
            Type::TIME_EXCEEDED => Exceeded(code).name(),
            Type::PARAMETER => Parameter(code).name(),
            Type::RENUMBERING => Renumbering(code).name(),
            Type::NODE_QUERY => icmpv6_node::Subject(code).name(),
            Type::NODE_REPLY => icmpv6_node::Answer(code).name(),
            _ => return None,
        })
    }
}

const ECHO: echo::EchoFields = echo::EchoFields {
    v6: true,
    response_in: "icmpv6.resp_in",
    response_to: "icmpv6.resp_to",
    response_time: "icmpv6.resptime",
    no_response: "icmpv6.no_resp",
};

fn dissect(icmp: &mut Layer) -> Outcome {
    let reported = icmp.reported();
    let kind = icmp.field("icmpv6.type", "Type", be_u8().map(Type))?;
    let code = icmp.field("icmpv6.code", "Code", be_u8())?;
    let meaning = kind.code(code);
    if let Some(Some(name)) = meaning {
        icmp.text(|| format!("{name} ({code})"));
    }
    let words = || match (kind.name(), meaning) {
        (Some(name), Some(Some(code))) => format!("{name} ({code})"),
        (Some(name), Some(None)) => format!("{name} (Unknown ({code}))"),
        (Some(name), None) => name.to_owned(),
        (None, _) => format!("Unknown ({})", kind.0),
    };
    icmp.info(words);
    icmp.title(words);
    read_checksum(icmp, reported)?;
    match kind {
        Type::UNREACHABLE | Type::TOO_BIG | Type::TIME_EXCEEDED | Type::PARAMETER => {
            return error(icmp, kind, code);
        }
        Type::ECHO | Type::ECHO_REPLY => {
            let id = hex16(icmp, "icmpv6.echo.identifier", "Identifier")?;
            let seq = icmp.field("icmpv6.echo.sequence_number", "Sequence number", be_u16())?;
            echo::show(icmp, &ECHO, kind == Type::ECHO, id, seq);
            return Ok(Next::Data);
        }
        Type::MLD_QUERY | Type::MLD_REPORT | Type::MLD_DONE => {
            mld::read(icmp, kind == Type::MLD_QUERY, reported)?;
        }
        Type::MLD_REPORT_V2 => mld::report_v2(icmp)?,
        Type::ROUTER_SOLICITATION => {
            unused(icmp, 4)?;
            let found = icmpv6_options::read(icmp)?;
            icmp.info(|| format!("Router Solicitation{}", found.from()));
        }
        Type::ROUTER_ADVERTISEMENT => router_advertisement(icmp)?,
        Type::NEIGHBOR_SOLICITATION => {
            unused(icmp, 4)?;
            let name = "icmpv6.nd.ns.target_address";
            let target = icmp.field(name, "Target address", address::ipv6())?;
            icmp.title(|| format!("Neighbor Solicitation for {target}"));
            let found = icmpv6_options::read(icmp)?;
            icmp.info(|| format!("Neighbor Solicitation for {target}{}", found.from()));
        }
        Type::NEIGHBOR_ADVERTISEMENT => neighbor_advertisement(icmp)?,
        Type::REDIRECT => return redirect(icmp),
        Type::RENUMBERING => renumbering(icmp)?,
        Type::NODE_QUERY | Type::NODE_REPLY => {
            icmpv6_node::read(icmp, kind == Type::NODE_QUERY, code)?;
        }
        Type::INVERSE_SOLICITATION | Type::INVERSE_ADVERTISEMENT => {
            unused(icmp, 4)?;
            let found = icmpv6_options::read(icmp)?;
            let name = kind.name().unwrap_or_default();
            icmp.info(|| format!("{name}{}{}", found.from(), found.at()));
        }
        Type::EXTENDED_ECHO | Type::EXTENDED_ECHO_REPLY => {
            hex16(icmp, "icmpv6.echo.identifier", "Identifier")?;
            match kind {
                Type::EXTENDED_ECHO => icmp_extension::echo_request(icmp, &icmp_extension::ICMPV6)?,
                _ => icmp_extension::echo_reply(icmp, &icmp_extension::ICMPV6)?,
            }
        }
        _ => others(icmp, kind)?,
    }
    Ok(Next::Nothing)
}

fn read_checksum(icmp: &mut Layer, reported: usize) -> Result<(), Stop> {
    let names = ChecksumFields {
        field: "icmpv6.checksum",
        status: "icmpv6.checksum.status",
    };
    checksum::read(
        icmp,
        names,
        |icmp, found| match (icmp.network(), icmp.layer_bytes().get(..reported)) {
            (Some(network), Some(bytes)) if !icmp.is_quoted() => checksum::verify(
                &[&checksum::pseudo_header(network, 58, reported), bytes],
                found,
            ),
            _ => Status::CannotSay("not all bytes are there"),
        },
        |icmp| {
            Some(checksum::sum(&[&checksum::pseudo_header(
                icmp.network()?,
                58,
                reported,
            )]))
        },
    )
    .map(drop)
}

fn hex16(icmp: &mut Layer, name: &'static str, label: &'static str) -> Result<u16, Stop> {
    icmp.field_shown(name, label, be_u16(), |v| {
        Value::Number(v.into(), Base::Hex(4))
    })
}

fn error(icmp: &mut Layer, kind: Type, code: u8) -> Outcome {
    let (mut length, mut mtu) = (0, 0);
    match kind {
        Type::TOO_BIG => {
            mtu = icmp.field("icmpv6.mtu", "MTU", be_u32())?;
            icmp.title(|| format!("Packet Too Big, MTU {mtu}"));
        }
        Type::PARAMETER => drop(icmp.field("icmpv6.pointer", "Pointer", be_u32())?),
        // RFC 4884, section 4.4: the length of the quoted packet, in units of eight bytes.
        _ if icmp.rest().first().is_some_and(|&length| length != 0)
            && icmp.rest().len()
                > 4 + 8 * usize::from(icmp.rest().first().copied().unwrap_or(0)) =>
        {
            let units = icmp.field("icmpv6.length", "Length of quoted packet", be_u8())?;
            length = 8 * usize::from(units);
            icmp.text(|| format!("{length} bytes ({units})"));
            unused(icmp, 3)?;
        }
        _ => unused(icmp, 4)?,
    }
    if length > 0 {
        let read = icmp.aside(|icmp| {
            icmp.within(length, |_| Ok(()))?;
            icmp_extension::read(icmp)
        });
        if read.is_err() {
            icmp.note(Severity::Error, || "the extensions do not fit".to_owned());
        }
        icmp.limit(length);
    }
    if icmp.rest().is_empty() {
        return Ok(Next::Nothing);
    }
    quote::note(icmp, kind.0, code, mtu);
    Ok(quote::begin(icmp, 0x86dd))
}

/// RFC 4861, section 4.2.
fn router_advertisement(icmp: &mut Layer) -> Result<(), Stop> {
    icmp.field("icmpv6.nd.ra.cur_hop_limit", "Current hop limit", be_u8())?;
    icmp.flags(
        "icmpv6.nd.ra.flag",
        "Flags",
        Base::Hex(2),
        be_u8(),
        |bits| {
            bits.flag("icmpv6.nd.ra.flag.m", "Managed address configuration", 0x80);
            bits.flag("icmpv6.nd.ra.flag.o", "Other configuration", 0x40);
            bits.flag("icmpv6.nd.ra.flag.h", "Home agent", 0x20);
            bits.value("icmpv6.nd.ra.flag.prf", "Router preference", 0x18, |v| {
                Preference(v as u8)
            });
            bits.flag("icmpv6.nd.ra.flag.p", "Proxy", 0x04);
            bits.number("icmpv6.nd.ra.flag.rsv", "Reserved", 0x03);
        },
    )?;
    let lifetime = icmp.field("icmpv6.nd.ra.router_lifetime", "Router lifetime", be_u16())?;
    icmp.text(|| match lifetime {
        0 => "0 s: no default router".to_owned(),
        lifetime => format!("{lifetime} s"),
    });
    let time = icmp.field("icmpv6.nd.ra.reachable_time", "Reachable time", be_u32())?;
    icmp.text(|| format!("{time} ms"));
    let time = icmp.field(
        "icmpv6.nd.ra.retrans_timer",
        "Retransmission timer",
        be_u32(),
    )?;
    icmp.text(|| format!("{time} ms"));
    let found = icmpv6_options::read(icmp)?;
    icmp.info(|| format!("Router Advertisement{}", found.from()));
    Ok(())
}

/// RFC 4861, section 4.4.
fn neighbor_advertisement(icmp: &mut Layer) -> Result<(), Stop> {
    let flags = icmp.flags(
        "icmpv6.nd.na.flag",
        "Flags",
        Base::Hex(8),
        be_u32(),
        |bits| {
            bits.flag("icmpv6.nd.na.flag.r", "Router", 0x8000_0000);
            bits.flag("icmpv6.nd.na.flag.s", "Solicited", 0x4000_0000);
            bits.flag("icmpv6.nd.na.flag.o", "Override", 0x2000_0000);
            bits.number("icmpv6.nd.na.flag.rsv", "Reserved", 0x1fff_ffff);
        },
    )?;
    let name = "icmpv6.nd.na.target_address";
    let target = icmp.field(name, "Target address", address::ipv6())?;
    icmp.title(|| format!("Neighbor Advertisement of {target}"));
    let found = icmpv6_options::read(icmp)?;
    icmp.info(|| {
        let set: Vec<_> = [
            (0x8000_0000, "rtr"),
            (0x4000_0000, "sol"),
            (0x2000_0000, "ovr"),
        ]
        .iter()
        .filter(|(bit, _)| flags & bit != 0)
        .map(|(_, word)| *word)
        .collect();
        let set = if set.is_empty() {
            String::new()
        } else {
            format!(" ({})", set.join(", "))
        };
        format!("Neighbor Advertisement {target}{set}{}", found.at())
    });
    Ok(())
}

/// RFC 4861, section 4.5. An option quotes the packet that is to be redirected.
fn redirect(icmp: &mut Layer) -> Outcome {
    unused(icmp, 4)?;
    let target = icmp.field(
        "icmpv6.nd.rd.target_address",
        "Target address",
        address::ipv6(),
    )?;
    let name = "icmpv6.rd.na.destination_address";
    let destination = icmp.field(name, "Destination address", address::ipv6())?;
    icmp.title(|| format!("Redirect: {destination} is reached through {target}"));
    let mut found = Found::default();
    icmp.aside(|icmp| {
        found = icmpv6_options::read(icmp)?;
        Ok(())
    })?;
    icmp.info(|| format!("Redirect{}", found.at()));
    let Some(packet) = found.redirected else {
        return Ok(Next::Nothing);
    };
    let before = packet.start.saturating_sub(icmp.offset()) as usize;
    icmp.skip(before);
    icmp.limit(packet.len());
    if icmp.rest().is_empty() {
        return Ok(Next::Nothing);
    }
    quote::note(icmp, Type::REDIRECT.0, 0, 0);
    Ok(quote::begin(icmp, 0x86dd))
}

/// RFC 2894, section 3.1.
fn renumbering(icmp: &mut Layer) -> Result<(), Stop> {
    icmp.field("icmpv6.rr.sequence_number", "Sequence number", be_u32())?;
    icmp.field("icmpv6.rr.segment_number", "Segment number", be_u8())?;
    icmp.flags("icmpv6.rr.flag", "Flags", Base::Hex(2), be_u8(), |bits| {
        bits.flag("icmpv6.rr.flag.t", "Test", 0x80);
        bits.flag("icmpv6.rr.flag.r", "Result requested", 0x40);
        bits.flag("icmpv6.rr.flag.a", "All interfaces", 0x20);
        bits.flag("icmpv6.rr.flag.s", "Site-specific", 0x10);
        bits.flag("icmpv6.rr.flag.p", "Processed before", 0x08);
        bits.number("icmpv6.rr.flag.rsv", "Reserved", 0x07);
    })?;
    icmp.field("icmpv6.rr.maxdelay", "Longest delay", be_u16())?;
    unused(icmp, 4)
}

/// Reads messages that are rare.
fn others(icmp: &mut Layer, kind: Type) -> Result<(), Stop> {
    match kind {
        // RFC 6275, sections 6.5 to 6.8.
        Type::HOME_AGENT_REQUEST | Type::PREFIX_SOLICITATION => {
            icmp.field("icmpv6.mip6.identifier", "Identifier", be_u16())?;
            unused(icmp, 2)
        }
        Type::HOME_AGENT_REPLY => {
            icmp.field("icmpv6.mip6.identifier", "Identifier", be_u16())?;
            unused(icmp, 2)?;
            while !icmp.rest().is_empty() {
                let name = "icmpv6.mip6.home_agent_address";
                icmp.field(name, "Home agent", address::ipv6())?;
            }
            Ok(())
        }
        Type::PREFIX_ADVERTISEMENT => {
            icmp.field("icmpv6.mip6.identifier", "Identifier", be_u16())?;
            icmp.flags(
                "icmpv6.mip6.flag",
                "Flags",
                Base::Hex(4),
                be_u16(),
                |bits| {
                    bits.flag(
                        "icmpv6.mip6.flag.m",
                        "Managed address configuration",
                        0x8000,
                    );
                    bits.flag("icmpv6.mip6.flag.o", "Other configuration", 0x4000);
                    bits.number("icmpv6.mip6.flag.rsv", "Reserved", 0x3fff);
                },
            )?;
            icmpv6_options::read(icmp).map(drop)
        }
        // RFC 3971, section 6.4.
        Type::PATH_SOLICITATION => {
            icmp.field("icmpv6.send.identifier", "Identifier", be_u16())?;
            icmp.field("icmpv6.send.component", "Component", be_u16())?;
            icmpv6_options::read(icmp).map(drop)
        }
        Type::PATH_ADVERTISEMENT => {
            icmp.field("icmpv6.send.identifier", "Identifier", be_u16())?;
            icmp.field("icmpv6.send.all_components", "All components", be_u16())?;
            icmp.field("icmpv6.send.component", "Component", be_u16())?;
            unused(icmp, 2)?;
            icmpv6_options::read(icmp).map(drop)
        }
        // RFC 4286, section 3.
        Type::MRD_ADVERTISEMENT => {
            icmp.field("icmpv6.mcast_ra.query_interval", "Query interval", be_u16())?;
            let name = "icmpv6.mcast_ra.robustness_variable";
            icmp.field(name, "Robustness", be_u16()).map(drop)
        }
        Type::MRD_SOLICITATION | Type::MRD_TERMINATION => Ok(()),
        // RFC 6775, section 4.4.
        Type::DUPLICATE_REQUEST | Type::DUPLICATE_CONFIRMATION => {
            icmp.field("icmpv6.6lowpannd.da.status", "Status", be_u8())?;
            icmp.field("icmpv6.6lowpannd.da.rsv", "Reserved", be_u8())?;
            icmp.field("icmpv6.6lowpannd.da.lifetime", "Lifetime", be_u16())?;
            icmp.field("icmpv6.6lowpannd.da.eui64", "EUI-64", take(8_usize))?;
            let name = "icmpv6.6lowpannd.da.reg_addr";
            icmp.field(name, "Registered address", address::ipv6())
                .map(drop)
        }
        // RFC 4068, section 6.4.
        Type::MOBILITY | Type::FMIPV6 => {
            icmp.field("icmpv6.fmip6.subtype", "Subtype", be_u8())?;
            unused(icmp, 1)?;
            icmp.field("icmpv6.fmip6.identifier", "Identifier", be_u16())?;
            icmpv6_options::read(icmp).map(drop)
        }
        _ => match icmp.rest().len() {
            0 => Ok(()),
            left if matches!(kind, Type::RPL | Type::LOCATOR | Type::MPL) => {
                icmp.field("", "Message", take(left)).map(drop)
            }
            left => icmp.field("icmpv6.data", "Data", take(left)).map(drop),
        },
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn looks_for_a_neighbor() {
        let hex = "6000 0000 0020 3aff 2001 0db8 0000 0000
             0000 0000 0000 0001 ff02 0000 0000 0000
             0000 0001 ff00 0002 8700 1c27 0000 0000
             2001 0db8 0000 0000 0000 0000 0000 0002
             0101 0200 0000 0001";
        assert_eq!(
            layer("icmpv6", 229, hex),
            "\
Internet Control Message Protocol v6: Neighbor Solicitation for 2001:db8::2 [40..72]
  Type: Neighbor Solicitation (135) [40..41]
  Code: 0 [41..42]
  Checksum: 0x1c27 [42..44]
  Checksum status: Good (1) [42..42]
  Reserved: 00000000 [44..48]
  Target address: 2001:db8::2 [48..64]
  Option: Source link-layer address 02:00:00:00:00:01 [64..72]
    Type: Source link-layer address (1) [64..65]
    Length: 8 bytes (1) [65..66]
    Address: 02:00:00:00:00:01 [66..72]
"
        );
    }

    #[test]
    fn is_a_neighbor() {
        let hex = "6000 0000 0020 3aff 2001 0db8 0000 0000
             0000 0000 0000 0001 2001 0db8 0000 0000
             0000 0000 0000 0002 8800 8a72 6000 0000
             2001 0db8 0000 0000 0000 0000 0000 0002
             0201 0200 0000 0001";
        assert_eq!(
            layer("icmpv6", 229, hex),
            "\
Internet Control Message Protocol v6: Neighbor Advertisement of 2001:db8::2 [40..72]
  Type: Neighbor Advertisement (136) [40..41]
  Code: 0 [41..42]
  Checksum: 0x8a72 [42..44]
  Checksum status: Good (1) [42..42]
  Flags: 0x60000000 [44..48]
    Router: Not set [44..48]
    Solicited: Set [44..48]
    Override: Set [44..48]
    Reserved: 0 [44..48]
  Target address: 2001:db8::2 [48..64]
  Option: Target link-layer address 02:00:00:00:00:01 [64..72]
    Type: Target link-layer address (2) [64..65]
    Length: 8 bytes (1) [65..66]
    Address: 02:00:00:00:00:01 [66..72]
"
        );
    }

    #[test]
    fn too_big() {
        let hex = "6000 0000 0038 3a40 2001 0db8 0000 0000
             0000 0000 0000 0001 2001 0db8 0000 0000
             0000 0000 0000 0002 0200 d04f 0000 0500
             6000 0000 0008 1140 2001 0db8 0000 0000
             0000 0000 0000 0001 2001 0db8 0000 0000
             0000 0000 0000 0002 0001 0002 0008 0000";
        assert_eq!(
            layer("icmpv6", 229, hex),
            "\
Internet Control Message Protocol v6: Packet Too Big, MTU 1280 [40..48]
  Type: Packet Too Big (2) [40..41]
  Code: 0 [41..42]
  Checksum: 0xd04f [42..44]
  Checksum status: Good (1) [42..42]
  MTU: 1280 [44..48]
"
        );
    }

    #[test]
    fn ends_in_the_target() {
        let hex = "6000 0000 0018 3a40 2001 0db8 0000 0000
             0000 0000 0000 0001 2001 0db8 0000 0000
             0000 0000 0000 0002 8700 ef7c 0000 0000
             2001 0db8 0000 0000";
        assert_eq!(
            cut("icmpv6", 229, hex, 64),
            "\
Internet Control Message Protocol v6: Neighbor Solicitation [40..48]
  Type: Neighbor Solicitation (135) [40..41]
  Code: 0 [41..42]
  Checksum: 0xef7c [42..44]
  Checksum status: cannot say: not all bytes are there [42..42]
  Reserved: 00000000 [44..48]
  Note: cut by the capture's size limit inside icmpv6.nd.ns.target_address
"
        );
    }
}
