"""Which exit wins each prefix of an own view, and at which step of the decision process."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from rib.registry.arguments import check_given, check_required
from rib.table.arrays import column, to_frame
from rib.table.candidates import Candidates, candidates
from rib.table.decision import STEPS, Decisions, decide
from rib.table.exit_space import exit_addresses
from rib.table.policy import Policy

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["ExitPreference", "exit_preference"]

#: Steps whose difference is a number that means something, the column, and the better direction.
_MARGINS = {
    "local_pref": ("local_pref", -1),
    "as_path_length": ("length", 1),
    "origin": ("origin", 1),
    "med": ("med", 1),
    "igp_cost": ("igp_cost", 1),
    "age": ("age", 1),
}

_SUMMARY = pa.schema(
    [
        ("by", pa.utf8()),
        ("family", pa.uint8()),
        ("name", pa.utf8()),
        ("peer_as", pa.uint32()),
        ("n_prefixes", pa.uint32()),
        ("prefix_share", pa.float64()),
        ("addresses", pa.float64()),
        ("address_share", pa.float64()),
        ("only_prefixes", pa.uint32()),
        ("only_addresses", pa.float64()),
        ("backup_prefixes", pa.uint32()),
        ("backup_addresses", pa.float64()),
    ]
)

_Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ExitPreference:
    """What `rib.exit_preference` gives: a row per prefix, and what they add up to.

    Parameters
    ----------
    routes : pandas.DataFrame
        One row per prefix.
    summary : pandas.DataFrame
        Shares of each exit and of each step.
    """

    routes: pd.DataFrame = field(repr=False)
    summary: pd.DataFrame

    def _repr_html_(self) -> str:
        html: str = self.summary.to_html()
        return html


def exit_preference(view: "Rib", policy: Policy | None = None) -> ExitPreference:
    """Choose the best route of every prefix as RFC 4271 §9.1.2.2 does, and say what decided.

    Candidates are the routes of all sessions to one prefix. Each step keeps the best of those that the
    steps before it left: LOCAL_PREF, AS_PATH length, ORIGIN, MED within a neighbouring AS, EBGP over IBGP,
    interior cost, age (where the policy asks), BGP identifier, peer address. The runner-up is the
    winner of all others, and ``step`` the first at which the winner beats it.

    Parameters
    ----------
    view : Rib
        An own view: every peer is a session of one router of ours, with what it sent (Adj-RIB-In). Of a
        collector's table the result is what a router with all its peers would do, which the table cannot tell.
    policy : Policy, optional
        Local preference, MED, interior cost and ties (`rib.read_policy`). By default that of the RFC, with
        the LOCAL_PREF that the routes carry.

    Returns
    -------
    ExitPreference
        ``.routes``: one row per prefix with a candidate, sorted by prefix (family, network, length):

        =============== ======= ======== ===========================================================
        column          dtype   nullable meaning
        =============== ======= ======== ===========================================================
        prefix          str     no
        family          uint8   no       4 or 6
        winner_peer     str     yes      address of the session that wins; null: ambiguous
        winner_as       uint32  yes      its AS
        runner_up_peer  str     yes      session of the best other route; null: only, ambiguous
        step            str     no       local_pref, as_path_length, origin, med, ebgp, igp_cost, age,
                                         router_id, peer_address, only (no other candidate),
                                         ambiguous (depends on the order of arrival)
        n_candidates    uint32  no       routes to choose from, every ADD-PATH route counted
        runner_up_as    uint32  yes
        margin          int64   yes      by how much the runner-up lost at ``step``: in its unit (age:
                                         seconds), above 0; null at ebgp, router_id, peer_address
        length_margin   int64   yes      AS_PATH length of the runner-up less the winner's
        addresses       float64 no       addresses (IPv6: /48s) for which the prefix is the longest
                                         match; of a default route 0
        winner_route    uint32  yes      row in `Rib.routes`
        runner_up_route uint32  yes      row in `Rib.routes`
        =============== ======= ======== ===========================================================

        ``.summary``: what share each exit wins and each step decides, sorted by ``by``, family, and
        then peers in the order of `Rib.peers` (null last) or steps in the order of the process:

        ================ ======= ======== ==========================================================
        column           dtype   nullable meaning
        ================ ======= ======== ==========================================================
        by               str     no       exit, step
        family           uint8   no       4 or 6
        name             str     yes      peer address, or step; null: no exit, since ambiguous
        peer_as          uint32  yes      AS of the exit
        n_prefixes       uint32  no       prefixes that it wins, or decides
        prefix_share     float64 no       of the prefixes of the family
        addresses        float64 no       addresses of these prefixes
        address_share    float64 yes      of those of the family; null where there are none
        only_prefixes    uint32  yes      of an exit: prefixes without another candidate
        only_addresses   float64 yes
        backup_prefixes  uint32  yes      of an exit: prefixes that it wins if the winner goes
        backup_addresses float64 yes
        ================ ======= ======== ==========================================================

    Raises
    ------
    TypeError
        ``view`` is no `Rib`, or ``policy`` no `Policy`.

    Notes
    -----
    LOCAL_PREF that is missing is 100, or the policy's default; where no route has one but 0, all are
    missing. AS_PATH length counts prepends, an AS_SET as one, confederations not. MED is compared
    among routes whose paths begin with the same AS. With ``deterministic_med=False`` a prefix whose winner
    depends on the order of comparison is ``ambiguous``, without a winner. A router's own routes (peer
    AS 0) are no exits. Default routes are prefixes like others. Peer addresses compare as numbers, IPv4
    before IPv6; of one session the lower ADD-PATH id goes first. A partial feed is no candidate for what it
    does not send. O(routes); 4.2M routes to 1.06M prefixes take some 0.5 s on 2 cores.

    References
    ----------
    RFC 4271 §9.1.2.2, RFC 4456 §9 (ORIGINATOR_ID), RFC 5065 §5.3 (confederations), RFC 5004 (oldest route).

    Examples
    --------
    >>> import rib
    >>> view = rib.read_mrt("data/sample-mrt/own.20250121.1200.mrt.gz")
    >>> exits = rib.exit_preference(view)
    >>> steps = exits.summary[exits.summary["by"] == "step"]
    >>> sorted(steps["name"].unique())
    ['as_path_length', 'local_pref', 'only', 'origin', 'router_id']
    """
    check_required(view=view)
    check_given(policy=policy)
    among = candidates(view, Policy() if policy is None else policy)
    decided = decide(among)
    addresses = exit_addresses(view)
    routes = _routes(view, among, decided, addresses)
    return ExitPreference(to_frame(routes), to_frame(_summary(view, among, decided, addresses)))


def _routes(
    view: "Rib", among: Candidates, decided: Decisions, addresses: npt.NDArray[np.float64]
) -> pa.Table:
    peers, prefixes = view.peers, view.prefixes.select(["text", "family"])
    rows = np.flatnonzero(decided.n_candidates)
    if len(rows) < len(addresses):
        prefixes, decided, addresses = (
            prefixes.take(pa.array(rows)),
            decided.of(rows),
            addresses[rows],
        )
    winner, runner_up, step = decided.winner, decided.runner_up, decided.step
    won, second = (_peers(among, given) for given in (winner, runner_up))
    length = among.columns["length"]
    return pa.table(
        {
            "prefix": prefixes.column("text"),
            "family": prefixes.column("family"),
            "winner_peer": peers.column("peer_ip").take(won),
            "winner_as": peers.column("peer_as").take(won),
            "runner_up_peer": peers.column("peer_ip").take(second),
            "step": pa.array(STEPS).take(pa.array(step)),
            "n_candidates": decided.n_candidates,
            "runner_up_as": peers.column("peer_as").take(second),
            "margin": _margin(among, winner, runner_up, step),
            "length_margin": pa.array(
                length[runner_up].astype(np.int64) - length[winner], mask=runner_up < 0
            ),
            "addresses": addresses,
            "winner_route": _route(among, winner),
            "runner_up_route": _route(among, runner_up),
        }
    )


def _peers(among: Candidates, rows: _Numbers) -> pa.Array:
    """Give the peer of each row, null for -1."""
    return pa.array(among.peer_id[rows], mask=rows < 0)


def _route(among: Candidates, rows: _Numbers) -> pa.Array:
    return pa.array(among.route[rows].astype(np.uint32), mask=rows < 0)


def _margin(
    among: Candidates, winner: _Numbers, runner_up: _Numbers, step: npt.NDArray[np.int8]
) -> pa.Array:
    margin = np.zeros(len(step), np.int64)
    known = np.zeros(len(step), bool)
    for name, (key, sign) in _MARGINS.items():
        at = np.flatnonzero(step == STEPS.index(name))
        values = among.columns[key]
        worse, better = values[runner_up[at]].astype(np.int64), values[winner[at]].astype(np.int64)
        margin[at] = sign * (worse - better)
        known[at] = True
    return pa.array(margin, mask=~known)


def _summary(
    view: "Rib", among: Candidates, decided: Decisions, addresses: npt.NDArray[np.float64]
) -> pa.Table:
    family = column(view.prefixes, "family")
    # Prefixes are sorted by family, and candidates by prefix.
    split = np.searchsorted(among.prefix_id, np.uint32(np.count_nonzero(family == 4)))
    parts = [_SUMMARY.empty_table()]
    for by in (_by_exit, _by_step):
        for number, of_family in ((4, slice(0, split)), (6, slice(split, None))):
            rows = np.flatnonzero((family == number) & (decided.n_candidates > 0))
            if len(rows):
                sent = np.bincount(among.peer_id[of_family], minlength=view.n_peers) > 0
                part = by(view, among, decided.of(rows), addresses[rows], sent)
                numbers = pa.array(np.full(len(part["n_prefixes"]), number, np.uint8))
                parts.append(pa.table({**part, "family": numbers}).select(_SUMMARY.names))
    return pa.concat_tables([part.cast(_SUMMARY) for part in parts])


def _by_exit(
    view: "Rib",
    among: Candidates,
    decided: Decisions,
    addresses: npt.NDArray[np.float64],
    sent: npt.NDArray[np.bool_],
) -> dict[str, Any]:
    n = view.n_peers
    # One more than the peers stands for no exit.
    winner, backup = (
        np.where(rows < 0, n, among.peer_id[rows]) for rows in (decided.winner, decided.runner_up)
    )
    only = decided.step == STEPS.index("only")
    n_prefixes, won = _sums(winner, addresses, n + 1)
    n_only, only_addresses = _sums(winner[only], addresses[only], n + 1)
    n_backup, backup_addresses = _sums(backup, addresses, n + 1)
    listed = np.flatnonzero(np.append(sent, n_prefixes[n] > 0))
    is_none = listed == n
    peer = pa.array(listed, pa.int64(), mask=is_none)
    return {
        "by": ["exit"] * len(listed),
        "name": view.peers.column("peer_ip").take(peer),
        "peer_as": view.peers.column("peer_as").take(peer),
        **_shares(n_prefixes, won, listed),
        "only_prefixes": pa.array(n_only[listed], mask=is_none),
        "only_addresses": pa.array(only_addresses[listed], mask=is_none),
        "backup_prefixes": pa.array(n_backup[listed], mask=is_none),
        "backup_addresses": pa.array(backup_addresses[listed], mask=is_none),
    }


def _by_step(
    _view: "Rib",
    _among: Candidates,
    decided: Decisions,
    addresses: npt.NDArray[np.float64],
    _sent: npt.NDArray[np.bool_],
) -> dict[str, Any]:
    n_prefixes, won = _sums(decided.step, addresses, len(STEPS))
    listed = np.flatnonzero(n_prefixes)
    unknown = {
        name: pa.nulls(len(listed), _SUMMARY.field(name).type)
        for name in ("peer_as", *_SUMMARY.names[8:])
    }
    return {
        "by": ["step"] * len(listed),
        "name": pa.array(STEPS).take(pa.array(listed)),
        **unknown,
        **_shares(n_prefixes, won, listed),
    }


def _sums(
    code: npt.NDArray[Any], addresses: npt.NDArray[np.float64], n: int
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.float64]]:
    """Count the prefixes of each code, and add up their addresses."""
    count = np.bincount(code, minlength=n).astype(np.uint32)
    return count, np.bincount(code, weights=addresses, minlength=n).astype(np.float64)


def _shares(
    n_prefixes: npt.NDArray[np.uint32],
    addresses: npt.NDArray[np.float64],
    listed: npt.NDArray[np.intp],
) -> dict[str, Any]:
    space = addresses.sum()
    return {
        "n_prefixes": n_prefixes[listed],
        "prefix_share": n_prefixes[listed] / n_prefixes.sum(),
        "addresses": addresses[listed],
        "address_share": pa.array(addresses[listed] / space)
        if space
        else pa.nulls(len(listed), pa.float64()),
    }
