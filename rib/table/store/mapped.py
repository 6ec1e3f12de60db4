"""A ``.rib`` file as a `Rib`."""

from functools import cached_property
from typing import Any

import pyarrow as pa

from rib.table.addresses import named
from rib.table.match import Match
from rib.table.receipt import LoadReceipt
from rib.table.rib import Rib
from rib.table.store.search import Search
from rib.table.store.stored import Stored

__all__ = ["MappedRib"]

#: Single questions that are answered from the file; for one more the index of all prefixes is built.
_N_SEARCHES = 500

#: Attributes that `Rib` sets when it is made, and the table of the file behind each.
_BEHIND = {
    "_routes": "routes",
    "_prefixes": "prefixes",
    "_as_paths": "as_paths",
    "_attributes": "attributes",
    "_listed_peers": "peers",
}


class MappedRib(Rib):
    """A `Rib` whose tables stay in their file until they are asked for.

    Parameters
    ----------
    stored : Stored
        The file. Use `rib.read_rib`, not this constructor.

    Notes
    -----
    Everything that `Rib` does is done here too; it pickles as a `Rib` in memory, which does not need
    the file.
    """

    def __init__(self, stored: Stored) -> None:
        self._stored = stored
        self._rows: dict[str, int] = stored.manifest["rows"]
        self._n_searched = 0

    def __getattr__(self, name: str) -> Any:
        # Called only for what is not there yet: a table before its first use.
        if name == "_receipt":
            value: Any = self._stored.receipt
        elif name in _BEHIND:
            value = self._stored.table(_BEHIND[name])
        else:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        setattr(self, name, value)
        return value

    def __reduce__(self) -> tuple[type[Rib], tuple[dict[str, pa.Table], LoadReceipt]]:
        return Rib, (self._tables(), self.receipt)

    @cached_property
    def peers(self) -> pa.Table:
        """Peers with their prefix counts and full-feed marks, as they were counted (docs/schema.md)."""
        return self._stored.table("peers")

    @property
    def n_routes(self) -> int:
        """Number of (prefix, peer, ADD-PATH id) entries."""
        return self._rows["routes"]

    @property
    def n_prefixes(self) -> int:
        """Number of distinct prefixes, both families."""
        return self._rows["prefixes"]

    @property
    def n_peers(self) -> int:
        """Number of peers listed, those without routes included."""
        return self._rows["peers"]

    @cached_property
    def _search(self) -> Search:
        return Search(self._stored)

    def _searches(self) -> bool:
        """Say whether the next question is answered without the index, and count it."""
        if "index" in vars(self) or self._n_searched >= _N_SEARCHES:
            return False
        self._n_searched += 1
        return True

    def lookup(self, address: str) -> Match | None:
        """Give the longest matching prefix of an address, or None: as `Rib.lookup`."""
        if not self._searches():
            return super().lookup(address)
        return self._search.match(named("address", self._search.lookup, address))

    def get(self, prefix: str) -> Match | None:
        """Give a prefix by exact match, or None: as `Rib.get`."""
        if not self._searches():
            return super().get(prefix)
        return self._search.match(named("prefix", self._search.get, prefix))
