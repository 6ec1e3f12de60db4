//! The index against a list scan, on random nested prefixes of both families.

use _core::lpm::Index;
use _core::prefix::{Family, Prefix};
use proptest::prelude::*;

/// Prefixes crowd in few bits so that they nest, /0 and the longest lengths included.
fn prefix() -> impl Strategy<Value = Prefix> {
    (any::<bool>(), any::<u128>(), 0..=128_u8, any::<bool>()).prop_map(|(v6, bits, length, low)| {
        let family = if v6 { Family::V6 } else { Family::V4 };
        let length = length % (family.bits() + 1);
        let crowded = if low {
            bits & 0xff
        } else {
            (bits & 0x0f0f) << 112
        };
        let network = match family {
            Family::V4 => (crowded >> 96 | (crowded & 0xff)) << 96,
            Family::V6 => crowded,
        };
        Prefix::masked(family, network, length).0
    })
}

fn position(found: Option<usize>) -> i32 {
    found.map_or(-1, |i| i32::try_from(i).unwrap())
}

/// Longest match by looking at every prefix.
fn scan(prefixes: &[Prefix], wanted: &Prefix) -> i32 {
    let found = (0..prefixes.len())
        .filter(|i| prefixes[*i].covers(wanted))
        .max_by_key(|i| prefixes[*i].length);
    position(found)
}

proptest! {
    #[test]
    fn index_equals_a_list_scan(
        given in prop::collection::vec(prefix(), 0..40),
        queries in prop::collection::vec(prefix(), 1..40),
    ) {
        let mut prefixes = given;
        prefixes.sort();
        prefixes.dedup();
        let index = Index::new(&prefixes).unwrap();
        for query in queries.iter().chain(&prefixes) {
            prop_assert_eq!(index.lookup_prefix(query), scan(&prefixes, query));
            prop_assert_eq!(index.get(query), position(prefixes.iter().position(|p| p == query)));
            for bits in [query.network, query.last()] {
                let host = Prefix { network: bits, length: query.family.bits(), ..*query };
                prop_assert_eq!(index.lookup(host.address()), scan(&prefixes, &host));
            }
            let covering: Vec<i32> = (0..prefixes.len())
                .filter(|i| prefixes[*i].covers(query) && prefixes[*i] != *query)
                .map(|i| position(Some(i)))
                .collect();
            prop_assert_eq!(index.less_specifics(query), covering);
            let inside: Vec<usize> = (0..prefixes.len())
                .filter(|i| query.covers(&prefixes[*i]) && prefixes[*i] != *query)
                .collect();
            prop_assert_eq!(index.more_specifics(query).collect::<Vec<_>>(), inside);
        }
        for (own, parent) in index.parents().iter().enumerate() {
            let strict: Vec<Prefix> =
                prefixes.iter().enumerate().filter(|(i, _)| *i != own).map(|(_, p)| *p).collect();
            let found = scan(&strict, &prefixes[own]);
            let expected = if found < 0 { None } else { Some(strict[usize::try_from(found).unwrap()]) };
            let actual = usize::try_from(*parent).ok().map(|i| prefixes[i]);
            prop_assert_eq!(actual, expected);
        }
    }

    #[test]
    fn prefix_text_round_trips(prefix in prefix()) {
        prop_assert_eq!(prefix.to_string().parse::<Prefix>().unwrap(), prefix);
    }
}

#[test]
fn index_refuses_what_is_not_sorted() {
    let prefixes: Vec<Prefix> = ["10.0.0.0/8", "9.0.0.0/8"]
        .iter()
        .map(|t| t.parse().unwrap())
        .collect();
    assert!(Index::new(&prefixes).is_err());
}
