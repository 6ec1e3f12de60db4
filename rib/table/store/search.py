"""Single lookups in the sorted columns of a mapped file, without an index.

An index of all prefixes takes longer to build than a few answers need: each is a handful of binary
searches here, some 0.1 ms, and looks at a few pages of the file only.
"""

import ipaddress
from bisect import bisect_left, bisect_right
from functools import cached_property
from typing import TYPE_CHECKING

import pyarrow as pa

from rib._backend import core
from rib.table.match import Match
from rib.table.store.column import StoredColumn

if TYPE_CHECKING:
    from rib.table.store.stored import Stored

__all__ = ["Search"]


def _common_bits(one: int, other: int) -> int:
    """Give how many leading bits of 128 two numbers share."""
    return 128 - (one ^ other).bit_length()


class Search:
    """Longest-prefix and exact match of one address or prefix at a time.

    Parameters
    ----------
    stored : Stored
        The file; of its prefixes and routes only what a question needs is looked at, and checked.

    Notes
    -----
    The prefixes are sorted by family, network, length. The last of them that does not come after an
    address is its longest match, or lies inside it, or shares fewer bits with the address than the
    match has; cut to the bits shared, the address leads to the next candidate. At most 33 or 129
    searches of O(log n), mostly two to four.
    """

    def __init__(self, stored: "Stored") -> None:
        self._stored = stored
        self._network = stored.column("prefixes", "network")
        self._length = stored.column("prefixes", "length")
        family = stored.column("prefixes", "family")
        split = bisect_left(family, 6)
        self._rows = {4: (0, split), 6: (split, len(family))}
        # Says what is wrong with a text in the words of the index.
        none = pa.array([], pa.uint8())
        self._judge = core.PrefixIndex(none, pa.array([], pa.binary(16)), none)

    def lookup(self, address: str) -> int:
        """Give the row of the longest match of an address or prefix, or -1."""
        self._judge.lookup(address)
        given = ipaddress.ip_network(address)  # an address is its host prefix
        start, stop = self._rows[given.version]
        whole = int(given.network_address) << (128 - given.max_prefixlen)
        cut, bits = whole, int(given.prefixlen)
        while True:
            stop = bisect_right(self._network, cut.to_bytes(16, "big"), start, stop)
            # Longer ones of the same network begin with bits that the address does not have.
            while stop > start and self._length[stop - 1] > bits and cut == self._number(stop - 1):
                stop -= 1
            if stop == start:
                return -1
            common = _common_bits(whole, self._number(stop - 1))
            if self._length[stop - 1] <= common:
                return stop - 1
            # Every prefix that holds both, and so every match before this row, is no longer.
            bits = min(common, bits)
            cut = whole >> (128 - bits) << (128 - bits)

    def _number(self, row: int) -> int:
        return int.from_bytes(self._network[row], "big")

    def get(self, prefix: str) -> int:
        """Give the row of a prefix, or -1."""
        self._judge.get(prefix)
        given = ipaddress.ip_network(prefix)
        start, stop = self._rows[given.version]
        whole = int(given.network_address) << (128 - given.max_prefixlen)
        network = whole.to_bytes(16, "big")
        start = bisect_left(self._network, network, start, stop)
        stop = bisect_right(self._network, network, start, stop)
        row = bisect_left(self._length, given.prefixlen, start, stop)
        return row if row < stop and self._length[row] == given.prefixlen else -1

    @cached_property
    def _of_routes(self) -> tuple[StoredColumn, StoredColumn, StoredColumn]:
        prefix, peer, path = (
            self._stored.column("routes", name) for name in ("prefix_id", "peer_id", "as_path_id")
        )
        return prefix, peer, path

    def match(self, row: int) -> Match | None:
        """Give what `rib.table.match.Matches` gives; None for -1, the row of no prefix."""
        if row < 0:
            return None
        prefix_id, peer_id, path_id = self._of_routes
        start = bisect_left(prefix_id, row)
        stop = bisect_right(prefix_id, row, start)
        origin_as = self._stored.column("as_paths", "origin_as")
        paths = set(path_id.rows(start, stop).to_pylist())
        origins = {origin_as.rows(path, path + 1)[0].as_py() for path in paths}
        return Match(
            prefix=str(self._stored.column("prefixes", "text").rows(row, row + 1)[0].as_py()),
            prefix_id=row,
            origin_as=tuple(sorted(origins - {None})),
            n_peers=len(set(peer_id.rows(start, stop).to_pylist())),
        )
