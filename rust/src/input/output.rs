//! Where decoders put uncompressed bytes: blocks on their way to the parser, up to a limit.

use std::io;
use std::sync::mpsc::{Receiver, SyncSender};

use super::{Compression, Damage};

/// Uncompressed bytes per block. Large enough that a block's hand-over is free, small enough that
/// the few blocks in flight stay in the megabytes.
pub const BLOCK: usize = 4 << 20;

/// One message of the decompressor.
pub enum Block {
    /// How the input is stored; always first.
    Opened(Compression),
    /// A buffer and how many uncompressed bytes are in it.
    Bytes(Vec<u8>, usize),
    /// The end, and why if it came early; always last.
    End(Option<Damage>),
}

/// Why decoding cannot go on.
pub enum Stop {
    /// The input.
    Damaged(Damage),
    /// Nobody reads the blocks any more.
    Unread,
}

impl From<Damage> for Stop {
    fn from(damage: Damage) -> Self {
        Self::Damaged(damage)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Damaged(error.into())
    }
}

/// The writing end of the blocks of one input.
pub struct Output {
    send: SyncSender<Block>,
    used: Receiver<Vec<u8>>,
    block: Vec<u8>,
    filled: usize,
    limit: Option<u64>,
    /// Uncompressed bytes sent.
    sent: u64,
}

impl Output {
    /// Send blocks of at most `limit` bytes altogether; `used` gives buffers back.
    pub fn new(send: SyncSender<Block>, used: Receiver<Vec<u8>>, limit: Option<u64>) -> Self {
        Self {
            send,
            used,
            block: Vec::new(),
            filled: 0,
            limit,
            sent: 0,
        }
    }

    /// Say how the input is stored.
    pub fn opened(&self, compression: Compression) -> Result<(), Stop> {
        let sent = self.send.send(Block::Opened(compression));
        sent.map_err(|_| Stop::Unread)
    }

    /// A buffer of [`BLOCK`] bytes to fill and [`send`](Self::send).
    pub fn buffer(&self) -> Vec<u8> {
        // Fresh memory costs as much as reading into it, so buffers go round.
        let used = self.used.try_recv();
        used.unwrap_or_else(|_| vec![0; BLOCK])
    }

    /// The free part of the current block, never empty; say with [`advance`](Self::advance) how
    /// much of it was filled.
    pub fn free(&mut self) -> &mut [u8] {
        if self.block.is_empty() {
            self.block = self.buffer();
            self.filled = 0;
        }
        self.block.get_mut(self.filled..).unwrap_or_default()
    }

    /// `n` more bytes of the current block are filled.
    pub fn advance(&mut self, n: usize) -> Result<(), Stop> {
        self.filled += n;
        if self.filled < self.block.len() {
            return Ok(());
        }
        self.flush()
    }

    /// Copy `bytes` into blocks.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        for bytes in bytes.chunks(BLOCK) {
            let mut block = self.buffer();
            for (to, from) in block.iter_mut().zip(bytes) {
                *to = *from;
            }
            self.send(block, bytes.len())?;
        }
        Ok(())
    }

    /// Send `n` bytes of a buffer of its own.
    pub fn send(&mut self, block: Vec<u8>, n: usize) -> Result<(), Stop> {
        let left = self.limit.map_or(u64::MAX, |limit| limit - self.sent);
        let over = n as u64 > left;
        let n = usize::try_from(left).map_or(n, |left| n.min(left));
        self.sent += n as u64;
        if n > 0 {
            let sent = self.send.send(Block::Bytes(block, n));
            sent.map_err(|_| Stop::Unread)?;
        }
        match self.limit {
            Some(limit) if over => Err(Stop::Damaged(Damage::Limit(limit))),
            _ => Ok(()),
        }
    }

    /// Send what is left and how the input ended.
    pub fn end(mut self, ended: Result<(), Stop>) {
        let damage = match self.flush().and(ended) {
            Ok(()) => None,
            Err(Stop::Damaged(damage)) => Some(damage),
            Err(Stop::Unread) => return,
        };
        // Nobody needs the end who does not read.
        let _ = self.send.send(Block::End(damage));
    }

    fn flush(&mut self) -> Result<(), Stop> {
        let block = std::mem::take(&mut self.block);
        let n = std::mem::take(&mut self.filled);
        self.send(block, n)
    }
}
