//! Intervals by resampling the VP ASes.

use super::scores::Trim;

/// How often each VP AS is drawn in each resample.
#[derive(Debug, Clone, Copy)]
pub struct Draws<'a> {
    /// By family: for each VP AS, its count in every resample.
    pub counts: [&'a [u16]; 2],
    /// Resamples.
    pub n: usize,
    /// Share of the resamples inside the interval.
    pub ci: f64,
}

/// Resamples of one family, with the scratch space of one thread.
pub struct Resamples<'d> {
    draws: &'d Draws<'d>,
    family: usize,
    trim: Trim,
    /// By resample: VP ASes that the mean is over, those left out at its low end, and the first
    /// left out at its high end.
    n: Vec<u32>,
    start: Vec<u32>,
    stop: Vec<u32>,
    /// By resample: position in the order of scores, and the sum so far.
    at: Vec<u32>,
    sums: Vec<f64>,
    means: Vec<f64>,
}

impl<'d> Resamples<'d> {
    pub fn new(draws: &'d Draws<'d>, trim: Trim) -> Self {
        Self {
            draws,
            family: 0,
            trim,
            n: vec![0; draws.n],
            start: vec![0; draws.n],
            stop: vec![0; draws.n],
            at: vec![0; draws.n],
            sums: vec![0.0; draws.n],
            means: Vec::with_capacity(draws.n),
        }
    }

    fn counts(&self, vp: u32) -> &'d [u16] {
        let start = vp as usize * self.draws.n;
        let of: &'d [u16] = self.draws.counts[self.family];
        of.get(start..start + self.draws.n).unwrap_or_default()
    }

    /// Take the mean over these VP ASes of a family from here on.
    pub fn over(&mut self, family: usize, vps: impl Iterator<Item = u32>) {
        self.family = family;
        self.n.fill(0);
        for vp in vps {
            let counts = self.counts(vp);
            for (n, count) in self.n.iter_mut().zip(counts) {
                *n += u32::from(*count);
            }
        }
        for ((n, start), stop) in self.n.iter().zip(&mut self.start).zip(&mut self.stop) {
            *start = self.trim.of(*n);
            *stop = n - *start;
        }
    }

    /// Ends of the interval of the trimmed mean of sorted (score, VP AS) pairs above 0.
    ///
    /// Of n means in order, the ends are those k from either end, k = ⌊n·(1 − ci)/2⌋.
    pub fn interval(&mut self, scores: &[(f64, u32)]) -> Option<(f64, f64)> {
        self.at.copy_from_slice(&self.n);
        for (_, vp) in scores {
            let counts = self.counts(*vp);
            for (at, count) in self.at.iter_mut().zip(counts) {
                *at -= u32::from(*count);
            }
        }
        self.sums.fill(0.0);
        for (score, vp) in scores {
            let counts = self.counts(*vp);
            let bounds = self.start.iter().zip(&self.stop);
            let sums = self.at.iter_mut().zip(&mut self.sums);
            for (((at, sum), (start, stop)), count) in sums.zip(bounds).zip(counts) {
                let end = *at + u32::from(*count);
                let kept = end.min(*stop).saturating_sub((*at).max(*start));
                *sum += f64::from(kept) * score;
                *at = end;
            }
        }
        self.means.clear();
        let kept = self.start.iter().zip(&self.stop).map(|(a, b)| b - a);
        let means = self.sums.iter().zip(kept).filter(|(_, kept)| *kept > 0);
        self.means
            .extend(means.map(|(sum, kept)| sum / f64::from(kept)));
        ends(&mut self.means, self.draws.ci)
    }
}

fn ends(means: &mut [f64], ci: f64) -> Option<(f64, f64)> {
    let last = means.len().checked_sub(1)?;
    // A hair more, for (1 - 0.95) / 2 is less than 0.025.
    #[allow(clippy::cast_precision_loss, clippy::cast_sign_loss)]
    #[allow(clippy::cast_possible_truncation)] // below the number of resamples
    let k = ((means.len() as f64) * (1.0 - ci) / 2.0 + 1e-9) as usize;
    let high = *means.select_nth_unstable_by(last - k, f64::total_cmp).1;
    let low = *means.select_nth_unstable_by(k, f64::total_cmp).1;
    Some((low, high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_equally_far_from_both_ends() {
        let mut means: Vec<f64> = (0..100).rev().map(f64::from).collect();
        assert_eq!(Some((5.0, 94.0)), ends(&mut means, 0.9));
        assert_eq!(None, ends(&mut [], 0.9));
        assert_eq!(Some((7.0, 7.0)), ends(&mut [7.0], 0.5));
    }

    #[test]
    fn a_resample_is_the_trimmed_mean_of_what_was_drawn() {
        // Ten VP ASes, one resample that draws the only one with a score twice, one not at all.
        let counts: Vec<u16> = [[2, 0], [0, 2]]
            .into_iter()
            .chain([[1, 1]; 8])
            .flatten()
            .collect();
        let draws = Draws {
            counts: [&counts, &[]],
            n: 2,
            ci: 0.9,
        };
        let mut resamples = Resamples::new(&draws, Trim::Tenth);
        resamples.over(0, 0..10);
        // One is trimmed at each end: 1 of 8 is left of the first.
        assert_eq!(Some((0.0, 0.125)), resamples.interval(&[(1.0, 0)]));
    }
}
