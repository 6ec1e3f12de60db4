//! Arrow columns in and out: the only file of the kernel that knows their names.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{UInt8Type, UInt16Type, UInt32Type};
use arrow_array::{
    Array, ArrayRef, FixedSizeBinaryArray, Float64Array, ListArray, RecordBatch, UInt8Array,
    UInt32Array,
};

use super::{Input, Paths, Peers, Prefixes, Routes, Row};
use crate::kernels::diversity::InputError;
use crate::kernels::diversity::columns::{column, numbers, values, wrong};

type Result<T> = std::result::Result<T, InputError>;

/// Columns `prefix_id`, `peer_id`, `as_path_id` of routes; `family`, `network`, `length` of prefixes;
/// `hops`, `segments`, `origin_as` of AS paths; `peer_as`, `collector`, `full4`, `full6` of peers.
///
/// # Errors
/// Where one is missing, of another type, or has nulls that it should not.
pub fn input<'a>(
    routes: &'a RecordBatch,
    prefixes: &'a RecordBatch,
    as_paths: &'a RecordBatch,
    peers: &'a RecordBatch,
) -> Result<Input<'a>> {
    let network: Option<&FixedSizeBinaryArray> =
        column(prefixes, "network")?.as_fixed_size_binary_opt();
    let network = network
        .filter(|n| n.value_length() == 16 && n.null_count() == 0)
        .ok_or_else(|| wrong("network", "16 octets, no nulls"))?;
    Ok(Input {
        routes: Routes {
            prefix: values::<UInt32Type>(routes, "prefix_id")?,
            peer: values::<UInt16Type>(routes, "peer_id")?,
            as_path: values::<UInt32Type>(routes, "as_path_id")?,
        },
        prefixes: Prefixes {
            family: values::<UInt8Type>(prefixes, "family")?,
            network: network
                .value_data()
                .get(..16 * network.len())
                .unwrap_or_default(),
            length: values::<UInt8Type>(prefixes, "length")?,
        },
        paths: paths(as_paths)?,
        peers: Peers {
            asn: values::<UInt32Type>(peers, "peer_as")?,
            collector: values::<UInt32Type>(peers, "collector")?,
            full: [flags(peers, "full4")?, flags(peers, "full6")?],
        },
    })
}

fn paths(batch: &RecordBatch) -> Result<Paths<'_>> {
    let list = |name: &str| -> Result<&ListArray> {
        let list: Option<&ListArray> = column(batch, name)?.as_list_opt();
        list.filter(|l| l.null_count() == 0)
            .ok_or_else(|| wrong(name, "lists, no nulls"))
    };
    let (hops, segments) = (list("hops")?, list("segments")?);
    let ases = hops.values().as_primitive_opt::<UInt32Type>();
    let parts = segments.values().as_struct_opt();
    let part = |name: &str| {
        parts
            .and_then(|p| p.column_by_name(name))
            .and_then(|c| c.as_primitive_opt::<UInt8Type>())
            .ok_or_else(|| wrong("segments", "lists of kind and count"))
    };
    Ok(Paths {
        hop_offsets: hops.value_offsets(),
        hops: ases
            .ok_or_else(|| wrong("hops", "lists of uint32"))?
            .values(),
        segment_offsets: segments.value_offsets(),
        kinds: part("kind")?.values(),
        counts: part("count")?.values(),
        origin: numbers::<UInt32Type>(batch, "origin_as")?,
    })
}

fn flags(batch: &RecordBatch, name: &str) -> Result<Vec<bool>> {
    let flags = column(batch, name)?.as_boolean_opt();
    let flags = flags.filter(|f| f.null_count() == 0);
    let flags = flags.ok_or_else(|| wrong(name, "bool, no nulls"))?;
    Ok(flags.values().iter().collect())
}

/// Columns `scope`, `family`, `asn`, `hegemony`, `n_vps`, `n_vps_with_as`, `hegemony_low`,
/// `hegemony_high`.
///
/// # Errors
/// What Arrow says about columns that do not fit together.
pub fn batch(rows: &[Row]) -> Result<RecordBatch> {
    let numbers = |of: fn(&Row) -> u32| -> ArrayRef {
        Arc::new(UInt32Array::from_iter_values(rows.iter().map(of)))
    };
    let scope: UInt32Array = rows.iter().map(|r| r.scope).collect();
    let family = UInt8Array::from_iter_values(rows.iter().map(|r| r.family));
    let hegemony = Float64Array::from_iter_values(rows.iter().map(|r| r.hegemony));
    let end = |of: fn((f64, f64)) -> f64| -> ArrayRef {
        let ends: Float64Array = rows.iter().map(|r| r.interval.map(of)).collect();
        Arc::new(ends)
    };
    let columns: [(&str, ArrayRef, bool); 8] = [
        ("scope", Arc::new(scope), true),
        ("family", Arc::new(family), false),
        ("asn", numbers(|r| r.asn), false),
        ("hegemony", Arc::new(hegemony), false),
        ("n_vps", numbers(|r| r.n_vps), false),
        ("n_vps_with_as", numbers(|r| r.n_vps_with_as), false),
        ("hegemony_low", end(|i| i.0), true),
        ("hegemony_high", end(|i| i.1), true),
    ];
    RecordBatch::try_from_iter_with_nullable(columns).map_err(|e| InputError(e.to_string()))
}
