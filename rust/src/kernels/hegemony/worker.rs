//! One thread: groups of routes with one origin AS, and its part of the global scope.

use std::ops::Range;

use super::bootstrap::Resamples;
use super::views::NO_VIEW;
use super::{Row, Scores, Shared};
use crate::kernels::diversity::votes::VOTE;

/// Rows of a stretch of groups, by its first group.
type Stretch = (usize, Vec<Row>);

/// What a thread has found.
pub struct Done {
    pub rows: Vec<Stretch>,
    pub global: Option<Global>,
}

/// Weights in the global scope.
pub struct Global {
    n_asns: usize,
    /// By view and AS.
    weights: Vec<u64>,
    /// By view.
    totals: Vec<u64>,
}

/// One thread.
pub struct Worker<'s> {
    shared: &'s Shared<'s>,
    /// (view, path) as one number, with its weight.
    atoms: Vec<(u64, u64)>,
    /// (AS, view) as one number, with its weight.
    parts: Vec<(u64, u64)>,
    /// Weight of the scope by view.
    totals: Vec<u64>,
    scores: Scores,
    resamples: Option<Resamples<'s>>,
    done: Done,
}

impl<'s> Worker<'s> {
    pub fn new(shared: &'s Shared<'s>) -> Self {
        let (n_views, n_asns) = (shared.views.vp.len(), shared.members.asns.len());
        let global = shared.options.global.then(|| Global {
            n_asns,
            weights: vec![0; n_views * n_asns],
            totals: vec![0; n_views],
        });
        Self {
            shared,
            atoms: Vec::new(),
            parts: Vec::new(),
            totals: vec![0; n_views],
            scores: Scores::default(),
            resamples: shared.resamples(),
            done: Done {
                rows: Vec::new(),
                global,
            },
        }
    }

    pub fn finish(self) -> Done {
        self.done
    }

    pub fn run(&mut self, groups: Range<usize>) {
        let first = groups.start;
        let mut rows = Vec::new();
        for group in groups {
            self.gather(group);
            if self.atoms.is_empty() {
                continue;
            }
            let (origin, family) = self.shared.scope(group);
            let scope = origin.filter(|o| self.shared.is_wanted(*o));
            self.spread(scope.is_some());
            if scope.is_some() {
                self.score(scope, family, &mut rows);
            }
            for (key, _) in &self.atoms {
                self.totals[upper(*key)] = 0;
            }
        }
        self.done.rows.push((first, rows));
    }

    /// Atoms of a group: the weight of each path of each view.
    fn gather(&mut self, group: usize) {
        let Shared {
            input,
            views,
            grouped,
            weights,
            ..
        } = self.shared;
        let of_peer = &views.of_peer[group % 2];
        self.atoms.clear();
        for position in grouped.offsets[group]..grouped.offsets[group + 1] {
            let route = grouped.route(position);
            let view = of_peer[usize::from(input.routes.peer[route])];
            if view == NO_VIEW || weights[route] == 0 {
                continue;
            }
            let weight = u64::from(weights[route]) * VOTE / input.routes.n_alike(route);
            let path = input.routes.as_path[route];
            self.atoms
                .push((u64::from(view) << 32 | u64::from(path), weight));
        }
        merge(&mut self.atoms);
    }

    /// Spread the weight of the atoms over their ASes.
    fn spread(&mut self, is_local: bool) {
        self.parts.clear();
        for (key, weight) in &self.atoms {
            let view = upper(*key);
            self.totals[view] += weight;
            let mut global = self.done.global.as_mut().map(|g| {
                g.totals[view] += weight;
                &mut g.weights[view * g.n_asns..(view + 1) * g.n_asns]
            });
            #[allow(clippy::cast_possible_truncation)] // the lower half
            let path = *key as u32 as usize;
            for (asn, divisor) in self.shared.members.of(path) {
                // Most divisors are 1, and a division is slow.
                let share = if divisor == 1 {
                    *weight
                } else {
                    weight / divisor
                };
                if let Some(weights) = &mut global {
                    weights[asn as usize] += share;
                }
                if is_local {
                    self.parts.push((u64::from(asn) << 32 | view as u64, share));
                }
            }
        }
    }

    /// Rows of one scope.
    fn score(&mut self, scope: Option<u32>, family: usize, rows: &mut Vec<Row>) {
        merge(&mut self.parts);
        let shared = self.shared;
        let views = &shared.views;
        let n_vps = if shared.options.sparse {
            let vp = |atom: &(u64, u64)| views.vp[upper(atom.0)];
            let vps = self.atoms.chunk_by(|a, b| vp(a) == vp(b));
            mean_over(&mut self.resamples, family, vps.map(|v| vp(&v[0])))
        } else {
            mean_over(&mut self.resamples, family, 0..views.n_vps[family])
        };
        for of_as in self.parts.chunk_by(|a, b| a.0 >> 32 == b.0 >> 32) {
            let weights = of_as.iter().map(|(key, weight)| {
                #[allow(clippy::cast_possible_truncation)] // the lower half
                (*key as u32 as usize, *weight)
            });
            shared.average(weights, &self.totals, &mut self.scores);
            let asn = shared.members.asns[upper(of_as[0].0)];
            let at = Row {
                scope,
                family: [4, 6][family],
                asn,
                n_vps,
                ..Row::default()
            };
            rows.extend(shared.row(at, &mut self.scores, &mut self.resamples));
        }
    }
}

impl Shared<'_> {
    fn resamples(&self) -> Option<Resamples<'_>> {
        let draws = self.options.draws.as_ref()?;
        Some(Resamples::new(draws, self.options.trim))
    }

    /// Scores of the VP ASes from the (view, weight) pairs of one AS, by ascending view.
    fn average(
        &self,
        weights: impl Iterator<Item = (usize, u64)>,
        totals: &[u64],
        scores: &mut Scores,
    ) {
        scores.clear();
        let (mut last, mut sum) = (0, 0.0);
        let mut close = |vp: u32, sum: f64| {
            if sum > 0.0 {
                scores.push(vp, sum);
            }
        };
        for (view, weight) in weights {
            let vp = self.views.vp[view];
            if vp != last {
                close(last, sum);
                (last, sum) = (vp, 0.0);
            }
            #[allow(clippy::cast_precision_loss)] // a share: 53 bits are plenty
            let share = weight as f64 / totals[view] as f64;
            sum += share * self.views.share[view];
        }
        close(last, sum);
    }

    /// The row of an AS, unless its hegemony is 0.
    fn row(
        &self,
        at: Row,
        scores: &mut Scores,
        resamples: &mut Option<Resamples<'_>>,
    ) -> Option<Row> {
        scores.sort();
        let hegemony = scores.trimmed_mean(at.n_vps, self.options.trim);
        (hegemony > 0.0).then(|| Row {
            hegemony,
            n_vps_with_as: scores.count(),
            interval: resamples.as_mut().and_then(|r| scores.interval(r)),
            ..at
        })
    }
}

impl Global {
    /// Add what another thread has found.
    pub fn add(&mut self, other: &Self) {
        let sum = |mine: &mut [u64], theirs: &[u64]| {
            for (a, b) in mine.iter_mut().zip(theirs) {
                *a += b;
            }
        };
        sum(&mut self.weights, &other.weights);
        sum(&mut self.totals, &other.totals);
    }

    /// Rows of the global scope.
    pub fn rows(&self, shared: &Shared<'_>) -> Vec<Row> {
        let views = &shared.views;
        let (mut rows, mut scores) = (Vec::new(), Scores::default());
        let mut resamples = shared.resamples();
        for family in 0..2 {
            let of_family: Vec<usize> = (0..views.vp.len())
                .filter(|v| views.family[*v] == family && self.totals[*v] > 0)
                .collect();
            let n_vps = if shared.options.sparse {
                let vps = of_family.chunk_by(|a, b| views.vp[*a] == views.vp[*b]);
                mean_over(&mut resamples, family, vps.map(|v| views.vp[v[0]]))
            } else {
                mean_over(&mut resamples, family, 0..views.n_vps[family])
            };
            for (at, asn) in shared.members.asns.iter().enumerate() {
                let weights = of_family
                    .iter()
                    .map(|view| (*view, self.weights[view * self.n_asns + at]));
                shared.average(weights, &self.totals, &mut scores);
                let row = Row {
                    family: [4, 6][family],
                    asn: *asn,
                    n_vps,
                    ..Row::default()
                };
                rows.extend(shared.row(row, &mut scores, &mut resamples));
            }
        }
        rows
    }
}

/// Count these VP ASes, and have resamples take them.
fn mean_over(
    resamples: &mut Option<Resamples<'_>>,
    family: usize,
    vps: impl Iterator<Item = u32> + Clone,
) -> u32 {
    if let Some(resamples) = resamples {
        resamples.over(family, vps.clone());
    }
    #[allow(clippy::cast_possible_truncation)] // no more than there are peers
    let n = vps.count() as u32;
    n
}

/// The upper half of a key.
const fn upper(key: u64) -> usize {
    (key >> 32) as usize
}

/// Add up the weights of equal keys, and sort by key.
fn merge(pairs: &mut Vec<(u64, u64)>) {
    pairs.sort_unstable_by_key(|p| p.0);
    pairs.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
}
