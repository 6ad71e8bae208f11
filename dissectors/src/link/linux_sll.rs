//! Linux "cooked" captures, LINKTYPE_LINUX_SLL: those of the `any` device.

use crate::{
    Dissector, FieldDef, Hex, Layer, LinkType, Next, OsiLayer, Outcome, Selector, Stop, Value,
    link::{
        ethernet, llc,
        mac::{EtherType, mac},
    },
    value::named,
};
use nom::{
    Parser,
    bytes::take,
    number::{be_u16, be_u32},
};
use std::net::Ipv4Addr;

/// Linux cooked capture, version 1.
pub const DISSECTOR: Dissector = Dissector {
    name: "sll",
    label: "Linux cooked capture v1",
    column: "SLL",
    layer: OsiLayer::DataLink,
    selectors: &[Selector::LinkType(LinkType::LINUX_SLL)],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::u16("sll.pkttype").names(&[PacketType::NAMES]),
    FieldDef::u16("sll.hatype").names(&[HardwareType::NAMES]),
    FieldDef::u16("sll.halen"),
    FieldDef::bytes("sll.trailer"),
    FieldDef::mac("sll.src.eth"),
    FieldDef::ipv4("sll.src.ipv4"),
    FieldDef::bytes("sll.src.other"),
    FieldDef::bytes("sll.unused"),
    FieldDef::hex16("sll.gretype").names(&[EtherType::NAMES]),
    FieldDef::hex16("sll.ltype").names(&[LinuxProtocol::NAMES]),
    FieldDef::hex16("sll.etype").names(&[EtherType::NAMES]),
    FieldDef::u32("sll.ifindex"),
];

named! {
    /// The direction of the packet.
    PacketType(u16, Dec) {
        HOST = 0 => "Unicast to us",
        BROADCAST = 1 => "Broadcast",
        MULTICAST = 2 => "Multicast",
        OTHER_HOST = 3 => "Unicast to another host",
        OUTGOING = 4 => "Sent by us",
    }

    /// The device's kind: Linux ARPHRD_ values.
    HardwareType(u16, Dec) {
        NETROM = 0 => "NET/ROM pseudo",
        ETHERNET = 1 => "Ethernet",
        AX25 = 3 => "AX.25",
        TOKEN_RING = 4 => "Token Ring",
        IEEE802 = 6 => "IEEE 802",
        ARCNET = 7 => "ARCNET",
        FRAME_RELAY = 15 => "Frame Relay DLCI",
        ATM = 19 => "ATM",
        IEEE1394 = 24 => "IEEE 1394",
        EUI64 = 27 => "EUI-64",
        INFINIBAND = 32 => "InfiniBand",
        SLIP = 256 => "SLIP",
        CSLIP = 257 => "CSLIP",
        X25 = 271 => "X.25",
        CAN = 280 => "Controller Area Network",
        PPP = 512 => "PPP",
        CISCO_HDLC = 513 => "Cisco HDLC",
        LAPB = 516 => "LAPB",
        RAW_HDLC = 518 => "Raw HDLC",
        RAW_IP = 519 => "Raw IP",
        IPIP = 768 => "IP in IP tunnel",
        IP6IP6 = 769 => "IPv6 in IPv6 tunnel",
        FRAD = 770 => "Frame Relay access device",
        LOOPBACK = 772 => "Loopback",
        LOCALTALK = 773 => "LocalTalk",
        FDDI = 774 => "FDDI",
        SIT = 776 => "IPv6 in IPv4 tunnel",
        IPDDP = 777 => "IP over DDP tunnel",
        IPGRE = 778 => "GRE over IP",
        PIMREG = 779 => "PIMSM register",
        HIPPI = 780 => "HIPPI",
        IRDA = 783 => "IrDA",
        IEEE80211 = 801 => "IEEE 802.11",
        IEEE80211_PRISM = 802 => "IEEE 802.11 with Prism header",
        IEEE80211_RADIOTAP = 803 => "IEEE 802.11 with radiotap header",
        IEEE802154 = 804 => "IEEE 802.15.4",
        IEEE802154_MONITOR = 805 => "IEEE 802.15.4 monitor",
        PHONET = 820 => "Phonet",
        PHONET_PIPE = 821 => "Phonet pipe",
        IP6GRE = 823 => "GRE over IPv6",
        NETLINK = 824 => "Netlink",
        SIXLOWPAN = 825 => "6LoWPAN",
        VSOCKMON = 826 => "Virtual sockets",
        VOID = 65535 => "Nothing",
        NONE = 65534 => "No header",
    }

    /// Protocol numbers that are not EtherTypes: Linux ETH_P_ values.
    LinuxProtocol(u16, Hex(4)) {
        RAW_8023 = 1 => "Raw 802.3",
        ETHERNET = 3 => "Ethernet",
        LLC = 4 => "802.2 LLC",
        PPP_HDLC = 7 => "PPP over HDLC",
        CAN = 0xc => "CAN",
        CAN_FD = 0xd => "CAN FD",
        IRDA_LAP = 0x17 => "IrDA LAP",
        ISI = 0xf5 => "ISI",
        IEEE802154 = 0xf6 => "IEEE 802.15.4",
    }
}

/// The space for an address, bytes.
const ADDRESS: usize = 8;

fn dissect(sll: &mut Layer) -> Outcome {
    let kind = sll.field("sll.pkttype", "Packet type", be_u16().map(PacketType))?;
    let hardware = sll.field("sll.hatype", "Device type", be_u16().map(HardwareType))?;
    let length = sll.field("sll.halen", "Address length", be_u16())?;
    let source = address(sll, usize::from(length))?;
    sll.endpoints(|| (source.to_string(), String::new()));
    sll.title(|| kind.name().unwrap_or("Unknown packet type").to_owned());
    let next = protocol(sll, hardware)?;
    sll.owns_trailer("sll.trailer", false);
    Ok(next)
}

/// Reads the sender's address on the device, in a space of eight bytes.
pub fn address(sll: &mut Layer, length: usize) -> Result<Value, Stop> {
    let used = length.min(ADDRESS);
    let value = match used {
        0 => Value::Text(String::new()),
        6 => sll.field("sll.src.eth", "Source", mac())?.into(),
        4 => sll
            .field("sll.src.ipv4", "Source", be_u32().map(Ipv4Addr::from))?
            .into(),
        _ => {
            let bytes: &[u8] = sll.field("sll.src.other", "Source", take(used))?;
            match sll.tells() {
                true => bytes.into(),
                false => Value::None,
            }
        }
    };
    if used < ADDRESS {
        sll.field("sll.unused", "Unused", take(ADDRESS - used))?;
    }
    Ok(value)
}

/// Reads the next protocol: an EtherType or one of Linux's own numbers below.
pub fn protocol(sll: &mut Layer, hardware: HardwareType) -> Outcome {
    let number = sll.rest().get(..2).map_or(0, |bytes| {
        u16::from_be_bytes(bytes.try_into().unwrap_or_default())
    });
    Ok(match hardware {
        HardwareType::NETLINK => {
            sll.field("", "Netlink family", be_u16())?;
            Next::Data
        }
        HardwareType::IPGRE | HardwareType::IP6GRE => {
            let kind = sll.field("sll.gretype", "Protocol", be_u16().map(EtherType))?;
            Next::Select(Selector::EtherType(kind.0))
        }
        HardwareType::IEEE80211_RADIOTAP
        | HardwareType::IEEE80211
        | HardwareType::IEEE80211_PRISM => {
            sll.field("sll.ltype", "Protocol", be_u16().map(LinuxProtocol))?;
            Next::Data
        }
        _ if number <= 1536 => {
            match sll.field("sll.ltype", "Protocol", be_u16().map(LinuxProtocol))? {
                LinuxProtocol::ETHERNET => Next::Select(ethernet::INSIDE),
                LinuxProtocol::LLC => Next::Select(llc::INSIDE),
                LinuxProtocol::PPP_HDLC => Next::Select(Selector::LinkType(LinkType::PPP_HDLC)),
                _ => Next::Data,
            }
        }
        _ => {
            let kind = sll.field("sll.etype", "Protocol", be_u16().map(EtherType))?;
            sll.info(|| format!("Linux cooked, type {}", Value::from(Hex(kind.0))));
            Next::Select(Selector::EtherType(kind.0))
        }
    })
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn ethernet_address_and_type() {
        assert_eq!(
            layer("sll", 113, "0000 0001 0006 0200000000aa 0000 9999 6162"),
            "\
             Linux cooked capture v1: Unicast to us [0..16]\n\
             \x20 Packet type: Unicast to us (0) [0..2]\n\
             \x20 Device type: Ethernet (1) [2..4]\n\
             \x20 Address length: 6 [4..6]\n\
             \x20 Source: 02:00:00:00:00:aa [6..12]\n\
             \x20 Unused: 0000 [12..14]\n\
             \x20 Protocol: 0x9999 [14..16]\n"
        );
    }

    #[test]
    fn llc_below_an_unknown_device() {
        assert_eq!(
            layer("sll", 113, "0004 fffe 0000 0000000000000000 0004 424203"),
            "\
             Linux cooked capture v1: Sent by us [0..16]\n\
             \x20 Packet type: Sent by us (4) [0..2]\n\
             \x20 Device type: No header (65534) [2..4]\n\
             \x20 Address length: 0 [4..6]\n\
             \x20 Unused: 0000000000000000 [6..14]\n\
             \x20 Protocol: 802.2 LLC (0x0004) [14..16]\n"
        );
    }

    #[test]
    fn ends_in_the_address() {
        assert_eq!(
            cut("sll", 113, "0000 0001 0006 0200", 64),
            "\
             Linux cooked capture v1 [0..6]\n\
             \x20 Packet type: Unicast to us (0) [0..2]\n\
             \x20 Device type: Ethernet (1) [2..4]\n\
             \x20 Address length: 6 [4..6]\n\
             \x20 Note: cut by the capture's size limit inside sll.src.eth\n"
        );
    }
}
