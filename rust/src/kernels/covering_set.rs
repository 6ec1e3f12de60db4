//! The fewest prefixes that hold exactly the addresses of others, group by group.

use crate::prefix::{Prefix, mask};

/// The minimal covering set of each group of prefixes sorted by group and prefix; sorted alike.
///
/// One pass over a stack: what its top covers is passed over, and two halves of a prefix become it.
pub fn covering_set(groups: &[u32], prefixes: &[Prefix]) -> Vec<(u32, Prefix)> {
    let mut kept: Vec<(u32, Prefix)> = Vec::new();
    for (group, prefix) in groups.iter().zip(prefixes) {
        if kept
            .last()
            .is_some_and(|(g, p)| g == group && p.covers(prefix))
        {
            continue;
        }
        let mut whole = *prefix;
        while let Some((_, half)) = kept.last().filter(|(g, _)| g == group)
            && let Some(both) = joined(half, &whole)
        {
            whole = both;
            kept.pop();
        }
        kept.push((*group, whole));
    }
    kept
}

/// The prefix of which these are the lower and the upper half.
fn joined(lower: &Prefix, upper: &Prefix) -> Option<Prefix> {
    let length = lower.length.checked_sub(1)?;
    let parent = Prefix {
        network: lower.network,
        length,
        ..*upper
    };
    let half = mask(lower.length) & !mask(length);
    let fit = lower.family == upper.family
        && lower.length == upper.length
        && lower.network & half == 0
        && upper.network == lower.network | half;
    fit.then_some(parent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(groups: &[u32], texts: &[&str]) -> Vec<String> {
        let prefixes: Vec<Prefix> = texts.iter().map(|t| t.parse().unwrap()).collect();
        let found = covering_set(groups, &prefixes);
        found.iter().map(|(g, p)| format!("{g} {p}")).collect()
    }

    #[test]
    fn halves_join_up_to_the_whole() {
        let texts = ["0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/3", "224.0.0.0/3"];
        assert_eq!(vec!["5 0.0.0.0/0"], of(&[5; 4], &texts));
        assert_eq!(vec!["5 ::/0"], of(&[5; 2], &["::/1", "8000::/1"]));
    }

    #[test]
    fn neighbours_that_are_no_halves_stay() {
        let texts = ["10.1.0.0/16", "10.2.0.0/16"];
        assert_eq!(vec!["0 10.1.0.0/16", "0 10.2.0.0/16"], of(&[0; 2], &texts));
    }

    #[test]
    fn groups_and_families_stay_apart() {
        let texts = ["10.0.0.0/9", "10.128.0.0/9", "10.128.0.0/10", "a00::/9"];
        let expected = vec!["1 10.0.0.0/9", "2 10.128.0.0/9", "2 a00::/9"];
        assert_eq!(expected, of(&[1, 2, 2, 2], &texts));
    }
}
