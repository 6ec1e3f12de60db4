"""The evaluation of suspects: what counts as found, as right and as a false alarm."""

import gzip

import internet.full
import pytest
import suspects_evaluation as evaluation
from definitions import Sizes
from engines.suspect_cases import JOBS
from measure import measure
from suspects_injection import inject_hijacks

import rib
from rib._backend import BACKEND

SMALL = Sizes(scale=0.002, n_lookups=20_000, runs=1, budget_s=1)


@pytest.fixture(scope="module")
def now(sample):
    """Give the last snapshot of the sample."""
    return rib.read_mrt(sample / "collector.20250121.1200.mrt.bz2")


@pytest.fixture(scope="module")
def given(sample):
    """Give the snapshot before it, and VRPs."""
    return {
        "baseline": rib.read_mrt(sample / "collector.20250117.0000.mrt.bz2"),
        "vrps": rib.read_vrps(sample / "vrps.json.gz"),
    }


@pytest.fixture(scope="module")
def vps(now):
    """Give the VP ASes, as the truth lists who sees an incident."""
    return [{"asn": asn} for asn in now.peers.column("peer_as").to_pylist()]


def _incident(prefix, vps, kind="origin-hijack"):
    return {"type": kind, "prefix": prefix, "seen_by": vps}


def test_incident_is_found_by_a_suspect_of_its_prefix(now, given, vps):
    """A planted hijack is found, a quiet prefix is not, and what nobody sees does not count."""
    quiet = now.prefixes.column("text")[0].as_py()
    incidents = [
        _incident("182.3.0.0/23", vps),
        _incident(quiet, vps),
        _incident(quiet, vps[:2]),
        _incident(quiet, [{"asn": 1}]),
    ]
    outcome = evaluation.evaluate({"incidents": incidents, "benign": []}, now, given)
    assert {"origin-hijack": 2, "origin-hijack (few)": 1} == dict(outcome.incidents)
    assert (0.5, 0.0) == (outcome.recall("origin-hijack"), outcome.recall("origin-hijack (few)"))
    assert (1.0, 1 / outcome.n_suspects) == (outcome.recall("squat"), outcome.precision)
    assert not outcome.good


def test_look_alike_is_flagged_unless_an_incident_is_there(now, given, vps):
    """A suspect at a look-alike is a false alarm, but for one that an incident shares."""
    truth = {"incidents": [], "benign": [_incident("182.3.0.0/23", [], "transfer")]}
    assert {"transfer": 1} == evaluation.evaluate(truth, now, given).look_alikes
    truth["incidents"] = [_incident("182.3.0.0/23", vps)]
    assert {} == evaluation.evaluate(truth, now, given).look_alikes


def test_leak_is_looked_for_among_leaks(now, given, vps, sample):
    """A leak is found by its leaker, and by nothing without relationships."""
    links = rib.read_relationships(sample / "as-rel.txt.bz2")
    leaker = int(rib.route_leaks(now, relationships=links)["leaker_as"].iloc[0])
    leak = {"type": "route-leak", "leaker": leaker, "prefixes": [{"seen_by": vps}]}
    truth = {"incidents": [leak], "benign": []}
    assert 0 == evaluation.evaluate(truth, now, given).recall("route-leak")
    assert 1 == evaluation.evaluate(truth, now, given | {"relationships": links}).recall(
        "route-leak"
    )


def test_injected_hijacks_are_those_of_the_table(now):
    """Each is an origin that the prefix did not have; nothing else changes, and a seed repeats."""
    table, made = inject_hijacks(now, 20, 3)
    assert made == inject_hijacks(now, 20, 3)[1]
    assert made
    assert set(made.items()) == _pairs(table) - _pairs(now)
    assert 0 < (_column(table, "as_path_id") != _column(now, "as_path_id")).sum() <= 20 * 30


def _column(table, name):
    return table.routes.column(name).to_numpy()


def _pairs(table):
    text = table.prefixes.column("text").take(table.routes.column("prefix_id"))
    origin = table.as_paths.column("origin_as").take(table.routes.column("as_path_id"))
    return set(zip(text.to_pylist(), origin.to_pylist(), strict=True))


def test_injected_hijacks_are_counted(now, given):
    """Those of a baseline without them, and with nothing that explains, are found."""
    found, n = evaluation.injected(now, {"baseline": now})
    assert 0 < n
    assert 0.9 * n <= found <= n


def test_thinned_registry_loses_records_of_its_kind_only(tmp_path):
    """Three tenths of the route objects go, and no other object."""
    path = tmp_path / "irr.gz"
    objects = [f"route: 10.{i}.0.0/16\norigin: AS1" for i in range(200)] + ["aut-num: AS1"] * 50
    path.write_bytes(gzip.compress("\n\n".join(objects).encode()))
    left = gzip.decompress(evaluation._thinned(path, "route", "\n\n")).decode().split("\n\n")
    assert 50 == left.count("aut-num: AS1")
    assert 110 < len(left) - 50 < 170


def test_evaluation_says_why_it_does_nothing(tmp_path, monkeypatch, capsys):
    """Without the composed data it is skipped, with the reason."""
    monkeypatch.setattr("sys.argv", ["suspects_evaluation.py", str(tmp_path)])
    assert 0 == evaluation.main()
    assert capsys.readouterr().out.startswith("skipped: no composed data in")


@pytest.mark.skipif(BACKEND == "fallback", reason="a case of the native back end")
def test_large_case_accepts_the_right_answer_only(tmp_path, monkeypatch):
    """Each changed origin has to be there."""
    monkeypatch.setattr(internet.full, "CACHE", tmp_path)
    monkeypatch.setattr("engines.suspect_cases._MOVED", 101)
    job = JOBS["hijack_suspects_40_peers"](SMALL)
    events = job.run()
    job.check(events)
    with pytest.raises(AssertionError, match="new origins not found"):
        job.check(events.iloc[:0])


def test_composed_case_is_absent_without_data(tmp_path, monkeypatch):
    """Users do not have the composed data."""
    monkeypatch.setenv("RIB_SHARED_DATA", str(tmp_path))
    assert "absent" == measure("rib", "hijack_suspects", SMALL).state
