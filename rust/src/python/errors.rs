//! Rust errors to the classes of `rib.exceptions` and to the matching `OSError`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3::exceptions::{PyKeyboardInterrupt, PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::error::{Error, ErrorKind};

/// The Python exception for an error.
pub fn to_py(py: Python<'_>, error: Error) -> PyErr {
    build(py, error).unwrap_or_else(|e| e)
}

fn build(py: Python<'_>, error: Error) -> PyResult<PyErr> {
    let class = match error.kind {
        ErrorKind::Io(code) => {
            // OSError(errno, text, name) chooses FileNotFoundError and its siblings itself.
            let strerror = py.import("os")?;
            return Ok(match code {
                Some(code) => {
                    let text: String = strerror.call_method1("strerror", (code,))?.extract()?;
                    PyOSError::new_err((code, text, error.path))
                }
                None => PyOSError::new_err(format!(
                    "{}: {}",
                    error.path.unwrap_or_default(),
                    error.message
                )),
            });
        }
        ErrorKind::Interrupted => return Ok(PyKeyboardInterrupt::new_err(error.message)),
        ErrorKind::Mrt => "MrtError",
        ErrorKind::Truncated => "TruncatedMrtError",
        ErrorKind::Unsupported => "UnsupportedMrtError",
        ErrorKind::Prefix => "PrefixError",
    };
    let class = py.import("rib.exceptions")?.getattr(class)?;
    let places = PyDict::new(py);
    if error.kind != ErrorKind::Prefix {
        places.set_item("path", error.path)?;
        places.set_item("offset", error.offset)?;
        places.set_item("record", error.record)?;
    }
    let value = class.call((error.message,), Some(&places))?;
    Ok(PyErr::from_value(value))
}

/// An error about Arrow data that is not as documented.
pub fn arrow(error: impl std::fmt::Display) -> PyErr {
    let text = error.to_string();
    // Arrow's name for what is a ValueError here already.
    let detail = text.strip_prefix("Invalid argument error: ");
    PyValueError::new_err(detail.unwrap_or(&text).to_owned())
}

/// Run native work with the GIL released; a panic becomes an ordinary exception.
///
/// # Errors
/// What the work returns, or a `RuntimeError` naming the panic.
pub fn detached<T: Send>(
    py: Python<'_>,
    work: impl FnOnce() -> Result<T, Error> + Send,
) -> PyResult<T> {
    let outcome = py.detach(|| catch_unwind(AssertUnwindSafe(work)));
    match outcome {
        Ok(result) => result.map_err(|e| to_py(py, e)),
        Err(panic) => {
            let what = panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| panic.downcast_ref::<&str>().copied())
                .unwrap_or("unknown");
            Err(PyRuntimeError::new_err(format!(
                "internal error in the native module, please report it: {what}"
            )))
        }
    }
}
