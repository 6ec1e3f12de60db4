"""Which exits win our prefixes, and what decides."""

from typing import TYPE_CHECKING

import pandas as pd

from rib.analysis.exits import ExitPreference
from rib.report.charts import PALETTE
from rib.report.pictures.axes import axis, caption, percent
from rib.report.pictures.ranking import ROW_INCHES, Bar, Block, draw_blocks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from rib.table.rib import Rib

__all__ = ["exits"]

#: Steps that nobody chose: a high share of them means that preference is accidental.
_ACCIDENTS = {"age", "router_id", "peer_address", "ambiguous"}


def exits(
    preference: ExitPreference, *, table: "Rib | None" = None, ax: "Axes | None" = None
) -> "Axes":
    """Draw what share of the address space each exit wins, and each step of the decision decides.

    Parameters
    ----------
    preference : ExitPreference
        Result of `rib.exit_preference`.
    table : Rib, optional
        What it was computed from, to write the source over the picture. Default: no source.
    ax : matplotlib.axes.Axes, optional
        Draw here. Default: a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Horizontal bars in blocks, exits and steps of each family. Steps that nobody chose (age, BGP
        identifier, peer address, ambiguous) are orange.

    Raises
    ------
    TypeError
        ``preference`` is something else.

    Examples
    --------
    >>> import rib
    >>> view = rib.read_mrt("data/sample-mrt/own.20250121.1200.mrt.gz")
    >>> ax = rib.plot.exits(rib.exit_preference(view), table=view)
    >>> ax.texts[0].get_text()
    'Exits, IPv4'
    """
    if not isinstance(preference, ExitPreference):
        raise TypeError(
            f"preference=<{type(preference).__name__}>: expected what rib.exit_preference returns"
        )
    summary = preference.summary
    blocks = []
    for by, title in (("exit", "Exits"), ("step", "Decided by")):
        for family in (4, 6):
            rows = summary[(summary["by"] == by) & (summary["family"] == family)]
            if len(rows):
                blocks.append(Block(f"{title}, IPv{family}", _bars(rows, by)))
    ax = axis(ax, 7.4, 1.2 + ROW_INCHES * sum(1 + len(block.bars) for block in blocks))
    draw_blocks(ax, blocks)
    ax.set_xlim(0, 1)
    ax.xaxis.set_major_formatter(percent())
    ax.set_xlabel("share of addresses (IPv6: of /48s) of the family")
    caption(ax, "Orange: decided by what nobody chose", table=table)
    return ax


def _bars(rows: pd.DataFrame, by: str) -> list[Bar]:
    found = []
    for row in rows.to_dict("records"):
        share = 0.0 if pd.isna(row["address_share"]) else float(row["address_share"])
        name = "no exit: ambiguous" if pd.isna(row["name"]) else str(row["name"])
        if by == "exit" and not pd.isna(row["peer_as"]):
            name = f"AS{int(row['peer_as'])} {name}"
        accident = by == "step" and name in _ACCIDENTS
        found.append(
            Bar(name.replace("_", " "), share, colour=PALETTE["orange" if accident else "blue"])
        )
    return found
