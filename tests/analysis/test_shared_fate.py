"""`rib.shared_fate` against a slow oracle, and on views made by hand."""

import ipaddress
from collections import defaultdict
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from path_routes import load, rows

import rib
from rib.analysis.shared_fate import shared_fate

PREFIX = "198.51.100.0/24"


def by_as(frame):
    """Give {(AS, family): (transits, prefixes, addresses)}."""
    return {
        (r["asn"], r["family"]): (r["transits"], r["n_prefixes"], r["addresses"])
        for r in rows(frame)
    }


def oracle(routes):
    """Find what two or more transits depend on, straight from the definition.

    Routes are (prefix, transit, path); prefixes do not contain each other.
    """
    ways = defaultdict(lambda: defaultdict(list))
    for prefix, transit, path in routes:
        ways[prefix][transit].append(path)
    ases, links = ({}, {})
    pairs = defaultdict(lambda: [0, 0])
    for prefix, of in ways.items():
        network = ipaddress.ip_network(prefix)
        size = network.num_addresses if network.version == 4 else 2.0 ** (48 - network.prefixlen)
        depends = {t: [set.intersection(*p) for p in zip(*map(things(t), paths), strict=True)]
                   for t, paths in of.items()}  # fmt: skip
        for found, which in ((ases, 0), (links, 1)):
            for thing in set.union(*(d[which] for d in depends.values())):
                transits = {t for t, d in depends.items() if thing in d[which]}
                if len(transits) > 1:
                    row = found.setdefault((thing, network.version), [set(), 0, 0.0])
                    row[0] |= transits
                    row[1] += 1
                    row[2] += size
        for a, b in combinations(sorted(depends), 2):
            pairs[a, b, network.version][0] += 1
            pairs[a, b, network.version][1] += bool(depends[a][0] & depends[b][0])
    as_rows = ({k: (sorted(t), n, s) for k, (t, n, s) in f.items()} for f in (ases, links))
    return (*as_rows, {k: tuple(v) for k, v in pairs.items()})


def things(transit):
    """ASes, the origin left out, and links of a path, from the transit on."""

    def of(path):
        hops = [a for i, a in enumerate(path) if i == 0 or path[i - 1] != a]
        if hops and hops[0] == transit:
            hops = hops[1:]
        return {transit, *hops[:-1]}, set(zip([transit, *hops], hops, strict=False))

    return of


def test_shared_fate_of_two_transits_behind_one_as():
    """Both transits reach the prefix through 10: its failure takes both; 20 is on one way only."""
    view = load(
        [(PREFIX, 1, (1, 10, 3333)), (PREFIX, 2, (2, 20, 10, 3333)), (PREFIX, 3, (3, 3333))]
    )
    assert by_as(shared_fate(view)) == {(10, 4): ([1, 2], 1, 256.0)}
    (link,) = rows(shared_fate(view, by="link"))
    assert (link["from_as"], link["to_as"], link["transits"]) == (10, 3333, [1, 2])
    assert link["address_share"] == 1.0
    pairs = {(r["transit_a"], r["transit_b"]): r for r in rows(shared_fate(view, by="pair"))
             if r["family"] == 4}  # fmt: skip
    assert {k: r["independent_share"] for k, r in pairs.items()} == {
        (1, 2): 0.0, (1, 3): 1.0, (2, 3): 1.0
    }  # fmt: skip


def test_shared_fate_of_a_transit_behind_another():
    view = load([(PREFIX, 1, (1, 3333)), (PREFIX, 2, (2, 1, 3333))])
    assert by_as(shared_fate(view)) == {(1, 4): ([1, 2], 1, 256.0)}


def test_shared_fate_needs_the_as_on_every_route_of_a_transit():
    """A transit with another session around the AS does not depend on it."""
    view = load(
        [(PREFIX, 1, (1, 10, 3333)), (PREFIX, 1, (1, 11, 3333)), (PREFIX, 2, (2, 10, 3333))]
    )
    assert by_as(shared_fate(view)) == {}


def test_shared_fate_leaves_out_the_set_a_path_ends_in_but_not_one_within():
    view = load([(PREFIX, 1, (1, 10, {3, 4})), (PREFIX, 2, (2, 10, {3, 4}))])
    assert set(by_as(shared_fate(view))) == {(10, 4)}
    view = load([(PREFIX, 1, (1, {10, 11}, 3333)), (PREFIX, 2, (2, 10, 3333))])
    assert set(by_as(shared_fate(view))) == {(10, 4)}


def test_shared_fate_counts_addresses_without_more_specifics():
    more = [
        ("198.51.100.0/25", 1, (1, 5, 4444)),
        ("0.0.0.0/0", 1, (1, 9)),
        ("0.0.0.0/0", 2, (2, 9)),
    ]
    view = load([(PREFIX, 1, (1, 10, 3333)), (PREFIX, 2, (2, 10, 3333)), *more])
    assert by_as(shared_fate(view)) == {(10, 4): ([1, 2], 1, 128.0)}
    assert shared_fate(view)["address_share"].tolist() == [0.5]


def test_shared_fate_is_ranked_by_addresses():
    routes = []
    for i, (prefix, via) in enumerate(
        [("10.0.0.0/8", 20), ("11.0.0.0/24", 10), ("2001:db8::/32", 30)]
    ):
        routes += [(prefix, t, (t, via, 3000 + i)) for t in (1, 2)]
    assert shared_fate(load(routes))["asn"].tolist() == [20, 30, 10]


def test_shared_fate_of_one_transit_is_nothing():
    view = load([(PREFIX, 1, (1, 10, 3333))])
    for by, names in (
        ("as", ["asn", "family", "transits", "n_prefixes", "addresses", "address_share"]),
        ("link", ["from_as", "to_as", "family", "transits", "n_prefixes", "addresses"]),
        ("pair", ["transit_a", "transit_b", "family", "n_prefixes", "addresses"]),
    ):
        found = shared_fate(view, by=by)
        assert not len(found)
        assert list(found.columns)[: len(names)] == names
    assert not len(shared_fate(view.select(prefixes=["192.0.2.0/24"])))


SPACE = [f"10.{i}.0.0/{16 + i % 9}" for i in range(6)] + [f"2001:db8:{i}::/48" for i in range(3)]
ROUTES = st.lists(
    st.tuples(
        st.sampled_from(SPACE),
        st.integers(1, 4),
        st.lists(st.integers(1, 9), min_size=1, max_size=4).map(tuple),
    ),
    min_size=1,
    max_size=40,
)


@settings(deadline=None)
@given(ROUTES)
def test_shared_fate_equals_the_oracle(routes):
    view = load(routes)
    ases, links, pairs = oracle(routes)
    assert by_as(shared_fate(view)) == ases
    found = {
        ((r["from_as"], r["to_as"]), r["family"]): (r["transits"], r["n_prefixes"], r["addresses"])
        for r in rows(shared_fate(view, by="link"))
    }
    assert found == links
    found = {
        (r["transit_a"], r["transit_b"], r["family"]): (r["n_prefixes"], r["shared_prefixes"])
        for r in rows(shared_fate(view, by="pair"))
        if r["n_prefixes"]
    }
    assert found == pairs


def test_shared_fate_of_the_sample(sample):
    view = rib.read_mrt(sample / "own.20250121.1200.mrt.gz")
    found = shared_fate(view)
    assert (found["address_share"] <= 1).all()
    assert not set(found["asn"]) & {213394}
    order = found[["addresses", "n_prefixes"]]
    assert order.equals(order.sort_values(["addresses", "n_prefixes"], ascending=False))


def test_shared_fate_refuses_other_arguments(read_sample):
    view = load([(PREFIX, 1, (1, 10, 3333))])
    with pytest.raises(ValueError, match="by='asn': expected 'as', 'link' or 'pair'"):
        shared_fate(view, by="asn")
    with pytest.raises(TypeError, match=r"view='x'.*expected Rib"):
        shared_fate("x")
    many = load([(PREFIX, vp, (vp, 3333)) for vp in range(1, 67)])
    with pytest.raises(ValueError, match="at most 64 transit ASes; found 66"):
        shared_fate(many)
