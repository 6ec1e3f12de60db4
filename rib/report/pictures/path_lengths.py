"""How long AS paths are."""

from typing import TYPE_CHECKING

from rib.registry.arguments import check_required
from rib.report.pictures.axes import (
    FAMILY_COLOURS,
    FAMILY_FILLS,
    SMALL,
    axis,
    caption,
    pair,
    percent,
    plain,
)
from rib.report.summaries import LENGTH_CAP, path_length_counts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from rib.table.rib import Rib

__all__ = ["path_lengths"]


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
    ax = plain(axis(ax, 6.4, 3.8))
    counts = path_length_counts(table)
    for key, group in counts.groupby(["family", "measure"]):
        family, measure = pair(key)
        shown = group[group["length"] > 0]
        ax.plot(
            shown["length"],
            shown["share"],
            color=FAMILY_COLOURS[int(family)],
            linestyle="-" if measure == "with prepends" else ":",
            marker="o" if measure == "with prepends" else "s",
            markersize=4,
            markerfacecolor=FAMILY_FILLS[int(family)],
            label=f"IPv{family} {measure}",
        )
    ax.set_xlabel("ASes on the path, the peer's own included")
    ax.set_ylabel("share of routes")
    ax.yaxis.set_major_formatter(percent())
    ticks = range(1, LENGTH_CAP + 1)
    ax.set_xticks(ticks, [str(n) if n < LENGTH_CAP else f"{n}+" for n in ticks])
    ax.set_ylim(bottom=0)
    if len(counts):
        ax.legend(frameon=False, fontsize=SMALL)
    caption(ax, table=table)
    return ax
