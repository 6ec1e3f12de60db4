//! Compression told by magic bytes, read member after member.
//!
//! Archives are concatenated by tools and cut by networks: several gzip members or bzip2 streams
//! are one input, zero padding after the last is allowed, anything else after it is reported.

use std::io::{self, BufRead, BufReader, Read};
use std::mem;

use bzip2::bufread::BzDecoder;
use flate2::bufread::GzDecoder;

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

enum State {
    Plain(Stored),
    Gzip(Box<GzDecoder<Stored>>),
    Bzip2(Box<BzDecoder<Stored>>),
    Done,
}

/// The uncompressed bytes of an input, and what was wrong with it.
pub struct Members {
    state: State,
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
        let state = match compression {
            Compression::Plain => State::Plain(stored),
            Compression::Gzip => State::Gzip(Box::new(GzDecoder::new(stored))),
            Compression::Bzip2 => State::Bzip2(Box::new(BzDecoder::new(stored))),
            Compression::Unread(_) => State::Done,
        };
        Ok(Self {
            state,
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
        while let Some(free) = buffer.get_mut(filled..).filter(|b| !b.is_empty()) {
            let result = match &mut self.state {
                State::Plain(r) => r.read(free),
                State::Gzip(r) => r.read(free),
                State::Bzip2(r) => r.read(free),
                State::Done => break,
            };
            match result {
                Ok(0) => self.next_member(),
                Ok(n) => filled += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => {
                    self.damage = Some(damage(self.compression, &e));
                    self.state = State::Done;
                }
            }
        }
        filled
    }

    /// After a member: another one, padding, garbage or the end.
    fn next_member(&mut self) {
        let mut stored = match mem::replace(&mut self.state, State::Done) {
            State::Gzip(r) => r.into_inner(),
            State::Bzip2(r) => r.into_inner(),
            State::Plain(_) | State::Done => return,
        };
        loop {
            let next = match stored.fill_buf() {
                Ok([]) => return,
                Ok(bytes) => bytes,
                Err(e) => {
                    self.damage = Some(damage(self.compression, &e));
                    return;
                }
            };
            let padding = next.iter().take_while(|b| **b == 0).count();
            if padding > 0 {
                stored.consume(padding);
                continue;
            }
            match (Compression::detect(next), self.compression) {
                (Compression::Gzip, Compression::Gzip) => {
                    self.state = State::Gzip(Box::new(GzDecoder::new(stored)));
                }
                (Compression::Bzip2, Compression::Bzip2) => {
                    self.state = State::Bzip2(Box::new(BzDecoder::new(stored)));
                }
                (_, own) => {
                    let n = remaining(&mut stored);
                    self.damage = Some(Damage::TrailingGarbage(format!(
                        "{n} bytes after the end of the {} data, expected the end or another member",
                        own.name()
                    )));
                }
            }
            return;
        }
    }
}

/// Bytes left to read.
fn remaining(stored: &mut Stored) -> u64 {
    io::copy(stored, &mut io::sink()).unwrap_or_default()
}

fn damage(compression: Compression, error: &io::Error) -> Damage {
    let text = format!("damaged {} data: {error}", compression.name());
    if error.kind() == io::ErrorKind::UnexpectedEof {
        Damage::Truncated(text)
    } else if let Some(code) = error.raw_os_error() {
        Damage::Io(Some(code), error.to_string())
    } else if compression == Compression::Plain {
        Damage::Io(None, error.to_string())
    } else {
        Damage::Corrupt(text)
    }
}
