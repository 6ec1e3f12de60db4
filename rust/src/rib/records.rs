//! What each record gives: peers, routes, or a line in the receipt.

use std::mem;

use super::builder::{Entry, Peer};
use super::decoder::{RecordType, Rejected};
use super::file::{FileReader, Place};
use super::intern;
use super::quirks::Quirk;
use crate::error::{Error, ErrorKind};
use crate::mrt::header::{HEADER, Header};
use crate::mrt::names::record_name;
use crate::mrt::table_dump::{peer_index_table, rib_entry, rib_record, table_dump};
use crate::prefix::{Family, Prefix};

/// Routes added to the table at a time: enough to fetch their cache misses side by side, few enough
/// to stay in the nearest cache themselves.
const BATCH: usize = 128;

/// Routes read and not yet added.
#[derive(Default)]
pub(super) struct Batch<'b> {
    pending: Vec<Pending<'b>>,
    /// Latest attribute block of every peer. Neighbouring prefixes of one origin share theirs: about
    /// half of all entries of real tables repeat it, and are settled by this comparison.
    latest: Vec<Option<&'b [u8]>>,
}

/// One route, and the hash of its attribute block unless its peer sent the same block before.
struct Pending<'b> {
    place: Place,
    kind: RecordType,
    prefix: Prefix,
    host_bits: bool,
    entry: Entry<'b>,
    hash: Option<u32>,
}

impl<'b> Batch<'b> {
    fn push(&mut self, place: Place, kind: RecordType, prefix: (Prefix, bool), entry: Entry<'b>) {
        let peer = usize::from(entry.peer_id);
        if self.latest.len() <= peer {
            self.latest.resize(peer + 1, None);
        }
        let latest = self
            .latest
            .get_mut(peer)
            .and_then(|l| l.replace(entry.attributes));
        let hash = (latest != Some(entry.attributes)).then(|| intern::hash(entry.attributes));
        self.pending.push(Pending {
            place,
            kind,
            prefix: prefix.0,
            host_bits: prefix.1,
            entry,
            hash,
        });
    }
}

impl FileReader<'_> {
    /// One whole record.
    pub(super) fn one<'b>(&mut self, bytes: &'b [u8], batch: &mut Batch<'b>) -> Result<(), Error> {
        let (Some(header), Some(body)) = (Header::parse(bytes), bytes.get(HEADER..)) else {
            return Ok(());
        };
        let place = self.next;
        self.next.offset += bytes.len() as u64;
        self.next.record += 1;
        let tally = self
            .tallies
            .entry((header.kind, header.subtype))
            .or_default();
        tally.count += 1;
        tally.bytes += bytes.len() as u64;
        match (header.kind, header.subtype) {
            (13, 1) => self.peer_index(place, body),
            (13, 2) => self.rib(place, &header, body, batch, Family::V4, false),
            (13, 4) => self.rib(place, &header, body, batch, Family::V6, false),
            (13, 8) => self.rib(place, &header, body, batch, Family::V4, true),
            (13, 10) => self.rib(place, &header, body, batch, Family::V6, true),
            (12, 1) => self.table_dump(place, &header, body, batch, Family::V4),
            (12, 2) => self.table_dump(place, &header, body, batch, Family::V6),
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

    fn rib<'b>(
        &mut self,
        place: Place,
        header: &Header,
        body: &'b [u8],
        batch: &mut Batch<'b>,
        family: Family,
        add_path: bool,
    ) -> Result<(), Error> {
        let mut record = match rib_record(body, family) {
            Ok(record) => record,
            Err(detail) => {
                self.flush(batch)?;
                return self.malformed(place, detail);
            }
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
        let prefix = (record.prefix, record.host_bits);
        let mut done = 0;
        while done < declared
            && let Some(entry) = rib_entry(&mut record.entries, add_path)
        {
            done += 1;
            let Some(peer_id) = peer_ids.get(usize::from(entry.peer_index)).copied() else {
                self.flush(batch)?;
                self.unknown_peer(place, &record.prefix, entry.peer_index, peer_ids.len())?;
                continue;
            };
            let entry = Entry {
                peer_id,
                add_path_id: entry.add_path_id,
                originated_time: entry.originated_time,
                record_time: header.time,
                attributes: entry.attributes,
            };
            batch.push(place, RecordType::TableDumpV2, prefix, entry);
        }
        self.peer_ids = Some(peer_ids);
        if batch.pending.len() >= BATCH || done < declared {
            self.flush(batch)?;
        }
        if done < declared {
            self.receipt.routes_lost += declared - done;
            let detail = format!("{declared} routes declared, the record ends after {done}");
            return self.malformed(place, detail);
        }
        if !record.entries.is_empty() {
            self.table.quirks.add(Quirk::TrailingBytesInRecord, 1);
        }
        Ok(())
    }

    fn unknown_peer(
        &mut self,
        place: Place,
        prefix: &Prefix,
        index: u16,
        n_peers: usize,
    ) -> Result<(), Error> {
        self.receipt.routes_lost += 1;
        self.issue(
            "peer_index_out_of_range",
            ErrorKind::Mrt,
            place,
            format!("route to {prefix} from peer {index} of {n_peers}"),
        )
    }

    fn table_dump<'b>(
        &mut self,
        place: Place,
        header: &Header,
        body: &'b [u8],
        batch: &mut Batch<'b>,
        family: Family,
    ) -> Result<(), Error> {
        self.receipt.routes_read += 1;
        let found = match table_dump(body, family) {
            Ok(found) => found,
            Err(detail) => {
                self.receipt.routes_lost += 1;
                self.flush(batch)?;
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
        let prefix = (found.prefix, found.host_bits);
        batch.push(place, RecordType::TableDump, prefix, entry);
        if batch.pending.len() >= BATCH {
            self.flush(batch)?;
        }
        Ok(())
    }

    /// Add what the batch holds to the table.
    pub(super) fn flush(&mut self, batch: &mut Batch<'_>) -> Result<(), Error> {
        let hashes = |kind| {
            let of_kind = batch.pending.iter().filter(move |p| p.kind == kind);
            of_kind.filter_map(|p| p.hash)
        };
        for kind in [RecordType::TableDumpV2, RecordType::TableDump] {
            self.table.warm(kind, hashes(kind));
        }
        let mut pending = mem::take(&mut batch.pending);
        for route in pending.drain(..) {
            self.keep(&route)?;
        }
        batch.pending = pending;
        Ok(())
    }

    /// Keep one route, or say why not.
    fn keep(&mut self, route: &Pending<'_>) -> Result<(), Error> {
        let pushed = self
            .table
            .push(&route.prefix, route.kind, &route.entry, route.hash);
        let Err(rejected) = pushed else {
            self.receipt.routes_kept += 1;
            if route.host_bits {
                self.table.quirks.add(Quirk::NlriHostBits, 1);
            }
            return Ok(());
        };
        self.receipt.routes_lost += 1;
        let (kind, what) = match rejected {
            Rejected::Lengths => ("malformed_attributes", "attribute lengths do not close"),
            Rejected::AsPath => ("malformed_as_path", "AS_PATH segments do not close"),
        };
        let detail = format!("route to {}: {what}", route.prefix);
        self.issue(kind, ErrorKind::Mrt, route.place, detail)
    }
}
