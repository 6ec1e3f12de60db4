"""`PrefixTable`: longest-prefix match on its own, for any prefixes and values."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rib._backend import core
from rib.exceptions import PrefixError
from rib.table.addresses import Addresses, caller_index, lookup_ids, named
from rib.table.arrays import column
from rib.table.networks import prefix_columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

__all__ = ["PrefixTable"]


class PrefixTable:
    """Immutable longest-prefix match over prefixes of both families.

    Parameters
    ----------
    prefixes : iterable of str, pandas.Series or pyarrow.Array
        Canonical prefixes, ``"10.0.0.0/8"`` or ``"2001:db8::/32"``, in any order. Ids are positions
        in it; of a prefix given twice the last one counts.
    values : sequence, pandas.Series or pyarrow.Array, optional
        One value per prefix, of any type Arrow takes. Default: none.

    Raises
    ------
    PrefixError
        A prefix does not parse, or has host bits set; the row is named.
    ValueError
        ``values`` has another length than ``prefixes``.

    Notes
    -----
    IPv4 takes one memory access per lookup in an array of 64 MB that is touched only where there
    are prefixes; IPv6 a short binary search. Building is O(n log n). Safe to share between threads.

    Examples
    --------
    >>> import rib
    >>> index = rib.PrefixTable(["10.0.0.0/8", "2001:db8::/32"], values=[64500, 64501])
    >>> index.lookup("10.1.2.3")
    '10.0.0.0/8'
    >>> index.lookup_values(["2001:db8::1", "192.0.2.1"]).tolist()
    [64501, None]
    """

    def __init__(
        self,
        prefixes: "Iterable[str] | pd.Series[str] | pa.Array",
        values: "Sequence[Any] | pd.Series[Any] | pa.Array | None" = None,
    ) -> None:
        self._text = _string_array(prefixes)
        self._values = None if values is None else _value_array(values)
        if self._values is not None and len(self._values) != len(self._text):
            raise ValueError(
                f"values: found {len(self._values)} values for {len(self._text)} prefixes, "
                "expected one each"
            )
        try:
            family, network, length = core.parse_prefixes(self._text)
        except PrefixError as error:
            raise PrefixError(f"prefixes: {error}") from None
        table = pa.table(
            {
                "family": family,
                "network": network,
                "length": length,
                "position": pa.array(np.arange(len(self._text), dtype=np.int32)),
            }
        )
        keys = [(name, "ascending") for name in table.column_names]
        table = table.sort_by(keys).combine_chunks()
        last = _last_of_equals(table)
        table = table.filter(pa.array(last)).combine_chunks()
        self._positions = column(table, "position")
        self._index = core.PrefixIndex(*prefix_columns(table))

    def __len__(self) -> int:
        """Give the number of distinct prefixes."""
        return len(self._positions)

    def __repr__(self) -> str:
        values = "" if self._values is None else f", values {self._values.type}"
        size = f"index up to {self.nbytes / 2**20:.0f} MiB"
        return f"<PrefixTable of {len(self):,} prefixes{values}, {size}>"

    def __reduce__(self) -> tuple[type["PrefixTable"], tuple[pa.Array, pa.Array | None]]:
        return PrefixTable, (self._text, self._values)

    @property
    def nbytes(self) -> int:
        """Bytes that the lookup index reserves, an upper bound of what it takes.

        Where there are IPv4 prefixes, 64 MiB of them are the table of all /24s, of which the
        operating system backs only the pages that some prefix was written to.
        """
        return int(self._index.nbytes)

    def lookup(self, address: str) -> str | None:
        """Give the longest prefix that holds an address, or None.

        Raises
        ------
        PrefixError
            The text is no address.
        """
        return self._prefix(named("address", self._index.lookup, address))

    def get(self, prefix: str) -> str | None:
        """Give the prefix itself if it is in the table, or None: the exact match.

        Raises
        ------
        PrefixError
            The text is no canonical prefix.
        """
        return self._prefix(named("prefix", self._index.get, prefix))

    def _prefix(self, row: int) -> str | None:
        return None if row < 0 else str(self._text[int(self._positions[row])].as_py())

    def lookup_ids(self, addresses: Addresses) -> npt.NDArray[np.int32]:
        """Give the longest match of every address.

        Parameters
        ----------
        addresses : array-like
            NumPy ``uint32`` (IPv4, host order), NumPy ``(n, 16)`` ``uint8`` (IPv6, network order),
            or a list, Series or Arrow array of address text or ``ipaddress`` objects. Nulls match
            nothing.

        Returns
        -------
        numpy.ndarray of int32
            Positions in the prefixes given, -1 where nothing matches.

        Raises
        ------
        PrefixError
            Another array type, or a malformed address; the row is named.
        """
        rows = lookup_ids(self._index, addresses)
        if not len(self._positions):
            return rows
        result: npt.NDArray[np.int32] = np.where(rows < 0, np.int32(-1), self._positions[rows])
        return result

    def lookup_values(self, addresses: Addresses) -> "pd.Series[Any]":
        """Give the value of the longest match of every address, None where nothing matches.

        Parameters
        ----------
        addresses : array-like
            As for `lookup_ids`; the index of a Series is kept.

        Returns
        -------
        pandas.Series
            Of the values' type where every address matches. Where one does not, integers and text
            are objects with None for it, so that they stay exact (a float could not hold them).

        Raises
        ------
        ValueError
            The table was built without values.
        PrefixError
            As for `lookup_ids`.
        """
        if self._values is None:
            raise ValueError("lookup_values: this PrefixTable was built without values")
        ids = lookup_ids_or_null(self.lookup_ids(addresses))
        found = self._values.take(ids)
        values: pd.Series[Any] = found.to_pandas(integer_object_nulls=True)
        index = caller_index(addresses)
        return values if index is None else values.set_axis(index)


def lookup_ids_or_null(ids: npt.NDArray[np.int32]) -> pa.Array:
    """Give ids as an Arrow array in which -1 is null, so that `take` gives null."""
    return pa.array(ids, mask=ids < 0)


def _last_of_equals(table: pa.Table) -> npt.NDArray[np.bool_]:
    """Mark the last row of each run of equal prefixes in a sorted table."""
    n = table.num_rows
    last = np.ones(n, dtype=bool)
    if n > 1:
        family, length = column(table, "family"), column(table, "length")
        network = np.frombuffer(prefix_columns(table)[1].buffers()[1], dtype="V16", count=n)
        last[:-1] = (
            (family[1:] != family[:-1])
            | (length[1:] != length[:-1])
            | (network[1:] != network[:-1])
        )
    return last


def _string_array(prefixes: "Iterable[str] | pd.Series[str] | pa.Array") -> pa.Array:
    if isinstance(prefixes, str | bytes):
        raise PrefixError(f"prefixes={prefixes!r}: expected several prefixes, found one text")
    if isinstance(prefixes, pa.ChunkedArray):
        prefixes = prefixes.combine_chunks()
    if isinstance(prefixes, pa.Array):
        return prefixes.cast(pa.utf8())
    values = list(prefixes)
    try:
        return pa.array(values, type=pa.utf8())
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.array([str(value) for value in values], type=pa.utf8())


def _value_array(values: "Sequence[Any] | pd.Series[Any] | pa.Array") -> pa.Array:
    if isinstance(values, pa.ChunkedArray):
        return values.combine_chunks()
    if isinstance(values, pa.Array):
        return values
    array = pa.array(values, from_pandas=True)
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
