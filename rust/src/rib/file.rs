//! One input: framing of its records, what is kept and what is lost of each.

use std::collections::BTreeMap;
use std::mem;

use super::builder::{Entry, Peer, RecordType, Rejected, TableBuilder};
use super::load::{MAX_ISSUES, NotADump, OnError};
use super::quirks::Quirk;
use super::receipt::{FileReceipt, Issue, Skipped};
use crate::error::{Error, ErrorKind};
use crate::input::{Compression, Damage, Input};
use crate::mrt::header::{HEADER, Header, MAX_RECORD};
use crate::mrt::names::record_name;
use crate::mrt::table_dump::{peer_index_table, rib_entry, rib_record, table_dump};
use crate::prefix::{Family, Prefix};

/// Where in the input a record is.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    offset: u64,
    record: u64,
}

/// Reads the uncompressed bytes of one input into the table.
pub struct FileReader<'t> {
    name: String,
    given_collector: Option<String>,
    on_error: OnError,
    table: &'t mut TableBuilder,
    receipt: FileReceipt,
    issues: Vec<Issue>,
    /// The start of a record that the last block cut.
    carry: Vec<u8>,
    next: Place,
    /// Set once framing is lost: the rest is counted, not read.
    lost_framing: Option<&'static str>,
    /// Peer ids by index of the latest PEER_INDEX_TABLE.
    peer_ids: Option<Vec<u16>>,
    /// Records that carry routes this version does not read, by name.
    unsupported: BTreeMap<String, (Place, u64)>,
    has_updates: bool,
    not_a_dump: Option<NotADump>,
}

impl<'t> FileReader<'t> {
    /// Prepare to read `input` of `size` stored bytes.
    pub fn new(input: &Input, size: u64, on_error: OnError, table: &'t mut TableBuilder) -> Self {
        Self {
            name: input.name.clone(),
            given_collector: input.collector.clone(),
            on_error,
            table,
            receipt: FileReceipt {
                name: input.name.clone(),
                collector: input.collector.clone().unwrap_or_default(),
                compression: Compression::Plain.name(),
                bytes_in: size,
                ..FileReceipt::default()
            },
            issues: Vec::new(),
            carry: Vec::new(),
            next: Place::default(),
            lost_framing: None,
            peer_ids: None,
            unsupported: BTreeMap::new(),
            has_updates: false,
            not_a_dump: None,
        }
    }

    /// The magic bytes were seen.
    ///
    /// # Errors
    /// None today; a compression that is not read is reported at the end.
    pub fn opened(&mut self, compression: Compression) -> Result<(), Error> {
        self.receipt.compression = compression.name();
        if let Compression::Unread(name) = compression {
            self.reject(
                "unsupported_compression",
                ErrorKind::Unsupported,
                format!(
                    "{}: expected plain, gzip or bzip2 input, found {name} compression",
                    self.name
                ),
            );
        }
        Ok(())
    }

    /// The next uncompressed bytes.
    ///
    /// # Errors
    /// With [`OnError::Raise`] the first problem; too many peers.
    pub fn bytes(&mut self, block: &[u8]) -> Result<(), Error> {
        self.receipt.bytes_uncompressed += block.len() as u64;
        if self.lost_framing.is_some() {
            return Ok(());
        }
        let mut rest = block;
        if !self.carry.is_empty() {
            let mut carry = mem::take(&mut self.carry);
            while let Some(needed) = missing(&carry) {
                let (more, after) = rest.split_at(needed.min(rest.len()));
                carry.extend_from_slice(more);
                rest = after;
                if more.len() < needed {
                    self.carry = carry;
                    return Ok(());
                }
                if !self.is_plausible(&carry)? {
                    return Ok(());
                }
            }
            self.one(&carry)?;
        }
        loop {
            if !self.is_plausible(rest)? {
                return Ok(());
            }
            if missing(rest).is_some() {
                self.carry.extend_from_slice(rest);
                return Ok(());
            }
            let length = Header::parse(rest).map_or(0, |h| h.length as usize);
            let (record, after) = rest.split_at((HEADER + length).min(rest.len()));
            self.one(record)?;
            rest = after;
        }
    }

    /// Whether `bytes` can be the start of a record; if not, framing is lost from here on.
    fn is_plausible(&mut self, bytes: &[u8]) -> Result<bool, Error> {
        let Some(header) = Header::parse(bytes) else {
            return Ok(true);
        };
        if self.next.record == 0 && !header.can_begin_a_file() {
            self.not_mrt(bytes);
            return Ok(false);
        }
        if header.length > MAX_RECORD {
            self.lost_framing = Some("framing");
            self.framing_issue(header)?;
            return Ok(false);
        }
        Ok(true)
    }

    fn not_mrt(&mut self, bytes: &[u8]) {
        let start: Vec<u8> = bytes.iter().take(12).copied().collect();
        let first = bytes.iter().find(|b| !b.is_ascii_whitespace());
        let found = if first == Some(&b'<') {
            "an HTML page".to_owned()
        } else {
            let hex: Vec<String> = start.iter().map(|b| format!("{b:02x}")).collect();
            format!("bytes {}", hex.join(" "))
        };
        self.lost_framing = Some("not_mrt");
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

    fn framing_issue(&mut self, header: Header) -> Result<(), Error> {
        self.issue(
            "framing",
            ErrorKind::Mrt,
            self.next,
            format!(
                "expected a record header, found type {} subtype {} length {}: the rest of the \
                 file is skipped",
                header.kind, header.subtype, header.length
            ),
        )
    }

    /// The end of the input.
    ///
    /// # Errors
    /// Reading failed in the operating system; with [`OnError::Raise`] any damage.
    pub fn end(&mut self, damage: Option<Damage>) -> Result<(), Error> {
        let cut = mem::take(&mut self.carry);
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
        let mut why = self.lost_framing;
        if let Some(Damage::Io(code, text)) = &damage {
            return Err(Error {
                path: Some(self.name.clone()),
                ..Error::new(ErrorKind::Io(*code), text.clone())
            });
        }
        if why.is_none() && (!cut.is_empty() || matches!(damage, Some(Damage::Truncated(_)))) {
            why = Some(self.cut_record(&cut, damage.as_ref())?);
        }
        let end = self.receipt.bytes_uncompressed;
        if let Some(reason) = why
            && end > self.next.offset
        {
            self.receipt.skipped.push(Skipped {
                offset: self.next.offset,
                length: end - self.next.offset,
                reason,
            });
        }
        match damage {
            Some(Damage::Corrupt(text)) => self.issue(
                "corrupt_compression",
                ErrorKind::Mrt,
                self.next,
                format!("{text}: nothing after uncompressed byte {end} could be read"),
            ),
            Some(Damage::TrailingGarbage(text)) => {
                self.issue("trailing_garbage", ErrorKind::Mrt, self.next, text)
            }
            _ => Ok(()),
        }
    }

    /// The input ends inside a record, or right after one although its compressed stream goes on.
    fn cut_record(&mut self, cut: &[u8], damage: Option<&Damage>) -> Result<&'static str, Error> {
        if let Some(Damage::Corrupt(_)) = damage {
            return Ok("corrupt_compression");
        }
        let header = Header::parse(cut);
        if let (Some(header), None) = (header, damage)
            && !header.is_known_type()
        {
            self.framing_issue(header)?;
            return Ok("framing");
        }
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

    fn issue(
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
        let mut unsupported: Vec<_> = mem::take(&mut self.unsupported).into_iter().collect();
        unsupported.sort_by_key(|(_, (first, _))| first.offset);
        for (name, (place, count)) in unsupported {
            self.issue(
                "unsupported_record",
                ErrorKind::Unsupported,
                place,
                format!("{count} records of {name} carry routes that are not read"),
            )?;
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
        if self.receipt.routes_kept == 0 && self.issues.is_empty() && self.not_a_dump.is_none() {
            self.no_routes()?;
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

    fn no_routes(&mut self) -> Result<(), Error> {
        let found: Vec<String> = self
            .receipt
            .records
            .iter()
            .map(|(name, tally)| format!("{} {name}", tally.count))
            .collect();
        let found = found.join(", ");
        if self.has_updates {
            self.reject(
                "no_routes",
                ErrorKind::Unsupported,
                format!(
                    "{}: expected a RIB dump, found BGP updates ({found})",
                    self.name
                ),
            );
            return Ok(());
        }
        self.issue(
            "no_routes",
            ErrorKind::Unsupported,
            None,
            format!("expected RIB records with routes, found only {found}"),
        )
    }

    /// One whole record.
    fn one(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let (Some(header), Some(body)) = (Header::parse(bytes), bytes.get(HEADER..)) else {
            return Ok(());
        };
        let place = self.next;
        self.next.offset += bytes.len() as u64;
        self.next.record += 1;
        let name = record_name(header.kind, header.subtype);
        let tally = self.receipt.records.entry(name).or_default();
        tally.count += 1;
        tally.bytes += bytes.len() as u64;
        match (header.kind, header.subtype) {
            (13, 1) => self.peer_index(place, body),
            (13, 2) => self.rib(place, &header, body, Family::V4, false),
            (13, 4) => self.rib(place, &header, body, Family::V6, false),
            (13, 8) => self.rib(place, &header, body, Family::V4, true),
            (13, 10) => self.rib(place, &header, body, Family::V6, true),
            (12, 1) => self.table_dump(place, &header, body, Family::V4),
            (12, 2) => self.table_dump(place, &header, body, Family::V6),
            (13, 3 | 5 | 6 | 9 | 11 | 12) => {
                let name = record_name(header.kind, header.subtype).into_owned();
                self.unsupported.entry(name).or_insert((place, 0)).1 += 1;
                Ok(())
            }
            (5 | 16 | 17, _) => {
                self.has_updates = true;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn peer_index(&mut self, place: Place, body: &[u8]) -> Result<(), Error> {
        let Some(found) = peer_index_table(body) else {
            self.peer_ids = None;
            return self.malformed(place, "the PEER_INDEX_TABLE ends in its head".to_owned());
        };
        let collector = self
            .given_collector
            .clone()
            .unwrap_or_else(|| found.view_name.clone());
        self.receipt.collector.clone_from(&collector);
        let mut ids = Vec::with_capacity(found.peers.len());
        for peer in &found.peers {
            ids.push(self.table.peer(Peer {
                collector: collector.clone(),
                asn: peer.asn,
                address: peer.address,
                bgp_id: Some(peer.bgp_id),
                record_type: RecordType::TableDumpV2,
            })?);
        }
        let listed = ids.len();
        self.peer_ids = Some(ids);
        if found.trailing {
            self.table.quirks.add(Quirk::TrailingBytesInRecord, 1);
        }
        if listed < found.declared {
            return self.malformed(
                place,
                format!(
                    "the PEER_INDEX_TABLE declares {} peers and ends after {listed}",
                    found.declared
                ),
            );
        }
        Ok(())
    }

    fn malformed(&mut self, place: Place, detail: String) -> Result<(), Error> {
        self.issue("malformed_record", ErrorKind::Mrt, place, detail)
    }

    fn rib(
        &mut self,
        place: Place,
        header: &Header,
        body: &[u8],
        family: Family,
        add_path: bool,
    ) -> Result<(), Error> {
        let mut record = match rib_record(body, family) {
            Ok(record) => record,
            Err(detail) => return self.malformed(place, detail),
        };
        let declared = u64::from(record.declared);
        self.receipt.routes_read += declared;
        let Some(peer_ids) = self.peer_ids.take() else {
            self.receipt.routes_lost += declared;
            return self.issue(
                "missing_peer_table",
                ErrorKind::Mrt,
                place,
                format!(
                    "{declared} routes to {} before any PEER_INDEX_TABLE",
                    record.prefix
                ),
            );
        };
        let mut result = Ok(());
        let mut whole = true;
        for i in 0..declared {
            let Some(entry) = rib_entry(&mut record.entries, add_path) else {
                self.receipt.routes_lost += declared - i;
                whole = false;
                result = self.malformed(
                    place,
                    format!("{declared} routes declared, the record ends after {i}"),
                );
                break;
            };
            let Some(peer_id) = peer_ids.get(usize::from(entry.peer_index)).copied() else {
                self.receipt.routes_lost += 1;
                result = self.issue(
                    "peer_index_out_of_range",
                    ErrorKind::Mrt,
                    place,
                    format!(
                        "route to {} from peer {} of {}",
                        record.prefix,
                        entry.peer_index,
                        peer_ids.len()
                    ),
                );
                if result.is_err() {
                    break;
                }
                continue;
            };
            let entry = Entry {
                peer_id,
                add_path_id: entry.add_path_id,
                originated_time: entry.originated_time,
                record_time: header.time,
                attributes: entry.attributes,
            };
            let kept = self.receipt.routes_kept;
            result = self.route(place, &record.prefix, RecordType::TableDumpV2, &entry);
            if record.host_bits && self.receipt.routes_kept > kept {
                self.table.quirks.add(Quirk::NlriHostBits, 1);
            }
            if result.is_err() {
                break;
            }
        }
        self.peer_ids = Some(peer_ids);
        if whole && result.is_ok() && !record.entries.is_empty() {
            self.table.quirks.add(Quirk::TrailingBytesInRecord, 1);
        }
        result
    }

    fn table_dump(
        &mut self,
        place: Place,
        header: &Header,
        body: &[u8],
        family: Family,
    ) -> Result<(), Error> {
        self.receipt.routes_read += 1;
        let found = match table_dump(body, family) {
            Ok(found) => found,
            Err(detail) => {
                self.receipt.routes_lost += 1;
                return self.malformed(place, detail);
            }
        };
        if found.trailing {
            self.table.quirks.add(Quirk::TrailingBytesInRecord, 1);
        }
        let peer_id = self.table.peer(Peer {
            collector: self.given_collector.clone().unwrap_or_default(),
            asn: found.peer_as,
            address: found.peer_address,
            bgp_id: None,
            record_type: RecordType::TableDump,
        })?;
        let entry = Entry {
            peer_id,
            add_path_id: None,
            originated_time: found.originated_time,
            record_time: header.time,
            attributes: found.attributes,
        };
        self.route(place, &found.prefix, RecordType::TableDump, &entry)?;
        if found.host_bits {
            self.table.quirks.add(Quirk::NlriHostBits, 1);
        }
        Ok(())
    }

    /// Keep one route, or say why not.
    fn route(
        &mut self,
        place: Place,
        prefix: &Prefix,
        kind: RecordType,
        entry: &Entry<'_>,
    ) -> Result<(), Error> {
        match self.table.push(prefix, kind, entry)? {
            Ok(()) => {
                self.receipt.routes_kept += 1;
                Ok(())
            }
            Err(rejected) => {
                self.receipt.routes_lost += 1;
                let (kind, what) = match rejected {
                    Rejected::Lengths => ("malformed_attributes", "attribute lengths do not close"),
                    Rejected::AsPath => ("malformed_as_path", "AS_PATH segments do not close"),
                };
                self.issue(
                    kind,
                    ErrorKind::Mrt,
                    place,
                    format!("route to {prefix}: {what}"),
                )
            }
        }
    }
}

/// Bytes missing until the record at the start of `bytes` is whole, or its header is known;
/// `None` when it is whole.
fn missing(bytes: &[u8]) -> Option<usize> {
    let needed = Header::parse(bytes).map_or(HEADER, |h| HEADER + h.length as usize);
    needed.checked_sub(bytes.len()).filter(|n| *n > 0)
}
