"""Routes of a view as RIB records of TABLE_DUMP_V2, and what became of every byte of its text.

The twin of ``rust/src/views``, which says more; formats that only Python reads use it as well.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from rib.fallback.views.fields import Prefix

__all__ = ["Attributes", "Line", "Speaker", "View", "lines", "shown"]

#: Problems beyond this many of one part are only counted.
_MAX_ISSUES = 1000
#: Octets of a line that an issue shows.
_SHOWN = 60
_MAX_U16 = 0xFFFF
_TABLE_DUMP_V2 = 13
#: Subtype by family and whether entries have ADD-PATH ids.
_RIB_UNICAST = {(4, False): 2, (6, False): 4, (4, True): 8, (6, True): 10}
_WELL_KNOWN, _OPTIONAL, _OPTIONAL_TRANSITIVE, _EXTENDED_LENGTH = 0x40, 0x80, 0xC0, 0x10


class Line(NamedTuple):
    """One line without its end: number from 0, where it begins, octets with its end, content."""

    number: int
    offset: int
    size: int
    text: str


def lines(text: bytes) -> Iterator[Line]:
    """Give the lines of a text, one character for each octet."""
    number = at = 0
    while at < len(text):
        end = text.find(b"\n", at)
        stop = len(text) if end < 0 else end
        after = len(text) if end < 0 else end + 1
        content = text[at:stop].decode("latin-1").removesuffix("\r")
        yield Line(number, at, after - at, content)
        number, at = number + 1, after


class Speaker(NamedTuple):
    """A peer as a view tells of it.

    Name of the session or protocol, empty where there is none; its AS and BGP identifier, where the
    view says them; the octets of its address, zeros where the view has none.
    """

    name: bytes
    asn: int | None
    address: bytes
    bgp_id: bytes | None = None


def _attribute(flags: int, code: int, value: bytes) -> bytes:
    if len(value) > 0xFF:
        return struct.pack("!BBH", flags | _EXTENDED_LENGTH, code, len(value)) + value
    return bytes((flags, code, len(value))) + value


@dataclass
class Attributes:
    """Path attributes of one route; what a view does not tell is absent."""

    origin: int | None = None
    as_path: bytes = b""
    next_hop: bytes | None = None
    link_local: bytes | None = None
    med: int | None = None
    local_pref: int | None = None
    atomic_aggregate: bool = False
    aggregator: tuple[int, bytes] | None = None
    communities: list[int] = field(default_factory=list)
    originator_id: bytes | None = None
    cluster_list: list[bytes] = field(default_factory=list)
    extended_communities: list[int] = field(default_factory=list)
    large_communities: list[tuple[int, ...]] = field(default_factory=list)
    otc: int | None = None
    #: Type and value of others, optional and transitive.
    unknown: list[tuple[int, bytes]] = field(default_factory=list)

    def wire(self, family: int) -> bytes | None:
        """Write them in ascending order of type; None where they do not fit a RIB entry."""
        found: list[tuple[int, int, bytes | None]] = [
            (_WELL_KNOWN, 1, None if self.origin is None else bytes((self.origin,))),
            (_WELL_KNOWN, 2, self.as_path),
            (_WELL_KNOWN, 3, self._next_hop(family)),
            (_OPTIONAL, 4, _word(self.med)),
            (_WELL_KNOWN, 5, _word(self.local_pref)),
            (_WELL_KNOWN, 6, b"" if self.atomic_aggregate else None),
            (_OPTIONAL_TRANSITIVE, 7, self._aggregator()),
            (_OPTIONAL_TRANSITIVE, 8, _words("I", self.communities)),
            (_OPTIONAL, 9, self.originator_id),
            (_OPTIONAL, 10, b"".join(self.cluster_list) or None),
            (_OPTIONAL, 14, self._mp_reach(family)),
            (_OPTIONAL_TRANSITIVE, 16, _words("Q", self.extended_communities)),
            (_OPTIONAL_TRANSITIVE, 32, _words("I", sum(self.large_communities, ()))),
            (_OPTIONAL_TRANSITIVE, 35, _word(self.otc)),
            *((_OPTIONAL_TRANSITIVE, code, value) for code, value in self.unknown),
        ]
        given = [(flags, code, value) for flags, code, value in found if value is not None]
        if any(len(value) > _MAX_U16 for _, _, value in given):
            return None
        block = b"".join(_attribute(*each) for each in given)
        return block if len(block) <= _MAX_U16 else None

    def _aggregator(self) -> bytes | None:
        return self.aggregator and struct.pack("!I", self.aggregator[0]) + self.aggregator[1]

    def _next_hop(self, family: int) -> bytes | None:
        hop = self.next_hop
        return hop if hop is not None and len(hop) == family == 4 else None

    def _mp_reach(self, family: int) -> bytes | None:
        """Write MP_REACH_NLRI as RFC 6396 §4.3.4 abbreviates it."""
        hop = self.next_hop
        if hop is None or len(hop) == family == 4:
            return None
        if len(hop) == 16 and self.link_local is not None:
            hop += self.link_local
        return bytes((len(hop),)) + hop


def _word(value: int | None) -> bytes | None:
    return None if value is None else struct.pack("!I", value)


def _words(kind: str, values: list[int] | tuple[int, ...]) -> bytes | None:
    return struct.pack(f"!{len(values)}{kind}", *values) if values else None


def shown(text: str, most: int = _SHOWN) -> str:
    r"""Give text for an issue: what is not printable ASCII is written as its octets, ``\x1b``."""
    cut = text[:most]
    plain = "".join(c if " " <= c <= "~" else f"\\x{ord(c):02x}" for c in cut)
    return plain + "..." * (len(text) > most)


class View:
    """Records that grow, their peers, and the account of the text they come from."""

    def __init__(self) -> None:
        self.n_lines = 0
        self.n_lost = 0
        self._records: dict[str, int] = {}
        self._record_bytes: dict[str, int] = {}
        self._skipped: list[tuple[int, int, str]] = []
        self._issues: list[tuple[int, int, str, str]] = []
        self._n_issues = 0
        self._other: dict[str, tuple[int, int]] = {}
        self._peers: dict[Speaker, int] = {}
        self._bgp_ids: dict[int, bytes] = {}
        self._out: list[bytes] = []
        self._shared: tuple[Prefix, int, bool] | None = None
        self._entries: list[bytes] = []

    # -- routes ----------------------------------------------------------------------------------

    def peer(self, speaker: Speaker) -> int | None:
        """Give the index of a peer, added if new; None where there are more than a record can number."""
        index = self._peers.get(speaker)
        if index is None and len(self._peers) < _MAX_U16:
            index = self._peers[speaker] = len(self._peers)
        return index

    def identify(self, peer: int, bgp_id: bytes) -> None:
        """Say the BGP identifier of a peer, which it had not when it was added."""
        self._bgp_ids[peer] = bgp_id

    def add(
        self, where: Prefix, time: int, peer: int, path_id: int | None, attributes: bytes
    ) -> None:
        """Add a route."""
        shared = (where, time, path_id is not None)
        if shared != self._shared or len(self._entries) == _MAX_U16:
            self._end()
            self._shared = shared
        added = b"" if path_id is None else struct.pack("!I", path_id)
        head = struct.pack("!HI", peer, 0) + added + struct.pack("!H", len(attributes))
        self._entries.append(head + attributes)

    def _end(self) -> None:
        if self._shared is None or not self._entries:
            return
        (family, length, network), time, has_ids = self._shared
        nlri = bytes((length,)) + network[: (length + 7) // 8]
        count = struct.pack("!H", len(self._entries))
        body = b"".join((bytes(4), nlri, count, *self._entries))
        subtype = _RIB_UNICAST[family, has_ids]
        self._out += (struct.pack("!IHHI", time, _TABLE_DUMP_V2, subtype, len(body)), body)
        self._entries = []

    # -- the account -----------------------------------------------------------------------------

    def read(self, kind: str, n: int, size: int) -> None:
        """Count something that was read; a kind may be given more octets later, with ``n`` 0."""
        self._records[kind] = self._records.get(kind, 0) + n
        self._record_bytes[kind] = self._record_bytes.get(kind, 0) + size

    def text(self, line: Line) -> None:
        """Count a line that is text around routes."""
        self.read("text", 1, line.size)

    def other(self, family: str, line: int) -> None:
        """Count a route of another family."""
        name = shown(family)
        n, first = self._other.get(name, (0, line))
        self._other[name] = (n + 1, first)

    def issue(self, line: Line, kind: str, expected: str, found: str) -> None:
        """Note a problem with something that is read all the same."""
        self._n_issues += 1
        if len(self._issues) < _MAX_ISSUES:
            detail = f"expected {expected}, found '{shown(found)}'"
            self._issues.append((line.number, line.offset, kind, detail))

    def skip(self, offset: int, length: int, reason: str) -> None:
        """Note octets that are not read; ranges that touch and have one reason are one."""
        if self._skipped:
            begin, size, why = self._skipped[-1]
            if begin + size == offset and why == reason:
                self._skipped[-1] = (begin, size + length, reason)
                return
        self._skipped.append((offset, length, reason))

    def unknown(self, line: Line, expected: str) -> None:
        """Note a line that is not understood."""
        self.issue(line, "unknown_line", expected, line.text)
        self.skip(line.offset, line.size, "unknown_line")

    def lost(self, line: Line, size: int, kind: str, expected: str, found: str) -> None:
        """Note a route that is not read."""
        self.n_lost += 1
        self.issue(line, kind, expected, found)
        self.read("lost", 1, size)

    def result(self) -> tuple[bytes, dict[str, Any]]:
        """Give the records, without the table of peers that they refer to, and the account."""
        self._end()
        return b"".join(self._out), {
            "peers": [
                (*peer[:3], self._bgp_ids.get(number, peer.bgp_id))
                for number, peer in enumerate(self._peers)
            ],
            "records": self._records,
            "record_bytes": self._record_bytes,
            "skipped": self._skipped,
            "issues": self._issues,
            "n_issues": self._n_issues,
            "n_lost": self.n_lost,
            "n_lines": self.n_lines,
            "other": self._other,
        }
