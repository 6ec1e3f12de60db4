//! One block through the library: as a stream of its own, or bit by bit where that fails.

use bzip2::{Decompress, Status};

use super::bits::{BLOCK_MAGIC, Bits, END_MAGIC, MAGIC_BITS};
use crate::input::output::Stop;
use crate::input::{Compression, Damage};

/// Decode a stream of one block into `buffer`; how many bytes came out.
///
/// `None` where the block is damaged, longer than the buffer, or not a whole block.
pub fn decode(stream: &[u8], buffer: &mut [u8]) -> Option<usize> {
    let mut decoder = Decompress::new(false);
    loop {
        let (read, written) = (count(decoder.total_in()), count(decoder.total_out()));
        let status = decoder.decompress(stream.get(read..)?, buffer.get_mut(written..)?);
        if status.ok()? == Status::StreamEnd {
            return Some(count(decoder.total_out()));
        }
        if (read, written) == (count(decoder.total_in()), count(decoder.total_out())) {
            return None;
        }
    }
}

/// The block at a position, whatever its length and whatever follows.
pub struct Alone {
    decoder: Decompress,
    scratch: Vec<u8>,
    /// The content, its checksum verified.
    pub content: Vec<u8>,
}

impl Alone {
    /// Decode the block at `at`, byte by byte, so that a call that fails fails for its byte.
    ///
    /// Gives the position after the block, to within a byte.
    ///
    /// # Errors
    /// That the block is cut or damaged.
    pub fn read(bits: &mut Bits, level: u8, at: u64) -> Result<(Self, u64), Stop> {
        let mut alone = Self {
            decoder: Decompress::new(false),
            scratch: vec![0; 1 << 16],
            content: Vec::new(),
        };
        for byte in [b'B', b'Z', b'h', level] {
            alone.push(byte);
        }
        let mut end = at;
        while alone.content.is_empty() {
            end = alone.feed(bits, end)?;
            bits.forget(end - 8);
        }
        Ok((alone, end))
    }

    /// Where the magic number after the block begins, whose last byte ended at `end`.
    ///
    /// # Errors
    /// That there is none, because the input is cut or damaged.
    pub fn successor(&mut self, bits: &mut Bits, end: u64) -> Result<u64, Stop> {
        for at in end - 7..=end {
            let magic = bits.exactly(at, MAGIC_BITS)?;
            if magic == Some(BLOCK_MAGIC) || magic == Some(END_MAGIC) {
                return Ok(at);
            }
        }
        // The library knows where exactly it should begin, and so whether it is cut or wrong.
        let mut end = end;
        loop {
            end = self.feed(bits, end)?;
        }
    }

    /// Feed the byte at `at`; the position after it.
    fn feed(&mut self, bits: &mut Bits, at: u64) -> Result<u64, Stop> {
        let (byte, there) = bits.peek(at, 8)?;
        let byte = u8::try_from(byte).unwrap_or_default();
        match (there, self.push(byte)) {
            (0, _) => Err(Damage::cut(Compression::Bzip2).into()),
            (_, true) => Ok(at + there),
            (8, false) => Err(Damage::corrupt(Compression::Bzip2).into()),
            // What the library refused may be the bits that were filled up.
            (_, false) => Err(Damage::cut(Compression::Bzip2).into()),
        }
    }

    /// Give the library one byte; whether it takes it.
    fn push(&mut self, byte: u8) -> bool {
        let mut input: &[u8] = &[byte];
        loop {
            let (read, written) = (self.decoder.total_in(), self.decoder.total_out());
            if self.decoder.decompress(input, &mut self.scratch).is_err() {
                return false;
            }
            let produced = count(self.decoder.total_out() - written);
            let produced = self.scratch.get(..produced).unwrap_or_default();
            self.content.extend_from_slice(produced);
            if produced.len() < self.scratch.len() {
                return true;
            }
            if self.decoder.total_in() > read {
                input = &[];
            }
        }
    }
}

fn count(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}
