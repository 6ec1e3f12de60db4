"""`read_view`: text views of routers and looking glasses to a `Rib`."""

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, Literal, NoReturn

from rib._backend import core
from rib.exceptions import ViewError
from rib.fallback.decompression import missing_package
from rib.fallback.streams import ByteStream, Progress
from rib.sources.inputs import MAX_BYTES, VIEW_FILES, Source, byte_limit, resolved
from rib.sources.views.formats import (
    FORMATS,
    HEAD,
    LOOKED_FOR,
    Format,
    boundary,
    detect,
    reader_of,
)
from rib.sources.views.spool import Names, ViewSpool
from rib.table.peer_as import infer_peer_as
from rib.table.receipt import LoadReceipt
from rib.table.repeated import repeated_peers
from rib.table.rib import Rib

__all__ = ["is_view", "read_view"]

#: Bytes that a reader is given at a time.
_PART = 1 << 22
_EMPTY_DUMP = bytes(4) + b"\0\x0d\0\x01\0\0\0\x08" + bytes(8)
_MAX_ASN = 0xFFFFFFFF


def read_view(
    source: Source | Iterable[Source],
    format: Format = "auto",  # noqa: A002 - what users call it
    *,
    peers: Mapping[str, int] | None = None,
    collector: str | None = None,
    on_error: Literal["collect", "raise"] = "collect",
    max_bytes: int | None = MAX_BYTES,
) -> Rib:
    """Read text views of routers and looking glasses into one `Rib`.

    BIRD's ``show route all``, RouterOS's ``/routing/route/print detail``, ``show bgp`` of FRR, IOS, IOS XR,
    NX-OS and EOS, the JSON of FRR and OpenBGPD, and lines of ``bgpdump -m``. docs/views.md says which fields of
    each are read.

    Parameters
    ----------
    source : str, path, bytes, binary file, or list of these
        As of `read_mrt`, compressed or not. Of a directory the files are read whose name has the word
        ``view``. Several views, such as those of the two families of a router, become one table.
    format : str, default "auto"
        ``"bgpdump"``, ``"bird"``, ``"routeros"``, ``"frr-json"``, ``"openbgpd-json"``, ``"cisco"`` (tables and
        entries of all that look like Cisco's), or ``"frr"``, which is read as ``"cisco"``; ``"auto"`` tells the
        format by the first 64 KiB of each view.
    peers : mapping of str to int, optional
        AS of peers by name (BIRD's protocol, RouterOS's session, FRR's host name) or by address:
        ``{"transit1": 3356, "192.0.2.1": 3257}``. Default: the AS that the view tells, else the one that
        99% of the peer's paths begin with (``peers.peer_as_inferred``), else 0.
    collector : str, optional
        Name of the router, for ``peers.collector``. Default: as of `read_mrt`, mostly none.
    on_error : {"collect", "raise"}, default "collect"
        What a line that is not understood does: become a row of ``receipt.issues`` while everything else
        loads, or raise.

    max_bytes : int or None, default 64 GiB
        Uncompressed bytes to read of each view at most; what is beyond is an issue of kind ``limit``. None
        reads all.

    Returns
    -------
    Rib
        As of `read_mrt`, with what a view tells; what it does not is null. ``record_time`` is that of lines of
        bgpdump and 0 for all other views, which tell no time, ``originated_time`` is 0, and
        ``record_type`` is TABLE_DUMP_V2. Routes that are not best, or that a filter refused, are in the table
        too: ``receipt.records`` counts them as ``format/route`` and ``format/filtered`` beside ``format/best``.

        In ``receipt.issues``, ``record`` is the number of the line, from 1. Lines around routes are counted as
        ``format/text``, routes of other protocols as ``format/other_protocol``; those of other families, VRFs
        and routing tables are in ``receipt.other_families`` with one issue each.

    Raises
    ------
    FileNotFoundError, PermissionError, ...
        As the operating system says.
    ViewError
        A view is of no format that is read, or is damaged JSON; among several views that is an issue of
        kind ``not_a_view``. With ``on_error="raise"``, the first problem.
    ValueError
        An argument is not as above; a name in ``peers`` is no peer's.

    Notes
    -----
    O(bytes). bgpdump, BIRD and RouterOS are read natively in parts of 4 MB, at more than a million lines a
    second; the other formats whole and in Python, some 40,000 rows or 20,000 routes of JSON a second. Routes go
    through a temporary file of some 70 bytes each.

    A view is text for people, with less than a dump: prefer `read_mrt` where the router can dump. A peer is
    what the view names: where that is only a next hop, as in tables of ``show ip bgp``, routes of one IBGP peer
    show as of several.

    References
    ----------
    RFC 5396 (AS numbers with a dot), RFC 6396.

    Examples
    --------
    >>> import rib
    >>> view = b'''BIRD 2.0.12 ready.
    ... 91.208.207.0/24      unicast [edge1 2026-05-01 from 192.0.2.1] * (100) [AS213394i]
    ...     via 192.0.2.1 on eth0
    ...     Type: BGP univ
    ...     BGP.origin: IGP
    ...     BGP.as_path: 29075 213394
    ...     BGP.next_hop: 192.0.2.1
    ...     BGP.med: 161
    ...     BGP.local_pref: 40
    ...     BGP.community: (0,0) (29075,18000) (65535,65281)
    ... '''
    >>> table = rib.read_view(view)
    >>> table.lookup("91.208.207.1").origin_as
    (213394,)
    >>> table.peers["peer_as"].to_pylist(), table.receipt.ok
    ([29075], True)
    """
    _check(format, peers, on_error)
    limit = byte_limit(max_bytes)
    names = Names(dict(peers or {}))
    with (
        resolved(source, VIEW_FILES, collector=collector) as inputs,
        tempfile.TemporaryDirectory(prefix="rib-") as folder,
    ):
        spools = []
        for number, (name, of, found) in enumerate(inputs.given):
            path = Path(folder) / f"{number}.mrt"
            spool = ViewSpool(name, of or "", path, names, on_error == "raise")
            _read(spool, found, format, limit, is_alone=len(inputs.given) == 1)
            spools.append(spool)
        names.check()
        return _table(spools, names, inputs.passed_over)


def is_view(path: str) -> bool:
    """Say whether a file begins as a text view does; what cannot be read is none."""
    try:
        if not Path(path).is_file():  # what is read of a pipe is gone
            return False
        return detect(_head(ByteStream(path, Progress(None, 0)).pieces())[:HEAD]) is not None
    except (OSError, ValueError):
        return False


def _head(pieces: Iterator[bytes]) -> bytes:
    """Take the first pieces: enough to tell the format."""
    head = b""
    while len(head) < HEAD and (piece := next(pieces, b"")):
        head += piece
    return head


def _check(name: object, peers: object, on_error: object) -> None:
    if name not in FORMATS:
        raise ValueError(f"format={name!r}: expected one of {', '.join(map(repr, FORMATS))}")
    if on_error not in ("collect", "raise"):
        raise ValueError(f"on_error={on_error!r}: expected 'collect' or 'raise'")
    if peers is None:
        return
    if not isinstance(peers, Mapping):
        raise TypeError(f"peers={peers!r}: expected a mapping of names or addresses to ASes")
    for key, asn in peers.items():
        if not isinstance(key, str):
            raise TypeError(f"peers: expected the name or address of a peer, found {key!r}")
        if not isinstance(asn, int) or isinstance(asn, bool) or not 0 < asn <= _MAX_ASN:
            raise ValueError(f"peers[{key!r}]={asn!r}: expected an AS, 1 to {_MAX_ASN}")


def _read(
    spool: ViewSpool, found: str | bytes, name: str, limit: int | None, *, is_alone: bool
) -> None:
    """Read one view into its spool."""
    spool.bytes_in = len(found) if isinstance(found, bytes) else os.stat(found).st_size  # noqa: PTH116
    stream = ByteStream(found, Progress(None, 0), limit)
    spool.compression = stream.compression
    if not stream.is_read:
        raise ViewError(f"{spool.name}: {missing_package(stream.compression)}", spool.name)
    pieces = stream.pieces()
    head = _head(pieces)
    known = detect(head[:HEAD]) if name == "auto" else name
    try:
        spool.format = known or _not_a_view(spool.name, head)
        _read_parts(spool, chain((head,), pieces), spool.format)
    except ViewError as error:
        if is_alone or spool.raises:
            raise
        # Other views may have routes.
        spool.issue("not_a_view", str(error))
        size = sum(map(len, pieces)) + (len(head) if known is None else 0)
        spool.skip(spool.n_bytes, size, "not_a_view")
        spool.n_bytes += size
    if stream.damage is not None:
        spool.issue(stream.damage.kind, stream.damage.detail, spool.n_bytes)
    spool.finish()


def _not_a_view(name: str, head: bytes) -> NoReturn:
    if not head.strip():
        raise ViewError(f"{name}: expected a view, found no text", name)
    line = head.lstrip().split(b"\n", 1)[0][:60].decode("utf-8", "backslashreplace")
    raise ViewError(f"{name}: expected a view: {LOOKED_FOR}; found {line!r}", name)


def _read_parts(spool: ViewSpool, pieces: Iterator[bytes], name: str) -> None:
    """Give a reader parts that end between two routes, or the whole where it takes no parts."""
    read, in_parts = reader_of(name)
    waiting: list[bytes] = []
    size = 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if not in_parts or size < _PART:
            continue
        text = b"".join(waiting)
        cut = boundary(name, text)
        if cut:
            spool.add(cut, *read(text[:cut]))
        waiting, size = [text[cut:]], 0
    text = b"".join(waiting)
    if text or not spool.n_bytes:
        try:
            outcome = read(text)
        except ViewError as error:
            spool.skip(0, len(text), "not_a_view")
            spool.n_bytes = len(text)
            raise ViewError(f"{spool.name}: {error}", spool.name, error.line) from None
        spool.add(len(text), *outcome)


def _table(spools: list[ViewSpool], names: Names, passed_over: list[str]) -> Rib:
    ribs = [spool for spool in spools if spool.has_routes]
    given: list[tuple[str, str | None, str | bytes]] = [
        (spool.name, spool.collector, str(spool.path)) for spool in ribs
    ]
    tables, found = core.read_mrt(given or [("view", "", _EMPTY_DUMP)], "collect", None)
    read: dict[int, Mapping[str, Any]] = dict(zip(map(id, ribs), found["files"], strict=bool(ribs)))
    files = [spool.receipt(read.get(id(spool))) for spool in spools]
    issues = [row for spool in spools for row in spool.issues()]
    if ribs:
        issues += [{**row, "offset": None, "record": None} for row in found["issues"]]
    quirks = dict(found["quirks"])
    if repeated := repeated_peers(tables, files):
        quirks["peer_in_several_files"] = repeated
    tables, n_inferred = infer_peer_as(tables)
    if n_inferred:
        quirks["peer_as_inferred"] = n_inferred
    tables = {**tables, "peers": names.restored(tables["peers"])}
    receipt = {"files": files, "issues": issues, "quirks": quirks, "passed_over": passed_over}
    return Rib(tables, LoadReceipt.from_dict(receipt))
