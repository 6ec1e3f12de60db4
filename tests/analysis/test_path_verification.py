"""`verify_paths`: examples on known graphs, a naive oracle from the draft's text, odd paths."""

import dataclasses

import pyarrow as pa
import pytest
from aspa_oracle import naive_aspa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from internet import mrt_writer as mrt

import rib
from rib.analysis.path_verification import verify_paths
from rib.registry.aspa import aspa_table

COLUMNS = [
    "as_path_id", "path", "state", "reason", "up_as", "up_next_as", "down_as", "down_next_as",
    "n_vps", "n_prefixes", "n_vps_unlike",
]  # fmt: skip


@pytest.fixture
def attested(registry):
    """Give a function that makes VRPs with these ASPA objects ({customer: providers})."""
    vrps = registry("vrps", "AS1,10.0.0.0/8,8,t\n")

    def make(aspas):
        table = aspa_table({customer: set(of) for customer, of in aspas.items()})
        return dataclasses.replace(vrps, aspas=table)

    return make


def plain(frame):
    return pa.Table.from_pandas(frame).to_pylist()


def outcome(row):
    hops = [(row[f"{r}_as"], row[f"{r}_next_as"]) for r in ("up", "down")]
    return (row["state"], row["reason"], *(None if h == (None, None) else h for h in hops))


# Two ramps: 20 30 | 40 70 80, with 90 or 100 between the tops, as in examples of implementers.
TOPS = {80: [70], 70: [40], 20: [30]}
LADDER = {120: [110], 110: [100], 100: [90], 80: [90], 60: [50], 40: [50], 30: [40], 20: [30]}
# Of the topology that NIST's examples use: A 65000 and B 65010 below, G 65060 on top.
NIST = {
    65000: [65020, 65030], 65010: [65040], 65020: [65050], 65030: [65050, 65060], 65060: [0],
}  # fmt: skip


@pytest.mark.parametrize(
    ("aspas", "path", "upstream", "downstream"),
    [
        (TOPS, [20, 30, 40, 70, 80], "unknown", "valid"),
        (TOPS | {90: [30, 40]}, [20, 30, 90, 40, 70, 80], "unknown", "unknown"),
        (
            TOPS | {90: [30, 40], 30: [0], 40: [0]}, [20, 30, 90, 40, 70, 80],
            "invalid", "invalid",
        ),
        (TOPS, [20, 30, 90, 40, 70, 80], "unknown", "unknown"),
        (TOPS | {30: [0], 40: [0]}, [20, 30, 90, 100, 40, 70, 80], "invalid", "invalid"),
        (TOPS | {30: [0], 90: [0]}, [20, 30, 90, 100, 40, 70, 80], "invalid", "unknown"),
        (TOPS | {100: [0], 90: [0]}, [20, 30, 90, 100, 40, 70, 80], "invalid", "unknown"),
        ({70: [80]}, [100, 30, 40, 50, 60, 70, 80], "invalid", "unknown"),
        ({40: [30], 30: [20]}, [20, 30, 40], "valid", "valid"),
        (
            LADDER, [20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120],
            "invalid", "invalid",
        ),
        ({}, [20], "valid", "valid"),
        ({20: [0], 30: [0]}, [20, 30], "invalid", "valid"),
        ({}, [20, 30], "unknown", "valid"),
        ({60: [50], 50: [0], 40: [30], 30: [20], 20: [0]}, [20, 30, 40, 50, 60], "invalid", "invalid"),
        (NIST, [65040, 65060, 65050, 65020, 65000], "invalid", "unknown"),
        (NIST, [65030, 65060], "invalid", "valid"),
        (NIST, [65050, 65020, 65000], "valid", "valid"),
        (NIST, [65020, 65020, 65000, 65000], "valid", "valid"),
        (NIST, [65040, 65010], "valid", "valid"),
        (NIST, [65000, 65040, 65010], "unknown", "valid"),
        (NIST, [65020, 65000, 65030], "invalid", "invalid"),  # A leaks what D gave it to C
    ],
)  # fmt: skip
def test_verify_paths_on_known_graphs(table_of, attested, aspas, path, upstream, downstream):
    """Examples with ramps, gaps and leaks have the state that the draft's procedure gives."""
    table = table_of({"10.0.0.0/8": [path]})
    for direction, state in (("upstream", upstream), ("downstream", downstream)):
        (row,) = plain(verify_paths(table, vrps=attested(aspas), direction=direction))
        assert state == row["state"], direction
        expected = naive_aspa(aspas, path, downstream=direction == "downstream")
        assert expected == outcome(row)


ASES = st.integers(1, 7)
PATHS = st.lists(
    st.one_of(ASES, ASES, ASES, st.frozensets(ASES, min_size=1, max_size=2)), max_size=7
)


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    aspas=st.dictionaries(ASES, st.sets(st.integers(0, 7), min_size=1, max_size=3), max_size=7),
    tails=st.lists(PATHS, min_size=1, max_size=10, unique_by=repr),
    downstream=st.booleans(),
)
def test_verify_paths_equals_a_naive_oracle(table_of, attested, aspas, tails, downstream):
    """On random provider graphs and paths the kernel gives what the draft's steps give."""
    paths = {f"10.{i}.0.0/16": [[1, *tail]] for i, tail in enumerate(tails)}
    table = table_of(paths)
    direction = "downstream" if downstream else "upstream"
    found = {
        row["as_path_id"]: outcome(row)
        for row in plain(verify_paths(table, vrps=attested(aspas), direction=direction))
    }
    for prefix, ((path,), route) in zip(
        paths, zip(paths.values(), table.routes.to_pylist(), strict=True), strict=True
    ):
        assert naive_aspa(aspas, path, downstream=downstream) == found[route["as_path_id"]], prefix


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    aspas=st.dictionaries(ASES, st.sets(st.integers(0, 7), min_size=1, max_size=3), max_size=7),
    tails=st.lists(st.lists(ASES, max_size=6), min_size=1, max_size=8),
)
def test_downstream_is_never_stricter_than_upstream(table_of, attested, aspas, tails):
    """A down-ramp can only help: the order is invalid, unknown, valid."""
    table = table_of({f"10.{i}.0.0/16": [[1, *tail]] for i, tail in enumerate(tails)})
    rank = {"invalid": 0, "unknown": 1, "valid": 2}
    up, down = (
        [rank[state] for state in verify_paths(table, vrps=attested(aspas), direction=d)["state"]]
        for d in ("upstream", "downstream")
    )
    assert all(a <= b for a, b in zip(up, down, strict=True))


def test_verify_paths_counts_vps_and_prefixes_of_each_path(table_of, attested):
    """A path that two prefixes share is one row; the VP of a route server is unlike its path."""
    table = table_of({"10.0.0.0/8": [[8, 2], [9, 2]], "11.0.0.0/8": [[8, 2]], "0.0.0.0/0": [[9]]})
    frame = verify_paths(table, vrps=attested({2: [9]}))
    assert COLUMNS == list(frame.columns)
    got = {tuple(r["path"]): (r["n_vps"], r["n_prefixes"], r["n_vps_unlike"]) for r in plain(frame)}
    assert {(8, 2): (1, 2, 0), (9, 2): (1, 1, 0)} == got


def received(peer, path):
    """Give a table with one route of a peer, whatever its path is (AS numbers and segments)."""
    segments = [hop if isinstance(hop, mrt.Segment) else mrt.sequence(hop) for hop in path]
    block = mrt.origin() + mrt.as_path(*segments)
    entry = mrt.rib_entry(0, block + mrt.next_hop("192.0.2.1"))
    head = mrt.peer_index_table([mrt.Peer(peer, "192.0.2.1")], timestamp=1737417600)
    return rib.read_mrt(head + mrt.rib("10.0.0.0/8", [entry], timestamp=1737417600))


def test_verify_paths_tells_a_route_server_apart(attested):
    """The VP of a route server is not the first AS of its path."""
    (row,) = plain(verify_paths(received(6777, [8, 2]), vrps=attested({})))
    assert (1, 1, 1) == (row["n_vps"], row["n_prefixes"], row["n_vps_unlike"])


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ([mrt.confed_sequence(64512, 64513), 8, 2], ([8, 2], "valid")),
        ([8, mrt.confed_set(64512), 8, 2], ([8, 2], "valid")),
        ([8, 8, 2, 2, 2], ([8, 2], "valid")),
        ([8, 2, mrt.as_set(3)], ([8, 2, 3], "invalid")),
        ([mrt.confed_sequence(64512)], ([], "invalid")),
    ],
)
def test_verify_paths_collapses_prepends_and_passes_confederations(attested, path, expected):
    """Confederations are within one AS, repeats are one hop, a set of one member is a set."""
    (row,) = plain(
        verify_paths(received(8, path), vrps=attested({2: [8], 3: [2]}), direction="upstream")
    )
    assert expected == (row["path"], row["state"])


@pytest.mark.parametrize("direction", ["upstream", "downstream"])
def test_verify_paths_of_an_empty_path_is_invalid(attested, direction):
    """A neighbour adds itself, so an empty path is an error (step 1 of both procedures)."""
    (row,) = plain(verify_paths(received(8, []), vrps=attested({8: [9]}), direction=direction))
    assert naive_aspa({}, [], downstream=True) == outcome(row)
    assert [] == row["path"]


def test_verify_paths_without_routes_has_no_rows(table_of, attested):
    """An empty table gives an empty result with its columns."""
    frame = verify_paths(table_of({"10.0.0.0/8": [[8, 2]]}).select(peers=[99]), vrps=attested({}))
    assert (0, COLUMNS) == (len(frame), list(frame.columns))


def test_verify_paths_warns_without_objects(table_of, attested):
    """Without an ASPA object nothing can be invalid, and the result says so."""
    table = table_of({"10.0.0.0/8": [[8, 2]]})
    (warning,) = verify_paths(table, vrps=attested({})).attrs["warnings"]
    assert "no ASPA object" in warning
    assert [] == verify_paths(table, vrps=attested({2: [8]})).attrs["warnings"]


def test_verify_paths_refuses_other_arguments(table_of, attested):
    """A path in place of the registry and another direction are said at once."""
    table = table_of({"10.0.0.0/8": [[8, 2]]})
    with pytest.raises(ValueError, match=r"direction='up': expected 'upstream' or 'downstream'"):
        verify_paths(table, vrps=attested({}), direction="up")
    with pytest.raises(TypeError, match=r"vrps='x': expected Vrps"):
        verify_paths(table, vrps="x")
