//! `read_mrt` and `read_updates` for Python.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyDict, PyList};

use super::arrays::to_pyarrow;
use super::errors::{detached, to_py};
use crate::error::{Error, ErrorKind};
use crate::input::{Input, Source};
use crate::rib::builder::TableBuilder;
use crate::rib::file::Target;
use crate::rib::load::{Loaded, OnError, Options, Safi, load};
use crate::rib::quirks::Quirks;
use crate::rib::receipt::{FileReceipt, Issue};
use crate::updates::builder::UpdatesBuilder;

/// Time between two looks at signals and calls of the progress function.
const CHECK: Duration = Duration::from_millis(100);

#[derive(FromPyObject)]
/// A path, or the bytes themselves.
pub enum PySource {
    Bytes(PyBackedBytes),
    Path(PathBuf),
}

/// Name, collector, and path or bytes of each input.
type Inputs = Vec<(String, Option<String>, PySource)>;
/// Tables and receipt.
type TablesAndReceipt<'py> = (Bound<'py, PyDict>, Bound<'py, PyDict>);

/// Read RIB dumps into tables and a receipt.
#[pyfunction]
#[pyo3(signature = (inputs, on_error, progress=None, *, safi="unicast", max_bytes=None))]
pub fn read_mrt<'py>(
    py: Python<'py>,
    inputs: Inputs,
    on_error: &str,
    progress: Option<Py<PyAny>>,
    safi: &str,
    max_bytes: Option<u64>,
) -> PyResult<TablesAndReceipt<'py>> {
    let options = Options::new(parse_on_error(on_error)?, parse_safi(safi)?);
    read::<TableBuilder>(py, inputs, options, progress, max_bytes)
}

/// Read BGP updates into tables and a receipt.
#[pyfunction]
#[pyo3(signature = (inputs, on_error, progress=None, *, safi="unicast", max_bytes=None, unmarked_add_path=false))]
#[allow(clippy::too_many_arguments)] // the surface is one of keywords
pub fn read_updates<'py>(
    py: Python<'py>,
    inputs: Inputs,
    on_error: &str,
    progress: Option<Py<PyAny>>,
    safi: &str,
    max_bytes: Option<u64>,
    unmarked_add_path: bool,
) -> PyResult<TablesAndReceipt<'py>> {
    let options = Options {
        unmarked_add_path,
        ..Options::new(parse_on_error(on_error)?, parse_safi(safi)?)
    };
    read::<UpdatesBuilder>(py, inputs, options, progress, max_bytes)
}

#[allow(clippy::needless_pass_by_value)] // pyo3 hands arguments over by value
fn read<T: Target>(
    py: Python<'_>,
    inputs: Inputs,
    options: Options,
    progress: Option<Py<PyAny>>,
    max_bytes: Option<u64>,
) -> PyResult<TablesAndReceipt<'_>> {
    let inputs: Vec<Input> = inputs
        .into_iter()
        .map(|(name, collector, source)| Input {
            name,
            collector,
            source: match source {
                PySource::Bytes(bytes) => Source::Bytes(Arc::new(bytes)),
                PySource::Path(path) => Source::Path(path),
            },
            max_bytes,
        })
        .collect();
    let mut stopped: Option<PyErr> = None;
    let result = detached(py, || {
        let mut last = Instant::now();
        let mut checkpoint = |done: u64, total: u64| {
            if last.elapsed() < CHECK && done < total {
                return true;
            }
            last = Instant::now();
            let outcome = Python::attach(|py| {
                py.check_signals()?;
                if let Some(progress) = &progress {
                    progress.call1(py, (done, total))?;
                }
                Ok(())
            });
            outcome.map_err(|e| stopped = Some(e)).is_ok()
        };
        match load::<T>(&inputs, options, &mut checkpoint) {
            // Taken up again below: the exception of the caller's own making comes first.
            Err(e) if e.kind == ErrorKind::Interrupted => Ok(None),
            other => Ok(Some(other?)),
        }
    });
    if let Some(error) = stopped {
        return Err(error);
    }
    let Some(loaded) = result? else {
        return Err(to_py(
            py,
            Error::new(ErrorKind::Interrupted, "the load was interrupted"),
        ));
    };
    let tables = PyDict::new(py);
    let Loaded {
        tables: built,
        files,
        issues,
    } = loaded;
    for (name, batch) in built.named {
        tables.set_item(name, to_pyarrow(py, batch)?)?;
    }
    Ok((tables, receipt(py, &files, &issues, &built.quirks)?))
}

/// What a caller wants done about problems.
fn parse_on_error(name: &str) -> PyResult<OnError> {
    match name {
        "collect" => Ok(OnError::Collect),
        "raise" => Ok(OnError::Raise),
        other => Err(PyValueError::new_err(format!(
            "on_error={other:?}: expected 'collect' or 'raise'"
        ))),
    }
}

/// The routes that a caller names.
///
/// # Errors
/// It is another name.
pub fn parse_safi(name: &str) -> PyResult<Safi> {
    match name {
        "unicast" => Ok(Safi::Unicast),
        "multicast" => Ok(Safi::Multicast),
        other => Err(PyValueError::new_err(format!(
            "safi={other:?}: expected 'unicast' or 'multicast'"
        ))),
    }
}

fn receipt<'py>(
    py: Python<'py>,
    files: &[FileReceipt],
    issues: &[Issue],
    quirks: &Quirks,
) -> PyResult<Bound<'py, PyDict>> {
    let receipt = PyDict::new(py);
    let list = PyList::empty(py);
    for f in files {
        list.append(file_receipt(py, f)?)?;
    }
    receipt.set_item("files", list)?;
    let list = PyList::empty(py);
    for i in issues {
        let row = PyDict::new(py);
        row.set_item("file", &i.file)?;
        row.set_item("offset", i.offset)?;
        row.set_item("record", i.record)?;
        row.set_item("kind", i.kind)?;
        row.set_item("detail", &i.detail)?;
        list.append(row)?;
    }
    receipt.set_item("issues", list)?;
    let counts = PyDict::new(py);
    for (name, n) in quirks.iter() {
        counts.set_item(name, n)?;
    }
    receipt.set_item("quirks", counts)?;
    Ok(receipt)
}

fn file_receipt<'py>(py: Python<'py>, f: &FileReceipt) -> PyResult<Bound<'py, PyDict>> {
    let file = PyDict::new(py);
    file.set_item("name", &f.name)?;
    file.set_item("collector", &f.collector)?;
    file.set_item("compression", f.compression)?;
    file.set_item("bytes_in", f.bytes_in)?;
    file.set_item("bytes_uncompressed", f.bytes_uncompressed)?;
    let (records, bytes) = (PyDict::new(py), PyDict::new(py));
    for (name, tally) in &f.records {
        records.set_item(name.as_ref(), tally.count)?;
        bytes.set_item(name.as_ref(), tally.bytes)?;
    }
    file.set_item("records", records)?;
    file.set_item("record_bytes", bytes)?;
    file.set_item("routes_read", f.routes_read)?;
    file.set_item("routes_kept", f.routes_kept)?;
    file.set_item("routes_lost", f.routes_lost)?;
    file.set_item("changes_read", f.changes_read)?;
    file.set_item("changes_kept", f.changes_kept)?;
    file.set_item("changes_lost", f.changes_lost)?;
    let messages = PyDict::new(py);
    for (name, count) in &f.messages {
        messages.set_item(name.as_ref(), count)?;
    }
    file.set_item("messages", messages)?;
    let families = PyDict::new(py);
    for (name, count) in &f.other_families {
        families.set_item(name.as_ref(), count)?;
    }
    file.set_item("other_families", families)?;
    let skipped: Vec<(u64, u64, &str)> = f
        .skipped
        .iter()
        .map(|s| (s.offset, s.length, s.reason))
        .collect();
    file.set_item("skipped", skipped)?;
    file.set_item("n_issues", f.n_issues)?;
    Ok(file)
}
