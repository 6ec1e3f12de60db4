"""Lines of ``bgpdump -m``; the twin of ``rust/src/views/bgpdump.rs``, which says more."""

from typing import TypeVar

from rib.fallback.views.fields import (
    address,
    address4,
    as_number,
    as_path,
    community,
    large,
    number,
    origin,
    prefix,
    split,
    strip,
)
from rib.fallback.views.records import Attributes, Line, Speaker, View, lines

__all__ = ["read_bgpdump"]

_NO_NEXT_HOP = b"\xff" * 4
_ROUTE = "a line of bgpdump -m like TABLE_DUMP2|time|B|peer|AS|prefix|path|ORIGIN|..."
#: Fields of a line after the prefix and the ADD-PATH id.
_N_FIELDS = 8
_T = TypeVar("_T")


class _RefusedError(Exception):
    """A line is not read: what was expected."""


def read_bgpdump(text: bytes) -> View:
    """Read a part of a view that ends between two lines."""
    view = View()
    for line in lines(text):
        view.n_lines += 1
        if not strip(line.text):
            view.text(line)
            continue
        kind = line.text.partition("|")[0]
        if kind.startswith("BGP4MP"):
            view.issue(line, "not_a_route", "routes of a RIB", line.text)
            view.skip(line.offset, line.size, "not_a_route")
        elif kind not in ("TABLE_DUMP2", "TABLE_DUMP", "TABLE_DUMP2_AP"):
            view.n_lost += 1
            view.unknown(line, _ROUTE)
        else:
            try:
                _add(view, line)
                view.read("route", 1, line.size)
            except _RefusedError as refused:
                view.lost(line, line.size, "malformed_route", str(refused), line.text)
    return view


def _add(view: View, line: Line) -> None:
    kind, time, letter, ip, asn, where, *rest = [*line.text.split("|"), *[""] * 6]
    seconds = _expect(number(time.partition(".")[0]), "seconds since 1970 in field 2")
    if letter != "B":
        raise _RefusedError("B in field 3")
    network = _expect(prefix(where), "a prefix without host bits in field 6")
    path_id = None
    if kind == "TABLE_DUMP2_AP":
        path_id = _expect(number(rest.pop(0)), "an ADD-PATH id in field 7")
    path, *others = [*rest, *[""] * _N_FIELDS][:_N_FIELDS]
    value = _expect(as_path(path), "an AS path after the prefix")
    found = _optional(view, line, others)
    found.as_path = value
    block = _expect(found.wire(network[0]), "at most 65535 octets of attributes")
    speaker = Speaker(
        b"",
        _expect(as_number(asn), "the AS of the peer in field 5"),
        _expect(address(ip), "the address of the peer in field 4"),
    )
    view.add(network, seconds, _expect(view.peer(speaker), "at most 65535 peers"), path_id, block)


def _expect(value: _T | None, expected: str) -> _T:
    if value is None:
        raise _RefusedError(expected)
    return value


def _optional(view: View, line: Line, texts: list[str]) -> Attributes:
    """Read what a route may lack: what is not understood is left out, with an issue."""
    code, hop, local_pref, med, communities, atomic, aggregator = texts
    found = Attributes(origin=_expect(origin(code), "ORIGIN after the AS path"))

    def left_out(expected: str, text: str) -> None:
        view.issue(line, "unreadable_attribute", expected, text)

    read = address(hop)
    if read is None and hop:
        left_out("a next hop", hop)
    found.next_hop = None if read == _NO_NEXT_HOP else read
    values = []
    for text, name in ((local_pref, "LOCAL_PREF"), (med, "MED")):
        value = number(text)
        if value is None and text:
            left_out(name, text)
        values.append(value or None)
    found.local_pref, found.med = values
    for text in split(communities, " "):
        if (standard := community(text)) is not None:
            found.communities.append(standard)
        elif (triple := large(text.split(":"))) is not None:
            found.large_communities.append(triple)
        else:
            left_out("a community", text)
    found.atomic_aggregate = atomic == "AG"
    if atomic not in ("AG", "NAG"):
        left_out("AG or NAG", atomic)
    if aggregator:
        asn, ip, *_ = [*split(aggregator, " "), "", ""]
        who, where = as_number(asn), address4(ip)
        if who is None or where is None:
            left_out("AS and address of the aggregator", aggregator)
        else:
            found.aggregator = (who, where)
    return found
