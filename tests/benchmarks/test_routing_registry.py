"""The generated RPSL dump, and the case that reads it."""

import internet.full
import pytest
from definitions import Sizes
from engines.registry_cases import JOBS
from measure import measure
from routing_registry import registry_dump

import rib

SMALL = Sizes(scale=0.001, n_lookups=1, runs=1, budget_s=1)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Keep what is made out of the real cache."""
    monkeypatch.setattr(internet.full, "CACHE", tmp_path)


def test_registry_dump_is_accounted_for():
    """Counted line by line, the objects are those stated; a second call writes nothing."""
    dump = registry_dump(SMALL.scale)
    text = dump.path.read_text()
    heads = [block.partition(":")[0] for block in text.split("\n\n")]
    assert dump.n_routes == heads.count("route") + heads.count("route6")
    assert dump.n_aut_nums == heads.count("aut-num") == heads.count("as-set")
    assert {"route6", "route"} < set(heads)
    dump.path.write_text("mine")
    assert (dump, "mine") == (registry_dump(SMALL.scale), dump.path.read_text())


def test_case_accepts_the_right_answer():
    """The case measures reading; its work is route objects."""
    result = measure("rib", "read_irr", SMALL)
    assert ("measured", "") == (result.state, result.problem)
    assert registry_dump(SMALL.scale).n_routes == result.work


def test_case_refuses_a_wrong_answer(monkeypatch):
    """An object too few is no figure."""
    job = JOBS["read_irr"](SMALL)
    answer = rib.read_irr(registry_dump(SMALL.scale).path)
    object.__setattr__(answer, "table", answer.table.slice(1))
    with pytest.raises(AssertionError):
        job.check(answer)
