"""rib: from a full BGP table to answers in one process.

>>> import rib
>>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
>>> table.lookup("91.208.207.1").origin_as
(213394,)
>>> share = rib.upstream_preference(table, origin_as=[213394])
>>> sorted(share[share.family == 4].upstream_as)
[3257, 3356, 29075, 43424]

Sources (`read_mrt`) give a `Rib`; analyses are functions of it that return DataFrames; registries
(`read_vrps`, `read_irr`, …) are what routes are judged against; `write_report` writes it all down.
"""

import importlib
from typing import TYPE_CHECKING, Any

from rib._backend import core as _core
from rib.analysis.diversity import path_diversity
from rib.analysis.graph import as_graph
from rib.analysis.leaks import route_leaks
from rib.analysis.origins import moas, validate_origins
from rib.analysis.suspects import hijack_suspects
from rib.analysis.upstreams import upstream_preference
from rib.exceptions import (
    ConfigError,
    MrtError,
    PrefixError,
    RegistryError,
    RibError,
    StorageError,
    TruncatedMrtError,
    UnsupportedMrtError,
    UnsupportedStorageError,
    ViewError,
)
from rib.registry.delegations import read_delegations
from rib.registry.irr import read_irr
from rib.registry.organisations import read_organisations
from rib.registry.prefix_origins import read_ipasn, read_pfx2as
from rib.registry.relationships import read_relationships
from rib.registry.vrps import read_vrps
from rib.sources import archive
from rib.sources.bgpstream import read_bgpstream
from rib.sources.mrt import read_mrt
from rib.sources.stored import read_parquet, read_rib
from rib.sources.updates import read_updates
from rib.sources.views.reading import read_view
from rib.table.address_space import address_counts, aggregate
from rib.table.concat import concat
from rib.table.diff import diff
from rib.table.match import Match
from rib.table.prefix_table import PrefixTable
from rib.table.receipt import LoadReceipt
from rib.table.rib import Rib
from rib.table.updates import Updates

if TYPE_CHECKING:
    from rib.report import plot
    from rib.report.write import write_report

__all__ = [
    "ConfigError",
    "LoadReceipt",
    "Match",
    "MrtError",
    "PrefixError",
    "PrefixTable",
    "RegistryError",
    "Rib",
    "RibError",
    "StorageError",
    "TruncatedMrtError",
    "UnsupportedMrtError",
    "UnsupportedStorageError",
    "Updates",
    "ViewError",
    "address_counts",
    "aggregate",
    "archive",
    "as_graph",
    "concat",
    "diff",
    "hijack_suspects",
    "moas",
    "path_diversity",
    "plot",
    "read_bgpstream",
    "read_delegations",
    "read_ipasn",
    "read_irr",
    "read_mrt",
    "read_organisations",
    "read_parquet",
    "read_pfx2as",
    "read_relationships",
    "read_rib",
    "read_updates",
    "read_view",
    "read_vrps",
    "route_leaks",
    "upstream_preference",
    "validate_origins",
    "write_report",
]

__version__: str = _core.__version__

#: Names that bring heavy or optional packages, imported when first asked for.
_LAZY = {"plot": ("rib.report.plot", None), "write_report": ("rib.report.write", "write_report")}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'rib' has no attribute {name!r}")
    module, attribute = _LAZY[name]
    found = importlib.import_module(module)
    return found if attribute is None else getattr(found, attribute)


def __dir__() -> list[str]:
    return sorted(__all__)
