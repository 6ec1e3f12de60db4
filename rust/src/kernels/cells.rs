//! Typed columns of a table, and their cells.

use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowDictionaryKeyType, UInt32Type};
use arrow_array::{
    Array, ArrowPrimitiveType, DictionaryArray, ListArray, PrimitiveArray, RecordBatch, StringArray,
};
use arrow_schema::ArrowError;

/// A column as the type that `cast` gives.
///
/// # Errors
/// The column is missing or has another type.
pub(super) fn typed<'a, T>(
    batch: &'a RecordBatch,
    name: &str,
    cast: impl Fn(&'a dyn Array) -> Option<T>,
) -> Result<T, ArrowError> {
    batch
        .column_by_name(name)
        .and_then(|c| cast(c.as_ref()))
        .ok_or_else(|| {
            ArrowError::SchemaError(format!("column {name} is missing or of another type"))
        })
}

/// The values of a column of 32-bit numbers.
pub(super) fn words(array: &dyn Array) -> Option<&[u32]> {
    array
        .as_primitive_opt::<UInt32Type>()
        .map(|a| a.values().as_ref())
}

/// A value that is there and not null.
pub(super) fn value<T: ArrowPrimitiveType>(
    array: &PrimitiveArray<T>,
    row: usize,
) -> Option<T::Native> {
    (row < array.len() && array.is_valid(row)).then(|| array.value(row))
}

/// A text that is there and not null.
pub(super) fn text(array: &StringArray, row: usize) -> Option<&str> {
    (row < array.len() && array.is_valid(row)).then(|| array.value(row))
}

/// The text of a dictionary column.
pub(super) fn label<K: ArrowDictionaryKeyType>(
    array: &DictionaryArray<K>,
    row: usize,
) -> Option<&str> {
    (row < array.len()).then_some(())?;
    text(array.values().as_string_opt()?, array.key(row)?)
}

/// Items of one list; empty for null.
pub(super) fn range(list: &ListArray, row: usize) -> Option<Range<usize>> {
    let at = |i: usize| list.offsets().get(i).and_then(|o| usize::try_from(*o).ok());
    Some(at(row)?..at(row + 1)?)
}
