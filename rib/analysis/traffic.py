"""Through which transit traffic leaves, and what another policy would change."""

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from rib.registry.arguments import check_given, check_required
from rib.table.arrays import column, to_frame
from rib.table.exit_space import exit_addresses
from rib.table.flows import Traffic, matched
from rib.table.forwarding import OUTCOMES, Forwarding, forward
from rib.table.policy import Policy
from rib.table.votes import starts_of_runs, sums

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["match_flows", "traffic_by_exit", "what_if"]

_BY = ("exit", "origin_as", "path_length")
_NO_AS = 1 << 32  # above every ASN, so that it sorts last


def match_flows(view: "Rib", flows: Any) -> Traffic:
    """Add up flows by longest-prefix match, once, for several questions about the same traffic.

    Parameters
    ----------
    view : Rib
        The table that later questions are about.
    flows : DataFrame, pyarrow.Table or stream of Arrow batches
        Columns ``dst`` (destination, in any form that `Rib.lookup_ids` takes) and ``bytes`` (from 0). A
        stream (`pyarrow.RecordBatchReader`, Polars, DuckDB, `rib.read_flows`) may be longer than memory.

    Returns
    -------
    Traffic
        Bytes by row of `Rib.prefixes`, and those that match nothing; given as ``flows`` to
        `traffic_by_exit` and `what_if` in place of the flows.

    Raises
    ------
    TypeError, ValueError, PrefixError
        Another kind of ``flows``, a column that is missing, bytes that are no number from 0, a destination
        that is no address; the row is named.

    Notes
    -----
    O(flows): some 100M flows with numeric addresses in 2 s, with text in 5 s, on 2 cores.

    Examples
    --------
    >>> import pandas as pd
    >>> import rib
    >>> view = rib.read_mrt("data/sample-mrt/own.20250121.1200.mrt.gz")
    >>> flows = pd.DataFrame({"dst": ["5.39.0.1", "3fff::1"], "bytes": [900, 100]})
    >>> rib.match_flows(view, flows).unmatched
    100.0
    """
    check_required(view=view)
    return matched(view, flows)


def traffic_by_exit(
    view: "Rib",
    flows: Any,
    *,
    policy: Policy | None = None,
    by: Literal["exit", "origin_as", "path_length"] = "exit",
) -> pd.DataFrame:
    """Add up the bytes that leave through each exit, by longest-prefix match and best route.

    Parameters
    ----------
    view : Rib
        An own view: every peer is one of our sessions, with what it sent.
    flows : DataFrame, pyarrow.Table, stream of Arrow batches, or Traffic
        Columns ``dst`` and ``bytes``, or what `match_flows` made of them.
    policy : Policy, optional
        As for `exit_preference`.
    by : {"exit", "origin_as", "path_length"}, default "exit"
        What to split the bytes of an exit by: nothing more, the origin AS of the destination, or the
        AS_PATH length of the best route.

    Returns
    -------
    pandas.DataFrame
        One row per exit and family with traffic (per origin AS or path length and exit), one more for each
        other ``outcome``. All rows together have all bytes. Sorted by family and peer (null last); by
        origin AS: by its bytes, most first; by path length: by length.

        =========== ======= ======== ===============================================================
        column      dtype   nullable meaning
        =========== ======= ======== ===============================================================
        origin_as   uint32  yes      with ``by="origin_as"``; null: AS_SET of several, or no exit
        path_length uint16  yes      with ``by="path_length"``: prepends counted (RFC 4271 §9.1.2.2)
        family      uint8   yes      4 or 6; null: unmatched
        peer        str     yes      address of the session; null where it is no exit
        peer_as     uint32  yes      its AS
        outcome     str     no       exit; ambiguous (`exit_preference`); local (only a router's own route);
                                     no_route (the policy rejects all routes, covering ones too);
                                     unmatched (no prefix covers the destination)
        n_prefixes  uint32  no       longest matches that have traffic
        bytes       float64 no       exact up to 2^53
        byte_share  float64 yes      of all bytes; null without any
        =========== ======= ======== ===============================================================

    Raises
    ------
    TypeError, ValueError, PrefixError
        ``view`` is no `Rib`; another ``by``; flows as in `match_flows`.

    Notes
    -----
    A prefix all of whose routes the policy rejects is not in the router's table; its traffic follows the
    longest covering prefix that is. O(flows + routes), see `match_flows`.

    References
    ----------
    RFC 4271 §9.1.2.2; RFC 4632 §5.1 (longest match).

    Examples
    --------
    >>> import pandas as pd
    >>> import rib
    >>> view = rib.read_mrt("data/sample-mrt/own.20250121.1200.mrt.gz")
    >>> flows = pd.DataFrame({"dst": ["5.39.0.1", "3fff::1"], "bytes": [900, 100]})
    >>> rib.traffic_by_exit(view, flows)[["outcome", "byte_share"]].values.tolist()
    [['exit', 0.9], ['unmatched', 0.1]]
    """
    check_required(view=view)
    check_given(policy=policy)
    if by not in _BY:
        raise ValueError(f"by={by!r}: expected 'exit', 'origin_as' or 'path_length'")
    traffic = matched(view, flows)
    to = forward(view, Policy() if policy is None else policy)
    used = np.flatnonzero(traffic.by_prefix)
    sent = traffic.by_prefix[used]
    family = column(view.prefixes, "family")[used].astype(np.int64)
    key, named = _keys(view, to, used, by)
    columns = _add_up(view, to, used, (key, family), sent)
    columns = named(columns.pop("key")) | columns
    found = pa.table(columns)
    if traffic.unmatched or traffic.n_unmatched:
        found = pa.concat_tables([found, _unmatched(found.schema, traffic.unmatched)])
    total = traffic.total
    share = pc.divide(found.column("bytes"), total) if total else pa.nulls(len(found), pa.float64())
    found = found.append_column("byte_share", share)
    if by == "origin_as":
        found = _by_bytes_of(found, "origin_as")
    return to_frame(found)


def _keys(
    view: "Rib", to: Forwarding, used: npt.NDArray[Any], by: str
) -> tuple[npt.NDArray[np.int64], Any]:
    """Give what to split by, of each prefix, and the column that it becomes."""
    path = to.as_path_id[used]
    if by == "exit":
        return np.zeros(len(used), np.int64), lambda _: {}
    none = _NO_AS
    name, kind = ("origin_as", pa.uint32()) if by == "origin_as" else ("path_length", pa.uint16())
    source = view.as_paths.column("origin_as" if by == "origin_as" else "length")
    values = source.combine_chunks().cast(pa.int64()).fill_null(none).to_numpy()
    key = np.where(path >= 0, np.append(values, none)[path], none)
    return key, lambda keys: {name: pa.array(keys, mask=keys == none).cast(kind)}


def _add_up(
    view: "Rib",
    to: Forwarding,
    used: npt.NDArray[Any],
    by: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]],
    sent: npt.NDArray[np.float64],
) -> dict[str, Any]:
    """Bytes by key, family and exit, sorted by them, other outcomes last."""
    key, family = by
    n_peers = view.n_peers
    outcome, peer = to.outcome[used].astype(np.int64), to.peer_id[used]
    slot = np.where(peer >= 0, peer, n_peers + outcome)
    order = np.lexsort((slot, family, key))
    key, family, slot, sent = key[order], family[order], slot[order], sent[order]
    # Below 2^33 keys, 3 bits and 2^17 slots: 53 of 63 bits.
    packed = (key * 8 + family) << 17 | slot
    first = starts_of_runs(packed)
    row = np.repeat(np.arange(len(first)), np.diff(np.append(first, len(packed))))
    slot = slot[first]
    is_exit = slot < n_peers
    peers = pa.array(slot, mask=~is_exit)
    return {
        "key": key[first],
        "family": pa.array(family[first].astype(np.uint8)),
        "peer": view.peers.column("peer_ip").take(peers),
        "peer_as": view.peers.column("peer_as").take(peers),
        "outcome": pa.array(OUTCOMES).take(pa.array(np.where(is_exit, 0, slot - n_peers))),
        "n_prefixes": np.bincount(row, minlength=len(first)).astype(np.uint32),
        "bytes": sums(row, sent, len(first)),
    }


def _unmatched(schema: pa.Schema, sent: float) -> pa.Table:
    known = {"outcome": "unmatched", "n_prefixes": 0, "bytes": sent}
    return pa.Table.from_pylist([known], schema=schema)


def _by_bytes_of(found: pa.Table, name: str) -> pa.Table:
    """Sort by the bytes of all rows with one value of a column, most first; null last."""
    values = found.column(name).combine_chunks().cast(pa.int64()).fill_null(_NO_AS).to_numpy()
    sent = column(found, "bytes")
    distinct, at = np.unique(values, return_inverse=True)
    of = sums(at, sent, len(distinct))[at]
    order = np.lexsort((np.arange(len(values)), values, -of, values == _NO_AS))
    return found.take(pa.array(order))


def what_if(
    view: "Rib", before: Policy | None, after: Policy | None, *, flows: Any = None
) -> pd.DataFrame:
    """Compare two policies: how much traffic leaves through which exit under either.

    Parameters
    ----------
    view : Rib
        An own view.
    before, after : Policy or None
        Policies as for `exit_preference`; None: that of the RFC.
    flows : DataFrame, pyarrow.Table, stream of Arrow batches, or Traffic, optional
        Traffic, as for `traffic_by_exit`. Without it ``bytes`` is null.

    Returns
    -------
    pandas.DataFrame
        One row per family and pair of exits that a prefix has before and after, sorted by family, ``from_peer``
        and ``to_peer`` in the order of `Rib.peers`, other outcomes last:

        ============ ======= ======== ==============================================================
        column       dtype   nullable meaning
        ============ ======= ======== ==============================================================
        family       uint8   no       4 or 6
        from_peer    str     yes      address of the session before; null: no exit
        from_as      uint32  yes
        from_outcome str     no       exit, ambiguous, local, no_route (`traffic_by_exit`)
        to_peer      str     yes      the same after
        to_as        uint32  yes
        to_outcome   str     no
        moved        bool    no       whether the two differ
        n_prefixes   uint32  no
        addresses    float64 no       addresses (IPv6: /48s) of these prefixes, more-specifics left out
        bytes        float64 yes      bytes of flows
        ============ ======= ======== ==============================================================

    Raises
    ------
    TypeError, ValueError, PrefixError
        ``view`` is no `Rib`, a policy no `Policy`; flows as in `match_flows`.

    Notes
    -----
    O(flows + routes).

    References
    ----------
    RFC 4271 §9.1.2.2.

    Examples
    --------
    >>> import rib
    >>> view = rib.read_mrt("data/sample-mrt/own.20250121.1200.mrt.gz")
    >>> prefer = rib.Policy(rules=(rib.PolicyRule(local_pref=200, session=(29075,)),))
    >>> moves = rib.what_if(view, None, prefer)
    >>> sorted(moves[moves["moved"]]["to_as"].unique())
    [29075]
    """
    check_required(view=view)
    check_given(before=before, after=after)
    traffic = None if flows is None else matched(view, flows)
    a, b = (forward(view, Policy() if p is None else p) for p in (before, after))
    n = view.n_peers
    slots = [np.where(f.peer_id >= 0, f.peer_id, n + f.outcome) for f in (a, b)]
    family = column(view.prefixes, "family").astype(np.int64)
    packed = (family << 17 | slots[0]) << 17 | slots[1]
    distinct, at = np.unique(packed, return_inverse=True)
    left, right = distinct >> 17 & 0x1FFFF, distinct & 0x1FFFF
    columns: dict[str, Any] = {"family": pa.array((distinct >> 34).astype(np.uint8))}
    for side, slot in (("from", left), ("to", right)):
        is_exit = slot < n
        peers = pa.array(slot, mask=~is_exit)
        columns[f"{side}_peer"] = view.peers.column("peer_ip").take(peers)
        columns[f"{side}_as"] = view.peers.column("peer_as").take(peers)
        outcome = pa.array(np.where(is_exit, 0, slot - n))
        columns[f"{side}_outcome"] = pa.array(OUTCOMES).take(outcome)
    size = len(distinct)
    columns |= {
        "moved": left != right,
        "n_prefixes": np.bincount(at, minlength=size).astype(np.uint32),
        "addresses": sums(at, exit_addresses(view), size),
        "bytes": pa.nulls(size, pa.float64())
        if traffic is None
        else sums(at, traffic.by_prefix, size),
    }
    return to_frame(pa.table(columns))
