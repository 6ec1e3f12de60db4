"""Ids replaced by what they stand for: one row per route, dictionary-encoded."""

import numpy as np
import pyarrow as pa

from rib.table.arrays import column

__all__ = ["label_changes", "label_routes", "path_text"]


def path_text(as_paths: pa.Table) -> pa.Array:
    """AS paths as text: ``"64500 64501 {64502,64503} (64512 64513)"``, one per row of `as_paths`.

    AS_SETs in braces, AS_CONFED_SEQUENCEs in parentheses, AS_CONFED_SETs in brackets, as bgpdump
    prints them.
    """
    hops = as_paths.column("hops").combine_chunks()
    simple = pa.compute.binary_join(hops.cast(pa.list_(pa.utf8())), " ")
    segments = as_paths.column("segments").combine_chunks()
    kinds = segments.values.field("kind").to_numpy()
    offsets = segments.offsets.to_numpy()
    # Only the few paths that hold something else than AS_SEQUENCEs are written piece by piece.
    odd_segments = np.concatenate(([0], np.cumsum(kinds != 2)))
    odd = np.flatnonzero(odd_segments[offsets[1:]] != odd_segments[offsets[:-1]])
    if not len(odd):
        return simple
    rows = as_paths.select(["hops", "segments"]).take(pa.array(odd)).to_pylist()
    text = [_spell(row["hops"], row["segments"]) for row in rows]
    mask = np.zeros(len(simple), dtype=bool)
    mask[odd] = True
    return pa.compute.replace_with_mask(simple, pa.array(mask), pa.array(text, pa.utf8()))


_BRACKETS = {1: ("{", ",", "}"), 2: ("", " ", ""), 3: ("(", " ", ")"), 4: ("[", ",", "]")}


def _spell(hops: list[int], segments: list[dict[str, int]]) -> str:
    parts, at = [], 0
    for segment in segments:
        open_, between, close = _BRACKETS[segment["kind"]]
        ases = hops[at : at + segment["count"]]
        at += segment["count"]
        parts.append(open_ + between.join(map(str, ases)) + close)
    return " ".join(parts)


def _dictionary(ids: np.ndarray, values: pa.Array) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(ids.astype(np.int32)), values)


def label_routes(
    routes: pa.Table,
    prefixes: pa.Table,
    as_paths: pa.Table,
    attributes: pa.Table,
    peers: pa.Table,
) -> pa.Table:
    """One row per route with labels instead of ids; text columns are dictionary-encoded.

    Notes
    -----
    O(routes): ids become dictionary codes, and the fixed-size columns of attributes and paths are
    gathered.
    """
    prefix_id, peer_id = column(routes, "prefix_id"), column(routes, "peer_id")
    path_id, set_id = column(routes, "as_path_id"), column(routes, "attributes_id")
    path, sets = pa.array(path_id), pa.array(set_id)

    def one(table: pa.Table, name: str) -> pa.Array:
        return table.column(name).combine_chunks()

    columns = {
        "prefix": _dictionary(prefix_id, one(prefixes, "text")),
        "family": one(prefixes, "family").take(pa.array(prefix_id)),
        "collector": _dictionary(peer_id, one(peers, "collector")),
        "peer_as": one(peers, "peer_as").take(pa.array(peer_id)),
        "peer_ip": _dictionary(peer_id, one(peers, "peer_ip")),
        "add_path_id": one(routes, "add_path_id"),
        "as_path": _dictionary(path_id, path_text(as_paths)),
        "origin_as": one(as_paths, "origin_as").take(path),
        "upstream_as": one(as_paths, "upstream_as").take(path),
        "path_length": one(as_paths, "length").take(path),
        "originated_time": one(routes, "originated_time")
        .cast(pa.int64())
        .cast(pa.timestamp("s", tz="UTC")),
    }
    for name in attributes.column_names:
        array = one(attributes, name)
        if pa.types.is_nested(array.type):
            # Lists stay one per distinct set: a route costs four bytes, not a copy.
            columns[name] = _dictionary(set_id, array)
        else:
            columns[name] = array.take(sets)
    return pa.table(columns)


def label_changes(tables: dict[str, pa.Table]) -> pa.Table:
    """One row per change with labels instead of ids; text columns are dictionary-encoded.

    Notes
    -----
    O(changes).
    """
    changes = tables["changes"]

    def one(table: pa.Table, name: str) -> pa.Array:
        return table.column(name).combine_chunks()

    def label(ids: pa.Array, table: str, name: str) -> pa.Array:
        return pa.DictionaryArray.from_arrays(ids.cast(pa.int32()), one(tables[table], name))

    peer, prefix = one(changes, "peer_id"), one(changes, "prefix_id")
    path, sets = one(changes, "as_path_id"), one(changes, "attributes_id")
    paths = tables["as_paths"]
    columns = {
        "time": one(changes, "time"),
        "message": one(changes, "message"),
        "kind": one(changes, "kind"),
        "prefix": label(prefix, "prefixes", "text"),
        "family": one(tables["prefixes"], "family").take(prefix),
        "collector": label(peer, "peers", "collector"),
        "peer_as": one(tables["peers"], "peer_as").take(peer),
        "peer_ip": label(peer, "peers", "peer_ip"),
        "record_type": label(peer, "peers", "record_type"),
        "add_path_id": one(changes, "add_path_id"),
        "as_path": pa.DictionaryArray.from_arrays(path.cast(pa.int32()), path_text(paths)),
        "origin_as": one(paths, "origin_as").take(path),
        "upstream_as": one(paths, "upstream_as").take(path),
        "path_length": one(paths, "length").take(path),
        "old_state": one(changes, "old_state"),
        "new_state": one(changes, "new_state"),
    }
    attributes = tables["attributes"]
    for name in attributes.column_names:
        if pa.types.is_nested(attributes.schema.field(name).type):
            columns[name] = label(sets, "attributes", name)
        else:
            columns[name] = one(attributes, name).take(sets)
    return pa.table(columns)
