"""Nights whose collectors are measured in parts: the rows of one table, and plain words on what is left out."""

import importlib.util
import json
from datetime import UTC, date, datetime

import pytest
from dask_cluster import Cluster
from nights import FIRST, SECOND, THIRD, dump

from rib.batch import parts
from rib.batch.config import load_config, parse_config
from rib.batch.history import read_history
from rib.batch.run import run
from rib.exceptions import ConfigError, WorkerError

CONFIG = """
output = "{output}"
[[source]]
name = "rrc"
paths = ["dumps/rrc*.mrt"]
[[own_view]]
name = "edge"
paths = ["dumps/own.*.mrt"]
[watch]
origins = [100]
[[assert]]
check = "hegemony"
asn = 8
origin_as = 100
below = 0.99
[[assert]]
check = "upstream_share"
origin_as = 100
at_most = 0.5
"""
SAME = ("diversity_prefix", "diversity_origin", "upstreams", "exits", "failures", "assertions")
NOW = datetime(2025, 1, 18, tzinfo=UTC)


@pytest.fixture
def two(tmp_path):
    """Give a folder with two nights of two collectors and an own view."""
    dumps = tmp_path / "dumps"
    dumps.mkdir()
    for day, routes in (("20250114", FIRST), ("20250115", SECOND)):
        (dumps / f"rrc00.{day}.0000.mrt").write_bytes(dump(routes))
        (dumps / f"rrc01.{day}.0000.mrt").write_bytes(dump(THIRD))
        (dumps / f"own.{day}.0000.mrt").write_bytes(dump(routes))
    return tmp_path


def made(folder, output, scale=None):
    """Make the nights, and give the outcome."""
    lines = CONFIG.format(output=output) + ("" if scale is None else f"\n[scale]\n{scale}\n")
    (folder / f"{output}.toml").write_text(lines)
    return run(load_config(str(folder / f"{output}.toml")), now=NOW)


def part(folder, output, table, day="2025-01-15"):
    return (folder / output / "history" / table / f"day={day}" / "part.parquet").read_bytes()


@pytest.mark.parametrize("processes", [1, 2])
def test_parts_leave_the_rows_of_one_table(two, processes):
    """To the last octet, in this process and in others; dumps are accounted for the same."""
    made(two, "whole")
    outcome = made(two, "apart", f'processes = {processes}\nmemory_gb = 1.5\nspool = "spool"')
    assert [] == outcome.problems
    for table in SAME:
        for day in ("2025-01-14", "2025-01-15"):
            assert part(two, "whole", table, day) == part(two, "apart", table, day), table
    whole, apart = (read_history(two / name, "receipts") for name in ("whole", "apart"))
    for column in ("view", "file", "sha256", "bytes_in", "routes_kept", "routes_lost", "problem"):
        assert whole[column].tolist() == apart[column].tolist(), column
    assert [] == list((two / "spool").iterdir())


@pytest.mark.skipif(
    importlib.util.find_spec("distributed") is None, reason="distributed is not installed"
)
def test_a_cluster_leaves_the_rows_of_one_table(two):
    """A real scheduler and two workers."""
    made(two, "whole")
    cluster = Cluster(two)
    try:
        cluster.scheduler()
        for _ in range(2):
            cluster.worker("--no-nanny")
        outcome = made(two, "apart", f'cluster = "{cluster.address}"')
    finally:
        cluster.stop()
    assert [] == outcome.problems
    for table in SAME:
        assert part(two, "whole", table) == part(two, "apart", table), table


def test_what_parts_do_not_measure_is_said(two):
    """Suspects are those of own views, and the words say what is missing."""
    made(two, "apart", "processes = 1")
    night = two / "apart" / "nights" / "2025-01-15"
    words = (night / "night.md").read_text()
    assert "What was not measured" in words
    assert "rib diff --history" in words
    assert not (night / "report.html").exists()
    assert (night / "edge" / "report.html").exists()
    assert {"edge"} >= set(read_history(two / "apart", "suspects")["view"])
    for path in (two / "dumps").glob("own.*"):
        path.unlink()
    (two / "apart.toml").write_text(
        CONFIG.format(output="alone").replace("[[own_view]]", "").replace('name = "edge"', "")
        .replace('paths = ["dumps/own.*.mrt"]', "") + "\n[scale]\nprocesses = 1\n"
    )  # fmt: skip
    run(load_config(str(two / "apart.toml")), now=NOW)
    night = two / "alone" / "nights" / "2025-01-15"
    verdict = json.loads((night / "night.json").read_text())["verdict"]
    assert (None, None) == (verdict["suspects"], verdict["highest_score"])
    words = (night / "night.md").read_text()
    assert "suspects not looked for" in words
    assert "## Suspects" not in words


def test_a_change_of_place_makes_no_night_again(two):
    """Where parts are measured does not matter, whether there are parts does."""
    made(two, "apart", "processes = 1")
    assert {"done"} == {r.what for r in made(two, "apart", "processes = 2").results}
    assert {"changed"} == {r.what for r in made(two, "apart").results}


def test_a_dump_that_cannot_be_read_is_named(two):
    """The others are measured; one that is cut is read in part."""
    cut = two / "dumps" / "rrc00.20250115.0000.mrt"
    cut.write_bytes(cut.read_bytes()[:-7])
    (two / "dumps" / "rrc01.20250115.0000.mrt").write_bytes(b"<html>no dump</html>")
    outcome = made(two, "apart", "processes = 1")
    told = {problem.what: problem.text for problem in outcome.failures}
    assert {"dumps/rrc00.20250115.0000.mrt", "dumps/rrc01.20250115.0000.mrt"} <= set(told)
    assert "read in part" in told["dumps/rrc00.20250115.0000.mrt"]
    assert ["new", "new"] == [result.what for result in outcome.results]
    rows = read_history(two / "apart", "diversity_prefix")
    rows = rows[(rows["view"] == "collectors") & (rows["day"].astype(str) == "2025-01-15")]
    assert set(SECOND) >= set(rows["prefix"])
    assert len(rows)


def test_a_dump_that_ends_its_workers_is_left_out(two, monkeypatch):
    """Named among the problems, and the rest measured without it."""
    real, asked = parts.analyse, []

    def analyse(paths, **given):
        asked.append([path.rpartition("/")[2] for path in paths])
        for path in paths:
            if "rrc01.20250115" in path:
                raise WorkerError(f"dump {path}: its process was killed twice", f"dump {path}")
        return real(paths, **given)

    monkeypatch.setattr(parts, "analyse", analyse)
    outcome = made(two, "apart", "processes = 1")
    assert ["rrc00.20250115.0000.mrt"] == asked[-1]
    told = {problem.what: problem.text for problem in outcome.failures}
    assert "killed twice" in told["dumps/rrc01.20250115.0000.mrt"]
    table = read_history(two / "apart", "diversity_prefix", first=date(2025, 1, 15))
    table = table[table["view"] == "collectors"]
    assert sorted(SECOND) == sorted(table["prefix"])


def test_a_scheduler_that_is_not_there_costs_the_night(two, monkeypatch):
    """And nothing is written of it."""
    pytest.importorskip("distributed")
    monkeypatch.setattr("rib.batch.spread.cluster._TIMEOUT", 1)
    outcome = made(two, "apart", 'cluster = "tcp://127.0.0.1:9"')
    assert {"failed"} == {result.what for result in outcome.results}
    assert any("no scheduler answers" in problem.text for problem in outcome.problems)
    assert not (two / "apart" / "nights").exists()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ('[scale]\ncluster = "tcp://s:1"\nprocesses = 2', "expected cluster alone"),
        ("[scale]\nmemory_gb = 0", "greater than 0"),
        ("[scale]\nworkers = 2", "accepted: cluster, memory_gb, processes, spool"),
        ('[scale]\n[[assert]]\ncheck = "origin"\nprefix = "20.0.0.0/16"\norigins = [100]',
         "'origin' needs one table"),
        ('[scale]\n[[assert]]\ncheck = "hegemony"\nasn = 8\nbelow = 0.5', "without origin_as needs one"),
        ("[scale]\n[thresholds]\nsuspect_score = 50", "no table of the collectors"),
    ],
)  # fmt: skip
def test_a_config_that_asks_parts_for_what_they_lack_is_refused(more, message):
    """At once, not by a check that passes because nobody looked."""
    head = 'output = "o"\n[[source]]\nname = "s"\npaths = ["p"]\n'
    with pytest.raises(ConfigError, match=message):
        parse_config(head + more, "n.toml")
