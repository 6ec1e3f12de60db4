//! Decompression on a thread of its own, a few blocks ahead of the parser.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::thread::{Builder, Scope};

use super::{Compression, Damage, Members, Source};

/// Uncompressed bytes per block. Large enough that a block's hand-over is free, small enough that
/// the few blocks in flight stay in the megabytes.
const BLOCK: usize = 4 << 20;
/// Blocks decompressed ahead.
const AHEAD: usize = 3;

/// One message of the decompressor.
pub enum Block {
    /// How the input is stored; always first.
    Opened(Compression),
    /// A buffer and how many uncompressed bytes are in it.
    Bytes(Vec<u8>, usize),
    /// The end, and why if it came early; always last.
    End(Option<Damage>),
}

/// Decompress `source` on a thread of `scope`; it ends when the receiver is dropped. Buffers that were
/// read go back by the sender.
///
/// # Errors
/// What the operating system says about opening the source or starting the thread.
pub fn stream_blocks<'scope>(
    scope: &'scope Scope<'scope, '_>,
    source: &Source,
    read: Arc<AtomicU64>,
) -> io::Result<(Receiver<Block>, Sender<Vec<u8>>)> {
    let stored = source.open(read)?;
    let (send, receive) = sync_channel(AHEAD);
    let (give_back, used) = channel();
    Builder::new()
        .name("rib-decompress".into())
        .spawn_scoped(scope, move || {
            let mut members = match Members::new(stored) {
                Ok(members) => members,
                Err(e) => {
                    let _ = send.send(Block::End(Some(Damage::Io(
                        e.raw_os_error(),
                        e.to_string(),
                    ))));
                    return;
                }
            };
            if send.send(Block::Opened(members.compression())).is_err() {
                return;
            }
            loop {
                // Fresh memory costs as much as reading into it, so buffers go round.
                let mut block = used.try_recv().unwrap_or_else(|_| vec![0; BLOCK]);
                let filled = members.fill(&mut block);
                let last = filled < BLOCK;
                if filled > 0 && send.send(Block::Bytes(block, filled)).is_err() {
                    return;
                }
                if last {
                    let _ = send.send(Block::End(members.damage.take()));
                    return;
                }
            }
        })?;
    Ok((receive, give_back))
}
