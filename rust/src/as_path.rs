//! AS paths: wire forms, AS4_PATH merge, origin, upstream and length.
//!
//! The canonical form is the four-octet wire form (RFC 6793): segment type, count, ASes. Two paths
//! are the same path exactly when these bytes are equal.

use crate::cursor::Cursor;

/// AS_PATH segment type AS_SET.
pub const AS_SET: u8 = 1;
/// AS_PATH segment type AS_SEQUENCE.
pub const AS_SEQUENCE: u8 = 2;

/// How the origin AS was found; the discriminant is the index in `schema.LABELS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i8)]
pub enum OriginKind {
    /// Last AS of a trailing AS_SEQUENCE.
    Single = 0,
    /// The one member of a trailing AS_SET.
    Set1 = 1,
    /// A trailing AS_SET of several: no origin AS.
    Set = 2,
    /// A trailing confederation segment: originated inside the peer's confederation.
    Confed = 3,
    /// An empty path: originated by the peer itself.
    Local = 4,
}

/// Names of [`OriginKind`], by discriminant.
pub const ORIGIN_KINDS: [&str; 5] = ["single", "set1", "set", "confed", "local"];

/// One segment of a canonical path.
#[derive(Debug, Clone, Copy)]
pub struct Segment<'a> {
    /// 1 AS_SET, 2 AS_SEQUENCE, 3 AS_CONFED_SEQUENCE, 4 AS_CONFED_SET.
    pub kind: u8,
    bytes: &'a [u8],
}

impl<'a> Segment<'a> {
    /// Its ASes in order.
    pub fn ases(&self) -> impl DoubleEndedIterator<Item = u32> + ExactSizeIterator + 'a {
        self.bytes
            .as_chunks::<4>()
            .0
            .iter()
            .map(|c| u32::from_be_bytes(*c))
    }

    /// Number of ASes.
    #[allow(clippy::cast_possible_truncation)] // the wire count is one octet
    pub const fn count(&self) -> u8 {
        (self.bytes.len() / 4) as u8
    }

    /// Whether it is a confederation segment, which stays inside one AS seen from outside.
    pub const fn is_confed(&self) -> bool {
        self.kind > AS_SEQUENCE
    }

    /// Contribution to the path length of RFC 4271 §9.1.2.2 and RFC 5065 §5.3.
    fn path_length(&self) -> usize {
        match self.kind {
            AS_SEQUENCE => usize::from(self.count()),
            AS_SET => 1,
            _ => 0,
        }
    }

    /// The only distinct member of a set, if there is only one.
    fn single_member(&self) -> Option<u32> {
        let mut ases = self.ases();
        let first = ases.next()?;
        ases.all(|a| a == first).then_some(first)
    }
}

/// Segments of a canonical path.
pub fn segments(canonical: &[u8]) -> impl Iterator<Item = Segment<'_>> {
    let mut cursor = Cursor::new(canonical);
    std::iter::from_fn(move || {
        let kind = cursor.u8()?;
        let count = cursor.u8()?;
        let bytes = cursor.take(usize::from(count) * 4)?;
        Some(Segment { kind, bytes })
    })
}

/// Whether the segments of a wire path with ASes of `width` octets close and are of known types.
pub fn closes(wire: &[u8], width: usize) -> bool {
    let mut cursor = Cursor::new(wire);
    while !cursor.is_empty() {
        let (Some(1..=4), Some(count)) = (cursor.u8(), cursor.u8()) else {
            return false;
        };
        if cursor.take(usize::from(count) * width).is_none() {
            return false;
        }
    }
    true
}

/// Append the canonical form of a wire path with ASes of `width` octets (2 or 4).
///
/// Returns the number of empty segments left out, or `None` when the segments do not close or have
/// an unknown type; `out` is then to be discarded.
pub fn canonicalise(wire: &[u8], width: usize, out: &mut Vec<u8>) -> Option<u32> {
    let mut cursor = Cursor::new(wire);
    let mut empty = 0;
    while !cursor.is_empty() {
        let kind = cursor.u8()?;
        let count = cursor.u8()?;
        let ases = cursor.take(usize::from(count) * width)?;
        if !(1..=4).contains(&kind) {
            return None;
        }
        if count == 0 {
            empty += 1;
            continue;
        }
        out.extend([kind, count]);
        if width == 4 {
            out.extend_from_slice(ases);
        } else {
            out.extend(
                ases.as_chunks::<2>()
                    .0
                    .iter()
                    .flat_map(|[h, l]| [0, 0, *h, *l]),
            );
        }
    }
    Some(empty)
}

/// Merge AS4_PATH into AS_PATH (RFC 6793 §4.2.3), both canonical: as many leading ASes of AS_PATH
/// as it is longer, then AS4_PATH. `None` when AS4_PATH is longer and so is to be ignored.
pub fn merge_as4(as_path: &[u8], as4_path: &[u8]) -> Option<Vec<u8>> {
    let length = |p: &[u8]| segments(p).map(|s| s.path_length()).sum::<usize>();
    let mut keep = length(as_path).checked_sub(length(as4_path))?;
    let mut merged = Vec::with_capacity(as_path.len() + as4_path.len());
    for segment in segments(as_path) {
        // Confederation segments that lead, or follow a segment kept whole, are kept too.
        if !segment.is_confed() && keep == 0 {
            break;
        }
        if segment.kind == AS_SEQUENCE
            && let Some(part) = segment.bytes.get(..keep * 4)
            && part.len() < segment.bytes.len()
        {
            push_segment(&mut merged, segment.kind, part);
            break;
        }
        keep -= segment.path_length();
        push_segment(&mut merged, segment.kind, segment.bytes);
    }
    // AS4_PATH must not carry confederation segments (RFC 6793 §6).
    for segment in segments(as4_path).filter(|s| !s.is_confed()) {
        push_segment(&mut merged, segment.kind, segment.bytes);
    }
    Some(merged)
}

fn push_segment(out: &mut Vec<u8>, kind: u8, ases: &[u8]) {
    #[allow(clippy::cast_possible_truncation)] // a part of a segment whose count is one octet
    out.extend([kind, (ases.len() / 4) as u8]);
    out.extend_from_slice(ases);
}

/// What is derived from a canonical path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Derived {
    /// Origin AS, where one AS can be named.
    pub origin_as: Option<u32>,
    /// How it was found.
    pub origin_kind: OriginKind,
    /// The distinct AS left of the origin.
    pub upstream_as: Option<u32>,
    /// RFC 4271 §9.1.2.2 length.
    pub length: u16,
}

/// Origin, upstream and length of a canonical path.
pub fn derive(canonical: &[u8]) -> Derived {
    // Nearly every path is one AS_SEQUENCE; it needs no list of segments.
    let mut rest = segments(canonical);
    if let (Some(only), None) = (rest.next(), rest.next())
        && only.kind == AS_SEQUENCE
    {
        let origin_as = only.ases().next_back();
        return Derived {
            origin_as,
            origin_kind: OriginKind::Single,
            upstream_as: only.ases().rev().find(|a| Some(*a) != origin_as),
            length: u16::from(only.count()),
        };
    }
    let parts: Vec<Segment<'_>> = segments(canonical).collect();
    let length = parts.iter().map(Segment::path_length).sum::<usize>();
    let (origin_as, origin_kind) = match parts.last() {
        None => (None, OriginKind::Local),
        Some(s) if s.is_confed() => (None, OriginKind::Confed),
        Some(s) if s.kind == AS_SEQUENCE => (s.ases().next_back(), OriginKind::Single),
        Some(s) => s
            .single_member()
            .map_or((None, OriginKind::Set), |a| (Some(a), OriginKind::Set1)),
    };
    Derived {
        origin_as,
        origin_kind,
        upstream_as: origin_as.and_then(|origin| upstream(&parts, origin)),
        length: u16::try_from(length).unwrap_or(u16::MAX),
    }
}

fn upstream(parts: &[Segment<'_>], origin: u32) -> Option<u32> {
    for segment in parts.iter().rev().filter(|s| !s.is_confed()) {
        if segment.kind == AS_SEQUENCE {
            if let Some(found) = segment.ases().rev().find(|a| *a != origin) {
                return Some(found);
            }
        } else {
            match segment.single_member() {
                Some(member) if member == origin => {}
                single => return single,
            }
        }
    }
    None
}

/// Reserved ASNs (RFC 7607, 6793, 5398, 6996, 7300 and the IANA-reserved block).
pub const fn is_reserved(asn: u32) -> bool {
    matches!(
        asn,
        0 | 23456 | 64496..=131_071 | 4_200_000_000..=u32::MAX
    )
}
