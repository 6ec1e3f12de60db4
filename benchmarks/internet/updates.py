"""The updates that lead from one dump of the collector to the next (RFC 6396 section 4.4)."""

import struct
from collections import defaultdict
from collections.abc import Iterator

from internet import cast
from internet import mrt_writer as mrt

#: The session with this vantage point, which sends little, is lost and comes back in between.
_RESET = next(n for n, v in enumerate(cast.VANTAGE_POINTS) if v.partial)
_COLLECTOR_IP = {4: "80.249.208.9", 6: "2001:7f8:1::a501:2654:1"}
_MP_REACH = 14
_ESTABLISHED, _IDLE, _OPENCONFIRM = 6, 1, 5
#: Octets of prefixes per message; a message must stay below 4,096 octets with its attributes.
_PREFIXES = 2_000

_Key = tuple[int, bytes, bool]  # session, prefix as NLRI, whether it is IPv6


def _entries(dump: bytes) -> Iterator[tuple[_Key, bytes]]:
    """Give the attribute block of every (session, prefix) of a dump."""
    at = 0
    while at < len(dump):
        _, _, subtype, length = struct.unpack_from("!IHHI", dump, at)
        body = dump[at + 12 : at + 12 + length]
        at += 12 + length
        if subtype == 1:
            continue
        end = 5 + (body[4] + 7) // 8
        nlri, (count,) = body[4:end], struct.unpack_from("!H", body, end)
        entry = end + 2
        for _ in range(count):
            session, _, size = struct.unpack_from("!HIH", body, entry)
            yield (session, nlri, subtype == 4), body[entry + 8 : entry + 8 + size]
            entry += 8 + size


def _with_prefixes(block: bytes, nlri: bytes, *, is_v6: bool) -> tuple[bytes, bytes]:
    """Give the attributes of an UPDATE and what follows them, from the block of a dump."""
    if not is_v6:
        return block, nlri
    attributes, at = [], 0
    while at < len(block):
        wide = block[at] & 0x10
        size = int.from_bytes(block[at + 2 : at + (4 if wide else 3)], "big")
        end = at + (4 if wide else 3) + size
        if block[at + 1] == _MP_REACH:
            hop = block[end - size : end]  # abbreviated: length(1) next hop
            full = struct.pack("!HB", mrt.IPV6, mrt.UNICAST) + hop + b"\0" + nlri
            attributes.append(mrt.attribute(_MP_REACH, full))
        else:
            attributes.append(block[at:end])
        at = end
    return b"".join(attributes), b""


def _session(number: int) -> mrt.Session:
    ip = cast.VANTAGE_POINTS[number].ip
    family = 6 if ":" in ip else 4
    asn = cast.VANTAGE_POINTS[number].asn
    return mrt.Session(asn, cast.COLLECTOR_AS, ip, _COLLECTOR_IP[family])


def _chunks(prefixes: list[bytes]) -> Iterator[bytes]:
    field = b""
    for nlri in prefixes:
        if len(field) + len(nlri) > _PREFIXES:
            yield field
            field = b""
        field += nlri
    yield field


def _withdrawals(gone: list[_Key]) -> Iterator[tuple[int, bytes]]:
    groups = defaultdict[tuple[int, bool], list[bytes]](list)
    for session, nlri, is_v6 in gone:
        groups[session, is_v6].append(nlri)
    for (session, is_v6), prefixes in groups.items():
        for field in _chunks(prefixes):
            unreach = mrt.mp_unreach(mrt.IPV6, mrt.UNICAST, field) if is_v6 else b""
            yield (
                session,
                mrt.bgp_update(withdrawn=b"" if is_v6 else field, attributes=unreach),
            )


def _announcements(new: dict[_Key, bytes]) -> Iterator[tuple[int, bytes]]:
    groups = defaultdict[tuple[int, bool, bytes], list[bytes]](list)
    for (session, nlri, is_v6), block in new.items():
        groups[session, is_v6, block].append(nlri)
    for (session, is_v6, block), prefixes in groups.items():
        for field in _chunks(prefixes):
            attributes, announced = _with_prefixes(block, field, is_v6=is_v6)
            yield session, mrt.bgp_update(attributes=attributes, announced=announced)


def updates_between(first: bytes, second: bytes, start: int, end: int) -> bytes:
    """Return the update file from one dump's content to another's, spread over the time between.

    One session is lost half-way: its state changes, and it announces all its routes again.
    """
    before, after = dict(_entries(first)), dict(_entries(second))
    gone = sorted(key for key in before if key not in after)
    new = {key: after[key] for key in sorted(after) if before.get(key) != after[key]}
    again = {key: block for key, block in sorted(after.items()) if key[0] == _RESET}
    messages = [*_withdrawals(gone), *_announcements(new)]
    last = list(_announcements(again))
    step = (end - start - 120) / (len(messages) + len(last) + 2)
    records: list[bytes] = []

    def now() -> int:
        return start + 60 + int(step * len(records))

    def write(session: int, message: bytes) -> None:
        records.append(mrt.message(_session(session), message, timestamp=now()))

    for session, message in messages:
        write(session, message)
    for old, state in ((_ESTABLISHED, _IDLE), (_OPENCONFIRM, _ESTABLISHED)):
        records.append(mrt.state_change(_session(_RESET), old, state, timestamp=now()))
    for session, message in last:
        write(session, message)
    return b"".join(records)
