"""Path diversity in pandas and networkx, `naive_diversity`: on a sample, and held against rib's answer."""

from functools import partial

import networkx as nx
import pandas as pd
from definitions import Sizes
from naive_diversity import assert_same, path_diversity, routes_of

from engines import Job
from engines.diversity_cases import SAMPLED, one_percent

__all__ = ["JOBS", "version"]


def version() -> str:
    """Versions of the libraries."""
    return f"pandas {pd.__version__}, networkx {nx.__version__}"


def _sample(case: str, sizes: Sizes) -> Job:
    import rib

    by = SAMPLED[case]
    table = one_percent(case, sizes)
    routes, expected = routes_of(table), rib.path_diversity(table, by=by)
    return Job(
        lambda: path_diversity(routes, by),
        lambda found: assert_same(expected, found, by),
        table.n_routes,
    )


JOBS = {case: partial(_sample, case) for case in SAMPLED}
