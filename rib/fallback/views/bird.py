"""``show route all`` of BIRD 1, 2 and 3; the twin of ``rust/src/views/bird.rs``, which says more."""

import re
from dataclasses import dataclass
from typing import Literal

from rib.fallback.views.fields import (
    Prefix,
    address,
    address4,
    as_number,
    as_path,
    extended,
    large,
    number,
    origin,
    pair,
    prefix,
    split,
    strip,
)
from rib.fallback.views.records import Attributes, Line, Speaker, View, lines

__all__ = ["read_bird"]

#: What a route goes to, as its line begins.
_TARGETS = frozenset(
    ("unicast", "via", "dev", "blackhole", "unreachable", "prohibit", "prohibited", "multipath")
)
#: Fields of other protocols, and how BIRD goes about a route.
_NAMES = ("preference", "igp_metric", "hostentry", "nexthop", "stale")
_GROUPS = ("Kernel.", "krt_", "OSPF.", "ospf_", "RIP.", "rip_", "Babel.", "babel_", "mpls_", "gw_")
#: Attributes of one number or address, with the function that reads it and what is expected.
_PLAIN = {
    "origin": ("origin", origin, "ORIGIN"),
    "med": ("med", number, "MED"),
    "local_pref": ("local_pref", number, "LOCAL_PREF"),
    "otc": ("otc", number, "OTC"),
    "originator_id": ("originator_id", address4, "ORIGINATOR_ID"),
}
_WORD = re.compile(r"[^ \t\n\r\x0c]+")
_OCTET = re.compile(r"[0-9a-fA-F]{2}")
#: Types that have names, so that none of these is written a second time.
_READ = frozenset((1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 14, 16, 32, 35))
_List = Literal["", "community", "large_community", "ext_community"]


def read_bird(text: bytes) -> View:
    """Read a part of a view that ends between the routes of two prefixes."""
    reader = _Reader()
    for line in lines(text):
        reader.view.n_lines += 1
        reader.line(line)
    reader.finish()
    return reader.view


@dataclass
class _Route:
    """The route whose lines are read; ``is_bgp`` is None until an attribute tells."""

    line: Line
    size: int
    name: str
    source: bytes | None
    via: bytes | None
    is_best: bool
    is_bgp: bool | None = None
    has_path: bool = False
    lost: tuple[str, str] | None = None


class _Reader:
    def __init__(self) -> None:
        self.view = View()
        self._prefix: Prefix | None = None
        self._other = ""
        self._open: _Route | None = None
        self._list: _List = ""
        self._found = Attributes()

    def line(self, line: Line) -> None:
        text = strip(line.text)
        if not text:
            self.view.text(line)
            return
        if line.text[0] not in " \t\n\r\x0c":
            self.finish()
            self._prefix, self._other = None, ""
            if _is_around(text):
                self.view.text(line)
                return
            self._begin(line, self._destination(text))
            return
        if split(text, " ")[0] in _TARGETS and "[" in text:
            self.finish()
            self._begin(line, text)
        elif self._open is not None and self._detail(line, text):
            self._open.size += line.size
        elif self._other:
            self.view.read("other_family", 0, line.size)
        else:
            self.view.unknown(line, "a line of BIRD's show route all")

    def _destination(self, text: str) -> str:
        """Take the destination a line begins with; gives the rest of the line."""
        first = _WORD.findall(text)[0]
        rest = text[len(first) :]
        self._prefix = prefix(first)
        if self._prefix is None and "[" in text:
            second = (split(rest, " ") or [""])[0]
            if first.startswith("flow"):
                self._other = "flowspec"
            elif ":" in first and prefix(second) is not None:
                self._other = "VPN"
            elif second.startswith("AS") and "-" in first:
                self._other = "ROA"
        return strip(rest)

    def _begin(self, line: Line, text: str) -> None:
        """Begin a route with the line that says what it goes to."""
        if self._other:
            self.view.other(self._other, line.number)
            self.view.read("other_family", 1, line.size)
            return
        target, bracket, behind = text.partition("[")
        inside, closing, after = behind.partition("]")
        if not bracket or not closing or (split(target, " ") or [""])[0] not in _TARGETS:
            self._prefix = None
            self.view.unknown(line, "a prefix and a route of BIRD's show route all")
            return
        if self._prefix is None:
            self.view.unknown(line, "a prefix before its routes")
            return
        name, *words = split(inside, " ") or [""]
        source = words[words.index("from") + 1 :][:1] if "from" in words else []
        self._found, self._list = Attributes(), ""
        self._open = _Route(
            line,
            line.size,
            name,
            address(source[0]) if source else None,
            _gateway(target),
            is_best="*" in after.partition("(")[0],
        )

    def _detail(self, line: Line, text: str) -> bool:
        """Read a line that belongs to the open route."""
        route = self._open
        if text.startswith("("):
            return self._list != "" and self._add_list(line, text)
        self._list = ""
        if route is None:
            return False
        if text.startswith(("via ", "dev ")):
            route.via = route.via or _gateway(text)
            return True
        if text.startswith("Internal route handling values"):
            return True
        key, colon, value = text.partition(":")
        if not colon:
            return False
        value = strip(value)
        for start in ("BGP.", "bgp_"):
            if key.startswith(start):
                route.is_bgp = True
                self._attribute(line, key.removeprefix(start), value)
                return True
        if key in ("Type", "source"):
            route.is_bgp = route.is_bgp is True or split(value, " ")[:1] == ["BGP"]
        elif key == "from":
            route.source = route.source or address(value)
        elif route.is_bgp is not False and key not in _NAMES and not key.startswith(_GROUPS):
            self.view.issue(line, "unknown_field", "a field that is known", text)
        return True

    def _attribute(self, line: Line, name: str, value: str) -> None:
        """Read a path attribute; what is not understood is left out, with an issue."""
        found = self._found
        expected = None
        if name in ("as_path", "path"):
            self._path(value)
        elif name in _PLAIN:
            field, read, what = _PLAIN[name]
            setattr(found, field, read(value))
            expected = what if getattr(found, field) is None else None
        elif name == "next_hop":
            hops = [*map(address, split(value, " ")), None, None]
            found.next_hop = hops[0]
            if hops[1] is not None and len(hops[1]) == 16:
                found.link_local = hops[1]
            expected = "a next hop" if hops[0] is None else None
        elif name == "atomic_aggr":
            found.atomic_aggregate = True
        elif name == "aggregator":
            found.aggregator = _aggregator(value)
            expected = "an aggregator" if found.aggregator is None else None
        elif name == "cluster_list":
            ids = [address4(each) for each in split(value, " ")]
            if None in ids:
                expected = "CLUSTER_LIST"
            else:
                found.cluster_list = [each for each in ids if each is not None]
        elif name in ("community", "large_community", "ext_community"):
            self._list = name  # type: ignore[assignment]
            self._add_list(line, value)
        elif (unknown := _octets(name, value)) is not None:
            found.unknown.append(unknown)
        else:
            expected = "an attribute that is read"
        if expected is not None:
            self.view.issue(line, "unreadable_attribute", expected, strip(line.text))

    def _path(self, value: str) -> None:
        route = self._open
        read = as_path(value)
        self._found.as_path = read or b""
        if route is None:
            return
        route.has_path = True
        if value.endswith("..."):
            route.lost = route.lost or ("cut_value", "a whole AS path")
        elif read is None:
            route.lost = route.lost or ("malformed_route", "an AS path")

    def _add_list(self, line: Line, text: str) -> bool:
        """Read communities like ``(1,2) (3,4)``."""
        for piece in split(text, "("):
            if not (piece.endswith(")") and self._add_community(piece[:-1])):
                self.view.issue(line, "unreadable_attribute", "communities", piece)
        return True

    def _add_community(self, text: str) -> bool:
        found, parts = self._found, [strip(part) for part in text.split(",")]
        if self._list == "community":
            standard = pair(*parts) if len(parts) == 2 else None
            found.communities += [] if standard is None else [standard]
            return standard is not None
        if self._list == "large_community":
            triple = large(parts)
            found.large_communities += [] if triple is None else [triple]
            return triple is not None
        value = extended(*parts) if len(parts) == 3 else None
        found.extended_communities += [] if value is None else [value]
        return value is not None

    def finish(self) -> None:
        """Add the open route, or say why not."""
        route, self._open = self._open, None
        if route is None or self._prefix is None:
            return
        if route.is_bgp is False:
            self.view.read("other_protocol", 1, route.size)
            return
        lost = self._lost(route, self._prefix)
        if lost is None:
            self.view.read("best" if route.is_best else "route", 1, route.size)
        else:
            self.view.lost(route.line, route.size, *lost, strip(route.line.text))

    def _lost(self, route: _Route, where: Prefix) -> tuple[str, str] | None:
        """Add a route; gives what was expected where it is not kept."""
        if route.lost:
            return route.lost
        if route.is_bgp is None:
            return "no_attributes", "attributes, as show route all has them"
        if not route.has_path:
            return "malformed_route", "an AS path"
        block = self._found.wire(where[0])
        if block is None:
            return "malformed_route", "at most 65535 octets of attributes"
        ip = route.source or route.via or bytes(len(where[2]))
        peer = self.view.peer(Speaker(route.name.encode("latin-1"), None, ip))
        if peer is None:
            return "malformed_route", "at most 65535 peers"
        self.view.add(where, 0, peer, None, block)
        return None


def _is_around(text: str) -> bool:
    """Whether a line is one of those before routes."""
    return (
        (text.startswith("BIRD ") and text.endswith(" ready."))
        or (text.startswith("Table ") and text.endswith(":"))
        or text == "Access restricted"
    )


def _gateway(text: str) -> bytes | None:
    """Give the address of ``via 10.0.0.9 on eth0``."""
    words = split(text, " ")
    behind = words[words.index("via") + 1 :] if "via" in words else []
    return address(behind[0].partition("%")[0]) if behind else None


def _octets(name: str, value: str) -> tuple[int, bytes] | None:
    """Read type and value of an attribute that BIRD does not know: ``28 [t]`` and ``01 02``."""
    texts = [name.removesuffix(" [t]"), *split(value, " ")]
    if not all(map(_OCTET.fullmatch, texts)):
        return None
    code, *octets = (int(text, 16) for text in texts)
    return None if code in _READ else (code, bytes(octets))


def _aggregator(text: str) -> tuple[int, bytes] | None:
    """Read ``192.0.2.1 AS64500``."""
    ip, who, *_ = [*split(text, " "), "", ""]
    where, asn = address4(ip), as_number(who.removeprefix("AS")) if who[:2] == "AS" else None
    return None if where is None or asn is None else (asn, where)
