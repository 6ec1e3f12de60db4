"""mrtparse: pure Python, one dictionary tree per record."""

from functools import partial
from importlib import metadata

from datasets import Dump, dump_slice
from definitions import PROOFS, SLICES, Sizes
from mrtparse import Reader

from engines import Job

__all__ = ["JOBS", "version"]


def version() -> str:
    """Version of the package."""
    return metadata.version("mrtparse")


def _iterate(table: Dump) -> int:
    return sum(len(record.data.get("rib_entries", ())) for record in Reader(str(table.path)))


def _prove(table: Dump) -> None:
    n = origins = 0
    for record in Reader(str(table.path)):
        for entry in record.data.get("rib_entries", ()):
            path = next(a for a in entry["path_attributes"] if 2 in a["type"])
            origins += int(path["value"][-1]["value"][-1])
            n += 1
    assert (table.n_routes, table.origin_as_sum) == (n, origins)


def _load(case: str, sizes: Sizes) -> Job:
    table = dump_slice(case, sizes.scale, SLICES["mrtparse"])
    proof = dump_slice(case, sizes.scale, PROOFS["mrtparse"])

    def check(answer: int) -> None:
        assert table.n_routes == answer

    return Job(lambda: _iterate(table), check, table.n_routes, lambda: _prove(proof))


JOBS = {case: partial(_load, case) for case in ("load", "ready")}
