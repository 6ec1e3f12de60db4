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
from rib.analysis.balance import Balance, balance
from rib.analysis.diversity import path_diversity
from rib.analysis.diversity_change import diversity_change
from rib.analysis.exits import ExitPreference, exit_preference
from rib.analysis.failure_ranking import failure_ranking
from rib.analysis.failures import TransitFailures, transit_failures
from rib.analysis.graph import as_csr, as_graph, as_links
from rib.analysis.graph_views import customer_cone, ego_graph, neighbourhood
from rib.analysis.hegemony import as_hegemony, dependency_share
from rib.analysis.infer_relationships import infer_relationships
from rib.analysis.leaks import route_leaks
from rib.analysis.max_length import max_length_lint
from rib.analysis.migration import Migration, migration
from rib.analysis.origins import moas, validate_origins
from rib.analysis.path_verification import verify_paths
from rib.analysis.policy_drift import policy_drift
from rib.analysis.prepends import prepend_plan
from rib.analysis.roa_changes import what_if_roa
from rib.analysis.saturation import saturation
from rib.analysis.shared_fate import shared_fate
from rib.analysis.suspects import hijack_suspects
from rib.analysis.traffic import match_flows, traffic_by_exit, what_if
from rib.analysis.upstreams import upstream_preference
from rib.exceptions import (
    ConfigError,
    FlowsError,
    MrtError,
    PrefixError,
    RegistryError,
    RibError,
    StorageError,
    TruncatedMrtError,
    UnsupportedMrtError,
    UnsupportedStorageError,
    ViewError,
    WorkerError,
)
from rib.registry.bogons import read_bogons
from rib.registry.delegations import read_delegations
from rib.registry.irr import read_irr
from rib.registry.organisations import read_organisations
from rib.registry.policies import read_policy
from rib.registry.prefix_origins import read_ipasn, read_pfx2as
from rib.registry.relationships import read_relationships
from rib.registry.vrps import read_vrps
from rib.sources import archive
from rib.sources.bgpstream import read_bgpstream
from rib.sources.flows import read_flows
from rib.sources.mrt import read_mrt
from rib.sources.stored import read_parquet, read_rib
from rib.sources.updates import read_updates
from rib.table.address_space import address_counts, aggregate
from rib.table.concat import concat
from rib.table.diff import diff
from rib.table.match import Match
from rib.table.policy import Policy, PolicyRule
from rib.table.prefix_table import PrefixTable
from rib.table.receipt import LoadReceipt
from rib.table.rib import Rib
from rib.table.updates import Updates

if TYPE_CHECKING:
    from rib.batch.history import read_history
    from rib.report import plot
    from rib.report.write import write_report
    from rib.sources.views.reading import read_view

__all__ = [
    "Balance",
    "ConfigError",
    "ExitPreference",
    "FlowsError",
    "LoadReceipt",
    "Match",
    "Migration",
    "MrtError",
    "Policy",
    "PolicyRule",
    "PrefixError",
    "PrefixTable",
    "RegistryError",
    "Rib",
    "RibError",
    "StorageError",
    "TransitFailures",
    "TruncatedMrtError",
    "UnsupportedMrtError",
    "UnsupportedStorageError",
    "Updates",
    "ViewError",
    "WorkerError",
    "address_counts",
    "aggregate",
    "archive",
    "as_csr",
    "as_graph",
    "as_hegemony",
    "as_links",
    "balance",
    "concat",
    "customer_cone",
    "dependency_share",
    "diff",
    "diversity_change",
    "ego_graph",
    "exit_preference",
    "failure_ranking",
    "hijack_suspects",
    "infer_relationships",
    "match_flows",
    "max_length_lint",
    "migration",
    "moas",
    "neighbourhood",
    "path_diversity",
    "plot",
    "policy_drift",
    "prepend_plan",
    "read_bgpstream",
    "read_bogons",
    "read_delegations",
    "read_flows",
    "read_history",
    "read_ipasn",
    "read_irr",
    "read_mrt",
    "read_organisations",
    "read_parquet",
    "read_pfx2as",
    "read_policy",
    "read_relationships",
    "read_rib",
    "read_updates",
    "read_view",
    "read_vrps",
    "route_leaks",
    "saturation",
    "shared_fate",
    "traffic_by_exit",
    "transit_failures",
    "upstream_preference",
    "validate_origins",
    "verify_paths",
    "what_if",
    "what_if_roa",
    "write_report",
]

__version__: str = _core.__version__

#: Names that bring heavy or optional packages (`read_view`: the readers in Python), imported when first
#: asked for.
_LAZY = {
    "plot": ("rib.report.plot", None),
    "read_view": ("rib.sources.views.reading", "read_view"),
    "read_history": ("rib.batch.history", "read_history"),
    "write_report": ("rib.report.write", "write_report"),
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'rib' has no attribute {name!r}")
    module, attribute = _LAZY[name]
    found = importlib.import_module(module)
    return found if attribute is None else getattr(found, attribute)


def __dir__() -> list[str]:
    return sorted(__all__)
