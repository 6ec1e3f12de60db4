//! The stored bytes of an input, with as much of a look ahead as a decoder needs.

use std::io::{self, ErrorKind, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes read from the source at a time.
const CHUNK: usize = 1 << 18;

/// A reader with a window over what comes next, which counts what it reads for progress.
pub struct Stored {
    inner: Box<dyn Read + Send>,
    read: Arc<AtomicU64>,
    /// `buffer[start..end]` was read and not consumed.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Bytes consumed.
    offset: u64,
    at_end: bool,
}

impl Stored {
    /// Read from `inner`, adding to `read`.
    pub fn new(inner: Box<dyn Read + Send>, read: Arc<AtomicU64>) -> Self {
        Self {
            inner,
            read,
            buffer: Vec::new(),
            start: 0,
            end: 0,
            offset: 0,
            at_end: false,
        }
    }

    /// Bytes consumed so far: the position of the window.
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// What is in the window.
    pub fn window(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// The window, widened to at least `n` bytes unless the input ends before.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn peek(&mut self, n: usize) -> io::Result<&[u8]> {
        while self.end - self.start < n && !self.at_end {
            self.make_room();
            let free = self.buffer.get_mut(self.end..).unwrap_or_default();
            let n = read_some(&mut *self.inner, free)?;
            self.count(n);
            self.end += n;
        }
        Ok(self.window())
    }

    /// Take `n` bytes of the window as done with.
    pub fn consume(&mut self, n: usize) {
        let n = n.min(self.end - self.start);
        self.start += n;
        self.offset += n as u64;
    }

    /// Take everything to the end as done with, and say how much that was.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn consume_all(&mut self) -> io::Result<u64> {
        let from = self.offset;
        while !self.peek(1)?.is_empty() {
            self.consume(usize::MAX);
        }
        Ok(self.offset - from)
    }

    fn make_room(&mut self) {
        // Moved only once half of it is consumed, so each byte moves a bounded number of times.
        if self.start * 2 >= self.end {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.buffer.len() < self.end + CHUNK {
            self.buffer.resize(self.end + CHUNK, 0);
        }
    }

    fn count(&mut self, n: usize) {
        self.at_end |= n == 0;
        self.read.fetch_add(n as u64, Ordering::Relaxed);
    }
}

impl Read for Stored {
    /// Past the window, straight into `buffer`, once the window is empty.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = if self.start < self.end {
            let mut window = self.window();
            let n = window.read(buffer)?;
            self.start += n;
            n
        } else {
            let n = read_some(&mut *self.inner, buffer)?;
            self.count(n);
            n
        };
        self.offset += n as u64;
        Ok(n)
    }
}

fn read_some(inner: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match inner.read(buffer) {
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}
