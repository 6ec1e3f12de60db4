//! Compression told by magic bytes, read member after member.
//!
//! Archives are concatenated by tools and cut by networks: several gzip members or bzip2 streams
//! are one input, zero padding after the last is allowed, anything else after it is reported.

use std::io::{self, BufRead, BufReader, Read};

use flate2::FlushDecompress;

use super::Counted;

/// How an input is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Not compressed.
    Plain,
    /// RFC 1952.
    Gzip,
    /// bzip2.
    Bzip2,
    /// Recognised, not read.
    Unread(&'static str),
}

impl Compression {
    /// Tell by the first bytes.
    pub fn detect(magic: &[u8]) -> Self {
        match magic {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => Self::Bzip2,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Unread("xz"),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Unread("zstd"),
            [0x04, 0x22, 0x4d, 0x18, ..] => Self::Unread("lz4"),
            _ => Self::Plain,
        }
    }

    /// Name for the receipt.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Gzip => "gzip",
            Self::Bzip2 => "bzip2",
            Self::Unread(name) => name,
        }
    }
}

/// Why the stream ended before its proper end.
#[derive(Debug, Clone)]
pub enum Damage {
    /// The compressed stream is cut.
    Truncated(String),
    /// The compressed stream is not what its format demands.
    Corrupt(String),
    /// After the last member follows something else.
    TrailingGarbage(String),
    /// The operating system failed to read.
    Io(Option<i32>, String),
}

type Stored = BufReader<Counted>;

/// Decoder of one member. The streaming interface of the libraries is used rather than their
/// readers, because it still says how much came out before damage was met.
enum Decoder {
    Plain,
    Gzip(Box<flate2::Decompress>),
    Bzip2(Box<bzip2::Decompress>),
}

/// What one step of a decoder did.
struct Step {
    consumed: usize,
    produced: usize,
    /// Whether the member ended, or why it cannot go on.
    ended: Result<bool, String>,
}

impl Decoder {
    fn new(compression: Compression) -> Option<Self> {
        Some(match compression {
            Compression::Plain => Self::Plain,
            // 15 is the largest window there is, so every gzip file fits.
            Compression::Gzip => Self::Gzip(Box::new(flate2::Decompress::new_gzip(15))),
            Compression::Bzip2 => Self::Bzip2(Box::new(bzip2::Decompress::new(false))),
            Compression::Unread(_) => return None,
        })
    }

    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Step {
        let (before, ended, after) = match self {
            Self::Plain => ((0, 0), Ok(true), (0, 0)),
            Self::Gzip(d) => {
                let before = (d.total_in(), d.total_out());
                let result = d.decompress(input, output, FlushDecompress::None);
                let ended = result
                    .map(|s| s == flate2::Status::StreamEnd)
                    .map_err(|e| e.to_string());
                (before, ended, (d.total_in(), d.total_out()))
            }
            Self::Bzip2(d) => {
                let before = (d.total_in(), d.total_out());
                let result = d.decompress(input, output);
                let ended = result
                    .map(|s| s == bzip2::Status::StreamEnd)
                    .map_err(|e| e.to_string());
                (before, ended, (d.total_in(), d.total_out()))
            }
        };
        let moved = |from: u64, to: u64| usize::try_from(to - from).unwrap_or_default();
        Step {
            consumed: moved(before.0, after.0),
            produced: moved(before.1, after.1),
            ended,
        }
    }
}

/// The uncompressed bytes of an input, and what was wrong with it.
pub struct Members {
    stored: Stored,
    /// `None` once there is nothing more to read.
    decoder: Option<Decoder>,
    compression: Compression,
    /// Set once the stream has ended early.
    pub damage: Option<Damage>,
}

impl Members {
    /// Look at the magic bytes and prepare.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn new(mut stored: Stored) -> io::Result<Self> {
        let compression = Compression::detect(stored.fill_buf()?);
        Ok(Self {
            stored,
            decoder: Decoder::new(compression),
            compression,
            damage: None,
        })
    }

    /// How the input is stored.
    pub const fn compression(&self) -> Compression {
        self.compression
    }

    /// Fill as much of `buffer` as there is; fewer bytes mean the end.
    pub fn fill(&mut self, buffer: &mut [u8]) -> usize {
        let mut filled = 0;
        while let Some(free) = buffer.get_mut(filled..).filter(|b| !b.is_empty())
            && let Some(decoder) = &mut self.decoder
        {
            if matches!(decoder, Decoder::Plain) {
                // Straight into the block, past the small buffer.
                match self.stored.read(free) {
                    Ok(0) => self.next_member(),
                    Ok(n) => filled += n,
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                    Err(e) => self.stop(Damage::Io(e.raw_os_error(), e.to_string())),
                }
                continue;
            }
            let input = match self.stored.fill_buf() {
                Ok(input) => input,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => {
                    self.stop(Damage::Io(e.raw_os_error(), e.to_string()));
                    break;
                }
            };
            let at_end = input.is_empty();
            let step = decoder.step(input, free);
            self.stored.consume(step.consumed);
            filled += step.produced;
            match step.ended {
                Ok(true) => self.next_member(),
                Ok(false) if at_end && step.produced == 0 => {
                    let name = self.compression.name();
                    self.stop(Damage::Truncated(format!("the {name} data ends early")));
                }
                Ok(false) => {}
                Err(text) => {
                    let name = self.compression.name();
                    self.stop(Damage::Corrupt(format!("damaged {name} data: {text}")));
                }
            }
        }
        filled
    }

    fn stop(&mut self, damage: Damage) {
        self.damage = Some(damage);
        self.decoder = None;
    }

    /// After a member: another one, padding, garbage or the end.
    fn next_member(&mut self) {
        self.decoder = None;
        if self.compression == Compression::Plain {
            return;
        }
        loop {
            let next = match self.stored.fill_buf() {
                Ok([]) => return,
                Ok(bytes) => bytes,
                Err(e) => return self.stop(Damage::Io(e.raw_os_error(), e.to_string())),
            };
            let padding = next.iter().take_while(|b| **b == 0).count();
            if padding > 0 {
                self.stored.consume(padding);
                continue;
            }
            if Compression::detect(next) == self.compression {
                self.decoder = Decoder::new(self.compression);
                return;
            }
            let n = io::copy(&mut self.stored, &mut io::sink()).unwrap_or_default();
            let name = self.compression.name();
            return self.stop(Damage::TrailingGarbage(format!(
                "{n} bytes after the end of the {name} data, expected the end or another member"
            )));
        }
    }
}
