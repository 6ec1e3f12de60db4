"""Tables of ``show ip bgp``: a line for each route, whose columns the heading places.

Columns may be empty, lines are wrapped after a long prefix or next hop, and rows may be shifted by a few
characters against their heading. A table does not say which peer a route is from: it is taken to be the next hop.
"""

import re
from dataclasses import dataclass

from rib.fallback.views.fields import Prefix, address, as_path, number, prefix
from rib.fallback.views.records import Attributes, Line, Speaker, View

__all__ = ["Tables", "masked"]

_FLAGS = frozenset(" *>=|&#sdhrSRmbfxactiIeElLNVBwDpUq?2+")
_WORD = re.compile(r"\S+")
_COLUMNS = re.compile(r"Network|Next[ -][Hh]op|Metric|MED|AIGP|LocPre?f|Weight|Path")
_ORIGINS = {"i": 0, "e": 1, "?": 2}
#: What EOS adds behind the path.
_BEHIND = re.compile(r"\s(Or-ID|C-LST|LL Nexthop):")
#: Characters a row may be shifted.
_MAX_SHIFT = 3
#: Characters that EOS begins a column behind its heading.
_SLACK = 2


@dataclass(frozen=True)
class _Word:
    start: int
    end: int
    text: str


@dataclass
class _Row:
    """A route whose lines are read."""

    line: Line
    size: int
    flags: str
    network: str | None
    next_hop: _Word | None = None


def masked(view: View, line: Line, text: str) -> Prefix | None:
    """Read a prefix: host bits are cleared, with an issue; a length left out is that of the class (RFC 791)."""
    ip, slash, bits = text.partition("/")
    octets = address(ip)
    if octets is None:
        return None
    if not slash and len(octets) == 4:
        first = octets[0]
        length = 8 if first < 128 else 16 if first < 192 else 24
        return prefix(f"{text}/{length if any(octets) else 0}")
    known, asked = prefix(text), number(bits)
    if known is None and asked is not None and asked <= len(octets) * 8:
        view.issue(line, "host_bits", "a prefix without host bits", text)
        host = (1 << (len(octets) * 8 - asked)) - 1
        network = int.from_bytes(octets) & ~host
        known = (4 if len(octets) == 4 else 6, asked, network.to_bytes(len(octets)))
    return known


class Tables:
    """The tables of a view; ``other`` names the family of routes that are only counted."""

    def __init__(self, view: View) -> None:
        self.other = ""
        self._view = view
        self._columns: dict[str, _Word] = {}
        self._is_left = "LocPref" in self._columns.get("loc", _Word(0, 0, "")).text
        self._is_collapsed = self._is_left = False
        self._network: str | None = None
        self._row: _Row | None = None

    def heading(self, text: str) -> None:
        """Take the places of columns."""
        self.end()
        self.forget()
        found = [_Word(m.start(), m.end(), m[0]) for m in _COLUMNS.finditer(text)]
        self._columns = {word.text[:3].lower(): word for word in found}
        # Blanks that were collapsed, by a browser say, take the empty columns with them.
        self._is_left = "LocPref" in self._columns.get("loc", _Word(0, 0, "")).text
        self._is_collapsed = "Hop Metric LocPrf" in text or "hop Metric LocPrf" in text

    def forget(self) -> None:
        """Forget the prefix of rows that do not repeat it."""
        self._network = None

    def line(self, line: Line) -> None:
        """Read a line of a table."""
        if self._is_collapsed:
            self._lost(line, line.size, "the blanks of empty columns")
            return
        row = self._row
        if row is not None:
            row.size += line.size
            self._row = None
            words = _words(line.text, 0)
            if row.next_hop is None and words and _is_address(words[0].text):
                row.next_hop = words.pop(0)
            if row.next_hop is None:
                self._lost(row.line, row.size, "a next hop on the next line")
                return
            self._finish(row, words)
            return
        begin = self._begin(line.text)
        if begin is None:
            self.forget()
            self._view.unknown(line, "a row of a BGP table")
            return
        first, *rest = _words(line.text, begin)
        row = _Row(line, line.size, line.text[:begin], None)
        if "/" in first.text or (rest and (rest[0].text == "-" or _is_address(rest[0].text))):
            row.network = self._network = first.text
            row.next_hop = rest.pop(0) if rest else None
        else:
            row.network, row.next_hop = self._network, first
        if rest:
            self._finish(row, rest)
        else:
            self._row = row

    def end(self) -> None:
        """End the table."""
        if self._row is not None:
            self._lost(self._row.line, self._row.size, "the rest of a route on the next line")
            self._row = None

    def _begin(self, text: str) -> int | None:
        """Give where the flags of a row end; None where it is no row."""
        heading = self._columns.get("net")
        at = heading.start if heading else 0
        aligned = _WORD.match(text, at)
        if at and aligned and set(text[:at]) <= _FLAGS and _is_address(aligned[0]):
            return at
        for word in _words(text, 0):
            for at in range(len(word.text)):
                if not set(text[: word.start + at]) <= _FLAGS:
                    return None
                if _is_address(word.text[at:]):
                    return word.start + at
        return None

    def _finish(self, row: _Row, words: list[_Word]) -> None:
        if not words and row.next_hop is not None:  # what follows the next hop is on the next line
            self._row = row
            return
        if self.other:
            self._view.other(self.other, row.line.number)
            self._view.read("other_family", 1, row.size)
            return
        expected = self._add(row, words)
        if expected:
            self._lost(row.line, row.size, expected)
        else:
            self._view.read("best" if ">" in row.flags else "route", 1, row.size)

    def _add(self, row: _Row, words: list[_Word]) -> str:
        """Add a route; gives what was expected of it where it is not one."""
        where = None if row.network is None else masked(self._view, row.line, row.network)
        if where is None:
            return "a prefix without host bits"
        hop = row.next_hop
        shift = hop.start - self._columns["nex"].start if hop else 0
        shift = shift if abs(shift) <= _MAX_SHIFT else 0
        places = self._left(words, shift) if self._is_left else self._right(words, shift)
        known = None if places is None else _numbers(places)
        if places is None or known is None:
            return "numbers and a path where the heading has them"
        path = [word.text for word in words[len(places) :]]
        if not path or path[-1] not in _ORIGINS:
            return "an AS path that ends in i, e or ?"
        value = as_path(" ".join(path[:-1]))
        if value is None:
            return "an AS path"
        ip = address(hop.text.partition("(")[0].partition("%")[0]) if hop else None
        found = Attributes(_ORIGINS[path[-1]], value, ip)
        found.med, found.local_pref = known.get("met", known.get("med")), known.get("loc")
        block, peer = found.wire(where[0]), self._view.peer(self._speaker(ip, where, value))
        if block is None or peer is None:
            return "at most 65535 octets of attributes, and peers"
        self._view.add(where, 0, peer, None, block)
        return ""

    def _speaker(self, ip: bytes | None, where: Prefix, path: bytes) -> Speaker:
        if ip is not None and any(ip):
            return Speaker(b"", None, ip)
        return Speaker(b"unknown" if path else b"", None, bytes(len(where[2])))

    def _number_columns(self) -> list[str]:
        return [name for name in self._columns if name in ("met", "med", "aig", "loc", "wei")]

    def _left(self, words: list[_Word], shift: int) -> dict[str, _Word] | None:
        """Give the numbers of a row of EOS by column: none is empty, and they begin below the heading."""
        places = dict(zip(self._number_columns(), words, strict=False))
        for name, word in places.items():
            if not 0 <= word.start - self._columns[name].start - shift <= _SLACK:
                return None
        return places

    def _right(self, words: list[_Word], shift: int) -> dict[str, _Word] | None:
        """Give the numbers of a row by column; they end below the heading, or push what follows to the right.

        What is not in its place may be a number of another column, or an AS of the path.
        """
        places: dict[str, _Word] = {}
        for name in self._number_columns():
            end = self._columns[name].end + shift
            word = words[len(places)] if len(places) < len(words) else None
            if word is None or word.start >= end:
                continue
            if word.end < end:
                return None
            shift += word.end - end
            places[name] = word
        rest = words[len(places) :]
        begin = self._columns["pat"].start + shift
        return places if rest and rest[0].start == begin else None

    def _lost(self, line: Line, size: int, expected: str) -> None:
        self._view.lost(line, size, "malformed_route", expected, line.text)


def _numbers(places: dict[str, _Word]) -> dict[str, int] | None:
    """Read numbers by column, - left out."""
    found = {name: number(word.text) for name, word in places.items() if word.text != "-"}
    known = {name: value for name, value in found.items() if value is not None}
    return known if len(known) == len(found) else None


def _words(text: str, begin: int) -> list[_Word]:
    cut = _BEHIND.search(text)
    stop = cut.start() if cut else len(text)
    return [_Word(m.start(), m.end(), m[0]) for m in _WORD.finditer(text, begin, stop)]


def _is_address(text: str) -> bool:
    """Whether text is an address, with a length or a name behind it, as ``10.0.0.2(r2)``."""
    ip, _, bits = text.partition("/")
    return address(ip.partition("(")[0].partition("%")[0]) is not None and (
        not bits or number(bits) is not None
    )
