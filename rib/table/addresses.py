"""Columns of addresses in the forms users hold them, and their longest-prefix match."""

import ipaddress
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from rib.exceptions import PrefixError

if TYPE_CHECKING:
    from rib._backend import core

__all__ = ["Addresses", "caller_index", "lookup_ids", "named"]

T = TypeVar("T")
_OBJECTS = (
    ipaddress.IPv4Address | ipaddress.IPv6Address | ipaddress.IPv4Network | ipaddress.IPv6Network
)

Address: TypeAlias = str | ipaddress.IPv4Address | ipaddress.IPv6Address
#: numpy uint32 (IPv4, host order), numpy (n, 16) uint8 (IPv6, network order), or a list, Series,
#: Arrow or NumPy array of text or of `ipaddress` objects; nulls match nothing.
Addresses: TypeAlias = "npt.NDArray[np.generic] | pa.Array | pa.ChunkedArray | pd.Series[str] | Iterable[Address | None]"

_EXPECTED = (
    "expected numpy uint32 (IPv4, host order), numpy (n, 16) uint8 (IPv6, network order), "
    "or a list, Series or Arrow array of address text or ipaddress objects"
)


def caller_index(addresses: Addresses) -> pd.Index | None:
    """Index of the caller's Series, to keep; None for anything else."""
    return addresses.index if isinstance(addresses, pd.Series) else None


def lookup_ids(index: "core.PrefixIndex", addresses: Addresses) -> npt.NDArray[np.int32]:
    """Longest match of every address as prefix ids, -1 where there is none."""
    if isinstance(addresses, np.ndarray) and addresses.dtype.kind not in "OUT":
        return _lookup_numbers(index, addresses)
    try:
        return index.lookup_text(_as_text(addresses))
    except PrefixError as error:
        text = str(error)
        raise PrefixError(text if text.startswith("addresses") else f"addresses: {text}") from None


def named(argument: str, question: Callable[[str], T], given: object) -> T:
    """Ask about one address or prefix; an error names the argument."""
    if not isinstance(given, str | _OBJECTS):
        raise PrefixError(f"{argument}={given!r}: expected text or an ipaddress object")
    try:
        return question(str(given))
    except PrefixError as error:
        raise PrefixError(f"{argument}: {error}") from None


def _lookup_numbers(
    index: "core.PrefixIndex", addresses: npt.NDArray[np.generic]
) -> npt.NDArray[np.int32]:
    if addresses.dtype == np.uint32 and addresses.ndim == 1:
        return index.lookup_v4(addresses.astype(np.uint32, copy=False))
    if addresses.dtype == np.uint8 and addresses.ndim == 2 and addresses.shape[1] == 16:
        return index.lookup_v6(addresses.astype(np.uint8, copy=False))
    raise PrefixError(
        f"addresses: found a NumPy array of {addresses.dtype} and shape {addresses.shape}, "
        f"{_EXPECTED}"
    )


def _as_text(addresses: Addresses) -> pa.Array:
    """Addresses as one Arrow string array."""
    if isinstance(addresses, str | bytes):
        raise PrefixError(f"addresses={addresses!r}: {_EXPECTED}; for one address use lookup()")
    if isinstance(addresses, pd.DataFrame) or not isinstance(addresses, Iterable):
        raise PrefixError(f"addresses: found {type(addresses).__name__}, {_EXPECTED}")
    if isinstance(addresses, pa.ChunkedArray):
        addresses = addresses.combine_chunks()
    if isinstance(addresses, pa.Array):
        array = addresses
    else:
        values = list(addresses)
        try:
            array = pa.array(values, type=pa.utf8(), from_pandas=True)
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            array = pa.array([_text(row, value) for row, value in enumerate(values)], pa.utf8())
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_large_string(array.type) or pa.types.is_string_view(array.type):
        array = pc.cast(array, pa.utf8())
    if pa.types.is_null(array.type):
        array = array.cast(pa.utf8())
    if not pa.types.is_string(array.type):
        raise PrefixError(f"addresses: found an Arrow array of {array.type}, {_EXPECTED}")
    return array


def _text(row: int, value: object) -> str | None:
    if isinstance(value, str | ipaddress.IPv4Address | ipaddress.IPv6Address):
        return str(value)
    if value is None or value is pd.NA or value != value:  # noqa: PLR0124 - NaN differs from itself
        return None
    raise PrefixError(f"addresses: row {row} is {value!r}, {_EXPECTED}")
