"""AS hegemony the slow way, from a table's columns and the definition alone.

No part of `rib` is used but the loaded columns.
"""

from collections import defaultdict

__all__ = ["Oracle"]


class Oracle:
    """What each full-feed session has: paths and weight of each prefix."""

    def __init__(self, table):
        self.peers = table.peers.to_pylist()
        paths = [(path["origin_as"], _parts(path)) for path in table.as_paths.to_pylist()]
        prefixes = [
            (p["family"], int.from_bytes(p["network"], "big"), p["length"])
            for p in table.prefixes.select(["family", "network", "length"]).to_pylist()
        ]
        self.routes = defaultdict(lambda: defaultdict(list))  # by (family, session), by origin AS
        of_session = defaultdict(lambda: defaultdict(list))
        for route in table.routes.select(["prefix_id", "peer_id", "as_path_id"]).to_pylist():
            prefix = prefixes[route["prefix_id"]]
            if self.peers[route["peer_id"]][f"is_full_feed{prefix[0]}"] and prefix[2]:
                of_session[prefix[0], route["peer_id"]][prefix].append(paths[route["as_path_id"]])
        for session, paths_of in of_session.items():
            weights = {prefix: _size(prefix) for prefix in paths_of}
            for prefix in paths_of:
                cover = _cover(prefix, paths_of)
                if cover is not None and prefix[0] == 4:
                    weights[cover] -= _size(prefix)
            for prefix, of in paths_of.items():
                for origin, parts in of:
                    self.routes[session][origin].append((weights[prefix] / len(of), parts))

    def hegemony(self, scope=None, *, sparse=False, force=False):
        """Give {(family, AS): (hegemony, VP ASes)} of an origin AS, or of everything."""
        found = {}
        for family in (4, 6):
            by_as = defaultdict(lambda: defaultdict(list))
            for i, peer in enumerate(self.peers):
                if peer[f"is_full_feed{family}"]:
                    scores = self._scores((family, i), scope)
                    by_as[peer["peer_as"]][peer["collector"]].append(scores)
            vps = [
                at
                for at in by_as.values()
                if not sparse or any(s for ss in at.values() for s in ss)
            ]
            cut = len(vps) // 10
            if force and cut == 0 and len(vps) > 2:
                cut = 1
            for asn in {asn for at in vps for ss in at.values() for s in ss for asn in s}:
                of = [
                    _mean([_mean([s.get(asn, 0) for s in ss]) for ss in at.values()]) for at in vps
                ]
                value = _mean(sorted(of)[cut : len(of) - cut])
                if value:
                    found[family, asn] = value, len(of)
        return found

    def _scores(self, session, scope):
        """BC(x) at one session: weight of the prefixes whose path has x, over the weight of all."""
        total, of = 0, defaultdict(float)
        by_origin = self.routes[session]
        for origin in by_origin if scope is None else [scope] if scope in by_origin else []:
            for weight, parts in by_origin[origin]:
                total += weight
                for asn, part in parts.items():
                    of[asn] += weight * part
        return {asn: weight / total for asn, weight in of.items() if weight} if total else {}


def _mean(values):
    return sum(values) / len(values)


def _size(prefix):
    family, _, length = prefix
    return 1 if family == 6 else 2 ** (32 - length)


def _cover(prefix, of_session):
    """Find the longest prefix around this one."""
    family, network, length = prefix
    for shorter in range(length - 1, 0, -1):
        around = family, network >> (128 - shorter) << (128 - shorter), shorter
        if around in of_session:
            return around
    return None


def _parts(path):
    """Part of the weight of a path for each of its ASes: all of it, or an equal part of a set."""
    parts, hops = {}, list(path["hops"])
    for segment in path["segments"]:
        ases, hops = hops[: segment["count"]], hops[segment["count"] :]
        if segment["kind"] == 2:
            parts |= dict.fromkeys(ases, 1.0)
        elif segment["kind"] == 1:
            for asn in set(ases):
                parts[asn] = max(parts.get(asn, 0), 1 / len(set(ases)))
    return parts
