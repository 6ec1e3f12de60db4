"""Odd paths: each is listed below the threshold, and is evidence where the origin is in question."""

import pytest
from scene import BEFORE, events, only, rules

# AS 8 and 9 are the clique of these relationships; 7 is not.
CLIQUE = "# inferred clique: 8 9\n8|9|0\n8|7|-1\n9|7|-1\n9|100|-1\n7|100|-1\n8|666|-1\n9|666|-1\n8|100|-1\n"
SETS = {100, 200}


def _now(path, prefix="20.0.0.0/16"):
    return BEFORE | {prefix: [[8, 100], path]}


@pytest.mark.parametrize(
    ("path", "rule", "asn"),
    [
        ([9, 100, 7, 100], "path_poisoned", 100),
        ([9, 7, 5, 7, 100], "path_loop", 7),
        ([9, 64512, 100], "path_reserved", 64512),
        ([9, 23456, 100], "path_as_trans", 23456),
        ([9, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 100], "path_prepends", 7),
        ([9, *range(1001, 1051), 100], "path_long", 100),
        ([9, 7, SETS], "path_set", 7),
    ],
)
def test_odd_path_is_listed_below_the_threshold(judge, path, rule, asn):
    """Each anomaly is an event of the AS in question; where the baseline has it, it is no news."""
    event = only(judge(_now(path), None), kind="path_anomaly")
    assert (["20.0.0.0/16"], [asn], [9], {rule}) == (
        event["prefixes"],
        event["newcomers"],
        event["vp_ases"],
        rules(event),
    )
    assert 0 < event["score"] < 50
    event = only(judge(_now(path), _now(path)), kind="path_anomaly")
    assert ({rule, "stable"}, 0, ["known before"]) == (
        rules(event),
        event["score"],
        event["explained_by"],
    )


@pytest.mark.parametrize(
    "path",
    [
        [9, 7, 100],
        [9, 100, 100, 100],
        [9, *range(1001, 1040), 100],
        [9, 7, 64512],
        [9] * 10 + [100],
    ],
)
def test_path_in_order_is_no_anomaly(judge, path):
    """Nine extra copies, fifty hops and a private origin are no business of paths."""
    kinds = {e["kind"] for e in events(judge(_now(path), None))}
    assert ("path_anomaly" in kinds) == (path.count(9) > 10)


def test_path_out_of_the_clique_and_back(judge):
    """Between two ASes that have no provider there is no room for a third."""
    event = only(judge(_now([9, 7, 8, 100]), relationships=CLIQUE), kind="path_anomaly")
    assert ({"path_clique"}, [7]) == (rules(event), event["newcomers"])
    assert "path_anomaly" not in set(judge(_now([9, 7, 100]), relationships=CLIQUE)["kind"])
    assert "path_anomaly" not in set(judge(_now([9, 8, 100]), relationships=CLIQUE)["kind"])


def test_path_of_a_newcomer_is_evidence(judge):
    """A newcomer's odd path adds to its score; an incumbent's does not."""
    now = BEFORE | {"20.0.0.0/16": [[8, 100], [9, 666, 7, 666]]}
    event = only(judge(now), kind="moas")
    assert (60, True) == (event["score"], "path_poisoned" in rules(event))
    now = BEFORE | {"20.0.0.0/16": [[8, 100, 7, 100], [9, 666]]}
    assert 50 == only(judge(now), kind="moas")["score"]


def test_paths_of_one_cause_are_one_event(judge):
    """Many prefixes behind one AS that prepends too much are one event."""
    now = {f"20.{i}.0.0/16": [[9, *[7] * 12, 100 + i]] for i in range(4)}
    event = only(judge(now, None), kind="path_anomaly")
    assert (list(now), [7]) == (event["prefixes"], event["newcomers"])
