"""A column of a mapped table, checked where it is looked at."""

from collections.abc import Callable
from typing import Any, Literal

import pyarrow as pa

__all__ = ["StoredColumn"]

#: How memory is read as unsigned numbers, by their octets.
_FORMATS: dict[int, Literal["B", "H", "I", "Q"]] = {1: "B", 2: "H", 4: "I", 8: "Q"}


class StoredColumn:
    """A column in one piece whose values are given one by one or as slices.

    Parameters
    ----------
    column : pyarrow.ChunkedArray
        Of numbers, of binary values of one size, or of text.
    check : callable
        Called with the addresses between which octets are about to be read; raises if they are damaged.
    """

    def __init__(self, column: pa.ChunkedArray, check: Callable[[int, int], None]) -> None:
        self._array = column.chunk(0) if column.num_chunks else pa.array([], column.type)
        self._check = check
        # The first two fit all: validity, and values or, of text, offsets.
        validity, values = self._array.buffers()[:2]
        self._validity = validity
        self._address = values.address if values is not None else 0
        self._is_text = pa.types.is_string(column.type)
        self._width = 4 if self._is_text else column.type.bit_width // 8
        self._values = memoryview(values if values is not None else b"").cast("B")
        # Numbers are read by index; binary values, and what has nulls, are cut out as octets.
        self._numbers: memoryview[int] | None = None
        if self._width in _FORMATS and not self._is_text and not self._array.null_count:
            self._numbers = self._values.cast(_FORMATS[self._width])

    def __len__(self) -> int:
        """Give the number of rows."""
        return len(self._array)

    def __getitem__(self, row: int) -> Any:
        start = self._address + row * self._width
        self._check(start, start + self._width)
        if self._numbers is not None:
            return self._numbers[row]
        return self._values[row * self._width : (row + 1) * self._width].tobytes()

    def rows(self, start: int, stop: int) -> pa.Array:
        """Give the rows ``start:stop``, checked."""
        begin = self._address + start * self._width
        end = self._address + stop * self._width
        self._check(begin, end + self._width if self._is_text else end)
        if self._validity is not None:
            bits = self._validity.address
            self._check(bits + start // 8, bits + -(-stop // 8))
        if self._is_text:
            text = self._array.buffers()[2]
            offsets = self._values.cast("i")
            if text is not None:
                self._check(text.address + offsets[start], text.address + offsets[stop])
        return self._array.slice(start, stop - start)
