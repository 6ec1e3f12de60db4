"""`rib.plot.as_neighbourhood`: how the core of the Internet reaches an AS, as a picture."""

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from rib.analysis.graph import as_graph
from rib.analysis.graph_views import neighbourhood, strongest
from rib.registry.arguments import check_at_least, check_required
from rib.report.charts import INK, MUTED, PALETTE
from rib.report.pictures.axes import axis
from rib.report.pictures.layers import FONT, ROW, Layout, lay_out
from rib.report.wording import clean, listed, many
from rib.table.clique import clique_of
from rib.table.graph import DiGraph
from rib.table.selection import as_number
from rib.table.summary import time_span

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from rib.table.rib import Rib

__all__ = ["as_neighbourhood"]

_MARGIN = 0.2
#: Least width that the text below fits, and between its lines.
_FOOT_WIDTH, _LINE = 6.4, 0.22
_TITLE = 0.4
#: Up to so many links are drawn in full width.
_FEW_LINKS = 60
#: Names of collectors that are spelled out.
_N_COLLECTORS = 3


class _Pen(NamedTuple):
    """An axis, and how much smaller or larger than planned it is."""

    ax: "Axes"
    scale: float

    def text(self, x: float, y: float, text: str, colour: str, **how: Any) -> None:
        """Write at a place in inches."""
        size = FONT * self.scale
        self.ax.text(x, y, text, color=colour, va="center", fontsize=size, **how)

    def label(self, x: float, y: float, text: str, edge: str) -> None:
        """Write in a box."""
        box = {"boxstyle": "round,pad=0.3", "facecolor": "white", "edgecolor": edge}
        self.text(x, y, text, INK, ha="center", bbox=box, zorder=3)

    def line(self, course: list[tuple[float, float]], width: float) -> None:
        """Draw a link; one within a layer goes around the labels in between."""
        from matplotlib.patches import FancyArrowPatch

        how: dict[str, Any] = {
            "color": PALETTE["grey"],
            "linewidth": width * self.scale,
            "alpha": 0.6,
            "zorder": 1,
        }
        if len(course) == 2 and course[0][0] == course[1][0]:
            how |= {"arrowstyle": "-", "connectionstyle": "arc3,rad=0.35"}
            self.ax.add_patch(FancyArrowPatch(course[0], course[1], **how))
        else:
            xs, ys = zip(*course, strict=True)
            self.ax.plot(xs, ys, solid_joinstyle="round", **how)


def as_neighbourhood(
    table: "Rib", asn: int, *, max_nodes: int = 60, ax: "Axes | None" = None
) -> "Axes":
    """Draw the ASes over which the core of the Internet reaches an AS: core left, the AS right.

    Parameters
    ----------
    table : Rib
        The routes.
    asn : int
        The AS.
    max_nodes : int, default 60
        Most ASes to draw, 1 or more: beginning with the AS, always the one with most prefixes on a
        link to one that is drawn. The picture says how many are left out.
    ax : matplotlib.axes.Axes, optional
        Draw here, in the size that fits. Default: a new figure, as large as the labels need.

    Returns
    -------
    matplotlib.axes.Axes
        The core is the first layer, the AS the last; others stand by their distance to the AS. The
        wider a line, the more prefixes were seen over the link on routes with the AS on their path.
        Below: collectors, time of the dump, routes, and what is left out.

    Raises
    ------
    TypeError, ValueError
        ``table`` is no `Rib`, ``asn`` no AS number, ``max_nodes`` no positive integer.
    ConfigError
        matplotlib is not installed.

    Notes
    -----
    `rib.neighbourhood` with the core inferred from all paths of the table. A neighbour over which no
    path from the core is seen is there with its link alone. Links nobody uses for a best path are
    invisible. An AS that no path holds is drawn alone. O(routes · path length).

    Examples
    --------
    >>> import rib
    >>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
    >>> rib.plot.as_neighbourhood(table, 213394).get_title()
    'Around AS213394'
    """
    check_required(table=table)
    asn = as_number("asn", asn)
    check_at_least(1, max_nodes=max_nodes)
    whole = neighbourhood(as_graph(table, through=asn), asn, core=clique_of(table))
    whole.add_node(asn)
    graph = whole.subgraph(strongest(whole, asn, max_nodes, before=True))
    plan = lay_out(graph, asn, tuple(a for a in graph.graph["core"] if a != asn))
    source = _source(table, whole, asn, len(whole) - len(graph))
    pen = _canvas(ax, plan, len(source))
    n_prefixes = {(a, b): int(of["n_prefixes"]) for a, b, of in graph.edges(data=True)}
    widths = _Widths(max(n_prefixes.values(), default=0), len(n_prefixes))
    for link, n in n_prefixes.items():
        pen.line(plan.course[link], widths.of(n))
    colours = dict.fromkeys(graph.graph["core"], PALETTE["purple"])
    colours[asn] = PALETTE["orange"]
    for name, (x, y) in plan.place.items():
        pen.label(x, y, f"AS{name}", colours.get(name, PALETTE["blue"]))
    _foot(pen, plan, widths, source)
    pen.ax.set_title(f"Around AS{asn}", fontsize=(FONT + 2) * pen.scale, color=INK)
    return pen.ax


class _Widths(NamedTuple):
    """Points that a line is wide: by the logarithm of prefixes, less where there are many links."""

    most: int
    n_links: int

    def of(self, n: int) -> float:
        """Give the width for so many prefixes."""
        widest = 4.0 * min(1.0, math.sqrt(_FEW_LINKS / max(self.n_links, 1)))
        return widest * (0.15 + 0.85 * math.log1p(n) / math.log1p(self.most))


def _canvas(ax: "Axes | None", plan: Layout, n_lines: int) -> _Pen:
    """Give an axis whose units are the inches of the plan, with room for the text below."""
    width = max(plan.width, _FOOT_WIDTH) + 2 * _MARGIN
    height = plan.height + ROW + n_lines * _LINE + 2 * _MARGIN
    made = axis(ax, width, height + _TITLE)
    if ax is None:
        made.get_figure().set_layout_engine("none")  # type: ignore[union-attr]
        made.set_position((0, 0, 1, height / (height + _TITLE)))
    # Of a figure or of a part of one, to which the position refers.
    box, whole = made.get_position(), made.figure.bbox
    dpi = made.figure.dpi
    there = box.width * whole.width / dpi, box.height * whole.height / dpi
    scale = min(there[0] / width, there[1] / height)
    x, y = plan.width / 2, _MARGIN + plan.height / 2 - height / 2
    made.set_xlim(x - there[0] / scale / 2, x + there[0] / scale / 2)
    made.set_ylim(y - there[1] / scale / 2, y + there[1] / scale / 2)
    made.set_axis_off()
    return _Pen(made, scale)


def _foot(pen: _Pen, plan: Layout, widths: _Widths, source: list[str]) -> None:
    """Say what colours and widths mean, and where the data is from."""
    left = min(0.0, plan.width / 2 - _FOOT_WIDTH / 2)
    y = -plan.height / 2 - ROW
    most = widths.most
    shown = sorted({1, round(math.sqrt(most)), most}) if most else []
    if shown:
        pen.text(left, y, "prefixes over the link:", MUTED)
    for n, x in zip(shown, (left + 1.75, left + 3.1, left + 4.45), strict=False):
        pen.line([(x, y), (x + 0.35, y)], widths.of(n))
        pen.text(x + 0.45, y, f"{n:,}", MUTED)
    for n, text in enumerate(source):
        pen.text(left, y - (n + 1) * _LINE, text, MUTED)


def _source(table: "Rib", graph: DiGraph, asn: int, n_left_out: int) -> list[str]:
    """Lines that say where the picture is from and what is not on it."""
    names = sorted(set(table.peers.column("collector").to_pylist()) - {""})
    span = time_span(table)
    when = "no routes" if span is None else f"{span[0]:%Y-%m-%d %H:%M} UTC"
    if span is not None and f"{span[1]:%Y-%m-%d %H:%M}" != f"{span[0]:%Y-%m-%d %H:%M}":
        when = f"{when[:-4]} to {span[1]:%Y-%m-%d %H:%M} UTC"
    collectors = listed(names, _N_COLLECTORS, lambda name: clean(name, 24))
    named = f"collector {collectors}" if names else "collector not named"
    paths = many(graph.graph["n_paths"], "AS path")
    return [
        f"{named} · {when} · {many(table.n_routes, 'route')}",
        f"{paths} to AS{asn} · purple: core, inferred from all paths",
        *([f"left out: {n_left_out:,} further ASes, with fewer prefixes"] if n_left_out else []),
    ]
