"""Full bogon lists: address space that nobody should announce, as others publish it day by day."""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from rib.exceptions import RegistryError
from rib.registry.columns import PREFIX_FIELDS, Ignored, parse_prefix_column, with_prefix_text
from rib.registry.covering import PrefixRows
from rib.registry.files import PathLike, date_in_name, read_whole
from rib.registry.registry import PrefixRegistry
from rib.table.networks import prefix_order

__all__ = ["Bogons", "read_bogons"]

_KIND = "a list of bogons (a prefix on each line)"
_SCHEMA = pa.schema(PREFIX_FIELDS)

#: How lists date themselves: seconds since 1970, or a day.
_SECONDS = re.compile(r"last\s+updated:?\s+(\d{9,11})\b", re.IGNORECASE)
_DAY = re.compile(r"((?:19|20)\d\d)[-/]?(\d\d)[-/]?(\d\d)")


@dataclass(frozen=True, eq=False)
class Bogons(PrefixRegistry):
    """Prefixes of bogon lists.

    Attributes
    ----------
    table : pyarrow.Table
        ``family``, ``network``, ``length``, ``prefix``; distinct, sorted by prefix.
    sources : tuple of str
        Paths read.
    date : datetime.date or None
        The day the lists tell in a comment, else the one in their names; the oldest of several, for a
        list is only as good as its age.
    ignored : dict of str to int
        Lines left out: ``prefix`` (none, or host bits set), ``duplicate``.
    examples : tuple of str
        Where the first ignored lines stand.
    """

    sources: tuple[str, ...] = ()

    def __repr__(self) -> str:
        n6 = int((self.table.column("family").to_numpy() == 6).sum())
        return (
            f"<Bogons {len(self) - n6:,} IPv4 and {n6:,} IPv6 prefixes of "
            f"{self.date or 'unknown date'} from {', '.join(self.sources)}>"
        )

    def find_prefixes(
        self, family: pa.Array, network: pa.Array, length: pa.Array
    ) -> npt.NDArray[np.int64]:
        """Give the row of the longest bogon that covers, or is, each prefix; -1 where none does.

        Notes
        -----
        A prefix that only contains bogons is none itself. O(prefixes).
        """
        slot = self.rows.lookup(family, network, length)
        # Prefixes are distinct: the slot of one is its row.
        return slot.astype(np.int64)


def read_bogons(paths: PathLike | Iterable[PathLike]) -> Bogons:
    r"""Read lists of address space that nobody should announce.

    Parameters
    ----------
    paths : str, Path or iterable of them
        A list, or one for each family, such as Team Cymru's ``fullbogons-ipv4.txt`` and
        ``fullbogons-ipv6.txt``: a prefix on each line, comments behind ``#`` or ``;``. Plain, gzip, bzip2
        or xz.

    Returns
    -------
    Bogons
        With their date, and what was left out.

    Raises
    ------
    ValueError
        ``paths`` is empty.
    FileNotFoundError
        A file is missing.
    RegistryError
        A file has no prefix, has more other lines than prefixes, or is damaged.

    Notes
    -----
    Full bogons are special-purpose blocks and what the registries have not given out, so they change every
    day: compare ``.date`` with the time of the table. An address without a length is a prefix of its
    own. O(lines · log): under a second for 150,000 prefixes.

    References
    ----------
    RFC 6890 (special-purpose addresses); Team Cymru, Bogon Reference.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "fullbogons-ipv4.txt")
    >>> text = "# last updated 1737417601 (Tue Jan 21 00:00:01 2025 GMT)\n0.0.0.0/8\n10.0.0.0/8\n"
    >>> _ = path.write_text(text)
    >>> bogons = read_bogons(path)
    >>> bogons.date.isoformat(), bogons.table["prefix"].to_pylist()
    ('2025-01-21', ['0.0.0.0/8', '10.0.0.0/8'])
    """
    files = [paths] if isinstance(paths, str | Path) else list(paths)
    if not files:
        raise ValueError("paths=[]: expected at least one list of bogons")
    ignored = Ignored()
    parts, dates = [], []
    for path in files:
        text = read_whole(path, _KIND).decode("utf-8-sig", "replace")
        parts.append(_prefixes(path, text, ignored))
        dates.append(_date(text) or date_in_name(path))
    known = [date for date in dates if date is not None]
    return Bogons(
        _distinct(pa.concat_tables(parts).combine_chunks(), ignored),
        tuple(map(str, files)),
        date=min(known, default=None),
        ignored=dict(ignored.counts),
        examples=tuple(ignored.examples),
    )


def _prefixes(path: PathLike, text: str, ignored: Ignored) -> pa.Table:
    """Prefixes of one list, in its order."""
    lines = pa.array(text.split("\n"), pa.utf8())
    bare = pc.utf8_trim_whitespace(pc.list_element(pc.split_pattern_regex(lines, "[#;]"), 0))
    at = np.flatnonzero(pc.not_equal(bare, "").to_numpy(zero_copy_only=False))
    bare = bare.take(pa.array(at))
    alone = pc.invert(pc.match_substring(bare, "/"))
    whole = pc.if_else(pc.match_substring(bare, ":"), "/128", "/32")
    column = parse_prefix_column(
        pc.binary_join_element_wise(bare, pc.if_else(alone, whole, ""), "")
    )
    broken = at[~column.ok] + 1
    n_good = int(column.ok.sum())
    if not n_good or len(broken) > n_good:
        found = (
            f"line {broken[0]:,}: {text.split(chr(10))[broken[0] - 1][:60]!r}"
            if len(broken)
            else "no prefix"
        )
        raise RegistryError(f"{path}: expected {_KIND}, found {found}")
    ignored.add("prefix", broken)
    columns = [pa.array(column.family), column.network, pa.array(column.length)]
    table = pa.table(columns, names=["family", "network", "length"]).filter(pa.array(column.ok))
    return with_prefix_text(table.combine_chunks(), _SCHEMA)


def _date(text: str) -> dt.date | None:
    """Day that the comments of a list tell."""
    for line in text.split("\n", 50)[:50]:
        if not line.lstrip().startswith(("#", ";")):
            continue
        seconds = _SECONDS.search(line)
        if seconds:
            return dt.datetime.fromtimestamp(int(seconds[1]), dt.UTC).date()
        for match in _DAY.finditer(line):
            try:
                return dt.date(*map(int, match.groups()))
            except ValueError:
                continue
    return None


def _distinct(table: pa.Table, ignored: Ignored) -> pa.Table:
    """Sort by prefix and leave out what is listed twice."""
    family, length = (table.column(name).to_numpy() for name in ("family", "length"))
    network = table.column("network").combine_chunks()
    table = table.take(pa.array(prefix_order(family, network, length))).combine_chunks()
    rows = PrefixRows(table)
    ignored.counts |= {"duplicate": len(table) - len(rows)} if len(rows) < len(table) else {}
    return table.take(pa.array(rows.offsets[:-1])).combine_chunks()
