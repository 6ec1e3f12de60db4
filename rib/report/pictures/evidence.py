"""What an event's score is made of."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from rib.report.charts import INK, MUTED, PALETTE
from rib.report.findings import SUSPECT_SCORE
from rib.report.pictures.axes import SMALL, axis, caption, plain
from rib.report.pictures.ranking import ROW_INCHES, n_rows_of
from rib.report.wording import clean

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["evidence"]

#: Rows of a new figure.
_N_ROWS = 18
_LABEL = 34


def evidence(event: "Mapping[str, Any] | pd.Series", *, ax: "Axes | None" = None) -> "Axes":
    """Draw the terms of an event's score as signed bars, and their sum.

    Parameters
    ----------
    event : mapping or pandas.Series
        A row of `rib.hijack_suspects`: ``event_id``, ``score``, ``evidence``; and ``explained_by``
        where it is there.
    ax : matplotlib.axes.Axes, optional
        Draw here. Default: a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        A bar per term in the order of the evidence: to the right what speaks for a hijack (orange),
        to the left, hatched, what speaks for its being right (green); below them the sum. A dashed
        line is where suspects begin.

    Raises
    ------
    TypeError, ValueError
        ``event`` is no mapping, or lacks a field.

    Notes
    -----
    The score is the sum cut to 0 to 100. Terms that do not fit are one bar, so that the bars always
    add up to the sum.

    Examples
    --------
    >>> import rib
    >>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
    >>> before = rib.read_mrt("data/sample-mrt/collector.20250117.0000.mrt.bz2")
    >>> vrps = rib.read_vrps("data/sample-mrt/vrps.json.gz")
    >>> events = rib.hijack_suspects(table, vrps=vrps, baseline=before)
    >>> ax = rib.plot.evidence(events.set_index("event_id", drop=False).loc["moas:182.3.0.0/23:19601"])
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['moas', 'newcomer', 'rov_invalid_as', 'sum']
    """
    terms, score = _terms(event)
    n = _N_ROWS if ax is None else max(n_rows_of(ax) - 2, 2)
    if len(terms) > n:
        rest = terms[n - 1 :]
        terms = [*terms[: n - 1], (f"{len(rest)} more terms", sum(w for _, w in rest))]
    total = sum(weight for _, weight in terms)
    ax = axis(ax, 6.4, 1.5 + ROW_INCHES * (1 + len(terms)))
    for y, (_, weight) in enumerate(terms):
        _bar(ax, y, weight, PALETTE["orange" if weight > 0 else "green"])
    _bar(ax, len(terms), total, INK)
    ax.axvline(0, color=INK, linewidth=0.8)
    ax.axvline(SUSPECT_SCORE, color=MUTED, linewidth=0.8, linestyle="--")
    ax.axhline(len(terms) - 0.5, color=INK, linewidth=0.8)
    plain(ax)
    ax.set_yticks(range(len(terms) + 1), [*(name for name, _ in terms), "sum"], fontsize=SMALL)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(terms) + 0.5, -0.6)
    _widen(ax, [*(weight for _, weight in terms), total])
    ax.set_xlabel(f"weight (suspects: {SUSPECT_SCORE} and more)")
    reasons = event.get("explained_by")
    # A line each: names of rules make the axis narrower than it is known to be when lines are broken.
    why = [f"Explained by: {clean(reason)}" for reason in (() if reasons is None else reasons)]
    caption(ax, f"{clean(event['event_id'])}: score {score:g} of 100", *why)
    return ax


def _terms(event: Any) -> tuple[list[tuple[str, float]], float]:
    if not isinstance(event, Mapping | pd.Series):
        raise TypeError(f"event=<{type(event).__name__}>: expected a row of rib.hijack_suspects")
    missing = [name for name in ("event_id", "score", "evidence") if name not in event]
    if missing:
        raise ValueError(
            f"event has no field {missing[0]!r}: expected a row of rib.hijack_suspects"
        )
    given = event["evidence"]
    terms = [] if given is None else list(given)
    return [(clean(t["rule"], _LABEL), float(t["weight"] or 0)) for t in terms], float(
        event["score"]
    )


def _bar(ax: "Axes", y: int, weight: float, colour: str) -> None:
    """Draw a bar with its weight at the end; hatched to the left, so that signs differ in grey."""
    hatch = "///" if weight < 0 else None
    ax.barh(y, weight, height=0.66, color=colour, alpha=0.75, hatch=hatch, edgecolor="white")
    ax.annotate(
        f"{weight:+g}" if weight else "0",
        (weight, y),
        (3 if weight >= 0 else -3, 0),
        textcoords="offset points",
        horizontalalignment="left" if weight >= 0 else "right",
        verticalalignment="center",
        fontsize=SMALL,
    )


def _widen(ax: "Axes", ends: list[float]) -> None:
    """Leave room for the numbers at the ends of bars."""
    low, high = min(0.0, *ends), max(float(SUSPECT_SCORE), *ends)
    room = 0.14 * (high - low)
    ax.set_xlim(low - (room if low < 0 else 0), high + room)
