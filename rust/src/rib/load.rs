//! Inputs to tables: every record in order, every problem in the receipt.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use arrow_schema::ArrowError;

use super::builder::Tables;
use super::file::{FileReader, Target};
use super::receipt::{FileReceipt, Issue};
use crate::error::{Error, ErrorKind};
use crate::input::{Block, Input, stream_blocks};

/// Problems beyond this many per file are only counted.
pub const MAX_ISSUES: u64 = 1000;

/// What to do about a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnError {
    /// Note it in the receipt and go on.
    Collect,
    /// Stop with an error.
    Raise,
}

/// Which routes of both address families are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Safi {
    /// SAFI 1.
    #[default]
    Unicast = 1,
    /// SAFI 2.
    Multicast = 2,
}

/// How to read.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// What to do about a problem.
    pub on_error: OnError,
    /// Which routes are read.
    pub safi: Safi,
}

/// Called between blocks with (compressed bytes done, total); `false` stops the load.
pub type Checkpoint<'a> = dyn FnMut(u64, u64) -> bool + 'a;

/// A finished load.
pub struct Loaded {
    /// The tables.
    pub tables: Tables,
    /// One per input.
    pub files: Vec<FileReceipt>,
    /// All problems, in order.
    pub issues: Vec<Issue>,
}

/// A file that is nothing of what is read: fatal alone, an issue beside others that are.
pub struct NotADump {
    /// Kind of the issue.
    pub kind: &'static str,
    /// The error.
    pub error: Error,
}

/// Read `inputs` in order into one set of tables.
///
/// # Errors
/// Missing files before anything is read; with [`OnError::Raise`] the first problem; otherwise
/// only an input set in which nothing is of the kind that is read.
pub fn load<T: Target>(
    inputs: &[Input],
    options: Options,
    checkpoint: &mut Checkpoint<'_>,
) -> Result<Loaded, Error> {
    let mut sizes = Vec::with_capacity(inputs.len());
    for input in inputs {
        sizes.push(
            input
                .source
                .stored_bytes()
                .map_err(|e| io_error(&e, input))?,
        );
    }
    let total: u64 = sizes.iter().sum();
    let mut loaded = Parts::<T>::default();
    let mut done = 0;
    for (input, size) in inputs.iter().zip(sizes) {
        let before = loaded.table.n_rows();
        let mut reader = FileReader::new(input, size, options, &mut loaded.table);
        read_blocks(input, &mut reader, &mut |n| checkpoint(done + n, total))?;
        let (receipt, issues, not_a_dump) = reader.finish()?;
        loaded.gave_rows |= loaded.table.n_rows() > before;
        loaded.files.push(receipt);
        loaded.issues.extend(issues);
        if let Some(problem) = not_a_dump {
            if options.on_error == OnError::Raise || inputs.len() == 1 {
                return Err(problem.error);
            }
            loaded.not_dumps.push(problem);
        }
        done += size;
    }
    checkpoint(total, total);
    loaded.finish()
}

#[derive(Default)]
struct Parts<T> {
    table: T,
    files: Vec<FileReceipt>,
    issues: Vec<Issue>,
    not_dumps: Vec<NotADump>,
    gave_rows: bool,
}

impl<T: Target> Parts<T> {
    fn finish(mut self) -> Result<Loaded, Error> {
        if !self.gave_rows
            && let Some(first) = self.not_dumps.into_iter().next()
        {
            return Err(first.error);
        }
        let order: Vec<String> = self.files.iter().map(|f| f.name.clone()).collect();
        self.issues
            .sort_by_key(|i| order.iter().position(|name| *name == i.file));
        Ok(Loaded {
            tables: self.table.finish()?,
            files: self.files,
            issues: self.issues,
        })
    }
}

/// Feed the blocks of one input to its reader.
fn read_blocks<T: Target>(
    input: &Input,
    reader: &mut FileReader<'_, T>,
    checkpoint: &mut dyn FnMut(u64) -> bool,
) -> Result<(), Error> {
    let read = Arc::new(AtomicU64::new(0));
    thread::scope(|scope| {
        let (blocks, give_back) =
            stream_blocks(scope, &input.source, input.max_bytes, Arc::clone(&read))
                .map_err(|e| io_error(&e, input))?;
        for block in &blocks {
            if !checkpoint(read.load(Ordering::Relaxed)) {
                return Err(Error::new(
                    ErrorKind::Interrupted,
                    "the load was interrupted",
                ));
            }
            match block {
                Block::Opened(compression) => reader.opened(compression),
                Block::Bytes(buffer, n) => {
                    reader.bytes(buffer.get(..n).unwrap_or_default())?;
                    // Nobody takes it back once the input has ended.
                    let _ = give_back.send(buffer);
                }
                Block::End(damage) => return reader.end(damage),
            }
        }
        // The decompressor always ends with Block::End; without it, it died.
        Err(Error::new(
            ErrorKind::Mrt,
            format!("{}: the decompressor stopped unexpectedly", input.name),
        ))
    })
}

fn io_error(error: &std::io::Error, input: &Input) -> Error {
    Error {
        path: Some(input.name.clone()),
        ..Error::new(ErrorKind::Io(error.raw_os_error()), error.to_string())
    }
}

impl From<ArrowError> for Error {
    fn from(error: ArrowError) -> Self {
        Self::new(ErrorKind::Mrt, format!("the table does not fit: {error}"))
    }
}
