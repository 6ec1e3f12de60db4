"""MRT dumps to a `Rib`."""

import errno
import glob
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Any, Literal, TypeAlias

from rib._backend import core
from rib.exceptions import MrtError
from rib.sources.bar import progress_bar
from rib.table.receipt import LoadReceipt
from rib.table.rib import Rib

__all__ = ["Source", "read_mrt"]

#: One input: a path, a glob, a directory, the bytes themselves, or an open binary file.
Source: TypeAlias = str | os.PathLike[str] | bytes | IO[bytes]
Progress: TypeAlias = Callable[[int, int], object]

#: What collectors and routers call their dumps beside *.mrt.
_DUMP_PREFIXES = ("rib.", "bview.", "latest-bview", "collector.", "own.")


def read_mrt(
    source: Source | Iterable[Source],
    *,
    on_error: Literal["collect", "raise"] = "collect",
    progress: bool | Progress = False,
    collector: str | None = None,
    safi: Literal["unicast", "multicast"] = "unicast",
) -> Rib:
    """Read MRT RIB dumps (RFC 6396, RFC 8050) into one `Rib`.

    TABLE_DUMP and TABLE_DUMP_V2 with IPv4 and IPv6 routes, RIB_GENERIC and ADD-PATH forms included;
    plain, gzip or bzip2, told by their first bytes and not by their name.

    Parameters
    ----------
    source : str, path, bytes, binary file, or list of these
        A file; a glob (``"dumps/rib.*.bz2"``); a directory, of which the files that look like dumps
        are read in order of name; the bytes of a dump; an open binary file. Several inputs become
        one table; peers of different collectors stay apart.
    on_error : {"collect", "raise"}, default "collect"
        What damage does: become a row of ``receipt.issues`` while everything else loads, or raise at
        the first.
    progress : bool or callable, default False
        True shows a progress bar on standard error if it is a terminal; a callable is called with
        (compressed bytes done, total) at most every 100 ms.
    collector : str, optional
        Name of the collector. Default: the view name in the dump's peer table.
    safi : {"unicast", "multicast"}, default "unicast"
        Which routes are read (RFC 4760 SAFI 1 or 2); they are never mixed. Records of the other, and
        of families that are not prefixes, are counted in ``receipt.other_families``.

    Returns
    -------
    Rib
        With ``receipt.ok`` False where anything was lost.

    Raises
    ------
    FileNotFoundError, PermissionError, …
        As the operating system says, before anything is read.
    UnsupportedMrtError
        The input is not MRT, holds no RIB, or is compressed in a way that is not read.
    TruncatedMrtError, MrtError
        Damage, with ``on_error="raise"``; an empty file; a directory or glob without dumps.

    Notes
    -----
    O(bytes), bound by decompression: parsing runs beside it. Each distinct AS path and attribute
    set is decoded once. The GIL is released and Ctrl-C stops the load. Damaged records cost
    themselves only; of a cut file every whole record before the cut is kept.

    References
    ----------
    RFC 6396, RFC 8050, RFC 6793 §4.2.3.

    Examples
    --------
    >>> import rib
    >>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
    >>> table.receipt.ok
    True
    """
    if on_error not in ("collect", "raise"):
        raise ValueError(f"on_error={on_error!r}: expected 'collect' or 'raise'")
    if safi not in ("unicast", "multicast"):
        raise ValueError(f"safi={safi!r}: expected 'unicast' or 'multicast'")
    inputs = [(name, collector, found) for name, found in _inputs(source)]
    if progress and not callable(progress):
        tables, receipt = _with_bar(inputs, on_error, safi)
    else:
        show = progress if callable(progress) else None
        tables, receipt = core.read_mrt(inputs, on_error, show, safi=safi)
    return Rib(tables, LoadReceipt.from_dict(receipt))


def _inputs(source: Source | Iterable[Source]) -> list[tuple[str, str | bytes]]:
    """Name and path or bytes of every input, directories and globs spelled out."""
    if isinstance(source, bytes | bytearray | memoryview):
        return [("<bytes>", bytes(source))]
    if isinstance(source, str | os.PathLike):
        return [(path, path) for path in _paths(os.fspath(source))]
    if hasattr(source, "read"):
        content = source.read()
        if not isinstance(content, bytes | bytearray | memoryview):
            raise TypeError(f"source={source!r}: expected a file opened in binary mode")
        return [(str(getattr(source, "name", "<file>")), bytes(content))]
    if isinstance(source, Iterable):
        found = [one for each in source for one in _inputs(each)]
        if not found:
            raise ValueError("source=[]: expected at least one dump")
        return found
    raise TypeError(
        f"source={source!r}: expected a path, glob, directory, bytes, binary file or a list of these"
    )


def _paths(path: str) -> list[str]:
    if not path:
        raise FileNotFoundError(errno.ENOENT, "expected a path, found an empty text", path)
    if path.startswith(("http://", "https://")):
        raise ValueError(
            f"source={path!r}: addresses are not read yet; download the file and give its path"
        )
    if Path(path).is_dir():
        entries = sorted(p for p in Path(path).iterdir() if p.is_file())
        dumps = [os.fspath(p) for p in entries if _looks_like_dump(p.name)]
        if not dumps:
            raise MrtError(
                f"{path}: expected a directory with MRT dumps (*.mrt, rib.*, bview.*), found "
                f"{len(entries)} files and none that looks like one",
                path=path,
            )
        return dumps
    if glob.has_magic(path) and not Path(path).exists():
        # pathlib globs below a folder only; users give absolute and relative patterns alike.
        matched = sorted(p for p in glob.glob(path, recursive=True) if Path(p).is_file())  # noqa: PTH207
        if not matched:
            raise FileNotFoundError(errno.ENOENT, "no file matches", path)
        return matched
    return [path]


def _looks_like_dump(name: str) -> bool:
    """Tell dumps from the registry files and notes that lie beside them."""
    stem = name.lower()
    for suffix in (".gz", ".bz2"):
        stem = stem.removesuffix(suffix)
    return stem.endswith(".mrt") or name.startswith(_DUMP_PREFIXES)


def _with_bar(
    inputs: list[tuple[str, str | None, str | bytes]],
    on_error: Literal["collect", "raise"],
    safi: Literal["unicast", "multicast"],
) -> tuple[dict[str, Any], dict[str, Any]]:
    with progress_bar("reading") as show:
        return core.read_mrt(inputs, on_error, show, safi=safi)
