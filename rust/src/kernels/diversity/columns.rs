//! Arrow columns in and out: the only file of the kernel that knows Arrow.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowPrimitiveType, UInt16Type, UInt32Type};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Float64Array, ListArray, PrimitiveArray, RecordBatch,
    UInt16Array, UInt32Array,
};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{DataType, Field};

use super::{Diversity, Edges, InputError, Interval, Lengths, Metrics, Paths, Routes, Spread};

type Result<T> = std::result::Result<T, InputError>;

pub(in crate::kernels) fn wrong(name: &str, expected: impl std::fmt::Display) -> InputError {
    InputError(format!("column {name}: expected {expected}"))
}

pub(in crate::kernels) fn column<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a ArrayRef> {
    batch
        .column_by_name(name)
        .ok_or_else(|| wrong(name, "to be there"))
}

pub(in crate::kernels) fn numbers<'a, T: ArrowPrimitiveType>(
    batch: &'a RecordBatch,
    name: &str,
) -> Result<&'a PrimitiveArray<T>> {
    let array = column(batch, name)?.as_primitive_opt::<T>();
    array.ok_or_else(|| wrong(name, T::DATA_TYPE))
}

pub(in crate::kernels) fn values<'a, T: ArrowPrimitiveType>(
    batch: &'a RecordBatch,
    name: &str,
) -> Result<&'a [T::Native]> {
    let array = numbers::<T>(batch, name)?;
    match array.null_count() {
        0 => Ok(array.values()),
        _ => Err(wrong(name, "no nulls")),
    }
}

/// Column `group` of a batch of routes.
///
/// # Errors
/// Where it is missing, of another type, or has nulls.
pub fn group(batch: &RecordBatch) -> Result<&[u32]> {
    values::<UInt32Type>(batch, "group")
}

/// Columns `prefix_id`, `vp_as`, `as_path_id` of a batch of routes.
///
/// # Errors
/// Where one is missing, of another type, or has nulls.
pub fn routes(batch: &RecordBatch) -> Result<Routes<'_>> {
    Ok(Routes {
        prefix: values::<UInt32Type>(batch, "prefix_id")?,
        vp_as: values::<UInt32Type>(batch, "vp_as")?,
        as_path: values::<UInt32Type>(batch, "as_path_id")?,
    })
}

/// Columns `hops`, `n_hops`, `length`, `prepend_max`, `origin_as`, `upstream_as`, `in_graph` of a
/// batch of AS paths.
///
/// # Errors
/// Where one is missing, of another type, or has nulls that it should not.
pub fn paths(batch: &RecordBatch) -> Result<Paths<'_>> {
    let hops: Option<&ListArray> = column(batch, "hops")?.as_list_opt();
    let hops = hops.filter(|l| l.null_count() == 0);
    let items = hops.and_then(|l| Some((l, l.values().as_primitive_opt::<UInt32Type>()?)));
    let (lists, items) = items.ok_or_else(|| wrong("hops", "lists of uint32, no nulls"))?;
    let in_graph: Option<&BooleanArray> = column(batch, "in_graph")?.as_boolean_opt();
    let in_graph = in_graph.filter(|b| b.null_count() == 0);
    let in_graph = in_graph.ok_or_else(|| wrong("in_graph", "bool, no nulls"))?;
    Ok(Paths {
        offsets: lists.value_offsets(),
        hops: items.values(),
        n_hops: values::<UInt16Type>(batch, "n_hops")?,
        length: values::<UInt16Type>(batch, "length")?,
        prepend_max: values::<UInt16Type>(batch, "prepend_max")?,
        origin: numbers::<UInt32Type>(batch, "origin_as")?.iter().collect(),
        upstream: numbers::<UInt32Type>(batch, "upstream_as")?
            .iter()
            .collect(),
        in_graph: in_graph.values().iter().collect(),
    })
}

/// A measure of [`Spread`], as the end of its columns' names.
type SpreadColumn = (&'static str, fn(&Spread) -> f64);

const SPREADS: [SpreadColumn; 4] = [
    ("entropy", |s| s.entropy),
    ("effective", |s| s.effective),
    ("inverse_simpson", |s| s.inverse_simpson),
    ("evenness", |s| s.evenness),
];

const KEYS: [&str; 3] = ["next_hop", "upstream", "path"];

impl Diversity {
    /// One value per row, picked from one per metrics.
    fn pick<T: Clone>(&self, of: impl Fn(&Metrics) -> T) -> impl Iterator<Item = T> {
        let distinct: Vec<T> = self.metrics.iter().map(of).collect();
        self.rows
            .iter()
            .map(move |row| distinct[row.metrics as usize].clone())
    }

    fn counts(&self, of: fn(&Metrics) -> u32) -> ArrayRef {
        Arc::new(UInt32Array::from_iter_values(self.pick(of)))
    }

    fn floats(&self, of: impl Fn(&Metrics) -> Option<f64>) -> ArrayRef {
        Arc::new(self.pick(of).collect::<Float64Array>())
    }

    fn lengths(&self, of: fn(&Lengths) -> u16) -> ArrayRef {
        Arc::new(
            self.pick(|m| m.lengths.as_ref().map(of))
                .collect::<UInt16Array>(),
        )
    }

    fn disjoint(&self, of: fn((u32, u32)) -> u32) -> ArrayRef {
        Arc::new(self.pick(|m| m.disjoint.map(of)).collect::<UInt32Array>())
    }

    fn lists(&self, of: fn(&Metrics) -> Option<&Vec<u32>>) -> Result<ArrayRef> {
        let lists = || {
            self.rows
                .iter()
                .map(|r| of(&self.metrics[r.metrics as usize]))
        };
        let nulls: NullBuffer = lists().map(|l| l.is_some()).collect();
        let items: Vec<u32> = lists().flatten().flatten().copied().collect();
        i32::try_from(items.len()).map_err(|_| InputError("more than 2^31 list items".into()))?;
        let offsets = OffsetBuffer::from_lengths(lists().map(|l| l.map_or(0, Vec::len)));
        let field = Arc::new(Field::new("item", DataType::UInt32, false));
        let list = ListArray::try_new(
            field,
            offsets,
            Arc::new(UInt32Array::from(items)),
            Some(nulls),
        );
        Ok(Arc::new(list.map_err(|e| InputError(e.to_string()))?))
    }

    /// The ends of the intervals of every spread.
    fn intervals(&self) -> Vec<(String, ArrayRef, bool)> {
        type End = (&'static str, fn(&Interval) -> &Spread);
        const ENDS: [End; 2] = [("low", |i| &i.low), ("high", |i| &i.high)];
        let mut columns = Vec::new();
        for (i, key) in KEYS.iter().enumerate() {
            for (name, of) in SPREADS {
                for (end, spread) in ENDS {
                    let value = |m: &Metrics| m.intervals[i].as_deref().map(|at| of(spread(at)));
                    columns.push((format!("{key}_{name}_{end}"), self.floats(value), true));
                }
            }
        }
        columns
    }

    /// The columns of docs/methods.md, "Path diversity", with `group` in front and those of the
    /// intervals behind where they are asked for.
    ///
    /// # Errors
    /// Where lists grow beyond what Arrow holds.
    pub fn batch(&self, with_intervals: bool) -> Result<RecordBatch> {
        let of_rows = |of: fn(&super::Row) -> u32| -> ArrayRef {
            Arc::new(UInt32Array::from_iter_values(self.rows.iter().map(of)))
        };
        let mut columns: Vec<(String, ArrayRef, bool)> = vec![
            ("group".into(), of_rows(|r| r.group), false),
            ("n_vps".into(), self.counts(|m| m.n_vps), false),
            ("n_routes".into(), of_rows(|r| r.n_routes), false),
            ("n_prefixes".into(), of_rows(|r| r.n_prefixes), false),
            ("n_paths".into(), self.counts(|m| m.n_paths), false),
            ("n_next_hops".into(), self.counts(|m| m.n_next_hops), false),
            ("n_upstreams".into(), self.counts(|m| m.n_upstreams), false),
        ];
        for (i, key) in KEYS.iter().enumerate() {
            for (name, of) in SPREADS {
                let column = self.floats(|m| m.spreads[i].as_ref().map(of));
                columns.push((format!("{key}_{name}"), column, true));
            }
        }
        let single = self.pick(|m| (m.n_upstreams > 0).then_some(m.n_upstreams == 1));
        let single: BooleanArray = single.collect();
        let rest: [(&str, ArrayRef); 12] = [
            ("jaccard_as", self.floats(|m| m.jaccard.map(|j| j.0))),
            ("jaccard_link", self.floats(|m| m.jaccard.map(|j| j.1))),
            ("vertex_disjoint", self.disjoint(|d| d.0)),
            ("edge_disjoint", self.disjoint(|d| d.1)),
            ("chokepoints", self.lists(|m| m.chokepoints.as_ref())?),
            ("dominators", self.lists(|m| m.dominators.as_ref())?),
            ("length_min", self.lengths(|l| l.min)),
            (
                "length_median",
                self.floats(|m| m.lengths.and_then(|l| l.median)),
            ),
            ("length_max", self.lengths(|l| l.max)),
            (
                "hops_median",
                self.floats(|m| m.lengths.and_then(|l| l.hops_median)),
            ),
            ("prepend_max", self.lengths(|l| l.prepend_max)),
            ("single_homed", Arc::new(single)),
        ];
        columns.extend(rest.map(|(name, column)| (name.into(), column, true)));
        columns.push((
            "n_paths_left_out".into(),
            self.counts(|m| m.n_paths_left_out),
            false,
        ));
        if with_intervals {
            columns.extend(self.intervals());
        }
        RecordBatch::try_from_iter_with_nullable(columns).map_err(|e| InputError(e.to_string()))
    }
}

impl Edges {
    /// Columns `from_as`, `to_as`, `n_prefixes`, `n_peers`, `n_paths`.
    ///
    /// # Errors
    /// What Arrow says about columns that do not fit together.
    pub fn batch(self) -> Result<RecordBatch> {
        let columns = [
            ("from_as", self.from),
            ("to_as", self.to),
            ("n_prefixes", self.n_prefixes),
            ("n_peers", self.n_peers),
            ("n_paths", self.n_paths),
        ];
        let array = |values: Vec<u32>| -> ArrayRef { Arc::new(UInt32Array::from(values)) };
        let columns = columns.map(|(name, values)| (name, array(values), false));
        RecordBatch::try_from_iter_with_nullable(columns).map_err(|e| InputError(e.to_string()))
    }
}
