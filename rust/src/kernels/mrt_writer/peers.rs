//! The peers of a dump, and where they are.

use std::net::{IpAddr, Ipv4Addr};

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::Float32Type;

use super::super::cells::{text, typed, value, words};
use super::{Result, invalid};

/// The PEER_INDEX_TABLE, and a GEO_PEER_TABLE where the location of any peer is known.
///
/// The collector's BGP id is in no column and so 0.0.0.0; its location is private.
pub(super) fn peer_tables(peers: &RecordBatch, view_name: &str, time: u32) -> Result<Vec<u8>> {
    let name_length = u16::try_from(view_name.len()).map_err(|_| {
        invalid(format!(
            "collector: expected a view name of at most 65535 octets, found {}",
            view_name.len()
        ))
    })?;
    let n_peers = u16::try_from(peers.num_rows()).map_err(|_| {
        invalid(format!(
            "peers: expected at most 65535, which a PEER_INDEX_TABLE can list, found {}",
            peers.num_rows()
        ))
    })?;
    let (latitude, longitude) = (degrees(peers, "latitude")?, degrees(peers, "longitude")?);
    let mut index = vec![0; 4];
    index.extend(name_length.to_be_bytes());
    index.extend(view_name.bytes());
    index.extend(n_peers.to_be_bytes());
    let mut map = vec![0; 4];
    map.extend(f32::NAN.to_be_bytes());
    map.extend(f32::NAN.to_be_bytes());
    map.extend(n_peers.to_be_bytes());
    let peer_as = typed(peers, "peer_as", words)?;
    let ids = addresses(peers)?;
    let locations = latitude.iter().zip(&longitude);
    for (((address, id), asn), (latitude, longitude)) in ids.iter().zip(peer_as).zip(locations) {
        // Bit 0: the address is IPv6; bit 1: the AS has four octets.
        let kind = 2 | u8::from(address.is_ipv6());
        index.push(kind);
        index.extend(id.octets());
        match address {
            IpAddr::V4(a) => index.extend(a.octets()),
            IpAddr::V6(a) => index.extend(a.octets()),
        }
        index.extend(asn.to_be_bytes());
        map.push(kind);
        map.extend(id.octets());
        map.extend(latitude.to_be_bytes());
        map.extend(longitude.to_be_bytes());
    }
    let mut records = record(time, 1, &index);
    if latitude.iter().chain(&longitude).any(|d| !d.is_nan()) {
        records.append(&mut record(time, 7, &map));
    }
    Ok(records)
}

/// Addresses and BGP ids.
fn addresses(peers: &RecordBatch) -> Result<Vec<(IpAddr, Ipv4Addr)>> {
    let peer_ip = typed(peers, "peer_ip", |a| a.as_string_opt::<i32>())?;
    let bgp_id = typed(peers, "bgp_id", |a| a.as_string_opt::<i32>())?;
    let of_row = |row| {
        let address = text(peer_ip, row)?.parse::<IpAddr>().ok()?;
        let id = text(bgp_id, row).map_or(Some(Ipv4Addr::UNSPECIFIED), |t| t.parse().ok())?;
        Some((address, id))
    };
    (0..peers.num_rows())
        .map(|row| {
            of_row(row)
                .ok_or_else(|| invalid(format!("peers row {row}: peer_ip or bgp_id is no address")))
        })
        .collect()
}

/// Degrees; NaN where they are not known, which is also how RFC 6397 says private.
fn degrees(peers: &RecordBatch, name: &str) -> Result<Vec<f32>> {
    let column = typed(peers, name, |a| a.as_primitive_opt::<Float32Type>())?;
    Ok((0..column.len())
        .map(|row| value(column, row).unwrap_or(f32::NAN))
        .collect())
}

fn record(time: u32, subtype: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX);
    let mut record = time.to_be_bytes().to_vec();
    record.extend([0, 13, 0, subtype]);
    record.extend(length.to_be_bytes());
    record.extend_from_slice(body);
    record
}
