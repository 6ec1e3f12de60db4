"""The greedy search for moves, on loads alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rib.table.rebalancing import Problem, percentile95, solve


def problem(amounts, exit_of, limit, n_exits=2, reach=None):
    """Items of one interval: amounts, and the exit that each is on; any other exit may take it."""
    part = np.zeros((len(amounts), n_exits, n_exits, 1))
    load = np.zeros((n_exits, 1))
    for i, (amount, exit_) in enumerate(zip(amounts, exit_of, strict=True)):
        load[exit_] += amount
        for to in range(n_exits):
            if to != exit_ and (reach is None or to in reach[i]):
                part[i, exit_, to, 0] = amount
    return Problem(part, load, np.array(limit, float))


def test_percentile95_cuts_the_top_5_percent_off():
    """Of 20 samples the highest goes, of 19 none."""
    assert percentile95(np.arange(1.0, 21.0)) == 19
    assert percentile95(np.arange(1.0, 20.0)) == 19
    assert percentile95(np.zeros((3, 0))).tolist() == [0, 0, 0]
    assert percentile95(np.array([[7.0], [3.0]])).tolist() == [7, 3]


def test_solve_moves_the_least_that_is_enough():
    """50 over: the item of 60 alone is enough, and moves less than that of 90."""
    moves = solve(problem([90, 60, 40, 10], [0, 0, 0, 0], [150, np.inf]))
    assert [(m.item, m.to, m.amount) for m in moves] == [(1, 1, 60.0)]


def test_solve_moves_the_most_that_helps_first():
    moves = solve(problem([50, 40, 30, 20], [0, 0, 0, 0], [60, np.inf]))
    assert [m.item for m in moves] == [0, 3] or sum(m.amount for m in moves) >= 80
    assert len(moves) == 2


def test_solve_keeps_the_other_exit_within_its_limit():
    moves = solve(problem([90, 60, 40], [0, 0, 0], [130, 70]))
    assert [(m.item, m.amount) for m in moves] == [(1, 60.0)]
    assert solve(problem([90, 90], [0, 0], [100, 50])) == []  # nothing fits


def test_solve_moves_only_where_there_is_a_route():
    moves = solve(problem([90, 60], [0, 0], [100, 200, 200], 3, reach=[set(), {2}]))
    assert [(m.item, m.to) for m in moves] == [(1, 2)]


def test_solve_counts_samples_not_totals():
    """An item that peaks in one of 20 intervals does not matter to the 95th percentile."""
    part = np.zeros((2, 2, 2, 20))
    part[0, 0, 1, 3] = 1000
    part[1, 0, 1, :] = 10
    load = np.stack([part[:, 0, 1].sum(axis=0), np.zeros(20)])
    moves = solve(Problem(part, load, np.array([5.0, np.inf])))
    assert [m.item for m in moves] == [1]


@given(
    st.lists(st.tuples(st.integers(1, 50), st.integers(0, 2)), max_size=12),
    st.lists(st.integers(1, 120) | st.just(np.inf), min_size=3, max_size=3),
)
def test_solve_never_makes_it_worse(items, limit):
    given_problem = problem([a for a, _ in items], [e for _, e in items], limit, 3)
    load = given_problem.load[:, 0].copy()
    over = np.maximum(load - limit, 0).sum()
    moves = solve(given_problem)
    assert len({m.item for m in moves}) == len(moves)
    for move in moves:
        part = given_problem.part[move.item, :, move.to, 0]
        assert part.sum() == move.amount > 0
        load -= part
        load[move.to] += part.sum()
        assert load[move.to] <= limit[move.to] + 1e-6
        less = np.maximum(load - limit, 0).sum()
        assert less < over or over == pytest.approx(less)
        over = less
    assert load.sum() == pytest.approx(given_problem.load.sum())
