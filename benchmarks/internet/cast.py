"""The named parts of the story: who is who, which links they need, and when the snapshots were taken.

Everything else in the synthetic Internet is drawn at random around these fixed points.
"""

from typing import NamedTuple

SEED = 213394

# -- the migration ----------------------------------------------------------------------------------
OWN = 213394
OLD_ORIGIN = 43424
UPSTREAMS = (29075, 3257, 3356, 43424)
OWN_PREFIX4 = "91.208.207.0/24"
OWN_PREFIX6 = "2a0f:d0c0::/29"
PREPENDS_TOWARDS_OLD_ORIGIN = 2

SNAPSHOTS = ("20250114.0000", "20250115.1200", "20250117.0000", "20250121.1200")
LAST = SNAPSHOTS[-1]
TIMES = {
    "20250114.0000": 1736812800,
    "20250115.1200": 1736942400,
    "20250117.0000": 1737072000,
    "20250121.1200": 1737460800,
}

# -- networks with a fixed number -------------------------------------------------------------------
TIER1 = {
    174: ("COGENT", "arin", "US"),
    701: ("UUNET", "arin", "US"),
    1299: ("TWELVE99", "ripencc", "SE"),
    2914: ("NTT-GIN", "arin", "US"),
    3257: ("GTT-BACKBONE", "ripencc", "DE"),
    3320: ("DTAG", "ripencc", "DE"),
    3356: ("LEVEL3", "arin", "US"),
    3491: ("PCCW-GLOBAL", "apnic", "HK"),
    5511: ("OPENTRANSIT", "ripencc", "FR"),
    6453: ("TATA", "arin", "US"),
    6461: ("ZAYO", "arin", "US"),
    6762: ("SEABONE", "ripencc", "IT"),
    7018: ("ATT", "arin", "US"),
    12956: ("TELXIUS", "ripencc", "ES"),
}


class Part(NamedTuple):
    """A network whose place is fixed: tier 2 (large transit), 3 (regional transit) or 4 (edge)."""

    asn: int
    tier: int
    name: str
    registry: str
    country: str
    providers: tuple[int, ...]
    peers: tuple[int, ...] = ()
    closed: bool = False  # no links but these, so that the story's paths cannot be bypassed


PARTS = (
    Part(29075, 2, "IELO", "ripencc", "FR", (1299, 6453), (5410,), closed=True),
    Part(43424, 3, "SQUARK", "ripencc", "FR", (1299, 174), (9002,), closed=True),
    Part(16276, 3, "OVH", "ripencc", "FR", (3356, 1299), (), closed=True),
    Part(213394, 4, "CleverCloud", "ripencc", "FR", (29075, 3257, 3356, 43424), (), closed=True),
    # vantage points
    Part(9002, 2, "RETN-AS", "ripencc", "GB", (174, 3356), (6939,)),
    Part(6939, 2, "HURRICANE", "arin", "US", (3356, 2914)),
    Part(4826, 2, "VOCUS-BACKBONE", "apnic", "AU", (3257, 2914)),
    Part(28329, 3, "G8-NETWORKS", "lacnic", "BR", (12956, 3356)),
    Part(37468, 3, "ANGOLA-CABLES", "afrinic", "AO", (3257, 5511)),
    Part(5410, 3, "BOUYGTEL-ISP", "ripencc", "FR", (5511, 6461), (29075,)),
    Part(197216, 4, "DELTA-SOFTMEDIA", "ripencc", "RO", (9002, 37468), closed=True),
    Part(56665, 3, "PROXIMUS-IX", "ripencc", "BE", (6762, 1299)),
)


class VantagePoint(NamedTuple):
    """One session of the collector."""

    asn: int
    ip: str
    bgp_id: str
    families: tuple[int, ...]
    partial: bool = False  # sends only what it learned from customers, and a handful of others


VANTAGE_POINTS = (
    VantagePoint(1299, "80.249.209.50", "62.115.0.9", (4,)),
    VantagePoint(1299, "2001:7f8:1::a500:1299:1", "62.115.0.9", (6,)),
    VantagePoint(9002, "80.249.209.216", "87.245.225.10", (4, 6)),
    VantagePoint(9002, "80.249.210.216", "87.245.225.11", (4,)),
    VantagePoint(6939, "80.249.209.150", "216.218.252.165", (4, 6)),
    VantagePoint(4826, "2001:7f8:1::a500:4826:1", "114.31.192.40", (4, 6)),
    VantagePoint(28329, "187.16.216.23", "177.75.0.1", (4, 6)),
    VantagePoint(37468, "80.249.209.168", "197.149.149.8", (4,)),
    VantagePoint(29075, "80.249.209.75", "212.85.148.110", (4, 6)),
    VantagePoint(197216, "80.249.212.16", "89.33.2.17", (4, 6)),
    VantagePoint(5410, "80.249.208.54", "62.34.100.7", (4, 6), partial=True),
    VantagePoint(56665, "80.249.208.66", "94.102.160.2", (4,), partial=True),
)
COLLECTOR_ID, COLLECTOR_AS = "80.249.208.9", 12654

OWN_SESSIONS = (  # of AS213394: the order is also that of BGP identifiers and of addresses
    VantagePoint(29075, "185.42.0.1", "10.42.0.1", (4,)),
    VantagePoint(3257, "185.42.0.3", "10.42.0.2", (4,)),
    VantagePoint(3356, "185.42.0.5", "10.42.0.3", (4,)),
    VantagePoint(43424, "185.42.0.7", "10.42.0.4", (4,)),
    VantagePoint(29075, "2a05:ab00::1", "10.42.0.1", (6,)),
    VantagePoint(3257, "2a05:ab00::3", "10.42.0.2", (6,)),
    VantagePoint(3356, "2a05:ab00::5", "10.42.0.3", (6,)),
    VantagePoint(43424, "2a05:ab00::7", "10.42.0.4", (6,)),
)

OBSERVERS = tuple(sorted({v.asn for v in (*VANTAGE_POINTS, *OWN_SESSIONS)}))
VP_ASES = tuple(sorted({v.asn for v in VANTAGE_POINTS}))
