"""Charts as inline SVG."""

import re
import xml.etree.ElementTree as ET

import pytest

from rib.exceptions import ConfigError
from rib.report import charts

_BARS = [
    {"bin": "1", "share": 0.25, "family": "IPv4"},
    {"bin": "2", "share": 0.75, "family": "IPv4"},
    {"bin": "1", "share": 1.0, "family": "IPv6"},
]


def _bars(rows: list[dict[str, object]]) -> str:
    return charts.bars(
        "demo",
        rows,
        x="bin",
        y="share",
        group="family",
        colours={"IPv4": "blue", "IPv6": "orange"},
        titles=("bins", "share"),
    )


def test_bars_are_well_formed_and_hold_the_data():
    """The SVG parses, has one bar per row and uses the palette."""
    svg = _bars(_BARS)
    root = ET.fromstring(svg)
    assert root.tag.endswith("svg")
    assert (2, 1) == (
        svg.count(f'fill="{charts.PALETTE["blue"]}"') - 1,
        svg.count(f'fill="{charts.PALETTE["orange"]}"') - 1,
    )


def test_charts_show_their_values_to_who_points_at_them():
    """Each mark has a title with its value; the line between points has none."""
    svg = _bars(_BARS)
    titles = [e.text for e in ET.fromstring(svg).iter() if e.tag.endswith("title")]
    assert ["1, IPv4: 25.0 %", "2, IPv4: 75.0 %", "1, IPv6: 100.0 %"] == titles
    rows = [{"x": n, "y": 0.5, "g": "IPv4"} for n in (1, 2)]
    drawn = charts.lines(
        "demo", rows, x="x", y="y", group="g", colours={"IPv4": "blue"}, titles=("x", "y"), cap=2
    )
    titles = [e.text for e in ET.fromstring(drawn).iter() if e.tag.endswith("title")]
    assert ["IPv4, 1: 50.0 %", "IPv4, 2+: 50.0 %"] == titles
    ranks = charts.ranked("demo", [3000, 1], 2000, ("peers", "prefixes"))
    titles = [e.text for e in ET.fromstring(ranks).iter() if e.tag.endswith("title")]
    assert ["3,000", "1", "full feed from 2,000"] == titles


def test_charts_escape_text(hostile: str):
    """Labels from outside stay text."""
    svg = charts.segments(
        "demo",
        [{"row": hostile, "start": 0, "end": 1, "label": "x", "group": "1st"}],
        colours={"1st": "blue"},
        title="share",
    )
    root = ET.fromstring(svg)
    assert f"{hostile}, x: 100.0 %" in [e.text for e in root.iter() if e.tag.endswith("title")]
    assert not {"script", "img"} & {e.tag.rpartition("}")[2] for e in root.iter()}
    assert "<script" not in svg
    assert "<img" not in svg
    assert ET.fromstring(svg) is not None


def test_charts_have_no_inline_styles_roles_or_links():
    """What the page's policy would refuse, or a screen reader would read twice, is left out."""
    svg = _bars(_BARS)
    assert [] == re.findall(r" (?:style|role|href|class|onload)=", svg)
    assert svg.startswith('<svg aria-hidden="true" focusable="false" ')


def test_charts_are_deterministic():
    """The same rows give the same bytes."""
    assert _bars(_BARS) == _bars(_BARS)


def test_ranked_without_threshold_draws_no_rule():
    """No threshold, no rule; all bars are partial feeds."""
    svg = charts.ranked("demo", [3, 1, 2], None, ("peers", "prefixes"))
    assert charts.PALETTE["orange"] not in svg


@pytest.mark.parametrize(
    "colour", [charts.INK, charts.MUTED, charts.GRID, *charts.PALETTE.values()]
)
def test_every_chart_colour_has_a_dark_twin(colour: str, styles: str):
    """The style sheet maps fill and stroke of each colour for the dark theme."""
    assert f'svg [fill="{colour}"]{{fill:' in styles
    assert f'svg [stroke="{colour}"]{{stroke:' in styles


def test_draw_without_vl_convert_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    """A missing extra is a ConfigError that names it."""
    monkeypatch.setitem(__import__("sys").modules, "vl_convert", None)
    with pytest.raises(ConfigError, match=r"rib\[report\]"):
        _bars(_BARS)
