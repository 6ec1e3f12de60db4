r"""`pyasn` as the package of that name has it, over `rib.PrefixTable`.

>>> from rib.compat.pyasn import pyasn
>>> database = pyasn(None, ipasn_string="; made by hand\n1.1.1.0/24\t13335\n")
>>> database.lookup("1.1.1.1"), database.lookup("192.0.2.1")
((13335, '1.1.1.0/24'), (None, None))

The same: the database format (plain or compressed), ``lookup``, ``get_as_prefixes``,
``get_as_prefixes_effective``, ``get_as_size``, ``get_as_name``, the conversions of asdot numbers, pickling.

Different: an address is looked up in its own family only, ``get_as_size`` counts IPv4 addresses (pyasn 1.6.2
adds nonsense for IPv6 prefixes), a malformed line of the database raises instead of ending the load, ``lookup``
takes prefixes too, ``get_as_name`` without names raises ValueError, and `lookup_many` takes a whole column, which is
what to use for more than a few addresses.

Not covered: ``radix``, the tree inside, and the scripts that make databases: `rib.read_mrt` reads dumps.
"""

import ipaddress
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rib.registry.files import read_whole
from rib.registry.prefix_origins import parse_ipasn, read_ipasn
from rib.table.addresses import Addresses, Errors

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
    import pyarrow as pa

__all__ = ["pyasn"]

_ASDOT = 2**16


class pyasn:  # noqa: N801 - the name it replaces
    """Prefixes and their origin AS, from a pyasn database.

    Parameters
    ----------
    ipasn_file : str, Path or None
        Database with lines ``prefix<TAB>asn``; also gzip, bzip2, xz.
    as_names_file : str or Path, optional
        JSON object of names by AS number.
    ipasn_string : str, optional
        The database itself, where ``ipasn_file`` is None.
    """

    def __init__(
        self,
        ipasn_file: str | Path | None,
        as_names_file: str | Path | None = None,
        ipasn_string: str | None = None,
    ) -> None:
        if ipasn_file is not None:
            self._table = read_ipasn(ipasn_file)
        elif ipasn_string is not None:
            self._table = parse_ipasn(ipasn_string.encode(), "ipasn_string")
        else:
            raise ValueError("No data given, all parameters are empty.")
        values: pa.Array = self._table.values
        self._asns: npt.NDArray[np.uint32] = values.to_numpy()
        self._ipasndb_file = ipasn_file
        self._asnames_file = as_names_file
        self._asnames = None if as_names_file is None else _read_names(as_names_file)
        self._as_prefixes: dict[int, set[str]] | None = None

    def lookup(self, ip_address: str) -> tuple[int | None, str | None]:
        """Give (asn, prefix) of the longest match, or (None, None)."""
        found = self._table.index.lookup(str(ip_address))
        if found < 0:
            return None, None
        return int(self._asns[found]), self._table.index.text(found)

    def lookup_many(self, addresses: Addresses, *, errors: Errors = "raise") -> "pd.Series[Any]":
        """Give the AS of the longest match of a column of addresses (not in pyasn)."""
        return self._table.lookup_values(addresses, errors=errors)

    def get_as_prefixes(self, asn: int | str) -> set[str] | None:
        """Give the prefixes of an AS, or None."""
        if self._as_prefixes is None:
            index = self._table.index
            ids = index.row_ids(0, len(index))
            asns = self._asns[ids]
            order = np.argsort(asns, kind="stable")
            bounds = np.flatnonzero(np.diff(asns[order], prepend=-1))
            groups = np.split(ids[order], bounds[1:])
            self._as_prefixes = {
                int(self._asns[group[0]]): {str(index.text(int(i))) for i in group}
                for group in groups
                if len(group)
            }
        return self._as_prefixes.get(int(asn))

    def get_as_prefixes_effective(self, asn: int | str) -> list[str] | None:
        """Give the fewest prefixes with the address space of an AS, or None."""
        prefixes = self.get_as_prefixes(asn)
        if not prefixes:
            return None
        four = ipaddress.collapse_addresses(
            ipaddress.IPv4Network(p) for p in prefixes if ":" not in p
        )
        six = ipaddress.collapse_addresses(ipaddress.IPv6Network(p) for p in prefixes if ":" in p)
        return [*map(str, four), *map(str, six)]

    def get_as_size(self, asn: int | str) -> int:
        """Give the number of IPv4 addresses in the prefixes of an AS."""
        effective: Iterable[str] = self.get_as_prefixes_effective(asn) or ()
        return sum(ipaddress.IPv4Network(p).num_addresses for p in effective if ":" not in p)

    def get_as_name(self, asn: int) -> str | None:
        """Give the name of an AS, or None."""
        if not self._asnames:
            raise ValueError("Autonomous system names not loaded during initialization")
        return self._asnames.get(asn)

    @staticmethod
    def convert_32bit_to_asdot_asn_format(asn: int) -> str:
        """Write an AS number as asdot (RFC 5396)."""
        high, low = divmod(asn, _ASDOT)
        return f"AS{high}.{low}" if high else f"AS{low}"

    @staticmethod
    def convert_asdot_to_32bit_asn(asdot: str) -> int:
        """Read ``AS<number>`` or ``AS<number>.<number>`` (RFC 5396)."""
        digits = asdot[2:] if asdot[:2].upper() == "AS" else ""
        high, dot, low = digits.partition(".")
        if not high.isdecimal() or (dot and not low.isdecimal()):
            raise ValueError(f"{asdot!r}: expected AS<number> or AS<number>.<number>")
        return int(high) * _ASDOT + int(low) if dot else int(high)

    def __repr__(self) -> str:
        return (
            f"pyasn(ipasndb:'{self._ipasndb_file}'; asnames:'{self._asnames_file}') - "
            f"{len(self._table)} prefixes"
        )


def _read_names(path: str | Path) -> dict[int, str]:
    names = json.loads(read_whole(path, "AS names (JSON)"))
    return {int(asn): str(name) for asn, name in names.items()}
