"""Entries of ``show ip bgp <prefix>`` and of ``detail``: a prefix, and its paths with their attributes."""

import re
from dataclasses import dataclass, field
from typing import Any

from rib.fallback.views.fields import (
    Prefix,
    address,
    address4,
    as_number,
    as_path,
    community,
    extended,
    large,
    number,
    origin,
    split,
    strip,
)
from rib.fallback.views.records import Attributes, Line, Speaker, View
from rib.sources.views.cisco_tables import masked

__all__ = ["Entries"]

_PATH = re.compile(r"(Local|NONE|[0-9.{}()\[\], ]*\d[}\])]*)(?=$|,? *\(|, *path| *$)")
_NXOS_PATH = re.compile(r"AS-Path: (.*?) *(?:, path .*)?$")
_AGGREGATED = re.compile(
    r"\(aggregated by (\S+) ([0-9.]+)\)|Aggregated by ([0-9.]+), aggregator AS (\S+)"
)
_FROM = re.compile(
    r"(?P<hop>\S+?)(?:\(\S+\))?(?: \([^)]*\))* from (?P<peer>[^\s(]+)(?:\((?P<ip>[^)]+)\))? \((?P<id>[^)]+)\)"
)
_ORIGIN = re.compile(r"Origin (IGP|EGP|incomplete)\b", re.IGNORECASE)
_MED = re.compile(r"(?<!IGP )\b(?:metric|MED) (\d+)")
_LOCAL_PREF = re.compile(r"\blocalpref (\d+)")
_PATH_ID = re.compile(r"AddPath ID: RX (\d+),")
_OTC = re.compile(r"\botc (\d+)")
_LISTS = re.compile(
    r"(Community|Large Community|Extended Community|Extcommunity|Originator|Cluster list): ?(.*)$"
)
#: Communities that go on in the next line.
_WRAPPED = re.compile(r"[^\s:]+:\S+( [^\s:]+:\S+)*")
#: How lines begin that are read but say nothing that is kept.
_AROUND = (
    "Paths:",
    "Flags:",
    "Path type:",
    "Path-id ",
    "Advertised",
    "Not advertised",
    "Rx SAFI",
    "rx pathid",
    "Refresh Epoch",
    "Updated on",
    "Last update:",
    "Local, ",
    "Imported from",
    "RPKI",
    "path R",
    "Versions:",
    "Process ",
    "Speaker ",
    "Last Modified:",
    "Received Path ID",
    "Path #",
    "Received by speaker",
    "Origin-AS validity",
    "Time to live",
)


@dataclass
class _Route:
    """A path whose lines are read."""

    line: Line
    size: int
    path: str
    is_best: bool
    aggregator: tuple[int, bytes] | None
    speaker: Speaker | None = None
    bgp_id: bytes | None = None
    path_id: int | None = None
    found: Attributes = field(default_factory=Attributes)


class Entries:
    """The entries of a view; ``other`` names the family of routes that are only counted."""

    def __init__(self, view: View) -> None:
        self.other = ""
        self._view = view
        self._shown = ""
        self._where: Prefix | None = None
        self._route: _Route | None = None
        self._is_best = False
        self._in_contributing = False
        self._in_groups = False
        self._listed = ""

    def begin(self, line: Line, shown: str) -> None:
        """Begin the entry of a prefix."""
        self.end()
        self._shown, self._where = shown, masked(self._view, line, shown)
        self._in_contributing = self._is_best = False
        self._view.text(line)

    def line(self, line: Line) -> None:
        """Read a line of an entry."""
        text = strip(line.text)
        route = self._route
        if text.endswith("Contributing routes:"):
            self._in_contributing = True
        if self._in_groups and re.fullmatch(r"[\d. ]+", text):  # numbers, and no path
            self._in_groups = False
            self._view.text(line)
            return
        self._in_groups = text.startswith("Advertised to update-groups")
        path = _NXOS_PATH.match(text) or _PATH.match(text)
        if path and not _FROM.match(text) and not _are_addresses(text):
            self._begin_route(line, text, strip(path[1]).rstrip(","))
            return
        if text.startswith("Path type:"):  # NX-OS says so before the path
            self.end()
            self._is_best = "is best path" in text
            self._view.text(line)
            return
        if route is None:
            if text.startswith(_AROUND) or _are_addresses(text):
                self._view.text(line)
            else:
                self._view.unknown(line, "a path of a BGP entry")
            return
        if self._in_contributing or self._detail(line, text, route):
            route.size += line.size
        else:
            self._view.unknown(line, "a line of a path of a BGP entry")

    def _begin_route(self, line: Line, text: str, path: str) -> None:
        self.end()
        self._in_contributing = False
        self._route = _Route(
            line, line.size, path, self._is_best, _aggregator(_AGGREGATED.search(text))
        )
        self._is_best = False
        self._listed = ""

    def _detail(self, line: Line, text: str, route: _Route) -> bool:
        """Read a line that belongs to the open path."""
        if source := _FROM.match(text):
            ip = address(source["ip"] or source["peer"])
            name = source["peer"] if source["ip"] else ""
            route.bgp_id = address4(source["id"])
            route.found.next_hop = address(source["hop"])
            size = len(self._where[2]) if self._where else 4
            is_own = ip is None or not any(ip)
            route.speaker = (
                Speaker(b"", None, bytes(size))
                if is_own
                else Speaker(name.encode("latin-1"), None, ip or b"")
            )
            return True
        if path_id := _PATH_ID.match(text):
            route.path_id = number(path_id[1])
            return True
        if text.startswith(_AROUND) or _are_addresses(text):
            return True
        if route.speaker is None:  # and not of a path whose peer was not read
            return False
        if code := _ORIGIN.match(text):
            found = route.found
            found.origin = origin(code[1])
            med, local_pref = _MED.search(text), _LOCAL_PREF.search(text)
            found.med = number(med[1]) if med else None
            found.local_pref = number(local_pref[1]) if local_pref else None
            otc = _OTC.search(text)
            found.otc = number(otc[1]) if otc else None
            found.atomic_aggregate = "atomic-aggregate" in text
            route.is_best |= bool(re.search(r"\bbest\b", text))
            return True
        if listed := _LISTS.match(text):
            for name, values in [(listed[1], listed[2]), *_more(listed[2])]:
                self._list(line, route.found, name, values)
            self._listed = listed[1]
            return True
        if self._listed and _WRAPPED.fullmatch(text):
            self._list(line, route.found, self._listed, text)
            return True
        if aggregated := _AGGREGATED.search(text):
            route.aggregator = _aggregator(aggregated)
            return True
        if re.fullmatch(r"\((fe80:\S+)\)( \(.*\))*", text):  # FRR's second next hop
            route.found.link_local = address(text.partition(")")[0][1:])
            return True
        return False

    def _list(self, line: Line, found: Attributes, name: str, values: str) -> None:
        items = split(values.partition(", Cluster")[0], " ")
        readers: dict[str, tuple[list[Any], Any]] = {
            "Community": (found.communities, _community),
            "Large Community": (found.large_communities, lambda c: large(c.split(":"))),
            "Extended Community": (found.extended_communities, _extended),
            "Extcommunity": (found.extended_communities, _extended),
            "Cluster list": (found.cluster_list, address4),
        }
        if name == "Originator":
            found.originator_id = address4(items[0].rstrip(",")) if items else None
            return
        known, read = readers[name]
        for item in items:
            if (value := read(item.rstrip(","))) is None:
                self._view.issue(line, "unreadable_attribute", name, item)
            else:
                known.append(value)

    def end(self) -> None:
        """Add the open path, or say why not."""
        route, self._route = self._route, None
        if route is None:
            return
        if self.other:
            self._view.other(self.other, route.line.number)
            self._view.read("other_family", 1, route.size)
            return
        expected = self._add(route)
        if expected:
            found = f"{self._shown}: {strip(route.line.text)}"
            self._view.lost(route.line, route.size, "malformed_route", expected, found)
        else:
            self._view.read("best" if route.is_best else "route", 1, route.size)

    def _add(self, route: _Route) -> str:
        """Add a path; gives what was expected of it where it is not one."""
        where, found = self._where, route.found
        if where is None:
            return "a prefix without host bits"
        if route.speaker is None:
            return "the peer of a path"
        value = as_path("" if route.path in ("Local", "NONE") else route.path)
        if value is None:
            return "an AS path"
        found.as_path, found.aggregator = value, route.aggregator
        block, peer = found.wire(where[0]), self._view.peer(route.speaker)
        if block is None or peer is None:
            return "at most 65535 octets of attributes, and peers"
        # Of a reflected route some show the originator in its place.
        if route.bgp_id and route.bgp_id != found.originator_id and any(route.speaker.address):
            self._view.identify(peer, route.bgp_id)
        self._view.add(where, 0, peer, route.path_id, block)
        return ""


def _are_addresses(text: str) -> bool:
    """Whether a line lists peers that a route is told to."""
    words = (word.partition("(") for word in text.split())  # FRR has the name before the address
    return all(address(ip.rstrip(")") or name) is not None for name, _, ip in words)


def _more(text: str) -> list[tuple[str, str]]:
    """Give the list of clusters that stands behind the originator."""
    _, found, clusters = text.partition("Cluster list: ")
    return [("Cluster list", clusters)] if found else []


def _aggregator(found: re.Match[str] | None) -> tuple[int, bytes] | None:
    if found is None:
        return None
    asn, ip = as_number(found[1] or found[4]), address4(found[2] or found[3])
    return None if asn is None or ip is None else (asn, ip)


def _community(text: str) -> int | None:
    """Read a community, which IOS shows as one number unless told otherwise."""
    value = community(text)
    return number(text) if value is None else value


def _extended(text: str) -> int | None:
    found = re.fullmatch(
        r"(RT|SoO|Route-Target-AS|Route-Target-IP|Route-Origin-AS):(\S+):(\d+)", text
    )
    if found is None:
        return None
    asn = as_number(found[2]) if not address4(found[2]) else None
    kind = "soo" if found[1] in ("SoO", "Route-Origin-AS") else "rt"
    return extended(kind, found[2] if asn is None else str(asn), found[3])
