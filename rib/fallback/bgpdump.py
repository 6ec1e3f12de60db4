"""Routes and changes as the lines of ``bgpdump -m``.

    TABLE_DUMP2|time|B|peer|AS|prefix|path|ORIGIN|next hop|LOCAL_PREF|MED|communities|AG|aggregator|

    BGP4MP|time|A|… as above;  BGP4MP|time|W|peer|AS|prefix;  BGP4MP|time|STATE|peer|AS|old|new

- the first field of a change is the type of its record, with ``_AP`` after it where there is a path
  id, and the time of BGP4MP_ET has six decimals;
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
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rib.fallback.as_path import AS_CONFED_SEQUENCE, AS_CONFED_SET, AS_SEQUENCE, AS_SET
from rib.schema import RECORDED_PEERS

__all__ = ["bgpdump_lines"]

_NAMED = {0xFFFFFF01: "no-export", 0xFFFFFF02: "no-advertise", 0xFFFFFF03: "local-AS"}
_SEGMENTS = {
    AS_SET: "{%s}",
    AS_SEQUENCE: "%s",
    AS_CONFED_SEQUENCE: "(%s)",
    AS_CONFED_SET: "[%s]",
}
#: An address in ::/96, whose last 32 bits bgpdump writes as IPv4 if they are more than 1.
_V4_COMPATIBLE = re.compile(r"::(?:([0-9a-f]+):)?([0-9a-f]+)(?=/|$)")
#: A zero group; where none stands beside another, bgpdump cuts the first.
_ZERO_GROUP = re.compile(r"^0:|:0:|:0(?=/|$)")
_STATE = "state"
_EPOCH = datetime.fromtimestamp(0, UTC)


def bgpdump_lines(tables: dict[str, pa.Table], start: int, stop: int) -> bytes:
    """Write rows ``start:stop`` of ``routes``, or of ``changes``, as the lines of ``bgpdump -m``.

    Parameters
    ----------
    tables : dict of str to pyarrow.Table
        The five tables of a `Rib` or an `Updates`.
    start, stop : int
        Slice of the rows.

    Returns
    -------
    bytes
        One line per row, in order.
    """
    is_rib = "changes" not in tables
    recorded = {} if is_rib else _recorded(tables["changes"])
    rows = tables["routes" if is_rib else "changes"].slice(start, max(0, stop - start))
    texts = {
        "peer_id": _texts(rows, "peer_id", tables["peers"], _peer),
        "prefix_id": _texts(rows, "prefix_id", tables["prefixes"], _prefix),
        "as_path_id": _texts(rows, "as_path_id", tables["as_paths"], _path),
        "attributes_id": _texts(rows, "attributes_id", tables["attributes"], _attributes),
    }
    if is_rib:
        return "".join(_route_line(row, texts) for row in rows.to_pylist()).encode()
    return "".join(_change_line(row, texts, recorded) for row in rows.to_pylist()).encode()


def _recorded(changes: pa.Table) -> dict[int, str]:
    """Give the peer that a record named, by message, where it is not the change's."""
    lines = (changes.schema.metadata or {}).get(RECORDED_PEERS.encode(), b"").decode()
    found = {}
    for line in lines.splitlines():
        message, asn, ip = line.split(" ")
        found[int(message)] = f"{_address(ip)}|{asn}"
    return found


def _route_line(row: dict[str, Any], texts: dict[str, dict[int, Any]]) -> str:
    record_type, who = texts["peer_id"][row["peer_id"]]
    kind = "TABLE_DUMP" if record_type == "TABLE_DUMP" else "TABLE_DUMP2"
    path_id = row["add_path_id"]
    where = texts["prefix_id"][row["prefix_id"]]
    if path_id is not None and kind == "TABLE_DUMP2":
        kind = "TABLE_DUMP2_AP"
    if path_id is not None:
        where = f"{where}|{path_id}"
    return f"{kind}|{row['record_time']}|B|{who}|{where}|{_what(row, texts)}\n"


def _change_line(
    row: dict[str, Any], texts: dict[str, dict[int, Any]], recorded: dict[int, str]
) -> str:
    record_type, who = texts["peer_id"][row["peer_id"]]
    who = recorded.get(row["message"], who)  # bgpdump shows what was recorded
    seconds, fraction = divmod(_microseconds(row["time"]), 1_000_000)
    time = f"{seconds}.{fraction:06}" if record_type.startswith("BGP4MP_ET") else str(seconds)
    if row["kind"] == _STATE:
        return f"{record_type}|{time}|STATE|{who}|{row['old_state']}|{row['new_state']}\n"
    where = texts["prefix_id"][row["prefix_id"]]
    if row["add_path_id"] is not None:
        record_type, where = f"{record_type}_AP", f"{where}|{row['add_path_id']}"
    if row["kind"] == "withdraw":
        return f"{record_type}|{time}|W|{who}|{where}\n"
    return f"{record_type}|{time}|A|{who}|{where}|{_what(row, texts)}\n"


def _what(row: dict[str, Any], texts: dict[str, dict[int, Any]]) -> str:
    path, attributes = texts["as_path_id"], texts["attributes_id"]
    return f"{path[row['as_path_id']]}|{attributes[row['attributes_id']]}"


def _microseconds(time: datetime) -> int:
    past = time - _EPOCH
    return (past.days * 86_400 + past.seconds) * 1_000_000 + past.microseconds


def _texts(
    routes: pa.Table, name: str, table: pa.Table, write: Callable[[dict[str, Any]], Any]
) -> dict[int, Any]:
    """Write each row of a table that the routes refer to once."""
    ids = pc.unique(routes.column(name).drop_null())
    return dict(zip(ids.to_pylist(), map(write, table.take(ids).to_pylist()), strict=True))


def _address(text: str) -> str:
    if ":" not in text:
        return text
    if "::" not in text:
        return _ZERO_GROUP.sub("::", text, count=1)
    found = _V4_COMPATIBLE.match(text)
    if found is None:
        return text
    high, low = (int(word or "0", 16) for word in found.groups())
    if not high and low < 2:
        return text
    dotted = f"::{high >> 8}.{high & 255}.{low >> 8}.{low & 255}"
    return dotted + text[found.end() :]


def _peer(row: dict[str, Any]) -> tuple[str, str]:
    return row["record_type"], f"{_address(row['peer_ip'])}|{row['peer_as']}"


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
