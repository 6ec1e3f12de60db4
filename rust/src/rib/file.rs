//! One input: framing of its records, what is kept and what is lost of each.

use std::collections::BTreeMap;

use arrow_schema::ArrowError;

use super::builder::Tables;
use super::decoder::{Decoder, Decoding};
use super::framing::Framing;
use super::load::{MAX_ISSUES, NotADump, OnError, Options, Safi};
use super::quirks::{Quirk, Quirks};
use super::receipt::{FileReceipt, Issue, Tally};
use crate::error::{Error, ErrorKind};
use crate::input::{Compression, Damage, Input};
use crate::mrt::header::{HEADER, Header};
use crate::mrt::names::record_name;
use crate::mrt::table_dump::PathIds;

/// Where in the input a record is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Place {
    pub(crate) offset: u64,
    pub(crate) record: u64,
}

/// What one input gives, and what the next ones add to it.
pub trait Part: Send + Sized {
    /// Begin what one input gives.
    fn new(decoder: Decoder) -> Self;

    /// Say that the input has ended.
    ///
    /// # Errors
    /// Too many peers.
    fn end(&mut self) -> Result<(), Error>;

    /// Append what the next input gave; both have ended.
    ///
    /// # Errors
    /// Too many peers.
    fn append(&mut self, next: Self) -> Result<(), Error>;

    /// The finished tables.
    ///
    /// # Errors
    /// What Arrow says about columns that grow too long or do not fit together.
    fn finish(self, decoding: Decoding) -> Result<Tables, ArrowError>;
}

/// What the records of files go into.
pub trait Target: Part {
    /// Bytes of a row in the columns of `rib.schema`.
    const ROW_BYTES: u64;

    /// Records read and not yet settled.
    type Pending<'b>: Default;

    /// Take one record.
    ///
    /// # Errors
    /// With [`OnError::Raise`] the first problem; too many peers.
    fn record<'b>(
        reader: &mut FileReader<'_, Self>,
        place: Place,
        header: &Header,
        body: &'b [u8],
        pending: &mut Self::Pending<'b>,
    ) -> Result<(), Error>;

    /// Settle what is pending: issues stand in the order of their records.
    ///
    /// # Errors
    /// As [`Target::record`].
    fn flush(
        reader: &mut FileReader<'_, Self>,
        pending: &mut Self::Pending<'_>,
    ) -> Result<(), Error>;

    /// Take the octets of a record that what it holds does not reach.
    ///
    /// # Errors
    /// As [`Target::record`].
    fn trailing(
        reader: &mut FileReader<'_, Self>,
        _place: Place,
        _octets: &[u8],
        _pending: &mut Self::Pending<'_>,
    ) -> Result<(), Error> {
        let quirks = reader.table.quirks();
        quirks.add(Quirk::TrailingBytesInRecord, 1);
        Ok(())
    }

    /// Where deviations are counted.
    fn quirks(&mut self) -> &mut Quirks;

    /// Number of rows so far.
    fn n_rows(&self) -> usize;

    /// Say what is wrong with an input in which nothing was found that is read; it may be damaged.
    ///
    /// # Errors
    /// As [`Target::record`].
    fn close(reader: &mut FileReader<'_, Self>) -> Result<(), Error>;
}

/// Reads the uncompressed bytes of one input into its target.
pub struct FileReader<'t, T> {
    name: String,
    pub(crate) given_collector: Option<String>,
    pub(crate) on_error: OnError,
    pub(crate) safi: Safi,
    pub(crate) unmarked_add_path: bool,
    pub(crate) table: &'t mut T,
    pub(crate) receipt: FileReceipt,
    issues: Vec<Issue>,
    pub(super) framing: Framing,
    /// Uncompressed bytes to read at most, and bytes of rows to give.
    max_bytes: Option<u64>,
    pub(crate) next: Place,
    /// The record before, and its type and subtype.
    pub(super) last: Option<(Place, Header)>,
    /// Octets of the record being read that what it holds does not reach.
    pub(crate) trailing: usize,
    /// Of the record being read, if it is of TABLE_DUMP_V2: the entries it declares and their form.
    pub(super) entries: Option<(u64, PathIds)>,
    /// Records and bytes by type and subtype.
    pub(crate) tallies: BTreeMap<(u16, u16), Tally>,
    /// Peer ids by index of the latest PEER_INDEX_TABLE.
    pub(crate) peer_ids: Option<Vec<u16>>,
    not_a_dump: Option<NotADump>,
}

impl<'t, T: Target> FileReader<'t, T> {
    /// Prepare to read `input` of `size` stored bytes.
    pub fn new(input: &Input, size: u64, options: Options, table: &'t mut T) -> Self {
        Self {
            name: input.name.clone(),
            given_collector: input.collector.clone(),
            on_error: options.on_error,
            safi: options.safi,
            unmarked_add_path: options.unmarked_add_path,
            table,
            receipt: FileReceipt {
                name: input.name.clone(),
                collector: input.collector.clone().unwrap_or_default(),
                compression: Compression::Plain.name(),
                bytes_in: size,
                ..FileReceipt::default()
            },
            issues: Vec::new(),
            framing: Framing::default(),
            max_bytes: input.max_bytes,
            next: Place::default(),
            last: None,
            trailing: 0,
            entries: None,
            tallies: BTreeMap::new(),
            peer_ids: None,
            not_a_dump: None,
        }
    }

    /// The magic bytes were seen.
    pub fn opened(&mut self, compression: Compression) {
        self.receipt.compression = compression.name();
    }

    pub(super) fn not_mrt(&mut self, bytes: &[u8]) {
        self.framing.closed = true;
        let start: Vec<u8> = bytes.iter().take(12).copied().collect();
        let first = bytes.iter().find(|b| !b.is_ascii_whitespace());
        let found = if first == Some(&b'<') {
            "an HTML page".to_owned()
        } else {
            let hex: Vec<String> = start.iter().map(|b| format!("{b:02x}")).collect();
            format!("bytes {}", hex.join(" "))
        };
        self.reject(
            "not_mrt",
            ErrorKind::Unsupported,
            format!(
                "{}: expected MRT records, found {found} at byte 0",
                self.name
            ),
        );
    }

    fn reject(&mut self, kind: &'static str, class: ErrorKind, message: String) {
        let error = Error {
            path: Some(self.name.clone()),
            offset: Some(0),
            record: Some(0),
            ..Error::new(class, message)
        };
        self.not_a_dump.get_or_insert(NotADump { kind, error });
    }

    /// The end of the input.
    ///
    /// # Errors
    /// Reading failed in the operating system; with [`OnError::Raise`] any damage.
    pub fn end(&mut self, damage: Option<Damage>) -> Result<(), Error> {
        if let Some(Damage::Io(code, text)) = &damage {
            return Err(Error {
                path: Some(self.name.clone()),
                ..Error::new(ErrorKind::Io(*code), text.clone())
            });
        }
        let cut = self.last_records()?;
        if self.framing.full {
            return Ok(());
        }
        if self.receipt.bytes_uncompressed == 0 && damage.is_none() {
            self.reject(
                "empty_file",
                ErrorKind::Mrt,
                format!("{}: expected MRT records, found an empty file", self.name),
            );
        } else if self.next.record == 0 && damage.is_none() && !cut.is_empty() && cut.len() < HEADER
        {
            self.not_mrt(&cut);
        }
        let (place, end) = (self.next, self.receipt.bytes_uncompressed);
        if self.framing.closed {
            self.skip_to(end, "not_mrt");
        } else if !cut.is_empty() || matches!(damage, Some(Damage::Truncated(_))) {
            let reason = self.cut_record(&cut, damage.as_ref())?;
            self.skip_to(end, reason);
        }
        match damage {
            Some(Damage::Corrupt(text)) => self.issue(
                "corrupt_compression",
                ErrorKind::Mrt,
                place,
                format!("{text}: nothing after uncompressed byte {end} could be read"),
            ),
            Some(Damage::Limit(limit)) => self.issue(
                "limit",
                ErrorKind::Mrt,
                place,
                format!(
                    "expected at most max_bytes={limit} uncompressed bytes, found more: nothing \
                     after them is read"
                ),
            ),
            Some(Damage::TrailingGarbage(text)) => {
                self.issue("trailing_garbage", ErrorKind::Mrt, place, text)
            }
            _ => Ok(()),
        }
    }

    /// Whether nothing more is read.
    pub const fn has_stopped(&self) -> bool {
        self.framing.full
    }

    /// Stop before the next record where the rows of those before it take more than the limit: a small
    /// message may hold a great many withdrawals.
    pub(super) fn stop_if_full(&mut self, pending: &mut T::Pending<'_>) -> Result<bool, Error> {
        let Some(limit) = self.max_bytes else {
            return Ok(false);
        };
        let is_over = |table: &T| table.n_rows() as u64 * T::ROW_BYTES > limit;
        if !is_over(self.table) {
            return Ok(false);
        }
        T::flush(self, pending)?; // takes out what is no row
        if !is_over(self.table) {
            return Ok(false);
        }
        self.framing.full = true;
        self.receipt.bytes_uncompressed = self.next.offset;
        let detail = format!(
            "expected at most max_bytes={limit} bytes of columns, {} a row, found more: nothing after \
             them is read",
            T::ROW_BYTES
        );
        self.issue("limit", ErrorKind::Mrt, self.next, detail)?;
        Ok(true)
    }

    /// The input ends inside a record, or right after one although its compressed stream goes on.
    fn cut_record(&mut self, cut: &[u8], damage: Option<&Damage>) -> Result<&'static str, Error> {
        match damage {
            Some(Damage::Corrupt(_)) => return Ok("corrupt_compression"),
            Some(Damage::Limit(_)) => return Ok("limit"),
            _ => {}
        }
        let header = Header::parse(cut);
        let expected = header.map_or_else(
            || format!("a record header of {HEADER} bytes"),
            |h| format!("{} bytes of record", HEADER + h.length as usize),
        );
        let stream = match damage {
            Some(Damage::Truncated(text)) => format!("; {text}"),
            _ => String::new(),
        };
        self.issue(
            "truncated",
            ErrorKind::Truncated,
            self.next,
            format!(
                "expected {expected} or the end, found {} bytes and the end{stream}",
                cut.len()
            ),
        )?;
        Ok("truncated")
    }

    pub(crate) fn issue(
        &mut self,
        kind: &'static str,
        class: ErrorKind,
        place: impl Into<Option<Place>>,
        detail: String,
    ) -> Result<(), Error> {
        let place = place.into();
        let (offset, record) = (place.map(|p| p.offset), place.map(|p| p.record));
        if self.on_error == OnError::Raise {
            let at = place.map_or_else(String::new, |p| {
                format!(" (record {} at byte {})", p.record, p.offset)
            });
            let message = format!("{}: {detail}{at}", self.name);
            return Err(Error {
                kind: class,
                message,
                path: Some(self.name.clone()),
                offset,
                record,
            });
        }
        self.receipt.n_issues += 1;
        if self.receipt.n_issues <= MAX_ISSUES {
            self.issues.push(Issue {
                file: self.name.clone(),
                offset,
                record,
                kind,
                detail,
            });
        }
        Ok(())
    }

    /// Close the account of this input.
    ///
    /// # Errors
    /// With [`OnError::Raise`], that the input holds no routes this version reads.
    pub fn finish(mut self) -> Result<(FileReceipt, Vec<Issue>, Option<NotADump>), Error> {
        for ((kind, subtype), tally) in &self.tallies {
            self.receipt
                .records
                .insert(record_name(*kind, *subtype), *tally);
        }
        if self.receipt.n_issues > MAX_ISSUES {
            self.issues.push(Issue {
                file: self.name.clone(),
                offset: None,
                record: None,
                kind: "more_issues",
                detail: format!(
                    "{} more issues of this file",
                    self.receipt.n_issues - MAX_ISSUES
                ),
            });
        }
        let kept = self.receipt.routes_kept + self.receipt.changes_kept;
        let read = self.receipt.routes_read + self.receipt.changes_read;
        if kept == 0 && self.not_a_dump.is_none() && (self.issues.is_empty() || read == 0) {
            T::close(&mut self)?;
        }
        if let Some(problem) = &self.not_a_dump {
            self.receipt.n_issues += 1;
            self.issues.push(Issue {
                file: self.name.clone(),
                offset: problem.error.offset,
                record: problem.error.record,
                kind: problem.kind,
                detail: problem.error.message.clone(),
            });
        }
        Ok((self.receipt, self.issues, self.not_a_dump))
    }

    /// Whether there is a record of one of these MRT types.
    pub(crate) fn has(&self, kinds: &[u16]) -> bool {
        self.tallies.keys().any(|(kind, _)| kinds.contains(kind))
    }

    /// Numbers and names of the records, as text.
    fn found(&self) -> String {
        let records = self.receipt.records.iter();
        let found: Vec<String> = records.map(|(n, t)| format!("{} {n}", t.count)).collect();
        found.join(", ")
    }

    /// The input is of another kind: fatal alone, an issue beside others.
    pub(crate) fn is_other(&mut self, issue: &'static str, expected: &str, found: &str) {
        let records = self.found();
        let message = format!(
            "{}: expected {expected}, found {found} ({records})",
            self.name
        );
        self.reject(issue, ErrorKind::Unsupported, message);
    }

    /// The input holds nothing of what was expected.
    pub(crate) fn lacks(&mut self, issue: &'static str, expected: &str) -> Result<(), Error> {
        if !self.issues.is_empty() {
            return Ok(()); // what was lost may have been that
        }
        let detail = format!("expected {expected}, found only {}", self.found());
        self.issue(issue, ErrorKind::Unsupported, None, detail)
    }
}
