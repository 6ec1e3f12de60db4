"""Pictures of own views: nothing in them lies over anything else, and they say what they show."""

from pathlib import Path

import pandas as pd
import pytest
from pictures import unreadable, words

import rib
from rib.report import plot
from rib.table.rib import Rib

plt = pytest.importorskip("matplotlib.pyplot", reason="matplotlib (extra 'plot') is not installed")

SOURCE = "Source: AS213394, 2025-01-21 12:00 UTC, 4 peer ASes, 20,016 prefixes, 79,654 routes"
PREFER = rib.Policy(rules=(rib.PolicyRule(local_pref=200, session=(29075,)),))


@pytest.fixture(scope="module")
def view(sample: Path) -> Rib:
    """Give the sample's own view."""
    return rib.read_mrt(sample / "own.20250121.1200.mrt.gz")


def text_of(ax) -> str:
    """Give all texts of a picture, lines joined."""
    return " ".join(words(ax)).replace("\n", " ")


PICTURES = {
    "exits": lambda v: plot.exits(rib.exit_preference(v), table=v),
    "failures": lambda v: plot.failures(rib.transit_failures(v), table=v),
    "failures-2": lambda v: plot.failures(rib.transit_failures(v, k=2), table=v),
    "failures-session": lambda v: plot.failures(rib.transit_failures(v, unit="session"), table=v),
    "shared_fate": lambda v: plot.shared_fate(rib.shared_fate(v), table=v),
    "shared_fate-link": lambda v: plot.shared_fate(rib.shared_fate(v, by="link"), table=v),
    "moves": lambda v: plot.moves(rib.what_if(v, None, PREFER), table=v),
    "moves-6": lambda v: plot.moves(
        rib.what_if(v, PREFER, None), family=6, weight="n_prefixes", table=v
    ),
}


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_can_be_read_and_name_their_source(view: Rib, name: str) -> None:
    ax = PICTURES[name](view)
    assert unreadable(ax) == []
    assert SOURCE in text_of(ax)


def test_plot_exits_marks_what_nobody_chose(view: Rib) -> None:
    """BGP identifier decides most of the sample: its bar is orange."""
    ax = plot.exits(rib.exit_preference(view))
    labels = [label.get_text() for label in ax.get_yticklabels()]
    colours = {}
    for patch in ax.patches:
        colours[labels[round(patch.get_y() + patch.get_height() / 2)]] = patch.get_facecolor()[:3]
    assert colours["router id"] != colours["as path length"]
    assert {"AS3257 185.42.0.3", "router id"} <= set(labels)


def test_plot_failures_has_a_cell_for_each_outcome(view: Rib) -> None:
    ax = plot.failures(rib.transit_failures(view))
    assert len(ax.texts) == 5 * 8
    assert {"68.8%", "<0.1%", "0%"} <= {text.get_text() for text in ax.texts}
    links = rib.transit_failures(view, fail=[(1299, 3356), 174])
    rows = [label.get_text() for label in plot.failures(links).get_yticklabels()]
    assert rows[0] == "AS1299-AS3356 IPv4"


def test_plot_shared_fate_lists_who_shares(view: Rib) -> None:
    ax = plot.shared_fate(rib.shared_fate(view))
    assert ax.get_yticklabels()[1].get_text() == "AS1299 (4)"
    empty = rib.shared_fate(view.select(peers=[3356]))
    assert len(plot.shared_fate(empty).patches) == 0


def test_plot_moves_says_how_much_moves(view: Rib) -> None:
    ax = plot.moves(rib.what_if(view, None, PREFER))
    assert "88.7% moves" in text_of(ax)
    names = [text.get_text() for text in ax.texts]
    assert "AS3257 185.42.0.3 68.8%" in names
    assert "AS29075 185.42.0.1 99.5%" in names
    nothing = rib.what_if(view.select(prefixes=["3fff::/20"]), None, None)
    assert "nothing moves" in text_of(plot.moves(nothing))


@pytest.mark.parametrize(
    ("draw", "error", "message"),
    [
        (lambda: plot.exits("x"), TypeError, "preference=<str>: expected what rib.exit_preference"),
        (lambda: plot.failures("x"), TypeError, "df=<str>: expected a DataFrame, as rib.transit"),
        (lambda: plot.shared_fate(pd.DataFrame()), ValueError, "df has no column 'family'"),
        (lambda: plot.moves(pd.DataFrame()), ValueError, "df has no column 'family'"),
        (lambda: plot.moves(pd.DataFrame(), family=5), ValueError, "family=5: expected 4 or 6"),
        (lambda: plot.moves(pd.DataFrame(), weight="x"), ValueError, "weight='x': expected"),
    ],
)
def test_pictures_refuse_what_they_are_not_of(draw, error, message) -> None:
    with pytest.raises(error, match=message):
        draw()
