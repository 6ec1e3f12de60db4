"""Fields of views: numbers, addresses, AS paths and communities, as several routers spell them.

A function gives None for text that is not what it reads.
"""

import re
import socket
import struct
from collections.abc import Iterable
from functools import lru_cache

from rib.fallback.as_path import AS_CONFED_SEQUENCE, AS_CONFED_SET, AS_SEQUENCE, AS_SET

__all__ = [
    "Prefix",
    "address",
    "address4",
    "as_number",
    "as_path",
    "community",
    "extended",
    "large",
    "number",
    "origin",
    "pair",
    "prefix",
    "split",
    "strip",
]

#: Family, length and octets of the network.
Prefix = tuple[int, int, bytes]

_KNOWN = 1 << 16
_SPACE = " \t\n\r\x0c"
_MAX_U16, _MAX_U32 = 0xFFFF, 0xFFFFFFFF
_ORIGINS = ("igp", "egp", "incomplete")
_HEX = re.compile(r"0x([0-9a-fA-F]+)")
_PATH = re.compile(r"[ ,]+|(?P<asn>[0-9.]+)|(?P<open>\(\{|[({\[])|(?P<close>\}\)|[)}\]])")
_OPEN = {"({": AS_CONFED_SET, "(": AS_CONFED_SEQUENCE, "[": AS_CONFED_SET, "{": AS_SET}
_PAIRS = {"({": "})", "(": ")", "[": "]", "{": "}"}
#: Names of communities (IANA), in small letters; some have several.
_NAMES = {
    "internet": 0,
    "graceful-shutdown": 0xFFFF0000,
    "gshut": 0xFFFF0000,
    "accept-own": 0xFFFF0001,
    "route-filter-translated-v4": 0xFFFF0002,
    "route-filter-v4": 0xFFFF0003,
    "route-filter-translated-v6": 0xFFFF0004,
    "route-filter-v6": 0xFFFF0005,
    "llgr-stale": 0xFFFF0006,
    "no-llgr": 0xFFFF0007,
    "accept-own-nexthop": 0xFFFF0008,
    "blackhole": 0xFFFF029A,
    "no-export": 0xFFFFFF01,
    "no-advertise": 0xFFFFFF02,
    "local-as": 0xFFFFFF03,
    "no-export-subconfed": 0xFFFFFF03,
    "no-peer": 0xFFFFFF04,
    "nopeer": 0xFFFFFF04,
}


def strip(text: str) -> str:
    """Give text without white space of ASCII around it."""
    return text.strip(_SPACE)


def split(text: str, separator: str) -> list[str]:
    """Give the pieces of a list."""
    return [piece for each in text.split(separator) if (piece := strip(each))]


def number(text: str, most: int = _MAX_U32) -> int | None:
    """Read a decimal number."""
    if not (text.isascii() and text.isdigit()) or len(text.lstrip("0")) > 10:
        return None
    value = int(text)
    return value if value <= most else None


def _hexadecimal(text: str, most: int = _MAX_U32) -> int | None:
    found = _HEX.fullmatch(text)
    if found is None or len(found[1].lstrip("0")) > 8:
        return None
    value = int(found[1], 16)
    return value if value <= most else None


def as_number(text: str) -> int | None:
    """Read an AS number, plain or as two numbers of 16 bits with a dot (RFC 5396)."""
    high, dot, low = text.partition(".")
    if not dot:
        return number(text)
    upper, lower = number(high, _MAX_U16), number(low, _MAX_U16)
    return None if upper is None or lower is None else upper << 16 | lower


@lru_cache(_KNOWN)
def address(text: str) -> bytes | None:
    """Read the octets of an address, without zone."""
    try:
        text.encode("ascii")
        return socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)
    except (OSError, ValueError):
        return None


def address4(text: str) -> bytes | None:
    """Read the octets of an IPv4 address."""
    found = address(text)
    return found if found is not None and len(found) == 4 else None


@lru_cache(16)
def prefix(text: str) -> Prefix | None:
    """Read a prefix without host bits."""
    network, slash, bits = text.partition("/")
    packed, length = address(network), number(bits)
    if not slash or packed is None or length is None or length > len(packed) * 8:
        return None
    if int.from_bytes(packed) & ((1 << (len(packed) * 8 - length)) - 1):
        return None
    return (4 if len(packed) == 4 else 6), length, packed


def _segments(kind: int, asns: list[int]) -> bytes:
    """Write AS_PATH segments, cut where a count would not fit an octet."""
    return b"".join(
        struct.pack(f"!BB{len(part)}I", kind, len(part), *part)
        for part in (asns[at : at + 255] for at in range(0, len(asns), 255))
    )


@lru_cache(_KNOWN)
def as_path(text: str) -> bytes | None:
    """Read the value of AS_PATH of a path.

    Like ``1 2 {3,4}``, ``(64512 64513) 1``, ``[64512,64513]`` or ``1,2,{3 4}``; ``({3 4})`` is how BIRD
    writes an AS_CONFED_SET.
    """
    value, at = b"", 0
    opened, asns = "", list[int]()
    while at < len(text):
        found = _PATH.match(text, at)
        if found is None:
            return None
        at = found.end()
        if found["asn"]:
            asn = as_number(found["asn"])
            if asn is None:
                return None
            asns.append(asn)
        elif found["open"]:
            if opened:
                return None
            value += _segments(AS_SEQUENCE, asns)
            opened, asns = found["open"], []
        elif found["close"]:
            if not asns or _PAIRS.get(opened) != found["close"]:
                return None
            value += _segments(_OPEN[opened], asns)
            opened, asns = "", []
    return None if opened else value + _segments(AS_SEQUENCE, asns)


@lru_cache(_KNOWN)
def community(text: str) -> int | None:
    """Read a community by name, or as two numbers of 16 bits with a colon."""
    high, colon, low = text.partition(":")
    return pair(high, low) if colon else _NAMES.get(text.lower())


def pair(high: str, low: str) -> int | None:
    """Read a community of two numbers."""
    upper, lower = number(high, _MAX_U16), number(low, _MAX_U16)
    return None if upper is None or lower is None else upper << 16 | lower


def large(parts: Iterable[str]) -> tuple[int, ...] | None:
    """Read a large community of three numbers."""
    given = list(parts)
    found = [value for part in given if (value := number(part)) is not None]
    return tuple(found) if len(found) == len(given) == 3 else None


def extended(kind: str, key: str, value: str) -> int | None:
    """Read an extended community (RFC 4360, RFC 5668).

    Of kind ``rt``, ``ro`` or ``soo``, ``generic``, or ``unknown 0x4300``, with the two numbers, of which the
    first is an AS or an address.
    """
    if kind == "generic":
        high, low = _hexadecimal(key), _hexadecimal(value)
        return None if high is None or low is None else high << 32 | low
    form: int | None = None
    if kind in ("rt", "ro", "soo"):
        subtype = 2 if kind == "rt" else 3
    else:
        name, _, code = kind.partition(" ")
        read = _hexadecimal(code, _MAX_U16) if name == "unknown" else None
        if read is None:
            return None
        form, subtype = read >> 8, read & 0xFF
    packed = address4(key)
    who = number(key) if packed is None else int.from_bytes(packed)
    what = number(value)
    if who is None or what is None:
        return None
    if form is None:
        form = 1 if packed is not None else 2 if who > _MAX_U16 else 0
    if form & 0x3F in (1, 2):
        rest, fits = who << 16 | what, what <= _MAX_U16
    else:
        rest, fits = who << 32 | what, who <= _MAX_U16
    return form << 56 | subtype << 48 | rest if fits else None


def origin(text: str) -> int | None:
    """Read ORIGIN by name."""
    name = text.lower()
    return _ORIGINS.index(name) if name in _ORIGINS else None
