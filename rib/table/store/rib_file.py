"""`Rib.write`: a table as one ``.rib`` file (docs/storage.md has the format)."""

import errno
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rib._backend import core
from rib.schema import AS_PATHS, ATTRIBUTES, PEERS, PREFIXES, ROUTES
from rib.table.files import replacing
from rib.table.store.blocks import BLOCK, BlockSums
from rib.table.store.container import Writer

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = [
    "FORMAT",
    "MANIFEST",
    "RECEIPT",
    "SUMS",
    "TABLES",
    "VERSION",
    "as_json",
    "facts",
    "write",
]

FORMAT = "rib"
VERSION = 1
_SCHEMAS = {
    "peers": PEERS,
    "prefixes": PREFIXES,
    "routes": ROUTES,
    "as_paths": AS_PATHS,
    "attributes": ATTRIBUTES,
}
#: Smallest first, so that what describes the table is found on its first pages.
TABLES = tuple(_SCHEMAS)
MANIFEST, RECEIPT, SUMS = "manifest.json", "receipt.json", "blocks.crc32"


def as_json(given: dict[str, Any]) -> bytes:
    """Give JSON for machines and eyes, the same for the same values."""
    return (json.dumps(given, indent=1, ensure_ascii=False) + "\n").encode()


def facts(table: "Rib") -> dict[str, Any]:
    """Give what a reader wants to know of a table before it opens it."""
    span = pc.min_max(table.routes.column("record_time")).as_py()
    return {
        "rib_version": core.__version__,
        "rows": {name: getattr(table, name).num_rows for name in TABLES},
        "record_time": None if span["min"] is None else [span["min"], span["max"]],
        "collectors": sorted(set(table.peers.column("collector").to_pylist())),
        "ok": table.receipt.ok,
    }


def write(table: "Rib", path: str | os.PathLike[str]) -> None:
    """Write the table as a ``.rib`` file, which `rib.read_rib` opens in milliseconds.

    The file is a zip archive without compression whose members are Arrow IPC files, one per table, with
    checksums: pyarrow, Polars and, by way of these, DuckDB read it without rib (docs/storage.md).

    Parameters
    ----------
    path : str or path-like
        The file to write, whole or not at all: it appears under its name once it is complete and on
        the disk. A file that is mapped, by this process or others, may be replaced: who has it open
        keeps the old one.

    Raises
    ------
    FileNotFoundError, IsADirectoryError, PermissionError, …
        As the operating system says; the folder is looked at before anything is written.
    ValueError
        A pipe or a device is there: it could not be mapped.

    Notes
    -----
    Everything is kept: tables, ids, order and the receipt; the same table gives the same bytes. O(bytes):
    a table of 4.9 million routes has some 250 MB and takes half a second and what the disk takes.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import rib
    >>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "night.rib")
    ...     table.write(path)
    ...     again = rib.read_rib(path)
    ...     again.routes.equals(table.routes), again.lookup("91.208.207.1").origin_as
    (True, (213394,))
    """
    target = Path(path)
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, "expected a file to write, found a directory", path)
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "the directory does not exist", str(target.parent))
    if target.exists() and not target.is_file():
        raise ValueError(f"path={str(target)!r}: expected a regular file, found a device or pipe")
    manifest = {"format": FORMAT, "format_version": VERSION, **facts(table), "block_size": BLOCK}
    with replacing(target) as temporary, temporary.open("wb") as stream:
        writer = Writer(stream)
        with writer.member(MANIFEST) as file:
            file.write(as_json(manifest))
        sums: list[int] = []
        for name in TABLES:
            seen = BlockSums()
            with writer.member(f"{name}.arrow", seen) as file:
                _write_arrow(getattr(table, name), _SCHEMAS[name], file)
            sums += seen.finish()
        with writer.member(RECEIPT) as file:
            file.write(as_json(table.receipt.to_dict()))
        with writer.member(SUMS) as file:
            file.write(np.array(sums, dtype="<u4").tobytes())
        writer.finish()
        stream.flush()
        # The name must not be given to a file whose content a power cut would take.
        os.fsync(stream.fileno())


def _write_arrow(table: pa.Table, schema: pa.Schema, file: Any) -> None:
    """Write one record batch, so that every column is in one piece when it is mapped."""
    if table.schema != schema:
        # Pickling forgets that the elements of lists of one size are never null.
        table = table.cast(schema)
    with pa.ipc.new_file(file, table.schema) as writer:
        for batch in table.combine_chunks().to_batches():
            writer.write_batch(batch)
