//! The MRT common header (RFC 6396 §2).
//!
//! ```text
//! 0      4    6       8        12
//! +------+----+-------+--------+----------------
//! | time |type|subtype| length | length octets …
//! +------+----+-------+--------+----------------
//! ```

use crate::cursor::Cursor;

/// Octets of the common header.
pub const HEADER: usize = 12;
/// No real record comes near this; a longer one is damaged framing.
pub const MAX_RECORD: u32 = 64 << 20;
/// Records of one file are written within hours; two that are further apart are not neighbours.
const MAX_SECONDS: u32 = 2 * 86_400;

/// A common header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Seconds since 1970.
    pub time: u32,
    /// MRT type.
    pub kind: u16,
    /// MRT subtype.
    pub subtype: u16,
    /// Octets after the header.
    pub length: u32,
}

impl Header {
    /// Read a header from the start of `bytes`.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let mut c = Cursor::new(bytes);
        Some(Self {
            time: c.u32()?,
            kind: c.u16()?,
            subtype: c.u16()?,
            length: c.u32()?,
        })
    }

    /// Whether type and subtype are defined by RFC 6396 and 8050, or by its predecessors for BGP.
    pub const fn is_known(&self) -> bool {
        match self.kind {
            5 => self.subtype <= 7,
            12 => matches!(self.subtype, 1 | 2),
            13 => matches!(self.subtype, 1..=12),
            16 | 17 => self.subtype <= 11,
            11 | 32 | 33 | 48 | 49 => self.subtype == 0,
            _ => false,
        }
    }

    /// Whether a record may stand beside one of this time.
    pub const fn is_near(&self, time: u32) -> bool {
        self.time.abs_diff(time) <= MAX_SECONDS
    }

    /// Whether a file can begin with this header.
    pub const fn can_begin_a_file(&self) -> bool {
        matches!(self.kind, 5 | 11..=13 | 16 | 17 | 32 | 33 | 48 | 49) && self.length <= MAX_RECORD
    }
}
