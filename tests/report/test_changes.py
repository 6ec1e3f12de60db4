"""What the report says of path diversity since the baseline."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import rib
from rib.report.changes import changes
from rib.report.findings import Findings
from rib.report.page import render
from rib.report.wording import Names
from rib.table.arrays import to_frame

_FOLDER = Path(__file__).resolve().parents[2] / "data" / "sample-mrt"

Make = Callable[..., Findings]


@pytest.fixture(scope="module")
def before() -> rib.Rib:
    """Table of the sample before the migration."""
    return rib.read_mrt(_FOLDER / "collector.20250117.0000.mrt.bz2")


@pytest.fixture(scope="module")
def after() -> rib.Rib:
    """Table of the sample after the migration."""
    return rib.read_mrt(_FOLDER / "collector.20250121.1200.mrt.bz2")


@pytest.fixture(scope="module")
def ours_before(before: rib.Rib) -> rib.Rib:
    """Routes of two origins before the migration: enough where the numbers do not matter."""
    return before.select(origin_as=[213394, 43424])


@pytest.fixture(scope="module")
def ours_after(after: rib.Rib) -> rib.Rib:
    """Routes of the same origins after it."""
    return after.select(origin_as=[213394, 43424])


@pytest.fixture(scope="module")
def written(before: rib.Rib, after: rib.Rib, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Directory with the report on the migration."""
    out = tmp_path_factory.mktemp("report")
    rib.write_report(after, out, baseline=before, own=213394)
    return out


def _text(page: str) -> str:
    return re.sub(r"<[^>]+>", "", page)


@pytest.mark.parametrize("name", ["report.html", "report.md"])
@pytest.mark.parametrize("family", [4, 6])
def test_report_says_what_the_migration_changed(written: Path, name: str, family: int):
    """AS213394 goes from one upstream to four, in the page and in its twin, before today's state."""
    text = _text((written / name).read_text("utf-8"))
    assert (
        f"AS213394 IPv{family}: 1 upstream → 4: gained AS3257, AS3356, AS29075; no longer "
        "single-homed; AS43424 is no longer on every path"
    ) in text
    assert "What changed since 2025-01-17 00:00 UTC" in text
    assert "11 IPv4 sessions (10 VP ASes) and 8 IPv6 sessions (8 VP ASes)" in text
    assert "No session was left out." in text
    assert text.index("AS213394 IPv") < text.index("show a single upstream")


def test_report_counts_are_those_of_the_frame(before: rib.Rib, after: rib.Rib, written: Path):
    """Every count of the table is what a loop over the rows of the analysis finds."""
    frame = rib.diversity_change(before, after, by="origin_as")
    expected: dict[str, list[int]] = {}
    for row in frame.to_dict("records"):
        happened = {
            "newly single-homed": row["newly_single_homed"] is True,
            "no longer single-homed": row["no_longer_single_homed"] is True,
            "no route left": row["state"] == "gone",
            "no route before": row["state"] == "appeared",
            "gained upstreams": _some(row["gained_upstreams"]),
            "lost upstreams": _some(row["lost_upstreams"]),
            "new AS on every path": _some(row["new_chokepoints"]),
            "AS no longer on every path": _some(row["gone_chokepoints"]),
        }
        happened["other shares of upstreams only"] = not any(happened.values())
        for name, is_so in happened.items():
            expected.setdefault(name, [0, 0])[row["family"] == 6] += is_so
    markdown = (written / "report.md").read_text("utf-8")
    for name, (v4, v6) in expected.items():
        assert f"| {name} | {v4} | {v6} |" in markdown
    n = [int((frame["family"] == f).sum()) for f in (4, 6)]
    assert f"{n[0]} in IPv4, {n[1]} in IPv6." in markdown


def _some(asns: Any) -> bool:
    return isinstance(asns, list) and len(asns) > 0


def test_report_writes_the_comparison(before: rib.Rib, after: rib.Rib, written: Path):
    """diversity_change.parquet is what the function gives."""
    expected = rib.diversity_change(before, after, by="origin_as")
    actual = pq.read_table(written / "diversity_change.parquet").to_pandas(
        types_mapper=pd.ArrowDtype
    )
    pd.testing.assert_frame_equal(expected, actual)
    assert "diversity\\_change.parquet" in (written / "report.md").read_text("utf-8")


def test_report_lists_the_newly_single_homed_first(before: rib.Rib, after: rib.Rib, written: Path):
    """The rows of the text twin are those of origins that lost all upstreams but one."""
    frame = rib.diversity_change(before, after, by="origin_as")
    single = frame[frame["newly_single_homed"].fillna(value=False).to_numpy(dtype=bool)]
    known = {
        (f"AS{r.origin_as}", f"IPv{r.family}", f"{r.n_upstreams_before} → {r.n_upstreams_after}")
        for r in single.itertuples()
    }
    markdown = (written / "report.md").read_text("utf-8")
    table = markdown.split("**Changes, the most important first**")[1].split("\n\n")[1]
    rows = [[c.strip() for c in line.split("|")[1:-1]] for line in table.splitlines()[2:]]
    assert 10 == len(rows)
    assert {(r[0], r[1], r[3]) for r in rows} <= known
    assert "90 more rows are in report.html." in markdown
    assert f"{len(frame) - 100} more are in" in markdown


def test_report_without_a_baseline_says_nothing_of_changes(ours_after: rib.Rib, tmp_path: Path):
    """No section, no link to it, no file."""
    report = rib.write_report(ours_after, tmp_path, own=213394)
    assert "diversity_change.parquet" not in [p.name for p in report.files]
    page = report.html.read_text("utf-8")
    assert "What changed since" not in page
    assert "#changes" not in page


def _nothing_in_common(directory: Path) -> None:
    for name in ("report.html", "report.md"):
        text = _text((directory / name).read_text("utf-8"))
        assert "have no session in common" in text
        assert "Changes, the most important first" not in text
        assert "AS213394 IPv4:" not in text.split("Path diversity")[0]


def test_report_of_other_sessions_is_one_sentence(
    ours_before: rib.Rib, ours_after: rib.Rib, tmp_path: Path
):
    """Peers of the baseline alone and of the table alone: nothing is called a change."""
    ases = sorted({p["peer_as"] for p in ours_after.peers.to_pylist() if p["n_prefixes4"]})
    baseline = ours_before.select(peers=ases[:2])
    rib.write_report(ours_after.select(peers=ases[2:]), tmp_path, baseline=baseline, own=213394)
    _nothing_in_common(tmp_path)


def test_report_of_other_collectors_is_one_sentence(ours_after: rib.Rib, tmp_path: Path):
    """A baseline of another collector still serves the suspects, and is not compared."""
    baseline = rib.read_mrt(_FOLDER / "own.20250121.1200.mrt.gz")
    report = rib.write_report(ours_after, tmp_path, baseline=baseline, own=213394)
    _nothing_in_common(tmp_path)
    assert "diversity_change.parquet" not in [p.name for p in report.files]


def test_report_names_the_sessions_left_out(
    ours_before: rib.Rib, ours_after: rib.Rib, tmp_path: Path
):
    """A session of one table alone is named with its routes."""
    ases = sorted({p["peer_as"] for p in ours_after.peers.to_pylist() if p["n_prefixes4"]})
    part = ours_before.select(peers=ases[1:])
    rib.write_report(ours_after, tmp_path, baseline=part, own=213394)
    new = rib.diversity_change(part, ours_after, by="origin_as").attrs["peers_new"][0]
    text = _text((tmp_path / "report.html").read_text("utf-8"))
    assert "Left out, only in this table: " in text
    assert (
        f"AS{new['peer_as']} at {new['peer_ip']} IPv{new['family']} ({new['n_routes']:,} r" in text
    )


def test_report_says_of_an_unchanged_table_that_it_is_the_same(ours_after: rib.Rib, tmp_path: Path):
    """A table against itself: our own origins have no change, and there is no table of none."""
    rib.write_report(ours_after, tmp_path, baseline=ours_after, own=[213394, 4200000000])
    text = (tmp_path / "report.md").read_text("utf-8")
    assert "AS213394 IPv4: no change on the sessions compared." in text
    assert "AS4200000000: no route to compare." in text
    assert "Path diversity is the same for every origin AS." in text
    assert "Changes, the most important first" not in text


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Give rows as `rib.diversity_change` would, those left out unchanged."""
    plain: dict[str, Any] = {
        "origin_as": 213394, "family": 4, "state": "changed",
        "n_vps_before": 8, "n_vps_after": 8, "n_upstreams_before": 2, "n_upstreams_after": 2,
        "gained_upstreams": [], "lost_upstreams": [],
        "upstream_entropy_before": 1.0, "upstream_entropy_after": 1.0,
        "upstream_entropy_change": 0.0,
        "newly_single_homed": False, "no_longer_single_homed": False,
        "new_chokepoints": [], "gone_chokepoints": [],
    }  # fmt: skip
    frame = to_frame(pa.Table.from_pylist([plain | row for row in rows]))
    frame.attrs.update(n_peers={4: 8, 6: 0}, n_vps={4: 8, 6: 0}, peers_gone=[], peers_new=[])
    return frame


def _suspect(names: list[int], rule: str) -> dict[str, Any]:
    evidence = [{"rule": rule, "value": "", "weight": 60.0, "source": "", "date": None}]
    return {"score": 60.0, "incumbents": names, "newcomers": [64500], "evidence": evidence}


@pytest.mark.parametrize(
    ("rule", "new"), [("newcomer", 1), ("link_not_in_baseline", 1), ("moas", 0)]
)
def test_changes_counts_new_suspects(made_findings: Make, rule: str, new: int):
    """A suspect is new where a rule says that the baseline lacks its route or link."""
    found = made_findings(baseline=True, scores=(60.0,))
    event = found.events.to_dict("records")[0] | _suspect([1], rule)
    found = replace(found, events=to_frame(pa.Table.from_pylist([event])))
    section = changes(found, Names())
    assert section is not None
    assert ("New suspects", str(new), "of 1 suspect") == section.tiles[-1]
    assert new == [g.caption for g in section.grids].count("New suspects")


def test_changes_counts_moved_exits(made_findings: Make):
    """Pairs of exits come by prefixes, with their share of the prefixes compared."""
    found = made_findings(baseline=True)
    moved = pd.DataFrame(
        {
            "prefix": ["a", "b", "c"],
            "family": [4, 4, 6],
            "exit_as_before": [1, 1, 2],
            "exit_as_after": [2, 2, 1],
        }
    )
    moved.attrs |= {"n_compared": {4: 8, 6: 4}, "has_policy": False}
    section = changes(replace(found, exits_moved=moved), Names())
    assert section is not None
    grid = next(g for g in section.grids if g.caption == "Exits moved")
    assert [
        ["IPv4", "AS1", "AS2", "2", "25.0 %"],
        ["IPv6", "AS2", "AS1", "1", "25.0 %"],
    ] == grid.rows
    assert ("Exits moved", "3", "2 IPv4, 1 IPv6") in section.tiles


_GONE = dict.fromkeys(
    [
        "n_vps_after", "n_upstreams_after", "gained_upstreams", "lost_upstreams",
        "upstream_entropy_after", "upstream_entropy_change", "newly_single_homed",
        "no_longer_single_homed", "new_chokepoints", "gone_chokepoints",
    ]
)  # fmt: skip
_APPEARED = {
    name.replace("_after", "_before"): None for name in _GONE if name != "upstream_entropy_change"
}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (
            {
                "n_upstreams_after": 1,
                "lost_upstreams": [174],
                "newly_single_homed": True,
                "new_chokepoints": [3356, 3257],
                "upstream_entropy_after": 0.0,
                "n_vps_after": 7,
            },
            (
                "2 upstreams → 1: lost AS174; newly single-homed; AS3356, AS3257 are now on every "
                "path; effective number of upstreams 2.00 → 1.00; VP ASes 8 → 7."
            ),
        ),
        (
            {"gained_upstreams": [1], "lost_upstreams": [2]},
            "2 upstreams → 2: gained AS1, lost AS2.",
        ),
        (
            {"upstream_entropy_after": 0.5},
            "the same 2 upstreams; effective number of upstreams 2.00 → 1.41.",
        ),
        (
            {
                "gained_upstreams": None,
                "lost_upstreams": None,
                "upstream_entropy_before": None,
                "upstream_entropy_change": None,
                "newly_single_homed": None,
                "no_longer_single_homed": None,
                "n_upstreams_before": 0,
                "new_chokepoints": [3356],
            },
            "upstreams cannot be compared; AS3356 is now on every path.",
        ),
        ({"state": "gone"} | _GONE, "no route left; before, 2 upstreams (VP ASes: 8)."),
        ({"state": "appeared"} | _APPEARED, "no route before; now 2 upstreams (VP ASes: 8)."),
    ],
    ids=["single", "swapped", "shares", "unknown", "gone", "appeared"],
)
def test_changes_says_everything_of_an_own_origin(
    made_findings: Make, row: dict[str, Any], expected: str
):
    """Each kind of change has its words; what cannot be measured is no number."""
    found = made_findings(baseline=True)
    section = changes(replace(found, changes=_frame([row])), Names())
    assert section is not None
    assert f"AS213394 IPv4: {expected}" == section.lead[0]


def test_changes_caps_the_sentences_on_own_origins(made_findings: Make):
    """An owner of many origins gets some in words, and is told where the rest is."""
    found = made_findings(baseline=True, own=tuple(range(1, 101)))
    frame = _frame([{"origin_as": n, "lost_upstreams": [174]} for n in range(1, 101)])
    section = changes(replace(found, changes=frame), Names())
    assert section is not None
    assert "40 more lines on own origins are in diversity_change.parquet." == section.lead[60]


def test_changes_orders_by_what_matters(made_findings: Make):
    """Newly single-homed come first, then origins that are gone, then the rest; ties by AS."""
    rows = [
        {"origin_as": 1, "gained_upstreams": [174]},
        {"origin_as": 2, "state": "gone"} | _GONE,
        {"origin_as": 4, "newly_single_homed": True, "lost_upstreams": [174]},
        {"origin_as": 3, "newly_single_homed": True, "lost_upstreams": [174]},
        {"origin_as": 5, "newly_single_homed": True, "n_vps_after": 9},
    ]
    section = changes(replace(made_findings(baseline=True), changes=_frame(rows)), Names())
    assert section is not None
    assert ["AS5", "AS3", "AS4", "AS2", "AS1"] == [r[0] for r in section.grids[1].rows]


def test_changes_shows_names_as_text(made_findings: Make, hostile: str):
    """Names of origins are in the table, escaped in both forms."""
    html, markdown = render(made_findings(baseline=True))
    table = html.split("<caption>Changes, the most important first")[1].split("</table>")[0]
    assert "AS213394 (Evil | \ufffd&lt;script&gt;" in table
    assert hostile not in html
    assert hostile not in markdown
