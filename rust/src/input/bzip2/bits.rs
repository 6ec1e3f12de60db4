//! The bits of a bzip2 input by absolute position; blocks begin at any of them.

use std::io;

use crate::input::Stored;

/// Bits of a magic number.
pub const MAGIC_BITS: u64 = 48;
/// Begins a block, followed by the checksum of its content.
pub const BLOCK_MAGIC: u64 = 0x3141_5926_5359;
/// Ends a stream, followed by the combined checksum of its blocks.
pub const END_MAGIC: u64 = 0x1772_4538_5090;

/// Most bytes between two magic numbers. A block has at most 900,000 symbols of 20 bits.
const LONGEST: usize = 4 << 20;

/// Which of the 16 (magic, shift) pairs a byte of the input can belong to.
#[allow(clippy::indexing_slicing)] // at compile time, where a panic is an error of the build
const fn candidates(distance: u32) -> [u16; 256] {
    let mut table = [0; 256];
    let mut shift = 0;
    while shift < 8 {
        let at = distance - shift;
        table[(BLOCK_MAGIC >> at & 0xff) as usize] |= 1 << shift;
        table[(END_MAGIC >> at & 0xff) as usize] |= 0x100 << shift;
        shift += 1;
    }
    table
}

/// For the bytes two and three before the one in which a magic number ends.
const SECOND_LAST: [u16; 256] = candidates(16);
const THIRD_LAST: [u16; 256] = candidates(24);

/// A window over the bits, wide enough for the blocks in flight.
pub struct Bits {
    stored: Stored,
}

impl Bits {
    pub const fn new(stored: Stored) -> Self {
        Self { stored }
    }

    /// The bytes, once `before` is forgotten.
    pub const fn stored(&mut self) -> &mut Stored {
        &mut self.stored
    }

    /// Position of the first bit that is not forgotten.
    pub const fn start(&self) -> u64 {
        self.stored.offset() * 8
    }

    /// Drop the whole bytes before a position.
    pub fn forget(&mut self, before: u64) {
        let n = (before / 8).saturating_sub(self.stored.offset());
        self.stored.consume(to_usize(n));
    }

    /// Up to `n <= 56` bits at a position, and how many there are.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn peek(&mut self, at: u64, n: u64) -> io::Result<(u64, u64)> {
        let from = to_usize((at / 8).saturating_sub(self.stored.offset()));
        let window = self.stored.peek(from + 8)?;
        let bytes = window.get(from..).unwrap_or_default();
        let mut word = [0; 8];
        for (to, byte) in word.iter_mut().zip(bytes) {
            *to = *byte;
        }
        let there = (bytes.len() as u64 * 8).saturating_sub(at % 8).min(n);
        Ok((u64::from_be_bytes(word) << (at % 8) >> (64 - n), there))
    }

    /// `n <= 56` bits at a position, if there are as many.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn exactly(&mut self, at: u64, n: u64) -> io::Result<Option<u64>> {
        let (bits, there) = self.peek(at, n)?;
        Ok((there == n).then_some(bits))
    }

    /// Where the next magic number begins, at `from` or after it.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn next_magic(&mut self, from: u64) -> io::Result<Option<u64>> {
        let base = self.start();
        let from = from - base;
        let longest = to_usize(from / 8) + LONGEST;
        let mut start = to_usize(from / 8);
        loop {
            let window = self.stored.window();
            if let Some(at) = find(window, start, from) {
                return Ok(Some(base + at));
            }
            let have = window.len();
            if have > longest || self.stored.peek(have + 1)?.len() == have {
                return Ok(None);
            }
            // Seven bytes again, for a magic number that the end of the window cut.
            start = start.max(have.saturating_sub(7));
        }
    }

    /// The bits from one position to another as a stream of one block for the library:
    /// "BZh", level, the bits, end magic, and the block's checksum as that of the stream.
    pub fn one_block(&self, level: u8, from: u64, to: u64) -> Vec<u8> {
        let base = self.start();
        let (from, to) = (from - base, to - base);
        let window = self.stored.window();
        let bytes = window.get(to_usize(from / 8)..to_usize(to.div_ceil(8)));
        let bytes = bytes.unwrap_or_default();
        let mut stream = Vec::with_capacity(bytes.len() + 16);
        stream.extend([b'B', b'Z', b'h', level]);
        let shift = from % 8;
        let shifted = |high: u8, low: u8| (u16::from_be_bytes([high, low]) << shift).to_be_bytes();
        stream.extend(bytes.windows(2).map(|w| match w {
            [high, low] => shifted(*high, *low)[0],
            _ => 0,
        }));
        stream.extend(bytes.last().map(|last| shifted(*last, 0)[0]));
        let n = to - from;
        let last = match n % 8 {
            0 => 0,
            _ => stream.get(4 + to_usize(n / 8)).copied().unwrap_or_default(),
        };
        stream.truncate(4 + to_usize(n / 8));
        let crc = stream.get(10..14).and_then(|crc| crc.try_into().ok());
        let crc = u128::from(u32::from_be_bytes(crc.unwrap_or_default()));
        let kept = u128::from(last) >> (8 - n % 8) << (8 - n % 8) << 120;
        let tail = kept | (u128::from(END_MAGIC) << 32 | crc) << (48 - n % 8);
        let length = to_usize((n % 8 + 80).div_ceil(8));
        stream.extend(tail.to_be_bytes().iter().take(length));
        stream
    }
}

/// Position of a magic number that begins at bit `from` or after it, looking from byte `start`.
fn find(bytes: &[u8], start: usize, from: u64) -> Option<u64> {
    let table = |table: &[u16; 256], byte: u64| {
        let byte = usize::try_from(byte & 0xff).unwrap_or_default();
        table.get(byte).copied().unwrap_or_default()
    };
    let from = from.max(start as u64 * 8);
    let mut word = 0_u64;
    for (i, byte) in bytes.iter().enumerate().skip(start) {
        word = word << 8 | u64::from(*byte);
        // Two table look-ups leave one byte in some thousands to be compared in full.
        if table(&SECOND_LAST, word >> 16) & table(&THIRD_LAST, word >> 24) == 0 {
            continue;
        }
        for shift in (0..8).rev() {
            let magic = word >> shift & 0xffff_ffff_ffff;
            let end = (i as u64 + 1) * 8 - shift;
            if (magic == BLOCK_MAGIC || magic == END_MAGIC) && end >= from + MAGIC_BITS {
                return Some(end - MAGIC_BITS);
            }
        }
    }
    None
}

fn to_usize(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}
