"""What pictures share: the axis, its ticks, colours that hold in grey, and where numbers are from."""

import textwrap
from typing import TYPE_CHECKING, Any

import pandas as pd

from rib.exceptions import ConfigError
from rib.registry.arguments import check_given
from rib.report.charts import MUTED, PALETTE
from rib.table.arrays import column
from rib.table.summary import time_span

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from rib.table.rib import Rib

__all__ = [
    "FAMILY_COLOURS",
    "FAMILY_FILLS",
    "SMALL",
    "axis",
    "caption",
    "check_frame",
    "legend_below",
    "pair",
    "percent",
    "plain",
    "points_of",
    "source",
    "whole_numbers",
]

FAMILY_COLOURS = {4: PALETTE["blue"], 6: PALETTE["orange"]}
#: Inside of markers: the two colours look alike in grey, full and hollow do not.
FAMILY_FILLS = {4: PALETTE["blue"], 6: "white"}
#: Points, for what explains a picture and is not what it shows.
SMALL = 8

_N_COLLECTORS = 3
#: Height of tick labels and a label under an axis, in points.
_LABELS = 38


def check_frame(df: Any, made_by: str, columns: list[str]) -> None:
    """Raise `TypeError` or `ValueError` for what is not the result of the analysis named."""
    if not isinstance(df, pd.DataFrame):
        raise TypeError(f"df=<{type(df).__name__}>: expected a DataFrame, as {made_by} returns")
    missing = [name for name in columns if name not in df.columns]
    if missing:
        raise ValueError(f"df has no column {missing[0]!r}: expected what {made_by} returns")


def axis(ax: "Axes | None", width: float, height: float) -> "Axes":
    """Give the axis to draw on: the caller's, or that of a new figure of so many inches."""
    try:
        from matplotlib import pyplot as plt
    except ImportError as error:
        raise ConfigError("plots need matplotlib: pip install 'rib[plot]'") from error
    if ax is not None:
        return ax
    _, made = plt.subplots(figsize=(width, height), layout="constrained")
    return made


def plain(ax: "Axes") -> "Axes":
    """Take away the two sides of the frame that carry no ticks."""
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def percent() -> Any:
    """Ticks of shares."""
    from matplotlib.ticker import PercentFormatter

    return PercentFormatter(xmax=1, decimals=0)


def whole_numbers() -> Any:
    """Ticks of counts."""
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(integer=True)


def pair(key: Any) -> tuple[Any, Any]:
    """Two levels of a group's key, which pandas types as any hashable."""
    first, second = key
    return first, second


def points_of(ax: "Axes") -> tuple[float, float]:
    """Width and height of an axis in points, before a layout engine has moved it."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    box = ax.get_position()
    width, height = figure.get_size_inches()
    return box.width * width * 72, box.height * height * 72


def source(table: "Rib") -> str:
    """Say where the numbers of a picture are from: collectors, time, and how much there is."""
    names = sorted(set(table.peers.column("collector").to_pylist()) - {""})
    more = len(names) - _N_COLLECTORS
    shown = ", ".join(names[:_N_COLLECTORS]) + (f" and {more} more" if more > 0 else "")
    span = time_span(table)
    peer_as = column(table.peers, "peer_as")
    n_vps = len(set(peer_as[peer_as != 0].tolist()))
    return ", ".join(
        [
            f"Source: {shown or 'collector not named'}",
            "no routes" if span is None else f"{span[0]:%Y-%m-%d %H:%M} UTC",
            f"{n_vps:,} peer ASes",
            f"{table.n_prefixes:,} prefixes",
            f"{table.n_routes:,} routes",
        ]
    )


def caption(ax: "Axes", *lines: str, table: "Rib | None" = None) -> None:
    """Write small lines over the axis, the source last where the table is known."""
    check_given(table=table)
    if table is not None:
        lines = (*lines, source(table))
    # Characters are half as wide as high, a little more in some fonts.
    width = max(int(points_of(ax)[0] / (0.53 * SMALL)), 20)
    text = "\n".join(part for line in lines for part in textwrap.wrap(line, width))
    ax.set_title(text, loc="left", fontsize=SMALL, color=MUTED)


def legend_below(ax: "Axes") -> None:
    """Put the legend under the labels of the x axis, where it covers no line."""
    from matplotlib.transforms import ScaledTranslation

    figure = ax.get_figure(root=True)
    assert figure is not None
    under = ax.transAxes + ScaledTranslation(0, -_LABELS / 72, figure.dpi_scale_trans)
    ax.legend(
        frameon=False,
        fontsize=SMALL,
        loc="upper left",
        bbox_to_anchor=(0, 0),
        bbox_transform=under,
        borderaxespad=0,
        handlelength=3.2,
    )
