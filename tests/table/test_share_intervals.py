"""`rib.table.share_intervals`: resampled shares of votes."""

import numpy as np
import pytest

from rib.table import share_intervals as module
from rib.table.resampling import interval, resample
from rib.table.share_intervals import cells, share_intervals


def of(row, vp, votes, n_vps):
    return cells(np.array(row, int), np.array(vp, int), np.array(votes, float), n_vps)


def test_votes_of_a_pair_add_up():
    """Cells come sorted by row and VP AS, each pair once."""
    found = of([1, 0, 1, 1], [2, 1, 0, 2], [1, 2, 3, 4], 3)
    assert ([0, 1, 1], [1, 0, 2], [2, 3, 5]) == tuple(part.tolist() for part in found)


def test_rows_far_apart_add_up_alike():
    """Rows too many for a table of all of them."""
    found = of([1, 1 << 30, 1 << 30], [2, 0, 0], [1, 2, 3], 3)
    assert ([1, 1 << 30], [2, 0], [1, 5]) == tuple(part.tolist() for part in found)


def test_narrow_rows_do_not_wrap():
    """Rows times VP ASes may pass 32 bits, though neither does."""
    row, vp = (np.array(of, np.int32) for of in ([0, 70_000, 70_000], [1, 65_000, 65_000]))
    found = cells(row, vp, np.ones(3), 1 << 16)
    assert ([0, 70_000], [1, 65_000], [1, 2]) == tuple(part.tolist() for part in found)


def random_votes(n_rows, n_vps, seed=5):
    """Votes for rows of scopes of three, and their sums, as matrices and as cells."""
    votes = np.random.default_rng(seed).integers(0, 3, (n_rows, n_vps)).astype(float)
    scope = np.arange(n_rows) // 3
    all_votes = np.add.reduceat(votes, np.arange(0, n_rows, 3))

    def sparse(matrix):
        row, vp = np.nonzero(matrix)
        return of(row, vp, matrix[row, vp], n_vps)

    return votes, all_votes, scope, sparse(votes), sparse(all_votes)


@pytest.mark.parametrize("chunk", [1, 5000, 1 << 22])
def test_shares_are_resampled_row_by_row(monkeypatch, chunk):
    """Every end is that of the row's shares over resamples, however many rows are taken at a time."""
    monkeypatch.setattr(module, "_CHUNK", chunk)
    votes, all_votes, scope, of_row, of_scope = random_votes(12, 4)
    low, high = share_intervals(of_row, of_scope, scope, 4, 0.9)
    draws = resample(4).astype(float)
    for row in range(12):
        total = draws @ all_votes[scope[row]]
        shares = (draws @ votes[row])[total > 0] / total[total > 0]
        expected = interval(shares[:, None], 0.9)
        if np.count_nonzero(all_votes[scope[row]]) > 1:
            assert (expected[0][0], expected[1][0]) == pytest.approx((low[row], high[row]))
            assert 0 <= low[row] <= high[row] <= 1


def test_one_vantage_point_in_a_scope_has_no_interval():
    """Its row is NaN, those of other scopes are not."""
    of_row = of([0, 1, 2], [0, 0, 1], [1, 1, 1], 2)
    of_scope = of([0, 1, 1], [0, 0, 1], [1, 1, 1], 2)
    low, high = share_intervals(of_row, of_scope, np.array([0, 1, 1]), 2, 0.95)
    assert [True, False, False] == np.isnan(low).tolist() == np.isnan(high).tolist()
    assert [0, 0] == low[1:].tolist()
    assert [1, 1] == high[1:].tolist()


def test_no_rows_have_no_intervals():
    """Nothing asked, nothing given."""
    none = of([], [], [], 0)
    assert [0, 0] == [len(e) for e in share_intervals(none, none, np.array([], int), 0, 0.9)]
