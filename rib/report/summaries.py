"""The few numbers behind each chart, counted from full tables.

Everything here is a pure function over columns; nothing is drawn or worded.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from rib.table import summary
from rib.table.arrays import analysis_routes, column
from rib.table.rib import Rib

__all__ = [
    "LENGTH_CAP",
    "ExitShare",
    "PeerCount",
    "binned",
    "looks_like_own_view",
    "path_length_counts",
    "peer_counts",
    "state_counts",
    "time_span",
    "transit_shares",
    "transits_per_prefix",
    "watched_origins",
]

#: Paths of this many ASes and more share the last bar.
LENGTH_CAP = 12

#: An own view has at most this many neighbours; collectors have more (heuristic).
_OWN_VIEW_PEERS = 8


@dataclass(frozen=True)
class PeerCount:
    """One peer with routes and what it sends."""

    collector: str
    peer_as: int
    peer_ip: str
    n_prefixes4: int
    n_prefixes6: int
    is_full_feed4: bool
    is_full_feed6: bool

    @property
    def feed(self) -> str:
        """Which families it sends in full, in words."""
        names = [
            n for n, full in (("IPv4", self.is_full_feed4), ("IPv6", self.is_full_feed6)) if full
        ]
        return " and ".join(names) if names else "partial"


@dataclass(frozen=True)
class ExitShare:
    """What one transit AS of an own view offers in one family, as shares of all prefixes."""

    family: int
    transit_as: int
    n_prefixes: int
    offered: float
    shortest: float
    shortest_alone: float
    only: float


def peer_counts(table: Rib) -> list[PeerCount]:
    """Peers that send routes, most prefixes first, then by AS and address."""
    rows = table.peers.select(list(PeerCount.__dataclass_fields__)).to_pylist()
    present = [PeerCount(**r) for r in rows if r["n_prefixes4"] or r["n_prefixes6"]]
    return sorted(
        present, key=lambda p: (-p.n_prefixes4 - p.n_prefixes6, p.peer_as, p.peer_ip, p.collector)
    )


def time_span(table: Rib) -> tuple[str, str] | None:
    """First and last record time as text in UTC; None without routes."""
    span = summary.time_span(table)
    if span is None:
        return None
    return f"{span[0]:%Y-%m-%d %H:%M:%S} UTC", f"{span[1]:%Y-%m-%d %H:%M:%S} UTC"


def looks_like_own_view(table: Rib) -> bool:
    """Whether every peer AS sends a full feed and there are only a few: one operator's transits.

    A heuristic of ours; `rib.write_report` says on the first screen what it took the table for.
    """
    peers = [p for p in peer_counts(table) if p.peer_as]
    if len({p.collector for p in peers}) != 1:
        return False
    full = {p.peer_as for p in peers if p.is_full_feed4 or p.is_full_feed6}
    ases = {p.peer_as for p in peers}
    return 2 <= len(ases) <= _OWN_VIEW_PEERS and full == ases


def path_length_counts(table: Rib) -> pd.DataFrame:
    """Routes by path length: columns ``family``, ``measure``, ``length``, ``n_routes``, ``share``.

    ``measure`` is ``"with prepends"`` (RFC 4271 §9.1.2.2) or ``"without prepends"``; the peer's own
    AS counts, lengths of `LENGTH_CAP` and more share the last row, ``share`` is of the family.
    """
    routes = analysis_routes(table)
    is_v6 = column(table.prefixes, "family")[routes.prefix_id] == 6
    measures = {
        "with prepends": column(table.as_paths, "length"),
        "without prepends": column(table.path_features, "n_hops"),
    }
    rows = []
    for family, mask in ((4, ~is_v6), (6, is_v6)):
        total = int(mask.sum())
        if not total:
            continue
        for measure, lengths in measures.items():
            at = np.minimum(lengths[routes.as_path_id[mask]], LENGTH_CAP)
            counts = np.bincount(at, minlength=LENGTH_CAP + 1)
            rows += [(family, measure, n, int(c), int(c) / total) for n, c in enumerate(counts)]
    return pd.DataFrame(rows, columns=["family", "measure", "length", "n_routes", "share"])


def binned(
    values: pd.Series, family: pd.Series, edges: list[float], labels: list[str]
) -> list[dict[str, Any]]:
    """Count values per family between edges (left closed), as rows for a chart."""
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    families = family.to_numpy(dtype=np.int64)
    bin_of = np.searchsorted(np.asarray(edges), numbers, side="right") - 1
    rows = []
    for wanted in (4, 6):
        of_family = (families == wanted) & ~np.isnan(numbers) & (bin_of >= 0)
        total = int(of_family.sum())
        counts = np.bincount(np.minimum(bin_of[of_family], len(labels) - 1), minlength=len(labels))
        rows += [
            {
                "family": f"IPv{wanted}",
                "bin": label,
                "order": at,
                "count": int(n),
                "share": int(n) / total,
            }
            for at, (label, n) in enumerate(zip(labels, counts, strict=True))
            if total
        ]
    return rows


def state_counts(states: pd.Series, order: list[str]) -> list[tuple[str, int]]:
    """Count each state of ``order``, then any other by name; nulls are left out."""
    counts = Counter(states.dropna().tolist())
    names = [*order, *sorted(set(counts) - set(order))]
    return [(name, counts[name]) for name in names]


def watched_origins(origins: pd.DataFrame, own: list[int], n: int) -> list[int]:
    """Origins a report looks at closely: our own, or else those with the most prefixes.

    ``origins`` is `rib.path_diversity` by origin AS. Ties go to the lower ASN.
    """
    if own:
        return own
    total = origins.groupby("origin_as", dropna=True)["n_prefixes"].sum()
    asn = total.index.to_numpy(dtype=np.int64)
    count = total.to_numpy(dtype=np.int64)
    return [int(a) for a in asn[np.lexsort((asn, -count))][:n]]


def _pairs(table: Rib) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
    """Distinct (prefix, transit AS) with the shortest path length, sorted by prefix, AS."""
    routes = analysis_routes(table)
    key = routes.prefix_id.astype(np.uint64) << np.uint64(32) | routes.vp_as
    length = column(table.as_paths, "length")[routes.as_path_id]
    order = np.lexsort((length, key))
    key, length = key[order], length[order]
    first = np.ones(len(key), dtype=bool)
    first[1:] = key[1:] != key[:-1]
    key, length = key[first], length[first]
    return key >> np.uint64(32), key & np.uint64(0xFFFFFFFF), length


def _starts(sorted_ids: npt.NDArray[Any]) -> npt.NDArray[np.intp]:
    change = np.ones(len(sorted_ids), dtype=bool)
    change[1:] = sorted_ids[1:] != sorted_ids[:-1]
    return np.flatnonzero(change)


def transits_per_prefix(table: Rib) -> pd.DataFrame:
    """Own view: transit ASes that offer each prefix, columns ``family``, ``n_transits``."""
    prefix, _, _ = _pairs(table)
    starts = _starts(prefix)
    counts = np.diff(np.append(starts, len(prefix)))
    family = column(table.prefixes, "family")[prefix[starts].astype(np.intp)]
    return pd.DataFrame({"family": family, "n_transits": counts})


def transit_shares(table: Rib) -> list[ExitShare]:
    """Own view: what each transit AS offers, by family then most offered.

    Notes
    -----
    ``shortest`` counts ties for every transit that ties, so the column may sum to more than 1. It
    is AS-path length alone: not what a router chose, which LOCAL_PREF decides first.
    """
    prefix, transit, length = _pairs(table)
    if not len(prefix):
        return []
    starts = _starts(prefix)
    size = np.diff(np.append(starts, len(prefix)))
    best = np.repeat(np.minimum.reduceat(length, starts), size) == length
    n_best = np.repeat(np.add.reduceat(best.astype(np.int64), starts), size)
    alone = np.repeat(size, size) == 1
    is_v6 = column(table.prefixes, "family")[prefix.astype(np.intp)] == 6
    names, code = np.unique(transit, return_inverse=True)
    rows = []
    for family, mask in ((4, ~is_v6), (6, is_v6)):
        total = len(_starts(prefix[mask]))
        if not total:
            continue
        offered, shortest, single, only = (
            np.bincount(code[mask & what], minlength=len(names))
            for what in (mask, best, best & (n_best == 1), alone)
        )
        found = [
            ExitShare(
                family,
                int(asn),
                int(offered[i]),
                float(offered[i]) / total,
                float(shortest[i]) / total,
                float(single[i]) / total,
                float(only[i]) / total,
            )
            for i, asn in enumerate(names)
            if offered[i]
        ]
        rows += sorted(found, key=lambda s: (-s.n_prefixes, s.transit_as))
    return rows
