"""Plots draw on the axis given and return it."""

from collections.abc import Callable, Iterator

import pytest

from rib.report import plot
from rib.report.findings import Findings
from rib.table.rib import Rib

plt = pytest.importorskip("matplotlib.pyplot", reason="matplotlib (extra 'plot') is not installed")


@pytest.fixture(autouse=True)
def _closed_figures() -> Iterator[None]:
    """Draw without a display and leave no figure open."""
    plt.switch_backend("agg")
    yield
    plt.close("all")


def test_path_lengths_draws_both_families_and_measures(made_table: Rib):
    """Four lines: two families, with and without prepends."""
    _, given = plt.subplots()
    ax = plot.path_lengths(made_table, ax=given)
    assert given is ax
    assert 4 == len(ax.get_lines())


def test_upstreams_bars_fill_each_row(made_findings: Callable[..., Findings]):
    """The parts of each origin's bar add up to 1, unknown upstreams included."""
    ax = plot.upstreams(made_findings().upstreams)
    assert 2.0 == pytest.approx(sum(p.get_width() for p in ax.patches))
    labels = [t.get_text() for t in ax.get_yticklabels()]
    assert ["AS213394 IPv4", "AS64500 IPv4"] == labels


def test_diversity_draws_cumulative_shares(made_findings: Callable[..., Findings]):
    """Counted and effective upstreams per family, rising to 1."""
    ax = plot.diversity(made_findings().diversity_origin)
    assert 4 == len(ax.get_lines())
    assert all(1.0 == line.get_ydata()[-1] for line in ax.get_lines())
    assert "share of origin ASes with at most so many" == ax.get_ylabel()


def test_as_neighbourhood_draws_neighbours(made_table: Rib):
    """The AS stands between the ASes left of it on paths."""
    ax = plot.as_neighbourhood(made_table, 213394)
    names = {t.get_text() for t in ax.texts}
    assert {"AS213394", "AS29075", "AS174", "AS3356", "AS43424", "AS3257"} == names


def test_as_neighbourhood_of_an_unknown_as_is_just_it(made_table: Rib):
    """An AS that no path holds has no neighbours and raises nothing."""
    assert ["AS4200000000"] == [
        t.get_text() for t in plot.as_neighbourhood(made_table, 4200000000).texts
    ]


@pytest.mark.parametrize("name", ["upstreams", "diversity"])
def test_plots_of_nothing_draw_nothing(made_findings: Callable[..., Findings], name: str):
    """An empty frame gives an empty axis."""
    found = made_findings()
    frame = {"upstreams": found.upstreams, "diversity": found.diversity_origin}[name]
    ax = getattr(plot, name)(frame.head(0))
    assert ([], []) == (list(ax.get_lines()), list(ax.patches))
