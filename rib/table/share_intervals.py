"""Intervals of shares of votes, over resamples of the VP ASes that cast them."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rib.table.resampling import interval, resample

__all__ = ["Cells", "cells", "share_intervals"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

# Numbers held at a time: rows are taken so many that a matrix has this many.
_CHUNK = 1 << 22


class Cells(NamedTuple):
    """Votes of VP ASes for rows, or in scopes: parallel arrays, sorted by ``row``, each pair once."""

    row: Ints
    vp: Ints  # position among the VP ASes that are drawn from
    votes: Floats


def cells(row: npt.NDArray[Any], vp: npt.NDArray[Any], votes: Floats, n_vps: int) -> Cells:
    """Add up votes, all more than 0, by row and VP AS."""
    n_vps = max(n_vps, 1)
    key = row.astype(np.int64, copy=False) * n_vps + vp
    size = (int(row.max(initial=-1)) + 1) * n_vps
    if size <= 4 * len(key) + (1 << 20):  # a table of sums is little larger than the keys
        total = np.bincount(key, votes, minlength=size).astype(np.float64)
        key = np.flatnonzero(total)
        total = total[key]
    else:
        key, at = np.unique(key, return_inverse=True)
        total = np.bincount(at, votes, minlength=len(key)).astype(np.float64)
    return Cells(key // n_vps, key % n_vps, total)


def share_intervals(
    of_row: Cells, of_scope: Cells, scope: Ints, n_vps: int, ci: float
) -> tuple[Floats, Floats]:
    """Give the ends of the interval of each row's share of the votes of its scope.

    In a resample the votes of a VP AS count as often as it was drawn; one in which nobody votes in
    the scope is left out. The ends are NaN in a scope in which fewer than two VP ASes vote.

    Parameters
    ----------
    of_row, of_scope : Cells
        Votes for each row, and all votes in each scope.
    scope : array of int
        Scope of each row.
    n_vps : int
        VP ASes to draw from.
    ci : float
        Coverage.

    Notes
    -----
    O(resamples · VP ASes · rows) multiplications of matrices, and a sort of the resamples of each row,
    in bounded memory. Rows of one scope should be neighbours.
    """
    low, high = np.full(len(scope), np.nan), np.full(len(scope), np.nan)
    draws = resample(n_vps).astype(np.float64)
    step = max(_CHUNK // max(len(draws), n_vps, 1), 1)
    for start in range(0, len(scope), step):
        rows = np.arange(start, min(start + step, len(scope)))
        scopes, at = np.unique(scope[rows], return_inverse=True)
        all_votes = _matrix(of_scope, scopes, n_vps)
        several = (np.count_nonzero(all_votes, axis=1) > 1)[at]
        rows, at = rows[several], at[several]
        cast = draws @ _matrix(of_row, rows, n_vps).T
        of_all = (draws @ all_votes.T)[:, at]
        shares = np.divide(cast, of_all, out=np.full_like(cast, np.nan), where=of_all > 0)
        low[rows], high[rows] = interval(shares, ci)
    return low, high


def _matrix(cells: Cells, rows: Ints, n_vps: int) -> Floats:
    """Votes by row, of those given in ascending order, and VP AS."""
    first = np.searchsorted(cells.row, rows)
    n = np.searchsorted(cells.row, rows, side="right") - first
    number = np.repeat(np.arange(len(rows)), n)
    at = np.arange(len(number)) + np.repeat(first - (np.cumsum(n) - n), n)
    matrix = np.zeros((len(rows), n_vps))
    matrix[number, cells.vp[at]] = cells.votes[at]
    return matrix
