//! Lines of the routes of a RIB.

use super::{
    ArrowError, AsArray, Parts, PrimitiveArray, Tables, UInt16Type, UInt32Type, Write, text, typed,
    value, words,
};

/// Columns of `routes` that appear in a line.
pub struct Routes<'a> {
    parts: Parts<'a>,
    prefix_id: &'a [u32],
    peer_id: &'a [u16],
    as_path_id: &'a [u32],
    attributes_id: &'a [u32],
    add_path_id: &'a PrimitiveArray<UInt32Type>,
    record_time: &'a [u32],
}

impl<'a> Routes<'a> {
    /// Find the columns.
    ///
    /// # Errors
    /// A column is missing or has another type than the schema says.
    pub fn new(tables: &Tables<'a>) -> Result<Self, ArrowError> {
        let routes = tables.rows;
        Ok(Self {
            parts: Parts::new(tables)?,
            prefix_id: typed(routes, "prefix_id", words)?,
            peer_id: typed(routes, "peer_id", |a| {
                a.as_primitive_opt::<UInt16Type>()
                    .map(|a| a.values().as_ref())
            })?,
            as_path_id: typed(routes, "as_path_id", words)?,
            attributes_id: typed(routes, "attributes_id", words)?,
            add_path_id: typed(routes, "add_path_id", |a| a.as_primitive_opt())?,
            record_time: typed(routes, "record_time", words)?,
        })
    }

    /// Append the line of one route; `None` when an id points nowhere.
    pub fn write(&self, route: usize, out: &mut String) -> Option<()> {
        let parts = &self.parts;
        let peer = usize::from(*self.peer_id.get(route)?);
        let v1 = text(parts.record_type, peer)? == "TABLE_DUMP";
        let add_path_id = value(self.add_path_id, route);
        out.push_str(match (v1, add_path_id) {
            (true, _) => "TABLE_DUMP|",
            (false, None) => "TABLE_DUMP2|",
            (false, Some(_)) => "TABLE_DUMP2_AP|",
        });
        let _ = write!(out, "{}|B|", self.record_time.get(route)?);
        parts.peer(peer, out)?;
        out.push('|');
        parts.prefix(*self.prefix_id.get(route)? as usize, add_path_id, out)?;
        out.push('|');
        parts.path(*self.as_path_id.get(route)? as usize, out)?;
        parts
            .attributes
            .write(*self.attributes_id.get(route)? as usize, out)
    }
}
