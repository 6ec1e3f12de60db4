//! Path diversity and the AS graph's links, for Python.

use pyo3::prelude::*;
use pyo3_arrow::PyTable;

use super::arrays::{single_batch, to_pyarrow};
use super::errors::{arrow, detached};
use crate::kernels::diversity;
use crate::kernels::diversity::columns::{group, paths, routes};

/// Path diversity of each group of routes.
#[pyfunction]
pub fn path_diversity(
    py: Python<'_>,
    table: PyTable,
    as_paths: PyTable,
    n_groups: usize,
) -> PyResult<Bound<'_, PyAny>> {
    let table = single_batch("routes", table)?;
    let as_paths = single_batch("as_paths", as_paths)?;
    let n_threads = std::thread::available_parallelism().map_or(1, usize::from);
    let batch = detached(py, || {
        Ok(group(&table).and_then(|group| {
            let (routes, paths) = (routes(&table)?, paths(&as_paths)?);
            diversity::path_diversity(group, n_groups, &routes, &paths, n_threads)?.batch()
        }))
    })?;
    to_pyarrow(py, batch.map_err(arrow)?)
}

/// Links between neighbouring ASes of the paths that may enter a graph.
#[pyfunction]
pub fn as_links(py: Python<'_>, table: PyTable, as_paths: PyTable) -> PyResult<Bound<'_, PyAny>> {
    let table = single_batch("routes", table)?;
    let as_paths = single_batch("as_paths", as_paths)?;
    let batch =
        detached(py, || {
            Ok(routes(&table)
                .and_then(|routes| diversity::edges(&routes, &paths(&as_paths)?)?.batch()))
        })?;
    to_pyarrow(py, batch.map_err(arrow)?)
}
