"""How many upstreams prefixes and origins have."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from rib.report.pictures.axes import (
    FAMILY_COLOURS,
    SMALL,
    axis,
    caption,
    check_frame,
    percent,
    plain,
    whole_numbers,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from rib.table.rib import Rib

__all__ = ["diversity"]

#: Dashes of (family, measure): the colours of the families look alike in grey.
_DASHES = {
    (4, "n_upstreams"): "-",
    (4, "upstream_effective"): ":",
    (6, "n_upstreams"): "--",
    (6, "upstream_effective"): "-.",
}


def diversity(df: pd.DataFrame, *, table: "Rib | None" = None, ax: "Axes | None" = None) -> "Axes":
    """Draw how many upstreams prefixes or origins have: counted, and effective.

    Parameters
    ----------
    df : pandas.DataFrame
        Result of `rib.path_diversity`, by prefix or by origin AS.
    table : Rib, optional
        What it was computed from, to write the source over the picture. Default: no source.
    ax : matplotlib.axes.Axes, optional
        Draw here. Default: a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Cumulative shares per family: the line's height at x is the share of groups with at most
        x upstreams.

    Raises
    ------
    TypeError, ValueError
        ``df`` is no DataFrame, or lacks a column.

    Notes
    -----
    The effective number (2 to the entropy of the shares) lies at or left of the count; the gap is
    diversity that exists and is hardly used. Groups without a vote are left out.

    Examples
    --------
    >>> import rib
    >>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
    >>> rib.plot.diversity(rib.path_diversity(table, by="origin_as")).get_xlabel()
    'upstreams'
    """
    check_frame(df, "rib.path_diversity", ["family", "n_upstreams", "upstream_effective"])
    ax = plain(axis(ax, 6.4, 3.8))
    what = "origin ASes" if "origin_as" in df.columns else "prefixes"
    right, counts = 2.0, []
    for key, group in df.groupby("family"):
        family = int(str(key))
        counts.append(f"{int(group['upstream_effective'].notna().sum()):,} {what} of IPv{family}")
        for name, label in (("n_upstreams", "counted"), ("upstream_effective", "effective")):
            # Without a vote the count is 0 and the effective number null.
            values = np.sort(group.loc[group["upstream_effective"].notna(), name].to_numpy(float))
            if not len(values):
                continue
            at, last = np.unique(values, return_index=True)
            shares = np.append(last[1:], len(values)) / len(values)
            right = max(right, float(np.quantile(values, 0.995)) + 1)
            ax.step(
                [0.0, *at, 1e9],
                [0.0, *shares, 1.0],
                where="post",
                color=FAMILY_COLOURS[family],
                linestyle=_DASHES[family, name],
                label=f"IPv{family} {label}",
            )
    ax.set_xlim(0.5, right)
    ax.set_ylim(0, 1.02)
    ax.yaxis.set_major_formatter(percent())
    ax.xaxis.set_major_locator(whole_numbers())
    ax.set_xlabel("upstreams")
    ax.set_ylabel(f"share of {what}\nwith at most so many")
    if ax.get_lines():
        ax.legend(frameon=False, fontsize=SMALL, loc="lower right", handlelength=3.2)
    caption(ax, " and ".join(counts), table=table)
    return ax
