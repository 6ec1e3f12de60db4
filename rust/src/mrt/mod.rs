//! The MRT format (RFC 6396, RFC 8050): record framing, names, RIB records, BGP
//! messages, path attributes.

pub mod attributes;
pub mod bgp4mp;
pub mod chain;
pub mod geo_peer_table;
pub mod header;
pub mod names;
pub mod table_dump;
pub mod table_dump_v1;
pub mod update;
