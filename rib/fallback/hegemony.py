"""AS hegemony in pure Python, straight from its definition (docs/methods.md, "AS hegemony")."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rib.fallback.as_path import AS_SEQUENCE, AS_SET

__all__ = ["as_hegemony"]

_SCHEMA = pa.schema(
    [
        pa.field("scope", pa.uint32()),
        pa.field("family", pa.uint8(), nullable=False),
        pa.field("asn", pa.uint32(), nullable=False),
        pa.field("hegemony", pa.float64(), nullable=False),
        pa.field("n_vps", pa.uint32(), nullable=False),
        pa.field("n_vps_with_as", pa.uint32(), nullable=False),
        pa.field("hegemony_low", pa.float64()),
        pa.field("hegemony_high", pa.float64()),
    ]
)

#: Draws of the VP ASes of either family, one behind the other; resamples; coverage.
_Draws = tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint16], int, float]
_Scope = int | None  # None: global, or, for weights, no origin AS
_Weights = dict[int, float]  # by AS


class _Rule(NamedTuple):
    """How scores become hegemony."""

    trim: str
    sparse: bool

    def trimmed(self, n: int) -> int:
        """VP ASes left out at either end."""
        if self.trim == "none":
            return 0
        return max(n // 10, 1) if self.trim == "force" and n > 2 else n // 10

    def mean(self, scores: list[float]) -> float:
        cut = self.trimmed(len(scores))
        kept = sorted(scores)[cut : len(scores) - cut]
        return sum(kept) / len(kept)


def as_hegemony(
    tables: tuple[pa.Table, pa.Table, pa.Table, pa.Table],
    scopes: pa.Array | None,
    *,
    global_scope: bool,
    sparse: bool,
    trim: str,
    draws: _Draws | None = None,
) -> pa.Table:
    """AS hegemony, global and of origin ASes."""
    routes, prefixes, as_paths, peers = (table.to_pylist() for table in tables)
    rule = _Rule(trim, sparse)
    wanted = None if scopes is None else set(scopes.to_pylist())
    members = [list(_members(path)) for path in as_paths]
    by_peer: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for route in routes:
        by_peer[route["peer_id"]].append(route)
    rows: list[dict[str, Any]] = []
    for number, family in enumerate((4, 6)):
        full = [i for i, peer in enumerate(peers) if peer[f"full{family}"]]
        vps = sorted({peers[i]["peer_as"] for i in full})
        of_peer = {i: _Bc(by_peer[i], prefixes, as_paths, members, family) for i in full}
        found: set[_Scope] = {s for bc in of_peer.values() for s in bc.weights if s is not None}
        found = {s for s in found if wanted is None or s in wanted}
        if global_scope:
            found.add(None)
        of_vps = None if draws is None else ((draws[0], draws[1])[number], draws[2], draws[3])
        for scope in found:
            by_vp = {vp: _score(of_peer, peers, vp, scope) for vp in vps}
            rows += ({"scope": scope, "family": family, **r} for r in _rows(by_vp, rule, of_vps))
    rows.sort(key=lambda r: (-1 if r["scope"] is None else r["scope"], r["family"], r["asn"]))
    return pa.Table.from_pylist(rows, schema=_SCHEMA)


class _Bc:
    """Weights of one peer: of every scope, and within it of every AS on the paths."""

    def __init__(
        self,
        routes: list[dict[str, Any]],
        prefixes: list[dict[str, Any]],
        as_paths: list[dict[str, Any]],
        members: list[list[tuple[int, int]]],
        family: int,
    ) -> None:
        paths: dict[int, list[int]] = defaultdict(list)  # by prefix: several with ADD-PATH
        for route in routes:
            prefix = prefixes[route["prefix_id"]]
            if prefix["family"] == family and prefix["length"]:
                paths[route["prefix_id"]].append(route["as_path_id"])
        self.weights: dict[_Scope, float] = defaultdict(float)
        self.ases: dict[_Scope, _Weights] = defaultdict(lambda: defaultdict(float))
        for row, weight in _weigh({row: prefixes[row] for row in paths}, family).items():
            for path in paths[row]:
                share = weight / len(paths[row])
                if share:
                    self._add(as_paths[path]["origin_as"], members[path], share)

    def _add(self, origin: _Scope, members: list[tuple[int, int]], weight: float) -> None:
        self.weights[origin] += weight
        for asn, divisor in members:
            self.ases[origin][asn] += weight / divisor

    def score(self, scope: _Scope) -> _Weights | None:
        """Share of the weight of a scope that each AS has, None where the peer does not reach it."""
        scopes = self.weights if scope is None else {scope} & self.weights.keys()
        total = sum(self.weights[s] for s in scopes)
        if not total:
            return None
        shares: _Weights = defaultdict(float)
        for s in scopes:
            for asn, weight in self.ases[s].items():
                shares[asn] += weight / total
        return shares


def _weigh(prefixes: Mapping[int, dict[str, Any]], family: int) -> dict[int, int]:
    """Weight of each prefix of a peer: its addresses without those of its more-specifics; 1 in IPv6."""
    if family == 6:
        return dict.fromkeys(prefixes, 1)
    weights: dict[int, int] = {}
    around: list[tuple[int, int]] = []  # last address and row of the prefixes around
    for row, prefix in sorted(prefixes.items()):  # by address, then length
        size = 1 << (32 - prefix["length"])
        network = int.from_bytes(prefix["network"][:4], "big")
        while around and around[-1][0] < network:
            around.pop()
        weights[row] = size
        if around:
            weights[around[-1][1]] -= size
        around.append((network + size - 1, row))
    return weights


def _members(path: dict[str, Any]) -> Iterator[tuple[int, int]]:
    """ASes of a path, each once, with the number of ASes that share the place."""
    hops = iter(path["hops"])
    divisors: dict[int, int] = {}
    for segment in path["segments"]:
        ases = [next(hops) for _ in range(segment["count"])]
        if segment["kind"] not in {AS_SEQUENCE, AS_SET}:
            continue
        divisor = len(set(ases)) if segment["kind"] == AS_SET else 1
        for asn in ases:
            divisors[asn] = min(divisor, divisors.get(asn, divisor))
    yield from divisors.items()


def _score(
    of_peer: dict[int, _Bc], peers: list[dict[str, Any]], vp: int, scope: _Scope
) -> _Weights | None:
    """Score of each AS at a VP AS: the mean over its sessions at a collector, then over collectors."""
    at: dict[int, list[_Weights | None]] = defaultdict(list)
    for peer, bc in of_peer.items():
        if peers[peer]["peer_as"] == vp:
            at[peers[peer]["collector"]].append(bc.score(scope))
    if all(score is None for of_collector in at.values() for score in of_collector):
        return None
    mean: _Weights = defaultdict(float)
    for of_collector in at.values():
        for score in of_collector:
            for asn, share in (score or {}).items():
                mean[asn] += share / len(of_collector) / len(at)
    return mean


def _rows(
    by_vp: dict[int, _Weights | None],
    rule: _Rule,
    draws: tuple[npt.NDArray[np.uint16], int, float] | None,
) -> Iterable[dict[str, Any]]:
    """Rows of one scope and family."""
    vps = [i for i, score in enumerate(by_vp.values()) if score is not None or not rule.sparse]
    of_vps = [score or {} for score in by_vp.values()]
    drawn = None if draws is None else draws[0].reshape(len(by_vp), draws[1])[vps]
    for asn in {asn for score in of_vps for asn in score}:
        scores = [of_vps[i].get(asn, 0.0) for i in vps]
        hegemony = rule.mean(scores)
        if not hegemony:
            continue
        ends: tuple[float | None, float | None] = (None, None)
        if draws is not None and drawn is not None:
            ends = _interval(scores, drawn, draws[2], rule)
        yield {
            "asn": asn,
            "hegemony": hegemony,
            "n_vps": len(scores),
            "n_vps_with_as": sum(score > 0 for score in scores),
            "hegemony_low": ends[0],
            "hegemony_high": ends[1],
        }


def _interval(
    scores: list[float], draws: npt.NDArray[np.uint16], ci: float, rule: _Rule
) -> tuple[float | None, float | None]:
    """Give the ends of the interval over resamples: a row of draws for each VP AS."""
    drawn = (np.repeat(scores, counts).tolist() for counts in draws.T)
    means = sorted(rule.mean(of) for of in drawn if of)
    if not means:
        return None, None
    k = int(len(means) * (1 - ci) / 2 + 1e-9)
    return means[k], means[-1 - k]
