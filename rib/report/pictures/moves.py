"""Exits before and after, with what moves between them as bands."""

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from rib.report.charts import INK, PALETTE
from rib.report.pictures.axes import SMALL, axis, caption, check_frame

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from rib.table.rib import Rib

__all__ = ["moves"]

_UNITS = {
    "addresses": "addresses (IPv6: /48s)",
    "bytes": "bytes",
    "n_prefixes": "prefixes",
}
#: Of the height: between exits, and what an exit must have for its name to be written beside it.
_GAP, _LEAST = 0.03, 0.012
_WIDTH = 0.04


def moves(
    df: pd.DataFrame,
    *,
    family: Literal[4, 6] = 4,
    weight: Literal["addresses", "bytes", "n_prefixes"] = "addresses",
    table: "Rib | None" = None,
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw the load of each exit before and after, and what goes from which to which.

    Parameters
    ----------
    df : pandas.DataFrame
        Result of `rib.what_if`.
    family : {4, 6}, default 4
        Which of its rows.
    weight : {"addresses", "bytes", "n_prefixes"}, default "addresses"
        What the height of a band is.
    table : Rib, optional
        What it was computed from, to write the source over the picture. Default: no source.
    ax : matplotlib.axes.Axes, optional
        Draw here. Default: a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        A bar for each exit on either side; grey bands stay, orange ones move.

    Raises
    ------
    TypeError, ValueError
        ``df`` is no DataFrame, or lacks a column; another ``family`` or ``weight``.

    Examples
    --------
    >>> import rib
    >>> view = rib.read_mrt("data/sample-mrt/own.20250121.1200.mrt.gz")
    >>> prefer = rib.Policy(rules=(rib.PolicyRule(local_pref=200, session=(29075,)),))
    >>> ax = rib.plot.moves(rib.what_if(view, None, prefer), table=view)
    >>> [text.get_text() for text in ax.texts][-2:]
    ['before', 'after']
    """
    if weight not in _UNITS:
        raise ValueError(f"weight={weight!r}: expected 'addresses', 'bytes' or 'n_prefixes'")
    if family not in (4, 6):
        raise ValueError(f"family={family!r}: expected 4 or 6")
    sides = ("from", "to")
    check_frame(df, "rib.what_if", ["family", "from_peer", "to_peer", "moved", weight])
    rows = df[df["family"] == family].to_dict("records")
    sizes = np.array([0.0 if pd.isna(r[weight]) else float(r[weight]) for r in rows])
    names = [[_name(row, side) for row in rows] for side in sides]
    ax = axis(ax, 6.4, 4.2)
    total = float(sizes.sum())
    if total:
        for side, x in zip((0, 1), (0.0, 1.0), strict=True):
            _bars(ax, names[side], sizes / total, x)
        _bands(ax, names, sizes / total, rows)
    for text, x, align in (("before", 0.0, "left"), ("after", 1.0 + _WIDTH, "right")):
        ax.text(x, 1.02, text, ha=align, va="bottom", fontweight="bold", fontsize=SMALL + 1)
    ax.set_xlim(-0.55, 1.55 + _WIDTH)
    ax.set_ylim(-0.02, 1.1)
    ax.set(xticks=[], yticks=[])
    ax.set_axis_off()
    moved = float(sizes[[bool(r["moved"]) for r in rows]].sum()) if total else 0.0
    share = f"{moved / total:.1%}" if total else "nothing"
    caption(ax, f"IPv{family}, {_UNITS[weight]}: {share} moves (orange)", table=table)
    return ax


def _name(row: dict[Any, Any], side: str) -> str:
    peer = row[f"{side}_peer"]
    if pd.isna(peer):
        return str(row.get(f"{side}_outcome", "no exit")).replace("_", " ")
    return f"AS{int(row[f'{side}_as'])} {peer}"


def _places(names: list[str], sizes: Any) -> dict[str, tuple[float, float]]:
    """Bottom and height of each exit, the first at the top."""
    order = list(dict.fromkeys(names))
    heights = {n: float(sum(s for m, s in zip(names, sizes, strict=True) if m == n)) for n in order}
    room = 1.0 - _GAP * max(len(order) - 1, 0)
    places, top = {}, 1.0
    for name in order:
        height = heights[name] * room
        places[name] = top - height, height
        top -= height + _GAP
    return places


def _bars(ax: "Axes", names: list[str], sizes: Any, x: float) -> None:
    from matplotlib.patches import Rectangle

    last = 2.0
    for name, (bottom, height) in _places(names, sizes).items():
        ax.add_patch(Rectangle((x, bottom), _WIDTH, height, color=PALETTE["blue"], linewidth=0))
        share = float(sum(s for m, s in zip(names, sizes, strict=True) if m == name))
        middle = bottom + height / 2
        # Names of exits with next to nothing would lie over each other.
        middle = min(middle, last - 0.045)
        last = middle
        ax.text(
            x - 0.02 if x == 0 else x + _WIDTH + 0.02,
            middle,
            f"{name} {share:.1%}",
            ha="right" if x == 0 else "left",
            va="center",
            fontsize=SMALL,
            color=INK,
        )


def _bands(ax: "Axes", names: list[list[str]], sizes: Any, rows: list[dict[Any, Any]]) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    left, right = (_places(of, sizes) for of in names)
    tops = [{n: b + h for n, (b, h) in places.items()} for places in (left, right)]
    scale = [1.0 - _GAP * max(len(places) - 1, 0) for places in (left, right)]
    for row, a, b, size in zip(rows, *names, sizes, strict=True):
        x0, x1 = _WIDTH, 1.0
        y0, y1 = tops[0][a], tops[1][b]
        h0, h1 = size * scale[0], size * scale[1]
        tops[0][a] -= h0
        tops[1][b] -= h1
        middle = (x0 + x1) / 2
        corners = [
            (x0, y0), (middle, y0), (middle, y1), (x1, y1),
            (x1, y1 - h1), (middle, y1 - h1), (middle, y0 - h0), (x0, y0 - h0), (x0, y0),
        ]  # fmt: skip
        codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
        colour = PALETTE["orange" if row["moved"] else "grey"]
        ax.add_patch(PathPatch(Path(corners, codes), facecolor=colour, alpha=0.45, linewidth=0))
