//! `PrefixIndex` for Python.

use arrow_array::StringArray;
use arrow_array::cast::AsArray;
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1, PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3_arrow::PyArray;

use super::arrays::prefixes;
use super::errors::{arrow, detached, to_py};
use crate::error::Error;
use crate::lpm::Index;
use crate::prefix::Prefix;

type Ids<'py> = Bound<'py, PyArray1<i32>>;

/// Immutable longest-prefix match over sorted, distinct prefixes of both families.
#[pyclass(frozen, module = "rib._core")]
pub struct PrefixIndex {
    index: Index,
}

#[pymethods]
#[allow(clippy::needless_pass_by_value)] // pyo3 hands arguments over by value
impl PrefixIndex {
    #[new]
    fn new(py: Python<'_>, family: PyArray, network: PyArray, length: PyArray) -> PyResult<Self> {
        let prefixes = prefixes(&family, &network, &length)?;
        let index = detached(py, || Index::new(&prefixes))?;
        Ok(Self { index })
    }

    fn lookup_v4<'py>(
        &self,
        py: Python<'py>,
        addresses: PyReadonlyArray1<'py, u32>,
    ) -> PyResult<Ids<'py>> {
        let view = addresses.as_array();
        let ids = detached(py, || {
            Ok(view.iter().map(|a| self.index.lookup_v4(*a)).collect())
        })?;
        Ok(Vec::into_pyarray(ids, py))
    }

    fn lookup_v6<'py>(
        &self,
        py: Python<'py>,
        addresses: PyReadonlyArray2<'py, u8>,
    ) -> PyResult<Ids<'py>> {
        if addresses.shape().get(1) != Some(&16) {
            return Err(arrow(format!(
                "addresses: expected shape (n, 16), found {:?}",
                addresses.shape()
            )));
        }
        // Rows are copied out only where the caller's array is not contiguous.
        let contiguous;
        let bytes = if let Ok(bytes) = addresses.as_slice() {
            bytes
        } else {
            contiguous = addresses.as_array().iter().copied().collect::<Vec<u8>>();
            &contiguous
        };
        let ids = detached(py, || {
            Ok(bytes
                .as_chunks::<16>()
                .0
                .iter()
                .map(|a| self.index.lookup_v6(u128::from_be_bytes(*a)))
                .collect())
        })?;
        Ok(Vec::into_pyarray(ids, py))
    }

    fn lookup_text<'py>(&self, py: Python<'py>, addresses: PyArray) -> PyResult<Ids<'py>> {
        let text: &StringArray = addresses
            .array()
            .as_string_opt()
            .ok_or_else(|| arrow("addresses: expected a string array"))?;
        let ids = detached(py, || {
            text.iter()
                .enumerate()
                .map(|(row, address)| match address {
                    None => Ok(-1),
                    Some(a) => self
                        .index
                        .lookup_text(a)
                        .map_err(|e| Error::prefix(format!("row {row}: {e}"))),
                })
                .collect::<Result<Vec<i32>, Error>>()
        })?;
        Ok(ids.into_pyarray(py))
    }

    fn lookup_prefixes<'py>(
        &self,
        py: Python<'py>,
        family: PyArray,
        network: PyArray,
        length: PyArray,
    ) -> PyResult<Ids<'py>> {
        let queries = prefixes(&family, &network, &length)?;
        let ids = detached(py, || {
            Ok(queries
                .iter()
                .map(|p| self.index.lookup_prefix(p))
                .collect())
        })?;
        Ok(Vec::into_pyarray(ids, py))
    }

    fn parents<'py>(&self, py: Python<'py>) -> Ids<'py> {
        self.index.parents().to_vec().into_pyarray(py)
    }

    fn lookup(&self, py: Python<'_>, address: &str) -> PyResult<i32> {
        self.index.lookup_text(address).map_err(|e| to_py(py, e))
    }

    fn get(&self, py: Python<'_>, prefix: &str) -> PyResult<i32> {
        let prefix: Prefix = prefix.parse().map_err(|e| to_py(py, e))?;
        Ok(self.index.get(&prefix))
    }

    fn less_specifics(&self, py: Python<'_>, prefix: &str) -> PyResult<Vec<i32>> {
        let prefix = Prefix::or_address(prefix).map_err(|e| to_py(py, e))?;
        Ok(self.index.less_specifics(&prefix))
    }

    fn more_specifics(&self, py: Python<'_>, prefix: &str) -> PyResult<(usize, usize)> {
        let prefix = Prefix::or_address(prefix).map_err(|e| to_py(py, e))?;
        let range = self.index.more_specifics(&prefix);
        Ok((range.start, range.end))
    }

    #[getter]
    fn nbytes(&self) -> usize {
        self.index.nbytes()
    }

    fn __len__(&self) -> usize {
        self.index.len()
    }
}
