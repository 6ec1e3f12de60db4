//! AS hegemony, global and of every origin AS (docs/methods.md, "AS hegemony").
//!
//! One walk over the sorted routes weighs them, with a stack of covering prefixes for each peer.
//! Routes are then ordered by origin AS and family, and worker threads take stretches of these
//! groups. Weights are whole numbers of units, so that no sum depends on the order of routes nor on
//! the number of threads.

// Ids are checked at the door (`Input::check`); everything else that indexes here is a position that
// this module made itself.
#![allow(clippy::indexing_slicing)]

mod bootstrap;
pub mod columns;
mod input;
mod members;
mod scores;
#[cfg(test)]
mod tests;
mod views;
mod weights;
mod worker;

pub use bootstrap::Draws;
pub use input::{Input, Paths, Peers, Prefixes, Routes};

use std::sync::atomic::{AtomicUsize, Ordering};

use arrow_array::{Array, UInt32Array};

use super::diversity::votes::Grouped;
use super::diversity::{InputError, NO_GROUP, cut};
use members::Members;
use scores::Scores;
pub use scores::Trim;
use views::Views;
use worker::Worker;

/// Stretches of groups per worker thread: enough to even out the load.
const STRETCHES: usize = 16;

/// What to compute.
#[derive(Debug, Clone, Default)]
pub struct Options<'d> {
    /// Origin ASes whose local hegemony is wanted, ascending; `None` for every one.
    pub scopes: Option<Vec<u32>>,
    /// Whether the global hegemony is wanted.
    pub global: bool,
    /// Average over the VP ASes that reach the scope, not over all.
    pub sparse: bool,
    /// VP ASes to leave out at either end.
    pub trim: Trim,
    /// Resamples to take intervals from.
    pub draws: Option<Draws<'d>>,
    /// Threads to use at most.
    pub n_threads: usize,
}

/// Hegemony of one AS in one scope and family.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Row {
    /// Origin AS; `None` for the global scope.
    pub scope: Option<u32>,
    /// 4 or 6.
    pub family: u8,
    /// The AS depended on.
    pub asn: u32,
    /// Trimmed mean of its scores, above 0.
    pub hegemony: f64,
    /// VP ASes that the mean is over, before trimming.
    pub n_vps: u32,
    /// Those with a score above 0.
    pub n_vps_with_as: u32,
    /// Interval of the hegemony over resamples of the VP ASes.
    pub interval: Option<(f64, f64)>,
}

/// What all threads read.
struct Shared<'a> {
    input: &'a Input<'a>,
    options: &'a Options<'a>,
    views: Views,
    members: Members,
    weights: Vec<u32>,
    origins: Vec<u32>,
    grouped: Grouped,
}

impl Shared<'_> {
    /// Origin AS, and family as 0 for IPv4 or 1 for IPv6, of a group.
    fn scope(&self, group: usize) -> (Option<u32>, usize) {
        (self.origins.get(group / 2).copied(), group % 2)
    }

    /// Whether rows are wanted of an origin AS.
    fn is_wanted(&self, origin: u32) -> bool {
        let scopes = self.options.scopes.as_ref();
        scopes.is_none_or(|s| s.binary_search(&origin).is_ok())
    }
}

/// Hegemony in every scope that is asked for, sorted by scope (global first), family and AS.
///
/// # Errors
/// Where columns do not fit together or are not sorted.
pub fn as_hegemony(input: &Input<'_>, options: &Options<'_>) -> Result<Vec<Row>, InputError> {
    input.check()?;
    let views = Views::new(&input.peers);
    if let Some(draws) = &options.draws {
        let n = |family: usize| draws.counts[family].len();
        let expected = views.n_vps.map(|n_vps| n_vps as usize * draws.n);
        if [n(0), n(1)] != expected {
            return Err(InputError(format!(
                "draws: expected one for each VP AS and resample, {expected:?}"
            )));
        }
    }
    let (origins, grouped) = group(input, options);
    let shared = Shared {
        weights: weights::weights(input, &views),
        members: Members::new(&input.paths),
        input,
        options,
        views,
        origins,
        grouped,
    };
    let n_threads = options.n_threads.max(1);
    let stretches = cut(&shared.grouped.offsets, n_threads * STRETCHES);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut worker = Worker::new(&shared);
        while let Some(groups) = stretches.get(next.fetch_add(1, Ordering::Relaxed)) {
            worker.run(groups.clone());
        }
        worker.finish()
    };
    let parts = std::thread::scope(|scope| {
        let others: Vec<_> = (1..n_threads.min(stretches.len()))
            .map(|_| scope.spawn(work))
            .collect();
        let mut parts = vec![work()];
        for other in others {
            match other.join() {
                Ok(done) => parts.push(done),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        parts
    });
    Ok(join(&shared, parts))
}

/// Put the rows of all threads in order, behind those of the global scope.
fn join(shared: &Shared<'_>, parts: Vec<worker::Done>) -> Vec<Row> {
    let mut stretches = Vec::new();
    let mut global: Option<worker::Global> = None;
    for part in parts {
        stretches.extend(part.rows);
        match (&mut global, part.global) {
            (Some(sum), Some(more)) => sum.add(&more),
            (none, more) => *none = none.take().or(more),
        }
    }
    stretches.sort_unstable_by_key(|s| s.0);
    let mut rows = global.map_or_else(Vec::new, |g| g.rows(shared));
    rows.extend(stretches.into_iter().flat_map(|s| s.1));
    rows
}

/// The origin ASes that matter, and the routes grouped by twice the number of theirs, plus 1 for IPv6.
/// Routes without an origin AS are the last two groups.
fn group(input: &Input<'_>, options: &Options<'_>) -> (Vec<u32>, Grouped) {
    let of_path: &UInt32Array = input.paths.origin;
    let mut origins: Vec<u32> = of_path.iter().flatten().collect();
    origins.sort_unstable();
    origins.dedup();
    if let (false, Some(scopes)) = (options.global, &options.scopes) {
        origins.retain(|o| scopes.binary_search(o).is_ok());
    }
    #[allow(clippy::cast_possible_truncation)] // ASNs have 32 bits, and few are taken
    let number = |path: usize| match of_path.is_valid(path) {
        true => origins
            .binary_search(&of_path.value(path))
            .map_or(NO_GROUP, |o| o as u32 * 2),
        false if options.global => origins.len() as u32 * 2,
        false => NO_GROUP,
    };
    let numbers: Vec<u32> = (0..of_path.len()).map(number).collect();
    let routes = input.routes.prefix.iter().zip(input.routes.as_path);
    // The mark of no group has all bits set, so that it stays what it is.
    let of_route: Vec<u32> = routes
        .map(|(prefix, path)| {
            numbers[*path as usize] | u32::from(input.prefixes.family[*prefix as usize] == 6)
        })
        .collect();
    let n_groups = 2 * origins.len() + 2;
    (origins, Grouped::new(&of_route, n_groups))
}
