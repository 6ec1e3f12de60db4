"""Candidates grouped into events: one row per cause, with score, evidence and what would clear it."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from rib.analysis.suspicion.candidates import KINDS, Candidates
from rib.analysis.suspicion.context import Context
from rib.analysis.suspicion.rules import RULES, Rule, verdict
from rib.analysis.suspicion.sightings import sightings
from rib.table.evidence import EVIDENCE
from rib.table.hops import expand_ranges
from rib.table.networks import prefix_columns

__all__ = ["EVENTS", "build_events"]

_ASNS = pa.list_(pa.field("item", pa.uint32()))
_TEXTS = pa.list_(pa.field("item", pa.utf8()))

#: Columns of `hijack_suspects`.
EVENTS = pa.schema(
    [
        pa.field("event_id", pa.utf8()),
        pa.field("kind", pa.utf8()),
        pa.field("prefixes", _TEXTS),
        pa.field("incumbents", _ASNS),
        pa.field("newcomers", _ASNS),
        pa.field("n_vps", pa.uint32()),
        pa.field("score", pa.uint8()),
        pa.field("confidence", pa.uint8()),
        pa.field("tags", _TEXTS),
        pa.field("explained_by", _TEXTS),
        pa.field("would_clear", _TEXTS),
        pa.field("evidence", EVIDENCE),
        pa.field("vp_ases", _ASNS),
        pa.field("first_seen", pa.timestamp("s", "UTC")),
        pa.field("last_seen", pa.timestamp("s", "UTC")),
        pa.field("n_colluding", pa.uint32()),
    ]
)

#: ARTEMIS codes: prefix dimension (Exact, Sub-prefix, sQuat); the path dimension is the hop of the lie.
_ARTEMIS = {"moas": "E|0", "submoas": "S|0", "squat": "Q|0"}
_LINKS = ("forged_origin", "new_edge")
_PATH = KINDS.index("path_anomaly")


@dataclass
class _Event:
    kind: int
    rules: int
    incumbents: tuple[int, ...]
    newcomers: tuple[int, ...]
    prefix_ids: list[int] = field(default_factory=list)
    vps: set[int] = field(default_factory=set)
    hop: int = 0


def build_events(ctx: Context, candidates: list[Candidates]) -> pa.Table:
    """Group rows of one cause, score them, and say why.

    Notes
    -----
    Rows with the same kind, incumbents and rules are one event per prefix, and those of them with
    the same newcomers one event with many prefixes. A loop over findings, not over routes.
    """
    events = _group(candidates)
    text = ctx.table.prefixes.column("text").combine_chunks()
    sources = _Sources(ctx)
    rows = []
    for event, seen in zip(events, sightings(ctx, events), strict=True):
        prefixes = text.take(pa.array(event.prefix_ids)).to_pylist()
        rows.append((event, _row(ctx, event, prefixes, sources) | seen))
    rows.sort(
        key=lambda r: (-r[1]["score"], r[0].kind, r[0].prefix_ids, r[0].newcomers, r[0].incumbents)
    )
    _number_equal_ids([row for _, row in rows])
    return pa.Table.from_pylist([row for _, row in rows], schema=EVENTS)


def _number_equal_ids(rows: list[dict[str, Any]]) -> None:
    """Tell events apart that share kind, first prefix and newcomers, as two links of one AS may."""
    seen = Counter[str]()
    for row in rows:
        name = row["event_id"]
        seen[name] += 1
        if seen[name] > 1:
            row["event_id"] = f"{name}~{seen[name]}"


def _group(candidates: list[Candidates]) -> list[_Event]:
    at_prefix: dict[tuple[Any, ...], tuple[list[int], set[int], list[int]]] = {}
    for part in candidates:
        columns = (part.kind, part.prefix_id, part.newcomer, part.rules, part.hop)
        starts = zip(
            part.old_start, part.old_start[1:], part.vp_start, part.vp_start[1:], strict=False
        )
        for (kind, prefix, new, rules, hop), (a, b, c, d) in zip(
            zip(*(c.tolist() for c in columns), strict=True), starts, strict=True
        ):
            key = (kind, prefix, tuple(part.old[a:b].tolist()), rules)
            newcomers, vps, hops = at_prefix.setdefault(key, ([], set(), []))
            newcomers += [new] if new or kind != _PATH else []  # 0: no AS in question
            hops.append(hop)
            vps.update(part.vp[c:d].tolist())
    events: dict[tuple[Any, ...], _Event] = {}
    for (kind, prefix, old, rules), (new, vps, hops) in sorted(
        at_prefix.items(), key=lambda i: i[0][:2]
    ):
        ases = tuple(sorted(set(new)))
        event = events.setdefault(
            (kind, old, ases, rules), _Event(kind, rules, old, ases, hop=min(hops))
        )
        event.hop = min(event.hop, *hops)
        event.prefix_ids.append(prefix)
        event.vps |= vps
    return list(events.values())


class _Sources:
    """Name and date of each input, for the evidence rows."""

    def __init__(self, ctx: Context) -> None:
        self.of: dict[str, tuple[str, str | None]] = {
            "table": ("table", _day(ctx.date)),
            "special": (ctx.special.source, _day(ctx.special.date)),
            "scrubbers": (ctx.scrubbers.source, _day(ctx.scrubbers.date)),
            "own": ("own", None),
        }
        if ctx.baseline is not None:
            self.of["baseline"] = ("baseline", _day(ctx.baseline.date))
        for name in ("vrps", "organisations", "relationships", "delegations"):
            given = getattr(ctx, name)
            if given is not None:
                self.of[name] = (Path(given.source).name, _day(given.date))
        if ctx.bogons is not None:
            names = ", ".join(Path(s).name for s in ctx.bogons.sources)
            self.of["bogons"] = (names or "bogons", _day(ctx.bogons.date))
        if ctx.irr is not None:
            names = ", ".join(Path(s).name for s in ctx.irr.sources)
            self.of["irr"] = (names or "irr", _day(ctx.irr.date))

    @property
    def n_registries(self) -> int:
        return len(self.of) - 4


def _day(date: Any) -> str | None:
    return None if date is None else f"{date:%Y-%m-%d}"


def _row(ctx: Context, event: _Event, prefixes: list[str], sources: _Sources) -> dict[str, Any]:
    fired = [r for number, r in enumerate(RULES.values()) if event.rules >> number & 1]
    names = {
        "new": _ases(event.newcomers) or "the origin",
        "old": _ases(event.incumbents) or "nobody",
        "prefix": prefixes[0] + (f" and {len(prefixes) - 1} more" if len(prefixes) > 1 else ""),
    }
    evidence = []
    for rule in fired:
        source, date = sources.of[rule.source]
        evidence.append(
            {
                "rule": rule.name,
                "value": _value(rule, names),
                "weight": rule.weight,
                "source": source,
                "date": date,
            }
        )
    kind, n_vps = KINDS[event.kind], len(event.vps)
    score, suspect, explained = verdict(evidence)
    clears = [r.clears.format(**names) for r in fired if r.clears and (r.weight > 0 or suspect)]
    clears += _relations_that_clear(kind, names)
    return {
        "event_id": f"{kind}:{prefixes[0]}:{'+'.join(map(str, event.newcomers)) or '-'}",
        "kind": kind,
        "prefixes": prefixes,
        "incumbents": event.incumbents,
        "newcomers": event.newcomers,
        "n_vps": n_vps,
        "score": score,
        "confidence": _confidence(sources.n_registries, n_vps),
        "tags": _tags(ctx, event, kind, {r.name for r in fired}, prefixes),
        "explained_by": explained,
        "would_clear": list(dict.fromkeys(clears)) if suspect else [],
        "evidence": evidence,
        "vp_ases": sorted(event.vps),
    }


def _ases(asns: tuple[int, ...]) -> str:
    shown = ", ".join(f"AS{a}" for a in asns[:5])
    return f"{shown} and {len(asns) - 5} more" if len(asns) > 5 else shown


def _value(rule: Rule, names: dict[str, str]) -> str:
    return f"{names['prefix']}: {names['new']} (incumbent: {names['old']}): {rule.meaning}"


def _relations_that_clear(kind: str, names: dict[str, str]) -> list[str]:
    if kind not in ("moas", "submoas", "squat", "forged_origin"):
        return []
    texts = []
    if names["old"] != "nobody":
        texts.append("{new} and {old} in one organisation (AS2Org)".format(**names))
        if kind not in _LINKS:
            texts.append("a customer-provider link between {new} and {old}".format(**names))
    return texts


def _confidence(n_registries: int, n_vps: int) -> int:
    """More inputs and more VP ASes make a verdict surer; one VP alone could be mistaken or lying."""
    return min(99, 35 + 7 * n_registries + 4 * min(n_vps, 6) - (20 if n_vps <= 1 else 0))


def _tags(
    ctx: Context, event: _Event, kind: str, fired: set[str], prefixes: list[str]
) -> list[str]:
    tags = []
    if kind in _ARTEMIS:
        tags.append(_ARTEMIS[kind])
    elif kind in _LINKS:
        tags.append(f"{'S' if 'new_more_specific' in fired else 'E'}|{event.hop}")
    if len(event.vps) == 1:
        tags.append("local")
    if "newcomer" in fired and kind == "moas":
        tags.append("shared" if _is_shared(ctx, event) else "origin-changed")
    if len(event.incumbents) + len(event.newcomers) >= 3 and kind == "moas":
        tags.append("anycast-like")
    if "rov_invalid_as" in fired and ctx.vrps is not None and kind not in _LINKS:
        tags.append("as0" if _only_as0(ctx, event) else "rpki-invalid")
    for rule, tag in (
        ("rov_invalid_length", "rpki-invalid-length"),
        ("irr_fresh_unchecked", "irr-fresh"),
        ("unallocated", "unallocated"),
        ("bogon_list", "bogon-list"),
        ("reserved_origin", "reserved-origin"),
    ):
        if rule in fired:
            tags.append(tag)
    longest = {4: 24, 6: 48}
    if any(int(p.rsplit("/", 1)[1]) > longest[6 if ":" in p else 4] for p in prefixes):
        tags.append("longer-than-usual")
    return tags


def _is_shared(ctx: Context, event: _Event) -> bool:
    """Whether an incumbent still originates one of the prefixes."""
    known = ctx.pairs.prefix_id
    ids = np.array(event.prefix_ids, known.dtype)
    start, stop = (np.searchsorted(known, ids, side=side) for side in ("left", "right"))
    _, at = expand_ranges(start, stop)
    return bool(np.isin(ctx.pairs.origin_as[at], event.incumbents).any())


def _only_as0(ctx: Context, event: _Event) -> bool:
    """Whether every payload that covers the first prefix is AS0: the holder wants it unused."""
    assert ctx.vrps is not None
    rows = ctx.vrps.rows
    first = ctx.table.prefixes.slice(event.prefix_ids[0], 1)
    slot = rows.lookup(*prefix_columns(first))
    asn = ctx.vrps.table.column("asn").to_numpy()
    seen = [asn[rows.rows(level.slot)[1]] for level in rows.walk(slot)]
    return bool(seen) and not np.concatenate(seen).any()
