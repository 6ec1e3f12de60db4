"""Cases of registries: what routes are judged against, read from files of their full size."""

from functools import partial
from typing import Any

from definitions import Sizes
from routing_registry import RegistryDump, registry_dump

from engines import Job

__all__ = ["JOBS"]


def _check_irr(source: RegistryDump, irr: Any) -> None:
    """Every object is there, with its origin; nothing is left out."""
    assert not irr.ignored
    assert (source.n_routes, source.n_aut_nums) == (len(irr), irr.aut_nums.num_rows)
    assert source.origin_as_sum == int(irr.table.column("origin_as").to_numpy().astype("i8").sum())
    assert source.n_aut_nums == irr.as_sets.num_rows


def _read_irr(sizes: Sizes) -> Job:
    import rib

    source = registry_dump(sizes.scale)
    return Job(lambda: rib.read_irr(source.path), partial(_check_irr, source), source.n_routes)


JOBS = {"read_irr": _read_irr}
