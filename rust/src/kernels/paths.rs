//! Preprocessing of AS paths, once per distinct path and used by every analysis.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{UInt8Type, UInt32Type};
use arrow_array::{Array, BooleanArray, ListArray, RecordBatch, UInt16Array, UInt32Array};
use arrow_schema::ArrowError;

use crate::as_path::{AS_SEQUENCE, AS_SET, is_reserved};
use crate::rib::columns::{batch, list, offset};

/// Features of one path beside its hops.
#[derive(Default)]
#[allow(clippy::struct_excessive_bools)] // four independent flags, four columns
struct Features {
    n_hops: u16,
    prepend_max: u16,
    origin_prepends: u16,
    has_set: bool,
    has_confed: bool,
    has_loop: bool,
    has_reserved: bool,
}

/// The table of `rib.schema.PATH_FEATURES`.
///
/// # Errors
/// Columns of other types than the schema says.
pub fn path_features(hops: &ListArray, segments: &ListArray) -> Result<RecordBatch, ArrowError> {
    let wrong = |what: &str| ArrowError::SchemaError(format!("as_paths.{what} has another type"));
    let all_hops = hops
        .values()
        .as_primitive_opt::<UInt32Type>()
        .ok_or_else(|| wrong("hops"))?
        .values();
    let parts = segments
        .values()
        .as_struct_opt()
        .ok_or_else(|| wrong("segments"))?;
    let part = |name: &str| {
        parts
            .column_by_name(name)
            .and_then(|c| c.as_primitive_opt::<UInt8Type>())
            .ok_or_else(|| wrong("segments"))
    };
    let (kinds, counts) = (part("kind")?.values(), part("count")?.values());

    let mut clean: Vec<u32> = Vec::with_capacity(all_hops.len());
    let mut ends = vec![0_i32];
    let mut features = Vec::with_capacity(hops.len());
    for (hop_range, segment_range) in hops.offsets().windows(2).zip(segments.offsets().windows(2)) {
        let range = |w: &[i32]| {
            let at = |i: usize| w.get(i).and_then(|o| usize::try_from(*o).ok()).unwrap_or(0);
            at(0)..at(1)
        };
        let path = all_hops.get(range(hop_range)).unwrap_or_default();
        let pieces = kinds
            .get(range(segment_range))
            .unwrap_or_default()
            .iter()
            .zip(counts.get(range(segment_range)).unwrap_or_default());
        let start = clean.len();
        features.push(one(path, pieces, &mut clean, start));
        ends.push(offset(clean.len())?);
    }
    let flags = |f: fn(&Features) -> bool| -> Arc<BooleanArray> {
        Arc::new(features.iter().map(|x| Some(f(x))).collect())
    };
    let numbers = |f: fn(&Features) -> u16| -> Arc<UInt16Array> {
        Arc::new(UInt16Array::from_iter_values(features.iter().map(f)))
    };
    batch([
        (
            "hops",
            list(ends, Arc::new(UInt32Array::from(clean)))?,
            false,
        ),
        ("n_hops", numbers(|f| f.n_hops), false),
        ("prepend_max", numbers(|f| f.prepend_max), false),
        ("origin_prepends", numbers(|f| f.origin_prepends), false),
        ("has_set", flags(|f| f.has_set), false),
        ("has_confed", flags(|f| f.has_confed), false),
        ("has_loop", flags(|f| f.has_loop), false),
        ("has_reserved", flags(|f| f.has_reserved), false),
    ])
}

/// Append the unprepended hops of one path to `clean`, which held `start` before.
fn one<'a>(
    path: &[u32],
    pieces: impl Iterator<Item = (&'a u8, &'a u8)>,
    clean: &mut Vec<u32>,
    start: usize,
) -> Features {
    let mut features = Features::default();
    let mut rest = path;
    let mut last_kind = 0;
    let mut run = 0_u16; // copies of the last hop beyond the first
    let mut last = None; // the last hop, where it is one certain AS
    for (kind, count) in pieces {
        let (ases, after) = rest.split_at(usize::from(*count).min(rest.len()));
        rest = after;
        last_kind = *kind;
        match *kind {
            AS_SEQUENCE => {
                for asn in ases {
                    if last == Some(*asn) {
                        run = run.saturating_add(1);
                    } else {
                        clean.push(*asn);
                        features.n_hops = features.n_hops.saturating_add(1);
                        run = 0;
                        last = Some(*asn);
                    }
                    features.prepend_max = features.prepend_max.max(run);
                }
            }
            AS_SET => {
                let mut members = ases.to_vec();
                members.sort_unstable();
                members.dedup();
                features.has_set |= members.len() > 1;
                let single = match members.as_slice() {
                    [one] => Some(*one),
                    _ => None,
                };
                let repeats = single.is_some() && single == last;
                if repeats {
                    // {A} right after A says nothing new; it is one more copy of A.
                    run = run.saturating_add(1);
                    features.prepend_max = features.prepend_max.max(run);
                } else {
                    clean.extend_from_slice(&members);
                    features.n_hops = features.n_hops.saturating_add(1);
                    run = 0;
                    last = single;
                }
            }
            _ => features.has_confed = true,
        }
    }
    let hops = clean.get(start..).unwrap_or_default();
    features.has_reserved = hops.iter().any(|a| is_reserved(*a));
    features.has_loop = hops
        .iter()
        .enumerate()
        .any(|(i, a)| hops.get(..i).is_some_and(|before| before.contains(a)));
    // After a set of several `run` is 0, and behind a confederation there is no origin AS.
    if last_kind == AS_SEQUENCE || last_kind == AS_SET {
        features.origin_prepends = run;
    }
    features
}
