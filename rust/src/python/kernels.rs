//! Functions over Arrow columns, for Python.

use std::collections::HashMap;
use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::UInt32Type;
use arrow_array::{Array, RecordBatch, StringArray, UInt32Array};
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use pyo3_arrow::{PyArray, PyTable};

use super::arrays::{array_to_pyarrow, prefixes, single_batch, to_pyarrow};
use super::errors::{arrow, detached, to_py};
use crate::error::Error;
use crate::kernels::bgpdump::{Changes, Routes, Tables};
use crate::kernels::{origins, paths};
use crate::lpm::parse_column;
use crate::prefix::Prefix;
use crate::rib::columns::{prefix_columns, prefix_text};

/// Parse canonical prefix text to (family, network, length).
#[pyfunction]
#[allow(clippy::needless_pass_by_value)]
pub fn parse_prefixes(py: Python<'_>, text: PyArray) -> PyResult<[Bound<'_, PyAny>; 3]> {
    let text: &StringArray = text
        .array()
        .as_string_opt()
        .ok_or_else(|| arrow("text: expected a string array"))?;
    let columns = detached(py, || {
        let prefixes = parse_column(text.len(), |range| {
            range.map(|row| text.is_valid(row).then(|| text.value(row)))
        })?;
        Ok(prefix_columns(&prefixes)?)
    })?;
    let [family, network, length] = columns;
    Ok([
        array_to_pyarrow(py, family)?,
        array_to_pyarrow(py, network)?,
        array_to_pyarrow(py, length)?,
    ])
}

/// Write a prefix, or an address as its host prefix, canonically: host bits are cleared.
#[pyfunction]
pub fn network_text(py: Python<'_>, text: &str) -> PyResult<String> {
    Prefix::with_host_bits(text)
        .map(|p| p.to_string())
        .map_err(|e| to_py(py, e))
}

/// Write prefixes as text.
#[pyfunction]
#[allow(clippy::needless_pass_by_value)]
pub fn format_prefixes(
    py: Python<'_>,
    family: PyArray,
    network: PyArray,
    length: PyArray,
) -> PyResult<Bound<'_, PyAny>> {
    let prefixes = prefixes(&family, &network, &length)?;
    let text = detached(py, || Ok(prefix_text(prefixes.into_iter())))?;
    array_to_pyarrow(py, std::sync::Arc::new(text))
}

/// Preprocess AS paths once for every analysis.
#[pyfunction]
#[allow(clippy::needless_pass_by_value)]
pub fn path_features(
    py: Python<'_>,
    hops: PyArray,
    segments: PyArray,
) -> PyResult<Bound<'_, PyAny>> {
    let lists = hops
        .array()
        .as_list_opt()
        .zip(segments.array().as_list_opt())
        .ok_or_else(|| arrow("hops, segments: expected list arrays"))?;
    let batch = detached(py, || Ok(paths::path_features(lists.0, lists.1)?))?;
    to_pyarrow(py, batch)
}

/// The tables of a `Rib` or an `Updates` by name, one record batch each.
pub struct Batches(HashMap<String, RecordBatch>);

impl Batches {
    /// Take the batch of each table.
    ///
    /// # Errors
    /// A table has several chunks.
    pub fn new(tables: HashMap<String, PyTable>) -> PyResult<Self> {
        let batches = tables.into_iter().map(|(name, table)| {
            let batch = single_batch(&name, table)?;
            Ok((name, batch))
        });
        Ok(Self(batches.collect::<PyResult<_>>()?))
    }

    /// Whether these are the tables of an `Updates`.
    fn has_changes(&self) -> bool {
        self.0.contains_key("changes")
    }

    /// The five tables.
    ///
    /// # Errors
    /// One is missing.
    pub fn tables(&self) -> PyResult<Tables<'_>> {
        let table = |name: &str| {
            self.0
                .get(name)
                .ok_or_else(|| arrow(format!("tables: {name} is missing")))
        };
        Ok(Tables {
            rows: table(if self.has_changes() {
                "changes"
            } else {
                "routes"
            })?,
            prefixes: table("prefixes")?,
            peers: table("peers")?,
            as_paths: table("as_paths")?,
            attributes: table("attributes")?,
        })
    }
}

/// Origin ASes (as compressed rows) and number of peers of every prefix.
#[pyfunction]
#[allow(clippy::needless_pass_by_value)]
pub fn origins_by_prefix<'py>(
    py: Python<'py>,
    prefix_id: PyReadonlyArray1<'py, u32>,
    peer_id: PyReadonlyArray1<'py, u16>,
    as_path_id: PyReadonlyArray1<'py, u32>,
    origin_of_path: PyArray,
    n_prefixes: usize,
) -> PyResult<[Bound<'py, PyArray1<u32>>; 3]> {
    let (prefix_id, peer_id) = (prefix_id.as_slice()?, peer_id.as_slice()?);
    let as_path_id = as_path_id.as_slice()?;
    let origin: &UInt32Array = origin_of_path
        .array()
        .as_primitive_opt::<UInt32Type>()
        .ok_or_else(|| arrow("origin_of_path: expected uint32"))?;
    let found = detached(py, || {
        origins::origins_by_prefix(prefix_id, peer_id, as_path_id, origin, n_prefixes)
    })?;
    Ok([
        found.first.into_pyarray(py),
        found.origin_as.into_pyarray(py),
        found.n_peers.into_pyarray(py),
    ])
}

/// Routes, or changes, `start..stop` as the lines of `bgpdump -m`.
#[pyfunction]
pub fn bgpdump_lines(
    py: Python<'_>,
    tables: HashMap<String, PyTable>,
    start: usize,
    stop: usize,
) -> PyResult<Bound<'_, PyBytes>> {
    let batches = Batches::new(tables)?;
    let tables = batches.tables()?;
    let rows = start..stop.min(tables.rows.num_rows());
    let text = detached(py, || {
        if batches.has_changes() {
            let lines = Changes::new(&tables)?;
            all_lines(rows, |row, text| lines.write(row, text))
        } else {
            let lines = Routes::new(&tables)?;
            all_lines(rows, |row, text| lines.write(row, text))
        }
    })?;
    Ok(PyBytes::new(py, text.as_bytes()))
}

fn all_lines(
    rows: Range<usize>,
    write: impl Fn(usize, &mut String) -> Option<()>,
) -> Result<String, Error> {
    let mut text = String::new();
    for row in rows {
        write(row, &mut text).ok_or_else(|| {
            let message = format!("row {row} has an id out of range");
            arrow_schema::ArrowError::InvalidArgumentError(message)
        })?;
    }
    Ok(text)
}
