"""The collectors of a night in parts: measured without one table of them all (docs/scale.md)."""

from dataclasses import dataclass

import pyarrow as pa

from rib.batch.columns import shaped
from rib.batch.config import Scale
from rib.batch.inputs import Fetched
from rib.batch.plan import COLLECTORS, Problem, problem_of
from rib.batch.spread import analyse
from rib.exceptions import WorkerError

__all__ = ["Parts", "measure_parts"]

#: Tables of the history, by the name that they have in the result of `analyse`.
_TABLES = {
    "prefix_diversity": "diversity_prefix",
    "origin_diversity": "diversity_origin",
    "upstreams": "upstreams",
}


@dataclass(frozen=True)
class Parts:
    """What was measured of the collectors: tables of the history, hegemony, and a row per dump read."""

    tables: dict[str, pa.Table]
    hegemony: pa.Table
    dumps: dict[str, dict[str, object]]


def measure_parts(
    scale: Scale, spool: str | None, fetched: list[Fetched]
) -> tuple[Parts | None, list[Problem]]:
    """Measure the dumps of the collectors where ``scale`` says; None where not one can be read.

    A dump that ends its workers is left out and named. Any other `WorkerError` (no scheduler, a
    share that has no memory) is of the whole night.
    """
    of_view = [each for each in fetched if each.dump.view == COLLECTORS]
    problems = [each.problem for each in of_view if each.problem is not None]
    here = [each for each in of_view if each.problem is None]
    memory = None if scale.memory_gb is None else int(scale.memory_gb * 1e9)
    found = None
    while here and found is None:
        try:
            found = analyse(
                [each.path for each in here],
                cluster=scale.cluster,
                processes=scale.processes,
                memory=memory,
                spool=spool,
            )
        except WorkerError as error:
            broken = [f for f in here if error.task in (f.path, f"dump {f.path}")]
            if not broken:
                raise
            problems.append(problem_of(broken[0].dump.label, error))
            here.remove(broken[0])
    if found is None:
        return None, problems
    dumps = {}
    for each, row in zip(here, found["dumps"].to_pylist(), strict=True):
        dumps[each.dump.label] = row
        if row["error"] is not None:
            problems.append(Problem(each.dump.label, row["error"], False))
        elif not row["ok"]:
            text = f"damaged, read in part: {row['routes_lost']:,} routes lost, {row['n_issues']:,} issues"
            problems.append(Problem(each.dump.label, text, False))
    tables = {}
    for name, kept in _TABLES.items():
        table = found[name]
        views = pa.array([COLLECTORS] * table.num_rows, pa.utf8())
        tables[kept] = shaped(kept, table.add_column(0, "view", views))
    return Parts(tables, found["hegemony"], dumps), problems
