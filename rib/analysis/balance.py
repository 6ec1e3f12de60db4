"""A small set of origins or prefixes to move so that no transit carries more than it should."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from rib.registry.arguments import check_given, check_required
from rib.table.arrays import column, to_frame
from rib.table.candidates import Candidates, candidates
from rib.table.flows import Profile, bytes_by_interval, matched
from rib.table.forwarding import Forwarding, forward
from rib.table.policy import Policy, PolicyRule
from rib.table.rebalancing import Move, Problem, percentile95, solve
from rib.table.votes import sums

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["Balance", "balance"]

#: Items that may move: those with most traffic. Over intervals fewer, for each is as many numbers.
_MOST_ITEMS, _MOST_ITEMS_BY_TIME = 4096, 1024
_MOST_EXITS = 16
_INTERVAL_S = 300

_NO_ITEM = -1


@dataclass(frozen=True)
class Balance:
    """What `rib.balance` proposes.

    Parameters
    ----------
    moves : pandas.DataFrame
        What to move where, in order.
    exits : pandas.DataFrame
        Load of each transit before and after.
    rules : str
        The moves as lines of a policy file (docs/policy.md), a rule for each transit that gets some.
    policy : Policy
        The policy given, with these rules before its own.
    """

    moves: pd.DataFrame
    exits: pd.DataFrame
    rules: str = field(repr=False)
    policy: Policy = field(repr=False)

    @property
    def ok(self) -> bool:
        """Whether every transit is within its limit after the moves."""
        return bool((self.exits["within"].fillna(True)).all())


def _toml(rule: PolicyRule) -> str:
    what = (
        f"origin_as = [{', '.join(map(str, rule.origin_as))}]"
        if rule.origin_as
        else "prefix = [" + ", ".join(f'"{p}"' for p in rule.prefix) + "]"
    )
    session = ", ".join(map(str, rule.session))
    return f"[[rule]]\nsession = [{session}]\n{what}\nlocal_pref = {rule.local_pref}\n"


class _Setting(NamedTuple):
    """The traffic of every item, by its exit now and by where it could go."""

    exits: npt.NDArray[np.uint32]  # AS of each
    items: npt.NDArray[np.int64]  # AS number or prefix id of each item
    n_prefixes: npt.NDArray[np.int64]  # with traffic, by item
    problem: Problem


def balance(
    view: "Rib",
    flows: Any,
    *,
    shares: Mapping[int, float] | None = None,
    capacities: Mapping[int, float] | None = None,
    policy: Policy | None = None,
    by: Literal["origin_as", "prefix"] = "origin_as",
) -> Balance:
    """Propose which origins or prefixes to move so that each transit keeps within its share or capacity.

    A transit over its limit hands over the destination with the least traffic that is enough, or else the
    one that helps most, to a transit that has a route to it and stays within its own limit; again, until
    all are within. Greedy: the set is small, but not always the smallest there is.

    Parameters
    ----------
    view : Rib
        An own view.
    flows : DataFrame, pyarrow.Table, stream of Arrow batches, or Traffic
        As for `traffic_by_exit`; for ``capacities`` with a column ``time`` (timestamp, or seconds since 1970).
    shares : mapping of int to float
        Largest share of the outgoing bytes by transit AS, above 0 and up to 1. Transits that are not
        named have no limit.
    capacities : mapping of int to float
        In place of ``shares``: largest 95th percentile of the rate, in bit/s, over intervals of 5 minutes.
    policy : Policy, optional
        The policy now, as for `exit_preference`.
    by : {"origin_as", "prefix"}, default "origin_as"
        What is moved at a time: all prefixes of an origin AS that the other transit has, or one prefix.

    Returns
    -------
    Balance
        ``.ok``; ``.policy`` and ``.rules`` (text for a policy file), which have the moves done; ``.moves``, in
        the order found:

        ========== ======= ======== ================================================================
        column     dtype   nullable meaning
        ========== ======= ======== ================================================================
        origin_as  uint32  no       or ``prefix`` (str) with ``by="prefix"``
        to_as      uint32  no       transit that it moves to
        from_as    uint32  no       transit that it mostly leaves
        n_prefixes uint32  no       its prefixes with traffic
        bytes      float64 no       that move
        byte_share float64 no       of all outgoing bytes
        ========== ======= ======== ================================================================

        and ``.exits``, by AS: ``peer_as``, ``limit`` (share, or bit/s; null for none), ``before``, ``after`` (share, or
        95th percentile in bit/s), ``within`` (null without a limit). ``after`` is computed anew with ``.policy``.

    Raises
    ------
    TypeError, ValueError, PrefixError
        ``view`` is no `Rib`; both or neither of ``shares`` and ``capacities``; a limit that is out of range, or of
        an AS that is no transit of the view; shares of all transits that add up to less than 1; more than
        16 transits; flows as in `match_flows`.

    Notes
    -----
    95th percentile as transits bill it: of the samples of the whole time in order, the one below the
    top 5%. Only outgoing traffic is looked at. Only the 4096 items with most traffic may move (1024 with
    ``capacities``); the rest stays where it is. Moves raise LOCAL_PREF, so a destination of a moved origin that
    appears later moves too. O(flows + routes), then O(items · intervals) a move.

    References
    ----------
    RFC 4271 §9.1.1 (degree of preference).

    Examples
    --------
    >>> import pandas as pd
    >>> import rib
    >>> view = rib.read_mrt("data/sample-mrt/own.20250121.1200.mrt.gz")
    >>> flows = pd.DataFrame({"dst": ["5.39.0.1", "8.8.8.8", "1.6.12.1"], "bytes": [500, 300, 200]})
    >>> before = rib.traffic_by_exit(view, flows).set_index("peer_as")["byte_share"]
    >>> plan = rib.balance(view, flows, shares={int(before.idxmax()): 0.6})
    >>> plan.ok, plan.moves["byte_share"].tolist()
    (True, [0.5])
    """
    check_required(view=view)
    check_given(policy=policy)
    if by not in ("origin_as", "prefix"):
        raise ValueError(f"by={by!r}: expected 'origin_as' or 'prefix'")
    if (shares is None) == (capacities is None):
        raise ValueError("shares, capacities: expected exactly one of them")
    now = Policy() if policy is None else policy
    limits = (
        _limits("shares", shares, 1.0)
        if shares is not None
        else _limits("capacities", capacities or {}, math.inf)
    )
    among = candidates(view, now)
    exits = np.unique(column(view.peers, "peer_as")[among.peer_id])
    _check_exits(exits, limits, is_share=shares is not None)
    profile = _profile(view, flows, by_time=capacities is not None)
    unit = _unit(profile, is_share=shares is not None)
    setting = _setting(view, among, forward(view, now), profile, limits, unit, exits, by)
    moves = solve(setting.problem)
    rules = _rules(view, among, setting, moves, by)
    after = replace(now, rules=(*rules, *now.rules))
    then = _loads(view, forward(view, after), profile, exits)
    total = float(setting.problem.load.sum())
    return Balance(
        to_frame(_moves(view, setting, moves, by, total)),
        to_frame(_exits(setting, percentile95(then), limits, unit)),
        "\n".join(map(_toml, rules)),
        after,
    )


# -- what is given -------------------------------------------------------------------------------


def _limits(name: str, given: Mapping[int, float], most: float) -> dict[int, float]:
    expected = (
        "AS numbers with a share above 0 and up to 1"
        if most == 1
        else "AS numbers with bit/s above 0"
    )
    if not isinstance(given, Mapping):
        raise TypeError(f"{name}={given!r}: expected {expected}")
    for asn, limit in given.items():
        values: tuple[Any, Any] = (asn, limit)
        numbers = isinstance(values[0], int | np.integer) and isinstance(values[1], int | float)
        if not numbers or not 0 < limit <= most:
            raise ValueError(f"{name} has {asn!r}: {limit!r}, expected {expected}")
    return {int(asn): float(limit) for asn, limit in given.items()}


def _check_exits(
    exits: npt.NDArray[np.uint32], limits: dict[int, float], *, is_share: bool
) -> None:
    if len(exits) > _MOST_EXITS:
        raise ValueError(
            f"view: expected an own view, with at most {_MOST_EXITS} transit ASes; found {len(exits)}"
        )
    listed = ", ".join(map(str, exits.tolist()))
    unknown = [asn for asn in limits if asn not in exits]
    if unknown:
        name = "shares" if is_share else "capacities"
        raise ValueError(f"{name} has AS{unknown[0]}: expected a transit of the view ({listed})")
    if is_share and len(limits) == len(exits) and sum(limits.values()) < 1 - 1e-9:
        raise ValueError(
            f"shares add up to {sum(limits.values()):g}: expected 1 or more over all transits"
        )


def _profile(view: "Rib", flows: Any, *, by_time: bool) -> Profile:
    if by_time:
        return bytes_by_interval(view, flows, _INTERVAL_S)
    traffic = matched(view, flows)
    prefix = np.flatnonzero(traffic.by_prefix)
    sent = traffic.by_prefix[prefix]
    return Profile(prefix.astype(np.int64), np.zeros(len(prefix), np.int64), sent, 1, _INTERVAL_S)


def _unit(profile: Profile, *, is_share: bool) -> float:
    """Bytes of an interval that are 1 in the limits: all bytes, or those of a rate of 1 bit/s."""
    return float(profile.bytes.sum()) or 1.0 if is_share else profile.seconds / 8


# -- loads ---------------------------------------------------------------------------------------


def _exit_of(view: "Rib", to: Forwarding, exits: npt.NDArray[np.uint32]) -> npt.NDArray[np.int64]:
    """Give the number of the exit that traffic to each prefix takes; -1 for none."""
    peer_as = column(view.peers, "peer_as")
    number = np.searchsorted(exits, peer_as)
    return np.where(to.peer_id >= 0, np.append(number, -1)[to.peer_id], -1)


def _loads(
    view: "Rib", to: Forwarding, profile: Profile, exits: npt.NDArray[np.uint32]
) -> npt.NDArray[np.float64]:
    """Bytes by exit and interval."""
    exit_ = _exit_of(view, to, exits)[profile.prefix]
    out = exit_ >= 0
    n = max(profile.n_intervals, 1)
    cell = exit_[out] * n + profile.interval[out]
    return sums(cell, profile.bytes[out], len(exits) * n).reshape(len(exits), n)


def _setting(
    view: "Rib",
    among: Candidates,
    to: Forwarding,
    profile: Profile,
    limits: dict[int, float],
    unit: float,
    exits: npt.NDArray[np.uint32],
    by: str,
) -> _Setting:
    n_exits, n = len(exits), max(profile.n_intervals, 1)
    exit_ = _exit_of(view, to, exits)
    item = _item_of(view, to, by)
    reach = _reach(view, among, item, exits, by)
    # Traffic belongs to the prefix whose route it takes: that is what moves.
    row = to.by[profile.prefix]
    moving = (exit_[row] >= 0) & (item[row] != _NO_ITEM)
    row, interval, sent = row[moving], profile.interval[moving], profile.bytes[moving]
    known, number = np.unique(item[row], return_inverse=True)
    most = _MOST_ITEMS if n == 1 else _MOST_ITEMS_BY_TIME
    weight = sums(number, sent, len(known))
    kept = np.sort(np.argsort(-weight, kind="stable")[:most])
    place = np.full(len(known), -1)
    place[kept] = np.arange(len(kept))
    keep = place[number] >= 0
    row, interval, sent, number = row[keep], interval[keep], sent[keep], place[number[keep]]
    part = np.zeros((len(kept), n_exits, n_exits, n))
    for u in range(n_exits):
        goes = reach[row, u] & (exit_[row] != u)
        np.add.at(part, (number[goes], exit_[row][goes], u, interval[goes]), sent[goes])
    pairs = np.unique(number.astype(np.int64) << 32 | row)
    limit = np.array([limits.get(int(asn), math.inf) for asn in exits]) * unit
    problem = Problem(part, _loads(view, to, profile, exits), limit)
    n_prefixes = np.bincount(pairs >> 32, minlength=len(kept))
    return _Setting(exits, known[kept], n_prefixes, problem)


def _item_of(view: "Rib", to: Forwarding, by: str) -> npt.NDArray[np.int64]:
    """Item of each prefix: itself, or the origin AS of its best route; -1 where there is none."""
    if by == "prefix":
        return np.arange(view.n_prefixes)
    origin = view.as_paths.column("origin_as").combine_chunks().cast(pa.int64()).fill_null(_NO_ITEM)
    return np.append(origin.to_numpy(), _NO_ITEM)[to.as_path_id]


def _reach(
    view: "Rib",
    among: Candidates,
    item: npt.NDArray[np.int64],
    exits: npt.NDArray[np.uint32],
    by: str,
) -> npt.NDArray[np.bool_]:
    """Which exits have a route to each prefix that a rule about its item would match."""
    exit_ = np.searchsorted(exits, column(view.peers, "peer_as"))[among.peer_id]
    prefix = among.prefix_id.astype(np.int64)
    fits = np.ones(len(prefix), bool)
    if by == "origin_as":
        origin = view.as_paths.column("origin_as").combine_chunks().cast(pa.int64())
        fits = origin.fill_null(_NO_ITEM).to_numpy()[among.as_path_id] == item[prefix]
    reach = np.zeros((view.n_prefixes, len(exits)), bool)
    reach[prefix[fits], exit_[fits]] = True
    return reach


# -- results -------------------------------------------------------------------------------------


def _rules(
    view: "Rib", among: Candidates, setting: _Setting, moves: list[Move], by: str
) -> list[PolicyRule]:
    """Make rules that prefer the new exit to every other route, one for each exit."""
    highest = int(among.columns["local_pref"].max(initial=0))
    above = min(highest + 100, 0xFFFFFFFF)
    texts = view.prefixes.column("text")
    rules = []
    for to in sorted({move.to for move in moves}):
        items = [int(setting.items[move.item]) for move in moves if move.to == to]
        what: dict[str, Any] = (
            {"origin_as": tuple(items)}
            if by == "origin_as"
            else {"prefix": tuple(texts.take(pa.array(items)).to_pylist())}
        )
        rules.append(PolicyRule(local_pref=above, session=(int(setting.exits[to]),), **what))
    return rules


def _moves(view: "Rib", setting: _Setting, moves: list[Move], by: str, total: float) -> pa.Table:
    at = np.array([move.item for move in moves], np.int64)
    to = np.array([move.to for move in moves], np.int64)
    amount = np.array([move.amount for move in moves])
    of = setting.problem.part[at, :, to].sum(axis=-1)
    items = setting.items[at]
    named = (
        {"origin_as": pa.array(items.astype(np.uint32))}
        if by == "origin_as"
        else {"prefix": view.prefixes.column("text").take(pa.array(items, pa.int64()))}
    )
    return pa.table(
        named
        | {
            "to_as": setting.exits[to],
            "from_as": setting.exits[of.argmax(axis=1)],
            "n_prefixes": setting.n_prefixes[at].astype(np.uint32),
            "bytes": amount,
            "byte_share": amount / (total or 1.0),
        }
    )


def _exits(
    setting: _Setting, then: npt.NDArray[np.float64], limits: dict[int, float], unit: float
) -> pa.Table:
    given = [limits.get(int(asn)) for asn in setting.exits]
    after = then / unit
    within = [
        None if limit is None else bool(a <= limit * (1 + 1e-9))
        for limit, a in zip(given, after, strict=True)
    ]
    return pa.table(
        {
            "peer_as": setting.exits,
            "limit": pa.array(given, pa.float64()),
            "before": percentile95(setting.problem.load) / unit,
            "after": after,
            "within": pa.array(within, pa.bool_()),
        }
    )
