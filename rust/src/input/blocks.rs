//! Decompression on a thread of its own, a few blocks ahead of the parser.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::thread::{Builder, Scope};

use super::compression::MAGIC;
use super::output::{Output, Stop};
use super::{Block, Compression, Source, Stored, bzip2, members};

/// Blocks decompressed ahead.
const AHEAD: usize = 3;

/// Decompress `source` on a thread of `scope`, up to `limit` uncompressed bytes; it ends when the
/// receiver is dropped. Buffers that were read go back by the sender.
///
/// # Errors
/// What the operating system says about opening the source or starting the thread.
pub fn stream_blocks<'scope>(
    scope: &'scope Scope<'scope, '_>,
    source: &Source,
    limit: Option<u64>,
    read: Arc<AtomicU64>,
) -> io::Result<(Receiver<Block>, Sender<Vec<u8>>)> {
    let stored = source.open(read)?;
    let (send, receive) = sync_channel(AHEAD);
    let (give_back, used) = channel();
    Builder::new()
        .name("rib-decompress".into())
        .spawn_scoped(scope, move || {
            let mut output = Output::new(send, used, limit);
            let ended = decompress(stored, &mut output);
            output.end(ended);
        })?;
    Ok((receive, give_back))
}

fn decompress(mut stored: Stored, output: &mut Output) -> Result<(), Stop> {
    let compression = Compression::detect(stored.peek(MAGIC)?);
    output.opened(compression)?;
    match compression {
        Compression::Plain => members::copy(&mut stored, output),
        Compression::Bzip2 => bzip2::decompress(stored, output),
        _ => members::decompress(compression, &mut stored, output),
    }
}
