//! Distinct attribute blocks to ids, on a thread of its own.
//!
//! The reader finds that a block is new and that it closes; what it says is decoded here meanwhile.
//! Ids count up in the order in which blocks stand in the inputs, so the result does not depend on
//! timing.

use std::mem;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{self, JoinHandle};

use arrow_schema::ArrowError;

use super::distinct::Distinct;
use crate::as_path;
use crate::mrt::attributes;

/// Blocks handed over at a time.
const CHUNK: usize = 256;
/// Chunks of an input waiting at most: as many blocks as a full table has, so that the reader of one
/// input seldom waits for another.
const AHEAD: usize = 4096;

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

/// The decoding thread of a load.
pub struct Decoding {
    inputs: Sender<Receiver<Chunk>>,
    worker: Worker,
}

impl Decoding {
    /// Start it.
    pub fn start() -> Self {
        let (inputs, receivers) = channel();
        let worker = thread::spawn(move || run(&receivers));
        Self { inputs, worker }
    }

    /// What takes the blocks of the next input. Inputs may be read side by side: their blocks are
    /// decoded one input after the other.
    pub fn input(&self) -> Decoder {
        let (sender, receiver) = sync_channel(AHEAD);
        // A worker that is gone has an error to tell, and finish() asks for it.
        let _ = self.inputs.send(receiver);
        Decoder {
            n_blocks: 0,
            chunk: Chunk::default(),
            sender: Some(sender),
        }
    }

    /// Wait for the last block of all inputs, which are closed.
    ///
    /// # Errors
    /// What Arrow says about columns that grow too long.
    pub fn finish(self) -> Result<Distinct, ArrowError> {
        drop(self.inputs);
        self.worker
            .join()
            .unwrap_or_else(|_| Err(ArrowError::ComputeError("decoding panicked".into())))
    }
}

/// Hands the blocks of one input to the decoding thread.
pub struct Decoder {
    n_blocks: u32,
    chunk: Chunk,
    /// Until the input is closed.
    sender: Option<SyncSender<Chunk>>,
}

impl Decoder {
    /// Take a checked block; returns its number among those of this input.
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
        if let Some(sender) = &self.sender {
            // As in Decoding::input().
            let _ = sender.send(chunk);
        }
    }

    /// Say that there are no more blocks.
    pub fn close(&mut self) {
        self.send();
        self.sender = None;
    }

    /// Append the blocks of the next input, closed too; returns what to add to their numbers.
    pub const fn append(&mut self, next: &Self) -> u32 {
        let before = self.n_blocks;
        self.n_blocks += next.n_blocks;
        before
    }
}

fn run(inputs: &Receiver<Receiver<Chunk>>) -> Result<Distinct, ArrowError> {
    let mut distinct = Distinct::default();
    for chunk in inputs.iter().flatten() {
        let mut rest = chunk.bytes.as_slice();
        distinct.push(chunk.blocks.iter().map(|(kind, length)| {
            let (block, after) = rest.split_at_checked(*length).unwrap_or_default();
            rest = after;
            (*kind, block)
        }))?;
    }
    Ok(distinct)
}
