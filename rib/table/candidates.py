"""The routes a router chooses from, as the columns that the decision process compares."""

import ipaddress
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rib.table.arrays import column
from rib.table.policy import Policy
from rib.table.rules import address_key, local_preference

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["Candidates", "candidates"]

_U32 = npt.NDArray[np.uint32]

_LAST = np.uint32(0xFFFFFFFF)
_INCOMPLETE = 2
_AS_SEQUENCE, _CONFEDERATION = 2, 3


class Candidates(NamedTuple):
    """Candidate routes, in the order of `Rib.routes`.

    ``columns`` are those of `decide_routes` but ``alive``; ``route`` has the row of each in `Rib.routes`.
    """

    columns: dict[str, npt.NDArray[Any]]
    route: npt.NDArray[Any]
    peer_id: npt.NDArray[np.uint16]
    as_path_id: _U32
    n_prefixes: int
    policy: Policy

    @property
    def prefix_id(self) -> _U32:
        """Prefix of each candidate."""
        prefix: _U32 = self.columns["prefix"]
        return prefix


def candidates(view: "Rib", policy: Policy) -> Candidates:
    """Give the routes that may win, as a policy has them.

    Left out are a router's own routes (peer AS 0), which are no exits, and routes that the policy rejects.

    Notes
    -----
    O(routes), vectorised; no loop is longer than the peers, rules or distinct texts.
    """
    routes, peers = view.routes, view.peers
    peer_as = column(peers, "peer_as")
    names = ("prefix_id", "peer_id", "as_path_id", "attributes_id", "originated_time")
    prefix_id, peer_id, path_id, attributes_id, since = (column(routes, n) for n in names)
    preference, taken = local_preference(view, policy, (peer_as != 0)[peer_id])
    route: npt.NDArray[Any] = np.arange(len(taken), dtype=np.uint32)
    if not taken.all():
        route = np.flatnonzero(taken)
        prefix_id, peer_id, path_id, attributes_id, since, preference = (
            a[route] for a in (prefix_id, peer_id, path_id, attributes_id, since, preference)
        )
    attributes = view.attributes
    missing = np.uint32(0) if policy.missing_med == "best" else _LAST
    bgp_id, originator = _router_ids(view)
    router_id = bgp_id[peer_id]
    if (originator != _LAST).any():
        of_route = originator[attributes_id]
        router_id = np.where(of_route != _LAST, of_route, router_id)
    # Pages of zeros that nobody writes to take neither time nor memory.
    nothing = np.zeros(len(route), np.uint32)
    is_internal = np.zeros(len(route), bool)
    if policy.own_as is not None:
        is_internal = (peer_as == policy.own_as)[peer_id]
    columns: dict[str, npt.NDArray[Any]] = {
        "prefix": prefix_id,
        "local_pref": preference,
        "length": column(view.as_paths, "length")[path_id],
        "origin": _origin(attributes)[attributes_id],
        "neighbour": _neighbour_as(view.as_paths)[path_id],
        "med": _filled(attributes.column("med"), missing)[attributes_id],
        "internal": is_internal.view(np.uint8),
        "igp_cost": _igp_cost(attributes, policy)[attributes_id] if policy.igp_cost else nothing,
        "age": np.where(is_internal, nothing, since) if policy.prefer == "oldest" else nothing,
        "router_id": router_id,
        "peer": _address_ranks(peers)[peer_id],
    }
    n_prefixes = view.n_prefixes
    return Candidates(columns, route, peer_id, path_id, n_prefixes, policy)


def _filled(values: pa.ChunkedArray, missing: np.uint32) -> _U32:
    filled: _U32 = values.combine_chunks().fill_null(missing.item()).to_numpy()
    return filled


def _origin(attributes: pa.Table) -> npt.NDArray[np.uint8]:
    """Code of ORIGIN; where it is missing, that of INCOMPLETE."""
    codes = attributes.column("origin").combine_chunks().indices.fill_null(_INCOMPLETE)
    result: npt.NDArray[np.uint8] = codes.to_numpy().astype(np.uint8)
    return result


def _neighbour_as(as_paths: pa.Table) -> _U32:
    """Give the AS that each path begins with, confederations passed over; 0 where it is none.

    A path that is empty or begins with an AS_SET is taken for one of our own AS, as RFC 4271 §9.1.2.2 does.
    """
    hops = as_paths.column("hops").combine_chunks()
    segments = as_paths.column("segments").combine_chunks()
    segment, end = segments.offsets.to_numpy()[:-1].copy(), segments.offsets.to_numpy()[1:]
    hop = hops.offsets.to_numpy()[:-1].copy()
    # One more at the end, for paths that end there.
    kind = np.append(segments.values.field("kind").to_numpy(), np.uint8(0))
    count = np.append(segments.values.field("count").to_numpy(), np.uint8(0))
    asn = np.append(hops.values.to_numpy(), np.uint32(0))
    inside = np.flatnonzero((segment < end) & (kind[segment] >= _CONFEDERATION))
    while len(inside):
        hop[inside] += count[segment[inside]]
        segment[inside] += 1
        at = segment[inside]
        inside = inside[(at < end[inside]) & (kind[at] >= _CONFEDERATION)]
    begins = (segment < end) & (kind[segment] == _AS_SEQUENCE)
    result: _U32 = np.where(begins, asn[hop], np.uint32(0))
    return result


def _igp_cost(attributes: pa.Table, policy: Policy) -> _U32:
    next_hop = attributes.column("next_hop").combine_chunks()
    texts = [policy.igp_cost.get(text, 0) for text in next_hop.dictionary.to_pylist()]
    cost = np.array([*texts, 0], np.uint32)
    result: _U32 = cost[next_hop.indices.fill_null(len(texts)).to_numpy()]
    return result


def _router_ids(view: "Rib") -> tuple[_U32, _U32]:
    """Give the BGP identifier of each peer and the ORIGINATOR_ID of each attribute set, last where missing."""
    bgp_id = np.array(
        [_identifier(text) for text in view.peers.column("bgp_id").to_pylist()], np.uint32
    )
    originator = view.attributes.column("originator_id").combine_chunks().dictionary_encode()
    number = np.array([*map(_identifier, originator.dictionary.to_pylist()), _LAST], np.uint32)
    return bgp_id, number[originator.indices.fill_null(len(number) - 1).to_numpy()]


def _identifier(text: str | None) -> int:
    return int(_LAST) if text is None else int(ipaddress.IPv4Address(text))


def _address_ranks(peers: pa.Table) -> npt.NDArray[np.uint16]:
    """Rank the peers by address, IPv4 before IPv6; one address has one rank."""
    keys = [address_key(text) for text in peers.column("peer_ip").to_pylist()]
    rank = {key: number for number, key in enumerate(sorted(set(keys)))}
    return np.array([rank[key] for key in keys], np.uint16)
