"""A run: finished nights are skipped, changed ones made again, and what fails takes nothing with it."""

import errno
import json
import re
from datetime import UTC, date, datetime

import pyarrow.parquet as pq
import pytest
from nights import CONFIG, FIRST, SECOND, contents, dump

import rib
from rib.batch import history
from rib.batch.columns import VERSION_KEY
from rib.batch.config import load_config
from rib.batch.layout import Layout
from rib.batch.run import locked, run
from rib.exceptions import ConfigError

NOW = datetime(2025, 1, 18, tzinfo=UTC)


def start(folder, now=NOW, **options):
    """Run, and give what became of each night."""
    outcome = run(load_config(str(folder / "nightly.toml")), now=now, **options)
    return outcome, {str(result.day)[-2:]: result.what for result in outcome.results}


def facts_of(folder, day):
    return json.loads((folder / "out" / "nights" / f"2025-01-{day}" / "night.json").read_text())


def test_nights_are_made_once_and_are_the_same_when_made_again(folder):
    """Whatever the clock says; a second run changes no octet, one from nothing gives the same."""
    outcome, what = start(folder)
    assert {"14": "new", "15": "new", "17": "new"} == what
    assert [] == outcome.problems
    before = contents(folder / "out")
    assert {"14": "done", "15": "done", "17": "done"} == start(folder)[1]
    assert before == contents(folder / "out")
    elsewhere = datetime(2031, 5, 5, tzinfo=UTC)
    assert {"14": "changed", "15": "changed", "17": "changed"} == start(
        folder, elsewhere, redo=True
    )[1]
    assert before == contents(folder / "out")
    (folder / "out").rename(folder / "first")
    start(folder, elsewhere)
    assert before == contents(folder / "out")


def test_what_a_night_leaves(folder, real_pages):
    """Reports, words, rows of every table, a pointer; nothing else."""
    start(folder)
    found = contents(folder / "out")
    night = {name.partition("/")[2] for name in found if name.startswith("nights/2025-01-17/")}
    for name in ("night.json", "night.md", "report.html", "report.md", "edge/report.html"):
        assert f"2025-01-17/{name}" in night
    assert b"-> nights/2025-01-17" == found["latest"]
    page = found["nights/2025-01-17/report.html"].decode()
    assert page.index("What must hold") < page.index("1 of 2 do not hold.") < page.index("FAIL")
    assert b"What must hold" not in found["nights/2025-01-17/edge/report.html"]
    assert b"| FAIL | upstreams AS100 |" in found["nights/2025-01-17/report.md"]
    assert {"history", "nights", "latest", ".lock", ".rib-nightly"} == {
        name.partition("/")[0] for name in found
    }


def test_the_words_tell_what_changed(made):
    """An upstream that is lost, how many days ago, an assertion that fails, a new suspect."""
    second = (made / "out/nights/2025-01-15/night.md").read_text()
    assert "## Since 2025-01-14\n" in second
    assert "AS100 IPv4: 2 → 1 upstreams, lost AS9, newly single-homed" in second
    assert "| FAIL | upstreams AS100 | IPv4 | at least 2 | 1 |" in second
    third = (made / "out/nights/2025-01-17/night.md").read_text()
    assert "## Since 2025-01-15 (2 days; none between has dumps)" in third
    assert "| submoas | 20.0.7.0/24 | AS666 | AS100 | 3 | collectors |" in third
    assert "There is no earlier night" in (made / "out/nights/2025-01-14/night.md").read_text()


def test_findings_are_of_the_nights_that_were_made_and_of_the_newest(folder):
    """The failure of an old night does not come back every day."""
    outcome, _ = start(folder)
    assert {"2025-01-15", "2025-01-17"} == {text[:10] for text in outcome.findings}
    outcome, _ = start(folder)
    assert {"2025-01-17"} == {text[:10] for text in outcome.findings}


def test_a_dump_that_changes_makes_its_night_again_and_the_next(made):
    """The next is compared with it; those before stay."""
    (made / "dumps/rib.20250115.0000.mrt").write_bytes(dump(FIRST))
    assert {"14": "done", "15": "changed", "17": "changed"} == start(made)[1]
    assert "AS100" in (made / "out/nights/2025-01-17/night.md").read_text()


def test_what_is_asserted_makes_all_nights_again(made):
    """Their assertions are other ones."""
    (made / "nightly.toml").write_text(CONFIG.replace("at_least = 2", "at_least = 1"))
    outcome, what = start(made)
    assert {"changed"} == set(what.values())
    assert [] == outcome.findings


def test_a_dump_that_is_gone_leaves_its_night_as_it_was(made):
    """A night is not replaced by one that is made from less."""
    before = contents(made / "out")
    (made / "dumps/rib.20250117.0000.mrt").unlink()
    (made / "dumps/rib.20250114.0000.mrt").unlink()
    outcome, what = start(made, redo=True)
    assert "kept" == what["17"]
    assert (
        before["nights/2025-01-17/night.json"]
        == contents(made / "out")["nights/2025-01-17/night.json"]
    )
    assert before.keys() == contents(made / "out").keys()
    assert {"2025-01-17"} == {text[:10] for text in outcome.findings if "2025-01-17" in text}


def test_the_newest_night_says_which_source_is_absent(folder):
    """In its words, its verdict and on its page; a config without the source is fine at once."""
    lost = '\n[[source]]\nname = "pch"\npaths = ["none.*"]\n'
    (folder / "nightly.toml").write_text(CONFIG + lost)
    outcome, _ = start(folder)
    assert {"no file matches", "no dump of 2025-01-17"} == {p.text for p in outcome.failures}
    night = folder / "out/nights/2025-01-17"
    words = (night / "night.md").read_text()
    assert "2 problems with inputs" in words.partition("##")[0]
    assert "## Inputs that failed\n\n* none.\\*: no file matches\n* pch: no dump of" in words
    # The plain page of these tests ends with how many sections come first: this one, and assertions.
    assert (night / "report.html").read_text().endswith(" 2\n")
    assert "Inputs that failed" not in (folder / "out/nights/2025-01-15/night.md").read_text()
    assert [0, 0, 2] == history.nights(folder / "out")["problems"].tolist()
    (folder / "nightly.toml").write_text(CONFIG)
    outcome, what = start(folder)
    assert ("done", []) == (what["17"], outcome.failures)


def test_what_cannot_be_told_is_counted_apart_and_is_no_pass(folder):
    """With the reason in place of what was found."""
    rule = '\n[[assert]]\ncheck = "exit_share"\nview = "edge"\nat_most = 1.0\n'
    (folder / "nightly.toml").write_text(CONFIG + rule)
    outcome, _ = start(folder)
    told = (
        "assertion cannot be told: exit_share view edge: expected at most 100.0 %; no dump of this"
    )
    assert any(text.startswith(f"2025-01-15: {told}") for text in outcome.findings)
    words = (folder / "out/nights/2025-01-15/night.md").read_text()
    assert "**1 of 3 assertions failed, 1 cannot be told;" in words
    assert "2 of 3 do not hold; 1 of these cannot be told." in words
    words = (folder / "out/nights/2025-01-14/night.md").read_text()
    assert "**1 of 3 assertions cannot be told;" in words


def test_suspects_that_are_gone_are_named(made):
    """By what they were; the second night has none of the first."""
    words = (made / "out/nights/2025-01-15/night.md").read_text()
    (gone,) = re.findall(r"new, (\d+) gone", words)
    (line,) = re.findall(r"^Gone: (.*)\.$", words, re.MULTILINE)
    assert int(gone) == line.count("(collectors, ") > 0
    assert "Gone: " not in (made / "out/nights/2025-01-14/night.md").read_text()


def test_a_damaged_dump_costs_itself_and_heals(folder):
    """Cut, or no dump at all: the rest is made, and the night again once the dump is whole."""
    third = folder / "dumps/rib.20250117.0000.mrt"
    whole = third.read_bytes()
    third.write_bytes(whole[:-20])
    second = folder / "dumps/rib.20250115.0000.mrt"
    second.write_bytes(b"<html>503</html>")
    outcome, what = start(folder)
    assert {"14": "new", "15": "failed", "17": "new"} == what
    assert {"dumps/rib.20250115.0000.mrt", "dumps/rib.20250117.0000.mrt"} == {
        p.what for p in outcome.failures
    }
    assert not any(p.missing for p in outcome.failures)
    assert 1 == len(facts_of(folder, 17)["verdict"]["problems"])
    third.write_bytes(whole)
    second.write_bytes(dump(SECOND))
    outcome, what = start(folder)
    assert {"14": "done", "15": "new", "17": "changed"} == what
    assert [] == outcome.failures
    healed = contents(folder / "out")
    (folder / "out").rename(folder / "first")
    start(folder)
    assert healed == contents(folder / "out")


def test_one_of_two_sources_that_fails_leaves_the_other(folder):
    """The night is made from what is there."""
    (folder / "dumps/own.20250117.0000.mrt").write_bytes(b"")
    outcome, what = start(folder)
    assert "new" == what["17"]
    assert ["dumps/own.20250117.0000.mrt"] == [p.what for p in outcome.failures]
    receipts = pq.read_table(folder / "out/history/receipts/day=2025-01-17/part.parquet")
    assert [None, "edge"] == [r["view"] if r["problem"] else None for r in receipts.to_pylist()]


def test_a_registry_that_is_missing_is_said_and_heals(folder, sample, capsys):
    """With what is empty therefore; the night is made again once it is there."""
    text = CONFIG.replace("[watch]", '[registries]\nvrps = "vrps.json"\n[watch]')
    (folder / "nightly.toml").write_text(text)
    outcome, _ = start(folder)
    assert [("vrps.json", True)] == [(p.what, p.missing) for p in outcome.failures]
    lost = "vrps.json: No such file or directory; without it ROV states are empty"
    assert f"rib: error: {lost}\n" in capsys.readouterr().err
    assert f"* {lost}\n" in (folder / "out/latest/night.md").read_text()
    assert "vrps" not in (folder / "out/latest/report.html").read_text()
    (folder / "vrps.json").write_text(
        '{"roas": [{"prefix": "20.0.0.0/16", "maxLength": 16, "asn": 100}]}'
    )
    outcome, what = start(folder)
    assert {"changed"} == set(what.values())
    assert [] == outcome.failures
    # One that is there and changes judges the nights to come.
    (folder / "vrps.json").write_text('{"roas": []}')
    assert {"done"} == set(start(folder)[1].values())


def test_a_dated_registry_that_changes_makes_its_night_again(folder):
    """It is that night's own."""
    text = CONFIG.replace("[watch]", '[registries]\nvrps = "vrps.%Y%m%d.json"\n[watch]')
    (folder / "nightly.toml").write_text(text)
    for day in (14, 15, 17):
        path = folder / f"vrps.202501{day}.json"
        path.write_text('{"roas": [{"prefix": "20.0.0.0/16", "maxLength": 16, "asn": 100}]}')
    start(folder)
    path.write_text('{"roas": [{"prefix": "20.0.0.0/16", "maxLength": 24, "asn": 666}]}')
    assert {"14": "done", "15": "done", "17": "changed"} == start(folder)[1]


def test_two_runs_at_once_are_one(made):
    """The second says so and touches nothing."""
    before = contents(made / "out")
    lock = locked(Layout(made / "out"))
    with pytest.raises(ConfigError, match="another run is at work"):
        start(made)
    lock.release()
    assert before == contents(made / "out")
    assert {"done"} == set(start(made)[1].values())


def test_a_folder_of_others_is_left_alone(folder):
    """Nothing is written beside files that are not ours."""
    (folder / "out").mkdir()
    (folder / "out" / "thesis.tex").write_text("x")
    with pytest.raises(ConfigError, match="expected an empty folder or one of rib nightly"):
        start(folder)
    assert {"thesis.tex", ".lock"} >= set(contents(folder / "out"))


def test_old_nights_go_whole_and_reports_before_them(made):
    """Counted from the newest night, not from the clock; what is not ours stays."""
    (made / "out/nights/2025-01-14/notes.txt").write_text("mine")
    (made / "out/nights/2025-01-15/mine.parquet").write_text("mine")
    (made / "out/history/mine.parquet").write_text("mine")
    text = CONFIG + "[retention]\nhistory_days = 3\nreport_days = 2\n"
    (made / "nightly.toml").write_text(text)
    outcome, what = start(made, datetime(2090, 1, 1, tzinfo=UTC))
    assert [date(2025, 1, 14)] == outcome.expired
    assert {"15": "done", "17": "done"} == what
    found = contents(made / "out")
    of_first = {name for name in found if "2025-01-14" in name}
    assert {"nights/2025-01-14/notes.txt"} == of_first
    assert "history/mine.parquet" in found
    of_second = {name.rpartition("/")[2] for name in found if "nights/2025-01-15" in name}
    assert {"night.json", "night.md", "mine.parquet"} == of_second
    assert "nights/2025-01-17/report.html" in found
    again, _ = start(made)
    assert found == contents(made / "out")
    assert [] == again.expired


def test_what_a_night_has_no_more_goes_when_it_is_made_again(made):
    """Another file stays."""
    night = made / "out/nights/2025-01-15"
    facts = json.loads((night / "night.json").read_text())
    assert "diversity_change.parquet" in facts["files"]
    facts["files"].append("older.parquet")
    (night / "night.json").write_text(json.dumps(facts))
    for name in ("older.parquet", "mine.parquet"):
        (night / name).write_text("x")
    start(made, redo=True)
    found = {path.name for path in night.iterdir()}
    assert "older.parquet" not in found
    assert {"mine.parquet", "diversity_change.parquet"} <= found


def test_the_newest_night_may_be_too_old(made):
    """Loud when nothing arrives any more."""
    (made / "nightly.toml").write_text(CONFIG + "[nights]\nmax_age_days = 2\n")
    outcome, _ = start(made, datetime(2025, 1, 19, tzinfo=UTC))
    assert [] == outcome.problems
    outcome, _ = start(made, datetime(2025, 1, 20, tzinfo=UTC))
    assert ["is of 2025-01-17, 3 days ago; expected at most 2"] == [
        p.text for p in outcome.problems
    ]


def test_exits_that_move_are_counted(folder):
    """Prefixes of an own view, from exit to exit."""
    longer = {"20.0.0.0/16": [[8, 7, 6, 100], [9, 100], [9, 7, 100]]}
    (folder / "dumps/own.20250115.0000.mrt").write_bytes(dump(SECOND | longer))
    start(folder)
    words = (folder / "out/nights/2025-01-17/night.md").read_text()
    assert "Own views: 1 prefixes moved." in words
    assert "edge: 1 prefixes from AS64502 to AS64501" in words


def test_history_is_read_back(made):
    """All nights of a table, in order, and what a rerun of the analysis gives."""
    frame = rib.read_history(made / "out", "diversity_origin")
    assert [14, 15, 17] == sorted({day.day for day in frame["day"]})
    table = rib.read_mrt(made / "dumps/rib.20250115.0000.mrt")
    expected = rib.path_diversity(table, by="origin_as")
    found = frame[(frame["day"] == date(2025, 1, 15)) & (frame["view"] == "collectors")]
    effective = expected["upstream_effective"].astype("float32").tolist()
    assert effective == found["upstream_effective"].tolist()
    for name in ("origin_as", "n_upstreams", "chokepoints"):
        assert list(map(str, expected[name])) == list(map(str, found[name]))


def test_all_sources_of_a_day_are_one_table_and_may_be_text(folder):
    """Two dumps of collectors, one of them lines of bgpdump, and what each gave."""
    line = (
        "TABLE_DUMP2|1737072000|B|192.0.2.9|64509|30.0.0.0/8|64509 8 100|IGP|192.0.2.9|0|0||NAG||"
    )
    (folder / "dumps/text.20250117.txt").write_text(line + "\n")
    other = '[[source]]\nname = "text"\npaths = ["dumps/text.*"]\n[watch]'
    (folder / "nightly.toml").write_text(CONFIG.replace("[watch]", other))
    outcome, what = start(folder)
    assert [] == outcome.failures
    assert "new" == what["17"]
    receipts = rib.read_history(folder / "out", "receipts", first="2025-01-17")
    assert [("rrc", 12), ("text", 1), ("edge", 12)] == list(
        zip(receipts["source"], receipts["routes_kept"], strict=True)
    )
    assert ["dumps/text.20250117.txt"] == receipts["file"].tolist()[1:2]
    origins = rib.read_history(folder / "out", "diversity_origin", first="2025-01-17")
    ours = origins[(origins["origin_as"] == 100) & (origins["view"] == "collectors")]
    assert [2, 1] == ours["n_prefixes"].tolist()


def test_a_policy_that_is_not_there_or_none_is_said_before_anything_is_made(folder):
    """Not as an output that cannot be written."""
    edge = 'name = "edge"\npolicy = "policy.toml"'
    (folder / "nightly.toml").write_text(CONFIG.replace('name = "edge"', edge))
    with pytest.raises(ConfigError, match=r"own_view edge: policy .*policy\.toml: No such file"):
        start(folder)
    (folder / "policy.toml").write_text("nonsense = 1")
    with pytest.raises(ConfigError, match="nonsense"):
        start(folder)
    assert [] == Layout(folder / "out").finished()
    (folder / "policy.toml").write_text("")
    assert {"new"} == set(start(folder)[1].values())
    (folder / "policy.toml").write_text("# other\n")
    assert {"changed"} == set(start(folder)[1].values())


def test_rows_that_are_damaged_do_not_stop_the_next_night(folder):
    """It is compared with the dumps; which suspects are new cannot be told."""
    third = folder / "dumps/rib.20250117.0000.mrt"
    third.rename(folder / "third")
    start(folder, last=date(2025, 1, 15))
    (folder / "out/history/suspects/day=2025-01-15/part.parquet").write_bytes(b"PAR1")
    (folder / "third").rename(third)
    _, what = start(folder)
    assert "new" == what["17"]


def test_lists_of_bogons_judge_a_night(folder):
    """Their file is a registry of the night, and space in it an event."""
    (folder / "bogons.txt").write_text(
        "# last updated 1736812800 (Tue Jan 14 00:00:00 2025 GMT)\n40.0.0.0/8\n"
    )
    config = CONFIG + '[registries]\nbogons = ["bogons.txt"]\n'
    (folder / "nightly.toml").write_text(config)
    start(folder)
    rows = rib.read_history(folder / "out", "registries")
    assert {("bogons", "bogons.txt", 1)} == set(
        zip(rows["kind"], rows["file"], rows["rows"], strict=True)
    )
    events = rib.read_history(folder / "out", "suspects")
    prefixes = events[events["kind"] == "bogon"]["prefixes"]
    assert {"40.0.0.0/16"} <= {prefix for of_event in prefixes for prefix in of_event}


def test_rows_of_an_older_version_are_compared_with(folder, monkeypatch):
    """What is new is told by them as they read today, not by the columns that they were written in."""
    third = folder / "dumps/rib.20250117.0000.mrt"
    third.rename(folder / "third")
    start(folder, last=date(2025, 1, 15))
    path = folder / "out/history/suspects/day=2025-01-15/part.parquet"
    table = pq.ParquetFile(path).read()
    names = ["points" if name == "score" else name for name in table.column_names]
    old = table.rename_columns(names).replace_schema_metadata({VERSION_KEY: "0"})
    pq.write_table(old, path)

    def step(name, rows):
        assert "suspects" == name
        return rows.rename_columns(["score" if n == "points" else n for n in rows.column_names])

    monkeypatch.setitem(history.STEPS, 0, step)
    (folder / "third").rename(third)
    _, what = start(folder)
    assert "new" == what["17"]
    assert "of them new" in (folder / "out/nights/2025-01-17/night.md").read_text()


def test_words_and_page_choose_exits_by_one_policy(folder):
    """What the policy moves is moved in both, though without it nothing would be."""
    for path in (folder / "dumps").iterdir():
        path.unlink()
    before = {"40.0.0.0/16": [[8, 100], [8, 100], [8, 100]], "20.0.0.0/16": [[8, 100]] * 3}
    after = before | {"40.0.0.0/16": [[8, 100], [9, 666], [8, 100]]}
    for day, routes in (("20250115", before), ("20250117", after)):
        (folder / f"dumps/rib.{day}.0000.mrt").write_bytes(dump(routes))
        (folder / f"dumps/own.{day}.0000.mrt").write_bytes(dump(routes))
    (folder / "policy.toml").write_text("[[rule]]\norigin_as = [666]\nlocal_pref = 200\n")
    config = (folder / "nightly.toml").read_text()
    night = folder / "out/nights/2025-01-17"
    start(folder)
    assert 0 == pq.read_table(night / "edge/exits_moved.parquet").num_rows
    (folder / "nightly.toml").write_text(
        config.replace('name = "edge"', 'name = "edge"\npolicy = "policy.toml"')
    )
    start(folder)
    moved = pq.read_table(night / "edge/exits_moved.parquet")
    assert [("40.0.0.0/16", 64502)] == list(
        zip(moved["prefix"].to_pylist(), moved["exit_as_after"].to_pylist(), strict=True)
    )
    assert "1 prefixes from AS64501 to AS64502" in (night / "night.md").read_text()


@pytest.mark.parametrize(
    ("number", "raises"), [(errno.EPERM, False), (errno.ENOTSUP, False), (errno.EACCES, True)]
)
def test_latest_that_cannot_be_pointed_is_no_secret(folder, monkeypatch, number, raises):
    """Without links the nights are made and it is said; no permission is an error."""

    def refuse(path, target, **given):
        del path, target, given
        raise OSError(number, "no")

    monkeypatch.setattr("pathlib.Path.symlink_to", refuse)
    said = []
    if raises:
        with pytest.raises(PermissionError):
            start(folder)
        return
    start(folder, log=lambda event, text, *level, **facts: said.append(event))
    assert "latest" in said
    assert not (folder / "out" / "latest").exists()
