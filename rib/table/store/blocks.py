"""Content that is checked before it is used, block by block."""

import os
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

__all__ = ["BLOCK", "BlockChecks", "BlockSums"]

#: Octets that one CRC-32 covers. A lookup looks at some fifty blocks: 3 MB, one to two milliseconds.
BLOCK = 1 << 16
_SHIFT = 16
#: Blocks from which on threads pay.
_STRETCH = 64


class BlockSums:
    """The CRC-32 of every block of content that comes in pieces."""

    def __init__(self) -> None:
        self._sums: list[int] = []
        self._left = BLOCK
        self._crc = 0

    def add(self, piece: memoryview) -> None:
        """Take the next piece."""
        at = 0
        while at < len(piece):
            part = piece[at : at + self._left]
            self._crc = zlib.crc32(part, self._crc)
            at += len(part)
            self._left -= len(part)
            if not self._left:
                self._close()

    def _close(self) -> None:
        self._sums.append(self._crc)
        self._crc, self._left = 0, BLOCK

    def finish(self) -> list[int]:
        """Give the sums, the last one of what is left."""
        if self._left < BLOCK:
            self._close()
        return self._sums


class BlockChecks:
    """Which blocks of some content were found to be what was written.

    Parameters
    ----------
    data : memoryview
        The content, mapped.
    sums : numpy.ndarray of uint32
        The CRC-32 of each block, in order.

    Notes
    -----
    Safe to share between threads: two that need the same block at once both check it.
    """

    def __init__(self, data: memoryview, sums: npt.NDArray[np.uint32]) -> None:
        self._data = data
        self._sums = sums.tolist()
        self._good = bytearray(len(self._sums))
        self._whole = not self._sums
        self._lock = threading.Lock()

    def _first_bad(self, blocks: range) -> int | None:
        for block in blocks:
            if not self._good[block]:
                if zlib.crc32(self._data[block * BLOCK : (block + 1) * BLOCK]) != self._sums[block]:
                    return block
                self._good[block] = 1
        return None

    def _is_good(self, start: int, stop: int) -> bool:
        """Say whether the one or two blocks were found good before: what most questions come to."""
        good = self._good
        return bool(good[start >> _SHIFT] and good[(max(stop, start + 1) - 1) >> _SHIFT])

    def damage(self, start: int, stop: int) -> int | None:
        """Check the blocks that hold octets ``start:stop``; give the first that is damaged, or None."""
        if self._whole or (stop - start < BLOCK and self._is_good(start, stop)):
            return None
        first, last = start // BLOCK, (max(stop, start + 1) - 1) // BLOCK
        return self._first_bad(range(first, min(last + 1, len(self._sums))))

    def damage_anywhere(self) -> int | None:
        """Check every block, on all cores; give the first that is damaged, or None."""
        with self._lock:  # a second thread would do the same work again
            if self._whole:
                return None
            n = len(self._sums)
            stretches = [range(i, min(i + _STRETCH, n)) for i in range(0, n, _STRETCH)]
            if len(stretches) == 1:
                found = [self._first_bad(stretches[0])]
            else:
                with ThreadPoolExecutor(min(os.cpu_count() or 1, len(stretches), 8)) as pool:
                    found = list(pool.map(self._first_bad, stretches))
            bad = [block for block in found if block is not None]
            self._whole = not bad
            return min(bad, default=None)
