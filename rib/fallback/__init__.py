"""The same surface as the native module, in pure Python over NumPy, Arrow and pytricia."""

from importlib.metadata import PackageNotFoundError, version

from rib.fallback.bgpdump import bgpdump_lines
from rib.fallback.decision import decide_routes
from rib.fallback.diversity import as_links, path_diversity
from rib.fallback.hegemony import as_hegemony
from rib.fallback.index import PrefixIndex
from rib.fallback.mrt_writer import mrt_blocks
from rib.fallback.operations import changed_routes, covering_set
from rib.fallback.origins import origins_by_prefix
from rib.fallback.path_features import path_features
from rib.fallback.prefixes import format_prefixes, network_text, parse_prefixes
from rib.fallback.reader import read_mrt, read_updates
from rib.fallback.views import view_records

__all__ = [
    "PrefixIndex",
    "as_hegemony",
    "as_links",
    "bgpdump_lines",
    "changed_routes",
    "covering_set",
    "decide_routes",
    "format_prefixes",
    "mrt_blocks",
    "network_text",
    "origins_by_prefix",
    "parse_prefixes",
    "path_diversity",
    "path_features",
    "read_mrt",
    "read_updates",
    "view_records",
]

try:
    __version__ = version("rib")
except PackageNotFoundError:  # run from the source tree
    __version__ = "0+unknown"
