"""``/routing/route/print detail`` of RouterOS; the twin of ``rust/src/views/routeros.rs``, which says more."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from rib.fallback.views.fields import (
    address,
    address4,
    as_number,
    as_path,
    community,
    extended,
    large,
    number,
    origin,
    prefix,
    split,
    strip,
)
from rib.fallback.views.records import Attributes, Line, Speaker, View, lines

__all__ = ["read_routeros"]

_FIRST_KEY = re.compile(r"((?:[^=]*[ \t\n\r\x0c])?)([^= \t\n\r\x0c]*)=", re.DOTALL)
_FLAGS = re.compile(r"[A-Za-z0-9 \t+*]*")
_FIELD = re.compile(r'([^= ]*)=(?:"([^"]*)"|([^" ][^ ]*|(?![^ ])))', re.DOTALL)
_LAST_ADDRESS = re.compile(r"[0-9A-Fa-f.:]*\Z")
_FAMILIES = {"ip": 4, "ip4": 4, "ipv4": 4, "ip6": 6, "ipv6": 6}
_GROUPS = ("bgp", "debug", "ospf", "rip", "isis", "mpls", "static")
_IGNORED = ("peer-cache-id", "weight", "igp-metric", "out-nexthop", "prepend")


def _extended(text: str) -> int | None:
    parts = text.split(":")
    return extended(*parts) if len(parts) == 3 else None


#: Attributes of one value, with the function that reads it and what is expected.
_PLAIN: dict[str, tuple[str, Callable[[str], Any], str]] = {
    "origin": ("origin", origin, "ORIGIN"),
    "med": ("med", number, "MED"),
    "local-pref": ("local_pref", number, "LOCAL_PREF"),
    "otc": ("otc", as_number, "OTC"),
    "originator-id": ("originator_id", address4, "ORIGINATOR_ID"),
}
_LISTS: dict[str, tuple[str, Callable[[str], Any], str]] = {
    "cluster-list": ("cluster_list", address4, "CLUSTER_LIST"),
    "communities": ("communities", community, "communities"),
    "large-communities": ("large_communities", lambda c: large(c.split(":")), "large communities"),
    "ext-communities": ("extended_communities", _extended, "extended communities"),
}


def read_routeros(text: bytes) -> View:
    """Read a part of a view that ends between two routes."""
    reader = _Reader()
    for line in lines(text):
        reader.view.n_lines += 1
        reader.line(line)
    reader.finish()
    return reader.view


@dataclass
class _Route:
    """The route whose lines are read."""

    line: Line
    size: int
    flags: str
    text: str
    has_destination: bool
    is_quoted: bool


@dataclass
class _Found:
    """What the fields of a route say."""

    fields: dict[str, str] = field(default_factory=dict)
    is_bgp: bool = False
    attributes: Attributes = field(default_factory=Attributes)

    def of(self, name: str) -> str:
        return self.fields.get(name, "")


class _Reader:
    def __init__(self) -> None:
        self.view = View()
        self._open: _Route | None = None
        self._in_legend = False

    def line(self, line: Line) -> None:
        text = strip(line.text)
        if not text:
            self.finish()
            self.view.text(line)
            return
        first = _FIRST_KEY.match(text)
        if first and _FLAGS.fullmatch(first[1]) and self._begins(first[2]):
            self.finish()
            self._in_legend = False
            fields = text[len(first[1]) :]
            has, quoted = "dst-address=" in fields, bool(fields.count('"') % 2)
            self._open = _Route(line, line.size, first[1], fields, has, quoted)
            return
        if text.startswith("Flags:"):
            self.finish()
            self._in_legend = True
        if _is_around(text) or (self._in_legend and " - " in text):
            self.view.text(line)
            return
        route = self._open
        if route is None:
            self.view.unknown(line, "a route of /routing/route/print detail")
            return
        route.size += line.size
        route.has_destination |= "dst-address=" in text
        if not route.is_quoted and "=" in text.partition(" ")[0]:
            route.text += " "
        route.is_quoted ^= bool(text.count('"') % 2)
        route.text += text

    def _begins(self, key: str) -> bool:
        """Whether a line whose first key this is begins a route."""
        route = self._open
        if route is not None and route.is_quoted:
            return False
        return key == "afi" or (key == "dst-address" and (route is None or route.has_destination))

    def finish(self) -> None:
        """Add the open route, or say why not."""
        route, self._open = self._open, None
        if route is None:
            return
        found = _Found()
        if not self._fields(route, found):
            kind, expected = "", "fields like key=value"
        else:
            kind, expected = self._route(route, found)
        if kind:
            self.view.read(kind, 1, route.size)
        else:
            text = strip(route.line.text)
            self.view.lost(route.line, route.size, "malformed_route", expected, text)

    def _fields(self, route: _Route, found: _Found) -> bool:
        """Read all fields; false where they are not fields."""
        group = ""
        rest = strip(route.text)
        while rest:
            read = _FIELD.match(rest)
            if read is None:
                return False
            key, value = read[1], read[2] if read[2] is not None else read[3]
            rest = rest[read.end() :].lstrip(" \t\n\r\x0c")
            before, dot, name = key.partition(".")
            if before or not dot:
                group = before if dot else ""
            is_bgp = bool(dot) and group == "bgp"
            if not is_bgp and key.startswith("bgp-"):
                is_bgp, name = True, key[4:]
            if dot and group not in _GROUPS:
                self.view.issue(
                    route.line, "unknown_field", "a field that is known", f"{key}={value}"
                )
            if is_bgp:
                found.is_bgp |= name != ""
                self._attribute(route.line, name, value, found)
            else:
                found.fields[key] = value
        found.is_bgp |= "b" in route.flags
        return True

    def _attribute(self, line: Line, name: str, value: str, found: _Found) -> None:
        """Read a field of BGP; what is not understood is left out, with an issue."""
        a, expected = found.attributes, None
        if name in ("session", "as-path", "nexthop"):
            found.fields["received-from" if name == "session" else f"bgp.{name}"] = value
        elif name in _PLAIN:
            attribute, read, what = _PLAIN[name]
            setattr(a, attribute, read(value))
            expected = what if getattr(a, attribute) is None else None
        elif name in _LISTS:
            attribute, read, what = _LISTS[name]
            for item in split(value, ","):
                if (one := read(item)) is None:
                    expected = what
                else:
                    getattr(a, attribute).append(one)
        elif name == "atomic-aggregate":
            a.atomic_aggregate = value == "yes"
            expected = None if value in ("yes", "no") else "yes or no"
        elif name == "aggregator":
            a.aggregator = _aggregator(value)
            expected = "an aggregator" if a.aggregator is None else None
        elif name not in _IGNORED:
            expected = "a field that is read"
        if expected is not None:
            self.view.issue(line, "unreadable_attribute", expected, f"{name}={value}")

    def _route(self, route: _Route, found: _Found) -> tuple[str, str]:
        """Add a route of BGP; gives what kind of route it is, or what was expected of it."""
        where = prefix(found.of("dst-address"))
        family = _FAMILIES.get(found.of("afi"))
        if family is None and "afi" in found.fields:
            self.view.other(found.of("afi"), route.line.number)
            return "other_family", ""
        if not found.is_bgp:
            return "other_protocol", ""
        if found.of("routing-table") not in ("", "main"):
            self.view.other("routing-table=" + found.of("routing-table"), route.line.number)
            return "other_family", ""
        if where is None or (family or where[0]) != where[0]:
            return "", "a prefix without host bits as dst-address"
        gateway, a = _first_address(found.of("gateway")), found.attributes
        a.next_hop = _first_address(found.of("bgp.nexthop")) or gateway
        value = as_path(found.of("bgp.as-path"))
        if value is None:
            return "", "an AS path as as-path"
        a.as_path = value
        block = a.wire(where[0])
        if block is None:
            return "", "at most 65535 octets of attributes"
        name = found.of("received-from") or found.of("belongs-to")
        ip = _last_address(found.of("belongs-to")) or gateway or bytes(len(where[2]))
        peer = self.view.peer(Speaker(name.encode("latin-1"), None, ip))
        if peer is None:
            return "", "at most 65535 peers"
        self.view.add(where, 0, peer, None, block)
        return ("filtered" if "F" in route.flags else "best" if "A" in route.flags else "route"), ""


def _first_address(text: str) -> bytes | None:
    """Give the first address of ``10.0.0.1%ether1,10.0.0.2``."""
    return address(re.split("[%@,]", text, maxsplit=1)[0])


def _last_address(text: str) -> bytes | None:
    """Give the address that ``bgp-IP-10.0.0.1`` or ``BGP IP routes from 10.0.0.1`` ends with."""
    found = _LAST_ADDRESS.search(re.split("[%@]", text, maxsplit=1)[0])
    return address(found[0]) if found else None


def _aggregator(text: str) -> tuple[int, bytes] | None:
    """Read ``64500:192.0.2.1``."""
    who, _, where = text.partition(":")
    asn, ip = as_number(who), address4(where)
    return None if asn is None or ip is None else (asn, ip)


def _is_around(text: str) -> bool:
    """Whether a line is one of those around routes."""
    return text.startswith(("Flags:", ";;;", "#", "-- [Q quit")) or (
        text.startswith("[") and "@" in text and ">" in text
    )
