//! How inputs are stored, told by magic bytes, and how that can be damaged.

use std::io;

/// How an input is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Not compressed.
    Plain,
    /// RFC 1952.
    Gzip,
    /// bzip2.
    Bzip2,
    /// The .xz file format.
    Xz,
    /// RFC 8878.
    Zstd,
    /// The LZ4 frame format.
    Lz4,
}

/// Bytes that [`Compression::detect`] looks at.
pub const MAGIC: usize = 6;

impl Compression {
    /// Tell by the first bytes.
    pub const fn detect(magic: &[u8]) -> Self {
        match magic {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => Self::Bzip2,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            // A file may begin with a skippable frame. LZ4 has the same, but only pzstd and the
            // seekable format of zstd are known to put one first.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            [0x04, 0x22, 0x4d, 0x18, ..] => Self::Lz4,
            _ => Self::Plain,
        }
    }

    /// Name for the receipt.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Gzip => "gzip",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::Zstd => "zstd",
            Self::Lz4 => "lz4",
        }
    }
}

/// Why the stream ended before its proper end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Damage {
    /// The compressed stream is cut.
    Truncated(String),
    /// The compressed stream is not what its format demands.
    Corrupt(String),
    /// After the last member follows something else.
    TrailingGarbage(String),
    /// There are more uncompressed bytes than the caller allows, which is this many.
    Limit(u64),
    /// The operating system failed to read.
    Io(Option<i32>, String),
}

impl Damage {
    /// The input ends inside compressed data.
    pub fn cut(compression: Compression) -> Self {
        Self::Truncated(format!("the {} data ends early", compression.name()))
    }

    /// A decoder refused the data. Its own words are left out: they differ between libraries.
    pub fn corrupt(compression: Compression) -> Self {
        Self::Corrupt(format!("damaged {} data", compression.name()))
    }
}

impl From<io::Error> for Damage {
    fn from(error: io::Error) -> Self {
        Self::Io(error.raw_os_error(), error.to_string())
    }
}
