//! `PrefixIndex` for Python.

use std::borrow::Cow;
use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::UInt32Type;
use arrow_array::{Array, ArrayRef, LargeStringArray, StringArray, StringViewArray};
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1, PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3_arrow::PyArray;

use super::arrays::prefixes;
use super::errors::{arrow, detached, to_py};
use crate::lpm::{Index, Malformed, parse_column};
use crate::prefix::Prefix;

type Ids<'py> = Bound<'py, PyArray1<i32>>;

/// Immutable longest-prefix match over prefixes of both families.
#[pyclass(frozen, module = "rib._core")]
pub struct PrefixIndex {
    index: Index,
    /// The prefixes as given, where they were given as text.
    text: Option<Texts>,
}

/// A column of text in any of Arrow's layouts.
enum Texts {
    Small(StringArray),
    Large(LargeStringArray),
    View(StringViewArray),
}

impl Texts {
    fn new(array: &ArrayRef) -> Option<Self> {
        if let Some(array) = array.as_string_opt::<i32>() {
            return Some(Self::Small(array.clone()));
        }
        if let Some(array) = array.as_string_opt::<i64>() {
            return Some(Self::Large(array.clone()));
        }
        array.as_string_view_opt().map(|a| Self::View(a.clone()))
    }

    fn len(&self) -> usize {
        match self {
            Self::Small(a) => a.len(),
            Self::Large(a) => a.len(),
            Self::View(a) => a.len(),
        }
    }

    fn get(&self, row: usize) -> Option<&str> {
        if row >= self.len() {
            return None;
        }
        match self {
            Self::Small(a) => a.is_valid(row).then(|| a.value(row)),
            Self::Large(a) => a.is_valid(row).then(|| a.value(row)),
            Self::View(a) => a.is_valid(row).then(|| a.value(row)),
        }
    }

    fn rows(&self, range: Range<usize>) -> impl Iterator<Item = Option<&str>> {
        range.map(|row| self.get(row))
    }
}

#[pymethods]
#[allow(clippy::needless_pass_by_value)] // pyo3 hands arguments over by value
impl PrefixIndex {
    #[new]
    #[pyo3(signature = (family, network, length, ids=None))]
    fn new(
        py: Python<'_>,
        family: PyArray,
        network: PyArray,
        length: PyArray,
        ids: Option<PyArray>,
    ) -> PyResult<Self> {
        let prefixes = prefixes(&family, &network, &length)?;
        let ids = match ids {
            None => None,
            Some(ids) => {
                let ids = ids
                    .array()
                    .as_primitive_opt::<UInt32Type>()
                    .filter(|a| a.null_count() == 0)
                    .ok_or_else(|| arrow("ids: expected uint32 without nulls"))?;
                Some(ids.values().to_vec())
            }
        };
        let index = detached(py, || Index::new(&prefixes, ids))?;
        Ok(Self { index, text: None })
    }

    #[staticmethod]
    fn from_text(py: Python<'_>, text: PyArray) -> PyResult<Self> {
        let text =
            Texts::new(text.array()).ok_or_else(|| arrow("text: expected a string array"))?;
        let index = detached(py, || {
            let prefixes = parse_column(text.len(), |range| text.rows(range))?;
            Index::of_unsorted(prefixes)
        })?;
        let text = Some(text);
        Ok(Self { index, text })
    }

    fn lookup_v4<'py>(
        &self,
        py: Python<'py>,
        addresses: PyReadonlyArray1<'py, u32>,
    ) -> PyResult<Ids<'py>> {
        let view = addresses.as_array();
        let contiguous = view
            .as_slice()
            .map_or_else(|| Cow::Owned(view.to_vec()), Cow::Borrowed);
        let ids = detached(py, || Ok(self.index.lookup_v4(&contiguous)))?;
        Ok(ids.into_pyarray(py))
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
        let view = addresses.as_array();
        // Rows are copied out only where the caller's array is not contiguous.
        let octets = view
            .as_slice()
            .map_or_else(|| Cow::Owned(view.iter().copied().collect()), Cow::Borrowed);
        let ids = detached(py, || Ok(self.index.lookup_v6(octets.as_chunks().0)))?;
        Ok(ids.into_pyarray(py))
    }

    #[pyo3(signature = (addresses, errors="raise"))]
    fn lookup_text<'py>(
        &self,
        py: Python<'py>,
        addresses: PyArray,
        errors: &str,
    ) -> PyResult<Ids<'py>> {
        let malformed = match errors {
            "raise" => Malformed::Fails,
            "null" => Malformed::IsNull,
            _ => {
                return Err(arrow(format!(
                    "errors={errors:?}: expected \"raise\" or \"null\""
                )));
            }
        };
        let text = Texts::new(addresses.array())
            .ok_or_else(|| arrow("addresses: expected a string array"))?;
        let ids = detached(py, || {
            self.index
                .lookup_texts(text.len(), |range| text.rows(range), malformed)
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

    fn row_ids<'py>(&self, py: Python<'py>, start: usize, stop: usize) -> Ids<'py> {
        let rows = start..stop.min(self.index.len());
        rows.map(|row| self.index.id(row))
            .collect::<Vec<_>>()
            .into_pyarray(py)
    }

    fn text(&self, prefix_id: usize) -> Option<Cow<'_, str>> {
        match &self.text {
            Some(text) => text.get(prefix_id).map(Cow::Borrowed),
            None => self
                .index
                .prefix(prefix_id)
                .map(|p| Cow::Owned(p.to_string())),
        }
    }

    fn __len__(&self) -> usize {
        self.index.len()
    }
}
