"""Which format a text view has, and where it may be cut."""

import re
from collections.abc import Callable
from typing import Any, Literal, get_args

from rib._backend import core
from rib.sources.views.cisco import read_cisco
from rib.sources.views.frr import read_frr_json
from rib.sources.views.openbgpd import read_openbgpd_json

__all__ = ["FORMATS", "HEAD", "LOOKED_FOR", "Format", "Outcome", "boundary", "detect", "reader_of"]

Format = Literal["auto", "bgpdump", "bird", "routeros", "frr", "frr-json", "openbgpd-json", "cisco"]
#: Names a user may give.
FORMATS: tuple[str, ...] = get_args(Format)
#: Octets of a view that are looked at to tell its format.
HEAD = 1 << 16
#: RIB records and the account of their text.
Outcome = tuple[bytes, dict[str, Any]]

_BGPDUMP = re.compile(rb"^(TABLE_DUMP2?(_AP)?|BGP4MP\w*)\|[0-9.]+\|\w+\|", re.MULTILINE)
_ROUTEROS = re.compile(rb"^[ \tA-Za-z0-9+*]{0,24}(afi|dst-address)=", re.MULTILINE)
_BIRD = re.compile(
    rb"^\S+[ \t]+(unicast|blackhole|unreachable|prohibited?|via|dev|multipath)\b[^\n]*\[[^\n]*\]"
    rb"|^\s+(BGP\.as_path|bgp_path):|^BIRD [0-9.]+\S* ready\.",
    re.MULTILINE,
)
_CISCO = re.compile(
    rb"^ *Network +Next[ -][Hh]op.*Path|^ *BGP routing table entry for ", re.MULTILINE
)
_JSON_KEYS = {b'"rib"': "openbgpd-json", b'"routes"': "frr-json", b'"paths"': "frr-json"}
#: What the formats are told by, for the error where none is found.
LOOKED_FOR = (
    "lines of bgpdump -m (TABLE_DUMP2|...), BIRD's show route all (prefix, unicast, [protocol ...]), "
    "RouterOS's print detail (afi=... dst-address=...), a table or entries of show bgp (Network, "
    "Next Hop ... Path; BGP routing table entry for), or JSON with routes (FRR) or rib (OpenBGPD)"
)


def detect(head: bytes) -> str | None:
    """Tell the format of a view by its beginning; None where it is none that is read."""
    if head.lstrip()[:1] in (b"{", b"["):
        found = [(at, name) for key, name in _JSON_KEYS.items() if (at := head.find(key)) >= 0]
        return min(found)[1] if found else None
    if _BGPDUMP.search(head):
        return "bgpdump"
    if _BIRD.search(head):
        return "bird"
    if _CISCO.search(head):
        return "cisco"
    return "routeros" if _ROUTEROS.search(head) else None


def reader_of(name: str) -> tuple[Callable[[bytes], Outcome], bool]:
    """Give what reads a format, and whether it takes a view in parts."""
    match name:
        case "bgpdump" | "bird" | "routeros":
            return lambda text: core.view_records(name, text), True
        case "frr-json":
            return read_frr_json, False
        case "openbgpd-json":
            return read_openbgpd_json, False
    return read_cisco, False


def boundary(name: str, text: bytes) -> int:
    """Give where the last route, or the routes of the last prefix, begin; 0 where that is not found."""
    match name:
        case "bgpdump":
            return text.rfind(b"\n") + 1
        case "bird":
            return _last_flush_line(text)
    at = text.rfind(b" afi=")
    if at < 0:  # RouterOS 6 has an empty line between routes
        return text.rfind(b"\n\n") + 1
    return text.rfind(b"\n", 0, at) + 1


def _last_flush_line(text: bytes) -> int:
    """Give where the last line begins that is not indented."""
    at = text.rfind(b"\n")
    while at > 0:
        if text[at + 1 : at + 2].strip():
            return at + 1
        at = text.rfind(b"\n", 0, at)
    return 0
