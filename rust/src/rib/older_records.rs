//! What the records of the time before TABLE_DUMP_V2 give: routes that name their peer themselves.

use super::builder::{Entry, Peer, TableBuilder};
use super::decoder::RecordType;
use super::file::{FileReader, Place};
use super::quirks::Quirk;
use super::records::Pending;
use crate::cursor::Cursor;
use crate::error::Error;
use crate::mrt::bgp4mp;
use crate::mrt::header::Header;
use crate::mrt::table_dump_v1::{self, TableDump};
use crate::mrt::update::entry_block;
use crate::prefix::Family;

impl FileReader<'_, TableBuilder> {
    /// A TABLE_DUMP record: one route, or many.
    pub(super) fn table_dump<'b>(
        &mut self,
        place: Place,
        header: &Header,
        body: &'b [u8],
        pending: &mut Pending<'b>,
        family: Family,
    ) -> Result<(), Error> {
        let is_longer = body.len() > header.length as usize;
        let n_routes = table_dump_v1::n_routes(body, family);
        let quirks = &mut self.table.quirks;
        quirks.add(Quirk::TableDumpShort, u64::from(is_longer));
        quirks.add(Quirk::TableDumpPacked, u64::from(n_routes > 1));
        let mut routes = Cursor::new(body);
        let _ = routes.take(table_dump_v1::HEAD);
        for _ in 0..n_routes {
            self.receipt.routes_read += 1;
            match table_dump_v1::table_dump(&mut routes, family) {
                Ok(found) => self.table_dump_route(place, header, &found, pending)?,
                Err(detail) => {
                    self.receipt.routes_lost += 1;
                    self.flush(pending)?;
                    return self.malformed(place, detail);
                }
            }
        }
        self.trailing = routes.rest().len();
        Ok(())
    }

    fn table_dump_route<'b>(
        &mut self,
        place: Place,
        header: &Header,
        found: &TableDump<'b>,
        pending: &mut Pending<'b>,
    ) -> Result<(), Error> {
        let peer_id = self.table.peers.id(Peer {
            collector: self.given_collector.clone().unwrap_or_default(),
            asn: found.peer_as,
            address: found.peer_address,
            bgp_id: None,
            record_type: RecordType::TableDump.name(),
        })?;
        let entry = Entry {
            peer_id,
            add_path_id: None,
            originated_time: found.originated_time,
            record_time: header.time,
            attributes: found.attributes,
        };
        self.begin(place, found.host_bits, pending);
        let batch = &mut pending.batch;
        self.table
            .push(batch, &found.prefix, RecordType::TableDump, &entry);
        if self.is_full(pending) {
            self.flush(pending)?;
        }
        Ok(())
    }

    /// A RIB entry of the time before TABLE_DUMP_V2.
    pub(super) fn bgp4mp_entry(
        &mut self,
        place: Place,
        header: &Header,
        body: &[u8],
    ) -> Result<(), Error> {
        let found = match bgp4mp::rib_entry(body) {
            Ok(found) => found,
            Err(detail) => {
                self.receipt.routes_read += 1;
                self.receipt.routes_lost += 1;
                return self.malformed(place, detail);
            }
        };
        if !self.wants(found.route.prefix.family.afi(), found.safi) {
            return Ok(());
        }
        self.receipt.routes_read += 1;
        self.trailing = found.trailing;
        let peer_id = self.table.peers.id(Peer {
            collector: self.given_collector.clone().unwrap_or_default(),
            asn: found.peer.asn,
            address: found.peer.address,
            bgp_id: None,
            record_type: "BGP4MP",
        })?;
        let mut block = Vec::new();
        entry_block(found.attributes, found.next_hop, &mut block);
        let entry = Entry {
            peer_id,
            add_path_id: None,
            originated_time: found.originated_time,
            record_time: header.time,
            attributes: &block,
        };
        let mut alone = Pending::default();
        self.begin(place, found.route.host_bits, &mut alone);
        self.table.push(
            &mut alone.batch,
            &found.route.prefix,
            RecordType::TableDump,
            &entry,
        );
        self.flush(&mut alone)
    }
}
