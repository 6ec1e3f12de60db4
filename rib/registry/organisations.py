"""Which organisation runs an AS: siblings are one party, and one party does not hijack itself."""

import csv
import io
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rib.exceptions import RegistryError
from rib.registry.columns import Ignored
from rib.registry.files import PathLike, date_in_name, read_whole
from rib.registry.registry import Registry

__all__ = ["Organisations", "read_organisations"]

_KIND = "AS organisations (CAIDA as-org2info, or a CSV with columns asn and name)"

_SCHEMA = pa.schema(
    [
        pa.field("asn", pa.uint32(), nullable=False),
        pa.field("as_name", pa.utf8()),
        pa.field("org_id", pa.utf8(), nullable=False),
        pa.field("org_name", pa.utf8()),
        pa.field("country", pa.utf8()),
        pa.field("source", pa.utf8()),
    ]
)


@dataclass(frozen=True, eq=False)
class Organisations(Registry):
    """Organisations of ASes.

    Attributes
    ----------
    table : pyarrow.Table
        ``asn``, ``as_name``, ``org_id``, ``org_name``, ``country``, ``source``; one row per AS,
        sorted by AS number.
    source : str
        Path of the file.
    date : datetime.date or None
        Date in the file's name, else the latest change the file mentions.
    ignored : dict of str to int
        Lines left out: ``line`` (not of the format), ``duplicate`` (an AS listed again).
    examples : tuple of str
        Where the first ignored lines stand.
    """

    source: str

    def __repr__(self) -> str:
        n = len(self.table.column("org_id").unique())
        return f"<Organisations {len(self):,} ASes of {n:,} organisations from {self.source}>"

    @cached_property
    def _codes(self) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int32]]:
        ids = self.table.column("org_id").combine_chunks().dictionary_encode()
        return self.table.column("asn").to_numpy(), ids.indices.to_numpy()

    def codes(self, asns: npt.NDArray[Any]) -> npt.NDArray[np.int32]:
        """Give a number of the organisation of each AS; -1 where the file does not list the AS."""
        known, code = self._codes
        at = np.minimum(np.searchsorted(known, asns), len(known) - 1)
        return np.where(known[at] == asns, code[at], np.int32(-1)).astype(np.int32)

    def siblings(self, left: npt.NDArray[Any], right: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
        """Say which pairs of ASes belong to one known organisation."""
        a, b = self.codes(left), self.codes(right)
        result: npt.NDArray[np.bool_] = (a >= 0) & (a == b)
        return result

    def name(self, asn: int) -> str | None:
        """Name of the organisation of an AS, None where the file does not list the AS."""
        known, _ = self._codes
        at = int(np.searchsorted(known, asn))
        if at == len(known) or known[at] != asn:
            return None
        value = self.table.column("org_name")[at].as_py()
        return None if value is None else str(value)


def read_organisations(path: PathLike) -> Organisations:
    """Read which organisation each AS belongs to.

    Parameters
    ----------
    path : str or Path
        CAIDA ``as-org2info`` (two sections of ``|``-separated lines), or a CSV whose header names
        ``asn`` and ``name``; plain, gzip, bzip2 or xz; told by content.

    Returns
    -------
    Organisations
        One row per AS. In the CSV form the organisation is the name, compared without case,
        punctuation at the ends and repeated blanks.

    Raises
    ------
    FileNotFoundError
        The file is missing.
    RegistryError
        Not such a file, damaged, or without an AS.

    Notes
    -----
    An AS listed twice keeps the entry that changed last (CAIDA) or the first (CSV).

    Examples
    --------
    >>> import rib
    >>> organisations = rib.read_organisations("data/sample-mrt/as-org2info.txt.gz")
    >>> organisations.name(213394) is not None
    True
    """
    text = read_whole(path, _KIND).decode("utf-8-sig", "replace")
    ignored = Ignored()
    if any(line.count("|") >= 4 for line in text[:65536].splitlines()[:100]):
        rows, changed = _caida(text, ignored)
    else:
        rows, changed = _csv(path, text, ignored), ""
    if not rows:
        raise RegistryError(f"{path}: expected {_KIND}, found no AS; ignored {ignored.text()}")
    table = pa.Table.from_pylist([rows[asn] for asn in sorted(rows)], schema=_SCHEMA)
    date = date_in_name(path) or date_in_name(changed)
    return Organisations(
        table, str(path), date=date, ignored=dict(ignored.counts), examples=tuple(ignored.examples)
    )


def _asn(text: str) -> int | None:
    digits = text.strip().upper().removeprefix("AS")
    if digits.isascii() and digits.isdigit() and int(digits) < 2**32:
        return int(digits)
    return None


def _caida(text: str, ignored: Ignored) -> tuple[dict[int, dict[str, object]], str]:
    """Read both sections; a ``# format:`` line says which fields follow."""
    orgs: dict[str, tuple[str, str]] = {}
    ases: dict[int, tuple[str, str, str, str]] = {}
    bad: list[int] = []
    double: list[int] = []
    fields: list[str] = []
    latest = ""
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("#"):
            if "format" in line and ":" in line:
                fields = line.split(":", 1)[1].strip().split("|")
            continue
        if not line.strip():
            continue
        parts = line.split("|")
        if len(parts) != len(fields):
            bad.append(number)
            continue
        row = dict(zip(fields, parts, strict=True))
        if "aut" not in row:
            orgs[row.get("org_id", "")] = (
                row.get("org_name", row.get("name", "")),
                row.get("country", ""),
            )
            continue
        asn, changed = _asn(row["aut"]), row.get("changed", "")
        if asn is None or not row.get("org_id"):
            bad.append(number)
            continue
        if asn in ases:
            double.append(number)
            if changed <= ases[asn][0]:
                continue
        latest = max(latest, changed)
        ases[asn] = (
            changed,
            row.get("aut_name", row.get("as_name", "")),
            row["org_id"],
            row.get("source", ""),
        )
    ignored.add("line", bad)
    ignored.add("duplicate", double)
    rows: dict[int, dict[str, object]] = {}
    for asn, (_, name, org_id, source) in ases.items():
        org_name, country = orgs.get(org_id, ("", ""))
        rows[asn] = _row(asn, org_id, org_name, as_name=name, country=country, source=source)
    return rows, latest


def _csv(path: PathLike, text: str, ignored: Ignored) -> dict[int, dict[str, object]]:
    lines = csv.reader(io.StringIO(text))
    header = [name.strip().lower() for name in next(lines, [])]
    if "asn" not in header or not {"name", "org", "organisation", "organization"} & set(header):
        raise RegistryError(f"{path}: expected {_KIND}, found the header {header[:6]}")
    at_asn = header.index("asn")
    at_name = next(
        header.index(n) for n in ("organisation", "organization", "org", "name") if n in header
    )
    at_source = header.index("source") if "source" in header else None
    rows: dict[int, dict[str, object]] = {}
    bad: list[int] = []
    double: list[int] = []
    for parts in lines:
        asn = _asn(parts[at_asn]) if len(parts) == len(header) else None
        name = parts[at_name].strip() if asn is not None else ""
        if asn is None or not name:
            bad.append(lines.line_num)
        elif asn in rows:
            double.append(lines.line_num)
        else:
            org_id = " ".join(name.casefold().strip(" .,\"'").split())
            source = parts[at_source] if at_source is not None else ""
            rows[asn] = _row(asn, org_id, name, source=source)
    ignored.add("line", bad)
    ignored.add("duplicate", double)
    return rows


def _row(
    asn: int, org_id: str, org_name: str, *, as_name: str = "", country: str = "", source: str = ""
) -> dict[str, object]:
    return {
        "asn": asn,
        "as_name": as_name or None,
        "org_id": org_id,
        "org_name": org_name or None,
        "country": country or None,
        "source": source or None,
    }
