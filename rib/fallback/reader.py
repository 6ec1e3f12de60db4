"""`read_mrt`: inputs in, one set of tables and a receipt out."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from rib.fallback.columns import Load
from rib.fallback.families import SAFI
from rib.fallback.files import FileReader
from rib.fallback.streams import ByteStream, Progress

__all__ = ["read_mrt"]


def read_mrt(
    inputs: Sequence[tuple[str, str | None, str | bytes]],
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
        Uncompressed bytes to read of each input at most.

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
    if on_error not in ("collect", "raise"):
        raise ValueError(f"on_error={on_error!r}: expected 'collect' or 'raise'")
    if safi not in SAFI:
        raise ValueError(f"safi={safi!r}: expected 'unicast' or 'multicast'")
    sizes = [Path(s).stat().st_size if isinstance(s, str) else len(s) for _, _, s in inputs]
    tracker = Progress(progress, sum(sizes))
    load = Load()
    files: list[FileReader] = []
    for (name, collector, source), size in zip(inputs, sizes, strict=True):
        file = FileReader(load, name, collector, safi=SAFI[safi], raises=on_error == "raise")
        file.read(ByteStream(source, tracker, max_bytes), size)
        if file.rejection is not None and (on_error == "raise" or len(inputs) == 1):
            raise file.rejection
        files.append(file)
    tracker.finish()
    rejections = [file.rejection for file in files if file.rejection is not None]
    if rejections and not len(load.routes):
        raise rejections[0]
    return load.tables(), {
        "files": [file.receipt() for file in files],
        "issues": [row for file in files for row in file.issues],
        "quirks": load.counted_quirks(),
    }
