//! Inputs to tables: every record in order, every problem in the receipt.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use arrow_schema::ArrowError;

use super::builder::Tables;
use super::decoder::{Decoder, Decoding};
use super::file::{FileReader, Target};
use super::receipt::{FileReceipt, Issue};
use crate::error::{Error, ErrorKind};
use crate::input::{Block, Input, stream_blocks};

/// Problems beyond this many per file are only counted.
pub const MAX_ISSUES: u64 = 1000;

/// How long the caller's thread waits for an input before it looks for an interruption.
const PATIENCE: Duration = Duration::from_millis(50);

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
    /// Whether path ids are looked for in messages that do not announce them.
    pub unmarked_add_path: bool,
    /// Inputs read at a time.
    pub n_readers: usize,
}

impl Options {
    /// With a reader for every two processors: one reader, its decompressor and its decoder keep two
    /// busy.
    pub fn new(on_error: OnError, safi: Safi) -> Self {
        Self {
            on_error,
            safi,
            unmarked_add_path: false,
            n_readers: thread::available_parallelism().map_or(1, |n| n.get().div_ceil(2)),
        }
    }
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

/// Read `inputs` into one set of tables, several side by side. What comes of it is as if they were read
/// in order.
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
    let decoding = Decoding::start();
    let mut loaded = Loading::<T>::new(options.on_error == OnError::Raise || inputs.len() == 1);
    side_by_side(inputs, &sizes, &decoding, options, checkpoint, &mut loaded)?;
    checkpoint(total, total);
    loaded.finish(decoding)
}

/// What one input gave.
struct Given<T> {
    table: T,
    receipt: FileReceipt,
    issues: Vec<Issue>,
    not_a_dump: Option<NotADump>,
}

/// Read one input on this thread; `go_on` is asked between blocks, with the bytes done.
fn read_input<T: Target>(
    input: &Input,
    size: u64,
    options: Options,
    decoder: Decoder,
    go_on: &mut dyn FnMut(u64) -> bool,
) -> Result<Given<T>, Error> {
    let mut table = T::new(decoder);
    let mut reader = FileReader::new(input, size, options, &mut table);
    read_blocks(input, &mut reader, go_on).map_err(|e| e.of(&input.name))?;
    let (receipt, issues, not_a_dump) = reader.finish()?;
    table.end()?;
    Ok(Given {
        table,
        receipt,
        issues,
        not_a_dump,
    })
}

/// Read inputs on threads of their own, and take what they give in order.
fn side_by_side<T: Target>(
    inputs: &[Input],
    sizes: &[u64],
    decoding: &Decoding,
    options: Options,
    checkpoint: &mut Checkpoint<'_>,
    loaded: &mut Loading<T>,
) -> Result<(), Error> {
    let total: u64 = sizes.iter().sum();
    let done: Vec<AtomicU64> = inputs.iter().map(|_| AtomicU64::new(0)).collect();
    let stop = AtomicBool::new(false);
    // The decoder takes the blocks of inputs in the order in which they ask for it.
    let queue = Mutex::new(inputs.iter().zip(sizes).zip(&done).enumerate());
    let (sender, parts) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..options.n_readers.clamp(1, inputs.len().max(1)) {
            let sender = sender.clone();
            let (queue, stop) = (&queue, &stop);
            let next = move || {
                let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
                queue.next().map(|found| (found, decoding.input()))
            };
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed)
                    && let Some(((at, ((input, size), done)), decoder)) = next()
                {
                    let mut go_on = |n| {
                        done.store(n, Ordering::Relaxed);
                        !stop.load(Ordering::Relaxed)
                    };
                    let part = read_input(input, *size, options, decoder, &mut go_on);
                    done.store(*size, Ordering::Relaxed);
                    if part.is_err() && options.on_error == OnError::Raise {
                        // The inputs before it go on to their end: theirs is the first problem.
                        let _ = queue.lock().map(|mut rest| rest.by_ref().for_each(drop));
                    }
                    // Nobody waits for it once there is an error.
                    let _ = sender.send((at, part));
                }
            });
        }
        drop(sender);
        let mut go_on = || checkpoint(done.iter().map(|n| n.load(Ordering::Relaxed)).sum(), total);
        let outcome = in_order(&parts, inputs.len(), loaded, &mut go_on);
        stop.store(true, Ordering::Relaxed);
        outcome
    })
}

/// Take parts as their turn comes; `go_on` is asked between them, and while there is nothing to do.
fn in_order<T: Target>(
    parts: &mpsc::Receiver<(usize, Result<Given<T>, Error>)>,
    n: usize,
    loaded: &mut Loading<T>,
    go_on: &mut dyn FnMut() -> bool,
) -> Result<(), Error> {
    let mut early = BTreeMap::new();
    let mut next = 0;
    while next < n {
        match parts.recv_timeout(PATIENCE) {
            Ok((at, part)) => {
                early.insert(at, part);
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                return Err(Error::new(ErrorKind::Mrt, "a reader stopped unexpectedly"));
            }
        }
        if !go_on() {
            return Err(interrupted());
        }
        while let Some(part) = early.remove(&next) {
            loaded.add(part?)?;
            next += 1;
        }
    }
    Ok(())
}

/// What the inputs gave so far.
struct Loading<T> {
    table: Option<T>,
    files: Vec<FileReceipt>,
    issues: Vec<Issue>,
    not_dumps: Vec<NotADump>,
    gave_rows: bool,
    /// Whether an input of another kind is fatal, where others may have rows.
    is_strict: bool,
}

impl<T: Target> Loading<T> {
    const fn new(is_strict: bool) -> Self {
        Self {
            table: None,
            files: Vec::new(),
            issues: Vec::new(),
            not_dumps: Vec::new(),
            gave_rows: false,
            is_strict,
        }
    }

    /// Take what the next input gave.
    fn add(&mut self, part: Given<T>) -> Result<(), Error> {
        self.gave_rows |= part.table.n_rows() > 0;
        match &mut self.table {
            Some(table) => table
                .append(part.table)
                .map_err(|e| e.of(&part.receipt.name))?,
            none => *none = Some(part.table),
        }
        self.files.push(part.receipt);
        self.issues.extend(part.issues);
        if let Some(problem) = part.not_a_dump {
            if self.is_strict {
                return Err(problem.error);
            }
            self.not_dumps.push(problem);
        }
        Ok(())
    }

    fn finish(self, decoding: Decoding) -> Result<Loaded, Error> {
        if !self.gave_rows
            && let Some(first) = self.not_dumps.into_iter().next()
        {
            return Err(first.error);
        }
        let table = if let Some(table) = self.table {
            table
        } else {
            let mut none = T::new(decoding.input());
            none.end()?;
            none
        };
        Ok(Loaded {
            tables: table.finish(decoding)?,
            files: self.files,
            issues: self.issues,
        })
    }
}

fn interrupted() -> Error {
    Error::new(ErrorKind::Interrupted, "the load was interrupted")
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
                return Err(interrupted());
            }
            match block {
                Block::Opened(compression) => reader.opened(compression),
                Block::Bytes(buffer, n) => {
                    reader.bytes(buffer.get(..n).unwrap_or_default())?;
                    if reader.has_stopped() {
                        return Ok(());
                    }
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
