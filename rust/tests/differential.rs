//! The same routes as bgpkit-parser, an independent reader, on real, sample and generated dumps.

use std::fs;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use _core::input::{Input, Source};
use _core::rib::builder::TableBuilder;
use _core::rib::load::{Loaded, OnError, Options, Safi, load};
use arrow_array::cast::AsArray;
use arrow_array::types::{Int8Type, Int32Type, UInt8Type, UInt16Type, UInt32Type};
use arrow_array::{Array, RecordBatch, StructArray};
use bgpkit_parser::BgpkitParser;
use bgpkit_parser::models::{AsPathSegment, Asn, BgpElem, Community, MetaCommunity, Origin};
use proptest::prelude::*;

/// One route, in words that both readers can say; absent is empty.
///
/// MED and LOCAL_PREF are 0 where a route has none: bgpkit-parser says so, we keep null. Its elements
/// of a RIB have no ADD-PATH id, so that it is not compared.
#[derive(Debug, Default, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Route {
    prefix: String,
    peer: String,
    /// Segment type and ASes of each segment.
    path: Vec<(u8, Vec<u32>)>,
    origin: String,
    next_hop: String,
    med: u32,
    local_pref: u32,
    communities: Vec<u32>,
}

// -- ours ----------------------------------------------------------------------------------------

fn read(bytes: Vec<u8>) -> Loaded {
    let input = Input {
        name: "dump".into(),
        collector: None,
        source: Source::Bytes(Arc::new(bytes)),
        max_bytes: None,
    };
    let options = Options::new(OnError::Collect, Safi::Unicast);
    load::<TableBuilder>(&[input], options, &mut |_, _| true).unwrap()
}

fn words(lists: &dyn Array, row: usize) -> Vec<u32> {
    let lists = lists.as_list::<i32>();
    if lists.is_null(row) {
        return Vec::new();
    }
    let items = lists.value(row);
    items.as_primitive::<UInt32Type>().values().to_vec()
}

fn paths(table: &RecordBatch) -> Vec<Vec<(u8, Vec<u32>)>> {
    let segments = table["segments"].as_list::<i32>();
    (0..table.num_rows())
        .map(|row| {
            let hops = words(&table["hops"], row);
            let parts = segments.value(row);
            let parts: &StructArray = parts.as_struct();
            let kinds = parts.column(0).as_primitive::<UInt8Type>();
            let counts = parts.column(1).as_primitive::<UInt8Type>();
            let mut rest = hops.as_slice();
            let segments = kinds.values().iter().zip(counts.values());
            segments
                .map(|(kind, count)| {
                    let (ases, after) = rest.split_at(usize::from(*count));
                    rest = after;
                    (*kind, ases.to_vec())
                })
                .collect()
        })
        .collect()
}

/// The attribute columns of every attribute set.
fn attribute_sets(table: &RecordBatch) -> Vec<Route> {
    let origin = table["origin"].as_dictionary::<Int8Type>();
    let labels = origin.values().as_string::<i32>();
    let next_hop = table["next_hop"].as_dictionary::<Int32Type>();
    let hops = next_hop.values().as_string::<i32>();
    let number = |name: &str, row| {
        let column = table[name].as_primitive::<UInt32Type>();
        if column.is_valid(row) {
            column.value(row)
        } else {
            0
        }
    };
    (0..table.num_rows())
        .map(|row| Route {
            origin: origin.key(row).map_or("", |k| labels.value(k)).to_owned(),
            next_hop: next_hop.key(row).map_or("", |k| hops.value(k)).to_owned(),
            med: number("med", row),
            local_pref: number("local_pref", row),
            communities: words(&table["communities"], row),
            ..Route::default()
        })
        .collect()
}

fn ours(loaded: &Loaded) -> Vec<Route> {
    let table = |name: &str| {
        let mut named = loaded.tables.named.iter();
        &named.find(|(n, _)| *n == name).unwrap().1
    };
    let (routes, peers) = (table("routes"), table("peers"));
    let id = |name: &str| routes[name].as_primitive::<UInt32Type>().values();
    let prefixes = table("prefixes")["text"].as_string::<i32>();
    let (ips, ases) = (
        peers["peer_ip"].as_string::<i32>(),
        peers["peer_as"].as_primitive::<UInt32Type>(),
    );
    let (paths, sets) = (
        paths(table("as_paths")),
        attribute_sets(table("attributes")),
    );
    let peer_ids = routes["peer_id"].as_primitive::<UInt16Type>();
    let mut found: Vec<Route> = (0..routes.num_rows())
        .map(|row| {
            let peer = usize::from(peer_ids.value(row));
            Route {
                prefix: prefixes.value(id("prefix_id")[row] as usize).to_owned(),
                peer: format!("{} AS{}", ips.value(peer), ases.value(peer)),
                path: paths[id("as_path_id")[row] as usize].clone(),
                ..sets[id("attributes_id")[row] as usize].clone()
            }
        })
        .collect();
    found.sort();
    found
}

// -- theirs --------------------------------------------------------------------------------------

fn segment(segment: &AsPathSegment) -> (u8, Vec<u32>) {
    let (kind, ases) = match segment {
        AsPathSegment::AsSet(ases) => (1, ases),
        AsPathSegment::AsSequence(ases) => (2, ases),
        AsPathSegment::ConfedSequence(ases) => (3, ases),
        AsPathSegment::ConfedSet(ases) => (4, ases),
    };
    (kind, ases.iter().map(|asn: &Asn| u32::from(*asn)).collect())
}

fn community(community: &MetaCommunity) -> Option<u32> {
    match community {
        MetaCommunity::Plain(Community::NoExport) => Some(0xffff_ff01),
        MetaCommunity::Plain(Community::NoAdvertise) => Some(0xffff_ff02),
        MetaCommunity::Plain(Community::NoExportSubConfed) => Some(0xffff_ff03),
        MetaCommunity::Plain(Community::Custom(asn, value)) => {
            Some(u32::from(*asn) << 16 | u32::from(*value))
        }
        _ => None,
    }
}

fn their_route(elem: &BgpElem) -> Route {
    let origin = match elem.origin {
        Some(Origin::IGP) => "IGP",
        Some(Origin::EGP) => "EGP",
        Some(Origin::INCOMPLETE) => "INCOMPLETE",
        None => "",
    };
    let path = elem.as_path.iter().flat_map(|p| p.segments.iter());
    Route {
        prefix: elem.prefix.prefix.trunc().to_string(),
        peer: format!("{} AS{}", elem.peer_ip, elem.peer_asn),
        path: path.map(segment).filter(|s| !s.1.is_empty()).collect(),
        origin: origin.to_owned(),
        next_hop: elem.next_hop.map_or_else(String::new, |a| a.to_string()),
        med: elem.med.unwrap_or(0),
        local_pref: elem.local_pref.unwrap_or(0),
        communities: elem
            .communities
            .iter()
            .flatten()
            .filter_map(community)
            .collect(),
    }
}

/// What bgpkit-parser says of RIB_GENERIC, which we read where its NLRI is a prefix.
const UNREAD: &str = "Error: TableDumpV2 RibGeneric is not currently supported";

/// The routes bgpkit-parser gives, and its errors.
fn theirs(bytes: &[u8]) -> (Vec<Route>, Vec<String>) {
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    for elem in BgpkitParser::from_reader(Cursor::new(bytes)).into_fallible_elem_iter() {
        match elem {
            Ok(elem) => found.push(their_route(&elem)),
            Err(e) => errors.push(e.to_string()),
        }
    }
    found.sort();
    errors.retain(|e| e != UNREAD);
    (found, errors)
}

fn assert_same(name: &str, bytes: Vec<u8>) {
    let (expected, errors) = theirs(&bytes);
    assert!(errors.is_empty(), "{name}: bgpkit-parser says {errors:?}");
    let actual = ours(&read(bytes));
    for (one, other) in actual.iter().zip(&expected) {
        assert_eq!(one, other, "{name}");
    }
    assert_eq!(actual.len(), expected.len(), "{name}: number of routes");
}

// -- dumps ---------------------------------------------------------------------------------------

fn uncompressed(path: &Path) -> Vec<u8> {
    let stored = fs::read(path).unwrap();
    let mut bytes = Vec::new();
    match stored.as_slice() {
        [0x1f, 0x8b, ..] => flate2::read::MultiGzDecoder::new(&*stored)
            .read_to_end(&mut bytes)
            .map(drop),
        [b'B', b'Z', b'h', ..] => bzip2::read::MultiBzDecoder::new(&*stored)
            .read_to_end(&mut bytes)
            .map(drop),
        _ => {
            bytes = stored;
            Ok(())
        }
    }
    .unwrap();
    bytes
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[test]
fn sample_dumps_give_the_same_routes() {
    for name in [
        "own.20250121.1200.mrt.gz",
        "collector.20250121.1200.mrt.bz2",
    ] {
        assert_same(
            name,
            uncompressed(&root().join("data/sample-mrt").join(name)),
        );
    }
}

#[test]
fn real_dumps_give_the_same_routes() {
    let given = std::env::var("RIB_SHARED_DATA").unwrap_or_else(|_| "../shared/data".to_owned());
    let folder = root().join(given).join("mrt");
    if !folder.is_dir() {
        println!("skipped: no real dumps here (RIB_SHARED_DATA names their folder)");
        return;
    }
    for name in [
        "bgpdump/bview.64k_stream_overflow.gz",
        "bgpdump/bview.ipv4_unicast_add_path.gz",
        "bgpdump/bview.ipv6_unicast_add_path.gz",
        "daemons/bird-mrtdump_rib",
        "daemons/bird6-mrtdump_rib",
        "daemons/openbgpd_rib_table",
        "daemons/openbgpd_rib_table-v2",
        "daemons/quagga_rib",
        "routeviews/bview.20140112.1600.three-records.bz2",
        "routeviews/rib.20140530.2200.route-views.jinx.bz2",
    ] {
        assert_same(name, uncompressed(&folder.join(name)));
    }
}

// -- generated -----------------------------------------------------------------------------------

fn record(subtype: u16, body: &[u8]) -> Vec<u8> {
    let mut bytes = 7_u32.to_be_bytes().to_vec();
    bytes.extend(13_u16.to_be_bytes());
    bytes.extend(subtype.to_be_bytes());
    bytes.extend(u32::try_from(body.len()).unwrap().to_be_bytes());
    bytes.extend(body);
    bytes
}

/// One attribute; the length takes two octets where it needs them.
fn attribute(code: u8, value: &[u8]) -> Vec<u8> {
    let mut bytes = if let Ok(length) = u8::try_from(value.len()) {
        vec![0xc0, code, length]
    } else {
        let [high, low] = u16::try_from(value.len()).unwrap().to_be_bytes();
        vec![0xd0, code, high, low]
    };
    bytes.extend(value);
    bytes
}

fn be(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|w| w.to_be_bytes()).collect()
}

fn as_path() -> impl Strategy<Value = Vec<u8>> {
    let ases = prop::collection::vec(1..4_000_000_000_u32, 1..9);
    prop::collection::vec((1..5_u8, ases), 0..4).prop_map(|segments| {
        let segments = segments.into_iter().flat_map(|(kind, ases)| {
            let mut bytes = vec![kind, u8::try_from(ases.len()).unwrap()];
            bytes.extend(be(&ases));
            bytes
        });
        attribute(2, &segments.collect::<Vec<u8>>())
    })
}

fn optional(code: u8, value: impl Strategy<Value = Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    prop::option::of(value).prop_map(move |v| v.map_or_else(Vec::new, |v| attribute(code, &v)))
}

fn octets(n: usize) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), n)
}

/// The next hop where routers write that of a family, bgpkit-parser looks for it nowhere else; of two
/// the global one first (RFC 2545 §3), which we trust and bgpkit-parser does not.
fn next_hop(is_v6: bool) -> impl Strategy<Value = Vec<u8>> {
    let v6 = prop_oneof![Just(16_u8), Just(32)].prop_flat_map(|n| {
        let hop = octets(usize::from(n) - 1);
        hop.prop_map(move |hop| attribute(14, &[&[n, 0x20], hop.as_slice()].concat()))
    });
    let v4 = octets(4).prop_map(|hop| attribute(3, &hop));
    (v4, v6).prop_map(move |(v4, v6)| if is_v6 { v6 } else { v4 })
}

/// The attributes of a route, in the order of their codes but for that of the next hop.
fn attributes(is_v6: bool) -> impl Strategy<Value = Vec<u8>> {
    let communities = prop::collection::vec(any::<u32>(), 1..80).prop_map(|c| be(&c));
    let parts = (
        (0..3_u8).prop_map(|o| attribute(1, &[o])),
        as_path(),
        next_hop(is_v6),
        optional(4, octets(4)),
        optional(5, octets(4)),
        optional(8, communities),
        optional(99, octets(9)),
    );
    parts.prop_map(|(a, b, c, d, e, f, g)| [a, b, c, d, e, f, g].concat())
}

/// A RIB record of a prefix of either family, with or without ADD-PATH, and its entries.
fn rib_record() -> impl Strategy<Value = Vec<u8>> {
    let of_family = |is_v6: bool| {
        let entry = (0..2_u16, any::<u32>(), attributes(is_v6));
        let length = 0..if is_v6 { 129 } else { 33_u8 };
        let entries = prop::collection::vec(entry, 1..4);
        let prefix = (any::<[u8; 16]>(), length);
        (Just(is_v6), prefix, any::<bool>(), entries)
    };
    let parts = any::<bool>().prop_flat_map(of_family);
    parts.prop_map(|(is_v6, (octets, length), add_path, entries)| {
        let mut body = vec![0, 0, 0, 1, length];
        body.extend(&octets[..usize::from(length).div_ceil(8)]);
        body.extend(u16::try_from(entries.len()).unwrap().to_be_bytes());
        for (peer, path_id, attributes) in entries {
            body.extend(peer.to_be_bytes());
            body.extend([0, 0, 0, 9]);
            if add_path {
                body.extend(path_id.to_be_bytes());
            }
            body.extend(u16::try_from(attributes.len()).unwrap().to_be_bytes());
            body.extend(attributes);
        }
        let subtype = if is_v6 { 4 } else { 2 } + if add_path { 6 } else { 0 };
        record(subtype, &body)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn generated_dumps_give_the_same_routes(records in prop::collection::vec(rib_record(), 1..6)) {
        let mut peers = vec![0, 0, 0, 1, 0, 0, 0, 2];
        peers.extend([2, 10, 0, 0, 1, 192, 0, 2, 1, 0, 0, 0xfb, 0xf0]);
        peers.extend([3, 10, 0, 0, 2]);
        peers.extend([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xfa, 0x56, 0xea, 0]);
        let dump = [record(1, &peers), records.concat()].concat();
        assert_same("generated", dump);
    }
}
