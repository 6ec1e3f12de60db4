"""What several transits of an own view have in common on the way to the same destinations."""

from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from rib.registry.arguments import check_required
from rib.table.arrays import to_frame
from rib.table.bundles import Bundles, Shares, bundle_routes, share_ases, share_links
from rib.table.flows import matched
from rib.table.keys import pack
from rib.table.votes import sums

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["shared_fate"]

_BY = ("as", "link", "pair")
_OF_TRAFFIC = ("bytes", "byte_share", "independent_byte_share")


def shared_fate(
    view: "Rib", *, by: Literal["as", "link", "pair"] = "as", flows: Any = None
) -> pd.DataFrame:
    """Find the ASes or links through which two or more transits reach the same prefixes.

    A transit depends on an AS for a prefix if the AS is on all its routes to the prefix. Where two
    transits depend on one AS for a prefix, its failure takes both ways, however independent the
    transits are.

    Parameters
    ----------
    view : Rib
        Routes of an own view: each peer is a transit session of ours. Sessions of one AS are one transit.
    by : {"as", "link", "pair"}, default "as"
        What a row is about: an AS that transits share, a link between two ASes, or a pair of transits.
    flows : DataFrame, pyarrow.Table, stream of Arrow batches, or Traffic, optional
        Traffic, as for `rib.traffic_by_exit`: rows are ranked by bytes, and columns of them are added.

    Returns
    -------
    pandas.DataFrame
        One row per AS or link and family, by bytes, addresses, prefixes, most first, then AS numbers; or
        one row per pair of transits and family, sorted by them:

        ================= ============ ======== =====================================================
        column            dtype        nullable meaning
        ================= ============ ======== =====================================================
        asn               uint32       no       with ``by="as"``
        from_as, to_as    uint32       no       with ``by="link"``: the link, seen from us
        transit_a         uint32       no       with ``by="pair"``: two transits, the lower AS first
        transit_b         uint32       no
        family            uint8        no       4 or 6
        transits          list<uint32> no       transits that depend on it where two or more do
        n_prefixes        uint32       no       prefixes for which two or more transits depend on it; of a
                                                pair: prefixes that both reach
        addresses         float64      no       addresses for which these are the longest match (IPv6: /48s)
        address_share     float64      yes      of the addresses of all prefixes of the family
        shared_prefixes   uint32       no       only of a pair: prefixes for which both depend on one AS
        independent_share float64      yes      only of a pair: share of ``addresses`` without one
        bytes             float64      no       only with ``flows``: bytes to these prefixes
        byte_share        float64      yes      only with ``flows``: of those to all prefixes of the family; of a
                                                pair: ``independent_byte_share``, of its bytes, without one
        ================= ============ ======== =====================================================

        A share of nothing is null.

    Raises
    ------
    TypeError, ValueError
        ``view`` is no `Rib`; another ``by``; more than 64 transits: a table of a collector.

    Notes
    -----
    The origin AS is not counted, for every way ends there; the links to it are. Nor are the members of an
    AS_SET that a path ends in. The AS of the transit counts: a transit that reaches prefixes through
    another transit shares that one. Prepends do not matter. An AS_SET elsewhere counts with all its members.
    Default routes take no part.

    Paths end at what is announced: that two transits share a cable, a building or a supplier does not
    show. What is listed is a lower bound.

    O(routes), and some 1.5 s for 4.9M routes: prefixes with the same routes are looked at once.

    References
    ----------
    R. Fontugne et al., PAM 2018, and `rib.dependency_share`, for dependence on an AS.

    Examples
    --------
    >>> import rib
    >>> view = rib.read_mrt("data/sample-mrt/own.20250121.1200.mrt.gz")
    >>> pairs = rib.shared_fate(view, by="pair")
    >>> len(pairs), bool((pairs["independent_share"] < 1).all())
    (12, True)
    """
    check_required(view=view)
    if by not in _BY:
        raise ValueError(f"by={by!r}: expected 'as', 'link' or 'pair'")
    traffic = None if flows is None else matched(view, flows)
    bundles = bundle_routes(view, traffic)
    found = _of_kind(view, bundles, by)
    if traffic is None:
        found = found.drop_columns([name for name in _OF_TRAFFIC if name in found.column_names])
    return to_frame(found)


def _of_kind(view: "Rib", bundles: Bundles, by: str) -> pa.Table:
    if by == "link":
        shares = share_links(view, bundles)
        names = {"from_as": shares.high, "to_as": shares.low}
        return _things(bundles, shares, names)
    shares = share_ases(view, bundles)
    if by == "pair":
        return _pairs(bundles, shares)
    return _things(bundles, shares, {"asn": shares.low})


def _total(bundles: Bundles, of: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Add up what all bundles weigh, by family as 0 and 1."""
    return sums((bundles.family == 6).astype(np.int64), of, 2)


def _share(part: npt.NDArray[np.float64], of: npt.NDArray[np.float64]) -> pa.Array:
    """Give shares, null of nothing."""
    share = np.divide(part, of, out=np.zeros_like(part), where=of > 0)
    return pa.array(share, mask=of <= 0)


def _things(bundles: Bundles, shares: Shares, names: dict[str, npt.NDArray[np.uint32]]) -> pa.Table:
    # A word of one bit, less one, has no bit in common with it.
    several = (shares.transits & (shares.transits - np.uint64(1))) != 0
    bundle, masks = shares.bundle[several], shares.transits[several]
    is_6 = (bundles.family[bundle] == 6).astype(np.int64)
    things = pack(shares.high[several], shares.low[several])
    order = np.lexsort((is_6, things))
    things, is_6, bundle, masks = things[order], is_6[order], bundle[order], masks[order]
    change = np.ones(len(things), bool)
    change[1:] = (things[1:] != things[:-1]) | (is_6[1:] != is_6[:-1])
    first = np.flatnonzero(change)
    row = np.cumsum(change) - 1
    n_prefixes = sums(row, bundles.n_prefixes[bundle].astype(np.float64), len(first))
    addresses = sums(row, bundles.addresses[bundle], len(first))
    sent = sums(row, bundles.bytes[bundle], len(first))
    union = np.bitwise_or.reduceat(masks, first) if len(first) else masks
    columns = {name: pa.array(values[several][order][first]) for name, values in names.items()}
    family = np.where(is_6[first], 6, 4).astype(np.uint8)
    columns |= {
        "family": pa.array(family),
        "transits": _lists(union, bundles.transits),
        "n_prefixes": pa.array(n_prefixes.astype(np.uint32)),
        "addresses": pa.array(addresses),
        "address_share": _share(addresses, _total(bundles, bundles.addresses)[is_6[first]]),
        "bytes": pa.array(sent),
        "byte_share": _share(sent, _total(bundles, bundles.bytes)[is_6[first]]),
    }
    ranked = np.lexsort((family, things[first], -n_prefixes, -addresses, -sent))
    return pa.table(columns).take(pa.array(ranked))


def _lists(masks: npt.NDArray[np.uint64], transits: npt.NDArray[np.uint32]) -> pa.Array:
    """Transits of each mask, ascending."""
    bits = masks[:, None] >> np.arange(len(transits), dtype=np.uint64) & np.uint64(1)
    row, transit = np.nonzero(bits)
    offsets = np.searchsorted(row, np.arange(len(masks) + 1)).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(transits[transit]))


def _pairs(bundles: Bundles, shares: Shares) -> pa.Table:
    rows: list[dict[str, Any]] = []
    space = _total(bundles, bundles.addresses)
    for a, b in combinations(range(len(bundles.transits)), 2):
        pair = np.uint64(1 << a | 1 << b)
        common = np.zeros(len(bundles.family), bool)
        common[shares.bundle[shares.transits & pair == pair]] = True
        both = bundles.reach & pair == pair
        for family in (4, 6):
            of = both & (bundles.family == family)
            addresses = float(bundles.addresses[of].sum())
            apart = float(bundles.addresses[of & ~common].sum())
            total = float(space[int(family == 6)])
            sent = float(bundles.bytes[of].sum())
            sent_apart = float(bundles.bytes[of & ~common].sum())
            rows.append(
                {
                    "transit_a": int(bundles.transits[a]),
                    "transit_b": int(bundles.transits[b]),
                    "family": family,
                    "n_prefixes": int(bundles.n_prefixes[of].sum()),
                    "addresses": addresses,
                    "address_share": addresses / total if total else None,
                    "shared_prefixes": int(bundles.n_prefixes[of & common].sum()),
                    "independent_share": apart / addresses if addresses else None,
                    "bytes": sent,
                    "independent_byte_share": sent_apart / sent if sent else None,
                }
            )
    return pa.Table.from_pylist(rows, schema=_PAIRS)


_PAIRS = pa.schema(
    [
        *((name, pa.uint32()) for name in ("transit_a", "transit_b")),
        ("family", pa.uint8()),
        ("n_prefixes", pa.uint32()),
        ("addresses", pa.float64()),
        ("address_share", pa.float64()),
        ("shared_prefixes", pa.uint32()),
        ("independent_share", pa.float64()),
        ("bytes", pa.float64()),
        ("independent_byte_share", pa.float64()),
    ]
)
