"""`route_leaks`: the valley-free rule, the four types, grouping, and what makes it surer."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from internet import mrt_writer as mrt

import rib
from rib.analysis.leaks import route_leaks
from rib.registry.relationships import Relationships, as_table

COLUMNS = ["leaker_as", "leak_type", "from_as", "to_as", "prefixes", "n_vps", "score", "evidence"]
LINKS = "1|3|-1\n2|3|-1\n3|4|0\n3|5|0\n3|6|-1\n1|2|0\n7|1|-1\n5|9|-1\n"


def rows(frame, *columns):
    return [tuple(row[c] for c in columns) for row in pa.Table.from_pandas(frame).to_pylist()]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ([1, 3, 2, 20], [(3, 1, 2, 1)]),
        ([4, 3, 5, 9], [(3, 2, 5, 4)]),
        ([4, 3, 2, 20], [(3, 3, 2, 4)]),
        ([1, 3, 5, 9], [(3, 4, 5, 1)]),
        ([1, 3, 6], []),
        ([6, 3, 2, 20], []),
        ([1, 3, 3, 2, 2, 20], [(3, 1, 2, 1)]),
        ([88, 3, 99], []),
        ([1, 3, {2, 20}], []),
        ([1, 3, 2, 1, 20], []),
    ],
)
def test_route_leaks_types(table_of, registry, path, expected):
    """A route from a provider or peer given to a provider or peer is a leak of its type."""
    result = route_leaks(
        table_of({"20.0.0.0/8": [path]}), relationships=registry("relationships", LINKS)
    )
    assert COLUMNS == list(result.columns)
    assert expected == rows(result, "leaker_as", "leak_type", "from_as", "to_as")


def test_route_leaks_first_violation_counts(table_of, registry):
    """What follows the violation nearest to the origin is its consequence."""
    relationships = registry("relationships", "1|2|-1\n3|2|-1\n3|4|-1\n5|4|-1\n")
    result = route_leaks(
        table_of({"20.0.0.0/8": [[1, 2, 3, 4, 5, 9]]}), relationships=relationships
    )
    assert [(4, 1)] == rows(result, "leaker_as", "leak_type")


def test_route_leaks_look_through_route_servers(table_of, registry):
    """An exchange's route server is no party to a leak."""
    relationships = registry("relationships", "# IXP ASes: 77\n" + LINKS)
    result = route_leaks(table_of({"20.0.0.0/8": [[1, 3, 77, 5, 9]]}), relationships=relationships)
    assert [(3, 4, 5, 1)] == rows(result, "leaker_as", "leak_type", "from_as", "to_as")


def test_route_leaks_group_prefixes_and_count_vps(table_of, registry):
    """One row per triplet, with all its prefixes and distinct VP ASes; scores are evidence sums."""
    table = table_of(
        {
            "20.0.0.0/8": [[1, 3, 2, 20], [7, 1, 3, 2, 20]],
            "30.0.0.0/8": [[1, 3, 2, 20]],
            "0.0.0.0/0": [[1, 3, 2, 20]],
        }
    )
    result = route_leaks(table, relationships=registry("relationships", LINKS))
    assert [(["20.0.0.0/8", "30.0.0.0/8"], 2)] == rows(result, "prefixes", "n_vps")
    for score, evidence in rows(result, "score", "evidence"):
        assert score == sum(e["weight"] for e in evidence)


def test_route_leaks_finds_the_planted_ones(sample, sample_truth, read_sample):
    """The leaks of the sample are found with their type, both neighbours and all prefixes."""
    from rib.registry.relationships import read_relationships

    table = read_sample("20250121.1200")
    result = route_leaks(table, relationships=read_relationships(sample / "as-rel.txt.bz2"))
    found = {row[:4]: set(row[4]) for row in rows(result, *COLUMNS[:5])}
    planted = [e for e in sample_truth["events"] if e["kind"] == "leak"]
    for event in planted:
        details = event["details"]
        key = (details["leaker_as"], details["leak_type"], details["from_as"], details["to_as"])
        assert set(event["prefixes"]) == found[key]
    assert len(planted) == len(result)
    assert (result["score"] >= 50).all()


def marked(*routes):
    """Give a table of (path, OTC or None) routes of one VP, each to a prefix of its own."""
    records = [mrt.peer_index_table([mrt.Peer(routes[0][0][0], "192.0.2.1")])]
    for i, (path, otc) in enumerate(routes, 20):
        attributes = mrt.origin() + mrt.as_path(mrt.sequence(*path)) + mrt.next_hop("192.0.2.1")
        attributes += b"" if otc is None else mrt.only_to_customer(otc)
        records.append(mrt.rib(f"{i}.0.0.0/8", [mrt.rib_entry(0, attributes)]))
    return rib.read_mrt(b"".join(records))


@pytest.mark.parametrize(
    ("path", "otc", "expected"),
    [
        # 3 gave to its provider 1 what 2, its provider, or an AS behind it marked.
        ([1, 3, 2, 20], 2, [(3, 1, 2, 1)]),
        ([1, 3, 2, 20], 20, [(3, 1, 2, 1)]),
        # Marked by the leaker itself, by the VP, by nobody on the path: as without OTC.
        ([1, 3, 2, 20], 3, [(3, 1, 2, 1)]),
        # The link to 99 is unknown: only OTC tells.
        ([1, 3, 99], None, []),
        ([1, 3, 99], 99, [(3, 1, 99, 1)]),
        ([4, 3, 99, 98], 98, [(3, 3, 99, 4)]),
        ([1, 3, 99], 3, []),
        ([1, 3, 99], 1, []),
        ([1, 3, 99], 55, []),
        # To a customer it may go.
        ([6, 3, 99], 99, []),
        # 6 is a customer of 3 by the file: that it marked the route does not make it none.
        ([1, 3, 6], 6, []),
    ],
)
def test_route_leaks_by_only_to_customers(registry, path, otc, expected):
    """A route marked before the leaker may go down only, whoever the leaker had it from."""
    result = route_leaks(marked((path, otc)), relationships=registry("relationships", LINKS))
    assert expected == rows(result, "leaker_as", "leak_type", "from_as", "to_as")
    for (evidence,) in rows(result, "evidence"):
        told = {e["rule"]: e["value"] for e in evidence}
        assert ("otc" in told) == (otc in path[2:])
        assert ("OTC says" in told["valley"]) == (99 in path)


def test_route_leaks_by_only_to_customers_name_the_lowest_mark(registry):
    """Of several marks on one path the one nearest to the origin counts, of several paths the lowest."""
    table = marked(([1, 3, 2, 20], 2), ([1, 3, 2, 20], 20), ([1, 3, 2, 19], 19))
    result = route_leaks(table, relationships=registry("relationships", LINKS))
    ((evidence, score),) = rows(result, "evidence", "score")
    assert "OTC set by AS19 before the leaker" in [e["value"] for e in evidence]
    assert 65 + 20 - 10 == score


def test_route_leaks_infer_relationships_where_none_are_given(table_of):
    """Evidence says so, and scores are lower than with a file."""
    # 1 and 2 peer at the top; 5 has both as providers, and gives 1 what it had from 2.
    paths = [[1, 2, 5], [2, 1, 5], [1, 5, 2, 30]]
    for i in range(4):
        paths += [[1, 2, 5, 60 + i], [2, 1, 5, 60 + i], [1, 2, 20 + i], [2, 1, 40 + i]]
    table = table_of({f"{20 + i}.0.0.0/8": [path] for i, path in enumerate(paths)})
    found = rib.infer_relationships(table)
    result = route_leaks(table)
    assert [(5, 1, 2, 1)] == rows(result, "leaker_as", "leak_type", "from_as", "to_as")
    ((evidence,),) = rows(result, "evidence")
    told = {e["rule"]: (e["weight"], e["source"], e["date"]) for e in evidence}
    assert {
        "valley": (65, "relationships, inferred", "2025-01-21"),
        "inferred": (-30, "relationships, inferred", "2025-01-21"),
        "visibility": (-10, "table", None),
    } == told
    assert result.equals(route_leaks(table, relationships=found))


def test_route_leaks_compare_with_a_baseline(table_of, registry):
    """What was so before scores lower, what is new higher; the three ASes count, not the prefix."""
    relationships = registry("relationships", LINKS)
    table = table_of({"20.0.0.0/8": [[1, 3, 2, 20]], "30.0.0.0/8": [[4, 3, 5, 9]]})
    before = table_of({"50.0.0.0/8": [[7, 1, 3, 2, 22], [4, 3, 6], [1, 3, 5, 9]]})
    result = route_leaks(table, relationships=relationships, baseline=before)
    assert [(2, 50 + 30 - 10), (1, 65 - 30 - 10)] == rows(result, "leak_type", "score")
    told = [[e["rule"] for e in evidence] for (evidence,) in rows(result, "evidence")]
    assert [["valley", "new", "visibility"], ["valley", "in_baseline", "visibility"]] == told


def test_route_leaks_say_how_many_paths_have_an_unknown_link(table_of, registry):
    """Paths that take part are counted, and those of them that could hide a leak."""
    table = table_of({"20.0.0.0/8": [[1, 3, 6], [4, 3, 99]], "30.0.0.0/8": [[1, 3, {2, 20}], [6]]})
    result = route_leaks(table, relationships=registry("relationships", LINKS))
    assert {"n_paths": 2, "n_paths_unknown": 1, "warnings": []} == result.attrs


@pytest.mark.parametrize("argument", ["relationships", "baseline"])
def test_route_leaks_name_wrong_arguments(table_of, argument):
    """A path where an object belongs is said at once."""
    with pytest.raises(TypeError, match=f"{argument}='x'"):
        route_leaks(table_of({"20.0.0.0/8": [[1, 2]]}), **{argument: "x"})


def originating(*groups):
    """Give routes of VP 7 over 1: (first number, n, form of the prefixes, path behind it)."""
    return {form.format(i): [[7, 1, *path]] for a, n, form, path in groups for i in range(a, a + n)}


OTHERS = [(20 + i, 2, "{}.0.0.0/8", [30 + i]) for i in range(0, 10, 2)]


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        # 3 originates ten prefixes of five others, towards its provider 1.
        ([(20, 10, "{}.0.0.0/8", [3])], [(3, 5, None, 1, 10, 60 - 10)]),
        # Nine are too few, so are ten of four origins.
        ([(20, 9, "{}.0.0.0/8", [3])], []),
        ([(20, 8, "{}.0.0.0/8", [3]), (50, 4, "{}.0.0.0/8", [3])], []),
        # 55 is no peer or customer of 1 that we know of.
        ([(20, 10, "{}.0.0.0/8", [55])], []),
        # Ten new more-specifics of its own, short and long.
        ([(0, 10, "60.{}.0.0/16", [3])], [(3, 6, None, 1, 10, 30 - 10)]),
        ([(0, 10, "60.0.0.{}/32", [3])], [(3, 6, None, 1, 10, 30 + 30 - 10)]),
        ([(0, 9, "60.{}.0.0/16", [3])], []),
        # Inside what others have they are no more-specifics of its own.
        ([(0, 10, "20.{}.0.0/16", [3])], []),
        # What the baseline does not cover is none either.
        ([(0, 10, "99.{}.0.0/16", [3])], []),
    ],
)
def test_route_leaks_that_begin_with_the_leaker(table_of, registry, groups, expected):
    """Types 5 and 6 show beside a baseline, in numbers, towards providers and peers."""
    own = [(60, 1, "{}.0.0.0/8", [3]), (0, 1, "{}.0.0.0/0", [3])]
    before = table_of(originating(*OTHERS, *own))
    table, relationships = table_of(originating(*groups, *own)), registry("relationships", LINKS)
    result = route_leaks(table, relationships=relationships, baseline=before)
    names = ("leaker_as", "leak_type", "from_as", "to_as", "prefixes", "score")
    found = [(*r[:4], len(r[4]), r[5]) for r in rows(result, *names)]
    assert expected == found
    assert [] == rows(route_leaks(table, relationships=relationships), "leaker_as")
    for score, evidence in rows(result, "score", "evidence"):
        assert score == sum(e["weight"] for e in evidence)


def test_route_leaks_beside_an_empty_baseline(table_of, registry):
    """Nothing is known of what was before: valleys are new, and nothing is re-originated."""
    empty = rib.read_mrt(mrt.peer_index_table([mrt.Peer(7, "192.0.2.1")]), on_error="collect")
    table = table_of({"20.0.0.0/8": [[1, 3, 2, 20]]})
    result = route_leaks(table, relationships=registry("relationships", LINKS), baseline=empty)
    assert [(1, 85)] == rows(result, "leak_type", "score")


_KINDS = st.dictionaries(
    st.tuples(st.integers(1, 6), st.integers(1, 6)).filter(lambda pair: pair[0] != pair[1]),
    st.sampled_from([-1, 0]),
    max_size=15,
)
_ROUTES = st.lists(
    st.tuples(
        st.lists(st.integers(1, 7), min_size=1, max_size=6, unique=True),
        st.one_of(st.none(), st.integers(1, 8)),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda route: tuple(route[0]),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(_KINDS, _ROUTES)
def test_route_leaks_equal_walking_each_path(links, routes):
    """What is found is what the definition finds on one path after the other."""
    links = {
        pair: kind for pair, kind in links.items() if pair[::-1] not in links or pair < pair[::-1]
    }
    rows_of = [(a, b, kind) for (a, b), kind in links.items()] or [(98, 99, 0)]
    relationships = Relationships(as_table(*np.array(rows_of).T), "test")
    routes = [([100, *path], otc) for path, otc in routes]
    result = route_leaks(marked(*routes), relationships=relationships)
    expected = {walk(path, otc, links) for path, otc in routes} - {None}
    assert expected == set(rows(result, "leaker_as", "leak_type", "from_as", "to_as"))


def walk(path, otc, links):
    """Walk a path from the origin and give the first violation."""

    def is_to(a, b):
        if (a, b) in links:
            return "provider" if links[a, b] else "peer"
        if (b, a) in links:
            return "customer" if links[b, a] else "peer"
        return None

    for i in range(len(path) - 2, 0, -1):
        to, leaker, source = path[i - 1 : i + 2]
        learned = is_to(source, leaker)
        if learned is None and otc in path[i + 1 :]:
            learned = "provider"
        kinds = {("provider", "provider"): 1, ("peer", "peer"): 2}
        kinds |= {("provider", "peer"): 3, ("peer", "provider"): 4}
        kind = kinds.get((learned, is_to(to, leaker)))
        if kind:
            return leaker, kind, source, to
    return None
