//! Attribute blocks to distinct AS paths and distinct attribute sets.

use std::collections::HashMap;
use std::mem;
use std::ops::Range;

use arrow_schema::ArrowError;

use super::attribute_columns::AttributeColumns;
use super::decoder::RecordType;
use super::intern::{Interner, Key, Keyed};
use super::path_columns::PathColumns;
use super::quirks::{Quirk, Quirks};
use crate::as_path;
use crate::mrt::attributes::{self, Split};

/// The tables that grow with every new block.
#[derive(Default)]
pub struct Distinct {
    /// AS path and attribute set of every block, in order of arrival.
    pub ids: Vec<(u32, u32)>,
    /// Rows of `as_paths`.
    pub paths: PathColumns,
    /// Rows of `attributes`.
    pub attributes: AttributeColumns,
    /// Deviations met.
    pub quirks: Quirks,
    keyed: Keyed,
    path_ids: Interner,
    set_ids: Interner,
    /// Quirks of the sets that have any, counted again for every block the set appears in.
    set_quirks: HashMap<u32, Quirks>,
    pieces: Pieces,
}

/// Some blocks, taken apart.
#[derive(Default)]
struct Pieces {
    /// Canonical paths and remaining attributes, end to end.
    paths: Vec<u8>,
    rests: Vec<u8>,
    of_block: Vec<Piece>,
}

struct Piece {
    path: Range<usize>,
    path_key: Key,
    rest: Range<usize>,
    rest_key: Key,
}

impl Distinct {
    /// Take checked blocks. Several at a time, so that their cache misses overlap.
    ///
    /// # Errors
    /// What Arrow says about columns that grow too long.
    pub fn push<'b>(
        &mut self,
        blocks: impl Iterator<Item = (RecordType, &'b [u8])>,
    ) -> Result<(), ArrowError> {
        let mut pieces = mem::take(&mut self.pieces);
        pieces.paths.clear();
        pieces.rests.clear();
        pieces.of_block.clear();
        for (kind, block) in blocks {
            pieces.take_apart(kind, block, self.keyed, &mut self.quirks);
        }
        self.path_ids
            .warm(pieces.of_block.iter().map(|p| p.path_key));
        self.set_ids
            .warm(pieces.of_block.iter().map(|p| p.rest_key));
        for piece in &pieces.of_block {
            let path = pieces.paths.get(piece.path.clone()).unwrap_or_default();
            let rest = pieces.rests.get(piece.rest.clone()).unwrap_or_default();
            let ids = (
                self.path(piece.path_key, path)?,
                self.attribute_set(piece.rest_key, rest)?,
            );
            self.ids.push(ids);
        }
        self.pieces = pieces;
        Ok(())
    }

    fn path(&mut self, key: Key, canonical: &[u8]) -> Result<u32, ArrowError> {
        let next = self.path_ids.next();
        let id = self.path_ids.intern(key, || next);
        if id == next {
            self.paths.push(canonical)?;
        }
        Ok(id)
    }

    fn attribute_set(&mut self, key: Key, rest: &[u8]) -> Result<u32, ArrowError> {
        let next = self.set_ids.next();
        let id = self.set_ids.intern(key, || next);
        if id == next {
            let mut own = Quirks::default();
            self.attributes.push(&attributes::decode(rest, &mut own))?;
            if !own.is_empty() {
                self.set_quirks.insert(id, own);
            }
        }
        if !self.set_quirks.is_empty()
            && let Some(own) = self.set_quirks.get(&id)
        {
            self.quirks.merge(own);
        }
        Ok(id)
    }
}

impl Pieces {
    fn take_apart(&mut self, kind: RecordType, block: &[u8], keyed: Keyed, quirks: &mut Quirks) {
        let (path, rest) = (self.paths.len(), self.rests.len());
        // Blocks come here checked, so there is always a split and a path.
        if let Some(split) = attributes::split(block, &mut self.rests, quirks) {
            canonical_path(kind, &split, &mut self.paths, quirks);
        }
        let bytes = |of: &[u8], range: &Range<usize>, domain| {
            keyed.key(domain, of.get(range.clone()).unwrap_or_default())
        };
        let (path, rest) = (path..self.paths.len(), rest..self.rests.len());
        self.of_block.push(Piece {
            path_key: bytes(&self.paths, &path, 0),
            // Attributes decode a little differently by record type.
            rest_key: bytes(&self.rests, &rest, kind as u8),
            path,
            rest,
        });
    }
}

/// Append the canonical form of the AS path of a block.
fn canonical_path(kind: RecordType, split: &Split<'_>, out: &mut Vec<u8>, quirks: &mut Quirks) {
    let start = out.len();
    let Some(wire) = split.as_path else {
        quirks.add(Quirk::MissingAsPath, 1);
        return;
    };
    let [width, other] = kind.as_widths();
    let mut empty = as_path::canonicalise(wire, width, out);
    let as_told = empty.is_some();
    if !as_told {
        out.truncate(start);
        empty = as_path::canonicalise(wire, other, out);
        let quirk = if other == 2 {
            Quirk::AsPath2Octet
        } else {
            Quirk::AsPath4Octet
        };
        quirks.add(quirk, 1);
    }
    quirks.add(Quirk::EmptySegment, u64::from(empty.unwrap_or_default()));
    let Some(as4) = split.as4_path else {
        return;
    };
    let mut as4_canonical = Vec::new();
    let counts = kind == RecordType::TableDump && as_told && !split.is_as4_stale();
    let merged = counts
        .then(|| as_path::canonicalise(as4, 4, &mut as4_canonical))
        .flatten()
        .and_then(|_| as_path::merge_as4(out.get(start..).unwrap_or_default(), &as4_canonical));
    let Some(merged) = merged else {
        quirks.add(Quirk::As4PathIgnored, 1);
        return;
    };
    quirks.add(Quirk::As4PathMerged, 1);
    out.truncate(start);
    out.extend(merged);
}
