"""The ASes that several of our transits depend on."""

from typing import TYPE_CHECKING, Any

import pandas as pd

from rib.report.charts import PALETTE
from rib.report.pictures.axes import axis, caption, check_frame, percent
from rib.report.pictures.ranking import ROW_INCHES, Bar, Block, draw_blocks, n_rows_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from rib.table.rib import Rib

__all__ = ["shared_fate"]

_N_EACH = 12


def shared_fate(
    df: pd.DataFrame, *, table: "Rib | None" = None, ax: "Axes | None" = None
) -> "Axes":
    """Draw the ASes or links that most of the address space depends on through several transits.

    Parameters
    ----------
    df : pandas.DataFrame
        Result of `rib.shared_fate` by AS or by link.
    table : Rib, optional
        What it was computed from, to write the source over the picture. Default: no source.
    ax : matplotlib.axes.Axes, optional
        Draw here. Default: a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Horizontal bars, the twelve highest of each family, with the number of transits that share each.

    Raises
    ------
    TypeError, ValueError
        ``df`` is no DataFrame, or lacks a column.

    Examples
    --------
    >>> import rib
    >>> view = rib.read_mrt("data/sample-mrt/own.20250121.1200.mrt.gz")
    >>> ax = rib.plot.shared_fate(rib.shared_fate(view), table=view)
    >>> ax.get_yticklabels()[1].get_text()
    'AS1299 (4)'
    """
    check_frame(df, "rib.shared_fate", ["family", "transits", "address_share"])
    groups = [(family, df[df["family"] == family]) for family in (4, 6)]
    groups = [(family, rows) for family, rows in groups if len(rows)]
    n_each = _N_EACH if ax is None else max(n_rows_of(ax) // max(len(groups), 1) - 1, 3)
    blocks = [
        Block(f"IPv{family}", [_bar(row) for row in rows.head(n_each).to_dict("records")])
        for family, rows in groups
    ]
    ax = axis(ax, 7.2, 1.3 + ROW_INCHES * sum(1 + len(block.bars) for block in blocks))
    draw_blocks(ax, blocks)
    ends = [bar.value for block in blocks for bar in block.bars]
    ax.set_xlim(0, min(1.0, 1.08 * max(ends, default=0.0)) or 1.0)
    ax.xaxis.set_major_formatter(percent())
    ax.locator_params(axis="x", nbins=5)
    ax.set_xlabel("share of addresses (IPv6: of /48s) that depend on it")
    caption(ax, "In brackets: transits that share it", table=table)
    return ax


def _bar(row: dict[Any, Any]) -> Bar:
    name = f"AS{row['asn']}" if "asn" in row else f"AS{row['from_as']}-AS{row['to_as']}"
    share = 0.0 if pd.isna(row["address_share"]) else float(row["address_share"])
    return Bar(f"{name} ({len(row['transits'])})", share, colour=PALETTE["purple"])
