"""`route_leaks`: the valley-free rule, the four types, grouping."""

import pyarrow as pa
import pytest

from rib.analysis.leaks import route_leaks

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
