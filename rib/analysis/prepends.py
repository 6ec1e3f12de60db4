"""What one more or one fewer prepend toward an upstream would move, as far as the table tells."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from rib.registry.arguments import check_required
from rib.table.arrays import to_frame
from rib.table.selection import as_numbers
from rib.table.votes import NO_AS, Floats, Ints, cast_votes, numbers_of_runs, starts_of_runs, sums

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["prepend_plan"]

_FAR = np.int64(1 << 32)  # longer than any path: no other way is seen


class _Cells(NamedTuple):
    """Routes of a (VP AS, prefix, origin) vote through one upstream: one element per cell."""

    scope: Ints  # twice the origin's number, plus 1 for IPv6
    upstream: Ints
    vp: Ints
    votes: Floats  # part of the vote
    rest: Floats  # part of the vote that goes through others
    length: Ints  # of the shortest route
    shorter: Ints  # of the shortest route with one prepend less where there is one
    other: Ints  # of the shortest route through others
    prepended: Ints  # whether any route has a prepend


def prepend_plan(table: "Rib", *, origin_as: Iterable[int] | None = None) -> pd.DataFrame:
    """Estimate which vantage points move if the origin prepends once more, or less, toward an upstream.

    A vote (VP AS, prefix) with routes through the upstream and through others is compared by AS_PATH length
    (RFC 4271 §9.1.2.2), with the prepend added to or taken off those through the upstream. Only the routes
    that the VP AS itself sends are alternatives; where it sends none, what it would do is unknown.

    Parameters
    ----------
    table : Rib
        Routes of collectors: each VP is a foreign AS.
    origin_as : iterable of int, optional
        Origin ASes. Default: all.

    Returns
    -------
    pandas.DataFrame
        One row per origin AS, family, upstream and change, sorted by them:

        ============= ======= ======== =============================================================
        column        dtype   nullable meaning
        ============= ======= ======== =============================================================
        origin_as     uint32  no
        family        uint8   no       4 or 6
        upstream_as   uint32  yes      AS left of the origin; null: an AS_SET stands there
        change        int8    no       1: one prepend more toward the upstream; -1: one fewer, only where
                                       some route through it has one
        vp_share      float64 no       share of the votes that go through the upstream now
        moved_share   float64 no       share that leaves it (1) or comes to it (-1)
        tie_share     float64 no       share that may: its ways would be equally long
        unknown_share float64 no       share of votes without an alternative to compare: all seen through it
                                       (1), or none (-1)
        n_vps_moved   uint32  no       VP ASes with a vote that moves
        ============= ======= ======== =============================================================

        An AS that originates nothing has no rows.

    Raises
    ------
    TypeError, ValueError
        ``table`` is no `Rib`; ``origin_as`` holds something else than AS numbers.

    Notes
    -----
    A collector's session carries one best path, so most of ``unknown_share`` is about all there is: VP ASes
    with several sessions, or ADD-PATH, tell more. What moves is an estimate: an AS on the way may prefer an
    upstream for what it is paid, and then no prepend moves it. Transits that prepend on request (a community)
    do what ``change`` 1 says, toward the neighbours that the community names.

    O(routes · log routes), as `upstream_preference`.

    References
    ----------
    RFC 4271 §9.1.2.2; RFC 8195 §3 for communities that ask for prepending.

    Examples
    --------
    >>> import rib
    >>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
    >>> plan = rib.prepend_plan(table, origin_as=[213394])
    >>> sorted(plan[(plan["family"] == 4) & (plan["change"] == -1)]["upstream_as"])
    [43424]
    """
    check_required(table=table)
    wanted = None if origin_as is None else as_numbers("origin_as", origin_as).astype(np.int64)
    ways, votes = cast_votes(table, wanted)
    scope = 2 * ways.origin[votes.way] + votes.is_v6
    pair = np.repeat(np.arange(len(votes.first)), votes.n_routes)
    total = sums(scope[votes.first], np.ones(len(votes.first)), 2 * len(ways.origins))
    cells = _cells(ways, votes, scope, pair)
    order = np.lexsort((cells.upstream, cells.scope))
    cells = _take(cells, order)
    key = cells.scope * (NO_AS + 1) + cells.upstream
    first, row = starts_of_runs(key), numbers_of_runs(key)
    of = total[cells.scope[first]]
    has_prepends = np.bincount(row, cells.prepended, minlength=len(first)) > 0
    more = _change(cells, row, first, of, 1)
    fewer = _change(cells, row, first, of, -1)
    fewer = {name: values[has_prepends] for name, values in fewer.items()}
    at = np.concatenate([np.flatnonzero(has_prepends), np.arange(len(first))])
    change = np.concatenate([np.full(has_prepends.sum(), -1), np.ones(len(first))]).astype(np.int8)
    columns: dict[str, Any] = {name: np.concatenate([fewer[name], more[name]]) for name in more}
    scopes, upstream = cells.scope[first][at], cells.upstream[first][at]
    columns = {
        "origin_as": ways.origins[scopes >> 1].astype(np.uint32),
        "family": np.where(scopes & 1, 6, 4).astype(np.uint8),
        "upstream_as": pa.array(upstream, mask=upstream == NO_AS).cast(pa.uint32()),
        "change": change,
        **columns,
    }
    by = np.lexsort((change, at))
    return to_frame(pa.table(columns).take(pa.array(by)))


def _take(cells: _Cells, rows: npt.NDArray[Any]) -> _Cells:
    values: Iterable[Any] = (column[rows] for column in cells)
    return _Cells(*values)


def _cells(ways: Any, votes: Any, scope: Ints, pair: Ints) -> _Cells:
    """Merge the routes of a vote through one upstream, and find the shortest way around it."""
    upstream, length = ways.upstream[votes.way], ways.length[votes.way]
    prepended = (ways.prepends[votes.way] > 0).astype(np.int64)
    shorter = length - prepended
    order = np.lexsort((upstream, pair))
    pair, upstream, length, shorter = pair[order], upstream[order], length[order], shorter[order]
    change = np.ones(len(pair), bool)
    change[1:] = (pair[1:] != pair[:-1]) | (upstream[1:] != upstream[:-1])
    first = np.flatnonzero(change)
    cell = np.cumsum(change) - 1
    if not len(first):
        none = np.zeros(0, np.int64)
        return _Cells(none, none, none, np.zeros(0), np.zeros(0), none, none, none, none)
    least = np.minimum.reduceat(length, first)
    part = sums(cell, votes.weight[order] / votes.unit, len(first))
    of_pair = pair[first]
    return _Cells(
        scope=scope[order][first],
        upstream=upstream[first],
        vp=votes.vp[order][first],
        votes=part,
        rest=1.0 - part,
        length=least,
        shorter=np.minimum.reduceat(shorter, first),
        other=_around(of_pair, least),
        prepended=np.maximum.reduceat(prepended[order], first),
    )


def _around(pair: Ints, length: Ints) -> Ints:
    """Least length among the other cells of each cell's vote."""
    begin = starts_of_runs(pair)
    number = numbers_of_runs(pair)
    order = np.lexsort((length, pair))  # within each vote by length
    best = order[begin]
    size = np.diff(np.append(begin, len(pair)))
    second = np.full(len(begin), _FAR)
    several = size > 1
    second[several] = length[order[begin[several] + 1]]
    other: Ints = length[best][number]
    other[best] = second
    return other


def _change(
    cells: _Cells, row: Ints, first: Ints, total: Floats, change: int
) -> dict[str, npt.NDArray[Any]]:
    """Shares of votes that move, may move or cannot be told, by row."""
    n = len(first)
    alone = cells.other == _FAR
    if change > 0:
        part, after = cells.votes, cells.length + 1
        moves = ~alone & (after > cells.other)
        unknown = sums(row, np.where(alone, part, 0.0), n)
    else:
        part, after = cells.rest, cells.shorter
        moves = ~alone & (after < cells.other)
        unknown = total - np.bincount(row, minlength=n)  # each cell is of another vote
    # Who has nothing to move does not move.
    moves &= part > 0
    tie = ~alone & (after == cells.other)
    n_vps = int(cells.vp.max(initial=0)) + 1
    moving = np.unique(row[moves] * n_vps + cells.vp[moves])
    return {
        "vp_share": sums(row, cells.votes, n) / total,
        "moved_share": sums(row, np.where(moves, part, 0.0), n) / total,
        "tie_share": sums(row, np.where(tie, part, 0.0), n) / total,
        "unknown_share": unknown / total,
        "n_vps_moved": np.bincount(moving // n_vps, minlength=n).astype(np.uint32),
    }
