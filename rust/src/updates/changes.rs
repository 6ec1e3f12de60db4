//! The changes as columns, and their Arrow form.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::types::ArrowPrimitiveType;
use arrow_array::{
    ArrayRef, PrimitiveArray, RecordBatch, TimestampMicrosecondArray, UInt8Array, UInt16Array,
    UInt32Array,
};
use arrow_buffer::NullBuffer;
use arrow_schema::ArrowError;

use crate::mrt::bgp4mp::Neighbour;
use crate::rib::attribute_columns::labels;
use crate::rib::columns::batch;

/// What a change is; the discriminant is the index in `schema.LABELS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i8)]
pub enum Kind {
    /// A route was announced.
    Announce = 0,
    /// A route was withdrawn.
    Withdraw = 1,
    /// The session changed its state.
    State = 2,
}

/// Key of the metadata of `changes` that holds [`Changes::recorded`].
pub const RECORDED_PEERS: &str = "recorded_peers";

/// Names of [`Kind`], by discriminant.
const KINDS: [&str; 3] = ["announce", "withdraw", "state"];

/// Changes as parallel columns, in order of arrival. What a kind does not have is 0 here and null in
/// Arrow.
#[derive(Default)]
#[allow(missing_docs)] // the fields are the columns of `changes`
pub struct Changes {
    /// Microseconds since 1970.
    pub time: Vec<i64>,
    pub message: Vec<u32>,
    pub peer_id: Vec<u16>,
    pub kind: Vec<Kind>,
    pub prefix_id: Vec<u32>,
    pub add_path_id: Vec<Option<u32>>,
    /// Attribute block of an announcement; [`Changes::finish`] turns it into its two ids.
    pub block: Vec<u32>,
    /// States before and after.
    pub states: Vec<(u8, u8)>,
    /// Peers that records named where these are not the ones of [`Changes::peer_id`], by message.
    pub recorded: Vec<(u32, Neighbour)>,
}

impl Changes {
    /// Append the changes of the next input, whose prefixes and peers have these ids, and whose blocks
    /// and records are counted from these numbers on.
    pub fn append(
        &mut self,
        next: Self,
        prefix_ids: &[u32],
        peer_ids: &[u16],
        first_block: u32,
        first_record: u32,
    ) {
        let prefix = |id: u32| prefix_ids.get(id as usize).copied().unwrap_or_default();
        let peer = |id: u16| peer_ids.get(usize::from(id)).copied().unwrap_or_default();
        let message = |number: u32| number.saturating_add(first_record);
        self.time.extend(next.time);
        self.message.extend(next.message.into_iter().map(message));
        self.peer_id.extend(next.peer_id.into_iter().map(peer));
        self.kind.extend(next.kind);
        self.prefix_id
            .extend(next.prefix_id.into_iter().map(prefix));
        self.add_path_id.extend(next.add_path_id);
        self.block
            .extend(next.block.into_iter().map(|block| block + first_block));
        self.states.extend(next.states);
        let recorded = next.recorded.into_iter();
        self.recorded
            .extend(recorded.map(|(number, peer)| (message(number), peer)));
    }

    /// Lay out as Arrow, blocks replaced by the path and attribute set each was decoded to.
    ///
    /// # Errors
    /// What Arrow says about columns that do not fit together.
    pub fn finish(self, ids: &[(u32, u32)]) -> Result<RecordBatch, ArrowError> {
        let of = |b: &u32| ids.get(*b as usize).copied().unwrap_or_default();
        let path = self.block.iter().map(|b| of(b).0).collect();
        let set = self.block.iter().map(|b| of(b).1).collect();
        let valid = |has: fn(Kind) -> bool| -> NullBuffer {
            self.kind.iter().map(|kind| has(*kind)).collect()
        };
        let announces = valid(|k| k == Kind::Announce);
        let has_prefix = valid(|k| k != Kind::State);
        let is_state = valid(|k| k == Kind::State);
        let kinds = self.kind.iter().map(|k| Some(*k as i8)).collect();
        let (old, new): (Vec<u8>, Vec<u8>) = self.states.into_iter().unzip();
        let words = |values: Vec<u32>, valid| some(UInt32Array::from(values), valid);
        let octets = |values: Vec<u8>, valid| some(UInt8Array::from(values), valid);
        let time = TimestampMicrosecondArray::from(self.time).with_timezone("UTC");
        let recorded = recorded_text(&self.recorded);
        let changes = batch([
            ("time", Arc::new(time), false),
            ("message", Arc::new(UInt32Array::from(self.message)), false),
            ("peer_id", Arc::new(UInt16Array::from(self.peer_id)), false),
            ("kind", labels(kinds, &KINDS)?, false),
            ("prefix_id", words(self.prefix_id, has_prefix)?, true),
            (
                "add_path_id",
                Arc::new(UInt32Array::from(self.add_path_id)),
                true,
            ),
            ("as_path_id", words(path, announces.clone())?, true),
            ("attributes_id", words(set, announces)?, true),
            ("old_state", octets(old, is_state.clone())?, true),
            ("new_state", octets(new, is_state)?, true),
        ])?;
        if recorded.is_empty() {
            return Ok(changes);
        }
        let metadata = HashMap::from([(RECORDED_PEERS.to_owned(), recorded)]);
        let schema = changes.schema().as_ref().clone().with_metadata(metadata);
        changes.with_schema(Arc::new(schema))
    }
}

/// Peers as records named them, a line each: message, AS, address.
fn recorded_text(recorded: &[(u32, Neighbour)]) -> String {
    let line =
        |(message, peer): &(u32, Neighbour)| format!("{message} {} {}", peer.asn, peer.address);
    recorded.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// A column with nulls where `valid` says so.
fn some<T: ArrowPrimitiveType>(
    values: PrimitiveArray<T>,
    valid: NullBuffer,
) -> Result<ArrayRef, ArrowError> {
    let (_, values, _) = values.into_parts();
    Ok(Arc::new(PrimitiveArray::<T>::try_new(values, Some(valid))?))
}
