"""What becomes of every prefix of an own view when transits, sessions, ASes or links fail."""

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa

from rib.registry.arguments import check_at_least, check_given, check_required
from rib.table.arrays import to_frame
from rib.table.candidates import candidates
from rib.table.failing import failing_elements, without
from rib.table.flows import matched
from rib.table.policy import Policy
from rib.table.rerouting import Rerouting

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["LOWER_BOUNDS", "TransitFailures", "transit_failures"]

_OUTCOMES = [
    ("outcome", pa.utf8()),
    ("family", pa.uint8()),
    ("n_prefixes", pa.uint32()),
    ("addresses", pa.float64()),
    ("prefix_share", pa.float64()),
    ("address_share", pa.float64()),
    ("candidates_left", pa.float64()),
    ("length_change", pa.float64()),
    ("one_left", pa.uint32()),
]
_BYTES = [("bytes", pa.float64())]
_BYTE_SHARE = [("byte_share", pa.float64())]
_MOVES = [
    ("family", pa.uint8()),
    ("n_prefixes", pa.uint32()),
    ("addresses", pa.float64()),
    ("length_change", pa.float64()),
]


#: What to keep in mind of failures further away than our own sessions.
LOWER_BOUNDS = (
    "What is left is what we see now: after an AS or link further away fails, networks in between may find other "
    "paths, so reachability is a lower bound and lost an upper one."
)


class TransitFailures(pd.DataFrame):
    """What `rib.transit_failures` gives: a DataFrame of outcomes that also knows where the load went.

    What is made of it, by selecting rows for instance, is a plain DataFrame.
    """

    _metadata = ("_shift",)
    _shift: pd.DataFrame

    @property
    def _constructor(self) -> Callable[..., pd.DataFrame]:
        return pd.DataFrame

    @property
    def shift(self) -> pd.DataFrame:  # type: ignore[override]
        """Where the load of each failed set went, one row per exit that lost and exit that won it."""
        return self._shift


def transit_failures(
    view: "Rib",
    k: int = 1,
    *,
    unit: Literal["as", "session"] = "as",
    fail: Iterable[int | tuple[int, int]] | None = None,
    policy: Policy | None = None,
    flows: Any = None,
) -> TransitFailures:
    """Say what becomes of every prefix when any ``k`` of our transits fail at once (N-1, N-2).

    The routes of what has failed are taken out, every prefix is decided again, and a prefix without a
    route follows its longest less-specific that still has one, as longest-prefix match does.

    Parameters
    ----------
    view : Rib
        An own view: every peer is one of our sessions, with what it sent (Adj-RIB-In).
    k : int
        How many fail together, at least 1. Every combination is one failed set. Default 1.
    unit : {"as", "session"}
        What fails: a transit AS with all of its sessions (default), or a single session.
    fail : iterable of int or (int, int), optional
        What may fail in place of our transits: ASes anywhere on a path (also those of our sessions), and
        links between two neighbours on a path, in either direction.
    policy : Policy, optional
        As for `rib.exit_preference`, with ``deterministic_med`` True whatever it says.
    flows : DataFrame, pyarrow.Table, stream of Arrow batches, or Traffic, optional
        Traffic, as for `rib.traffic_by_exit`: columns of bytes are added to both results.

    Returns
    -------
    TransitFailures
        A DataFrame with a row per failed set, family and outcome, zeros included, sorted by failed set
        (ascending AS; sessions in the order of `Rib.peers`; ``fail`` in the order given), family, and
        outcome from best to worst:

        =============== ============ ======== =======================================================
        column          dtype        nullable meaning
        =============== ============ ======== =======================================================
        failed          object       no       tuple of the ASes that fail, or of the addresses of
                                              sessions; a link in ``fail`` is a tuple of two in it
        outcome         str          no       unaffected (the same route wins), rerouted_exact (another
                                              route to the prefix), rerouted_cover (a less-specific),
                                              default_only (the default route), lost
        family          uint8        no       4 or 6
        n_prefixes      uint32       no       prefixes with this outcome
        addresses       float64      no       addresses (IPv6: /48s) for which they are the longest match
        prefix_share    float64      no       of the prefixes of the family
        address_share   float64      yes      of those of the family; null where there are none
        candidates_left float64      yes      mean number of routes left to choose from, to the prefix or
                                              to the less-specific that it follows; null of no prefixes
        length_change   float64      yes      mean AS_PATH length of the new route less the old one's;
                                              null of no prefixes, and where lost
        one_left        uint32       no       prefixes with a single route left, which the next failure
                                              may take
        bytes           float64      no       only with ``flows``: bytes to these prefixes
        byte_share      float64      yes      only with ``flows``: of those of the family
        =============== ============ ======== =======================================================

        ``attrs["note"]`` says what is a bound where ``fail`` is given. For path diversity after transits have
        failed, all of it, measure what is left: ``rib.path_diversity(view.select(peers=[…]))``.

        ``.shift``: where the load went, one row per failed set, family and pair of exits, sorted by them:

        ============= ============ ======== =========================================================
        column        dtype        nullable meaning
        ============= ============ ======== =========================================================
        failed        object       no       as above
        family        uint8        no       4 or 6
        from_as       uint32       no       exit before; with ``unit="session"`` from_peer, an address
        to_as         uint32       no       exit after; with ``unit="session"`` to_peer
        n_prefixes    uint32       no       prefixes that moved, to whatever route
        addresses     float64      no
        length_change float64      no       mean AS_PATH length after less before
        bytes         float64      no       only with ``flows``
        ============= ============ ======== =========================================================

    Raises
    ------
    TypeError, ValueError
        An argument is something else; it is named.

    Notes
    -----
    The outcomes of a failed set partition the prefixes that have a candidate before it, default routes among
    them; a default route counts no addresses. Fewer than ``k`` elements give no rows. An AS of an AS_SET
    is on the path; links are told on paths without one. What survives the failure of an AS or link further
    away is what we see now: networks in between may find other paths, so these reachabilities are lower
    bounds. O(failed sets x routes); 4.2M routes take some 0.2 s for each failed set.

    References
    ----------
    RFC 4271 §9.1.2.2 (the decision process), RFC 4632 §5.1 (longest match).

    Examples
    --------
    >>> import rib
    >>> view = rib.read_mrt("data/sample-mrt/own.20250121.1200.mrt.gz")
    >>> failures = rib.transit_failures(view)
    >>> lost = failures[failures["outcome"] == "lost"]
    >>> lost.groupby("failed")["n_prefixes"].sum().to_dict()
    {(3257,): 3, (3356,): 0, (29075,): 3, (43424,): 1}
    >>> failures.shift.columns.tolist()[:4]
    ['failed', 'family', 'from_as', 'to_as']
    """
    check_required(view=view)
    check_given(policy=policy)
    check_at_least(1, k=k)
    if unit not in ("as", "session"):
        raise ValueError(f"unit={unit!r}: expected 'as' or 'session'")
    among = candidates(view, Policy() if policy is None else policy)
    elements = failing_elements(view, among, unit, fail)
    by_peer = unit == "session"
    traffic = None if flows is None else matched(view, flows)
    rerouting = Rerouting(view, among, traffic, by_peer=by_peer)
    sets = list(combinations(elements, k))
    sums = [rerouting.after(without(among, failed)) for failed in sets]
    names = [tuple(element.name for element in failed) for failed in sets]
    sent, shared = ([], []) if traffic is None else (_BYTES, _BYTE_SHARE)
    columns = [*_OUTCOMES, *sent, *shared]
    found = TransitFailures(_frame(names, [outcomes for outcomes, _ in sums], columns))
    ends = ("from_peer", "to_peer") if by_peer else ("from_as", "to_as")
    end = pa.utf8() if by_peer else pa.uint32()
    columns = [*_MOVES[:1], *((name, end) for name in ends), *_MOVES[1:], *sent]
    if fail is not None:
        found.attrs["note"] = LOWER_BOUNDS
    found._shift = _frame(names, [moves for _, moves in sums], columns)  # noqa: SLF001
    return found


def _frame(
    names: Sequence[tuple[object, ...]],
    tables: list[pa.Table],
    columns: list[tuple[str, pa.DataType]],
) -> pd.DataFrame:
    """Give the rows of all failed sets; of none the columns alone."""
    schema = pa.schema(columns)
    whole = [table.rename_columns(schema.names).cast(schema) for table in tables]
    frame = to_frame(pa.concat_tables([schema.empty_table(), *whole]).combine_chunks())
    # Tuples, which rows can be grouped by, as they cannot by Arrow's lists.
    failed = np.empty(len(frame), object)
    failed[:] = [name for name, table in zip(names, tables, strict=True) for _ in range(len(table))]
    frame.insert(0, "failed", pd.Series(failed, dtype=object))
    return frame
