//! Votes added up by value: how many values there are, how votes spread over them, medians.

use super::group::{Lengths, Metrics};
use super::input::Paths;
use super::spread::{Spread, Votes, median, tally};
use super::votes::{Entry, next_hop, upstream};

/// Scratch space, reused from group to group, for votes in units of one kind.
#[derive(Debug, Default)]
pub struct Tallies<V> {
    by_value: Vec<(u32, V)>,
    by_length: Vec<(u16, V)>,
    votes: Vec<V>,
}

impl<V: Votes> Tallies<V> {
    /// Counts and spreads of the three keys, and the lengths. `votes` has the votes of each entry.
    pub fn measure(
        &mut self,
        paths: &Paths<'_>,
        entries: &[Entry<'_>],
        path_key: &[u32],
        votes: impl Fn(usize) -> V,
        m: &mut Metrics,
    ) {
        let keyed = || entries.iter().enumerate();
        (m.n_next_hops, m.spreads[0]) =
            self.values(keyed().filter_map(|(i, e)| Some((next_hop(e, paths)?, votes(i)))));
        (m.n_upstreams, m.spreads[1]) =
            self.values(keyed().filter_map(|(i, e)| Some((upstream(e, paths)?, votes(i)))));
        (m.n_paths, m.spreads[2]) =
            self.values(path_key.iter().enumerate().map(|(i, key)| (*key, votes(i))));
        m.lengths = self.lengths(paths, entries, votes);
    }

    /// Number of distinct values, and the spread of votes over those that have any.
    fn values(&mut self, pairs: impl Iterator<Item = (u32, V)>) -> (u32, Option<Spread>) {
        self.by_value.clear();
        self.by_value.extend(pairs);
        tally(&mut self.by_value);
        self.votes.clear();
        let votes = self.by_value.iter().map(|p| p.1);
        self.votes.extend(votes.filter(|v| *v > V::default()));
        #[allow(clippy::cast_possible_truncation)] // a group has fewer than 2^32 routes
        let n = self.by_value.len() as u32;
        (n, Spread::new(&mut self.votes))
    }

    fn lengths(
        &mut self,
        paths: &Paths<'_>,
        entries: &[Entry<'_>],
        votes: impl Fn(usize) -> V,
    ) -> Option<Lengths> {
        let mut of = |column: &[u16]| {
            self.by_length.clear();
            let pairs = entries.iter().enumerate();
            self.by_length
                .extend(pairs.map(|(i, e)| (column[e.path], votes(i))));
            tally(&mut self.by_length);
            let (first, last) = (self.by_length.first()?.0, self.by_length.last()?.0);
            Some((first, median(&self.by_length), last))
        };
        let (min, median, max) = of(paths.length)?;
        let (_, hops_median, _) = of(paths.n_hops)?;
        let prepend_max = entries.iter().map(|e| paths.prepend_max[e.path]).max()?;
        Some(Lengths {
            min,
            median,
            max,
            hops_median,
            prepend_max,
        })
    }
}
