"""Who originates each prefix, and whether the registries agree."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from rib.registry.arguments import check_given, check_required
from rib.registry.freshness import registry_warnings
from rib.registry.registered import IRR_CLASSES, IRR_STATES, Registration, registered
from rib.registry.rov import ROV_REASONS, ROV_STATES, validate
from rib.table.arrays import lists_by_owner, to_frame
from rib.table.keys import distinct, is_in
from rib.table.origins import OriginPairs, origin_votes
from rib.table.zhao import zhao_classes

if TYPE_CHECKING:
    from rib.registry.irr import Irr
    from rib.registry.vrps import Vrps
    from rib.table.rib import Rib

__all__ = ["moas", "validate_origins"]


def validate_origins(
    table: "Rib",
    *,
    vrps: "Vrps | None" = None,
    irr: "Irr | None" = None,
    irr_covering: bool = True,
) -> pd.DataFrame:
    """Validate the origin of every route against the RPKI (RFC 6811) and the IRR.

    A payload *covers* a prefix if it is equal to or less specific than it; it *matches* if it also
    has the origin AS (not 0) and a maximum length that admits the prefix. No covering payload:
    ``not-found``; one that matches: ``valid``; otherwise ``invalid``. Route objects are compared
    with set semantics: any object that has the origin makes a pair ``valid``.

    Parameters
    ----------
    table : Rib
        Routes; default routes take part.
    vrps : Vrps, optional
        Validated payloads (`rib.read_vrps`); by default the ``rov_`` columns are null.
    irr : Irr, optional
        Route objects (`rib.read_irr`); by default the ``irr_`` columns are null. With ``vrps``,
        objects that are themselves RPKI-invalid do not count, as irrd hides them.
    irr_covering : bool
        Whether an object for a less-specific prefix makes a pair ``valid``. With False it must be
        for exactly the prefix.

    Returns
    -------
    pandas.DataFrame
        One row per (prefix, origin AS), sorted by prefix (family, network, length), then origin AS,
        null last:

        ======================= ============ ==================================================
        column                  dtype        meaning
        ======================= ============ ==================================================
        prefix                  str
        origin_as               uint32       null: AS_SET of several, or an empty path
        n_vps                   uint32       VP ASes that see it
        rov_state               str          valid, invalid, not-found
        rov_reason              str          null unless invalid; length: a covering payload has
                                             the AS, but a shorter maximum; as: none has
        irr_state               str          valid, invalid, invalid,more-specific, not-found
        irr_sources             list[str]    sources of the matching objects, else of those
                                             that cover the prefix
        rov_matched             uint32       covering payloads that match
        rov_unmatched_as        uint32       covering payloads of another AS
        rov_unmatched_length    uint32       covering payloads of this AS, maximum too short
        irr_other_origins       list[uint32] other origins registered for exactly this prefix
        irr_class               str          class of the best source that matches: rpki, rir,
                                             other, nonauth; null where none does
        irr_other_class         str          the same of the sources of ``irr_other_origins``
        ======================= ============ ==================================================

        ``attrs["warnings"]`` says in words where ``vrps`` are empty, or more than two days older than
        the table; an empty list where neither is so.

    Raises
    ------
    ValueError
        Neither ``vrps`` nor ``irr`` is given.
    TypeError
        An argument is something else, a path for instance.

    Notes
    -----
    A null origin and an AS0 payload never match, so that space covered by AS0 alone is ``invalid``.
    ``invalid`` of the IRR: an object has exactly this prefix and another origin;
    ``invalid,more-specific``: only less-specifics are registered. ``irr_other_origins`` beside a
    ``valid`` state is the normal look of a migration: registered multi-origin, not a conflict. An
    ``irr_class`` of ``rir`` beside an ``irr_other_class`` of ``other`` or ``nonauth`` is a holder's object
    that one of a stranger contradicts: the first was checked, the second was not.
    Full table (1.2M prefixes) against 700k payloads: about a second.

    References
    ----------
    RFC 6811, RFC 8893, RFC 6483 §4 and RFC 7607 (AS0), RFC 2622 (route objects).

    Examples
    --------
    >>> import rib
    >>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
    >>> irr = rib.read_irr("data/sample-mrt/irr.20250121.db.gz")
    >>> result = rib.validate_origins(table, irr=irr)
    >>> result[result["prefix"] == "91.208.207.0/24"]["irr_state"].tolist()
    ['valid']
    """
    check_required(table=table)
    check_given(vrps=vrps, irr=irr)
    if vrps is None and irr is None:
        raise ValueError("vrps=None, irr=None: expected at least one registry to validate against")
    pairs = origin_votes(table).pairs
    n = len(pairs.prefix_id)
    columns: dict[str, pa.Array] = {
        "prefix": table.prefixes.column("text").combine_chunks().take(pa.array(pairs.prefix_id)),
        "origin_as": pa.array(pairs.origin_as, mask=~pairs.has_origin),
        "n_vps": pa.array(pairs.n_vps.astype(np.uint32)),
    }
    rov = _rov_columns(table, pairs, vrps)
    columns |= {name: rov[name] for name in ("rov_state", "rov_reason")}
    irr_columns = _irr_columns(table, pairs, irr, vrps, covering=irr_covering)
    columns |= {name: irr_columns[name] for name in ("irr_state", "irr_sources")}
    columns |= {name: array for name, array in rov.items() if name not in columns}
    columns |= {name: array for name, array in irr_columns.items() if name not in columns}
    assert all(len(array) == n for array in columns.values())
    frame = to_frame(pa.table(columns))
    frame.attrs["warnings"] = registry_warnings(table, vrps=vrps)
    return frame


def _rov_columns(table: "Rib", pairs: OriginPairs, vrps: "Vrps | None") -> dict[str, pa.Array]:
    counts = ("rov_matched", "rov_unmatched_as", "rov_unmatched_length")
    n = len(pairs.prefix_id)
    if vrps is None:
        texts = {name: pa.nulls(n, pa.utf8()) for name in ("rov_state", "rov_reason")}
        return texts | {name: pa.nulls(n, pa.uint32()) for name in counts}
    rov = validate(vrps, table.prefixes, pairs.prefix_id, pairs.origin_as, pairs.has_origin)
    return {
        "rov_state": _labels(rov.state, ROV_STATES),
        "rov_reason": _labels(rov.reason, ROV_REASONS),
        **{name: pa.array(v.astype(np.uint32)) for name, v in zip(counts, rov[2:], strict=True)},
    }


def _irr_columns(
    table: "Rib", pairs: OriginPairs, irr: "Irr | None", vrps: "Vrps | None", *, covering: bool
) -> dict[str, pa.Array]:
    n = len(pairs.prefix_id)
    if irr is None:
        return {
            "irr_state": pa.nulls(n, pa.utf8()),
            "irr_sources": pa.nulls(n, pa.list_(pa.utf8())),
            "irr_other_origins": pa.nulls(n, pa.list_(pa.uint32())),
            "irr_class": pa.nulls(n, pa.utf8()),
            "irr_other_class": pa.nulls(n, pa.utf8()),
        }
    found: Registration = registered(
        irr,
        table.prefixes,
        pairs.prefix_id,
        pairs.origin_as,
        pairs.has_origin,
        vrps=vrps,
        covering=covering,
    )
    names = irr.table.column("source").combine_chunks().dictionary
    order = np.argsort(np.array(names.to_pylist(), dtype=object), kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    by_name = np.lexsort((rank[found.source], found.source_pair))
    sources = names.take(pa.array(found.source[by_name]))
    return {
        "irr_state": _labels(found.state, IRR_STATES),
        "irr_sources": lists_by_owner(found.source_pair, sources, n),
        "irr_other_origins": lists_by_owner(found.other_pair, pa.array(found.other_origin), n),
        "irr_class": _classes(found.rank),
        "irr_other_class": _classes(found.other_rank),
    }


def _classes(rank: npt.NDArray[np.uint8]) -> pa.Array:
    known = rank < len(IRR_CLASSES)
    return pa.array(IRR_CLASSES, pa.utf8()).take(pa.array(np.where(known, rank, 0), mask=~known))


def _labels(codes: npt.NDArray[Any], names: tuple[str | None, ...]) -> pa.Array:
    return pa.array(names, pa.utf8()).take(pa.array(codes))


def moas(table: "Rib") -> pd.DataFrame:
    """List the prefixes that several ASes originate (MOAS).

    Parameters
    ----------
    table : Rib
        Routes; default routes take part.

    Returns
    -------
    pandas.DataFrame
        One row per prefix with two or more origin ASes, sorted by prefix:

        =============== ============ ==========================================================
        column          dtype        meaning
        =============== ============ ==========================================================
        prefix          str
        origins         list[uint32] origin ASes, ascending
        n_vps_by_origin list[uint32] VP ASes that see each, in the order of ``origins``
        zhao_class      str          OrigTranAS, SplitView, DistinctPaths
        =============== ============ ==========================================================

    Notes
    -----
    A null origin (AS_SET, empty path) is no origin here. ``OrigTranAS``: one origin is also transit
    on a path to another, so one sells to the other; else ``SplitView``: paths to different origins
    share an AS, the VP's own included; else ``DistinctPaths``. A VP AS that sees two origins counts
    for both. Cost: one pass over the paths of MOAS prefixes.

    References
    ----------
    X. Zhao et al., "An Analysis of BGP Multiple Origin AS (MOAS) Conflicts", IMW 2001.

    Examples
    --------
    >>> import rib
    >>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
    >>> rib.moas(table)["origins"].map(len).min() >= 2
    True
    """
    check_required(table=table)
    pairs = origin_votes(table).pairs
    single = np.flatnonzero(pairs.has_origin)
    # Pairs are sorted by prefix: a neighbour with the same prefix is another origin of it.
    same = np.flatnonzero(np.diff(pairs.prefix_id[single]) == 0)
    wanted = distinct(pairs.prefix_id[single[same]])
    rows = single[is_in(pairs.prefix_id[single], wanted)]
    place = np.searchsorted(wanted, pairs.prefix_id[rows])
    n = len(wanted)
    return to_frame(
        pa.table(
            {
                "prefix": table.prefixes.column("text").combine_chunks().take(pa.array(wanted)),
                "origins": lists_by_owner(place, pa.array(pairs.origin_as[rows]), n),
                "n_vps_by_origin": lists_by_owner(
                    place, pa.array(pairs.n_vps[rows].astype(np.uint32)), n
                ),
                "zhao_class": zhao_classes(table, wanted),
            }
        )
    )
