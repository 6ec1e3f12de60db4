"""What is measured: every case, who may run it, and what the project promises about it."""

import math
from dataclasses import dataclass

__all__ = [
    "CASES", "GROWTH", "NATIVE", "PROOFS", "SLICES", "TARGETS", "Case", "Sizes", "Target",
]  # fmt: skip

NATIVE, FALLBACK = "rib", "rib-fallback"
_BOTH = (NATIVE, FALLBACK)
_TRIES = (*_BOTH, "pytricia")
_PARSERS = ("pybgpkit-parser", "bgpdump", "mrtparse")


@dataclass(frozen=True)
class Case:
    """One thing to do, the unit its rate counts, and the engines that can do it."""

    name: str
    unit: str
    engines: tuple[str, ...]
    what: str
    large: bool = False  # gigabytes, minutes: only where it is asked for


@dataclass(frozen=True)
class Sizes:
    """How large a run is."""

    scale: float
    n_lookups: int
    runs: int
    budget_s: float  # no further run starts after so many seconds


@dataclass(frozen=True)
class Target:
    """A promise: a figure of native rib in one case is at least, or at most, so much.

    ``figure`` is a field of `measure.Measurement` or one of its ``figures``. With ``against``, other
    measurements as (case, engine), it is divided by theirs; of several, the largest counts.
    """

    case: str
    figure: str
    least: float = -math.inf
    most: float = math.inf
    against: tuple[tuple[str, str], ...] = ()


CASES = (
    Case(
        "load", "routes", (*_BOTH, *_PARSERS),
        "read every route of an uncompressed dump with prefix, peer, AS path and attributes",
    ),
    Case(
        "ready", "routes", (NATIVE, *_PARSERS),
        "load, then build the lookup index and count the peers' prefixes; 8 peers",
    ),
    Case(
        "load_gzip", "routes", (NATIVE, "pigz", "gzip"),
        "ready, from gzip; the rivals only decompress",
    ),
    Case(
        "load_bzip2", "routes", (NATIVE, "bzcat", "lbzip2"),
        "ready, from bzip2; the rivals only decompress",
    ),
    Case(
        "memory", "routes", (NATIVE,),
        "ready, in a process of its own against one that loads nothing",
    ),
    Case(
        "load_40_peers", "routes", (NATIVE,),
        "ready, 30 million routes of 40 peers", large=True,
    ),
    Case(
        "read_rib", "routes", (NATIVE,),
        "open the stored table of `load` and look up one address",
    ),
    Case("index", "prefixes", _TRIES, "build a longest-prefix-match index from prefixes as Python text"),
    Case("index_arrow", "prefixes", (NATIVE,), "build it from an Arrow column of text"),
    Case("lookup_v4", "lookups", _TRIES, "longest-prefix match of random IPv4 addresses, as an array"),
    Case("lookup_v4_one", "lookups", (NATIVE,), "the same on one processor"),
    Case("lookup_v6", "lookups", _TRIES, "longest-prefix match of routed IPv6 addresses, as an array"),
    Case("lookup_v6_one", "lookups", (NATIVE,), "the same on one processor"),
    Case("lookup_text4", "lookups", _TRIES, "IPv4 addresses as an Arrow column of text, one processor"),
    Case("lookup_text6", "lookups", _TRIES, "IPv6 addresses as an Arrow column of text, one processor"),
    Case("lookup_single", "lookups", _TRIES, "PrefixTable.lookup of one IPv4 address as text at a time"),
    Case("match_single", "lookups", (NATIVE,), "Rib.lookup of one IPv4 address as text at a time"),
    Case("lookup_many", "lookups", (NATIVE,), "Rib.lookup_many: prefix and origin AS as a DataFrame"),
    Case("path_diversity_prefix", "routes", _BOTH, "rib.path_diversity by prefix; 8 peers"),
    Case("path_diversity_origin", "routes", _BOTH, "rib.path_diversity by origin AS; 8 peers"),
    Case(
        "diversity_1pct_prefix", "routes", (NATIVE, "naive"),
        "rib.path_diversity of every hundredth prefix, and the same in pandas and networkx",
    ),
    Case(
        "diversity_1pct_origin", "routes", (NATIVE, "naive"),
        "the same of every hundredth origin AS",
    ),
    Case(
        "path_diversity_growth", "routes", (NATIVE,),
        "rib.path_diversity of tables of 1/4, 1/2 and all prefixes: how time grows with routes",
    ),
    Case(
        "as_hegemony", "routes", (NATIVE,),
        "rib.as_hegemony of every origin AS and of all, 40 peers", large=True,
    ),
    Case("upstream_preference", "routes", _BOTH, "rib.upstream_preference of every origin AS"),
    Case(
        "upstream_preference_40_peers", "routes", (NATIVE,),
        "the same, 30 million routes of 40 peers", large=True,
    ),
    Case("validate_origins", "routes", _BOTH, "rib.validate_origins against VRPs of half the prefixes"),
    Case("read_irr", "objects", (NATIVE,), "read an RPSL dump of 1.5 million route objects, 400 MB"),
    Case("read_vrps", "payloads", (NATIVE,), "rib.read_vrps of a validator's whole export"),
    Case(
        "validate_origins_rpki", "prefixes", (NATIVE,),
        "rib.validate_origins of a full table against it, index of the payloads included",
    ),
    Case("verify_paths", "paths", (NATIVE,), "rib.verify_paths, half of the ASes with an ASPA object"),
    Case("moas", "routes", _BOTH, "rib.moas"),
    Case(
        "hijack_suspects", "routes", (NATIVE,),
        "rib.hijack_suspects of composed data with known incidents, all evidence and a baseline",
    ),
    Case(
        "hijack_suspects_40_peers", "routes", (NATIVE,),
        "the same of 30 million routes of 40 peers, with made-up registries", large=True,
    ),
    Case("as_graph", "routes", _BOTH, "rib.as_graph"),
    Case(
        "diff", "routes", _BOTH,
        "rib.diff of two tables; 1% of routes withdrawn, 1% announced, 1% of other paths",
    ),
    Case("exit_preference", "routes", (NATIVE,), "rib.exit_preference of every prefix; 4 transits"),
    Case("transit_failures_1", "routes", (NATIVE,), "rib.transit_failures of each session"),
    Case("transit_failures_2", "routes", (NATIVE,), "rib.transit_failures of each two sessions"),
    Case("failure_ranking", "routes", (NATIVE,), "rib.failure_ranking of every AS on the winning paths"),
    Case("shared_fate", "routes", (NATIVE,), "rib.shared_fate by AS"),
    Case(
        "traffic_by_exit", "flows", (NATIVE,),
        "rib.traffic_by_exit of a stream of flows to IPv4 addresses as numbers, ten per lookup of a run",
    ),
    Case("traffic_by_exit_text", "flows", (NATIVE,), "the same with addresses as text, one per lookup"),
    Case("balance", "flows", (NATIVE,), "rib.balance: 5% of the traffic leave the busiest transit"),
)  # fmt: skip

#: Engines too slow for the whole dump read so many routes of it; their rates hardly depend on it.
SLICES = {FALLBACK: 100_000, "mrtparse": 50_000}

#: Shares of the full table whose times `path_diversity_growth` compares.
GROWTH = (0.25, 0.5, 1.0)

#: Routes whose content is compared before the clock starts, where that takes longer than the case.
PROOFS = {"pybgpkit-parser": 20_000, "bgpdump": 50_000, "mrtparse": 5_000}

TARGETS = (
    Target("load", "rate", least=20, against=(("load", "pybgpkit-parser"),)),
    Target("load", "peak_rss_mb", most=1500),
    Target("ready", "rate", least=6e6),
    Target("ready", "rate", least=60, against=(("ready", "bgpdump"),)),
    Target("ready", "rate", least=60, against=(("ready", "pybgpkit-parser"),)),
    Target("load_gzip", "median_s", most=1.15, against=(("load_gzip", "pigz"), ("ready", NATIVE))),
    Target("load_bzip2", "median_s", most=0.55, against=(("load_bzip2", "bzcat"),)),
    Target("memory", "rss_per_own_byte", most=2.5),
    Target("memory", "bytes_per_route", most=60),
    Target("load_40_peers", "peak_rss_mb", most=8e9 / 2**20),
    Target("load_40_peers", "rate", least=0.75, against=(("ready", NATIVE),)),
    Target("read_rib", "median_s", most=0.05),
    Target("read_rib", "rate", least=20, against=(("load", NATIVE),)),
    Target("memory", "index_bytes", most=160e6),
    Target("index", "median_s", most=0.6),
    Target("index_arrow", "median_s", most=0.15),
    Target("lookup_v4", "rate", least=220e6),
    Target("lookup_v4", "rate", least=100, against=(("lookup_v4", "pytricia"),)),
    Target("lookup_v4_one", "rate", least=120e6),
    Target("lookup_v6", "rate", least=75e6),
    Target("lookup_v6_one", "rate", least=40e6),
    Target("lookup_text4", "rate", least=15e6),
    Target("lookup_text6", "rate", least=15e6),
    Target("lookup_single", "rate", least=1e6),
    Target("lookup_single", "rate", least=1, against=(("lookup_single", "pytricia"),)),
    Target("match_single", "rate", least=1e6),
    Target("lookup_many", "rate", least=10e6),
    Target("diff", "median_s", most=2.0),
    Target("path_diversity_prefix", "median_s", most=2.0),
    Target("path_diversity_origin", "median_s", most=10.0),
    Target(
        "diversity_1pct_prefix", "rate", least=100, against=(("diversity_1pct_prefix", "naive"),)
    ),
    Target(
        "diversity_1pct_origin", "rate", least=100, against=(("diversity_1pct_origin", "naive"),)
    ),
    Target("path_diversity_growth", "exponent_prefix", most=1.2),
    Target("path_diversity_growth", "exponent_origin_as", most=1.2),
    Target("as_hegemony", "median_s", most=30),
    Target("as_hegemony", "peak_rss_mb", most=6e9 / 2**20),
    Target("upstream_preference_40_peers", "median_s", most=10),
    Target("read_irr", "median_s", most=10),
    Target("read_irr", "peak_rss_mb", most=1.5e9 / 2**20),
    Target("read_vrps", "median_s", most=5),
    Target("validate_origins_rpki", "median_s", most=1.5),
    Target("verify_paths", "median_s", most=2),
    Target("hijack_suspects_40_peers", "median_s", most=45),
    Target("exit_preference", "median_s", most=1),
    Target("transit_failures_1", "median_s", most=2),
    Target("transit_failures_2", "median_s", most=5),
    Target("failure_ranking", "median_s", most=10),
    Target("traffic_by_exit", "without_generator_s", most=10),
    Target("traffic_by_exit", "rss_above_table_mb", most=400),  # the flows alone are 800 MB
    Target("traffic_by_exit_text", "without_generator_s", most=10),
)

FULL = Sizes(scale=1.0, n_lookups=10_000_000, runs=5, budget_s=60)
SMOKE = Sizes(scale=0.002, n_lookups=20_000, runs=1, budget_s=1)
