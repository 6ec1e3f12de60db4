"""Peers that a dump lists without their AS: whose they are, from the paths they sent."""

from ipaddress import IPv4Address, IPv6Address
from typing import Any

import numpy as np
import pyarrow as pa

from rib.schema import PEERS
from rib.table.arrays import column

__all__ = ["INFERRED_SHARE", "infer_peer_as", "is_local"]

#: Least share of a peer's routes whose paths begin with the same AS.
INFERRED_SHARE = 0.99

_INFERRED = PEERS.field("peer_as_inferred")
_UNSPECIFIED = [str(kind(0)) for kind in (IPv4Address, IPv6Address)]


def is_local(peers: pa.Table) -> np.ndarray:
    """Mark the peers that stand for the router's own routes.

    FRR and GoBGP list them under AS 0, address 0.0.0.0 and BGP identifier 0.0.0.0.
    """
    bgp_id = peers.column("bgp_id").combine_chunks().fill_null(_UNSPECIFIED[0])
    unspecified = pa.compute.and_(
        pa.compute.equal(bgp_id, _UNSPECIFIED[0]),
        pa.compute.is_in(
            peers.column("peer_ip").combine_chunks(), value_set=pa.array(_UNSPECIFIED)
        ),
    )
    result: np.ndarray = (column(peers, "peer_as") == 0) & np.asarray(unspecified)
    return result


def infer_peer_as(tables: dict[str, pa.Table]) -> tuple[dict[str, pa.Table], int]:
    """Fill in AS 0 of peers whose paths begin with one and the same AS.

    GoBGP wrote PEER_INDEX_TABLEs with AS 0 for every peer until September 2026. A peer's AS is taken
    to be the first of its paths where at least `INFERRED_SHARE` of its routes agree; the column
    ``peer_as_inferred`` says so. A router's own routes (see `is_local`) stay with AS 0.

    Returns
    -------
    tables : dict of str to pyarrow.Table
        The tables given where there is nothing to infer, else with other ``peers``.
    n_inferred : int
        Number of peers whose AS was inferred.

    Notes
    -----
    A table without peers of AS 0 costs one look at its peers; otherwise O(routes), vectorised. Paths
    that do not begin with an AS_SEQUENCE count as routes that do not agree.
    """
    peers = tables["peers"]
    peer_as = column(peers, "peer_as")
    asked = (peer_as == 0) & ~is_local(peers)
    if not asked.any():
        return tables, 0
    peer_id = column(tables["routes"], "peer_id")
    of_asked = asked[peer_id]
    peer_id = peer_id[of_asked]
    first = _first_as(tables["as_paths"])[column(tables["routes"], "as_path_id")[of_asked]]
    pair = peer_id.astype(np.uint64) << np.uint64(32) | first
    pair, count = np.unique(pair, return_counts=True)
    owner, asn = (pair >> np.uint64(32)).astype(np.intp), pair.astype(np.uint32)
    total = np.bincount(peer_id, minlength=len(peer_as))
    agreed = (asn != 0) & (count >= INFERRED_SHARE * total[owner])
    inferred = np.zeros(len(peer_as), dtype=bool)
    inferred[owner[agreed]] = True
    filled = peer_as.copy()
    filled[owner[agreed]] = asn[agreed]
    at = peers.schema.get_field_index("peer_as")
    peers = peers.set_column(at, peers.schema.field(at), pa.array(filled))
    peers = peers.append_column(_INFERRED, pa.array(inferred))
    return {**tables, "peers": peers}, int(inferred.sum())


def _first_as(as_paths: pa.Table) -> np.ndarray:
    """Give the first AS of each path; 0 where it does not begin with an AS_SEQUENCE."""
    firsts = []
    for values, name in ((as_paths.column("hops"), None), (as_paths.column("segments"), "kind")):
        lists = values.combine_chunks()
        offsets: np.ndarray = lists.offsets.to_numpy()
        flat: Any = lists.values if name is None else lists.values.field(name)
        padded = np.append(flat.to_numpy(), flat.type.to_pandas_dtype()(0))
        firsts.append(np.where(offsets[:-1] < offsets[1:], padded[offsets[:-1]], 0))
    hop, kind = firsts
    result: np.ndarray = np.where(kind == 2, hop, 0).astype(np.uint64)
    return result
