"""AS paths prepared the straightforward way, by the text of docs/methods.md, "Paths"."""

from functools import cache
from itertools import groupby
from typing import NamedTuple

__all__ = ["AsPath", "Segments", "prepare"]

AS_SET, AS_SEQUENCE = 1, 2
_RESERVED = (range(1), range(23456, 23457), range(64496, 131072), range(4200000000, 4294967296))

#: Segments of an AS path in order: type (RFC 4271 §4.3, RFC 5065 §3) and ASes.
Segments = tuple[tuple[int, tuple[int, ...]], ...]


class AsPath(NamedTuple):
    """What the analyses need of an AS path."""

    hops: tuple[int, ...]
    n_hops: int
    length: int
    prepend_max: int
    origin_as: int | None
    upstream_as: int | None
    is_clean: bool


def _only(members: frozenset[int]) -> int | None:
    return next(iter(members)) if len(members) == 1 else None


@cache
def prepare(segments: Segments) -> AsPath:
    """Prepare a path; segments hold at least one AS each."""
    places: list[frozenset[int]] = []  # an AS_SET is in one place
    length = 0
    for kind, ases in segments:
        if kind == AS_SEQUENCE:
            places += [frozenset([asn]) for asn in ases]
            length += len(ases)
        elif kind == AS_SET:
            places.append(frozenset(ases))
            length += 1
    # Repeats are of ASes: two equal sets side by side are two places.
    runs = [
        (members, len(list(run)))
        for (_, members), run in groupby(
            enumerate(places), lambda p: (0 if _only(p[1]) is not None else 1 + p[0], p[1])
        )
    ]
    hops = tuple(asn for members, _ in runs for asn in sorted(members))
    ends_in_path = bool(segments) and segments[-1][0] in (AS_SET, AS_SEQUENCE)
    origin = _only(runs[-1][0]) if runs and ends_in_path else None
    is_clean = (
        len(hops) == len(runs)
        and all(kind in (AS_SET, AS_SEQUENCE) for kind, _ in segments)
        and len(set(hops)) == len(hops)
        and not any(asn in block for asn in hops for block in _RESERVED)
    )
    return AsPath(
        hops,
        len(runs),
        length,
        max((n for _, n in runs), default=1) - 1,
        origin,
        _only(runs[-2][0]) if origin is not None and len(runs) > 1 else None,
        is_clean,
    )
