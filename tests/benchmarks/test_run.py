"""What a run decides: which cases, and which promises were kept."""

from dataclasses import fields

import pytest
from definitions import CASES, NATIVE, SLICES, TARGETS, Target
from engines import ENGINES
from measure import Measurement
from run import _judge, _wanted


def _result(case, engine=NATIVE, **figures):
    return {"case": case, "engine": engine, "state": "measured", "figures": {}, **figures}


#: Cases with targets for figures of their own.
WITH_FIGURES = {"memory", "path_diversity_growth", "traffic_by_exit", "traffic_by_exit_text"}

RESULTS = [
    _result("ready", rate=6e6, median_s=0.8, peak_rss_mb=700.0),
    _result("ready", "bgpdump", rate=1e5, median_s=5.0),
    _result("load_gzip", rate=5e6, median_s=1.0),
    _result("load_gzip", "pigz", rate=1e7, median_s=0.5),
    _result("load_gzip", "gzip", rate=2e6, median_s=2.5),
    {"case": "load_bzip2", "engine": NATIVE, "state": "failed", "problem": "no"},
    _result("memory", figures={"bytes_per_route": 61.0}),
]


@pytest.mark.parametrize(
    ("target", "met", "ends"),
    [
        (Target("ready", "rate", least=6e6), True, "rate at least 6,000,000: 6,000,000"),
        (Target("ready", "rate", least=6.1e6), False, ": 6,000,000"),
        (Target("ready", "peak_rss_mb", most=700), True, "at most 700: 700"),
        (Target("ready", "peak_rss_mb", most=699), False, ": 700"),
        (
            Target("ready", "rate", least=60, against=(("ready", "bgpdump"),)),
            True,
            "at least 60 times that of bgpdump (ready): 60",
        ),
        (Target("ready", "rate", least=61, against=(("ready", "bgpdump"),)), False, ": 60"),
        (
            Target(
                "load_gzip",
                "median_s",
                most=1.25,
                against=(("load_gzip", "pigz"), ("ready", NATIVE)),
            ),
            True,
            "at most 1.25 times that of pigz (load_gzip) or rib (ready): 1.25",
        ),
        (Target("load_gzip", "median_s", most=1.9, against=(("load_gzip", "pigz"),)), False, ": 2"),
        (Target("memory", "bytes_per_route", most=60), False, ": 61"),
    ],
)
def test_judge_compares_with_the_bound(target, met, ends):
    """A bound itself is met; of several rivals the one with the largest figure counts."""
    text, judged = _judge(target, RESULTS)
    assert text.startswith(f"{target.case}: rib {target.figure} at ")
    assert (met, True) == (judged, text.endswith(ends))


@pytest.mark.parametrize(
    "target",
    [
        Target("load_bzip2", "median_s", most=1e9),
        Target("moas", "rate", least=0),
        Target("ready", "rate", least=0, against=(("ready", "mrtparse"),)),
        Target("load_gzip", "median_s", most=9, against=(("ready", NATIVE), ("load_gzip", "x"))),
    ],
    ids=["failed", "not run", "rival not run", "one of two rivals not run"],
)
def test_judge_misses_what_was_not_measured(target):
    """No figure, no promise kept, whichever side of the comparison lacks it."""
    text, met = _judge(target, RESULTS)
    assert (False, True) == (met, text.endswith(": not measured"))


def test_wanted_takes_large_cases_on_request():
    """A large case runs where it is named or large cases are asked for, and not otherwise."""
    large = [case.name for case in CASES if case.large]
    expected = ["load_40_peers", "as_hegemony", "upstream_preference_40_peers"]
    assert [*expected, "hijack_suspects_40_peers"] == large
    assert not set(large) & {case.name for case in _wanted([], large=False)}
    assert list(CASES) == _wanted([], large=True)
    assert large == [case.name for case in _wanted(large, large=False)]
    assert ["load"] == [case.name for case in _wanted(["load"], large=True)]


def test_targets_name_what_is_measured():
    """Every target has one bound, and compares cases and engines that exist."""
    engines = {case.name: case.engines for case in CASES}
    for target in TARGETS:
        assert (target.least > float("-inf")) != (target.most < float("inf"))
        for case, engine in [(target.case, NATIVE), *target.against]:
            assert engine in engines[case]
            # Seconds compare only where the work is the same: no slice on either side.
            assert target.figure != "median_s" or engine not in SLICES
        if target.case not in WITH_FIGURES:
            assert target.figure in {field.name for field in fields(Measurement)}


def test_engines_are_all_known():
    """Every engine that a case names can be started."""
    assert {engine for case in CASES for engine in case.engines} == set(ENGINES)
