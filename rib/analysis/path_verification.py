"""Whether AS paths keep to what customers attest about their providers (ASPA)."""

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from rib.registry.arguments import check_required
from rib.registry.aspa_paths import PATH_REASONS, PATH_STATES, verify
from rib.registry.freshness import registry_warnings
from rib.table.arrays import RouteArrays, analysis_routes, to_frame
from rib.table.keys import distinct, pack

if TYPE_CHECKING:
    from rib.registry.vrps import Vrps
    from rib.table.rib import Rib

__all__ = ["verify_paths"]

_DIRECTIONS = ("upstream", "downstream")


def verify_paths(
    table: "Rib",
    *,
    vrps: "Vrps",
    direction: Literal["upstream", "downstream"] = "downstream",
) -> pd.DataFrame:
    """Verify AS paths by ASPA objects (draft-ietf-sidrops-aspa-verification).

    A hop from a customer to the next AS is ``Provider+`` if the customer's object names that AS,
    ``Not Provider+`` if the customer has an object without it, ``No Attestation`` if it has none.
    With the N distinct ASes of a path, the *up-ramp* runs from the origin and the *down-ramp* from
    the VP, each over customer-to-provider hops. The longest ramp ends at the first ``Not Provider+``,
    the shortest at the first hop that is not ``Provider+``; each counts N where nothing ends it. In
    downstream verification a path is invalid if the longest ramps together are shorter than N, else
    unknown if the shortest are, else valid. Upstream, the down-ramp counts 0.

    Parameters
    ----------
    table : Rib
        Routes; default routes take no part.
    vrps : Vrps
        What a validator wrote, with ASPA objects (`Vrps.aspas`).
    direction : {"upstream", "downstream"}
        What the sessions of the table are to who receives them. ``downstream``, the default: the
        neighbour is a provider. So it is for a collector that is sent full tables, and for transit
        sessions of an own view. ``upstream``: the neighbour is a customer, a lateral peer, or a route
        server and its client; the path must go up all the way. Sessions of both kinds: verify
        `Rib.select` of each.

    Returns
    -------
    pandas.DataFrame
        One row per AS path that a route has, sorted by ``as_path_id``:

        ============= ============ ======== ====================================================
        column        dtype        nullable meaning
        ============= ============ ======== ====================================================
        as_path_id    uint32       no       row of `Rib.as_paths`
        path          list[uint32] no       its ASes, VP first, prepends collapsed
        state         str          no       valid, invalid, unknown
        reason        str          yes      null if valid; ``empty``, ``as_set``; ``not_provider``
                                            (invalid); ``no_attestation`` (unknown)
        up_as         uint32       yes      AS where the up-ramp ends: the customer of the hop
        up_next_as    uint32       yes      AS that it does not name as a provider
        down_as       uint32       yes      AS where the down-ramp ends, seen from the VP
        down_next_as  uint32       yes      AS that it does not name; both null if upstream
        n_vps         uint32       no       VP ASes with a route of this path
        n_prefixes    uint32       no       prefixes with one
        n_vps_unlike  uint32       no       those of ``n_vps`` that are not the path's first AS
        ============= ============ ======== ====================================================

        The hops are those that end the longest ramps of an invalid path, the shortest ones of an
        unknown path. ``attrs["warnings"]`` lists what is wrong with the ASPA objects as a whole.

    Raises
    ------
    TypeError, ValueError
        An argument is something else, a path for instance.

    Notes
    -----
    A collector is no AS on the path: the hop from the VP to it is not verified. Its sessions are
    ``downstream`` as far as VPs send it what they would send a customer; a VP that sends only its own and
    its customers' routes, as to a peer, can be held to ``upstream``. Downstream never calls a path
    invalid that upstream calls valid.

    Any AS_SET makes a path invalid. A VP that is not the first AS of its path is a route server, or
    wrong: the draft calls the second invalid, which ``n_vps_unlike`` leaves to the reader.
    Confederation segments are left out. An object holds for both families. AS 0 is a provider of
    nobody. No object of the origin's providers leaves most paths unknown: few ASes have objects.

    O(routes log routes + hops log customers): 1.1M paths of 7M routes some 1.5 s.

    References
    ----------
    draft-ietf-sidrops-aspa-verification §5 and §6; draft-ietf-sidrops-aspa-profile; RFC 9234 (roles).

    Examples
    --------
    >>> import rib
    >>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
    >>> paths = rib.verify_paths(table, vrps=rib.read_vrps("data/sample-mrt/vrps.json.gz"))
    >>> len(paths) > 1000
    True
    """
    check_required(table=table, vrps=vrps)
    if direction not in _DIRECTIONS:
        raise ValueError(f"direction={direction!r}: expected 'upstream' or 'downstream'")
    routes = analysis_routes(table)
    used = np.flatnonzero(np.bincount(routes.as_path_id, minlength=table.as_paths.num_rows))
    found = verify(table, used, vrps, downstream=direction == "downstream")
    hops = table.path_features.column("hops").combine_chunks().take(pa.array(used))
    columns: dict[str, Any] = {
        "as_path_id": pa.array(used.astype(np.uint32)),
        "path": hops,
        "state": pa.array(PATH_STATES, pa.utf8()).take(pa.array(found.state)),
        "reason": pa.array(PATH_REASONS, pa.utf8()).take(pa.array(found.reason)),
        # Up, the customer is the AS farther from the VP; down, the nearer one.
        "up_as": _hop(found.hops, found.up, 1),
        "up_next_as": _hop(found.hops, found.up, 0),
        "down_as": _hop(found.hops, found.down, 0),
        "down_next_as": _hop(found.hops, found.down, 1),
        **_counts(routes, used, hops),
    }
    frame = to_frame(pa.table(columns))
    frame.attrs["warnings"] = registry_warnings(table, vrps=vrps, aspas=True)
    return frame


def _hop(hops: npt.NDArray[np.uint32], at: npt.NDArray[np.int64], step: int) -> pa.Array:
    none = at < 0
    value = hops[np.where(none, 0, at + step)] if len(hops) else np.zeros(len(at), np.uint32)
    return pa.array(value, mask=none)


def _counts(routes: RouteArrays, used: npt.NDArray[np.int64], hops: pa.Array) -> dict[str, Any]:
    """Count VP ASes and prefixes of each path."""
    n = len(used)
    row_of_path = np.zeros(int(used.max(initial=0)) + 1, np.int64)
    row_of_path[used] = np.arange(n)
    path = row_of_path[routes.as_path_id]
    first = np.zeros(n, np.int64) - 1
    offsets = hops.offsets.to_numpy()
    some = np.flatnonzero(np.diff(offsets))
    first[some] = hops.values.to_numpy()[offsets[some]]
    vps = distinct(pack(path, routes.vp_as))
    of_vp, vp = (vps >> np.uint64(32)).astype(np.int64), (vps & np.uint64(0xFFFFFFFF))
    unlike = of_vp[vp.astype(np.int64) != first[of_vp]]
    of_prefix = (distinct(pack(path, routes.prefix_id)) >> np.uint64(32)).astype(np.int64)
    return {
        name: pa.array(np.bincount(of, minlength=n).astype(np.uint32))
        for name, of in (("n_vps", of_vp), ("n_prefixes", of_prefix), ("n_vps_unlike", unlike))
    }
