"""Charts of the report as inline SVG: Vega-Lite specifications drawn by vl-convert.

A chart is a caption, a sentence for those who do not see it, and the SVG. Colours are the light
theme's; report.css maps each of them to its dark twin, so one drawing serves both.
"""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rib.exceptions import ConfigError
from rib.report import wording

__all__ = ["INK", "PALETTE", "Chart", "bars", "draw", "lines", "ranked", "segments"]

#: Light-theme colours; report.css must know every one (tests/report/test_charts.py compares).
INK, MUTED, GRID = "#1b2733", "#5b6875", "#dde3e9"
PALETTE = {
    "blue": "#2563a8",
    "orange": "#c8641b",
    "green": "#2e7d5b",
    "purple": "#7b4fa3",
    "red": "#b3261e",
    "grey": "#8a95a1",
}

# Text is measured in a narrow font at the first size and shown at the second: readers have other
# fonts, some 15 % wider (DejaVu, Verdana), and labels must not run into each other there.
_MEASURED, _SHOWN = 13, 11.5

_WIDTH = 370
_HEIGHT = 190

_CONFIG: dict[str, Any] = {
    "font": "system-ui, -apple-system, 'Segoe UI', 'Liberation Sans', Arial, sans-serif",
    "background": "transparent",
    "view": {"stroke": None},
    "axis": {
        "labelColor": MUTED,
        "titleColor": INK,
        "gridColor": GRID,
        "domainColor": MUTED,
        "tickColor": MUTED,
        "labelFontSize": _MEASURED,
        "titleFontSize": _MEASURED,
        "titleFontWeight": "normal",
        "labelLimit": 170,
    },
    "legend": {
        "labelColor": INK,
        "titleColor": INK,
        "labelFontSize": _MEASURED,
        "titleFontSize": _MEASURED,
        "orient": "top",
        "titleFontWeight": "normal",
        "labelLimit": 220,
        "symbolType": "square",
    },
    "text": {"color": INK, "fontSize": _MEASURED},
}


@dataclass(frozen=True)
class Chart:
    """A drawn chart. ``name`` is its id in the page, ``alt`` what a screen reader says."""

    name: str
    title: str
    alt: str
    svg: str
    note: str = ""


def _converter() -> Callable[[dict[str, Any]], str]:
    try:
        import vl_convert
    except ImportError as error:
        raise ConfigError(
            "the report's charts need vl-convert-python: pip install 'rib[report]'"
        ) from error

    def convert(spec: dict[str, Any]) -> str:
        return str(vl_convert.vegalite_to_svg(spec))

    return convert


#: A mark with what it stands for; groups and axes are other elements.
_MARK = re.compile(r'<(path|line) ([^<>]*?)aria-label="([^"<>]*)"([^<>]*?)/>')


def _hover(mark: re.Match[str]) -> str:
    """Give a mark a title, which browsers show to who points at it: no script is needed."""
    title = html.escape(html.unescape(mark[3]), quote=False)
    return f"<{mark[1]} {mark[2]}{mark[4]}><title>{title}</title></{mark[1]}>"


def draw(name: str, spec: dict[str, Any]) -> str:
    """Draw a Vega-Lite specification as SVG that can stand inside a page.

    The page's own ``<figure>`` names the chart, so ARIA roles inside are dropped, and descriptions
    of marks become titles; ids get the chart's name, because several drawings share one page; sizes are left to the style sheet.
    """
    full = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": _WIDTH,
        "height": _HEIGHT,
        "padding": 4,
        **spec,
        "config": _CONFIG,
    }
    svg = re.sub(_MARK, _hover, _converter()(full))
    svg = re.sub(r' (?:role|aria-[a-z]+|class|style|xmlns:xlink|pointer-events)="[^"]*"', "", svg)
    svg = re.sub(r'<path d="M0,0h0v0h0Z"/>|<path d="" display="none"/>', "", svg)
    svg = svg.replace(f'font-size="{_MEASURED}px"', f'font-size="{_SHOWN}px"')
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', svg)
    svg = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", svg)
    return svg.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)


def _colour(field: str, colours: dict[str, str]) -> dict[str, Any]:
    """Encode a field by the colours of its values, in their order."""
    scale = {"domain": list(colours), "range": [PALETTE[c] for c in colours.values()]}
    return {"field": field, "type": "nominal", "title": None, "scale": scale}


def bars(
    name: str,
    rows: list[dict[str, Any]],
    *,
    x: str,
    y: str,
    group: str,
    colours: dict[str, str],
    titles: tuple[str, str],
    percent: bool = True,
    stacked: bool = False,
) -> str:
    """Draw vertical bars per category ``x`` in row order, side by side or stacked by ``group``."""
    present = [g for g in colours if any(r[group] == g for r in rows)]
    order = list(dict.fromkeys(r[x] for r in rows))
    encoding: dict[str, Any] = {
        "x": {
            "field": x,
            "type": "nominal",
            "sort": order,
            "title": titles[0],
            "axis": {"labelAngle": 0, "grid": False, "labelOverlap": True},
        },
        "y": {
            "field": y,
            "type": "quantitative",
            "title": titles[1],
            "axis": {"format": "%" if percent else "~s", "tickCount": 5, "domain": False},
        },
        "color": _colour(group, {g: colours[g] for g in present}),
    }
    if len(present) < 2:
        encoding["color"]["legend"] = None
    if not stacked:
        encoding["xOffset"] = {"field": group, "sort": present}
    show = wording.percent if percent else wording.count
    values = [{**r, "hover": f"{r[x]}, {r[group]}: {show(r[y])}"} for r in rows]
    encoding["description"] = {"field": "hover"}
    return draw(name, {"data": {"values": values}, "mark": "bar", "encoding": encoding})


def lines(
    name: str,
    rows: list[dict[str, Any]],
    *,
    x: str,
    y: str,
    group: str,
    colours: dict[str, str],
    titles: tuple[str, str],
    cap: int,
) -> str:
    """Draw one line with points per ``group``, ``cap`` and more in the last; dashes tell the groups apart without colour."""
    present = [g for g in colours if any(r[group] == g for r in rows)]
    dashes = [[1, 0], [5, 3], [2, 2], [8, 3]]
    encoding = {
        "x": {
            "field": x,
            "type": "quantitative",
            "title": titles[0],
            "axis": {
                "tickMinStep": 1,
                "grid": False,
                "labelFlush": False,
                "labelExpr": f"datum.value == {cap} ? '{cap}+' : format(datum.value, 'd')",
            },
        },
        "y": {
            "field": y,
            "type": "quantitative",
            "title": titles[1],
            "axis": {"format": "%", "tickCount": 5, "domain": False},
        },
        "color": {
            **_colour(group, {g: colours[g] for g in present}),
            "legend": {"columns": 2, "symbolType": "stroke"},
        },
    }
    dash = {
        "field": group,
        "type": "nominal",
        "title": None,
        "scale": {"domain": present, "range": dashes[: len(present)]},
    }
    # A line has no value of its own to show; its points have.
    line = {
        "mark": {"type": "line", "strokeWidth": 2, "aria": False},
        "encoding": {"strokeDash": dash},
    }
    point = {
        "mark": {"type": "circle", "size": 22, "opacity": 1},
        "encoding": {"description": {"field": "hover"}},
    }
    values = [
        {
            **r,
            "hover": f"{r[group]}, {r[x]}{'+' if r[x] == cap else ''}: {wording.percent(r[y])}",
        }
        for r in rows
    ]
    return draw(name, {"data": {"values": values}, "encoding": encoding, "layer": [line, point]})


#: Vega's words for the two kinds of feed.
_FEED_LABELS = "datum.value == 'full' ? 'at or above the threshold' : 'below (partial feed)'"


def ranked(name: str, values: list[int], threshold: int | None, titles: tuple[str, str]) -> str:
    """Draw values, largest first, as bars against a threshold rule: who sends how much."""
    ordered = sorted(values, reverse=True)
    rows = [
        {
            "rank": n,
            "end": n + 0.86,
            "value": v,
            "hover": f"{v:,}",
            "feed": "full" if threshold is not None and v >= threshold else "partial",
        }
        for n, v in enumerate(ordered)
    ]
    feeds = {"full": "blue", "partial": "grey"}
    bar = {
        "data": {"values": rows},
        "mark": {"type": "rect"},
        "encoding": {
            "x": {
                "field": "rank",
                "type": "quantitative",
                "title": titles[0],
                "axis": {"labels": False, "ticks": False, "grid": False},
                "scale": {"domain": [-0.14, max(len(rows), 1)], "nice": False},
            },
            "x2": {"field": "end"},
            "y": {
                "field": "value",
                "type": "quantitative",
                "title": titles[1],
                "axis": {"format": "~s", "tickCount": 5, "domain": False},
            },
            "y2": {"datum": 0},
            "description": {"field": "hover"},
            "color": {
                **_colour(
                    "feed", {f: c for f, c in feeds.items() if any(r["feed"] == f for r in rows)}
                ),
                "legend": {"labelExpr": _FEED_LABELS},
            },
        },
    }
    rule = {
        "data": {"values": [{"at": threshold}] if threshold is not None else []},
        "mark": {
            "type": "rule",
            "description": f"full feed from {threshold:,}" if threshold is not None else "",
            "color": PALETTE["orange"],
            "strokeWidth": 2,
            "strokeDash": [5, 3],
        },
        "encoding": {"y": {"field": "at", "type": "quantitative"}},
    }
    return draw(name, {"height": 150, "layer": [bar, rule]})


def segments(
    name: str,
    rows: list[dict[str, Any]],
    *,
    colours: dict[str, str],
    title: str,
    label_width: int = 170,
) -> str:
    """Draw one horizontal 100 % bar per ``row``, cut by ``start``/``end``, with ``label`` inside.

    Rows are dicts with ``row``, ``start``, ``end``, ``label``, ``group``; a label is drawn only
    where its segment is wide enough to hold it.
    """
    order = list(dict.fromkeys(r["row"] for r in rows))
    present = [g for g in colours if any(r["group"] == g for r in rows)]
    shown = [
        {
            **r,
            "label": r["label"] if (r["end"] - r["start"]) * 300 > 7.2 * len(r["label"]) else "",
            "hover": f"{r['row']}, {r['label']}: {wording.percent(r['end'] - r['start'])}",
        }
        for r in rows
    ]
    y = {
        "field": "row",
        "type": "nominal",
        "sort": order,
        "title": None,
        "axis": {"labelLimit": label_width, "ticks": False, "domain": False, "labelColor": INK},
    }
    bar = {
        "mark": {"type": "bar", "height": {"band": 0.72}},
        "encoding": {
            "y": y,
            "x": {
                "field": "start",
                "type": "quantitative",
                "title": title,
                "scale": {"domain": [0, 1]},
                "axis": {"format": "%", "tickCount": 5},
            },
            "x2": {"field": "end"},
            "description": {"field": "hover"},
            "color": _colour("group", {g: colours[g] for g in present}),
        },
    }
    text = {
        "transform": [{"calculate": "(datum.start + datum.end) / 2", "as": "middle"}],
        "mark": {"type": "text", "color": "#ffffff"},
        "encoding": {
            "y": y,
            "x": {"field": "middle", "type": "quantitative"},
            "text": {"field": "label"},
        },
    }
    return draw(
        name,
        {"width": 300, "height": {"step": 24}, "data": {"values": shown}, "layer": [bar, text]},
    )
