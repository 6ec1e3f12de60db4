"""The routes of a `Rib` in the common form."""

from collections.abc import Iterator

from rib.sources.verify.route import Route, address, path_text, prefix
from rib.table.rib import Rib

__all__ = ["own_routes"]

_STRETCH = 10_000
_COLUMNS = [
    "prefix",
    "peer_ip",
    "peer_as",
    "add_path_id",
    "as_path",
    "origin",
    "next_hop",
    "med",
    "local_pref",
    "communities",
]


def own_routes(table: Rib) -> Iterator[Route]:
    """Give every route of a table: an object each, for the start of a file.

    A peer's AS is what the file says: 0 where it was inferred. A router's own routes are left out where
    their peer index is none of the file's, since no other reader knows whose they are.
    """
    peers = table.peers.to_pylist()
    inferred = {(p["peer_ip"], p["peer_as"]) for p in peers if p["peer_as_inferred"]}
    hidden = "local_peer_index" in table.receipt.quirks
    nobody = {(p["peer_ip"], p["peer_as"]) for p in peers if p["is_local"] and hidden}
    labelled = table.to_arrow().select(_COLUMNS)
    for start in range(0, table.n_routes, _STRETCH):
        columns = labelled.slice(start, _STRETCH).to_pydict()
        for row in zip(*(columns[name] for name in _COLUMNS), strict=True):
            where, peer_ip, peer_as, path_id, as_path, origin, hop, med, local_pref, communities = (
                row
            )
            if (peer_ip, peer_as) in nobody:
                continue
            yield Route(
                prefix(where),
                address(peer_ip),
                0 if (peer_ip, peer_as) in inferred else peer_as,
                path_id,
                path_text(as_path),
                origin,
                None if hop is None else address(hop),
                med,
                local_pref,
                tuple(communities or ()),
            )
