//! Intervals of spreads: the VP ASes are drawn anew many times, and each time the votes spread anew.
//!
//! A resample multiplies the votes of a VP AS by how often it was drawn, so the spread over a key
//! rests on nothing but who votes for which value how much: the pattern. Prefixes of one origin,
//! and the three keys of one group, often have the same pattern, which is then measured once.
//! Patterns are put in one form that does not depend on ids, so that sums are made in the same
//! order whatever the order of the routes.

use std::collections::HashMap;

use rustc_hash::FxBuildHasher;

use super::input::Paths;
use super::resamples::{Resamples, count, to_f64, x_log_x};
use super::spread::Spread;
use super::votes::{Entry, next_hop, upstream};
use crate::lpm::wide::widely;

/// Ends of the intervals of one key's spread.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower ends.
    pub low: Spread,
    /// Upper ends.
    pub high: Spread,
}

/// Votes of one VP AS for one value.
#[derive(Debug, Clone, Copy)]
struct Cell {
    vp: u32,
    value: u32,
    votes: u128,
}

/// What a worker measures intervals with, and the patterns it has seen.
#[derive(Debug)]
pub struct Bootstrap<'r> {
    resamples: &'r Resamples,
    vps: Vec<u32>,
    cells: Vec<Cell>,
    key: Vec<u64>,
    known: HashMap<Box<[u64]>, Interval, FxBuildHasher>,
    spreads: Spreads,
}

impl<'r> Bootstrap<'r> {
    /// Scratch space for these resamples.
    pub fn new(resamples: &'r Resamples) -> Self {
        Self {
            resamples,
            vps: Vec::new(),
            cells: Vec::new(),
            key: Vec::new(),
            known: HashMap::default(),
            spreads: Spreads::default(),
        }
    }

    /// Intervals of the spreads over next hops, upstreams and paths of a group.
    pub fn intervals(
        &mut self,
        paths: &Paths<'_>,
        entries: &[Entry<'_>],
        path_key: &[u32],
        votes: impl Fn(usize) -> u128,
    ) -> [Option<Box<Interval>>; 3] {
        #[allow(clippy::cast_possible_truncation)] // there are fewer than 2^32 VP ASes
        let vp = |e: &Entry<'_>| self.resamples.position(e.vp) as u32;
        self.vps.clear();
        self.vps.extend(entries.iter().map(vp));
        let of_entries = || entries.iter().enumerate();
        [
            self.interval(of_entries().map(|(i, e)| (i, next_hop(e, paths))), &votes),
            self.interval(of_entries().map(|(i, e)| (i, upstream(e, paths))), &votes),
            self.interval(path_key.iter().map(|k| Some(*k)).enumerate(), &votes),
        ]
    }

    /// Interval over one key, of which (entry, value) pairs are given.
    fn interval(
        &mut self,
        values: impl Iterator<Item = (usize, Option<u32>)>,
        votes: impl Fn(usize) -> u128,
    ) -> Option<Box<Interval>> {
        self.cells.clear();
        let cells = values.filter_map(|(i, value)| {
            Some(Cell {
                vp: self.vps[i],
                value: value?,
                votes: votes(i),
            })
        });
        self.cells.extend(cells.filter(|c| c.votes > 0));
        normalise(&mut self.cells);
        if !pack(&self.cells, &mut self.key) {
            return self.spreads.interval(self.resamples, &mut self.cells);
        }
        if let Some(known) = self.known.get(self.key.as_slice()) {
            return Some(Box::new(*known));
        }
        let found = self.spreads.interval(self.resamples, &mut self.cells)?;
        self.known.insert(self.key.as_slice().into(), *found);
        Some(found)
    }
}

/// Add up equal cells; number values in the order of their first voters, from 0; divide votes by
/// what divides all of them.
fn normalise(cells: &mut Vec<Cell>) {
    cells.sort_unstable_by_key(|c| (c.vp, c.value));
    cells.dedup_by(|next, kept| {
        let same = (next.vp, next.value) == (kept.vp, kept.value);
        if same {
            kept.votes += next.votes;
        }
        same
    });
    let unit = cells.iter().fold(0, |unit, c| gcd(unit, c.votes)).max(1);
    let mut numbers: HashMap<u32, u32, FxBuildHasher> = HashMap::default();
    for cell in cells {
        #[allow(clippy::cast_possible_truncation)] // there are no more values than routes
        let next = numbers.len() as u32;
        cell.value = *numbers.entry(cell.value).or_insert(next);
        cell.votes /= unit;
    }
}

const fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Write a pattern as a short key, where its numbers are small enough for that.
fn pack(cells: &[Cell], key: &mut Vec<u64>) -> bool {
    key.clear();
    for cell in cells {
        let Ok(votes) = u16::try_from(cell.votes) else {
            return false;
        };
        if cell.vp >= 1 << 24 || cell.value >= 1 << 24 {
            return false;
        }
        key.push(u64::from(votes) << 48 | u64::from(cell.vp) << 24 | u64::from(cell.value));
    }
    true
}

/// Scratch space: one number for each resample.
#[derive(Debug, Default)]
struct Spreads {
    votes: Vec<f64>,
    total: Vec<f64>,
    squares: Vec<f64>,
    logs: Vec<f64>,
    n_values: Vec<f64>,
    entropy: Vec<f64>,
    inverse_simpson: Vec<f64>,
    evenness: Vec<f64>,
}

impl Spreads {
    /// Interval of a pattern; `None` where nobody votes, or in no resample.
    fn interval(&mut self, resamples: &Resamples, cells: &mut [Cell]) -> Option<Box<Interval>> {
        cells.sort_unstable_by_key(|c| (c.value, c.vp));
        self.add_up(resamples, cells);
        self.spread(resamples);
        let (low, high) = ends(&mut self.entropy, resamples.ci)?;
        let (inverse_low, inverse_high) = ends(&mut self.inverse_simpson, resamples.ci)?;
        let (evenness_low, evenness_high) = ends(&mut self.evenness, resamples.ci)?;
        let of = |entropy: f64, inverse_simpson, evenness| Spread {
            entropy,
            effective: entropy.exp2(), // which keeps the order, so its ends are those
            inverse_simpson,
            evenness,
        };
        Some(Box::new(Interval {
            low: of(low, inverse_low, evenness_low),
            high: of(high, inverse_high, evenness_high),
        }))
    }

    /// Sums over values of the votes x, of x² and of x·log2 x, in each resample.
    fn add_up(&mut self, resamples: &Resamples, cells: &[Cell]) {
        for sums in [
            &mut self.total,
            &mut self.squares,
            &mut self.logs,
            &mut self.n_values,
        ] {
            sums.clear();
            sums.resize(resamples.n, 0.0);
        }
        for of_value in cells.chunk_by(|a, b| a.value == b.value) {
            if let [cell] = of_value {
                widely(|| self.add_single(resamples, cell));
            } else {
                widely(|| self.add_votes(resamples, of_value));
                for (x, logs) in self.votes.iter().zip(&mut self.logs) {
                    *logs += resamples.x_log_x(*x);
                }
            }
        }
    }

    /// Add a value with one voter, as most paths are. No logarithm is taken: with m draws of w votes
    /// x·log2 x is w·(m·log2 m) + m·(w·log2 w).
    #[inline]
    fn add_single(&mut self, resamples: &Resamples, cell: &Cell) {
        let votes = to_f64(cell.votes);
        let log = x_log_x(votes);
        let sums = self.total.iter_mut().zip(&mut self.squares);
        let sums = sums.zip(&mut self.logs).zip(&mut self.n_values);
        let draws = resamples.of_vp(cell.vp).iter();
        let draws = draws.zip(resamples.logs_of_vp(cell.vp));
        for ((((total, squares), logs), n), (m, m_log_m)) in sums.zip(draws) {
            let x = m * votes;
            *total += x;
            *squares += x * x;
            *logs += m_log_m * votes + m * log;
            *n += f64::from(*m > 0.0);
        }
    }

    /// Add a value with several voters, but for its logarithms.
    #[inline]
    fn add_votes(&mut self, resamples: &Resamples, cells: &[Cell]) {
        self.votes.clear();
        self.votes.resize(resamples.n, 0.0);
        for cell in cells {
            let votes = to_f64(cell.votes);
            for (sum, m) in self.votes.iter_mut().zip(resamples.of_vp(cell.vp)) {
                *sum += m * votes;
            }
        }
        let sums = self.total.iter_mut().zip(&mut self.squares);
        for (((total, squares), n), x) in sums.zip(&mut self.n_values).zip(&self.votes) {
            *total += x;
            *squares += x * x;
            *n += f64::from(*x > 0.0);
        }
    }

    /// Spreads of the resamples in which somebody votes.
    fn spread(&mut self, resamples: &Resamples) {
        for values in [
            &mut self.entropy,
            &mut self.inverse_simpson,
            &mut self.evenness,
        ] {
            values.clear();
        }
        for (i, &total) in self.total.iter().enumerate() {
            if total > 0.0 {
                let n = self.n_values[i];
                let entropy = (resamples.x_log_x(total) - self.logs[i]) / total;
                let entropy = if n > 1.0 { entropy.max(0.0) } else { 0.0 };
                self.entropy.push(entropy);
                self.inverse_simpson.push(total * total / self.squares[i]);
                let most = resamples.x_log_x(n) / n;
                self.evenness
                    .push(if n > 1.0 { entropy / most } else { 0.0 });
            }
        }
    }
}

/// The k-th value from either end, k = ⌊n·(1 - ci)/2⌋ (docs/methods.md, "Intervals").
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // at most half of the values
fn ends(values: &mut [f64], ci: f64) -> Option<(f64, f64)> {
    let last = values.len().checked_sub(1)?;
    // A hair more, for (1 - 0.95) / 2 is less than 0.025.
    let k = (count(values.len()) * (1.0 - ci) / 2.0 + 1e-9) as usize;
    let low = *values.select_nth_unstable_by(k, f64::total_cmp).1;
    let high = *values.select_nth_unstable_by(last - k, f64::total_cmp).1;
    Some((low, high))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(vp: u32, value: u32, votes: u128) -> Cell {
        Cell { vp, value, votes }
    }

    #[test]
    fn patterns_do_not_depend_on_names_units_and_order() {
        let mut a = vec![cell(1, 30, 10), cell(0, 99, 20), cell(0, 99, 10)];
        let mut b = vec![cell(0, 7, 3), cell(1, 8, 1)];
        let (mut key, mut other) = (vec![], vec![]);
        for (cells, key) in [(&mut a, &mut key), (&mut b, &mut other)] {
            normalise(cells);
            assert!(pack(cells, key));
        }
        assert_eq!(key, other);
        assert!(!pack(&[cell(0, 0, 1 << 20)], &mut key));
    }

    #[test]
    fn each_resample_is_a_spread_of_its_own() {
        // VP 0 twice, both once, VP 1 twice.
        let resamples = Resamples::new(&[5, 6], &[2, 0, 1, 1, 0, 2], 0.1).unwrap();
        let mut spreads = Spreads::default();
        spreads.add_up(&resamples, &[cell(0, 0, 1), cell(1, 1, 3)]);
        spreads.spread(&resamples);
        let expected = Spread::new(&mut [1_u64, 3]).unwrap();
        assert!(spreads.entropy[0].abs() < 1e-12);
        assert!((expected.entropy - spreads.entropy[1]).abs() < 1e-12);
        assert!((expected.inverse_simpson - spreads.inverse_simpson[1]).abs() < 1e-12);
        assert!((expected.evenness - spreads.evenness[1]).abs() < 1e-12);
    }

    #[test]
    fn a_resample_without_votes_is_left_out() {
        let resamples = Resamples::new(&[5, 6], &[2, 0, 1, 1, 0, 2], 0.1).unwrap();
        let found = Spreads::default().interval(&resamples, &mut [cell(0, 0, 1), cell(0, 1, 1)]);
        let found = found.unwrap();
        assert_eq!((1.0, 1.0), (found.low.entropy, found.high.entropy));
        assert_eq!(None, Spreads::default().interval(&resamples, &mut []));
    }

    #[test]
    fn ends_leave_out_equal_tails() {
        let mut values: Vec<f64> = (0..100).rev().map(f64::from).collect();
        assert_eq!(Some((5.0, 94.0)), ends(&mut values, 0.9));
        assert_eq!(Some((2.0, 97.0)), ends(&mut values, 0.95));
        assert_eq!(None, ends(&mut [], 0.9));
    }
}
