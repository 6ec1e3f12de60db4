"""The native kernel of `rib.as_hegemony` against the fallback, and what it checks at the door."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rib._backend import BACKEND, core
from rib.fallback import hegemony as naive

native_only = pytest.mark.skipif(
    BACKEND == "fallback", reason="holds the native kernel against the fallback"
)


ASES = st.integers(1, 9)
PREFIXES = [
    (4, 0, 0), (4, 0x0A000000, 8), (4, 0x0A000000, 9), (4, 0x0A000000, 24), (4, 0x0A400000, 10),
    (4, 0x0B000000, 24), (4, 0xFFFFFFFF, 32), (6, 0x20010DB8, 32), (6, 0x20010DB8, 48),
]  # fmt: skip
PATHS = st.lists(
    st.tuples(st.sampled_from([1, 2, 2, 2, 3]), st.lists(ASES, min_size=1, max_size=3)),
    max_size=3,
)
TABLES = st.tuples(
    st.lists(PATHS, min_size=1, max_size=5),
    st.lists(
        st.tuples(st.integers(1, 4), st.integers(0, 1), st.booleans(), st.booleans()),
        min_size=1,
        max_size=14,
    ),
    st.lists(
        st.tuples(st.integers(0, 8), st.integers(0, 13), st.integers(0, 4)), min_size=1, max_size=30
    ),
)


def kernel_tables(paths, peers, routes):
    """Tables as the kernel takes them."""
    kind = pa.struct([("kind", pa.uint8()), ("count", pa.uint8())])
    routes = sorted((p, v % len(peers), a % len(paths)) for p, v, a in routes)
    columns = list(zip(*routes, strict=True))
    origin = [
        p[-1][1][-1]
        if p and (p[-1][0] == 2 or (len(set(p[-1][1])) == 1 and p[-1][0] == 1))
        else None
        for p in paths
    ]
    network = [n.to_bytes(4, "big").ljust(16, b"\0") for _, n, _ in PREFIXES]
    return (
        pa.table(
            {
                "prefix_id": pa.array(columns[0], pa.uint32()),
                "peer_id": pa.array(columns[1], pa.uint16()),
                "as_path_id": pa.array(columns[2], pa.uint32()),
            }
        ),
        pa.table(
            {
                "family": pa.array([f for f, _, _ in PREFIXES], pa.uint8()),
                "network": pa.array(network, pa.binary(16)),
                "length": pa.array([n for _, _, n in PREFIXES], pa.uint8()),
            }
        ),
        pa.table(
            {
                "hops": pa.array(
                    [[a for _, s in p for a in s] for p in paths], pa.list_(pa.uint32())
                ),
                "segments": pa.array(
                    [[{"kind": k, "count": len(s)} for k, s in p] for p in paths], pa.list_(kind)
                ),
                "origin_as": pa.array(origin, pa.uint32()),
            }
        ),
        pa.table(
            {
                "peer_as": pa.array([p[0] for p in peers], pa.uint32()),
                "collector": pa.array([p[1] for p in peers], pa.uint32()),
                "full4": pa.array([p[2] for p in peers]),
                "full6": pa.array([p[3] for p in peers]),
            }
        ),
    )


def draws(peers, seed):
    """Resamples of the VP ASes of either family, as the kernel takes them."""
    generator, n = np.random.default_rng(seed), 40
    found = []
    for family in (2, 3):
        n_vps = len({p[0] for p in peers if p[family]})
        chances = np.full(n_vps, 1 / max(n_vps, 1))
        counts = generator.multinomial(n_vps, chances, size=n) if n_vps else np.zeros((n, 0))
        found.append(np.ascontiguousarray(counts.T.astype(np.uint16)).ravel())
    return found[0], found[1], n, 0.8


@native_only
@settings(max_examples=300)
@given(TABLES, st.sampled_from(["none", "scipy", "force"]), st.booleans(), st.booleans())
def test_as_hegemony_native_equals_the_naive_twin(given_tables, trim, sparse, local_only):
    paths, peers, routes = given_tables
    tables = kernel_tables(paths, peers, routes)
    how = {
        "global_scope": not local_only, "sparse": sparse, "trim": trim, "draws": draws(peers, 7)
    }  # fmt: skip
    scopes = pa.array([2, 3, 5], pa.uint32()) if local_only else None
    expected = naive.as_hegemony(tables, scopes, **how)
    actual = core.as_hegemony(tables, scopes, **how)
    assert expected.schema.names == actual.schema.names
    assert expected.schema.types == actual.schema.types
    for name in ("scope", "family", "asn", "n_vps", "n_vps_with_as"):
        assert expected.column(name).to_pylist() == actual.column(name).to_pylist(), name
    for name in ("hegemony", "hegemony_low", "hegemony_high"):
        values = (t.column(name).to_numpy() for t in (expected, actual))
        assert np.allclose(*values, rtol=0, atol=1e-7, equal_nan=True), name


@native_only
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: (t[0].slice(0, 0), *t[1:3], t[3].slice(0, 0)), None),
        (lambda t: (t[0], t[1].slice(0, 1), *t[2:]), "prefix_id to be a row of prefixes"),
        (lambda t: (*t[:2], t[2].slice(0, 0), t[3]), "as_path_id to be a row of as_paths"),
        (lambda t: (*t[:3], t[3].slice(0, 0)), "peer_id to be a row of peers"),
        (lambda t: (t[0].take([1, 0]), *t[1:]), "sorted by prefix_id and peer_id"),
        (lambda t: (t[0], t[1].take([3, 2, 1, 0]), *t[2:]), "sorted by family, network and length"),
    ],
)
def test_as_hegemony_native_checks_ids_at_the_door(change, message):
    tables = kernel_tables([[(2, [1, 2])]], [(1, 0, True, True)], [(1, 0, 0), (3, 0, 0)])
    how = {"global_scope": True, "sparse": False, "trim": "scipy"}
    if message is None:
        assert not len(core.as_hegemony(change(tables), None, **how))
        return
    with pytest.raises(ValueError, match=message):
        core.as_hegemony(change(tables), None, **how)
