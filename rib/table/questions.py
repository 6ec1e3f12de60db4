"""What one asks a table directly: longest matches, exact ones, covers and what is covered."""

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from rib.table.addresses import Addresses, Errors, caller_index, lookup_ids, named
from rib.table.arrays import to_frame
from rib.table.match import Match, Matches
from rib.table.selection import as_list, index_of_peers

if TYPE_CHECKING:
    from rib._backend import core

__all__ = ["Questions"]


class Questions:
    """Lookups of a `Rib`, over its tables and its index."""

    if TYPE_CHECKING:  # what `Rib` has

        @property
        def routes(self) -> pa.Table: ...  # noqa: D102
        @property
        def prefixes(self) -> pa.Table: ...  # noqa: D102
        @property
        def as_paths(self) -> pa.Table: ...  # noqa: D102
        @cached_property
        def peers(self) -> pa.Table: ...  # noqa: D102
        @cached_property
        def index(self) -> "core.PrefixIndex": ...  # noqa: D102

    @cached_property
    def _matches(self) -> Matches:
        return Matches(self.routes, self.as_paths, self.prefixes.num_rows, self.index.text)

    def lookup(self, address: str) -> Match | None:
        """Give the longest matching prefix of an address, or None.

        Parameters
        ----------
        address : str
            IPv4 or IPv6 address.

        Returns
        -------
        Match or None
            Prefix, its row, its origin ASes and number of peers.

        Raises
        ------
        PrefixError
            The text is no address.

        Examples
        --------
        >>> import rib
        >>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
        >>> table.lookup("91.208.207.1").prefix
        '91.208.207.0/24'
        """
        try:
            found = self.index.lookup(address)
        except (ValueError, TypeError):  # the way that takes objects and names the argument
            found = named("address", self.index.lookup, address)
        return self._matches.get(found)

    def get(self, prefix: str) -> Match | None:
        """Give a prefix by exact match, or None.

        Raises
        ------
        PrefixError
            The text is no canonical prefix (host bits set, no length, …).
        """
        return self._matches.get(named("prefix", self.index.get, prefix))

    def less_specifics(self, prefix: str) -> pa.Table:
        """Give the prefixes that strictly cover a prefix or address, shortest first.

        Returns
        -------
        pyarrow.Table
            Rows of `prefixes`.

        Raises
        ------
        PrefixError
            The text is neither a canonical prefix nor an address.
        """
        ids = pa.array(named("prefix", self.index.less_specifics, prefix), pa.int64())
        return self.prefixes.take(ids)

    def more_specifics(self, prefix: str) -> pa.Table:
        """Give the prefixes strictly inside a prefix, in table order: a slice without a copy.

        Returns
        -------
        pyarrow.Table
            Rows of `prefixes`.

        Raises
        ------
        PrefixError
            The text is neither a canonical prefix nor an address.
        """
        start, stop = named("prefix", self.index.more_specifics, prefix)
        return self.prefixes.slice(start, stop - start)

    def lookup_ids(
        self,
        addresses: Addresses,
        *,
        peers: Iterable[int | str] | None = None,
        errors: Errors = "raise",
    ) -> npt.NDArray[np.int32]:
        """Give the longest match of every address as rows of `prefixes`.

        Parameters
        ----------
        addresses : array-like
            NumPy ``uint32`` (IPv4, host order) or ``(n, 16)`` ``uint8`` (IPv6, network order), or a
            list, Series (pandas, Polars) or Arrow array of address text, integers (IPv4), 4 or 16
            octets, or ``ipaddress`` objects; in text, octets and objects families may be mixed.
            Nulls match nothing. Text may be a prefix: then the longest that covers, or is, it.
        peers : list of int or str, optional
            Look only at the routes of these peers, given by ASN or by address. Default: of all.
        errors : {"raise", "null"}
            What a malformed address does: raise (default), or match nothing as a null.

        Returns
        -------
        numpy.ndarray of int32
            Prefix ids, -1 where nothing matches.

        Raises
        ------
        PrefixError
            Another array type, or a malformed address; the row is named.
        TypeError
            ``peers`` is no list.

        Notes
        -----
        O(addresses), each some 5 to 10 ns as numbers and 30 to 60 ns as text, shared out to as many
        threads as the process may use (its processor affinity); the GIL is released. With ``peers``
        an index of their prefixes is built first, O(routes), and kept for the next call.
        """
        index = self.index if peers is None else self._index_of_peers(peers)
        return lookup_ids(index, addresses, errors)

    def _index_of_peers(self, peers: Iterable[int | str]) -> "core.PrefixIndex":
        """Index of what some peers send; the last one is kept."""
        chosen = as_list("peers", peers)
        kept = self.__dict__.get("_last_restricted")
        if kept is None or kept[0] != chosen:
            kept = chosen, index_of_peers(self.routes, self.prefixes, self.peers, chosen)
            self.__dict__["_last_restricted"] = kept
        return kept[1]

    def lookup_many(
        self,
        addresses: Addresses,
        *,
        peers: Iterable[int | str] | None = None,
        errors: Errors = "raise",
    ) -> pd.DataFrame:
        """Give the longest match of every address as a DataFrame.

        Parameters
        ----------
        addresses : array-like
            As for `lookup_ids`; the index of a Series is kept.
        peers, errors
            As for `lookup_ids`. Origins and peers are counted over all routes.

        Returns
        -------
        pandas.DataFrame
            One row per address, in order:

            ========== ====== ======== =========================================
            column     dtype  nullable meaning
            ========== ====== ======== =========================================
            prefix     string yes      longest matching prefix
            prefix_id  int32  yes      its row in `prefixes`
            origin_as  uint32 yes      origin AS, the lowest where there are more
            n_origins  uint32 yes      distinct origin ASes
            n_peers    uint32 yes      peers with a route to the prefix
            ========== ====== ======== =========================================

        Raises
        ------
        PrefixError
            As for `lookup_ids`.
        """
        ids = self.lookup_ids(addresses, peers=peers, errors=errors)
        rows = pa.array(ids, mask=ids < 0)
        text = self.prefixes.column("text").combine_chunks()
        found = {"prefix": pa.DictionaryArray.from_arrays(rows, text), "prefix_id": rows}
        frame = to_frame(pa.table(found | self._matches.columns(rows)))
        index = caller_index(addresses)
        return frame if index is None else frame.set_axis(index)
