"""pybgpkit-parser: the Python binding of bgpkit-parser, its elements iterated over."""

from functools import partial
from importlib import metadata

from datasets import Dump, dump, dump_slice
from definitions import PROOFS, Sizes
from pybgpkit_parser import Parser

from engines import Job

__all__ = ["JOBS", "version"]


def version() -> str:
    """Version of the package."""
    return metadata.version("pybgpkit-parser")


def _iterate(table: Dump) -> int:
    n = 0
    for _ in Parser(url=str(table.path)):
        n += 1
    return n


def _prove(table: Dump) -> None:
    origins = [elem.origin_asns[0] for elem in Parser(url=str(table.path))]
    assert (table.n_routes, table.origin_as_sum) == (len(origins), sum(origins))


def _load(case: str, sizes: Sizes) -> Job:
    table = dump(case, sizes.scale)
    proof = dump_slice(case, sizes.scale, PROOFS["pybgpkit-parser"])

    def check(answer: int) -> None:
        assert table.n_routes == answer

    return Job(lambda: _iterate(table), check, table.n_routes, lambda: _prove(proof))


JOBS = {case: partial(_load, case) for case in ("load", "ready")}
