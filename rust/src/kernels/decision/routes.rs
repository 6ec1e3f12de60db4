//! Candidate routes as columns, and the decisions about them as columns.

use std::sync::Arc;

use arrow_array::types::{UInt8Type, UInt16Type};
use arrow_array::{
    Array, ArrowPrimitiveType, BooleanArray, PrimitiveArray, RecordBatch, UInt8Array, UInt32Array,
    cast::AsArray,
};
use arrow_schema::ArrowError;

use super::{Candidate, MedRules, Rank, decide};
use crate::kernels::cells::{typed, words};
use crate::rib::columns::batch;

/// Candidate routes as columns, those of one prefix side by side.
struct Routes<'a> {
    prefix: &'a [u32],
    alive: &'a BooleanArray,
    local_pref: &'a [u32],
    length: &'a [u16],
    origin: &'a [u8],
    neighbour: &'a [u32],
    med: &'a [u32],
    internal: &'a [u8],
    igp_cost: &'a [u32],
    age: &'a [u32],
    router_id: &'a [u32],
    peer: &'a [u16],
}

fn values<T: ArrowPrimitiveType>(array: &PrimitiveArray<T>) -> Option<&[T::Native]> {
    (array.null_count() == 0).then(|| array.values().as_ref())
}

impl<'a> Routes<'a> {
    fn new(table: &'a RecordBatch) -> Result<Self, ArrowError> {
        let number = |name| typed(table, name, words);
        let short = |name| {
            typed(table, name, |a| {
                a.as_primitive_opt::<UInt16Type>().and_then(values)
            })
        };
        let octet = |name| {
            typed(table, name, |a| {
                a.as_primitive_opt::<UInt8Type>().and_then(values)
            })
        };
        let prefix = number("prefix")?;
        if !prefix.is_sorted() {
            let message = "column prefix: expected ascending ids".into();
            return Err(ArrowError::InvalidArgumentError(message));
        }
        Ok(Self {
            prefix,
            alive: typed(table, "alive", |a| a.as_boolean_opt())?,
            local_pref: number("local_pref")?,
            length: short("length")?,
            origin: octet("origin")?,
            neighbour: number("neighbour")?,
            med: number("med")?,
            internal: octet("internal")?,
            igp_cost: number("igp_cost")?,
            age: number("age")?,
            router_id: number("router_id")?,
            peer: short("peer")?,
        })
    }

    /// The candidate of a row; none where it is not alive.
    fn candidate(&self, row: usize, always_compare_med: bool) -> Option<Candidate> {
        (row < self.alive.len() && self.alive.value(row)).then_some(())?;
        let rank = Rank {
            local_pref: *self.local_pref.get(row)?,
            length: *self.length.get(row)?,
            origin: *self.origin.get(row)?,
            neighbour: if always_compare_med {
                0
            } else {
                *self.neighbour.get(row)?
            },
            med: *self.med.get(row)?,
            internal: *self.internal.get(row)?,
            igp_cost: *self.igp_cost.get(row)?,
            age: *self.age.get(row)?,
            router_id: *self.router_id.get(row)?,
            peer: *self.peer.get(row)?,
        };
        Some(rank.pack(u32::try_from(row).ok()?))
    }
}

/// Decide for each of `n_prefixes` prefixes (see the stub of the back ends).
///
/// # Errors
/// Columns that are missing or of other types, or prefixes that do not ascend or are out of range.
pub fn decide_routes(
    table: &RecordBatch,
    n_prefixes: usize,
    rules: MedRules,
) -> Result<RecordBatch, ArrowError> {
    let routes = Routes::new(table)?;
    let mut winner: Vec<Option<u32>> = vec![None; n_prefixes];
    let mut runner_up: Vec<Option<u32>> = vec![None; n_prefixes];
    let mut step: Vec<Option<u8>> = vec![None; n_prefixes];
    let mut n_candidates: Vec<u32> = vec![0; n_prefixes];
    let mut candidates = Vec::new();
    let mut first = 0;
    for group in routes.prefix.chunk_by(|a, b| a == b) {
        let rows = first..first + group.len();
        first = rows.end;
        candidates.clear();
        candidates.extend(rows.filter_map(|row| routes.candidate(row, rules.always_compare)));
        let prefix = group.first().map_or(usize::MAX, |p| *p as usize);
        let cells = (
            winner.get_mut(prefix),
            runner_up.get_mut(prefix),
            step.get_mut(prefix),
            n_candidates.get_mut(prefix),
        );
        let (Some(winner), Some(runner_up), Some(step), Some(count)) = cells else {
            let message = format!("column prefix: {prefix}: expected less than {n_prefixes}");
            return Err(ArrowError::InvalidArgumentError(message));
        };
        *count = u32::try_from(candidates.len()).unwrap_or(u32::MAX);
        if let Some(found) = decide(&mut candidates, rules.deterministic) {
            (*winner, *runner_up) = (found.winner, found.runner_up);
            *step = Some(found.step as u8);
        }
    }
    batch([
        ("winner", Arc::new(UInt32Array::from(winner)), true),
        ("runner_up", Arc::new(UInt32Array::from(runner_up)), true),
        ("step", Arc::new(UInt8Array::from(step)), true),
        (
            "n_candidates",
            Arc::new(UInt32Array::from(n_candidates)),
            false,
        ),
    ])
}
