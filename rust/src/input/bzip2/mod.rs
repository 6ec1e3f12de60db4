//! bzip2, its blocks decoded on all cores.
//!
//! A stream is "BZh", a level, blocks that begin with a 48-bit magic number at any bit, and a last
//! magic number with a combined checksum. Blocks do not depend on each other. So the input is cut
//! at magic numbers, each stretch is decoded as a stream of one block by a pool of workers, and
//! what comes out is taken in order. Nothing in the format keeps a magic number from appearing
//! inside a block: where a stretch does not decode, its block is read from its first bit on by
//! itself, and the cutting starts again behind it.

mod bits;
mod block;
mod turn;

use std::collections::VecDeque;
use std::mem;
use std::num::NonZero;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, Builder};

use super::output::{Output, Stop};
use super::{Compression, Damage, Stored, members};
use bits::{BLOCK_MAGIC, Bits, END_MAGIC, MAGIC_BITS};
use block::Alone;
use turn::Turn;

/// A buffer and the bytes in it, if the stretch is a block.
type Decoded = Option<(Vec<u8>, usize)>;

/// A stretch for a worker.
struct Job {
    stream: Vec<u8>,
    buffer: Vec<u8>,
    reply: Sender<Decoded>,
}

/// A piece of the input, in order.
enum Piece {
    /// A block, or what should be one. Where another magic number follows, a worker is at it.
    Block {
        level: u8,
        at: u64,
        stretch: Option<Stretch>,
    },
    /// The end of a stream and its combined checksum.
    End { crc: u64 },
    /// Not a stream right after a stream: padding, garbage or the end.
    Between { at: u64 },
}

/// What a worker makes of the bits up to the next magic number.
struct Stretch {
    end: u64,
    decoded: Receiver<Decoded>,
}

/// Decompress stream after stream.
pub fn decompress(stored: Stored, output: &mut Output) -> Result<(), Stop> {
    let workers = thread::available_parallelism().map_or(1, NonZero::get);
    let (jobs, waiting) = channel::<Job>();
    let waiting = Mutex::new(waiting);
    thread::scope(|scope| {
        // Owns the end of the queue in here, so that the workers find it closed afterwards.
        let cutter = Cutter::new(stored, jobs);
        for _ in 0..workers {
            Builder::new()
                .name("rib-bzip2".into())
                .spawn_scoped(scope, || work(&waiting))?;
        }
        in_order(cutter, workers, output)
    })
}

/// Take the pieces as they come, with as many cut ahead as keep the workers busy.
fn in_order(mut cutter: Cutter, workers: usize, output: &mut Output) -> Result<(), Stop> {
    let mut pieces = VecDeque::new();
    let mut combined = 0;
    loop {
        // One block at each worker, and one for the first two that get done.
        while pieces.len() < workers + 2
            && let Some(piece) = cutter.cut(output)?
        {
            pieces.push_back(piece);
        }
        match pieces.pop_front() {
            None => return Ok(()),
            Some(Piece::Block { level, at, stretch }) => {
                let crc = cutter.bits.peek(at + MAGIC_BITS, 32)?.0;
                combined = combine(combined, crc);
                if let Some(Stretch { end, decoded }) = stretch
                    && let Ok(Some((block, n))) = decoded.recv()
                {
                    output.send(block, n)?;
                    cutter.bits.forget(end);
                } else {
                    pieces.clear();
                    cutter.alone(level, at, output)?;
                }
            }
            Some(Piece::End { crc }) if crc == combined => combined = 0,
            Some(Piece::End { .. }) => return Err(Damage::corrupt(Compression::Bzip2).into()),
            Some(Piece::Between { at }) => {
                if !cutter.another_stream(at)? {
                    return Ok(());
                }
            }
        }
    }
}

/// The combined checksum after another block.
const fn combine(combined: u64, crc: u64) -> u64 {
    (combined << 1 & 0xffff_ffff | combined >> 31) ^ crc
}

/// Decode stretches until there are no more.
fn work(waiting: &Mutex<Receiver<Job>>) {
    loop {
        let job = waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .recv();
        let Ok(mut job) = job else { return };
        let turn = Turn::take();
        let n = block::decode(&job.stream, &mut job.buffer);
        drop(turn);
        // Nobody waits for it where a stretch before was no block.
        let _ = job.reply.send(n.map(|n| (job.buffer, n)));
    }
}

/// Cuts the input into pieces.
struct Cutter {
    bits: Bits,
    jobs: Sender<Job>,
    next: Next,
    /// Level of the stream that is being cut.
    level: u8,
}

/// What should come next, and where.
enum Next {
    /// A magic number.
    Magic(u64),
    /// Another stream.
    Stream(u64),
    /// That depends on the last piece.
    Unknown,
}

impl Cutter {
    fn new(stored: Stored, jobs: Sender<Job>) -> Self {
        Self {
            bits: Bits::new(stored),
            jobs,
            next: Next::Stream(0),
            level: 0,
        }
    }

    /// The next piece, if it can be told before the last one is dealt with.
    fn cut(&mut self, output: &Output) -> Result<Option<Piece>, Stop> {
        let at = match mem::replace(&mut self.next, Next::Unknown) {
            Next::Unknown => return Ok(None),
            Next::Magic(at) => at,
            Next::Stream(at) => {
                let Some(after) = self.header(at)? else {
                    return Ok(Some(Piece::Between { at }));
                };
                after
            }
        };
        let magic = self.bits.exactly(at, MAGIC_BITS)?;
        let after = at + MAGIC_BITS;
        if magic == Some(END_MAGIC)
            && let Some(crc) = self.bits.exactly(after, 32)?
        {
            self.next = Next::Stream((after + 32).next_multiple_of(8));
            return Ok(Some(Piece::End { crc }));
        }
        let mut stretch = None;
        if magic == Some(BLOCK_MAGIC)
            && let Some(end) = self.bits.next_magic(after)?
        {
            self.next = Next::Magic(end);
            stretch = Some(self.hand_out(at, end, output));
        }
        let level = self.level;
        Ok(Some(Piece::Block { level, at, stretch }))
    }

    fn hand_out(&self, at: u64, end: u64, output: &Output) -> Stretch {
        let (reply, decoded) = channel();
        // The workers are there until the queue is closed.
        let _ = self.jobs.send(Job {
            stream: self.bits.one_block(self.level, at, end),
            buffer: output.buffer(),
            reply,
        });
        Stretch { end, decoded }
    }

    /// The position after the header of a stream at `at`, if there is one.
    fn header(&mut self, at: u64) -> Result<Option<u64>, Stop> {
        let Some(bits) = self.bits.exactly(at, 32)? else {
            return Ok(None);
        };
        let [_, _, _, _, magic @ .., level] = bits.to_be_bytes();
        if magic != *b"BZh" || !matches!(level, b'1'..=b'9') {
            return Ok(None);
        }
        self.level = level;
        Ok(Some(at + 32))
    }

    /// Decode the block at `at` by itself and go on cutting behind it.
    fn alone(&mut self, level: u8, at: u64, output: &mut Output) -> Result<(), Stop> {
        let (mut block, end) = Alone::read(&mut self.bits, level, at)?;
        output.write(&block.content)?;
        self.next = Next::Magic(block.successor(&mut self.bits, end)?);
        self.level = level;
        Ok(())
    }

    /// Whether there is another stream at `at` or after padding, where cutting goes on.
    fn another_stream(&mut self, at: u64) -> Result<bool, Stop> {
        self.bits.forget(at);
        let found = members::another(Compression::Bzip2, self.bits.stored())?;
        self.next = Next::Stream(self.bits.start());
        Ok(found)
    }
}
