"""Path diversity the straightforward way, with pandas and networkx, by the text of docs/methods.md.

It is the rival of `rib.path_diversity` and an oracle of its tests: it knows routes as a DataFrame with
their raw AS paths, and nothing of how rib computes. One group is measured at a time in plain Python.
"""

import math
from collections import Counter
from collections.abc import Hashable, Iterable
from itertools import combinations, pairwise
from typing import Any, NamedTuple

import networkx as nx
import pandas as pd
from naive_paths import AsPath, prepare

__all__ = ["assert_same", "path_diversity", "routes_of"]

#: Votes are sums of fractions: closer than this is equal.
_NEAR = 1e-9

Path = tuple[tuple[int, ...], int]  # hops without the VP's own, and places: what n_paths counts


class _Vote(NamedTuple):
    """A route that votes, with its part of the vote."""

    vp: int
    path: Path
    of: AsPath
    votes: float

    @property
    def ases(self) -> frozenset[int]:
        """ASes of the path, the VP AS counted, the path's origin not."""
        return frozenset((self.vp, *self.path[0])) - {self.of.origin_as}

    @property
    def is_in_graph(self) -> bool:
        return self.of.is_clean and self.vp not in self.path[0]

    @property
    def next_hop(self) -> int | None:
        hops, n_places = self.path
        is_a_set = n_places == 1 and len(hops) > 1
        return None if is_a_set else hops[0]

    @property
    def upstream(self) -> int | None:
        return self.vp if self.path[0] == (self.of.origin_as,) else self.of.upstream_as


def routes_of(table: Any) -> pd.DataFrame:
    """Give the routes of a `rib.Rib` that take part: prefix, family, vp_as, and AS path as segments."""
    paths = []
    for row in table.as_paths.select(["hops", "segments"]).to_pylist():
        hops = iter(row["hops"])
        paths.append(
            tuple(
                (s["kind"], tuple(next(hops) for _ in range(s["count"]))) for s in row["segments"]
            )
        )
    routes = table.routes.select(["prefix_id", "peer_id", "as_path_id"]).to_pandas()
    prefix = table.prefixes.to_pandas().iloc[routes["prefix_id"]].reset_index(drop=True)
    frame: pd.DataFrame = pd.DataFrame(
        {
            "prefix": prefix["text"],
            "family": prefix["family"],
            "vp_as": table.peers.column("peer_as").to_numpy()[routes["peer_id"]],
            "path": [paths[i] for i in routes["as_path_id"]],
        }
    )
    kept: pd.DataFrame = frame[(prefix["length"] != 0) & (frame["vp_as"] != 0)]
    return kept


def path_diversity(routes: pd.DataFrame, by: str = "prefix") -> pd.DataFrame:
    """Measure every prefix or origin AS of routes as `routes_of` gives them; rows in no order."""
    of = [prepare(path) for path in routes["path"]]
    behind = map(_behind, routes["vp_as"], of)
    routes = routes.assign(of=_objects(of), behind=_objects(behind))
    if by == "origin_as":
        routes = routes.assign(origin_as=_objects(path.origin_as for path in of))
        routes = routes[routes["origin_as"].notna()].astype({"origin_as": "uint32"})
    votes = routes[routes["behind"].notna()]
    ballots = votes.groupby(["vp_as", "prefix", by], sort=False)["vp_as"]
    votes = votes.assign(votes=1 / ballots.transform("size"))
    columns = ["vp_as", "behind", "of", "votes"]
    measured = {
        key: _metrics([_Vote(*row) for row in zip(*(rows[c] for c in columns), strict=True)])
        for key, rows in votes.groupby([by, "family"], sort=False)
    }
    nothing = _metrics([])
    found = []
    for key, rows in routes.groupby([by, "family"], sort=False):
        counts = {"n_routes": len(rows), "n_prefixes": rows["prefix"].nunique()}
        found.append(dict(zip((by, "family"), key, strict=True)) | counts)
        found[-1] |= measured.get(key, nothing)
    return pd.DataFrame(found)


def _objects(values: Iterable[Any]) -> Any:
    """Give a column of objects, which pandas is not to look into."""
    return pd.Series(list(values), dtype=object).to_numpy()


def _behind(vp: int, of: AsPath) -> Path | None:
    """Path behind the VP AS; none where the VP is inside the origin AS."""
    own = of.hops[:1] == (vp,)
    hops = of.hops[own:]
    return (hops, of.n_hops - own) if hops and of.origin_as != vp else None


def _metrics(votes: list[_Vote]) -> dict[str, Any]:
    """Everything but `n_routes` and `n_prefixes`, of one group."""
    upstreams = {v.upstream for v in votes} - {None}
    row: dict[str, Any] = {
        "n_vps": len({v.vp for v in votes}),
        "n_paths": len({v.path for v in votes}),
        "n_next_hops": len({v.next_hop for v in votes} - {None}),
        "n_upstreams": len(upstreams),
        "single_homed": len(upstreams) == 1 if upstreams else None,
        "n_paths_left_out": len({v.path for v in votes if not v.is_in_graph}),
    }
    for key in ("next_hop", "upstream", "path"):
        row |= _spread(key, [(getattr(v, key), v.votes) for v in votes])
    row |= _lengths(votes)
    row |= dict.fromkeys(("jaccard_as", "jaccard_link", "chokepoints", "dominators"))
    if row["n_vps"] > 1:
        row |= _overlap(votes)
        row["chokepoints"] = sorted(frozenset.intersection(*(v.ases for v in votes)))
    return row | _graph([v for v in votes if v.is_in_graph], row["chokepoints"])


def _spread(key: str, votes: Iterable[tuple[Hashable, float]]) -> dict[str, float | None]:
    by_value: Counter[Hashable] = Counter()
    for value, part in votes:
        if value is not None:
            by_value[value] += part  # type: ignore[assignment]  # a Counter of fractions
    names = [f"{key}_{name}" for name in ("entropy", "effective", "inverse_simpson", "evenness")]
    if not by_value:
        return dict.fromkeys(names)
    shares = [part / sum(by_value.values()) for part in by_value.values()]
    entropy = -sum(p * math.log2(p) for p in shares)
    evenness = entropy / math.log2(len(shares)) if len(shares) > 1 else 0.0
    spread = (entropy, 2**entropy, 1 / sum(p * p for p in shares), evenness)
    return dict(zip(names, spread, strict=True))


def _lengths(votes: list[_Vote]) -> dict[str, float | None]:
    names = ("length_min", "length_median", "length_max", "hops_median", "prepend_max")
    if not votes:
        return dict.fromkeys(names)
    lengths = [v.of.length for v in votes]
    values = (
        min(lengths),
        _median([(v.of.length, v.votes) for v in votes]),
        max(lengths),
        _median([(v.of.n_hops, v.votes) for v in votes]),
        max(v.of.prepend_max for v in votes),
    )
    return dict(zip(names, values, strict=True))


def _median(votes: list[tuple[int, float]]) -> float:
    """Value at which half of the votes lie on either side, or the mean of the two around it."""
    half = sum(part for _, part in votes) / 2
    below = 0.0
    low = None
    for value, part in sorted(votes):
        below += part
        if low is None and below > half - _NEAR:
            low = value
        if low is not None and below > half + _NEAR:
            return (low + value) / 2
    raise AssertionError("more than half of the votes lie up to the last value")


def _overlap(votes: list[_Vote]) -> dict[str, float]:
    """Mean Jaccard index over pairs of VP ASes, one path for each."""
    parts: Counter[tuple[int, Path]] = Counter()
    for v in votes:
        parts[v.vp, v.path] += v.votes  # type: ignore[assignment]  # a Counter of fractions
    chosen: dict[int, Path] = {}
    # Most votes first, then the smallest path: of each VP AS the first one stays.
    for vp, path in sorted(parts, key=lambda p: (-round(parts[p], 9), p[1])):
        chosen.setdefault(vp, path)
    # The same path may end in a confederation on another route: then its origin is known by this one.
    known_last = sorted(votes, key=lambda v: v.of.origin_as is not None)
    ases = {v.vp: v.ases - {v.vp} for v in known_last if chosen[v.vp] == v.path}
    links = {vp: frozenset(pairwise(hops)) for vp, (hops, _) in chosen.items()}
    return {"jaccard_as": _jaccard(ases.values()), "jaccard_link": _jaccard(links.values())}


def _jaccard(sets: Iterable[frozenset[Any]]) -> float:
    pairs = list(combinations(sets, 2))
    return sum(len(a & b) / len(a | b) if a | b else 0.0 for a, b in pairs) / len(pairs)


def _graph(votes: list[_Vote], chokepoints: list[int] | None) -> dict[str, Any]:
    """Disjoint paths and dominators of the union graph."""
    if not votes:
        return {"vertex_disjoint": None, "edge_disjoint": None, "dominators": None}
    origins = {v.of.origin_as for v in votes}
    graph: Any = nx.DiGraph()
    for v in votes:
        for a, b in pairwise(("source", v.vp, *v.path[0])):
            if a not in origins:  # a walk that has reached an origin has arrived
                graph.add_edge(a, b, capacity=1)
    ases = set(graph) - {"source"} - origins
    graph.add_edges_from((origin, "sink") for origin in origins)  # without a limit
    found: dict[str, Any] = {
        "vertex_disjoint": _flow(_split(graph, ases)),
        "edge_disjoint": _flow(graph),
        "dominators": None,
    }
    if chokepoints is not None:
        parents = nx.immediate_dominators(graph, "source")
        on_all, node = set(), parents["sink"]
        while node != "source":
            on_all.add(node)
            node = parents[node]
        # An announced path that is not in the graph may avoid one.
        found["dominators"] = sorted(on_all & ases & set(chokepoints))
    return found


def _split(graph: Any, ases: set[int]) -> Any:
    """Give a graph in which these ASes have an entrance and an exit, with a link between them."""
    split: Any = nx.DiGraph()
    split.add_edges_from((("in", a), a, {"capacity": 1}) for a in ases)
    split.add_edges_from((a, ("in", b) if b in ases else b, of) for a, b, of in graph.edges.data())
    return split


def _flow(graph: Any) -> int:
    # Flows are small: looking for one path after another is quicker than pushing all at once.
    method = nx.algorithms.flow.edmonds_karp
    return int(nx.maximum_flow_value(graph, "source", "sink", flow_func=method))


def assert_same(ours: pd.DataFrame, naive: pd.DataFrame, by: str = "prefix") -> None:
    """Assert that `rib.path_diversity` has all rows and columns of the naive one, to nine places."""
    assert set(ours.columns) == set(naive.columns)
    assert len(ours) == len(naive)
    order = pd.MultiIndex.from_frame(ours[[by, "family"]])
    naive = naive.set_index([by, "family"]).loc[order].reset_index()
    for name in ours.columns:
        left, right = ours[name].to_numpy(object), naive[name].to_numpy(object)
        for key, a, b in zip(order, left, right, strict=True):
            assert _equal(a, b), f"{name} of {key}: {a}, the naive way {b}"


def _equal(a: Any, b: Any) -> bool:
    lists = [isinstance(v, Iterable) and not isinstance(v, str) for v in (a, b)]
    if any(lists):
        return all(lists) and list(a) == list(b)
    if pd.isna(a) or pd.isna(b):
        return bool(pd.isna(a) and pd.isna(b))
    return bool(abs(a - b) <= _NEAR if isinstance(a, float) else a == b)
