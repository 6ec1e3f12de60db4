//! The finished table as Arrow record batches; the schemas are those of `rib.schema`.

use std::net::IpAddr;
use std::sync::Arc;

use arrow_array::builder::{FixedSizeBinaryBuilder, StringBuilder};
use arrow_array::{
    ArrayRef, Float32Array, ListArray, RecordBatch, StringArray, UInt8Array, UInt16Array,
    UInt32Array,
};
use arrow_buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::ArrowError;

use super::attribute_columns::item;
use super::builder::{Peer, Peers};
use super::routes::Routes;
use crate::mrt::geo_peer_table::Location;
use crate::prefix::Prefix;

type Result<T> = std::result::Result<T, ArrowError>;

/// Columns (family, network, length) of prefixes.
///
/// # Errors
/// What Arrow says about columns that do not fit together.
pub fn prefix_columns(prefixes: &[Prefix]) -> Result<[ArrayRef; 3]> {
    let mut network = FixedSizeBinaryBuilder::with_capacity(prefixes.len(), 16);
    for prefix in prefixes {
        network.append_value(prefix.network.to_be_bytes())?;
    }
    Ok([
        Arc::new(UInt8Array::from_iter_values(
            prefixes.iter().map(|p| p.family as u8),
        )),
        Arc::new(network.finish()),
        Arc::new(UInt8Array::from_iter_values(
            prefixes.iter().map(|p| p.length),
        )),
    ])
}

/// Prefixes as text.
pub fn prefix_text(prefixes: impl ExactSizeIterator<Item = Prefix>) -> StringArray {
    use std::fmt::Write;
    let n = prefixes.len();
    let mut text = StringBuilder::with_capacity(n, n * 16);
    let mut line = String::new();
    for prefix in prefixes {
        line.clear();
        // A million IPv4 prefixes go by here; the formatting machinery would take half the time of
        // reading them.
        if let IpAddr::V4(address) = prefix.address() {
            for (octet, after) in address.octets().into_iter().zip(".../".chars()) {
                push_decimal(octet, &mut line);
                line.push(after);
            }
            push_decimal(prefix.length, &mut line);
        } else {
            // Writing to a string cannot fail.
            let _ = write!(line, "{prefix}");
        }
        text.append_value(&line);
    }
    text.finish()
}

fn push_decimal(n: u8, out: &mut String) {
    if n >= 100 {
        out.push(char::from(b'0' + n / 100));
    }
    if n >= 10 {
        out.push(char::from(b'0' + n / 10 % 10));
    }
    out.push(char::from(b'0' + n % 10));
}

/// The `prefixes` table.
///
/// # Errors
/// What Arrow says about columns that do not fit together.
pub fn prefixes(prefixes: &[Prefix]) -> Result<RecordBatch> {
    let [family, network, length] = prefix_columns(prefixes)?;
    let text: ArrayRef = Arc::new(prefix_text(prefixes.iter().copied()));
    batch([
        ("family", family, false),
        ("network", network, false),
        ("length", length, false),
        ("text", text, false),
    ])
}

/// A list column from values and the end of each list.
///
/// # Errors
/// What Arrow says about offsets that do not fit.
pub fn list(ends: Vec<i32>, values: ArrayRef) -> Result<ArrayRef> {
    let field = Arc::new(item(values.data_type().clone()));
    let offsets = OffsetBuffer::new(ScalarBuffer::from(ends));
    Ok(Arc::new(ListArray::try_new(field, offsets, values, None)?))
}

/// An Arrow list offset.
///
/// # Errors
/// More items than 32-bit offsets reach.
pub fn offset(n: usize) -> Result<i32> {
    i32::try_from(n).map_err(|_| ArrowError::OffsetOverflowError(n))
}

/// The `peers` table.
///
/// # Errors
/// What Arrow says about columns that do not fit together.
pub fn peers(peers: &Peers) -> Result<RecordBatch> {
    let listed = peers.as_slice();
    let degrees = |f: &dyn Fn(&Location) -> Option<f32>| -> ArrayRef {
        Arc::new(peers.locations().iter().map(f).collect::<Float32Array>())
    };
    let text = |f: &dyn Fn(&Peer) -> Option<String>| -> ArrayRef {
        Arc::new(listed.iter().map(f).collect::<StringArray>())
    };
    batch([
        ("collector", text(&|p| Some(p.collector.clone())), false),
        (
            "peer_as",
            Arc::new(UInt32Array::from_iter_values(listed.iter().map(|p| p.asn))),
            false,
        ),
        ("peer_ip", text(&|p| Some(p.address.to_string())), false),
        ("bgp_id", text(&|p| p.bgp_id.map(|a| a.to_string())), true),
        (
            "record_type",
            text(&|p| Some(p.record_type.to_owned())),
            false,
        ),
        ("latitude", degrees(&|l| l.0), true),
        ("longitude", degrees(&|l| l.1), true),
    ])
}

/// The `routes` table.
///
/// # Errors
/// What Arrow says about columns that do not fit together.
pub fn routes(routes: Routes) -> Result<RecordBatch> {
    let n = routes.prefix_id.len();
    let prefix_id = UInt32Array::from(routes.prefix_id);
    let add_path: UInt32Array = if routes.add_path_id.is_empty() {
        // What stands under a null means nothing, so the column lends its values from another.
        UInt32Array::try_new(prefix_id.values().clone(), Some(NullBuffer::new_null(n)))?
    } else {
        routes.add_path_id.into()
    };
    batch([
        ("prefix_id", Arc::new(prefix_id), false),
        (
            "peer_id",
            Arc::new(UInt16Array::from(routes.peer_id)),
            false,
        ),
        (
            "as_path_id",
            Arc::new(UInt32Array::from(routes.as_path_id)),
            false,
        ),
        (
            "attributes_id",
            Arc::new(UInt32Array::from(routes.attributes_id)),
            false,
        ),
        ("add_path_id", Arc::new(add_path), true),
        (
            "originated_time",
            Arc::new(UInt32Array::from(routes.originated_time)),
            false,
        ),
        (
            "record_time",
            Arc::new(UInt32Array::from(routes.record_time)),
            false,
        ),
    ])
}

/// A record batch from named columns.
///
/// # Errors
/// What Arrow says about columns that do not fit together.
pub fn batch<const N: usize>(columns: [(&str, ArrayRef, bool); N]) -> Result<RecordBatch> {
    RecordBatch::try_from_iter_with_nullable(columns)
}
