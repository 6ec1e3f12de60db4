"""Our own ASes in detail, or the largest origins where none were named."""

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd

from rib.report.charts import Chart, segments
from rib.report.findings import Findings
from rib.report.judged import suspects_grid
from rib.report.routing import ORIGIN_COLUMNS, Section, origin_row
from rib.report.wording import DASH, Grid, Names, count, decimal, listed, percent, records

__all__ = ["own"]

_N_ORIGINS = 60
_N_BARS = 16
_N_UPSTREAMS = 100
_N_PREFIXES = 100
_N_BRIEF = 12
_RANKS = {
    "1st": "blue",
    "2nd": "orange",
    "3rd": "green",
    "4th": "purple",
    "rest": "grey",
}


def _watched(found: Findings, frame: pd.DataFrame) -> pd.DataFrame:
    """Give the rows of the watched origins, in the order in which they are watched."""
    # No AS is 0: it stands where the origin is an AS_SET.
    asn = frame["origin_as"].to_numpy(dtype=np.int64, na_value=0)
    wanted = np.array(found.watched, dtype=np.int64)
    kept = np.flatnonzero(np.isin(asn, wanted))
    by_asn = np.argsort(wanted, kind="stable")
    rank = by_asn[np.searchsorted(wanted, asn[kept], sorter=by_asn)] if len(kept) else kept
    return frame.iloc[kept[np.argsort(rank, kind="stable")]]


def _more(shown: int, total: int) -> str:
    return f"The first {shown:,} of {total:,}. " if total > shown else ""


def _states(found: Findings, column: str) -> dict[tuple[int, int], Counter[str]]:
    """Count the states of the (prefix, origin AS) pairs of each watched origin and family."""
    counts: dict[tuple[int, int], Counter[str]] = {}
    pairs = _watched(found, found.origins)
    for prefix, asn, state in zip(
        pairs["prefix"], pairs["origin_as"], pairs[column].to_list(), strict=True
    ):
        of = counts.setdefault((int(asn), 6 if ":" in prefix else 4), Counter())
        of[DASH if pd.isna(state) else str(state)] += 1
    return counts


def _said(states: Counter[str] | None) -> str:
    if not states or set(states) == {DASH}:
        return DASH
    ordered = sorted(states.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{state} {count(n)}" for state, n in ordered)


def _origins(found: Findings, names: Names) -> Grid:
    rov, irr = _states(found, "rov_state"), _states(found, "irr_state")
    frame = _watched(found, found.diversity_origin)
    rows = []
    for row in records(frame.head(_N_ORIGINS)):
        key = (row["origin_as"], row["family"])
        rows.append([*origin_row(row, names), _said(rov.get(key)), _said(irr.get(key))])
    return Grid(
        "Path diversity of " + ("own ASes" if found.own else "the largest origins"),
        [*ORIGIN_COLUMNS, "ROV states of prefixes", "IRR states of prefixes"],
        rows,
        frozenset(range(2, 9)),
        f"{_more(len(rows), len(frame))}All origins are in diversity_origin.parquet.",
        _N_BRIEF,
    )


def _segments(frame: pd.DataFrame, names: Names) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for n_bars, ((origin, family), group) in enumerate(
        frame.groupby(["origin_as", "family"], sort=False)
    ):
        if n_bars == _N_BARS:
            break
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


def _upstreams(found: Findings, names: Names) -> tuple[Chart, Grid]:
    chosen = _watched(found, found.upstreams)
    bars = _segments(chosen, names)
    first = [f"{r['row']}: {r['label']} {percent(r['end'])}" for r in bars if r["group"] == "1st"]
    chart = Chart(
        "preference",
        "Upstream by share of vantage points",
        "Most used upstream per origin and family. " + "; ".join(first) + ".",
        segments(
            "preference", bars, colours=_RANKS, title="share of (vantage point AS, prefix) pairs"
        ),
        "Colours are ranks within a row, not ASes.",
    )
    rows = [
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
    ]
    grid = Grid(
        "Upstreams of " + ("own ASes" if found.own else "the largest origins"),
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
        rows,
        frozenset(range(3, 8)),
        f"{_more(len(rows), len(chosen))}Every origin is in upstreams.parquet.",
        _N_BRIEF,
    )
    return chart, grid


def _prefixes(found: Findings, names: Names) -> Grid:
    """List the prefixes that our own ASes originate, with what is known of each."""
    pairs = _watched(found, found.origins)
    shown = records(pairs.head(_N_PREFIXES))
    wanted = found.diversity_prefix["prefix"].isin([r["prefix"] for r in shown])
    diversity = {
        r["prefix"]: r for r in records(found.diversity_prefix[wanted.to_numpy(dtype=bool)])
    }
    rows = []
    for pair in shown:
        of = diversity.get(pair["prefix"], {})
        rows.append(
            [
                pair["prefix"],
                names.asn(pair["origin_as"]),
                count(of.get("n_vps")),
                count(of.get("n_upstreams")),
                decimal(of.get("upstream_effective")),
                listed(of.get("chokepoints"), 3, names.asn),
                pair["rov_state"] or DASH,
                pair["irr_state"] or DASH,
            ]
        )
    return Grid(
        "Prefixes of own ASes",
        [
            "Prefix",
            "Origin",
            "VP ASes",
            "Upstreams",
            "Effective",
            "On every path",
            "ROV state",
            "IRR state",
        ],
        rows,
        frozenset({2, 3, 4}),
        f"{_more(len(rows), len(pairs))}All prefixes are in diversity_prefix.parquet and "
        "origins.parquet.",
    )


def _absent(found: Findings, names: Names) -> list[str]:
    known = set(found.upstreams["origin_as"].tolist())
    absent = [names.asn(a) for a in found.own if a not in known]
    if not absent:
        return []
    if found.view == "own":
        return [
            (
                f"No transit sends us routes that {listed(absent, 5)} originates: expected of an "
                "own view. Feed a collector's dump to see how the world reaches it."
            )
        ]
    return [f"No route of {listed(absent, 5)} is in this table."]


def _accused(found: Findings, names: Names) -> Grid:
    ours = set(found.own)
    return suspects_grid(
        found,
        names,
        "Suspects that name own ASes",
        lambda r: bool(ours & {*(r["incumbents"] or []), *(r["newcomers"] or [])}),
    )


def own(found: Findings, names: Names) -> Section:
    """Build the section on our own ASes, or on the largest origins."""
    lead, charts, grids = _absent(found, names), [], []
    if found.own:
        accused = _accused(found, names)
        lead.append(
            "Suspects that name own ASes are listed here and judged below."
            if accused.rows
            else "No suspect names an own AS."
        )
        grids += [accused] if accused.rows else []
    origins = _origins(found, names)
    grids += [origins] if origins.rows else []
    if len(_watched(found, found.upstreams)):
        chart, grid = _upstreams(found, names)
        charts.append(chart)
        grids.append(grid)
        lead.append(
            "One vote per vantage-point AS and prefix; the upstream is the AS next to the origin "
            "once prepends are collapsed. Roles are heuristics: primary carries at least half of "
            "the vantage points for most prefixes, backup under 5 % or only prepended."
        )
    if found.own:
        prefixes = _prefixes(found, names)
        grids += [prefixes] if prefixes.rows else []
    title = "Own ASes in detail" if found.own else "The largest origins in detail"
    return Section(title, "own", lead, charts, grids)
