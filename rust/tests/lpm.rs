//! The index against a list scan, on random nested prefixes of both families.

use std::net::IpAddr;
use std::ops::Range;

use _core::address_text;
use _core::lpm::{Index, Malformed};
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

/// First and last address of a prefix, and those just outside.
fn neighbours(prefix: &Prefix) -> Vec<Prefix> {
    let one = 1_u128 << (128 - u32::from(prefix.family.bits()));
    let ends = [prefix.network, prefix.last()];
    [
        ends[0],
        ends[1],
        ends[0].wrapping_sub(one),
        ends[1].wrapping_add(one),
    ]
    .map(|network| Prefix {
        network,
        length: prefix.family.bits(),
        ..*prefix
    })
    .to_vec()
}

fn sorted(mut prefixes: Vec<Prefix>) -> Vec<Prefix> {
    prefixes.sort();
    prefixes.dedup();
    prefixes
}

proptest! {
    #[test]
    fn columns_are_answered_as_single_addresses_are(
        given in prop::collection::vec(prefix(), 0..60),
        queries in prop::collection::vec(prefix(), 1..200),
    ) {
        let prefixes = sorted(given);
        let index = Index::new(&prefixes, None).unwrap();
        let hosts: Vec<Prefix> = queries.iter().chain(&prefixes).flat_map(neighbours).collect();
        let (mut four, mut six, mut four_ids, mut six_ids) = (vec![], vec![], vec![], vec![]);
        for host in &hosts {
            let expected = scan(&prefixes, host);
            match host.address() {
                IpAddr::V4(a) => { four.push(a.to_bits()); four_ids.push(expected); }
                IpAddr::V6(a) => { six.push(a.octets()); six_ids.push(expected); }
            }
        }
        prop_assert_eq!(index.lookup_v4(&four), four_ids);
        prop_assert_eq!(index.lookup_v6(&six), six_ids);
        let mut texts: Vec<Option<String>> =
            hosts.iter().map(|h| Some(h.address().to_string())).collect();
        texts.extend(queries.iter().map(|q| Some(q.to_string())));
        texts.push(None);
        let mut expected: Vec<i32> =
            hosts.iter().chain(&queries).map(|q| scan(&prefixes, q)).collect();
        expected.push(-1);
        let rows = |range: Range<usize>| texts[range].iter().map(Option::as_deref);
        prop_assert_eq!(index.lookup_texts(texts.len(), rows, Malformed::Fails).unwrap(), expected);
    }

    #[test]
    fn ids_are_positions_and_the_last_of_equals_counts(
        given in prop::collection::vec(prefix(), 1..60),
        queries in prop::collection::vec(prefix(), 1..20),
    ) {
        let index = Index::of_unsorted(given.clone()).unwrap();
        let last = |p: &Prefix| position(given.iter().rposition(|other| other == p));
        for query in queries.iter().chain(&given) {
            let found = scan(&given, query);
            let expected = usize::try_from(found).map_or(-1, |row| last(&given[row]));
            prop_assert_eq!(index.lookup_prefix(query), expected);
            prop_assert_eq!(index.get(query), last(query));
            for host in neighbours(query) {
                let found = scan(&given, &host);
                let expected = usize::try_from(found).map_or(-1, |row| last(&given[row]));
                prop_assert_eq!(index.lookup(host.address()), expected);
            }
        }
    }

    #[test]
    fn addresses_parse_as_in_the_standard_library(
        bits in any::<u128>(), zeros in any::<u128>(), edit in any::<(prop::sample::Index, char)>(),
        groups in prop::collection::vec(prop::sample::select(vec!["", "0", "1f", "0abc", "12345", ":", "1.2.3.4"]), 0..10),
    ) {
        let bits = bits & zeros; // more zero groups
        let address = std::net::Ipv6Addr::from_bits(bits).to_string();
        let dotted = std::net::Ipv4Addr::from_bits((bits >> 96) as u32).to_string();
        for text in [address, dotted, groups.join(":"), groups.join(".")] {
            let mut edited: Vec<char> = text.chars().collect();
            if !edited.is_empty() {
                let at = edit.0.index(edited.len());
                edited[at] = edit.1;
            }
            for text in [text, edited.into_iter().collect()] {
                prop_assert_eq!(address_text::parse(&text), text.parse().ok(), "{}", text);
                let four = address_text::ipv4(text.as_bytes());
                prop_assert_eq!(four, text.parse::<std::net::Ipv4Addr>().ok().map(u32::from));
                if let Some(six) = address_text::ipv6(text.as_bytes()) {
                    prop_assert_eq!(Ok(six), text.parse::<std::net::Ipv6Addr>().map(u128::from));
                }
            }
        }
    }

    #[test]
    fn index_equals_a_list_scan(
        given in prop::collection::vec(prefix(), 0..40),
        queries in prop::collection::vec(prefix(), 1..40),
    ) {
        let prefixes = sorted(given);
        let index = Index::new(&prefixes, None).unwrap();
        for query in queries.iter().chain(&prefixes) {
            prop_assert_eq!(index.lookup_prefix(query), scan(&prefixes, query));
            prop_assert_eq!(index.get(query), position(prefixes.iter().position(|p| p == query)));
            for host in neighbours(query) {
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
    assert!(Index::new(&prefixes, None).is_err());
}

#[test]
fn long_columns_are_answered_in_order_and_the_first_malformed_row_is_named() {
    let index = Index::of_unsorted(vec!["10.0.0.0/8".parse().unwrap()]).unwrap();
    let addresses: Vec<u32> = (0..300_000_u32).map(|i| (i % 20) << 24).collect();
    let expected: Vec<i32> = addresses
        .iter()
        .map(|a| if a >> 24 == 10 { 0 } else { -1 })
        .collect();
    assert_eq!(index.lookup_v4(&addresses), expected);
    let texts: Vec<String> = (0..300_000)
        .map(|i| {
            if i % 70_000 == 69_999 {
                "x".into()
            } else {
                format!("10.{}.0.1", i % 256)
            }
        })
        .collect();
    let rows = |range: Range<usize>| texts[range].iter().map(|t| Some(t.as_str()));
    let error = index
        .lookup_texts(texts.len(), rows, Malformed::Fails)
        .unwrap_err();
    assert!(error.to_string().starts_with("row 69999: \"x\""), "{error}");
    let ids = index
        .lookup_texts(texts.len(), rows, Malformed::IsNull)
        .unwrap();
    assert_eq!(ids.iter().filter(|id| **id < 0).count(), 4);
}
