//! UPDATE messages (RFC 4271 §4.3, RFC 4760, RFC 7911): which prefixes are announced and withdrawn,
//! and the attribute block of each announcement.
//!
//! ```text
//! UPDATE          length u16 | withdrawn | length u16 | attributes | announced
//! NLRI            [path id u32] | length u8 | prefix
//! MP_REACH_NLRI   AFI u16 | SAFI u8 | length u8 | next hop | reserved u8 | NLRI
//! MP_UNREACH_NLRI AFI u16 | SAFI u8 | NLRI
//! ```
//!
//! An announcement's block is what a RIB dump has of it: without the prefixes, so that the blocks of
//! different prefixes are equal where their routes are.

use super::attributes::{Attribute, walk};
use super::table_dump::left_aligned;
use crate::cursor::Cursor;
use crate::prefix::{Family, Prefix};

/// Address family number of IPv4.
pub const AFI_IPV4: u16 = 1;
const NEXT_HOP: u8 = 3;
const MP_REACH: u8 = 14;
const MP_UNREACH: u8 = 15;
const OPTIONAL: u8 = 0x80;
const EXTENDED_LENGTH: u8 = 0x10;

/// IPv4 or IPv6 by AFI.
pub const fn family_of(afi: u16) -> Option<Family> {
    match afi {
        AFI_IPV4 => Some(Family::V4),
        2 => Some(Family::V6),
        _ => None,
    }
}

/// One prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nlri {
    /// The prefix, host bits masked.
    pub prefix: Prefix,
    /// Whether host bits had to be masked.
    pub host_bits: bool,
    /// ADD-PATH id.
    pub add_path_id: Option<u32>,
}

/// Read the next prefix.
///
/// # Errors
/// What was found instead.
pub fn nlri(c: &mut Cursor<'_>, family: Family, add_path: bool) -> Result<Nlri, String> {
    let cut = || "the message ends inside a prefix".to_owned();
    let add_path_id = if add_path {
        Some(c.u32().ok_or_else(cut)?)
    } else {
        None
    };
    let length = c.u8().ok_or_else(cut)?;
    if length > family.bits() {
        return Err(format!(
            "prefix length {length}, expected at most {}",
            family.bits()
        ));
    }
    let octets = c.take(usize::from(length).div_ceil(8)).ok_or_else(cut)?;
    let (prefix, host_bits) = Prefix::masked(family, left_aligned(octets), length);
    Ok(Nlri {
        prefix,
        host_bits,
        add_path_id,
    })
}

/// Path ids of routers count up from 0 or 1; larger ones are not guessed.
const MAX_UNMARKED: u32 = 0xffff;

/// Whether a field is prefixes with path ids although its record does not say so: it closes with them
/// and not without, and they are small. Collectors that negotiated ADD-PATH before RFC 8050 wrote such
/// records. A field of which one octet is damaged may close as well, but what it has in the place of
/// path ids then are lengths and octets of prefixes, which make large numbers.
pub fn has_unmarked_path_ids(field: &[u8], family: Family) -> bool {
    let closes = |add_path| {
        let mut c = Cursor::new(field);
        while !c.is_empty() {
            let found = nlri(&mut c, family, add_path);
            if !found.is_ok_and(|f| f.add_path_id.unwrap_or_default() <= MAX_UNMARKED) {
                return false;
            }
        }
        true
    };
    !closes(false) && closes(true)
}

/// The parts of an UPDATE, as far as they are there.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Update<'a> {
    /// IPv4 prefixes withdrawn.
    pub withdrawn: &'a [u8],
    /// Path attributes; `None` where they are cut, so that nothing can be announced.
    pub attributes: Option<&'a [u8]>,
    /// IPv4 prefixes announced.
    pub announced: &'a [u8],
}

/// Cut the body of an UPDATE into its parts.
///
/// Where the record does not hold all of the message (`is_cut`), withdrawals before the cut are kept
/// (RFC 7606 §3: they are never ignored). Otherwise a length that runs past the message is a lie, and
/// what follows it could be anything. [`Update::attributes`] says whether there was either.
pub fn update(body: &[u8], is_cut: bool) -> Update<'_> {
    let mut c = Cursor::new(body);
    let Some(withdrawn) = field(&mut c) else {
        return Update {
            withdrawn: if is_cut { c.rest() } else { &[] },
            ..Update::default()
        };
    };
    let attributes = field(&mut c);
    Update {
        withdrawn,
        attributes,
        announced: attributes.map_or(&[], |_| c.rest()),
    }
}

/// A field with its length before it.
fn field<'a>(c: &mut Cursor<'a>) -> Option<&'a [u8]> {
    let length = c.u16()?;
    c.take(usize::from(length))
}

/// Prefixes of an MP_REACH_NLRI or MP_UNREACH_NLRI attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Multiprotocol<'a> {
    /// Address family.
    pub afi: u16,
    /// Subsequent address family: 1 unicast, 2 multicast, …
    pub safi: u8,
    /// Next hop; empty in MP_UNREACH_NLRI.
    pub next_hop: &'a [u8],
    /// Prefixes.
    pub nlri: &'a [u8],
}

/// The announcements (MP_REACH_NLRI) or else the withdrawals (MP_UNREACH_NLRI) that stand among the
/// attributes of an UPDATE, in order; `None` for one whose lengths do not close.
pub fn multiprotocol(
    block: &[u8],
    announcements: bool,
) -> impl Iterator<Item = Option<Multiprotocol<'_>>> {
    walk(block)
        .flatten()
        .filter_map(move |a| match (a.code, announcements) {
            (MP_REACH, true) => Some(reach(a.value)),
            (MP_UNREACH, false) => Some(unreach(a.value)),
            _ => None,
        })
}

fn reach(value: &[u8]) -> Option<Multiprotocol<'_>> {
    let mut c = Cursor::new(value);
    let (afi, safi) = (c.u16()?, c.u8()?);
    let length = usize::from(c.u8()?);
    let next_hop = c.take(length)?;
    // Ignored on receipt (RFC 4760 §3).
    let _reserved = c.u8()?;
    Some(Multiprotocol {
        afi,
        safi,
        next_hop,
        nlri: c.rest(),
    })
}

fn unreach(value: &[u8]) -> Option<Multiprotocol<'_>> {
    let mut c = Cursor::new(value);
    Some(Multiprotocol {
        afi: c.u16()?,
        safi: c.u8()?,
        next_hop: &[],
        nlri: c.rest(),
    })
}

/// Whether an attribute carries prefixes.
const fn carries_prefixes(attribute: &Attribute<'_>) -> bool {
    matches!(attribute.code, MP_REACH | MP_UNREACH)
}

/// Write to `out` the block of the prefixes after the attributes: those without MP_REACH_NLRI and
/// MP_UNREACH_NLRI. Returns whether all lengths close.
pub fn classic_block(block: &[u8], out: &mut Vec<u8>) -> bool {
    out.clear();
    copy_unless(block, out, carries_prefixes)
}

/// Write to `out` the block of the prefixes in an MP_REACH_NLRI: its next hop in the abbreviated form
/// of RFC 6396 §4.3.4 first, then the other attributes without NEXT_HOP, which is not theirs
/// (RFC 4760 §3). Returns whether all lengths close.
pub fn multiprotocol_block(block: &[u8], next_hop: &[u8], out: &mut Vec<u8>) -> bool {
    out.clear();
    abbreviated(next_hop, out);
    copy_unless(block, out, |a| carries_prefixes(a) || a.code == NEXT_HOP)
}

/// Append an MP_REACH_NLRI of only a next hop, whose length one octet has told.
fn abbreviated(next_hop: &[u8], out: &mut Vec<u8>) {
    let Ok(length) = u8::try_from(next_hop.len()) else {
        return;
    };
    let [high, low] = (u16::from(length) + 1).to_be_bytes();
    out.extend([OPTIONAL | EXTENDED_LENGTH, MP_REACH, high, low, length]);
    out.extend_from_slice(next_hop);
}

/// Write to `out` the block of a BGP4MP_ENTRY record, whose next hop stands apart.
pub fn entry_block(block: &[u8], next_hop: &[u8], out: &mut Vec<u8>) {
    out.clear();
    abbreviated(next_hop, out);
    out.extend_from_slice(block);
}

fn copy_unless(block: &[u8], out: &mut Vec<u8>, leave: impl Fn(&Attribute<'_>) -> bool) -> bool {
    for attribute in walk(block) {
        let Some(attribute) = attribute else {
            return false;
        };
        if !leave(&attribute) {
            out.extend_from_slice(attribute.whole);
        }
    }
    true
}
