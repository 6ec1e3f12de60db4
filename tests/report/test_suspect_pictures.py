"""Pictures of origins over time and of evidence: readable, complete, and they add up."""

from pathlib import Path

import pandas as pd
import pytest
from internet import mrt_writer as mrt
from pictures import unreadable, words

import rib
from rib.exceptions import PrefixError
from rib.report import plot
from rib.table.rib import Rib

plt = pytest.importorskip("matplotlib.pyplot", reason="matplotlib (extra 'plot') is not installed")

PREFIX = "192.0.2.0/24"
DAY = 86_400
SIZES = [None, (4, 2.6)]


def snapshot(day: int, origins: dict[int, list[list[int]]]) -> Rib:
    """Give a table of one moment: the ends of the AS paths to the prefix, by VP AS, a session each."""
    peers, entries = [], []
    for vp, ends in origins.items():
        for end in ends or [[]]:
            peers.append(mrt.Peer(vp, f"192.0.{len(peers) // 250}.{len(peers) % 250}"))
            if end:
                path = mrt.as_path(mrt.sequence(vp, 3, *end))
                entries.append(mrt.rib_entry(len(peers) - 1, mrt.origin() + path))
    other = [mrt.rib_entry(0, mrt.origin() + mrt.as_path(mrt.sequence(peers[0].asn, 9)))]
    time = 1_700_000_000 + day * DAY
    records = [
        mrt.rib(PREFIX, entries, timestamp=time),
        mrt.rib("198.51.100.0/24", other, timestamp=time),
    ]
    return rib.read_mrt(mrt.peer_index_table(peers, timestamp=time) + b"".join(records))


def axes_of(size):
    """Give an axis of a size, or none."""
    return None if size is None else plt.subplots(figsize=size, layout="constrained")[1]


def names(ax) -> list[str]:
    """Give the labels of the rows."""
    return [label.get_text() for label in ax.get_yticklabels()]


def legend(ax) -> list[str]:
    """Give the labels of the legend."""
    return [text.get_text() for text in ax.get_legend().get_texts()]


@pytest.fixture(scope="module")
def snapshots(sample: Path) -> list[Rib]:
    """Give the four moments of the sample."""
    return [rib.read_mrt(path) for path in sorted(sample.glob("collector.*.mrt.bz2"))]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("prefix", ["91.208.207.0/24", "121.5.220.0/24", "2a0f:d0c0::/29"])
def test_timeline_can_be_read(snapshots: list[Rib], prefix: str, size):
    """Nothing lies over anything else, at two sizes; a row per VP AS that ever saw the prefix."""
    ax = plot.origin_timeline(snapshots, prefix, ax=axes_of(size))
    assert [] == unreadable(ax)
    assert any(f"Origins of {prefix} at " in text for text in words(ax))


def test_timeline_shows_the_migration(snapshots: list[Rib]):
    """Two lines per VP AS, none over the move; the order of snapshots as given does not matter."""
    ax = plot.origin_timeline(snapshots[::-1], "91.208.207.0/24")
    assert ["AS43424", "AS213394"] == legend(ax)
    joined = [line for line in ax.get_lines() if len(line.get_xdata()) == 2]
    assert 2 * len(names(ax)) == len(joined) == 16


def test_timeline_tells_no_route_from_no_session_and_several_origins():
    """A cross for a session without a route, nothing without a session, two markers for two origins."""
    tables = [
        snapshot(0, {100: [[7]], 200: [[7]]}),
        snapshot(1, {100: [[7], [8]], 200: []}),
        snapshot(2, {100: [[8]]}),
    ]
    ax = plot.origin_timeline(tables, PREFIX)
    assert ["AS7", "AS8", "no route"] == legend(ax)
    assert ["AS200", "AS100"] == names(ax)
    markers = [
        (line.get_marker(), round(float(line.get_ydata()[0])))
        for line in ax.get_lines()
        if len(line.get_xdata()) == 1
    ]
    assert 4 == sum(row == 1 for _, row in markers)
    assert [("o", 0), ("x", 0)] == [m for m in markers if m[1] == 0]
    assert [] == unreadable(ax)


def test_timeline_groups_many_vantage_points():
    """Equal histories share a row, the larger first; what has none is counted."""
    vps = {1000 + i: [[7 if i < 40 else 8]] for i in range(60)}
    vps |= {5000: [[9]]}
    ax = plot.origin_timeline([snapshot(0, vps), snapshot(1, vps)], PREFIX)
    assert ["AS1000 +39", "AS1040 +19", "AS5000"] == names(ax)
    many = {1000 + i: [[2000 + i]] for i in range(30)}
    ax = plot.origin_timeline([snapshot(0, many)], PREFIX)
    assert 24 == len(names(ax))
    assert "25 other origins" in legend(ax)
    assert any("6 VP ASes with rarer histories are not drawn" in text for text in words(ax))
    assert [] == unreadable(ax)


def test_timeline_of_an_unknown_prefix_is_empty(snapshots: list[Rib]):
    """No row, and it says so."""
    ax = plot.origin_timeline(snapshots[:1], "203.0.113.0/24")
    assert [] == names(ax)
    assert any("at 0 VP ASes" in text for text in words(ax))


def test_timeline_refuses_what_is_no_snapshot(made_table: Rib):
    """By name, with what was expected."""
    with pytest.raises(TypeError, match=r"snapshots\[0\]=<str>: expected Rib"):
        plot.origin_timeline(["x"], PREFIX)
    with pytest.raises(ValueError, match=r"snapshots=\[\]: expected at least one"):
        plot.origin_timeline([], PREFIX)
    with pytest.raises(ValueError, match="snapshots: two are of"):
        plot.origin_timeline([made_table, made_table], PREFIX)
    with pytest.raises(ValueError, match=r"snapshots\[0\]: has no routes"):
        plot.origin_timeline([made_table.select(origin_as=[1])], PREFIX)
    with pytest.raises(PrefixError):
        plot.origin_timeline([made_table], "192.0.2.1/24")


def event(weights: list[float], **more) -> dict[str, object]:
    """Give an event with terms of these weights."""
    terms = [{"rule": f"rule_{n}", "weight": w} for n, w in enumerate(weights)]
    score = min(max(sum(weights), 0), 100)
    return {"event_id": "moas:x:1", "score": score, "evidence": terms} | more


def widths(ax) -> list[float]:
    """Give the signed lengths of the bars."""
    return [patch.get_width() for patch in ax.patches]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    "weights", [[40, 25, 10], [25, -70, -55, -60], [-5], [], [0, 50], [3.5] * 60]
)
def test_evidence_adds_up_and_can_be_read(weights: list[float], size):
    """The last bar is the sum of all the others, however many there are."""
    reasons = ["authorised in the RPKI", "customer and provider", "known before"]
    ax = plot.evidence(event(weights, explained_by=reasons), ax=axes_of(size))
    *terms, total = widths(ax)
    assert sum(weights) == pytest.approx(sum(terms)) == pytest.approx(total)
    assert "sum" == names(ax)[-1]
    assert [] == unreadable(ax)


def test_evidence_takes_a_row_of_the_analysis(made_findings):
    """A Series is a row; text from outside is made harmless."""
    row = made_findings().events.iloc[0]
    ax = plot.evidence(row)
    assert [40.0, -10.0, 30.0] == widths(ax)
    assert ["rov", "irr", "sum"] == names(ax)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ("x", TypeError, "event=<str>: expected a row of rib.hijack_suspects"),
        (pd.DataFrame(), TypeError, "event=<DataFrame>"),
        ({"event_id": "x"}, ValueError, "event has no field 'score'"),
    ],
)
def test_evidence_refuses_what_is_no_event(given, error, message):
    """By name, with what was expected."""
    with pytest.raises(error, match=message):
        plot.evidence(given)
