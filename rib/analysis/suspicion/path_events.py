"""Candidates from paths that no network in order sends: poisoned, with loops, private numbers, sets."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from rib.analysis.suspicion.candidates import KINDS, Candidates
from rib.analysis.suspicion.context import Context
from rib.table.arrays import column, path_ases
from rib.table.hops import expand_hops
from rib.table.keys import distinct, find, is_in, pack, unpack

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["PathFindings", "mark_paths", "path_candidates"]

#: Prepends and lengths from which on a path is odd.
_MANY_PREPENDS, _LONG = 10, 50
_AS_TRANS = 23456
_KIND = KINDS.index("path_anomaly")

#: For each rule the paths it applies to, and the AS in question of each.
Odd = dict[str, tuple[npt.NDArray[np.int64], npt.NDArray[np.uint32]]]


class PathFindings(NamedTuple):
    """Candidates, and the origin AS of the paths of each, 0 where they have none."""

    rows: Candidates
    origin: npt.NDArray[np.uint32]


def path_candidates(ctx: Context) -> PathFindings:
    """Collect (AS in question, prefix) with the rules that apply to some path there.

    The AS in question is the one that repeats, prepends, is reserved, or stands between the ASes of
    the clique, and the origin of a long path; 0 for an AS_SET behind no AS. Behind a reserved number
    the origin is the incumbent. What the baseline shows of the same AS and origin is no news.
    """
    odd = _odd_paths(ctx, ctx.table)
    marked = np.zeros(ctx.table.as_paths.num_rows, bool)
    for path, _ in odd.values():
        marked[path] = True
    routes = ctx.routes.only(marked[ctx.routes.as_path_id])
    parts = []
    for rule, (path, asn) in odd.items():
        at = find(routes.as_path_id, path)
        rows = np.flatnonzero(at >= 0)
        parts.append((rule, asn[at[rows]], rows))
    asn = np.concatenate([p[1] for p in parts])
    rows = np.concatenate([p[2] for p in parts])
    origin = ctx.path_origins[routes.as_path_id[rows]]
    pairs = distinct(pack(asn, origin))
    pair = np.searchsorted(pairs, pack(asn, origin))
    keys = distinct(pack(pair, routes.prefix_id[rows]))
    number = np.searchsorted(keys, pack(pair, routes.prefix_id[rows]))
    owner, vps = unpack(distinct(pack(number, routes.vp_as[rows])))
    of_row, prefix = unpack(keys)
    newcomer, old = unpack(pairs[of_row])
    known = (old != 0) & (old != newcomer) & (ctx.special.find_asns(newcomer) >= 0)
    result = Candidates(
        np.full(len(keys), _KIND),
        prefix.astype(np.int64),
        newcomer.astype(np.uint32),
        np.append(0, np.cumsum(known)),
        old[known],
        np.searchsorted(owner, np.arange(len(keys) + 1)),
        vps,
    )
    ends = np.cumsum([0, *(len(p[1]) for p in parts)])
    for (rule, _, _), start, stop in zip(parts, ends, ends[1:], strict=False):
        result.mark(rule, np.isin(np.arange(len(keys)), number[start:stop]))
    if ctx.baseline is not None:
        _mark_known(ctx, result, pairs[of_row], list(odd))
    return PathFindings(result, old)


def mark_paths(paths: PathFindings, rows: Candidates, origin: npt.NDArray[np.uint32]) -> None:
    """Mark the same rules on other findings: rows whose (prefix, origin) has such a path, news only."""
    keys = pack(paths.rows.prefix_id, paths.origin)
    for rule in _RULES:
        there = paths.rows.has(rule) & ~paths.rows.has("stable")
        rows.mark(rule, is_in(pack(rows.prefix_id, origin), distinct(keys[there])))


_RULES = (
    "path_poisoned", "path_loop", "path_clique", "path_reserved", "path_as_trans",
    "path_prepends", "path_long", "path_set",
)  # fmt: skip


def _mark_known(
    ctx: Context, rows: Candidates, pairs: npt.NDArray[np.uint64], rules: list[str]
) -> None:
    """Mark rows all of whose rules apply to the same AS and origin in the baseline."""
    assert ctx.baseline is not None
    then = ctx.baseline.table
    origins = path_ases(then, "origin_as")
    used = np.zeros(then.as_paths.num_rows, bool)
    used[column(then.routes, "as_path_id")] = True
    odd = _odd_paths(ctx, then)
    known = np.ones(len(rows), bool)
    for rule in rules:
        path, asn = odd[rule]
        path, asn = path[used[path]], asn[used[path]]
        known &= ~rows.has(rule) | is_in(pairs, distinct(pack(asn, origins[path])))
    rows.mark("stable", known)


def _odd_paths(ctx: Context, table: "Rib") -> Odd:
    """Find the paths that each rule applies to."""
    features, origins = table.path_features, path_ases(table, "origin_as")
    odd = _repeats(table, origins)
    odd |= _reserved(ctx, table)
    odd["path_clique"] = _between_clique(ctx, table)
    many = np.flatnonzero(column(features, "prepend_max") >= _MANY_PREPENDS)
    odd["path_prepends"] = many, _prepended(table, many)
    long = np.flatnonzero(column(table.as_paths, "length") > _LONG)
    odd["path_long"] = long, origins[long]
    label = table.as_paths.column("origin_kind").combine_chunks()
    names = label.dictionary.to_pylist()
    sets = np.array([n in ("set", "set1") for n in names] or [False])
    ends = np.flatnonzero(sets[label.indices.to_numpy()])
    odd["path_set"] = ends, _before_set(table, ends)
    return odd


def _repeats(table: "Rib", origins: npt.NDArray[np.uint32]) -> Odd:
    """Find paths with an AS twice: the origin (poisoning), or the first other AS that repeats."""
    loops = np.flatnonzero(column(table.path_features, "has_loop"))
    which, hop, _ = expand_hops(table, loops)
    order = np.lexsort((np.arange(len(hop)), hop, which))
    same = (which[order][1:] == which[order][:-1]) & (hop[order][1:] == hop[order][:-1])
    again = np.sort(order[1:][same])
    path, asn = which[again], hop[again]
    by_origin = np.isin(np.arange(len(loops)), path[asn == origins[loops[path]]])
    others, first = np.unique(path, return_index=True)
    others, first = others[~by_origin[others]], first[~by_origin[others]]
    poisoned = loops[by_origin]
    return {
        "path_poisoned": (poisoned, origins[poisoned]),
        "path_loop": (loops[others], asn[first].astype(np.uint32)),
    }


def _reserved(ctx: Context, table: "Rib") -> Odd:
    """Find paths with AS_TRANS or another reserved number before the origin."""
    given = np.flatnonzero(column(table.path_features, "has_reserved"))
    which, hop, to_end = expand_hops(table, given)
    inside = np.flatnonzero(to_end > 0)
    trans = inside[hop[inside] == _AS_TRANS]
    rest = inside[hop[inside] != _AS_TRANS]
    rest = rest[ctx.special.find_asns(hop[rest]) >= 0]
    odd: Odd = {}
    for rule, at in (("path_reserved", rest), ("path_as_trans", trans)):
        path, first = np.unique(which[at], return_index=True)
        odd[rule] = given[path], hop[at[first]]
    return odd


def _between_clique(
    ctx: Context, table: "Rib"
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint32]]:
    """Find paths on which an AS outside the clique stands between two ASes of it."""
    clique = np.array(ctx.relationships.clique if ctx.relationships else (), np.uint32)
    hops = table.path_features.column("hops").combine_chunks()
    offsets, value = hops.offsets.to_numpy(), hops.values.to_numpy()
    top = np.isin(value, clique)
    at = np.flatnonzero(top[:-2] & ~top[1:-1] & top[2:]) if len(clique) else np.empty(0, np.int64)
    path = np.searchsorted(offsets, at, side="right") - 1
    whole = offsets[path + 1] > at + 2
    path, first = np.unique(path[whole], return_index=True)
    return path.astype(np.int64), value[at[whole][first] + 1]


def _before_set(table: "Rib", paths: npt.NDArray[np.int64]) -> npt.NDArray[np.uint32]:
    """Give the AS before the AS_SET at the end of each of these paths, 0 where none is; few paths."""
    part = table.as_paths.select(["hops", "segments"]).take(paths)
    before = [
        ([0] * (segments[-1]["count"] + 1) + hops)[-segments[-1]["count"] - 1]
        for hops, segments in zip(*(c.to_pylist() for c in part.columns), strict=True)
    ]
    return np.array(before, np.uint32)


def _prepended(table: "Rib", paths: npt.NDArray[np.int64]) -> npt.NDArray[np.uint32]:
    """Give the AS that each of these paths has most copies of in a row; few paths."""
    result = np.zeros(len(paths), np.uint32)
    for number, hops in enumerate(table.as_paths.column("hops").take(paths).to_pylist()):
        longest = run = 0
        for before, asn in zip([None, *hops], hops, strict=False):
            run = run + 1 if asn == before else 1
            if run > longest:
                longest, result[number] = run, asn
    return result
