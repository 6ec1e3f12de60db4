//! From blocks of bytes to records: where each begins, and where the next one is after damage.
//!
//! A header that cannot be one means that framing is lost. The record before it may say a wrong
//! length, so the search for the next chain of records begins inside it; what lies between is
//! skipped and reported. Where blocks of input begin and end makes no difference to any of this.

use std::mem;

use super::file::{FileReader, Target};
use super::receipt::Skipped;
use crate::error::{Error, ErrorKind};
use crate::mrt::chain::{self, Search};
use crate::mrt::header::{HEADER, Header, MAX_RECORD};
use crate::mrt::table_dump_v1;
use crate::prefix::Family;

/// Longer records are not looked into for the next one.
const LOOK_BACK: usize = 1 << 20;

/// Between two blocks.
#[derive(Default)]
pub(super) struct Framing {
    /// Bytes that are in no record yet.
    carry: Vec<u8>,
    /// The record before them.
    previous: Vec<u8>,
    lost: Option<Lost>,
    /// Set where nothing is to be read: the rest is only counted.
    pub(super) closed: bool,
    /// Set where the limit is reached: the rest is left alone.
    pub(super) full: bool,
}

/// Framing is lost.
struct Lost {
    /// What was found instead of a record.
    found: String,
    /// First byte that is in no record, counted from the start of the buffer.
    at: i64,
    /// Where the search goes on.
    from: usize,
}

/// What became of a buffer.
enum Outcome {
    /// Read up to here.
    Read(usize),
    /// The first header is damaged, and the record before it is not in the buffer.
    NeedsPrevious,
}

/// What a header is.
enum Verdict {
    Record(usize),
    /// More bytes are needed to tell, or to have the whole record.
    Cut,
    Damaged(String),
    /// The file begins with something else.
    NotMrt,
}

impl<T: Target> FileReader<'_, T> {
    /// The next uncompressed bytes.
    ///
    /// # Errors
    /// With [`super::load::OnError::Raise`] the first problem; too many peers.
    pub fn bytes(&mut self, block: &[u8]) -> Result<(), Error> {
        self.receipt.bytes_uncompressed += block.len() as u64;
        let mut carry = mem::take(&mut self.framing.carry);
        let mut rest = block;
        // Only the record that the last block cut is put together: copying whole blocks would cost
        // as much as reading them.
        while self.framing.lost.is_none()
            && !carry.is_empty()
            && let Some(needed) = missing(&carry)
        {
            let (more, after) = rest.split_at(needed.min(rest.len()));
            carry.extend_from_slice(more);
            rest = after;
            if more.len() < needed {
                self.framing.carry = carry;
                return Ok(());
            }
        }
        if !carry.is_empty() {
            if self.framing.lost.is_some() {
                carry.extend_from_slice(mem::take(&mut rest));
            }
            carry = self.records(&carry, false)?;
        }
        if !carry.is_empty() {
            carry.extend_from_slice(mem::take(&mut rest));
            carry = self.records(&carry, false)?;
        }
        if !rest.is_empty() {
            carry = self.records(rest, false)?;
        }
        self.framing.carry = carry;
        Ok(())
    }

    /// Read what is left at the end of the input; returns what is cut.
    pub(super) fn last_records(&mut self) -> Result<Vec<u8>, Error> {
        let carry = mem::take(&mut self.framing.carry);
        let cut = self.records(&carry, true)?;
        if let Some(lost) = self.framing.lost.take() {
            let place = self.next;
            self.skip_to(self.receipt.bytes_uncompressed, "framing");
            let detail = format!("{}: the rest of the file is skipped", lost.found);
            self.issue("framing", ErrorKind::Mrt, place, detail)?;
            return Ok(Vec::new());
        }
        Ok(cut)
    }

    /// Read the records of a buffer; returns what is left of it.
    fn records(&mut self, buffer: &[u8], at_end: bool) -> Result<Vec<u8>, Error> {
        if self.framing.closed || self.framing.full {
            return Ok(Vec::new());
        }
        if let Outcome::Read(end) = self.walk(buffer, 0, at_end)? {
            return Ok(buffer.get(end..).unwrap_or_default().to_vec());
        }
        let previous = mem::take(&mut self.framing.previous);
        let buffer = [previous.as_slice(), buffer].concat();
        match self.walk(&buffer, previous.len(), at_end)? {
            Outcome::Read(end) => Ok(buffer.get(end..).unwrap_or_default().to_vec()),
            Outcome::NeedsPrevious => Ok(Vec::new()),
        }
    }

    /// Read records from `start` on; what is before it is the record before.
    fn walk(&mut self, buffer: &[u8], start: usize, at_end: bool) -> Result<Outcome, Error> {
        let mut pending = T::Pending::default();
        let mut at = start;
        let mut previous = (start > 0).then_some(0);
        loop {
            if let Some(lost) = self.framing.lost.take() {
                match chain::find(buffer, lost.from, at_end) {
                    Search::Found(found) => {
                        self.resume(&lost, found)?;
                        (at, previous) = (found, None);
                        self.framing.previous.clear();
                    }
                    Search::Undecided(from) => {
                        self.framing.lost = Some(lost.dropping(from));
                        return Ok(Outcome::Read(from));
                    }
                }
            }
            let rest = buffer.get(at..).unwrap_or_default();
            match self.verdict(rest, at_end) {
                Verdict::Record(_) if self.stop_if_full(&mut pending)? => {
                    return Ok(Outcome::Read(buffer.len()));
                }
                Verdict::Record(length) => {
                    let record = rest.get(..length).unwrap_or_default();
                    previous = Some(at);
                    at += self.one(record, &mut pending)?;
                }
                Verdict::Damaged(found) => {
                    T::flush(self, &mut pending)?;
                    if previous.is_none() && !self.framing.previous.is_empty() {
                        return Ok(Outcome::NeedsPrevious);
                    }
                    let look_back = previous.filter(|p| at - p <= LOOK_BACK);
                    self.framing.lost = Some(Lost {
                        found,
                        at: i64::try_from(at).unwrap_or(i64::MAX),
                        from: look_back.map_or(at + 1, |p| p + HEADER),
                    });
                }
                Verdict::Cut => {
                    T::flush(self, &mut pending)?;
                    if let Some(previous) = previous.and_then(|p| buffer.get(p..at)) {
                        let keep = previous.len() <= LOOK_BACK;
                        self.framing.previous = if keep { previous.to_vec() } else { Vec::new() };
                    }
                    return Ok(Outcome::Read(at));
                }
                Verdict::NotMrt => {
                    self.not_mrt(rest);
                    return Ok(Outcome::Read(buffer.len()));
                }
            }
        }
    }

    /// What stands at the start of `rest`.
    fn verdict(&self, rest: &[u8], at_end: bool) -> Verdict {
        let Some(header) = Header::parse(rest) else {
            return Verdict::Cut;
        };
        if self.next.record == 0 && !header.can_begin_a_file() {
            return Verdict::NotMrt;
        }
        let length = HEADER + header.length as usize;
        let damaged = || {
            Verdict::Damaged(format!(
                "expected a record header, found type {} subtype {} length {}",
                header.kind, header.subtype, header.length
            ))
        };
        if header.length > MAX_RECORD {
            return damaged();
        }
        if rest.len() < length {
            if !at_end {
                return Verdict::Cut;
            }
            if !header.is_known() {
                return damaged();
            }
            // A cut file, unless whole records stand where this one is said to go on.
            return match chain::find(rest, HEADER, true) {
                Search::Undecided(_) => Verdict::Cut,
                Search::Found(_) => Verdict::Damaged(format!(
                    "expected {length} bytes of record, found {} and the end",
                    rest.len()
                )),
            };
        }
        if header.is_known() {
            return record_length(&header, rest, at_end).map_or(Verdict::Cut, Verdict::Record);
        }
        // What no RFC defines is a record only if one that is, or the end, follows; or if its time and
        // that of what follows are those of its neighbours, as where a new type of record is common.
        // Type 0 is none: zeros are no record.
        let after = rest.get(length..).unwrap_or_default();
        let near =
            |h: &Header| h.kind != 0 && self.last.is_some_and(|(_, last)| h.is_near(last.time));
        match Header::parse(after) {
            Some(next) if next.is_known() => Verdict::Record(length),
            Some(next) if near(&header) && near(&next) && next.length <= MAX_RECORD => {
                Verdict::Record(length)
            }
            None if !at_end => Verdict::Cut,
            None if after.is_empty() => Verdict::Record(length),
            _ => damaged(),
        }
    }

    /// One whole record; returns how much of it was one.
    fn one<'b>(&mut self, bytes: &'b [u8], pending: &mut T::Pending<'b>) -> Result<usize, Error> {
        let (Some(header), Some(body)) = (Header::parse(bytes), bytes.get(HEADER..)) else {
            return Ok(bytes.len());
        };
        let place = self.next;
        let name = (header.kind, header.subtype);
        self.last = Some((place, header));
        self.next.offset += bytes.len() as u64;
        self.next.record += 1;
        let tally = self.tallies.entry(name).or_default();
        tally.count += 1;
        tally.bytes += bytes.len() as u64;
        T::record(self, place, &header, body, pending)?;
        let trailing = mem::take(&mut self.trailing);
        if trailing == 0 {
            return Ok(bytes.len());
        }
        let end = bytes.len() - trailing;
        let tail = bytes.get(end..).unwrap_or_default();
        if chain::is_chain(tail, true) != Some(true) {
            T::trailing(self, place, tail, pending)?;
            return Ok(bytes.len());
        }
        T::flush(self, pending)?;
        self.shorten(trailing as u64)?;
        Ok(end)
    }

    /// A chain was found: say what is skipped, or how much too long the record before was.
    fn resume(&mut self, lost: &Lost, found: usize) -> Result<(), Error> {
        let found = i64::try_from(found).unwrap_or(i64::MAX);
        let (skipped, too_long) = (found - lost.at, lost.at - found);
        if let Ok(too_long) = u64::try_from(too_long)
            && too_long > 0
        {
            return self.shorten(too_long);
        }
        let place = self.next;
        self.skip_to(place.offset + skipped.unsigned_abs(), "framing");
        let detail = format!(
            "{}: {skipped} bytes skipped to the next records",
            lost.found
        );
        self.issue("framing", ErrorKind::Mrt, place, detail)
    }

    /// The record before ends so many bytes earlier than it says.
    fn shorten(&mut self, too_long: u64) -> Result<(), Error> {
        let Some((place, header)) = self.last else {
            return Ok(());
        };
        let name = (header.kind, header.subtype);
        let said = self.next.offset - place.offset;
        self.next.offset -= too_long;
        if let Some(tally) = self.tallies.get_mut(&name) {
            tally.bytes -= too_long;
        }
        let detail = format!(
            "the record is said to have {said} bytes, the next one begins after {}",
            said - too_long
        );
        self.issue("record_length", ErrorKind::Mrt, place, detail)
    }

    /// Account for bytes that are in no record.
    pub(super) fn skip_to(&mut self, end: u64, reason: &'static str) {
        if end > self.next.offset {
            self.receipt.skipped.push(Skipped {
                offset: self.next.offset,
                length: end - self.next.offset,
                reason,
            });
            self.next.offset = end;
        }
    }
}

impl Lost {
    /// The same, once the first `n` bytes of the buffer are gone.
    fn dropping(self, n: usize) -> Self {
        Self {
            at: self.at - i64::try_from(n).unwrap_or(i64::MAX),
            from: 0,
            found: self.found,
        }
    }
}

/// Octets of a record of a known type that is there as far as it says; `None` where more bytes are
/// needed to tell.
fn record_length(header: &Header, rest: &[u8], at_end: bool) -> Option<usize> {
    let length = HEADER + header.length as usize;
    if !is_short(header, rest) {
        return Some(length);
    }
    let is_followed = |length: usize| match rest.get(length..) {
        Some([]) if at_end => Some(true),
        after => match after.and_then(Header::parse) {
            Some(next) => Some(next.is_known() && next.is_near(header.time)),
            None if at_end => Some(false),
            None => None,
        },
    };
    let longer = length + table_dump_v1::HEAD;
    let is_longer = !is_followed(length)? && is_followed(longer)?;
    Some(if is_longer { longer } else { length })
}

/// Whether a TABLE_DUMP record may be longer than it says.
fn is_short(header: &Header, rest: &[u8]) -> bool {
    let family = match (header.kind, header.subtype) {
        (12, 1) => Family::V4,
        (12, 2) => Family::V6,
        _ => return false,
    };
    let body = rest.get(HEADER..HEADER + header.length as usize);
    body.is_some_and(|body| table_dump_v1::is_short(body, family))
}

/// Bytes missing until the record at the start of `bytes` can be judged and is whole; `None` when
/// it can and is.
fn missing(bytes: &[u8]) -> Option<usize> {
    let needed = match Header::parse(bytes) {
        None => HEADER,
        Some(header) if header.length > MAX_RECORD => return None,
        Some(header) if header.is_known() && is_short(&header, bytes) => {
            2 * HEADER + header.length as usize + table_dump_v1::HEAD
        }
        Some(header) if header.is_known() => HEADER + header.length as usize,
        Some(header) => 2 * HEADER + header.length as usize,
    };
    needed.checked_sub(bytes.len()).filter(|n| *n > 0)
}
