//! Groups of routes, and the votes in them: one per VP AS and prefix.
//!
//! Votes are whole numbers of units, so that sums do not depend on the order of routes and ties are
//! exact. The unit divides a vote evenly among any number of routes up to 22.

use super::input::{NO_GROUP, Paths, Routes};

/// One vote in units: the least common multiple of 1 to 22.
pub const VOTE: u64 = 232_792_560;

/// Routes ordered by group: `order` is absent where the input already is.
pub struct Grouped {
    /// First position of each group, and the end.
    pub offsets: Vec<usize>,
    order: Option<Vec<u32>>,
}

impl Grouped {
    /// Order routes by group, keeping the order within (a counting sort).
    pub fn new(group: &[u32], n_groups: usize) -> Self {
        let mut offsets = vec![0_usize; n_groups + 1];
        let mut sorted = true;
        let mut last = 0;
        for &g in group {
            sorted &= g >= last && g != NO_GROUP;
            last = g;
            if let Some(count) = offsets.get_mut((g as usize).wrapping_add(1)) {
                *count += 1;
            }
        }
        for i in 1..offsets.len() {
            offsets[i] += offsets[i - 1];
        }
        let order = (!sorted).then(|| {
            let mut next = offsets.clone();
            let mut order = vec![0_u32; offsets[n_groups]];
            for (route, &g) in (0_u32..).zip(group) {
                if let Some(position) = next.get_mut(g as usize).filter(|_| g != NO_GROUP) {
                    order[*position] = route;
                    *position += 1;
                }
            }
            order
        });
        Self { offsets, order }
    }

    /// Route at a position.
    pub fn route(&self, position: usize) -> usize {
        self.order
            .as_ref()
            .map_or(position, |o| o[position] as usize)
    }
}

/// A VP AS and AS path of a group, with the votes for it.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// AS of the vantage point.
    pub vp: u32,
    /// Row of the AS path.
    pub path: usize,
    /// Its votes, in units of [`VOTE`].
    pub votes: u64,
    /// The unprepended path without the VP's own leading AS.
    pub tail: &'a [u32],
    /// Length of `tail`, a set counted once.
    pub n_tail: u16,
}

/// VP AS and path of a route as one sortable number.
pub fn key(routes: &Routes<'_>, route: usize) -> u64 {
    u64::from(routes.vp_as[route]) << 32 | u64::from(routes.as_path[route])
}

/// The unprepended path without the VP's own leading AS, or `None` where the VP is inside the
/// origin AS and so has no vote.
fn tail<'a>(paths: &Paths<'a>, vp: u32, path: usize) -> Option<(&'a [u32], u16)> {
    let hops = paths.hops(path);
    let (tail, own) = match hops.split_first() {
        Some((first, rest)) if *first == vp => (rest, 1),
        _ => (hops, 0),
    };
    let inside = tail.is_empty() || paths.origin[path] == Some(vp);
    (!inside).then(|| (tail, paths.n_hops[path].saturating_sub(own)))
}

/// Add the votes of one prefix: its routes' keys, sorted. Entries of equal keys are neighbours.
pub fn cast<'a>(paths: &Paths<'a>, keys: &[u64], entries: &mut Vec<Entry<'a>>) {
    #[allow(clippy::cast_possible_truncation)] // the two halves of a key
    let split = |key: u64| ((key >> 32) as u32, (key as u32) as usize);
    for of_vp in keys.chunk_by(|a, b| a >> 32 == b >> 32) {
        let start = entries.len();
        for &key in of_vp {
            let (vp, path) = split(key);
            if let Some((tail, n_tail)) = tail(paths, vp, path) {
                entries.push(Entry {
                    vp,
                    path,
                    votes: 1,
                    tail,
                    n_tail,
                });
            }
        }
        let share = VOTE / (entries.len() - start).max(1) as u64;
        for entry in &mut entries[start..] {
            entry.votes = share;
        }
    }
}

/// Sort entries by VP AS and path, and add up the votes of equal ones.
pub fn merge(entries: &mut Vec<Entry<'_>>, sorted: bool) {
    if !sorted {
        entries.sort_unstable_by_key(|e| (e.vp, e.path));
    }
    entries.dedup_by(|next, kept| {
        let same = (next.vp, next.path) == (kept.vp, kept.path);
        if same {
            kept.votes += next.votes;
        }
        same
    });
}

/// [`merge`] where entries have votes times weights too, in `weighed`.
pub fn merge_weighed(entries: &mut Vec<Entry<'_>>, weighed: &mut Vec<u128>) {
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_unstable_by_key(|i| (entries[*i].vp, entries[*i].path));
    let mut merged: Vec<Entry<'_>> = Vec::with_capacity(order.len());
    let mut sums: Vec<u128> = Vec::with_capacity(order.len());
    for i in order {
        let next = entries[i];
        match (merged.last_mut(), sums.last_mut()) {
            (Some(kept), Some(sum)) if (kept.vp, kept.path) == (next.vp, next.path) => {
                kept.votes += next.votes;
                *sum += weighed[i];
            }
            _ => {
                merged.push(next);
                sums.push(weighed[i]);
            }
        }
    }
    *entries = merged;
    *weighed = sums;
}

/// First AS of a path; unknown where the path is nothing but a set of several ASes.
pub fn next_hop(entry: &Entry<'_>, paths: &Paths<'_>) -> Option<u32> {
    let set = entry.n_tail == 1 && entry.tail.len() > 1 && paths.origin[entry.path].is_none();
    entry.tail.first().copied().filter(|_| !set)
}

/// AS next to the origin: the vantage point's own where the path is nothing but the origin.
pub fn upstream(entry: &Entry<'_>, paths: &Paths<'_>) -> Option<u32> {
    match (entry.tail, paths.origin[entry.path]) {
        ([only], Some(origin)) if *only == origin => Some(entry.vp),
        _ => paths.upstream[entry.path],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_keep_the_order_of_routes() {
        let grouped = Grouped::new(&[1, 0, NO_GROUP, 1, 0], 3);
        assert_eq!(vec![0, 2, 4, 4], grouped.offsets);
        let order: Vec<_> = (0..4).map(|i| grouped.route(i)).collect();
        assert_eq!(vec![1, 4, 0, 3], order);
    }

    #[test]
    fn sorted_groups_need_no_order() {
        assert!(Grouped::new(&[0, 0, 2], 3).order.is_none());
        assert!(Grouped::new(&[], 0).order.is_none());
    }

    #[test]
    fn a_vote_divides_evenly() {
        assert!((1..=22).all(|n| VOTE.is_multiple_of(n)));
    }
}
