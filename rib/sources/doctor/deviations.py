"""Where a dump leaves the RFCs: quirks, issues and odd columns, each in a sentence."""

from collections import Counter
from typing import NamedTuple

import numpy as np

from rib.table.arrays import column
from rib.table.rib import Rib
from rib.table.updates import Updates

__all__ = ["EXPLANATIONS", "Deviation", "deviations"]


class Deviation(NamedTuple):
    """One kind of deviation.

    Attributes
    ----------
    kind : str
        Name, that of the receipt where it is from there.
    times : int
        How often.
    is_loss : bool
        Whether routes or bytes were lost by it.
    explanation : str
        What was found and what was made of it.
    reference : str
        Section of the RFC, empty where none speaks of it.
    """

    kind: str
    times: int
    is_loss: bool
    explanation: str
    reference: str


#: Quirks and issues of the receipt, and what is seen in the columns.
EXPLANATIONS: dict[str, tuple[str, str]] = {
    # Quirks: understood, nothing lost.
    "as4_path_ignored": (
        (
            "AS4_PATH stands where it must not count (in TABLE_DUMP_V2, longer than AS_PATH, or stale "
            "beside an AGGREGATOR that is not AS_TRANS) and was left out"
        ),
        "RFC 6793 §4.2.3, RFC 6396 §4.3.4",
    ),
    "as4_path_merged": (
        "AS_PATH has two-octet ASes and AS4_PATH the true ones; they were merged",
        "RFC 6793 §4.2.3",
    ),
    "as_path_2_octet": (
        "AS_PATH has two-octet ASes in TABLE_DUMP_V2, where they must have four",
        "RFC 6396 §4.3.4",
    ),
    "duplicate_attribute": (
        "an attribute stands twice in one route; the first counts",
        "RFC 7606 §3(g)",
    ),
    "empty_rib": (
        "there is a PEER_INDEX_TABLE and no RIB record: a RIB without routes",
        "RFC 6396 §4.3",
    ),
    "duplicate_route": (
        "two routes have the same prefix, peer and ADD-PATH id; both are kept",
        "RFC 6396 §4.3.2, RFC 8050 §4",
    ),
    "empty_segment": ("AS_PATH has a segment without ASes, which was left out", "RFC 7606 §7.2"),
    "generic_path_id_in_entry": (
        "RIB_GENERIC_ADDPATH records have a path id in every entry instead of one in the NLRI",
        "RFC 8050 §4.2",
    ),
    "local_peer_index": (
        "the router's own routes name a peer that is not listed, one behind the last; GoBGP wrote it so",
        "RFC 6396 §4.3.1",
    ),
    "malformed_attribute": (
        "an attribute does not have the form its type asks for; it is kept raw in `unknown`",
        "RFC 4271 §6.3, RFC 7606",
    ),
    "microseconds_out_of_range": (
        "a BGP4MP_ET record has a million microseconds or more; its time is that of its seconds",
        "RFC 6396 §3",
    ),
    "missing_as_path": ("a route has no AS_PATH, which is mandatory", "RFC 4271 §5.1.2"),
    "add_path_unmarked": (
        "NLRI carry ADD-PATH ids although the record's subtype does not say so",
        "RFC 8050 §3",
    ),
    "as_path_4_octet": (
        "AS_PATH has ASes of four octets where the record's type says two",
        "RFC 6396 §4.4",
    ),
    "record_afi_safi": (
        "a RIB record names AFI and SAFI before its prefix; GoBGP wrote it so",
        "RFC 6396 §4.3.2",
    ),
    "state_change_swapped": (
        "a change of state has router and peer in each other's place; OpenBGPD writes it so",
        "RFC 6396 §4.4.1",
    ),
    "mp_reach_afi_safi": (
        "MP_REACH_NLRI has AFI and SAFI before next-hop length and next hop; GoBGP wrote it so",
        "RFC 6396 §4.3.4",
    ),
    "mp_reach_full": (
        (
            "MP_REACH_NLRI is written in full; in TABLE_DUMP_V2 it must be next-hop length and next hop "
            "alone"
        ),
        "RFC 6396 §4.3.4",
    ),
    "nlri_host_bits": (
        "a prefix has bits set after its length; they were masked",
        "RFC 4271 §4.3",
    ),
    "table_dump_packed": (
        "a TABLE_DUMP record holds several routes, as RIS wrote it in 1999 and 2000",
        "RFC 6396 §4.2",
    ),
    "table_dump_short": (
        "the length of a TABLE_DUMP record leaves out its first four octets, as RIS wrote it then",
        "RFC 6396 §4.2",
    ),
    "trailing_bytes_in_record": (
        "a record goes on after what it holds; the rest of it, of zeros in a RIB record, was passed over",
        "RFC 6396 §2",
    ),
    # Issues: something was lost.
    "corrupt_compression": ("the compressed data is damaged: what follows could not be read", ""),
    "empty_file": ("the file has no bytes", ""),
    "entry_count": (
        (
            "a record goes on after the routes it declares, and not with zeros; routes that are there "
            "are lost"
        ),
        "RFC 6396 §4.3.4",
    ),
    "framing": ("the records lose their framing; the rest was skipped", "RFC 6396 §2"),
    "malformed_as_path": ("AS_PATH segments do not close; the route is lost", "RFC 4271 §4.3"),
    "limit": ("the input goes on behind the limit of max_bytes, and the rest was not read", ""),
    "malformed_attributes": (
        "attribute lengths do not close; the route is lost",
        "RFC 4271 §4.3",
    ),
    "malformed_message": (
        "a BGP message contradicts itself or is cut; what it says after that is lost",
        "RFC 4271 §4, §6",
    ),
    "malformed_record": (
        "a record is cut or contradicts itself; what it declares after that is lost",
        "RFC 6396 §4",
    ),
    "missing_peer_table": (
        "RIB records come before any PEER_INDEX_TABLE; their routes are lost",
        "RFC 6396 §4.3.1",
    ),
    "more_issues": ("there are more issues than are listed one by one", ""),
    "no_updates": ("there are no BGP messages and no changes of state", "RFC 6396 §4.4"),
    "no_routes": ("there are no RIB records with routes", "RFC 6396 §4"),
    "peer_index_out_of_range": (
        "a route names a peer that the PEER_INDEX_TABLE does not list; it is lost",
        "RFC 6396 §4.3.1",
    ),
    "trailing_garbage": ("bytes that are no compressed data follow the compressed data", ""),
    "unsupported_record": (
        "a record is of a form that no RFC describes; it is lost",
        "RFC 6396 §4.4",
    ),
    "truncated": ("the file ends inside a record or inside its compressed data", "RFC 6396 §2"),
    # Seen in the columns.
    "peer_as_0": (
        (
            "peers with routes have AS 0, which no peer can have; for a router's own routes the AS "
            "should be its own"
        ),
        "RFC 7607 §2",
    ),
    "no_next_hop": (
        "routes have no next hop, neither in NEXT_HOP nor in MP_REACH_NLRI",
        "RFC 4271 §5.1.3, RFC 6396 §4.3.4",
    ),
    "no_origin": ("routes have no ORIGIN, which is mandatory", "RFC 4271 §5.1.1"),
    "as_0_in_path": ("AS paths hold AS 0", "RFC 7607 §2"),
}


def deviations(table: Rib | Updates) -> list[Deviation]:
    """List the deviations of a load: what lost something first, then by count and name."""
    receipt = table.receipt
    issues = Counter(receipt.issues.column("kind").to_pylist())
    found = [_explained(kind, n, is_loss=True) for kind, n in issues.items()]
    seen = {**receipt.quirks, **_in_columns(table)}
    found += [_explained(kind, n, is_loss=False) for kind, n in seen.items() if n]
    return sorted(found, key=lambda d: (not d.is_loss, -d.times, d.kind))


def _explained(kind: str, count: int, *, is_loss: bool) -> Deviation:
    text, reference = EXPLANATIONS.get(kind, (kind.replace("_", " "), ""))
    return Deviation(kind, count, is_loss, text, reference)


def _in_columns(table: Rib | Updates) -> dict[str, int]:
    """Count what the receipt does not: O(routes or changes), vectorised."""
    rows = table.routes if isinstance(table, Rib) else table.changes
    # Withdrawals and changes of state have no attributes.
    of_set = column(rows.select(["attributes_id"]).drop_null(), "attributes_id")

    def routes_without(name: str) -> int:
        is_null = table.attributes.column(name).combine_chunks().is_null()
        return int(is_null.to_numpy(zero_copy_only=False)[of_set].sum())

    used = np.unique(column(rows, "peer_id"))
    hops = table.as_paths.column("hops").combine_chunks()
    # A path counts once, however often it holds AS 0.
    with_0 = np.unique(hops.value_parent_indices().to_numpy()[hops.flatten().to_numpy() == 0])
    return {
        "peer_as_0": int((column(table.peers, "peer_as")[used] == 0).sum()),
        "no_next_hop": routes_without("next_hop"),
        "no_origin": routes_without("origin"),
        "as_0_in_path": len(with_0),
    }
