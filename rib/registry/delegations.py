"""What the Regional Internet Registries gave out, to whom, and what they still hold."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from rib.exceptions import RegistryError
from rib.registry.columns import Ignored, parse_numbers, parse_prefix_column
from rib.registry.files import PathLike, date_in_name, read_whole
from rib.registry.registry import Registry
from rib.table.networks import network_words

__all__ = ["Delegations", "Ranges", "read_delegations"]

_KIND = "an RIR delegated(-extended) statistics file"

_SCHEMA = pa.schema(
    [
        pa.field("registry", pa.utf8(), nullable=False),
        pa.field("country", pa.utf8()),
        pa.field("kind", pa.utf8(), nullable=False),
        pa.field("start", pa.utf8(), nullable=False),
        pa.field("count", pa.uint64(), nullable=False),
        pa.field("date", pa.utf8()),
        pa.field("status", pa.utf8(), nullable=False),
        pa.field("opaque_id", pa.utf8()),
    ]
)


class Ranges(NamedTuple):
    """Disjoint sorted ranges ``first`` to ``last`` of one kind and their rows in the table.

    IPv4 addresses and AS numbers as they are; of IPv6 addresses the high 64 bits, since nothing
    longer than a /64 is delegated.
    """

    first: npt.NDArray[np.uint64]
    last: npt.NDArray[np.uint64]
    row: npt.NDArray[np.int64]

    def find(self, value: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
        """Give the row of the range that holds each value, -1 where none does."""
        if not len(self.first):
            return np.full(len(value), -1, np.int64)
        at = np.searchsorted(self.first, value, side="right") - 1
        inside = (at >= 0) & (value <= self.last[np.maximum(at, 0)])
        result: npt.NDArray[np.int64] = np.where(inside, self.row[np.maximum(at, 0)], -1)
        return result


@dataclass(frozen=True, eq=False)
class Delegations(Registry):
    """Records of delegated-extended files.

    Attributes
    ----------
    table : pyarrow.Table
        ``registry``, ``country``, ``kind`` (``ipv4``, ``ipv6``, ``asn``), ``start``, ``count``
        (addresses, AS numbers; for IPv6 the prefix length), ``date`` (YYYYMMDD), ``status``
        (``allocated``, ``assigned``, ``available``, ``reserved``), ``opaque_id`` (the same for all
        resources of one holder; null in files that are not extended); in the order of the file.
    source : str
        Path of the file.
    date : datetime.date or None
        End date of the version line, else the date in the file's name.
    ignored : dict of str to int
        Lines left out: ``line`` (not of the format), ``value`` (a start or count that does not parse).
    examples : tuple of str
        Where the first ignored lines stand.

    Notes
    -----
    IPv4 records are address ranges that need not be one prefix, so lookups search sorted ranges
    instead of a prefix index.
    """

    source: str

    def __repr__(self) -> str:
        kinds = self.table.column("kind").value_counts().to_pylist()
        counts = ", ".join(f"{k['counts']:,} {k['values']}" for k in kinds)
        return f"<Delegations {counts} of {self.date or 'unknown date'} from {self.source}>"

    @cached_property
    def ranges(self) -> dict[str, Ranges]:
        """Sorted ranges by kind, built at first use."""
        return {kind: _ranges(self.table, kind) for kind in ("ipv4", "ipv6", "asn")}

    def find_prefixes(self, family: pa.Array, network: pa.Array) -> npt.NDArray[np.int64]:
        """Give the row of the record that holds the first address of each prefix, -1 where none."""
        high, _ = network_words(network)
        is_v6 = np.asarray(family) == 6
        row = self.ranges["ipv4"].find(high >> np.uint64(32))
        row[is_v6] = self.ranges["ipv6"].find(high[is_v6])
        return row

    def find_asns(self, asns: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
        """Give the row of the record that holds each AS number, -1 where none does."""
        return self.ranges["asn"].find(np.asarray(asns).astype(np.uint64))

    @cached_property
    def holders(self) -> npt.NDArray[np.int32]:
        """Number the holder of each row by its opaque id; -1 where it has none.

        The registries promise unique ids within a registry only; they are long enough never to
        meet by chance, and an organisation may have resources of several registries under one.
        """
        codes = self.table.column("opaque_id").combine_chunks().dictionary_encode().indices
        result: npt.NDArray[np.int32] = pc.fill_null(codes, -1).to_numpy(zero_copy_only=False)
        return result

    @cached_property
    def regions(self) -> npt.NDArray[np.int32]:
        """Number the country of each row, or its registry where the country is unknown (ZZ)."""
        country = self.table.column("country")
        known = pc.fill_null(pc.not_equal(country, "ZZ"), False)
        region = pc.if_else(known, country, self.table.column("registry")).combine_chunks()
        result: npt.NDArray[np.int32] = region.dictionary_encode().indices.to_numpy()
        return result

    @cached_property
    def is_free(self) -> npt.NDArray[np.bool_]:
        """Whether each row is ``available`` or ``reserved``: held by the registry, by no user."""
        free = pc.is_in(self.table.column("status"), value_set=pa.array(["available", "reserved"]))
        result: npt.NDArray[np.bool_] = free.combine_chunks().to_numpy(zero_copy_only=False)
        return result


def read_delegations(path: PathLike) -> Delegations:
    """Read a delegated or delegated-extended statistics file of an RIR, or of all (NRO).

    Parameters
    ----------
    path : str or Path
        ``registry|cc|type|start|value|date|status[|opaque-id]`` lines; plain, gzip, bzip2 or xz.

    Returns
    -------
    Delegations
        Records without the header and summary lines.

    Raises
    ------
    FileNotFoundError
        The file is missing.
    RegistryError
        Not such a file, damaged, or without a record.

    Notes
    -----
    The extended form is needed for ``available`` and ``reserved`` space and for holders.

    References
    ----------
    "RIR Statistics Exchange Format" and "NRO Extended Allocation and Assignment Reports".

    Examples
    --------
    >>> import rib
    >>> blocks = rib.read_delegations("data/sample-mrt/delegated-extended.txt.gz")
    >>> sorted(set(blocks.table["kind"].to_pylist()))
    ['asn', 'ipv4', 'ipv6']
    """
    text = read_whole(path, _KIND).decode("utf-8-sig", "replace")
    ignored = Ignored()
    bad: list[int] = []
    rows: list[list[str]] = []
    lines: list[int] = []
    date = None
    for number, line in enumerate(text.splitlines(), 1):
        parts = line.split("|")
        if not line.strip() or line.startswith("#") or parts[-1] == "summary":
            continue
        if re.fullmatch(r"\d+(\.\d+)?", parts[0]) and len(parts) >= 6:  # version line
            date = date or date_in_name(parts[5]) or date_in_name(parts[2])
            continue
        if len(parts) < 7 or parts[2] not in ("ipv4", "ipv6", "asn"):
            bad.append(number)
            continue
        lines.append(number)
        rows.append([*parts[:7], parts[7] if len(parts) > 7 else ""])
    ignored.add("line", bad)
    table, dropped = _judged(rows)
    ignored.add("value", [lines[row] for row in dropped])
    if not table.num_rows:
        raise RegistryError(f"{path}: expected {_KIND}, found no record; ignored {ignored.text()}")
    return Delegations(
        table,
        str(path),
        date=date or date_in_name(path),
        ignored=dict(ignored.counts),
        examples=tuple(ignored.examples),
    )


def _judged(rows: list[list[str]]) -> tuple[pa.Table, npt.NDArray[np.intp]]:
    """Rows as a table, without those whose start or value does not parse, and which those are."""
    columns = [pa.array(c, pa.utf8()) for c in zip(*rows, strict=True)] or [
        pa.array([], pa.utf8())
    ] * 8
    registry, country, kind, start, value, date, status, opaque = columns
    count, ok = parse_numbers(value, 2**32, np.uint64)
    # The value of an IPv6 record is a prefix length: 0 would be the whole Internet.
    is_v6 = pc.equal(kind, "ipv6").to_numpy(zero_copy_only=False)
    ok &= ~is_v6 | ((count >= 1) & (count <= 128))
    ok = ok & (parse_starts(kind, start)[1])
    keep = pa.array(ok)
    table = pa.table(
        [
            pc.ascii_lower(registry),
            _or_null(country),
            kind,
            start,
            pa.array(count),
            _or_null(date),
            pc.ascii_lower(status),
            _or_null(opaque),
        ],
        schema=_SCHEMA,
    )
    return table.filter(keep).combine_chunks(), np.flatnonzero(~ok)


def _or_null(text: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(text, ""), None, text)


def parse_starts(
    kind: pa.Array, start: pa.Array
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.bool_]]:
    """Give the first address (IPv6: its high 64 bits) or AS number of records, and which parse."""
    is_asn, is_v6 = (pc.equal(kind, k).to_numpy(zero_copy_only=False) for k in ("asn", "ipv6"))
    width = pc.if_else(pa.array(is_v6), "/128", "/32")
    address = pc.if_else(
        pa.array(is_asn), "192.0.2.0", start
    )  # an AS number is no address to parse
    prefix = parse_prefix_column(pc.binary_join_element_wise(address, width, ""))
    high, _ = network_words(prefix.network)
    asn, asn_ok = parse_numbers(start, 2**32 - 1, np.uint64)
    value = np.where(is_asn, asn, np.where(is_v6, high, high >> np.uint64(32)))
    return value.astype(np.uint64), np.where(is_asn, asn_ok, prefix.ok)


def _ranges(table: pa.Table, kind: str) -> Ranges:
    row = np.flatnonzero(pc.equal(table.column("kind"), kind).to_numpy(zero_copy_only=False))
    part = table.take(pa.array(row)).combine_chunks()
    first, _ = parse_starts(
        part.column("kind").combine_chunks(), part.column("start").combine_chunks()
    )
    count = part.column("count").to_numpy()
    if kind == "ipv6":
        bits = np.minimum(count, np.uint64(64))
        last = first | np.where(
            bits == 0, np.uint64(2**64 - 1), (np.uint64(1) << (np.uint64(64) - bits)) - np.uint64(1)
        )
    else:
        last = first + np.maximum(count, np.uint64(1)) - np.uint64(1)
    order = np.argsort(first, kind="stable")
    return Ranges(first[order], last[order], row[order])
