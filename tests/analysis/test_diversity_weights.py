"""`rib.path_diversity` with weights: by addresses and by traffic, against a naive oracle."""

import math

import pandas as pd
import pyarrow as pa
import pytest
from diversity_oracle import SPREADS, addresses, medians, spreads, votes_of
from hypothesis import given, settings
from hypothesis import strategies as st
from path_routes import load, rows

import rib
from rib.analysis.diversity import path_diversity

KEYS = ("next_hop", "upstream", "path")
UNWEIGHED = [
    "origin_as", "family", "n_vps", "n_routes", "n_prefixes", "n_paths", "n_next_hops",
    "n_upstreams", "jaccard_as", "jaccard_link", "vertex_disjoint", "edge_disjoint", "chokepoints",
    "dominators", "length_min", "length_max", "prepend_max", "single_homed", "n_paths_left_out",
]  # fmt: skip

WIDE, INSIDE, APART, SIX = "10.0.0.0/22", "10.0.1.0/24", "10.9.0.0/24", "2001:db8::/32"
#: An origin that reaches most prefixes through AS 10, and most addresses through AS 20.
ROUTES = [
    (WIDE, 1, (1, 20, 3333)),
    (INSIDE, 1, (1, 10, 3333)),
    (APART, 1, (1, 10, 7, 3333)),
    (SIX, 1, (1, 10, 3333)),
    (SIX, 2, (2, 20, 3333)),
]


def flows(*pairs):
    return pd.DataFrame(pairs, columns=["dst", "bytes"])


def by_origin(routes, **options):
    return {r["family"]: r for r in rows(path_diversity(load(routes), by="origin_as", **options))}


def entropy(*weights):
    return -sum(w / sum(weights) * math.log2(w / sum(weights)) for w in weights)


def test_addresses_weigh_what_no_more_specific_has():
    """The /22 over a /24 of its own has 768 addresses."""
    found = by_origin(ROUTES, weight="addresses")
    assert pytest.approx(entropy(768, 512)) == found[4]["next_hop_entropy"]
    assert pytest.approx(entropy(768, 256, 256)) == found[4]["path_entropy"]
    assert 3 == found[4]["length_median"]


def test_addresses_weigh_ipv6_prefixes_all_the_same():
    """In IPv6 the numbers are those by prefixes."""
    assert by_origin(ROUTES, weight="addresses")[6] == by_origin(ROUTES)[6]


@pytest.mark.parametrize("kind", [pd.DataFrame, pa.Table], ids=["pandas", "arrow"])
def test_traffic_weighs_by_the_longest_match(kind):
    """Bytes to an address go to its most specific prefix, of flows in any table."""
    given_flows = flows(("10.0.0.1", 60), ("10.0.1.1", 30), ("10.0.1.2", 10), ("10.0.3.1", 40))
    if kind is pa.Table:
        given_flows = pa.Table.from_pandas(given_flows)
    found = by_origin(ROUTES, weight="traffic", flows=given_flows)
    assert pytest.approx(entropy(100, 40)) == found[4]["upstream_entropy"]
    matched = rib.match_flows(load(ROUTES), given_flows)
    assert found == by_origin(ROUTES, weight="traffic", flows=matched)


def test_a_group_of_weight_0_has_counts_but_no_shares():
    """No traffic to IPv6: its paths are there, how votes spread over them cannot be said."""
    found = by_origin(ROUTES, weight="traffic", flows=flows(("10.0.0.1", 1)), ci=0.9)
    assert (2, 2, 2, 2) == tuple(
        found[6][n] for n in ("n_vps", "n_paths", "n_next_hops", "n_upstreams")
    )
    plain = by_origin(ROUTES)[6]
    nulls = {f"{key}_{s}{end}" for key in KEYS for s in SPREADS for end in ("", "_low", "_high")}
    nulls |= {"length_median", "hops_median"}
    assert nulls == {name for name, value in found[6].items() if value is None}
    assert {n: plain[n] for n in UNWEIGHED} == {n: found[6][n] for n in UNWEIGHED}


def test_a_value_without_weight_takes_no_part_in_evenness():
    """Three upstreams are seen, one has all the traffic."""
    found = by_origin(ROUTES, weight="traffic", flows=flows(("10.0.1.1", 5)))[4]
    assert (3, 0.0, 1.0, 1.0, 0.0) == (
        found["n_upstreams"], *(found[f"upstream_{name}"] for name in SPREADS),
    )  # fmt: skip


@pytest.mark.parametrize(
    "options",
    [{"weight": "addresses"}, {"weight": "traffic", "flows": flows(("10.0.0.1", 3))}],
    ids=["addresses", "traffic"],
)
def test_weights_leave_a_single_prefix_as_it_is(options):
    """The weight of a prefix is in all of its votes, and cancels, also where it is 0."""
    table = load([*ROUTES, ("10.0.0.0/23", 1, (1, 10, 3333)), ("10.0.0.0/24", 1, (1, 20, 3333))])
    assert rows(path_diversity(table)) == rows(path_diversity(table, **options))


def test_bytes_that_no_row_has_are_told():
    """Bytes to no prefix, to a default route and to prefixes without an origin AS are counted."""
    table = load(
        [
            ("0.0.0.0/0", 1, (1, 10, 3333)),
            (WIDE, 1, (1, 10, 3333)),
            (APART, 1, (1, 10, {7, 8})),
        ]
    )
    given_flows = flows(("10.0.0.1", 1), ("8.8.8.8", 2), ("10.9.0.1", 4), ("2001:db8::1", 8))
    found = path_diversity(table, by="origin_as", weight="traffic", flows=given_flows)
    assert {"bytes": 15, "bytes_unmatched": 8, "bytes_left_out": 6}.items() <= found.attrs.items()
    found = path_diversity(table, weight="traffic", flows=given_flows)
    assert {"bytes": 15, "bytes_unmatched": 8, "bytes_left_out": 2}.items() <= found.attrs.items()
    assert {"bounds"} == path_diversity(table).attrs.keys()


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"weight": "bytes"}, ValueError, "weight='bytes': expected 'prefixes', 'addresses' or 'traffic'"),
        ({"weight": None}, ValueError, "weight=None: expected"),
        ({"weight": "traffic"}, ValueError, "weight='traffic': expected flows="),
        ({"flows": flows()}, ValueError, "flows: of no use with weight='prefixes'"),
        ({"weight": "addresses", "flows": flows()}, ValueError, "flows: of no use with weight='addresses'"),
        ({"weight": "traffic", "flows": [("10.0.0.1", 1)]}, TypeError, "flows=list: expected"),
        ({"weight": "traffic", "flows": pd.DataFrame({"dst": []})}, ValueError, "flows: no column bytes"),
        ({"weight": "traffic", "flows": flows(("10.0.0.1", -1))}, ValueError, "flows: row 0 has bytes=-1"),
        ({"weight": "traffic", "flows": flows(("10.0.0.x", 1))}, rib.PrefixError, "flows: dst: .*row 0"),
    ],
)  # fmt: skip
def test_what_weighs_nothing_is_refused(options, error, message):
    """Errors name the argument and what is expected."""
    with pytest.raises(error, match=message):
        path_diversity(load(ROUTES), **options)


PREFIXES = [WIDE, INSIDE, "10.0.1.128/25", APART, "10.0.2.0/23"]
TABLES = st.lists(
    st.tuples(
        st.sampled_from(PREFIXES),
        st.integers(1, 4),
        st.lists(st.integers(5, 8), max_size=3).map(tuple),
    ).map(lambda r: (r[0], r[1], (r[1], *r[2], 3333))),
    min_size=1,
    max_size=14,
)


def check_against_oracle(found, routes, weights):
    votes = votes_of(routes, weights)
    for key in KEYS:
        expected = spreads(votes, key) or (None,) * 4
        actual = tuple(found[f"{key}_{name}"] for name in SPREADS)
        assert expected == (actual if expected[0] is None else pytest.approx(actual, abs=1e-9))
    assert medians(votes) == (found["length_median"], found["hops_median"])


@settings(max_examples=60, deadline=None)
@given(TABLES, st.lists(st.integers(0, 2**40), min_size=5, max_size=5))
def test_weights_equal_the_oracle(routes, amounts):
    """Shares by addresses and by traffic equal a count by plain loops; all else stays."""
    table = load(routes)
    seen = {prefix for prefix, *_ in routes}
    (plain,) = rows(path_diversity(table, by="origin_as"))
    (found,) = rows(path_diversity(table, by="origin_as", weight="addresses"))
    check_against_oracle(found, routes, addresses(seen))
    assert {n: plain[n] for n in UNWEIGHED} == {n: found[n] for n in UNWEIGHED}

    # The last address of each is in no other of these prefixes but those that cover it.
    last = ["10.0.0.255", "10.0.1.7", "10.0.1.255", "10.9.0.255", "10.0.3.255"]
    weights = dict.fromkeys(seen, 0)
    for address, amount in zip(last, amounts, strict=True):
        match = table.lookup(address)
        if match is not None:
            weights[match.prefix] += amount
    given_flows = flows(*zip(last, amounts, strict=True))
    (found,) = rows(path_diversity(table, by="origin_as", weight="traffic", flows=given_flows))
    check_against_oracle(found, routes, weights)
    assert {n: plain[n] for n in UNWEIGHED} == {n: found[n] for n in UNWEIGHED}


@settings(max_examples=30, deadline=None)
@given(TABLES, st.sampled_from([0.25, 1e-9, 1e30]))
def test_shares_by_traffic_do_not_depend_on_the_unit(routes, factor):
    """Bytes, or any part or multiple of them, give the same shares."""
    table = load(routes)
    pairs = [("10.0.0.1", 3), ("10.0.1.1", 10), ("10.0.2.1", 1000), ("10.9.0.1", 7)]
    bytes_ = path_diversity(table, by="origin_as", weight="traffic", flows=flows(*pairs))
    scaled = flows(*((dst, n * factor) for dst, n in pairs))
    found = path_diversity(table, by="origin_as", weight="traffic", flows=scaled)
    for expected, actual in zip(rows(bytes_), rows(found), strict=True):
        for name, value in expected.items():
            assert value == (
                pytest.approx(actual[name]) if isinstance(value, float) else actual[name]
            )
