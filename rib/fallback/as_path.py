"""AS_PATH (RFC 4271 section 4.3, RFC 6793): segments, the merge with AS4_PATH, origin and length.

On the wire a path is segments of type(1), number of ASes(1), ASes(2 or 4 octets each).
"""

import struct
from typing import NamedTuple

__all__ = [
    "AS_CONFED_SEQUENCE",
    "AS_CONFED_SET",
    "AS_SEQUENCE",
    "AS_SET",
    "CONFEDERATION",
    "Origin",
    "Segment",
    "decode",
    "encode",
    "length",
    "merge",
    "origin",
    "read",
]

AS_SET, AS_SEQUENCE, AS_CONFED_SEQUENCE, AS_CONFED_SET = 1, 2, 3, 4
CONFEDERATION = frozenset((AS_CONFED_SEQUENCE, AS_CONFED_SET))

#: Positions in ``rib.schema.ORIGIN_KINDS``.
SINGLE, SET1, SET, CONFED, LOCAL = range(5)

_FORMATS = {2: [struct.Struct(f"!{n}H") for n in range(256)]} | {
    4: [struct.Struct(f"!{n}I") for n in range(256)]
}


class Segment(NamedTuple):
    """A path segment: its type and its ASes as received."""

    kind: int
    asns: tuple[int, ...]


class Origin(NamedTuple):
    """Who originated a path, how that was found, and the AS to the left."""

    asn: int | None
    kind: int
    upstream: int | None


def decode(value: bytes, octets: int) -> list[Segment] | None:
    """Give the segments of a path with ASNs of 2 or 4 octets; None where they do not close."""
    path, at, size, formats = [], 0, len(value), _FORMATS[octets]
    while at < size:
        if at + 2 > size:
            return None
        kind, count = value[at], value[at + 1]
        end = at + 2 + count * octets
        if not AS_SET <= kind <= AS_CONFED_SET or end > size:
            return None
        path.append(Segment(kind, formats[count].unpack_from(value, at + 2)))
        at = end
    return path


def encode(path: list[Segment]) -> bytes:
    """Give the path with ASNs of 4 octets, the form it is interned by."""
    return b"".join(
        bytes((s.kind, len(s.asns))) + _FORMATS[4][len(s.asns)].pack(*s.asns) for s in path
    )


def length(path: list[Segment]) -> int:
    """Length of RFC 4271 section 9.1.2.2: prepends count, a set is 1, confederations 0."""
    return sum(len(s.asns) if s.kind == AS_SEQUENCE else 1 if s.kind == AS_SET else 0 for s in path)


def merge(path: list[Segment], as4_path: list[Segment]) -> list[Segment] | None:
    """Put AS4_PATH after the leading ASes it lacks (RFC 6793 section 4.2.3).

    Counts across segment boundaries and never joins two segments. None where AS4_PATH is longer
    than AS_PATH and so must be ignored.
    """
    left = length(path) - length(as4_path)
    if left < 0:
        return None
    merged = []
    for segment in path:
        if segment.kind in CONFEDERATION:  # leading, or next to a segment that is kept whole
            merged.append(segment)
        elif left == 0:
            break
        elif segment.kind == AS_SET:
            merged.append(segment)
            left -= 1
        elif len(segment.asns) <= left:
            merged.append(segment)
            left -= len(segment.asns)
        else:
            merged.append(Segment(AS_SEQUENCE, segment.asns[:left]))
            break
    return merged + [s for s in as4_path if s.kind not in CONFEDERATION]


def read(
    value: bytes | None, as4: bytes | None, octets: int, *, use_as4: bool
) -> tuple[list[Segment] | None, list[str]]:
    """Give the path of a route, without empty segments, and the quirks met.

    Parameters
    ----------
    value, as4 : bytes or None
        Values of AS_PATH and AS4_PATH.
    octets : int
        4 in TABLE_DUMP_V2, 2 in TABLE_DUMP; the other is tried where that does not close.
    use_as4 : bool
        Whether AS4_PATH may count.

    Returns
    -------
    path : list of Segment or None
        None where the AS_PATH does not close.
    quirks : list of str
    """
    if value is None:
        return [], ["missing_as_path"]
    quirks = []
    received = decode(value, octets)
    as_told = received is not None
    if not as_told:
        other = 6 - octets
        received = decode(value, other)
        quirks.append(f"as_path_{other}_octet")
    if received is None:
        return None, []
    path = _without_empty(received)
    quirks += ["empty_segment"] * (len(received) - len(path))
    if as4 is not None:
        newer = decode(as4, 4) if use_as4 and as_told else None
        merged = None if newer is None else merge(path, _without_empty(newer))
        quirks.append("as4_path_ignored" if merged is None else "as4_path_merged")
        path = path if merged is None else merged
    return path, quirks


def _without_empty(path: list[Segment]) -> list[Segment]:
    return path if all(s.asns for s in path) else [s for s in path if s.asns]


def origin(path: list[Segment]) -> Origin:
    """Find the origin AS and its upstream.

    The upstream is the first AS left of the origin that differs from it, over the segments that
    are not of a confederation; unknown where that is one of several members of an AS_SET.
    """
    if not path:
        return Origin(None, LOCAL, None)
    last = path[-1]
    if last.kind in CONFEDERATION:
        return Origin(None, CONFED, None)
    asn = last.asns[-1]
    if last.kind == AS_SEQUENCE:
        kind = SINGLE
    elif all(other == asn for other in last.asns):
        kind = SET1
    else:
        return Origin(None, SET, None)
    for segment in reversed(path):
        if segment.kind in CONFEDERATION:
            continue
        for other in reversed(segment.asns):
            if other != asn:
                alone = segment.kind == AS_SEQUENCE or len(set(segment.asns)) == 1
                return Origin(asn, kind, other if alone else None)
    return Origin(asn, kind, None)
