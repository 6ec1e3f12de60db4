"""Which upstream the world prefers towards an origin: shares, prepends and roles (collector view)."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from rib.registry.arguments import check_required
from rib.table.arrays import analysis_routes, to_frame
from rib.table.keys import count_distinct
from rib.table.resampling import check_ci, population
from rib.table.selection import as_numbers
from rib.table.share_intervals import cells, share_intervals
from rib.table.votes import (
    NO_AS,
    Flags,
    Floats,
    Ints,
    Narrow,
    Votes,
    Ways,
    cast_votes,
    numbers_of_runs,
    starts_of_runs,
    sums,
)

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["BACKUP_SHARE", "PRIMARY_SHARE", "upstream_preference"]

#: A primary upstream carries at least this share of the VPs of more than half of the prefixes.
PRIMARY_SHARE = 0.5
#: An upstream with less than this share of all votes is a backup.
BACKUP_SHARE = 0.05

_COLUMNS = pa.schema(
    [
        pa.field("origin_as", pa.uint32(), nullable=False),
        pa.field("family", pa.uint8(), nullable=False),
        pa.field("upstream_as", pa.uint32()),
        pa.field("vp_share", pa.float64(), nullable=False),
        pa.field("prefix_share", pa.float64(), nullable=False),
        pa.field("n_vps", pa.uint32(), nullable=False),
        pa.field("n_prefixes", pa.uint32(), nullable=False),
        pa.field("prepend_median", pa.float64(), nullable=False),
        pa.field("prepend_delta", pa.float64(), nullable=False),
        pa.field("flip_count", pa.uint32(), nullable=False),
        pa.field("role", pa.utf8(), nullable=False),
        pa.field("vp_share_q1", pa.float64(), nullable=False),
        pa.field("vp_share_median", pa.float64(), nullable=False),
        pa.field("vp_share_q3", pa.float64(), nullable=False),
        pa.field("hops_median", pa.float64(), nullable=False),
        pa.field("hops_min", pa.uint16(), nullable=False),
        pa.field("hops_max", pa.uint16(), nullable=False),
    ]
)
_INTERVAL = [pa.field("vp_share_low", pa.float64()), pa.field("vp_share_high", pa.float64())]


class _Groups(NamedTuple):
    """Rows of the result, sorted by (origin, family, upstream)."""

    of_cell: Narrow  # row by 2 * way + is_v6
    scope: Ints  # 2 * origin + is_v6
    upstream: Ints
    weight: Floats


def upstream_preference(
    table: "Rib", *, origin_as: Iterable[int] | None = None, ci: float | None = None
) -> pd.DataFrame:
    """Tell through which upstreams the vantage points reach an origin AS (collector view).

    For an origin o and a family, every (VP AS, prefix of o) pair is one vote. The routes of a pair
    (several sessions of the VP AS, several ADD-PATH ids) share it equally, and each gives its part
    to its upstream: the AS left of o once prepends are collapsed. ``vp_share`` of an upstream is
    its votes over all votes of (o, family), so the shares of an origin and family sum to 1.

    Parameters
    ----------
    table : Rib
        Routes of one or more collectors.
    origin_as : iterable of int, optional
        Origin ASes to report, 0 to 4294967295. Default: every origin AS of the table. One without
        routes gives no rows.
    ci : float, optional
        Coverage of an interval of ``vp_share``, above 0 and below 1, such as 0.95. Default: none.

    Returns
    -------
    pandas.DataFrame
        One row per origin AS, family and upstream, sorted by ``origin_as``, ``family``,
        ``vp_share`` descending, ``upstream_as`` (null last).

        ================ ======= ==================================================================
        column           dtype   meaning
        ================ ======= ==================================================================
        origin_as        uint32  origin AS
        family           uint8   4 or 6
        upstream_as      uint32  upstream; null where an AS_SET stands left of the origin
        vp_share         float64 share of the votes, 0 to 1
        prefix_share     float64 share of the origin's prefixes seen through this upstream, 0 to 1
        n_vps            uint32  VP ASes that reach a prefix of the origin through this upstream
        n_prefixes       uint32  prefixes of the origin seen through this upstream
        prepend_median   float64 median extra copies of the origin AS at the path's end, over votes
        prepend_delta    float64 ``prepend_median`` less the lowest among the origin's upstreams
        flip_count       uint32  VP ASes that origin prepends move to or from this upstream
        role             string  ``primary``, ``backup`` or ``occasional`` (heuristic)
        vp_share_q1      float64 first quartile over prefixes of the share of a prefix's VP ASes
        vp_share_median  float64 median of the same
        vp_share_q3      float64 third quartile of the same
        hops_median      float64 median number of ASes on the path without prepends, over votes
        hops_min         uint16  least number, from the nearest VP
        hops_max         uint16  greatest number, from the farthest VP
        vp_share_low     float64 with ``ci``: lower end of the interval of ``vp_share``; null with
                                 fewer than two VP ASes that vote on the origin in the family
        vp_share_high    float64 with ``ci``: its upper end
        ================ ======= ==================================================================

    Raises
    ------
    TypeError, ValueError
        ``origin_as`` is not an iterable of AS numbers, ``ci`` no number above 0 and below 1.

    Notes
    -----
    A VP inside the origin AS casts no vote; a prefix that only such VPs see does not count. Where
    the path is the origin alone (the VP is its neighbour) the upstream is the VP AS. Routes whose
    origin is null (they end in an AS_SET) belong to no origin. Default routes and peer AS 0 are
    left out. Partial feeds vote for what they send.

    ``flip_count``: for each prefix, the VP AS's own routes to the origin are compared by AS-path
    length (RFC 4271 §9.1.2.2), once as seen and once without the origin's prepends. Where no
    upstream is among the shortest both times, the VP AS counts for every upstream that is among
    them once. A session sends its best path only, so this is a lower bound: a VP AS with one route
    per prefix never counts.

    ``role`` is a heuristic. ``primary``: at least half of the VP ASes for more than half of the
    origin's prefixes. Otherwise ``backup``: less than 5% of the votes, or every path through it
    carries more origin prepends than the least prepended path of the origin in that family.
    Otherwise ``occasional``. Quartiles are over all prefixes of the origin, 0 where the upstream is
    not seen, linearly interpolated.

    The interval has the percentiles of 1000 bootstrap resamples of the table's VP ASes, the same on
    every run, whichever origins are asked for: how far a share depends on which networks feed the
    collectors.

    O(n log n) in routes: 30M routes of 40 peers take some 5 s of processor time, and 2 GB beside the
    table. ``ci`` adds O(1000 · rows · VP ASes), some 6 s for all origins of a full table, in bounded
    memory; next to nothing for a few of them.

    References
    ----------
    RFC 4271 §9.1.2.2 (AS-path length), RFC 6811 §2 (origin AS), RFC 9774 (AS_SET).

    Examples
    --------
    >>> import rib
    >>> table = rib.read_mrt("data/sample-mrt/collector.20250117.0000.mrt.bz2")
    >>> seen = rib.upstream_preference(table, origin_as=[213394])
    >>> seen[["family", "upstream_as", "vp_share", "role"]].to_dict("records")[0]
    {'family': 4, 'upstream_as': 43424, 'vp_share': 1.0, 'role': 'primary'}
    """
    check_required(table=table)
    ci = check_ci(ci)
    ways, votes = cast_votes(table, _wanted(origin_as))
    cell = votes.way * 2 + votes.is_v6
    cell_weight = sums(cell, votes.weight, 2 * len(ways.origin))
    groups = _group(ways, cell_weight)
    group = groups.of_cell[cell]
    n = len(groups.scope)

    n_pairs = np.bincount(_scope_of_pair(votes, ways), minlength=2 * len(ways.origins))
    share = groups.weight / (n_pairs * votes.unit)[groups.scope]
    prepends, fewest, _ = _weighted_median(groups, ways.prepends, cell_weight)
    hops, nearest, farthest = _weighted_median(groups, ways.hops, cell_weight)
    is_backup = (share < BACKUP_SHARE) | (fewest > _least_of_scope(groups, fewest))
    over_prefixes, is_primary = _over_prefixes(votes, ways, groups, group)
    values: dict[str, Any] = {
        "origin_as": ways.origins[groups.scope >> 1],
        "family": 4 + 2 * (groups.scope & 1),
        "upstream_as": pa.array(groups.upstream, mask=groups.upstream == NO_AS),
        "vp_share": share,
        "n_vps": count_distinct(group, votes.vp, n, votes.n_vps),
        "prepend_median": prepends,
        "prepend_delta": prepends - _least_of_scope(groups, prepends),
        "flip_count": _flip_count(votes, ways, group, n),
        "role": np.select([is_primary, is_backup], ["primary", "backup"], "occasional"),
        "hops_median": hops,
        "hops_min": nearest,
        "hops_max": farthest,
        **over_prefixes,
    }
    schema = _COLUMNS
    if ci is not None:
        schema = pa.schema([*_COLUMNS, *_INTERVAL])
        values |= _interval(table, votes, ways, groups, group, ci)
    columns = [pa.array(values[field.name]).cast(field.type) for field in schema]
    order = np.lexsort((groups.upstream, -share, groups.scope))
    return to_frame(pa.table(columns, schema=schema).take(pa.array(order)))


def _wanted(origin_as: Iterable[int] | None) -> Ints | None:
    """Check the origins asked for; None stands for all."""
    return None if origin_as is None else as_numbers("origin_as", origin_as).astype(np.int64)


# -- rows ----------------------------------------------------------------------------------------


def _group(ways: Ways, cell_weight: Floats) -> _Groups:
    """Gather the (way, family) cells that got votes into rows (origin, family, upstream)."""
    cell = np.flatnonzero(cell_weight)
    way = cell >> 1
    scope = 2 * ways.origin[way] + (cell & 1)
    order = np.lexsort((ways.upstream[way], scope))
    cell, scope, upstream = cell[order], scope[order], ways.upstream[way[order]]
    # Scopes are fewer than twice the AS paths, so the pair fits in 63 bits.
    key = scope * (NO_AS + 1) + upstream
    first, row = starts_of_runs(key), numbers_of_runs(key)
    of_cell = np.zeros(len(cell_weight), dtype=np.int32)
    of_cell[cell] = row
    weight = sums(row, cell_weight[cell], len(first))
    return _Groups(of_cell, scope[first], upstream[first], weight)


def _scope_of_pair(votes: Votes, ways: Ways) -> Ints:
    """2 * origin + is_v6 of each pair."""
    return 2 * ways.origin[votes.way[votes.first]] + votes.is_v6[votes.first]


def _interval(
    table: "Rib", votes: Votes, ways: Ways, groups: _Groups, group: Narrow, ci: float
) -> dict[str, pa.Array]:
    """Interval of the share of each row, over resamples of all VP ASes of the table."""
    vps = population(table, analysis_routes(table))
    vp = np.searchsorted(vps, votes.vp_as)[votes.vp]
    n_vps = len(vps)
    whole = np.full(len(votes.first), votes.unit)
    of_scope = cells(_scope_of_pair(votes, ways), vp[votes.first], whole, n_vps)
    of_row = cells(group, vp, votes.weight, n_vps)
    ends = share_intervals(of_row, of_scope, groups.scope, n_vps, ci)
    return {
        field.name: pa.array(end, from_pandas=True)
        for field, end in zip(_INTERVAL, ends, strict=True)
    }


def _least_of_scope(groups: _Groups, values: Floats) -> Floats:
    """Lowest value among the upstreams of a row's origin and family."""
    if not len(values):
        return values
    least: Floats = np.minimum.reduceat(values, starts_of_runs(groups.scope))[
        numbers_of_runs(groups.scope)
    ]
    return least


def _weighted_median(
    groups: _Groups, of_way: Ints, cell_weight: Floats
) -> tuple[Floats, Floats, Floats]:
    """Median over votes, minimum and maximum of a property of ways, by row.

    The median halves the votes; where it falls between two values it is their mean.
    """
    if not len(groups.scope):
        return np.zeros(0), np.zeros(0), np.zeros(0)
    cell = np.flatnonzero(cell_weight)
    row, value = groups.of_cell[cell], of_way[cell >> 1]
    order = np.lexsort((value, row))
    row, value = row[order], value[order].astype(np.float64)
    running = np.cumsum(cell_weight[cell[order]])
    first = starts_of_runs(row)
    last = np.append(first[1:], len(row)) - 1
    before = np.where(first > 0, running[first - 1], 0.0)
    half = (before + running[last]) / 2
    # Rounding can only matter where votes are not exact, see `_share_votes`.
    lower = np.clip(np.searchsorted(running, half, side="left"), first, last)
    upper = np.clip(np.searchsorted(running, half, side="right"), first, last)
    return (value[lower] + value[upper]) / 2, value[first], value[last]


def _over_prefixes(
    votes: Votes, ways: Ways, groups: _Groups, group: Narrow
) -> tuple[dict[str, npt.NDArray[Any]], Flags]:
    """Shares of a prefix's VP ASes by row: quartiles over prefixes, and who is primary."""
    n = len(groups.scope)
    # (prefix, origin) blocks, and the votes each block has.
    block_first, block = _blocks(votes, ways)
    block_pairs = np.bincount(block[votes.first], minlength=len(block_first))
    block_scope = 2 * ways.origin[votes.way[block_first]] + votes.is_v6[block_first]
    n_scopes = 2 * len(ways.origins)
    n_prefixes = np.bincount(block_scope, minlength=n_scopes)[groups.scope]

    # (block, row) cells with their part of the block's votes: a block has a cell for every row of
    # its scope, which are neighbours, so cells are numbered without sorting.
    first_row = np.searchsorted(groups.scope, np.arange(n_scopes + 1))
    width = np.diff(first_row)[block_scope]
    offset = np.cumsum(width) - width - first_row[block_scope]
    at = offset[block]
    at += group
    cells = sums(at, votes.weight, int(width.sum()))
    del at
    block = np.repeat(np.arange(len(width)), width)
    row = np.arange(len(cells)) - offset[block]
    block, row, cells = block[cells > 0], row[cells > 0], cells[cells > 0]
    part = cells / (block_pairs[block] * votes.unit)
    seen = np.bincount(row, minlength=n)
    mostly = np.bincount(row[part >= PRIMARY_SHARE], minlength=n)
    order = np.lexsort((part, row))
    part, first = part[order], np.cumsum(seen) - seen
    quartiles = {
        name: _quantile(part, first, seen, n_prefixes, q)
        for name, q in (("vp_share_q1", 0.25), ("vp_share_median", 0.5), ("vp_share_q3", 0.75))
    }
    shares = {"n_prefixes": seen, "prefix_share": seen / np.maximum(n_prefixes, 1)}
    return shares | quartiles, 2 * mostly > n_prefixes


def _blocks(votes: Votes, ways: Ways) -> tuple[Ints, Narrow]:
    """First route of each (prefix, origin), and the number of the one that each route is in."""
    prefix, origin = votes.prefix, ways.origin.astype(np.int32)[votes.way]
    new = np.ones(len(prefix), dtype=bool)
    new[1:] = (prefix[1:] != prefix[:-1]) | (origin[1:] != origin[:-1])
    return np.flatnonzero(new), np.cumsum(new, dtype=np.int32) - 1


def _quantile(part: Floats, first: Ints, seen: Ints, n_prefixes: Ints, q: float) -> Floats:
    """Quantile of a row's sorted values, with zeros for the prefixes where it was not seen."""
    place = q * (n_prefixes - 1)
    low = np.floor(place).astype(np.int64)

    def value(index: Ints) -> Floats:
        at = index - (n_prefixes - seen)
        found: Floats = np.where(at < 0, 0.0, part[first + np.clip(at, 0, seen - 1)])
        return found

    if not len(part):
        return np.zeros(0)
    bottom = value(low)
    top = value(np.minimum(low + 1, n_prefixes - 1))
    quantile: Floats = bottom + (place - low) * (top - bottom)
    return quantile


# -- flips ---------------------------------------------------------------------------------------


def _flip_count(votes: Votes, ways: Ways, group: Narrow, n: int) -> Ints:
    """VP ASes by row whose shortest route leaves or joins the row without origin prepends."""
    several = np.repeat(votes.n_routes > 1, votes.n_routes)
    if not several.any():
        return np.zeros(n, dtype=np.int64)
    n_routes = votes.n_routes[votes.n_routes > 1]
    pair = np.repeat(np.arange(len(n_routes)), n_routes)
    first = np.cumsum(n_routes) - n_routes
    way, vp, row = votes.way[several], votes.vp[several], group[several]
    length = ways.length[way]
    plain = length - ways.prepends[way]
    with_prepends = length == np.minimum.reduceat(length, first)[pair]
    without = plain == np.minimum.reduceat(plain, first)[pair]

    # By (pair, row): is the upstream among the shortest, each time?
    cells, one, at = np.unique(pair * n + row, return_index=True, return_inverse=True)
    is_with = np.bincount(at, with_prepends, minlength=len(cells)) > 0
    is_without = np.bincount(at, without, minlength=len(cells)) > 0
    stays = np.bincount(cells // n, is_with & is_without, minlength=len(n_routes)) > 0
    moved = (is_with != is_without) & ~stays[cells // n]
    return count_distinct(row[one][moved], vp[one][moved], n, votes.n_vps)
