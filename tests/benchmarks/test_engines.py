"""The engines of the load cases: a wrong answer never becomes a figure."""

import bz2
import gzip
import importlib
import shutil

import internet.full
import pytest
from datasets import dump
from definitions import Sizes
from engines.diversity_cases import one_percent
from measure import measure

import rib
from rib.analysis import diversity

TINY = Sizes(scale=0.0005, n_lookups=1, runs=1, budget_s=1)
#: Of which there is a hundredth.
SMALL = Sizes(scale=0.005, n_lookups=1, runs=1, budget_s=1)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Keep what is made out of the real cache."""
    monkeypatch.setattr(internet.full, "CACHE", tmp_path)


@pytest.fixture
def decompress(monkeypatch):
    """Give a function that lets the decompressing engine run another command."""
    monkeypatch.setenv("DECOMPRESS_WITH", "gzip -dc")
    module = importlib.import_module("engines.decompress_engine")

    def use(*command):
        monkeypatch.setattr(module, "_COMMAND", list(command))

    return use


COMMANDS = [
    ("load_gzip", "pigz", "-dc"),
    ("load_gzip", "gzip", "-dc"),
    ("load_bzip2", "bzcat"),
    ("load_bzip2", "lbzip2", "-n2", "-dc"),
]


@pytest.mark.parametrize(("case", "command"), [(c, command) for c, *command in COMMANDS], ids=str)
def test_decompress_engine_measures_the_programs(decompress, case, command):
    """Every program decompresses the dump that rib reads, and is told apart by its version."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"the program {command[0]} is not on the path")
    decompress(*command)
    result = measure("gzip", case, TINY)
    assert ("measured", "") == (result.state, result.problem)
    assert dump("ready", TINY.scale).n_routes == result.work
    assert result.version.count(".") >= 1


def test_decompress_engine_refuses_other_bytes(decompress):
    """A program that writes something else than the dump fails before the clock starts."""
    decompress("echo")
    result = measure("gzip", "load_gzip", TINY)
    assert ("failed", True) == (result.state, result.problem.startswith("AssertionError"))


def test_decompress_engine_is_absent_without_the_program(decompress):
    """A program that is not installed is reported, and nothing is measured."""
    decompress("no-such-program", "-dc")
    result = measure("gzip", "load_gzip", TINY)
    assert ("absent", "the program no-such-program is not on the path") == (
        result.state,
        result.problem,
    )


@pytest.mark.parametrize("case", ["ready", "load_gzip", "load_bzip2", "load_40_peers"])
def test_ready_accepts_the_right_table(case):
    """The table, its lookups and its peers' counts are what the generator wrote."""
    result = measure("rib", case, TINY)
    assert ("measured", "") == (result.state, result.problem)
    assert dump(case, TINY.scale).n_routes == result.work


@pytest.mark.parametrize(
    ("case", "pack"), [("load_gzip", gzip.compress), ("load_bzip2", bz2.compress)]
)
def test_ready_refuses_another_table(case, pack):
    """A table of other routes, whole as it may be, fails."""
    path = dump(case, TINY.scale).path
    path.write_bytes(pack(dump("load", TINY.scale).path.read_bytes()))
    result = measure("rib", case, TINY)
    assert ("failed", True) == (result.state, result.problem.startswith("AssertionError"))


@pytest.mark.parametrize("case", ["diversity_1pct_prefix", "diversity_1pct_origin"])
def test_one_percent_is_whole_groups(case):
    """A hundredth of the prefixes or origins, with all their routes and nothing else."""
    part, table = one_percent(case, SMALL), rib.read_mrt(dump(case, SMALL.scale).path)
    by = "prefix" if case.endswith("prefix") else "origin_as"
    whole, found = (rib.path_diversity(t, by=by).set_index([by, "family"]) for t in (table, part))
    if by == "prefix":
        assert 1 + (table.n_prefixes - 1) // 100 == part.n_prefixes == len(found)
    else:
        n_origins, n_found = (len(set(f.index.get_level_values(0))) for f in (whole, found))
        assert n_found in {n_origins // 100, 1 + n_origins // 100}
    assert whole.loc[found.index, "n_routes"].tolist() == found["n_routes"].tolist()


@pytest.mark.parametrize("case", ["diversity_1pct_prefix", "diversity_1pct_origin"])
def test_naive_engine_holds_rib_to_its_answer(case, monkeypatch):
    """Both measure the same routes; where one metric of rib's is off by a little, it fails."""
    ours, naive = (measure(engine, case, SMALL) for engine in ("rib", "naive"))
    assert [("measured", "")] * 2 == [(r.state, r.problem) for r in (ours, naive)]
    assert ours.work == naive.work
    assert naive.version.startswith("pandas ")
    right = diversity.path_diversity

    def wrong(table, **options):
        return right(table, **options).assign(jaccard_link=lambda f: f["jaccard_link"] + 1e-6)

    monkeypatch.setattr(rib, "path_diversity", wrong)
    result = measure("naive", case, SMALL)
    assert ("failed", True) == (result.state, "jaccard_link" in result.problem)


def test_path_diversity_growth_tells_the_power():
    """Times of three sizes, by prefix and by origin, and the powers fitted to them."""
    result = measure("rib", "path_diversity_growth", TINY)
    assert ("measured", "") == (result.state, result.problem)
    assert 8 == len(result.figures)
    assert result.figures["cpu_s_prefix_1"] > 0
