"""What is measured: every case, who may run it, and what the project promises about it."""

from dataclasses import dataclass

__all__ = ["CASES", "NATIVE", "SLICES", "TARGETS", "Case", "Sizes", "Target"]

NATIVE, FALLBACK = "rib", "rib-fallback"
_BOTH = (NATIVE, FALLBACK)
_TRIES = (*_BOTH, "pytricia")


@dataclass(frozen=True)
class Case:
    """One thing to do, the unit its rate counts, and the engines that can do it."""

    name: str
    unit: str
    engines: tuple[str, ...]
    what: str


@dataclass(frozen=True)
class Sizes:
    """How large a run is."""

    scale: float
    n_lookups: int
    runs: int
    budget_s: float  # no further run starts after so many seconds


@dataclass(frozen=True)
class Target:
    """A promise: native rate over a rival's, or native peak memory, in one case."""

    case: str
    rival: str | None
    least_ratio: float = 0.0
    most_rss_mb: float = 0.0


CASES = (
    Case(
        "load", "routes", (*_BOTH, "pybgpkit-parser", "bgpdump", "mrtparse"),
        "read every route of an uncompressed dump with prefix, peer, AS path and attributes",
    ),
    Case("index", "prefixes", _TRIES, "build a longest-prefix-match index from prefixes as text"),
    Case("lookup_v4", "lookups", _TRIES, "longest-prefix match of random IPv4 addresses, as an array"),
    Case("lookup_v6", "lookups", _TRIES, "longest-prefix match of routed IPv6 addresses, as an array"),
    Case("lookup_text", "lookups", _TRIES, "longest-prefix match of IPv4 addresses as text"),
    Case("path_diversity_prefix", "routes", _BOTH, "rib.path_diversity by prefix"),
    Case("path_diversity_origin", "routes", _BOTH, "rib.path_diversity by origin AS"),
    Case("upstream_preference", "routes", _BOTH, "rib.upstream_preference of every origin AS"),
    Case("validate_origins", "routes", _BOTH, "rib.validate_origins against VRPs of half the prefixes"),
    Case("moas", "routes", _BOTH, "rib.moas"),
    Case("as_graph", "routes", _BOTH, "rib.as_graph"),
)  # fmt: skip

#: Engines too slow for the whole dump read so many routes of it; rates compare all the same.
SLICES = {FALLBACK: 100_000, "bgpdump": 500_000, "mrtparse": 50_000}

TARGETS = (
    Target("load", "pybgpkit-parser", least_ratio=20),
    Target("load", None, most_rss_mb=1500),
    Target("lookup_v4", "pytricia", least_ratio=30),
)

FULL = Sizes(scale=1.0, n_lookups=10_000_000, runs=5, budget_s=60)
SMOKE = Sizes(scale=0.002, n_lookups=20_000, runs=1, budget_s=1)
