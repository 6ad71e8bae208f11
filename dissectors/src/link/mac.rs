//! Shared by link layers: hardware addresses, and the IEEE 802 numbers of organizations and of the protocols in frames.

use crate::{Layer, Mac, Stop, Value, value::named};
use nom::{Parser, bytes::take, error::Error, number::be_u24};

named! {
    /// The protocols in frames, IEEE 802 numbers.
    EtherType(u16, Hex(4)) {
        XNS_IDP = 0x0600 => "XNS Internet Datagram Protocol",
        IPV4 = 0x0800 => "IPv4",
        X25 = 0x0805 => "X.25 level 3",
        ARP = 0x0806 => "ARP",
        FR_ARP = 0x0808 => "Frame Relay ARP",
        WOL = 0x0842 => "Wake on LAN",
        VINES = 0x0bad => "Vines IP",
        TRILL = 0x22f3 => "TRILL",
        L2_ISIS = 0x22f4 => "Layer 2 IS-IS",
        SRP = 0x22ea => "Stream Reservation Protocol",
        ERSPAN_3 = 0x22eb => "ERSPAN type III",
        AVTP = 0x22f0 => "Audio Video Transport Protocol",
        DEC_MOP_DL = 0x6001 => "DEC MOP dump and load",
        DEC_MOP_RC = 0x6002 => "DEC MOP remote console",
        DEC_DNA = 0x6003 => "DEC DNA routing",
        DEC_LAT = 0x6004 => "DEC LAT",
        DEC_LAVC = 0x6007 => "DEC LAVC",
        TEB = 0x6558 => "Transparent Ethernet bridging",
        RARP = 0x8035 => "RARP",
        APPLETALK = 0x809b => "AppleTalk",
        AARP = 0x80f3 => "AppleTalk ARP",
        SNA = 0x80d5 => "IBM SNA",
        VLAN = 0x8100 => "802.1Q virtual LAN",
        IPX = 0x8137 => "Novell IPX",
        SNMP = 0x814c => "SNMP over Ethernet",
        WCP = 0x80ff => "Wellfleet compression",
        STP_IEEE = 0x8181 => "Spanning tree",
        IPV6 = 0x86dd => "IPv6",
        PPP = 0x880b => "PPP",
        GSMP = 0x880c => "General Switch Management Protocol",
        MAC_CONTROL = 0x8808 => "Ethernet flow control",
        SLOW = 0x8809 => "Slow protocols (LACP, OAM)",
        WCCP = 0x883e => "WCCP redirect",
        MPLS = 0x8847 => "MPLS",
        MPLS_UP = 0x8848 => "MPLS with upstream-assigned label",
        PPPOE_DISCOVERY = 0x8863 => "PPPoE discovery",
        PPPOE_SESSION = 0x8864 => "PPPoE session",
        ANCP = 0x886c => "Broadcom event",
        INTEL_ANS = 0x886d => "Intel advanced network services",
        JUMBO_LLC = 0x8870 => "LLC in a jumbo frame",
        HOMEPLUG = 0x887b => "HomePlug MME",
        CDMA_A10 = 0x8881 => "CDMA2000 A10 user data",
        EAPOL = 0x888e => "802.1X authentication",
        PROFINET = 0x8892 => "PROFINET",
        REALTEK = 0x8899 => "Realtek layer 2",
        HYPERSCSI = 0x889a => "HyperSCSI",
        ATA = 0x88a2 => "ATA over Ethernet",
        ETHERCAT = 0x88a4 => "EtherCAT",
        QINQ = 0x88a8 => "802.1ad provider bridge",
        POWERLINK = 0x88ab => "Ethernet Powerlink",
        OUI_EXTENDED = 0x88b7 => "802 OUI-extended EtherType",
        LOCAL_1 = 0x88b5 => "Local experimental 1",
        LOCAL_2 = 0x88b6 => "Local experimental 2",
        GOOSE = 0x88b8 => "IEC 61850 GOOSE",
        GSE = 0x88b9 => "IEC 61850 GSE",
        SV = 0x88ba => "IEC 61850 sampled values",
        LWAPP = 0x88bb => "LWAPP",
        ERSPAN = 0x88be => "ERSPAN",
        RSN_PREAUTH = 0x88c7 => "802.11i pre-authentication",
        TIPC = 0x88ca => "TIPC",
        LLDP = 0x88cc => "LLDP",
        SERCOS = 0x88cd => "SERCOS III",
        HOMEPLUG_AV = 0x88e1 => "HomePlug AV",
        MRP = 0x88e3 => "Media Redundancy Protocol",
        MACSEC = 0x88e5 => "802.1AE MACsec",
        PBB = 0x88e7 => "802.1ah provider backbone bridge",
        MVRP = 0x88f5 => "MVRP",
        MMRP = 0x88f6 => "MMRP",
        PTP = 0x88f7 => "Precision Time Protocol",
        NCSI = 0x88f8 => "NC-SI",
        PRP = 0x88fb => "Parallel Redundancy Protocol",
        CFM = 0x8902 => "802.1ag connectivity fault management",
        FCOE = 0x8906 => "Fibre Channel over Ethernet",
        FIP = 0x8914 => "FCoE initialization",
        ROCE = 0x8915 => "RDMA over converged Ethernet",
        MIH = 0x8917 => "Media independent handover",
        ELMI = 0x8918 => "E-LMI",
        TTE = 0x891d => "TTEthernet control frame",
        HSR = 0x892f => "High-availability Seamless Redundancy",
        WSMP = 0x88dc => "WAVE short messages",
        BATMAN = 0x4305 => "B.A.T.M.A.N.",
        NSH = 0x894f => "Network service header",
        LOOPBACK = 0x9000 => "Loopback",
        QINQ_OLD = 0x9100 => "802.1Q-in-Q (old)",
        QINQ_OLDER = 0x9200 => "802.1Q-in-Q (older)",
        RTNET = 0x9021 => "Real-time network data",
        CISCO_FABRIC = 0x8903 => "Cisco fabric path",
        VN_TAG = 0x8926 => "802.1Qbh VN-Tag",
        ECPRI = 0xaefe => "eCPRI",
    }
}

/// A hardware address of six bytes.
pub fn mac<'a>() -> impl Parser<&'a [u8], Output = Mac, Error = Error<&'a [u8]>> {
    take(6_usize).map(|bytes: &[u8]| Mac(bytes.try_into().unwrap_or_default()))
}

/// An organization's number, the first three bytes of its addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Oui(pub u32);

impl From<Oui> for Value {
    fn from(oui: Oui) -> Self {
        Value::Number(oui.0.into(), crate::Base::Dec)
    }
}

/// Reads the number of an organization, shown like the first bytes of an address.
pub fn oui(layer: &mut Layer, name: &'static str) -> Result<u32, Stop> {
    let oui = layer.field(name, "Organization", be_u24().map(Oui))?.0;
    layer.text(|| {
        let [_, a, b, c] = oui.to_be_bytes();
        let name = match oui {
            0 => " (EtherType follows)",
            0x00_000c => " (Cisco)",
            0x00_00f8 => " (Cisco, EtherType follows)",
            0x00_80c2 => " (IEEE 802.1)",
            0x08_0007 => " (Apple)",
            0x00_e02b => " (Extreme Networks)",
            0x00_005e => " (IANA)",
            _ => "",
        };
        format!("{a:02x}:{b:02x}:{c:02x}{name}")
    });
    Ok(oui)
}
