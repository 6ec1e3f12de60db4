//! Collects changes as ids while records are read.

use std::collections::HashMap;

use arrow_schema::ArrowError;

use super::changes::{Changes, Kind};
use super::sessions::Sessions;
use crate::error::Error;
use crate::mrt::bgp4mp::Session;
use crate::prefix::Prefix;
use crate::rib::batch::rejected;
use crate::rib::blocks::Blocks;
use crate::rib::builder::{Peers, Tables, sort_prefixes};
use crate::rib::columns;
use crate::rib::decoder::{Decoder, Decoding, RecordType, Rejected};
use crate::rib::file::Part;
use crate::rib::quirks::Quirks;

/// What the changes of one record share.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Microseconds since 1970.
    pub time: i64,
    /// Number of the record.
    pub message: u32,
    /// Peer id.
    pub peer_id: u16,
}

/// The growing tables.
pub struct UpdatesBuilder {
    /// Peers met.
    pub peers: Peers,
    prefixes: Vec<Prefix>,
    prefix_ids: HashMap<Prefix, u32>,
    /// Sessions of the input being read.
    pub(super) sessions: Sessions,
    blocks: Blocks,
    pub(super) changes: Changes,
    /// Records so far.
    n_records: u64,
    /// Deviations met so far.
    pub quirks: Quirks,
}

impl UpdatesBuilder {
    /// Number of changes so far.
    pub fn n_changes(&self) -> usize {
        self.changes.kind.len()
    }

    /// Number of a record, as it stands in the tables.
    pub fn number(&mut self, record: u64) -> u32 {
        self.n_records = record + 1;
        u32::try_from(record).unwrap_or(u32::MAX)
    }

    fn prefix_id(&mut self, prefix: &Prefix) -> u32 {
        #[allow(clippy::cast_possible_truncation)] // 2^32 prefixes do not fit in memory
        let next = self.prefixes.len() as u32;
        let id = *self.prefix_ids.entry(*prefix).or_insert(next);
        if id == next {
            self.prefixes.push(*prefix);
        }
        id
    }

    /// Number of an attribute block.
    ///
    /// # Errors
    /// Why it cannot be that of a route.
    pub fn block(&mut self, kind: RecordType, block: &[u8]) -> Result<u32, Rejected> {
        let key = self.blocks.keyed.key(kind as u8, block);
        let number = self.blocks.number(key, kind, block);
        rejected(number).map_or(Ok(number), Err)
    }

    /// Add an announcement with its attribute block, or a withdrawal.
    pub fn push(
        &mut self,
        at: &Moment,
        prefix: &Prefix,
        add_path_id: Option<u32>,
        block: Option<u32>,
    ) {
        let prefix_id = self.prefix_id(prefix);
        let kind = block.map_or(Kind::Withdraw, |_| Kind::Announce);
        self.push_row(at, kind, (0, 0));
        self.changes.prefix_id.push(prefix_id);
        self.changes.add_path_id.push(add_path_id);
        self.changes.block.push(block.unwrap_or_default());
    }

    /// Add a change of state, of the session that its record names.
    pub fn push_state(&mut self, at: &Moment, session: Option<Session>, old: u8, new: u8) {
        self.sessions.changed(self.n_changes(), session);
        self.push_row(at, Kind::State, (old, new));
        self.changes.prefix_id.push(0);
        self.changes.add_path_id.push(None);
        self.changes.block.push(0);
    }

    fn push_row(&mut self, at: &Moment, kind: Kind, states: (u8, u8)) {
        self.changes.time.push(at.time);
        self.changes.message.push(at.message);
        self.changes.peer_id.push(at.peer_id);
        self.changes.kind.push(kind);
        self.changes.states.push(states);
    }
}

impl Part for UpdatesBuilder {
    fn new(decoder: Decoder) -> Self {
        Self {
            peers: Peers::default(),
            prefixes: Vec::new(),
            prefix_ids: HashMap::new(),
            sessions: Sessions::default(),
            blocks: Blocks::new(decoder),
            changes: Changes::default(),
            n_records: 0,
            quirks: Quirks::default(),
        }
    }

    fn end(&mut self) -> Result<(), Error> {
        self.blocks.close();
        self.correct_states()
    }

    /// Records are numbered on.
    fn append(&mut self, next: Self) -> Result<(), Error> {
        let peer_ids = self.peers.append(&next.peers)?;
        let prefix_ids: Vec<u32> = next.prefixes.iter().map(|p| self.prefix_id(p)).collect();
        let first_block = self.blocks.append(&next.blocks);
        let first_record = u32::try_from(self.n_records).unwrap_or(u32::MAX);
        self.n_records += next.n_records;
        self.quirks.merge(&next.quirks);
        self.changes.append(
            next.changes,
            &prefix_ids,
            &peer_ids,
            first_block,
            first_record,
        );
        Ok(())
    }

    /// Lay out as Arrow.
    fn finish(mut self, decoding: Decoding) -> Result<Tables, ArrowError> {
        let distinct = decoding.finish()?;
        self.quirks.merge(&distinct.quirks);
        let prefixes = sort_prefixes(self.prefixes, &mut self.changes.prefix_id);
        Ok(Tables {
            named: vec![
                ("prefixes", columns::prefixes(&prefixes)?),
                ("as_paths", distinct.paths.finish()?),
                ("attributes", distinct.attributes.finish()?),
                ("peers", columns::peers(&self.peers)?),
                ("changes", self.changes.finish(&distinct.ids)?),
            ],
            quirks: self.quirks,
        })
    }
}
