//! Path diversity and the AS graph's links, for Python.

use numpy::{PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use pyo3_arrow::PyTable;

use super::arrays::{single_batch, to_pyarrow};
use super::errors::{arrow, detached};
use crate::kernels::diversity;
use crate::kernels::diversity::columns::{group, paths, routes};
use crate::kernels::diversity::{Options, Resamples};

/// VP ASes, how often each is drawn in each resample, and the coverage of the intervals.
type Bootstrap<'py> = (PyReadonlyArray1<'py, u32>, PyReadonlyArray2<'py, u16>, f64);

/// Path diversity of each group of routes.
#[pyfunction]
#[pyo3(signature = (table, as_paths, n_groups, *, weights = None, bootstrap = None))]
#[allow(clippy::needless_pass_by_value)]
pub fn path_diversity<'py>(
    py: Python<'py>,
    table: PyTable,
    as_paths: PyTable,
    n_groups: usize,
    weights: Option<PyReadonlyArray1<'py, u64>>,
    bootstrap: Option<Bootstrap<'py>>,
) -> PyResult<Bound<'py, PyAny>> {
    let table = single_batch("routes", table)?;
    let as_paths = single_batch("as_paths", as_paths)?;
    let n_threads = std::thread::available_parallelism().map_or(1, usize::from);
    let weights: Option<Vec<u64>> = weights.map(|w| w.as_array().iter().copied().collect());
    let resamples = bootstrap.map(|b| resamples(&b)).transpose()?;
    let options = Options {
        weights: weights.as_deref(),
        resamples: resamples.as_ref(),
    };
    let batch = detached(py, || {
        Ok(group(&table).and_then(|group| {
            let (routes, paths) = (routes(&table)?, paths(&as_paths)?);
            diversity::path_diversity(group, n_groups, &routes, &paths, options, n_threads)?
                .batch(resamples.is_some())
        }))
    })?;
    to_pyarrow(py, batch.map_err(arrow)?)
}

fn resamples((vps, draws, ci): &Bootstrap<'_>) -> PyResult<Resamples> {
    let vps: Vec<u32> = vps.as_array().iter().copied().collect();
    let draws: Vec<u16> = draws.as_array().iter().copied().collect();
    Resamples::new(&vps, &draws, *ci).map_err(arrow)
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
