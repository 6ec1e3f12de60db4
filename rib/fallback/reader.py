"""`read_mrt` and `read_updates`: inputs in, one set of tables and a receipt out."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeAlias

import pyarrow as pa

from rib.fallback.changes import UpdatesLoad
from rib.fallback.columns import Load
from rib.fallback.families import SAFI
from rib.fallback.files import FileReader, Records
from rib.fallback.records import RibRecords
from rib.fallback.streams import ByteStream, Progress
from rib.fallback.updates import UpdateRecords

__all__ = ["read_mrt", "read_updates"]

#: Name for messages, collector and path or content of each input.
Inputs: TypeAlias = Sequence[tuple[str, str | None, str | bytes]]


def read_mrt(
    inputs: Inputs,
    on_error: Literal["collect", "raise"],
    progress: Callable[[int, int], object] | None = None,
    *,
    safi: Literal["unicast", "multicast"] = "unicast",
    max_bytes: int | None = None,
) -> tuple[dict[str, pa.Table], dict[str, Any]]:
    """Read (name, collector, path or bytes) inputs into one set of tables and a receipt.

    Parameters
    ----------
    inputs : sequence of (str, str or None, str or bytes)
        Name for messages, collector (None: what the file says), path or content.
    on_error : {"collect", "raise"}
        Whether a problem becomes an issue of the receipt or is raised.
    progress : callable, optional
        Called with the compressed bytes done and their total, at most every 100 ms and at the end.
    safi : {"unicast", "multicast"}
        Which routes are read; records of other families are counted.
    max_bytes : int, optional
        Uncompressed bytes to read of each input at most, and bytes of its rows.

    Returns
    -------
    tables : dict of str to pyarrow.Table
        ``routes``, ``prefixes``, ``as_paths``, ``attributes`` and ``peers`` with the columns of
        ``rib.schema.LOADED``.
    receipt : dict
        What ``LoadReceipt.from_dict`` takes.

    Raises
    ------
    MrtError
        With ``on_error="raise"`` at the first problem. With ``"collect"`` where no input is a RIB
        dump, or where there are more than 65,535 peers.

    Notes
    -----
    Some 100,000 routes a second.
    """
    return _read(Load(), RibRecords, inputs, on_error, progress, safi, max_bytes)


def read_updates(
    inputs: Inputs,
    on_error: Literal["collect", "raise"],
    progress: Callable[[int, int], object] | None = None,
    *,
    safi: Literal["unicast", "multicast"] = "unicast",
    max_bytes: int | None = None,
    unmarked_add_path: bool = False,
) -> tuple[dict[str, pa.Table], dict[str, Any]]:
    """Read BGP updates as `read_mrt` reads dumps.

    Parameters
    ----------
    inputs, on_error, progress, safi, max_bytes
        As for `read_mrt`.
    unmarked_add_path : bool, default False
        Whether ADD-PATH ids are looked for in messages that do not announce them.

    Returns
    -------
    tables : dict of str to pyarrow.Table
        Those of ``rib.schema.LOADED_UPDATES``.
    receipt : dict
        What ``LoadReceipt.from_dict`` takes.
    """
    records = partial(UpdateRecords, unmarked_add_path=unmarked_add_path)
    return _read(UpdatesLoad(), records, inputs, on_error, progress, safi, max_bytes)


def _read(
    load: Any,
    reads: Callable[..., Records],
    inputs: Inputs,
    on_error: str,
    progress: Callable[[int, int], object] | None,
    safi: str,
    max_bytes: int | None,
) -> tuple[dict[str, pa.Table], dict[str, Any]]:
    """Read inputs into a load by the records of one kind."""
    if on_error not in ("collect", "raise"):
        raise ValueError(f"on_error={on_error!r}: expected 'collect' or 'raise'")
    if safi not in SAFI:
        raise ValueError(f"safi={safi!r}: expected 'unicast' or 'multicast'")
    sizes = [Path(s).stat().st_size if isinstance(s, str) else len(s) for _, _, s in inputs]
    tracker = Progress(progress, sum(sizes))
    files: list[FileReader] = []
    for (name, collector, source), size in zip(inputs, sizes, strict=True):
        load.blocks.begin_input()
        records = partial(reads, load, collector, SAFI[safi])
        file = FileReader(records, name, raises=on_error == "raise", max_bytes=max_bytes)
        file.read(ByteStream(source, tracker, max_bytes), size)
        if file.rejection is not None and (on_error == "raise" or len(inputs) == 1):
            raise file.rejection
        files.append(file)
    tracker.finish()
    rejections = [file.rejection for file in files if file.rejection is not None]
    if rejections and not len(load):
        raise rejections[0]
    return load.tables(), {
        "files": [file.receipt() for file in files],
        "issues": [row for file in files for row in file.issues],
        "quirks": load.counted_quirks(),
    }
