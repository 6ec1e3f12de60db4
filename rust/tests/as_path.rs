//! AS paths by example: the cases of RFC 6793 §4.2.3 and of origin, upstream and length.

use _core::as_path::{Derived, OriginKind, canonicalise, derive, is_reserved, merge_as4};

type Segments<'a> = &'a [(u8, &'a [u32])];

/// Canonical bytes of segments.
fn path(segments: &[(u8, &[u32])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (kind, ases) in segments {
        bytes.extend([*kind, u8::try_from(ases.len()).unwrap()]);
        bytes.extend(ases.iter().flat_map(|a| a.to_be_bytes()));
    }
    bytes
}

#[test]
fn merge_counts_across_segments() {
    let merged = merge_as4(
        &path(&[(2, &[1, 2]), (2, &[3, 4])]),
        &path(&[(2, &[9, 10])]),
    );
    assert_eq!(merged, Some(path(&[(2, &[1, 2]), (2, &[9, 10])])));
}

#[test]
fn merge_ignores_a_longer_as4_path() {
    assert_eq!(
        merge_as4(&path(&[(2, &[1])]), &path(&[(2, &[9, 10])])),
        None
    );
}

#[test]
fn two_octet_paths_become_four_octet_ones() {
    let mut out = Vec::new();
    assert_eq!(
        canonicalise(&[2, 2, 0, 1, 0xfb, 0xf4, 2, 0], 2, &mut out),
        Some(1)
    );
    assert_eq!(out, path(&[(2, &[1, 64500])]));
    assert_eq!(canonicalise(&[2, 2, 0, 1], 2, &mut Vec::new()), None);
    assert_eq!(canonicalise(&[9, 1, 0, 1], 2, &mut Vec::new()), None);
}

#[test]
fn origin_upstream_and_length_follow_the_rules() {
    use OriginKind::{Confed, Local, Set, Set1, Single};
    let cases: [(Segments<'_>, _, _, _, _); 8] = [
        (&[(2, &[1, 2, 3, 3, 3])], Some(3), Single, Some(2), 5),
        (&[(2, &[3, 3])], Some(3), Single, None, 2),
        (&[(2, &[1, 2]), (1, &[3])], Some(3), Set1, Some(2), 3),
        (&[(2, &[1, 2]), (1, &[3, 4])], None, Set, None, 3),
        (
            &[(2, &[1]), (1, &[5, 6]), (2, &[3])],
            Some(3),
            Single,
            None,
            3,
        ),
        (&[(3, &[65001]), (2, &[1, 2])], Some(2), Single, Some(1), 2),
        (&[(3, &[65001])], None, Confed, None, 0),
        (&[], None, Local, None, 0),
    ];
    for (segments, origin_as, origin_kind, upstream_as, length) in cases {
        let expected = Derived {
            origin_as,
            origin_kind,
            upstream_as,
            length,
        };
        assert_eq!(derive(&path(segments)), expected, "{segments:?}");
    }
}

#[test]
fn reserved_asns_are_those_of_the_registry() {
    for asn in [
        0,
        23456,
        64496,
        64512,
        65535,
        65536,
        65551,
        65552,
        131_071,
        u32::MAX,
    ] {
        assert!(is_reserved(asn), "{asn}");
    }
    for asn in [1, 23455, 64495, 131_072, 394_240, 4_199_999_999] {
        assert!(!is_reserved(asn), "{asn}");
    }
}
