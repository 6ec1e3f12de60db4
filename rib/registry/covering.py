"""Rows of a registry by prefix, and the rows that cover a route, level by level."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rib._backend import core
from rib.table.networks import network_words

__all__ = ["Level", "PrefixRows"]


class Level(NamedTuple):
    """One step of a walk from the longest covering prefix to the shortest.

    ``query`` are positions in the arrays asked about, ``slot`` the covering prefix of each.
    """

    query: npt.NDArray[np.intp]
    slot: npt.NDArray[np.int32]


class PrefixRows:
    """Longest-prefix match over the distinct prefixes of rows sorted by prefix.

    Parameters
    ----------
    table : pyarrow.Table
        With columns ``family``, ``network``, ``length``, sorted by them.

    Notes
    -----
    Slot ``s`` is the s-th distinct prefix and stands for rows ``offsets[s]:offsets[s + 1]``.
    """

    def __init__(self, table: pa.Table) -> None:
        table = table.select(["family", "network", "length"]).combine_chunks()
        family, length = (table.column(n).to_numpy() for n in ("family", "length"))
        high, low = network_words(table.column("network"))
        n = len(table)
        new = np.ones(n, dtype=bool)
        for key in (family, high, low, length):
            same = key[1:] == key[:-1]
            new[1:] = ~same if key is family else new[1:] | ~same
        first = np.flatnonzero(new)
        self.offsets: npt.NDArray[np.int64] = np.append(first, n).astype(np.int64)
        self.slot_of_row: npt.NDArray[np.int64] = np.cumsum(new) - 1
        self.length: npt.NDArray[np.uint8] = length[first]
        distinct = table.take(pa.array(first)).combine_chunks()
        self.index = core.PrefixIndex(*(distinct.column(i).combine_chunks() for i in range(3)))
        self.parents: npt.NDArray[np.int32] = self.index.parents()

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def lookup(
        self, family: pa.Array, network: pa.Array, length: pa.Array
    ) -> npt.NDArray[np.int32]:
        """Give the slot of the longest prefix that covers, or is, each given one; -1 where none."""
        return self.index.lookup_prefixes(family, network, length)

    def walk(self, slot: npt.NDArray[np.int32]) -> Iterator[Level]:
        """Yield the covering prefixes of each start, longest first.

        The number of levels is the depth of nesting (some 10 in practice); each level is one gather
        over the starts that are still covered.
        """
        query = np.flatnonzero(slot >= 0)
        slot = slot[query]
        while len(query):
            yield Level(query, slot)
            slot = self.parents[slot]
            keep = slot >= 0
            query, slot = query[keep], slot[keep]

    def rows(self, slot: npt.NDArray[Any]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.int64]]:
        """Expand slots to their rows: (position in ``slot``, row), in order."""
        start, stop = self.offsets[slot], self.offsets[np.asarray(slot) + 1]
        count = stop - start
        which = np.repeat(np.arange(len(start)), count)
        within = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
        return which, start[which] + within
