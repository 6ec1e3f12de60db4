"""Path diversity and upstream preference: the middle of the report."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from rib.report.charts import Chart, bars, lines, segments
from rib.report.findings import Findings
from rib.report.summaries import (
    LENGTH_CAP,
    ExitShare,
    binned,
    path_length_counts,
    transit_shares,
    transits_per_prefix,
)
from rib.report.wording import Grid, Names, count, decimal, listed, many, percent, records

__all__ = ["Section", "diversity", "upstreams"]

_FAMILIES = {"IPv4": "blue", "IPv6": "orange"}
_N_ORIGINS = 15
_N_UPSTREAMS = 24
_RANKS = {
    "1st": "blue",
    "2nd": "orange",
    "3rd": "green",
    "4th": "purple",
    "rest": "grey",
}


@dataclass(frozen=True)
class Section:
    """A part of the report: sentences, charts, tables."""

    title: str
    anchor: str
    lead: list[str]
    charts: list[Chart]
    grids: list[Grid]


def _by_family(name: str, rows: list[dict[str, Any]], x: str, titles: tuple[str, str]) -> str:
    return bars(name, rows, x=x, y="share", group="family", colours=_FAMILIES, titles=titles)


def _upstream_chart(by_origin: pd.DataFrame) -> Chart:
    labels = ["1", "2", "3", "4", "5", "6 to 9", "10+"]
    rows = binned(by_origin["n_upstreams"], by_origin["family"], [1, 2, 3, 4, 5, 6, 10], labels)
    return Chart(
        "upstreams",
        "Upstreams per origin AS",
        _say(rows, "share of origin ASes by visible upstreams"),
        _by_family("upstreams", rows, "bin", ("visible upstreams", "share of origin ASes")),
    )


def _effective_chart(by_origin: pd.DataFrame) -> Chart:
    labels = ["1", "to 1.5", "to 2", "to 3", "to 4", "4+"]
    rows = binned(
        by_origin["upstream_effective"],
        by_origin["family"],
        [0, 1 + 1e-9, 1.5, 2, 3, 4],
        labels,
    )
    return Chart(
        "effective",
        "Effective number of upstreams",
        _say(rows, "share of origin ASes by effective upstreams"),
        _by_family(
            "effective",
            rows,
            "bin",
            ("effective upstreams (2 to the entropy)", "share of origin ASes"),
        ),
        "1 means every vantage point comes in through the same upstream, however many exist.",
    )


def _length_chart(found: Findings) -> Chart:
    counts = path_length_counts(found.table)
    counts = counts.assign(group="IPv" + counts["family"].astype(str) + " " + counts["measure"])
    shown = counts[counts["length"] > 0]
    rows = records(shown[["group", "length", "share"]])
    means = [
        f"{group}: mean {np.average(g['length'], weights=g['n_routes']):.2f} ASes"
        for group, g in shown.groupby("group")
        if g["n_routes"].sum()
    ]
    return Chart(
        "lengths",
        "Path lengths",
        "Share of routes by AS-path length. " + "; ".join(means) + ".",
        lines(
            "lengths",
            rows,
            x="length",
            y="share",
            group="group",
            colours={
                "IPv4 with prepends": "blue",
                "IPv4 without prepends": "green",
                "IPv6 with prepends": "orange",
                "IPv6 without prepends": "purple",
            },
            titles=("ASes on the path, the peer's own included", "share of routes"),
            cap=LENGTH_CAP,
        ),
        f"The last point holds every path of {LENGTH_CAP} ASes and more.",
    )


def _transit_chart(found: Findings) -> Chart:
    per = transits_per_prefix(found.table)
    top = int(per["n_transits"].max()) if len(per) else 1
    rows = binned(
        per["n_transits"],
        per["family"],
        [float(n) for n in range(1, top + 1)],
        [str(n) for n in range(1, top + 1)],
    )
    return Chart(
        "transits",
        "Transits that offer a prefix",
        _say(rows, "share of prefixes by transit ASes that offer them"),
        bars(
            "transits",
            rows,
            x="bin",
            y="share",
            group="family",
            colours=_FAMILIES,
            titles=("transit ASes with a route", "share of prefixes"),
        ),
    )


def _say(rows: list[dict[str, Any]], what: str) -> str:
    """Say a bar chart: ``IPv4, share of … by …: 1 (60.0 %), 2 (30.0 %)``."""
    parts = []
    for family in _FAMILIES:
        bins = [
            f"{r['bin']} ({percent(r['share'])})"
            for r in rows
            if r["family"] == family and r["count"]
        ]
        if bins:
            parts.append(f"{family}, {what}: {', '.join(bins)}.")
    return " ".join(parts) or "There is nothing to show."


def _single_homed(by_origin: pd.DataFrame) -> list[str]:
    sentences = []
    for family, group in by_origin.groupby("family"):
        single = int(group["single_homed"].fillna(value=False).sum())
        sentences.append(
            f"IPv{family}: {count(single)} of {count(len(group))} origin ASes "
            f"({percent(single / len(group))}) show a single upstream; the median origin has "
            f"{many(int(group['n_upstreams'].median()), 'upstream')}, effective number "
            f"{decimal(group['upstream_effective'].median())}."
        )
    return sentences


def _origins_grid(found: Findings, names: Names) -> Grid:
    frame = found.diversity_origin
    asn = frame["origin_as"].to_numpy(dtype=np.int64, na_value=-1)
    size = frame["n_prefixes"].to_numpy(dtype=np.int64)
    place = {a: n for n, a in enumerate(found.watched)}
    rank = np.array([place.get(a, len(place)) for a in asn])
    # Watched origins in their order, then the rest by size; ties by AS number, then family.
    order = np.lexsort(
        (frame["family"].to_numpy(), asn, np.where(rank < len(place), 0, -size), rank)
    )
    n_watched = int((rank < len(place)).sum())
    chosen = frame.iloc[order[: max(_N_ORIGINS, n_watched)]]
    rows = [
        [
            names.long(r["origin_as"]),
            f"IPv{r['family']}",
            count(r["n_prefixes"]),
            count(r["n_vps"]),
            count(r["n_upstreams"]),
            decimal(r["upstream_effective"]),
            count(r["n_paths"]),
            count(r["vertex_disjoint"]),
            f"{decimal(r['length_median'], 1)} / {decimal(r['hops_median'], 1)}",
            listed(r["chokepoints"], 3, names.asn),
        ]
        for r in records(chosen)
    ]
    who = "Own origins first, then those" if found.own else "Origins"
    return Grid(
        f"{who} with the most prefixes",
        [
            "Origin",
            "Family",
            "Prefixes",
            "VP ASes",
            "Upstreams",
            "Effective",
            "Paths",
            "Disjoint paths",
            "Length, with / without prepends",
            "On every path",
        ],
        rows,
        frozenset(range(2, 9)),
        "All origins are in diversity_origin.parquet, all prefixes in diversity_prefix.parquet.",
    )


def diversity(found: Findings, names: Names) -> Section:
    """Build the section on path diversity."""
    by_origin = found.diversity_origin
    lead = _single_homed(by_origin)
    lead.append(
        "These are lower bounds: a vantage point shows its best path only, and links that no "
        "vantage point uses stay hidden."
        if found.view == "collector"
        else "Counted on the paths our transits offer; their other paths stay hidden, so these are "
        "lower bounds."
    )
    charts = [_upstream_chart(by_origin), _effective_chart(by_origin), _length_chart(found)]
    if found.view == "own":
        charts.insert(0, _transit_chart(found))
    return Section("Path diversity", "diversity", lead, charts, [_origins_grid(found, names)])


def _preference_rows(frame: pd.DataFrame, names: Names) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for (origin, family), group in frame.groupby(["origin_as", "family"], sort=False):
        ordered = group.sort_values("vp_share", ascending=False, kind="stable")
        at, row = 0.0, f"{names.asn(origin)} IPv{family}"
        for n, (upstream, share) in enumerate(
            zip(ordered["upstream_as"], ordered["vp_share"].to_numpy(dtype=float), strict=True)
        ):
            if n < len(_RANKS) - 1:
                end = min(at + share, 1.0)
                group_name, label = list(_RANKS)[n], names.asn(upstream)
            else:
                end, group_name, label = 1.0, "rest", f"{len(ordered) - n} more"
            rows.append({"row": row, "start": at, "end": end, "label": label, "group": group_name})
            at = end
            if group_name == "rest":
                break
    return rows


def _preference(found: Findings, names: Names) -> tuple[list[Chart], list[Grid]]:
    frame = found.upstreams
    of_watched = {asn: frame[frame["origin_as"] == asn] for asn in found.watched}
    chosen = pd.concat(list(of_watched.values())) if of_watched else frame.head(0)
    if not len(chosen):
        return [], []
    rows = _preference_rows(chosen, names)
    first = [f"{r['row']}: {r['label']} {percent(r['end'])}" for r in rows if r["group"] == "1st"]
    chart = Chart(
        "preference",
        "Upstream by share of vantage points",
        "Most used upstream per origin and family. " + "; ".join(first) + ".",
        segments(
            "preference", rows, colours=_RANKS, title="share of (vantage point AS, prefix) pairs"
        ),
        "Colours are ranks within a row, not ASes.",
    )
    grid = Grid(
        "Upstreams of " + ("own origins" if found.own else "the origins with the most prefixes"),
        [
            "Origin",
            "Family",
            "Upstream",
            "VP share",
            "Prefix share",
            "VP ASes",
            "Prefixes",
            "Prepends (median)",
            "Role (heuristic)",
        ],
        [
            [
                names.asn(r["origin_as"]),
                f"IPv{r['family']}",
                names.long(r["upstream_as"]),
                percent(r["vp_share"]),
                percent(r["prefix_share"]),
                count(r["n_vps"]),
                count(r["n_prefixes"]),
                decimal(r["prepend_median"], 1),
                str(r["role"]),
            ]
            for r in records(chosen.head(_N_UPSTREAMS))
        ],
        frozenset(range(3, 8)),
        "Every origin is in upstreams.parquet.",
    )
    return [chart], [grid]


def _exit_chart(shares: list[ExitShare], names: Names) -> Chart:
    rows = [
        {
            "transit": names.asn(s.transit_as),
            "family": f"IPv{s.family}",
            "share": s.shortest,
        }
        for s in shares
    ]
    return Chart(
        "exits",
        "Shortest AS path by transit",
        "; ".join(
            f"{r['transit']} {r['family']}: shortest or joint shortest for {percent(r['share'])}"
            for r in rows
        )
        + ".",
        _by_family("exits", rows, "transit", ("transit AS", "share of prefixes")),
        "AS-path length alone: LOCAL_PREF and policy, which routers ask first, are not in it.",
    )


def _exit_grid(shares: list[ExitShare], names: Names) -> Grid:
    return Grid(
        "What each transit offers, as shares of all prefixes of the family",
        [
            "Transit",
            "Family",
            "Prefixes",
            "Offered",
            "Shortest or joint",
            "Shortest alone",
            "Only here",
        ],
        [
            [
                names.long(s.transit_as),
                f"IPv{s.family}",
                count(s.n_prefixes),
                percent(s.offered),
                percent(s.shortest),
                percent(s.shortest_alone),
                percent(s.only),
            ]
            for s in shares
        ],
        frozenset(range(2, 7)),
    )


def upstreams(found: Findings, names: Names) -> Section:
    """Build the section on upstream preference."""
    lead: list[str] = []
    shares = transit_shares(found.table) if found.view == "own" else []
    charts = [_exit_chart(shares, names)] if shares else []
    grids = [_exit_grid(shares, names)] if shares else []
    if found.own:
        known = set(found.upstreams["origin_as"].tolist())
        absent = [names.asn(a) for a in found.own if a not in known]
        if absent and found.view == "own":
            lead.append(
                f"No transit sends us routes that {listed(absent, 5)} originates: expected of an "
                "own view. Feed a collector's dump to see how the world reaches it."
            )
        elif absent:
            lead.append(f"No route of {listed(absent, 5)} is in this table.")
    more_charts, more_grids = _preference(found, names)
    if more_charts:
        lead.append(
            "One vote per vantage-point AS and prefix; the upstream is the AS next to the origin "
            "once prepends are collapsed. Roles are heuristics: primary carries at least half of "
            "the vantage points for most prefixes, backup under 5 % or only prepended."
        )
    return Section(
        "Upstream preference", "preference", lead, charts + more_charts, grids + more_grids
    )
