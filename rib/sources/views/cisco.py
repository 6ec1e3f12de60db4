"""``show ip bgp`` of IOS, IOS XR, NX-OS, EOS and FRR: tables, and entries with their paths.

A view may hold several tables. Of several VRFs ``default`` is read, else the first; the routes of others
and of VPN families are counted.
"""

import re
from typing import Any

from rib.fallback.views.fields import strip
from rib.fallback.views.records import Line, View, lines
from rib.sources.views.cisco_entries import Entries
from rib.sources.views.cisco_tables import Tables

__all__ = ["read_cisco"]

_SCOPE = re.compile(
    r"\bfor VRF (?P<vrf>[^\s,]+)(?:, address family (?P<family>.+))?$|^\s*VRF: (?P<named>\S+)"
    r"|^\s*Address Family: (?P<af>.+)$"
)
_FAMILY = re.compile(r"IPv[46] (Unicast|Labeled-Unicast)$", re.IGNORECASE)
_DISTINGUISHER = re.compile(r"\s*Route Distinguisher:")
_HEADER = re.compile(r" *Network +Next[ -][Hh]op.*Path\s*$")
_ENTRY = re.compile(r"\s*BGP routing table entry for (\S+?),?(?: version.*)?$")
_PROMPT = re.compile(r"\S*[#>] ?(sh|show|terminal|term|exit)\b|\S+[#>]$")
_DATE = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) \w{3} +\d")
#: How lines around tables begin.
_AROUND = (
    "BGP table version",
    "BGP routing table information",
    "BGP router identifier",
    "BGP generic scan interval",
    "BGP scan interval",
    "BGP table state",
    "BGP main routing table",
    "BGP NSR",
    "Non-stop routing",
    "Table ID",
    "Dampening",
    "Default local pref",
    "Router identifier",
    "Route status codes",
    "Status codes",
    "Status:",
    "Path type: i-internal",
    "Origin codes",
    "Nexthop codes",
    "RPKI validation codes",
    "AS Path Attributes",
    "Processed ",
    "Displayed ",
    "Total number of prefixes",
)
_LEGENDS = ("Route status codes", "Status codes", "Status:", "Origin codes", "RPKI validation")


def read_cisco(text: bytes) -> tuple[bytes, dict[str, Any]]:
    """Read a whole view into RIB records and an account."""
    reader = _Reader(_chosen(text))
    for line in lines(text):
        reader.view.n_lines += 1
        reader.line(line)
    reader.end()
    return reader.view.result()


def _chosen(text: bytes) -> str | None:
    """Give the VRF that is read; None where none is named."""
    names = [
        found["vrf"] or found["named"]
        for line in text.decode("latin-1").splitlines()
        if (found := _SCOPE.search(line)) and (found["vrf"] or found["named"])
    ]
    return "default" if "default" in names else names[0] if names else None


class _Reader:
    def __init__(self, vrf: str | None) -> None:
        self.view = View()
        self._vrf = vrf
        self._tables = Tables(self.view)
        self._entries = Entries(self.view)
        self._part: Tables | Entries | None = None
        self._in_legend = False

    def line(self, line: Line) -> None:
        text = strip(line.text)
        if not text or self._is_around(line, text):
            self.view.text(line)
        elif entry := _ENTRY.match(line.text):
            self._turn(self._entries)
            self._entries.begin(line, entry[1])
        elif self._part is None:
            self.view.unknown(line, "the heading of a BGP table")
        else:
            self._part.line(line)

    def _is_around(self, line: Line, text: str) -> bool:
        """Whether a line is one around routes; takes what it says of those that follow."""
        if scope := _SCOPE.search(line.text):
            self._turn(None)
            name, family = scope["vrf"] or scope["named"], scope["family"] or scope["af"]
            other = ""
            if family and not _FAMILY.search(strip(family)):
                other = strip(family)
            elif name and self._vrf not in (None, name):
                other = f"VRF {name}"
            self._tables.other = self._entries.other = other
            return True
        if _DISTINGUISHER.match(line.text):
            self._tables.other = self._entries.other = "VPN"
            self._tables.forget()
            return True
        if _HEADER.match(line.text):
            self._in_legend = False
            self._turn(self._tables)
            self._tables.heading(line.text)
            return True
        if text.startswith(_AROUND) or _PROMPT.match(text) or _DATE.match(text):
            self._in_legend = text.startswith(_LEGENDS)
            return True
        # Legends go on in indented lines.
        is_more = self._in_legend and line.text[0] == " " and self._part is None
        self._in_legend = is_more
        return is_more

    def _turn(self, part: "Tables | Entries | None") -> None:
        if self._part is not None:
            self._part.end()
        self._part = part

    def end(self) -> None:
        self._turn(None)
