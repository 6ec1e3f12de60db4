"""Path diversity and the AS graph's links in pure Python: written for being right, not for speed.

Every metric is computed straight from its definition (docs/methods.md, "Path diversity"), with
networkx for flows and dominators. The tests hold the native kernel against it.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from fractions import Fraction
from itertools import combinations, pairwise
from typing import Any, NamedTuple

import networkx as nx
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from networkx.algorithms.flow import edmonds_karp

__all__ = ["NO_GROUP", "as_links", "path_diversity"]

#: Group of a route that belongs to none.
NO_GROUP = 0xFFFFFFFF

_KEYS = ("next_hop", "upstream", "path")
_SPREADS = ("entropy", "effective", "inverse_simpson", "evenness")
_LIST = pa.list_(pa.field("item", pa.uint32(), nullable=False))
_METRICS: list[tuple[str, pa.DataType, bool]] = [
    *((name, pa.uint32(), False) for name in ("group", "n_vps", "n_routes", "n_prefixes")),
    *((name, pa.uint32(), False) for name in ("n_paths", "n_next_hops", "n_upstreams")),
    *((f"{key}_{spread}", pa.float64(), True) for key in _KEYS for spread in _SPREADS),
    ("jaccard_as", pa.float64(), True),
    ("jaccard_link", pa.float64(), True),
    ("vertex_disjoint", pa.uint32(), True),
    ("edge_disjoint", pa.uint32(), True),
    ("chokepoints", _LIST, True),
    ("dominators", _LIST, True),
    ("length_min", pa.uint16(), True),
    ("length_median", pa.float64(), True),
    ("length_max", pa.uint16(), True),
    ("hops_median", pa.float64(), True),
    ("prepend_max", pa.uint16(), True),
    ("single_homed", pa.bool_(), True),
    ("n_paths_left_out", pa.uint32(), False),
]
_SCHEMA = pa.schema([pa.field(name, kind, nullable=null) for name, kind, null in _METRICS])
_INTERVALS = [
    pa.field(f"{key}_{spread}_{end}", pa.float64())
    for key in _KEYS
    for spread in _SPREADS
    for end in ("low", "high")
]
_LINKS = pa.schema(
    [
        pa.field(name, pa.uint32(), nullable=False)
        for name in ("from_as", "to_as", "n_prefixes", "n_peers", "n_paths")
    ]
)


class _Vote(NamedTuple):
    """A route with its share of the vote of its VP AS for its prefix."""

    vp: int
    tail: tuple[int, ...]  # unprepended, without the VP's own leading AS
    n_tail: int  # its length, a set counted once
    path: dict[str, Any]
    share: Fraction
    weighed: Fraction  # times the weight of the prefix

    @property
    def key(self) -> tuple[tuple[int, ...], int]:
        return self.tail, self.n_tail

    @property
    def next_hop(self) -> int | None:
        only_a_set = self.n_tail == 1 and len(self.tail) > 1 and self.path["origin_as"] is None
        return None if only_a_set else self.tail[0]

    @property
    def upstream(self) -> int | None:
        if self.tail == (self.path["origin_as"],):
            return self.vp
        upstream: int | None = self.path["upstream_as"]
        return upstream

    @property
    def between(self) -> set[int]:
        """ASes of the path, the VP's own counted, the origin not."""
        return {self.vp, *self.tail} - {self.path["origin_as"]}

    @property
    def in_graph(self) -> bool:
        return (
            self.path["in_graph"]
            and self.tail[-1] == self.path["origin_as"]
            and self.vp not in self.tail
        )


def path_diversity(
    table: pa.Table,
    as_paths: pa.Table,
    n_groups: int,
    *,
    weights: npt.NDArray[np.uint64] | None = None,
    bootstrap: tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint16], float] | None = None,
) -> pa.Table:
    """Path diversity of each group of routes."""
    _check_bootstrap(bootstrap)
    if weights is not None and (total := sum(map(int, weights))) >= 1 << 63:
        raise ValueError(f"weights add up to {total}: expected less than 2^63")
    paths = as_paths.to_pylist()
    groups: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for route in table.to_pylist():
        _check(route, len(paths), n_groups, weights, bootstrap)
        if route["group"] != NO_GROUP:
            groups[route["group"]].append(route)
    rows = []
    known: dict[Any, dict[str, Any]] = {}  # prefixes of one origin mostly have the same routes
    for group in sorted(groups):
        routes = groups[group]
        n_prefixes = len({r["prefix_id"] for r in routes})
        votes = None
        if n_prefixes == 1 and weights is None:
            votes = tuple(sorted((r["vp_as"], r["as_path_id"]) for r in routes))
        if votes is None or votes not in known:
            cast = _votes(routes, paths, weights)
            known[votes] = _measure(cast)
            if bootstrap is not None:
                known[votes] |= _intervals(cast, *bootstrap)
        counts = {"group": group, "n_routes": len(routes), "n_prefixes": n_prefixes}
        rows.append(known[votes] | counts)
    schema = _SCHEMA if bootstrap is None else pa.schema([*_SCHEMA, *_INTERVALS])
    return pa.Table.from_pylist(rows, schema=schema)


def _check_bootstrap(bootstrap: Any) -> None:
    if bootstrap is None:
        return
    vps, draws, ci = bootstrap
    if (np.diff(vps.astype(np.int64)) <= 0).any():
        raise ValueError("vps: expected ascending")
    if draws.size % max(len(vps), 1):
        raise ValueError(f"{draws.size} draws: expected a multiple of {len(vps)} VP ASes")
    if not 0 < ci < 1:
        raise ValueError(f"ci {ci}: expected above 0 and below 1")


def _check(
    route: dict[str, Any], n_paths: int, n_groups: int, weights: Any, bootstrap: Any
) -> None:
    if route["as_path_id"] >= n_paths:
        raise ValueError(f"as_path_id {route['as_path_id']}: expected less than {n_paths}")
    if route["group"] != NO_GROUP and route["group"] >= n_groups:
        raise ValueError(f"group {route['group']}: expected less than {n_groups}, or {NO_GROUP}")
    if weights is not None and route["prefix_id"] >= len(weights):
        n = len(weights)
        raise ValueError(f"prefix_id {route['prefix_id']}: expected less than {n} weights")
    if bootstrap is not None and route["vp_as"] not in bootstrap[0]:
        raise ValueError(f"vp_as {route['vp_as']}: expected one of the VP ASes drawn from")


def _votes(
    routes: list[dict[str, Any]],
    paths: list[dict[str, Any]],
    weights: npt.NDArray[np.uint64] | None,
) -> list[_Vote]:
    """One vote for each VP AS and prefix, shared by its routes; none for a VP inside the origin."""
    ballots: dict[tuple[int, int], list[_Vote]] = defaultdict(list)
    for route in routes:
        vp, path = route["vp_as"], paths[route["as_path_id"]]
        hops = tuple(path["hops"])
        own = hops[:1] == (vp,)
        tail = hops[1:] if own else hops
        if tail and path["origin_as"] != vp:
            vote = _Vote(vp, tail, path["n_hops"] - own, path, Fraction(1), Fraction(1))
            ballots[vp, route["prefix_id"]].append(vote)
    shared = []
    for (_, prefix), ballot in ballots.items():
        share, weight = Fraction(1, len(ballot)), 1 if weights is None else int(weights[prefix])
        shared += [v._replace(share=share, weighed=share * weight) for v in ballot]
    return shared


def _measure(votes: list[_Vote]) -> dict[str, Any]:
    """Metrics of one group; what cannot be measured is missing."""
    vps = {v.vp for v in votes}
    row: dict[str, Any] = {
        "n_vps": len(vps),
        "n_paths": len({v.key for v in votes}),
        "n_next_hops": len({v.next_hop for v in votes} - {None}),
        "n_upstreams": len({v.upstream for v in votes} - {None}),
        "n_paths_left_out": len({v.key for v in votes if not v.in_graph}),
    }
    row |= _spread("next_hop", [(v.next_hop, v.weighed) for v in votes])
    row |= _spread("upstream", [(v.upstream, v.weighed) for v in votes])
    row |= _spread("path", [(v.key, v.weighed) for v in votes])
    if votes:
        lengths = [(v.path["length"], v.weighed) for v in votes]
        row |= {
            "length_min": min(lengths)[0],
            "length_median": _median(lengths),
            "length_max": max(lengths)[0],
            "hops_median": _median([(v.path["n_hops"], v.weighed) for v in votes]),
            "prepend_max": max(v.path["prepend_max"] for v in votes),
        }
    if row["n_upstreams"]:
        row["single_homed"] = row["n_upstreams"] == 1
    if len(vps) > 1:
        row |= _overlap(votes)
        row["chokepoints"] = sorted(set.intersection(*(v.between for v in votes)))
    graph = _union([v for v in votes if v.in_graph])
    if len(graph):
        row["vertex_disjoint"] = _max_flow(_split(graph))
        row["edge_disjoint"] = _max_flow(graph)
        if len(vps) > 1:
            row["dominators"] = sorted(_dominators(graph) & set(row["chokepoints"]))
    return row


def _spread(name: str, pairs: Iterable[tuple[Any, Fraction]]) -> dict[str, float]:
    """Shannon entropy in bits, Hill numbers of order 1 and 2, and evenness."""
    votes: dict[Any, Fraction] = defaultdict(Fraction)
    for value, share in pairs:
        if value is not None and share:
            votes[value] += share
    if not votes:
        return {}
    total = sum(votes.values())
    shares = [float(v / total) for v in votes.values()]
    entropy = math.fsum(-p * math.log2(p) for p in shares) + 0.0
    return {
        f"{name}_entropy": entropy,
        f"{name}_effective": 2**entropy,
        f"{name}_inverse_simpson": 1 / math.fsum(p * p for p in shares),
        f"{name}_evenness": entropy / math.log2(len(shares)) if len(shares) > 1 else 0.0,
    }


def _intervals(
    votes: list[_Vote],
    vps: npt.NDArray[np.uint32],
    draws: npt.NDArray[np.uint16],
    ci: float,
) -> dict[str, float]:
    """Give the ends of the intervals of every spread; none with fewer than two VP ASes."""
    row: dict[str, float] = {}
    if len({v.vp for v in votes}) < 2:
        return row
    keys: dict[str, list[Any]] = {
        "next_hop": [v.next_hop for v in votes],
        "upstream": [v.upstream for v in votes],
        "path": [v.key for v in votes],
    }
    for key, values in keys.items():
        cast: dict[Any, list[Fraction]] = defaultdict(lambda: [Fraction()] * len(vps))
        for value, vote in zip(values, votes, strict=True):
            if value is not None and vote.weighed:
                cast[value][int(np.searchsorted(vps, vote.vp))] += vote.weighed
        if cast:
            # Whole numbers, and values in the order of their votes: sums do not depend on names.
            unit = math.lcm(*(share.denominator for of in cast.values() for share in of))
            counts = sorted([float(share * unit) for share in of] for of in cast.values())
            drawn = draws.astype(np.float64) @ np.array(counts).T
            for name, resampled in zip(_SPREADS, _spreads(drawn[drawn.any(axis=1)]), strict=True):
                ends = _ends(np.sort(resampled), ci)
                row |= dict(zip((f"{key}_{name}_low", f"{key}_{name}_high"), ends, strict=False))
    return row


def _spreads(votes: npt.NDArray[np.float64]) -> list[npt.NDArray[np.float64]]:
    """`_spread` of the values of each row."""
    shares = votes / votes.sum(axis=1, keepdims=True)
    n = np.count_nonzero(votes, axis=1)
    entropy = -(shares * np.log2(np.where(shares > 0, shares, 1))).sum(axis=1) + 0.0
    evenness = np.where(n > 1, entropy / np.log2(np.maximum(n, 2)), 0.0)
    return [entropy, 2**entropy, 1 / (shares**2).sum(axis=1), evenness]


def _ends(ordered: npt.NDArray[np.float64], ci: float) -> list[float]:
    """Values k from either end, as `rib.table.resampling.interval` has it."""
    k = int(len(ordered) * (1 - ci) / 2 + 1e-9)
    return [float(ordered[k]), float(ordered[-1 - k])] if len(ordered) else []


def _median(pairs: list[tuple[int, Fraction]]) -> float | None:
    """Mean of the least and greatest value with at most half of the votes on either side."""
    votes: dict[int, Fraction] = defaultdict(Fraction)
    for value, share in pairs:
        if share:
            votes[value] += share
    if not votes:
        return None
    half = sum(votes.values(), Fraction()) / 2
    middle = [
        value
        for value in votes
        if sum(share for v, share in votes.items() if v < value) <= half
        and sum(share for v, share in votes.items() if v > value) <= half
    ]
    return (min(middle) + max(middle)) / 2


def _overlap(votes: list[_Vote]) -> dict[str, float]:
    """Mean Jaccard index of AS sets and of link sets over pairs of VP ASes."""
    ballots: dict[int, Counter[Any]] = defaultdict(Counter)
    by_key: dict[Any, _Vote] = {}
    for vote in votes:
        ballots[vote.vp][vote.key] += vote.share  # type: ignore[assignment]  # Counter of fractions
        # Of equal paths one may have no origin: a confederation segment follows.
        if vote.path["origin_as"] is not None or (vote.vp, vote.key) not in by_key:
            by_key[vote.vp, vote.key] = vote
    chosen = []
    for vp, counts in ballots.items():
        most = max(counts.values())
        chosen.append(by_key[vp, min(key for key, count in counts.items() if count == most)])
    ases = [v.between - {v.vp} for v in chosen]
    links = [set(pairwise(v.tail)) for v in chosen]
    return {"jaccard_as": _mean_jaccard(ases), "jaccard_link": _mean_jaccard(links)}


def _mean_jaccard(sets: list[set[Any]]) -> float:
    pairs = list(combinations(sets, 2))
    return math.fsum(len(a & b) / len(a | b) if a | b else 0.0 for a, b in pairs) / len(pairs)


def _union(votes: list[_Vote]) -> Any:
    """Union graph from the super-source "source" to "sink", which every origin leads to."""
    graph: Any = nx.DiGraph()
    origins = {v.path["origin_as"] for v in votes}
    for vote in votes:
        nx.add_path(graph, ["source", vote.vp, *vote.tail], capacity=1)
    for origin in origins:
        graph.add_edge(origin, "sink")  # no capacity limit
        graph.nodes[origin]["is_origin"] = True
    return graph


def _split(graph: Any) -> Any:
    """Graph with each AS but the origins cut into an entrance and an exit of capacity 1."""
    split: Any = nx.DiGraph()
    for node, is_origin in graph.nodes(data="is_origin"):
        split.add_edge((node, "in"), (node, "out"))
        if not is_origin and node not in ("source", "sink"):
            split.edges[(node, "in"), (node, "out")]["capacity"] = 1
    for a, b, capacity in graph.edges(data="capacity"):
        limit = {} if capacity is None else {"capacity": capacity}
        split.add_edge((a, "out"), (b, "in"), **limit)
    return nx.relabel_nodes(split, {("source", "in"): "source", ("sink", "out"): "sink"})


def _max_flow(graph: Any) -> int:
    # Flows are small, so that looking for one path after another is quickest.
    flow = nx.maximum_flow_value(graph, "source", "sink", flow_func=edmonds_karp)
    return int(flow)


def _dominators(graph: Any) -> set[int]:
    """ASes other than origins on every walk from source to sink."""
    parents = nx.immediate_dominators(graph, "source")
    found = set()
    node = parents["sink"]
    while node != "source":
        if not graph.nodes[node].get("is_origin"):
            found.add(node)
        node = parents[node]
    return found


def as_links(table: pa.Table, as_paths: pa.Table) -> pa.Table:
    """Links between neighbouring ASes of the paths that may enter a graph."""
    paths = as_paths.to_pylist()
    prefixes, peers, used = defaultdict(set), defaultdict(set), defaultdict(set)
    for route in table.to_pylist():
        if route["as_path_id"] >= len(paths):
            raise ValueError(f"as_path_id {route['as_path_id']}: expected less than {len(paths)}")
        path = paths[route["as_path_id"]]
        if path["in_graph"]:
            for link in pairwise(path["hops"]):
                prefixes[link].add(route["prefix_id"])
                peers[link].add(route["vp_as"])
                used[link].add(tuple(path["hops"]))
    rows = [
        (*link, len(prefixes[link]), len(peers[link]), len(used[link])) for link in sorted(used)
    ]
    return pa.table(
        [pa.array(c, pa.uint32()) for c in zip(*rows, strict=True)]
        or [pa.array([], pa.uint32())] * 5,
        schema=_LINKS,
    )
