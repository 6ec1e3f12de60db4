"""What a day did to path diversity: upstreams gained and lost, homes and chokepoints that changed."""

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from rib._backend import core
from rib.registry.arguments import check_required
from rib.table.arrays import column, to_frame
from rib.table.keys import Keys, is_in, pack, unpack
from rib.table.route_columns import path_columns, route_columns
from rib.table.sessions import Compared, Side, compare
from rib.table.upstreams import upstream_keys

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["diversity_change"]

_BY = ("prefix", "origin_as")
_NO_GROUP = np.uint32(0xFFFFFFFF)
#: Entropies that differ by less are the same number, summed in another order.
_TOLERANCE = 1e-9

Ids = npt.NDArray[np.uint32]
Flags = npt.NDArray[np.bool_]


class _Groups(NamedTuple):
    """Groups of two tables by the same number: what each is called, and that of each route."""

    labels: dict[str, pa.Array]
    before: Ids
    after: Ids


class _Measured(NamedTuple):
    """One side's groups: their numbers, their diversity, and (row, upstream), packed."""

    group: npt.NDArray[np.int64]
    metrics: pa.Table
    upstreams: Keys


def diversity_change(
    yesterday: "Rib", today: "Rib", *, by: Literal["prefix", "origin_as"] = "prefix"
) -> pd.DataFrame:
    """Tell whose path diversity differs between two tables: upstreams, single homes, chokepoints.

    Both tables are cut to the sessions (peers, per family) that have routes in both, and
    `rib.path_diversity` is measured on what is left. A vantage point that came or went is thereby no
    change of what it saw.

    Parameters
    ----------
    yesterday, today : Rib
        The earlier and the later table, of the same collectors or the same own view. A table with a
        single collector that has no name is taken to be of the collector of the other.
    by : {"prefix", "origin_as"}, default "prefix"
        What makes a group: one prefix, or all prefixes with one origin AS.

    Returns
    -------
    pandas.DataFrame
        One row per group and family that differs, sorted by prefix (family, address, length), or by
        origin AS and family.

        ======================= ============= ========= =============================================
        column                  dtype         nullable  meaning
        ======================= ============= ========= =============================================
        prefix or origin_as     string/uint32 no        the group
        family                  uint8         no        4 or 6
        state                   string        no        ``appeared``: no route yesterday; ``gone``: no
                                                        route today; ``changed``
        n_vps_before            uint32        a         VP ASes that have a vote, yesterday
        n_vps_after             uint32        g         and today
        n_upstreams_before      uint32        a         distinct upstreams
        n_upstreams_after       uint32        g
        gained_upstreams        list<uint32>  yes       upstreams of today that yesterday had not,
                                                        ascending
        lost_upstreams          list<uint32>  yes       upstreams of yesterday that today has not
        upstream_entropy_before float64       yes       entropy of the votes over upstreams, bits
        upstream_entropy_after  float64       yes
        upstream_entropy_change float64       yes       after less before
        newly_single_homed      bool          yes       several upstreams yesterday, one today
        no_longer_single_homed  bool          yes       one upstream yesterday, several today
        new_chokepoints         list<uint32>  yes       ASes that are on every path today and were not
                                                        yesterday, ascending
        gone_chokepoints        list<uint32>  yes       the reverse
        ======================= ============= ========= =============================================

        a, g: null where the group ``appeared``, is ``gone``. What compares is null where either day
        cannot be measured: upstreams and single homes where no vote has a known upstream, chokepoints
        with fewer than two VP ASes, everything where the group ``appeared`` or is ``gone``.

        A group ``changed`` if an upstream is gained or lost, a chokepoint is new or gone, or the
        entropy of upstreams differs (by more than 1e-9). What is null is never a change.

        ``attrs["n_peers"]`` and ``attrs["n_vps"]`` are the numbers of peers and of VP ASes compared, by
        family. ``attrs["peers_gone"]`` and ``attrs["peers_new"]`` list the peers left out because they
        send the family in one table alone, as dicts of ``collector``, ``peer_as``, ``peer_ip``,
        ``family`` and ``n_routes``, in order of AS, address, collector and family.

    Raises
    ------
    TypeError
        ``yesterday`` or ``today`` is no `Rib`.
    ValueError
        ``by`` is something else, or the tables name collectors and have none in common.

    Notes
    -----
    Prefixes are matched as such, peers by collector, AS and address. A peer that sends less of a
    family than it did is still compared: look at ``n_vps_before`` and ``n_vps_after`` before
    believing a change. The state of a group is that of the sessions compared. Where an AS_SET hides the
    upstream of some votes, an upstream may seem gained that was there unseen.

    Default routes take no part. Only groups with a route that differs are measured: O(routes) to find
    them, then as `rib.path_diversity`.

    References
    ----------
    As for `rib.path_diversity`.

    Examples
    --------
    >>> import rib
    >>> yesterday = rib.read_mrt("data/sample-mrt/collector.20250117.0000.mrt.bz2")
    >>> today = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
    >>> changes = rib.diversity_change(yesterday, today, by="origin_as").set_index("origin_as")
    >>> ours = changes[changes.family == 4].loc[213394]
    >>> [int(asn) for asn in ours.gained_upstreams], bool(ours.no_longer_single_homed)
    ([3257, 3356, 29075], True)
    """
    check_required(yesterday=yesterday, today=today)
    if by not in _BY:
        raise ValueError(f"by={by!r}: expected 'prefix' or 'origin_as'")
    compared = compare(("yesterday", "today"), yesterday, today)
    groups = _by_prefix(compared) if by == "prefix" else _by_origin(compared)
    n_groups = len(groups.labels["family"])
    touched = np.zeros(n_groups + 1, dtype=bool)
    sides = (compared.before, groups.before), (compared.after, groups.after)
    for side, group in sides:
        touched[np.minimum(group[side.changed], n_groups)] = True
    touched[n_groups] = False
    measured = [_measure(side, group, touched) for side, group in sides]
    number = np.union1d(measured[0].group, measured[1].group)
    at = [_positions(number, side.group) for side in measured]
    rows = _compared(measured, at)
    differs = _differs(rows)
    labels = {name: of.take(pa.array(number)) for name, of in groups.labels.items()}
    frame = to_frame(pa.table(labels | rows).filter(pa.array(differs)))
    frame.attrs.update(compared.counts)
    frame.attrs["peers_gone"], frame.attrs["peers_new"] = compared.gone, compared.new
    return frame


# -- groups ----------------------------------------------------------------------------------------


def _by_prefix(compared: Compared) -> _Groups:
    labels = {"prefix": compared.prefixes.column("text").combine_chunks()}
    labels["family"] = compared.prefixes.column("family").combine_chunks()
    return _Groups(labels, compared.before.prefix, compared.after.prefix)


def _by_origin(compared: Compared) -> _Groups:
    """Group by origin AS of either table and family; a route without one is in no group."""
    sides = compared.before, compared.after
    known = [pc.unique(side.table.as_paths.column("origin_as").drop_null()) for side in sides]
    origins = np.union1d(*(of.to_numpy() for of in known)).astype(np.uint32)
    is_v6 = column(compared.prefixes, "family") == 6
    numbers = []
    for side in sides:
        origin_as = side.table.as_paths.column("origin_as").combine_chunks()
        asn = pc.fill_null(origin_as, 0).to_numpy(zero_copy_only=False)
        place = np.searchsorted(origins, asn).astype(np.uint32) * np.uint32(2)
        place[origin_as.is_null().to_numpy(zero_copy_only=False)] = _NO_GROUP
        # The mark of no group has all bits set, so that it stays what it is.
        numbers.append(place[side.routes.as_path_id] | is_v6[side.prefix])
    labels = {
        "origin_as": pa.array(np.repeat(origins, 2)),
        "family": pa.array(np.tile(np.array([4, 6], np.uint8), len(origins))),
    }
    return _Groups(labels, numbers[0].astype(np.uint32), numbers[1].astype(np.uint32))


def _measure(side: Side, group: Ids, touched: Flags) -> _Measured:
    """Measure the groups that are touched; others are the same on both sides."""
    n_groups = len(touched) - 1
    keep = touched[np.minimum(group, n_groups)]
    routes, group = side.routes.only(keep), group[keep]
    found = core.path_diversity(route_columns(routes, group), path_columns(side.table), n_groups)
    number = column(found, "group").astype(np.int64)
    of, upstream = unpack(upstream_keys(side.table, routes, group))
    return _Measured(number, found, pack(of, upstream))


def _positions(number: npt.NDArray[np.int64], group: npt.NDArray[np.int64]) -> pa.Array:
    """Give where each group is among those of one side; null where it is not there."""
    at = np.searchsorted(group, number)
    there = np.isin(number, group)
    return pa.array(at, mask=~there)


# -- columns ---------------------------------------------------------------------------------------


def _compared(measured: list[_Measured], at: list[pa.Array]) -> dict[str, pa.Array]:
    """Give the columns of every group that is on either side."""
    metrics = [m.metrics.take(of).combine_chunks() for m, of in zip(measured, at, strict=True)]
    n = len(at[0])
    absent = [of.is_null() for of in at]
    state = pc.if_else(absent[0], "appeared", pc.if_else(absent[1], "gone", "changed"))
    columns: dict[str, Any] = {"state": state}
    for name in ("n_vps", "n_upstreams"):
        for when, table in zip(("before", "after"), metrics, strict=True):
            columns[f"{name}_{when}"] = table.column(name).combine_chunks()
    single = [m.column("single_homed").combine_chunks() for m in metrics]
    known = _both([of.is_valid() for of in single])
    upstreams = [_by_row(m, of) for m, of in zip(measured, at, strict=True)]
    columns["gained_upstreams"] = _only_there(upstreams[1], upstreams[0], known, n)
    columns["lost_upstreams"] = _only_there(upstreams[0], upstreams[1], known, n)
    entropy = [m.column("upstream_entropy").combine_chunks() for m in metrics]
    columns["upstream_entropy_before"], columns["upstream_entropy_after"] = entropy
    columns["upstream_entropy_change"] = pc.subtract(entropy[1], entropy[0])
    columns["newly_single_homed"] = pc.and_(single[1], pc.invert(single[0]))
    columns["no_longer_single_homed"] = pc.and_(single[0], pc.invert(single[1]))
    chokes = [m.column("chokepoints").combine_chunks() for m in metrics]
    known = _both([of.is_valid() for of in chokes])
    listed = [
        pack(pc.list_parent_indices(of).to_numpy(), pc.list_flatten(of).to_numpy()) for of in chokes
    ]
    columns["new_chokepoints"] = _only_there(listed[1], listed[0], known, n)
    columns["gone_chokepoints"] = _only_there(listed[0], listed[1], known, n)
    return columns


def _both(known: list[pa.Array]) -> Flags:
    result: Flags = pc.and_(*known).to_numpy(zero_copy_only=False)
    return result


def _by_row(measured: _Measured, at: pa.Array) -> Keys:
    """Give (row of the result, upstream), packed and ascending."""
    group, upstream = unpack(measured.upstreams)
    there = at.is_valid().to_numpy(zero_copy_only=False)
    numbers = measured.group[at.drop_null().to_numpy()]
    return pack(np.flatnonzero(there)[np.searchsorted(numbers, group)], upstream)


def _only_there(there: Keys, here: Keys, known: Flags, n: int) -> pa.Array:
    """List, for each row, the ASes that are there and not here; null where not both are known."""
    row, asn = unpack(there[~is_in(there, here)])
    offsets = np.searchsorted(row, np.arange(n + 1)).astype(np.int32)
    return pa.ListArray.from_arrays(
        pa.array(offsets), pa.array(asn, pa.uint32()), mask=pa.array(~known)
    )


def _differs(rows: dict[str, pa.Array]) -> Flags:
    """Mark the groups to report; null is no difference."""
    differs: Flags = pc.not_equal(rows["state"], "changed").to_numpy(zero_copy_only=False)
    for name in ("gained_upstreams", "lost_upstreams", "new_chokepoints", "gone_chokepoints"):
        longer = pc.fill_null(pc.list_value_length(rows[name]), 0).to_numpy() > 0
        differs = differs | longer
    change = pc.fill_null(rows["upstream_entropy_change"], 0.0).to_numpy()
    result: Flags = differs | (np.abs(change) > _TOLERANCE)
    return result
