//! Arrow arrays from Python, checked for their types.

use arrow_array::cast::AsArray;
use arrow_array::types::UInt8Type;
use arrow_array::{Array, ArrayRef, FixedSizeBinaryArray, RecordBatch, UInt8Array};
use pyo3::prelude::*;
use pyo3_arrow::{PyArray, PyRecordBatch, PyTable};

use super::errors::arrow;
use crate::prefix::{Family, Prefix, mask};

/// A record batch as a pyarrow table.
///
/// # Errors
/// pyarrow refuses it.
pub fn to_pyarrow(py: Python<'_>, batch: RecordBatch) -> PyResult<Bound<'_, PyAny>> {
    let batch = PyRecordBatch::new(batch).into_pyarrow(py)?;
    let table = py.import("pyarrow")?.getattr("Table")?;
    table.call_method1("from_batches", (vec![batch],))
}

/// An array as a pyarrow array.
///
/// # Errors
/// pyarrow refuses it.
pub fn array_to_pyarrow(py: Python<'_>, array: ArrayRef) -> PyResult<Bound<'_, PyAny>> {
    py.import("pyarrow")?
        .getattr("array")?
        .call1((PyArray::from_array_ref(array),))
}

/// The one record batch of a single-chunk table.
///
/// # Errors
/// The table has several chunks.
pub fn single_batch(name: &str, table: PyTable) -> PyResult<RecordBatch> {
    let (mut batches, schema) = table.into_inner();
    match batches.len() {
        0 => Ok(RecordBatch::new_empty(schema)),
        1 => Ok(batches.remove(0)),
        n => Err(arrow(format!("table {name} has {n} chunks, expected 1"))),
    }
}

/// Columns (family, network, length) as prefixes.
///
/// # Errors
/// Columns of other types or lengths, nulls, host bits set.
pub fn prefixes(family: &PyArray, network: &PyArray, length: &PyArray) -> PyResult<Vec<Prefix>> {
    let octets = |a: &PyArray, name: &str| -> PyResult<UInt8Array> {
        a.array()
            .as_primitive_opt::<UInt8Type>()
            .filter(|a| a.null_count() == 0)
            .cloned()
            .ok_or_else(|| arrow(format!("{name}: expected uint8 without nulls")))
    };
    let family = octets(family, "family")?;
    let length = octets(length, "length")?;
    let network: &FixedSizeBinaryArray = network
        .array()
        .as_fixed_size_binary_opt()
        .filter(|a| a.value_length() == 16 && a.null_count() == 0)
        .ok_or_else(|| arrow("network: expected fixed_size_binary[16] without nulls"))?;
    if family.len() != network.len() || length.len() != network.len() {
        return Err(arrow("family, network and length differ in length"));
    }
    let mut prefixes = Vec::with_capacity(network.len());
    for ((family, network), length) in family
        .values()
        .iter()
        .zip(network.iter())
        .zip(length.values())
    {
        let prefix = Family::from_number(*family)
            .zip(network.and_then(|n| <[u8; 16]>::try_from(n).ok()))
            .map(|(family, network)| Prefix {
                family,
                network: u128::from_be_bytes(network),
                length: *length,
            })
            .filter(|p| p.length <= p.family.bits() && p.network & !mask(p.length) == 0)
            .ok_or_else(|| {
                arrow(format!(
                    "row {}: not a canonical prefix of family 4 or 6",
                    prefixes.len()
                ))
            })?;
        prefixes.push(prefix);
    }
    Ok(prefixes)
}
