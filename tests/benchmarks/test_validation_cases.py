"""The cases of registries: right answers are measured, wrong ones never become a figure."""

import internet.full
import pytest
from definitions import Sizes
from engines.validation_cases import JOBS, payload_file
from measure import measure

import rib

SMALL = Sizes(scale=0.002, n_lookups=1, runs=1, budget_s=1)


@pytest.fixture(autouse=True, scope="module")
def cache(tmp_path_factory):
    """Keep what is made out of the real cache."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("cache")
        patch.setattr(internet.full, "CACHE", folder)
        patch.setattr("datasets.CACHE", folder)
        yield


@pytest.mark.parametrize("case", JOBS)
def test_case_accepts_the_right_answer(case):
    """Each is measured on a small table and generated payloads."""
    result = measure("rib", case, SMALL)
    assert ("measured", "") == (result.state, result.problem)
    assert result.work > 400


@pytest.mark.parametrize(
    ("case", "function", "wrong"),
    [
        ("validate_origins_rpki", "validate_origins", lambda f: f.assign(rov_state="valid")),
        ("validate_origins_rpki", "validate_origins", lambda f: f.iloc[1:]),
        ("verify_paths", "verify_paths", lambda f: f.assign(state="invalid")),
        ("verify_paths", "verify_paths", lambda f: f.iloc[1:]),
    ],
)
def test_case_refuses_a_wrong_answer(monkeypatch, case, function, wrong):
    """States that are not so, and missing rows, fail the case."""
    right = getattr(rib, function)
    monkeypatch.setattr(rib, function, lambda *a, **k: wrong(right(*a, **k)))
    assert "failed" == measure("rib", case, SMALL).state


def test_small_runs_take_generated_payloads():
    """A smoke run needs no real data."""
    path, n = payload_file(SMALL.scale)
    assert (".csv", n) == (path.suffix, len(rib.read_vrps(path)))
