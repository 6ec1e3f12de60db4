"""The steps of a move in a safe order, and what breaks where one is taken now.

The order keeps three things true at any time: no announcement becomes RPKI-invalid, none is dropped by
filters that transits build from the IRR, and the prefix is reachable.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import pyarrow as pa

from rib.analysis.moving.facts import Facts, Move

__all__ = ["BREAKS", "STEPS", "break_rows", "stage", "status", "step_rows"]

DONE, TO_DO, BLOCKED, NOT_NEEDED, UNKNOWN = "done", "to do", "blocked", "not needed", "unknown"

STEPS = pa.schema(
    [
        pa.field("step", pa.utf8(), nullable=False),
        pa.field("state", pa.utf8(), nullable=False),
        pa.field("do", pa.utf8(), nullable=False),
        pa.field("waits_for", pa.list_(pa.utf8()), nullable=False),
        pa.field("why", pa.utf8(), nullable=False),
        pa.field("done_at", pa.timestamp("s", tz="UTC")),
    ]
)
BREAKS = pa.schema(
    [
        pa.field("step", pa.utf8(), nullable=False),
        pa.field("breaks", pa.utf8(), nullable=False),
        pa.field("prefix", pa.utf8(), nullable=False),
        pa.field("origin_as", pa.uint32(), nullable=False),
        pa.field("n_vps", pa.uint32()),
        pa.field("why", pa.utf8(), nullable=False),
    ]
)


def status(facts: Facts) -> str | None:
    """Say what is registered; None without an IRR."""
    if facts.old.registered is None:
        return None
    return {
        (True, True): "registered multi-origin, transfer in progress",
        (True, False): "registered for the old origin only",
        (False, True): "registered for the new origin only",
        (False, False): "not registered",
    }[bool(facts.old.registered), bool(facts.new.registered)]


def stage(facts: Facts, before: list[Facts]) -> str:
    """Say how far the move is; ``before`` are the earlier snapshots."""
    old, new = facts.old, facts.new
    if new.announced and old.announced:
        return "in progress"
    if new.announced:
        if len(new.upstreams) < 2:
            return "single transit"
        return "cleanup" if old.registered or old.n_matched else "done"
    if not old.announced and any(f.old.announced or f.new.announced for f in before):
        return "withdrawn"
    ready = new.registered or (new.registered is None and new.rov == "valid")
    return "registered" if ready else "not started"


class _Step(NamedTuple):
    """A step: whether it is done, needed, known, and which must be done before."""

    name: str
    do: str
    why: str
    is_done: Callable[[Facts], bool]
    is_known: Callable[[Facts], bool] = lambda _: True
    is_needed: Callable[[Facts], bool] = lambda _: True
    after: tuple[str, ...] = ()


def _has_irr(facts: Facts) -> bool:
    return facts.old.registered is not None


def _has_vrps(facts: Facts) -> bool:
    return facts.old.rov is not None


def _has_moved(facts: Facts) -> bool:
    return facts.new.announced and not facts.old.announced


_ORDER = (
    _Step(
        "roa-old",
        "keep or create a ROA for {prefix} with the old origin AS{from_as}, maximum length {length}",
        "a ROA for the new origin alone makes the old announcement invalid at once",
        lambda f: f.old.rov == "valid",
        _has_vrps,
        lambda f: f.old.announced,
    ),
    _Step(
        "roa-new",
        "create a ROA for {prefix} with the new origin AS{to_as}, maximum length {length}",
        "it has to be published and fetched before the new origin announces",
        lambda f: f.new.rov == "valid",
        _has_vrps,
        after=("roa-old",),
    ),
    _Step(
        "route-new",
        "create a route object for {prefix} with origin AS{to_as}; keep that of AS{from_as}",
        "transits build filters from route objects; two origins for one prefix are normal in a move",
        lambda f: bool(f.new.registered),
        _has_irr,
    ),
    _Step(
        "as-set-new",
        "have the as-set that AS{to_as} exports contain AS{to_as}",
        "transits build filters from the as-set of their customer",
        lambda f: bool(f.in_own_set),
        lambda f: f.in_own_set is not None,
    ),
    _Step(
        "as-set-old",
        "have the as-set that AS{from_as} exports contain AS{to_as}, while it gives transit",
        "transits of the old origin pass the new one on only if its as-set names it",
        lambda f: bool(f.in_old_set),
        lambda f: f.in_old_set is not None,
        lambda f: not f.new.announced or f.old.asn in f.new.upstreams,
    ),
    _Step(
        "announce-new",
        "announce {prefix} from AS{to_as}",
        "both origins may announce for a while; nobody loses the prefix",
        lambda f: f.new.announced,
        after=("roa-old", "roa-new", "route-new", "as-set-new", "as-set-old"),
    ),
    _Step(
        "withdraw-old",
        "stop announcing {prefix} from AS{from_as}",
        "only once the new origin is seen",
        _has_moved,
        is_needed=lambda f: f.old.announced,
        after=("announce-new",),
    ),
    _Step(
        "transits-new",
        "announce {prefix} from AS{to_as} through a second upstream at least",
        "one upstream is one failure",
        lambda f: len(f.new.upstreams) > 1,
        after=("announce-new",),
    ),
    _Step(
        "remove-route-old",
        "delete the route object for {prefix} with origin AS{from_as}",
        "a stale object lets the old origin announce the prefix again",
        lambda f: _has_moved(f) and not f.old.registered,
        _has_irr,
        lambda f: bool(f.old.registered),
        after=("withdraw-old",),
    ),
    _Step(
        "remove-roa-old",
        "remove the ROA for {prefix} with AS{from_as}, or its part for this prefix",
        "a stale ROA keeps an announcement of the old origin valid",
        lambda f: _has_moved(f) and not f.old.n_matched,
        _has_vrps,
        lambda f: f.old.n_matched > 0,
        after=("withdraw-old",),
    ),
)


def _state(step: _Step, facts: Facts, states: dict[str, str]) -> tuple[str, list[str]]:
    if not step.is_known(facts):
        return UNKNOWN, []
    if step.is_done(facts):
        return DONE, []
    if not step.is_needed(facts):
        return NOT_NEEDED, []
    waits = [name for name in step.after if states[name] in (TO_DO, BLOCKED)]
    return (BLOCKED if waits else TO_DO), waits


def step_rows(move: Move, snapshots: list[Facts]) -> list[dict[str, Any]]:
    """Judge the steps at the last snapshot; ``done_at`` is since when each has been done."""
    states: dict[str, str] = {}
    rows = []
    words = {
        "prefix": move.prefix,
        "length": move.row.column("length")[0].as_py(),
        "from_as": move.from_as,
        "to_as": move.to_as,
    }
    for step in _ORDER:
        states[step.name], waits = _state(step, snapshots[-1], states)
        since = None
        for facts in reversed(snapshots):
            if not (step.is_known(facts) and step.is_done(facts)):
                break
            since = facts.time
        rows.append(
            {
                "step": step.name,
                "state": states[step.name],
                "do": step.do.format(**words),
                "waits_for": waits,
                "why": step.why,
                "done_at": since if states[step.name] == DONE else None,
            }
        )
    return rows


# -- what breaks ---------------------------------------------------------------------------------


def break_rows(move: Move, facts: Facts) -> list[dict[str, Any]]:
    """List what breaks at once where a step is taken now, in the order of the steps."""
    rows: list[dict[str, Any]] = []

    def add(step: str, what: str, why: str, asn: int, n_vps: int | None, prefix: str = "") -> None:
        values = (step, what, prefix or move.prefix, asn, n_vps, why)
        rows.append(dict(zip(BREAKS.names, values, strict=True)))

    old, new = facts.old, facts.new
    for step, other in (("roa-old", new), ("roa-new", old)):
        mine = old if other is new else new
        if mine.rov in (None, "valid"):
            continue
        covers = "the first payload that covers it is of another AS"
        if other.announced and other.rov == "not-found":
            add(step, "invalid", covers, other.asn, other.n_vps)
        for inner in facts.inside:
            if inner.rov == "not-found":
                why = "the first payload that covers it has another AS or a shorter maximum length"
                add(step, "invalid", why, inner.origin_as, inner.n_vps, inner.prefix)
    if not new.announced:
        if new.rov == "invalid":
            why = "its payloads are of other ASes: networks that validate (RFC 6811) drop it"
            add("announce-new", "invalid", why, new.asn, None)
        if new.registered is False:
            why = "no route object has this origin: transits that filter by the IRR drop it"
            add("announce-new", "filtered", why, new.asn, None)
        if facts.in_own_set is False:
            why = "the as-set it exports lacks it: transits that filter by the as-set drop it"
            add("announce-new", "filtered", why, new.asn, None)
        if facts.in_old_set is False:
            why = f"the as-set that AS{old.asn} exports lacks it: not through AS{old.asn}"
            add("announce-new", "filtered", why, new.asn, None)
        if old.announced:
            add("withdraw-old", "unreachable", "nobody else announces it", old.asn, old.n_vps)
    elif new.upstreams == [old.asn]:
        why = f"AS{new.asn} is reached through AS{old.asn} alone"
        add("end-transit-old", "unreachable", why, new.asn, new.n_vps)
    if old.announced and old.registered:
        why = "it still announces: transits that filter by the IRR drop it"
        add("remove-route-old", "filtered", why, old.asn, old.n_vps)
    if old.announced and old.n_matched and old.n_other:
        why = "it still announces, and other payloads cover the prefix"
        add("remove-roa-old", "invalid", why, old.asn, old.n_vps)
    return rows
