//! Pairwise overlap of paths: the mean Jaccard index, over bit sets.

/// Bit rows of equal width, reused from group to group.
#[derive(Debug, Default)]
pub struct BitRows {
    words: Vec<u64>,
    width: usize,
}

impl BitRows {
    /// Start anew with no rows over `n` members.
    pub fn clear(&mut self, n: usize) {
        self.words.clear();
        self.width = n.div_ceil(64).max(1);
    }

    /// Add a row with these members.
    pub fn push(&mut self, members: impl Iterator<Item = usize>) {
        let start = self.words.len();
        self.words.resize(start + self.width, 0);
        for m in members {
            self.words[start + m / 64] |= 1 << (m % 64);
        }
    }

    /// Mean of |A∩B| / |A∪B| over unordered pairs of rows; `None` with fewer than two rows.
    ///
    /// Two empty rows share nothing: 0.
    #[allow(clippy::cast_precision_loss)] // row numbers are far below 2^53
    pub fn mean_jaccard(&self) -> Option<f64> {
        let n = self.words.len() / self.width.max(1);
        if n < 2 {
            return None;
        }
        let mut sum = 0.0;
        for (i, a) in self.words.chunks_exact(self.width).enumerate() {
            for b in self.words.chunks_exact(self.width).skip(i + 1) {
                let (mut both, mut either) = (0, 0);
                for (x, y) in a.iter().zip(b) {
                    both += (x & y).count_ones();
                    either += (x | y).count_ones();
                }
                if both > 0 {
                    sum += f64::from(both) / f64::from(either);
                }
            }
        }
        Some(sum / (n * (n - 1) / 2) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(rows: &[&[usize]]) -> Option<f64> {
        let mut bits = BitRows::default();
        bits.clear(100);
        for row in rows {
            bits.push(row.iter().copied());
        }
        bits.mean_jaccard()
    }

    #[test]
    fn identical_is_one_disjoint_and_empty_are_nought() {
        assert_eq!(Some(1.0), mean(&[&[1, 99], &[99, 1]]));
        assert_eq!(Some(0.0), mean(&[&[1], &[2]]));
        assert_eq!(Some(0.0), mean(&[&[], &[]]));
        assert_eq!(None, mean(&[&[1]]));
    }

    #[test]
    fn mean_is_over_unordered_pairs() {
        // {1,2}∩{2,3}: 1/3; {1,2} with {1,2}: 1; {2,3} with {1,2}: 1/3.
        assert_eq!(
            Some((1.0 / 3.0 + 1.0 + 1.0 / 3.0) / 3.0),
            mean(&[&[1, 2], &[2, 3], &[1, 2]])
        );
    }
}
