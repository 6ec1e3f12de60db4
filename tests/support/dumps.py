"""Which dumps several tests read: those of the sample, and real ones where they are."""

__all__ = ["CUT_RIB", "RIBS", "SAMPLES", "UPDATES"]

#: In data/sample-mrt: four snapshots of a collector, and the views of the four transits.
SAMPLES = [
    "collector.20250114.0000.mrt.bz2",
    "collector.20250115.1200.mrt.bz2",
    "collector.20250117.0000.mrt.bz2",
    "collector.20250121.1200.mrt.bz2",
    "own.20250121.1200.mrt.gz",
]
#: Below mrt/ of the real dumps: whole RIBs of collectors and routers.
RIBS = [
    "bgpdump/bview.64k_stream_overflow.gz",
    "bgpdump/bview.ipv4_unicast_add_path.gz",
    "bgpdump/bview.ipv6_unicast_add_path.gz",
    "daemons/bird-mrtdump_rib",
    "daemons/bird6-mrtdump_rib",
    "daemons/openbgpd_rib_table",
    "daemons/openbgpd_rib_table-v2",
    "daemons/quagga_rib",
]
#: One that was cut.
CUT_RIB = "routeviews/rib.20140523.0600.truncated-1MiB.bz2"
#: Updates of collectors and routers.
UPDATES = [
    "bgpdump/updates.20020722.2238.gz",
    "bgpdump/updates.20100722.2015.gz",
    "daemons/bird-mrtdump_bgp",
    "daemons/openbgpd_bgp",
    "daemons/quagga_bgp",
    "updates/updates.20140530.2215.rrc06.gz",
    "updates/updates.20150401.0000.route-views.jinx.bz2",
]
