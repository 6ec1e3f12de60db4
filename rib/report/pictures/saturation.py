"""Whether more vantage points would show more upstreams."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pandas as pd

from rib.analysis.saturation import saturation as _saturation
from rib.registry.arguments import check_required
from rib.report.charts import PALETTE
from rib.report.pictures.axes import SMALL, axis, caption, legend_below, pair, plain, whole_numbers
from rib.table.selection import as_numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from rib.table.rib import Rib

__all__ = ["saturation"]

#: An estimate is in the picture up to so many times the count.
_HIGHEST = 3.0

#: A colour and a marker each.
_STYLES = [
    (PALETTE["blue"], "o"),
    (PALETTE["orange"], "s"),
    (PALETTE["green"], "^"),
    (PALETTE["purple"], "D"),
]


def saturation(table: "Rib", origin_as: Iterable[int], *, ax: "Axes | None" = None) -> "Axes":
    """Draw how the number of upstreams of origin ASes grows with vantage points.

    Parameters
    ----------
    table : Rib
        Routes of one or more collectors.
    origin_as : iterable of int
        One to four origin ASes.
    ax : matplotlib.axes.Axes, optional
        Draw here. Default: a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        A curve per origin and family (IPv6 hollow and dashed), up to the VP ASes there are; a
        dotted line at the estimated number where that is above the count. The legend has counts,
        estimates and verdicts.

    Raises
    ------
    TypeError, ValueError
        ``origin_as`` is not an iterable of AS numbers, or of none or more than four.

    Notes
    -----
    Curve, estimate and verdict are those of `rib.saturation`. A curve still rising at its right end
    says that more vantage points would show more.

    Examples
    --------
    >>> import rib
    >>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
    >>> ax = rib.plot.saturation(table, [213394])
    >>> ax.get_legend().get_texts()[0].get_text()
    'AS213394 IPv4: 4 seen, 4.0 estimated, saturated'
    """
    check_required(table=table)
    origins = list(dict.fromkeys(as_numbers("origin_as", origin_as).tolist()))
    if not 1 <= len(origins) <= len(_STYLES):
        raise ValueError(f"origin_as holds {len(origins)} ASes: expected 1 to {len(_STYLES)}")
    is_new = ax is None
    ax = plain(axis(ax, 6.4, 4.0))
    rows = _saturation(table, origin_as=origins).to_dict("records")
    found = {(row["origin_as"], row["family"]): row for row in rows}
    curves = _saturation(table, origin_as=origins, by="n_vps").groupby(["origin_as", "family"])
    styles = dict(zip(origins, _STYLES, strict=False))
    most, notes = 1.0, list[str]()
    for key, curve in curves:
        origin, family = (int(part) for part in pair(key))
        row = found[origin, family]
        colour, marker = styles[origin]
        ax.plot(
            curve["n_vps"].to_numpy(float),
            curve["n_upstreams_expected"].to_numpy(float),
            color=colour,
            linestyle="-" if family == 4 else "--",
            marker=marker,
            markersize=5,
            markerfacecolor=colour if family == 4 else "white",
            label=f"AS{origin} IPv{family}: {_words(row)}",
        )
        most = max(most, float(row["n_upstreams"]))
        estimate = row["n_upstreams_estimate"]
        if pd.notna(estimate) and estimate > row["n_upstreams"]:
            ax.axhline(float(estimate), color=colour, linestyle=":", linewidth=1.2)
            # An estimate far above would flatten the curves; the legend has its number.
            most = max(most, min(float(estimate), _HIGHEST * float(row["n_upstreams"])))
            notes = [
                "Dotted: estimated to exist, a lower bound (Chao2); above the picture where far away"
            ]
    ax.set_xlim(left=0)
    ax.set_ylim(0, 1.08 * most)
    for side in (ax.xaxis, ax.yaxis):
        side.set_major_locator(whole_numbers())
    ax.set_xlabel("vantage point ASes, chosen at random")
    ax.set_ylabel("upstreams expected")
    if ax.get_lines() and is_new:
        legend_below(ax)
    elif ax.get_lines():
        # Nobody has made room below an axis that was there before.
        ax.legend(frameon=False, fontsize=SMALL - 1, loc="lower right")
    caption(ax, *notes, table=table)
    return ax


def _words(row: Any) -> str:
    """Count, estimate and verdict of an origin and family."""
    seen, estimate = int(row["n_upstreams"]), row["n_upstreams_estimate"]
    guess = "" if pd.isna(estimate) else f", {float(estimate):.1f} estimated"
    return f"{seen} seen{guess}, {row['verdict']}"
