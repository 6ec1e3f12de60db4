//! Text views: what lines give, and that no text at all does harm.

use _core::views::{Format, View, read};
use proptest::prelude::*;

const BIRD: &str = "\
BIRD 2.0.12 ready.
192.0.2.0/24 unicast [edge1 2025-01-21 from 192.0.2.1] * (100) [AS64501i]
\tType: BGP univ
\tBGP.origin: IGP
\tBGP.as_path: 64500 64501 {64502 64503}
\tBGP.community: (64500,1) (64500,2)
";
const ROUTEROS: &str = "\
 Ab   afi=ip4 dst-address=192.0.2.0/24 gateway=192.0.2.1%ether1 belongs-to=\"bgp-IP-192.0.2.1\"
       bgp.session=edge1 .as-path=\"64500,64501,{64502,64503}\" .communities=64500:1,64
       500:2 .origin=igp
";
const BGPDUMP: &str = "TABLE_DUMP2|7|B|192.0.2.1|64500|192.0.2.0/24|64500 64501 {64502,64503}|IGP|\
                       255.255.255.255|0|0|64500:1 64500:2|NAG||\n";
const FORMATS: [(Format, &str); 3] = [
    (Format::Bird, BIRD),
    (Format::RouterOs, ROUTEROS),
    (Format::Bgpdump, BGPDUMP),
];

/// Octets of a text that its account has.
fn accounted(view: &View) -> usize {
    let read: usize = view.account.records.values().map(|(_, size)| size).sum();
    read + view.account.skipped.iter().map(|s| s.length).sum::<usize>()
}

#[test]
fn three_formats_give_one_route() {
    let path = [
        &[0x40, 2, 20, 2, 2][..],
        &64500_u32.to_be_bytes(),
        &64501_u32.to_be_bytes(),
        &[1, 2],
        &64502_u32.to_be_bytes(),
        &64503_u32.to_be_bytes(),
    ]
    .concat();
    for (format, text) in FORMATS {
        let view = read(format, text.as_bytes());
        assert_eq!(
            view.account.n_issues, 0,
            "{format:?}: {:?}",
            view.account.issues
        );
        assert_eq!(accounted(&view), text.len());
        let [peer] = view.peers.as_slice() else {
            panic!("{format:?}: expected one peer, found {:?}", view.peers);
        };
        assert_eq!(peer.address.to_string(), "192.0.2.1");
        let prefix = [24, 192, 0, 2, 0, 1, 0, 0];
        for part in [
            &prefix[..],
            &path,
            &[0xc0, 8, 8, 0xfb, 0xf4, 0, 1, 0xfb, 0xf4, 0, 2],
        ] {
            let found = view.records.windows(part.len()).any(|w| w == part);
            assert!(found, "{format:?}: {part:x?} in {:x?}", view.records);
        }
    }
}

proptest! {
    #[test]
    fn any_octets_are_accounted_for(text: Vec<u8>) {
        for (format, _) in FORMATS {
            prop_assert_eq!(accounted(&read(format, &text)), text.len());
        }
    }

    #[test]
    fn any_damage_is_accounted_for(at: prop::sample::Index, size in 0..40_usize, new: Vec<u8>) {
        for (format, text) in FORMATS {
            let mut text = text.repeat(2).into_bytes();
            let begin = at.index(text.len());
            let end = text.len().min(begin + size);
            text.splice(begin..end, new.iter().copied());
            let view = read(format, &text);
            prop_assert_eq!(accounted(&view), text.len());
            prop_assert!(view.account.n_lost == 0 || view.account.n_issues > 0);
        }
    }
}
