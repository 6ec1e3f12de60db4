"""Which ASes or links on our paths would hurt most, were they to fail."""

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
import pyarrow as pa

from rib.registry.arguments import check_given, check_required
from rib.table.arrays import column, to_frame
from rib.table.candidates import candidates
from rib.table.exit_space import exit_addresses
from rib.table.keys import unpack
from rib.table.passing import hanging
from rib.table.policy import Policy
from rib.table.rerouting import OUTCOMES

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["failure_ranking"]

_WORST_FIRST = OUTCOMES[:0:-1]


def failure_ranking(
    view: "Rib", policy: Policy | None = None, *, by: Literal["as", "link"] = "as"
) -> pd.DataFrame:
    """Rank every AS or link on the paths of an own view by what its failure would do to us.

    Each that a winning route passes fails by itself, as with ``fail=[…]`` of `rib.transit_failures`. Prefixes
    that an AS originates do not count with it: nobody else could carry them.

    Parameters
    ----------
    view : Rib
        An own view: every peer is one of our sessions, with what it sent (Adj-RIB-In).
    policy : Policy, optional
        As for `rib.transit_failures`.
    by : {"as", "link"}, default "as"
        What fails: an AS, or a link between two neighbours on a path, in either direction.

    Returns
    -------
    pandas.DataFrame
        One row per AS or link and family, sorted by family, then worst first: addresses lost, left to the
        default route, to a less-specific, to another route to the prefix (each descending), then AS:

        ======================== ======= ======== ==================================================
        column                   dtype   nullable meaning
        ======================== ======= ======== ==================================================
        asn                      uint32  no       with ``by="as"``
        as_a, as_b               uint32  no       with ``by="link"``: its two ASes, the lower first
        family                   uint8   no       4 or 6
        n_prefixes               uint32  no       prefixes of others whose winner passes the AS
        addresses                float64 no       addresses (IPv6: /48s) for which they are the
                                                  longest match
        rerouted_exact           uint32  no       of these: another route to the prefix is left
        rerouted_cover           uint32  no       a less-specific is left
        default_only             uint32  no       the default route is left
        lost                     uint32  no       nothing is left
        rerouted_exact_addresses float64 no
        rerouted_cover_addresses float64 no
        default_only_addresses   float64 no
        lost_addresses           float64 no
        ======================== ======= ======== ==================================================

    Raises
    ------
    TypeError, ValueError
        ``view`` is no `Rib`, or ``policy`` no `Policy`; another ``by``.

    Notes
    -----
    An AS of an AS_SET is on the path; paths with one have no links. Our transits are ASes like others. What is left is what we see now:
    networks in between may find other paths, so ``lost`` is an upper bound. Prefixes whose winner does not
    pass the AS are unaffected here, though MED may make another route win. A default route counts no
    addresses. O(hops of all routes); some 1 s for 4.2M routes.

    See Also
    --------
    rib.transit_failures : several that fail at once, and where the load goes

    Examples
    --------
    >>> import rib
    >>> view = rib.read_mrt("data/sample-mrt/own.20250121.1200.mrt.gz")
    >>> ranking = rib.failure_ranking(view)
    >>> ranking[ranking["family"] == 4][["asn", "n_prefixes", "default_only", "lost"]].head(3)
        asn  n_prefixes  default_only  lost
    0  3257        8772             0   416
    1  1299        3259           944     0
    2   174        1306           972     0
    """
    check_required(view=view)
    check_given(policy=policy)
    if by not in ("as", "link"):
        raise ValueError(f"by={by!r}: expected 'as' or 'link'")
    among = candidates(view, Policy() if policy is None else policy)
    found = hanging(view, among, by_link=by == "link")
    is_default = column(view.prefixes, "length") == 0
    elsewhere = found.follows != found.prefix
    outcome = np.select(
        [found.follows < 0, elsewhere & is_default[found.follows], elsewhere],
        [OUTCOMES.index(name) for name in ("lost", "default_only", "rerouted_cover")],
        OUTCOMES.index("rerouted_exact"),
    )
    # A row for each element and family, numbered in that order.
    is_6 = (column(view.prefixes, "family") == 6)[found.prefix]
    owners, row = np.unique(found.element.astype(np.uint64) * 2 + is_6, return_inverse=True)
    n = len(OUTCOMES)
    cell = row * n + outcome
    weight = exit_addresses(view)[found.prefix]
    count = np.bincount(cell, minlength=len(owners) * n).reshape(-1, n)
    addresses = np.bincount(cell, weights=weight, minlength=len(owners) * n).reshape(-1, n)
    order = np.lexsort(
        (
            owners,
            *(-addresses[:, OUTCOMES.index(name)] for name in reversed(_WORST_FIRST)),
            owners % 2,
        )
    )
    owners, count, addresses = owners[order], count[order], addresses[order]
    names = OUTCOMES[1:]
    element = (owners // 2).astype(np.uint32)
    named = {"asn": element}
    if by == "link":
        low, high = unpack(found.links[element])
        named = {"as_a": low.astype(np.uint32), "as_b": high}
    columns = named | {
        "family": np.where(owners % 2, 6, 4).astype(np.uint8),
        "n_prefixes": count.sum(axis=1).astype(np.uint32),
        "addresses": addresses.sum(axis=1),
    }
    columns |= {name: count[:, OUTCOMES.index(name)].astype(np.uint32) for name in names}
    columns |= {f"{name}_addresses": addresses[:, OUTCOMES.index(name)] for name in names}
    return to_frame(pa.table(columns))
