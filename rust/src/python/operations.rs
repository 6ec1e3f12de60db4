//! Operations on whole tables, for Python.

use std::sync::Arc;

use arrow_array::types::UInt32Type;
use arrow_array::{Array, UInt32Array, cast::AsArray};
use pyo3::prelude::*;
use pyo3_arrow::{PyArray, PyTable};

use super::arrays::{prefixes, single_batch, to_pyarrow};
use super::errors::{arrow, detached};
use crate::kernels::changed_routes as changed;
use crate::kernels::covering_set as covering;
use crate::kernels::decision;
use crate::rib::columns::{batch, prefix_columns};

/// Routes that are new, gone or have another AS path, as pairs of rows.
#[pyfunction]
pub fn changed_routes(py: Python<'_>, old: PyTable, new: PyTable) -> PyResult<Bound<'_, PyAny>> {
    let (old, new) = (single_batch("old", old)?, single_batch("new", new)?);
    let found = detached(py, || Ok(changed::changed_routes(&old, &new)))?;
    to_pyarrow(py, found.map_err(arrow)?)
}

/// The fewest prefixes with exactly the addresses of each group.
#[pyfunction]
#[allow(clippy::needless_pass_by_value)]
pub fn covering_set(
    py: Python<'_>,
    group: PyArray,
    family: PyArray,
    network: PyArray,
    length: PyArray,
) -> PyResult<Bound<'_, PyAny>> {
    let prefixes = prefixes(&family, &network, &length)?;
    let groups: &UInt32Array = group
        .array()
        .as_primitive_opt::<UInt32Type>()
        .filter(|groups| groups.null_count() == 0 && groups.len() == prefixes.len())
        .ok_or_else(|| arrow("group: expected a uint32 without nulls for each prefix"))?;
    let found = detached(py, || {
        let (groups, prefixes): (Vec<u32>, Vec<_>) =
            covering::covering_set(groups.values(), &prefixes)
                .into_iter()
                .unzip();
        let [family, network, length] = prefix_columns(&prefixes)?;
        Ok(batch([
            ("group", Arc::new(UInt32Array::from(groups)), false),
            ("family", family, false),
            ("network", network, false),
            ("length", length, false),
        ])?)
    })?;
    to_pyarrow(py, found)
}

/// Best and second-best route of every prefix, and the step of the decision process between them.
#[pyfunction]
#[pyo3(signature = (routes, n_prefixes, *, always_compare_med, deterministic_med))]
pub fn decide_routes(
    py: Python<'_>,
    routes: PyTable,
    n_prefixes: usize,
    always_compare_med: bool,
    deterministic_med: bool,
) -> PyResult<Bound<'_, PyAny>> {
    let routes = single_batch("routes", routes)?;
    let rules = decision::MedRules {
        always_compare: always_compare_med,
        deterministic: deterministic_med,
    };
    let found = detached(py, || {
        Ok(decision::decide_routes(&routes, n_prefixes, rules))
    })?;
    to_pyarrow(py, found.map_err(arrow)?)
}
