//! Inputs of one stream of bytes, or of several in a row.
//!
//! Archives are concatenated by tools and cut by networks: several members are one input, zero
//! padding after one is allowed, anything else after the last is reported.

use std::io::Read;

use flate2::FlushDecompress;
use liblzma::stream::{Action, Status, Stream};
use lz4_flex::frame::FrameDecoder;
use zstd::stream::raw::{DParameter, Decoder, InBuffer, Operation, OutBuffer};

use super::compression::MAGIC;
use super::output::{Output, Stop};
use super::{Compression, Damage, Stored};

/// Copy an input that is not compressed.
pub fn copy(stored: &mut Stored, output: &mut Output) -> Result<(), Stop> {
    loop {
        let n = stored.read(output.free())?;
        if n == 0 {
            return Ok(());
        }
        output.advance(n)?;
    }
}

/// Decompress member after member.
pub fn decompress(
    compression: Compression,
    stored: &mut Stored,
    output: &mut Output,
) -> Result<(), Stop> {
    while another(compression, stored)? {
        match compression {
            Compression::Gzip => gzip(stored, output)?,
            Compression::Xz => xz(stored, output)?,
            Compression::Zstd => zstd(stored, output)?,
            Compression::Lz4 => lz4(stored, output)?,
            Compression::Plain | Compression::Bzip2 => return Ok(()),
        }
    }
    Ok(())
}

/// Whether a member follows, past padding; anything else but the end is damage.
pub fn another(compression: Compression, stored: &mut Stored) -> Result<bool, Stop> {
    loop {
        let next = stored.peek(MAGIC)?;
        if next.is_empty() {
            return Ok(false);
        }
        let padding = next.iter().take_while(|b| **b == 0).count();
        if padding == 0 {
            break;
        }
        stored.consume(padding);
    }
    let next = stored.window();
    if Compression::detect(next) == compression || is_skippable_lz4(compression, next) {
        return Ok(true);
    }
    let n = stored.consume_all()?;
    let name = compression.name();
    Err(Stop::Damaged(Damage::TrailingGarbage(format!(
        "{n} bytes after the end of the {name} data, expected the end or another member"
    ))))
}

fn is_skippable_lz4(compression: Compression, next: &[u8]) -> bool {
    compression == Compression::Lz4 && matches!(next, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

/// What one step of a decoder did.
struct Step {
    consumed: usize,
    produced: usize,
    /// Whether the member ended, or that it is damaged.
    ended: Result<bool, ()>,
}

/// Run a decoder over one member. The streaming interfaces of the libraries are used rather than
/// their readers, because they still say how much came out before damage was met.
fn pump(
    compression: Compression,
    stored: &mut Stored,
    output: &mut Output,
    mut step: impl FnMut(&[u8], &mut [u8]) -> Step,
) -> Result<(), Stop> {
    loop {
        let input = stored.peek(1)?;
        let at_end = input.is_empty();
        let step = step(input, output.free());
        stored.consume(step.consumed);
        output.advance(step.produced)?;
        match step.ended {
            Ok(true) => return Ok(()),
            Ok(false) if at_end && step.produced == 0 => {
                return Err(Damage::cut(compression).into());
            }
            Ok(false) => {}
            Err(()) => return Err(Damage::corrupt(compression).into()),
        }
    }
}

/// What changed between two readings of a library's counters.
fn moved(from: u64, to: u64) -> usize {
    usize::try_from(to - from).unwrap_or_default()
}

fn gzip(stored: &mut Stored, output: &mut Output) -> Result<(), Stop> {
    // 15 is the largest window there is, so every gzip file fits.
    let mut decoder = flate2::Decompress::new_gzip(15);
    pump(Compression::Gzip, stored, output, |input, free| {
        let (read, written) = (decoder.total_in(), decoder.total_out());
        let result = decoder.decompress(input, free, FlushDecompress::None);
        Step {
            consumed: moved(read, decoder.total_in()),
            produced: moved(written, decoder.total_out()),
            ended: result
                .map(|status| status == flate2::Status::StreamEnd)
                .map_err(drop),
        }
    })
}

fn xz(stored: &mut Stored, output: &mut Output) -> Result<(), Stop> {
    // Memory is what the header asks for, touched only as far as data comes out, which the
    // caller's limit bounds.
    let Ok(mut decoder) = Stream::new_stream_decoder(u64::MAX, 0) else {
        return Err(Damage::corrupt(Compression::Xz).into());
    };
    pump(Compression::Xz, stored, output, |input, free| {
        let (read, written) = (decoder.total_in(), decoder.total_out());
        let result = decoder.process(input, free, Action::Run);
        Step {
            consumed: moved(read, decoder.total_in()),
            produced: moved(written, decoder.total_out()),
            ended: result
                .map(|status| status == Status::StreamEnd)
                .map_err(drop),
        }
    })
}

fn zstd(stored: &mut Stored, output: &mut Output) -> Result<(), Stop> {
    /// The window of `zstd --long=31`, the largest there is.
    const WINDOW: u32 = 31;
    let mut decoder = Decoder::new()?;
    decoder.set_parameter(DParameter::WindowLogMax(WINDOW))?;
    // A call that fails does not say what came out before the failure. So each gets what the
    // decoder asks for, a block at most, and none while an earlier block is still coming out.
    let mut wanted = 1;
    let mut is_full = false;
    pump(Compression::Zstd, stored, output, |input, free| {
        let offered = if is_full { 0 } else { wanted };
        let mut input = InBuffer::around(input.get(..offered).unwrap_or(input));
        let mut free = OutBuffer::around(free);
        let result = decoder.run(&mut input, &mut free);
        is_full = free.pos() == free.capacity();
        if let Ok(hint) = result {
            wanted = hint;
        }
        Step {
            consumed: input.pos(),
            produced: free.pos(),
            ended: result.map(|hint| hint == 0).map_err(drop),
        }
    })
}

/// Tells the end of the input from the end of a frame, which the decoder does not.
struct Frame<'a> {
    stored: &'a mut Stored,
    is_cut: bool,
}

impl Read for Frame<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.stored.peek(1)?;
        let n = self.stored.read(buffer)?;
        self.is_cut |= n == 0 && !buffer.is_empty();
        Ok(n)
    }
}

fn lz4(stored: &mut Stored, output: &mut Output) -> Result<(), Stop> {
    if is_skippable_lz4(Compression::Lz4, stored.window()) {
        return skip_lz4(stored);
    }
    let frame = Frame {
        stored,
        is_cut: false,
    };
    let mut decoder = FrameDecoder::new(frame);
    loop {
        match decoder.read(output.free()) {
            Ok(0) if decoder.get_ref().is_cut => {
                return Err(Damage::cut(Compression::Lz4).into());
            }
            Ok(0) => return Ok(()),
            Ok(n) => output.advance(n)?,
            Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
                return Err(Damage::cut(Compression::Lz4).into());
            }
            Err(e) if e.raw_os_error().is_some() => return Err(e.into()),
            Err(_) => return Err(Damage::corrupt(Compression::Lz4).into()),
        }
    }
}

/// Pass over a skippable frame: magic(4), length(4, little-endian), that many bytes.
fn skip_lz4(stored: &mut Stored) -> Result<(), Stop> {
    let Some([_, _, _, _, length @ ..]) = stored.peek(8)?.first_chunk::<8>().copied() else {
        return Err(Damage::cut(Compression::Lz4).into());
    };
    stored.consume(8);
    let mut left = u32::from_le_bytes(length) as usize;
    while left > 0 {
        let n = stored.peek(1)?.len().min(left);
        if n == 0 {
            return Err(Damage::cut(Compression::Lz4).into());
        }
        stored.consume(n);
        left -= n;
    }
    Ok(())
}
