"""Address space: the fewest prefixes that hold it, and how much of it a prefix or an origin AS has."""

from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from rib._backend import core
from rib.exceptions import PrefixError
from rib.table.arrays import column, to_frame
from rib.table.keys import distinct, pack, unpack
from rib.table.networks import prefix_columns, prefix_order
from rib.table.origins import path_origin_codes
from rib.table.rib import Rib
from rib.table.selection import as_list

__all__ = ["address_counts", "aggregate"]

#: Length of the prefix that counts as one, by family: an IPv4 address, an IPv6 /48.
_UNIT = {4: 32, 6: 48}


class _Origins(NamedTuple):
    """Distinct (origin, prefix), sorted by them: number of the origin, and row of the prefix.

    ``asn`` has the AS of each number; the number after the last is for no origin AS.
    """

    origin: npt.NDArray[np.int64]
    prefix_id: npt.NDArray[np.uint32]
    asn: npt.NDArray[np.uint32]


def aggregate(given: Rib | Iterable[Any]) -> pd.DataFrame:
    """Give the fewest prefixes with exactly the same addresses, per origin AS of a table.

    Prefixes inside others are left out, and the two halves of a prefix are replaced by it, as often as
    that goes. No address is added and none is lost.

    Parameters
    ----------
    given : Rib, or iterable of str or ipaddress networks
        A table, of which each origin AS is aggregated by itself; or prefixes of either family, in any
        order.

    Returns
    -------
    pandas.DataFrame
        One row per prefix, sorted by origin AS (null last), family, network, length:

        ========= ====== ======== ==============================================================
        column    dtype  nullable meaning
        ========= ====== ======== ==============================================================
        origin_as uint32 yes      origin AS; only of a table. Null: all routes without one (AS_SET
                                  of several, empty path), together
        family    uint8  no       4 or 6
        prefix    str    no
        ========= ====== ======== ==============================================================

    Raises
    ------
    TypeError
        Neither a table nor an iterable of prefixes.
    PrefixError
        A prefix does not parse; the row is named.

    Notes
    -----
    A prefix with several origins (MOAS) is aggregated with each of them. Default routes take part: an
    AS that originates one has the whole family. The set is unique: no smaller one has the same
    addresses. O(routes log routes), some 0.3 s for 4.9M
    routes.

    References
    ----------
    RFC 4632 (aggregation of prefixes).

    Examples
    --------
    >>> import rib
    >>> rib.aggregate(["192.0.2.0/25", "192.0.2.128/25", "192.0.2.7/32"])["prefix"].tolist()
    ['192.0.2.0/24']
    >>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
    >>> found = rib.aggregate(table)
    >>> found[found["origin_as"] == 213394]["prefix"].tolist()
    ['91.208.207.0/24', '2a0f:d0c0::/29']
    """
    if isinstance(given, Rib):
        of = _origins(given)
        covering = _covering(given, of)
        origin = column(covering, "group")
        columns = {"origin_as": _as_numbers(origin, of)}
    else:
        try:
            family, network, length = core.parse_prefixes(_texts(given))
        except PrefixError as error:
            raise PrefixError(f"given: {error}") from None
        order = pa.array(prefix_order(family.to_numpy(), network, length.to_numpy()))
        group = pa.array(np.zeros(len(order), dtype=np.uint32))
        columns = {}
        covering = core.covering_set(group, *(a.take(order) for a in (family, network, length)))
    found = prefix_columns(covering)
    columns |= {"family": found[0], "prefix": core.format_prefixes(*found)}
    return to_frame(pa.table(columns))


def address_counts(table: Rib, *, by: Literal["prefix", "origin_as"]) -> pd.DataFrame:
    """Count addresses without counting any twice: per prefix, or per origin AS.

    A prefix counts the addresses for which it is the longest match: its own less those of the more
    specifics in the table, so that the counts add up to the space of all routes. An origin AS counts
    the union of the prefixes it originates, whoever else originates them or parts of them.

    Parameters
    ----------
    table : Rib
        Routes; default routes take part.
    by : {"prefix", "origin_as"}
        What a row is about.

    Returns
    -------
    pandas.DataFrame
        One row per prefix, in the order of `Rib.prefixes`; or per origin AS and family, sorted by
        them, null last:

        ========== ======= ======== =============================================================
        column     dtype   nullable meaning
        ========== ======= ======== =============================================================
        prefix     str     no       with ``by="prefix"``
        origin_as  uint32  yes      with ``by="origin_as"``; null: all routes without one, together
        family     uint8   no       4 or 6
        addresses  float64 no       IPv4: addresses. IPv6: /48s, of which a /64 is 2**-16
        n_prefixes uint32  no       with ``by="origin_as"``: prefixes of the origin
        ========== ======= ======== =============================================================

    Raises
    ------
    TypeError, ValueError
        ``table`` is no `Rib`, or ``by`` is something else.

    Notes
    -----
    Counts are sums of powers of two, and exact but where they have more than 53 binary digits: a
    ::/0 that holds prefixes longer than /53. A prefix with several origins (MOAS) counts for each of
    them, so that counts of origins add up to more than the space of all routes.
    O(routes log routes), some 0.3 s for 4.9M routes by origin; O(prefixes) and 0.1 s by prefix.

    References
    ----------
    CAIDA AS Rank (addresses of the prefixes of an AS); R. Fontugne et al., "The (thin) bridges of AS
    connectivity", PAM 2018 (addresses less those of more specifics).

    Examples
    --------
    >>> import rib
    >>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
    >>> counts = rib.address_counts(table, by="origin_as")
    >>> counts[counts["origin_as"] == 213394]["addresses"].tolist()
    [256.0, 524288.0]
    """
    if not isinstance(table, Rib):
        raise TypeError(f"table=<{type(table).__name__}>: expected Rib, as read_mrt returns")
    if by == "prefix":
        return _by_prefix(table)
    if by == "origin_as":
        return _by_origin(table)
    raise ValueError(f"by={by!r}: expected 'prefix' or 'origin_as'")


def _by_prefix(table: Rib) -> pd.DataFrame:
    count = _sizes(table.prefixes)
    # What lies right below a prefix lies apart, so its sizes are what more specifics take.
    parent = table.index.parents()
    inside = parent >= 0
    taken = np.bincount(parent[inside], weights=count[inside], minlength=len(count))
    return to_frame(
        pa.table(
            {
                "prefix": table.prefixes.column("text"),
                "family": table.prefixes.column("family"),
                "addresses": count - taken,
            }
        )
    )


def _by_origin(table: Rib) -> pd.DataFrame:
    of = _origins(table)
    covering = _covering(table, of)
    is_6 = column(table.prefixes, "family")[of.prefix_id] == 6
    n = 2 * (len(of.asn) + 1)
    n_prefixes = np.bincount(2 * of.origin + is_6, minlength=n)
    cell = 2 * column(covering, "group").astype(np.int64) + (column(covering, "family") == 6)
    addresses = np.bincount(cell, weights=_sizes(covering), minlength=n)
    there = np.flatnonzero(n_prefixes)
    return to_frame(
        pa.table(
            {
                "origin_as": _as_numbers(there // 2, of),
                "family": pa.array(np.where(there % 2, 6, 4).astype(np.uint8)),
                "addresses": addresses[there],
                "n_prefixes": n_prefixes[there].astype(np.uint32),
            }
        )
    )


def _sizes(prefixes: pa.Table) -> npt.NDArray[np.float64]:
    """Give the addresses, or /48s, of each prefix."""
    unit = np.where(column(prefixes, "family") == 6, _UNIT[6], _UNIT[4])
    sizes: npt.NDArray[np.float64] = np.ldexp(
        1.0, unit - column(prefixes, "length").astype(np.int64)
    )
    return sizes


def _origins(table: Rib) -> _Origins:
    """Collect who originates what, by whomever it is seen."""
    code, asn = path_origin_codes(table)
    routes = table.routes
    origin, prefix_id = unpack(
        distinct(pack(code[column(routes, "as_path_id")], column(routes, "prefix_id")))
    )
    return _Origins(origin, prefix_id, asn)


def _covering(table: Rib, of: _Origins) -> pa.Table:
    """Give the minimal covering set of each origin."""
    rows = pa.array(of.prefix_id)
    prefixes = (array.take(rows) for array in prefix_columns(table.prefixes))
    return core.covering_set(pa.array(of.origin.astype(np.uint32)), *prefixes)


def _as_numbers(origin: npt.NDArray[Any], of: _Origins) -> pa.Array:
    """Give the AS of numbers of origins; null for none."""
    return pa.array(np.append(of.asn, np.uint32(0))[origin], mask=origin == len(of.asn))


def _texts(given: Iterable[Any]) -> pa.Array:
    """Give prefixes as an array of text."""
    prefixes = as_list("given", given)
    for row, prefix in enumerate(prefixes):
        if prefix is None or isinstance(prefix, float | int | bytes):
            raise TypeError(f"given: row {row}: expected a prefix as text, found {prefix!r}")
    return pa.array([str(prefix) for prefix in prefixes], pa.utf8())
