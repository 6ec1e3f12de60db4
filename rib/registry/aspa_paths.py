"""Verification of AS paths by ASPA objects, all paths at once (draft-ietf-sidrops-aspa-verification)."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from rib.registry.vrps import Vrps
from rib.table.hops import expand_hops, expand_ranges
from rib.table.keys import distinct, is_in, pack

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["INVALID", "PATH_REASONS", "PATH_STATES", "UNKNOWN", "VALID", "Verified", "verify"]

VALID, INVALID, UNKNOWN = 0, 1, 2
PATH_STATES = ("valid", "invalid", "unknown")
#: Why a path is not valid, by position.
PATH_REASONS = (None, "empty", "as_set", "not_provider", "no_attestation")
_EMPTY, _AS_SET, _NOT_PROVIDER, _NO_ATTESTATION = 1, 2, 3, 4
_AS_SET_SEGMENT = 1

Ints = npt.NDArray[np.int64]


class Verified(NamedTuple):
    """Outcomes of paths, as parallel arrays.

    ``state`` and ``reason`` are positions in `PATH_STATES` and `PATH_REASONS`. ``up`` and ``down``
    are the hops that end the ramps of a path that is not valid, as positions of its AS nearer to the
    VP in ``hops``, the unprepended hops of all paths; -1 where nothing ends it.
    """

    state: npt.NDArray[np.uint8]
    reason: npt.NDArray[np.uint8]
    up: Ints
    down: Ints
    hops: npt.NDArray[np.uint32]


def verify(
    table: "Rib", as_path_ids: npt.NDArray[np.integer], vrps: Vrps, *, downstream: bool
) -> Verified:
    """Verify rows of `Rib.as_paths`, as received from a provider (``downstream``) or not.

    Notes
    -----
    O(hops · log customers): only hops whose customer attests anything are looked up further.
    """
    n = len(as_path_ids)
    which, hops, to_end = expand_hops(table, as_path_ids)
    n_hops = np.bincount(which, minlength=n)
    left = np.flatnonzero(to_end > 0)  # first AS of each pair; the second is at left + 1
    path = which[left]
    near, far = hops[left], hops[left + 1]
    begin = np.cumsum(n_hops) - n_hops
    attests = _Attestations(vrps)
    # Up, from the origin: the farther AS is the customer, and the hop nearest to the origin ends it.
    outcomes = [_ends(attests, far, near, path, left, n, last=True)]
    if downstream:
        outcomes.append(_ends(attests, near, far, path, left, n, last=False))
    lengths = [_lengths(ends, begin, n_hops, up=i == 0) for i, ends in enumerate(outcomes)]
    longest, shortest = (sum(of[k] for of in lengths) for k in (0, 1))
    invalid, unknown = longest < n_hops, shortest < n_hops
    state = np.where(invalid, INVALID, np.where(unknown, UNKNOWN, VALID))
    reason = np.select([invalid, unknown], [_NOT_PROVIDER, _NO_ATTESTATION])
    for rows, why in ((has_as_set(table, as_path_ids), _AS_SET), (n_hops == 0, _EMPTY)):
        state[rows], reason[rows] = INVALID, why
    places = [
        np.select([reason == _NOT_PROVIDER, reason == _NO_ATTESTATION], [refused, open_], -1)
        for refused, open_ in outcomes
    ]
    up = places[0]
    down = places[1] if downstream else np.full(n, -1)
    return Verified(state.astype(np.uint8), reason.astype(np.uint8), up, down, hops)


def has_as_set(table: "Rib", as_path_ids: npt.NDArray[np.integer]) -> npt.NDArray[np.bool_]:
    """Say which paths have an AS_SET, one of a single member included."""
    segments = table.as_paths.column("segments").combine_chunks()
    offsets = segments.offsets.to_numpy()
    ids = np.asarray(as_path_ids)
    which, at = expand_ranges(offsets[ids], offsets[ids + 1])
    kind = segments.values.field("kind").to_numpy(zero_copy_only=False)
    found = np.zeros(len(ids), bool)
    found[which[kind[at] == _AS_SET_SEGMENT]] = True
    return found


class _Attestations:
    """Customers with an ASPA object, and their (customer, provider) pairs."""

    def __init__(self, vrps: Vrps) -> None:
        customers = vrps.aspas.column("customer_as").to_numpy()
        lists = vrps.aspas.column("provider_as").combine_chunks()
        provider = lists.flatten().to_numpy(zero_copy_only=False)
        pairs = pack(np.repeat(customers, np.diff(lists.offsets.to_numpy())), provider)
        self.customers = distinct(customers)
        # AS 0 says that there is no provider: as an AS of a path it is none either.
        self.pairs = distinct(pairs[provider != 0])

    def outcome(
        self, customer: npt.NDArray[np.uint32], provider: npt.NDArray[np.uint32]
    ) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """Say which pairs are Not Provider+, and which are that or No Attestation."""
        attested = np.flatnonzero(is_in(customer, self.customers))
        named = is_in(pack(customer[attested], provider[attested]), self.pairs)
        refused, open_ = np.zeros(len(customer), bool), np.ones(len(customer), bool)
        refused[attested[~named]] = True
        open_[attested[named]] = False
        return refused, open_


def _ends(
    attests: _Attestations,
    customer: npt.NDArray[np.uint32],
    provider: npt.NDArray[np.uint32],
    path: Ints,
    left: Ints,
    n: int,
    *,
    last: bool,
) -> tuple[Ints, Ints]:
    """Give the last or first pair of each path that ends the longest and the shortest ramp; or -1."""
    ends = []
    for rows in map(np.flatnonzero, attests.outcome(customer, provider)):
        end = np.full(n, -1, np.int64)
        # Of several values for one place NumPy keeps the last.
        ordered = rows if last else rows[::-1]
        end[path[ordered]] = left[ordered]
        ends.append(end)
    return ends[0], ends[1]


def _lengths(ends: tuple[Ints, Ints], begin: Ints, n_hops: Ints, *, up: bool) -> tuple[Ints, Ints]:
    """Give the longest and the shortest length of a ramp in ASes: all of the path if nothing ends it."""
    longest, shortest = (
        np.where(end < 0, n_hops, begin + n_hops - 1 - end if up else end - begin + 1)
        for end in ends
    )
    return longest, shortest
