"""The cases of own views: right answers are measured, wrong ones never become a figure."""

from dataclasses import replace

import internet.full
import pytest
from datasets import dump
from definitions import Sizes
from engines.own_view_cases import JOBS
from measure import measure

import rib

SMALL = Sizes(scale=0.002, n_lookups=20_000, runs=1, budget_s=1)


@pytest.fixture(autouse=True, scope="module")
def cache(tmp_path_factory):
    """Keep what is made out of the real cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(internet.full, "CACHE", tmp_path_factory.mktemp("cache"))
        yield


@pytest.mark.parametrize("case", JOBS)
def test_case_accepts_the_right_answer(case):
    """Each is measured; its work is the routes of the view, or the flows."""
    result = measure("rib", case, SMALL)
    assert ("measured", "") == (result.state, result.problem)
    flows = {"traffic_by_exit": 200_000, "traffic_by_exit_text": 20_000, "balance": 1_000_000}
    assert flows.get(case, dump(case, SMALL.scale).n_routes) == result.work


@pytest.mark.parametrize("case", ["traffic_by_exit", "traffic_by_exit_text"])
def test_traffic_tells_the_time_of_the_generator_apart(case):
    """Both parts together are not more than the whole."""
    result = measure("rib", case, SMALL)
    parts = [result.figures[name] for name in ("generator_s", "without_generator_s")]
    assert all(part > 0 for part in parts)
    assert sum(parts) <= result.median_s
    # Next to nothing at this size, and less where pages were given back meanwhile.
    assert -50 < result.figures["rss_above_table_mb"] < 400


def _moved(answer):
    """Give a result in which one prefix has changed sides."""
    if isinstance(answer, rib.ExitPreference):
        count = answer.summary["n_prefixes"].copy()
        count.iloc[0] += 1
        return replace(answer, summary=answer.summary.assign(n_prefixes=count))
    answer = answer.copy()
    answer.loc[0, "n_prefixes"] += 1
    return answer


def _spilled(answer):
    """Give traffic of which some is at another exit."""
    answer = answer.copy()
    answer.loc[[0, 1], "bytes"] += [1.0, -1.0]
    return answer


def _unlimited(plan):
    """Give a plan without moves."""
    return replace(plan, moves=plan.moves.head(0))


def _same_transit(answer):
    """Give ASes of which one is shared by a transit and nobody else."""
    transits = [list(of) for of in answer["transits"]]
    transits[0] = transits[0][:1]
    return answer.assign(transits=transits)


WRONG = [
    ("exit_preference", "exit_preference", _moved),
    ("transit_failures_1", "transit_failures", _moved),
    ("transit_failures_2", "transit_failures", _moved),
    ("failure_ranking", "failure_ranking", _moved),
    ("shared_fate", "shared_fate", _same_transit),
    ("traffic_by_exit", "traffic_by_exit", _spilled),
    ("traffic_by_exit_text", "traffic_by_exit", _spilled),
    ("balance", "balance", _unlimited),
]


@pytest.mark.parametrize(("case", "name", "spoil"), WRONG, ids=[case for case, *_ in WRONG])
def test_case_refuses_a_wrong_answer(case, name, spoil, monkeypatch):
    """What is off by a single prefix, byte or transit fails."""
    right = getattr(rib, name)
    monkeypatch.setattr(rib, name, lambda *args, **options: spoil(right(*args, **options)))
    result = measure("rib", case, SMALL)
    assert ("failed", True) == (result.state, result.problem.startswith("AssertionError"))
