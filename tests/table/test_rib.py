"""`Rib` on the sample dump and on small hand-made ones."""

import copy
import ipaddress
import pickle

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from internet import mrt_writer as mrt

import rib
from rib import schema
from rib._backend import BACKEND

LAST = "collector.20250121.1200.mrt.bz2"


@pytest.fixture(scope="module")
def table(sample):
    """Give the last sample snapshot."""
    return rib.read_mrt(sample / LAST)


def small(*entries):
    """Give a dump of (prefix, peer index, path) routes from two peers."""
    peers = [mrt.Peer(64500, "192.0.2.1"), mrt.Peer(64510, "2001:db8::2")]
    records = [mrt.peer_index_table(peers, view="small")]
    for prefix, peer, path in entries:
        attributes = mrt.origin() + mrt.as_path(mrt.sequence(*path)) + mrt.next_hop("192.0.2.1")
        records.append(mrt.rib(prefix, [mrt.rib_entry(peer, attributes)]))
    return rib.read_mrt(b"".join(records))


def test_rib_has_the_documented_schemas(table):
    """Every table has exactly the columns and types of the schema module."""
    assert schema.ROUTES == table.routes.schema
    assert schema.PREFIXES == table.prefixes.schema
    assert schema.AS_PATHS == table.as_paths.schema
    assert schema.ATTRIBUTES == table.attributes.schema
    assert schema.PEERS == table.peers.schema
    assert schema.PATH_FEATURES == table.path_features.schema


def test_rib_says_what_it_takes_all_in(sample):
    """The size in the repr has the lookup index in it once there is one."""
    table = rib.read_mrt(sample / LAST)
    assert f"{table.nbytes / 1e6:,.1f} MB" in repr(table)
    assert "lookup index" not in repr(table)
    total = table.nbytes + table.index.nbytes
    assert f"{total / 1e6:,.1f} MB ({total / table.n_routes:.0f} bytes per route)" in repr(table)
    assert f"{table.index.nbytes / 1e6:,.1f} MB of it the lookup index" in repr(table)


@pytest.mark.skipif(BACKEND != "native", reason="the fallback leaves memory to pyarrow")
def test_rib_columns_of_nulls_share_their_memory(table):
    """What no route of a dump has takes no memory of its own, and reads as null."""
    for columns in (table.attributes, table.routes):
        shared = columns.nbytes - columns.get_total_buffer_size()
        nulls = [n for n in columns.column_names if columns.column(n).null_count == len(columns)]
        assert shared >= 0.6 * sum(columns.column(n).nbytes for n in nulls)
        assert all({None} == set(columns.column(n).to_pylist()) for n in nulls)
        assert nulls
        columns.validate(full=True)


def test_rib_tables_are_sorted(table):
    """Prefixes ascend and are distinct, routes ascend by prefix and peer."""
    prefixes = table.prefixes
    networks = prefixes.column("network").to_pylist()
    keys = list(
        zip(
            prefixes.column("family").to_pylist(),
            networks,
            prefixes.column("length").to_pylist(),
            strict=True,
        )
    )
    assert sorted(set(keys)) == keys
    ids = np.asarray(table.routes.column("prefix_id")).astype(np.int64) << 16
    assert (np.diff(ids + np.asarray(table.routes.column("peer_id"))) >= 0).all()


def test_rib_lookup_answers_with_origins_and_peers(table):
    """A lookup names prefix, row, origins and peers; the migrated prefix has its new origin."""
    match = table.lookup("91.208.207.1")
    assert ("91.208.207.0/24", (213394,)) == (match.prefix, match.origin_as)
    assert match == table.get("91.208.207.0/24")
    assert "91.208.207.0/24" == table.prefixes.column("text")[match.prefix_id].as_py()
    assert 1 <= match.n_peers <= table.n_peers


def test_rib_lookup_of_nothing_is_none():
    """What no prefix holds is None, never an exception."""
    table = small(("10.0.0.0/8", 0, [64500, 64501]))
    assert None is table.lookup("192.0.2.1")
    assert None is table.lookup("::1")
    assert None is table.get("10.0.0.0/9")


@pytest.mark.parametrize("text", ["8.8.8.8/24", "300.1.1.1", "nonsense", "", "10.0.0.0", "::/129"])
def test_rib_get_refuses_what_is_no_prefix(table, text):
    """Host bits, bad addresses and lengths raise and name the value."""
    with pytest.raises(rib.PrefixError, match=text or '""') as caught:
        table.get(text)
    assert "expected" in str(caught.value)


def test_rib_specifics_are_strict():
    """Less- and more-specifics leave the prefix itself out."""
    path = [64500, 64501]
    nested = ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.2.0.0/16"]
    table = small(*((p, 0, path) for p in nested))
    assert nested[:2] == table.less_specifics("10.1.2.0/24").column("text").to_pylist()
    assert nested[1:] == table.more_specifics("10.0.0.0/8").column("text").to_pylist()
    assert nested[:3] == table.less_specifics("10.1.2.3").column("text").to_pylist()
    assert [] == table.more_specifics("2001:db8::/32").column("text").to_pylist()


def test_rib_lookup_many_keeps_index_and_nulls(table):
    """The caller's index stays, nulls and misses are null."""
    addresses = pd.Series(["91.208.207.9", None, "2a0f:d0c0::1"], index=["a", "b", "c"])
    frame = table.lookup_many(addresses)
    assert ["a", "b", "c"] == frame.index.tolist()
    assert "91.208.207.0/24" == frame.prefix["a"]
    assert 213394 == frame.origin_as["a"] == frame.origin_as["c"]
    numbers = table.lookup_many(np.array([0x5BD0CF01], dtype=np.uint32))
    assert "91.208.207.0/24" == numbers.prefix[0]


def test_rib_lookup_ids_agrees_over_all_forms(table):
    """The same addresses in every accepted form give the same ids."""
    four = ["91.208.207.1", "5.39.0.1"]
    as_int = np.array([int(ipaddress.ip_address(a)) for a in four], dtype=np.uint32)
    expected = [table.lookup(a).prefix_id for a in four]
    objects = [ipaddress.ip_address(a) for a in four]
    forms = [as_int, four, objects, pa.array(four), pd.Series(four), pa.chunked_array([four])]
    forms += [pd.Series(four, dtype="category"), pa.array(four, pa.large_utf8()), np.array(four)]
    for form in forms:
        assert expected == table.lookup_ids(form).tolist()
    six = np.frombuffer(ipaddress.ip_address("2a0f:d0c0::1").packed, np.uint8).reshape(1, 16)
    assert [table.lookup("2a0f:d0c0::1").prefix_id] == table.lookup_ids(six).tolist()


@pytest.mark.parametrize(
    ("addresses", "found"),
    [
        (np.array([0, 2**32]), "row 1 is 4294967296"),
        (np.array([0, -1], dtype=np.int8), "row 1 is -1"),
        (np.zeros(4, dtype=np.float64), "float64"),
        (np.zeros((2, 4), dtype=np.uint8), r"\(2, 4\)"),
        (np.zeros((2, 16), dtype=np.uint32), r"\(2, 16\)"),
        ("10.0.0.1", "10.0.0.1"),
        (["10.0.0.1", "nonsense"], "row 1: .*nonsense"),
        ([3.5], "row 0 is 3.5"),
    ],
)
def test_rib_lookup_ids_refuses_other_forms(table, addresses, found):
    """An array of another type, or a malformed address, raises and says what was found."""
    with pytest.raises(rib.PrefixError, match=found):
        table.lookup_ids(addresses)


def test_rib_select_keeps_what_passes(table):
    """Each condition keeps its routes, renumbered; together they intersect."""
    frame = table.to_pandas()
    six = table.select(family=6)
    assert (frame.family == 6).sum() == six.n_routes
    assert {6} == set(six.prefixes.column("family").to_pylist())
    own = table.select(origin_as=[213394])
    assert (frame.origin_as == 213394).sum() == own.n_routes
    one = table.select(peers=[29075], origin_as=[213394], family=4)
    wanted = (frame.peer_as == 29075) & (frame.origin_as == 213394) & (frame.family == 4)
    assert wanted.sum() == one.n_routes
    columns = ["prefix", "peer_ip", "as_path", "upstream_as", "med", "communities"]
    assert frame[wanted][columns].to_dict("records") == one.to_pandas()[columns].to_dict("records")
    inside = table.select(prefixes=["91.208.207.0/24"])
    assert ["91.208.207.0/24"] == inside.prefixes.column("text").to_pylist()


@pytest.mark.parametrize(
    ("given", "error", "match"),
    [
        ({"family": 5}, ValueError, "family=5"),
        ({"peers": 29075}, TypeError, "peers=29075"),
        ({"prefixes": "10.0.0.0/8"}, TypeError, "prefixes='10.0.0.0/8'"),
        ({"prefixes": ["10.0.0.1/8"]}, rib.PrefixError, "10.0.0.1/8"),
        ({"origin_as": [16276.7]}, TypeError, "origin_as holds 16276.7"),
        ({"origin_as": [None]}, TypeError, "origin_as holds None"),
        ({"origin_as": ["213394"]}, TypeError, "origin_as holds '213394'"),
        ({"origin_as": [-1]}, ValueError, "origin_as holds -1"),
        ({"peers": ["AS3257"]}, rib.PrefixError, "peers holds 'AS3257'"),
        ({"peers": [-1]}, ValueError, "peers holds -1"),
    ],
)
def test_rib_select_refuses_bad_arguments(table, given, error, match):
    """Bad arguments raise at once, naming argument and value."""
    with pytest.raises(error, match=match):
        table.select(**given)


def test_rib_select_of_nothing_is_an_empty_table(table):
    """An unknown origin gives a table without routes that still has its columns."""
    empty = table.select(origin_as=[4200000001])
    assert (0, 0) == (empty.n_routes, empty.n_prefixes)
    assert list(table.to_pandas().columns) == list(empty.to_pandas().columns)
    assert "no routes" in repr(empty)


def test_rib_to_pandas_spells_odd_paths():
    """AS_SETs and confederation segments keep their brackets in text."""
    peers = [mrt.Peer(64500, "192.0.2.1")]
    path = mrt.as_path(
        mrt.confed_sequence(64512), mrt.sequence(64500, 64501), mrt.as_set(64502, 64503)
    )
    dump = mrt.peer_index_table(peers) + mrt.rib(
        "10.0.0.0/8", [mrt.rib_entry(0, mrt.origin() + path)]
    )
    frame = rib.read_mrt(dump).to_pandas()
    assert "(64512) 64500 64501 {64502,64503}" == frame.as_path[0]
    assert frame.origin_as.isna()[0]


def test_rib_speaks_to_arrow_consumers(table):
    """The Arrow stream interface gives the labelled routes."""
    assert table.to_arrow().num_rows == pa.table(table).num_rows


def test_rib_reprs_say_what_was_loaded(table):
    """Text and HTML name peers, prefixes, routes and issues, and escape what they show."""
    assert f"{table.n_routes:,}" in repr(table)
    assert "sample" in repr(table)
    hostile = rib.read_mrt(mrt.peer_index_table([mrt.Peer(1, "192.0.2.1")], view="<b>x"))
    assert "&lt;b&gt;x" in hostile._repr_html_()
    assert "<b>x" not in hostile._repr_html_()


def test_peers_mark_full_feeds(table):
    """Partial feeds are not full, and the counts are those of the routes."""
    peers = table.peers.to_pandas()
    full = set(peers.peer_as[peers.is_full_feed])
    assert {5410, 56665} & full == set()
    assert {1299, 6939, 29075} <= full
    frame = table.to_pandas()
    counted = (
        frame[frame.family == 4].groupby(["peer_as", "peer_ip"], observed=True).prefix.nunique()
    )
    for row in peers.itertuples():
        assert row.n_prefixes4 == counted.get((row.peer_as, row.peer_ip), 0)


def test_rib_select_takes_peer_addresses_in_any_spelling(table):
    """A peer address is an address, not its spelling."""
    address = next(a for a in table.peers.column("peer_ip").to_pylist() if ":" in a)
    assert 0 < table.select(peers=[address]).n_routes
    assert table.select(peers=[address]).n_routes == table.select(peers=[address.upper()]).n_routes


def test_rib_pickles_after_use(table):
    """A table that has answered pickles as a fresh one does."""
    expected = table.lookup("91.208.207.1")
    assert expected == pickle.loads(pickle.dumps(table)).lookup("91.208.207.1")


@pytest.mark.parametrize(
    ("question", "argument", "match"),
    [
        ("lookup", "300.1.1.1", "address: .*300.1.1.1"),
        ("lookup", None, "address=None"),
        ("get", "10.0.0.1/8", "prefix: .*10.0.0.1/8"),
        ("less_specifics", "x", "prefix: .*x"),
        ("lookup_ids", ["x"], "addresses: row 0: .*x"),
        ("lookup_ids", None, "addresses: found NoneType"),
        ("lookup_ids", pd.DataFrame({"a": ["10.0.0.1"]}), "addresses: found DataFrame"),
    ],
)
def test_rib_questions_name_the_argument(table, question, argument, match):
    """A bad address or prefix raises, naming argument and value."""
    with pytest.raises(rib.PrefixError, match=match):
        getattr(table, question)(argument)


@pytest.mark.parametrize(
    "again", [lambda i: pickle.loads(pickle.dumps(i)), copy.copy, copy.deepcopy]
)
def test_prefix_table_pickles_and_copies(again):
    """Prefixes and values survive; the index is built again."""
    index = rib.PrefixTable(["10.0.0.0/8", "10.0.0.0/8"], values=["old", "ten"])
    other = again(index)
    assert ["ten"] == other.lookup_values(["10.1.1.1"]).tolist()
    assert [1, -1] == other.lookup_ids(["10.1.1.1", "11.0.0.0"]).tolist()


def test_rib_lookup_ids_of_some_peers_equals_lookups_in_their_routes(table):
    """Restricted to peers, a lookup answers as in a table of their routes alone, by ids of the whole."""
    addresses = [text.partition("/")[0] for text in table.prefixes.column("text").to_pylist()[::7]]
    peer_as = table.peers.column("peer_as").to_pylist()
    texts = table.prefixes.column("text")
    for peers in ([peer_as[0]], [peer_as[1], table.peers.column("peer_ip")[2].as_py()], []):
        alone = table.select(peers=peers)
        ids = table.lookup_ids(addresses, peers=peers)
        assert ids.tolist() == table.lookup_ids(addresses, peers=peers).tolist()
        found = [None if i < 0 else texts[i].as_py() for i in ids.tolist()]
        expected = [alone.lookup(address) for address in addresses]
        assert [m and m.prefix for m in expected] == found
        frame = table.lookup_many(addresses, peers=peers)
        assert found == [None if p is pd.NA else p for p in frame.prefix.tolist()]
    with pytest.raises(TypeError, match="peers=3333: expected a list"):
        table.lookup_ids(addresses, peers=3333)


def test_rib_matches_equal_a_count_of_the_routes(table):
    """Origins and peers of each prefix are those of its routes, by a scan."""
    labels = table.to_pandas()
    by_prefix = labels.groupby("prefix", observed=True)
    origins = by_prefix["origin_as"].agg(lambda o: tuple(sorted(set(o.dropna()))))
    peers = by_prefix["peer_ip"].nunique()
    for prefix in table.prefixes.column("text").to_pylist()[::11]:
        match = table.get(prefix)
        assert (prefix, tuple(origins[prefix])) == (match.prefix, match.origin_as)
        assert peers[prefix] == match.n_peers
