"""`rib.diversity_change` from its definition: sets and fractions, group by group."""

import math
from collections import defaultdict
from fractions import Fraction

from internet import mrt_writer as mrt
from path_routes import segments

from rib.sources.mrt import read_mrt

__all__ = ["load_sessions", "naive_change"]


def load_sessions(routes, collector=None):
    """Read a dump of (prefix, (VP AS, session), path) routes; a session has the same address always."""
    sessions = sorted({session for _, session, _ in routes})
    by_prefix = defaultdict(dict)
    for prefix, session, path in routes:
        by_prefix[prefix][sessions.index(session)] = path
    peers = [mrt.Peer(vp, f"10.0.{session}.{vp % 250}") for vp, session in sessions]
    records = []
    for prefix, entries in by_prefix.items():
        hop = (
            mrt.mp_reach_abbreviated("2001:db8::1") if ":" in prefix else mrt.next_hop("192.0.2.1")
        )
        attributes = {
            peer: mrt.origin() + mrt.as_path(*segments(path)) + hop
            for peer, path in entries.items()
        }
        rows = [mrt.rib_entry(peer, attributes[peer]) for peer in sorted(entries)]
        records.append(mrt.rib(prefix, rows))
    return read_mrt(mrt.peer_index_table(peers) + b"".join(records), collector=collector)


def _unprepended(path):
    """Hops, collapsed, with a set of one as its member."""
    hops = []
    for hop in path:
        one = next(iter(hop)) if isinstance(hop, set) and len(hop) == 1 else hop
        if not hops or one != hops[-1]:
            hops.append(one)
    return hops


def _origin(hops):
    return hops[-1] if hops and not isinstance(hops[-1], set) else None


def _votes(routes):
    """Give (VP AS, prefix, tail, origin) of the routes that vote."""
    found = []
    for prefix, (vp, _), path in routes:
        hops = _unprepended(path)
        tail = hops[1:] if hops[:1] == [vp] else hops
        if tail and _origin(hops) != vp:
            found.append((vp, prefix, tail, hops, _origin(hops)))
    return found


def _upstream(vp, tail, hops, origin):
    if origin is None:
        return None
    if tail == [origin]:
        return vp
    return hops[-2] if len(hops) > 1 and not isinstance(hops[-2], set) else None


def _members(tail):
    return {asn for hop in tail for asn in (hop if isinstance(hop, set) else {hop})}


def _measure(routes):
    votes = _votes(routes)
    per_ballot = defaultdict(int)
    for vp, prefix, *_ in votes:
        per_ballot[vp, prefix] += 1
    weight = defaultdict(Fraction)
    for vp, prefix, tail, hops, origin in votes:
        upstream = _upstream(vp, tail, hops, origin)
        if upstream is not None:
            weight[upstream] += Fraction(1, per_ballot[vp, prefix])
    vps = {vote[0] for vote in votes}
    total = sum(weight.values())
    shares = [float(w / total) for w in weight.values()]
    on_all = [{vp, *_members(tail)} - {origin} for vp, _, tail, _, origin in votes]
    return {
        "n_vps": len(vps),
        "upstreams": set(weight),
        "entropy": -sum(p * math.log2(p) for p in shares) if weight else None,
        "chokepoints": set.intersection(*on_all) if len(vps) > 1 else None,
    }


def _grouped(routes, by):
    groups = defaultdict(list)
    for route in routes:
        name = route[0] if by == "prefix" else _origin(_unprepended(route[2]))
        if name is not None:
            groups[name, 6 if ":" in route[0] else 4].append(route)
    return groups


def _feeds(routes):
    return {(session, ":" in prefix) for prefix, session, _ in routes}


def naive_change(before, after, by):
    """Give {(group, family): row} of what differs."""
    shared = _feeds(before) & _feeds(after)
    kept = [
        _grouped([r for r in routes if (r[1], ":" in r[0]) in shared], by)
        for routes in (before, after)
    ]
    rows = {}
    for key in kept[0].keys() | kept[1].keys():
        old, new = (_measure(of[key]) if key in of else None for of in kept)
        row = _row(old, new)
        if row is not None:
            rows[key] = row
    return rows


def _row(old, new):
    """Give a row without its group; None where nothing differs."""
    row = {"state": "appeared" if old is None else "gone" if new is None else "changed"}
    for when, of in (("before", old), ("after", new)):
        row[f"n_vps_{when}"] = None if of is None else of["n_vps"]
        row[f"n_upstreams_{when}"] = None if of is None else len(of["upstreams"])
        row[f"upstream_entropy_{when}"] = None if of is None else of["entropy"]
    both = old is not None and new is not None
    known = both and bool(old["upstreams"]) and bool(new["upstreams"])
    choked = both and old["chokepoints"] is not None and new["chokepoints"] is not None
    pairs = (("gained_upstreams", new, old), ("lost_upstreams", old, new))
    row |= {n: sorted(a["upstreams"] - b["upstreams"]) if known else None for n, a, b in pairs}
    pairs = (("new_chokepoints", new, old), ("gone_chokepoints", old, new))
    row |= {n: sorted(a["chokepoints"] - b["chokepoints"]) if choked else None for n, a, b in pairs}
    one = [len(of["upstreams"]) == 1 for of in (old, new)] if known else None
    row["newly_single_homed"] = one[1] and not one[0] if known else None
    row["no_longer_single_homed"] = one[0] and not one[1] if known else None
    change = new["entropy"] - old["entropy"] if known else None
    row["upstream_entropy_change"] = change
    lists = ("gained_upstreams", "lost_upstreams", "new_chokepoints", "gone_chokepoints")
    differs = row["state"] != "changed" or any(row[name] for name in lists)
    return row if differs or (change is not None and abs(change) > 1e-9) else None
