//! What can go wrong while reading, with where it happened; `python/errors.rs` maps each kind to a
//! Python class.

use std::fmt;

/// What kind of problem an [`Error`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The input is damaged or not MRT.
    Mrt,
    /// The input ends inside a record or inside its compressed stream.
    Truncated,
    /// The input is readable but not what was asked for.
    Unsupported,
    /// A prefix or address that is not one.
    Prefix,
    /// The operating system refused; the text is its own, the number its `errno`.
    Io(Option<i32>),
    /// The caller asked to stop.
    Interrupted,
}

/// A problem and its place.
#[derive(Debug, Clone)]
pub struct Error {
    /// Which class of problem.
    pub kind: ErrorKind,
    /// What was expected, what was found, where.
    pub message: String,
    /// Name of the input.
    pub path: Option<String>,
    /// Uncompressed byte offset.
    pub offset: Option<u64>,
    /// Record number, from 0.
    pub record: Option<u64>,
}

impl Error {
    /// A problem without a place.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            path: None,
            offset: None,
            record: None,
        }
    }

    /// The same, of an input, where what was found out does not name one.
    #[must_use]
    pub fn of(self, input: &str) -> Self {
        if self.kind != ErrorKind::Mrt || self.path.is_some() {
            return self;
        }
        Self {
            message: format!("{input}: {}", self.message),
            path: Some(input.to_owned()),
            ..self
        }
    }

    /// A text that is not the prefix or address it should be.
    pub fn prefix(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Prefix, message)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
