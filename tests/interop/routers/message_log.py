"""The UPDATE messages of a BGP4MP log, read without rib (RFC 6396 §4.4)."""

import ipaddress
import struct
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from internet import mrt_writer as mrt

__all__ = ["records", "update_messages"]

_MESSAGE_SUBTYPES = {1: 2, 4: 4, 8: 2, 9: 4}  # subtype: octets of an AS


def records(log: Path) -> Iterator[tuple[int, int, bytes]]:
    """Give type, subtype and body of every record."""
    content = log.read_bytes()
    while content:
        _, kind, subtype, length = struct.unpack_from("!IHHI", content)
        yield kind, subtype, content[12 : 12 + length]
        content = content[12 + length :]


def update_messages(log: Path) -> Counter[tuple[str, bytes]]:
    """Count the UPDATE messages by peer; the marker and all else as it came."""
    found: Counter[tuple[str, bytes]] = Counter()
    for kind, subtype, body in records(log):
        if subtype not in _MESSAGE_SUBTYPES:
            continue
        rest = body[4:] if kind == mrt.BGP4MP_ET else body
        rest = rest[2 * _MESSAGE_SUBTYPES[subtype] + 2 :]
        (family,) = struct.unpack_from("!H", rest)
        octets = 4 if family == mrt.IPV4 else 16
        peer, message = rest[2 : 2 + octets], rest[2 + 2 * octets :]
        if message[18] == mrt.UPDATE:
            found[str(ipaddress.ip_address(peer)), message] += 1
    return found
