"""Routes as the lines of ``bgpdump -m``.

    TABLE_DUMP2|time|B|peer|AS|prefix|path|ORIGIN|next hop|LOCAL_PREF|MED|communities|AG|aggregator|

- ``TABLE_DUMP2_AP`` with the path id as a field after the prefix where a route has one,
  ``TABLE_DUMP`` for records of that type;
- the time is that of the record, in seconds;
- in the path ``{1,2}`` is an AS_SET, ``(1 2)`` an AS_CONFED_SEQUENCE, ``[1,2]`` an AS_CONFED_SET;
- what is absent prints as ``INCOMPLETE``, ``255.255.255.255``, ``0`` and nothing;
- ``no-export``, ``no-advertise`` and ``local-AS`` are named, other communities are ``64500:1``;
- ``AG`` or ``NAG`` says whether ATOMIC_AGGREGATE is there, the aggregator is ``64500 192.0.2.1``;
- large and extended communities are not shown.

What bgpdump cuts off is not cut here: paths at 7,900 characters, communities at 8,191.
"""

import re
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rib.fallback.as_path import AS_CONFED_SEQUENCE, AS_CONFED_SET, AS_SEQUENCE, AS_SET

__all__ = ["bgpdump_lines"]

_NAMED = {0xFFFFFF01: "no-export", 0xFFFFFF02: "no-advertise", 0xFFFFFF03: "local-AS"}
_SEGMENTS = {
    AS_SET: "{%s}",
    AS_SEQUENCE: "%s",
    AS_CONFED_SEQUENCE: "(%s)",
    AS_CONFED_SET: "[%s]",
}
#: An address in ::/96 but not in ::/112, whose last 32 bits bgpdump writes as IPv4.
_V4_COMPATIBLE = re.compile(r"::([0-9a-f]+):([0-9a-f]+)(?=/|$)")


def bgpdump_lines(tables: dict[str, pa.Table], start: int, stop: int) -> bytes:
    """Write routes ``start:stop`` as the lines of ``bgpdump -m``.

    Parameters
    ----------
    tables : dict of str to pyarrow.Table
        The five tables of a `Rib`.
    start, stop : int
        Slice of ``routes``.

    Returns
    -------
    bytes
        One line per route, in the order of ``routes``.
    """
    routes = tables["routes"].slice(start, max(0, stop - start))
    peer = _texts(routes, "peer_id", tables["peers"], _peer)
    prefix = _texts(routes, "prefix_id", tables["prefixes"], _prefix)
    path = _texts(routes, "as_path_id", tables["as_paths"], _path)
    attributes = _texts(routes, "attributes_id", tables["attributes"], _attributes)
    lines = []
    for peer_id, prefix_id, path_id, set_id, add_path_id, time in zip(
        *(
            routes.column(name).to_pylist()
            for name in (
                "peer_id",
                "prefix_id",
                "as_path_id",
                "attributes_id",
                "add_path_id",
                "record_time",
            )
        ),
        strict=True,
    ):
        kind, who = peer[peer_id]
        where = prefix[prefix_id]
        if add_path_id is not None:
            kind, where = f"{kind}_AP", f"{where}|{add_path_id}"
        lines.append(f"{kind}|{time}|B|{who}|{where}|{path[path_id]}|{attributes[set_id]}\n")
    return "".join(lines).encode()


def _texts(
    routes: pa.Table, name: str, table: pa.Table, write: Callable[[dict[str, Any]], Any]
) -> dict[int, Any]:
    """Write each row of a table that the routes refer to once."""
    ids = pc.unique(routes.column(name))
    return dict(zip(ids.to_pylist(), map(write, table.take(ids).to_pylist()), strict=True))


def _address(text: str) -> str:
    found = _V4_COMPATIBLE.match(text)
    if found is None:
        return text
    high, low = (int(word, 16) for word in found.groups())
    dotted = f"::{high >> 8}.{high & 255}.{low >> 8}.{low & 255}"
    return dotted + text[found.end() :]


def _peer(row: dict[str, Any]) -> tuple[str, str]:
    kind = "TABLE_DUMP" if row["record_type"] == "TABLE_DUMP" else "TABLE_DUMP2"
    return kind, f"{_address(row['peer_ip'])}|{row['peer_as']}"


def _prefix(row: dict[str, Any]) -> str:
    return _address(row["text"])


def _path(row: dict[str, Any]) -> str:
    parts, at = [], 0
    for segment in row["segments"]:
        end = at + segment["count"]
        separator = "," if segment["kind"] in (AS_SET, AS_CONFED_SET) else " "
        parts.append(_SEGMENTS[segment["kind"]] % separator.join(map(str, row["hops"][at:end])))
        at = end
    return " ".join(parts)


def _attributes(row: dict[str, Any]) -> str:
    aggregator = row["aggregator_as"]
    return "|".join(
        (
            row["origin"] or "INCOMPLETE",
            "255.255.255.255" if row["next_hop"] is None else _address(row["next_hop"]),
            str(row["local_pref"] or 0),
            str(row["med"] or 0),
            " ".join(map(_community, row["communities"] or ())),
            "AG" if row["atomic_aggregate"] else "NAG",
            "" if aggregator is None else f"{aggregator} {row['aggregator_ip']}",
            "",
        )
    )


def _community(value: int) -> str:
    return _NAMED.get(value) or f"{value >> 16}:{value & 0xFFFF}"
