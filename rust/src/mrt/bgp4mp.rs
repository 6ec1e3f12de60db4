//! BGP4MP records (RFC 6396 §4.4, RFC 8050 §3), their old RIB entries, and MRT type 5, from which
//! BGP4MP came (RFC 6396 appendix B).
//!
//! ```text
//! BGP4MP        [microseconds u32] | peer AS | local AS | interface u16 | AFI u16 | peer IP | local IP
//!               | MESSAGE: a BGP message        | STATE_CHANGE: old u16, new u16
//!               | ENTRY: view u16 | status u16 | originated u32 | AFI u16 | SAFI u8 | length u8
//!                 | next hop | prefix | length u16 | attributes
//! BGP (type 5)  peer AS u16 | peer IPv4 | UPDATE …: local AS u16 | local IPv4 | body of the message
//!                                       | STATE_CHANGE: old u16, new u16
//! BGP message   marker, 16 octets of 255 | length u16 | type u8 | body
//! ```

use std::net::{IpAddr, Ipv4Addr};

use super::table_dump::address;
use super::update::{Nlri, family_of, nlri};
use crate::cursor::Cursor;
use crate::prefix::Family;

/// An end of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Neighbour {
    /// AS.
    pub asn: u32,
    /// Address.
    pub address: IpAddr,
}

/// Both ends of a session, as a record names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Session {
    /// The far end.
    pub peer: Neighbour,
    /// The near end.
    pub local: Neighbour,
}

impl Session {
    /// The session as the other end names it.
    #[must_use]
    pub const fn swapped(self) -> Self {
        Self {
            peer: self.local,
            local: self.peer,
        }
    }
}

/// The ends that a record names.
#[derive(Debug, Clone, Copy)]
pub struct Ends {
    /// The far end.
    pub peer: Neighbour,
    /// Both of them, where the record has the addresses.
    pub session: Option<Session>,
}

impl From<Neighbour> for Ends {
    fn from(peer: Neighbour) -> Self {
        Self {
            peer,
            session: None,
        }
    }
}

/// What a record says.
#[derive(Debug)]
pub enum Content<'a> {
    /// A BGP message.
    Message(Message<'a>),
    /// A session went from one state of RFC 4271 §8.2.2 to another.
    StateChange {
        /// State before.
        old: u8,
        /// State now.
        new: u8,
    },
}

/// A BGP message.
#[derive(Debug)]
pub struct Message<'a> {
    /// 1 OPEN, 2 UPDATE, 3 NOTIFICATION, 4 KEEPALIVE, 5 ROUTE-REFRESH.
    pub kind: u8,
    /// What follows the type.
    pub body: &'a [u8],
    /// Octets that the message declares and the record does not hold.
    pub missing: usize,
    /// Whether the record goes on after the message.
    pub trailing: usize,
}

/// What the subtype says of the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    /// A STATE_CHANGE rather than a message.
    pub is_state_change: bool,
    /// Octets of an AS number, 2 or 4.
    pub as_width: usize,
    /// Sent to the peer rather than received from it.
    pub is_local: bool,
    /// Whether prefixes come with path ids.
    pub add_path: bool,
}

impl Form {
    /// Form of a BGP4MP subtype; `None` for those that are no message and no state change.
    pub const fn of(subtype: u16) -> Option<Self> {
        let (is_state_change, as_width, is_local, add_path) = match subtype {
            0 => (true, 2, false, false),
            1 => (false, 2, false, false),
            4 => (false, 4, false, false),
            5 => (true, 4, false, false),
            6 => (false, 2, true, false),
            7 => (false, 4, true, false),
            8 => (false, 2, false, true),
            9 => (false, 4, false, true),
            10 => (false, 2, true, true),
            11 => (false, 4, true, true),
            _ => return None,
        };
        Some(Self {
            is_state_change,
            as_width,
            is_local,
            add_path,
        })
    }
}

const CUT: &str = "the record ends inside its head";
/// Octets of the header of a BGP message.
const HEAD: usize = 19;
/// Octets of the longest BGP message (RFC 8654).
const MAX_MESSAGE: usize = 0xffff;

/// Take the microseconds from the front of a BGP4MP_ET record; `None` for a million or more, which are
/// no part of a second.
///
/// # Errors
/// The record is too short for them.
pub fn microseconds(body: &[u8]) -> Result<(Option<u32>, &[u8]), String> {
    let mut c = Cursor::new(body);
    let microseconds = c.u32().ok_or(CUT)?;
    Ok((Some(microseconds).filter(|n| *n < 1_000_000), c.rest()))
}

/// Read a message or state change, the microseconds apart.
///
/// # Errors
/// What was found instead.
pub fn bgp4mp(body: &[u8], form: Form) -> Result<(Ends, Content<'_>), String> {
    let mut c = Cursor::new(body);
    let asn = asn(&mut c, form.as_width).ok_or(CUT)?;
    let local_as = self::asn(&mut c, form.as_width).ok_or(CUT)?;
    // Zebra left interface and addresses out: then the states follow, or the marker of an OPEN.
    let nowhere = Neighbour {
        asn,
        address: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
    };
    if form.is_state_change && body.len() == 8 {
        return Ok((nowhere.into(), states(&mut c)?));
    }
    if !form.is_state_change && c.rest().starts_with(&[0xff; 4]) {
        return Ok((nowhere.into(), message(&mut c)?));
    }
    let (far, near) = addresses(&mut c)?;
    let peer = Neighbour { asn, address: far };
    let local = Neighbour {
        asn: local_as,
        address: near,
    };
    let ends = Ends {
        peer,
        session: Some(Session { peer, local }),
    };
    let content = if form.is_state_change {
        states(&mut c)?
    } else {
        message(&mut c)?
    };
    Ok((ends, content))
}

fn asn(c: &mut Cursor<'_>, width: usize) -> Option<u32> {
    if width == 2 {
        c.u16().map(u32::from)
    } else {
        c.u32()
    }
}

/// Interface, AFI and the two addresses.
fn addresses(c: &mut Cursor<'_>) -> Result<(IpAddr, IpAddr), String> {
    let _interface = c.u16().ok_or(CUT)?;
    let afi = c.u16().ok_or(CUT)?;
    let family =
        family_of(afi).ok_or_else(|| format!("AFI {afi} of the session, expected 1 or 2"))?;
    let first = address(c, family).ok_or(CUT)?;
    Ok((first, address(c, family).ok_or(CUT)?))
}

fn states(c: &mut Cursor<'_>) -> Result<Content<'static>, String> {
    let mut state = || {
        let found = c.u16().ok_or(CUT)?;
        u8::try_from(found).map_err(|_| format!("state {found}, expected at most 255"))
    };
    Ok(Content::StateChange {
        old: state()?,
        new: state()?,
    })
}

fn message<'a>(c: &mut Cursor<'a>) -> Result<Content<'a>, String> {
    let cut = || "the record ends inside the header of its BGP message".to_owned();
    if c.take(16).ok_or_else(cut)? != [0xff; 16] {
        return Err("the BGP message does not begin with its marker of 255s".to_owned());
    }
    let length = usize::from(c.u16().ok_or_else(cut)?);
    let kind = c.u8().ok_or_else(cut)?;
    let Some(length) = length.checked_sub(HEAD) else {
        return Err(format!(
            "BGP message length {length}, expected at least {HEAD}"
        ));
    };
    let rest = c.rest();
    Ok(Content::Message(Message {
        kind,
        body: rest.get(..length).unwrap_or(rest),
        missing: length.saturating_sub(rest.len()),
        trailing: rest.len().saturating_sub(length),
    }))
}

/// Subtypes of MRT type 5 and the BGP messages they hold; the header of the message is left out.
pub const fn legacy_message(subtype: u16) -> Option<u8> {
    match subtype {
        1 => Some(2),
        5 => Some(1),
        6 => Some(3),
        7 => Some(4),
        _ => None,
    }
}

/// Read a record of MRT type 5 that holds a BGP message or, where `kind` is `None`, a state change.
///
/// # Errors
/// What was found instead.
pub fn legacy(body: &[u8], kind: Option<u8>) -> Result<(Ends, Content<'_>), String> {
    let mut c = Cursor::new(body);
    let peer = Neighbour {
        asn: asn(&mut c, 2).ok_or(CUT)?,
        address: address(&mut c, Family::V4).ok_or(CUT)?,
    };
    let Some(kind) = kind else {
        return Ok((peer.into(), states(&mut c)?));
    };
    let _local_end = c.take(6).ok_or(CUT)?;
    let size = HEAD + c.rest().len();
    if size > MAX_MESSAGE {
        return Err(format!(
            "a BGP message of {size} octets, expected at most {MAX_MESSAGE}"
        ));
    }
    let content = Content::Message(Message {
        kind,
        body: c.rest(),
        missing: 0,
        trailing: 0,
    });
    Ok((peer.into(), content))
}

/// A route of a BGP4MP_ENTRY record.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct RibEntry<'a> {
    pub peer: Neighbour,
    pub originated_time: u32,
    pub safi: u8,
    pub route: Nlri,
    pub next_hop: &'a [u8],
    pub attributes: &'a [u8],
    pub trailing: usize,
}

/// Read a BGP4MP_ENTRY record, a RIB entry from before TABLE_DUMP_V2.
///
/// The near end comes first, other than in messages and as RFC 6396 would have it: so does the one
/// implementation that writes such records, OpenBGPD (`dump table-mp`).
///
/// # Errors
/// What was found instead.
pub fn rib_entry(body: &[u8]) -> Result<RibEntry<'_>, String> {
    const CUT: &str = "the record ends inside its route";
    let mut c = Cursor::new(body);
    let _local_as = asn(&mut c, 2).ok_or(CUT)?;
    let peer_as = asn(&mut c, 2).ok_or(CUT)?;
    let (_, peer_address) = addresses(&mut c)?;
    let _view_and_status = c.u32().ok_or(CUT)?;
    let originated_time = c.u32().ok_or(CUT)?;
    let afi = c.u16().ok_or(CUT)?;
    let safi = c.u8().ok_or(CUT)?;
    let family =
        family_of(afi).ok_or_else(|| format!("AFI {afi} of the route, expected 1 or 2"))?;
    let length = usize::from(c.u8().ok_or(CUT)?);
    let next_hop = c.take(length).ok_or(CUT)?;
    let route = nlri(&mut c, family, false)?;
    let length = usize::from(c.u16().ok_or(CUT)?);
    let attributes = c.take(length).ok_or(CUT)?;
    Ok(RibEntry {
        peer: Neighbour {
            asn: peer_as,
            address: peer_address,
        },
        originated_time,
        safi,
        route,
        next_hop,
        attributes,
        trailing: c.rest().len(),
    })
}
