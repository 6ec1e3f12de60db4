//! The trimmed mean; everything else is tested through Python, against the fallback.

use super::scores::{Scores, Trim};

fn mean(seen: u32, n: u32, trim: Trim) -> f64 {
    let mut scores = Scores::default();
    for vp in 0..seen {
        scores.push(vp, 1.0);
    }
    scores.sort();
    scores.trimmed_mean(n, trim)
}

#[test]
fn trimmed_mean_has_the_numbers_of_the_definition() {
    for (seen, expected) in [(3, 0.0625), (2, 0.0), (18, 1.0), (20, 1.0), (0, 0.0)] {
        assert!((mean(seen, 20, Trim::Tenth) - expected).abs() < 1e-12);
    }
}

#[test]
fn trimmed_mean_of_few_trims_only_by_force() {
    for (seen, plain, forced) in [(1, 0.2, 0.0), (2, 0.4, 1.0 / 3.0), (5, 1.0, 1.0)] {
        assert!((mean(seen, 5, Trim::Tenth) - plain).abs() < 1e-12);
        assert!((mean(seen, 5, Trim::AtLeastOne) - forced).abs() < 1e-12);
    }
    assert!((mean(18, 20, Trim::No) - 0.9).abs() < 1e-12);
    assert!((mean(1, 2, Trim::AtLeastOne) - 0.5).abs() < 1e-12);
}
