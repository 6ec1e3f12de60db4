"""`rib.plot.as_neighbourhood` draws the way from the core to an AS so that it can be read."""

import re
from itertools import combinations
from pathlib import Path

import pytest
from internet import mrt_writer as mrt

import rib
from rib.report import plot
from rib.table.rib import Rib

plt = pytest.importorskip("matplotlib.pyplot", reason="matplotlib (extra 'plot') is not installed")


def labels(ax) -> list[str]:
    """Give the names of the ASes on a picture."""
    return [t.get_text() for t in ax.texts if re.fullmatch(r"AS\d+", t.get_text())]


def boxes(ax) -> list[tuple[float, float, float, float]]:
    """Give where each text of a picture is, with the box around it, in pixels."""
    ax.figure.canvas.draw()
    patches = [text.get_bbox_patch() or text for text in ax.texts]
    return [tuple(p.get_window_extent().extents) for p in (*patches, ax.title)]


def overlaps(ax) -> list[tuple[int, int]]:
    """Give the texts of a picture that run into each other."""
    return [
        (i, j)
        for (i, a), (j, b) in combinations(enumerate(boxes(ax)), 2)
        if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
    ]


def busy(n_core: int, n_transits: int, n_regional: int) -> Rib:
    """Give a table in which 50000 is reached over several layers, and from some of the core directly."""
    core = [1000 + 7 * i for i in range(n_core)]
    transits = [20_000 + 37 * i for i in range(n_transits)]
    regional = [4_200_000_000 - 11 * i - 300_000_000 for i in range(n_regional)]
    tails = [[], *([t] for t in transits)]
    tails += [[transits[i * 5 % n_transits], r] for i, r in enumerate(regional)]
    paths = [
        [core[(i + 1) % n_core], core[i * k % n_core], *tail, 50_000]
        for k in (1, 5)
        for i, tail in enumerate(tails)
    ]
    # Every AS of the core is linked to every other one.
    paths += [[a, b, 9] for a in core for b in core if a != b]
    peers = [mrt.Peer(60_000 + i, f"192.0.{i // 250}.{i % 250}") for i in range(len(paths))]
    entries = [
        mrt.rib_entry(i, mrt.origin() + mrt.as_path(mrt.sequence(60_000 + i, *path)))
        for i, path in enumerate(paths)
    ]
    prefixes = [
        mrt.rib(f"20.{third}.0.0/16", [e for i, e in enumerate(entries) if i % third == 0])
        for third in (1, 2, 3)
    ]
    return rib.read_mrt(mrt.peer_index_table(peers) + b"".join(prefixes))


def test_as_neighbourhood_draws_the_way_from_the_core(made_table: Rib):
    """The AS stands behind those that lead to it."""
    names = labels(plot.as_neighbourhood(made_table, 213394))
    assert {"AS213394", "AS29075", "AS174", "AS3356", "AS43424"} == set(names)
    assert len(set(names)) == len(names)


def test_as_neighbourhood_says_where_it_is_from(sample: Path):
    """Collector, time, routes, paths, and how wide how many prefixes are."""
    table = rib.read_mrt(sample / "collector.20250121.1200.mrt.bz2")
    ax = plot.as_neighbourhood(table, 213394)
    text = {t.get_text() for t in ax.texts}
    assert "collector sample · 2025-01-21 12:00 UTC · 172,736 routes" in text
    assert "8 AS paths to AS213394 · purple: core, inferred from all paths" in text
    assert {"prefixes over the link:", "1", "2"} <= text
    assert ["AS1299", "AS213394", "AS29075", "AS3257", "AS3356", "AS43424"] == sorted(labels(ax))
    assert [] == overlaps(ax)


def test_as_neighbourhood_draws_wider_where_more_prefixes_were_seen(sample: Path):
    """The widest line is that of a link with most prefixes."""
    table = rib.read_mrt(sample / "collector.20250121.1200.mrt.bz2")
    ax = plot.as_neighbourhood(table, 34028)
    widths = [line.get_linewidth() for line in ax.get_lines()]
    assert 4.0 == pytest.approx(max(widths))
    assert min(widths) < 1.5


@pytest.mark.parametrize("shape", [(8, 12, 9), (12, 20, 16), (3, 40, 16)])
@pytest.mark.parametrize("size", [None, (7, 4), (3, 9)])
def test_as_neighbourhood_labels_do_not_overlap(shape, size):
    """30 to 60 ASes in a figure of its own, and in axes of any shape; nothing leaves the figure."""
    ax = None if size is None else plt.subplots(figsize=size, dpi=300)[1]
    ax = plot.as_neighbourhood(busy(*shape), 50_000, ax=ax)
    assert 30 <= len(labels(ax)) <= 60
    assert [] == overlaps(ax)
    wide, high = ax.figure.canvas.get_width_height()
    for left, low, right, top in boxes(ax):
        assert left >= 0
        assert low >= 0
        assert right <= wide
        assert top <= high


def test_as_neighbourhood_fits_a_part_of_a_figure():
    """Half of a figure is half as wide, and labels shrink with it."""
    left, _ = plt.figure(figsize=(10, 6), dpi=300).subfigures(1, 2)
    ax = plot.as_neighbourhood(busy(8, 12, 9), 50_000, ax=left.subplots())
    assert [] == overlaps(ax)
    wide, _ = ax.get_figure().canvas.get_width_height()
    assert max(box[2] for box in boxes(ax)) <= wide / 2


def test_as_neighbourhood_leaves_out_what_has_fewest_prefixes():
    """Those that are drawn all lead to the AS; the picture says how many others there are."""
    table = busy(8, 12, 9)
    every = len(labels(plot.as_neighbourhood(table, 50_000)))
    ax = plot.as_neighbourhood(table, 50_000, max_nodes=12)
    assert 12 == len(labels(ax))
    text = {t.get_text() for t in ax.texts}
    assert f"left out: {every - 12} further ASes, with fewer prefixes" in text


def test_as_neighbourhood_of_an_unknown_as_is_just_it(made_table: Rib):
    """An AS that no path holds has no neighbours and raises nothing."""
    ax = plot.as_neighbourhood(made_table, 4200000000)
    assert ["AS4200000000"] == labels(ax)
    assert [] == list(ax.get_lines())


@pytest.mark.parametrize(("name", "given"), [("asn", -1), ("asn", 1 << 32), ("max_nodes", 0)])
def test_as_neighbourhood_names_a_wrong_argument(made_table: Rib, name: str, given: int):
    """The message has the argument and the value."""
    with pytest.raises(ValueError, match=f"{name}={given}: expected"):
        plot.as_neighbourhood(made_table, **({"asn": 213394} | {name: given}))
