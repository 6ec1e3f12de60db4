"""On which ASes the paths to an origin, or to all, depend."""

from typing import TYPE_CHECKING, Any

import pandas as pd

from rib.analysis.hegemony import FEW_VPS
from rib.report.pictures.axes import axis, caption, check_frame, pair
from rib.report.pictures.ranking import ROW_INCHES, Bar, Block, draw_blocks, n_rows_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from rib.table.rib import Rib

__all__ = ["hegemony"]

#: Rows of a picture, shared by its scopes and families, and the fewest of each.
_N_ROWS = 24
_LEAST = 3
#: Scopes and families drawn: more are no picture.
_N_GROUPS = 8


def hegemony(df: pd.DataFrame, *, table: "Rib | None" = None, ax: "Axes | None" = None) -> "Axes":
    """Draw the ASes with the highest hegemony of each scope and family.

    Parameters
    ----------
    df : pandas.DataFrame
        Result of `rib.as_hegemony`, for one scope or a handful: ``scope`` (null for all origins
        together), ``family``, ``asn``, ``hegemony``, ``n_vps``, and ``hegemony_low`` and
        ``hegemony_high`` where there are intervals.
    table : Rib, optional
        What it was computed from, to write the source over the picture. Default: no source.
    ax : matplotlib.axes.Axes, optional
        Draw here. Default: a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Horizontal bars, the highest first, with whiskers where there are intervals.

    Raises
    ------
    TypeError, ValueError
        ``df`` is no DataFrame, or lacks a column.

    Notes
    -----
    The scope itself is on every path to it and is not drawn. Some 24 bars share the picture, on
    an axis given as many as it has room for, at least three of each scope and family; the first 8 of these are drawn, and the picture says of
    how many. Among equals the lower AS number goes first.

    Examples
    --------
    >>> import rib
    >>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
    >>> ax = rib.plot.hegemony(rib.as_hegemony(table, scope=[213394]), table=table)
    >>> ax.texts[0].get_text(), ax.get_yticklabels()[1].get_text()
    ('To AS213394, IPv4, 8 VP ASes', 'AS3257')
    """
    check_frame(df, "rib.as_hegemony", ["scope", "family", "asn", "hegemony", "n_vps"])
    groups = list(df.groupby(["scope", "family"], sort=False, dropna=False))
    shown = groups[:_N_GROUPS]
    n_rows = _N_ROWS if ax is None else n_rows_of(ax) - len(shown)
    n_each = max(_LEAST, n_rows // max(len(shown), 1))
    blocks = [_block(key, group, n_each) for key, group in shown]
    ax = axis(ax, 6.4, 1.3 + ROW_INCHES * sum(1 + len(block.bars) for block in blocks))
    draw_blocks(ax, blocks)
    ends = [bar.value if bar.high is None else bar.high for block in blocks for bar in block.bars]
    ax.set_xlim(0, min(1.0, 1.08 * max(ends, default=0.0)) or 1.0)
    ax.locator_params(axis="x", nbins=5)
    ax.set_xlabel("AS hegemony, 0 to 1")
    cut = len(groups) > _N_GROUPS
    notes = [f"The first {_N_GROUPS} of {len(groups):,} scopes and families"] if cut else []
    if any(group["n_vps"].min() < FEW_VPS for _, group in shown):
        notes.append(f"Fewer than {FEW_VPS} VP ASes: what lies near one of them looks important")
    caption(ax, *notes, table=table)
    return ax


def _block(key: Any, group: pd.DataFrame, n: int) -> Block:
    """Give the highest ``n`` of one scope and family."""
    scope, family = pair(key)
    to = "all origins" if pd.isna(scope) else f"AS{int(scope)}"
    heading = f"To {to}, IPv{int(family)}, {int(group['n_vps'].max()):,} VP ASes"
    others = group if pd.isna(scope) else group[group["asn"] != int(scope)]
    best = others.sort_values(["hegemony", "asn"], ascending=[False, True]).head(n)
    return Block(heading, [_bar(row) for row in best.to_dict("records")])


def _bar(row: dict[Any, Any]) -> Bar:
    ends = (row.get("hegemony_low"), row.get("hegemony_high"))
    low, high = (None if end is None or pd.isna(end) else float(end) for end in ends)
    return Bar(f"AS{int(row['asn'])}", float(row["hegemony"]), low, high)
