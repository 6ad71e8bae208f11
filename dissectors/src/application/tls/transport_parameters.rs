//! The parameters of a QUIC connection: RFC 9000, section 18, and IANA "QUIC Transport Parameters".

use super::opaque::text;
use crate::{
    Base, FieldDef, Layer, Stop, Value,
    application::quic::{number::number, version::Version},
    value::named,
};
use nom::{
    bytes::take,
    combinator::map,
    number::{be_u8, be_u16, be_u32, be_u128},
};
use std::net::{Ipv4Addr, Ipv6Addr};

pub const FIELDS: &[FieldDef] = &[
    FieldDef::u64("tls.quic.parameter.type").names(&[Parameter::NAMES]),
    FieldDef::u64("tls.quic.parameter.length"),
    FieldDef::bytes("tls.quic.parameter.value"),
    FieldDef::bytes("tls.quic.parameter.original_destination_connection_id"),
    FieldDef::u64("tls.quic.parameter.max_idle_timeout"),
    FieldDef::bytes("tls.quic.parameter.stateless_reset_token"),
    FieldDef::u64("tls.quic.parameter.max_udp_payload_size"),
    FieldDef::u64("tls.quic.parameter.initial_max_data"),
    FieldDef::u64("tls.quic.parameter.initial_max_stream_data_bidi_local"),
    FieldDef::u64("tls.quic.parameter.initial_max_stream_data_bidi_remote"),
    FieldDef::u64("tls.quic.parameter.initial_max_stream_data_uni"),
    FieldDef::u64("tls.quic.parameter.initial_max_streams_bidi"),
    FieldDef::u64("tls.quic.parameter.initial_max_streams_uni"),
    FieldDef::u64("tls.quic.parameter.ack_delay_exponent"),
    FieldDef::u64("tls.quic.parameter.max_ack_delay"),
    FieldDef::ipv4("tls.quic.parameter.preferred_address.ipv4address"),
    FieldDef::u16("tls.quic.parameter.preferred_address.ipv4port"),
    FieldDef::ipv6("tls.quic.parameter.preferred_address.ipv6address"),
    FieldDef::u16("tls.quic.parameter.preferred_address.ipv6port"),
    FieldDef::u8("tls.quic.parameter.preferred_address.connectionid.length"),
    FieldDef::bytes("tls.quic.parameter.preferred_address.connectionid"),
    FieldDef::bytes("tls.quic.parameter.preferred_address.statelessresettoken"),
    FieldDef::u64("tls.quic.parameter.active_connection_id_limit"),
    FieldDef::bytes("tls.quic.parameter.initial_source_connection_id"),
    FieldDef::bytes("tls.quic.parameter.retry_source_connection_id"),
    FieldDef::u64("tls.quic.parameter.max_datagram_frame_size"),
    FieldDef::u64("tls.quic.parameter.loss_bits"),
    FieldDef::u64("tls.quic.parameter.enable_time_stamp_v2").names(&[TimeStamps::NAMES]),
    FieldDef::u64("tls.quic.parameter.google.initial_rtt"),
    FieldDef::bytes("tls.quic.parameter.google.connection_options"),
    FieldDef::string("tls.quic.parameter.google.user_agent"),
    FieldDef::hex32("tls.quic.parameter.google.quic_version").names(&[Version::NAMES]),
    FieldDef::hex32("tls.quic.parameter.vi.chosen_version").names(&[Version::NAMES]),
    FieldDef::hex32("tls.quic.parameter.vi.other_version").names(&[Version::NAMES]),
];

named! {
    /// IANA "QUIC Transport Parameters", and those that are in use without it.
    Parameter(u64, Dec) {
        ORIGINAL_DESTINATION = 0x00 => "original_destination_connection_id",
        MAX_IDLE_TIMEOUT = 0x01 => "max_idle_timeout",
        STATELESS_RESET_TOKEN = 0x02 => "stateless_reset_token",
        MAX_UDP_PAYLOAD_SIZE = 0x03 => "max_udp_payload_size",
        INITIAL_MAX_DATA = 0x04 => "initial_max_data",
        INITIAL_MAX_STREAM_DATA_BIDI_LOCAL = 0x05 => "initial_max_stream_data_bidi_local",
        INITIAL_MAX_STREAM_DATA_BIDI_REMOTE = 0x06 => "initial_max_stream_data_bidi_remote",
        INITIAL_MAX_STREAM_DATA_UNI = 0x07 => "initial_max_stream_data_uni",
        INITIAL_MAX_STREAMS_BIDI = 0x08 => "initial_max_streams_bidi",
        INITIAL_MAX_STREAMS_UNI = 0x09 => "initial_max_streams_uni",
        ACK_DELAY_EXPONENT = 0x0a => "ack_delay_exponent",
        MAX_ACK_DELAY = 0x0b => "max_ack_delay",
        DISABLE_ACTIVE_MIGRATION = 0x0c => "disable_active_migration",
        PREFERRED_ADDRESS = 0x0d => "preferred_address",
        ACTIVE_CONNECTION_ID_LIMIT = 0x0e => "active_connection_id_limit",
        INITIAL_SOURCE = 0x0f => "initial_source_connection_id",
        RETRY_SOURCE = 0x10 => "retry_source_connection_id",
        VERSION_INFORMATION = 0x11 => "version_information",
        MAX_DATAGRAM_FRAME_SIZE = 0x20 => "max_datagram_frame_size",
        LOSS_BITS = 0x1057 => "loss_bits",
        GREASE_QUIC_BIT = 0x2ab2 => "grease_quic_bit",
        INITIAL_RTT = 0x3127 => "initial_rtt",
        GOOGLE_CONNECTION_OPTIONS = 0x3128 => "google_connection_options",
        USER_AGENT = 0x3129 => "user_agent",
        GOOGLE_VERSION = 0x4752 => "google_version",
        ENABLE_TIME_STAMP_V2 = 0x7158 => "enable_time_stamp_v2",
        VERSION_INFORMATION_DRAFT = 0xff73db => "version_information (draft)",
    }
    /// draft-huitema-quic-ts, section 3.1.
    TimeStamps(u64, Dec) {
        RECEIVES = 1 => "I would like to receive TIME_STAMP frames",
        SENDS = 2 => "I am able to generate TIME_STAMP frames",
        BOTH = 3 => "I am able to generate TIME_STAMP frames and I would like to receive them",
    }
}

impl Parameter {
    /// RFC 9000, section 18.1: returns whether its number exists only to be unknown.
    fn is_reserved(self) -> bool {
        self.0
            .checked_sub(27)
            .is_some_and(|number| number % 31 == 0)
    }

    fn title(self) -> &'static str {
        match self.name() {
            Some(name) => name,
            None if self.is_reserved() => "GREASE",
            None => "Unknown",
        }
    }

    /// Returns the field of a parameter that is a single number.
    fn numeric(self) -> Option<&'static str> {
        Some(match self {
            Parameter::MAX_IDLE_TIMEOUT => "tls.quic.parameter.max_idle_timeout",
            Parameter::MAX_UDP_PAYLOAD_SIZE => "tls.quic.parameter.max_udp_payload_size",
            Parameter::INITIAL_MAX_DATA => "tls.quic.parameter.initial_max_data",
            Parameter::INITIAL_MAX_STREAM_DATA_BIDI_LOCAL => {
                "tls.quic.parameter.initial_max_stream_data_bidi_local"
            }
            Parameter::INITIAL_MAX_STREAM_DATA_BIDI_REMOTE => {
                "tls.quic.parameter.initial_max_stream_data_bidi_remote"
            }
            Parameter::INITIAL_MAX_STREAM_DATA_UNI => {
                "tls.quic.parameter.initial_max_stream_data_uni"
            }
            Parameter::INITIAL_MAX_STREAMS_BIDI => "tls.quic.parameter.initial_max_streams_bidi",
            Parameter::INITIAL_MAX_STREAMS_UNI => "tls.quic.parameter.initial_max_streams_uni",
            Parameter::ACK_DELAY_EXPONENT => "tls.quic.parameter.ack_delay_exponent",
            Parameter::MAX_ACK_DELAY => "tls.quic.parameter.max_ack_delay",
            Parameter::ACTIVE_CONNECTION_ID_LIMIT => {
                "tls.quic.parameter.active_connection_id_limit"
            }
            Parameter::MAX_DATAGRAM_FRAME_SIZE => "tls.quic.parameter.max_datagram_frame_size",
            Parameter::LOSS_BITS => "tls.quic.parameter.loss_bits",
            Parameter::INITIAL_RTT => "tls.quic.parameter.google.initial_rtt",
            Parameter::ENABLE_TIME_STAMP_V2 => "tls.quic.parameter.enable_time_stamp_v2",
            _ => return None,
        })
    }

    /// Returns the field of a parameter that consists of bytes.
    fn opaque(self) -> Option<&'static str> {
        Some(match self {
            Parameter::ORIGINAL_DESTINATION => {
                "tls.quic.parameter.original_destination_connection_id"
            }
            Parameter::STATELESS_RESET_TOKEN => "tls.quic.parameter.stateless_reset_token",
            Parameter::INITIAL_SOURCE => "tls.quic.parameter.initial_source_connection_id",
            Parameter::RETRY_SOURCE => "tls.quic.parameter.retry_source_connection_id",
            Parameter::GOOGLE_CONNECTION_OPTIONS => "tls.quic.parameter.google.connection_options",
            _ => return None,
        })
    }
}

/// Reads the parameters to the end of the extension.
pub fn read(tls: &mut Layer) -> Result<(), Stop> {
    while tls.reported() > 0 {
        tls.group("", "Parameter", parameter)?;
    }
    Ok(())
}

fn parameter(tls: &mut Layer) -> Result<(), Stop> {
    let name = "tls.quic.parameter.type";
    let kind = tls.field_shown(name, "Type", number, |kind| {
        Value::Named(kind, Base::Dec, Parameter(kind).title())
    })?;
    let kind = Parameter(kind);
    let length = tls.field("tls.quic.parameter.length", "Length", number)?;
    tls.title(|| format!("{}, {length} bytes", kind.title()));
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let value: &[u8] = tls.peek("tls.quic.parameter.value", take(length))?;
    let range = tls.ahead(length);
    tls.over("tls.quic.parameter.value", "Value", range, || value.into());
    tls.within(length, |tls| {
        contents(tls, kind)?;
        tls.skip(tls.rest().len());
        Ok(())
    })
}

/// Reads the value of a parameter.
fn contents(tls: &mut Layer, kind: Parameter) -> Result<(), Stop> {
    if let Some(name) = kind.numeric() {
        let label = kind.title();
        let value = tls.field_shown(name, label, number, |value| match kind {
            Parameter::ENABLE_TIME_STAMP_V2 => TimeStamps(value).into(),
            _ => value.into(),
        })?;
        tls.title(|| match kind {
            Parameter::MAX_IDLE_TIMEOUT | Parameter::MAX_ACK_DELAY => {
                format!("{label}, {value} ms")
            }
            Parameter::INITIAL_RTT => format!("{label}, {value} µs"),
            _ => format!("{label}, {value}"),
        });
        return Ok(());
    }
    if let Some(name) = kind.opaque() {
        let length = tls.reported();
        return match length {
            0 => Ok(()),
            _ => tls.field(name, kind.title(), take(length)).map(drop),
        };
    }
    match kind {
        Parameter::PREFERRED_ADDRESS => preferred_address(tls),
        Parameter::VERSION_INFORMATION | Parameter::VERSION_INFORMATION_DRAFT => versions(tls),
        Parameter::USER_AGENT => {
            let (name, length) = ("tls.quic.parameter.google.user_agent", tls.reported());
            text(tls, name, "User agent", length).map(drop)
        }
        Parameter::GOOGLE_VERSION => {
            let name = "tls.quic.parameter.google.quic_version";
            version(tls, name, "Version")
        }
        _ => Ok(()),
    }
}

fn version(tls: &mut Layer, name: &'static str, label: &'static str) -> Result<(), Stop> {
    let version = tls.field_shown(name, label, be_u32(), |version| Version(version).into())?;
    tls.text(|| match Version(version).is_reserved() {
        true => format!("none, against fixed lists ({version:#010x})"),
        false => Version(version).words(),
    });
    Ok(())
}

/// RFC 9368, section 3.
fn versions(tls: &mut Layer) -> Result<(), Stop> {
    let name = "tls.quic.parameter.vi.chosen_version";
    version(tls, name, "Chosen version")?;
    while tls.reported() > 0 {
        let name = "tls.quic.parameter.vi.other_version";
        version(tls, name, "Available version")?;
    }
    Ok(())
}

/// RFC 9000, section 18.2.
fn preferred_address(tls: &mut Layer) -> Result<(), Stop> {
    let name = "tls.quic.parameter.preferred_address.ipv4address";
    let v4 = map(be_u32(), Ipv4Addr::from_bits);
    tls.field(name, "IPv4 address", v4)?;
    let name = "tls.quic.parameter.preferred_address.ipv4port";
    tls.field(name, "IPv4 port", be_u16())?;
    let name = "tls.quic.parameter.preferred_address.ipv6address";
    let v6 = map(be_u128(), Ipv6Addr::from_bits);
    tls.field(name, "IPv6 address", v6)?;
    let name = "tls.quic.parameter.preferred_address.ipv6port";
    tls.field(name, "IPv6 port", be_u16())?;
    let name = "tls.quic.parameter.preferred_address.connectionid.length";
    let length = tls.field(name, "Connection id length", be_u8())?;
    let name = "tls.quic.parameter.preferred_address.connectionid";
    tls.field(name, "Connection id", take(length))?;
    let name = "tls.quic.parameter.preferred_address.statelessresettoken";
    tls.field(name, "Stateless reset token", take(16_usize))
        .map(drop)
}
