//! From a path or bytes to a stream of uncompressed blocks, decompressed on its own thread.

mod blocks;
mod members;

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub use blocks::{Block, stream_blocks};
pub use members::{Compression, Damage, Members};

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
    fn open(&self, read: Arc<AtomicU64>) -> io::Result<BufReader<Counted>> {
        let inner: Box<dyn Read + Send> = match self {
            Self::Path(path) => Box::new(File::open(path)?),
            Self::Bytes(bytes) => Box::new(Cursor::new(Shared(Arc::clone(bytes)))),
        };
        Ok(BufReader::with_capacity(1 << 18, Counted { inner, read }))
    }
}

struct Shared(SharedBytes);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        self.0.as_ref().as_ref()
    }
}

/// A reader that says how far it is, for progress by compressed bytes.
pub struct Counted {
    inner: Box<dyn Read + Send>,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.read.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}
