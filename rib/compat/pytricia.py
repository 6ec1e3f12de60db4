"""`PyTricia` as pytricia has it, over `rib.PrefixTable`.

>>> from rib.compat.pytricia import PyTricia
>>> trie = PyTricia()
>>> trie["10.0.0.0/8"] = "ten"
>>> trie["10.1.2.3"], trie.get_key("10.1.2.3"), trie.get("192.0.2.1")
('ten', '10.0.0.0/8', None)

The same: every method, longest match by ``[]``, ``in`` and ``get``, exact match by ``has_key``, keys as text,
`ipaddress` objects, integers and packed octets, ``raw_output``, the exceptions.

Different, and why:

* One table holds both families and never mixes them, whatever ``maxbits`` says: pytricia's default of 32
  takes an IPv6 prefix and loses it, and one of 128 matches 32.0.0.1 to 2000::/8.
* Keys come back canonical: ``10.1.2.3/16`` as ``10.1.0.0/16``, ``2001:DB8::/32`` as ``2001:db8::/32``.
* A malformed key raises ValueError from every method: pytricia corrects lengths out of range, and ``in`` takes
  "10.1" or "010.1.2.3". Pairs of address and length are keys everywhere; truth values and negative numbers
  are none.
* Writing collects, and the first read after it builds the table: O(n log n), 0.5 s for a million prefixes.
  A program that writes and reads in turns should keep pytricia.

Not covered: AF_INET6 keys of a trie narrower than its prefixes, which pytricia cuts short.
"""

import ipaddress
import socket
from collections.abc import Iterator
from typing import Any

from rib._backend import core
from rib.table.prefix_table import PrefixTable

__all__ = ["PyTricia"]

_MISSING = "Prefix not found."
_NOT_THERE = "Prefix doesn't exist."
_OBJECTS = (
    ipaddress.IPv4Address | ipaddress.IPv6Address | ipaddress.IPv4Network | ipaddress.IPv6Network
)
_MOST_BITS = 128


class PyTricia:
    """Prefixes with values, looked up by longest match.

    Parameters
    ----------
    maxbits : int
        Taken for compatibility, 0 to 128: both families fit any table.
    family : int
        Taken for compatibility.
    raw_output : bool
        Give keys as (octets, length) instead of as text.
    """

    def __init__(
        self,
        maxbits: int = 32,
        family: int = socket.AF_INET,  # noqa: ARG002 - pytricia's
        raw_output: bool = False,
    ) -> None:
        if not 0 <= maxbits <= _MOST_BITS:
            raise ValueError(f"maxbits={maxbits!r}: expected a number of bits from 0 to 128")
        self._values: dict[str, Any] = {}
        self._raw = bool(raw_output)
        self._frozen = False
        self._table: PrefixTable | None = None
        self._in_order: list[Any] = []

    # -- writing -----------------------------------------------------------------------------------

    def insert(self, prefix: Any, *length_and_value: Any) -> None:
        """Set the value of a prefix: ``insert(prefix, value)`` or ``insert(address, length, value)``."""
        if len(length_and_value) not in (1, 2):
            raise TypeError("insert() takes a prefix, optionally a length, and a value")
        if len(length_and_value) == 2:
            address = _text(prefix).partition("/")[0]
            prefix = f"{address}/{length_and_value[0]}"
        self[prefix] = length_and_value[-1]

    def __setitem__(self, prefix: Any, value: Any) -> None:
        self._write()[_key(prefix)] = value

    def delete(self, prefix: Any) -> None:
        """Remove a prefix, by exact match."""
        values, key = self._write(), _key(prefix)
        if key not in values:
            raise KeyError(_NOT_THERE)
        del values[key]

    __delitem__ = delete

    def freeze(self) -> None:
        """Build the table and refuse writes until `thaw`."""
        self._built()
        self._frozen = True

    def thaw(self) -> None:
        """Take writes again."""
        self._frozen = False

    def _write(self) -> dict[str, Any]:
        if self._frozen:
            raise ValueError("can not modify a frozen pytricia!  Thaw?")
        self._table = None
        return self._values

    def _built(self) -> PrefixTable:
        table = self._table
        if table is None:
            table = PrefixTable(list(self._values))
            self._in_order = list(self._values.values())
            self._table = table
        return table

    # -- reading -----------------------------------------------------------------------------------

    def _match(self, key: Any) -> int:
        """Position of the longest match, -1 where there is none."""
        table = self._table or self._built()
        if type(key) is str and "/" not in key:
            return table.index.lookup(key)
        return table.index.lookup(_key(key))

    def __getitem__(self, key: Any) -> Any:
        found = self._match(key)
        if found < 0:
            raise KeyError(_MISSING)
        return self._in_order[found]

    def get(self, key: Any, default: Any = None) -> Any:
        """Give the value of the longest match, or the default."""
        found = self._match(key)
        return default if found < 0 else self._in_order[found]

    def get_key(self, key: Any) -> Any:
        """Give the longest matching prefix, or None."""
        found = self._match(key)
        return None if found < 0 else self._output(self._built().index.text(found))

    def __contains__(self, key: Any) -> bool:
        return self._match(key) >= 0

    def has_key(self, key: Any) -> bool:
        """Whether this very prefix is there."""
        return _key(key) in self._values

    def children(self, prefix: Any) -> list[Any]:
        """Give the prefixes strictly inside one that is there."""
        return [self._output(p) for p in self._built().more_specifics(self._present(prefix))]

    def parent(self, prefix: Any) -> Any:
        """Give the closest prefix that strictly covers one that is there, or None."""
        covering = self._built().less_specifics(self._present(prefix))
        return self._output(covering[-1]) if covering else None

    def _present(self, prefix: Any) -> str:
        key = _key(prefix)
        if key not in self._values:
            raise KeyError(_NOT_THERE)
        return key

    def keys(self) -> list[Any]:
        """Give all prefixes, IPv4 first, by network and length."""
        index = self._built().index
        return [self._output(index.text(int(i))) for i in index.row_ids(0, len(index))]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.keys())

    def __len__(self) -> int:
        return len(self._values)

    def _output(self, prefix: str | None) -> Any:
        if not self._raw or prefix is None:
            return prefix
        network = ipaddress.ip_network(prefix)
        return network.network_address.packed, network.prefixlen

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_table": None, "_in_order": []}


def _text(key: Any) -> str:
    if isinstance(key, str):
        return key
    if isinstance(key, _OBJECTS):
        return str(key)
    if isinstance(key, int | bytes) and not isinstance(key, bool):
        try:
            return str(ipaddress.ip_address(key))
        except ValueError:
            pass
    raise ValueError(f"Invalid prefix: {key!r}")


def _key(key: Any) -> str:
    """Write a key as a canonical prefix: host bits cleared, an address as its host prefix."""
    if isinstance(key, tuple) and len(key) == 2:
        return core.network_text(f"{_text(key[0])}/{key[1]}")
    return core.network_text(_text(key))
