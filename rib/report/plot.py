"""Plots for notebooks, exported as `rib.plot`: each draws on one matplotlib axis and returns it.

matplotlib is optional (``pip install 'rib[plot]'``) and imported at the first plot.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rib.registry.arguments import check_required
from rib.report.axis import axis_for
from rib.report.charts import PALETTE
from rib.report.neighbourhood import as_neighbourhood
from rib.report.summaries import LENGTH_CAP, path_length_counts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from rib.table.rib import Rib

__all__ = ["as_neighbourhood", "diversity", "path_lengths", "upstreams"]

_FAMILY_COLOURS = {4: PALETTE["blue"], 6: PALETTE["orange"]}
#: Upstreams named in one plot; the others share a bar.
_N_UPSTREAMS = 8


def _plain(ax: "Axes") -> "Axes":
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def path_lengths(table: "Rib", *, ax: "Axes | None" = None) -> "Axes":
    """Draw the share of routes by AS-path length, with and without prepends, per family.

    Parameters
    ----------
    table : Rib
        The routes; default routes are left out.
    ax : matplotlib.axes.Axes, optional
        Draw here. Default: a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The axis drawn on.

    Notes
    -----
    Length as RFC 4271 §9.1.2.2 counts it, the peer's own AS included. The last point holds every
    longer path. O(routes).

    Examples
    --------
    >>> import rib
    >>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
    >>> rib.plot.path_lengths(table).get_ylabel()
    'share of routes'
    """
    check_required(table=table)
    ax = _plain(axis_for(ax, 6.4, 3.6))
    counts = path_length_counts(table)
    for key, group in counts.groupby(["family", "measure"]):
        family, measure = _key(key)
        shown = group[group["length"] > 0]
        ax.plot(
            shown["length"],
            shown["share"],
            color=_FAMILY_COLOURS[int(family)],
            linestyle="-" if measure == "with prepends" else ":",
            marker="o" if measure == "with prepends" else "s",
            markersize=4,
            label=f"IPv{family} {measure}",
        )
    ax.set_xlabel("ASes on the path, the peer's own included")
    ax.set_ylabel("share of routes")
    ax.yaxis.set_major_formatter(_percent())
    ticks = range(1, LENGTH_CAP + 1)
    ax.set_xticks(ticks, [str(n) if n < LENGTH_CAP else f"{n}+" for n in ticks])
    ax.set_ylim(bottom=0)
    if len(counts):
        ax.legend(frameon=False)
    return ax


def _percent() -> Any:
    from matplotlib.ticker import PercentFormatter

    return PercentFormatter(xmax=1, decimals=0)


def _whole_numbers() -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(integer=True)


def _key(key: Any) -> tuple[Any, Any]:
    """Two levels of a group's key, which pandas types as any hashable."""
    first, second = key
    return first, second


def upstreams(df: pd.DataFrame, *, ax: "Axes | None" = None) -> "Axes":
    """Draw which upstreams carry how much of the world's routes to each origin AS.

    Parameters
    ----------
    df : pandas.DataFrame
        Result of `rib.upstream_preference`, for a handful of origins.
    ax : matplotlib.axes.Axes, optional
        Draw here. Default: a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        One bar of 100 % per origin and family, cut by upstream.

    Notes
    -----
    The eight largest upstreams of the frame have their own colour; the others share grey.

    Examples
    --------
    >>> import rib
    >>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
    >>> ax = rib.plot.upstreams(rib.upstream_preference(table, origin_as=[213394]))
    >>> ax.get_xlabel()
    'share of (vantage point AS, prefix) pairs'
    """
    groups = list(df.groupby(["origin_as", "family"], sort=False))
    ax = _plain(axis_for(ax, 7.2, 1.5 + 0.45 * max(len(groups), 1)))
    total = df.groupby("upstream_as", dropna=True)["vp_share"].sum()
    asn = total.index.to_numpy(dtype=np.int64)
    largest = asn[np.lexsort((asn, -total.to_numpy(dtype=float)))][:_N_UPSTREAMS]
    colours = {int(a): f"C{n}" for n, a in enumerate(largest)}
    seen: set[str] = set()
    for y, (_, group) in enumerate(groups):
        left = 0.0
        named = [
            (None if pd.isna(up) else int(up), float(share))
            for up, share in zip(group["upstream_as"], group["vp_share"], strict=True)
        ]
        parts = [(f"AS{up}", share, colours[up]) for up, share in named if up in colours]
        rest = sum(share for up, share in named if up not in colours)
        if rest:
            parts.append(("others", rest, "#b8c0c8"))
        for label, share, colour in parts:
            shown = label if label not in seen else "_nolegend_"
            seen.add(label)
            ax.barh(y, share, left=left, height=0.7, color=colour, edgecolor="white", label=shown)
            left += share
    names = [_key(key) for key, _ in groups]
    ax.set_yticks(range(len(groups)), [f"AS{int(o)} IPv{int(f)}" for o, f in names])
    ax.invert_yaxis()
    ax.set_xlim(0, 1)
    ax.xaxis.set_major_formatter(_percent())
    ax.set_xlabel("share of (vantage point AS, prefix) pairs")
    if seen:
        ax.legend(frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return ax


def diversity(df: pd.DataFrame, *, ax: "Axes | None" = None) -> "Axes":
    """Draw how many upstreams prefixes or origins have: counted, and effective.

    Parameters
    ----------
    df : pandas.DataFrame
        Result of `rib.path_diversity`, by prefix or by origin AS.
    ax : matplotlib.axes.Axes, optional
        Draw here. Default: a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Cumulative shares per family: the line's height at x is the share of groups with at most
        x upstreams.

    Notes
    -----
    The effective number (2 to the entropy of the shares) lies at or left of the count; the gap is
    diversity that exists and is hardly used.

    Examples
    --------
    >>> import rib
    >>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
    >>> rib.plot.diversity(rib.path_diversity(table, by="origin_as")).get_xlabel()
    'upstreams'
    """
    ax = _plain(axis_for(ax, 6.4, 3.6))
    what = "origin ASes" if "origin_as" in df.columns else "prefixes"
    right = 2.0
    for family, group in df.groupby("family"):
        colour = _FAMILY_COLOURS[int(str(family))]
        for name, label, style in (
            ("n_upstreams", "counted", "-"),
            ("upstream_effective", "effective", ":"),
        ):
            values = np.sort(group[name].to_numpy(dtype=float, na_value=np.nan))
            values = values[~np.isnan(values)]
            if not len(values):
                continue
            at, last = np.unique(values, return_index=True)
            shares = np.append(last[1:], len(values)) / len(values)
            right = max(right, float(np.quantile(values, 0.995)) + 1)
            ax.step(
                [0.0, *at, 1e9],
                [0.0, *shares, 1.0],
                where="post",
                color=colour,
                linestyle=style,
                label=f"IPv{family} {label}",
            )
    ax.set_xlim(0.5, right)
    ax.set_ylim(0, 1.02)
    ax.yaxis.set_major_formatter(_percent())
    ax.xaxis.set_major_locator(_whole_numbers())
    ax.set_xlabel("upstreams")
    ax.set_ylabel(f"share of {what} with at most so many")
    if len(df):
        ax.legend(frameon=False, loc="lower right")
    return ax
