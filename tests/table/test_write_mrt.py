"""Tests of `Rib.write_mrt`: the same table back, octet for octet what the RFC asks for."""

import bz2
import gzip
import struct

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from internet import mrt_writer as mrt

import rib
from rib._backend import core

PATH = mrt.as_path(mrt.sequence(64500, 64501))
PEERS = [
    mrt.Peer(64500, "192.0.2.1", "10.0.0.1"),
    mrt.Peer(4200000000, "2001:db8::1", "10.0.0.2"),
    mrt.Peer(64502, "192.0.2.3", "10.0.0.3"),
]
HEAD = mrt.peer_index_table(PEERS, view="view", timestamp=5)


def rows(table):
    """Give every route as its values, ids resolved, in table order."""
    peers = table.peers.select(["peer_as", "peer_ip"]).to_pylist()
    paths = table.as_paths.select(["hops", "segments"]).to_pylist()
    sets = table.attributes.to_pylist()
    for row in sets:
        row["unknown"] = sorted(row["unknown"] or (), key=lambda raw: raw["type"])
    prefixes = table.prefixes.column("text").to_pylist()
    return [
        (
            prefixes[r["prefix_id"]],
            tuple(peers[r["peer_id"]].values()),
            paths[r["as_path_id"]],
            sets[r["attributes_id"]],
            r["add_path_id"],
            r["originated_time"],
        )
        for r in table.routes.to_pylist()
    ]


def written(table, tmp_path, **options):
    path = tmp_path / "written.mrt"
    table.write_mrt(path, **options)
    return path


def again(content, tmp_path):
    """Give a table, and what is read after it is written."""
    table = rib.read_mrt(content)
    return table, rib.read_mrt(written(table, tmp_path))


def one(block, prefix="10.0.0.0/8", **entry):
    record = mrt.rib(prefix, [mrt.rib_entry(0, block, **entry)], timestamp=5)
    return mrt.peer_index_table(PEERS[:1], view="view", timestamp=5) + record


# -- octets ---------------------------------------------------------------------------------------

ATTRIBUTES = (
    mrt.origin(1)
    + PATH
    + mrt.next_hop("192.0.2.1")
    + mrt.med(0)
    + mrt.local_pref(0)
    + mrt.atomic_aggregate()
    + mrt.aggregator(70000, "10.0.0.9")
    + mrt.communities([(64500, 1), (65535, 65281)])
    + mrt.originator_id("10.0.0.3")
    + mrt.cluster_list(["10.0.0.1", "10.0.0.2"])
    + mrt.extended_communities([mrt.route_target(64500, 1)])
    + mrt.ipv6_extended_communities([bytes(range(20))])
    + mrt.aigp(2**40)
    + mrt.large_communities([(1, 2, 2**32 - 1)])
    + mrt.only_to_customer(64500)
    + mrt.attribute(99, b"xy", flags=0xE0)
)


def test_write_mrt_gives_the_octets_of_the_rfcs(tmp_path):
    """A dump that is as the RFCs ask comes back octet for octet, all attributes included."""
    v6 = mrt.origin() + PATH + mrt.mp_reach_abbreviated("2001:db8::9", "fe80::1")
    content = HEAD + b"".join(
        [
            mrt.rib("0.0.0.0/0", [mrt.rib_entry(2, PATH, originated=1)], sequence_number=0, timestamp=5),
            mrt.rib("10.0.0.0/8", [mrt.rib_entry(0, ATTRIBUTES, originated=2),
                                   mrt.rib_entry(1, ATTRIBUTES, originated=3)],
                    sequence_number=1, timestamp=6),
            mrt.rib("10.1.0.0/17", [mrt.rib_entry(1, PATH)], sequence_number=2, timestamp=6),
            mrt.rib("10.1.0.0/17", [mrt.rib_entry(0, PATH, path_id=0),
                                    mrt.rib_entry(0, PATH, path_id=2**32 - 1)],
                    sequence_number=3, timestamp=7, add_path=True),
            mrt.rib("2001:db8::/33", [mrt.rib_entry(1, v6)], sequence_number=4, timestamp=7),
            mrt.rib("2001:db8::1/128", [mrt.rib_entry(1, v6, path_id=1)], sequence_number=5,
                    timestamp=7, add_path=True),
        ]
    )  # fmt: skip
    table = rib.read_mrt(content)
    assert table.receipt.ok
    assert content == written(table, tmp_path).read_bytes()


@pytest.mark.parametrize(
    ("block", "prefix", "expected"),
    [
        (
            mrt.mp_reach(2, 1, ["2001:db8::9"], mrt.nlri("2001:db8::/32")),
            "2001:db8::/32",
            mrt.mp_reach_abbreviated("2001:db8::9"),
        ),
        (mrt.next_hop("192.0.2.9"), "2001:db8::/32", mrt.mp_reach_abbreviated("192.0.2.9")),
        (mrt.mp_reach_abbreviated("192.0.2.9"), "10.0.0.0/8", mrt.next_hop("192.0.2.9")),
        (mrt.mp_reach_abbreviated("2001:db8::9"), "10.0.0.0/8", mrt.mp_reach_abbreviated("2001:db8::9")),
        (mrt.attribute(14, b"\0"), "2001:db8::/32", b""),
        (mrt.aggregator(64500, "10.0.0.9", asn_bytes=2), "10.0.0.0/8", mrt.aggregator(64500, "10.0.0.9")),
        (
            mrt.attribute(99, bytes(300), flags=0xD0),
            "10.0.0.0/8",
            mrt.attribute(99, bytes(300), flags=0xD0),
        ),
        (
            mrt.large_communities([(1, 2, 3)] * 30) + mrt.med(1),
            "10.0.0.0/8",
            mrt.med(1) + mrt.large_communities([(1, 2, 3)] * 30),
        ),
        # Malformed attributes are raw in `unknown`; the next hop keeps out of their way.
        (
            mrt.next_hop("192.0.2.9") + mrt.attribute(14, b"\x07xy"),
            "2001:db8::/32",
            mrt.next_hop("192.0.2.9") + mrt.attribute(14, b"\x07xy"),
        ),
        (
            mrt.attribute(3, b"", flags=0x40) + mrt.mp_reach_abbreviated("192.0.2.9"),
            "10.0.0.0/8",
            mrt.attribute(3, b"", flags=0x40) + mrt.mp_reach_abbreviated("192.0.2.9"),
        ),
    ],
    ids=range(10),
)  # fmt: skip
def test_write_mrt_mends_the_form(block, prefix, expected, tmp_path):
    """What deviates is written as the RFCs ask: next hops, widths, order."""
    table, back = again(one(PATH + block, prefix), tmp_path)
    assert one(PATH + expected, prefix) == written(table, tmp_path).read_bytes()
    assert rows(table) == rows(back)


def test_write_mrt_puts_attributes_below_as_path_before_it(tmp_path):
    """Types 0 and 1 come before AS_PATH, also when they are malformed and raw."""
    block = PATH + mrt.attribute(0, b"z", flags=0x40) + mrt.attribute(1, b"\x09", flags=0x40)
    table, back = again(one(block), tmp_path)
    raw = mrt.attribute(0, b"z", flags=0x40) + mrt.attribute(1, b"\x09", flags=0x40)
    assert one(raw + PATH) == written(table, tmp_path).read_bytes()
    assert rows(table) == rows(back)


def test_write_mrt_gives_long_paths_an_extended_length(tmp_path):
    """A path of over 255 octets, of several segments of all kinds, comes back."""
    path = mrt.as_path(
        mrt.sequence(*range(1, 256)), mrt.as_set(5, 4), mrt.confed_sequence(1), mrt.confed_set(9, 8)
    )
    table, back = again(one(path), tmp_path)
    assert one(path) == written(table, tmp_path).read_bytes()
    assert rows(table) == rows(back)


def test_write_mrt_takes_the_latest_time_of_a_prefix(tmp_path):
    """Of routes of one prefix with several record times the record has the latest."""
    records = [
        mrt.rib("10.0.0.0/8", [mrt.rib_entry(i, PATH)], timestamp=time)
        for i, time in enumerate((9, 11, 10))
    ]
    table, back = again(HEAD + b"".join(records), tmp_path)
    assert [9, 11, 10] == table.routes.column("record_time").to_pylist()
    assert [11, 11, 11] == back.routes.column("record_time").to_pylist()
    assert rows(table) == rows(back)


def test_write_mrt_splits_a_prefix_with_too_many_routes(tmp_path):
    """A record holds 65,535 entries; more routes of a prefix go into the next one."""
    entries = [mrt.rib_entry(0, PATH, path_id=i) for i in range(65535)]
    more = [mrt.rib_entry(0, PATH, path_id=i) for i in range(65535, 65540)]
    content = HEAD + b"".join(mrt.rib("10.0.0.0/8", e, add_path=True) for e in (entries, more))
    table, back = again(content, tmp_path)
    assert 65540 == back.n_routes
    assert 2 == back.receipt.records["TABLE_DUMP_V2/RIB_IPV4_UNICAST_ADDPATH"]
    assert table.routes.equals(back.routes)


def test_write_mrt_writes_multicast_when_told(tmp_path):
    """Multicast routes go into the multicast subtypes, plain and ADD-PATH, both families."""
    content = HEAD + b"".join(
        mrt.rib(
            prefix,
            [mrt.rib_entry(0, PATH, path_id=path_id)],
            safi=mrt.MULTICAST,
            add_path=path_id is not None,
            sequence_number=number,
            timestamp=5,
        )
        for number, (prefix, path_id) in enumerate(
            [("10.0.0.0/8", None), ("10.0.0.0/8", 1), ("2001:db8::/32", None), ("2001:db8::/32", 1)]
        )
    )
    table = rib.read_mrt(content, safi="multicast")
    assert content == written(table, tmp_path, safi="multicast").read_bytes()
    with pytest.raises(ValueError, match="safi='both': expected 'unicast' or 'multicast'"):
        table.write_mrt(tmp_path / "a", safi="both")


def test_write_mrt_gives_table_dump_peers_a_zero_bgp_id(tmp_path):
    """Peers of TABLE_DUMP have no BGP id and become TABLE_DUMP_V2 peers with 0.0.0.0."""
    path = mrt.as_path(mrt.sequence(64500, 23456), asn_bytes=2) + mrt.as4_path(mrt.sequence(70000))
    content = mrt.table_dump("10.0.0.0/8", "192.0.2.1", 64500, mrt.origin() + path, timestamp=3)
    table, back = again(content, tmp_path)
    (peer,) = back.peers.to_pylist()
    assert ("0.0.0.0", "TABLE_DUMP_V2", "") == (
        peer["bgp_id"],
        peer["record_type"],
        peer["collector"],
    )
    assert rows(table) == rows(back)
    assert {} == back.receipt.quirks


# -- whole files ----------------------------------------------------------------------------------

SAMPLES = [
    "collector.20250114.0000.mrt.bz2",
    "collector.20250115.1200.mrt.bz2",
    "collector.20250117.0000.mrt.bz2",
    "collector.20250121.1200.mrt.bz2",
    "own.20250121.1200.mrt.gz",
]
REAL = [
    "bgpdump/bview.64k_stream_overflow.gz",
    "bgpdump/bview.ipv4_unicast_add_path.gz",
    "bgpdump/bview.ipv6_unicast_add_path.gz",
    "daemons/bird-mrtdump_rib",
    "daemons/bird6-mrtdump_rib",
    "daemons/openbgpd_rib_table",
    "daemons/openbgpd_rib_table-v2",
    "daemons/quagga_rib",
    "routeviews/rib.20140523.0600.truncated-1MiB.bz2",
]


def compare(path, tmp_path):
    table = rib.read_mrt(path)
    back = rib.read_mrt(written(table, tmp_path))
    assert back.receipt.ok
    assert table.prefixes.equals(back.prefixes)
    kept = ["collector", "peer_as", "peer_ip", "n_prefixes4", "n_prefixes6", "is_full_feed"]
    assert table.peers.select(kept).equals(back.peers.select(kept))
    for name, key in (("as_paths", "as_path_id"), ("attributes", "attributes_id")):
        # Ids may differ; what each route refers to may not.
        pairs = {"before": table.routes.column(key), "after": back.routes.column(key)}
        pairs = pa.table(pairs).group_by(["before", "after"]).aggregate([])
        mine = getattr(table, name).take(pairs.column("before")).to_pylist()
        other = getattr(back, name).take(pairs.column("after")).to_pylist()
        assert mine == other, name
    columns = ["prefix_id", "peer_id", "add_path_id", "originated_time"]
    assert table.routes.select(columns).equals(back.routes.select(columns))
    return table, back


@pytest.mark.parametrize("name", SAMPLES)
def test_write_mrt_round_trips_the_sample(name, sample, tmp_path):
    """Every sample dump comes back whole, record times and peers' ids included."""
    table, back = compare(sample / name, tmp_path)
    assert table.routes.column("record_time").equals(back.routes.column("record_time"))
    assert table.peers.equals(back.peers)


@pytest.mark.parametrize("name", REAL)
def test_write_mrt_round_trips_real_dumps(name, shared_data, tmp_path):
    """Dumps of real collectors and routers come back; only duplicates are still a quirk."""
    _, back = compare(shared_data / "mrt" / name, tmp_path)
    assert set(back.receipt.quirks) <= {"duplicate_route"}


ADDRESS4 = st.integers(0, 2**32 - 1).map(lambda n: mrt.address(".".join(map(str, n.to_bytes(4)))))
WORD = st.integers(0, 2**32 - 1)
SEGMENT = st.tuples(st.integers(1, 4), st.lists(WORD, min_size=1, max_size=5).map(tuple)).map(
    lambda parts: mrt.Segment(*parts)
)


def _optional(code, value, flags=None):
    return value.map(lambda v: mrt.attribute(code, v, flags=flags))


WORDS = st.lists(WORD, max_size=70).map(lambda w: struct.pack(f"!{len(w)}I", *w))
BLOCK = st.tuples(
    st.lists(SEGMENT, max_size=4).map(lambda s: mrt.as_path(*s)),
    st.lists(
        st.one_of(
            _optional(1, st.binary(max_size=2)),
            _optional(3, st.one_of(ADDRESS4, st.binary(max_size=5))),
            _optional(4, st.one_of(ADDRESS4, st.binary(max_size=5))),
            _optional(5, ADDRESS4),
            _optional(6, st.just(b"")),
            _optional(7, st.binary(min_size=6, max_size=8)),
            _optional(8, WORDS),
            _optional(9, ADDRESS4),
            _optional(10, WORDS),
            _optional(
                14,
                st.one_of(
                    st.sampled_from([4, 16, 32]).flatmap(
                        lambda n: st.binary(min_size=n, max_size=n).map(lambda v: bytes([n]) + v)
                    ),
                    st.binary(max_size=9),
                ),
            ),
            _optional(16, st.integers(0, 40).flatmap(lambda n: st.just(bytes(range(8)) * n))),
            _optional(25, st.integers(0, 3).flatmap(lambda n: st.just(bytes(range(20)) * n))),
            _optional(26, st.just(b"\x01\x00\x0b" + bytes(range(8)))),
            _optional(32, st.integers(0, 25).flatmap(lambda n: st.just(bytes(range(12)) * n))),
            _optional(35, ADDRESS4),
            st.builds(
                lambda code, value, flags: mrt.attribute(code, value, flags=flags),
                st.integers(36, 255),
                st.binary(max_size=300),
                st.integers(0, 15).map(lambda n: n << 4),
            ),
        ),
        max_size=5,
    ),
).map(lambda parts: parts[0] + b"".join(parts[1]))
PREFIX = st.one_of(
    st.builds(lambda a, n: f"10.{a}.0.0/{n}", st.integers(0, 3), st.integers(16, 24)),
    st.builds(lambda a, n: f"2001:db8:{a}::/{n}", st.integers(0, 3), st.integers(48, 64)),
)
RECORD = st.tuples(
    PREFIX,
    st.lists(st.tuples(st.integers(0, 2), BLOCK, WORD, WORD), max_size=4),
    st.booleans(),
)


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(records=st.lists(RECORD, max_size=4))
def test_write_mrt_round_trips_anything(records, tmp_path):
    """Whatever loads comes back the same; a second time not an octet changes."""
    content = HEAD + b"".join(
        mrt.rib(
            prefix,
            [
                mrt.rib_entry(peer, block, originated=time, path_id=path_id if add_path else None)
                for peer, block, time, path_id in entries
            ],
            add_path=add_path,
            timestamp=5,
        )
        for prefix, entries, add_path in records
    )
    table = rib.read_mrt(content)
    path = written(table, tmp_path)
    first = path.read_bytes()
    back = rib.read_mrt(path)
    assert rows(table) == rows(back)
    assert table.prefixes.equals(back.prefixes)
    assert table.peers.equals(back.peers)
    assert set(back.receipt.quirks) <= {"duplicate_route", "malformed_attribute"}
    back.write_mrt(path)
    assert first == path.read_bytes()


# -- files ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small(sample):
    """Give a small table with both families."""
    return rib.read_mrt(sample / SAMPLES[3]).select(origin_as=[213394])


@pytest.mark.parametrize(
    ("name", "options", "unpack", "magic"),
    [
        ("a.mrt", {}, bytes, b"\0"),
        ("a", {"compression": "plain"}, bytes, b"\0"),
        ("a.gz", {}, gzip.decompress, b"\x1f\x8b"),
        ("a.mrt.GZ", {}, gzip.decompress, b"\x1f\x8b"),
        ("a.bz2", {}, bz2.decompress, b"BZh"),
        ("a.mrt", {"compression": "gzip"}, gzip.decompress, b"\x1f\x8b"),
        ("a.gz", {"compression": "bzip2"}, bz2.decompress, b"BZh"),
        ("a.zst", {"compression": "plain"}, bytes, b"\0"),
    ],
)
def test_write_mrt_compresses_by_name_or_as_told(name, options, unpack, magic, small, tmp_path):
    """The name's ending chooses the compression, `compression` overrules it; the bytes are stable."""
    plain = written(small, tmp_path).read_bytes()
    path = tmp_path / "sub" / name
    path.parent.mkdir()
    small.write_mrt(str(path), **options)
    first = path.read_bytes()
    assert (magic if magic != b"\0" else plain[:1]) == first[: len(magic)]
    assert plain == unpack(first)
    small.write_mrt(path, **options)
    assert first == path.read_bytes()
    assert [path] == list(path.parent.iterdir())


def test_write_mrt_of_a_selection_keeps_the_peers(small, tmp_path):
    """A selection is written with its routes and all the peers."""
    back = rib.read_mrt(written(small, tmp_path))
    assert small.n_routes == back.n_routes
    kept = ["collector", "peer_as", "peer_ip", "bgp_id"]
    assert small.peers.select(kept).equals(back.peers.select(kept))


def test_write_mrt_of_an_empty_table_is_a_peer_table(small, tmp_path):
    """Without routes there is still the PEER_INDEX_TABLE."""
    none = small.select(family=4, origin_as=[1])
    content = written(none, tmp_path).read_bytes()
    assert (13, 1, len(content) - 12) == struct.unpack("!HHI", content[4:12])


@pytest.mark.parametrize("compression", ["zstd", "GZIP", ""])
def test_write_mrt_refuses_an_unknown_compression(compression, small, tmp_path):
    """A compression that is not written is named, with those that are."""
    with pytest.raises(ValueError, match=r"compression='.*': expected 'plain', 'gzip' or 'bzip2'"):
        small.write_mrt(tmp_path / "a.mrt", compression=compression)
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["a.xz", "a.mrt.zst", "a.lz4"])
def test_write_mrt_refuses_a_name_that_promises_another_compression(name, small, tmp_path):
    """Plain bytes are not written under the name of a compression."""
    with pytest.raises(ValueError, match=r"expected a name in \.gz, \.bz2"):
        small.write_mrt(tmp_path / name)


def test_write_mrt_needs_a_name_for_several_collectors(small, tmp_path):
    """Peers of two collectors fit one dump only under a name that the caller gives."""
    paths = [
        written(small, tmp_path, collector=name).rename(tmp_path / name) for name in ("a", "b")
    ]
    both = rib.read_mrt(paths)
    with pytest.raises(ValueError, match=r"2 collectors \('a', 'b'\).*collector="):
        both.write_mrt(tmp_path / "both")
    both.write_mrt(tmp_path / "both", collector="a+b")
    back = rib.read_mrt(tmp_path / "both")
    assert {"a+b"} == set(back.peers.column("collector").to_pylist())
    assert both.n_routes == back.n_routes


def test_write_mrt_refuses_a_view_name_that_does_not_fit(small, tmp_path):
    """A view name has two octets of length."""
    with pytest.raises(ValueError, match="65535"):
        small.write_mrt(tmp_path / "a", collector="x" * 65536)
    assert [] == list(tmp_path.iterdir())


def test_write_mrt_passes_the_system_s_errors_on(small, tmp_path):
    """A directory as target, a missing folder: the errors of the operating system, nothing left."""
    with pytest.raises(IsADirectoryError):
        small.write_mrt(tmp_path)
    with pytest.raises(FileNotFoundError, match="no"):
        small.write_mrt(tmp_path / "no" / "a.mrt")
    assert [] == list(tmp_path.iterdir())


def test_write_mrt_to_a_full_disk_leaves_the_old_file(small, tmp_path, monkeypatch):
    """When writing fails half way, the target is as it was and no other file is left."""
    target = tmp_path / "a.mrt"
    target.write_bytes(b"old")
    blocks = core.mrt_blocks

    def failing(*arguments, **options):
        yield next(iter(blocks(*arguments, **options)))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(core, "mrt_blocks", failing)
    with pytest.raises(OSError, match="No space left"):
        small.write_mrt(target)
    assert b"old" == target.read_bytes()
    assert [target] == list(tmp_path.iterdir())


# -- what has no form on the wire -----------------------------------------------------------------


def with_column(table, name, column, values):
    """Give a table with one column of one table replaced."""
    tables = {
        n: getattr(table, n) for n in ("routes", "prefixes", "as_paths", "attributes", "peers")
    }
    part = tables[name]
    at = part.schema.get_field_index(column)
    array = pa.array(values, part.schema.field(at).type)
    tables[name] = part.set_column(at, part.schema.field(at), array)
    return rib.Rib(tables, table.receipt)


@pytest.mark.parametrize(
    ("name", "column", "value", "message"),
    [
        ("routes", "peer_id", 9, "route 0 has an id out of range"),
        ("routes", "as_path_id", 9, "route 0 has an id out of range"),
        ("routes", "attributes_id", 9, "route 0 has an id out of range"),
        ("as_paths", "hops", [1], "as_paths row 0"),
        ("peers", "peer_ip", "nowhere", "peers row 0"),
        ("peers", "bgp_id", "2001:db8::1", "peers row 0"),
        ("attributes", "originator_id", "2001:db8::1", "attributes row 0"),
        ("attributes", "aggregator_as", 1, "attributes row 0: one of aggregator_as"),
        ("attributes", "next_hop_link_local", "fe80::1", "attributes row 0: next_hop_link_local"),
        ("attributes", "unknown", [{"flags": 64, "type": 2, "value": b""}], "row 0: unknown holds"),
        (
            "attributes",
            "unknown",
            [{"flags": 64, "type": 17, "value": b""}],
            "row 0: unknown holds",
        ),
        ("attributes", "unknown", [{"flags": 64, "type": 1, "value": b""}], "row 0: unknown holds"),
        ("attributes", "unknown", [{"flags": 64, "type": 99, "value": b""}] * 2, "row 0: unknown"),
        ("attributes", "unknown", [{"flags": 64, "type": 99, "value": bytes(65536)}], "row 0"),
        ("attributes", "unknown", [{"flags": 64, "type": 99, "value": bytes(65530)}], "65535"),
    ],
)
def test_write_mrt_refuses_what_has_no_form_on_the_wire(name, column, value, message, tmp_path):
    """A table that no dump can hold is a ValueError that names the row; nothing is written."""
    table = rib.read_mrt(one(mrt.origin() + PATH))
    n = getattr(table, name).num_rows
    bad = with_column(table, name, column, [value] * n)
    with pytest.raises(ValueError, match=message):
        bad.write_mrt(tmp_path / "a.mrt")
    assert [] == list(tmp_path.iterdir())
