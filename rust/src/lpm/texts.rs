//! Longest matches of a column of text: parsed in batches, each family looked up as one.

use std::net::IpAddr;
use std::ops::Range;

use super::index::Index;
use super::{bulk, wide};
use crate::address_text;
use crate::error::Error;
use crate::prefix::Prefix;

/// Rows parsed before they are looked up.
const BATCH: usize = 64;

/// What a text means that is no address and no prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed {
    /// The lookup fails and names the row.
    Fails,
    /// No match, as a null.
    IsNull,
}

impl Index {
    /// Longest matches of addresses, or prefixes, in text form; -1 where none and for nulls.
    ///
    /// # Errors
    /// The first malformed row, where these fail.
    pub fn lookup_texts<'a, R>(
        &self,
        n: usize,
        rows: impl Fn(Range<usize>) -> R + Sync,
        malformed: Malformed,
    ) -> Result<Vec<i32>, Error>
    where
        R: Iterator<Item = Option<&'a str>>,
    {
        let mut found = vec![0; n];
        bulk::fill::<_, Error>(&mut found, |range, found| {
            let first = range.start;
            let mut texts = rows(range);
            let mut batch = Batch::default();
            for (number, found) in found.chunks_mut(BATCH).enumerate() {
                batch.fill(self, &mut texts, first + number * BATCH, malformed, found)?;
            }
            Ok(())
        })?;
        Ok(found)
    }
}

/// Parse a column of canonical prefixes, on as many threads as the process may use.
///
/// # Errors
/// The first row that is null or no prefix.
pub fn parse_column<'a, R>(
    n: usize,
    rows: impl Fn(Range<usize>) -> R + Sync,
) -> Result<Vec<Prefix>, Error>
where
    R: Iterator<Item = Option<&'a str>>,
{
    let mut parsed = vec![Prefix::DEFAULT_V4; n];
    bulk::fill::<_, Error>(&mut parsed, |range, parsed| {
        let first = range.start;
        for (at, (slot, text)) in parsed.iter_mut().zip(rows(range)).enumerate() {
            *slot = text
                .ok_or_else(|| {
                    Error::prefix("null is not a prefix: expected an address and a length")
                })
                .and_then(str::parse)
                .map_err(|e| Error::prefix(format!("row {}: {e}", first + at)))?;
        }
        Ok(())
    })?;
    Ok(parsed)
}

/// Addresses of one batch by family, with the places their answers go to.
#[derive(Default)]
struct Batch {
    four: Vec<u32>,
    four_at: Vec<usize>,
    six: Vec<[u8; 16]>,
    six_at: Vec<usize>,
    ids: Vec<i32>,
}

impl Batch {
    fn fill<'a>(
        &mut self,
        index: &Index,
        texts: &mut impl Iterator<Item = Option<&'a str>>,
        first: usize,
        malformed: Malformed,
        found: &mut [i32],
    ) -> Result<(), Error> {
        self.clear();
        for (at, (found, text)) in found.iter_mut().zip(texts).enumerate() {
            *found = -1;
            let Some(text) = text else { continue };
            let answer = match address_text::parse(text) {
                Some(IpAddr::V4(address)) => {
                    self.four.push(address.to_bits());
                    self.four_at.push(at);
                    continue;
                }
                Some(IpAddr::V6(address)) => {
                    self.six.push(address.octets());
                    self.six_at.push(at);
                    continue;
                }
                None => index.lookup_text(text),
            };
            match (answer, malformed) {
                (Ok(id), _) => *found = id,
                (Err(_), Malformed::IsNull) => {}
                (Err(error), Malformed::Fails) => {
                    return Err(Error::prefix(format!("row {}: {error}", first + at)));
                }
            }
        }
        self.look_up(index, found);
        Ok(())
    }

    fn look_up(&mut self, index: &Index, found: &mut [i32]) {
        self.ids.clear();
        self.ids.resize(self.four.len() + self.six.len(), -1);
        let (four, six) = self.ids.split_at_mut(self.four.len());
        wide::widely(
            #[inline(always)]
            || index.lookup_batches(&self.four, four, &self.six, six),
        );
        for (at, id) in self.four_at.iter().chain(&self.six_at).zip(&self.ids) {
            if let Some(found) = found.get_mut(*at) {
                *found = *id;
            }
        }
    }

    fn clear(&mut self) {
        self.four.clear();
        self.four_at.clear();
        self.six.clear();
        self.six_at.clear();
    }
}
