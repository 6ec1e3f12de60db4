//! From a path or bytes to a stream of uncompressed blocks, decompressed on its own thread.
//!
//! What is in a compressed input is told by its first bytes. Damage keeps what came out before it:
//! gzip, xz, zstd and LZ4 up to the symbol or block that cannot be, bzip2 every block whose
//! checksum is right, so that nothing of a scrambled block gets through.

mod blocks;
mod bzip2;
mod compression;
mod members;
mod output;
mod stored;

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

pub use blocks::stream_blocks;
pub use compression::{Compression, Damage};
pub use output::Block;
use stored::Stored;

/// Bytes that can be shared with the caller without a copy.
pub type SharedBytes = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// Where the bytes of one input are.
#[derive(Clone)]
pub enum Source {
    /// A file.
    Path(PathBuf),
    /// Bytes in memory.
    Bytes(SharedBytes),
}

/// One input of a load.
#[derive(Clone)]
pub struct Input {
    /// Name used in the receipt and in errors.
    pub name: String,
    /// Collector of its peers; where `None`, the view name of the PEER_INDEX_TABLE.
    pub collector: Option<String>,
    /// The bytes.
    pub source: Source,
    /// Uncompressed bytes to read at most, and bytes of rows to give, against bombs.
    pub max_bytes: Option<u64>,
}

impl Source {
    /// Stored (compressed) size in bytes.
    ///
    /// # Errors
    /// What the operating system says, a directory included.
    pub fn stored_bytes(&self) -> io::Result<u64> {
        match self {
            Self::Path(path) => {
                let metadata = std::fs::metadata(path)?;
                if metadata.is_dir() {
                    return Err(io::Error::from(io::ErrorKind::IsADirectory));
                }
                Ok(metadata.len())
            }
            Self::Bytes(bytes) => Ok(bytes.as_ref().as_ref().len() as u64),
        }
    }

    /// Open for reading, counting stored bytes in `read`.
    fn open(&self, read: Arc<AtomicU64>) -> io::Result<Stored> {
        let inner: Box<dyn Read + Send> = match self {
            Self::Path(path) => Box::new(File::open(path)?),
            Self::Bytes(bytes) => Box::new(Cursor::new(Shared(Arc::clone(bytes)))),
        };
        Ok(Stored::new(inner, read))
    }
}

struct Shared(SharedBytes);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        self.0.as_ref().as_ref()
    }
}
