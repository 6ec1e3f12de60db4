"""Finding records again in damaged bytes: only a chain of headers that lead to one another counts.

Twelve bytes that look like a header are found in any file. Three of them, each where the one before
says that it ends, are found by chance in one of 10^20 places.
"""

import re
import struct

__all__ = ["SUBTYPES", "are_near", "find", "is_chain"]

_HEADER = struct.Struct("!IHHI")
#: Headers that make a chain, where the input does not end before.
_LINKS = 3
#: Real records are far shorter; what claims to be longer is no link.
_MAX_LINK = 1 << 20
#: Records of one file are written within hours; two that are further apart are not neighbours.
_MAX_SECONDS = 2 * 86_400
#: Types and subtypes of RFC 6396 and 8050, and of its predecessors for BGP.
SUBTYPES = {
    5: range(8),
    12: range(1, 3),
    13: range(1, 13),
    16: range(12),
    17: range(12),
    **dict.fromkeys((11, 32, 33, 48, 49), range(1)),
}
_TYPE = re.compile(b"\0[" + re.escape(bytes(SUBTYPES)) + rb"]\0[\0-\x0c]\0", re.DOTALL)


def find(buffer: bytes, start: int, *, at_end: bool) -> tuple[bool, int]:
    """Look for the first chain from a position on.

    Returns
    -------
    found : bool
        Whether there is one.
    position : int
        Where it begins; otherwise where the search goes on once there are more bytes.
    """
    undecided = len(buffer) if at_end else max(start, len(buffer) - _HEADER.size + 1)
    candidate = _TYPE.search(buffer, start + 4)
    while candidate is not None:
        at = candidate.start() - 4
        verdict = is_chain(buffer, at, at_end=at_end)
        if verdict is None or at >= undecided:
            return False, min(at, undecided)
        if verdict:
            return True, at
        candidate = _TYPE.search(buffer, candidate.start() + 1)
    return False, undecided


def are_near(one: int, other: int) -> bool:
    """Whether records of these times may stand side by side."""
    return abs(one - other) <= _MAX_SECONDS


def is_chain(buffer: bytes, at: int, *, at_end: bool) -> bool | None:
    """Whether a chain begins at a position; None where more bytes are needed to tell."""
    time = None
    for link in range(_LINKS):
        if at_end and at == len(buffer):
            return link > 0
        if len(buffer) - at < _HEADER.size:
            return False if at_end else None
        timestamp, kind, subtype, length = _HEADER.unpack_from(buffer, at)
        time = timestamp if time is None else time
        if (
            not are_near(timestamp, time)
            or length > _MAX_LINK
            or subtype not in SUBTYPES.get(kind, ())
        ):
            return False
        at += _HEADER.size + length
        if link + 1 < _LINKS and at > len(buffer):
            return False if at_end else None
    return True
