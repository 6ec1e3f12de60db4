"""`PrefixTable`: longest-prefix match on its own, for any prefixes and values."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from rib._backend import core
from rib.exceptions import PrefixError
from rib.table.addresses import Addresses, Errors, caller_index, lookup_ids, named

if TYPE_CHECKING:
    from collections.abc import Sequence


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
    IPv4 takes two memory accesses per lookup, in tables of some 10 MiB for a full table; IPv6 goes
    down a search tree of cache lines (docs/performance.md). Building is O(n log n), O(n) where the
    prefixes are sorted. Safe to share between threads.

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
            self._index = core.PrefixIndex.from_text(self._text)
        except PrefixError as error:
            raise PrefixError(f"prefixes: {error}") from None

    def __len__(self) -> int:
        """Give the number of distinct prefixes."""
        return len(self._index)

    def __repr__(self) -> str:
        values = "" if self._values is None else f", values {self._values.type}"
        size = f"index {self.nbytes / 2**20:.0f} MiB"
        return f"<PrefixTable of {len(self):,} prefixes{values}, {size}>"

    def __reduce__(self) -> tuple[type["PrefixTable"], tuple[pa.Array, pa.Array | None]]:
        return PrefixTable, (self._text, self._values)

    @property
    def index(self) -> "core.PrefixIndex":
        """The index itself; its ids are positions in the prefixes given."""
        return self._index

    @property
    def values(self) -> pa.Array | None:
        """The values given, in the order given; None where there were none."""
        return self._values

    @property
    def nbytes(self) -> int:
        """Bytes of the lookup index: some 6 MiB where there is IPv4, and 10 to 40 a prefix."""
        return int(self._index.nbytes)

    def lookup(self, address: str) -> str | None:
        """Give the longest prefix that holds an address, or covers a prefix; None where none does.

        Parameters
        ----------
        address : str or ipaddress object
            Address, or canonical prefix.

        Returns
        -------
        str or None
            The prefix as it was given to this table.

        Raises
        ------
        PrefixError
            The text is neither an address nor a canonical prefix.

        Notes
        -----
        Some 0.2 µs. For many addresses `lookup_ids` is a hundred times as fast.
        """
        try:
            found = self._index.lookup(address)
        except (ValueError, TypeError):  # the way that takes objects and names the argument
            found = named("address", self._index.lookup, address)
        return self._index.text(found) if found >= 0 else None

    def get(self, prefix: str) -> str | None:
        """Give the prefix itself if it is in the table, or None: the exact match.

        Raises
        ------
        PrefixError
            The text is no canonical prefix.
        """
        found = named("prefix", self._index.get, prefix)
        return self._index.text(found) if found >= 0 else None

    def less_specifics(self, prefix: str) -> list[str]:
        """Give the prefixes that strictly cover a prefix or hold an address, shortest first.

        Raises
        ------
        PrefixError
            The text is neither a canonical prefix nor an address.
        """
        return self._texts(named("prefix", self._index.less_specifics, prefix))

    def more_specifics(self, prefix: str) -> list[str]:
        """Give the prefixes strictly inside a prefix, sorted by network and length.

        Raises
        ------
        PrefixError
            The text is neither a canonical prefix nor an address.
        """
        rows = named("prefix", self._index.more_specifics, prefix)
        return self._texts(self._index.row_ids(*rows))

    def _texts(self, ids: "Sequence[int] | npt.NDArray[np.int32]") -> list[str]:
        found = (self._index.text(int(found)) for found in ids)
        return [text for text in found if text is not None]

    def lookup_ids(
        self, addresses: Addresses, *, errors: Errors = "raise"
    ) -> npt.NDArray[np.int32]:
        """Give the longest match of every address.

        Parameters
        ----------
        addresses : array-like
            NumPy ``uint32`` (IPv4, host order) or ``(n, 16)`` ``uint8`` (IPv6, network order), or a
            list, Series (pandas, Polars) or Arrow array of address text, integers (IPv4), 4 or 16
            octets, or ``ipaddress`` objects; in text, octets and objects families may be mixed.
            Nulls match nothing. Text may be a prefix: then the longest that covers, or is, it.
        errors : {"raise", "null"}
            What a malformed address does: raise (default), or match nothing as a null.

        Returns
        -------
        numpy.ndarray of int32
            Positions in the prefixes given, -1 where nothing matches.

        Raises
        ------
        PrefixError
            Another array type, or a malformed address; the row is named.

        Notes
        -----
        O(addresses), each some 5 to 10 ns as numbers and 30 to 60 ns as text, shared out to as many
        threads as the process may use (its processor affinity); the GIL is released. No copy is made
        of NumPy and Arrow columns.
        """
        return lookup_ids(self._index, addresses, errors)

    def lookup_values(self, addresses: Addresses, *, errors: Errors = "raise") -> "pd.Series[Any]":
        """Give the value of the longest match of every address, None where nothing matches.

        Parameters
        ----------
        addresses : array-like
            As for `lookup_ids`; the index of a Series is kept.
        errors : {"raise", "null"}
            As for `lookup_ids`.

        Returns
        -------
        pandas.Series
            Of the values' type where every address matches. Where one does not, integers are objects
            with None for it, so that they stay exact (a float could not hold them), and other types
            have what pandas writes for a missing value.

        Raises
        ------
        ValueError
            The table was built without values.
        PrefixError
            As for `lookup_ids`.
        """
        if self._values is None:
            raise ValueError("lookup_values: this PrefixTable was built without values")
        ids = lookup_ids_or_null(self.lookup_ids(addresses, errors=errors))
        found = self._values.take(ids)
        values: pd.Series[Any] = found.to_pandas(integer_object_nulls=True)
        index = caller_index(addresses)
        return values if index is None else values.set_axis(index)


def lookup_ids_or_null(ids: npt.NDArray[np.int32]) -> pa.Array:
    """Give ids as an Arrow array in which -1 is null, so that `take` gives null."""
    return pa.array(ids, mask=ids < 0)


def _string_array(prefixes: "Iterable[str] | pd.Series[str] | pa.Array") -> pa.Array:
    if isinstance(prefixes, str | bytes):
        raise PrefixError(f"prefixes={prefixes!r}: expected several prefixes, found one text")
    if not isinstance(prefixes, Iterable):
        raise PrefixError(f"prefixes={prefixes!r}: expected an iterable of prefixes")
    try:
        return _as_text(prefixes)
    except (pa.ArrowException, UnicodeEncodeError) as error:
        raise PrefixError(
            f"prefixes: found {type(prefixes).__name__} ({error}), expected one column of text"
        ) from None


def _as_text(prefixes: "Iterable[str] | pd.Series[str] | pa.Array") -> pa.Array:
    column = _column_of(prefixes)
    if column is None:
        values = prefixes if isinstance(prefixes, list) else list(prefixes)
        try:
            return pa.array(values, type=pa.utf8())
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            return pa.array([str(value) for value in values], type=pa.utf8())
    if pa.types.is_dictionary(column.type):
        text = pa.dictionary(column.type.index_type, pa.large_string())
        column = column.cast(text).dictionary_decode()
    return column if _is_text(column.type) else column.cast(pa.utf8())


def _column_of(given: Any) -> pa.Array | None:
    """Give what is a column already as one Arrow array; None for other iterables."""
    if isinstance(given, pd.Series):
        if given.dtype == object:
            return None
        given = pa.array(given, from_pandas=True)
    elif hasattr(given, "__arrow_c_stream__"):  # Polars and others
        given = pa.chunked_array(given)
    if isinstance(given, pa.ChunkedArray):
        given = given.combine_chunks()
    return given if isinstance(given, pa.Array) else None


def _is_text(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def _value_array(values: "Sequence[Any] | pd.Series[Any] | pa.Array") -> pa.Array:
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise TypeError(f"values={values!r}: expected one value per prefix")
    kind = getattr(values, "dtype", None)
    if isinstance(kind, pd.IntervalDtype) or str(kind) == "Object":
        # No match has no interval, and Polars gives addresses of memory for its objects.
        raise TypeError(f"values: found {kind}, expected values that Arrow has a type for")
    try:
        array = _column_of(values)
        if array is None:
            array = _inferred(values)
        view = {pa.string_view(): pa.large_string(), pa.binary_view(): pa.large_binary()}
        array = array.cast(view.get(array.type, array.type))
        array.slice(0, 0).take(pa.array([], pa.int32()))  # some types have no rows to take
    except (pa.ArrowException, OverflowError, UnicodeEncodeError) as error:
        raise TypeError(f"values: found {type(values).__name__} ({error})") from None
    return array


def _inferred(values: Any) -> pa.Array:
    if isinstance(values, np.ndarray):
        values = values.astype(values.dtype.newbyteorder("="), copy=False)
    try:
        array = pa.array(values, from_pandas=True)
    except OverflowError:
        array = pa.array(values, pa.uint64())
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
