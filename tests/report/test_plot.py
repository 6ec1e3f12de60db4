"""Plots draw on the axis given and return it; nothing in them lies over anything else."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from pictures import unreadable, words

import rib
from rib.report import plot
from rib.report.findings import Findings
from rib.table.rib import Rib

plt = pytest.importorskip("matplotlib.pyplot", reason="matplotlib (extra 'plot') is not installed")

SOURCE = "Source: sample, 2025-01-21 12:00 UTC, 10 peer ASes, 20,022 prefixes, 172,736 routes"
#: One with few upstreams, one that moves, two with many.
ORIGINS = [213394, 43424, 3257, 701]


@pytest.fixture(scope="module")
def table(sample: Path) -> Rib:
    """Give the table of the last snapshot of the sample."""
    return rib.read_mrt(sample / "collector.20250121.1200.mrt.bz2")


@pytest.fixture(scope="module")
def shares(table: Rib) -> pd.DataFrame:
    """Give upstream shares of some origins."""
    return rib.upstream_preference(table, origin_as=ORIGINS)


def with_intervals(shares: pd.DataFrame) -> pd.DataFrame:
    """Add intervals of some width."""
    share = shares["vp_share"]
    return shares.assign(
        vp_share_low=(share - 0.1).clip(lower=0), vp_share_high=(share + 0.2).clip(upper=1)
    )


def hegemony_frame(n: int = 30, *, intervals: bool = True) -> pd.DataFrame:
    """Give hegemony as `rib.as_hegemony` does: all origins in both families, and one origin."""
    rows = [
        (scope, family, 4_200_000_000 + k, 0.9 / (1 + k), 8)
        for scope, family in ((None, 4), (None, 6), (213394, 4))
        for k in range(n)
    ]
    rows.append((213394, 4, 213394, 1.0, 8))
    frame = pd.DataFrame(rows, columns=["scope", "family", "asn", "hegemony", "n_vps"])
    frame = frame.astype({"scope": "uint32[pyarrow]", "asn": "uint32[pyarrow]"})
    if not intervals:
        return frame
    value = frame["hegemony"]
    return frame.assign(hegemony_low=value * 0.5, hegemony_high=(value * 1.5).clip(upper=1))


@pytest.fixture(scope="module")
def pictures(table: Rib, shares: pd.DataFrame) -> dict[str, Callable[..., object]]:
    """Give every picture of the sample, to draw on an axis."""
    diversity = rib.path_diversity(table, by="origin_as")
    return {
        "path_lengths": lambda ax: plot.path_lengths(table, ax=ax),
        "upstreams": lambda ax: plot.upstreams(shares, table=table, ax=ax),
        "intervals": lambda ax: plot.upstreams(with_intervals(shares).head(12), table=table, ax=ax),
        "diversity": lambda ax: plot.diversity(diversity, table=table, ax=ax),
        "saturation": lambda ax: plot.saturation(table, ORIGINS[:2], ax=ax),
        "hegemony": lambda ax: plot.hegemony(hegemony_frame(), table=table, ax=ax),
    }


NAMES = ["path_lengths", "upstreams", "intervals", "diversity", "saturation", "hegemony"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [None, (4.2, 3.2), (10, 7)])
def test_words_keep_apart(
    pictures: dict[str, Callable[..., object]], name: str, size: tuple[float, float] | None
):
    """At its own size, small and large: no word over another or out of the figure."""
    given = None if size is None else plt.subplots(figsize=size, layout="constrained")[1]
    ax = pictures[name](given)
    assert given in (None, ax)
    assert [] == unreadable(ax)


@pytest.mark.parametrize("name", NAMES)
def test_pictures_say_where_they_are_from(pictures: dict[str, Callable[..., object]], name: str):
    """Collector, time and how much there is, in however many lines; and what the axis is of."""
    ax = pictures[name](None)
    assert SOURCE in " ".join(" ".join(words(ax)).split())
    assert ax.get_xlabel()


def test_source_of_a_table_without_routes(table: Rib):
    """No time, no name."""
    ax = plot.path_lengths(table.select(prefixes=["203.0.113.0/24"]))
    assert "no routes" in " ".join(words(ax))


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


def test_upstreams_draws_a_handful_and_says_so(table: Rib):
    """Of thousands of origins the first are drawn."""
    ax = plot.upstreams(rib.upstream_preference(table))
    assert 24 == len(ax.get_yticklabels())
    assert "The first 24 of 5,332 origins and families" in words(ax)


def test_upstreams_with_intervals_has_a_bar_and_whiskers_each(shares: pd.DataFrame):
    """One bar per upstream under the name of origin and family, its interval on it."""
    one = with_intervals(shares[shares["origin_as"] == 213394])
    ax = plot.upstreams(one)
    assert len(one) == len(ax.patches)
    assert ["AS213394 IPv4", "AS213394 IPv6"] == [t.get_text() for t in ax.texts]
    ends = [tuple(line.get_xdata()) for line in ax.get_lines()[::3]]
    assert list(zip(one["vp_share_low"], one["vp_share_high"], strict=True)) == ends


def test_upstreams_without_an_interval_has_no_whiskers(shares: pd.DataFrame):
    """Null ends draw nothing."""
    one = with_intervals(shares[shares["origin_as"] == 213394])
    one = one.assign(vp_share_low=None, vp_share_high=None)
    assert [] == list(plot.upstreams(one).get_lines())


def test_diversity_draws_cumulative_shares(made_findings: Callable[..., Findings]):
    """Counted and effective upstreams per family, rising to 1."""
    ax = plot.diversity(made_findings().diversity_origin)
    assert 4 == len(ax.get_lines())
    assert all(1.0 == line.get_ydata()[-1] for line in ax.get_lines())
    assert "share of origin ASes\nwith at most so many" == ax.get_ylabel()


def test_saturation_draws_curves_estimates_and_verdicts(table: Rib):
    """The curve of each family ends at the count; a dotted line where more is estimated."""
    ax = plot.saturation(table, [3257])
    found = rib.saturation(table, origin_as=[3257])
    curves = [line for line in ax.get_lines() if line.get_linestyle() != ":"]
    dotted = [line for line in ax.get_lines() if line.get_linestyle() == ":"]
    assert found["n_upstreams"].tolist() == [line.get_ydata()[-1] for line in curves]
    assert found["n_vps"].tolist() == [line.get_xdata()[-1] for line in curves]
    assert found["n_upstreams_estimate"].tolist() == [line.get_ydata()[0] for line in dotted]
    assert "AS3257 IPv4: 6 seen, 7.8 estimated, growing" in words(ax)


def test_saturation_of_an_unknown_origin_is_an_empty_axis(table: Rib):
    """Nothing drawn, nothing raised."""
    assert [] == list(plot.saturation(table, [4200000000]).get_lines())


@pytest.mark.parametrize("given", [[], [1, 2, 3, 4, 5]])
def test_saturation_is_of_one_to_four_origins(table: Rib, given: list[int]):
    """More curves are no picture."""
    with pytest.raises(ValueError, match=f"origin_as holds {len(given)} ASes: expected 1 to 4"):
        plot.saturation(table, given)


def test_hegemony_draws_the_highest_of_each_scope():
    """Eight bars in each of three blocks, highest first, the scope itself not among them."""
    ax = plot.hegemony(hegemony_frame())
    assert [
        "To all origins, IPv4, 8 VP ASes",
        "To all origins, IPv6, 8 VP ASes",
        "To AS213394, IPv4, 8 VP ASes",
    ] == [t.get_text() for t in ax.texts]
    labels = [t.get_text() for t in ax.get_yticklabels()]
    assert ["", *(f"AS{4_200_000_000 + k}" for k in range(8))] * 3 == labels
    assert 3 * 24 == len(ax.get_lines())


def test_hegemony_of_the_sample(table: Rib):
    """The frame of `rib.as_hegemony` as it is, with what its warning says."""
    found = rib.as_hegemony(table, scope=[213394], ci=0.95)
    ax = plot.hegemony(found)
    assert len(found) - 2 == len(ax.patches)
    assert "Fewer than 10 VP ASes: what lies near one of them looks important" in words(ax)
    assert [] == unreadable(ax)


def test_hegemony_without_intervals_has_no_whiskers():
    """The columns may be missing."""
    ax = plot.hegemony(hegemony_frame(intervals=False))
    assert (24, []) == (len(ax.patches), list(ax.get_lines()))


def test_hegemony_draws_a_handful_of_scopes_and_says_so():
    """Of many scopes the first are drawn."""
    frame = pd.DataFrame(
        [(s, 4, 7, 0.5, 12) for s in range(100, 120)],
        columns=["scope", "family", "asn", "hegemony", "n_vps"],
    )
    ax = plot.hegemony(frame)
    assert 8 == len(ax.patches)
    assert "The first 8 of 20 scopes and families" in words(ax)


@pytest.mark.parametrize("name", ["upstreams", "diversity", "hegemony"])
def test_plots_of_nothing_draw_nothing(made_findings: Callable[..., Findings], name: str):
    """An empty frame gives an empty axis."""
    found = made_findings()
    frames = {"upstreams": found.upstreams, "diversity": found.diversity_origin}
    ax = getattr(plot, name)(frames.get(name, hegemony_frame()).head(0))
    assert ([], []) == (list(ax.get_lines()), list(ax.patches))


@pytest.mark.parametrize(
    ("name", "made_by"),
    [
        ("upstreams", "rib.upstream_preference"),
        ("diversity", "rib.path_diversity"),
        ("hegemony", "rib.as_hegemony"),
    ],
)
def test_frame_must_be_what_the_analysis_returns(name: str, made_by: str):
    """Another object and another frame are refused with the function that makes the right one."""
    with pytest.raises(TypeError, match=f"df=<str>: expected a DataFrame, as {made_by} returns"):
        getattr(plot, name)("dump.mrt")
    with pytest.raises(ValueError, match=f"df has no column '.*': expected what {made_by} returns"):
        getattr(plot, name)(pd.DataFrame({"family": [4]}))


@pytest.mark.parametrize("name", ["upstreams", "diversity", "hegemony"])
def test_table_of_the_source_must_be_one(made_findings: Callable[..., Findings], name: str):
    """A path is refused by name."""
    found = made_findings()
    frames = {"upstreams": found.upstreams, "diversity": found.diversity_origin}
    with pytest.raises(TypeError, match=r"table='dump\.mrt': expected Rib"):
        getattr(plot, name)(frames.get(name, hegemony_frame()), table="dump.mrt")
