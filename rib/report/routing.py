"""Path diversity and the offers of transits: the table at large."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from rib.report.charts import Chart, bars, lines
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

__all__ = ["ORIGIN_COLUMNS", "Section", "diversity", "origin_row", "transits"]

_FAMILIES = {"IPv4": "blue", "IPv6": "orange"}
_N_ORIGINS = 100


@dataclass(frozen=True)
class Section:
    """A part of the report: sentences, the first ``marked`` of them on own ASes, charts, tables.

    ``tiles`` are a name, a number, and what it is of.
    """

    title: str
    anchor: str
    lead: list[str]
    charts: list[Chart]
    grids: list[Grid]
    tiles: list[tuple[str, str, str]] = field(default_factory=list)
    marked: int = 0


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


#: Columns of a table of origins; `origin_row` fills them.
ORIGIN_COLUMNS = [
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
]


def origin_row(row: dict[str, Any], names: Names) -> list[str]:
    """Write the path diversity of one origin AS and family."""
    return [
        names.long(row["origin_as"]),
        f"IPv{row['family']}",
        count(row["n_prefixes"]),
        count(row["n_vps"]),
        count(row["n_upstreams"]),
        decimal(row["upstream_effective"]),
        count(row["n_paths"]),
        count(row["vertex_disjoint"]),
        f"{decimal(row['length_median'], 1)} / {decimal(row['hops_median'], 1)}",
        listed(row["chokepoints"], 3, names.asn),
    ]


def _origins_grid(found: Findings, names: Names) -> Grid:
    frame = found.diversity_origin
    asn = frame["origin_as"].to_numpy(dtype=np.int64, na_value=0)
    size = frame["n_prefixes"].to_numpy(dtype=np.int64)
    # The largest first; ties by AS number, then family.
    order = np.lexsort((frame["family"].to_numpy(), asn, -size))
    shown = records(frame.iloc[order[:_N_ORIGINS]])
    first = f"The first {len(shown):,} of {len(frame):,}. " if len(frame) > len(shown) else ""
    return Grid(
        "Origins with the most prefixes",
        ORIGIN_COLUMNS,
        [origin_row(r, names) for r in shown],
        frozenset(range(2, 9)),
        first + "All origins are in diversity_origin.parquet, all prefixes in "
        "diversity_prefix.parquet.",
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


def transits(found: Findings, names: Names) -> Section | None:
    """Build the section on what each transit of an own view offers; None of a collector's view."""
    shares = transit_shares(found.table) if found.view == "own" else []
    if not shares:
        return None
    lead = [
        "Each transit offers some prefixes; where only one offers a prefix, its failure takes the way."
    ]
    charts, grids = [_exit_chart(shares, names)], [_exit_grid(shares, names)]
    return Section("What our transits offer", "transits", lead, charts, grids)
