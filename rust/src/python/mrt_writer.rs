//! Dumps as blocks of bytes, for Python.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use arrow_schema::ArrowError;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use pyo3_arrow::PyTable;

use super::errors::{arrow, detached};
use super::kernels::Batches;
use super::load::parse_safi;
use crate::kernels::mrt_writer::Dump;

/// Blocks made while Python still writes or compresses an earlier one.
const AHEAD: usize = 2;

/// A block, an error, or `None` after the last block.
type Made = Result<Option<Vec<u8>>, ArrowError>;

/// Iterator over the blocks of a dump, which are made on a thread of their own.
#[pyclass(frozen, module = "rib._core")]
pub struct MrtBlocks {
    /// `None` after the last block.
    made: Mutex<Option<Receiver<Made>>>,
}

#[pymethods]
impl MrtBlocks {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let made = detached(py, || {
            let mut open = self.made.lock().unwrap_or_else(PoisonError::into_inner);
            let made = open.as_ref().map(Receiver::recv);
            if !matches!(made, Some(Ok(Ok(Some(_))))) {
                *open = None;
            }
            Ok(made)
        })?;
        let block = match made {
            None => None,
            Some(Ok(made)) => made.map_err(arrow)?,
            Some(Err(_)) => {
                return Err(PyRuntimeError::new_err(
                    "internal error in the native module, please report it: writing a dump panicked",
                ));
            }
        };
        Ok(block.map(|b| PyBytes::new(py, &b)))
    }
}

/// Routes as a TABLE_DUMP_V2 dump, block by block.
#[pyfunction]
#[pyo3(signature = (tables, view_name, *, safi="unicast"))]
pub fn mrt_blocks(
    py: Python<'_>,
    tables: HashMap<String, PyTable>,
    view_name: &str,
    safi: &str,
) -> PyResult<MrtBlocks> {
    let safi = parse_safi(safi)?;
    let batches = Batches::new(tables)?;
    let tables = batches.tables()?;
    let mut dump = detached(py, || Ok(Dump::new(&tables, view_name, safi)))?.map_err(arrow)?;
    let (sender, made) = sync_channel(AHEAD);
    thread::spawn(move || {
        loop {
            let block = dump.block();
            let is_last = !matches!(block, Ok(Some(_)));
            // Nobody receives any more: the iterator was dropped, as after a full disk.
            if sender.send(block).is_err() || is_last {
                return;
            }
        }
    });
    Ok(MrtBlocks {
        made: Mutex::new(Some(made)),
    })
}
