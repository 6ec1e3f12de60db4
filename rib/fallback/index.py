"""Longest-prefix match over pytricia: two tries, one per family, never mixed.

pytricia's traps, and how they are kept out: its default trie has 32 bits and loses IPv6 keys, a
128-bit trie matches IPv4 addresses to IPv6 prefixes, out-of-range lengths are corrected in
silence, ``trie[key]`` is a longest match. Here every key is 4 or 16 octets that went through
`rib.fallback.prefixes`, each family has its trie, and only addresses are looked up in it: what is
asked about prefixes is answered from the chain of covering prefixes, and exact matches from the
sorted keys.
"""

import socket
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Any, final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rib.exceptions import ConfigError, PrefixError
from rib.fallback.prefixes import (
    ADDRESS_BITS,
    key_columns,
    keys_of,
    parse_address,
    parse_keys,
    parse_prefix,
    prefix_key,
    prefix_text,
)

__all__ = ["PrefixIndex"]

#: A node of a trie, its prefix and its boxed id, as measured on a full table.
_BYTES_PER_PREFIX = 170


def _new_tries() -> dict[int, Any]:
    try:
        import pytricia
    except ImportError as error:
        raise ConfigError(
            "longest-prefix match without the native module needs pytricia: "
            'pip install "rib[fallback]"'
        ) from error
    return {  # True: raw output, so that no key is ever written as text
        4: pytricia.PyTricia(32, socket.AF_INET, True),
        6: pytricia.PyTricia(128, socket.AF_INET6, True),
    }


@final
class PrefixIndex:
    """Immutable longest-prefix match over prefixes of both families.

    Parameters
    ----------
    family, network, length : pyarrow.Array
        Columns of ``prefixes``, sorted and distinct.
    ids : pyarrow.Array, optional
        Ids of the prefixes, uint32. Default: their rows.
    given : pyarrow.Array, optional
        Text of the prefixes by id, where it is to be given back as it was.

    Raises
    ------
    PrefixError
        Where the prefixes are not sorted and distinct, or there is not one id for each.
    ConfigError
        Where pytricia is not installed.

    Notes
    -----
    Some 2 µs a prefix to build and 1 µs an address to look up.
    """

    __slots__ = ("_ids", "_keys", "_parents", "_text", "_tries")

    def __init__(
        self,
        family: pa.Array,
        network: pa.Array,
        length: pa.Array,
        ids: pa.Array | None = None,
        *,
        given: pa.Array | None = None,
    ) -> None:
        self._tries = _new_tries()
        self._keys = keys = keys_of(family, network, length)
        if ids is not None and len(ids) != len(keys):
            raise PrefixError("expected one id per prefix")
        self._ids: Sequence[int] = range(len(keys)) if ids is None else ids.to_pylist()
        self._text = given
        self._parents = list(_parents(keys))
        for row, key in enumerate(keys):
            size = ADDRESS_BITS[key[0]] // 8
            self._tries[key[0]].insert(key[1 : 1 + size], key[17], row)

    @staticmethod
    def from_text(text: pa.Array) -> "PrefixIndex":
        """Index prefixes in any order, whose ids are their positions; of equal ones the last counts.

        Raises
        ------
        PrefixError
            At the first row that is null or no prefix.
        """
        position = {key: row for row, key in enumerate(parse_keys(text))}
        keys = sorted(position)
        ids = pa.array([position[key] for key in keys], pa.uint32())
        return PrefixIndex(*key_columns(keys), ids, given=text)

    def lookup_v4(self, addresses: npt.NDArray[np.uint32]) -> npt.NDArray[np.int32]:
        """Ids of the longest matches of IPv4 addresses (uint32, host order); -1 where none."""
        if addresses.dtype != np.uint32 or addresses.ndim != 1:
            raise TypeError(
                "addresses: expected one dimension of uint32, "
                f"found {addresses.ndim} of {addresses.dtype}"
            )
        return self._lookup_packed(4, addresses.astype(">u4").tobytes())

    def lookup_v6(self, addresses: npt.NDArray[np.uint8]) -> npt.NDArray[np.int32]:
        """Ids of the longest matches of IPv6 addresses ((n, 16) octets); -1 where none."""
        if addresses.dtype != np.uint8 or addresses.ndim != 2:
            raise TypeError(
                "addresses: expected two dimensions of uint8, "
                f"found {addresses.ndim} of {addresses.dtype}"
            )
        if addresses.shape[1] != 16:
            raise ValueError(f"addresses: expected shape (n, 16), found {addresses.shape}")
        return self._lookup_packed(6, addresses.tobytes())

    def _lookup_packed(self, family: int, octets: bytes) -> npt.NDArray[np.int32]:
        get, size = self._tries[family].get, ADDRESS_BITS[family] // 8
        id_of = self._id
        found = (id_of(get(octets[at : at + size], -1)) for at in range(0, len(octets), size))
        return np.fromiter(found, dtype=np.int32, count=len(octets) // size)

    def lookup_text(self, addresses: pa.Array, errors: str = "raise") -> npt.NDArray[np.int32]:
        """Ids of the longest matches of addresses, or prefixes, as text; -1 where none.

        Nulls match nothing, and with ``errors="null"`` neither does what is malformed.

        Raises
        ------
        PrefixError
            At the first malformed row; the message names row and value.
        """
        if errors not in ("raise", "null"):
            raise ValueError(f'errors="{errors}": expected "raise" or "null"')
        found = np.full(len(addresses), -1, dtype=np.int32)
        for row, text in enumerate(addresses.to_pylist()):
            if text is None:
                continue
            try:
                found[row] = self._lookup(text, f"row {row}: ")
            except PrefixError:
                if errors == "raise":
                    raise
        return found

    def lookup_prefixes(
        self, family: pa.Array, network: pa.Array, length: pa.Array
    ) -> npt.NDArray[np.int32]:
        """Longest prefix of the index that covers, or is, each given prefix; -1 where none."""
        keys = keys_of(family, network, length)
        found = (self._id(next(self._covering(key, key[17]), -1)) for key in keys)
        return np.fromiter(found, dtype=np.int32, count=len(keys))

    def parents(self) -> npt.NDArray[np.int32]:
        """Row of the closest strictly covering prefix of each row of the index; -1 where none."""
        return np.array(self._parents, dtype=np.int32)

    def lookup(self, address: str) -> int:
        """Id of the longest match of an address or prefix; -1 where none."""
        return self._lookup(address, "")

    def _lookup(self, text: str, where: str) -> int:
        if "/" in text:
            key = parse_prefix(text, where)
            return self._id(next(self._covering(key, key[17]), -1))
        return self._id(self._longest(*parse_address(text, where)))

    def _id(self, row: int) -> int:
        return -1 if row < 0 else self._ids[row]

    def get(self, prefix: str) -> int:
        """Id of exactly this prefix; -1 where it is not there."""
        key = parse_prefix(prefix)
        row = bisect_left(self._keys, key)
        return self._id(row if row < len(self._keys) and self._keys[row] == key else -1)

    def less_specifics(self, prefix: str) -> list[int]:
        """Ids that strictly cover the prefix, shortest first; an address is its host prefix."""
        key = _prefix_or_address(prefix)
        return [self._id(row) for row in self._covering(key, key[17] - 1)][::-1]

    def more_specifics(self, prefix: str) -> tuple[int, int]:
        """Slice of rows strictly inside the prefix; an address is its host prefix."""
        key = _prefix_or_address(prefix)
        start = bisect_right(self._keys, key)
        bits = ADDRESS_BITS[key[0]] - key[17]
        size = ADDRESS_BITS[key[0]] // 8
        last = int.from_bytes(key[1 : 1 + size], "big") | (1 << bits) - 1
        end = bisect_right(self._keys, prefix_key(key[0], last.to_bytes(size, "big"), 255))
        return start, end

    def row_ids(self, start: int, stop: int) -> npt.NDArray[np.int32]:
        """Ids of a slice of rows."""
        return np.array(self._ids[start:stop], dtype=np.int32)

    def text(self, prefix_id: int) -> str | None:
        """Prefix of an id, as it was given."""
        if self._text is not None:
            return self._text[prefix_id].as_py() if prefix_id < len(self._text) else None
        return prefix_text(self._keys[prefix_id]) if prefix_id < len(self._keys) else None

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def nbytes(self) -> int:
        """Bytes in memory, estimated."""
        return len(self._keys) * (_BYTES_PER_PREFIX + 64)

    def _longest(self, family: int, packed: bytes) -> int:
        found: int = self._tries[family].get(packed, -1)
        return found

    def _covering(self, key: bytes, longest: int) -> Iterator[int]:
        """Rows that cover the network of a key and are at most so long, longest first."""
        row = self._longest(key[0], key[1:5] if key[0] == 4 else key[1:17])
        while row >= 0:
            if self._keys[row][17] <= longest:
                yield row
            row = self._parents[row]


def _prefix_or_address(text: str) -> bytes:
    if "/" in text:
        return parse_prefix(text)
    family, packed = parse_address(text)
    return prefix_key(family, packed, ADDRESS_BITS[family])


def _parents(keys: list[bytes]) -> Iterator[int]:
    """Row of the closest strictly covering prefix of each sorted key, -1 where none."""
    open_: list[tuple[int, int, int]] = []  # row, length and network of the prefixes around
    family, previous = 0, b""
    for row, key in enumerate(keys):
        if key <= previous:
            raise PrefixError("expected prefixes sorted and distinct by family, network, length")
        if key[0] != family:
            open_.clear()
            family = key[0]
        previous = key
        network = int.from_bytes(key[1:17], "big")
        while open_ and (open_[-1][2] ^ network) >> (128 - open_[-1][1]):
            open_.pop()
        yield open_[-1][0] if open_ else -1
        open_.append((row, key[17], network))
