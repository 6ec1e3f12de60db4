"""Cases of `rib.path_diversity` beyond the full table: a sample beside a rival, and tables of three sizes."""

import time
from functools import partial
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from datasets import dump
from definitions import GROWTH, Sizes

from engines import Job

__all__ = ["JOBS", "SAMPLED", "one_percent"]

#: What makes a group in the cases on the sample.
SAMPLED: dict[str, Literal["prefix", "origin_as"]] = {
    "diversity_1pct_prefix": "prefix",
    "diversity_1pct_origin": "origin_as",
}

_STEP = 100
_BEST_OF = 3


def one_percent(case: str, sizes: Sizes) -> Any:
    """Give the table of every hundredth prefix or origin AS, and no more of it than that needs."""
    import rib

    table = rib.read_mrt(dump(case, sizes.scale).path)
    if SAMPLED[case] == "origin_as":
        origins = np.unique(table.as_paths.column("origin_as").drop_null().to_numpy())
        return table.select(origin_as=origins[_STEP // 2 :: _STEP].tolist())
    names = ("prefixes", "as_paths", "attributes", "peers")
    tables = {name: getattr(table, name) for name in names}
    hundredth = table.routes.column("prefix_id").to_numpy() % _STEP == 0
    tables["routes"] = table.routes.filter(pa.array(hundredth))
    peers = table.peers.column("peer_as").to_pylist()
    return rib.Rib(tables, table.receipt).select(peers=peers)  # leaves out what no route refers to


def _sample(case: str, sizes: Sizes) -> Job:
    import rib

    table = one_percent(case, sizes)

    def check(frame: Any) -> None:
        assert table.n_routes == int(frame["n_routes"].sum())

    return Job(lambda: rib.path_diversity(table, by=SAMPLED[case]), check, table.n_routes)


def _growth(sizes: Sizes) -> Job:
    """Time tables of several sizes by processor time, the best of three: what others disturb least."""
    import rib

    tables = [
        rib.read_mrt(dump("path_diversity_growth", sizes.scale * share).path) for share in GROWTH
    ]
    n_routes = [table.n_routes for table in tables]

    def run() -> dict[str, list[float]]:
        found: dict[str, list[float]] = {}
        for by in ("prefix", "origin_as"):
            for table in tables:
                times = []
                for _ in range(_BEST_OF):
                    start = time.process_time()
                    rib.path_diversity(table, by=by)
                    times.append(time.process_time() - start)
                found.setdefault(by, []).append(min(times))
        return found

    def figures(found: dict[str, list[float]]) -> dict[str, float]:
        """Give the powers of the number of routes that the times grow with, and the times."""
        named: dict[str, float] = {}
        for by, seconds in found.items():
            named[f"exponent_{by}"] = float(np.polyfit(np.log(n_routes), np.log(seconds), 1)[0])
            for share, cpu_s in zip(GROWTH, seconds, strict=True):
                named[f"cpu_s_{by}_{share:g}"] = cpu_s
        return named

    def check(found: dict[str, list[float]]) -> None:
        assert [len(GROWTH)] * 2 == [len(seconds) for seconds in found.values()]

    def proof() -> None:
        for table in tables:
            assert table.n_routes == int(rib.path_diversity(table)["n_routes"].sum())

    return Job(run, check, 2 * _BEST_OF * sum(n_routes), proof=proof, figures=figures)


JOBS = {
    "path_diversity_growth": _growth,
    **{case: partial(_sample, case) for case in SAMPLED},
}
