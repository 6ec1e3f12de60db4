//! TABLE_DUMP records (RFC 6396 §4.2).
//!
//! ```text
//! TABLE_DUMP   view u16 | sequence u16 | routes …
//!   route      prefix | length u8 | status u8 | originated u32 | peer IP | peer AS u16
//!              | length u16 | attributes
//! ```
//!
//! The RFC puts one route into a record. The dumps of RIS of 1999 and 2000 have many, and their
//! records say a length that leaves out view and sequence number.

use std::net::IpAddr;

use super::table_dump::{address, left_aligned};
use crate::cursor::Cursor;
use crate::prefix::{Family, Prefix};

/// Octets of view and sequence number.
pub const HEAD: usize = 4;

/// One route of a TABLE_DUMP record.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct TableDump<'a> {
    pub prefix: Prefix,
    pub host_bits: bool,
    pub originated_time: u32,
    pub peer_address: IpAddr,
    pub peer_as: u32,
    pub attributes: &'a [u8],
}

/// Read the next route; the error says what was found instead.
///
/// # Errors
/// The prefix length is too long for the family, or the record is cut.
pub fn table_dump<'a>(c: &mut Cursor<'a>, family: Family) -> Result<TableDump<'a>, String> {
    let cut = || "the record ends inside its route".to_owned();
    let octets = c.take(usize::from(family.bits() / 8)).ok_or_else(cut)?;
    let length = c.u8().ok_or_else(cut)?;
    if length > family.bits() {
        return Err(format!(
            "prefix length {length}, expected at most {}",
            family.bits()
        ));
    }
    let (prefix, host_bits) = Prefix::masked(family, left_aligned(octets), length);
    c.u8().ok_or_else(cut)?; // status, always 1
    let originated_time = c.u32().ok_or_else(cut)?;
    let peer_address = address(c, family).ok_or_else(cut)?;
    let peer_as = u32::from(c.u16().ok_or_else(cut)?);
    let attributes_length = usize::from(c.u16().ok_or_else(cut)?);
    Ok(TableDump {
        prefix,
        host_bits,
        originated_time,
        peer_address,
        peer_as,
        attributes: c.take(attributes_length).ok_or_else(cut)?,
    })
}

/// Routes that stand one behind the other in a record, and where the last one says that it ends:
/// beyond the record, if that is cut. Only routes with attributes count, so that zeros are none.
fn routes(body: &[u8], family: Family) -> (usize, usize) {
    let octets = usize::from(family.bits() / 8);
    let (mut count, mut end) = (0, HEAD);
    while end < body.len() {
        let length_at = end + 2 * octets + 8;
        let Some([high, low]) = body.get(length_at..length_at + 2) else {
            break;
        };
        let attributes = usize::from(u16::from_be_bytes([*high, *low]));
        let length = body.get(end + octets).copied().unwrap_or_default();
        if attributes == 0 || length > family.bits() {
            break;
        }
        count += 1;
        end = length_at + 2 + attributes;
    }
    (count, end)
}

/// Number of routes that fill the record, at least one.
pub fn n_routes(body: &[u8], family: Family) -> usize {
    match routes(body, family) {
        (n, end) if end == body.len() => n.max(1),
        _ => 1,
    }
}

/// Whether the length of the record leaves out view and sequence number: its last route ends so many
/// octets behind it.
pub fn is_short(body: &[u8], family: Family) -> bool {
    let (n, end) = routes(body, family);
    n > 0 && end == body.len() + HEAD
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(attributes: &[u8]) -> Vec<u8> {
        let mut bytes = vec![10, 0, 0, 0, 8, 1, 0, 0, 0, 0, 192, 0, 2, 1, 0, 1, 0];
        bytes.push(u8::try_from(attributes.len()).unwrap());
        bytes.extend(attributes);
        bytes
    }

    #[test]
    fn routes_fill_a_record_or_are_one() {
        let one = [[0; HEAD].as_slice(), &route(b"abc")].concat();
        let two = [one.as_slice(), &route(b"de")].concat();
        let zeros = [one.as_slice(), &[0; 18]].concat();
        for (n, body) in [(1, &one), (2, &two), (1, &zeros), (1, &Vec::new())] {
            assert_eq!(n, n_routes(body, Family::V4));
            assert!(!is_short(body, Family::V4));
        }
    }

    #[test]
    fn a_record_is_short_by_its_head_alone() {
        let body = [[0; HEAD].as_slice(), &route(b"abc"), &route(b"defgh")].concat();
        for cut in 1..8 {
            let short = body.get(..body.len() - cut).unwrap();
            assert_eq!(cut == HEAD, is_short(short, Family::V4));
            assert_eq!(1, n_routes(short, Family::V4));
        }
    }
}
