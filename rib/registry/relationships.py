"""Business relationships between ASes (CAIDA serial-1 and serial-2)."""

import bz2
import gzip
import io
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from rib.exceptions import RegistryError
from rib.registry.columns import Ignored, parse_asns
from rib.registry.files import PathLike, date_in_name, read_whole
from rib.registry.registry import Registry
from rib.table.files import replacing
from rib.table.keys import distinct, find, pack

__all__ = [
    "CUSTOMER",
    "PEER",
    "PROVIDER",
    "SIBLING",
    "UNKNOWN",
    "Relationships",
    "as_table",
    "read_relationships",
]

_KIND = "AS relationships (CAIDA serial-1 or serial-2: as|as|relationship)"

#: What the left AS of a pair is to the right one.
UNKNOWN, PROVIDER, CUSTOMER, PEER, SIBLING = 0, 1, 2, 3, 4

_SCHEMA = pa.schema(
    [
        pa.field("left_as", pa.uint32(), nullable=False),
        pa.field("right_as", pa.uint32(), nullable=False),
        pa.field("relationship", pa.int8(), nullable=False),
        pa.field("source", pa.utf8()),
    ]
)


@dataclass(frozen=True, eq=False)
class Relationships(Registry):
    """Links between ASes and what kind they are.

    Attributes
    ----------
    table : pyarrow.Table
        ``left_as``, ``right_as``, ``relationship`` (-1: left is the provider of right; 0: peers;
        1: siblings), ``source`` (serial-2; null in serial-1); sorted by both AS numbers.
    source : str
        Path of the file; ``inferred`` for those of `rib.infer_relationships`.
    date : datetime.date or None
        Date in the file's name; day of the table they were inferred from.
    clique : tuple of int
        ASes at the top, where the file lists them or they were inferred.
    ixps : tuple of int
        Route-server ASes of exchanges, where the file lists them.
    ignored : dict of str to int
        Lines left out: ``line`` (not of the format), ``duplicate`` (a link listed again).
    examples : tuple of str
        Where the first ignored lines stand.
    """

    source: str
    clique: tuple[int, ...] = ()
    ixps: tuple[int, ...] = ()

    def __repr__(self) -> str:
        when = self.date or "undated"
        return f"<Relationships {len(self):,} links of {when} from {self.source}>"

    @cached_property
    def _links(self) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint8]]:
        """Both directions of every link as sorted keys, and what the left AS is to the right."""
        left, right, given = (self.table.column(i).to_numpy() for i in range(3))
        code = np.array([PROVIDER, PEER, SIBLING], np.uint8)[given.astype(np.int64) + 1]
        mirror = np.array([UNKNOWN, CUSTOMER, PROVIDER, PEER, SIBLING], np.uint8)[code]
        keys = np.concatenate([pack(left, right), pack(right, left)])
        order = np.argsort(keys, kind="stable")
        return keys[order], np.concatenate([code, mirror])[order]

    def between(self, left: npt.NDArray[Any], right: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
        """Say what each left AS is to the right one: the constants of this module.

        ``PROVIDER`` means that the left AS is the provider of the right one.
        """
        keys, code = self._links
        # Position -1, a link that is not there, is that of the last one.
        return np.append(code, np.uint8(UNKNOWN))[find(pack(left, right), keys)]

    @cached_property
    def known_ases(self) -> npt.NDArray[np.uint32]:
        """Every AS with a link, ascending."""
        both = [self.table.column(i).to_numpy() for i in range(2)]
        result: npt.NDArray[np.uint32] = distinct(np.concatenate(both))
        return result

    def to_serial_1(self) -> str:
        """Give the links as CAIDA's serial-1 has them: clique and route servers, then a line per link."""
        head = [
            f"# {name}: {' '.join(map(str, listed))}"
            for name, listed in (("clique", self.clique), ("IXP ASes", self.ixps))
            if listed
        ]
        fields = [pc.cast(self.table.column(i), pa.utf8()) for i in range(3)]
        lines: pa.ChunkedArray = pc.binary_join_element_wise(*fields, "|")
        return "\n".join([*head, *lines.to_pylist(), ""])

    def write(self, path: PathLike) -> None:
        """Write a serial-1 file that `rib.read_relationships` reads back to the same links.

        Parameters
        ----------
        path : str or Path
            Written whole or not at all; compressed where it ends in ``.bz2`` or ``.gz``. The date is
            not part of the format: readers take it from a name like ``20250121.as-rel.txt``.
        """
        data = self.to_serial_1().encode()
        suffix = Path(path).suffix
        if suffix == ".bz2":
            data = bz2.compress(data)
        elif suffix == ".gz":
            data = gzip.compress(data, mtime=0)
        with replacing(path) as whole:
            whole.write_bytes(data)


def as_table(
    left: npt.NDArray[Any], right: npt.NDArray[Any], relationship: npt.NDArray[Any]
) -> pa.Table:
    """Give the table of `Relationships` for links that are listed once each, in any order."""
    order = np.argsort(pack(left, right), kind="stable")
    columns: list[npt.NDArray[Any]] = [
        left.astype(np.uint32),
        right.astype(np.uint32),
        relationship.astype(np.int8),
    ]
    no_source = pa.nulls(len(order), pa.utf8())
    return pa.table([*(pa.array(c[order]) for c in columns), no_source], schema=_SCHEMA)


def read_relationships(path: PathLike) -> Relationships:
    """Read AS relationships as CAIDA publishes them.

    Parameters
    ----------
    path : str or Path
        serial-1 (``as|as|-1 or 0``) or serial-2 (``…|source``); plain, gzip, bzip2 or xz.

    Returns
    -------
    Relationships
        One row per link.

    Raises
    ------
    FileNotFoundError
        The file is missing.
    RegistryError
        Not such a file, damaged, or without a link.

    Notes
    -----
    A link listed twice keeps its first line. Half a million links take some 0.6 s.

    References
    ----------
    M. Luckie et al., "AS Relationships, Customer Cones, and Validation", IMC 2013.

    Examples
    --------
    >>> import rib
    >>> relationships = rib.read_relationships("data/sample-mrt/as-rel.txt.bz2")
    >>> len(relationships) > 1000
    True
    """
    data = read_whole(path, _KIND)
    comments = [line for line in data[: 1 << 20].splitlines() if line.startswith(b"#")]
    ignored = Ignored()
    table = _table(path, data, ignored)
    if not table.num_rows:
        raise RegistryError(f"{path}: expected {_KIND}, found no link; ignored {ignored.text()}")
    return Relationships(
        table,
        str(path),
        _listed(comments, rb"clique"),
        _listed(comments, rb"IXP"),
        date=date_in_name(path),
        ignored=dict(ignored.counts),
        examples=tuple(ignored.examples),
    )


def _listed(comments: list[bytes], what: bytes) -> tuple[int, ...]:
    """AS numbers of a comment like ``# input clique: 174 209``."""
    for line in comments:
        if re.search(what + rb"[^:]*:", line):
            return tuple(sorted({int(n) for n in re.findall(rb"\b\d+\b", line.split(b":", 1)[1])}))
    return ()


def _table(path: PathLike, data: bytes, ignored: Ignored) -> pa.Table:
    lines = pyarrow.csv.read_csv(
        io.BytesIO(data if data.endswith(b"\n") else data + b"\n"),
        read_options=pyarrow.csv.ReadOptions(column_names=["line"], block_size=1 << 24),
        # One column of whole lines: no octet of the text is a delimiter.
        parse_options=pyarrow.csv.ParseOptions(
            delimiter="\x01", quote_char=False, ignore_empty_lines=False
        ),
        convert_options=pyarrow.csv.ConvertOptions(column_types={"line": pa.utf8()}),
    )
    text = lines.column(0).combine_chunks()
    number = np.arange(1, len(text) + 1)
    content = pc.invert(pc.match_substring_regex(text, pattern=r"^(#|\s*$)"))
    text, number = text.filter(content), number[content.to_numpy(zero_copy_only=False)]
    shaped = pc.match_substring_regex(text, pattern=r"^\d+\|\d+\|(-1|0|1|2)(\||\s*$)")
    good = shaped.to_numpy(zero_copy_only=False)
    if not good[:100].any():
        found = text[0].as_py()[:60] if len(text) else "no lines"
        raise RegistryError(f"{path}: expected {_KIND}, found {found!r}")
    ignored.add("line", number[~good])
    text, number = text.filter(shaped), number[good]
    split = pc.extract_regex(
        text, pattern=r"^(?P<a>\d+)\|(?P<b>\d+)\|(?P<r>[-\d]+)(?:\|(?P<s>.*))?"
    )
    (left, left_ok), (right, right_ok) = (parse_asns(split.field(i)) for i in (0, 1))
    ok = left_ok & right_ok & (left != right)
    ignored.add("line", number[~ok])
    given = pc.index_in(split.field(2), value_set=pa.array(["-1", "0", "1", "2"])).to_numpy()
    relationship = np.array([-1, 0, 1, 1], np.int8)[given]
    low, high = np.minimum(left, right), np.maximum(left, right)
    rows = np.flatnonzero(ok)
    _, first = np.unique(pack(low[rows], high[rows]), return_index=True)
    ignored.add("duplicate", np.delete(number[rows], first))
    keep = rows[first]
    keep = keep[np.argsort(pack(left[keep], right[keep]), kind="stable")]
    source = split.field(3).take(pa.array(keep))
    columns = [left[keep], right[keep], relationship[keep]]
    return pa.table(
        [*map(pa.array, columns), pc.if_else(pc.equal(source, ""), None, source)], schema=_SCHEMA
    )
