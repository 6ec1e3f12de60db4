"""Columns of the history, once: what is written, what is read back, what docs/nightly.md lists."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from rib.table.files import replacing

__all__ = ["COLUMNS", "FROM_REPORT", "SCHEMA_VERSION", "VERSION_KEY", "shaped", "write_part"]

#: Of the columns below. A change of one raises it and adds a step to `rib.batch.history`.
SCHEMA_VERSION = 1
#: Metadata of every file: the version it was written with.
VERSION_KEY = b"rib.history"

_U8, _U16, _U32, _U64, _F32, _F64 = (
    pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64(), pa.float32(), pa.float64(),
)  # fmt: skip
_TEXT, _TEXTS, _ASNS = pa.utf8(), pa.list_(pa.utf8()), pa.list_(pa.uint32())

#: Of millions of rows a night: single precision keeps seven digits and takes a seventh off.
_DIVERSITY = [
    ("n_vps", _U32),
    ("n_paths", _U32),
    ("n_next_hops", _U32),
    ("n_upstreams", _U32),
    ("next_hop_effective", _F32),
    ("upstream_effective", _F32),
    ("path_effective", _F32),
    ("jaccard_as", _F32),
    ("vertex_disjoint", _U32),
    ("edge_disjoint", _U32),
    ("hops_median", _F32),
    ("prepend_max", _U16),
    ("single_homed", pa.bool_()),
]
_EVIDENCE = pa.struct(
    [
        ("rule", _TEXT),
        ("value", _TEXT),
        ("weight", pa.int16()),
        ("source", _TEXT),
        ("date", _TEXT),
    ]
)

#: Tables and their columns; every table of a view begins with the name of the view.
COLUMNS: dict[str, pa.Schema] = {
    "diversity_prefix": pa.schema(
        [("view", _TEXT), ("prefix", _TEXT), ("family", _U8), *_DIVERSITY]
    ),
    "diversity_origin": pa.schema(
        [
            ("view", _TEXT),
            ("origin_as", _U32),
            ("family", _U8),
            ("n_prefixes", _U32),
            *_DIVERSITY,
            ("chokepoints", _ASNS),
        ]
    ),
    "diversity_change": pa.schema(
        [
            ("view", _TEXT),
            ("origin_as", _U32),
            ("family", _U8),
            ("state", _TEXT),
            ("n_vps_before", _U32),
            ("n_vps_after", _U32),
            ("n_upstreams_before", _U32),
            ("n_upstreams_after", _U32),
            ("gained_upstreams", _ASNS),
            ("lost_upstreams", _ASNS),
            ("upstream_entropy_change", _F64),
            ("newly_single_homed", pa.bool_()),
            ("no_longer_single_homed", pa.bool_()),
            ("new_chokepoints", _ASNS),
            ("gone_chokepoints", _ASNS),
        ]
    ),
    "upstreams": pa.schema(
        [
            ("view", _TEXT),
            ("origin_as", _U32),
            ("family", _U8),
            ("upstream_as", _U32),
            ("vp_share", _F64),
            ("prefix_share", _F64),
            ("n_vps", _U32),
            ("n_prefixes", _U32),
            ("prepend_median", _F64),
            ("role", _TEXT),
        ]
    ),
    "exits": pa.schema(
        [
            ("view", _TEXT),
            ("prefix", _TEXT),
            ("family", _U8),
            ("winner_peer", _TEXT),
            ("winner_as", _U32),
            ("runner_up_as", _U32),
            ("step", _TEXT),
            ("n_candidates", _U32),
        ]
    ),
    "exit_shares": pa.schema(
        [
            ("view", _TEXT),
            ("by", _TEXT),
            ("family", _U8),
            ("name", _TEXT),
            ("peer_as", _U32),
            ("n_prefixes", _U32),
            ("prefix_share", _F64),
            ("addresses", _F64),
            ("address_share", _F64),
            ("only_prefixes", _U32),
            ("backup_prefixes", _U32),
        ]
    ),
    "failures": pa.schema(
        [
            ("view", _TEXT),
            ("failed", _TEXT),
            ("outcome", _TEXT),
            ("family", _U8),
            ("n_prefixes", _U32),
            ("addresses", _F64),
            ("prefix_share", _F64),
            ("address_share", _F64),
            ("candidates_left", _F64),
            ("one_left", _U32),
        ]
    ),
    "suspects": pa.schema(
        [
            ("view", _TEXT),
            ("event_id", _TEXT),
            ("kind", _TEXT),
            ("prefixes", _TEXTS),
            ("incumbents", _ASNS),
            ("newcomers", _ASNS),
            ("n_vps", _U32),
            ("score", _U8),
            ("confidence", _U8),
            ("tags", _TEXTS),
            ("explained_by", _TEXTS),
            ("would_clear", _TEXTS),
            ("evidence", pa.list_(_EVIDENCE)),
        ]
    ),
    "assertions": pa.schema(
        [
            ("number", _U32),
            ("name", _TEXT),
            ("check", _TEXT),
            ("subject", _TEXT),
            ("family", _U8),
            ("expected", _TEXT),
            ("found", _TEXT),
            ("passed", pa.bool_()),
            ("evidence", _TEXT),
        ]
    ),
    "receipts": pa.schema(
        [
            ("view", _TEXT),
            ("source", _TEXT),
            ("file", _TEXT),
            ("sha256", _TEXT),
            ("dump_time", pa.timestamp("s", "UTC")),
            ("collector", _TEXT),
            ("bytes_in", _U64),
            ("bytes_uncompressed", _U64),
            ("routes_kept", _U64),
            ("routes_lost", _U64),
            ("n_issues", _U64),
            ("problem", _TEXT),
        ]
    ),
    "registries": pa.schema(
        [
            ("kind", _TEXT),
            ("file", _TEXT),
            ("sha256", _TEXT),
            ("date", _TEXT),
            ("rows", _U64),
            ("ignored", _U64),
            ("problem", _TEXT),
        ]
    ),
}

#: Tables of the report that are kept, by the name that they have there, too.
FROM_REPORT = (
    "diversity_prefix",
    "diversity_origin",
    "diversity_change",
    "upstreams",
    "suspects",
)


def shaped(name: str, table: pa.Table | None) -> pa.Table:
    """Give the columns of a table of the history: those that are not there are null."""
    schema = COLUMNS[name]
    if table is None:
        return schema.empty_table()
    columns = []
    for field in schema:
        if field.name in table.column_names:
            columns.append(table.column(field.name).cast(field.type))
        else:
            columns.append(pa.nulls(table.num_rows, field.type))
    return pa.table(columns, schema=schema)


def write_part(name: str, table: pa.Table, path: Path, day: date) -> None:
    """Write the rows of a night: the same rows, the same bytes."""
    # Prefixes are sorted and hardly repeat: each is written as what differs from the one before.
    delta = {"prefix"} & set(table.column_names)
    marked = table.replace_schema_metadata(
        {VERSION_KEY: str(SCHEMA_VERSION), b"rib.table": name, b"rib.day": day.isoformat()}
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as temporary:
        pq.write_table(
            marked,
            temporary,
            compression="zstd",
            compression_level=9,
            use_dictionary=[c for c in _leaves(table.schema) if c not in delta],
            column_encoding=dict.fromkeys(delta, "DELTA_BYTE_ARRAY"),
            write_statistics=True,
        )


def _leaves(schema: pa.Schema) -> list[str]:
    """Give the paths of the columns as Parquet names them."""
    names = []
    for field in schema:
        if not pa.types.is_list(field.type):
            names.append(field.name)
        elif pa.types.is_struct(field.type.value_type):
            names += [f"{field.name}.list.element.{inner.name}" for inner in field.type.value_type]
        else:
            names.append(f"{field.name}.list.element")
    return names
