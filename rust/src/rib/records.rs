//! What each record gives: peers, routes, or a line in the receipt.

use super::batch::{BATCH, Batch};
use super::builder::{Entry, Peer, TableBuilder};
use super::decoder::RecordType;
use super::file::{FileReader, Place, Target};
use super::quirks::{Quirk, Quirks};
use crate::error::{Error, ErrorKind};
use crate::mrt::geo_peer_table::geo_peer_table;
use crate::mrt::header::Header;
use crate::mrt::names::family_name;
use crate::mrt::table_dump::{
    PathIds, RibRecord, peer_index_table, rib_entry, rib_generic, rib_generic_record, rib_record,
    whole_entries,
};
use crate::prefix::{Family, Prefix};

/// Some records, read and not yet settled.
#[derive(Default)]
pub struct Pending<'b> {
    pub(super) batch: Batch<'b>,
    records: Vec<Record>,
}

/// Where the routes of one record begin.
struct Record {
    first_route: usize,
    place: Place,
    host_bits: bool,
}

impl Pending<'_> {
    fn record_of(&self, route: usize) -> Option<&Record> {
        let after = self.records.partition_point(|r| r.first_route <= route);
        self.records.get(after.checked_sub(1)?)
    }
}

impl Target for TableBuilder {
    const ROW_BYTES: u64 = 26;

    type Pending<'b> = Pending<'b>;

    fn record<'b>(
        reader: &mut FileReader<'_, Self>,
        place: Place,
        header: &Header,
        body: &'b [u8],
        pending: &mut Pending<'b>,
    ) -> Result<(), Error> {
        reader.entries = None;
        if matches!((header.kind, header.subtype), (13, 1 | 7)) {
            // What is wrong with them is told after what is wrong with the routes before.
            reader.flush(pending)?;
        }
        match (header.kind, header.subtype) {
            (13, 1) => reader.peer_index(place, body),
            (13, 7) => reader.geo_peers(place, body),
            (13, subtype @ (2..=5 | 8..=11)) => {
                let family = if matches!(subtype, 2 | 3 | 8 | 9) {
                    Family::V4
                } else {
                    Family::V6
                };
                let safi = if subtype % 2 == 0 { 1 } else { 2 };
                if !reader.wants(family.afi(), safi) {
                    return Ok(());
                }
                let path_ids = if subtype < 8 {
                    PathIds::None
                } else {
                    PathIds::InEntries
                };
                let record = rib_record(body, family, safi, path_ids);
                if record.as_ref().is_ok_and(|r| r.names_family) {
                    reader.table.quirks.add(Quirk::RecordAfiSafi, 1);
                }
                reader.rib(place, header, record, pending)
            }
            (13, 6 | 12) => reader.rib_generic(place, header, body, pending),
            (12, 1) => reader.table_dump(place, header, body, pending, Family::V4),
            (12, 2) => reader.table_dump(place, header, body, pending, Family::V6),
            (16, 2) => {
                // Its block is not in the file as it is decoded, so it is settled apart.
                reader.flush(pending)?;
                reader.bgp4mp_entry(place, header, body)
            }
            _ => Ok(()),
        }
    }

    fn flush(reader: &mut FileReader<'_, Self>, pending: &mut Pending<'_>) -> Result<(), Error> {
        reader.flush(pending)
    }

    /// Zeros are padding; anything else may be routes that the record does not declare.
    fn trailing(
        reader: &mut FileReader<'_, Self>,
        place: Place,
        octets: &[u8],
        pending: &mut Pending<'_>,
    ) -> Result<(), Error> {
        let Some((declared, path_ids)) = reader.entries else {
            reader.table.quirks.add(Quirk::TrailingBytesInRecord, 1);
            return Ok(());
        };
        if octets.iter().all(|octet| *octet == 0) {
            reader.table.quirks.add(Quirk::TrailingBytesInRecord, 1);
            return Ok(());
        }
        reader.flush(pending)?;
        let more = whole_entries(octets, path_ids);
        reader.receipt.routes_read += more;
        reader.receipt.routes_lost += more;
        let what = match more {
            0 => "are no routes".to_owned(),
            more => format!("hold {more} more"),
        };
        let size = octets.len();
        let detail = format!("{declared} routes declared, the {size} octets after them {what}");
        reader.issue("entry_count", ErrorKind::Mrt, place, detail)
    }

    fn quirks(&mut self) -> &mut Quirks {
        &mut self.quirks
    }

    fn n_rows(&self) -> usize {
        self.n_routes()
    }

    fn close(reader: &mut FileReader<'_, Self>) -> Result<(), Error> {
        if reader.has(&[5, 16, 17]) {
            reader.is_other("no_routes", "a RIB dump", "BGP updates");
            return Ok(());
        }
        // Nothing but peers, in a file that is whole: a RIB without routes.
        let is_of_peers = |(kind, subtype): &(u16, u16)| *kind == 13 && matches!(subtype, 1 | 7);
        if reader.receipt.n_issues == 0
            && reader.peer_ids.as_ref().is_some_and(|ids| !ids.is_empty())
            && reader.tallies.keys().all(is_of_peers)
        {
            reader.table.quirks.add(Quirk::EmptyRib, 1);
            return Ok(());
        }
        reader.lacks("no_routes", "RIB records with routes")
    }
}

impl<T: Target> FileReader<'_, T> {
    /// Whether records of this address family are read; otherwise they are counted.
    pub(crate) fn wants(&mut self, afi: u16, safi: u8) -> bool {
        let wants = matches!(afi, 1 | 2) && safi == self.safi as u8;
        if !wants {
            let name = family_name(afi, safi);
            *self.receipt.other_families.entry(name).or_default() += 1;
        }
        wants
    }
}

impl FileReader<'_, TableBuilder> {
    fn rib_generic<'b>(
        &mut self,
        place: Place,
        header: &Header,
        body: &'b [u8],
        pending: &mut Pending<'b>,
    ) -> Result<(), Error> {
        let (afi, safi, nlri) = match rib_generic(body) {
            Ok(found) => found,
            Err(detail) => {
                self.flush(pending)?;
                return self.malformed(place, detail);
            }
        };
        if !self.wants(afi, safi) {
            return Ok(());
        }
        let family = if afi == 1 { Family::V4 } else { Family::V6 };
        let add_path = header.subtype == 12;
        let record = rib_generic_record(nlri, family, add_path);
        if add_path
            && record
                .as_ref()
                .is_ok_and(|r| r.path_ids == PathIds::InEntries)
        {
            self.table.quirks.add(Quirk::GenericPathIdInEntry, 1);
        }
        self.rib(place, header, record, pending)
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
            ids.push(self.table.peers.id(Peer {
                collector: collector.clone(),
                asn: peer.asn,
                address: peer.address,
                bgp_id: Some(peer.bgp_id),
                record_type: RecordType::TableDumpV2.name(),
            })?);
        }
        let listed = ids.len();
        self.peer_ids = Some(ids);
        self.trailing = found.trailing;
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

    /// Put the peers of the latest PEER_INDEX_TABLE on the map.
    fn geo_peers(&mut self, place: Place, body: &[u8]) -> Result<(), Error> {
        let (found, trailing) = match geo_peer_table(body) {
            Ok(found) => found,
            Err(detail) => return self.malformed(place, detail),
        };
        let Some(ids) = &self.peer_ids else {
            let detail = "a GEO_PEER_TABLE before any PEER_INDEX_TABLE".to_owned();
            return self.issue("missing_peer_table", ErrorKind::Mrt, place, detail);
        };
        let listed = ids.iter().map(|id| self.table.peers.bgp_id(*id));
        if !listed.eq(found.iter().map(|peer| Some(peer.bgp_id))) {
            let detail = "the GEO_PEER_TABLE lists other peers than the PEER_INDEX_TABLE";
            return self.malformed(place, detail.to_owned());
        }
        for (id, peer) in ids.iter().zip(&found) {
            self.table.peers.locate(*id, peer.location);
        }
        if trailing {
            self.table.quirks.add(Quirk::TrailingBytesInRecord, 1);
        }
        Ok(())
    }

    pub(super) fn malformed(&mut self, place: Place, detail: String) -> Result<(), Error> {
        self.issue("malformed_record", ErrorKind::Mrt, place, detail)
    }

    fn rib<'b>(
        &mut self,
        place: Place,
        header: &Header,
        record: Result<RibRecord<'b>, String>,
        pending: &mut Pending<'b>,
    ) -> Result<(), Error> {
        let mut record = match record {
            Ok(record) => record,
            Err(detail) => {
                self.flush(pending)?;
                return self.malformed(place, detail);
            }
        };
        let declared = u64::from(record.declared);
        self.receipt.routes_read += declared;
        let Some(peer_ids) = self.peer_ids.take() else {
            self.receipt.routes_lost += declared;
            self.flush(pending)?;
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
        self.begin(place, record.host_bits, pending);
        let mut done = 0;
        while done < declared
            && let Some(entry) = rib_entry(&mut record.entries, record.path_ids)
        {
            done += 1;
            let index = usize::from(entry.peer_index);
            let known = peer_ids.get(index).copied();
            let Some(peer_id) = known.or_else(|| self.local_peer(&peer_ids, index)) else {
                self.flush(pending)?;
                self.unknown_peer(place, &record.prefix, entry.peer_index, peer_ids.len())?;
                self.begin(place, record.host_bits, pending);
                continue;
            };
            let entry = Entry {
                peer_id,
                add_path_id: entry.add_path_id,
                originated_time: entry.originated_time,
                record_time: header.time,
                attributes: entry.attributes,
            };
            let batch = &mut pending.batch;
            self.table
                .push(batch, &record.prefix, RecordType::TableDumpV2, &entry);
        }
        self.peer_ids = Some(peer_ids);
        if self.is_full(pending) || done < declared {
            self.flush(pending)?;
        }
        if done < declared {
            self.receipt.routes_lost += declared - done;
            let detail = format!("{declared} routes declared, the record ends after {done}");
            return self.malformed(place, detail);
        }
        self.trailing = record.entries.rest().len();
        self.entries = Some((declared, record.path_ids));
        Ok(())
    }

    /// The peer that stands for the router itself, where an index is the first that is not listed:
    /// GoBGP 3 numbered its own routes so, although it lists that peer (gobgp#2692).
    fn local_peer(&mut self, peer_ids: &[u16], index: usize) -> Option<u16> {
        if index != peer_ids.len() {
            return None;
        }
        let peers = &self.table.peers;
        let local = peer_ids.iter().copied().find(|id| peers.is_local(*id))?;
        self.table.quirks.add(Quirk::LocalPeerIndex, 1);
        Some(local)
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

    pub(super) fn is_full(&self, pending: &Pending<'_>) -> bool {
        self.table.n_routes() - pending.batch.first_route >= BATCH
    }

    /// Note where the routes of a record begin.
    pub(super) fn begin(&mut self, place: Place, host_bits: bool, pending: &mut Pending<'_>) {
        let first_route = self.table.n_routes();
        if pending.records.is_empty() {
            pending.batch.first_route = first_route;
        }
        pending.records.push(Record {
            first_route,
            place,
            host_bits,
        });
    }

    /// Settle the routes of these records, and say which of them are lost.
    pub(super) fn flush(&mut self, pending: &mut Pending<'_>) -> Result<(), Error> {
        if pending.records.is_empty() {
            return Ok(());
        }
        let n_added = (self.table.n_routes() - pending.batch.first_route) as u64;
        let mut host_bits: u64 = 0;
        let ends = pending.records.iter().skip(1).map(|r| r.first_route);
        let ends = ends.chain([self.table.n_routes()]);
        for (record, end) in pending.records.iter().zip(ends) {
            if record.host_bits {
                host_bits += (end - record.first_route) as u64;
            }
        }
        let dropped = self.table.settle(&mut pending.batch);
        self.receipt.routes_kept += n_added - dropped.len() as u64;
        self.receipt.routes_lost += dropped.len() as u64;
        for one in dropped {
            let record = pending.record_of(one.route);
            host_bits -= u64::from(record.is_some_and(|r| r.host_bits));
            let (kind, what) = one.why.in_words();
            let detail = format!("route to {}: {what}", one.prefix);
            self.issue(kind, ErrorKind::Mrt, record.map(|r| r.place), detail)?;
        }
        self.table.quirks.add(Quirk::NlriHostBits, host_bits);
        pending.records.clear();
        Ok(())
    }
}
