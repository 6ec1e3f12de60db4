"""Plots for notebooks, exported as `rib.plot`: each draws on one matplotlib axis and returns it.

matplotlib is optional (``pip install 'rib[plot]'``) and imported at the first plot.
"""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from rib.registry.arguments import check_required
from rib.report.charts import INK, PALETTE
from rib.report.pictures.axes import axis
from rib.report.pictures.diversity import diversity
from rib.report.pictures.exits import exits
from rib.report.pictures.failures import failures
from rib.report.pictures.hegemony import hegemony
from rib.report.pictures.moves import moves
from rib.report.pictures.path_lengths import path_lengths
from rib.report.pictures.saturation import saturation
from rib.report.pictures.shared_fate import shared_fate
from rib.report.pictures.upstreams import upstreams
from rib.table.arrays import analysis_routes, column

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from rib.table.rib import Rib

__all__ = [
    "as_neighbourhood",
    "diversity",
    "exits",
    "failures",
    "hegemony",
    "moves",
    "path_lengths",
    "saturation",
    "shared_fate",
    "upstreams",
]

#: Neighbours drawn per column.
_N_NEIGHBOURS = 8


def _edges(table: "Rib", asn: int) -> dict[tuple[int, int], int]:
    """Links up to two hops before and one hop after an AS, with the prefixes seen on each."""
    features = table.path_features
    lists = features.column("hops").combine_chunks()
    offsets = lists.offsets.to_numpy().astype(np.int64)
    hops = lists.values.to_numpy()
    path = np.repeat(np.arange(len(lists)), np.diff(offsets))
    usable = ~(column(features, "has_set") | column(features, "has_loop"))
    at = np.flatnonzero((hops == asn) & usable[path])
    pairs = []
    for step in (-2, -1, 0):
        left, right = at + step, at + step + 1
        inside = (left >= offsets[path[at]]) & (right < offsets[path[at] + 1])
        pairs.append(np.stack([hops[left[inside]], hops[right[inside]], path[at[inside]]]))
    left_as, right_as, path_id = np.concatenate(pairs, axis=1).astype(np.int64)
    routes = analysis_routes(table)
    return _count_prefixes(left_as, right_as, path_id, routes.prefix_id, routes.as_path_id)


def _count_prefixes(
    left_as: npt.NDArray[np.int64],
    right_as: npt.NDArray[np.int64],
    path_id: npt.NDArray[np.int64],
    prefix_id: npt.NDArray[np.uint32],
    as_path_id: npt.NDArray[np.uint32],
) -> dict[tuple[int, int], int]:
    """Distinct prefixes per link, given the links of each path."""
    links = pd.DataFrame({"left": left_as, "right": right_as, "path": path_id})
    kept = np.isin(as_path_id, path_id)
    routes = pd.DataFrame({"path": as_path_id[kept].astype(np.int64), "prefix": prefix_id[kept]})
    joined = links.merge(routes.drop_duplicates(), on="path")
    counted = joined.groupby(["left", "right"])["prefix"].nunique()
    lefts, rights = (counted.index.get_level_values(n) for n in ("left", "right"))
    rows = zip(lefts.tolist(), rights.tolist(), counted.tolist(), strict=True)
    return {(a, b): n for a, b, n in rows}


def _largest(links: dict[tuple[int, int], int], side: int) -> list[int]:
    """ASes on one side of links with the most prefixes, ties to the lower ASN."""
    best: dict[int, int] = {}
    for link, n in links.items():
        best[link[side]] = best.get(link[side], 0) + n
    return sorted(sorted(best, key=lambda a: (-best[a], a))[:_N_NEIGHBOURS])


def as_neighbourhood(table: "Rib", asn: int, *, ax: "Axes | None" = None) -> "Axes":
    """Draw the ASes next to one AS on the paths seen: two hops towards the peers, one beyond.

    Parameters
    ----------
    table : Rib
        The routes.
    asn : int
        The AS in the middle.
    ax : matplotlib.axes.Axes, optional
        Draw here. Default: a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Columns from the peers' side (left) to the origins' side (right); the wider a line, the
        more prefixes were seen on it.

    Notes
    -----
    The eight neighbours with the most prefixes per column. Paths with an AS_SET or a loop are left
    out. Links nobody uses for a best path are invisible. O(routes).

    Examples
    --------
    >>> import rib
    >>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
    >>> rib.plot.as_neighbourhood(table, 213394).get_title()
    'Around AS213394'
    """
    check_required(table=table)
    edges = _edges(table, asn)
    into = {link: n for link, n in edges.items() if link[1] == asn}
    beyond = {link: n for link, n in edges.items() if link[0] == asn}
    near, after = _largest(into, 0), _largest(beyond, 1)
    outer = {k: n for k, n in edges.items() if k[1] in near and k[0] != asn and k[0] not in near}
    columns = [_largest(outer, 0), near, [asn], after]
    tall = max(len(c) for c in columns)
    ax = axis(ax, 7.5, 1.4 + 0.42 * tall)
    place: dict[tuple[int, int], tuple[float, float]] = {
        (x, a): (float(x), (len(names) - 1) / 2 - y)
        for x, names in enumerate(columns)
        for y, a in enumerate(names)
    }
    drawn = [((0, a), (1, b), n) for (a, b), n in outer.items()]
    drawn += [((1, a), (2, b), n) for (a, b), n in into.items()]
    drawn += [((2, a), (3, b), n) for (a, b), n in beyond.items()]
    most = max((n for _, _, n in drawn), default=1)
    for start, end, n in drawn:
        if start in place and end in place:
            (x0, y0), (x1, y1) = place[start], place[end]
            width = 0.6 + 3.4 * float(np.log1p(n) / np.log1p(most))
            ax.plot([x0, x1], [y0, y1], color=PALETTE["grey"], linewidth=width, alpha=0.6, zorder=1)
    for (x, name), (_, y) in place.items():
        colour = PALETTE["orange"] if name == asn else PALETTE["blue"]
        box = {"boxstyle": "round,pad=0.3", "facecolor": "white", "edgecolor": colour}
        ax.text(x, y, f"AS{name}", ha="center", va="center", bbox=box, color=INK, fontsize=9)
    ax.set_xlim(-0.5, 3.5 if after else 2.5)
    ax.set_ylim(-tall / 2 - 0.3, tall / 2 + 0.3)
    ax.set_axis_off()
    ax.set_title(f"Around AS{asn}")
    return ax
