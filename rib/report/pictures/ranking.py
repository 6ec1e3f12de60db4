"""Horizontal bars in blocks, each with a heading, and whiskers where there are intervals."""

from typing import TYPE_CHECKING, NamedTuple

from rib.report.charts import INK, PALETTE
from rib.report.pictures.axes import plain, points_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ROW_INCHES", "Bar", "Block", "draw_blocks", "n_rows_of"]

#: Height of a row of a new figure.
ROW_INCHES = 0.24
_FONT, _LEAST_FONT = 9.0, 7.0
#: Of the height of a row, what its text takes.
_TEXT = 0.62


class Bar(NamedTuple):
    """One row; ``low`` and ``high`` are the ends of its interval, None without one."""

    label: str
    value: float
    low: float | None = None
    high: float | None = None
    colour: str = PALETTE["blue"]


class Block(NamedTuple):
    """Rows under a heading."""

    heading: str
    bars: list[Bar]


def n_rows_of(ax: "Axes") -> int:
    """Count the rows that an axis has room for with letters that can be read."""
    return int(points_of(ax)[1] * _TEXT / _LEAST_FONT)


def draw_blocks(ax: "Axes", blocks: list[Block]) -> None:
    """Draw blocks from the top down, each row labelled on the left."""
    plain(ax)
    labels: list[str] = []
    headings = []
    for block in blocks:
        headings.append((len(labels), block.heading))
        labels.append("")
        for bar in block.bars:
            y = len(labels)
            labels.append(bar.label)
            ax.barh(y, bar.value, height=0.66, color=bar.colour, alpha=0.75)
            if bar.low is not None and bar.high is not None:
                ax.plot([bar.low, bar.high], [y, y], color=INK, linewidth=1.4)
                for end in (bar.low, bar.high):
                    ax.plot([end, end], [y - 0.2, y + 0.2], color=INK, linewidth=1.4)
    # An axis given may be low: letters shrink with its rows, so that labels keep apart.
    font = min(_FONT, _TEXT * points_of(ax)[1] / max(len(labels) + 0.4, 1))
    ax.set_yticks(range(len(labels)), labels, fontsize=font)
    ax.tick_params(axis="y", length=0)
    for y, heading in headings:
        # Over the bars, where there is room for words, and not beside them.
        text = ax.annotate(heading, (0, y), (3, 0), textcoords="offset points", fontsize=font)
        text.set(fontweight="bold", verticalalignment="center")
    ax.set_ylim(len(labels) - 0.4, -0.7)
