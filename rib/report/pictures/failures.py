"""What becomes of the prefixes when transits fail, as a matrix."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rib.report.charts import INK
from rib.report.pictures.axes import SMALL, axis, caption, check_frame

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from rib.table.rib import Rib

__all__ = ["failures"]

_OUTCOMES = ("unaffected", "rerouted_exact", "rerouted_cover", "default_only", "lost")
#: Failed sets drawn: more are no picture.
_N_SETS = 30
#: From this share on, a cell is dark and its number white.
_DARK = 0.55


def failures(df: pd.DataFrame, *, table: "Rib | None" = None, ax: "Axes | None" = None) -> "Axes":
    """Draw what share of the address space meets which outcome when each failed set fails.

    Parameters
    ----------
    df : pandas.DataFrame
        Result of `rib.transit_failures`.
    table : Rib, optional
        What it was computed from, to write the source over the picture. Default: no source.
    ax : matplotlib.axes.Axes, optional
        Draw here. Default: a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        A row for each failed set and family, a column for each outcome, the share of addresses in each cell.

    Raises
    ------
    TypeError, ValueError
        ``df`` is no DataFrame, or lacks a column.

    Notes
    -----
    The first 30 rows are drawn, and the picture says of how many.

    Examples
    --------
    >>> import rib
    >>> view = rib.read_mrt("data/sample-mrt/own.20250121.1200.mrt.gz")
    >>> ax = rib.plot.failures(rib.transit_failures(view), table=view)
    >>> ax.get_yticklabels()[0].get_text()
    'AS3257 IPv4'
    """
    check_frame(df, "rib.transit_failures", ["failed", "outcome", "family", "address_share"])
    sets: dict[tuple[str, int], dict[str, float]] = {}
    for row in df[["failed", "outcome", "family", "address_share"]].to_dict("records"):
        share = row["address_share"]
        key = _name(row["failed"]), int(row["family"])
        sets.setdefault(key, {})[row["outcome"]] = 0.0 if pd.isna(share) else float(share)
    shown = list(sets.items())[:_N_SETS]
    ax = axis(ax, 6.8, 1.5 + 0.28 * len(shown))
    shares = np.array([[of.get(name, 0.0) for name in _OUTCOMES] for _, of in shown])
    shares = shares.reshape(len(shown), len(_OUTCOMES))
    ax.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for (row_number, column_number), value in np.ndenumerate(shares):
        ax.text(
            column_number,
            row_number,
            _percent(value),
            ha="center",
            va="center",
            fontsize=SMALL,
            color="white" if value > _DARK else INK,
        )
    ax.set_xticks(range(len(_OUTCOMES)), [name.replace("_", "\n") for name in _OUTCOMES])
    ax.set_yticks(range(len(shown)), [f"{name} IPv{family}" for (name, family), _ in shown])
    ax.tick_params(length=0, labelsize=SMALL)
    ax.spines[:].set_visible(False)
    ax.set_xlabel("outcome; share of addresses (IPv6: of /48s) of the family")
    cut = len(sets) > _N_SETS
    note = [f"The first {_N_SETS} of {len(sets):,} failed sets and families"] if cut else []
    caption(ax, *note, "Further from us than our transits, lost is an upper bound", table=table)
    return ax


def _name(failed: Any) -> str:
    """Name a failed set: ASes, links of two, or addresses."""
    return " + ".join(_element(element) for element in failed)


def _element(element: Any) -> str:
    if isinstance(element, str):
        return element
    if isinstance(element, tuple | list):
        return "-".join(f"AS{int(asn)}" for asn in element)
    return f"AS{int(element)}"


def _percent(share: float) -> str:
    """Write a share so that a little is not nothing, and nearly all is not all."""
    if share in (0.0, 1.0):
        return f"{share:.0%}"
    if share < 0.001:
        return "<0.1%"
    return ">99.9%" if share > 0.999 else f"{share:.1%}"
