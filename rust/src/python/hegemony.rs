//! AS hegemony, for Python.

use arrow_array::cast::AsArray;
use arrow_array::types::UInt32Type;
use numpy::PyReadonlyArray1;
use pyo3::prelude::*;
use pyo3_arrow::{PyArray, PyTable};

use super::arrays::{single_batch, to_pyarrow};
use super::errors::{arrow, detached};
use crate::kernels::hegemony::{self, Draws, Options, Trim, as_hegemony as as_hegemony_rows};

/// For each family the draws of each VP AS in every resample; the resamples; the coverage.
type DrawsArgument<'py> = (
    PyReadonlyArray1<'py, u16>,
    PyReadonlyArray1<'py, u16>,
    usize,
    f64,
);

/// AS hegemony, global and of origin ASes.
#[pyfunction]
#[pyo3(signature = (tables, scopes, *, global_scope, sparse, trim, draws=None))]
#[allow(clippy::needless_pass_by_value)] // as pyo3 gives arguments
pub fn as_hegemony<'py>(
    py: Python<'py>,
    tables: (PyTable, PyTable, PyTable, PyTable),
    scopes: Option<PyArray>,
    global_scope: bool,
    sparse: bool,
    trim: &str,
    draws: Option<DrawsArgument<'py>>,
) -> PyResult<Bound<'py, PyAny>> {
    let routes = single_batch("routes", tables.0)?;
    let prefixes = single_batch("prefixes", tables.1)?;
    let as_paths = single_batch("as_paths", tables.2)?;
    let peers = single_batch("peers", tables.3)?;
    let scopes = scopes.map(|given| {
        let asns = given.array().as_primitive_opt::<UInt32Type>();
        let asns = asns.ok_or_else(|| arrow("scopes: expected uint32"))?;
        let mut asns: Vec<u32> = asns.iter().flatten().collect();
        asns.sort_unstable();
        PyResult::Ok(asns)
    });
    let draws = draws.as_ref().map(|(of_4, of_6, n, ci)| {
        PyResult::Ok(Draws {
            counts: [of_4.as_slice()?, of_6.as_slice()?],
            n: *n,
            ci: *ci,
        })
    });
    let trim = match trim {
        "none" => Trim::No,
        "scipy" => Trim::Tenth,
        "force" => Trim::AtLeastOne,
        other => {
            return Err(arrow(format!(
                "trim {other}: expected none, scipy or force"
            )));
        }
    };
    let options = Options {
        draws: draws.transpose()?,
        scopes: scopes.transpose()?,
        global: global_scope,
        sparse,
        trim,
        n_threads: std::thread::available_parallelism().map_or(1, usize::from),
    };
    let batch = detached(py, || {
        Ok(
            hegemony::columns::input(&routes, &prefixes, &as_paths, &peers)
                .and_then(|input| hegemony::columns::batch(&as_hegemony_rows(&input, &options)?)),
        )
    })?;
    to_pyarrow(py, batch.map_err(arrow)?)
}
