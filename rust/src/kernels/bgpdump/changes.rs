//! Lines of the changes of an `Updates`.

use std::collections::HashMap;

use arrow_array::types::{TimestampMicrosecondType, UInt8Type};

use super::{
    ArrowError, AsArray, DictionaryArray, Int8Type, Parts, PrimitiveArray, RecordBatch, Tables,
    UInt16Type, UInt32Type, Write, address, label, text, typed, value,
};
use crate::updates::changes::RECORDED_PEERS;

/// Columns of `changes` that appear in a line.
pub struct Changes<'a> {
    parts: Parts<'a>,
    time: &'a PrimitiveArray<TimestampMicrosecondType>,
    message: &'a PrimitiveArray<UInt32Type>,
    peer_id: &'a PrimitiveArray<UInt16Type>,
    kind: &'a DictionaryArray<Int8Type>,
    prefix_id: &'a PrimitiveArray<UInt32Type>,
    add_path_id: &'a PrimitiveArray<UInt32Type>,
    as_path_id: &'a PrimitiveArray<UInt32Type>,
    attributes_id: &'a PrimitiveArray<UInt32Type>,
    states: [&'a PrimitiveArray<UInt8Type>; 2],
    /// Address and AS, as they were recorded, of the messages where the peer is another.
    recorded: HashMap<u32, (&'a str, &'a str)>,
}

impl<'a> Changes<'a> {
    /// Find the columns.
    ///
    /// # Errors
    /// A column is missing or has another type than the schema says.
    pub fn new(tables: &Tables<'a>) -> Result<Self, ArrowError> {
        let changes = tables.rows;
        let id = |name| typed(changes, name, |a| a.as_primitive_opt::<UInt32Type>());
        let state = |name| typed(changes, name, |a| a.as_primitive_opt::<UInt8Type>());
        Ok(Self {
            parts: Parts::new(tables)?,
            time: typed(changes, "time", |a| a.as_primitive_opt())?,
            message: id("message")?,
            peer_id: typed(changes, "peer_id", |a| a.as_primitive_opt())?,
            kind: typed(changes, "kind", |a| a.as_dictionary_opt())?,
            prefix_id: id("prefix_id")?,
            add_path_id: id("add_path_id")?,
            as_path_id: id("as_path_id")?,
            attributes_id: id("attributes_id")?,
            states: [state("old_state")?, state("new_state")?],
            recorded: recorded(changes),
        })
    }

    /// Append the line of one change; `None` when an id points nowhere.
    pub fn write(&self, change: usize, out: &mut String) -> Option<()> {
        let parts = &self.parts;
        let peer = usize::from(value(self.peer_id, change)?);
        let record_type = text(parts.record_type, peer)?;
        let add_path_id = value(self.add_path_id, change);
        out.push_str(record_type);
        out.push_str(if add_path_id.is_some() { "_AP|" } else { "|" });
        let time = value(self.time, change)?;
        let (seconds, fraction) = (time.div_euclid(1_000_000), time.rem_euclid(1_000_000));
        let _ = write!(out, "{seconds}");
        if record_type.starts_with("BGP4MP_ET") {
            let _ = write!(out, ".{fraction:06}");
        }
        let kind = label(self.kind, change)?;
        out.push_str(match kind {
            "announce" => "|A|",
            "withdraw" => "|W|",
            _ => "|STATE|",
        });
        // bgpdump shows what was recorded.
        let message = value(self.message, change)?;
        if let Some((ip, asn)) = self.recorded.get(&message) {
            address(ip, out);
            let _ = write!(out, "|{asn}");
        } else {
            parts.peer(peer, out)?;
        }
        out.push('|');
        let at = |ids: &PrimitiveArray<UInt32Type>| value(ids, change).map(|id| id as usize);
        match kind {
            "announce" => {
                parts.prefix(at(self.prefix_id)?, add_path_id, out)?;
                out.push('|');
                parts.path(at(self.as_path_id)?, out)?;
                parts.attributes.write(at(self.attributes_id)?, out)?;
            }
            "withdraw" => {
                parts.prefix(at(self.prefix_id)?, add_path_id, out)?;
                out.push('\n');
            }
            _ => {
                let [old, new] = self.states.map(|states| value(states, change));
                let _ = writeln!(out, "{}|{}", old?, new?);
            }
        }
        Some(())
    }
}

/// Peers as the records of changes named them, by message, where these are not the changes' peers.
fn recorded(changes: &RecordBatch) -> HashMap<u32, (&str, &str)> {
    let metadata = changes.schema_ref().metadata();
    let lines = metadata.get(RECORDED_PEERS).map_or("", String::as_str);
    lines.lines().filter_map(one_recorded).collect()
}

fn one_recorded(line: &str) -> Option<(u32, (&str, &str))> {
    let (message, peer) = line.split_once(' ')?;
    let (asn, ip) = peer.split_once(' ')?;
    Some((message.parse().ok()?, (ip, asn)))
}
