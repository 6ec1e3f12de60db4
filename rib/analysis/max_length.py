"""Payloads whose maximum length authorises more than is announced."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from rib.registry.arguments import check_required
from rib.registry.freshness import registry_warnings
from rib.registry.rov import payload_keys
from rib.table.arrays import lists_by_owner, to_frame
from rib.table.hops import expand_ranges
from rib.table.networks import prefix_columns
from rib.table.origins import origin_votes

if TYPE_CHECKING:
    from rib.registry.vrps import Vrps
    from rib.table.rib import Rib

__all__ = ["max_length_lint"]


def max_length_lint(table: "Rib", *, vrps: "Vrps") -> pd.DataFrame:
    """List payloads whose maximum length admits prefixes that their AS does not announce (RFC 9319).

    A payload of prefix length *l* and maximum length *m* admits 2^(m-l+1) - 1 prefixes: itself and
    all more-specifics up to *m*. It is *loose* if *m* > *l* and the origin AS is not seen with all of
    them: the others can be announced with a forged path to that AS, and are ``valid``.

    Parameters
    ----------
    table : Rib
        Routes; default routes take part.
    vrps : Vrps
        Validated payloads (`rib.read_vrps`).

    Returns
    -------
    pandas.DataFrame
        One row per loose payload, in the order of `Vrps.table` (prefix, AS number, maximum length):

        ================= ========= ======== =====================================================
        column            dtype     nullable meaning
        ================= ========= ======== =====================================================
        prefix            str       no       prefix of the payload
        asn               uint32    no       its AS
        max_length        uint8     no       its maximum length
        trust_anchor      str       yes      where it is from
        n_admitted        float64   no       prefixes that it admits; exact up to 2^53
        n_announced       uint32    no       those of them seen with the AS as origin
        n_open            float64   no       the rest
        longest_announced uint8     yes      longest prefix length of ``n_announced``
        suggested         list[str] no       the prefixes of ``n_announced``, sorted: a payload for
                                             each, with its own length as maximum, admits what is
                                             announced and no more
        ================= ========= ======== =====================================================

        ``attrs["warnings"]`` is that of `validate_origins`.

    Raises
    ------
    TypeError
        An argument is something else, a path for instance.

    Notes
    -----
    AS0 payloads authorise nothing and are left out. An AS_SET of several is nobody's announcement.
    What is not seen by these vantage points is not announced as far as they tell: prefixes kept for a
    failover or for traffic engineering need payloads too (RFC 9319 §5.1), and a hijack with a forged
    origin that is seen counts as announced. Other payloads may admit the same prefixes. Each level of
    nesting costs two binary searches over the pairs still covered: 1.2M prefixes against 724,000 payloads a
    second.

    References
    ----------
    RFC 9319; RFC 6811; Y. Gilad et al., "MaxLength Considered Harmful to the RPKI", CoNEXT 2017.

    Examples
    --------
    >>> import rib
    >>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
    >>> loose = rib.max_length_lint(table, vrps=rib.read_vrps("data/sample-mrt/vrps.json.gz"))
    >>> bool((loose["n_admitted"] == loose["n_announced"] + loose["n_open"]).all())
    True
    """
    check_required(table=table, vrps=vrps)
    length, most, asn = (vrps.table.column(n).to_numpy() for n in ("length", "max_length", "asn"))
    admitted = 2.0 ** (most.astype(np.int64) - length + 1) - 1
    wide = (most > length) & (asn != 0)
    uses = _uses(table, vrps, wide)
    n = len(vrps)
    announced = np.bincount(uses.payload, minlength=n)
    longest = np.zeros(n, np.uint8)
    np.maximum.at(longest, uses.payload, uses.length)
    rows = np.flatnonzero(wide & (announced < admitted))
    place = np.full(n, -1, np.int64)
    place[rows] = np.arange(len(rows))
    of_loose = place[uses.payload] >= 0
    text = table.prefixes.column("text").combine_chunks()
    listed = text.take(pa.array(uses.prefix_id[of_loose]))
    given = vrps.table.select(["prefix", "asn", "max_length", "trust_anchor"]).take(pa.array(rows))
    columns = {name: given.column(name) for name in given.column_names} | {
        "n_admitted": pa.array(admitted[rows]),
        "n_announced": pa.array(announced[rows].astype(np.uint32)),
        "n_open": pa.array(admitted[rows] - announced[rows]),
        "longest_announced": pa.array(longest[rows], mask=announced[rows] == 0),
        "suggested": lists_by_owner(place[uses.payload[of_loose]], listed, len(rows)),
    }
    frame = to_frame(pa.table(columns))
    frame.attrs["warnings"] = registry_warnings(table, vrps=vrps)
    return frame


class _Uses(NamedTuple):
    """Announced prefixes by the payload that admits them, sorted by both."""

    payload: npt.NDArray[np.int64]
    prefix_id: npt.NDArray[np.int64]
    length: npt.NDArray[np.uint8]


def _uses(table: "Rib", vrps: "Vrps", wide: npt.NDArray[np.bool_]) -> _Uses:
    """Find what each of the payloads marked admits among the (prefix, origin AS) that are seen."""
    pairs = origin_votes(table).pairs
    single = np.flatnonzero(pairs.has_origin & (pairs.origin_as != 0))
    prefix_id = pairs.prefix_id[single]
    origin = pairs.origin_as[single].astype(np.uint64) << np.uint64(8)
    prefixes = prefix_columns(table.prefixes)
    lengths = prefixes[2].to_numpy()
    keys = payload_keys(vrps)
    payload: list[npt.NDArray[np.int64]] = [np.empty(0, np.int64)]
    prefix: list[npt.NDArray[np.int64]] = [np.empty(0, np.int64)]
    for query, slot in vrps.rows.walk(vrps.rows.lookup(*prefixes)[prefix_id]):
        key = slot.astype(np.uint64) << np.uint64(40) | origin[query]
        # Payloads of this prefix and AS, from the one whose maximum is just long enough.
        start = np.searchsorted(keys, key | lengths[prefix_id[query]].astype(np.uint64))
        stop = np.searchsorted(keys, key | np.uint64(255), side="right")
        which, row = expand_ranges(start, stop)
        which, row = which[wide[row]], row[wide[row]]
        payload.append(row)
        prefix.append(prefix_id[query[which]])
    rows, ids = np.concatenate(payload), np.concatenate(prefix)
    order = np.lexsort((ids, rows))
    return _Uses(rows[order], ids[order], lengths[ids[order]])
