"""`rib suspects`: lines, a page, JSON, and when it exits with 1."""

import json
from pathlib import Path

import pandas as pd
import pytest
from commands import run

import rib
from rib.cli.explaining import brief, page
from rib.cli.outcome import Exit
from rib.report.wording import Names

_FOLDER = Path(__file__).resolve().parents[2] / "data" / "sample-mrt"
VRPS = str(_FOLDER / "vrps.json.gz")
HIJACK = "moas:182.3.0.0/23:19601"


@pytest.fixture(scope="module")
def dumps(table: rib.Rib, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Give today and the baseline as files that open at once, as arguments."""
    folder = tmp_path_factory.mktemp("dumps")
    table.write(folder / "today.rib")
    rib.read_mrt(_FOLDER / "collector.20250117.0000.mrt.bz2").write(folder / "before.rib")
    before = str(folder / "before.rib")
    return [str(folder / "today.rib"), "--baseline", before, "--vrps", VRPS]


@pytest.fixture(scope="module")
def events(dumps: list[str]) -> pd.DataFrame:
    """Give what the analysis itself finds."""
    return rib.hijack_suspects(
        rib.read_rib(dumps[0]), baseline=rib.read_rib(dumps[2]), vrps=rib.read_vrps(VRPS)
    )


def test_table_has_a_line_per_event_of_100_columns(dumps: list[str], events: pd.DataFrame):
    """Which, how bad, how far, and why; names are whole, so that --explain takes them."""
    result = run("suspects", *dumps, "--limit", 0)
    lines = result.stdout.splitlines()
    assert ["event", "score", "more", "incumbent", "VPs", "why"] == lines[0].split()
    assert events["event_id"].tolist() == [line.split()[0] for line in lines[2:]]
    assert max(map(len, lines[2:])) <= 100
    [line] = [line for line in lines if HIJACK in line]
    assert [HIJACK, "90", "AS150935", "5", "rov_invalid_as,"] == line.split()[:5]


def test_json_holds_what_min_score_asks_for(dumps: list[str], events: pd.DataFrame):
    """A script gets every column, with evidence as lists whose weights sum to the score."""
    found = [
        json.loads(line)
        for line in run("suspects", *dumps, "--min-score", 60, "-f", "json").stdout.splitlines()
    ]
    kept = events[events["score"] >= 60]
    assert 0 < len(kept) < len(events)
    assert kept["event_id"].tolist() == [event["event_id"] for event in found]
    assert set(events.columns) == set(found[0])
    for event in found:
        total = sum(term["weight"] for term in event["evidence"])
        assert min(max(total, 0), 100) == event["score"]


def test_fail_on_is_about_every_event(dumps: list[str], events: pd.DataFrame):
    """What is shown does not change the exit code: at the highest score 1."""
    highest = int(events["score"].max())
    options = ["--min-score", 100, "-f", "json", "--fail-on"]
    assert Exit.FINDINGS == run("suspects", *dumps, *options, highest).exit_code
    if highest < 100:
        assert Exit.FINE == run("suspects", *dumps, *options, highest + 1).exit_code


def test_explain_shows_every_term_and_the_sum_so_far(dumps: list[str], events: pd.DataFrame):
    """The page holds facts, all terms and what would clear the event."""
    text = run("suspects", *dumps, "--explain", HIJACK).stdout
    row = events.set_index("event_id").loc[HIJACK]
    total = 0
    for term in row["evidence"]:
        total += term["weight"]
        assert f"{term['weight']:>+6g} {total:>6g}  {term['rule']} ({term['source']}" in text
    assert f"score: the sum {total:g}\n" in text
    joined = " ".join(text.split())
    assert "AS6939, AS9002, AS28329, AS37468, AS197216" in joined
    for item in (*row["would_clear"], *(t["value"] for t in row["evidence"])):
        assert item in joined
    assert max(map(len, text.splitlines())) <= 100


def test_explain_in_json_is_the_one_event(dumps: list[str]):
    """The same columns, one line."""
    [line] = run("suspects", *dumps, "--explain", HIJACK, "-f", "json").stdout.splitlines()
    assert json.loads(line)["event_id"] == HIJACK


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--explain", "moas:none"], "not among"),
        (["--explain", HIJACK, "--min-score", "3"], "goes without"),
        (["--min-score", "101"], "--min-score"),
    ],
)
def test_wrong_options_exit_2(dumps: list[str], options: list[str], said: str):
    """And say what is wrong."""
    result = run("suspects", *dumps, *options)
    assert (Exit.USAGE, "") == (result.exit_code, result.stdout)
    assert said in " ".join(result.stderr.replace("│", " ").split())


def test_slurm_needs_vrps(dumps: list[str]):
    """Exceptions to nothing are a mistake."""
    result = run("suspects", dumps[0], "--slurm", "local.json")
    assert Exit.USAGE == result.exit_code
    assert "--slurm needs --vrps" in result.stderr


def test_warnings_come_first(
    dumps: list[str], events: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
):
    """What the analysis warns of is said in every form, one line each."""
    warned = events.head(2).copy()
    warned.attrs["warnings"] = ["VRPs of 2019 \x1b[2J", "no IRR"]
    monkeypatch.setattr("rib.cli.suspects.hijack_suspects", lambda *_, **__: warned)
    for options in ([], ["-f", "json"], ["--min-score", 1], ["--explain", warned["event_id"][0]]):
        said = run("suspects", *dumps, *options).stderr.splitlines()
        assert ["rib: warning: VRPs of 2019 \ufffd[2J", "rib: warning: no IRR"] == said


def test_no_events_are_no_lines(events: pd.DataFrame):
    """A head without rows."""
    frame = brief(events.head(0))
    assert (0, "why") == (len(frame), frame.columns[-1])


def test_page_says_where_a_sum_was_cut(events: pd.DataFrame):
    """Scores are from 0 to 100; text from outside moves no cursor."""
    event = events.head(1).copy()
    terms = [
        {"rule": r, "value": None, "weight": w, "source": "\x1b[2J", "date": None}
        for r, w in (("one", 90), ("two", 60))
    ]
    event["evidence"] = pd.Series([terms], index=event.index, dtype=events["evidence"].dtype)
    event["score"] = 100
    text = page(event, Names())
    assert "score: the sum 150, cut to 100" in text
    assert "\x1b" not in text


def test_bogon_lists_are_read_and_accuse(dumps: list[str], tmp_path: Path):
    """`--bogons` takes a list for each family, and says what it left out of them."""
    four, six = tmp_path / "four.txt", tmp_path / "six.txt"
    four.write_text("# 2025-01-21\n182.3.0.0/16\nnonsense\n")
    six.write_text("# 2025-01-21\n3fff::/20\n")
    given = ["--bogons", str(four), "--bogons", str(six), "--format", "json"]
    result = run("suspects", *dumps, *given)
    events = map(json.loads, result.stdout.splitlines())
    rows = [row for event in events for row in event["evidence"]]
    found = {(r["source"], r["date"]) for r in rows if r["rule"] == "bogon_list"}
    assert {("four.txt, six.txt", "2025-01-21")} == found
    assert "left out 1 prefix" in result.stderr


def test_a_bogon_list_of_another_kind_is_damaged_input(dumps: list[str]):
    """Nothing is judged by a file that is no list."""
    result = run("suspects", *dumps, "--bogons", VRPS)
    assert Exit.DAMAGED == result.exit_code
    assert "expected a list of bogons" in result.stderr
