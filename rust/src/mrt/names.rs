//! Names of MRT types and subtypes, as the IANA registry spells them.

use std::borrow::Cow;

/// Name of a record's type and subtype for the receipt.
pub fn record_name(kind: u16, subtype: u16) -> Cow<'static, str> {
    let name = match (kind, subtype) {
        (12, 1) => "TABLE_DUMP/AFI_IPv4",
        (12, 2) => "TABLE_DUMP/AFI_IPv6",
        (13, 1) => "TABLE_DUMP_V2/PEER_INDEX_TABLE",
        (13, 2) => "TABLE_DUMP_V2/RIB_IPV4_UNICAST",
        (13, 3) => "TABLE_DUMP_V2/RIB_IPV4_MULTICAST",
        (13, 4) => "TABLE_DUMP_V2/RIB_IPV6_UNICAST",
        (13, 5) => "TABLE_DUMP_V2/RIB_IPV6_MULTICAST",
        (13, 6) => "TABLE_DUMP_V2/RIB_GENERIC",
        (13, 7) => "TABLE_DUMP_V2/GEO_PEER_TABLE",
        (13, 8) => "TABLE_DUMP_V2/RIB_IPV4_UNICAST_ADDPATH",
        (13, 9) => "TABLE_DUMP_V2/RIB_IPV4_MULTICAST_ADDPATH",
        (13, 10) => "TABLE_DUMP_V2/RIB_IPV6_UNICAST_ADDPATH",
        (13, 11) => "TABLE_DUMP_V2/RIB_IPV6_MULTICAST_ADDPATH",
        (13, 12) => "TABLE_DUMP_V2/RIB_GENERIC_ADDPATH",
        (16 | 17, _) => return bgp4mp(kind, subtype),
        (5, 0) => "BGP/BGP_NULL",
        (5, 1) => "BGP/BGP_UPDATE",
        (5, 2) => "BGP/BGP_PREF_UPDATE",
        (5, 3) => "BGP/BGP_STATE_CHANGE",
        (5, 4) => "BGP/BGP_SYNC",
        (5, 5) => "BGP/BGP_OPEN",
        (5, 6) => "BGP/BGP_NOTIFY",
        (5, 7) => "BGP/BGP_KEEPALIVE",
        (5, _) => return format!("BGP/{subtype}").into(),
        (11, _) => return format!("OSPFv2/{subtype}").into(),
        (12, _) => return format!("TABLE_DUMP/{subtype}").into(),
        (13, _) => return format!("TABLE_DUMP_V2/{subtype}").into(),
        (32, _) => return format!("ISIS/{subtype}").into(),
        (33, _) => return format!("ISIS_ET/{subtype}").into(),
        (48, _) => return format!("OSPFv3/{subtype}").into(),
        (49, _) => return format!("OSPFv3_ET/{subtype}").into(),
        _ => return format!("TYPE_{kind}/{subtype}").into(),
    };
    name.into()
}

fn bgp4mp(kind: u16, subtype: u16) -> Cow<'static, str> {
    let family = if kind == 17 { "BGP4MP_ET" } else { "BGP4MP" };
    let name = match subtype {
        0 => "BGP4MP_STATE_CHANGE",
        1 => "BGP4MP_MESSAGE",
        2 => "BGP4MP_ENTRY",
        3 => "BGP4MP_SNAPSHOT",
        4 => "BGP4MP_MESSAGE_AS4",
        5 => "BGP4MP_STATE_CHANGE_AS4",
        6 => "BGP4MP_MESSAGE_LOCAL",
        7 => "BGP4MP_MESSAGE_AS4_LOCAL",
        8 => "BGP4MP_MESSAGE_ADDPATH",
        9 => "BGP4MP_MESSAGE_AS4_ADDPATH",
        10 => "BGP4MP_MESSAGE_LOCAL_ADDPATH",
        11 => "BGP4MP_MESSAGE_AS4_LOCAL_ADDPATH",
        _ => return format!("{family}/{subtype}").into(),
    };
    format!("{family}/{name}").into()
}

/// Name of an address family and its subsequent family, as the IANA registries spell them.
pub fn family_name(afi: u16, safi: u8) -> Cow<'static, str> {
    let family = match afi {
        1 => "IPv4",
        2 => "IPv6",
        25 => "L2VPN",
        16388 => "BGP-LS",
        _ => return format!("AFI {afi} SAFI {safi}").into(),
    };
    let sub = match safi {
        1 => "unicast",
        2 => "multicast",
        4 => "labeled unicast",
        5 => "MCAST-VPN",
        65 => "VPLS",
        66 => "BGP-MDT",
        70 => "EVPN",
        71 => "BGP-LS",
        72 => "BGP-LS VPN",
        73 => "SR policy",
        128 => "VPN unicast",
        129 => "VPN multicast",
        132 => "route target constraints",
        133 => "flow specification",
        134 => "VPN flow specification",
        _ => return format!("{family} SAFI {safi}").into(),
    };
    format!("{family} {sub}").into()
}

/// Name of a BGP message type.
pub fn message_name(kind: u8) -> Cow<'static, str> {
    match kind {
        1 => "OPEN".into(),
        2 => "UPDATE".into(),
        3 => "NOTIFICATION".into(),
        4 => "KEEPALIVE".into(),
        5 => "ROUTE-REFRESH".into(),
        _ => format!("TYPE_{kind}").into(),
    }
}
