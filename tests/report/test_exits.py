"""Exits that moved since the baseline."""

from pathlib import Path

import pandas as pd
import pytest

import rib
from rib.report.exits import moved_exits
from rib.table.rib import Rib

_SAMPLE = Path(__file__).resolve().parents[2] / "data" / "sample-mrt"


def test_moved_exits_of_a_transit_that_went(made_table: Rib):
    """Prefixes of the transit that went leave through another; the rest stays out of the list."""
    left = made_table.select(peers=[3257, 3356, 43424])
    frame = moved_exits(made_table, left)
    assert [
        ("91.208.207.0/24", 4, 29075, 43424),
        ("192.0.2.0/24", 4, 29075, 3257),
        ("2a0f:d0c0::/29", 6, 29075, 3257),
    ] == list(frame.drop(columns="addresses").itertuples(index=False, name=None))
    assert {4: 3, 6: 1} == frame.attrs["n_compared"]


def test_moved_exits_of_the_same_table_are_none(made_table: Rib):
    """Nothing moves between a table and itself, and the columns are there."""
    frame = moved_exits(made_table, made_table)
    columns = ["prefix", "family", "exit_as_before", "exit_as_after", "addresses"]
    assert (columns, 0) == (list(frame.columns), len(frame))


def test_moved_exits_leave_out_what_one_table_lacks(made_table: Rib):
    """A prefix that came or went has not moved."""
    before = made_table.select(peers=[3356])
    frame = moved_exits(before, made_table)
    assert ["91.208.207.0/24"] == list(frame["prefix"])
    assert {4: 2, 6: 0} == frame.attrs["n_compared"]


def test_moved_exits_equal_a_loop_over_the_choices():
    """On the sample they are what a look at both choices, prefix by prefix, gives."""
    after = rib.read_mrt(_SAMPLE / "own.20250121.1200.mrt.gz")
    before = after.select(peers=sorted({p["peer_as"] for p in after.peers.to_pylist()})[1:])
    old, new = (
        rib.exit_preference(v).routes.set_index("prefix").to_dict("index") for v in (before, after)
    )
    expected = [
        (prefix, row["family"], old[prefix]["winner_as"], row["winner_as"])
        for prefix, row in new.items()
        if prefix in old
        and not pd.isna(row["winner_as"])
        and not pd.isna(old[prefix]["winner_as"])
        and row["winner_as"] != old[prefix]["winner_as"]
    ]
    frame = moved_exits(before, after)
    assert expected
    assert expected == list(frame.drop(columns="addresses").itertuples(index=False, name=None))


@pytest.mark.parametrize(("view", "there"), [("own", True), ("collector", False)])
def test_report_compares_exits_of_own_views_alone(
    made_table: Rib, tmp_path: Path, view: str, there: bool
):
    """The page names the exits that moved, and the file has each prefix; foreign ASes have no exits."""
    rib.write_report(
        made_table.select(peers=[3257, 3356, 43424]),
        tmp_path,
        baseline=made_table,
        view=view,  # type: ignore[arg-type]
    )
    page = (tmp_path / "report.html").read_text("utf-8")
    assert there == ("<caption>Exits moved</caption>" in page)
    assert there == (tmp_path / "exits_moved.parquet").exists()
    assert there == ("<dt>Exits moved</dt><dd>3</dd>" in page)
