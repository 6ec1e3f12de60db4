"""Names of address families (AFI) and subsequent address families (SAFI)."""

__all__ = ["SAFI", "family_name"]

#: SAFIs whose NLRI is a prefix of their AFI, by the names that callers give.
SAFI = {"unicast": 1, "multicast": 2}

_AFIS = {1: "IPv4", 2: "IPv6", 25: "L2VPN", 16388: "BGP-LS"}
_SAFIS = {
    1: "unicast",
    2: "multicast",
    4: "labeled unicast",
    5: "MCAST-VPN",
    65: "VPLS",
    66: "BGP-MDT",
    70: "EVPN",
    71: "BGP-LS",
    72: "BGP-LS VPN",
    73: "SR policy",
    128: "VPN unicast",
    129: "VPN multicast",
    132: "route target constraints",
    133: "flow specification",
    134: "VPN flow specification",
}


def family_name(afi: int, safi: int) -> str:
    """Name both as the IANA registries spell them, or by number."""
    if afi not in _AFIS:
        return f"AFI {afi} SAFI {safi}"
    return f"{_AFIS[afi]} {_SAFIS.get(safi, f'SAFI {safi}')}"
