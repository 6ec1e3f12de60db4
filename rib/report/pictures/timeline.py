"""Who originates a prefix, over time, as each vantage point sees it."""

from collections import Counter, defaultdict
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rib.report.charts import MUTED, PALETTE
from rib.report.pictures.axes import SMALL, axis, caption, legend_below, plain
from rib.report.pictures.ranking import ROW_INCHES, n_rows_of
from rib.table.arrays import column
from rib.table.rib import Rib
from rib.table.selection import as_list
from rib.table.summary import time_span

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.axes import Axes

__all__ = ["origin_timeline"]

#: Rows of a new figure; more vantage points are grouped.
_N_ROWS = 24
#: Origins with a colour and a marker of their own; the others share the last.
_STYLES = [
    (PALETTE["blue"], "o"),
    (PALETTE["orange"], "s"),
    (PALETTE["green"], "^"),
    (PALETTE["purple"], "D"),
    (PALETTE["red"], "v"),
]
_OTHERS = (PALETTE["grey"], "P")
#: Between the lines of one vantage point with several origins, in rows.
_APART = 0.22

#: The origins that a vantage point has at each snapshot: None without a session, an origin None for
#: a path that ends in no single AS.
History = tuple[frozenset[int | None] | None, ...]


class _Row(NamedTuple):
    label: str
    history: History


def origin_timeline(snapshots: "Iterable[Rib]", prefix: str, *, ax: "Axes | None" = None) -> "Axes":
    """Draw which AS originates a prefix, snapshot by snapshot, at each vantage point (VP) AS.

    Parameters
    ----------
    snapshots : iterable of Rib
        Tables of several moments, in any order, with a record time each.
    prefix : str
        IPv4 or IPv6 prefix, matched exactly.
    ax : matplotlib.axes.Axes, optional
        Draw here. Default: a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        A row per VP AS, a marker per snapshot and origin. A line joins two snapshots where the VP AS
        has the origin at both: where it ends, the origin changed in between. A cross is a VP AS
        with a session and no route to the prefix; nothing is drawn where it had no session.

    Raises
    ------
    TypeError, ValueError
        ``snapshots`` is no iterable of tables, none of them has a time, or two have the same.
    PrefixError
        ``prefix`` is no canonical prefix.

    Notes
    -----
    Where there are more VP ASes than rows, those that saw the same share one (``AS1299 +11``), the
    larger groups first, and what does not fit is counted over the picture. The five origins seen
    most often have a colour and a marker each. A VP AS with several sessions may see several
    origins at once: these lie beside each other in its row. O(routes) per snapshot.

    Examples
    --------
    >>> import rib
    >>> days = ["0114.0000", "0115.1200", "0117.0000", "0121.1200"]
    >>> tables = [rib.read_mrt(f"data/sample-mrt/collector.2025{day}.mrt.bz2") for day in days]
    >>> ax = rib.plot.origin_timeline(tables, "91.208.207.0/24")
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['AS43424', 'AS213394']
    """
    times, seen = _seen(snapshots, prefix)
    histories = _histories(seen)
    rows, hidden = _rows(histories, _N_ROWS if ax is None else max(n_rows_of(ax), 3))
    ax = axis(ax, 7.4, 1.7 + ROW_INCHES * max(len(rows), 3))
    styles = _styles(histories)
    x = np.array([np.datetime64(time.replace(tzinfo=None)) for time in times])
    for y, row in enumerate(rows):
        _draw_row(ax, x, y, row.history, styles)
    _legend(ax, styles, absent=any(cell == frozenset() for row in rows for cell in row.history))
    _label(ax, x, rows)
    n_vps = len(histories)
    notes = [f"Origins of {prefix} at {n_vps:,} VP ASes, {len(times)} snapshots"]
    if hidden:
        notes.append(f"{hidden:,} VP ASes with rarer histories are not drawn")
    caption(ax, *notes)
    return ax


def _seen(
    snapshots: "Iterable[Rib]", prefix: str
) -> tuple[list[datetime], list[dict[int, frozenset[int | None]]]]:
    """Give the times in order, and for each the origins by VP AS."""
    tables = as_list("snapshots", snapshots)
    dated = []
    for number, table in enumerate(tables):
        if not isinstance(table, Rib):
            found = type(table).__name__
            raise TypeError(f"snapshots[{number}]=<{found}>: expected Rib, as read_mrt returns")
        span = time_span(table)
        if span is None:
            raise ValueError(f"snapshots[{number}]: has no routes with a time: when is it of?")
        dated.append((span[1], number))
    if not dated:
        raise ValueError("snapshots=[]: expected at least one table")
    dated.sort()
    times = [time for time, _ in dated]
    if len(set(times)) < len(times):
        raise ValueError(
            f"snapshots: two are of {Counter(times).most_common(1)[0][0]:%Y-%m-%d %H:%M}"
        )
    return times, [_origins(tables[number], prefix) for _, number in dated]


def _origins(table: "Rib", prefix: str) -> dict[int, frozenset[int | None]]:
    """Give the origins of a prefix by VP AS; none for those without a route to it."""
    peer_as = column(table.peers, "peer_as")
    found: dict[int, set[int | None]] = {int(asn): set() for asn in np.unique(peer_as) if asn}
    match = table.get(prefix)
    if match is not None:
        rows = np.flatnonzero(column(table.routes, "prefix_id") == match.prefix_id)
        routes = table.routes.take(rows)
        origins = table.as_paths.column("origin_as").take(routes.column("as_path_id")).to_pylist()
        vps = peer_as[column(routes, "peer_id")].tolist()
        for vp, origin in zip(vps, origins, strict=True):
            if vp:
                found[vp].add(origin)
    return {vp: frozenset(of) for vp, of in found.items()}


def _histories(seen: list[dict[int, frozenset[int | None]]]) -> dict[int, History]:
    """Give what each VP AS saw over time, for those that ever saw the prefix."""
    every = sorted({vp for of in seen for vp, origins in of.items() if origins})
    return {vp: tuple(of.get(vp) for of in seen) for vp in every}


def _order(history: History) -> list[list[int]]:
    return [
        [-1] if cell is None else sorted(-1 if o is None else o for o in cell) for cell in history
    ]


def _rows(histories: dict[int, History], n: int) -> tuple[list[_Row], int]:
    """Give the rows, equal histories beside each other or as one; and how many VP ASes have none."""
    if len(histories) <= n:
        ordered = sorted(histories.items(), key=lambda item: (_order(item[1]), item[0]))
        return [_Row(f"AS{vp}", history) for vp, history in ordered], 0
    groups = defaultdict(list)
    for vp, history in histories.items():
        groups[history].append(vp)
    ranked = sorted(groups.items(), key=lambda item: (-len(item[1]), _order(item[0])))
    rows = [
        _Row(f"AS{vps[0]}" + (f" +{len(vps) - 1}" if len(vps) > 1 else ""), history)
        for history, vps in ranked[:n]
    ]
    return rows, sum(len(vps) for _, vps in ranked[n:])


def _styles(histories: dict[int, History]) -> dict[int | None, tuple[str, str]]:
    """Give each origin a colour and a marker, those seen first (then most often) first."""
    first: dict[int | None, int] = {}
    often: Counter[int | None] = Counter()
    for history in histories.values():
        for at, cell in enumerate(history):
            for origin in cell or ():
                first[origin] = min(first.get(origin, at), at)
                often[origin] += 1
    most = sorted(often, key=lambda o: (-often[o], -1 if o is None else o))[: len(_STYLES)]
    named = sorted(most, key=lambda o: (first[o], -often[o], -1 if o is None else o))
    styles = dict(zip(named, _STYLES, strict=False))
    return styles | dict.fromkeys((o for o in sorted(often, key=str) if o not in styles), _OTHERS)


def _draw_row(
    ax: "Axes", x: Any, y: int, history: History, styles: dict[int | None, tuple[str, str]]
) -> None:
    """Draw the markers of a row, and lines where an origin stays."""
    heights: list[dict[int | None, float]] = []
    for at, cell in enumerate(history):
        origins = sorted(cell or (), key=lambda o: -1 if o is None else o)
        middle = (len(origins) - 1) / 2
        here: dict[int | None, float] = {
            origin: y + _APART * (n - middle) for n, origin in enumerate(origins)
        }
        for origin, height in here.items():
            colour, marker = styles[origin]
            if at and origin in heights[-1]:
                ends = [heights[-1][origin], height]
                ax.plot(x[at - 1 : at + 1], ends, color=colour, linewidth=2, alpha=0.6)
            ax.plot(x[at], height, color=colour, marker=marker, markersize=6, linestyle="none")
        if cell == frozenset():
            ax.plot(x[at], y, color=MUTED, marker="x", markersize=4, linestyle="none")
        heights.append(here)


def _legend(ax: "Axes", styles: dict[int | None, tuple[str, str]], *, absent: bool) -> None:
    named = [(origin, style) for origin, style in styles.items() if style != _OTHERS]
    entries = [("no single AS" if o is None else f"AS{o}", *style) for o, style in named]
    if len(styles) > len(named):
        entries.append((f"{len(styles) - len(named)} other origins", *_OTHERS))
    if absent:
        entries.append(("no route", MUTED, "x"))
    for label, colour, marker in entries:
        ax.plot([], [], color=colour, marker=marker, markersize=6, linestyle="none", label=label)
    if entries:
        legend_below(ax)


def _label(ax: "Axes", x: Any, rows: list[_Row]) -> None:
    """Name the rows, and the times as far as there is room."""
    from matplotlib import dates

    untyped: Any = dates
    plain(ax)
    locator = untyped.AutoDateLocator(minticks=2, maxticks=6)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(untyped.ConciseDateFormatter(locator))
    if len(x) == 1:  # a moment has no width to draw in
        ax.set_xlim(x[0] - np.timedelta64(1, "D"), x[0] + np.timedelta64(1, "D"))
    ax.set_yticks(range(len(rows)), [row.label for row in rows], fontsize=SMALL)
    ax.tick_params(axis="y", length=0)
    ax.tick_params(axis="x", labelsize=SMALL)
    ax.xaxis.get_offset_text().set_fontsize(SMALL)
    ax.set_ylim(max(len(rows), 1) - 0.4, -0.6)
    ax.set_xlabel("snapshot, UTC", fontsize=SMALL)
    ax.set_ylabel("vantage-point AS", fontsize=SMALL)
