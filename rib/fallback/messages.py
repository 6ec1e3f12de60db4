"""BGP4MP records (RFC 6396 section 4.4, RFC 8050), MRT type 5, and UPDATE messages inside them.

BGP4MP    [microseconds(4)] peer AS(2|4) local AS(2|4) interface(2) AFI(2) peer IP local IP, then
          a BGP message, or old state(2) new state(2), or an old RIB entry:
          view(2) status(2) originated(4) AFI(2) SAFI(1) length(1) next hop prefix length(2)

Attributes
----------
BGP       peer AS(2) peer IP(4), then local AS(2) local IP(4) and the body of a message, or states
message   marker(16) length(2) type(1) body
UPDATE    length(2) withdrawn length(2) attributes announced
MP_REACH  AFI(2) SAFI(1) length(1) next hop reserved(1) NLRI;  MP_UNREACH  AFI(2) SAFI(1) NLRI
"""

from collections.abc import Iterator
from typing import NamedTuple

from rib.fallback.attributes import RawAttribute
from rib.fallback.prefixes import ADDRESS_BITS, address_text, host_bits_cleared, prefix_key

__all__ = [
    "FORMS",
    "LEGACY_MESSAGES",
    "MESSAGES",
    "Content",
    "Entry",
    "Form",
    "MalformedError",
    "Multiprotocol",
    "Nlri",
    "Update",
    "block_of",
    "has_unmarked_path_ids",
    "multiprotocol",
    "read_entry",
    "read_legacy",
    "read_nlri",
    "read_record",
    "read_update",
]

_NEXT_HOP, _MP_REACH, _MP_UNREACH = 3, 14, 15
_MARKER = b"\xff" * 16
#: Octets of the header of a BGP message, and of the longest message (RFC 8654).
_HEAD, _MAX_MESSAGE = 19, 0xFFFF
_NOWHERE = address_text(bytes(4))
#: Path ids of routers count up from 0 or 1; larger ones are not guessed.
_MAX_UNMARKED = 0xFFFF
_CUT = "the record ends inside its head"
_CUT_ROUTE = "the record ends inside its route"
_CUT_MESSAGE = "the record ends inside the header of its BGP message"
_CUT_PREFIX = "the message ends inside a prefix"

MESSAGES = {1: "OPEN", 2: "UPDATE", 3: "NOTIFICATION", 4: "KEEPALIVE", 5: "ROUTE-REFRESH"}
#: BGP messages by subtype of MRT type 5, which leaves their headers out.
LEGACY_MESSAGES = {1: 2, 5: 1, 6: 3, 7: 4}


class MalformedError(ValueError):
    """What was found instead of what the format demands."""


class Form(NamedTuple):
    """What the subtype of a BGP4MP record says."""

    is_state_change: bool
    as_octets: int
    is_local: bool
    add_path: bool


FORMS = {
    0: Form(True, 2, False, False),
    1: Form(False, 2, False, False),
    4: Form(False, 4, False, False),
    5: Form(True, 4, False, False),
    6: Form(False, 2, True, False),
    7: Form(False, 4, True, False),
    8: Form(False, 2, False, True),
    9: Form(False, 4, False, True),
    10: Form(False, 2, True, True),
    11: Form(False, 4, True, True),
}


class _Octets:
    """Octets read from front to back."""

    def __init__(self, octets: bytes, at: int = 0) -> None:
        self._octets = octets
        self._at = at

    def take(self, size: int, cut: str = _CUT) -> bytes:
        end = self._at + size
        if end > len(self._octets):
            raise MalformedError(cut)
        found = self._octets[self._at : end]
        self._at = end
        return found

    def number(self, size: int, cut: str = _CUT) -> int:
        return int.from_bytes(self.take(size, cut), "big")

    @property
    def rest(self) -> bytes:
        return self._octets[self._at :]


class Content(NamedTuple):
    """A record: its far end, and either two states or a message.

    ``local`` is the AS and address of the near end, where the record has the addresses.
    """

    peer_as: int
    peer_ip: str
    states: tuple[int, int] | None
    message: int = 0
    body: bytes = b""
    missing: int = 0
    trailing: int = 0
    local: tuple[int, str] | None = None


def _addresses(octets: _Octets, cut: str = _CUT) -> tuple[str, str]:
    """Read interface, AFI and both addresses of a session."""
    octets.take(2, cut)
    afi = octets.number(2, cut)
    if afi not in (1, 2):
        raise MalformedError(f"AFI {afi} of the session, expected 1 or 2")
    size = 4 if afi == 1 else 16
    first = octets.take(size, cut)
    return address_text(first), address_text(octets.take(size, cut))


def _states(octets: _Octets) -> tuple[int, int]:
    states = []
    for _ in range(2):
        state = octets.number(2)
        if state > 0xFF:
            raise MalformedError(f"state {state}, expected at most 255")
        states.append(state)
    return states[0], states[1]


def _message(asn: int, ip: str, octets: _Octets) -> Content:
    if octets.take(16, _CUT_MESSAGE) != _MARKER:
        raise MalformedError("the BGP message does not begin with its marker of 255s")
    length, kind = octets.number(2, _CUT_MESSAGE), octets.number(1, _CUT_MESSAGE)
    if length < _HEAD:
        raise MalformedError(f"BGP message length {length}, expected at least {_HEAD}")
    rest, length = octets.rest, length - _HEAD
    missing = max(0, length - len(rest))
    return Content(asn, ip, None, kind, rest[:length], missing, max(len(rest) - length, 0))


def read_record(body: bytes, form: Form) -> Content:
    """Read a message or state change, the microseconds apart."""
    octets = _Octets(body)
    asn = octets.number(form.as_octets)
    local_as = octets.number(form.as_octets)
    # Zebra left interface and addresses out: then the states follow, or the marker of an OPEN.
    if form.is_state_change and len(body) == 8:
        return Content(asn, _NOWHERE, _states(octets))
    if not form.is_state_change and octets.rest.startswith(_MARKER[:4]):
        return _message(asn, _NOWHERE, octets)
    ip, local_ip = _addresses(octets)
    content = (
        Content(asn, ip, _states(octets)) if form.is_state_change else _message(asn, ip, octets)
    )
    return content._replace(local=(local_as, local_ip))


def read_legacy(body: bytes, message: int | None) -> Content:
    """Read a record of MRT type 5; None is a state change."""
    octets = _Octets(body)
    asn, ip = octets.number(2), address_text(octets.take(4))
    if message is None:
        return Content(asn, ip, _states(octets))
    octets.take(6)
    rest = octets.rest
    if (size := _HEAD + len(rest)) > _MAX_MESSAGE:
        raise MalformedError(f"a BGP message of {size} octets, expected at most {_MAX_MESSAGE}")
    return Content(asn, ip, None, message, rest)


class Nlri(NamedTuple):
    """One prefix, host bits masked, and its ADD-PATH id."""

    key: bytes
    had_host_bits: bool
    add_path_id: int | None


def _one_nlri(octets: _Octets, family: int, *, add_path: bool) -> Nlri:
    path_id = octets.number(4, _CUT_PREFIX) if add_path else None
    length = octets.number(1, _CUT_PREFIX)
    if length > ADDRESS_BITS[family]:
        raise MalformedError(f"prefix length {length}, expected at most {ADDRESS_BITS[family]}")
    received = octets.take((length + 7) // 8, _CUT_PREFIX)
    network = received
    if length % 8 and received[-1] & 0xFF >> length % 8:
        network = host_bits_cleared(received, length)
    return Nlri(prefix_key(family, network, length), network is not received, path_id)


def read_nlri(field: bytes, family: int, *, add_path: bool) -> Iterator[Nlri]:
    """Give the prefixes of a field.

    Raises
    ------
    MalformedError
        After those before it, at one that is cut or too long.
    """
    octets = _Octets(field)
    while octets.rest:
        yield _one_nlri(octets, family, add_path=add_path)


def has_unmarked_path_ids(field: bytes, family: int) -> bool:
    """Say whether a field closes with path ids and not without, and they are small.

    A field of which one octet is damaged may close as well, but what it has in the place of path ids
    then are lengths and octets of prefixes, which make large numbers.
    """

    def closes(*, add_path: bool) -> bool:
        try:
            ids = [path_id or 0 for _, _, path_id in read_nlri(field, family, add_path=add_path)]
        except MalformedError:
            return False
        return max(ids, default=0) <= _MAX_UNMARKED

    return not closes(add_path=False) and closes(add_path=True)


class Update(NamedTuple):
    """Parts of an UPDATE; ``attributes`` is None where the message ends before their end."""

    withdrawn: bytes
    attributes: bytes | None
    announced: bytes


def read_update(body: bytes, *, is_cut: bool) -> Update:
    """Cut the body of an UPDATE into its parts.

    Where the record does not hold all of the message, withdrawals before the cut are kept; otherwise
    a length that runs past the message is a lie, and what follows it could be anything.
    """
    start = 2 + int.from_bytes(body[:2], "big")
    if len(body) < 2 or start > len(body):
        return Update(body[2:] if is_cut else b"", None, b"")
    withdrawn = body[2:start]
    end = start + 2 + int.from_bytes(body[start : start + 2], "big")
    if start + 2 > len(body) or end > len(body):
        return Update(withdrawn, None, b"")
    return Update(withdrawn, body[start + 2 : end], body[end:])


class Multiprotocol(NamedTuple):
    """Prefixes of an MP_REACH_NLRI or MP_UNREACH_NLRI attribute."""

    afi: int
    safi: int
    next_hop: bytes
    nlri: bytes


def multiprotocol(
    attributes: list[RawAttribute], *, announcements: bool
) -> Iterator[Multiprotocol | None]:
    """Give what MP_REACH_NLRI or else MP_UNREACH_NLRI say; None where lengths do not close."""
    for attribute in attributes:
        if attribute.type != (_MP_REACH if announcements else _MP_UNREACH):
            continue
        value, at, next_hop = attribute.value, 3, b""
        if announcements:
            at = 5 + value[3] if len(value) > 3 else 5
            next_hop = value[4 : at - 1]
        if at > len(value):
            yield None
        else:
            yield Multiprotocol(int.from_bytes(value[:2], "big"), value[2], next_hop, value[at:])


def _abbreviated(next_hop: bytes) -> bytes:
    """Write an MP_REACH_NLRI of only a next hop (RFC 6396 section 4.3.4)."""
    size = len(next_hop)
    return b"\x90\x0e" + (size + 1).to_bytes(2, "big") + bytes((size,)) + next_hop


def block_of(attributes: list[RawAttribute], next_hop: bytes | None) -> bytes:
    """Give the attributes of an announcement as a RIB dump has them.

    ``next_hop`` is that of the MP_REACH_NLRI the prefixes stand in, None for those after the
    attributes.
    """
    if next_hop is None:
        left_out: tuple[int, ...] = (_MP_REACH, _MP_UNREACH)
        start = b""
    else:
        left_out, start = (_NEXT_HOP, _MP_REACH, _MP_UNREACH), _abbreviated(next_hop)
    return start + b"".join(a.raw for a in attributes if a.type not in left_out)


class Entry(NamedTuple):
    """A route of a BGP4MP_ENTRY record."""

    peer_as: int
    peer_ip: str
    originated: int
    safi: int
    route: Nlri
    block: bytes
    trailing: int


def read_entry(body: bytes) -> Entry:
    """Read a BGP4MP_ENTRY record, a RIB entry from before TABLE_DUMP_V2.

    The near end comes first, as OpenBGPD writes it.
    """
    octets = _Octets(body)
    octets.take(2, _CUT_ROUTE)
    peer_as = octets.number(2, _CUT_ROUTE)
    _, peer_ip = _addresses(octets)
    octets.take(4, _CUT_ROUTE)
    originated = octets.number(4, _CUT_ROUTE)
    afi, safi = octets.number(2, _CUT_ROUTE), octets.number(1, _CUT_ROUTE)
    if afi not in (1, 2):
        raise MalformedError(f"AFI {afi} of the route, expected 1 or 2")
    next_hop = octets.take(octets.number(1, _CUT_ROUTE), _CUT_ROUTE)
    route = _one_nlri(octets, 4 if afi == 1 else 6, add_path=False)
    attributes = octets.take(octets.number(2, _CUT_ROUTE), _CUT_ROUTE)
    block = _abbreviated(next_hop) + attributes
    return Entry(peer_as, peer_ip, originated, safi, route, block, len(octets.rest))
