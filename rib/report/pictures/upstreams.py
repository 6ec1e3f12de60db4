"""Which upstreams the world takes to an origin."""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from rib.report.charts import PALETTE
from rib.report.pictures.axes import (
    SMALL,
    axis,
    caption,
    check_frame,
    pair,
    percent,
    plain,
    points_of,
)
from rib.report.pictures.ranking import ROW_INCHES, Bar, Block, draw_blocks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from rib.table.rib import Rib

__all__ = ["upstreams"]

#: Upstreams named in one plot; the others share a bar.
_N_UPSTREAMS = 8
#: Origins and families drawn: more are no picture.
_N_GROUPS = 24
_OTHERS = "others"
_AXIS = "share of (vantage point AS, prefix) pairs"


class _Part(NamedTuple):
    upstream: int | None  # None: all that are not named
    share: float
    low: float | None = None
    high: float | None = None


def upstreams(df: pd.DataFrame, *, table: "Rib | None" = None, ax: "Axes | None" = None) -> "Axes":
    """Draw which upstreams carry how much of the world's routes to each origin AS.

    Parameters
    ----------
    df : pandas.DataFrame
        Result of `rib.upstream_preference`, for a handful of origins.
    table : Rib, optional
        What it was computed from, to write the source over the picture. Default: no source.
    ax : matplotlib.axes.Axes, optional
        Draw here. Default: a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        One bar of 100 % per origin and family, cut by upstream. With intervals (columns
        ``vp_share_low`` and ``vp_share_high``) one bar per upstream, with whiskers.

    Raises
    ------
    TypeError, ValueError
        ``df`` is no DataFrame, or lacks a column.

    Notes
    -----
    The eight largest upstreams of the frame have a shade each, dark to light; the others share a
    hatched part, which has no interval. The first 24 origins and families are drawn, and the
    picture says of how many.

    Examples
    --------
    >>> import rib
    >>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
    >>> ax = rib.plot.upstreams(rib.upstream_preference(table, origin_as=[213394]))
    >>> ax.get_xlabel()
    'share of (vantage point AS, prefix) pairs'
    """
    check_frame(df, "rib.upstream_preference", ["origin_as", "family", "upstream_as", "vp_share"])
    groups = list(df.groupby(["origin_as", "family"], sort=False))
    total = df.groupby("upstream_as", dropna=True)["vp_share"].sum()
    asn = total.index.to_numpy(dtype=np.int64)
    largest = asn[np.lexsort((asn, -total.to_numpy(dtype=float)))][:_N_UPSTREAMS].tolist()
    rows = {_name(key): _parts(group, largest) for key, group in groups[:_N_GROUPS]}
    if {"vp_share_low", "vp_share_high"} <= set(df.columns):
        ax = _apart(rows, ax)
    else:
        ax = _stacked(rows, largest, ax)
    ax.set_xlim(0, 1)
    ax.xaxis.set_major_formatter(percent())
    ax.set_xlabel(_AXIS)
    cut = len(groups) > _N_GROUPS
    note = [f"The first {_N_GROUPS} of {len(groups):,} origins and families"] if cut else []
    caption(ax, *note, table=table)
    return ax


def _name(key: Any) -> str:
    origin, family = pair(key)
    return f"AS{int(origin)} IPv{int(family)}"


def _parts(group: pd.DataFrame, largest: list[int]) -> list[_Part]:
    """Shares of the named upstreams in the frame's order, and of the others together."""
    parts, rest = [], 0.0
    for row in group.to_dict("records"):
        upstream = row["upstream_as"]
        if pd.isna(upstream) or int(upstream) not in largest:
            rest += float(row["vp_share"])
            continue
        ends = (row.get("vp_share_low"), row.get("vp_share_high"))
        low, high = (None if end is None or pd.isna(end) else float(end) for end in ends)
        parts.append(_Part(int(upstream), float(row["vp_share"]), low, high))
    return [*parts, _Part(None, rest)] if rest else parts


def _stacked(rows: dict[str, list[_Part]], largest: list[int], ax: "Axes | None") -> "Axes":
    """Draw a bar of 100 % each; a part wide enough has its name inside, all are in the legend."""
    ax = plain(axis(ax, 7.2, 1.7 + 0.45 * max(len(rows), 1)))
    shades = _shades(largest)
    # The legend, beside the axis, will take some of its width.
    room = 0.55 * points_of(ax)[0]
    seen: dict[int | None, tuple[Any, str]] = {}
    for y, parts in enumerate(rows.values()):
        left = 0.0
        for part in parts:
            label = _OTHERS if part.upstream is None else f"AS{part.upstream}"
            face, ink = shades.get(part.upstream, ("white", "black"))
            style = {"facecolor": face, "edgecolor": "white", "linewidth": 1.0}
            if part.upstream is None:
                style |= {"edgecolor": PALETTE["grey"], "hatch": "////", "linewidth": 0.5}
            bar = ax.barh(y, part.share, left=left, height=0.7, **style)
            seen.setdefault(part.upstream, (bar, label))
            if part.upstream is not None and part.share * room > 0.75 * SMALL * len(label):
                middle = left + part.share / 2
                ax.text(middle, y, label, ha="center", va="center", color=ink, fontsize=SMALL)
            left += part.share
    ax.set_yticks(range(len(rows)), list(rows), fontsize=SMALL)
    ax.invert_yaxis()
    order = [asn for asn in [*largest, None] if asn in seen]
    if order:
        handles, labels = zip(*(seen[asn] for asn in order), strict=True)
        ax.legend(
            handles,
            labels,
            frameon=False,
            fontsize=SMALL,
            loc="center left",
            bbox_to_anchor=(1.0, 0.5),
        )
    return ax


def _shades(largest: list[int]) -> "dict[int | None, tuple[Any, str]]":
    """Fill and letters of each named upstream: from dark to light, so that grey tells them apart."""
    from matplotlib import colormaps

    at = np.linspace(0.05, 0.95, max(len(largest), 2))
    return {
        asn: (colormaps["cividis"](float(x)), "white" if x < 0.6 else "black")
        for asn, x in zip(largest, at, strict=False)
    }


def _apart(rows: dict[str, list[_Part]], ax: "Axes | None") -> "Axes":
    """Draw a bar per upstream: whiskers of stacked bars would lie over their neighbours."""
    blocks = [
        Block(
            name,
            [
                Bar(_OTHERS, part.share, colour=PALETTE["grey"])
                if part.upstream is None
                else Bar(f"AS{part.upstream}", part.share, part.low, part.high)
                for part in parts
            ],
        )
        for name, parts in rows.items()
    ]
    n_rows = sum(1 + len(block.bars) for block in blocks)
    ax = axis(ax, 6.4, 1.3 + ROW_INCHES * max(n_rows, 1))
    draw_blocks(ax, blocks)
    return ax
