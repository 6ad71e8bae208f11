//! The options of DHCP and their contents. IANA "BOOTP Vendor Extensions and DHCP Options".

use crate::ValueName;

/// The contents of an option, and the name of its field.
#[derive(Clone, Copy)]
pub enum Holds {
    Address(&'static str),
    Addresses(&'static str),
    /// Pairs of addresses.
    Pairs(&'static str, &'static str),
    Text(&'static str),
    Bool(&'static str),
    Byte(&'static str),
    Bytes(&'static str),
    Short(&'static str),
    Shorts(&'static str),
    Long(&'static str),
    Signed(&'static str),
    /// A span of time.
    Seconds(&'static str),
    /// A moment in seconds since 1970.
    Time(&'static str),
    /// Unknown contents.
    Opaque,
    /// Contents with their own reader.
    Special,
}

use Holds::*;

macro_rules! options {
    ($($code:literal => $name:literal, $holds:expr;)*) => {
        &[$(($code, $name, $holds)),*]
    };
}

/// Each option's number, name and contents.
const OPTIONS: &[(u8, &str, Holds)] = options! {
    0 => "Padding", Special;
    1 => "Subnet mask", Address("dhcp.option.subnet_mask");
    2 => "Time offset", Signed("dhcp.option.time_offset");
    3 => "Router", Addresses("dhcp.option.router");
    4 => "Time server", Addresses("dhcp.option.time_server");
    5 => "Name server", Addresses("dhcp.option.name_server");
    6 => "Domain name server", Addresses("dhcp.option.domain_name_server");
    7 => "Log server", Addresses("dhcp.option.log_server");
    8 => "Quotes server", Addresses("dhcp.option.quotes_server");
    9 => "LPR server", Addresses("dhcp.option.lpr_server");
    10 => "Impress server", Addresses("dhcp.option.impress_server");
    11 => "Resource location server", Addresses("dhcp.option.resource_location_server");
    12 => "Host name", Text("dhcp.option.hostname");
    13 => "Boot file size", Short("dhcp.option.boot_file_size");
    14 => "Merit dump file", Text("dhcp.option.merit_dump_file");
    15 => "Domain name", Text("dhcp.option.domain_name");
    16 => "Swap server", Address("dhcp.option.swap_server");
    17 => "Root path", Text("dhcp.option.root_path");
    18 => "Extensions path", Text("dhcp.option.extension_path");
    19 => "IP forwarding", Bool("dhcp.option.ip_forwarding");
    20 => "Non-local source routing", Bool("dhcp.option.non_local_source_routing");
    21 => "Policy filter", Pairs("dhcp.option.policy_filter.ip", "dhcp.option.policy_filter.subnet_mask");
    22 => "Maximum datagram reassembly size", Short("dhcp.option.max_datagram_reassembly_size");
    23 => "Default time to live", Byte("dhcp.option.default_ip_ttl");
    24 => "Path MTU aging timeout", Seconds("dhcp.option.path_mtu_aging_timeout");
    25 => "Path MTU plateau table", Shorts("dhcp.option.path_mtu_plateau_table_item");
    26 => "Interface MTU", Short("dhcp.option.interface_mtu");
    27 => "All subnets are local", Bool("dhcp.option.all_subnets_are_local");
    28 => "Broadcast address", Address("dhcp.option.broadcast_address");
    29 => "Perform mask discovery", Bool("dhcp.option.perform_mask_discovery");
    30 => "Mask supplier", Bool("dhcp.option.mask_supplier");
    31 => "Perform router discovery", Bool("dhcp.option.perform_router_discover");
    32 => "Router solicitation address", Address("dhcp.option.router_solicitation_address");
    33 => "Static route", Pairs("dhcp.option.static_route.ip", "dhcp.option.static_route.router");
    34 => "Trailer encapsulation", Bool("dhcp.option.trailer_encapsulation");
    35 => "ARP cache timeout", Seconds("dhcp.option.arp_cache_timeout");
    36 => "Ethernet encapsulation", Bool("dhcp.option.ethernet_encapsulation");
    37 => "TCP default time to live", Byte("dhcp.option.tcp_default_ttl");
    38 => "TCP keepalive interval", Seconds("dhcp.option.tcp_keepalive_interval");
    39 => "TCP keepalive garbage", Bool("dhcp.option.tcp_keepalive_garbage");
    40 => "NIS domain", Text("dhcp.option.nis_domain");
    41 => "NIS server", Addresses("dhcp.option.nis_server");
    42 => "NTP server", Addresses("dhcp.option.ntp_server");
    43 => "Vendor-specific information", Special;
    44 => "NetBIOS name server", Addresses("dhcp.option.netbios_over_tcpip_name_server");
    45 => "NetBIOS datagram distribution server", Addresses("dhcp.option.netbios_over_tcpip_dd_name_server");
    46 => "NetBIOS node type", Byte("dhcp.option.netbios_over_tcpip_node_type");
    47 => "NetBIOS scope", Text("dhcp.option.netbios_over_tcpip_scope");
    48 => "X Window font server", Addresses("dhcp.option.xwindows_system_font_server");
    49 => "X Window display manager", Addresses("dhcp.option.xwindows_system_display_manager");
    50 => "Requested address", Address("dhcp.option.requested_ip_address");
    51 => "Lease time", Seconds("dhcp.option.ip_address_lease_time");
    52 => "Option overload", Special;
    53 => "Message type", Special;
    54 => "Server identifier", Address("dhcp.option.dhcp_server_id");
    55 => "Parameter request list", Special;
    56 => "Message", Text("dhcp.option.message");
    57 => "Maximum message size", Short("dhcp.option.dhcp_max_message_size");
    58 => "Renewal time", Seconds("dhcp.option.renewal_time_value");
    59 => "Rebinding time", Seconds("dhcp.option.rebinding_time_value");
    60 => "Vendor class identifier", Text("dhcp.option.vendor_class_id");
    61 => "Client identifier", Special;
    62 => "NetWare/IP domain", Opaque;
    63 => "NetWare/IP information", Special;
    64 => "NIS+ domain", Text("dhcp.option.nis_plus_domain");
    65 => "NIS+ server", Addresses("dhcp.option.nis_plus_server");
    66 => "TFTP server name", Text("dhcp.option.tftp_server_name");
    67 => "Boot file name", Text("dhcp.option.bootfile_name");
    68 => "Mobile IP home agent", Addresses("dhcp.option.mobile_ip_home_agent");
    69 => "SMTP server", Addresses("dhcp.option.smtp_server");
    70 => "POP3 server", Addresses("dhcp.option.pop3_server");
    71 => "NNTP server", Addresses("dhcp.option.nntp_server");
    72 => "WWW server", Addresses("dhcp.option.default_www_server");
    73 => "Finger server", Addresses("dhcp.option.default_finger_server");
    74 => "IRC server", Addresses("dhcp.option.default_irc_server");
    75 => "StreetTalk server", Addresses("dhcp.option.streettalk_server");
    76 => "StreetTalk directory assistance server", Addresses("dhcp.option.streettalk_da_server");
    77 => "User class", Special;
    78 => "SLP directory agent", Special;
    79 => "SLP service scope", Special;
    80 => "Rapid commit", Opaque;
    81 => "Client's full domain name", Special;
    82 => "Relay agent information", Special;
    83 => "iSNS", Special;
    85 => "NDS servers", Special;
    86 => "NDS tree name", Text("dhcp.option.novell_ds_tree_name");
    87 => "NDS context", Text("dhcp.option.novell_ds_context");
    90 => "Authentication", Special;
    91 => "Client's last transaction time", Seconds("dhcp.option.client_last_transaction_time");
    92 => "Associated addresses", Addresses("dhcp.option.associated_ip_option");
    93 => "Client system architecture", Special;
    94 => "Client network interface", Special;
    97 => "Client machine identifier", Special;
    99 => "Civic location", Special;
    100 => "Time zone, POSIX", Text("dhcp.option.tz_pcode");
    101 => "Time zone, database", Text("dhcp.option.tz_tcode");
    108 => "IPv6-only preferred", Opaque;
    112 => "NetInfo address", Addresses("dhcp.option.netinfo_parent_server_address");
    113 => "NetInfo tag", Text("dhcp.option.netinfo_parent_server_tag");
    114 => "Captive portal", Text("dhcp.option.captive_portal");
    116 => "Auto-configuration", Byte("dhcp.option.dhcp_auto_configuration");
    117 => "Name service search", Special;
    118 => "Subnet selection", Addresses("dhcp.option.subnet_selection_option");
    119 => "Domain search", Special;
    120 => "SIP servers", Special;
    121 => "Classless static route", Special;
    122 => "CableLabs client configuration", Special;
    123 => "Coordinates", Special;
    124 => "Vendor-identifying vendor class", Special;
    125 => "Vendor-identifying information", Special;
    136 => "PANA agent", Addresses("dhcp.option.pana_agent");
    137 => "LoST server", Text("dhcp.option.lost_server_domain_name");
    138 => "CAPWAP access controller", Addresses("dhcp.option.capwap_access_controller");
    142 => "ANDSF server", Addresses("dhcp.option.andsf_server");
    145 => "Force-renew nonce", Bytes("dhcp.option.forcerenew_nonce.algorithm");
    150 => "TFTP server address", Addresses("dhcp.option.tftp_server_address");
    151 => "Lease query status", Special;
    152 => "Lease query base time", Time("dhcp.option.bulk_lease.base_time");
    153 => "Lease query state time", Long("dhcp.option.bulk_lease.start_time_of_state");
    154 => "Lease query start", Time("dhcp.option.bulk_lease.query_start_time");
    155 => "Lease query end", Time("dhcp.option.bulk_lease.query_end_time");
    156 => "Lease query state", Byte("dhcp.option.bulk_lease.dhcp_state");
    157 => "Lease query data source", Bool("dhcp.option.bulk_lease.data_source");
    159 => "Port parameters", Special;
    160 => "Captive portal", Text("dhcp.option.captive_portal");
    161 => "Manufacturer usage description", Text("dhcp.option.mudurl");
    209 => "PXE configuration file", Text("dhcp.option.pxe_config_file");
    210 => "PXE path prefix", Text("dhcp.option.pxe_path_prefix");
    212 => "6RD", Special;
    249 => "Classless static route (Microsoft)", Special;
    252 => "Proxy autodiscovery", Text("dhcp.option.private_proxy_autodiscovery");
    254 => "Private use", Opaque;
    255 => "End", Special;
};

/// The name and contents of every option, by its number.
#[allow(
    clippy::indexing_slicing,
    reason = "the compiler runs it, and would refuse a place that is not there"
)]
static KNOWN: [(&str, Holds); 256] = {
    let mut known = [("Unassigned", Opaque); 256];
    let (_, private) = known.split_at_mut(224);
    let mut at = 0;
    while at < private.len() {
        private[at] = ("Private use", Opaque);
        at += 1;
    }
    let mut options = OPTIONS;
    while let [(code, name, holds), rest @ ..] = options {
        known[*code as usize] = (name, *holds);
        options = rest;
    }
    known
};

/// Returns the name of an option, and its contents.
pub fn known(code: u8) -> (&'static str, Holds) {
    KNOWN
        .get(usize::from(code))
        .copied()
        .unwrap_or(("", Opaque))
}

/// The name of every option.
#[allow(
    clippy::indexing_slicing,
    reason = "the compiler runs it, and would refuse a place that is not there"
)]
pub const NAMES: [ValueName; 256] = {
    let mut names = [ValueName::one(0, ""); 256];
    let mut code = 0;
    while code < names.len() {
        names[code] = ValueName::one(code as u64, KNOWN[code].0);
        code += 1;
    }
    names
};
