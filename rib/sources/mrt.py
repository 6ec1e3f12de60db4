"""MRT dumps to a `Rib`."""

from collections.abc import Iterable
from typing import Literal

from rib._backend import core
from rib.sources.inputs import (
    MAX_BYTES,
    RIB_FILES,
    Inputs,
    Progress,
    Source,
    byte_limit,
    resolved,
    shown,
)
from rib.table.peer_as import infer_peer_as
from rib.table.receipt import LoadReceipt
from rib.table.repeated import repeated_peers
from rib.table.rib import Rib

__all__ = ["Source", "read_mrt", "rib_of"]


def read_mrt(
    source: Source | Iterable[Source],
    *,
    on_error: Literal["collect", "raise"] = "collect",
    progress: bool | Progress = False,
    collector: str | None = None,
    safi: Literal["unicast", "multicast"] = "unicast",
    max_bytes: int | None = MAX_BYTES,
) -> Rib:
    """Read MRT RIB dumps (RFC 6396, RFC 8050) into one `Rib`.

    TABLE_DUMP and TABLE_DUMP_V2 with IPv4 and IPv6 routes, RIB_GENERIC and ADD-PATH forms included;
    plain, gzip, bzip2, xz, zstd or LZ4, told by their first bytes and not by their name.

    Parameters
    ----------
    source : str, path, bytes, binary file, or list of these
        A file; a glob (``"dumps/rib.*.bz2"``); a directory, of which the files at any depth that look
        like dumps are read in order of path and the others listed in ``receipt.passed_over`` (hidden
        directories and links to directories are not looked into); an http(s) URL
        (see `rib.archive`), fetched into the cache that ``RIB_CACHE`` names (a folder, or ``off``);
        the bytes of a dump; an open binary file. Several inputs become one table; peers of different
        collectors stay apart, and `peers` links them by AS.
    on_error : {"collect", "raise"}, default "collect"
        What damage does: become a row of ``receipt.issues`` while everything else loads, or raise at
        the first.
    progress : bool or callable, default False
        True shows a progress bar on standard error if it is a terminal; a callable is called with
        (compressed bytes done, total) at most every 100 ms: first of each download (total 0 where
        the server does not say), then of the load.
    collector : str, optional
        Name of the collector. Default: the one that a path or URL of an archive's layout stands for
        (`rib.archive.collector_of`), else the view name in the dump's peer table. The path goes
        first because view names are often empty, and those of routers (``master``) repeat.
    safi : {"unicast", "multicast"}, default "unicast"
        Which routes are read (RFC 4760 SAFI 1 or 2); they are never mixed. Records of the other, and
        of families that are not prefixes, are counted in ``receipt.other_families``.
    max_bytes : int or None, default 64 GiB
        Uncompressed bytes to read of each input at most, and bytes of its ``routes``, 26 a route:
        against small files that unpack to very much, or to very many routes. A full table of 40
        peers has some 3 GB. What is beyond is damage of kind ``limit``. Memory peaks at a few times
        the columns. None reads all.

    Returns
    -------
    Rib
        With ``receipt.ok`` False where anything was lost.

    Raises
    ------
    FileNotFoundError, PermissionError, …
        As the operating system says, before anything is read. For a URL: 404; 401 and 403;
        TimeoutError where the server stalls, ConnectionError where it cannot be reached or cuts the
        file, five times in a row.
    UnsupportedMrtError
        The input is not MRT or holds no RIB; a URL serves a web page; without the native module,
        the input is zstd or LZ4 and the package is missing that reads it.
    TruncatedMrtError, MrtError
        Damage, with ``on_error="raise"``; an empty file; a directory or glob without dumps.

    Notes
    -----
    O(bytes), bound by decompression: parsing runs beside it, and bzip2 is decompressed on all cores.
    Each distinct AS path and attribute set is decoded once. The GIL is released and Ctrl-C stops the
    load. Damaged records cost themselves only; of a cut file every whole record before the cut is
    kept, and of damaged compressed data what comes out before the damage. Several gzip members,
    bzip2 or xz streams, or zstd or LZ4 frames are one input, and zeros may follow them. Quirk
    ``peer_in_several_files`` counts the peers that several inputs of one collector repeat routes of.
    Peers that the dump lists with AS 0 get the AS that 99% of their paths begin with
    (``peers.peer_as_inferred``).

    References
    ----------
    RFC 6396, RFC 6397, RFC 8050, RFC 6793 §4.2.3.

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
    limit = byte_limit(max_bytes)
    with (
        shown(progress) as show,
        resolved(source, RIB_FILES, collector=collector, progress=show) as inputs,
    ):
        return rib_of(inputs, on_error=on_error, progress=show, safi=safi, max_bytes=limit)


def rib_of(
    inputs: Inputs,
    *,
    on_error: Literal["collect", "raise"],
    progress: Progress | None,
    safi: Literal["unicast", "multicast"],
    max_bytes: int | None,
) -> Rib:
    """Read inputs that are resolved, as `read_mrt` reads a source."""
    tables, receipt = core.read_mrt(
        inputs.given, on_error, progress, safi=safi, max_bytes=max_bytes
    )
    receipt["passed_over"] = inputs.passed_over
    repeated = repeated_peers(tables, receipt["files"])
    if repeated:
        receipt["quirks"]["peer_in_several_files"] = repeated
    tables, n_inferred = infer_peer_as(tables)
    if n_inferred:
        receipt["quirks"]["peer_as_inferred"] = n_inferred
    return Rib(tables, LoadReceipt.from_dict(receipt))
