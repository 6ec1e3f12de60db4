"""The truth file: what is in every dump and what is planted, counted from the routes as written."""

from collections import Counter
from collections.abc import Iterable
from itertools import combinations

from internet import cast
from internet.addresses import Prefix, parse
from internet.attributes import Habits
from internet.dumps import DEFAULT4, DEFAULT6, Dump, Route
from internet.events import Event, Roa
from internet.snapshots import Snapshot

DEFAULTS = frozenset({DEFAULT4, DEFAULT6})
JsonDict = dict[str, object]


def by_prefix(dump: Dump) -> dict[Prefix, list[Route]]:
    """Return the routes of each prefix."""
    found: dict[Prefix, list[Route]] = {}
    for route in dump.routes:
        found.setdefault(route.prefix, []).append(route)
    return found


def dump_truth(dump: Dump, sessions: tuple[cast.VantagePoint, ...], time: int) -> JsonDict:
    """Return the counts of one dump, in all and per peer."""
    prefixes = {r.prefix for r in dump.routes}
    per_peer = Counter((r.session, r.prefix.family) for r in dump.routes)
    peers = [
        {
            "index": i,
            "peer_as": s.asn,
            "peer_ip": s.ip,
            "n_prefixes4": per_peer[i, 4],
            "n_prefixes6": per_peer[i, 6],
        }
        for i, s in enumerate(sessions)
    ]
    return {
        "time": time,
        "n_records": dump.n_records,
        "n_routes": len(dump.routes),
        "n_prefixes4": sum(p.family == 4 for p in prefixes),
        "n_prefixes6": sum(p.family == 6 for p in prefixes),
        "n_peers": len(sessions),
        "peers": peers,
    }


def origin_of(route: Route) -> int | None:
    """Return the origin AS: the last of the path, or of an AS_SET with a single member; else None."""
    if route.as_set:
        return route.as_set[0] if len(route.as_set) == 1 else None
    return route.path[-1]


def origins(dump: Dump) -> dict[Prefix, list[int]]:
    """Return the distinct origins of every prefix, default routes left out."""
    found: dict[Prefix, set[int]] = {}
    for route in dump.routes:
        origin = origin_of(route)
        if origin is not None and route.prefix not in DEFAULTS:
            found.setdefault(route.prefix, set()).add(origin)
    return {prefix: sorted(asns) for prefix, asns in sorted(found.items())}


def moas_truth(found: dict[Prefix, list[int]]) -> JsonDict:
    """Return the prefixes with several origins."""
    return {str(prefix): asns for prefix, asns in found.items() if len(asns) > 1}


def event_truth(number: int, event: Event, last: dict[Prefix, list[Route]]) -> JsonDict:
    """Return one planted thing, with the vantage points that really see it in the last snapshot."""
    newcomer: set[int] = set()
    incumbent: set[int] = set()
    seen: set[Prefix] = set()
    for prefix in event.announced:
        for route in last.get(prefix, ()):
            marked = event.marks(route.path)
            (newcomer if marked else incumbent).add(route.path[0])
            if marked:
                seen.add(prefix)
    return {
        "id": f"{'I' if event.incident else 'B'}{number:02}",
        "incident": event.incident,
        "kind": event.kind,
        "label": event.label,
        "prefixes": [str(p) for p in sorted(seen)],
        "incumbents": list(event.incumbents),
        "newcomers": list(event.newcomers),
        "snapshots": list(event.snapshots),
        "vp_ases": sorted(newcomer),
        "incumbent_vp_ases": sorted(incumbent),
        "new_link": list(event.link) if event.kind == "forged_origin" else None,
        "details": event.details,
        "note": event.note,
    }


def upstream_truth(dump: Dump) -> JsonDict:
    """Return, for the prefixes of AS213394, the origin and the upstream each vantage-point AS uses.

    The upstream is the distinct AS left of the origin. Sessions of one AS share its vote equally.
    """
    found: JsonDict = {}
    for text in (cast.OWN_PREFIX4, cast.OWN_PREFIX6):
        prefix = parse(text)
        routes = [r for r in dump.routes if r.prefix == prefix]
        if not routes:
            continue
        votes: dict[int, Counter[int]] = {}
        prepends: dict[int, int] = {}
        for route in routes:
            hops = [a for i, a in enumerate(route.path) if i == 0 or a != route.path[i - 1]]
            upstream = hops[-2] if len(hops) > 1 else None
            if upstream is not None:  # a vantage point inside the origin AS casts no vote
                votes.setdefault(route.path[0], Counter())[upstream] += 1
                prepends[upstream] = len(route.path) - len(hops)
        shares: dict[int, float] = {}
        for counts in votes.values():
            for upstream, n in counts.items():
                shares[upstream] = shares.get(upstream, 0.0) + n / sum(counts.values())
        found[text] = {
            "origins": sorted({r.path[-1] for r in routes}),
            "n_routes": len(routes),
            "upstream_by_vp": {str(vp): sorted(counts) for vp, counts in sorted(votes.items())},
            "vp_share": {str(u): round(s / len(votes), 6) for u, s in sorted(shares.items())},
            "prepends": {str(u): n for u, n in sorted(prepends.items())},
        }
    return found


FAILURE_RULE = (
    "Per prefix the winner has the highest LOCAL_PREF (absent counts as 100), then the shortest AS path (prepends "
    "count, an AS_SET counts 1), then the lowest ORIGIN, then the lowest peer index (which is also the order of BGP "
    "identifiers and addresses); MED never decides, because each transit has one session per family. A failed set "
    "takes down both sessions of its transits. unaffected: the winner is not in the set; rerouted_exact: another "
    "route for the same prefix survives; rerouted_cover: none does, and a route for a less-specific other than the "
    "default survives; default_only: only the default route of the family survives; lost: nothing does. "
    "unaffected_shortest_path ignores LOCAL_PREF and ORIGIN: shortest AS path, then lowest peer index. "
    "The default route is a prefix like any other."
)


def failure_truth(dump: Dump) -> JsonDict:
    """Return what each failed transit, and each pair of them, does to the prefixes of the own view."""
    candidates = by_prefix(dump)
    lengths = {
        f: sorted({p.length for p in candidates if p.family == f}, reverse=True) for f in (4, 6)
    }
    carriers = {
        p: frozenset(cast.OWN_SESSIONS[r.session].asn for r in routes)
        for p, routes in candidates.items()
    }
    winners = {
        p: cast.OWN_SESSIONS[min(routes, key=_preference).session].asn
        for p, routes in candidates.items()
    }
    shortest = {
        p: cast.OWN_SESSIONS[min(routes, key=_shortness).session].asn
        for p, routes in candidates.items()
    }
    rows = []
    for k in (1, 2):
        for failed in combinations(sorted(cast.UPSTREAMS), k):
            counts: Counter[tuple[int, str]] = Counter()
            for prefix in candidates:
                counts[
                    prefix.family, _outcome(prefix, frozenset(failed), winners, carriers, lengths)
                ] += 1
                counts[prefix.family, "unaffected_shortest_path"] += shortest[prefix] not in failed
            for family in (4, 6):
                kinds = ("unaffected", "rerouted_exact", "rerouted_cover", "default_only", "lost")
                figures = {
                    kind: counts[family, kind] for kind in (*kinds, "unaffected_shortest_path")
                }
                total = sum(counts[family, kind] for kind in kinds)
                reachable = total - figures["lost"]
                rows.append({"failed": list(failed), "family": family, "n_prefixes": total} | figures
                            | {"reachable": reachable})  # fmt: skip
    wins = Counter((winners[p], p.family) for p in candidates)
    table = {str(t): {"4": wins[t, 4], "6": wins[t, 6]} for t in sorted(cast.UPSTREAMS)}
    sets = Counter((" ".join(map(str, sorted(carriers[p]))), p.family) for p in candidates)
    by_set = {f"{name} / IPv{family}": n for (name, family), n in sorted(sets.items())}
    return {
        "rule": FAILURE_RULE,
        "winners": table,
        "prefixes_by_transit_set": by_set,
        "failures": rows,
    }


def _length(route: Route) -> int:
    return len(route.path) + bool(route.as_set)


def _preference(route: Route) -> tuple[int, int, int, int]:
    preference = 100 if route.local_pref is None else route.local_pref
    return (-preference, _length(route), route.origin_code, route.session)


def _shortness(route: Route) -> tuple[int, int]:
    return (_length(route), route.session)


def _outcome(
    prefix: Prefix,
    failed: frozenset[int],
    winners: dict[Prefix, int],
    carriers: dict[Prefix, frozenset[int]],
    lengths: dict[int, list[int]],
) -> str:
    if winners[prefix] not in failed:
        return "unaffected"
    if carriers[prefix] - failed:
        return "rerouted_exact"
    for length in lengths[prefix.family]:
        if length < prefix.length:
            cover = prefix.covering(length)
            if carriers.get(cover, frozenset()) - failed:
                return "default_only" if length == 0 else "rerouted_cover"
    return "lost"


def rov_truth(found: dict[Prefix, list[int]], payloads: Iterable[Roa]) -> JsonDict:
    """Return how many (prefix, origin) pairs have each validation state (RFC 6811), default routes left out."""
    payloads_of: dict[Prefix, list[Roa]] = {}
    for roa in payloads:
        payloads_of.setdefault(roa.prefix, []).append(roa)
    lengths = {f: sorted({p.length for p in payloads_of if p.family == f}) for f in (4, 6)}
    states: Counter[str] = Counter()
    for prefix, asns in found.items():
        covers = (prefix.covering(n) for n in lengths[prefix.family] if n <= prefix.length)
        covering = [roa for cover in covers for roa in payloads_of.get(cover, [])]
        states.update(_state(prefix, asn, covering) for asn in asns)
    return dict(sorted(states.items()))


def _state(prefix: Prefix, asn: int, covering: list[Roa]) -> str:
    if not covering:
        return "not-found"
    same = [roa for roa in covering if roa.asn == asn and asn != 0]
    if any(prefix.length <= roa.max_length for roa in same):
        return "valid"
    return "invalid/length" if same else "invalid/as"


def oddity_truth(habits: Habits, snapshot: Snapshot, dumps: dict[str, Dump]) -> JsonDict:
    """Return the prefixes whose routes carry something unusual in every snapshot that has them."""
    last = {r.prefix for r in dumps[cast.LAST].routes}
    beyond = sorted(p for p in last if p.length > (24 if p.family == 4 else 48))
    return {
        "as_set": {
            str(p): list(m) for p, m in sorted(habits.as_sets.items()) if p in snapshot.announced
        },
        "confederation": [str(p) for p in sorted(habits.confederations) if p in snapshot.announced],
        "unknown_attribute": [str(p) for p in sorted(habits.unknown) if p in snapshot.announced],
        "default_routes": [str(p) for p in sorted(last & DEFAULTS)],
        "longer_than_24_or_48": [str(p) for p in beyond],
    }
