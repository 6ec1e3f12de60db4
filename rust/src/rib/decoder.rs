//! Distinct attribute blocks to ids, on a thread of its own.
//!
//! The reader finds that a block is new and that it closes; what it says is decoded here meanwhile.
//! Ids count up in the order in which blocks arrive, so the result does not depend on timing.

use std::collections::HashMap;
use std::mem;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use arrow_schema::ArrowError;

use super::attribute_columns::AttributeColumns;
use super::intern::Interner;
use super::quirks::{Quirk, Quirks};
use crate::as_path;
use crate::mrt::attributes;

/// Blocks handed over at a time.
const CHUNK: usize = 1024;
/// Chunks waiting at most.
const AHEAD: usize = 64;

/// Which record type an entry stands in; attributes decode a little differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecordType {
    /// TABLE_DUMP, ASes of two octets.
    TableDump = 0,
    /// TABLE_DUMP_V2, ASes of four octets.
    TableDumpV2 = 1,
}

impl RecordType {
    /// Name in the `record_type` column.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TableDump => "TABLE_DUMP",
            Self::TableDumpV2 => "TABLE_DUMP_V2",
        }
    }
}

/// Why an attribute block cannot be a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejected {
    /// An attribute length runs past the block.
    Lengths,
    /// AS_PATH segments close in neither width.
    AsPath,
}

/// Whether a block can be a route: its attribute lengths close, and so does its AS path.
///
/// # Errors
/// Which of the two does not.
pub fn check(kind: RecordType, block: &[u8]) -> Result<(), Rejected> {
    let path = attributes::as_path(block).ok_or(Rejected::Lengths)?;
    let closes = path.is_none_or(|wire| {
        let two_octet = || as_path::closes(wire, 2);
        match kind {
            RecordType::TableDump => two_octet(),
            RecordType::TableDumpV2 => as_path::closes(wire, 4) || two_octet(),
        }
    });
    if closes {
        Ok(())
    } else {
        Err(Rejected::AsPath)
    }
}

/// What the blocks were decoded to.
#[derive(Default)]
pub struct Decoded {
    /// AS path and attribute set of every block, in order of arrival.
    pub ids: Vec<(u32, u32)>,
    /// Canonical paths by id.
    pub paths: Interner,
    /// Attribute sets by id.
    pub attributes: AttributeColumns,
    /// Deviations met.
    pub quirks: Quirks,
}

/// Some blocks, end to end.
#[derive(Default)]
struct Chunk {
    bytes: Vec<u8>,
    blocks: Vec<(RecordType, usize)>,
}

type Worker = JoinHandle<Result<Decoded, ArrowError>>;

/// Hands blocks to the decoding thread.
#[derive(Default)]
pub struct Decoder {
    n_blocks: u32,
    chunk: Chunk,
    worker: Option<(SyncSender<Chunk>, Worker)>,
}

impl Decoder {
    /// Take a checked block; returns its position in [`Decoded::ids`].
    pub fn push(&mut self, kind: RecordType, block: &[u8]) -> u32 {
        self.chunk.bytes.extend_from_slice(block);
        self.chunk.blocks.push((kind, block.len()));
        if self.chunk.blocks.len() == CHUNK {
            self.send();
        }
        self.n_blocks += 1;
        self.n_blocks - 1
    }

    fn send(&mut self) {
        let chunk = mem::take(&mut self.chunk);
        let (sender, _) = self.worker.get_or_insert_with(|| {
            let (sender, receiver) = sync_channel(AHEAD);
            (sender, thread::spawn(move || run(&receiver)))
        });
        // A worker that is gone has an error to tell, and finish() asks for it.
        let _ = sender.send(chunk);
    }

    /// Wait for the last block.
    ///
    /// # Errors
    /// What Arrow says about columns that grow too long.
    pub fn finish(mut self) -> Result<Decoded, ArrowError> {
        if !self.chunk.blocks.is_empty() {
            self.send();
        }
        let Some((sender, worker)) = self.worker else {
            return Ok(Decoded::default());
        };
        drop(sender);
        worker
            .join()
            .unwrap_or_else(|_| Err(ArrowError::ComputeError("decoding panicked".into())))
    }
}

fn run(chunks: &Receiver<Chunk>) -> Result<Decoded, ArrowError> {
    let mut tables = Tables::default();
    let mut ids = Vec::new();
    for chunk in chunks {
        let mut rest = chunk.bytes.as_slice();
        for (kind, length) in chunk.blocks {
            let (block, after) = rest.split_at_checked(length).unwrap_or_default();
            rest = after;
            ids.push(tables.decode(kind, block)?);
        }
    }
    Ok(Decoded {
        ids,
        paths: tables.paths,
        attributes: tables.attributes,
        quirks: tables.quirks,
    })
}

/// The tables that grow with every new block.
#[derive(Default)]
struct Tables {
    paths: Interner,
    sets: [(Interner, Vec<u32>); 2],
    n_sets: u32,
    attributes: AttributeColumns,
    /// Quirks of the sets that have any, counted again for every block the set appears in.
    set_quirks: HashMap<u32, Quirks>,
    quirks: Quirks,
    rest: Vec<u8>,
    canonical: Vec<u8>,
}

impl Tables {
    /// Ids of a checked block.
    fn decode(&mut self, kind: RecordType, block: &[u8]) -> Result<(u32, u32), ArrowError> {
        let mut quirks = Quirks::default();
        let mut rest = std::mem::take(&mut self.rest);
        let split = attributes::split(block, &mut rest, &mut quirks);
        let path = split.and_then(|split| self.path(kind, &split, &mut quirks));
        let set = self.attribute_set(kind, &rest, &mut quirks)?;
        self.rest = rest;
        self.quirks.merge(&quirks);
        Ok((path.unwrap_or_default(), set))
    }

    fn path(
        &mut self,
        kind: RecordType,
        split: &attributes::Split<'_>,
        quirks: &mut Quirks,
    ) -> Option<u32> {
        let canonical = &mut self.canonical;
        canonical.clear();
        let Some(wire) = split.as_path else {
            quirks.add(Quirk::MissingAsPath, 1);
            return Some(self.paths.intern(&[]).0);
        };
        let width = match kind {
            RecordType::TableDump => 2,
            RecordType::TableDumpV2 => 4,
        };
        let mut empty = as_path::canonicalise(wire, width, canonical);
        if empty.is_none() && width == 4 {
            canonical.clear();
            empty = as_path::canonicalise(wire, 2, canonical);
            if empty.is_some() {
                quirks.add(Quirk::AsPath2Octet, 1);
            }
        }
        quirks.add(Quirk::EmptySegment, u64::from(empty?));
        if let Some(as4) = split.as4_path {
            let mut as4_canonical = Vec::new();
            let counts = kind == RecordType::TableDump && !split.is_as4_stale();
            let merged = counts
                .then(|| as_path::canonicalise(as4, 4, &mut as4_canonical))
                .flatten()
                .and_then(|_| as_path::merge_as4(canonical, &as4_canonical));
            if let Some(merged) = merged {
                quirks.add(Quirk::As4PathMerged, 1);
                return Some(self.paths.intern(&merged).0);
            }
            quirks.add(Quirk::As4PathIgnored, 1);
        }
        Some(self.paths.intern(canonical).0)
    }

    fn attribute_set(
        &mut self,
        kind: RecordType,
        rest: &[u8],
        quirks: &mut Quirks,
    ) -> Result<u32, ArrowError> {
        let Some((sets, ids)) = self.sets.get_mut(kind as usize) else {
            return Ok(0);
        };
        let (id, new) = sets.intern(rest);
        if new {
            let mut own = Quirks::default();
            self.attributes.push(&attributes::decode(rest, &mut own))?;
            if !own.is_empty() {
                self.set_quirks.insert(self.n_sets, own);
            }
            ids.push(self.n_sets);
            self.n_sets += 1;
        }
        let row = ids.get(id as usize).copied().unwrap_or_default();
        if let Some(own) = self.set_quirks.get(&row) {
            quirks.merge(own);
        }
        Ok(row)
    }
}
