//! Distinct attribute blocks to ids, on a thread of its own.
//!
//! The reader finds that a block is new and that it closes; what it says is decoded here meanwhile.
//! Ids count up in the order in which blocks arrive, so the result does not depend on timing.

use std::mem;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use arrow_schema::ArrowError;

use super::distinct::Distinct;
use crate::as_path;
use crate::mrt::attributes;

/// Blocks handed over at a time.
const CHUNK: usize = 256;
/// Chunks waiting at most.
const AHEAD: usize = 256;

/// Which record type an entry stands in; attributes decode a little differently. Messages with ASes
/// of two octets are as TABLE_DUMP, those with four as TABLE_DUMP_V2.
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

    /// Octets of an AS in its paths: what the format says, and what some writers use instead.
    pub const fn as_widths(self) -> [usize; 2] {
        match self {
            Self::TableDump => [2, 4],
            Self::TableDumpV2 => [4, 2],
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

impl Rejected {
    /// Kind of the issue, and what is wrong.
    pub const fn in_words(self) -> (&'static str, &'static str) {
        match self {
            Self::Lengths => ("malformed_attributes", "attribute lengths do not close"),
            Self::AsPath => ("malformed_as_path", "AS_PATH segments do not close"),
        }
    }
}

/// Whether a block can be a route: its attribute lengths close, and so does its AS path.
///
/// # Errors
/// Which of the two does not.
pub fn check(kind: RecordType, block: &[u8]) -> Result<(), Rejected> {
    let path = attributes::as_path(block).ok_or(Rejected::Lengths)?;
    let [width, other] = kind.as_widths();
    let closes =
        path.is_none_or(|wire| as_path::closes(wire, width) || as_path::closes(wire, other));
    if closes {
        Ok(())
    } else {
        Err(Rejected::AsPath)
    }
}

/// Some blocks, end to end.
#[derive(Default)]
struct Chunk {
    bytes: Vec<u8>,
    blocks: Vec<(RecordType, usize)>,
}

type Worker = JoinHandle<Result<Distinct, ArrowError>>;

/// Hands blocks to the decoding thread.
#[derive(Default)]
pub struct Decoder {
    n_blocks: u32,
    chunk: Chunk,
    worker: Option<(SyncSender<Chunk>, Worker)>,
}

impl Decoder {
    /// Take a checked block; returns its position in [`Distinct::ids`].
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
    pub fn finish(mut self) -> Result<Distinct, ArrowError> {
        if !self.chunk.blocks.is_empty() {
            self.send();
        }
        let Some((sender, worker)) = self.worker else {
            return Ok(Distinct::default());
        };
        drop(sender);
        worker
            .join()
            .unwrap_or_else(|_| Err(ArrowError::ComputeError("decoding panicked".into())))
    }
}

fn run(chunks: &Receiver<Chunk>) -> Result<Distinct, ArrowError> {
    let mut distinct = Distinct::default();
    for chunk in chunks {
        let mut rest = chunk.bytes.as_slice();
        distinct.push(chunk.blocks.iter().map(|(kind, length)| {
            let (block, after) = rest.split_at_checked(*length).unwrap_or_default();
            rest = after;
            (*kind, block)
        }))?;
    }
    Ok(distinct)
}
