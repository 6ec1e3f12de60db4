"""The generator of full tables: its bytes, and the account it gives of them."""

import hashlib
import json
from collections import Counter

import mrtparse
import numpy as np
import pytest
from datasets import expected_ids, prefix_texts
from internet.bulk import copy_pieces, draw, render, weighted
from internet.bulk_prefixes import full_prefixes
from internet.full import feed_shares, write_full_table

SCALE = 0.001


@pytest.fixture(scope="module", params=[4, 8], ids=["4 peers", "8 peers"])
def table(request, tmp_path_factory):
    """Give a small table and the account of it."""
    path = tmp_path_factory.mktemp("full") / "table.mrt"
    return path, write_full_table(path, peers=request.param, scale=SCALE)


def _value(attributes, code):
    """Value of an attribute, None where it is absent."""
    found = [a["value"] for a in attributes if code in a["type"]]
    return found[0] if found else None


@pytest.fixture(scope="module")
def records(table):
    """Parse the table by another implementation."""
    return [record.data for record in mrtparse.Reader(str(table[0]))]


def test_full_table_is_accounted_for(table, records):
    """Another parser finds the routes, paths and attribute sets that the account states."""
    _, expected = table
    peers, *ribs = records
    entries = [e for r in ribs for e in r["rib_entries"]]
    attributes = [e["path_attributes"] for e in entries]
    paths = [tuple(_value(a, 2)[0]["value"]) for a in attributes]
    rest = [json.dumps([x for x in a if 2 not in x["type"]]) for a in attributes]
    found = {
        "n_peers": len(peers["peer_entries"]),
        "n_routes": len(entries),
        "n_prefixes4": sum(2 in r["subtype"] for r in ribs),
        "n_prefixes6": sum(4 in r["subtype"] for r in ribs),
        "n_as_paths": len(set(paths)),
        "n_attribute_sets": len(set(zip(paths, rest, strict=True))),
        "n_attributes": len(set(rest)),
        "n_origins": len({p[-1] for p in paths}),
        "n_hops": sum(map(len, paths)),
        "origin_as_sum": sum(int(p[-1]) for p in paths),
        "routes_by_peer": [n for _, n in sorted(Counter(e["peer_index"] for e in entries).items())],
    }
    assert {name: expected[name] for name in found} == found


def test_full_table_records_are_in_order(records):
    """Records are numbered from 0, prefixes distinct and sorted, peers ascending in a record."""
    ribs = records[1:]
    assert list(range(len(ribs))) == [r["sequence_number"] for r in ribs]
    prefixes = [f"{r['prefix']}/{r['length']}" for r in ribs]
    assert len(ribs) == len(set(prefixes))
    for record in ribs:
        peers = [e["peer_index"] for e in record["rib_entries"]]
        assert sorted(set(peers)) == peers


def test_full_table_prefixes_are_those_of_the_lookup_cases(table, records):
    """The dump of full feeds holds the prefixes that the lookup benchmarks use, in their order."""
    if table[1]["n_peers"] == 4:
        assert prefix_texts(SCALE) == [f"{r['prefix']}/{r['length']}" for r in records[1:]]


def test_full_table_is_deterministic(table, tmp_path):
    """The same arguments give the same bytes, another seed gives others."""
    path, expected = table
    n_peers = expected["n_peers"]
    again = write_full_table(tmp_path / "again.mrt", peers=n_peers, scale=SCALE)
    assert expected == again
    assert path.read_bytes() == (tmp_path / "again.mrt").read_bytes()
    other = write_full_table(tmp_path / "other.mrt", peers=n_peers, scale=SCALE, seed=2)
    assert expected["sha256"] != other["sha256"]


def test_full_table_account_is_beside_it(table):
    """The JSON file beside the dump holds the account, whose size and digest are the file's."""
    path, expected = table
    octets = path.read_bytes()
    assert expected == json.loads(path.with_name("table.mrt.json").read_text())
    assert (expected["bytes"], expected["sha256"]) == (
        len(octets),
        hashlib.sha256(octets).hexdigest(),
    )


def test_full_table_bytes_never_change(tmp_path):
    """The bytes of version 1 are pinned: history compares runs on the same dataset."""
    expected = write_full_table(tmp_path / "table.mrt", peers=4, scale=SCALE)
    assert (1, "9dff0f3873a7eb1866b2582374d3201465d9059e397b92ca663a06f81cd1d68a") == (
        expected["version"],
        expected["sha256"],
    )


@pytest.mark.parametrize(
    ("n_peers", "coverage", "expected"),
    [
        (4, 1.0, [1, 1, 1, 1]),
        (8, 0.5, [1, 1, 1, 0.2, 0.2, 0.2, 0.2, 0.2]),
        (2, 0.1, [0.1, 0.1]),
    ],
)
def test_feed_shares_average_to_coverage(n_peers, coverage, expected):
    """Full feeds come first, and the mean share is the coverage."""
    assert pytest.approx(expected) == feed_shares(n_peers, coverage)


@pytest.mark.parametrize("wrong", [{"peers": 0}, {"peers": 251}, {"scale": 0}])
def test_full_table_rejects_bad_sizes(tmp_path, wrong):
    """Sizes that make no table raise before anything is written."""
    with pytest.raises(ValueError, match="expected 1 to 250 peers"):
        write_full_table(tmp_path / "x.mrt", **wrong)
    assert not list(tmp_path.iterdir())


def test_full_prefixes_have_a_full_tables_lengths():
    """Six in ten IPv4 prefixes are /24s; networks have no host bits and are distinct."""
    for prefixes in full_prefixes(0.01, 1):
        share = np.mean(prefixes.length == (24 if prefixes.family == 4 else 48))
        assert 0.4 < share < 0.65
        network = prefixes.high << 32 | prefixes.low
        host = (1 << (64 - prefixes.length.astype(np.uint64))) - 1
        assert not (network.astype(np.uint64) & host.astype(np.uint64)).any()
        assert len(network) == len(set(zip(network, prefixes.length, strict=True)))


def test_expected_ids_equals_naive_scan():
    """The oracle of the lookup cases finds what a scan over all prefixes finds."""
    prefixes, _ = full_prefixes(0.0005, 1)
    addresses = draw("test", 1, np.arange(300)) >> np.uint64(32) << np.uint64(32)
    expected = []
    for address in (addresses >> np.uint64(32)).tolist():
        best = -1
        for i, (network, length) in enumerate(zip(prefixes.high, prefixes.length, strict=True)):
            shift = 32 - int(length)
            covers = address >> shift == int(network) >> shift
            if covers and (best < 0 or length > prefixes.length[best]):
                best = i
        expected.append(best)
    network = prefixes.high.astype(np.uint64) << np.uint64(32)
    ids = np.arange(len(network))
    assert expected == expected_ids(network, prefixes.length, ids, addresses).tolist()


def test_draw_depends_on_stream_row_and_seed():
    """The first draws are pinned: they must not change with NumPy."""
    rows = np.arange(2)
    assert [8917478768803016367, 9401341910183372634] == draw("a", 1, rows).tolist()
    assert draw("a", 1, rows).tolist() != draw("b", 1, rows).tolist()
    assert draw("a", 1, rows).tolist() != draw("a", 2, rows).tolist()


def test_weighted_keeps_proportions():
    """Positions come in proportion to their weights, none where a weight is 0."""
    got = np.bincount(weighted(draw("w", 1, np.arange(10_000)), [0.2, 0, 0.8]), minlength=3)
    assert pytest.approx([0.2, 0, 0.8], abs=0.02) == (got / 10_000).tolist()


def test_copy_pieces_joins_slices():
    """Pieces of any length, empty ones included, land where they are told to."""
    heap = np.frombuffer(b"abcdef", dtype=np.uint8)
    out = np.zeros(6, dtype=np.uint8)
    to, start, lengths = (np.array(x) for x in ([4, 0, 0], [0, 3, 2], [2, 0, 4]))
    copy_pieces(out, to, heap, start, lengths)
    assert b"cdefab" == out.tobytes()


def test_render_writes_network_order():
    """Integers become big-endian octets, column by column."""
    got = render([(np.array([1, 258]), 2), (np.array([255, 0]), 1)])
    assert [[0, 1, 255], [1, 2, 0]] == got.tolist()
