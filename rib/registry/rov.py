"""Route origin validation (RFC 6811) of many (prefix, origin AS) pairs at once."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rib.registry.vrps import Vrps
from rib.table.networks import prefix_columns

__all__ = [
    "INVALID",
    "NOT_FOUND",
    "ROV_REASONS",
    "ROV_STATES",
    "VALID",
    "Rov",
    "payload_keys",
    "validate",
]

NOT_FOUND, VALID, INVALID = 0, 1, 2
ROV_STATES = ("not-found", "valid", "invalid")
#: Why a pair is invalid, by position; no reason is null.
ROV_REASONS = (None, "as", "length")


class Rov(NamedTuple):
    """States of pairs, as parallel arrays.

    ``state`` and ``reason`` are positions in `ROV_STATES` and `ROV_REASONS`; the counts are of the
    covering payloads: those that match, those of another AS, those of this AS with a shorter
    maximum length.
    """

    state: npt.NDArray[np.uint8]
    reason: npt.NDArray[np.uint8]
    matched: npt.NDArray[np.int64]
    unmatched_as: npt.NDArray[np.int64]
    unmatched_length: npt.NDArray[np.int64]


def payload_keys(vrps: Vrps) -> npt.NDArray[np.uint64]:
    """Give one integer per payload, ascending: slot of its prefix, AS number, maximum length."""
    keys: npt.NDArray[np.uint64] = (
        vrps.rows.slot_of_row.astype(np.uint64) << np.uint64(40)
        | vrps.table.column("asn").to_numpy().astype(np.uint64) << np.uint64(8)
        | vrps.table.column("max_length").to_numpy().astype(np.uint64)
    )
    return keys


def validate(
    vrps: Vrps,
    prefixes: pa.Table,
    prefix_id: npt.NDArray[np.integer],
    origin_as: npt.NDArray[np.uint32],
    has_origin: npt.NDArray[np.bool_],
) -> Rov:
    """Validate pairs of a row of ``prefixes`` (``family``, ``network``, ``length``) and an origin.

    Notes
    -----
    A pair without an origin (AS_SET, empty path) and an AS0 payload never match. Each level of
    nesting costs three binary searches over the pairs still covered: O(pairs · depth · log VRPs).
    """
    rows = vrps.rows
    family, network, length = prefix_columns(prefixes)
    start = rows.lookup(family, network, length)[prefix_id]
    bits = length.to_numpy()[prefix_id].astype(np.uint64)
    origin = origin_as.astype(np.uint64)
    can_match = has_origin & (origin != 0)
    keys = payload_keys(vrps)
    n = len(origin)
    covering, matched, too_long = (np.zeros(n, np.int64) for _ in range(3))
    for query, slot in rows.walk(start):
        covering[query] += rows.offsets[slot.astype(np.int64) + 1] - rows.offsets[slot]
        asks = can_match[query]
        query, slot = query[asks], slot[asks]  # noqa: PLW2901 - only these can match
        key = slot.astype(np.uint64) << np.uint64(40) | origin[query] << np.uint64(8)
        low = np.searchsorted(keys, key)
        middle = np.searchsorted(keys, key | bits[query])
        high = np.searchsorted(keys, key | np.uint64(255), side="right")
        matched[query] += high - middle
        too_long[query] += middle - low
    state = np.where(matched > 0, VALID, np.where(covering > 0, INVALID, NOT_FOUND))
    reason = np.where(state == INVALID, np.where(too_long > 0, 2, 1), 0)
    return Rov(
        state.astype(np.uint8),
        reason.astype(np.uint8),
        matched,
        covering - matched - too_long,
        too_long,
    )
