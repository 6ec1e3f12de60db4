"""Communities as the daemons spell them, read into the numbers of rib's columns."""

import ipaddress

__all__ = ["extended_community", "large_community", "standard_community"]

_SUBTYPES = {"rt": 2, "ro": 3, "soo": 3}


def standard_community(text: str) -> int:
    """Read ``64496:100``."""
    high, low = text.split(":")
    return int(high) << 16 | int(low)


def large_community(text: str) -> tuple[int, ...]:
    """Read ``4200000001:0:1``."""
    return tuple(map(int, text.split(":")))


def extended_community(kind: str, administrator: str, value: str) -> int:
    """Read a route target or origin: of a 2-octet AS, an IPv4 address or a 4-octet AS (RFC 4360, 5668)."""
    subtype = _SUBTYPES[kind.lower()]
    if "." in administrator:
        form, wide = 1, int(ipaddress.IPv4Address(administrator))
    elif int(administrator) > 0xFFFF:
        form, wide = 2, int(administrator)
    else:
        return subtype << 48 | int(administrator) << 32 | int(value)
    return form << 56 | subtype << 48 | wide << 16 | int(value)
