"""On which ASes the vantage points depend to reach an origin AS, or everything."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from rib._backend import core
from rib.registry.arguments import check_required
from rib.table.arrays import column, to_frame
from rib.table.peers import feed_thresholds
from rib.table.resampling import N_RESAMPLES, check_ci, resample
from rib.table.selection import as_numbers

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["FEW_VPS", "as_hegemony", "dependency_share"]

#: With fewer VP ASes a tenth is less than one of them: nothing is trimmed.
FEW_VPS = 10

_TRIMS = ("scipy", "force")

Scope = Iterable[int] | Literal["all"] | None


def as_hegemony(
    table: "Rib",
    *,
    scope: Scope = None,
    sparse: bool = False,
    trim: Literal["scipy", "force"] = "scipy",
    ci: float | None = None,
) -> pd.DataFrame:
    """Measure AS hegemony: how far the vantage points depend on an AS to reach others.

    At one session the score of an AS is the weight of the prefixes whose paths contain it, over the
    weight of all prefixes of the scope. Scores of the sessions of a VP AS at a collector are
    averaged, then those at its collectors; the hegemony is the mean over VP ASes without the tenth
    of them that has the highest and the tenth that has the lowest scores.

    Parameters
    ----------
    table : Rib
        Routes of collectors: each VP is a foreign AS. Of an own view take `dependency_share`.
    scope : iterable of int, "all", or None, default None
        None: the global hegemony, over all prefixes. AS numbers: the local hegemony of each, over
        the prefixes that it originates. "all": global, and local of every origin AS.
    sparse : bool, default False
        Take the mean over the VP ASes that have weight in the scope, not over all. A VP AS without
        has 0: it has no path, or more-specifics of others cover all that it has.
    trim : {"scipy", "force"}, default "scipy"
        "scipy": leave out ⌊n/10⌋ of n VP ASes at either end, as `scipy.stats.trim_mean` does.
        "force": at least one where there are more than two, as the older *ashash* did.
    ci : float, optional
        Coverage of a bootstrap interval over VP ASes, such as 0.95. By default there is none.

    Returns
    -------
    pandas.DataFrame
        One row per scope, family and AS with a hegemony above 0, sorted by scope (global first),
        family and AS:

        ============= ======= ======== =========================================================
        column        dtype   nullable meaning
        ============= ======= ======== =========================================================
        scope         uint32  yes      origin AS; null: global
        family        uint8   no       4 or 6
        asn           uint32  no       AS depended on; the origin AS itself has 1
        hegemony      float64 no       0 to 1
        n_vps         uint32  no       VP ASes that the mean is over, before trimming
        n_vps_with_as uint32  no       those of them with the AS on a path
        warning       str     yes      what to keep in mind where ``n_vps`` is less than 10
        hegemony_low  float64 yes      ends of the interval; only with ``ci``
        hegemony_high float64 yes
        ============= ======= ======== =========================================================

        ``attrs["full_feed_thresholds"]`` has the least number of prefixes of a full feed by family, and
        ``attrs["n_full_feeds"]`` the sessions that have it: where that is 0, there are no rows. An AS that
        originates nothing has none either.

    Raises
    ------
    TypeError, ValueError
        ``table`` is no `Rib`; another ``scope``, ``trim`` or ``ci``.

    Notes
    -----
    *Who counts.* Sessions with a full feed of the family (`Rib.peers`, ``is_full_feed4`` and
    ``is_full_feed6``). Default routes are left out. After `Rib.select` a prefix has the addresses that
    no more-specific *of the selection* has: take the whole table and a ``scope``.

    *Weight* of an IPv4 prefix: its addresses less those of the more-specifics that the same session
    has, whoever originates them. IPv6: 1. Routes of one session to one prefix (ADD-PATH) share it.

    *AS_SET*: each member has an equal part of the weight. A prefix behind a set of several has no
    origin AS and counts in the global scope only. An AS that a path names twice counts once, so
    prepends and loops change nothing. Reserved AS numbers count as they stand; confederation
    segments are passed over. The VP AS counts on its own paths: one vantage point is trimmed away
    where there are ten.

    *Few vantage points.* With fewer than 10 nothing is trimmed and each weighs more than a tenth:
    what lies near one of them looks important. ``warning`` says so.

    O(routes · path length) and 8 bytes for each session, AS and processor; sorting by origin AS.
    An interval takes some 1000 additions for each row and VP AS.

    References
    ----------
    Fontugne, Shah, Aben, "The (thin) bridges of AS connectivity", PAM 2018; Efron (1979) for the
    bootstrap.

    Examples
    --------
    >>> import rib
    >>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
    >>> found = rib.as_hegemony(table, scope=[213394])
    >>> found[(found["family"] == 4) & (found["hegemony"] > 0.3)]["asn"].tolist()
    [3257, 213394]
    """
    if trim not in _TRIMS:
        raise ValueError(f"trim={trim!r}: expected 'scipy' or 'force'")
    if not isinstance(sparse, bool):
        raise TypeError(f"sparse={sparse!r}: expected True or False")
    check_required(table=table)
    found = _measure(table, scope, sparse=sparse, trim=trim, ci=check_ci(ci))
    n_vps = found.column("n_vps")
    share = pc.cast(pc.round(pc.divide(100.0, pc.cast(n_vps, pa.float64()))), pa.int64())
    text = pc.binary_join_element_wise(
        "only ",
        pc.cast(n_vps, pa.utf8()),
        pc.if_else(pc.equal(n_vps, 1), " VP AS: ", " VP ASes: "),
        "nothing is trimmed, one of them weighs " if trim == "scipy" else "one of them weighs ",
        pc.cast(share, pa.utf8()),
        "%",
        "",
    )
    warning = pc.if_else(pc.less(n_vps, FEW_VPS), text, pa.scalar(None, pa.utf8()))
    at = found.column_names.index("n_vps_with_as") + 1
    frame = to_frame(found.add_column(at, "warning", warning))
    frame.attrs |= _feeds(table)
    return frame


def dependency_share(view: "Rib", *, scope: Scope = None) -> pd.DataFrame:
    """Measure on which ASes the transits of an own view depend: the mean of their scores, untrimmed.

    The score of an AS at a transit is the weight of the prefixes whose paths contain it, over the
    weight of all prefixes of the scope (`as_hegemony`). With three or four transits this is no
    hegemony: nothing is trimmed, and each transit AS has 1/n.

    Parameters
    ----------
    view : Rib
        Routes of an own view: each peer is a transit session of ours.
    scope : iterable of int, "all", or None, default None
        None: over all prefixes. AS numbers: over the prefixes that each originates. "all": both, of
        every origin AS.

    Returns
    -------
    pandas.DataFrame
        One row per scope, family and AS, sorted by scope (global first), family and AS:

        =================== ======= ======== ===================================================
        column              dtype   nullable meaning
        =================== ======= ======== ===================================================
        scope               uint32  yes      origin AS; null: all prefixes
        family              uint8   no       4 or 6
        asn                 uint32  no       AS depended on
        dependency_share    float64 no       above 0, to 1
        n_transits          uint32  no       transit ASes
        n_transits_with_as  uint32  no       those of them with the AS on a path
        =================== ======= ======== ===================================================

    Raises
    ------
    TypeError, ValueError
        ``view`` is no `Rib`; another ``scope``.

    Notes
    -----
    Weights, AS_SETs, prepends and cost are those of `as_hegemony`. Sessions without a full feed take
    no part: a transit that sends us some prefixes only would count as not reaching the rest.

    References
    ----------
    Fontugne, Shah, Aben, PAM 2018.

    Examples
    --------
    >>> import rib
    >>> view = rib.read_mrt("data/sample-mrt/own.20250121.1200.mrt.gz")
    >>> found = rib.dependency_share(view)
    >>> found[found["asn"] == 3356]["n_transits"].tolist()
    [4, 4]
    """
    check_required(view=view)
    found = _measure(view, scope, sparse=False, trim="none", ci=None)
    names = {
        "hegemony": "dependency_share",
        "n_vps": "n_transits",
        "n_vps_with_as": "n_transits_with_as",
    }
    frame = to_frame(found.rename_columns([names.get(n, n) for n in found.column_names]))
    frame.attrs |= _feeds(view)
    return frame


def _feeds(table: "Rib") -> dict[str, dict[int, int | None]]:
    """Tell who counts: what a full feed is, and how many sessions have one."""
    n = {f: int(column(table.peers, f"is_full_feed{f}").sum()) for f in (4, 6)}
    return {"full_feed_thresholds": feed_thresholds(table.peers), "n_full_feeds": {**n}}


def _measure(table: "Rib", scope: Scope, *, sparse: bool, trim: str, ci: float | None) -> pa.Table:
    scopes = None
    if isinstance(scope, str):
        if scope != "all":
            raise ValueError(f"scope={scope!r}: expected AS numbers, 'all' or None")
    elif scope is not None:
        scopes = pa.array(np.unique(as_numbers("scope", scope)))
    elif scope is None:
        scopes = pa.array([], pa.uint32())
    peers = _peer_columns(table.peers)
    found = core.as_hegemony(
        (
            table.routes.select(["prefix_id", "peer_id", "as_path_id"]),
            table.prefixes.select(["family", "network", "length"]),
            table.as_paths.select(["hops", "segments", "origin_as"]),
            peers,
        ),
        scopes,
        global_scope=scope is None or isinstance(scope, str),
        sparse=sparse,
        trim=trim,
        draws=None if ci is None else _draws(peers, ci),
    )
    return found if ci is not None else found.drop_columns(["hegemony_low", "hegemony_high"])


def _peer_columns(peers: pa.Table) -> pa.Table:
    collector = peers.column("collector").combine_chunks().dictionary_encode()
    return pa.table(
        {
            "peer_as": peers.column("peer_as"),
            "collector": collector.indices.cast(pa.uint32()),
            "full4": peers.column("is_full_feed4"),
            "full6": peers.column("is_full_feed6"),
        }
    ).combine_chunks()


def _draws(
    peers: pa.Table, ci: float
) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint16], int, float]:
    """Resamples of the VP ASes of either family, one VP AS after the other."""

    def of(full: str) -> npt.NDArray[Any]:
        n_vps = len(np.unique(column(peers, "peer_as")[column(peers, full)]))
        return np.ascontiguousarray(resample(n_vps).T).ravel()

    return of("full4"), of("full6"), N_RESAMPLES, ci
