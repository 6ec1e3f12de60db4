"""`Rib.write_mrt`: a table back to a dump."""

import bz2
import errno
import gzip
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pyarrow as pa
import pyarrow.compute as pc

from rib._backend import core
from rib.table.files import replacing

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["Compression", "write_mrt"]

Compression = Literal["plain", "gzip", "bzip2"]

_BY_SUFFIX: dict[str, Compression] = {".gz": "gzip", ".bz2": "bzip2"}
#: Octets; its length has two (RFC 6396 §4.3.1).
_MAX_VIEW_NAME = 65535
#: Names that promise a compression which is not written.
_NOT_WRITTEN = frozenset((".xz", ".zst", ".lz4", ".zip", ".z"))


def write_mrt(
    table: "Rib",
    path: str | os.PathLike[str],
    *,
    collector: str | None = None,
    compression: Compression | None = None,
    safi: Literal["unicast", "multicast"] = "unicast",
) -> None:
    """Write the table as a clean TABLE_DUMP_V2 dump (RFC 6396, RFC 6397, RFC 8050).

    One PEER_INDEX_TABLE with every peer, a GEO_PEER_TABLE where the location of any is known, then one RIB_IPV4_UNICAST or RIB_IPV6_UNICAST record per
    prefix in the order of `prefixes`; routes with ADD-PATH ids in a record of the ADD-PATH subtype
    after it. AS paths have ASes of four octets, attributes ascend by type, and a next hop is in
    NEXT_HOP where that can hold it, else in the abbreviated MP_REACH_NLRI of RFC 6396 §4.3.4.

    Parameters
    ----------
    path : str or path-like
        The file to write, whole or not at all: it appears under its name once it is complete.
    collector : str, optional
        View name of the dump. Default: the collector of the peers; needed where they have several,
        since a dump has one view name.
    compression : {"plain", "gzip", "bzip2"}, optional
        Default: gzip for a name in ``.gz``, bzip2 for ``.bz2``, else plain.
    safi : {"unicast", "multicast"}, default "unicast"
        Which subtypes the records are of. The table does not know: give what `rib.read_mrt` was given.

    Raises
    ------
    TypeError
        ``path`` is no path, ``collector`` no text.
    ValueError
        Several collectors and no name for the view, or one that is over 65,535 octets; an unknown compression, or a name that
        promises one that is not written; a table that has no form on the wire (a route whose
        attributes need more than 65,535 octets, an attribute both in its column and in
        ``unknown``).
    FileNotFoundError, IsADirectoryError, PermissionError, …
        As the operating system says; the folder is looked at before anything is written.

    Notes
    -----
    `rib.read_mrt` of the file gives the same routes, prefixes, AS paths, attributes and peers; ids
    of paths and attribute sets may differ, and sets that differed only in their octets are one.
    Not kept, because no column holds it or a dump has no place for it: the collector of peers where
    they have several (with ``collector`` given, peers that differ in nothing else are one when the
    file is read); ``record_type``, which is TABLE_DUMP_V2 for all, with the BGP id 0.0.0.0 for peers
    of TABLE_DUMP; the record time of single routes, where those of one prefix differ (the record has
    the latest); the collector's BGP id; the order of ``unknown``; NLRI and reserved octets inside a
    full MP_REACH_NLRI, and whatever else the receipt counted as a quirk.

    A malformed attribute is not mended and not left out: its octets are in ``unknown`` and go to the
    file as they came, so that nothing is lost. The file then holds that attribute in its malformed
    form, and `rib.read_mrt` of it counts the quirk ``malformed_attribute`` again.

    A table without routes is a dump of its peers alone; reading it gives an empty table whose receipt
    is ok, with the quirk ``empty_rib``.

    O(routes); memory is that of the distinct paths and attribute sets on the wire.

    References
    ----------
    RFC 6396 §4.3, RFC 6397 §4, RFC 8050 §4, RFC 4271 §4.3 and §5, RFC 6793 §4.1.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import rib
    >>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "one-origin.mrt.gz")
    ...     table.select(origin_as=[213394]).write_mrt(path)
    ...     again = rib.read_mrt(path)
    >>> again.n_prefixes, again.receipt.quirks
    (2, {})
    """
    if safi not in ("unicast", "multicast"):
        raise ValueError(f"safi={safi!r}: expected 'unicast' or 'multicast'")
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"path={path!r}: expected text or a path, of the file to write")
    target = Path(path)
    how = _compression(target, compression)
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, "expected a file to write, found a directory", path)
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "the directory does not exist", str(target.parent))
    tables = table._tables()  # noqa: SLF001 - a method of Rib with a file of its own
    view = _view_name(tables["peers"], collector)
    with replacing(target) as temporary, _opened(temporary, how) as stream:
        for block in core.mrt_blocks(tables, view, safi=safi):
            stream.write(block)


def _compression(path: Path, given: Compression | None) -> Compression:
    if given is not None:
        if given not in ("plain", "gzip", "bzip2"):
            raise ValueError(f"compression={given!r}: expected 'plain', 'gzip' or 'bzip2'")
        return given
    suffix = path.suffix.lower()
    if suffix in _NOT_WRITTEN:
        raise ValueError(
            f"path={str(path)!r}: expected a name in .gz, .bz2 or of a plain file, found {suffix}; "
            "compression= says what to write under any name"
        )
    return _BY_SUFFIX.get(suffix, "plain")


def _view_name(peers: pa.Table, given: str | None) -> str:
    if given is not None:
        if not isinstance(given, str):
            raise TypeError(f"collector={given!r}: expected text, the view name of the dump")
        size = len(given.encode())
        if size > _MAX_VIEW_NAME:
            raise ValueError(
                f"collector={given[:20] + '…'!r}: expected a view name of at most {_MAX_VIEW_NAME} "
                f"octets, found {size}"
            )
        return given
    collectors = pc.unique(peers.column("collector")).to_pylist()
    if len(collectors) > 1:
        raise ValueError(
            f"the peers are of {len(collectors)} collectors ({', '.join(map(repr, collectors[:3]))}"
            f"{', …' if len(collectors) > 3 else ''}), a dump has one view name: give it as collector="
        )
    return str(collectors[0]) if collectors else ""


@contextmanager
def _opened(path: Path, compression: Compression) -> Iterator[io.BufferedIOBase]:
    """Open a file for writing; the same bytes in give the same file out."""
    if compression == "bzip2":
        with bz2.open(path, "wb") as stream:
            yield stream
        return
    with path.open("wb") as plain:
        if compression == "plain":
            yield plain
        else:
            # No time and no name in the header: both would change from run to run.
            with gzip.GzipFile(
                filename="", mode="wb", fileobj=plain, compresslevel=6, mtime=0
            ) as stream:
                yield stream
