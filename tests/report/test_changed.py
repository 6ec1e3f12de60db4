"""The report says how path diversity changed since the baseline, and nothing where it cannot know."""

from pathlib import Path

import pytest
from internet import mrt_writer as mrt

import rib
from rib.report.changed import changed
from rib.report.findings import Findings, Registries, find
from rib.report.wording import DASH, Names
from rib.table.rib import Rib

MOVED = (
    "AS213394 IPv4: upstreams 1 before, 4 now; gained AS3257, AS3356, AS29075; no longer single-homed; "
    "no longer on every path: AS43424; entropy of upstreams 1.91 bits."
)


@pytest.fixture(scope="module")
def tables(sample_folder: Path) -> tuple[Rib, Rib]:
    """Give the sample before and after the migration."""
    names = ("20250117.0000", "20250121.1200")
    before, after = (rib.read_mrt(sample_folder / f"collector.{n}.mrt.bz2") for n in names)
    return before, after


@pytest.fixture(scope="module")
def sample_folder() -> Path:
    """Give where the sample is."""
    return Path(__file__).parents[2] / "data" / "sample-mrt"


def findings(table: Rib, baseline: Rib | None, own: list[int]) -> Findings:
    return find(table, Registries(baseline=baseline), own, "auto")


def dump(collector: str, paths: dict[str, list[tuple[int, ...]]]) -> Rib:
    """Read a dump of prefixes with a path of each VP AS, its first."""
    vps = sorted({path[0] for of in paths.values() for path in of})
    parts = [mrt.peer_index_table([mrt.Peer(vp, f"192.0.2.{i + 1}") for i, vp in enumerate(vps)])]
    for prefix, of in paths.items():
        entries = [
            mrt.rib_entry(
                vps.index(p[0]),
                mrt.origin() + mrt.as_path(mrt.sequence(*p)) + mrt.next_hop("192.0.2.1"),
            )
            for p in of
        ]
        parts.append(mrt.rib(prefix, entries))
    return rib.read_mrt(b"".join(parts), collector=collector)


def test_the_migration_is_said_in_words_and_rows(tables: tuple[Rib, Rib]):
    before, after = tables
    found = findings(after, before, [213394])
    (section,) = changed(found, Names())
    assert MOVED in section.lead
    assert section.lead[-1].startswith(
        "Compared over 11 sessions with IPv4 and 8 sessions with IPv6"
    )
    assert section.lead[-1].endswith("none was left out.")
    (grid,) = section.grids
    assert grid.rows[0] == [
        "AS213394", "IPv4", "changed", "1 / 4", "AS3257, AS3356, AS29075", DASH, "no longer", DASH,
        "AS43424",
    ]  # fmt: skip
    frame = rib.diversity_change(before, after, by="origin_as")
    assert found.frames["diversity_change"].equals(frame)
    single = frame["newly_single_homed"].fillna(value=False)
    n = int((single & (frame["family"] == 4)).sum())
    assert (
        f"IPv4: {(frame['family'] == 4).sum()} origin ASes changed: {n} newly single-homed"
        in (section.lead[2])
    )


def test_both_forms_of_the_report_say_so(tables: tuple[Rib, Rib], tmp_path: Path):
    before, after = tables
    rib.write_report(after, tmp_path, baseline=before, own=[213394])
    page = (tmp_path / "report.html").read_text("utf-8")
    assert MOVED in page
    assert 'id="diversity-change"' in page
    assert MOVED in (tmp_path / "report.md").read_text("utf-8")
    assert (tmp_path / "diversity_change.parquet").exists()


def test_without_a_baseline_there_is_no_section(tables: tuple[Rib, Rib]):
    found = findings(tables[1], None, [213394])
    assert changed(found, Names()) == []
    assert "diversity_change" not in found.frames


def test_no_change_is_said(tables: tuple[Rib, Rib]):
    (section,) = changed(findings(tables[1], tables[1], [213394, 3257]), Names())
    assert section.lead[0] == (
        "AS3257, AS213394: no change of upstreams, chokepoints or their use."
    )
    assert section.lead[1].startswith("No origin AS changed")
    assert section.grids == []


def test_tables_of_different_collectors_are_not_compared():
    paths = {"198.51.100.0/24": [(1, 5, 9), (2, 5, 9)]}
    (section,) = changed(findings(dump("a", paths), dump("b", paths), []), Names())
    assert section.lead[0].startswith("Not compared with the baseline: ")
    assert section.grids == []


def test_sessions_of_one_table_alone_are_named():
    before = dump("a", {"198.51.100.0/24": [(1, 5, 9), (2, 6, 9)]})
    after = dump("a", {"198.51.100.0/24": [(1, 5, 9)], "192.0.2.0/24": [(1, 5, 7), (1, 5, 8)][:1]})
    (section,) = changed(findings(after, before, [7, 9]), Names())
    assert "left out: 1 session that only one table has, AS2 192.0.2.2." in section.lead[-1]
    assert "AS7 IPv4 is new, with 1 upstream." in section.lead
    assert "AS9: no change of upstreams, chokepoints or their use." in section.lead


def test_what_is_gone_is_said():
    before = dump("a", {"198.51.100.0/24": [(1, 5, 9)], "192.0.2.0/24": [(1, 5, 7)]})
    after = dump("a", {"198.51.100.0/24": [(1, 5, 9)]})
    (section,) = changed(findings(after, before, [7]), Names())
    assert section.lead[0] == "AS7 IPv4 is gone; it had 1 upstream."
