"""Where the routes of a TABLE_DUMP record end (RFC 6396 section 4.2).

    TABLE_DUMP   view(2) sequence(2), then routes:
                 prefix(4|16) length(1) status(1) originated(4) peer IP(4|16) peer AS(2)
                 attribute length(2) attributes

The RFC puts one route into a record. The dumps of RIS of 1999 and 2000 have many, and their records
say a length that leaves out view and sequence number.
"""

from collections.abc import Iterator
from itertools import pairwise

__all__ = ["HEAD", "is_short", "route_starts"]

#: Octets of view and sequence number.
HEAD = 4


def _ends(body: bytes, octets: int) -> Iterator[int]:
    """Give where routes end that stand one behind the other; the last end may be beyond the record.

    Only routes with attributes count, so that zeros are none.
    """
    end = HEAD
    while end < len(body):
        start = end + 2 * octets + 10
        n_attributes = int.from_bytes(body[start - 2 : start], "big")
        if start > len(body) or not n_attributes or body[end + octets] > 8 * octets:
            return
        end = start + n_attributes
        yield end


def route_starts(body: bytes, octets: int) -> list[int]:
    """Give where the routes begin that fill the record; one where they do not."""
    ends = [HEAD, *_ends(body, octets)]
    return [start for start, _ in pairwise(ends)] if ends[-1] == len(body) > HEAD else [HEAD]


def is_short(body: bytes, octets: int) -> bool:
    """Whether the length of a record leaves out view and sequence number."""
    *_, last = (0, *_ends(body, octets))
    return last == len(body) + HEAD
