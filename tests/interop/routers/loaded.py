"""The routes of a `Rib` in the form of the daemons' own."""

from collections.abc import Iterator
from typing import Any

import rib

from .feed import Attributes, Route

__all__ = ["loaded"]

_ASN_SET = 1


def loaded(table: rib.Rib, local_peer: str) -> list[Route]:
    """Give every route; those of `local_peer` are the router's own."""
    peers = table.peers.column("peer_ip").to_pylist()
    prefixes = table.prefixes.column("text").to_pylist()
    paths = [_path(p["hops"], p["segments"]) for p in table.as_paths.to_pylist()]
    attributes = table.attributes.to_pylist()
    return [
        Route(
            prefixes[route["prefix_id"]],
            None if peers[route["peer_id"]] == local_peer else peers[route["peer_id"]],
            route["add_path_id"],
            _attributes(paths[route["as_path_id"]], attributes[route["attributes_id"]]),
        )
        for route in table.routes.to_pylist()
    ]


def _path(hops: list[int], segments: list[dict[str, int]]) -> str:
    return " ".join(_words(hops, segments))


def _words(hops: list[int], segments: list[dict[str, int]]) -> Iterator[str]:
    rest = iter(map(str, hops))
    for segment in segments:
        asns = [next(rest) for _ in range(segment["count"])]
        if segment["kind"] == _ASN_SET:
            yield "{" + ",".join(asns) + "}"
        else:
            yield from asns


def _attributes(path: str, a: dict[str, Any]) -> Attributes:
    return Attributes(
        path=path,
        origin=a["origin"],
        next_hop=a["next_hop"],
        next_hop_link_local=a["next_hop_link_local"],
        med=a["med"],
        local_pref=a["local_pref"],
        communities=tuple(a["communities"] or ()),
        large_communities=tuple(map(tuple, a["large_communities"] or ())),
        extended_communities=tuple(a["extended_communities"] or ()),
        atomic_aggregate=a["atomic_aggregate"],
        aggregator=None if a["aggregator_as"] is None else (a["aggregator_as"], a["aggregator_ip"]),
        originator_id=a["originator_id"],
        cluster_list=tuple(_address(n) for n in a["cluster_list"] or ()),
        otc=a["otc"],
        unknown=tuple((u["type"], u["value"]) for u in a["unknown"] or ()),
    )


def _address(number: int) -> str:
    return ".".join(map(str, number.to_bytes(4, "big")))
