//! Path diversity of groups of routes, and the AS graph (docs/methods.md, "Path diversity").
//!
//! Routes are ordered by group, groups are cut into stretches that worker threads take one by one,
//! and each group is measured from its votes alone. Within a stretch, groups of one prefix whose
//! routes name the same VP ASes and paths are measured once: neighbouring prefixes of one origin
//! mostly do. Results do not depend on the number of threads nor on the order of routes within a
//! prefix.

// Ids are checked at the door (`Paths::check`, `Routes::check`); everything else that indexes here
// is a position that this module made itself.
#![allow(clippy::indexing_slicing)]

mod bootstrap;
pub mod columns;
mod dominators;
mod edges;
mod flow;
mod group;
mod input;
mod overlap;
mod resamples;
mod spread;
mod tallies;
mod union;
pub(super) mod votes;

pub use bootstrap::Interval;
pub use edges::{Edges, edges};
pub use group::{Lengths, Metrics};
pub use input::{InputError, NO_GROUP, Paths, Routes};
pub use resamples::Resamples;
pub use spread::Spread;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use bootstrap::Bootstrap;
use group::Measure;
use rustc_hash::FxBuildHasher;
use votes::{Entry, Grouped};

/// Stretches of groups per worker thread: enough to even out the load.
const STRETCHES: usize = 4;

/// One group with at least one route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The group.
    pub group: u32,
    /// Its routes.
    pub n_routes: u32,
    /// Its prefixes.
    pub n_prefixes: u32,
    /// Row of its metrics in [`Diversity::metrics`].
    pub metrics: u32,
}

/// Result: rows by ascending group, and the metrics they share.
#[derive(Debug, Default, PartialEq)]
pub struct Diversity {
    /// Groups with at least one route, ascending.
    pub rows: Vec<Row>,
    /// Metrics, each of one or more rows.
    pub metrics: Vec<Metrics>,
}

/// What may be asked for beyond the plain metrics.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options<'a> {
    /// Weight of the votes for each prefix. Default: all weigh the same.
    pub weights: Option<&'a [u64]>,
    /// Resamples of the VP ASes to take intervals from.
    pub resamples: Option<&'a Resamples>,
}

impl Options<'_> {
    fn check(&self, routes: &Routes<'_>) -> Result<(), InputError> {
        if let Some(weights) = self.weights {
            let n = weights.len();
            if let Some(bad) = routes.prefix.iter().find(|p| **p as usize >= n) {
                return Err(InputError(format!(
                    "prefix_id {bad}: expected less than {n} weights"
                )));
            }
            // Times votes and VP ASes these still fit into 128 bits.
            let total: u128 = weights.iter().map(|w| u128::from(*w)).sum();
            if total >= 1 << 63 {
                return Err(InputError(format!(
                    "weights add up to {total}: expected less than 2^63"
                )));
            }
        }
        self.resamples.map_or(Ok(()), |r| r.check(routes))
    }
}

/// Measure the path diversity of every group on up to `n_threads` threads.
///
/// `group` has the group of each route, or [`NO_GROUP`].
///
/// # Errors
/// Where columns differ in length or ids are out of bounds.
pub fn path_diversity(
    group: &[u32],
    n_groups: usize,
    routes: &Routes<'_>,
    paths: &Paths<'_>,
    options: Options<'_>,
    n_threads: usize,
) -> Result<Diversity, InputError> {
    paths.check()?;
    routes.check(paths.count())?;
    options.check(routes)?;
    input::check_groups(group, n_groups, routes.count())?;
    let grouped = Grouped::new(group, n_groups);
    let stretches = cut(&grouped.offsets, n_threads.max(1) * STRETCHES);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let i = next.fetch_add(1, Ordering::Relaxed);
            let Some(groups) = stretches.get(i) else {
                return done;
            };
            done.push((
                i,
                Worker::new(routes, paths, &grouped, options).run(groups.clone()),
            ));
        }
    };
    let mut parts = std::thread::scope(|scope| {
        let others: Vec<_> = (1..n_threads.min(stretches.len()))
            .map(|_| scope.spawn(work))
            .collect();
        let mut parts = work();
        for other in others {
            match other.join() {
                Ok(done) => parts.extend(done),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        parts
    });
    parts.sort_unstable_by_key(|p| p.0);
    Ok(join(parts.into_iter().map(|p| p.1)))
}

/// Cut groups into stretches of about equally many routes.
pub(super) fn cut(offsets: &[usize], n: usize) -> Vec<Range<usize>> {
    let n_groups = offsets.len() - 1;
    let total = offsets[n_groups];
    let mut start = 0;
    let mut stretches = Vec::new();
    for i in 1..=n {
        let stop = if i == n {
            n_groups
        } else {
            offsets
                .partition_point(|o| *o < total * i / n)
                .clamp(start, n_groups)
        };
        if stop > start {
            stretches.push(start..stop);
        }
        start = stop;
    }
    stretches
}

fn join(parts: impl Iterator<Item = Diversity>) -> Diversity {
    let mut all = Diversity::default();
    for part in parts {
        #[allow(clippy::cast_possible_truncation)] // no more metrics than groups, ids of 32 bits
        let before = all.metrics.len() as u32;
        all.rows.extend(part.rows.iter().map(|r| Row {
            metrics: r.metrics + before,
            ..*r
        }));
        all.metrics.extend(part.metrics);
    }
    all
}

/// One stretch of groups on one thread.
struct Worker<'a, 'r> {
    routes: &'r Routes<'r>,
    paths: &'r Paths<'a>,
    grouped: &'r Grouped,
    keys: Vec<u64>,
    entries: Vec<Entry<'a>>,
    weights: Option<&'r [u64]>,
    /// Votes of `entries` times weights, where there are weights.
    weighed: Vec<u128>,
    measure: Measure,
    bootstrap: Option<Bootstrap<'r>>,
    /// Metrics of groups of one prefix, by the sorted keys of its routes.
    known: HashMap<Box<[u64]>, u32, FxBuildHasher>,
    found: Diversity,
}

impl<'a, 'r> Worker<'a, 'r> {
    fn new(
        routes: &'r Routes<'r>,
        paths: &'r Paths<'a>,
        grouped: &'r Grouped,
        options: Options<'r>,
    ) -> Self {
        Self {
            routes,
            paths,
            grouped,
            keys: Vec::new(),
            entries: Vec::new(),
            weights: options.weights,
            weighed: Vec::new(),
            measure: Measure::default(),
            bootstrap: options.resamples.map(Bootstrap::new),
            known: HashMap::default(),
            found: Diversity::default(),
        }
    }

    fn run(mut self, groups: Range<usize>) -> Diversity {
        for group in groups {
            let positions = self.grouped.offsets[group]..self.grouped.offsets[group + 1];
            if positions.is_empty() {
                continue;
            }
            #[allow(clippy::cast_possible_truncation)] // ids and routes are counted in 32 bits
            let (group, n_routes) = (group as u32, positions.len() as u32);
            let (n_prefixes, metrics) = self.measure(positions);
            self.found.rows.push(Row {
                group,
                n_routes,
                n_prefixes,
                metrics,
            });
        }
        self.found
    }

    /// Number of prefixes, and row of the metrics of the routes at these positions.
    fn measure(&mut self, positions: Range<usize>) -> (u32, u32) {
        let prefix = |position| self.routes.prefix[self.grouped.route(position)];
        self.entries.clear();
        self.weighed.clear();
        let (mut n_prefixes, mut start) = (0, positions.start);
        while start < positions.end {
            let same = |p: &usize| prefix(*p) == prefix(start);
            let stop = (start..positions.end)
                .find(|p| !same(p))
                .unwrap_or(positions.end);
            let of_prefix = (start..stop).map(|p| votes::key(self.routes, self.grouped.route(p)));
            self.keys.clear();
            self.keys.extend(of_prefix);
            self.keys.sort_unstable();
            // With weights equal routes do not mean equal shares: one of them may weigh nothing.
            if (start..stop) == positions && self.weights.is_none() {
                return (1, self.measure_prefix());
            }
            let n_before = self.entries.len();
            votes::cast(self.paths, &self.keys, &mut self.entries);
            if let Some(weights) = self.weights {
                let weight = u128::from(weights[prefix(start) as usize]);
                let votes = self.entries[n_before..].iter();
                self.weighed
                    .extend(votes.map(|e| u128::from(e.votes) * weight));
            }
            n_prefixes += 1;
            start = stop;
        }
        if self.weights.is_some() {
            votes::merge_weighed(&mut self.entries, &mut self.weighed);
        } else {
            votes::merge(&mut self.entries, false);
        }
        (n_prefixes, self.push())
    }

    /// Metrics of a group of one prefix, measured only where they are not known yet.
    fn measure_prefix(&mut self) -> u32 {
        if let Some(metrics) = self.known.get(self.keys.as_slice()) {
            return *metrics;
        }
        votes::cast(self.paths, &self.keys, &mut self.entries);
        votes::merge(&mut self.entries, true);
        let metrics = self.push();
        self.known.insert(self.keys.as_slice().into(), metrics);
        metrics
    }

    fn push(&mut self) -> u32 {
        let weighed = self.weights.map(|_| self.weighed.as_slice());
        let bootstrap = self.bootstrap.as_mut();
        let metrics = self
            .measure
            .group(self.paths, &self.entries, weighed, bootstrap);
        self.found.metrics.push(metrics);
        #[allow(clippy::cast_possible_truncation)] // no more than there are groups
        let row = self.found.metrics.len() as u32 - 1;
        row
    }
}

#[cfg(test)]
mod tests;
