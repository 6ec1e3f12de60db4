//! The metrics of one group, from its votes.

use super::bootstrap::{Bootstrap, Interval};
use super::dominators::Dominators;
use super::flow::Flow;
use super::input::Paths;
use super::overlap::BitRows;
use super::spread::{Spread, tally};
use super::tallies::Tallies;
use super::union::Union;
use super::votes::Entry;

/// Lengths of the paths of a group, weighed by votes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lengths {
    /// Least length with prepends.
    pub min: u16,
    /// Median length with prepends; `None` where all votes weigh nothing.
    pub median: Option<f64>,
    /// Greatest length with prepends.
    pub max: u16,
    /// Median length without prepends.
    pub hops_median: Option<f64>,
    /// Most extra copies of any AS on any path.
    pub prepend_max: u16,
}

/// Metrics of one group (docs/methods.md, "Path diversity"). `None` where there is nothing to
/// measure.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metrics {
    /// VP ASes that have a vote.
    pub n_vps: u32,
    /// Distinct unprepended paths.
    pub n_paths: u32,
    /// Distinct first ASes.
    pub n_next_hops: u32,
    /// Distinct ASes next to the origin.
    pub n_upstreams: u32,
    /// Distinct paths that do not enter the graph.
    pub n_paths_left_out: u32,
    /// Spread over next hops, upstreams and paths.
    pub spreads: [Option<Spread>; 3],
    /// Intervals of the same, where they are asked for.
    pub intervals: [Option<Box<Interval>>; 3],
    /// Mean Jaccard index of AS sets and of link sets.
    pub jaccard: Option<(f64, f64)>,
    /// Vertex- and edge-disjoint paths of the union graph.
    pub disjoint: Option<(u32, u32)>,
    /// ASes on every path, ascending.
    pub chokepoints: Option<Vec<u32>>,
    /// ASes on every walk of the union graph, ascending.
    pub dominators: Option<Vec<u32>>,
    /// Lengths.
    pub lengths: Option<Lengths>,
}

/// Scratch space of [`Measure::group`], reused from group to group.
#[derive(Debug, Default)]
pub struct Measure {
    order: Vec<u32>,
    path_key: Vec<u32>,
    by_path: Vec<(u32, u64)>,
    plain: Tallies<u64>,
    weighed: Tallies<u128>,
    ases: Vec<u32>,
    links: Vec<(u32, u32)>,
    chosen: Vec<usize>,
    bits: BitRows,
    union: Union,
    flow: Flow,
    dominators: Dominators,
    found: Vec<u32>,
}

impl Measure {
    /// Measure a group: its entries sorted by VP AS and path, each pair once.
    ///
    /// `weighed` has their votes times the weights of the prefixes, where there are weights.
    pub fn group(
        &mut self,
        paths: &Paths<'_>,
        entries: &[Entry<'_>],
        weighed: Option<&[u128]>,
        bootstrap: Option<&mut Bootstrap<'_>>,
    ) -> Metrics {
        if entries.is_empty() {
            return Metrics::default();
        }
        let mut m = Metrics {
            n_vps: count(entries.chunk_by(|a, b| a.vp == b.vp).count()),
            ..Metrics::default()
        };
        self.name_paths(entries);
        let (keys, plain) = (&self.path_key, |i: usize| entries[i].votes);
        match weighed {
            None => self.plain.measure(paths, entries, keys, plain, &mut m),
            Some(weighed) => {
                let votes = |i: usize| weighed[i];
                self.weighed.measure(paths, entries, keys, votes, &mut m);
            }
        }
        if let Some(bootstrap) = bootstrap.filter(|_| m.n_vps > 1) {
            let votes = |i: usize| weighed.map_or(u128::from(entries[i].votes), |w| w[i]);
            m.intervals = bootstrap.intervals(paths, entries, keys, votes);
        }
        self.ases.clear();
        self.ases.extend(entries.iter().flat_map(walk));
        self.ases.sort_unstable();
        self.ases.dedup();
        if m.n_vps > 1 {
            m.jaccard = self.overlap(paths, entries);
            m.chokepoints = Some(self.chokepoints(paths, entries));
        }
        self.graph(paths, entries, &mut m);
        m
    }

    /// Number the distinct paths in lexicographic order.
    fn name_paths(&mut self, entries: &[Entry<'_>]) {
        let at = |i: u32| (entries[i as usize].tail, entries[i as usize].n_tail);
        self.order.clear();
        self.order.extend((0_u32..).zip(entries).map(|(i, _)| i));
        self.order.sort_unstable_by(|a, b| at(*a).cmp(&at(*b)));
        self.path_key.clear();
        self.path_key.resize(entries.len(), 0);
        let equal = |a: &u32, b: &u32| at(*a) == at(*b);
        for (key, same) in (0_u32..).zip(self.order.chunk_by(equal)) {
            for i in same {
                self.path_key[*i as usize] = key;
            }
        }
    }

    /// Mean Jaccard index over AS sets and over link sets of one path for each VP AS.
    fn overlap(&mut self, paths: &Paths<'_>, entries: &[Entry<'_>]) -> Option<(f64, f64)> {
        self.chosen.clear();
        let mut start = 0;
        for of_vp in entries.chunk_by(|a, b| a.vp == b.vp) {
            self.by_path.clear();
            let keys = self.path_key[start..].iter().zip(of_vp);
            self.by_path.extend(keys.map(|(k, e)| (*k, e.votes)));
            tally(&mut self.by_path);
            // Most votes; among equals the smallest key, which is the first in order.
            let best = self.by_path.iter().min_by_key(|p| (u64::MAX - p.1, p.0))?.0;
            // Of equal paths one may have no origin: a confederation segment follows.
            let same = || (start..start + of_vp.len()).filter(|i| self.path_key[*i] == best);
            let known = same().find(|i| paths.origin[entries[*i].path].is_some());
            self.chosen.push(known.or_else(|| same().next())?);
            start += of_vp.len();
        }
        let chosen = || self.chosen.iter().map(|i| &entries[*i]);
        self.bits.clear(self.ases.len());
        for e in chosen() {
            let between = |a: &&u32| **a != e.vp && Some(**a) != paths.origin[e.path];
            self.bits.push(
                e.tail
                    .iter()
                    .filter(between)
                    .filter_map(|a| rank(&self.ases, a)),
            );
        }
        let of_ases = self.bits.mean_jaccard()?;
        self.links.clear();
        self.links.extend(chosen().flat_map(links));
        self.links.sort_unstable();
        self.links.dedup();
        self.bits.clear(self.links.len());
        for e in chosen() {
            self.bits
                .push(links(e).filter_map(|link| rank(&self.links, &link)));
        }
        Some((of_ases, self.bits.mean_jaccard()?))
    }

    /// ASes on every path, the vantage point's own counted, its origin not.
    fn chokepoints(&mut self, paths: &Paths<'_>, entries: &[Entry<'_>]) -> Vec<u32> {
        self.found.clear();
        for (i, e) in entries.iter().enumerate() {
            let origin = paths.origin[e.path];
            if i == 0 {
                self.found.extend(walk(e).filter(|a| Some(*a) != origin));
            } else {
                let on = |a: &u32| Some(*a) != origin && (*a == e.vp || e.tail.contains(a));
                self.found.retain(on);
            }
            if self.found.is_empty() {
                break;
            }
        }
        self.found.sort_unstable();
        self.found.dedup();
        self.found.clone()
    }

    /// Disjoint path counts and dominators of the union graph, and what is left out of it.
    fn graph(&mut self, paths: &Paths<'_>, entries: &[Entry<'_>], m: &mut Metrics) {
        let enters = |e: &&Entry<'_>| {
            paths.in_graph[e.path]
                && e.tail.last().copied() == paths.origin[e.path]
                && !e.tail.contains(&e.vp)
        };
        self.order.clear();
        let left_out = self
            .path_key
            .iter()
            .zip(entries)
            .filter(|(_, e)| !enters(e));
        self.order.extend(left_out.map(|(key, _)| *key));
        self.order.sort_unstable();
        self.order.dedup();
        m.n_paths_left_out = count(self.order.len());
        let ases = &self.ases;
        let node = |asn: u32| rank(ases, &asn).map(count);
        self.union.clear(ases.len());
        for e in entries.iter().filter(enters) {
            if let Some(origin) = paths.origin[e.path].and_then(node) {
                self.union.add_origin(origin);
            }
        }
        for e in entries.iter().filter(enters) {
            self.union.add_path(walk(e).filter_map(node));
        }
        if self.union.is_empty() {
            return;
        }
        self.union.close();
        let mut dominators = std::mem::take(&mut self.found);
        self.dominators.of_sink(&self.union, &mut dominators);
        let bound = self.union.flow_bound();
        // Menger: a dominator is a cut of one AS, unless vantage point and origin are neighbours.
        let vertex = if dominators.is_empty() {
            self.flow.vertex_disjoint(&self.union, bound)
        } else {
            1
        };
        let edge = if vertex == bound {
            bound
        } else {
            self.flow.edge_disjoint(&self.union, bound)
        };
        m.disjoint = Some((vertex, edge));
        // A path that is left out may avoid an AS that all the others pass.
        m.dominators = m.chokepoints.as_ref().map(|chokepoints| {
            let ases = dominators.iter().map(|node| self.ases[*node as usize]);
            let mut ases: Vec<u32> = ases.filter(|a| chokepoints.contains(a)).collect();
            ases.sort_unstable();
            ases
        });
        self.found = dominators;
    }
}

/// The vantage point's AS and the path behind it.
fn walk<'e>(entry: &'e Entry<'_>) -> impl Iterator<Item = u32> + 'e {
    std::iter::once(entry.vp).chain(entry.tail.iter().copied())
}

/// Links of the path behind the vantage point's AS.
fn links<'a>(entry: &Entry<'a>) -> impl Iterator<Item = (u32, u32)> + use<'a> {
    entry.tail.windows(2).map(|w| (w[0], w[1]))
}

fn rank<T: Ord>(sorted: &[T], of: &T) -> Option<usize> {
    sorted.binary_search(of).ok()
}

/// A count within one group, which has fewer than 2^32 routes.
#[allow(clippy::cast_possible_truncation)]
const fn count(n: usize) -> u32 {
    n as u32
}
