"""Entries of the RIB records of TABLE_DUMP_V2: their heads, and whether they fill a record."""

import struct

from rib.fallback.prefixes import ADDRESS_BITS

__all__ = ["ADD_PATH_ENTRY", "ENTRY", "closes", "names_family", "whole_entries"]

#: Peer index, originated time, path id in the second, and length of the attributes.
ENTRY, ADD_PATH_ENTRY = struct.Struct("!HIH"), struct.Struct("!HIIH")
_U16 = struct.Struct("!H")


def names_family(body: bytes, afi: int, safi: int, entry: struct.Struct) -> bool:
    """Whether AFI and SAFI stand before the prefix of a record whose subtype says them.

    GoBGP wrote such records until September 2026. Their first octet is that of a default route: the
    form that closes is taken.
    """
    return (
        body[4:7] == bytes((0, afi, safi))
        and not closes(body, 4, afi, entry)
        and closes(body, 7, afi, entry)
    )


def closes(body: bytes, at: int, afi: int, entry: struct.Struct) -> bool:
    """Whether the entries that the NLRI at a position announces fill the record."""
    length = body[at] if len(body) > at else 0
    at += 1 + (length + 7) // 8
    if length > ADDRESS_BITS[4 if afi == 1 else 6] or at + 2 > len(body):
        return False
    (count,) = _U16.unpack_from(body, at)
    at += 2
    for _ in range(count):
        if at + entry.size > len(body):
            return False
        at += entry.size + entry.unpack_from(body, at)[-1]
    return at == len(body)


def whole_entries(octets: bytes, entry: struct.Struct) -> int:
    """Count the whole entries that fill octets; 0 where they do not fill them."""
    at = count = 0
    while at + entry.size <= len(octets):
        at += entry.size + entry.unpack_from(octets, at)[-1]
        count += 1
    return count if at == len(octets) else 0
