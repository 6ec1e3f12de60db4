"""Columns of the tables of a `Rib`: one truth for both back ends and for docs/schema.md.

A row's id is its row number. Absent is null, never 0. The native module builds the same schemas;
``tests/test_schema.py`` compares them and the page.
"""

import pyarrow as pa

__all__ = [
    "AS_PATHS",
    "ATTRIBUTES",
    "CHANGES",
    "ISSUES",
    "LABELS",
    "LOADED",
    "LOADED_UPDATES",
    "PARQUET",
    "PARQUET_IDS",
    "PATH_FEATURES",
    "PEERS",
    "PREFIXES",
    "PREPROCESSING",
    "RECORDED_PEERS",
    "ROUTES",
]


def _field(name: str, kind: pa.DataType, *, null: bool = False) -> pa.Field:
    return pa.field(name, kind, nullable=null)


def _list(kind: pa.DataType) -> pa.DataType:
    return pa.list_(pa.field("item", kind, nullable=False))


_SEGMENT = pa.struct([_field("kind", pa.uint8()), _field("count", pa.uint8())])
_UNKNOWN = pa.struct(
    [_field("flags", pa.uint8()), _field("type", pa.uint8()), _field("value", pa.binary())]
)
_LABEL = pa.dictionary(pa.int8(), pa.utf8())
_TEXT = pa.dictionary(pa.int32(), pa.utf8())
_LARGE = pa.list_(pa.field("item", pa.uint32(), nullable=False), 3)

#: Dictionaries of the label columns, always in this order: the codes of the ORIGIN attribute, how the
#: origin AS of a path was found, and what a change is.
LABELS = {
    "origin": ("IGP", "EGP", "INCOMPLETE"),
    "origin_kind": ("single", "set1", "set", "confed", "local"),
    "kind": ("announce", "withdraw", "state"),
}

#: Sorted by (prefix, peer, add-path id, order in the input).
ROUTES = pa.schema(
    [
        _field("prefix_id", pa.uint32()),
        _field("peer_id", pa.uint16()),
        _field("as_path_id", pa.uint32()),
        _field("attributes_id", pa.uint32()),
        _field("add_path_id", pa.uint32(), null=True),
        _field("originated_time", pa.uint32()),
        _field("record_time", pa.uint32()),
    ]
)

#: Sorted by family, network, length; distinct. ``network``: network order, IPv4 in the first four
#: octets and zeros after, so that both families sort and mask alike.
PREFIXES = pa.schema(
    [
        _field("family", pa.uint8()),
        _field("network", pa.binary(16)),
        _field("length", pa.uint8()),
        _field("text", pa.utf8()),
    ]
)

#: In order of first appearance in the input. ``hops``: every AS of every segment in order.
#: ``segments``: AS_PATH segment type (1 AS_SET, 2 AS_SEQUENCE, 3 AS_CONFED_SEQUENCE,
#: 4 AS_CONFED_SET) and its number of ASes.
#: ``length``: RFC 4271 §9.1.2.2 (prepends count, a set is 1, confederations 0).
AS_PATHS = pa.schema(
    [
        _field("hops", _list(pa.uint32())),
        _field("segments", _list(_SEGMENT)),
        _field("origin_as", pa.uint32(), null=True),
        _field("origin_kind", _LABEL),
        _field("upstream_as", pa.uint32(), null=True),
        _field("length", pa.uint16()),
    ]
)

#: Whole attribute sets without the AS path, in order of first appearance.
ATTRIBUTES = pa.schema(
    [
        _field("origin", _LABEL, null=True),
        _field("next_hop", _TEXT, null=True),
        _field("next_hop_link_local", pa.utf8(), null=True),
        _field("med", pa.uint32(), null=True),
        _field("local_pref", pa.uint32(), null=True),
        _field("communities", _list(pa.uint32()), null=True),
        _field("large_communities", _list(_LARGE), null=True),
        _field("extended_communities", _list(pa.uint64()), null=True),
        _field("ipv6_extended_communities", _list(pa.binary()), null=True),
        _field("atomic_aggregate", pa.bool_()),
        _field("aggregator_as", pa.uint32(), null=True),
        _field("aggregator_ip", pa.utf8(), null=True),
        _field("originator_id", pa.utf8(), null=True),
        _field("cluster_list", _list(pa.uint32()), null=True),
        _field("otc", pa.uint32(), null=True),
        _field("aigp", pa.uint64(), null=True),
        _field("unknown", _list(_UNKNOWN), null=True),
    ]
)

_PEERS_LOADED = [
    _field("collector", pa.utf8()),
    _field("peer_as", pa.uint32()),
    _field("peer_ip", pa.utf8()),
    _field("bgp_id", pa.utf8(), null=True),
    _field("record_type", pa.utf8()),
    _field("latitude", pa.float32(), null=True),
    _field("longitude", pa.float32(), null=True),
]

#: In order of first appearance. ``bgp_id`` is null in TABLE_DUMP, which has none; ``latitude`` and
#: ``longitude`` where no GEO_PEER_TABLE has them or they are private.
#: The other columns after ``record_type`` are derived by `rib.table.peers`.
PEERS = pa.schema(
    [
        *_PEERS_LOADED[:5],
        _field("n_prefixes4", pa.uint32()),
        _field("n_prefixes6", pa.uint32()),
        _field("is_full_feed", pa.bool_()),
        _field("is_full_feed4", pa.bool_()),
        _field("is_full_feed6", pa.bool_()),
        _field("n_collectors", pa.uint16()),
        *_PEERS_LOADED[5:],
        _field("is_local", pa.bool_()),
        _field("peer_as_inferred", pa.bool_()),
    ]
)

#: Version of the preprocessing of AS paths (docs/methods.md, "Paths"): numbers of reports with the same
#: version are about the same paths. A change of any of its rules raises it.
PREPROCESSING = 1

#: One row per AS path: the preprocessing of every analysis (docs/methods.md, "Paths").
#: ``hops``: unprepended (consecutive repeats collapsed), confederation segments left out, the
#: members of an AS_SET in ascending order without repeats. ``n_hops``: its length, a set
#: counted once.
#: ``prepend_max``: most extra copies of any AS. ``origin_prepends``: extra copies of the origin AS
#: at the end (0 where there is no origin AS).
PATH_FEATURES = pa.schema(
    [
        _field("hops", _list(pa.uint32())),
        _field("n_hops", pa.uint16()),
        _field("prepend_max", pa.uint16()),
        _field("origin_prepends", pa.uint16()),
        _field("has_set", pa.bool_()),
        _field("has_confed", pa.bool_()),
        _field("has_loop", pa.bool_()),
        _field("has_reserved", pa.bool_()),
    ]
)

#: Rows of a load receipt. ``offset`` counts uncompressed bytes, ``record`` from 0; of a text view it is the
#: line, from 1.
ISSUES = pa.schema(
    [
        _field("file", pa.utf8()),
        _field("offset", pa.uint64(), null=True),
        _field("record", pa.uint64(), null=True),
        _field("kind", pa.utf8()),
        _field("detail", pa.utf8()),
    ]
)

#: What `read_mrt` of a back end returns, by table.
LOADED = {
    "routes": ROUTES,
    "prefixes": PREFIXES,
    "as_paths": AS_PATHS,
    "attributes": ATTRIBUTES,
    "peers": pa.schema(_PEERS_LOADED),
}

#: Changes of routes and of sessions, in order of arrival. ``message``: number of the MRT record,
#: counted on over all inputs, so that the changes of one UPDATE share it. ``prefix_id`` is null for a
#: change of state; the two ids after ``add_path_id`` but in an announcement, the two states (RFC 4271
#: §8.2.2: 1 Idle … 6 Established) but in a change of state, or where BGPStream does not know one.
CHANGES = pa.schema(
    [
        _field("time", pa.timestamp("us", "UTC")),
        _field("message", pa.uint32()),
        _field("peer_id", pa.uint16()),
        _field("kind", _LABEL),
        _field("prefix_id", pa.uint32(), null=True),
        _field("add_path_id", pa.uint32(), null=True),
        _field("as_path_id", pa.uint32(), null=True),
        _field("attributes_id", pa.uint32(), null=True),
        _field("old_state", pa.uint8(), null=True),
        _field("new_state", pa.uint8(), null=True),
    ]
)

#: Key of the metadata of ``changes`` that says which peer the record of a change of state named where it
#: is not the change's (quirk ``state_change_swapped``): lines of message, AS and address.
RECORDED_PEERS = "recorded_peers"

#: What `read_updates` of a back end returns, by table.
LOADED_UPDATES = {
    "changes": CHANGES,
    **{name: schema for name, schema in LOADED.items() if name != "routes"},
}

#: The id that a Parquet file of `Rib.write_parquet` begins with: the row number of the table.
PARQUET_IDS = {
    "prefixes": "prefix_id",
    "as_paths": "as_path_id",
    "attributes": "attributes_id",
    "peers": "peer_id",
}


def _with_id(name: str, table: pa.Schema) -> pa.Schema:
    return pa.schema([ROUTES.field(PARQUET_IDS[name]), *table])


#: The Parquet files of `Rib.write_parquet`, by table.
PARQUET = {
    "routes": ROUTES,
    "prefixes": _with_id("prefixes", PREFIXES),
    "as_paths": _with_id("as_paths", AS_PATHS),
    "attributes": _with_id("attributes", ATTRIBUTES),
    "peers": _with_id("peers", PEERS),
}
