//! From the scores of the VP ASes to hegemony and its interval.

use super::bootstrap::Resamples;

/// Scores above 0 of the VP ASes for one AS; all others have 0.
#[derive(Default)]
pub struct Scores(Vec<(f64, u32)>);

impl Scores {
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Add the score of a VP AS.
    pub fn push(&mut self, vp: u32, score: f64) {
        self.0.push((score, vp));
    }

    #[allow(clippy::cast_possible_truncation)] // no more than there are peers
    pub const fn count(&self) -> u32 {
        self.0.len() as u32
    }

    /// Sort the scores, for what follows.
    pub fn sort(&mut self) {
        self.0
            .sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    }

    /// Mean over `n` VP ASes without those trimmed at each end, of sorted scores.
    pub fn trimmed_mean(&self, n: u32, trim: Trim) -> f64 {
        let cut = trim.of(n);
        let kept = n - 2 * cut;
        let n = n as usize;
        let zeros = n.saturating_sub(self.0.len());
        let start = (cut as usize).saturating_sub(zeros);
        let stop = (n - cut as usize).saturating_sub(zeros);
        let of = self.0.get(start..stop).unwrap_or_default();
        let sum: f64 = of.iter().map(|s| s.0).sum();
        sum / f64::from(kept)
    }

    /// Interval of the trimmed mean over resamples of the VP ASes, of sorted scores.
    pub fn interval(&self, resamples: &mut Resamples<'_>) -> Option<(f64, f64)> {
        resamples.interval(&self.0)
    }
}

/// VP ASes left out at either end of their scores.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Trim {
    /// None.
    No,
    /// A tenth, rounded down.
    #[default]
    Tenth,
    /// A tenth, and one at least where more than two are there.
    AtLeastOne,
}

impl Trim {
    /// VP ASes to leave out at either end of `n`.
    #[must_use]
    pub const fn of(self, n: u32) -> u32 {
        match self {
            Self::No => 0,
            Self::AtLeastOne if n > 2 && n < 10 => 1,
            Self::Tenth | Self::AtLeastOne => n / 10,
        }
    }
}
