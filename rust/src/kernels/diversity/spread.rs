//! How evenly votes are spread over keys: Shannon entropy and Hill numbers.

use std::ops::AddAssign;

/// Whole number of units that votes are counted in: `u64`, or `u128` where they have weights.
pub trait Votes: Copy + Ord + Default + AddAssign {
    /// The nearest floating-point number.
    fn to_f64(self) -> f64;
}

impl Votes for u64 {
    #[allow(clippy::cast_precision_loss)] // shares need no more than 53 bits
    fn to_f64(self) -> f64 {
        self as f64
    }
}

impl Votes for u128 {
    #[allow(clippy::cast_precision_loss)]
    fn to_f64(self) -> f64 {
        self as f64
    }
}

/// All of them together.
pub fn sum<V: Votes>(votes: impl Iterator<Item = V>) -> V {
    votes.fold(V::default(), |mut sum, v| {
        sum += v;
        sum
    })
}

/// Spread of votes over the values of one key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// Shannon entropy in bits.
    pub entropy: f64,
    /// Effective number of values, Hill number of order 1: 2 to the entropy.
    pub effective: f64,
    /// Hill number of order 2: 1 / sum of squared shares.
    pub inverse_simpson: f64,
    /// Entropy / log2 of the number of values; 0 with one value.
    pub evenness: f64,
}

impl Spread {
    /// Measure votes per value, all positive; `None` without any. Sorts them.
    #[allow(clippy::cast_precision_loss)] // far fewer than 2^53 values
    pub fn new<V: Votes>(votes: &mut [V]) -> Option<Self> {
        let total = sum(votes.iter().copied()).to_f64();
        if votes.is_empty() {
            return None;
        }
        // A fixed order of summation: the result does not depend on which value is which.
        votes.sort_unstable();
        let (mut entropy, mut squares) = (0.0, 0.0);
        for &v in votes.iter() {
            let share = v.to_f64() / total;
            entropy += share * (total / v.to_f64()).log2();
            squares += share * share;
        }
        let n = votes.len() as f64;
        Some(Self {
            entropy,
            effective: entropy.exp2(),
            inverse_simpson: 1.0 / squares,
            evenness: if votes.len() > 1 {
                entropy / n.log2()
            } else {
                0.0
            },
        })
    }
}

/// Add up (value, votes) pairs by value, ascending, in place.
pub fn tally<K: Ord + Copy, V: Votes>(pairs: &mut Vec<(K, V)>) {
    pairs.sort_unstable_by_key(|p| p.0);
    pairs.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
}

/// Median of (value, votes) pairs sorted by value: the mean of the two middle values where half of
/// the votes lie on either side. `None` without votes.
pub fn median<V: Votes>(pairs: &[(u16, V)]) -> Option<f64> {
    let total = sum(pairs.iter().map(|p| p.1));
    let at = |reached: &dyn Fn(V) -> bool| {
        let mut twice = V::default();
        pairs.iter().find(|p| {
            twice += p.1;
            twice += p.1;
            reached(twice)
        })
    };
    let (low, high) = (
        at(&|twice| twice >= total)?.0,
        at(&|twice| twice > total)?.0,
    );
    Some(f64::midpoint(f64::from(low), f64::from(high)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(expected: f64, actual: f64) {
        assert!((expected - actual).abs() < 1e-6, "{expected} {actual}");
    }

    #[test]
    fn spread_has_the_numbers_of_the_definition() {
        let s = Spread::new(&mut [2_u64, 1, 1]).unwrap();
        close(1.5, s.entropy);
        close(2.828_427, s.effective);
        close(2.666_667, s.inverse_simpson);
        close(0.946_395, s.evenness);
        close(
            1.219_512,
            Spread::new(&mut [9_u128, 1]).unwrap().inverse_simpson,
        );
        close(0.0, Spread::new(&mut [7_u64]).unwrap().entropy);
        assert_eq!(None, Spread::new::<u64>(&mut []));
    }

    #[test]
    fn median_weighs_votes() {
        assert_eq!(Some(2.5), median(&[(2, 1_u64), (3, 1)]));
        assert_eq!(Some(3.0), median(&[(2, 1_u64), (3, 2)]));
        assert_eq!(Some(2.0), median(&[(1, 1_u128), (2, 1), (9, 1)]));
        assert_eq!(Some(2.0), median(&[(1, 0_u128), (2, 4), (9, 0)]));
        assert_eq!(None, median::<u64>(&[]));
        assert_eq!(None, median(&[(1, 0_u64)]));
    }

    #[test]
    fn tally_adds_up_by_value() {
        let mut pairs = vec![(2, 1_u64), (1, 5), (2, 3)];
        tally(&mut pairs);
        assert_eq!(vec![(1, 5), (2, 4)], pairs);
    }
}
