//! Finding records again in damaged bytes: only a chain of headers that lead to one another counts.
//!
//! Twelve bytes that look like a header are found in any file. Three of them, each where the one
//! before says that it ends, are found by chance in one of 10^20 places.

use super::header::{HEADER, Header};

/// Headers that make a chain, where the input does not end before.
const LINKS: usize = 3;
/// Real records are far shorter; what claims to be longer is no link.
const MAX_LINK: u32 = 1 << 20;

/// Outcome of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Search {
    /// A chain begins here.
    Found(usize),
    /// None begins before here; about here more bytes will tell.
    Undecided(usize),
}

/// Look for the first chain in `bytes` at or after `from`. At the end of the input, a chain may also
/// end with it.
pub fn find(bytes: &[u8], from: usize, at_end: bool) -> Search {
    let mut at = from;
    while let Some(rest) = bytes.get(at..) {
        match is_chain(rest, at_end) {
            Some(true) => return Search::Found(at),
            Some(false) => at += 1,
            None => return Search::Undecided(at),
        }
    }
    Search::Undecided(bytes.len())
}

/// Whether a chain begins with `bytes`; `None` where more of them are needed to tell.
pub fn is_chain(bytes: &[u8], at_end: bool) -> Option<bool> {
    let mut rest = bytes;
    let mut time = None;
    for link in 0..LINKS {
        if rest.is_empty() && at_end {
            return Some(link > 0);
        }
        let Some(header) = Header::parse(rest) else {
            return if at_end { Some(false) } else { None };
        };
        let near = header.is_near(*time.get_or_insert(header.time));
        if !near || !header.is_known() || header.length > MAX_LINK {
            return Some(false);
        }
        let length = HEADER + header.length as usize;
        if link + 1 == LINKS {
            break;
        }
        match rest.get(length..) {
            Some(after) => rest = after,
            None if at_end => return Some(false),
            None => return None,
        }
    }
    Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(time: u32, kind: u16, body: &[u8]) -> Vec<u8> {
        let mut bytes = time.to_be_bytes().to_vec();
        bytes.extend(kind.to_be_bytes());
        bytes.extend(1_u16.to_be_bytes());
        bytes.extend(u32::try_from(body.len()).unwrap().to_be_bytes());
        bytes.extend(body);
        bytes
    }

    #[test]
    fn three_records_are_a_chain_wherever_they_begin() {
        let one = record(1000, 13, b"abcdef");
        let bytes = [b"garbage".as_slice(), &one, &one, &one].concat();
        assert_eq!(find(&bytes, 0, false), Search::Found(7));
        assert_eq!(find(&bytes, 8, false), Search::Undecided(7 + 18));
        assert_eq!(find(&bytes, 8, true), Search::Found(7 + 18));
    }

    #[test]
    fn a_chain_needs_known_types_near_times_and_lengths_that_meet() {
        let good = record(1000, 13, b"abcdef");
        for bad in [
            record(1000, 14, b"x"),
            record(1_000_000, 13, b"x"),
            b"not a header".to_vec(),
        ] {
            let bytes = [good.as_slice(), &bad, &good].concat();
            assert_eq!(is_chain(&bytes, false), Some(false));
        }
    }

    #[test]
    fn at_the_end_a_chain_may_be_shorter_but_not_cut() {
        let one = record(1000, 16, b"abcdef");
        assert_eq!(is_chain(&one, true), Some(true));
        assert_eq!(is_chain(&one, false), None);
        assert_eq!(is_chain(one.get(..15).unwrap(), true), Some(false));
        assert_eq!(is_chain(&[], true), Some(false));
    }
}
