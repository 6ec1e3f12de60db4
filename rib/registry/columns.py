"""Text columns of registries as numbers, leniently: what does not parse is marked, not raised."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from rib._backend import core
from rib.exceptions import PrefixError
from rib.table.networks import network_array, network_octets, prefix_columns

__all__ = [
    "PREFIX_FIELDS",
    "Ignored",
    "PrefixColumn",
    "parse_asns",
    "parse_numbers",
    "parse_prefix_column",
    "with_prefix_text",
]

#: The first columns of every registry about prefixes.
PREFIX_FIELDS = (
    pa.field("family", pa.uint8(), nullable=False),
    pa.field("network", pa.binary(16), nullable=False),
    pa.field("length", pa.uint8(), nullable=False),
    pa.field("prefix", pa.utf8(), nullable=False),
)

#: A block with a prefix that does not parse is split until it is this small.
_SMALL = 64

#: What a prefix may look like at all; the back end judges the rest.
_SHAPE = r"^[0-9A-Fa-f:.]{2,45}/[0-9]{1,3}$"


class PrefixColumn(NamedTuple):
    """Prefixes as parallel arrays; rows where ``ok`` is false hold zeros."""

    family: npt.NDArray[np.uint8]
    network: pa.Array
    length: npt.NDArray[np.uint8]
    ok: npt.NDArray[np.bool_]


class Ignored:
    """Counts of what a reader left out, with the first few places."""

    def __init__(self, unit: str = "line") -> None:
        self.unit = unit
        self.counts: dict[str, int] = {}
        self.examples: list[str] = []

    def add(self, reason: str, places: Sequence[Any] | npt.NDArray[Any], shown: int = 3) -> None:
        """Count the rows at ``places`` (numbered from 1) under a reason."""
        n = len(places)
        if n:
            self.counts[reason] = self.counts.get(reason, 0) + n
            if not shown:  # the places are not those of the file
                return
            named = ", ".join(str(int(p)) for p in places[:shown])
            self.examples.append(f"{reason}: {self.unit} {named}{', …' if n > shown else ''}")

    def text(self) -> str:
        """Give the counts in words."""
        return (
            ", ".join(f"{n:,} {reason}" for reason, n in sorted(self.counts.items())) or "nothing"
        )


def parse_asns(text: pa.Array) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.bool_]]:
    """Parse "AS123", "as123" or "123"; the second array says which rows are AS numbers."""
    bare = pc.ascii_trim(text, characters=' "\t\r')
    bare = pc.replace_substring_regex(bare, pattern=r"^[Aa][Ss]", replacement="")
    return parse_numbers(bare, 2**32 - 1, np.uint32)


def parse_numbers(
    text: pa.Array, most: int, dtype: type[np.unsignedinteger[Any]]
) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
    """Parse decimal numbers up to ``most``; the second array says which rows are."""
    good = pc.fill_null(pc.match_substring_regex(text, pattern=r"^[0-9]{1,15}$"), False)
    value = pc.cast(pc.if_else(good, text, "0"), pa.uint64()).to_numpy(zero_copy_only=False)
    ok = good.to_numpy(zero_copy_only=False) & (value <= most)
    return np.where(ok, value, 0).astype(dtype), ok


def parse_prefix_column(text: pa.Array) -> PrefixColumn:
    """Parse prefixes; rows that are no canonical prefix (host bits set, too long) are not ``ok``.

    Notes
    -----
    The back end parses whole blocks and raises at the first bad row, so that a block with one is
    halved until the bad rows stand alone: O(n) for clean input, O(bad · log n) blocks more.
    """
    if isinstance(text, pa.ChunkedArray):
        text = text.combine_chunks()
    text = pc.ascii_trim(text, characters=' "\t\r')
    shaped = pc.fill_null(pc.match_substring_regex(text, pattern=_SHAPE), False)
    ok = shaped.to_numpy(zero_copy_only=False).copy()
    n = len(text)
    family, length = np.zeros(n, np.uint8), np.zeros(n, np.uint8)
    octets = np.zeros((n, 16), np.uint8)
    rows = np.flatnonzero(ok)
    todo = [(text.filter(shaped) if len(rows) < n else text, rows)]
    while todo:
        part, at = todo.pop()
        if not len(at):
            continue
        try:
            f, net, bits = core.parse_prefixes(part)
        except PrefixError:
            if len(at) == 1:
                ok[at] = False
                continue
            half = len(at) // 2 if len(at) > _SMALL else 1
            todo += [(part[half:], at[half:]), (part[:half], at[:half])]
            continue
        family[at], length[at] = f.to_numpy(), bits.to_numpy()
        octets[at] = network_octets(net)
    return PrefixColumn(family, network_array(octets), length, ok)


def with_prefix_text(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Add the text of the prefixes to a table that has all other columns of a schema."""
    text = core.format_prefixes(*prefix_columns(table))
    return table.append_column("prefix", text).select(schema.names).cast(schema)
