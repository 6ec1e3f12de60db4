"""`rib.table.votes`: the arithmetic of shared votes."""

import numpy as np
import pytest

from rib.table import votes


@pytest.mark.parametrize(
    ("n_routes", "expected"),
    [
        ([], 1.0),
        ([1, 1], 1.0),
        ([1, 2, 3, 4], 12.0),
        ([41, 43, 47, 53, 59, 61, 67, 71, 73, 79], 1.0),  # a multiple over 2^53 is not exact
    ],
)
def test_unit_is_the_least_common_multiple_while_exact(n_routes, expected):
    """Votes are counted in fractions that keep their sums exact, in whole votes otherwise."""
    assert expected == votes._unit(np.array(n_routes, dtype=np.int64))


def test_runs_of_a_sorted_key():
    """Runs of equal values start where they start and are numbered from 0."""
    key = np.array([3, 3, 5, 9, 9, 9])
    assert [0, 2, 3] == votes.starts_of_runs(key).tolist()
    assert [0, 0, 1, 2, 2, 2] == votes.numbers_of_runs(key).tolist()


def test_runs_of_nothing():
    """An empty key has no runs."""
    key = np.zeros(0, dtype=np.int64)
    assert (0, 0) == (len(votes.starts_of_runs(key)), len(votes.numbers_of_runs(key)))
