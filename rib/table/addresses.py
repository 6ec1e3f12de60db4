"""Columns of addresses in the forms users hold them, and their longest-prefix match.

Text goes to the back end as it is; everything else becomes one of the two forms that need no
parsing: unsigned 32-bit integers for IPv4, rows of 16 octets for IPv6.
"""

import ipaddress
import math
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from rib.exceptions import PrefixError

if TYPE_CHECKING:
    from rib._backend import core

__all__ = ["Addresses", "Errors", "caller_index", "lookup_ids", "named"]

T = TypeVar("T")
_OBJECTS = (
    ipaddress.IPv4Address | ipaddress.IPv6Address | ipaddress.IPv4Network | ipaddress.IPv6Network
)

#: What a malformed address does: raise, or match nothing as a null.
Errors: TypeAlias = Literal["raise", "null"]
Address: TypeAlias = str | int | bytes | ipaddress.IPv4Address | ipaddress.IPv6Address
#: NumPy integers (IPv4, host order), NumPy (n, 16) uint8 (IPv6, network order), or a list, Series
#: (pandas, Polars), Arrow or NumPy array of text, 4 or 16 octets, integers or `ipaddress` objects.
Addresses: TypeAlias = "npt.NDArray[np.generic] | pa.Array | pa.ChunkedArray | pd.Series[Any] | Iterable[Address | None]"
Ids: TypeAlias = npt.NDArray[np.int32]

_EXPECTED = (
    "expected numpy uint32 (IPv4, host order), numpy (n, 16) uint8 (IPv6, network order), "
    "or a list, Series or Arrow array of address text, integers, 4 or 16 octets, or ipaddress objects"
)
_N_IPV4 = 2**32


def caller_index(addresses: Addresses) -> pd.Index | None:
    """Index of the caller's Series, to keep; None for anything else."""
    return addresses.index if isinstance(addresses, pd.Series) else None


def named(argument: str, question: Callable[[str], T], given: object) -> T:
    """Ask about one address or prefix; an error names the argument."""
    if not isinstance(given, str | _OBJECTS):
        raise PrefixError(f"{argument}={given!r}: expected text or an ipaddress object")
    text = str(given).encode("utf-8", "backslashreplace").decode()  # half surrogate pairs are shown
    try:
        return question(text)
    except PrefixError as error:
        raise PrefixError(f"{argument}: {error}") from None


def lookup_ids(index: "core.PrefixIndex", addresses: Addresses, errors: Errors = "raise") -> Ids:
    """Longest match of every address as prefix ids, -1 where there is none."""
    if errors not in ("raise", "null"):
        raise ValueError(f'errors={errors!r}: expected "raise" or "null"')
    if isinstance(addresses, str | bytes):
        raise PrefixError(f"addresses={addresses!r}: {_EXPECTED}; for one address use lookup()")
    if isinstance(addresses, np.ma.MaskedArray):
        raise PrefixError("addresses: found a masked array, expected a column with nulls instead")
    if isinstance(addresses, pd.Series) and isinstance(addresses.dtype, np.dtype):
        addresses = addresses.to_numpy()
    if isinstance(addresses, np.ndarray) and (
        addresses.dtype.kind not in "OUT" or addresses.ndim != 1
    ):
        return _of_numbers(index, addresses, errors)
    try:
        return _of_arrow(index, _as_arrow(addresses, errors), errors)
    except PrefixError as error:
        text = str(error)
        raise PrefixError(text if text.startswith("addresses") else f"addresses: {text}") from None
    except pa.ArrowException as error:
        found = type(addresses).__name__
        raise PrefixError(f"addresses: found {found} ({error}), {_EXPECTED}") from None


# -- numbers -------------------------------------------------------------------------------------


def _of_numbers(index: "core.PrefixIndex", numbers: npt.NDArray[Any], errors: Errors) -> Ids:
    if numbers.dtype == np.uint8 and numbers.ndim == 2 and numbers.shape[1] == 16:
        return index.lookup_v6(numbers)
    if numbers.ndim == 1 and not len(numbers):  # NumPy has an empty list as floats
        return np.empty(0, dtype=np.int32)
    if numbers.ndim != 1 or numbers.dtype.kind not in "iu":
        raise PrefixError(
            f"addresses: found a NumPy array of {numbers.dtype} and shape {numbers.shape}, "
            f"{_EXPECTED}"
        )
    if numbers.dtype == np.uint32:
        # A copy where the octets are in the other order.
        return index.lookup_v4(numbers.astype(np.uint32, copy=False))
    wrong = (numbers < 0) | (numbers >= _N_IPV4) if numbers.dtype.itemsize > 2 else numbers < 0
    if not wrong.any():
        return index.lookup_v4(numbers.astype(np.uint32))
    if errors == "raise":
        row = int(wrong.argmax())
        raise PrefixError(
            f"addresses: row {row} is {numbers[row]}, expected 0 to 2^32 - 1: an IPv4 address"
        )
    found = index.lookup_v4(np.where(wrong, 0, numbers).astype(np.uint32))
    return np.where(wrong, np.int32(-1), found)


# -- Arrow ---------------------------------------------------------------------------------------


def _of_arrow(
    index: "core.PrefixIndex", array: "pa.Array | pa.ChunkedArray", errors: Errors
) -> Ids:
    if isinstance(array, pa.ChunkedArray):
        if array.num_chunks == 1:
            return _of_arrow(index, array.chunk(0), errors)
        return _of_chunks(index, array, errors)
    kind = array.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return index.lookup_text(array, errors)
    if pa.types.is_dictionary(kind):
        return _of_dictionary(index, array, errors)
    if pa.types.is_null(kind):
        return np.full(len(array), -1, dtype=np.int32)
    if pa.types.is_integer(kind):
        numbers = array.fill_null(0).to_numpy(zero_copy_only=False)
        return _without_nulls(array, _of_numbers(index, numbers, errors))
    if pa.types.is_fixed_size_binary(kind) and kind.byte_width in (4, 16):
        return _without_nulls(array, _of_octets(index, array))
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or _is_binary_view(kind):
        return _of_binary(index, array.cast(pa.large_binary()), errors)
    raise PrefixError(f"addresses: found an Arrow array of {kind}, {_EXPECTED}")


def _of_chunks(index: "core.PrefixIndex", array: pa.ChunkedArray, errors: Errors) -> Ids:
    """Chunks one by one: together they may be longer than an Arrow array of text can be."""
    found = [np.empty(0, dtype=np.int32)]
    first = 0
    for chunk in array.chunks:
        try:
            found.append(_of_arrow(index, chunk, errors))
        except PrefixError as error:
            raise PrefixError(_rows_moved(str(error), first)) from None
        first += len(chunk)
    return np.concatenate(found)


def _rows_moved(message: str, by: int) -> str:
    """Count the row that a message names from the start of the column."""
    return re.sub(r"row (\d+)", lambda row: f"row {int(row[1]) + by}", message, count=1)


def _is_binary_view(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary_view(kind))


def _without_nulls(array: pa.Array, ids: Ids) -> Ids:
    if not array.null_count:
        return ids
    return np.where(array.is_null().to_numpy(zero_copy_only=False), np.int32(-1), ids)


def _of_dictionary(index: "core.PrefixIndex", array: pa.DictionaryArray, errors: Errors) -> Ids:
    """Look up each entry once; entries that no row has are not the caller's errors."""
    used = pc.unique(array.indices.drop_null())
    entries = array.dictionary
    if pa.types.is_string_view(entries.type):  # Arrow does not take rows of these
        entries = entries.cast(pa.large_string())
    try:
        ids = _of_arrow(index, entries.take(used), errors)
    except PrefixError:
        return _of_arrow(index, array.dictionary_decode(), errors)  # which names the row
    by_code = np.full(len(array.dictionary) + 1, -1, dtype=np.int32)
    by_code[used.to_numpy()] = ids
    found: Ids = by_code[array.indices.fill_null(0).to_numpy(zero_copy_only=False)]
    return _without_nulls(array.indices, found)


def _of_octets(index: "core.PrefixIndex", array: pa.FixedSizeBinaryArray) -> Ids:
    """Addresses of one family in network order."""
    width = array.type.byte_width
    octets = np.frombuffer(array.buffers()[1] or b"", dtype=np.uint8)
    octets = octets[array.offset * width :][: len(array) * width]
    if width == 16:
        return index.lookup_v6(octets.reshape(-1, 16))
    return index.lookup_v4(octets.view(">u4").astype(np.uint32))


def _of_binary(index: "core.PrefixIndex", array: pa.Array, errors: Errors) -> Ids:
    """Octets of either family: the length says which."""
    length = pc.binary_length(array).fill_null(0).to_numpy(zero_copy_only=False)
    found = np.full(len(array), -1, dtype=np.int32)
    for width in (4, 16):
        rows = np.flatnonzero(length == width)
        if len(rows):
            found[rows] = _of_octets(index, array.take(pa.array(rows)).cast(pa.binary(width)))
    wrong = ~np.isin(length, (4, 16)) & array.is_valid().to_numpy(zero_copy_only=False)
    if errors == "raise" and wrong.any():
        row = int(wrong.argmax())
        raise PrefixError(f"addresses: row {row} has {length[row]} octets, expected 4 or 16")
    return found


# -- everything else becomes Arrow -----------------------------------------------------------------


def _as_arrow(addresses: Addresses, errors: Errors) -> "pa.Array | pa.ChunkedArray":
    if isinstance(addresses, pa.Array | pa.ChunkedArray):
        return addresses
    if isinstance(addresses, pd.DataFrame | pa.Table) or not isinstance(addresses, Iterable):
        raise PrefixError(f"addresses: found {type(addresses).__name__}, {_EXPECTED}")
    if hasattr(addresses, "__arrow_c_stream__"):  # Polars and others
        return pa.chunked_array(addresses)
    if isinstance(addresses, pd.Series):
        if addresses.dtype != object:
            return pa.array(addresses, from_pandas=True)
        addresses = addresses.to_numpy()
    values = list(addresses)
    try:
        array = pa.array(values, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, UnicodeEncodeError):
        array = None
    if array is not None and _is_plain(array):
        return array
    return pa.array([_text(row, value, errors) for row, value in enumerate(values)], pa.utf8())


def _is_plain(array: pa.Array) -> bool:
    """Whether Arrow found text, octets or IPv4 numbers in a list."""
    kind = array.type
    if pa.types.is_integer(kind):
        # As in `ipaddress`, a larger number is an IPv6 address.
        bounds = pc.min_max(array)
        low, high = bounds["min"].as_py() or 0, bounds["max"].as_py() or 0
        return low >= 0 and high < _N_IPV4
    return bool(pa.types.is_string(kind) or pa.types.is_binary(kind) or pa.types.is_null(kind))


def _text(row: int, value: object, errors: Errors) -> str | None:
    if isinstance(value, str | _OBJECTS):
        text = str(value)
        if text.isascii() or errors == "raise":
            return text.encode(
                "utf-8", "backslashreplace"
            ).decode()  # half surrogate pairs are shown
        return None
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, int | np.integer | bytes) and not isinstance(value, bool):
        try:
            plain = value if isinstance(value, bytes) else int(value)
            return str(ipaddress.ip_address(plain))
        except ValueError:
            if errors == "null":
                return None
    raise PrefixError(f"addresses: row {row} is {value!r}, {_EXPECTED}")
