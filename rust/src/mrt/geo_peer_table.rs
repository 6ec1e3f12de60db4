//! GEO_PEER_TABLE (RFC 6397): where the collector and its peers are.
//!
//! ```text
//! collector id u32 | latitude f32 | longitude f32 | count u16 | entries …
//! entry            type u8 | BGP id u32 | latitude f32 | longitude f32
//! ```
//!
//! Entries have neither address nor AS: they stand in the order of the PEER_INDEX_TABLE.

use std::net::Ipv4Addr;

use crate::cursor::Cursor;

/// Latitude and longitude in degrees (WGS 84); `None` is private.
pub type Location = (Option<f32>, Option<f32>);

/// One peer of a GEO_PEER_TABLE.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub struct GeoPeer {
    pub bgp_id: Ipv4Addr,
    pub location: Location,
}

/// Read the peers of a GEO_PEER_TABLE, and whether octets follow them; the error says where it ends.
///
/// # Errors
/// The record is cut.
pub fn geo_peer_table(body: &[u8]) -> Result<(Vec<GeoPeer>, bool), String> {
    let mut c = Cursor::new(body);
    c.take(12).ok_or_else(cut_head)?; // the collector's own id and location
    let declared = usize::from(c.u16().ok_or_else(cut_head)?);
    let mut peers = Vec::with_capacity(declared);
    while peers.len() < declared {
        let peer = geo_peer(&mut c).ok_or_else(|| {
            let read = peers.len();
            format!("the GEO_PEER_TABLE declares {declared} peers and ends after {read}")
        })?;
        peers.push(peer);
    }
    Ok((peers, !c.is_empty()))
}

fn cut_head() -> String {
    "the GEO_PEER_TABLE ends in its head".to_owned()
}

fn geo_peer(c: &mut Cursor<'_>) -> Option<GeoPeer> {
    c.u8()?; // the type says how long address and AS are, which are not there
    Some(GeoPeer {
        bgp_id: Ipv4Addr::from_bits(c.u32()?),
        location: (degrees(c.u32()?), degrees(c.u32()?)),
    })
}

/// NaN stands for a location that is private.
fn degrees(bits: u32) -> Option<f32> {
    Some(f32::from_bits(bits)).filter(|d| !d.is_nan())
}
