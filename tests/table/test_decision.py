"""`decide_routes` of the back end against the decision process written down route by route."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from own_view import Ranked, naive

from rib._backend import core
from rib.table.decision import STEPS

KINDS = {
    "prefix": np.uint32, "alive": np.bool_, "local_pref": np.uint32, "length": np.uint16,
    "origin": np.uint8, "neighbour": np.uint32, "med": np.uint32, "internal": np.uint8,
    "igp_cost": np.uint32, "age": np.uint32, "router_id": np.uint32, "peer": np.uint16,
}  # fmt: skip
WORST = 100

#: Few values, so that routes are equal at most steps.
FEW = st.integers(0, 2)
ROUTE = st.tuples(FEW, FEW, FEW, FEW, FEW, st.integers(0, 1), FEW, FEW, FEW, FEW)
PREFIXES = st.lists(st.lists(st.tuples(ROUTE, st.booleans()), max_size=5), max_size=4)


def table(prefixes):
    """Give columns of [[(ranks, alive), …], …], one list of routes per prefix."""
    rows = [
        (number, alive, WORST - ranks[0], *ranks[1:])
        for number, routes in enumerate(prefixes)
        for ranks, alive in routes
    ]
    columns = zip(*rows, strict=True) if rows else [()] * len(KINDS)
    return pa.table({n: np.array(c, k) for (n, k), c in zip(KINDS.items(), columns, strict=True)})


def decide(prefixes, **med):
    settings = {"always_compare_med": False, "deterministic_med": True} | med
    rows = core.decide_routes(table(prefixes), len(prefixes), **settings).to_pylist()
    steps = [None if r["step"] is None else STEPS[r["step"]] for r in rows]
    return [
        (r["winner"], r["runner_up"], step, r["n_candidates"])
        for r, step in zip(rows, steps, strict=True)
    ]


def expected(prefixes, **med):
    found, row = [], 0
    for routes in prefixes:
        alive = []
        for ranks, is_alive in routes:
            if is_alive:
                alive.append(Ranked(*ranks, row))
            row += 1
        found.append((*naive(alive, **med), len(alive)))
    return found


@settings(max_examples=300, deadline=None)
@given(PREFIXES, st.booleans(), st.booleans())
def test_decision_is_that_of_the_rfc(prefixes, always, deterministic):
    """Winner, runner-up and step are those of the definition, whatever takes part."""
    med = {"always_compare_med": always, "deterministic_med": deterministic}
    assert expected(prefixes, **med) == decide(prefixes, **med)


@settings(max_examples=100, deadline=None)
@given(
    # Routes of one session with nothing between them go by row.
    st.lists(ROUTE, min_size=1, max_size=6, unique_by=lambda route: route[8:]),
    st.randoms(),
    st.booleans(),
)
def test_order_of_routes_does_not_matter(routes, random, deterministic):
    """The same routes in another order give the same winner and runner-up."""
    shuffled = random.sample(routes, len(routes))

    def outcome(given):
        ((winner, second, step, _),) = decide(
            [[(r, True) for r in given]], deterministic_med=deterministic
        )
        return [None if row is None else given[row] for row in (winner, second)], step

    assert outcome(routes) == outcome(shuffled)


def without(routes, gone):
    """Give the winner among all routes but one."""
    ((winner, _, _, _),) = decide([[(r, row != gone) for row, r in enumerate(routes)]])
    return winner


@settings(max_examples=100, deadline=None)
@given(st.lists(ROUTE, min_size=2, max_size=6))
def test_runner_up_wins_when_the_winner_is_gone(routes):
    """The runner-up is what wins among the others."""
    ((winner, second, _, _),) = decide([[(r, True) for r in routes]])
    assert second == without(routes, winner)


@settings(max_examples=100, deadline=None)
@given(st.lists(ROUTE, min_size=2, max_size=6))
def test_winner_stays_when_another_is_gone(routes):
    """Where MED does not keep routes back, one that does not win changes nothing by going."""
    routes = [(*r[:4], 0, *r[5:]) for r in routes]
    ((winner, second, _, _),) = decide([[(r, True) for r in routes]])
    assert winner == without(routes, second)


def test_prefixes_without_candidates_have_nothing():
    """A prefix none of whose routes take part, and one without any, have no step."""
    assert [(None, None, None, 0)] * 2 == decide([[((0,) * 10, False)], []])


def test_largest_values_keep_their_order():
    """Numbers that fill their columns are compared as they are."""
    top = (0, 65535, 255, 2**32 - 1, 2**32 - 1, 1, 2**32 - 1, 2**32 - 1, 2**32 - 1, 65535)
    almost = (*top[:-1], 65534)
    assert [(1, 0, "peer_address", 2)] == decide([[(top, True), (almost, True)]])


@pytest.mark.parametrize(
    ("prefixes", "message"), [([1, 0], "ascending"), ([0, 5], "5: expected less than 2")]
)
def test_bad_prefix_ids_are_refused(prefixes, message):
    """Ids that do not ascend or are out of range are an error."""
    given = table([[((0,) * 10, True)], [((0,) * 10, True)]])
    given = given.set_column(0, "prefix", pa.array(prefixes, pa.uint32()))
    with pytest.raises(ValueError, match=message):
        core.decide_routes(given, 2, always_compare_med=False, deterministic_med=True)


def test_missing_column_is_named():
    """A column that is not there is an error of its name."""
    with pytest.raises((ValueError, KeyError), match="med"):
        core.decide_routes(
            table([]).drop_columns("med"), 0, always_compare_med=False, deterministic_med=True
        )
