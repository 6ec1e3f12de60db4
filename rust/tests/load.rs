//! Any bytes and any damage: an error or a receipt that reconciles, never a panic.

use std::sync::Arc;

use _core::error::Error;
use _core::input::{Input, Source};
use _core::rib::builder::TableBuilder;
use _core::rib::decoder::Decoding;
use _core::rib::file::{FileReader, Part};
use _core::rib::load::{Loaded, OnError, Options, Safi, load};
use _core::updates::builder::UpdatesBuilder;
use proptest::prelude::*;

fn record(kind: u16, subtype: u16, body: &[u8]) -> Vec<u8> {
    let mut bytes = 7_u32.to_be_bytes().to_vec();
    bytes.extend(kind.to_be_bytes());
    bytes.extend(subtype.to_be_bytes());
    bytes.extend(u32::try_from(body.len()).unwrap().to_be_bytes());
    bytes.extend(body);
    bytes
}

/// A peer table of two peers and `n` prefixes with a route from each.
fn dump(n: u8) -> Vec<u8> {
    let mut peers = vec![0, 0, 0, 1, 0, 0, 0, 2];
    for peer in 1..=2_u8 {
        peers.extend([2, 192, 0, 2, peer, 192, 0, 2, peer, 0, 0, 0xfb, 0xf0 + peer]);
    }
    let mut bytes = record(13, 1, &peers);
    for i in 0..n {
        let mut body = vec![0, 0, 0, i, 24, 10, 0, i, 0, 2];
        for peer in 0..2_u8 {
            let attributes = [
                0x40, 1, 1, 0, 0x40, 2, 6, 2, 1, 0, 0, 0xfb, peer, 0x40, 3, 4, 192, 0, 2, 1,
            ];
            body.extend([0, peer, 0, 0, 0, 9, 0, 20]);
            body.extend(attributes);
        }
        bytes.extend(record(13, 2, &body));
    }
    bytes
}

fn read(bytes: Vec<u8>, on_error: OnError) -> Result<Loaded, Error> {
    let input = Input {
        name: "bytes".into(),
        collector: None,
        source: Source::Bytes(Arc::new(bytes)),
        max_bytes: None,
    };
    let safi = Safi::Unicast;
    load::<TableBuilder>(&[input], Options::new(on_error, safi), &mut |_, _| true)
}

fn read_updates(bytes: Vec<u8>, on_error: OnError) -> Result<Loaded, Error> {
    let input = Input {
        name: "bytes".into(),
        collector: None,
        source: Source::Bytes(Arc::new(bytes)),
        max_bytes: None,
    };
    let safi = Safi::Unicast;
    load::<UpdatesBuilder>(&[input], Options::new(on_error, safi), &mut |_, _| true)
}

/// UPDATEs of both families, with withdrawals, in plain and ADD-PATH form, and a state change.
fn updates() -> Vec<u8> {
    let session = [
        0, 0, 0xfb, 0xf0, 0, 0, 0xfb, 0xf1, 0, 0, 0, 1, 192, 0, 2, 1, 192, 0, 2, 2,
    ];
    let path = [
        0x40, 1, 1, 0, 0x40, 2, 6, 2, 1, 0, 0, 0xfb, 0xf0, 0x40, 3, 4, 192, 0, 2, 1,
    ];
    let reach = [
        0x80, 14, 14, 0, 2, 1, 4, 192, 0, 2, 1, 0, 32, 0x20, 1, 0x0d, 0xb8,
    ];
    let unreach = [0x80, 15, 8, 0, 2, 1, 32, 0x20, 1, 0x0d, 0xb9];
    let mut bytes = Vec::new();
    for (subtype, id) in [(4, &[][..]), (9, &[0, 0, 0, 7][..])] {
        let attributes = if subtype == 4 {
            [&path[..], &reach, &unreach].concat()
        } else {
            path.to_vec()
        };
        let withdrawn = [id, &[8, 10]].concat();
        let size = |of: &[u8]| u16::try_from(of.len()).unwrap().to_be_bytes();
        let announced = [id, &[16, 10, 1], id, &[16, 10, 2]].concat();
        let body = [
            &size(&withdrawn)[..],
            &withdrawn,
            &size(&attributes),
            &attributes,
            &announced,
        ]
        .concat();
        let length = u16::try_from(19 + body.len()).unwrap().to_be_bytes();
        let message = [&[0xff; 16][..], &length, &[2], &body].concat();
        bytes.extend(record(16, subtype, &[&session[..], &message].concat()));
    }
    bytes.extend(record(16, 5, &[&session[..], &[0, 6, 0, 1]].concat()));
    bytes
}

fn n_changes(loaded: &Loaded) -> u64 {
    let mut named = loaded.tables.named.iter();
    let changes = named.find(|(name, _)| *name == "changes").unwrap();
    changes.1.num_rows() as u64
}

/// As [`check`], for changes.
fn check_updates(loaded: &Loaded, length: usize) -> Result<(), TestCaseError> {
    let file = &loaded.files[0];
    let records: u64 = file.records.values().map(|t| t.bytes).sum();
    let skipped: u64 = file.skipped.iter().map(|s| s.length).sum();
    prop_assert_eq!(records + skipped, length as u64);
    prop_assert_eq!(file.changes_read, file.changes_kept + file.changes_lost);
    prop_assert_eq!(file.changes_kept, n_changes(loaded));
    Ok(())
}

#[test]
fn whole_updates_give_every_change() {
    let loaded = read_updates(updates(), OnError::Raise).unwrap();
    assert_eq!(9, n_changes(&loaded));
}

/// All that a load gives, as text.
fn told(loaded: &Loaded) -> String {
    let Loaded { files, issues, .. } = loaded;
    format!(
        "{:?} {files:?} {issues:?} {:?}",
        loaded.tables.named,
        loaded.tables.quirks.iter().collect::<Vec<_>>()
    )
}

/// Inputs of different sizes, with damage in some.
fn several(kinds: &[(u8, Option<usize>)], content: impl Fn(u8) -> Vec<u8>) -> Vec<Input> {
    let input = |(at, (n, cut)): (usize, &(u8, Option<usize>))| {
        let mut bytes = content(*n);
        bytes.truncate(cut.map_or(bytes.len(), |cut| cut % bytes.len() + 1));
        Input {
            name: format!("input {at}"),
            collector: (at % 2 == 0).then(|| format!("collector {}", at % 3)),
            source: Source::Bytes(Arc::new(bytes)),
            max_bytes: None,
        }
    };
    kinds.iter().enumerate().map(input).collect()
}

fn n_routes(loaded: &Loaded) -> usize {
    let mut named = loaded.tables.named.iter();
    named
        .find(|(name, _)| *name == "routes")
        .unwrap()
        .1
        .num_rows()
}

/// The sums of the receipt, and that its routes are those of the table.
fn check(loaded: &Loaded, length: usize) -> Result<(), TestCaseError> {
    let file = &loaded.files[0];
    let records: u64 = file.records.values().map(|t| t.bytes).sum();
    let skipped: u64 = file.skipped.iter().map(|s| s.length).sum();
    prop_assert_eq!(records + skipped, file.bytes_uncompressed);
    prop_assert_eq!(file.bytes_uncompressed, length as u64);
    prop_assert_eq!(file.routes_read, file.routes_kept + file.routes_lost);
    prop_assert_eq!(usize::try_from(file.routes_kept).unwrap(), n_routes(loaded));
    Ok(())
}

/// The receipt of bytes that come in pieces of these sizes, as text; and the routes kept.
fn read_pieces(bytes: &[u8], sizes: &[usize]) -> (String, u64) {
    let input = Input {
        name: "bytes".into(),
        collector: None,
        source: Source::Bytes(Arc::new(Vec::new())),
        max_bytes: None,
    };
    let options = Options::new(OnError::Collect, Safi::Unicast);
    let decoding = Decoding::start();
    let mut table = TableBuilder::new(decoding.input());
    let mut reader = FileReader::new(&input, 0, options, &mut table);
    let mut rest = bytes;
    for size in sizes.iter().cycle() {
        let (piece, after) = rest.split_at((*size).min(rest.len()));
        reader.bytes(piece).unwrap();
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    reader.end(None).unwrap();
    let (receipt, issues, _) = reader.finish().unwrap();
    let kept = receipt.routes_kept;
    (format!("{receipt:?} {issues:?}"), kept)
}

/// One change of some bytes in the middle.
#[derive(Debug, Clone)]
enum Damage {
    Cut(usize),
    Insert(Vec<u8>),
    Overwrite(Vec<u8>),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        (1..100_usize).prop_map(Damage::Cut),
        prop::collection::vec(any::<u8>(), 1..100).prop_map(Damage::Insert),
        prop::collection::vec(any::<u8>(), 1..20).prop_map(Damage::Overwrite),
    ]
}

fn apply(damage: &Damage, bytes: &mut Vec<u8>, at: usize) {
    let end = |n: usize| (at + n).min(bytes.len());
    match damage {
        Damage::Cut(n) => drop(bytes.drain(at..end(*n))),
        Damage::Insert(new) => drop(bytes.splice(at..at, new.iter().copied())),
        Damage::Overwrite(new) => {
            let end = end(new.len());
            drop(bytes.splice(at..end, new.iter().copied()));
        }
    }
}

proptest! {
    #[test]
    fn readers_make_no_difference(
        kinds in prop::collection::vec((0..40_u8, prop::option::of(any::<usize>())), 2..9),
        n_readers in 2..6_usize,
        raises in any::<bool>(),
    ) {
        let on_error = if raises { OnError::Raise } else { OnError::Collect };
        let one = Options { n_readers: 1, ..Options::new(on_error, Safi::Unicast) };
        let many = Options { n_readers, ..one };
        let dumps = several(&kinds, dump);
        let of_dumps = |options| load::<TableBuilder>(&dumps, options, &mut |_, _| true)
            .map(|loaded| told(&loaded))
            .map_err(|e| e.message);
        prop_assert_eq!(of_dumps(one), of_dumps(many));
        let logs = several(&kinds, |n| updates().repeat(usize::from(n) + 1));
        let of_logs = |options| load::<UpdatesBuilder>(&logs, options, &mut |_, _| true)
            .map(|loaded| told(&loaded))
            .map_err(|e| e.message);
        prop_assert_eq!(of_logs(one), of_logs(many));
    }

    #[test]
    fn damaged_updates_end_in_an_error_or_a_receipt(
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = updates();
        for (at, value) in flips {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        bytes.truncate(1 + cut.index(bytes.len()));
        let length = bytes.len();
        if let Ok(loaded) = read_updates(bytes.clone(), OnError::Collect) {
            let issues = loaded.issues.len();
            check_updates(&loaded, length)?;
            prop_assert_eq!(issues > 0, read_updates(bytes, OnError::Raise).is_err());
        }
    }

    #[test]
    fn blocks_make_no_difference(
        sizes in prop::collection::vec(1..200_usize, 1..8),
        changes in prop::collection::vec((any::<prop::sample::Index>(), damage()), 0..4),
    ) {
        let mut bytes = dump(30);
        for (at, damage) in changes {
            let at = at.index(bytes.len());
            apply(&damage, &mut bytes, at);
        }
        prop_assert_eq!(read_pieces(&bytes, &sizes), read_pieces(&bytes, &[bytes.len()]));
    }

    #[test]
    fn damage_costs_the_records_it_touches(at in any::<prop::sample::Index>(), damage in damage()) {
        let mut bytes = dump(30);
        let (head, record) = (dump(0).len(), (dump(1).len() - dump(0).len()) as u64);
        // Five records follow, so that there is a chain to find.
        let at = head + at.index(bytes.len() - head - 8 * dump(1).len());
        apply(&damage, &mut bytes, at);
        let touched = match damage {
            Damage::Cut(n) => n as u64 / record + 2,
            // In a header it may make a length that ends with the next record.
            Damage::Insert(_) | Damage::Overwrite(_) => 2,
        };
        let (receipt, kept) = read_pieces(&bytes, &[bytes.len()]);
        // What looks like another peer table costs the routes after it, for good reason.
        prop_assume!(!receipt.contains("PEER_INDEX_TABLE\": Tally { count: 2"));
        prop_assert!(kept >= 2 * (30 - touched), "kept {}", kept);
    }

    #[test]
    fn any_bytes_end_in_an_error_or_a_receipt(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let length = bytes.len();
        if let Ok(loaded) = read(bytes, OnError::Collect) {
            check(&loaded, length)?;
        }
    }

    #[test]
    fn any_damage_ends_in_an_error_or_a_receipt(
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = dump(8);
        for (at, value) in flips {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        bytes.truncate(1 + cut.index(bytes.len()));
        let length = bytes.len();
        if let Ok(loaded) = read(bytes.clone(), OnError::Collect) {
            let issues = loaded.issues.len();
            check(&loaded, length)?;
            prop_assert_eq!(issues > 0, read(bytes, OnError::Raise).is_err());
        }
    }

    #[test]
    fn any_cut_keeps_every_whole_record(cut in any::<prop::sample::Index>()) {
        let whole = dump(8);
        let (first, one) = (dump(0).len(), dump(1).len() - dump(0).len());
        let cut = first + cut.index(whole.len() - first);
        let loaded = read(whole[..cut].to_vec(), OnError::Collect).unwrap();
        prop_assert_eq!(usize::try_from(loaded.files[0].routes_kept).unwrap(), (cut - first) / one * 2);
        prop_assert_eq!((cut - first) % one != 0, !loaded.issues.is_empty());
    }
}
