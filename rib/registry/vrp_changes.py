"""Payloads as they would be: some removed, then some added."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from rib.registry.aspa import as_number
from rib.registry.columns import Ignored, parse_prefix_column, with_prefix_text
from rib.registry.vrps import PAYLOADS, Vrps, distinct_payloads, sorted_payloads

__all__ = ["change_vrps"]

_FORM = "(prefix, max_length, asn), or a dict with 'prefix', 'asn' and, if need be, 'max_length'"


class _Entry(NamedTuple):
    """A payload that a caller names."""

    prefix: str
    max_length: int
    asn: int


def change_vrps(vrps: Vrps, add: Iterable[Any], remove: Iterable[Any]) -> Vrps:
    """Give payloads without those of ``remove`` and with those of ``add``.

    Raises
    ------
    TypeError, ValueError
        An entry is no payload, or one to remove is not there.
    """
    added, removed = _entries("add", add), _entries("remove", remove)
    keep = np.ones(len(vrps), bool)
    for entry in removed:
        keep[_row(vrps, entry)] = False
    kept = vrps.table.filter(pa.array(keep))
    table = sorted_payloads(pa.concat_tables([kept, _table(added)])) if added else kept
    return dataclasses.replace(vrps, table=distinct_payloads(table.combine_chunks(), Ignored()))


def _entries(argument: str, given: Iterable[Any]) -> list[_Entry]:
    if isinstance(given, str | Mapping) or not isinstance(given, Iterable):
        raise TypeError(f"{argument}={given!r}: expected a list of {_FORM}")
    return [_entry(f"{argument}[{i}]", entry) for i, entry in enumerate(given)]


def _entry(name: str, given: Any) -> _Entry:
    if isinstance(given, Mapping):
        known = {"prefix", "asn", "max_length"}
        if not {"prefix", "asn"} <= given.keys() <= known:
            raise ValueError(f"{name}={dict(given)!r}: expected {_FORM}")
        prefix, most, asn = given["prefix"], given.get("max_length"), given["asn"]
    elif isinstance(given, tuple | list) and len(given) == 3:
        prefix, most, asn = given
    else:
        raise ValueError(f"{name}={given!r}: expected {_FORM}")
    parsed = parse_prefix_column(pa.array([str(prefix)]))
    if not parsed.ok[0]:
        raise ValueError(f"{name}={given!r}: expected a prefix without host bits, found {prefix!r}")
    length, width = int(parsed.length[0]), 32 if parsed.family[0] == 4 else 128
    most = length if most is None else as_number(most)
    if most is None or not length <= most <= width:
        raise ValueError(f"{name}={given!r}: expected a max_length from {length} to {width}")
    number = as_number(asn)
    if number is None:
        raise ValueError(f"{name}={given!r}: expected an AS number, found {asn!r}")
    return _Entry(str(prefix).strip(), most, number)


def _row(vrps: Vrps, entry: _Entry) -> int:
    slot = vrps.index.get(entry.prefix)
    if slot >= 0:
        start, stop = vrps.rows.offsets[slot], vrps.rows.offsets[slot + 1]
        part = vrps.table.slice(start, stop - start)
        for i, row in enumerate(part.select(["max_length", "asn"]).to_pylist()):
            if (entry.max_length, entry.asn) == (row["max_length"], row["asn"]):
                return int(start) + i
    text = f"{entry.prefix} up to /{entry.max_length} of AS{entry.asn}"
    raise ValueError(f"remove: {vrps.source} has no payload {text}")


def _table(entries: list[_Entry]) -> pa.Table:
    """Give entries in the columns of `Vrps.table`."""
    prefix = parse_prefix_column(pa.array([e.prefix for e in entries], pa.utf8()))
    n = len(entries)
    columns = {
        "family": pa.array(prefix.family),
        "network": prefix.network,
        "length": pa.array(prefix.length),
        "max_length": pa.array([e.max_length for e in entries], pa.uint8()),
        "asn": pa.array([e.asn for e in entries], pa.uint32()),
        "trust_anchor": pa.array(["added"] * n, pa.utf8()),
        "expires": pa.nulls(n, pa.timestamp("s")),
    }
    return with_prefix_text(pa.table(columns), PAYLOADS)
